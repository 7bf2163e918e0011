//! The storage of `str` and the algorithms on it.
//!
//! A string is an immutable array of code points, one, two or four bytes each
//! (PEP 393), so that indexing takes constant time. Always: the width is the
//! narrowest that holds every code point, and `Ascii` is used whenever it can
//! be. Hence equal strings have equal representations. Surrogates may stand
//! alone, as in CPython.
#![forbid(unsafe_code)]
#![allow(
    clippy::useless_conversion,
    reason = "one body serves three widths, and a u32 is one already"
)]

pub(crate) mod builder;
pub(crate) mod bytes;
pub(crate) mod case;
pub(crate) mod codec;
pub(crate) mod predicates;
pub(crate) mod repr;
pub(crate) mod search;
pub(crate) mod shape;
pub(crate) mod split;
pub mod unicode;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

pub use builder::StrBuilder;

pub use crate::hash::hash_bytes;

/// A code point as stored: one, two or four bytes wide.
pub trait Unit: Copy + Ord + Into<u32> + fmt::Debug + 'static {
    /// The greatest code point this width holds.
    const MAX: u32;
    /// The unit for a code point known to fit.
    fn of(code_point: u32) -> Self;
    /// The slice with its width made visible.
    fn units(slice: &[Self]) -> Units<'_>;
    /// The first position of `self` in `haystack`.
    fn find_in(self, haystack: &[Self]) -> Option<usize> {
        haystack.iter().position(|&unit| unit == self)
    }
}

impl Unit for u8 {
    const MAX: u32 = 0xFF;
    fn of(code_point: u32) -> Self {
        code_point as u8
    }
    fn units(slice: &[Self]) -> Units<'_> {
        Units::U8(slice)
    }
    fn find_in(self, haystack: &[Self]) -> Option<usize> {
        memchr::memchr(self, haystack)
    }
}

impl Unit for u16 {
    const MAX: u32 = 0xFFFF;
    fn of(code_point: u32) -> Self {
        code_point as u16
    }
    fn units(slice: &[Self]) -> Units<'_> {
        Units::U16(slice)
    }
}

impl Unit for u32 {
    const MAX: u32 = 0x10_FFFF;
    fn of(code_point: u32) -> Self {
        code_point
    }
    fn units(slice: &[Self]) -> Units<'_> {
        Units::U32(slice)
    }
}

