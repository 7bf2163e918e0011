//! Where peephole rewriting begins.
//!
//! Few instructions are rewritten, and no processor foresees which. So one walk lists those that
//! may be, without a branch, and the passes go by the lists; until they are done, no
//! instruction moves.

use super::{Block, BlockId, Cfg, Instr};
use crate::opcode::class;

/// An instruction, and the number of its block.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Site {
    pub(super) index: u32,
    number: u32,
}

impl Site {
    /// The block, unless nothing leads there.
    #[inline]
    pub(super) fn block(self, blocks: &mut [Block]) -> Option<&mut Block> {
        let block = &mut blocks[self.number as usize - 1];
        (self.index < block.end).then_some(block)
    }
}

/// Instructions in the order of the code.
#[derive(Default, Debug)]
pub(super) struct Sites {
    sites: Vec<Site>,
    len: usize,
}

impl Sites {
    /// Empties it, and makes room.
    fn reset(&mut self, room: usize) {
        self.len = 0;
        self.sites
            .resize(room.max(self.sites.len()), Site::default());
    }

    #[inline]
    fn push_if(&mut self, wanted: bool, site: Site) {
        self.sites[self.len] = site;
        self.len += usize::from(wanted);
    }

    pub(super) fn as_slice(&self) -> &[Site] {
        &self.sites[..self.len]
    }
}

impl Cfg {
    /// Lists the loads of constants, and what else may be rewritten, as far as the instruction
    /// behind it tells.
    pub(super) fn find_peepholes(&mut self) {
        let Self {
            instrs,
            blocks,
            cuts,
            loads,
            peepholes,
            ..
        } = self;
        // One more than ever counts is written.
        let room = instrs.len() + 1;
        loads.reset(room);
        peepholes.reset(room);
        if let Some(numbers) = cuts.numbers(instrs.len()) {
            // Nothing has been appended, and the blocks are where they were. That one may end
            // between two instructions is seen to when these are looked at.
            let number = |index: usize| numbers[index];
            return find_in(instrs, 0, number, loads, peepholes);
        }
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let block = &blocks[id.index()];
            let number = |_| BlockId::number(Some(id)) as u32;
            let start = block.start as usize;
            find_in(&instrs[block.range()], start, number, loads, peepholes);
            at = block.next;
        }
    }
}

/// Adds the sites among these instructions, of which the first has an index.
#[inline(always)]
fn find_in(
    instrs: &[Instr],
    start: usize,
    number: impl Fn(usize) -> u32,
    loads: &mut Sites,
    peepholes: &mut Sites,
) {
    let mut add = |index: usize, of_this: u32, of_next: u32| {
        let site = Site {
            index: index as u32,
            number: number(index),
        };
        // Of a pair, both have the same bit, the second one place further up.
        let wanted = class::PEEPHOLE | of_next >> 1 & class::FIRST;
        loads.push_if(of_this & class::VALUE != 0, site);
        peepholes.push_if(of_this & wanted != 0, site);
    };
    let Some((first, rest)) = instrs.split_first() else {
        return;
    };
    let (mut index, mut of_this) = (start, first.opcode.class());
    for next in rest {
        let of_next = next.opcode.class();
        add(index, of_this, of_next);
        index += 1;
        of_this = of_next;
    }
    add(index, of_this, 0);
}
