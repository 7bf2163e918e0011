//! A quick look whether a segment has anything for the rules to judge, so that
//! most of a program costs no flow facts at all.

use crate::hash::FastSet;
use vitrine_scope::{BlockId, BlockKind, Comprehension, Scope, SegmentScopes, flags};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{
    Arguments, ExceptHandler, Expr, ExprContext, NameId, Operator, Pattern, Stmt, Tree,
};

/// Whether a segment has a closure in a loop that reads what the loop binds,
/// or a default that may be mutable. Never false where a rule has a finding.
pub fn has_candidates(tree: &Tree, scopes: &SegmentScopes) -> bool {
    has_default(tree) || has_closure_in_loop(tree, scopes)
}

fn has_default(tree: &Tree) -> bool {
    tree.ids::<Arguments>().any(|id| {
        let args = tree[id];
        let mut defaults = tree
            .list(args.defaults)
            .chain(tree.opt_list(args.kw_defaults).flatten());
        defaults.any(|default| match tree[default] {
            Expr::List { .. }
            | Expr::Dict { .. }
            | Expr::Set { .. }
            | Expr::ListComp { .. }
            | Expr::SetComp { .. }
            | Expr::DictComp { .. }
            | Expr::Call { .. } => true,
            Expr::BinOp { op, .. } => op == Operator::Mult,
            _ => false,
        })
    })
}

fn has_closure_in_loop(tree: &Tree, scopes: &SegmentScopes) -> bool {
    let mut loops: Vec<TextRange> = tree
        .ids::<Stmt>()
        .filter(|&id| matches!(tree[id], Stmt::For(_) | Stmt::While { .. }))
        .map(|id| tree.range(id))
        .collect();
    let closures: Vec<BlockId> = scopes
        .blocks()
        .filter(|(_, block)| block.kind == BlockKind::Function && is_closure(block.comprehension))
        .map(|(id, _)| id)
        .collect();
    if closures.is_empty() {
        return false;
    }
    loops.extend(
        scopes
            .blocks()
            .filter(|(_, block)| block.comprehension != Comprehension::None)
            .map(|(_, block)| block.range),
    );
    if loops.len() * closures.len() > 1_000_000 {
        return true;
    }
    let mut bound: Vec<(u32, NameId)> = Vec::new();
    for around in loops {
        let mut inside = closures
            .iter()
            .filter(|&&id| around.contains(scopes[id].range) && scopes[id].range != around)
            .peekable();
        if inside.peek().is_none() {
            continue;
        }
        if bound.is_empty() {
            bound = bindings(tree);
        }
        let start = bound.partition_point(|&(at, _)| at < around.start);
        let names: FastSet<usize> = bound[start..]
            .iter()
            .take_while(|&&(at, _)| at < around.end)
            .map(|&(_, name)| name.index())
            .collect();
        let reads = |id: &BlockId| {
            scopes[*id].symbols().iter().any(|symbol| {
                let outer = match symbol.scope {
                    Some(Scope::Free) => true,
                    Some(Scope::GlobalImplicit | Scope::GlobalExplicit) => {
                        scopes[BlockId::ROOT].flags(symbol.name) & flags::DEF_BOUND != 0
                    }
                    _ => false,
                };
                // A mangled name is not one of the tree's.
                let at = symbol.name.index();
                outer && (names.contains(&at) || at >= tree.name_count())
            })
        };
        if inside.any(reads) {
            return true;
        }
    }
    false
}

fn is_closure(comprehension: Comprehension) -> bool {
    matches!(
        comprehension,
        Comprehension::None | Comprehension::Generator
    )
}

/// Where names are bound, but for `def`, `class` and `import`, which bind the
/// same each time.
fn bindings(tree: &Tree) -> Vec<(u32, NameId)> {
    let names = tree.ids::<Expr>().filter_map(|id| match tree[id] {
        Expr::Name {
            id: name,
            ctx: ExprContext::Store | ExprContext::Del,
        } => Some((tree.range(id).start, name)),
        _ => None,
    });
    let handlers = tree
        .ids::<ExceptHandler>()
        .filter_map(|id| Some((tree.range(id).start, tree[id].name?)));
    let patterns = tree.ids::<Pattern>().filter_map(|id| match tree[id] {
        Pattern::MatchAs {
            name: Some(name), ..
        }
        | Pattern::MatchStar { name: Some(name) }
        | Pattern::MatchMapping {
            rest: Some(name), ..
        } => Some((tree.range(id).start, name)),
        _ => None,
    });
    let mut all: Vec<_> = names.chain(handlers).chain(patterns).collect();
    all.sort_unstable_by_key(|&(at, _)| at);
    all
}
