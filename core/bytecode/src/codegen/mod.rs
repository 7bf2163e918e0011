//! Code generation: from the tree to pseudo-instructions (CPython 3.14's
//! `Python/codegen.c`, `Python/compile.c` and what `Python/ast_preprocess.c`
//! still folds).
//!
//! One [`Codegen`] generates a module: the code object at hand is `unit`, those
//! around it are on `stack`. The segment at hand gives the tree, the scopes and
//! the positions; only the module's own code crosses segments. Instructions are
//! emitted exactly as CPython emits them, redundant ones included: the passes
//! over the control flow graph (`crate::flowgraph`) are CPython's too, and
//! expect it. Nothing is folded on the tree; what CPython folds there is decided
//! where the node is visited (`preprocess`).

mod annotations;
mod assignments;
mod calls;
mod classes;
mod comprehensions;
mod constants;
mod docstring;
mod error;
mod exceptions;
mod expressions;
mod fblock;
mod finally;
mod fold_tree;
mod functions;
mod imports;
mod module;
mod names;
mod patterns;
mod positions;
mod preprocess;
mod statements;
mod strings;
mod symbols;
mod type_params;
mod unit;
mod unparse;
mod warnings;
mod with;

use std::borrow::Cow;
use std::sync::Arc;

use vitrine_scope::{ModuleScopes, SegmentScopes};
use vitrine_syntax::error::ErrorKind;
use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::parser;
use vitrine_syntax::stack;
use vitrine_syntax::tree::{ExprId, Id, NameId, Node, Tree};

use crate::assemble::Assembler;
use crate::code::Const;
use crate::instruction::{Label, Location};
use crate::opcode::{Opcode, number};
use crate::stages::StageTexts;
use crate::target::{Switches, Target};
use constants::NameTable;
use error::Result;
pub use error::{CompileError, CompileErrorKind, SyntaxWarning};
pub(crate) use module::{generate, warnings_of_finally};
use names::KnownNames;
use positions::Positions;
use unit::Unit;

/// What the compiler is told beside the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompileOptions {
    /// `co_filename`.
    pub filename: Arc<str>,
    /// `-O` gives 1 (no asserts), `-OO` gives 2 (no docstrings either).
    pub optimize: u8,
    /// What the text is.
    pub mode: Mode,
    /// `CO_FUTURE_*` bits that hold before the text is read (`compile(..., flags)`).
    pub flags: u32,
    /// The version of CPython to compile for.
    pub target: Target,
}

impl Default for CompileOptions {
    fn default() -> Self {
        Self {
            filename: "<string>".into(),
            optimize: 0,
            mode: Mode::Exec,
            flags: 0,
            target: Target::default(),
        }
    }
}

/// What the text to compile is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mode {
    /// A module: `exec`.
    Exec,
    /// One expression, whose value is returned: `eval`.
    Eval,
    /// One statement of an interactive session, whose value is printed: `single`.
    Single,
}

impl From<Mode> for parser::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Exec => Self::Exec,
            Mode::Eval => Self::Eval,
            Mode::Single => Self::Single,
        }
    }
}

/// A segment, as the compiler reads it.
#[derive(Clone, Copy)]
pub(crate) struct Segment<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) lines: &'a LineIndex,
    pub(crate) scopes: &'a SegmentScopes,
    /// The 1-based line of the file on which it begins.
    pub(crate) first_line: u32,
}

/// The generator of a module's code.
pub(crate) struct Codegen<'a> {
    options: &'a CompileOptions,
    switches: Switches,
    segments: &'a [Segment<'a>],
    module: &'a ModuleScopes,
    /// The first statement of the module is a string, and docstrings are kept.
    module_has_docstring: bool,
    /// `from __future__ import annotations` holds.
    future_annotations: bool,
    /// The segment at hand.
    segment: usize,
    tree: &'a Tree,
    scopes: &'a SegmentScopes,
    positions: Positions<'a>,
    /// The code object at hand, and those around it, the module's first.
    unit: Box<Unit>,
    #[allow(clippy::vec_box)]
    stack: Vec<Box<Unit>>,
    /// Units that were, for their memory.
    // Boxed like those in use, between which and these they move.
    #[allow(clippy::vec_box)]
    spare: Vec<Box<Unit>>,
    /// How many units there were so far.
    units: u32,
    known: KnownNames,
    assembler: Box<Assembler>,
    /// The chains of calls and operations being visited, one behind the other.
    spine: Vec<(ExprId, Label)>,
    /// How deep the visit is.
    depth: u32,
    /// Above 0 in the second copy of a `finally`, which warned already.
    disable_warnings: u32,
    warnings: Vec<SyntaxWarning>,
    /// What was generated, code object by code object, if it is to be shown.
    stages: Option<Vec<StageTexts>>,
}

