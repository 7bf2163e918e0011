//! What CPython does to a tree before it compiles it (`Python/ast_preprocess.c`), as
//! `python -m ast -O` and `PyCF_OPTIMIZED_AST` show it: `__debug__`, `'...' % (...)` and
//! the numbers of patterns folded, docstrings dropped.

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::value::{ConstantBox, Value};
use crate::literal::percent::{self, Part};
use crate::stack;
use crate::tree::Conversion;

/// How a tree is preprocessed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Optimize {
    /// Above 0 `__debug__` is false, from 2 on there are no docstrings.
    pub level: u8,
    /// Whether constants are folded; CPython drops docstrings even where they are not.
    pub folds: bool,
}

impl Optimize {
    /// What `ast.parse(optimize=...)` asks for; level 0 is the tree as it was written.
    pub fn of_level(level: i8) -> Self {
        Self {
            level: level.max(0) as u8,
            folds: level > 0,
        }
    }

    /// Preprocesses a tree, whose annotations are left alone if they stay text.
    pub fn apply(self, root: &mut Value, future_annotations: bool) {
        if !self.folds && self.level < 2 {
            return;
        }
        let future_annotations = future_annotations || has_future_annotations(root);
        let pass = Pass {
            optimize: self,
            future_annotations,
        };
        pass.visit(root);
    }
}

/// Whether the file says `from __future__ import annotations`.
fn has_future_annotations(root: &Value) -> bool {
    let Some(Value::List(body)) = root.field("body") else {
        return false;
    };
    body.iter().any(|stmt| {
        let names = match stmt.field("names") {
            Some(Value::List(names)) if stmt.is_a("ImportFrom") => names,
            _ => return false,
        };
        is_text(stmt.field("module"), "__future__")
            && names
                .iter()
                .any(|alias| is_text(alias.field("name"), "annotations"))
    })
}

fn is_text(value: Option<&Value>, text: &str) -> bool {
    matches!(value, Some(Value::Text(value)) if value == text)
}

struct Pass {
    optimize: Optimize,
    future_annotations: bool,
}

impl Pass {
    fn visit(&self, value: &mut Value) {
        stack::deeper(|| match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.visit(item)),
            Value::Node(class, fields) => {
                let class = *class;
                for (name, field) in fields {
                    self.field(class, name, field);
                }
                if self.optimize.folds {
                    self.fold(class, value);
                }
            }
            _ => {}
        });
    }

    fn field(&self, class: &str, name: &str, field: &mut Value) {
        match (class, name, field) {
            (
                "Module" | "FunctionDef" | "AsyncFunctionDef" | "ClassDef",
                "body",
                Value::List(body),
            ) => self.body(body),
            ("arg" | "AnnAssign", "annotation", _)
            | ("FunctionDef" | "AsyncFunctionDef", "returns", _)
                if self.future_annotations => {}
            ("MatchValue", "value", number) => self.fold_number(number),
            ("MatchMapping", "keys", Value::List(keys)) => {
                keys.iter_mut().for_each(|key| self.fold_number(key));
            }
            (_, _, field) => self.visit(field),
        }
    }

    /// The statements of what may begin with a docstring.
    fn body(&self, body: &mut Vec<Value>) {
        let drops = self.optimize.level >= 2 && body.first().is_some_and(is_docstring);
        if drops && body.len() > 1 {
            body.remove(0);
        } else if drops && let Some(first) = body.first_mut() {
            *first = pass_for(first);
        }
        body.iter_mut().for_each(|stmt| self.visit(stmt));
        // A string that has become the first statement does not become the docstring.
        if drops
            && let Some(first) = body.first_mut()
            && is_docstring(first)
        {
            let positions = first.positions();
            if let Some(value) = first.field_mut("value") {
                let text = std::mem::replace(value, Value::None);
                *value = joined(vec![text], positions);
            }
        }
    }

    fn fold(&self, class: &str, node: &mut Value) {
        let folded = match class {
            "Name" if is_text(node.field("id"), "__debug__") => {
                let is_read = node.field("ctx").is_some_and(|ctx| ctx.is_a("Load"));
                is_read.then(|| {
                    let value = match self.optimize.level {
                        0 => ConstantBox::True,
                        _ => ConstantBox::False,
                    };
                    constant(value, node.positions())
                })
            }
            "BinOp" => formatted(node),
            _ => None,
        };
        if let Some(folded) = folded {
            *node = folded;
        }
    }

    /// The sign and the parts of a number in a pattern.
    fn fold_number(&self, node: &mut Value) {
        if self.optimize.folds
            && let Some(number) = number(node)
        {
            *node = constant(number, node.positions());
        }
    }
}

fn is_docstring(stmt: &Value) -> bool {
    stmt.is_a("Expr")
        && matches!(
            stmt.field("value").and_then(constant_of),
            Some(ConstantBox::Str(_))
        )
}

fn constant_of(node: &Value) -> Option<&ConstantBox> {
    match node.field("value") {
        Some(Value::Constant(constant)) if node.is_a("Constant") => Some(constant),
        _ => None,
    }
}

