//! Tokens as `python3.14 -m tokenize` prints them, to the byte.
//!
//! That module sees what the parser does not: the encoding, comments, blank
//! lines, the white space of indents, and an f-string's text in the pieces the
//! C tokenizer cuts it into. All of it is read off the lexer's tokens and the
//! gaps between them.

use std::fmt::Write as _;

use crate::error::{ErrorKind, SyntaxError};
use crate::lexer::{self, LexError, Mode, newline_len};
use crate::line_index::LineIndex;
use crate::position::TextRange;
use crate::repr;
use crate::source::{self, SourceError};
use crate::token::{Token, TokenKind};
use crate::wtf8::Wtf8Box;

/// A token of the `tokenize` module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenInfo {
    /// `tok_name[type]`.
    pub kind: &'static str,
    /// `tok_name[exact_type]`: an operator's own name.
    pub exact_kind: &'static str,
    /// The text.
    pub string: String,
    /// 1-based line and 0-based column in characters.
    pub start: (u32, u32),
    /// The same of the end.
    pub end: (u32, u32),
}

/// Why the `tokenize` module gives up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenizeError {
    /// Line and column, if it prints them.
    pub position: Option<(u32, u32)>,
    /// Its message.
    pub message: String,
}

impl TokenizeError {
    /// The line that `-m tokenize` prints to standard error.
    pub fn line(&self, filename: &str) -> String {
        let message = &self.message;
        match self.position {
            Some((line, column)) => format!("{filename}:{line}:{column}: error: {message}"),
            None => format!("{filename}: error: {message}"),
        }
    }
}

/// What `python3.14 -m tokenize FILENAME` prints for a file of these bytes;
/// with `-e` if `exact`.
///
/// # Errors
/// As the module prints nothing but the error, so does this.
pub fn dump(bytes: &[u8], filename: &str, exact: bool) -> Result<String, TokenizeError> {
    let mut out = String::with_capacity(bytes.len() * 12);
    let mut columns = String::new();
    each(bytes, filename, |token| {
        columns.clear();
        let ((line, column), (end_line, end_column)) = (token.start, token.end);
        let _ = write!(columns, "{line},{column}-{end_line},{end_column}:");
        let kind = if exact {
            token.exact_kind()
        } else {
            token.kind()
        };
        let _ = write!(out, "{columns:<20}{kind:<15}");
        push_repr(&mut out, token.string);
        out.push('\n');
    })?;
    Ok(out)
}

/// The tokens of a file, up to what is wrong.
pub fn tokens(bytes: &[u8], filename: &str) -> (Vec<TokenInfo>, Option<TokenizeError>) {
    let mut tokens = Vec::new();
    let result = each(bytes, filename, |token| {
        tokens.push(token.info());
    });
    (tokens, result.err())
}

/// The tokens of a text whose encoding is known, up to what is wrong; there is
/// no token for the encoding.
pub fn tokens_of_text(text: &str) -> (Vec<TokenInfo>, Option<TokenizeError>) {
    let mut tokens = Vec::new();
    let (text, null_line) = match memchr::memchr(0, text.as_bytes()) {
        None => (text, None),
        Some(at) => {
            let before = &text.as_bytes()[..at];
            let line = 1 + memchr::memchr_iter(b'\n', before).count() as u32;
            let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
            (&text[..start], Some(line))
        }
    };
    let result = Walk::new(text, null_line).run(|token| tokens.push(token.info()));
    (tokens, result.err())
}

/// What the lexer has no kind for.
#[derive(Clone, Copy)]
enum Kind {
    Encoding,
    Comment,
    Nl,
    Lexed(TokenKind),
}

struct Item<'a> {
    kind: Kind,
    string: &'a str,
    start: (u32, u32),
    end: (u32, u32),
}

