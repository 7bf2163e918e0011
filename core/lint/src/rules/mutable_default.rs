//! `mutable-default`: a default object that all calls share is changed by one
//! of them, or by who got it from one.
//!
//! The default is followed from the function's first statement: what is copied,
//! replaced or only read is no pitfall, however the default looks.

use vitrine_scope::{BlockId, BlockKind};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{
    Arg, Constant, Expr, ExprContext, ExprId, Id, List, Operator, Stmt, StmtId,
};

use super::excerpt;
use crate::Input;
use crate::file_facts::Asked;
use crate::finding::{Finding, Fix, Related, Rule, TextEdit, Verdict};
use crate::flow::{
    CreatedId, Flow, Found, Kind, Look, OccurrenceKind, Origin, Parent, Search, Sink, What,
};
use crate::knowledge::Known;

pub(crate) fn check(input: &Input<'_>, facts: &Asked<'_>, flow: &Flow<'_>, out: &mut Vec<Finding>) {
    let look = Look {
        flow,
        facts: Some(facts),
        depth: 0,
    };
    for at in 0..flow.created.len() {
        let id = CreatedId(at as u32);
        let Some(args) = flow.arguments(id) else {
            continue;
        };
        let args = flow.tree[args];
        let positional: Vec<_> = flow
            .tree
            .list(args.posonlyargs)
            .chain(flow.tree.list(args.args))
            .collect();
        let first = positional
            .len()
            .saturating_sub(flow.tree.len(args.defaults));
        for (k, default) in flow.tree.list(args.defaults).enumerate() {
            if let Some(&arg) = positional.get(first + k) {
                parameter(
                    input,
                    look,
                    Default {
                        id,
                        arg,
                        position: Some(first + k),
                        expr: default,
                    },
                    out,
                );
            }
        }
        for (arg, default) in flow
            .tree
            .list(args.kwonlyargs)
            .zip(flow.tree.opt_list(args.kw_defaults))
        {
            if let Some(default) = default {
                parameter(
                    input,
                    look,
                    Default {
                        id,
                        arg,
                        position: None,
                        expr: default,
                    },
                    out,
                );
            }
        }
    }
}

/// A parameter with a default.
#[derive(Clone, Copy)]
struct Default {
    id: CreatedId,
    arg: Id<Arg>,
    /// Of a positional parameter.
    position: Option<usize>,
    expr: ExprId,
}

/// What a default makes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    /// An empty list, dict or set.
    Empty,
    /// A container with items; whether those can change.
    Full { deep: bool },
    /// An object of a class of the file.
    Object,
}

fn made(look: Look<'_, '_>, default: ExprId, depth: u32) -> Option<Made> {
    let tree = look.flow.tree;
    let full = |items: List<Expr>| match items.is_empty() {
        true => Made::Empty,
        false => Made::Full {
            deep: depth < 20
                && tree
                    .list(items)
                    .any(|item| made(look, item, depth + 1).is_some()),
        },
    };
    Some(match tree[default] {
        Expr::List { elts, .. } => full(elts),
        Expr::Dict { values, .. } => full(values),
        Expr::Set { .. } | Expr::SetComp { .. } => Made::Full { deep: false },
        Expr::ListComp { .. } | Expr::DictComp { .. } => Made::Full { deep: true },
        Expr::BinOp {
            left,
            op: Operator::Mult,
            right,
        } => {
            let list = [left, right]
                .into_iter()
                .find(|&side| matches!(tree[side], Expr::List { .. }))?;
            made(look, list, depth + 1)?
        }
        Expr::Call {
            func,
            args,
            keywords,
        } => {
            let name = look.dotted(func);
            let last = name.rsplit('.').next().unwrap_or_default();
            if Known::of(last).has(Known::MUTABLE) {
                match args.is_empty() && keywords.is_empty() {
                    true => Made::Empty,
                    false => Made::Full { deep: true },
                }
            } else if look.facts?.is_frozen(&name)? {
                return None;
            } else {
                Made::Object
            }
        }
        _ => return None,
    })
}

