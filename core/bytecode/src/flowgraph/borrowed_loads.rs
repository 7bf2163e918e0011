//! Loads of locals that may borrow (`optimize_load_fast`).
//!
//! A load may borrow its reference when what it pushes is taken off the stack
//! before the local changes, within its block, and is not stored as a local.
//! Each block is run on a stack of abstract references to find the loads that
//! break one of these rules.

use super::{BlockId, Cfg, Instr, MalformedCode, Result};
use crate::opcode::{Opcode, class};
use crate::target::Switches;

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
    switches: Switches,
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

    /// Runs a block, and lets those loads borrow that may.
    fn run(&mut self, instrs: &mut [Instr], start_depth: i32) -> Result<()> {
        self.refs.clear();
        self.refs.resize(start_depth.max(0) as usize, UNKNOWN);
        self.owned.clear();
        self.owned.resize(instrs.len(), false);
        for (index, instr) in instrs.iter().enumerate() {
            self.step(index, instr)?;
        }
        self.own_all();
        for (instr, owned) in instrs.iter_mut().zip(&self.owned) {
            match instr.opcode {
                Opcode::LOAD_FAST if !owned => instr.opcode = Opcode::LOAD_FAST_BORROW,
                Opcode::LOAD_FAST_LOAD_FAST if !owned => {
                    instr.opcode = Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn store(&mut self, local: u32) -> Result<()> {
        let stored = self.pop()?;
        self.kill(local);
        self.must_own(stored.instr);
        Ok(())
    }

    fn step(&mut self, index: usize, instr: &Instr) -> Result<()> {
        let arg = instr.arg;
        match instr.opcode {
            Opcode::LOAD_FAST => self.push(index, arg),
            Opcode::LOAD_FAST_AND_CLEAR => {
                self.kill(arg);
                self.push(index, arg);
            }
            Opcode::DELETE_FAST => self.kill(arg),
            Opcode::LOAD_FAST_LOAD_FAST => {
                self.push(index, arg >> 4);
                self.push(index, arg & 15);
            }
            Opcode::STORE_FAST => self.store(arg)?,
            Opcode::STORE_FAST_LOAD_FAST => {
                self.store(arg >> 4)?;
                self.push(index, arg & 15);
            }
            Opcode::STORE_FAST_STORE_FAST => {
                self.store(arg >> 4)?;
                self.store(arg & 15)?;
            }
            Opcode::COPY => {
                let copied = self.refs[self.index(arg)?];
                self.refs.push(copied);
            }
            Opcode::SWAP => {
                let (lower, top) = (self.index(arg)?, self.index(1)?);
                self.refs.swap(lower, top);
            }
            // With two places, what is iterated over may stay in one of them.
            Opcode::GET_ITER if self.switches.iterators_take_two_places => {
                self.push(index, NONE);
            }
            // These pass the topmost on.
            Opcode::END_SEND | Opcode::SET_FUNCTION_ATTRIBUTE
                if self.switches.iterators_take_two_places =>
            {
                let top = self.pop()?;
                let (popped, _) = self.switches.popped_and_pushed(instr.opcode, arg);
                for _ in 1..popped {
                    self.pop()?;
                }
                self.refs.push(top);
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
                    // 3.14 names the pushing instruction by the count of pushed
                    // values, so it is the block's first that must own.
                    let mended = self.switches.borrowing_is_mended;
                    self.push(if mended { index } else { number as usize }, NONE);
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
                    self.pop()?;
                }
            }
            Opcode::CHECK_EXC_MATCH => {
                self.pop()?;
                self.push(index, NONE);
            }
            Opcode::FOR_ITER => {
                self.push(index, NONE);
            }
            Opcode::LOAD_ATTR | Opcode::LOAD_SUPER_ATTR => {
                let receiver = self.pop()?;
                if instr.opcode == Opcode::LOAD_SUPER_ATTR {
                    self.pop()?;
                    self.pop()?;
                }
                self.push(index, NONE);
                if arg & 1 != 0 {
                    // A method call: the receiver may be pushed again.
                    self.refs.push(receiver);
                }
            }
            Opcode::LOAD_SPECIAL | Opcode::PUSH_EXC_INFO => {
                let top = self.pop()?;
                self.push(index, NONE);
                self.refs.push(top);
            }
            Opcode::SEND => {
                self.pop()?;
                self.push(index, NONE);
            }
            opcode => {
                if !opcode.is_block_push() {
                    let (popped, pushed) = self.switches.popped_and_pushed(opcode, arg);
                    let left = self.refs.len().checked_sub(popped as usize);
                    let left = left.ok_or(MalformedCode("Invalid CFG, stack underflow"))?;
                    self.refs.truncate(left);
                    for _ in 0..pushed {
                        self.push(index, NONE);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Cfg {
    pub(super) fn optimize_load_fast(&mut self) -> Result<()> {
        let mut simulation = std::mem::take(&mut self.simulation);
        simulation.switches = self.switches;
        let mut todo = self.start_at_entry();
        self[BlockId::ENTRY].start_depth = 0;
        while let Some(id) = todo.pop() {
            let block = &mut self[id];
            if block.has(class::LOAD_LOCAL) {
                simulation.run(&mut block.instrs, block.start_depth)?;
            }
            let next = block.next.filter(|_| block.falls_through());
            // The mark of the path not taken may stand behind the jump.
            let jump = block.instrs.iter().rev().take(2).find_map(|i| i.target);
            if block.instrs.is_empty() && !simulation.switches.borrowing_is_mended {
                continue;
            }
            for reached in [jump, next].into_iter().flatten() {
                self.push_unvisited(reached, &mut todo);
            }
            if self[id].has(class::SETUP) {
                for index in 0..self[id].instrs.len() {
                    if let Some(handler) = self[id].instrs[index].target {
                        self.push_unvisited(handler, &mut todo);
                    }
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
}
