//! Loading, binding and deleting variables (`codegen_nameop`).

use vitrine_scope::Scope;
use vitrine_syntax::tree::{ExprContext, NameId, Tree};

use super::error::Result;
use super::symbols::Entry;
use super::{Codegen, Table, free_index};
use crate::instruction::Location;
use crate::opcode::Opcode;

/// Where a variable lives, and its index there.
#[derive(Clone, Copy)]
enum Place {
    Fast(u32),
    Deref(u32),
    Global(u32),
    Name(u32),
}

/// What is known of a name in a unit.
#[derive(Clone, Copy)]
struct Variable {
    place: Place,
    scope: Option<Scope>,
}

/// What units know of the identifiers of the tree at hand: by identifier the
/// number of the unit that knew it last, 0 if none did, and what it knew.
#[derive(Default)]
pub(super) struct KnownNames {
    names: Vec<(u32, u32)>,
    variables: Vec<(u32, Variable)>,
    /// `__debug__`, if the tree has it.
    pub(super) debug: Option<NameId>,
}

impl KnownNames {
    /// Forgets all, for another tree.
    pub(super) fn of(&mut self, tree: &Tree) {
        let nothing = Variable {
            place: Place::Fast(0),
            scope: None,
        };
        self.debug = tree.find_name("__debug__");
        self.names.clear();
        self.names.resize(tree.name_count(), (0, 0));
        self.variables.clear();
        self.variables.resize(tree.name_count(), (0, nothing));
    }
}

impl Codegen<'_> {
    pub(super) fn load_name(&mut self, loc: Location, name: &str) -> Result {
        self.name(loc, name, ExprContext::Load)
    }

    pub(super) fn store_name(&mut self, loc: Location, name: &str) -> Result {
        self.name(loc, name, ExprContext::Store)
    }

    pub(super) fn delete_name(&mut self, loc: Location, name: &str) -> Result {
        self.name(loc, name, ExprContext::Del)
    }

    pub(super) fn name(&mut self, loc: Location, name: &str, ctx: ExprContext) -> Result {
        let variable = self.variable(name);
        self.variable_op(loc, variable, ctx);
        Ok(())
    }

    /// The same for an identifier of the tree, whose text is looked up once in a unit.
    pub(super) fn identifier(&mut self, loc: Location, name: NameId, ctx: ExprContext) {
        // Within an inlined comprehension names mean something else.
        let plain = self.unit.overrides.is_empty() && self.unit.fast_hidden.is_empty();
        let known = &self.known.variables[name.index()];
        let variable = match known {
            &(unit, variable) if plain && unit == self.unit.number => variable,
            _ => {
                let text = self.tree.name(name);
                let variable = match self.unit.entry {
                    // A symbol of the segment, as it is written.
                    Entry::Block(block) if plain && !text.starts_with("__") => {
                        let symbol = self.scopes.sym(self.tree, block, name);
                        let scope = symbol.and_then(|sym| self.scopes[block].scope(sym));
                        let place = self.resolve(text, scope);
                        Variable { place, scope }
                    }
                    _ => self.variable(text),
                };
                if plain {
                    self.known.variables[name.index()] = (self.unit.number, variable);
                }
                variable
            }
        };
        self.variable_op(loc, variable, ctx);
    }

    /// The index in `co_names` of an identifier of the tree.
    pub(super) fn name_index(&mut self, name: NameId) -> u32 {
        let (unit, index) = self.known.names[name.index()];
        if unit == self.unit.number {
            return index;
        }
        let mangled = self.mangle(self.tree.name(name));
        let index = self.unit.names.add(&mangled);
        self.known.names[name.index()] = (self.unit.number, index);
        index
    }

    fn variable(&mut self, name: &str) -> Variable {
        let mangled = self.mangle(name);
        let scope = self.symbol(&mangled).scope;
        Variable {
            place: self.resolve(&mangled, scope),
            scope,
        }
    }

    fn variable_op(&mut self, loc: Location, variable: Variable, ctx: ExprContext) {
        let Variable { place, scope } = variable;
        let (opcode, arg) = match place {
            Place::Fast(arg) => {
                let opcode = match ctx {
                    ExprContext::Load => Opcode::LOAD_FAST,
                    ExprContext::Store => Opcode::STORE_FAST,
                    ExprContext::Del => Opcode::DELETE_FAST,
                };
                (opcode, arg)
            }
            Place::Deref(arg) => {
                let opcode = match ctx {
                    ExprContext::Load => {
                        if self.unit.traits.class && self.unit.in_inlined_comprehension == 0 {
                            self.op(loc, Opcode::LOAD_LOCALS);
                            Opcode::LOAD_FROM_DICT_OR_DEREF
                        } else if self.unit.traits.can_see_class_scope {
                            self.load_classdict(loc);
                            Opcode::LOAD_FROM_DICT_OR_DEREF
                        } else {
                            Opcode::LOAD_DEREF
                        }
                    }
                    ExprContext::Store => Opcode::STORE_DEREF,
                    ExprContext::Del => Opcode::DELETE_DEREF,
                };
                (opcode, arg)
            }
            Place::Global(arg) => match ctx {
                ExprContext::Load => {
                    if self.unit.traits.can_see_class_scope && scope == Some(Scope::GlobalImplicit)
                    {
                        self.load_classdict(loc);
                        (Opcode::LOAD_FROM_DICT_OR_GLOBALS, arg)
                    } else {
                        (Opcode::LOAD_GLOBAL, arg << 1)
                    }
                }
                ExprContext::Store => (Opcode::STORE_GLOBAL, arg),
                ExprContext::Del => (Opcode::DELETE_GLOBAL, arg),
            },
            Place::Name(arg) => match ctx {
                ExprContext::Load
                    if self.unit.traits.class && self.unit.in_inlined_comprehension > 0 =>
                {
                    (Opcode::LOAD_GLOBAL, arg << 1)
                }
                ExprContext::Load => (Opcode::LOAD_NAME, arg),
                ExprContext::Store => (Opcode::STORE_NAME, arg),
                ExprContext::Del => (Opcode::DELETE_NAME, arg),
            },
        };
        self.op_i(loc, opcode, arg);
    }

    /// `_PyCompile_ResolveNameop`, which here numbers the fast locals too.
    fn resolve(&mut self, name: &str, scope: Option<Scope>) -> Place {
        let unit = &mut self.unit;
        match scope {
            Some(Scope::Free) => Place::Deref(free_index(
                &mut unit.freevars,
                unit.cellvars.names.len() as u32,
                name,
            )),
            Some(Scope::Cell) => Place::Deref(unit.cellvars.add(name)),
            Some(Scope::Local) if unit.traits.function_like || unit.is_hidden(name) => {
                Place::Fast(unit.varnames.add(name))
            }
            Some(Scope::GlobalImplicit) if unit.traits.function_like => {
                Place::Global(unit.names.add(name))
            }
            Some(Scope::GlobalExplicit) => Place::Global(unit.names.add(name)),
            _ => Place::Name(unit.names.add(name)),
        }
    }

    fn load_classdict(&mut self, loc: Location) {
        self.op_raw_name(loc, Opcode::LOAD_DEREF, "__classdict__", Table::Free);
    }
}
