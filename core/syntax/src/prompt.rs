//! What is typed at a prompt, line by line: whether more of it may follow.
//!
//! The flags `PyCF_DONT_IMPLY_DEDENT` and `PyCF_ALLOW_INCOMPLETE_INPUT` of `compile`, by
//! which CPython's `codeop` tells the unfinished from the wrong.

use crate::lexer::Lexed;
use crate::module::{FirstError, is_bare, lex_whole};
use crate::parser::Mode;
use crate::parser::diagnose::{self, ALL_FEATURES, Source};
use crate::token::TokenKind;
use crate::version::Version;

/// How input is read that may go on.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Reading {
    /// The end of the text ends no block: that takes an empty line.
    pub implies_no_dedent: bool,
    /// What is wrong at the end of the text is unfinished.
    pub allows_incomplete: bool,
}

/// Why input cannot be compiled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// What CPython says.
    pub error: FirstError,
    /// Whether more may follow that mends it.
    pub is_incomplete: bool,
}

impl Reading {
    /// What the parser says of an input; nothing if it can be compiled.
    pub fn check(self, text: &str, mode: Mode) -> Option<Refused> {
        let mut lexed = lex_whole(text, mode);
        let is_bare = mode != Mode::Exec && is_bare(text);
        if self.implies_no_dedent && mode == Mode::Single && is_bare {
            remove_last_dedents(&mut lexed);
        }
        let source = Source {
            text,
            tokens: &lexed.tokens,
            lex_errors: &lexed.errors,
            lex_warnings: &lexed.warnings,
            bare: is_bare,
            version: Version::default(),
            feature_version: ALL_FEATURES,
        };
        let incomplete = match self.allows_incomplete {
            true => diagnose::incomplete(source, mode),
            false => None,
        };
        let is_incomplete = incomplete.is_some();
        let report = incomplete.or_else(|| diagnose::first_error(source, mode))?;
        Some(Refused {
            error: FirstError::new(report.error, text).behind(&report.warnings, text),
            is_incomplete,
        })
    }
}

/// Removes the dedents that stand for the end of the text.
fn remove_last_dedents(lexed: &mut Lexed) {
    let end = lexed.tokens.len().saturating_sub(1);
    let is_dedent = |index: &usize| lexed.tokens[*index].kind == TokenKind::Dedent;
    let start = (0..end).rev().take_while(is_dedent).last();
    lexed.tokens.remove(start.unwrap_or(end)..end);
}
