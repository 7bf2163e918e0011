//! Text to tokens, as CPython 3.14's tokenizer reads it.
//!
//! The lexer never fails: what CPython refuses becomes an error beside the
//! tokens, and lexing goes on with the guess that loses least of what follows.
//! Until the first error the tokens are CPython's. Each step consumes at least
//! one byte, and every look-ahead and search is bounded, so time is linear.
//!
//! Newlines are `\n`, `\r\n` and `\r` alike, as in CPython's compiler.

mod block;
mod bracket;
mod class;
mod indent;
mod keyword;
mod name;
mod number;
mod operator;
mod run;
mod string;
mod tokens;

#[cfg(test)]
mod tests;

use memchr::{memchr2, memchr2_iter};

use crate::error::{ErrorKind, MessageLine, Raised, SyntaxError, SyntaxWarning};
use crate::position::TextRange;
use crate::token::{Token, TokenKind};

use bracket::{Bracket, Brackets, Recovery};
use indent::Indentation;
use string::FString;

pub(crate) use class::{is_identifier_byte, is_printable};
pub(crate) use indent::measure as measure_indentation;
pub(crate) use name::is_prefix;
pub use name::normalize;
pub use tokens::Tokens;

/// What the lexer made of a text.
#[derive(Clone, Debug, Default)]
pub struct Lexed {
    /// The tokens, the last of which is `EndMarker`.
    ///
    /// A logical line ends with `Newline`, empty where the text ends without one.
    pub tokens: Tokens,
    /// The comments, `#` included, in order.
    pub comments: Vec<TextRange>,
    /// What was wrong, in the order in which CPython would meet it.
    pub errors: Vec<LexError>,
    /// What CPython warns of.
    pub warnings: Vec<SyntaxWarning>,
    /// The memory of the open brackets, kept for another text.
    brackets: Brackets,
}

/// A lexical error, and when CPython's parser would learn of it.
#[derive(Clone, Debug)]
pub struct LexError {
    /// The index of the token in whose place CPython reports the error.
    pub token: u32,
    /// What CPython says.
    pub error: SyntaxError,
    /// Whether this is "'(' was never closed", which CPython reports only where
    /// nothing else is wrong before it.
    pub never_closed: bool,
}

/// Whose rules are followed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// The compiler's.
    Compile,
    /// The `tokenize` module's: it takes numbers, names and closing brackets
    /// that the compiler refuses, and cuts the text of f-strings at each
    /// doubled brace and named escape.
    Tokenize,
}

impl Lexed {
    /// Makes room for what a text will give.
    pub(crate) fn reserve(&mut self, text: &str) {
        // A token takes more than four bytes of text in everyday Python.
        self.tokens.reserve(text.len() / 4 + 4);
    }

    /// Makes room for another text, keeping the memory.
    fn clear(&mut self) {
        self.tokens.clear();
        self.comments.clear();
        self.errors.clear();
        self.warnings.clear();
    }
}

/// Splits a segment, or a whole file, into tokens.
pub fn lex(text: &str) -> Lexed {
    lex_as(text, Mode::Compile)
}

pub(crate) fn lex_as(text: &str, mode: Mode) -> Lexed {
    let mut lexed = Lexed::default();
    lexed.reserve(text);
    let mut lexer = Lexer::new(text, mode, lexed);
    lexer.run();
    lexer.finish()
}

/// The same as [`lex`], in the memory of an earlier text's tokens.
pub fn lex_into(text: &str, lexed: &mut Lexed) {
    let mut lexer = Lexer::new(text, Mode::Compile, std::mem::take(lexed));
    lexer.run();
    *lexed = lexer.finish();
}

/// The same for a text that is mostly right: nothing is noted for brackets that do not close,
/// and should there be an error, all is read anew, by [`lex_to_recover`].
pub(crate) fn lex_or_recover(text: &str, lexed: &mut Lexed) {
    let mut lexer = Lexer::new(text, Mode::Compile, std::mem::take(lexed));
    lexer.is_hopeful = true;
    lexer.run();
    *lexed = lexer.finish();
    if !lexed.errors.is_empty() {
        lex_to_recover(text, lexed);
    }
}

/// The same, to make the best of a text whose brackets do not close: what is
/// indented no more than the statement before is a statement of its own.
pub(crate) fn lex_to_recover(text: &str, lexed: &mut Lexed) {
    let mut lexer = Lexer::new(text, Mode::Compile, std::mem::take(lexed));
    lexer.by_lines = true;
    lexer.run();
    *lexed = lexer.finish();
}

/// The same as CPython does: a bracket that never closes takes all that follows.
pub(crate) fn lex_to_end(text: &str) -> Lexed {
    lex_as_cpython(text, false)
}

/// The same where CPython puts no newline behind the last line.
pub(crate) fn lex_bare_to_end(text: &str) -> Lexed {
    lex_as_cpython(text, true)
}

