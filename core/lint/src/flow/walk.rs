//! Follows a value along the control-flow graph: from variable to variable,
//! from where it is made to all that may happen to it.

use std::rc::Rc;

use vitrine_scope::{BlockId, Sym};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{BoolOp, Expr, ExprId, UnaryOp};

use super::build::{CreatedId, Flow, OccurrenceKind, Parent, VariableId};
use super::graph::{Branch, FrameId, LoopId, NodeId};
use super::value::{Event, Kind, Look, Origin, Sink};
use crate::facts::{Callee, Effects, Function, Parameter, PassOn};
use crate::hash::FastSet;

/// One end of the value's ways.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) sink: Sink,
    pub(crate) range: TextRange,
    pub(crate) node: NodeId,
    /// The variable that the closure reads has another value when it gets there.
    pub(crate) rebound: bool,
}

/// A search, for one value.
pub(crate) struct Search<'f, 'a> {
    look: Look<'f, 'a>,
    /// The variable that the closure reads, and the loop that rebinds it.
    watched: Option<(VariableId, LoopId)>,
    /// The object is empty, and so false, as long as nothing changed it.
    empty: bool,
    found: Vec<Found>,
    visited: FastSet<(NodeId, VariableId, Origin)>,
    work: Vec<(NodeId, VariableId, Origin)>,
}

const MAX_VISITS: usize = 20_000;
const MAX_DEPTH: u32 = 3;

impl<'f, 'a> Search<'f, 'a> {
    pub(crate) fn new(look: Look<'f, 'a>, watched: Option<(VariableId, LoopId)>) -> Self {
        Self {
            look,
            watched,
            empty: false,
            found: Vec::new(),
            visited: FastSet::default(),
            work: Vec::new(),
        }
    }

    /// What happens to a closure from where it is made on.
    pub(crate) fn created(mut self, id: CreatedId, origin: Origin) -> Vec<Found> {
        let mut events = Vec::new();
        self.look.created(id, origin, &mut events);
        let node = self.look.flow.created(id).node;
        self.take(events, node);
        self.run()
    }

    /// What happens to the value of an expression.
    pub(crate) fn expr(mut self, expr: ExprId, origin: Origin) -> Vec<Found> {
        let mut events = Vec::new();
        self.look.expr(expr, origin, &mut events);
        let node = self.look.flow.nodes[expr.index()];
        self.take(events, node);
        self.run()
    }

    /// What happens to a parameter from the function's first statement on.
    pub(crate) fn parameter(
        mut self,
        variable: VariableId,
        frame: FrameId,
        origin: Origin,
        empty: bool,
    ) -> Vec<Found> {
        self.empty = empty;
        let entry = self.look.flow.graph.frame(frame).entry;
        self.follow(entry, variable, origin);
        self.run()
    }

    fn run(mut self) -> Vec<Found> {
        while let Some((node, variable, origin)) = self.work.pop() {
            if self.visited.len() < MAX_VISITS && self.visited.insert((node, variable, origin)) {
                self.visit(node, variable, origin);
            }
        }
        self.found
    }

    fn take(&mut self, events: Vec<Event>, node: NodeId) -> bool {
        let mut cleared = false;
        for event in events {
            match event {
                Event::Sink(sink, origin, range) => {
                    if origin.kind != Kind::Part || matches!(sink, Sink::Mutated(_)) {
                        self.end(sink, range, node, origin.rebound);
                    }
                }
                Event::Class(variable, origin, node) => self.enter_variable(variable, origin, node),
                Event::Variable(variable, origin) => self.enter_variable(variable, origin, node),
                Event::Cleared => cleared = true,
            }
        }
        cleared
    }

    fn end(&mut self, sink: Sink, range: TextRange, node: NodeId, rebound: bool) {
        self.found.push(Found {
            sink,
            range,
            node,
            rebound,
        });
    }

