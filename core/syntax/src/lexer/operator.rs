//! Operators and brackets, and what tells a token of one byte from a longer one.

use super::keyword::{KEYWORDS, Keywords, number};
use crate::token::TokenKind;

/// What a token that begins with a byte is, if that is all of it or if it is a
/// name, and what makes that doubtful.
#[derive(Clone, Copy)]
#[repr(align(8))]
pub(super) struct First {
    /// The number of its kind.
    pub(super) number: u8,
    /// The classes of second bytes with which another look is needed.
    pub(super) doubt: u8,
    /// The bracket that it closes, 0 for a newline: no bracket may be open there.
    pub(super) closes: u8,
    /// All bits if it closes a bracket, or is a newline.
    pub(super) is_closing: u8,
    /// How many more brackets are open behind it.
    pub(super) deeper: i8,
}

const EQUAL: u8 = 1;
const STAR_OR_SLASH: u8 = 2;
const ANGLE: u8 = 4;
const DOT: u8 = 8;
const DIGIT: u8 = 16;
const LETTER: u8 = 32;
const ANY: u8 = 128;

/// The classes of a byte that follows.
const SECOND: [u8; 256] = {
    let mut classes = [ANY; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] |= match byte as u8 {
            b'=' => EQUAL,
            b'*' | b'/' => STAR_OR_SLASH,
            b'<' | b'>' => ANGLE,
            b'.' => DOT,
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => LETTER,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// Where names may not be ASCII: each needs another look.
pub(super) const NAMES: usize = 1;
/// Where brackets and colons may be an f-string's, or too many are open.
pub(super) const BRACKETS: usize = 2;

/// All that tokens are looked up in, side by side, so that one address does for it.
pub(super) struct Table {
    /// By a token's first byte.
    pub(super) first: [First; 256],
    /// The classes of a byte that follows.
    pub(super) second: [u8; 256],
    pub(super) keywords: Keywords,
}

/// By circumstances.
pub(super) static TABLES: [Table; 4] = [table(0), table(1), table(2), table(3)];

const fn table(circumstances: usize) -> Table {
    Table {
        first: firsts(circumstances),
        second: SECOND,
        keywords: KEYWORDS,
    }
}

const fn firsts(circumstances: usize) -> [First; 256] {
    use TokenKind as T;
    let mut firsts = [First {
        number: number(T::Invalid),
        doubt: ANY,
        closes: 0,
        is_closing: 0,
        deeper: 0,
    }; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        let (kind, doubt) = match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => (T::Name, 0),
            b'0'..=b'9' => (T::Number, DIGIT | LETTER | DOT),
            b'.' => (T::Dot, DIGIT | DOT),
            b':' => (T::Colon, EQUAL),
            b'*' | b'/' => (longest_kind(b), EQUAL | STAR_OR_SLASH),
            b'<' | b'>' | b'-' => (longest_kind(b), EQUAL | ANGLE),
            b'+' | b'%' | b'&' | b'|' | b'^' | b'@' | b'=' | b'!' => (longest_kind(b), EQUAL),
            b'\n' => (T::Newline, 0),
            b',' | b';' | b'~' | b'(' | b')' | b'[' | b']' | b'{' | b'}' => (longest_kind(b), 0),
            _ => (T::Invalid, ANY),
        };
        let opens = matches!(b, b'(' | b'[' | b'{');
        let closes = match b {
            b')' => b'(',
            b']' => b'[',
            b'}' => b'{',
            _ => 0,
        };
        let is_doubtful = circumstances & NAMES != 0 && matches!(kind, T::Name)
            || circumstances & BRACKETS != 0 && (opens || closes != 0 || b == b':');
        firsts[byte] = First {
            number: number(kind),
            doubt: if is_doubtful { ANY } else { doubt },
            closes,
            is_closing: if closes == 0 && b != b'\n' {
                0
            } else {
                u8::MAX
            },
            deeper: opens as i8 - (closes != 0) as i8,
        };
        byte += 1;
    }
    firsts
}

const fn longest_kind(byte: u8) -> TokenKind {
    match longest([byte, 0, 0]) {
        Some((kind, _)) => kind,
        None => TokenKind::Invalid,
    }
}

/// The longest operator or bracket that three bytes begin with, and its length.
pub(super) const fn longest(bytes: [u8; 3]) -> Option<(TokenKind, usize)> {
    use TokenKind as T;
    Some(match bytes {
        [b'*', b'*', b'='] => (T::DoubleStarEqual, 3),
        [b'/', b'/', b'='] => (T::DoubleSlashEqual, 3),
        [b'<', b'<', b'='] => (T::LeftShiftEqual, 3),
        [b'>', b'>', b'='] => (T::RightShiftEqual, 3),
        [b'.', b'.', b'.'] => (T::Ellipsis, 3),
        [b'*', b'*', _] => (T::DoubleStar, 2),
        [b'/', b'/', _] => (T::DoubleSlash, 2),
        [b'<', b'<', _] => (T::LeftShift, 2),
        [b'>', b'>', _] => (T::RightShift, 2),
        [b'-', b'>', _] => (T::RArrow, 2),
        [b'<', b'>', _] => (T::NotEqual, 2),
        [b'=', b'=', _] => (T::EqEqual, 2),
        [b'!', b'=', _] => (T::NotEqual, 2),
        [b'<', b'=', _] => (T::LessEqual, 2),
        [b'>', b'=', _] => (T::GreaterEqual, 2),
        [b':', b'=', _] => (T::ColonEqual, 2),
        [b'+', b'=', _] => (T::PlusEqual, 2),
        [b'-', b'=', _] => (T::MinEqual, 2),
        [b'*', b'=', _] => (T::StarEqual, 2),
        [b'/', b'=', _] => (T::SlashEqual, 2),
        [b'%', b'=', _] => (T::PercentEqual, 2),
        [b'&', b'=', _] => (T::AmperEqual, 2),
        [b'|', b'=', _] => (T::VBarEqual, 2),
        [b'^', b'=', _] => (T::CircumFlexEqual, 2),
        [b'@', b'=', _] => (T::AtEqual, 2),
        [b'(', ..] => (T::LPar, 1),
        [b')', ..] => (T::RPar, 1),
        [b'[', ..] => (T::LSqb, 1),
        [b']', ..] => (T::RSqb, 1),
        [b'{', ..] => (T::LBrace, 1),
        [b'}', ..] => (T::RBrace, 1),
        [b':', ..] => (T::Colon, 1),
        [b',', ..] => (T::Comma, 1),
        [b';', ..] => (T::Semi, 1),
        [b'.', ..] => (T::Dot, 1),
        [b'~', ..] => (T::Tilde, 1),
        [b'=', ..] => (T::Equal, 1),
        [b'!', ..] => (T::Exclamation, 1),
        [b'+', ..] => (T::Plus, 1),
        [b'-', ..] => (T::Minus, 1),
        [b'*', ..] => (T::Star, 1),
        [b'/', ..] => (T::Slash, 1),
        [b'%', ..] => (T::Percent, 1),
        [b'&', ..] => (T::Amper, 1),
        [b'|', ..] => (T::VBar, 1),
        [b'^', ..] => (T::CircumFlex, 1),
        [b'@', ..] => (T::At, 1),
        [b'<', ..] => (T::Less, 1),
        [b'>', ..] => (T::Greater, 1),
        _ => return None,
    })
}
