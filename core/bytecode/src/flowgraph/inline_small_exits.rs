//! Copies small blocks that leave the frame, and blocks without lines, over the jumps to them.

use super::{BlockId, Cfg};
use crate::opcode::{Opcode, class};

/// The most instructions of a block that is copied.
const MAX_COPY_SIZE: usize = 4;

impl Cfg {
    /// Repeats until nothing changes: every change removes a jump.
    pub(super) fn inline_small_or_no_lineno_blocks(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            let mut at = Some(BlockId::ENTRY);
            while let Some(id) = at {
                changed |= self.inline_target_of(id);
                at = self[id].next;
            }
        }
    }

    fn inline_target_of(&mut self, id: BlockId) -> bool {
        let Some(&last) = self[id].last() else {
            return false;
        };
        let Some(target) = last.target.filter(|_| last.opcode.is_unconditional_jump()) else {
            return false;
        };
        let block = &self[target];
        let small_exit = block.exits_scope() && block.instrs.len() <= MAX_COPY_SIZE;
        let no_line_no_fallthrough = block.has_no_line() && !block.falls_through();
        if !small_exit && !no_line_no_fallthrough {
            return false;
        }
        let copied = block.instrs.clone();
        let features = block.features | class::NOP;
        self[id].overwritten(copied.len());
        self[id].features |= features;
        let instrs = &mut self[id].instrs;
        instrs.last_mut().expect("just seen").set_nop();
        instrs.extend_from_slice(&copied);
        if no_line_no_fallthrough
            && last.opcode == Opcode::JUMP
            && let Some(new_last) = instrs.last_mut()
            && new_last.opcode.is_unconditional_jump()
        {
            // The jump that went let signals in; so must the one that stays.
            new_last.opcode = Opcode::JUMP;
        }
        let block = &mut self[target];
        block.predecessors = block.predecessors.saturating_sub(1);
        true
    }
}
