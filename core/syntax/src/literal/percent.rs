//! The text on the left of `'...' % (...)`, where CPython makes an f-string of both:
//! text, and fields that are shown by `%s`, `%r` or `%a`.

use memchr::memchr;

use crate::tree::Conversion;
use crate::wtf8::{Wtf8, Wtf8Box};

/// A part of such a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// What stands for itself.
    Text(Wtf8Box),
    /// An item of the tuple on the right.
    Field {
        /// How it becomes a string.
        conversion: Conversion,
        /// The format specification.
        spec: Option<String>,
    },
}

/// The parts, if they take so many items and none asks for more than an f-string can say.
pub fn parts(format: Wtf8<'_>, items: usize) -> Option<Vec<Part>> {
    let format = format.as_bytes();
    let mut parts = Vec::new();
    let (mut at, mut fields) = (0, 0);
    loop {
        if let Some(text) = text_part(format, &mut at) {
            parts.push(Part::Text(text));
        }
        if at >= format.len() {
            break;
        }
        at += 1;
        fields += 1;
        if fields > items {
            return None;
        }
        let (conversion, spec) = format_unit(format, &mut at)?;
        parts.push(Part::Field { conversion, spec });
    }
    (fields == items).then_some(parts)
}

/// Text up to the next format unit, with `%%` made `%`.
fn text_part(format: &[u8], at: &mut usize) -> Option<Wtf8Box> {
    let start = *at;
    let mut text = Vec::new();
    while *at < format.len() {
        let rest = &format[*at..];
        let plain = memchr(b'%', rest).unwrap_or(rest.len());
        *at += plain;
        match rest.get(plain + 1) {
            Some(b'%') => {
                text.extend_from_slice(&rest[..=plain]);
                *at += 2;
            }
            _ => {
                text.extend_from_slice(&rest[..plain]);
                break;
            }
        }
    }
    if *at == start {
        return None;
    }
    Wtf8Box::from_bytes(&text)
}

/// Up to how many digits a width or precision may have to be folded.
const MAX_DIGITS: usize = 3;

/// `%s`, `%-10r` and the like; the more difficult ones are left to run time.
fn format_unit(format: &[u8], at: &mut usize) -> Option<(Conversion, Option<String>)> {
    let mut next = || {
        let byte = *format.get(*at)?;
        *at += 1;
        // What is not ASCII is refused, whatever it is.
        Some(char::from(byte))
    };
    let mut left_adjusted = false;
    let mut c = next()?;
    while matches!(c, '-' | '+' | ' ' | '#' | '0') {
        left_adjusted |= c == '-';
        c = next()?;
    }
    let mut width = None;
    if c.is_ascii_digit() {
        let value;
        (value, c) = number(c, &mut next)?;
        width = Some(value);
    }
    let mut precision = None;
    if c == '.' {
        let value;
        (value, c) = number(next()?, &mut next)?;
        precision = Some(value);
    }
    let conversion = match c {
        's' => Conversion::Str,
        'r' => Conversion::Repr,
        'a' => Conversion::Ascii,
        _ => return None,
    };
    let mut spec = String::new();
    if let Some(width) = width {
        if !left_adjusted && width > 0 {
            spec.push('>');
        }
        spec.push_str(&width.to_string());
    }
    if let Some(precision) = precision {
        spec.push('.');
        spec.push_str(&precision.to_string());
    }
    Some((conversion, (!spec.is_empty()).then_some(spec)))
}

/// The number that begins with `c`, which may be none, and what follows it.
fn number(mut c: char, next: &mut impl FnMut() -> Option<char>) -> Option<(u32, char)> {
    let mut value = 0;
    let mut digits = 0;
    while c.is_ascii_digit() {
        value = value * 10 + c.to_digit(10)?;
        c = next()?;
        digits += 1;
        if digits >= MAX_DIGITS {
            return None;
        }
    }
    Some((value, c))
}
