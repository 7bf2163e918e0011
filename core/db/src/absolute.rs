//! Relative ↔ absolute: the one file of `core/` that adds a segment's place to
//! a position in it (law 3).

use vitrine_syntax::position::TextRange;
use vitrine_syntax::segment::{Part, Parts, Piece};

use crate::queries::Segment;

/// A segment at its place in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, salsa::SalsaValue)]
pub struct Placed<'db> {
    /// What stands there.
    pub segment: Segment<'db>,
    /// Its bytes in the file's text.
    pub range: TextRange,
    /// The file's line on which it begins, from 0.
    pub first_line: u32,
    /// How many bytes at its start repeat what stands elsewhere: the header of
    /// the class that a part belongs to. Nothing is reported there.
    pub repeated: u32,
}

impl<'db> Placed<'db> {
    /// A segment that stands at a range of the file.
    pub(crate) fn new(segment: Segment<'db>, range: TextRange, first_line: u32) -> Self {
        Self {
            segment,
            range,
            first_line,
            repeated: 0,
        }
    }

    /// A part of a class, as if the class's header stood right before it: then
    /// what counts from the start of both counts from its place in the file too.
    pub(crate) fn part(segment: Segment<'db>, piece: &Piece, class: &Parts, part: &Part) -> Self {
        let range = part.range.shifted(piece.range.start);
        let repeated = class.header.len();
        Self {
            segment,
            range: TextRange::new(range.start - repeated, range.end),
            first_line: piece.first_line + part.first_line - class.header_lines,
            repeated,
        }
    }

    /// Whether what is found at this place of the file is reported here.
    pub(crate) fn reports(&self, absolute: TextRange) -> bool {
        self.repeated == 0 || absolute.start >= self.range.start + self.repeated
    }

    /// A range of the segment as a range of the file.
    pub fn absolute(&self, relative: TextRange) -> TextRange {
        relative.shifted(self.range.start)
    }

    /// An offset in the segment as an offset in the file.
    pub fn absolute_offset(&self, relative: u32) -> u32 {
        relative + self.range.start
    }

    /// An offset in the file as an offset in the segment; its nearest end if it lies outside.
    pub fn relative_offset(&self, absolute: u32) -> u32 {
        absolute.clamp(self.range.start, self.range.end) - self.range.start
    }
}

/// A file's segments, in order, covering it.
#[derive(Clone, PartialEq, Eq, Debug, Default, salsa::SalsaValue)]
pub struct PlacedSegments<'db>(Vec<Placed<'db>>);

impl<'db> PlacedSegments<'db> {
    pub(crate) fn new(placed: Vec<Placed<'db>>) -> Self {
        Self(placed)
    }

    /// In the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Placed<'db>> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The segment with an offset of the file in it, and its position in the
    /// list; the last one for the end of the file.
    pub fn at(&self, offset: u32) -> Option<(usize, Placed<'db>)> {
        let index = self
            .0
            .partition_point(|placed| placed.range.start <= offset)
            .checked_sub(1)?;
        Some((index, self.0[index]))
    }

    /// The segments that touch a range of the file.
    pub fn overlapping(&self, range: TextRange) -> &[Placed<'db>] {
        let first = self
            .0
            .partition_point(|placed| placed.range.end < range.start);
        let end = self
            .0
            .partition_point(|placed| placed.range.start <= range.end);
        &self.0[first..end.max(first)]
    }
}

impl<'db> std::ops::Index<usize> for PlacedSegments<'db> {
    type Output = Placed<'db>;

    fn index(&self, index: usize) -> &Placed<'db> {
        &self.0[index]
    }
}

impl<'a, 'db> IntoIterator for &'a PlacedSegments<'db> {
    type Item = &'a Placed<'db>;
    type IntoIter = std::slice::Iter<'a, Placed<'db>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
