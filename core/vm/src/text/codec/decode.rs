//! From bytes to text.

use super::{CodecError, Encoding, Order};
use crate::text::{StrBuilder, TextBuf};

/// Decodes `bytes`; gives the text and how many bytes it took, which is all of
/// them when `last` is set. The handler gives a replacement and the position to
/// go on at.
pub(crate) fn decode<E>(
    bytes: &[u8],
    encoding: Encoding,
    last: bool,
    handler: impl FnMut(CodecError) -> Result<(TextBuf, usize), E>,
) -> Result<(TextBuf, usize), E> {
    match encoding {
        Encoding::Utf8 => utf8(bytes, last, handler),
        Encoding::Latin1 => Ok((TextBuf::from_latin1(bytes), bytes.len())),
        Encoding::Ascii => ascii(bytes, handler),
        Encoding::Utf16(order) => utf16(bytes, order, last, handler),
        Encoding::Utf32(order) => utf32(bytes, order, last, handler),
    }
}

fn utf8<E>(
    bytes: &[u8],
    last: bool,
    mut handler: impl FnMut(CodecError) -> Result<(TextBuf, usize), E>,
) -> Result<(TextBuf, usize), E> {
    let mut out = StrBuilder::with_capacity(bytes.len());
    let mut at = 0;
    loop {
        let error = match std::str::from_utf8(&bytes[at..]) {
            Ok(text) => {
                out.push_text(text);
                return Ok((out.finish(), bytes.len()));
            }
            Err(error) => error,
        };
        let start = at + error.valid_up_to();
        if let Ok(text) = std::str::from_utf8(&bytes[at..start]) {
            out.push_text(text);
        }
        let (end, reason) = match error.error_len() {
            None if !last => return Ok((out.finish(), start)),
            None => (bytes.len(), "unexpected end of data"),
            Some(_) if !matches!(bytes[start], 0xC2..=0xF4) => (start + 1, "invalid start byte"),
            Some(len) => (start + len, "invalid continuation byte"),
        };
        let (text, resume) = handler(CodecError {
            encoding: "utf-8",
            start,
            end,
            reason,
        })?;
        out.push_str(&text);
        at = resume;
    }
}

fn ascii<E>(
    bytes: &[u8],
    mut handler: impl FnMut(CodecError) -> Result<(TextBuf, usize), E>,
) -> Result<(TextBuf, usize), E> {
    let mut out = StrBuilder::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let good = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii())
            .count();
        out.push_slice(&bytes[at..at + good]);
        at += good;
        if at < bytes.len() {
            let reason = "ordinal not in range(128)";
            let (text, resume) = handler(CodecError {
                encoding: "ascii",
                start: at,
                end: at + 1,
                reason,
            })?;
            out.push_str(&text);
            at = resume;
        }
    }
    Ok((out.finish(), bytes.len()))
}

fn utf16<E>(
    bytes: &[u8],
    order: Order,
    last: bool,
    mut handler: impl FnMut(CodecError) -> Result<(TextBuf, usize), E>,
) -> Result<(TextBuf, usize), E> {
    let mut at = 0;
    let (order, encoding) = match (order, bytes) {
        (Order::Mark, [0xFE, 0xFF, ..]) => (Order::Big, "utf-16"),
        (Order::Mark, _) => (Order::Little, "utf-16"),
        _ => (order, Encoding::Utf16(order).name()),
    };
    if encoding == "utf-16" && matches!(bytes, [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..]) {
        at = 2;
    }
    let encoding = match (encoding, order) {
        ("utf-16", Order::Little) => "utf-16-le",
        ("utf-16", Order::Big) => "utf-16-be",
        _ => encoding,
    };
    let unit = |at: usize| {
        let pair: [u8; 2] = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(u32::from(if order == Order::Big {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        }))
    };
    let mut out = StrBuilder::with_capacity(bytes.len() / 2);
    while at < bytes.len() {
        let (end, reason) = match (unit(at), unit(at + 2)) {
            (None, _) if !last => break,
            (None, _) => (bytes.len(), "truncated data"),
            (Some(high @ 0xD800..=0xDBFF), Some(low @ 0xDC00..=0xDFFF)) => {
                out.push(0x1_0000 + ((high & 0x3FF) << 10 | (low & 0x3FF)));
                at += 4;
                continue;
            }
            (Some(0xD800..=0xDBFF), None) if !last => break,
            (Some(0xD800..=0xDBFF), None) => (bytes.len(), "unexpected end of data"),
            (Some(0xD800..=0xDBFF), Some(_)) => (at + 2, "illegal UTF-16 surrogate"),
            (Some(0xDC00..=0xDFFF), _) => (at + 2, "illegal encoding"),
            (Some(c), _) => {
                out.push(c);
                at += 2;
                continue;
            }
        };
        let (text, resume) = handler(CodecError {
            encoding,
            start: at,
            end,
            reason,
        })?;
        out.push_str(&text);
        at = resume;
    }
    Ok((out.finish(), at.min(bytes.len())))
}

fn utf32<E>(
    bytes: &[u8],
    order: Order,
    last: bool,
    mut handler: impl FnMut(CodecError) -> Result<(TextBuf, usize), E>,
) -> Result<(TextBuf, usize), E> {
    let mut at = 0;
    let mut actual = order;
    if order == Order::Mark {
        actual = if bytes.starts_with(&[0, 0, 0xFE, 0xFF]) {
            Order::Big
        } else {
            Order::Little
        };
        if matches!(bytes, [0, 0, 0xFE, 0xFF, ..] | [0xFF, 0xFE, 0, 0, ..]) {
            at = 4;
        }
    }
    let encoding = Encoding::Utf32(actual).name();
    let mut out = StrBuilder::with_capacity(bytes.len() / 4);
    while at < bytes.len() {
        let unit = bytes.get(at..at + 4).and_then(|unit| unit.try_into().ok());
        let unit = unit.map(if actual == Order::Big {
            u32::from_be_bytes
        } else {
            u32::from_le_bytes
        });
        let (end, reason) = match unit {
            None if !last => break,
            None => (bytes.len(), "truncated data"),
            Some(0xD800..=0xDFFF) => (
                at + 4,
                "code point in surrogate code point range(0xd800, 0xe000)",
            ),
            Some(0x11_0000..) => (at + 4, "code point not in range(0x110000)"),
            Some(c) => {
                out.push(c);
                at += 4;
                continue;
            }
        };
        let (text, resume) = handler(CodecError {
            encoding,
            start: at,
            end,
            reason,
        })?;
        out.push_str(&text);
        at = resume;
    }
    Ok((out.finish(), at.min(bytes.len())))
}
