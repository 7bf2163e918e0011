//! From a sequence of instructions to basic blocks (`_PyCfg_FromInstructionSequence`).

use std::hint::select_unpredictable;

use super::{Block, BlockId, Cfg, MalformedCode, Result};
use crate::instruction::InstructionSequence;
use crate::opcode::class;

/// Where the sequence is cut. Of instructions and blocks no processor foresees where one block
/// ends, so lists are written at every instruction, and advance where a block does.
#[derive(Default, Debug)]
pub(super) struct Cuts {
    /// By instruction: whether it is jumped to.
    is_target: Vec<bool>,
    /// By instruction: the number of its block, from 1.
    block_of: Vec<u32>,
    /// How many instructions there were.
    len: usize,
    /// By block, from 1: what is behind its last instruction, and the features of all.
    ends: Vec<(u32, u32)>,
}

impl Cuts {
    /// By instruction the number of its block, if there are as many as there were.
    pub(super) fn numbers(&self, len: usize) -> Option<&[u32]> {
        (self.len == len).then(|| &self.block_of[..len])
    }
}

impl Cfg {
    /// Cuts a sequence into blocks: before every instruction that is jumped to,
    /// behind every one that jumps or exits. So no block has one of those but at
    /// its end.
    pub(crate) fn build(&mut self, sequence: &mut InstructionSequence) -> Result<()> {
        sequence.splice_annotations();
        // The sequence gets the memory of the code object before.
        std::mem::swap(&mut self.instrs, &mut sequence.instructions);
        self.mark_labels(&sequence.jumps, &sequence.labels)?;
        let all = self.cut();
        self.has_handlers = all & class::SETUP != 0;
        self.find_targets(&sequence.jumps);
        self.jumps_changed = true;
        self.exits_duplicated = false;
        Ok(())
    }

    /// Puts the index of the instruction jumped to in place of each label, and marks it.
    fn mark_labels(&mut self, jumps: &[u32], labels: &[u32]) -> Result<()> {
        const MISSING: MalformedCode = MalformedCode("label is not placed");
        let is_target = &mut self.cuts.is_target;
        is_target.clear();
        is_target.resize(self.instrs.len(), false);
        for &jump in jumps {
            let arg = &mut self.instrs[jump as usize].arg;
            let target = *labels.get(*arg as usize).ok_or(MISSING)?;
            *arg = target;
            *is_target.get_mut(target as usize).ok_or(MISSING)? = true;
        }
        Ok(())
    }

    /// Makes the blocks; gives the bits of [`class`] that all instructions have together.
    fn cut(&mut self) -> u32 {
        let instrs = self.instrs.as_slice();
        let Cuts {
            is_target,
            block_of,
            ends,
            len,
        } = &mut self.cuts;
        *len = instrs.len();
        let len = *len;
        block_of.resize(block_of.len().max(len), 0);
        ends.resize(ends.len().max(len + 1), (0, 0));
        let (is_target, block_of) = (&is_target[..len], &mut block_of[..len]);
        let (mut count, mut features, mut ended) = (0_usize, 0, true);
        for index in 0..len {
            let begins = ended | is_target[index];
            count += usize::from(begins);
            let of_instr = instrs[index].features();
            features = select_unpredictable(begins, 0, features) | of_instr;
            ends[count] = (index as u32 + 1, features);
            block_of[index] = count as u32;
            ended = of_instr & class::TERMINATOR != 0;
        }
        // Without an instruction there is a block, too.
        let ends = if len == 0 {
            &[(0, 0)]
        } else {
            &ends[1..=count]
        };
        self.blocks.clear();
        let (mut start, mut all) = (0, 0);
        self.blocks
            .extend(ends.iter().zip(1..).map(|(&(end, features), next)| {
                let start = std::mem::replace(&mut start, end);
                all |= features;
                Block {
                    start,
                    end,
                    room: end,
                    next: Some(BlockId::new(next)),
                    features,
                    is_label: is_target.get(start as usize) == Some(&true),
                    ..Block::default()
                }
            }));
        if let Some(last) = self.blocks.last_mut() {
            last.next = None;
        }
        all
    }

    /// Finds the blocks that jumps go to, and the handlers.
    fn find_targets(&mut self, jumps: &[u32]) {
        for &jump in jumps {
            let instr = &mut self.instrs[jump as usize];
            let target = BlockId::new(self.cuts.block_of[instr.arg as usize] as usize - 1);
            instr.target = Some(target);
            if self.has_handlers && instr.opcode.is_block_push() {
                self[target].except_handler = true;
            }
        }
    }
}
