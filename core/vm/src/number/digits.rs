//! Doubles as decimal digits: the shortest that read back, or a given number of
//! them, exactly rounded; and CPython's `PyOS_double_to_string` on top.

use std::fmt::Write;

/// No double has more decimal digits after the point, so more are zeros. Rust's
/// own formatting takes a precision of 16 bits.
const MAX_EXACT: usize = 1100;

/// Significant digits and the exponent of the first.
fn exponential(value: f64, precision: usize) -> (String, i32) {
    let text = format!("{:.*e}", precision.min(MAX_EXACT), value.abs());
    let (mut digits, exponent) = split_exponent(&text);
    digits.extend(std::iter::repeat_n(
        '0',
        precision.saturating_sub(MAX_EXACT),
    ));
    (digits, exponent)
}

/// The fewest digits that read back as `value`.
fn shortest(value: f64) -> (String, i32) {
    split_exponent(&format!("{:e}", value.abs()))
}

fn split_exponent(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (
        mantissa.chars().filter(|&c| c != '.').collect(),
        exponent.parse().unwrap_or(0),
    )
}

/// How to write a double.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Style {
    /// `e`, `f`, `g`, `r` (shortest) or an upper-case one of the first three.
    pub(crate) code: u8,
    /// Digits, for all but `r`.
    pub(crate) precision: usize,
    /// `#`: keep the point and trailing zeros.
    pub(crate) alternate: bool,
    /// Append `.0` to what looks like an int.
    pub(crate) add_dot_0: bool,
}

/// `repr(float)`.
pub(crate) fn repr(value: f64) -> String {
    to_string(
        value,
        Style {
            code: b'r',
            precision: 0,
            alternate: false,
            add_dot_0: true,
        },
    )
}

/// The text of a double, `-` included.
pub(crate) fn to_string(value: f64, style: Style) -> String {
    let upper = style.code.is_ascii_uppercase();
    let mut text = if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        if value < 0.0 {
            "-inf".to_owned()
        } else {
            "inf".to_owned()
        }
    } else {
        finite(value, style)
    };
    if upper {
        text.make_ascii_uppercase();
    }
    text
}

fn finite(value: f64, style: Style) -> String {
    let mut out = String::new();
    if value.is_sign_negative() {
        out.push('-');
    }
    let Style {
        code,
        mut precision,
        alternate,
        add_dot_0,
    } = style;
    match code.to_ascii_lowercase() {
        b'f' => {
            let _ = write!(out, "{:.*}", precision.min(MAX_EXACT), value.abs());
            out.extend(std::iter::repeat_n(
                '0',
                precision.saturating_sub(MAX_EXACT),
            ));
            if precision == 0 && alternate {
                out.push('.');
            }
        }
        b'e' => {
            let (digits, exponent) = exponential(value, precision);
            push_exponential(&mut out, &digits, exponent, alternate);
        }
        b'r' => {
            let (digits, exponent) = shortest(value);
            if (-4..16).contains(&exponent) {
                push_fixed(&mut out, &digits, exponent, alternate, add_dot_0);
            } else {
                push_exponential(&mut out, &digits, exponent, alternate);
            }
        }
        _ => {
            precision = precision.max(1);
            let (mut digits, exponent) = exponential(value, precision - 1);
            if !alternate {
                let kept = digits.trim_end_matches('0').len().max(1);
                digits.truncate(kept);
            }
            let limit = i32::try_from(precision).unwrap_or(i32::MAX) - i32::from(add_dot_0);
            if exponent >= -4 && exponent < limit {
                push_fixed(&mut out, &digits, exponent, alternate, add_dot_0);
            } else {
                push_exponential(&mut out, &digits, exponent, alternate);
            }
        }
    }
    out
}

fn push_exponential(out: &mut String, digits: &str, exponent: i32, alternate: bool) {
    out.push_str(&digits[..1]);
    if digits.len() > 1 || alternate {
        out.push('.');
    }
    out.push_str(&digits[1..]);
    let _ = write!(
        out,
        "e{}{:02}",
        if exponent < 0 { '-' } else { '+' },
        exponent.unsigned_abs()
    );
}

