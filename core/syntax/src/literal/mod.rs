//! The values of number, string and f-string tokens.
//!
//! Takes tokens as the lexer cut them, broken ones too, and never panics: what
//! has no value gives CPython's message. A literal without escapes costs one
//! allocation, that of its value.

mod character_name;
mod escape;
mod number;
pub mod percent;

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use crate::line_index::newlines_in;
use crate::position::TextRange;
use crate::word;

pub use character_name::character_named;
pub(crate) use escape::InvalidEscape;
pub(crate) use number::{MAX_DIGITS, Number, number};

/// Why a literal has no value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct LiteralError {
    /// CPython's message.
    pub(crate) message: Cow<'static, str>,
    /// What CPython shows, relative to the token: the token, or of an
    /// f-string's text the piece that CPython makes a token of.
    pub(crate) range: TextRange,
}

/// A literal's value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Decoded<T> {
    pub(crate) value: T,
    /// The first backslash that escapes nothing, of which CPython warns.
    pub(crate) invalid_escape: Option<InvalidEscape>,
}

/// What a string holds: bytes, or generalized UTF-8.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct StringValue<'t> {
    pub(crate) text: Cow<'t, [u8]>,
    /// Whether it is a `bytes`.
    pub(crate) is_bytes: bool,
}

/// The value of the `String` token at a range of a text if it is what stands between two
/// quotes: there is neither prefix nor escape. Most strings are so, and short.
#[inline]
pub(crate) fn plain_string(text: &str, range: TextRange) -> Option<&[u8]> {
    let bytes = text.as_bytes();
    let [quote @ (b'"' | b'\''), inner @ .., last] = &bytes[range.as_usize()] else {
        return None;
    };
    if last != quote || inner.first() == Some(quote) {
        return None;
    }
    let mut at = range.start as usize + 1;
    let end = range.end as usize - 1;
    while at < end {
        let plain = word::before(word::stops_string(word::load(bytes, at), b'\\'));
        if plain < 8 && at + plain < end {
            return None;
        }
        at += 8;
    }
    Some(inner)
}

/// The value of a `String` token, prefix and quotes included.
pub(crate) fn string(text: &str) -> Result<Decoded<StringValue<'_>>, LiteralError> {
    let (prefix, body) = body(text);
    let has = |letter: u8| prefix.bytes().any(|byte| byte | 0x20 == letter);
    let offset = (body.as_ptr() as usize - text.as_ptr() as usize) as u32;
    let (raw, is_bytes) = (has(b'r'), has(b'b'));
    let decoded = if is_bytes {
        bytes(body, raw)
    } else {
        text_of(body, raw)
    };
    match decoded {
        Ok(Decoded {
            value: text,
            invalid_escape,
        }) => Ok(Decoded {
            value: StringValue { text, is_bytes },
            invalid_escape: invalid_escape.map(|escape| escape.shifted(offset)),
        }),
        Err(message) => Err(LiteralError {
            message,
            range: TextRange::new(0, text.len() as u32),
        }),
    }
}

/// How deep in one another fields are where CPython cannot show the text before `=`.
pub(crate) const NO_DEBUG_DEPTH: u32 = 3;

/// What the text in an f-string or t-string stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FStringText<'t> {
    pub(crate) value: Cow<'t, [u8]>,
    /// The first backslash that escapes nothing in each token that CPython cuts, and how many
    /// lines end before it there: so many below the end of the string CPython takes it to be.
    pub(crate) invalid_escapes: Vec<(InvalidEscape, u32)>,
}

