//! The interpreter loop.
//!
//! Everything frequent is here; the rest is called. An instruction that fails
//! leaves its operands where they are: unwinding releases whatever is above the
//! handler's depth.

use crate::error::{Exc, PyResult};
use crate::heap::Kind;
use crate::interp::code::Function;
use crate::interp::frame::Mode;
use crate::interp::insn::{Insn, Op, TAKE_A, TAKE_B, TAKE_C};
use crate::interp::words::{
    borrow, clear, compare_floats, compare_ints, inc, kind_of, payload, put, quick_truth, release,
};
use crate::object::{
    BinaryOp, CellVar, CompareOp, Dict, List, ListIter, RangeIter, Ref, Slot, Tuple, TupleIter,
};
use crate::value::Value;
use crate::vm::Vm;

/// How the loop was left.
pub(crate) enum Flow {
    /// The function returned.
    Return(Ref),
    /// The generator yielded.
    Yield(Ref),
}

/// What a call or a return leads to.
pub(crate) enum Next {
    /// The next instruction.
    Step,
    /// Another frame is on top now.
    Enter,
    /// The loop ends.
    Leave(Flow),
}

#[cold]
#[inline(never)]
fn binary_slow(vm: &mut Vm, number: u32, a: &Ref, b: &Ref) -> PyResult<Ref> {
    if number == 26 {
        return vm.get_item(a, b);
    }
    if number >= 13 {
        return vm.inplace(BinaryOp::ALL[(number - 13) as usize], a, b);
    }
    vm.binary(BinaryOp::ALL[number as usize], a, b)
}

impl Vm {
    /// Runs the top frame until it leaves the interpreter.
    pub(crate) fn run(&mut self) -> PyResult<Flow> {
        self.run_from(None)
    }

    /// The same, beginning with an exception at the top frame's current instruction.
    pub(crate) fn run_throwing(&mut self, exc: Exc) -> PyResult<Flow> {
        self.run_from(Some(exc))
    }

