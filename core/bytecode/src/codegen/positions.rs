//! From a segment's byte ranges to lines and columns of the file.

use std::cell::Cell;

use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::position::TextRange;

use crate::instruction::Location;

/// Turns offsets into lines and columns. Code is generated in the order of the
/// text, so the line last found is nearly always the right one or close by.
pub(super) struct Positions<'a> {
    lines: &'a LineIndex,
    /// The 1-based line of the file on which the segment begins.
    first_line: u32,
    last: Cell<u32>,
}

impl<'a> Positions<'a> {
    pub(super) fn new(lines: &'a LineIndex, first_line: u32) -> Self {
        Self {
            lines,
            first_line,
            last: Cell::new(0),
        }
    }

    pub(super) fn location(&self, range: TextRange) -> Location {
        let (line, column) = self.place(range.start);
        let (end_line, end_column) = self.place(range.end);
        Location {
            line: (self.first_line + line) as i32,
            end_line: (self.first_line + end_line) as i32,
            column: column as i32,
            end_column: end_column as i32,
        }
    }

    pub(super) fn line(&self, offset: u32) -> u32 {
        self.first_line + self.place(offset).0
    }

    fn place(&self, offset: u32) -> (u32, u32) {
        let last = self.last.get();
        for line in last..last + 3 {
            let Some(start) = self.lines.line_start(line) else {
                break;
            };
            if offset < start {
                break;
            }
            if self
                .lines
                .line_start(line + 1)
                .is_none_or(|next| offset < next)
            {
                self.last.set(line);
                return (line, offset - start);
            }
        }
        let found = self.lines.line_column(offset);
        self.last.set(found.line);
        (found.line, found.column)
    }
}
