//! Loads of constants: small integers, and what follows from a known value.

use super::constant_folding::small_int;
use super::{Cfg, ConstTable, Instr};
use crate::code::Const;
use crate::opcode::{Opcode, class};

impl Cfg {
    pub(super) fn optimize_load_const(&mut self, consts: &mut ConstTable<'_>) {
        let mut added = 0;
        for &site in self.loads.as_slice() {
            let Some(block) = site.block(&mut self.blocks) else {
                continue;
            };
            let instrs = &mut self.instrs[site.index as usize..block.end as usize];
            let added_here = optimize_loads(instrs, consts);
            block.features |= added_here;
            added |= added_here;
        }
        self.jumps_changed |= added & class::JUMP != 0;
        if consts.has_common() {
            self.for_each_with(class::VALUE, |_, instrs| make_common(instrs, consts));
        }
    }
}

/// Whether a value counts as true; `None` for what cannot be a constant load.
fn truth(opcode: Opcode, arg: u32, consts: &ConstTable<'_>) -> Option<bool> {
    if opcode == Opcode::LOAD_SMALL_INT {
        return Some(arg != 0);
    }
    consts.get(arg).map(Const::is_true)
}

/// Loads of values that are common constants become so.
fn make_common(instrs: &mut [Instr], consts: &ConstTable<'_>) {
    for instr in instrs {
        if instr.opcode == Opcode::LOAD_CONST
            && let Some(common) = consts.get(instr.arg).and_then(|value| consts.common(value))
        {
            instr.set(Opcode::LOAD_COMMON_CONSTANT, common);
        }
    }
}

/// The first of these instructions is a load; gives the bits of [`class`] that its block has
/// got, with [`class::JUMP`] if a jump has changed.
#[inline]
fn optimize_loads(instrs: &mut [Instr], consts: &mut ConstTable<'_>) -> u32 {
    let [load, rest @ ..] = &mut *instrs else {
        return 0;
    };
    if load.opcode == Opcode::LOAD_CONST
        && !consts.is_plain()
        && let Some(small) = consts.get(load.arg).and_then(small_int)
    {
        load.set(Opcode::LOAD_SMALL_INT, small);
    }
    let of_next = rest.first().map_or(0, |next| next.opcode.class());
    match of_next & class::USES_VALUE != 0 || consts.is_plain() {
        true => optimize_use(instrs, consts),
        false => 0,
    }
}

/// The same where the value is used at once.
#[inline(never)]
fn optimize_use(mut instrs: &mut [Instr], consts: &mut ConstTable<'_>) -> u32 {
    let mut added = 0;
    while let Some(&load) = instrs.first() {
        // The value is on top of the stack behind copies of it, too.
        let is_copy = |copy: &&Instr| (copy.opcode, copy.arg) == (Opcode::COPY, 1);
        let copies = match load.opcode {
            Opcode::LOAD_CONST => instrs[1..].iter().take_while(is_copy).count(),
            _ => 0,
        };
        let used = &mut instrs[copies..];
        let is_test = |used: &[Instr]| used.get(1).is_some_and(|at| at.opcode == Opcode::TO_BOOL);
        let was_test = is_test(used);
        added |= optimize_load(used, load, consts);
        if !was_test || is_test(used) {
            break;
        }
        // The test of a constant is a load itself.
        instrs = &mut instrs[copies + 1..];
    }
    added
}

/// The first of these instructions leaves what `load` has loaded on top of the stack.
#[inline]
fn optimize_load(instrs: &mut [Instr], load: Instr, consts: &mut ConstTable<'_>) -> u32 {
    let Instr { opcode, arg, .. } = load;
    let [instr, next, rest @ ..] = instrs else {
        return 0;
    };
    match next.opcode {
        Opcode::POP_JUMP_IF_FALSE
        | Opcode::POP_JUMP_IF_TRUE
        | Opcode::JUMP_IF_FALSE
        | Opcode::JUMP_IF_TRUE => {
            let Some(is_true) = truth(opcode, arg, consts) else {
                return 0;
            };
            if matches!(
                next.opcode,
                Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE
            ) {
                instr.set_nop();
            }
            if is_true == matches!(next.opcode, Opcode::POP_JUMP_IF_TRUE | Opcode::JUMP_IF_TRUE) {
                next.opcode = Opcode::JUMP;
            } else {
                next.set_nop();
            }
            class::NOP | class::JUMP | class::UNCONDITIONAL_JUMP
        }
        Opcode::IS_OP => {
            if opcode != Opcode::LOAD_CONST || consts.get(arg) != Some(&Const::None) {
                return 0;
            }
            let Some((first, rest)) = rest.split_first_mut() else {
                return 0;
            };
            let jump = if first.opcode == Opcode::TO_BOOL {
                first.set_nop();
                let Some(jump) = rest.first_mut() else {
                    return class::NOP;
                };
                jump
            } else {
                first
            };
            let mut invert = next.arg != 0;
            match jump.opcode {
                Opcode::POP_JUMP_IF_FALSE => invert = !invert,
                Opcode::POP_JUMP_IF_TRUE => {}
                _ => return class::NOP,
            }
            instr.set_nop();
            next.set_nop();
            jump.opcode = if invert {
                Opcode::POP_JUMP_IF_NOT_NONE
            } else {
                Opcode::POP_JUMP_IF_NONE
            };
            class::NOP
        }
        Opcode::TO_BOOL => {
            let Some(is_true) = truth(opcode, arg, consts) else {
                return 0;
            };
            instr.set_nop();
            next.set(Opcode::LOAD_CONST, consts.add(Const::Bool(is_true)));
            class::NOP | class::CONST
        }
        Opcode::RETURN_VALUE if consts.is_plain() => {
            instr.set_nop();
            next.set(Opcode::RETURN_CONST, arg);
            class::NOP | class::CONST
        }
        _ => 0,
    }
}
