//! Whether a code object that somebody else made can be run without harm.
//!
//! CPython trusts the bytecode it loads. Here code is believed only when every path
//! through it was followed with the kinds of the values on the stack and in the
//! locals: what [`verify`] accepts never reads an operand that is not there, jumps
//! outside, needs more stack than it says, or takes NULL for an object. Code that the
//! compiler made passes always; it is not verified when it runs.

mod state;
mod step;
mod structure;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use crate::code::{CodeObject, Const};
use crate::exception_table::ExceptionEntry;
use crate::opcode::Opcode;
use state::{Joined, Kind, State};
use step::{Next, Step};

/// What is wrong with a code object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// The code object's qualified name.
    pub qualname: String,
    /// The byte offset of the instruction, if it is one.
    pub offset: Option<u32>,
    /// The instruction's name.
    pub opname: &'static str,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong.
pub type Problem = &'static str;

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid code object '{}'", self.qualname.escape_debug())?;
        if let Some(offset) = self.offset {
            write!(f, ", {} at offset {offset}", self.opname)?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for VerifyError {}

/// An instruction with its prefixes.
#[derive(Clone, Copy, Debug)]
struct Instr {
    opcode: Opcode,
    arg: u32,
    /// The code unit of the first prefix.
    start: u32,
    /// The code unit of the instruction itself.
    at: u32,
    /// The code unit behind its caches.
    next: u32,
}

impl Instr {
    /// The code unit a jump goes to.
    fn target(&self) -> Option<u32> {
        if self.opcode.is_backward_jump() {
            self.next.checked_sub(self.arg)
        } else {
            self.next.checked_add(self.arg)
        }
    }
}

/// Checks a code object and all among its constants.
///
/// # Errors
/// For code that could do harm, with the first place where it would.
pub fn verify(code: &CodeObject) -> Result<(), VerifyError> {
    verify_one(code)?;
    verify_nested(code.consts.iter().collect())
}

/// Checks all code objects in a constant.
///
/// # Errors
/// As [`verify`].
pub fn verify_const(value: &Const) -> Result<(), VerifyError> {
    verify_nested(vec![value])
}

fn verify_nested(mut todo: Vec<&Const>) -> Result<(), VerifyError> {
    let mut seen = HashSet::new();
    while let Some(value) = todo.pop() {
        match value {
            Const::Tuple(items) | Const::FrozenSet(items) => todo.extend(items),
            Const::Slice(parts) => todo.extend(parts.iter()),
            Const::Code(code) if seen.insert(Arc::as_ptr(code)) => {
                verify_one(code)?;
                todo.extend(&code.consts);
            }
            _ => {}
        }
    }
    Ok(())
}

fn verify_one(code: &CodeObject) -> Result<(), VerifyError> {
    let fail = |instr: Option<&Instr>, problem| VerifyError {
        qualname: code.qualname.to_string(),
        offset: instr.map(|instr| instr.at * 2),
        opname: instr.map_or("", |instr| instr.opcode.name()),
        problem,
    };
    structure::check(code).map_err(|problem| fail(None, problem))?;
    let (instrs, index_of) = decode(code).map_err(|(at, problem)| VerifyError {
        offset: Some(at * 2),
        opname: "byte",
        ..fail(None, problem)
    })?;
    let handlers = structure::handlers(code, &index_of).map_err(|problem| fail(None, problem))?;
    structure::generator(code, &instrs).map_err(|problem| fail(None, problem))?;
    let units = (code.code.len() / 2) as u64;
    let mut verifier = Verifier {
        code,
        instrs: &instrs,
        index_of: &index_of,
        handlers: &handlers,
        states: vec![None; instrs.len()],
        todo: Vec::new(),
        budget: units.saturating_mul(4000).saturating_add(10_000_000),
    };
    verifier
        .run()
        .map_err(|(at, problem)| fail(instrs.get(at), problem))
}

/// No instruction starts at the code unit.
const NO_INSTR: u32 = u32::MAX;

/// The instructions, and the index of the one that starts at each code unit.
fn decode(code: &CodeObject) -> Result<(Vec<Instr>, Vec<u32>), (u32, Problem)> {
    let units = code.code.as_chunks::<2>().0;
    let mut instrs = Vec::with_capacity(units.len());
    let mut index_of = vec![NO_INSTR; units.len() + 1];
    let (mut at, mut start, mut arg, mut prefixes) = (0, 0, 0_u32, 0);
    while let Some(&[byte, low]) = units.get(at) {
        let Some(opcode) = Opcode::from_number(byte.into()) else {
            return Err((at as u32, "no opcode"));
        };
        arg = arg << 8 | u32::from(low);
        if opcode == Opcode::EXTENDED_ARG {
            prefixes += 1;
            if prefixes > 3 {
                return Err((at as u32, "more than three EXTENDED_ARG"));
            }
            at += 1;
            continue;
        }
        let next = at + 1 + opcode.caches();
        if next > units.len() {
            return Err((at as u32, "its inline cache is cut off"));
        }
        index_of[start] = instrs.len() as u32;
        instrs.push(Instr {
            opcode,
            arg,
            start: start as u32,
            at: at as u32,
            next: next as u32,
        });
        (at, start, arg, prefixes) = (next, next, 0, 0);
    }
    if prefixes > 0 {
        return Err((start as u32, "EXTENDED_ARG without an instruction"));
    }
    if instrs.is_empty() {
        return Err((0, "no instructions"));
    }
    Ok((instrs, index_of))
}

struct Verifier<'a> {
    code: &'a CodeObject,
    instrs: &'a [Instr],
    index_of: &'a [u32],
    handlers: &'a [ExceptionEntry],
    /// What holds before an instruction that paths lead to from elsewhere.
    states: Vec<Option<State>>,
    todo: Vec<usize>,
    /// How much more work a code object is worth.
    budget: u64,
}

