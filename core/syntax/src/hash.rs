//! A fast hash of short texts, for tables that live as long as one parse or compilation.
//!
//! It is not keyed: a text made to collide slows down its own parse and no more.

use std::hash::{BuildHasherDefault, Hasher};

/// A map keyed by text.
pub(crate) type TextMap<'t, V> =
    std::collections::HashMap<&'t str, V, BuildHasherDefault<TextHasher>>;

const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// The hash of a text.
#[inline]
pub fn of_text(text: &str) -> u64 {
    of_bytes(text.as_bytes())
}

/// The hash of some bytes.
#[inline]
pub fn of_bytes(bytes: &[u8]) -> u64 {
    let mut hasher = TextHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

/// Eight bytes at a time.
#[derive(Clone, Copy, Default)]
pub(crate) struct TextHasher(u64);

impl TextHasher {
    #[inline]
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for TextHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.mix(u64::from_le_bytes(chunk.try_into().expect("eight bytes")));
        }
        let tail = chunks
            .remainder()
            .iter()
            .fold(bytes.len() as u64, |tail, &byte| {
                tail << 8 | u64::from(byte)
            });
        self.mix(tail);
    }

    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.mix(byte.into());
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}
