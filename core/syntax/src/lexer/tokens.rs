//! The list of tokens, in memory that holds more of them than there are: adding
//! one is writing to its place, without asking each time whether there is room.

use std::ops::{Deref, DerefMut, Range};

use crate::position::TextRange;
use crate::token::{Token, TokenKind};

/// How many places can be had at once.
pub(super) const ROOM: usize = 64;

/// How many places are made at once.
const STEP: usize = 2 * ROOM;

/// What is at places that have no token yet.
const NONE: Token = Token {
    kind: TokenKind::EndMarker,
    range: TextRange { start: 0, end: 0 },
};

/// Tokens in the order of the text.
#[derive(Clone, Default)]
pub struct Tokens {
    /// The tokens, and behind them what has no meaning.
    slots: Vec<Token>,
    len: usize,
}

impl Tokens {
    /// Reserves memory for a number of tokens, where there are none.
    pub(super) fn reserve(&mut self, count: usize) {
        let more = (count + STEP + ROOM).saturating_sub(self.slots.len());
        self.slots.reserve(more);
    }

    /// The places behind the last token; `add` makes tokens of the first ones.
    #[inline]
    pub(super) fn room(&mut self) -> &mut [Token; ROOM] {
        if self.slots.len() - self.len < ROOM {
            self.grow();
        }
        let room = self.slots[self.len..].first_chunk_mut();
        room.expect("there is room for a block's tokens")
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        self.slots.extend_from_slice(&[NONE; STEP]);
    }

    /// Counts what was written to the first places of `room`.
    #[inline]
    pub(super) fn add(&mut self, count: usize) {
        self.len += count;
        debug_assert!(self.len <= self.slots.len());
    }

    #[inline]
    pub(super) fn push(&mut self, token: Token) {
        if self.len == self.slots.len() {
            self.grow();
        }
        self.slots[self.len] = token;
        self.len += 1;
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// Takes some tokens out.
    pub(crate) fn remove(&mut self, range: Range<usize>) {
        let removed = range.len();
        self.copy_within(range.end.., range.start);
        self.len -= removed;
    }
}

impl Deref for Tokens {
    type Target = [Token];

    #[inline]
    fn deref(&self) -> &[Token] {
        &self.slots[..self.len]
    }
}

impl DerefMut for Tokens {
    #[inline]
    fn deref_mut(&mut self) -> &mut [Token] {
        &mut self.slots[..self.len]
    }
}

impl<'a> IntoIterator for &'a Tokens {
    type Item = &'a Token;
    type IntoIter = std::slice::Iter<'a, Token>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Tokens {
    type Item = Token;
    type IntoIter = std::iter::Take<std::vec::IntoIter<Token>>;

    fn into_iter(self) -> Self::IntoIter {
        self.slots.into_iter().take(self.len)
    }
}

impl PartialEq for Tokens {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}
