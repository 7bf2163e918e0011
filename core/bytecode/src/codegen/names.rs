//! Loading, binding and deleting variables (`codegen_nameop`).

use vitrine_scope::Scope;
use vitrine_syntax::tree::ExprContext;

use super::error::Result;
use super::{Codegen, Table, free_index};
use crate::instruction::Location;
use crate::opcode::Opcode;

/// Where a variable lives, and its index there.
enum Place {
    Fast,
    Deref(u32),
    Global(u32),
    Name(u32),
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
        let mangled = self.mangle(name);
        let scope = self.symbol(&mangled).scope;
        let (opcode, arg) = match self.resolve(&mangled, scope) {
            Place::Fast => {
                let opcode = match ctx {
                    ExprContext::Load => Opcode::LOAD_FAST,
                    ExprContext::Store => Opcode::STORE_FAST,
                    ExprContext::Del => Opcode::DELETE_FAST,
                };
                (opcode, self.unit.varnames.add(&mangled))
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
        Ok(())
    }

    /// `_PyCompile_ResolveNameop`. A fast local gets its number only when used,
    /// as in CPython; the others are numbered here.
    fn resolve(&mut self, name: &str, scope: Option<Scope>) -> Place {
        let unit = &mut self.unit;
        match scope {
            Some(Scope::Free) => Place::Deref(free_index(
                &mut unit.freevars,
                unit.cellvars.names.len() as u32,
                name,
            )),
            Some(Scope::Cell) => Place::Deref(unit.cellvars.add(name)),
            Some(Scope::Local) if unit.traits.function_like || unit.is_hidden(name) => Place::Fast,
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
