//! The instructions of a code object as data (`get_instructions`).

use std::collections::{BTreeSet, HashMap};

use super::repr::Addresses;
use super::stack;
use super::unpack::{Unpacked, unpack};
use crate::code::CodeObject;
use crate::exception_table::{self, ExceptionEntry};
use crate::instruction::Location;
use crate::location_table;
use crate::opcode::{BINARY_OPS, COMPARE_OPS, INTRINSICS_1, INTRINSICS_2, Opcode, SPECIAL_METHODS};
use crate::target::Target;

/// An instruction with all that is known of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instruction {
    /// Offset in bytes.
    pub offset: u32,
    /// Offset of the first `EXTENDED_ARG` before it, else its own.
    pub start_offset: u32,
    /// The name, as CPython shows it.
    pub opname: String,
    /// The opcode; `None` for a number that is none.
    pub opcode: Option<Opcode>,
    /// The argument, if it takes one.
    pub arg: Option<u32>,
    /// What the argument means; empty if nothing more is known.
    pub argrepr: String,
    /// Whether a line of the source starts here.
    pub starts_line: bool,
    /// The line; `None` for none.
    pub line: Option<u32>,
    /// The number of the label here.
    pub label: Option<u32>,
    /// Where in the source.
    pub loc: Location,
    /// The offset a jump goes to.
    pub jump_target: Option<u32>,
    /// Values on the stack before; `None` if it cannot be reached.
    pub stack_before: Option<u32>,
    /// Values on the stack after, where control goes on to the next instruction;
    /// `None` where it never does.
    pub stack_after: Option<u32>,
    /// The inline cache behind it.
    pub caches: Vec<CacheEntry>,
}

/// A named part of an inline cache.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CacheEntry {
    /// CPython's name for it.
    pub name: &'static str,
    /// Its size in code units.
    pub units: u8,
    /// What it holds, as shown: decimal.
    pub value: u64,
}

/// The instructions of a code object made for a target.
pub fn instructions(code: &CodeObject, target: Target) -> Vec<Instruction> {
    let context = Context::new(code, target);
    let switches = target.switches();
    let mut addresses = Addresses::default();
    let mut instructions: Vec<Instruction> = context.instructions(&mut addresses).collect();
    let depths = stack::depths(&code.code, &context.entries, target);
    for instruction in &mut instructions {
        let depth = depths.get(&instruction.offset).copied();
        instruction.stack_before = depth;
        instruction.stack_after = instruction
            .opcode
            .filter(|opcode| !opcode.is_scope_exit() && !opcode.is_unconditional_jump())
            .and_then(|opcode| {
                depth?.checked_add_signed(switches.stack_effect(
                    opcode,
                    instruction.arg.unwrap_or(0),
                    false,
                ))
            });
    }
    instructions
}

/// What is needed to explain the instructions of a code object.
pub(super) struct Context<'a> {
    code: &'a CodeObject,
    target: Target,
    pub(super) entries: Vec<ExceptionEntry>,
    /// Label numbers by offset.
    pub(super) labels: HashMap<u32, u32>,
    /// Offsets at which lines start, in order, with the lines.
    pub(super) line_starts: Vec<(u32, Option<u32>)>,
    /// Places by code unit.
    pub(super) positions: Vec<Location>,
}

impl<'a> Context<'a> {
    pub(super) fn new(code: &'a CodeObject, target: Target) -> Self {
        let entries: Vec<ExceptionEntry> = exception_table::decode(&code.exceptiontable).collect();
        let mut labelled: BTreeSet<u32> = unpack(&code.code, target)
            .filter_map(|i| i.jump_target())
            .collect();
        for entry in &entries {
            labelled
                .extend([entry.start, entry.end, entry.target].map(|unit| unit.saturating_mul(2)));
        }
        let units = code.code.len() / 2;
        let mut positions = Vec::with_capacity(units);
        let mut line_starts: Vec<(u32, Option<u32>)> = Vec::new();
        for entry in location_table::decode(code.firstlineno, &code.linetable) {
            let line = u32::try_from(entry.loc.line).ok();
            if line_starts.last().is_none_or(|&(_, last)| last != line) {
                line_starts.push((entry.start * 2, line));
            }
            positions.resize((entry.end as usize).min(units), entry.loc);
        }
        positions.resize(units, Location::NONE);
        Self {
            code,
            target,
            entries,
            labels: labelled.into_iter().zip(1..).collect(),
            line_starts,
            positions,
        }
    }

