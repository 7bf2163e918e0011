//! Assignment targets: expressions read first, then turned from being read to
//! being bound or deleted.

use super::expr::begins_expression;
use super::{Failed, Parsed, Parser};
use crate::token::TokenKind::{Comma, Star};
use crate::tree::{Expr, ExprContext, ExprId};

impl Parser<'_> {
    /// The targets of `for`: one, or a tuple.
    pub(super) fn star_targets(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let first = self.star_target()?;
        if !self.at(Comma) {
            return Ok(first);
        }
        let mark = self.mark();
        self.push(first);
        while self.eat(Comma) {
            if !(begins_expression(self.kind) || self.at(Star)) {
                break;
            }
            let next = self.star_target()?;
            self.push(next);
        }
        let elts = self.finish(mark);
        Ok(self.add(
            Expr::Tuple {
                elts,
                ctx: ExprContext::Store,
            },
            start,
        ))
    }

    /// One target, perhaps starred.
    pub(super) fn star_target(&mut self) -> Parsed<ExprId> {
        let target = if self.at(Star) {
            self.starred_bitwise_or()?
        } else {
            self.bitwise_or()?
        };
        self.bind(target, ExprContext::Store)?;
        Ok(target)
    }

    /// One target of `del`.
    pub(super) fn del_target(&mut self) -> Parsed<ExprId> {
        let target = self.bitwise_or()?;
        self.bind(target, ExprContext::Del)?;
        Ok(target)
    }

    /// Turns an expression that was read into a target, or fails if it cannot be one.
    pub(super) fn bind(&mut self, target: ExprId, to: ExprContext) -> Parsed<()> {
        self.deeper(|p| {
            let elts = match p.tree.node_mut(target) {
                Expr::Name { ctx, .. }
                | Expr::Attribute { ctx, .. }
                | Expr::Subscript { ctx, .. } => {
                    *ctx = to;
                    return Ok(());
                }
                Expr::Starred { value, ctx } if to == ExprContext::Store => {
                    *ctx = to;
                    let value = *value;
                    return p.bind(value, to);
                }
                Expr::List { elts, ctx } | Expr::Tuple { elts, ctx } => {
                    *ctx = to;
                    *elts
                }
                _ => return Err(Failed),
            };
            for index in 0..p.tree.len(elts) {
                let elt = p.tree.item(elts, index);
                p.bind(elt, to)?;
            }
            Ok(())
        })
    }

    /// Whether an expression may be the one target of an annotation or of `op=`.
    pub(super) fn is_single_target(&self, target: ExprId) -> bool {
        matches!(
            self.tree[target],
            Expr::Name { .. } | Expr::Attribute { .. } | Expr::Subscript { .. }
        )
    }
}
