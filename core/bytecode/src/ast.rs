//! What `ast.parse` answers: a tree as plain data, or the error.

use vitrine_scope::future_error;
use vitrine_syntax::ast_dump::{self, Options, Root, TypeComments, Value};
use vitrine_syntax::feature_version;
use vitrine_syntax::module::{self, FirstError, PlacedWarning};
use vitrine_syntax::parser;
use vitrine_syntax::target_version::first_unsupported;

use crate::compile::{CompileError, Mode, SyntaxWarning, parse_as};

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

/// What a text says.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// As plain data.
    pub tree: Value,
    /// What CPython warns of, in its order.
    pub warnings: Vec<SyntaxWarning>,
}

/// Reads a text.
///
/// # Errors
/// What CPython reports, behind what it has warned of.
pub fn parse(text: &str, request: Request, options: Options) -> Result<Parsed, Box<CompileError>> {
    let warned = |warnings: Vec<PlacedWarning>| {
        let mut warnings: Vec<_> = warnings.into_iter().map(SyntaxWarning::from).collect();
        for warning in &mut warnings {
            let minor = request.feature_version.unwrap_or(u8::MAX);
            warning.is_deprecation = minor < WARNED_OF && is_parsers(&warning.message);
        }
        warnings
    };
    match read(text, request, options) {
        Ok((tree, warnings)) => Ok(Parsed {
            tree,
            warnings: warned(warnings),
        }),
        Err(mut error) => {
            let warnings = warned(std::mem::take(&mut error.warnings));
            Err(Box::new(CompileError {
                warnings,
                ..CompileError::from(error)
            }))
        }
    }
}

/// The minor version since which escapes of nothing are more than deprecated.
const WARNED_OF: u8 = 12;

/// Whether a warning is the parser's, of an escape; the lexer's do not look at versions.
fn is_parsers(message: &str) -> bool {
    let is_escaped_brace = message.starts_with("\"\\{\"") || message.starts_with("\"\\}\"");
    message.contains(" escape sequence. ") && !is_escaped_brace
}

fn read(
    text: &str,
    request: Request,
    options: Options,
) -> Result<(Value, Vec<PlacedWarning>), FirstError> {
    if request.func_type {
        let minor = request.feature_version.unwrap_or(u8::MAX);
        return ast_dump::func_type(text, options, minor).map(|tree| (tree, Vec::new()));
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
        _ if !is_wrong => {
            let error = future_error(&tree, text).or_else(|| {
                let minor = request.target_version?;
                first_unsupported(&tree, text, minor)
            });
            error.map(|error| FirstError {
                warnings: tree.warnings().collect(),
                ..error
            })
        }
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
    let warnings = tree.warnings().collect();
    Ok((ast_dump::value_with(&tree, options, &comments), warnings))
}