fn constant(value: ConstantBox, positions: Vec<(&'static str, Value)>) -> Value {
    let mut fields = vec![("value", Value::Constant(value))];
    fields.extend(positions);
    Value::node("Constant", fields)
}

fn joined(values: Vec<Value>, positions: Vec<(&'static str, Value)>) -> Value {
    let mut fields = vec![("values", Value::List(values))];
    fields.extend(positions);
    Value::node("JoinedStr", fields)
}

/// The statement in place of a docstring that was the only one.
fn pass_for(docstring: &Value) -> Value {
    let mut positions = docstring.positions();
    if let [(_, line), (_, column), (_, end_line), (_, end_column)] = &mut positions[..] {
        *end_line = line.clone();
        if let (Value::Int(column), Value::Int(end)) = (column, end_column) {
            *end = *column + 4;
        }
    }
    Value::node("Pass", positions)
}

/// The f-string that `'...' % (...)` is.
fn formatted(node: &Value) -> Option<Value> {
    if !node.field("op")?.is_a("Mod") {
        return None;
    }
    let ConstantBox::Str(format) = constant_of(node.field("left")?)? else {
        return None;
    };
    let right = node.field("right")?;
    let Some(Value::List(items)) = right.field("elts").filter(|_| right.is_a("Tuple")) else {
        return None;
    };
    if items.iter().any(|item| item.is_a("Starred")) {
        return None;
    }
    let positions = node.positions();
    // What CPython makes up stands nowhere.
    let nowhere = positions.iter().map(|(name, _)| (*name, Value::Int(-1)));
    let nowhere: Vec<_> = nowhere.collect();
    let text = |text| constant(ConstantBox::Str(text), nowhere.clone());
    let parts = percent::parts(format.as_wtf8(), items.len())?;
    let mut items = items.iter();
    let values = parts.into_iter().map(|part| match part {
        Part::Text(literal) => Some(text(literal)),
        Part::Field { conversion, spec } => {
            let item = items.next()?;
            let conversion = match conversion {
                Conversion::Repr => b'r',
                Conversion::Ascii => b'a',
                _ => b's',
            };
            let mut fields = vec![
                ("value", item.clone()),
                ("conversion", Value::Int(conversion.into())),
            ];
            fields.extend(spec.map(|spec| ("format_spec", text(spec.into()))));
            fields.extend(item.positions());
            Some(Value::node("FormattedValue", fields))
        }
    });
    Some(joined(values.collect::<Option<_>>()?, positions))
}

/// The value of a signed or complex number; `None` also for what is one constant already.
fn number(node: &Value) -> Option<ConstantBox> {
    if node.is_a("UnaryOp") {
        let operand = constant_of(node.field("operand")?)?;
        return match node.field("op")? {
            op if op.is_a("USub") => negative(operand),
            _ => None,
        };
    }
    let op = node.field("op").filter(|_| node.is_a("BinOp"))?;
    let (left, right) = (node.field("left")?, node.field("right")?);
    let left = match constant_of(left) {
        Some(constant) => constant.clone(),
        None => number(left)?,
    };
    let ConstantBox::Complex(0, imag) = *constant_of(right)? else {
        return None;
    };
    let real = match left {
        ConstantBox::Int(value) => value.to_f64().filter(|value| value.is_finite())?,
        ConstantBox::Float(bits) => f64::from_bits(bits),
        _ => return None,
    };
    let imag = match op {
        op if op.is_a("Add") => f64::from_bits(imag),
        op if op.is_a("Sub") => -f64::from_bits(imag),
        _ => return None,
    };
    Some(ConstantBox::Complex(real.to_bits(), imag.to_bits()))
}

fn negative(value: &ConstantBox) -> Option<ConstantBox> {
    let minus = |bits: u64| (-f64::from_bits(bits)).to_bits();
    Some(match value {
        ConstantBox::Int(value) => ConstantBox::Int(-value),
        ConstantBox::Float(bits) => ConstantBox::Float(minus(*bits)),
        ConstantBox::Complex(real, imag) => ConstantBox::Complex(minus(*real), minus(*imag)),
        ConstantBox::True => ConstantBox::Int(BigInt::from(-1)),
        ConstantBox::False => ConstantBox::Int(BigInt::ZERO),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Optimize;
    use crate::ast_dump::{Options, value};
    use crate::module::parse_module;

    #[track_caller]
    fn check(text: &str, level: i8, expected: &str) {
        let options = Options {
            indent: None,
            optimize: Optimize::of_level(level),
            ..Options::default()
        };
        let dumped = value(&parse_module(text), options).dump(None, false);
        assert_eq!(
            dumped.as_deref(),
            Ok(&*format!("Module(body=[{expected}])"))
        );
    }

    #[test]
    fn what_is_folded() {
        for (text, level, expected) in [
            (
                "__debug__",
                0,
                "Expr(value=Name(id='__debug__', ctx=Load()))",
            ),
            ("__debug__", 1, "Expr(value=Constant(value=False))"),
            (
                "'%s%%' % (a,)",
                1,
                "Expr(value=JoinedStr(values=[FormattedValue(value=Name(id='a', ctx=Load()), \
                 conversion=115), Constant(value='%')]))",
            ),
            ("'doc'", 1, "Expr(value=Constant(value='doc'))"),
            ("'doc'", 2, "Pass()"),
            (
                "'doc'\n'text'",
                2,
                "Expr(value=JoinedStr(values=[Constant(value='text')]))",
            ),
            (
                "match a:\n case -1 - 2j: pass",
                1,
                "Match(subject=Name(id='a', ctx=Load()), cases=[match_case(pattern=\
                 MatchValue(value=Constant(value=(-1-2j))), body=[Pass()])])",
            ),
        ] {
            check(text, level, expected);
        }
        let text = "from __future__ import annotations\na: __debug__";
        let expected = "ImportFrom(module='__future__', names=[alias(name='annotations')], \
                        level=0), AnnAssign(target=Name(id='a', ctx=Store()), \
                        annotation=Name(id='__debug__', ctx=Load()), simple=1)";
        check(text, 2, expected);
    }
}
