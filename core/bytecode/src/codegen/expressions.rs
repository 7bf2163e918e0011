//! Expressions, apart from calls, comprehensions and strings.

use vitrine_syntax::tree::{
    BoolOp, CmpOp, Expr, ExprContext, ExprId, List, NameId, Operator, OptList, UnaryOp,
};

use super::error::Result;
use super::unit::ScopeType;
use super::{Codegen, LoadAttr, STACK_USE_GUIDELINE};
use crate::code::Const;
use crate::instruction::{Label, Location};
use crate::opcode::{Opcode, number};

/// How a container with many or starred items is built.
#[derive(Clone, Copy)]
pub(super) struct Container {
    pub(super) build: Opcode,
    pub(super) add: Opcode,
    pub(super) extend: Opcode,
    pub(super) tuple: bool,
}

pub(super) const TUPLE: Container = Container {
    build: Opcode::BUILD_LIST,
    add: Opcode::LIST_APPEND,
    extend: Opcode::LIST_EXTEND,
    tuple: true,
};
const LIST: Container = Container {
    tuple: false,
    ..TUPLE
};
const SET: Container = Container {
    build: Opcode::BUILD_SET,
    add: Opcode::SET_ADD,
    extend: Opcode::SET_UPDATE,
    tuple: false,
};

/// `GET_ITER` of 3.15 for `yield from`, which refuses coroutines.
const YIELD_FROM_CORO_CHECK: u32 = 3;

