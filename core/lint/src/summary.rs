//! Makes a segment's summary for the rest of its file.

use std::sync::Arc;

use vitrine_scope::{BlockId, BlockKind, SegmentScopes};
use vitrine_syntax::tree::{ClassDef, Expr, ExprContext, ExprId, Id, Operator, Stmt, Tree};

use crate::facts::{CallShape, Class, Function, SegmentSummary};
use crate::flow::{
    Flow, Kind, Look, OccurrenceKind, Origin, Parent, Search, Sink, VariableId, What, summarize,
    uses_content,
};
use crate::knowledge::Known;

/// What the segment tells the rest of the file.
pub fn segment_summary(tree: &Tree, scopes: &SegmentScopes) -> SegmentSummary {
    let flow = Flow::new(tree, scopes);
    let look = Look {
        flow: &flow,
        facts: None,
        depth: 0,
    };
    let mut summary = SegmentSummary::default();
    functions(look, &mut summary);
    classes(&flow, &mut summary);
    mutations(look, &mut summary);
    names(look, &mut summary);
    consumers(look, &mut summary);
    summary
}

fn functions(look: Look<'_, '_>, summary: &mut SegmentSummary) {
    let flow = look.flow;
    for (at, created) in flow.created.iter().enumerate() {
        let What::Def(def, _) = created.what else {
            continue;
        };
        let around = flow.scopes[created.block].parent;
        let around = match flow.scopes[around].kind {
            BlockKind::TypeParameters => flow.scopes[around].parent,
            _ => around,
        };
        let kind = flow.scopes[around].kind;
        if !matches!(kind, BlockKind::Module | BlockKind::Class) {
            continue;
        }
        let id = crate::flow::CreatedId(at as u32);
        let Some(function) = summarize(look, id) else {
            continue;
        };
        let mut function = Function::clone(&function);
        function.name = flow.tree.name(flow.tree[def].name).into();
        if kind == BlockKind::Class {
            function.class = Some(flow.scopes.text(flow.tree, flow.scopes[around].name).into());
            let decorators = flow.tree.list(flow.tree[def].decorator_list);
            function.binds_self = !decorators
                .into_iter()
                .any(|decorator| look.dotted(decorator) == "staticmethod");
        }
        summary.functions.push(Arc::new(function));
    }
}

/// How the segment binds and uses module-level names.
fn names(look: Look<'_, '_>, summary: &mut SegmentSummary) {
    let flow = look.flow;
    for (at, variable) in flow.variables.iter().enumerate() {
        if variable.owner != BlockId::ROOT {
            continue;
        }
        let id = VariableId(at as u32);
        for occurrence in flow.occurrences(id) {
            match occurrence.kind {
                OccurrenceKind::Load => {}
                OccurrenceKind::Assign(_)
                | OccurrenceKind::AugAssign(_)
                | OccurrenceKind::Other => {
                    summary.assigned.insert(flow.text(id).into());
                }
                _ => {
                    summary.defined.insert(flow.text(id).into());
                }
            }
        }
        if uses_content(look, id) {
            summary.uses.insert(flow.text(id).into());
        }
    }
}

/// What becomes of the results of calls, for generators that yield closures.
fn consumers(look: Look<'_, '_>, summary: &mut SegmentSummary) {
    let flow = look.flow;
    let tree = flow.tree;
    for expr in tree.ids::<Expr>() {
        let Expr::Call { func, .. } = tree[expr] else {
            continue;
        };
        let callee = match tree[func] {
            Expr::Name { id, .. } | Expr::Attribute { attr: id, .. } => tree.name(id),
            _ => continue,
        };
        let iterated = match flow.parents[expr.index()] {
            Parent::Stmt(stmt) => matches!(tree[stmt], Stmt::For(_)),
            Parent::Iterable(..) => true,
            _ => false,
        };
        let drained = iterated && {
            let found = Search::new(look, None).expr(expr, Origin::new(Kind::Iterator));
            found.iter().all(|found| found.sink == Sink::Called)
        };
        if drained {
            summary.drained.insert(callee.into());
        } else {
            summary.collected.insert(callee.into());
        }
    }
}

fn classes(flow: &Flow<'_>, summary: &mut SegmentSummary) {
    let tree = flow.tree;
    let look = Look {
        flow,
        facts: None,
        depth: 0,
    };
    for id in tree.ids::<ClassDef>() {
        let class: ClassDef = tree[id];
        summary.classes.push(Class {
            name: tree.name(class.name).into(),
            frozen: is_frozen(look, tree, id),
        });
    }
}

