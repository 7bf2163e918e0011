//! The identifiers of a tree, each once.
//!
//! All text lies in one string and a table holds ids, so that interning allocates
//! nothing but as these grow. While a tree is built, each slot of the table also
//! has its name's *key*, which tells names of up to sixteen bytes apart without a
//! look at their text.

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
    /// Where names are added: an open-addressed table, whose length is a power of two,
    /// and of which at most half is taken.
    slots: Vec<Slot>,
    /// In a copy: the same with raw ids alone, 0 where there is none.
    table: Vec<u32>,
}

/// A name in the table, or the place for one.
#[derive(Clone, Copy, Default, Debug)]
struct Slot {
    key: Key,
    /// The raw id, 0 if there is no name.
    id: u32,
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
            slots: Vec::new(),
            table: self.small_table(),
        }
    }
}

impl Names {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.slots.clear();
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
        if self.slots.is_empty() {
            return self.table.clone();
        }
        let len = (self.ends.len() * 3 / 2 + 1).next_power_of_two();
        let mut table = vec![0; len];
        for known in self.slots.iter().filter(|known| known.id != 0) {
            let mut slot = known.key.place(len - 1);
            while table[slot] != 0 {
                slot = (slot + 1) & (len - 1);
            }
            table[slot] = known.id;
        }
        table
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
        let ids = |slot: usize| match self.slots.get(slot) {
            Some(known) => known.id,
            None => self.table[slot],
        };
        let mask = { self.slots.len().max(self.table.len()) }.checked_sub(1)?;
        let mut slot = Key::of(name).place(mask);
        loop {
            let id = Id::from_raw(ids(slot))?;
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
        let mask = self.slots.len().wrapping_sub(1);
        let mut slot = key.place(mask);
        while let Some(known) = self.slots.get(slot) {
            let Some(id) = Id::from_raw(known.id) else {
                break;
            };
            if known.key == key && (key.is_name() || self.get(id) == name()) {
                return id;
            }
            slot = (slot + 1) & mask;
        }
        self.add(name(), key)
    }

    /// Adds a name that is not there.
    #[inline(never)]
    fn add(&mut self, name: &str, key: Key) -> NameId {
        let id = NameId::from_index(self.ends.len());
        self.text.push_str(name);
        self.ends
            .push(u32::try_from(self.text.len()).expect("names are shorter than 4 GiB"));
        if self.slots.len() <= 2 * self.ends.len() {
            self.resize((self.ends.len() * 2 + 1).next_power_of_two().max(16));
        } else {
            self.enter(key, id);
        }
        id
    }

    /// Gives a name its slot.
    fn enter(&mut self, key: Key, id: NameId) {
        let mask = self.slots.len() - 1;
        let mut slot = key.place(mask);
        while self.slots[slot].id != 0 {
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = Slot { key, id: id.raw() };
    }

    /// Makes a table of another length for all names.
    fn resize(&mut self, len: usize) {
        self.slots.clear();
        self.slots.resize(len, Slot::default());
        for index in 0..self.ends.len() {
            self.enter(Key::of(self.at(index)), NameId::from_index(index));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length_are_told_apart() {
        let mut names = Names::default();
        let long = "abcdefghijklmnopqrstuvwxyz";
        let mut texts: Vec<String> = (1..=long.len()).map(|len| long[..len].into()).collect();
        for at in 0..20 {
            for letter in ["z", "é", "\u{1F40D}"] {
                texts.push(format!("{}{letter}{}", &long[..at], &long[at..20]));
            }
        }
        let ids: Vec<NameId> = texts.iter().map(|text| names.intern(text)).collect();
        assert_eq!(names.len(), texts.len());
        let copy = names.clone();
        for (text, id) in texts.iter().zip(ids) {
            assert_eq!(names.intern(text), id);
            assert_eq!((names.find(text), copy.find(text)), (Some(id), Some(id)));
            assert_eq!(copy.get(id), text);
            // The same within a longer text.
            let around = format!("xy{text}zzzzzzzzzzzzzzzzzz");
            let key = (text.len() <= Key::LONGEST)
                .then(|| Key::at(around.as_bytes(), 2, text.len()))
                .flatten();
            assert_eq!(key.is_some(), text.is_ascii() && text.len() <= Key::LONGEST);
            assert!(key.is_none_or(|key| key == Key::of(text)));
        }
        assert_eq!(copy.find("abd"), None);
    }
}
