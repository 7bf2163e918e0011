//! The constants of a code object while passes add to them (`add_const`).

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::code::Const;

/// Up to so many constants a search is faster than a table.
const SEARCHED: usize = 16;

/// A list of constants in which each stands once.
pub(super) struct ConstTable<'a> {
    consts: &'a mut Vec<Const>,
    /// The first index for each hash, once there are many, and the next with the same.
    first: HashMap<u64, u32>,
    next_same: Vec<Option<u32>>,
    hasher: RandomState,
}

impl<'a> ConstTable<'a> {
    pub(super) fn new(consts: &'a mut Vec<Const>) -> Self {
        Self {
            consts,
            first: HashMap::new(),
            next_same: Vec::new(),
            hasher: RandomState::new(),
        }
    }

    pub(super) fn get(&self, index: u32) -> Option<&Const> {
        self.consts.get(index as usize)
    }

    /// The index of a constant, which is added if it is new.
    pub(super) fn add(&mut self, value: Const) -> u32 {
        if has_nan(&value) {
            // Equal to nothing, itself included.
            self.consts.push(value);
            return self.consts.len() as u32 - 1;
        }
        if self.consts.len() <= SEARCHED {
            if let Some(index) = self.consts.iter().position(|known| *known == value) {
                return index as u32;
            }
            self.consts.push(value);
            return self.consts.len() as u32 - 1;
        }
        while self.next_same.len() < self.consts.len() {
            let hash = self.hasher.hash_one(&self.consts[self.next_same.len()]);
            self.enter(hash);
        }
        let hash = self.hasher.hash_one(&value);
        let mut at = self.first.get(&hash).copied();
        while let Some(index) = at {
            if self.consts[index as usize] == value {
                return index;
            }
            at = self.next_same[index as usize];
        }
        self.consts.push(value);
        self.enter(hash)
    }

    /// Enters the next constant into the table.
    fn enter(&mut self, hash: u64) -> u32 {
        let index = self.next_same.len() as u32;
        let before = self.first.insert(hash, index);
        self.next_same.push(before);
        index
    }
}

fn has_nan(value: &Const) -> bool {
    match value {
        Const::Float(value) => value.is_nan(),
        Const::Complex(re, im) => re.is_nan() || im.is_nan(),
        Const::Tuple(items) | Const::FrozenSet(items) => items.iter().any(has_nan),
        _ => false,
    }
}
