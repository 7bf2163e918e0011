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
    /// The white space before the class's own statements.
    level: Box<[u8]>,
    /// Whether each string and bracket closes, so that nothing before a place
    /// depends on what is behind it but for the part that ends there.
    is_closed: bool,
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
    let mut ends = scan.statements(header.end as usize, |_| false)?;
    // Comments at the end stay with the last statement.
    ends.pop()?;
    ends.push(segment.len());
    let mut parts = Vec::with_capacity(ends.len());
    add(&mut parts, segment, &ends);
    let this = Parts {
        header,
        header_lines: newlines(&segment[header.as_usize()]),
        parts,
        level: scan.level.into(),
        is_closed: !scan.unclosed,
    };
    this.is_worth_it(segment).then_some(this)
}

/// Adds the parts that end at these places.
fn add(parts: &mut Vec<Part>, segment: &str, ends: &[usize]) {
    let last = parts
        .last()
        .map(|last: &Part| (last.range, last.first_line));
    let (mut start, mut first_line) = last.map_or((0, 0), |(range, line)| {
        (
            range.end as usize,
            line + newlines(&segment[range.as_usize()]),
        )
    });
    for &end in ends {
        let range = TextRange::new(start as u32, end as u32);
        parts.push(Part { range, first_line });
        first_line += newlines(&segment[start..end]);
        start = end;
    }
}

/// A change of a segment: which bytes of the old text are others, and how many they are now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) new_end: usize,
}

impl Parts {
    /// Each part is read behind the header, which must not come to more than the rest.
    fn is_worth_it(&self, segment: &str) -> bool {
        let repeated = self.header.as_usize().len() * self.parts.len();
        segment.len() >= MIN_LENGTH && self.parts.len() > 1 && repeated <= segment.len()
    }

    /// From where on the scan must look again after a change, and as what part,
    /// if it need not look at everything: behind the first two parts, and not
    /// where something never closes. The part before the change may go on in it.
    fn resume(&self, change: Change) -> Option<(usize, usize)> {
        let starts = |part: &Part| part.range.start as usize <= change.start;
        let from = self.parts.partition_point(starts).checked_sub(2)?;
        let place = self.parts[from].range.start as usize;
        (from > 0 && self.is_closed).then_some((from, place))
    }

    /// Where the old text had the end of a part that is the end of one in the
    /// new text if something ends there: it must lie behind the change.
    fn old_end(&self, change: Change, end: usize) -> Option<usize> {
        let old = (end + change.end).checked_sub(change.new_end)?;
        let starts = |part: &Part| part.range.start as usize;
        (end > change.new_end).then_some(())?;
        self.parts.binary_search_by_key(&old, starts).ok()
    }

    /// The parts of the segment with the change made; `None` if all of it must be looked at.
    pub(super) fn again(&self, segment: &str, change: Change) -> Option<Self> {
        let (from, place) = self.resume(change)?;
        let mut scan = Scan::new(segment);
        scan.level = &self.level;
        let mut rest = None;
        let mut ends = scan.statements(place, |end| {
            rest = self.old_end(change, end);
            rest.is_some()
        })?;
        if scan.unclosed {
            return None;
        }
        if rest.is_none() {
            ends.pop()?;
            ends.push(segment.len());
        }
        let mut parts = Vec::with_capacity(self.parts.len() + ends.len());
        parts.extend_from_slice(&self.parts[..from]);
        add(&mut parts, segment, &ends);
        if let Some(rest) = rest {
            let last = parts.last()?;
            let line = last.first_line + newlines(&segment[last.range.as_usize()]);
            let rest = &self.parts[rest..];
            let old_line = rest.first()?.first_line;
            let moved = |at: u32| (at as usize + change.new_end - change.end) as u32;
            parts.extend(rest.iter().map(|part| Part {
                range: TextRange::new(moved(part.range.start), moved(part.range.end)),
                first_line: part.first_line - old_line + line,
            }));
        }
        let this = Self {
            header: self.header,
            header_lines: self.header_lines,
            parts,
            level: self.level.clone(),
            is_closed: true,
        };
        this.is_worth_it(segment).then_some(this)
    }
}

impl Scan<'_> {
    /// The end of the segment at `start` that was a class in parts before a
    /// change in it, and whether it ends as it did; `None` if all of it must be
    /// looked at.
    pub(super) fn changed_class(
        &mut self,
        start: usize,
        old: (&Parts, usize),
        change: Change,
    ) -> Option<(usize, bool)> {
        let (parts, old_len) = old;
        let (_, place) = parts.resume(change)?;
        self.pos = start + place;
        self.reach = usize::MAX;
        self.unclosed = false;
        let mut is_known = false;
        let end = self.rest_of_segment(false, |end| {
            parts.old_end(change, end - start)?;
            is_known = true;
            Some(start + old_len + change.new_end - change.end)
        });
        (!self.unclosed).then_some((end, is_known))
    }

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

    /// Where the statements end of the block that begins at `start` and is the
    /// rest of the text, up to the first end at which to `stop`.
    fn statements(
        &mut self,
        start: usize,
        mut stop: impl FnMut(usize) -> bool,
    ) -> Option<Vec<usize>> {
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
                    if stop(last_end) {
                        return Some(ends);
                    }
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
