//! Calls: what a method, a function of the file or one of the library does with
//! the value.

use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{Expr, ExprContext, ExprId, Stmt};

use super::build::{CreatedId, OccurrenceKind, Parent};
use super::value::{Event, Kind, Look, Origin, Sink};
use crate::facts::{Argument, Callee, Effects};
use crate::knowledge::Known;

impl Look<'_, '_> {
    /// `value.name`, mostly a method that is called.
    pub(super) fn attribute(
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
        let call = call?;
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
    pub(super) fn is_joined(self, start: ExprId) -> bool {
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
    pub(super) fn argument(
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
                    let container = receiver.is_some_and(|receiver| self.is_container(receiver));
                    if !container && let Some(effects) = facts.effects(callee, &argument) {
                        self.effects_of_call(effects, &name, receiver, origin, range, out);
                        if origin.is_object() {
                            for attribute in facts.attributes(callee, &argument) {
                                let sink = Sink::Attribute(attribute.into());
                                out.push(Event::Sink(sink, origin, range));
                            }
                        }
                        // An object of the file's class holds it.
                        let made = receiver.is_none() && facts.is_frozen(&name).is_some();
                        let origin = if made && origin.is_object() {
                            origin.held()
                        } else {
                            origin
                        };
                        return effects.has(Effects::RETURNS).then_some((call, origin));
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
        // heapq.heappush(heap, item), bisect.insort(items, item)
        if known(&name).has(Known::CHANGES)
            && argument != Argument::Position(0)
            && let Expr::Call { args, .. } = tree[call]
            && let Some(container) = tree.list(args).next()
        {
            self.keep_in(container, origin, range, "stored in", out);
            return None;
        }
        self.library_argument(call, &name, receiver, &argument, origin, range, out)
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn library_argument(
        self,
        call: ExprId,
        name: &str,
        receiver: Option<ExprId>,
        argument: &Argument,
        origin: Origin,
        range: TextRange,
        out: &mut Vec<Event>,
    ) -> Option<(ExprId, Origin)> {
        // type(name, bases, namespace) makes a class.
        if name == "type" && *argument != Argument::Position(0) {
            return Some((call, origin.held()));
        }
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
                if known.has(Known::KEEPS)
                    && let Some(receiver) = receiver
                {
                    if matches!(
                        name.rsplit('.').next(),
                        Some("extend" | "update" | "extendleft")
                    ) {
                        return None;
                    }
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
                if known.has(Known::KEEPS)
                    && let Some(receiver) = receiver
                {
                    if matches!(
                        name.rsplit('.').next(),
                        Some("extend" | "update" | "extendleft")
                    ) {
                        return sink(out, Sink::Called);
                    }
                    self.keep_in(receiver, origin, range, "stored in", out);
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
                if known.has(Known::DRAINS) && (holder || !known.has(Known::CALLS)) {
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
    pub(super) fn task(
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

    /// What a method of the file keeps, it keeps in its object.
    fn effects_of_call(
        self,
        effects: Effects,
        name: &str,
        receiver: Option<ExprId>,
        origin: Origin,
        range: TextRange,
        out: &mut Vec<Event>,
    ) {
        match receiver {
            Some(receiver) if effects.has(Effects::KEEPS) && !origin.is_object() => {
                self.keep_in(receiver, origin, range, "kept by", out);
                self.effects(effects.without(Effects::KEEPS), name, origin, range, out);
            }
            _ => self.effects(effects, name, origin, range, out),
        }
    }

    /// Whether a name is only ever bound to a list, dict, set or the like.
    fn is_container(self, receiver: ExprId) -> bool {
        let flow = self.flow;
        let Some(&at) = flow.occurrence_of.get(&receiver) else {
            return false;
        };
        let mut bindings = flow
            .bindings(flow.occurrences[at].variable)
            .filter(|o| !matches!(o.kind, OccurrenceKind::AugAssign(_)))
            .peekable();
        bindings.peek().is_some()
            && bindings.all(|o| match o.kind {
                OccurrenceKind::Assign(value) => match flow.tree[value] {
                    Expr::List { .. }
                    | Expr::Dict { .. }
                    | Expr::Set { .. }
                    | Expr::ListComp { .. }
                    | Expr::SetComp { .. }
                    | Expr::DictComp { .. } => true,
                    Expr::Call { func, .. } => {
                        let name = self.dotted(func);
                        let last = name.rsplit('.').next().unwrap_or_default();
                        Known::of(last).has(Known::MUTABLE)
                    }
                    _ => false,
                },
                _ => false,
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

    pub(super) fn is_pure_builtin(self, name: &str) -> bool {
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
    pub(super) fn local_callee(self, func: ExprId) -> Option<CreatedId> {
        let flow = self.flow;
        let &at = flow.occurrence_of.get(&func)?;
        let variable = flow.occurrences[at].variable;
        let mut bindings = flow.bindings(variable);
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
    pub(super) fn local_effects(self, created: CreatedId, argument: &Argument) -> Effects {
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

    /// Sinks that a call's effects stand for, but for what it gives back.
    pub(super) fn effects(
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
        if effects.has(Effects::MUTATES) && matches!(origin.kind, Kind::Object | Kind::Part) {
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

    /// `@decorator` is a call with the function as its only argument.
    pub(super) fn decorator(self, decorator: ExprId, origin: Origin, out: &mut Vec<Event>) {
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
