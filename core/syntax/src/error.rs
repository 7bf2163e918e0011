//! Errors as CPython words them.

use std::borrow::Cow;

use crate::position::TextRange;

/// The exception class of a compile-time error.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ErrorKind {
    /// `SyntaxError`
    Syntax,
    /// `IndentationError`
    Indentation,
    /// `TabError`
    Tab,
}

impl ErrorKind {
    /// The name of the exception class.
    pub const fn class_name(self) -> &'static str {
        match self {
            Self::Syntax => "SyntaxError",
            Self::Indentation => "IndentationError",
            Self::Tab => "TabError",
        }
    }
}

/// What is wrong with a piece of text, in CPython's words at CPython's columns.
///
/// The parser, the symbol table and the compiler raise it alike.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SyntaxError {
    /// The exception class.
    pub kind: ErrorKind,
    /// CPython's message.
    pub message: Cow<'static, str>,
    /// Where, relative to the segment. May be empty (CPython then shows one caret).
    pub range: TextRange,
}

impl SyntaxError {
    /// A plain `SyntaxError`.
    pub fn new(message: impl Into<Cow<'static, str>>, range: TextRange) -> Self {
        Self { kind: ErrorKind::Syntax, message: message.into(), range }
    }
}
