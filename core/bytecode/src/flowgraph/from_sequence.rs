//! From a sequence of instructions to basic blocks (`_PyCfg_FromInstructionSequence`).

use super::{Block, BlockId, Cfg, MalformedCode, Result};
use crate::instruction::InstructionSequence;
use crate::opcode::class;

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
        self.block_at.clear();
        self.block_at.resize(self.instrs.len(), None);
        for &jump in jumps {
            let arg = &mut self.instrs[jump as usize].arg;
            let target = *labels.get(*arg as usize).ok_or(MISSING)?;
            *arg = target;
            // Any block will do as a mark; the number follows below.
            *self.block_at.get_mut(target as usize).ok_or(MISSING)? = Some(BlockId::ENTRY);
        }
        Ok(())
    }

    /// Makes the blocks; gives the bits of [`class`] that all instructions have together.
    fn cut(&mut self) -> u32 {
        self.blocks.clear();
        let mut block = Block::at(0);
        let mut all = 0;
        for (index, (instr, mark)) in self.instrs.iter().zip(&mut self.block_at).enumerate() {
            let ended = block.has(class::TERMINATOR);
            if mark.is_some() || ended {
                if index > 0 {
                    all |= block.features;
                    close(&mut self.blocks, block, index);
                    block = Block::at(index);
                }
                if mark.is_some() {
                    block.is_label = true;
                    *mark = Some(BlockId::new(self.blocks.len()));
                }
            }
            block.features |= instr.features();
        }
        all |= block.features;
        close(&mut self.blocks, block, self.instrs.len());
        if let Some(last) = self.blocks.last_mut() {
            last.next = None;
        }
        all
    }

    /// Finds the blocks that jumps go to, and the handlers.
    fn find_targets(&mut self, jumps: &[u32]) {
        for &jump in jumps {
            let instr = &mut self.instrs[jump as usize];
            instr.target = self.block_at[instr.arg as usize];
            if self.has_handlers
                && instr.opcode.is_block_push()
                && let Some(handler) = instr.target
            {
                self[handler].except_handler = true;
            }
        }
    }
}

/// Ends a block before an instruction, where the next one begins.
fn close(blocks: &mut Vec<Block>, block: Block, end: usize) {
    blocks.push(Block {
        end: end as u32,
        room: end as u32,
        next: Some(BlockId::new(blocks.len() + 1)),
        ..block
    });
}
