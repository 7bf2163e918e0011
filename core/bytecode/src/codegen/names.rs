//! Loading, binding and deleting variables (`codegen_nameop`).

use vitrine_scope::{Scope, Sym, Symbol, flags};
use vitrine_syntax::tree::{ExprContext, NameId, Tree};

use super::constants::is_numbered;
use super::error::Result;
use super::symbols::Entry;
use super::unit::Unit;
use super::{Codegen, Table, free_index};
use crate::instruction::Location;
use crate::opcode::Opcode;

/// Where a variable lives, and its index there.
#[derive(Clone, Copy)]
struct Place {
    kind: PlaceKind,
    index: u32,
}

#[derive(Clone, Copy)]
enum PlaceKind {
    Fast,
    Deref,
    Global,
    Name,
}

impl PlaceKind {
    /// What loads, binds or deletes a variable there: from a table, as no processor foresees it.
    #[inline]
    fn opcode(self, ctx: ExprContext) -> Opcode {
        use Opcode::*;
        static OPCODES: [[Opcode; 3]; 4] = [
            [LOAD_FAST, STORE_FAST, DELETE_FAST],
            [LOAD_DEREF, STORE_DEREF, DELETE_DEREF],
            [LOAD_GLOBAL, STORE_GLOBAL, DELETE_GLOBAL],
            [LOAD_NAME, STORE_NAME, DELETE_NAME],
        ];
        let column = match ctx {
            ExprContext::Load => 0,
            ExprContext::Store => 1,
            ExprContext::Del => 2,
        };
        OPCODES[self as usize][column]
    }

    fn at(self, index: u32) -> Place {
        Place { kind: self, index }
    }
}

/// What is known of a name in a unit.
#[derive(Clone, Copy)]
struct Variable {
    place: Place,
    scope: Option<Scope>,
}

/// What the units know of an identifier of the tree at hand.
#[derive(Clone, Copy)]
struct Identifier {
    /// The number of the unit that had to do with it last, of which the rest is; 0 for none.
    unit: u32,
    /// The unit may have had to do with it before another had.
    seen: bool,
    /// Where it lives, if the unit's block has such a symbol, and it is not `seen`.
    scope: Option<Scope>,
    variable: Option<Variable>,
    /// Its index in `co_names`, from 1; 0 if that is not known.
    name: u32,
}

impl Identifier {
    const UNKNOWN: Self = Self {
        unit: 0,
        seen: false,
        scope: None,
        variable: None,
        name: 0,
    };
}

/// What is among the names of a unit that begins.
#[derive(Clone, Copy, Default)]
pub(super) struct Begun {
    /// Perhaps cells or free variables.
    pub(super) captures: bool,
    /// Names that are declared `global`.
    pub(super) declares_globals: bool,
}

/// What units know of the identifiers of the tree at hand.
#[derive(Default)]
pub(super) struct KnownNames {
    /// What the module's unit knows, which is asked again after each function, and what
    /// the others do.
    of_module: Vec<Identifier>,
    of_others: Vec<Identifier>,
    /// Whether the module imports a name, once that was asked.
    imported: Vec<Option<bool>>,
    /// `__debug__`, `super` and `self`, if the tree has them.
    pub(super) debug: Option<NameId>,
    pub(super) super_: Option<NameId>,
    pub(super) self_: Option<NameId>,
}

impl KnownNames {
    /// Forgets all, for another tree.
    pub(super) fn of(&mut self, tree: &Tree) {
        self.debug = tree.find_name("__debug__");
        self.super_ = tree.find_name("super");
        self.self_ = tree.find_name("self");
        for identifiers in [&mut self.of_module, &mut self.of_others] {
            identifiers.clear();
            identifiers.resize(tree.name_count(), Identifier::UNKNOWN);
        }
        self.imported.clear();
        self.imported.resize(tree.name_count(), None);
    }

    /// What a unit knew of an identifier, if it was the last that asked.
    #[inline]
    fn get(&self, name: NameId, unit: u32) -> Option<&Identifier> {
        let identifiers = match unit {
            Unit::MODULE => &self.of_module,
            _ => &self.of_others,
        };
        Some(&identifiers[name.index()]).filter(|known| known.unit == unit)
    }

