//! `__format__` of `int`, `float` and `complex`.

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

use super::FormatError;
use super::spec::{Align, Spec};
use crate::number::complex::Complex;
use crate::number::digits::{Style, to_string};
use crate::number::int::{to_decimal, to_f64};
use crate::text::{StrBuilder, TextBuf};

/// A number's text in parts, before padding and grouping.
struct Parts<'a> {
    negative: bool,
    prefix: &'a str,
    /// The digits before the point.
    whole: &'a str,
    /// The point, what follows it, an exponent, a percent sign.
    rest: String,
    group: usize,
}

impl Parts<'_> {
    /// Sign, prefix, grouped digits and the rest, padded to the width.
    fn assemble(&self, spec: &Spec) -> TextBuf {
        let sign = match (self.negative, spec.sign) {
            (true, _) => "-",
            (false, Some(b'+')) => "+",
            (false, Some(b' ')) => " ",
            _ => "",
        };
        let around = sign.len() + self.prefix.len() + self.rest.len();
        let align = spec.align.unwrap_or(if spec.zero_flag {
            Align::Sign
        } else {
            Align::Right
        });
        // Zeros that pad after the sign are grouped with the digits.
        let zeros = align == Align::Sign && spec.fill == 0x30;
        let min_width = if zeros {
            spec.width.saturating_sub(around)
        } else {
            0
        };
        let whole = match spec.grouping {
            Some(separator) if self.whole.starts_with(|c: char| c.is_ascii_hexdigit()) => {
                group(self.whole, separator, self.group, min_width)
            }
            _ => format!(
                "{}{}",
                "0".repeat(min_width.saturating_sub(self.whole.len())),
                self.whole
            ),
        };
        let body = format!("{sign}{}{whole}{}", self.prefix, self.rest);
        let padding = spec.width.saturating_sub(body.len());
        let lead = sign.len() + self.prefix.len();
        let (left, inner, right) = match align {
            Align::Left => (0, 0, padding),
            Align::Right => (padding, 0, 0),
            Align::Center => (padding / 2, 0, padding - padding / 2),
            Align::Sign => (0, padding, 0),
        };
        let mut out = StrBuilder::with_capacity(body.len() + padding);
        out.push_many(spec.fill, left);
        out.push_text(&body[..lead]);
        out.push_many(spec.fill, inner);
        out.push_text(&body[lead..]);
        out.push_many(spec.fill, right);
        out.finish()
    }
}

/// Digits with a separator every `size` of them, zeros added to fill the width.
fn group(digits: &str, separator: u8, size: usize, min_width: usize) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut remaining = digits.len();
    let mut width = min_width as isize;
    loop {
        let len = size.min(remaining.max(width.max(1) as usize));
        let taken = remaining.min(len);
        pieces.push(format!(
            "{}{}",
            "0".repeat(len - taken),
            &digits[remaining - taken..remaining]
        ));
        remaining -= taken;
        width -= len as isize;
        if remaining == 0 && width <= 0 {
            break;
        }
        width -= 1;
    }
    pieces.reverse();
    pieces.join(&*char::from(separator).to_string())
}

/// `int.__format__`, once the specification is not empty.
pub(crate) fn format_int(
    value: &BigInt,
    spec: &Spec,
    type_name: &str,
) -> Result<TextBuf, FormatError> {
    let code = spec.code_or(b'd');
    let code = u8::try_from(code).map_err(|_| spec.unknown_code(type_name))?;
    let (radix, prefix, size) = match code {
        b'd' | b'n' => (10, "", 3),
        b'b' => (2, "0b", 4),
        b'o' => (8, "0o", 4),
        b'x' => (16, "0x", 4),
        b'X' => (16, "0X", 4),
        b'c' => return format_char(value, spec),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'%' => {
            let value = to_f64(value)
                .ok_or_else(|| FormatError::overflow("int too large to convert to float"))?;
            return format_float(value, spec, type_name);
        }
        _ => return Err(spec.unknown_code(type_name)),
    };
    if spec.precision.is_some() || spec.fraction_grouping.is_some() {
        return Err(FormatError::value(
            "Precision not allowed in integer format specifier",
        ));
    }
    if spec.no_negative_zero {
        return Err(FormatError::value(
            "Negative zero coercion (z) not allowed in integer format specifier",
        ));
    }
    let mut digits = if radix == 10 {
        to_decimal(value)
    } else {
        value.to_str_radix(radix)
    };
    if value.is_negative() {
        digits.remove(0);
    }
    if code == b'X' {
        digits.make_ascii_uppercase();
    }
    let prefix = if spec.alternate { prefix } else { "" };
    let parts = Parts {
        negative: value.is_negative(),
        prefix,
        whole: &digits,
        rest: String::new(),
        group: size,
    };
    Ok(parts.assemble(spec))
}

