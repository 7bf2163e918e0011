//! Eight bytes at a time: the runs that tokens are made of, found by arithmetic
//! on one `u64` instead of a branch for each byte.
//!
//! A *mask* has the high bit of each byte that qualifies. The first byte of the
//! text is the lowest of the word, so `trailing_zeros` finds the first.

const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
const HIGH: u64 = 0x8080_8080_8080_8080;
const ONES: u64 = 0x0101_0101_0101_0101;

/// Eight times the same byte.
const fn all(byte: u8) -> u64 {
    ONES * byte as u64
}

/// The eight bytes from `at` on, with zeros behind the text's end.
#[inline]
pub(crate) fn load(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => load_tail(bytes.get(at..).unwrap_or_default()),
    }
}

#[cold]
#[inline(never)]
fn load_tail(tail: &[u8]) -> u64 {
    let mut chunk = [0; 8];
    chunk[..tail.len()].copy_from_slice(tail);
    u64::from_le_bytes(chunk)
}

/// How many bytes come before the first that the mask has.
#[inline]
pub(crate) fn before(mask: u64) -> usize {
    (mask.trailing_zeros() / 8) as usize
}

/// All bytes of a text of at most eight, `None` if it is longer.
#[inline]
pub(crate) fn short(text: &[u8]) -> Option<u64> {
    let word = |at: usize| {
        text.get(at..)?
            .first_chunk()
            .map(|chunk| u32::from_le_bytes(*chunk))
    };
    let len = text.len();
    match len {
        // Two halves that may overlap.
        4..=8 => {
            let (first, last) = (word(0)?, word(len - 4)?);
            Some(u64::from(first) | u64::from(last) << (8 * (len - 4)))
        }
        1..=3 => {
            let (first, middle, last) = (text[0], text[len / 2], text[len - 1]);
            Some(
                u64::from(first)
                    | u64::from(middle) << (8 * (len / 2))
                    | u64::from(last) << (8 * (len - 1)),
            )
        }
        0 => Some(0),
        _ => None,
    }
}

/// The bytes of a word before the first that the mask has, the others zero.
#[inline]
pub(crate) fn head(word: u64, mask: u64) -> u64 {
    // The bits below the mask's lowest, which is its byte's highest.
    let below = mask.wrapping_sub(1) & !mask;
    if mask == 0 { word } else { word & below >> 7 }
}

/// Bytes from `first` to `last`, both ASCII, in a word without high bits.
#[inline]
fn between(low: u64, first: u8, last: u8) -> u64 {
    let from = low + all(0x80 - first);
    let beyond = low + all(0x7F - last);
    from & !beyond & HIGH
}

/// The bytes that an identifier cannot hold; all of non-ASCII may be held.
#[inline]
pub(crate) fn not_identifier(word: u64) -> u64 {
    let low = word & LOW;
    let letter = between(low | all(0x20), b'a', b'z');
    let digit = between(low, b'0', b'9');
    let underscore = !((low ^ all(b'_')) + LOW) & HIGH;
    !(letter | digit | underscore | word) & HIGH
}

/// How many decimal digits a word begins with.
#[inline]
pub(crate) fn digits(word: u64) -> usize {
    before(!between(word & LOW, b'0', b'9') & HIGH | word & HIGH)
}

/// Whether a byte is not ASCII.
#[inline]
pub(crate) fn has_non_ascii(word: u64) -> bool {
    word & HIGH != 0
}

/// The bytes that are not a space.
#[inline]
pub(crate) fn not_space(word: u64) -> u64 {
    let other = word ^ all(b' ');
    (((other & LOW) + LOW) | other) & HIGH
}

/// The bytes at which reading a string of one line stops to think: its quote, a
/// backslash, a control character. Exact up to the first one only.
#[inline]
pub(crate) fn stops_string(word: u64, quote: u8) -> u64 {
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let control = word.wrapping_sub(all(0x10)) & !word;
    (zero(word ^ all(quote)) | zero(word ^ all(b'\\')) | control) & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::is_identifier_byte;

    /// Each byte at each place of a word, beside bytes that may disturb it.
    fn each_byte(check: impl Fn(u64, usize, u8)) {
        for byte in 0..=255_u8 {
            for at in 0..8 {
                for others in [0_u64, 0xFF, 0x61, 0x20, 0x5F, 0x80] {
                    let others = (ONES * others) & !(0xFF << (8 * at));
                    check(others | u64::from(byte) << (8 * at), at, byte);
                }
            }
        }
    }

    #[test]
    fn masks_tell_each_byte() {
        let has = |mask: u64, at: usize| mask >> (8 * at) & 0x80 != 0;
        each_byte(|word, at, byte| {
            assert_eq!(has(not_identifier(word), at), !is_identifier_byte(byte));
            assert_eq!(has(not_space(word), at), byte != b' ');
            let ascii = word.to_le_bytes();
            let is_digit = |byte: &&u8| byte.is_ascii_digit();
            assert_eq!(digits(word), ascii.iter().take_while(is_digit).count());
        });
    }

    #[test]
    fn the_first_stop_is_found() {
        for byte in 0..=255_u8 {
            for at in 0..8 {
                let word = (ONES * u64::from(b'x')) & !(0xFF << (8 * at));
                let mask = stops_string(word | u64::from(byte) << (8 * at), b'"');
                let stops = matches!(byte, b'"' | b'\\' | 0..0x10);
                assert_eq!(
                    before(mask),
                    if stops { at } else { 8 },
                    "{byte:#x} at {at}"
                );
            }
        }
    }

    #[test]
    fn words_end_with_the_text() {
        assert_eq!(load(b"abcdefghij", 1), u64::from_le_bytes(*b"bcdefghi"));
        assert_eq!(load(b"abc", 1), u64::from_le_bytes(*b"bc\0\0\0\0\0\0"));
        assert_eq!(load(b"abc", 4), 0);
        for text in [
            "", "a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh",
        ] {
            assert_eq!(
                short(text.as_bytes()),
                Some(load(text.as_bytes(), 0)),
                "{text}"
            );
        }
        assert_eq!(short(b"abcdefghi"), None);
        let word = load(b"ab cdefgh", 0);
        assert_eq!(head(word, not_identifier(word)), 0x6261);
        assert_eq!(head(word, 0), word);
    }
}
