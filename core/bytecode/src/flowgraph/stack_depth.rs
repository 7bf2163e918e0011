//! The depth of the stack at every block, and the largest.

use std::hint::select_unpredictable;

use super::{BlockId, Cfg, Instr, MalformedCode, Result};
use crate::opcode::{Opcode, class};

/// In place of the depth at a block that has not been reached; the same once the walk has
/// come by.
const UNKNOWN: i32 = -1;
const PASSED: i32 = -2;

/// What is known while blocks are walked over.
struct Walk {
    /// The depth at entry, by number of the block.
    depths: Vec<i32>,
    /// Blocks that were reached after the walk had come by.
    todo: Vec<BlockId>,
    max_depth: i32,
    /// Not 0 if paths to a block have different depths.
    disagreement: i32,
}

const UNDERFLOW: MalformedCode = MalformedCode("Invalid CFG, stack underflow");

impl Cfg {
    pub(super) fn calculate_stackdepth(&mut self) -> Result<u32> {
        let mut walk = Walk {
            depths: std::mem::take(&mut self.marks),
            todo: std::mem::take(&mut self.todo),
            max_depth: 0,
            disagreement: 0,
        };
        walk.todo.clear();
        walk.depths.clear();
        walk.depths.resize(self.blocks.len() + 1, UNKNOWN);
        walk.reach(BlockId::number(Some(BlockId::ENTRY)), 0);
        // Almost always the code before a block leads there, so one walk mostly does.
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let depth = &mut walk.depths[BlockId::number(at)];
            at = self[id].next;
            if *depth < 0 {
                *depth = PASSED;
            } else {
                let depth = *depth;
                self.walk_over(id, depth, &mut walk)?;
            }
        }
        while let Some(id) = walk.todo.pop() {
            let depth = walk.depths[BlockId::number(Some(id))];
            self.walk_over(id, depth, &mut walk)?;
        }
        if walk.disagreement != 0 {
            return Err(MalformedCode("Invalid CFG, inconsistent stackdepth"));
        }
        for (block, &depth) in self.blocks.iter_mut().zip(&walk.depths[1..]) {
            block.start_depth = depth;
        }
        self.marks = walk.depths;
        self.todo = walk.todo;
        // CPython never makes a frame without room for one value.
        Ok(walk.max_depth.max(1) as u32)
    }

    /// Follows the depth through a block to those behind it.
    #[inline]
    fn walk_over(&self, id: BlockId, start_depth: i32, walk: &mut Walk) -> Result<()> {
        if self[id].has(class::SETUP) {
            self.reach_handlers(id, start_depth, walk)?;
        }
        let instrs = self.instrs(id);
        let depth = match self.switches.has_usual_effects() {
            true => walk.follow(start_depth, instrs, |instr| instr.opcode.effect(instr.arg)),
            false => {
                let effect = |instr: &Instr| self.switches.effect(instr.opcode, instr.arg);
                walk.follow(start_depth, instrs, effect)
            }
        }?;
        // A jump has the same effect whether it is taken or not.
        let [next, target] = self.ways(id);
        walk.reach(next, depth);
        let last = self.instrs.get((self[id].end as usize).wrapping_sub(1));
        let follows = last.is_some_and(|last| last.opcode != Opcode::END_ASYNC_FOR);
        walk.reach(target * usize::from(follows), depth);
        Ok(())
    }

    /// The handlers that a block sets up.
    #[inline(never)]
    fn reach_handlers(&self, id: BlockId, mut depth: i32, walk: &mut Walk) -> Result<()> {
        for instr in self.instrs(id) {
            if instr.opcode.class() & class::SETUP == 0 {
                depth += self.switches.effect(instr.opcode, instr.arg);
            } else {
                let at_handler = depth + instr.opcode.stack_effect(instr.arg, true);
                if at_handler < 0 {
                    return Err(UNDERFLOW);
                }
                walk.reach(BlockId::number(instr.target), at_handler);
            }
        }
        Ok(())
    }
}

impl Walk {
    /// The depth behind some instructions.
    #[inline]
    fn follow(
        &mut self,
        start_depth: i32,
        instrs: &[Instr],
        effect: impl Fn(&Instr) -> i32,
    ) -> Result<i32> {
        let (mut depth, mut signs) = (start_depth, 0);
        let mut max_depth = self.max_depth.max(depth);
        for instr in instrs {
            depth += effect(instr);
            max_depth = max_depth.max(depth);
            signs |= depth;
        }
        self.max_depth = max_depth;
        match signs < 0 {
            true => Err(UNDERFLOW),
            false => Ok(depth),
        }
    }

    /// Notes the depth at a block that there may be. Whether it is known is not foreseen.
    #[inline]
    fn reach(&mut self, block: usize, depth: i32) {
        let known = self.depths[block];
        let agreed = select_unpredictable(known < 0, depth, known);
        self.depths[block] = agreed;
        self.disagreement |= select_unpredictable(block == 0, 0, agreed ^ depth);
        if known == PASSED {
            self.todo.push(BlockId::new(block - 1));
        }
    }
}
