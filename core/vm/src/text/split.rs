//! Splitting, partitioning and stripping, as ranges into the original: for
//! `str` and for bytes alike.

use super::search::{Finder, rfind, same_width};
use super::{Text, Unit, each_width, unicode};

/// A part of a string: `start..end`.
pub(crate) type Part = (usize, usize);

/// `split(separator, max)`; the separator is not empty.
pub(crate) fn split<U: Unit>(hay: &[U], separator: &[U], max: usize) -> Vec<Part> {
    let mut finder = Finder::new(separator);
    let mut parts = Vec::new();
    let mut start = 0;
    while parts.len() < max {
        let Some(next) = finder.find(&hay[start..]) else {
            break;
        };
        parts.push((start, start + next));
        start += next + separator.len();
    }
    parts.push((start, hay.len()));
    parts
}

/// `rsplit(separator, max)`; the separator is not empty.
pub(crate) fn rsplit<U: Unit>(hay: &[U], separator: &[U], max: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut end = hay.len();
    while parts.len() < max {
        let Some(at) = rfind(&hay[..end], separator) else {
            break;
        };
        parts.push((at + separator.len(), end));
        end = at;
    }
    parts.push((0, end));
    parts.reverse();
    parts
}

/// `split(None, max)`.
pub(crate) fn split_space<U: Unit>(
    hay: &[U],
    is_space: impl Fn(u32) -> bool,
    max: usize,
) -> Vec<Part> {
    let space = |at: usize| is_space(hay[at].into());
    let mut parts = Vec::new();
    let mut at = 0;
    loop {
        while at < hay.len() && space(at) {
            at += 1;
        }
        if at == hay.len() {
            return parts;
        }
        let start = at;
        if parts.len() >= max {
            parts.push((start, hay.len()));
            return parts;
        }
        while at < hay.len() && !space(at) {
            at += 1;
        }
        parts.push((start, at));
    }
}

/// `rsplit(None, max)`.
pub(crate) fn rsplit_space<U: Unit>(
    hay: &[U],
    is_space: impl Fn(u32) -> bool,
    max: usize,
) -> Vec<Part> {
    let space = |at: usize| is_space(hay[at].into());
    let mut parts = Vec::new();
    let mut end = hay.len();
    loop {
        while end > 0 && space(end - 1) {
            end -= 1;
        }
        if end == 0 {
            break;
        }
        if parts.len() >= max {
            parts.push((0, end));
            break;
        }
        let stop = end;
        while end > 0 && !space(end - 1) {
            end -= 1;
        }
        parts.push((end, stop));
    }
    parts.reverse();
    parts
}

/// `splitlines(keepends)`.
pub(crate) fn split_lines<U: Unit>(
    hay: &[U],
    is_break: impl Fn(u32) -> bool,
    keep_ends: bool,
) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < hay.len() {
        let code_point = hay[at].into();
        if !is_break(code_point) {
            at += 1;
            continue;
        }
        let end = at;
        at += 1;
        if code_point == 0x0D && at < hay.len() && hay[at].into() == 0x0A {
            at += 1;
        }
        parts.push((start, if keep_ends { at } else { end }));
        start = at;
    }
    if start < hay.len() {
        parts.push((start, hay.len()));
    }
    parts
}

/// Which ends to strip.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    Left,
    Right,
    Both,
}

/// What is left when units that satisfy `test` are taken off the ends.
pub(crate) fn strip<U: Unit>(hay: &[U], ends: Ends, test: impl Fn(u32) -> bool) -> Part {
    let (mut start, mut end) = (0, hay.len());
    if ends != Ends::Right {
        while start < end && test(hay[start].into()) {
            start += 1;
        }
    }
    if ends != Ends::Left {
        while end > start && test(hay[end - 1].into()) {
            end -= 1;
        }
    }
    (start, end)
}

