//! Expressions, patterns and parameters as plain data.

use super::convert::{Converter, Fields, bare, context, push_some};
use super::value::{ConstantBox, Value};
use crate::stack;
use crate::tree::*;

impl Converter<'_> {
    pub(super) fn exprs(&self, list: List<Expr>) -> Value {
        self.list(list, |id| self.expr(id))
    }

    fn generators(&self, list: List<Comprehension>) -> Value {
        self.list(list, |id| {
            let Comprehension {
                target,
                iter,
                ifs,
                is_async,
            } = self.tree[id];
            Value::node(
                "comprehension",
                vec![
                    ("target", self.expr(target)),
                    ("iter", self.expr(iter)),
                    ("ifs", self.exprs(ifs)),
                    ("is_async", Value::Int(is_async.into())),
                ],
            )
        })
    }

    pub(super) fn expr(&self, id: ExprId) -> Value {
        let (class, fields) = stack::deeper(|| self.expr_fields(id));
        self.located(class, fields, id)
    }

    fn expr_fields(&self, id: ExprId) -> (&'static str, Fields) {
        let expr = |id| self.expr(id);
        match self.tree[id] {
            Expr::Invalid => ("Invalid", vec![]),
            Expr::BoolOp { op, values } => {
                let op = match op {
                    BoolOp::And => "And",
                    BoolOp::Or => "Or",
                };
                (
                    "BoolOp",
                    vec![("op", bare(op)), ("values", self.exprs(values))],
                )
            }
            Expr::NamedExpr { target, value } => (
                "NamedExpr",
                vec![("target", expr(target)), ("value", expr(value))],
            ),
            Expr::BinOp { left, op, right } => (
                "BinOp",
                vec![
                    ("left", expr(left)),
                    ("op", operator(op)),
                    ("right", expr(right)),
                ],
            ),
            Expr::UnaryOp { op, operand } => {
                let op = match op {
                    UnaryOp::Invert => "Invert",
                    UnaryOp::Not => "Not",
                    UnaryOp::UAdd => "UAdd",
                    UnaryOp::USub => "USub",
                };
                (
                    "UnaryOp",
                    vec![("op", bare(op)), ("operand", expr(operand))],
                )
            }
            Expr::Lambda { args, body } => (
                "Lambda",
                vec![("args", self.arguments(args)), ("body", expr(body))],
            ),
            Expr::IfExp { test, body, orelse } => (
                "IfExp",
                vec![
                    ("test", expr(test)),
                    ("body", expr(body)),
                    ("orelse", expr(orelse)),
                ],
            ),
            Expr::Dict { keys, values } => (
                "Dict",
                vec![
                    ("keys", self.opt_list(keys, expr)),
                    ("values", self.exprs(values)),
                ],
            ),
            Expr::Set { elts } => ("Set", vec![("elts", self.exprs(elts))]),
            Expr::ListComp { elt, generators } => (
                "ListComp",
                vec![
                    ("elt", expr(elt)),
                    ("generators", self.generators(generators)),
                ],
            ),
            Expr::SetComp { elt, generators } => (
                "SetComp",
                vec![
                    ("elt", expr(elt)),
                    ("generators", self.generators(generators)),
                ],
            ),
            Expr::DictComp {
                key,
                value,
                generators,
            } => ("DictComp", {
                let mut fields = vec![("key", expr(key))];
                push_some(&mut fields, "value", value.map(expr));
                fields.push(("generators", self.generators(generators)));
                fields
            }),
            Expr::GeneratorExp { elt, generators } => (
                "GeneratorExp",
                vec![
                    ("elt", expr(elt)),
                    ("generators", self.generators(generators)),
                ],
            ),
            Expr::Await { value } => ("Await", vec![("value", expr(value))]),
            Expr::Yield { value } => (
                "Yield",
                value
                    .map(|value| ("value", expr(value)))
                    .into_iter()
                    .collect(),
            ),
            Expr::YieldFrom { value } => ("YieldFrom", vec![("value", expr(value))]),
            Expr::Compare {
                left,
                ops,
                comparators,
            } => {
                let ops = self
                    .tree
                    .cmp_ops(ops)
                    .map(|op| bare(comparison(op)))
                    .collect();
                (
                    "Compare",
                    vec![
                        ("left", expr(left)),
                        ("ops", Value::List(ops)),
                        ("comparators", self.exprs(comparators)),
                    ],
                )
            }
            Expr::Call {
                func,
                args,
                keywords,
            } => (
                "Call",
                vec![
                    ("func", expr(func)),
                    ("args", self.exprs(args)),
                    ("keywords", self.keywords(keywords)),
                ],
            ),
            Expr::FormattedValue {
                value,
                conversion,
                format_spec,
            } => {
                let mut fields = vec![
                    ("value", expr(value)),
                    ("conversion", converted(conversion)),
                ];
                push_some(&mut fields, "format_spec", format_spec.map(expr));
                ("FormattedValue", fields)
            }
            Expr::Interpolation {
                value,
                text,
                conversion,
                format_spec,
            } => {
                let text = Value::Constant(self.tree.constant(text).into());
                let mut fields = vec![
                    ("value", expr(value)),
                    ("str", text),
                    ("conversion", converted(conversion)),
                ];
                push_some(&mut fields, "format_spec", format_spec.map(expr));
                ("Interpolation", fields)
            }
            Expr::JoinedStr { values } => ("JoinedStr", vec![("values", self.exprs(values))]),
            Expr::TemplateStr { values } => ("TemplateStr", vec![("values", self.exprs(values))]),
            Expr::Constant { value, unicode } => {
                let mut fields = vec![("value", Value::Constant(self.tree.constant(value).into()))];
                push_some(
                    &mut fields,
                    "kind",
                    unicode.then(|| Value::Text("u".to_owned())),
                );
                ("Constant", fields)
            }
            Expr::Attribute { value, attr, ctx } => (
                "Attribute",
                vec![
                    ("value", expr(value)),
                    ("attr", self.text(attr)),
                    ("ctx", context(ctx)),
                ],
            ),
            Expr::Subscript { value, slice, ctx } => (
                "Subscript",
                vec![
                    ("value", expr(value)),
                    ("slice", expr(slice)),
                    ("ctx", context(ctx)),
                ],
            ),
            Expr::Starred { value, ctx } => (
                "Starred",
                vec![("value", expr(value)), ("ctx", context(ctx))],
            ),
            Expr::Name { id, ctx } => ("Name", vec![("id", self.text(id)), ("ctx", context(ctx))]),
            Expr::List { elts, ctx } => (
                "List",
                vec![("elts", self.exprs(elts)), ("ctx", context(ctx))],
            ),
            Expr::Tuple { elts, ctx } => (
                "Tuple",
                vec![("elts", self.exprs(elts)), ("ctx", context(ctx))],
            ),
            Expr::Slice { lower, upper, step } => {
                let mut fields = Vec::new();
                push_some(&mut fields, "lower", lower.map(expr));
                push_some(&mut fields, "upper", upper.map(expr));
                push_some(&mut fields, "step", step.map(expr));
                ("Slice", fields)
            }
        }
    }

    pub(super) fn keywords(&self, list: List<Keyword>) -> Value {
        self.list(list, |id| {
            let Keyword { arg, value } = self.tree[id];
            let mut fields = Vec::new();
            push_some(&mut fields, "arg", arg.map(|arg| self.text(arg)));
            fields.push(("value", self.expr(value)));
            self.located("keyword", fields, id)
        })
    }

    fn arg(&self, id: Id<Arg>) -> Value {
        let Arg { arg, annotation } = self.tree[id];
        let mut fields = vec![("arg", self.text(arg))];
        push_some(
            &mut fields,
            "annotation",
            annotation.map(|id| self.expr(id)),
        );
        self.push_type_comment(&mut fields, id);
        self.located("arg", fields, id)
    }

    pub(super) fn arguments(&self, id: Id<Arguments>) -> Value {
        let arguments = self.tree[id];
        let arg = |id| self.arg(id);
        let mut fields = vec![
            ("posonlyargs", self.list(arguments.posonlyargs, arg)),
            ("args", self.list(arguments.args, arg)),
        ];
        push_some(&mut fields, "vararg", arguments.vararg.map(arg));
        fields.push(("kwonlyargs", self.list(arguments.kwonlyargs, arg)));
        fields.push((
            "kw_defaults",
            self.opt_list(arguments.kw_defaults, |id| self.expr(id)),
        ));
        push_some(&mut fields, "kwarg", arguments.kwarg.map(arg));
        fields.push(("defaults", self.exprs(arguments.defaults)));
        Value::node("arguments", fields)
    }

    pub(super) fn type_params(&self, list: List<TypeParam>) -> Value {
        self.list(list, |id| {
            let (class, name, bound, default_value) = match self.tree[id] {
                TypeParam::TypeVar {
                    name,
                    bound,
                    default_value,
                } => ("TypeVar", name, bound, default_value),
                TypeParam::ParamSpec {
                    name,
                    default_value,
                } => ("ParamSpec", name, None, default_value),
                TypeParam::TypeVarTuple {
                    name,
                    default_value,
                } => ("TypeVarTuple", name, None, default_value),
            };
            let mut fields = vec![("name", self.text(name))];
            push_some(&mut fields, "bound", bound.map(|id| self.expr(id)));
            push_some(
                &mut fields,
                "default_value",
                default_value.map(|id| self.expr(id)),
            );
            self.located(class, fields, id)
        })
    }

    fn patterns(&self, list: List<Pattern>) -> Value {
        self.list(list, |id| self.pattern(id))
    }

    pub(super) fn pattern(&self, id: PatternId) -> Value {
        let name_field = |name: Option<NameId>| name.map(|name| self.text(name));
        let mut fields = Vec::new();
        let class = match self.tree[id] {
            Pattern::Invalid => "Invalid",
            Pattern::MatchValue { value } => {
                fields.push(("value", self.expr(value)));
                "MatchValue"
            }
            Pattern::MatchSingleton { value } => {
                let value = match value {
                    Singleton::None => ConstantBox::None,
                    Singleton::True => ConstantBox::True,
                    Singleton::False => ConstantBox::False,
                };
                fields.push(("value", Value::Constant(value)));
                "MatchSingleton"
            }
            Pattern::MatchSequence { patterns } => {
                fields.push(("patterns", self.patterns(patterns)));
                "MatchSequence"
            }
            Pattern::MatchMapping {
                keys,
                patterns,
                rest,
            } => {
                fields.push(("keys", self.exprs(keys)));
                fields.push(("patterns", self.patterns(patterns)));
                push_some(&mut fields, "rest", name_field(rest));
                "MatchMapping"
            }
            Pattern::MatchClass {
                cls,
                patterns,
                kwd_attrs,
                kwd_patterns,
            } => {
                fields.push(("cls", self.expr(cls)));
                fields.push(("patterns", self.patterns(patterns)));
                fields.push(("kwd_attrs", self.list(kwd_attrs, |name| self.text(name))));
                fields.push(("kwd_patterns", self.patterns(kwd_patterns)));
                "MatchClass"
            }
            Pattern::MatchStar { name } => {
                push_some(&mut fields, "name", name_field(name));
                "MatchStar"
            }
            Pattern::MatchAs { pattern, name } => {
                push_some(&mut fields, "pattern", pattern.map(|id| self.pattern(id)));
                push_some(&mut fields, "name", name_field(name));
                "MatchAs"
            }
            Pattern::MatchOr { patterns } => {
                fields.push(("patterns", self.patterns(patterns)));
                "MatchOr"
            }
        };
        self.located(class, fields, id)
    }
}

