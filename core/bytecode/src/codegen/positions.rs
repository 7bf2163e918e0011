//! From a segment's byte ranges to lines and columns of the file.

use std::cell::Cell;

use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::position::TextRange;

use crate::instruction::Location;

/// A line of the segment, and the offsets between which it is.
#[derive(Clone, Copy)]
struct Line {
    number: u32,
    start: u32,
    end: u32,
}

/// Turns offsets into lines and columns. Code is generated in the order of the
/// text, so the line last found is nearly always the right one or close by.
pub(super) struct Positions<'a> {
    lines: &'a LineIndex,
    /// The 1-based line of the file on which the segment begins.
    first_line: u32,
    last: Cell<Line>,
}

impl<'a> Positions<'a> {
    pub(super) fn new(lines: &'a LineIndex, first_line: u32) -> Self {
        // No offset is in it.
        let last = Line {
            number: 0,
            start: 0,
            end: 0,
        };
        Self {
            lines,
            first_line,
            last: Cell::new(last),
        }
    }

    #[inline]
    pub(super) fn location(&self, range: TextRange) -> Location {
        let first = self.line_of(range.start);
        let last = match range.end < first.end {
            true => first,
            false => self.line_of(range.end),
        };
        Location {
            line: (self.first_line + first.number) as i32,
            end_line: (self.first_line + last.number) as i32,
            column: (range.start - first.start) as i32,
            end_column: (range.end - last.start) as i32,
        }
    }

    pub(super) fn line(&self, offset: u32) -> u32 {
        self.first_line + self.line_of(offset).number
    }

    #[inline]
    fn line_of(&self, offset: u32) -> Line {
        let last = self.last.get();
        if (last.start..last.end).contains(&offset) {
            return last;
        }
        self.find(last.number, offset)
    }

    /// The line of an offset that is likely one of those behind `last`.
    fn find(&self, last: u32, offset: u32) -> Line {
        let number = self.lines.line_near(last, offset);
        let found = Line {
            number,
            start: self.lines.line_start(number).unwrap_or(0),
            end: self.lines.line_start(number + 1).unwrap_or(u32::MAX),
        };
        self.last.set(found);
        found
    }
}