impl Text<'_> {
    /// `self.split(separator, max)`; the separator is not empty.
    pub(crate) fn split(self, separator: Text<'_>, max: usize) -> Vec<Part> {
        same_width!(self, separator, (h, n) => split(h, n, max), else vec![(0, self.len())])
    }

    /// `self.rsplit(separator, max)`; the separator is not empty.
    pub(crate) fn rsplit(self, separator: Text<'_>, max: usize) -> Vec<Part> {
        same_width!(self, separator, (h, n) => rsplit(h, n, max), else vec![(0, self.len())])
    }

    /// `self.split(None, max)`.
    pub(crate) fn split_space(self, max: usize) -> Vec<Part> {
        each_width!(self.units(), units => split_space(units, is_space, max))
    }

    /// `self.rsplit(None, max)`.
    pub(crate) fn rsplit_space(self, max: usize) -> Vec<Part> {
        each_width!(self.units(), units => rsplit_space(units, is_space, max))
    }

    /// `self.splitlines(keepends)`.
    pub(crate) fn split_lines(self, keep_ends: bool) -> Vec<Part> {
        each_width!(self.units(), units => split_lines(units, unicode::is_line_break, keep_ends))
    }

    /// `strip`, `lstrip` or `rstrip` of the code points in `set`, or of white space.
    pub(crate) fn strip(self, ends: Ends, set: Option<Text<'_>>) -> Part {
        match set {
            None => each_width!(self.units(), units => strip(units, ends, is_space)),
            Some(set) if set.len() == 1 => {
                let only = set.get(0).unwrap_or(0);
                each_width!(self.units(), units => strip(units, ends, |c| c == only))
            }
            Some(set) => {
                let set: Vec<u32> = set.code_points().collect();
                each_width!(self.units(), units => strip(units, ends, |c| set.contains(&c)))
            }
        }
    }

    /// The part a range names.
    #[cfg(test)]
    pub(crate) fn part(self, (start, end): Part) -> super::TextBuf {
        self.substring(start, end)
    }
}

/// White space, with the common case inlined.
pub(crate) fn is_space(code_point: u32) -> bool {
    if code_point < 128 {
        matches!(code_point, 9..=13 | 28..=32)
    } else {
        unicode::is_space(code_point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextBuf;

    fn texts(text: Text<'_>, parts: &[Part]) -> Vec<String> {
        parts
            .iter()
            .map(|&part| text.part(part).to_string())
            .collect()
    }

    #[test]
    fn splitting() {
        let text = TextBuf::from(" a b  c ");
        let text = text.as_text();
        assert_eq!(
            texts(text, &text.split(TextBuf::from(" ").as_text(), usize::MAX)),
            ["", "a", "b", "", "c", ""]
        );
        assert_eq!(
            texts(text, &text.split(TextBuf::from(" ").as_text(), 2)),
            ["", "a", "b  c "]
        );
        assert_eq!(
            texts(text, &text.rsplit(TextBuf::from(" ").as_text(), 2)),
            [" a b ", "c", ""]
        );
        assert_eq!(texts(text, &text.split_space(usize::MAX)), ["a", "b", "c"]);
        assert_eq!(texts(text, &text.split_space(1)), ["a", "b  c "]);
        assert_eq!(texts(text, &text.rsplit_space(1)), [" a b", "c"]);
        assert_eq!(texts(text, &text.split_space(0)), ["a b  c "]);
        let lines = TextBuf::from("a\r\nb\n\u{2028}c");
        let lines = lines.as_text();
        assert_eq!(texts(lines, &lines.split_lines(false)), ["a", "b", "", "c"]);
        assert_eq!(
            texts(lines, &lines.split_lines(true)),
            ["a\r\n", "b\n", "\u{2028}", "c"]
        );
        assert_eq!(text.part(text.strip(Ends::Both, None)), "a b  c");
        assert_eq!(
            text.part(text.strip(Ends::Left, Some(TextBuf::from(" a").as_text()))),
            "b  c "
        );
    }
}
