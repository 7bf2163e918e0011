//! The layers of the execution model as text, for side documents.

use crate::lsp::commands::Layer;
use crate::lsp::runs::filename;
use crate::lsp::session::Snapshot;

pub(crate) fn show(snapshot: &Snapshot, layer: &Layer) -> String {
    let (db, file) = (&snapshot.db, snapshot.file);
    let filename = filename(&snapshot.uri);
    match layer {
        Layer::Tokens => vitrine_ide::tokens_text(db, file, &filename),
        Layer::Tree => vitrine_ide::tree_text(db, file),
        Layer::Symbols => vitrine_ide::symbols_text(db, file, &filename),
        Layer::Bytecode => vitrine_ide::bytecode_text(db, file, &filename),
    }
}
