//! Empties the blocks that no path reaches, and counts predecessors.

use super::{BlockId, Cfg};
use crate::opcode::class;

impl Cfg {
    /// Does nothing if no jump has changed since it was done last.
    pub(super) fn remove_unreachable(&mut self) {
        if !std::mem::take(&mut self.jumps_changed) {
            return;
        }
        for block in &mut self.blocks {
            block.predecessors = 0;
        }
        self[BlockId::ENTRY].predecessors = 1;
        let mut todo = std::mem::take(&mut self.todo);
        todo.clear();
        let mut at = Some(BlockId::ENTRY);
        let mut reached = 0;
        while let Some(id) = at {
            reached += 1;
            // Handlers are targets too.
            if self[id].has(class::SETUP) {
                for index in self[id].range() {
                    let instr = &self.instrs[index];
                    if instr.opcode.is_block_push()
                        && let Some(handler) = instr.target
                        && self.is_news(handler)
                    {
                        todo.push(handler);
                    }
                }
            }
            let [next, jump] = self.successors(id);
            if let Some(target) = jump
                && self.is_news(target)
            {
                todo.push(target);
            }
            // The next block is looked at at once: mostly there is one.
            at = match next {
                Some(next) if self.is_news(next) => Some(next),
                _ => todo.pop(),
            };
        }
        self.todo = todo;
        if reached < self.blocks.len() {
            for block in &mut self.blocks {
                if block.predecessors == 0 {
                    block.end = block.start;
                    block.features = 0;
                    block.except_handler = false;
                }
            }
        }
    }

    /// Counts a path to a block; whether it is the first.
    #[inline]
    fn is_news(&mut self, id: BlockId) -> bool {
        let block = &mut self[id];
        block.predecessors += 1;
        block.predecessors == 1
    }
}
