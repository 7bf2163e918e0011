//! Control-flow graphs: CPython's `Python/flowgraph.c`, one pass a file.
//!
//! Blocks live in one vector and are named by index; their order is the chain of
//! `next`, which starts at block 0. A block's jump, if any, is its last
//! instruction. Every pass is linear in the instructions, or in the changes it
//! makes; none recurses.

mod borrowed_loads;
mod cold_blocks;
mod const_table;
pub(crate) mod constant_folding;
mod duplicate_exits;
mod exception_labels;
mod from_sequence;
mod inline_small_exits;
mod jump_threading;
mod line_numbers;
mod load_const;
mod localsplus;
mod optimize_basic_block;
mod print;
mod pseudo_ops;
mod redundant_nops_and_jumps;
mod remove_unreachable;
mod stack_depth;
mod superinstructions;
mod swaps;
mod to_sequence;
mod uninitialized_locals;
mod unused_consts;

use std::num::NonZeroU32;

use crate::code::{CodeFlags, Const};
use crate::instruction::{Instruction, InstructionSequence, Location};
use crate::opcode::{Opcode, class};
use crate::target::{Switches, Target};
use const_table::ConstTable;

pub(crate) use localsplus::Variables;
pub(crate) use print::PrintedInstr;

/// What is wrong with a sequence of instructions that no code generator emits.
///
/// CPython raises `SystemError` or `ValueError` with these words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MalformedCode(pub &'static str);

impl std::fmt::Display for MalformedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for MalformedCode {}

type Result<T> = std::result::Result<T, MalformedCode>;

/// The index of a block, counted from 1 so that there being none costs no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct BlockId(NonZeroU32);

impl BlockId {
    const ENTRY: Self = Self(NonZeroU32::MIN);

    /// The block at an index.
    fn new(index: usize) -> Self {
        Self(NonZeroU32::MIN.saturating_add(index as u32))
    }

    #[inline]
    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// An instruction in a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instr {
    pub(crate) opcode: Opcode,
    pub(crate) arg: u32,
    pub(crate) loc: Location,
    /// Where a jump goes, or the handler that a `SETUP_*` sets up.
    target: Option<BlockId>,
    /// Where an exception raised here goes.
    pub(crate) except: Option<BlockId>,
}

impl Instr {
    const fn new(opcode: Opcode, arg: u32, loc: Location) -> Self {
        Self {
            opcode,
            arg,
            loc,
            target: None,
            except: None,
        }
    }

    /// The bits of [`class`] it has.
    #[inline]
    fn features(&self) -> u32 {
        let line = match self.loc.line {
            0.. => 0,
            line if line == Location::NONE.line => class::NO_LINE,
            _ => class::NEXT_LINE,
        };
        self.opcode.class() | line
    }

    /// Changes the operation, not the place.
    #[inline]
    fn set(&mut self, opcode: Opcode, arg: u32) {
        self.opcode = opcode;
        self.arg = arg;
    }

    #[inline]
    fn set_nop(&mut self) {
        self.set(Opcode::NOP, 0);
        self.target = None;
    }
}

/// A basic block: entered at the top only, left at the bottom only.
#[derive(Clone, Default, Debug)]
pub(crate) struct Block {
    instrs: Vec<Instr>,
    /// Handlers of instructions removed from the end, the nearest last.
    ///
    /// CPython's array keeps them, and an instruction appended later in such a
    /// place takes its handler over: part of what an exception table says.
    left_behind: Vec<Option<BlockId>>,
    /// The next block in the order of the code, reached by falling through.
    next: Option<BlockId>,
    /// Blocks that lead here, as far as a pass keeps count.
    predecessors: u32,
    /// Depth of the stack at entry; negative while unknown.
    start_depth: i32,
    /// Locals that may be uninitialized at entry, of the first 64.
    unsafe_locals: u64,
    /// The bits of [`class`] that its instructions have, perhaps more.
    features: u32,
    /// Whether something may jump here.
    is_label: bool,
    /// A handler that wants the offset of the raising instruction on the stack.
    preserve_lasti: bool,
    except_handler: bool,
    visited: bool,
    cold: bool,
    warm: bool,
}

impl Block {
    /// Makes it as good as new, but for the room it has.
    fn reset(&mut self) {
        self.instrs.clear();
        self.left_behind.clear();
        *self = Self {
            instrs: std::mem::take(&mut self.instrs),
            left_behind: std::mem::take(&mut self.left_behind),
            ..Self::default()
        };
    }

