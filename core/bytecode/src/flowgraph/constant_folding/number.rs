//! Arithmetic on numbers to CPython's last bit (`longobject.c`, `floatobject.c`, `complexobject.c`).

use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};

/// The nearest float, or `None` beyond the largest.
pub(super) fn int_to_float(value: &BigInt) -> Option<f64> {
    value.to_f64().filter(|value| value.is_finite())
}

/// Quotient rounded down and remainder; `None` by zero.
pub(super) fn floor_div_mod(a: &BigInt, b: &BigInt) -> Option<(BigInt, BigInt)> {
    (!b.is_zero()).then(|| a.div_mod_floor(b))
}

/// `a / b` rounded once (`long_true_divide`).
pub(super) fn divide_ints(a: &BigInt, b: &BigInt) -> Option<f64> {
    const EXACT: u64 = 53;
    /// Two bits below the least a float can hold.
    const LEAST: i64 = 1076;
    if b.is_zero() {
        return None;
    }
    if a.bits() <= EXACT && b.bits() <= EXACT {
        return Some(a.to_f64()? / b.to_f64()?);
    }
    // A quotient of some 66 bits, its last bit set if the rest is not zero,
    // rounds as the exact one does.
    let magnitude = i64::try_from(a.bits()).ok()? - i64::try_from(b.bits()).ok()?;
    let shift = (66 - magnitude).min(LEAST);
    let (dividend, divisor) = if shift >= 0 {
        (a.abs() << shift as u64, b.abs())
    } else {
        (a.abs(), b.abs() << shift.unsigned_abs())
    };
    let (mut quotient, rest) = dividend.div_rem(&divisor);
    if !rest.is_zero() {
        quotient |= BigInt::from(1);
    }
    if shift == LEAST {
        // Below the normal range: round to even here, the scaling is exact then.
        let low = (&quotient & BigInt::from(7)).to_u64()?;
        quotient >>= 2;
        if low & 3 > 2 || low & 7 == 6 {
            quotient += 1;
        }
        quotient <<= 2;
    }
    let mut value = quotient.to_f64()?;
    // In steps, as the power of two alone may be out of range.
    let mut left = -shift;
    while left != 0 {
        let step = left.clamp(-500, 500);
        value *= 2_f64.powi(step as i32);
        left -= step;
    }
    let value = if (a.sign() == Sign::Minus) == (b.sign() == Sign::Minus) {
        value
    } else {
        -value
    };
    value.is_finite().then_some(value)
}

/// `a // b` and `a % b` (`_float_div_mod`); `b` is not zero.
pub(super) fn float_floor_div_mod(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest != 0.0 {
        if (b < 0.0) != (rest < 0.0) {
            rest += b;
            quotient -= 1.0;
        }
    } else {
        rest = 0_f64.copysign(b);
    }
    let floored = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        }
    } else {
        0_f64.copysign(a / b)
    };
    (floored, rest)
}

/// `a ** b` where the result is real (`float_pow`).
pub(super) fn float_power(a: f64, b: f64) -> Option<f64> {
    if a == 0.0 && b < 0.0 && b.is_finite() {
        return None;
    }
    // A NaN comes through as it is, sign included, which the C library's power may turn.
    if b != 0.0 && a.is_nan() {
        return Some(a);
    }
    if a != 1.0 && b.is_nan() {
        return Some(b);
    }
    let value = a.powf(b);
    // Overflow is an error; infinity from infinity is not.
    if value.is_infinite() && a.is_finite() && b.is_finite() {
        None
    } else {
        Some(value)
    }
}

type Complex = (f64, f64);

/// C99's product, which keeps infinities that the formula would lose (`_Py_c_prod`).
pub(super) fn complex_product((mut a, mut b): Complex, (mut c, mut d): Complex) -> Complex {
    let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
    let (mut re, mut im) = (ac - bd, ad + bc);
    if re.is_nan() && im.is_nan() {
        let no_nan = |x: f64| if x.is_nan() { 0_f64.copysign(x) } else { x };
        let mut recalculate = false;
        if a.is_infinite() || b.is_infinite() {
            (a, b, c, d) = (unit(a), unit(b), no_nan(c), no_nan(d));
            recalculate = true;
        }
        if c.is_infinite() || d.is_infinite() {
            (a, b, c, d) = (no_nan(a), no_nan(b), unit(c), unit(d));
            recalculate = true;
        }
        if !recalculate && [ac, bd, ad, bc].iter().any(|x| x.is_infinite()) {
            (a, b, c, d) = (no_nan(a), no_nan(b), no_nan(c), no_nan(d));
            recalculate = true;
        }
        if recalculate {
            re = f64::INFINITY * (a * c - b * d);
            im = f64::INFINITY * (a * d + b * c);
        }
    }
    (re, im)
}

