//! A file as a list of parsed segments.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use crate::error::{ErrorKind, Location, SyntaxError, SyntaxWarning};
use crate::feature_version;
use crate::lexer::{self, Lexed};
use crate::line_index::{LineColumn, LineIndex};
use crate::parser::diagnose::{self, ALL_FEATURES, FLUFL, Source};
use crate::parser::{self, Mode, Workspace};
use crate::position::TextRange;
use crate::segment;
use crate::token::{Token, TokenKind};
use crate::tree::Tree;
use crate::version::Version;

/// What parsing made of one segment. Positions count from the segment's start.
#[derive(Clone, Debug, Default)]
pub struct ParsedSegment {
    /// The statements and all below them.
    pub tree: Tree,
    /// Where the segment's lines begin.
    pub lines: LineIndex,
    /// What was wrong: first what CPython would report, were this the whole text,
    /// then the rest in the order of the text.
    pub errors: Vec<SyntaxError>,
    /// What CPython's lexer and parser warn of, in their order.
    pub warnings: Vec<SyntaxWarning>,
    /// The comments, `#` included.
    pub comments: Vec<TextRange>,
}

/// A parsed segment at its place in a file.
#[derive(Clone, Debug)]
pub struct ModuleSegment {
    /// The segment's bytes in the file's text (after decoding, without a BOM).
    pub range: TextRange,
    /// The file's 0-based line on which the segment begins.
    pub first_line: u32,
    /// Shared: equal text has equal parses wherever it stands.
    pub parsed: Arc<ParsedSegment>,
}

/// A whole file.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// In the order of the text, covering all of it.
    pub segments: Vec<ModuleSegment>,
}

/// The error that CPython reports for a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FirstError {
    /// With positions in the file.
    pub error: SyntaxError,
    /// The message, completed.
    pub message: String,
    /// Where CPython says it is.
    pub location: Location,
    /// What CPython has warned of before, in its order.
    pub warnings: Vec<PlacedWarning>,
}

/// A `SyntaxWarning` at its place in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlacedWarning {
    /// CPython's message.
    pub message: Cow<'static, str>,
    /// The line that CPython names, from 0.
    pub line: u32,
    /// Lines from 0, columns from 0 in bytes.
    pub start: LineColumn,
    /// The same.
    pub end: LineColumn,
}

impl FirstError {
    /// An error whose positions are those of the whole text.
    pub fn new(error: SyntaxError, text: &str) -> Self {
        let lines = LineIndex::new(text);
        let line_count = lines.line_count() - u32::from(text.ends_with(['\n', '\r']));
        let message = error.text(0, line_count).into_owned();
        let mut location = error.location(text, &lines, 0);
        if text.is_empty() {
            // What CPython has not read a line of has no line.
            (location.lineno, location.end_lineno) = (0, 0);
        }
        Self {
            error,
            message,
            location,
            warnings: Vec::new(),
        }
    }

    /// The same error behind warnings whose positions are those of the whole text.
    pub fn behind(mut self, warnings: &[SyntaxWarning], text: &str) -> Self {
        if !warnings.is_empty() {
            let lines = LineIndex::new(text);
            self.warnings = place_warnings(warnings, &lines, 0).collect();
        }
        self
    }
}

/// Warnings of a piece of text that begins on a file's 0-based line.
fn place_warnings<'a>(
    warnings: &'a [SyntaxWarning],
    lines: &'a LineIndex,
    first_line: u32,
) -> impl Iterator<Item = PlacedWarning> + 'a {
    let place = move |offset: u32| {
        let at = lines.line_column(offset);
        LineColumn {
            line: first_line + at.line,
            ..at
        }
    };
    warnings.iter().map(move |warning| PlacedWarning {
        message: warning.message.clone(),
        line: { warning.line }
            .map_or_else(|| place(warning.range.start).line, |line| first_line + line),
        start: place(warning.range.start),
        end: place(warning.range.end),
    })
}

/// The warnings of a file's segments.
fn warnings_of(segments: &[ModuleSegment]) -> impl Iterator<Item = PlacedWarning> + '_ {
    segments.iter().flat_map(|segment| {
        let ParsedSegment {
            warnings, lines, ..
        } = &*segment.parsed;
        place_warnings(warnings, lines, segment.first_line)
    })
}

