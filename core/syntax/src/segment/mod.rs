//! Where a file's segments begin and end.
//!
//! A segment is one top-level logical line, or one compound statement with its
//! decorators and its `elif`, `else`, `except` and `finally` clauses, and the
//! blank lines and comments before it. Comments and blank lines at the end of
//! the file are a segment of their own: they belong to what is typed next. An
//! indented comment below a block belongs to the block.
//!
//! The scan looks at strings, brackets, backslashes and the first word of the
//! lines in column 0, and builds no tokens. What it cuts is lexed to the same
//! tokens as in one piece, unless the text is broken: a bracket or
//! triple-quoted string that never closes ends at the next line in column 0
//! that begins with a keyword which begins statements only, and so does not
//! swallow the file.
//!
//! A long class is cut once more, by the same rule, into [`parts`].

mod cut;
mod parts;

pub use cut::{Cut, Piece};
pub use parts::{Part, Parts, parts};

use memchr::memchr2;

use crate::lexer::{is_identifier_byte, measure_indentation, newline_len};
use crate::parser::diagnose::FLUFL;
use crate::position::TextRange;

/// How often the scan goes back to the line after which something never
/// closed; more would not be linear.
const MAX_RECOVERIES: u32 = 16;

/// Splits a file's text into its segments. They cover it, in order, each with
/// at least one byte.
pub fn split(text: &str) -> Vec<TextRange> {
    if text.contains(FLUFL) {
        // It may matter to all that follows.
        return vec![TextRange::new(0, text.len() as u32)];
    }
    let mut scan = Scan::new(text);
    let mut segments = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = scan.segment(start);
        debug_assert!(end > start);
        segments.push(TextRange::new(start as u32, end as u32));
        start = end;
    }
    segments
}

/// A file's text, to be cut from front to back.
pub(crate) struct Scan<'a> {
    bytes: &'a [u8],
    pos: usize,
    /// The open brackets of the logical line, and quotes of open f-strings.
    brackets: Vec<Open>,
    recoveries: u32,
    /// Whether something was opened in the segment and never closed: that was looked for
    /// up to the end of the text.
    unclosed: bool,
    /// The white space before the statements in question: none at the top level.
    level: &'a [u8],
    /// Where the last comment began.
    comment: usize,
    /// Up to where the end of the last segment was looked for.
    reach: usize,
}

/// What is open around the place the scan has reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Bracket(u8),
    /// An f-string; its expressions are brackets above it.
    FString {
        quote: u8,
        triple: bool,
        raw: bool,
    },
    /// The format specification of an f-string's expression.
    FormatSpec,
}

