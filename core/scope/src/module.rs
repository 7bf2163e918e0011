//! The module block: the segments' shares added up.

use vitrine_syntax::error::SyntaxError;
use vitrine_syntax::hash;
use vitrine_syntax::index::Index;
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::Tree;

use crate::block::BlockId;
use crate::build::declaration_conflict;
use crate::future::Future;
use crate::segment::{ModuleEvent, SegmentScopes};
use crate::symbol::{Scope, flags};

/// A symbol of the module block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModuleSymbol {
    /// The name.
    pub name: Box<str>,
    /// `DEF_*` and `USE` bits.
    pub flags: u16,
    /// Where the value lives.
    pub scope: Scope,
}

/// A block that several segments share: the module, or its annotations.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ModuleBlock {
    symbols: Vec<ModuleSymbol>,
    index: Index,
    children: Vec<ModuleChild>,
}

/// A block right below the module block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModuleChild {
    /// The module's `__annotate__`.
    Annotations,
    /// A block of a segment, given by position in the file.
    Segment(usize, BlockId),
}

impl ModuleBlock {
    /// The symbols in CPython's order.
    pub fn symbols(&self) -> &[ModuleSymbol] {
        &self.symbols
    }

    /// The blocks right below, in CPython's order.
    pub fn children(&self) -> &[ModuleChild] {
        &self.children
    }

    /// What the block does with a name, if anything.
    pub fn get(&self, name: &str) -> Option<&ModuleSymbol> {
        self.position(name).map(|at| &self.symbols[at])
    }

    /// Where the name's value lives, if the block knows the name.
    pub fn scope(&self, name: &str) -> Option<Scope> {
        self.get(name).map(|symbol| symbol.scope)
    }

    /// The name's bits, 0 if the block does not know it.
    pub fn flags(&self, name: &str) -> u16 {
        self.get(name).map_or(0, |symbol| symbol.flags)
    }

    /// Takes over what another segment says of a name.
    pub(crate) fn know(&mut self, name: &str, flags: u16, scope: Scope) {
        let known = self.get(name).map(|symbol| symbol.scope);
        let symbol = self.add(name, flags);
        match (known, scope) {
            (None | Some(Scope::GlobalImplicit), _) | (_, Scope::GlobalExplicit) => {
                symbol.scope = scope;
            }
            _ => {}
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        let same = |at: usize| *self.symbols[at].name == *name;
        let at = self.index.find(hash::of_text(name) as u32, same)?;
        Some(at as usize)
    }

    fn add(&mut self, name: &str, flags: u16) -> &mut ModuleSymbol {
        let at = self.position(name).unwrap_or_else(|| {
            self.symbols.push(ModuleSymbol {
                name: name.into(),
                flags: 0,
                scope: Scope::GlobalImplicit,
            });
            self.index.push(hash::of_text(name) as u32) as usize
        });
        self.symbols[at].flags |= flags;
        &mut self.symbols[at]
    }

    /// Adds what the first pass found in one segment.
    fn add_share(&mut self, tree: &Tree, scopes: &SegmentScopes, share: usize) {
        let Some(share) = &scopes.shares[share] else {
            return;
        };
        for symbol in &scopes[share.block].symbols()[..share.first_pass] {
            self.add(
                scopes.text(tree, symbol.name),
                symbol.flags & !flags::DEF_COMP_CELL,
            );
        }
    }

    /// Resolves what [`Self::add_share`] collected; nothing is bound around it.
    fn resolve(&mut self) {
        for symbol in &mut self.symbols {
            symbol.scope = if symbol.flags & flags::DEF_GLOBAL != 0 {
                Scope::GlobalExplicit
            } else if symbol.flags & flags::DEF_NONLOCAL == 0
                && symbol.flags & flags::DEF_BOUND != 0
            {
                Scope::Local
            } else {
                Scope::GlobalImplicit
            };
        }
    }

    /// Takes in the names of a segment's inlined comprehensions.
    fn inline(&mut self, tree: &Tree, scopes: &SegmentScopes, share: usize, function_like: bool) {
        let Some(share) = &scopes.shares[share] else {
            return;
        };
        for &comp in &share.inlined {
            for symbol in scopes[comp].symbols() {
                if symbol.flags & flags::DEF_PARAM != 0 {
                    continue;
                }
                let name = scopes.text(tree, symbol.name);
                let is_cell =
                    symbol.scope == Some(Scope::Cell) || symbol.flags & flags::DEF_COMP_CELL != 0;
                if self.get(name).is_none() {
                    let scope = symbol.scope.unwrap_or(Scope::GlobalImplicit);
                    self.add(name, symbol.flags).scope = scope;
                }
                if is_cell {
                    let symbol = self.add(name, flags::DEF_COMP_CELL);
                    if function_like && symbol.scope == Scope::Local {
                        symbol.scope = Scope::Cell;
                    }
                }
            }
        }
    }
}

/// What the whole file decides about names.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ModuleScopes {
    /// The module block.
    pub module: ModuleBlock,
    /// The block of the module's annotations, if it has any and they are not kept as text.
    pub annotations: Option<ModuleBlock>,
    /// `__future__` features that are on.
    pub future: Future,
    /// Some annotation stands under `if`, `for`, `try`, ...
    pub has_conditional_annotations: bool,
    /// The module begins with a docstring.
    pub has_docstring: bool,
    /// All errors, each with the position of its segment, in CPython's order.
    pub errors: Vec<(usize, SyntaxError)>,
}

