//! Arithmetic on `int`s of any size.

use std::cmp::Ordering;

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::{HASH_MODULUS, compose, decompose};

/// `hash(int)`.
pub(crate) fn hash(value: &BigInt) -> i64 {
    let residue = match value.to_i64() {
        Some(small) => return hash_i64(small),
        None => (value.magnitude() % HASH_MODULUS).to_i64().unwrap_or(0),
    };
    crate::hash::not_minus_one(if value.is_negative() {
        -residue
    } else {
        residue
    })
}

/// `hash(int)` of a small one.
pub(crate) fn hash_i64(value: i64) -> i64 {
    let residue = (value.unsigned_abs() % HASH_MODULUS) as i64;
    crate::hash::not_minus_one(if value < 0 { -residue } else { residue })
}

/// `a // b` and `a % b`; `b` is not zero.
pub(crate) fn div_mod(a: &BigInt, b: &BigInt) -> (BigInt, BigInt) {
    a.div_mod_floor(b)
}

/// `a // b` and `a % b` on small ints; `b` is not zero. `None` if it overflows.
pub(crate) fn div_mod_i64(a: i64, b: i64) -> Option<(i64, i64)> {
    let (quotient, remainder) = (a.checked_div(b)?, a.checked_rem(b)?);
    if remainder != 0 && (remainder < 0) != (b < 0) {
        return Some((quotient - 1, remainder + b));
    }
    Some((quotient, remainder))
}

/// `a / b`, rounded once; `b` is not zero. `None` if it overflows.
pub(crate) fn true_div(a: &BigInt, b: &BigInt) -> Option<f64> {
    if let (Some(x), Some(y)) = (a.to_i64(), b.to_i64()) {
        const EXACT: u64 = 1 << 53;
        if x.unsigned_abs() <= EXACT && y.unsigned_abs() <= EXACT {
            return Some(x as f64 / y as f64);
        }
    }
    if a.is_zero() {
        return Some(if b.is_negative() { -0.0 } else { 0.0 });
    }
    let negative = a.is_negative() != b.is_negative();
    let (a, b) = (a.magnitude(), b.magnitude());
    // The quotient gets 66 to 68 bits: enough to round once.
    let shift = 67 - (a.bits() as i64 - b.bits() as i64);
    let (quotient, remainder) = if shift >= 0 {
        (a << shift as u64).div_rem(b)
    } else {
        a.div_rem(&(b << shift.unsigned_abs()))
    };
    let quotient = quotient.to_u128()?;
    let value = compose(quotient, -shift, !remainder.is_zero())?;
    Some(if negative { -value } else { value })
}

/// `float(int)`, rounded to even; `None` if it overflows.
pub(crate) fn to_f64(value: &BigInt) -> Option<f64> {
    let magnitude = value.magnitude();
    let bits = magnitude.bits();
    let result = if bits <= 64 {
        magnitude.to_u64()? as f64
    } else {
        let shift = bits - 64;
        let top = (magnitude >> shift).to_u128()?;
        let sticky = magnitude.trailing_zeros().unwrap_or(0) < shift;
        compose(top, shift as i64, sticky)?
    };
    Some(if value.is_negative() { -result } else { result })
}

/// `int(float)` of a finite float: truncated.
pub(crate) fn from_f64(value: f64) -> BigInt {
    if value.abs() < 9e18 {
        return BigInt::from(value as i64);
    }
    let (mantissa, exponent) = decompose(value);
    let magnitude = if exponent >= 0 {
        BigInt::from(mantissa) << exponent
    } else {
        BigInt::from(mantissa >> -exponent)
    };
    if value < 0.0 { -magnitude } else { magnitude }
}

/// Compares exactly; `None` if `b` is a NaN.
pub(crate) fn compare_f64(a: &BigInt, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    if b.is_infinite() {
        return Some(if b > 0.0 {
            Ordering::Less
        } else {
            Ordering::Greater
        });
    }
    let whole = from_f64(b);
    Some(
        a.cmp(&whole)
            .then_with(|| 0.0_f64.partial_cmp(&b.fract()).unwrap_or(Ordering::Equal)),
    )
}

/// The number of bits of `base ** exponent`, roughly and never too low.
pub(crate) fn pow_bits(base: &BigInt, exponent: u64) -> u64 {
    base.bits().saturating_mul(exponent)
}

