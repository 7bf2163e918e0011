//! Where an item stands in a list: tables of names, symbols, constants.
//!
//! The list itself is its owner's; the index knows hashes and positions only.

use wide::u8x16;

/// Finds the items of a list by their hashes: by looking at all of them at once while
/// they are few, then by an open-addressed table.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Index {
    hashes: Vec<u32>,
    /// The lowest byte of each of the first hashes, by which those are found while they are all.
    tags: [u8; FEW],
    /// Positions counted from 1, 0 where there is none; its length is a power of
    /// two of which at most half is taken, or 0.
    table: Vec<u32>,
}

/// Up to here looking at all beats a table.
const FEW: usize = 16;

impl Index {
    /// The position of the item with this hash of which `same` is true.
    #[inline]
    pub fn find(&self, hash: u32, same: impl Fn(usize) -> bool) -> Option<u32> {
        if self.table.is_empty() {
            let equal = u8x16::new(self.tags).simd_eq(u8x16::splat(hash as u8));
            let mut candidates = equal.to_bitmask() & ((1 << self.hashes.len()) - 1);
            while candidates != 0 {
                let at = candidates.trailing_zeros();
                if self.hashes[at as usize] == hash && same(at as usize) {
                    return Some(at);
                }
                candidates &= candidates - 1;
            }
            return None;
        }
        let mask = self.table.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let at = self.table[slot].checked_sub(1)?;
            if self.hashes[at as usize] == hash && same(at as usize) {
                return Some(at);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Enters the next item, which is not there yet, and gives its position.
    #[inline]
    pub fn push(&mut self, hash: u32) -> u32 {
        let at = self.hashes.len();
        self.hashes.push(hash);
        match self.tags.get_mut(at) {
            Some(tag) => *tag = hash as u8,
            None => self.enter_last(at),
        }
        at as u32
    }

    #[inline(never)]
    fn enter_last(&mut self, at: usize) {
        if self.hashes.len() * 2 > self.table.len() {
            let len = (self.hashes.len() * 4).next_power_of_two();
            self.table.clear();
            self.table.resize(len, 0);
            for at in 0..self.hashes.len() {
                self.enter(at);
            }
        } else {
            self.enter(at);
        }
    }

    fn enter(&mut self, at: usize) {
        let mask = self.table.len() - 1;
        let mut slot = self.hashes[at] as usize & mask;
        while self.table[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        self.table[slot] = at as u32 + 1;
    }

    /// Forgets all items, and keeps the memory for those to come.
    pub fn clear(&mut self) {
        self.hashes.clear();
        self.tags = [0; FEW];
        self.table.clear();
    }
}
