//! Growing a selection: name, expression, statement, block, file.

use vitrine_db::{Database, File, parsed, segments};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{Expr, Stmt};

/// The ranges around an offset, the innermost first, each within the next.
pub fn selection_ranges(db: &Database, file: File, offset: u32) -> Vec<TextRange> {
    let whole = TextRange::new(0, file.text(db).len() as u32);
    let Some((_, placed)) = segments(db, file).at(offset) else {
        return vec![whole];
    };
    let tree = &parsed(db, placed.segment).tree;
    let at = placed.relative_offset(offset);
    let exprs = tree.ids::<Expr>().map(|id| tree.range(id));
    let stmts = tree.ids::<Stmt>().map(|id| tree.range(id));
    let mut around: Vec<TextRange> = exprs
        .chain(stmts)
        .filter(|range| range.touches(at))
        .collect();
    // Of ranges that only touch each other at the offset, the one behind it wins.
    around.sort_by_key(|range| (range.len(), std::cmp::Reverse(range.start)));
    let mut chain: Vec<TextRange> = Vec::new();
    for range in around {
        if chain
            .last()
            .is_none_or(|last| range.contains(*last) && range != *last)
        {
            chain.push(range);
        }
    }
    let mut chain: Vec<TextRange> = chain
        .into_iter()
        .map(|range| placed.absolute(range))
        .collect();
    if chain.last() != Some(&whole) {
        chain.push(whole);
    }
    chain
}
