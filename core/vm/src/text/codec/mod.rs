//! Text encodings and their error handlers.
//!
//! A codec meets a part it cannot convert, describes it as a `CodecError`, and
//! asks the caller's handler what to put there and where to go on. The handlers
//! CPython builds in are in `handlers`; one registered by a program is called by
//! whoever owns the machine.

pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod handlers;

use super::TextBuf;

/// The encodings the machine knows without its library.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Encoding {
    Utf8,
    Ascii,
    Latin1,
    Utf16(Order),
    Utf32(Order),
}

/// The order of bytes in a code unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    /// Read from the byte order mark, and written little-endian with one.
    Mark,
    Little,
    Big,
}

impl Encoding {
    /// Finds an encoding by any of the names CPython takes for it.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let normal: String = name
            .chars()
            .map(|c| {
                if matches!(c, '-' | ' ') {
                    '_'
                } else {
                    c.to_ascii_lowercase()
                }
            })
            .collect();
        Some(match normal.as_str() {
            "utf_8" | "utf8" | "u8" | "utf" | "cp65001" => Self::Utf8,
            "ascii" | "us_ascii" | "646" | "ansi_x3.4_1968" | "iso646_us" | "us" => Self::Ascii,
            "latin_1" | "latin1" | "latin" | "l1" | "iso_8859_1" | "iso8859_1" | "8859"
            | "cp819" | "iso8859" => Self::Latin1,
            "utf_16" | "utf16" | "u16" => Self::Utf16(Order::Mark),
            "utf_16_le" | "utf_16le" | "unicodelittleunmarked" => Self::Utf16(Order::Little),
            "utf_16_be" | "utf_16be" | "unicodebigunmarked" => Self::Utf16(Order::Big),
            "utf_32" | "utf32" | "u32" => Self::Utf32(Order::Mark),
            "utf_32_le" | "utf_32le" => Self::Utf32(Order::Little),
            "utf_32_be" | "utf_32be" => Self::Utf32(Order::Big),
            _ => return None,
        })
    }

    /// The name in error messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Ascii => "ascii",
            Self::Latin1 => "latin-1",
            Self::Utf16(Order::Mark) => "utf-16",
            Self::Utf16(Order::Little) => "utf-16-le",
            Self::Utf16(Order::Big) => "utf-16-be",
            Self::Utf32(Order::Mark) => "utf-32",
            Self::Utf32(Order::Little) => "utf-32-le",
            Self::Utf32(Order::Big) => "utf-32-be",
        }
    }
}

/// A part that cannot be converted: what `UnicodeError` carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct CodecError {
    pub(crate) encoding: &'static str,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) reason: &'static str,
}

/// What an encoding error handler puts in place of the part.
pub(crate) enum Replacement {
    Bytes(Vec<u8>),
    Text(TextBuf),
}

#[cfg(test)]
mod tests {
    use super::handlers::Handler;
    use super::*;
    use crate::text::Text;

    fn encoded(text: Text<'_>, encoding: &str, handler: &str) -> Result<Vec<u8>, CodecError> {
        let encoding = Encoding::from_name(encoding).unwrap();
        let handler = Handler::from_name(handler).unwrap();
        encode::encode(text, encoding, |error| {
            handler.encode(text, encoding, &error).ok_or(error)
        })
    }

    fn decoded(bytes: &[u8], encoding: &str, handler: &str) -> Result<TextBuf, CodecError> {
        let encoding = Encoding::from_name(encoding).unwrap();
        let handler = Handler::from_name(handler).unwrap();
        decode::decode(bytes, encoding, true, |error| {
            handler.decode(bytes, encoding, &error).ok_or(error)
        })
        .map(|(text, _)| text)
    }

