//! A fast hash of short texts, for tables that live as long as one parse.
//!
//! It is not keyed: a text made to collide slows down its own parse and no more.

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
    let (words, tail) = bytes.as_chunks::<8>();
    let hash = { words.iter() }.fold(0, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let tail = { tail.iter() }.fold(bytes.len() as u64, |tail, &byte| {
        tail << 8 | u64::from(byte)
    });
    let hash = mix(hash, tail);
    hash ^ hash >> 32
}
