//! What the compiler reports: the first error, and syntax warnings as data.

use std::borrow::Cow;

use vitrine_syntax::error::{self, ErrorKind, Raised};
use vitrine_syntax::line_index::line_of;
use vitrine_syntax::module::{FirstError, PlacedWarning};

use crate::compile::Mode;
use crate::instruction::Location;

/// An error of the compiler, in CPython's words, at CPython's place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompileError {
    /// The exception class.
    pub kind: CompileErrorKind,
    /// CPython's message.
    pub message: Cow<'static, str>,
    /// Lines from 1 and columns from 0, in bytes, of the parser's errors in
    /// characters: as CPython counts them. `Location::NONE` where it has none.
    pub location: Location,
    /// By what and when.
    pub raised: Raised,
    /// What CPython has warned of before, in its order.
    pub warnings: Vec<SyntaxWarning>,
}

impl CompileError {
    /// An error of code generation without warnings before it.
    pub fn new(
        kind: CompileErrorKind,
        message: impl Into<Cow<'static, str>>,
        location: Location,
    ) -> Self {
        Self {
            kind,
            message: message.into(),
            location,
            raised: Raised::ByCompiler,
            warnings: Vec::new(),
        }
    }

    /// The attributes of the exception: `lineno`, `offset`, `end_lineno`, `end_offset`.
    pub fn attributes(&self) -> error::Location {
        error::Location {
            lineno: self.location.line.max(0) as u32,
            offset: self.location.column + 1,
            end_lineno: self.location.end_line.max(0) as u32,
            end_offset: self.location.end_column + 1,
        }
    }

    /// The attribute `text` of the exception where there is no file to read the line from.
    ///
    /// The parser shows the line as its tokenizer has read it, with the newline that it puts
    /// behind a file's last one too, or takes an earlier one out of the text; the symbol
    /// table and the compiler have no text.
    pub fn line_text(&self, source: &str, mode: Mode) -> Option<String> {
        let at_line = match self.raised {
            Raised::AtLine => true,
            Raised::BehindLine => false,
            Raised::BySymbolTable | Raised::ByCompiler => return None,
        };
        let line = u32::try_from(self.location.line - 1).ok();
        let line = line.and_then(|line| line_of(source, line));
        let line = line.unwrap_or_default();
        let text = line.trim_end_matches(['\n', '\r']);
        let is_ended = text.len() < line.len() || mode == Mode::Exec;
        Some(match at_line && is_ended {
            true => format!("{text}\n"),
            false => text.to_owned(),
        })
    }
}

impl From<FirstError> for CompileError {
    fn from(first: FirstError) -> Self {
        let at = first.location;
        let (kind, location) = match first.error.kind {
            ErrorKind::Recursion => (CompileErrorKind::Recursion, Location::NONE),
            kind @ (ErrorKind::Value | ErrorKind::UnicodeDecode) => {
                (CompileErrorKind::Syntax(kind), Location::NONE)
            }
            kind => {
                let (offset, end_offset) = (at.offset - 1, at.end_offset - 1);
                let lines = (at.lineno as i32, at.end_lineno as i32);
                let location = Location::new(lines.0, lines.1, offset, end_offset);
                (CompileErrorKind::Syntax(kind), location)
            }
        };
        Self {
            kind,
            message: first.message.into(),
            location,
            raised: first.error.raised,
            warnings: first
                .warnings
                .into_iter()
                .map(SyntaxWarning::from)
                .collect(),
        }
    }
}

/// The exception class of a [`CompileError`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompileErrorKind {
    /// `SyntaxError` and its subclasses.
    Syntax(ErrorKind),
    /// `RecursionError`: nesting beyond what the compiler follows.
    Recursion,
    /// `UnicodeEncodeError`: a docstring with a lone surrogate.
    Encode,
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
            Self::Encode => "UnicodeEncodeError",
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
    /// Whether it is a `DeprecationWarning` instead, as of escapes for the versions that
    /// had them as such.
    pub is_deprecation: bool,
}

impl From<PlacedWarning> for SyntaxWarning {
    fn from(warning: PlacedWarning) -> Self {
        let PlacedWarning {
            message,
            line,
            start,
            end,
        } = warning;
        let lines = (line as i32 + 1, end.line.max(line) as i32 + 1);
        let columns = (start.column as i32, end.column as i32);
        Self {
            message,
            location: Location::new(lines.0, lines.1, columns.0, columns.1),
            is_deprecation: false,
        }
    }
}

/// What generating code gives: nothing, or the first error.
pub(super) type Result<T = ()> = std::result::Result<T, Box<CompileError>>;