fn lex_as_cpython(text: &str, is_bare: bool) -> Lexed {
    let mut lexer = Lexer::new(text, Mode::Compile, Lexed::default());
    lexer.to_end = true;
    lexer.is_bare = is_bare;
    lexer.run();
    lexer.finish()
}

/// Reads the first segment of a text, without a look at the rest: where it
/// ends. Its tokens are those that its text has by itself. `None` if something
/// is wrong in it; then only `segment` knows where it ends.
pub(crate) fn lex_segment(text: &str, lexed: &mut Lexed) -> Option<usize> {
    let mut lexer = Lexer::new(text, Mode::Compile, std::mem::take(lexed));
    lexer.by_segment = true;
    lexer.is_hopeful = true;
    lexer.run();
    let end = lexer.pos;
    *lexed = lexer.finish();
    lexed.errors.is_empty().then_some(end)
}

/// The state of lexing. `pos` never passes the end and always stands on a
/// character boundary between tokens.
struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    mode: Mode,
    lexed: Lexed,
    indents: Vec<Indentation>,
    /// How far the last logical line is indented, if that is by spaces alone.
    column: usize,
    brackets: Brackets,
    fstrings: Vec<FString>,
    /// The braces of replacement fields that their strings ended in, and how many
    /// brackets were open outside: CPython still waits for their ends.
    left_open: Vec<(Bracket, usize)>,
    /// Where to go back to should the open bracket turn out never to close.
    recovery: Option<Recovery>,
    recoveries: u32,
    /// A place and the newlines before it: lines are counted onwards from here.
    counted: (usize, u32),
    reported: Reported,
    /// Whether any line may begin a statement that is indented like one, should
    /// the open bracket never close; else only one with a statement's keyword.
    by_lines: bool,
    /// Whether no line may, whatever it begins with.
    to_end: bool,
    /// Whether the text ends without a newline, which a file is given.
    is_bare: bool,
    /// Whether to stop at an error, as what comes of it is not used.
    is_hopeful: bool,
    /// Whether to stop at the end of the first segment too.
    by_segment: bool,
    /// Whether the last top-level line is a decorator.
    decorator: bool,
    /// Whether the last token is read.
    is_done: bool,
}

