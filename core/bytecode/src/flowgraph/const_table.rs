//! The constants of a code object while passes add to them (`add_const`).

use crate::code::Const;
use vitrine_syntax::index::Index;

/// A list of constants in which each stands once.
pub(super) struct ConstTable<'a> {
    consts: &'a mut Vec<Const>,
    /// Of as many constants as were there when one was added last.
    index: Index,
}

impl<'a> ConstTable<'a> {
    pub(super) fn new(consts: &'a mut Vec<Const>) -> Self {
        Self {
            consts,
            index: Index::default(),
        }
    }

    pub(super) fn get(&self, index: u32) -> Option<&Const> {
        self.consts.get(index as usize)
    }

    /// The index of a constant, which is added if it is new.
    pub(super) fn add(&mut self, value: Const) -> u32 {
        for known in &self.consts[self.index.len()..] {
            self.index.push(known.cheap_hash());
        }
        let hash = value.cheap_hash();
        let found = self.index.find(hash, |at| self.consts[at] == value);
        match found.filter(|_| !value.has_nan()) {
            Some(at) => at,
            None => {
                self.consts.push(value);
                self.index.push(hash)
            }
        }
    }
}
