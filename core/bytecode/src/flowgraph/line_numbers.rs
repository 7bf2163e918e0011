//! Gives instructions without a line the line of the only path to them (PEP 626).

use super::{Block, BlockId, Cfg};
use crate::instruction::Location;
use crate::opcode::class;

impl Cfg {
    pub(super) fn resolve_line_numbers(&mut self) {
        let mut blocks = std::mem::take(&mut self.without_line);
        self.list_with(class::NO_LINE, &mut blocks);
        if !blocks.is_empty() {
            let duplicated = self.duplicate_exits_without_lineno(&blocks);
            self.propagate_line_numbers(&blocks, duplicated);
        }
        self.without_line = blocks;
    }

    /// Whether a block wants a line that only one other can give it.
    fn wants_line(&self, block: &Block) -> bool {
        let first = |block: &Block| &self.instrs[block.start as usize];
        block.has(class::NO_LINE)
            && block.predecessors == 1
            && !block.is_entered_by_raising_only()
            && !block.is_empty()
            && first(block).loc.line == Location::NONE.line
    }

    /// `blocks` are those that may be without a line, copies of exits aside if there are any.
    fn propagate_line_numbers(&mut self, blocks: &[BlockId], duplicated: bool) {
        if !duplicated && !blocks.iter().any(|&id| self.wants_line(&self[id])) {
            return blocks.iter().for_each(|&id| self.take_over_lines(id));
        }
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let [next, target] = self.ways(id);
            // Few have to do with one that is without a line, and mostly the last.
            let near = self.features_of(next) | self.features_of(target) | self[id].features;
            if near & class::NO_LINE != 0 {
                self.hand_on_lines(id);
            }
            at = self[id].next;
        }
    }

    #[inline]
    fn features_of(&self, number: usize) -> u32 {
        self.blocks[number.saturating_sub(1)].features
    }

    /// Gives lines to what is without one in a block and in those it leads to.
    #[inline(never)]
    fn hand_on_lines(&mut self, id: BlockId) {
        if self[id].has(class::NO_LINE) {
            self.take_over_lines(id);
        }
        let Some(&last) = self.last(id) else { return };
        for block in self.successors(id).into_iter().flatten() {
            self.hand_on_line(last.loc, block);
        }
    }

    /// Gives the first instruction of a block a place, if this is the only way there.
    #[inline]
    fn hand_on_line(&mut self, loc: Location, id: BlockId) {
        if self.wants_line(&self[id])
            && let Some(first) = self.parts(id).1.first_mut()
        {
            first.loc = loc;
        }
    }

    /// Gives instructions without a line that of the one before, within their block.
    fn take_over_lines(&mut self, id: BlockId) {
        let (block, instrs) = self.parts(id);
        for index in 1..instrs.len() {
            if instrs[index].loc.line == Location::NONE.line {
                instrs[index].loc = instrs[index - 1].loc;
            }
        }
        if instrs
            .first()
            .is_some_and(|first| first.loc.line != Location::NONE.line)
        {
            block.features &= !class::NO_LINE;
        }
    }
}