/// Limits whose excess is reported once.
#[derive(Default)]
struct Reported {
    brackets: bool,
    indents: bool,
    fstrings: bool,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, mode: Mode, mut lexed: Lexed) -> Self {
        lexed.clear();
        let mut brackets = std::mem::take(&mut lexed.brackets);
        brackets.prepare();
        Self {
            text,
            bytes: text.as_bytes(),
            pos: 0,
            mode,
            brackets,
            lexed,
            indents: Vec::new(),
            column: usize::MAX,
            fstrings: Vec::new(),
            left_open: Vec::new(),
            recovery: None,
            recoveries: 0,
            counted: (0, 0),
            reported: Reported::default(),
            by_lines: false,
            to_end: false,
            is_hopeful: false,
            is_bare: false,
            by_segment: false,
            decorator: false,
            is_done: false,
        }
    }

    /// What was read, and the memory for another text.
    fn finish(self) -> Lexed {
        Lexed {
            brackets: self.brackets,
            ..self.lexed
        }
    }

    /// Reads one token that begins with `byte` at `pos`, or none.
    #[inline(never)]
    fn token(&mut self, byte: u8) {
        use TokenKind as T;
        match byte {
            b'"' | b'\'' => self.string_or_prefixed(),
            b'\n' | b'\r' => {
                let next = self.newline(self.pos);
                if !self.is_done {
                    self.pos = next;
                }
            }
            b'#' => self.pos = self.comment(self.pos),
            b'\t' | b'\x0c' => self.pos += 1,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.any_name(),
            b'0'..=b'9' => match self.plain_number(self.pos) {
                Some((kind, len)) => self.push(kind, len),
                None => self.number(),
            },
            b'.' if self.byte(self.pos + 1).is_ascii_digit() => self.number(),
            b'(' | b'[' | b'{' => self.open(byte),
            b')' | b']' | b'}' => self.close(byte),
            b':' if self.fstrings.last_mut().is_some_and(FString::colon) => self.push(T::Colon, 1),
            b'\\' => self.continuation(),
            // CPython passes these on to the parser, which knows no rule for them.
            b'$' | b'?' | b'`' => self.push(T::Invalid, 1),
            _ => {
                let (second, third) = (self.byte(self.pos + 1), self.byte(self.pos + 2));
                // The parser knows `<>`, and when it may stand there; CPython reads `<>=` as
                // `<` and `>=`.
                let lenient = self.lenient();
                match operator::longest([byte, second, third]) {
                    Some((T::NotEqual, 2)) if byte == b'<' && (lenient || third == b'=') => {
                        self.push(T::Less, 1);
                    }
                    Some((kind, len)) => self.push(kind, len),
                    None => {
                        let message = format!("invalid non-printable character U+{byte:04X}");
                        self.error(message, self.pos);
                        self.push(T::Invalid, 1);
                    }
                }
            }
        }
    }

    /// A line's end: of a logical line outside brackets, else nothing. Gives
    /// the place of the next token.
    #[inline]
    fn newline(&mut self, at: usize) -> usize {
        let end = at + newline_len(self.bytes, at);
        if !self.brackets.is_empty() {
            self.note_recovery(end);
            return end;
        }
        self.lexed.tokens.push(Token {
            kind: TokenKind::Newline,
            range: range(at, end),
        });
        self.line_start(end)
    }

    /// Notes the comment at `at` and gives its end.
    #[inline]
    fn comment(&mut self, at: usize) -> usize {
        let rest = &self.bytes[at..];
        let end = at + memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        self.lexed.comments.push(range(at, end));
        end
    }

    /// A backslash: the line goes on after the newline that must follow.
    fn continuation(&mut self) {
        let after = self.pos + 1;
        match newline_len(self.bytes, after) {
            0 if after == self.bytes.len() => self.end_after_backslash(after),
            0 => {
                self.error(
                    "unexpected character after line continuation character",
                    after,
                );
                self.push(TokenKind::Invalid, 1);
            }
            len if after + len == self.bytes.len() => self.end_after_backslash(after),
            len => {
                self.pos = after + len;
                self.note_recovery(self.pos);
            }
        }
    }

    /// A backslash continues into nothing. `newline` is where its line ends.
    fn end_after_backslash(&mut self, newline: usize) {
        // Inside brackets CPython complains of the bracket instead.
        if self.brackets.is_empty() {
            self.error("unexpected EOF while parsing", newline);
        }
        self.pos = self.bytes.len();
    }

    /// The end of the text, if no unclosed bracket sends us back into it.
    fn end(&mut self) -> bool {
        let waits = self.to_end && self.left_open().is_some();
        if (!self.brackets.is_empty() || waits) && self.reopen() {
            return true;
        }
        let starts_line = matches!(
            self.lexed.tokens.last().map(|token| token.kind),
            None | Some(TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent)
        );
        if !starts_line {
            self.push(TokenKind::Newline, 0);
        }
        for _ in 0..self.indents.len() {
            self.push(TokenKind::Dedent, 0);
        }
        self.push(TokenKind::EndMarker, 0);
        false
    }

    /// Adds a token of `len` bytes at `pos` and moves past it.
    #[inline]
    fn push(&mut self, kind: TokenKind, len: usize) {
        self.push_to(kind, self.pos, self.pos + len);
    }

    /// Adds a token and moves past it.
    #[inline]
    fn push_to(&mut self, kind: TokenKind, start: usize, end: usize) {
        self.lexed.tokens.push(Token {
            kind,
            range: range(start, end),
        });
        self.pos = end;
    }

    /// The byte at an offset, 0 past the end.
    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// Reports a `SyntaxError` in the place of the next token, shown at `at`.
    fn error(&mut self, message: impl Into<std::borrow::Cow<'static, str>>, at: usize) {
        self.report(SyntaxError::new(message, range(at, at)));
    }

    fn report(&mut self, error: SyntaxError) {
        self.is_done |= self.is_hopeful;
        let token = self.lexed.tokens.len() as u32;
        self.lexed.errors.push(LexError {
            token,
            error: SyntaxError {
                raised: Raised::BehindLine,
                ..error
            },
            never_closed: false,
        });
    }

    /// The 0-based line of an offset. Offsets mostly grow from call to call, and
    /// then all calls together take linear time.
    fn line_of(&mut self, at: usize) -> u32 {
        let (mut from, mut line) = self.counted;
        if at < from {
            (from, line) = (0, 0);
        }
        let bytes = self.bytes;
        let newlines = memchr2_iter(b'\n', b'\r', &bytes[from..at])
            .filter(|&i| bytes[from + i] == b'\n' || bytes.get(from + i + 1) != Some(&b'\n'))
            .count();
        line += newlines as u32;
        self.counted = (at, line);
        line
    }

    /// The line at which CPython detects that a literal ending at `at` is not ended.
    fn detected_line(&mut self, at: usize) -> MessageLine {
        if at == self.bytes.len() {
            MessageLine::LastOfFile
        } else {
            MessageLine::OfSegment(self.line_of(at))
        }
    }
}

/// How many bytes the newline at `at` takes, 0 if there is none.
#[inline]
pub(crate) fn newline_len(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'\n') => 1,
        Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => 2,
        Some(b'\r') => 1,
        _ => 0,
    }
}

#[inline]
fn range(start: usize, end: usize) -> TextRange {
    TextRange::new(start as u32, end as u32)
}

impl Lexer<'_> {
    fn indentation_error(&mut self, kind: ErrorKind, message: &'static str, at: usize) {
        self.report(SyntaxError::new(message, range(at, at)).with_kind(kind));
    }
}
