//! Classes.

use vitrine_syntax::tree::{ClassDef, ExprContext, Id, StmtId};

use super::constants::{int, string};
use super::error::Result;
use super::symbols::Entry;
use super::unit::{ArgCounts, ScopeType};
use super::{Codegen, Table};
use crate::code::Const;
use crate::instruction::Location;
use crate::opcode::{Opcode, number};

impl Codegen<'_> {
    /// `name = __build_class__(function of the body, 'name', *bases, **keywords)`.
    pub(super) fn class_def(&mut self, id: StmtId, node: Id<ClassDef>) -> Result {
        let ClassDef {
            name,
            bases,
            keywords,
            decorator_list,
            type_params,
            ..
        } = self.tree[node];
        self.expressions(decorator_list)?;
        let firstlineno = self.definition_line(id, decorator_list);
        let loc = self.loc(id);

        let is_generic = !type_params.is_empty();
        if is_generic {
            let Some(block) = self.scopes.class_type_params(node) else {
                return self.system_error("type parameters without a block");
            };
            let generic = format!("<generic parameters of {}>", self.tree.name(name));
            let counts = ArgCounts::default();
            self.enter_scope(
                &generic,
                ScopeType::Annotations,
                Entry::Block(block),
                firstlineno,
                counts,
            );
            self.type_params(type_params)?;
            self.store_name(loc, ".type_params")?;
        }
        self.class_body(loc, node, firstlineno)?;
        if is_generic {
            self.load_name(loc, ".type_params")?;
            self.op_i(
                loc,
                Opcode::CALL_INTRINSIC_1,
                number::INTRINSIC_SUBSCRIPT_GENERIC,
            );
            self.store_name(loc, ".generic_base")?;
            self.validate_keywords(keywords)?;
            self.call_arguments(loc, 2, bases, Some(".generic_base"), keywords)?;
            let code = self.assemble(false)?;
            self.make_closure(loc, code, 0)?;
            self.op(loc, Opcode::PUSH_NULL);
            self.op_i(loc, Opcode::CALL, 0);
        } else {
            self.validate_keywords(keywords)?;
            self.call_arguments(loc, 2, bases, None, keywords)?;
        }
        self.apply_decorators(decorator_list);
        self.identifier(loc, name, ExprContext::Store);
        Ok(())
    }

    fn class_body(&mut self, class_loc: Location, node: Id<ClassDef>, firstlineno: u32) -> Result {
        let ClassDef {
            name,
            body,
            type_params,
            ..
        } = self.tree[node];
        let name = self.tree.name(name);
        let Some(block) = self.scopes.class(node) else {
            return self.system_error("a class without a block");
        };
        let counts = ArgCounts::default();
        self.enter_scope(
            name,
            ScopeType::Class,
            Entry::Block(block),
            firstlineno,
            counts,
        );

        let line = firstlineno as i32;
        let loc = Location::new(line, line, 0, 0);
        self.load_name(loc, "__name__")?;
        self.store_name(loc, "__module__")?;
        let qualname = string(&self.unit.qualname);
        self.load_const(loc, qualname);
        self.store_name(loc, "__qualname__")?;
        self.load_const(loc, int(firstlineno));
        self.store_name(loc, "__firstlineno__")?;
        if !type_params.is_empty() {
            self.load_name(loc, ".type_params")?;
            self.store_name(loc, "__type_params__")?;
        }
        if self.unit.traits.needs_classdict {
            self.op(loc, Opcode::LOAD_LOCALS);
            // A class stores its names in its namespace, but this one in its cell.
            self.op_raw_name(loc, Opcode::STORE_DEREF, "__classdict__", Table::Cells);
        }
        if self.unit.traits.has_conditional_annotations {
            self.op_i(loc, Opcode::BUILD_SET, 0);
            self.op_raw_name(
                loc,
                Opcode::STORE_DEREF,
                "__conditional_annotations__",
                Table::Cells,
            );
        }
        self.body(loc, body)?;

        let attributes = std::mem::take(&mut self.unit.static_attributes);
        let attributes = Const::Tuple(attributes.iter().map(|name| string(name)).collect());
        self.load_const(Location::NONE, attributes);
        self.store_name(Location::NONE, "__static_attributes__")?;
        if self.unit.traits.needs_classdict {
            self.load_cell("__classdict__");
            self.store_name(Location::NONE, "__classdictcell__")?;
        }
        if self.unit.traits.needs_class_closure {
            self.load_cell("__class__");
            self.op_i(Location::NONE, Opcode::COPY, 1);
            self.store_name(Location::NONE, "__classcell__")?;
        } else {
            self.load_const(Location::NONE, Const::None);
        }
        self.op(Location::NONE, Opcode::RETURN_VALUE);
        let code = self.assemble(true)?;

        // At the class's own line, not a decorator's.
        self.op(class_loc, Opcode::LOAD_BUILD_CLASS);
        self.op(class_loc, Opcode::PUSH_NULL);
        self.make_closure(class_loc, code, 0)?;
        self.load_str(class_loc, name);
        Ok(())
    }

    fn load_cell(&mut self, name: &str) {
        self.op_raw_name(Location::NONE, Opcode::LOAD_CLOSURE, name, Table::Cells);
    }
}
