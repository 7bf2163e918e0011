//! The compiler's syntax warnings: `is` with a literal, calls of what cannot be
//! called, an assertion on a tuple, and the like.

use std::borrow::Cow;

use vitrine_syntax::tree::{CmpOp, Constant, Expr, ExprId, Operator};

use super::{Codegen, SyntaxWarning};
use crate::instruction::Location;

impl Codegen<'_> {
    pub(super) fn warn(&mut self, location: Location, message: impl Into<Cow<'static, str>>) {
        // The second copy of a `finally` has been warned of already.
        if self.disable_warnings == 0 {
            self.warnings.push(SyntaxWarning {
                message: message.into(),
                location,
                is_deprecation: false,
            });
        }
    }

    pub(super) fn check_assert(&mut self, loc: Location, test: ExprId) {
        if let Expr::Tuple { elts, .. } = self.tree[test]
            && !elts.is_empty()
        {
            self.warn(loc, "assertion is always true, perhaps remove parentheses?");
        }
    }

    /// Warns of the first `is` or `is not` with a literal.
    pub(super) fn check_compare(&mut self, id: ExprId) {
        let Expr::Compare {
            left,
            ops,
            comparators,
        } = self.tree[id]
        else {
            return;
        };
        let mut left = left;
        for (op, right) in self.tree.cmp_ops(ops).zip(self.tree.list(comparators)) {
            if let CmpOp::Is | CmpOp::IsNot = op {
                let literal = [left, right]
                    .into_iter()
                    .find(|&side| self.is_plain_literal(side));
                if let Some(type_name) = literal.and_then(|literal| self.infer_type(literal)) {
                    let message = match op {
                        CmpOp::Is => {
                            format!("\"is\" with '{type_name}' literal. Did you mean \"==\"?")
                        }
                        _ => format!("\"is not\" with '{type_name}' literal. Did you mean \"!=\"?"),
                    };
                    self.warn(self.loc(id), message);
                    return;
                }
            }
            left = right;
        }
    }

    /// A literal that is no singleton, so that identity means nothing.
    fn is_plain_literal(&self, id: ExprId) -> bool {
        if let Expr::Tuple { elts, .. } = self.tree[id] {
            return self.tree.list(elts).all(|elt| self.constant(elt).is_some());
        }
        match self.constant(id) {
            Some(Constant::None | Constant::True | Constant::False | Constant::Ellipsis) | None => {
                false
            }
            Some(_) => true,
        }
    }

    /// The type an expression certainly has.
    fn infer_type(&self, id: ExprId) -> Option<&'static str> {
        if let Some(constant) = self.constant(id) {
            return Some(match constant {
                Constant::None => "NoneType",
                Constant::True | Constant::False => "bool",
                Constant::Ellipsis => "ellipsis",
                Constant::Int(_) | Constant::BigInt(_) => "int",
                Constant::Float(_) => "float",
                Constant::Complex(_) => "complex",
                Constant::Str(_) => "str",
                Constant::Bytes(_) => "bytes",
            });
        }
        match self.tree[id] {
            Expr::Tuple { .. } => Some("tuple"),
            Expr::List { .. } | Expr::ListComp { .. } => Some("list"),
            Expr::Dict { .. } | Expr::DictComp { .. } => Some("dict"),
            Expr::Set { .. } | Expr::SetComp { .. } => Some("set"),
            Expr::GeneratorExp { .. } => Some("generator"),
            Expr::Lambda { .. } => Some("function"),
            Expr::TemplateStr { .. } | Expr::Interpolation { .. } => {
                Some("string.templatelib.Template")
            }
            Expr::JoinedStr { .. } | Expr::FormattedValue { .. } => Some("str"),
            Expr::BinOp {
                op: Operator::Mod, ..
            } if self.format_parts(id).is_some() => Some("str"),
            _ => None,
        }
    }

    pub(super) fn check_caller(&mut self, func: ExprId) {
        if matches!(self.tree[func], Expr::Lambda { .. }) {
            return;
        }
        if let Some(type_name) = self.infer_type(func) {
            let message =
                format!("'{type_name}' object is not callable; perhaps you missed a comma?");
            self.warn(self.loc(func), message);
        }
    }

    pub(super) fn check_subscripter(&mut self, value: ExprId) {
        let subscriptable = match self.constant(value) {
            Some(constant) => matches!(constant, Constant::Str(_) | Constant::Bytes(_)),
            None => !matches!(
                self.tree[value],
                Expr::Set { .. }
                    | Expr::SetComp { .. }
                    | Expr::GeneratorExp { .. }
                    | Expr::TemplateStr { .. }
                    | Expr::Interpolation { .. }
                    | Expr::Lambda { .. }
            ),
        };
        if subscriptable {
            return;
        }
        if let Some(type_name) = self.infer_type(value) {
            let message =
                format!("'{type_name}' object is not subscriptable; perhaps you missed a comma?");
            self.warn(self.loc(value), message);
        }
    }

    pub(super) fn check_index(&mut self, value: ExprId, index: ExprId) {
        let Some(index_type) = self.infer_type(index) else {
            return;
        };
        if matches!(index_type, "int" | "bool") {
            return;
        }
        let indexed = match self.constant(value) {
            Some(constant) => matches!(constant, Constant::Str(_) | Constant::Bytes(_)),
            None => matches!(self.infer_type(value), Some("tuple" | "list" | "str")),
        };
        if !indexed {
            return;
        }
        if let Some(type_name) = self.infer_type(value) {
            let message = format!(
                "{type_name} indices must be integers or slices, not {index_type}; perhaps you missed a comma?"
            );
            self.warn(self.loc(value), message);
        }
    }
}
