//! An open document: the client's text, edited in place.
//!
//! The rope takes edits; the database gets one contiguous text when somebody
//! asks. An edit that lies outside the document changes nothing.

use std::fmt;
use std::ops::Range as CharRange;
use std::sync::Arc;

use ropey::Rope;
use tower_lsp::ls_types::{Position, Range, TextDocumentContentChangeEvent};

use super::position::Encoding;

/// Longer texts have no `u32` offsets.
const MAX_BYTES: usize = u32::MAX as usize / 2;

/// See the module.
pub(crate) struct Document {
    rope: Rope,
    pub(crate) version: i32,
}

/// Why an edit was not applied.
#[derive(Debug, PartialEq)]
pub(crate) enum EditError {
    /// The range begins after the last line.
    Outside { line: u32, lines: usize },
    /// The range ends before it begins.
    Backwards,
    /// The text would be too long.
    TooLong,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside { line, lines } => write!(
                f,
                "the edit begins on line {line} of a document of {lines} lines"
            ),
            Self::Backwards => f.write_str("the edit ends before it begins"),
            Self::TooLong => write!(f, "the document would be longer than {MAX_BYTES} bytes"),
        }
    }
}

/// Where an applied edit was, in bytes of the text before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Applied {
    pub(crate) start: usize,
    pub(crate) removed: usize,
    pub(crate) inserted: usize,
    /// What was inserted ends a line, so that what follows it begins one still.
    pub(crate) ends_line: bool,
}

impl Document {
    pub(crate) fn new(text: &str, version: i32) -> Self {
        // A text past the limit is kept out; the document is there, but empty.
        let text = if text.len() > MAX_BYTES { "" } else { text };
        Self {
            rope: Rope::from_str(text),
            version,
        }
    }

    /// Applies one change of a `didChange`.
    pub(crate) fn apply(
        &mut self,
        change: &TextDocumentContentChangeEvent,
        encoding: Encoding,
    ) -> Result<Applied, EditError> {
        let before = self.rope.len_bytes();
        let ends_line = change.text.ends_with(['\n', '\r']);
        if before.saturating_add(change.text.len()) > MAX_BYTES {
            return Err(EditError::TooLong);
        }
        let Some(range) = change.range else {
            self.rope = Rope::from_str(&change.text);
            return Ok(Applied {
                start: 0,
                removed: before,
                inserted: change.text.len(),
                ends_line,
            });
        };
        let chars = self.char_range(range, encoding)?;
        let start = self.rope.char_to_byte(chars.start);
        let removed = self.rope.char_to_byte(chars.end) - start;
        self.rope.remove(chars.clone());
        self.rope.insert(chars.start, &change.text);
        Ok(Applied {
            start,
            removed,
            inserted: change.text.len(),
            ends_line,
        })
    }

    pub(crate) fn rope(&self) -> &Rope {
        &self.rope
    }

    /// The text in one piece.
    pub(crate) fn text(&self) -> Arc<str> {
        let mut text = String::with_capacity(self.rope.len_bytes());
        for chunk in self.rope.chunks() {
            text.push_str(chunk);
        }
        text.into()
    }

    fn char_range(&self, range: Range, encoding: Encoding) -> Result<CharRange<usize>, EditError> {
        let lines = self.rope.len_lines();
        if range.start.line as usize >= lines {
            // The place just behind a last line without newline is a client's
            // way to say "the end".
            if range.start.line as usize != lines || range.start.character != 0 {
                return Err(EditError::Outside {
                    line: range.start.line,
                    lines,
                });
            }
        }
        let start = self.char_index(range.start, encoding);
        let end = self.char_index(range.end, encoding);
        if start > end || range.start > range.end {
            return Err(EditError::Backwards);
        }
        Ok(start..end)
    }

    /// The nearest place in the document; past a line's end is its end.
    fn char_index(&self, position: Position, encoding: Encoding) -> usize {
        let line = position.line as usize;
        if line >= self.rope.len_lines() {
            return self.rope.len_chars();
        }
        let start = self.rope.line_to_char(line);
        let text = self.rope.line(line);
        let mut end = text.len_chars();
        if end > 0 && text.char(end - 1) == '\n' {
            end -= 1;
        }
        if end > 0 && text.char(end - 1) == '\r' {
            end -= 1;
        }
        let character = position.character as usize;
        let column = match encoding {
            Encoding::Utf8 if character >= text.len_bytes() => end,
            Encoding::Utf8 => text.byte_to_char(character),
            Encoding::Utf16 if character >= text.len_utf16_cu() => end,
            Encoding::Utf16 => text.utf16_cu_to_char(character),
        };
        start + column.min(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(start: (u32, u32), end: (u32, u32), text: &str) -> TextDocumentContentChangeEvent {
        let range = Range::new(Position::new(start.0, start.1), Position::new(end.0, end.1));
        TextDocumentContentChangeEvent {
            range: Some(range),
            range_length: None,
            text: text.into(),
        }
    }

    #[test]
    fn edits_apply_in_both_encodings() {
        let check = |encoding, text: &str, start, end, new: &str, expected: &str| {
            let mut document = Document::new(text, 1);
            document
                .apply(&change(start, end, new), encoding)
                .expect("inside");
            assert_eq!(&*document.text(), expected);
        };
        use Encoding::{Utf8, Utf16};
        check(Utf16, "a😀b\n", (0, 3), (0, 4), "c", "a😀c\n");
        check(Utf8, "a😀b\n", (0, 5), (0, 6), "c", "a😀c\n");
        check(Utf16, "é = 1\r\nx", (0, 99), (1, 0), " ", "é = 1 x");
        check(Utf16, "a\rb", (1, 0), (1, 1), "c", "a\rc");
        check(Utf16, "a", (0, 0), (99, 0), "", "");
        check(Utf16, "a", (1, 0), (1, 0), "b", "ab");
        check(
            Utf16,
            "\u{2028}x\u{0c}y",
            (0, 1),
            (0, 2),
            "",
            "\u{2028}\u{0c}y",
        );
        // Inside a pair or a UTF-8 sequence: its beginning.
        check(Utf16, "😀b", (0, 1), (0, 2), "", "b");
        check(Utf8, "😀b", (0, 2), (0, 4), "", "b");
    }

    #[test]
    fn edits_outside_change_nothing() {
        let mut document = Document::new("a\nb", 1);
        for (start, end, error) in [
            ((7, 0), (8, 0), EditError::Outside { line: 7, lines: 2 }),
            ((2, 1), (2, 1), EditError::Outside { line: 2, lines: 2 }),
            ((1, 1), (0, 0), EditError::Backwards),
            (
                (u32::MAX, u32::MAX),
                (u32::MAX, u32::MAX),
                EditError::Outside {
                    line: u32::MAX,
                    lines: 2,
                },
            ),
        ] {
            assert_eq!(
                document.apply(&change(start, end, "x"), Encoding::Utf16),
                Err(error)
            );
            assert_eq!(&*document.text(), "a\nb");
        }
    }
}
