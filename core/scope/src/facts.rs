//! What a segment's code needs to know of the rest of its file.
//!
//! Checked against CPython over its library: given these few facts, a segment
//! compiles to the same code objects alone as in its file. They change seldom,
//! so that typing in one segment leaves the code of the others as it is.

use vitrine_syntax::tree::Tree;

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
        module.has_conditional_annotations = facts.has_conditional_annotations;
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
