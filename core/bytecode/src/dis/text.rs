//! The text of `python3.14 -m dis` (`disassemble`, `Formatter`).

use std::fmt::Write as _;

use super::instructions::{Context, Instruction};
use super::repr::Addresses;
use crate::code::{CodeObject, Const};
use crate::instruction::Location;
use crate::opcode::Opcode;
use crate::target::Target;

/// What to show, as CPython's options have it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// `-C`: inline caches.
    pub show_caches: bool,
    /// `-O`: offsets of instructions.
    pub show_offsets: bool,
    /// `-P`: lines and columns of instructions in place of lines.
    pub show_positions: bool,
    /// `-S`: the code as the interpreter prepares it. Before it runs only the counters
    /// in the caches differ, which say when it is to be specialized.
    pub adaptive: bool,
    /// The version the code was made for.
    pub target: Target,
}

const OPNAME_WIDTH: usize = 20;
const OPARG_WIDTH: usize = 5;
const NO_LINE: &str = "  --";

/// The text for a code object and all that are among its constants.
pub fn disassemble(code: &CodeObject, options: Options) -> String {
    let mut out = String::new();
    let mut addresses = Addresses::default();
    let mut pending = vec![code];
    while let Some(code) = pending.pop() {
        if !out.is_empty() {
            out.push_str("\nDisassembly of ");
            addresses.code(&mut out, code);
            out.push_str(":\n");
        }
        disassemble_one(&mut out, code, options, &mut addresses);
        // Depth first, in the order of the constants.
        pending.extend(code.consts.iter().rev().filter_map(|value| match value {
            Const::Code(code) => Some(&**code),
            _ => None,
        }));
    }
    out
}

fn disassemble_one(
    out: &mut String,
    code: &CodeObject,
    options: Options,
    addresses: &mut Addresses,
) {
    let context = Context::new(code, options.target);
    let formatter = Formatter {
        line_width: if options.show_positions {
            positions_width(&context.positions)
        } else {
            line_width(&context.line_starts)
        },
        label_width: 4 + digits(context.labels.len() as u64),
        offset_width: if options.show_offsets {
            digits((code.code.len() as u64).saturating_sub(2).max(9999))
        } else {
            0
        },
        options,
    };
    for instruction in context.instructions(addresses) {
        formatter.instruction(out, &instruction);
        if options.show_caches {
            formatter.caches(out, &instruction);
        }
    }
    if !context.entries.is_empty() {
        out.push_str("ExceptionTable:\n");
    }
    for entry in &context.entries {
        let label = |unit: u32| {
            context
                .labels
                .get(&unit.saturating_mul(2))
                .copied()
                .unwrap_or(0)
        };
        let (start, end, target) = (label(entry.start), label(entry.end), label(entry.target));
        let lasti = if entry.lasti { " lasti" } else { "" };
        let _ = writeln!(
            out,
            "  L{start} to L{end} -> L{target} [{}]{lasti}",
            entry.depth
        );
    }
}

struct Formatter {
    /// Of the lines or positions; 0 leaves the column out.
    line_width: usize,
    label_width: usize,
    /// 0 leaves the column out.
    offset_width: usize,
    options: Options,
}

impl Formatter {
    fn instruction(&self, out: &mut String, instruction: &Instruction) {
        if self.line_width > 0 && instruction.starts_line && instruction.offset > 0 {
            out.push('\n');
        }
        if self.line_width > 0 {
            if self.options.show_positions {
                let _ = write!(out, "{:1$} ", positions(instruction.loc), self.line_width);
            } else {
                let width = self.line_width;
                let _ = match (instruction.starts_line, instruction.line) {
                    (true, Some(line)) => write!(out, "{line:width$} "),
                    (true, None) => write!(out, "{NO_LINE:>width$} "),
                    (false, _) => write!(out, "{:width$} ", ""),
                };
            }
        }
        let label = instruction
            .label
            .map_or_else(String::new, |label| format!("L{label}:"));
        let details = Details {
            label: &label,
            offset: instruction.offset,
            opname: &instruction.opname,
            arg: instruction.arg,
            argrepr: &instruction.argrepr,
        };
        self.rest(out, &details);
    }

