//! Numeric literals, and the words that may or may not follow them.

use super::{Lexer, is_identifier_byte, range};
use crate::error::{SyntaxError, SyntaxWarning};
use crate::token::TokenKind;

/// Where and how a number is wrong: CPython's message, and the byte it shows.
struct Wrong {
    message: String,
    at: usize,
}

impl Wrong {
    fn literal(kind: &str, at: usize) -> Self {
        Self {
            message: format!("invalid {kind} literal"),
            at,
        }
    }
}

impl Lexer<'_> {
    /// The kind and length of a number, if it is a few digits that nothing
    /// follows, as almost all are.
    #[inline]
    pub(super) fn plain_number(&self, at: usize) -> Option<(TokenKind, usize)> {
        let mut end = at + 1;
        while self.byte(end).is_ascii_digit() {
            end += 1;
        }
        let next = self.byte(end);
        if next == b'.' || is_identifier_byte(next) || self.bytes[at] == b'0' && end > at + 1 {
            return None;
        }
        Some((TokenKind::Number, end - at))
    }

    /// A number, which starts with a digit or with a point before one.
    pub(super) fn number(&mut self) {
        let start = self.pos;
        let scanned = match (self.byte(start), self.byte(start + 1)) {
            (b'0', b'x' | b'X') => self.radix(16, "hexadecimal"),
            (b'0', b'o' | b'O') => self.radix(8, "octal"),
            (b'0', b'b' | b'B') => self.radix(2, "binary"),
            (b'0', _) => self.zero(),
            (b'.', _) => self.fraction(start + 1),
            _ => self
                .digits(start + 1)
                .and_then(|end| self.after_digits(end)),
        };
        match scanned {
            Ok(end) => self.push_to(TokenKind::Number, start, end),
            Err(Wrong { message, at }) => {
                self.error(message, at);
                let rest = &self.bytes[at..];
                let len = rest.iter().position(|&byte| !is_identifier_byte(byte));
                let end = at + len.unwrap_or(rest.len());
                self.push_to(TokenKind::Invalid, start, end.max(start + 1));
            }
        }
    }

    /// Digits in groups joined by single underscores; `at` is inside the first.
    #[inline]
    fn digits(&self, mut at: usize) -> Result<usize, Wrong> {
        loop {
            while self.byte(at).is_ascii_digit() {
                at += 1;
            }
            if self.byte(at) != b'_' {
                return Ok(at);
            }
            if !self.byte(at + 1).is_ascii_digit() {
                return Err(Wrong::literal("decimal", at));
            }
            at += 1;
        }
    }

    /// `0x`, `0o` or `0b` and digits.
    fn radix(&mut self, radix: u32, kind: &'static str) -> Result<usize, Wrong> {
        let mut at = self.pos + 2;
        loop {
            if self.byte(at) == b'_' {
                at += 1;
            }
            if !(self.byte(at) as char).is_digit(radix) {
                return Err(self
                    .wrong_digit(at, kind)
                    .unwrap_or_else(|| Wrong::literal(kind, at - 1)));
            }
            while (self.byte(at) as char).is_digit(radix) {
                at += 1;
            }
            if self.byte(at) != b'_' {
                break;
            }
        }
        match self.wrong_digit(at, kind) {
            Some(wrong) => Err(wrong),
            None => self.end_of_number(at, kind),
        }
    }

    fn wrong_digit(&self, at: usize, kind: &str) -> Option<Wrong> {
        let digit = self.byte(at);
        digit.is_ascii_digit().then(|| Wrong {
            message: format!("invalid digit '{}' in {kind} literal", digit as char),
            at,
        })
    }

    /// A decimal number that starts with 0: zero, unless a fraction, an
    /// exponent or `j` follows.
    fn zero(&mut self) -> Result<usize, Wrong> {
        let start = self.pos;
        let mut at = start + 1;
        loop {
            if self.byte(at) == b'_' {
                at += 1;
                if !self.byte(at).is_ascii_digit() {
                    return Err(Wrong::literal("decimal", at - 1));
                }
            }
            if self.byte(at) != b'0' {
                break;
            }
            at += 1;
        }
        if !self.byte(at).is_ascii_digit() {
            return self.after_digits(at);
        }
        let zeros_end = at;
        let end = self.digits(at)?;
        if !matches!(self.byte(end), b'.' | b'e' | b'E' | b'j' | b'J') && !self.lenient() {
            self.report(SyntaxError::new(
                "leading zeros in decimal integer literals are not permitted; \
                 use an 0o prefix for octal integers",
                range(start, zeros_end),
            ));
            return Ok(end);
        }
        self.after_digits(end)
    }

    /// What may follow a number's whole part.
    #[inline]
    fn after_digits(&mut self, at: usize) -> Result<usize, Wrong> {
        match self.byte(at) {
            b'.' => self.fraction(at + 1),
            b'e' | b'E' => self.exponent(at),
            b'j' | b'J' => self.end_of_number(at + 1, "imaginary"),
            _ => self.end_of_number(at, "decimal"),
        }
    }

    /// What may follow a number's point.
    fn fraction(&mut self, mut at: usize) -> Result<usize, Wrong> {
        if self.byte(at).is_ascii_digit() {
            at = self.digits(at)?;
        }
        match self.byte(at) {
            b'e' | b'E' => self.exponent(at),
            b'j' | b'J' => self.end_of_number(at + 1, "imaginary"),
            _ => self.end_of_number(at, "decimal"),
        }
    }

    /// What may follow a number, given the `e` at `at`.
    fn exponent(&mut self, at: usize) -> Result<usize, Wrong> {
        let mut digits = at + 1;
        if let b'+' | b'-' = self.byte(digits) {
            digits += 1;
            if !self.byte(digits).is_ascii_digit() {
                return Err(Wrong::literal("decimal", digits - 1));
            }
        } else if !self.byte(digits).is_ascii_digit() {
            // As in `1else`: the number ends before.
            return self.end_of_number(at, "decimal");
        }
        let end = self.digits(digits)?;
        match self.byte(end) {
            b'j' | b'J' => self.end_of_number(end + 1, "imaginary"),
            _ => self.end_of_number(end, "decimal"),
        }
    }

    /// Checks that no letter follows, other than those of a keyword that may.
    #[inline]
    fn end_of_number(&mut self, end: usize, kind: &'static str) -> Result<usize, Wrong> {
        let next = self.byte(end);
        if next >= 0x80 || !is_identifier_byte(next) || self.lenient() {
            return Ok(end);
        }
        let rest = &self.bytes[end..];
        let word = |word: &[u8]| {
            rest.starts_with(word) && !rest.get(word.len()).is_some_and(|&b| is_identifier_byte(b))
        };
        let keyword = match next {
            b'a' => word(b"and"),
            b'e' => word(b"else"),
            b'f' => word(b"for"),
            b'i' => matches!(rest.get(1), Some(b'f' | b'n' | b's')),
            b'n' => word(b"not"),
            b'o' => word(b"or"),
            _ => false,
        };
        if !keyword {
            return Err(Wrong::literal(kind, end - 1));
        }
        let message = format!("invalid {kind} literal").into();
        self.lexed.warnings.push(SyntaxWarning {
            message,
            range: range(self.pos, end),
            line: None,
        });
        Ok(end)
    }
}