    /// What a unit knows of an identifier.
    #[inline]
    fn of_unit(&mut self, name: NameId, unit: u32) -> &mut Identifier {
        let identifiers = match unit {
            Unit::MODULE => &mut self.of_module,
            _ => &mut self.of_others,
        };
        let known = &mut identifiers[name.index()];
        if known.unit != unit {
            known.seen = known.unit > unit;
            known.scope = None;
            known.unit = unit;
            known.variable = None;
            known.name = 0;
        }
        known
    }

    /// A unit begins that does this with names.
    pub(super) fn begin_unit(&mut self, unit: u32, symbols: &[Symbol]) -> Begun {
        const CAPTURED: u16 = flags::DEF_COMP_CELL | flags::DEF_FREE_CLASS;
        let mut begun = Begun::default();
        for symbol in symbols {
            begun.captures |= matches!(symbol.scope, Some(Scope::Cell | Scope::Free))
                || symbol.flags & CAPTURED != 0;
            begun.declares_globals |= symbol.scope == Some(Scope::GlobalExplicit);
            if let Some(known) = self.of_others.get_mut(symbol.name.index()) {
                known.unit = unit;
                known.seen = false;
                known.scope = symbol.scope;
                known.variable = None;
                known.name = 0;
            }
        }
        begun
    }

    /// The unit has the parameter as the fast local with that index, or as a cell, which is
    /// looked up when it is used.
    pub(super) fn add_parameter(&mut self, parameter: Symbol, index: u32) {
        if let Some(known) = self.of_others.get_mut(parameter.name.index()) {
            known.seen = true;
            known.variable = (parameter.scope == Some(Scope::Local)).then_some(Variable {
                place: PlaceKind::Fast.at(index),
                scope: parameter.scope,
            });
        }
    }

    /// Whether the module imports the name, if that was asked before.
    #[inline]
    pub(super) fn imported(&self, name: NameId) -> Option<bool> {
        self.imported[name.index()]
    }

    pub(super) fn set_imported(&mut self, name: NameId, imported: bool) {
        self.imported[name.index()] = Some(imported);
    }
}

