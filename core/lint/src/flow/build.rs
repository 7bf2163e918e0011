//! One walk over a segment: parents of expressions, graphs, variables with all
//! their occurrences, and the closures made.

use std::collections::HashMap;

use vitrine_scope::{BlockId, BlockKind, Scope, SegmentScopes, Sym};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{
    Arguments, ClassDef, Comprehension, Expr, ExprContext, ExprId, FunctionDef, Id, Keyword, List,
    NameId, Pattern, PatternId, Stmt, StmtId, Tree,
};

use super::graph::{Branch, Frame, FrameId, Graph, Loop, LoopId, Node, NodeId};

/// What an expression is part of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Parent {
    /// An annotation, or code that is not reached.
    None,
    Expr(ExprId),
    Stmt(StmtId),
    /// The value of a keyword argument of a call.
    Keyword(ExprId, Id<Keyword>),
    /// The iterable of a comprehension.
    Iterable(ExprId, Id<Comprehension>),
    /// A target or condition of a comprehension.
    InGenerator(ExprId),
    Decorator(StmtId),
    /// The default of a parameter of a closure.
    Default(CreatedId),
    /// A class's base or keyword.
    Base(StmtId),
}

/// A variable of the segment: a name and the block that owns it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct VariableId(pub(crate) u32);

/// A closure of the segment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct CreatedId(pub(crate) u32);

/// What is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum What {
    Lambda(ExprId, Id<Arguments>),
    Generator(ExprId),
    Def(Id<FunctionDef>, StmtId),
}

/// A place where a closure is made.
#[derive(Clone, Debug)]
pub(crate) struct Created {
    pub(crate) what: What,
    pub(crate) block: BlockId,
    /// Where it is made.
    pub(crate) node: NodeId,
    /// Its own graph; a generator expression shares that of its surroundings.
    pub(crate) frame: Option<FrameId>,
    /// The name that a `def` binds.
    pub(crate) variable: Option<VariableId>,
    /// Variables of blocks around it that it reads, with one place each.
    pub(crate) captures: Vec<(VariableId, usize)>,
}

/// How a name occurs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OccurrenceKind {
    Load,
    Delete,
    Param,
    /// The target of `for`, also within a tuple.
    For,
    CompTarget,
    /// `name = value`, also by walrus and annotated assignment.
    Assign(ExprId),
    AugAssign(StmtId),
    /// Part of an unpacked target, `with ... as`, a pattern.
    Other,
    Def(CreatedId),
    Class(StmtId),
    Import,
    Except,
    /// The end of an `except ... as name` block, which unbinds the name.
    ExceptEnd,
}

impl OccurrenceKind {
    /// Whether the variable has another value, or none, after it.
    pub(crate) fn rebinds(self) -> bool {
        self != Self::Load
    }
}

/// One occurrence of a variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occurrence {
    pub(crate) variable: VariableId,
    pub(crate) expr: Option<ExprId>,
    pub(crate) block: BlockId,
    pub(crate) node: NodeId,
    pub(crate) kind: OccurrenceKind,
    pub(crate) range: TextRange,
    /// The closure through which it is reached from the owner's block, the outermost one.
    pub(crate) via: Option<CreatedId>,
}

#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) name: Sym,
    pub(crate) owner: BlockId,
    pub(crate) occurrences: Vec<usize>,
}

/// The flow facts of a segment.
pub(crate) struct Flow<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) scopes: &'a SegmentScopes,
    pub(crate) graph: Graph,
    pub(crate) parents: Vec<Parent>,
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) occurrences: Vec<Occurrence>,
    /// By expression: the occurrence of a name.
    pub(crate) occurrence_of: HashMap<ExprId, usize>,
    pub(crate) created: Vec<Created>,
    created_of_block: HashMap<BlockId, CreatedId>,
    pub(crate) created_of_expr: HashMap<ExprId, CreatedId>,
    pub(crate) created_of_stmt: HashMap<StmtId, CreatedId>,
    /// The variable that a class statement binds.
    pub(crate) class_variable: HashMap<StmtId, (VariableId, NodeId)>,
    /// The class statement of a class block.
    pub(crate) class_of_block: HashMap<BlockId, StmtId>,
    ids: HashMap<(BlockId, Sym), VariableId>,
    at: At,
}

/// Where the walk is.
struct At {
    frame: FrameId,
    block: BlockId,
    innermost: Option<LoopId>,
    /// Nodes whose control comes to what is next.
    ends: Vec<(NodeId, Branch)>,
    /// Of the enclosing loops in this frame: header, and who leaves by `break`.
    loops: Vec<(NodeId, Vec<NodeId>)>,
    /// Of the enclosing `try` bodies: nodes that may raise.
    tries: Vec<Vec<NodeId>>,
}

