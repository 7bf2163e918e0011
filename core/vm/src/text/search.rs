//! Finding, counting and replacing parts, for `str` and for bytes.
//!
//! Bytes and Latin-1 use `memchr`'s two-way search. Wider strings try the
//! obvious way first and change to Knuth-Morris-Pratt when that proves slow, so
//! every search is linear in the worst case.

use super::{StrBuilder, Text, TextBuf, Unit, each_width};

/// Runs one body on a string and a needle brought to the same width. A needle
/// wider than the string cannot occur in it.
macro_rules! same_width {
    ($hay:expr, $needle:expr, ($h:ident, $n:ident) => $body:expr, else $absent:expr) => {{
        use $crate::text::Units;
        match ($hay.units(), $needle.units()) {
            (Units::U8($h), Units::U8($n)) => $body,
            (Units::U16($h), Units::U16($n)) => $body,
            (Units::U32($h), Units::U32($n)) => $body,
            (Units::U16($h), Units::U8(narrow)) => {
                let wide: Vec<u16> = narrow.iter().map(|&unit| unit.into()).collect();
                let $n = &wide[..];
                $body
            }
            (Units::U32($h), Units::U8(narrow)) => {
                let wide: Vec<u32> = narrow.iter().map(|&unit| unit.into()).collect();
                let $n = &wide[..];
                $body
            }
            (Units::U32($h), Units::U16(narrow)) => {
                let wide: Vec<u32> = narrow.iter().map(|&unit| unit.into()).collect();
                let $n = &wide[..];
                $body
            }
            _ => $absent,
        }
    }};
}
pub(crate) use same_width;

/// A needle prepared for repeated search.
pub(crate) struct Finder<'n, U> {
    needle: &'n [U],
    bytes: Option<memchr::memmem::Finder<'n>>,
    failure: Option<Vec<usize>>,
}

impl<'n, U: Unit> Finder<'n, U> {
    pub(crate) fn new(needle: &'n [U]) -> Self {
        let bytes = match U::units(needle) {
            super::Units::U8(bytes) if bytes.len() > 1 => Some(memchr::memmem::Finder::new(bytes)),
            _ => None,
        };
        Self {
            needle,
            bytes,
            failure: None,
        }
    }

    /// The first position of the needle.
    pub(crate) fn find(&mut self, hay: &[U]) -> Option<usize> {
        let Some((&first, rest)) = self.needle.split_first() else {
            return Some(0);
        };
        if rest.is_empty() {
            return first.find_in(hay);
        }
        if let (Some(finder), super::Units::U8(hay)) = (&self.bytes, U::units(hay)) {
            return finder.find(hay);
        }
        if hay.len() < self.needle.len() {
            return None;
        }
        let last_start = hay.len() - self.needle.len();
        let mut work = 0;
        let mut at = 0;
        while at <= last_start {
            at += first.find_in(&hay[at..=last_start])?;
            let same = rest
                .iter()
                .zip(&hay[at + 1..])
                .take_while(|(a, b)| a == b)
                .count();
            if same == rest.len() {
                return Some(at);
            }
            work += same;
            at += 1;
            if work > 4 * at + 64 {
                return self.find_linear(&hay[at..]).map(|found| found + at);
            }
        }
        None
    }

    fn find_linear(&mut self, hay: &[U]) -> Option<usize> {
        let needle = self.needle;
        let failure = self.failure.get_or_insert_with(|| {
            let mut failure = vec![0; needle.len()];
            let mut length = 0;
            for at in 1..needle.len() {
                while length > 0 && needle[at] != needle[length] {
                    length = failure[length - 1];
                }
                if needle[at] == needle[length] {
                    length += 1;
                }
                failure[at] = length;
            }
            failure
        });
        let mut matched = 0;
        for (at, unit) in hay.iter().enumerate() {
            while matched > 0 && *unit != needle[matched] {
                matched = failure[matched - 1];
            }
            if *unit == needle[matched] {
                matched += 1;
            }
            if matched == needle.len() {
                return Some(at + 1 - matched);
            }
        }
        None
    }
}

/// The first position of `needle`.
pub(crate) fn find<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    Finder::new(needle).find(hay)
}

/// The last position of `needle`.
pub(crate) fn rfind<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    if needle.is_empty() {
        return Some(hay.len());
    }
    if needle.len() > hay.len() {
        return None;
    }
    if let (super::Units::U8(hay), super::Units::U8(needle)) = (U::units(hay), U::units(needle)) {
        return memchr::memmem::rfind(hay, needle);
    }
    if let [only] = needle {
        return hay.iter().rposition(|unit| unit == only);
    }
    let reversed_hay: Vec<U> = hay.iter().rev().copied().collect();
    let reversed_needle: Vec<U> = needle.iter().rev().copied().collect();
    find(&reversed_hay, &reversed_needle).map(|at| hay.len() - needle.len() - at)
}

/// The number of occurrences that do not overlap, up to `max`.
pub(crate) fn count<U: Unit>(hay: &[U], needle: &[U], max: usize) -> usize {
    if needle.is_empty() {
        return (hay.len() + 1).min(max);
    }
    let mut finder = Finder::new(needle);
    let (mut at, mut found) = (0, 0);
    while found < max {
        match finder.find(&hay[at..]) {
            Some(next) => at += next + needle.len(),
            None => break,
        }
        found += 1;
    }
    found
}

