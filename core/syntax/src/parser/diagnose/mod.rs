//! CPython's words for what the parser could not read.
//!
//! CPython's parser tries the alternatives of a parsing expression grammar in
//! order, and its messages follow from that order: when a first pass fails, a
//! second one tries `invalid_` alternatives as well, the first of which to
//! match raises. What it says about wrong text is hence a property of the whole
//! grammar, and is found here in the same way: `grammar.peg` restates the order,
//! `engine` matches it, `actions` words what matched.
//!
//! This runs over text that is known to be wrong, never over correct programs.
//! Results of all rules are kept, so time is linear but for what CPython itself
//! does again, and a budget of steps bounds that.

mod actions;
mod engine;
mod grammar;
mod program;
mod results;

use std::ops::Range;

use crate::error::{Columns, ErrorKind, Raised, SyntaxError, SyntaxWarning};
use crate::lexer::LexError;
use crate::position::TextRange;
use crate::token::{Token, TokenKind};
use crate::version::Version;

pub(super) use actions::CallArguments;

use super::{Mode, Outcome};
use engine::{Engine, Stop};

/// A text with its tokens and lexical errors.
#[derive(Clone, Copy)]
pub(crate) struct Source<'t> {
    pub(crate) text: &'t str,
    pub(crate) tokens: &'t [Token],
    /// In the order in which the parser meets them.
    pub(crate) lex_errors: &'t [LexError],
    /// In the order of the text.
    pub(crate) lex_warnings: &'t [SyntaxWarning],
    /// CPython puts no newline behind the last line, which has none.
    pub(crate) bare: bool,
    /// Whose grammar it is read by.
    pub(crate) version: Version,
    /// The minor version of Python 3 whose features it may use; `ALL_FEATURES` mostly.
    pub(crate) feature_version: u8,
}

/// As a feature version: nothing is too new.
pub(crate) const ALL_FEATURES: u8 = u8::MAX;

impl Source<'_> {
    /// Whether a token stands behind `from __future__ import barry_as_FLUFL`.
    fn is_flufl(&self, token: usize) -> bool {
        let before = &self.text[..self.tokens[token].range.start as usize];
        if !before.contains(FLUFL) {
            return false;
        }
        let text = |token: &Token| &self.text[token.range.as_usize()];
        let names = |tokens: &[Token]| {
            let line = tokens.iter().take_while(|at| at.kind != TokenKind::Newline);
            line.skip(3).any(|token| text(token) == FLUFL)
        };
        let mut starts = self.tokens[..token].windows(3).enumerate();
        starts.any(|(index, start)| {
            start[0].kind == TokenKind::From
                && text(&start[1]) == "__future__"
                && start[2].kind == TokenKind::Import
                && names(&self.tokens[index..token])
        })
    }
}

/// The feature that makes `<>` mean `!=`.
pub(crate) const FLUFL: &str = "barry_as_FLUFL";

/// The error that CPython reports, and what it has warned of before, in its order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Report {
    pub(crate) error: SyntaxError,
    pub(crate) warnings: Vec<SyntaxWarning>,
}

/// The error that CPython reports for a text, if any.
pub(crate) fn first_error(source: Source<'_>, mode: Mode) -> Option<Report> {
    run(source, rule_of(mode), 0, true)
}

fn rule_of(mode: Mode) -> &'static str {
    match mode {
        Mode::Exec => "file",
        Mode::Eval => "eval",
        Mode::Single => "interactive",
    }
}

/// What CPython reports where its first pass fails with its tokenizer at the end of the text,
/// so that more text might mend it (`_is_end_of_source`).
pub(crate) fn incomplete(source: Source<'_>, mode: Mode) -> Option<Report> {
    let mut engine = Engine::new(source, 0);
    let fails_at_end = match engine.pass(rule_of(mode), 0) {
        // A compound statement wants an empty line behind it.
        Ok(Some(end)) => {
            let is_all = mode == Mode::Single && end == source.tokens.len();
            is_all && engine.not_single(end).is_some()
        }
        Err(Stop::Lexical(error)) => {
            let is_one_line = error.message.starts_with("unterminated string literal");
            error.message == END_OF_FILE
                || error.message.ends_with("was never closed")
                || error.message.starts_with("unterminated triple-quoted")
                || is_one_line && reaches_end(&source.text[error.range.start as usize..], source)
        }
        _ => engine.has_read_end(),
    };
    fails_at_end.then(|| Report {
        error: engine.at_last("incomplete input"),
        warnings: engine.warnings,
    })
}

