//! The depth of the stack at every block, and the largest.

use super::{BlockId, Cfg, MalformedCode, Result};
use crate::opcode::{Opcode, class};

impl Cfg {
    pub(super) fn calculate_stackdepth(&mut self) -> Result<u32> {
        for block in &mut self.blocks {
            block.start_depth = -1;
        }
        let mut todo = std::mem::take(&mut self.todo);
        todo.clear();
        self.push_at_depth(BlockId::ENTRY, 0, &mut todo)?;
        let mut max_depth = 0;
        let switches = self.switches;
        while let Some(id) = todo.pop() {
            if self[id].has(class::SETUP) {
                self.push_handlers(id, &mut todo)?;
            }
            let mut depth = self[id].start_depth;
            let Some((last, before)) = self.instrs(id).split_last() else {
                if let Some(next) = self[id].next {
                    self.push_at_depth(next, depth, &mut todo)?;
                }
                continue;
            };
            let mut min_depth = depth;
            max_depth = max_depth.max(depth);
            for instr in before {
                depth += switches.effect(instr.opcode, instr.arg);
                max_depth = max_depth.max(depth);
                min_depth = min_depth.min(depth);
            }
            let before = depth;
            depth += switches.effect(last.opcode, last.arg);
            if min_depth.min(depth) < 0 {
                return Err(MalformedCode("Invalid CFG, stack underflow"));
            }
            let of_last = last.opcode.class();
            if of_last & class::JUMP != 0
                && let Some(target) = last.target
                && last.opcode != Opcode::END_ASYNC_FOR
            {
                let jump_depth = before + switches.stack_effect(last.opcode, last.arg, true);
                self.push_at_depth(target, jump_depth, &mut todo)?;
            }
            let next = self[id]
                .next
                .filter(|_| of_last & class::NO_FALLTHROUGH == 0);
            if let Some(next) = next {
                self.push_at_depth(next, depth, &mut todo)?;
            }
        }
        self.todo = todo;
        // CPython never makes a frame without room for one value.
        Ok(max_depth.max(1) as u32)
    }

    /// The handlers that a block sets up.
    fn push_handlers(&mut self, id: BlockId, todo: &mut Vec<BlockId>) -> Result<()> {
        let mut depth = self[id].start_depth;
        let switches = self.switches;
        for index in self[id].range() {
            let instr = &self.instrs[index];
            if instr.opcode.class() & class::SETUP == 0 {
                depth += switches.effect(instr.opcode, instr.arg);
            } else if let Some(handler) = instr.target {
                let at_handler = depth + instr.opcode.stack_effect(instr.arg, true);
                self.push_at_depth(handler, at_handler, todo)?;
            }
        }
        Ok(())
    }

    #[inline]
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
