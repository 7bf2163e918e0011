//! Functions, lambdas, closures, decorators and defaults.

use vitrine_syntax::tree::{
    Arguments, Expr, ExprContext, ExprId, FunctionDef, Id, List, Stmt, StmtId,
};

use std::sync::Arc;

use super::Codegen;
use super::constants::string;
use super::error::Result;
use super::fblock::FBlockKind;
use super::symbols::Entry;
use super::unit::{ArgCounts, ScopeType};
use crate::code::{CodeObject, Const, LocalKind};
use crate::instruction::Location;
use crate::opcode::{Opcode, number};

/// What a function is given besides its code (`MAKE_FUNCTION_*`).
pub(super) mod attribute {
    pub(in super::super) const DEFAULTS: u32 = 1;
    pub(in super::super) const KWDEFAULTS: u32 = 2;
    /// Before 3.14: a tuple of names and annotations.
    pub(in super::super) const ANNOTATIONS: u32 = 4;
    pub(in super::super) const CLOSURE: u32 = 8;
    pub(in super::super) const ANNOTATE: u32 = 16;
}

impl Codegen<'_> {
    /// Makes a function of a code object; its attributes are on the stack.
    pub(super) fn make_closure(
        &mut self,
        loc: Location,
        code: Arc<CodeObject>,
        attributes: u32,
    ) -> Result {
        let mut attributes = attributes;
        // Free variables are the last.
        let kinds = code.localspluskinds.iter().rev();
        let free = { kinds.take_while(|&kind| kind & LocalKind::FREE != 0) }.count();
        if free > 0 {
            let bound = code.localsplusnames.len() - free;
            for name in code.localsplusnames.iter().skip(bound) {
                let Some(arg) = self.closure_index(name) else {
                    return self.system_error("a free variable that the code around does not have");
                };
                self.op_i(loc, Opcode::LOAD_CLOSURE, arg);
            }
            attributes |= attribute::CLOSURE;
            self.op_i(loc, Opcode::BUILD_TUPLE, free as u32);
        }
        self.load_const(loc, Const::Code(code));
        self.op(loc, Opcode::MAKE_FUNCTION);
        for attribute in [
            attribute::CLOSURE,
            attribute::ANNOTATE,
            attribute::ANNOTATIONS,
            attribute::KWDEFAULTS,
            attribute::DEFAULTS,
        ] {
            if attributes & attribute != 0 {
                self.op_i(loc, Opcode::SET_FUNCTION_ATTRIBUTE, attribute);
            }
        }
        Ok(())
    }

    /// The cell or free variable of the code at hand that a closure captures.
    ///
    /// A name that is both local to a class and free in it is the free one:
    /// methods see through the class.
    fn closure_index(&mut self, name: &str) -> Option<u32> {
        let made_by_class = self.unit.scope_type == ScopeType::Class
            && matches!(
                name,
                "__class__" | "__classdict__" | "__conditional_annotations__"
            );
        if made_by_class || self.symbol(name).scope == Some(vitrine_scope::Scope::Cell) {
            return self.unit.cellvars.find(name);
        }
        let cells = self.unit.cellvars.names.len() as u32;
        self.unit.freevars.find(name).map(|at| cells + at)
    }

    pub(super) fn apply_decorators(&mut self, decorators: List<Expr>) {
        for decorator in self.tree.list(decorators).rev() {
            self.op_i(self.place(decorator), Opcode::CALL, 0);
        }
    }

    /// The line where a definition begins: that of its first decorator.
    pub(super) fn definition_line(&self, id: StmtId, decorators: List<Expr>) -> u32 {
        match self.tree.list(decorators).next() {
            Some(first) => self.line(first),
            None => self.line(id),
        }
    }

    fn arg_counts(&self, args: Id<Arguments>) -> ArgCounts {
        let args = self.tree[args];
        let len = |list| self.tree.len(list) as u32;
        ArgCounts {
            args: len(args.args),
            posonly: len(args.posonlyargs),
            kwonly: len(args.kwonlyargs),
        }
    }

    /// Pushes the defaults, and tells which attributes that makes.
    fn default_arguments(&mut self, loc: Location, args: Id<Arguments>) -> Result<u32> {
        let Arguments {
            kwonlyargs,
            kw_defaults,
            defaults,
            ..
        } = self.tree[args];
        let mut attributes = 0;
        if !defaults.is_empty() {
            self.expressions(defaults)?;
            self.op_i(loc, Opcode::BUILD_TUPLE, self.tree.len(defaults) as u32);
            attributes |= attribute::DEFAULTS;
        }
        let key_tuple = self.switches.has_special_instructions;
        let mut names = Vec::new();
        for (arg, default) in self
            .tree
            .list(kwonlyargs)
            .zip(self.tree.opt_list(kw_defaults))
        {
            if let Some(default) = default {
                let name = string(&self.mangle(self.tree.name(self.tree[arg].arg)));
                if !key_tuple {
                    self.load_const(loc, name.clone());
                }
                names.push(name);
                self.expr(default)?;
            }
        }
        if !names.is_empty() {
            if key_tuple {
                self.const_keys(loc, names);
            } else {
                self.op_i(loc, Opcode::BUILD_MAP, names.len() as u32);
            }
            attributes |= attribute::KWDEFAULTS;
        }
        Ok(attributes)
    }

    pub(super) fn function_def(&mut self, id: StmtId, node: Id<FunctionDef>) -> Result {
        let FunctionDef {
            name,
            args,
            decorator_list,
            returns,
            type_params,
            ..
        } = self.tree[node];
        self.expressions(decorator_list)?;
        let firstlineno = self.definition_line(id, decorator_list);
        let loc = self.loc(id);
        let mut attributes = self.default_arguments(loc, args)?;
        let text = self.tree.name(name);

        let is_generic = !type_params.is_empty();
        let mut passed = 0;
        if is_generic {
            // The function that makes the type parameters gets the defaults.
            passed = (attributes & (attribute::DEFAULTS | attribute::KWDEFAULTS)).count_ones();
            if passed == 2 {
                self.op_i(loc, Opcode::SWAP, 2);
            }
            let Some(block) = self.scopes.function_type_params(node) else {
                return self.system_error("type parameters without a block");
            };
            let counts = ArgCounts {
                args: passed,
                ..ArgCounts::default()
            };
            let generic = format!("<generic parameters of {text}>");
            self.enter_scope(
                &generic,
                ScopeType::Annotations,
                Entry::Block(block),
                firstlineno,
                counts,
            );
            self.type_params(type_params)?;
            for at in 0..passed {
                self.op_i(loc, Opcode::LOAD_FAST, at);
            }
        }
        attributes |= self.function_annotations(loc, node, args, returns)?;
        self.function_body(loc, node, attributes, firstlineno)?;
        if is_generic {
            self.op_i(loc, Opcode::SWAP, 2);
            self.op_i(
                loc,
                Opcode::CALL_INTRINSIC_2,
                number::INTRINSIC_SET_FUNCTION_TYPE_PARAMS,
            );
            let code = self.assemble(false)?;
            self.make_closure(loc, code, 0)?;
            if passed > 0 {
                self.op_i(loc, Opcode::SWAP, passed + 1);
                self.op_i(loc, Opcode::CALL, passed - 1);
            } else {
                self.op(loc, Opcode::PUSH_NULL);
                self.op_i(loc, Opcode::CALL, 0);
            }
        }
        self.apply_decorators(decorator_list);
        self.identifier(loc, name, ExprContext::Store);
        Ok(())
    }

    fn function_body(
        &mut self,
        loc: Location,
        node: Id<FunctionDef>,
        attributes: u32,
        firstlineno: u32,
    ) -> Result {
        let FunctionDef {
            name,
            args,
            body,
            is_async,
            ..
        } = self.tree[node];
        let Some(block) = self.scopes.function(node) else {
            return self.system_error("a function without a block");
        };
        let scope_type = if is_async {
            ScopeType::AsyncFunction
        } else {
            ScopeType::Function
        };
        let counts = self.arg_counts(args);
        self.enter_scope(
            self.tree.name(name),
            scope_type,
            Entry::Block(block),
            firstlineno,
            counts,
        );

        let mut statements = Body {
            skip: 0,
            wrapped: false,
        };
        if let Some(docstring) = self.docstring(body) {
            if self.unit.traits.has_docstring {
                let value = self.clean_docstring(docstring)?;
                self.add_const(Const::Str(value));
            }
            statements = self.body_after_docstring(body);
        }
        self.first_constant();
        let start = self.new_label();
        self.use_label(start);
        // What the machine pushes around a generator counts as a block.
        let is_generator = self.unit.traits.coroutine || self.unit.traits.generator;
        if is_generator {
            let none = self.no_label();
            self.push_fblock(Location::NONE, FBlockKind::StopIteration, start, none)?;
        }
        self.body_statements(body, statements)?;
        if is_generator {
            self.wrap_in_stopiteration_handler(0);
            self.pop_fblock();
        }
        let code = self.assemble(true)?;
        self.make_closure(loc, code, attributes)
    }

    /// Sees to it that a function without a docstring has None in its place, where the
    /// first constant is always one.
    pub(super) fn first_constant(&mut self) {
        if self.switches.first_constant_is_docstring && self.unit.consts.consts.is_empty() {
            self.add_const(Const::None);
        }
    }

    pub(super) fn lambda(&mut self, id: ExprId, args: Id<Arguments>, body: ExprId) -> Result {
        let loc = self.loc(id);
        let attributes = self.default_arguments(loc, args)?;
        let Some(block) = self.scopes.lambda(id) else {
            return self.system_error("a lambda without a block");
        };
        let counts = self.arg_counts(args);
        self.enter_scope(
            "<lambda>",
            ScopeType::Lambda,
            Entry::Block(block),
            self.line(id),
            counts,
        );
        self.first_constant();
        self.expr(body)?;
        let is_generator = self.unit.traits.generator;
        if !is_generator {
            self.op(self.place(body), Opcode::RETURN_VALUE);
        }
        let code = self.assemble(!is_generator)?;
        self.make_closure(loc, code, attributes)
    }
}