impl Module {
    /// What CPython's lexer and parser warn of, in their order.
    pub fn warnings(&self) -> impl Iterator<Item = PlacedWarning> + '_ {
        warnings_of(&self.segments)
    }

    /// The one error that CPython reports for the file, whose text this is.
    ///
    /// It may depend on more than a segment: CPython's tokenizer reads ahead,
    /// and so the text is read once more, from the first wrong segment on.
    pub fn first_error(&self, text: &str) -> Option<FirstError> {
        self.first_error_as(text, Version::default())
    }

    /// The same for a file that was parsed by a version's grammar.
    pub fn first_error_as(&self, text: &str, version: Version) -> Option<FirstError> {
        let is_wrong = |segment: &ModuleSegment| !segment.parsed.errors.is_empty();
        let first_wrong = self.segments.iter().position(is_wrong)?;
        let wrong = &self.segments[first_wrong];
        let in_segment = || {
            let error = wrong.parsed.errors[0].clone();
            SyntaxError {
                range: error.range.shifted(wrong.range.start),
                line: error.line.map(|line| line.shifted(wrong.first_line)),
                ..error
            }
        };
        // Where CPython's parser or compiler gave up, nothing else counts.
        let kind = wrong.parsed.errors[0].kind;
        if matches!(kind, ErrorKind::Recursion | ErrorKind::Memory) {
            return Some(FirstError::new(in_segment(), text));
        }
        let lexed = lexer::lex_to_end(text);
        let mut token = lexed
            .tokens
            .partition_point(|token| token.range.start < wrong.range.start);
        while lexed.tokens[token].kind == TokenKind::Dedent {
            token += 1;
        }
        // What is right by itself CPython takes for a statement of Python 2, or for a
        // subscript with an assignment in it, once anything behind it is wrong.
        let word = |token: &Token| &text[token.range.as_usize()];
        if lexed.tokens[..token].windows(3).any(|next| {
            let kinds = (next[1].kind, next[2].kind);
            match word(&next[0]) {
                "print" | "exec" => matches!(
                    kinds.0,
                    TokenKind::LSqb
                        | TokenKind::Minus
                        | TokenKind::Plus
                        | TokenKind::Tilde
                        | TokenKind::Star
                ),
                "type" => kinds == (TokenKind::Name, TokenKind::LSqb),
                _ => false,
            }
        }) {
            token = 0;
        }
        let source = Source {
            text,
            tokens: &lexed.tokens,
            lex_errors: &lexed.errors,
            lex_warnings: &lexed.warnings,
            bare: false,
            version,
            feature_version: ALL_FEATURES,
        };
        let Some(report) = diagnose::first_error_from(source, token) else {
            return Some(FirstError::new(in_segment(), text));
        };
        let mut first = FirstError::new(report.error, text).behind(&report.warnings, text);
        if token > 0 {
            let right = &self.segments[..first_wrong];
            first.warnings.splice(0..0, warnings_of(right));
        }
        Some(first)
    }
}

/// The error that CPython reports for a text, if any.
pub fn first_error(text: &str, mode: Mode) -> Option<FirstError> {
    if mode == Mode::Exec {
        return parse_module(text).first_error(text);
    }
    let error = parse_as(text, mode, Version::default())
        .errors
        .into_iter()
        .next()?;
    let warned = feature_version::first_error(text, mode, ALL_FEATURES);
    Some(FirstError {
        warnings: warned.map_or_else(Vec::new, |first| first.warnings),
        ..FirstError::new(error, text)
    })
}

/// Parses one segment, or any statements.
pub fn parse_segment(text: &str) -> ParsedSegment {
    parse_segment_as(text, Version::default())
}

/// The same by the grammar of a version.
pub fn parse_segment_as(text: &str, version: Version) -> ParsedSegment {
    parse_as(text, Mode::Exec, version)
}

/// Parses one expression, as `eval` does; it is the one statement of the body.
pub fn parse_expression(text: &str) -> ParsedSegment {
    parse_as(text, Mode::Eval, Version::default())
}