pub(super) fn operator(op: Operator) -> Value {
    bare(match op {
        Operator::Add => "Add",
        Operator::Sub => "Sub",
        Operator::Mult => "Mult",
        Operator::MatMult => "MatMult",
        Operator::Div => "Div",
        Operator::Mod => "Mod",
        Operator::Pow => "Pow",
        Operator::LShift => "LShift",
        Operator::RShift => "RShift",
        Operator::BitOr => "BitOr",
        Operator::BitXor => "BitXor",
        Operator::BitAnd => "BitAnd",
        Operator::FloorDiv => "FloorDiv",
    })
}

fn comparison(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => "Eq",
        CmpOp::NotEq => "NotEq",
        CmpOp::Lt => "Lt",
        CmpOp::LtE => "LtE",
        CmpOp::Gt => "Gt",
        CmpOp::GtE => "GtE",
        CmpOp::Is => "Is",
        CmpOp::IsNot => "IsNot",
        CmpOp::In => "In",
        CmpOp::NotIn => "NotIn",
    }
}

fn converted(conversion: Conversion) -> Value {
    Value::Int(match conversion {
        Conversion::None => -1,
        Conversion::Str => i64::from(b's'),
        Conversion::Repr => i64::from(b'r'),
        Conversion::Ascii => i64::from(b'a'),
    })
}
