//! What becomes of a value: the way up from an expression to what it is given
//! to, stored in, called by.

use std::borrow::Cow;

use vitrine_scope::{BlockId, BlockKind, Comprehension};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{
    Expr, ExprContext, ExprId, List, Operator, OptList, Stmt, StmtId, Tree,
};

use super::build::{CreatedId, Flow, OccurrenceKind, Parent, VariableId, What};
use super::graph::NodeId;
use crate::facts::{Argument, Callee};
use crate::file_facts::Asked;

/// In which form a value is followed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Kind {
    /// A closure, or something that calls it when called.
    Function,
    /// A generator, coroutine or iterator that runs the closure when consumed.
    Lazy,
    /// An iterator that gives closures, made one by one.
    Iterator,
    /// A container or object that holds it.
    Holder,
    /// An object that is watched for changes.
    Object,
    /// A container that holds such an object.
    ObjectHolder,
    /// An attribute of such an object: only a change of it counts.
    Part,
}

/// What is followed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Origin {
    pub(crate) kind: Kind,
    /// What calling the closure gives: another that reads the same variable.
    pub(crate) gives: Option<Gives>,
    /// Of a closure made in a comprehension: the comprehension that binds what it reads.
    pub(crate) within: Option<BlockId>,
    /// The variable that it reads has another value by now.
    pub(crate) rebound: bool,
    /// The loop has begun another turn since it was made: what is bound within
    /// the same turn is meant to be seen.
    pub(crate) crossed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Gives {
    Function,
    Lazy,
}

impl Origin {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            gives: None,
            within: None,
            rebound: false,
            crossed: false,
        }
    }

    pub(super) fn as_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// The form in which a container has it.
    pub(super) fn held(self) -> Self {
        self.as_kind(match self.kind {
            Kind::Object | Kind::ObjectHolder => Kind::ObjectHolder,
            Kind::Part => Kind::Part,
            _ => Kind::Holder,
        })
    }

    pub(super) fn is_object(self) -> bool {
        matches!(self.kind, Kind::Object | Kind::ObjectHolder | Kind::Part)
    }
}

/// Where a way ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Sink {
    /// It is called, or consumed.
    Called,
    /// It goes where it can be called at any later time; said how.
    Escapes(Cow<'static, str>),
    /// It is stored in an attribute of this name.
    Attribute(String),
    /// It is given to something of which nothing is known.
    Unknown(String),
    Returned,
    Yielded,
    /// It is changed; said how.
    Mutated(String),
    /// It is given to a function that another segment, or a later look, knows.
    Passed(Callee, Argument, ExprId),
}

/// What one look finds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Event {
    Sink(Sink, Origin, TextRange),
    /// It is now in a variable.
    Variable(VariableId, Origin),
    /// It will be in the class that a variable is bound to at this node.
    Class(VariableId, Origin, NodeId),
    /// The container that held it was emptied.
    Cleared,
}

/// Looks up what calls do: with the file's facts, or, to make those, without.
#[derive(Clone, Copy)]
pub(crate) struct Look<'f, 'a> {
    pub(crate) flow: &'f Flow<'a>,
    pub(crate) facts: Option<&'f Asked<'f>>,
    /// How many summaries are being made around this look.
    pub(crate) depth: u32,
}

const MAX_STEPS: u32 = 200;