/// The value of the text in an f-string or t-string: braces are still doubled.
pub(crate) fn fstring_part(text: &str, raw: bool) -> Result<FStringText<'_>, LiteralError> {
    let whole = |message| LiteralError {
        message,
        range: TextRange::new(0, text.len() as u32),
    };
    if memchr::memchr3(b'{', b'}', b'\\', text.as_bytes()).is_none() {
        let value = text_of(text, true).map_err(whole)?.value;
        return Ok(FStringText {
            value,
            invalid_escapes: Vec::new(),
        });
    }
    let mut value = Vec::with_capacity(text.len());
    let mut invalid_escapes = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let piece = Piece::cut(text, start, raw);
        let source = &text[start..piece.end];
        let range = TextRange::new(start as u32, piece.end as u32);
        let wrong = |message| LiteralError { message, range };
        let decoded = text_of(source, raw).map_err(wrong)?;
        value.extend_from_slice(&decoded.value);
        // The lexer warns of escaped braces.
        let at_brace = |escape: &InvalidEscape| {
            matches!(
                source.as_bytes().get(escape.at as usize + 1),
                Some(b'{' | b'}')
            )
        };
        let escape = decoded.invalid_escape.filter(|escape| !at_brace(escape));
        invalid_escapes.extend(escape.map(|escape| {
            let lines = newlines_in(&source.as_bytes()[..escape.at as usize]);
            (escape.shifted(start as u32), lines)
        }));
        start = piece.next;
    }
    Ok(FStringText {
        value: value.into(),
        invalid_escapes,
    })
}

/// One of the tokens into which CPython cuts an f-string's text: up to a
/// doubled brace, of which the first belongs to it, or to a named escape's end.
struct Piece {
    end: usize,
    next: usize,
}

impl Piece {
    fn cut(text: &str, start: usize, raw: bool) -> Self {
        let bytes = text.as_bytes();
        let mut at = start;
        let mut named_escape = false;
        while let Some(&byte) = bytes.get(at) {
            match (byte, bytes.get(at + 1)) {
                (b'\\', Some(b'{' | b'}')) => at += 1,
                (b'\\', Some(b'N')) if !raw && bytes.get(at + 2) == Some(&b'{') => {
                    named_escape = true;
                    at += 3;
                }
                (b'\\', Some(_)) => at += 2,
                (b'}', _) if named_escape => {
                    return Self {
                        end: at + 1,
                        next: at + 1,
                    };
                }
                (b'{', Some(b'{')) | (b'}', Some(b'}')) => {
                    return Self {
                        end: at + 1,
                        next: at + 2,
                    };
                }
                _ => at += 1,
            }
        }
        Self {
            end: bytes.len(),
            next: bytes.len(),
        }
    }
}

/// A string token's prefix, and what is between its quotes. Quotes that are
/// missing at the end are no part of a broken token.
fn body(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let Some(at) = bytes.iter().position(|byte| matches!(byte, b'"' | b'\'')) else {
        return ("", text);
    };
    let quote = bytes[at];
    let opened = &bytes[at..];
    let len = if opened.len() >= 3 && opened[1] == quote && opened[2] == quote {
        3
    } else {
        1
    };
    let inner = &text[at + len..];
    let closed = inner.len() >= len && inner.bytes().rev().take(len).all(|byte| byte == quote);
    (
        &text[..at],
        if closed {
            &inner[..inner.len() - len]
        } else {
            inner
        },
    )
}

type Value<'t> = Result<Decoded<Cow<'t, [u8]>>, Cow<'static, str>>;

fn text_of(body: &str, raw: bool) -> Value<'_> {
    let value = match memchr2(b'\\', b'\r', body.as_bytes()) {
        None => body.as_bytes().into(),
        Some(_) if raw => unify_newlines(body),
        Some(at) => return escape::decode_str(body, at),
    };
    Ok(Decoded {
        value,
        invalid_escape: None,
    })
}

fn bytes(body: &str, raw: bool) -> Value<'_> {
    if !body.is_ascii() {
        return Err("bytes can only contain ASCII literal characters".into());
    }
    let value = unify_newlines(body);
    if raw || memchr(b'\\', &value).is_none() {
        return Ok(Decoded {
            value,
            invalid_escape: None,
        });
    }
    escape::decode_bytes(&value)
}

/// Any newline as `\n`, as a literal holds it.
fn unify_newlines(text: &str) -> Cow<'_, [u8]> {
    if memchr(b'\r', text.as_bytes()).is_none() {
        return text.as_bytes().into();
    }
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    unified.into_bytes().into()
}

#[cfg(test)]
mod tests;
