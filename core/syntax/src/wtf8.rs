//! Text that may hold lone surrogates, as Python's `str` may.
//!
//! The bytes are generalized UTF-8 (WTF-8): what `str.encode('utf-8',
//! 'surrogatepass')` gives, and what CPython's marshal writes. Rust's `String`
//! cannot hold `'\ud800'`; this can.

use std::fmt;

/// An owned, immutable string of code points, surrogates included.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Wtf8Box(Box<[u8]>);

impl Wtf8Box {
    /// Takes bytes as they are, or `None` if they are not generalized UTF-8.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        // What is UTF-8 is checked fast, and nearly all is.
        let mut rest = match std::str::from_utf8(bytes) {
            Ok(_) => &[],
            Err(_) => bytes,
        };
        while !rest.is_empty() {
            let (_, len) = decode_first(rest)?;
            rest = &rest[len..];
        }
        Some(Self(bytes.into()))
    }

    /// The same, borrowed.
    pub fn as_wtf8(&self) -> Wtf8<'_> {
        Wtf8(&self.0)
    }

    /// The text, if it has no lone surrogate.
    pub fn as_str(&self) -> Option<&str> {
        self.as_wtf8().as_str()
    }

    /// The generalized UTF-8 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether there is no code point.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The code points in order, each at most `0x10FFFF`.
    pub fn code_points(&self) -> impl Iterator<Item = u32> + '_ {
        self.as_wtf8().code_points()
    }
}

/// A borrowed string of code points, surrogates included.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Wtf8<'t>(&'t [u8]);

impl<'t> Wtf8<'t> {
    /// Takes bytes that are known to be generalized UTF-8.
    pub(crate) fn trusted(bytes: &'t [u8]) -> Self {
        debug_assert!(Wtf8Box::from_bytes(bytes).is_some());
        Self(bytes)
    }

    /// An owned copy.
    pub fn to_box(self) -> Wtf8Box {
        Wtf8Box(self.0.into())
    }

    /// The text, if it has no lone surrogate.
    pub fn as_str(self) -> Option<&'t str> {
        std::str::from_utf8(self.0).ok()
    }

    /// The generalized UTF-8 bytes.
    pub fn as_bytes(self) -> &'t [u8] {
        self.0
    }

    /// Whether there is no code point.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The code points in order, each at most `0x10FFFF`.
    pub fn code_points(self) -> impl Iterator<Item = u32> + use<'t> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (code_point, len) = decode_first(rest).expect("checked when made");
            rest = &rest[len..];
            Some(code_point)
        })
    }
}

impl<'t> From<&'t str> for Wtf8<'t> {
    fn from(text: &'t str) -> Self {
        Self(text.as_bytes())
    }
}

impl fmt::Debug for Wtf8<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            Some(text) => fmt::Debug::fmt(text, f),
            None => write!(f, "wtf8{:?}", self.code_points().collect::<Vec<_>>()),
        }
    }
}

impl From<&str> for Wtf8Box {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().into())
    }
}

impl From<String> for Wtf8Box {
    fn from(text: String) -> Self {
        Self(text.into_bytes().into())
    }
}

impl FromIterator<u32> for Wtf8Box {
    /// Encodes each code point by itself: a pair of surrogates stays a pair.
    fn from_iter<I: IntoIterator<Item = u32>>(code_points: I) -> Self {
        let mut bytes = Vec::new();
        for code_point in code_points {
            push(&mut bytes, code_point);
        }
        Self(bytes.into())
    }
}

impl fmt::Debug for Wtf8Box {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_wtf8(), f)
    }
}

/// Appends one code point, surrogate or not, as generalized UTF-8.
///
/// # Panics
/// If `code_point` is above `0x10FFFF`.
pub fn push(bytes: &mut Vec<u8>, code_point: u32) {
    match char::from_u32(code_point) {
        Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            assert!(
                (0xD800..0xE000).contains(&code_point),
                "not a code point: {code_point:#x}"
            );
            let low = |shift: u32| 0x80 | (code_point >> shift & 0x3F) as u8;
            bytes.extend_from_slice(&[0xE0 | (code_point >> 12) as u8, low(6), low(0)]);
        }
    }
}

/// The first code point of `bytes` and its length, or `None` if it is malformed.
fn decode_first(bytes: &[u8]) -> Option<(u32, usize)> {
    let len = match bytes.first()? {
        0x00..=0x7F => 1,
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let head = bytes.get(..len)?;
    if let [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF] = *head {
        return Some((
            0xD000 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F),
            len,
        ));
    }
    let c = std::str::from_utf8(head).ok()?.chars().next()?;
    Some((c as u32, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_survive() {
        for points in [
            &[0x61, 0xD800, 0x1F600, 0xDFFF][..],
            &[0xE9, 0xD83D, 0xDE00],
            &[],
        ] {
            let text: Wtf8Box = points.iter().copied().collect();
            assert_eq!(text.code_points().collect::<Vec<_>>(), points);
            assert_eq!(Wtf8Box::from_bytes(text.as_bytes()), Some(text));
        }
        assert_eq!(Wtf8Box::from_bytes(b"\xED\xA0"), None);
        assert_eq!(Wtf8Box::from_bytes(b"\xC0\x80"), None);
    }
}
