//! From a sequence of instructions to basic blocks (`_PyCfg_FromInstructionSequence`).

use super::{Block, BlockId, Cfg, Instr, MalformedCode, Result};
use crate::instruction::InstructionSequence;

impl Cfg {
    /// Cuts a sequence into blocks: before every instruction that is jumped to,
    /// behind every one that jumps or exits. So no block has one of those but at
    /// its end.
    pub(crate) fn build(&mut self, sequence: &mut InstructionSequence) -> Result<()> {
        sequence.apply_label_map();
        let instructions = &sequence.instructions;
        let mut block_at = std::mem::take(&mut self.block_at);
        block_at.clear();
        block_at.resize(instructions.len(), None);
        for instruction in instructions.iter().filter(|i| i.opcode.has_target()) {
            // Any block will do as a mark; the number follows below.
            *block_at
                .get_mut(instruction.arg as usize)
                .ok_or(MalformedCode("label is not placed"))? = Some(BlockId::ENTRY);
        }

        self.used = 0;
        let mut block = self.new_block();
        let mut start = 0;
        let mut terminated = false;
        let mut flush = |block: &mut Block, end: usize| {
            let source = &instructions[start..end];
            // One more may be appended.
            block.instrs.reserve(source.len() + 1);
            block
                .instrs
                .extend(source.iter().map(|i| Instr::new(i.opcode, i.arg, i.loc)));
            start = end;
        };
        for (index, instruction) in instructions.iter().enumerate() {
            let is_label = block_at[index].is_some();
            if terminated || (is_label && index > 0) {
                flush(&mut self[block], index);
                let next = self.new_block();
                self[block].next = Some(next);
                block = next;
            }
            if is_label {
                block_at[index] = Some(block);
                self[block].is_label = true;
            }
            terminated = instruction.opcode.is_terminator();
        }
        flush(&mut self[block], instructions.len());

        let mut handlers = std::mem::take(&mut self.todo);
        for block in self.all() {
            for instr in &mut block.instrs {
                if instr.opcode.has_target() {
                    instr.target = block_at[instr.arg as usize];
                    if instr.opcode.is_block_push() {
                        handlers.extend(instr.target);
                    }
                }
            }
        }
        for handler in handlers.drain(..) {
            self[handler].except_handler = true;
        }
        self.todo = handlers;
        self.block_at = block_at;
        Ok(())
    }
}
