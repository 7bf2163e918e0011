//! 64 bytes at a time: where tokens may begin and how far names go, as bits of
//! words. Going from token to token is then a matter of a few instructions on
//! registers, and a byte is looked at only for what it is.
//!
//! A block begins where a token may, never inside one, so that no bit depends on
//! the block before.

use wide::{i8x16, u8x16};

/// How many bytes a block looks at.
pub(super) const LEN: usize = 64;

/// Tokens that begin behind this byte are left to the next block, so that eight
/// bytes from any that is read here are in the block.
pub(super) const LAST_START: usize = LEN - 8;

/// What the bytes of a block are, the first as the lowest bit.
#[derive(Clone, Copy)]
pub(super) struct Block {
    /// Those that an identifier can hold, all of non-ASCII among them.
    pub(super) identifier: u64,
    /// Those at which a token may begin: neither spaces nor in a name; and the
    /// text's end, or else the block's last byte whatever it is.
    pub(super) starts: u64,
    /// The byte behind each token that begins at one of the starts, as far as
    /// these are names or of one byte.
    pub(super) ends: u64,
    space: u64,
    newline: u64,
    pub(super) is_ascii: bool,
}

impl Block {
    /// Of a text's bytes, with zeros behind its end if that is in the block.
    #[inline]
    pub(super) fn new(chunk: &[u8; LEN], end: usize) -> Self {
        let (mut identifier, mut space, mut newline, mut other) = (0, 0, 0, 0);
        for (at, bytes) in chunk.as_chunks().0.iter().enumerate() {
            let bytes = u8x16::new(*bytes);
            identifier |= bits(is_identifier(bytes)) << (16 * at);
            space |= bits(bytes.simd_eq(u8x16::splat(b' '))) << (16 * at);
            newline |= bits(bytes.simd_eq(u8x16::splat(b'\n'))) << (16 * at);
            other |= bits(bytes);
        }
        let end_bit = 1 << end.min(LEN - 1);
        let inside = identifier & identifier << 1;
        Self {
            identifier,
            starts: !(space | inside) & (end_bit - 1) | end_bit,
            ends: !space << 1 & !inside,
            space,
            newline,
            is_ascii: other == 0,
        }
    }

    /// The newlines but those behind which stand `column` spaces and then neither a space
    /// nor another newline.
    #[inline]
    pub(super) fn newlines_but_before(&self, column: usize) -> u64 {
        if column >= LAST_START {
            return self.newline;
        }
        // Added to spaces, what stands before them moves behind them.
        let behind = |newlines: u64| (newlines << 1).wrapping_add(self.space) & !self.space;
        let firsts = behind(self.newline) & !self.newline;
        let such = firsts >> (column + 1) & self.newline;
        // Such a distance may be that of another line's newline: then none is known.
        let is_certain = behind(such) == such << (column + 1);
        self.newline & !if is_certain { such } else { 0 }
    }
}

/// The highest bit of each byte.
#[inline]
fn bits(bytes: u8x16) -> u64 {
    u64::from(bytes.to_bitmask())
}

/// The highest bit says whether an identifier can hold the byte.
#[inline]
fn is_identifier(bytes: u8x16) -> u8x16 {
    let letter = between(bytes | u8x16::splat(0x20), b'a', b'z');
    let digit = between(bytes, b'0', b'9');
    letter | digit | bytes.simd_eq(u8x16::splat(b'_')) | bytes
}

#[inline]
fn between(bytes: u8x16, first: u8, last: u8) -> u8x16 {
    // There is no comparison without signs: the range's start becomes the least.
    let moved = bytes - u8x16::splat(first.wrapping_add(0x80));
    let limit = i8x16::splat((last - first).wrapping_sub(0x7F) as i8);
    moved.cast_signed().simd_lt(limit).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::is_identifier_byte;

    #[test]
    fn bits_tell_each_byte() {
        let text: Vec<u8> = (0..=255)
            .chain((0..=255).map(|byte: u8| byte.wrapping_mul(37)))
            .collect();
        for base in 0..=text.len() {
            let rest = &text[base..text.len().min(base + LEN)];
            let mut chunk = [0; LEN];
            chunk[..rest.len()].copy_from_slice(rest);
            let block = Block::new(&chunk, rest.len());
            assert_eq!(block.is_ascii, rest.is_ascii());
            for (at, &byte) in rest.iter().enumerate() {
                let is_identifier = is_identifier_byte(byte);
                assert_eq!(block.identifier >> at & 1 == 1, is_identifier);
                let follows = at > 0 && is_identifier_byte(rest[at - 1]);
                let starts = byte != b' ' && !(is_identifier && follows) || at == LEN - 1;
                assert_eq!(block.starts >> at & 1 == 1, starts, "{byte:#x}");
            }
            let mut ends = block.ends;
            for at in (0..rest.len()).filter(|at| block.starts >> at & 1 == 1) {
                let len = (!block.identifier >> at).trailing_zeros().max(1);
                if at + (len as usize) < LEN && rest[at] != b' ' {
                    assert_eq!(ends.trailing_zeros(), at as u32 + len);
                }
                ends &= ends.wrapping_sub(1);
            }
            if rest.len() < LEN {
                assert_eq!(block.starts >> rest.len(), 1);
                assert_eq!(block.identifier >> rest.len(), 0);
            }
        }
    }

    #[test]
    fn newlines_before_a_column_are_told() {
        let text =
            b"\n  a\n\n b\n  \n  \nc\n\nd\n     e\n    \nf ghij\n  kl\n\n\n  k\n  ".repeat(9);
        let mut told = 0;
        for (base, chunk) in text.windows(LEN).enumerate() {
            let block = Block::new(chunk.first_chunk().expect("a window"), LEN);
            for column in [0, 1, 2, 5, 60] {
                let others = block.newlines_but_before(column);
                assert_eq!(others & !block.newline, 0);
                for at in (0..LEN).filter(|at| (block.newline & !others) >> at & 1 == 1) {
                    let behind = &chunk[at + 1..];
                    let first = behind.iter().position(|&byte| byte != b' ');
                    assert_eq!((chunk[at], first), (b'\n', Some(column)), "{base} {at}");
                    assert_ne!(behind[column], b'\n');
                    told += 1;
                }
            }
        }
        assert!(told > 2 * text.len(), "{told}");
    }
}
