//! `tokens`, `ast` and `symtable`: what CPython's modules of the same
//! purpose print.

use std::io::{self, Write};

use serde_json::{Value, json};
use vitrine_bytecode::ast;
use vitrine_bytecode::code::CodeObject;
use vitrine_bytecode::compile::{
    CompileError, CompileOptions, Compiled, Mode, SyntaxWarning, compile_parsed, parse_for,
};
use vitrine_bytecode::target::Target;
use vitrine_scope::{ModuleScopes, SegmentScopes};
use vitrine_syntax::ast_dump::{self, Optimize, Root};
use vitrine_syntax::module::Module;
use vitrine_syntax::version::Version;
use vitrine_syntax::{repr, tokenize};

use super::args;
use super::failure::Failure;
use super::input::SourceText;
use super::symbols_json;

pub(super) fn tokens(args: &args::Tokens) -> Result<(), Failure> {
    let source = args.input.read()?;
    if !args.json {
        return match tokenize::dump(&source.bytes, &source.name, args.exact) {
            Ok(text) => print(text.trim_end_matches('\n')),
            Err(error) => Err(Failure::in_source(error.line(&source.name))),
        };
    }
    let (tokens, error) = tokenize::tokens(&source.bytes, &source.name);
    let place = |(line, column): (u32, u32)| json!({ "line": line, "column": column });
    let tokens = tokens.iter().map(|token| {
        json!({
            "type": token.kind,
            "exact_type": token.exact_kind,
            "string": token.string,
            "start": place(token.start),
            "end": place(token.end),
        })
    });
    print(&Value::Array(tokens.collect()).to_string())?;
    error.map_or(Ok(()), |error| {
        Err(Failure::in_source(error.line(&source.name)))
    })
}

pub(super) fn ast(args: &args::Ast) -> Result<(), Failure> {
    let source = args.input.read()?.decode_for_compile()?;
    let version = args.target_version.map(Version::of_minor);
    let options = ast_dump::Options {
        indent: Some(args.indent),
        include_attributes: args.include_attributes,
        show_empty: args.show_empty,
        optimize: Optimize::of_level(args.optimize),
        root: match args.mode {
            args::Mode::Exec | args::Mode::FuncType => Root::Module,
            args::Mode::Eval => Root::Expression,
            args::Mode::Single => Root::Interactive,
        },
        version: version.unwrap_or_default(),
    };
    let request = ast::Request {
        type_comments: !args.no_type_comments,
        feature_version: args.feature_version,
        target_version: args.target_version,
        func_type: args.mode == args::Mode::FuncType,
    };
    let parsed =
        ast::parse(&source.text, request, options).map_err(|error| source.failure(&error))?;
    source.warn(&parsed.warnings);
    let text = if args.json {
        parsed.tree.json()
    } else {
        parsed.tree.dump_as(options)
    };
    match text {
        Ok(text) => print(&text),
        Err(too_deep) => Err(Failure::in_source(too_deep.to_string())),
    }
}

pub(super) fn symtable(args: &args::Symtable) -> Result<(), Failure> {
    let source = args.input.read()?.decode_for_compile()?;
    let module = parsed(&source, Mode::Exec)?;
    let trees = || module.segments.iter().map(|segment| &segment.parsed.tree);
    let future = ModuleScopes::future(trees());
    let scopes: Vec<_> = trees()
        .map(|tree| SegmentScopes::build(tree, future))
        .collect();
    let segments: Vec<_> = trees().zip(&scopes).collect();
    let merged = ModuleScopes::merge(segments.iter().copied());
    let warnings: Vec<_> = module.warnings().map(SyntaxWarning::from).collect();
    if !merged.errors.is_empty() {
        let compiled = compile(&source, &module, Mode::Exec, 0, Target::default());
        if let Err(mut error) = compiled {
            // The compiler's own warnings come where it compiles.
            error.warnings = warnings;
            return Err(source.failure(&error));
        }
    }
    source.warn(&warnings);
    if args.json {
        return print(&symbols_json::module(&merged, &segments).to_string());
    }
    let mut name = String::new();
    repr::str(&mut name, &source.name.as_str().into());
    let text = vitrine_scope::dump::text(&name, &merged, &segments);
    print(text.strip_suffix('\n').unwrap_or(&text))
}

/// The tree of a text without syntax errors.
pub(super) fn parsed(source: &SourceText, mode: Mode) -> Result<Module, Failure> {
    parsed_for(source, mode, Target::default())
}

/// The same by the grammar of a target.
pub(super) fn parsed_for(
    source: &SourceText,
    mode: Mode,
    target: Target,
) -> Result<Module, Failure> {
    let module = parse_for(&source.text, mode, target);
    if module
        .segments
        .iter()
        .any(|segment| !segment.parsed.errors.is_empty())
    {
        compiled(source, &module, mode, 0, target)?;
    }
    Ok(module)
}

/// The code of a text that compiles. Prints warnings.
pub(super) fn compiled(
    source: &SourceText,
    module: &Module,
    mode: Mode,
    optimize: u8,
    target: Target,
) -> Result<CodeObject, Failure> {
    let compiled =
        compile(source, module, mode, optimize, target).map_err(|error| source.failure(&error))?;
    source.warn(&compiled.warnings);
    Ok(compiled.code)
}

fn compile(
    source: &SourceText,
    module: &Module,
    mode: Mode,
    optimize: u8,
    target: Target,
) -> Result<Compiled, Box<CompileError>> {
    let options = CompileOptions {
        filename: source.name.as_str().into(),
        mode,
        optimize,
        target,
        ..CompileOptions::default()
    };
    compile_parsed(&source.text, module, &options)
}

/// Prints a text and a newline.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}
