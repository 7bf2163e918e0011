//! Numbers from text: what `int()`, `float()` and `complex()` accept.

use std::borrow::Cow;

use num_bigint::BigInt;

use super::complex::Complex;
use crate::text::{Text, unicode};

/// The text with white space and decimal digits of any script made ASCII, and
/// every other such character made a `?`, which no number contains.
pub(crate) fn to_ascii(text: Text<'_>) -> Cow<'_, str> {
    if let Some(text) = text.as_ascii() {
        return Cow::Borrowed(text);
    }
    let map = |c: u32| match unicode::decimal(c) {
        _ if c < 0x80 => char::from(c as u8),
        Some(digit) => char::from(b'0' + digit),
        None if unicode::is_space(c) => ' ',
        None => '?',
    };
    Cow::Owned(text.code_points().map(map).collect())
}

fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\x1c'..='\x1f' | ' ')
}

/// Why `int(text, base)` failed.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum IntError {
    /// `invalid literal for int() with base ...`
    Invalid,
    /// More decimal digits than the limit.
    TooLong(usize),
}

/// `int(text, base)`; the base is 0 or 2 to 36; a limit of 0 is none.
pub(crate) fn int(text: &str, base: u32, limit: usize) -> Result<BigInt, IntError> {
    let text = text.trim_matches(is_space);
    let (negative, text) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let prefix = match text.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => Some(16),
        Some("0o") => Some(8),
        Some("0b") => Some(2),
        _ => None,
    };
    let mut digits = text;
    let radix = match (base, prefix) {
        (0, Some(radix)) => radix,
        (0, None) => 10,
        _ => base,
    };
    if prefix == Some(radix) {
        digits = &text[2..];
        digits = digits.strip_prefix('_').unwrap_or(digits);
    }
    let value = digits_value(digits, radix, limit)?;
    // `010` is neither octal nor decimal.
    if base == 0 && prefix.is_none() && text.starts_with('0') && value != BigInt::ZERO {
        return Err(IntError::Invalid);
    }
    Ok(if negative { -value } else { value })
}

fn digits_value(digits: &str, radix: u32, limit: usize) -> Result<BigInt, IntError> {
    if !underscores_separate(digits, |c| c.is_digit(radix)) {
        return Err(IntError::Invalid);
    }
    let digits: Cow<'_, str> = if digits.contains('_') {
        Cow::Owned(digits.replace('_', ""))
    } else {
        Cow::Borrowed(digits)
    };
    if digits.len() <= 18 {
        return i64::from_str_radix(&digits, radix)
            .map(BigInt::from)
            .map_err(|_| IntError::Invalid)
            .or_else(|_| BigInt::parse_bytes(digits.as_bytes(), radix).ok_or(IntError::Invalid));
    }
    if limit > 0 && digits.len() > limit && !radix.is_power_of_two() {
        return Err(IntError::TooLong(digits.len()));
    }
    BigInt::parse_bytes(digits.as_bytes(), radix).ok_or(IntError::Invalid)
}

/// Digits with at most one underscore between any two, none at the ends.
fn underscores_separate(text: &str, is_digit: impl Fn(char) -> bool) -> bool {
    let mut after_digit = false;
    for c in text.chars() {
        if c == '_' {
            if !after_digit {
                return false;
            }
            after_digit = false;
        } else if is_digit(c) {
            after_digit = true;
        } else {
            return false;
        }
    }
    after_digit
}

/// `float(text)`.
pub(crate) fn float(text: &str) -> Option<f64> {
    let text = text.trim_matches(is_space);
    if text.contains('_') {
        return plain_float(&without_underscores(text)?);
    }
    plain_float(text)
}

/// Underscores may stand between two digits only.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    for (at, _) in text.match_indices('_') {
        let digit = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(u8::is_ascii_digit)
        };
        if !digit(at.checked_sub(1)) || !digit(Some(at + 1)) {
            return None;
        }
    }
    Some(text.replace('_', ""))
}

