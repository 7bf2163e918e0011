//! Empties the blocks that no path reaches, and counts predecessors.

use super::{BlockId, Cfg};
use crate::opcode::class;

impl Cfg {
    pub(super) fn remove_unreachable(&mut self) {
        for block in self.all() {
            block.predecessors = 0;
        }
        let mut todo = self.start_at_entry();
        self[BlockId::ENTRY].predecessors = 1;
        while let Some(id) = todo.pop() {
            let block = &self[id];
            let next = block.next.filter(|_| block.falls_through());
            let jump = block.jump_target();
            // Handlers are targets too.
            if block.has(class::SETUP) {
                for index in 0..block.instrs.len() {
                    let instr = &self[id].instrs[index];
                    let setup = instr.target.filter(|_| instr.opcode.is_block_push());
                    self.reach(setup, &mut todo);
                }
            }
            self.reach(next, &mut todo);
            self.reach(jump, &mut todo);
        }
        self.todo = todo;
        self.for_each(|block| {
            if block.predecessors == 0 {
                block.instrs.clear();
                block.features = 0;
                block.except_handler = false;
            }
        });
    }

    #[inline]
    fn reach(&mut self, block: Option<BlockId>, todo: &mut Vec<BlockId>) {
        let Some(id) = block else { return };
        let block = &mut self[id];
        block.predecessors += 1;
        if !block.visited {
            block.visited = true;
            todo.push(id);
        }
    }
}
