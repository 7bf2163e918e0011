//! Gives instructions without a line the line of the only path to them (PEP 626).

use super::{Block, BlockId, Cfg};
use crate::instruction::Location;
use crate::opcode::class;

impl Cfg {
    pub(super) fn resolve_line_numbers(&mut self) {
        let mut blocks = std::mem::take(&mut self.without_line);
        blocks.clear();
        for (index, block) in self.blocks.iter().enumerate() {
            if block.has(class::NO_LINE) {
                blocks.push(BlockId::new(index));
            }
        }
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
            at = self[id].next;
            if self[id].has(class::NO_LINE) {
                self.take_over_lines(id);
            }
            let Some(last) = self.last(id) else { continue };
            let (loc, of_last, target) = (last.loc, last.opcode.class(), last.target);
            if let Some(next) = at
                && of_last & class::NO_FALLTHROUGH == 0
            {
                self.hand_on_line(loc, next);
            }
            if let Some(target) = target
                && of_last & class::JUMP != 0
            {
                self.hand_on_line(loc, target);
            }
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