    fn enter_variable(&mut self, id: VariableId, origin: Origin, node: NodeId) {
        let flow = self.look.flow;
        let variable = flow.variable(id);
        let owner = flow.owner_block(variable.owner);
        if variable.owner != owner {
            // A comprehension's variable: it lives within one expression.
            let mut events = Vec::new();
            if self.visited.insert((node, id, origin)) {
                for occurrence in flow.occurrences(id) {
                    match occurrence.expr {
                        Some(expr)
                            if occurrence.kind == OccurrenceKind::Load
                                && occurrence.via.is_none() =>
                        {
                            self.look.expr(expr, origin, &mut events);
                        }
                        _ => {}
                    }
                }
            }
            self.take(events, node);
            return;
        }
        if flow.frame_of(variable.owner) != flow.graph.node(node).frame {
            let name = flow.text(id);
            let range = flow
                .occurrences(id)
                .next()
                .map_or(TextRange::default(), |o| o.range);
            let why = format!("stored in `{name}`, which outlives the function");
            return self.end(Sink::Escapes(why.into()), range, node, origin.rebound);
        }
        // A closure made earlier may use it at any time.
        let earlier = flow.within_closures(id).find(|occurrence| {
            occurrence.kind == OccurrenceKind::Load
                && occurrence
                    .via
                    .is_some_and(|via| flow.created(via).node < node)
        });
        if let Some(occurrence) = earlier
            && matches!(origin.kind, Kind::Holder | Kind::Lazy | Kind::Iterator)
        {
            let why = format!(
                "stored in `{}`, which another function reads",
                flow.text(id)
            );
            self.end(
                Sink::Escapes(why.into()),
                occurrence.range,
                node,
                origin.rebound,
            );
        }
        self.follow(node, id, origin);
    }

    /// Goes on to the nodes that come after.
    fn follow(&mut self, node: NodeId, variable: VariableId, origin: Origin) {
        let flow = self.look.flow;
        let at = flow.graph.node(node);
        for &(next, branch) in &at.next {
            if self.empty
                && at
                    .condition
                    .is_some_and(|test| contradicts(flow, test, branch, variable))
            {
                continue;
            }
            // A watched variable is rebound where this one does not occur.
            let next = match self.watched {
                None => flow.next_stop(variable, next),
                Some(_) => next,
            };
            self.work.push((next, variable, origin));
        }
    }

    fn visit(&mut self, node: NodeId, variable: VariableId, origin: Origin) {
        let flow = self.look.flow;
        let mut origin = origin;
        let mut killed = false;
        let mut events = Vec::new();
        // A `def` of this name: what it captures is itself, not what was there.
        let redefined = flow
            .occurrences_at(variable, node)
            .any(|o| o.via.is_none() && matches!(o.kind, OccurrenceKind::Def(_)));
        for occurrence in flow.occurrences_at(variable, node) {
            match (occurrence.kind, occurrence.via) {
                (OccurrenceKind::Load, Some(_)) if redefined => {}
                (OccurrenceKind::Load, None) => {
                    let Some(expr) = occurrence.expr else {
                        continue;
                    };
                    if !(self.empty && is_replaced(flow, expr)) {
                        self.look.expr(expr, origin, &mut events);
                    }
                }
                (OccurrenceKind::Load, Some(via)) => match origin.kind {
                    Kind::Object | Kind::ObjectHolder | Kind::Part => {
                        if let Some(expr) = occurrence.expr {
                            self.look.expr(expr, origin, &mut events);
                        }
                    }
                    _ => self.look.created(
                        via,
                        Origin {
                            kind: Kind::Function,
                            ..origin
                        },
                        &mut events,
                    ),
                },
                (OccurrenceKind::AugAssign(_), None) if occurrence.node == node => {
                    match origin.kind {
                        Kind::Object => {
                            let how = Sink::Mutated("an augmented assignment changes it".into());
                            events.push(Event::Sink(how, origin, occurrence.range));
                        }
                        Kind::Function => killed = true,
                        _ => {}
                    }
                }
                (kind, None) if kind.rebinds() => killed = true,
                _ => {}
            }
        }
        killed |= self.take(events, node);
        if let Some((watched, around)) = self.watched {
            origin.crossed |= flow.graph.header(around) == node;
            origin.rebound |= origin.crossed && rebinds_at(flow, watched, around, node);
        }
        if killed {
            return;
        }
        let frame = flow.graph.node(node).frame;
        if node == flow.graph.frame(frame).exit {
            self.at_exit(variable, origin, node);
        }
        self.follow(node, variable, origin);
    }

    /// Module-level names live on: other statements of the file may use them.
    fn at_exit(&mut self, variable: VariableId, origin: Origin, node: NodeId) {
        let flow = self.look.flow;
        if flow.variable(variable).owner != BlockId::ROOT
            || matches!(origin.kind, Kind::Object | Kind::ObjectHolder | Kind::Part)
        {
            return;
        }
        let name = flow.text(variable);
        let elsewhere = match self.look.facts {
            Some(facts) => facts.is_used_elsewhere(name, uses_content(self.look, variable)),
            None => true,
        };
        if elsewhere && origin.rebound {
            let range = flow
                .occurrences(variable)
                .next()
                .map_or(TextRange::default(), |o| o.range);
            let why = format!("still in `{name}` after the loop");
            self.end(Sink::Escapes(why.into()), range, node, true);
        }
    }
}

