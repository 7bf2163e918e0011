//! The loop from token to token, on the bits of a [`Block`].
//!
//! Which token comes next is what processors guess wrong. So names, keywords,
//! brackets and operators of one byte, most of all tokens, are read without a
//! branch between them: all that could differ is computed or looked up.

use super::block::{Block, LAST_START, LEN};
use super::bracket::Bracket;
use super::operator::{self, TABLES};
use super::tokens::ROOM;
use super::{Lexer, range};
use crate::token::{Token, TokenKind};
use crate::word;

impl Lexer<'_> {
    /// Reads tokens up to the end.
    pub(super) fn run(&mut self) {
        let bytes = self.bytes;
        self.pos = self.line_start(self.pos);
        while !self.is_done {
            let rest = &bytes[self.pos..];
            if let Some(chunk) = rest.first_chunk() {
                self.block(chunk, LEN);
            } else if !rest.is_empty() {
                let mut chunk = [0; LEN];
                chunk[..rest.len()].copy_from_slice(rest);
                self.block(&chunk, rest.len());
            } else if !self.end() {
                return;
            }
        }
    }

    /// Reads the tokens that begin in the block at `pos`, or until something is
    /// wrong, and moves past them.
    #[inline(never)]
    fn block(&mut self, chunk: &[u8; LEN], end: usize) {
        let base = self.pos;
        let block = Block::new(chunk, end);
        let mut starts = block.starts;
        loop {
            starts = self.plain_tokens(chunk, base, &block, starts);
            let offset = starts.trailing_zeros() as usize;
            self.pos = base + offset;
            if offset > LAST_START || offset >= end {
                return;
            }
            match chunk[offset] {
                b'\n' => match self.plain_newline(chunk, base, starts) {
                    Some(rest) => {
                        starts = rest;
                        continue;
                    }
                    // A block of its own sees more of what follows.
                    None if offset > LAST_START / 2 => return,
                    None => {}
                },
                b'a'..=b'z' | b'A'..=b'Z' | b'_' if offset > 0 && block.is_ascii => return,
                b'1'..=b'9' => {
                    let len = (!(block.identifier >> offset)).trailing_zeros() as usize;
                    let digits = word::digits(eight(chunk, offset));
                    let next = chunk.get(offset + len);
                    if digits == len && next.is_some_and(|&next| next != b'.') {
                        self.push(TokenKind::Number, len);
                        starts &= starts - 1;
                        continue;
                    }
                }
                _ => {}
            }
            self.token(chunk[offset]);
            while self.fstrings.last().is_some_and(|fstring| fstring.in_text) {
                self.fstring_text();
            }
            let offset = self.pos - base;
            if self.is_done || offset > LAST_START {
                return;
            }
            // A name may follow a number, where its first letter is no start.
            let next = block.identifier & 1 << offset;
            starts = (block.starts | next) & u64::MAX << offset;
        }
    }

    /// Reads names and tokens of one byte from the first of `starts` on, newlines
    /// that do not change the indentation among them, up to one that needs another
    /// look; gives those that are left.
    #[inline]
    fn plain_tokens(
        &mut self,
        chunk: &[u8; LEN],
        base: usize,
        block: &Block,
        mut starts: u64,
    ) -> u64 {
        let is_plain = self.fstrings.is_empty() && self.left_open.is_empty();
        let circumstances = if block.is_ascii { 0 } else { operator::NAMES }
            | if is_plain { 0 } else { operator::BRACKETS };
        let table = &TABLES[circumstances];
        // Where another segment may begin, each newline needs another look.
        let may_be_plain = is_plain && !(self.by_segment && self.column == 0);
        let newlines = block.newlines_but_before(if may_be_plain { self.column } else { LEN });
        let limit = ((newlines & starts).trailing_zeros() as usize).min(LAST_START + 1);
        let Some((slots, mut depth)) = self.brackets.few() else {
            return starts;
        };
        let mut places = self.lexed.tokens.room().iter_mut();
        let mut offset = starts.trailing_zeros() as usize;
        let mut ends = block.ends & u64::MAX << (offset % LEN) << 1;
        while offset < limit {
            let word = eight(chunk, offset);
            let byte = word as u8;
            let first = &table.first[usize::from(byte)];
            if first.doubt & table.second[usize::from((word >> 8) as u8)] != 0 {
                break;
            }
            let end = ends.trailing_zeros() as usize;
            // Brackets are counted, and noted behind those that are open; what is
            // no bracket is noted in vain.
            let mismatch = (slots[usize::from(depth)].byte ^ first.closes) & first.is_closing;
            if end >= LEN || mismatch != 0 {
                break;
            }
            let Some(place) = places.next() else { break };
            let start = base + offset;
            slots[usize::from(depth.wrapping_add(1))] = Bracket {
                byte,
                at: start as u32,
            };
            depth = depth.wrapping_add_signed(first.deeper);
            *place = Token {
                kind: table.keywords.kind(word, end - offset, first.number),
                range: range(start, base + end),
            };
            starts &= starts - 1;
            ends &= ends - 1;
            offset = starts.trailing_zeros() as usize;
        }
        let count = ROOM - places.len();
        self.brackets.set_depth(depth);
        self.lexed.tokens.add(count);
        if count > 0
            && let Some(last) = self.lexed.tokens.last()
            && last.kind == TokenKind::Newline
        {
            // What follows it needs a closer look, and so it does itself.
            starts |= 1 << (last.range.start as usize - base);
            self.lexed.tokens.truncate(self.lexed.tokens.len() - 1);
        }
        starts
    }

    /// Reads the newline at the first of `starts`, and blank lines and the
    /// indentation behind it; gives the starts that are left. `None` if what
    /// follows needs a closer look, or if it is not in the block.
    #[inline]
    fn plain_newline(&mut self, chunk: &[u8; LEN], base: usize, mut starts: u64) -> Option<u64> {
        loop {
            let newline = starts.trailing_zeros() as usize;
            starts &= starts - 1;
            let offset = starts.trailing_zeros() as usize;
            if offset > LAST_START {
                return None;
            }
            let byte = chunk[offset];
            if !self.brackets.is_empty() {
                // A word may tell of a bracket that was never closed.
                let is_word = byte.is_ascii_lowercase() || byte >= 0x80;
                let is_plain = !is_word && byte > b' ' && !self.by_lines;
                return (is_plain || self.is_hopeful).then_some(starts);
            }
            match byte {
                b'\n' => continue,
                b'\r' | b'#' | b'\t' | b'\x0c' | b'\\' | 0 => return None,
                _ => {}
            }
            let column = offset - newline - 1;
            if column == 0 && self.by_segment {
                // Another segment may begin.
                return None;
            }
            self.push(TokenKind::Newline, 1);
            if column != self.column {
                self.indent_plainly(column, base + offset);
            }
            return Some(starts);
        }
    }
}

/// Eight bytes of a block.
#[inline]
fn eight(chunk: &[u8; LEN], offset: usize) -> u64 {
    let bytes = chunk[offset..].first_chunk();
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