    /// The instructions in order; the depths of the stack are left out.
    pub(super) fn instructions<'b>(
        &'b self,
        addresses: &'b mut Addresses,
    ) -> impl Iterator<Item = Instruction> + 'b {
        let mut starts = self.line_starts.iter().peekable();
        let mut line = None;
        unpack(&self.code.code, self.target).map(move |unpacked| {
            let mut starts_line = false;
            while let Some(&(_, started)) =
                starts.next_if(|&&(offset, _)| offset <= unpacked.offset)
            {
                line = started;
                starts_line = true;
            }
            Instruction {
                offset: unpacked.offset,
                start_offset: unpacked.start_offset,
                opname: opname(&unpacked, self.target),
                opcode: unpacked.opcode,
                arg: unpacked.arg,
                argrepr: self.argrepr(&unpacked, addresses),
                starts_line,
                line,
                label: self.labels.get(&unpacked.offset).copied(),
                loc: self
                    .positions
                    .get(unpacked.offset as usize / 2)
                    .copied()
                    .unwrap_or(Location::NONE),
                jump_target: unpacked.jump_target(),
                stack_before: None,
                stack_after: None,
                caches: self.caches(&unpacked),
            }
        })
    }

    fn caches(&self, unpacked: &Unpacked) -> Vec<CacheEntry> {
        let parts = unpacked
            .opcode
            .map_or(&[][..], |opcode| self.target.cache_format(opcode));
        let mut at = unpacked.offset as usize + 2;
        let mut entries = Vec::with_capacity(parts.len());
        for &(name, units) in parts {
            let bytes = self
                .code
                .code
                .get(at..at + 2 * usize::from(units))
                .unwrap_or_default();
            let value = bytes
                .iter()
                .rev()
                .fold(0, |value, &byte| value << 8 | u64::from(byte));
            entries.push(CacheEntry { name, units, value });
            at += 2 * usize::from(units);
        }
        entries
    }

    fn argrepr(&self, unpacked: &Unpacked, addresses: &mut Addresses) -> String {
        let (Some(opcode), Some(arg)) = (unpacked.opcode, unpacked.arg) else {
            return String::new();
        };
        let index = arg as usize;
        let name = |index: u32| self.code.names.get(index as usize).unwrap_or_default();
        let local = |index: u32| {
            self.code
                .localsplusnames
                .get(index as usize)
                .unwrap_or_default()
        };
        if let Some(meaning) = argument_meaning(opcode, arg, self.target) {
            return meaning;
        }
        match opcode {
            Opcode::LOAD_GLOBAL
            | Opcode::LOAD_ATTR
            | Opcode::LOAD_SUPER_ATTR
            | Opcode::INSTRUMENTED_LOAD_SUPER_ATTR => {
                let (shift, suffix) = match opcode {
                    Opcode::LOAD_GLOBAL => (1, " + NULL"),
                    Opcode::LOAD_ATTR => (1, " + NULL|self"),
                    _ => (2, " + NULL|self"),
                };
                let name = name(arg >> shift);
                let suffix = if arg & 1 != 0 && !name.is_empty() {
                    suffix
                } else {
                    ""
                };
                format!("{name}{suffix}")
            }
            Opcode::LOAD_FAST_LOAD_FAST
            | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW
            | Opcode::STORE_FAST_LOAD_FAST
            | Opcode::STORE_FAST_STORE_FAST => format!("{}, {}", local(arg >> 4), local(arg & 15)),
            _ if opcode.has_const() => {
                let mut out = String::new();
                if let Some(value) = self.code.consts.get(index) {
                    addresses.constant(&mut out, value);
                }
                out
            }
            Opcode::IMPORT_NAME if self.target.switches().imports_may_wait => {
                let name = name(arg >> 2);
                let how = match arg & 3 {
                    _ if name.is_empty() => "",
                    1 | 3 => " + lazy",
                    2 => " + eager",
                    _ => "",
                };
                format!("{name}{how}")
            }
            _ if opcode.has_name() => name(arg).to_owned(),
            _ if opcode.has_jump() => {
                let label = unpacked
                    .jump_target()
                    .and_then(|target| self.labels.get(&target));
                let preposition = if opcode == Opcode::END_ASYNC_FOR {
                    "from"
                } else {
                    "to"
                };
                label.map_or_else(String::new, |label| format!("{preposition} L{label}"))
            }
            _ if opcode.has_local() || opcode.has_free() => local(arg).to_owned(),
            _ => String::new(),
        }
    }
}

