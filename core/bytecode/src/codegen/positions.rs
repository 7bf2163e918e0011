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
/// text, so the line last found is nearly always the right one.
pub(super) struct Positions<'a> {
    /// Where each line begins.
    starts: &'a [u32],
    /// Of each piece of the text, the number of the line in which it begins.
    pieces: Vec<u32>,
    /// The 1-based line of the file on which the segment begins.
    first_line: u32,
    last: Cell<Line>,
}

/// Two to the power of this many bytes are a piece.
const PIECE: u32 = 6;

impl<'a> Positions<'a> {
    pub(super) fn new(lines: &'a LineIndex, first_line: u32) -> Self {
        let starts = lines.starts();
        let last = starts.last().map_or(0, |&start| start as usize);
        let mut pieces = Vec::with_capacity((last >> PIECE) + 1);
        for (number, &end) in (0..).zip(starts.iter().skip(1)) {
            while pieces.len() << PIECE < end as usize {
                pieces.push(number);
            }
        }
        // No offset is in it.
        let last = Line {
            number: 0,
            start: 0,
            end: 0,
        };
        Self {
            starts,
            pieces,
            first_line,
            last: Cell::new(last),
        }
    }

    #[inline]
    pub(super) fn location(&self, range: TextRange) -> Location {
        let at = self.last.get();
        if range.start < at.start || range.end >= at.end {
            return self.elsewhere(range);
        }
        let line = (self.first_line + at.number) as i32;
        Location {
            line,
            end_line: line,
            column: (range.start - at.start) as i32,
            end_column: (range.end - at.start) as i32,
        }
    }

    /// What is not within the line at hand. The line on which it begins, where what is in
    /// it begins too, is at hand then.
    #[inline(never)]
    fn elsewhere(&self, range: TextRange) -> Location {
        let first = self.line_of(range.start);
        let last = match range.end < first.end {
            true => first,
            false => self.find(range.end),
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
        let found = self.find(offset);
        self.last.set(found);
        found
    }

    fn find(&self, offset: u32) -> Line {
        let piece = self.pieces.get((offset >> PIECE) as usize);
        let mut number = piece.map_or(self.starts.len() - 1, |&number| number as usize);
        loop {
            let end = self.starts.get(number + 1).copied().unwrap_or(u32::MAX);
            if offset < end {
                return Line {
                    number: number as u32,
                    start: self.starts[number],
                    end,
                };
            }
            number += 1;
        }
    }
}
