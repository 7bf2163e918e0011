//! The format specification mini-language:
//! `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`.

use super::FormatError;
use crate::text::{StrBuilder, Text, TextBuf};

/// Where the padding goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Align {
    Left,
    Right,
    Center,
    /// After the sign.
    Sign,
}

/// A parsed specification.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) fill: u32,
    pub(crate) align: Option<Align>,
    /// `+`, `-`, a space, or none.
    pub(crate) sign: Option<u8>,
    pub(crate) no_negative_zero: bool,
    pub(crate) alternate: bool,
    /// Set where a `0` stands before the width, or nothing was said of fill.
    pub(crate) zero_flag: bool,
    pub(crate) width: usize,
    pub(crate) grouping: Option<u8>,
    pub(crate) precision: Option<usize>,
    pub(crate) fraction_grouping: Option<u8>,
    /// The presentation type.
    pub(crate) code: Option<u32>,
}

/// The greatest width or precision CPython's `Py_ssize_t` holds.
const MAX: usize = isize::MAX as usize;

impl Spec {
    /// Parses the specification of an object of the type named.
    pub(crate) fn parse(text: Text<'_>, type_name: &str) -> Result<Self, FormatError> {
        let at = |index| text.get(index).unwrap_or(0);
        let align_of = |c: u32| match c {
            0x3C => Some(Align::Left),
            0x3E => Some(Align::Right),
            0x5E => Some(Align::Center),
            0x3D => Some(Align::Sign),
            _ => None,
        };
        let mut spec = Self {
            fill: 0x20,
            align: None,
            sign: None,
            no_negative_zero: false,
            alternate: false,
            zero_flag: false,
            width: 0,
            grouping: None,
            precision: None,
            fraction_grouping: None,
            code: None,
        };
        let len = text.len();
        let mut pos = 0;
        let mut fill_given = false;
        if len >= 2 && align_of(at(1)).is_some() {
            spec.fill = at(0);
            spec.align = align_of(at(1));
            fill_given = true;
            pos = 2;
        } else if len >= 1 && align_of(at(0)).is_some() {
            spec.align = align_of(at(0));
            pos = 1;
        }
        if matches!(at(pos), 0x2B | 0x2D | 0x20) && pos < len {
            spec.sign = Some(at(pos) as u8);
            pos += 1;
        }
        if at(pos) == u32::from(b'z') {
            spec.no_negative_zero = true;
            pos += 1;
        }
        if at(pos) == u32::from(b'#') {
            spec.alternate = true;
            pos += 1;
        }
        if !fill_given && at(pos) == u32::from(b'0') {
            spec.fill = 0x30;
            spec.zero_flag = true;
            pos += 1;
        }
        let number = |pos: &mut usize| -> Result<Option<usize>, FormatError> {
            let start = *pos;
            let mut value = 0_usize;
            while let Some(digit) = text.get(*pos).and_then(crate::text::unicode::decimal) {
                value = value
                    .checked_mul(10)
                    .and_then(|value| value.checked_add(digit.into()))
                    .filter(|&value| value <= MAX)
                    .ok_or_else(|| {
                        FormatError::value("Too many decimal digits in format string")
                    })?;
                *pos += 1;
            }
            Ok((*pos > start).then_some(value))
        };
        spec.width = number(&mut pos)?.unwrap_or(0);
        spec.grouping = grouping(text, &mut pos)?;
        if at(pos) == u32::from(b'.') && pos < len {
            pos += 1;
            spec.precision = number(&mut pos)?;
            spec.fraction_grouping = grouping(text, &mut pos)?;
            if spec.precision.is_none() && spec.fraction_grouping.is_none() {
                return Err(FormatError::value("Format specifier missing precision"));
            }
        }
        if len - pos > 1 {
            return Err(FormatError::value(format!(
                "Invalid format specifier '{text}' for object of type '{type_name}'"
            )));
        }
        if len - pos == 1 {
            spec.code = Some(at(pos));
        }
        spec.check_grouping()?;
        Ok(spec)
    }

