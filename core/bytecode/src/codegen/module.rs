//! The module's own code, over all its segments; and bodies with docstrings.

use std::sync::Arc;

use vitrine_syntax::tree::{List, Stmt, StmtId};

use super::error::Result;
use super::names::KnownNames;
use super::positions::Positions;
use super::symbols::Entry;
use super::unit::{ScopeType, Unit};
use super::{
    Codegen, CompileError, CompileErrorKind, CompileOptions, Mode, Segment, SyntaxWarning, Table,
};
use crate::assemble::Assembler;
use crate::code::{CodeObject, Const};
use crate::instruction::Location;
use crate::opcode::Opcode;
use crate::stages::StageTexts;
use vitrine_scope::ModuleScopes;

impl<'a> Codegen<'a> {
    /// A generator for a file of at least one segment.
    fn new(
        segments: &'a [Segment<'a>],
        module: &'a ModuleScopes,
        options: &'a CompileOptions,
    ) -> Option<Self> {
        let first = segments.first()?;
        let mut known = KnownNames::default();
        known.of(first.tree);
        Some(Self {
            options,
            switches: options.target.switches(),
            segments,
            module,
            module_has_docstring: module.has_docstring
                && options.optimize < 2
                && options.mode == Mode::Exec,
            future_annotations: module.future.annotations(),
            segment: 0,
            tree: first.tree,
            scopes: first.scopes,
            positions: Positions::new(first.lines, first.first_line),
            unit: Box::default(),
            stack: Vec::new(),
            spare: Unit::take_spare(),
            units: 0,
            known,
            assembler: Assembler::spare(options.target),
            spine: Vec::new(),
            depth: 0,
            disable_warnings: 0,
            warnings: Vec::new(),
            stages: None,
        })
    }

    /// Makes a segment the one at hand.
    pub(super) fn enter_segment(&mut self, segment: usize) {
        if segment != self.segment {
            let at_hand = self.segments[segment];
            self.segment = segment;
            self.tree = at_hand.tree;
            self.scopes = at_hand.scopes;
            self.positions = Positions::new(at_hand.lines, at_hand.first_line);
            self.known.of(at_hand.tree);
            // Code objects that go on in another segment.
            for unit in self.stack.iter_mut().chain([&mut self.unit]) {
                unit.names.forget_identifiers();
                unit.varnames.forget_identifiers();
            }
        }
    }

    /// All statements of the file, each with its segment.
    fn module_statements(&self) -> impl Iterator<Item = (usize, StmtId)> + use<'a> {
        self.segments.iter().enumerate().flat_map(|(segment, at)| {
            at.tree
                .list(at.tree.body())
                .map(move |statement| (segment, statement))
        })
    }

    fn module(mut self) -> std::result::Result<Generated, Box<CompileError>> {
        match self.module_code() {
            Ok(code) => {
                self.assembler.give_back();
                Unit::give_back(self.spare);
                Ok(Generated {
                    code: Arc::unwrap_or_clone(code),
                    warnings: self.warnings,
                    stages: self.stages.unwrap_or_default(),
                })
            }
            Err(mut error) => {
                error.warnings = self.warnings;
                Err(error)
            }
        }
    }

    /// Warns of what leaves a `finally`, in all of the file.
    fn check_all_finally(&mut self) {
        for segment in 0..self.segments.len() {
            self.enter_segment(segment);
            self.check_finally();
        }
    }

    fn module_code(&mut self) -> Result<Arc<CodeObject>> {
        self.check_all_finally();
        self.unit = self.new_unit(ScopeType::Module, Entry::Module, "<module>", 1);
        self.unit.qualname = self.unit.name.clone();
        self.resume(Location::new(0, 1, 0, 0));
        match self.options.mode {
            Mode::Eval => {
                if let Some((segment, statement)) = self.module_statements().next() {
                    self.enter_segment(segment);
                    match self.tree[statement] {
                        Stmt::Expr { value } => self.expr(value)?,
                        _ => return self.system_error("an expression was to be compiled"),
                    }
                }
                self.assemble(false)
            }
            Mode::Exec | Mode::Single => {
                self.module_body()?;
                self.assemble(true)
            }
        }
    }

    fn module_body(&mut self) -> Result {
        let mut statements = self.module_statements().peekable();
        if let Some(&(segment, _)) = statements.peek() {
            self.enter_segment(segment);
        }
        let (keep, drop) = (
            self.unit.traits.has_docstring,
            self.options.optimize >= 2 && self.options.mode == Mode::Exec,
        );
        let docstring = statements
            .next_if(|&(_, first)| (keep || drop) && self.is_string_statement(first))
            .map(|(_, docstring)| docstring);
        // A dropped docstring is gone before there are locations.
        let loc = match (docstring.filter(|_| keep), statements.peek()) {
            (None, Some(&(segment, statement))) => {
                self.enter_segment(segment);
                self.loc(statement)
            }
            (first, _) => first
                .or(docstring)
                .map_or(Location::new(1, 1, 0, 0), |first| self.loc(first)),
        };
        if self.unit.traits.has_conditional_annotations {
            self.op_i(loc, Opcode::BUILD_SET, 0);
            self.op_raw_name(
                loc,
                Opcode::STORE_NAME,
                "__conditional_annotations__",
                Table::Names,
            );
        }
        self.setup_annotations(loc);
        let mut wrap_string = false;
        if let Some(docstring) = docstring {
            if keep {
                self.store_docstring(docstring)?;
            } else {
                wrap_string = true;
                if statements.peek().is_none() {
                    self.pass_for_docstring(docstring);
                }
            }
        }
        for (segment, statement) in statements {
            self.enter_segment(segment);
            if std::mem::take(&mut wrap_string) && self.is_string_statement(statement) {
                self.wrapped_string_statement(statement)?;
            } else {
                self.statement(statement)?;
            }
        }
        self.deferred_annotations(loc)
    }

    fn deferred_annotations(&mut self, loc: Location) -> Result {
        if self.future_annotations {
            return Ok(());
        }
        self.process_deferred_annotations(loc)
    }

    fn setup_annotations(&mut self, loc: Location) {
        let at_once = self.future_annotations || self.switches.annotates_at_once;
        if at_once && self.unit.traits.annotations_used {
            self.op(loc, Opcode::SETUP_ANNOTATIONS);
        }
    }

    fn store_docstring(&mut self, statement: StmtId) -> Result {
        if let (Some(text), Stmt::Expr { value }) =
            (self.string_statement(statement), self.tree[statement])
        {
            let loc = self.loc(value);
            let text = self.clean_docstring(text)?;
            self.load_const(loc, Const::Str(text));
            self.store_name(Location::NONE, "__doc__")?;
        }
        Ok(())
    }

    /// A class's body (`codegen_body`).
    pub(super) fn body(&mut self, loc: Location, body: List<Stmt>) -> Result {
        self.setup_annotations(loc);
        let mut statements = super::functions::Body {
            skip: 0,
            wrapped: false,
        };
        if let Some(first) = self
            .tree
            .list(body)
            .next()
            .filter(|&first| self.is_string_statement(first))
        {
            if self.unit.traits.has_docstring {
                self.store_docstring(first)?;
            }
            statements = self.body_after_docstring(body);
        }
        self.body_statements(body, statements)?;
        self.deferred_annotations(loc)
    }
}

