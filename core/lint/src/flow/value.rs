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
use crate::facts::{Argument, Callee, Effects, FileFacts};
use crate::knowledge::Known;

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
        }
    }

    fn as_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// The form in which a container has it.
    fn held(self) -> Self {
        self.as_kind(match self.kind {
            Kind::Object | Kind::ObjectHolder => Kind::ObjectHolder,
            Kind::Part => Kind::Part,
            _ => Kind::Holder,
        })
    }

    fn is_object(self) -> bool {
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
    pub(crate) facts: Option<&'f FileFacts>,
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

    /// `@decorator` is a call with the function as its only argument.
    fn decorator(self, decorator: ExprId, origin: Origin, out: &mut Vec<Event>) {
        let tree = self.flow.tree;
        let (called, has_arguments) = match tree[decorator] {
            Expr::Call { func, .. } => (func, true),
            _ => (decorator, false),
        };
        let name = self.dotted(called);
        let last = name.rsplit('.').next().unwrap_or_default();
        let range = tree.range(decorator);
        let known = known(&name);
        if !has_arguments && self.facts.is_some() {
            let callee = Callee::Function(name.clone().into());
            if let Some(effects) = self
                .facts
                .and_then(|facts| facts.effects(&callee, &Argument::Position(0)))
            {
                self.effects(effects, &name, origin, range, out);
                return;
            }
        }
        if known.has(Known::KEEPS) {
            let why = format!("registered by `@{name}`");
            out.push(Event::Sink(Sink::Escapes(why.into()), origin, range));
        } else if !known.has(Known::HOLDS)
            && !matches!(last, "setter" | "getter" | "deleter" | "fixture")
        {
            out.push(Event::Sink(
                Sink::Unknown(format!("@{name}")),
                origin,
                range,
            ));
        }
    }

    /// Sinks that a call's effects stand for, but for what it gives back.
    fn effects(
        self,
        effects: Effects,
        name: &str,
        origin: Origin,
        range: TextRange,
        out: &mut Vec<Event>,
    ) {
        if effects.has(Effects::CALLS) {
            out.push(Event::Sink(Sink::Called, origin, range));
        }
        if effects.has(Effects::KEEPS) {
            out.push(Event::Sink(
                Sink::Escapes(format!("kept by `{name}`").into()),
                origin,
                range,
            ));
        }
        if effects.has(Effects::MUTATES) && origin.is_object() {
            out.push(Event::Sink(
                Sink::Mutated(format!("`{name}` changes it")),
                origin,
                range,
            ));
        }
        if effects.has(Effects::UNKNOWN) {
            out.push(Event::Sink(Sink::Unknown(name.into()), origin, range));
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
    fn step(self, expr: ExprId, origin: Origin, out: &mut Vec<Event>) -> Option<(ExprId, Origin)> {
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
    fn out_of_comprehension(self, comp: ExprId, origin: Origin) -> Origin {
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
    fn called(
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
    fn iterated(
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
    fn targets(self, target: ExprId, origin: Origin, out: &mut Vec<Event>) {
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
                Expr::Attribute { attr, .. } => {
                    let name = tree.name(attr).to_owned();
                    out.push(Event::Sink(
                        Sink::Attribute(name),
                        origin,
                        tree.range(target),
                    ));
                }
                Expr::Subscript { value, .. } => {
                    self.keep_in(value, origin, tree.range(target), "stored in", out)
                }
                _ => {}
            }
        }
    }

    /// It is put into an object that an expression names.
    fn keep_in(
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
                        at = value
                    }
                    _ => break,
                },
                _ => break,
            }
        }
        if let Expr::Name { .. } = tree[at]
            && let Some(&occurrence) = flow.occurrence_of.get(&at)
        {
            let occurrence = flow.occurrences[occurrence];
            let variable = flow.variable(occurrence.variable);
            let owned = variable.owner == flow.owner_block(occurrence.block)
                && flow
                    .occurrences(occurrence.variable)
                    .all(|other| other.kind != OccurrenceKind::Param)
                && flow
                    .occurrences(occurrence.variable)
                    .any(|other| other.kind.rebinds());
            if owned {
                out.push(Event::Variable(occurrence.variable, origin.held()));
                return;
            }
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

    fn bind(self, variable: VariableId, origin: Origin, out: &mut Vec<Event>) {
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

    fn in_stmt(self, expr: ExprId, stmt: StmtId, origin: Origin, out: &mut Vec<Event>) {
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
                Expr::Name { .. } => self.targets(target, origin.held(), out),
                _ => self.keep_in(target, origin, range, "added to", out),
            },
            Stmt::For(id) if tree[id].iter == expr => match origin.kind {
                Kind::Lazy => out.push(Event::Sink(Sink::Called, origin, range)),
                Kind::Holder | Kind::Iterator => {
                    self.targets(tree[id].target, origin.as_kind(Kind::Function), out)
                }
                Kind::ObjectHolder => {
                    self.targets(tree[id].target, origin.as_kind(Kind::Object), out)
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

    /// `value.name`, mostly a method that is called.
    fn attribute(
        self,
        outer: ExprId,
        name: &str,
        ctx: ExprContext,
        origin: Origin,
        range: TextRange,
        out: &mut Vec<Event>,
    ) -> Option<(ExprId, Origin)> {
        let flow = self.flow;
        let tree = flow.tree;
        let call = match flow.parents[outer.index()] {
            Parent::Expr(call) if matches!(tree[call], Expr::Call { func, .. } if func == outer) => {
                Some(call)
            }
            _ => None,
        };
        let sink = |out: &mut Vec<Event>, sink: Sink| {
            out.push(Event::Sink(sink, origin, range));
            None
        };
        if origin.is_object() {
            if ctx != ExprContext::Load {
                return sink(out, Sink::Mutated(format!("its attribute `{name}` is set")));
            }
            let known = Known::of(name);
            let Some(call) = call else {
                // A bound method, or a part of the object.
                return Some((outer, origin.as_kind(Kind::Part)));
            };
            if origin.kind == Kind::ObjectHolder {
                return match name {
                    "get" | "pop" | "popleft" | "setdefault" => {
                        Some((call, origin.as_kind(Kind::Object)))
                    }
                    _ => known.has(Known::PARTS).then_some((call, origin)),
                };
            }
            if known.has(Known::MUTATORS) {
                return sink(out, Sink::Mutated(format!("`.{name}()` changes it")));
            }
            if known.has(Known::PARTS) || known.has(Known::READERS) {
                return None;
            }
            let callee = Callee::Method(name.into());
            return match self.facts {
                Some(facts) => match facts.effects(&callee, &Argument::Receiver) {
                    Some(effects) if effects.has(Effects::MUTATES) => {
                        sink(out, Sink::Mutated(format!("`.{name}()` changes it")))
                    }
                    _ => None,
                },
                None => sink(out, Sink::Passed(callee, Argument::Receiver, call)),
            };
        }
        let Some(call) = call else { return None };
        match name {
            "clear" => {
                out.push(Event::Cleared);
                None
            }
            "start" => {
                if self.is_joined(outer) {
                    return sink(out, Sink::Called);
                }
                sink(
                    out,
                    Sink::Escapes("started, and runs beside the loop".into()),
                )
            }
            "result" | "join" | "wait" | "send" | "throw" | "close" | "__next__" | "run" => {
                sink(out, Sink::Called)
            }
            _ => {
                let known = Known::of(name);
                match origin.kind {
                    Kind::Holder if known.has(Known::PARTS) || name.starts_with("pop") => {
                        Some((call, origin))
                    }
                    // Methods of the container that touch no item.
                    Kind::Holder if known.has(Known::MUTATORS) || known.has(Known::READERS) => None,
                    Kind::Function if name.starts_with("__") && name != "__call__" => None,
                    Kind::Function
                        if matches!(name, "register" | "setter" | "getter" | "deleter") =>
                    {
                        None
                    }
                    _ => sink(out, Sink::Called),
                }
            }
        }
    }

    /// Whether the variable whose `.start()` this is is waited for in the same block of statements.
    fn is_joined(self, start: ExprId) -> bool {
        let flow = self.flow;
        let Expr::Attribute { value, .. } = flow.tree[start] else {
            return false;
        };
        let Some(&at) = flow.occurrence_of.get(&value) else {
            return false;
        };
        let started = flow.occurrences[at];
        let inner = flow.graph.node(started.node).innermost;
        flow.occurrences(started.variable).any(|other| {
            let joins = other.expr.is_some_and(|expr| match flow.parents[expr.index()] {
                Parent::Expr(outer) => {
                    matches!(flow.tree[outer], Expr::Attribute { attr, .. } if flow.tree.name(attr) == "join")
                }
                _ => false,
            });
            joins && other.node >= started.node && flow.graph.node(other.node).innermost == inner
        })
    }

    /// It is an argument of a call.
    fn argument(
        self,
        call: ExprId,
        argument: Argument,
        origin: Origin,
        range: TextRange,
        out: &mut Vec<Event>,
    ) -> Option<(ExprId, Origin)> {
        let flow = self.flow;
        let tree = flow.tree;
        let Expr::Call { func, .. } = tree[call] else {
            return None;
        };
        let name = self.dotted(func);
        let (callee, receiver) = match tree[func] {
            Expr::Name { id, .. } => (Some(Callee::Function(tree.name(id).into())), None),
            Expr::Attribute { value, attr, .. } => {
                (Some(Callee::Method(tree.name(attr).into())), Some(value))
            }
            _ => (None, None),
        };
        // A closure defined right here, or a parameter.
        if let Some(local) = self.local_callee(func) {
            let effects = self.local_effects(local, &argument);
            self.effects(effects, &name, origin, range, out);
            return effects.has(Effects::RETURNS).then_some((call, origin));
        }
        if let Some(callee) = &callee {
            match self.facts {
                Some(facts) => {
                    if let Some(effects) = facts.effects(callee, &argument) {
                        let known = known(&name);
                        let library =
                            receiver.is_some() && !known.is_unknown() && !self.is_self(receiver);
                        if !library {
                            self.effects(effects, &name, origin, range, out);
                            return effects.has(Effects::RETURNS).then_some((call, origin));
                        }
                    }
                }
                None => {
                    // A function of another segment may have this name.
                    if known(&name).is_unknown() || (receiver.is_none() && !is_builtin(&name)) {
                        out.push(Event::Sink(
                            Sink::Passed(callee.clone(), argument, call),
                            origin,
                            range,
                        ));
                        return None;
                    }
                }
            }
        }
        self.library_argument(call, &name, receiver, &argument, origin, range, out)
    }

    #[allow(clippy::too_many_arguments)]
    fn library_argument(
        self,
        call: ExprId,
        name: &str,
        receiver: Option<ExprId>,
        argument: &Argument,
        origin: Origin,
        range: TextRange,
        out: &mut Vec<Event>,
    ) -> Option<(ExprId, Origin)> {
        let known = known(name);
        let sink = |out: &mut Vec<Event>, sink: Sink| {
            out.push(Event::Sink(sink, origin, range));
            None
        };
        let unknown = |out: &mut Vec<Event>| {
            sink(
                out,
                Sink::Unknown(if name.is_empty() {
                    "a call".into()
                } else {
                    name.into()
                }),
            )
        };
        match origin.kind {
            Kind::Object | Kind::ObjectHolder | Kind::Part => {
                if known.has(Known::CHANGES)
                    && *argument == Argument::Position(0)
                    && origin.kind != Kind::ObjectHolder
                {
                    return sink(out, Sink::Mutated(format!("`{name}()` changes it")));
                }
                // `x.extend(it)` takes the items; `x.append(it)` takes the object.
                if known.has(Known::KEEPS) && receiver.is_some() {
                    if matches!(
                        name.rsplit('.').next(),
                        Some("extend" | "update" | "extendleft")
                    ) {
                        return None;
                    }
                    let receiver = receiver.expect("checked");
                    self.keep_in(receiver, origin, range, "stored in", out);
                    return None;
                }
                if known.has(Known::LAZY) || known.has(Known::COPIES) || known.has(Known::DRAINS) {
                    return None;
                }
                if known.has(Known::HOLDS) {
                    return Some((call, origin.held()));
                }
                if !known.is_unknown() || self.is_pure_builtin(name) {
                    return None;
                }
                unknown(out)
            }
            Kind::Lazy => {
                if known.has(Known::LAZY) {
                    return Some((call, origin));
                }
                if known.has(Known::HOLDS) || known.has(Known::WAITS) {
                    // asyncio.gather(coroutine), create_task(coroutine)
                    return self.task(call, origin, range, out);
                }
                if known.has(Known::KEEPS) && receiver.is_some() {
                    if matches!(
                        name.rsplit('.').next(),
                        Some("extend" | "update" | "extendleft")
                    ) {
                        return sink(out, Sink::Called);
                    }
                    self.keep_in(receiver.expect("checked"), origin, range, "stored in", out);
                    return None;
                }
                if known.has(Known::COPIES)
                    || known.has(Known::DRAINS)
                    || known.has(Known::CALLS)
                    || name == "next"
                {
                    return sink(out, Sink::Called);
                }
                unknown(out)
            }
            Kind::Iterator => {
                if known.has(Known::LAZY) {
                    return Some((call, origin));
                }
                if known.has(Known::COPIES) {
                    return Some((
                        call,
                        Origin {
                            kind: Kind::Holder,
                            rebound: origin.within.is_some() || origin.rebound,
                            ..origin
                        },
                    ));
                }
                if known.has(Known::DRAINS) {
                    return None;
                }
                if name == "next" {
                    return Some((call, origin.as_kind(Kind::Function)));
                }
                unknown(out)
            }
            Kind::Function | Kind::Holder => {
                let holder = origin.kind == Kind::Holder;
                if holder && (known.has(Known::COPIES) || known.has(Known::LAZY)) {
                    return Some((call, origin));
                }
                if known.has(Known::LAZY) {
                    return Some((call, origin.as_kind(Kind::Lazy)));
                }
                if holder && known.has(Known::DRAINS) {
                    return None;
                }
                if known.has(Known::WAITS) {
                    return self.task(call, origin, range, out);
                }
                if known.has(Known::HOLDS) {
                    return Some((call, origin));
                }
                if known.has(Known::CALLS) {
                    return sink(out, Sink::Called);
                }
                if known.has(Known::KEEPS) {
                    match receiver {
                        Some(receiver) => self.keep_in(receiver, origin, range, "kept by", out),
                        None => {
                            return sink(
                                out,
                                Sink::Escapes(format!("registered with `{name}`").into()),
                            );
                        }
                    }
                    return None;
                }
                if name == "setattr" {
                    return sink(out, Sink::Escapes("stored in an attribute".into()));
                }
                let keyword = match argument {
                    Argument::Keyword(keyword) => &**keyword,
                    _ => "",
                };
                if matches!(keyword, "key" | "default_factory") {
                    return sink(out, Sink::Called);
                }
                if matches!(
                    keyword,
                    "target" | "callback" | "command" | "on_click" | "handler" | "listener"
                ) {
                    return sink(
                        out,
                        Sink::Escapes(format!("given to `{name}` as `{keyword}`").into()),
                    );
                }
                unknown(out)
            }
        }
    }

    /// A future of it: waited for at once, or later.
    fn task(
        self,
        call: ExprId,
        origin: Origin,
        range: TextRange,
        out: &mut Vec<Event>,
    ) -> Option<(ExprId, Origin)> {
        let flow = self.flow;
        if let Parent::Expr(outer) = flow.parents[call.index()] {
            match flow.tree[outer] {
                Expr::Await { .. } => {
                    out.push(Event::Sink(Sink::Called, origin, range));
                    return None;
                }
                Expr::Attribute { attr, .. }
                    if matches!(flow.tree.name(attr), "result" | "get") =>
                {
                    out.push(Event::Sink(Sink::Called, origin, range));
                    return None;
                }
                _ => {}
            }
        }
        if let Parent::Stmt(stmt) = flow.parents[call.index()]
            && matches!(flow.tree[stmt], Stmt::Expr { .. })
        {
            out.push(Event::Sink(
                Sink::Escapes("scheduled, and runs later".into()),
                origin,
                range,
            ));
            return None;
        }
        Some((call, origin.as_kind(Kind::Lazy)))
    }

    fn is_self(self, receiver: Option<ExprId>) -> bool {
        let tree = self.flow.tree;
        receiver.is_some_and(|receiver| {
            matches!(tree[receiver], Expr::Name { id, .. } if matches!(tree.name(id), "self" | "cls"))
        })
    }

    /// What a function would do with it if the file had none of that name.
    pub(crate) fn otherwise(self, name: &str) -> Effects {
        let known = known(name);
        let mut effects = Effects::default();
        if known.is_unknown() && !self.is_pure_builtin(name) {
            return Effects::UNKNOWN;
        }
        for (section, effect) in [
            (Known::CALLS, Effects::CALLS),
            (Known::LAZY, Effects::RETURNS),
            (Known::HOLDS, Effects::RETURNS),
            (Known::WAITS, Effects::RETURNS),
            (Known::KEEPS, Effects::KEEPS),
            (Known::CHANGES, Effects::MUTATES),
        ] {
            if known.has(section) {
                effects.add(effect);
            }
        }
        effects
    }

    fn is_pure_builtin(self, name: &str) -> bool {
        const PURE: &[&str] = &[
            "abs",
            "ascii",
            "bin",
            "chr",
            "divmod",
            "float",
            "int",
            "bool",
            "complex",
            "hex",
            "oct",
            "ord",
            "pow",
            "range",
            "round",
            "slice",
            "issubclass",
            "memoryview",
            "object",
            "super",
            "isinstance",
            "callable",
            "dumps",
            "dump",
            "debug",
            "info",
            "warning",
            "error",
            "exception",
            "critical",
            "log",
            "ValueError",
            "TypeError",
            "KeyError",
            "RuntimeError",
            "AssertionError",
            "Exception",
            "assertEqual",
            "assertIs",
            "assertIsNone",
            "assertTrue",
            "assertFalse",
            "assertIn",
            "product",
            "permutations",
            "combinations",
            "Path",
            "join",
            "quote",
            "urlencode",
            "match",
            "search",
            "call",
            "check_output",
            "check_call",
            "Popen",
            "mean",
            "median",
        ];
        PURE.contains(&name.rsplit('.').next().unwrap_or_default())
    }

    /// The closure that a callee's name is bound to, if only to that.
    fn local_callee(self, func: ExprId) -> Option<CreatedId> {
        let flow = self.flow;
        let &at = flow.occurrence_of.get(&func)?;
        let variable = flow.occurrences[at].variable;
        let mut bindings = flow
            .occurrences(variable)
            .filter(|occurrence| occurrence.kind.rebinds());
        let first = bindings.next()?;
        if bindings.next().is_some() {
            return None;
        }
        match first.kind {
            OccurrenceKind::Def(created) => Some(created),
            OccurrenceKind::Assign(value) => flow.created_of_expr.get(&value).copied(),
            _ => None,
        }
    }

    /// What a closure of this segment does with an argument.
    fn local_effects(self, created: CreatedId, argument: &Argument) -> Effects {
        let Some(function) = super::walk::summarize(self, created) else {
            return Effects::UNKNOWN;
        };
        let mut effects = Effects::default();
        match function.parameter(argument, false) {
            Some(parameter) => {
                effects.add(parameter.effects);
                for pass_on in &parameter.pass_ons {
                    let of = self
                        .facts
                        .and_then(|facts| facts.effects(&pass_on.callee, &pass_on.argument));
                    let of = of.unwrap_or(pass_on.otherwise);
                    effects.add(of);
                }
                if function.is_lazy {
                    effects.add(Effects::RETURNS);
                }
            }
            None => {
                effects.add(Effects::UNKNOWN);
            }
        }
        effects
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

fn is_builtin(name: &str) -> bool {
    const BUILTINS: [&str; 30] = [
        "sorted",
        "min",
        "max",
        "any",
        "all",
        "sum",
        "list",
        "tuple",
        "set",
        "frozenset",
        "dict",
        "map",
        "filter",
        "zip",
        "enumerate",
        "iter",
        "next",
        "reversed",
        "print",
        "len",
        "isinstance",
        "str",
        "repr",
        "type",
        "id",
        "hash",
        "bool",
        "getattr",
        "hasattr",
        "callable",
    ];
    BUILTINS.contains(&name)
}

/// What is known of a dotted name: of its last two parts, else of the last.
fn known(name: &str) -> Known {
    let last = name.rsplit('.').next().unwrap_or_default();
    let mut dots = name.rmatch_indices('.').map(|(at, _)| at);
    dots.next();
    let two = dots.next().map_or(name, |at| &name[at + 1..]);
    let known = Known::of(two);
    if known.is_unknown() {
        Known::of(last)
    } else {
        known
    }
}
