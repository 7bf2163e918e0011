//! The values of numbers.

use std::borrow::Cow;

use num_bigint::BigUint;

use super::LiteralError;
use crate::position::TextRange;

/// `sys.int_info.default_max_str_digits`: converting more digits would be slow.
pub(crate) const MAX_DIGITS: usize = 4300;

/// A number. `Constant` says what its forms hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Number {
    Int(u64),
    BigInt(BigUint),
    Float(u64),
    Complex(u64),
}

/// The value of a `Number` token.
pub(crate) fn number(text: &str) -> Result<Number, LiteralError> {
    // Almost all numbers are a digit or two.
    if text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let value = text
            .bytes()
            .fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
        return Ok(Number::Int(value));
    }
    let clean = if text.contains('_') {
        Cow::Owned(text.replace('_', ""))
    } else {
        Cow::Borrowed(text)
    };
    value(&clean).map_err(|message| {
        let range = TextRange::new(0, text.len() as u32);
        LiteralError { message, range }
    })
}

fn value(text: &str) -> Result<Number, Cow<'static, str>> {
    let bytes = text.as_bytes();
    let radix = match bytes {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 10,
    };
    let integer = |digits: &[u8]| {
        let value = BigUint::parse_bytes(digits, radix).ok_or(Cow::Borrowed("invalid syntax"))?;
        Ok(match u64::try_from(&value) {
            Ok(small) => Number::Int(small),
            Err(_) => Number::BigInt(value),
        })
    };
    if radix != 10 {
        return integer(&bytes[2..]);
    }
    let float = |text: &str| {
        text.parse::<f64>()
            .map(f64::to_bits)
            .map_err(|_| "invalid syntax")
    };
    if let Some(imaginary) = text.strip_suffix(['j', 'J']) {
        return Ok(Number::Complex(float(imaginary)?));
    }
    if bytes.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        return Ok(Number::Float(float(text)?));
    }
    if bytes.len() > MAX_DIGITS {
        return Err(format!(
            "Exceeds the limit ({MAX_DIGITS} digits) for integer string conversion: value has {} digits; \
             use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge \
             integer literals to avoid decimal conversion limits.",
            bytes.len()
        )
        .into());
    }
    integer(bytes)
}
