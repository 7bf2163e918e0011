//! Compiler units: what is known of the code object being generated.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use vitrine_scope::{ModuleBlock, ModuleSymbol, Scope, flags};
use vitrine_syntax::tree::StmtId;

use super::constants::{ConstTable, NameTable};
use super::error::Result;
use super::fblock::FBlock;
use super::symbols::{Entry, Known, Traits};
use super::{Codegen, resume};
use crate::assemble::UnitMetadata;
use crate::code::{CodeFlags, CodeObject, Const};
use crate::instruction::{InstructionSequence, Location};
use crate::opcode::Opcode;

/// What kind of code a unit is (`COMPILE_SCOPE_*`).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum ScopeType {
    #[default]
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
    Annotations,
}

/// The parameters of a code object.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct ArgCounts {
    pub(super) args: u32,
    pub(super) posonly: u32,
    pub(super) kwonly: u32,
}

/// An annotation of a module or class, evaluated by its `__annotate__`.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeferredAnnotation {
    pub(super) segment: usize,
    pub(super) statement: StmtId,
    /// Its number in `__conditional_annotations__`, if it may not be reached.
    pub(super) conditional: Option<u32>,
}

/// The code object being generated.
#[derive(Default)]
pub(super) struct Unit {
    /// Counts the units of a module from 1.
    pub(super) number: u32,
    pub(super) scope_type: ScopeType,
    pub(super) entry: Entry,
    pub(super) traits: Traits,
    /// Its block may have names that are declared `global`.
    pub(super) declares_globals: bool,
    pub(super) name: Box<str>,
    pub(super) qualname: Box<str>,
    pub(super) counts: ArgCounts,
    pub(super) nparams: u32,
    pub(super) firstlineno: u32,
    pub(super) instructions: InstructionSequence,
    /// The module's instructions while those of its annotations are generated.
    pub(super) stashed: Option<InstructionSequence>,
    pub(super) consts: ConstTable,
    pub(super) names: NameTable,
    pub(super) varnames: NameTable,
    pub(super) cellvars: NameTable,
    pub(super) freevars: NameTable,
    /// Names that inlined comprehensions made fast locals of a module or class,
    /// and whether they are such at this point.
    pub(super) fast_hidden: Vec<(Box<str>, bool)>,
    /// Symbols as an inlined comprehension sees them; the last one holds.
    pub(super) overrides: Vec<(Box<str>, Known)>,
    pub(super) fblocks: Vec<FBlock>,
    pub(super) in_inlined_comprehension: u32,
    pub(super) in_conditional_block: u32,
    /// Of a class: the attributes that its methods set on `self`.
    pub(super) static_attributes: BTreeSet<Box<str>>,
    pub(super) deferred_annotations: Vec<DeferredAnnotation>,
    pub(super) next_conditional_annotation: u32,
}

thread_local! {
    /// The units of the thread's last compilation, for their memory.
    #[allow(clippy::vec_box)]
    static SPARE: Cell<Vec<Box<Unit>>> = const { Cell::new(Vec::new()) };
}

/// So many units are kept, and none that had more instructions. A large module has some
/// thousands of its own, and to get as much memory from the system anew takes longer than
/// to compile it.
const MAX_KEPT: (usize, usize) = (8, 1 << 13);

impl Unit {
    /// The number of the module's.
    pub(super) const MODULE: u32 = 1;

    #[allow(clippy::vec_box)]
    pub(super) fn take_spare() -> Vec<Box<Self>> {
        SPARE.take()
    }

    /// Keeps units for the thread's next compilation.
    #[allow(clippy::vec_box)]
    pub(super) fn give_back(mut units: Vec<Box<Self>>) {
        let (count, instructions) = MAX_KEPT;
        units.retain(|unit| unit.instructions.capacity() <= instructions);
        // The last is the next module's, which is the largest.
        units.sort_by_key(|unit| unit.instructions.capacity());
        units.drain(..units.len().saturating_sub(count));
        SPARE.set(units);
    }

    /// Makes it as good as new, but for the room its tables have.
    fn reset(&mut self) {
        self.instructions.clear();
        self.consts.clear();
        self.names.clear();
        self.varnames.clear();
        self.cellvars.clear();
        self.freevars.clear();
        self.fblocks.clear();
        self.stashed = None;
        self.fast_hidden.clear();
        self.overrides.clear();
        self.in_inlined_comprehension = 0;
        self.in_conditional_block = 0;
        self.static_attributes.clear();
        self.deferred_annotations.clear();
        self.next_conditional_annotation = 0;
        self.counts = ArgCounts::default();
    }