impl ModuleScopes {
    /// Which `__future__` features a file turns on; needed before its segments' scopes are built.
    pub fn future<'a>(trees: impl IntoIterator<Item = &'a Tree>) -> Future {
        let mut future = Future::default();
        let mut first = true;
        for tree in trees {
            let share = crate::future::FutureShare::of(tree);
            if share.is_empty {
                continue;
            }
            if share.begins_with_string && !first {
                break;
            }
            first = false;
            future.flags |= share.leading.flags;
            if !share.only_leading {
                break;
            }
        }
        future
    }

    /// Adds up the shares of a file's segments.
    pub fn merge<'a>(
        segments: impl IntoIterator<Item = (&'a Tree, &'a SegmentScopes)> + Clone,
    ) -> Self {
        let mut this = Self::default();
        let leading = this.futures(segments.clone());
        let mut annotations = ModuleBlock::default();
        let mut has_annotations = false;
        for (at, (tree, scopes)) in segments.clone().into_iter().enumerate() {
            this.events(at, tree, scopes, leading.get(at).copied().unwrap_or(0));
            this.module.add_share(tree, scopes, 0);
            annotations.add_share(tree, scopes, 1);
            this.has_conditional_annotations |= scopes[BlockId::ROOT].has_conditional_annotations;
            let own = scopes[BlockId::ROOT].annotation_block;
            for &child in &scopes[BlockId::ROOT].children {
                if Some(child) == own {
                    if !std::mem::replace(&mut has_annotations, true) {
                        this.module.children.push(ModuleChild::Annotations);
                    }
                } else {
                    this.module.children.push(ModuleChild::Segment(at, child));
                }
            }
            if let Some(share) = &scopes.shares[1] {
                let children = scopes[share.block].children.iter();
                annotations
                    .children
                    .extend(children.map(|&child| ModuleChild::Segment(at, child)));
            }
        }
        this.module.resolve();
        annotations.resolve();
        this.nonlocals(segments.clone());
        for (at, (tree, scopes)) in segments.into_iter().enumerate() {
            this.module.inline(tree, scopes, 0, false);
            annotations.inline(tree, scopes, 1, true);
            this.errors.extend(
                scopes
                    .analysis_errors
                    .iter()
                    .map(|error| (at, error.clone())),
            );
        }
        if !annotations.symbols.is_empty() {
            this.annotations = Some(annotations);
        }
        this
    }

    /// The errors that [`Self::merge`] finds. The module block itself is put
    /// together only where a declaration at module level asks for it.
    pub fn errors<'a>(
        segments: impl IntoIterator<Item = (&'a Tree, &'a SegmentScopes)> + Clone,
    ) -> Vec<(usize, SyntaxError)> {
        let mut all = segments.clone().into_iter();
        if all.any(|(_, scopes)| scopes.declares_for_module()) {
            return Self::merge(segments).errors;
        }
        let mut this = Self::default();
        let leading = this.futures(segments.clone());
        for (at, (tree, scopes)) in segments.clone().into_iter().enumerate() {
            this.events(at, tree, scopes, leading.get(at).copied().unwrap_or(0));
        }
        for (at, (_, scopes)) in segments.into_iter().enumerate() {
            let errors = scopes.analysis_errors.iter();
            this.errors.extend(errors.map(|error| (at, error.clone())));
        }
        this.errors
    }

    /// Whether an import at module level binds the name.
    pub fn is_import(&self, name: &str) -> bool {
        self.module.flags(name) & flags::DEF_IMPORT != 0
    }

    /// Whether the module block knows `super`; then `super()` is not optimized.
    pub fn mentions_super(&self) -> bool {
        self.module.get("super").is_some()
    }

    /// The features turned on, and how many `__future__` imports of each
    /// segment stand where they may.
    fn futures<'a>(
        &mut self,
        segments: impl IntoIterator<Item = (&'a Tree, &'a SegmentScopes)>,
    ) -> Vec<usize> {
        let mut leading = Vec::new();
        let mut first = true;
        for (at, (_, scopes)) in segments.into_iter().enumerate() {
            let share = &scopes.future;
            if share.is_empty {
                leading.push(0);
                continue;
            }
            if first {
                self.has_docstring = share.begins_with_string;
            } else if share.begins_with_string {
                break;
            }
            first = false;
            self.future.flags |= share.leading.flags;
            self.errors
                .extend(share.errors.iter().map(|error| (at, error.clone())));
            leading.push(share.leading_count);
            if !share.only_leading {
                break;
            }
        }
        leading
    }

    /// The errors of one segment's first pass, with those that the segments
    /// before it make.
    fn events(&mut self, at: usize, tree: &Tree, scopes: &SegmentScopes, mut leading: usize) {
        let mut own = scopes.errors.iter();
        let mut given = 0;
        for event in &scopes.events {
            let (before, error) = match *event {
                ModuleEvent::Declaration {
                    name,
                    flag,
                    flags_before,
                    range,
                    errors_before,
                } => {
                    let name = scopes.text(tree, name);
                    let bits = flags_before | self.module.flags(name);
                    (
                        errors_before,
                        declaration_conflict(bits, flag, name)
                            .map(|message| SyntaxError::new(message, range)),
                    )
                }
                ModuleEvent::FutureImport {
                    top_level,
                    range,
                    errors_before,
                } => {
                    let allowed = top_level && leading > 0;
                    leading -= usize::from(allowed);
                    (errors_before, (!allowed).then(|| misplaced_future(range)))
                }
            };
            self.errors.extend(
                own.by_ref()
                    .take(before - given)
                    .map(|error| (at, error.clone())),
            );
            given = before;
            self.errors.extend(error.map(|error| (at, error)));
        }
        self.errors.extend(own.map(|error| (at, error.clone())));
    }

    /// `nonlocal` at module level, which the second pass refuses.
    fn nonlocals<'a>(&mut self, segments: impl IntoIterator<Item = (&'a Tree, &'a SegmentScopes)>) {
        let mut told = vec![false; self.module.symbols.len()];
        for (at, (tree, scopes)) in segments.into_iter().enumerate() {
            for &(name, range) in &scopes[BlockId::ROOT].directives {
                let name = scopes.text(tree, name);
                let Some(at_module) = self.module.position(name) else {
                    continue;
                };
                let bits = self.module.symbols[at_module].flags;
                if bits & flags::DEF_NONLOCAL == 0 || std::mem::replace(&mut told[at_module], true)
                {
                    continue;
                }
                let message = match bits & flags::DEF_GLOBAL {
                    0 => "nonlocal declaration not allowed at module level".into(),
                    _ => format!("name '{name}' is nonlocal and global"),
                };
                self.errors.push((at, SyntaxError::new(message, range)));
            }
        }
    }
}

fn misplaced_future(range: TextRange) -> SyntaxError {
    SyntaxError::new(
        "from __future__ imports must occur at the beginning of the file",
        range,
    )
}
