//! Atoms, displays, comprehensions, and what follows an atom: attributes,
//! calls, subscripts.

use super::diagnose::CallArguments;
use super::expr::begins_expression;
use super::{Failed, Parsed, Parser};
use crate::literal;
use crate::position::TextRange;
use crate::token::TokenKind::{self, *};
use crate::tree::{Constant, Expr, ExprContext, ExprId, Keyword, List, OptList, UnaryOp};
use crate::version::Version;

impl Parser<'_> {
    /// An atom with its trailers.
    pub(super) fn primary(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let mut value = self.atom()?;
        loop {
            value = match self.kind {
                Dot => {
                    self.bump();
                    let attr = self.name()?;
                    self.add(
                        Expr::Attribute {
                            value,
                            attr,
                            ctx: ExprContext::Load,
                        },
                        start,
                    )
                }
                LPar => {
                    let (args, keywords) = self.call_arguments()?;
                    self.add(
                        Expr::Call {
                            func: value,
                            args,
                            keywords,
                        },
                        start,
                    )
                }
                LSqb => {
                    self.bump();
                    let slice = self.slices()?;
                    self.expect(RSqb)?;
                    self.add(
                        Expr::Subscript {
                            value,
                            slice,
                            ctx: ExprContext::Load,
                        },
                        start,
                    )
                }
                _ => return Ok(value),
            };
        }
    }

    /// A name, a literal, or what stands in brackets.
    pub(super) fn atom(&mut self) -> Parsed<ExprId> {
        let range = self.tokens[self.pos].range;
        match self.kind {
            Name => {
                let id = self.name()?;
                Ok(self.tree.add(
                    Expr::Name {
                        id,
                        ctx: ExprContext::Load,
                    },
                    range,
                ))
            }
            Number => self.number_literal(),
            String | FStringStart | TStringStart => self.strings(),
            True => Ok(self.constant(Constant::True)),
            False => Ok(self.constant(Constant::False)),
            None => Ok(self.constant(Constant::None)),
            Ellipsis => Ok(self.constant(Constant::Ellipsis)),
            LPar => self.deeper(Self::parenthesized),
            LSqb => self.deeper(Self::list_display),
            LBrace => self.deeper(Self::brace_display),
            _ => Err(Failed),
        }
    }

    /// The number at the cursor.
    pub(super) fn number_literal(&mut self) -> Parsed<ExprId> {
        Ok(
            match literal::number(self.current_text()).map_err(|_| Failed)? {
                literal::Number::Int(value) => self.constant(Constant::Int(value)),
                literal::Number::BigInt(value) => self.constant(Constant::BigInt(&value)),
                literal::Number::Float(bits) => self.constant(Constant::Float(bits)),
                literal::Number::Complex(bits) => self.constant(Constant::Complex(bits)),
            },
        )
    }

    /// The current token as a literal.
    pub(super) fn constant(&mut self, value: Constant<'_>) -> ExprId {
        let start = self.start();
        let value = self.tree.add_constant(value);
        self.bump();
        self.add(
            Expr::Constant {
                value,
                unicode: false,
            },
            start,
        )
    }

    /// A group, a tuple or a generator expression.
    fn parenthesized(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        self.expect(LPar)?;
        let mark = self.mark();
        if self.eat(RPar) {
            return Ok(self.tuple(mark, start));
        }
        if self.at(Yield) {
            let value = self.yield_expr()?;
            self.expect(RPar)?;
            return Ok(value);
        }
        let starred = self.at(Star);
        let (first, is_item) = if starred && self.unpacks_in_comprehensions() {
            self.unpacked(Self::starred_expression)?
        } else {
            (self.star_named_expression()?, true)
        };
        let may_be_element = !starred || self.unpacks_in_comprehensions();
        match self.kind {
            Comma if is_item => {
                self.rest_of_elements(first, RPar)?;
                Ok(self.tuple(mark, start))
            }
            RPar if !starred => {
                self.bump();
                Ok(first)
            }
            _ if self.at_comprehension() && may_be_element => {
                let generators = self.for_if_clauses()?;
                self.expect(RPar)?;
                Ok(self.add(
                    Expr::GeneratorExp {
                        elt: first,
                        generators,
                    },
                    start,
                ))
            }
            _ => Err(Failed),
        }
    }

    /// The rest of a display up to and with its closing bracket, onto `scratch`.
    fn rest_of_elements(&mut self, first: ExprId, close: TokenKind) -> Parsed<()> {
        self.push(first);
        while self.eat(Comma) {
            if self.at(close) {
                break;
            }
            let next = self.star_named_expression()?;
            self.push(next);
        }
        self.expect(close)
    }

    fn list_display(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        self.expect(LSqb)?;
        let ctx = ExprContext::Load;
        if self.eat(RSqb) {
            return Ok(self.add(
                Expr::List {
                    elts: List::default(),
                    ctx,
                },
                start,
            ));
        }
        let may_be_element = !self.at(Star) || self.unpacks_in_comprehensions();
        let first = self.star_named_expression()?;
        if self.at_comprehension() && may_be_element {
            let generators = self.for_if_clauses()?;
            self.expect(RSqb)?;
            return Ok(self.add(
                Expr::ListComp {
                    elt: first,
                    generators,
                },
                start,
            ));
        }
        let mark = self.mark();
        self.rest_of_elements(first, RSqb)?;
        let elts = self.finish(mark);
        Ok(self.add(Expr::List { elts, ctx }, start))
    }

    /// A dict, a set, or a comprehension of one.
    fn brace_display(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        self.expect(LBrace)?;
        if self.eat(RBrace) {
            return Ok(self.add(
                Expr::Dict {
                    keys: OptList::default(),
                    values: List::default(),
                },
                start,
            ));
        }
        let mark = self.mark();
        if self.at(DoubleStar) {
            return self.unpacked_dict(start);
        }
        if self.at(Star) || self.peek(1) == ColonEqual {
            let may_be_element = !self.at(Star) || self.unpacks_in_comprehensions();
            let first = self.star_named_expression()?;
            if self.at_comprehension() && may_be_element {
                return self.set_comprehension(first, start);
            }
            self.rest_of_elements(first, RBrace)?;
            let elts = self.finish(mark);
            return Ok(self.add(Expr::Set { elts }, start));
        }
        let first = self.expression()?;
        if !self.eat(Colon) {
            if self.at_comprehension() {
                return self.set_comprehension(first, start);
            }
            self.rest_of_elements(first, RBrace)?;
            let elts = self.finish(mark);
            return Ok(self.add(Expr::Set { elts }, start));
        }
        let value = self.expression()?;
        if self.at_comprehension() {
            let generators = self.for_if_clauses()?;
            self.expect(RBrace)?;
            return Ok(self.add(
                Expr::DictComp {
                    key: first,
                    value: Some(value),
                    generators,
                },
                start,
            ));
        }
        let second_mark = self.second.len();
        self.push(first);
        self.second.push(value.raw());
        if self.at(Comma) {
            self.bump();
            return self.dict_items_after(start, mark, second_mark);
        }
        self.finish_dict(start, mark, second_mark)
    }

    fn set_comprehension(&mut self, elt: ExprId, start: u32) -> Parsed<ExprId> {
        let generators = self.for_if_clauses()?;
        self.expect(RBrace)?;
        Ok(self.add(Expr::SetComp { elt, generators }, start))
    }

    /// A dict that begins with `**`, or a comprehension of such.
    fn unpacked_dict(&mut self, start: u32) -> Parsed<ExprId> {
        let (mark, second_mark) = (self.mark(), self.second.len());
        if !self.unpacks_in_comprehensions() {
            return self.dict_items_after(start, mark, second_mark);
        }
        let (key, is_item) = self.unpacked(|p| {
            p.bump();
            p.expression()
        })?;
        if self.at_comprehension() {
            let generators = self.for_if_clauses()?;
            self.expect(RBrace)?;
            let value = Option::None;
            return Ok(self.add(
                Expr::DictComp {
                    key,
                    value,
                    generators,
                },
                start,
            ));
        }
        if !is_item {
            return Err(Failed);
        }
        self.scratch.push(0);
        self.second.push(key.raw());
        if self.eat(Comma) {
            return self.dict_items_after(start, mark, second_mark);
        }
        self.finish_dict(start, mark, second_mark)
    }

    /// What follows the star or stars here, and whether it may be an item of a display:
    /// only a comprehension unpacks any expression.
    fn unpacked(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Parsed<ExprId>,
    ) -> Parsed<(ExprId, bool)> {
        let operand = self.tokens[(self.pos + 1).min(self.tokens.len() - 1)]
            .range
            .start;
        let id = parse(self)?;
        let value = match self.tree[id] {
            Expr::Starred { value, .. } => value,
            _ => id,
        };
        // In parentheses anything may be.
        let is_bare = self.tree.range(value).start == operand;
        let is_loose = matches!(
            self.tree[value],
            Expr::IfExp { .. }
                | Expr::BoolOp { .. }
                | Expr::Compare { .. }
                | Expr::Lambda { .. }
                | Expr::UnaryOp {
                    op: UnaryOp::Not,
                    ..
                }
        );
        Ok((id, !(is_bare && is_loose)))
    }

    /// Whether what a comprehension collects may be unpacked.
    fn unpacks_in_comprehensions(&self) -> bool {
        self.version >= Version::V3_15
    }

    /// The items of a dict from here on; keys go to `scratch`, values beside.
    fn dict_items_after(&mut self, start: u32, mark: usize, second_mark: usize) -> Parsed<ExprId> {
        while !self.at(RBrace) {
            let value = if self.eat(DoubleStar) {
                self.scratch.push(0);
                self.bitwise_or()?
            } else {
                let key = self.expression()?;
                self.push(key);
                self.expect(Colon)?;
                self.expression()?
            };
            self.second.push(value.raw());
            if !self.eat(Comma) {
                break;
            }
        }
        self.finish_dict(start, mark, second_mark)
    }

    fn finish_dict(&mut self, start: u32, mark: usize, second_mark: usize) -> Parsed<ExprId> {
        self.expect(RBrace)?;
        let keys = self.finish(mark).into();
        let values = self.finish_second(second_mark);
        Ok(self.add(Expr::Dict { keys, values }, start))
    }

    /// What stands in a call's parentheses, both consumed.
    fn call_arguments(&mut self) -> Parsed<(List<Expr>, List<Keyword>)> {
        let open = self.start();
        self.deeper(|p| {
            p.bump();
            p.arguments(Some(open))
        })
    }

    /// All tokens as the arguments of a call, for a closer look at what is wrong.
    pub(super) fn bare_arguments(mut self) -> Option<CallArguments> {
        let (args, keywords) = self.arguments(Option::None).ok()?;
        let last = self.tree.list(args).next_back();
        let mut names = self.tree.list(keywords).map(|id| self.tree[id].arg);
        Some(CallArguments {
            positional: self.tree.len(args),
            last_start: last.map(|id| self.tree.range(id).start),
            unpacks: names.any(|name| name.is_none()),
        })
    }

    /// Arguments up to and with the closing parenthesis. `open` is where the
    /// opening one stands if a bare generator expression is allowed.
    pub(super) fn arguments(&mut self, open: Option<u32>) -> Parsed<(List<Expr>, List<Keyword>)> {
        let (mark, second_mark) = (self.mark(), self.second.len());
        let mut keyword_seen = false;
        let mut double_star_seen = false;
        while !self.at(RPar) {
            let start = self.start();
            match self.kind {
                Star if !double_star_seen => {
                    let starred = self.starred_expression()?;
                    match open {
                        Some(open)
                            if self.unpacks_in_comprehensions()
                                && self.at_comprehension()
                                && self.scratch.len() == mark =>
                        {
                            return self.bare_generator(starred, open, mark);
                        }
                        _ => self.push(starred),
                    }
                }
                DoubleStar => {
                    self.bump();
                    let value = self.expression()?;
                    let keyword = self.add(
                        Keyword {
                            arg: Option::None,
                            value,
                        },
                        start,
                    );
                    self.second.push(keyword.raw());
                    (keyword_seen, double_star_seen) = (true, true);
                }
                Name if self.peek(1) == Equal => {
                    let arg = Some(self.name()?);
                    self.bump();
                    let value = self.expression()?;
                    let keyword = self.add(Keyword { arg, value }, start);
                    self.second.push(keyword.raw());
                    keyword_seen = true;
                }
                _ if keyword_seen => return Err(Failed),
                _ => {
                    let value = self.named_expression()?;
                    match open {
                        Some(open) if self.at_comprehension() && self.scratch.len() == mark => {
                            return self.bare_generator(value, open, mark);
                        }
                        _ => self.push(value),
                    }
                }
            }
            if !self.eat(Comma) {
                break;
            }
        }
        self.expect(RPar)?;
        Ok((self.finish(mark), self.finish_second(second_mark)))
    }

    /// The rest of a generator expression that is all the arguments of a call, whose
    /// parentheses are its own.
    fn bare_generator(
        &mut self,
        elt: ExprId,
        open: u32,
        mark: usize,
    ) -> Parsed<(List<Expr>, List<Keyword>)> {
        let generators = self.for_if_clauses()?;
        self.expect(RPar)?;
        let generator = self.add(Expr::GeneratorExp { elt, generators }, open);
        self.push(generator);
        Ok((self.finish(mark), List::default()))
    }

    /// What stands in a subscript's brackets.
    fn slices(&mut self) -> Parsed<ExprId> {
        self.deeper(|p| {
            let start = p.start();
            let starred = p.at(Star);
            let first = p.slice()?;
            if !p.at(Comma) && !starred {
                return Ok(first);
            }
            let mark = p.mark();
            p.push(first);
            while p.eat(Comma) {
                if p.at(RSqb) {
                    break;
                }
                let next = p.slice()?;
                p.push(next);
            }
            Ok(p.tuple(mark, start))
        })
    }

    /// `lower:upper:step`, a starred expression or a named one.
    fn slice(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let lower = match self.kind {
            Star => return self.starred_expression(),
            Colon => Option::None,
            Name if self.peek(1) == ColonEqual => return self.named_expression(),
            _ => Some(self.expression()?),
        };
        if let Some(index) = lower
            && !self.at(Colon)
        {
            return if self.at(ColonEqual) {
                Err(Failed)
            } else {
                Ok(index)
            };
        }
        self.expect(Colon)?;
        let upper = self.slice_bound()?;
        let step = if self.eat(Colon) {
            self.slice_bound()?
        } else {
            Option::None
        };
        Ok(self.add(Expr::Slice { lower, upper, step }, start))
    }

    fn slice_bound(&mut self) -> Parsed<Option<ExprId>> {
        if begins_expression(self.kind) {
            self.expression().map(Some)
        } else {
            Ok(Option::None)
        }
    }

    /// `lambda parameters: body`.
    pub(super) fn lambda(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        self.bump();
        let args = self.parameters(Colon, false)?;
        self.expect(Colon)?;
        let body = self.expression()?;
        Ok(self.add(Expr::Lambda { args, body }, start))
    }

    /// The source of a range.
    pub(super) fn source(&self, range: TextRange) -> &str {
        &self.text[range.as_usize()]
    }
}
