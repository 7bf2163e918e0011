//! From basic blocks back to a sequence (`_PyCfg_ToInstructionSequence`).

use super::{BlockId, Cfg, Instr};
use crate::opcode::class;

/// Where exceptions go, in the final sequence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ExceptHandler {
    /// The index of the handler's first instruction.
    pub(crate) start: u32,
    /// Depth of the stack there, the exception not counted out.
    pub(crate) start_depth: i32,
    /// Whether the raising instruction's offset is pushed for a `RERAISE`.
    pub(crate) preserve_lasti: bool,
}

impl Cfg {
    /// The blocks one after another; a jump's argument is the index of the
    /// instruction jumped to.
    pub(super) fn write_instructions(&mut self, instructions: &mut Vec<Instr>) {
        let mut starts = std::mem::take(&mut self.starts);
        starts.clear();
        starts.resize(self.used, 0);
        let mut len = 0;
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let block = &self[id];
            starts[id.index()] = len;
            len += block.instrs.len() as u32;
            at = block.next;
        }
        instructions.clear();
        instructions.reserve(len as usize);
        let mut features = 0;
        for block in self.order() {
            instructions.extend_from_slice(&block.instrs);
            features |= block.features;
        }
        self.has_next_lines = features & class::NEXT_LINE != 0;
        for instr in instructions.iter_mut() {
            if let Some(target) = instr.target {
                instr.arg = starts[target.index()];
            }
        }
        self.starts = starts;
    }

    /// What an instruction of the final sequence names as its handler.
    pub(crate) fn handler(&self, id: BlockId) -> ExceptHandler {
        let block = &self[id];
        ExceptHandler {
            start: self.starts[id.index()],
            start_depth: block.start_depth,
            preserve_lasti: block.preserve_lasti,
        }
    }

    /// Whether some instruction may be where the next one is.
    pub(crate) fn has_next_lines(&self) -> bool {
        self.has_next_lines
    }

    /// Whether instructions may have handlers.
    pub(crate) fn has_handlers(&self) -> bool {
        self.has_handlers
    }
}
