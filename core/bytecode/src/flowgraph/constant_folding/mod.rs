//! Constant folding in the instructions: loads of constants and what combines them.

pub(crate) mod evaluate;
mod number;

use num_bigint::BigInt;

use super::{ConstTable, Instr};
use crate::code::Const;
use crate::instruction::Location;
use crate::opcode::Opcode;
use crate::target::common_value;

/// `_PY_STACK_USE_GUIDELINE`: displays above this size are not built on the stack.
const STACK_USE_GUIDELINE: usize = 30;

/// The shortest list or set display that is loaded as a whole.
const MIN_CONST_SEQUENCE_SIZE: usize = 3;

/// The value of an integer that `LOAD_SMALL_INT` can load.
pub(in crate::flowgraph) fn small_int(value: &Const) -> Option<u32> {
    match value {
        Const::Int(value) => u8::try_from(value).ok().map(u32::from),
        _ => None,
    }
}

fn loads_const(instr: &Instr) -> bool {
    match instr.opcode {
        Opcode::LOAD_SMALL_INT => true,
        Opcode::LOAD_COMMON_CONSTANT => common_value(instr.arg).is_some(),
        opcode => opcode.has_const(),
    }
}

fn value_of(instr: &Instr, consts: &ConstTable<'_>) -> Option<Const> {
    if instr.opcode == Opcode::LOAD_SMALL_INT {
        return Some(Const::Int(BigInt::from(instr.arg)));
    }
    if instr.opcode == Opcode::LOAD_COMMON_CONSTANT {
        return common_value(instr.arg);
    }
    consts.get(instr.arg).cloned()
}

/// The positions of the loads of `count` constants before `index`, `NOP`s between them.
struct Loads {
    positions: [usize; STACK_USE_GUIDELINE],
    count: usize,
}

impl Loads {
    fn find(instrs: &[Instr], index: usize, count: usize) -> Option<Self> {
        let is_other = |last: &Instr| last.opcode != Opcode::NOP && !loads_const(last);
        // Mostly no constant at all.
        if count > STACK_USE_GUIDELINE || count > 0 && instrs[..index].last().is_some_and(is_other)
        {
            return None;
        }
        let mut loads = Self {
            positions: [0; STACK_USE_GUIDELINE],
            count,
        };
        let mut missing = count;
        for (position, instr) in instrs[..index].iter().enumerate().rev() {
            if missing == 0 {
                break;
            }
            if instr.opcode == Opcode::NOP {
                continue;
            }
            if !loads_const(instr) {
                return None;
            }
            missing -= 1;
            loads.positions[missing] = position;
        }
        (missing == 0).then_some(loads)
    }

    fn values(&self, instrs: &[Instr], consts: &ConstTable<'_>) -> Option<Vec<Const>> {
        let mut values = Vec::with_capacity(self.count);
        for &position in &self.positions[..self.count] {
            values.push(value_of(&instrs[position], consts)?);
        }
        Some(values)
    }

    fn nop_out(&self, instrs: &mut [Instr]) {
        for &position in &self.positions[..self.count] {
            nop_out(&mut instrs[position]);
        }
    }
}

/// Unlike [`Instr::set_nop`] leaves no line to be kept.
fn nop_out(instr: &mut Instr) {
    instr.set_nop();
    instr.loc = Location::NONE;
}

fn make_load_const(instr: &mut Instr, value: Const, consts: &mut ConstTable<'_>) {
    if let Some(small) = small_int(&value) {
        instr.set(Opcode::LOAD_SMALL_INT, small);
    } else if let Some(common) = consts.common(&value) {
        instr.set(Opcode::LOAD_COMMON_CONSTANT, common);
    } else {
        instr.set(Opcode::LOAD_CONST, consts.add(value));
    }
}

pub(in crate::flowgraph) fn tuple_of_constants(
    instrs: &mut [Instr],
    index: usize,
    consts: &mut ConstTable<'_>,
) {
    let count = instrs[index].arg as usize;
    if !consts.folds() {
        return tuple_of_adjacent_constants(instrs, index, count, consts);
    }
    let Some(loads) = Loads::find(instrs, index, count) else {
        return;
    };
    let Some(values) = loads.values(instrs, consts) else {
        return;
    };
    loads.nop_out(instrs);
    make_load_const(&mut instrs[index], Const::Tuple(values.into()), consts);
}

/// The same for a target that looks at the loads right before only, and leaves their lines.
fn tuple_of_adjacent_constants(
    instrs: &mut [Instr],
    index: usize,
    count: usize,
    consts: &mut ConstTable<'_>,
) {
    let Some(start) = index.checked_sub(count) else {
        return;
    };
    let loads = &mut instrs[start..index];
    if !loads.iter().all(|load| load.opcode.has_const()) {
        return;
    }
    let values: Option<Vec<Const>> = loads.iter().map(|load| value_of(load, consts)).collect();
    let Some(values) = values else { return };
    loads.iter_mut().for_each(Instr::set_nop);
    let tuple = consts.add(Const::Tuple(values.into()));
    instrs[index].set(Opcode::LOAD_CONST, tuple);
}

