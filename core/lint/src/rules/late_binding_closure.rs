//! `late-binding-closure`: a closure made in a loop reads a variable that the
//! loop gives another value before the closure is called.
//!
//! A closure is judged once for each variable that it reads and the loop binds:
//! it is a pitfall only if there is a way from where it is made, over a
//! rebinding, to where it is called or could be.

use vitrine_scope::{BlockKind, Comprehension};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{Arguments, Expr, ExprId, Id};

use super::excerpt;
use crate::Input;
use crate::file_facts::Asked;
use crate::finding::{Finding, Fix, Related, Rule, TextEdit, Verdict};
use crate::flow::{
    CreatedId, Flow, Gives, Kind, Look, LoopId, OccurrenceKind, Origin, Search, Sink, VariableId,
    What, rebinding_after, rebinds_at,
};

pub(crate) fn check(input: &Input<'_>, facts: &Asked<'_>, flow: &Flow<'_>, out: &mut Vec<Finding>) {
    let look = Look {
        flow,
        facts: Some(facts),
        depth: 0,
    };
    for at in 0..flow.created.len() {
        let id = CreatedId(at as u32);
        for &(variable, read) in &flow.created(id).captures {
            // Only the closure made right in the code that owns the variable:
            // what it gives carries those within.
            if flow
                .occurrences(variable)
                .any(|occurrence| occurrence.via == Some(id))
            {
                let Some(around) = loop_around(flow, id, variable) else {
                    continue;
                };
                let judgement = judge(look, id, variable, around);
                out.push(finding(
                    input,
                    flow,
                    Candidate {
                        id,
                        variable,
                        read,
                        around,
                    },
                    judgement,
                ));
            }
        }
    }
}

/// The loop that rebinds the variable around a closure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Loop(LoopId),
    Comprehension,
}

#[derive(Clone, Copy)]
struct Candidate {
    id: CreatedId,
    variable: VariableId,
    /// The occurrence that reads it.
    read: usize,
    around: Around,
}

struct Judgement {
    verdict: Verdict,
    reason: String,
    at: Option<TextRange>,
}

fn loop_around(flow: &Flow<'_>, id: CreatedId, variable: VariableId) -> Option<Around> {
    let owner = flow.variable(variable).owner;
    if flow.scopes[owner].comprehension != Comprehension::None {
        let target = flow
            .occurrences(variable)
            .any(|o| o.kind == OccurrenceKind::CompTarget);
        return target.then_some(Around::Comprehension);
    }
    let node = flow.created(id).node;
    let frame = flow.graph.node(node).frame;
    if flow.frame_of(owner) != frame || flow.scopes[owner].kind == BlockKind::Class {
        return None;
    }
    let binds = |&around: &LoopId| {
        flow.bindings(variable).any(|o| {
            o.via.is_none()
                && flow.graph.is_in(o.node, around)
                && flow.graph.node(o.node).frame == frame
        })
    };
    flow.graph.loops_around(node).find(binds).map(Around::Loop)
}

/// Where calling the closure puts another that reads the variable.
fn leaks(look: Look<'_, '_>, id: CreatedId, variable: VariableId) -> Option<String> {
    let sinks = inner_sinks(look, id, variable);
    sinks.into_iter().find_map(|sink| match sink {
        Sink::Escapes(how) => Some(how.into_owned()),
        Sink::Attribute(attribute) => Some(format!("stored in the attribute `{attribute}`")),
        _ => None,
    })
}

/// What becomes of the closures within one that read the variable.
fn inner_sinks(look: Look<'_, '_>, id: CreatedId, variable: VariableId) -> Vec<Sink> {
    let flow = look.flow;
    let Some(frame) = flow.created(id).frame else {
        return Vec::new();
    };
    let within = |inner: CreatedId| {
        let created = flow.created(inner);
        inner != id
            && flow.graph.node(created.node).frame == frame
            && created
                .captures
                .iter()
                .any(|&(captured, _)| captured == variable)
    };
    (0..flow.created.len())
        .map(|at| CreatedId(at as u32))
        .filter(|&inner| within(inner))
        .flat_map(|inner| Search::new(look, None).created(inner, Origin::new(Kind::Function)))
        .map(|found| found.sink)
        .collect()
}

/// What calling the closure gives, if that reads the variable later.
fn gives(look: Look<'_, '_>, id: CreatedId, variable: VariableId) -> Option<Gives> {
    let flow = look.flow;
    let created = flow.created(id);
    let block = &flow.scopes[created.block];
    if !matches!(created.what, What::Generator(_)) && (block.generator || block.coroutine) {
        return Some(Gives::Lazy);
    }
    let returned = inner_sinks(look, id, variable)
        .iter()
        .any(|sink| matches!(sink, Sink::Returned | Sink::Yielded));
    returned.then_some(Gives::Function)
}

