//! Docstrings: which statement is one, and how its indentation is taken away.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter};
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
    let indentation = |line: &str| {
        let spaces = line.bytes().take_while(|&byte| byte == b' ');
        spaces.count()
    };
    let mut lines = lines(&text);
    let first = lines.next().unwrap_or_default();
    let mut margin = usize::MAX;
    for line in lines.clone() {
        let spaces = indentation(line);
        if spaces < line.len() {
            margin = margin.min(spaces);
        }
    }
    let mut clean = String::with_capacity(text.len());
    clean.push_str(&first[indentation(first)..]);
    for line in lines {
        clean.push('\n');
        // A line that is shorter is blank.
        clean.push_str(match margin {
            usize::MAX => line,
            margin => line.get(margin..).unwrap_or_default(),
        });
    }
    clean
}

/// The lines of a text, without the line feeds between them.
fn lines(text: &str) -> impl Iterator<Item = &str> + Clone {
    let mut start = 0;
    let ends = memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    ends.map(move |end| {
        let line = &text[start..end];
        start = end + 1;
        line
    })
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
