//! Replaces the instructions that exist in the compiler only, and settles the
//! direction of conditional jumps.

use super::{BlockId, Cfg, Instr, Result};
use crate::opcode::{Opcode, class};

impl Cfg {
    pub(super) fn convert_pseudo_conditional_jumps(&mut self) {
        self.for_each(|block| {
            let Some(last) = block.instrs.last_mut() else {
                return;
            };
            let opcode = match last.opcode {
                Opcode::JUMP_IF_FALSE => Opcode::POP_JUMP_IF_FALSE,
                Opcode::JUMP_IF_TRUE => Opcode::POP_JUMP_IF_TRUE,
                _ => return,
            };
            last.opcode = opcode;
            let jump = *last;
            block.features |= jump.features();
            block.instrs.pop();
            for (opcode, arg) in [(Opcode::COPY, 1), (Opcode::TO_BOOL, 0)] {
                let mut instr = Instr::new(opcode, arg, jump.loc);
                instr.except = jump.except;
                block.features |= instr.features();
                block.instrs.push(instr);
            }
            block.instrs.push(jump);
            block.overwritten(2);
        });
    }

    pub(super) fn convert_pseudo_ops(&mut self) -> Result<()> {
        self.for_each(|block| {
            if !block.has(class::PSEUDO) {
                return;
            }
            for instr in &mut block.instrs {
                match instr.opcode {
                    Opcode::LOAD_CLOSURE => instr.opcode = Opcode::LOAD_FAST,
                    Opcode::STORE_FAST_MAYBE_NULL => instr.opcode = Opcode::STORE_FAST,
                    opcode if opcode.is_block_push() => instr.set_nop(),
                    _ => {}
                }
            }
            block.features |= class::NOP | class::LOAD_LOCAL | class::STORE_LOCAL;
        });
        self.remove_redundant_nops_and_jumps()
    }

    /// Conditional jumps go forward only: one that goes back is turned round to
    /// skip an unconditional jump. Either way `NOT_TAKEN` marks the other path, if the
    /// target has it.
    pub(super) fn normalize_jumps(&mut self) {
        self.clear_visited();
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            self[id].visited = true;
            self.normalize_jump_of(id);
            at = self[id].next;
        }
    }

    fn normalize_jump_of(&mut self, id: BlockId) {
        let Some(&last) = self[id].last() else { return };
        let reversed = match last.opcode {
            Opcode::POP_JUMP_IF_NOT_NONE => Opcode::POP_JUMP_IF_NONE,
            Opcode::POP_JUMP_IF_NONE => Opcode::POP_JUMP_IF_NOT_NONE,
            Opcode::POP_JUMP_IF_FALSE => Opcode::POP_JUMP_IF_TRUE,
            Opcode::POP_JUMP_IF_TRUE => Opcode::POP_JUMP_IF_FALSE,
            _ => return,
        };
        let Some(target) = last.target else { return };
        let marks_path = !self.switches.paths_are_unmarked;
        let mut not_taken = Instr::new(Opcode::NOT_TAKEN, 0, last.loc);
        let mut jump = Instr::new(Opcode::JUMP, 0, last.loc);
        if !self[target].visited {
            if !marks_path {
                return;
            }
            self.append_in_place_of(last, id, not_taken);
            return;
        }
        if self.switches.new_jumps_have_handlers {
            not_taken.except = last.except;
            jump.except = last.except;
        }
        jump.target = Some(target);
        let next = self[id].next;
        let backwards = self.new_block();
        let start_depth = self[target].start_depth;
        let cold = self[id].cold;
        let block = &mut self[backwards];
        if marks_path {
            block.instrs.push(not_taken);
        }
        block.instrs.push(jump);
        block.count_features();
        block.start_depth = start_depth;
        block.cold = cold;
        block.next = next;
        let block = &mut self[id];
        block.next = Some(backwards);
        let last = block.instrs.last_mut().expect("just seen");
        last.opcode = reversed;
        last.target = next;
    }
}
