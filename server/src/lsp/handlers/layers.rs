//! The layers of the execution model as text, for side documents.

use tower_lsp::jsonrpc::{Error, Result};

use crate::lsp::commands::Layer;
use crate::lsp::runs::filename;
use crate::lsp::session::Snapshot;

pub(crate) fn show(snapshot: &Snapshot, layer: &Layer) -> Result<String> {
    let (db, file) = (&snapshot.db, snapshot.file);
    match layer {
        Layer::Tree => Ok(vitrine_ide::tree_text(db, file)),
        Layer::Symbols => Ok(vitrine_ide::symbols_text(
            db,
            file,
            &filename(&snapshot.uri),
        )),
        Layer::Tokens => Ok(vitrine_ide::tokens_text(db, file, &filename(&snapshot.uri))),
        Layer::Bytecode => Err(Error::invalid_params("this layer cannot be shown yet")),
    }
}
