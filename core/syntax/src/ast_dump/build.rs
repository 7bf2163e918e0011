//! Plain data back to a tree: what `compile()` does with node objects.
//!
//! The nodes' own line numbers and columns become ranges of a text that does not
//! exist, whose lines are as long as the columns need; so the code that is made
//! of the tree has the positions that the nodes say.

use std::collections::HashMap;

use num_bigint::Sign;

use super::value::{ConstantBox, Value};
use crate::line_index::LineIndex;
use crate::module::{Module, ModuleSegment, ParsedSegment};
use crate::position::TextRange;
use crate::tree::*;

/// Higher trees are refused: everything behind the parser recurses over them.
const MAX_HEIGHT: usize = 2_000;
const MAX_LINE: i64 = 1 << 24;

/// Why nodes make no tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BuildError {
    /// A node that does not fit where it is: a `ValueError`.
    Value(String),
    /// Nested too deep: a `RecursionError`.
    TooDeep,
}

type Built<T> = Result<T, BuildError>;

/// The module of the statements in the body of `Module` or `Interactive`, or of
/// the expression of an `Expression`.
pub fn module(root: &Value) -> Built<Module> {
    let mut lines = Lines::default();
    lines.measure(root, 0)?;
    let index = lines.index();
    let mut builder = Builder {
        tree: Tree::default(),
        lines: &index,
    };
    let Value::Node(class, _) = root else {
        return Err(unfit("a module", root));
    };
    let body = match *class {
        "Expression" => {
            let value = builder.expr(builder.field(root, "body"))?;
            let range = builder.tree.range(value);
            let stmt = builder.tree.add(Stmt::Expr { value }, range);
            builder.tree.add_raw_list(&[stmt.raw()])
        }
        _ => builder.stmts(root, "body")?,
    };
    builder.tree.set_body(body);
    let parsed = ParsedSegment {
        tree: builder.tree,
        lines: index,
        ..ParsedSegment::default()
    };
    let end = parsed
        .lines
        .line_start(parsed.lines.line_count() - 1)
        .unwrap_or(0);
    Ok(Module {
        segments: vec![ModuleSegment {
            range: TextRange::new(0, end),
            first_line: 0,
            parsed: std::sync::Arc::new(parsed),
        }],
    })
}

fn unfit(what: &str, value: &Value) -> BuildError {
    let got = match value {
        Value::Node(class, _) => class,
        Value::None => "None",
        _ => "another value",
    };
    BuildError::Value(format!("expected {what}, but got {got}"))
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Int(number) => *number,
        _ => 0,
    }
}

const NONE: &Value = &Value::None;

fn find<'v>(value: &'v Value, name: &str) -> &'v Value {
    match value {
        Value::Node(_, fields) => fields
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(NONE, |(_, value)| value),
        _ => NONE,
    }
}

fn measure_constant(constant: &ConstantBox, height: usize) -> Built<()> {
    match constant {
        _ if height > MAX_HEIGHT => Err(BuildError::TooDeep),
        ConstantBox::Tuple(items) => items
            .iter()
            .try_for_each(|item| measure_constant(item, height + 1)),
        _ => Ok(()),
    }
}

/// How long each line must be.
#[derive(Default)]
struct Lines {
    longest: HashMap<i64, i64>,
    last: i64,
}

impl Lines {
    fn measure(&mut self, value: &Value, height: usize) -> Built<()> {
        if height > MAX_HEIGHT {
            return Err(BuildError::TooDeep);
        }
        match value {
            Value::Node(_, fields) => {
                for (line, column) in [("lineno", "col_offset"), ("end_lineno", "end_col_offset")] {
                    let (line, column) = (number(find(value, line)), number(find(value, column)));
                    if line > MAX_LINE || column > MAX_LINE {
                        return Err(BuildError::Value(
                            "AST node line range is too large".to_owned(),
                        ));
                    }
                    let longest = self.longest.entry(line).or_insert(0);
                    *longest = column.max(*longest);
                    self.last = self.last.max(line);
                }
                for (_, field) in fields {
                    self.measure(field, height + 1)?;
                }
            }
            Value::List(items) => {
                for item in items {
                    self.measure(item, height)?;
                }
            }
            Value::Constant(constant) => measure_constant(constant, height)?,
            _ => {}
        }
        Ok(())
    }

