//! `printf`-style formats, for `str` and `bytes`: parsing and number layout.

use num_bigint::BigInt;
use num_traits::Signed;

use super::FormatError;
use crate::number::digits::{Style, to_string};
use crate::number::int::to_decimal;
use crate::text::Text;

/// A width or precision: written out or taken from the arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Amount {
    None,
    Given(usize),
    /// `*`
    Argument,
}

/// One `%` conversion.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Conversion {
    /// Where the key stands: `%(key)s`.
    pub(crate) key: Option<(usize, usize)>,
    pub(crate) left: bool,
    pub(crate) plus: bool,
    pub(crate) space: bool,
    pub(crate) alternate: bool,
    pub(crate) zero: bool,
    pub(crate) width: Amount,
    pub(crate) precision: Amount,
    pub(crate) code: u32,
    /// Where the code stands: for messages.
    pub(crate) at: usize,
}

/// A piece of a format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    Literal(usize, usize),
    Conversion(Conversion),
}

/// The pieces of a format one after the other: errors come where they stand,
/// after what was before them has been converted.
pub(crate) struct Pieces<'a> {
    format: Text<'a>,
    pos: usize,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(format: Text<'a>) -> Self {
        Self { format, pos: 0 }
    }

    fn peek(&self) -> Option<u32> {
        self.format.get(self.pos)
    }

    fn bump(&mut self) -> Result<u32, FormatError> {
        let c = self
            .peek()
            .ok_or_else(|| FormatError::value("incomplete format"))?;
        self.pos += 1;
        Ok(c)
    }

    fn conversion(&mut self) -> Result<Conversion, FormatError> {
        let mut conversion = Conversion {
            key: None,
            left: false,
            plus: false,
            space: false,
            alternate: false,
            zero: false,
            width: Amount::None,
            precision: Amount::None,
            code: 0,
            at: 0,
        };
        if self.peek() == Some(b'('.into()) {
            self.pos += 1;
            let start = self.pos;
            let mut depth = 1;
            while depth > 0 {
                let c = self
                    .peek()
                    .ok_or_else(|| FormatError::value("incomplete format key"))?;
                self.pos += 1;
                match c {
                    0x28 => depth += 1,
                    0x29 => depth -= 1,
                    _ => {}
                }
            }
            conversion.key = Some((start, self.pos - 1));
        }
        let mut c = self.bump()?;
        loop {
            match c {
                0x2D => conversion.left = true,
                0x2B => conversion.plus = true,
                0x20 => conversion.space = true,
                0x23 => conversion.alternate = true,
                0x30 => conversion.zero = true,
                _ => break,
            }
            c = self.bump()?;
        }
        (conversion.width, c) = self.amount(c, isize::MAX as usize, "width too big")?;
        if c == u32::from(b'.') {
            c = self.bump()?;
            (conversion.precision, c) = self.amount(c, i32::MAX as usize, "precision too big")?;
            if conversion.precision == Amount::None {
                conversion.precision = Amount::Given(0);
            }
        }
        if matches!(c, 0x68 | 0x6C | 0x4C) {
            c = self.bump()?;
        }
        conversion.code = c;
        conversion.at = self.pos - 1;
        Ok(conversion)
    }

    fn amount(
        &mut self,
        first: u32,
        max: usize,
        too_big: &str,
    ) -> Result<(Amount, u32), FormatError> {
        if first == u32::from(b'*') {
            return Ok((Amount::Argument, self.bump()?));
        }
        let digit = |c: u32| (0x30..0x3A).contains(&c).then(|| (c - 0x30) as usize);
        let mut c = first;
        let mut value = None;
        while let Some(digit) = digit(c) {
            let next = value
                .unwrap_or(0_usize)
                .checked_mul(10)
                .and_then(|value| value.checked_add(digit));
            value = Some(
                next.filter(|&value| value <= max)
                    .ok_or_else(|| FormatError::value(too_big))?,
            );
            c = self.bump()?;
        }
        Ok((value.map_or(Amount::None, Amount::Given), c))
    }
}

impl Iterator for Pieces<'_> {
    type Item = Result<Piece, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.pos;
        while let Some(c) = self.peek() {
            if c != u32::from(b'%') {
                self.pos += 1;
                continue;
            }
            if self.pos > start {
                return Some(Ok(Piece::Literal(start, self.pos)));
            }
            self.pos += 1;
            return Some(self.conversion().map(Piece::Conversion));
        }
        (self.pos > start).then_some(Ok(Piece::Literal(start, self.pos)))
    }
}

