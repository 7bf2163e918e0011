//! `ast.parse(feature_version=...)`: what CPython 3.14 refuses of a text that is to be
//! read by an older version, in its words and at its columns.
//!
//! CPython looks at few features, and as its parser meets them, so the same table tells
//! as for its syntax errors: `since` in `grammar.peg`. What older versions lack besides is
//! for `target_version` to say.

use crate::module::{FirstError, Module, is_bare, lex_whole};
use crate::parser::Mode;
use crate::parser::diagnose::{self, Report, Source};
use crate::tree::*;
use crate::version::Version;

/// The first minor version for which CPython 3.14 refuses nothing.
const CURRENT: u8 = 14;

/// The error that CPython reports for a text that Python 3.`minor` is to read, if any.
pub fn first_error(text: &str, mode: Mode, minor: u8) -> Option<FirstError> {
    with_source(text, mode, minor, |source| {
        diagnose::first_error(source, mode)
    })
}

/// The same for a signature as type comments have it.
pub fn first_error_in_func_type(text: &str, minor: u8) -> Option<FirstError> {
    with_source(text, Mode::Eval, minor, diagnose::first_error_in_func_type)
}

fn with_source(
    text: &str,
    mode: Mode,
    feature_version: u8,
    first_error: impl FnOnce(Source<'_>) -> Option<Report>,
) -> Option<FirstError> {
    let lexed = lex_whole(text, mode);
    let report = first_error(Source {
        text,
        tokens: &lexed.tokens,
        lex_errors: &lexed.errors,
        lex_warnings: &lexed.warnings,
        bare: mode != Mode::Exec && is_bare(text),
        version: Version::default(),
        feature_version,
    });
    report.map(|report| FirstError::new(report.error, text).behind(&report.warnings, text))
}

/// The oldest minor version whose features suffice for trees that were read, or a newer one.
pub fn needed(module: &Module, text: &str) -> u8 {
    let trees = module.segments.iter().map(|segment| {
        let text = &text[segment.range.as_usize()];
        of_tree(&segment.parsed.tree, text)
    });
    trees.max().unwrap_or(0)
}

fn of_tree(tree: &Tree, text: &str) -> u8 {
    let statements = tree.ids::<Stmt>().map(|id| match tree[id] {
        Stmt::FunctionDef(def) if tree[def].is_async => 5,
        Stmt::For(node) if tree[node].is_async => 5,
        Stmt::With { is_async: true, .. } => 5,
        Stmt::AugAssign {
            op: Operator::MatMult,
            ..
        } => 5,
        Stmt::AnnAssign { .. } => 6,
        Stmt::Match { .. } => 10,
        Stmt::TypeAlias { .. } => 12,
        Stmt::Try(node) => {
            let bare = |id: Id<ExceptHandler>| match tree[id].r#type.map(|ty| (ty, tree[ty])) {
                Some((ty, Expr::Tuple { elts, .. })) => tree
                    .list(elts)
                    .next()
                    .is_some_and(|first| tree.range(first).start == tree.range(ty).start),
                _ => false,
            };
            match tree[node] {
                Try { handlers, .. } if tree.list(handlers).any(bare) => CURRENT,
                Try { is_star: true, .. } => 11,
                _ => 0,
            }
        }
        _ => 0,
    });
    let expressions = tree.ids::<Expr>().map(|id| match tree[id] {
        Expr::BinOp {
            op: Operator::MatMult,
            ..
        }
        | Expr::Await { .. } => 5,
        Expr::NamedExpr { .. } => 8,
        Expr::TemplateStr { .. } => CURRENT,
        Expr::Constant { value, .. } => match tree.constant(value) {
            Constant::Int(_) | Constant::BigInt(_) | Constant::Float(_) | Constant::Complex(_)
                if text[tree.range(id).as_usize()].contains('_') =>
            {
                6
            }
            _ => 0,
        },
        _ => 0,
    });
    let comprehensions = tree
        .ids::<Comprehension>()
        .map(|id| if tree[id].is_async { 6 } else { 0 });
    let arguments = tree.ids::<Arguments>().map(|id| {
        let positional_only = tree.list(tree[id].posonlyargs).next();
        positional_only.map_or(0, |_| 8)
    });
    let type_params = tree.ids::<TypeParam>().map(|id| match tree[id] {
        TypeParam::TypeVar { default_value, .. }
        | TypeParam::ParamSpec { default_value, .. }
        | TypeParam::TypeVarTuple { default_value, .. } => default_value.map_or(12, |_| 13),
    });
    statements
        .chain(expressions)
        .chain(comprehensions)
        .chain(arguments)
        .chain(type_params)
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{first_error, needed};
    use crate::module::parse_module;
    use crate::parser::Mode;

    /// The first version that reads the text, and what CPython 3.14 says of the one before.
    #[track_caller]
    fn check(text: &str, since: u8, what: &str, columns: (i32, i32)) {
        assert_eq!(needed(&parse_module(text), text), since, "{text}");
        assert_eq!(first_error(text, Mode::Exec, since), None, "{text}");
        let error = first_error(text, Mode::Exec, since - 1).expect(text);
        let expected = format!("{what} only supported in Python 3.{since} and greater");
        assert_eq!(error.message, expected, "{text}");
        let at = (error.location.offset, error.location.end_offset);
        assert_eq!(at, columns, "{text}");
    }

    #[test]
    fn cpythons_words() {
        for (text, since, what, columns) in [
            ("x: int = 3\n", 6, "Variable annotation syntax is", (11, 12)),
            ("x.a: int\n", 6, "Variable annotations syntax is", (9, 10)),
            ("a @= b\n", 5, "The '@' operator is", (3, 5)),
            ("a @ b\n", 5, "The '@' operator is", (6, 7)),
            ("async def f(): pass\n", 5, "Async functions are", (20, 21)),
            ("await x\n", 5, "Await expressions are", (8, 9)),
            (
                "lambda: [x async for x in y]\n",
                6,
                "Async comprehensions are",
                (28, 29),
            ),
            (
                "lambda a, /: 1\n",
                8,
                "Positional-only parameters are",
                (12, 13),
            ),
            ("f(x := 1)\n", 8, "Assignment expressions are", (9, 10)),
            (
                "match x:\n case 1: pass\n",
                10,
                "Pattern matching is",
                (14, -1),
            ),
            (
                "try: pass\nexcept* A: pass\n",
                11,
                "Exception groups are",
                (16, -1),
            ),
            ("type X = int\n", 12, "Type statement is", (13, 14)),
            ("def f[T](): pass\n", 12, "Type parameter lists are", (8, 9)),
            (
                "def f[T=int](): pass\n",
                13,
                "Type parameter defaults are",
                (12, 13),
            ),
            ("t'{x}'\n", 14, "t-strings are", (6, 7)),
            (
                "try: pass\nexcept A, B: pass\n",
                14,
                "except expressions without parentheses are",
                (18, 19),
            ),
            ("1_000\n", 6, "Underscores in numeric literals are", (1, 6)),
        ] {
            check(text, since, what, columns);
        }
    }
}
