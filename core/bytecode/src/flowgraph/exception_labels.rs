//! Which handler each instruction's exceptions go to.

use super::{BlockId, Cfg, MalformedCode, Result};
use crate::opcode::{Opcode, class};

/// Bits of `RESUME`'s argument: where it resumes, and whether one handler alone stands around it.
const RESUME_AT_FUNC_START: u32 = 0;
const RESUME_DEPTH1: u32 = 0x4;
/// The same of 3.15, where generator expressions begin with a `RESUME` of their own.
pub(super) const RESUME_AT_GEN_EXPR_START: u32 = 4;
const RESUME_DEPTH1_OF_3_15: u32 = 0x8;

impl Cfg {
    /// Follows `SETUP_*` and `POP_BLOCK` along the control flow, notes for each
    /// instruction the innermost handler, and drops the `POP_BLOCK`s.
    pub(super) fn label_exception_targets(&mut self) -> Result<()> {
        if !self.has_handlers {
            return Ok(());
        }
        let two_resumes = self.switches.comprehensions_iterate;
        let depth1 = if two_resumes {
            RESUME_DEPTH1_OF_3_15
        } else {
            RESUME_DEPTH1
        };
        // The handlers around each block that waits to be looked at, innermost last.
        let mut stacks: Vec<Vec<BlockId>> = vec![Vec::new(); self.used];
        let mut todo = self.start_at_entry();
        while let Some(id) = todo.pop() {
            let mut stack = std::mem::take(&mut stacks[id.index()]);
            let mut handler = stack.last().copied();
            let mut last_yield_depth = None;
            let falls_through = self[id].falls_through();
            for index in 0..self[id].instrs.len() {
                let instr = self[id].instrs[index];
                match (instr.opcode, instr.target) {
                    (opcode, Some(target)) if opcode.is_block_push() => {
                        if !self[target].visited {
                            stacks[target.index()].clone_from(&stack);
                            self[target].visited = true;
                            todo.push(target);
                        }
                        if matches!(opcode, Opcode::SETUP_WITH | Opcode::SETUP_CLEANUP) {
                            self[target].preserve_lasti = true;
                        }
                        stack.push(target);
                        handler = Some(target);
                        continue;
                    }
                    (Opcode::POP_BLOCK, _) => {
                        stack
                            .pop()
                            .ok_or(MalformedCode("POP_BLOCK without a block"))?;
                        handler = stack.last().copied();
                        self[id].instrs[index].set_nop();
                        self[id].features |= class::NOP;
                        continue;
                    }
                    (_, Some(target)) if !self[target].visited => {
                        stacks[target.index()] = if falls_through {
                            stack.clone()
                        } else {
                            std::mem::take(&mut stack)
                        };
                        self[target].visited = true;
                        todo.push(target);
                    }
                    (Opcode::YIELD_VALUE, _) => last_yield_depth = Some(stack.len()),
                    (Opcode::RESUME, _)
                        if instr.arg != RESUME_AT_FUNC_START
                            && !(two_resumes && instr.arg == RESUME_AT_GEN_EXPR_START) =>
                    {
                        if last_yield_depth == Some(1) {
                            self[id].instrs[index].arg |= depth1;
                        }
                        last_yield_depth = None;
                    }
                    _ => {}
                }
                let handler = handler.filter(|_| instr.opcode != Opcode::RETURN_GENERATOR);
                self[id].instrs[index].except = handler;
            }
            if falls_through
                && let Some(next) = self[id].next
                && !self[next].visited
            {
                stacks[next.index()] = stack;
                self[next].visited = true;
                todo.push(next);
            }
        }
        self.todo = todo;
        Ok(())
    }
}
