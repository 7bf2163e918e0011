//! Peephole rewriting of one block (`optimize_basic_block`), jump threading among it.

use super::{BlockId, Cfg, ConstTable, Instr, fold, swaps};
use crate::opcode::{Opcode, number};

/// `COMPARE_OP`: convert the result to a `bool`.
const COMPARE_TO_BOOL: u32 = 16;

impl Cfg {
    pub(super) fn optimize_basic_block(&mut self, id: BlockId, consts: &mut ConstTable<'_>) {
        let mut index = 0;
        while index < self[id].instrs.len() {
            // A rewritten jump is looked at again.
            if !self.optimize_jump(id, index) {
                optimize_instr(&mut self[id].instrs, index, consts);
                index += 1;
            }
        }
        swaps::optimize(&mut self[id].instrs);
    }

    /// Leads a jump to a jump straight to its end; true if it changed and the
    /// same position is to be looked at once more.
    fn optimize_jump(&mut self, id: BlockId, index: usize) -> bool {
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

fn optimize_instr(instrs: &mut [Instr], index: usize, consts: &mut ConstTable<'_>) {
    let Instr {
        opcode, arg, loc, ..
    } = instrs[index];
    let next = instrs.get(index + 1).copied();
    let next_opcode = next.map(|next| next.opcode);
    // Replaces this one and the next, which takes over.
    let merge = |instrs: &mut [Instr], opcode, arg| {
        instrs[index].set_nop();
        instrs[index + 1].set(opcode, arg);
    };
    match (opcode, next_opcode) {
        (Opcode::BUILD_TUPLE, Some(Opcode::UNPACK_SEQUENCE))
            if (1..=3).contains(&arg) && next.is_some_and(|next| next.arg == arg) =>
        {
            if arg == 1 {
                merge(instrs, Opcode::NOP, 0);
            } else {
                merge(instrs, Opcode::SWAP, arg);
            }
        }
        (Opcode::BUILD_TUPLE, _) => fold::tuple_of_constants(instrs, index, consts),
        (Opcode::BUILD_LIST | Opcode::BUILD_SET, _) => {
            let contains_or_iter =
                matches!(next_opcode, Some(Opcode::GET_ITER | Opcode::CONTAINS_OP));
            fold::lists_and_sets(instrs, index, contains_or_iter, consts);
        }
        (Opcode::STORE_FAST, Some(Opcode::STORE_FAST))
            if next.is_some_and(|next| next.arg == arg && next.loc.line == loc.line) =>
        {
            instrs[index].set(Opcode::POP_TOP, 0);
        }
        (Opcode::SWAP, _) if arg == 1 => instrs[index].set_nop(),
        (Opcode::LOAD_GLOBAL, Some(Opcode::PUSH_NULL)) if arg & 1 == 0 => {
            instrs[index].arg |= 1;
            instrs[index + 1].set_nop();
        }
        (Opcode::COMPARE_OP, Some(Opcode::TO_BOOL)) => merge(instrs, opcode, arg | COMPARE_TO_BOOL),
        (Opcode::CONTAINS_OP | Opcode::IS_OP, Some(Opcode::TO_BOOL)) => merge(instrs, opcode, arg),
        (Opcode::CONTAINS_OP | Opcode::IS_OP, Some(Opcode::UNARY_NOT)) => {
            merge(instrs, opcode, arg ^ 1);
        }
        (Opcode::TO_BOOL, Some(Opcode::TO_BOOL)) => instrs[index].set_nop(),
        (Opcode::UNARY_NOT, Some(Opcode::TO_BOOL)) => merge(instrs, Opcode::UNARY_NOT, 0),
        (Opcode::UNARY_NOT, Some(Opcode::UNARY_NOT)) => merge(instrs, Opcode::NOP, 0),
        (Opcode::UNARY_NOT | Opcode::UNARY_INVERT | Opcode::UNARY_NEGATIVE, _) => {
            fold::unary_op(instrs, index, consts);
        }
        (Opcode::CALL_INTRINSIC_1, _) if arg == number::INTRINSIC_UNARY_POSITIVE => {
            fold::unary_op(instrs, index, consts);
        }
        (Opcode::CALL_INTRINSIC_1, _) if arg == number::INTRINSIC_LIST_TO_TUPLE => {
            let folded = fold::intrinsic_list_to_tuple(instrs, index, consts);
            if !folded && next_opcode == Some(Opcode::GET_ITER) {
                instrs[index].set_nop();
            }
        }
        (Opcode::LIST_APPEND | Opcode::SET_ADD, Some(Opcode::GET_ITER | Opcode::CONTAINS_OP))
            if arg == 1 =>
        {
            fold::appends_to_constant(instrs, index, consts);
        }
        (Opcode::BINARY_OP, _) => fold::binary_op(instrs, index, consts),
        _ => {}
    }
}
