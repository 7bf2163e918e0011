//! Empties the blocks that no path reaches, and counts predecessors.

use super::{BlockId, Cfg};

impl Cfg {
    pub(super) fn remove_unreachable(&mut self) {
        for block in self.all() {
            block.predecessors = 0;
        }
        let mut todo = self.start_at_entry();
        self[BlockId::ENTRY].predecessors = 1;
        while let Some(id) = todo.pop() {
            let next = self[id].next.filter(|_| self[id].falls_through());
            // Handlers are targets too.
            let len = self[id].instrs.len();
            for index in 0..=len {
                let reached = if index == 0 {
                    next
                } else {
                    self[id].instrs[index - 1].target
                };
                let Some(reached) = reached else { continue };
                let block = &mut self[reached];
                block.predecessors += 1;
                if !block.visited {
                    block.visited = true;
                    todo.push(reached);
                }
            }
        }
        self.todo = todo;
        self.for_each(|block| {
            if block.predecessors == 0 {
                block.instrs.clear();
                block.except_handler = false;
            }
        });
    }
}
