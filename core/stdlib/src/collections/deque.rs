//! `deque`: a sequence that grows and shrinks at both ends.

use std::cell::Cell;
use std::collections::VecDeque;

use vitrine_vm::object::{
    Args, CompareOp, GetSetDef, Guarded, MethodDef, Payload, Ref, Signature, Slot, Slots, Ty,
    TypeDef, Visitor, type_flags,
};
use vitrine_vm::{Exc, PyResult, Vm};

const TYPE: TypeDef = TypeDef {
    name: "deque",
    module: "collections",
    doc: "deque([iterable[, maxlen]])\n\nA sequence that grows and shrinks at both ends.",
    flags: type_flags::BASETYPE | type_flags::HAS_WEAKREF | type_flags::SEQUENCE,
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        richcompare: Some(compare),
        iter: Some(iter),
        length: Some(|vm, this| Ok(of(this).items.get(vm).len())),
        bool: Some(|vm, this| Ok(!of(this).items.get(vm).is_empty())),
        subscript: Some(subscript),
        ass_subscript: Some(ass_subscript),
        contains: Some(contains),
        concat: Some(concat),
        inplace_concat: Some(inplace_concat),
        repeat: Some(repeat),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "append",
            "($self, item, /)",
            "Add an item at the right end.",
            |vm, args| push(vm, args.this(), args[1].clone(), End::Right),
        ),
        MethodDef::new(
            "appendleft",
            "($self, item, /)",
            "Add an item at the left end.",
            |vm, args| push(vm, args.this(), args[1].clone(), End::Left),
        ),
        MethodDef::new(
            "extend",
            "($self, iterable, /)",
            "Add items at the right end.",
            |vm, args| extend(vm, &args[0], &args[1], End::Right),
        ),
        MethodDef::new(
            "extendleft",
            "($self, iterable, /)",
            "Add items at the left end.",
            |vm, args| extend(vm, &args[0], &args[1], End::Left),
        ),
        MethodDef::new(
            "pop",
            "($self, /)",
            "Remove and return the rightmost item.",
            |vm, args| pop(vm, args.this(), End::Right),
        ),
        MethodDef::new(
            "popleft",
            "($self, /)",
            "Remove and return the leftmost item.",
            |vm, args| pop(vm, args.this(), End::Left),
        ),
        MethodDef::new("clear", "($self, /)", "Remove all items.", |vm, args| {
            let deque: &Deque = args.this();
            deque.changed();
            drop(deque.items.replace(vm, VecDeque::new()));
            Ok(Ref::none())
        }),
        MethodDef::new("copy", "($self, /)", "Return a shallow copy.", copy),
        MethodDef::new("__copy__", "($self, /)", "Return a shallow copy.", copy),
        MethodDef::new(
            "count",
            "($self, value, /)",
            "Count the items equal to value.",
            count,
        ),
        MethodDef::new(
            "index",
            "($self, value, start=0, stop=sys.maxsize, /)",
            "Find an item equal to value.",
            index,
        ),
        MethodDef::new(
            "insert",
            "($self, index, value, /)",
            "Add an item before an index.",
            insert,
        ),
        MethodDef::new(
            "remove",
            "($self, value, /)",
            "Remove the first item equal to value.",
            remove,
        ),
        MethodDef::new("reverse", "($self, /)", "Reverse in place.", |vm, args| {
            let deque: &Deque = args.this();
            let count = deque.items.get(vm).len();
            vm.charge(count / 8)?;
            deque.items.get_mut(vm).make_contiguous().reverse();
            Ok(Ref::none())
        }),
        MethodDef::new(
            "rotate",
            "($self, n=1, /)",
            "Rotate to the right, or left if negative.",
            rotate,
        ),
        MethodDef::new(
            "__reversed__",
            "($self, /)",
            "Return a reverse iterator.",
            |vm, args| new_iterator(vm, &args[0], true),
        ),
        MethodDef::new(
            "__reduce__",
            "($self, /)",
            "Return state for pickling.",
            reduce,
        ),
    ],
    getset: &[GetSetDef::read_only(
        "maxlen",
        "The most items it keeps, or None.",
        |vm, this| {
            Ok(of(this)
                .most
                .get()
                .map_or_else(Ref::none, |most| vm.new_usize(most)))
        },
    )],
};

