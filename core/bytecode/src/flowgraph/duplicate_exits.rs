//! Exits without a line number, copied for each jump to them, so that each copy has
//! one predecessor to take the line from (`duplicate_exits_without_lineno`).

use super::{BlockId, Cfg};
use crate::opcode::class;

impl Cfg {
    /// Whether a block that needs a line to report has none.
    fn is_exit_or_eval_check_without_line(&self, id: BlockId) -> bool {
        let block = &self[id];
        block.has(class::NO_LINE)
            && block.has_no_line()
            && (block.exits_scope() || block.has_eval_break())
    }

    /// A copy for each jump; what is reached by falling through takes the line above.
    pub(super) fn duplicate_exits_without_lineno(&mut self) {
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
                && self.is_exit_or_eval_check_without_line(next)
                && self[id].falls_through()
                && let Some(&last) = self[id].last()
                && let Some(first) = self[next].instrs.first_mut()
            {
                first.loc = last.loc;
            }
        }
    }

    fn duplicate_target_of(&mut self, id: BlockId) {
        let Some(jump) = self[id].jump_target() else {
            return;
        };
        let Some(target) = self.next_nonempty(Some(jump)) else {
            return;
        };
        if self[target].predecessors <= 1 || !self.is_exit_or_eval_check_without_line(target) {
            return;
        }
        let copy = self.new_block();
        let loc = self[id].last().expect("it jumps").loc;
        let mut instrs = self[target].instrs.clone();
        instrs[0].loc = loc;
        let features = self[target].features;
        let next = self[target].next.replace(copy);
        let block = &mut self[copy];
        block.instrs.append(&mut instrs);
        block.features = features;
        block.predecessors = 1;
        block.next = next;
        block.is_label = true;
        self[target].predecessors -= 1;
        self[id].instrs.last_mut().expect("just seen").target = Some(copy);
    }
}
