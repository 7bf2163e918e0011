//! `with` and `async with`.

use vitrine_syntax::tree::{Id, List, Stmt, WithItem};

use super::Codegen;
use super::error::Result;
use super::fblock::FBlockKind;
use crate::code::Const;
use crate::instruction::{Label, Location};
use crate::opcode::{Opcode, number};

impl Codegen<'_> {
    /// Each item is a `with` around the next.
    pub(super) fn with_statement(
        &mut self,
        items: &[Id<WithItem>],
        body: List<Stmt>,
        is_async: bool,
    ) -> Result {
        let Some((&item, rest)) = items.split_first() else {
            return self.statements(body);
        };
        let WithItem {
            context_expr,
            optional_vars,
        } = self.tree[item];
        let block = self.new_label();
        let r#final = self.new_label();
        let exit = self.new_label();
        let cleanup = self.new_label();

        self.expr(context_expr)?;
        // The bound exit method stays under what the enter method gives.
        let loc = self.place(context_expr);
        self.enter_context(loc, is_async);
        if is_async {
            self.await_value(loc, 1);
        }
        self.jump(loc, Opcode::SETUP_WITH, r#final);

        self.use_label(block);
        self.push_fblock(loc, FBlockKind::With { is_async }, block, r#final)?;
        match optional_vars {
            Some(target) => self.expr(target)?,
            None => self.op(loc, Opcode::POP_TOP),
        }
        self.deeper(|this| this.with_statement(rest, body, is_async))?;
        self.pop_fblock();
        self.op(
            if is_async { loc } else { Location::NONE },
            Opcode::POP_BLOCK,
        );

        // Without an exception: `exit(None, None, None)`.
        self.call_exit_with_nones(loc);
        if is_async {
            self.await_value(loc, 2);
        }
        self.op(loc, Opcode::POP_TOP);
        self.jump(loc, Opcode::JUMP, exit);

        // With one.
        self.use_label(r#final);
        self.jump(loc, Opcode::SETUP_CLEANUP, cleanup);
        self.op(loc, Opcode::PUSH_EXC_INFO);
        self.op(loc, Opcode::WITH_EXCEPT_START);
        if is_async {
            self.await_value(loc, 2);
        }
        self.with_except_finish(cleanup);

        self.use_label(exit);
        Ok(())
    }

    /// Calls the enter method, under whose result the exit method stays: bound in one
    /// place, or as a function and what to call it with.
    fn enter_context(&mut self, loc: Location, is_async: bool) {
        if self.switches.has_special_instructions {
            return self.op(
                loc,
                match is_async {
                    true => Opcode::BEFORE_ASYNC_WITH,
                    false => Opcode::BEFORE_WITH,
                },
            );
        }
        let (enter, leave) = if is_async {
            (number::SPECIAL___AENTER__, number::SPECIAL___AEXIT__)
        } else {
            (number::SPECIAL___ENTER__, number::SPECIAL___EXIT__)
        };
        self.op_i(loc, Opcode::COPY, 1);
        self.op_i(loc, Opcode::LOAD_SPECIAL, leave);
        self.op_i(loc, Opcode::SWAP, 2);
        self.op_i(loc, Opcode::SWAP, 3);
        self.op_i(loc, Opcode::LOAD_SPECIAL, enter);
        self.op_i(loc, Opcode::CALL, 0);
    }

    /// Places that the exit method takes on the stack.
    pub(super) fn exit_places(&self) -> u32 {
        if self.switches.has_special_instructions {
            1
        } else {
            2
        }
    }

    pub(super) fn call_exit_with_nones(&mut self, loc: Location) {
        for _ in 0..3 {
            self.load_const(loc, Const::None);
        }
        self.op_i(loc, Opcode::CALL, 1 + self.exit_places());
    }

    /// Swallows the exception if the exit method said so.
    fn with_except_finish(&mut self, cleanup: Label) {
        let suppress = self.new_label();
        self.op(Location::NONE, Opcode::TO_BOOL);
        self.jump(Location::NONE, Opcode::POP_JUMP_IF_TRUE, suppress);
        self.op_i(Location::NONE, Opcode::RERAISE, 2);

        self.use_label(suppress);
        self.op(Location::NONE, Opcode::POP_TOP);
        self.op(Location::NONE, Opcode::POP_BLOCK);
        self.op(Location::NONE, Opcode::POP_EXCEPT);
        for _ in 0..1 + self.exit_places() {
            self.op(Location::NONE, Opcode::POP_TOP);
        }
        let exit = self.new_label();
        self.jump(Location::NONE, Opcode::JUMP_NO_INTERRUPT, exit);

        self.use_label(cleanup);
        self.pop_except_and_reraise(Location::NONE);

        self.use_label(exit);
    }
}
