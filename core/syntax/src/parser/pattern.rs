//! Patterns of `case`.

use super::{Failed, Parsed, Parser};
use crate::token::TokenKind::*;
use crate::tree::{
    Constant, Expr, ExprContext, ExprId, NameId, Operator, Pattern, PatternId, Singleton, UnaryOp,
};
use crate::version::Version;

impl Parser<'_> {
    /// The pattern of a `case`, which may be a sequence without brackets.
    pub(super) fn patterns(&mut self) -> Parsed<PatternId> {
        let start = self.start();
        let starred = self.at(Star);
        let first = self.maybe_star_pattern()?;
        if !self.at(Comma) {
            return if starred { Err(Failed) } else { Ok(first) };
        }
        let mark = self.mark();
        self.push(first);
        while self.eat(Comma) {
            if self.at(Colon) || self.at(If) {
                break;
            }
            let next = self.maybe_star_pattern()?;
            self.push(next);
        }
        let patterns = self.finish(mark);
        Ok(self.add(Pattern::MatchSequence { patterns }, start))
    }

    fn maybe_star_pattern(&mut self) -> Parsed<PatternId> {
        if !self.at(Star) {
            return self.pattern();
        }
        let start = self.start();
        self.bump();
        let name = if self.at_word("_") {
            self.bump();
            Option::None
        } else {
            Some(self.capture_target()?)
        };
        Ok(self.add(Pattern::MatchStar { name }, start))
    }

    /// `or_pattern as name`.
    fn pattern(&mut self) -> Parsed<PatternId> {
        self.deeper(|p| {
            let start = p.start();
            let pattern = p.or_pattern()?;
            if !p.eat(As) {
                return Ok(pattern);
            }
            let name = Some(p.capture_target()?);
            Ok(p.add(
                Pattern::MatchAs {
                    pattern: Some(pattern),
                    name,
                },
                start,
            ))
        })
    }

    /// A name that is bound: no `_`, and nothing that makes it a value or class.
    fn capture_target(&mut self) -> Parsed<NameId> {
        if self.at_word("_") || matches!(self.peek(1), Dot | LPar | Equal) {
            return Err(Failed);
        }
        self.name()
    }

    fn or_pattern(&mut self) -> Parsed<PatternId> {
        let start = self.start();
        let first = self.closed_pattern()?;
        if !self.at(VBar) {
            return Ok(first);
        }
        let mark = self.mark();
        self.push(first);
        while self.eat(VBar) {
            let next = self.closed_pattern()?;
            self.push(next);
        }
        let patterns = self.finish(mark);
        Ok(self.add(Pattern::MatchOr { patterns }, start))
    }

    fn closed_pattern(&mut self) -> Parsed<PatternId> {
        let start = self.start();
        let singleton = match self.kind {
            Name => return self.name_pattern(),
            LPar => return self.parenthesized_pattern(),
            LSqb => return self.sequence_pattern(),
            LBrace => return self.mapping_pattern(),
            None => Singleton::None,
            True => Singleton::True,
            False => Singleton::False,
            _ => {
                let value = self.literal_value()?;
                return Ok(self.add(Pattern::MatchValue { value }, start));
            }
        };
        self.bump();
        Ok(self.add(Pattern::MatchSingleton { value: singleton }, start))
    }

    /// A string, a number with its sign, or a complex number such as `-1 + 2j`.
    fn literal_value(&mut self) -> Parsed<ExprId> {
        if matches!(self.kind, String | FStringStart | TStringStart) {
            return self.strings();
        }
        let start = self.start();
        let real = self.signed_number()?;
        let op = match self.kind {
            Plus => Operator::Add,
            Minus => Operator::Sub,
            _ => return Ok(real),
        };
        if self.is_imaginary(real) {
            return Err(Failed);
        }
        self.bump();
        let imaginary = self.number()?;
        if !self.is_imaginary(imaginary) {
            return Err(Failed);
        }
        Ok(self.add(
            Expr::BinOp {
                left: real,
                op,
                right: imaginary,
            },
            start,
        ))
    }

    fn is_imaginary(&self, number: ExprId) -> bool {
        match self.tree[number] {
            Expr::Constant { value, .. } => {
                matches!(self.tree.constant(value), Constant::Complex(_))
            }
            Expr::UnaryOp { operand, .. } => self.is_imaginary(operand),
            _ => false,
        }
    }

    fn signed_number(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let op = match self.kind {
            Minus => UnaryOp::USub,
            Plus if self.version >= Version::V3_15 => UnaryOp::UAdd,
            _ => return self.number(),
        };
        self.bump();
        let operand = self.number()?;
        Ok(self.add(Expr::UnaryOp { op, operand }, start))
    }

    fn number(&mut self) -> Parsed<ExprId> {
        if !self.at(Number) {
            return Err(Failed);
        }
        self.number_literal()
    }

    /// A capture, a wildcard, a dotted name, or a class pattern.
    fn name_pattern(&mut self) -> Parsed<PatternId> {
        let start = self.start();
        match self.peek(1) {
            Dot | LPar => {
                let value = self.name_or_attr()?;
                if self.at(LPar) {
                    return self.class_pattern(value, start);
                }
                if self.at(Equal) {
                    return Err(Failed);
                }
                Ok(self.add(Pattern::MatchValue { value }, start))
            }
            Equal => Err(Failed),
            _ => {
                let name = if self.at_word("_") {
                    self.bump();
                    Option::None
                } else {
                    Some(self.name()?)
                };
                Ok(self.add(
                    Pattern::MatchAs {
                        pattern: Option::None,
                        name,
                    },
                    start,
                ))
            }
        }
    }

    fn name_or_attr(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let id = self.name()?;
        let mut value = self.add(
            Expr::Name {
                id,
                ctx: ExprContext::Load,
            },
            start,
        );
        while self.eat(Dot) {
            let attr = self.name()?;
            value = self.add(
                Expr::Attribute {
                    value,
                    attr,
                    ctx: ExprContext::Load,
                },
                start,
            );
        }
        Ok(value)
    }

    /// A pattern in parentheses, or a sequence.
    fn parenthesized_pattern(&mut self) -> Parsed<PatternId> {
        let start = self.start();
        self.expect(LPar)?;
        let starred = self.at(Star);
        let mark = self.mark();
        if !self.at(RPar) {
            let first = self.maybe_star_pattern()?;
            if !starred && self.eat(RPar) {
                return Ok(first);
            }
            if !self.at(Comma) {
                return Err(Failed);
            }
            self.push(first);
            while self.eat(Comma) {
                if self.at(RPar) {
                    break;
                }
                let next = self.maybe_star_pattern()?;
                self.push(next);
            }
        }
        self.expect(RPar)?;
        let patterns = self.finish(mark);
        Ok(self.add(Pattern::MatchSequence { patterns }, start))
    }

    fn sequence_pattern(&mut self) -> Parsed<PatternId> {
        let start = self.start();
        self.expect(LSqb)?;
        let mark = self.mark();
        while !self.at(RSqb) {
            let next = self.maybe_star_pattern()?;
            self.push(next);
            if !self.eat(Comma) {
                break;
            }
        }
        self.expect(RSqb)?;
        let patterns = self.finish(mark);
        Ok(self.add(Pattern::MatchSequence { patterns }, start))
    }

    fn mapping_pattern(&mut self) -> Parsed<PatternId> {
        let start = self.start();
        self.expect(LBrace)?;
        let (mark, keys_mark) = (self.mark(), self.second.len());
        let mut rest = Option::None;
        while !self.at(RBrace) {
            if self.eat(DoubleStar) {
                rest = Some(self.capture_target()?);
                self.eat(Comma);
                break;
            }
            let key = self.mapping_key()?;
            self.second.push(key.raw());
            self.expect(Colon)?;
            let pattern = self.pattern()?;
            self.push(pattern);
            if !self.eat(Comma) {
                break;
            }
        }
        self.expect(RBrace)?;
        let keys = self.finish_second(keys_mark);
        let patterns = self.finish(mark);
        Ok(self.add(
            Pattern::MatchMapping {
                keys,
                patterns,
                rest,
            },
            start,
        ))
    }

    /// A literal or a dotted name.
    fn mapping_key(&mut self) -> Parsed<ExprId> {
        match self.kind {
            None => Ok(self.constant(Constant::None)),
            True => Ok(self.constant(Constant::True)),
            False => Ok(self.constant(Constant::False)),
            Name if self.peek(1) == Dot => self.name_or_attr(),
            _ => self.literal_value(),
        }
    }

    /// `cls(patterns, name=pattern)`, after the class.
    fn class_pattern(&mut self, cls: ExprId, start: u32) -> Parsed<PatternId> {
        self.expect(LPar)?;
        let mark = self.mark();
        let mut more = true;
        while more && !self.at(RPar) && !self.at_keyword_pattern() {
            let pattern = self.pattern()?;
            self.push(pattern);
            more = self.eat(Comma);
        }
        let patterns = self.finish(mark);
        let (mark, names_mark) = (self.mark(), self.second.len());
        while more && self.at_keyword_pattern() {
            let name = self.name()?;
            self.second.push(name.raw());
            self.expect(Equal)?;
            let pattern = self.pattern()?;
            self.push(pattern);
            more = self.eat(Comma);
        }
        self.expect(RPar)?;
        let kwd_patterns = self.finish(mark);
        let kwd_attrs = self.finish_second(names_mark);
        Ok(self.add(
            Pattern::MatchClass {
                cls,
                patterns,
                kwd_attrs,
                kwd_patterns,
            },
            start,
        ))
    }

    fn at_keyword_pattern(&self) -> bool {
        self.at(Name) && self.peek(1) == Equal
    }
}
