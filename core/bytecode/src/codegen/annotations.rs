//! Annotations: the `__annotate__` functions that evaluate them (PEP 649), and
//! their text under `from __future__ import annotations`.

use std::sync::Arc;

use vitrine_syntax::tree::{Arg, Arguments, Expr, ExprId, FunctionDef, Id, Stmt};

use super::constants::{int, string};
use super::error::Result;
use super::functions::attribute;
use super::symbols::Entry;
use super::unit::{ArgCounts, DeferredAnnotation, ScopeType};
use super::{Codegen, Table};
use crate::instruction::Location;
use crate::opcode::{Opcode, number};

/// `annotationlib.Format.VALUE_WITH_FAKE_GLOBALS`, the last that compiled code knows.
const VALUE_WITH_FAKE_GLOBALS: u32 = 2;

impl<'a> Codegen<'a> {
    /// Begins a function of a format, which raises for formats it does not know.
    pub(super) fn enter_annotations_scope(&mut self, loc: Location, entry: Entry, name: &str) {
        if self.switches.annotates_at_once {
            let counts = ArgCounts::default();
            return self.enter_scope(name, ScopeType::Annotations, entry, loc.line as u32, counts);
        }
        let counts = ArgCounts {
            posonly: 1,
            ..ArgCounts::default()
        };
        self.enter_scope(name, ScopeType::Annotations, entry, loc.line as u32, counts);
        self.op_i(loc, Opcode::LOAD_FAST, 0);
        self.load_const(loc, int(VALUE_WITH_FAKE_GLOBALS));
        self.compare_op(loc, vitrine_syntax::tree::CmpOp::Gt);
        let body = self.new_label();
        self.jump(loc, Opcode::POP_JUMP_IF_FALSE, body);
        self.op_i(
            loc,
            Opcode::LOAD_COMMON_CONSTANT,
            number::CONSTANT_NOTIMPLEMENTEDERROR,
        );
        self.op_i(loc, Opcode::RAISE_VARARGS, 1);
        self.use_label(body);
    }

    /// Names the `__annotate__` at hand for a function, unless that has type parameters
    /// and stands in the module.
    fn name_annotations(&mut self, function: &str) {
        let parent = self.stack.last();
        let generic = parent.is_some_and(|parent| parent.scope_type == ScopeType::Annotations);
        if generic && self.stack.len() == 2 {
            return;
        }
        let unit = &mut self.unit;
        let around = unit.qualname.len() - unit.name.len();
        let around = &unit.qualname[..around];
        unit.qualname = format!("{around}{function}.{}", unit.name).into();
    }

    /// Ends an `__annotate__` and makes the function.
    fn leave_annotations_scope(&mut self, loc: Location) -> Result {
        self.op(loc, Opcode::RETURN_VALUE);
        let mut code = self.assemble(true)?;
        // Named `.format` while compiled, lest an annotation mean it by `format`.
        if !code.localsplusnames.is_empty() {
            let others = code.localsplusnames.iter().skip(1);
            let names = ["format"].into_iter().chain(others).collect();
            Arc::make_mut(&mut code).localsplusnames = names;
        }
        self.make_closure(loc, code, 0)
    }

    /// Pushes a function's `__annotate__`, if it has annotations.
    pub(super) fn function_annotations(
        &mut self,
        loc: Location,
        node: Id<FunctionDef>,
        args: Id<Arguments>,
        returns: Option<ExprId>,
    ) -> Result<u32> {
        if self.switches.annotates_at_once {
            let count = self.annotation_pairs(loc, args, returns)?;
            if count > 0 {
                self.op_i(loc, Opcode::BUILD_TUPLE, count * 2);
            }
            return Ok(if count > 0 { attribute::ANNOTATIONS } else { 0 });
        }
        let Some(block) = self.scopes.function_annotations(node) else {
            return Ok(0);
        };
        if !self.scopes[block].annotations_used {
            return Ok(0);
        }
        self.enter_annotations_scope(loc, Entry::Block(block), "__annotate__");
        if self.switches.annotations_are_named_for_functions {
            self.name_annotations(self.tree.name(self.tree[node].name));
        }
        let count = self.annotation_pairs(loc, args, returns)?;
        self.op_i(loc, Opcode::BUILD_MAP, count);
        self.leave_annotations_scope(loc)?;
        Ok(attribute::ANNOTATE)
    }

