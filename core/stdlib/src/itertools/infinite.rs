//! `count`, `cycle`, `repeat`.

use std::cell::Cell;

use vitrine_vm::object::{
    Args, BinaryOp, Guarded, MethodDef, Payload, Ref, Signature, Slot, Slots, Ty, TypeDef, Visitor,
};
use vitrine_vm::{PyResult, Vm};

use super::{ITERATOR, Params, advance, bound, params, required};

pub(super) const TYPES: &[TypeDef] = &[
    TypeDef {
        name: "count",
        doc: "count(start=0, step=1)\n--\n\nReturn start, start + step, start + 2*step, ...",
        slots: Slots {
            new: Some(new_count),
            iternext: Some(next_count),
            repr: Some(repr_count),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "cycle",
        doc: "cycle(iterable, /)\n--\n\nReturn the items of the iterable again and again.",
        slots: Slots {
            new: Some(new_cycle),
            iternext: Some(next_cycle),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "repeat",
        doc: "repeat(object, times=None)\n--\n\nReturn the object again and again, or so many times.",
        slots: Slots {
            new: Some(new_repeat),
            iternext: Some(next_repeat),
            repr: Some(repr_repeat),
            ..ITERATOR.slots
        },
        methods: &[MethodDef::new(
            "__length_hint__",
            "($self, /)",
            "How often the object will still be returned.",
            left,
        )],
        ..ITERATOR
    },
];

struct Count {
    next: Slot,
    step: Ref,
}

impl Payload for Count {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.next.visit(visitor);
        visitor.visit(&self.step);
    }
}

fn new_count(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(start=0, step=1)"));
    let mut given = bound(vm, &PARAMS, "count", args)?;
    for value in given.iter().flatten() {
        if !is_number(vm, value) {
            return Err(vm.type_error("a number is required"));
        }
    }
    let start = given[0].take().unwrap_or_else(|| Ref::small_int(0));
    let step = given[1].take().unwrap_or_else(|| Ref::small_int(1));
    Ok(vm.new_object(
        ty,
        Count {
            next: start.into(),
            step,
        },
    ))
}

/// What has `__index__`, `__float__`, `__int__` or is complex.
fn is_number(vm: &Vm, value: &Ref) -> bool {
    let ty = vm.type_of(value);
    ty.slot(|slots| slots.index.is_some() || slots.float.is_some() || slots.int.is_some())
        || ty.is_subtype(vm.types.complex)
}

fn next_count(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let count: &Count = this.payload();
    let Some(current) = count.next.get() else {
        return Ok(None);
    };
    let next = vm.binary(BinaryOp::Add, &current, &count.step)?;
    count.next.set(Some(next));
    Ok(Some(current))
}

fn repr_count(vm: &mut Vm, this: &Ref) -> PyResult {
    let count: &Count = this.payload();
    let next = count.next.get().unwrap_or_else(Ref::none);
    let mut text = format!("count({}", vm.repr_string(&next)?);
    if count.step.as_small_int() != Some(1) {
        text += &format!(", {}", vm.repr_string(&count.step)?);
    }
    Ok(vm.new_str(&(text + ")")))
}

struct Cycle {
    source: Slot,
    saved: Guarded<Vec<Ref>>,
    at: Cell<usize>,
}

impl Payload for Cycle {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.source.visit(visitor);
        for item in self.saved.visit(visitor) {
            visitor.visit(item);
        }
    }

    fn clear(&self) {
        self.source.take();
        drop(self.saved.take_for_clear());
    }
}

fn new_cycle(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(iterable, /)"));
    let mut given = bound(vm, &PARAMS, "cycle", args)?;
    let source = vm.iter(&required(&mut given, 0))?;
    let cycle = Cycle {
        source: source.into(),
        saved: Guarded::new(Vec::new()),
        at: Cell::new(0),
    };
    Ok(vm.new_object(ty, cycle))
}

fn next_cycle(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let cycle: &Cycle = this.payload();
    if let Some(item) = advance(vm, &cycle.source)? {
        vm.check_memory(8)?;
        cycle.saved.get_mut(vm).push(item.clone());
        return Ok(Some(item));
    }
    let saved = cycle.saved.get(vm);
    let at = cycle.at.get();
    let item = saved.get(at).or_else(|| saved.first()).cloned();
    cycle.at.set(if at < saved.len() { at + 1 } else { 1 });
    Ok(item)
}

struct Repeat {
    object: Ref,
    /// Negative for ever.
    left: Cell<i64>,
}

impl Payload for Repeat {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.object);
    }
}

fn new_repeat(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(object, times=None)"));
    let mut given = bound(vm, &PARAMS, "repeat", args)?;
    let object = required(&mut given, 0);
    let left = match &given[1] {
        Some(times) => vm.index_isize(times, "times")?.max(0) as i64,
        None => -1,
    };
    Ok(vm.new_object(
        ty,
        Repeat {
            object,
            left: Cell::new(left),
        },
    ))
}

fn next_repeat(_: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let repeat: &Repeat = this.payload();
    let left = repeat.left.get();
    if left == 0 {
        return Ok(None);
    }
    repeat.left.set(if left > 0 { left - 1 } else { left });
    Ok(Some(repeat.object.clone()))
}

fn left(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let left = args.this::<Repeat>().left.get();
    if left < 0 {
        return Err(vm.type_error("len() of unsized object"));
    }
    Ok(vm.new_int(left))
}

fn repr_repeat(vm: &mut Vm, this: &Ref) -> PyResult {
    let repeat: &Repeat = this.payload();
    let object = vm.repr_string(&repeat.object)?;
    let text = match repeat.left.get() {
        left @ 0.. => format!("repeat({object}, {left})"),
        _ => format!("repeat({object})"),
    };
    Ok(vm.new_str(&text))
}
