//! From CPython's stack bytecode to register code, in one pass.
//!
//! The stack is followed symbolically: loading a local, a constant or a small
//! int emits nothing until something needs the value in its place. Before a
//! local changes, pending loads of it are made real; at the edges of blocks all are.
#![forbid(unsafe_code)]

use std::cell::UnsafeCell;

use vitrine_bytecode::opcode::{Opcode, deoptimize};

use crate::interp::code::Code;
use crate::interp::insn::{Insn, Op, TAKE_A, TAKE_B, TAKE_C};

/// A code object's register code.
pub(crate) struct Translated {
    pub(crate) insns: Box<[UnsafeCell<Insn>]>,
    /// For every instruction, the code unit it comes from.
    pub(crate) offsets: Box<[u32]>,
    pub(crate) handlers: Box<[Handler]>,
}

/// An entry of the exception table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handler {
    /// Code units covered.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// The handler's first instruction.
    pub(crate) target: u32,
    pub(crate) depth: u32,
    pub(crate) lasti: bool,
}

/// What is on the stack at one depth.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Entry {
    /// In its slot.
    Temp,
    Local(u16),
    Const(u32),
    Int(i32),
    Null,
}

struct Unit {
    op: Opcode,
    arg: u32,
    /// The code unit of the instruction, after its `EXTENDED_ARG`s.
    at: usize,
    /// The unit after it and its caches.
    next: usize,
}

struct Translator<'a> {
    code: &'a Code,
    insns: Vec<Insn>,
    offsets: Vec<u32>,
    stack: Vec<Entry>,
    at: u32,
    /// Instructions whose jump distance is missing, and the unit they go to.
    fixups: Vec<(usize, usize)>,
    /// The instruction that put the top of the stack in its slot and may put it elsewhere.
    producer: Option<usize>,
}

fn varint(bytes: &mut impl Iterator<Item = u8>) -> Option<u32> {
    let mut byte = bytes.next()?;
    let mut value = u32::from(byte & 63);
    while byte & 64 != 0 {
        byte = bytes.next()?;
        value = value << 6 | u32::from(byte & 63);
    }
    Some(value)
}

fn exception_table(bytes: &[u8]) -> Vec<Handler> {
    let mut bytes = bytes.iter().copied();
    let mut handlers = Vec::new();
    while let Some(start) = varint(&mut bytes) {
        let (Some(length), Some(target), Some(depth)) =
            (varint(&mut bytes), varint(&mut bytes), varint(&mut bytes))
        else {
            break;
        };
        let end = start + length;
        handlers.push(Handler {
            start,
            end,
            target,
            depth: depth >> 1,
            lasti: depth & 1 != 0,
        });
    }
    handlers
}

fn decode(code: &[u8]) -> Option<Vec<Unit>> {
    let mut units = Vec::new();
    let (mut at, mut extended) = (0, 0u32);
    while at * 2 + 1 < code.len() {
        let op = deoptimize(code[at * 2])?;
        let arg = extended << 8 | u32::from(code[at * 2 + 1]);
        if op == Opcode::EXTENDED_ARG {
            extended = arg;
            at += 1;
            continue;
        }
        extended = 0;
        let next = at + 1 + op.caches();
        units.push(Unit { op, arg, at, next });
        at = next;
    }
    Some(units)
}

/// The unit a jump goes to.
fn target(unit: &Unit) -> usize {
    if unit.op.is_backward_jump() {
        unit.next.saturating_sub(unit.arg as usize)
    } else {
        unit.next + unit.arg as usize
    }
}

