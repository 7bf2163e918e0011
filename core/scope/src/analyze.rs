//! The second pass: from what blocks do with names to where the names live.
//!
//! CPython copies its sets of visible names for each block. Here there is one
//! table of bits per set, and a log that undoes a block's changes when it is
//! left, so that the cost is that of the names, not of names times blocks.

use vitrine_syntax::error::SyntaxError;
use vitrine_syntax::tree::Tree;

use crate::block::{Block, BlockId, BlockKind, Comprehension};
use crate::names::Names;
use crate::symbol::{Scope, Sym, Symbol, flags};

/// Whether a comprehension is compiled into the block around it (PEP 709).
pub(crate) fn is_inlined(outer: &Block, block: &Block) -> bool {
    block.comprehension != Comprehension::None && !block.generator && !outer.can_see_class_scope
}

/// Resolves every name of every block, and gives the errors.
pub(crate) fn analyze(tree: &Tree, names: &Names, blocks: &mut [Block]) -> Vec<SyntaxError> {
    let implicit = ["__class__", "__classdict__", "__conditional_annotations__"]
        .map(|name| names.find(tree, name));
    let mut analyzer = Analyzer {
        tree,
        names,
        blocks,
        bound: Vec::new(),
        type_params: Vec::new(),
        log: Vec::new(),
        free: Vec::new(),
        implicit,
        errors: Vec::new(),
    };
    analyzer.block(BlockId::ROOT, None);
    analyzer.errors
}

/// Names that are free in a block, sorted, each once.
struct FreeSet(Vec<Sym>);

impl FreeSet {
    fn of(mut names: Vec<Sym>) -> Self {
        if names.len() > 1 {
            names.sort_unstable();
            names.dedup();
        }
        Self(names)
    }

    fn contains(&self, name: Sym) -> bool {
        !self.0.is_empty() && self.0.binary_search(&name).is_ok()
    }

    /// Takes names out.
    fn remove(&mut self, names: Vec<Sym>) {
        if !names.is_empty() {
            let names = Self::of(names);
            self.0.retain(|&name| !names.contains(name));
        }
    }
}

#[derive(Clone, Copy)]
enum Set {
    /// Names bound in enclosing functions.
    Bound,
    /// Those of them that are type parameters.
    TypeParams,
}

struct Analyzer<'a> {
    tree: &'a Tree,
    names: &'a Names,
    blocks: &'a mut [Block],
    /// Of each name, whether it is in the set; empty until the first is.
    bound: Vec<bool>,
    type_params: Vec<bool>,
    /// Changes to the sets, with what was there before.
    log: Vec<(Set, Sym, bool)>,
    /// Names free in the blocks that are done, those of the last at the end.
    free: Vec<Sym>,
    /// `__class__`, `__classdict__` and `__conditional_annotations__`, where mentioned.
    implicit: [Option<Sym>; 3],
    errors: Vec<SyntaxError>,
}