impl Verifier<'_> {
    fn run(&mut self) -> Result<(), (usize, Problem)> {
        let mut locals = vec![Kind::Null; self.code.localsplusnames.len()];
        locals[..structure::parameters(self.code)].fill(Kind::Any);
        self.join(0, &[], &locals).map_err(|problem| (0, problem))?;
        // What a jump leads to has a state of its own from the start.
        while let Some(first) = self.todo.pop() {
            let Some(mut state) = self.states[first].clone() else {
                continue;
            };
            let mut at = first;
            let mut covered_by = None;
            loop {
                self.spend(1).map_err(|problem| (at, problem))?;
                match self
                    .instruction(at, &mut state, &mut covered_by)
                    .map_err(|problem| (at, problem))?
                {
                    Some(next) => at = next,
                    None => break,
                }
            }
        }
        Ok(())
    }

    fn spend(&mut self, work: usize) -> Result<(), Problem> {
        match self.budget.checked_sub(work as u64) {
            Some(left) => {
                self.budget = left;
                Ok(())
            }
            None => Err("too complex to be verified"),
        }
    }

    /// One instruction; the index of the next one if the path goes on there.
    fn instruction(
        &mut self,
        at: usize,
        state: &mut State,
        covered_by: &mut Option<u32>,
    ) -> Result<Option<usize>, Problem> {
        let instr = self.instrs[at];
        let handler = self.handler_of(instr.start);
        let depth = handler.map_or(0, |handler| handler.depth as usize);
        if let Some(handler) = handler {
            if state.stack.len() < depth {
                return Err("the stack is lower than its exception handler's");
            }
            if *covered_by != Some(handler.start) {
                self.join_handler(handler, state)?;
            }
        }
        *covered_by = handler.map(|handler| handler.start);
        let mut step = Step::new(self.code, state);
        let next = step.instruction(&instr)?;
        let (lowest, locals_changed) = (step.lowest, step.locals_changed);
        if state.stack.len() > self.code.stacksize as usize {
            return Err("the stack grows beyond the stack size");
        }
        if let Some(handler) = handler {
            if lowest < depth && step::may_raise(instr.opcode) {
                return Err("it takes values its exception handler needs");
            }
            if lowest < depth {
                *covered_by = None;
            } else if locals_changed {
                self.join_handler(handler, state)?;
            }
        }
        let following = |verifier: &mut Self, state: &State| {
            let next = at + 1;
            match verifier.instrs.get(next) {
                None => Err("the code ends without a return"),
                Some(_) if verifier.states[next].is_some() => {
                    verifier.join(next, &state.stack, &state.locals)?;
                    Ok(None)
                }
                Some(_) => Ok(Some(next)),
            }
        };
        match next {
            Next::Leave => Ok(None),
            Next::Follow => following(self, state),
            Next::Jump => {
                self.jump(&instr, &state.stack, &state.locals)?;
                Ok(None)
            }
            Next::Branch => {
                self.jump(&instr, &state.stack, &state.locals)?;
                following(self, state)
            }
            Next::Loop => {
                let mut stack = state.stack.clone();
                stack.pop();
                stack.push(Kind::Exhausted);
                self.jump(&instr, &stack, &state.locals)?;
                following(self, state)
            }
        }
    }

    fn handler_of(&self, unit: u32) -> Option<ExceptionEntry> {
        let behind = self.handlers.partition_point(|entry| entry.start <= unit);
        let entry = self.handlers[..behind].last()?;
        (unit < entry.end).then_some(*entry)
    }

    fn jump(&mut self, instr: &Instr, stack: &[Kind], locals: &[Kind]) -> Result<(), Problem> {
        let target = instr
            .target()
            .and_then(|unit| self.index_of.get(unit as usize));
        match target {
            Some(&index) if index != NO_INSTR => self.join(index as usize, stack, locals),
            _ => Err("it jumps to no instruction"),
        }
    }

    fn join_handler(&mut self, handler: ExceptionEntry, state: &State) -> Result<(), Problem> {
        let mut stack = state.stack[..handler.depth as usize].to_vec();
        if handler.lasti {
            stack.push(Kind::LastI);
        }
        stack.push(Kind::Exception);
        if stack.len() > self.code.stacksize as usize {
            return Err("its exception handler needs more than the stack size");
        }
        let target = self.index_of[handler.target as usize];
        self.join(target as usize, &stack, &state.locals)
    }

    fn join(&mut self, at: usize, stack: &[Kind], locals: &[Kind]) -> Result<(), Problem> {
        self.spend(stack.len() + locals.len())?;
        match &mut self.states[at] {
            Some(state) => match state.join(stack, locals) {
                Joined::Unchanged => {}
                Joined::Changed => self.todo.push(at),
                Joined::Mismatch => return Err("paths meet with stacks of different depth"),
            },
            none => {
                *none = Some(State {
                    stack: stack.to_vec(),
                    locals: locals.to_vec(),
                });
                self.todo.push(at);
            }
        }
        Ok(())
    }
}
