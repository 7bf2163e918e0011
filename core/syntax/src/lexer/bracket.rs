//! Brackets: their nesting, and what to do when one is missing.
//!
//! CPython reads on to the end of the file for a missing `)` and then reports
//! the innermost open bracket. So does this lexer, but once it knows that the
//! bracket never closes it goes back to the first line that began with a
//! statement keyword and reads on from there outside all brackets: what follows
//! a missing bracket keeps its tokens.

use super::indent::measure;
use super::{LexError, Lexer, keyword, name};
use crate::error::{MessageLine, SyntaxError};
use crate::token::{Token, TokenKind};

/// `MAXLEVEL`.
pub(super) const MAX_LEVEL: usize = 200;

/// How often one text is read again; more would not be linear.
const MAX_RECOVERIES: u32 = 8;

/// An open bracket.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Bracket {
    pub(super) byte: u8,
    pub(super) at: u32,
}

/// How many brackets a block can work with.
pub(super) const SLOTS: usize = 256;

/// The open brackets, the innermost last.
#[derive(Clone, Default, Debug)]
pub(super) struct Brackets {
    /// The open ones from 1 on; at 0 is none, and what is behind them has no meaning.
    slots: Vec<Bracket>,
    depth: usize,
}

impl Brackets {
    /// None is open, but there is room for some.
    pub(super) fn prepare(&mut self) {
        self.depth = 0;
        if self.slots.len() < SLOTS {
            self.slots.resize(SLOTS, Bracket::default());
        }
    }

    /// The first slots, and how many brackets are open, if another block's
    /// brackets certainly fit.
    #[inline]
    pub(super) fn few(&mut self) -> Option<(&mut [Bracket; SLOTS], u8)> {
        let depth = u8::try_from(self.depth).ok()?;
        let is_few = self.depth + super::block::LEN <= MAX_LEVEL;
        Some((self.slots.first_chunk_mut()?, depth)).filter(|_| is_few)
    }

    /// Takes what was done with the first slots.
    #[inline]
    pub(super) fn set_depth(&mut self, depth: u8) {
        self.depth = usize::from(depth);
    }

    fn push(&mut self, bracket: Bracket) {
        self.depth += 1;
        if self.depth >= self.slots.len() {
            self.slots.resize(self.depth + 1, bracket);
        }
        self.slots[self.depth] = bracket;
    }

    pub(super) fn truncate(&mut self, depth: usize) {
        self.depth = self.depth.min(depth);
    }
}

impl std::ops::Deref for Brackets {
    type Target = [Bracket];

    #[inline]
    fn deref(&self) -> &[Bracket] {
        self.slots.get(1..=self.depth).unwrap_or_default()
    }
}

/// The state at the start of a line.
#[derive(Clone, Debug)]
pub(super) struct Recovery {
    line: usize,
    tokens: usize,
    comments: usize,
    errors: usize,
    warnings: usize,
    innermost: Bracket,
    /// Where the outermost bracket is: the state is of no use to others.
    outermost: u32,
}

/// The token of a closing bracket, and the bracket that it closes.
#[inline]
fn closing(byte: u8) -> (TokenKind, u8) {
    match byte {
        b')' => (TokenKind::RPar, b'('),
        b']' => (TokenKind::RSqb, b'['),
        _ => (TokenKind::RBrace, b'{'),
    }
}