/// A line with a token on it.
struct Line {
    /// Its first byte.
    start: usize,
    /// Its first token's first byte.
    token: usize,
    /// Whether that token stands in column 0.
    top_level: bool,
}

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            pos: 0,
            brackets: Vec::new(),
            recoveries: 0,
            unclosed: false,
            level: &[],
            comment: usize::MAX,
            reach: usize::MAX,
        }
    }

    /// The end of the segment that starts at `start`, before the text's end.
    pub(crate) fn segment(&mut self, start: usize) -> usize {
        self.pos = start;
        self.reach = usize::MAX;
        self.unclosed = false;
        let Some(line) = self.next_line() else {
            return self.bytes.len();
        };
        let decorator = line.top_level && self.bytes[line.token] == b'@';
        if self.logical_line(line.token) {
            return self.pos;
        }
        self.rest_of_segment(decorator, |_| None)
    }

    /// The end of a segment of which a logical line ends here. Where it is known
    /// for the end of a line, it is that.
    fn rest_of_segment(
        &mut self,
        mut decorator: bool,
        mut known: impl FnMut(usize) -> Option<usize>,
    ) -> usize {
        loop {
            let end = self.pos;
            if let Some(end) = known(end) {
                return end;
            }
            // The next line with a token belongs to this segment or begins the
            // next; indented comments before it belong to this one.
            let Some(next) = self.next_line() else {
                return end_of_comments(self.bytes, end, self.bytes.len());
            };
            if next.top_level && !decorator && !is_clause(self.bytes, next.token) {
                if !self.unclosed {
                    // Past the newline: the line might go on.
                    self.reach = line_end(self.bytes, next.token) + 2;
                }
                return end_of_comments(self.bytes, end, next.start);
            }
            decorator = next.top_level && self.bytes[next.token] == b'@';
            if self.logical_line(next.token) {
                return self.pos;
            }
        }
    }

    /// Moves past blank lines and comments to a line with a token.
    fn next_line(&mut self) -> Option<Line> {
        loop {
            let start = self.pos;
            let bytes = self.bytes;
            // Most lines in question begin in column 0 or are empty.
            let (token, top_level) = match bytes.get(start)? {
                b' ' | b'\t' | b'\x0c' | b'\\' => {
                    let measured = measure_indentation(bytes, start);
                    (measured.end, measured.indentation.column == 0)
                }
                _ => (start, true),
            };
            match bytes.get(token)? {
                b'#' => self.pos = line_end(bytes, token),
                b'\n' | b'\r' => self.pos = token,
                _ => {
                    return Some(Line {
                        start,
                        token,
                        top_level,
                    });
                }
            }
            self.pos += newline_len(bytes, self.pos);
        }
    }

    /// Scans one logical line from its first token and moves past its newline.
    /// Whether it was cut short before a line that must be a new statement.
    fn logical_line(&mut self, start: usize) -> bool {
        self.brackets.clear();
        self.pos = start;
        // The first line inside a bracket that begins with a statement keyword.
        let mut restart = None;
        let closed = self.scan_line(&mut restart);
        self.unclosed |= !closed;
        if !closed
            && let Some(restart) = restart
            && self.recoveries < MAX_RECOVERIES
        {
            self.recoveries += 1;
            self.pos = restart;
            // A clause still belongs to the segment.
            return !(self.level.is_empty() && is_clause(self.bytes, restart));
        }
        false
    }

    /// Scans on to the end of the logical line; `false` if the text ended inside
    /// a bracket or string.
    fn scan_line(&mut self, restart: &mut Option<usize>) -> bool {
        let bytes = self.bytes;
        loop {
            if let Some(&Open::FString { quote, triple, raw }) = self.brackets.last() {
                if !self.fstring_text(quote, triple, raw, false, restart) {
                    return false;
                }
                continue;
            }
            if let Some(Open::FormatSpec) = self.brackets.last() {
                let Some(&Open::FString { quote, triple, raw }) = self
                    .brackets
                    .iter()
                    .rev()
                    .find(|open| matches!(open, Open::FString { .. }))
                else {
                    self.brackets.pop();
                    continue;
                };
                if !self.fstring_text(quote, triple, raw, true, restart) {
                    return false;
                }
                continue;
            }
            let rest = &bytes[self.pos..];
            let Some(plain) = rest.iter().position(|&b| SPECIAL[b as usize]) else {
                self.pos = bytes.len();
                return self.brackets.is_empty();
            };
            self.pos += plain;
            let at = self.pos;
            match bytes[at] {
                b'\n' | b'\r' => {
                    self.pos += newline_len(bytes, at);
                    if self.brackets.is_empty() {
                        return true;
                    }
                    if restart.is_none() && self.begins_statement(self.pos) {
                        *restart = Some(self.pos);
                    }
                }
                b'#' => {
                    self.comment = at;
                    self.pos = line_end(bytes, at);
                }
                b'\\' => self.pos += 1 + newline_len(bytes, at + 1),
                b'"' | b'\'' => {
                    if !self.string(at, restart) {
                        return false;
                    }
                }
                open @ (b'(' | b'[' | b'{') => {
                    self.brackets.push(Open::Bracket(open));
                    self.pos += 1;
                }
                b':' => {
                    if self.ends_expression() {
                        self.brackets.push(Open::FormatSpec);
                    }
                    self.pos += 1;
                }
                close => {
                    self.close(close);
                    self.pos += 1;
                }
            }
        }
    }

    /// Whether a colon here begins a format specification: inside the brace of
    /// an f-string's expression and no further bracket.
    fn ends_expression(&self) -> bool {
        matches!(
            *self.brackets,
            [
                ..,
                Open::FString { .. } | Open::FormatSpec,
                Open::Bracket(b'{')
            ]
        )
    }

    /// Closes a bracket, as the lexer does: one of the wrong kind closes the
    /// nearest of its kind, in the same f-string, or nothing.
    fn close(&mut self, close: u8) {
        let open = match close {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        for (distance, other) in self.brackets.iter().rev().take(200).enumerate() {
            match *other {
                Open::FString { .. } => return,
                Open::Bracket(byte) if byte == open => {
                    let kept = self.brackets.len() - distance - 1;
                    self.brackets.truncate(kept);
                    return;
                }
                Open::Bracket(_) | Open::FormatSpec => {}
            }
        }
    }

    /// A string whose quotes are at `at`, perhaps an f-string's start. `false`
    /// if it never ends.
    fn string(&mut self, at: usize, restart: &mut Option<usize>) -> bool {
        let bytes = self.bytes;
        let quote = bytes[at];
        let triple = bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote);
        let after = at + if triple { 3 } else { 1 };
        let prefix = prefix(bytes, at);
        if prefix
            .iter()
            .any(|letter| matches!(letter, b'f' | b'F' | b't' | b'T'))
        {
            let raw = prefix.iter().any(|letter| matches!(letter, b'r' | b'R'));
            self.brackets.push(Open::FString { quote, triple, raw });
            self.pos = after;
            return true;
        }
        if !triple {
            let end = single_quoted(bytes, after, quote);
            // An unended string with an f-string's quotes ends the f-string.
            if bytes.get(end.wrapping_sub(1)) != Some(&quote) || end == after {
                self.close_fstring(quote, false);
            }
            self.pos = end;
            return true;
        }
        let mut from = after;
        while let Some(found) = memchr2(quote, b'\\', &bytes[from..]) {
            from += found;
            if bytes[from] == b'\\' {
                from = after_escape(bytes, from);
            } else if bytes.get(from + 1) == Some(&quote) && bytes.get(from + 2) == Some(&quote) {
                self.pos = from + 3;
                return true;
            } else {
                from += 1;
            }
        }
        self.unended(after, restart);
        false
    }

    fn close_fstring(&mut self, quote: u8, triple: bool) {
        let innermost = self
            .brackets
            .iter()
            .rposition(|open| matches!(open, Open::FString { .. }));
        if let Some(at) = innermost
            && let Open::FString {
                quote: q,
                triple: t,
                ..
            } = self.brackets[at]
            && (q, t) == (quote, triple)
        {
            self.brackets.truncate(at);
        }
    }

    /// The literal text of an f-string or of a format specification in it, up
    /// to its end or an expression. `false` if the file ends first.
    fn fstring_text(
        &mut self,
        quote: u8,
        triple: bool,
        raw: bool,
        in_spec: bool,
        restart: &mut Option<usize>,
    ) -> bool {
        let bytes = self.bytes;
        let begin = self.pos;
        let mut at = begin;
        let mut named_escape = false;
        while let Some(&byte) = bytes.get(at) {
            let next = bytes.get(at + 1).copied();
            match byte {
                b'\n' | b'\r' if !triple => {
                    // Broken: the f-string ends with its line.
                    self.pos = at;
                    self.close_fstring(quote, false);
                    return true;
                }
                b'\\' => match next {
                    Some(b'{' | b'}') => at += 1,
                    Some(b'N') if !raw && bytes.get(at + 2) == Some(&b'{') => {
                        named_escape = true;
                        at += 3;
                    }
                    _ => at = after_escape(bytes, at),
                },
                b'{' if next == Some(b'{') && !in_spec => at += 2,
                b'{' => {
                    self.brackets.push(Open::Bracket(b'{'));
                    self.pos = at + 1;
                    return true;
                }
                b'}' if named_escape => {
                    named_escape = false;
                    at += 1;
                }
                b'}' if in_spec => {
                    // The specification and its expression's brace.
                    self.brackets.pop();
                    self.brackets.pop();
                    self.pos = at + 1;
                    return true;
                }
                _ if byte == quote
                    && (!triple || (next == Some(quote) && bytes.get(at + 2) == Some(&quote))) =>
                {
                    self.pos = at + if triple { 3 } else { 1 };
                    self.close_fstring(quote, triple);
                    return true;
                }
                _ => at += 1,
            }
        }
        self.unended(begin, restart);
        false
    }

    /// A literal that never ends: looks for the first line after `from` that
    /// must be a statement.
    fn unended(&mut self, from: usize, restart: &mut Option<usize>) {
        self.pos = self.bytes.len();
        let mut at = from;
        while restart.is_none() {
            at = line_end(self.bytes, at);
            match newline_len(self.bytes, at) {
                0 => return,
                len => at += len,
            }
            if self.begins_statement(at) {
                *restart = Some(at);
            }
        }
    }

    /// Whether the line at `at` begins, at the level in question, with a keyword
    /// that begins statements and stands in no expression, or with a decorator.
    fn begins_statement(&self, at: usize) -> bool {
        if !self.bytes[at..].starts_with(self.level) {
            return false;
        }
        let at = at + self.level.len();
        if self.bytes.get(at) == Some(&b'@') {
            return true;
        }
        match word(self.bytes, at) {
            b"assert" | b"break" | b"class" | b"continue" | b"def" | b"del" | b"except"
            | b"finally" | b"global" | b"import" | b"nonlocal" | b"pass" | b"raise" | b"return"
            | b"try" | b"while" | b"with" => true,
            b"async" => matches!(word_after(self.bytes, at + 5), b"def" | b"with"),
            b"from" => {
                let rest = &self.bytes[at..line_end(self.bytes, at)];
                memchr::memmem::find(rest, b" import").is_some()
            }
            _ => false,
        }
    }
}