    #[test]
    fn encoding() {
        let check = |points: &[u32],
                     name: &str,
                     handler: &str,
                     expected: Result<&[u8], (usize, usize, &str)>| {
            let got = encoded(
                TextBuf::from_code_points(points.iter().copied()).as_text(),
                name,
                handler,
            );
            let got = got
                .as_deref()
                .map_err(|error| (error.start, error.end, error.reason));
            assert_eq!(got, expected, "{points:x?} {name} {handler}");
        };
        check(
            &[0x61, 0xE9, 0x1F600],
            "utf-8",
            "strict",
            Ok(b"a\xc3\xa9\xf0\x9f\x98\x80"),
        );
        check(
            &[0x61, 0xD800, 0xDC80],
            "utf-8",
            "strict",
            Err((1, 3, "surrogates not allowed")),
        );
        check(&[0x61, 0xDC80], "UTF8", "surrogateescape", Ok(b"a\x80"));
        check(
            &[0x61, 0xD800],
            "utf-8",
            "surrogatepass",
            Ok(b"a\xed\xa0\x80"),
        );
        check(
            &[0x61, 0xE9],
            "ascii",
            "strict",
            Err((1, 2, "ordinal not in range(128)")),
        );
        check(
            &[0x61, 0xE9, 0x436],
            "ascii",
            "xmlcharrefreplace",
            Ok(b"a&#233;&#1078;"),
        );
        check(
            &[0x61, 0xE9, 0x436],
            "ascii",
            "backslashreplace",
            Ok(b"a\\xe9\\u0436"),
        );
        check(&[0x61, 0xE9, 0x436], "latin-1", "replace", Ok(b"a\xe9?"));
        check(
            &[0x61, 0x1F600],
            "utf-16-le",
            "strict",
            Ok(b"a\0\x3d\xd8\x00\xde"),
        );
        check(&[0x61], "utf-16", "strict", Ok(b"\xff\xfea\0"));
        check(&[0x61], "utf-32-be", "strict", Ok(b"\0\0\0a"));
    }

    #[test]
    fn decoding() {
        let check = |bytes: &[u8],
                     name: &str,
                     handler: &str,
                     expected: Result<&[u32], (usize, usize, &str)>| {
            let got = decoded(bytes, name, handler)
                .map(|text| text.as_text().code_points().collect::<Vec<_>>());
            let got = got
                .as_deref()
                .map_err(|error| (error.start, error.end, error.reason));
            assert_eq!(got, expected, "{bytes:x?} {name} {handler}");
        };
        check(b"a\xc3\xa9", "utf-8", "strict", Ok(&[0x61, 0xE9]));
        check(
            b"a\xff",
            "utf-8",
            "strict",
            Err((1, 2, "invalid start byte")),
        );
        check(
            b"a\xe2\x28",
            "utf-8",
            "strict",
            Err((1, 2, "invalid continuation byte")),
        );
        check(
            b"\xe2\x82x",
            "utf-8",
            "strict",
            Err((0, 2, "invalid continuation byte")),
        );
        check(
            b"a\xe2\x82",
            "utf-8",
            "strict",
            Err((1, 3, "unexpected end of data")),
        );
        check(
            b"a\xff\xe2\x82b",
            "utf-8",
            "replace",
            Ok(&[0x61, 0xFFFD, 0xFFFD, 0x62]),
        );
        check(b"a\xffb", "utf-8", "ignore", Ok(&[0x61, 0x62]));
        check(b"\xff", "utf-8", "surrogateescape", Ok(&[0xDCFF]));
        check(b"\xed\xa0\x80", "utf-8", "surrogatepass", Ok(&[0xD800]));
        check(
            b"\xff",
            "utf-8",
            "backslashreplace",
            Ok(&[0x5C, 0x78, 0x66, 0x66]),
        );
        check(
            b"\x80",
            "ascii",
            "strict",
            Err((0, 1, "ordinal not in range(128)")),
        );
        check(b"\xff\xfea\0", "utf-16", "strict", Ok(&[0x61]));
        check(
            b"\0a\xd8\x3d\xde\0",
            "utf-16-be",
            "strict",
            Ok(&[0x61, 0x1F600]),
        );
        check(
            b"a\0b",
            "utf-16-le",
            "strict",
            Err((2, 3, "truncated data")),
        );
        check(
            b"\0\xd8a\0",
            "utf-16-le",
            "strict",
            Err((0, 2, "illegal UTF-16 surrogate")),
        );
        check(
            b"\0\xdca\0",
            "utf-16-le",
            "strict",
            Err((0, 2, "illegal encoding")),
        );
        check(
            b"\0\0\x11\0",
            "utf-32-le",
            "strict",
            Err((0, 4, "code point not in range(0x110000)")),
        );
    }
}
