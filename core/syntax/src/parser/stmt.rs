//! Modules, and statements that fit on a line.

use super::diagnose::FLUFL;
use super::expr::{begins_expression, operator};
use super::{Failed, Parsed, Parser};
use crate::token::TokenKind::{self, *};
use crate::tree::{Alias, Expr, ExprContext, List, NameId, Stmt, StmtId};
use crate::version::Version;

impl Parser<'_> {
    /// All statements up to the end.
    pub(super) fn file(&mut self) {
        let mark = self.mark();
        while !self.at(EndMarker) {
            let before = self.pos;
            match self.kind {
                // What is left of a block whose beginning was not understood.
                Dedent => self.bump(),
                Newline => self.bump(),
                _ => self.statement(),
            }
            debug_assert!(self.pos > before, "the parser advances");
        }
        let body = self.finish(mark);
        self.tree.set_body(body);
    }

    /// One expression up to the end, as the body's only statement.
    pub(super) fn eval(&mut self) {
        let checkpoint = self.checkpoint();
        let start = self.start();
        match self.whole_expression() {
            Ok(value) => {
                let stmt = self.add(Stmt::Expr { value }, start);
                self.push(stmt);
            }
            Err(Failed) => {
                self.recover(&checkpoint);
            }
        }
        let body = self.finish(0);
        self.tree.set_body(body);
    }

    fn whole_expression(&mut self) -> Parsed<crate::tree::ExprId> {
        let value = self.expressions()?;
        while self.eat(Newline) {}
        if self.at(EndMarker) {
            Ok(value)
        } else {
            Err(Failed)
        }
    }

    /// One statement, or the simple statements of one line, onto `scratch`.
    pub(super) fn statement(&mut self) {
        if self.at(Indent) {
            return self.unexpected_indent();
        }
        self.count_expressions();
        let checkpoint = self.checkpoint();
        match self.compound_statement() {
            Ok(Some(stmt)) => self.push(stmt),
            Ok(Option::None) => self.simple_statements(),
            Err(Failed) => self.recover(&checkpoint),
        }
    }

    /// Statements separated by semicolons up to and with the newline, onto `scratch`.
    pub(super) fn simple_statements(&mut self) {
        loop {
            let checkpoint = self.checkpoint();
            let result = self.simple_statement().and_then(|stmt| match self.kind {
                Semi | Newline | EndMarker => Ok(stmt),
                _ => Err(Failed),
            });
            match result {
                Ok(stmt) => self.push(stmt),
                Err(Failed) => return self.recover(&checkpoint),
            }
            self.count_expressions();
            let more = self.eat(Semi);
            if self.eat(Newline) || self.at(EndMarker) {
                return;
            }
            debug_assert!(more);
        }
    }

    fn simple_statement(&mut self) -> Parsed<StmtId> {
        let start = self.start();
        if self.at_lazy_import() {
            return self.lazy_import(start);
        }
        let stmt = match self.kind {
            Return => {
                self.bump();
                let value = if begins_expression(self.kind) || self.at(Star) {
                    Some(self.star_expressions()?)
                } else {
                    Option::None
                };
                Stmt::Return { value }
            }
            Import | From => self.import()?,
            Raise => self.raise()?,
            Pass => {
                self.bump();
                Stmt::Pass
            }
            Break => {
                self.bump();
                Stmt::Break
            }
            Continue => {
                self.bump();
                Stmt::Continue
            }
            Del => self.del()?,
            Assert => {
                self.bump();
                let test = self.expression()?;
                let msg = if self.eat(Comma) {
                    Some(self.expression()?)
                } else {
                    Option::None
                };
                Stmt::Assert { test, msg }
            }
            Global => {
                self.bump();
                Stmt::Global {
                    names: self.names()?,
                }
            }
            Nonlocal => {
                self.bump();
                Stmt::Nonlocal {
                    names: self.names()?,
                }
            }
            Name if self.at_type_alias() => self.type_alias()?,
            _ => self.expression_statement()?,
        };
        Ok(self.add(stmt, start))
    }

    /// An expression, an assignment of any kind, or an annotation.
    fn expression_statement(&mut self) -> Parsed<Stmt> {
        let bare_name = self.at(Name);
        let value = self.annotated_rhs()?;
        match self.kind {
            Equal => {
                let mark = self.mark();
                let mut value = value;
                while self.eat(Equal) {
                    self.bind(value, ExprContext::Store)?;
                    self.push(value);
                    value = self.annotated_rhs()?;
                }
                let targets = self.finish(mark);
                Ok(Stmt::Assign { targets, value })
            }
            Colon if self.is_single_target(value) => {
                self.bump();
                self.bind(value, ExprContext::Store)?;
                let simple = bare_name && matches!(self.tree[value], Expr::Name { .. });
                let target = value;
                let annotation = self.expression()?;
                let value = if self.eat(Equal) {
                    Some(self.annotated_rhs()?)
                } else {
                    Option::None
                };
                Ok(Stmt::AnnAssign {
                    target,
                    annotation,
                    value,
                    simple,
                })
            }
            kind if is_augmented_assignment(kind) && self.is_single_target(value) => {
                let op = operator(kind).ok_or(Failed)?;
                self.bump();
                self.bind(value, ExprContext::Store)?;
                let target = value;
                let value = self.annotated_rhs()?;
                Ok(Stmt::AugAssign { target, op, value })
            }
            _ => Ok(Stmt::Expr { value }),
        }
    }

    fn raise(&mut self) -> Parsed<Stmt> {
        self.bump();
        if !begins_expression(self.kind) {
            return Ok(Stmt::Raise {
                exc: Option::None,
                cause: Option::None,
            });
        }
        let exc = Some(self.expression()?);
        let cause = if self.eat(From) {
            Some(self.expression()?)
        } else {
            Option::None
        };
        Ok(Stmt::Raise { exc, cause })
    }

    fn del(&mut self) -> Parsed<Stmt> {
        self.bump();
        let mark = self.mark();
        loop {
            let target = self.del_target()?;
            self.push(target);
            if !self.eat(Comma) || matches!(self.kind, Semi | Newline) {
                break;
            }
        }
        Ok(Stmt::Delete {
            targets: self.finish(mark),
        })
    }

    /// Whether a lazy import begins here: a name is followed by neither of its keywords.
    fn at_lazy_import(&self) -> bool {
        self.version >= Version::V3_15
            && matches!(self.peek(1), Import | From)
            && self.at_word("lazy")
    }

    fn lazy_import(&mut self, start: u32) -> Parsed<StmtId> {
        self.bump();
        let stmt = self.import()?;
        if let Stmt::ImportFrom {
            module: Some(name), ..
        } = stmt
            && self.tree.name(name) == "__future__"
        {
            return Err(Failed);
        }
        let id = self.add(stmt, start);
        self.tree.make_lazy(id);
        Ok(id)
    }

    fn import(&mut self) -> Parsed<Stmt> {
        if self.at(From) {
            return self.import_from();
        }
        self.bump();
        let names = self.dotted_as_names()?;
        Ok(Stmt::Import { names })
    }

    /// `a, b` of `global` and `nonlocal`.
    fn names(&mut self) -> Parsed<List<crate::tree::Name>> {
        let mark = self.mark();
        loop {
            let name = self.name()?;
            self.push(name);
            if !self.eat(Comma) {
                return Ok(self.finish(mark));
            }
        }
    }

    fn dotted_as_names(&mut self) -> Parsed<List<Alias>> {
        let mark = self.mark();
        loop {
            let start = self.start();
            let name = self.dotted_name()?;
            let asname = if self.eat(As) {
                Some(self.name()?)
            } else {
                Option::None
            };
            let alias = self.add(Alias { name, asname }, start);
            self.push(alias);
            if !self.eat(Comma) {
                return Ok(self.finish(mark));
            }
        }
    }

    /// `a.b.c` as one name, without the space that may stand between.
    fn dotted_name(&mut self) -> Parsed<NameId> {
        let first = self.name()?;
        if !self.at(Dot) {
            return Ok(first);
        }
        let mut text = self.tree.name(first).to_owned();
        while self.eat(Dot) {
            let next = self.name()?;
            text.push('.');
            text.push_str(self.tree.name(next));
        }
        Ok(self.tree.intern(&text))
    }

    fn import_from(&mut self) -> Parsed<Stmt> {
        self.bump();
        let mut level = 0;
        loop {
            level += match self.kind {
                Dot => 1,
                Ellipsis => 3,
                _ => break,
            };
            self.bump();
        }
        let module = if level == 0 || self.at(Name) {
            Some(self.dotted_name()?)
        } else {
            Option::None
        };
        self.expect(Import)?;
        let names = self.import_from_targets()?;
        if module.is_some_and(|name| self.tree.name(name) == "__future__") {
            let mut aliases = self.tree.list(names);
            self.flufl |= aliases.any(|id| self.tree.name(self.tree[id].name) == FLUFL);
        }
        Ok(Stmt::ImportFrom {
            module,
            names,
            level,
        })
    }

    fn import_from_targets(&mut self) -> Parsed<List<Alias>> {
        let mark = self.mark();
        let start = self.start();
        if self.eat(Star) {
            let name = self.tree.intern("*");
            let alias = self.add(
                Alias {
                    name,
                    asname: Option::None,
                },
                start,
            );
            self.push(alias);
            return Ok(self.finish(mark));
        }
        let parenthesized = self.eat(LPar);
        loop {
            let start = self.start();
            let name = self.name()?;
            let asname = if self.eat(As) {
                Some(self.name()?)
            } else {
                Option::None
            };
            let alias = self.add(Alias { name, asname }, start);
            self.push(alias);
            if !self.eat(Comma) || parenthesized && self.at(RPar) {
                break;
            }
        }
        if parenthesized {
            self.expect(RPar)?;
        }
        Ok(self.finish(mark))
    }

    /// Whether a `type` statement begins here: two names in a row do nothing else.
    fn at_type_alias(&self) -> bool {
        self.peek(1) == Name && self.at_word("type")
    }

    fn type_alias(&mut self) -> Parsed<Stmt> {
        self.bump();
        let start = self.start();
        let id = self.name()?;
        let name = self.add(
            Expr::Name {
                id,
                ctx: ExprContext::Store,
            },
            start,
        );
        let type_params = self.type_params()?;
        self.expect(Equal)?;
        let value = self.expression()?;
        Ok(Stmt::TypeAlias {
            name,
            type_params,
            value,
        })
    }
}

fn is_augmented_assignment(kind: TokenKind) -> bool {
    matches!(
        kind,
        PlusEqual
            | MinEqual
            | StarEqual
            | DoubleStarEqual
            | SlashEqual
            | DoubleSlashEqual
            | PercentEqual
            | VBarEqual
            | AmperEqual
            | CircumFlexEqual
            | LeftShiftEqual
            | RightShiftEqual
            | AtEqual
    )
}
