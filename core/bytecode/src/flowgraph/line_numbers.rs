//! Gives instructions without a line the line of the only path to them (PEP 626).

use super::{BlockId, Cfg};
use crate::instruction::Location;
use crate::opcode::class;

impl Cfg {
    pub(super) fn resolve_line_numbers(&mut self) {
        self.duplicate_exits_without_lineno();
        self.propagate_line_numbers();
    }

    fn propagate_line_numbers(&mut self) {
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let block = &mut self[id];
            at = block.next;
            let Some(last) = block.last() else { continue };
            let mut previous = last.loc;
            if block.has(class::NO_LINE) {
                let known = block.instrs[0].loc.line != Location::NONE.line;
                previous = Location::NONE;
                for instr in &mut block.instrs {
                    if instr.loc.line == Location::NONE.line {
                        instr.loc = previous;
                    } else {
                        previous = instr.loc;
                    }
                }
                if known {
                    block.features &= !class::NO_LINE;
                }
            }
            let next = block.next.filter(|_| block.falls_through());
            let target = block.jump_target();
            for successor in [next, target].into_iter().flatten() {
                let block = &mut self[successor];
                if block.has(class::NO_LINE)
                    && block.predecessors == 1
                    && let Some(first) = block.instrs.first_mut()
                    && first.loc.line == Location::NONE.line
                {
                    first.loc = previous;
                }
            }
        }
    }
}
