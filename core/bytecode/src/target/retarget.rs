//! A code object of 3.14's made into another version's.

use std::fmt;
use std::sync::Arc;

use num_bigint::BigInt;

use super::Target;
use crate::code::{CodeFlags, CodeObject, Const};
use crate::dis::{Instruction, instructions};
use crate::exception_table;
use crate::location_table;
use crate::opcode::Opcode;

/// What the target does otherwise, and this does not know yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsupported(pub &'static str);

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} are not retargeted yet", self.0)
    }
}

impl std::error::Error for Unsupported {}

/// `IMPORT_NAME`: the import must not wait.
const EAGER: u32 = 2;

/// An instruction to be placed anew.
struct Placed {
    opcode: Opcode,
    arg: u32,
    /// The index of the instruction jumped to.
    target: Option<usize>,
    old: Instruction,
    /// Values on the stack before it that are iterators, by place.
    iterators: Option<Vec<bool>>,
}

/// Makes a code object the target's own; those among its constants stay 3.14's but for their
/// qualified names.
///
/// # Errors
/// If it has something in which the target differs and which is not known here.
pub fn retarget(code: &CodeObject, target: Target) -> Result<CodeObject, Unsupported> {
    let mut result = code.clone();
    if target == Target::V3_14 {
        return Ok(result);
    }
    let generator = CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR;
    if code.flags & generator != 0 {
        return Err(Unsupported("generators and coroutines"));
    }
    let old: Vec<Instruction> = instructions(code)
        .into_iter()
        .filter(|instruction| instruction.opcode != Some(Opcode::EXTENDED_ARG))
        .collect();
    let has = |opcode| {
        old.iter()
            .any(|instruction| instruction.opcode == Some(opcode))
    };
    if has(Opcode::LOAD_FAST_AND_CLEAR) || has(Opcode::LIST_APPEND) || has(Opcode::MAP_ADD) {
        return Err(Unsupported("comprehensions"));
    }
    let iterators = iterators(&old, code);
    let index_of = |offset: u32| old.binary_search_by_key(&offset, |i| i.start_offset).ok();
    let mut placed = Vec::with_capacity(old.len());
    for (instruction, iterators) in old.iter().zip(iterators) {
        let Some(opcode) = instruction.opcode else {
            return Err(Unsupported("unknown instructions"));
        };
        placed.push(Placed {
            opcode,
            arg: instruction.arg.unwrap_or(0),
            target: instruction.jump_target.and_then(index_of),
            old: instruction.clone(),
            iterators,
        });
    }
    if target.switches().annotations_are_named_for_functions {
        name_annotations(&placed, &mut result.consts);
    }
    apply_switches(&mut placed, &mut result, target);
    result.stacksize = stack_size(&placed, code);
    place(&placed, &mut result, target)?;
    Ok(result)
}

/// What is an iterator on the stack before each instruction that can be reached.
fn iterators(old: &[Instruction], code: &CodeObject) -> Vec<Option<Vec<bool>>> {
    let mut found: Vec<Option<Vec<bool>>> = vec![None; old.len()];
    let index_of = |offset: u32| old.binary_search_by_key(&offset, |i| i.start_offset).ok();
    let handlers: Vec<_> = exception_table::decode(&code.exceptiontable).collect();
    let mut todo = vec![(0, Vec::new())];
    while let Some((mut index, mut stack)) = todo.pop() {
        while let Some(instruction) = old.get(index) {
            if found[index].is_some() {
                break;
            }
            let unit = instruction.start_offset / 2;
            for handler in &handlers {
                let depth = handler.depth as usize;
                if (handler.start..handler.end).contains(&unit)
                    && depth <= stack.len()
                    && let Some(at) = index_of(handler.target * 2)
                    && found[at].is_none()
                {
                    let mut entered = stack[..depth].to_vec();
                    entered.extend([false].repeat(1 + usize::from(handler.lasti)));
                    todo.push((at, entered));
                }
            }
            found[index] = Some(stack.clone());
            let Some(opcode) = instruction.opcode else {
                break;
            };
            let arg = instruction.arg.unwrap_or(0);
            match opcode {
                Opcode::GET_ITER => {
                    stack.pop();
                    stack.push(true);
                }
                Opcode::FOR_ITER => stack.push(false),
                Opcode::COPY => {
                    let from = stack.len().checked_sub(arg as usize);
                    stack.push(from.is_some_and(|from| stack[from]));
                }
                Opcode::SWAP => {
                    if let Some(other) = stack.len().checked_sub(arg as usize) {
                        let top = stack.len() - 1;
                        stack.swap(top, other);
                    }
                }
                _ => {
                    // An instruction that only looks at values leaves them.
                    let effect = opcode.stack_effect(arg, false);
                    let len = stack.len().saturating_add_signed(effect as isize);
                    if effect < 0 {
                        stack.truncate(len);
                        let kept = opcode.num_pushed(arg) as usize;
                        if keeps_below(opcode) {
                            // Nothing of what is below changed.
                        } else {
                            let from = stack.len().saturating_sub(kept);
                            stack[from..].fill(false);
                        }
                    } else {
                        stack.resize(len, false);
                    }
                }
            }
            if let Some(at) = instruction.jump_target.and_then(index_of) {
                todo.push((at, stack.clone()));
            }
            if opcode.is_unconditional_jump() || opcode.is_scope_exit() {
                break;
            }
            index += 1;
        }
    }
    found
}

