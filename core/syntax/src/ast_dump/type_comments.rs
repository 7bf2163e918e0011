//! Type comments: what `# type: ...` says, for those who parse with
//! `type_comments=True`, as `python -m ast` does.
//!
//! The parser knows comments only by their places. Here each type comment is
//! given to the statement or parameter that CPython's grammar lets it stand
//! behind; anywhere else it is a syntax error, as in CPython.

use std::collections::HashMap;

use super::value::Value;
use crate::error::{Columns, ErrorKind, MessageLine, SyntaxError};
use crate::module::{FirstError, Module, ModuleSegment};
use crate::position::TextRange;
use crate::tree::{Arg, Expr, For, FunctionDef, List, Stmt, StmtId, Tree};

/// The type comments of a file.
#[derive(Clone, Debug, Default)]
pub struct TypeComments {
    /// By the start of the node, in the file.
    of_nodes: HashMap<u32, String>,
    /// Where an assignment ends without its comment, and with it, in the file.
    ends: HashMap<u32, u32>,
    /// Line, and what follows `ignore`.
    ignores: Vec<(u32, String)>,
}

impl TypeComments {
    /// Finds those of a file without syntax errors, whose text this is.
    ///
    /// # Errors
    /// Where one stands that belongs to nothing.
    pub fn find(module: &Module, text: &str) -> Result<Self, FirstError> {
        let mut found = Self::default();
        for segment in &module.segments {
            let reader = Reader {
                tree: &segment.parsed.tree,
                text: &text[segment.range.as_usize()],
                comments: &segment.parsed.comments,
            };
            reader
                .read(segment, &mut found)
                .map_err(|error| FirstError::new(in_file(error, segment), text))?;
        }
        Ok(found)
    }

    /// The comment of the node that starts there.
    pub(super) fn of(&self, start: u32) -> Option<&str> {
        self.of_nodes.get(&start).map(String::as_str)
    }

    /// Where a statement ends that ends there without comments: CPython counts the
    /// comment of an assignment as its last token.
    pub(super) fn end(&self, end: u32) -> u32 {
        self.ends.get(&end).copied().unwrap_or(end)
    }

    pub(super) fn ignores(&self) -> Vec<Value> {
        let nodes = self.ignores.iter().map(|(line, tag)| {
            let fields = vec![
                ("lineno", Value::Int(i64::from(*line))),
                ("tag", Value::Text(tag.clone())),
            ];
            Value::node("TypeIgnore", fields)
        });
        nodes.collect()
    }
}

fn in_file(error: SyntaxError, segment: &ModuleSegment) -> SyntaxError {
    SyntaxError {
        range: error.range.shifted(segment.range.start),
        line: error.line.map(|line| line.shifted(segment.first_line)),
        ..error
    }
}

/// One segment.
struct Reader<'a> {
    tree: &'a Tree,
    text: &'a str,
    comments: &'a [TextRange],
}

