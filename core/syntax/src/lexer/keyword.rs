//! The 35 hard keywords. None is longer than eight bytes, so that one
//! comparison tells a keyword from a name.

use crate::token::TokenKind;

/// Multiplied by this, the keywords' words differ in their highest `BITS` bits;
/// found by trial, and checked where `TABLE` is made.
const FACTOR: u64 = 0xB57C_8E05_E3C9_B0E1;
const BITS: u32 = 6;
const PLACES: usize = 1 << BITS;

/// Each keyword at its own place, as the word it fits into.
static WORDS: [u64; PLACES] = {
    let mut words = [0; PLACES];
    let mut at = 0;
    while at < TokenKind::ALL.len() {
        if let Some(word) = keyword(TokenKind::ALL[at]) {
            assert!(words[place(word)] == 0, "two keywords want one place");
            words[place(word)] = word;
        }
        at += 1;
    }
    words
};

/// What tells a keyword's kind from `Name`, bit by bit; then nothing for words
/// that are no keyword though they would have its place.
static DIFFERENCES: [u8; 2 * PLACES] = {
    let mut differences = [0; 2 * PLACES];
    let mut at = 0;
    while at < TokenKind::ALL.len() {
        let kind = TokenKind::ALL[at];
        if let Some(word) = keyword(kind) {
            differences[place(word)] = kind as u8 ^ TokenKind::Name as u8;
        }
        at += 1;
    }
    differences
};

/// The kind that each number stands for.
static KINDS: [TokenKind; 256] = {
    let mut kinds = [TokenKind::Invalid; 256];
    let mut at = 0;
    while at < TokenKind::ALL.len() {
        kinds[TokenKind::ALL[at] as usize] = TokenKind::ALL[at];
        at += 1;
    }
    kinds
};

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

/// The bytes of a word that a text of some length has, none if it is too long
/// for a keyword.
static HEADS: [u64; 64] = {
    let mut heads = [0; 64];
    let mut len = 1;
    while len <= 8 {
        heads[len] = u64::MAX >> (64 - 8 * len);
        len += 1;
    }
    heads
};

/// The kind of a token of `len` bytes, less than 64, that begins with the bytes
/// of `word`: a keyword's own, or the other, which is `Name` for all names.
/// Computed without a branch, as nothing foretells it.
#[inline]
pub(super) fn kind(word: u64, len: usize, other: TokenKind) -> TokenKind {
    let word = word & HEADS[len % HEADS.len()];
    let place = place(word);
    let is_other = usize::from(WORDS[place] != word);
    let difference = DIFFERENCES[(place | is_other << BITS) % DIFFERENCES.len()];
    KINDS[usize::from(other as u8 ^ difference)]
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