/// The same for a signature as type comments have it.
pub(crate) fn first_error_in_func_type(source: Source<'_>) -> Option<Report> {
    run(source, "func_type", 0, true)
}

/// The same for a file whose tokens up to one that begins a statement are known
/// to be right.
pub(crate) fn first_error_from(source: Source<'_>, token: usize) -> Option<Report> {
    run(source, "file", token, true)
}

/// All that is wrong with a text: first what CPython reports, then the rest in
/// the order of the text. The statements that the parser could not read are
/// reported once each, and not at all where the lexer has reported.
pub(crate) fn all_errors(source: Source<'_>, mode: Mode, outcome: &Outcome) -> Vec<SyntaxError> {
    let broken = &outcome.broken;
    let is_read = broken.is_empty() && source.lex_errors.is_empty();
    if is_read && mode != Mode::Single && !outcome.deep && !outcome.too_high {
        return Vec::new();
    }
    let error = match first_error(source, mode) {
        Some(report) => report.error,
        None if outcome.too_high => too_high(),
        None if is_read => return Vec::new(),
        None => {
            let end = TextRange::empty(source.text.len() as u32);
            let at = broken
                .first()
                .map_or(end, |tokens| source.tokens[tokens.start].range);
            SyntaxError::new("invalid syntax", at)
        }
    };
    if error.kind == ErrorKind::Memory {
        return vec![error];
    }
    let mut errors = vec![error];
    let mut others: Vec<SyntaxError> = source
        .lex_errors
        .iter()
        .map(|error| lexical(error, source))
        .collect();
    others.retain(|error| *error != errors[0]);
    for tokens in broken.iter().take(MAX_STATEMENTS) {
        let from = source.tokens[tokens.start].range.start;
        // Up to the newline, where an unfinished statement is wrong.
        let last = tokens.end.min(source.tokens.len() - 1);
        let to = source.tokens[last].range.start;
        let mut is_explained = from <= errors[0].range.start && errors[0].range.start <= to;
        // One error a statement: the first that the lexer has, or the parser's.
        others.retain(|error| {
            let inside = from <= error.range.start && error.range.start <= to;
            !(inside && std::mem::replace(&mut is_explained, true))
        });
        if !is_explained && !is_unmatched_below(source, tokens, &errors[0]) {
            let error = statement_error(source, tokens.start);
            others.extend(error.filter(|error| *error != errors[0]));
        }
    }
    others.sort_by_key(|error| error.range.start);
    others.dedup();
    errors.append(&mut others);
    without_consequences(errors, source.text)
}

/// Whether the first error is a bracket that closes nothing, on a line that was meant to go on
/// with a broken statement: it is indented further, or begins with a bracket that closes one.
fn is_unmatched_below(source: Source<'_>, statement: &Range<usize>, first: &SyntaxError) -> bool {
    let end = source.tokens[statement.end.min(source.tokens.len() - 1)]
        .range
        .start as usize;
    let unmatched = first.range.start as usize;
    if !first.message.starts_with("unmatched '") || unmatched < end {
        return false;
    }
    let start = source.tokens[statement.start].range.start as usize;
    let line = source.text[..start]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let indentation = start - line;
    let rest = { source.text[end..unmatched].find('\n') }.map_or(unmatched, |at| end + at + 1);
    let line_end = source.text[unmatched..]
        .find('\n')
        .map_or(source.text.len(), |at| unmatched + at);
    source.text[rest.min(line_end)..line_end]
        .lines()
        .all(|line| {
            let text = line.trim_start();
            text.is_empty()
                || text.starts_with([')', ']', '}'])
                || line.len() - text.len() > indentation
        })
}

/// How many lines behind an error a bracket or an indentation without a
/// counterpart is taken to be that error's consequence.
const CONSEQUENCES: usize = 12;

/// One mistake, one error: a bracket that closes nothing or a block that ends
/// nowhere, right behind another error, lost its counterpart there.
fn without_consequences(mut errors: Vec<SyntaxError>, text: &str) -> Vec<SyntaxError> {
    let mut last = errors[0].range.start;
    let mut is_first = true;
    errors.retain(|error| {
        if std::mem::take(&mut is_first) {
            return true;
        }
        let start = error.range.start;
        let follows = [
            "unmatched '",
            "unindent does not match",
            "unexpected indent",
        ]
        .iter()
        .any(|message| error.message.starts_with(message));
        let between = text.get(last.min(start) as usize..last.max(start) as usize);
        let lines = between
            .unwrap_or_default()
            .lines()
            .take(CONSEQUENCES + 2)
            .count();
        if start >= last {
            last = start;
        }
        !(follows && lines <= CONSEQUENCES + 1)
    });
    errors
}

