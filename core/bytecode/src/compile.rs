//! From text to a code object: parse, symbol tables, code generation.
//!
//! CPython reports one error, and each step runs only if the one before found
//! none in the whole file; so do the functions here.

use std::sync::Arc;

use vitrine_scope::{Future, ModuleScopes, SegmentScopes, is_future_error};
use vitrine_syntax::error::{Raised, SyntaxError};
use vitrine_syntax::module::{
    Module, ModuleSegment, ParsedSegment, first_error, parse_expression, parse_module,
    parse_module_as, parse_segment_for_now, parse_single, reuse,
};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::target_version::first_unsupported;
use vitrine_syntax::version::Version;

use crate::code::{CodeFlags, CodeObject};
pub use crate::codegen::{CompileError, CompileErrorKind, CompileOptions, Mode, SyntaxWarning};
use crate::codegen::{Segment, generate, warnings_of_finally};
use crate::instruction::Location;
pub use crate::stages::StageTexts;
use crate::target::Target;

/// What compiling gives.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The module's code object, all others in its constants.
    pub code: CodeObject,
    /// In CPython's order.
    pub warnings: Vec<SyntaxWarning>,
}

/// Parses a text as `compile` does.
pub fn parse(text: &str, mode: Mode) -> Module {
    match mode {
        Mode::Exec => parse_module(text),
        Mode::Eval => one_segment(parse_expression(text), text.len()),
        Mode::Single => one_segment(parse_single(text), text.len()),
    }
}

/// Parses a text as `compile` of a target does.
pub fn parse_for(text: &str, mode: Mode, target: Target) -> Module {
    parse_as(text, mode, target.grammar())
}

/// Parses a text by the grammar of a version; what is no file always by 3.14's.
pub(crate) fn parse_as(text: &str, mode: Mode, version: Version) -> Module {
    if version != Version::default() && mode == Mode::Exec {
        return parse_module_as(text, version);
    }
    parse(text, mode)
}

fn one_segment(parsed: ParsedSegment, len: usize) -> Module {
    let range = TextRange::new(0, len as u32);
    Module {
        segments: vec![ModuleSegment {
            range,
            first_line: 0,
            parsed: Arc::new(parsed),
        }],
    }
}

/// Compiles a text.
///
/// A whole file is read as one segment, which spares what each segment costs;
/// only a text with errors is taken apart, for the error that CPython reports.
pub fn compile_source(text: &str, options: &CompileOptions) -> Result<Compiled, Box<CompileError>> {
    if options.mode == Mode::Exec && options.target.grammar() == Version::default() {
        let mut whole = one_segment(parse_segment_for_now(text), text.len());
        let is_right = whole.segments[0].parsed.errors.is_empty();
        let compiled = is_right.then(|| compile_supported(text, &whole, options));
        if let Some(parsed) = whole
            .segments
            .pop()
            .and_then(|it| Arc::into_inner(it.parsed))
        {
            reuse(parsed, text);
        }
        if let Some(compiled) = compiled {
            return compiled;
        }
    }
    let module = parse_for(text, options.mode, options.target);
    compile_parsed(text, &module, options)
}

/// Compiles a text that was parsed to `module`.
pub fn compile_parsed(
    text: &str,
    module: &Module,
    options: &CompileOptions,
) -> Result<Compiled, Box<CompileError>> {
    let wrong = |segment: &ModuleSegment| !segment.parsed.errors.is_empty();
    if module.segments.iter().any(wrong) {
        // With the whole text at hand the error is CPython's for certain.
        let error = match options.mode {
            Mode::Exec => module.first_error_as(text, options.target.grammar()),
            mode => first_error(text, mode.into()),
        };
        if let Some(error) = error {
            return Err(Box::new(error.into()));
        }
    }
    compile_supported(text, module, options)
}

/// Compiles what was read by 3.14's grammar unless it is too new for the target.
fn compile_supported(
    text: &str,
    module: &Module,
    options: &CompileOptions,
) -> Result<Compiled, Box<CompileError>> {
    if options.target == Target::V3_13
        && let Some(error) = first_unsupported(module, text, 13)
    {
        return Err(Box::new(error.into()));
    }
    compile_module(module, options)
}

/// Compiles a parsed text.
pub fn compile_module(
    module: &Module,
    options: &CompileOptions,
) -> Result<Compiled, Box<CompileError>> {
    if module.segments.is_empty() {
        // An empty file has a code object too.
        return compile_module(&one_segment(ParsedSegment::default(), 0), options);
    }
    let generated = Scopes::build(module, options)
        .and_then(|scopes| generate(&scopes.segments(module), &scopes.module, options, false));
    let mut warnings: Vec<_> = module.warnings().map(SyntaxWarning::from).collect();
    match generated {
        Ok(generated) => {
            warnings.extend(generated.warnings);
            Ok(Compiled {
                code: generated.code,
                warnings,
            })
        }
        Err(mut error) => {
            error.warnings.splice(0..0, warnings);
            Err(error)
        }
    }
}