/// Whether what a variable holds is called, or goes where it can be, by some
/// occurrence in the segment.
pub(crate) fn uses_content(look: Look<'_, '_>, variable: VariableId) -> bool {
    let flow = look.flow;
    // Without facts: a summary must not depend on them.
    let look = Look {
        facts: None,
        depth: MAX_DEPTH,
        ..look
    };
    flow.occurrences(variable).any(|occurrence| {
        let (OccurrenceKind::Load, Some(expr)) = (occurrence.kind, occurrence.expr) else {
            return false;
        };
        [Kind::Holder, Kind::Function].into_iter().any(|kind| {
            let origin = Origin {
                rebound: true,
                ..Origin::new(kind)
            };
            !Search::new(look, None).expr(expr, origin).is_empty()
        })
    })
}

/// Whether a node of the loop gives the variable another value.
pub(crate) fn rebinds_at(
    flow: &Flow<'_>,
    variable: VariableId,
    around: LoopId,
    node: NodeId,
) -> bool {
    flow.graph.is_in(node, around)
        && flow
            .occurrences_at(variable, node)
            .any(|o| o.via.is_none() && o.kind.rebinds())
}

/// Whether control can come from a node to one of the loop that rebinds the
/// variable; that node, then.
pub(crate) fn rebinding_after(
    flow: &Flow<'_>,
    variable: VariableId,
    around: LoopId,
    from: NodeId,
) -> bool {
    let mut seen = FastSet::default();
    let mut work: Vec<NodeId> = flow
        .graph
        .node(from)
        .next
        .iter()
        .map(|&(next, _)| next)
        .collect();
    while let Some(node) = work.pop() {
        if !seen.insert(node) {
            continue;
        }
        if rebinds_at(flow, variable, around, node) {
            return true;
        }
        work.extend(flow.graph.node(node).next.iter().map(|&(next, _)| next));
    }
    false
}

/// Whether an edge is not taken while the variable holds an empty container.
fn contradicts(flow: &Flow<'_>, test: ExprId, branch: Branch, variable: VariableId) -> bool {
    let truth = match truth_of_empty(flow, test, variable, 0) {
        Some(truth) => truth,
        None => return false,
    };
    match branch {
        Branch::IfTrue => !truth,
        Branch::IfFalse => truth,
        Branch::Always => false,
    }
}