impl Conversion {
    /// Digits and sign of an int in a `d`, `x`, `X` or `o` conversion, without padding.
    pub(crate) fn int_text(&self, value: &BigInt, precision: Option<usize>) -> String {
        let (mut digits, prefix) = match self.code as u8 {
            b'x' => (value.to_str_radix(16), "0x"),
            b'X' => (value.to_str_radix(16).to_ascii_uppercase(), "0X"),
            b'o' => (value.to_str_radix(8), "0o"),
            _ => (to_decimal(value), ""),
        };
        let negative = value.is_negative();
        if negative {
            digits.remove(0);
        }
        let zeros = precision.unwrap_or(0).saturating_sub(digits.len());
        let prefix = if self.alternate { prefix } else { "" };
        format!(
            "{}{prefix}{}{digits}",
            if negative { "-" } else { "" },
            "0".repeat(zeros)
        )
    }

    /// The text of a float conversion, without padding.
    pub(crate) fn float_text(&self, value: f64, precision: Option<usize>) -> String {
        let style = Style {
            code: self.code as u8,
            precision: precision.unwrap_or(6),
            alternate: self.alternate,
            add_dot_0: false,
        };
        to_string(value, style)
    }

    /// Adds sign and padding to a number's text. ASCII in, ASCII out.
    pub(crate) fn pad_number(&self, text: &str, width: usize, left: bool) -> String {
        let (sign, body) = match text.strip_prefix('-') {
            Some(body) => ("-", body),
            None if self.plus => ("+", text),
            None if self.space => (" ", text),
            None => ("", text),
        };
        let padding = width.saturating_sub(sign.len() + body.len());
        if left {
            return format!("{sign}{body}{}", " ".repeat(padding));
        }
        if !self.zero {
            return format!("{}{sign}{body}", " ".repeat(padding));
        }
        let prefixed = self.alternate && matches!(self.code as u8, b'x' | b'X' | b'o');
        let (prefix, digits) = body.split_at(if prefixed { 2 } else { 0 });
        format!("{sign}{prefix}{}{digits}", "0".repeat(padding))
    }

    /// `unsupported format character ...`
    pub(crate) fn unsupported(&self) -> FormatError {
        let shown = match self.code {
            0x20..0x7F => char::from(self.code as u8),
            _ => '?',
        };
        FormatError::value(format!(
            "unsupported format character '{shown}' (0x{:x}) at index {}",
            self.code, self.at
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextBuf;

    #[test]
    fn pieces() {
        let parse = |text: &str| -> Result<Vec<Piece>, String> {
            Pieces::new(TextBuf::from(text).as_text())
                .map(|piece| piece.map_err(|error| error.message))
                .collect()
        };
        assert_eq!(parse("abc"), Ok(vec![Piece::Literal(0, 3)]));
        assert_eq!(parse("%"), Err("incomplete format".into()));
        assert_eq!(parse("%(a"), Err("incomplete format key".into()));
        assert_eq!(parse("%99999999999999999999d"), Err("width too big".into()));
        let Ok(
            [
                Piece::Literal(0, 1),
                Piece::Conversion(conversion),
                Piece::Literal(11, 12),
            ],
        ) = parse("a%(k)-*.3ldb")
            .as_deref()
            .map(|pieces| <&[Piece; 3]>::try_from(pieces).unwrap().clone())
        else {
            panic!("three pieces");
        };
        assert_eq!(
            (conversion.key, conversion.left, conversion.width),
            (Some((3, 4)), true, Amount::Argument)
        );
        assert_eq!(
            (conversion.precision, conversion.code),
            (Amount::Given(3), u32::from(b'd'))
        );
    }

    #[test]
    fn numbers() {
        let check = |format: &str, value: i64, expected: &str| {
            let Some(Ok(Piece::Conversion(conversion))) =
                Pieces::new(TextBuf::from(format).as_text()).next()
            else {
                panic!("a conversion");
            };
            let amount = |amount| {
                if let Amount::Given(value) = amount {
                    Some(value)
                } else {
                    None
                }
            };
            let text = conversion.int_text(&value.into(), amount(conversion.precision));
            assert_eq!(
                conversion.pad_number(
                    &text,
                    amount(conversion.width).unwrap_or(0),
                    conversion.left
                ),
                expected
            );
        };
        check("%05d", -3, "-0003");
        check("%+d", 3, "+3");
        check("%#x", 255, "0xff");
        check("%#.3x", 5, "0x005");
        check("%08.3d", 5, "00000005");
        check("%-08d", 5, "5       ");
        check("%#06x", 255, "0x00ff");
        check("% d", 3, " 3");
    }
}
