//! Constants as targets before 3.14 fold them: on the tree (`Python/ast_opt.c`), so that a
//! folded expression is a constant for all that looks at it. The tree is left as it is; the
//! code generator asks here, and gets no answer for other targets.

use std::borrow::Cow;

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use vitrine_syntax::tree::{CmpOp, Expr, ExprContext, ExprId, List, Operator, UnaryOp};

use super::Codegen;
use super::constants::literal;
use super::error::Result;
use super::expressions::{Container, TUPLE, binary_operation};
use crate::code::Const;
use crate::dis::set_order::iteration_order;
use crate::flowgraph::constant_folding::evaluate;
use crate::instruction::Location;
use crate::opcode::{Opcode, number};

/// What a list or set becomes that is only looked at.
pub(super) enum LookedAt {
    Constant(Const),
    /// A tuple of the same items.
    Tuple(List<Expr>),
}

impl Codegen<'_> {
    /// The value of an expression that the target folds, or of a literal.
    pub(super) fn folded(&self, id: ExprId) -> Option<Const> {
        if !self.switches.folds_in_tree {
            return None;
        }
        self.fold(id, 0)
    }

    /// Whether an expression is a constant when code is made of it.
    pub(super) fn is_constant(&self, id: ExprId) -> bool {
        self.constant(id).is_some() || self.folded(id).is_some()
    }

    /// Deeper expressions are left to run time, which says the same.
    fn fold(&self, id: ExprId, depth: u32) -> Option<Const> {
        const MAX_DEPTH: u32 = 1_000;
        if depth > MAX_DEPTH {
            return None;
        }
        if let Some(constant) = self.constant(id) {
            return Some(literal(constant));
        }
        match self.tree[id] {
            Expr::UnaryOp { op, operand } => {
                let operand = self.fold(operand, depth + 1)?;
                let opcode = match op {
                    UnaryOp::Not => Opcode::UNARY_NOT,
                    UnaryOp::Invert => Opcode::UNARY_INVERT,
                    UnaryOp::USub => Opcode::UNARY_NEGATIVE,
                    UnaryOp::UAdd => Opcode::CALL_INTRINSIC_1,
                };
                match operand {
                    // The compiler itself warned of it, and went on.
                    Const::Bool(value) if op == UnaryOp::Invert => {
                        Some(Const::Int(!BigInt::from(u8::from(value))))
                    }
                    operand => evaluate::unary_op(opcode, &operand),
                }
            }
            Expr::BinOp { .. } => {
                let (innermost, chain) = self.left_chain(id);
                let mut value = self.fold(innermost, depth + 1)?;
                for id in chain.into_iter().rev() {
                    value = self.fold_step(&value, id, depth)?;
                }
                Some(value)
            }
            Expr::Tuple {
                elts,
                ctx: ExprContext::Load,
            } => self.fold_items(elts, depth),
            Expr::Subscript {
                value,
                slice,
                ctx: ExprContext::Load,
            } => {
                let value = self.fold(value, depth + 1)?;
                let slice = self.fold(slice, depth + 1)?;
                evaluate::binary_op(&value, number::NB_SUBSCR, &slice)
            }
            _ => None,
        }
    }

    /// What a chain of operators begins with, and its operations, the outermost first.
    fn left_chain(&self, id: ExprId) -> (ExprId, Vec<ExprId>) {
        let mut chain = vec![id];
        let mut left = id;
        while let Expr::BinOp { left: next, .. } = self.tree[left] {
            left = next;
            if matches!(self.tree[left], Expr::BinOp { .. }) {
                chain.push(left);
            }
        }
        (left, chain)
    }

    /// The operation `id` on its folded left operand.
    fn fold_step(&self, left: &Const, id: ExprId, depth: u32) -> Option<Const> {
        let Expr::BinOp { op, right, .. } = self.tree[id] else {
            return None;
        };
        // `%` on text is formatting, and matrices are no constants.
        let formats = op == Operator::Mod && matches!(left, Const::Str(_) | Const::Bytes(_));
        if formats || op == Operator::MatMult {
            return None;
        }
        let (left, right) = as_complex(left, self.fold(right, depth + 1)?);
        evaluate::binary_op(&left, binary_operation(op), &right)
    }

    /// The longest beginning of a chain of operators that is a constant: its value, and how
    /// many operations are in it.
    fn fold_chain(&self, innermost: ExprId, chain: &[ExprId]) -> Option<(Const, usize)> {
        let mut value = self.folded(innermost)?;
        let mut count = 0;
        for &id in chain.iter().rev() {
            let Some(next) = self.fold_step(&value, id, 0) else {
                break;
            };
            value = next;
            count += 1;
        }
        Some((value, count))
    }

    /// A binary operation, whose chain may begin with a constant; the text of a format
    /// may have been made.
    pub(super) fn binary_folded(&mut self, id: ExprId) -> Result {
        let (innermost, mut chain) = self.left_chain(id);
        match self.fold_chain(innermost, &chain) {
            None => self.expr(innermost)?,
            Some((value, count)) => {
                let operations = chain.split_off(chain.len() - count);
                let loc = self.loc(operations.first().copied().unwrap_or(innermost));
                let format = chain
                    .last()
                    .and_then(|&id| self.parts_of_format(&value, id));
                if let (Some(parts), Some(id)) = (format, chain.last()) {
                    self.joined_parts(self.loc(*id), parts)?;
                    chain.pop();
                } else {
                    self.load_const(loc, value);
                }
            }
        }
        for id in chain.into_iter().rev() {
            if let Expr::BinOp { op, right, .. } = self.tree[id] {
                self.expr(right)?;
                self.binary_op(self.loc(id), op, false);
            }
        }
        Ok(())
    }

    fn fold_items(&self, elts: List<Expr>, depth: u32) -> Option<Const> {
        let values = self.tree.list(elts).map(|elt| self.fold(elt, depth + 1));
        let values: Option<Vec<Const>> = values.collect();
        Some(Const::Tuple(values?.into()))
    }

    /// The tuple of items that are all constants.
    pub(super) fn constant_items(&self, elts: List<Expr>) -> Option<Box<[Const]>> {
        if !self.switches.folds_in_tree {
            return None;
        }
        match self.fold_items(elts, 0)? {
            Const::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// Constants in a container, taken from one constant.
    pub(super) fn container_of_constants(
        &mut self,
        loc: Location,
        items: Box<[Const]>,
        pushed: u32,
        how: Container,
    ) {
        if how.tuple && pushed == 0 {
            return self.load_const(loc, Const::Tuple(items));
        }
        let items = match how.add {
            Opcode::SET_ADD => constant_set(items).unwrap_or(Const::None),
            _ => Const::Tuple(items),
        };
        self.op_i(loc, how.build, pushed);
        self.load_const(loc, items);
        self.op_i(loc, how.extend, 1);
        if how.tuple {
            self.op_i(
                loc,
                Opcode::CALL_INTRINSIC_1,
                number::INTRINSIC_LIST_TO_TUPLE,
            );
        }
    }

    /// What a list or set becomes behind `in`, or where a loop goes over it.
    pub(super) fn looked_at(&self, id: ExprId) -> Option<LookedAt> {
        if !self.switches.folds_in_tree {
            return None;
        }
        match self.tree[id] {
            Expr::List { elts, .. } if !self.has_starred(elts) => Some(
                self.fold_items(elts, 0)
                    .map_or(LookedAt::Tuple(elts), LookedAt::Constant),
            ),
            Expr::Set { elts } => {
                let items = self.constant_items(elts)?;
                constant_set(items).map(LookedAt::Constant)
            }
            _ => None,
        }
    }

    /// Generates an expression that is only looked at.
    pub(super) fn expr_looked_at(&mut self, id: ExprId) -> Result {
        let loc = self.loc(id);
        match self.looked_at(id) {
            None => self.expr(id),
            Some(LookedAt::Constant(value)) => {
                self.load_const(loc, value);
                Ok(())
            }
            Some(LookedAt::Tuple(elts)) => {
                self.deeper(|this| this.container(loc, elts, None, 0, TUPLE))
            }
        }
    }

    /// The comparison that `not` in front of one makes, if there is one.
    pub(super) fn inverted(&self, operand: ExprId) -> Option<CmpOp> {
        let Expr::Compare { ops, .. } = self.tree[operand] else {
            return None;
        };
        let mut ops = self.tree.cmp_ops(ops);
        let (Some(op), None, true) = (ops.next(), ops.next(), self.switches.folds_in_tree) else {
            return None;
        };
        match op {
            CmpOp::Is => Some(CmpOp::IsNot),
            CmpOp::IsNot => Some(CmpOp::Is),
            CmpOp::In => Some(CmpOp::NotIn),
            CmpOp::NotIn => Some(CmpOp::In),
            _ => None,
        }
    }

    /// Where an expression is: a comparison that took up a `not` stands where it stood.
    pub(super) fn place(&self, id: ExprId) -> Location {
        match self.tree[id] {
            Expr::UnaryOp {
                op: UnaryOp::Not,
                operand,
            } if self.inverted(operand).is_some() => self.loc(operand),
            _ => self.loc(id),
        }
    }

    /// A comparison of two with another operator.
    pub(super) fn compare_with(&mut self, id: ExprId, op: CmpOp) -> Result {
        let Expr::Compare {
            left, comparators, ..
        } = self.tree[id]
        else {
            return Ok(());
        };
        let loc = self.loc(id);
        self.check_compare(id);
        self.expr(left)?;
        if let Some(right) = self.tree.list(comparators).next() {
            self.comparator(op, right)?;
        }
        self.compare_op(loc, op);
        Ok(())
    }

    /// What stands last in a comparison, behind `op`.
    pub(super) fn comparator(&mut self, op: CmpOp, id: ExprId) -> Result {
        match op {
            CmpOp::In | CmpOp::NotIn => self.expr_looked_at(id),
            _ => self.expr(id),
        }
    }

    /// A dict of more than one item with constant keys, from the tuple of these.
    pub(super) fn const_key_map(
        &mut self,
        loc: Location,
        items: &[(Option<ExprId>, ExprId)],
    ) -> Result<bool> {
        if !self.switches.has_special_instructions || items.len() < 2 {
            return Ok(false);
        }
        let keys = items.iter().map(|&(key, _)| self.folded(key?));
        let Some(keys) = keys.collect::<Option<Vec<Const>>>() else {
            return Ok(false);
        };
        for &(_, value) in items {
            self.expr(value)?;
        }
        self.const_keys(loc, keys);
        Ok(true)
    }

    /// Makes the values on the stack a dict with these keys.
    pub(super) fn const_keys(&mut self, loc: Location, keys: Vec<Const>) {
        let count = keys.len() as u32;
        self.load_const(loc, Const::Tuple(keys.into()));
        self.op_i(loc, Opcode::BUILD_CONST_KEY_MAP, count);
    }
}

/// A frozen set as it becomes a constant: made anew from its own items, in their order.
fn constant_set(items: Box<[Const]>) -> Option<Const> {
    match evaluate::frozen_set(items.into())? {
        Const::FrozenSet(items) => evaluate::constant_set(iteration_order(&items)),
        _ => None,
    }
}

/// Both operands as complex numbers if one is: a real number had an imaginary part then.
fn as_complex(left: &Const, right: Const) -> (Cow<'_, Const>, Const) {
    let complex = |value: &Const| match value {
        Const::Bool(value) => Some(Const::Complex(f64::from(u8::from(*value)), 0.0)),
        Const::Int(value) => Some(Const::Complex(value.to_f64()?, 0.0)),
        Const::Float(value) => Some(Const::Complex(*value, 0.0)),
        _ => None,
    };
    match (left, &right) {
        (Const::Complex(..), _) => (Cow::Borrowed(left), complex(&right).unwrap_or(right)),
        (_, Const::Complex(..)) => (complex(left).map_or(Cow::Borrowed(left), Cow::Owned), right),
        _ => (Cow::Borrowed(left), right),
    }
}
