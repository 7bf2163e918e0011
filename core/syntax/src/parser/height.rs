//! The height of a tree is bounded, so that whoever walks one may recurse.
//!
//! The parser's own recursion is bounded, but a chain such as `a + b + c` or
//! `a.b.c` is read in a loop and still makes a tree as high as it is long.

use crate::tree::{Arguments, Expr, ExprId, Id, Tree};

/// How many expressions may stand one in the other: about what CPython's compiler
/// can do with the 8 MiB of stack that a main thread has on Linux.
pub(crate) const MAX_HEIGHT: u32 = 27_460;

/// Whether expressions nest deeper than `MAX_HEIGHT`. Linear in the tree, and
/// free for trees that are too small for it.
pub(super) fn is_too_high(tree: &Tree) -> bool {
    if tree.count::<Expr>() <= MAX_HEIGHT as usize {
        return false;
    }
    // Children come before their parents.
    let mut heights: Vec<u32> = Vec::with_capacity(tree.count::<Expr>());
    for id in tree.ids::<Expr>() {
        let mut highest: u32 = 0;
        each_child(tree, id, &mut |child| {
            highest = highest.max(heights[child.index()]);
        });
        if highest >= MAX_HEIGHT {
            return true;
        }
        heights.push(highest + 1);
    }
    false
}

/// Calls `each` with the expressions right below one.
pub(crate) fn each_child(tree: &Tree, id: ExprId, each: &mut impl FnMut(ExprId)) {
    let generators = match tree[id] {
        Expr::ListComp { generators, .. }
        | Expr::SetComp { generators, .. }
        | Expr::DictComp { generators, .. }
        | Expr::GeneratorExp { generators, .. } => generators,
        _ => Default::default(),
    };
    for generator in tree.list(generators) {
        let generator = tree[generator];
        each(generator.target);
        each(generator.iter);
        tree.list(generator.ifs).for_each(&mut *each);
    }
    match tree[id] {
        Expr::Invalid | Expr::Constant { .. } | Expr::Name { .. } => {}
        Expr::BoolOp { values: list, .. }
        | Expr::Set { elts: list }
        | Expr::JoinedStr { values: list }
        | Expr::TemplateStr { values: list }
        | Expr::List { elts: list, .. }
        | Expr::Tuple { elts: list, .. } => tree.list(list).for_each(each),
        Expr::NamedExpr {
            target: left,
            value: right,
        }
        | Expr::BinOp { left, right, .. }
        | Expr::Subscript {
            value: left,
            slice: right,
            ..
        } => {
            each(left);
            each(right);
        }
        Expr::DictComp { key, value, .. } => {
            each(key);
            value.into_iter().for_each(each);
        }
        Expr::UnaryOp { operand: value, .. }
        | Expr::Await { value }
        | Expr::YieldFrom { value }
        | Expr::Attribute { value, .. }
        | Expr::Starred { value, .. }
        | Expr::ListComp { elt: value, .. }
        | Expr::SetComp { elt: value, .. }
        | Expr::GeneratorExp { elt: value, .. } => each(value),
        Expr::Yield { value } => value.into_iter().for_each(each),
        Expr::Lambda { args, body } => {
            each_default(tree, args, each);
            each(body);
        }
        Expr::IfExp { test, body, orelse } => [test, body, orelse].into_iter().for_each(each),
        Expr::Dict { keys, values } => {
            tree.opt_list(keys).flatten().for_each(&mut *each);
            tree.list(values).for_each(each);
        }
        Expr::Compare {
            left, comparators, ..
        } => {
            each(left);
            tree.list(comparators).for_each(each);
        }
        Expr::Call {
            func,
            args,
            keywords,
        } => {
            each(func);
            tree.list(args).for_each(&mut *each);
            tree.list(keywords)
                .for_each(|keyword| each(tree[keyword].value));
        }
        Expr::FormattedValue {
            value, format_spec, ..
        }
        | Expr::Interpolation {
            value, format_spec, ..
        } => {
            each(value);
            format_spec.into_iter().for_each(each);
        }
        Expr::Slice { lower, upper, step } => {
            [lower, upper, step].into_iter().flatten().for_each(each);
        }
    }
}

fn each_default(tree: &Tree, args: Id<Arguments>, each: &mut impl FnMut(ExprId)) {
    let Arguments {
        defaults,
        kw_defaults,
        ..
    } = tree[args];
    tree.list(defaults).for_each(&mut *each);
    tree.opt_list(kw_defaults).flatten().for_each(each);
}
