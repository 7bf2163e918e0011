//! The 35 hard keywords. None is longer than eight bytes, so that one
//! comparison tells a keyword from a name.

use std::hint::select_unpredictable;

use crate::token::TokenKind;

/// Multiplied by this, the keywords' words differ in their highest `BITS` bits;
/// found by trial, and checked where `TABLE` is made.
const FACTOR: u64 = 0xB57C_8E05_E3C9_B0E1;
const BITS: u32 = 6;
const PLACES: usize = 1 << BITS;

/// What tells a keyword from a name.
pub(super) struct Keywords {
    /// Each keyword at its own place, as the word it fits into.
    words: [u64; PLACES],
    /// The bytes of a word that a text of some length has, none if it is too long
    /// for a keyword.
    heads: [u64; 64],
    /// The kind that each number stands for: a keyword's is its place.
    kinds: [TokenKind; 256],
}

pub(super) const KEYWORDS: Keywords = {
    let mut words = [0; PLACES];
    let mut heads = [0; 64];
    let mut kinds = [TokenKind::Invalid; 256];
    let mut at = 0;
    while at < TokenKind::ALL.len() {
        let kind = TokenKind::ALL[at];
        if let Some(word) = keyword(kind) {
            assert!(words[place(word)] == 0, "two keywords want one place");
            words[place(word)] = word;
            kinds[place(word)] = kind;
        }
        kinds[number(kind) as usize] = kind;
        at += 1;
    }
    // What is too long for a keyword comes as zeros, and is to find nothing.
    assert!(words[place(0)] == 0, "a keyword wants the place of none");
    words[place(0)] = u64::MAX;
    let mut len = 1;
    while len <= 8 {
        heads[len] = u64::MAX >> (64 - 8 * len);
        len += 1;
    }
    Keywords {
        words,
        heads,
        kinds,
    }
};

impl Keywords {
    /// The kind of a token of `len` bytes, less than 64, that begins with the bytes
    /// of `word`: a keyword's own, or that of the number, `Name`'s for all names.
    /// Computed without a branch, as nothing foretells it.
    #[inline]
    pub(super) fn kind(&self, word: u64, len: usize, number: u8) -> TokenKind {
        let word = word & self.heads[len % self.heads.len()];
        let place = place(word);
        let is_keyword = self.words[place] == word;
        let number = select_unpredictable(is_keyword, place, usize::from(number));
        self.kinds[number % self.kinds.len()]
    }
}

/// The number of the kind of what is no keyword.
pub(super) const fn number(kind: TokenKind) -> u8 {
    kind as u8 + PLACES as u8
}

/// The word of a keyword.
const fn keyword(kind: TokenKind) -> Option<u64> {
    match kind.text() {
        Some(text) if kind.is_keyword() => Some(word_of(text.as_bytes())),
        _ => None,
    }
}

/// Text of at most eight bytes in a word, as `word::load` and `word::head` give it.
const fn word_of(text: &[u8]) -> u64 {
    let mut word = 0;
    let mut at = text.len();
    while at > 0 {
        at -= 1;
        word = word << 8 | text[at] as u64;
    }
    word
}

const fn place(word: u64) -> usize {
    (word.wrapping_mul(FACTOR) >> (u64::BITS - BITS)) as usize
}

/// Whether a keyword begins what may have a block.
pub(super) fn begins_blocks(kind: TokenKind) -> bool {
    use TokenKind as T;
    matches!(
        kind,
        T::Async
            | T::Class
            | T::Def
            | T::Elif
            | T::Else
            | T::Except
            | T::Finally
            | T::For
            | T::If
            | T::Try
            | T::While
            | T::With
    )
}

/// Whether a keyword begins a statement and stands in no expression, so that a
/// line which begins with it inside brackets tells of a missing bracket.
pub(super) fn only_begins_statements(kind: TokenKind) -> bool {
    use TokenKind as T;
    matches!(
        kind,
        T::Assert
            | T::Break
            | T::Class
            | T::Continue
            | T::Def
            | T::Del
            | T::Except
            | T::Finally
            | T::Global
            | T::Import
            | T::Nonlocal
            | T::Pass
            | T::Raise
            | T::Return
            | T::Try
            | T::While
            | T::With
    )
}
