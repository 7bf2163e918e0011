//! Numbers without objects: `int` of any size as `BigInt`, `float`, `complex`.
//!
//! Every result is CPython's to the last bit: divisions and conversions round
//! once, halves to even.
#![forbid(unsafe_code)]

pub(crate) mod complex;
pub(crate) mod digits;
pub(crate) mod float;
pub mod half;
pub(crate) mod hex;
pub(crate) mod int;
pub(crate) mod parse;

/// 2^61 - 1: numeric hashes are residues of this prime.
pub(crate) const HASH_MODULUS: u64 = (1 << 61) - 1;

/// `hash(inf)`; of minus infinity, the negative.
pub(crate) const HASH_INF: i64 = 314_159;

/// The double nearest to `(mantissa + fraction) * 2**exponent`, where `sticky`
/// says whether there is a fraction between 0 and 1; `None` if it overflows.
pub(crate) fn compose(mantissa: u128, exponent: i64, sticky: bool) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let bits = i64::from(128 - mantissa.leading_zeros());
    let top = exponent + bits;
    if top > 1024 {
        return None;
    }
    // Subnormals have fewer bits.
    let precision = if top > -1022 { 53 } else { top + 1074 };
    if precision < 0 {
        return Some(0.0);
    }
    let shift = bits - precision;
    if shift <= 0 {
        return Some(scale(mantissa as f64, exponent));
    }
    let kept = if shift >= 128 { 0 } else { mantissa >> shift };
    let rest = if shift >= 128 {
        mantissa
    } else {
        mantissa & ((1 << shift) - 1)
    };
    let half = 1_u128 << (shift - 1);
    let up = rest > half || (rest == half && (sticky || kept & 1 == 1));
    let rounded = scale((kept + u128::from(up)) as f64, exponent + shift);
    rounded.is_finite().then_some(rounded)
}

/// `value * 2**exponent` for an integral `value` below 2**54, exact wherever the
/// result is representable.
pub(crate) fn scale(value: f64, exponent: i64) -> f64 {
    let power = |exponent: i64| f64::from_bits(((exponent + 1023) as u64) << 52);
    match exponent {
        1024.. => value * power(1023) * power((exponent - 1023).min(1023)),
        -1022..=1023 => value * power(exponent),
        // The first product is a normal number, so only the second may round.
        _ => value * power(-1022) * power((exponent + 1022).max(-1022)),
    }
}

/// Splits a finite nonzero double into a mantissa and an exponent:
/// `value = mantissa * 2**exponent`, exactly.
pub(crate) fn decompose(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7FF) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, exponent - 1075)
    }
}