fn format_char(value: &BigInt, spec: &Spec) -> Result<TextBuf, FormatError> {
    if spec.precision.is_some() || spec.fraction_grouping.is_some() {
        return Err(FormatError::value(
            "Precision not allowed in integer format specifier",
        ));
    }
    if spec.no_negative_zero {
        return Err(FormatError::value(
            "Negative zero coercion (z) not allowed in integer format specifier",
        ));
    }
    if spec.sign.is_some() {
        return Err(FormatError::value(
            "Sign not allowed with integer format specifier 'c'",
        ));
    }
    if spec.alternate {
        return Err(FormatError::value(
            "Alternate form (#) not allowed with integer format specifier 'c'",
        ));
    }
    let code_point = value.to_u32().filter(|&c| c < 0x11_0000);
    let code_point =
        code_point.ok_or_else(|| FormatError::overflow("%c arg not in range(0x110000)"))?;
    Ok(spec.pad(TextBuf::from_code_point(code_point).as_text(), Align::Left))
}

/// The precision that doubles are printed with at most.
const MAX_PRECISION: usize = i32::MAX as usize - 3;

/// `float.__format__`, once the specification is not empty.
pub(crate) fn format_float(
    value: f64,
    spec: &Spec,
    type_name: &str,
) -> Result<TextBuf, FormatError> {
    let text = double(value, spec, type_name, true)?;
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix('-').unwrap_or(&text);
    let (whole, rest) = split_whole(unsigned);
    let rest = group_fraction(rest, spec);
    Ok(Parts {
        negative,
        prefix: "",
        whole,
        rest,
        group: 3,
    }
    .assemble(spec))
}

/// The text of a double in the presentation the specification asks for.
fn double(value: f64, spec: &Spec, type_name: &str, dot_0: bool) -> Result<String, FormatError> {
    let mut code = u8::try_from(spec.code_or(0)).map_err(|_| spec.unknown_code(type_name))?;
    let mut value = value;
    let percent = code == b'%';
    let mut default = 6;
    let mut add_dot_0 = false;
    match code {
        0 => {
            (code, default, add_dot_0) = (b'r', 0, dot_0);
            if spec.precision.is_some() {
                code = b'g';
            }
        }
        b'n' => code = b'g',
        b'%' => {
            code = b'f';
            value *= 100.0;
        }
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' => {}
        _ => return Err(spec.unknown_code(type_name)),
    }
    let precision = spec.precision.unwrap_or(default);
    if precision > MAX_PRECISION {
        return Err(FormatError::value("precision too big"));
    }
    let mut text = to_string(
        value,
        Style {
            code,
            precision,
            alternate: spec.alternate,
            add_dot_0,
        },
    );
    if spec.no_negative_zero
        && text.starts_with('-')
        && !text.bytes().any(|c| matches!(c, b'1'..=b'9' | b'a' | b'A'))
    {
        text.remove(0);
    }
    if percent {
        text.push('%');
    }
    Ok(text)
}

fn split_whole(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(digits)
}

fn group_fraction(rest: &str, spec: &Spec) -> String {
    let (Some(separator), Some(fraction)) = (spec.fraction_grouping, rest.strip_prefix('.')) else {
        return rest.to_owned();
    };
    let (digits, tail) = split_whole(fraction);
    let mut out = String::from(".");
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 3 == 0 {
            out.push(separator.into());
        }
        out.push(digit);
    }
    out.push_str(tail);
    out
}

