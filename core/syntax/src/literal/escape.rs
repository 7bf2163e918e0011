//! Escape sequences in strings and bytes.

use std::borrow::Cow;

use super::{Decoded, Value, character_named};
use crate::error::SyntaxWarning;
use crate::position::TextRange;
use crate::wtf8;

/// A backslash that escapes nothing, or an octal escape above `\377`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct InvalidEscape {
    /// Where the backslash is.
    pub(crate) at: u32,
    octal: bool,
    /// What follows it: one character, or three octal digits.
    text: [u8; 3],
}

impl InvalidEscape {
    fn character(at: usize, c: u8) -> Self {
        Self {
            at: at as u32,
            octal: false,
            text: [c, 0, 0],
        }
    }

    fn octal(at: usize, value: u32) -> Self {
        let digit = |shift: u32| b'0' + (value >> shift & 7) as u8;
        Self {
            at: at as u32,
            octal: true,
            text: [digit(6), digit(3), digit(0)],
        }
    }

    /// The same, `by` bytes later.
    pub(super) fn shifted(self, by: u32) -> Self {
        Self {
            at: self.at + by,
            ..self
        }
    }

    /// What CPython says of it in a literal that starts at `start`.
    pub(crate) fn warning(self, start: u32) -> SyntaxWarning {
        let at = start + self.at;
        let len = if self.octal { 3 } else { 1 };
        let text = String::from_utf8_lossy(&self.text[..len]);
        let octal = if self.octal { "octal " } else { "" };
        let message = format!(
            "\"\\{text}\" is an invalid {octal}escape sequence. Such sequences will not work in \
             the future. Did you mean \"\\\\{text}\"? A raw string is also an option."
        );
        SyntaxWarning {
            message: message.into(),
            range: TextRange::new(at, at + 1 + len as u32),
            line: None,
        }
    }
}

/// A one-letter escape's character, the same in strings and bytes.
fn simple(letter: u8) -> Option<u8> {
    Some(match letter {
        b'\\' | b'\'' | b'"' => letter,
        b'a' => 7,
        b'b' => 8,
        b't' => 9,
        b'n' => 10,
        b'v' => 11,
        b'f' => 12,
        b'r' => 13,
        _ => return None,
    })
}

/// Up to three octal digits at `at`: their value and number.
fn octal(bytes: &[u8], at: usize) -> (u32, usize) {
    let digits = bytes[at..]
        .iter()
        .take(3)
        .take_while(|byte| matches!(byte, b'0'..=b'7'));
    digits.fold((0, 0), |(value, len), digit| {
        (value * 8 + u32::from(digit - b'0'), len + 1)
    })
}

/// Decodes a string's body. `first` is where its first backslash or `\r` is.
pub(super) fn decode_str(body: &str, first: usize) -> Value<'static> {
    let bytes = body.as_bytes();
    let mut value = Vec::with_capacity(bytes.len());
    value.extend_from_slice(&bytes[..first]);
    let mut invalid_escape = None;
    let mut at = first;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\r' {
            value.push(b'\n');
            at += newline_len(bytes, at);
            continue;
        }
        if byte != b'\\' {
            let rest = &bytes[at..];
            let len = memchr::memchr2(b'\\', b'\r', rest).unwrap_or(rest.len());
            value.extend_from_slice(&rest[..len]);
            at += len;
            continue;
        }
        let start = at;
        at += 1;
        match bytes.get(at).copied() {
            // CPython turns the backslash into an escape of itself here.
            None | Some(0x80..) => value.push(b'\\'),
            Some(b'\n' | b'\r') => at += newline_len(bytes, at),
            Some(b'0'..=b'7') => {
                let (code, len) = octal(bytes, at);
                if code > 0o377 && invalid_escape.is_none() {
                    invalid_escape = Some(InvalidEscape::octal(start, code));
                }
                wtf8::push(&mut value, code);
                at += len;
            }
            Some(b'x') => at = hexadecimal(body, start, 2, "truncated \\xXX escape", &mut value)?,
            Some(b'u') => at = hexadecimal(body, start, 4, "truncated \\uXXXX escape", &mut value)?,
            Some(b'U') => {
                at = hexadecimal(body, start, 8, "truncated \\UXXXXXXXX escape", &mut value)?;
            }
            Some(b'N') => at = named(body, start, &mut value)?,
            Some(letter) => {
                match simple(letter) {
                    Some(c) => value.push(c),
                    None => {
                        invalid_escape =
                            invalid_escape.or(Some(InvalidEscape::character(start, letter)));
                        value.extend_from_slice(&[b'\\', letter]);
                    }
                }
                at += 1;
            }
        }
    }
    Ok(Decoded {
        value: value.into(),
        invalid_escape,
    })
}

