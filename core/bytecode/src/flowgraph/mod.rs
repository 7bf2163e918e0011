//! Control-flow graphs: CPython's `Python/flowgraph.c`, one pass a file.
//!
//! Blocks live in one vector and are named by index, their instructions in another; their
//! order is the chain of `next`, which starts at block 0. A block's jump, if any, is its last
//! instruction. Every pass is linear in the instructions, or in the changes it
//! makes; none recurses. What few blocks need is a function of its own and not inlined,
//! out of the way of what all need: the passes fill the processor's instruction cache.

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
mod normalize_jumps;
mod optimize_basic_block;
mod peepholes;
mod print;
mod pseudo_ops;
mod reached;
mod redundant_nops_and_jumps;
mod remove_unreachable;
mod stack_depth;
mod superinstructions;
mod swaps;
mod to_sequence;
mod uninitialized_locals;
mod unused_consts;

use std::hint::select_unpredictable;
use std::num::NonZeroU32;
use std::ops::Range;

use crate::code::{CodeFlags, Const};
use crate::instruction::{Instruction as Instr, InstructionSequence, Location};
use crate::opcode::{Opcode, class};
use crate::target::{Switches, Target};
use const_table::ConstTable;
use peepholes::Sites;

pub(crate) use localsplus::Variables;
pub(crate) use print::PrintedInstr;
pub(crate) use to_sequence::FinalSequence;

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

    /// Counted from 1; 0 where there is none.
    #[inline]
    fn number(block: Option<Self>) -> usize {
        block.map_or(0, |id| id.0.get() as usize)
    }
}

/// What stands where no instruction has been yet.
const EMPTY: Instr = Instr::new(Opcode::NOP, 0, Location::NONE);

