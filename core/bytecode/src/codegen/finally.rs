//! Warnings of `return`, `break` and `continue` that leave a `finally` (PEP 765).
//!
//! CPython gives them before it makes symbol tables, so before all others of
//! the compiler.

use vitrine_syntax::tree::{List, Stmt, StmtId, Try};

use super::Codegen;
use crate::instruction::Location;

/// What a statement is most closely in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Finally,
    Function,
    Loop,
}

impl Codegen<'_> {
    /// Warns for the segment at hand.
    pub(super) fn check_finally(&mut self) {
        let mark = self.warnings.len();
        for id in self.tree.ids::<Try>() {
            self.finally_in(self.tree[id].finalbody, Around::Finally);
        }
        // Those of an inner `finally` came before those around it.
        let place = |location: Location| (location.line, location.column);
        self.warnings[mark..].sort_by_key(|warning| place(warning.location));
    }

    fn finally_in(&mut self, body: List<Stmt>, around: Around) {
        for statement in self.tree.list(body) {
            self.finally_in_statement(statement, around);
        }
    }

    // The height of trees is bounded, and so is this recursion.
    fn finally_in_statement(&mut self, id: StmtId, around: Around) {
        let tree = self.tree;
        match tree[id] {
            Stmt::Return { .. } if around == Around::Finally => {
                self.warn(self.loc(id), "'return' in a 'finally' block");
            }
            Stmt::Break if around == Around::Finally => {
                self.warn(self.loc(id), "'break' in a 'finally' block");
            }
            Stmt::Continue if around == Around::Finally => {
                self.warn(self.loc(id), "'continue' in a 'finally' block");
            }
            Stmt::FunctionDef(node) => self.finally_in(tree[node].body, Around::Function),
            Stmt::ClassDef(node) => self.finally_in(tree[node].body, around),
            Stmt::For(node) => {
                self.finally_in(tree[node].body, Around::Loop);
                self.finally_in(tree[node].orelse, around);
            }
            Stmt::While { body, orelse, .. } => {
                self.finally_in(body, Around::Loop);
                self.finally_in(orelse, around);
            }
            Stmt::If { body, orelse, .. } => {
                self.finally_in(body, around);
                self.finally_in(orelse, around);
            }
            Stmt::With { body, .. } => self.finally_in(body, around),
            Stmt::Match { cases, .. } => {
                for case in tree.list(cases) {
                    self.finally_in(tree[case].body, around);
                }
            }
            Stmt::Try(node) => {
                let Try {
                    body,
                    handlers,
                    orelse,
                    ..
                } = tree[node];
                self.finally_in(body, around);
                for handler in tree.list(handlers) {
                    self.finally_in(tree[handler].body, around);
                }
                self.finally_in(orelse, around);
                // Its own `finally` is looked at by itself.
            }
            _ => {}
        }
    }
}