const ITERATOR: TypeDef = TypeDef {
    name: "_deque_iterator",
    module: "collections",
    flags: type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(|_, this| Ok(this.clone())),
        iternext: Some(next),
        ..Slots::EMPTY
    },
    ..TypeDef::EMPTY
};

#[derive(Default)]
struct Hidden {
    iterator: Option<Ty>,
}

pub(super) fn define(vm: &mut Vm) -> Ty {
    let iterator = vm.new_type(None, &ITERATOR);
    vm.state::<Hidden>().iterator = Some(iterator);
    vm.new_type(None, &TYPE)
}

struct Deque {
    items: Guarded<VecDeque<Ref>>,
    most: Cell<Option<usize>>,
    /// Counts changes of its length, which iterators must not see.
    changes: Cell<u64>,
}

impl Payload for Deque {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for item in self.items.visit(visitor) {
            visitor.visit(item);
        }
    }

    fn clear(&self) {
        drop(self.items.take_for_clear());
    }

    fn owned_bytes(&self, visitor: &Visitor<'_>) -> usize {
        self.items.visit(visitor).capacity() * size_of::<Ref>()
    }
}

impl Deque {
    fn changed(&self) {
        self.changes.set(self.changes.get() + 1);
    }

    /// The items as they are now.
    fn snapshot(&self, vm: &Vm) -> Vec<Ref> {
        self.items.get(vm).iter().cloned().collect()
    }
}

fn of(this: &Ref) -> &Deque {
    this.payload()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Left,
    Right,
}

fn new(vm: &mut Vm, ty: Ty, _: Args<'_>) -> PyResult {
    let payload = Deque {
        items: Guarded::new(VecDeque::new()),
        most: Cell::new(None),
        changes: Cell::new(0),
    };
    Ok(vm.new_object(ty, payload))
}

fn init(vm: &mut Vm, this: &Ref, args: Args<'_>) -> PyResult<()> {
    let mut given = Signature::parse("(iterable=(), maxlen=None)").bind(vm, "deque", args)?;
    let deque = of(this);
    deque
        .most
        .set(match given[1].take().filter(|most| !most.is_none()) {
            None => None,
            Some(most) if vm.int_value(&most).is_none() => {
                return Err(vm.type_error("an integer is required"));
            }
            Some(most) => match usize::try_from(vm.index_isize(&most, "maxlen")?) {
                Ok(most) => Some(most),
                Err(_) => return Err(vm.value_error("maxlen must be non-negative")),
            },
        });
    deque.changed();
    drop(deque.items.replace(vm, VecDeque::new()));
    if let Some(iterable) = given[0].take() {
        extend(vm, this, &iterable, End::Right)?;
    }
    Ok(())
}

/// Adds an item; a full deque loses one at the other end.
fn push(vm: &mut Vm, deque: &Deque, item: Ref, end: End) -> PyResult {
    vm.check_memory(8)?;
    deque.changed();
    let most = deque.most.get();
    let items = deque.items.get_mut(vm);
    match end {
        End::Right => items.push_back(item),
        End::Left => items.push_front(item),
    }
    let lost = match most.is_some_and(|most| items.len() > most) {
        true if end == End::Right => items.pop_front(),
        true => items.pop_back(),
        false => None,
    };
    drop(lost);
    Ok(Ref::none())
}

fn extend(vm: &mut Vm, this: &Ref, iterable: &Ref, end: End) -> PyResult {
    let deque = of(this);
    if iterable.is(this) {
        for item in deque.snapshot(vm) {
            push(vm, deque, item, end)?;
        }
        return Ok(Ref::none());
    }
    let iterator = vm.iter(iterable)?;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        push(vm, deque, item, end)?;
    }
    Ok(Ref::none())
}

fn pop(vm: &mut Vm, deque: &Deque, end: End) -> PyResult {
    let items = deque.items.get_mut(vm);
    let item = if end == End::Right {
        items.pop_back()
    } else {
        items.pop_front()
    };
    match item {
        Some(item) => {
            deque.changed();
            Ok(item)
        }
        None => Err(vm.index_error("pop from an empty deque")),
    }
}

/// A deque of the same type and limit.
fn like(vm: &mut Vm, this: &Ref, items: Vec<Ref>) -> PyResult {
    let ty = vm.type_of(this);
    let list = vm.new_list(items);
    let most = of(this)
        .most
        .get()
        .map_or_else(Ref::none, |most| vm.new_usize(most));
    vm.call(&ty.to_ref(), &[list, most])
}

fn copy(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let items = of(&args[0]).snapshot(vm);
    like(vm, &args[0], items)
}