impl Instr {
    /// The bits of [`class`] it has.
    #[inline]
    fn features(&self) -> u32 {
        let of_opcode = self.opcode.class();
        if self.loc.line >= 0 {
            return of_opcode;
        }
        // Few have no line.
        of_opcode
            | match self.loc.line == Location::NONE.line {
                true => class::NO_LINE,
                false => class::NEXT_LINE,
            }
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
///
/// Its instructions are a range of the graph's. They have some room behind them, where
/// instructions may be appended; what was there before leaves its handler there, which an
/// instruction appended in its place takes over. So it is in CPython's arrays, and
/// exception tables show it.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Block {
    /// The first instruction.
    start: u32,
    /// Behind the last one.
    end: u32,
    /// Behind the places that are the block's.
    room: u32,
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
    /// An empty block with its instructions from `start` on.
    #[inline]
    fn at(start: usize) -> Self {
        let start = start as u32;
        Self {
            start,
            end: start,
            room: start,
            ..Self::default()
        }
    }

    #[inline]
    fn has(&self, features: u32) -> bool {
        self.features & features != 0
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Whether only a `SETUP_*` leads here: no path that has a line to give.
    #[inline]
    fn is_entered_by_raising_only(&self) -> bool {
        self.except_handler && self.predecessors == 1
    }

    #[inline]
    fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The bits of [`class`] that all these instructions have together.
fn features(instrs: &[Instr]) -> u32 {
    let add = |features, instr: &Instr| features | instr.features();
    instrs.iter().fold(0, add)
}

/// A control-flow graph. Block 0 is the entry.
///
/// It is built anew for each code object in the memory of the one before.
#[derive(Default, Debug)]
pub(crate) struct Cfg {
    /// In what the target's passes differ from 3.14's.
    switches: Switches,
    /// The instructions of all blocks, each block's in one piece: at first one block
    /// behind the other, later where there was room. Until superinstructions are inserted,
    /// what is in no block is a `NOP`.
    instrs: Vec<Instr>,
    blocks: Vec<Block>,
    /// Whether some block was a handler to begin with.
    has_handlers: bool,
    /// Whether some jump has changed since predecessors were counted.
    jumps_changed: bool,
    /// Whether some exit has been copied for a jump.
    exits_duplicated: bool,
    /// Whether some instruction of the final sequence is where the next one is.
    has_next_lines: bool,
    /// The index of each block's first instruction in the final sequence.
    starts: Vec<u32>,
    cuts: from_sequence::Cuts,
    /// Loads of constants, and what else peephole rewriting may begin with.
    loads: Sites,
    peepholes: Sites,
    simulation: borrowed_loads::Simulation,
    /// By constant: 1 if it is used, then its number among those that are.
    const_numbers: Vec<u32>,
    /// By number of a block, what a pass has found out of it, with a place for no block.
    marks: Vec<i32>,
    reached: reached::Reached,
    /// Blocks that may have instructions without a line.
    without_line: Vec<BlockId>,
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

    /// How many instructions there is memory for.
    pub(crate) fn capacity(&self) -> usize {
        self.instrs.capacity()
    }

    fn new_block(&mut self) -> BlockId {
        self.blocks.push(Block::at(self.instrs.len()));
        BlockId::new(self.blocks.len() - 1)
    }

    /// The instructions of a block.
    #[inline]
    fn instrs(&self, id: BlockId) -> &[Instr] {
        &self.instrs[self[id].range()]
    }

    /// A block and its instructions.
    #[inline]
    fn parts(&mut self, id: BlockId) -> (&mut Block, &mut [Instr]) {
        let block = &mut self.blocks[id.index()];
        let instrs = &mut self.instrs[block.range()];
        (block, instrs)
    }

    #[inline]
    fn first(&self, id: BlockId) -> Option<&Instr> {
        let block = &self[id];
        let first = self.instrs.get(block.start as usize);
        first.filter(|_| !block.is_empty())
    }

    #[inline]
    fn last(&self, id: BlockId) -> Option<&Instr> {
        let block = &self[id];
        let last = self.instrs.get((block.end as usize).wrapping_sub(1));
        last.filter(|_| !block.is_empty())
    }

    fn last_mut(&mut self, id: BlockId) -> Option<&mut Instr> {
        self.parts(id).1.last_mut()
    }

    /// The bits of [`class`] that the last instruction has; none if there is none.
    #[inline]
    fn ending(&self, id: BlockId) -> u32 {
        let block = &self[id];
        let last = self.instrs.get((block.end as usize).wrapping_sub(1));
        let ending = last.map_or(0, |last| last.opcode.class());
        select_unpredictable(block.is_empty(), 0, ending)
    }

    /// Where the jump at the end goes, if there is one.
    #[inline]
    fn jump_target(&self, id: BlockId) -> Option<BlockId> {
        let last = self.last(id)?;
        last.target.filter(|_| last.opcode.has_jump())
    }

    /// The next block if control can pass to it, and where the jump at the end goes.
    #[inline]
    fn successors(&self, id: BlockId) -> [Option<BlockId>; 2] {
        let next = self[id].next;
        let Some(last) = self.last(id) else {
            return [next, None];
        };
        let ending = last.opcode.class();
        [
            next.filter(|_| ending & class::NO_FALLTHROUGH == 0),
            last.target.filter(|_| ending & class::JUMP != 0),
        ]
    }

    /// The numbers of the same, 0 for what there is not: found without a branch, for which is
    /// which no processor foresees.
    #[inline]
    fn ways(&self, id: BlockId) -> [usize; 2] {
        let block = &self[id];
        let last = self.instrs.get((block.end as usize).wrapping_sub(1));
        let (opcode, target) = last.map_or((Opcode::NOP, None), |last| (last.opcode, last.target));
        let ending = select_unpredictable(block.is_empty(), 0, opcode.class());
        let way = |leads, block| select_unpredictable(leads, BlockId::number(block), 0);
        [
            way(ending & class::NO_FALLTHROUGH == 0, block.next),
            way(ending & class::JUMP != 0, target),
        ]
    }

    /// Whether control can pass to the next block.
    #[inline]
    fn falls_through(&self, id: BlockId) -> bool {
        self.ending(id) & class::NO_FALLTHROUGH == 0
    }

    fn has_no_line(&self, id: BlockId) -> bool {
        self.instrs(id).iter().all(|instr| instr.loc.line < 0)
    }

    /// Makes room for so many more instructions at a block's end.
    #[inline(never)]
    fn reserve(&mut self, id: BlockId, more: usize) {
        let block = &mut self.blocks[id.index()];
        let (start, room) = (block.start as usize, block.room as usize);
        let needed = block.end as usize + more;
        if needed <= room {
            return;
        }
        if room == self.instrs.len() {
            self.instrs.resize(needed, EMPTY);
            block.room = needed as u32;
            return;
        }
        // Twice as many places, so that what grows often moves seldom.
        let moved = self.instrs.len() - start;
        self.instrs.extend_from_within(start..room);
        self.instrs[start..room].fill(EMPTY);
        let len = needed + moved + (room - start);
        self.instrs.resize(len, EMPTY);
        block.start += moved as u32;
        block.end += moved as u32;
        block.room = len as u32;
    }

    /// Appends an instruction made from nothing (`basicblock_addop`).
    #[inline(never)]
    fn append(&mut self, id: BlockId, mut instr: Instr) {
        self.reserve(id, 1);
        let block = &mut self.blocks[id.index()];
        let place = &mut self.instrs[block.end as usize];
        instr.except = place.except;
        *place = instr;
        block.end += 1;
        block.features |= instr.features();
    }

    /// Appends what a pass makes of a jump; whether it has the jump's handler depends on
    /// the target.
    fn append_in_place_of(&mut self, jump: Instr, id: BlockId, made: Instr) {
        self.append(id, made);
        if self.switches.new_jumps_have_handlers
            && let Some(made) = self.last_mut(id)
        {
            made.except = jump.except;
        }
    }

    /// The handler that an instruction appended to a block takes over.
    fn left_behind(&self, block: Block) -> Option<BlockId> {
        let place = (block.end < block.room).then(|| &self.instrs[block.end as usize]);
        place.and_then(|place| place.except)
    }

    /// Appends copies of a block's instructions, handlers and all.
    #[inline(never)]
    fn append_copy(&mut self, id: BlockId, copied: BlockId) {
        let copied = self[copied];
        let len = copied.range().len();
        self.reserve(id, len);
        let block = &mut self.blocks[id.index()];
        self.instrs.copy_within(copied.range(), block.end as usize);
        block.end += len as u32;
        block.features |= copied.features;
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
    #[inline]
    fn next_nonempty(&self, mut block: Option<BlockId>) -> Option<BlockId> {
        while let Some(id) = block {
            if !self[id].is_empty() {
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

    /// Calls `visit` for every block, in the order of the code, that has one of these features.
    #[inline]
    fn for_each_with(&mut self, features: u32, mut visit: impl FnMut(&mut Block, &mut [Instr])) {
        let Self { blocks, instrs, .. } = self;
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let block = &mut blocks[id.index()];
            at = block.next;
            if block.has(features) {
                let range = block.range();
                visit(block, &mut instrs[range]);
            }
        }
    }

    /// Whether some block may have one of these features.
    #[inline]
    fn has(&self, features: u32) -> bool {
        // Where the first of them is no processor foresees.
        let all = self
            .blocks
            .iter()
            .fold(0, |all, block| all | block.features);
        all & features != 0
    }

    /// Lists the blocks that may have one of these features, by index.
    #[inline]
    fn list_with(&self, features: u32, list: &mut Vec<BlockId>) {
        list.clear();
        list.resize(self.blocks.len(), BlockId::ENTRY);
        let mut len = 0;
        for (index, block) in self.blocks.iter().enumerate() {
            list[len] = BlockId::new(index);
            len += usize::from(block.has(features));
        }
        list.truncate(len);
    }

    fn clear_visited(&mut self) {
        for block in &mut self.blocks {
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
    sequence.instructions = cfg.plain_instructions();
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
        self.find_peepholes();
        self.optimize_load_const(consts);
        self.optimize_basic_blocks(consts);
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
        sequence: &mut FinalSequence,
    ) -> Result<u32> {
        self.convert_pseudo_conditional_jumps();
        let stack_depth = self.calculate_stackdepth()?;
        let is_generator =
            flags & (CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR) != 0;
        self.prepare_localsplus(variables, is_generator)?;
        self.convert_pseudo_ops()?;
        // Normalizing jumps changes no load, and is done as they are written.
        if !self.switches.loads_are_plain {
            self.optimize_load_fast()?;
        }
        self.write_instructions(sequence);
        Ok(stack_depth)
    }
}
