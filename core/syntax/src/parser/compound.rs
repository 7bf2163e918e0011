//! Statements with blocks.

use super::{DEEP, Failed, MAX_DEPTH, Parsed, Parser};
use crate::position::TextRange;
use crate::token::TokenKind::{self, *};
use crate::tree::{
    Arguments, ClassDef, ExceptHandler, Expr, ExprId, For as ForStmt, FunctionDef, Id, List,
    MatchCase, OptList, Pattern, Stmt, StmtId, Try as TryStmt, WithItem,
};

impl Parser<'_> {
    /// A statement with a block, if one begins here.
    pub(super) fn compound_statement(&mut self) -> Parsed<Option<StmtId>> {
        let first = self.pos;
        let start = self.start();
        let stmt = match self.kind {
            If => return self.if_statement().map(Some),
            Def => self.function_def(first, List::default())?,
            Class => self.class_def(first, List::default())?,
            At => return self.decorated().map(Some),
            Async => return self.async_statement().map(Some),
            With => self.with(first, false)?,
            For => self.for_statement(first, false)?,
            Try => return self.try_statement().map(Some),
            While => self.while_statement(first)?,
            Name if self.at_match() => self.match_statement(first)?,
            _ => return Ok(Option::None),
        };
        Ok(Some(self.add(stmt, start)))
    }

    fn async_statement(&mut self) -> Parsed<StmtId> {
        let first = self.pos;
        let start = self.start();
        self.bump();
        let stmt = match self.kind {
            Def => self.function_def(first, List::default())?,
            With => self.with(first, true)?,
            For => self.for_statement(first, true)?,
            _ => return Err(Failed),
        };
        Ok(self.add(stmt, start))
    }

    /// The block behind a colon, of the statement that began at the token `first`.
    fn block(&mut self, first: usize) -> List<Stmt> {
        let mark = self.mark();
        if !self.at(Newline) {
            if self.at(EndMarker) {
                return self.missing_block(first);
            }
            self.simple_statements();
            return self.finish(mark);
        }
        if self.peek(1) != Indent {
            self.bump();
            return self.missing_block(first);
        }
        self.bump();
        let before = self.before_block(Some(first));
        // As deep as the lexer lets blocks nest, so this recursion is bounded.
        self.depth += 1;
        self.bump();
        while !matches!(self.kind, Dedent | EndMarker) {
            self.statement();
        }
        self.depth -= 1;
        self.eat(Dedent);
        self.forgive(before);
        self.finish(mark)
    }

    /// The block of `else` or `finally`, if that comes next.
    fn optional_block(&mut self, keyword: TokenKind) -> Parsed<List<Stmt>> {
        let first = self.pos;
        if !self.eat(keyword) {
            return Ok(List::default());
        }
        self.header(first, |_| Ok(()), |_, _| ())?;
        Ok(self.block(first))
    }

    /// `if` with its `elif`s, in a loop however many there are.
    fn if_statement(&mut self) -> Parsed<StmtId> {
        let first = self.if_clause()?;
        let mut clauses = Vec::new();
        while self.at(Elif) {
            let depth = clauses.len() + 1;
            self.deep |= depth >= DEEP as usize;
            if depth >= MAX_DEPTH as usize {
                return Err(Failed);
            }
            clauses.push(self.if_clause()?);
        }
        let mut orelse = self.optional_block(Else)?;
        for clause in clauses.into_iter().rev() {
            let inner = self.add_if(clause, orelse);
            let mark = self.mark();
            self.push(inner);
            orelse = self.finish(mark);
        }
        Ok(self.add_if(first, orelse))
    }

    /// `if` or `elif`: where it starts, its test and its body.
    fn if_clause(&mut self) -> Parsed<(u32, ExprId, List<Stmt>)> {
        let (first, start) = (self.pos, self.start());
        self.bump();
        let test = self.header(first, Self::named_expression, |_, invalid| invalid)?;
        Ok((start, test, self.block(first)))
    }

    fn add_if(
        &mut self,
        (start, test, body): (u32, ExprId, List<Stmt>),
        orelse: List<Stmt>,
    ) -> StmtId {
        self.add(Stmt::If { test, body, orelse }, start)
    }

    fn while_statement(&mut self, first: usize) -> Parsed<Stmt> {
        self.bump();
        let test = self.header(first, Self::named_expression, |_, invalid| invalid)?;
        let body = self.block(first);
        let orelse = self.optional_block(Else)?;
        Ok(Stmt::While { test, body, orelse })
    }

    fn for_statement(&mut self, first: usize, is_async: bool) -> Parsed<Stmt> {
        let start = self.start();
        self.bump();
        let (target, iter) = self.header(
            first,
            |p| {
                let target = p.star_targets()?;
                p.expect(In)?;
                Ok((target, p.star_expressions()?))
            },
            |_, invalid| (invalid, invalid),
        )?;
        let body = self.block(first);
        let orelse = self.optional_block(Else)?;
        Ok(Stmt::For(self.add(
            ForStmt {
                target,
                iter,
                body,
                orelse,
                is_async,
            },
            start,
        )))
    }

    fn with(&mut self, first: usize, is_async: bool) -> Parsed<Stmt> {
        self.bump();
        let items = self.header(first, Self::with_items, |p, invalid| {
            let mark = p.mark();
            let start = p.tree.range(invalid).start;
            let item = p.add(
                WithItem {
                    context_expr: invalid,
                    optional_vars: Option::None,
                },
                start,
            );
            p.push(item);
            p.finish(mark)
        })?;
        let body = self.block(first);
        Ok(Stmt::With {
            items,
            body,
            is_async,
        })
    }

    fn with_items(&mut self) -> Parsed<List<WithItem>> {
        let parenthesized = self.at_parenthesized_with_items();
        if parenthesized {
            self.bump();
        }
        let mark = self.mark();
        loop {
            let start = self.start();
            let context_expr = self.expression()?;
            let optional_vars = if self.eat(As) {
                Some(self.star_target()?)
            } else {
                Option::None
            };
            let item = self.add(
                WithItem {
                    context_expr,
                    optional_vars,
                },
                start,
            );
            self.push(item);
            if !self.eat(Comma) || parenthesized && self.at(RPar) {
                break;
            }
        }
        if parenthesized {
            self.expect(RPar)?;
        }
        Ok(self.finish(mark))
    }

    /// Whether the parenthesis here encloses the items of a `with`, rather than
    /// beginning its first expression: it closes just before the colon, and
    /// encloses something that is no group, generator expression or starred tuple.
    fn at_parenthesized_with_items(&self) -> bool {
        if !self.at(LPar) || matches!(self.peek(1), Yield | RPar) {
            return false;
        }
        let mut depth = 0;
        let mut only_an_expression = false;
        let mut has_as = false;
        let mut previous = LPar;
        // Lambdas whose parameters are being read: a star among these is no tuple's.
        let mut lambdas = 0_u32;
        for (index, token) in self.tokens[self.pos..].iter().enumerate() {
            match token.kind {
                LPar | LSqb | LBrace | FStringStart | TStringStart => depth += 1,
                RPar | RSqb | RBrace | FStringEnd | TStringEnd => {
                    depth -= 1;
                    if depth == 0 {
                        let closes_before_colon = self.peek(index + 1) == Colon;
                        return closes_before_colon && (has_as || !only_an_expression);
                    }
                }
                As if depth == 1 => has_as = true,
                For | ColonEqual if depth == 1 => only_an_expression = true,
                Lambda if depth == 1 => lambdas += 1,
                Colon if depth == 1 => lambdas = lambdas.saturating_sub(1),
                Star if depth == 1 && lambdas == 0 && matches!(previous, LPar | Comma) => {
                    only_an_expression = true;
                }
                Newline | EndMarker => return false,
                _ => {}
            }
            previous = token.kind;
        }
        false
    }

    fn decorated(&mut self) -> Parsed<StmtId> {
        let first = self.pos;
        let mark = self.mark();
        while self.eat(At) {
            let decorator = self.named_expression()?;
            self.push(decorator);
            self.expect(Newline)?;
        }
        let decorators = self.finish(mark);
        let start = self.start();
        let stmt = match self.kind {
            Def => self.function_def(first, decorators)?,
            Async if self.peek(1) == Def => {
                self.bump();
                self.function_def(first, decorators)?
            }
            Class => self.class_def(first, decorators)?,
            _ => return Err(Failed),
        };
        Ok(self.add(stmt, start))
    }

    /// From `def` on; `async` may stand before it.
    fn function_def(&mut self, first: usize, decorator_list: List<Expr>) -> Parsed<Stmt> {
        let is_async = self.pos > 0 && self.tokens[self.pos - 1].kind == Async;
        let start = self.start();
        self.bump();
        let name_range = self.tokens[self.pos].range;
        let name = self.name()?;
        let (type_params, args, returns) = self.header(first, Self::signature, |p, invalid| {
            let args = p.empty_arguments(p.tree.range(invalid).start);
            (List::default(), args, Option::None)
        })?;
        let body = self.block(first);
        let def = FunctionDef {
            name,
            name_range,
            args,
            body,
            decorator_list,
            returns,
            type_params,
            is_async,
        };
        Ok(Stmt::FunctionDef(self.add(def, start)))
    }

    fn signature(
        &mut self,
    ) -> Parsed<(List<crate::tree::TypeParam>, Id<Arguments>, Option<ExprId>)> {
        let type_params = self.type_params()?;
        self.expect(LPar)?;
        let args = self.parameters(RPar, true)?;
        self.expect(RPar)?;
        let returns = if self.eat(RArrow) {
            Some(self.expression()?)
        } else {
            Option::None
        };
        Ok((type_params, args, returns))
    }

    fn empty_arguments(&mut self, at: u32) -> Id<Arguments> {
        let empty = Arguments {
            posonlyargs: List::default(),
            args: List::default(),
            vararg: Option::None,
            kwonlyargs: List::default(),
            kw_defaults: OptList::default(),
            kwarg: Option::None,
            defaults: List::default(),
        };
        self.tree.add(empty, TextRange::empty(at))
    }

    fn class_def(&mut self, first: usize, decorator_list: List<Expr>) -> Parsed<Stmt> {
        let start = self.start();
        self.bump();
        let name_range = self.tokens[self.pos].range;
        let name = self.name()?;
        let (type_params, (bases, keywords)) = self.header(
            first,
            |p| {
                let type_params = p.type_params()?;
                let arguments = if p.eat(LPar) {
                    p.arguments(Option::None)?
                } else {
                    (List::default(), List::default())
                };
                Ok((type_params, arguments))
            },
            |_, _| (List::default(), (List::default(), List::default())),
        )?;
        let body = self.block(first);
        let def = ClassDef {
            name,
            name_range,
            bases,
            keywords,
            body,
            decorator_list,
            type_params,
        };
        Ok(Stmt::ClassDef(self.add(def, start)))
    }

    fn try_statement(&mut self) -> Parsed<StmtId> {
        let first = self.pos;
        let start = self.start();
        self.bump();
        self.header(first, |_| Ok(()), |_, _| ())?;
        let body = self.block(first);
        let mark = self.mark();
        let mut is_star = false;
        while self.at(Except) {
            let star = self.peek(1) == Star;
            if self.scratch.len() > mark && star != is_star {
                // `except` and `except*` in one statement: wrong, but nothing is lost.
                self.note_broken(first);
            }
            is_star = star;
            let handler = self.except_handler()?;
            self.push(handler);
        }
        let has_handlers = self.scratch.len() > mark;
        let handlers = self.finish(mark);
        let orelse = if has_handlers {
            self.optional_block(Else)?
        } else {
            List::default()
        };
        let finally = self.at(Finally);
        let finalbody = self.optional_block(Finally)?;
        if !has_handlers && !finally {
            self.note_broken(first);
            self.behind_broken = Some(self.pos);
        }
        let stmt = TryStmt {
            body,
            handlers,
            orelse,
            finalbody,
            is_star,
        };
        let stmt = Stmt::Try(self.add(stmt, start));
        Ok(self.add(stmt, start))
    }

    fn except_handler(&mut self) -> Parsed<Id<ExceptHandler>> {
        let first = self.pos;
        let start = self.start();
        self.bump();
        let star = self.eat(Star);
        let (r#type, name) = self.header(
            first,
            |p| {
                if p.at(Colon) && !star {
                    return Ok((Option::None, Option::None));
                }
                let start = p.start();
                let mark = p.mark();
                let first = p.expression()?;
                if p.at(Comma) {
                    p.push(first);
                    while p.eat(Comma) {
                        if p.at(Colon) {
                            break;
                        }
                        let next = p.expression()?;
                        p.push(next);
                    }
                    return Ok((Some(p.tuple(mark, start)), Option::None));
                }
                let name = if p.eat(As) {
                    Some(p.name()?)
                } else {
                    Option::None
                };
                Ok((Some(first), name))
            },
            |_, invalid| (Some(invalid), Option::None),
        )?;
        let body = self.block(first);
        Ok(self.add(ExceptHandler { r#type, name, body }, start))
    }

    /// Whether the name here is the keyword of a `match` statement: something
    /// that can be a subject follows, and the line ends in a colon, as no
    /// expression, assignment or annotation does.
    fn at_match(&self) -> bool {
        let next = self.peek(1);
        if !(super::expr::begins_expression(next) || next == Star) || !self.at_word("match") {
            return false;
        }
        let mut previous = Name;
        for token in &self.tokens[self.pos..] {
            if matches!(token.kind, Newline | EndMarker) {
                return previous == Colon;
            }
            previous = token.kind;
        }
        false
    }

    fn match_statement(&mut self, first: usize) -> Parsed<Stmt> {
        self.bump();
        let subject = self.header(first, Self::subject_expr, |_, invalid| invalid)?;
        if !(self.at(Newline) && self.peek(1) == Indent) {
            return Err(Failed);
        }
        self.bump();
        self.bump();
        let mark = self.mark();
        self.depth += 1;
        while !matches!(self.kind, Dedent | EndMarker) {
            let case = self.match_case();
            self.push(case);
        }
        self.depth -= 1;
        self.eat(Dedent);
        let cases = self.finish(mark);
        Ok(Stmt::Match { subject, cases })
    }

    /// A star expression, a tuple without parentheses, or a named expression.
    fn subject_expr(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let starred = self.at(Star);
        let first = self.star_named_expression()?;
        if !self.at(Comma) {
            return if starred { Err(Failed) } else { Ok(first) };
        }
        let mark = self.mark();
        self.push(first);
        while self.eat(Comma) {
            if self.at(Colon) {
                break;
            }
            let next = self.star_named_expression()?;
            self.push(next);
        }
        Ok(self.tuple(mark, start))
    }

    /// One `case`. Where none is, what stands there becomes the body of an
    /// invalid one.
    fn match_case(&mut self) -> Id<MatchCase> {
        let checkpoint = self.checkpoint();
        let start = self.start();
        if let Ok(case) = self.valid_case() {
            return self.add(case, start);
        }
        self.recover(&checkpoint);
        let body = self.finish(checkpoint.list_length());
        let pattern = self.tree.add(Pattern::Invalid, TextRange::empty(start));
        self.add(
            MatchCase {
                pattern,
                guard: Option::None,
                body,
            },
            start,
        )
    }

    fn valid_case(&mut self) -> Parsed<MatchCase> {
        let first = self.pos;
        if !self.at_word("case") {
            return Err(Failed);
        }
        self.bump();
        let (pattern, guard) = self.header(
            first,
            |p| {
                let pattern = p.patterns()?;
                let guard = if p.eat(If) {
                    Some(p.named_expression()?)
                } else {
                    Option::None
                };
                Ok((pattern, guard))
            },
            |p, invalid| {
                let range = p.tree.range(invalid);
                (p.tree.add(Pattern::Invalid, range), Option::None)
            },
        )?;
        let body = self.block(first);
        Ok(MatchCase {
            pattern,
            guard,
            body,
        })
    }
}