impl<'a> Look<'_, 'a> {
    /// Follows a closure from where it is made.
    pub(crate) fn created(self, id: CreatedId, origin: Origin, out: &mut Vec<Event>) {
        let flow = self.flow;
        match flow.created(id).what {
            What::Lambda(expr, _) | What::Generator(expr) => self.expr(expr, origin, out),
            What::Def(def, _) => {
                for decorator in flow.tree.list(flow.tree[def].decorator_list) {
                    self.decorator(decorator, origin, out);
                }
                let Some(variable) = flow.created(id).variable else {
                    return;
                };
                self.bind(variable, origin, out);
            }
        }
    }

    /// Follows an expression's value upwards.
    pub(crate) fn expr(self, expr: ExprId, origin: Origin, out: &mut Vec<Event>) {
        let (mut expr, mut origin) = (expr, origin);
        for _ in 0..MAX_STEPS {
            match self.step(expr, origin, out) {
                Some((next, with)) => (expr, origin) = (next, with),
                None => return,
            }
        }
    }

    /// One step up; `None` where the way ends, with what it ends in put out.
    pub(super) fn step(
        self,
        expr: ExprId,
        origin: Origin,
        out: &mut Vec<Event>,
    ) -> Option<(ExprId, Origin)> {
        let flow = self.flow;
        let tree = flow.tree;
        let range = tree.range(expr);
        let sink = |out: &mut Vec<Event>, sink: Sink| {
            out.push(Event::Sink(sink, origin, range));
            None
        };
        match flow.parents[expr.index()] {
            Parent::None | Parent::InGenerator(_) => None,
            Parent::Stmt(stmt) => {
                self.in_stmt(expr, stmt, origin, out);
                None
            }
            Parent::Decorator(_) => sink(out, Sink::Called),
            Parent::Base(_) => sink(out, Sink::Unknown("a class statement".into())),
            Parent::Default(created) => {
                self.created(created, origin.held(), out);
                None
            }
            Parent::Keyword(call, keyword) => {
                let argument = match tree[keyword].arg {
                    Some(name) => Argument::Keyword(tree.name(name).into()),
                    None => Argument::Star,
                };
                self.argument(call, argument, origin, range, out)
            }
            Parent::Iterable(comp, generator) => {
                self.iterated(comp, tree[generator].target, origin, range, out)
            }
            Parent::Expr(outer) => match tree[outer] {
                Expr::Call { func, args, .. } => {
                    if func == expr {
                        return self.called(outer, origin, range, out);
                    }
                    let mut position = Argument::Star;
                    for (at, arg) in tree.list(args).enumerate() {
                        if matches!(tree[arg], Expr::Starred { .. }) {
                            break;
                        }
                        if arg == expr {
                            position = Argument::Position(at);
                        }
                    }
                    self.argument(outer, position, origin, range, out)
                }
                Expr::Attribute { attr, ctx, .. } => {
                    self.attribute(outer, tree.name(attr), ctx, origin, range, out)
                }
                Expr::Subscript { value, ctx, .. } => {
                    if value != expr {
                        return None;
                    }
                    match (origin.kind, ctx) {
                        (Kind::Object | Kind::Part, ExprContext::Store | ExprContext::Del) => {
                            sink(out, Sink::Mutated("an item is set or deleted".into()))
                        }
                        // An item of it, or a copy of a part.
                        (Kind::Holder, ExprContext::Load) => Some((outer, origin)),
                        (Kind::ObjectHolder, ExprContext::Load) => {
                            Some((outer, origin.as_kind(Kind::Object)))
                        }
                        _ => None,
                    }
                }
                Expr::Starred { .. } | Expr::IfExp { .. } => match tree[outer] {
                    Expr::IfExp { test, .. } if test == expr => None,
                    Expr::Starred { .. } if origin.kind == Kind::Lazy => sink(out, Sink::Called),
                    // The items, not the object itself.
                    Expr::Starred { .. } if origin.kind == Kind::Object => None,
                    _ => Some((outer, origin)),
                },
                Expr::BoolOp { .. } => Some((outer, origin)),
                Expr::NamedExpr { target, .. } => {
                    if let Some(&at) = flow.occurrence_of.get(&target) {
                        self.bind(flow.occurrences[at].variable, origin, out);
                    }
                    Some((outer, origin))
                }
                // `**it` takes the items out of it.
                Expr::Dict { keys, values } if is_spread(tree, keys, values, expr) => {
                    match origin.is_object() {
                        true => None,
                        false => Some((outer, origin)),
                    }
                }
                Expr::List { .. } | Expr::Tuple { .. } | Expr::Set { .. } | Expr::Dict { .. } => {
                    Some((outer, origin.held()))
                }
                Expr::BinOp { op, .. } => match origin.kind {
                    Kind::Holder
                        if matches!(op, Operator::Add | Operator::Mult | Operator::BitOr) =>
                    {
                        Some((outer, origin))
                    }
                    _ => None,
                },
                Expr::Lambda { .. } => sink(out, Sink::Returned),
                Expr::ListComp { .. }
                | Expr::SetComp { .. }
                | Expr::DictComp { .. }
                | Expr::GeneratorExp { .. } => {
                    Some((outer, self.out_of_comprehension(outer, origin)))
                }
                Expr::Await { .. } => match origin.kind {
                    Kind::Object | Kind::ObjectHolder | Kind::Part => None,
                    _ => sink(out, Sink::Called),
                },
                Expr::YieldFrom { .. } => sink(
                    out,
                    if origin.is_object() {
                        Sink::Returned
                    } else {
                        Sink::Called
                    },
                ),
                Expr::Yield { .. } => sink(out, Sink::Yielded),
                _ => None,
            },
        }
    }

    /// An item of a comprehension leaves it.
    pub(super) fn out_of_comprehension(self, comp: ExprId, origin: Origin) -> Origin {
        let flow = self.flow;
        let block = flow.scopes.comprehension(comp);
        let generator =
            block.is_some_and(|block| flow.scopes[block].comprehension == Comprehension::Generator);
        let own = block.is_some() && block == origin.within;
        let kind = match origin.kind {
            Kind::Object | Kind::ObjectHolder => Kind::ObjectHolder,
            Kind::Part => Kind::Part,
            _ if generator => Kind::Iterator,
            _ => Kind::Holder,
        };
        Origin {
            kind,
            rebound: origin.rebound || (own && !generator),
            ..origin
        }
    }

    /// It is what a call calls.
    pub(super) fn called(
        self,
        call: ExprId,
        origin: Origin,
        range: TextRange,
        out: &mut Vec<Event>,
    ) -> Option<(ExprId, Origin)> {
        if origin.is_object() {
            return None;
        }
        // Calling a coroutine or generator function runs nothing of it yet.
        if origin.gives != Some(Gives::Lazy) || origin.kind != Kind::Function {
            out.push(Event::Sink(Sink::Called, origin, range));
        }
        match (origin.kind, origin.gives) {
            (Kind::Function, None) | (Kind::Lazy | Kind::Iterator, _) => None,
            (Kind::Function, Some(Gives::Lazy)) => Some((
                call,
                Origin {
                    kind: Kind::Lazy,
                    gives: None,
                    ..origin
                },
            )),
            (Kind::Function, Some(Gives::Function)) => Some((
                call,
                Origin {
                    gives: None,
                    ..origin
                },
            )),
            _ => Some((call, origin)),
        }
    }

    /// A `for` or a comprehension goes over it.
    pub(super) fn iterated(
        self,
        comp: ExprId,
        target: ExprId,
        origin: Origin,
        range: TextRange,
        out: &mut Vec<Event>,
    ) -> Option<(ExprId, Origin)> {
        let flow = self.flow;
        match origin.kind {
            Kind::Lazy => {
                let block = flow.scopes.comprehension(comp);
                let lazy = block.is_some_and(|block| {
                    flow.scopes[block].comprehension == Comprehension::Generator
                });
                if lazy {
                    return Some((comp, origin));
                }
                out.push(Event::Sink(Sink::Called, origin, range));
                None
            }
            Kind::Holder | Kind::Iterator => {
                self.targets(target, origin.as_kind(Kind::Function), out);
                None
            }
            Kind::ObjectHolder => {
                self.targets(target, origin.as_kind(Kind::Object), out);
                None
            }
            Kind::Function | Kind::Object | Kind::Part => None,
        }
    }

    /// Puts it into the names of an assignment target.
    pub(super) fn targets(self, target: ExprId, origin: Origin, out: &mut Vec<Event>) {
        let tree = self.flow.tree;
        let mut work = vec![target];
        while let Some(target) = work.pop() {
            match tree[target] {
                Expr::Name { .. } => {
                    if let Some(&at) = self.flow.occurrence_of.get(&target) {
                        self.bind(self.flow.occurrences[at].variable, origin, out);
                    }
                }
                Expr::Tuple { elts, .. } | Expr::List { elts, .. } => work.extend(tree.list(elts)),
                Expr::Starred { value, .. } => work.push(value),
                Expr::Attribute { value, .. }
                    if !origin.is_object() && self.fresh_variable(value).is_some() =>
                {
                    self.keep_in(value, origin, tree.range(target), "stored in", out);
                }
                Expr::Attribute { attr, .. } => {
                    let name = tree.name(attr).to_owned();
                    out.push(Event::Sink(
                        Sink::Attribute(name),
                        origin,
                        tree.range(target),
                    ));
                }
                Expr::Subscript { value, .. } => {
                    self.keep_in(value, origin, tree.range(target), "stored in", out);
                }
                _ => {}
            }
        }
    }

    /// It is put into an object that an expression names.
    pub(super) fn keep_in(
        self,
        receiver: ExprId,
        origin: Origin,
        range: TextRange,
        how: &str,
        out: &mut Vec<Event>,
    ) {
        let flow = self.flow;
        let tree = flow.tree;
        let mut at = receiver;
        loop {
            match tree[at] {
                Expr::Subscript { value, .. } => at = value,
                Expr::Call { func, .. } => match tree[func] {
                    // d.setdefault(k, []).append(f)
                    Expr::Attribute { value, attr, .. }
                        if matches!(tree.name(attr), "setdefault" | "get") =>
                    {
                        at = value;
                    }
                    _ => break,
                },
                _ => break,
            }
        }
        if let Some(variable) = self.fresh_variable(at) {
            out.push(Event::Variable(variable, origin.held()));
            return;
        }
        let into = self.dotted(receiver);
        let into = if into.is_empty() {
            "an object".into()
        } else {
            format!("`{into}`")
        };
        out.push(Event::Sink(
            Sink::Escapes(format!("{how} {into}").into()),
            origin,
            range,
        ));
    }

    /// The variable of a name, if what it holds was made here and can be
    /// followed; not a parameter, an item of something else, a module or class.
    fn fresh_variable(self, expr: ExprId) -> Option<VariableId> {
        let flow = self.flow;
        let Expr::Name { .. } = flow.tree[expr] else {
            return None;
        };
        let occurrence = flow.occurrences[*flow.occurrence_of.get(&expr)?];
        let id = occurrence.variable;
        let owner = flow.variable(id).owner;
        if owner != flow.owner_block(occurrence.block) {
            return None;
        }
        let mut bindings = flow.bindings(id).peekable();
        if bindings.peek().is_none() {
            // Bound by another statement of the module.
            let assigned = |facts: &Asked<'_>| facts.is_assigned(flow.text(id));
            return (owner == BlockId::ROOT && self.facts.is_some_and(assigned)).then_some(id);
        }
        let plain = |kind: OccurrenceKind| {
            matches!(
                kind,
                OccurrenceKind::Assign(_)
                    | OccurrenceKind::AugAssign(_)
                    | OccurrenceKind::Other
                    | OccurrenceKind::Delete
            )
        };
        bindings.all(|o| plain(o.kind)).then_some(id)
    }

    pub(super) fn bind(self, variable: VariableId, origin: Origin, out: &mut Vec<Event>) {
        let flow = self.flow;
        let owner = flow.variable(variable).owner;
        if flow.scopes[owner].kind == BlockKind::Class {
            // An attribute of the class: who has the class has it.
            let class = flow
                .class_of_block
                .get(&owner)
                .and_then(|stmt| flow.class_variable.get(stmt));
            if let Some(&(class, node)) = class {
                out.push(Event::Class(class, origin.held(), node));
            }
            return;
        }
        out.push(Event::Variable(variable, origin));
    }

    pub(super) fn in_stmt(self, expr: ExprId, stmt: StmtId, origin: Origin, out: &mut Vec<Event>) {
        let tree = self.flow.tree;
        let range = tree.range(expr);
        match tree[stmt] {
            Stmt::Return { .. } => out.push(Event::Sink(Sink::Returned, origin, range)),
            Stmt::Assign { targets, value } if value == expr => {
                for target in tree.list(targets) {
                    // Unpacking a container gives its items.
                    let items = matches!(tree[target], Expr::Tuple { .. } | Expr::List { .. });
                    let origin = match origin.kind {
                        Kind::Object if items => continue,
                        Kind::Lazy if items => {
                            out.push(Event::Sink(Sink::Called, origin, range));
                            continue;
                        }
                        Kind::Holder | Kind::Iterator if items => origin.as_kind(Kind::Function),
                        Kind::ObjectHolder if items => origin.as_kind(Kind::Object),
                        _ => origin,
                    };
                    self.targets(target, origin, out);
                }
            }
            Stmt::AnnAssign {
                target,
                value: Some(value),
                ..
            } if value == expr => self.targets(target, origin, out),
            Stmt::AugAssign { target, value, .. } if value == expr => match tree[target] {
                _ if origin.kind == Kind::Object => {}
                // `items += generator` takes all items at once.
                _ if origin.kind == Kind::Lazy => {
                    out.push(Event::Sink(Sink::Called, origin, range));
                }
                Expr::Name { .. } => self.targets(target, origin.held(), out),
                _ => self.keep_in(target, origin, range, "added to", out),
            },
            Stmt::For(id) if tree[id].iter == expr => match origin.kind {
                Kind::Lazy => out.push(Event::Sink(Sink::Called, origin, range)),
                Kind::Holder | Kind::Iterator => {
                    self.targets(tree[id].target, origin.as_kind(Kind::Function), out);
                }
                Kind::ObjectHolder => {
                    self.targets(tree[id].target, origin.as_kind(Kind::Object), out);
                }
                Kind::Function | Kind::Object | Kind::Part => {}
            },
            Stmt::With { items, .. } => {
                let item = tree
                    .list(items)
                    .find(|&item| tree[item].context_expr == expr);
                if !origin.is_object() {
                    out.push(Event::Sink(Sink::Called, origin, range));
                }
                if let Some(target) = item.and_then(|item| tree[item].optional_vars) {
                    self.targets(target, origin.held(), out);
                }
            }
            Stmt::Raise { .. } => out.push(Event::Sink(Sink::Returned, origin, range)),
            _ => {}
        }
    }

    /// `a.b.c` as text, empty if it is something else.
    pub(crate) fn dotted(self, expr: ExprId) -> String {
        let tree = self.flow.tree;
        let mut parts = Vec::new();
        let mut at = expr;
        loop {
            match tree[at] {
                Expr::Name { id, .. } => {
                    parts.push(tree.name(id));
                    break;
                }
                Expr::Attribute { value, attr, .. } => {
                    parts.push(tree.name(attr));
                    at = value;
                }
                // The last name still tells.
                _ => break,
            }
        }
        parts.reverse();
        parts.join(".")
    }
}

fn is_spread(tree: &Tree, keys: OptList<Expr>, values: List<Expr>, value: ExprId) -> bool {
    tree.opt_list(keys)
        .zip(tree.list(values))
        .any(|(key, other)| key.is_none() && other == value)
}
