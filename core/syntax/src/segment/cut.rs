//! A text cut into segments, and the next text cut from it.
//!
//! Between two keystrokes a file stays the same but for one place. The scan of
//! a segment looks at nothing before its start and seldom far behind its end,
//! so only the segments around the change are looked for again. The result is
//! always that of [`Cut::new`].

use std::sync::Arc;

use memchr::{memchr_iter, memmem};

use super::parts::Change;
use super::{FLUFL, Parts, Scan, parts};
use crate::position::TextRange;

/// A text and its segments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut {
    text: Arc<str>,
    pieces: Vec<Piece>,
    newlines: u32,
    recoveries: u32,
    /// Whether it is one segment because of what [`super::split`] says of it.
    is_whole: bool,
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
            is_whole: false,
        };
        if mentions_flufl(this.text.as_bytes()) {
            this.is_whole = true;
            this.newlines = newlines(&this.text);
            this.pieces.push(Piece {
                range: TextRange::new(0, this.text.len() as u32),
                first_line: 0,
                parts: None,
                reach: usize::MAX,
                recoveries: 0,
            });
        } else {
            this.extend(0, |_| None);
        }
        this
    }

    /// Cuts a text that has much in common with this one.
    pub fn again(&self, text: Arc<str>) -> Self {
        let (old, new) = (self.text.as_bytes(), text.as_bytes());
        let prefix = common_prefix(old, new);
        let most = old.len().min(new.len()) - prefix;
        let suffix = common_suffix(&old[old.len() - most..], &new[new.len() - most..]);
        let (old_len, new_len) = (old.len(), new.len());
        let near = (prefix + 1).saturating_sub(FLUFL.len())
            ..(new_len - suffix + FLUFL.len() - 1).min(new_len);
        if self.is_whole || mentions_flufl(&new[near]) {
            return Self::new(text);
        }
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
            is_whole: false,
        };
        this.pieces.extend_from_slice(&self.pieces[..kept]);
        let change = (prefix, old_len - suffix, new_len - suffix);
        let start = this.change_class(self, kept, change).unwrap_or(start);
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

    /// Adds the segment that was a long class in parts before the change; gives its end.
    fn change_class(
        &mut self,
        old: &Self,
        index: usize,
        (from, to, new_to): (usize, usize, usize),
    ) -> Option<usize> {
        let piece = old.pieces.get(index)?;
        let parts = piece.parts.as_ref()?;
        let after = old.pieces.get(index + 1);
        let recoveries = after.map_or(old.recoveries, |after| after.recoveries);
        let range = piece.range.as_usize();
        if from < range.start || to > range.end || recoveries != piece.recoveries {
            return None;
        }
        let start = range.start;
        let change = Change {
            start: from - start,
            end: to - start,
            new_end: new_to - start,
        };
        let text = Arc::clone(&self.text);
        let mut scan = Scan::new(&text);
        scan.recoveries = self.recoveries;
        let (end, as_before) = scan.changed_class(start, (parts, range.len()), change)?;
        let parts = parts.again(&text[start..end], change)?;
        let last = parts.parts.last()?;
        let last_lines = newlines(&text[start..end][last.range.as_usize()]);
        let reach = match piece.reach {
            _ if !as_before => scan.reach,
            usize::MAX => usize::MAX,
            reach => reach + new_to - to,
        };
        let first_line = self.newlines;
        self.newlines += last.first_line + last_lines;
        self.pieces.push(Piece {
            range: TextRange::new(start as u32, end as u32),
            first_line,
            parts: Some(Arc::new(parts)),
            reach,
            recoveries: piece.recoveries,
        });
        Some(end)
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

fn mentions_flufl(text: &[u8]) -> bool {
    memmem::find(text, FLUFL.as_bytes()).is_some()
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

    /// A long class between two statements is cut again in part only, to the same parts.
    #[test]
    fn a_long_class_again_is_anew() {
        const METHODS: [&str; 6] = [
            "    def f(self):\n        return (1,\n            2)\n\n",
            "    @property\n    def g(self):\n        \"\"\"Doc.\n\n        import this\n        \"\"\"\n",
            "    # A comment.\n    x = [1]\n    y = f'{x!r:>{1}}'\n",
            "\n    class C:\n        y = 1\n      # odd\n",
            "    if x:\n        y = 2\n    else:\n        y = 3\n",
            "    async def h(self): pass; pass\n\n# top\n",
        ];
        const TYPED: [&str; 22] = [
            "x",
            " ",
            "    ",
            "\n",
            "\n    ",
            "(",
            ")",
            "[",
            "\"\"\"",
            "'",
            "\\",
            "#",
            "@",
            "def ",
            "\ndef f(): pass\n",
            "else:",
            "\n    else:\n",
            "global x",
            "\r",
            "f'{",
            "\t",
            "import a\n",
        ];
        let mut class = String::from("import a\n@d\nclass A(B):\n    \"\"\"Doc.\"\"\"\n");
        for at in 0..160 {
            class.push_str(METHODS[at * 7 % 11 % 6]);
        }
        class.push_str("\n\ndef after():\n    pass\nx = 1\n");
        let mut noise = 88_172_645_463_325_252_u64;
        let mut below = |bound: usize| {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            noise as usize % bound
        };
        let mut in_part = 0;
        for _ in 0..400 {
            let mut text = class.clone();
            let mut cut = Cut::new(text.as_str().into());
            assert!(cut.pieces[1].parts.is_some());
            for _ in 0..6 {
                let from = below(text.len());
                let to = (from + [0, 0, 1, 2, 40, 400][below(6)]).min(text.len());
                text.replace_range(from..to, TYPED[below(TYPED.len())]);
                let before = cut;
                cut = before.again(text.as_str().into());
                let anew = Cut::new(text.as_str().into());
                assert_eq!(cut, anew, "after {:?}", before.text);
                let parts = |cut: &Cut| cut.pieces.get(1).and_then(|piece| piece.parts.clone());
                in_part += usize::from(parts(&cut).is_some() && parts(&before).is_some());
            }
        }
        assert!(
            in_part > 300,
            "{in_part} of 2,400 edits left the class in parts"
        );
    }

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
            "x = (1\nexcept E:\n    y\nz = 1\nv = 2\nw = 3\n",
            "x = (1\nexcept E:\n    y\nz = 1\nv = 2\nw = 3)\n",
            "if x:\n    y\nelse:\n    z\nw\n",
            "if x:\n    y\nels:\n    z\nw\n",
            "x = \"\"\"\nimport a\n\"\"\"\nimport b\n",
            "x = \"\"\nimport a\n\"\"\"\nimport b\n",
            "a\r\nb\rc\n\r\nd",
            "a\r\nb\rc\r\nd",
            "@d\ndef f(): pass\n",
            "@\ndef f(): pass\n\n    # e\n",
            "from __future__ import barry_as_FLUFL\nx <> y\n",
            "from __future__ import barry_as_FLUF\nx <> y\n",
            "from __future__ import barry_as_FLUFLL\nx <> y\n",
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