/// What a condition is while the variable holds an empty container.
fn truth_of_empty(flow: &Flow<'_>, test: ExprId, variable: VariableId, depth: u32) -> Option<bool> {
    let is_it = |expr: ExprId| {
        flow.occurrence_of
            .get(&expr)
            .is_some_and(|&at| flow.occurrences[at].variable == variable)
    };
    if depth > 20 {
        return None;
    }
    match flow.tree[test] {
        Expr::Name { .. } if is_it(test) => Some(false),
        Expr::UnaryOp {
            op: UnaryOp::Not,
            operand,
        } => truth_of_empty(flow, operand, variable, depth + 1).map(|t| !t),
        Expr::BoolOp {
            op: BoolOp::And,
            values,
        } => flow
            .tree
            .list(values)
            .any(|value| truth_of_empty(flow, value, variable, depth + 1) == Some(false))
            .then_some(false),
        Expr::BoolOp {
            op: BoolOp::Or,
            values,
        } => flow
            .tree
            .list(values)
            .any(|value| truth_of_empty(flow, value, variable, depth + 1) == Some(true))
            .then_some(true),
        Expr::Compare {
            left,
            ops,
            comparators,
        } => {
            use vitrine_syntax::tree::{CmpOp, Constant};
            // `it is None` is false.
            let mut comparators = flow.tree.list(comparators);
            let right = comparators.next()?;
            let op = flow.tree.cmp_ops(ops).next()?;
            let none = matches!(flow.tree[right], Expr::Constant { value, .. } if flow.tree.constant(value) == Constant::None);
            match op {
                CmpOp::Is if is_it(left) && none => Some(false),
                CmpOp::IsNot if is_it(left) && none => Some(true),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `it or other`, `it and ...`, `x if it else y`: an empty container's value does not go on.
fn is_replaced(flow: &Flow<'_>, expr: ExprId) -> bool {
    let Parent::Expr(outer) = flow.parents[expr.index()] else {
        return false;
    };
    match flow.tree[outer] {
        Expr::BoolOp {
            op: BoolOp::Or,
            values,
        } => flow.tree.list(values).next_back() != Some(expr),
        Expr::IfExp { test, body, .. } if body == expr => flow
            .occurrence_of
            .get(&expr)
            .map(|&at| flow.occurrences[at].variable)
            .is_some_and(|it| truth_of_empty(flow, test, it, 0) == Some(false)),
        _ => false,
    }
}

/// What a closure's callers need to know of it.
pub(crate) fn summarize(look: Look<'_, '_>, id: CreatedId) -> Option<Rc<Function>> {
    if look.depth >= MAX_DEPTH {
        return None;
    }
    let key = (id, look.depth, look.facts.is_some());
    if let Some(known) = look.flow.summaries.borrow().get(&key) {
        return known.clone();
    }
    // A closure that is given to itself finds nothing the second time.
    look.flow.summaries.borrow_mut().insert(key, None);
    let summary = summarize_anew(look, id).map(Rc::new);
    look.flow
        .summaries
        .borrow_mut()
        .insert(key, summary.clone());
    summary
}

fn summarize_anew(look: Look<'_, '_>, id: CreatedId) -> Option<Function> {
    let look = Look {
        depth: look.depth + 1,
        ..look
    };
    let flow = look.flow;
    let tree = flow.tree;
    let args = tree[flow.arguments(id)?];
    let created = flow.created(id);
    let frame = created.frame?;
    let block = &flow.scopes[created.block];
    let mut function = Function {
        is_lazy: block.generator || block.coroutine,
        ..Function::default()
    };
    function.has_vararg = args.vararg.is_some();
    let lists = tree.list(args.posonlyargs).chain(tree.list(args.args));
    function.positional = lists.clone().count();
    let plain = lists.chain(tree.list(args.kwonlyargs)).map(|arg| ("", arg));
    for (prefix, arg) in plain
        .chain(args.vararg.map(|arg| ("*", arg)))
        .chain(args.kwarg.map(|arg| ("**", arg)))
    {
        let name = tree[arg].arg;
        let mut parameter = Parameter {
            name: format!("{prefix}{}", tree.name(name)).into(),
            ..Parameter::default()
        };
        if let Some(variable) = variable_in(
            flow,
            created.block,
            flow.scopes.sym(tree, created.block, name),
        ) {
            let (closure, object) = if prefix.is_empty() {
                (Kind::Function, Kind::Object)
            } else {
                (Kind::Holder, Kind::ObjectHolder)
            };
            let mut found =
                Search::new(look, None).parameter(variable, frame, Origin::new(closure), false);
            found.retain(|found| !matches!(found.sink, Sink::Mutated(_)));
            let objects =
                Search::new(look, None).parameter(variable, frame, Origin::new(object), false);
            found.extend(
                objects
                    .into_iter()
                    .filter(|found| matches!(found.sink, Sink::Mutated(_) | Sink::Passed(..))),
            );
            add_effects(look, &found, &mut parameter);
        }
        function.parameters.push(parameter);
    }
    Some(function)
}

fn variable_in(flow: &Flow<'_>, block: BlockId, name: Option<Sym>) -> Option<VariableId> {
    flow.find(block, name?)
}

fn add_effects(look: Look<'_, '_>, found: &[Found], parameter: &mut Parameter) {
    for found in found {
        match &found.sink {
            Sink::Called => drop(parameter.effects.add(Effects::CALLS)),
            Sink::Returned | Sink::Yielded => drop(parameter.effects.add(Effects::RETURNS)),
            Sink::Escapes(_) => drop(parameter.effects.add(Effects::KEEPS)),
            Sink::Attribute(attribute) => {
                parameter.effects.add(Effects::KEEPS);
                if !parameter
                    .attributes
                    .iter()
                    .any(|known| **known == **attribute)
                {
                    parameter.attributes.push(attribute.as_str().into());
                }
            }
            Sink::Mutated(_) => drop(parameter.effects.add(Effects::MUTATES)),
            Sink::Unknown(_) => drop(parameter.effects.add(Effects::UNKNOWN)),
            Sink::Passed(callee, argument, call) => {
                let mut if_returned = Parameter::default();
                if look.depth < MAX_DEPTH {
                    let deeper = Look {
                        depth: look.depth + 1,
                        ..look
                    };
                    let then = Search::new(deeper, None).expr(*call, Origin::new(Kind::Function));
                    let plain: Vec<Found> = then
                        .into_iter()
                        .filter(|found| !matches!(found.sink, Sink::Passed(..)))
                        .collect();
                    add_effects(deeper, &plain, &mut if_returned);
                }
                let pass_on = PassOn {
                    callee: callee.clone(),
                    argument: argument.clone(),
                    if_returned: if_returned.effects,
                    otherwise: match callee {
                        Callee::Function(name) => look.otherwise(name),
                        Callee::Method(_) => Effects::UNKNOWN,
                    },
                };
                if !parameter.pass_ons.contains(&pass_on) {
                    parameter.pass_ons.push(pass_on);
                }
            }
        }
    }
}
