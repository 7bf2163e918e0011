//! Removes what does nothing: `NOP`s, loads popped at once, jumps to the next instruction.

use super::{BlockId, Cfg, Instr, MalformedCode, Result};
use crate::opcode::{Opcode, class};

impl Cfg {
    /// Removes the `NOP`s that no line of the source needs; says whether there were any.
    pub(super) fn remove_redundant_nops(&mut self) -> bool {
        let mut changed = false;
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            changed |= self.remove_redundant_nops_of(id);
            at = self[id].next;
        }
        changed
    }

    fn remove_redundant_nops_of(&mut self, id: BlockId) -> bool {
        let block = &mut self[id];
        if !block.has(class::NOP) {
            return false;
        }
        let is_nop = |instr: &Instr| instr.opcode == Opcode::NOP;
        let Some(first) = block.instrs.iter().position(is_nop) else {
            block.features &= !class::NOP;
            return false;
        };
        let mut instrs = std::mem::take(&mut block.instrs);
        let len = instrs.len();
        let mut kept = first;
        let mut prev_line = match first {
            0 => -1,
            _ => instrs[first - 1].loc.line,
        };
        let mut nops = 0;
        for index in first..len {
            let instr = instrs[index];
            let line = instr.loc.line;
            if instr.opcode == Opcode::NOP {
                if line < 0 || prev_line == line {
                    continue;
                }
                if let Some(next) = instrs.get_mut(index + 1) {
                    if next.loc.line == line {
                        continue;
                    }
                    if next.loc.line < 0 {
                        next.loc = instr.loc;
                        continue;
                    }
                } else if self.first_line_behind(id) == Some(line) {
                    continue;
                }
                nops += 1;
            }
            instrs[kept] = instr;
            kept += 1;
            prev_line = line;
        }
        let block = &mut self[id];
        block.instrs = instrs;
        block.shorten(kept);
        if nops == 0 {
            block.features &= !class::NOP;
        }
        kept < len
    }

    /// The line at which the code goes on behind a block.
    fn first_line_behind(&self, id: BlockId) -> Option<i32> {
        let next = self.next_nonempty(self[id].next)?;
        let instrs = &self[next].instrs;
        // NOPs without a line are about to go.
        let first = instrs
            .iter()
            .find(|instr| instr.opcode != Opcode::NOP || instr.loc.line >= 0);
        first.map(|instr| instr.loc.line)
    }

    /// Also removes pairs of a load without effect and the `POP_TOP` behind it.
    pub(super) fn remove_redundant_nops_and_pairs(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            // The instruction before, wherever it is.
            let mut previous: Option<(BlockId, usize)> = None;
            let mut at = Some(BlockId::ENTRY);
            while let Some(id) = at {
                self.remove_redundant_nops_of(id);
                if self[id].is_label {
                    previous = None;
                }
                if !self[id].has(class::POP_TOP) {
                    if let Some(last) = self[id].instrs.len().checked_sub(1) {
                        previous = Some((id, last));
                    }
                } else {
                    changed |= self.remove_pairs(id, &mut previous);
                }
                let block = &self[id];
                let jumps =
                    previous.is_some_and(|(at, index)| self[at].instrs[index].opcode.has_jump());
                if jumps || !block.falls_through() {
                    previous = None;
                }
                at = self[id].next;
            }
        }
    }

    /// The same for one block; `previous` is the instruction before, then its last.
    fn remove_pairs(&mut self, id: BlockId, previous: &mut Option<(BlockId, usize)>) -> bool {
        let mut changed = false;
        for index in 0..self[id].instrs.len() {
            if self[id].instrs[index].opcode == Opcode::POP_TOP
                && let Some((block, position)) = *previous
            {
                let loaded = self[block].instrs[position];
                let is_pair = match loaded.opcode {
                    Opcode::LOAD_CONST | Opcode::LOAD_SMALL_INT | Opcode::LOAD_COMMON_CONSTANT => {
                        true
                    }
                    Opcode::COPY => loaded.arg == 1,
                    _ => false,
                };
                if is_pair {
                    self[block].instrs[position].set_nop();
                    self[block].features |= class::NOP;
                    self[id].instrs[index].set_nop();
                    self[id].features |= class::NOP;
                    changed = true;
                }
            }
            *previous = Some((id, index));
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
            let Some(&last) = self[id].last() else {
                continue;
            };
            if last.opcode.is_unconditional_jump() {
                let target = self
                    .next_nonempty(last.target)
                    .ok_or(MalformedCode("jump with NULL target"))?;
                if self.next_nonempty(next) == Some(target) {
                    changed = true;
                    self[id].instrs.last_mut().expect("just seen").set_nop();
                    self[id].features |= class::NOP;
                }
            }
        }
        Ok(changed)
    }

    pub(super) fn remove_redundant_nops_and_jumps(&mut self) -> Result<()> {
        loop {
            let nops = self.remove_redundant_nops();
            let jumps = self.remove_redundant_jumps()?;
            if !nops && !jumps {
                return Ok(());
            }
        }
    }
}
