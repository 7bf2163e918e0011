//! The depth of the stack at every block, and the largest.

use super::{BlockId, Cfg, MalformedCode, Result};
use crate::opcode::Opcode;

impl Cfg {
    pub(super) fn calculate_stackdepth(&mut self) -> Result<u32> {
        for block in self.all() {
            block.start_depth = -1;
        }
        let mut todo = std::mem::take(&mut self.todo);
        todo.clear();
        self.push_at_depth(BlockId::ENTRY, 0, &mut todo)?;
        let mut max_depth = 0;
        while let Some(id) = todo.pop() {
            let mut depth = self[id].start_depth;
            for index in 0..self[id].instrs.len() {
                let instr = self[id].instrs[index];
                let new_depth = depth + instr.opcode.stack_effect(instr.arg, false);
                if new_depth < 0 {
                    return Err(MalformedCode("Invalid CFG, stack underflow"));
                }
                max_depth = max_depth.max(depth);
                if let Some(target) = instr
                    .target
                    .filter(|_| instr.opcode != Opcode::END_ASYNC_FOR)
                {
                    let target_depth = depth + instr.opcode.stack_effect(instr.arg, true);
                    self.push_at_depth(target, target_depth, &mut todo)?;
                }
                depth = new_depth;
            }
            if let Some(next) = self[id].next.filter(|_| self[id].falls_through()) {
                self.push_at_depth(next, depth, &mut todo)?;
            }
        }
        self.todo = todo;
        // CPython never makes a frame without room for one value.
        Ok(max_depth.max(1) as u32)
    }

    fn push_at_depth(&mut self, id: BlockId, depth: i32, todo: &mut Vec<BlockId>) -> Result<()> {
        let known = self[id].start_depth;
        if known < 0 {
            if depth < 0 {
                return Err(MalformedCode("Invalid CFG, stack underflow"));
            }
            self[id].start_depth = depth;
            todo.push(id);
        } else if known != depth {
            return Err(MalformedCode("Invalid CFG, inconsistent stackdepth"));
        }
        Ok(())
    }
}
