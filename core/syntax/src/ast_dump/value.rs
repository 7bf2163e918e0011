//! A tree as plain data, and its layout as `ast.dump` text or JSON.

use std::fmt::Write as _;

use num_bigint::BigInt;

use super::{Options, TooDeep};
use crate::repr;
use crate::tree::Constant;
use crate::version::Version;
use crate::wtf8::Wtf8Box;

/// A node, a list of nodes, or a value in a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// An absent item or the `None` of a field that cannot be left out.
    None,
    /// A class with its fields, attributes last; absent optional fields are left out.
    Node(&'static str, Vec<(&'static str, Self)>),
    /// A list.
    List(Vec<Self>),
    /// A number in a field or attribute.
    Int(i64),
    /// A name in a field.
    Text(String),
    /// The value of a literal.
    Constant(ConstantBox),
}

/// The value of a `Constant`, apart from any tree. Signs, real parts and tuples come of
/// folding, and from nodes that a program made.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are those of `Constant`")]
pub enum ConstantBox {
    None,
    True,
    False,
    Ellipsis,
    Int(BigInt),
    Float(u64),
    /// The bits of the real and the imaginary part.
    Complex(u64, u64),
    Str(Wtf8Box),
    Bytes(Box<[u8]>),
    Tuple(Vec<Self>),
}

impl From<Constant<'_>> for ConstantBox {
    fn from(constant: Constant<'_>) -> Self {
        match constant {
            Constant::None => Self::None,
            Constant::True => Self::True,
            Constant::False => Self::False,
            Constant::Ellipsis => Self::Ellipsis,
            Constant::Int(value) => Self::Int(value.into()),
            Constant::BigInt(value) => Self::Int(value.clone().into()),
            Constant::Float(bits) => Self::Float(bits),
            Constant::Complex(bits) => Self::Complex(0, bits),
            Constant::Str(text) => Self::Str(text.to_box()),
            Constant::Bytes(bytes) => Self::Bytes(bytes.into()),
        }
    }
}

impl ConstantBox {
    fn repr(&self, out: &mut String) {
        match self {
            Self::None => repr::constant(out, Constant::None),
            Self::True => repr::constant(out, Constant::True),
            Self::False => repr::constant(out, Constant::False),
            Self::Ellipsis => repr::constant(out, Constant::Ellipsis),
            Self::Int(value) => write!(out, "{value}").expect("writing to a String"),
            Self::Float(bits) => repr::constant(out, Constant::Float(*bits)),
            Self::Complex(real, imag) => {
                repr::complex(out, f64::from_bits(*real), f64::from_bits(*imag));
            }
            Self::Str(text) => repr::str(out, text),
            Self::Bytes(bytes) => repr::bytes(out, bytes),
            Self::Tuple(items) => {
                out.push('(');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { ", " } else { "" });
                    item.repr(out);
                }
                out.push_str(if items.len() == 1 { ",)" } else { ")" });
            }
        }
    }
}

/// The attributes of nodes.
const POSITIONS: [&str; 4] = ["lineno", "col_offset", "end_lineno", "end_col_offset"];

/// How many frames CPython's recursion limit of 1,000 leaves to `ast.dump` when it
/// is called by `python -m ast`: one a node, two a list.
const FRAMES: u32 = 995;

