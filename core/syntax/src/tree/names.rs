//! The identifiers of a tree, each once.
//!
//! All text lies in one string and the table holds ids only, so that interning
//! allocates nothing but as these grow. While a tree is built, each slot of the
//! table also has its name's *key*, which tells names of up to eight bytes apart
//! without a look at their text.

use super::arena::Id;
use super::node::NameId;
use crate::hash;
use crate::word;

/// Interned identifiers. Ids are dense, in the order of first appearance.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: String,
    /// Where each name ends in `text`.
    ends: Vec<u32>,
    /// An open-addressed table of raw ids, 0 where there is none; its length is
    /// a power of two, and at most half of it is taken.
    table: Vec<u32>,
    /// The key of each slot's name. Only where names are added.
    keys: Vec<u64>,
}

impl Clone for Names {
    /// A copy to look names up in.
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            ends: self.ends.clone(),
            table: self.small_table(),
            keys: Vec::new(),
        }
    }
}

/// What stands for a name: its bytes if they are ASCII and fit into a word, else
/// a hash, whose highest bit tells it from such a word.
#[inline]
fn key(name: &str) -> u64 {
    let word = word::short(name.as_bytes());
    match word {
        Some(word) if !word::has_non_ascii(word) => word,
        _ => hash::of_text(name) | 1 << 63,
    }
}

#[inline]
fn place(key: u64, mask: usize) -> usize {
    let mixed = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 32) as usize & mask
}

impl Names {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.table.clear();
        self.keys.clear();
    }

    /// Makes room for so many names, before there are any.
    pub(super) fn reserve(&mut self, count: usize) {
        self.ends.reserve(count);
        self.text.reserve(count * 8);
        self.resize((count * 2).next_power_of_two().max(8));
    }

    /// A table of the names that is not mostly empty.
    fn small_table(&self) -> Vec<u32> {
        let len = Self::slots(self.ends.len());
        if len == self.table.len() {
            return self.table.clone();
        }
        let mut table = vec![0; len];
        for (at, &raw) in self.table.iter().enumerate() {
            let Some(id) = Id::from_raw(raw) else {
                continue;
            };
            let key = { self.keys.get(at).copied() }.unwrap_or_else(|| key(self.get(id)));
            let mut slot = place(key, len - 1);
            while table[slot] != 0 {
                slot = (slot + 1) & (len - 1);
            }
            table[slot] = raw;
        }
        table
    }

    /// How long a table for so many names is.
    fn slots(count: usize) -> usize {
        (count * 3 / 2 + 1).next_power_of_two()
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
        let mask = self.table.len().checked_sub(1)?;
        let mut slot = place(key(name), mask);
        loop {
            let id = Id::from_raw(self.table[slot])?;
            if self.get(id) == name {
                return Some(id);
            }
            slot = (slot + 1) & mask;
        }
    }

    pub(super) fn intern(&mut self, name: &str) -> NameId {
        self.intern_key(key(name), || name)
    }

    /// Interns a name whose key is known, and whose text is if it is not its key.
    #[inline]
    pub(super) fn intern_key<'t>(&mut self, key: u64, name: impl Fn() -> &'t str) -> NameId {
        if self.keys.is_empty() {
            self.resize(16);
        }
        let mask = self.keys.len() - 1;
        let mut slot = place(key, mask);
        loop {
            match Id::from_raw(self.table[slot]) {
                None => return self.add(name(), key, slot),
                Some(id)
                    if self.keys[slot] == key && (key >> 63 == 0 || self.get(id) == name()) =>
                {
                    return id;
                }
                Some(_) => slot = (slot + 1) & mask,
            }
        }
    }

    #[inline(never)]
    fn add(&mut self, name: &str, key: u64, slot: usize) -> NameId {
        let id = NameId::from_index(self.ends.len());
        self.text.push_str(name);
        self.ends
            .push(u32::try_from(self.text.len()).expect("names are shorter than 4 GiB"));
        self.table[slot] = id.raw();
        self.keys[slot] = key;
        if self.keys.len() <= 2 * self.ends.len() {
            self.resize(self.keys.len() * 2);
        }
        id
    }

    /// Grows the table.
    fn resize(&mut self, len: usize) {
        self.table.clear();
        self.table.resize(len, 0);
        self.keys.clear();
        self.keys.resize(len, 0);
        for index in 0..self.ends.len() {
            let key = key(self.at(index));
            let mut slot = place(key, len - 1);
            while self.table[slot] != 0 {
                slot = (slot + 1) & (len - 1);
            }
            self.table[slot] = NameId::from_index(index).raw();
            self.keys[slot] = key;
        }
    }
}