/// Parses what one enters at the prompt.
pub fn parse_single(text: &str) -> ParsedSegment {
    parse_as(text, Mode::Single, Version::default())
}

fn parse_as(text: &str, mode: Mode, version: Version) -> ParsedSegment {
    let mut memory = Memory::of_thread();
    let mut parsed = memory.parse(text, mode, version);
    parsed.tree = memory.workspace.tree.exact();
    memory.leave(text);
    parsed
}

/// Parses one segment, or any statements, for a reader that gives them back by [`reuse`]:
/// the tree is not copied to memory of the right size.
pub fn parse_segment_for_now(text: &str) -> ParsedSegment {
    let mut memory = Memory::of_thread();
    let mut parsed = memory.parse(text, Mode::Exec, Version::default());
    parsed.tree = std::mem::take(&mut memory.workspace.tree);
    memory.leave(text);
    parsed
}

/// Leaves the memory of a text's tree to what the thread parses next.
pub fn reuse(parsed: ParsedSegment, text: &str) {
    let mut memory = Memory::of_thread();
    memory.workspace.tree = parsed.tree;
    memory.leave(text);
}

/// What one text leaves to the thread's next: memory is filled faster where it
/// need not grow, and is in the caches.
#[derive(Default)]
struct Memory {
    lexed: Lexed,
    workspace: Workspace,
}

thread_local! {
    static MEMORY: Cell<Memory> = Cell::default();
}

impl Memory {
    /// The longest text whose memory is kept, a few times that.
    const LONGEST: usize = 1 << 19;

    fn of_thread() -> Self {
        MEMORY.take()
    }

    fn leave(self, text: &str) {
        if text.len() <= Self::LONGEST {
            MEMORY.set(self);
        }
    }

    /// All but the tree, which is the workspace's.
    fn parse(&mut self, text: &str, mode: Mode, version: Version) -> ParsedSegment {
        let Self { lexed, workspace } = self;
        match mode {
            Mode::Exec => {
                lexed.reserve(text);
                lexer::lex_or_recover(text, lexed);
            }
            _ => *lexed = lex_whole(text, mode),
        }
        parse_tokens(text, lexed, mode, version, workspace)
    }
}

/// All tokens, as CPython's tokenizer gives them in a mode.
pub(crate) fn lex_whole(text: &str, mode: Mode) -> Lexed {
    if mode != Mode::Exec && is_bare(text) {
        lex_bare(text, mode)
    } else {
        lexer::lex_to_end(text)
    }
}

/// Whether the last line of a text has no newline.
pub(crate) fn is_bare(text: &str) -> bool {
    !text.ends_with(['\n', '\r'])
}

/// All but the tree, which is the workspace's.
fn parse_tokens(
    text: &str,
    lexed: &mut Lexed,
    mode: Mode,
    version: Version,
    workspace: &mut Workspace,
) -> ParsedSegment {
    let outcome = parser::parse(text, &lexed.tokens, mode, version, workspace);
    let source = Source {
        text,
        tokens: &lexed.tokens,
        lex_errors: &lexed.errors,
        lex_warnings: &lexed.warnings,
        bare: mode != Mode::Exec && is_bare(text),
        version,
        feature_version: ALL_FEATURES,
    };
    let errors = diagnose::all_errors(source, mode, &outcome);
    let warnings = in_order(std::mem::take(&mut lexed.warnings), outcome.warnings);
    ParsedSegment {
        tree: Tree::default(),
        lines: LineIndex::new(text),
        errors,
        warnings,
        comments: lexed.comments.as_slice().into(),
    }
}

/// Warnings in CPython's order: the lexer's as it meets what they are of, the parser's where it
/// has read to. Text that was read twice is warned of once.
fn in_order(
    of_lexer: Vec<SyntaxWarning>,
    of_parser: Vec<(u32, SyntaxWarning)>,
) -> Vec<SyntaxWarning> {
    if of_parser.is_empty() {
        return of_lexer;
    }
    let of_lexer = { of_lexer.into_iter() }.map(|warning| (warning.range.start, true, warning));
    let of_parser = { of_parser.into_iter() }.map(|(at, warning)| (at, false, warning));
    let mut all: Vec<_> = of_lexer.chain(of_parser).collect();
    all.sort_by_key(|(at, of_lexer, warning)| (*at, *of_lexer, warning.range.start));
    all.dedup();
    all.into_iter().map(|(_, _, warning)| warning).collect()
}