/// `\x`, `\u` or `\U` at `start` and so many digits. Gives the offset behind.
fn hexadecimal(
    body: &str,
    start: usize,
    digits: usize,
    truncated: &str,
    value: &mut Vec<u8>,
) -> Result<usize, Cow<'static, str>> {
    let rest = &body.as_bytes()[start + 2..];
    let len = rest
        .iter()
        .take(digits)
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let end = start + 2 + len;
    if len < digits {
        return Err(unicode_error(body, start, end, truncated));
    }
    let code = u32::from_str_radix(&body[start + 2..end], 16).unwrap_or(u32::MAX);
    if code > 0x10_FFFF {
        return Err(unicode_error(body, start, end, "illegal Unicode character"));
    }
    wtf8::push(value, code);
    Ok(end)
}

/// `\N{...}` at `start`. Gives the offset behind.
fn named(body: &str, start: usize, value: &mut Vec<u8>) -> Result<usize, Cow<'static, str>> {
    let malformed = "malformed \\N character escape";
    let Some(name) = body[start + 2..].strip_prefix('{') else {
        return Err(unicode_error(body, start, start + 2, malformed));
    };
    let name_start = start + 3;
    match memchr::memchr(b'}', name.as_bytes()) {
        None => Err(unicode_error(body, start, body.len(), malformed)),
        Some(0) => Err(unicode_error(body, start, name_start, malformed)),
        Some(len) => match character_named(&name[..len]) {
            Some(c) => {
                value.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                Ok(name_start + len + 1)
            }
            None => {
                let end = name_start + len + 1;
                Err(unicode_error(
                    body,
                    start,
                    end,
                    "unknown Unicode character name",
                ))
            }
        },
    }
}

/// CPython's message for a wrong escape at `start..end`.
///
/// It counts in a copy of the body in which each character above ASCII is
/// written as `\UXXXXXXXX`, and a backslash before one as `\u005c`.
fn unicode_error(body: &str, start: usize, end: usize, reason: &str) -> Cow<'static, str> {
    let width = |text: &str, backslashed: bool| {
        let mut width = 0;
        let mut after_backslash = backslashed;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            width += match c {
                '\r' if chars.peek() == Some(&'\n') => 0,
                _ if c.is_ascii() => 1,
                _ if after_backslash => 15,
                _ => 10,
            };
            after_backslash = c == '\\' && !after_backslash;
        }
        width
    };
    let first = width(&body[..start], false);
    let last = first + width(&body[start..end], false) - 1;
    format!(
        "(unicode error) 'unicodeescape' codec can't decode bytes in position {first}-{last}: {reason}"
    )
    .into()
}

/// Decodes a bytes literal's body, which is ASCII.
pub(super) fn decode_bytes(body: &[u8]) -> Value<'static> {
    let mut value = Vec::with_capacity(body.len());
    let mut invalid_escape = None;
    let mut at = 0;
    while at < body.len() {
        let rest = &body[at..];
        let len = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        value.extend_from_slice(&rest[..len]);
        at += len;
        if at == body.len() {
            break;
        }
        let start = at;
        at += 1;
        match body.get(at).copied() {
            None => value.push(b'\\'),
            Some(b'\n') => at += 1,
            Some(b'0'..=b'7') => {
                let (code, len) = octal(body, at);
                if code > 0o377 && invalid_escape.is_none() {
                    invalid_escape = Some(InvalidEscape::octal(start, code));
                }
                value.push(code as u8);
                at += len;
            }
            Some(b'x') => {
                let digits = body.get(at + 1..at + 3).and_then(|digits| {
                    let digit = |byte: u8| (byte as char).to_digit(16);
                    Some(digit(digits[0])? << 4 | digit(digits[1])?)
                });
                let Some(byte) = digits else {
                    return Err(
                        format!("(value error) invalid \\x escape at position {start}").into(),
                    );
                };
                value.push(byte as u8);
                at += 3;
            }
            Some(letter) => {
                match simple(letter) {
                    Some(byte) => value.push(byte),
                    None => {
                        invalid_escape =
                            invalid_escape.or(Some(InvalidEscape::character(start, letter)));
                        value.extend_from_slice(&[b'\\', letter]);
                    }
                }
                at += 1;
            }
        }
    }
    Ok(Decoded {
        value: value.into(),
        invalid_escape,
    })
}

fn newline_len(bytes: &[u8], at: usize) -> usize {
    crate::lexer::newline_len(bytes, at)
}