/// Instructions that state values as taken and given back which they leave in place.
fn keeps_below(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::SET_ADD
            | Opcode::SET_UPDATE
            | Opcode::LIST_EXTEND
            | Opcode::DICT_UPDATE
            | Opcode::DICT_MERGE
    )
}

/// Names each function's `__annotate__`, which is made right before the function, for it.
fn name_annotations(placed: &[Placed], consts: &mut [Const]) {
    let mut annotate = None;
    for instruction in placed {
        match instruction.opcode {
            // The module's or class's own.
            Opcode::STORE_NAME => annotate = None,
            Opcode::LOAD_CONST => {
                let index = instruction.arg as usize;
                let Some(Const::Code(code)) = consts.get(index) else {
                    continue;
                };
                let made = (&*code.name == "__annotate__").then_some(index);
                let qualname = format!("{}.__annotate__", code.qualname);
                if let Some(Const::Code(code)) = annotate.and_then(|at: usize| consts.get_mut(at)) {
                    Arc::make_mut(code).qualname = qualname.into();
                }
                annotate = made;
            }
            _ => {}
        }
    }
}

fn apply_switches(placed: &mut [Placed], result: &mut CodeObject, target: Target) {
    let switches = target.switches();
    if switches.common_constants_are_values {
        for instruction in placed.iter_mut() {
            if instruction.opcode == Opcode::LOAD_CONST
                && let Some(value) = result.consts.get(instruction.arg as usize)
                && let Some(number) = common_constant(value, target)
            {
                instruction.opcode = Opcode::LOAD_COMMON_CONSTANT;
                instruction.arg = number;
            }
        }
        remove_unused_consts(placed, result);
    }
    if switches.imports_may_wait {
        let in_module = &*result.qualname == "<module>";
        let tried: Vec<_> = exception_table::decode(&result.exceptiontable).collect();
        for instruction in placed.iter_mut() {
            if instruction.opcode == Opcode::IMPORT_NAME {
                let unit = instruction.old.start_offset / 2;
                let in_try = tried
                    .iter()
                    .any(|entry| (entry.start..entry.end).contains(&unit));
                instruction.arg =
                    instruction.arg << 2 | if in_module && !in_try { 0 } else { EAGER };
            }
        }
    }
    if switches.iterators_take_two_places {
        for index in 1..placed.len() {
            if placed[index].opcode == Opcode::GET_ITER
                && placed[index - 1].opcode == Opcode::LOAD_FAST_BORROW
            {
                placed[index - 1].opcode = Opcode::LOAD_FAST;
            }
        }
    }
}

/// The number of a constant that needs no place among the others.
fn common_constant(value: &Const, target: Target) -> Option<u32> {
    let name = match value {
        Const::None => "None",
        Const::Bool(true) => "True",
        Const::Bool(false) => "False",
        Const::Int(value) if *value == BigInt::from(-1) => "-1",
        Const::Str(text) if text.is_empty() => "''",
        _ => return None,
    };
    let constants = target.common_constants();
    let index = constants.iter().position(|known| *known == name)?;
    Some(index as u32)
}

/// Drops what no `LOAD_CONST` names any more; the first stays, it may be a docstring.
fn remove_unused_consts(placed: &mut [Placed], result: &mut CodeObject) {
    let mut used = vec![false; result.consts.len()];
    if let Some(first) = used.first_mut() {
        *first = true;
    }
    for instruction in placed.iter() {
        if instruction.opcode == Opcode::LOAD_CONST
            && let Some(used) = used.get_mut(instruction.arg as usize)
        {
            *used = true;
        }
    }
    let mut next = 0;
    let numbers: Vec<u32> = used
        .iter()
        .map(|&used| {
            next += u32::from(used);
            next.saturating_sub(1)
        })
        .collect();
    for instruction in placed.iter_mut() {
        if instruction.opcode == Opcode::LOAD_CONST
            && let Some(&number) = numbers.get(instruction.arg as usize)
        {
            instruction.arg = number;
        }
    }
    let kept = result.consts.iter().zip(&used).filter(|&(_, &used)| used);
    result.consts = kept.map(|(value, _)| value.clone()).collect();
}