/// What an argument means that no table of the code object is needed for: an operator,
/// a conversion, an intrinsic function; `None` for other instructions.
pub(crate) fn argument_meaning(opcode: Opcode, arg: u32, target: Target) -> Option<String> {
    let index = arg as usize;
    let known = |names: &[&str]| names.get(index).copied().unwrap_or("").to_owned();
    Some(match opcode {
        Opcode::COMPARE_OP => {
            let operator = COMPARE_OPS.get(index >> 5).copied().unwrap_or("");
            if arg & 16 != 0 {
                format!("bool({operator})")
            } else {
                operator.to_owned()
            }
        }
        Opcode::CONVERT_VALUE => known(&["", "str", "repr", "ascii"]),
        Opcode::SET_FUNCTION_ATTRIBUTE => {
            let attributes = [
                "defaults",
                "kwdefaults",
                "annotations",
                "closure",
                "annotate",
            ];
            let set = attributes
                .iter()
                .zip(0..)
                .filter(|&(_, bit)| arg & 1 << bit != 0);
            set.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        }
        Opcode::BINARY_OP => known(BINARY_OPS),
        Opcode::CALL_INTRINSIC_1 => known(INTRINSICS_1),
        Opcode::CALL_INTRINSIC_2 => known(INTRINSICS_2),
        Opcode::LOAD_COMMON_CONSTANT => {
            let name = known(target.common_constants());
            // Functions, the others are types.
            if matches!(&*name, "all" | "any") {
                format!("<built-in function {name}>")
            } else {
                name
            }
        }
        Opcode::LOAD_SPECIAL => known(SPECIAL_METHODS),
        // 3.13 leaves these to the reader.
        Opcode::IS_OP | Opcode::CONTAINS_OP if target == Target::V3_13 => return None,
        Opcode::IS_OP => if arg != 0 { "is not" } else { "is" }.to_owned(),
        Opcode::CONTAINS_OP => if arg != 0 { "not in" } else { "in" }.to_owned(),
        _ => return None,
    })
}

/// CPython's name of a byte, specialized forms included.
fn opname(unpacked: &Unpacked, target: Target) -> String {
    let byte = unpacked.byte;
    if target != Target::V3_14 {
        let name = unpacked.opcode.map(|opcode| opcode.name().to_owned());
        return name.unwrap_or_else(|| format!("<{byte}>"));
    }
    if let Some(opcode) = Opcode::from_number(u32::from(byte)) {
        return opcode.name().to_owned();
    }
    let specialized = crate::opcode::SPECIALIZED
        .iter()
        .find(|&&(_, number, _)| number == byte);
    specialized.map_or_else(|| format!("<{byte}>"), |&(name, ..)| name.to_owned())
}
