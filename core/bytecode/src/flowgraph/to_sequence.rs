//! From basic blocks back to a sequence (`_PyCfg_ToInstructionSequence`).

use super::{BlockId, Cfg};
use crate::instruction::{ExceptHandler, Instruction, InstructionSequence};

impl Cfg {
    /// The blocks one after another; a jump's argument is the index of the
    /// instruction jumped to, as is a handler's label.
    pub(super) fn to_instruction_sequence(&self) -> InstructionSequence {
        let mut starts = vec![0; self.used];
        let mut len = 0;
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            starts[id.index()] = len;
            len += self[id].instrs.len() as u32;
            at = self[id].next;
        }
        let mut instructions = Vec::with_capacity(len as usize);
        for block in self.order() {
            instructions.extend(block.instrs.iter().map(|instr| {
                Instruction {
                    opcode: instr.opcode,
                    arg: instr
                        .target
                        .map_or(instr.arg, |target| starts[target.index()]),
                    loc: instr.loc,
                    handler: instr.except.map(|handler| ExceptHandler {
                        label: starts[handler.index()],
                        start_depth: self[handler].start_depth,
                        preserve_lasti: self[handler].preserve_lasti,
                    }),
                }
            }));
        }
        InstructionSequence {
            instructions,
            ..InstructionSequence::default()
        }
    }
}
