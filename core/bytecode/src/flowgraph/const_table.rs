//! The constants of a code object while passes add to them (`add_const`).

use crate::code::Const;
use crate::target::{Switches, common_constant};
use vitrine_syntax::index::Index;

/// So many constants are compared sooner than hashed.
const FEW: usize = 48;

/// A list of constants in which each stands once.
pub(super) struct ConstTable<'a> {
    consts: &'a mut Vec<Const>,
    switches: Switches,
    /// Of as many constants as were there when one was last sought by it.
    index: Index,
}

impl<'a> ConstTable<'a> {
    pub(super) fn new(consts: &'a mut Vec<Const>, switches: Switches) -> Self {
        Self {
            consts,
            switches,
            index: Index::default(),
        }
    }

    /// Whether the target folds constants in the tree, and loads all in one way.
    pub(super) fn is_plain(&self) -> bool {
        self.switches.loads_are_plain
    }

    /// Whether instructions are folded.
    pub(super) fn folds(&self) -> bool {
        !self.switches.folds_in_tree
    }

    /// Whether the target loads values as common constants.
    pub(super) fn has_common(&self) -> bool {
        self.switches.common_constants_are_values
    }

    /// The number of a value that the target loads as a common constant.
    pub(super) fn common(&self, value: &Const) -> Option<u32> {
        let values = self.switches.common_constants_are_values;
        values.then(|| common_constant(value)).flatten()
    }

    pub(super) fn get(&self, index: u32) -> Option<&Const> {
        self.consts.get(index as usize)
    }

    /// The index of a constant, which is added if it is new.
    pub(super) fn add(&mut self, value: Const) -> u32 {
        let found = match self.consts.len() <= FEW {
            true => self.consts.iter().position(|known| *known == value),
            false => self.find_by_hash(&value),
        };
        match found.filter(|_| !value.has_nan()) {
            Some(at) => at as u32,
            None => {
                self.consts.push(value);
                self.consts.len() as u32 - 1
            }
        }
    }

    fn find_by_hash(&mut self, value: &Const) -> Option<usize> {
        for known in &self.consts[self.index.len()..] {
            self.index.push(known.cheap_hash());
        }
        let found = self
            .index
            .find(value.cheap_hash(), |at| self.consts[at] == *value);
        found.map(|at| at as usize)
    }
}
