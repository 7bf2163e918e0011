//! Symbol tables as `python3.14 -m symtable` prints them.

use std::fmt::Write;

use vitrine_syntax::tree::Tree;

use crate::block::BlockId;
use crate::module::{ModuleBlock, ModuleChild, ModuleScopes};
use crate::segment::SegmentScopes;
use crate::symbol::{Scope, flags};

/// The bits in the order in which `Lib/symtable.py` lists them.
const FLAGS: [(u16, &str); 12] = [
    (flags::USE, "use"),
    (flags::DEF_GLOBAL, "def_global"),
    (flags::DEF_NONLOCAL, "def_nonlocal"),
    (flags::DEF_LOCAL, "def_local"),
    (flags::DEF_PARAM, "def_param"),
    (flags::DEF_TYPE_PARAM, "def_type_param"),
    (flags::DEF_FREE_CLASS, "def_free_class"),
    (flags::DEF_IMPORT, "def_import"),
    (flags::DEF_BOUND, "def_bound"),
    (flags::DEF_ANNOT, "def_annot"),
    (flags::DEF_COMP_ITER, "def_comp_iter"),
    (flags::DEF_COMP_CELL, "def_comp_cell"),
];

/// The text of `-m symtable` for a file. `filename` is shown as `repr` shows it,
/// quotes included.
pub fn text(
    filename_repr: &str,
    module: &ModuleScopes,
    segments: &[(&Tree, &SegmentScopes)],
) -> String {
    let mut dump = Dump {
        module,
        segments,
        out: String::new(),
    };
    dump.head(0, false, "module", &format!("from file {filename_repr}"));
    dump.module_block(&module.module, 0);
    dump.out
}

/// The names of a symbol's bits, in the order in which `symtable` lists them.
pub fn flag_names(bits: u16) -> impl Iterator<Item = &'static str> {
    FLAGS
        .into_iter()
        .filter(move |&(flag, _)| bits & flag == flag)
        .map(|(_, name)| name)
}

struct Dump<'a> {
    module: &'a ModuleScopes,
    segments: &'a [(&'a Tree, &'a SegmentScopes)],
    out: String,
}

impl Dump<'_> {
    fn head(&mut self, level: usize, nested: bool, kind: &str, what: &str) {
        let nested = if nested { "nested " } else { "" };
        let _ = writeln!(
            self.out,
            "{:1$}symbol table for {nested}{kind} {what}:",
            "",
            level * 4
        );
    }

    fn symbol(&mut self, level: usize, name: &str, bits: u16, scope: Option<Scope>) {
        let scope = scope.map_or("0", Scope::name);
        let bits = flag_names(bits).collect::<Vec<_>>().join(", ");
        let _ = writeln!(
            self.out,
            "{:1$}{scope} symbol '{name}': {bits}",
            "",
            level * 4 + 4
        );
    }

    fn module_block(&mut self, block: &ModuleBlock, level: usize) {
        for symbol in block.symbols() {
            self.symbol(level, &symbol.name, symbol.flags, Some(symbol.scope));
        }
        self.out.push('\n');
        for &child in block.children() {
            match child {
                ModuleChild::Annotations => {
                    self.head(level + 1, false, "annotation", "'__annotate__'");
                    if let Some(annotations) = &self.module.annotations {
                        self.module_block(annotations, level + 1);
                    }
                }
                ModuleChild::Segment(at, block) => self.block(at, block, level + 1),
            }
        }
    }

    fn block(&mut self, at: usize, id: BlockId, level: usize) {
        let (tree, scopes) = self.segments[at];
        let block = &scopes[id];
        let name = scopes.text(tree, block.name);
        self.head(level, block.nested, block.kind.name(), &format!("'{name}'"));
        for symbol in block.symbols() {
            self.symbol(
                level,
                scopes.text(tree, symbol.name),
                symbol.flags,
                symbol.scope,
            );
        }
        self.out.push('\n');
        for &child in &block.children {
            self.block(at, child, level + 1);
        }
    }
}
