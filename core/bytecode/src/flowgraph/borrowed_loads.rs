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

impl Ref {
    /// What a load has pushed, or another instruction.
    #[inline]
    fn if_is(load: bool, index: usize, local: u32) -> Self {
        let nothing = u32::from(load).wrapping_sub(1);
        Self {
            instr: index as u32 | nothing,
            local: local | nothing,
        }
    }
}

const NONE: u32 = u32::MAX;
/// What no load of a local has pushed, as far as that matters.
const UNKNOWN: Ref = Ref {
    instr: NONE,
    local: NONE,
};
const UNDERFLOW: MalformedCode = MalformedCode("Invalid CFG, stack underflow");

/// The stack, in memory that is kept.
#[derive(Default, Debug)]
pub(super) struct Simulation {
    refs: Vec<Ref>,
    depth: usize,
    switches: Switches,
}

impl Simulation {
    fn push(&mut self, reference: Ref) {
        self.make_room(self.depth);
        self.refs[self.depth] = reference;
        self.depth += 1;
    }

    fn push_from(&mut self, instr: usize, local: u32) {
        self.push(Ref {
            instr: instr as u32,
            local,
        });
    }

    fn pop(&mut self) -> Result<Ref> {
        self.depth = self.index(1)?;
        Ok(self.refs[self.depth])
    }

    /// The index of the value `depth` below the top, which is 1.
    fn index(&self, depth: u32) -> Result<usize> {
        self.depth.checked_sub(depth as usize).ok_or(UNDERFLOW)
    }

    /// Makes room for so many, and two.
    #[inline]
    fn make_room(&mut self, depth: usize) {
        if depth + 2 > self.refs.len() {
            self.refs.resize(2 * depth + 16, UNKNOWN);
        }
    }

    /// The local changes: what was loaded from it and is on the stack still must own.
    fn kill(&self, instrs: &mut [Instr], local: u32) {
        let refs = self.refs[..self.depth].iter();
        for reference in refs.filter(|kept| kept.local == local) {
            must_own(instrs, *reference);
        }
    }

    /// Runs a block, and lets those loads borrow that may.
    fn run(&mut self, instrs: &mut [Instr], start_depth: i32) -> Result<()> {
        self.depth = 0;
        self.pop_and_push((0, start_depth.max(0) as u32))?;
        let usual = self.switches.has_usual_effects();
        // In a register but for what needs more than a count.
        let mut depth = self.depth;
        for index in 0..instrs.len() {
            let Instr { opcode, arg, .. } = instrs[index];
            if opcode.class() & class::OF_REFERENCES != 0 {
                self.depth = depth;
                self.step(instrs, index)?;
                depth = self.depth;
                continue;
            }
            // A load of one local or two, of an attribute, or what just pops and pushes: which no
            // processor foresees, so all is done for each.
            let is_load = opcode == Opcode::LOAD_FAST;
            let is_pair = opcode == Opcode::LOAD_FAST_LOAD_FAST;
            let (popped, pushed) = match usual {
                true => opcode.popped_pushed(arg),
                false => self.switches.popped_and_pushed(opcode, arg),
            };
            let left = depth.checked_sub(popped as usize).ok_or(UNDERFLOW)?;
            depth = left + pushed as usize;
            self.make_room(depth);
            let first = Ref::if_is(is_load | is_pair, index, arg >> (4 * u32::from(is_pair)));
            // The receiver of a method call may be pushed again.
            let receiver = self.refs[left];
            let second = match opcode == Opcode::LOAD_ATTR {
                true => receiver,
                false => Ref::if_is(is_pair, index, arg & 15),
            };
            // More are rarely pushed.
            self.refs[left] = first;
            self.refs[left + 1] = second;
            if pushed > 2 {
                self.refs[left + 2..depth].fill(UNKNOWN);
            }
            // A load borrows until something speaks against that.
            let borrowing = match is_pair {
                true => Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW,
                false => opcode,
            };
            instrs[index].opcode = match is_load {
                true => Opcode::LOAD_FAST_BORROW,
                false => borrowing,
            };
        }
        self.depth = depth;
        // What is still on the stack where the block ends must own.
        for reference in &self.refs[..self.depth] {
            must_own(instrs, *reference);
        }
        Ok(())
    }

    /// Pops and pushes what no load has pushed.
    fn pop_and_push(&mut self, (popped, pushed): (u32, u32)) -> Result<()> {
        let left = self.index(popped)?;
        self.depth = left + pushed as usize;
        self.make_room(self.depth);
        self.refs[left..self.depth].fill(UNKNOWN);
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
            Opcode::LOAD_SUPER_ATTR => {
                let receiver = self.pop()?;
                self.pop()?;
                self.pop()?;
                self.push(UNKNOWN);
                if arg & 1 != 0 {
                    self.push(receiver);
                }
            }
            Opcode::LOAD_FAST_AND_CLEAR => {
                self.kill(instrs, arg);
                self.push_from(index, arg);
            }
            Opcode::DELETE_FAST => self.kill(instrs, arg),
            Opcode::STORE_FAST => self.store(instrs, arg)?,
            Opcode::STORE_FAST_LOAD_FAST => {
                self.store(instrs, arg >> 4)?;
                self.push_from(index, arg & 15);
            }
            Opcode::STORE_FAST_STORE_FAST => {
                self.store(instrs, arg >> 4)?;
                self.store(instrs, arg & 15)?;
            }
            Opcode::COPY => {
                let copied = self.refs[self.index(arg)?];
                self.push(copied);
            }
            Opcode::SWAP => {
                let (lower, top) = (self.index(arg)?, self.index(1)?);
                self.refs.swap(lower, top);
            }
            // With two places, what is iterated over may stay in one of them.
            Opcode::GET_ITER if self.switches.iterators_take_two_places => {
                self.push(UNKNOWN);
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
                self.push(top);
            }
            Opcode::GET_ITER | Opcode::END_SEND | Opcode::SET_FUNCTION_ATTRIBUTE => {
                let counts = self.switches.popped_and_pushed(opcode, arg);
                self.pop_and_push(counts)?;
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
                    self.push_from(if mended { index } else { number as usize }, NONE);
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
                self.push(UNKNOWN);
            }
            Opcode::FOR_ITER => self.push(UNKNOWN),
            Opcode::LOAD_SPECIAL | Opcode::PUSH_EXC_INFO => {
                let top = self.pop()?;
                self.push(UNKNOWN);
                self.push(top);
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
        if !self.has(class::BORROWABLE) {
            return Ok(());
        }
        let mut simulation = std::mem::take(&mut self.simulation);
        simulation.switches = self.switches;
        self[BlockId::ENTRY].start_depth = 0;
        self.for_each_reached(|cfg, id, reached| {
            let (block, instrs) = cfg.parts(id);
            if block.has(class::BORROWABLE) {
                simulation.run(instrs, block.start_depth)?;
            }
            if block.is_empty() && !simulation.switches.borrowing_is_mended {
                return Ok(());
            }
            if block.has(class::SETUP) {
                let targets = instrs.iter().map(|instr| instr.target);
                targets.for_each(|handler| reached.reach(BlockId::number(handler)));
            }
            cfg.ways(id).into_iter().for_each(|way| reached.reach(way));
            Ok(())
        })?;
        self.simulation = simulation;
        Ok(())
    }
}