/// What generating a module's code gives.
pub(crate) struct Generated {
    pub(crate) code: CodeObject,
    pub(crate) warnings: Vec<SyntaxWarning>,
    /// Innermost code objects first, the module's last; only if asked for.
    pub(crate) stages: Vec<StageTexts>,
}

/// Generates a module's code from trees and scopes without errors.
pub(crate) fn generate(
    segments: &[Segment<'_>],
    module: &ModuleScopes,
    options: &CompileOptions,
    keep_stages: bool,
) -> std::result::Result<Generated, Box<CompileError>> {
    match Codegen::new(segments, module, options) {
        Some(mut codegen) => {
            codegen.stages = keep_stages.then(Vec::new);
            codegen.module()
        }
        None => Err(Box::new(CompileError::new(
            CompileErrorKind::System,
            "a file has at least one segment",
            Location::NONE,
        ))),
    }
}

/// The warnings that come before symbol tables are made, and so before their errors.
pub(crate) fn warnings_of_finally(
    segments: &[Segment<'_>],
    module: &ModuleScopes,
    options: &CompileOptions,
) -> Vec<SyntaxWarning> {
    let Some(mut codegen) = Codegen::new(segments, module, options) else {
        return Vec::new();
    };
    codegen.check_all_finally();
    codegen.warnings
}
