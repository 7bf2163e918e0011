//! What a segment's code needs to know of the rest of its file.
//!
//! Checked against CPython over its library: given these few facts, a segment
//! compiles to the same code objects alone as in its file. They change seldom,
//! so that typing in one segment leaves the code of the others as it is.

use std::collections::BTreeSet;

use vitrine_syntax::tree::Tree;

use crate::block::BlockId;
use crate::future::Future;
use crate::module::ModuleScopes;
use crate::segment::SegmentScopes;
use crate::symbol::{Scope, flags};

/// See the module.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct ModuleFacts {
    /// `__future__` features that are on.
    pub future: Future,
    /// Some annotation of the module stands under `if`, `for`, `try`, ...
    pub has_conditional_annotations: bool,
    /// The module block knows `super`.
    pub mentions_super: bool,
    /// Names that an import at module level binds, sorted.
    pub imports: Box<[Box<str>]>,
    /// Names declared `global` at module level, sorted.
    pub declared_global: Box<[Box<str>]>,
}

/// What one segment adds to its file's facts: seldom another after an edit, so
/// that the facts need not be added up again.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FactsShare {
    has_conditional_annotations: bool,
    mentions_super: bool,
    imports: Vec<Box<str>>,
    declared_global: Vec<Box<str>>,
    has_errors: bool,
}

impl FactsShare {
    /// The share of a segment.
    pub fn of(tree: &Tree, scopes: &SegmentScopes) -> Self {
        let mut this = Self {
            has_conditional_annotations: scopes[BlockId::ROOT].has_conditional_annotations,
            has_errors: !scopes.is_silent(),
            ..Self::default()
        };
        let Some(share) = &scopes.shares[0] else {
            return this;
        };
        for symbol in &scopes[share.block].symbols()[..share.first_pass] {
            let name = || scopes.text(tree, symbol.name);
            if symbol.flags & flags::DEF_IMPORT != 0 {
                this.imports.push(name().into());
            }
            if symbol.flags & flags::DEF_GLOBAL != 0 {
                this.declared_global.push(name().into());
            }
        }
        if let Some(name) = scopes.find(tree, "super") {
            let blocks = std::iter::once(&share.block).chain(&share.inlined);
            this.mentions_super = blocks.into_iter().any(|&block| {
                scopes[block].get(name).is_some_and(|symbol| {
                    block == share.block || symbol.flags & flags::DEF_PARAM == 0
                })
            });
        }
        this
    }

    /// Whether a file's facts are the same without it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether [`ModuleScopes::errors`] may have something to say because of the segment.
    pub fn has_errors(&self) -> bool {
        self.has_errors
    }
}

impl SegmentScopes {
    /// The names that the segment binds at module level.
    pub fn bound_in_module<'a>(&'a self, tree: &'a Tree) -> impl Iterator<Item = &'a str> {
        let shares = self.shares[0].iter();
        let symbols = shares.flat_map(|share| &self[share.block].symbols()[..share.first_pass]);
        let bound = symbols.filter(|symbol| symbol.flags & flags::DEF_BOUND != 0);
        bound.map(|symbol| self.text(tree, symbol.name))
    }
}

impl ModuleFacts {
    /// The facts of a file with these shares: those of [`ModuleScopes::facts`].
    pub fn merge<'a>(future: Future, shares: impl IntoIterator<Item = &'a FactsShare>) -> Self {
        let mut this = Self {
            future,
            ..Self::default()
        };
        let mut imports = BTreeSet::new();
        let mut declared_global = BTreeSet::new();
        for share in shares {
            this.has_conditional_annotations |= share.has_conditional_annotations;
            this.mentions_super |= share.mentions_super;
            imports.extend(&share.imports);
            declared_global.extend(&share.declared_global);
        }
        this.imports = imports.into_iter().cloned().collect();
        this.declared_global = declared_global.into_iter().cloned().collect();
        this
    }
}

impl ModuleScopes {
    /// What the file's segments need to know of it.
    pub fn facts(&self) -> ModuleFacts {
        let names = |wanted: &dyn Fn(u16, Scope) -> bool| {
            let symbols = self.module.symbols().iter();
            let wanted = symbols.filter(|symbol| wanted(symbol.flags, symbol.scope));
            let mut names: Vec<Box<str>> = wanted.map(|symbol| symbol.name.clone()).collect();
            names.sort_unstable();
            names.into_boxed_slice()
        };
        ModuleFacts {
            future: self.future,
            has_conditional_annotations: self.has_conditional_annotations,
            mentions_super: self.mentions_super(),
            imports: names(&|bits, _| bits & flags::DEF_IMPORT != 0),
            declared_global: names(&|_, scope| scope == Scope::GlobalExplicit),
        }
    }

    /// The module as far as one segment's code depends on it.
    pub fn of_segment(tree: &Tree, scopes: &SegmentScopes, facts: &ModuleFacts) -> Self {
        let mut module = Self::merge([(tree, scopes)]);
        module.future = facts.future;
        module.has_conditional_annotations =
            facts.has_conditional_annotations && !facts.future.annotates_at_once;
        // Whether a leading string is the docstring, only the file can tell.
        module.has_docstring = false;
        module.errors.clear();
        for name in &facts.imports {
            if tree.find_name(name).is_some() {
                module.module.know(name, flags::DEF_IMPORT, Scope::Local);
            }
        }
        for name in &facts.declared_global {
            if tree.find_name(name).is_some() {
                module
                    .module
                    .know(name, flags::DEF_GLOBAL, Scope::GlobalExplicit);
            }
        }
        if facts.mentions_super {
            module
                .module
                .know("super", flags::USE, Scope::GlobalImplicit);
        }
        module
    }
}