/// How deep expressions and statements may nest; the parser refuses less.
const MAX_DEPTH: u32 = 60_000;

/// Which table of names an instruction's argument indexes.
#[derive(Clone, Copy)]
enum Table {
    Names,
    Locals,
    Cells,
    Free,
}

/// The ways to load an attribute that share `LOAD_ATTR` and `LOAD_SUPER_ATTR`.
#[derive(Clone, Copy)]
enum LoadAttr {
    Attr,
    Method,
    SuperAttr,
    SuperMethod,
    ZeroSuperAttr,
    ZeroSuperMethod,
}

impl<'a> Codegen<'a> {
    // Locations.

    /// `LOC(node)`.
    fn loc<T: Node>(&self, node: Id<T>) -> Location {
        self.positions.location(self.tree.range(node))
    }

    /// The line on which a node begins.
    fn line<T: Node>(&self, node: Id<T>) -> u32 {
        self.positions.line(self.tree.range(node).start)
    }

    // Errors.

    fn error<T>(&self, location: Location, message: impl Into<Cow<'static, str>>) -> Result<T> {
        let kind = CompileErrorKind::Syntax(ErrorKind::Syntax);
        Err(Box::new(CompileError::new(kind, message, location)))
    }

    /// For trees that no source text gives: what could not be read, and worse.
    fn system_error<T>(&self, message: &'static str) -> Result<T> {
        let kind = CompileErrorKind::System;
        Err(Box::new(CompileError::new(kind, message, Location::NONE)))
    }

    /// For instructions that the passes behind refuse.
    fn assembler_error(&self, error: impl std::fmt::Display) -> Box<CompileError> {
        let kind = CompileErrorKind::System;
        Box::new(CompileError::new(kind, error.to_string(), Location::NONE))
    }