/// The code points of a string in the width they are stored in.
#[derive(Clone, Copy, Debug)]
pub enum Units<'a> {
    /// ASCII or Latin-1.
    U8(&'a [u8]),
    /// The basic multilingual plane.
    U16(&'a [u16]),
    /// Everything.
    U32(&'a [u32]),
}

/// Runs one body for whichever width a string has.
macro_rules! each_width {
    ($units:expr, $slice:ident => $body:expr) => {
        match $units {
            $crate::text::Units::U8($slice) => $body,
            $crate::text::Units::U16($slice) => $body,
            $crate::text::Units::U32($slice) => $body,
        }
    };
}
pub(crate) use each_width;

/// A borrowed string.
#[derive(Clone, Copy)]
pub enum Text<'a> {
    /// All characters below 0x80.
    Ascii(&'a str),
    /// All characters below 0x100, at least one above 0x7F.
    Latin1(&'a [u8]),
    /// All characters below 0x10000 (lone surrogates included), at least one above 0xFF.
    Ucs2(&'a [u16]),
    /// At least one character above 0xFFFF.
    Ucs4(&'a [u32]),
}

/// An owned string.
#[derive(Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "as in `Text`")]
pub enum TextBuf {
    Ascii(String),
    Latin1(Vec<u8>),
    Ucs2(Vec<u16>),
    Ucs4(Vec<u32>),
}

impl TextBuf {
    /// The empty string.
    pub fn empty() -> Self {
        Self::Ascii(String::new())
    }

    /// From bytes that are generalized UTF-8; malformed ones become U+FFFD.
    pub fn from_wtf8(bytes: &[u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self::from(text);
        }
        match vitrine_syntax::wtf8::Wtf8Box::from_bytes(bytes) {
            Some(text) => Self::from_code_points(text.code_points()),
            None => Self::from(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    /// From code points, surrogates included.
    pub fn from_code_points(code_points: impl IntoIterator<Item = u32>) -> Self {
        let mut builder = StrBuilder::new();
        for code_point in code_points {
            builder.push(code_point);
        }
        builder.finish()
    }

    /// A string of one code point.
    pub fn from_code_point(code_point: u32) -> Self {
        match code_point {
            0..=0x7F => Self::Ascii(char::from(code_point as u8).into()),
            0x80..=0xFF => Self::Latin1(vec![code_point as u8]),
            0x100..=0xFFFF => Self::Ucs2(vec![code_point as u16]),
            _ => Self::Ucs4(vec![code_point]),
        }
    }

    /// From bytes, each a code point.
    pub fn from_latin1(bytes: &[u8]) -> Self {
        Self::from_u8s(bytes.to_vec())
    }

    /// Takes over bytes, each a code point.
    pub(crate) fn from_u8s(bytes: Vec<u8>) -> Self {
        if !bytes.is_ascii() {
            return Self::Latin1(bytes);
        }
        Self::Ascii(String::from_utf8(bytes).unwrap_or_default())
    }

    /// Copies units, narrowing them as far as they go.
    pub(crate) fn from_units<U: Unit>(units: &[U]) -> Self {
        let top = units.iter().fold(0, |bits, &unit| bits | unit.into());
        match top {
            0..=0xFF => Self::from_u8s(units.iter().map(|&unit| unit.into() as u8).collect()),
            0x100..=0xFFFF => Self::Ucs2(units.iter().map(|&unit| unit.into() as u16).collect()),
            _ => Self::Ucs4(units.iter().map(|&unit| unit.into()).collect()),
        }
    }

    /// The string, borrowed.
    pub fn as_text(&self) -> Text<'_> {
        match self {
            Self::Ascii(s) => Text::Ascii(s),
            Self::Latin1(s) => Text::Latin1(s),
            Self::Ucs2(s) => Text::Ucs2(s),
            Self::Ucs4(s) => Text::Ucs4(s),
        }
    }

    /// The number of code points.
    pub fn len(&self) -> usize {
        self.as_text().len()
    }

    /// Whether there is no code point.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> Text<'a> {
    /// The number of code points.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            Text::Ascii(s) => s.len(),
            Text::Latin1(s) => s.len(),
            Text::Ucs2(s) => s.len(),
            Text::Ucs4(s) => s.len(),
        }
    }

    /// Whether there is no code point.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether every code point is below 128.
    pub fn is_ascii(self) -> bool {
        matches!(self, Text::Ascii(_))
    }

    /// Bytes per code point: 1, 2 or 4.
    pub fn kind(self) -> usize {
        match self {
            Text::Ascii(_) | Text::Latin1(_) => 1,
            Text::Ucs2(_) => 2,
            Text::Ucs4(_) => 4,
        }
    }

    /// The text, if it is all ASCII: the fast path of many methods.
    pub fn as_ascii(self) -> Option<&'a str> {
        match self {
            Text::Ascii(text) => Some(text),
            _ => None,
        }
    }

    /// The stored code points.
    #[inline]
    pub fn units(self) -> Units<'a> {
        match self {
            Text::Ascii(text) => Units::U8(text.as_bytes()),
            Text::Latin1(units) => Units::U8(units),
            Text::Ucs2(units) => Units::U16(units),
            Text::Ucs4(units) => Units::U32(units),
        }
    }

    /// The code point at `index`, which must be in range.
    pub fn at(self, index: usize) -> u32 {
        each_width!(self.units(), units => units[index].into())
    }

    /// The code point at `index`, if there is one.
    pub fn get(self, index: usize) -> Option<u32> {
        each_width!(self.units(), units => units.get(index).map(|&unit| unit.into()))
    }

    /// The code points in order.
    pub fn code_points(
        self,
    ) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + Clone + 'a {
        (0..self.len()).map(move |index| self.at(index))
    }

    /// A copy.
    pub fn to_buf(self) -> TextBuf {
        match self {
            Text::Ascii(s) => TextBuf::Ascii(s.to_owned()),
            Text::Latin1(s) => TextBuf::Latin1(s.to_owned()),
            Text::Ucs2(s) => TextBuf::Ucs2(s.to_owned()),
            Text::Ucs4(s) => TextBuf::Ucs4(s.to_owned()),
        }
    }

    /// The code points `start..end`; both are clamped to the length.
    pub fn substring(self, start: usize, end: usize) -> TextBuf {
        let end = end.min(self.len());
        let start = start.min(end);
        match self {
            Text::Ascii(text) => TextBuf::Ascii(text[start..end].into()),
            _ => each_width!(self.units(), units => TextBuf::from_units(&units[start..end])),
        }
    }

    /// `count` code points from `start`, `step` apart: `self[start::step]` once
    /// the slice's indices are known to be in range.
    pub fn slice(self, start: usize, step: isize, count: usize) -> TextBuf {
        if step == 1 {
            return self.substring(start, start + count);
        }
        each_width!(self.units(), units => {
            let mut picked = Vec::with_capacity(count);
            let mut at = start as isize;
            for _ in 0..count {
                picked.push(units[at as usize]);
                at = at.wrapping_add(step);
            }
            TextBuf::from_units(&picked)
        })
    }

    /// The two strings, one after the other.
    pub fn concat(self, other: Text<'_>) -> TextBuf {
        if let (Text::Ascii(left), Text::Ascii(right)) = (self, other) {
            return TextBuf::Ascii([left, right].concat());
        }
        let mut builder = StrBuilder::with_capacity(self.len() + other.len());
        builder.push_str(self);
        builder.push_str(other);
        builder.finish()
    }

    /// The string `count` times over. The caller checks the size first.
    pub fn repeat(self, count: usize) -> TextBuf {
        match self {
            Text::Ascii(text) => TextBuf::Ascii(text.repeat(count)),
            _ if count == 0 => TextBuf::empty(),
            Text::Latin1(units) => TextBuf::Latin1(units.repeat(count)),
            Text::Ucs2(units) => TextBuf::Ucs2(units.repeat(count)),
            Text::Ucs4(units) => TextBuf::Ucs4(units.repeat(count)),
        }
    }

    /// Generalized UTF-8: surrogates as three bytes each.
    pub fn to_wtf8(self) -> Cow<'a, [u8]> {
        if let Some(text) = self.as_ascii() {
            return Cow::Borrowed(text.as_bytes());
        }
        let mut bytes = Vec::with_capacity(self.len() * 2);
        for code_point in self.code_points() {
            vitrine_syntax::wtf8::push(&mut bytes, code_point);
        }
        Cow::Owned(bytes)
    }

    /// The text, if it has no surrogate.
    pub fn to_str(self) -> Option<Cow<'a, str>> {
        if let Some(text) = self.as_ascii() {
            return Some(Cow::Borrowed(text));
        }
        self.code_points()
            .map(char::from_u32)
            .collect::<Option<String>>()
            .map(Cow::Owned)
    }

    /// The text with surrogates written as `\udXXX`, as the error handler
    /// `backslashreplace` does: for messages.
    pub fn to_string_lossy(self) -> Cow<'a, str> {
        if let Some(text) = self.as_ascii() {
            return Cow::Borrowed(text);
        }
        let mut text = String::with_capacity(self.len());
        for code_point in self.code_points() {
            match char::from_u32(code_point) {
                Some(c) => text.push(c),
                None => text.push_str(&format!("\\u{code_point:04x}")),
            }
        }
        Cow::Owned(text)
    }

    /// `hash(self)`.
    pub fn hash(self) -> i64 {
        match self.units() {
            Units::U8(units) => hash_bytes(units),
            Units::U16(units) => hash_bytes(
                &units
                    .iter()
                    .flat_map(|unit| unit.to_le_bytes())
                    .collect::<Vec<_>>(),
            ),
            Units::U32(units) => hash_bytes(
                &units
                    .iter()
                    .flat_map(|unit| unit.to_le_bytes())
                    .collect::<Vec<_>>(),
            ),
        }
    }
}

