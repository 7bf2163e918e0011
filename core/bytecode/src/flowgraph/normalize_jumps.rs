//! Settles the direction of conditional jumps (`normalize_jumps`), while the blocks
//! become the final sequence.

use super::{Cfg, Instr};
use crate::opcode::Opcode;

/// What a conditional jump becomes.
pub(super) struct Normalized {
    /// The jump goes back, so it is turned round to skip an unconditional one.
    pub(super) turned: Option<Opcode>,
    /// The mark of the path not taken, if the target has it.
    pub(super) not_taken: Option<Instr>,
}

impl Cfg {
    /// Conditional jumps go forward only: one that goes back is turned round to skip an
    /// unconditional jump. Either way `NOT_TAKEN` marks the other path.
    #[inline]
    pub(super) fn normalize_jump(&self, jump: &Instr, goes_back: bool) -> Option<Normalized> {
        let reversed = match jump.opcode {
            Opcode::POP_JUMP_IF_NOT_NONE => Opcode::POP_JUMP_IF_NONE,
            Opcode::POP_JUMP_IF_NONE => Opcode::POP_JUMP_IF_NOT_NONE,
            Opcode::POP_JUMP_IF_FALSE => Opcode::POP_JUMP_IF_TRUE,
            Opcode::POP_JUMP_IF_TRUE => Opcode::POP_JUMP_IF_FALSE,
            _ => return None,
        };
        Some(Normalized {
            turned: goes_back.then_some(reversed),
            not_taken: (!self.switches.paths_are_unmarked)
                .then(|| self.made_of(jump, Opcode::NOT_TAKEN)),
        })
    }

    /// An instruction made of a jump; whether it has the jump's handler depends on the target.
    pub(super) fn made_of(&self, jump: &Instr, opcode: Opcode) -> Instr {
        Instr {
            except: jump
                .except
                .filter(|_| self.switches.new_jumps_have_handlers),
            ..Instr::new(opcode, 0, jump.loc)
        }
    }
}
