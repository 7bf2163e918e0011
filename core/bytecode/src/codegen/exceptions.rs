//! `try`, with `except`, `except*`, `else` and `finally`.
//!
//! A `finally` is compiled twice: for the way out without an exception, and for
//! the way out with one; once more for every `return`, `break` and `continue`.

use vitrine_syntax::tree::{ExceptHandler, ExprContext, Id, NameId, Try};

use super::Codegen;
use super::error::Result;
use super::fblock::FBlockKind;
use crate::instruction::Location;
use crate::opcode::{Opcode, number};

impl Codegen<'_> {
    pub(super) fn try_statement(&mut self, loc: Location, node: Id<Try>) -> Result {
        if self.tree[node].finalbody.is_empty() {
            return self.try_except(loc, node);
        }
        let Try {
            body,
            handlers,
            finalbody,
            ..
        } = self.tree[node];
        let none = self.no_label();
        let start = self.new_label();
        let end = self.new_label();
        let exit = self.new_label();
        let cleanup = self.new_label();

        self.jump(loc, Opcode::SETUP_FINALLY, end);
        self.use_label(start);
        self.push_fblock(loc, FBlockKind::FinallyTry(finalbody), start, end)?;
        if handlers.is_empty() {
            self.statements(body)?;
        } else {
            self.try_except(loc, node)?;
        }
        self.op(Location::NONE, Opcode::POP_BLOCK);
        self.pop_fblock();
        self.statements(finalbody)?;
        self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, exit);

        self.use_label(end);
        self.jump(Location::NONE, Opcode::SETUP_CLEANUP, cleanup);
        self.op(Location::NONE, Opcode::PUSH_EXC_INFO);
        self.push_fblock(Location::NONE, FBlockKind::FinallyEnd, end, none)?;
        self.statements(finalbody)?;
        self.pop_fblock();
        self.op_i(Location::NONE, Opcode::RERAISE, 0);

        self.use_label(cleanup);
        self.pop_except_and_reraise(Location::NONE);

        self.use_label(exit);
        Ok(())
    }

    /// Puts the exception before this one back, and goes on raising this one.
    pub(super) fn pop_except_and_reraise(&mut self, loc: Location) {
        self.op_i(loc, Opcode::COPY, 3);
        self.op(loc, Opcode::POP_EXCEPT);
        self.op_i(loc, Opcode::RERAISE, 1);
    }

    fn try_except(&mut self, loc: Location, node: Id<Try>) -> Result {
        if self.tree[node].is_star {
            return self.try_star(loc, node);
        }
        let Try {
            body,
            handlers,
            orelse,
            ..
        } = self.tree[node];
        let none = self.no_label();
        let start = self.new_label();
        let except = self.new_label();
        let end = self.new_label();
        let cleanup = self.new_label();

        self.jump(loc, Opcode::SETUP_FINALLY, except);
        self.use_label(start);
        self.push_fblock(loc, FBlockKind::TryExcept, start, none)?;
        self.statements(body)?;
        self.pop_fblock();
        self.op(Location::NONE, Opcode::POP_BLOCK);
        self.statements(orelse)?;
        self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);

        self.use_label(except);
        self.jump(Location::NONE, Opcode::SETUP_CLEANUP, cleanup);
        self.op(Location::NONE, Opcode::PUSH_EXC_INFO);
        // The machine pushes a block here.
        self.push_fblock(loc, FBlockKind::ExceptionHandler, none, none)?;

        let last = self.tree.len(handlers).saturating_sub(1);
        for (at, handler) in self.tree.list(handlers).enumerate() {
            let loc = self.loc(handler);
            let ExceptHandler { r#type, name, body } = self.tree[handler];
            if r#type.is_none() && at < last {
                return self.error(loc, "default 'except:' must be last");
            }
            let next = self.new_label();
            if let Some(r#type) = r#type {
                self.expr(r#type)?;
                self.op(loc, Opcode::CHECK_EXC_MATCH);
                self.jump(loc, Opcode::POP_JUMP_IF_FALSE, next);
            }
            match name {
                Some(name) => {
                    let cleanup_end = self.new_label();
                    let cleanup_body = self.new_label();
                    self.identifier(loc, name, ExprContext::Store);
                    // The body is in a `try` of its own, which unbinds the name.
                    self.jump(loc, Opcode::SETUP_CLEANUP, cleanup_end);
                    self.use_label(cleanup_body);
                    self.push_fblock(
                        loc,
                        FBlockKind::HandlerCleanup(Some(name)),
                        cleanup_body,
                        none,
                    )?;
                    self.statements(body)?;
                    self.pop_fblock();
                    self.op(Location::NONE, Opcode::POP_BLOCK);
                    self.op(Location::NONE, Opcode::POP_BLOCK);
                    self.op(Location::NONE, Opcode::POP_EXCEPT);
                    self.unbind_handler_name(Location::NONE, name);
                    self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);

                    self.use_label(cleanup_end);
                    self.unbind_handler_name(Location::NONE, name);
                    self.op_i(Location::NONE, Opcode::RERAISE, 1);
                }
                None => {
                    let cleanup_body = self.new_label();
                    self.op(loc, Opcode::POP_TOP);
                    self.use_label(cleanup_body);
                    self.push_fblock(loc, FBlockKind::HandlerCleanup(None), cleanup_body, none)?;
                    self.statements(body)?;
                    self.pop_fblock();
                    self.op(Location::NONE, Opcode::POP_BLOCK);
                    self.op(Location::NONE, Opcode::POP_EXCEPT);
                    self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);
                }
            }
            self.use_label(next);
        }
        self.pop_fblock();
        self.op_i(Location::NONE, Opcode::RERAISE, 0);

        self.use_label(cleanup);
        self.pop_except_and_reraise(Location::NONE);

        self.use_label(end);
        Ok(())
    }

    /// `except*`. The stack holds the original exception, the list of what the
    /// handlers raised, and what is left to match.
    fn try_star(&mut self, loc: Location, node: Id<Try>) -> Result {
        let Try {
            body,
            handlers,
            orelse,
            ..
        } = self.tree[node];
        let none = self.no_label();
        let start = self.new_label();
        let except = self.new_label();
        let orelse_label = self.new_label();
        let end = self.new_label();
        let cleanup = self.new_label();
        let reraise_star = self.new_label();

        self.jump(loc, Opcode::SETUP_FINALLY, except);
        self.use_label(start);
        self.push_fblock(loc, FBlockKind::TryExcept, start, none)?;
        self.statements(body)?;
        self.pop_fblock();
        self.op(Location::NONE, Opcode::POP_BLOCK);
        self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, orelse_label);

        self.use_label(except);
        self.jump(Location::NONE, Opcode::SETUP_CLEANUP, cleanup);
        self.op(Location::NONE, Opcode::PUSH_EXC_INFO);
        self.push_fblock(loc, FBlockKind::ExceptionGroupHandler, none, none)?;

        let last = self.tree.len(handlers).saturating_sub(1);
        for (at, handler) in self.tree.list(handlers).enumerate() {
            self.star_handler(handler, at == 0)?;
            if at == last {
                // What no handler took, or None.
                self.op_i(Location::NONE, Opcode::LIST_APPEND, 1);
                self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, reraise_star);
            }
        }
        self.pop_fblock();
        let reraise = self.new_label();

        self.use_label(reraise_star);
        self.op_i(
            Location::NONE,
            Opcode::CALL_INTRINSIC_2,
            number::INTRINSIC_PREP_RERAISE_STAR,
        );
        self.op_i(Location::NONE, Opcode::COPY, 1);
        self.jump(Location::NONE, Opcode::POP_JUMP_IF_NOT_NONE, reraise);

        self.op(Location::NONE, Opcode::POP_TOP);
        self.op(Location::NONE, Opcode::POP_BLOCK);
        self.op(Location::NONE, Opcode::POP_EXCEPT);
        self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, end);

        self.use_label(reraise);
        self.op(Location::NONE, Opcode::POP_BLOCK);
        self.op_i(Location::NONE, Opcode::SWAP, 2);
        self.op(Location::NONE, Opcode::POP_EXCEPT);
        self.op_i(Location::NONE, Opcode::RERAISE, 0);

        self.use_label(cleanup);
        self.pop_except_and_reraise(Location::NONE);

        self.use_label(orelse_label);
        self.statements(orelse)?;
        self.use_label(end);
        Ok(())
    }

    fn star_handler(&mut self, handler: Id<ExceptHandler>, first: bool) -> Result {
        let loc = self.loc(handler);
        let ExceptHandler { r#type, name, body } = self.tree[handler];
        let none = self.no_label();
        let except = self.new_label();
        let except_with_error = self.new_label();
        let no_match = self.new_label();
        if first {
            self.op_i(loc, Opcode::BUILD_LIST, 0);
            self.op_i(loc, Opcode::COPY, 2);
        }
        if let Some(r#type) = r#type {
            self.expr(r#type)?;
            self.op(loc, Opcode::CHECK_EG_MATCH);
            self.op_i(loc, Opcode::COPY, 1);
            self.jump(loc, Opcode::POP_JUMP_IF_NONE, no_match);
        }
        let cleanup_end = self.new_label();
        let cleanup_body = self.new_label();
        match name {
            Some(name) => self.identifier(loc, name, ExprContext::Store),
            None => self.op(loc, Opcode::POP_TOP),
        }
        self.jump(loc, Opcode::SETUP_CLEANUP, cleanup_end);
        self.use_label(cleanup_body);
        self.push_fblock(loc, FBlockKind::HandlerCleanup(name), cleanup_body, none)?;
        self.statements(body)?;
        self.pop_fblock();
        self.op(Location::NONE, Opcode::POP_BLOCK);
        self.unbind_if_named(name);
        self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, except);

        self.use_label(cleanup_end);
        self.unbind_if_named(name);
        // What the handler raised joins the list.
        self.op_i(Location::NONE, Opcode::LIST_APPEND, 3);
        self.op(Location::NONE, Opcode::POP_TOP);
        self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, except_with_error);

        self.use_label(except);
        // Holds a place in the source for the jump.
        self.op(Location::NONE, Opcode::NOP);
        self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, except_with_error);

        self.use_label(no_match);
        self.op(loc, Opcode::POP_TOP);

        self.use_label(except_with_error);
        Ok(())
    }

    fn unbind_if_named(&mut self, name: Option<NameId>) {
        if let Some(name) = name {
            self.unbind_handler_name(Location::NONE, name);
        }
    }
}
