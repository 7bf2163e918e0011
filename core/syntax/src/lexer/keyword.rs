//! The 35 hard keywords. None is longer than eight bytes, so that one
//! comparison tells a keyword from a name.

use crate::token::TokenKind;

/// Multiplied by this, the keywords' words differ in their highest `BITS` bits;
/// found by trial, and checked where `TABLE` is made.
const FACTOR: u64 = 0xB57C_8E05_E3C9_B0E1;
const BITS: u32 = 6;

/// Each keyword at its own place, as the word it fits into, `Name` elsewhere.
static TABLE: [(u64, TokenKind); 1 << BITS] = {
    let mut table = [(0, TokenKind::Name); 1 << BITS];
    let mut at = 0;
    while at < TokenKind::ALL.len() {
        let kind = TokenKind::ALL[at];
        if kind.is_keyword()
            && let Some(text) = kind.text()
        {
            let word = word_of(text.as_bytes());
            assert!(table[place(word)].0 == 0, "two keywords want one place");
            table[place(word)] = (word, kind);
        }
        at += 1;
    }
    table
};

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

/// The kind of an identifier of at most eight bytes, given as a word: a
/// keyword's own, or `Name`.
#[inline]
pub(super) fn kind(word: u64) -> TokenKind {
    let (keyword, kind) = TABLE[place(word)];
    if keyword == word {
        kind
    } else {
        TokenKind::Name
    }
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
