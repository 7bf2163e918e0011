//! The assembler: CPython's `Python/assemble.c`.
//!
//! Turns optimized instructions into a code object: jump distances, `EXTENDED_ARG`s,
//! caches, the location and exception tables, the kinds of the variables.

mod jumps;
mod localsplus;

use std::sync::Arc;

use crate::code::{CodeObject, Const};
use crate::exception_table::{self, ExceptionEntry};
use crate::flowgraph::{Cfg, MalformedCode, Variables};
use crate::instruction::{Instruction, InstructionSequence, Location};
use crate::location_table;
use crate::opcode::Opcode;

/// What code generation knows of a code object besides its instructions
/// (`_PyCompile_CodeUnitMetadata`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UnitMetadata {
    /// The function's, class's or module's name.
    pub name: Box<str>,
    /// The dotted name.
    pub qualname: Box<str>,
    /// Positional parameters, positional-only ones included.
    pub argcount: u32,
    /// Positional-only parameters.
    pub posonlyargcount: u32,
    /// Keyword-only parameters.
    pub kwonlyargcount: u32,
    /// First line, from 1.
    pub firstlineno: u32,
    /// Constants by argument, each once; the docstring first where there is one.
    pub consts: Vec<Const>,
    /// Names by argument.
    pub names: Vec<Box<str>>,
    /// Locals by argument, parameters first.
    pub varnames: Vec<Box<str>>,
    /// Cell variables by argument.
    pub cellvars: Vec<Box<str>>,
    /// Free variables, whose arguments follow those of the cells.
    pub freevars: Vec<Box<str>>,
    /// Locals of inlined comprehensions; `true` while they are hidden.
    pub fasthidden: Vec<(Box<str>, bool)>,
    /// Parameters of all kinds: the locals that start out initialized.
    pub nparams: u32,
}

/// Optimizes and assembles code objects one after another, in the same memory.
#[derive(Default, Debug)]
pub struct Assembler {
    cfg: Cfg,
}

impl Assembler {
    /// Makes one code object (`optimize_and_assemble_code_unit`).
    ///
    /// # Errors
    /// For instructions that no code generator emits.
    pub fn optimize_and_assemble(
        &mut self,
        mut metadata: UnitMetadata,
        instructions: InstructionSequence,
        flags: u32,
        filename: &Arc<str>,
    ) -> Result<CodeObject, MalformedCode> {
        self.cfg.build(instructions)?;
        let (nlocals, nparams) = (metadata.varnames.len(), metadata.nparams as usize);
        self.cfg
            .optimize_code_unit(&mut metadata.consts, nlocals, nparams)?;
        let variables = Variables {
            varnames: &metadata.varnames,
            cellvars: &metadata.cellvars,
            freevars: &metadata.freevars,
            firstlineno: metadata.firstlineno,
        };
        let (sequence, stacksize) = self.cfg.finish(&variables, flags)?;
        assemble(metadata, sequence.instructions, flags, stacksize, filename)
    }
}

/// Makes the code object from final instructions (`_PyAssemble_MakeCodeObject`).
fn assemble(
    metadata: UnitMetadata,
    mut instructions: Vec<Instruction>,
    flags: u32,
    stacksize: u32,
    filename: &Arc<str>,
) -> Result<CodeObject, MalformedCode> {
    let offsets = jumps::resolve(&mut instructions)?;
    resolve_next_locations(&mut instructions);
    let (localsplusnames, localspluskinds) = localsplus::names_and_kinds(&metadata, flags);
    let linetable = location_table::encode(
        metadata.firstlineno as i32,
        instructions
            .iter()
            .map(|instruction| (instruction.loc, instruction_size(instruction))),
    );
    Ok(CodeObject {
        argcount: metadata.argcount,
        posonlyargcount: metadata.posonlyargcount,
        kwonlyargcount: metadata.kwonlyargcount,
        // CPython never says 0.
        stacksize: stacksize.max(1),
        flags,
        code: emit(&instructions),
        linetable,
        exceptiontable: exceptions(&instructions, &offsets)?,
        consts: metadata.consts.into(),
        names: metadata.names.into(),
        localsplusnames,
        localspluskinds,
        filename: Arc::clone(filename),
        name: metadata.name,
        qualname: metadata.qualname,
        firstlineno: metadata.firstlineno,
    })
}

/// Code units of an instruction: `EXTENDED_ARG`s, itself, its caches.
#[inline]
fn instruction_size(instruction: &Instruction) -> usize {
    let extended = match instruction.arg {
        0..=0xFF => 0,
        0x100..=0xFFFF => 1,
        0x1_0000..=0xFF_FFFF => 2,
        _ => 3,
    };
    extended + 1 + instruction.opcode.caches()
}

fn emit(instructions: &[Instruction]) -> Box<[u8]> {
    let units: usize = instructions.iter().map(instruction_size).sum();
    let mut code = Vec::with_capacity(2 * units);
    for instruction in instructions {
        let arg = instruction.arg;
        for shift in [24, 16, 8] {
            if arg >> shift != 0 {
                code.extend_from_slice(&[Opcode::EXTENDED_ARG as u8, (arg >> shift) as u8]);
            }
        }
        code.extend_from_slice(&[instruction.opcode as u8, arg as u8]);
        code.resize(code.len() + 2 * instruction.opcode.caches(), 0);
    }
    code.into()
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

fn exceptions(instructions: &[Instruction], offsets: &[u32]) -> Result<Box<[u8]>, MalformedCode> {
    let mut entries: Vec<ExceptionEntry> = Vec::new();
    let mut current = None;
    for (instruction, &offset) in instructions.iter().zip(offsets) {
        let label = instruction.handler.map(|handler| handler.label);
        let end = offset + instruction_size(instruction) as u32;
        if label == current {
            if let Some(entry) = entries.last_mut().filter(|_| current.is_some()) {
                entry.end = end;
            }
            continue;
        }
        current = label;
        if let Some(handler) = instruction.handler {
            let depth = handler.start_depth - 1 - i32::from(handler.preserve_lasti);
            entries.push(ExceptionEntry {
                start: offset,
                end,
                target: *offsets
                    .get(handler.label as usize)
                    .ok_or(MalformedCode("handler without code"))?,
                depth: u32::try_from(depth).map_err(|_| MalformedCode("handler without stack"))?,
                lasti: handler.preserve_lasti,
            });
        }
    }
    Ok(exception_table::encode(&entries))
}
