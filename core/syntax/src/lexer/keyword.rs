//! The 35 hard keywords.

use crate::token::TokenKind;

/// The kind of an identifier's text: a keyword's own, or `Name`.
#[inline]
pub(super) fn kind(text: &[u8]) -> TokenKind {
    use TokenKind as T;
    // No keyword is shorter or longer, and most names are longer or capitalized.
    if !(2..=8).contains(&text.len()) {
        return T::Name;
    }
    match text {
        b"False" => T::False,
        b"None" => T::None,
        b"True" => T::True,
        b"and" => T::And,
        b"as" => T::As,
        b"assert" => T::Assert,
        b"async" => T::Async,
        b"await" => T::Await,
        b"break" => T::Break,
        b"class" => T::Class,
        b"continue" => T::Continue,
        b"def" => T::Def,
        b"del" => T::Del,
        b"elif" => T::Elif,
        b"else" => T::Else,
        b"except" => T::Except,
        b"finally" => T::Finally,
        b"for" => T::For,
        b"from" => T::From,
        b"global" => T::Global,
        b"if" => T::If,
        b"import" => T::Import,
        b"in" => T::In,
        b"is" => T::Is,
        b"lambda" => T::Lambda,
        b"nonlocal" => T::Nonlocal,
        b"not" => T::Not,
        b"or" => T::Or,
        b"pass" => T::Pass,
        b"raise" => T::Raise,
        b"return" => T::Return,
        b"try" => T::Try,
        b"while" => T::While,
        b"with" => T::With,
        b"yield" => T::Yield,
        _ => T::Name,
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
