//! The code between the passes of the compiler, as text: `vitrine dis --stage`.
//!
//! Four places to look: what code generation emits, the same as a control-flow graph,
//! the graph after the optimizer, and the instructions that the assembler gets.

use std::fmt::Write as _;

use crate::assemble::UnitMetadata;
use crate::code::Const;
use crate::dis::{Addresses, argument_meaning};
use crate::flowgraph::{Cfg, FinalSequence, MalformedCode, PrintedInstr, Variables};
use crate::instruction::{Instruction, InstructionSequence, Location};
use crate::opcode::Opcode;
use crate::target::Target;

/// One code object at each stage.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct StageTexts {
    /// The dotted name.
    pub qualname: Box<str>,
    /// As code generation emitted it (`Python/codegen.c`).
    pub codegen: String,
    /// As basic blocks, nothing optimized yet (`_PyCfg_FromInstructionSequence`).
    pub cfg: String,
    /// After `_PyCfg_OptimizeCodeUnit`.
    pub optimized: String,
    /// What the assembler gets: `_PyCfg_OptimizedCfgToInstructionSequence`.
    pub finished: String,
}

/// Runs the passes on a copy, and prints in between.
pub(crate) fn print(
    metadata: &UnitMetadata<'_>,
    instructions: &InstructionSequence,
    flags: u32,
    target: Target,
) -> Result<StageTexts, MalformedCode> {
    let mut consts = metadata.consts.clone();
    let mut sequence = instructions.clone();
    let mut cells: Vec<&str> = metadata.cellvars.iter().collect();
    cells.extend(metadata.freevars.iter());
    let mut texts = StageTexts {
        qualname: metadata.qualname.clone(),
        codegen: Printer {
            metadata,
            consts: &consts,
            cells: &cells,
            target,
        }
        .sequence(instructions),
        ..StageTexts::default()
    };
    let mut cfg = Cfg::new(target);
    cfg.build(&mut sequence)?;
    let graph = |cfg: &Cfg, consts: &[Const]| {
        let printer = Printer {
            metadata,
            consts,
            cells: &cells,
            target,
        };
        printer.graph(cfg)
    };
    texts.cfg = graph(&cfg, &consts);
    cfg.optimize_code_unit(
        &mut consts,
        metadata.varnames.len(),
        metadata.nparams as usize,
    )?;
    texts.optimized = graph(&cfg, &consts);
    let variables = Variables {
        varnames: metadata.varnames,
        cellvars: metadata.cellvars,
        freevars: metadata.freevars,
        firstlineno: metadata.firstlineno,
    };
    let mut finished = FinalSequence::default();
    let depth = cfg.finish(&variables, flags, &mut finished)?;
    // From here on cells are numbered among the locals; those that are parameters
    // share their place.
    let mut places: Vec<&str> = metadata.varnames.iter().collect();
    places.extend(cells.iter().filter(|name| {
        !metadata.varnames.iter().any(|local| local == **name) || is_free(metadata, name)
    }));
    let printer = Printer {
        metadata,
        consts: &consts,
        cells: &places,
        target,
    };
    texts.finished = printer.finished(&cfg, &finished.instructions, &places);
    let _ = writeln!(texts.finished, "stack size {depth}");
    Ok(texts)
}

fn is_free(metadata: &UnitMetadata<'_>, name: &str) -> bool {
    metadata.freevars.iter().any(|free| free == name)
}

struct Printer<'a> {
    metadata: &'a UnitMetadata<'a>,
    consts: &'a [Const],
    /// What the arguments of cell instructions number.
    cells: &'a [&'a str],
    target: Target,
}

