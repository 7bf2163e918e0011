//! A text cut into segments, and the next text cut from it.
//!
//! Between two keystrokes a file stays the same but for one place. The scan of
//! a segment looks at nothing before its start and seldom far behind its end,
//! so only the segments around the change are looked for again. The result is
//! always that of [`Cut::new`].

use std::sync::Arc;

use memchr::memchr_iter;

use super::{Parts, Scan, parts};
use crate::position::TextRange;

/// A text and its segments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    text: Arc<str>,
    pieces: Vec<Piece>,
    newlines: u32,
    recoveries: u32,
}

/// A segment, and what is known of it from the scan alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Its bytes.
    pub range: TextRange,
    /// The line on which it begins, from 0.
    pub first_line: u32,
    /// Its parts, if it is a long class.
    pub parts: Option<Arc<Parts>>,
    /// Up to where the scan looked that found its end; the maximum if that was
    /// the end of the text.
    reach: usize,
    /// How often the scan had recovered before.
    recoveries: u32,
}

impl Cut {
    /// Cuts a text.
    pub fn new(text: Arc<str>) -> Self {
        let mut this = Self {
            text,
            pieces: Vec::new(),
            newlines: 0,
            recoveries: 0,
        };
        this.extend(0, |_| None);
        this
    }

    /// Cuts a text that has much in common with this one.
    pub fn again(&self, text: Arc<str>) -> Self {
        let (old, new) = (self.text.as_bytes(), text.as_bytes());
        let prefix = common_prefix(old, new);
        let most = old.len().min(new.len()) - prefix;
        let suffix = common_suffix(&old[old.len() - most..], &new[new.len() - most..]);
        let (old_len, new_len) = (old.len(), new.len());
        // One that looked far does so although others behind it did not.
        let changed = self.pieces.iter().position(|piece| piece.reach > prefix);
        let kept = changed.unwrap_or(self.pieces.len());
        let next = self.pieces.get(kept);
        let start = next.map_or(old_len, |next| next.range.start as usize);
        let mut this = Self {
            text,
            pieces: Vec::with_capacity(self.pieces.len() + 8),
            newlines: next.map_or(self.newlines, |next| next.first_line),
            recoveries: next.map_or(self.recoveries, |next| next.recoveries),
        };
        this.pieces.extend_from_slice(&self.pieces[..kept]);
        // Where an old segment begins at the same place of the common end, it
        // and all behind it are as they were, unless the number of recoveries
        // before matters to them.
        let rest = this.extend(start, |at| {
            let old_at = (at + suffix >= new_len).then(|| at + old_len - new_len)?;
            let starts = |piece: &Piece| piece.range.start as usize;
            let index = self.pieces.binary_search_by_key(&old_at, starts).ok()?;
            (self.pieces[index].recoveries == self.recoveries).then_some(index)
        });
        if let Some(first) = rest {
            let old_line = self.pieces[first].first_line;
            let line = this.newlines;
            let moved = |at: u32| at + new_len as u32 - old_len as u32;
            this.pieces
                .extend(self.pieces[first..].iter().map(|piece| Piece {
                    range: TextRange::new(moved(piece.range.start), moved(piece.range.end)),
                    first_line: piece.first_line - old_line + line,
                    parts: piece.parts.clone(),
                    reach: match piece.reach {
                        usize::MAX => usize::MAX,
                        reach => reach + new_len - old_len,
                    },
                    recoveries: this.recoveries,
                }));
            this.newlines += self.newlines - old_line;
        }
        this
    }

    /// Adds the segments from `start` on, to the end or to the first start for
    /// which `stop` has an answer, which is given back.
    fn extend(&mut self, start: usize, stop: impl Fn(usize) -> Option<usize>) -> Option<usize> {
        let text = Arc::clone(&self.text);
        let mut scan = Scan::new(&text);
        scan.recoveries = self.recoveries;
        let mut start = start;
        while start < text.len() {
            let stopped = stop(start);
            if stopped.is_some() {
                return stopped;
            }
            let recoveries = scan.recoveries;
            let end = scan.segment(start);
            debug_assert!(end > start);
            let segment = &text[start..end];
            self.pieces.push(Piece {
                range: TextRange::new(start as u32, end as u32),
                first_line: self.newlines,
                parts: parts(segment).map(Arc::new),
                reach: scan.reach,
                recoveries,
            });
            self.newlines += newlines(segment);
            self.recoveries = scan.recoveries;
            start = end;
        }
        None
    }

    /// The text.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The segments in order; they cover the text.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// How many lines the text has; an empty one behind the last newline counts.
    pub fn line_count(&self) -> u32 {
        self.newlines + 1
    }
}

/// How many lines end in a text that does not end within a `\r\n`.
pub(super) fn newlines(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let plain = memchr_iter(b'\n', bytes).count();
    let carriage_returns = memchr_iter(b'\r', bytes);
    let alone = carriage_returns.filter(|&at| bytes.get(at + 1) != Some(&b'\n'));
    (plain + alone.count()) as u32
}

/// As many bytes as are compared at once, which the machine does fast.
const STRIDE: usize = 4096;

fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let pairs = a.chunks(STRIDE).zip(b.chunks(STRIDE));
    let equal = pairs.take_while(|(a, b)| a == b);
    let from = equal.map(|(a, _)| a.len()).sum::<usize>();
    let rest = a[from..].iter().zip(&b[from..]);
    from + rest.take_while(|(a, b)| a == b).count()
}

fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let pairs = a.rchunks(STRIDE).zip(b.rchunks(STRIDE));
    let equal = pairs.take_while(|(a, b)| a == b);
    let from = equal.map(|(a, _)| a.len()).sum::<usize>();
    let rest = a[..a.len() - from]
        .iter()
        .rev()
        .zip(b[..b.len() - from].iter().rev());
    from + rest.take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cutting again gives what cutting anew gives, for each text after each.
    #[test]
    fn again_is_anew() {
        let texts = [
            "",
            "x",
            "x = 1\ny = 2\n",
            "x = 1\n\n# c\ny = 2\n",
            "x = (1\ny = 2\n",
            "x = (1\ny = 2\ndef f():\n    pass\nz = 1\n",
            "x = 1\ny = 2\ndef f():\n    pass\nz = 1\n",
            "if x:\n    y\nelse:\n    z\nw\n",
            "if x:\n    y\nels:\n    z\nw\n",
            "x = \"\"\"\nimport a\n\"\"\"\nimport b\n",
            "x = \"\"\nimport a\n\"\"\"\nimport b\n",
            "a\r\nb\rc\n\r\nd",
            "a\r\nb\rc\r\nd",
            "@d\ndef f(): pass\n",
            "@\ndef f(): pass\n\n    # e\n",
        ];
        for before in texts {
            let before = Cut::new(before.into());
            for after in texts {
                assert_eq!(
                    before.again(after.into()),
                    Cut::new(after.into()),
                    "{:?} after {:?}",
                    after,
                    before.text
                );
            }
        }
    }
}