/// The depth of the stack before every unit, `None` where nothing goes.
fn depths(units: &[Unit], handlers: &[Handler], len: usize) -> Vec<Option<u32>> {
    let mut index = vec![usize::MAX; len + 1];
    for (i, unit) in units.iter().enumerate() {
        index[unit.at] = i;
        // A jump may go to the `EXTENDED_ARG` in front.
        let mut before = unit.at;
        while before > 0 && index[before - 1] == usize::MAX && i > 0 && before > units[i - 1].next {
            before -= 1;
            index[before] = i;
        }
    }
    let mut depth = vec![None; len + 1];
    let mut work: Vec<(usize, u32)> = handlers
        .iter()
        .map(|h| (h.target as usize, h.depth + u32::from(h.lasti) + 1))
        .collect();
    work.push((0, 0));
    while let Some((unit, d)) = work.pop() {
        let Some(&first) = index.get(unit) else {
            continue;
        };
        let mut i = first;
        let mut d = d;
        while let Some(unit) = units.get(i) {
            if depth[unit.at].is_some() {
                break;
            }
            depth[unit.at] = Some(d);
            let effect = |jump| d.saturating_add_signed(unit.op.stack_effect(unit.arg, jump));
            if unit.op.has_jump() && unit.op != Opcode::END_ASYNC_FOR {
                let to = match unit.op {
                    // At the end the iterator stays and nothing else.
                    Opcode::FOR_ITER => d + 1,
                    Opcode::SEND => d,
                    _ => effect(true),
                };
                work.push((target(unit), to));
            }
            if unit.op.is_unconditional_jump() || unit.op.is_scope_exit() {
                break;
            }
            d = match unit.op {
                Opcode::FOR_ITER => d + 1,
                Opcode::SEND => d,
                _ => effect(false),
            };
            i += 1;
        }
    }
    depth
}

/// Translates a code object; `None` if it is malformed or too large.
pub(crate) fn translate(code: &Code) -> Option<Translated> {
    let units = decode(&code.data.code)?;
    let mut handlers = exception_table(&code.data.exceptiontable);
    let len = code.data.code.len() / 2;
    if code.frame_size > 60_000 || code.names.len() > 60_000 {
        return None;
    }
    let depth = depths(&units, &handlers, len);
    let mut labels = vec![false; len + 1];
    for unit in &units {
        if unit.op.has_jump() && unit.op != Opcode::END_ASYNC_FOR && target(unit) <= len {
            labels[target(unit)] = true;
        }
    }
    for handler in &handlers {
        *labels.get_mut(handler.target as usize)? = true;
    }
    let mut t = Translator {
        code,
        insns: Vec::with_capacity(units.len()),
        offsets: Vec::with_capacity(units.len()),
        stack: Vec::new(),
        at: 0,
        fixups: Vec::new(),
        producer: None,
    };
    let mut starts = vec![u32::MAX; len + 1];
    let mut falls_through = true;
    let mut previous_next = 0;
    let mut i = 0;
    while i < units.len() {
        let unit = &units[i];
        let labelled = labels[previous_next.min(unit.at)..=unit.at]
            .iter()
            .any(|l| *l);
        let Some(d) = depth[unit.at] else {
            // Unreachable.
            previous_next = unit.next;
            i += 1;
            continue;
        };
        t.at = unit.at as u32;
        if labelled || !falls_through {
            if falls_through {
                t.flush();
            }
            t.stack.clear();
            t.stack.resize(d as usize, Entry::Temp);
            t.producer = None;
        }
        starts[previous_next.min(unit.at)..=unit.at].fill(t.insns.len() as u32);
        if t.stack.len() != d as usize {
            return None;
        }
        if let Some(h) = handlers.iter().find(|h| (h.start..h.end).contains(&t.at)) {
            t.flush_below(h.depth as usize);
        }
        let fused = units
            .get(i + 1)
            .filter(|next| !labels[unit.next.min(next.at)..=next.at].iter().any(|l| *l));
        falls_through = !(unit.op.is_unconditional_jump() || unit.op.is_scope_exit());
        let used = t.unit(unit, fused)?;
        previous_next = unit.next;
        i += 1;
        if used {
            previous_next = units[i].next;
            i += 1;
        }
    }
    for (insn, to) in std::mem::take(&mut t.fixups) {
        let to = *starts.get(to)?;
        if to == u32::MAX {
            return None;
        }
        t.insns[insn].d = (to as i32 - insn as i32) as u32;
    }
    for handler in &mut handlers {
        handler.target = starts[handler.target as usize];
    }
    Some(Translated {
        insns: t.insns.into_iter().map(UnsafeCell::new).collect(),
        offsets: t.offsets.into(),
        handlers: handlers.into(),
    })
}

