//! The symbol table as the compiler asks it: by text, in the block at hand.
//!
//! Every block below the module belongs to one segment; the module's block and
//! its annotations' are merged over all segments and are asked by text.

use std::borrow::Cow;

use vitrine_scope::{BlockId, BlockKind, Scope, Symbol, flags};

use super::Codegen;
use super::unit::Unit;
use vitrine_syntax::tree::NameId;

/// The symbol table entry of a code object.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Entry {
    /// The module.
    #[default]
    Module,
    /// The module's `__annotate__`.
    ModuleAnnotate,
    /// A block of the segment at hand.
    Block(BlockId),
}

/// What an entry says of itself, whichever entry it is.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Traits {
    pub(super) function_like: bool,
    pub(super) class: bool,
    pub(super) nested: bool,
    pub(super) generator: bool,
    pub(super) coroutine: bool,
    pub(super) varargs: bool,
    pub(super) varkeywords: bool,
    pub(super) has_docstring: bool,
    pub(super) method: bool,
    pub(super) needs_class_closure: bool,
    pub(super) needs_classdict: bool,
    pub(super) can_see_class_scope: bool,
    pub(super) has_conditional_annotations: bool,
    pub(super) annotations_used: bool,
}

/// A name's flags and scope; both empty for a name the block does not know.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Known {
    pub(super) flags: u16,
    pub(super) scope: Option<Scope>,
}

impl Known {
    pub(super) fn of(symbol: Symbol) -> Self {
        Self {
            flags: symbol.flags,
            scope: symbol.scope,
        }
    }

    /// Bound here and not by `nonlocal`: in a comprehension, what it must hide.
    pub(super) fn bound_here(self) -> bool {
        self.flags & flags::DEF_LOCAL != 0 && self.flags & flags::DEF_NONLOCAL == 0
    }
}

impl<'a> Codegen<'a> {
    pub(super) fn traits(&self, entry: Entry) -> Traits {
        match entry {
            Entry::Module => Traits {
                has_docstring: self.module_has_docstring,
                has_conditional_annotations: self.module.has_conditional_annotations,
                annotations_used: self
                    .segments
                    .iter()
                    .any(|at| at.scopes[BlockId::ROOT].annotations_used),
                ..Traits::default()
            },
            Entry::ModuleAnnotate => Traits {
                function_like: true,
                ..Traits::default()
            },
            Entry::Block(id) => {
                let block = &self.scopes[id];
                Traits {
                    function_like: !matches!(block.kind, BlockKind::Module | BlockKind::Class),
                    class: block.kind == BlockKind::Class,
                    nested: block.nested,
                    generator: block.generator,
                    coroutine: block.coroutine,
                    varargs: block.varargs,
                    varkeywords: block.varkeywords,
                    has_docstring: block.has_docstring && self.options.optimize < 2,
                    method: block.method,
                    needs_class_closure: block.needs_class_closure,
                    needs_classdict: block.needs_classdict,
                    can_see_class_scope: block.can_see_class_scope,
                    has_conditional_annotations: block.has_conditional_annotations,
                    annotations_used: block.annotations_used,
                }
            }
        }
    }

    /// `_PyST_GetSymbol` of the code object at hand; `name` is mangled.
    pub(super) fn symbol(&self, name: &str) -> Known {
        self.symbol_of(&self.unit, name)
    }

    /// What the module does with a name. Within an inlined comprehension of the
    /// module that is what the comprehension does with it, as in CPython.
    pub(super) fn module_symbol(&self, name: &str) -> Known {
        self.symbol_of(self.stack.first().unwrap_or(&self.unit), name)
    }

    /// Whether the module imports a name.
    pub(super) fn is_imported(&mut self, name: NameId) -> bool {
        let module = self.stack.first().unwrap_or(&self.unit);
        let plain = module.overrides.is_empty();
        if plain && let Some(known) = self.known.imported(name) {
            return known;
        }
        let symbol = self.symbol_of(module, self.tree.name(name));
        let imported = symbol.flags & flags::DEF_IMPORT != 0;
        if plain {
            self.known.set_imported(name, imported);
        }
        imported
    }

    fn symbol_of(&self, unit: &Unit, name: &str) -> Known {
        let mut overrides = unit.overrides.iter().rev();
        match overrides.find(|(of, _)| **of == *name) {
            Some((_, known)) => *known,
            None => self.symbol_in(unit.entry, name),
        }
    }

    pub(super) fn symbol_in(&self, entry: Entry, name: &str) -> Known {
        let shared = match entry {
            Entry::Block(id) => {
                let symbol = self
                    .scopes
                    .find(self.tree, name)
                    .and_then(|sym| self.scopes[id].get(sym));
                return symbol.map_or_else(Known::default, Known::of);
            }
            Entry::Module => self.module.module.get(name),
            Entry::ModuleAnnotate => self
                .module
                .annotations
                .as_ref()
                .and_then(|block| block.get(name)),
        };
        shared.map_or_else(Known::default, |symbol| Known {
            flags: symbol.flags,
            scope: Some(symbol.scope),
        })
    }

    /// `_Py_MaybeMangle`: private names in a class get the class's name.
    pub(super) fn mangle<'n>(&self, name: &'n str) -> Cow<'n, str>
    where
        'a: 'n,
    {
        match self.unit.entry {
            Entry::Block(id) if name.starts_with("__") => self.scopes.mangle(self.tree, id, name),
            _ => Cow::Borrowed(name),
        }
    }
}
