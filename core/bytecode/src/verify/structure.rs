//! What must hold of a code object before its instructions are followed: counts and
//! kinds of the variables, the tables, the start of a generator.

use super::{Instr, NO_INSTR, Problem};
use crate::code::{CodeFlags, CodeObject, LocalKind};
use crate::exception_table::{self, ExceptionEntry};
use crate::location_table;
use crate::opcode::Opcode;

/// Bits of `co_flags` of which a code object has one at most.
const GENERATOR_KINDS: u32 =
    CodeFlags::GENERATOR | CodeFlags::COROUTINE | CodeFlags::ASYNC_GENERATOR;

/// The locals that hold an argument when the code starts.
pub(super) fn parameters(code: &CodeObject) -> usize {
    let flag = |flag: u32| usize::from(code.flags & flag != 0);
    (code.argcount as usize)
        .saturating_add(code.kwonlyargcount as usize)
        .saturating_add(flag(CodeFlags::VARARGS) + flag(CodeFlags::VARKEYWORDS))
}

pub(super) fn check(code: &CodeObject) -> Result<(), Problem> {
    if code.code.is_empty()
        || !code.code.len().is_multiple_of(2)
        || code.code.len() > i32::MAX as usize
    {
        return Err("the code's length makes no sense");
    }
    if code.posonlyargcount > code.argcount {
        return Err("more positional-only arguments than arguments");
    }
    let kinds = &code.localspluskinds;
    if kinds.len() != code.localsplusnames.len() {
        return Err("kinds and names of variables differ in number");
    }
    let parameters = parameters(code);
    if kinds.len() < parameters {
        return Err("more arguments than variables");
    }
    // Locals, then cells, then free variables.
    let mut group = 0;
    for (index, &kind) in kinds.iter().enumerate() {
        let next = match kind & (LocalKind::LOCAL | LocalKind::CELL | LocalKind::FREE) {
            LocalKind::LOCAL => 0,
            local_cell if local_cell == LocalKind::LOCAL | LocalKind::CELL => 0,
            LocalKind::CELL => 1,
            LocalKind::FREE => 2,
            _ => return Err("a variable of no kind"),
        };
        if next < group || index < parameters && next > 0 {
            return Err("variables out of order");
        }
        group = next;
    }
    let mut units = 0;
    for entry in location_table::decode(code.firstlineno, &code.linetable) {
        units = entry.end as usize;
    }
    if units != code.code.len() / 2 && !code.linetable.is_empty() {
        return Err("the location table does not fit the code");
    }
    if (code.flags & GENERATOR_KINDS).count_ones() > 1 {
        return Err("flags that exclude each other");
    }
    Ok(())
}

/// The exception table, all of whose places are instructions.
pub(super) fn handlers(
    code: &CodeObject,
    index_of: &[u32],
) -> Result<Vec<ExceptionEntry>, Problem> {
    let entries: Vec<ExceptionEntry> = exception_table::decode(&code.exceptiontable).collect();
    if *exception_table::encode(&entries) != *code.exceptiontable {
        return Err("the exception table is malformed");
    }
    let starts_instr = |unit: u32| {
        index_of
            .get(unit as usize)
            .is_some_and(|&index| index != NO_INSTR)
    };
    let units = (code.code.len() / 2) as u32;
    let mut behind = 0;
    for entry in &entries {
        if entry.start < behind || entry.end <= entry.start {
            return Err("the exception table is out of order");
        }
        let places = starts_instr(entry.start) && starts_instr(entry.target);
        if !places || !(entry.end == units || starts_instr(entry.end)) {
            return Err("the exception table points at no instruction");
        }
        if entry.depth > code.stacksize {
            return Err("an exception handler is deeper than the stack size");
        }
        behind = entry.end;
    }
    Ok(entries)
}

/// A generator begins by making itself, when its cells are made; nothing else does, and
/// nothing else yields.
pub(super) fn generator(code: &CodeObject, instrs: &[Instr]) -> Result<(), Problem> {
    let is_generator = code.flags & GENERATOR_KINDS != 0;
    let mut begin = instrs
        .iter()
        .skip_while(|instr| matches!(instr.opcode, Opcode::MAKE_CELL | Opcode::COPY_FREE_VARS));
    let made = begin
        .next()
        .is_some_and(|instr| instr.opcode == Opcode::RETURN_GENERATOR);
    let count = |opcode: Opcode| instrs.iter().filter(|instr| instr.opcode == opcode).count();
    if made != is_generator || count(Opcode::RETURN_GENERATOR) != usize::from(is_generator) {
        return Err("a generator must begin with RETURN_GENERATOR, and nothing else may have it");
    }
    if !is_generator && count(Opcode::YIELD_VALUE) > 0 {
        return Err("YIELD_VALUE outside a generator");
    }
    // Nothing may come back to the beginning.
    let beginning = instrs
        .iter()
        .position(|instr| instr.opcode == Opcode::RETURN_GENERATOR);
    if let Some(last) = beginning {
        let first_behind = instrs[last].next;
        let returns = |instr: &Instr| {
            instr.opcode.has_jump()
                && instr.opcode != Opcode::END_ASYNC_FOR
                && instr.target().is_none_or(|target| target < first_behind)
        };
        if instrs.iter().any(returns) {
            return Err("a jump to the beginning of a generator");
        }
    }
    Ok(())
}
