//! Positions as the client counts them: lines, and UTF-8 or UTF-16 code units.
//!
//! Inside the server everything is a byte offset; only this file and
//! `document` know the client's way.

use std::cell::Cell;
use std::sync::Arc;

use tower_lsp::ls_types::{GeneralClientCapabilities, Position, PositionEncodingKind, Range};
use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::position::TextRange;

/// What a position's `character` counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Encoding {
    Utf8,
    #[default]
    Utf16,
}

impl Encoding {
    /// UTF-8 where the client offers it, else what every client must speak.
    pub(crate) fn negotiate(general: Option<&GeneralClientCapabilities>) -> Self {
        let offered = general
            .and_then(|general| general.position_encodings.as_deref())
            .unwrap_or_default();
        if offered.contains(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else {
            Self::Utf16
        }
    }

    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    /// How many units a piece of text has.
    pub(crate) fn len(self, text: &str) -> u32 {
        match self {
            Self::Utf8 => text.len() as u32,
            Self::Utf16 if text.is_ascii() => text.len() as u32,
            Self::Utf16 => text.chars().map(|c| c.len_utf16() as u32).sum(),
        }
    }
}

/// Converts between a text's offsets and the client's positions.
///
/// Remembers the last place, so that asking for places in the order of the
/// text costs one pass over it, even if it is all one line.
pub(crate) struct Positions<'a> {
    text: &'a str,
    lines: &'a LineIndex,
    encoding: Encoding,
    last: Cell<Place>,
}

#[derive(Clone, Copy, Default)]
struct Place {
    line_start: u32,
    offset: u32,
    character: u32,
}

impl<'a> Positions<'a> {
    pub(crate) fn new(text: &'a str, lines: &'a LineIndex, encoding: Encoding) -> Self {
        Self {
            text,
            lines,
            encoding,
            last: Cell::default(),
        }
    }

    /// The position of a byte offset.
    pub(crate) fn position(&self, offset: u32) -> Position {
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let offset = end as u32;
        let place = self.lines.line_column(offset);
        let line_start = offset - place.column;
        let last = self.last.get();
        let character = if last.line_start == line_start && last.offset <= offset {
            last.character + self.encoding.len(&self.text[last.offset as usize..end])
        } else {
            self.encoding.len(&self.text[line_start as usize..end])
        };
        self.last.set(Place {
            line_start,
            offset,
            character,
        });
        Position {
            line: place.line,
            character,
        }
    }

    /// The client's range for a range of bytes.
    pub(crate) fn range(&self, range: TextRange) -> Range {
        Range {
            start: self.position(range.start),
            end: self.position(range.end),
        }
    }

    /// The byte offset of a position; past a line's end means its end, past the
    /// last line the end of the text.
    pub(crate) fn offset(&self, position: Position) -> u32 {
        let Some(start) = self.lines.line_start(position.line) else {
            return self.text.len() as u32;
        };
        let end = self
            .lines
            .line_start(position.line + 1)
            .map_or(self.text.len(), |end| end as usize);
        let line = self.text[start as usize..end].trim_end_matches(['\n', '\r']);
        let mut units = 0;
        for (at, c) in line.char_indices() {
            let next = units
                + match self.encoding {
                    Encoding::Utf8 => c.len_utf8() as u32,
                    Encoding::Utf16 => c.len_utf16() as u32,
                };
            if next > position.character {
                return start + at as u32;
            }
            units = next;
        }
        start + line.len() as u32
    }
}

/// A text with its lines, shared by those who convert positions in it.
#[derive(Clone)]
pub(crate) struct IndexedText {
    pub(crate) text: Arc<str>,
    pub(crate) lines: Arc<LineIndex>,
}

impl IndexedText {
    pub(crate) fn positions(&self, encoding: Encoding) -> Positions<'_> {
        Positions::new(&self.text, &self.lines, encoding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_positions_agree() {
        let text = "ab\né😀x\r\n\rlast";
        let lines = LineIndex::new(text);
        for (encoding, expected) in [
            (
                Encoding::Utf8,
                [
                    (0, 0, 0),
                    (2, 0, 2),
                    (3, 1, 0),
                    (5, 1, 2),
                    (9, 1, 6),
                    (10, 1, 7),
                    (13, 3, 0),
                    (17, 3, 4),
                ],
            ),
            (
                Encoding::Utf16,
                [
                    (0, 0, 0),
                    (2, 0, 2),
                    (3, 1, 0),
                    (5, 1, 1),
                    (9, 1, 3),
                    (10, 1, 4),
                    (13, 3, 0),
                    (17, 3, 4),
                ],
            ),
        ] {
            let positions = Positions::new(text, &lines, encoding);
            for (offset, line, character) in expected {
                let position = Position { line, character };
                assert_eq!(
                    positions.position(offset),
                    position,
                    "{encoding:?} {offset}"
                );
                assert_eq!(
                    positions.offset(position),
                    offset,
                    "{encoding:?} {position:?}"
                );
            }
            // Outside: the nearest place inside.
            assert_eq!(
                positions.offset(Position {
                    line: 0,
                    character: 99
                }),
                2
            );
            assert_eq!(
                positions.offset(Position {
                    line: 99,
                    character: 0
                }),
                17
            );
            assert_eq!(
                positions.position(99),
                Position {
                    line: 3,
                    character: 4
                }
            );
        }
        let positions = Positions::new(text, &lines, Encoding::Utf16);
        assert_eq!(
            positions.offset(Position {
                line: 1,
                character: 2
            }),
            5,
            "inside a pair: before it"
        );
    }
}
