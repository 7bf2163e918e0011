//! Removes what does nothing: `NOP`s, loads popped at once, jumps to the next instruction.

use std::hint::select_unpredictable;

use super::{BlockId, Cfg, Instr, MalformedCode, Result};
use crate::opcode::{Opcode, class};

/// In place of the position of an instruction.
const NOWHERE: u32 = u32::MAX;

impl Cfg {
    /// Removes the `NOP`s that no line of the source needs; says whether there were any.
    pub(super) fn remove_redundant_nops(&mut self) -> bool {
        let mut changed = false;
        if !self.has(class::NOP) {
            return changed;
        }
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            changed |= self.remove_redundant_nops_of(id);
            at = self[id].next;
        }
        changed
    }

    #[inline]
    pub(super) fn remove_redundant_nops_of(&mut self, id: BlockId) -> bool {
        self[id].has(class::NOP) && self.remove_nops_between(id)
    }

    #[inline(never)]
    fn remove_nops_between(&mut self, id: BlockId) -> bool {
        let range = self[id].range();
        let is_nop = |instr: &Instr| instr.opcode == Opcode::NOP;
        let Some(first) = self.instrs(id).iter().position(is_nop) else {
            self[id].features &= !class::NOP;
            return false;
        };
        let first = range.start + first;
        let mut prev_line = match first == range.start {
            true => -1,
            false => self.instrs[first - 1].loc.line,
        };
        let (mut kept, mut nops) = (first, 0);
        for index in first..range.end {
            let line = self.instrs[index].loc.line;
            if self.instrs[index].opcode == Opcode::NOP {
                if line < 0 || prev_line == line {
                    continue;
                }
                if index + 1 < range.end {
                    let loc = self.instrs[index].loc;
                    let next = &mut self.instrs[index + 1].loc;
                    if next.line == line {
                        continue;
                    }
                    if next.line < 0 {
                        *next = loc;
                        continue;
                    }
                } else if self.first_line_behind(id) == Some(line) {
                    continue;
                }
                nops += 1;
            }
            self.instrs[kept] = self.instrs[index];
            kept += 1;
            prev_line = line;
        }
        self.instrs[kept..range.end]
            .iter_mut()
            .for_each(Instr::set_nop);
        let block = &mut self[id];
        block.end = kept as u32;
        if block.is_empty() {
            block.features = 0;
        } else if nops == 0 {
            block.features &= !class::NOP;
        }
        kept < range.end
    }

    /// The line at which the code goes on behind a block.
    fn first_line_behind(&self, id: BlockId) -> Option<i32> {
        let next = self.next_nonempty(self[id].next)?;
        // NOPs without a line are about to go.
        let mut instrs = self.instrs(next).iter();
        let first = instrs.find(|instr| instr.opcode != Opcode::NOP || instr.loc.line >= 0);
        first.map(|instr| instr.loc.line)
    }

    /// Also removes pairs of a load without effect and the `POP_TOP` behind it.
    pub(super) fn remove_redundant_nops_and_pairs(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            // The instruction before, if nothing else can lead here, and its block.
            let mut previous = (BlockId::ENTRY, NOWHERE);
            let mut at = Some(BlockId::ENTRY);
            while let Some(id) = at {
                self.remove_redundant_nops_of(id);
                let block = self[id];
                at = block.next;
                previous.1 = select_unpredictable(block.is_label, NOWHERE, previous.1);
                if block.has(class::POP_TOP) {
                    changed |= self.remove_pairs(id, previous);
                }
                let ends = self.ending(id) & class::TERMINATOR != 0;
                let last = select_unpredictable(ends, NOWHERE, block.end.wrapping_sub(1));
                previous = select_unpredictable(block.is_empty(), previous, (id, last));
            }
        }
    }

    /// The same for one block; `previous` is the instruction before.
    #[inline(never)]
    fn remove_pairs(&mut self, id: BlockId, mut previous: (BlockId, u32)) -> bool {
        let mut changed = false;
        let block = self[id];
        for index in block.start..block.end {
            let (before, position) = previous;
            if self.instrs[index as usize].opcode == Opcode::POP_TOP && position != NOWHERE {
                let loaded = &mut self.instrs[position as usize];
                let is_pair = match loaded.opcode {
                    Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT | Opcode::LOAD_COMMON_CONSTANT => {
                        true
                    }
                    Opcode::COPY => loaded.arg == 1,
                    _ => false,
                };
                if is_pair {
                    loaded.set_nop();
                    self.instrs[index as usize].set_nop();
                    self[before].features |= class::NOP;
                    self[id].features |= class::NOP;
                    changed = true;
                }
            }
            previous = (id, index);
        }
        changed
    }

    /// Turns jumps to where the code goes on anyway into `NOP`s; says whether there were any.
    fn remove_redundant_jumps(&mut self) -> Result<bool> {
        let mut changed = false;
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let next = self[id].next;
            at = next;
            // What the block has is known at least.
            if !self[id].has(class::UNCONDITIONAL_JUMP) {
                continue;
            }
            if self.ending(id) & class::UNCONDITIONAL_JUMP == 0 {
                continue;
            }
            let target = self
                .next_nonempty(self.jump_target(id))
                .ok_or(MalformedCode("jump with NULL target"))?;
            if self.next_nonempty(next) == Some(target) {
                changed = true;
                let (block, instrs) = self.parts(id);
                block.features |= class::NOP;
                if let Some(last) = instrs.last_mut() {
                    last.set_nop();
                }
            }
        }
        Ok(changed)
    }

    pub(super) fn remove_redundant_nops_and_jumps(&mut self) -> Result<()> {
        loop {
            let nops = self.remove_redundant_nops();
            let jumps = self.remove_redundant_jumps()?;
            // Jumps were sought last; without a NOP left there is nothing new.
            if !jumps && (!nops || !self.has(class::NOP)) {
                return Ok(());
            }
        }
    }
}
