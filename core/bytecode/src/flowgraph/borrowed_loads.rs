//! Loads of locals that may borrow (`optimize_load_fast`).
//!
//! A load may borrow its reference when what it pushes is taken off the stack
//! before the local changes, within its block, and is not stored as a local.
//! Each block is run on a stack of abstract references to find the loads that
//! break one of these rules.

use super::{BlockId, Cfg, MalformedCode, Result};
use crate::opcode::Opcode;

/// A value on the abstract stack.
#[derive(Clone, Copy, Debug)]
struct Ref {
    /// The instruction that pushed it, or [`NONE`] from before the block.
    instr: u32,
    /// The local it was loaded from, or [`NONE`].
    local: u32,
}

const NONE: u32 = u32::MAX;
const UNKNOWN: Ref = Ref {
    instr: NONE,
    local: NONE,
};

#[derive(Default, Debug)]
pub(super) struct Simulation {
    refs: Vec<Ref>,
    /// By instruction of the block: whether it must not borrow.
    owned: Vec<bool>,
}

impl Simulation {
    fn push(&mut self, instr: usize, local: u32) {
        self.refs.push(Ref {
            instr: instr as u32,
            local,
        });
    }

    fn pop(&mut self) -> Result<Ref> {
        self.refs
            .pop()
            .ok_or(MalformedCode("Invalid CFG, stack underflow"))
    }

    /// The index of the value `depth` below the top, which is 1.
    fn index(&self, depth: u32) -> Result<usize> {
        self.refs
            .len()
            .checked_sub(depth as usize)
            .ok_or(MalformedCode("Invalid CFG, stack underflow"))
    }

    fn must_own(&mut self, instr: u32) {
        if instr != NONE {
            self.owned[instr as usize] = true;
        }
    }

    /// The block ends: what is still on the stack must own.
    fn own_all(&mut self) {
        for reference in &self.refs {
            if reference.instr != NONE {
                self.owned[reference.instr as usize] = true;
            }
        }
    }

    /// The local changes: what was loaded from it and is on the stack still must own.
    fn kill(&mut self, local: u32) {
        for reference in &self.refs {
            if reference.local == local {
                self.owned[reference.instr as usize] = true;
            }
        }
    }

    fn store(&mut self, local: u32) -> Result<()> {
        let stored = self.pop()?;
        self.kill(local);
        self.must_own(stored.instr);
        Ok(())
    }
}

impl Cfg {
    pub(super) fn optimize_load_fast(&mut self) -> Result<()> {
        let mut simulation = std::mem::take(&mut self.simulation);
        let mut todo = self.start_at_entry();
        self[BlockId::ENTRY].start_depth = 0;
        while let Some(id) = todo.pop() {
            simulation.refs.clear();
            simulation
                .refs
                .resize(self[id].start_depth.max(0) as usize, UNKNOWN);
            simulation.owned.clear();
            simulation.owned.resize(self[id].instrs.len(), false);
            for index in 0..self[id].instrs.len() {
                self.simulate(id, index, &mut simulation, &mut todo)?;
            }
            let block = &self[id];
            if !block.instrs.is_empty()
                && block.falls_through()
                && let Some(next) = block.next
            {
                self.push_unvisited(next, &mut todo);
            }
            simulation.own_all();
            for (instr, owned) in self[id].instrs.iter_mut().zip(&simulation.owned) {
                match instr.opcode {
                    Opcode::LOAD_FAST if !owned => instr.opcode = Opcode::LOAD_FAST_BORROW,
                    Opcode::LOAD_FAST_LOAD_FAST if !owned => {
                        instr.opcode = Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW;
                    }
                    _ => {}
                }
            }
        }
        self.todo = todo;
        self.simulation = simulation;
        Ok(())
    }

    fn push_unvisited(&mut self, id: BlockId, todo: &mut Vec<BlockId>) {
        if !self[id].visited {
            self[id].visited = true;
            todo.push(id);
        }
    }

