//! Where a long class falls into parts.
//!
//! A class may be most of its file, and a keystroke in it should not cost all
//! of it. Its methods know as little of each other as top-level statements do:
//! each, behind the class's own first lines, is a text that can be read, looked
//! up, compiled and judged alone. What only the class as a whole decides -
//! `global` and `nonlocal` among its own statements - keeps it whole, and so
//! does whatever this scan does not understand. A run of plain statements
//! between two methods is one part, for they do see each other.

use super::cut::newlines;
use super::{Scan, is_clause, word};
use crate::position::TextRange;

/// Shorter classes are not worth the trouble.
const MIN_LENGTH: usize = 4_096;

/// A class in parts. Together they cover the segment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parts {
    /// The decorators and the line with the colon, without what is before them.
    pub header: TextRange,
    /// How many lines the header has.
    pub header_lines: u32,
    /// All up to the end of the first statement, with the header in it; then
    /// the other statements, each with the blank lines and comments before it.
    pub parts: Vec<Part>,
}

/// A part of a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// Its bytes in the segment.
    pub range: TextRange,
    /// The segment's line on which it begins, from 0.
    pub first_line: u32,
}

/// The parts of a segment that is one long class; `None` for any other.
pub fn parts(segment: &str) -> Option<Parts> {
    if segment.len() < MIN_LENGTH {
        return None;
    }
    let mut scan = Scan::new(segment);
    let header = scan.class_header()?;
    let mut ends = scan.statements(header.end as usize)?;
    // Comments at the end stay with the last statement.
    ends.pop()?;
    ends.push(segment.len());
    let (mut start, mut first_line) = (0, 0);
    let mut parts = Vec::with_capacity(ends.len());
    for end in ends {
        let range = TextRange::new(start as u32, end as u32);
        parts.push(Part { range, first_line });
        first_line += newlines(&segment[start..end]);
        start = end;
    }
    // Each part is read behind the header, which must not come to more than the rest.
    let repeated = header.as_usize().len() * parts.len();
    (parts.len() > 1 && repeated <= segment.len()).then(|| Parts {
        header,
        header_lines: newlines(&segment[header.as_usize()]),
        parts,
    })
}

impl Scan<'_> {
    /// The decorators and first line of the class that the text begins with.
    fn class_header(&mut self) -> Option<TextRange> {
        let mut start = None;
        loop {
            let line = self.next_line()?;
            if !line.top_level || line.token != line.start {
                return None;
            }
            let start = *start.get_or_insert(line.start);
            if self.logical_line(line.token) || !self.brackets.is_empty() {
                return None;
            }
            if self.bytes[line.token] == b'@' {
                continue;
            }
            let before_comment = self.pos.min(match self.comment {
                comment if comment > line.token => comment,
                _ => usize::MAX,
            });
            let text = self.bytes[line.token..before_comment].trim_ascii_end();
            let is_header = word(self.bytes, line.token) == b"class" && text.ends_with(b":");
            return is_header.then(|| TextRange::new(start as u32, self.pos as u32));
        }
    }

    /// Where the statements end of the block that begins at `start` and is the rest of the text.
    fn statements(&mut self, start: usize) -> Option<Vec<usize>> {
        let bytes = self.bytes;
        self.pos = start;
        let mut ends = Vec::new();
        let mut is_method = false;
        let mut after_decorator = false;
        let mut cut = false;
        let mut last_end = start;
        while let Some(line) = self.next_line() {
            let indentation = &bytes[line.start..line.token];
            if self.level.is_empty() {
                let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
                if indentation.is_empty() || !indentation.iter().all(blank) {
                    return None;
                }
                self.level = indentation;
            }
            let deeper = indentation.strip_prefix(self.level)?;
            let first = word(bytes, line.token);
            if deeper.is_empty() && !after_decorator && !is_clause(bytes, line.token) {
                let decorator = bytes[line.token] == b'@';
                let begins = decorator || matches!(first, b"def" | b"async" | b"class");
                if last_end > start && (begins || is_method || cut) {
                    ends.push(last_end);
                }
                is_method = begins;
            }
            if !is_method && matches!(first, b"global" | b"nonlocal") {
                return None;
            }
            if deeper.is_empty() {
                after_decorator = bytes[line.token] == b'@';
            }
            cut = self.logical_line(line.token);
            last_end = self.pos;
        }
        ends.push(last_end);
        Some(ends)
    }
}
