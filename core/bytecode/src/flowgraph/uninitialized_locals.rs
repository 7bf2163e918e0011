//! Loads of locals that may be uninitialized become `LOAD_FAST_CHECK`.

use std::hint::select_unpredictable;

use super::{Block, BlockId, Cfg, Instr};
use crate::opcode::{Opcode, class};

/// Locals whose state is followed between blocks; one bit each.
const TRACKED: usize = 64;

impl Cfg {
    pub(super) fn add_checks_for_loads_of_uninitialized_variables(
        &mut self,
        nlocals: usize,
        nparams: usize,
    ) {
        if nlocals == 0 {
            return;
        }
        if nlocals > TRACKED {
            self.check_untracked_locals(nlocals);
        }
        let unset = |block: &Block| block.has(class::UNSET_LOCAL);
        if nparams >= nlocals.min(TRACKED) && !self.order().any(unset) {
            // Parameters alone, and none is ever unset.
            return;
        }
        self.clear_visited();
        let mut todo = std::mem::take(&mut self.todo);
        todo.clear();
        // What is not a parameter starts out uninitialized.
        let mut start = 0;
        for local in nparams..nlocals.min(TRACKED) {
            start |= 1_u64 << local;
        }
        tell(&mut self.blocks, BlockId::ENTRY, start, &mut todo);
        // A `del` anywhere is another origin.
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            self.scan_block_for_locals(id, &mut todo);
            at = self[id].next;
        }
        while let Some(id) = todo.pop() {
            self.scan_block_for_locals(id, &mut todo);
        }
        self.todo = todo;
    }

    #[inline]
    fn scan_block_for_locals(&mut self, id: BlockId, todo: &mut Vec<BlockId>) {
        let ways = self.ways(id);
        let Self { blocks, instrs, .. } = self;
        let block = &mut blocks[id.index()];
        block.visited = true;
        let block = *block;
        let mut unsafe_locals = block.unsafe_locals;
        let unsets = block.has(class::UNSET_LOCAL);
        if unsafe_locals == 0 && !unsets {
            return;
        }
        let instrs = &mut instrs[block.range()];
        if self.has_handlers {
            // The handler last told, and what; most instructions share one.
            let mut told = None;
            for instr in instrs {
                if unsafe_locals == 0 && !unsets {
                    break;
                }
                if let Some(handler) = instr.except
                    && told != Some((handler, unsafe_locals))
                {
                    tell(blocks, handler, unsafe_locals, todo);
                    told = Some((handler, unsafe_locals));
                }
                unsafe_locals = step(instr, unsafe_locals);
            }
        } else {
            for instr in instrs {
                unsafe_locals = step(instr, unsafe_locals);
            }
        }
        for way in ways {
            // Where there is no block, one is told nothing.
            let locals = select_unpredictable(way == 0, 0, unsafe_locals);
            tell(blocks, BlockId::new(way.max(1) - 1), locals, todo);
        }
    }

    /// Locals past the first 64 are followed within each block only.
    #[inline(never)]
    fn check_untracked_locals(&mut self, nlocals: usize) {
        // The number of the last block that surely set the local.
        let mut states = vec![0; nlocals - TRACKED];
        let mut number = 0_usize;
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let (block, instrs) = self.parts(id);
            at = block.next;
            number += 1;
            for instr in instrs {
                let Some(state) = (instr.arg as usize)
                    .checked_sub(TRACKED)
                    .and_then(|local| states.get_mut(local))
                else {
                    continue;
                };
                match instr.opcode {
                    Opcode::DELETE_FAST
                    | Opcode::LOAD_FAST_AND_CLEAR
                    | Opcode::STORE_FAST_MAYBE_NULL => {
                        *state = number - 1;
                    }
                    Opcode::STORE_FAST => *state = number,
                    Opcode::LOAD_FAST => {
                        if *state != number {
                            instr.opcode = Opcode::LOAD_FAST_CHECK;
                        }
                        *state = number;
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Tells a block that these locals are unsafe; if that is news behind the walk, it is queued.
#[inline]
fn tell(blocks: &mut [Block], id: BlockId, unsafe_locals: u64, todo: &mut Vec<BlockId>) {
    let block = &mut blocks[id.index()];
    let known = block.unsafe_locals;
    block.unsafe_locals |= unsafe_locals;
    if select_unpredictable(block.visited, block.unsafe_locals ^ known, 0) != 0 {
        block.visited = false;
        todo.push(id);
    }
}

/// What is unsafe behind an instruction; a load of what is unsafe becomes one that checks.
#[inline]
fn step(instr: &mut Instr, unsafe_locals: u64) -> u64 {
    let of_opcode = instr.opcode.class();
    // Which ones have to do with locals no processor foresees, so it is no branch.
    let of_locals = class::LOAD_LOCAL | class::STORE_LOCAL | class::UNSET_LOCAL;
    let tracked = (of_opcode & of_locals != 0) & ((instr.arg as usize) < TRACKED);
    let bit = u64::from(tracked) << (instr.arg % TRACKED as u32);
    let unchecked = select_unpredictable(instr.opcode == Opcode::LOAD_FAST, bit, 0);
    if unsafe_locals & unchecked != 0 {
        instr.opcode = Opcode::LOAD_FAST_CHECK;
    }
    let unset = u64::from(of_opcode & class::UNSET_LOCAL != 0).wrapping_neg();
    unsafe_locals & !bit | bit & unset
}
