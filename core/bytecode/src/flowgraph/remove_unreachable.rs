//! Empties the blocks that no path reaches, and counts predecessors.

use super::{BlockId, Cfg, Instr};
use crate::opcode::class;

/// What is added to the paths to a block when the walk has come by.
const PASSED: i32 = 1 << 30;

impl Cfg {
    /// Does nothing if no jump has changed since it was done last.
    pub(super) fn remove_unreachable(&mut self) {
        if !std::mem::take(&mut self.jumps_changed) {
            return;
        }
        let mut paths = std::mem::take(&mut self.marks);
        paths.clear();
        paths.resize(self.blocks.len() + 1, 0);
        paths[BlockId::number(Some(BlockId::ENTRY))] = 1;
        let mut todo = std::mem::take(&mut self.todo);
        todo.clear();
        // Almost all paths lead forwards, so one walk in the order of the code mostly does.
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let count = &mut paths[BlockId::number(at)];
            let reached = i32::from(*count > 0);
            *count |= PASSED;
            self.count_paths_from(id, reached, &mut paths, &mut todo);
            at = self[id].next;
        }
        while let Some(id) = todo.pop() {
            self.count_paths_from(id, 1, &mut paths, &mut todo);
        }
        for (block, &count) in self.blocks.iter_mut().zip(&paths[1..]) {
            block.predecessors = (count & !PASSED) as u32;
            if block.predecessors == 0 {
                self.instrs[block.range()]
                    .iter_mut()
                    .for_each(Instr::set_nop);
                block.end = block.start;
                block.features = 0;
                block.except_handler = false;
            }
        }
        self.marks = paths;
        self.todo = todo;
    }

    /// Counts the paths from a block if it is reached itself; queues those that the walk has
    /// passed without knowing that they are.
    #[inline]
    fn count_paths_from(
        &self,
        id: BlockId,
        reached: i32,
        paths: &mut [i32],
        todo: &mut Vec<BlockId>,
    ) {
        let mut count = |block: usize| {
            let paths = &mut paths[block];
            *paths += reached;
            if *paths == PASSED + 1 && reached > 0 {
                todo.push(BlockId::new(block - 1));
            }
        };
        self.ways(id).into_iter().for_each(&mut count);
        // Handlers are targets too.
        if self[id].has(class::SETUP) {
            let setups = self.instrs(id).iter();
            let setups = setups.filter(|instr| instr.opcode.is_block_push());
            setups.for_each(|setup| count(BlockId::number(setup.target)));
        }
    }
}
