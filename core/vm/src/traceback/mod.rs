//! Tracebacks as text, byte for byte what CPython 3.14 prints (`Lib/traceback.py`).
//!
//! Plain data in, text out: whoever has the exception fills in a summary; no
//! Python code runs here, so an exception can be printed in any state of the
//! machine.
#![forbid(unsafe_code)]

mod carets;
mod chain;
mod frames;
mod syntax;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use chain::render;

/// An exception with all that is printed of it.
#[derive(Clone, Debug, Default)]
pub struct ExceptionSummary {
    /// The class, with its module unless that is `builtins` or `__main__`.
    pub class: String,
    /// `str()` of it, a suggestion included; `None` if that raised.
    pub message: Option<String>,
    /// `__notes__`, as text.
    pub notes: Vec<String>,
    /// The traceback, outermost frame first.
    pub frames: Vec<FrameSummary>,
    /// `__cause__`
    pub cause: Option<Box<ExceptionSummary>>,
    /// `__context__`, unless it is suppressed.
    pub context: Option<Box<ExceptionSummary>>,
    /// The exceptions of a group.
    pub group: Option<Vec<ExceptionSummary>>,
    /// What a `SyntaxError` says of its place.
    pub syntax: Option<SyntaxSummary>,
}

/// A place in a traceback.
#[derive(Clone, Debug)]
pub struct FrameSummary {
    /// `co_filename`
    pub filename: Arc<str>,
    /// The function's name.
    pub name: Arc<str>,
    /// The first line of the instruction, from 1.
    pub line: u32,
    /// Its last line.
    pub end_line: u32,
    /// Its first and last column, in UTF-8 bytes; absent where the code has none.
    pub columns: Option<(u32, u32)>,
    /// The text of the file, if it can be had.
    pub source: Option<Arc<str>>,
}

/// The attributes of a `SyntaxError`.
#[derive(Clone, Debug, Default)]
pub struct SyntaxSummary {
    /// `filename`
    pub filename: Option<String>,
    /// `lineno`
    pub line: Option<i64>,
    /// `offset`, in characters from 1.
    pub offset: Option<i64>,
    /// `text`
    pub text: Option<String>,
    /// `end_lineno`
    pub end_line: Option<i64>,
    /// `end_offset`
    pub end_offset: Option<i64>,
    /// `msg`
    pub message: String,
}
