//! Errors as CPython words them.

use std::borrow::Cow;

use crate::line_index::LineIndex;
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
    /// `MemoryError`, which CPython's parser raises where text nests too deep.
    Memory,
    /// `RecursionError`, which CPython's compiler raises where a tree is too high.
    Recursion,
    /// `ValueError`, which CPython's parser raises where it has lost the text that `=` in a
    /// field within a field within a field is to show.
    Value,
    /// `UnicodeDecodeError`, which it does not reword for an escape in a format specifier.
    UnicodeDecode,
}

impl ErrorKind {
    /// The name of the exception class.
    pub const fn class_name(self) -> &'static str {
        match self {
            Self::Syntax => "SyntaxError",
            Self::Indentation => "IndentationError",
            Self::Tab => "TabError",
            Self::Memory => "MemoryError",
            Self::Recursion => "RecursionError",
            Self::Value => "ValueError",
            Self::UnicodeDecode => "UnicodeDecodeError",
        }
    }
}

/// What of CPython raises an error, and when: it decides what the exception tells besides
/// the place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Raised {
    /// By the parser at the line that its tokenizer has read last.
    AtLine,
    /// By the tokenizer itself, or by the parser at an earlier line.
    BehindLine,
    /// By the symbol table, or the look for `__future__` features before it.
    BySymbolTable,
    /// By code generation.
    ByCompiler,
}

/// A line that a message names, as in "detected at line 3".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MessageLine {
    /// A line of the segment, counted from 0.
    OfSegment(u32),
    /// The last line of the file, wherever the segment stands in it.
    LastOfFile,
}

impl MessageLine {
    /// The same line where the segment's line 0 is another text's line `by`.
    pub fn shifted(self, by: u32) -> Self {
        match self {
            Self::OfSegment(line) => Self::OfSegment(line + by),
            Self::LastOfFile => self,
        }
    }
}

/// How CPython counts the columns of an error: it is not always over a range.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Columns {
    /// From the start to the end of the range.
    #[default]
    OfRange,
    /// Over a comment, if there is one, and the newline that begins where the range ends.
    Newline,
    /// The start is 0: not known; to the end of the range, one column short.
    NoStart,
    /// From the start of the range; the end is 0: not known.
    NoEnd,
    /// The last character of the range, but in the line of its start; the end is 0.
    LastOfRange,
    /// Behind the newline at the start of the range; the end is 0.
    BehindNewline,
    /// From the start of the range; the end is -1, as where the text ends.
    AtEnd,
    /// One column before the start of the range, and the end is -1: an indent or dedent.
    Indent,
    /// Neither: both are 0.
    None,
}

/// Where CPython says that an error is: the attributes of a `SyntaxError`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Location {
    /// From 1.
    pub lineno: u32,
    /// In characters, from 1; 0 if there is no column.
    pub offset: i32,
    /// From 1.
    pub end_lineno: u32,
    /// In characters; 0 or -1 if there is no end.
    pub end_offset: i32,
}

/// What is wrong with a piece of text, in CPython's words at CPython's columns.
///
/// The tokenizer, the parser and the symbol table raise it alike.
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
    /// How the range becomes CPython's columns.
    pub columns: Columns,
    /// By what and when.
    pub raised: Raised,
}

impl SyntaxError {
    /// A plain `SyntaxError`.
    pub fn new(message: impl Into<Cow<'static, str>>, range: TextRange) -> Self {
        Self {
            kind: ErrorKind::Syntax,
            message: message.into(),
            range,
            line: None,
            columns: Columns::OfRange,
            raised: Raised::AtLine,
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

    /// The same error, with columns of another kind.
    pub fn with_columns(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }

    /// Where CPython says that the error is, in a text that the range is relative
    /// to and that begins at the file's 0-based line `first_line`.
    pub fn location(&self, text: &str, lines: &LineIndex, first_line: u32) -> Location {
        let place = |offset: u32| lines.line_column(offset.min(text.len() as u32));
        let (start, end) = (place(self.range.start), place(self.range.end));
        let line = &text.as_bytes()[lines.line_start(start.line).unwrap_or(0) as usize..];
        let line = &line[..memchr::memchr2(b'\n', b'\r', line).unwrap_or(line.len())];
        // CPython counts characters in the first line, for the end as well, up to the one
        // that the byte in a column is of.
        let characters = |column: u32| {
            let counted = &line[..line.len().min(column as usize + 1)];
            let count = counted.iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
            count as i32 + i32::from(column as usize >= line.len())
        };
        let lineno = first_line + start.line + 1;
        let end_lineno = first_line + end.line + 1;
        let (offset, end_offset) = (characters(start.column), characters(end.column));
        let at = |offset, end_offset| Location {
            lineno,
            offset,
            end_lineno: lineno,
            end_offset,
        };
        match self.columns {
            Columns::OfRange => Location {
                lineno,
                offset,
                end_lineno,
                end_offset,
            },
            Columns::Newline => at(offset, end_offset + 1),
            Columns::NoStart => at(0, end_offset - 1),
            Columns::NoEnd => at(offset, 0),
            Columns::LastOfRange => Location {
                lineno,
                offset: characters(end.column.saturating_sub(1)),
                end_lineno,
                end_offset: 0,
            },
            Columns::BehindNewline => at(offset + 1, 0),
            Columns::AtEnd => at(offset, -1),
            Columns::Indent => at(offset - 1, -1),
            Columns::None => at(0, 0),
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
    /// The line of the segment, from 0, that CPython names, if it is another than the one in
    /// which the range begins.
    pub line: Option<u32>,
}