/// `complex.__format__`, once the specification is not empty.
pub(crate) fn format_complex(
    value: Complex,
    spec: &Spec,
    type_name: &str,
) -> Result<TextBuf, FormatError> {
    if spec.zero_flag || (spec.fill == 0x30 && spec.align == Some(Align::Sign)) {
        return Err(FormatError::value(
            "Zero padding is not allowed in complex format specifier",
        ));
    }
    if spec.align == Some(Align::Sign) {
        return Err(FormatError::value(
            "'=' alignment flag is not allowed in complex format specifier",
        ));
    }
    let parenthesized = spec.code.is_none();
    let skip_real = parenthesized && value.real == 0.0 && value.real.is_sign_positive();
    let part = |part: f64, sign: Option<u8>| -> Result<String, FormatError> {
        let text = double(part, spec, type_name, false)?;
        let unsigned = text.strip_prefix('-').unwrap_or(&text);
        let (whole, rest) = split_whole(unsigned);
        let parts = Parts {
            negative: text.starts_with('-'),
            prefix: "",
            whole,
            rest: group_fraction(rest, spec),
            group: 3,
        };
        let bare = Spec {
            width: 0,
            align: None,
            zero_flag: false,
            sign,
            ..spec.clone()
        };
        Ok(parts.assemble(&bare).to_string())
    };
    let mut body = String::new();
    if skip_real {
        body.push_str(&part(value.imag, spec.sign)?);
    } else {
        body.push_str(&part(value.real, spec.sign)?);
        body.push_str(&part(value.imag, Some(b'+'))?);
    }
    body.push('j');
    if parenthesized && !skip_real {
        body = format!("({body})");
    }
    Ok(spec.pad(TextBuf::from(body).as_text(), Align::Right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(result: Result<TextBuf, FormatError>) -> String {
        result.map_or_else(|error| error.message, |text| text.to_string())
    }

    fn spec(text: &str, type_name: &str) -> Result<Spec, FormatError> {
        Spec::parse(TextBuf::from(text).as_text(), type_name)
    }

    #[test]
    fn ints() {
        let check = |value: i64, text: &str, expected: &str| {
            let got = spec(text, "int").and_then(|spec| format_int(&value.into(), &spec, "int"));
            assert_eq!(shown(got), expected, "{text}");
        };
        check(1234, "010,", "00,001,234");
        check(12, "08,d", "0,000,012");
        check(0xF_FFFF, "_x", "f_ffff");
        check(255, "#010x", "0x000000ff");
        check(-255, "#X", "-0XFF");
        check(-5, "=6", "-    5");
        check(5, "+", "+5");
        check(65, "c", "A");
        check(65, "3c", "A  ");
        check(5, "e", "5.000000e+00");
        check(-1, "c", "%c arg not in range(0x110000)");
        check(5, ".3", "Precision not allowed in integer format specifier");
        check(
            5,
            ".3,d",
            "Precision not allowed in integer format specifier",
        );
        check(
            5,
            "z",
            "Negative zero coercion (z) not allowed in integer format specifier",
        );
        check(5, "y", "Unknown format code 'y' for object of type 'int'");
        check(
            5,
            "é",
            "Unknown format code '\\xe9' for object of type 'int'",
        );
        check(5, "😀>3", "😀😀5");
        check(255, ",x", "Cannot specify ',' with 'x'.");
    }

    #[test]
    fn floats() {
        let check = |value: f64, text: &str, expected: &str| {
            let got = spec(text, "float").and_then(|spec| format_float(value, &spec, "float"));
            assert_eq!(shown(got), expected, "{text}");
        };
        check(1234.5, ",.2f", "1,234.50");
        check(1234.5, "010,.1f", "0,001,234.5");
        check(-0.1, "z.0f", "0");
        check(0.5, "%", "50.000000%");
        check(12345.5, ",%", "1,234,550.000000%");
        check(1e10, ",", "10,000,000,000.0");
        check(-1.5, "010", "-0000001.5");
        check(1.0, "<05", "1.000");
        check(1.0, "+", "+1.0");
        check(1e10, ".2g", "1e+10");
        check(1.0 / 3.0, ".6_f", "0.333_333");
        check(1234.5678, ".,f", "1234.567,800");
        check(12345.678, ",.8,f", "12,345.678,000,00");
        check(1.23456789, ".5,", "1.234,6");
        check(f64::INFINITY, "010", "0000000inf");
        check(
            1.5,
            "d",
            "Unknown format code 'd' for object of type 'float'",
        );
        check(1.0, ".2147483648f", "precision too big");
    }

    #[test]
    fn complexes() {
        let check = |real, imag, text: &str, expected: &str| {
            let got = spec(text, "complex")
                .and_then(|spec| format_complex(Complex { real, imag }, &spec, "complex"));
            assert_eq!(shown(got), expected, "{text}");
        };
        check(1.0, 2.0, ">10", "    (1+2j)");
        check(0.0, 2.0, "5", "   2j");
        check(1.0, 2.0, ".2f", "1.00+2.00j");
        check(12345.0, 2.0, ",", "(12,345+2j)");
        check(
            1.0,
            2.0,
            "05",
            "Zero padding is not allowed in complex format specifier",
        );
        check(
            1.0,
            2.0,
            "=5",
            "'=' alignment flag is not allowed in complex format specifier",
        );
    }
}