/// `base ** exponent`; the caller checks the size.
pub(crate) fn pow(base: &BigInt, exponent: u64) -> BigInt {
    if let Some(shift) = power_of_two(base) {
        let magnitude = BigInt::one() << (shift * exponent);
        return if base.is_negative() && exponent % 2 == 1 {
            -magnitude
        } else {
            magnitude
        };
    }
    let mut result = BigInt::one();
    for bit in (0..64 - exponent.leading_zeros()).rev() {
        result = &result * &result;
        if exponent >> bit & 1 == 1 {
            result *= base;
        }
    }
    result
}

fn power_of_two(value: &BigInt) -> Option<u64> {
    let zeros = value.magnitude().trailing_zeros()?;
    (zeros + 1 == value.bits()).then_some(zeros)
}

/// Why `pow(a, b, c)` failed.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum PowModError {
    /// `pow() 3rd argument cannot be 0`
    ZeroModulus,
    /// `base is not invertible for the given modulus`
    NotInvertible,
}

/// `pow(base, exponent, modulus)`.
pub(crate) fn pow_mod(
    base: &BigInt,
    exponent: &BigInt,
    modulus: &BigInt,
) -> Result<BigInt, PowModError> {
    if modulus.is_zero() {
        return Err(PowModError::ZeroModulus);
    }
    let size = modulus.abs();
    if size.is_one() {
        return Ok(BigInt::zero());
    }
    let mut base = base.mod_floor(&size);
    let mut exponent = exponent.clone();
    if exponent.is_negative() {
        base = inverse(&base, &size).ok_or(PowModError::NotInvertible)?;
        exponent = -exponent;
    }
    let result = base.modpow(&exponent, &size);
    Ok(if modulus.is_negative() && !result.is_zero() {
        result - size
    } else {
        result
    })
}

fn inverse(value: &BigInt, modulus: &BigInt) -> Option<BigInt> {
    let gcd = value.extended_gcd(modulus);
    gcd.gcd.is_one().then(|| gcd.x.mod_floor(modulus))
}

/// `int.bit_count()`.
pub(crate) fn bit_count(value: &BigInt) -> u64 {
    value
        .magnitude()
        .iter_u64_digits()
        .map(|digit| u64::from(digit.count_ones()))
        .sum()
}

/// `round(value, -digits)`: to a multiple of `10 ** digits`, halves to even.
pub(crate) fn round_to_power_of_ten(value: &BigInt, digits: u64) -> BigInt {
    // Beyond the number's own size the result is zero.
    if digits > value.bits() / 3 + 2 {
        return BigInt::zero();
    }
    let unit = pow(&BigInt::from(10), digits);
    let (quotient, remainder) = value.div_mod_floor(&unit);
    let up = match (&remainder * 2_u32).cmp(&unit) {
        Ordering::Less => false,
        Ordering::Equal => quotient.is_odd(),
        Ordering::Greater => true,
    };
    (quotient + u32::from(up)) * unit
}

/// `int.from_bytes`.
pub(crate) fn from_bytes(bytes: &[u8], little: bool, signed: bool) -> BigInt {
    match (little, signed) {
        (true, true) => BigInt::from_signed_bytes_le(bytes),
        (false, true) => BigInt::from_signed_bytes_be(bytes),
        (true, false) => BigInt::from_bytes_le(Sign::Plus, bytes),
        (false, false) => BigInt::from_bytes_be(Sign::Plus, bytes),
    }
}

/// `int.to_bytes`; `None` if it does not fit. The caller refuses a negative
/// number that is not to be signed.
pub(crate) fn to_bytes(value: &BigInt, len: usize, little: bool, signed: bool) -> Option<Vec<u8>> {
    let mut bytes = if signed {
        value.to_signed_bytes_le()
    } else {
        value.magnitude().to_bytes_le()
    };
    let fill = if value.is_negative() { 0xFF } else { 0 };
    if value.is_zero() {
        bytes.clear();
    }
    if bytes.len() > len {
        return None;
    }
    bytes.resize(len, fill);
    if !little {
        bytes.reverse();
    }
    Some(bytes)
}

/// The digits in base 10, subquadratic: halves are converted apart.
pub(crate) fn to_decimal(value: &BigInt) -> String {
    if value.bits() < 20_000 {
        return value.to_string();
    }
    let mut powers: Vec<BigUint> = vec![pow(&BigInt::from(10), 1024).magnitude().clone()];
    while powers[powers.len() - 1].bits() * 2 <= value.bits() + 1 {
        let last = &powers[powers.len() - 1];
        powers.push(last * last);
    }
    let mut out = String::with_capacity(value.bits() as usize / 3 + 2);
    push_decimal(&mut out, value.magnitude(), &powers, 0);
    let digits = out.trim_start_matches('0');
    format!("{}{digits}", if value.is_negative() { "-" } else { "" })
}