/// How many broken statements of a segment are explained.
const MAX_STATEMENTS: usize = 64;

/// What is wrong with the statement that begins at a token, by itself.
fn statement_error(source: Source<'_>, token: usize) -> Option<SyntaxError> {
    run(source, "statement", token, false).map(|report| report.error)
}

/// What CPython's compiler says of a tree that is too high for its stack.
fn too_high() -> SyntaxError {
    let message = "Stack overflow (used 8156 kB) during compilation";
    SyntaxError::new(message, TextRange::empty(0))
        .with_columns(Columns::None)
        .with_kind(ErrorKind::Recursion)
}

/// What CPython says where its parser gives up.
pub(crate) fn too_complex(range: TextRange) -> SyntaxError {
    SyntaxError::new(
        "Parser stack overflowed - Python source too complex to parse",
        range,
    )
    .with_kind(ErrorKind::Memory)
}

fn run(source: Source<'_>, rule: &str, start: usize, whole: bool) -> Option<Report> {
    let mut engine = Engine::new(source, start);
    let mut error = engine.find_error(rule, start, whole)?;
    if engine.has_read_on(error.range.start) {
        error.raised = Raised::BehindLine;
    }
    Some(Report {
        error,
        warnings: engine.warnings,
    })
}

impl Engine<'_> {
    fn find_error(&mut self, rule: &str, start: usize, whole: bool) -> Option<SyntaxError> {
        match self.pass(rule, start) {
            Ok(Some(end)) if rule == "interactive" => return self.not_single(end),
            Ok(Some(_)) => return None,
            Ok(None) => {}
            Err(stop) => return Some(self.stopped(stop, whole)),
        }
        let last = self.last_read();
        self.second_pass();
        if let Err(stop) = self.pass(rule, start) {
            return Some(self.stopped(stop, whole));
        }
        let token = self.source.tokens[last];
        let error = match token.kind {
            // CPython says so of its first character only.
            TokenKind::NotEqual if self.token_text(last) == "<>" => {
                let start = token.range.start;
                SyntaxError::new("invalid syntax", TextRange::new(start, start + 1))
            }
            TokenKind::Indent => self
                .at_last("unexpected indent")
                .with_kind(ErrorKind::Indentation),
            TokenKind::Dedent => self
                .at_last("unexpected unindent")
                .with_kind(ErrorKind::Indentation),
            TokenKind::EndMarker => self.at_end("invalid syntax", Columns::None),
            _ => self.at_token(last, "invalid syntax"),
        };
        let is_generic = !matches!(token.kind, TokenKind::Indent | TokenKind::Dedent);
        Some(if whole && is_generic {
            self.or_lexical(error)
        } else {
            error
        })
    }

    /// What is wrong with a text entered at the prompt whose first statement
    /// ends before the token `end`.
    fn not_single(&self, end: usize) -> Option<SyntaxError> {
        let tokens = self.source.tokens;
        if end == tokens.len() {
            // A compound statement wants an empty line behind it. CPython makes one
            // up at the end of an indented line, and behind a comment in column 0.
            let ends_in_code = tokens
                .iter()
                .rfind(|token| token.kind == TokenKind::Newline)
                .is_some_and(|newline| newline.range.is_empty());
            let indented = tokens
                .iter()
                .rev()
                .nth(1)
                .is_some_and(|token| token.kind == TokenKind::Dedent);
            let complete = self.source.text.ends_with('\n') || ends_in_code == indented;
            return (!complete).then(|| self.at_end("invalid syntax", Columns::None));
        }
        let message = "multiple statements found while compiling a single statement";
        (tokens[end].kind != TokenKind::EndMarker).then(|| self.at_token(end - 1, message))
    }

    /// The error for which a pass stopped.
    fn stopped(&mut self, stop: Stop, whole: bool) -> SyntaxError {
        match stop {
            Stop::Raised(error) if whole && !self.has_read_all() => self.or_lexical(error),
            Stop::Raised(error) | Stop::Lexical(error) => error,
            Stop::TooDeep => too_complex(TextRange::empty(
                self.source.tokens[self.last_read()].range.start,
            )),
        }
    }

    /// Whether CPython's tokenizer has read a line behind the one that a place is on.
    fn has_read_on(&mut self, place: u32) -> bool {
        let last = self.source.tokens[self.last_read()];
        // A newline belongs to the line it ends; behind the last one there is no line.
        let end = match last.kind {
            TokenKind::Newline => last.range.start,
            _ => last.range.end,
        };
        let end = end.min(end_of_last_line(self.source.text));
        end > place && self.line_of(end) > self.line_of(place)
    }

    /// Whether CPython's tokenizer has met the end of the text.
    fn has_read_end(&self) -> bool {
        let last = self.source.tokens[self.last_read()];
        let is_end = match last.kind {
            TokenKind::EndMarker => true,
            TokenKind::Dedent => last.range.start >= end_of_last_line(self.source.text),
            _ => false,
        };
        is_end || self.has_read_all()
    }

    /// Whether CPython's tokenizer met the end of the text behind the last token read. It
    /// looks at what is behind each but a string, and behind an empty one for a third quote.
    fn has_read_all(&self) -> bool {
        let last = self.source.tokens[self.last_read()];
        let is_string = match last.kind {
            TokenKind::String => {
                let text = &self.source.text[last.range.as_usize()];
                let quotes = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
                quotes.len() > 2
            }
            kind => matches!(kind, TokenKind::FStringEnd | TokenKind::TStringEnd),
        };
        self.source.bare && !is_string && last.range.end as usize == self.source.text.len()
    }

    /// CPython reads the rest of the text for errors of the tokenizer, some of
    /// which matter more than those of the parser.
    fn or_lexical(&mut self, error: SyntaxError) -> SyntaxError {
        let read = self.last_read();
        let next = self
            .source
            .lex_errors
            .iter()
            .find(|next| next.token as usize > read);
        let wrong = next.and_then(|next| self.source.tokens.get(next.token as usize));
        self.warn_of_tokens(wrong.map_or(u32::MAX, |token| token.range.start));
        let Some(next) = next else {
            return error;
        };
        if next.never_closed && self.is_in_fstring(next.token as usize) {
            return error;
        }
        let line = self.line_of(self.source.tokens[read].range.start);
        if is_of_state(&next.error.message) {
            // Where the tokenizer only stops, an open bracket is what is wrong.
            let bracket = self.innermost_bracket(next.token as usize);
            let is_wrong = |bracket: &Token| {
                line > self.line_of(bracket.range.start) && !self.is_in_fstring(next.token as usize)
            };
            return match bracket.filter(is_wrong) {
                Some(bracket) => {
                    let opened = &self.source.text[bracket.range.as_usize()];
                    let message = format!("'{opened}' was never closed");
                    SyntaxError {
                        raised: Raised::BehindLine,
                        columns: Columns::NoEnd,
                        ..SyntaxError::new(message, TextRange::empty(bracket.range.start))
                    }
                }
                None => error,
            };
        }
        let wins = if next.never_closed {
            line > self.line_of(next.error.range.start)
        } else {
            // In an f-string the parser knows better what is wrong.
            next.error.kind == ErrorKind::Syntax && !self.is_in_fstring(next.token as usize)
        };
        if wins {
            lexical(next, self.source)
        } else {
            error
        }
    }
}

