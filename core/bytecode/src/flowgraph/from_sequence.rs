//! From a sequence of instructions to basic blocks (`_PyCfg_FromInstructionSequence`).

use super::{BlockId, Cfg, Instr, MalformedCode, Result};
use crate::instruction::{Instruction, InstructionSequence};
use crate::opcode::class;

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
        for (index, instruction) in instructions.iter().enumerate() {
            let is_label = block_at[index].is_some();
            if terminated || (is_label && index > 0) {
                self.fill(block, &instructions[start..index]);
                start = index;
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
        self.fill(block, &instructions[start..]);

        let mut handlers = std::mem::take(&mut self.todo);
        handlers.clear();
        for block in &mut self.blocks[..self.used] {
            if block.has(class::SETUP) {
                let setups = block.instrs.iter_mut();
                for instr in setups.filter(|instr| instr.opcode.is_block_push()) {
                    instr.target = block_at[instr.arg as usize];
                    handlers.extend(instr.target);
                }
            }
            if let Some(last) = block.instrs.last_mut()
                && last.opcode.has_jump()
            {
                last.target = block_at[last.arg as usize];
            }
        }
        self.has_handlers = !handlers.is_empty();
        for handler in handlers.drain(..) {
            self[handler].except_handler = true;
        }
        self.todo = handlers;
        self.block_at = block_at;
        Ok(())
    }

    /// Puts instructions into a new block.
    fn fill(&mut self, id: BlockId, instructions: &[Instruction]) {
        let block = &mut self[id];
        let mut features = 0;
        // One more may be appended.
        block.instrs.reserve(instructions.len() + 1);
        block.instrs.extend(instructions.iter().map(|instruction| {
            let instr = Instr::new(instruction.opcode, instruction.arg, instruction.loc);
            features |= instr.features();
            instr
        }));
        block.features = features;
    }
}
