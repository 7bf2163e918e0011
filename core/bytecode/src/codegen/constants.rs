//! The constants and names of one code object, numbered as they are first used.
//!
//! A constant's identity is CPython's `_PyCode_ConstantKey`, which is `Const`'s
//! equality: `1`, `True` and `1.0` differ, and so do the two zeros.

use num_bigint::BigInt;
use vitrine_syntax::hash;
use vitrine_syntax::tree::Constant;

use crate::code::Const;
use crate::names::NameList;
use vitrine_syntax::index::Index;

/// The constants of one code object.
#[derive(Default)]
pub(super) struct ConstTable {
    pub(super) consts: Vec<Const>,
    index: Index,
}

impl ConstTable {
    /// The index of a constant, which is added if it is new.
    pub(super) fn add(&mut self, value: Const) -> u32 {
        let hash = value.cheap_hash();
        let consts = &self.consts;
        let found = self.index.find(hash, |at| consts[at] == value);
        match found.filter(|_| !value.has_nan()) {
            Some(at) => at,
            None => self.push(hash, value),
        }
    }

    /// The index of a literal's value, which is copied only if it is new.
    pub(super) fn add_literal(&mut self, constant: Constant<'_>) -> u32 {
        let text = match constant {
            Constant::Str(text) => text,
            _ => return self.add(literal(constant)),
        };
        let hash = Const::hash_of_text(text.as_bytes());
        let consts = &self.consts;
        let same = |at: usize| matches!(&consts[at], Const::Str(known) if known.as_wtf8() == text);
        match self.index.find(hash, same) {
            Some(at) => at,
            None => self.push(hash, Const::Str(text.to_box())),
        }
    }

    fn push(&mut self, hash: u32, value: Const) -> u32 {
        self.consts.push(value);
        self.index.push(hash)
    }

    pub(super) fn clear(&mut self) {
        self.consts.clear();
        self.index.clear();
    }
}

/// The value of a literal.
pub(super) fn literal(constant: Constant<'_>) -> Const {
    match constant {
        Constant::None => Const::None,
        Constant::True => Const::Bool(true),
        Constant::False => Const::Bool(false),
        Constant::Ellipsis => Const::Ellipsis,
        Constant::Int(value) => Const::Int(BigInt::from(value)),
        Constant::BigInt(value) => Const::Int(BigInt::from(value.clone())),
        Constant::Float(bits) => Const::Float(f64::from_bits(bits)),
        Constant::Complex(bits) => Const::Complex(0.0, f64::from_bits(bits)),
        Constant::Str(value) => Const::Str(value.to_box()),
        Constant::Bytes(value) => Const::Bytes(value.into()),
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
    pub(super) names: NameList,
    index: Index,
}

impl NameTable {
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.find_hashed(hash::of_text(name) as u32, name)
    }

    fn find_hashed(&self, hash: u32, name: &str) -> Option<u32> {
        self.index.find(hash, |at| self.names[at] == *name)
    }

    /// The index of a name, which is added if it is new.
    pub(super) fn add(&mut self, name: &str) -> u32 {
        let hash = hash::of_text(name) as u32;
        match self.find_hashed(hash, name) {
            Some(at) => at,
            None => {
                self.names.push(name);
                self.index.push(hash)
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.index.clear();
    }
}

impl<'a> Extend<&'a str> for NameTable {
    fn extend<I: IntoIterator<Item = &'a str>>(&mut self, names: I) {
        for name in names {
            self.add(name);
        }
    }
}