impl From<&str> for TextBuf {
    fn from(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii(text.into());
        }
        Self::from_code_points(text.chars().map(u32::from))
    }
}

impl From<String> for TextBuf {
    fn from(text: String) -> Self {
        if text.is_ascii() {
            Self::Ascii(text)
        } else {
            Self::from(&*text)
        }
    }
}

impl FromIterator<u32> for TextBuf {
    fn from_iter<I: IntoIterator<Item = u32>>(code_points: I) -> Self {
        Self::from_code_points(code_points)
    }
}

impl<'a> From<&'a TextBuf> for Text<'a> {
    fn from(text: &'a TextBuf) -> Self {
        text.as_text()
    }
}

impl<'a> From<Units<'a>> for Text<'a> {
    /// Of units that are known to need their width.
    fn from(units: Units<'a>) -> Self {
        match units {
            Units::U8(units) => match std::str::from_utf8(units) {
                Ok(text) if text.is_ascii() => Text::Ascii(text),
                _ => Text::Latin1(units),
            },
            Units::U16(units) => Text::Ucs2(units),
            Units::U32(units) => Text::Ucs4(units),
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Text::Ascii(a), Text::Ascii(b)) => a == b,
            (Text::Latin1(a), Text::Latin1(b)) => a == b,
            (Text::Ucs2(a), Text::Ucs2(b)) => a == b,
            (Text::Ucs4(a), Text::Ucs4(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Text<'_> {}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        match self.as_ascii() {
            Some(text) => text == other,
            None => self.code_points().eq(other.chars().map(u32::from)),
        }
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl PartialEq<&str> for TextBuf {
    fn eq(&self, other: &&str) -> bool {
        self.as_text() == **other
    }
}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.units(), other.units()) {
            (Units::U8(a), Units::U8(b)) => a.cmp(b),
            _ => self.code_points().cmp(other.code_points()),
        }
    }
}