fn is_frozen(look: Look<'_, '_>, tree: &Tree, id: Id<ClassDef>) -> bool {
    let class = tree[id];
    let last = |expr: ExprId| {
        look.dotted(expr)
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let base = |name: &str| {
        matches!(
            name,
            "NamedTuple"
                | "Enum"
                | "IntEnum"
                | "StrEnum"
                | "Flag"
                | "IntFlag"
                | "tuple"
                | "frozenset"
                | "str"
                | "int"
        )
    };
    if tree.list(class.bases).any(|expr| base(&last(expr))) {
        return true;
    }
    tree.list(class.decorator_list).any(|decorator| match tree[decorator] {
        Expr::Call { func, keywords, .. } => {
            let frozen = tree.list(keywords).any(|keyword| {
                tree[keyword].arg.is_some_and(|arg| tree.name(arg) == "frozen")
                    && matches!(tree[tree[keyword].value], Expr::Constant { value, .. } if tree.constant(value) == vitrine_syntax::tree::Constant::True)
            });
            last(func) == "frozen" || frozen
        }
        _ => last(decorator) == "frozen",
    })
}

/// Whose objects the segment changes: attributes, module-level names, results.
fn mutations(look: Look<'_, '_>, summary: &mut SegmentSummary) {
    let flow = look.flow;
    let tree = flow.tree;
    for expr in tree.ids::<Expr>() {
        if flow.parents[expr.index()] == Parent::None {
            continue;
        }
        match tree[expr] {
            Expr::Attribute {
                attr,
                ctx: ExprContext::Load,
                ..
            } if changes(look, expr) => {
                summary.mutated_attributes.insert(tree.name(attr).into());
            }
            Expr::Call {
                func,
                args,
                keywords,
            } => {
                let Some(shape) = shape(tree, func, args, keywords) else {
                    continue;
                };
                if changes(look, expr) {
                    summary.mutated_results.insert(shape);
                } else if let Some(name) = module_name_bound_to(flow, expr) {
                    summary.results.insert((name, shape));
                }
            }
            _ => {}
        }
    }
    for stmt in tree.ids::<Stmt>() {
        if let Stmt::AugAssign { target, op, value } = tree[stmt]
            && let Expr::Attribute { attr, .. } = tree[target]
            && (op == Operator::BitOr
                || matches!(
                    tree[value],
                    Expr::List { .. } | Expr::ListComp { .. } | Expr::Set { .. }
                ))
        {
            summary.mutated_attributes.insert(tree.name(attr).into());
        }
    }
    for occurrence in &flow.occurrences {
        let variable = flow.variable(occurrence.variable);
        if variable.owner != BlockId::ROOT {
            continue;
        }
        let changed = match (occurrence.kind, occurrence.expr) {
            (OccurrenceKind::Load, Some(expr)) => changes(look, expr),
            (OccurrenceKind::AugAssign(_), _) => true,
            _ => false,
        };
        if changed {
            summary
                .mutated_names
                .insert(flow.text(occurrence.variable).into());
        }
    }
}

/// Whether what an expression gives is changed, as far as the segment shows.
fn changes(look: Look<'_, '_>, expr: ExprId) -> bool {
    let found = Search::new(look, None).expr(expr, Origin::new(Kind::Object));
    found.iter().any(|found| match &found.sink {
        Sink::Mutated(_) => true,
        Sink::Passed(crate::facts::Callee::Method(name), crate::facts::Argument::Receiver, _) => {
            Known::of(name).has(Known::MUTATORS)
        }
        _ => false,
    })
}

fn shape(
    tree: &Tree,
    func: ExprId,
    args: vitrine_syntax::tree::List<Expr>,
    keywords: vitrine_syntax::tree::List<vitrine_syntax::tree::Keyword>,
) -> Option<CallShape> {
    let callee = match tree[func] {
        Expr::Name { id, .. } => id,
        Expr::Attribute { attr, .. } => attr,
        _ => return None,
    };
    let names = tree.list(keywords).map(|keyword| tree[keyword].arg);
    let has_star = tree
        .list(args)
        .any(|arg| matches!(tree[arg], Expr::Starred { .. }))
        || names.clone().any(|n| n.is_none());
    Some(CallShape {
        callee: tree.name(callee).into(),
        positional: tree.len(args),
        keywords: names.flatten().map(|name| tree.name(name).into()).collect(),
        has_star,
    })
}

fn module_name_bound_to(flow: &Flow<'_>, value: ExprId) -> Option<Box<str>> {
    let Parent::Stmt(stmt) = flow.parents[value.index()] else {
        return None;
    };
    let Stmt::Assign { targets, .. } = flow.tree[stmt] else {
        return None;
    };
    let target = flow.tree.list(targets).next()?;
    let occurrence = flow.occurrences[*flow.occurrence_of.get(&target)?];
    (flow.variable(occurrence.variable).owner == BlockId::ROOT)
        .then(|| flow.text(occurrence.variable).into())
}