impl Item<'_> {
    fn info(&self) -> TokenInfo {
        TokenInfo {
            kind: self.kind(),
            exact_kind: self.exact_kind(),
            string: self.string.to_owned(),
            start: self.start,
            end: self.end,
        }
    }

    fn kind(&self) -> &'static str {
        use TokenKind as T;
        match self.kind {
            Kind::Encoding => "ENCODING",
            Kind::Comment => "COMMENT",
            Kind::Nl => "NL",
            Kind::Lexed(kind) => match kind {
                T::EndMarker => "ENDMARKER",
                T::Name => "NAME",
                T::Number => "NUMBER",
                T::String => "STRING",
                T::FStringStart => "FSTRING_START",
                T::FStringMiddle => "FSTRING_MIDDLE",
                T::FStringEnd => "FSTRING_END",
                T::TStringStart => "TSTRING_START",
                T::TStringMiddle => "TSTRING_MIDDLE",
                T::TStringEnd => "TSTRING_END",
                T::Newline => "NEWLINE",
                T::Indent => "INDENT",
                T::Dedent => "DEDENT",
                _ if kind.is_keyword() => "NAME",
                _ => "OP",
            },
        }
    }

    fn exact_kind(&self) -> &'static str {
        match self.kind {
            Kind::Lexed(kind) => operator_name(kind).unwrap_or_else(|| self.kind()),
            _ => self.kind(),
        }
    }
}

/// The name of an operator in the `token` module.
fn operator_name(kind: TokenKind) -> Option<&'static str> {
    use TokenKind as T;
    Some(match kind {
        T::LPar => "LPAR",
        T::RPar => "RPAR",
        T::LSqb => "LSQB",
        T::RSqb => "RSQB",
        T::LBrace => "LBRACE",
        T::RBrace => "RBRACE",
        T::Colon => "COLON",
        T::Comma => "COMMA",
        T::Semi => "SEMI",
        T::Dot => "DOT",
        T::Ellipsis => "ELLIPSIS",
        T::RArrow => "RARROW",
        T::At => "AT",
        T::Exclamation => "EXCLAMATION",
        T::ColonEqual => "COLONEQUAL",
        T::Plus => "PLUS",
        T::Minus => "MINUS",
        T::Star => "STAR",
        T::DoubleStar => "DOUBLESTAR",
        T::Slash => "SLASH",
        T::DoubleSlash => "DOUBLESLASH",
        T::Percent => "PERCENT",
        T::VBar => "VBAR",
        T::Amper => "AMPER",
        T::CircumFlex => "CIRCUMFLEX",
        T::Tilde => "TILDE",
        T::LeftShift => "LEFTSHIFT",
        T::RightShift => "RIGHTSHIFT",
        T::Less => "LESS",
        T::Greater => "GREATER",
        T::LessEqual => "LESSEQUAL",
        T::GreaterEqual => "GREATEREQUAL",
        T::EqEqual => "EQEQUAL",
        T::NotEqual => "NOTEQUAL",
        T::Equal => "EQUAL",
        T::PlusEqual => "PLUSEQUAL",
        T::MinEqual => "MINEQUAL",
        T::StarEqual => "STAREQUAL",
        T::DoubleStarEqual => "DOUBLESTAREQUAL",
        T::SlashEqual => "SLASHEQUAL",
        T::DoubleSlashEqual => "DOUBLESLASHEQUAL",
        T::PercentEqual => "PERCENTEQUAL",
        T::VBarEqual => "VBAREQUAL",
        T::AmperEqual => "AMPEREQUAL",
        T::CircumFlexEqual => "CIRCUMFLEXEQUAL",
        T::LeftShiftEqual => "LEFTSHIFTEQUAL",
        T::RightShiftEqual => "RIGHTSHIFTEQUAL",
        T::AtEqual => "ATEQUAL",
        _ => return None,
    })
}