    fn index(&self) -> LineIndex {
        let lengths = (1..=self.last).map(|line| {
            let longest = self.longest.get(&line).copied().unwrap_or(0);
            longest as u32 + 1
        });
        LineIndex::of_lengths(lengths)
    }
}

struct Builder<'l> {
    tree: Tree,
    lines: &'l LineIndex,
}

impl Builder<'_> {
    fn field<'v>(&self, value: &'v Value, name: &str) -> &'v Value {
        find(value, name)
    }

    fn range(&self, value: &Value) -> TextRange {
        let offset = |line: &str, column: &str| {
            let (line, column) = (number(find(value, line)), number(find(value, column)));
            let line = u32::try_from(line - 1).unwrap_or(0);
            let start = self.lines.line_start(line).unwrap_or(0);
            start + u32::try_from(column).unwrap_or(0)
        };
        let start = offset("lineno", "col_offset");
        let end = match find(value, "end_lineno") {
            Value::Int(_) => offset("end_lineno", "end_col_offset"),
            _ => start,
        };
        TextRange::new(start, end.max(start))
    }

    fn list<T>(
        &mut self,
        value: &Value,
        mut each: impl FnMut(&mut Self, &Value) -> Built<Id<T>>,
    ) -> Built<List<T>> {
        let items: &[Value] = match value {
            Value::List(items) => items,
            _ => &[],
        };
        let mut raw = Vec::with_capacity(items.len());
        for item in items {
            raw.push(each(self, item)?.raw());
        }
        Ok(self.tree.add_raw_list(&raw))
    }

    /// Absent items are allowed.
    fn opt_list(&mut self, value: &Value) -> Built<OptList<Expr>> {
        let items: &[Value] = match value {
            Value::List(items) => items,
            _ => &[],
        };
        let mut raw = Vec::with_capacity(items.len());
        for item in items {
            raw.push(match item {
                Value::None => 0,
                item => self.expr(item)?.raw(),
            });
        }
        Ok(self.tree.add_raw_list::<Expr>(&raw).into())
    }

    fn exprs(&mut self, value: &Value, name: &str) -> Built<List<Expr>> {
        self.list(find(value, name), Self::expr)
    }

    fn stmts(&mut self, value: &Value, name: &str) -> Built<List<Stmt>> {
        self.list(find(value, name), Self::stmt)
    }

    fn patterns(&mut self, value: &Value, name: &str) -> Built<List<Pattern>> {
        self.list(find(value, name), Self::pattern)
    }

    fn names(&mut self, value: &Value, name: &str) -> Built<List<Name>> {
        self.list(find(value, name), |this, item| match item {
            Value::Text(text) => Ok(this.tree.intern(text)),
            other => Err(unfit("a name", other)),
        })
    }

    fn opt_expr(&mut self, value: &Value, name: &str) -> Built<Option<ExprId>> {
        match find(value, name) {
            Value::None => Ok(None),
            value => self.expr(value).map(Some),
        }
    }

    fn need_expr(&mut self, value: &Value, name: &str) -> Built<ExprId> {
        self.expr(find(value, name))
    }

    fn name(&mut self, value: &Value, name: &str) -> Built<NameId> {
        match find(value, name) {
            Value::Text(text) => Ok(self.tree.intern(text)),
            other => Err(unfit("a name", other)),
        }
    }

    fn opt_name(&mut self, value: &Value, name: &str) -> Option<NameId> {
        match find(value, name) {
            Value::Text(text) => Some(self.tree.intern(text)),
            _ => None,
        }
    }

    fn stmt(&mut self, value: &Value) -> Built<StmtId> {
        let range = self.range(value);
        let Value::Node(class, _) = value else {
            return Err(BuildError::Value(
                "None disallowed in statement list".to_owned(),
            ));
        };
        let stmt = match *class {
            "FunctionDef" | "AsyncFunctionDef" => {
                let def = FunctionDef {
                    name: self.name(value, "name")?,
                    name_range: TextRange::empty(range.start),
                    args: self.arguments(find(value, "args"))?,
                    body: self.body(value)?,
                    decorator_list: self.exprs(value, "decorator_list")?,
                    returns: self.opt_expr(value, "returns")?,
                    type_params: self.type_params(value)?,
                    is_async: *class == "AsyncFunctionDef",
                };
                Stmt::FunctionDef(self.tree.add(def, range))
            }
            "ClassDef" => {
                let def = ClassDef {
                    name: self.name(value, "name")?,
                    name_range: TextRange::empty(range.start),
                    bases: self.exprs(value, "bases")?,
                    keywords: self.keywords(value)?,
                    body: self.body(value)?,
                    decorator_list: self.exprs(value, "decorator_list")?,
                    type_params: self.type_params(value)?,
                };
                Stmt::ClassDef(self.tree.add(def, range))
            }
            "Return" => Stmt::Return {
                value: self.opt_expr(value, "value")?,
            },
            "Delete" => Stmt::Delete {
                targets: self.exprs(value, "targets")?,
            },
            "Assign" => Stmt::Assign {
                targets: self.exprs(value, "targets")?,
                value: self.need_expr(value, "value")?,
            },
            "TypeAlias" => Stmt::TypeAlias {
                name: self.need_expr(value, "name")?,
                type_params: self.type_params(value)?,
                value: self.need_expr(value, "value")?,
            },
            "AugAssign" => Stmt::AugAssign {
                target: self.need_expr(value, "target")?,
                op: operator(find(value, "op"))?,
                value: self.need_expr(value, "value")?,
            },
            "AnnAssign" => Stmt::AnnAssign {
                target: self.need_expr(value, "target")?,
                annotation: self.need_expr(value, "annotation")?,
                value: self.opt_expr(value, "value")?,
                simple: number(find(value, "simple")) != 0,
            },
            "For" | "AsyncFor" => {
                let part = For {
                    target: self.need_expr(value, "target")?,
                    iter: self.need_expr(value, "iter")?,
                    body: self.body(value)?,
                    orelse: self.stmts(value, "orelse")?,
                    is_async: *class == "AsyncFor",
                };
                Stmt::For(self.tree.add(part, range))
            }
            "While" => Stmt::While {
                test: self.need_expr(value, "test")?,
                body: self.body(value)?,
                orelse: self.stmts(value, "orelse")?,
            },
            "If" => Stmt::If {
                test: self.need_expr(value, "test")?,
                body: self.body(value)?,
                orelse: self.stmts(value, "orelse")?,
            },
            "With" | "AsyncWith" => Stmt::With {
                items: self.list(find(value, "items"), |this, item| {
                    let part = WithItem {
                        context_expr: this.need_expr(item, "context_expr")?,
                        optional_vars: this.opt_expr(item, "optional_vars")?,
                    };
                    Ok(this.tree.add(part, range))
                })?,
                body: self.body(value)?,
                is_async: *class == "AsyncWith",
            },
            "Match" => Stmt::Match {
                subject: self.need_expr(value, "subject")?,
                cases: self.list(find(value, "cases"), |this, item| {
                    let part = MatchCase {
                        pattern: this.pattern(find(item, "pattern"))?,
                        guard: this.opt_expr(item, "guard")?,
                        body: this.body(item)?,
                    };
                    Ok(this.tree.add(part, range))
                })?,
            },
            "Raise" => Stmt::Raise {
                exc: self.opt_expr(value, "exc")?,
                cause: self.opt_expr(value, "cause")?,
            },
            "Try" | "TryStar" => {
                let part = Try {
                    body: self.body(value)?,
                    handlers: self.list(find(value, "handlers"), |this, item| {
                        let range = this.range(item);
                        let part = ExceptHandler {
                            r#type: this.opt_expr(item, "type")?,
                            name: this.opt_name(item, "name"),
                            body: this.body(item)?,
                        };
                        Ok(this.tree.add(part, range))
                    })?,
                    orelse: self.stmts(value, "orelse")?,
                    finalbody: self.stmts(value, "finalbody")?,
                    is_star: *class == "TryStar",
                };
                Stmt::Try(self.tree.add(part, range))
            }
            "Assert" => Stmt::Assert {
                test: self.need_expr(value, "test")?,
                msg: self.opt_expr(value, "msg")?,
            },
            "Import" => Stmt::Import {
                names: self.aliases(value)?,
            },
            "ImportFrom" => Stmt::ImportFrom {
                module: self.opt_name(value, "module"),
                names: self.aliases(value)?,
                level: u32::try_from(number(find(value, "level")))
                    .map_err(|_| BuildError::Value("Negative ImportFrom level".to_owned()))?,
            },
            "Global" => Stmt::Global {
                names: self.names(value, "names")?,
            },
            "Nonlocal" => Stmt::Nonlocal {
                names: self.names(value, "names")?,
            },
            "Expr" => Stmt::Expr {
                value: self.need_expr(value, "value")?,
            },
            "Pass" => Stmt::Pass,
            "Break" => Stmt::Break,
            "Continue" => Stmt::Continue,
            _ => return Err(unfit("some sort of stmt", value)),
        };
        Ok(self.tree.add(stmt, range))
    }

    /// A body, which is never empty.
    fn body(&mut self, value: &Value) -> Built<List<Stmt>> {
        let body = self.stmts(value, "body")?;
        match (body.is_empty(), value) {
            (true, Value::Node(class, _)) => {
                Err(BuildError::Value(format!("empty body on {class}")))
            }
            _ => Ok(body),
        }
    }

    fn aliases(&mut self, value: &Value) -> Built<List<Alias>> {
        self.list(find(value, "names"), |this, item| {
            let range = this.range(item);
            let part = Alias {
                name: this.name(item, "name")?,
                asname: this.opt_name(item, "asname"),
            };
            Ok(this.tree.add(part, range))
        })
    }

    fn keywords(&mut self, value: &Value) -> Built<List<Keyword>> {
        self.list(find(value, "keywords"), |this, item| {
            let range = this.range(item);
            let part = Keyword {
                arg: this.opt_name(item, "arg"),
                value: this.need_expr(item, "value")?,
            };
            Ok(this.tree.add(part, range))
        })
    }

    fn arg(&mut self, value: &Value) -> Built<Id<Arg>> {
        let range = self.range(value);
        let part = Arg {
            arg: self.name(value, "arg")?,
            annotation: self.opt_expr(value, "annotation")?,
        };
        Ok(self.tree.add(part, range))
    }

    fn arguments(&mut self, value: &Value) -> Built<Id<Arguments>> {
        let optional = |this: &mut Self, name: &str| match find(value, name) {
            Value::None => Ok(None),
            value => this.arg(value).map(Some),
        };
        let part = Arguments {
            posonlyargs: self.list(find(value, "posonlyargs"), Self::arg)?,
            args: self.list(find(value, "args"), Self::arg)?,
            vararg: optional(self, "vararg")?,
            kwonlyargs: self.list(find(value, "kwonlyargs"), Self::arg)?,
            kw_defaults: self.opt_list(find(value, "kw_defaults"))?,
            kwarg: optional(self, "kwarg")?,
            defaults: self.exprs(value, "defaults")?,
        };
        let count = |name: &str| match find(value, name) {
            Value::List(items) => items.len(),
            _ => 0,
        };
        if count("defaults") > count("posonlyargs") + count("args") {
            return Err(BuildError::Value(
                "more positional defaults than args on arguments".to_owned(),
            ));
        }
        if count("kw_defaults") != count("kwonlyargs") {
            return Err(BuildError::Value(
                "length of kwonlyargs is not the same as kw_defaults on arguments".to_owned(),
            ));
        }
        Ok(self.tree.add(part, TextRange::default()))
    }

    fn type_params(&mut self, value: &Value) -> Built<List<TypeParam>> {
        self.list(find(value, "type_params"), |this, item| {
            let range = this.range(item);
            let name = this.name(item, "name")?;
            let default_value = this.opt_expr(item, "default_value")?;
            let part = match item {
                Value::Node("TypeVar", _) => TypeParam::TypeVar {
                    name,
                    bound: this.opt_expr(item, "bound")?,
                    default_value,
                },
                Value::Node("ParamSpec", _) => TypeParam::ParamSpec {
                    name,
                    default_value,
                },
                _ => TypeParam::TypeVarTuple {
                    name,
                    default_value,
                },
            };
            Ok(this.tree.add(part, range))
        })
    }

    fn pattern(&mut self, value: &Value) -> Built<PatternId> {
        let range = self.range(value);
        let Value::Node(class, _) = value else {
            return Err(unfit("some sort of pattern", value));
        };
        let optional = |this: &mut Self, name: &str| match find(value, name) {
            Value::None => Ok(None),
            value => this.pattern(value).map(Some),
        };
        let pattern = match *class {
            "MatchValue" => Pattern::MatchValue {
                value: self.need_expr(value, "value")?,
            },
            "MatchSingleton" => Pattern::MatchSingleton {
                value: match find(value, "value") {
                    Value::Constant(ConstantBox::True) => Singleton::True,
                    Value::Constant(ConstantBox::False) => Singleton::False,
                    Value::None | Value::Constant(ConstantBox::None) => Singleton::None,
                    _ => {
                        return Err(BuildError::Value(
                            "MatchSingleton can only contain True, False and None".to_owned(),
                        ));
                    }
                },
            },
            "MatchSequence" => Pattern::MatchSequence {
                patterns: self.patterns(value, "patterns")?,
            },
            "MatchMapping" => Pattern::MatchMapping {
                keys: self.exprs(value, "keys")?,
                patterns: self.patterns(value, "patterns")?,
                rest: self.opt_name(value, "rest"),
            },
            "MatchClass" => Pattern::MatchClass {
                cls: self.need_expr(value, "cls")?,
                patterns: self.patterns(value, "patterns")?,
                kwd_attrs: self.names(value, "kwd_attrs")?,
                kwd_patterns: self.patterns(value, "kwd_patterns")?,
            },
            "MatchStar" => Pattern::MatchStar {
                name: self.opt_name(value, "name"),
            },
            "MatchAs" => Pattern::MatchAs {
                pattern: optional(self, "pattern")?,
                name: self.opt_name(value, "name"),
            },
            "MatchOr" => Pattern::MatchOr {
                patterns: self.patterns(value, "patterns")?,
            },
            _ => return Err(unfit("some sort of pattern", value)),
        };
        Ok(self.tree.add(pattern, range))
    }

    fn generators(&mut self, value: &Value) -> Built<List<Comprehension>> {
        let list = self.list(find(value, "generators"), |this, item| {
            let part = Comprehension {
                target: this.need_expr(item, "target")?,
                iter: this.need_expr(item, "iter")?,
                ifs: this.exprs(item, "ifs")?,
                is_async: number(find(item, "is_async")) != 0,
            };
            let range = this.tree.range(part.target);
            Ok(this.tree.add(part, range))
        })?;
        if list.is_empty() {
            return Err(BuildError::Value(
                "comprehension with no generators".to_owned(),
            ));
        }
        Ok(list)
    }

    fn expr(&mut self, value: &Value) -> Built<ExprId> {
        let range = self.range(value);
        let Value::Node(class, _) = value else {
            return Err(match value {
                Value::None => BuildError::Value("None disallowed in expression list".to_owned()),
                other => unfit("some sort of expr", other),
            });
        };
        let expr = match *class {
            "BoolOp" => Expr::BoolOp {
                op: match find(value, "op") {
                    Value::Node("Or", _) => BoolOp::Or,
                    _ => BoolOp::And,
                },
                values: {
                    let values = self.exprs(value, "values")?;
                    if self.tree.len(values) < 2 {
                        return Err(BuildError::Value(
                            "BoolOp with less than 2 values".to_owned(),
                        ));
                    }
                    values
                },
            },
            "NamedExpr" => Expr::NamedExpr {
                target: self.need_expr(value, "target")?,
                value: self.need_expr(value, "value")?,
            },
            "BinOp" => Expr::BinOp {
                left: self.need_expr(value, "left")?,
                op: operator(find(value, "op"))?,
                right: self.need_expr(value, "right")?,
            },
            "UnaryOp" => Expr::UnaryOp {
                op: match find(value, "op") {
                    Value::Node("Invert", _) => UnaryOp::Invert,
                    Value::Node("Not", _) => UnaryOp::Not,
                    Value::Node("UAdd", _) => UnaryOp::UAdd,
                    _ => UnaryOp::USub,
                },
                operand: self.need_expr(value, "operand")?,
            },
            "Lambda" => Expr::Lambda {
                args: self.arguments(find(value, "args"))?,
                body: self.need_expr(value, "body")?,
            },
            "IfExp" => Expr::IfExp {
                test: self.need_expr(value, "test")?,
                body: self.need_expr(value, "body")?,
                orelse: self.need_expr(value, "orelse")?,
            },
            "Dict" => {
                let count = |name: &str| match find(value, name) {
                    Value::List(items) => items.len(),
                    _ => 0,
                };
                if count("keys") != count("values") {
                    return Err(BuildError::Value(
                        "Dict doesn't have the same number of keys as values".to_owned(),
                    ));
                }
                Expr::Dict {
                    keys: self.opt_list(find(value, "keys"))?,
                    values: self.exprs(value, "values")?,
                }
            }
            "Set" => Expr::Set {
                elts: self.exprs(value, "elts")?,
            },
            "ListComp" => Expr::ListComp {
                elt: self.need_expr(value, "elt")?,
                generators: self.generators(value)?,
            },
            "SetComp" => Expr::SetComp {
                elt: self.need_expr(value, "elt")?,
                generators: self.generators(value)?,
            },
            "DictComp" => Expr::DictComp {
                key: self.need_expr(value, "key")?,
                value: Some(self.need_expr(value, "value")?),
                generators: self.generators(value)?,
            },
            "GeneratorExp" => Expr::GeneratorExp {
                elt: self.need_expr(value, "elt")?,
                generators: self.generators(value)?,
            },
            "Await" => Expr::Await {
                value: self.need_expr(value, "value")?,
            },
            "Yield" => Expr::Yield {
                value: self.opt_expr(value, "value")?,
            },
            "YieldFrom" => Expr::YieldFrom {
                value: self.need_expr(value, "value")?,
            },
            "Compare" => {
                let mut ops = Vec::new();
                if let Value::List(items) = find(value, "ops") {
                    for item in items {
                        ops.push(comparison(item)? as u32);
                    }
                }
                let comparators = self.exprs(value, "comparators")?;
                if ops.is_empty() {
                    return Err(BuildError::Value("Compare with no comparators".to_owned()));
                }
                if ops.len() != self.tree.len(comparators) {
                    return Err(BuildError::Value(
                        "Compare has a different number of comparators and operands".to_owned(),
                    ));
                }
                Expr::Compare {
                    left: self.need_expr(value, "left")?,
                    ops: self.tree.add_raw_cmp_ops(&ops),
                    comparators,
                }
            }
            "Call" => Expr::Call {
                func: self.need_expr(value, "func")?,
                args: self.exprs(value, "args")?,
                keywords: self.keywords(value)?,
            },
            "FormattedValue" => Expr::FormattedValue {
                value: self.need_expr(value, "value")?,
                conversion: conversion(find(value, "conversion")),
                format_spec: self.opt_expr(value, "format_spec")?,
            },
            "Interpolation" => {
                let text = match find(value, "str") {
                    Value::Constant(ConstantBox::Str(text)) => Constant::Str(text.as_wtf8()),
                    Value::Text(text) => Constant::Str(text.as_str().into()),
                    _ => Constant::None,
                };
                Expr::Interpolation {
                    value: self.need_expr(value, "value")?,
                    text: self.tree.add_constant(text),
                    conversion: conversion(find(value, "conversion")),
                    format_spec: self.opt_expr(value, "format_spec")?,
                }
            }
            "JoinedStr" => Expr::JoinedStr {
                values: self.exprs(value, "values")?,
            },
            "TemplateStr" => Expr::TemplateStr {
                values: self.exprs(value, "values")?,
            },
            "Constant" => {
                let unicode = matches!(find(value, "kind"), Value::Text(kind) if kind == "u");
                return match find(value, "value") {
                    Value::Constant(constant) => Ok(self.constant(constant, unicode, range)),
                    Value::None => Ok(self.constant(&ConstantBox::None, unicode, range)),
                    other => Err(unfit("a constant", other)),
                };
            }
            "Attribute" => Expr::Attribute {
                value: self.need_expr(value, "value")?,
                attr: self.name(value, "attr")?,
                ctx: context(value),
            },
            "Subscript" => Expr::Subscript {
                value: self.need_expr(value, "value")?,
                slice: self.need_expr(value, "slice")?,
                ctx: context(value),
            },
            "Starred" => Expr::Starred {
                value: self.need_expr(value, "value")?,
                ctx: context(value),
            },
            "Name" => {
                let id = self.name(value, "id")?;
                if matches!(self.tree.name(id), "None" | "True" | "False") {
                    return Err(BuildError::Value(format!(
                        "identifier field can't represent '{}' constant",
                        self.tree.name(id)
                    )));
                }
                Expr::Name {
                    id,
                    ctx: context(value),
                }
            }
            "List" => Expr::List {
                elts: self.exprs(value, "elts")?,
                ctx: context(value),
            },
            "Tuple" => Expr::Tuple {
                elts: self.exprs(value, "elts")?,
                ctx: context(value),
            },
            "Slice" => Expr::Slice {
                lower: self.opt_expr(value, "lower")?,
                upper: self.opt_expr(value, "upper")?,
                step: self.opt_expr(value, "step")?,
            },
            _ => return Err(unfit("some sort of expr", value)),
        };
        Ok(self.tree.add(expr, range))
    }

    /// A constant. Trees of texts have no tuples, no signs and no real parts beside
    /// imaginary ones: they become expressions that fold to them.
    fn constant(&mut self, value: &ConstantBox, unicode: bool, range: TextRange) -> ExprId {
        let plain = match value {
            ConstantBox::None => Constant::None,
            ConstantBox::True => Constant::True,
            ConstantBox::False => Constant::False,
            ConstantBox::Ellipsis => Constant::Ellipsis,
            ConstantBox::Str(text) => Constant::Str(text.as_wtf8()),
            ConstantBox::Bytes(bytes) => Constant::Bytes(bytes),
            ConstantBox::Int(value) => {
                let size = value.magnitude();
                let size = u64::try_from(size).map_or(Constant::BigInt(size), Constant::Int);
                return self.signed(value.sign() == Sign::Minus, size, range);
            }
            ConstantBox::Float(bits) => return self.float(*bits, Constant::Float, range),
            ConstantBox::Complex(0, imag) if f64::from_bits(*imag).is_sign_positive() => {
                Constant::Complex(*imag)
            }
            ConstantBox::Complex(real, imag) => {
                let left = self.float(*real, Constant::Float, range);
                let right = self.float(*imag, Constant::Complex, range);
                let op = Operator::Add;
                return self.tree.add(Expr::BinOp { left, op, right }, range);
            }
            ConstantBox::Tuple(items) => {
                let items = items
                    .iter()
                    .map(|item| self.constant(item, false, range).raw());
                let raw: Vec<u32> = items.collect();
                let elts = self.tree.add_raw_list(&raw);
                let ctx = ExprContext::Load;
                return self.tree.add(Expr::Tuple { elts, ctx }, range);
            }
        };
        let value = self.tree.add_constant(plain);
        self.tree.add(Expr::Constant { value, unicode }, range)
    }

    /// A float, or as much of a complex number.
    fn float(&mut self, bits: u64, of: fn(u64) -> Constant<'static>, range: TextRange) -> ExprId {
        let value = f64::from_bits(bits);
        let size = of(value.abs().to_bits());
        self.signed(value.is_sign_negative(), size, range)
    }

    fn signed(&mut self, is_negative: bool, size: Constant<'_>, range: TextRange) -> ExprId {
        let value = self.tree.add_constant(size);
        let unicode = false;
        let operand = self.tree.add(Expr::Constant { value, unicode }, range);
        if !is_negative {
            return operand;
        }
        let op = UnaryOp::USub;
        self.tree.add(Expr::UnaryOp { op, operand }, range)
    }
}