/// The end of the last indented comment between `from`, where a logical line
/// ended, and `to`, before a comment in column 0.
pub(crate) fn end_of_comments(bytes: &[u8], from: usize, to: usize) -> usize {
    let mut end = from;
    let mut at = from;
    while at < to {
        let text = at
            + bytes[at..to]
                .iter()
                .take_while(|b| matches!(b, b' ' | b'\t' | b'\x0c'))
                .count();
        let next = line_end(bytes, text).min(to);
        let next = next + newline_len(bytes, next);
        match bytes.get(text) {
            Some(b'#') if text > at => end = next,
            Some(b'#') => break,
            _ => {}
        }
        at = next.max(at + 1);
    }
    end.min(to)
}

/// Whether a line goes on with the statement before it: as a clause, or with a bracket that
/// closes one, be it lost.
pub(crate) fn is_clause(bytes: &[u8], at: usize) -> bool {
    let closes = matches!(bytes.get(at), Some(b')' | b']' | b'}'));
    closes || matches!(word(bytes, at), b"elif" | b"else" | b"except" | b"finally")
}

/// Bytes that are not passed over in code.
static SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let special = b"\n\r#\\\"'()[]{}:";
    let mut i = 0;
    while i < special.len() {
        table[special[i] as usize] = true;
        i += 1;
    }
    table
};