/// Calls `visit` with each token, up to what is wrong.
fn each(
    bytes: &[u8],
    filename: &str,
    mut visit: impl FnMut(&Item<'_>),
) -> Result<(), TokenizeError> {
    let source = source::decode(bytes);
    let plain = |message: String| TokenizeError {
        position: None,
        message,
    };
    let declaration = || {
        plain(format!(
            "invalid or missing encoding declaration for {}",
            quoted(filename)
        ))
    };
    let mut text = source.text.as_str();
    let mut null_line = None;
    match source.error {
        None => {}
        Some(SourceError::UnknownEncoding { name }) => {
            return Err(plain(format!(
                "unknown encoding for {}: {name}",
                quoted(filename)
            )));
        }
        Some(SourceError::EncodingProblem { .. }) => {
            return Err(plain(format!(
                "encoding problem for {}: utf-8",
                quoted(filename)
            )));
        }
        Some(SourceError::NotTextEncoding { name }) => {
            return Err(plain(format!(
                "unknown encoding for {}: {name}",
                quoted(filename)
            )));
        }
        // Only the lines that may have a cookie are checked; in others U+FFFD
        // stands for what is wrong.
        Some(SourceError::NotUtf8 { line, .. }) if line <= declaring_lines(text) => {
            return Err(declaration());
        }
        Some(SourceError::NotUtf8 { .. }) => {}
        Some(SourceError::Undecodable { offset, .. }) => {
            let line =
                1 + memchr::memchr_iter(b'\n', &bytes[..offset.min(bytes.len())]).count() as u32;
            if line <= declaring_lines(text) {
                return Err(declaration());
            }
        }
        Some(SourceError::NullByte { line }) => null_line = Some(line),
    }
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        let line = 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count() as u32;
        let message = "source code cannot contain null bytes";
        if line <= declaring_lines(text) {
            return Err(plain(message.to_owned()));
        }
        null_line = Some(line);
        text = &text
            [..memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |newline| newline + 1)];
    }
    visit(&Item {
        kind: Kind::Encoding,
        string: &source.encoding,
        start: (0, 0),
        end: (0, 0),
    });
    Walk::new(text, null_line).run(visit)
}

/// How many of a file's first lines are looked at for a cookie.
fn declaring_lines(text: &str) -> u32 {
    let first = text.split(['\n', '\r']).next().unwrap_or_default();
    let cookie = first.contains("coding:") || first.contains("coding=");
    if !cookie && matches!(first.trim_start().as_bytes().first(), None | Some(b'#')) {
        2
    } else {
        1
    }
}

