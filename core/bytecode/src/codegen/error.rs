//! What the compiler reports: the first error, and syntax warnings as data.

use std::borrow::Cow;

use vitrine_syntax::error::ErrorKind;

use crate::instruction::Location;

/// An error of the compiler, in CPython's words, at CPython's place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompileError {
    /// The exception class.
    pub kind: CompileErrorKind,
    /// CPython's message.
    pub message: Cow<'static, str>,
    /// Lines from 1 and byte columns from 0; `Location::NONE` where CPython has none.
    pub location: Location,
}

/// The exception class of a [`CompileError`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompileErrorKind {
    /// `SyntaxError` and its subclasses.
    Syntax(ErrorKind),
    /// `RecursionError`: nesting beyond what the compiler follows.
    Recursion,
    /// `SystemError`: a tree that no source text has.
    System,
    /// `OverflowError`: code too large for CPython's encodings.
    Overflow,
}

impl CompileErrorKind {
    /// The name of the exception class.
    pub const fn class_name(self) -> &'static str {
        match self {
            Self::Syntax(kind) => kind.class_name(),
            Self::Recursion => "RecursionError",
            Self::System => "SystemError",
            Self::Overflow => "OverflowError",
        }
    }
}

/// A `SyntaxWarning`, in CPython's words, at CPython's place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxWarning {
    /// CPython's message.
    pub message: Cow<'static, str>,
    /// Lines from 1 and byte columns from 0.
    pub location: Location,
}

/// What generating code gives: nothing, or the first error.
pub(super) type Result<T = ()> = std::result::Result<T, Box<CompileError>>;
