//! `float`: floor division, powers, ratios, hashes.

use num_bigint::BigInt;

use super::{HASH_INF, HASH_MODULUS, decompose};

/// `hash(float)` of one that is not a NaN, whose hash is its object's.
pub(crate) fn hash(value: f64) -> i64 {
    if value.is_infinite() {
        return if value > 0.0 { HASH_INF } else { -HASH_INF };
    }
    if value == 0.0 {
        return 0;
    }
    // 2**61 is 1 modulo 2**61 - 1, so multiplying by a power of two is a rotation.
    let (mantissa, exponent) = decompose(value);
    let residue = mantissa % HASH_MODULUS;
    let rotation = exponent.rem_euclid(61) as u32;
    let rotated = if rotation == 0 {
        residue
    } else {
        (residue << rotation & HASH_MODULUS) | residue >> (61 - rotation)
    };
    let hash = rotated as i64;
    crate::hash::not_minus_one(if value < 0.0 { -hash } else { hash })
}

/// `a // b` and `a % b`; `b` is not zero.
pub(crate) fn div_mod(a: f64, b: f64) -> (f64, f64) {
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder != 0.0 {
        if (b < 0.0) != (remainder < 0.0) {
            remainder += b;
            quotient -= 1.0;
        }
    } else {
        remainder = 0.0_f64.copysign(b);
    }
    let floor = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        }
    } else {
        0.0_f64.copysign(a / b)
    };
    (floor, remainder)
}

/// `a % b`; `b` is not zero.
pub(crate) fn modulo(a: f64, b: f64) -> f64 {
    let remainder = a % b;
    if remainder == 0.0 {
        0.0_f64.copysign(b)
    } else if (b < 0.0) != (remainder < 0.0) {
        remainder + b
    } else {
        remainder
    }
}

/// What `a ** b` comes to.
#[derive(PartialEq, Debug)]
pub(crate) enum Pow {
    Value(f64),
    /// A negative number to a power that is not whole: a complex number.
    Complex,
    /// `zero to a negative power`
    ZeroDivision,
    /// `(34, 'Numerical result out of range')`
    Overflow,
}

/// `a ** b`.
pub(crate) fn pow(a: f64, b: f64) -> Pow {
    if b == 0.0 || a == 1.0 {
        return Pow::Value(1.0);
    }
    if a.is_nan() || b.is_nan() {
        return Pow::Value(a + b);
    }
    if a == 0.0 && b < 0.0 && b.is_finite() {
        return Pow::ZeroDivision;
    }
    if a == 0.0 && b == f64::NEG_INFINITY {
        return Pow::ZeroDivision;
    }
    if a == -1.0 && b.is_infinite() {
        return Pow::Value(1.0);
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
        return Pow::Complex;
    }
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return Pow::Overflow;
    }
    Pow::Value(result)
}

/// `round(value)`: to an integral float, halves to even.
pub(crate) fn round_half_even(value: f64) -> f64 {
    value.round_ties_even()
}

/// `float.as_integer_ratio()` of a finite value.
pub(crate) fn as_integer_ratio(value: f64) -> (BigInt, BigInt) {
    if value == 0.0 {
        return (BigInt::from(0), BigInt::from(1));
    }
    let (mantissa, exponent) = decompose(value);
    let zeros = mantissa.trailing_zeros();
    let (mantissa, exponent) = (mantissa >> zeros, exponent + zeros as i32);
    let mut numerator = BigInt::from(mantissa);
    let mut denominator = BigInt::from(1);
    if exponent >= 0 {
        numerator <<= exponent;
    } else {
        denominator <<= exponent.unsigned_abs();
    }
    (
        if value < 0.0 { -numerator } else { numerator },
        denominator,
    )
}

/// A sum of floats that carries its rounding errors along (Neumaier's), as
/// CPython's `sum` does.
#[derive(Clone, Copy, Default)]
pub(crate) struct CompensatedSum {
    high: f64,
    low: f64,
}

impl CompensatedSum {
    pub(crate) fn new(start: f64) -> Self {
        Self {
            high: start,
            low: 0.0,
        }
    }

    pub(crate) fn add(&mut self, value: f64) {
        let sum = self.high + value;
        if self.high.abs() >= value.abs() {
            self.low += (self.high - sum) + value;
        } else {
            self.low += (value - sum) + self.high;
        }
        self.high = sum;
    }

    pub(crate) fn total(self) -> f64 {
        // An infinite or NaN correction would spoil an infinite sum.
        if self.low != 0.0 && self.low.is_finite() {
            self.high + self.low
        } else {
            self.high
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic() {
        for (a, b, quotient, remainder) in [
            (7.0, 2.0, 3.0, 1.0),
            (-7.0, 2.0, -4.0, 1.0),
            (7.0, -2.0, -4.0, -1.0),
            (1.0, 0.1, 9.0, 0.099_999_999_999_999_95),
            (5.0, f64::INFINITY, 0.0, 5.0),
            (-5.0, f64::INFINITY, -1.0, f64::INFINITY),
        ] {
            assert_eq!(div_mod(a, b), (quotient, remainder));
            assert_eq!(modulo(a, b), remainder);
        }
        assert_eq!(pow(2.0, 0.5), Pow::Value(std::f64::consts::SQRT_2));
        assert_eq!(pow(-8.0, 1.0 / 3.0), Pow::Complex);
        assert_eq!(pow(0.0, -1.0), Pow::ZeroDivision);
        assert_eq!(pow(10.0, 400.0), Pow::Overflow);
        assert_eq!(as_integer_ratio(-0.75), ((-3).into(), 4.into()));
        let mut sum = CompensatedSum::new(0.0);
        (0..10).for_each(|_| sum.add(0.1));
        assert_eq!(sum.total(), 1.0);
    }

    #[test]
    fn hashes() {
        for (value, expected) in [
            (1.5, 1_152_921_504_606_846_977),
            (-0.1, -230_584_300_921_369_408),
            (1e300, 1_224_995_262_755_759_164),
            (-1.0, -2),
            (3.0, 3),
            (5e-324, 16_777_216),
        ] {
            assert_eq!(hash(value), expected, "{value}");
        }
    }
}
