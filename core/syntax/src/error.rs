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

/// A line that a message names, as in "detected at line 3".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MessageLine {
    /// A line of the segment, counted from 0.
    OfSegment(u32),
    /// The last line of the file, wherever the segment stands in it.
    LastOfFile,
}

/// What is wrong with a piece of text, in CPython's words at CPython's columns.
///
/// The parser, the symbol table and the compiler raise it alike.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SyntaxError {
    /// The exception class.
    pub kind: ErrorKind,
    /// CPython's message, with `{line}` where it names `line`.
    pub message: Cow<'static, str>,
    /// Where, relative to the segment. May be empty (CPython then shows one caret).
    pub range: TextRange,
    /// The line that `{line}` in the message stands for. The segment knows no
    /// absolute lines, so the message is completed by `text`.
    pub line: Option<MessageLine>,
}

impl SyntaxError {
    /// A plain `SyntaxError`.
    pub fn new(message: impl Into<Cow<'static, str>>, range: TextRange) -> Self {
        Self {
            kind: ErrorKind::Syntax,
            message: message.into(),
            range,
            line: None,
        }
    }

    /// The same error, of another class.
    pub fn with_kind(self, kind: ErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// The same error, whose message names a line.
    pub fn with_line(self, line: MessageLine) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }

    /// The message as CPython prints it, for a segment whose first line is the
    /// file's 0-based `first_line`, in a file of `line_count` lines.
    pub fn text(&self, first_line: u32, line_count: u32) -> Cow<'_, str> {
        let line = match self.line {
            None => return Cow::Borrowed(&self.message),
            Some(MessageLine::OfSegment(line)) => first_line + line + 1,
            Some(MessageLine::LastOfFile) => line_count,
        };
        Cow::Owned(self.message.replacen("{line}", &line.to_string(), 1))
    }
}

/// A `SyntaxWarning`, in CPython's words.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SyntaxWarning {
    /// CPython's message.
    pub message: Cow<'static, str>,
    /// Where, relative to the segment.
    pub range: TextRange,
}