/// Tokens of a text that CPython puts no newline behind: then what its last line
/// consists of, be it blanks alone, is an indentation, and a backslash at its end
/// joins it to nothing. A character that is no token stands for the end meanwhile.
fn lex_bare(text: &str, mode: Mode) -> Lexed {
    use TokenKind::*;
    let (before, last_line) = text.split_at(text.rfind(['\n', '\r']).map_or(0, |at| at + 1));
    let is_blank = last_line
        .bytes()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\x0c'));
    if !text.ends_with('\\') && (last_line.is_empty() || !is_blank) {
        return lexer::lex_bare_to_end(text);
    }
    let end = text.len() as u32;
    let mut lexed = lexer::lex_bare_to_end(&format!("{text}$"));
    let stands_for_end = |token: &Token| token.kind == Invalid && token.range.start == end;
    let index = lexed.tokens.iter().rposition(stands_for_end);
    let Some(index) = index.filter(|&index| index > 0) else {
        return lexer::lex_bare_to_end(text);
    };
    lexed.tokens.remove(index..index + 1);
    if mode == Mode::Single
        && let [.., before, newline, indent] = lexed.tokens[..index]
        && before.kind != Colon
        && (newline.kind, indent.kind) == (Newline, Indent)
        && !matches!(
            lexed.tokens[0].kind,
            At | Async | Class | Def | For | If | Try | While | With
        )
    {
        // Blanks may follow a simple statement.
        let end_marker = lexed.tokens.len() - 1;
        lexed.tokens.remove(index - 1..end_marker);
    }
    for token in lexed.tokens.iter_mut() {
        token.range.end = token.range.end.min(end);
        token.range.start = token.range.start.min(end);
    }
    for error in &mut lexed.errors {
        error.token -= u32::from(error.token > index as u32);
        // CPython finds nothing behind the backslash, and so points at it; unless
        // it is on a line that another backslash joined to the one before.
        let is_joined = before.trim_end_matches(['\n', '\r']).ends_with('\\');
        let last = if text.ends_with('\\') && !is_joined {
            end - 1
        } else {
            end
        };
        error.error.range.start = error.error.range.start.min(last);
        error.error.range.end = error.error.range.end.min(end);
    }
    lexed
}

/// Splits a file into segments and parses them. As long as nothing is wrong,
/// finding the end of a segment and lexing it is one and the same.
pub fn parse_module(text: &str) -> Module {
    parse_module_as(text, Version::default())
}

/// The same by the grammar of a version.
pub fn parse_module_as(text: &str, version: Version) -> Module {
    let mut segments = Vec::new();
    let mut scan = segment::Scan::new(text);
    let mut memory = Memory::of_thread();
    let Memory { lexed, workspace } = &mut memory;
    let (mut start, mut first_line) = (0, 0);
    // What the feature says may matter to all that follows.
    let is_whole = text.contains(FLUFL);
    while start < text.len() {
        let rest = &text[start..];
        let found = if is_whole {
            None
        } else {
            lexer::lex_segment(rest, lexed)
        };
        let len = found.unwrap_or_else(|| {
            let end = if is_whole {
                text.len()
            } else {
                scan.segment(start)
            };
            let len = end - start;
            lexer::lex_to_recover(&rest[..len], lexed);
            len
        });
        let rest = &rest[..len];
        let mut parsed = parse_tokens(rest, lexed, Mode::Exec, version, workspace);
        parsed.tree = workspace.tree.exact();
        let lines = parsed.lines.line_count() - 1;
        segments.push(ModuleSegment {
            range: TextRange::new(start as u32, (start + len) as u32),
            first_line,
            parsed: Arc::new(parsed),
        });
        start += len;
        first_line += lines;
    }
    memory.leave(text);
    Module { segments }
}
