//! The layers of a file as text, live and while the file is broken.
//!
//! Where CPython prints the same layer, the text is CPython's.

use std::sync::Arc;

use vitrine_db::{Database, File, future, module_scope, parsed, scopes, segments};
use vitrine_syntax::module::{Module, ModuleSegment};
use vitrine_syntax::tree::Constant;
use vitrine_syntax::{ast_dump, repr};

/// What `python3.14 -m ast` prints.
pub fn tree_text(db: &Database, file: File) -> String {
    ast_dump::dump(&module(db, file), ast_dump::Options::default())
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
        repr::constant(&mut string, &Constant::Str(token.string.as_str().into()));
        text.push_str(&format!("{place:<20}{:<15}{string}\n", token.exact_kind));
    }
    if let Some(error) = error {
        text.push_str(&error.line(filename));
        text.push('\n');
    }
    text
}
