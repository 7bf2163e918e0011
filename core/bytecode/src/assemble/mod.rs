//! The assembler: CPython's `Python/assemble.c`.
//!
//! Turns optimized instructions into a code object: jump distances, `EXTENDED_ARG`s,
//! caches, the location and exception tables, the kinds of the variables.

mod jumps;
mod localsplus;

use std::cell::Cell;
use std::sync::Arc;

use crate::code::{CodeObject, Const, LocalKind};
use crate::exception_table::{self, ExceptionEntry};
use crate::flowgraph::{Cfg, FinalSequence, MalformedCode, Variables};
use crate::instruction::{Instruction, InstructionSequence, Location};
use crate::location_table::{self, Stretch};
use crate::names::NameList;
use crate::opcode::Opcode;
use crate::target::{Encoding, Target};

/// What code generation knows of a code object besides its instructions
/// (`_PyCompile_CodeUnitMetadata`). The constants are taken out; the memory of
/// the tables serves the next code object.
#[derive(Debug)]
pub(crate) struct UnitMetadata<'a> {
    /// The function's, class's or module's name.
    pub(crate) name: Box<str>,
    /// The dotted name.
    pub(crate) qualname: Box<str>,
    /// Positional parameters, positional-only ones included.
    pub(crate) argcount: u32,
    /// Positional-only parameters.
    pub(crate) posonlyargcount: u32,
    /// Keyword-only parameters.
    pub(crate) kwonlyargcount: u32,
    /// First line, from 1.
    pub(crate) firstlineno: u32,
    /// Constants by argument, each once; the docstring first where there is one.
    pub(crate) consts: &'a mut Vec<Const>,
    /// Names by argument.
    pub(crate) names: &'a NameList,
    /// Locals by argument, parameters first.
    pub(crate) varnames: &'a NameList,
    /// Cell variables by argument.
    pub(crate) cellvars: &'a NameList,
    /// Free variables, whose arguments follow those of the cells.
    pub(crate) freevars: &'a NameList,
    /// Locals of inlined comprehensions; `true` while they are hidden.
    pub(crate) fasthidden: &'a [(Box<str>, bool)],
    /// Parameters of all kinds: the locals that start out initialized.
    pub(crate) nparams: u32,
}

/// Optimizes and assembles code objects one after another, in the same memory.
#[derive(Debug)]
pub(crate) struct Assembler {
    target: Target,
    cfg: Cfg,
    sequence: FinalSequence,
    /// Where each instruction begins, in code units.
    offsets: Vec<u32>,
    stretches: Vec<Stretch>,
    bytes: Vec<u8>,
    names: NameList,
}

thread_local! {
    /// The assembler of the thread's last compilation, for its memory: an editor
    /// compiles a function at every keystroke, and that shall not allocate anew.
    static SPARE: Cell<Option<Box<Assembler>>> = const { Cell::new(None) };
}

/// An assembler that has seen more instructions in one code object is not kept.
const MAX_KEPT: usize = 1 << 14;

impl Assembler {
    fn new(target: Target) -> Self {
        Self {
            target,
            cfg: Cfg::new(target),
            sequence: FinalSequence::default(),
            offsets: Vec::new(),
            stretches: Vec::new(),
            bytes: Vec::new(),
            names: NameList::default(),
        }
    }

    /// An assembler for a target, perhaps one that has memory.
    pub(crate) fn spare(target: Target) -> Box<Self> {
        match SPARE.take() {
            Some(mut spare) => {
                spare.target = target;
                spare.cfg.set_target(target);
                spare
            }
            None => Box::new(Self::new(target)),
        }
    }

    /// Keeps it for the thread's next compilation.
    pub(crate) fn give_back(self: Box<Self>) {
        if self.cfg.capacity() <= MAX_KEPT {
            SPARE.set(Some(self));
        }
    }

    /// Makes one code object (`optimize_and_assemble_code_unit`).
    ///
    /// # Errors
    /// For instructions that no code generator emits.
    pub(crate) fn optimize_and_assemble(
        &mut self,
        metadata: UnitMetadata<'_>,
        instructions: &mut InstructionSequence,
        flags: u32,
        filename: &Arc<str>,
    ) -> Result<Arc<CodeObject>, MalformedCode> {
        self.cfg.build(instructions)?;
        let (nlocals, nparams) = (metadata.varnames.len(), metadata.nparams as usize);
        self.cfg
            .optimize_code_unit(metadata.consts, nlocals, nparams)?;
        let variables = Variables {
            varnames: metadata.varnames,
            cellvars: metadata.cellvars,
            freevars: metadata.freevars,
            firstlineno: metadata.firstlineno,
        };
        let stacksize = self.cfg.finish(&variables, flags, &mut self.sequence)?;
        self.make_code_object(metadata, flags, stacksize, filename)
    }