impl Printer<'_> {
    fn sequence(&self, sequence: &InstructionSequence) -> String {
        let mut out = String::new();
        if let Some(annotations) = &sequence.annotations_code {
            out.push_str("for ANNOTATIONS_PLACEHOLDER:\n");
            out.push_str(&self.sequence(annotations));
            out.push_str("then:\n");
        }
        for (index, instruction) in sequence.instructions().iter().enumerate() {
            for (label, &at) in sequence.labels.iter().enumerate() {
                if at as usize == index && is_used(sequence, label) {
                    let _ = writeln!(out, "  L{label}:");
                }
            }
            let jump = instruction
                .opcode
                .has_target()
                .then(|| format!("-> L{}", instruction.arg));
            self.line(
                &mut out,
                instruction.opcode,
                instruction.arg,
                instruction.loc,
                jump,
                &[],
            );
        }
        out
    }

    fn graph(&self, cfg: &Cfg) -> String {
        let mut out = String::new();
        for block in cfg.printed() {
            let _ = write!(out, "  B{}:", block.id);
            if block.except_handler {
                out.push_str(" handler");
            }
            if block.cold {
                out.push_str(" cold");
            }
            out.push('\n');
            for PrintedInstr {
                opcode,
                arg,
                loc,
                target,
                except,
            } in block.instrs
            {
                let mut jump = target.map(|target| format!("-> B{target}"));
                if let Some(except) = except {
                    jump = Some(format!("{} except B{except}", jump.unwrap_or_default()));
                }
                let plain = jump.as_deref().is_some_and(|jump| !jump.starts_with("->"));
                if plain {
                    let meaning = self.meaning(opcode, arg, &[]);
                    jump = Some(
                        format!("{meaning}{}", jump.unwrap_or_default())
                            .trim()
                            .to_owned(),
                    );
                }
                self.line(&mut out, opcode, arg, loc, jump, &[]);
            }
        }
        out
    }

    fn finished(&self, cfg: &Cfg, instructions: &[Instruction], places: &[&str]) -> String {
        let handler_of = |instr: &Instruction| instr.except.map(|handler| cfg.handler(handler));
        let mut labelled: Vec<u32> = instructions
            .iter()
            .filter(|instruction| instruction.opcode.has_target())
            .map(|instruction| instruction.arg)
            .collect();
        labelled.extend(
            instructions
                .iter()
                .filter_map(|i| Some(handler_of(i)?.start)),
        );
        labelled.sort_unstable();
        labelled.dedup();
        let label = |index: u32| labelled.binary_search(&index).map_or(0, |at| at + 1);
        let mut out = String::new();
        for (index, instruction) in instructions.iter().enumerate() {
            if labelled.binary_search(&(index as u32)).is_ok() {
                let _ = writeln!(out, "  L{}:", label(index as u32));
            }
            let Instruction {
                opcode, arg, loc, ..
            } = *instruction;
            let mut jump = opcode.has_target().then(|| format!("-> L{}", label(arg)));
            if let Some(handler) = handler_of(instruction) {
                let shown = jump.unwrap_or_else(|| self.meaning(opcode, arg, places));
                let lasti = if handler.preserve_lasti { " lasti" } else { "" };
                let shown = format!("{shown} except L{}{lasti}", label(handler.start));
                jump = Some(shown.trim().to_owned());
            }
            self.line(&mut out, opcode, arg, loc, jump, places);
        }
        out
    }

    fn line(
        &self,
        out: &mut String,
        opcode: Opcode,
        arg: u32,
        loc: Location,
        jump: Option<String>,
        places: &[&str],
    ) {
        let place = match (loc.line, loc.column) {
            (-2, _) => "next".to_owned(),
            (line, _) if line < 0 => "--".to_owned(),
            (line, column) if column < 0 => line.to_string(),
            (line, column) => format!("{line}:{column}-{}", loc.end_column),
        };
        let _ = write!(out, "    {place:<10} {:<28}", opcode.name());
        if opcode.has_arg() && !opcode.has_target() {
            let _ = write!(out, " {arg:<4}");
        }
        let shown = jump.unwrap_or_else(|| self.meaning(opcode, arg, places));
        if !shown.is_empty() {
            let _ = write!(out, " {shown}");
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }

    /// What an argument stands for, in parentheses.
    fn meaning(&self, opcode: Opcode, arg: u32, places: &[&str]) -> String {
        let index = arg as usize;
        let local = |index: u32| match places.get(index as usize) {
            Some(name) => (*name).to_owned(),
            None => self
                .metadata
                .varnames
                .get(index as usize)
                .map_or_else(String::new, ToString::to_string),
        };
        let name = |index: u32| {
            self.metadata
                .names
                .get(index as usize)
                .map_or_else(String::new, ToString::to_string)
        };
        let meaning = match opcode {
            _ if opcode.has_const() => {
                let mut text = String::new();
                if let Some(value) = self.consts.get(index) {
                    // Addresses mean nothing between the passes.
                    match value {
                        Const::Code(code) => {
                            let _ = write!(text, "<code object {}>", code.qualname);
                        }
                        value => Addresses::default().constant(&mut text, value),
                    }
                }
                text
            }
            Opcode::LOAD_GLOBAL | Opcode::LOAD_ATTR => name(arg >> 1),
            Opcode::LOAD_SUPER_ATTR => name(arg >> 2),
            _ if opcode.has_name() => name(arg),
            Opcode::LOAD_FAST_LOAD_FAST
            | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW
            | Opcode::STORE_FAST_LOAD_FAST
            | Opcode::STORE_FAST_STORE_FAST => format!("{}, {}", local(arg >> 4), local(arg & 15)),
            _ if names_cell(opcode) => self
                .cells
                .get(index)
                .map_or_else(String::new, |name| (*name).to_owned()),
            _ if opcode.has_local() => local(arg),
            _ => argument_meaning(opcode, arg, self.target).unwrap_or_default(),
        };
        if meaning.is_empty() {
            meaning
        } else {
            format!("({meaning})")
        }
    }
}

/// Whether an argument numbers the cells and free variables.
fn names_cell(opcode: Opcode) -> bool {
    opcode.has_free()
        || matches!(
            opcode,
            Opcode::MAKE_CELL
                | Opcode::LOAD_CLOSURE
                | Opcode::LOAD_DEREF
                | Opcode::STORE_DEREF
                | Opcode::DELETE_DEREF
                | Opcode::LOAD_FROM_DICT_OR_DEREF
        )
}

/// Whether anything goes to a label.
fn is_used(sequence: &InstructionSequence, label: usize) -> bool {
    sequence
        .instructions()
        .iter()
        .any(|instruction| instruction.opcode.has_target() && instruction.arg as usize == label)
}
