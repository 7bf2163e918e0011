//! From basic blocks back to a sequence (`_PyCfg_ToInstructionSequence`).

use super::{BlockId, Cfg};
use crate::instruction::{ExceptHandler, Instruction};

impl Cfg {
    /// The blocks one after another; a jump's argument is the index of the
    /// instruction jumped to, as is a handler's label.
    pub(super) fn write_instructions(&mut self, instructions: &mut Vec<Instruction>) {
        let mut starts = std::mem::take(&mut self.starts);
        starts.clear();
        starts.resize(self.used, 0);
        let mut len = 0;
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            starts[id.index()] = len;
            len += self[id].instrs.len() as u32;
            at = self[id].next;
        }
        instructions.clear();
        instructions.reserve(len as usize);
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
        self.starts = starts;
    }
}