    fn simulate(
        &mut self,
        id: BlockId,
        index: usize,
        simulation: &mut Simulation,
        todo: &mut Vec<BlockId>,
    ) -> Result<()> {
        let instr = self[id].instrs[index];
        let arg = instr.arg;
        match instr.opcode {
            Opcode::LOAD_FAST => simulation.push(index, arg),
            Opcode::LOAD_FAST_AND_CLEAR => {
                simulation.kill(arg);
                simulation.push(index, arg);
            }
            Opcode::DELETE_FAST => simulation.kill(arg),
            Opcode::LOAD_FAST_LOAD_FAST => {
                simulation.push(index, arg >> 4);
                simulation.push(index, arg & 15);
            }
            Opcode::STORE_FAST => simulation.store(arg)?,
            Opcode::STORE_FAST_LOAD_FAST => {
                simulation.store(arg >> 4)?;
                simulation.push(index, arg & 15);
            }
            Opcode::STORE_FAST_STORE_FAST => {
                simulation.store(arg >> 4)?;
                simulation.store(arg & 15)?;
            }
            Opcode::COPY => {
                let copied = simulation.refs[simulation.index(arg)?];
                simulation.refs.push(copied);
            }
            Opcode::SWAP => {
                let (lower, top) = (simulation.index(arg)?, simulation.index(1)?);
                simulation.refs.swap(lower, top);
            }
            // These leave their inputs where they are.
            Opcode::FORMAT_SIMPLE
            | Opcode::GET_ANEXT
            | Opcode::GET_LEN
            | Opcode::GET_YIELD_FROM_ITER
            | Opcode::IMPORT_FROM
            | Opcode::MATCH_KEYS
            | Opcode::MATCH_MAPPING
            | Opcode::MATCH_SEQUENCE
            | Opcode::WITH_EXCEPT_START => {
                let pushed = instr.opcode.stack_effect(arg, false);
                for number in 0..pushed {
                    // CPython names the pushing instruction by the count of pushed
                    // values, so it is the block's first that must own.
                    simulation.push(number as usize, NONE);
                }
            }
            // These take some of their inputs and push nothing.
            Opcode::DICT_MERGE
            | Opcode::DICT_UPDATE
            | Opcode::LIST_APPEND
            | Opcode::LIST_EXTEND
            | Opcode::MAP_ADD
            | Opcode::RERAISE
            | Opcode::SET_ADD
            | Opcode::SET_UPDATE => {
                for _ in instr.opcode.stack_effect(arg, false)..0 {
                    simulation.pop()?;
                }
            }
            Opcode::CHECK_EXC_MATCH => {
                simulation.pop()?;
                simulation.push(index, NONE);
            }
            Opcode::FOR_ITER => {
                self.push_target(instr.target, todo);
                simulation.push(index, NONE);
            }
            Opcode::LOAD_ATTR | Opcode::LOAD_SUPER_ATTR => {
                let receiver = simulation.pop()?;
                if instr.opcode == Opcode::LOAD_SUPER_ATTR {
                    simulation.pop()?;
                    simulation.pop()?;
                }
                simulation.push(index, NONE);
                if arg & 1 != 0 {
                    // A method call: the receiver may be pushed again.
                    simulation.refs.push(receiver);
                }
            }
            Opcode::LOAD_SPECIAL | Opcode::PUSH_EXC_INFO => {
                let top = simulation.pop()?;
                simulation.push(index, NONE);
                simulation.refs.push(top);
            }
            Opcode::SEND => {
                self.push_target(instr.target, todo);
                simulation.pop()?;
                simulation.push(index, NONE);
            }
            opcode => {
                self.push_target(instr.target.filter(|_| opcode.has_target()), todo);
                if !opcode.is_block_push() {
                    for _ in 0..opcode.num_popped(arg) {
                        simulation.pop()?;
                    }
                    for _ in 0..opcode.num_pushed(arg) {
                        simulation.push(index, NONE);
                    }
                }
            }
        }
        Ok(())
    }

    fn push_target(&mut self, target: Option<BlockId>, todo: &mut Vec<BlockId>) {
        if let Some(target) = target {
            self.push_unvisited(target, todo);
        }
    }
}
