//! The layers of the execution model as text, for side documents.

use serde_json::{Value, json};

use crate::lsp::commands::Layer;
use crate::lsp::runs::filename;
use crate::lsp::session::Snapshot;

/// The text; with `ranges`, the source of each of its lines, too.
pub(crate) fn show(snapshot: &Snapshot, &(layer, ranges): &(Layer, bool)) -> Value {
    let (db, file) = (&snapshot.db, snapshot.file);
    let filename = filename(&snapshot.uri);
    let target = snapshot.settings.user.target.0;
    let shown = match layer {
        Layer::Tokens => vitrine_ide::tokens_text(db, file, &filename),
        Layer::Tree => vitrine_ide::tree_text(db, file),
        Layer::Symbols => vitrine_ide::symbols_text(db, file, &filename),
        Layer::Bytecode => vitrine_ide::bytecode_text(db, file, &filename, target),
    };
    if !ranges {
        return Value::String(shown);
    }
    let of_lines = match layer {
        Layer::Tokens => vitrine_ide::token_ranges(db, file, &shown),
        Layer::Bytecode => vitrine_ide::bytecode_ranges(db, file, &filename, target),
        Layer::Tree | Layer::Symbols => Vec::new(),
    };
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let of_lines: Vec<_> = of_lines
        .into_iter()
        .map(|range| range.map(|range| positions.range(range)))
        .collect();
    json!({ "text": shown, "ranges": of_lines })
}
