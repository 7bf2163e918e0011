//! Expressions.

use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{
    Arg, Arguments, Expr, ExprContext, ExprId, Id, Keyword, List, NameId, OptList,
};

use super::Builder;
use crate::block::{BlockKind, Comprehension};
use crate::symbol::flags;

impl Builder<'_> {
    pub(super) fn exprs(&mut self, list: List<Expr>) {
        let tree = self.tree;
        for expr in tree.list(list) {
            self.expr(expr);
        }
    }

    pub(super) fn opt_exprs(&mut self, list: OptList<Expr>) {
        let tree = self.tree;
        for expr in tree.opt_list(list).flatten() {
            self.expr(expr);
        }
    }

    pub(super) fn opt_expr(&mut self, expr: Option<ExprId>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    /// Visits an expression. How high a tree is the parser bounds.
    pub(super) fn expr(&mut self, expr: ExprId) {
        let tree = self.tree;
        let mut expr = expr;
        loop {
            match tree[expr] {
                Expr::Invalid | Expr::Constant { .. } => return,
                Expr::Name { id, ctx } => return self.name(id, ctx, expr),
                // `a.b.c` in a loop.
                Expr::Attribute { value, attr, ctx } => {
                    self.check_name(attr, tree.range(expr), ctx);
                    expr = value;
                }
                _ => {
                    let range = tree.range(expr);
                    return self.deeper(range, |this| this.compound_expr(expr, range));
                }
            }
        }
    }

    pub(super) fn keywords(&mut self, keywords: List<Keyword>) {
        let tree = self.tree;
        for keyword in tree.list(keywords) {
            if let Some(arg) = tree[keyword].arg {
                self.check_name(arg, tree.range(keyword), ExprContext::Store);
            }
        }
        for keyword in tree.list(keywords) {
            self.expr(tree[keyword].value);
        }
    }

    fn compound_expr(&mut self, expr: ExprId, range: TextRange) {
        match self.tree[expr] {
            Expr::NamedExpr { target, value } => {
                if self.raise_if_annotation_block("named expression", range) {
                    self.named_expr(expr, target, value);
                }
            }
            Expr::BoolOp { values: exprs, .. }
            | Expr::Set { elts: exprs }
            | Expr::JoinedStr { values: exprs }
            | Expr::TemplateStr { values: exprs }
            | Expr::List { elts: exprs, .. }
            | Expr::Tuple { elts: exprs, .. } => self.exprs(exprs),
            Expr::UnaryOp { operand: value, .. } | Expr::Starred { value, .. } => self.expr(value),
            Expr::BinOp { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            Expr::Compare {
                left, comparators, ..
            } => {
                self.expr(left);
                self.exprs(comparators);
            }
            Expr::Call {
                func,
                args,
                keywords,
            } => {
                self.expr(func);
                self.exprs(args);
                self.keywords(keywords);
            }
            Expr::Subscript { value, slice, .. } => {
                self.expr(value);
                self.expr(slice);
            }
            Expr::Lambda { args, body } => self.lambda(expr, args, body, range),
            Expr::IfExp { test, body, orelse } => {
                self.expr(test);
                self.expr(body);
                self.expr(orelse);
            }
            Expr::Dict { keys, values } => {
                self.opt_exprs(keys);
                self.exprs(values);
            }
            Expr::ListComp { elt, generators } => {
                self.comprehension(expr, Comprehension::List, generators, elt, None);
            }
            Expr::SetComp { elt, generators } => {
                self.comprehension(expr, Comprehension::Set, generators, elt, None);
            }
            Expr::DictComp {
                key,
                value,
                generators,
            } => {
                self.comprehension(expr, Comprehension::Dict, generators, key, value);
            }
            Expr::GeneratorExp { elt, generators } => {
                self.comprehension(expr, Comprehension::Generator, generators, elt, None);
            }
            Expr::Await { value } => self.await_expr(value, range),
            Expr::Yield { value } => self.yield_expr(value, range),
            Expr::YieldFrom { value } => self.yield_expr(Some(value), range),
            Expr::FormattedValue {
                value, format_spec, ..
            }
            | Expr::Interpolation {
                value, format_spec, ..
            } => {
                self.expr(value);
                self.opt_expr(format_spec);
            }
            Expr::Slice { lower, upper, step } => {
                self.opt_expr(lower);
                self.opt_expr(upper);
                self.opt_expr(step);
            }
            Expr::Invalid | Expr::Constant { .. } | Expr::Name { .. } | Expr::Attribute { .. } => {
                self.expr(expr);
            }
        }
    }

    fn name(&mut self, id: NameId, ctx: ExprContext, expr: ExprId) {
        let cur = self.cur();
        if cur.in_unevaluated_annotation {
            return;
        }
        let load = ctx == ExprContext::Load;
        let flag = if load { flags::USE } else { flags::DEF_LOCAL };
        if cur.comp_iter_target {
            self.add_ctx(id, flag, self.tree.range(expr), ctx);
        } else if load || self.check_name(id, self.tree.range(expr), ctx) {
            // Neither use nor binding can be in conflict with anything.
            let sym = self.sym(id);
            self.symbol(sym, self.cur).flags |= flag;
        }
        // `super` counts as a use of `__class__`.
        if load && self.super_ == Some(id) && self.cur().kind.is_function_like() {
            self.add_text("__class__", flags::USE, self.tree.range(expr));
        }
    }

    fn lambda(&mut self, expr: ExprId, args: Id<Arguments>, body: ExprId, range: TextRange) {
        self.exprs(self.tree[args].defaults);
        self.opt_exprs(self.tree[args].kw_defaults);
        let name = self.made_up("lambda");
        let block = self.enter(name, BlockKind::Function, range);
        self.keys.exprs.push((expr, block));
        self.arguments(args);
        self.expr(body);
        self.exit();
    }

    fn yield_expr(&mut self, value: Option<ExprId>, range: TextRange) {
        if !self.raise_if_annotation_block("yield expression", range) {
            return;
        }
        self.opt_expr(value);
        self.cur_mut().generator = true;
        let message = match self.cur().comprehension {
            Comprehension::None => return,
            Comprehension::List => "'yield' inside list comprehension",
            Comprehension::Set => "'yield' inside set comprehension",
            Comprehension::Dict => "'yield' inside dict comprehension",
            Comprehension::Generator => "'yield' inside generator expression",
        };
        self.error(message, range);
    }

    fn await_expr(&mut self, value: ExprId, range: TextRange) {
        if !self.raise_if_annotation_block("await expression", range) {
            return;
        }
        let cur = self.cur();
        if !cur.kind.is_function_like() {
            self.error("'await' outside function", range);
        } else if !self.in_async_def() && self.cur().comprehension == Comprehension::None {
            self.error("'await' outside async function", range);
        }
        self.expr(value);
        self.cur_mut().coroutine = true;
    }

    pub(super) fn in_async_def(&self) -> bool {
        self.cur().kind == BlockKind::Function && self.cur().coroutine
    }

    /// Parameters; their defaults and annotations belong to other blocks.
    pub(super) fn arguments(&mut self, args: Id<Arguments>) {
        let tree = self.tree;
        let args = tree[args];
        for list in [args.posonlyargs, args.args, args.kwonlyargs] {
            for arg in tree.list(list) {
                self.parameter(arg);
            }
        }
        if let Some(arg) = args.vararg {
            self.parameter(arg);
            self.cur_mut().varargs = true;
        }
        if let Some(arg) = args.kwarg {
            self.parameter(arg);
            self.cur_mut().varkeywords = true;
        }
    }

    fn parameter(&mut self, arg: Id<Arg>) {
        let (name, range) = (self.tree[arg].arg, self.tree.range(arg));
        if !self.check_name(name, range, ExprContext::Store) {
            return;
        }
        let sym = self.sym(name);
        let symbol = self.symbol(sym, self.cur);
        if symbol.flags & flags::DEF_PARAM == 0 {
            symbol.flags |= flags::DEF_PARAM;
            self.cur_mut().parameters += 1;
        } else {
            let name = self.tree.name(name);
            self.error(
                format!("duplicate argument '{name}' in function definition"),
                range,
            );
        }
    }
}
