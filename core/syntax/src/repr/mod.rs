//! Literals as CPython's `repr` writes them.
//!
//! Everything appends to a `String`. A lone surrogate is never printable, so
//! the text is always well-formed.

mod printable;

use std::fmt::Write as _;

pub use printable::is_printable;

use crate::tree::Constant;
use crate::wtf8::{Wtf8, Wtf8Box};

/// The `repr` of a literal's value.
pub fn constant(out: &mut String, constant: Constant<'_>) {
    match constant {
        Constant::None => out.push_str("None"),
        Constant::True => out.push_str("True"),
        Constant::False => out.push_str("False"),
        Constant::Ellipsis => out.push_str("Ellipsis"),
        Constant::Int(value) => write!(out, "{value}").expect("writing to a String"),
        Constant::BigInt(value) => write!(out, "{value}").expect("writing to a String"),
        Constant::Float(bits) => float(out, f64::from_bits(bits)),
        Constant::Complex(bits) => complex(out, 0.0, f64::from_bits(bits)),
        Constant::Str(value) => wtf8(out, value),
        Constant::Bytes(value) => bytes(out, value),
    }
}

/// The `repr` of a `str`.
pub fn str(out: &mut String, text: &Wtf8Box) {
    wtf8(out, text.as_wtf8());
}

fn wtf8(out: &mut String, text: Wtf8<'_>) {
    let quote = quote_for(text.as_bytes());
    out.push(quote);
    for code_point in text.code_points() {
        match char::from_u32(code_point) {
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c) if c == quote => out.extend(['\\', c]),
            Some(c) if is_printable(c) => out.push(c),
            _ => match code_point {
                0..=0xFF => write!(out, "\\x{code_point:02x}"),
                0x100..=0xFFFF => write!(out, "\\u{code_point:04x}"),
                _ => write!(out, "\\U{code_point:08x}"),
            }
            .expect("writing to a String"),
        }
    }
    out.push(quote);
}

/// The `repr` of a `bytes`.
pub fn bytes(out: &mut String, bytes: &[u8]) {
    let quote = quote_for(bytes);
    out.extend(['b', quote]);
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ if char::from(byte) == quote => out.extend(['\\', quote]),
            b' '..=b'~' => out.push(byte.into()),
            _ => write!(out, "\\x{byte:02x}").expect("writing to a String"),
        }
    }
    out.push(quote);
}

/// Double quotes only around what has single ones but no double ones.
fn quote_for(bytes: &[u8]) -> char {
    if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        '"'
    } else {
        '\''
    }
}

/// The `repr` of a `float`.
pub fn float(out: &mut String, value: f64) {
    let start = out.len();
    shortest(out, value);
    if value.is_finite() && !out[start..].contains(['.', 'e']) {
        out.push_str(".0");
    }
}

/// The `repr` of a `complex`, whose real part is left out if it is a positive zero.
pub fn complex(out: &mut String, real: f64, imag: f64) {
    if real.to_bits() == 0 {
        shortest(out, imag);
        return out.push('j');
    }
    out.push('(');
    shortest(out, real);
    if imag.is_nan() || imag.is_sign_positive() {
        out.push('+');
    }
    shortest(out, imag);
    out.push_str("j)");
}

/// The shortest digits that read back as `value`, in CPython's layout: with an
/// exponent below 1e-4 and from 1e16 on.
pub fn shortest(out: &mut String, value: f64) {
    if value.is_nan() {
        return out.push_str("nan");
    }
    if value.is_sign_negative() {
        out.push('-');
    }
    if value.is_infinite() {
        return out.push_str("inf");
    }
    let scientific = shortest_scientific(value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    if !(-4..16).contains(&exponent) {
        out.push_str(mantissa);
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(out, "e{sign}{:02}", exponent.abs()).expect("writing to a String");
    } else if exponent < 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', (-exponent - 1) as usize));
        out.push_str(&digits);
    } else {
        let point = exponent as usize + 1;
        if digits.len() <= point {
            out.push_str(&digits);
            out.extend(std::iter::repeat_n('0', point - digits.len()));
        } else {
            out.push_str(&digits[..point]);
            out.push('.');
            out.push_str(&digits[point..]);
        }
    }
}

/// The shortest digits as `1.5e-7`.
///
/// Where two such texts are equally near to the value, CPython takes the one with an
/// even last digit, Rust the larger one; that needs as many digits as a float has.
fn shortest_scientific(value: f64) -> String {
    let scientific = format!("{value:e}");
    let digits = scientific
        .bytes()
        .take_while(|&b| b != b'e')
        .filter(u8::is_ascii_digit)
        .count();
    if digits >= 16 {
        let even = format!("{value:.0$e}", digits - 1);
        if even.parse() == Ok(value) {
            return even;
        }
    }
    scientific
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_as_in_cpython() {
        for (value, expected) in [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (2_f64.powi(-25), "2.9802322387695312e-08"),
            (2_f64.powi(-44), "5.684341886080802e-14"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (9999999999999998.0, "9999999999999998.0"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (f64::INFINITY, "inf"),
            (1e300, "1e+300"),
            (5e-324, "5e-324"),
        ] {
            let mut out = String::new();
            float(&mut out, value);
            assert_eq!(out, expected);
        }
        for (real, imag, expected) in [
            (0.0, 2.0, "2j"),
            (-0.0, -2.0, "(-0-2j)"),
            (1.5, 0.0, "(1.5+0j)"),
        ] {
            let mut out = String::new();
            complex(&mut out, real, imag);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn strings_read_as_in_cpython() {
        for (text, expected) in [
            ("", "''"),
            ("it's", "\"it's\""),
            ("'\"", "'\\'\"'"),
            ("a\n\t\r\\\0\x7f", r"'a\n\t\r\\\x00\x7f'"),
            ("é\u{a0}\u{200b}\u{e0001}", "'é\\xa0\\u200b\\U000e0001'"),
        ] {
            let mut out = String::new();
            str(&mut out, &text.into());
            assert_eq!(out, expected);
        }
        let mut out = String::new();
        str(&mut out, &[0xDC80].into_iter().collect());
        assert_eq!(out, r"'\udc80'");
        let mut out = String::new();
        bytes(&mut out, b"it's \xff");
        assert_eq!(out, r#"b"it's \xff""#);
    }
}
