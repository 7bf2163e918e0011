//! Peephole rewriting of one block (`optimize_basic_block`).

use super::{BlockId, Cfg, ConstTable, Instr, constant_folding, features, swaps};
use crate::opcode::{Opcode, class, number};

/// `COMPARE_OP`: convert the result to a `bool`.
const COMPARE_TO_BOOL: u32 = 16;

impl Cfg {
    /// `optimize_basic_block` for all blocks, each step for all of them before the next: no step
    /// in one block has to do with an earlier one in another.
    pub(super) fn optimize_basic_blocks(&mut self, consts: &mut ConstTable<'_>) {
        for &site in self.peepholes.as_slice() {
            let Some(block) = site.block(&mut self.blocks) else {
                continue;
            };
            let instrs = &mut self.instrs[block.range()];
            let index = (site.index - block.start) as usize;
            let Instr { opcode, arg, .. } = instrs[index];
            optimize_instr(instrs, index, consts);
            let changed = &instrs[index];
            if changed.opcode != opcode || changed.arg != arg {
                block.features |= class::NOP;
                // A folded constant may be loaded before it.
                let first = index.saturating_sub(1);
                block.features |= features(instrs.get(first..index + 2).unwrap_or(instrs));
            }
        }
        let mut all = 0;
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            if self.jumps_to_jump(id) {
                // A rewritten jump is looked at again.
                while self.thread_jump(id) {}
            }
            let block = &self[id];
            all |= block.features;
            at = block.next;
        }
        if all & class::SWAP != 0 {
            self.for_each_with(class::SWAP, |block, instrs| {
                swaps::optimize(instrs);
                block.features |= class::NOP;
            });
        }
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
        (Opcode::BUILD_TUPLE, _) => constant_folding::tuple_of_constants(instrs, index, consts),
        (Opcode::BUILD_LIST | Opcode::BUILD_SET, _) if consts.folds() => {
            let contains_or_iter =
                matches!(next_opcode, Some(Opcode::GET_ITER | Opcode::CONTAINS_OP));
            constant_folding::lists_and_sets(instrs, index, contains_or_iter, consts);
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
        (Opcode::CONTAINS_OP | Opcode::IS_OP, Some(Opcode::UNARY_NOT)) if consts.folds() => {
            merge(instrs, opcode, arg ^ 1);
        }
        (Opcode::TO_BOOL, Some(Opcode::TO_BOOL)) => instrs[index].set_nop(),
        (Opcode::UNARY_NOT, Some(Opcode::TO_BOOL)) => merge(instrs, Opcode::UNARY_NOT, 0),
        (Opcode::UNARY_NOT, Some(Opcode::UNARY_NOT)) => merge(instrs, Opcode::NOP, 0),
        _ if !consts.folds() => {}
        (Opcode::UNARY_NOT | Opcode::UNARY_INVERT | Opcode::UNARY_NEGATIVE, _) => {
            constant_folding::unary_op(instrs, index, consts);
        }
        (Opcode::CALL_INTRINSIC_1, _) if arg == number::INTRINSIC_UNARY_POSITIVE => {
            constant_folding::unary_op(instrs, index, consts);
        }
        (Opcode::CALL_INTRINSIC_1, _) if arg == number::INTRINSIC_LIST_TO_TUPLE => {
            let folded = constant_folding::intrinsic_list_to_tuple(instrs, index, consts);
            if !folded && next_opcode == Some(Opcode::GET_ITER) {
                instrs[index].set_nop();
            }
        }
        (Opcode::LIST_APPEND | Opcode::SET_ADD, Some(Opcode::GET_ITER | Opcode::CONTAINS_OP))
            if arg == 1 =>
        {
            constant_folding::appends_to_constant(instrs, index, consts);
        }
        (Opcode::BINARY_OP, _) => constant_folding::binary_op(instrs, index, consts),
        _ => {}
    }
}