impl Value {
    pub(super) fn node(class: &'static str, fields: Vec<(&'static str, Self)>) -> Self {
        Self::Node(class, fields)
    }

    pub(super) fn is_a(&self, wanted: &str) -> bool {
        matches!(self, Self::Node(class, _) if *class == wanted)
    }

    pub(super) fn field(&self, wanted: &str) -> Option<&Self> {
        match self {
            Self::Node(_, fields) => fields
                .iter()
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    pub(super) fn field_mut(&mut self, wanted: &str) -> Option<&mut Self> {
        match self {
            Self::Node(_, fields) => fields
                .iter_mut()
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The attributes of a node that say where it stands, if it has any.
    pub(super) fn positions(&self) -> Vec<(&'static str, Self)> {
        match self {
            Self::Node(_, fields) => fields
                .iter()
                .filter(|(name, _)| POSITIONS.contains(name))
                .cloned()
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The expression of an expression statement.
    pub(super) fn into_expression(self) -> Option<Self> {
        match self {
            Self::Node("Expr", fields) => fields
                .into_iter()
                .find(|(name, _)| *name == "value")
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// As `ast.dump` lays it out.
    ///
    /// # Errors
    /// Where CPython's recursion limit is reached.
    pub fn dump(&self, indent: Option<usize>, show_empty: bool) -> Result<String, TooDeep> {
        self.dump_as(Options {
            indent,
            show_empty,
            ..Options::default()
        })
    }

    /// As the `ast.dump` of a version lays it out.
    ///
    /// # Errors
    /// As `dump`.
    pub fn dump_as(&self, options: Options) -> Result<String, TooDeep> {
        self.check_depth()?;
        let mut writer = Writer {
            out: String::new(),
            indent: options.indent,
            show_empty: options.show_empty,
            shows_load: options.version < Version::V3_15,
        };
        writer.value(self, 0);
        Ok(writer.out)
    }

    /// As JSON.
    ///
    /// # Errors
    /// As `dump`.
    pub fn json(&self) -> Result<String, TooDeep> {
        self.check_depth()?;
        let mut out = String::new();
        self.write_json(&mut out);
        Ok(out)
    }

    fn check_depth(&self) -> Result<(), TooDeep> {
        if self.fits(FRAMES) {
            Ok(())
        } else {
            Err(TooDeep)
        }
    }

    /// Whether `ast.dump` needs no more than so many frames for it.
    fn fits(&self, frames: u32) -> bool {
        match self {
            Self::Node(_, fields) => {
                frames >= 1 && fields.iter().all(|(_, field)| field.fits(frames - 1))
            }
            Self::List(items) if !items.is_empty() => {
                frames >= 2 && items.iter().all(|item| item.fits(frames - 2))
            }
            _ => frames >= 1,
        }
    }

    fn write_json(&self, out: &mut String) {
        match self {
            Self::None => out.push_str("null"),
            Self::Int(number) => write!(out, "{number}").expect("writing to a String"),
            Self::Text(text) => json_string(out, &Wtf8Box::from(text.as_str())),
            Self::Constant(constant) => json_constant(out, constant),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write_json(out);
                }
                out.push(']');
            }
            Self::Node(class, fields) => {
                write!(out, "{{\"_type\":\"{class}\"").expect("writing to a String");
                for (name, value) in fields {
                    write!(out, ",\"{name}\":").expect("writing to a String");
                    value.write_json(out);
                }
                out.push('}');
            }
        }
    }
}

/// The layout of `ast.dump`.
struct Writer {
    out: String,
    indent: Option<usize>,
    show_empty: bool,
    /// Whether it says of what is read that it is.
    shows_load: bool,
}

impl Writer {
    /// Whether `ast.dump` would print what a field has, which may be what it mostly has.
    fn shown(&self, value: &Value) -> bool {
        self.show_empty
            || match value {
                Value::List(items) => !items.is_empty(),
                Value::Node("Load", _) => self.shows_load,
                _ => true,
            }
    }

    /// What may share a line with its siblings.
    fn is_simple(&self, value: &Value) -> bool {
        match value {
            Value::Node(_, fields) => !fields.iter().any(|(_, field)| self.shown(field)),
            Value::List(items) => items.is_empty(),
            _ => true,
        }
    }

    fn separator(&mut self, level: usize, comma: bool) {
        match (self.indent, comma) {
            (Some(indent), _) => {
                if comma {
                    self.out.push(',');
                }
                self.out.push('\n');
                self.out.extend(std::iter::repeat_n(' ', indent * level));
            }
            (None, true) => self.out.push_str(", "),
            (None, false) => {}
        }
    }

    fn value(&mut self, value: &Value, level: usize) {
        match value {
            Value::None => self.out.push_str("None"),
            Value::Int(number) => write!(self.out, "{number}").expect("writing to a String"),
            Value::Text(text) => repr::str(&mut self.out, &Wtf8Box::from(text.as_str())),
            Value::Constant(constant) => constant.repr(&mut self.out),
            Value::List(items) if items.is_empty() => self.out.push_str("[]"),
            Value::List(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.separator(level + 1, index > 0);
                    self.value(item, level + 1);
                }
                self.out.push(']');
            }
            Value::Node(class, fields) => {
                self.out.push_str(class);
                self.out.push('(');
                let shown = fields.iter().filter(|(_, field)| self.shown(field));
                let on_one_line =
                    shown.clone().all(|(_, field)| self.is_simple(field)) && shown.count() <= 3;
                let mut first = true;
                for (name, field) in fields {
                    if !self.shown(field) {
                        continue;
                    }
                    if !on_one_line {
                        self.separator(level + 1, !first);
                    } else if !first {
                        self.out.push_str(", ");
                    }
                    first = false;
                    self.out.push_str(name);
                    self.out.push('=');
                    self.value(field, level + 1);
                }
                self.out.push(')');
            }
        }
    }
}

/// A literal as JSON: what JSON has no word for is an object that names its type.
fn json_constant(out: &mut String, constant: &ConstantBox) {
    let mut text = String::new();
    constant.repr(&mut text);
    match constant {
        ConstantBox::None => out.push_str("null"),
        ConstantBox::True => out.push_str("true"),
        ConstantBox::False => out.push_str("false"),
        ConstantBox::Str(value) => json_string(out, value),
        // Beyond 15 digits JSON readers may round.
        ConstantBox::Int(_) if text.len() <= 15 => out.push_str(&text),
        ConstantBox::Float(bits) if f64::from_bits(*bits).is_finite() => out.push_str(&text),
        _ => {
            let class = match constant {
                ConstantBox::Int(_) => "int",
                ConstantBox::Float(_) => "float",
                ConstantBox::Complex(..) => "complex",
                ConstantBox::Tuple(_) => "tuple",
                ConstantBox::Bytes(_) => "bytes",
                _ => "ellipsis",
            };
            write!(out, "{{\"_type\":\"{class}\",\"repr\":").expect("writing to a String");
            json_string(out, &Wtf8Box::from(text));
            out.push('}');
        }
    }
}

fn json_string(out: &mut String, text: &Wtf8Box) {
    out.push('"');
    for code_point in text.code_points() {
        match char::from_u32(code_point) {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some(c) if c >= ' ' => out.push(c),
            _ => write!(out, "\\u{code_point:04x}").expect("writing to a String"),
        }
    }
    out.push('"');
}
