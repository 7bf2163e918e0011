//! Docstrings: which statement is one, and how its indentation is taken away.

use std::borrow::Cow;

use memchr::memchr;
use vitrine_syntax::tree::{Constant, Expr, List, Stmt, StmtId};
use vitrine_syntax::wtf8::{Wtf8, Wtf8Box};

use super::error::Result;
use super::{Codegen, CompileError, CompileErrorKind};
use crate::instruction::Location;

impl<'a> Codegen<'a> {
    /// The string that a body begins with.
    pub(super) fn docstring(&self, body: List<Stmt>) -> Option<Wtf8<'a>> {
        self.string_statement(self.tree.list(body).next()?)
    }

    pub(super) fn string_statement(&self, statement: StmtId) -> Option<Wtf8<'a>> {
        let Stmt::Expr { value } = self.tree[statement] else {
            return None;
        };
        let Expr::Constant { value, .. } = self.tree[value] else {
            return None;
        };
        match self.tree.constant(value) {
            Constant::Str(text) => Some(text),
            _ => None,
        }
    }

    /// A docstring without its indentation. CPython encodes it, and cannot encode
    /// every string.
    pub(super) fn clean_docstring(&self, text: Wtf8<'_>) -> Result<Wtf8Box> {
        let is_surrogate = |point: &u32| (0xD800..0xE000).contains(point);
        if let Some(text) = text.as_str() {
            return Ok(clean(text).into());
        }
        let points = || text.code_points();
        let start = points().take_while(|point| !is_surrogate(point)).count();
        let count = points().skip(start).take_while(is_surrogate).count();
        let place = match (points().nth(start), count) {
            (Some(point), 1) => format!("character '\\u{point:x}' in position {start}"),
            _ => format!("characters in position {start}-{}", start + count - 1),
        };
        Err(Box::new(CompileError::new(
            CompileErrorKind::Encode,
            format!("'utf-8' codec can't encode {place}: surrogates not allowed"),
            Location::NONE,
        )))
    }

    pub(super) fn is_string_statement(&self, statement: StmtId) -> bool {
        self.string_statement(statement).is_some()
    }
}

/// `inspect.cleandoc`, but blank lines at the ends stay (`_PyCompile_CleanDoc`).
pub(crate) fn clean(text: &str) -> String {
    let text = expand_tabs(text);
    let mut lines = Lines { rest: Some(&text) };
    let first = lines.next().unwrap_or_default();
    let mut clean = String::with_capacity(text.len());
    clean.push_str(first.trim_start_matches(' '));
    let start = clean.len();
    // Nearly always the first line that is not blank is indented the least.
    let margin = lines.clone().find_map(indentation).unwrap_or(0);
    if !{ lines.clone() }.all(|line| append(line, margin, &mut clean)) {
        clean.truncate(start);
        let margin = lines.clone().filter_map(indentation).min().unwrap_or(0);
        lines.for_each(|line| {
            append(line, margin, &mut clean);
        });
    }
    clean
}

/// How far a line is indented, unless it is blank.
fn indentation(line: &str) -> Option<usize> {
    line.bytes().position(|byte| byte != b' ')
}

/// Appends a line without so much of its indentation; whether it is indented so far, or blank.
#[inline]
fn append(line: &str, margin: usize, clean: &mut String) -> bool {
    let spaces = { line.bytes().take(margin) }
        .take_while(|&byte| byte == b' ')
        .count();
    clean.push('\n');
    clean.push_str(&line[spaces..]);
    spaces == margin || spaces == line.len()
}

/// The lines of a text, without the line feeds between them.
#[derive(Clone)]
struct Lines<'t> {
    rest: Option<&'t str>,
}

impl<'t> Iterator for Lines<'t> {
    type Item = &'t str;

    #[inline]
    fn next(&mut self) -> Option<&'t str> {
        let rest = self.rest?;
        let end = memchr(b'\n', rest.as_bytes());
        self.rest = end.map(|end| &rest[end + 1..]);
        Some(&rest[..end.unwrap_or(rest.len())])
    }
}

/// `str.expandtabs`: columns count code points, from each line's start.
fn expand_tabs(text: &str) -> Cow<'_, str> {
    const TAB_SIZE: usize = 8;
    if memchr(b'\t', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut expanded = String::with_capacity(text.len());
    let mut column = 0;
    for character in text.chars() {
        match character {
            '\t' => {
                let spaces = TAB_SIZE - column % TAB_SIZE;
                expanded.extend(std::iter::repeat_n(' ', spaces));
                column += spaces;
                continue;
            }
            '\n' | '\r' => column = 0,
            _ => column += 1,
        }
        expanded.push(character);
    }
    Cow::Owned(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_is_taken_away() {
        for (text, expected) in [
            ("", ""),
            ("one", "one"),
            ("  one", "one"),
            ("one\n    two\n      three\n    ", "one\ntwo\n  three\n"),
            ("one\n\n\ttwo\n", "one\n\ntwo\n"),
            ("é\t|\n  \n  x", "é       |\n\nx"),
            ("   \n  ", "\n  "),
            ("\n  a\n b", "\n a\nb"),
        ] {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }
}