fn reduce(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let ty = vm.type_of(&args[0]).to_ref();
    let items = of(&args[0]).snapshot(vm);
    let list = vm.new_list(items);
    let most = of(&args[0])
        .most
        .get()
        .map_or_else(Ref::none, |most| vm.new_usize(most));
    let arguments = vm.new_pair(list, most);
    Ok(vm.new_pair(ty, arguments))
}

fn changed_while(vm: &mut Vm) -> Exc {
    vm.runtime_error("deque mutated during iteration")
}

/// The index of the first item equal to a value.
fn find(
    vm: &mut Vm,
    deque: &Deque,
    value: &Ref,
    start: usize,
    stop: usize,
) -> PyResult<Option<usize>> {
    let changes = deque.changes.get();
    let mut at = start;
    while at < stop {
        let Some(item) = deque.items.get(vm).get(at).cloned() else {
            break;
        };
        vm.charge(1)?;
        if item.is(value) || vm.eq(&item, value)? {
            return Ok(Some(at));
        }
        if deque.changes.get() != changes {
            return Err(changed_while(vm));
        }
        at += 1;
    }
    Ok(None)
}

fn count(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let deque: &Deque = args.this();
    let (mut count, mut from) = (0u64, 0);
    while let Some(at) = find(vm, deque, &args[1], from, usize::MAX)? {
        count += 1;
        from = at + 1;
    }
    Ok(vm.new_int(count))
}

fn contains(vm: &mut Vm, this: &Ref, value: &Ref) -> PyResult<bool> {
    Ok(find(vm, of(this), value, 0, usize::MAX)?.is_some())
}

/// An index argument counted from the end if negative, clamped to the length.
fn clamped(vm: &mut Vm, value: Option<&Ref>, default: usize, length: usize) -> PyResult<usize> {
    let Some(value) = value else {
        return Ok(default);
    };
    let index = vm.index_clamped(value)?;
    let index = if index < 0 {
        index.saturating_add_unsigned(length)
    } else {
        index
    };
    Ok(index.clamp(0, length as isize) as usize)
}

fn index(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let deque: &Deque = args.this();
    let length = deque.items.get(vm).len();
    let start = clamped(vm, args.get(2), 0, length)?;
    let stop = clamped(vm, args.get(3), length, length)?;
    match find(vm, deque, &args[1], start, stop)? {
        Some(at) => Ok(vm.new_usize(at)),
        None => {
            let value = vm.repr_string(&args[1])?;
            Err(vm.value_error(format!("{value} is not in deque")))
        }
    }
}

fn insert(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let deque: &Deque = args.this();
    let length = deque.items.get(vm).len();
    if deque.most.get().is_some_and(|most| length >= most) {
        return Err(vm.index_error("deque already at its maximum size"));
    }
    let at = clamped(vm, args.get(1), 0, length)?;
    vm.check_memory(8)?;
    deque.changed();
    deque.items.get_mut(vm).insert(at, args[2].clone());
    Ok(Ref::none())
}

fn remove(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let deque: &Deque = args.this();
    match find(vm, deque, &args[1], 0, usize::MAX)? {
        Some(at) => {
            deque.changed();
            drop(deque.items.get_mut(vm).remove(at));
            Ok(Ref::none())
        }
        None => {
            let value = vm.repr_string(&args[1])?;
            Err(vm.value_error(format!("{value} is not in deque")))
        }
    }
}

fn rotate(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let deque: &Deque = args.this();
    let steps = match args.get(1) {
        Some(steps) => vm.index_isize(steps, "n")?,
        None => 1,
    };
    let length = deque.items.get(vm).len();
    if length > 1 {
        vm.charge(length / 8)?;
        deque.changed();
        deque
            .items
            .get_mut(vm)
            .rotate_right(steps.rem_euclid(length as isize) as usize);
    }
    Ok(Ref::none())
}

/// An index that must exist.
fn existing(vm: &mut Vm, this: &Ref, key: &Ref, what: &str) -> PyResult<usize> {
    if vm.type_of(key).slot(|slots| slots.index.is_none()) {
        let ty = vm.type_of(key).name();
        return Err(vm.type_error(format!("sequence index must be integer, not '{ty}'")));
    }
    let index = vm.index_isize(key, "index")?;
    let length = of(this).items.get(vm).len();
    let index = if index < 0 {
        index.saturating_add_unsigned(length)
    } else {
        index
    };
    match usize::try_from(index).ok().filter(|&index| index < length) {
        Some(index) => Ok(index),
        None => Err(vm.index_error(what)),
    }
}

