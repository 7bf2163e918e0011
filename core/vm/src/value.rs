//! The 8-byte word every Python value is: a NaN-boxed number, a singleton, or a
//! pointer to a heap object.
//!
//! ```text
//! 0                        NULL: no value, an unbound name
//! 2 None  6 False  7 True  8 Ellipsis  9 NotImplemented
//! 16 .. 2^47               pointer to an object's Header
//! 2^49 .. 0xFFFE<<48       a float: its bits + 2^49 (NaN lives on the heap)
//! 0xFFFE<<48 ..            a 49-bit signed int
//! ```
//!
//! A `Value` is a plain copy of the word and counts nothing; [`Ref`](crate::Ref)
//! is the owner. The word is a pointer type so that provenance survives.

use crate::heap::Header;

/// The first word of the int range; both operands of `a & b` are ints when it reaches this.
const INT_TAG: u64 = 0xFFFE_0000_0000_0000;
const FLOAT_OFFSET: u64 = 1 << 49;
/// Ints outside `-INT_LIMIT..INT_LIMIT` live on the heap.
pub(crate) const INT_LIMIT: i64 = 1 << 48;

/// An uncounted value word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Value(*mut u8);

impl Value {
    pub(crate) const NULL: Self = Self::special(0);
    pub(crate) const NONE: Self = Self::special(2);
    pub(crate) const FALSE: Self = Self::special(6);
    pub(crate) const TRUE: Self = Self::special(7);
    pub(crate) const ELLIPSIS: Self = Self::special(8);
    pub(crate) const NOT_IMPLEMENTED: Self = Self::special(9);

    const fn special(bits: usize) -> Self {
        Self(std::ptr::without_provenance_mut(bits))
    }

    #[inline(always)]
    fn from_bits(bits: u64) -> Self {
        Self(std::ptr::without_provenance_mut(bits as usize))
    }

    #[inline(always)]
    pub(crate) fn bits(self) -> u64 {
        self.0.addr() as u64
    }

    #[inline(always)]
    pub(crate) fn is_null(self) -> bool {
        self.0.is_null()
    }

    #[inline(always)]
    pub(crate) fn from_header(header: *mut Header) -> Self {
        Self(header.cast())
    }

    /// Whether the word points to a heap object (false for NULL).
    #[inline(always)]
    pub(crate) fn is_obj(self) -> bool {
        self.bits().wrapping_sub(16) < 1 << 47
    }

    /// The object's header; meaningful only when [`Self::is_obj`].
    #[inline(always)]
    pub(crate) fn header(self) -> *mut Header {
        self.0.cast()
    }

    #[inline(always)]
    pub(crate) fn bool(b: bool) -> Self {
        if b { Self::TRUE } else { Self::FALSE }
    }

    /// An int that is known to fit 49 bits.
    #[inline(always)]
    pub(crate) fn small_int(i: i64) -> Self {
        debug_assert!((-INT_LIMIT..INT_LIMIT).contains(&i));
        Self::from_bits((i as u64 & !INT_TAG) | INT_TAG)
    }

    #[inline(always)]
    pub(crate) fn is_int(self) -> bool {
        self.bits() >= INT_TAG
    }

    #[inline(always)]
    pub(crate) fn both_int(a: Self, b: Self) -> bool {
        a.bits() & b.bits() >= INT_TAG
    }

    /// The int's value; meaningful only when [`Self::is_int`].
    #[inline(always)]
    pub(crate) fn as_int(self) -> i64 {
        ((self.bits() << 15) as i64) >> 15
    }

    /// The payload shifted to the top, so that 64-bit overflow is 49-bit overflow.
    #[inline(always)]
    fn shifted(self) -> i64 {
        (self.bits() << 15) as i64
    }

    #[inline(always)]
    fn from_shifted(shifted: i64) -> Self {
        Self::from_bits((shifted as u64 >> 15) | INT_TAG)
    }

    #[inline(always)]
    pub(crate) fn int_add(a: Self, b: Self) -> Option<Self> {
        a.shifted().checked_add(b.shifted()).map(Self::from_shifted)
    }

    #[inline(always)]
    pub(crate) fn int_sub(a: Self, b: Self) -> Option<Self> {
        a.shifted().checked_sub(b.shifted()).map(Self::from_shifted)
    }

    #[inline(always)]
    pub(crate) fn int_mul(a: Self, b: Self) -> Option<Self> {
        a.shifted().checked_mul(b.as_int()).map(Self::from_shifted)
    }

    /// An immediate float, or `None` for a NaN, whose identity must be kept.
    #[inline(always)]
    pub(crate) fn float(f: f64) -> Option<Self> {
        if f.is_nan() {
            None
        } else {
            Some(Self::from_bits(f.to_bits() + FLOAT_OFFSET))
        }
    }

    #[inline(always)]
    pub(crate) fn is_float(self) -> bool {
        self.bits().wrapping_sub(FLOAT_OFFSET) < INT_TAG - FLOAT_OFFSET
    }

    #[inline(always)]
    pub(crate) fn as_float(self) -> f64 {
        f64::from_bits(self.bits().wrapping_sub(FLOAT_OFFSET))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_and_floats_round_trip() {
        for i in [0, 1, -1, 42, INT_LIMIT - 1, -INT_LIMIT] {
            let v = Value::small_int(i);
            assert!(v.is_int() && !v.is_float() && !v.is_obj());
            assert_eq!(v.as_int(), i);
        }
        for f in [
            0.0,
            -0.0,
            1.5,
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::INFINITY,
            f64::NEG_INFINITY,
            5e-324,
        ] {
            let v = Value::float(f).unwrap();
            assert!(v.is_float() && !v.is_int() && !v.is_obj());
            assert_eq!(v.as_float().to_bits(), f.to_bits());
        }
        for v in [
            Value::NULL,
            Value::NONE,
            Value::TRUE,
            Value::FALSE,
            Value::ELLIPSIS,
        ] {
            assert!(!v.is_obj() && !v.is_int() && !v.is_float());
        }
        let max = Value::small_int(INT_LIMIT - 1);
        assert!(Value::int_add(max, Value::small_int(1)).is_none());
        assert!(Value::int_mul(max, Value::small_int(2)).is_none());
        assert_eq!(
            Value::int_sub(Value::small_int(3), Value::small_int(5))
                .unwrap()
                .as_int(),
            -2
        );
    }
}