fn judge(look: Look<'_, '_>, id: CreatedId, variable: VariableId, around: Around) -> Judgement {
    let flow = look.flow;
    let name = flow.text(variable);
    let refuted = |reason: String| Judgement {
        verdict: Verdict::Refuted,
        reason,
        at: None,
    };
    if flow
        .occurrences(variable)
        .any(|o| o.via == Some(id) && o.kind.rebinds())
    {
        return refuted(format!(
            "the closure itself assigns `{name}`: it is shared on purpose"
        ));
    }
    let mut origin = Origin::new(match flow.created(id).what {
        What::Generator(_) => Kind::Lazy,
        _ => Kind::Function,
    });
    origin.gives = gives(look, id, variable);
    let watched = match around {
        Around::Loop(around) => {
            if let Some(reason) = same_value(flow, variable, around, id) {
                return refuted(reason);
            }
            Some((variable, around))
        }
        Around::Comprehension => {
            origin.within = Some(flow.variable(variable).owner);
            None
        }
    };
    let in_comprehension = around == Around::Comprehension;
    let leak = leaks(look, id, variable);
    let found = Search::new(look, watched).created(id, origin);
    let mut best = refuted(format!("it is done with before `{name}` changes"));
    for found in &found {
        let later = found.rebound
            || in_comprehension
            || watched.is_some_and(|(variable, around)| {
                rebinding_after(flow, variable, around, found.node)
            });
        let after = format!("after `{name}` has changed");
        let (verdict, reason) = match &found.sink {
            Sink::Called if later && leak.is_some() => {
                let how = leak.as_deref().unwrap_or_default();
                (
                    Verdict::Possible,
                    format!("calling it makes a closure that is {how}"),
                )
            }
            Sink::Called if found.rebound => (Verdict::Possible, format!("called {after}")),
            Sink::Escapes(how) if later => (Verdict::Possible, format!("{how}, callable {after}")),
            Sink::Attribute(attribute) if later => (
                Verdict::Possible,
                format!("stored in the attribute `{attribute}`, callable {after}"),
            ),
            Sink::Returned if found.rebound => (Verdict::Possible, format!("returned {after}")),
            Sink::Yielded if found.rebound => (Verdict::Possible, format!("yielded {after}")),
            Sink::Yielded if later && is_drained(look, id) => continue,
            Sink::Yielded if later => (
                Verdict::Possible,
                format!("yielded; whoever keeps it sees `{name}` change"),
            ),
            Sink::Unknown(callee) if found.rebound => {
                (Verdict::Possible, format!("given to `{callee}` {after}"))
            }
            Sink::Unknown(callee) if later => (
                Verdict::Unknown,
                format!("given to `{callee}`, which may keep it"),
            ),
            _ => continue,
        };
        if verdict > best.verdict {
            best = Judgement {
                verdict,
                reason,
                at: Some(found.range),
            };
        }
    }
    best
}

/// Whether whoever runs the generator that yields the closure calls each at once.
fn is_drained(look: Look<'_, '_>, id: CreatedId) -> bool {
    let flow = look.flow;
    let block = &flow.scopes[flow.created(id).block];
    let around = flow.owner_block(block.parent);
    let generator = flow.scopes.text(flow.tree, flow.scopes[around].name);
    look.facts.is_some_and(|facts| facts.is_drained(generator))
}

/// Why every binding in the loop gives the variable the same value, if so.
fn same_value(
    flow: &Flow<'_>,
    variable: VariableId,
    around: LoopId,
    id: CreatedId,
) -> Option<String> {
    let name = flow.text(variable);
    let bindings = || {
        let here =
            |o: &&crate::flow::Occurrence| o.via.is_none() && flow.graph.is_in(o.node, around);
        flow.bindings(variable).filter(here)
    };
    if bindings().all(|o| matches!(o.kind, OccurrenceKind::Def(def) if def == id)) {
        return Some(format!("`{name}` is the function itself"));
    }
    if bindings().all(|o| {
        matches!(
            o.kind,
            OccurrenceKind::Def(_) | OccurrenceKind::Class(_) | OccurrenceKind::Import
        )
    }) {
        return Some(format!("the loop makes the same `{name}` each time"));
    }
    let mut values = bindings().map(|o| match o.kind {
        OccurrenceKind::Assign(value) => Some(value),
        _ => None,
    });
    let first = values.next()??;
    if !is_invariant(flow, first, around) {
        return None;
    }
    let same = |value: ExprId| is_invariant(flow, value, around) && same_tree(flow, value, first);
    values
        .all(|value| value.is_some_and(same))
        .then(|| format!("the loop gives `{name}` the same value each time"))
}

fn same_tree(flow: &Flow<'_>, a: ExprId, b: ExprId) -> bool {
    let tree = flow.tree;
    a == b
        || match (tree[a], tree[b]) {
            (Expr::Constant { value: a, .. }, Expr::Constant { value: b, .. }) => {
                tree.constant(a) == tree.constant(b)
            }
            (Expr::Name { id: a, .. }, Expr::Name { id: b, .. }) => a == b,
            _ => false,
        }
}

