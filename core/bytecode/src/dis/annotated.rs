//! The disassembly with what CPython's leaves out: the source above the instructions,
//! the contents of the stack, and what each instruction does.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::describe;
use super::instructions::{Instruction, instructions};
use super::symbolic::{StackContents, stack_contents};
use crate::code::CodeObject;
use crate::instruction::Location;
use crate::target::Target;

/// What to add to the instructions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Annotations<'a> {
    /// `--source`: the text the code was compiled from.
    pub source: Option<&'a str>,
    /// `--stack`
    pub stack: bool,
    /// `--explain`
    pub explain: bool,
    /// The version the code was made for.
    pub target: Target,
}

/// The text for one code object, those in its constants left out.
pub fn annotate(code: &CodeObject, annotations: Annotations<'_>) -> String {
    let lines: Vec<&str> = annotations
        .source
        .map_or_else(Vec::new, |source| source.split_inclusive('\n').collect());
    let contents = if annotations.stack {
        stack_contents(code, annotations.target)
    } else {
        HashMap::new()
    };
    let mut out = format!("{}:\n", code.qualname);
    let mut shown = Location::NONE;
    for instruction in instructions(code, annotations.target) {
        if annotations.source.is_some() && instruction.loc != shown && instruction.loc.line > 0 {
            excerpt(&mut out, &lines, instruction.loc, shown);
            shown = instruction.loc;
        }
        self::instruction(&mut out, &instruction);
        if annotations.stack {
            stack(&mut out, &instruction, contents.get(&instruction.offset));
        }
        if annotations.explain {
            let meaning = instruction.opcode.map_or("No instruction.", describe);
            let _ = writeln!(out, "                    # {meaning}");
        }
    }
    out
}

fn instruction(out: &mut String, instruction: &Instruction) {
    let label = instruction
        .label
        .map_or_else(String::new, |label| format!("L{label}:"));
    let _ = write!(
        out,
        "{label:>10} {:>5}  {:<28}",
        instruction.offset, instruction.opname
    );
    if let Some(arg) = instruction.arg {
        let _ = write!(out, " {arg}");
        if !instruction.argrepr.is_empty() {
            let _ = write!(out, " ({})", instruction.argrepr);
        }
    }
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
}

fn stack(out: &mut String, instruction: &Instruction, contents: Option<&StackContents>) {
    let Some(contents) = contents else {
        out.push_str("                    cannot be reached\n");
        return;
    };
    let show = |stack: &[String]| format!("{} [{}]", stack.len(), stack.join(" | "));
    let _ = write!(out, "                    {}", show(&contents.before));
    match &contents.after {
        Some(after) if *after != contents.before => {
            let _ = writeln!(out, " -> {}", show(after));
        }
        Some(_) => out.push('\n'),
        None if instruction.jump_target.is_some() => out.push_str(" -> jumps\n"),
        None => out.push_str(" -> leaves\n"),
    }
}

/// The lines of a place, with its columns underlined. Of many lines the first is shown
/// and how far it goes; a line that stands above already is not shown again.
fn excerpt(out: &mut String, lines: &[&str], loc: Location, shown: Location) {
    let text = |line: i32| {
        let index = usize::try_from(line - 1).ok()?;
        Some(lines.get(index)?.trim_end_matches(['\n', '\r']))
    };
    let Some(first) = text(loc.line) else { return };
    if loc.line != shown.line {
        let _ = writeln!(out, "{:>5} | {first}", loc.line);
    }
    if loc.column < 0 || loc.end_column < 0 {
        return;
    }
    let (start, end) = (loc.column as usize, loc.end_column as usize);
    // Columns count bytes; what is drawn counts characters.
    let width = |bytes: usize| {
        let bytes = bytes.min(first.len());
        let bytes = (0..=bytes).rev().find(|&at| first.is_char_boundary(at));
        first[..bytes.unwrap_or(0)].chars().count()
    };
    let more = loc.end_line > loc.line;
    let (from, to) = (
        width(start),
        if more { width(first.len()) } else { width(end) },
    );
    if from == to && !more {
        return;
    }
    let indent: String = first
        .chars()
        .take(from)
        .map(|c| if c == '\t' { '\t' } else { ' ' })
        .collect();
    let marks = "^".repeat(to.saturating_sub(from).max(1));
    let until = if more {
        format!(" to line {}", loc.end_line)
    } else {
        String::new()
    };
    let _ = writeln!(out, "      | {indent}{marks}{until}");
}