impl Reader<'_> {
    fn read(&self, segment: &ModuleSegment, found: &mut TypeComments) -> Result<(), SyntaxError> {
        for (index, &comment) in self.comments.iter().enumerate() {
            let Some(said) = said(&self.text[comment.as_usize()]) else {
                continue;
            };
            let whole = TextRange::new(comment.end - said.len() as u32, comment.end);
            if let Some(tag) = ignored(said) {
                let line = segment.parsed.lines.line_column(comment.start).line;
                let mut tag = tag.to_owned();
                if self.begins_line(comment.start) && !self.is_within(comment.start) {
                    // Alone on its line, it takes the newline along.
                    tag.push('\n');
                }
                found.ignores.push((segment.first_line + line + 1, tag));
                continue;
            }
            let owner = self.owner(index, comment, whole)?;
            let code = self.code_before(index) as u32;
            if self.assignment(code).is_some() {
                let start = segment.range.start;
                found.ends.insert(start + code, start + comment.end);
            }
            let previous = found
                .of_nodes
                .insert(segment.range.start + owner, said.to_owned());
            if previous.is_some() {
                return Err(self.twice(owner, whole));
            }
        }
        Ok(())
    }

    /// The start of the node that a comment belongs to.
    fn owner(&self, index: usize, at: TextRange, said: TextRange) -> Result<u32, SyntaxError> {
        let misplaced = || SyntaxError::new("invalid syntax", said);
        let tree = self.tree;
        let before = self.code_before(index);
        let in_expression = tree.ids::<Expr>().any(|id| {
            let range = tree.range(id);
            range.start < at.start && at.start < range.end
        });
        if in_expression {
            return Err(misplaced());
        }
        let own_line = self.begins_line(at.start);
        let header = tree
            .ids::<Stmt>()
            .filter(|&id| {
                let body = self.body(id).and_then(|body| tree.list(body).next());
                let begins = body.map(|first| tree.range(first).start);
                tree.range(id).start < at.start && begins.is_some_and(|begins| at.start < begins)
            })
            .max_by_key(|&id| tree.range(id).start);
        let Some(id) = header else {
            return match self.assignment(before as u32) {
                Some(id) if !own_line => Ok(tree.range(id).start),
                _ => Err(misplaced()),
            };
        };
        let start = tree.range(id).start;
        let is_def = matches!(tree[id], Stmt::FunctionDef(_));
        match self.text.as_bytes()[before - 1] {
            b':' if !own_line || is_def => Ok(start),
            b':' => {
                let name = match tree[id] {
                    Stmt::For(_) => "for",
                    _ => "with",
                };
                let message =
                    format!("expected an indented block after '{name}' statement on line {{line}}");
                let line = crate::line_index::newlines_in(&self.text.as_bytes()[..start as usize]);
                Err(SyntaxError::new(message, said)
                    .with_kind(ErrorKind::Indentation)
                    .with_line(MessageLine::OfSegment(line)))
            }
            _ if is_def => self.parameter(id, at, before, said),
            _ => Err(misplaced()),
        }
    }

    /// The assignment that ends there.
    fn assignment(&self, end: u32) -> Option<StmtId> {
        let tree = self.tree;
        tree.ids::<Stmt>()
            .find(|&id| matches!(tree[id], Stmt::Assign { .. }) && tree.range(id).end == end)
    }

    /// The parameter that a comment between the parentheses belongs to.
    fn parameter(
        &self,
        id: StmtId,
        at: TextRange,
        before: usize,
        said: TextRange,
    ) -> Result<u32, SyntaxError> {
        let tree = self.tree;
        let start = tree.range(id).start;
        let args = tree.ids::<Arg>().map(|arg| tree.range(arg).start);
        let last = args.filter(|arg| (start..at.start).contains(arg)).max();
        let code = self.text[..before].trim_end();
        let code = code.strip_suffix(',').map_or(code, str::trim_end);
        match (last, code.as_bytes().last()) {
            (_, Some(b'*')) => Err(SyntaxError::new("bare * has associated type comment", said)),
            (Some(arg), Some(byte)) if !matches!(byte, b'/' | b'(') => Ok(arg),
            _ => Err(SyntaxError::new("invalid syntax", said)),
        }
    }

    fn twice(&self, owner: u32, said: TextRange) -> SyntaxError {
        let tree = self.tree;
        let first = tree
            .ids::<Stmt>()
            .find(|&id| tree.range(id).start == owner)
            .and_then(|id| self.body(id))
            .and_then(|body| tree.list(body).next());
        match first {
            Some(first) => {
                let at = TextRange::empty(tree.range(first).start);
                SyntaxError::new("Cannot have two type comments on def", at)
                    .with_columns(Columns::Indent)
            }
            None => SyntaxError::new("invalid syntax", said),
        }
    }

    /// The body of a statement that may have a comment behind its header.
    fn body(&self, id: StmtId) -> Option<List<Stmt>> {
        match self.tree[id] {
            Stmt::For(id) => Some({
                let For { body, .. } = self.tree[id];
                body
            }),
            Stmt::With { body, .. } => Some(body),
            Stmt::FunctionDef(id) => Some({
                let FunctionDef { body, .. } = self.tree[id];
                body
            }),
            _ => None,
        }
    }

    /// Whether nothing stands before a comment on its line.
    fn begins_line(&self, at: u32) -> bool {
        let before = &self.text[..at as usize];
        let line = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        before[line..].trim().is_empty()
    }

    /// Whether a place is inside a statement on one logical line.
    fn is_within(&self, at: u32) -> bool {
        self.tree.ids::<Expr>().any(|id| {
            let range = self.tree.range(id);
            range.start < at && at < range.end
        })
    }

    /// Where the code before a comment ends, other comments aside.
    fn code_before(&self, index: usize) -> usize {
        let mut end = self.comments[index].start as usize;
        for before in self.comments[..index].iter().rev() {
            end = self.text[..end].trim_end().len();
            if before.end as usize != end {
                break;
            }
            end = before.start as usize;
        }
        self.text[..end].trim_end().len()
    }
}

/// What stands behind `# type: `, whose spaces are optional.
fn said(comment: &str) -> Option<&str> {
    let blanks = [' ', '\t'];
    let rest = comment.strip_prefix('#')?.trim_start_matches(blanks);
    Some(rest.strip_prefix("type:")?.trim_start_matches(blanks))
}

/// What follows `ignore`.
fn ignored(said: &str) -> Option<&str> {
    let tag = said.strip_prefix("ignore")?;
    let goes_on = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii();
    (!tag.starts_with(goes_on)).then_some(tag)
}
