//! What CPython folds on the tree before it makes symbol tables
//! (`Python/ast_preprocess.c`): `__debug__`, `'...' % (...)`, and numbers in
//! patterns. The tree is left as it is; the code generator asks here.

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use vitrine_syntax::literal::percent::{self, Part};
use vitrine_syntax::tree::{
    Constant, Conversion, Expr, ExprContext, ExprId, List, NameId, Operator, UnaryOp,
};
use vitrine_syntax::wtf8::{Wtf8, Wtf8Box};

use super::Codegen;
use super::constants::literal;
use crate::code::Const;
use crate::instruction::Location;
use crate::opcode::Opcode;

/// A part of a formatted string that was written with `%`.
pub(super) enum FormatPart {
    Text(Wtf8Box),
    Value {
        value: ExprId,
        conversion: Conversion,
        spec: Option<String>,
    },
}

impl<'a> Codegen<'a> {
    /// The value of a `Constant`, among which CPython counts `__debug__`.
    pub(super) fn constant(&self, id: ExprId) -> Option<Constant<'a>> {
        match self.tree[id] {
            Expr::Constant { value, .. } => Some(self.tree.constant(value)),
            Expr::Name { id, ctx } => self.debug_value(id, ctx),
            _ => None,
        }
    }

    /// The value of a name that is `__debug__`.
    #[inline]
    pub(super) fn debug_value(&self, name: NameId, ctx: ExprContext) -> Option<Constant<'a>> {
        let is_debug = self.known.debug == Some(name) && ctx == ExprContext::Load;
        is_debug.then_some(match self.options.optimize {
            0 => Constant::True,
            _ => Constant::False,
        })
    }

    pub(super) fn load_literal(&mut self, loc: Location, constant: Constant<'_>) {
        let arg = self.unit.consts.add_literal(constant);
        self.op_i(loc, Opcode::LOAD_CONST, arg);
    }

    /// The parts that `'literal' % (items)` is made of, if it can be told.
    pub(super) fn format_parts(&self, id: ExprId) -> Option<Vec<FormatPart>> {
        let Expr::BinOp {
            left,
            op: Operator::Mod,
            right,
        } = self.tree[id]
        else {
            return None;
        };
        let Expr::Tuple { elts, .. } = self.tree[right] else {
            return None;
        };
        let Expr::Constant { value, .. } = self.tree[left] else {
            return None;
        };
        match self.tree.constant(value) {
            Constant::Str(format) => self.parts(format, elts),
            _ => None,
        }
    }

    /// The same for a target that folds the text on the left, and tuples of constants.
    pub(super) fn parts_of_format(&self, text: &Const, id: ExprId) -> Option<Vec<FormatPart>> {
        let Expr::BinOp {
            op: Operator::Mod,
            right,
            ..
        } = self.tree[id]
        else {
            return None;
        };
        match (text, self.tree[right]) {
            (Const::Str(text), Expr::Tuple { elts, .. }) if self.folded(right).is_none() => {
                self.parts(text.as_wtf8(), elts)
            }
            _ => None,
        }
    }

    fn parts(&self, format: Wtf8<'_>, elts: List<Expr>) -> Option<Vec<FormatPart>> {
        if self.has_starred(elts) {
            return None;
        }
        let mut items = self.tree.list(elts);
        let parts = percent::parts(format, items.len())?.into_iter();
        let parts = parts.map(|part| {
            Some(match part {
                Part::Text(text) => FormatPart::Text(text),
                Part::Field { conversion, spec } => FormatPart::Value {
                    value: items.next()?,
                    conversion,
                    spec,
                },
            })
        });
        parts.collect()
    }

    /// The number a pattern or mapping key stands for: `-1`, `1 + 2j`.
    pub(super) fn pattern_constant(&self, id: ExprId) -> Option<Const> {
        if let Some(value) = self.folded(id) {
            return Some(value);
        }
        match self.tree[id] {
            Expr::Constant { value, .. } => Some(literal(self.tree.constant(value))),
            // Of 3.15.
            Expr::UnaryOp {
                op: UnaryOp::UAdd,
                operand,
            } => Some(literal(self.constant(operand)?)),
            Expr::UnaryOp {
                op: UnaryOp::USub,
                operand,
            } => match literal(self.constant(operand)?) {
                Const::Int(value) => Some(Const::Int(-value)),
                Const::Float(value) => Some(Const::Float(-value)),
                Const::Complex(real, imag) => Some(Const::Complex(-real, -imag)),
                Const::Bool(value) => Some(Const::Int(-BigInt::from(u8::from(value)))),
                _ => None,
            },
            Expr::BinOp {
                left,
                op: op @ (Operator::Add | Operator::Sub),
                right,
            } => {
                let Expr::Constant { value, .. } = self.tree[right] else {
                    return None;
                };
                // The grammar allows a complex number only, and its sign on the left alone.
                let left = match self.tree[left] {
                    Expr::BinOp { .. } => return None,
                    _ => self.pattern_constant(left)?,
                };
                add_complex(
                    &left,
                    &literal(self.tree.constant(value)),
                    op == Operator::Sub,
                )
            }
            _ => None,
        }
    }
}

/// A real number plus or minus an imaginary one, as CPython's mixed arithmetic does it.
fn add_complex(left: &Const, right: &Const, subtract: bool) -> Option<Const> {
    let left = match left {
        Const::Int(value) => value.to_f64().filter(|value| value.is_finite())?,
        Const::Float(value) => *value,
        _ => return None,
    };
    let Const::Complex(_, imag) = *right else {
        return None;
    };
    Some(Const::Complex(left, if subtract { -imag } else { imag }))
}
