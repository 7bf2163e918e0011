//! From text to bytes.

use super::{CodecError, Encoding, Order, Replacement};
use crate::text::Text;

/// Encodes `text`. The handler gives a replacement and the position to go on at.
pub(crate) fn encode<E>(
    text: Text<'_>,
    encoding: Encoding,
    mut handler: impl FnMut(CodecError) -> Result<(Replacement, usize), E>,
) -> Result<Vec<u8>, E> {
    if let (Some(ascii), Encoding::Utf8 | Encoding::Ascii | Encoding::Latin1) =
        (text.as_ascii(), encoding)
    {
        return Ok(ascii.as_bytes().to_vec());
    }
    let (encoding, mut out) = match encoding {
        Encoding::Utf16(Order::Mark) => (Encoding::Utf16(Order::Little), vec![0xFF, 0xFE]),
        Encoding::Utf32(Order::Mark) => (Encoding::Utf32(Order::Little), vec![0xFF, 0xFE, 0, 0]),
        _ => (encoding, Vec::with_capacity(text.len())),
    };
    let mut at = 0;
    while let Some(c) = text.get(at) {
        if push(&mut out, encoding, c) {
            at += 1;
            continue;
        }
        let start = at;
        let bad = |c: u32| match encoding {
            Encoding::Ascii => c > 0x7F,
            Encoding::Latin1 => c > 0xFF,
            Encoding::Utf8 => (0xD800..0xE000).contains(&c),
            // These report one surrogate at a time.
            Encoding::Utf16(_) | Encoding::Utf32(_) => false,
        };
        at += 1;
        while text.get(at).is_some_and(bad) {
            at += 1;
        }
        let reason = match encoding {
            Encoding::Ascii => "ordinal not in range(128)",
            Encoding::Latin1 => "ordinal not in range(256)",
            _ => "surrogates not allowed",
        };
        let error = CodecError {
            encoding: encoding.name(),
            start,
            end: at,
            reason,
        };
        let (replacement, resume) = handler(error)?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend_from_slice(&bytes),
            Replacement::Text(replacement) => {
                for c in replacement.as_text().code_points() {
                    if !push(&mut out, encoding, c) {
                        // A replacement that cannot be encoded either is an error about the original.
                        handler(CodecError { end: at, ..error })?;
                    }
                }
            }
        }
        at = resume;
    }
    Ok(out)
}

/// Appends one code point, or says that the encoding has none for it.
pub(super) fn push(out: &mut Vec<u8>, encoding: Encoding, c: u32) -> bool {
    match encoding {
        Encoding::Ascii if c > 0x7F => return false,
        Encoding::Latin1 if c > 0xFF => return false,
        Encoding::Ascii | Encoding::Latin1 => out.push(c as u8),
        _ if (0xD800..0xE000).contains(&c) => return false,
        Encoding::Utf8 => vitrine_syntax::wtf8::push(out, c),
        Encoding::Utf16(order) => {
            if c > 0xFFFF {
                push_u16(out, order, 0xD800 | ((c - 0x1_0000) >> 10) as u16);
                push_u16(out, order, 0xDC00 | ((c - 0x1_0000) & 0x3FF) as u16);
            } else {
                push_u16(out, order, c as u16);
            }
        }
        Encoding::Utf32(order) => push_u32(out, order, c),
    }
    true
}

pub(super) fn push_u16(out: &mut Vec<u8>, order: Order, unit: u16) {
    out.extend_from_slice(&if order == Order::Big {
        unit.to_be_bytes()
    } else {
        unit.to_le_bytes()
    });
}

pub(super) fn push_u32(out: &mut Vec<u8>, order: Order, unit: u32) {
    out.extend_from_slice(&if order == Order::Big {
        unit.to_be_bytes()
    } else {
        unit.to_le_bytes()
    });
}
