//! Pairs of loads and stores of locals in one instruction.

use super::{BlockId, Cfg, Instr};
use crate::opcode::{Opcode, class};

impl Cfg {
    pub(super) fn insert_superinstructions(&mut self) {
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let (block, instrs) = self.parts(id);
            at = block.next;
            if block.has(class::BORROWABLE | class::STORE_LOCAL) {
                let (kept, added) = combine_pairs(instrs);
                block.end = block.start + kept as u32;
                block.features |= added;
            }
            // What the blocks behind become does not matter to it.
            self.remove_redundant_nops_of(id);
        }
    }
}

/// Combines what it can; says how many instructions are left, and the bits of [`class`]
/// that there are more.
fn combine_pairs(instrs: &mut [Instr]) -> (usize, u32) {
    let of_local = class::BORROWABLE | class::STORE_LOCAL;
    let (mut kept, mut added, mut of_first) = (0, 0, 0);
    for index in 0..instrs.len() {
        let of_second = instrs[index].opcode.class();
        // Mostly one of them is something else.
        if (of_first & of_local != 0) & (of_second & of_local != 0) {
            let second = instrs[index];
            if combine(&mut instrs[kept - 1], &second) {
                // What is left of the second is a NOP, which mostly would go at once.
                let line = second.loc.line;
                if line < 0 || line == instrs[kept - 1].loc.line {
                    of_first = 0;
                    continue;
                }
                instrs[index].set_nop();
                added = class::NOP;
            }
        }
        instrs[kept] = instrs[index];
        kept += 1;
        of_first = of_second;
    }
    (kept, added)
}

/// Whether the first could take over the second.
#[inline(never)]
fn combine(first: &mut Instr, second: &Instr) -> bool {
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
    true
}
