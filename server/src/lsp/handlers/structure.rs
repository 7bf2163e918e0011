//! The shape of a document: outline, folds, growing selections.

use tower_lsp::ls_types::{
    DocumentSymbol, FoldingRange, FoldingRangeKind, Position, SelectionRange, SymbolKind,
};
use vitrine_ide::FoldKind;

use crate::lsp::position::Positions;
use crate::lsp::session::Snapshot;

pub(crate) fn document_symbols(snapshot: &Snapshot, (): &()) -> Vec<DocumentSymbol> {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let symbols = vitrine_ide::document_symbols(&snapshot.db, snapshot.file);
    symbols
        .into_iter()
        .map(|symbol| document_symbol(symbol, &positions))
        .collect()
}

#[allow(deprecated)]
fn document_symbol(
    symbol: vitrine_ide::DocumentSymbol,
    positions: &Positions<'_>,
) -> DocumentSymbol {
    let children: Vec<_> = symbol
        .children
        .into_iter()
        .map(|child| document_symbol(child, positions))
        .collect();
    DocumentSymbol {
        name: symbol.name,
        detail: None,
        kind: match symbol.kind {
            vitrine_ide::SymbolKind::Function => SymbolKind::FUNCTION,
            vitrine_ide::SymbolKind::Method => SymbolKind::METHOD,
            vitrine_ide::SymbolKind::Class => SymbolKind::CLASS,
            vitrine_ide::SymbolKind::Variable => SymbolKind::VARIABLE,
            vitrine_ide::SymbolKind::Constant => SymbolKind::CONSTANT,
        },
        tags: None,
        deprecated: None,
        range: positions.range(symbol.range),
        selection_range: positions.range(symbol.selection_range),
        children: (!children.is_empty()).then_some(children),
    }
}

pub(crate) fn folding_ranges(snapshot: &Snapshot, (): &()) -> Vec<FoldingRange> {
    let folds = vitrine_ide::folding_ranges(&snapshot.db, snapshot.file);
    let folding_range = |fold: vitrine_ide::Fold| FoldingRange {
        start_line: fold.start_line,
        end_line: fold.end_line,
        kind: match fold.kind {
            FoldKind::Code => None,
            FoldKind::Comment => Some(FoldingRangeKind::Comment),
            FoldKind::Imports => Some(FoldingRangeKind::Imports),
            FoldKind::Region => Some(FoldingRangeKind::Region),
        },
        ..FoldingRange::default()
    };
    folds.into_iter().map(folding_range).collect()
}

// The parameters of the request, as they come.
#[allow(clippy::ptr_arg)]
pub(crate) fn selection_ranges(snapshot: &Snapshot, places: &Vec<Position>) -> Vec<SelectionRange> {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let selection_range = |place: &Position| {
        let ranges =
            vitrine_ide::selection_ranges(&snapshot.db, snapshot.file, positions.offset(*place));
        let mut outer = None;
        for range in ranges.into_iter().rev() {
            outer = Some(Box::new(SelectionRange {
                range: positions.range(range),
                parent: outer,
            }));
        }
        *outer.expect("the whole file is around everything")
    };
    places.iter().map(selection_range).collect()
}