fn context(value: &Value) -> ExprContext {
    match find(value, "ctx") {
        Value::Node("Store", _) => ExprContext::Store,
        Value::Node("Del", _) => ExprContext::Del,
        _ => ExprContext::Load,
    }
}

fn conversion(value: &Value) -> Conversion {
    match number(value) {
        115 => Conversion::Str,
        114 => Conversion::Repr,
        97 => Conversion::Ascii,
        _ => Conversion::None,
    }
}

fn operator(value: &Value) -> Built<Operator> {
    let Value::Node(class, _) = value else {
        return Err(unfit("some sort of operator", value));
    };
    Ok(match *class {
        "Add" => Operator::Add,
        "Sub" => Operator::Sub,
        "Mult" => Operator::Mult,
        "MatMult" => Operator::MatMult,
        "Div" => Operator::Div,
        "Mod" => Operator::Mod,
        "Pow" => Operator::Pow,
        "LShift" => Operator::LShift,
        "RShift" => Operator::RShift,
        "BitOr" => Operator::BitOr,
        "BitXor" => Operator::BitXor,
        "BitAnd" => Operator::BitAnd,
        "FloorDiv" => Operator::FloorDiv,
        _ => return Err(unfit("some sort of operator", value)),
    })
}

fn comparison(value: &Value) -> Built<CmpOp> {
    let Value::Node(class, _) = value else {
        return Err(unfit("some sort of cmpop", value));
    };
    Ok(match *class {
        "Eq" => CmpOp::Eq,
        "NotEq" => CmpOp::NotEq,
        "Lt" => CmpOp::Lt,
        "LtE" => CmpOp::LtE,
        "Gt" => CmpOp::Gt,
        "GtE" => CmpOp::GtE,
        "Is" => CmpOp::Is,
        "IsNot" => CmpOp::IsNot,
        "In" => CmpOp::In,
        "NotIn" => CmpOp::NotIn,
        _ => return Err(unfit("some sort of cmpop", value)),
    })
}
