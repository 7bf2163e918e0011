//! A fast hash of short texts, for tables that live as long as one parse.
//!
//! It is not keyed: a text made to collide slows down its own parse and no more.

use crate::word;

const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// The hash of a text.
#[inline]
pub fn of_text(text: &str) -> u64 {
    of_bytes(text.as_bytes())
}

/// The hash of some bytes, eight at a time.
#[inline]
pub fn of_bytes(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    let mut hash = bytes.len() as u64;
    match bytes.last_chunk() {
        None => hash = mix(hash, word::short(bytes).unwrap_or(0)),
        // The last word may overlap with the one before.
        Some(last) => {
            let (words, _) = bytes.as_chunks::<8>();
            for word in words {
                hash = mix(hash, u64::from_le_bytes(*word));
            }
            hash = mix(hash, u64::from_le_bytes(*last));
        }
    }
    hash ^ hash >> 32
}
