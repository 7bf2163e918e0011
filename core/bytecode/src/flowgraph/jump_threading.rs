//! Jump threading: a jump to a jump goes straight to where the second one goes
//! (`jump_thread`).

use super::{BlockId, Cfg, Instr};
use crate::opcode::Opcode;

impl Cfg {
    /// Leads a jump to a jump straight to its end; true if it changed and the
    /// same position is to be looked at once more.
    pub(super) fn thread_jump(&mut self, id: BlockId, index: usize) -> bool {
        let instr = self[id].instrs[index];
        let Some(target_block) = instr.target.filter(|_| instr.opcode.has_jump()) else {
            return false;
        };
        let Some(&target) = self[target_block].instrs.first() else {
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
                self[id].instrs[index].target = next;
                return next.is_some();
            }
            _ => return false,
        };
        // A jump to a jump to the same place would go round for ever.
        if instr.target == target.target {
            return false;
        }
        let instrs = &mut self[id].instrs;
        // The NOP stays where the line needs it.
        instrs[index].set_nop();
        let mut jump = Instr::new(threaded, 0, target.loc);
        jump.target = target.target;
        self[id].append(jump);
        true
    }
}
