//! Frame blocks: what `break`, `continue` and `return` must undo on their way.

use vitrine_syntax::tree::{ExprContext, List, NameId, Stmt};

use super::Codegen;
use super::error::Result;
use crate::code::Const;
use crate::instruction::{Label, Location};
use crate::opcode::Opcode;

/// How deep frame blocks nest in one code object (`CO_MAXBLOCKS`).
const MAX_BLOCKS: usize = 21;

/// A frame block.
#[derive(Clone, Copy, Debug)]
pub(super) struct FBlock {
    pub(super) kind: FBlockKind,
    /// Where `continue` goes, for a loop.
    pub(super) block: Label,
    /// Where `break` goes, for a loop.
    pub(super) exit: Label,
    pub(super) loc: Location,
}

/// What kind of block it is, with what undoing it takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum FBlockKind {
    WhileLoop,
    ForLoop,
    AsyncForLoop,
    TryExcept,
    /// The body of a `try` with the given `finally`.
    FinallyTry(List<Stmt>),
    FinallyEnd,
    With {
        is_async: bool,
    },
    /// The body of an `except`, with the name it binds.
    HandlerCleanup(Option<NameId>),
    PopValue,
    ExceptionHandler,
    ExceptionGroupHandler,
    AsyncComprehensionGenerator,
    StopIteration,
}

impl FBlockKind {
    /// Whether `break` and `continue` may mean it.
    pub(super) const fn is_loop(self) -> bool {
        matches!(self, Self::WhileLoop | Self::ForLoop | Self::AsyncForLoop)
    }
}

impl Codegen<'_> {
    pub(super) fn push_fblock(
        &mut self,
        loc: Location,
        kind: FBlockKind,
        block: Label,
        exit: Label,
    ) -> Result {
        if self.unit.fblocks.len() >= MAX_BLOCKS {
            return self.error(loc, "too many statically nested blocks");
        }
        if matches!(kind, FBlockKind::FinallyEnd) {
            self.disable_warnings += 1;
        }
        self.unit.fblocks.push(FBlock {
            kind,
            block,
            exit,
            loc,
        });
        Ok(())
    }

    pub(super) fn pop_fblock(&mut self) -> Option<FBlock> {
        let popped = self.unit.fblocks.pop();
        if let Some(FBlock {
            kind: FBlockKind::FinallyEnd,
            ..
        }) = popped
        {
            self.disable_warnings -= 1;
        }
        popped
    }

    /// Emits what leaving a block takes. With `preserve_tos` the value on top,
    /// a return value, stays there.
    pub(super) fn unwind_fblock(
        &mut self,
        loc: &mut Location,
        info: FBlock,
        preserve_tos: bool,
    ) -> Result {
        match info.kind {
            FBlockKind::WhileLoop
            | FBlockKind::ExceptionHandler
            | FBlockKind::ExceptionGroupHandler
            | FBlockKind::AsyncComprehensionGenerator
            | FBlockKind::StopIteration => {}
            FBlockKind::ForLoop if self.switches.iterators_take_two_places => {
                if preserve_tos {
                    self.op_i(*loc, Opcode::SWAP, 3);
                }
                self.op(*loc, Opcode::POP_TOP);
                self.op(*loc, Opcode::POP_TOP);
            }
            FBlockKind::ForLoop | FBlockKind::AsyncForLoop | FBlockKind::PopValue => {
                if preserve_tos {
                    self.op_i(*loc, Opcode::SWAP, 2);
                }
                self.op(*loc, Opcode::POP_TOP);
            }
            FBlockKind::TryExcept => self.op(*loc, Opcode::POP_BLOCK),
            FBlockKind::FinallyTry(body) => {
                // This POP_BLOCK gets the line of the statement that unwinds.
                self.op(*loc, Opcode::POP_BLOCK);
                if preserve_tos {
                    let none = self.no_label();
                    self.push_fblock(*loc, FBlockKind::PopValue, none, none)?;
                }
                self.statements(body)?;
                if preserve_tos {
                    self.pop_fblock();
                }
                // The `finally` seems to run after the statement that unwinds,
                // so what follows belongs to no line.
                *loc = Location::NONE;
            }
            FBlockKind::FinallyEnd => {
                if preserve_tos {
                    self.op_i(*loc, Opcode::SWAP, 2);
                }
                self.op(*loc, Opcode::POP_TOP);
                if preserve_tos {
                    self.op_i(*loc, Opcode::SWAP, 2);
                }
                self.op(*loc, Opcode::POP_BLOCK);
                self.op(*loc, Opcode::POP_EXCEPT);
            }
            FBlockKind::With { is_async } => {
                *loc = info.loc;
                self.op(*loc, Opcode::POP_BLOCK);
                if preserve_tos {
                    for place in (2..=1 + self.exit_places()).rev() {
                        self.op_i(*loc, Opcode::SWAP, place);
                    }
                }
                self.call_exit_with_nones(*loc);
                if is_async {
                    self.await_value(*loc, 2);
                }
                self.op(*loc, Opcode::POP_TOP);
                *loc = Location::NONE;
            }
            FBlockKind::HandlerCleanup(name) => {
                if name.is_some() {
                    self.op(*loc, Opcode::POP_BLOCK);
                }
                if preserve_tos {
                    self.op_i(*loc, Opcode::SWAP, 2);
                }
                self.op(*loc, Opcode::POP_BLOCK);
                self.op(*loc, Opcode::POP_EXCEPT);
                if let Some(name) = name {
                    self.unbind_handler_name(*loc, name);
                }
            }
        }
        Ok(())
    }

    /// Unwinds all blocks, or those inside the innermost loop if `to_loop`;
    /// that loop is returned. The blocks are in place again afterwards.
    pub(super) fn unwind_fblocks(
        &mut self,
        loc: &mut Location,
        preserve_tos: bool,
        to_loop: bool,
    ) -> Result<Option<FBlock>> {
        let mut undone = Vec::new();
        let mut found = None;
        while let Some(&top) = self.unit.fblocks.last() {
            if matches!(top.kind, FBlockKind::ExceptionGroupHandler) {
                return self.error(
                    *loc,
                    "'break', 'continue' and 'return' cannot appear in an except* block",
                );
            }
            if to_loop && top.kind.is_loop() {
                found = Some(top);
                break;
            }
            self.pop_fblock();
            self.unwind_fblock(loc, top, preserve_tos)?;
            undone.push(top);
        }
        for block in undone.into_iter().rev() {
            self.push_fblock(block.loc, block.kind, block.block, block.exit)?;
        }
        Ok(found)
    }

    /// `name = None; del name`, at the end of a handler.
    pub(super) fn unbind_handler_name(&mut self, loc: Location, name: NameId) {
        self.load_const(loc, Const::None);
        self.identifier(loc, name, ExprContext::Store);
        self.identifier(loc, name, ExprContext::Del);
    }
}
