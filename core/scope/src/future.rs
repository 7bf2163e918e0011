//! `from __future__ import ...` (`Python/future.c`).

use std::borrow::Cow;

use vitrine_syntax::error::SyntaxError;
use vitrine_syntax::module::{FirstError, Module};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{Constant, Expr, Stmt, StmtId, Tree};

/// The features that `__future__` imports of a file turn on, as far as they
/// still mean something.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Future {
    /// `co_flags` bits (`CO_FUTURE_*`) of all features imported.
    pub flags: u32,
    /// Annotations are evaluated where they stand and have no blocks: before 3.14, whose
    /// type parameters are functions without a parameter besides.
    pub annotates_at_once: bool,
}

impl Future {
    const ANNOTATIONS: u32 = 0x100_0000;

    /// Whether annotations stay text.
    pub const fn annotations(self) -> bool {
        self.flags & Self::ANNOTATIONS != 0
    }

    /// The bits a feature sets; `None` if there is no such feature.
    fn of(name: &str) -> Option<u32> {
        Some(match name {
            "nested_scopes" | "generators" | "division" | "absolute_import" | "with_statement"
            | "print_function" | "unicode_literals" | "generator_stop" => 0,
            "barry_as_FLUFL" => 0x40_0000,
            "annotations" => Self::ANNOTATIONS,
            _ => return None,
        })
    }
}

/// What a segment says about `__future__`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct FutureShare {
    /// Features of the `__future__` imports that lead the segment.
    pub(crate) leading: Future,
    /// How many of the segment's `__future__` imports lead it.
    pub(crate) leading_count: usize,
    /// Features that do not exist, in the leading imports.
    pub(crate) errors: Vec<SyntaxError>,
    /// Whether nothing but `__future__` imports and a docstring is in the segment.
    pub(crate) only_leading: bool,
    /// Whether the first statement is a string and so would be the docstring.
    pub(crate) begins_with_string: bool,
    pub(crate) is_empty: bool,
}

impl FutureShare {
    pub(crate) fn of(tree: &Tree) -> Self {
        let mut share = Self {
            only_leading: true,
            is_empty: tree.body().is_empty(),
            ..Self::default()
        };
        for (at, id) in tree.list(tree.body()).enumerate() {
            match tree[id] {
                Stmt::ImportFrom { names, .. } if is_future_import(tree, id) => {
                    share.leading_count += 1;
                    for alias in tree.list(names) {
                        let name = tree.name(tree[alias].name);
                        match Future::of(name) {
                            Some(flags) => share.leading.flags |= flags,
                            None => share.errors.push(unknown_feature(name, tree.range(alias))),
                        }
                    }
                }
                Stmt::Expr { value } if at == 0 && is_string(tree, value) => {
                    share.begins_with_string = true;
                }
                _ => {
                    share.only_leading = false;
                    break;
                }
            }
        }
        share
    }
}

/// The first feature that a file wants of `__future__` and that does not exist: `ast.parse`
/// says so too, and nothing else that CPython finds out behind its parser.
pub fn future_error(module: &Module, text: &str) -> Option<FirstError> {
    let mut first = true;
    for segment in &module.segments {
        let share = FutureShare::of(&segment.parsed.tree);
        if share.is_empty {
            continue;
        }
        if share.begins_with_string && !first {
            break;
        }
        first = false;
        if let Some(error) = share.errors.into_iter().next() {
            let range = error.range.shifted(segment.range.start);
            return Some(FirstError::new(SyntaxError { range, ..error }, text));
        }
        if !share.only_leading {
            break;
        }
    }
    None
}

/// Whether an error is one of those above, or of a `from __future__ import` too far down.
/// CPython finds these before it looks at anything else of a tree.
pub fn is_future_error(error: &SyntaxError) -> bool {
    error.message == "not a chance"
        || error.message.starts_with("future feature ")
        || error.message.starts_with("from __future__ imports ")
}

fn unknown_feature(name: &str, range: TextRange) -> SyntaxError {
    let message = match name {
        "braces" => Cow::Borrowed("not a chance"),
        _ => Cow::Owned(format!("future feature {name} is not defined")),
    };
    SyntaxError::new(message, range)
}

pub(crate) fn is_future_import(tree: &Tree, stmt: StmtId) -> bool {
    matches!(tree[stmt], Stmt::ImportFrom { module: Some(module), level: 0, .. } if tree.name(module) == "__future__")
}

pub(crate) fn is_string(tree: &Tree, expr: vitrine_syntax::tree::ExprId) -> bool {
    matches!(tree[expr], Expr::Constant { value, .. } if matches!(tree.constant(value), Constant::Str(_)))
}
