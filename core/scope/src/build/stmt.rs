//! Statements and patterns.

use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{
    Alias, ClassDef, Expr, ExprContext, ExprId, FunctionDef, Id, List, Name, Pattern, PatternId,
    Stmt, StmtId, TypeParam,
};

use super::Builder;
use super::types::Generic;
use crate::block::{BlockId, BlockKind};
use crate::future::is_future_import;
use crate::segment::ModuleEvent;
use crate::symbol::{Sym, flags};

impl Builder<'_> {
    pub(super) fn stmts(&mut self, list: List<Stmt>) {
        let tree = self.tree;
        for stmt in tree.list(list) {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: StmtId) {
        let range = self.tree.range(stmt);
        self.deeper(range, |this| this.any_stmt(stmt, range));
    }

    fn any_stmt(&mut self, stmt: StmtId, range: TextRange) {
        let tree = self.tree;
        match tree[stmt] {
            Stmt::Invalid | Stmt::Pass | Stmt::Break | Stmt::Continue => {}
            Stmt::FunctionDef(id) => self.function_def(id, range),
            Stmt::ClassDef(id) => self.class_def(id, range),
            Stmt::Return { value } => {
                if let Some(value) = value {
                    self.expr(value);
                    self.cur_mut().returns_value = true;
                }
            }
            Stmt::Delete { targets } => self.exprs(targets),
            Stmt::Assign { targets, value } => {
                self.exprs(targets);
                self.expr(value);
            }
            Stmt::TypeAlias {
                name,
                type_params,
                value,
            } => self.type_alias(stmt, name, type_params, value, range),
            Stmt::AugAssign { target, value, .. } => {
                self.expr(target);
                self.expr(value);
            }
            Stmt::AnnAssign {
                target,
                annotation,
                value,
                simple,
            } => {
                self.ann_assign(target, annotation, value, simple, range);
            }
            Stmt::For(id) => {
                let node = tree[id];
                if node.is_async {
                    self.raise_if_not_coroutine("'async for' outside async function", range);
                }
                self.expr(node.target);
                self.expr(node.iter);
                self.conditional(|this| {
                    this.stmts(node.body);
                    this.stmts(node.orelse);
                });
            }
            Stmt::While { test, body, orelse } => {
                self.expr(test);
                self.conditional(|this| {
                    this.stmts(body);
                    this.stmts(orelse);
                });
            }
            Stmt::If { test, body, orelse } => self.if_stmt(test, body, orelse),
            Stmt::With {
                items,
                body,
                is_async,
            } => {
                if is_async {
                    self.raise_if_not_coroutine("'async with' outside async function", range);
                }
                self.conditional(|this| {
                    for item in tree.list(items) {
                        this.expr(tree[item].context_expr);
                        this.opt_expr(tree[item].optional_vars);
                    }
                    this.stmts(body);
                });
            }
            Stmt::Match { subject, cases } => {
                self.expr(subject);
                self.conditional(|this| {
                    for case in tree.list(cases) {
                        this.pattern(tree[case].pattern);
                        this.opt_expr(tree[case].guard);
                        this.stmts(tree[case].body);
                    }
                });
            }
            Stmt::Raise { exc, cause } => {
                self.opt_expr(exc);
                self.opt_expr(cause);
            }
            Stmt::Try(id) => {
                let node = tree[id];
                self.conditional(|this| {
                    this.stmts(node.body);
                    for id in tree.list(node.handlers) {
                        let handler = tree[id];
                        this.opt_expr(handler.r#type);
                        if let Some(name) = handler.name {
                            this.add(name, flags::DEF_LOCAL, tree.range(id));
                        }
                        this.stmts(handler.body);
                    }
                    this.stmts(node.orelse);
                    this.stmts(node.finalbody);
                });
            }
            Stmt::Assert { test, msg } => {
                self.expr(test);
                self.opt_expr(msg);
            }
            Stmt::Import { names } => self.aliases(names),
            Stmt::ImportFrom { names, .. } => {
                self.aliases(names);
                if is_future_import(tree, stmt) {
                    let top_level = self.cur == BlockId::ROOT && self.depth == 1;
                    self.events.push(ModuleEvent::FutureImport {
                        top_level,
                        range,
                        errors_before: self.errors.len(),
                    });
                }
            }
            Stmt::Global { names } => self.declaration(names, flags::DEF_GLOBAL, range),
            Stmt::Nonlocal { names } => self.declaration(names, flags::DEF_NONLOCAL, range),
            Stmt::Expr { value } => self.expr(value),
        }
    }

    /// Runs `body` with annotations counted as conditional.
    fn conditional(&mut self, body: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.cur_mut().in_conditional_block, true);
        body(self);
        self.cur_mut().in_conditional_block = before;
    }

    /// An `if` with all its `elif`s, in a loop.
    fn if_stmt(&mut self, test: ExprId, body: List<Stmt>, orelse: List<Stmt>) {
        let tree = self.tree;
        let before = self.cur().in_conditional_block;
        let (mut test, mut body, mut orelse) = (test, body, orelse);
        loop {
            self.expr(test);
            self.cur_mut().in_conditional_block = true;
            self.stmts(body);
            let mut rest = tree.list(orelse);
            match (rest.next().map(|first| tree[first]), rest.next()) {
                (
                    Some(Stmt::If {
                        test: t,
                        body: b,
                        orelse: o,
                    }),
                    None,
                ) => (test, body, orelse) = (t, b, o),
                _ => break,
            }
        }
        self.stmts(orelse);
        self.cur_mut().in_conditional_block = before;
    }

    fn raise_if_not_coroutine(&mut self, message: &'static str, range: TextRange) {
        if !self.cur().coroutine {
            self.error(message, range);
        }
    }

    fn function_def(&mut self, id: Id<FunctionDef>, range: TextRange) {
        let tree = self.tree;
        let node = tree[id];
        let args = tree[node.args];
        self.bind(node.name, range);
        self.exprs(args.defaults);
        self.opt_exprs(args.kw_defaults);
        self.exprs(node.decorator_list);
        let generic = !node.type_params.is_empty();
        if generic {
            let block = self.enter_type_params(Generic {
                name: node.name,
                is_class: false,
                has_defaults: true,
                has_kwdefaults: tree
                    .opt_list(args.kw_defaults)
                    .any(|default| default.is_some()),
                range,
            });
            self.keys.function_type_params.push((id, block));
            self.type_params(node.type_params);
        }
        let block = self.new_block(Sym::of(node.name), BlockKind::Function, range);
        self.keys.functions[id.index()] = Some(block);
        self.blocks[block.index()].has_docstring = self.has_docstring(node.body);
        let annotations = self.function_annotations(node.args, node.returns, range);
        self.keys.annotations[id.index()] = annotations;
        self.enter_new(block);
        self.cur_mut().coroutine = node.is_async;
        self.arguments(node.args);
        self.stmts(node.body);
        self.exit();
        if generic {
            self.exit();
        }
    }

    fn class_def(&mut self, id: Id<ClassDef>, range: TextRange) {
        let tree = self.tree;
        let node = tree[id];
        self.bind(node.name, range);
        self.exprs(node.decorator_list);
        self.find_private_names();
        let outer = self.private;
        let generic = !node.type_params.is_empty();
        if generic {
            let block = self.enter_type_params(Generic {
                name: node.name,
                is_class: true,
                has_defaults: false,
                has_kwdefaults: false,
                range,
            });
            self.keys.class_type_params.push((id, block));
            self.private = Some(node.name);
            let set = self.mangled_sets.len() as u32;
            self.mangled_sets.push(Vec::new());
            self.cur_mut().private = self.private;
            self.cur_mut().mangled_names = Some(set);
            self.type_params(node.type_params);
        }
        self.exprs(node.bases);
        self.keywords(node.keywords);
        let block = self.enter(Sym::of(node.name), BlockKind::Class, range);
        self.keys.classes[id.index()] = Some(block);
        self.private = Some(node.name);
        self.cur_mut().private = self.private;
        if generic {
            self.add_text("__type_params__", flags::DEF_LOCAL, range);
            self.add_text(".type_params", flags::USE, range);
        }
        self.cur_mut().has_docstring = self.has_docstring(node.body);
        self.stmts(node.body);
        self.exit();
        if generic {
            self.exit();
        }
        self.private = outer;
    }

    fn type_alias(
        &mut self,
        stmt: StmtId,
        target: ExprId,
        type_params: List<TypeParam>,
        value: ExprId,
        range: TextRange,
    ) {
        self.expr(target);
        let Expr::Name { id: name, .. } = self.tree[target] else {
            return;
        };
        let in_class = self.cur().kind == BlockKind::Class;
        let generic = !type_params.is_empty();
        if generic {
            let block = self.enter_type_params(Generic {
                name,
                is_class: false,
                has_defaults: false,
                has_kwdefaults: false,
                range,
            });
            self.keys.alias_type_params.push((stmt, block));
            self.type_params(type_params);
        }
        let block = self.enter(Sym::of(name), BlockKind::TypeAlias, range);
        self.keys.aliases.push((stmt, block));
        if in_class {
            self.cur_mut().can_see_class_scope = true;
            self.use_classdict();
        }
        self.expr(value);
        self.exit();
        if generic {
            self.exit();
        }
    }

    fn ann_assign(
        &mut self,
        target: ExprId,
        annotation: ExprId,
        value: Option<ExprId>,
        simple: bool,
        range: TextRange,
    ) {
        self.cur_mut().annotations_used = true;
        if let Expr::Name { id: name, .. } = self.tree[target] {
            let before = self.flags_in(self.cur, name);
            if simple
                && self.cur != BlockId::ROOT
                && before & (flags::DEF_GLOBAL | flags::DEF_NONLOCAL) != 0
            {
                let kind = if before & flags::DEF_GLOBAL != 0 {
                    "global"
                } else {
                    "nonlocal"
                };
                let name = self.tree.name(name);
                self.error(format!("annotated name '{name}' can't be {kind}"), range);
            }
            let at = self.tree.range(target);
            let bound = !simple || self.add(name, flags::DEF_ANNOT | flags::DEF_LOCAL, at);
            if bound && value.is_some() {
                self.add(name, flags::DEF_LOCAL, at);
            }
        } else {
            self.expr(target);
        }
        self.annotation(annotation);
        self.opt_expr(value);
    }

    /// `global` and `nonlocal`.
    fn declaration(&mut self, names: List<Name>, flag: u16, range: TextRange) {
        let tree = self.tree;
        for name in tree.list(names) {
            let before = self.flags_in(self.cur, name);
            if self.cur == BlockId::ROOT {
                // What other segments did with the name counts too.
                let sym = self.sym(name);
                self.events.push(ModuleEvent::Declaration {
                    name: sym,
                    flag,
                    flags_before: before,
                    range,
                    errors_before: self.errors.len(),
                });
            } else if let Some(message) = declaration_conflict(before, flag, tree.name(name)) {
                self.error(message, range);
                continue;
            }
            if self.add(name, flag, range) {
                self.record_directive(name, range);
            }
        }
    }

    fn aliases(&mut self, names: List<Alias>) {
        let tree = self.tree;
        for id in tree.list(names) {
            let alias = tree[id];
            let range = tree.range(id);
            let bound = alias.asname.unwrap_or(alias.name);
            let text = tree.name(bound);
            if text == "*" {
                if self.cur != BlockId::ROOT {
                    self.error("import * only allowed at module level", range);
                }
            } else if let Some((first, _)) = text.split_once('.') {
                let sym = self.mangled_text(first);
                if first == "__debug__" {
                    self.error("cannot assign to __debug__", range);
                } else {
                    self.add_sym(sym, first, flags::DEF_IMPORT, self.cur, range);
                }
            } else {
                self.add(bound, flags::DEF_IMPORT, range);
            }
        }
    }

    /// The symbol of a name that is only a part of an identifier of the tree.
    fn mangled_text(&mut self, text: &str) -> Sym {
        let tree = self.tree;
        let private = if self.cur().mangled_names.is_some() {
            None
        } else {
            self.private
        };
        let mangled = crate::names::mangle(private.map(|private| tree.name(private)), text);
        self.names.intern(tree, &mangled)
    }

    fn pattern(&mut self, pattern: PatternId) {
        let range = self.tree.range(pattern);
        self.deeper(range, |this| this.any_pattern(pattern, range));
    }

    fn any_pattern(&mut self, pattern: PatternId, range: TextRange) {
        let tree = self.tree;
        match tree[pattern] {
            Pattern::Invalid | Pattern::MatchSingleton { .. } => {}
            Pattern::MatchValue { value } => self.expr(value),
            Pattern::MatchSequence { patterns } | Pattern::MatchOr { patterns } => {
                self.patterns(patterns);
            }
            Pattern::MatchMapping {
                keys,
                patterns,
                rest,
            } => {
                self.exprs(keys);
                self.patterns(patterns);
                if let Some(rest) = rest {
                    self.add(rest, flags::DEF_LOCAL, range);
                }
            }
            Pattern::MatchClass {
                cls,
                patterns,
                kwd_attrs,
                kwd_patterns,
            } => {
                self.expr(cls);
                self.patterns(patterns);
                for (attr, pattern) in tree.list(kwd_attrs).zip(tree.list(kwd_patterns)) {
                    self.check_name(attr, tree.range(pattern), ExprContext::Store);
                }
                self.patterns(kwd_patterns);
            }
            Pattern::MatchStar { name } => {
                if let Some(name) = name {
                    self.add(name, flags::DEF_LOCAL, range);
                }
            }
            Pattern::MatchAs { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern);
                }
                if let Some(name) = name {
                    self.add(name, flags::DEF_LOCAL, range);
                }
            }
        }
    }

    fn patterns(&mut self, patterns: List<Pattern>) {
        let tree = self.tree;
        for pattern in tree.list(patterns) {
            self.pattern(pattern);
        }
    }
}

/// Why a name may not be declared `global` or `nonlocal` any more.
pub(crate) fn declaration_conflict(before: u16, flag: u16, name: &str) -> Option<String> {
    let kind = if flag == flags::DEF_GLOBAL {
        "global"
    } else {
        "nonlocal"
    };
    if before & flags::DEF_PARAM != 0 {
        Some(format!("name '{name}' is parameter and {kind}"))
    } else if before & flags::USE != 0 {
        Some(format!("name '{name}' is used prior to {kind} declaration"))
    } else if before & flags::DEF_ANNOT != 0 {
        Some(format!("annotated name '{name}' can't be {kind}"))
    } else if before & flags::DEF_LOCAL != 0 {
        Some(format!(
            "name '{name}' is assigned to before {kind} declaration"
        ))
    } else {
        None
    }
}