impl Engine<'_> {
    /// The last bracket before a token that is not closed there.
    fn innermost_bracket(&self, token: usize) -> Option<Token> {
        let mut open = Vec::new();
        for token in self.source.tokens.iter().take(token) {
            match token.kind {
                TokenKind::LPar | TokenKind::LSqb | TokenKind::LBrace => open.push(*token),
                TokenKind::RPar | TokenKind::RSqb | TokenKind::RBrace => _ = open.pop(),
                _ => {}
            }
        }
        open.pop()
    }

    /// Whether an f-string or t-string is open before a token.
    fn is_in_fstring(&self, token: usize) -> bool {
        let mut depth = 0_i32;
        for token in self.source.tokens.iter().take(token) {
            match token.kind {
                TokenKind::FStringStart | TokenKind::TStringStart => depth += 1,
                TokenKind::FStringEnd | TokenKind::TStringEnd => depth -= 1,
                _ => {}
            }
        }
        depth > 0
    }
}

/// Errors that CPython's tokenizer notes as its state, not as an exception.
fn is_of_state(message: &str) -> bool {
    message == CONTINUATION || message == END_OF_FILE
}

const CONTINUATION: &str = "unexpected character after line continuation character";
const END_OF_FILE: &str = "unexpected EOF while parsing";