fn push_fixed(out: &mut String, digits: &str, exponent: i32, alternate: bool, add_dot_0: bool) {
    let point = exponent + 1;
    if point <= 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
        out.push_str(digits);
        return;
    }
    let point = point as usize;
    if digits.len() > point {
        out.push_str(&digits[..point]);
        out.push('.');
        out.push_str(&digits[point..]);
        return;
    }
    out.push_str(digits);
    out.extend(std::iter::repeat_n('0', point - digits.len()));
    if add_dot_0 {
        out.push_str(".0");
    } else if alternate {
        out.push('.');
    }
}

/// `round(value, digits)` of a finite value: as if printed and read back.
pub(crate) fn round(value: f64, digits: i64) -> f64 {
    // Beyond these nothing changes, or nothing is left.
    if digits > 323 {
        return value;
    }
    if digits < -308 {
        return 0.0_f64.copysign(value);
    }
    let digits = digits as i32;
    if digits >= 0 {
        return format!("{:.*}", digits as usize, value)
            .parse()
            .unwrap_or(value);
    }
    // Rust prints no digits left of the point, so they are counted from the first one.
    let (_, exponent) = shortest(value);
    let kept = exponent + digits;
    if kept < -1 || value == 0.0 {
        return 0.0_f64.copysign(value);
    }
    if kept == -1 {
        let half = super::int::pow(&10.into(), u64::from(digits.unsigned_abs())) / 2;
        let whole = super::int::compare_f64(&half, value.abs());
        let unit = if whole == Some(std::cmp::Ordering::Less) {
            1.0
        } else {
            0.0
        };
        return format!("{unit}e{}", -digits).parse().unwrap_or(value) * 1.0_f64.copysign(value);
    }
    format!("{value:.*e}", kept as usize)
        .parse()
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortest_forms() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (123_456_789.123, "123456789.123"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (1.5e300, "1.5e+300"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(repr(value), expected);
        }
    }

    #[test]
    fn codes() {
        let check = |value, code, precision, alternate, expected: &str| {
            assert_eq!(
                to_string(
                    value,
                    Style {
                        code,
                        precision,
                        alternate,
                        add_dot_0: false
                    }
                ),
                expected
            );
        };
        check(2.5, b'f', 0, false, "2");
        check(3.5, b'f', 0, true, "4.");
        check(1e22, b'f', 2, false, "10000000000000000000000.00");
        check(1234.5, b'e', 2, false, "1.23e+03");
        check(1234.5, b'E', 0, true, "1.E+03");
        check(1234.5, b'g', 6, false, "1234.5");
        check(1234.5, b'g', 6, true, "1234.50");
        check(1_234_567.0, b'g', 6, false, "1.23457e+06");
        check(0.000_012, b'g', 6, false, "1.2e-05");
        check(100.0, b'g', 2, false, "1e+02");
        check(0.0, b'g', 3, false, "0");
        check(f64::INFINITY, b'F', 3, false, "INF");
        assert_eq!(
            to_string(
                0.1,
                Style {
                    code: b'f',
                    precision: 70_000,
                    alternate: false,
                    add_dot_0: false
                }
            )
            .len(),
            70_002
        );
    }

    #[test]
    fn rounding() {
        for (value, digits, expected) in [
            (2.675, 2, 2.67),
            (0.5, 0, 0.0),
            (1.5, 0, 2.0),
            (1234.5, -2, 1200.0),
            (150.0, -2, 200.0),
            (250.0, -2, 200.0),
            (50.0, -2, 0.0),
            (51.0, -2, 100.0),
            (49.0, -2, 0.0),
            (99.0, -1, 100.0),
            (1e300, -300, 1e300),
            (5.0, -1, 0.0),
            (6.0, -1, 10.0),
            (-5.5, -1, -10.0),
        ] {
            assert_eq!(round(value, digits), expected, "round({value}, {digits})");
        }
    }
}
