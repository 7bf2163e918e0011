//! Pairs of loads and stores of locals in one instruction.

use super::{BlockId, Cfg, Instr};
use crate::opcode::{Opcode, class};

impl Cfg {
    pub(super) fn insert_superinstructions(&mut self) {
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let (block, instrs) = self.parts(id);
            at = block.next;
            if block.has(class::BORROWABLE | class::STORE_LOCAL) && combine_pairs(instrs) {
                block.features |= class::NOP;
            }
            // What the blocks behind become does not matter to it.
            self.remove_redundant_nops_of(id);
        }
    }
}

/// Combines what it can; whether there was something.
fn combine_pairs(instrs: &mut [Instr]) -> bool {
    let mut changed = false;
    let Some((mut first, rest)) = instrs.split_first_mut() else {
        return changed;
    };
    let of_local = class::BORROWABLE | class::STORE_LOCAL;
    let mut of_first = first.opcode.class();
    for second in rest {
        let of_second = second.opcode.class();
        // Mostly one of them is something else.
        if (of_first & of_local != 0) & (of_second & of_local != 0) {
            changed |= combine(first, second);
        }
        (first, of_first) = (second, of_second);
    }
    changed
}

/// Whether they were combined, which leaves a `NOP`.
fn combine(first: &mut Instr, second: &mut Instr) -> bool {
    let combined = match (first.opcode, second.opcode) {
        (Opcode::LOAD_FAST, Opcode::LOAD_FAST) => Opcode::LOAD_FAST_LOAD_FAST,
        (Opcode::STORE_FAST, Opcode::LOAD_FAST) => Opcode::STORE_FAST_LOAD_FAST,
        (Opcode::STORE_FAST, Opcode::STORE_FAST) => Opcode::STORE_FAST_STORE_FAST,
        _ => return false,
    };
    let (line, next_line) = (first.loc.line, second.loc.line);
    if line >= 0 && next_line >= 0 && line != next_line {
        return false;
    }
    // Two arguments of four bits.
    if first.arg >= 16 || second.arg >= 16 {
        return false;
    }
    first.set(combined, first.arg << 4 | second.arg);
    second.set_nop();
    true
}
