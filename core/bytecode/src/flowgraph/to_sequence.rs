//! From basic blocks back to a sequence (`_PyCfg_ToInstructionSequence`).

use super::{BlockId, Cfg, Instr};
use crate::opcode::{Opcode, class};

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

/// The instructions of a code object one behind the other.
#[derive(Default, Debug)]
pub(crate) struct FinalSequence {
    pub(crate) instructions: Vec<Instr>,
    /// The index of each jump, and of the instruction it jumps to.
    pub(crate) jumps: Vec<(u32, u32)>,
}

/// Where a block begins that has not been written.
const UNWRITTEN: u32 = u32::MAX;

impl Cfg {
    /// Writes the blocks one after another, their jumps normalized.
    pub(super) fn write_instructions(&mut self, sequence: &mut FinalSequence) {
        let FinalSequence {
            instructions,
            jumps,
        } = sequence;
        instructions.clear();
        jumps.clear();
        self.starts.clear();
        self.starts.resize(self.blocks.len(), UNWRITTEN);
        let mut features = 0;
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let block = self[id];
            at = block.next;
            features |= block.features;
            self.starts[id.index()] = instructions.len() as u32;
            instructions.extend_from_slice(self.instrs(id));
            let index = instructions.len().wrapping_sub(1);
            let Some(last) = instructions.last_mut() else {
                continue;
            };
            let jumps_at_end = !block.is_empty() && last.opcode.has_jump();
            let Some(target) = last.target.filter(|_| jumps_at_end) else {
                continue;
            };
            // Until all blocks are written, what a jump goes to is a block.
            let jump = |from: usize, to: BlockId| (from as u32, to.index() as u32);
            let goes_back = self.starts[target.index()] != UNWRITTEN;
            let Some(normalized) = self.normalize_jump(last, goes_back) else {
                jumps.push(jump(index, target));
                continue;
            };
            let back = self.made_of(last, Opcode::JUMP);
            if let Some(reversed) = normalized.turned {
                last.opcode = reversed;
                jumps.extend(block.next.map(|next| jump(index, next)));
                instructions.extend(normalized.not_taken);
                jumps.push(jump(instructions.len(), target));
                instructions.push(back);
            } else {
                jumps.push(jump(index, target));
                instructions.extend(normalized.not_taken.map(|not_taken| Instr {
                    except: match self.switches.new_jumps_have_handlers {
                        true => not_taken.except,
                        false => self.left_behind(block),
                    },
                    ..not_taken
                }));
            }
        }
        self.has_next_lines = features & class::NEXT_LINE != 0;
        for (from, to) in jumps {
            *to = self.starts[*to as usize];
            instructions[*from as usize].arg = *to;
        }
    }

    /// The blocks as they are; what jumps and `SETUP_*` go to is an index.
    pub(super) fn plain_instructions(&mut self) -> Vec<Instr> {
        let mut instructions = Vec::new();
        self.starts.clear();
        self.starts.resize(self.blocks.len(), UNWRITTEN);
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            self.starts[id.index()] = instructions.len() as u32;
            instructions.extend_from_slice(self.instrs(id));
            at = self[id].next;
        }
        for instr in &mut instructions {
            if let Some(target) = instr.target {
                instr.arg = self.starts[target.index()];
            }
        }
        instructions
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