/// Whether a string of one line that begins here meets the end of the text and no newline:
/// CPython puts one behind the last line if that is not bare, but a backslash may escape it.
fn reaches_end(string: &str, source: Source<'_>) -> bool {
    let mut rest = string.as_bytes().iter();
    let mut escaped = false;
    while let Some(&byte) = rest.next() {
        escaped = byte == b'\\';
        if escaped {
            if rest.next() == Some(&b'\r') && rest.as_slice().first() == Some(&b'\n') {
                rest.next();
            }
        } else if matches!(byte, b'\n' | b'\r') {
            return false;
        }
    }
    source.bare || escaped
}

/// The offset of the newline that ends a text, or of its end.
fn end_of_last_line(text: &str) -> u32 {
    let line = text.strip_suffix('\n').unwrap_or(text);
    line.strip_suffix('\r').unwrap_or(line).len() as u32
}

/// An error of the lexer with CPython's columns.
pub(crate) fn lexical(error: &LexError, source: Source<'_>) -> SyntaxError {
    let range = error.error.range;
    let text = source.text.as_bytes();
    let newline = memchr::memchr2(b'\n', b'\r', &text[range.start as usize..]);
    let line_end = newline.map_or(text.len() as u32, |length| range.start + length as u32);
    let columns = error.error.columns;
    // What its tokenizer notes as its state the parser raises, of a bracket at the text's end.
    let raised = match error.error.kind {
        ErrorKind::Syntax if error.never_closed => match line_end < end_of_last_line(source.text) {
            true => Raised::BehindLine,
            false => Raised::AtLine,
        },
        ErrorKind::Syntax if !is_of_state(&error.error.message) => error.error.raised,
        _ => Raised::AtLine,
    };
    let error_at = |range, columns| SyntaxError {
        range,
        raised,
        ..error.error.clone().with_columns(columns)
    };
    if error.error.message == END_OF_FILE {
        return error_at(range, Columns::AtEnd);
    }
    if error.error.message == CONTINUATION {
        let start = read_together(range.start as usize, source) as u32;
        // Its tokenizer puts a newline behind the last line.
        let columns = if start > line_end && (newline.is_some() || !source.bare) {
            Columns::BehindNewline
        } else {
            Columns::NoEnd
        };
        let place = source
            .text
            .floor_char_boundary(start.min(line_end) as usize);
        return error_at(TextRange::empty(place as u32), columns);
    }
    if error.never_closed
        || is_of_state(&error.error.message)
        || error.error.kind == ErrorKind::Tab
        || error.error.message == "too many levels of indentation"
    {
        return error_at(range, Columns::NoEnd);
    }
    if error.error.kind == ErrorKind::Indentation && error.error.message.starts_with("unindent") {
        let columns = if source.bare && newline.is_none() {
            Columns::Indent
        } else {
            Columns::AtEnd
        };
        return error_at(TextRange::empty(line_end), columns);
    }
    error_at(range, columns)
}

/// Where CPython takes a place to be whose column it counts from the start of what it
/// holds in memory: that is more than the line at `at` if the line before ends within a
/// token or in a backslash.
fn read_together(at: usize, source: Source<'_>) -> usize {
    let text = source.text.as_bytes();
    let start_of = |at: usize| {
        let newline = memchr::memrchr2(b'\n', b'\r', &text[..at]);
        newline.map_or(0, |newline| newline + 1)
    };
    let line = start_of(at);
    let mut first = line;
    while first > 0 && goes_on(first, source) {
        first = start_of(first - 1);
    }
    at + (line - first)
}

/// Whether the line that starts at `line` goes on with a token or a line from before.
fn goes_on(line: usize, source: Source<'_>) -> bool {
    let next = source
        .tokens
        .partition_point(|token| (token.range.start as usize) < line);
    let Some(before) = next.checked_sub(1).map(|index| source.tokens[index]) else {
        return false;
    };
    let end = before.range.end as usize;
    if end >= line {
        return end > line && before.kind != TokenKind::Newline;
    }
    let between = &source.text[end..line];
    !between.contains('#') && between.trim_end_matches(['\n', '\r']).ends_with('\\')
}
