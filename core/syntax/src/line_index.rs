//! Offsets to lines and columns, and back.
//!
//! A line ends with `\n`, `\r\n` or `\r`, as in Python; form feeds and Unicode
//! line separators end none.

use memchr::{memchr, memchr2_iter};
use wide::u8x16;

/// A place as CPython counts: line and UTF-8 byte column, both from 0 here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct LineColumn {
    /// Lines before it.
    pub line: u32,
    /// Bytes before it in its line.
    pub column: u32,
}

/// Where each line of a text begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineIndex {
    /// Offsets of the lines' first bytes; the first is 0.
    starts: Vec<u32>,
}

impl Default for LineIndex {
    fn default() -> Self {
        Self { starts: vec![0] }
    }
}

impl LineIndex {
    /// Indexes a text.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        // A line takes about forty bytes of text in everyday Python.
        let mut starts = Vec::with_capacity(text.len() / 32 + 2);
        starts.push(0);
        if memchr(b'\r', bytes).is_some() {
            starts.extend(line_ends(bytes).map(|at| at as u32 + 1));
            return Self { starts };
        }
        let (chunks, rest) = bytes.as_chunks();
        for (at, chunk) in chunks.iter().enumerate() {
            add_line_feeds(&mut starts, CHUNK * at, chunk);
        }
        let mut last = [0; CHUNK];
        last[..rest.len()].copy_from_slice(rest);
        add_line_feeds(&mut starts, CHUNK * chunks.len(), &last);
        Self { starts }
    }

    /// Lines of given lengths, ends included, and an empty one behind them.
    pub(crate) fn of_lengths(lengths: impl Iterator<Item = u32>) -> Self {
        let mut starts = vec![0_u32];
        for length in lengths {
            starts.push(starts[starts.len() - 1].saturating_add(length));
        }
        Self { starts }
    }

    /// How many lines there are; a text that ends in a newline has an empty last one.
    pub fn line_count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The offset of a line's first byte, if there is such a line.
    #[inline]
    pub fn line_start(&self, line: u32) -> Option<u32> {
        self.starts.get(line as usize).copied()
    }

    /// The offsets of the lines' first bytes; the first is 0.
    pub fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// The line and byte column of an offset.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        LineColumn {
            line: line as u32,
            column: offset - self.starts[line],
        }
    }
}

/// A line of a text, counted from 0, its newline included.
pub fn line_of(text: &str, line: u32) -> Option<&str> {
    let lines = LineIndex::new(text);
    let start = lines.line_start(line)? as usize;
    let end = lines.line_start(line + 1);
    Some(&text[start..end.map_or(text.len(), |end| end as usize)])
}

/// How many bytes are looked at together.
const CHUNK: usize = 64;

/// The line feeds among some bytes, the first byte as the lowest bit.
#[inline]
fn line_feeds(chunk: &[u8; CHUNK]) -> u64 {
    let parts = chunk.as_chunks().0.iter().enumerate();
    parts.fold(0, |found, (at, bytes)| {
        let equal = u8x16::new(*bytes).simd_eq(u8x16::splat(b'\n'));
        found | u64::from(equal.to_bitmask()) << (16 * at)
    })
}

/// Adds where lines start behind the line feeds among some bytes, which begin at `base`.
///
/// How many there are nothing foretells, but that there are mostly few: so that many are
/// added in any case, and what is too many taken back.
#[inline]
fn add_line_feeds(starts: &mut Vec<u32>, base: usize, chunk: &[u8; CHUNK]) {
    let mut found = line_feeds(chunk);
    let mut next = || {
        let at = base as u32 + found.trailing_zeros() + 1;
        let is_one = found != 0;
        found &= found.wrapping_sub(1);
        (at, is_one)
    };
    let few = [next(), next(), next(), next()];
    let count: usize = few.iter().map(|&(_, is_one)| usize::from(is_one)).sum();
    let len = starts.len() + count;
    starts.extend(few.map(|(at, _)| at));
    starts.truncate(len);
    while let (at, true) = next() {
        starts.push(at);
    }
}

/// Where lines end: at the last byte of each newline.
fn line_ends(bytes: &[u8]) -> impl Iterator<Item = usize> {
    memchr2_iter(b'\n', b'\r', bytes)
        .filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'))
}

/// How many lines end in a text.
pub(crate) fn newlines_in(bytes: &[u8]) -> u32 {
    line_ends(bytes).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_newline_form_counts_once() {
        let index = LineIndex::new("a\r\nb\rc\n\n\u{2028}\x0c");
        assert_eq!(index.starts, [0, 3, 5, 7, 8]);
        assert_eq!(index.line_column(4), LineColumn { line: 1, column: 1 });
        assert_eq!(index.line_column(7), LineColumn { line: 3, column: 0 });
        let text = "\n\nab\x0b\x0bcdefgh\n".repeat(20) + "\n";
        let ends = (0..text.len()).filter(|&at| text.as_bytes()[at] == b'\n');
        let starts: Vec<_> = [0]
            .into_iter()
            .chain(ends.map(|at| at as u32 + 1))
            .collect();
        assert_eq!(LineIndex::new(&text).starts, starts);
    }
}
