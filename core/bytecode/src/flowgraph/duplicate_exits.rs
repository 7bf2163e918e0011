//! Exits without a line number, copied for each jump to them, so that each copy has
//! one predecessor to take the line from (`duplicate_exits_without_lineno`).

use super::{BlockId, Cfg};
use crate::opcode::class;

impl Cfg {
    /// Whether a block that needs a line to report has none.
    #[inline]
    fn is_exit_or_eval_check_without_line(&self, id: BlockId) -> bool {
        self[id].has(class::NO_LINE) && self.is_without_line(id)
    }

    fn is_without_line(&self, id: BlockId) -> bool {
        self.has_no_line(id)
            && (self.ending(id) & class::SCOPE_EXIT != 0 || self.has_eval_break(id))
    }

    fn has_eval_break(&self, id: BlockId) -> bool {
        let mut instrs = self.instrs(id).iter();
        self[id].has(class::EVAL_BREAK) && instrs.any(|instr| instr.opcode.has_eval_break())
    }

    /// A copy for each jump; what is reached by falling through takes the line above.
    /// `blocks` are those that may be without a line. Says whether there are copies.
    pub(super) fn duplicate_exits_without_lineno(&mut self, blocks: &[BlockId]) -> bool {
        let (mut any, mut any_shared) = (false, false);
        for &id in blocks {
            if !self[id].is_entered_by_raising_only() && self.is_exit_or_eval_check_without_line(id)
            {
                any = true;
                any_shared |= self[id].predecessors > 1;
            }
        }
        if !any {
            return false;
        }
        let count = self.blocks.len();
        if any_shared {
            let mut at = Some(BlockId::ENTRY);
            while let Some(id) = at {
                let [_, target] = self.ways(id);
                let target = target.saturating_sub(1);
                let block = &self.blocks[target];
                // Mostly it has lines, or there is no jump.
                if block.is_empty() | (block.has(class::NO_LINE) & (block.predecessors > 1)) {
                    self.duplicate_target_of(id);
                }
                at = self[id].next;
            }
        }
        // What is left without a line is reached by falling through alone.
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            at = self[id].next;
            if let Some(next) = at
                && self.is_exit_or_eval_check_without_line(next)
                && self.falls_through(id)
                && let Some(&last) = self.last(id)
                && let Some(first) = self.parts(next).1.first_mut()
            {
                first.loc = last.loc;
            }
        }
        self.blocks.len() > count
    }

    /// Gives the jump at the end of a block a copy of its target, if that needs a line.
    #[inline(never)]
    fn duplicate_target_of(&mut self, id: BlockId) {
        let Some(target) = self
            .jump_target(id)
            .and_then(|target| self.next_nonempty(Some(target)))
        else {
            return;
        };
        if self[target].predecessors <= 1 || !self.is_exit_or_eval_check_without_line(target) {
            return;
        }
        self.exits_duplicated = true;
        let copy = self.new_block();
        self.append_copy(copy, target);
        self[copy].predecessors = 1;
        self[copy].next = self[target].next.replace(copy);
        self[copy].is_label = true;
        self[target].predecessors -= 1;
        let Some(jump) = self.last_mut(id) else {
            return;
        };
        jump.target = Some(copy);
        let loc = jump.loc;
        if let Some(first) = self.parts(copy).1.first_mut() {
            first.loc = loc;
        }
    }
}
