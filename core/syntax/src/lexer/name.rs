//! Identifiers and the prefixes of strings.

use std::borrow::Cow;

use unicode_ident::{is_xid_continue, is_xid_start};
use unicode_normalization::{UnicodeNormalization, is_nfkc};

use super::{Lexer, is_identifier_byte, is_printable, keyword, range};
use crate::error::SyntaxError;
use crate::token::TokenKind;

/// The letters before a string's quotes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Prefix {
    pub(crate) bytes: bool,
    pub(crate) raw: bool,
    pub(crate) unicode: bool,
    pub(crate) format: bool,
    pub(crate) template: bool,
}

impl Prefix {
    /// Reads a prefix, or `None` if these letters are none, even a refused one.
    pub(crate) fn parse(letters: &[u8]) -> Option<Self> {
        let mut prefix = Self::default();
        for letter in letters {
            let seen = match letter.to_ascii_lowercase() {
                b'b' => &mut prefix.bytes,
                b'r' => &mut prefix.raw,
                b'u' => &mut prefix.unicode,
                b'f' => &mut prefix.format,
                b't' => &mut prefix.template,
                _ => return None,
            };
            if std::mem::replace(seen, true) {
                return None;
            }
        }
        Some(prefix)
    }

    /// The first two letters, in CPython's order, that do not go together.
    fn conflict(self) -> Option<(char, char)> {
        let Self {
            bytes,
            raw,
            unicode,
            format,
            template,
        } = self;
        [
            (unicode && bytes, ('u', 'b')),
            (unicode && raw, ('u', 'r')),
            (unicode && format, ('u', 'f')),
            (unicode && template, ('u', 't')),
            (bytes && format, ('b', 'f')),
            (bytes && template, ('b', 't')),
            (format && template, ('f', 't')),
        ]
        .into_iter()
        .find_map(|(both, pair)| both.then_some(pair))
    }
}

/// Whether letters before a quote belong to the string.
pub(crate) fn is_prefix(letters: &[u8]) -> bool {
    letters.len() <= 5 && Prefix::parse(letters).is_some()
}

/// An identifier as Python compares it: in normal form KC.
pub fn normalize(identifier: &str) -> Cow<'_, str> {
    if identifier.is_ascii() || is_nfkc(identifier) {
        Cow::Borrowed(identifier)
    } else {
        Cow::Owned(identifier.nfkc().collect())
    }
}

impl Lexer<'_> {
    /// A name, a keyword, or a string with a prefix.
    #[inline]
    pub(super) fn name_or_string(&mut self) {
        let start = self.pos;
        let rest = &self.bytes[start..];
        let len = rest
            .iter()
            .position(|&byte| !is_identifier_byte(byte))
            .unwrap_or(rest.len());
        let word = &rest[..len];
        if len <= 5
            && let Some(b'"' | b'\'') = rest.get(len)
            && let Some(prefix) = Prefix::parse(word)
        {
            self.prefixed(prefix, start + len);
        } else if word.is_ascii() {
            let kind = keyword::kind(word);
            if kind != TokenKind::Name && !self.brackets.is_empty() {
                self.note_recovery(kind, start);
            }
            self.push(kind, len);
        } else {
            self.non_ascii_name(start + len);
        }
    }

    fn prefixed(&mut self, prefix: Prefix, quote: usize) {
        let start = self.pos;
        if let Some((first, second)) = prefix.conflict() {
            let message = format!("'{first}' and '{second}' prefixes are incompatible");
            self.report(SyntaxError::new(message, range(start, quote)));
            self.string(start, quote);
        } else if prefix.format || prefix.template {
            self.fstring_start(prefix, quote);
        } else {
            self.string(start, quote);
        }
    }

    fn non_ascii_name(&mut self, end: usize) {
        let start = self.pos;
        let word = &self.text[start..end];
        let wrong = word.char_indices().find(|&(at, c)| {
            if at == 0 {
                !(is_xid_start(c) || c == '_')
            } else {
                !is_xid_continue(c)
            }
        });
        match wrong {
            Some((at, c)) if !self.lenient() => {
                let code = c as u32;
                let message = if is_printable(c) {
                    format!("invalid character '{c}' (U+{code:04X})")
                } else {
                    format!("invalid non-printable character U+{code:04X}")
                };
                self.error(message, start + at);
                self.push_to(TokenKind::Invalid, start, end);
            }
            _ => self.push_to(TokenKind::Name, start, end),
        }
    }
}