/// A range of a segment in the file.
fn place(range: TextRange, segment: &ModuleSegment) -> Location {
    let lines = &segment.parsed.lines;
    let (start, end) = (lines.line_column(range.start), lines.line_column(range.end));
    let line = |line: u32| (segment.first_line + line + 1) as i32;
    Location::new(
        line(start.line),
        line(end.line),
        start.column as i32,
        end.column as i32,
    )
}

/// Compiles one segment on its own: a module of its statements, whose lines
/// count from 1. `module` is `ModuleScopes::of_segment`.
pub fn compile_segment(
    parsed: &ParsedSegment,
    scopes: &SegmentScopes,
    module: &ModuleScopes,
    options: &CompileOptions,
) -> Result<Compiled, Box<CompileError>> {
    let segment = Segment {
        tree: &parsed.tree,
        lines: &parsed.lines,
        scopes,
        first_line: 1,
    };
    let generated = generate(&[segment], module, options, false)?;
    Ok(Compiled {
        code: generated.code,
        warnings: generated.warnings,
    })
}

/// The code of each code object between the passes, innermost first, the module's last.
pub fn stages(
    module: &Module,
    options: &CompileOptions,
) -> Result<Vec<StageTexts>, Box<CompileError>> {
    if module.segments.is_empty() {
        return stages(&one_segment(ParsedSegment::default(), 0), options);
    }
    let scopes = Scopes::build(module, options)?;
    Ok(generate(&scopes.segments(module), &scopes.module, options, true)?.stages)
}

/// The symbol tables of a file.
struct Scopes {
    of_segments: Vec<SegmentScopes>,
    module: ModuleScopes,
}

impl Scopes {
    fn build(module: &Module, options: &CompileOptions) -> Result<Self, Box<CompileError>> {
        let last_line = module
            .segments
            .last()
            .map_or(0, |at| at.first_line + at.parsed.lines.line_count());
        for segment in &module.segments {
            if let Some(error) = segment.parsed.errors.first() {
                return Err(Box::new(locate(error, segment, last_line)));
            }
        }
        let trees = || module.segments.iter().map(|segment| &segment.parsed.tree);
        let mut future = ModuleScopes::future(trees());
        future.flags |= options.flags & FUTURE_MASK;
        future.annotates_at_once = options.target.annotates_at_once();
        let of_segments: Vec<_> = trees()
            .map(|tree| SegmentScopes::build(tree, future))
            .collect();
        let mut merged = ModuleScopes::merge(trees().zip(&of_segments));
        merged.future.flags |= future.flags;
        let scopes = Self {
            of_segments,
            module: merged,
        };
        if let Some((at, error)) = scopes.module.errors.first() {
            let mut located = locate(error, &module.segments[*at], last_line);
            // Features are looked for before all else.
            if !is_future_error(error) {
                let segments = scopes.segments(module);
                located.warnings = warnings_of_finally(&segments, &scopes.module, options);
            }
            return Err(Box::new(located));
        }
        Ok(scopes)
    }

    fn segments<'a>(&'a self, module: &'a Module) -> Vec<Segment<'a>> {
        let segments = module.segments.iter().zip(&self.of_segments);
        segments
            .map(|(segment, scopes)| Segment {
                tree: &segment.parsed.tree,
                lines: &segment.parsed.lines,
                scopes,
                first_line: segment.first_line + 1,
            })
            .collect()
    }
}

/// The bits of `co_flags` that a caller passes on, and that `__future__` sets.
const FUTURE_MASK: u32 = CodeFlags::FUTURE_DIVISION
    | CodeFlags::FUTURE_ABSOLUTE_IMPORT
    | CodeFlags::FUTURE_WITH_STATEMENT
    | CodeFlags::FUTURE_PRINT_FUNCTION
    | CodeFlags::FUTURE_UNICODE_LITERALS
    | CodeFlags::FUTURE_BARRY_AS_BDFL
    | CodeFlags::FUTURE_GENERATOR_STOP
    | CodeFlags::FUTURE_ANNOTATIONS;

/// An error of a segment, at its place in the file.
fn locate(error: &SyntaxError, segment: &ModuleSegment, line_count: u32) -> CompileError {
    CompileError {
        raised: Raised::BySymbolTable,
        ..CompileError::new(
            CompileErrorKind::Syntax(error.kind),
            error.text(segment.first_line, line_count).into_owned(),
            place(error.range, segment),
        )
    }
}

/// The features that hold in a module compiled with `options`.
pub fn future_of(module: &Module, options: &CompileOptions) -> Future {
    let mut future =
        ModuleScopes::future(module.segments.iter().map(|segment| &segment.parsed.tree));
    future.flags |= options.flags & FUTURE_MASK;
    future.annotates_at_once = options.target.annotates_at_once();
    future
}
