//! How a piece of code is run: a file in one go, a cell statement by statement.
//!
//! A cell is compiled as a whole first, so that a mistake in its last line runs
//! nothing, as in CPython. Then each top-level statement runs by itself, and
//! shows its value beside its line: an expression's, or what was assigned.

use std::sync::Arc;

use vitrine_bytecode::code::CodeObject;
use vitrine_bytecode::compile::{
    self, CompileError, CompileOptions, Mode, compile_module, compile_source,
};
use vitrine_syntax::module::{Module, ModuleSegment};
use vitrine_syntax::tree::{Expr, ExprId, Stmt, Tree};

use super::protocol::{self, Execute, Outcome};
use super::serve::Output;
use crate::cli::syntax_error;

/// How long the `repr` of a value gets.
const MAX_REPR: usize = 2000;
/// How many names of one assignment are shown.
const MAX_NAMES: usize = 8;

/// What runs code objects.
pub(crate) trait Interpreter {
    /// Makes a fresh `__main__` for a file.
    fn fresh_main(&mut self, filename: &str) -> Result<(), Failure>;
    /// Runs a code object in `__main__`. Gives the `repr` of the value, unless
    /// that is None.
    fn run(&mut self, code: Arc<CodeObject>) -> Result<Option<String>, Failure>;
    /// The `repr` of a name of `__main__`.
    fn repr_of(&mut self, name: &str) -> Option<String>;
}

/// What ended a run before its end.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Interrupted, or a budget; else `Error`.
    pub(crate) outcome: Outcome,
    pub(crate) class: String,
    pub(crate) message: String,
    /// The innermost line of the file, from 1.
    pub(crate) line: Option<u32>,
    pub(crate) traceback: String,
}

/// Runs code and reports what comes of it.
pub(crate) fn evaluate(
    interpreter: &mut dyn Interpreter,
    code: &Execute,
    output: &Output,
) -> Outcome {
    match try_evaluate(interpreter, code, output) {
        Ok(()) => Outcome::Ok,
        Err(failure) => {
            if failure.outcome == Outcome::Error {
                output.error(
                    failure.class,
                    failure.message,
                    failure.line,
                    failure.traceback,
                );
            }
            failure.outcome
        }
    }
}

fn try_evaluate(
    interpreter: &mut dyn Interpreter,
    execute: &Execute,
    output: &Output,
) -> Result<(), Failure> {
    // Blank lines before it put the code on the lines that it has in its file.
    let above = execute.first_line.saturating_sub(1) as usize;
    let text: Arc<str> = format!("{}{}", "\n".repeat(above), execute.code).into();
    let options = CompileOptions {
        filename: execute.filename.as_str().into(),
        ..CompileOptions::default()
    };
    let failed = |error: Box<CompileError>| failure(&error, &execute.filename, &text);
    let whole = compile_source(&text, &options).map_err(failed)?;
    if execute.mode == protocol::Mode::File {
        interpreter.fresh_main(&execute.filename)?;
        interpreter.run(Arc::new(whole.code))?;
        return Ok(());
    }
    let module = compile::parse(&text, Mode::Exec);
    // What `from __future__ import` at its top turns on holds for all of it.
    let flags = compile::future_of(&module, &options).flags;
    let count = module.segments.len();
    for (at, segment) in module.segments.into_iter().enumerate() {
        let statement = Statement::of(&segment);
        let last_line = segment.first_line + last_line(&segment) + 1;
        let mode = if statement == Statement::Expression {
            Mode::Eval
        } else {
            Mode::Exec
        };
        let options = CompileOptions {
            mode,
            flags,
            ..options.clone()
        };
        let alone = Module {
            segments: vec![segment],
        };
        let code = compile_module(&alone, &options).map_err(failed)?.code;
        let value = interpreter.run(Arc::new(code))?;
        match statement {
            Statement::Expression => match value {
                Some(value) if at + 1 == count => output.result(last_line, shortened(value)),
                Some(value) => output.value(last_line, shortened(value)),
                None => {}
            },
            Statement::Assignment(names) => {
                for name in names {
                    if let Some(value) = interpreter.repr_of(&name) {
                        output.value(last_line, shortened(value));
                    }
                }
            }
            Statement::Other => {}
        }
    }
    Ok(())
}

fn failure(error: &CompileError, filename: &str, text: &str) -> Failure {
    Failure {
        outcome: Outcome::Error,
        class: error.kind.class_name().into(),
        message: error.message.clone().into_owned(),
        line: u32::try_from(error.location.line).ok(),
        traceback: syntax_error::render(error, filename, text),
    }
}

/// What a segment is, as far as showing its value goes.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Statement {
    Expression,
    /// The names that it binds.
    Assignment(Vec<String>),
    Other,
}

impl Statement {
    fn of(segment: &ModuleSegment) -> Self {
        let tree = &segment.parsed.tree;
        let mut body = tree.list(tree.body());
        let (Some(only), None) = (body.next(), body.next()) else {
            return Self::Other;
        };
        let mut names = Vec::new();
        match tree[only] {
            Stmt::Expr { .. } => return Self::Expression,
            Stmt::Assign { targets, .. } => {
                for target in tree.list(targets) {
                    bound(tree, target, &mut names);
                }
            }
            Stmt::AugAssign { target, .. }
            | Stmt::AnnAssign {
                target,
                value: Some(_),
                ..
            } => {
                bound(tree, target, &mut names);
            }
            _ => return Self::Other,
        }
        names.truncate(MAX_NAMES);
        Self::Assignment(names)
    }
}

fn bound(tree: &Tree, target: ExprId, names: &mut Vec<String>) {
    match tree[target] {
        Expr::Name { id, .. } => {
            let name = tree.name(id).to_owned();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Expr::Starred { value, .. } => bound(tree, value, names),
        Expr::Tuple { elts, .. } | Expr::List { elts, .. } => {
            for element in tree.list(elts) {
                bound(tree, element, names);
            }
        }
        _ => {}
    }
}

/// The line of the segment, from 0, on which its last statement ends.
fn last_line(segment: &ModuleSegment) -> u32 {
    let tree = &segment.parsed.tree;
    let end = tree
        .list(tree.body())
        .next_back()
        .map_or(0, |last| tree.range(last).end);
    segment.parsed.lines.line_column(end).line
}

fn shortened(mut value: String) -> String {
    if let Some((end, _)) = value.char_indices().nth(MAX_REPR) {
        value.truncate(end);
        value.push('\u{2026}');
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_told_apart() {
        let check = |text: &str, expected: Statement| {
            let module = compile::parse(text, Mode::Exec);
            assert_eq!(Statement::of(&module.segments[0]), expected, "{text}");
        };
        let names =
            |names: &[&str]| Statement::Assignment(names.iter().map(ToString::to_string).collect());
        check("1 + 1\n", Statement::Expression);
        check("# comment\n\n'text'", Statement::Expression);
        check("a; b\n", Statement::Other);
        check("a = b = 1\n", names(&["a", "b"]));
        check("(a, *b), c.d = 1\n", names(&["a", "b"]));
        check("a: int = 1\n", names(&["a"]));
        check("a: int\n", Statement::Other);
        check("def f(): pass\n", Statement::Other);
    }
}