fn subscript(vm: &mut Vm, this: &Ref, key: &Ref) -> PyResult {
    let at = existing(vm, this, key, "deque index out of range")?;
    Ok(of(this).items.get(vm)[at].clone())
}

fn ass_subscript(vm: &mut Vm, this: &Ref, key: &Ref, value: Option<&Ref>) -> PyResult<()> {
    let at = existing(vm, this, key, "deque index out of range")?;
    let deque = of(this);
    match value {
        Some(value) => {
            let slot = &mut deque.items.get_mut(vm)[at];
            drop(std::mem::replace(slot, value.clone()));
        }
        None => {
            deque.changed();
            drop(deque.items.get_mut(vm).remove(at));
        }
    }
    Ok(())
}

fn concat(vm: &mut Vm, this: &Ref, other: &Ref) -> PyResult {
    let Some(more) = other.downcast::<Deque>() else {
        let ty = vm.type_of(other).name();
        return Err(vm.type_error(format!(
            "can only concatenate deque (not \"{ty}\") to deque"
        )));
    };
    let mut items = of(this).snapshot(vm);
    items.extend(more.snapshot(vm));
    like(vm, this, items)
}

fn inplace_concat(vm: &mut Vm, this: &Ref, other: &Ref) -> PyResult {
    extend(vm, this, other, End::Right)?;
    Ok(this.clone())
}

fn repeat(vm: &mut Vm, this: &Ref, times: isize) -> PyResult {
    let items = of(this).snapshot(vm);
    let times = times.max(0) as usize;
    vm.check_memory(items.len().saturating_mul(times).saturating_mul(8))?;
    vm.charge(items.len().saturating_mul(times))?;
    let repeated = std::iter::repeat_n(items, times).flatten().collect();
    like(vm, this, repeated)
}

fn compare(vm: &mut Vm, this: &Ref, other: &Ref, op: CompareOp) -> PyResult {
    let (Some(a), Some(b)) = (this.downcast::<Deque>(), other.downcast::<Deque>()) else {
        return Ok(Ref::not_implemented());
    };
    let (a, b) = (a.snapshot(vm), b.snapshot(vm));
    let (a, b) = (vm.new_list(a), vm.new_list(b));
    vm.compare(&a, &b, op)
}

fn repr(vm: &mut Vm, this: &Ref) -> PyResult {
    if !vm.repr_enter(this) {
        return Ok(vm.new_str("[...]"));
    }
    let items = of(this).snapshot(vm);
    let list = vm.new_list(items);
    let text = vm.repr_string(&list);
    vm.repr_leave();
    let text = text?;
    let name = vm.type_of(this).name();
    let most = of(this)
        .most
        .get()
        .map_or(String::new(), |most| format!(", maxlen={most}"));
    Ok(vm.new_str(&format!("{name}({text}{most})")))
}

struct DequeIterator {
    deque: Slot,
    at: Cell<usize>,
    changes: u64,
    reverse: bool,
}

impl Payload for DequeIterator {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.deque.visit(visitor);
    }

    fn clear(&self) {
        self.deque.take();
    }
}

fn iter(vm: &mut Vm, this: &Ref) -> PyResult {
    new_iterator(vm, this, false)
}

fn new_iterator(vm: &mut Vm, this: &Ref, reverse: bool) -> PyResult {
    let Some(ty) = vm.state::<Hidden>().iterator else {
        return Ok(Ref::none());
    };
    let payload = DequeIterator {
        deque: Slot::new(this.clone()),
        at: Cell::new(0),
        changes: of(this).changes.get(),
        reverse,
    };
    Ok(vm.new_object(ty, payload))
}

fn next(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let iterator: &DequeIterator = this.payload();
    let Some(object) = iterator.deque.get() else {
        return Ok(None);
    };
    let deque = of(&object);
    if deque.changes.get() != iterator.changes {
        iterator.deque.take();
        return Err(changed_while(vm));
    }
    let at = iterator.at.get();
    iterator.at.set(at + 1);
    let items = deque.items.get(vm);
    let item = if iterator.reverse {
        items.iter().nth_back(at)
    } else {
        items.get(at)
    }
    .cloned();
    if item.is_none() {
        iterator.deque.take();
    }
    Ok(item)
}