/// How many places more a stack takes: one for each iterator.
fn extra(stack: &[bool]) -> u32 {
    stack.iter().filter(|&&iterator| iterator).count() as u32
}

fn stack_size(placed: &[Placed], code: &CodeObject) -> u32 {
    let before = |placed: &Placed| {
        let stack = placed.iterators.as_ref()?;
        let depth = stack.len() as u32 + extra(stack);
        let arg = placed.old.arg.unwrap_or(0);
        let after = depth.saturating_add_signed(placed.opcode.stack_effect(arg, true).max(0));
        // `GET_ITER` leaves two.
        let made = u32::from(placed.opcode == Opcode::GET_ITER);
        Some(depth.max(after + made))
    };
    let deepest = placed.iter().filter_map(before).max();
    deepest.unwrap_or(0).max(if extra_anywhere(placed) {
        0
    } else {
        code.stacksize
    })
}

fn extra_anywhere(placed: &[Placed]) -> bool {
    let iterates = |placed: &Placed| placed.opcode == Opcode::GET_ITER;
    placed.iter().any(iterates)
}

/// Gives the instructions their places, and the tables theirs.
fn place(placed: &[Placed], result: &mut CodeObject, target: Target) -> Result<(), Unsupported> {
    let caches: Vec<usize> = placed.iter().map(|i| target.caches(i.opcode)).collect();
    let prefixes = |arg: u32| match arg {
        0..=0xFF => 0,
        0x100..=0xFFFF => 1,
        0x1_0000..=0xFF_FFFF => 2,
        _ => 3,
    };
    let mut args: Vec<u32> = placed.iter().map(|i| i.arg).collect();
    let mut starts = vec![0_usize; placed.len() + 1];
    // Jumps that grow move others; a few rounds settle it.
    loop {
        for index in 0..placed.len() {
            starts[index + 1] = starts[index] + prefixes(args[index]) + 1 + caches[index];
        }
        let mut changed = false;
        for (index, instruction) in placed.iter().enumerate() {
            let Some(to) = instruction.target.filter(|_| instruction.opcode.has_jump()) else {
                continue;
            };
            let behind = starts[index + 1];
            let distance = if instruction.opcode.is_backward_jump() {
                behind.checked_sub(starts[to])
            } else {
                starts[to].checked_sub(behind)
            };
            let Some(distance) = distance else {
                return Err(Unsupported("jumps that turn round"));
            };
            changed |= prefixes(args[index]) != prefixes(distance as u32);
            args[index] = distance as u32;
        }
        if !changed {
            break;
        }
    }
    let mut bytes = Vec::with_capacity(2 * starts[placed.len()]);
    for (index, instruction) in placed.iter().enumerate() {
        let (Some(number), Some(extended)) = (
            target.number(instruction.opcode),
            target.number(Opcode::EXTENDED_ARG),
        ) else {
            return Err(Unsupported("instructions the target has not got"));
        };
        let arg = args[index];
        for shift in (1..=prefixes(arg)).rev() {
            bytes.extend_from_slice(&[extended, (arg >> (8 * shift)) as u8]);
        }
        bytes.extend_from_slice(&[number, arg as u8]);
        bytes.resize(bytes.len() + 2 * caches[index], 0);
    }
    result.code = bytes.into();
    let index_of = |unit: u32| {
        let found = placed.binary_search_by_key(&(unit * 2), |i| i.old.start_offset);
        found.unwrap_or(placed.len())
    };
    let entries: Vec<_> = exception_table::decode(&result.exceptiontable)
        .map(|mut entry| {
            let first = index_of(entry.start);
            let below = placed.get(first).and_then(|i| i.iterators.as_ref());
            let below = below.and_then(|stack| stack.get(..entry.depth as usize));
            entry.depth += below.map_or(0, extra);
            entry.start = starts[first] as u32;
            entry.end = starts[index_of(entry.end)] as u32;
            entry.target = starts[index_of(entry.target)] as u32;
            entry
        })
        .collect();
    result.exceptiontable = exception_table::encode(&entries);
    let places = placed.iter().enumerate().map(|(index, instruction)| {
        let units = starts[index + 1] - starts[index];
        (instruction.old.loc, units)
    });
    let mut linetable = Vec::new();
    location_table::encode(result.firstlineno as i32, places, &mut linetable);
    result.linetable = linetable.into();
    Ok(())
}

/// The same for all code objects in it.
///
/// # Errors
/// As [`retarget`], for the first that cannot be.
pub fn retarget_all(code: &CodeObject, target: Target) -> Result<CodeObject, Unsupported> {
    let mut result = retarget(code, target)?;
    for constant in &mut result.consts {
        if let Const::Code(nested) = constant {
            *nested = Arc::new(retarget_all(nested, target)?);
        }
    }
    Ok(result)
}