impl Lexer<'_> {
    /// Opens a bracket.
    pub(super) fn open(&mut self, byte: u8) {
        let at = self.pos;
        let kind = match byte {
            b'(' => TokenKind::LPar,
            b'[' => TokenKind::LSqb,
            _ => TokenKind::LBrace,
        };
        let too_deep = self.brackets.len() >= MAX_LEVEL;
        if too_deep && !self.reported.brackets {
            self.reported.brackets = true;
            self.error("too many nested parentheses", at);
        }
        self.brackets.push(Bracket {
            byte,
            at: at as u32,
        });
        if let Some(fstring) = self.fstrings.last_mut() {
            fstring.depth += 1;
        }
        // The parser need not follow any deeper.
        self.push(if too_deep { TokenKind::Invalid } else { kind }, 1);
    }

    /// Closes a bracket.
    pub(super) fn close(&mut self, byte: u8) {
        let (kind, opening) = closing(byte);
        if let Some(fstring) = self.fstrings.last_mut()
            && fstring.depth == 0
            && byte == b'}'
        {
            fstring.in_text = true;
            let letter = fstring.letter();
            self.error(
                format!("{letter}-string: single '}}' is not allowed"),
                self.pos,
            );
            return self.push(TokenKind::Invalid, 1);
        }
        if let Some(open) = self.left_open() {
            self.left_open.pop();
            if open.byte == opening {
                return self.push(kind, 1);
            }
            self.report_mismatch(byte, open);
        }
        match self.brackets.last() {
            Some(open) if open.byte == opening => self.pop_brackets(1, byte),
            Some(&open) => self.mismatch(byte, opening, open),
            None if self.lenient() => {}
            None => self.error(format!("unmatched '{}'", byte as char), self.pos),
        }
        self.push(kind, 1);
    }

    /// The brace that CPython has for the innermost bracket, though its string has ended.
    pub(super) fn left_open(&self) -> Option<Bracket> {
        let &(open, outer) = self.left_open.last()?;
        (self.brackets.len() <= outer && !self.lenient()).then_some(open)
    }

    /// Closes the `count` innermost brackets, of which the last may end an
    /// f-string's expression.
    fn pop_brackets(&mut self, count: usize, closing: u8) {
        self.brackets.truncate(self.brackets.len() - count);
        if let Some(fstring) = self.fstrings.last_mut() {
            fstring.depth = fstring.depth.saturating_sub(count as u32);
            if closing == b'}' && fstring.depth as i32 == fstring.expression_depth {
                fstring.expression_depth -= 1;
                fstring.in_text = true;
                fstring.in_format_spec = false;
            }
        }
    }

    /// A bracket is closed by one of another kind.
    fn mismatch(&mut self, byte: u8, opening: u8, open: Bracket) {
        let closing = byte as char;
        let fstring = self.fstrings.last();
        let is_expression =
            open.byte == b'{' && fstring.is_some_and(|f| f.depth as i32 - 1 == f.expression_depth);
        if is_expression {
            let letter = fstring.map_or('f', super::string::FString::letter);
            self.error(format!("{letter}-string: unmatched '{closing}'"), self.pos);
        } else if self.lenient() {
            // The `tokenize` module lets any bracket close any.
            return self.pop_brackets(1, byte);
        } else {
            self.report_mismatch(byte, open);
        }
        // The brackets in between were never closed, if there is one it closes;
        // an expression in an f-string is closed by its own brace only.
        let base = self.fstrings.last().map_or(0, |fstring| fstring.brackets);
        let inner = self.brackets[base..].iter().rev().take(MAX_LEVEL);
        if let Some(distance) = { inner }.position(|open| open.byte == opening) {
            self.pop_brackets(distance + 1, byte);
        }
    }

    fn report_mismatch(&mut self, byte: u8, open: Bracket) {
        let (closing, opened) = (byte as char, open.byte as char);
        let lines = (self.line_of(open.at as usize), self.line_of(self.pos));
        let message = format!(
            "closing parenthesis '{closing}' does not match opening parenthesis '{opened}'"
        );
        let at = Self::at(self.pos);
        self.report(if lines.0 == lines.1 {
            SyntaxError::new(message, at)
        } else {
            SyntaxError::new(message + " on line {line}", at)
                .with_line(MessageLine::OfSegment(lines.0))
        });
    }

    /// Remembers the line at `line`, if it would begin a statement were no
    /// bracket open.
    pub(super) fn note_recovery(&mut self, line: usize) {
        if self.to_end || self.is_hopeful || self.brackets.is_empty() || self.has_recovery() {
            return;
        }
        let blank = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b'\x0c');
        let start = line + self.bytes[line..].iter().take_while(blank).count();
        let begins_statement = match name::name(self.bytes, start) {
            Some((kind, _)) => {
                keyword::only_begins_statements(kind) || self.is_indented_like_statement(line)
            }
            None => self.byte(start) == b'@' && self.is_indented_like_statement(line),
        };
        if (begins_statement || self.is_behind_header(line, start))
            && let Some(&innermost) = self.brackets.last()
        {
            self.recovery = Some(Recovery {
                line: start,
                tokens: self.lexed.tokens.len(),
                comments: self.lexed.comments.len(),
                errors: self.lexed.errors.len(),
                warnings: self.lexed.warnings.len(),
                innermost,
                outermost: self.brackets[0].at,
            });
        }
    }

    fn has_recovery(&self) -> bool {
        let outermost = self.brackets.first();
        { &self.recovery }.as_ref().is_some_and(|recovery| {
            outermost.is_some_and(|outermost| outermost.at == recovery.outermost)
        })
    }

    /// Whether a line is indented no more than the statement that is being read,
    /// where that is to make a difference.
    fn is_indented_like_statement(&self, line: usize) -> bool {
        let statement = self.indents.last().copied().unwrap_or_default();
        self.by_lines && measure(self.bytes, line).indentation.column <= statement.column
    }

    /// Whether a line is the first of the block below a line that ends in a colon, and that
    /// begins as the header of a compound statement does.
    fn is_behind_header(&self, line: usize, start: usize) -> bool {
        use TokenKind::{Dedent, Indent, Newline};
        let tokens = &self.lexed.tokens;
        let ends_in_colon = tokens
            .last()
            .is_some_and(|token| token.kind == TokenKind::Colon);
        if !(self.by_lines && ends_in_colon) || matches!(self.byte(start), 0 | b'#' | b'\n' | b'\r')
        {
            return false;
        }
        // What is in brackets may be long; what stands before the first is not.
        let outermost = self.brackets.first().map_or(0, |bracket| bracket.at);
        let bracket = tokens.partition_point(|token| token.range.start < outermost);
        let before = { tokens[..bracket].iter().rev() }
            .take_while(|token| !matches!(token.kind, Newline | Indent | Dedent))
            .last();
        // A bracket before a keyword is what was mistyped.
        let is_opening = |token: &&Token| {
            matches!(
                token.kind,
                TokenKind::LPar | TokenKind::LSqb | TokenKind::LBrace
            )
        };
        let behind = || tokens[bracket..].iter().find(|token| !is_opening(token));
        let first = before.or_else(behind);
        let statement = self.indents.last().copied().unwrap_or_default();
        first.is_some_and(|first| keyword::begins_blocks(first.kind))
            && measure(self.bytes, line).indentation.column > statement.column
    }

    /// At the end of the text, inside a bracket: reports it, and goes back to
    /// the line that must have been meant to stand outside, if there is one.
    pub(super) fn reopen(&mut self) -> bool {
        let is_known = self.has_recovery() && self.recoveries < MAX_RECOVERIES;
        let recovery = self.recovery.take().filter(|_| is_known);
        self.recoveries += 1;
        let innermost = match &recovery {
            Some(recovery) => {
                self.lexed.tokens.truncate(recovery.tokens);
                self.lexed.comments.truncate(recovery.comments);
                self.lexed.errors.truncate(recovery.errors);
                self.lexed.warnings.truncate(recovery.warnings);
                self.pos = recovery.line;
                recovery.innermost
            }
            None => match (self.left_open(), self.brackets.last()) {
                (Some(innermost), _) | (None, Some(&innermost)) => innermost,
                (None, None) => return false,
            },
        };
        self.brackets.truncate(0);
        self.fstrings.clear();
        let message = format!("'{}' was never closed", innermost.byte as char);
        let error = SyntaxError::new(message, Self::at(innermost.at as usize));
        let token = self.lexed.tokens.len() as u32;
        self.lexed.errors.push(LexError {
            token,
            error,
            never_closed: true,
        });
        if recovery.is_none() {
            return false;
        }
        self.pos = self.line_begin();
        self.push(TokenKind::Newline, 0);
        self.pos = self.line_start(self.pos);
        true
    }
}