    /// Pushes the names of what is annotated, each with its annotation; how many.
    fn annotation_pairs(
        &mut self,
        loc: Location,
        args: Id<Arguments>,
        returns: Option<ExprId>,
    ) -> Result<u32> {
        let Arguments {
            posonlyargs,
            args,
            vararg,
            kwonlyargs,
            kwarg,
            ..
        } = self.tree[args];
        let list = |list| self.tree.list::<Arg>(list);
        let (first, second) = if self.switches.annotations_are_in_order {
            (posonlyargs, args)
        } else {
            (args, posonlyargs)
        };
        let parameters: Vec<Id<Arg>> = list(first)
            .chain(list(second))
            .chain(vararg)
            .chain(list(kwonlyargs))
            .chain(kwarg)
            .collect();
        let mut count = 0;
        for parameter in parameters {
            let Arg { arg, annotation } = self.tree[parameter];
            if let Some(annotation) = annotation {
                self.parameter_annotation(loc, self.tree.name(arg), annotation)?;
                count += 1;
            }
        }
        if let Some(returns) = returns {
            self.parameter_annotation(loc, "return", returns)?;
            count += 1;
        }
        Ok(count)
    }

    fn parameter_annotation(&mut self, loc: Location, name: &str, annotation: ExprId) -> Result {
        let name = string(&self.mangle(name));
        self.load_const(loc, name);
        if self.future_annotations {
            self.annotation_text(annotation);
            return Ok(());
        }
        match self.tree[annotation] {
            // `*args: *Ts` is annotated with the one item of `*Ts`.
            Expr::Starred { value, .. } => {
                self.expr(value)?;
                self.op_i(loc, Opcode::UNPACK_SEQUENCE, 1);
                Ok(())
            }
            _ => self.expr(annotation),
        }
    }

    /// An annotation that is evaluated where it stands, or its text.
    pub(super) fn annotation_value(&mut self, annotation: ExprId) -> Result {
        if self.future_annotations {
            self.annotation_text(annotation);
            return Ok(());
        }
        self.expr(annotation)
    }

    /// An annotation as text, as if written by `ast.unparse`.
    pub(super) fn annotation_text(&mut self, annotation: ExprId) {
        let text = super::unparse::expression(self.tree, annotation);
        self.load_const(self.loc(annotation), crate::code::Const::Str(text));
    }

    /// Ends a module's or class's code with its `__annotate__`. The module's is
    /// made first of all, in place of the placeholder.
    pub(super) fn process_deferred_annotations(&mut self, loc: Location) -> Result {
        let deferred = std::mem::take(&mut self.unit.deferred_annotations);
        if deferred.is_empty() {
            return Ok(());
        }
        let is_module = self.unit.scope_type == ScopeType::Module;
        let entry = match self.unit.entry {
            Entry::Block(id) => self.scopes[id].annotation_block.map(Entry::Block),
            _ => Some(Entry::ModuleAnnotate),
        };
        let Some(entry) = entry else {
            return self.system_error("annotations without a block");
        };
        if is_module {
            let instructions = std::mem::take(&mut self.unit.instructions);
            self.unit.stashed = Some(instructions);
        }
        let is_class = self.unit.traits.class;
        self.enter_annotations_scope(loc, entry, "__annotate__");
        self.op_i(loc, Opcode::BUILD_MAP, 0);
        let at_hand = self.segment;
        for annotation in deferred {
            self.enter_segment(annotation.segment);
            self.deferred_annotation(loc, annotation, is_class)?;
        }
        self.enter_segment(at_hand);
        self.leave_annotations_scope(loc)?;
        self.store_name(
            loc,
            if is_class {
                "__annotate_func__"
            } else {
                "__annotate__"
            },
        )?;
        if is_module {
            let instructions = self.unit.stashed.take().unwrap_or_default();
            let annotations = std::mem::replace(&mut self.unit.instructions, instructions);
            self.unit.instructions.set_annotations_code(annotations);
        }
        Ok(())
    }

    /// Adds one annotation to the dict on top, if its statement was reached.
    fn deferred_annotation(
        &mut self,
        loc: Location,
        annotation: DeferredAnnotation,
        in_class: bool,
    ) -> Result {
        let DeferredAnnotation {
            statement,
            conditional,
            ..
        } = annotation;
        let Stmt::AnnAssign {
            target, annotation, ..
        } = self.tree[statement]
        else {
            return Ok(());
        };
        let Expr::Name { id, .. } = self.tree[target] else {
            return Ok(());
        };
        let name = string(&self.mangle(self.tree.name(id)));
        let own_loc = self.loc(statement);
        let not_set = self.new_label();
        if let Some(index) = conditional {
            self.load_const(own_loc, int(index));
            let (opcode, table) = match in_class {
                true => (Opcode::LOAD_DEREF, Table::Free),
                false => (Opcode::LOAD_GLOBAL, Table::Names),
            };
            self.op_raw_name(own_loc, opcode, "__conditional_annotations__", table);
            self.op_i(own_loc, Opcode::CONTAINS_OP, 0);
            self.jump(own_loc, Opcode::POP_JUMP_IF_FALSE, not_set);
        }
        self.expr(annotation)?;
        self.op_i(own_loc, Opcode::COPY, 2);
        self.load_const(own_loc, name);
        self.op(loc, Opcode::STORE_SUBSCR);
        self.use_label(not_set);
        Ok(())
    }
}