fn parameter(input: &Input<'_>, look: Look<'_, '_>, default: Default, out: &mut Vec<Finding>) {
    let flow = look.flow;
    let tree = flow.tree;
    let Some(made) = made(look, default.expr, 0) else {
        return;
    };
    let created = flow.created(default.id);
    let Some(frame) = created.frame else { return };
    let name = tree.name(tree[default.arg].arg);
    let sym = flow.scopes.sym(tree, created.block, tree[default.arg].arg);
    let variable = sym.and_then(|sym| flow.find(created.block, sym));
    let found = variable.map(|variable| {
        let origin = Origin::new(Kind::Object);
        let mut found =
            Search::new(look, None).parameter(variable, frame, origin, made == Made::Empty);
        if matches!(made, Made::Full { deep: true }) {
            let origin = Origin::new(Kind::ObjectHolder);
            let items = Search::new(look, None).parameter(variable, frame, origin, false);
            found.extend(
                items
                    .into_iter()
                    .filter(|found| matches!(found.sink, Sink::Mutated(_))),
            );
        }
        found
    });
    let function = match created.what {
        What::Def(def, _) => tree.name(tree[def].name),
        _ => "lambda",
    };
    let mut judgement = judge(look, default, function, name, &found.unwrap_or_default());
    if judgement.verdict == Verdict::Possible && is_static_variable(flow, default.expr, &judgement)
    {
        let reason = format!(
            "`{name}` is a list of constants whose items are set: a variable kept between the calls"
        );
        judgement = Judgement {
            verdict: Verdict::Refuted,
            reason,
            at: None,
        };
    }
    if judgement.verdict != Verdict::Refuted && is_always_given(flow, default, name) {
        let reason = format!("every call of `{function}` gives `{name}`");
        judgement = Judgement {
            verdict: Verdict::Refuted,
            reason,
            at: None,
        };
    }
    if judgement.verdict != Verdict::Refuted && is_deliberate(input, flow, default.id, name) {
        let reason =
            format!("`{name}` is shared by the calls on purpose, as its name or a comment says");
        judgement = Judgement {
            verdict: Verdict::Refuted,
            reason,
            at: None,
        };
    }
    let Judgement {
        verdict,
        reason,
        at,
    } = judgement;
    let range = tree.range(default.expr);
    let mut related = vec![Related {
        range: tree.range(default.arg),
        message: format!(
            "`{}` is made once, when the function is",
            excerpt(input.text, range)
        ),
    }];
    related.extend(at.map(|range| Related {
        range,
        message: reason.clone(),
    }));
    out.push(Finding {
        rule: Rule::MutableDefault,
        verdict,
        message: format!(
            "the default of `{name}` is shared by all calls of `{function}` that omit it: {reason}"
        ),
        reason: reason.into(),
        range,
        owner: flow.created_range(default.id),
        name: name.to_owned(),
        related,
        fix: fix(input, flow, default),
        evidence: Vec::new(),
    });
}

struct Judgement {
    verdict: Verdict,
    reason: String,
    at: Option<TextRange>,
}

