//! What happens where the text is no statement: the only place that skips tokens.
//!
//! The rest of the logical line is dropped and stands in the tree as one
//! `Stmt::Invalid`. Statements before it on the line are kept. If an indented
//! block follows, its statements are kept: below the compound statement whose
//! header was broken (with `Expr::Invalid` for what could not be read), or, when
//! not even that is known, behind the `Invalid`.

use std::ops::Range;

use super::{Failed, Parsed, Parser};
use crate::position::TextRange;
use crate::token::TokenKind::*;
use crate::tree::{Expr, ExprId, List, Stmt, StmtId};

/// How much of a list is built; failing goes back to it.
pub(super) struct Checkpoint {
    /// Index of the first token of the statement.
    pub(super) first: usize,
    scratch: usize,
    second: usize,
    depth: u32,
}

impl Checkpoint {
    /// The length of `scratch` when the statement began.
    pub(super) fn list_length(&self) -> usize {
        self.scratch
    }
}

impl Parser<'_> {
    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            first: self.pos,
            scratch: self.scratch.len(),
            second: self.second.len(),
            depth: self.depth,
        }
    }

    /// Drops half-built lists.
    fn back_to(&mut self, checkpoint: &Checkpoint) {
        self.scratch.truncate(checkpoint.scratch);
        self.second.truncate(checkpoint.second);
        self.depth = checkpoint.depth;
    }

    /// Notes that the statement which begins at the token `first` is wrong.
    pub(super) fn note_broken(&mut self, first: usize) {
        let end = self.pos.max(first + 1);
        let tokens = self.tokens;
        // A bracket that closes what was lost is no mistake of its own.
        let closes = |last: &Range<usize>| {
            matches!(tokens[first].kind, RPar | RSqb | RBrace)
                && tokens[last.end.min(first)..first]
                    .iter()
                    .all(|token| matches!(token.kind, Newline | Indent | Dedent))
        };
        // Nor is a clause behind the block of a statement that was lost.
        let is_clause = matches!(tokens[first].kind, Elif | Else | Except | Finally)
            && self.behind_broken == Some(first)
            || self.is_in_stray_block && self.text[tokens[first].range.as_usize()] == *"case";
        // An indent that may not be, and what follows it, are one.
        let is_indented =
            |last: &Range<usize>| last.end == first && tokens[last.start].kind == Indent;
        match self.broken.last_mut() {
            Some(_) if is_clause => {}
            Some(last) if last.start == first || closes(last) || is_indented(last) => {
                last.end = end.max(last.end);
            }
            _ => self.broken.push(first..end),
        }
    }

    /// Goes to the end of the logical line, not over it.
    fn skip_line(&mut self) {
        while !matches!(self.kind, Newline | EndMarker | Indent | Dedent) {
            self.bump();
        }
    }

    /// Makes an `Invalid` of the statement that failed, onto `scratch`.
    pub(super) fn recover(&mut self, checkpoint: &Checkpoint) {
        self.back_to(checkpoint);
        self.skip_line();
        self.note_broken(checkpoint.first);
        // One of no tokens (blanks alone at the end of what `eval` reads) stands where the
        // statements around it may end.
        let start = if self.pos == checkpoint.first {
            self.prev_end
        } else {
            self.tokens[checkpoint.first].range.start
        };
        let invalid = self.add(Stmt::Invalid, start);
        self.push(invalid);
        self.eat(Newline);
        self.stray_block();
        if self.pos == checkpoint.first {
            self.bump();
        }
        self.behind_broken = Some(self.pos);
    }

    /// The statements of a block that belongs to nothing, onto `scratch`.
    fn stray_block(&mut self) {
        if self.at(Indent) {
            let before = self.before_block(self.broken.last().map(|last| last.start));
            // As deep as the lexer lets blocks nest, so this recursion is bounded.
            self.bump();
            let outer = std::mem::replace(&mut self.is_in_stray_block, true);
            while !matches!(self.kind, Dedent | EndMarker) {
                self.statement();
            }
            self.is_in_stray_block = outer;
            self.eat(Dedent);
            self.forgive(before);
        }
    }

    /// At the indent of a block behind the statement that began at the token `first`: what
    /// to give `forgive` behind the block, if the statement is broken and has no colon.
    pub(super) fn before_block(&self, first: Option<usize>) -> Option<(usize, usize)> {
        let newline = self.tokens[..self.pos]
            .iter()
            .rposition(|token| token.kind == Newline)?;
        let is_header = newline > 0 && self.tokens[newline - 1].kind == Colon;
        let is_broken = self.broken.last().map(|last| last.start) == first;
        (first.is_some() && is_broken && !is_header)
            .then_some((self.scratch.len(), self.broken.len()))
    }

    /// What is wrong in a block is no mistake of its own where its statements are the rest
    /// of a broken line whose bracket was lost.
    pub(super) fn forgive(&mut self, before: Option<(usize, usize)>) {
        if let Some((statements, broken)) = before
            && self.begins_within_brackets(statements)
        {
            let block = &self.tokens[..self.pos];
            let end = block.iter().rposition(|token| token.kind == Newline);
            let end = end.unwrap_or(self.pos);
            self.broken.truncate(broken);
            if let Some(line) = self.broken.last_mut() {
                line.end = line.end.max(end);
            }
        }
    }

    /// Whether the first of the statements from there on `scratch` is none that one writes.
    fn begins_within_brackets(&self, statements: usize) -> bool {
        let first = self.scratch.get(statements);
        let Some(first) = first.and_then(|&raw| StmtId::from_raw(raw)) else {
            return false;
        };
        match self.tree[first] {
            Stmt::Invalid => true,
            Stmt::Expr { value } => matches!(
                self.tree[value],
                Expr::Tuple { .. } | Expr::Name { .. } | Expr::Attribute { .. }
            ),
            _ => false,
        }
    }

    /// An indent where none may be.
    pub(super) fn unexpected_indent(&mut self) {
        self.note_broken(self.pos);
        // Behind the last token, as the block around ends there if nothing follows.
        let invalid = self
            .tree
            .add(Stmt::Invalid, TextRange::empty(self.prev_end));
        self.push(invalid);
        self.stray_block();
        self.behind_broken = Some(self.pos);
    }

    /// Reads the header of a compound statement and the colon behind it. If
    /// that fails but an indented block follows, the block still belongs to the
    /// statement that began at the token `first`, with `fallback` as its header.
    pub(super) fn header<T>(
        &mut self,
        first: usize,
        parse: impl FnOnce(&mut Self) -> Parsed<T>,
        fallback: impl FnOnce(&mut Self, ExprId) -> T,
    ) -> Parsed<T> {
        let checkpoint = self.checkpoint();
        let result = parse(self).and_then(|header| {
            self.expect(Colon)?;
            Ok(header)
        });
        if result.is_ok() {
            return result;
        }
        self.back_to(&checkpoint);
        if !self.line_opens_block() {
            return Err(Failed);
        }
        let start = self.tokens[checkpoint.first].range.start;
        self.skip_line();
        self.note_broken(first);
        let invalid = self.add(Expr::Invalid, start);
        Ok(fallback(self, invalid))
    }

    /// Whether the next newline is followed by an indent.
    fn line_opens_block(&self) -> bool {
        let rest = &self.tokens[self.pos..];
        let end = rest
            .iter()
            .position(|token| matches!(token.kind, Newline | Indent | Dedent | EndMarker));
        end.is_some_and(|end| {
            rest[end].kind == Newline && rest.get(end + 1).is_some_and(|token| token.kind == Indent)
        })
    }

    /// The body of a compound statement that has none.
    pub(super) fn missing_block(&mut self, first: usize) -> List<Stmt> {
        self.note_broken(first);
        let invalid = self
            .tree
            .add(Stmt::Invalid, TextRange::empty(self.prev_end));
        let mark = self.mark();
        self.push(invalid);
        self.finish(mark)
    }
}