impl Translator<'_> {
    fn slot(&self, depth: usize) -> u16 {
        (self.code.nlocals() + depth) as u16
    }

    fn emit(&mut self, op: Op, a: u16, b: u16, c: u16, d: u32, e: u32) -> usize {
        self.insns.push(Insn::new(op, a, b, c, d, e));
        self.offsets.push(self.at);
        self.producer = None;
        self.insns.len() - 1
    }

    /// Makes the entry at a depth real.
    fn materialize(&mut self, depth: usize) {
        let slot = self.slot(depth);
        match self.stack[depth] {
            Entry::Temp => return,
            Entry::Local(x) => self.emit(Op::Copy, slot, x, 0, 0, 0),
            Entry::Const(k) => self.emit(Op::LoadConst, slot, 0, 0, k, 0),
            Entry::Int(i) => self.emit(Op::LoadInt, slot, 0, 0, i as u32, 0),
            Entry::Null => self.emit(Op::Clear, slot, 0, 0, 0, 0),
        };
        self.stack[depth] = Entry::Temp;
    }

    fn flush(&mut self) {
        self.flush_below(self.stack.len());
    }

    fn flush_below(&mut self, depth: usize) {
        for d in 0..depth.min(self.stack.len()) {
            self.materialize(d);
        }
    }

    /// Makes the top `n` entries real and answers the first one's slot.
    fn top(&mut self, n: usize) -> u16 {
        let from = self.stack.len() - n;
        for d in from..self.stack.len() {
            self.materialize(d);
        }
        self.slot(from)
    }

    /// Pops an operand: the slot it is in, and `flag` if that is a stack slot.
    fn operand(&mut self, flag: u32) -> (u16, u32) {
        let depth = self.stack.len() - 1;
        let found = match self.stack[depth] {
            Entry::Local(x) => (x, 0),
            _ => {
                self.materialize(depth);
                (self.slot(depth), flag)
            }
        };
        self.stack.pop();
        found
    }

    /// Pushes a result; answers its slot.
    fn push(&mut self) -> u16 {
        self.stack.push(Entry::Temp);
        self.slot(self.stack.len() - 1)
    }

    /// Pushes a result made by one instruction that a store may redirect.
    fn result(&mut self, op: Op, b: u16, c: u16, d: u32, e: u32) -> usize {
        let a = self.push();
        let at = self.emit(op, a, b, c, d, e);
        self.producer = Some(at);
        at
    }

    /// Real before a local changes: all pending loads of it.
    fn settle(&mut self, local: u16) {
        for depth in 0..self.stack.len() {
            if self.stack[depth] == Entry::Local(local) {
                self.materialize(depth);
            }
        }
    }

    fn store_fast(&mut self, x: u16) {
        let depth = self.stack.len() - 1;
        let entry = self.stack[depth];
        let pending = self.stack[..depth].contains(&Entry::Local(x));
        if let (Entry::Temp, Some(producer), false) = (entry, self.producer, pending)
            && self.insns[producer].a == self.slot(depth)
        {
            self.insns[producer].a = x;
            self.producer = None;
            self.stack.pop();
            return;
        }
        self.stack.pop();
        self.settle(x);
        let slot = self.slot(depth);
        match entry {
            Entry::Temp => self.emit(Op::Move, x, slot, 0, 0, 0),
            Entry::Local(y) if y == x => return,
            Entry::Local(y) => self.emit(Op::Copy, x, y, 0, 0, 0),
            Entry::Const(k) => self.emit(Op::LoadConst, x, 0, 0, k, 0),
            Entry::Int(i) => self.emit(Op::LoadInt, x, 0, 0, i as u32, 0),
            Entry::Null => self.emit(Op::Clear, x, 0, 0, 0, 0),
        };
    }

    fn jump(&mut self, op: Op, a: u16, b: u16, c: u16, e: u32, to: usize) {
        let at = self.emit(op, a, b, c, 0, e);
        self.fixups.push((at, to));
    }

    /// An operator on the stack: `pops` values become `pushes`.
    fn stack_op(&mut self, unit: &Unit, pops: usize, pushes: usize) {
        let base = if pops > 0 {
            self.top(pops)
        } else {
            self.slot(self.stack.len())
        };
        self.stack.truncate(self.stack.len() - pops);
        self.emit(
            Op::Stack,
            base,
            pops as u16,
            unit.op.number(),
            unit.arg,
            pushes as u32,
        );
        for _ in 0..pushes {
            self.push();
        }
    }

    /// Translates one instruction; true if `next` was taken in too.
    fn unit(&mut self, unit: &Unit, next: Option<&Unit>) -> Option<bool> {
        use Opcode as O;
        let arg = unit.arg;
        match unit.op {
            O::NOP | O::NOT_TAKEN | O::CACHE | O::END_FOR => {
                if unit.op == O::END_FOR {
                    // Reached through `FOR_ITER` only, which leaves nothing to pop.
                    self.stack.pop();
                }
            }
            O::RESUME => {
                self.emit(Op::Resume, 0, 0, 0, arg, 0);
            }
            O::LOAD_FAST | O::LOAD_FAST_BORROW => self.stack.push(Entry::Local(arg as u16)),
            O::LOAD_FAST_LOAD_FAST | O::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                self.stack.push(Entry::Local((arg >> 4) as u16));
                self.stack.push(Entry::Local((arg & 15) as u16));
            }
            O::LOAD_FAST_CHECK => {
                self.result(Op::CopyCheck, arg as u16, 0, 0, 0);
            }
            O::LOAD_FAST_AND_CLEAR => {
                self.settle(arg as u16);
                self.result(Op::Move, arg as u16, 0, 0, 0);
                self.producer = None;
            }
            O::LOAD_CONST => self.stack.push(Entry::Const(arg)),
            O::LOAD_SMALL_INT => self.stack.push(Entry::Int(arg as i32)),
            O::PUSH_NULL => self.stack.push(Entry::Null),
            O::STORE_FAST => self.store_fast(arg as u16),
            O::STORE_FAST_STORE_FAST => {
                self.store_fast((arg >> 4) as u16);
                self.store_fast((arg & 15) as u16);
            }
            O::STORE_FAST_LOAD_FAST => {
                self.store_fast((arg >> 4) as u16);
                self.stack.push(Entry::Local((arg & 15) as u16));
            }
            O::DELETE_FAST => {
                self.settle(arg as u16);
                self.emit(Op::DeleteFast, arg as u16, 0, 0, 0, 0);
            }
            O::POP_TOP | O::POP_ITER => {
                let depth = self.stack.len() - 1;
                if self.stack.pop() == Some(Entry::Temp) {
                    let slot = self.slot(depth);
                    self.emit(Op::Drop, slot, 0, 0, 0, 0);
                }
            }
            O::COPY => {
                let depth = self.stack.len() - arg as usize;
                match self.stack[depth] {
                    Entry::Temp => {
                        let from = self.slot(depth);
                        self.result(Op::Copy, from, 0, 0, 0);
                    }
                    symbolic => self.stack.push(symbolic),
                }
            }
            O::SWAP => {
                let (x, y) = (self.stack.len() - arg as usize, self.stack.len() - 1);
                if self.stack[x] == Entry::Temp || self.stack[y] == Entry::Temp {
                    self.materialize(x);
                    self.materialize(y);
                    let (a, b) = (self.slot(x), self.slot(y));
                    self.emit(Op::Swap, a, b, 0, 0, 0);
                } else {
                    self.stack.swap(x, y);
                }
            }
            O::BINARY_OP => self.binary_op(arg),
            O::COMPARE_OP => return Some(self.compare_op(arg, next)),
            O::IS_OP => {
                let (c, fc) = self.operand(TAKE_C);
                let (b, fb) = self.operand(TAKE_B);
                if let Some(next) = next
                    && matches!(next.op, O::POP_JUMP_IF_FALSE | O::POP_JUMP_IF_TRUE)
                {
                    self.flush();
                    let sense = (next.op == O::POP_JUMP_IF_TRUE) != (arg != 0);
                    self.jump(Op::JumpIs, u16::from(sense), b, c, fb | fc, target(next));
                    return Some(true);
                }
                self.result(Op::Is, b, c, arg, fb | fc);
            }
            O::TO_BOOL => {
                if let Some(next) = next
                    && matches!(next.op, O::POP_JUMP_IF_FALSE | O::POP_JUMP_IF_TRUE)
                {
                    self.jump_truth(next);
                    return Some(true);
                }
                let (b, f) = self.operand(TAKE_B);
                self.result(Op::ToBool, b, 0, 0, f);
            }
            O::UNARY_NOT => {
                let (b, f) = self.operand(TAKE_B);
                self.result(Op::Not, b, 0, 0, f);
            }
            O::POP_JUMP_IF_FALSE | O::POP_JUMP_IF_TRUE => self.jump_truth(unit),
            O::POP_JUMP_IF_NONE | O::POP_JUMP_IF_NOT_NONE => {
                let (b, f) = self.operand(TAKE_B);
                self.flush();
                let sense = u16::from(unit.op == O::POP_JUMP_IF_NONE);
                self.jump(Op::JumpNone, sense, b, 0, f, target(unit));
            }
            O::JUMP_FORWARD => {
                self.flush();
                self.jump(Op::Jump, 0, 0, 0, 0, target(unit));
            }
            O::JUMP_BACKWARD | O::JUMP_BACKWARD_NO_INTERRUPT => {
                self.flush();
                self.jump(Op::JumpBack, 0, 0, 0, 0, target(unit));
            }
            O::LOAD_GLOBAL => {
                let a = self.push();
                let null = arg & 1;
                let at = self.emit(Op::LoadGlobal, a, (arg >> 1) as u16, null as u16, 0, 0);
                self.emit(Op::Ext, 0, 0, 0, 0, 0);
                if null != 0 {
                    self.push();
                } else {
                    self.producer = Some(at);
                }
            }
            O::LOAD_ATTR => {
                let method = arg & 1 != 0;
                let (b, f) = self.operand(TAKE_B);
                let a = self.push();
                let op = if method { Op::LoadMethod } else { Op::LoadAttr };
                let at = self.emit(op, a, b, f as u16, 0, 0);
                self.emit(Op::Ext, (arg >> 1) as u16, 0, 0, 0, 0);
                if method {
                    self.push();
                } else {
                    self.producer = Some(at);
                }
            }
            O::STORE_ATTR => {
                let (b, fb) = self.operand(TAKE_B);
                let (a, fa) = self.operand(TAKE_A);
                self.emit(Op::StoreAttr, a, b, (fa | fb) as u16, 0, 0);
                self.emit(Op::Ext, arg as u16, 0, 0, 0, 0);
            }
            O::STORE_SUBSCR => {
                let (c, fc) = self.operand(TAKE_C);
                let (b, fb) = self.operand(TAKE_B);
                let (a, fa) = self.operand(TAKE_A);
                self.emit(Op::StoreSubscript, a, b, c, 0, fa | fb | fc);
            }
            O::LOAD_DEREF => {
                self.result(Op::LoadDeref, arg as u16, 0, 0, 0);
            }
            O::STORE_DEREF => {
                let (b, f) = self.operand(TAKE_B);
                self.emit(Op::StoreDeref, arg as u16, b, 0, 0, f);
            }
            O::CALL | O::CALL_KW => {
                let kw = unit.op == O::CALL_KW;
                let n = arg as usize + 2 + usize::from(kw);
                let base = self.top(n);
                self.stack.truncate(self.stack.len() - n);
                let op = if kw { Op::CallKw } else { Op::Call };
                self.result(op, base, arg as u16, 0, 0);
            }
            O::RETURN_VALUE => {
                let (b, f) = self.operand(TAKE_B);
                self.emit(Op::Return, 0, b, 0, 0, f);
            }
            O::GET_ITER => {
                let (b, f) = self.operand(TAKE_B);
                self.result(Op::GetIter, b, 0, 0, f);
                self.producer = None;
            }
            O::FOR_ITER => {
                self.flush();
                let b = self.slot(self.stack.len() - 1);
                let a = self.push();
                self.jump(Op::ForIter, a, b, 0, 0, target(unit));
                self.producer = Some(self.insns.len() - 1);
            }
            O::BUILD_LIST | O::BUILD_TUPLE => {
                let base = if arg > 0 {
                    self.top(arg as usize)
                } else {
                    self.slot(self.stack.len())
                };
                self.stack.truncate(self.stack.len() - arg as usize);
                let op = if unit.op == O::BUILD_LIST {
                    Op::BuildList
                } else {
                    Op::BuildTuple
                };
                self.result(op, base, arg.min(65_535) as u16, arg, 0);
            }
            O::LIST_APPEND => {
                let depth = self.stack.len() - 1 - arg as usize;
                let (b, f) = self.operand(TAKE_B);
                let a = self.slot(depth);
                self.emit(Op::ListAppend, a, b, 0, 0, f);
            }
            O::UNPACK_SEQUENCE => {
                let (b, f) = self.operand(TAKE_B);
                let a = self.slot(self.stack.len());
                self.emit(Op::Unpack, a, b, 0, arg, f);
                for _ in 0..arg {
                    self.push();
                }
            }
            O::YIELD_VALUE => {
                self.flush();
                let b = self.slot(self.stack.len() - 1);
                self.emit(Op::Yield, b, b, 0, arg, 0);
            }
            O::SEND => {
                self.flush();
                let b = self.slot(self.stack.len() - 2);
                self.jump(Op::Send, 0, b, 0, 0, target(unit));
            }
            O::RETURN_GENERATOR => {
                self.flush();
                self.emit(Op::ReturnGenerator, 0, 0, 0, 0, 0);
                self.push();
            }
            O::RAISE_VARARGS => {
                let base = if arg > 0 { self.top(arg as usize) } else { 0 };
                self.stack.truncate(self.stack.len() - arg as usize);
                self.emit(Op::Raise, arg as u16, base, 0, 0, 0);
            }
            O::RERAISE => {
                let depth = self.stack.len();
                let b = self.top(1);
                if arg > 0 {
                    self.materialize(depth - 1 - arg as usize);
                }
                self.stack.pop();
                let lasti = b.wrapping_sub(arg as u16);
                self.emit(Op::Reraise, lasti, b, 0, arg, 0);
            }
            O::LIST_EXTEND
            | O::SET_ADD
            | O::SET_UPDATE
            | O::MAP_ADD
            | O::DICT_UPDATE
            | O::DICT_MERGE => {
                // The container stays where it is, `arg` below what is taken.
                let taken = if unit.op == O::MAP_ADD { 2 } else { 1 };
                let reach = arg as usize + taken + if unit.op == O::DICT_MERGE { 3 } else { 0 };
                let n = reach.min(self.stack.len());
                self.top(n);
                let base = self.slot(self.stack.len() - taken - arg as usize);
                self.stack.truncate(self.stack.len() - taken);
                self.emit(
                    Op::Stack,
                    base,
                    (arg as usize + taken) as u16,
                    unit.op.number(),
                    arg,
                    0,
                );
            }
            O::END_ASYNC_FOR => {
                self.flush();
                let base = self.top(2);
                self.stack.truncate(self.stack.len() - 2);
                self.emit(Op::Stack, base, 2, unit.op.number(), arg, 0);
            }
            O::EXTENDED_ARG | O::RESERVED | O::INTERPRETER_EXIT | O::EXIT_INIT_CHECK => {
                return None;
            }
            op if op.is_instrumented() || op.is_pseudo() || op.is_foreign() => return None,
            _ => self.stack_op(
                unit,
                unit.op.num_popped(arg) as usize,
                unit.op.num_pushed(arg) as usize,
            ),
        }
        Some(false)
    }

    fn jump_truth(&mut self, unit: &Unit) {
        let (b, f) = self.operand(TAKE_B);
        self.flush();
        let sense = u16::from(unit.op == Opcode::POP_JUMP_IF_TRUE);
        self.jump(Op::JumpTruth, sense, b, 0, f, target(unit));
    }

    fn binary_op(&mut self, arg: u32) {
        let top = self.stack[self.stack.len() - 1];
        if let Entry::Int(i) = top
            && matches!(arg, 0 | 10 | 13 | 23)
        {
            self.stack.pop();
            let (b, f) = self.operand(TAKE_B);
            let op = if matches!(arg, 0 | 13) {
                Op::AddInt
            } else {
                Op::SubInt
            };
            self.result(op, b, i as u16, arg, f);
            return;
        }
        let (c, fc) = self.operand(TAKE_C);
        let (b, fb) = self.operand(TAKE_B);
        let op = match arg {
            0 | 13 => Op::Add,
            10 | 23 => Op::Sub,
            5 | 18 => Op::Mul,
            26 => Op::Subscript,
            _ => Op::Binary,
        };
        self.result(op, b, c, arg, fb | fc);
    }

    fn compare_op(&mut self, arg: u32, next: Option<&Unit>) -> bool {
        let kind = arg >> 5;
        let fused = next.filter(|n| {
            arg & 16 != 0 && matches!(n.op, Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE)
        });
        let Some(next) = fused else {
            let (c, fc) = self.operand(TAKE_C);
            let (b, fb) = self.operand(TAKE_B);
            self.result(Op::Compare, b, c, kind | (arg & 16) << 4, fb | fc);
            return false;
        };
        let sense = if next.op == Opcode::POP_JUMP_IF_TRUE {
            8
        } else {
            0
        };
        if let Some(Entry::Int(i)) = self.stack.last().copied() {
            self.stack.pop();
            let (b, f) = self.operand(TAKE_B);
            self.flush();
            self.jump(
                Op::JumpCompareInt,
                kind as u16 | sense,
                b,
                i as u16,
                f,
                target(next),
            );
            return true;
        }
        let (c, fc) = self.operand(TAKE_C);
        let (b, fb) = self.operand(TAKE_B);
        self.flush();
        self.jump(
            Op::JumpCompare,
            kind as u16 | sense,
            b,
            c,
            fb | fc,
            target(next),
        );
        true
    }
}
