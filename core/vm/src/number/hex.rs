//! `float.hex` and `float.fromhex`.

use super::{compose, decompose};

/// `float.hex(value)`.
pub(crate) fn to_hex(value: f64) -> String {
    if !value.is_finite() {
        return super::digits::repr(value);
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let (mantissa, exponent) = decompose(value);
    let fraction = mantissa & ((1 << 52) - 1);
    format!(
        "{sign}0x{}.{fraction:013x}p{:+}",
        mantissa >> 52,
        exponent + 52
    )
}

/// Why `fromhex` failed.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum HexError {
    /// `invalid hexadecimal floating-point string`
    Invalid,
    /// `hexadecimal value too large to represent as a float`
    Overflow,
}

/// `float.fromhex(text)`.
pub(crate) fn from_hex(text: &str) -> Result<f64, HexError> {
    let text = text.trim_matches(|c| matches!(c, '\t'..='\r' | ' '));
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = text.to_ascii_lowercase();
    match &*lower {
        "inf" | "infinity" => return Ok(sign * f64::INFINITY),
        "nan" => return Ok(f64::NAN.copysign(sign)),
        _ => {}
    }
    let body = lower.strip_prefix("0x").unwrap_or(&lower);
    let (digits, exponent) = match body.split_once('p') {
        Some((digits, exponent)) => (digits, decimal_exponent(exponent).ok_or(HexError::Invalid)?),
        None => (body, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() + fraction.len() == 0
        || !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|c| c.is_ascii_hexdigit())
    {
        return Err(HexError::Invalid);
    }
    let mut exponent = exponent.saturating_sub(4 * fraction.len() as i64);
    let (mut mantissa, mut sticky) = (0_u128, false);
    for digit in whole
        .chars()
        .chain(fraction.chars())
        .filter_map(|c| c.to_digit(16))
    {
        if mantissa >> 120 == 0 {
            mantissa = mantissa << 4 | u128::from(digit);
        } else {
            sticky |= digit != 0;
            exponent = exponent.saturating_add(4);
        }
    }
    if mantissa == 0 {
        return Ok(sign * 0.0);
    }
    compose(mantissa, exponent.clamp(-1 << 40, 1 << 40), sticky)
        .map(|value| sign * value)
        .ok_or(HexError::Overflow)
}

fn decimal_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let size = digits.trim_start_matches('0');
    let size = if size.len() > 15 {
        1 << 50
    } else {
        size.parse().unwrap_or(0)
    };
    Some(if text.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (value, text) in [
            (6.25, "0x1.9000000000000p+2"),
            (0.0, "0x0.0p+0"),
            (-0.1, "-0x1.999999999999ap-4"),
            (5e-324, "0x0.0000000000001p-1022"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(to_hex(value), text);
            assert_eq!(from_hex(text), Ok(value));
        }
        assert_eq!(from_hex(" 0xA.8 "), Ok(10.5));
        assert_eq!(from_hex("1p-1075"), Ok(0.0));
        assert_eq!(from_hex("1.8p-1075"), Ok(5e-324));
        assert_eq!(from_hex("1p1024"), Err(HexError::Overflow));
        assert_eq!(from_hex("0x1.fffffffffffff7p1023"), Ok(f64::MAX));
        assert_eq!(from_hex("0x1.fffffffffffff8p1023"), Err(HexError::Overflow));
        for bad in ["", "0x", "1p", "0x1.g", "1 p1", "--1"] {
            assert_eq!(from_hex(bad), Err(HexError::Invalid), "{bad}");
        }
    }
}
