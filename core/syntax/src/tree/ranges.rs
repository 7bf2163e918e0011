//! The property that a tree's ranges nest: what is below a node stands within
//! it, and statements stand one after the other. Tests and fuzzers ask for it.

use super::{ExceptHandler, Expr, Id, List, MatchCase, Stmt, StmtId, Tree};
use crate::parser::height::each_child;
use crate::position::TextRange;

/// The first range that is out of place in a segment's tree: not within that of
/// what is around it, before what precedes it, or no text.
pub fn misplaced(tree: &Tree, text: &str) -> Option<TextRange> {
    let whole = TextRange::new(0, text.len() as u32);
    for id in tree.ids::<Expr>() {
        let range = tree.range(id);
        if text.get(range.as_usize()).is_none() {
            return Some(range);
        }
        let mut outside = None;
        each_child(tree, id, &mut |child| {
            if !within(tree.range(child), range) {
                outside = Some(tree.range(child));
            }
        });
        if outside.is_some() {
            return outside;
        }
    }
    in_order(tree, tree.body(), whole)
}

fn within(inner: TextRange, outer: TextRange) -> bool {
    outer.start <= inner.start && inner.start <= inner.end && inner.end <= outer.end
}

/// The statements of a block and all below them. Blocks nest as deep as the
/// lexer lets them, so this recursion is bounded.
fn in_order(tree: &Tree, block: List<Stmt>, around: TextRange) -> Option<TextRange> {
    let mut end = around.start;
    for id in tree.list(block) {
        let range = tree.range(id);
        if !within(range, around) || range.start < end {
            return Some(range);
        }
        end = range.end;
        if let Some(found) = below(tree, id) {
            return Some(found);
        }
    }
    None
}

fn below(tree: &Tree, id: StmtId) -> Option<TextRange> {
    let mut id = id;
    // An `if` with all its `elif`s, in a loop.
    loop {
        let range = tree.range(id);
        let blocks: Vec<List<Stmt>> = match tree[id] {
            Stmt::FunctionDef(def) => vec![tree[def].body],
            Stmt::ClassDef(def) => vec![tree[def].body],
            Stmt::For(id) => vec![tree[id].body, tree[id].orelse],
            Stmt::While { body, orelse, .. } => vec![body, orelse],
            Stmt::With { body, .. } => vec![body],
            Stmt::Match { cases, .. } => {
                let body = |case: Id<MatchCase>| tree[case].body;
                tree.list(cases).map(body).collect()
            }
            Stmt::Try(id) => {
                let parts = tree[id];
                let body = |handler: Id<ExceptHandler>| tree[handler].body;
                let handlers = tree.list(parts.handlers).map(body);
                let first = std::iter::once(parts.body);
                let last = [parts.orelse, parts.finalbody];
                first.chain(handlers).chain(last).collect()
            }
            Stmt::If { body, orelse, .. } => {
                if let Some(found) = in_order(tree, body, range) {
                    return Some(found);
                }
                let mut rest = tree.list(orelse);
                match (rest.next(), rest.next()) {
                    (Some(only), None) if matches!(tree[only], Stmt::If { .. }) => {
                        if !within(tree.range(only), range) {
                            return Some(tree.range(only));
                        }
                        id = only;
                        continue;
                    }
                    _ => vec![orelse],
                }
            }
            _ => Vec::new(),
        };
        let outer = |&block: &List<Stmt>| in_order(tree, block, range);
        return blocks.iter().find_map(outer);
    }
}
