//! Expressions back to text (`Python/ast_unparse.c`): what annotations become
//! under `from __future__ import annotations`.

use vitrine_syntax::repr;
use vitrine_syntax::stack;
use vitrine_syntax::tree::{
    Arg, Arguments, BoolOp, CmpOp, Comprehension, Constant, Conversion, Expr, ExprId, Id, Keyword,
    List, Operator, OptList, Tree, UnaryOp,
};
use vitrine_syntax::wtf8::Wtf8Box;

/// An expression as text.
pub(crate) fn expression(tree: &Tree, id: ExprId) -> Wtf8Box {
    let mut writer = Writer {
        tree,
        text: Vec::new(),
        depth: 0,
    };
    writer.expr(id, TEST);
    finish(&writer.text)
}

fn finish(text: &[u8]) -> Wtf8Box {
    Wtf8Box::from_bytes(text).expect("only whole code points were written")
}

// How tightly the surroundings bind (`PR_*`).
const TUPLE: u8 = 0;
const TEST: u8 = 1;
const OR: u8 = 2;
const AND: u8 = 3;
const NOT: u8 = 4;
const CMP: u8 = 5;
const EXPR: u8 = 6;
const BXOR: u8 = 7;
const BAND: u8 = 8;
const SHIFT: u8 = 9;
const ARITH: u8 = 10;
const TERM: u8 = 11;
const FACTOR: u8 = 12;
const POWER: u8 = 13;
const AWAIT: u8 = 14;
const ATOM: u8 = 15;

/// How deep an annotation is followed; the parser refuses less.
const MAX_DEPTH: u32 = 60_000;

struct Writer<'a> {
    tree: &'a Tree,
    text: Vec<u8>,
    depth: u32,
}