/// The way through a text: token, gap, token.
struct Walk<'a> {
    text: &'a str,
    lines: LineIndex,
    /// The line the last position was on, and its start; positions mostly grow.
    line: u32,
    line_start: u32,
    next_line_start: u32,
    /// A place on that line and its column in characters.
    known: (u32, u32),
    null_line: Option<u32>,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, null_line: Option<u32>) -> Self {
        let lines = LineIndex::new(text);
        let next_line_start = lines.line_start(1).unwrap_or(u32::MAX);
        Self {
            text,
            lines,
            line: 0,
            line_start: 0,
            next_line_start,
            known: (0, 0),
            null_line,
        }
    }

    fn run(mut self, mut visit: impl FnMut(&Item<'_>)) -> Result<(), TokenizeError> {
        let lexed = lexer::lex_as(self.text, Mode::Tokenize);
        let error = lexed.errors.first();
        let count = error.map_or(lexed.tokens.len(), |error| error.token as usize);
        let mut at = 0;
        for &Token { kind, range } in &lexed.tokens[..count.min(lexed.tokens.len())] {
            self.gap(at, range.start as usize, &mut visit);
            at = range.end as usize;
            match kind {
                TokenKind::Newline if range.is_empty() => {
                    self.implicit(Kind::Lexed(kind), at, &mut visit);
                }
                TokenKind::EndMarker => {
                    if let Some(line) = self.null_line {
                        let message = "source code cannot contain null bytes".to_owned();
                        return Err(TokenizeError {
                            position: Some((line, 0)),
                            message,
                        });
                    }
                    let end = self.end();
                    visit(&Item {
                        kind: Kind::Lexed(kind),
                        string: "",
                        start: end,
                        end,
                    });
                }
                TokenKind::Dedent => {
                    let place = if at == self.text.len() {
                        self.end()
                    } else {
                        self.position(range.start)
                    };
                    visit(&Item {
                        kind: Kind::Lexed(kind),
                        string: "",
                        start: place,
                        end: place,
                    });
                }
                TokenKind::Indent => {
                    // Its text is the line's white space.
                    let end = self.position(range.start);
                    let line = TextRange::new(self.line_start, range.start);
                    let string = &self.text[line.as_usize()];
                    visit(&Item {
                        kind: Kind::Lexed(kind),
                        string,
                        start: (end.0, 0),
                        end,
                    });
                }
                _ => self.token(Kind::Lexed(kind), range, &mut visit),
            }
        }
        match error {
            None => Ok(()),
            Some(error) => {
                self.gap(at, error.error.range.start as usize, &mut visit);
                Err(self.error(error, &lexed.tokens))
            }
        }
    }

    /// Comments and line ends between two tokens.
    fn gap(&mut self, from: usize, to: usize, visit: &mut impl FnMut(&Item<'_>)) {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while at < to {
            match bytes[at] {
                b'#' => {
                    let len = memchr::memchr2(b'\n', b'\r', &bytes[at..to]).unwrap_or(to - at);
                    self.token(
                        Kind::Comment,
                        TextRange::new(at as u32, (at + len) as u32),
                        visit,
                    );
                    at += len;
                }
                b'\n' | b'\r' => {
                    let len = newline_len(bytes, at);
                    self.token(
                        Kind::Nl,
                        TextRange::new(at as u32, (at + len) as u32),
                        visit,
                    );
                    at += len;
                }
                b'\\' => at += 1 + newline_len(bytes, at + 1),
                _ => at += 1,
            }
        }
        let line_goes_on =
            to == bytes.len() && to > from && !matches!(bytes[to - 1], b'\n' | b'\r');
        if line_goes_on && !self.follows_token(from) {
            self.implicit(Kind::Nl, to, visit);
        }
    }

    /// Whether a token of a logical line ends at `at`, so that its `NEWLINE` is
    /// still to come.
    fn follows_token(&self, at: usize) -> bool {
        at > 0 && !matches!(self.text.as_bytes()[at - 1], b'\n' | b'\r')
    }

    /// A newline that the file's last line lacks.
    fn implicit(&mut self, kind: Kind, at: usize, visit: &mut impl FnMut(&Item<'_>)) {
        let start = self.position(at as u32);
        visit(&Item {
            kind,
            string: "",
            start,
            end: (start.0, start.1 + 1),
        });
    }

    fn token(&mut self, kind: Kind, range: TextRange, visit: &mut impl FnMut(&Item<'_>)) {
        let start = self.position(range.start);
        let string = &self.text[range.as_usize()];
        let end = match kind {
            // A line end belongs to its line.
            Kind::Nl | Kind::Lexed(TokenKind::Newline) => (start.0, start.1 + range.len()),
            _ => self.position(range.end),
        };
        visit(&Item {
            kind,
            string,
            start,
            end,
        });
    }

    /// Where the end is: on the line after the last.
    fn end(&mut self) -> (u32, u32) {
        let (line, _) = self.position(self.text.len() as u32);
        let complete = self.text.is_empty() || self.text.ends_with(['\n', '\r']);
        (if complete { line } else { line + 1 }, 0)
    }

    /// The 1-based line and the column in characters.
    fn position(&mut self, offset: u32) -> (u32, u32) {
        if offset < self.line_start || offset >= self.next_line_start {
            self.line = self.lines.line_column(offset).line;
            self.line_start = self.lines.line_start(self.line).unwrap_or(0);
            self.next_line_start = self.lines.line_start(self.line + 1).unwrap_or(u32::MAX);
            self.known = (self.line_start, 0);
        }
        let (from, column) = if self.known.0 <= offset {
            self.known
        } else {
            (self.line_start, 0)
        };
        let between = &self.text.as_bytes()[from as usize..offset as usize];
        let characters = between.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u32;
        self.known = (offset, column + characters);
        (self.line + 1, column + characters)
    }

    /// The column of an end of file behind a backslash whose line ends at
    /// `newline`: CPython counts from the first of the lines it has joined, or
    /// not at all if there is nothing before the backslash.
    fn continued(&self, newline: u32) -> u32 {
        let before = &self.text[..newline as usize];
        let mut lines = before.rsplit(['\n', '\r']);
        let last = lines.next().unwrap_or_default();
        let joined: Vec<_> = lines.take_while(|line| line.ends_with('\\')).collect();
        if joined.is_empty() && last.trim_start() == "\\" {
            return 0;
        }
        joined
            .iter()
            .chain([&last])
            .map(|line| line.chars().count() as u32 + 1)
            .sum()
    }

    /// The column of an end of file inside brackets: CPython counts from the
    /// line of the f-string it is in, if it is in one.
    fn unread(&mut self, tokens: &[Token]) -> u32 {
        let mut open = Vec::new();
        for token in tokens {
            match token.kind {
                TokenKind::FStringStart | TokenKind::TStringStart => open.push(token.range.start),
                TokenKind::FStringEnd | TokenKind::TStringEnd => {
                    open.pop();
                }
                _ => {}
            }
        }
        let Some(&start) = open.first() else { return 0 };
        self.position(start);
        let rest = &self.text[self.line_start as usize..];
        rest.chars().count() as u32 + u32::from(!rest.ends_with('\n'))
    }

    fn error(&mut self, error: &LexError, tokens: &[Token]) -> TokenizeError {
        let SyntaxError {
            kind,
            ref message,
            range,
            ..
        } = error.error;
        let line_count = self.end().0 - 1;
        let (line, column) = self.position(range.start);
        if error.never_closed {
            let message = "unexpected EOF in multi-line statement".to_owned();
            return TokenizeError {
                position: Some((line_count, self.unread(tokens))),
                message,
            };
        }
        let line_end = |walk: &mut Self| {
            let rest = &walk.text.as_bytes()[range.start as usize..];
            let len = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            walk.position(range.start + len as u32).1 + 1
        };
        let (column, message) = match &**message {
            "unexpected EOF while parsing" => {
                let column = self.continued(range.start);
                (column, "unexpected EOF in multi-line statement".into())
            }
            "unexpected character after line continuation character" => {
                (line_end(self), message.clone())
            }
            text if text.starts_with("unterminated triple-quoted string literal") => {
                (column + 1, "EOF in multi-line string".into())
            }
            _ if kind != ErrorKind::Syntax => (line_end(self), message.clone()),
            _ => (column + 1, error.error.text(0, line_count)),
        };
        TokenizeError {
            position: Some((line, column)),
            message: message.into_owned(),
        }
    }
}

/// Appends Python's `repr` of a text, filled up to 15 characters.
fn push_repr(out: &mut String, text: &str) {
    let plain = |byte: u8| (b' '..=b'~').contains(&byte) && !matches!(byte, b'\'' | b'\\');
    let start = out.len();
    if text.bytes().all(plain) {
        out.push('\'');
        out.push_str(text);
        out.push('\'');
    } else {
        repr::str(out, &Wtf8Box::from(text));
    }
    let width = out[start..].chars().count();
    out.extend(std::iter::repeat_n(' ', 15_usize.saturating_sub(width)));
}

/// A file name as Python's `repr` shows it.
fn quoted(filename: &str) -> String {
    let mut out = String::new();
    repr::str(&mut out, &Wtf8Box::from(filename));
    out
}
