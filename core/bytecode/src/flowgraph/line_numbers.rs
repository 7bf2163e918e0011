//! Gives instructions without a line the line of the only path to them (PEP 626).

use super::{BlockId, Cfg};
use crate::instruction::Location;

impl Cfg {
    pub(super) fn resolve_line_numbers(&mut self) {
        self.duplicate_exits_without_lineno();
        self.propagate_line_numbers();
    }

    /// Whether a block that needs a line to report has none.
    fn is_exit_or_eval_check_without_line(&self, id: BlockId) -> bool {
        let block = &self[id];
        (block.exits_scope() || block.has_eval_break()) && block.has_no_line()
    }

    /// Copies exits without a line for each jump to them, so that each copy has
    /// one predecessor to take the line from.
    fn duplicate_exits_without_lineno(&mut self) {
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            self.duplicate_target_of(id);
            at = self[id].next;
        }
        // What is left without a line is reached by falling through alone.
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            at = self[id].next;
            if let Some(next) = self[id].next
                && let Some(&last) = self[id].last()
                && self[id].falls_through()
                && self.is_exit_or_eval_check_without_line(next)
            {
                self[next].instrs[0].loc = last.loc;
            }
        }
    }

    fn duplicate_target_of(&mut self, id: BlockId) {
        let Some(&last) = self[id].last() else { return };
        let Some(target) = self
            .next_nonempty(last.target)
            .filter(|_| last.opcode.has_jump())
        else {
            return;
        };
        if self[target].predecessors <= 1 || !self.is_exit_or_eval_check_without_line(target) {
            return;
        }
        let copy = self.new_block();
        let mut instrs = self[target].instrs.clone();
        instrs[0].loc = last.loc;
        let next = self[target].next.replace(copy);
        let block = &mut self[copy];
        block.instrs.append(&mut instrs);
        block.predecessors = 1;
        block.next = next;
        block.is_label = true;
        self[target].predecessors -= 1;
        self[id].instrs.last_mut().expect("just seen").target = Some(copy);
    }

    fn propagate_line_numbers(&mut self) {
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let block = &mut self[id];
            at = block.next;
            let mut previous = Location::NONE;
            for instr in &mut block.instrs {
                if instr.loc.line == Location::NONE.line {
                    instr.loc = previous;
                } else {
                    previous = instr.loc;
                }
            }
            let Some(&last) = block.last() else { continue };
            let next = block.next.filter(|_| block.falls_through());
            let target = last.target.filter(|_| last.opcode.has_jump());
            for successor in [next, target].into_iter().flatten() {
                let block = &mut self[successor];
                if block.predecessors == 1
                    && let Some(first) = block.instrs.first_mut()
                    && first.loc.line == Location::NONE.line
                {
                    first.loc = previous;
                }
            }
        }
    }
}