/// The sign of an infinity, zero of the same sign for all else.
fn unit(value: f64) -> f64 {
    (if value.is_infinite() { 1.0_f64 } else { 0.0 }).copysign(value)
}

/// Smith's quotient, with C99's infinities and zeros where it loses them
/// (`_Py_c_quot`); `None` by zero.
pub(super) fn complex_quotient((a, b): Complex, (c, d): Complex) -> Option<Complex> {
    let (re, im) = if c.abs() >= d.abs() {
        if c == 0.0 {
            return None;
        }
        let ratio = d / c;
        let denominator = c + d * ratio;
        ((a + b * ratio) / denominator, (b - a * ratio) / denominator)
    } else if d.abs() >= c.abs() {
        let ratio = c / d;
        let denominator = c * ratio + d;
        ((a * ratio + b) / denominator, (b * ratio - a) / denominator)
    } else {
        (f64::NAN, f64::NAN)
    };
    if re.is_nan() && im.is_nan() {
        if (a.is_infinite() || b.is_infinite()) && c.is_finite() && d.is_finite() {
            let (x, y) = (unit(a), unit(b));
            return Some((
                f64::INFINITY * (x * c + y * d),
                f64::INFINITY * (y * c - x * d),
            ));
        }
        if (c.is_infinite() || d.is_infinite()) && a.is_finite() && b.is_finite() {
            let (x, y) = (unit(c), unit(d));
            return Some((0.0 * (a * x + b * y), 0.0 * (b * x - a * y)));
        }
    }
    Some((re, im))
}

/// A real number by a complex one (`_Py_rc_quot`): its missing imaginary part is no zero.
pub(super) fn real_by_complex(a: f64, (c, d): Complex) -> Option<Complex> {
    let (re, im) = if c.abs() >= d.abs() {
        if c == 0.0 {
            return None;
        }
        let ratio = d / c;
        let denominator = c + d * ratio;
        (a / denominator, (-a * ratio) / denominator)
    } else if d.abs() >= c.abs() {
        let ratio = c / d;
        let denominator = c * ratio + d;
        ((a * ratio) / denominator, -a / denominator)
    } else {
        (f64::NAN, f64::NAN)
    };
    if re.is_nan() && im.is_nan() && a.is_finite() && (c.is_infinite() || d.is_infinite()) {
        return Some((0.0 * (a * unit(c)), 0.0 * (-a * unit(d))));
    }
    Some((re, im))
}

/// `a ** b` (`complex_pow`): small whole exponents by multiplication.
pub(super) fn complex_power(base: Complex, exponent: Complex) -> Option<Complex> {
    let (re, im) = exponent;
    let value = if im == 0.0 && re == re.floor() && re.abs() <= 100.0 {
        let power = complex_whole_power(base, re.abs() as u32);
        if re < 0.0 {
            complex_quotient((1.0, 0.0), power)?
        } else {
            power
        }
    } else {
        complex_general_power(base, exponent)?
    };
    (!value.0.is_infinite() && !value.1.is_infinite()).then_some(value)
}

fn complex_whole_power(base: Complex, exponent: u32) -> Complex {
    let (mut result, mut power) = ((1.0, 0.0), base);
    let mut bits = exponent;
    while bits > 0 {
        if bits & 1 == 1 {
            result = complex_product(result, power);
        }
        bits >>= 1;
        power = complex_product(power, power);
    }
    result
}

fn complex_general_power((a, b): Complex, (c, d): Complex) -> Option<Complex> {
    if c == 0.0 && d == 0.0 {
        return Some((1.0, 0.0));
    }
    if a == 0.0 && b == 0.0 {
        return (d == 0.0 && (c >= 0.0 || c.is_nan())).then_some((0.0, 0.0));
    }
    let modulus = a.hypot(b);
    let mut len = modulus.powf(c);
    let angle = b.atan2(a);
    let mut phase = angle * c;
    if d != 0.0 {
        len *= (-angle * d).exp();
        phase += d * modulus.ln();
    }
    // The sine of infinity is a domain error.
    (!phase.is_infinite()).then(|| (len * phase.cos(), len * phase.sin()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_keeps_its_sign() {
        for nan in [f64::NAN, -f64::NAN] {
            for other in [-1.0, 3.0, 0.5, f64::INFINITY] {
                for value in [float_power(nan, other), float_power(other, nan)] {
                    assert_eq!(
                        value.map(f64::to_bits),
                        Some(nan.to_bits()),
                        "{nan} {other}"
                    );
                }
            }
            assert_eq!(float_power(nan, 0.0), Some(1.0));
            assert_eq!(float_power(1.0, nan), Some(1.0));
        }
    }
}