impl Analyzer<'_> {
    fn set(&mut self, set: Set, name: Sym, value: bool) {
        let table = match set {
            Set::Bound => &mut self.bound,
            Set::TypeParams => &mut self.type_params,
        };
        if table.is_empty() {
            if !value {
                return;
            }
            table.resize(self.names.count(), false);
        }
        let before = std::mem::replace(&mut table[name.index()], value);
        if before != value {
            self.log.push((set, name, before));
        }
    }

    fn has(&self, set: Set, name: Sym) -> bool {
        let table = match set {
            Set::Bound => &self.bound,
            Set::TypeParams => &self.type_params,
        };
        table.get(name.index()).copied().unwrap_or(false)
    }

    fn undo(&mut self, mark: usize) {
        for (set, name, before) in self.log.drain(mark..).rev() {
            match set {
                Set::Bound => self.bound[name.index()] = before,
                Set::TypeParams => self.type_params[name.index()] = before,
            }
        }
    }

    /// Resolves a block and those in it; leaves the names that are free in it
    /// (`analyze_block`).
    fn block(&mut self, id: BlockId, class_entry: Option<BlockId>) {
        let block = &mut self.blocks[id.index()];
        let kind = block.kind;
        let children = std::mem::take(&mut block.children);
        let mut symbols = std::mem::take(&mut block.symbols);
        let mark = self.log.len();

        for symbol in symbols.items_mut() {
            let scope = self.resolve(id, *symbol, class_entry);
            if scope == Scope::Free {
                self.free.push(symbol.name);
            }
            symbol.scope = Some(scope);
        }
        if children.is_empty() {
            // Nobody to see the names.
            self.undo(mark);
            self.blocks[id.index()].symbols = symbols;
            return;
        }
        match kind {
            BlockKind::Module => {}
            // A class's own names are not seen by the functions in it.
            BlockKind::Class => {
                self.undo_bound(mark);
                for name in self.implicit.into_iter().flatten() {
                    self.set(Set::Bound, name, true);
                }
            }
            _ => {
                for symbol in symbols.items() {
                    if symbol.scope == Some(Scope::Local) {
                        self.set(Set::Bound, symbol.name, true);
                    }
                }
            }
        }
        self.blocks[id.index()].symbols = symbols;

        let new_free = self.free.len();
        let mut inlined_cells = Vec::new();
        let mut splices = false;
        for &child in &children {
            let entry = &self.blocks[child.index()];
            let inlined = is_inlined(&self.blocks[id.index()], entry);
            let class_entry = match entry.can_see_class_scope {
                true if kind == BlockKind::Class => Some(id),
                true => class_entry,
                false => None,
            };
            let child_free = self.free.len();
            self.block(child, class_entry);
            if inlined {
                let mut free = FreeSet::of(self.free.split_off(child_free));
                self.inline_comprehension(id, child, &mut free, &mut inlined_cells);
                self.free.extend(free.0);
                self.blocks[child.index()].comp_inlined = true;
                splices = true;
            }
        }
        self.undo(mark);
        let children = match splices {
            true => self.spliced(&children),
            false => children,
        };

        let tree = self.tree;
        let implicit = self.implicit;
        let block = &mut self.blocks[id.index()];
        block.children = children;
        if self.free.len() == new_free && inlined_cells.is_empty() {
            return;
        }
        let mut new_free = FreeSet::of(self.free.split_off(new_free));
        let inlined_cells = FreeSet::of(inlined_cells);
        if kind.is_function_like() {
            let mut cells = Vec::new();
            for symbol in block.symbols.items_mut() {
                let captured =
                    new_free.contains(symbol.name) || inlined_cells.contains(symbol.name);
                if symbol.scope == Some(Scope::Local) && captured {
                    symbol.scope = Some(Scope::Cell);
                    cells.push(symbol.name);
                }
            }
            new_free.remove(cells);
        } else if kind == BlockKind::Class {
            let [class, classdict, conditional] =
                implicit.map(|name| name.is_some_and(|name| new_free.contains(name)));
            new_free.remove(implicit.into_iter().flatten().collect());
            block.needs_class_closure |= class;
            block.needs_classdict |= classdict;
            block.has_conditional_annotations |= conditional;
        }
        if !inlined_cells.0.is_empty() {
            for symbol in block.symbols.items_mut() {
                if inlined_cells.contains(symbol.name) {
                    symbol.flags |= flags::DEF_COMP_CELL;
                }
            }
        }
        // Names that only pass through on their way to a block within.
        let marks_free = kind == BlockKind::Class || block.can_see_class_scope;
        let mut passing: Vec<Sym> = Vec::new();
        for &name in &new_free.0 {
            if block.symbols.position(name).is_some() {
                if marks_free {
                    block.symbols.entry(name).flags |= flags::DEF_FREE_CLASS;
                }
            } else if self.bound.get(name.index()) == Some(&true) {
                passing.push(name);
            }
        }
        // CPython's order is that of a set of strings, which no run repeats.
        passing.sort_unstable_by_key(|&name| self.names.text(tree, name));
        for name in passing {
            block.symbols.entry(name).scope = Some(Scope::Free);
        }
        self.free.extend(new_free.0);
    }

    /// A block's children, those of inlined comprehensions in these comprehensions' places.
    fn spliced(&self, children: &[BlockId]) -> Vec<BlockId> {
        let mut spliced = Vec::with_capacity(children.len());
        for child in children {
            let block = &self.blocks[child.index()];
            match block.comp_inlined {
                true => spliced.extend_from_slice(&block.children),
                false => spliced.push(*child),
            }
        }
        spliced
    }

    /// Takes back the changes to the set of bound names since `mark`.
    fn undo_bound(&mut self, mark: usize) {
        let log = self.log.split_off(mark);
        for (set, name, before) in log.into_iter().rev() {
            match set {
                Set::Bound => self.bound[name.index()] = before,
                Set::TypeParams => self.log.push((set, name, before)),
            }
        }
        self.log[mark..].reverse();
    }

    /// Decides where one name lives (`analyze_name`).
    fn resolve(&mut self, id: BlockId, symbol: Symbol, class_entry: Option<BlockId>) -> Scope {
        let Symbol {
            name, flags: bits, ..
        } = symbol;
        let bound = self.has(Set::Bound, name);
        if bits & flags::DEF_GLOBAL != 0 {
            if bits & flags::DEF_NONLOCAL != 0 {
                self.error_at_directive(id, name, |name| {
                    format!("name '{name}' is nonlocal and global")
                });
            }
            self.set(Set::Bound, name, false);
            return Scope::GlobalExplicit;
        }
        if bits & flags::DEF_NONLOCAL != 0 {
            if self.blocks[id.index()].kind == BlockKind::Module {
                // The module block says this once for all segments.
                return Scope::GlobalImplicit;
            }
            if !bound {
                self.error_at_directive(id, name, |name| {
                    format!("no binding for nonlocal '{name}' found")
                });
                return Scope::Local;
            }
            if self.has(Set::TypeParams, name) {
                self.error_at_directive(id, name, |name| {
                    format!("nonlocal binding not allowed for type parameter '{name}'")
                });
            }
            return Scope::Free;
        }
        if bits & flags::DEF_BOUND != 0 {
            self.set(Set::TypeParams, name, bits & flags::DEF_TYPE_PARAM != 0);
            return Scope::Local;
        }
        // In an annotation or type scope of a class, what the class binds is
        // looked up there and in the globals, not in the functions between.
        if let Some(class) = class_entry {
            let in_class = self.blocks[class.index()].flags(name);
            if in_class & flags::DEF_GLOBAL != 0 {
                return Scope::GlobalExplicit;
            }
            if in_class & flags::DEF_BOUND != 0 && in_class & flags::DEF_NONLOCAL == 0 {
                return Scope::GlobalImplicit;
            }
        }
        if bound {
            Scope::Free
        } else {
            Scope::GlobalImplicit
        }
    }

    fn error_at_directive(&mut self, id: BlockId, name: Sym, message: impl FnOnce(&str) -> String) {
        let block = &self.blocks[id.index()];
        let range = block
            .directives
            .iter()
            .find(|&&(of, _)| of == name)
            .map_or(block.range, |&(_, range)| range);
        let message = message(self.names.text(self.tree, name));
        self.errors.push(SyntaxError::new(message, range));
    }

    /// Gives the names of a comprehension to the block around it.
    fn inline_comprehension(
        &mut self,
        id: BlockId,
        comp: BlockId,
        comp_free: &mut FreeSet,
        inlined_cells: &mut Vec<Sym>,
    ) {
        let (mut removed, mut bound): (Vec<Sym>, Vec<Sym>) = Default::default();
        for at in 0..self.blocks[comp.index()].symbols().len() {
            let Symbol {
                name,
                flags: bits,
                scope,
            } = self.blocks[comp.index()].symbols()[at];
            if bits & flags::DEF_PARAM != 0 {
                continue;
            }
            let mut scope = scope.unwrap_or(Scope::GlobalImplicit);
            if scope == Scope::Cell || bits & flags::DEF_COMP_CELL != 0 {
                inlined_cells.push(name);
            }
            let in_class = self.blocks[id.index()].kind == BlockKind::Class;
            // `__class__` and its like are never free through a class.
            if scope == Scope::Free && in_class && self.implicit.contains(&Some(name)) {
                scope = Scope::GlobalImplicit;
                // But a function in the comprehension captures the class's cell.
                if !self.is_free_in_any_child(comp, name) {
                    bound.push(name);
                }
                removed.push(name);
            }
            match self.blocks[id.index()].get(name) {
                None => {
                    let symbol = self.blocks[id.index()].symbols.entry(name);
                    symbol.flags = bits;
                    symbol.scope = Some(scope);
                }
                // What is free in the comprehension and bound here is simply
                // bound, unless a block within the comprehension captures it.
                Some(existing) => {
                    if scope == Scope::Free && !in_class {
                        self.blocks[id.index()].symbols.entry(name).flags |= bits & flags::USE;
                    }
                    if existing.flags & flags::DEF_BOUND != 0
                        && !in_class
                        && !self.is_free_in_any_child(comp, name)
                    {
                        bound.push(name);
                    }
                }
            }
        }
        comp_free.remove(bound);
        if !removed.is_empty() {
            let symbols = &mut self.blocks[comp.index()].symbols;
            symbols.retain(|name| !removed.contains(&name));
        }
    }

    fn is_free_in_any_child(&self, id: BlockId, name: Sym) -> bool {
        self.blocks[id.index()]
            .children
            .iter()
            .any(|child| self.blocks[child.index()].scope(name) == Some(Scope::Free))
    }
}
