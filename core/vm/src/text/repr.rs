//! `repr()` and `ascii()` of strings, and `repr()` of bytes.

use super::{StrBuilder, Text, TextBuf, unicode};

impl Text<'_> {
    /// `repr(self)`.
    pub fn repr(self) -> TextBuf {
        self.quoted(|c| {
            if c < 0x7F {
                c >= 0x20
            } else {
                unicode::is_printable(c)
            }
        })
    }

    /// `ascii(self)`.
    pub fn ascii_repr(self) -> TextBuf {
        self.quoted(|c| (0x20..0x7F).contains(&c))
    }

    fn quoted(self, shown: impl Fn(u32) -> bool) -> TextBuf {
        let has = |quote: u8| self.code_points().any(|c| c == u32::from(quote));
        let quote = if has(b'\'') && !has(b'"') {
            b'"'
        } else {
            b'\''
        };
        let mut out = StrBuilder::with_capacity(self.len() + 2);
        out.push(quote.into());
        for c in self.code_points() {
            match c {
                0x5C => out.push_text("\\\\"),
                _ if c == u32::from(quote) => {
                    out.push(0x5C);
                    out.push(c);
                }
                _ if shown(c) => out.push(c),
                _ => push_escape(&mut out, c),
            }
        }
        out.push(quote.into());
        out.finish()
    }
}

fn push_escape(out: &mut StrBuilder, c: u32) {
    match c {
        0x09 => out.push_text("\\t"),
        0x0A => out.push_text("\\n"),
        0x0D => out.push_text("\\r"),
        0..=0xFF => out.push_text(&format!("\\x{c:02x}")),
        0x100..=0xFFFF => out.push_text(&format!("\\u{c:04x}")),
        _ => out.push_text(&format!("\\U{c:08x}")),
    }
}

/// `repr(bytes)`, with the `b`.
pub(crate) fn bytes_repr(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push('b');
    out.push(quote);
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            _ if char::from(byte) == quote => {
                out.push('\\');
                out.push(quote);
            }
            0x20..0x7F => out.push(byte.into()),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes() {
        let check = |text: &str, repr: &str, ascii: &str| {
            let text = TextBuf::from(text);
            let text = text.as_text();
            assert_eq!(
                (
                    text.repr().to_string().as_str(),
                    text.ascii_repr().to_string().as_str()
                ),
                (repr, ascii)
            );
        };
        check("a'b", "\"a'b\"", "\"a'b\"");
        check("a'\"b", "'a\\'\"b'", "'a\\'\"b'");
        check(
            "\t\n\r\\\x00\x7f",
            "'\\t\\n\\r\\\\\\x00\\x7f'",
            "'\\t\\n\\r\\\\\\x00\\x7f'",
        );
        check(
            "é\u{a0}ж😀\u{200b}",
            "'é\\xa0ж😀\\u200b'",
            "'\\xe9\\xa0\\u0436\\U0001f600\\u200b'",
        );
        assert_eq!(
            TextBuf::from_code_points([0xD800, 0xDC00]).as_text().repr(),
            "'\\ud800\\udc00'"
        );
        assert_eq!(bytes_repr(b"a'\n\xff"), "b\"a'\\n\\xff\"");
    }
}
