//! Statements: control flow, and the simple ones.

use vitrine_syntax::tree::{ExprId, For, Id, List, Stmt, StmtId};

use super::error::Result;
use super::fblock::FBlockKind;
use super::unit::ScopeType;
use super::{Codegen, Mode};
use crate::code::Const;
use crate::instruction::Location;
use crate::opcode::{Opcode, number};

impl Codegen<'_> {
    pub(super) fn statements(&mut self, body: List<Stmt>) -> Result {
        for statement in self.tree.list(body) {
            self.statement(statement)?;
        }
        Ok(())
    }

    pub(super) fn statement(&mut self, id: StmtId) -> Result {
        self.deeper(|this| this.visit_statement(id))
    }

    fn visit_statement(&mut self, id: StmtId) -> Result {
        match self.tree[id] {
            Stmt::Invalid => self.system_error("a statement that could not be read"),
            Stmt::FunctionDef(function) => self.function_def(id, function),
            Stmt::ClassDef(class) => self.class_def(id, class),
            Stmt::TypeAlias {
                name,
                type_params,
                value,
            } => self.type_alias(id, name, type_params, value),
            Stmt::Return { value } => self.return_statement(id, value),
            Stmt::Delete { targets } => self.expressions(targets),
            Stmt::Assign { targets, value } => self.assign(self.loc(id), targets, value),
            Stmt::AugAssign { target, op, value } => {
                self.aug_assign(self.loc(id), target, op, value)
            }
            Stmt::AnnAssign {
                target,
                annotation,
                value,
                simple,
            } => self.ann_assign(id, target, annotation, value, simple),
            Stmt::For(node) => self.conditional(|this| {
                let loc = this.loc(id);
                if this.tree[node].is_async {
                    this.async_for(loc, node)
                } else {
                    this.for_loop(loc, node)
                }
            }),
            Stmt::While { test, body, orelse } => {
                self.conditional(|this| this.while_loop(this.loc(id), test, body, orelse))
            }
            Stmt::If { .. } => self.conditional(|this| this.if_statement(id)),
            Stmt::With {
                items,
                body,
                is_async,
            } => {
                let items: Vec<_> = self.tree.list(items).collect();
                self.conditional(|this| this.with_statement(&items, body, is_async))
            }
            Stmt::Match { subject, cases } => {
                self.conditional(|this| this.match_statement(subject, cases))
            }
            Stmt::Raise { exc, cause } => {
                let mut count = 0;
                for value in [exc, exc.and(cause)].into_iter().flatten() {
                    self.expr(value)?;
                    count += 1;
                }
                self.op_i(self.loc(id), Opcode::RAISE_VARARGS, count);
                Ok(())
            }
            Stmt::Try(node) => self.conditional(|this| this.try_statement(this.loc(id), node)),
            Stmt::Assert { test, msg } => self.assert_statement(self.loc(id), test, msg),
            Stmt::Import { names } => self.import(id, names),
            Stmt::ImportFrom {
                module,
                names,
                level,
            } => self.import_from(id, module, names, level),
            Stmt::Global { .. } | Stmt::Nonlocal { .. } => Ok(()),
            Stmt::Expr { value } => self.expression_statement(self.loc(id), value),
            Stmt::Pass => {
                self.op(self.loc(id), Opcode::NOP);
                Ok(())
            }
            Stmt::Break => self.break_statement(self.loc(id)),
            Stmt::Continue => self.continue_statement(self.loc(id)),
        }
    }

    /// A statement whose body may not run: annotations in it are conditional.
    fn conditional(&mut self, visit: impl FnOnce(&mut Self) -> Result) -> Result {
        self.unit.in_conditional_block += 1;
        // An error leaves the unit it happened in behind, so there is nothing to restore.
        visit(self)?;
        self.unit.in_conditional_block -= 1;
        Ok(())
    }

    /// `if`, with its `elif`s one after another: a chain of them is no nesting.
    fn if_statement(&mut self, id: StmtId) -> Result {
        // Of the `if`s around the one at hand.
        let mut ends = Vec::new();
        let mut id = id;
        let end = loop {
            let Stmt::If { test, body, orelse } = self.tree[id] else {
                return self.system_error("no if");
            };
            let end = self.new_label();
            let next = match orelse.is_empty() {
                true => end,
                false => self.new_label(),
            };
            self.jump_if(test, next, false)?;
            self.statements(body)?;
            if orelse.is_empty() {
                break end;
            }
            self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);
            self.use_label(next);
            let mut rest = self.tree.list(orelse);
            match (rest.next(), rest.next()) {
                (Some(elif), None) if matches!(self.tree[elif], Stmt::If { .. }) => {
                    // As if visited as a statement within: one block deeper.
                    self.unit.in_conditional_block += 1;
                    ends.push(end);
                    id = elif;
                }
                _ => {
                    self.statements(orelse)?;
                    break end;
                }
            }
        };
        self.use_label(end);
        self.unit.in_conditional_block -= ends.len() as u32;
        for end in ends.into_iter().rev() {
            self.use_label(end);
        }
        Ok(())
    }

    fn for_loop(&mut self, loc: Location, node: Id<For>) -> Result {
        let For {
            target,
            iter,
            body,
            orelse,
            ..
        } = self.tree[node];
        let start = self.new_label();
        let body_label = self.new_label();
        let cleanup = self.new_label();
        let end = self.new_label();

        self.push_fblock(loc, FBlockKind::ForLoop, start, end)?;
        self.expr_looked_at(iter)?;
        let loc = self.place(iter);
        self.op(loc, Opcode::GET_ITER);

        self.use_label(start);
        self.jump(loc, Opcode::FOR_ITER, cleanup);
        // For the line events of a `for` over several lines; removed later
        // where it tells nothing.
        self.op(self.loc(target), Opcode::NOP);

        self.use_label(body_label);
        self.expr(target)?;
        self.statements(body)?;
        self.jump(Location::NONE, Opcode::JUMP, start);

        self.use_label(cleanup);
        // END_FOR comes first: an exhausted generator jumps to it, other
        // iterators to the instruction after it.
        self.op(Location::NONE, Opcode::END_FOR);
        self.pop_iter();
        self.pop_fblock();

        self.statements(orelse)?;
        self.use_label(end);
        Ok(())
    }

    fn async_for(&mut self, loc: Location, node: Id<For>) -> Result {
        let For {
            target,
            iter,
            body,
            orelse,
            ..
        } = self.tree[node];
        let start = self.new_label();
        let send = self.new_label();
        let except = self.new_label();
        let end = self.new_label();

        self.expr(iter)?;
        let iter_loc = self.place(iter);
        self.op(iter_loc, Opcode::GET_AITER);

        self.use_label(start);
        self.push_fblock(loc, FBlockKind::AsyncForLoop, start, end)?;
        // Guards the call of __anext__.
        self.jump(loc, Opcode::SETUP_FINALLY, except);
        self.op(loc, Opcode::GET_ANEXT);
        self.first_send(loc);
        self.use_label(send);
        self.yield_from(loc, true);
        self.op(loc, Opcode::POP_BLOCK);
        if !self.switches.paths_are_unmarked {
            self.op(loc, Opcode::NOT_TAKEN);
        }

        self.expr(target)?;
        self.statements(body)?;
        self.jump(Location::NONE, Opcode::JUMP, start);
        self.pop_fblock();

        self.use_label(except);
        self.end_async_for(iter_loc, send);

        self.statements(orelse)?;
        self.use_label(end);
        Ok(())
    }

    fn while_loop(
        &mut self,
        loc: Location,
        test: ExprId,
        body: List<Stmt>,
        orelse: List<Stmt>,
    ) -> Result {
        let start = self.new_label();
        let end = self.new_label();
        let anchor = self.new_label();

        self.use_label(start);
        self.push_fblock(loc, FBlockKind::WhileLoop, start, end)?;
        self.jump_if(test, anchor, false)?;
        if self.switches.tests_are_spelled_out {
            let again = self.new_label();
            self.use_label(again);
            self.statements(body)?;
            self.jump_if(test, again, true)?;
        } else {
            self.statements(body)?;
            self.jump(Location::NONE, Opcode::JUMP, start);
        }
        self.pop_fblock();

        self.use_label(anchor);
        self.statements(orelse)?;
        self.use_label(end);
        Ok(())
    }

    fn return_statement(&mut self, id: StmtId, value: Option<ExprId>) -> Result {
        let own_loc = self.loc(id);
        let mut loc = own_loc;
        let literal = value.and_then(|value| self.constant(value));
        let folded = match literal {
            Some(_) => None,
            None => value.and_then(|value| self.folded(value)),
        };
        let preserve_tos = value.is_some() && literal.is_none() && folded.is_none();
        let traits = self.unit.traits;
        if !traits.function_like {
            return self.error(loc, "'return' outside function");
        }
        if value.is_some() && traits.coroutine && traits.generator {
            return self.error(loc, "'return' with value in async generator");
        }
        match value {
            Some(value) if preserve_tos => self.expr(value)?,
            Some(value) => {
                // A line event for the value.
                loc = self.loc(value);
                self.op(loc, Opcode::NOP);
            }
            None => {}
        }
        if value.is_none_or(|value| self.place(value).line != own_loc.line) {
            loc = own_loc;
            self.op(loc, Opcode::NOP);
        }
        self.unwind_fblocks(&mut loc, preserve_tos, false)?;
        match (literal, folded) {
            (Some(constant), _) => self.load_literal(loc, constant),
            (None, Some(value)) => self.load_const(loc, value),
            (None, None) if value.is_none() => self.load_const(loc, Const::None),
            (None, None) => {}
        }
        self.op(loc, Opcode::RETURN_VALUE);
        Ok(())
    }

    fn break_statement(&mut self, origin: Location) -> Result {
        let mut loc = origin;
        self.op(loc, Opcode::NOP);
        let Some(block) = self.unwind_fblocks(&mut loc, false, true)? else {
            return self.error(origin, "'break' outside loop");
        };
        self.unwind_fblock(&mut loc, block, false)?;
        self.jump(loc, Opcode::JUMP, block.exit);
        Ok(())
    }

    fn continue_statement(&mut self, origin: Location) -> Result {
        let mut loc = origin;
        self.op(loc, Opcode::NOP);
        let Some(block) = self.unwind_fblocks(&mut loc, false, true)? else {
            return self.error(origin, "'continue' not properly in loop");
        };
        self.jump(loc, Opcode::JUMP, block.block);
        Ok(())
    }

    fn assert_statement(&mut self, loc: Location, test: ExprId, msg: Option<ExprId>) -> Result {
        self.check_assert(loc, test);
        if self.options.optimize > 0 {
            return Ok(());
        }
        let end = self.new_label();
        self.jump_if(test, end, true)?;
        if self.switches.has_special_instructions {
            self.op(loc, Opcode::LOAD_ASSERTION_ERROR);
        } else {
            self.op_i(
                loc,
                Opcode::LOAD_COMMON_CONSTANT,
                number::CONSTANT_ASSERTIONERROR,
            );
        }
        if let Some(msg) = msg {
            self.expr(msg)?;
            self.op_i(loc, Opcode::CALL, 0);
        }
        let raise = self.place(test);
        self.op_i(raise, Opcode::RAISE_VARARGS, 1);
        self.use_label(end);
        Ok(())
    }

    fn expression_statement(&mut self, loc: Location, value: ExprId) -> Result {
        if self.options.mode == Mode::Single && self.unit.scope_type == ScopeType::Module {
            self.expr(value)?;
            self.op_i(loc, Opcode::CALL_INTRINSIC_1, number::INTRINSIC_PRINT);
            self.op(Location::NONE, Opcode::POP_TOP);
            return Ok(());
        }
        if self.is_constant(value) {
            self.op(loc, Opcode::NOP);
            return Ok(());
        }
        self.expr(value)?;
        self.op(Location::NONE, Opcode::POP_TOP);
        Ok(())
    }
}