macro_rules! show_lossily {
    ($($type:ty),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*Text::from(self.by_ref()).to_string_lossy(), f)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&Text::from(self.by_ref()).to_string_lossy())
            }
        }
    )*};
}
show_lossily!(Text<'_>, TextBuf);

impl<'a> Text<'a> {
    fn by_ref(&self) -> Self {
        *self
    }
}

impl TextBuf {
    fn by_ref(&self) -> &Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrowest_width() {
        for (text, kind, ascii) in [
            ("", 1, true),
            ("abc", 1, true),
            ("é", 1, false),
            ("aж", 2, false),
            ("a😀", 4, false),
        ] {
            let buf = TextBuf::from(text);
            let s = buf.as_text();
            assert_eq!(
                (s.kind(), s.is_ascii(), s.len()),
                (kind, ascii, text.chars().count()),
                "{text}"
            );
            assert_eq!(s.to_str().as_deref(), Some(text));
            assert_eq!(TextBuf::from_wtf8(&s.to_wtf8()), buf);
        }
        let wide = TextBuf::from("aж😀");
        let wide = wide.as_text();
        assert_eq!(wide.substring(0, 1), TextBuf::from("a"));
        assert!(wide.substring(0, 1).as_text().is_ascii());
        assert_eq!(wide.slice(2, -1, 3), TextBuf::from("😀жa"));
        assert_eq!(wide.concat(TextBuf::from("b").as_text()), "aж😀b");
        assert_eq!(TextBuf::from("é").as_text().repeat(3), "ééé");
    }

    #[test]
    fn hashes_are_those_of_a_zero_seed() {
        // PYTHONHASHSEED=0 python3.14 -c "print(hash('abc'), ...)"
        for (text, expected) in [
            ("", 0),
            ("a", 4_644_417_185_603_328_019),
            ("abc", -4_594_863_902_769_663_758),
            ("é", 6_047_309_291_227_476_195),
            ("ж", 7_913_700_590_106_915_054),
            ("ж😀", 6_107_356_158_954_057_773),
        ] {
            assert_eq!(TextBuf::from(text).as_text().hash(), expected, "{text}");
        }
    }
}