fn plain_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    let named = matches!(&*lower, "inf" | "infinity" | "nan");
    if !named
        && !(unsigned
            .bytes()
            .all(|c| matches!(c, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')))
    {
        return None;
    }
    if unsigned.starts_with(['+', '-']) {
        return None;
    }
    text.parse().ok()
}

/// The length of the longest prefix that is a float, signs and names included.
fn float_prefix(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let lower = text[at..].to_ascii_lowercase();
    for name in ["infinity", "inf", "nan"] {
        if lower.starts_with(name) {
            return at + name.len();
        }
    }
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let start = at;
    at = digits(at);
    let mut any = at > start;
    if bytes.get(at) == Some(&b'.') {
        let end = digits(at + 1);
        any |= end > at + 1;
        if !any {
            return 0;
        }
        at = end;
    }
    if !any {
        return 0;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let end = digits(at + 1 + sign);
        if end > at + 1 + sign {
            at = end;
        }
    }
    at
}

/// `complex(text)`.
pub(crate) fn complex(text: &str) -> Option<Complex> {
    let mut text = text.trim_matches(is_space);
    if let Some(inner) = text.strip_prefix('(') {
        text = inner.strip_suffix(')')?.trim_matches(is_space);
    }
    let clean: Cow<'_, str> = if text.contains('_') {
        Cow::Owned(without_underscores(text)?)
    } else {
        Cow::Borrowed(text)
    };
    let text = &*clean;
    let is_j = |c: &str| c.eq_ignore_ascii_case("j");
    let part = |text: &str| match text {
        "" | "+" => Some(1.0),
        "-" => Some(-1.0),
        _ => plain_float(text),
    };
    let first = float_prefix(text);
    if first == 0 {
        // `j`, `+j`, `-j`
        let (sign, rest) = text.split_at(usize::from(text.starts_with(['+', '-'])));
        return is_j(rest)
            .then(|| part(sign))
            .flatten()
            .map(|imag| Complex { real: 0.0, imag });
    }
    let (head, rest) = text.split_at(first);
    if rest.is_empty() {
        return plain_float(head).map(|real| Complex { real, imag: 0.0 });
    }
    if is_j(rest) {
        return plain_float(head).map(|imag| Complex { real: 0.0, imag });
    }
    if !rest.starts_with(['+', '-']) {
        return None;
    }
    let second = float_prefix(rest).max(1);
    let (imag, suffix) = rest.split_at(second);
    is_j(suffix).then_some(())?;
    Some(Complex {
        real: plain_float(head)?,
        imag: part(imag)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints() {
        let check = |text: &str, base, expected: Option<i64>| {
            assert_eq!(
                int(text, base, 4300).ok(),
                expected.map(BigInt::from),
                "int({text:?}, {base})"
            );
        };
        check(" 12 ", 10, Some(12));
        check("-1_000", 10, Some(-1000));
        for bad in [
            "", "_1", "1_", "1__0", "1 2", "0x10", "--1", "+", "1.0", "é",
        ] {
            check(bad, 10, None);
        }
        check("0x_1F", 0, Some(31));
        check("0x1f", 16, Some(31));
        check("1f", 16, Some(31));
        check("0b11", 2, Some(3));
        check("0b1", 16, Some(0xB1));
        check("0o17", 8, Some(15));
        check("010", 0, None);
        check("000", 0, Some(0));
        check("010", 10, Some(10));
        check("zz", 36, Some(35 * 36 + 35));
        check("9", 8, None);
        assert_eq!(
            int(&"9".repeat(4301), 10, 4300),
            Err(IntError::TooLong(4301))
        );
        assert_eq!(
            int(&"f".repeat(50), 16, 10).unwrap(),
            (BigInt::from(1) << 200) - 1
        );
        assert_eq!(
            to_ascii(crate::text::TextBuf::from("\u{2003}\u{663}４x").as_text()),
            " 34x"
        );
    }

    #[test]
    fn floats() {
        for (text, expected) in [
            (" 1.5 ", Some(1.5)),
            ("1_0.2_5", Some(10.25)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("-1e-3", Some(-0.001)),
            ("1e400", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("+inf", Some(f64::INFINITY)),
            (".", None),
            ("1_.0", None),
            ("1e", None),
            ("infinit", None),
            ("0x1", None),
            ("", None),
            ("--1", None),
            ("+-1", None),
        ] {
            assert_eq!(float(text), expected, "{text:?}");
        }
        assert!(float("-NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn complexes() {
        for (text, expected) in [
            ("1+2j", Some((1.0, 2.0))),
            (" ( 1-2J ) ", Some((1.0, -2.0))),
            ("j", Some((0.0, 1.0))),
            ("-j", Some((0.0, -1.0))),
            ("3", Some((3.0, 0.0))),
            ("3j", Some((0.0, 3.0))),
            ("1e3-j", Some((1000.0, -1.0))),
            ("inf-infj", Some((f64::INFINITY, f64::NEG_INFINITY))),
            ("1 + 2j", None),
            ("1+2", None),
            ("(1+2j", None),
            ("1j+2", None),
            ("", None),
        ] {
            assert_eq!(
                complex(text).map(|c| (c.real, c.imag)),
                expected,
                "{text:?}"
            );
        }
    }
}
