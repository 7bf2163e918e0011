//! Loads of constants: small integers, and what follows from a known value.

use super::constant_folding::small_int;
use super::{Block, Cfg, ConstTable};
use crate::code::Const;
use crate::opcode::{Opcode, class};

impl Cfg {
    pub(super) fn optimize_load_const(&mut self, consts: &mut ConstTable<'_>) {
        self.for_each(|block| optimize_load_const_of(block, consts));
    }
}

/// Whether a value counts as true; `None` for what cannot be a constant load.
fn truth(opcode: Opcode, arg: u32, consts: &ConstTable<'_>) -> Option<bool> {
    if opcode == Opcode::LOAD_SMALL_INT {
        return Some(arg != 0);
    }
    consts.get(arg).map(Const::is_true)
}

fn optimize_load_const_of(block: &mut Block, consts: &mut ConstTable<'_>) {
    if !block.has(class::VALUE) {
        return;
    }
    optimize_loads(block, consts);
    if consts.has_common() {
        for instr in &mut block.instrs {
            if instr.opcode == Opcode::LOAD_CONST
                && let Some(common) = consts.get(instr.arg).and_then(|value| consts.common(value))
            {
                instr.set(Opcode::LOAD_COMMON_CONSTANT, common);
            }
        }
    }
}

fn optimize_loads(block: &mut Block, consts: &mut ConstTable<'_>) {
    // The load whose value is on top of the stack, copies of it included.
    let (mut opcode, mut arg) = (Opcode::NOP, 0);
    for index in 0..block.instrs.len() {
        let instr = &mut block.instrs[index];
        match instr.opcode {
            Opcode::LOAD_CONST if consts.is_plain() => {}
            Opcode::LOAD_CONST => {
                if let Some(small) = consts.get(instr.arg).and_then(small_int) {
                    instr.set(Opcode::LOAD_SMALL_INT, small);
                }
            }
            Opcode::LOAD_SMALL_INT => {}
            Opcode::COPY if opcode == Opcode::LOAD_CONST && instr.arg == 1 => {}
            _ => {
                opcode = Opcode::NOP;
                continue;
            }
        }
        if instr.opcode != Opcode::COPY {
            (opcode, arg) = (instr.opcode, instr.arg);
        }
        let [instr, next, rest @ ..] = &mut block.instrs[index..] else {
            continue;
        };
        match next.opcode {
            Opcode::POP_JUMP_IF_FALSE
            | Opcode::POP_JUMP_IF_TRUE
            | Opcode::JUMP_IF_FALSE
            | Opcode::JUMP_IF_TRUE => {
                let Some(is_true) = truth(opcode, arg, consts) else {
                    continue;
                };
                if matches!(
                    next.opcode,
                    Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE
                ) {
                    instr.set_nop();
                }
                if is_true == matches!(next.opcode, Opcode::POP_JUMP_IF_TRUE | Opcode::JUMP_IF_TRUE)
                {
                    next.opcode = Opcode::JUMP;
                } else {
                    next.set_nop();
                }
                block.features |= class::NOP;
            }
            Opcode::IS_OP => {
                if opcode != Opcode::LOAD_CONST || consts.get(arg) != Some(&Const::None) {
                    continue;
                }
                let Some((first, rest)) = rest.split_first_mut() else {
                    continue;
                };
                let jump = if first.opcode == Opcode::TO_BOOL {
                    first.set_nop();
                    let Some(jump) = rest.first_mut() else {
                        continue;
                    };
                    jump
                } else {
                    first
                };
                let mut invert = next.arg != 0;
                match jump.opcode {
                    Opcode::POP_JUMP_IF_FALSE => invert = !invert,
                    Opcode::POP_JUMP_IF_TRUE => {}
                    _ => continue,
                }
                instr.set_nop();
                next.set_nop();
                block.features |= class::NOP;
                jump.opcode = if invert {
                    Opcode::POP_JUMP_IF_NOT_NONE
                } else {
                    Opcode::POP_JUMP_IF_NONE
                };
            }
            Opcode::TO_BOOL => {
                let Some(is_true) = truth(opcode, arg, consts) else {
                    continue;
                };
                instr.set_nop();
                next.set(Opcode::LOAD_CONST, consts.add(Const::Bool(is_true)));
                block.features |= class::NOP | class::CONST;
            }
            Opcode::RETURN_VALUE if consts.is_plain() => {
                instr.set_nop();
                next.set(Opcode::RETURN_CONST, arg);
                block.features |= class::NOP | class::CONST;
            }
            _ => {}
        }
    }
}
