//! Assignment, plain, augmented and annotated, and what may stand on its left.

use vitrine_syntax::tree::{Expr, ExprContext, ExprId, List, Operator, StmtId};

use super::constants::{int, string};
use super::error::Result;
use super::unit::{DeferredAnnotation, ScopeType};
use super::{Codegen, LoadAttr, Table};
use crate::instruction::Location;
use crate::opcode::Opcode;

impl Codegen<'_> {
    pub(super) fn assign(&mut self, loc: Location, targets: List<Expr>, value: ExprId) -> Result {
        self.expr(value)?;
        let last = self.tree.len(targets).saturating_sub(1);
        for (at, target) in self.tree.list(targets).enumerate() {
            if at < last {
                self.op_i(loc, Opcode::COPY, 1);
            }
            self.expr(target)?;
        }
        Ok(())
    }

    /// The targets in a tuple or list.
    pub(super) fn unpack_targets(&mut self, loc: Location, elts: List<Expr>) -> Result {
        self.unpack(loc, elts)?;
        for elt in self.tree.list(elts) {
            let target = match self.tree[elt] {
                Expr::Starred { value, .. } => value,
                _ => elt,
            };
            self.expr(target)?;
        }
        Ok(())
    }

    fn unpack(&mut self, loc: Location, elts: List<Expr>) -> Result {
        let count = self.tree.len(elts);
        let mut seen_star = false;
        for (at, elt) in self.tree.list(elts).enumerate() {
            if !matches!(self.tree[elt], Expr::Starred { .. }) {
                continue;
            }
            if seen_star {
                return self.error(loc, "multiple starred expressions in assignment");
            }
            let after = count - at - 1;
            if at >= 1 << 8 || after >= i32::MAX as usize >> 8 {
                return self.error(loc, "too many expressions in star-unpacking assignment");
            }
            self.op_i(loc, Opcode::UNPACK_EX, (at + (after << 8)) as u32);
            seen_star = true;
        }
        if !seen_star {
            self.op_i(loc, Opcode::UNPACK_SEQUENCE, count as u32);
        }
        Ok(())
    }

    pub(super) fn aug_assign(
        &mut self,
        loc: Location,
        target: ExprId,
        op: Operator,
        value: ExprId,
    ) -> Result {
        let target_loc = self.loc(target);
        match self.tree[target] {
            Expr::Attribute {
                value: object,
                attr,
                ..
            } => {
                self.expr(object)?;
                self.op_i(target_loc, Opcode::COPY, 1);
                let attr_loc = self.attribute_loc(target_loc, target_loc, attr);
                self.load_attr(attr_loc, LoadAttr::Attr, attr);
                self.expr(value)?;
                self.binary_op(loc, op, true);
                self.op_i(attr_loc, Opcode::SWAP, 2);
                self.op_identifier(attr_loc, Opcode::STORE_ATTR, attr);
            }
            Expr::Subscript {
                value: object,
                slice,
                ..
            } if self.is_two_part_slice(slice) => {
                self.expr(object)?;
                self.slice_bounds(slice)?;
                for _ in 0..3 {
                    self.op_i(target_loc, Opcode::COPY, 3);
                }
                self.op(target_loc, Opcode::BINARY_SLICE);
                self.expr(value)?;
                self.binary_op(loc, op, true);
                for depth in [4, 3, 2] {
                    self.op_i(target_loc, Opcode::SWAP, depth);
                }
                self.op(target_loc, Opcode::STORE_SLICE);
            }
            Expr::Subscript {
                value: object,
                slice,
                ..
            } => {
                self.expr(object)?;
                self.expr(slice)?;
                self.op_i(target_loc, Opcode::COPY, 2);
                self.op_i(target_loc, Opcode::COPY, 2);
                self.subscript_op(target_loc);
                self.expr(value)?;
                self.binary_op(loc, op, true);
                self.op_i(target_loc, Opcode::SWAP, 3);
                self.op_i(target_loc, Opcode::SWAP, 2);
                self.op(target_loc, Opcode::STORE_SUBSCR);
            }
            Expr::Name { id, .. } => {
                self.identifier(target_loc, id, ExprContext::Load);
                self.expr(value)?;
                self.binary_op(loc, op, true);
                self.identifier(target_loc, id, ExprContext::Store);
            }
            _ => return self.system_error("invalid node type for augmented assignment"),
        }
        Ok(())
    }

    pub(super) fn ann_assign(
        &mut self,
        id: StmtId,
        target: ExprId,
        annotation: ExprId,
        value: Option<ExprId>,
        simple: bool,
    ) -> Result {
        let loc = self.loc(id);
        // The assignment comes first.
        if let Some(value) = value {
            self.expr(value)?;
            self.expr(target)?;
        }
        let in_namespace = matches!(self.unit.scope_type, ScopeType::Module | ScopeType::Class);
        match self.tree[target] {
            Expr::Name { id: name, .. } if simple && in_namespace => {
                if self.future_annotations || self.switches.annotates_at_once {
                    self.annotation_value(annotation)?;
                    self.op_name(loc, Opcode::LOAD_NAME, "__annotations__");
                    let mangled = string(&self.mangle(self.tree.name(name)));
                    self.load_const(loc, mangled);
                    self.op(loc, Opcode::STORE_SUBSCR);
                } else {
                    self.defer_annotation(loc, id);
                }
            }
            Expr::Name { .. } => {}
            Expr::Attribute { value: object, .. } => {
                if value.is_none() {
                    self.check_annotation_part(object)?;
                }
            }
            Expr::Subscript {
                value: object,
                slice,
                ..
            } => {
                if value.is_none() {
                    self.check_annotation_part(object)?;
                    self.check_annotation_subscript(slice)?;
                }
            }
            _ => return self.system_error("invalid node type for annotated assignment"),
        }
        // The annotation of a complex target is evaluated last, but not under
        // `from __future__ import annotations`, nor where it would be deferred.
        if self.switches.annotates_at_once && !simple && in_namespace && !self.future_annotations {
            self.check_annotation_part(annotation)?;
        }
        Ok(())
    }

    fn defer_annotation(&mut self, loc: Location, statement: StmtId) {
        let segment = self.segment;
        let unit = &mut self.unit;
        let mut conditional = None;
        if unit.scope_type == ScopeType::Module || unit.in_conditional_block > 0 {
            conditional = Some(unit.next_conditional_annotation);
            unit.next_conditional_annotation += 1;
        }
        unit.deferred_annotations.push(DeferredAnnotation {
            segment,
            statement,
            conditional,
        });
        let Some(index) = conditional else { return };
        let (opcode, table) = match unit.scope_type {
            ScopeType::Class => (Opcode::LOAD_DEREF, Table::Cells),
            _ => (Opcode::LOAD_NAME, Table::Names),
        };
        self.op_raw_name(loc, opcode, "__conditional_annotations__", table);
        self.load_const(loc, int(index));
        self.op_i(loc, Opcode::SET_ADD, 1);
        self.op(loc, Opcode::POP_TOP);
    }

    /// Evaluates for the effect: what is annotated must exist.
    fn check_annotation_part(&mut self, part: ExprId) -> Result {
        self.expr(part)?;
        self.op(self.place(part), Opcode::POP_TOP);
        Ok(())
    }

    fn check_annotation_subscript(&mut self, subscript: ExprId) -> Result {
        match self.tree[subscript] {
            Expr::Slice { lower, upper, step } => {
                for part in [lower, upper, step].into_iter().flatten() {
                    self.check_annotation_part(part)?;
                }
                Ok(())
            }
            Expr::Tuple { elts, .. } => {
                for elt in self.tree.list(elts) {
                    self.deeper(|this| this.check_annotation_subscript(elt))?;
                }
                Ok(())
            }
            _ => self.check_annotation_part(subscript),
        }
    }
}
