//! The identifiers of a tree, each once.
//!
//! All text lies in one string and the table holds ids only, so that interning
//! allocates nothing but as these grow. While a tree is built, each slot of the
//! table also has its name's *key*, which tells names of up to sixteen bytes apart
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
    /// The key of each slot's name, if it has one. Only where names are added.
    keys: Vec<Key>,
}

/// What stands for a name: its bytes if they are ASCII and at most sixteen, else a hash,
/// whose highest bit tells it from such bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Key([u64; 2]);

impl Key {
    /// How long a name may be that is its key.
    pub(crate) const LONGEST: usize = 16;

    /// The key of the name of `len` bytes at `at`, not more than the longest, if it is ASCII.
    #[inline]
    pub(crate) fn at(text: &[u8], at: usize, len: usize) -> Option<Self> {
        let [first, second] = HEADS[len % HEADS.len()];
        let words = [
            word::load(text, at) & first,
            word::load(text, at + 8) & second,
        ];
        Self::of_words(words)
    }

    fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        let words = match (bytes.first_chunk(), bytes.last_chunk()) {
            // Two words that may overlap.
            (Some(first), Some(last)) if bytes.len() <= Self::LONGEST => {
                let last = u64::from_le_bytes(*last);
                let behind = last.checked_shr(8 * (Self::LONGEST - bytes.len()) as u32);
                Some([u64::from_le_bytes(*first), behind.unwrap_or(0)])
            }
            _ => word::short(bytes).map(|word| [word, 0]),
        };
        { words.and_then(Self::of_words) }.unwrap_or_else(|| Self([hash::of_text(name), 1 << 63]))
    }

    #[inline]
    fn of_words(words: [u64; 2]) -> Option<Self> {
        (!word::has_non_ascii(words[0] | words[1])).then_some(Self(words))
    }

    /// Whether this is no hash but the name itself.
    #[inline]
    fn is_name(self) -> bool {
        self.0[1] >> 63 == 0
    }

    /// Where the search for it begins.
    #[inline]
    fn place(self, mask: usize) -> usize {
        let [first, second] = self.0;
        let mixed = (first ^ second.rotate_left(23)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed ^ mixed >> 32) as usize & mask
    }
}

/// By the length of a name, which bytes of two words are its own.
static HEADS: [[u64; 2]; 32] = {
    const fn head(len: usize) -> u64 {
        match len {
            0 => 0,
            1..8 => (1 << (8 * len)) - 1,
            _ => u64::MAX,
        }
    }
    let mut heads = [[0; 2]; 32];
    let mut len = 0;
    while len <= Key::LONGEST {
        heads[len] = [head(len), head(len.saturating_sub(8))];
        len += 1;
    }
    heads
};

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

impl Names {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.table.clear();
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
            let key = { self.keys.get(at).copied() }.unwrap_or_else(|| Key::of(self.get(id)));
            let mut slot = key.place(len - 1);
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
        let mut slot = Key::of(name).place(mask);
        loop {
            let id = Id::from_raw(self.table[slot])?;
            if self.get(id) == name {
                return Some(id);
            }
            slot = (slot + 1) & mask;
        }
    }

    pub(super) fn intern(&mut self, name: &str) -> NameId {
        self.intern_key(Key::of(name), || name)
    }

    /// Interns a name whose key is known, and whose text is if it is not its key.
    #[inline]
    pub(super) fn intern_key<'t>(&mut self, key: Key, name: impl Fn() -> &'t str) -> NameId {
        if self.table.is_empty() || self.keys.len() != self.table.len() {
            self.resize((2 * self.ends.len() + 1).next_power_of_two().max(16));
        }
        let mask = self.table.len() - 1;
        let mut slot = key.place(mask);
        loop {
            match Id::from_raw(self.table[slot]) {
                None => return self.add(name(), key, slot),
                Some(id) if self.keys[slot] == key && (key.is_name() || self.get(id) == name()) => {
                    return id;
                }
                Some(_) => slot = (slot + 1) & mask,
            }
        }
    }

    #[inline(never)]
    fn add(&mut self, name: &str, key: Key, slot: usize) -> NameId {
        let id = NameId::from_index(self.ends.len());
        self.text.push_str(name);
        self.ends
            .push(u32::try_from(self.text.len()).expect("names are shorter than 4 GiB"));
        self.table[slot] = id.raw();
        self.keys[slot] = key;
        if self.table.len() <= 2 * self.ends.len() {
            self.resize(self.table.len() * 2);
        }
        id
    }

    /// Grows the table.
    fn resize(&mut self, len: usize) {
        self.table.clear();
        self.table.resize(len, 0);
        // What is left there of other names is not looked at.
        self.keys.resize(len, Key::default());
        for index in 0..self.ends.len() {
            let key = Key::of(self.at(index));
            let mut slot = key.place(len - 1);
            while self.table[slot] != 0 {
                slot = (slot + 1) & (len - 1);
            }
            self.table[slot] = NameId::from_index(index).raw();
            self.keys[slot] = key;
        }
    }
}
