//! Expressions from `yield` down to the power operator.

use super::{Failed, Parsed, Parser};
use crate::token::TokenKind::{self, *};
use crate::tree::{
    BoolOp, CmpOp, Comprehension, Expr, ExprContext, ExprId, List, Operator, Tree, UnaryOp,
};

/// How tightly operators bind; 0 is no operator.
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
const BIT_OR: u8 = 5;
const BIT_XOR: u8 = 6;
const BIT_AND: u8 = 7;
const SHIFT: u8 = 8;
const SUM: u8 = 9;
const TERM: u8 = 10;

/// How tightly a token binds when it stands behind an operand.
#[inline]
fn infix_power(kind: TokenKind) -> u8 {
    match kind {
        Or => OR,
        And => AND,
        EqEqual | NotEqual | Less | Greater | LessEqual | GreaterEqual | In | Is | Not => COMPARE,
        VBar => BIT_OR,
        CircumFlex => BIT_XOR,
        Amper => BIT_AND,
        LeftShift | RightShift => SHIFT,
        Plus | Minus => SUM,
        Star | Slash | DoubleSlash | Percent | At => TERM,
        _ => 0,
    }
}

/// The operator that an infix token, or the `=` form of one, stands for.
pub(super) fn operator(kind: TokenKind) -> Option<Operator> {
    Some(match kind {
        VBar | VBarEqual => Operator::BitOr,
        CircumFlex | CircumFlexEqual => Operator::BitXor,
        Amper | AmperEqual => Operator::BitAnd,
        LeftShift | LeftShiftEqual => Operator::LShift,
        RightShift | RightShiftEqual => Operator::RShift,
        Plus | PlusEqual => Operator::Add,
        Minus | MinEqual => Operator::Sub,
        Star | StarEqual => Operator::Mult,
        Slash | SlashEqual => Operator::Div,
        DoubleSlash | DoubleSlashEqual => Operator::FloorDiv,
        Percent | PercentEqual => Operator::Mod,
        At | AtEqual => Operator::MatMult,
        DoubleStar | DoubleStarEqual => Operator::Pow,
        _ => return Option::None,
    })
}

/// Whether a token is an atom by itself.
#[inline]
fn is_whole_atom(kind: TokenKind) -> bool {
    matches!(
        kind,
        Name | Number | String | Ellipsis | False | None | True
    )
}

/// Whether a token ends any expression it stands behind; others may as well.
#[inline]
fn ends_expression(kind: TokenKind) -> bool {
    matches!(
        kind,
        Comma | RPar | RSqb | RBrace | Colon | Equal | Newline | Semi | EndMarker
    )
}

/// Whether an expression can begin with a token.
pub(super) fn begins_expression(kind: TokenKind) -> bool {
    matches!(
        kind,
        Name | Number
            | String
            | FStringStart
            | TStringStart
            | LPar
            | LSqb
            | LBrace
            | Ellipsis
            | Plus
            | Minus
            | Tilde
            | False
            | None
            | True
            | Await
            | Lambda
            | Not
    )
}

