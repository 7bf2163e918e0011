//! Pairs of loads and stores of locals in one instruction.

use super::{Cfg, Instr};
use crate::opcode::{Opcode, class};

impl Cfg {
    pub(super) fn insert_superinstructions(&mut self) {
        self.for_each(|block| {
            if !block.has(class::LOAD_LOCAL | class::STORE_LOCAL) {
                return;
            }
            for index in 1..block.instrs.len() {
                let [first, second] = &mut block.instrs[index - 1..=index] else {
                    continue;
                };
                let combined = match (first.opcode, second.opcode) {
                    (Opcode::LOAD_FAST, Opcode::LOAD_FAST) => Opcode::LOAD_FAST_LOAD_FAST,
                    (Opcode::STORE_FAST, Opcode::LOAD_FAST) => Opcode::STORE_FAST_LOAD_FAST,
                    (Opcode::STORE_FAST, Opcode::STORE_FAST) => Opcode::STORE_FAST_STORE_FAST,
                    _ => continue,
                };
                if combine(first, second, combined) {
                    block.features |= class::NOP;
                }
            }
        });
        self.remove_redundant_nops();
    }
}

/// Whether they were combined, which leaves a `NOP`.
fn combine(first: &mut Instr, second: &mut Instr, combined: Opcode) -> bool {
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
