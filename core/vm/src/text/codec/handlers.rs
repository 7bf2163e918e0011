//! The error handlers CPython builds in.

use super::encode::{push_u16, push_u32};
use super::{CodecError, Encoding, Replacement};
use crate::text::{StrBuilder, Text, TextBuf};

/// A built-in error handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Handler {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    SurrogateEscape,
    SurrogatePass,
    XmlCharRefReplace,
}

impl Handler {
    /// Finds a handler by name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "strict" => Self::Strict,
            "ignore" => Self::Ignore,
            "replace" => Self::Replace,
            "backslashreplace" => Self::BackslashReplace,
            "surrogateescape" => Self::SurrogateEscape,
            "surrogatepass" => Self::SurrogatePass,
            "xmlcharrefreplace" => Self::XmlCharRefReplace,
            _ => return None,
        })
    }

    /// What stands for the part that cannot be encoded; `None` raises.
    pub(crate) fn encode(
        self,
        text: Text<'_>,
        encoding: Encoding,
        error: &CodecError,
    ) -> Option<(Replacement, usize)> {
        let part = text.substring(error.start, error.end);
        let part = part.as_text();
        let replacement = match self {
            Self::Strict => return None,
            Self::Ignore => Replacement::Bytes(Vec::new()),
            Self::Replace => Replacement::Text(TextBuf::from("?").as_text().repeat(part.len())),
            Self::BackslashReplace => Replacement::Text(backslashed(part.code_points())),
            Self::XmlCharRefReplace => {
                let text: String = part.code_points().map(|c| format!("&#{c};")).collect();
                Replacement::Text(TextBuf::from(text))
            }
            Self::SurrogateEscape => {
                let byte = |c| (0xDC80..0xDD00).contains(&c).then(|| (c - 0xDC00) as u8);
                Replacement::Bytes(part.code_points().map(byte).collect::<Option<_>>()?)
            }
            Self::SurrogatePass => {
                let mut out = Vec::new();
                for c in part.code_points() {
                    if !(0xD800..0xE000).contains(&c) {
                        return None;
                    }
                    match encoding {
                        Encoding::Utf8 => vitrine_syntax::wtf8::push(&mut out, c),
                        Encoding::Utf16(order) => push_u16(&mut out, order, c as u16),
                        Encoding::Utf32(order) => push_u32(&mut out, order, c),
                        Encoding::Ascii | Encoding::Latin1 => return None,
                    }
                }
                Replacement::Bytes(out)
            }
        };
        Some((replacement, error.end))
    }

    /// What stands for the part that cannot be decoded; `None` raises.
    pub(crate) fn decode(
        self,
        bytes: &[u8],
        encoding: Encoding,
        error: &CodecError,
    ) -> Option<(TextBuf, usize)> {
        let part = &bytes[error.start..error.end];
        let text = match self {
            Self::Strict | Self::XmlCharRefReplace => return None,
            Self::Ignore => TextBuf::empty(),
            Self::Replace => TextBuf::from_code_point(0xFFFD),
            Self::BackslashReplace => backslashed(part.iter().map(|&byte| byte.into())),
            Self::SurrogateEscape => {
                // As many bytes as are not ASCII, four at most.
                let escaped: Vec<u32> = part
                    .iter()
                    .take(4)
                    .take_while(|&&byte| byte >= 0x80)
                    .map(|&byte| 0xDC00 + u32::from(byte))
                    .collect();
                if escaped.is_empty() {
                    return None;
                }
                let end = error.start + escaped.len();
                return Some((TextBuf::from_code_points(escaped), end));
            }
            Self::SurrogatePass => {
                let (c, len) = surrogate(&bytes[error.start..], encoding, error.encoding)?;
                return Some((TextBuf::from_code_point(c), error.start + len));
            }
        };
        Some((text, error.end))
    }
}

/// The surrogate that is encoded at the start of `bytes`, and its length.
fn surrogate(bytes: &[u8], encoding: Encoding, name: &str) -> Option<(u32, usize)> {
    let big = name.ends_with("-be");
    let (c, len) = match encoding {
        Encoding::Utf8 => match *bytes {
            [0xED, b @ 0xA0..=0xBF, c @ 0x80..=0xBF, ..] => {
                (0xD000 | u32::from(b & 0x3F) << 6 | u32::from(c & 0x3F), 3)
            }
            _ => return None,
        },
        Encoding::Utf16(_) => {
            let unit = bytes.get(..2)?.try_into().ok()?;
            (
                u32::from(if big {
                    u16::from_be_bytes(unit)
                } else {
                    u16::from_le_bytes(unit)
                }),
                2,
            )
        }
        Encoding::Utf32(_) => {
            let unit = bytes.get(..4)?.try_into().ok()?;
            (
                if big {
                    u32::from_be_bytes(unit)
                } else {
                    u32::from_le_bytes(unit)
                },
                4,
            )
        }
        Encoding::Ascii | Encoding::Latin1 => return None,
    };
    (0xD800..0xE000).contains(&c).then_some((c, len))
}

/// `\xNN`, `\uNNNN`, `\UNNNNNNNN`.
fn backslashed(code_points: impl Iterator<Item = u32>) -> TextBuf {
    let mut out = StrBuilder::new();
    for c in code_points {
        out.push_text(&match c {
            0..=0xFF => format!("\\x{c:02x}"),
            0x100..=0xFFFF => format!("\\u{c:04x}"),
            _ => format!("\\U{c:08x}"),
        });
    }
    out.finish()
}
