//! The tree as text: byte for byte what `python3.14 -m ast` prints.
//!
//! A tree becomes plain data first (`value`), which is then laid out as
//! `ast.dump` does or written as JSON. Recursion is bounded by the height that
//! the parser guarantees for trees.

mod build;
mod convert;
mod expr;
mod func_type;
mod optimize;
mod stmt;
mod type_comments;
mod value;

pub use build::{BuildError, module as build};
pub use func_type::func_type;
pub use optimize::Optimize;
pub use type_comments::TypeComments;
pub use value::{ConstantBox, Value};

use crate::module::Module;
use crate::version::Version;

/// The options of `python -m ast`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Spaces an indentation level has; `None` puts everything on one line.
    pub indent: Option<usize>,
    /// Adds line numbers and column offsets.
    pub include_attributes: bool,
    /// Shows empty lists too.
    pub show_empty: bool,
    /// What is folded and dropped, as before compiling.
    pub optimize: Optimize,
    /// What stands around the statements.
    pub root: Root,
    /// The version of CPython whose trees they are, and whose `ast.dump` lays them out.
    pub version: Version,
}

impl Default for Options {
    /// As the command line's.
    fn default() -> Self {
        Self {
            indent: Some(3),
            include_attributes: false,
            show_empty: false,
            optimize: Optimize::default(),
            root: Root::Module,
            version: Version::default(),
        }
    }
}

/// The outermost node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Root {
    /// `Module`, of mode `exec`.
    Module,
    /// `Expression`, of mode `eval`.
    Expression,
    /// `Interactive`, of mode `single`.
    Interactive,
}

/// A module as plain data.
pub fn value(module: &Module, options: Options) -> Value {
    value_with(module, options, &TypeComments::default())
}

/// A module with its type comments as plain data.
pub fn value_with(module: &Module, options: Options, comments: &TypeComments) -> Value {
    let convert = |segment| convert::Converter::new(segment, options, comments);
    let body: Vec<Value> = module
        .segments
        .iter()
        .flat_map(|segment| convert(segment).body())
        .collect();
    let mut root = match options.root {
        Root::Module => Value::node(
            "Module",
            vec![
                ("body", Value::List(body)),
                ("type_ignores", Value::List(comments.ignores())),
            ],
        ),
        Root::Interactive => Value::node("Interactive", vec![("body", Value::List(body))]),
        Root::Expression => {
            let expression = body.into_iter().next().and_then(Value::into_expression);
            Value::node(
                "Expression",
                vec![("body", expression.unwrap_or(Value::None))],
            )
        }
    };
    options.optimize.apply(&mut root, false);
    root
}

/// What `python3.14 -m ast` prints, without the final newline.
///
/// # Errors
/// Where CPython's recursion limit is reached.
pub fn dump(module: &Module, options: Options) -> Result<String, TooDeep> {
    value(module, options).dump_as(options)
}

/// The same as JSON: a node is an object whose `_type` is its class.
///
/// # Errors
/// As `dump`.
pub fn json(module: &Module, options: Options) -> Result<String, TooDeep> {
    value(module, options).json()
}

/// `ast.dump` recurses, and so gives up on what is nested too deep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooDeep;

impl std::fmt::Display for TooDeep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecursionError: maximum recursion depth exceeded")
    }
}
