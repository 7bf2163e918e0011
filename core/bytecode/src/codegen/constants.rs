//! The constants and names of one code object, numbered as they are first used.
//!
//! A constant's identity is CPython's `_PyCode_ConstantKey`, which is `Const`'s
//! equality: `1`, `True` and `1.0` differ, and so do the two zeros.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use num_bigint::BigInt;
use vitrine_syntax::tree::Constant;

use crate::code::Const;

/// The constants of one code object.
#[derive(Default)]
pub(super) struct ConstTable {
    pub(super) consts: Vec<Const>,
    /// The first constant of each hash value.
    by_hash: HashMap<u64, u32>,
}

impl ConstTable {
    /// The index of a constant, which is added if it is new.
    pub(super) fn add(&mut self, value: Const) -> u32 {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        let next = self.consts.len() as u32;
        match self.by_hash.entry(hasher.finish()) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(next);
            }
            std::collections::hash_map::Entry::Occupied(entry) => {
                let first = *entry.get() as usize;
                if self.consts[first] == value {
                    return first as u32;
                }
                // Two values of one hash: rare enough to look at all.
                if let Some(found) = self.consts.iter().position(|known| *known == value) {
                    return found as u32;
                }
            }
        }
        self.consts.push(value);
        next
    }
}

/// The value of a literal.
pub(super) fn literal(constant: &Constant) -> Const {
    match constant {
        Constant::None => Const::None,
        Constant::True => Const::Bool(true),
        Constant::False => Const::Bool(false),
        Constant::Ellipsis => Const::Ellipsis,
        Constant::Int(value) => Const::Int(BigInt::from(value.clone())),
        Constant::Float(bits) => Const::Float(f64::from_bits(*bits)),
        Constant::Complex(bits) => Const::Complex(0.0, f64::from_bits(*bits)),
        Constant::Str(value) => Const::Str(value.clone()),
        Constant::Bytes(value) => Const::Bytes(value.clone()),
    }
}

/// An integer constant.
pub(super) fn int(value: impl Into<BigInt>) -> Const {
    Const::Int(value.into())
}

/// A string constant.
pub(super) fn string(value: &str) -> Const {
    Const::Str(value.into())
}

/// Names in the order of their first use.
#[derive(Default)]
pub(super) struct NameTable {
    pub(super) names: Vec<Box<str>>,
    /// Filled only when there are too many names to look through.
    index: HashMap<Box<str>, u32>,
}

/// Up to here looking through a table beats hashing.
const FEW: usize = 8;

impl NameTable {
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        if self.names.len() <= FEW {
            let found = self.names.iter().position(|known| **known == *name);
            return found.map(|at| at as u32);
        }
        self.index.get(name).copied()
    }

    /// The index of a name, which is added if it is new.
    pub(super) fn add(&mut self, name: &str) -> u32 {
        if let Some(at) = self.find(name) {
            return at;
        }
        let at = self.names.len() as u32;
        self.names.push(name.into());
        match self.names.len() {
            len if len <= FEW => {}
            len if len == FEW + 1 => {
                let all = self.names.iter().zip(0..);
                self.index = all.map(|(name, at)| (name.clone(), at)).collect();
            }
            _ => {
                self.index.insert(name.into(), at);
            }
        }
        at
    }
}

impl<'a> FromIterator<&'a str> for NameTable {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let mut table = Self::default();
        for name in names {
            table.add(name);
        }
        table
    }
}