    #[inline]
    fn has(&self, features: u32) -> bool {
        self.features & features != 0
    }

    /// Looks at what it has anew.
    fn count_features(&mut self) {
        let instrs = self.instrs.iter();
        self.features = instrs.fold(0, |features, instr| features | instr.features());
    }

    /// Where the jump at its end goes, if there is one.
    #[inline]
    fn jump_target(&self) -> Option<BlockId> {
        let last = self.instrs.last()?;
        last.target.filter(|_| last.opcode.has_jump())
    }

    #[inline]
    fn last(&self) -> Option<&Instr> {
        self.instrs.last()
    }

    /// Appends an instruction made from nothing (`basicblock_addop`).
    fn append(&mut self, mut instr: Instr) {
        instr.except = self.left_behind.pop().flatten();
        self.features |= instr.features();
        self.instrs.push(instr);
    }

    /// Notes that `count` instructions were put into the block, handlers and all.
    fn overwritten(&mut self, count: usize) {
        self.left_behind
            .truncate(self.left_behind.len().saturating_sub(count));
    }

    /// Drops all but the first `kept` instructions.
    fn shorten(&mut self, kept: usize) {
        let dropped = &self.instrs[kept..];
        if self.left_behind.is_empty() && dropped.iter().all(|instr| instr.except.is_none()) {
            // Nothing to be taken over.
            return self.instrs.truncate(kept);
        }
        self.left_behind
            .extend(self.instrs[kept..].iter().rev().map(|instr| instr.except));
        self.instrs.truncate(kept);
    }

    /// Whether control leaves the frame at the end.
    fn exits_scope(&self) -> bool {
        self.last().is_some_and(|last| last.opcode.is_scope_exit())
    }

    /// Whether control can pass to the next block.
    fn falls_through(&self) -> bool {
        !self
            .last()
            .is_some_and(|last| last.opcode.is_scope_exit() || last.opcode.is_unconditional_jump())
    }

    fn has_no_line(&self) -> bool {
        self.instrs.iter().all(|instr| instr.loc.line < 0)
    }

    fn has_eval_break(&self) -> bool {
        let breaks = |instr: &Instr| instr.opcode.has_eval_break();
        self.has(class::EVAL_BREAK) && self.instrs.iter().any(breaks)
    }
}

/// A control-flow graph. Block 0 is the entry.
///
/// It is built anew for each code object in the memory of the one before.
#[derive(Default, Debug)]
pub(crate) struct Cfg {
    /// In what the target's passes differ from 3.14's.
    switches: Switches,
    /// The blocks in use, then those left over.
    blocks: Vec<Block>,
    used: usize,
    /// Whether some block was a handler to begin with.
    has_handlers: bool,
    /// Whether some instruction of the final sequence is where the next one is.
    has_next_lines: bool,
    /// The index of each block's first instruction in the final sequence.
    starts: Vec<u32>,
    /// The block that begins at each instruction of the sequence, if one does.
    block_at: Vec<Option<BlockId>>,
    simulation: borrowed_loads::Simulation,
    /// By constant: whether it is used, and its number among those that are.
    used_consts: Vec<(bool, u32)>,
    /// Blocks that a pass is still to look at; empty between passes.
    todo: Vec<BlockId>,
}

impl Cfg {
    pub(crate) fn new(target: Target) -> Self {
        Self {
            switches: target.switches(),
            ..Self::default()
        }
    }

    /// Makes the next code object one for a target.
    pub(crate) fn set_target(&mut self, target: Target) {
        self.switches = target.switches();
    }

    /// Appends what a pass makes of a jump; whether it has the jump's handler depends on
    /// the target.
    fn append_in_place_of(&mut self, jump: Instr, id: BlockId, made: Instr) {
        self[id].append(made);
        if self.switches.new_jumps_have_handlers
            && let Some(made) = self[id].instrs.last_mut()
        {
            made.except = jump.except;
        }
    }

    fn new_block(&mut self) -> BlockId {
        if self.used == self.blocks.len() {
            self.blocks.push(Block::default());
        } else {
            self.blocks[self.used].reset();
        }
        self.used += 1;
        BlockId::new(self.used - 1)
    }

    /// All blocks, also those that no longer stand in the order of the code.
    fn all(&mut self) -> &mut [Block] {
        &mut self.blocks[..self.used]
    }

