//! Expressions: their parents, the names in them, the closures they make.

use vitrine_scope::BlockId;
use vitrine_syntax::tree::{
    Arguments, Comprehension, Expr, ExprContext, ExprId, Id, List, NameId, Stmt, StmtId,
};

use super::build::{CreatedId, Flow, OccurrenceKind, Parent, What};
use super::graph::{Branch, Frame, FrameId, NodeId};

struct Work {
    expr: ExprId,
    parent: Parent,
    block: BlockId,
    node: NodeId,
}

impl Flow<'_> {
    pub(super) fn defaults(
        &mut self,
        args: Id<Arguments>,
        created: CreatedId,
        block: BlockId,
        node: NodeId,
    ) {
        let tree = self.tree;
        let args = tree[args];
        let mut work = Vec::new();
        for expr in tree
            .list(args.defaults)
            .chain(tree.opt_list(args.kw_defaults).flatten())
        {
            work.push(Work {
                expr,
                parent: Parent::Default(created),
                block,
                node,
            });
        }
        self.walk(work);
    }

    pub(super) fn params(&mut self, args: Id<Arguments>, block: BlockId, node: NodeId) {
        let tree = self.tree;
        let args = tree[args];
        let lists = tree
            .list(args.posonlyargs)
            .chain(tree.list(args.args))
            .chain(tree.list(args.kwonlyargs));
        for arg in lists.chain(args.vararg).chain(args.kwarg) {
            if let Some(name) = self.scopes.sym(tree, block, tree[arg].arg) {
                self.occur(
                    name,
                    OccurrenceKind::Param,
                    tree.range(arg),
                    None,
                    block,
                    node,
                );
            }
        }
    }

    pub(super) fn opt_expr(&mut self, expr: Option<ExprId>, stmt: StmtId, node: NodeId) {
        if let Some(expr) = expr {
            self.expr(expr, Parent::Stmt(stmt), node);
        }
    }

    pub(super) fn expr(&mut self, expr: ExprId, parent: Parent, node: NodeId) {
        let block = self.at.block;
        self.walk(vec![Work {
            expr,
            parent,
            block,
            node,
        }]);
    }

    /// Walks expressions in a loop: no depth of nesting can overflow it.
    fn walk(&mut self, mut work: Vec<Work>) {
        let tree = self.tree;
        while let Some(Work {
            expr,
            parent,
            block,
            node,
        }) = work.pop()
        {
            self.parents[expr.index()] = parent;
            self.nodes[expr.index()] = node;
            let mut push = |child: ExprId| {
                work.push(Work {
                    expr: child,
                    parent: Parent::Expr(expr),
                    block,
                    node,
                });
            };
            match tree[expr] {
                Expr::Invalid | Expr::Constant { .. } => {}
                Expr::Name { id, ctx } => self.name(expr, id, ctx, parent, block, node),
                Expr::BoolOp { values: list, .. }
                | Expr::Set { elts: list }
                | Expr::JoinedStr { values: list }
                | Expr::TemplateStr { values: list }
                | Expr::List { elts: list, .. }
                | Expr::Tuple { elts: list, .. } => tree.list(list).for_each(push),
                Expr::NamedExpr { target, value } => {
                    push(value);
                    push(target);
                }
                Expr::BinOp { left, right, .. } => {
                    push(left);
                    push(right);
                }
                Expr::UnaryOp { operand: value, .. }
                | Expr::Await { value }
                | Expr::YieldFrom { value }
                | Expr::Starred { value, .. }
                | Expr::Attribute { value, .. } => push(value),
                Expr::Yield { value } => value.into_iter().for_each(push),
                Expr::IfExp { test, body, orelse } => {
                    [test, body, orelse].into_iter().for_each(push);
                }
                Expr::Dict { keys, values } => {
                    tree.opt_list(keys).flatten().for_each(&mut push);
                    tree.list(values).for_each(push);
                }
                Expr::Compare {
                    left, comparators, ..
                } => {
                    push(left);
                    tree.list(comparators).for_each(push);
                }
                Expr::Call {
                    func,
                    args,
                    keywords,
                } => {
                    push(func);
                    tree.list(args).for_each(push);
                    for keyword in tree.list(keywords) {
                        let value = tree[keyword].value;
                        work.push(Work {
                            expr: value,
                            parent: Parent::Keyword(expr, keyword),
                            block,
                            node,
                        });
                    }
                }
                Expr::FormattedValue {
                    value, format_spec, ..
                }
                | Expr::Interpolation {
                    value, format_spec, ..
                } => {
                    push(value);
                    format_spec.into_iter().for_each(push);
                }
                Expr::Subscript { value, slice, .. } => {
                    push(value);
                    push(slice);
                }
                Expr::Slice { lower, upper, step } => {
                    lower.into_iter().chain(upper).chain(step).for_each(push);
                }
                Expr::Lambda { args, body } => {
                    if let Some(own) = self.scopes.lambda(expr) {
                        self.lambda(expr, args, body, own, block, node, &mut work);
                    }
                }
                Expr::ListComp { elt, generators } | Expr::SetComp { elt, generators } => {
                    self.comprehension(expr, &[elt], generators, block, node, &mut work);
                }
                Expr::DictComp {
                    key,
                    value,
                    generators,
                } => {
                    let elements: Vec<_> = [key].into_iter().chain(value).collect();
                    self.comprehension(expr, &elements, generators, block, node, &mut work);
                }
                Expr::GeneratorExp { elt, generators } => {
                    if let Some(own) = self.scopes.comprehension(expr) {
                        let created = self.create(What::Generator(expr), own, node);
                        self.created_of_expr.insert(expr, created);
                    }
                    self.comprehension(expr, &[elt], generators, block, node, &mut work);
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn lambda(
        &mut self,
        expr: ExprId,
        args: Id<Arguments>,
        body: ExprId,
        own: BlockId,
        block: BlockId,
        node: NodeId,
        work: &mut Vec<Work>,
    ) {
        let tree = self.tree;
        let created = self.create(What::Lambda(expr, args), own, node);
        self.created_of_expr.insert(expr, created);
        let spec = tree[args];
        for expr in tree
            .list(spec.defaults)
            .chain(tree.opt_list(spec.kw_defaults).flatten())
        {
            work.push(Work {
                expr,
                parent: Parent::Default(created),
                block,
                node,
            });
        }
        // A graph of one step.
        let frame = FrameId(self.graph.frames.len() as u32);
        let outer = (
            self.at.frame,
            self.at.innermost.take(),
            std::mem::take(&mut self.at.tries),
        );
        let ends = std::mem::take(&mut self.at.ends);
        self.at.frame = frame;
        self.graph.frames.push(Frame {
            entry: NodeId(0),
            exit: NodeId(0),
        });
        let entry = self.bare_node();
        let exit = self.bare_node();
        let step = self.bare_node();
        self.graph.nodes[entry.0 as usize]
            .next
            .push((step, Branch::Always));
        self.graph.nodes[step.0 as usize]
            .next
            .push((exit, Branch::Always));
        self.graph.frames[frame.0 as usize] = Frame { entry, exit };
        (self.at.frame, self.at.innermost, self.at.tries) = outer;
        self.at.ends = ends;
        self.created[created.0 as usize].frame = Some(frame);
        self.params(args, own, entry);
        work.push(Work {
            expr: body,
            parent: Parent::Expr(expr),
            block: own,
            node: step,
        });
    }

    fn comprehension(
        &mut self,
        expr: ExprId,
        elts: &[ExprId],
        generators: List<Comprehension>,
        block: BlockId,
        node: NodeId,
        work: &mut Vec<Work>,
    ) {
        let tree = self.tree;
        let Some(own) = self.scopes.comprehension(expr) else {
            return;
        };
        for (at, id) in tree.list(generators).enumerate() {
            let generator = tree[id];
            let around = if at == 0 { block } else { own };
            work.push(Work {
                expr: generator.iter,
                parent: Parent::Iterable(expr, id),
                block: around,
                node,
            });
            let inside = Parent::InGenerator(expr);
            work.push(Work {
                expr: generator.target,
                parent: inside,
                block: own,
                node,
            });
            for condition in tree.list(generator.ifs) {
                work.push(Work {
                    expr: condition,
                    parent: inside,
                    block: own,
                    node,
                });
            }
        }
        for &elt in elts {
            work.push(Work {
                expr: elt,
                parent: Parent::Expr(expr),
                block: own,
                node,
            });
        }
    }

    fn name(
        &mut self,
        expr: ExprId,
        id: NameId,
        ctx: ExprContext,
        parent: Parent,
        block: BlockId,
        node: NodeId,
    ) {
        let tree = self.tree;
        let Some(name) = self.scopes.sym(tree, block, id) else {
            return;
        };
        let kind = match ctx {
            ExprContext::Load => OccurrenceKind::Load,
            ExprContext::Del => OccurrenceKind::Delete,
            ExprContext::Store => self.store_kind(expr, parent),
        };
        let at = self.occur(name, kind, tree.range(expr), Some(expr), block, node);
        self.occurrence_of.insert(expr, at);
    }

    /// By what a name is bound, from where it stands.
    fn store_kind(&self, expr: ExprId, parent: Parent) -> OccurrenceKind {
        let mut parent = parent;
        let mut direct = true;
        loop {
            match parent {
                Parent::Expr(outer) => match self.tree[outer] {
                    Expr::NamedExpr { value, .. } => return OccurrenceKind::Assign(value),
                    _ => {
                        direct = false;
                        parent = self.parents[outer.index()];
                    }
                },
                Parent::InGenerator(_) => return OccurrenceKind::CompTarget,
                Parent::Stmt(stmt) => {
                    return match self.tree[stmt] {
                        Stmt::For(_) => OccurrenceKind::For,
                        Stmt::AugAssign { .. } => OccurrenceKind::AugAssign(stmt),
                        Stmt::Assign { value, .. } if direct => OccurrenceKind::Assign(value),
                        Stmt::AnnAssign {
                            value: Some(value), ..
                        } => OccurrenceKind::Assign(value),
                        Stmt::Assign { targets, value } => {
                            // a, b = x, y
                            let items = |e: ExprId| match self.tree[e] {
                                Expr::Tuple { elts, .. } | Expr::List { elts, .. } => Some(elts),
                                _ => None,
                            };
                            let values = items(value);
                            self.tree
                                .list(targets)
                                .filter_map(items)
                                .find_map(|targets| {
                                    let at = self
                                        .tree
                                        .list(targets)
                                        .position(|target| target == expr)?;
                                    self.tree.list(values?).nth(at)
                                })
                                .map_or(OccurrenceKind::Other, OccurrenceKind::Assign)
                        }
                        _ => OccurrenceKind::Other,
                    };
                }
                _ => return OccurrenceKind::Other,
            }
        }
    }
}