impl Codegen<'_> {
    pub(super) fn load_name(&mut self, loc: Location, name: &str) -> Result {
        self.name(loc, name, ExprContext::Load)
    }

    pub(super) fn store_name(&mut self, loc: Location, name: &str) -> Result {
        self.name(loc, name, ExprContext::Store)
    }

    pub(super) fn name(&mut self, loc: Location, name: &str, ctx: ExprContext) -> Result {
        let variable = self.variable(name);
        self.variable_op(loc, variable, ctx);
        Ok(())
    }

    /// The same for an identifier of the tree, whose text is looked up once in a unit.
    #[inline]
    pub(super) fn identifier(&mut self, loc: Location, name: NameId, ctx: ExprContext) {
        // Within an inlined comprehension names mean something else.
        let plain = self.unit.overrides.is_empty() && self.unit.fast_hidden.is_empty();
        let known = self.known.get(name, self.unit.number);
        let variable = match known.and_then(|known| known.variable) {
            Some(variable) if plain => variable,
            _ => self.find_identifier(name, plain),
        };
        self.variable_op(loc, variable, ctx);
    }

    #[inline(never)]
    fn find_identifier(&mut self, name: NameId, plain: bool) -> Variable {
        let text = self.tree.name(name);
        if !plain {
            return self.variable(text);
        }
        let variable = match self.unit.entry {
            _ if !is_numbered(text) => self.variable(text),
            Entry::Block(block) => {
                let known = self.known.of_unit(name, self.unit.number);
                let scope = match known.seen {
                    true => self.scopes[block].scope(Sym::of(name)),
                    false => known.scope,
                };
                self.identifier_variable(name, text, scope)
            }
            Entry::Module => {
                let scope = self.symbol_in(Entry::Module, text).scope;
                self.identifier_variable(name, text, scope)
            }
            Entry::ModuleAnnotate => self.variable(text),
        };
        let known = self.known.of_unit(name, self.unit.number);
        known.variable = Some(variable);
        variable
    }

    /// The variable of an identifier that is not mangled.
    fn identifier_variable(&mut self, name: NameId, text: &str, scope: Option<Scope>) -> Variable {
        let function_like = self.unit.traits.function_like;
        let place = match scope {
            Some(Scope::Local) if function_like => {
                let known = self.known.of_unit(name, self.unit.number);
                PlaceKind::Fast.at(self.unit.varnames.add_identifier(text, !known.seen))
            }
            Some(Scope::GlobalImplicit) if function_like => {
                PlaceKind::Global.at(self.name_index(name))
            }
            Some(Scope::GlobalExplicit) => PlaceKind::Global.at(self.name_index(name)),
            Some(Scope::Free | Scope::Cell) => self.resolve(text, scope),
            _ => PlaceKind::Name.at(self.name_index(name)),
        };
        Variable { place, scope }
    }

    /// The index in `co_names` of an identifier of the tree.
    pub(super) fn name_index(&mut self, name: NameId) -> u32 {
        let known = self.known.get(name, self.unit.number);
        if let Some(index) = known.and_then(|known| known.name.checked_sub(1)) {
            return index;
        }
        let text = self.tree.name(name);
        let index = if is_numbered(text) {
            let known = self.known.of_unit(name, self.unit.number);
            self.unit.names.add_identifier(text, !known.seen)
        } else {
            let mangled = self.mangle(text);
            self.unit.names.add(&mangled)
        };
        let known = self.known.of_unit(name, self.unit.number);
        known.name = index + 1;
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
        let Place { kind, index } = place;
        let traits = self.unit.traits;
        let sees_class = traits.class | traits.can_see_class_scope;
        let mut opcode = kind.opcode(ctx);
        if sees_class && ctx == ExprContext::Load {
            opcode = self.load_within_class(loc, kind, scope).unwrap_or(opcode);
        }
        // Of the argument of `LOAD_GLOBAL` the lowest bit says something else.
        let arg = index << u32::from(opcode == Opcode::LOAD_GLOBAL);
        self.op_i(loc, opcode, arg);
    }

    /// How a name is loaded in a class, or where a class's names are seen, if that is another
    /// way; what it takes beside the name is pushed.
    fn load_within_class(
        &mut self,
        loc: Location,
        kind: PlaceKind,
        scope: Option<Scope>,
    ) -> Option<Opcode> {
        let traits = self.unit.traits;
        let own = traits.class && self.unit.in_inlined_comprehension == 0;
        match kind {
            PlaceKind::Deref if own => {
                self.op(loc, Opcode::LOAD_LOCALS);
                Some(Opcode::LOAD_FROM_DICT_OR_DEREF)
            }
            PlaceKind::Deref if traits.can_see_class_scope => {
                self.load_classdict(loc);
                Some(Opcode::LOAD_FROM_DICT_OR_DEREF)
            }
            PlaceKind::Global
                if traits.can_see_class_scope && scope == Some(Scope::GlobalImplicit) =>
            {
                self.load_classdict(loc);
                Some(Opcode::LOAD_FROM_DICT_OR_GLOBALS)
            }
            PlaceKind::Name if traits.class && !own => Some(Opcode::LOAD_GLOBAL),
            _ => None,
        }
    }

    /// `_PyCompile_ResolveNameop`, which here numbers the fast locals too.
    fn resolve(&mut self, name: &str, scope: Option<Scope>) -> Place {
        let unit = &mut self.unit;
        match scope {
            Some(Scope::Free) => PlaceKind::Deref.at(free_index(
                &mut unit.freevars,
                unit.cellvars.names.len() as u32,
                name,
            )),
            Some(Scope::Cell) => PlaceKind::Deref.at(unit.cellvars.add(name)),
            Some(Scope::Local) if unit.traits.function_like || unit.is_hidden(name) => {
                PlaceKind::Fast.at(unit.varnames.add(name))
            }
            Some(Scope::GlobalImplicit) if unit.traits.function_like => {
                PlaceKind::Global.at(unit.names.add(name))
            }
            Some(Scope::GlobalExplicit) => PlaceKind::Global.at(unit.names.add(name)),
            _ => PlaceKind::Name.at(unit.names.add(name)),
        }
    }

    fn load_classdict(&mut self, loc: Location) {
        self.op_raw_name(loc, Opcode::LOAD_DEREF, "__classdict__", Table::Free);
    }
}
