//! Gives instructions without a line the line of the only path to them (PEP 626).

use super::{BlockId, Cfg};
use crate::instruction::Location;
use crate::opcode::class;

impl Cfg {
    pub(super) fn resolve_line_numbers(&mut self) {
        if self.has(class::NO_LINE) {
            self.duplicate_exits_without_lineno();
            self.propagate_line_numbers();
        }
    }

    fn propagate_line_numbers(&mut self) {
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            at = self[id].next;
            if self[id].has(class::NO_LINE) {
                self.take_over_lines(id);
            }
            let Some(last) = self.last(id) else { continue };
            let previous = last.loc;
            for successor in self.successors(id).into_iter().flatten() {
                let block = &self[successor];
                if block.has(class::NO_LINE) && block.predecessors == 1 {
                    let (_, instrs) = self.parts(successor);
                    if let Some(first) = instrs.first_mut()
                        && first.loc.line == Location::NONE.line
                    {
                        first.loc = previous;
                    }
                }
            }
        }
    }

    /// Gives instructions without a line that of the one before, within their block.
    fn take_over_lines(&mut self, id: BlockId) {
        let (block, instrs) = self.parts(id);
        let mut previous = Location::NONE;
        for instr in &mut *instrs {
            if instr.loc.line == Location::NONE.line {
                instr.loc = previous;
            } else {
                previous = instr.loc;
            }
        }
        if instrs
            .first()
            .is_some_and(|first| first.loc.line != Location::NONE.line)
        {
            block.features &= !class::NO_LINE;
        }
    }
}