    /// The list of blocks to look at with the entry in it, which counts as visited
    /// and no other block does. To be given back to `todo`.
    fn start_at_entry(&mut self) -> Vec<BlockId> {
        self.clear_visited();
        self[BlockId::ENTRY].visited = true;
        let mut todo = std::mem::take(&mut self.todo);
        todo.clear();
        todo.push(BlockId::ENTRY);
        todo
    }

    /// The first block at or behind `block` that has an instruction.
    fn next_nonempty(&self, mut block: Option<BlockId>) -> Option<BlockId> {
        while let Some(id) = block {
            if !self[id].instrs.is_empty() {
                break;
            }
            block = self[id].next;
        }
        block
    }

    /// The blocks in the order of the code.
    fn order(&self) -> impl Iterator<Item = &Block> {
        let mut at = Some(BlockId::ENTRY);
        std::iter::from_fn(move || {
            let block = &self[at?];
            at = block.next;
            Some(block)
        })
    }

    /// Calls `visit` for every block in the order of the code.
    fn for_each(&mut self, mut visit: impl FnMut(&mut Block)) {
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            visit(&mut self[id]);
            at = self[id].next;
        }
    }

    fn clear_visited(&mut self) {
        for block in self.all() {
            block.visited = false;
        }
    }
}

impl std::ops::Index<BlockId> for Cfg {
    type Output = Block;

    #[inline]
    fn index(&self, id: BlockId) -> &Block {
        &self.blocks[id.index()]
    }
}

impl std::ops::IndexMut<BlockId> for Cfg {
    #[inline]
    fn index_mut(&mut self, id: BlockId) -> &mut Block {
        &mut self.blocks[id.index()]
    }
}

/// Optimizes instructions without making a code object of them: what CPython's
/// `_testinternalcapi.optimize_cfg` shows. The result's jumps hold indices.
///
/// # Errors
/// For instructions that no code generator emits.
pub fn optimize_cfg(
    mut sequence: InstructionSequence,
    consts: &mut Vec<Const>,
    nlocals: usize,
) -> Result<InstructionSequence> {
    let mut cfg = Cfg::default();
    cfg.build(&mut sequence)?;
    cfg.optimize_code_unit(consts, nlocals, 0)?;
    cfg.calculate_stackdepth()?;
    cfg.optimize_load_fast()?;
    let mut flat = Vec::new();
    cfg.write_instructions(&mut flat);
    sequence.instructions.clear();
    sequence
        .instructions
        .extend(flat.iter().map(|instr| Instruction {
            opcode: instr.opcode,
            arg: instr.arg,
            loc: instr.loc,
        }));
    Ok(sequence)
}

impl Cfg {
    /// `_PyCfg_OptimizeCodeUnit`: everything that needs no knowledge of the stack.
    pub(crate) fn optimize_code_unit(
        &mut self,
        consts: &mut Vec<Const>,
        nlocals: usize,
        nparams: usize,
    ) -> Result<()> {
        self.label_exception_targets()?;
        let mut table = ConstTable::new(consts, self.switches);
        self.optimize_cfg(&mut table)?;
        self.remove_unused_consts(consts)?;
        self.add_checks_for_loads_of_uninitialized_variables(nlocals, nparams);
        self.insert_superinstructions();
        self.push_cold_blocks_to_end()?;
        self.resolve_line_numbers();
        Ok(())
    }

    fn optimize_cfg(&mut self, consts: &mut ConstTable<'_>) -> Result<()> {
        self.inline_small_or_no_lineno_blocks();
        self.remove_unreachable();
        self.resolve_line_numbers();
        self.optimize_load_const(consts);
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            self.optimize_basic_block(id, consts);
            at = self[id].next;
        }
        self.remove_redundant_nops_and_pairs();
        self.remove_unreachable();
        self.remove_redundant_nops_and_jumps()
    }

    /// `_PyCfg_OptimizedCfgToInstructionSequence`: gives the code its final
    /// instructions, whose jumps hold the index of what they jump to; returns the
    /// depth of the stack.
    pub(crate) fn finish(
        &mut self,
        variables: &Variables<'_>,
        flags: u32,
        instructions: &mut Vec<Instr>,
    ) -> Result<u32> {
        self.convert_pseudo_conditional_jumps();
        let stack_depth = self.calculate_stackdepth()?;
        let is_generator =
            flags & (CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR) != 0;
        self.prepare_localsplus(variables, is_generator)?;
        self.convert_pseudo_ops()?;
        self.normalize_jumps();
        if !self.switches.loads_are_plain {
            self.optimize_load_fast()?;
        }
        self.write_instructions(instructions);
        Ok(stack_depth)
    }
}