/// Whether an expression has the same value in each turn of a loop.
fn is_invariant(flow: &Flow<'_>, expr: ExprId, around: LoopId) -> bool {
    let tree = flow.tree;
    let mut work = vec![expr];
    while let Some(expr) = work.pop() {
        match tree[expr] {
            Expr::Constant { .. } => {}
            Expr::Name { .. } => {
                let Some(&at) = flow.occurrence_of.get(&expr) else {
                    return false;
                };
                let variable = flow.occurrences[at].variable;
                let changes = |o: &crate::flow::Occurrence| {
                    o.via.is_some() || flow.graph.is_in(o.node, around)
                };
                if flow.bindings(variable).any(changes) {
                    return false;
                }
            }
            Expr::BinOp { left, right, .. } => work.extend([left, right]),
            Expr::UnaryOp { operand, .. } => work.push(operand),
            Expr::Tuple { elts, .. } => work.extend(tree.list(elts)),
            _ => return false,
        }
    }
    true
}

fn finding(
    input: &Input<'_>,
    flow: &Flow<'_>,
    candidate: Candidate,
    judgement: Judgement,
) -> Finding {
    let Candidate {
        id,
        variable,
        read,
        around,
    } = candidate;
    let Judgement {
        verdict,
        reason,
        at,
    } = judgement;
    let name = flow.text(variable).to_owned();
    let owner = flow.created_range(id);
    let read = flow.occurrences[read].range;
    let what = match flow.created(id).what {
        What::Lambda(..) => "lambda".to_owned(),
        What::Generator(_) => "generator expression".to_owned(),
        What::Def(def, _) => format!("function `{}`", flow.tree.name(flow.tree[def].name)),
    };
    let captured = format!("captured here, in `{}`", excerpt(input.text, owner));
    let mut related = vec![Related {
        range: owner,
        message: captured,
    }];
    if let Some(rebound) = rebinding(flow, variable, around) {
        related.push(Related {
            range: rebound,
            message: format!("`{name}` is rebound here by the loop"),
        });
    }
    related.push(Related {
        range: read,
        message: format!("`{name}` is read here when the {what} runs"),
    });
    if let Some(range) = at {
        related.push(Related {
            range,
            message: reason.clone(),
        });
    }
    Finding {
        rule: Rule::LateBindingClosure,
        verdict,
        message: format!("this {what} reads `{name}` when it runs, not when it is made: {reason}"),
        reason: reason.into(),
        range: read,
        owner,
        fix: fix(input, flow, id, &name),
        name,
        related,
        evidence: Vec::new(),
    }
}

fn rebinding(flow: &Flow<'_>, variable: VariableId, around: Around) -> Option<TextRange> {
    let found = flow.occurrences(variable).find(|o| match around {
        Around::Loop(around) => {
            rebinds_at(flow, variable, around, o.node) && o.kind.rebinds() && o.via.is_none()
        }
        Around::Comprehension => o.kind == OccurrenceKind::CompTarget,
    });
    found.map(|o| o.range)
}

/// Binds the value when the closure is made: a default `name=name`.
fn fix(input: &Input<'_>, flow: &Flow<'_>, id: CreatedId, name: &str) -> Option<Fix> {
    let tree = flow.tree;
    let args_id = flow.arguments(id)?;
    let args = tree[args_id];
    let lists = tree
        .list(args.posonlyargs)
        .chain(tree.list(args.args))
        .chain(tree.list(args.kwonlyargs));
    if lists
        .chain(args.vararg)
        .chain(args.kwarg)
        .any(|arg| tree.name(tree[arg].arg) == name)
    {
        return None;
    }
    let text = format!("{name}={name}");
    let insert = |at: u32, text: String| TextEdit {
        range: TextRange::empty(at),
        text,
    };
    let edit = if let Some(kwarg) = args.kwarg {
        let stars = input
            .text
            .get(..tree.range(kwarg).start as usize)?
            .rfind("**")?;
        insert(stars as u32, format!("{text}, "))
    } else if let Some(last) = last_parameter(flow, args_id) {
        insert(last, format!(", {text}"))
    } else {
        match flow.created(id).what {
            What::Lambda(expr, _) => insert(
                tree.range(expr).start + "lambda".len() as u32,
                format!(" {text}"),
            ),
            What::Def(def, _) if tree[def].type_params.is_empty() => {
                let after = tree[def].name_range.end;
                let open = input.text.get(after as usize..)?.find('(')?;
                insert(after + open as u32 + 1, text.clone())
            }
            _ => return None,
        }
    };
    Some(Fix {
        title: format!("Bind the value of `{name}` now: `{text}`"),
        edits: vec![edit],
        verified: false,
    })
}

/// Where the last parameter ends, its annotation and default included.
fn last_parameter(flow: &Flow<'_>, args: Id<Arguments>) -> Option<u32> {
    let tree = flow.tree;
    let args = tree[args];
    let lists = tree
        .list(args.posonlyargs)
        .chain(tree.list(args.args))
        .chain(tree.list(args.kwonlyargs));
    let ends = lists.chain(args.vararg).map(|arg| tree.range(arg).end);
    let defaults = tree
        .list(args.defaults)
        .chain(tree.opt_list(args.kw_defaults).flatten());
    ends.chain(defaults.map(|expr| tree.range(expr).end)).max()
}