/// The positions of up to `max` occurrences of `old` as `replace` sees them: an
/// empty one is before every unit and at the end.
pub(crate) fn occurrences<U: Unit>(hay: &[U], needle: &[U], max: usize) -> Vec<usize> {
    if needle.is_empty() {
        return (0..=hay.len()).take(max).collect();
    }
    let mut finder = Finder::new(needle);
    let mut positions = Vec::new();
    let mut at = 0;
    while positions.len() < max {
        match finder.find(&hay[at..]) {
            Some(next) => positions.push(at + next),
            None => break,
        }
        at = positions[positions.len() - 1] + needle.len();
    }
    positions
}

impl Text<'_> {
    /// `needle in self`.
    pub fn contains(self, needle: Text<'_>) -> bool {
        self.find(needle, 0, self.len()).is_some()
    }

    /// `self.find(needle, start, end)`; `start <= end <= len`.
    pub fn find(self, needle: Text<'_>, start: usize, end: usize) -> Option<usize> {
        same_width!(self, needle, (h, n) => find(&h[start..end], n), else None).map(|at| at + start)
    }

    /// `self.rfind(needle, start, end)`; `start <= end <= len`.
    pub fn rfind(self, needle: Text<'_>, start: usize, end: usize) -> Option<usize> {
        same_width!(self, needle, (h, n) => rfind(&h[start..end], n), else None)
            .map(|at| at + start)
    }

    /// `self.count(needle, start, end)`; `start <= end <= len`.
    pub fn count(self, needle: Text<'_>, start: usize, end: usize) -> usize {
        same_width!(self, needle, (h, n) => count(&h[start..end], n, usize::MAX), else 0)
    }

    /// `self[start:end].startswith(prefix)`; `start <= end <= len`.
    pub fn starts_with(self, prefix: Text<'_>, start: usize, end: usize) -> bool {
        same_width!(self, prefix, (h, n) => h[start..end].starts_with(n), else false)
    }

    /// `self[start:end].endswith(suffix)`; `start <= end <= len`.
    pub fn ends_with(self, suffix: Text<'_>, start: usize, end: usize) -> bool {
        same_width!(self, suffix, (h, n) => h[start..end].ends_with(n), else false)
    }

    /// The positions `replace(old, ..., max)` would replace at.
    pub(crate) fn occurrences(self, old: Text<'_>, max: usize) -> Vec<usize> {
        same_width!(self, old, (h, n) => occurrences(h, n, max), else Vec::new())
    }

    /// `self.replace(old, new, max)`, or `None` where nothing changes.
    pub fn replace(self, old: Text<'_>, new: Text<'_>, max: usize) -> Option<TextBuf> {
        let positions = self.occurrences(old, max);
        if positions.is_empty() {
            return None;
        }
        let grown = self.len() + positions.len() * new.len().saturating_sub(old.len());
        let mut out = StrBuilder::with_capacity(grown);
        let mut copied = 0;
        for at in positions {
            out.push_range(self, copied, at);
            out.push_str(new);
            copied = at + old.len();
        }
        out.push_range(self, copied, self.len());
        Some(out.finish())
    }

    /// `separator.join(parts)`.
    pub fn join<'a>(self, parts: impl ExactSizeIterator<Item = Text<'a>> + Clone) -> TextBuf {
        let total = parts.clone().map(Text::len).sum::<usize>()
            + self.len() * parts.len().saturating_sub(1);
        let mut out = StrBuilder::with_capacity(total);
        for (index, part) in parts.enumerate() {
            if index > 0 {
                out.push_str(self);
            }
            out.push_str(part);
        }
        out.finish()
    }

    /// Whether every code point satisfies `test`.
    pub(crate) fn all(self, test: impl Fn(u32) -> bool) -> bool {
        each_width!(self.units(), units => units.iter().all(|&unit| test(unit.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_widths() {
        for unit in ["", "é", "ж", "😀"] {
            let hay = TextBuf::from(format!("abcabc{unit}abca").as_str());
            let hay = hay.as_text();
            let check = |needle: &str, first: Option<usize>, last: Option<usize>, count: usize| {
                let needle = TextBuf::from(needle);
                let needle = needle.as_text();
                let got = (
                    hay.find(needle, 0, hay.len()),
                    hay.rfind(needle, 0, hay.len()),
                );
                assert_eq!(got, (first, last), "{needle} in {hay}");
                assert_eq!(hay.count(needle, 0, hay.len()), count, "{needle} in {hay}");
            };
            let shift = usize::from(!unit.is_empty());
            check("abc", Some(0), Some(6 + shift), 3);
            check("a", Some(0), Some(9 + shift), 4);
            check("x", None, None, 0);
            check("", Some(0), Some(hay.len()), hay.len() + 1);
            check("中", None, None, 0);
        }
    }

    #[test]
    fn bad_cases_stay_linear() {
        let hay = TextBuf::from("ж".repeat(200_000).as_str());
        let hay = hay.as_text();
        let needle = TextBuf::from(format!("{}x", "ж".repeat(5_000)).as_str());
        let needle = needle.as_text();
        assert_eq!(hay.find(needle, 0, hay.len()), None);
        assert_eq!(hay.rfind(needle, 0, hay.len()), None);
    }

    #[test]
    fn replacing() {
        let check = |text: &str, old: &str, new: &str, max: usize, expected: &str| {
            let text = TextBuf::from(text);
            let text = text.as_text();
            let got = text
                .replace(
                    TextBuf::from(old).as_text(),
                    TextBuf::from(new).as_text(),
                    max,
                )
                .unwrap_or(text.to_buf());
            assert_eq!(got, expected);
        };
        check("abc", "", "-", usize::MAX, "-a-b-c-");
        check("abc", "", "-", 2, "-a-bc");
        check("aaa", "a", "ж", 2, "жжa");
        check("жжa", "ж", "", 9, "a");
        check("abc", "x", "y", 9, "abc");
    }
}