impl Writer<'_> {
    fn str(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    /// Writes in parentheses if the surroundings bind tighter.
    fn group(&mut self, when: bool, write: impl FnOnce(&mut Self)) {
        if when {
            self.str("(");
        }
        write(self);
        if when {
            self.str(")");
        }
    }

    fn separated(&mut self, exprs: List<Expr>, level: u8) {
        for (at, id) in self.tree.list(exprs).enumerate() {
            if at > 0 {
                self.str(", ");
            }
            self.expr(id, level);
        }
    }

    fn expr(&mut self, id: ExprId, level: u8) {
        if self.depth >= MAX_DEPTH {
            return self.str("...");
        }
        self.depth += 1;
        stack::deeper(|| self.visit(id, level));
        self.depth -= 1;
    }

    fn visit(&mut self, id: ExprId, level: u8) {
        match self.tree[id] {
            Expr::Invalid => {}
            Expr::BoolOp { op, values } => {
                let (word, own) = match op {
                    BoolOp::And => (" and ", AND),
                    BoolOp::Or => (" or ", OR),
                };
                self.group(level > own, |this| {
                    for (at, value) in this.tree.list(values).enumerate() {
                        if at > 0 {
                            this.str(word);
                        }
                        this.expr(value, own + 1);
                    }
                });
            }
            Expr::NamedExpr { target, value } => self.group(level > TUPLE, |this| {
                this.expr(target, ATOM);
                this.str(":=");
                this.expr(value, ATOM);
            }),
            Expr::BinOp { left, op, right } => self.binary(left, op, right, level),
            Expr::UnaryOp { op, operand } => {
                let (sign, own) = match op {
                    UnaryOp::Invert => ("~", FACTOR),
                    UnaryOp::Not => ("not ", NOT),
                    UnaryOp::UAdd => ("+", FACTOR),
                    UnaryOp::USub => ("-", FACTOR),
                };
                self.group(level > own, |this| {
                    this.str(sign);
                    this.expr(operand, own);
                });
            }
            Expr::Lambda { args, body } => self.group(level > TEST, |this| {
                let Arguments {
                    args: positional,
                    posonlyargs,
                    ..
                } = this.tree[args];
                let any = !positional.is_empty() || !posonlyargs.is_empty();
                this.str(if any { "lambda " } else { "lambda" });
                this.arguments(args);
                this.str(": ");
                this.expr(body, TEST);
            }),
            Expr::IfExp { test, body, orelse } => self.group(level > TEST, |this| {
                this.expr(body, TEST + 1);
                this.str(" if ");
                this.expr(test, TEST + 1);
                this.str(" else ");
                this.expr(orelse, TEST);
            }),
            Expr::Dict { keys, values } => self.dict(keys, values),
            Expr::Set { elts } => {
                self.str("{");
                self.separated(elts, TEST);
                self.str("}");
            }
            Expr::List { elts, .. } => {
                self.str("[");
                self.separated(elts, TEST);
                self.str("]");
            }
            Expr::Tuple { elts, .. } if elts.is_empty() => self.str("()"),
            Expr::Tuple { elts, .. } => self.group(level > TUPLE, |this| {
                this.separated(elts, TEST);
                if this.tree.len(elts) == 1 {
                    this.str(",");
                }
            }),
            Expr::GeneratorExp { elt, generators } => {
                self.comprehension("(", elt, None, generators, ")");
            }
            Expr::ListComp { elt, generators } => {
                self.comprehension("[", elt, None, generators, "]");
            }
            Expr::SetComp { elt, generators } => {
                self.comprehension("{", elt, None, generators, "}");
            }
            Expr::DictComp {
                key,
                value,
                generators,
            } => {
                let open = if value.is_some() { "{" } else { "{**" };
                self.comprehension(open, key, value, generators, "}");
            }
            Expr::Yield { value: None } => self.str("(yield)"),
            Expr::Yield { value: Some(value) } => {
                self.str("(yield ");
                self.expr(value, TEST);
                self.str(")");
            }
            Expr::YieldFrom { value } => {
                self.str("(yield from ");
                self.expr(value, TEST);
                self.str(")");
            }
            Expr::Await { value } => self.group(level > AWAIT, |this| {
                this.str("await ");
                this.expr(value, ATOM);
            }),
            Expr::Compare {
                left,
                ops,
                comparators,
            } => self.group(level > CMP, |this| {
                this.expr(left, CMP + 1);
                for (op, right) in this.tree.cmp_ops(ops).zip(this.tree.list(comparators)) {
                    this.str(cmp_op(op));
                    this.expr(right, CMP + 1);
                }
            }),
            Expr::Call {
                func,
                args,
                keywords,
            } => self.call(func, args, keywords),
            Expr::Constant { value, unicode } => {
                if unicode {
                    self.str("u");
                }
                write_literal(&mut self.text, self.tree.constant(value));
            }
            Expr::JoinedStr { .. } | Expr::FormattedValue { .. } => self.quoted("f", id),
            Expr::TemplateStr { .. } | Expr::Interpolation { .. } => self.quoted("t", id),
            Expr::Attribute { value, attr, .. } => {
                self.expr(value, ATOM);
                let is_int = match self.tree[value] {
                    Expr::Constant { value, .. } => {
                        matches!(
                            self.tree.constant(value),
                            Constant::Int(_) | Constant::BigInt(_)
                        )
                    }
                    _ => false,
                };
                // `1.real` would be a float and a name.
                self.str(if is_int { " ." } else { "." });
                self.str(self.tree.name(attr));
            }
            Expr::Subscript { value, slice, .. } => {
                self.expr(value, ATOM);
                self.str("[");
                self.expr(slice, TUPLE);
                self.str("]");
            }
            Expr::Starred { value, .. } => {
                self.str("*");
                self.expr(value, EXPR);
            }
            Expr::Slice { lower, upper, step } => {
                if let Some(lower) = lower {
                    self.expr(lower, TEST);
                }
                self.str(":");
                if let Some(upper) = upper {
                    self.expr(upper, TEST);
                }
                if let Some(step) = step {
                    self.str(":");
                    self.expr(step, TEST);
                }
            }
            Expr::Name { id, .. } => self.str(self.tree.name(id)),
        }
    }

    fn binary(&mut self, left: ExprId, op: Operator, right: ExprId, level: u8) {
        let (sign, own) = match op {
            Operator::Add => (" + ", ARITH),
            Operator::Sub => (" - ", ARITH),
            Operator::Mult => (" * ", TERM),
            Operator::MatMult => (" @ ", TERM),
            Operator::Div => (" / ", TERM),
            Operator::Mod => (" % ", TERM),
            Operator::LShift => (" << ", SHIFT),
            Operator::RShift => (" >> ", SHIFT),
            Operator::BitOr => (" | ", EXPR),
            Operator::BitXor => (" ^ ", BXOR),
            Operator::BitAnd => (" & ", BAND),
            Operator::FloorDiv => (" // ", TERM),
            Operator::Pow => (" ** ", POWER),
        };
        let to_the_right = op == Operator::Pow;
        self.group(level > own, |this| {
            this.expr(left, own + u8::from(to_the_right));
            this.str(sign);
            this.expr(right, own + u8::from(!to_the_right));
        });
    }

    fn dict(&mut self, keys: OptList<Expr>, values: List<Expr>) {
        self.str("{");
        for (at, (key, value)) in self
            .tree
            .opt_list(keys)
            .zip(self.tree.list(values))
            .enumerate()
        {
            if at > 0 {
                self.str(", ");
            }
            match key {
                Some(key) => {
                    self.expr(key, TEST);
                    self.str(": ");
                    self.expr(value, TEST);
                }
                None => {
                    self.str("**");
                    self.expr(value, EXPR);
                }
            }
        }
        self.str("}");
    }

    fn comprehension(
        &mut self,
        open: &str,
        elt: ExprId,
        value: Option<ExprId>,
        generators: List<Comprehension>,
        close: &str,
    ) {
        self.str(open);
        self.expr(elt, TEST);
        if let Some(value) = value {
            self.str(": ");
            self.expr(value, TEST);
        }
        for generator in self.tree.list(generators) {
            let Comprehension {
                target,
                iter,
                ifs,
                is_async,
            } = self.tree[generator];
            self.str(if is_async { " async for " } else { " for " });
            self.expr(target, TUPLE);
            self.str(" in ");
            self.expr(iter, TEST + 1);
            for condition in self.tree.list(ifs) {
                self.str(" if ");
                self.expr(condition, TEST + 1);
            }
        }
        self.str(close);
    }

    fn call(&mut self, func: ExprId, args: List<Expr>, keywords: List<Keyword>) {
        self.expr(func, ATOM);
        if self.tree.len(args) == 1
            && keywords.is_empty()
            && let Some(only) = self.tree.list(args).next()
            && matches!(self.tree[only], Expr::GeneratorExp { .. })
        {
            return self.expr(only, TEST);
        }
        self.str("(");
        self.separated(args, TEST);
        for (at, keyword) in self.tree.list(keywords).enumerate() {
            if at > 0 || !args.is_empty() {
                self.str(", ");
            }
            let Keyword { arg, value } = self.tree[keyword];
            match arg {
                Some(arg) => {
                    self.str(self.tree.name(arg));
                    self.str("=");
                }
                None => self.str("**"),
            }
            self.expr(value, TEST);
        }
        self.str(")");
    }

    fn argument(&mut self, id: Id<Arg>) {
        let Arg { arg, annotation } = self.tree[id];
        self.str(self.tree.name(arg));
        if let Some(annotation) = annotation {
            self.str(": ");
            self.expr(annotation, TEST);
        }
    }

    fn arguments(&mut self, id: Id<Arguments>) {
        let Arguments {
            posonlyargs,
            args,
            vararg,
            kwonlyargs,
            kw_defaults,
            kwarg,
            defaults,
        } = self.tree[id];
        let tree = self.tree;
        let posonly = tree.len(posonlyargs);
        let positional = posonly + tree.len(args);
        let without_default = positional - tree.len(defaults).min(positional);
        let mut first = true;
        let mut comma = |this: &mut Self| {
            if !std::mem::take(&mut first) {
                this.str(", ");
            }
        };
        for (at, arg) in tree.list(posonlyargs).chain(tree.list(args)).enumerate() {
            comma(self);
            self.argument(arg);
            if let Some(default) = at
                .checked_sub(without_default)
                .and_then(|at| tree.list(defaults).nth(at))
            {
                self.str("=");
                self.expr(default, TEST);
            }
            if at + 1 == posonly {
                self.str(", /");
            }
        }
        if vararg.is_some() || !kwonlyargs.is_empty() {
            comma(self);
            self.str("*");
            if let Some(vararg) = vararg {
                self.argument(vararg);
            }
        }
        for (arg, default) in tree.list(kwonlyargs).zip(tree.opt_list(kw_defaults)) {
            comma(self);
            self.argument(arg);
            if let Some(default) = default {
                self.str("=");
                self.expr(default, TEST);
            }
        }
        if let Some(kwarg) = kwarg {
            comma(self);
            self.str("**");
            self.argument(kwarg);
        }
    }

    // f-strings and t-strings: the body is written first, then quoted as a whole.

    fn quoted(&mut self, prefix: &str, id: ExprId) {
        let mut body = Writer {
            tree: self.tree,
            text: Vec::new(),
            depth: self.depth,
        };
        body.string_part(id);
        self.str(prefix);
        let mut text = String::new();
        repr::str(&mut text, &finish(&body.text));
        self.str(&text);
    }

    fn string_part(&mut self, id: ExprId) {
        match self.tree[id] {
            Expr::JoinedStr { values } | Expr::TemplateStr { values } => {
                for value in self.tree.list(values) {
                    self.string_part(value);
                }
            }
            Expr::Constant { value, .. } => {
                if let Constant::Str(text) = self.tree.constant(value) {
                    for &byte in text.as_bytes() {
                        self.text.push(byte);
                        if matches!(byte, b'{' | b'}') {
                            self.text.push(byte);
                        }
                    }
                }
            }
            Expr::FormattedValue {
                value,
                conversion,
                format_spec,
            } => {
                let mut inner = Writer {
                    tree: self.tree,
                    text: Vec::new(),
                    depth: self.depth,
                };
                inner.expr(value, TEST + 1);
                self.replacement_field(&inner.text, conversion, format_spec);
            }
            Expr::Interpolation {
                text,
                conversion,
                format_spec,
                ..
            } => {
                if let Constant::Str(text) = self.tree.constant(text) {
                    self.replacement_field(text.as_bytes(), conversion, format_spec);
                }
            }
            _ => {}
        }
    }

    fn replacement_field(
        &mut self,
        value: &[u8],
        conversion: Conversion,
        format_spec: Option<ExprId>,
    ) {
        // A brace right after the opening one would be a literal brace.
        self.str(if value.starts_with(b"{") { "{ " } else { "{" });
        self.text.extend_from_slice(value);
        self.str(match conversion {
            Conversion::None => "",
            Conversion::Str => "!s",
            Conversion::Repr => "!r",
            Conversion::Ascii => "!a",
        });
        if let Some(spec) = format_spec {
            self.str(":");
            self.string_part(spec);
        }
        self.str("}");
    }
}

fn cmp_op(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => " == ",
        CmpOp::NotEq => " != ",
        CmpOp::Lt => " < ",
        CmpOp::LtE => " <= ",
        CmpOp::Gt => " > ",
        CmpOp::GtE => " >= ",
        CmpOp::Is => " is ",
        CmpOp::IsNot => " is not ",
        CmpOp::In => " in ",
        CmpOp::NotIn => " not in ",
    }
}

/// `repr` of a literal, with infinity as a number that overflows to it.
fn write_literal(text: &mut Vec<u8>, value: Constant<'_>) {
    let mut plain = String::new();
    match value {
        Constant::Ellipsis => plain.push_str("..."),
        Constant::Float(bits) if f64::from_bits(bits).is_infinite() => plain.push_str("1e309"),
        Constant::Complex(bits) if f64::from_bits(bits).is_infinite() => plain.push_str("1e309j"),
        _ => repr::constant(&mut plain, value),
    }
    text.extend_from_slice(plain.as_bytes());
}