/// Lists and sets that are only looked at become tuples and frozen sets; long
/// displays of constants are built from one constant.
pub(in crate::flowgraph) fn lists_and_sets(
    instrs: &mut [Instr],
    index: usize,
    contains_or_iter: bool,
    consts: &mut ConstTable<'_>,
) {
    let Instr {
        opcode, arg, loc, ..
    } = instrs[index];
    let size = arg as usize;
    if size > STACK_USE_GUIDELINE || (size < MIN_CONST_SEQUENCE_SIZE && !contains_or_iter) {
        return;
    }
    let Some(loads) = Loads::find(instrs, index, size) else {
        if contains_or_iter && opcode == Opcode::BUILD_LIST {
            instrs[index].opcode = Opcode::BUILD_TUPLE;
        }
        return;
    };
    let Some(values) = loads.values(instrs, consts) else {
        return;
    };
    let value = if opcode == Opcode::BUILD_SET {
        match evaluate::constant_set(values) {
            Some(value) => value,
            None => return,
        }
    } else {
        Const::Tuple(values.into())
    };
    let constant = consts.add(value);
    loads.nop_out(instrs);
    if contains_or_iter {
        instrs[index].set(Opcode::LOAD_CONST, constant);
    } else {
        let extend = if opcode == Opcode::BUILD_LIST {
            Opcode::LIST_EXTEND
        } else {
            Opcode::SET_UPDATE
        };
        instrs[index - 2].loc = loc;
        instrs[index - 2].set(opcode, 0);
        instrs[index - 1].set(Opcode::LOAD_CONST, constant);
        instrs[index].set(extend, 1);
    }
}

/// `BUILD_LIST 0` or `BUILD_SET 0`, then loads and appends in turn, as displays too
/// long for the stack are built: up to `end`, its start and its values.
fn appended_constants(
    instrs: &[Instr],
    end: usize,
    build: Opcode,
    append: Opcode,
    consts: &ConstTable<'_>,
) -> Option<(usize, Vec<Const>)> {
    let mut values = Vec::new();
    let mut expect_append = true;
    for (position, instr) in instrs[..end].iter().enumerate().rev() {
        match instr.opcode {
            Opcode::NOP => continue,
            opcode if opcode == build && instr.arg == 0 => {
                values.reverse();
                return expect_append.then_some((position, values));
            }
            opcode if expect_append && opcode == append && instr.arg == 1 => {}
            _ if !expect_append && loads_const(instr) => values.push(value_of(instr, consts)?),
            _ => return None,
        }
        expect_append = !expect_append;
    }
    None
}

fn nop_out_range(instrs: &mut [Instr]) {
    for instr in instrs
        .iter_mut()
        .filter(|instr| instr.opcode != Opcode::NOP)
    {
        nop_out(instr);
    }
}

/// A long tuple display; whether it was one of constants.
pub(in crate::flowgraph) fn intrinsic_list_to_tuple(
    instrs: &mut [Instr],
    index: usize,
    consts: &mut ConstTable<'_>,
) -> bool {
    let found = appended_constants(
        instrs,
        index,
        Opcode::BUILD_LIST,
        Opcode::LIST_APPEND,
        consts,
    );
    let Some((start, values)) = found else {
        return false;
    };
    nop_out_range(&mut instrs[start..index]);
    make_load_const(&mut instrs[index], Const::Tuple(values.into()), consts);
    true
}

/// A long list or set display of constants that is only looked at; `index` is its last append.
pub(in crate::flowgraph) fn appends_to_constant(
    instrs: &mut [Instr],
    index: usize,
    consts: &mut ConstTable<'_>,
) {
    let append = instrs[index].opcode;
    let build = if append == Opcode::LIST_APPEND {
        Opcode::BUILD_LIST
    } else {
        Opcode::BUILD_SET
    };
    let Some((start, values)) = appended_constants(instrs, index + 1, build, append, consts) else {
        return;
    };
    let value = if append == Opcode::LIST_APPEND {
        Const::Tuple(values.into())
    } else {
        match evaluate::constant_set(values) {
            Some(value) => value,
            None => return,
        }
    };
    nop_out_range(&mut instrs[start..=index]);
    make_load_const(&mut instrs[index], value, consts);
}

pub(in crate::flowgraph) fn binary_op(
    instrs: &mut [Instr],
    index: usize,
    consts: &mut ConstTable<'_>,
) {
    let Some(loads) = Loads::find(instrs, index, 2) else {
        return;
    };
    let [Some(left), Some(right)] =
        [0, 1].map(|operand| value_of(&instrs[loads.positions[operand]], consts))
    else {
        return;
    };
    let Some(value) = evaluate::binary_op(&left, instrs[index].arg, &right) else {
        return;
    };
    loads.nop_out(instrs);
    make_load_const(&mut instrs[index], value, consts);
}

pub(in crate::flowgraph) fn unary_op(
    instrs: &mut [Instr],
    index: usize,
    consts: &mut ConstTable<'_>,
) {
    let Some(loads) = Loads::find(instrs, index, 1) else {
        return;
    };
    let Some(operand) = value_of(&instrs[loads.positions[0]], consts) else {
        return;
    };
    let Some(value) = evaluate::unary_op(instrs[index].opcode, &operand) else {
        return;
    };
    loads.nop_out(instrs);
    make_load_const(&mut instrs[index], value, consts);
}