impl Codegen<'_> {
    pub(super) fn expressions(&mut self, list: List<Expr>) -> Result {
        for expr in self.tree.list(list) {
            self.expr(expr)?;
        }
        Ok(())
    }

    pub(super) fn expr(&mut self, id: ExprId) -> Result {
        match self.tree[id] {
            // The leaves, which need no look at the depth.
            Expr::Name { id: name, ctx } => {
                let loc = self.loc(id);
                match self.debug_value(name, ctx) {
                    Some(constant) => self.load_literal(loc, constant),
                    None => self.identifier(loc, name, ctx),
                }
                Ok(())
            }
            Expr::Constant { value, .. } => {
                self.load_literal(self.loc(id), self.tree.constant(value));
                Ok(())
            }
            // What finds out by itself where it is.
            Expr::Call { .. } => self.deeper(|this| this.call(id)),
            Expr::BinOp { .. } => self.deeper(|this| this.binary(id)),
            _ => self.deeper(|this| this.visit_expr(id)),
        }
    }

    /// Any expression but the leaves and those that are chains to the left.
    fn visit_expr(&mut self, id: ExprId) -> Result {
        let loc = self.loc(id);
        match self.tree[id] {
            Expr::UnaryOp { .. } | Expr::Tuple { .. } | Expr::Subscript { .. }
                if let Some(value) = self.folded(id) =>
            {
                self.load_const(loc, value);
                Ok(())
            }
            Expr::UnaryOp {
                op: UnaryOp::Not,
                operand,
            } if let Some(op) = self.inverted(operand) => self.compare_with(operand, op),
            Expr::Invalid => self.system_error("an expression that could not be read"),
            Expr::NamedExpr { target, value } => {
                self.expr(value)?;
                self.op_i(loc, Opcode::COPY, 1);
                self.expr(target)
            }
            Expr::BoolOp { op, values } => self.bool_op(loc, op, values),
            Expr::UnaryOp { op, operand } => {
                self.expr(operand)?;
                match op {
                    UnaryOp::UAdd => {
                        self.op_i(
                            loc,
                            Opcode::CALL_INTRINSIC_1,
                            number::INTRINSIC_UNARY_POSITIVE,
                        );
                    }
                    UnaryOp::Not => {
                        self.op(loc, Opcode::TO_BOOL);
                        self.op(loc, Opcode::UNARY_NOT);
                    }
                    UnaryOp::Invert => self.op(loc, Opcode::UNARY_INVERT),
                    UnaryOp::USub => self.op(loc, Opcode::UNARY_NEGATIVE),
                }
                Ok(())
            }
            Expr::Lambda { args, body } => self.lambda(id, args, body),
            Expr::IfExp { test, body, orelse } => {
                let end = self.new_label();
                let next = self.new_label();
                self.jump_if(test, next, false)?;
                self.expr(body)?;
                self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);
                self.use_label(next);
                self.expr(orelse)?;
                self.use_label(end);
                Ok(())
            }
            Expr::Dict { keys, values } => self.dict(loc, keys, values),
            Expr::Set { elts } => self.container(loc, elts, None, 0, SET),
            Expr::ListComp { .. }
            | Expr::SetComp { .. }
            | Expr::DictComp { .. }
            | Expr::GeneratorExp { .. } => self.comprehension(id),
            Expr::Await { value } => {
                self.expr(value)?;
                self.await_value(loc, 0);
                Ok(())
            }
            Expr::Yield { value } => {
                if !self.unit.traits.function_like {
                    return self.error(loc, "'yield' outside function");
                }
                match value {
                    Some(value) => self.expr(value)?,
                    None => self.load_const(loc, Const::None),
                }
                self.yield_value(loc);
                Ok(())
            }
            Expr::YieldFrom { value } => {
                if !self.unit.traits.function_like {
                    return self.error(loc, "'yield from' outside function");
                }
                if self.unit.scope_type == ScopeType::AsyncFunction {
                    return self.error(loc, "'yield from' inside async function");
                }
                self.expr(value)?;
                if self.switches.iterators_take_two_places {
                    self.op_i(loc, Opcode::GET_ITER, YIELD_FROM_CORO_CHECK);
                } else {
                    self.op(loc, Opcode::GET_YIELD_FROM_ITER);
                }
                self.load_const(loc, Const::None);
                self.yield_from(loc, false);
                Ok(())
            }
            Expr::Compare { .. } => self.compare(loc, id),
            Expr::FormattedValue {
                value,
                conversion,
                format_spec,
            } => self.formatted_value(loc, value, conversion, format_spec),
            Expr::Interpolation {
                value,
                text,
                conversion,
                format_spec,
            } => self.interpolation(loc, value, text, conversion, format_spec),
            Expr::JoinedStr { values } => self.joined_str(loc, values),
            Expr::TemplateStr { values } => self.template_str(loc, values),
            Expr::Attribute { value, attr, ctx } => self.attribute(loc, value, attr, ctx),
            Expr::Subscript { value, slice, ctx } => self.subscript(loc, value, slice, ctx),
            Expr::Starred {
                ctx: ExprContext::Store,
                ..
            } => self.error(loc, "starred assignment target must be in a list or tuple"),
            Expr::Starred { .. } => self.error(loc, "can't use starred expression here"),
            Expr::Slice { lower, upper, step } => self.slice(id, lower, upper, step),
            Expr::Name { .. } | Expr::Constant { .. } | Expr::Call { .. } | Expr::BinOp { .. } => {
                self.expr(id)
            }
            Expr::List { elts, ctx } => self.sequence(loc, elts, ctx, LIST),
            Expr::Tuple { elts, ctx } => self.sequence(loc, elts, ctx, TUPLE),
        }
    }

    // Operators.

    /// A binary operation. A chain to the left, `a + b + c + ...`, is walked in
    /// a loop: it may have thousands of operands.
    fn binary(&mut self, id: ExprId) -> Result {
        if self.switches.folds_in_tree {
            return self.binary_folded(id);
        }
        let mark = self.spine.len();
        let mut innermost = id;
        let formatted = loop {
            let Expr::BinOp { left, .. } = self.tree[innermost] else {
                break None;
            };
            if let Some(parts) = self.format_parts(innermost) {
                break Some(parts);
            }
            self.spine.push((innermost, self.no_label()));
            innermost = left;
        };
        match formatted {
            Some(parts) => self.joined_parts(self.loc(innermost), parts)?,
            None => self.expr(innermost)?,
        }
        while let Some((id, _)) = self.spine_above(mark) {
            if let Expr::BinOp { op, right, .. } = self.tree[id] {
                self.expr(right)?;
                self.binary_op(self.loc(id), op, false);
            }
        }
        Ok(())
    }

    /// The next of a chain to be finished, the innermost first.
    pub(super) fn spine_above(&mut self, mark: usize) -> Option<(ExprId, Label)> {
        match self.spine.len() > mark {
            true => self.spine.pop(),
            false => None,
        }
    }

    pub(super) fn binary_op(&mut self, loc: Location, op: Operator, inplace: bool) {
        let operation = binary_operation(op);
        // The in-place operations follow the others in the same order.
        let in_place = if inplace {
            number::NB_INPLACE_ADD - number::NB_ADD
        } else {
            0
        };
        self.op_i(loc, Opcode::BINARY_OP, operation + in_place);
    }

    fn bool_op(&mut self, loc: Location, op: BoolOp, values: List<Expr>) -> Result {
        let jump = match op {
            BoolOp::And => Opcode::JUMP_IF_FALSE,
            BoolOp::Or => Opcode::JUMP_IF_TRUE,
        };
        let end = self.new_label();
        let last = self.tree.len(values).saturating_sub(1);
        for (at, value) in self.tree.list(values).enumerate() {
            self.expr(value)?;
            if at < last && self.switches.tests_are_spelled_out {
                self.op_i(loc, Opcode::COPY, 1);
                self.op(loc, Opcode::TO_BOOL);
                self.jump(loc, pop_jump_if(op == BoolOp::Or), end);
                self.op(loc, Opcode::POP_TOP);
            } else if at < last {
                self.jump(loc, jump, end);
                self.op(loc, Opcode::POP_TOP);
            }
        }
        self.use_label(end);
        Ok(())
    }

    pub(super) fn compare_op(&mut self, loc: Location, op: CmpOp) {
        let (opcode, arg) = match op {
            CmpOp::Is => (Opcode::IS_OP, 0),
            CmpOp::IsNot => (Opcode::IS_OP, 1),
            CmpOp::In => (Opcode::CONTAINS_OP, 0),
            CmpOp::NotIn => (Opcode::CONTAINS_OP, 1),
            // The comparison, and below it which outcomes make it true:
            // unordered 1, less 2, greater 4, equal 8.
            CmpOp::Lt => (Opcode::COMPARE_OP, 2),
            CmpOp::LtE => (Opcode::COMPARE_OP, 1 << 5 | 2 | 8),
            CmpOp::Eq => (Opcode::COMPARE_OP, 2 << 5 | 8),
            CmpOp::NotEq => (Opcode::COMPARE_OP, 3 << 5 | 1 | 2 | 4),
            CmpOp::Gt => (Opcode::COMPARE_OP, 4 << 5 | 4),
            CmpOp::GtE => (Opcode::COMPARE_OP, 5 << 5 | 4 | 8),
        };
        self.op_i(loc, opcode, arg);
    }

    fn compare(&mut self, loc: Location, id: ExprId) -> Result {
        let Expr::Compare {
            left,
            ops,
            comparators,
        } = self.tree[id]
        else {
            return Ok(());
        };
        self.check_compare(id);
        self.expr(left)?;
        let last = self.tree.len(comparators).saturating_sub(1);
        let cleanup = (last > 0).then(|| self.new_label());
        for (at, (op, right)) in self
            .tree
            .cmp_ops(ops)
            .zip(self.tree.list(comparators))
            .enumerate()
        {
            if at == last {
                self.comparator(op, right)?;
            } else {
                self.expr(right)?;
            }
            match cleanup {
                Some(cleanup) if at < last => {
                    self.op_i(loc, Opcode::SWAP, 2);
                    self.op_i(loc, Opcode::COPY, 2);
                    self.compare_op(loc, op);
                    self.op_i(loc, Opcode::COPY, 1);
                    self.op(loc, Opcode::TO_BOOL);
                    self.jump(loc, Opcode::POP_JUMP_IF_FALSE, cleanup);
                    self.op(loc, Opcode::POP_TOP);
                }
                _ => self.compare_op(loc, op),
            }
        }
        if let Some(cleanup) = cleanup {
            let end = self.new_label();
            self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);
            self.use_label(cleanup);
            self.op_i(loc, Opcode::SWAP, 2);
            self.op(loc, Opcode::POP_TOP);
            self.use_label(end);
        }
        Ok(())
    }

    /// Jumps to `next` if the expression's truth is `condition`.
    pub(super) fn jump_if(&mut self, id: ExprId, next: Label, condition: bool) -> Result {
        self.deeper(|this| this.visit_jump_if(id, next, condition))
    }

    fn visit_jump_if(&mut self, id: ExprId, next: Label, condition: bool) -> Result {
        match self.tree[id] {
            Expr::UnaryOp {
                op: UnaryOp::Not,
                operand,
            } if self.folded(operand).is_none() && self.inverted(operand).is_none() => {
                return self.jump_if(operand, next, !condition);
            }
            Expr::BoolOp { op, values } => {
                let condition2 = op == BoolOp::Or;
                let next2 = if condition2 == condition {
                    next
                } else {
                    self.new_label()
                };
                let last = self.tree.len(values).saturating_sub(1);
                for (at, value) in self.tree.list(values).enumerate() {
                    if at < last {
                        self.jump_if(value, next2, condition2)?;
                    } else {
                        self.jump_if(value, next, condition)?;
                    }
                }
                if next2 != next {
                    self.use_label(next2);
                }
                return Ok(());
            }
            Expr::IfExp { test, body, orelse } => {
                let end = self.new_label();
                let next2 = self.new_label();
                self.jump_if(test, next2, false)?;
                self.jump_if(body, next, condition)?;
                self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);
                self.use_label(next2);
                self.jump_if(orelse, next, condition)?;
                self.use_label(end);
                return Ok(());
            }
            Expr::Compare {
                left,
                ops,
                comparators,
            } if self.tree.len(comparators) > 1 => {
                let loc = self.loc(id);
                self.check_compare(id);
                let cleanup = self.new_label();
                self.expr(left)?;
                let last = self.tree.len(comparators) - 1;
                for (at, (op, right)) in self
                    .tree
                    .cmp_ops(ops)
                    .zip(self.tree.list(comparators))
                    .enumerate()
                {
                    if at == last {
                        self.comparator(op, right)?;
                    } else {
                        self.expr(right)?;
                    }
                    if at < last {
                        self.op_i(loc, Opcode::SWAP, 2);
                        self.op_i(loc, Opcode::COPY, 2);
                        self.compare_op(loc, op);
                        self.op(loc, Opcode::TO_BOOL);
                        self.jump(loc, Opcode::POP_JUMP_IF_FALSE, cleanup);
                    } else {
                        self.compare_op(loc, op);
                        self.op(loc, Opcode::TO_BOOL);
                        self.jump(loc, pop_jump_if(condition), next);
                    }
                }
                let end = self.new_label();
                self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);
                self.use_label(cleanup);
                self.op(loc, Opcode::POP_TOP);
                if !condition {
                    self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, next);
                }
                self.use_label(end);
                return Ok(());
            }
            _ => {}
        }
        self.expr(id)?;
        let loc = self.place(id);
        self.op(loc, Opcode::TO_BOOL);
        self.jump(loc, pop_jump_if(condition), next);
        Ok(())
    }

    // Containers.

    fn sequence(
        &mut self,
        loc: Location,
        elts: List<Expr>,
        ctx: ExprContext,
        container: Container,
    ) -> Result {
        match ctx {
            ExprContext::Store => self.unpack_targets(loc, elts),
            ExprContext::Load => self.container(loc, elts, None, 0, container),
            ExprContext::Del => self.expressions(elts),
        }
    }

    /// Builds a container of `pushed` values on the stack, `elts` and the
    /// variable `injected`.
    pub(super) fn container(
        &mut self,
        loc: Location,
        elts: List<Expr>,
        injected: Option<&str>,
        pushed: u32,
        how: Container,
    ) -> Result {
        let count = self.tree.len(elts);
        if count > 2
            && injected.is_none()
            && let Some(items) = self.constant_items(elts)
        {
            self.container_of_constants(loc, items, pushed, how);
            return Ok(());
        }
        let big = count + pushed as usize + usize::from(injected.is_some()) > STACK_USE_GUIDELINE;
        let starred = self.has_starred(elts);
        if !starred && !big {
            self.expressions(elts)?;
            let mut count = count as u32 + pushed;
            if let Some(name) = injected {
                self.load_name(loc, name)?;
                count += 1;
            }
            self.op_i(
                loc,
                if how.tuple {
                    Opcode::BUILD_TUPLE
                } else {
                    how.build
                },
                count,
            );
            return Ok(());
        }
        let mut built = big;
        if big {
            self.op_i(loc, how.build, pushed);
        }
        for (at, elt) in self.tree.list(elts).enumerate() {
            if let Expr::Starred { value, .. } = self.tree[elt] {
                if !built {
                    self.op_i(loc, how.build, at as u32 + pushed);
                    built = true;
                }
                self.expr(value)?;
                self.op_i(loc, how.extend, 1);
            } else {
                self.expr(elt)?;
                if built {
                    self.op_i(loc, how.add, 1);
                }
            }
        }
        if let Some(name) = injected {
            self.load_name(loc, name)?;
            self.op_i(loc, how.add, 1);
        }
        if how.tuple {
            self.op_i(
                loc,
                Opcode::CALL_INTRINSIC_1,
                number::INTRINSIC_LIST_TO_TUPLE,
            );
        }
        Ok(())
    }

    pub(super) fn has_starred(&self, elts: List<Expr>) -> bool {
        self.tree
            .list(elts)
            .any(|elt| matches!(self.tree[elt], Expr::Starred { .. }))
    }

    fn dict(&mut self, loc: Location, keys: OptList<Expr>, values: List<Expr>) -> Result {
        let tree = self.tree;
        let items: Vec<_> = tree.opt_list(keys).zip(tree.list(values)).collect();
        let mut have_dict = false;
        // The items since `start` are not in a dict yet.
        let mut start = 0;
        let mut elements = 0;
        for (at, &(key, value)) in items.iter().enumerate() {
            if key.is_none() {
                if elements > 0 {
                    self.sub_dict(loc, &items[at - elements..at])?;
                    if have_dict {
                        self.op_i(loc, Opcode::DICT_UPDATE, 1);
                    }
                    have_dict = true;
                    elements = 0;
                }
                if !have_dict {
                    self.op_i(loc, Opcode::BUILD_MAP, 0);
                    have_dict = true;
                }
                self.expr(value)?;
                self.op_i(loc, Opcode::DICT_UPDATE, 1);
                start = at + 1;
            } else if elements * 2 > STACK_USE_GUIDELINE {
                self.sub_dict(loc, &items[at - elements..=at])?;
                if have_dict {
                    self.op_i(loc, Opcode::DICT_UPDATE, 1);
                }
                have_dict = true;
                elements = 0;
                start = at + 1;
            } else {
                elements += 1;
            }
        }
        if elements > 0 {
            self.sub_dict(loc, &items[start..])?;
            if have_dict {
                self.op_i(loc, Opcode::DICT_UPDATE, 1);
            }
            have_dict = true;
        }
        if !have_dict {
            self.op_i(loc, Opcode::BUILD_MAP, 0);
        }
        Ok(())
    }

    fn sub_dict(&mut self, loc: Location, items: &[(Option<ExprId>, ExprId)]) -> Result {
        let big = items.len() * 2 > STACK_USE_GUIDELINE;
        if !big && self.const_key_map(loc, items)? {
            return Ok(());
        }
        if big {
            self.op_i(loc, Opcode::BUILD_MAP, 0);
        }
        for &(key, value) in items {
            if let Some(key) = key {
                self.expr(key)?;
            }
            self.expr(value)?;
            if big {
                self.op_i(loc, Opcode::MAP_ADD, 1);
            }
        }
        if !big {
            self.op_i(loc, Opcode::BUILD_MAP, items.len() as u32);
        }
        Ok(())
    }

    // Attributes and subscripts.

    fn attribute(
        &mut self,
        loc: Location,
        value: ExprId,
        attr: NameId,
        ctx: ExprContext,
    ) -> Result {
        if ctx == ExprContext::Load
            && let Some(super_call) = self.optimized_super(value, attr)
        {
            let how = if super_call.zero_args {
                LoadAttr::ZeroSuperAttr
            } else {
                LoadAttr::SuperAttr
            };
            self.load_super_args(super_call)?;
            self.load_attr(loc, how, attr);
            self.op(self.attribute_loc(loc, loc, attr), Opcode::NOP);
            return Ok(());
        }
        if ctx == ExprContext::Store {
            self.note_static_attribute(value, attr);
        }
        self.expr(value)?;
        let loc = self.attribute_loc(loc, loc, attr);
        match ctx {
            ExprContext::Load => self.load_attr(loc, LoadAttr::Attr, attr),
            ExprContext::Store => self.op_identifier(loc, Opcode::STORE_ATTR, attr),
            ExprContext::Del => self.op_identifier(loc, Opcode::DELETE_ATTR, attr),
        }
        Ok(())
    }

    /// Where an attribute access, or the call `loc` of it, is: if it spans lines, only its
    /// name. `whole` is where the expression is.
    pub(super) fn attribute_loc(&self, loc: Location, whole: Location, attr: NameId) -> Location {
        if loc.line == whole.end_line {
            return loc;
        }
        let mut loc = loc;
        loc.line = whole.end_line;
        // In code points, though columns count bytes: as CPython does.
        let len = self.tree.name(attr).chars().count() as i32;
        if len <= whole.end_column {
            loc.column = whole.end_column - len;
        } else {
            loc.column = -1;
            loc.end_column = -1;
        }
        loc.end_line = loc.end_line.max(loc.line);
        if loc.line == loc.end_line {
            loc.end_column = loc.end_column.max(loc.column);
        }
        loc
    }

    /// Remembers an attribute that a method sets on `self`.
    fn note_static_attribute(&mut self, value: ExprId, attr: NameId) {
        let Expr::Name { id, .. } = self.tree[value] else {
            return;
        };
        if self.known.self_ != Some(id) {
            return;
        }
        if let Some(class) = self
            .stack
            .iter_mut()
            .rev()
            .find(|unit| unit.scope_type == ScopeType::Class)
        {
            let attr = self.tree.name(attr);
            if !class.static_attributes.contains(attr) {
                class.static_attributes.insert(attr.into());
            }
        }
    }

    fn subscript(
        &mut self,
        loc: Location,
        value: ExprId,
        slice: ExprId,
        ctx: ExprContext,
    ) -> Result {
        if ctx == ExprContext::Load {
            self.check_subscripter(value);
            self.check_index(value, slice);
        }
        self.expr(value)?;
        if ctx != ExprContext::Del && self.is_two_part_slice(slice) {
            self.slice_bounds(slice)?;
            let opcode = match ctx {
                ExprContext::Load => Opcode::BINARY_SLICE,
                _ => Opcode::STORE_SLICE,
            };
            self.op(loc, opcode);
            return Ok(());
        }
        self.expr(slice)?;
        match ctx {
            ExprContext::Load => self.subscript_op(loc),
            ExprContext::Store => self.op(loc, Opcode::STORE_SUBSCR),
            ExprContext::Del => self.op(loc, Opcode::DELETE_SUBSCR),
        }
        Ok(())
    }

    /// Takes an item.
    pub(super) fn subscript_op(&mut self, loc: Location) {
        if self.switches.has_special_instructions {
            self.op(loc, Opcode::BINARY_SUBSCR);
        } else {
            self.op_i(loc, Opcode::BINARY_OP, number::NB_SUBSCR);
        }
    }

    fn is_constant_or_absent(&self, part: Option<ExprId>) -> bool {
        part.is_none_or(|part| self.constant(part).is_some())
    }

    /// A slice without a step that is no constant has instructions of its own.
    pub(super) fn is_two_part_slice(&self, slice: ExprId) -> bool {
        match self.tree[slice] {
            Expr::Slice { step: None, .. } if self.switches.folds_in_tree => true,
            Expr::Slice {
                lower,
                upper,
                step: None,
            } => !(self.is_constant_or_absent(lower) && self.is_constant_or_absent(upper)),
            _ => false,
        }
    }

    pub(super) fn slice_bounds(&mut self, slice: ExprId) -> Result {
        let Expr::Slice { lower, upper, .. } = self.tree[slice] else {
            return Ok(());
        };
        let loc = self.loc(slice);
        for bound in [lower, upper] {
            match bound {
                Some(bound) => self.expr(bound)?,
                None => self.load_const(loc, Const::None),
            }
        }
        Ok(())
    }

    fn slice(
        &mut self,
        id: ExprId,
        lower: Option<ExprId>,
        upper: Option<ExprId>,
        step: Option<ExprId>,
    ) -> Result {
        let loc = self.loc(id);
        let parts = [lower, upper, step];
        let folds = self.switches.folds_in_tree;
        if !folds && parts.iter().all(|&part| self.is_constant_or_absent(part)) {
            let value = |part: Option<ExprId>| {
                part.and_then(|part| self.constant(part))
                    .map_or(Const::None, super::constants::literal)
            };
            let slice = Const::Slice(Box::new(parts.map(value)));
            self.load_const(loc, slice);
            return Ok(());
        }
        self.slice_bounds(id)?;
        let mut count = 2;
        if let Some(step) = step {
            self.expr(step)?;
            count += 1;
        }
        self.op_i(loc, Opcode::BUILD_SLICE, count);
        Ok(())
    }
}

/// The number of a binary operator.
pub(super) fn binary_operation(op: Operator) -> u32 {
    match op {
        Operator::Add => number::NB_ADD,
        Operator::BitAnd => number::NB_AND,
        Operator::FloorDiv => number::NB_FLOOR_DIVIDE,
        Operator::LShift => number::NB_LSHIFT,
        Operator::MatMult => number::NB_MATRIX_MULTIPLY,
        Operator::Mult => number::NB_MULTIPLY,
        Operator::Mod => number::NB_REMAINDER,
        Operator::BitOr => number::NB_OR,
        Operator::Pow => number::NB_POWER,
        Operator::RShift => number::NB_RSHIFT,
        Operator::Sub => number::NB_SUBTRACT,
        Operator::Div => number::NB_TRUE_DIVIDE,
        Operator::BitXor => number::NB_XOR,
    }
}

fn pop_jump_if(condition: bool) -> Opcode {
    if condition {
        Opcode::POP_JUMP_IF_TRUE
    } else {
        Opcode::POP_JUMP_IF_FALSE
    }
}
