//! `import` and `from ... import`.

use vitrine_syntax::tree::{Alias, ExprContext, List, NameId, StmtId};

use super::Codegen;
use super::constants::{int, string};
use super::error::Result;
use super::fblock::FBlockKind;
use super::unit::ScopeType;
use crate::code::Const;
use crate::instruction::Location;
use crate::opcode::{Opcode, number};

/// `IMPORT_NAME` of 3.15: the import waits until the name is used, or must not wait.
const LAZY: u32 = 1;
const EAGER: u32 = 2;

impl Codegen<'_> {
    pub(super) fn import(&mut self, id: StmtId, names: List<Alias>) -> Result {
        let (loc, lazy) = (self.loc(id), self.tree.is_lazy(id));
        for alias in self.tree.list(names) {
            let Alias { name, asname } = self.tree[alias];
            self.load_const(loc, int(0));
            self.load_const(loc, Const::None);
            self.import_name(loc, Some(name), lazy, false);
            let name = self.tree.name(name);
            match asname {
                Some(asname) => self.import_as(loc, name, asname)?,
                None => {
                    let package = name.split('.').next().unwrap_or(name);
                    match self.tree.find_name(package) {
                        Some(package) => self.identifier(loc, package, ExprContext::Store),
                        None => self.store_name(loc, package)?,
                    }
                }
            }
        }
        Ok(())
    }

    fn import_name(&mut self, loc: Location, name: Option<NameId>, lazy: bool, star: bool) {
        let index = match name {
            Some(name) => self.name_index(name),
            None => self.unit.names.add(""),
        };
        if !self.switches.imports_may_wait {
            return self.op_i(loc, Opcode::IMPORT_NAME, index);
        }
        let now = star || self.unit.scope_type != ScopeType::Module || self.in_try();
        let how = match lazy {
            true => LAZY,
            false if now => EAGER,
            false => 0,
        };
        self.op_i(loc, Opcode::IMPORT_NAME, index << 2 | how);
    }

    /// Whether an exception raised here may be caught in this code object.
    fn in_try(&self) -> bool {
        let fblocks = self.unit.fblocks.iter();
        fblocks.map(|block| block.kind).any(|kind| {
            matches!(
                kind,
                FBlockKind::TryExcept
                    | FBlockKind::FinallyTry(_)
                    | FBlockKind::FinallyEnd
                    | FBlockKind::HandlerCleanup(_)
                    | FBlockKind::ExceptionHandler
                    | FBlockKind::ExceptionGroupHandler
            )
        })
    }

    /// `import a.b.c as d`: IMPORT_NAME gave `a`, from which the rest is taken.
    fn import_as(&mut self, loc: Location, name: &str, asname: NameId) -> Result {
        let mut attributes = name.split('.').skip(1).peekable();
        if attributes.peek().is_none() {
            self.identifier(loc, asname, ExprContext::Store);
            return Ok(());
        }
        while let Some(attribute) = attributes.next() {
            self.op_raw_name(loc, Opcode::IMPORT_FROM, attribute, super::Table::Names);
            if attributes.peek().is_some() {
                self.op_i(loc, Opcode::SWAP, 2);
                self.op(loc, Opcode::POP_TOP);
            }
        }
        self.identifier(loc, asname, ExprContext::Store);
        self.op(loc, Opcode::POP_TOP);
        Ok(())
    }

    pub(super) fn import_from(
        &mut self,
        id: StmtId,
        module: Option<NameId>,
        names: List<Alias>,
        level: u32,
    ) -> Result {
        let loc = self.loc(id);
        self.load_const(loc, int(level));
        let from_list = self
            .tree
            .list(names)
            .map(|alias| string(self.tree.name(self.tree[alias].name)));
        let from_list = Const::Tuple(from_list.collect());
        self.load_const(loc, from_list);
        let first = self.tree.list(names).next();
        let star = first.is_some_and(|first| self.tree.name(self.tree[first].name) == "*");
        self.import_name(loc, module, self.tree.is_lazy(id), star);

        for (at, alias) in self.tree.list(names).enumerate() {
            let Alias { name, asname } = self.tree[alias];
            if at == 0 && self.tree.name(name) == "*" {
                self.op_i(loc, Opcode::CALL_INTRINSIC_1, number::INTRINSIC_IMPORT_STAR);
                self.op(Location::NONE, Opcode::POP_TOP);
                return Ok(());
            }
            self.op_identifier(loc, Opcode::IMPORT_FROM, name);
            self.identifier(loc, asname.unwrap_or(name), ExprContext::Store);
        }
        self.op(loc, Opcode::POP_TOP);
        Ok(())
    }
}