/// Which statements of a body are compiled, and how the first of them.
#[derive(Clone, Copy)]
pub(super) struct Body {
    /// How many are left out.
    pub(super) skip: usize,
    /// The first is a string that `-OO` must not make a docstring.
    pub(super) wrapped: bool,
}

impl Codegen<'_> {
    /// What follows a docstring, which is kept or dropped (`-OO`).
    pub(super) fn body_after_docstring(&self, body: List<Stmt>) -> Body {
        let second = self.tree.list(body).nth(1);
        let wrapped =
            self.options.optimize >= 2 && second.is_some_and(|id| self.is_string_statement(id));
        Body { skip: 1, wrapped }
    }

    pub(super) fn body_statements(&mut self, body: List<Stmt>, statements: Body) -> Result {
        if statements.skip == 1 && self.options.optimize >= 2 && self.tree.len(body) == 1 {
            // A body of a docstring alone becomes `pass`.
            if let Some(only) = self.tree.list(body).next() {
                self.pass_for_docstring(only);
            }
            return Ok(());
        }
        for (at, statement) in self.tree.list(body).skip(statements.skip).enumerate() {
            if at == 0 && statements.wrapped {
                self.wrapped_string_statement(statement)?;
            } else {
                self.statement(statement)?;
            }
        }
        Ok(())
    }

    /// The NOP of the `pass` that stands for a dropped docstring.
    pub(super) fn pass_for_docstring(&mut self, docstring: StmtId) {
        let loc = self.loc(docstring);
        self.op(
            Location::new(loc.line, loc.line, loc.column, loc.column + 4),
            Opcode::NOP,
        );
    }

    /// A string statement after a dropped docstring is evaluated, as an f-string would be.
    pub(super) fn wrapped_string_statement(&mut self, statement: StmtId) -> Result {
        if let Stmt::Expr { value } = self.tree[statement] {
            self.expr(value)?;
            self.op(Location::NONE, Opcode::POP_TOP);
        }
        Ok(())
    }
}
