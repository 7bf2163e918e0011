//! Copies small blocks that leave the frame, and blocks without lines, over the jumps to them.

use super::{BlockId, Cfg};
use crate::opcode::{Opcode, class};

/// The most instructions of a block that is copied.
const MAX_COPY_SIZE: usize = 4;

impl Cfg {
    /// Repeats until nothing changes: every change removes a jump.
    pub(super) fn inline_small_or_no_lineno_blocks(&mut self) {
        let mut jumping = std::mem::take(&mut self.todo);
        self.list_with(class::UNCONDITIONAL_JUMP, &mut jumping);
        let mut changed = true;
        while changed {
            changed = false;
            for &id in &jumping {
                changed |= self.inline_target_of(id);
            }
        }
        self.todo = jumping;
    }

    fn inline_target_of(&mut self, id: BlockId) -> bool {
        let Some(&last) = self.last(id) else {
            return false;
        };
        let Some(target) = last.target.filter(|_| last.opcode.is_unconditional_jump()) else {
            return false;
        };
        let ending = self.ending(target);
        let small_exit =
            ending & class::SCOPE_EXIT != 0 && self[target].range().len() <= MAX_COPY_SIZE;
        let no_line_no_fallthrough =
            ending & class::NO_FALLTHROUGH != 0 && self.has_no_line(target);
        if !small_exit && !no_line_no_fallthrough {
            return false;
        }
        if let Some(last) = self.last_mut(id) {
            last.set_nop();
        }
        self.append_copy(id, target);
        self[id].features |= class::NOP;
        self.jumps_changed = true;
        if no_line_no_fallthrough
            && last.opcode == Opcode::JUMP
            && let Some(new_last) = self.last_mut(id)
            && new_last.opcode.is_unconditional_jump()
        {
            // The jump that went let signals in; so must the one that stays.
            new_last.opcode = Opcode::JUMP;
        }
        true
    }
}
