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
        self.mark_warm()?;
        self.mark_cold();
        self.make_fallthroughs_to_warm_explicit();

        // The first and the last of the blocks that stay, and of those that move.
        let mut chains: [Option<(BlockId, BlockId)>; 2] = [None, None];
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            at = self[id].next;
            let chain = &mut chains[usize::from(self[id].cold)];
            let first = chain.map_or(id, |(first, _)| first);
            if let Some((_, last)) = chain.replace((first, id)) {
                self[last].next = Some(id);
            }
        }
        let [Some((_, last_warm)), Some((first_cold, last_cold))] = chains else {
            return Ok(());
        };
        self[last_warm].next = Some(first_cold);
        self[last_cold].next = None;
        self.remove_redundant_nops_and_jumps()
    }

    /// Warm is what is reached without an exception.
    fn mark_warm(&mut self) -> Result<()> {
        self.for_each_reached(|cfg, id, reached| {
            cfg[id].warm = true;
            cfg.ways(id).into_iter().for_each(|way| reached.reach(way));
            Ok(())
        })
    }

    /// Cold is what is reached from handlers only, and the handlers.
    fn mark_cold(&mut self) {
        let mut todo = std::mem::take(&mut self.todo);
        todo.clear();
        for (index, block) in self.blocks.iter_mut().enumerate() {
            block.cold = block.except_handler;
            if block.cold {
                todo.push(BlockId::new(index));
            }
        }
        while let Some(id) = todo.pop() {
            for reached in self.successors(id).into_iter().flatten() {
                let block = &mut self[reached];
                if !block.cold && !block.warm {
                    block.cold = true;
                    todo.push(reached);
                }
            }
        }
        self.todo = todo;
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
