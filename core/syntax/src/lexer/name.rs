//! Identifiers and the prefixes of strings.

use std::borrow::Cow;

use unicode_ident::{is_xid_continue, is_xid_start};
use unicode_normalization::{UnicodeNormalization, is_nfkc};

use super::keyword::{Keywords, number};
use super::{Lexer, is_printable, keyword, range};
use crate::error::SyntaxError;
use crate::token::TokenKind;
use crate::word;

static KEYWORDS: Keywords = keyword::KEYWORDS;

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

/// The kind of the name or keyword at `at`, and its length, if it is all ASCII.
#[inline]
pub(super) fn name(bytes: &[u8], at: usize) -> Option<(TokenKind, usize)> {
    let (len, all) = identifier(bytes, at);
    if word::has_non_ascii(all) {
        return None;
    }
    Some((
        KEYWORDS.kind(word::load(bytes, at), len.min(63), number(TokenKind::Name)),
        len,
    ))
}

/// How many bytes from `at` on an identifier can hold, and all these in one word.
#[inline]
fn identifier(bytes: &[u8], at: usize) -> (usize, u64) {
    let (mut end, mut all) = (at, 0);
    loop {
        let next = word::load(bytes, end);
        let mask = word::not_identifier(next);
        all |= word::head(next, mask);
        end += word::before(mask);
        if mask != 0 {
            return (end - at, all);
        }
    }
}

impl Lexer<'_> {
    /// A string, whose prefix may have been read as a name.
    pub(super) fn string_or_prefixed(&mut self) {
        let quote = self.pos;
        let name = { self.lexed.tokens.last().copied() }
            .filter(|token| token.kind == TokenKind::Name && token.range.end as usize == quote);
        if let Some(name) = name
            && name.range.len() <= 5
            && let Some(prefix) = Prefix::parse(&self.bytes[name.range.as_usize()])
        {
            let before = self.lexed.tokens.len() - 1;
            self.lexed.tokens.truncate(before);
            self.pos = name.range.start as usize;
            return self.prefixed(prefix, quote);
        }
        self.string(quote, quote);
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

    /// A name that is long, or perhaps not all ASCII.
    pub(super) fn any_name(&mut self) {
        let start = self.pos;
        if let Some((kind, len)) = name(self.bytes, start) {
            return self.push(kind, len);
        }
        let end = start + identifier(self.bytes, start).0;
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
