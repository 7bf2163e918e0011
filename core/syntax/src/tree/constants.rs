//! The values of a tree's literals.
//!
//! Twelve bytes each; the text of all strings lies in one buffer, in which
//! literals that stand side by side are joined by being read one after the other.

use num_bigint::BigUint;

use super::node::{Constant, ConstantId};
use crate::position::TextRange;
use crate::wtf8::Wtf8;

/// A literal's value as it is kept. Numbers are two halves, so that nothing
/// needs to be aligned to eight bytes.
#[derive(Clone, Copy, Debug)]
enum Stored {
    None,
    True,
    False,
    Ellipsis,
    Int([u32; 2]),
    /// The position of the number.
    BigInt(u32),
    Float([u32; 2]),
    Complex([u32; 2]),
    Str(TextRange),
    Bytes(TextRange),
}

/// The values of literals.
#[derive(Clone, Debug, Default)]
pub(super) struct Constants {
    stored: Vec<Stored>,
    /// What the strings hold: bytes, or generalized UTF-8.
    text: Vec<u8>,
    big: Vec<BigUint>,
}

const fn halves(word: u64) -> [u32; 2] {
    [word as u32, (word >> 32) as u32]
}

const fn word([low, high]: [u32; 2]) -> u64 {
    low as u64 | (high as u64) << 32
}

impl Constants {
    pub(super) fn get(&self, id: ConstantId) -> Constant<'_> {
        let text = |range: TextRange| &self.text[range.as_usize()];
        match self.stored[id.index()] {
            Stored::None => Constant::None,
            Stored::True => Constant::True,
            Stored::False => Constant::False,
            Stored::Ellipsis => Constant::Ellipsis,
            Stored::Int(value) => Constant::Int(word(value)),
            Stored::BigInt(at) => Constant::BigInt(&self.big[at as usize]),
            Stored::Float(bits) => Constant::Float(word(bits)),
            Stored::Complex(bits) => Constant::Complex(word(bits)),
            Stored::Str(range) => Constant::Str(Wtf8::trusted(text(range))),
            Stored::Bytes(range) => Constant::Bytes(text(range)),
        }
    }

    pub(super) fn add(&mut self, constant: Constant<'_>) -> ConstantId {
        let stored = match constant {
            Constant::None => Stored::None,
            Constant::True => Stored::True,
            Constant::False => Stored::False,
            Constant::Ellipsis => Stored::Ellipsis,
            Constant::Int(value) => Stored::Int(halves(value)),
            Constant::BigInt(value) => {
                self.big.push(value.clone());
                Stored::BigInt(self.big.len() as u32 - 1)
            }
            Constant::Float(bits) => Stored::Float(halves(bits)),
            Constant::Complex(bits) => Stored::Complex(halves(bits)),
            Constant::Str(text) => Stored::Str(self.add_text(text.as_bytes())),
            Constant::Bytes(bytes) => Stored::Bytes(self.add_text(bytes)),
        };
        self.push(stored)
    }

    /// Adds text that is not yet a literal's: where it lies.
    pub(super) fn add_text(&mut self, text: &[u8]) -> TextRange {
        let start = self.text.len();
        self.text.extend_from_slice(text);
        let end = u32::try_from(self.text.len()).expect("a segment's strings are below 4 GiB");
        TextRange::new(start as u32, end)
    }

    /// Two texts as one. Where nothing lies between them nothing moves.
    pub(super) fn join(&mut self, first: TextRange, second: TextRange) -> TextRange {
        if first.end == second.start {
            return TextRange::new(first.start, second.end);
        }
        let mut start = first.start as usize;
        if first.end as usize != self.text.len() {
            start = self.text.len();
            self.text.extend_from_within(first.as_usize());
        }
        self.text.extend_from_within(second.as_usize());
        let end = u32::try_from(self.text.len()).expect("a segment's strings are below 4 GiB");
        TextRange::new(start as u32, end)
    }

    /// A string whose text has been added.
    pub(super) fn add_string(&mut self, text: TextRange, is_bytes: bool) -> ConstantId {
        self.push(if is_bytes {
            Stored::Bytes(text)
        } else {
            Stored::Str(text)
        })
    }

    fn push(&mut self, stored: Stored) -> ConstantId {
        self.stored.push(stored);
        ConstantId::from_index(self.stored.len() - 1)
    }

    pub(super) fn reserve(&mut self, count: usize) {
        self.stored.reserve(count);
    }

    pub(super) fn clear(&mut self) {
        self.stored.clear();
        self.text.clear();
        self.big.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_small() {
        assert_eq!(size_of::<Stored>(), 12);
    }

    #[test]
    fn values_come_back() {
        let mut constants = Constants::default();
        let big = BigUint::from(1_u8) << 70;
        for constant in [
            Constant::None,
            Constant::Int(u64::MAX - 1),
            Constant::BigInt(&big),
            Constant::Float(0x1234_5678_9ABC_DEF0),
            Constant::Str("é".into()),
            Constant::Bytes(b"\xFF"),
        ] {
            let id = constants.add(constant);
            assert_eq!(constants.get(id), constant);
        }
    }

    #[test]
    fn texts_are_joined() {
        let mut constants = Constants::default();
        let [a, b, c] = [b"a", b"b", b"c"].map(|text| constants.add_text(text));
        let mut check = |first, second, expected: &[u8]| {
            let joined = constants.join(first, second);
            assert_eq!(&constants.text[joined.as_usize()], expected);
            joined
        };
        let ab = check(a, b, b"ab");
        let ac = check(a, c, b"ac");
        check(ab, c, b"abc");
        check(ac, b, b"acb");
    }
}
