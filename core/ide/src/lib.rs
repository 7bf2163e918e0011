//! Editor answers as plain data, without LSP types: hover, diagnostics, cells, lenses, symbols.
