//! The identifiers of a tree, each once.
//!
//! All text lies in one string and the table holds ids only, so that interning
//! allocates nothing but as these grow.

use super::arena::Id;
use super::node::NameId;
use crate::hash;

/// Interned identifiers. Ids are dense, in the order of first appearance.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    text: String,
    /// Where each name ends in `text`.
    ends: Vec<u32>,
    /// An open-addressed table of raw ids, 0 where there is none; its length is
    /// a power of two, and at most half of it is taken.
    table: Vec<u32>,
}

impl Names {
    pub(super) fn reserve(&mut self, count: usize) {
        self.ends.reserve_exact(count);
        self.text.reserve_exact(count * 8);
        self.resize((count * 2).next_power_of_two().max(8));
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    pub(super) fn get(&self, id: NameId) -> &str {
        self.at(id.index())
    }

    #[inline]
    pub(super) fn at(&self, index: usize) -> &str {
        let start = if index == 0 {
            0
        } else {
            self.ends[index - 1] as usize
        };
        &self.text[start..self.ends[index] as usize]
    }

    pub(super) fn find(&self, name: &str) -> Option<NameId> {
        if self.table.is_empty() {
            None
        } else {
            self.slot(name).ok()
        }
    }

    /// The id of a name that is there, or the free slot where it belongs.
    #[inline]
    fn slot(&self, name: &str) -> Result<NameId, usize> {
        let mask = self.table.len() - 1;
        let mut slot = hash::of_text(name) as usize & mask;
        loop {
            match Id::from_raw(self.table[slot]) {
                None => return Err(slot),
                Some(id) if self.get(id) == name => return Ok(id),
                Some(_) => slot = (slot + 1) & mask,
            }
        }
    }

    pub(super) fn intern(&mut self, name: &str) -> NameId {
        if self.table.len() <= 2 * self.ends.len() {
            self.resize((self.table.len() * 2).max(16));
        }
        match self.slot(name) {
            Ok(id) => id,
            Err(slot) => {
                let id = NameId::from_index(self.ends.len());
                self.text.push_str(name);
                self.ends
                    .push(u32::try_from(self.text.len()).expect("names are shorter than 4 GiB"));
                self.table[slot] = id.raw();
                id
            }
        }
    }

    fn resize(&mut self, len: usize) {
        self.table.clear();
        self.table.resize(len, 0);
        for index in 0..self.ends.len() {
            let mut slot = hash::of_text(self.at(index)) as usize & (len - 1);
            while self.table[slot] != 0 {
                slot = (slot + 1) & (len - 1);
            }
            self.table[slot] = NameId::from_index(index).raw();
        }
    }
}
