//! Jump threading: a jump to a jump goes straight to where the second one goes
//! (`jump_thread`).

use super::{BlockId, Cfg, Instr};
use crate::opcode::{Opcode, class};

impl Cfg {
    /// Whether the jump at a block's end, if it has one, may go to a jump: rarely, and found
    /// out without another branch.
    #[inline]
    pub(super) fn jumps_to_jump(&self, id: BlockId) -> bool {
        let last = self.instrs.get((self[id].end as usize).wrapping_sub(1));
        let target = last.map_or(0, |last| BlockId::number(last.target));
        // Where there is none, it might as well be the first.
        let target = &self.blocks[target.max(1) - 1];
        let first = self.instrs.get(target.start as usize);
        let of_first = first.map_or(0, |first| first.opcode.class());
        of_first & (class::UNCONDITIONAL_JUMP | class::PSEUDO_JUMP) != 0
    }

    /// Leads the jump at a block's end, if it goes to a jump, to that one's end;
    /// true if it changed and is to be looked at once more.
    #[inline(never)]
    pub(super) fn thread_jump(&mut self, id: BlockId) -> bool {
        let (Some(&instr), Some(target_block)) = (self.last(id), self.jump_target(id)) else {
            return false;
        };
        let Some(&target) = self.first(target_block) else {
            return false;
        };
        let threaded = match (instr.opcode, target.opcode) {
            (
                Opcode::POP_JUMP_IF_NOT_NONE
                | Opcode::POP_JUMP_IF_NONE
                | Opcode::POP_JUMP_IF_FALSE
                | Opcode::POP_JUMP_IF_TRUE
                | Opcode::JUMP_IF_FALSE
                | Opcode::JUMP_IF_TRUE,
                Opcode::JUMP,
            )
            | (Opcode::JUMP_IF_FALSE, Opcode::JUMP_IF_FALSE)
            | (Opcode::JUMP_IF_TRUE, Opcode::JUMP_IF_TRUE)
            | (Opcode::JUMP | Opcode::JUMP_NO_INTERRUPT, Opcode::JUMP_NO_INTERRUPT) => instr.opcode,
            (Opcode::JUMP | Opcode::JUMP_NO_INTERRUPT, Opcode::JUMP) => Opcode::JUMP,
            (Opcode::JUMP_IF_FALSE, Opcode::JUMP_IF_TRUE)
            | (Opcode::JUMP_IF_TRUE, Opcode::JUMP_IF_FALSE) => {
                // Not taken there for sure.
                let next = self[target_block].next;
                if let Some(last) = self.last_mut(id) {
                    last.target = next;
                }
                self.jumps_changed = true;
                return next.is_some();
            }
            _ => return false,
        };
        // A jump to a jump to the same place would go round for ever.
        if instr.target == target.target {
            return false;
        }
        // The NOP stays where the line needs it.
        if let Some(last) = self.last_mut(id) {
            last.set_nop();
        }
        self[id].features |= class::NOP;
        self.jumps_changed = true;
        let mut jump = Instr::new(threaded, 0, target.loc);
        jump.target = target.target;
        self.append_in_place_of(instr, id, jump);
        true
    }
}
