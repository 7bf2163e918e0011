//! Symbol tables as data, for `symtable --json`.

use serde_json::{Value, json};
use vitrine_scope::dump::flag_names;
use vitrine_scope::{BlockId, ModuleBlock, ModuleChild, ModuleScopes, Scope, SegmentScopes};
use vitrine_syntax::tree::Tree;

/// The tables of a file: those of its module with all below.
pub(super) fn module(merged: &ModuleScopes, segments: &[(&Tree, &SegmentScopes)]) -> Value {
    shared(&merged.module, ("top", "module"), merged, segments)
}

fn table(kind: &str, name: &str, nested: bool, symbols: Vec<Value>, children: Vec<Value>) -> Value {
    json!({ "type": kind, "name": name, "nested": nested, "symbols": symbols, "children": children })
}

fn symbol(name: &str, flags: u16, scope: Option<Scope>) -> Value {
    let flags: Vec<&str> = flag_names(flags).collect();
    json!({ "name": name, "scope": scope.map(Scope::name), "flags": flags })
}

/// A block that several segments share.
fn shared(
    block: &ModuleBlock,
    (name, kind): (&str, &str),
    merged: &ModuleScopes,
    segments: &[(&Tree, &SegmentScopes)],
) -> Value {
    let symbols = block.symbols().iter();
    let symbols = symbols.map(|known| symbol(&known.name, known.flags, Some(known.scope)));
    let children = block.children().iter().map(|child| match *child {
        ModuleChild::Annotations => {
            let empty = ModuleBlock::default();
            let block = merged.annotations.as_ref().unwrap_or(&empty);
            shared(block, ("__annotate__", "annotation"), merged, segments)
        }
        ModuleChild::Segment(at, block) => own(segments[at], block),
    });
    table(kind, name, false, symbols.collect(), children.collect())
}

/// A block of one segment.
fn own((tree, scopes): (&Tree, &SegmentScopes), id: BlockId) -> Value {
    let block = &scopes[id];
    let symbols = block.symbols().iter();
    let symbols =
        symbols.map(|known| symbol(scopes.text(tree, known.name), known.flags, known.scope));
    let children = block
        .children
        .iter()
        .map(|&child| own((tree, scopes), child));
    let name = scopes.text(tree, block.name);
    table(
        block.kind.name(),
        name,
        block.nested,
        symbols.collect(),
        children.collect(),
    )
}
