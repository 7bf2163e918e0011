//! Statements: their nodes and edges, and what they bind.

use vitrine_syntax::tree::{
    ClassDef, Constant, Expr, ExprId, FunctionDef, Id, List, Pattern, PatternId, Stmt, StmtId, Tree,
};

use super::build::{At, Flow, OccurrenceKind, Parent, What};
use super::graph::{Branch, Loop, LoopId, NodeId};

impl Flow<'_> {
    pub(super) fn stmts(&mut self, list: List<Stmt>) {
        let tree = self.tree;
        for stmt in tree.list(list) {
            self.stmt(stmt);
        }
    }

    pub(super) fn stmt(&mut self, stmt: StmtId) {
        let tree = self.tree;
        match tree[stmt] {
            Stmt::Invalid | Stmt::Pass | Stmt::Global { .. } | Stmt::Nonlocal { .. } => {}
            Stmt::FunctionDef(id) => self.function(id, stmt),
            Stmt::ClassDef(id) => self.class(id, stmt),
            Stmt::Return { value } => {
                let node = self.node();
                self.opt_expr(value, stmt, node);
                let exit = self.graph.frame(self.at.frame).exit;
                self.link_ends(exit);
                self.at.ends.clear();
            }
            Stmt::Raise { exc, cause } => {
                let node = self.node();
                self.opt_expr(exc, stmt, node);
                self.opt_expr(cause, stmt, node);
                if self.at.tries.is_empty() {
                    let exit = self.graph.frame(self.at.frame).exit;
                    self.link_ends(exit);
                }
                self.at.ends.clear();
            }
            Stmt::Break => {
                let node = self.node();
                self.at.ends.clear();
                if let Some((_, breaks)) = self.at.loops.last_mut() {
                    breaks.push(node);
                }
            }
            Stmt::Continue => {
                self.node();
                if let Some(&(header, _)) = self.at.loops.last() {
                    self.link_ends(header);
                }
                self.at.ends.clear();
            }
            Stmt::Delete { targets } | Stmt::Assign { targets, .. } => {
                let node = self.node();
                if let Stmt::Assign { value, .. } = tree[stmt] {
                    self.expr(value, Parent::Stmt(stmt), node);
                }
                for target in tree.list(targets) {
                    self.expr(target, Parent::Stmt(stmt), node);
                }
            }
            Stmt::TypeAlias { name, .. } => {
                let node = self.node();
                self.expr(name, Parent::Stmt(stmt), node);
            }
            Stmt::AugAssign { target, value, .. } => {
                let node = self.node();
                self.expr(value, Parent::Stmt(stmt), node);
                self.expr(target, Parent::Stmt(stmt), node);
            }
            Stmt::AnnAssign { target, value, .. } => {
                let node = self.node();
                if let Some(value) = value {
                    self.expr(value, Parent::Stmt(stmt), node);
                    self.expr(target, Parent::Stmt(stmt), node);
                }
            }
            Stmt::Expr { value } => {
                let node = self.node();
                self.expr(value, Parent::Stmt(stmt), node);
            }
            Stmt::Assert { test, msg } => {
                let node = self.node();
                self.expr(test, Parent::Stmt(stmt), node);
                self.opt_expr(msg, stmt, node);
            }
            Stmt::Import { names } | Stmt::ImportFrom { names, .. } => {
                let node = self.node();
                for id in tree.list(names) {
                    let alias = tree[id];
                    let bound = tree.name(alias.asname.unwrap_or(alias.name));
                    let bound = bound.split('.').next().unwrap_or_default();
                    if let Some(name) = self.scopes.find(tree, bound) {
                        self.bind_sym(name, OccurrenceKind::Import, tree.range(id), None, node);
                    }
                }
            }
            Stmt::For(_) | Stmt::While { .. } => self.loop_stmt(stmt),
            Stmt::If { test, body, orelse } => self.if_stmt(stmt, test, body, orelse),
            Stmt::With { items, body, .. } => {
                let node = self.node();
                for id in tree.list(items) {
                    self.expr(tree[id].context_expr, Parent::Stmt(stmt), node);
                    if let Some(vars) = tree[id].optional_vars {
                        self.expr(vars, Parent::Stmt(stmt), node);
                    }
                }
                self.stmts(body);
            }
            Stmt::Match { subject, cases } => {
                let node = self.node();
                self.expr(subject, Parent::Stmt(stmt), node);
                let mut after = Vec::new();
                for id in tree.list(cases) {
                    let case = tree[id];
                    let test = self.node();
                    self.pattern(case.pattern, stmt, test);
                    self.opt_expr(case.guard, stmt, test);
                    self.stmts(case.body);
                    after.append(&mut self.at.ends);
                    self.at.ends.push((test, Branch::Always));
                }
                self.at.ends.append(&mut after);
            }
            Stmt::Try(_) => self.try_stmt(stmt),
        }
    }

    pub(super) fn if_stmt(
        &mut self,
        stmt: StmtId,
        test: ExprId,
        body: List<Stmt>,
        orelse: List<Stmt>,
    ) {
        let tree = self.tree;
        let mut after = Vec::new();
        let (mut stmt, mut test, mut body, mut orelse) = (stmt, test, body, orelse);
        loop {
            let node = self.node();
            self.graph.nodes[node.0 as usize].condition = Some(test);
            self.expr(test, Parent::Stmt(stmt), node);
            self.at.ends = vec![(node, Branch::IfTrue)];
            self.stmts(body);
            after.append(&mut self.at.ends);
            self.at.ends.push((node, Branch::IfFalse));
            let mut rest = tree.list(orelse);
            match (rest.next(), rest.next()) {
                (Some(next), None) if matches!(tree[next], Stmt::If { .. }) => {
                    if let Stmt::If {
                        test: t,
                        body: b,
                        orelse: o,
                    } = tree[next]
                    {
                        (stmt, test, body, orelse) = (next, t, b, o);
                    }
                }
                _ => break,
            }
        }
        self.stmts(orelse);
        self.at.ends.append(&mut after);
    }

    pub(super) fn loop_stmt(&mut self, stmt: StmtId) {
        let tree = self.tree;
        let (body, orelse) = match tree[stmt] {
            Stmt::For(id) => {
                let node = self.node();
                self.expr(tree[id].iter, Parent::Stmt(stmt), node);
                (tree[id].body, tree[id].orelse)
            }
            Stmt::While { body, orelse, .. } => (body, orelse),
            _ => return,
        };
        let outer = self.at.innermost;
        let id = LoopId(self.graph.loops.len() as u32);
        let first = NodeId(self.graph.nodes.len() as u32);
        self.graph.loops.push(Loop {
            parent: outer,
            first,
            end: first,
        });
        self.at.innermost = Some(id);
        let header = self.node();
        let mut endless = false;
        let after_header = match tree[stmt] {
            Stmt::For(_) => Branch::Always,
            Stmt::While { test, .. } => {
                endless = is_true(tree, test);
                self.graph.nodes[header.0 as usize].condition = Some(test);
                self.expr(test, Parent::Stmt(stmt), header);
                Branch::IfTrue
            }
            _ => return,
        };
        self.at.ends = vec![(header, after_header)];
        self.at.loops.push((header, Vec::new()));
        if let Stmt::For(id) = tree[stmt] {
            // Apart from the header: where the items end, nothing is bound.
            let bind = self.node();
            self.expr(tree[id].target, Parent::Stmt(stmt), bind);
        }
        self.stmts(body);
        self.link_ends(header);
        let (_, breaks) = self.at.loops.pop().expect("pushed above");
        self.at.innermost = outer;
        self.graph.loops[id.0 as usize].end = NodeId(self.graph.nodes.len() as u32);
        let leave = if after_header == Branch::Always {
            Branch::Always
        } else {
            Branch::IfFalse
        };
        self.at.ends = if endless {
            Vec::new()
        } else {
            vec![(header, leave)]
        };
        self.stmts(orelse);
        self.at
            .ends
            .extend(breaks.into_iter().map(|node| (node, Branch::Always)));
    }

    pub(super) fn try_stmt(&mut self, stmt: StmtId) {
        let tree = self.tree;
        let Stmt::Try(id) = tree[stmt] else { return };
        let node = tree[id];
        self.at.tries.push(Vec::new());
        // The state before the body's first statement can reach a handler too.
        self.node();
        self.stmts(node.body);
        let raisers = self.at.tries.pop().expect("pushed above");
        if let Some(outer) = self.at.tries.last_mut() {
            outer.extend_from_slice(&raisers);
        }
        self.stmts(node.orelse);
        let mut after = std::mem::take(&mut self.at.ends);
        for id in tree.list(node.handlers) {
            let handler = tree[id];
            self.at.ends = raisers.iter().map(|&node| (node, Branch::Always)).collect();
            let at = self.node();
            self.opt_expr(handler.r#type, stmt, at);
            if let Some(name) = handler.name {
                self.bind(name, OccurrenceKind::Except, tree.range(id), None, at);
            }
            self.stmts(handler.body);
            if let Some(name) = handler.name
                && !self.at.ends.is_empty()
            {
                let end = self.node();
                self.bind(name, OccurrenceKind::ExceptEnd, tree.range(id), None, end);
            }
            after.append(&mut self.at.ends);
        }
        self.at.ends = after;
        if !node.finalbody.is_empty() {
            if node.handlers.is_empty() {
                self.at
                    .ends
                    .extend(raisers.iter().map(|&node| (node, Branch::Always)));
            }
            self.stmts(node.finalbody);
        }
    }

    pub(super) fn function(&mut self, id: Id<FunctionDef>, stmt: StmtId) {
        let tree = self.tree;
        let def = tree[id];
        let node = self.node();
        for decorator in tree.list(def.decorator_list) {
            self.expr(decorator, Parent::Decorator(stmt), node);
        }
        let Some(block) = self.scopes.function(id) else {
            return;
        };
        let created = self.create(What::Def(id, stmt), block, node);
        self.created_of_stmt.insert(stmt, created);
        self.defaults(def.args, created, self.at.block, node);
        self.bind(
            def.name,
            OccurrenceKind::Def(created),
            def.name_range,
            None,
            node,
        );
        if let Some(name) = self.scopes.sym(tree, self.at.block, def.name) {
            let variable = self.variable_of(self.at.block, name).0;
            self.created[created.0 as usize].variable = Some(variable);
        }

        let inner = At {
            frame: self.at.frame,
            block,
            innermost: None,
            ends: Vec::new(),
            loops: Vec::new(),
            tries: Vec::new(),
        };
        let outer = std::mem::replace(&mut self.at, inner);
        self.begin_frame();
        let entry = self.graph.frame(self.at.frame).entry;
        self.created[created.0 as usize].frame = Some(self.at.frame);
        self.params(def.args, block, entry);
        self.stmts(def.body);
        self.end_frame();
        self.at = outer;
    }

    pub(super) fn class(&mut self, id: Id<ClassDef>, stmt: StmtId) {
        let tree = self.tree;
        let class = tree[id];
        let node = self.node();
        for decorator in tree.list(class.decorator_list) {
            self.expr(decorator, Parent::Decorator(stmt), node);
        }
        for base in tree.list(class.bases) {
            self.expr(base, Parent::Base(stmt), node);
        }
        for keyword in tree.list(class.keywords) {
            self.expr(tree[keyword].value, Parent::Base(stmt), node);
        }
        if let Some(block) = self.scopes.class(id) {
            self.class_of_block.insert(block, stmt);
            let outer = std::mem::replace(&mut self.at.block, block);
            self.stmts(class.body);
            self.at.block = outer;
        }
        let end = self.node();
        self.bind(
            class.name,
            OccurrenceKind::Class(stmt),
            class.name_range,
            None,
            end,
        );
        if let Some(name) = self.scopes.sym(tree, self.at.block, class.name) {
            let variable = self.variable_of(self.at.block, name).0;
            self.class_variable.insert(stmt, (variable, end));
        }
    }

    pub(super) fn pattern(&mut self, pattern: PatternId, stmt: StmtId, node: NodeId) {
        let tree = self.tree;
        let mut work = vec![pattern];
        while let Some(id) = work.pop() {
            let range = tree.range(id);
            match tree[id] {
                Pattern::Invalid | Pattern::MatchSingleton { .. } => {}
                Pattern::MatchValue { value } => self.expr(value, Parent::Stmt(stmt), node),
                Pattern::MatchSequence { patterns } | Pattern::MatchOr { patterns } => {
                    work.extend(tree.list(patterns));
                }
                Pattern::MatchMapping {
                    keys,
                    patterns,
                    rest,
                } => {
                    for key in tree.list(keys) {
                        self.expr(key, Parent::Stmt(stmt), node);
                    }
                    work.extend(tree.list(patterns));
                    if let Some(rest) = rest {
                        self.bind(rest, OccurrenceKind::Other, range, None, node);
                    }
                }
                Pattern::MatchClass {
                    cls,
                    patterns,
                    kwd_patterns,
                    ..
                } => {
                    self.expr(cls, Parent::Stmt(stmt), node);
                    work.extend(tree.list(patterns).chain(tree.list(kwd_patterns)));
                }
                Pattern::MatchStar { name } => {
                    if let Some(name) = name {
                        self.bind(name, OccurrenceKind::Other, range, None, node);
                    }
                }
                Pattern::MatchAs { pattern, name } => {
                    work.extend(pattern);
                    if let Some(name) = name {
                        self.bind(name, OccurrenceKind::Other, range, None, node);
                    }
                }
            }
        }
    }
}

fn is_true(tree: &Tree, expr: ExprId) -> bool {
    match tree[expr] {
        Expr::Constant { value, .. } => match tree.constant(value) {
            Constant::True => true,
            Constant::Int(value) => value != 0,
            Constant::BigInt(_) => true,
            _ => false,
        },
        _ => false,
    }
}
