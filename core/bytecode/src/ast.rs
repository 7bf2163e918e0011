//! What `ast.parse` answers: a tree as plain data, or the error.

use vitrine_scope::future_error;
use vitrine_syntax::ast_dump::{self, Options, Root, TypeComments, Value};
use vitrine_syntax::feature_version;
use vitrine_syntax::module::{self, FirstError};
use vitrine_syntax::parser;
use vitrine_syntax::target_version::first_unsupported;

use crate::compile::{Mode, parse_as};

/// How a text is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Request {
    /// Whether type comments are part of the tree.
    pub type_comments: bool,
    /// The minor version of Python 3 whose features are enough, if that is to be checked.
    pub feature_version: Option<u8>,
    /// The minor version that is to have all of the text's syntax, if that is to be checked.
    pub target_version: Option<u8>,
    /// Whether it is a signature as type comments have it, rather than what `Options::root` says.
    pub func_type: bool,
}

/// Reads a text.
///
/// # Errors
/// What CPython reports.
pub fn parse(text: &str, request: Request, options: Options) -> Result<Value, FirstError> {
    if request.func_type {
        let minor = request.feature_version.unwrap_or(u8::MAX);
        return ast_dump::func_type(text, options, minor);
    }
    let (mode, parser_mode) = match options.root {
        Root::Module => (Mode::Exec, parser::Mode::Exec),
        Root::Expression => (Mode::Eval, parser::Mode::Eval),
        Root::Interactive => (Mode::Single, parser::Mode::Single),
    };
    let tree = parse_as(text, mode, options.version);
    let is_wrong = tree
        .segments
        .iter()
        .any(|segment| !segment.parsed.errors.is_empty());
    if let Some(minor) = request.feature_version
        && (is_wrong || feature_version::needed(&tree, text) > minor)
        && let Some(error) = feature_version::first_error(text, parser_mode, minor)
    {
        return Err(error);
    }
    let error = match mode {
        _ if !is_wrong => future_error(&tree, text).or_else(|| {
            let minor = request.target_version?;
            first_unsupported(&tree, text, minor)
        }),
        Mode::Exec => tree.first_error_as(text, options.version),
        _ => module::first_error(text, parser_mode),
    };
    if let Some(error) = error {
        return Err(error);
    }
    let comments = match request.type_comments {
        true => TypeComments::find(&tree, text)?,
        false => TypeComments::default(),
    };
    Ok(ast_dump::value_with(&tree, options, &comments))
}