    fn check_grouping(&self) -> Result<(), FormatError> {
        let Some(separator) = self.grouping.or(self.fraction_grouping) else {
            return Ok(());
        };
        match self.code.map(|code| char::from_u32(code).unwrap_or('?')) {
            None | Some('d' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F') => Ok(()),
            Some('b' | 'o' | 'x' | 'X') if separator == b'_' => Ok(()),
            Some(code) => Err(cannot_group(separator, code)),
        }
    }

    /// The type, or the default where none is given.
    pub(crate) fn code_or(&self, default: u8) -> u32 {
        self.code.unwrap_or(default.into())
    }

    /// Puts text into the width. Numbers go right, text left, unless told.
    pub(crate) fn pad(&self, text: Text<'_>, default: Align) -> TextBuf {
        let padding = self.width.saturating_sub(text.len());
        let (left, right) = match self.align.unwrap_or(default) {
            Align::Left => (0, padding),
            Align::Center => (padding / 2, padding - padding / 2),
            Align::Right | Align::Sign => (padding, 0),
        };
        let mut out = StrBuilder::with_capacity(text.len() + padding);
        out.push_many(self.fill, left);
        out.push_str(text);
        out.push_many(self.fill, right);
        out.finish()
    }

    /// The error for a type this object has not.
    pub(crate) fn unknown_code(&self, type_name: &str) -> FormatError {
        let code = self.code.unwrap_or(0);
        let shown = if code > 32 && code < 128 {
            char::from(code as u8).to_string()
        } else {
            format!("\\x{code:x}")
        };
        FormatError::value(format!(
            "Unknown format code '{shown}' for object of type '{type_name}'"
        ))
    }
}

fn cannot_group(separator: u8, code: char) -> FormatError {
    let shown = if (code as u32) > 32 && (code as u32) < 128 {
        code.to_string()
    } else {
        format!("\\x{:x}", code as u32)
    };
    FormatError::value(format!(
        "Cannot specify '{}' with '{shown}'.",
        char::from(separator)
    ))
}

fn grouping(text: Text<'_>, pos: &mut usize) -> Result<Option<u8>, FormatError> {
    let mut found = None;
    for separator in [b',', b'_'] {
        if text.get(*pos) != Some(separator.into()) {
            continue;
        }
        if found.is_some() {
            return Err(FormatError::value("Cannot specify both ',' and '_'."));
        }
        found = Some(separator);
        *pos += 1;
    }
    if found == Some(b'_') && text.get(*pos) == Some(b','.into()) {
        return Err(FormatError::value("Cannot specify both ',' and '_'."));
    }
    Ok(found)
}

/// `str.__format__`, once the specification is not empty.
pub(crate) fn format_str(
    text: Text<'_>,
    spec: &Spec,
    type_name: &str,
) -> Result<TextBuf, FormatError> {
    if spec.code_or(b's') != u32::from(b's') {
        return Err(spec.unknown_code(type_name));
    }
    let refuse = |message: &str| Err(FormatError::value(message));
    match spec.sign {
        Some(b' ') => return refuse("Space not allowed in string format specifier"),
        Some(_) => return refuse("Sign not allowed in string format specifier"),
        None => {}
    }
    if spec.no_negative_zero {
        return refuse("Negative zero coercion (z) not allowed in string format specifier");
    }
    if spec.alternate {
        return refuse("Alternate form (#) not allowed in string format specifier");
    }
    if spec.align == Some(Align::Sign) {
        return refuse("'=' alignment not allowed in string format specifier");
    }
    let len = spec.precision.unwrap_or(usize::MAX).min(text.len());
    if len == text.len() {
        return Ok(spec.pad(text, Align::Left));
    }
    Ok(spec.pad(text.substring(0, len).as_text(), Align::Left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        let check = |spec: &str, expected: Result<&str, &str>| {
            let spec = TextBuf::from(spec);
            let text = TextBuf::from("abc");
            let got = Spec::parse(spec.as_text(), "str")
                .and_then(|spec| format_str(text.as_text(), &spec, "str"));
            let got = got
                .map(|text| text.to_string())
                .map_err(|error| error.message);
            assert_eq!(got.as_deref().map_err(|error| &**error), expected, "{spec}");
        };
        check("5", Ok("abc  "));
        check(">5", Ok("  abc"));
        check("ж^6", Ok("жabcжж"));
        check(".2", Ok("ab"));
        check("05", Ok("abc00"));
        check(
            "=5",
            Err("'=' alignment not allowed in string format specifier"),
        );
        check("+", Err("Sign not allowed in string format specifier"));
        check(",s", Err("Cannot specify ',' with 's'."));
        check("d", Err("Unknown format code 'd' for object of type 'str'"));
        check(
            "sx",
            Err("Invalid format specifier 'sx' for object of type 'str'"),
        );
        check(".", Err("Format specifier missing precision"));
        check(",,", Err("Cannot specify ',' with ','."));
        check(",_", Err("Cannot specify both ',' and '_'."));
        check(
            "99999999999999999999",
            Err("Too many decimal digits in format string"),
        );
    }
}