fn judge(
    look: Look<'_, '_>,
    default: Default,
    function: &str,
    name: &str,
    found: &[Found],
) -> Judgement {
    let reason = format!("`{name}` is only read, copied or replaced");
    let mut best = Judgement {
        verdict: Verdict::Refuted,
        reason,
        at: None,
    };
    let Some(facts) = look.facts else { return best };
    for found in found {
        let (verdict, reason) = match &found.sink {
            Sink::Mutated(how) => (
                Verdict::Possible,
                format!("{how}, and the next call sees it"),
            ),
            Sink::Attribute(attribute) if facts.is_attribute_mutated(attribute) => (
                Verdict::Possible,
                format!(
                    "it is stored in the attribute `{attribute}`, whose object this file changes"
                ),
            ),
            Sink::Attribute(attribute) => (
                Verdict::Unknown,
                format!("it is stored in the attribute `{attribute}`"),
            ),
            Sink::Escapes(how) => (Verdict::Unknown, format!("it is {how}")),
            Sink::Returned | Sink::Yielded if result_is_changed(look, default, function, name) => (
                Verdict::Possible,
                "it is returned, and a caller in this file changes what it gets".to_owned(),
            ),
            Sink::Returned | Sink::Yielded => {
                (Verdict::Unknown, "it is returned to the caller".to_owned())
            }
            Sink::Unknown(callee) => (
                Verdict::Unknown,
                format!("it is given to `{callee}`, which may change or keep it"),
            ),
            Sink::Called | Sink::Passed(..) => continue,
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

/// Whether the function is local, and all calls that there can be give the argument.
fn is_always_given(flow: &Flow<'_>, default: Default, name: &str) -> bool {
    let tree = flow.tree;
    let created = flow.created(default.id);
    let around = flow.owner_block(flow.scopes[created.block].parent);
    if around == BlockId::ROOT
        || flow.scopes[flow.scopes[created.block].parent].kind == BlockKind::Class
    {
        return false;
    }
    let Some(variable) = created.variable else {
        return false;
    };
    let mut uses = flow
        .occurrences(variable)
        .filter(|o| !matches!(o.kind, OccurrenceKind::Def(_)))
        .peekable();
    uses.peek().is_some()
        && uses.all(|o| {
            let Some(expr) = o.expr else { return false };
            let Parent::Expr(call) = flow.parents[expr.index()] else {
                return false;
            };
            let Expr::Call {
                func,
                args,
                keywords,
            } = tree[call]
            else {
                return false;
            };
            let star = tree
                .list(args)
                .any(|arg| matches!(tree[arg], Expr::Starred { .. }));
            let positional = default
                .position
                .is_some_and(|position| tree.len(args) > position);
            let keyword = tree
                .list(keywords)
                .any(|k| tree[k].arg.is_some_and(|arg| tree.name(arg) == name));
            func == expr && !star && (positional || keyword)
        })
}

/// `state=[0]` with `state[0] += 1`: the idiom for a variable that lives on
/// between calls.
fn is_static_variable(flow: &Flow<'_>, default: ExprId, judgement: &Judgement) -> bool {
    let tree = flow.tree;
    let constant = |expr: ExprId| matches!(tree[expr], Expr::Constant { .. });
    let Expr::List { elts, .. } = tree[default] else {
        return false;
    };
    if elts.is_empty() || !(tree.len(elts) == 1 || tree.list(elts).all(constant)) {
        return false;
    }
    let Some(at) = judgement.at else { return false };
    // The name that is changed stands before a constant index.
    tree.ids::<Expr>().any(|expr| {
        matches!(tree[expr], Expr::Subscript { value, slice, ctx }
            if tree.range(value) == at && constant(slice) && ctx != ExprContext::Load)
    })
}

/// Whether some call that omits the argument changes the result.
fn result_is_changed(look: Look<'_, '_>, default: Default, function: &str, name: &str) -> bool {
    let Some(facts) = look.facts else {
        return false;
    };
    let scopes = look.flow.scopes;
    let around = scopes[look.flow.created(default.id).block].parent;
    let is_method = scopes[around].kind == BlockKind::Class;
    let position = default
        .position
        .map(|position| position.saturating_sub(usize::from(is_method)));
    facts.is_result_mutated(function, position, name)
}

/// Whether the parameter's name, or a comment where it stands, says that it is
/// meant to be shared.
fn is_deliberate(input: &Input<'_>, flow: &Flow<'_>, id: CreatedId, name: &str) -> bool {
    const WORDS: [&str; 8] = [
        "intention",
        "deliberate",
        "on purpose",
        "shared",
        "persist",
        "memo",
        "cache",
        "across calls",
    ];
    if name.starts_with('_')
        || name
            .to_ascii_lowercase()
            .split('_')
            .any(|word| Known::of(word).has(Known::DELIBERATE))
    {
        return true;
    }
    let line = |offset: u32| input.parsed.lines.line_column(offset).line;
    let owner = flow.created_range(id);
    let first = line(owner.start);
    let last = match flow.created(id).what {
        What::Def(def, _) => {
            let body = flow.tree.list(flow.tree[def].body).next();
            body.map_or(first, |stmt| line(flow.tree.range(stmt).start))
        }
        _ => line(owner.end),
    };
    input.parsed.comments.iter().any(|&comment| {
        let at = line(comment.start);
        let text = crate::suppress::slice(input.text, comment).to_ascii_lowercase();
        at + 1 >= first && at <= last && WORDS.iter().any(|word| text.contains(word))
    })
}

/// `None` as the default, and a fresh object first thing in the body.
fn fix(input: &Input<'_>, flow: &Flow<'_>, default: Default) -> Option<Fix> {
    let tree = flow.tree;
    let What::Def(def, stmt) = flow.created(default.id).what else {
        return None;
    };
    let name = tree.name(tree[default.arg].arg);
    let fresh = input.text.get(tree.range(default.expr).as_usize())?;
    let mut body = tree.list(tree[def].body);
    let first = body.next()?;
    let docstring = is_string(flow, first).then_some(first);
    let next = if docstring.is_some() {
        body.next()
    } else {
        Some(first)
    };
    let at = input.parsed.lines.line_column(tree.range(first).start);
    let line_start = tree.range(first).start - at.column;
    let indentation = input
        .text
        .get(line_start as usize..tree.range(first).start as usize)?;
    // The body must stand on lines of its own.
    if !indentation.bytes().all(|b| b == b' ' || b == b'\t') || indentation.is_empty() {
        return None;
    }
    let newline = if input.text.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let guard = format!("if {name} is None:{newline}{indentation}    {name} = {fresh}");
    let insert = match (docstring, next) {
        (None, _) if first_decorator(flow, first).is_none() => TextEdit {
            range: TextRange::empty(tree.range(first).start),
            text: format!("{guard}{newline}{indentation}"),
        },
        (Some(docstring), _) => TextEdit {
            range: TextRange::empty(tree.range(docstring).end),
            text: format!("{newline}{indentation}{guard}"),
        },
        // Before the `@` of a decorated function.
        _ => return None,
    };
    let _ = stmt;
    let mut edits = vec![
        TextEdit {
            range: tree.range(default.expr),
            text: "None".into(),
        },
        insert,
    ];
    if let Some(annotation) = tree[default.arg].annotation {
        let range = tree.range(annotation);
        let text = input.text.get(range.as_usize())?;
        if !text.contains("None") && !text.contains("Optional") && text != "Any" {
            edits.push(TextEdit {
                range: TextRange::empty(range.end),
                text: " | None".into(),
            });
        }
    }
    edits.sort_by_key(|edit| edit.range);
    Some(Fix {
        title: format!("Make a fresh `{fresh}` in each call"),
        edits,
        verified: false,
    })
}

fn is_string(flow: &Flow<'_>, stmt: StmtId) -> bool {
    let tree = flow.tree;
    matches!(tree[stmt], Stmt::Expr { value }
        if matches!(tree[value], Expr::Constant { value, .. } if matches!(tree.constant(value), Constant::Str(_))))
}

fn first_decorator(flow: &Flow<'_>, stmt: StmtId) -> Option<ExprId> {
    let tree = flow.tree;
    let decorators = match tree[stmt] {
        Stmt::FunctionDef(id) => tree[id].decorator_list,
        Stmt::ClassDef(id) => tree[id].decorator_list,
        _ => return None,
    };
    tree.list(decorators).next()
}
