//! Type parameters and `type` statements (PEP 695, PEP 696).

use vitrine_syntax::tree::{Expr, ExprId, List, StmtId, TypeParam};

use super::Codegen;
use super::constants::int;
use super::error::Result;
use super::functions::attribute;
use super::symbols::Entry;
use super::unit::{ArgCounts, ScopeType};
use crate::code::Const;
use crate::instruction::Location;
use crate::opcode::{Opcode, number};

impl Codegen<'_> {
    /// Makes the type parameters, binds them, and pushes the tuple of them.
    pub(super) fn type_params(&mut self, params: List<TypeParam>) -> Result {
        let mut seen_default = false;
        for id in self.tree.list(params) {
            let loc = self.loc(id);
            let (name, default) = match self.tree[id] {
                TypeParam::TypeVar {
                    name,
                    default_value,
                    ..
                }
                | TypeParam::ParamSpec {
                    name,
                    default_value,
                }
                | TypeParam::TypeVarTuple {
                    name,
                    default_value,
                } => (name, default_value),
            };
            let name = self.tree.name(name);
            self.load_str(loc, name);
            match self.tree[id] {
                TypeParam::TypeVar {
                    bound: Some(bound), ..
                } => {
                    let block = self.scopes.type_param_bound(id);
                    self.bound_or_default(bound, name, block.map(Entry::Block), false)?;
                    let intrinsic = match self.tree[bound] {
                        Expr::Tuple { .. } => number::INTRINSIC_TYPEVAR_WITH_CONSTRAINTS,
                        _ => number::INTRINSIC_TYPEVAR_WITH_BOUND,
                    };
                    self.op_i(loc, Opcode::CALL_INTRINSIC_2, intrinsic);
                }
                TypeParam::TypeVar { bound: None, .. } => {
                    self.op_i(loc, Opcode::CALL_INTRINSIC_1, number::INTRINSIC_TYPEVAR);
                }
                TypeParam::ParamSpec { .. } => {
                    self.op_i(loc, Opcode::CALL_INTRINSIC_1, number::INTRINSIC_PARAMSPEC);
                }
                TypeParam::TypeVarTuple { .. } => {
                    self.op_i(
                        loc,
                        Opcode::CALL_INTRINSIC_1,
                        number::INTRINSIC_TYPEVARTUPLE,
                    );
                }
            }
            if let Some(default) = default {
                seen_default = true;
                let block = self.scopes.type_param_default(id);
                let allow_starred = matches!(self.tree[id], TypeParam::TypeVarTuple { .. });
                self.bound_or_default(default, name, block.map(Entry::Block), allow_starred)?;
                self.op_i(
                    loc,
                    Opcode::CALL_INTRINSIC_2,
                    number::INTRINSIC_SET_TYPEPARAM_DEFAULT,
                );
            } else if seen_default {
                let message =
                    format!("non-default type parameter '{name}' follows default type parameter");
                return self.error(loc, message);
            }
            self.op_i(loc, Opcode::COPY, 1);
            self.store_name(loc, name)?;
        }
        if let Some(first) = self.tree.list(params).next() {
            self.op_i(
                self.loc(first),
                Opcode::BUILD_TUPLE,
                self.tree.len(params) as u32,
            );
        }
        Ok(())
    }

    /// The defaults `(1,)` of a function whose only parameter is the format, if it has one.
    fn format_default(&mut self, loc: Location) -> u32 {
        if self.switches.annotates_at_once {
            return 0;
        }
        self.load_const(loc, Const::Tuple([int(1)].into()));
        attribute::DEFAULTS
    }

    fn bound_or_default(
        &mut self,
        value: ExprId,
        name: &str,
        entry: Option<Entry>,
        allow_starred: bool,
    ) -> Result {
        let Some(entry) = entry else {
            return self.system_error("a type parameter without a block");
        };
        let loc = self.place(value);
        let attributes = self.format_default(loc);
        self.enter_annotations_scope(loc, entry, name);
        match self.tree[value] {
            Expr::Starred { value, .. } if allow_starred => {
                self.expr(value)?;
                self.op_i(loc, Opcode::UNPACK_SEQUENCE, 1);
            }
            _ => self.expr(value)?,
        }
        self.op(loc, Opcode::RETURN_VALUE);
        let code = self.assemble(true)?;
        self.make_closure(loc, code, attributes)
    }

    pub(super) fn type_alias(
        &mut self,
        id: StmtId,
        name: ExprId,
        type_params: List<TypeParam>,
        value: ExprId,
    ) -> Result {
        let loc = self.loc(id);
        let Expr::Name { id: name, .. } = self.tree[name] else {
            return self.system_error("a type alias without a name");
        };
        let name = self.tree.name(name);
        let is_generic = !type_params.is_empty();
        if is_generic {
            let Some(block) = self.scopes.alias_type_params(id) else {
                return self.system_error("type parameters without a block");
            };
            let generic = format!("<generic parameters of {name}>");
            let counts = ArgCounts::default();
            self.enter_scope(
                &generic,
                ScopeType::Annotations,
                Entry::Block(block),
                loc.line as u32,
                counts,
            );
            self.load_str(loc, name);
            self.type_params(type_params)?;
        } else {
            self.load_str(loc, name);
            self.load_const(loc, Const::None);
        }
        self.type_alias_value(id, name, value)?;
        if is_generic {
            let code = self.assemble(false)?;
            self.make_closure(loc, code, 0)?;
            self.op(loc, Opcode::PUSH_NULL);
            self.op_i(loc, Opcode::CALL, 0);
        }
        self.store_name(loc, name)
    }

    fn type_alias_value(&mut self, id: StmtId, name: &str, value: ExprId) -> Result {
        let loc = self.loc(id);
        let Some(block) = self.scopes.alias(id) else {
            return self.system_error("a type alias without a block");
        };
        let attributes = self.format_default(loc);
        if self.switches.annotates_at_once {
            let counts = ArgCounts::default();
            let entry = Entry::Block(block);
            self.enter_scope(name, ScopeType::Function, entry, loc.line as u32, counts);
            self.first_constant();
        } else {
            self.enter_annotations_scope(loc, Entry::Block(block), name);
        }
        self.expr(value)?;
        self.op(loc, Opcode::RETURN_VALUE);
        let code = self.assemble(false)?;
        self.make_closure(loc, code, attributes)?;
        self.op_i(loc, Opcode::BUILD_TUPLE, 3);
        self.op_i(loc, Opcode::CALL_INTRINSIC_1, number::INTRINSIC_TYPEALIAS);
        Ok(())
    }
}
