//! Replaces the instructions that exist in the compiler only.

use super::{BlockId, Cfg, Instr, Result, features};
use crate::opcode::{Opcode, class};

impl Cfg {
    pub(super) fn convert_pseudo_conditional_jumps(&mut self) {
        if !self.has(class::PSEUDO_JUMP) {
            return;
        }
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            if self.ending(id) & class::PSEUDO_JUMP != 0 {
                self.convert_pseudo_conditional_jump_of(id);
            }
            at = self[id].next;
        }
    }

    /// Copies and tests what the jump leaves.
    #[inline(never)]
    fn convert_pseudo_conditional_jump_of(&mut self, id: BlockId) {
        let Some(&(mut jump)) = self.last(id) else {
            return;
        };
        jump.opcode = match jump.opcode {
            Opcode::JUMP_IF_FALSE => Opcode::POP_JUMP_IF_FALSE,
            _ => Opcode::POP_JUMP_IF_TRUE,
        };
        let made = |opcode, arg| Instr {
            target: None,
            opcode,
            arg,
            ..jump
        };
        let instrs = [made(Opcode::COPY, 1), made(Opcode::TO_BOOL, 0), jump];
        self.reserve(id, instrs.len() - 1);
        let block = &mut self.blocks[id.index()];
        let start = block.end as usize - 1;
        self.instrs[start..start + instrs.len()].copy_from_slice(&instrs);
        block.end += instrs.len() as u32 - 1;
        block.features |= features(&instrs);
    }

    pub(super) fn convert_pseudo_ops(&mut self) -> Result<()> {
        if !self.exits_duplicated && !self.has(class::PSEUDO | class::NOP) {
            // All is as it was when NOPs and jumps were removed last.
            return Ok(());
        }
        self.for_each_with(class::PSEUDO, |block, instrs| {
            block.features &= !(class::PSEUDO | class::SETUP);
            for instr in instrs.iter_mut() {
                let of_opcode = instr.opcode.class();
                if of_opcode & class::PSEUDO == 0 {
                    continue;
                }
                match instr.opcode {
                    Opcode::LOAD_CLOSURE => instr.opcode = Opcode::LOAD_FAST,
                    Opcode::STORE_FAST_MAYBE_NULL => instr.opcode = Opcode::STORE_FAST,
                    _ => instr.set_nop(),
                }
                block.features |= instr.features();
            }
        });
        self.remove_redundant_nops_and_jumps()
    }
}