    fn caches(&self, out: &mut String, instruction: &Instruction) {
        let mut offset = instruction.offset;
        for entry in &instruction.caches {
            for unit in 0..entry.units {
                offset += 2;
                let value = match initial_counter(instruction.opcode) {
                    Some(counter) if self.options.adaptive && entry.name == "counter" => counter,
                    _ => entry.value,
                };
                let argrepr = if unit == 0 {
                    format!("{}: {value}", entry.name)
                } else {
                    String::new()
                };
                if self.line_width > 0 {
                    let shown = if self.options.show_positions {
                        positions(instruction.loc)
                    } else {
                        String::new()
                    };
                    let _ = write!(out, "{shown:0$} ", self.line_width);
                }
                self.rest(
                    out,
                    &Details {
                        label: "",
                        offset,
                        opname: "CACHE",
                        arg: Some(0),
                        argrepr: &argrepr,
                    },
                );
            }
        }
    }

    /// The columns behind the line.
    fn rest(&self, out: &mut String, details: &Details<'_>) {
        let &Details {
            label,
            offset,
            opname,
            arg,
            argrepr,
        } = details;
        let _ = write!(out, "{label:>0$}", self.label_width);
        if self.offset_width > 0 {
            let _ = write!(out, " {offset:>0$}  ", self.offset_width);
        }
        // The column of the current instruction, which there is none of.
        let _ = write!(out, "     {opname:OPNAME_WIDTH$}");
        if let Some(arg) = arg {
            let excess = opname.len().saturating_sub(OPNAME_WIDTH);
            // Arguments are C ints.
            let _ = write!(
                out,
                " {:>1$}",
                arg as i32,
                OPARG_WIDTH.saturating_sub(excess)
            );
            if !argrepr.is_empty() {
                let _ = write!(out, " ({argrepr})");
            }
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
}

/// What the first cache unit holds before the code runs (`_PyCode_Quicken`).
fn initial_counter(opcode: Option<Opcode>) -> Option<u64> {
    Some(match opcode? {
        Opcode::JUMP_BACKWARD => 65532,
        // Which way it went, bit by bit: not decided.
        Opcode::POP_JUMP_IF_FALSE
        | Opcode::POP_JUMP_IF_TRUE
        | Opcode::POP_JUMP_IF_NONE
        | Opcode::POP_JUMP_IF_NOT_NONE => 0x5555,
        _ => 17,
    })
}

struct Details<'a> {
    label: &'a str,
    offset: u32,
    opname: &'a str,
    arg: Option<u32>,
    argrepr: &'a str,
}

fn digits(value: u64) -> usize {
    value.checked_ilog10().map_or(1, |log| log as usize + 1)
}

fn line_width(starts: &[(u32, Option<u32>)]) -> usize {
    // Line 0 counts for none.
    let Some(max) = starts
        .iter()
        .filter_map(|&(_, line)| line)
        .filter(|&line| line > 0)
        .max()
    else {
        return 0;
    };
    let width = digits(max.into()).max(3);
    if starts.iter().any(|(_, line)| line.is_none()) {
        width.max(NO_LINE.len())
    } else {
        width
    }
}

/// The four numbers in the order of `co_positions`.
fn parts(loc: Location) -> [Option<u32>; 4] {
    [loc.line, loc.end_line, loc.column, loc.end_column].map(|part| u32::try_from(part).ok())
}

fn positions(loc: Location) -> String {
    let parts = parts(loc);
    if parts == [None; 4] {
        return NO_LINE.to_owned();
    }
    let [line, end_line, column, end_column] =
        parts.map(|part| part.map_or_else(|| "?".to_owned(), |part| part.to_string()));
    format!("{line}:{column}-{end_line}:{end_column}")
}

fn positions_width(positions: &[Location]) -> usize {
    if positions.iter().all(|&loc| parts(loc) == [None; 4]) {
        return 0;
    }
    let width = |loc: &Location| {
        parts(*loc)
            .iter()
            .map(|part| part.map_or(1, |part| digits(part.into())))
            .sum::<usize>()
    };
    // Three separators, and a space behind.
    1 + (3 + positions.iter().map(width).max().unwrap_or(0)).max(NO_LINE.len())
}
