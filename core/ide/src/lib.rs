//! Editor answers as plain data, without LSP types: hover, diagnostics, cells, lenses, symbols.
//!
//! Free functions from a database, a file and perhaps an offset to data whose
//! positions are byte offsets and lines of the file, from 0. They are called on
//! clones of the database and may be unwound by a write at any time.
#![forbid(unsafe_code)]

mod builtins;
mod bytecode;
mod cells;
mod completion;
mod fixes;
mod folding;
mod highlight;
mod hover;
mod layers;
mod resolve;
mod selection;
mod symbols;
mod tokens;

pub use builtins::is_builtin;
pub use cells::{Cell, Lens, LensAction, cells, lenses, runnable_at};
pub use completion::{Completion, Completions, completions};
pub use fixes::{Fix, fixes};
pub use folding::{Fold, FoldKind, folding_ranges};
pub use highlight::{Highlight, RenameError, definitions, highlights, rename};
pub use hover::{Hover, HoverOptions, hover};
pub use layers::{
    bytecode_ranges, bytecode_text, symbols_text, token_ranges, tokens_text, tree_text,
};
pub use resolve::{Binding, Resolved};
pub use selection::selection_ranges;
pub use symbols::{DocumentSymbol, SymbolKind, document_symbols};
pub use tokens::{SemanticToken, TokenKind, TokenModifiers, semantic_tokens};
pub use vitrine_db::{Diagnostic, Severity};

use vitrine_db::{Database, File};

/// All that is wrong with a file, in the order of the text.
pub fn diagnostics(db: &Database, file: File) -> &[Diagnostic] {
    vitrine_db::file_diagnostics(db, file)
}