    #[allow(clippy::too_many_lines, clippy::cognitive_complexity)]
    fn run_from(&mut self, mut thrown: Option<Exc>) -> PyResult<Flow> {
        let vm = self;
        let top = vm.exec.frames.last().expect("a frame to run");
        let (mut pc, mut fp) = (top.pc, top.fp);

        // SAFETY: the translator makes only slot numbers inside the frame and jumps inside the
        // code; the function in the frame keeps the code alive; slots that are not live hold no
        // object, and every owned word is in exactly one slot.
        unsafe {
            macro_rules! slot {
                ($i:expr) => {
                    fp.add($i as usize)
                };
            }
            macro_rules! reload {
                () => {{
                    let top = vm.exec.frames.last().expect("a frame");
                    pc = top.pc;
                    fp = top.fp;
                }};
            }
            macro_rules! save {
                () => {
                    vm.exec.frames.last_mut().expect("a frame").pc = pc
                };
            }
            macro_rules! step {
                ($n:expr) => {{
                    pc = pc.add($n);
                    continue;
                }};
            }
            macro_rules! jump {
                ($x:expr) => {{
                    pc = pc.offset($x.d as i32 as isize);
                    continue;
                }};
            }

            loop {
                let exc: Exc = 'failed: {
                    if let Some(exc) = thrown.take() {
                        break 'failed exc;
                    }
                    macro_rules! tri {
                        ($e:expr) => {
                            match $e {
                                Ok(value) => value,
                                Err(exc) => break 'failed exc,
                            }
                        };
                    }
                    macro_rules! count {
                        () => {
                            vm.budget.slice -= 1;
                            if vm.budget.slice < 0 {
                                save!();
                                tri!(vm.eval_breaker());
                            }
                        };
                    }
                    macro_rules! take_flags {
                        ($x:expr, $flags:expr) => {
                            if $flags & TAKE_B != 0 {
                                clear(vm, slot!($x.b));
                            }
                            if $flags & TAKE_C != 0 {
                                clear(vm, slot!($x.c));
                            }
                        };
                    }
                    macro_rules! binary_fallback {
                        ($x:expr) => {{
                            save!();
                            let value = tri!(binary_slow(
                                vm,
                                $x.d,
                                borrow(slot!($x.b)),
                                borrow(slot!($x.c))
                            ));
                            take_flags!($x, $x.e);
                            put(vm, slot!($x.a), value.into_value());
                            step!(1)
                        }};
                    }
                    macro_rules! arith {
                        ($x:expr, $int:ident, $op:tt) => {
                            arith!($x, $int, $op, {})
                        };
                        ($x:expr, $int:ident, $op:tt, $others:block) => {{
                            let (b, c) = (*slot!($x.b), *slot!($x.c));
                            if Value::both_int(b, c) {
                                if let Some(value) = Value::$int(b, c) {
                                    put(vm, slot!($x.a), value);
                                    step!(1)
                                }
                            } else if b.is_float() && c.is_float()
                                && let Some(value) = Value::float(b.as_float() $op c.as_float())
                            {
                                put(vm, slot!($x.a), value);
                                step!(1)
                            }
                            $others
                            binary_fallback!($x)
                        }};
                    }
                    macro_rules! arith_int {
                        ($x:expr, $int:ident) => {{
                            let (b, c) = (*slot!($x.b), Value::small_int(i64::from($x.c as i16)));
                            if b.is_int()
                                && let Some(value) = Value::$int(b, c)
                            {
                                put(vm, slot!($x.a), value);
                                step!(1)
                            }
                            save!();
                            let c = Ref::from_immediate(c);
                            let value = tri!(binary_slow(vm, $x.d, borrow(slot!($x.b)), &c));
                            if $x.e & TAKE_B != 0 {
                                clear(vm, slot!($x.b));
                            }
                            put(vm, slot!($x.a), value.into_value());
                            step!(1)
                        }};
                    }

                    loop {
                        let x: Insn = *pc;
                        match x.op {
                            Op::Ext => unreachable!("cache words are skipped"),
                            Op::Resume => {
                                count!();
                                step!(1)
                            }
                            Op::Copy => {
                                let value = *slot!(x.b);
                                inc(value);
                                put(vm, slot!(x.a), value);
                                step!(1)
                            }
                            Op::Move => {
                                let value = *slot!(x.b);
                                *slot!(x.b) = Value::NULL;
                                put(vm, slot!(x.a), value);
                                step!(1)
                            }
                            Op::LoadConst => {
                                let code = vm.exec.frames.last().expect("a frame").code;
                                let value = (&(*code).consts)[x.d as usize].value();
                                inc(value);
                                put(vm, slot!(x.a), value);
                                step!(1)
                            }
                            Op::LoadInt => {
                                put(vm, slot!(x.a), Value::small_int(i64::from(x.d as i32)));
                                step!(1)
                            }
                            Op::Clear => {
                                put(vm, slot!(x.a), Value::NULL);
                                step!(1)
                            }
                            Op::Swap => {
                                std::ptr::swap(slot!(x.a), slot!(x.b));
                                step!(1)
                            }
                            Op::Drop => {
                                save!();
                                clear(vm, slot!(x.a));
                                step!(1)
                            }
                            Op::CopyCheck => {
                                let value = *slot!(x.b);
                                if value.is_null() {
                                    save!();
                                    break 'failed vm.unbound_local(usize::from(x.b));
                                }
                                inc(value);
                                put(vm, slot!(x.a), value);
                                step!(1)
                            }
                            Op::DeleteFast => {
                                save!();
                                if (*slot!(x.a)).is_null() {
                                    break 'failed vm.unbound_local(usize::from(x.a));
                                }
                                put(vm, slot!(x.a), Value::NULL);
                                step!(1)
                            }
                            Op::Add => arith!(x, int_add, +, {
                                let (b, c) = (*slot!(x.b), *slot!(x.c));
                                if vm.is_str(b) && vm.is_str(c) {
                                    save!();
                                    match tri!(vm.add_strings(b, c, x.a == x.b)) {
                                        Some(value) => {
                                            take_flags!(x, x.e);
                                            put(vm, slot!(x.a), value.into_value());
                                        }
                                        // The target has grown where it is.
                                        None => {
                                            take_flags!(x, x.e & !TAKE_B);
                                        }
                                    }
                                    step!(1)
                                }
                            }),
                            Op::Sub => arith!(x, int_sub, -),
                            Op::Mul => arith!(x, int_mul, *),
                            Op::AddInt => arith_int!(x, int_add),
                            Op::SubInt => arith_int!(x, int_sub),
                            Op::Binary => {
                                let (b, c) = (*slot!(x.b), *slot!(x.c));
                                if Value::both_int(b, c) {
                                    let (i, j) = (b.as_int(), c.as_int());
                                    let value = match x.d {
                                        1 | 14 => Some(i & j),
                                        7 | 20 => Some(i | j),
                                        12 | 25 => Some(i ^ j),
                                        2 | 15 if j > 0 => Some(i.div_euclid(j)),
                                        6 | 19 if j > 0 => Some(i.rem_euclid(j)),
                                        9 | 22 if (0..48).contains(&j) => Some(i >> j),
                                        _ => None,
                                    };
                                    if let Some(value) = value {
                                        put(vm, slot!(x.a), Value::small_int(value));
                                        step!(1)
                                    }
                                } else if b.is_float()
                                    && c.is_float()
                                    && matches!(x.d, 11 | 24)
                                    && c.as_float() != 0.0
                                    && let Some(value) = Value::float(b.as_float() / c.as_float())
                                {
                                    put(vm, slot!(x.a), value);
                                    step!(1)
                                }
                                binary_fallback!(x);
                            }
                            Op::Subscript => {
                                let (b, c) = (*slot!(x.b), *slot!(x.c));
                                let found = if b.is_obj() {
                                    let header = b.header();
                                    match (*header).kind {
                                        Kind::List
                                            if c.is_int()
                                                && (*header).layout
                                                    == vm.types.list.layout.get() =>
                                        {
                                            let items = &*payload::<List>(b).items.as_ptr();
                                            let mut i = c.as_int();
                                            if i < 0 {
                                                i += items.len() as i64;
                                            }
                                            items.get(i as usize).map(Ref::value)
                                        }
                                        Kind::Tuple
                                            if c.is_int()
                                                && (*header).layout
                                                    == vm.types.tuple.layout.get() =>
                                        {
                                            let items = &*header.cast::<Tuple>();
                                            let mut i = c.as_int();
                                            if i < 0 {
                                                i += items.len() as i64;
                                            }
                                            items.get(i as usize).map(Ref::value)
                                        }
                                        Kind::Dict
                                            if kind_of(c) == Kind::Str
                                                && (*header).layout
                                                    == vm.types.dict.layout.get()
                                                && (*c.header()).layout
                                                    == vm.types.str.layout.get() =>
                                        {
                                            let key = borrow(slot!(x.c));
                                            let table = &*payload::<Dict>(b).table.as_ptr();
                                            let hash = key.as_str().expect("a str").hash();
                                            table
                                                .find_str(key, hash)
                                                .map(|at| table.entries[at].value.value())
                                        }
                                        _ => None,
                                    }
                                } else {
                                    None
                                };
                                if let Some(value) = found {
                                    inc(value);
                                    take_flags!(x, x.e);
                                    put(vm, slot!(x.a), value);
                                    step!(1)
                                }
                                binary_fallback!(x);
                            }
                            Op::StoreSubscript => {
                                save!();
                                let (b, c) = (*slot!(x.b), *slot!(x.c));
                                if kind_of(b) == Kind::List
                                    && c.is_int()
                                    && (*b.header()).layout == vm.types.list.layout.get()
                                {
                                    let items = &mut *payload::<List>(b).items.as_ptr();
                                    if let Some(item) = items.get_mut(c.as_int() as usize) {
                                        let old =
                                            std::mem::replace(item, borrow(slot!(x.a)).clone());
                                        drop(old);
                                        if x.e & TAKE_A != 0 {
                                            clear(vm, slot!(x.a));
                                        }
                                        take_flags!(x, x.e);
                                        if vm.heap.pending {
                                            vm.pending_now();
                                        }
                                        step!(1)
                                    }
                                }
                                tri!(vm.set_item(
                                    borrow(slot!(x.b)),
                                    borrow(slot!(x.c)),
                                    borrow(slot!(x.a))
                                ));
                                if vm.heap.pending {
                                    vm.pending_now();
                                }
                                if x.e & TAKE_A != 0 {
                                    clear(vm, slot!(x.a));
                                }
                                take_flags!(x, x.e);
                                step!(1)
                            }
                            Op::Compare => {
                                let (b, c) = (*slot!(x.b), *slot!(x.c));
                                let quick = if Value::both_int(b, c) {
                                    Some(compare_ints(x.d, b, c))
                                } else if b.is_float() && c.is_float() {
                                    Some(compare_floats(x.d, b.as_float(), c.as_float()))
                                } else {
                                    None
                                };
                                let value = match quick {
                                    Some(answer) => Value::bool(answer),
                                    None => {
                                        save!();
                                        let op = CompareOp::ALL[(x.d & 7) as usize];
                                        let mut answer = tri!(vm.compare(
                                            borrow(slot!(x.b)),
                                            borrow(slot!(x.c)),
                                            op
                                        ));
                                        if x.d & 0x100 != 0 && answer.as_bool().is_none() {
                                            answer = Ref::bool(tri!(vm.is_true(&answer)));
                                        }
                                        take_flags!(x, x.e);
                                        answer.into_value()
                                    }
                                };
                                put(vm, slot!(x.a), value);
                                step!(1)
                            }
                            Op::JumpCompare => {
                                let (b, c) = (*slot!(x.b), *slot!(x.c));
                                let kind = u32::from(x.a & 7);
                                let answer = if Value::both_int(b, c) {
                                    compare_ints(kind, b, c)
                                } else if b.is_float() && c.is_float() {
                                    compare_floats(kind, b.as_float(), c.as_float())
                                } else {
                                    save!();
                                    let op = CompareOp::ALL[kind as usize];
                                    let answer = tri!(vm.compare_quick(
                                        borrow(slot!(x.b)),
                                        borrow(slot!(x.c)),
                                        op
                                    ));
                                    take_flags!(x, x.e);
                                    answer
                                };
                                if answer == (x.a & 8 != 0) {
                                    jump!(x)
                                }
                                step!(1)
                            }
                            Op::JumpCompareInt => {
                                let (b, c) = (*slot!(x.b), Value::small_int(i64::from(x.c as i16)));
                                let kind = u32::from(x.a & 7);
                                let answer = if b.is_int() {
                                    compare_ints(kind, b, c)
                                } else {
                                    save!();
                                    let op = CompareOp::ALL[kind as usize];
                                    let c = Ref::from_immediate(c);
                                    let answer = tri!(vm.compare_bool(borrow(slot!(x.b)), &c, op));
                                    if x.e & TAKE_B != 0 {
                                        clear(vm, slot!(x.b));
                                    }
                                    answer
                                };
                                if answer == (x.a & 8 != 0) {
                                    jump!(x)
                                }
                                step!(1)
                            }
                            Op::JumpTruth => {
                                let answer = match quick_truth(*slot!(x.b)) {
                                    Some(answer) => answer,
                                    None => {
                                        save!();
                                        let answer = tri!(vm.is_true(borrow(slot!(x.b))));
                                        if x.e & TAKE_B != 0 {
                                            clear(vm, slot!(x.b));
                                        }
                                        answer
                                    }
                                };
                                if answer == (x.a != 0) {
                                    jump!(x)
                                }
                                step!(1)
                            }
                            Op::JumpNone => {
                                let none = *slot!(x.b) == Value::NONE;
                                if x.e & TAKE_B != 0 {
                                    clear(vm, slot!(x.b));
                                }
                                if none == (x.a != 0) {
                                    jump!(x)
                                }
                                step!(1)
                            }
                            Op::JumpIs => {
                                let same = *slot!(x.b) == *slot!(x.c);
                                take_flags!(x, x.e);
                                if same == (x.a != 0) {
                                    jump!(x)
                                }
                                step!(1)
                            }
                            Op::Jump => jump!(x),
                            Op::JumpBack => {
                                count!();
                                jump!(x)
                            }
                            Op::ToBool | Op::Not => {
                                let answer = match quick_truth(*slot!(x.b)) {
                                    Some(answer) => answer,
                                    None => {
                                        save!();
                                        let answer = tri!(vm.is_true(borrow(slot!(x.b))));
                                        take_flags!(x, x.e & TAKE_B);
                                        answer
                                    }
                                };
                                put(vm, slot!(x.a), Value::bool(answer != (x.op == Op::Not)));
                                step!(1)
                            }
                            Op::Is => {
                                let same = *slot!(x.b) == *slot!(x.c);
                                take_flags!(x, x.e);
                                put(vm, slot!(x.a), Value::bool(same == (x.d == 0)));
                                step!(1)
                            }
                            Op::LoadGlobal | Op::LoadGlobalModule | Op::LoadGlobalBuiltin => {
                                let f: *const Function =
                                    vm.exec.frames.last().expect("a frame").function();
                                let globals: &Dict = (*f).globals.payload();
                                let value = if x.op == Op::LoadGlobalModule
                                    && globals.version.get() == x.d
                                {
                                    let value = (&(*globals.table.as_ptr()).entries)[x.e as usize]
                                        .value
                                        .value();
                                    inc(value);
                                    value
                                } else if x.op == Op::LoadGlobalBuiltin
                                    && globals.version.get() == x.d
                                    && let builtins = (*f).builtins.payload::<Dict>()
                                    && let cache = *pc.add(1)
                                    && builtins.version.get() == cache.d
                                {
                                    let value = (&(*builtins.table.as_ptr()).entries)
                                        [cache.e as usize]
                                        .value
                                        .value();
                                    inc(value);
                                    value
                                } else {
                                    save!();
                                    tri!(vm.load_global(pc)).into_value()
                                };
                                put(vm, slot!(x.a), value);
                                if x.c != 0 {
                                    put(vm, slot!(x.a + 1), Value::NULL);
                                }
                                step!(2)
                            }
                            Op::LoadAttrSlot => {
                                let b = *slot!(x.b);
                                if b.is_obj() && (*b.header()).layout == x.d {
                                    let value =
                                        *b.header().cast::<u8>().add(x.e as usize).cast::<Value>();
                                    if !value.is_null() {
                                        inc(value);
                                        if x.c != 0 {
                                            clear(vm, slot!(x.b));
                                        }
                                        put(vm, slot!(x.a), value);
                                        step!(2)
                                    }
                                }
                                save!();
                                tri!(vm.load_attr(pc, fp));
                                step!(2)
                            }
                            Op::LoadAttrClass => {
                                let b = *slot!(x.b);
                                if b.is_obj() && (*b.header()).layout == x.d {
                                    let value = super::attr::embedded(pc.add(1));
                                    inc(value);
                                    if x.c != 0 {
                                        clear(vm, slot!(x.b));
                                    }
                                    put(vm, slot!(x.a), value);
                                    step!(2)
                                }
                                save!();
                                tri!(vm.load_attr(pc, fp));
                                step!(2)
                            }
                            Op::LoadAttr => {
                                save!();
                                tri!(vm.load_attr(pc, fp));
                                step!(2)
                            }
                            Op::LoadMethodClass => {
                                let b = *slot!(x.b);
                                if b.is_obj() && (*b.header()).layout == x.d {
                                    let value = super::attr::embedded(pc.add(1));
                                    inc(value);
                                    if x.c != 0 {
                                        *slot!(x.b) = Value::NULL;
                                    } else {
                                        inc(b);
                                    }
                                    put(vm, slot!(x.a), value);
                                    put(vm, slot!(x.a + 1), b);
                                    step!(2)
                                }
                                save!();
                                tri!(vm.load_method(pc, fp));
                                step!(2)
                            }
                            Op::LoadMethod => {
                                save!();
                                tri!(vm.load_method(pc, fp));
                                step!(2)
                            }
                            Op::StoreAttrSlot => {
                                let b = *slot!(x.b);
                                if b.is_obj() && (*b.header()).layout == x.d {
                                    let place =
                                        b.header().cast::<u8>().add(x.e as usize).cast::<Value>();
                                    super::attr::move_in(vm, pc, fp, place);
                                    step!(2)
                                }
                                save!();
                                tri!(vm.store_attr(pc, fp));
                                step!(2)
                            }
                            Op::StoreAttrAdd => {
                                let b = *slot!(x.b);
                                if b.is_obj()
                                    && (*b.header()).layout == x.d
                                    && super::attr::has_room(b, x.e)
                                {
                                    let place =
                                        b.header().cast::<u8>().add(x.e as usize).cast::<Value>();
                                    (*b.header()).layout = (*pc.add(1)).d;
                                    super::attr::move_in(vm, pc, fp, place);
                                    step!(2)
                                }
                                save!();
                                tri!(vm.store_attr(pc, fp));
                                step!(2)
                            }
                            Op::StoreAttr => {
                                save!();
                                tri!(vm.store_attr(pc, fp));
                                step!(2)
                            }
                            Op::LoadDeref => {
                                let cell = *slot!(x.b);
                                let value = if kind_of(cell) == Kind::Cell {
                                    payload::<CellVar>(cell).value.get()
                                } else {
                                    None
                                };
                                match value {
                                    Some(value) => put(vm, slot!(x.a), value.into_value()),
                                    None => {
                                        save!();
                                        break 'failed vm.unbound_free(usize::from(x.b));
                                    }
                                }
                                step!(1)
                            }
                            Op::StoreDeref => {
                                save!();
                                let value = *slot!(x.b);
                                if x.e & TAKE_B != 0 {
                                    *slot!(x.b) = Value::NULL;
                                } else {
                                    inc(value);
                                }
                                let old = payload::<CellVar>(*slot!(x.a))
                                    .value
                                    .replace(Ref::from_nullable(value));
                                drop(old);
                                if vm.heap.pending {
                                    vm.pending_now();
                                }
                                step!(1)
                            }
                            Op::Call => {
                                save!();
                                let base = slot!(x.b);
                                let f = *base;
                                if kind_of(f) == Kind::Function {
                                    let this = usize::from(!(*base.add(1)).is_null());
                                    let given = usize::from(x.c) + this;
                                    let function = payload::<Function>(f);
                                    if function.simple.get() == given {
                                        let start = base.add(2 - this);
                                        let locals = function.code().nlocals();
                                        if vm.exec.fits(start, function.code().frame_size + 16) {
                                            for i in given..locals {
                                                *start.add(i) = Value::NULL;
                                            }
                                            *base = Value::NULL;
                                            let func = Ref::from_owned(f);
                                            match vm.push_frame(func, start, None, Mode::Call, x.a)
                                            {
                                                Ok(first) => {
                                                    pc = first;
                                                    fp = start;
                                                    continue;
                                                }
                                                Err(exc) => break 'failed exc,
                                            }
                                        }
                                    }
                                }
                                match tri!(vm.call_slots(fp, x, None)) {
                                    Next::Step => step!(1),
                                    _ => reload!(),
                                }
                            }
                            Op::CallKw => {
                                save!();
                                let names = slot!(usize::from(x.b) + 2 + usize::from(x.c));
                                let kwnames = Ref::from_owned(*names);
                                *names = Value::NULL;
                                match tri!(vm.call_slots(fp, x, Some(kwnames))) {
                                    Next::Step => step!(1),
                                    _ => reload!(),
                                }
                            }
                            Op::Return => {
                                let value = *slot!(x.b);
                                if x.e & TAKE_B != 0 {
                                    *slot!(x.b) = Value::NULL;
                                } else {
                                    inc(value);
                                }
                                save!();
                                match tri!(vm.return_value(Ref::from_owned(value))) {
                                    Next::Leave(flow) => return Ok(flow),
                                    _ => reload!(),
                                }
                            }
                            Op::GetIter => {
                                save!();
                                let iterator = tri!(vm.iter(borrow(slot!(x.b))));
                                take_flags!(x, x.e & TAKE_B);
                                put(vm, slot!(x.a), iterator.into_value());
                                step!(1)
                            }
                            Op::ForIter => {
                                let b = *slot!(x.b);
                                match kind_of(b) {
                                    Kind::RangeIter => {
                                        let range = payload::<RangeIter>(b);
                                        let left = range.left.get();
                                        if left == 0 {
                                            jump!(x)
                                        }
                                        let i = range.next.get();
                                        range.left.set(left - 1);
                                        range.next.set(i.wrapping_add(range.step));
                                        if (-(1 << 48)..1 << 48).contains(&i) {
                                            put(vm, slot!(x.a), Value::small_int(i));
                                        } else {
                                            let value = vm.new_int(i);
                                            put(vm, slot!(x.a), value.into_value());
                                        }
                                        step!(1)
                                    }
                                    Kind::ListIter => {
                                        let iter = payload::<ListIter>(b);
                                        let next = iter.list.get().and_then(|list| {
                                            let at = iter.index.get();
                                            let item = list.payload::<List>().get(vm, at);
                                            iter.index.set(at + 1);
                                            item
                                        });
                                        match next {
                                            Some(item) => put(vm, slot!(x.a), item.into_value()),
                                            None => {
                                                iter.list.take();
                                                jump!(x)
                                            }
                                        }
                                        step!(1)
                                    }
                                    Kind::TupleIter => {
                                        let iter = payload::<TupleIter>(b);
                                        let next = iter.tuple.get().and_then(|tuple| {
                                            let at = iter.index.get();
                                            iter.index.set(at + 1);
                                            tuple.as_tuple().and_then(|t| t.get(at).cloned())
                                        });
                                        match next {
                                            Some(item) => put(vm, slot!(x.a), item.into_value()),
                                            None => {
                                                iter.tuple.take();
                                                jump!(x)
                                            }
                                        }
                                        step!(1)
                                    }
                                    Kind::Generator
                                        if vm.is_exact(borrow(slot!(x.b)), vm.types.generator) =>
                                    {
                                        save!();
                                        let generator = borrow(slot!(x.b)).clone();
                                        if tri!(vm.resume_inline(&generator, None, Mode::For)) {
                                            reload!();
                                            continue;
                                        }
                                        jump!(x)
                                    }
                                    _ => {
                                        save!();
                                        match tri!(vm.next(borrow(slot!(x.b)))) {
                                            Some(item) => put(vm, slot!(x.a), item.into_value()),
                                            None => jump!(x),
                                        }
                                        step!(1)
                                    }
                                }
                            }
                            Op::BuildList => {
                                let n = x.d as usize;
                                let items = (0..n)
                                    .map(|i| super::stack_ops::take(slot!(usize::from(x.b) + i)))
                                    .collect();
                                let list = vm.new_list(items);
                                put(vm, slot!(x.a), list.into_value());
                                step!(1)
                            }
                            Op::BuildTuple => {
                                let n = x.d as usize;
                                let tuple = if n == 0 {
                                    vm.empty_tuple.clone()
                                } else {
                                    let layout = vm.types.tuple.layout.get();
                                    let b = usize::from(x.b);
                                    vm.heap.alloc_tuple(
                                        n,
                                        (0..n).map(|i| super::stack_ops::take(slot!(b + i))),
                                        layout,
                                        0,
                                    )
                                };
                                put(vm, slot!(x.a), tuple.into_value());
                                step!(1)
                            }
                            Op::ListAppend => {
                                let value = *slot!(x.b);
                                if x.e & TAKE_B != 0 {
                                    *slot!(x.b) = Value::NULL;
                                } else {
                                    inc(value);
                                }
                                let items = &mut *payload::<List>(*slot!(x.a)).items.as_ptr();
                                items.push(Ref::from_owned(value));
                                step!(1)
                            }
                            Op::Unpack => {
                                let b = *slot!(x.b);
                                let n = x.d as usize;
                                let exact = match kind_of(b) {
                                    Kind::Tuple => {
                                        let t = &*b.header().cast::<Tuple>();
                                        (t.len() == n && t.header.aux == 0).then(|| &t[..])
                                    }
                                    Kind::List => {
                                        let items = &*payload::<List>(b).items.as_ptr();
                                        (items.len() == n && (*b.header()).aux == 0)
                                            .then(|| &items[..])
                                    }
                                    _ => None,
                                };
                                if let Some(items) = exact {
                                    // The source may be in the first target slot.
                                    inc(b);
                                    take_flags!(x, x.e & TAKE_B);
                                    for (i, item) in items.iter().enumerate() {
                                        put(
                                            vm,
                                            slot!(usize::from(x.a) + n - 1 - i),
                                            item.clone().into_value(),
                                        );
                                    }
                                    release(vm, b);
                                    step!(1)
                                }
                                save!();
                                let items = tri!(vm.unpack(borrow(slot!(x.b)), n));
                                take_flags!(x, x.e & TAKE_B);
                                for (i, item) in items.into_iter().enumerate() {
                                    put(vm, slot!(usize::from(x.a) + n - 1 - i), item.into_value());
                                }
                                step!(1)
                            }
                            Op::Yield => {
                                let value = super::stack_ops::take(slot!(x.b));
                                pc = pc.add(1);
                                save!();
                                match tri!(vm.yield_value(value, x.b)) {
                                    Next::Leave(flow) => return Ok(flow),
                                    _ => reload!(),
                                }
                            }
                            Op::Send => {
                                save!();
                                match tri!(vm.send_slots(fp, x)) {
                                    Some(true) => jump!(x),
                                    Some(false) => step!(1),
                                    None => reload!(),
                                }
                            }
                            Op::ReturnGenerator => {
                                pc = pc.add(1);
                                save!();
                                match tri!(vm.return_generator()) {
                                    Next::Leave(flow) => return Ok(flow),
                                    _ => reload!(),
                                }
                            }
                            Op::Raise => {
                                save!();
                                let mut args = (0..usize::from(x.a))
                                    .map(|i| super::stack_ops::take(slot!(usize::from(x.b) + i)));
                                let (exc, cause) = (args.next(), args.next());
                                break 'failed vm.raise(exc, cause);
                            }
                            Op::Reraise => {
                                let value = super::stack_ops::take(slot!(x.b));
                                vm.exec.reraising = true;
                                save!();
                                break 'failed vm.reraised(value);
                            }
                            Op::Stack => {
                                save!();
                                let slots = std::slice::from_raw_parts(
                                    slot!(x.a).cast::<Slot>(),
                                    usize::from(x.b).max(1) + x.e as usize + 1,
                                );
                                tri!(vm.stack_op(x, slots));
                                if vm.heap.pending {
                                    vm.pending_now();
                                }
                                step!(1)
                            }
                        }
                        #[allow(unreachable_code)]
                        {
                            continue;
                        }
                    }
                };
                vm.unwind(exc)?;
                reload!();
            }
        }
    }
}