/// Appends `value` with at least `width` digits. The depth is the number of
/// powers, the logarithm of the value's size.
fn push_decimal(out: &mut String, value: &BigUint, powers: &[BigUint], width: usize) {
    let Some((power, smaller)) = powers.split_last() else {
        let digits = value.to_string();
        out.extend(std::iter::repeat_n('0', width.saturating_sub(digits.len())));
        out.push_str(&digits);
        return;
    };
    let low_width = 1024 << smaller.len();
    let (high, low) = value.div_rem(power);
    push_decimal(out, &high, smaller, width.saturating_sub(low_width));
    push_decimal(out, &low, smaller, low_width);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(text: &str) -> BigInt {
        text.parse().unwrap()
    }

    #[test]
    fn division() {
        for (a, b, quotient, remainder) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
            (6, -3, -2, 0),
        ] {
            assert_eq!(
                div_mod(&a.into(), &b.into()),
                (quotient.into(), remainder.into())
            );
            assert_eq!(div_mod_i64(a, b), Some((quotient, remainder)));
        }
        assert_eq!(div_mod_i64(i64::MIN, -1), None);
        let ten = |power: u64| pow(&BigInt::from(10), power);
        assert_eq!(true_div(&ten(400), &ten(399)), Some(10.0));
        assert_eq!(true_div(&ten(400), &1.into()), None);
        assert_eq!(true_div(&1.into(), &ten(323)), Some(1e-323));
        assert_eq!(true_div(&-ten(30), &3.into()), Some(-1e30 / 3.0));
        assert_eq!(true_div(&1.into(), &ten(400)), Some(0.0));
        assert_eq!(
            true_div(&big("9007199254740993"), &1.into()),
            Some(9_007_199_254_740_992.0)
        );
    }

    #[test]
    fn conversion() {
        assert_eq!(
            to_f64(&big("9007199254740993")),
            Some(9_007_199_254_740_992.0)
        );
        assert_eq!(
            to_f64(&big("9007199254740995")),
            Some(9_007_199_254_740_996.0)
        );
        assert_eq!(to_f64(&pow(&10.into(), 308)), Some(1e308));
        assert_eq!(to_f64(&pow(&2.into(), 1024)), None);
        assert_eq!(to_f64(&(pow(&2.into(), 1024) - pow(&2.into(), 970))), None);
        assert_eq!(
            to_f64(&(pow(&2.into(), 1024) - pow(&2.into(), 970) - 1)),
            Some(f64::MAX)
        );
        assert_eq!(from_f64(-1e25), big("-10000000000000000905969664"));
        assert_eq!(compare_f64(&3.into(), 3.5), Some(Ordering::Less));
        assert_eq!(compare_f64(&(-3).into(), -3.5), Some(Ordering::Greater));
        assert_eq!(
            to_decimal(&pow(&7.into(), 30_000)),
            pow(&7.into(), 30_000).to_string()
        );
        assert_eq!(
            to_decimal(&-pow(&10.into(), 8192)),
            (-pow(&10.into(), 8192)).to_string()
        );
    }

    #[test]
    fn powers_bytes_and_hashes() {
        assert_eq!(pow(&3.into(), 40), big("12157665459056928801"));
        assert_eq!(pow(&(-2).into(), 65), big("-36893488147419103232"));
        assert_eq!(pow_mod(&3.into(), &(-1).into(), &7.into()), Ok(5.into()));
        assert_eq!(
            pow_mod(&2.into(), &(-1).into(), &4.into()),
            Err(PowModError::NotInvertible)
        );
        assert_eq!(pow_mod(&2.into(), &3.into(), &(-5).into()), Ok((-2).into()));
        assert_eq!(
            to_bytes(&(-129).into(), 2, false, true),
            Some(vec![0xFF, 0x7F])
        );
        assert_eq!(to_bytes(&255.into(), 1, true, true), None);
        assert_eq!(to_bytes(&0.into(), 0, true, false), Some(vec![]));
        assert_eq!(from_bytes(b"\xff\x7f", false, true), (-129).into());
        assert_eq!(hash(&big("2305843009213693951")), 0);
        assert_eq!(hash(&big("-1")), -2);
        assert_eq!(hash(&pow(&10.into(), 30)), 465_258_685_558_744_706);
        assert_eq!(round_to_power_of_ten(&25.into(), 1), 20.into());
        assert_eq!(round_to_power_of_ten(&(-35).into(), 1), (-40).into());
        assert_eq!(round_to_power_of_ten(&51.into(), 2), 100.into());
    }
}
