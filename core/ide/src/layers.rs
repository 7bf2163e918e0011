//! The layers of a file as text, live and while the file is broken.
//!
//! Where CPython prints the same layer, the text is CPython's.

use std::sync::Arc;

use vitrine_bytecode::compile::{CompileOptions, compile_module};
use vitrine_bytecode::dis::{Options, disassemble};
use vitrine_bytecode::target::Target;
use vitrine_db::{
    Database, File, facts, future, line_index, module_scope, nested_code_for, parsed, scopes,
    segments,
};
use vitrine_syntax::module::{Module, ModuleSegment};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::Constant;
use vitrine_syntax::{ast_dump, repr};

/// What `python3.14 -m ast` prints.
pub fn tree_text(db: &Database, file: File) -> String {
    ast_dump::dump(&module(db, file), ast_dump::Options::default())
        .unwrap_or_else(|too_deep| too_deep.to_string())
}

/// What `python3.14 -m symtable` prints.
pub fn symbols_text(db: &Database, file: File, filename: &str) -> String {
    let future = future(db, file);
    let placed = segments(db, file);
    let pair = |index: usize| {
        let segment = placed[index].segment;
        (&parsed(db, segment).tree, scopes(db, segment, future))
    };
    let pairs: Vec<_> = (0..placed.len()).map(pair).collect();
    vitrine_scope::dump::text(&format!("'{filename}'"), module_scope(db, file), &pairs)
}

/// The file as the command line's tools take it.
pub(crate) fn module(db: &Database, file: File) -> Module {
    let segment = |placed: &vitrine_db::Placed<'_>| ModuleSegment {
        range: placed.range,
        first_line: placed.first_line,
        parsed: Arc::clone(parsed(db, placed.segment)),
    };
    Module {
        segments: segments(db, file).iter().map(segment).collect(),
    }
}

/// What `python3.14 -m tokenize -e` prints, up to what is wrong, and then that.
pub fn tokens_text(db: &Database, file: File, filename: &str) -> String {
    let (tokens, error) = vitrine_syntax::tokenize::tokens(file.text(db).as_bytes(), filename);
    let mut text = String::new();
    for token in tokens {
        let ((line, column), (end_line, end_column)) = (token.start, token.end);
        let place = format!("{line},{column}-{end_line},{end_column}:");
        let mut string = String::new();
        repr::constant(&mut string, Constant::Str(token.string.as_str().into()));
        text.push_str(&format!("{place:<20}{:<15}{string}\n", token.exact_kind));
    }
    if let Some(error) = error {
        text.push_str(&error.line(filename));
        text.push('\n');
    }
    text
}

/// For each line of [`bytecode_text`], the source that it comes from.
pub fn bytecode_ranges(
    db: &Database,
    file: File,
    filename: &str,
    target: Target,
) -> Vec<Option<TextRange>> {
    let lines = line_index(db, file);
    // The same text with positions: `LINE:COLUMN-LINE:COLUMN` before each instruction.
    let positions = Options {
        show_positions: true,
        target,
        ..Options::default()
    };
    let text = bytecode(db, file, filename, positions);
    let mut first_line = 0;
    let range = |text_line: &str| {
        if let Some(line) = text_line.strip_prefix("# from line ") {
            let digits = line
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(line.len());
            first_line = line[..digits].parse::<u32>().unwrap_or(1) - 1;
            return None;
        }
        let (start, rest) = text_line.split_once('-')?;
        let (end, _) = rest.split_once(' ')?;
        let offset = |place: &str| {
            let (line, column) = place.trim().split_once(':')?;
            let line = line.parse::<u32>().ok()?.checked_sub(1)? + first_line;
            Some(lines.line_start(line)? + column.parse::<u32>().ok()?)
        };
        let (start, end) = (offset(start)?, offset(end)?);
        (start < end).then(|| TextRange::new(start, end))
    };
    text.lines().map(range).collect()
}

/// For each line of [`tokens_text`], the source that it comes from.
pub fn token_ranges(db: &Database, file: File, shown: &str) -> Vec<Option<TextRange>> {
    let (text, lines) = (file.text(db), line_index(db, file));
    let offset = |place: &str| {
        let (line, column) = place.split_once(',')?;
        let start = lines.line_start(line.parse::<u32>().ok()?.checked_sub(1)?)?;
        let column = column.parse::<usize>().ok()?;
        let rest = text.get(start as usize..)?;
        let bytes = rest
            .char_indices()
            .nth(column)
            .map_or(rest.len(), |(at, _)| at);
        Some(start + bytes as u32)
    };
    let range = |line: &str| {
        let (place, _) = line.split_once(':')?;
        let (start, end) = place.split_once('-')?;
        let (start, end) = (offset(start)?, offset(end)?);
        (start < end).then(|| TextRange::new(start, end))
    };
    shown.lines().map(range).collect()
}

/// What `python -m dis` of a version prints; of a broken file, what of its statements
/// compiles, each on its own with lines that count from its first.
pub fn bytecode_text(db: &Database, file: File, filename: &str, target: Target) -> String {
    let show = Options {
        target,
        ..Options::default()
    };
    bytecode(db, file, filename, show)
}

fn bytecode(db: &Database, file: File, filename: &str, show: Options) -> String {
    let show = Options {
        target: file.language(db).target(show.target),
        ..show
    };
    let options = CompileOptions {
        filename: filename.into(),
        target: show.target,
        ..CompileOptions::default()
    };
    if let Ok(compiled) = compile_module(&module(db, file), &options) {
        return disassemble(&compiled.code, show);
    }
    let facts = facts(db, file);
    let line_count = line_index(db, file).line_count();
    let mut text = String::new();
    for placed in segments(db, file) {
        let line = placed.first_line + 1;
        match nested_code_for(db, placed.segment, facts, show.target) {
            Some(Ok(compiled)) => {
                text.push_str(&format!("# from line {line}\n"));
                text.push_str(&disassemble(&compiled.code, show));
            }
            Some(Err(error)) => {
                text.push_str(&format!(
                    "# from line {line}: {}: {}\n",
                    error.kind.class_name(),
                    error.message
                ));
            }
            None => {
                let errors = parsed(db, placed.segment).errors.iter();
                for error in errors {
                    let message = error.text(placed.first_line, line_count);
                    text.push_str(&format!(
                        "# from line {line}: {}: {message}\n",
                        error.kind.class_name()
                    ));
                }
            }
        }
    }
    text
}
