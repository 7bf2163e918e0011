//! From a sequence of instructions to basic blocks (`_PyCfg_FromInstructionSequence`).

use super::{Block, BlockId, Cfg, Instr, MalformedCode, Result};
use crate::instruction::{Instruction, InstructionSequence};
use crate::opcode::class;

impl Cfg {
    /// Cuts a sequence into blocks: before every instruction that is jumped to,
    /// behind every one that jumps or exits. So no block has one of those but at
    /// its end.
    pub(crate) fn build(&mut self, sequence: &mut InstructionSequence) -> Result<()> {
        sequence.splice_annotations();
        let InstructionSequence {
            instructions,
            labels,
            ..
        } = sequence;
        let mut block_at = std::mem::take(&mut self.block_at);
        block_at.clear();
        block_at.resize(instructions.len(), None);
        for instruction in instructions.iter_mut().filter(|i| i.opcode.has_target()) {
            const MISSING: MalformedCode = MalformedCode("label is not placed");
            let target = *labels.get(instruction.arg as usize).ok_or(MISSING)?;
            instruction.arg = target;
            // Any block will do as a mark; the number follows below.
            *block_at.get_mut(target as usize).ok_or(MISSING)? = Some(BlockId::ENTRY);
        }

        self.used = 0;
        let mut block = self.new_block();
        let mut start = 0;
        loop {
            if let Some(mark) = block_at.get_mut(start)
                && mark.is_some()
            {
                *mark = Some(block);
                self[block].is_label = true;
            }
            start += self[block].fill(&instructions[start..], &block_at[start..]);
            if start == instructions.len() {
                break;
            }
            let next = self.new_block();
            self[block].next = Some(next);
            block = next;
        }

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
}

impl Block {
    /// Takes instructions into a new block, up to one that ends it or before one that is
    /// jumped to; says how many.
    fn fill(&mut self, instructions: &[Instruction], labels: &[Option<BlockId>]) -> usize {
        let of = |taken: &Instruction| Instr::new(taken.opcode, taken.arg, taken.loc);
        let (mut features, mut len) = (0, 0);
        for (instruction, label) in instructions.iter().zip(labels) {
            // The first may be jumped to.
            if len > 0 && label.is_some() {
                break;
            }
            len += 1;
            let added = of(instruction).features();
            features |= added;
            if added & class::TERMINATOR != 0 {
                break;
            }
        }
        self.features = features;
        self.instrs.extend(instructions[..len].iter().map(of));
        len
    }
}
