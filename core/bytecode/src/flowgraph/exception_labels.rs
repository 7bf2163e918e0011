//! Which handler each instruction's exceptions go to.

use super::{Block, BlockId, Cfg, MalformedCode, Result};
use crate::opcode::{Opcode, class};

/// Bits of `RESUME`'s argument: where it resumes, and whether one handler alone stands around it.
const RESUME_AT_FUNC_START: u32 = 0;
const RESUME_DEPTH1: u32 = 0x4;
/// The same of 3.15, where generator expressions begin with a `RESUME` of their own.
pub(super) const RESUME_AT_GEN_EXPR_START: u32 = 4;
const RESUME_DEPTH1_OF_3_15: u32 = 0x8;

/// The handlers around an instruction: the innermost, and those around that one.
/// Stacks share what is below, so that handing one on costs nothing.
#[derive(Clone, Copy, Default, Debug)]
struct Handlers {
    innermost: Option<BlockId>,
    /// The stack without the innermost, among all stacks.
    outer: u32,
    depth: u32,
}

impl Cfg {
    /// Follows `SETUP_*` and `POP_BLOCK` along the control flow, notes for each
    /// instruction the innermost handler, and drops the `POP_BLOCK`s.
    pub(super) fn label_exception_targets(&mut self) -> Result<()> {
        match self.has_handlers {
            true => self.follow_handlers(),
            false => Ok(()),
        }
    }

    #[inline(never)]
    fn follow_handlers(&mut self) -> Result<()> {
        let two_resumes = self.switches.comprehensions_iterate;
        let depth1 = if two_resumes {
            RESUME_DEPTH1_OF_3_15
        } else {
            RESUME_DEPTH1
        };
        // All stacks there are, the empty one first, and the stack at each block's entry.
        let mut stacks = vec![Handlers::default()];
        let mut at_entry = vec![0_u32; self.blocks.len()];
        let mut todo = self.start_at_entry();
        let Self { blocks, instrs, .. } = self;
        while let Some(id) = todo.pop() {
            let mut stack = at_entry[id.index()];
            let mut handlers = stacks[stack as usize];
            let mut last_yield_depth = None;
            let block = blocks[id.index()];
            let mut falls_through = true;
            for index in block.range() {
                let instr = &mut instrs[index];
                let of_opcode = instr.opcode.class();
                if of_opcode & (class::OF_HANDLERS | class::TERMINATOR) == 0 {
                    instr.except = handlers.innermost;
                    continue;
                }
                if of_opcode & class::SETUP != 0
                    && let Some(target) = instr.target
                {
                    reach(blocks, target, (stack, &mut at_entry), &mut todo);
                    if matches!(instr.opcode, Opcode::SETUP_WITH | Opcode::SETUP_CLEANUP) {
                        blocks[target.index()].preserve_lasti = true;
                    }
                    handlers = Handlers {
                        innermost: Some(target),
                        outer: stack,
                        depth: handlers.depth + 1,
                    };
                    stack = stacks.len() as u32;
                    stacks.push(handlers);
                    continue;
                }
                if of_opcode & class::JUMP != 0
                    && let Some(target) = instr.target
                {
                    reach(blocks, target, (stack, &mut at_entry), &mut todo);
                }
                match instr.opcode {
                    Opcode::POP_BLOCK => {
                        if handlers.depth == 0 {
                            return Err(MalformedCode("POP_BLOCK without a block"));
                        }
                        stack = handlers.outer;
                        handlers = stacks[stack as usize];
                        instr.set_nop();
                        blocks[id.index()].features |= class::NOP;
                        continue;
                    }
                    Opcode::YIELD_VALUE => last_yield_depth = Some(handlers.depth),
                    Opcode::RESUME
                        if instr.arg != RESUME_AT_FUNC_START
                            && !(two_resumes && instr.arg == RESUME_AT_GEN_EXPR_START) =>
                    {
                        if last_yield_depth == Some(1) {
                            instr.arg |= depth1;
                        }
                        last_yield_depth = None;
                    }
                    Opcode::RETURN_GENERATOR => {
                        instr.except = None;
                        continue;
                    }
                    _ => {}
                }
                falls_through = of_opcode & class::NO_FALLTHROUGH == 0;
                instr.except = handlers.innermost;
            }
            if falls_through && let Some(next) = block.next {
                reach(blocks, next, (stack, &mut at_entry), &mut todo);
            }
        }
        self.todo = todo;
        Ok(())
    }
}

/// Queues a block, with the stack that is `stack` at its entry, unless it has been queued.
fn reach(
    blocks: &mut [Block],
    id: BlockId,
    (stack, at_entry): (u32, &mut [u32]),
    todo: &mut Vec<BlockId>,
) {
    let block = &mut blocks[id.index()];
    if !block.visited {
        block.visited = true;
        at_entry[id.index()] = stack;
        todo.push(id);
    }
}