impl Parser<'_> {
    /// `yield`, `yield value`, `yield from value`.
    pub(super) fn yield_expr(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        self.expect(Yield)?;
        if self.eat(From) {
            let value = self.expression()?;
            return Ok(self.add(Expr::YieldFrom { value }, start));
        }
        let value = if begins_expression(self.kind) || self.at(Star) {
            Some(self.star_expressions()?)
        } else {
            Option::None
        };
        Ok(self.add(Expr::Yield { value }, start))
    }

    /// All tokens as one expression of whatever kind, for a closer look at what
    /// is wrong with it.
    pub(super) fn any_expression(mut self) -> Option<(Tree, ExprId)> {
        let result = if self.at(Name) && self.peek(1) == ColonEqual {
            self.named_expression()
        } else {
            self.annotated_rhs()
        };
        let id = result.ok()?;
        self.at(EndMarker).then_some((self.tree, id))
    }

    /// The expression that the tokens begin with, and how many tokens it has.
    pub(crate) fn leading_expression(mut self) -> Option<(Tree, ExprId, usize)> {
        let id = self.expression().ok()?;
        Some((self.tree, id, self.pos))
    }

    /// Where the last expression of a comprehension's clauses ends.
    pub(super) fn end_of_clauses(mut self) -> Option<u32> {
        let clauses = self.for_if_clauses().ok()?;
        let Comprehension { iter, ifs, .. } = self.tree[self.tree.list(clauses).next_back()?];
        let last = self.tree.list(ifs).next_back().unwrap_or(iter);
        Some(self.tree.range(last).end)
    }

    /// What may stand to the right of `=`.
    pub(super) fn annotated_rhs(&mut self) -> Parsed<ExprId> {
        if self.at(Yield) {
            self.yield_expr()
        } else {
            self.star_expressions()
        }
    }

    /// One or more starred or plain expressions, a tuple if there is a comma.
    pub(super) fn star_expressions(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let first = self.star_expression()?;
        if !self.at(Comma) {
            return Ok(first);
        }
        let mark = self.mark();
        self.push(first);
        while self.eat(Comma) {
            if !(begins_expression(self.kind) || self.at(Star)) {
                break;
            }
            let next = self.star_expression()?;
            self.push(next);
        }
        Ok(self.tuple(mark, start))
    }

    pub(super) fn star_expression(&mut self) -> Parsed<ExprId> {
        if self.at(Star) {
            self.starred_bitwise_or()
        } else {
            self.expression()
        }
    }

    /// One or more plain expressions, a tuple if there is a comma.
    pub(super) fn expressions(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let first = self.expression()?;
        if !self.at(Comma) {
            return Ok(first);
        }
        let mark = self.mark();
        self.push(first);
        while self.eat(Comma) {
            if !begins_expression(self.kind) {
                break;
            }
            let next = self.expression()?;
            self.push(next);
        }
        Ok(self.tuple(mark, start))
    }

    /// `*value` where the value is no comparison, test or lambda.
    pub(super) fn starred_bitwise_or(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        self.expect(Star)?;
        let value = self.bitwise_or()?;
        Ok(self.add(
            Expr::Starred {
                value,
                ctx: ExprContext::Load,
            },
            start,
        ))
    }

    /// `*value` with any expression, as in a call or subscript.
    pub(super) fn starred_expression(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        self.expect(Star)?;
        let value = self.expression()?;
        Ok(self.add(
            Expr::Starred {
                value,
                ctx: ExprContext::Load,
            },
            start,
        ))
    }

    pub(super) fn star_named_expression(&mut self) -> Parsed<ExprId> {
        if self.at(Star) {
            self.starred_bitwise_or()
        } else {
            self.named_expression()
        }
    }

    /// An expression or `name := value`.
    pub(super) fn named_expression(&mut self) -> Parsed<ExprId> {
        if self.at(Name) && self.peek(1) == ColonEqual {
            let start = self.start();
            let id = self.name()?;
            let target = self.add(
                Expr::Name {
                    id,
                    ctx: ExprContext::Store,
                },
                start,
            );
            self.bump();
            let value = self.expression()?;
            return Ok(self.add(Expr::NamedExpr { target, value }, start));
        }
        let value = self.expression()?;
        if self.at(ColonEqual) {
            Err(Failed)
        } else {
            Ok(value)
        }
    }

    /// A test, a lambda, or anything that binds more tightly.
    pub(super) fn expression(&mut self) -> Parsed<ExprId> {
        // Most expressions are one token.
        if is_whole_atom(self.kind) && ends_expression(self.peek(1)) {
            return self.atom();
        }
        self.deeper(|p| {
            if p.at(Lambda) {
                return p.lambda();
            }
            let start = p.start();
            let body = p.operators(OR)?;
            if !p.eat(If) {
                return Ok(body);
            }
            let test = p.operators(OR)?;
            p.expect(Else)?;
            let orelse = p.expression()?;
            Ok(p.add(Expr::IfExp { test, body, orelse }, start))
        })
    }

    pub(super) fn disjunction(&mut self) -> Parsed<ExprId> {
        self.operators(OR)
    }

    pub(super) fn bitwise_or(&mut self) -> Parsed<ExprId> {
        self.operators(BIT_OR)
    }

    /// Operators that bind at least as tightly as `min`, by precedence climbing.
    /// Chains are read in a loop, however long.
    fn operators(&mut self, min: u8) -> Parsed<ExprId> {
        let start = self.start();
        let mut left = if self.at(Not) {
            if min > NOT {
                return Err(Failed);
            }
            self.not()?
        } else if matches!(self.kind, Plus | Minus | Tilde | Await) {
            self.factor()?
        } else {
            let base = self.primary()?;
            self.power_of(base, start)?
        };
        loop {
            let power = infix_power(self.kind);
            if power < min || power == 0 {
                return Ok(left);
            }
            if self.at(NotEqual) && !self.at_not_equal() {
                return Err(Failed);
            }
            left = match power {
                OR => self.bool_op(left, start, BoolOp::Or)?,
                AND => self.bool_op(left, start, BoolOp::And)?,
                COMPARE => {
                    if self.at(Not) && self.peek(1) != In {
                        return Ok(left);
                    }
                    self.compare(left, start)?
                }
                _ => {
                    let op = operator(self.kind).ok_or(Failed)?;
                    self.bump();
                    let right = if power == TERM {
                        self.factor()?
                    } else {
                        self.operators(power + 1)?
                    };
                    self.add(Expr::BinOp { left, op, right }, start)
                }
            };
        }
    }

    fn not(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        self.bump();
        let operand = if self.at(Not) {
            self.deeper(Self::not)?
        } else {
            self.operators(COMPARE)?
        };
        Ok(self.add(
            Expr::UnaryOp {
                op: UnaryOp::Not,
                operand,
            },
            start,
        ))
    }

    /// The rest of `first or second or ...`.
    fn bool_op(&mut self, first: ExprId, start: u32, op: BoolOp) -> Parsed<ExprId> {
        let (token, power) = match op {
            BoolOp::Or => (Or, OR),
            BoolOp::And => (And, AND),
        };
        let mark = self.mark();
        self.push(first);
        while self.eat(token) {
            let value = self.operators(power + 1)?;
            self.push(value);
        }
        let values = self.finish(mark);
        Ok(self.add(Expr::BoolOp { op, values }, start))
    }

    /// The rest of `left op comparator op comparator ...`.
    fn compare(&mut self, left: ExprId, start: u32) -> Parsed<ExprId> {
        let mark = self.mark();
        let ops_mark = self.second.len();
        while let Some(op) = self.comparison_operator() {
            self.second.push(op as u32);
            let comparator = self.operators(BIT_OR)?;
            self.push(comparator);
        }
        let comparators = self.finish(mark);
        let ops = self.tree.add_raw_cmp_ops(&self.second[ops_mark..]);
        self.second.truncate(ops_mark);
        Ok(self.add(
            Expr::Compare {
                left,
                ops,
                comparators,
            },
            start,
        ))
    }

    /// Consumes a comparison operator, if there is one.
    fn comparison_operator(&mut self) -> Option<CmpOp> {
        let op = match self.kind {
            EqEqual => CmpOp::Eq,
            NotEqual if self.at_not_equal() => CmpOp::NotEq,
            Less => CmpOp::Lt,
            Greater => CmpOp::Gt,
            LessEqual => CmpOp::LtE,
            GreaterEqual => CmpOp::GtE,
            In => CmpOp::In,
            Is if self.peek(1) == Not => {
                self.bump();
                CmpOp::IsNot
            }
            Is => CmpOp::Is,
            Not if self.peek(1) == In => {
                self.bump();
                CmpOp::NotIn
            }
            _ => return Option::None,
        };
        self.bump();
        Some(op)
    }

    /// Unary `+`, `-`, `~`, and powers.
    fn factor(&mut self) -> Parsed<ExprId> {
        let op = match self.kind {
            Plus => UnaryOp::UAdd,
            Minus => UnaryOp::USub,
            Tilde => UnaryOp::Invert,
            _ => return self.power(),
        };
        let start = self.start();
        self.bump();
        let operand = self.deeper(Self::factor)?;
        Ok(self.add(Expr::UnaryOp { op, operand }, start))
    }

    fn power(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let base = if self.eat(Await) {
            let value = self.primary()?;
            self.add(Expr::Await { value }, start)
        } else {
            self.primary()?
        };
        self.power_of(base, start)
    }

    /// A base that began at `start`, and `**` with an exponent if that follows.
    #[inline]
    fn power_of(&mut self, base: ExprId, start: u32) -> Parsed<ExprId> {
        if !self.eat(DoubleStar) {
            return Ok(base);
        }
        let right = self.deeper(Self::factor)?;
        Ok(self.add(
            Expr::BinOp {
                left: base,
                op: Operator::Pow,
                right,
            },
            start,
        ))
    }

    /// The `for ... in ... if ...` clauses of a comprehension, at least one.
    pub(super) fn for_if_clauses(&mut self) -> Parsed<List<Comprehension>> {
        let mark = self.mark();
        loop {
            let start = self.start();
            let is_async = self.eat(Async);
            self.expect(For)?;
            let target = self.star_targets()?;
            self.expect(In)?;
            let iter = self.disjunction()?;
            let ifs_mark = self.mark();
            while self.eat(If) {
                let test = self.disjunction()?;
                self.push(test);
            }
            let ifs = self.finish(ifs_mark);
            let clause = self.add(
                Comprehension {
                    target,
                    iter,
                    ifs,
                    is_async,
                },
                start,
            );
            self.push(clause);
            if !self.at_comprehension() {
                return Ok(self.finish(mark));
            }
        }
    }

    /// Whether a comprehension's clause begins here.
    pub(super) fn at_comprehension(&self) -> bool {
        self.at(For) || self.at(Async) && self.peek(1) == For
    }
}