/// The offset of the newline at or after `at`, or the text's end.
fn line_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    at + memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
}

/// The identifier at `at`, empty if there is none.
fn word(bytes: &[u8], at: usize) -> &[u8] {
    let rest = &bytes[at.min(bytes.len())..];
    let len = rest
        .iter()
        .position(|&b| !is_identifier_byte(b))
        .unwrap_or(rest.len());
    &rest[..len]
}

/// The identifier after spaces.
fn word_after(bytes: &[u8], at: usize) -> &[u8] {
    let spaces = bytes[at.min(bytes.len())..]
        .iter()
        .take_while(|&&b| b == b' ')
        .count();
    word(bytes, at + spaces)
}

/// The letters before the quote at `at`, if they are a string's prefix.
fn prefix(bytes: &[u8], at: usize) -> &[u8] {
    // One byte more than the longest run that may be a prefix.
    let near = &bytes[at.saturating_sub(6)..at];
    let letters = near
        .iter()
        .rev()
        .take_while(|&&b| is_identifier_byte(b))
        .count();
    let word = &near[near.len() - letters..];
    if crate::lexer::is_prefix(word) {
        word
    } else {
        &[]
    }
}

/// The offset after a string of one line, or of the newline that cuts it off.
fn single_quoted(bytes: &[u8], mut at: usize, quote: u8) -> usize {
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at = after_escape(bytes, at),
            b'\n' | b'\r' => break,
            _ if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// The place after the backslash at `at` and what it escapes.
fn after_escape(bytes: &[u8], at: usize) -> usize {
    (at + 1 + newline_len(bytes, at + 1).max(1)).min(bytes.len())
}
