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
/// What no load of a local has pushed, as far as that matters.
const UNKNOWN: Ref = Ref {
    instr: NONE,
    local: NONE,
};
const UNDERFLOW: MalformedCode = MalformedCode("Invalid CFG, stack underflow");

#[derive(Default, Debug)]
pub(super) struct Simulation {
    refs: Vec<Ref>,
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
        self.refs.pop().ok_or(UNDERFLOW)
    }

    /// The index of the value `depth` below the top, which is 1.
    fn index(&self, depth: u32) -> Result<usize> {
        self.refs.len().checked_sub(depth as usize).ok_or(UNDERFLOW)
    }

    /// The local changes: what was loaded from it and is on the stack still must own.
    fn kill(&self, instrs: &mut [Instr], local: u32) {
        for reference in self.refs.iter().filter(|kept| kept.local == local) {
            must_own(instrs, *reference);
        }
    }

    /// Runs a block, and lets those loads borrow that may.
    fn run(&mut self, instrs: &mut [Instr], start_depth: i32) -> Result<()> {
        self.refs.clear();
        self.refs.resize(start_depth.max(0) as usize, UNKNOWN);
        for index in 0..instrs.len() {
            let Instr { opcode, arg, .. } = instrs[index];
            if opcode == Opcode::LOAD_FAST {
                // Until something speaks against it.
                instrs[index].opcode = Opcode::LOAD_FAST_BORROW;
                self.push(index, arg);
            } else if opcode.class() & class::OF_REFERENCES == 0 {
                let (popped, pushed) = self.switches.popped_and_pushed(opcode, arg);
                self.pop_and_push(popped as usize, pushed as usize)?;
            } else {
                self.step(instrs, index)?;
            }
        }
        // What is still on the stack where the block ends must own.
        for reference in &self.refs {
            must_own(instrs, *reference);
        }
        Ok(())
    }

    #[inline]
    fn pop_and_push(&mut self, popped: usize, pushed: usize) -> Result<()> {
        let left = self.refs.len().checked_sub(popped).ok_or(UNDERFLOW)?;
        self.refs.truncate(left);
        if pushed == 1 {
            self.refs.push(UNKNOWN);
        } else {
            self.refs.resize(left + pushed, UNKNOWN);
        }
        Ok(())
    }

    fn store(&mut self, instrs: &mut [Instr], local: u32) -> Result<()> {
        let stored = self.pop()?;
        self.kill(instrs, local);
        must_own(instrs, stored);
        Ok(())
    }

    /// An instruction of [`class::OF_REFERENCES`].
    #[inline(never)]
    fn step(&mut self, instrs: &mut [Instr], index: usize) -> Result<()> {
        let Instr { opcode, arg, .. } = instrs[index];
        match opcode {
            Opcode::LOAD_ATTR | Opcode::LOAD_SUPER_ATTR => {
                let receiver = self.pop()?;
                if opcode == Opcode::LOAD_SUPER_ATTR {
                    self.pop()?;
                    self.pop()?;
                }
                self.refs.push(UNKNOWN);
                if arg & 1 != 0 {
                    // A method call: the receiver may be pushed again.
                    self.refs.push(receiver);
                }
            }
            Opcode::LOAD_FAST_LOAD_FAST => {
                instrs[index].opcode = Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW;
                self.push(index, arg >> 4);
                self.push(index, arg & 15);
            }
            Opcode::LOAD_FAST_AND_CLEAR => {
                self.kill(instrs, arg);
                self.push(index, arg);
            }
            Opcode::DELETE_FAST => self.kill(instrs, arg),
            Opcode::STORE_FAST => self.store(instrs, arg)?,
            Opcode::STORE_FAST_LOAD_FAST => {
                self.store(instrs, arg >> 4)?;
                self.push(index, arg & 15);
            }
            Opcode::STORE_FAST_STORE_FAST => {
                self.store(instrs, arg >> 4)?;
                self.store(instrs, arg & 15)?;
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
                self.refs.push(UNKNOWN);
            }
            // These pass the topmost on.
            Opcode::END_SEND | Opcode::SET_FUNCTION_ATTRIBUTE
                if self.switches.iterators_take_two_places =>
            {
                let top = self.pop()?;
                let (popped, _) = self.switches.popped_and_pushed(opcode, arg);
                for _ in 1..popped {
                    self.pop()?;
                }
                self.refs.push(top);
            }
            Opcode::GET_ITER | Opcode::END_SEND | Opcode::SET_FUNCTION_ATTRIBUTE => {
                let (popped, pushed) = self.switches.popped_and_pushed(opcode, arg);
                self.pop_and_push(popped as usize, pushed as usize)?;
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
                let pushed = opcode.stack_effect(arg, false);
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
                for _ in opcode.stack_effect(arg, false)..0 {
                    self.pop()?;
                }
            }
            Opcode::CHECK_EXC_MATCH | Opcode::SEND => {
                self.pop()?;
                self.refs.push(UNKNOWN);
            }
            Opcode::FOR_ITER => self.refs.push(UNKNOWN),
            Opcode::LOAD_SPECIAL | Opcode::PUSH_EXC_INFO => {
                let top = self.pop()?;
                self.refs.push(UNKNOWN);
                self.refs.push(top);
            }
            // `SETUP_*`, before they are gone.
            _ => {}
        }
        Ok(())
    }
}

/// The load that pushed a value must not borrow.
#[inline]
fn must_own(instrs: &mut [Instr], reference: Ref) {
    if reference.instr != NONE {
        let opcode = &mut instrs[reference.instr as usize].opcode;
        *opcode = match *opcode {
            Opcode::LOAD_FAST_BORROW => Opcode::LOAD_FAST,
            Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW => Opcode::LOAD_FAST_LOAD_FAST,
            opcode => opcode,
        };
    }
}

impl Cfg {
    pub(super) fn optimize_load_fast(&mut self) -> Result<()> {
        let mut simulation = std::mem::take(&mut self.simulation);
        simulation.switches = self.switches;
        let mut todo = self.start_at_entry();
        self[BlockId::ENTRY].start_depth = 0;
        while let Some(id) = todo.pop() {
            let (block, instrs) = self.parts(id);
            if block.has(class::BORROWABLE) {
                simulation.run(instrs, block.start_depth)?;
            }
            if block.is_empty() && !simulation.switches.borrowing_is_mended {
                continue;
            }
            let [next, target] = self.successors(id);
            if let Some(next) = next {
                self.push_unvisited(next, &mut todo);
            }
            if let Some(target) = target {
                self.push_unvisited(target, &mut todo);
            }
            if self[id].has(class::SETUP) {
                for index in self[id].range() {
                    if let Some(handler) = self.instrs[index].target {
                        self.push_unvisited(handler, &mut todo);
                    }
                }
            }
        }
        self.todo = todo;
        self.simulation = simulation;
        Ok(())
    }

    #[inline]
    fn push_unvisited(&mut self, id: BlockId, todo: &mut Vec<BlockId>) {
        if !self[id].visited {
            self[id].visited = true;
            todo.push(id);
        }
    }
}