    /// Runs `visit` one level deeper, or refuses.
    #[inline]
    fn deeper<T>(&mut self, visit: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(too_deep());
        }
        self.depth += 1;
        let result = stack::deeper_at(self.depth, || visit(self));
        self.depth -= 1;
        result
    }

    // Instructions.

    fn new_label(&mut self) -> Label {
        self.unit.instructions.new_label()
    }

    /// A label for frame blocks that nothing jumps to.
    fn no_label(&self) -> Label {
        Label(u32::MAX)
    }

    fn use_label(&mut self, label: Label) {
        self.unit.instructions.use_label(label);
    }

    fn op(&mut self, loc: Location, opcode: Opcode) {
        self.unit.instructions.push(opcode, 0, loc);
    }

    fn op_i(&mut self, loc: Location, opcode: Opcode, arg: u32) {
        self.unit.instructions.push(opcode, arg, loc);
    }

    fn jump(&mut self, loc: Location, opcode: Opcode, target: Label) {
        self.unit.instructions.push_jump(opcode, target, loc);
    }

    fn add_const(&mut self, value: Const) -> u32 {
        self.unit.consts.add(value)
    }

    fn load_const(&mut self, loc: Location, value: Const) {
        let arg = self.add_const(value);
        self.op_i(loc, Opcode::LOAD_CONST, arg);
    }

    fn load_str(&mut self, loc: Location, value: &str) {
        self.load_const(loc, constants::string(value));
    }

    /// An instruction on a name that is not mangled.
    fn op_raw_name(&mut self, loc: Location, opcode: Opcode, name: &str, table: Table) {
        let cells = self.unit.cellvars.names.len() as u32;
        let arg = match table {
            Table::Names => self.unit.names.add(name),
            Table::Locals => self.unit.varnames.add(name),
            Table::Cells => self.unit.cellvars.add(name),
            Table::Free => free_index(&mut self.unit.freevars, cells, name),
        };
        self.op_i(loc, opcode, arg);
    }

    /// An instruction on an attribute, a module or a global: a name of `co_names`.
    fn op_name(&mut self, loc: Location, opcode: Opcode, name: &str) {
        let name = self.mangle(name);
        let arg = self.unit.names.add(&name);
        self.op_i(loc, opcode, arg);
    }

    /// The same for an identifier of the tree.
    fn op_identifier(&mut self, loc: Location, opcode: Opcode, name: NameId) {
        let arg = self.name_index(name);
        self.op_i(loc, opcode, arg);
    }

    fn load_attr(&mut self, loc: Location, how: LoadAttr, name: NameId) {
        let arg = self.name_index(name);
        self.load_attr_at(loc, how, arg);
    }

    /// Loads the attribute of that index in `co_names`.
    fn load_attr_at(&mut self, loc: Location, how: LoadAttr, arg: u32) {
        let (opcode, arg) = match how {
            LoadAttr::Attr => (Opcode::LOAD_ATTR, arg << 1),
            LoadAttr::Method => (Opcode::LOAD_ATTR, arg << 1 | 1),
            LoadAttr::SuperAttr => (Opcode::LOAD_SUPER_ATTR, arg << 2 | 2),
            LoadAttr::SuperMethod => (Opcode::LOAD_SUPER_ATTR, arg << 2 | 3),
            LoadAttr::ZeroSuperAttr => (Opcode::LOAD_SUPER_ATTR, arg << 2),
            LoadAttr::ZeroSuperMethod => (Opcode::LOAD_SUPER_ATTR, arg << 2 | 1),
        };
        self.op_i(loc, opcode, arg);
    }

    /// `yield from` and `await`: sends into the iterator on top until it ends.
    fn yield_from(&mut self, loc: Location, is_await: bool) {
        let send = self.new_label();
        let fail = self.new_label();
        let exit = self.new_label();

        self.use_label(send);
        self.jump(loc, Opcode::SEND, exit);
        // A virtual `try` around the yield, for the StopIteration that a
        // `close` or `throw` lets out of it.
        self.jump(loc, Opcode::SETUP_FINALLY, fail);
        self.op_i(loc, Opcode::YIELD_VALUE, 1);
        self.op(Location::NONE, Opcode::POP_BLOCK);
        self.op_i(
            loc,
            Opcode::RESUME,
            if is_await {
                resume::AFTER_AWAIT
            } else {
                resume::AFTER_YIELD_FROM
            },
        );
        self.jump(loc, Opcode::JUMP_NO_INTERRUPT, send);

        self.use_label(fail);
        self.op(loc, Opcode::CLEANUP_THROW);

        self.use_label(exit);
        self.op(loc, Opcode::END_SEND);
    }

    /// What is sent into the awaitable on top to begin with: None.
    fn first_send(&mut self, loc: Location) {
        if self.switches.iterators_take_two_places {
            self.op(loc, Opcode::PUSH_NULL);
        }
        self.load_const(loc, Const::None);
    }

    fn yield_value(&mut self, loc: Location) {
        if self.unit.traits.generator && self.unit.traits.coroutine {
            self.op_i(
                loc,
                Opcode::CALL_INTRINSIC_1,
                number::INTRINSIC_ASYNC_GEN_WRAP,
            );
        }
        self.op_i(loc, Opcode::YIELD_VALUE, 0);
        self.op_i(loc, Opcode::RESUME, resume::AFTER_YIELD);
    }

    fn await_value(&mut self, loc: Location, awaitable: u32) {
        self.op_i(loc, Opcode::GET_AWAITABLE, awaitable);
        self.first_send(loc);
        self.yield_from(loc, true);
    }
}

#[cold]
fn too_deep() -> Box<CompileError> {
    Box::new(CompileError::new(
        CompileErrorKind::Recursion,
        "maximum recursion depth exceeded during compilation",
        Location::NONE,
    ))
}

/// The index of a free variable, which follow the cells.
fn free_index(freevars: &mut NameTable, cells: u32, name: &str) -> u32 {
    cells + freevars.add(name)
}

/// Up to how many values are pushed before a container is built step by step
/// (`_PY_STACK_USE_GUIDELINE`).
const STACK_USE_GUIDELINE: usize = 30;

/// Arguments of `RESUME`.
mod resume {
    pub(super) const AFTER_YIELD: u32 = 1;
    pub(super) const AFTER_YIELD_FROM: u32 = 2;
    pub(super) const AFTER_AWAIT: u32 = 3;
    /// Of 3.15.
    pub(super) const AT_GEN_EXPR_START: u32 = 4;
}