struct Work {
    expr: ExprId,
    parent: Parent,
    block: BlockId,
    node: NodeId,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(tree: &'a Tree, scopes: &'a SegmentScopes) -> Self {
        let mut flow = Self {
            tree,
            scopes,
            graph: Graph::default(),
            parents: vec![Parent::None; tree.count::<Expr>()],
            nodes: vec![NodeId(0); tree.count::<Expr>()],
            variables: Vec::new(),
            occurrences: Vec::new(),
            occurrence_of: HashMap::new(),
            created: Vec::new(),
            created_of_block: HashMap::new(),
            created_of_expr: HashMap::new(),
            created_of_stmt: HashMap::new(),
            class_variable: HashMap::new(),
            class_of_block: HashMap::new(),
            ids: HashMap::new(),
            at: At {
                frame: FrameId(0),
                block: BlockId::ROOT,
                innermost: None,
                ends: Vec::new(),
                loops: Vec::new(),
                tries: Vec::new(),
            },
        };
        flow.begin_frame();
        flow.stmts(tree.body());
        flow.end_frame();
        flow.captures();
        flow
    }

    pub(crate) fn text(&self, variable: VariableId) -> &'a str {
        self.scopes
            .text(self.tree, self.variables[variable.0 as usize].name)
    }

    pub(crate) fn variable(&self, id: VariableId) -> &Variable {
        &self.variables[id.0 as usize]
    }

    pub(crate) fn created(&self, id: CreatedId) -> &Created {
        &self.created[id.0 as usize]
    }

    pub(crate) fn find(&self, block: BlockId, name: Sym) -> Option<VariableId> {
        self.ids.get(&(block, name)).copied()
    }

    /// The occurrences of a variable, in the order of the text within a frame.
    pub(crate) fn occurrences(&self, id: VariableId) -> impl Iterator<Item = &Occurrence> {
        self.variables[id.0 as usize]
            .occurrences
            .iter()
            .map(|&at| &self.occurrences[at])
    }

    /// The block whose variables code in `block` keeps: comprehensions and
    /// class bodies run as part of what is around them.
    pub(crate) fn owner_block(&self, block: BlockId) -> BlockId {
        let mut at = block;
        while self.scopes[at].comprehension != vitrine_scope::Comprehension::None
            || self.scopes[at].kind == BlockKind::Class
        {
            at = self.scopes[at].parent;
        }
        at
    }

    /// The graph in which a block's code runs.
    pub(crate) fn frame_of(&self, block: BlockId) -> FrameId {
        let owner = self.owner_block(block);
        self.created_of_block
            .get(&owner)
            .and_then(|&id| self.created(id).frame)
            .unwrap_or(FrameId(0))
    }

    /// The parameters of a closure.
    pub(crate) fn arguments(&self, id: CreatedId) -> Option<Id<Arguments>> {
        match self.created(id).what {
            What::Lambda(_, args) => Some(args),
            What::Def(def, _) => Some(self.tree[def].args),
            What::Generator(_) => None,
        }
    }

    /// The whole text of a closure.
    pub(crate) fn created_range(&self, id: CreatedId) -> TextRange {
        match self.created(id).what {
            What::Lambda(expr, _) | What::Generator(expr) => self.tree.range(expr),
            What::Def(_, stmt) => self.tree.range(stmt),
        }
    }

    fn begin_frame(&mut self) {
        let id = FrameId(self.graph.frames.len() as u32);
        self.at.frame = id;
        self.at.ends.clear();
        self.graph.frames.push(Frame {
            entry: NodeId(0),
            exit: NodeId(0),
        });
        let entry = self.node();
        let exit = self.bare_node();
        self.graph.frames[id.0 as usize] = Frame { entry, exit };
    }

    fn end_frame(&mut self) {
        let exit = self.graph.frame(self.at.frame).exit;
        self.link_ends(exit);
        self.at.ends.clear();
    }

    fn bare_node(&mut self) -> NodeId {
        let id = NodeId(self.graph.nodes.len() as u32);
        self.graph.nodes.push(Node {
            frame: self.at.frame,
            innermost: self.at.innermost,
            condition: None,
            next: Vec::new(),
        });
        id
    }

    fn link_ends(&mut self, to: NodeId) {
        for &(from, branch) in &self.at.ends {
            self.graph.nodes[from.0 as usize].next.push((to, branch));
        }
    }

    /// A node that follows what came before.
    fn node(&mut self) -> NodeId {
        let id = self.bare_node();
        self.link_ends(id);
        self.at.ends.clear();
        self.at.ends.push((id, Branch::Always));
        if let Some(raisers) = self.at.tries.last_mut() {
            raisers.push(id);
        }
        id
    }

    fn stmts(&mut self, list: List<Stmt>) {
        let tree = self.tree;
        for stmt in tree.list(list) {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: StmtId) {
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

    fn if_stmt(&mut self, stmt: StmtId, test: ExprId, body: List<Stmt>, orelse: List<Stmt>) {
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

    fn loop_stmt(&mut self, stmt: StmtId) {
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

    fn try_stmt(&mut self, stmt: StmtId) {
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

    fn function(&mut self, id: Id<FunctionDef>, stmt: StmtId) {
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

    fn class(&mut self, id: Id<ClassDef>, stmt: StmtId) {
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

    fn create(&mut self, what: What, block: BlockId, node: NodeId) -> CreatedId {
        let id = CreatedId(self.created.len() as u32);
        self.created.push(Created {
            what,
            block,
            node,
            frame: None,
            variable: None,
            captures: Vec::new(),
        });
        self.created_of_block.insert(block, id);
        id
    }

    fn defaults(&mut self, args: Id<Arguments>, created: CreatedId, block: BlockId, node: NodeId) {
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

    fn params(&mut self, args: Id<Arguments>, block: BlockId, node: NodeId) {
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

    fn opt_expr(&mut self, expr: Option<ExprId>, stmt: StmtId, node: NodeId) {
        if let Some(expr) = expr {
            self.expr(expr, Parent::Stmt(stmt), node);
        }
    }

    fn expr(&mut self, expr: ExprId, parent: Parent, node: NodeId) {
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
                })
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
                    [test, body, orelse].into_iter().for_each(push)
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
                    self.comprehension(expr, &[key, value], generators, block, node, &mut work);
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

    fn bind(
        &mut self,
        name: NameId,
        kind: OccurrenceKind,
        range: TextRange,
        expr: Option<ExprId>,
        node: NodeId,
    ) {
        if let Some(name) = self.scopes.sym(self.tree, self.at.block, name) {
            self.bind_sym(name, kind, range, expr, node);
        }
    }

    fn bind_sym(
        &mut self,
        name: Sym,
        kind: OccurrenceKind,
        range: TextRange,
        expr: Option<ExprId>,
        node: NodeId,
    ) {
        self.occur(name, kind, range, expr, self.at.block, node);
    }

    fn occur(
        &mut self,
        name: Sym,
        kind: OccurrenceKind,
        range: TextRange,
        expr: Option<ExprId>,
        block: BlockId,
        node: NodeId,
    ) -> usize {
        let (variable, via) = self.variable_of(block, name);
        let at = self.occurrences.len();
        self.occurrences.push(Occurrence {
            variable,
            expr,
            block,
            node,
            kind,
            range,
            via,
        });
        self.variables[variable.0 as usize].occurrences.push(at);
        at
    }

    /// Which variable a name means in a block, and through which closure.
    fn variable_of(&mut self, block: BlockId, name: Sym) -> (VariableId, Option<CreatedId>) {
        let (scopes, start) = (self.scopes, block);
        let free = match scopes[block].scope(name) {
            Some(Scope::Local | Scope::Cell) => None,
            Some(Scope::Free) => Some(true),
            _ => Some(false),
        };
        let mut at = start;
        let mut via = None;
        if let Some(free) = free {
            while at != BlockId::ROOT {
                via = self.created_of_block.get(&at).copied().or(via);
                at = scopes[at].parent;
                let owns = || matches!(scopes[at].scope(name), Some(Scope::Local | Scope::Cell));
                if free && scopes[at].kind != BlockKind::Class && owns() {
                    break;
                }
            }
        }
        let next = VariableId(self.variables.len() as u32);
        let id = *self.ids.entry((at, name)).or_insert(next);
        if id == next {
            self.variables.push(Variable {
                name,
                owner: at,
                occurrences: Vec::new(),
            });
        }
        (id, via)
    }

    fn pattern(&mut self, pattern: PatternId, stmt: StmtId, node: NodeId) {
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

    /// Which closure reads which variables around it.
    fn captures(&mut self) {
        for at in 0..self.occurrences.len() {
            let Occurrence {
                variable,
                block,
                kind,
                via,
                ..
            } = self.occurrences[at];
            if kind != OccurrenceKind::Load || via.is_none() {
                continue;
            }
            let owner = self.variables[variable.0 as usize].owner;
            let mut inner = block;
            while inner != owner && inner != BlockId::ROOT {
                if let Some(created) = self.created_of_block.get(&inner) {
                    let captures = &mut self.created[created.0 as usize].captures;
                    if !captures.iter().any(|&(known, _)| known == variable) {
                        captures.push((variable, at));
                    }
                }
                inner = self.scopes[inner].parent;
            }
        }
    }
}

fn is_true(tree: &Tree, expr: ExprId) -> bool {
    use num_bigint::BigUint;
    use vitrine_syntax::tree::Constant;
    match tree[expr] {
        Expr::Constant { value, .. } => match tree.constant(value) {
            Constant::True => true,
            Constant::Int(value) => *value != BigUint::ZERO,
            _ => false,
        },
        _ => false,
    }
}