    /// Makes the code object from final instructions (`_PyAssemble_MakeCodeObject`).
    fn make_code_object(
        &mut self,
        metadata: UnitMetadata<'_>,
        flags: u32,
        stacksize: u32,
        filename: &Arc<str>,
    ) -> Result<Arc<CodeObject>, MalformedCode> {
        let encoding = self.target.encoding();
        let offsets = jumps::resolve(&mut self.sequence, &mut self.offsets, encoding)?;
        let instructions = &mut self.sequence.instructions;
        if self.cfg.has_next_lines() {
            resolve_next_locations(instructions);
        }
        let firstlineno = metadata.firstlineno as i32;
        let (code, stretches) = emit(instructions, offsets, encoding, &mut self.stretches);
        let linetable = location_table::encode(firstlineno, stretches, &mut self.bytes).into();
        let exceptiontable = match self.cfg.has_handlers() {
            true => exceptions(&self.cfg, instructions, offsets)?,
            false => Box::default(),
        };
        let (localsplusnames, mut localspluskinds) =
            localsplus::names_and_kinds(&metadata, flags, &mut self.names);
        if self.target.switches().parameters_are_plain {
            for kind in &mut localspluskinds {
                *kind &= !LocalKind::PARAMETER;
            }
        }
        Ok(Arc::new(CodeObject {
            argcount: metadata.argcount,
            posonlyargcount: metadata.posonlyargcount,
            kwonlyargcount: metadata.kwonlyargcount,
            // CPython never says 0.
            stacksize: stacksize.max(1),
            flags,
            code,
            linetable,
            exceptiontable,
            consts: metadata.consts.drain(..).collect(),
            names: metadata.names.to_names(),
            localsplusnames,
            localspluskinds,
            filename: Arc::clone(filename),
            name: metadata.name,
            qualname: metadata.qualname,
            firstlineno: metadata.firstlineno,
        }))
    }
}

/// Code units of an instruction: `EXTENDED_ARG`s, itself, its caches.
#[inline]
fn instruction_size(instruction: &Instruction, encoding: &Encoding) -> u32 {
    extended_args(instruction.arg) + encoding.units(instruction.opcode)
}

/// How many `EXTENDED_ARG`s an argument needs.
#[inline]
fn extended_args(arg: u32) -> u32 {
    match arg {
        0..=0xFF => 0,
        _ => 1 + u32::from(arg > 0xFFFF) + u32::from(arg > 0xFF_FFFF),
    }
}

/// Writes the code units, and beside them from where they come: both in one walk, as getting at
/// the instructions is what takes time.
#[inline(never)]
fn emit<'a>(
    instructions: &[Instruction],
    offsets: &[u32],
    encoding: &Encoding,
    memory: &'a mut Vec<Stretch>,
) -> (Box<[u8]>, &'a [Stretch]) {
    // Before the first stretch is one of no place that an instruction has.
    let (mut last, mut at, mut stretch) = (Location::NEXT, 0, 0);
    if memory.len() <= instructions.len() {
        memory.resize(instructions.len() + 1, Stretch { loc: last, end: at });
    }
    let stretches = &mut memory[..=instructions.len()];
    let mut code = vec![[0; 2]; offsets.last().map_or(0, |&end| end as usize)];
    for (instruction, &end) in instructions.iter().zip(&offsets[1..]) {
        let Instruction { arg, loc, .. } = *instruction;
        if arg > 0xFF {
            for shift in [24, 16, 8] {
                if arg >> shift != 0 {
                    code[at as usize] =
                        [encoding.number(Opcode::EXTENDED_ARG), (arg >> shift) as u8];
                    at += 1;
                }
            }
        }
        code[at as usize] = [encoding.number(instruction.opcode), arg as u8];
        at = end;
        // Whether a place goes on no processor foresees, so it is no branch.
        stretch += usize::from(!last.is_same(&loc));
        stretches[stretch] = Stretch { loc, end };
        last = loc;
    }
    let code = code.into_flattened().into_boxed_slice();
    (code, &stretches[1..=stretch])
}

/// `Location::NEXT` becomes the next instruction's place.
fn resolve_next_locations(instructions: &mut [Instruction]) {
    let mut next = Location::NONE;
    for instruction in instructions.iter_mut().rev() {
        if instruction.loc == Location::NEXT {
            instruction.loc = if instruction.opcode.is_terminator() {
                Location::NONE
            } else {
                next
            };
        }
        next = instruction.loc;
    }
}

fn exceptions(
    cfg: &Cfg,
    instructions: &[Instruction],
    offsets: &[u32],
) -> Result<Box<[u8]>, MalformedCode> {
    let mut entries: Vec<ExceptionEntry> = Vec::new();
    let code_end = offsets.last().map_or(0, |&end| end);
    // The handler at hand, and where it begins.
    let (mut block, mut begins) = (None, None);
    for (instruction, &offset) in instructions.iter().zip(offsets) {
        if instruction.except == block {
            continue;
        }
        block = instruction.except;
        let handler = block.map(|id| cfg.handler(id));
        let begins_now = handler.map(|handler| handler.start);
        if begins_now == begins {
            continue;
        }
        if let Some(entry) = entries.last_mut().filter(|_| begins.is_some()) {
            entry.end = offset;
        }
        begins = begins_now;
        if let Some(handler) = handler {
            let depth = handler.start_depth - 1 - i32::from(handler.preserve_lasti);
            entries.push(ExceptionEntry {
                start: offset,
                end: code_end,
                target: *offsets
                    .get(handler.start as usize)
                    .ok_or(MalformedCode("handler without code"))?,
                depth: u32::try_from(depth).map_err(|_| MalformedCode("handler without stack"))?,
                lasti: handler.preserve_lasti,
            });
        }
    }
    Ok(exception_table::encode(&entries))
}
