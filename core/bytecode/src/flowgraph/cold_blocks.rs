//! Moves what runs only after an exception behind everything else.

use super::{BlockId, Cfg, Instr, Result};
use crate::instruction::Location;
use crate::opcode::Opcode;

impl Cfg {
    pub(super) fn push_cold_blocks_to_end(&mut self) -> Result<()> {
        match self.has_handlers && self.order().any(|block| block.except_handler) {
            true => self.push_them_to_end(),
            false => Ok(()),
        }
    }

    #[inline(never)]
    fn push_them_to_end(&mut self) -> Result<()> {
        self.mark_warm();
        self.mark_cold();
        self.make_fallthroughs_to_warm_explicit();

        let (mut warm, mut cold) = (Vec::with_capacity(self.blocks.len()), Vec::new());
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            if self[id].cold {
                cold.push(id);
            } else {
                warm.push(id);
            }
            at = self[id].next;
        }
        if cold.is_empty() {
            return Ok(());
        }
        warm.append(&mut cold);
        for (index, &id) in warm.iter().enumerate() {
            self[id].next = warm.get(index + 1).copied();
        }
        self.remove_redundant_nops_and_jumps()
    }

    /// Warm is what is reached without an exception.
    #[inline(never)]
    fn mark_warm(&mut self) {
        let mut todo = self.start_at_entry();
        while let Some(id) = todo.pop() {
            self[id].warm = true;
            self.push_successors(id, &mut todo, |_| true);
        }
        self.todo = todo;
    }

    /// Cold is what is reached from handlers and is not warm.
    fn mark_cold(&mut self) {
        self.clear_visited();
        let mut todo = Vec::new();
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            if self[id].except_handler {
                self[id].visited = true;
                todo.push(id);
            }
            at = self[id].next;
        }
        while let Some(id) = todo.pop() {
            self[id].cold = true;
            self.push_successors(id, &mut todo, |block| !block.warm);
        }
    }

    fn push_successors(
        &mut self,
        id: BlockId,
        todo: &mut Vec<BlockId>,
        wanted: impl Fn(&super::Block) -> bool,
    ) {
        let [next, target] = self.successors(id);
        let mut reach = |id: BlockId| {
            let block = &mut self[id];
            if !block.visited && wanted(block) {
                block.visited = true;
                todo.push(id);
            }
        };
        if let Some(next) = next {
            reach(next);
        }
        if let Some(target) = target {
            reach(target);
        }
    }

    /// A cold block that is to move cannot fall through to a warm one any more.
    fn make_fallthroughs_to_warm_explicit(&mut self) {
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            at = self[id].next;
            let Some(next) = self[id].next else { break };
            if self[id].cold && self[next].warm && self.falls_through(id) {
                self[next].is_label = true;
                let mut jump = Instr::new(Opcode::JUMP_NO_INTERRUPT, 0, Location::NONE);
                jump.target = Some(next);
                let explicit = self.new_block();
                self.append(explicit, jump);
                let block = &mut self[explicit];
                block.cold = true;
                block.predecessors = 1;
                block.next = Some(next);
                self[id].next = Some(explicit);
            }
        }
    }
}
