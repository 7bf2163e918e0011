//! The constants and names of one code object, numbered as they are first used.
//!
//! A constant's identity is CPython's `_PyCode_ConstantKey`, which is `Const`'s
//! equality: `1`, `True` and `1.0` differ, and so do the two zeros.

use num_bigint::{BigInt, Sign};
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
    /// The positions, from 1, of the constants of which there is one: None, ...
    singletons: [u32; 4],
}

impl ConstTable {
    /// The index of a constant, which is added if it is new.
    pub(super) fn add(&mut self, value: Const) -> u32 {
        match value {
            Const::None => return self.add_singleton(0, value),
            Const::Bool(truth) => return self.add_singleton(1 + usize::from(truth), value),
            Const::Ellipsis => return self.add_singleton(3, value),
            _ => {}
        }
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
        let consts = &self.consts;
        let (hash, found) = match constant {
            Constant::Str(text) => {
                let hash = Const::hash_of_text(text.as_bytes());
                let same =
                    |at: usize| matches!(&consts[at], Const::Str(known) if known.as_wtf8() == text);
                (hash, self.index.find(hash, same))
            }
            Constant::Int(value) => {
                let hash = Const::hash_of_int(value);
                let same =
                    |at: usize| matches!(&consts[at], Const::Int(known) if is_int(known, value));
                (hash, self.index.find(hash, same))
            }
            _ => return self.add(literal(constant)),
        };
        match found {
            Some(at) => at,
            None => self.push(hash, literal(constant)),
        }
    }

    /// The index of a constant of which there is one.
    #[inline]
    fn add_singleton(&mut self, which: usize, value: Const) -> u32 {
        if self.singletons[which] == 0 {
            let hash = value.cheap_hash();
            self.singletons[which] = self.push(hash, value) + 1;
        }
        self.singletons[which] - 1
    }

    fn push(&mut self, hash: u32, value: Const) -> u32 {
        self.consts.push(value);
        self.index.push(hash)
    }

    pub(super) fn clear(&mut self) {
        self.consts.clear();
        self.index.clear();
        self.singletons = [0; 4];
    }
}

/// Whether an integer is this one.
fn is_int(known: &BigInt, value: u64) -> bool {
    let mut digits = known.iter_u64_digits();
    known.sign() != Sign::Minus && digits.next().unwrap_or(0) == value && digits.next().is_none()
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

/// Names in the order of their first use, each once.
///
/// An identifier of the tree is known by its number (`KnownNames`), and added without a
/// look at the others; only names that are given as text are looked for.
#[derive(Default)]
pub(super) struct NameTable {
    pub(super) names: NameList,
    /// Of the first names, as many as were there when one was looked for.
    index: Index,
    /// There are names that were given as text, and that an identifier may turn out to be
    /// that is known by its number.
    by_text: bool,
}

/// Whether an identifier of that text is known by its number: those that classes may
/// mangle are given as text, and what begins with a point or not at all is none.
pub(super) fn is_numbered(name: &str) -> bool {
    !matches!(name.as_bytes(), [] | [b'.', ..] | [b'_', b'_', ..])
}

/// Up to how many names are looked at one by one.
const FEW: usize = 8;

impl NameTable {
    pub(super) fn find(&mut self, name: &str) -> Option<u32> {
        if self.names.len() <= FEW {
            let mut names = self.names.iter();
            return names.position(|known| known == name).map(|at| at as u32);
        }
        for added in self.index.len()..self.names.len() {
            self.index.push(hash::of_text(&self.names[added]) as u32);
        }
        let hash = hash::of_text(name) as u32;
        self.index.find(hash, |at| self.names[at] == *name)
    }

    /// The index of a name, which is added if it is new.
    pub(super) fn add(&mut self, name: &str) -> u32 {
        self.find(name).unwrap_or_else(|| {
            self.by_text |= is_numbered(name);
            self.push(name)
        })
    }

    /// The same for an identifier; `unseen` if it was not added as one before.
    #[inline]
    pub(super) fn add_identifier(&mut self, name: &str, unseen: bool) -> u32 {
        let found = match unseen && !self.by_text {
            true => None,
            false => self.find(name),
        };
        found.unwrap_or_else(|| self.push(name))
    }

    /// Adds a name that is not there.
    #[inline]
    pub(super) fn push(&mut self, name: &str) -> u32 {
        self.names.push(name);
        self.names.len() as u32 - 1
    }

    /// Identifiers have other numbers from now on.
    pub(super) fn forget_identifiers(&mut self) {
        self.by_text = true;
    }

    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.index.clear();
        self.by_text = false;
    }
}