    pub(super) fn is_hidden(&self, name: &str) -> bool {
        self.fast_hidden
            .iter()
            .any(|(hidden, now)| *now && **hidden == *name)
    }

    /// Marks a name as hidden or not; true if that changed it to hidden.
    pub(super) fn set_hidden(&mut self, name: &str, hidden: bool) -> bool {
        match self
            .fast_hidden
            .iter_mut()
            .find(|(known, _)| **known == *name)
        {
            Some((_, now)) => std::mem::replace(now, hidden) != hidden,
            None => {
                self.fast_hidden.push((name.into(), hidden));
                hidden
            }
        }
    }
}

impl Codegen<'_> {
    /// Begins a code object inside the one at hand.
    pub(super) fn enter_scope(
        &mut self,
        name: &str,
        scope_type: ScopeType,
        entry: Entry,
        firstlineno: u32,
        counts: ArgCounts,
    ) {
        let mut unit = self.new_unit(scope_type, entry, name, firstlineno);
        unit.counts = counts;
        let parent = std::mem::replace(&mut self.unit, unit);
        self.stack.push(parent);
        self.unit.qualname = self.qualname();
        if self.switches.comprehensions_iterate && name == "<genexpr>" {
            return self.op_i(Location::NONE, Opcode::RESUME, resume::AT_GEN_EXPR_START);
        }
        self.resume(Location::new(firstlineno as i32, firstlineno as i32, 0, 0));
    }

    /// A unit with what the symbol table says of it, but for its qualified name.
    pub(super) fn new_unit(
        &mut self,
        scope_type: ScopeType,
        entry: Entry,
        name: &str,
        firstlineno: u32,
    ) -> Box<Unit> {
        let mut unit = self.spare.pop().unwrap_or_default();
        self.units += 1;
        unit.number = self.units;
        unit.scope_type = scope_type;
        unit.entry = entry;
        unit.name = name.into();
        unit.firstlineno = firstlineno;
        self.describe(&mut unit);
        unit
    }

    pub(super) fn resume(&mut self, loc: Location) {
        self.op_i(loc, Opcode::RESUME, 0);
        if self.unit.scope_type == ScopeType::Module {
            self.unit.instructions.push_placeholder(loc);
        }
    }

    /// Fills in what the symbol table says of a unit.
    fn describe(&mut self, unit: &mut Unit) {
        unit.traits = self.traits(unit.entry);
        match unit.entry {
            Entry::Module => {
                unit.declares_globals = true;
                for name in cells(&self.module.module) {
                    unit.cellvars.push(name);
                }
            }
            Entry::ModuleAnnotate => {
                unit.declares_globals = true;
                unit.varnames.add(".format");
                for name in self.module.annotations.iter().flat_map(cells) {
                    unit.cellvars.push(name);
                }
            }
            Entry::Block(id) => {
                let (scopes, tree) = (self.scopes, self.tree);
                let block = &scopes[id];
                let begun = self.known.begin_unit(unit.number, block.symbols());
                unit.declares_globals = begun.declares_globals;
                for parameter in block.parameters() {
                    let index = unit.varnames.push(scopes.text(tree, parameter.name));
                    self.known.add_parameter(parameter, index);
                }
                if begun.captures {
                    for sym in scopes.cellvars(tree, id) {
                        unit.cellvars.push(scopes.text(tree, sym));
                    }
                    for sym in scopes.freevars(tree, id) {
                        unit.freevars.push(scopes.text(tree, sym));
                    }
                }
            }
        }
        unit.nparams = unit.varnames.names.len() as u32;
        if unit.traits.needs_class_closure {
            unit.cellvars.add("__class__");
        }
        if unit.traits.needs_classdict {
            unit.cellvars.add("__classdict__");
        }
        if unit.traits.has_conditional_annotations {
            unit.cellvars.add("__conditional_annotations__");
        }
    }

    /// The dotted name of the unit just entered (`compiler_set_qualname`).
    fn qualname(&self) -> Box<str> {
        let unit = &self.unit;
        let mut parents = self.stack.iter().rev();
        // The outermost unit, the module, has no name in a dotted name.
        let depth = self.stack.len();
        if depth <= 1 {
            return unit.name.clone();
        }
        let mut parent = parents.next().expect("a nested unit has a parent");
        if parent.scope_type == ScopeType::Annotations {
            if depth == 2 {
                return unit.name.clone();
            }
            parent = parents.next().expect("checked by the depth");
        }
        if parent.declares_globals
            && matches!(
                unit.scope_type,
                ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Class
            )
        {
            let mangled = match parent.entry {
                Entry::Block(id) => self.scopes.mangle(self.tree, id, &unit.name),
                _ => (&*unit.name).into(),
            };
            if self.symbol_in(parent.entry, &mangled).scope == Some(Scope::GlobalExplicit) {
                return unit.name.clone();
            }
        }
        let locals = match parent.scope_type {
            ScopeType::Function | ScopeType::AsyncFunction | ScopeType::Lambda => ".<locals>",
            _ => "",
        };
        let parts = [&*parent.qualname, locals, ".", &*unit.name];
        let mut qualname = String::with_capacity(parts.iter().map(|part| part.len()).sum());
        qualname.extend(parts);
        qualname.into()
    }

    /// Ends the code object at hand and goes back to the one around it.
    /// `return_none` appends the `return None` of code that falls off its end.
    pub(super) fn assemble(&mut self, return_none: bool) -> Result<Arc<CodeObject>> {
        if return_none {
            self.load_const(Location::NONE, Const::None);
        }
        self.op(Location::NONE, Opcode::RETURN_VALUE);
        let flags = self.code_flags();
        let parent = self.stack.pop().unwrap_or_default();
        let mut unit = std::mem::replace(&mut self.unit, parent);
        let metadata = UnitMetadata {
            name: std::mem::take(&mut unit.name),
            qualname: std::mem::take(&mut unit.qualname),
            argcount: unit.counts.posonly + unit.counts.args,
            posonlyargcount: unit.counts.posonly,
            kwonlyargcount: unit.counts.kwonly,
            firstlineno: unit.firstlineno,
            consts: &mut unit.consts.consts,
            names: &unit.names.names,
            varnames: &unit.varnames.names,
            cellvars: &unit.cellvars.names,
            freevars: &unit.freevars.names,
            fasthidden: &unit.fast_hidden,
            nparams: unit.nparams,
        };
        if self.stages.is_some() {
            let texts =
                crate::stages::print(&metadata, &unit.instructions, flags, self.options.target)
                    .map_err(|error| self.assembler_error(error))?;
            self.stages.get_or_insert_default().push(texts);
        }
        let code = self
            .assembler
            .optimize_and_assemble(
                metadata,
                &mut unit.instructions,
                flags,
                &self.options.filename,
            )
            .map_err(|error| self.assembler_error(error))?;
        unit.reset();
        self.spare.push(unit);
        Ok(code)
    }

    fn code_flags(&self) -> u32 {
        let traits = self.unit.traits;
        let mut flags = self.module.future.flags;
        let mut add = |holds: bool, flag: u32| {
            if holds {
                flags |= flag;
            }
        };
        if traits.function_like {
            add(true, CodeFlags::NEWLOCALS | CodeFlags::OPTIMIZED);
            add(traits.nested, CodeFlags::NESTED);
            add(traits.generator && !traits.coroutine, CodeFlags::GENERATOR);
            add(
                traits.generator && traits.coroutine,
                CodeFlags::ASYNC_GENERATOR,
            );
            add(traits.varargs, CodeFlags::VARARGS);
            add(traits.varkeywords, CodeFlags::VARKEYWORDS);
            let says = !self.switches.first_constant_is_docstring;
            add(says && traits.has_docstring, CodeFlags::HAS_DOCSTRING);
            add(says && traits.method, CodeFlags::METHOD);
        }
        add(traits.coroutine && !traits.generator, CodeFlags::COROUTINE);
        flags
    }
}

/// The names in a block of the module that inlined comprehensions make cells.
fn cells(block: &ModuleBlock) -> Vec<&str> {
    let is_cell = |symbol: &&ModuleSymbol| {
        symbol.scope == Scope::Cell || symbol.flags & flags::DEF_COMP_CELL != 0
    };
    let cells = block.symbols().iter().filter(is_cell);
    let mut names: Vec<&str> = cells.map(|symbol| &*symbol.name).collect();
    names.sort_unstable();
    names
}
