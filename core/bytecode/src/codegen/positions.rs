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
    /// The 1-based line of the file on which the segment begins.
    first_line: u32,
    last: Cell<Line>,
}

/// How many lines are looked at together, and how many of them are before the one at hand.
const AROUND: usize = 8;
const BEFORE: usize = 2;

impl<'a> Positions<'a> {
    pub(super) fn new(lines: &'a LineIndex, first_line: u32) -> Self {
        // No offset is in it.
        let none = Line {
            number: 0,
            start: 0,
            end: 0,
        };
        Self {
            starts: lines.starts(),
            first_line,
            last: Cell::new(none),
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
            false => self.numbered(self.find(range.end)),
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
        let found = self.numbered(self.find(offset));
        self.last.set(found);
        found
    }

    #[inline]
    fn numbered(&self, number: usize) -> Line {
        Line {
            number: number as u32,
            start: self.starts[number],
            end: self.starts.get(number + 1).copied().unwrap_or(u32::MAX),
        }
    }

    /// The number of the line in which an offset is.
    fn find(&self, offset: u32) -> usize {
        // Nearly always it is a few lines from the one at hand. Of those near it the ones that
        // begin before the offset are marked, which takes no branch, and are the first.
        let near = (self.last.get().number as usize).saturating_sub(BEFORE);
        match self.starts[near..].first_chunk::<AROUND>() {
            Some(around) if around[0] <= offset && offset < around[AROUND - 1] => {
                let mark = |marks, (at, &start)| marks | u32::from(start <= offset) << at;
                let marks: u32 = around.iter().enumerate().fold(0, mark);
                near + marks.trailing_ones() as usize - 1
            }
            _ => self.starts.partition_point(|&start| start <= offset) - 1,
        }
    }
}
