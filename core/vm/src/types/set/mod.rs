//! `set` and `frozenset`.
#![forbid(unsafe_code)]

pub(crate) mod table;

use crate::error::PyResult;
use crate::hash::FrozenSetHasher;
use crate::object::{Args, CompareOp, Dict, MethodDef, Ref, Slot, Slots, Ty, TypeDef, Visitor};
use crate::types::convert;
use crate::types::dict::key_hash;
use crate::vm::Vm;
use table::{Set, Table};

use std::cell::Cell;

use crate::heap::Payload;

fn this(value: &Ref) -> &Set {
    value.payload()
}

/// Whether it is a set or frozenset, subclasses included.
pub(crate) fn is_set(value: &Ref) -> bool {
    value.downcast::<Set>().is_some()
}

/// A new empty `set`.
pub(crate) fn empty(vm: &mut Vm) -> Ref {
    vm.new_object(vm.types.set, Set::default())
}

/// A new `set` of an iterable's items.
pub(crate) fn from_iterable(vm: &mut Vm, iterable: &Ref) -> PyResult {
    let set = empty(vm);
    update(vm, this(&set), iterable)?;
    Ok(set)
}

/// A frozenset of items that are hashable constants.
pub(crate) fn frozenset_from(vm: &mut Vm, items: Vec<Ref>) -> Ref {
    let set = Set::default();
    for item in &items {
        if let Ok(hash) = vm.hash(item) {
            let _ = set.add(vm, item, hash);
        }
    }
    vm.new_object(vm.types.frozenset, set)
}

/// `set.add(item)`
pub(crate) fn add(vm: &mut Vm, set: &Ref, item: &Ref) -> PyResult<bool> {
    let hash = key_hash(vm, item, "set element")?;
    this(set).add(vm, item, hash)
}

/// Adds the items of an iterable.
pub(crate) fn update(vm: &mut Vm, set: &Set, iterable: &Ref) -> PyResult<()> {
    if let Some(other) = iterable.downcast::<Set>() {
        return merge(vm, set, other);
    }
    if let Some(dict) = iterable
        .downcast::<Dict>()
        .filter(|_| vm.is_exact(iterable, vm.types.dict))
    {
        let len = dict.len(vm);
        vm.charge(len)?;
        set.reserve_merge(vm, len);
        for (key, _) in dict.items(vm) {
            let hash = vm.hash(&key)?;
            set.add(vm, &key, hash)?;
        }
        return Ok(());
    }
    let iterator = vm.iter(iterable)?;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        let hash = key_hash(vm, &item, "set element")?;
        set.add(vm, &item, hash)?;
    }
    Ok(())
}

fn merge(vm: &mut Vm, set: &Set, other: &Set) -> PyResult<()> {
    if std::ptr::eq(set, other) || other.len(vm) == 0 {
        return Ok(());
    }
    let count = other.len(vm);
    vm.charge(count)?;
    vm.check_memory(count * 32)?;
    set.reserve_merge(vm, count);
    let (ours, theirs) = (set.table.get(vm), other.table.get(vm));
    if ours.len() == 0 && ours.is_clean() && ours.same_size(theirs) && theirs.is_clean() {
        let copy = theirs.duplicate();
        drop(set.replace(vm, copy));
        return Ok(());
    }
    for (item, hash) in other.items(vm) {
        set.add(vm, &item, hash)?;
    }
    Ok(())
}

/// A copy as an object of a type, with no attributes.
fn copy(vm: &mut Vm, ty: Ty, set: &Set) -> PyResult {
    let result = vm.new_object(ty, Set::default());
    merge(vm, this(&result), set)?;
    Ok(result)
}

/// The plain type of a result: subclasses give `set` or `frozenset`.
fn base_type(vm: &Vm, value: &Ref) -> Ty {
    if vm.type_of(value).is_subtype(vm.types.frozenset) {
        vm.types.frozenset
    } else {
        vm.types.set
    }
}

fn set_new(vm: &mut Vm, ty: Ty, _args: Args<'_>) -> PyResult {
    Ok(vm.new_object(ty, Set::default()))
}

fn set_init(vm: &mut Vm, value: &Ref, args: Args<'_>) -> PyResult<()> {
    let bound = convert::bind(vm, "set", "(iterable=(), /)", args)?;
    drop(this(value).replace(vm, Table::default()));
    match &bound[0] {
        Some(iterable) => update(vm, this(value), iterable),
        None => Ok(()),
    }
}

fn frozenset_new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let bound = if ty.is(vm.types.frozenset) {
        convert::bind(vm, "frozenset", "(iterable=(), /)", args)?
    } else {
        vec![args.positional().first().cloned()]
    };
    let result = match &bound[0] {
        Some(iterable) if ty.is(vm.types.frozenset) && vm.is_exact(iterable, ty) => {
            return Ok(iterable.clone());
        }
        iterable => {
            let result = vm.new_object(ty, Set::default());
            if let Some(iterable) = iterable {
                update(vm, this(&result), iterable)?;
            }
            result
        }
    };
    Ok(result)
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let ty = vm.type_of(value);
    let name = ty.name();
    if this(value).len(vm) == 0 {
        return Ok(vm.new_str(&format!("{name}()")));
    }
    if !vm.repr_enter(value) {
        return Ok(vm.new_str(&format!("{name}(...)")));
    }
    vm.repr_leave();
    let items = this(value).items(vm);
    let (open, close) = if ty.is(vm.types.set) {
        ("{".into(), "}")
    } else {
        (format!("{name}({{"), "})")
    };
    convert::container_repr(vm, value, (&open, close), |_, index| {
        Ok(items.get(index).map(|(item, _)| vec![item.clone()]))
    })
}

fn hash(vm: &mut Vm, value: &Ref) -> PyResult<i64> {
    let set = this(value);
    if let Some(hash) = set.hash.get() {
        return Ok(hash);
    }
    let mut hasher = FrozenSetHasher::default();
    for (_, hash) in set.items(vm) {
        hasher.push(hash);
    }
    let hash = hasher.finish();
    set.hash.set(Some(hash));
    Ok(hash)
}

fn is_subset(vm: &mut Vm, a: &Set, b: &Set) -> PyResult<bool> {
    if a.len(vm) > b.len(vm) {
        return Ok(false);
    }
    for (item, hash) in a.items(vm) {
        vm.charge(1)?;
        if !b.contains(vm, &item, hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.downcast::<Set>(), b.downcast::<Set>()) else {
        return Ok(Ref::not_implemented());
    };
    let (len_left, len_right) = (left.len(vm), right.len(vm));
    let holds = match op {
        CompareOp::Eq => len_left == len_right && is_subset(vm, left, right)?,
        CompareOp::Ne => len_left != len_right || !is_subset(vm, left, right)?,
        CompareOp::Lt => len_left < len_right && is_subset(vm, left, right)?,
        CompareOp::Le => is_subset(vm, left, right)?,
        CompareOp::Gt => len_left > len_right && is_subset(vm, right, left)?,
        CompareOp::Ge => is_subset(vm, right, left)?,
    };
    Ok(Ref::bool(holds))
}

/// The hash to look an item up by: a set is looked up as a frozenset.
fn lookup_hash(vm: &mut Vm, item: &Ref) -> PyResult<(Ref, i64)> {
    match key_hash(vm, item, "set element") {
        Ok(hash) => Ok((item.clone(), hash)),
        Err(error) if is_set(item) && vm.exc_is(&error, vm.exc.TypeError) => {
            let frozen = copy(vm, vm.types.frozenset, this(item))?;
            let hash = vm.hash(&frozen)?;
            Ok((frozen, hash))
        }
        Err(error) => Err(error),
    }
}

fn contains(vm: &mut Vm, value: &Ref, item: &Ref) -> PyResult<bool> {
    let (item, hash) = lookup_hash(vm, item)?;
    this(value).contains(vm, &item, hash)
}

fn intersection(vm: &mut Vm, ty: Ty, a: &Set, other: &Ref) -> PyResult {
    let result = vm.new_object(ty, Set::default());
    if let Some(b) = other.downcast::<Set>() {
        let (walked, asked) = if b.len(vm) > a.len(vm) {
            (a, b)
        } else {
            (b, a)
        };
        for (item, hash) in walked.items(vm) {
            vm.charge(1)?;
            if asked.contains(vm, &item, hash)? {
                this(&result).add(vm, &item, hash)?;
            }
        }
        return Ok(result);
    }
    let iterator = vm.iter(other)?;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        let hash = key_hash(vm, &item, "set element")?;
        if a.contains(vm, &item, hash)? {
            this(&result).add(vm, &item, hash)?;
        }
    }
    Ok(result)
}

fn difference_update(vm: &mut Vm, set: &Set, other: &Ref) -> PyResult<()> {
    if let Some(other) = other.downcast::<Set>() {
        if std::ptr::eq(set, other) {
            drop(set.replace(vm, Table::default()));
            return Ok(());
        }
        for (item, hash) in other.items(vm) {
            vm.charge(1)?;
            set.discard(vm, &item, hash)?;
        }
        return Ok(());
    }
    let iterator = vm.iter(other)?;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        let hash = key_hash(vm, &item, "set element")?;
        set.discard(vm, &item, hash)?;
    }
    Ok(())
}

fn difference(vm: &mut Vm, ty: Ty, set: &Set, other: &Ref) -> PyResult {
    let len = match other.downcast::<Set>() {
        Some(other) => Some(other.len(vm)),
        None => other.downcast::<Dict>().map(|dict| dict.len(vm)),
    };
    // Few to remove: copy and remove. Many: keep what is not among them.
    if len.is_none_or(|len| set.len(vm) / 4 > len) {
        let result = copy(vm, ty, set)?;
        difference_update(vm, this(&result), other)?;
        return Ok(result);
    }
    let result = vm.new_object(ty, Set::default());
    for (item, hash) in set.items(vm) {
        vm.charge(1)?;
        let there = match other.downcast::<Set>() {
            Some(other) => other.contains(vm, &item, hash)?,
            None => other
                .payload::<Dict>()
                .get_hashed(vm, &item, hash)?
                .is_some(),
        };
        if !there {
            this(&result).add(vm, &item, hash)?;
        }
    }
    Ok(result)
}

fn symmetric_difference_update(vm: &mut Vm, set: &Set, other: &Ref) -> PyResult<()> {
    let other = match other.downcast::<Set>() {
        Some(_) => other.clone(),
        None => from_iterable(vm, other)?,
    };
    let other: &Set = other.payload();
    if std::ptr::eq(set, other) {
        drop(set.replace(vm, Table::default()));
        return Ok(());
    }
    for (item, hash) in other.items(vm) {
        vm.charge(1)?;
        if !set.discard(vm, &item, hash)? {
            set.add(vm, &item, hash)?;
        }
    }
    Ok(())
}

/// Both operands as sets, or `NotImplemented`; results have the left one's type.
macro_rules! operands {
    ($a:expr, $b:expr) => {
        match ($a.downcast::<Set>(), $b.downcast::<Set>()) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(Ref::not_implemented()),
        }
    };
}

fn or(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (left, right) = operands!(a, b);
    let result = copy(vm, base_type(vm, a), left)?;
    merge(vm, this(&result), right)?;
    Ok(result)
}

fn and(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (left, _) = operands!(a, b);
    intersection(vm, base_type(vm, a), left, b)
}

fn subtract(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (left, _) = operands!(a, b);
    difference(vm, base_type(vm, a), left, b)
}

fn xor(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (_, right) = operands!(a, b);
    let result = copy(vm, base_type(vm, a), right)?;
    symmetric_difference_update(vm, this(&result), a)?;
    Ok(result)
}

fn inplace_or(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (left, right) = operands!(a, b);
    merge(vm, left, right)?;
    Ok(a.clone())
}

fn inplace_and(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (left, _) = operands!(a, b);
    let result = intersection(vm, vm.types.set, left, b)?;
    take_over(vm, left, &result);
    Ok(a.clone())
}

fn inplace_subtract(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (left, _) = operands!(a, b);
    difference_update(vm, left, b)?;
    Ok(a.clone())
}

fn inplace_xor(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (left, _) = operands!(a, b);
    symmetric_difference_update(vm, left, b)?;
    Ok(a.clone())
}

fn take_over(vm: &mut Vm, set: &Set, result: &Ref) {
    let table = this(result).replace(vm, Table::default());
    let old = set.replace(vm, table);
    drop(old);
}

fn method_union(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let all = convert::positional(vm, "union", args, 1, usize::MAX)?;
    let result = copy(vm, base_type(vm, &all[0]), this(&all[0]))?;
    for other in &all[1..] {
        update(vm, this(&result), other)?;
    }
    Ok(result)
}

fn method_update(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let all = convert::positional(vm, "update", args, 1, usize::MAX)?;
    for other in &all[1..] {
        update(vm, this(&all[0]), other)?;
    }
    Ok(Ref::none())
}

fn intersect_all(vm: &mut Vm, all: &[Ref]) -> PyResult {
    let ty = base_type(vm, &all[0]);
    if all.len() == 1 {
        return copy(vm, ty, this(&all[0]));
    }
    let mut result = all[0].clone();
    for other in &all[1..] {
        result = intersection(vm, ty, this(&result), other)?;
    }
    Ok(result)
}

fn method_intersection(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let all = convert::positional(vm, "intersection", args, 1, usize::MAX)?;
    intersect_all(vm, all)
}

fn method_intersection_update(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let all = convert::positional(vm, "intersection_update", args, 1, usize::MAX)?;
    let result = intersect_all(vm, all)?;
    take_over(vm, this(&all[0]), &result);
    Ok(Ref::none())
}

fn method_difference(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let all = convert::positional(vm, "difference", args, 1, usize::MAX)?;
    let ty = base_type(vm, &all[0]);
    let Some((first, rest)) = all[1..].split_first() else {
        return copy(vm, ty, this(&all[0]));
    };
    let result = difference(vm, ty, this(&all[0]), first)?;
    for other in rest {
        difference_update(vm, this(&result), other)?;
    }
    Ok(result)
}

fn method_difference_update(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let all = convert::positional(vm, "difference_update", args, 1, usize::MAX)?;
    for other in &all[1..] {
        difference_update(vm, this(&all[0]), other)?;
    }
    Ok(Ref::none())
}

fn method_isdisjoint(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let set: &Set = args.this();
    if let Some(other) = args[1].downcast::<Set>() {
        let (walked, asked) = if other.len(vm) > set.len(vm) {
            (set, other)
        } else {
            (other, set)
        };
        for (item, hash) in walked.items(vm) {
            if asked.contains(vm, &item, hash)? {
                return Ok(Ref::bool(false));
            }
        }
        return Ok(Ref::bool(true));
    }
    let iterator = vm.iter(&args[1])?;
    while let Some(item) = vm.next(&iterator)? {
        let hash = key_hash(vm, &item, "set element")?;
        if set.contains(vm, &item, hash)? {
            return Ok(Ref::bool(false));
        }
    }
    Ok(Ref::bool(true))
}

fn as_set(vm: &mut Vm, value: &Ref) -> PyResult {
    if is_set(value) {
        Ok(value.clone())
    } else {
        from_iterable(vm, value)
    }
}

fn method_remove(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (item, hash) = lookup_hash(vm, &args[1])?;
    if args.this::<Set>().discard(vm, &item, hash)? {
        Ok(Ref::none())
    } else {
        Err(vm.key_error(&args[1]))
    }
}

fn method_copy(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if vm.is_exact(&args[0], vm.types.frozenset) {
        return Ok(args[0].clone());
    }
    copy(vm, base_type(vm, &args[0]), args.this())
}

fn method_reduce(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let items = args
        .this::<Set>()
        .items(vm)
        .into_iter()
        .map(|(item, _)| item)
        .collect();
    let items = vm.new_list(items);
    let arguments = vm.new_tuple(vec![items]);
    let state = vm.instance_dict(&args[0]).unwrap_or_else(Ref::none);
    let ty = vm.type_of(&args[0]).to_ref();
    Ok(vm.new_tuple(vec![ty, arguments, state]))
}

const SHARED: [MethodDef; 11] = [
    MethodDef::new(
        "union",
        "",
        "Return a new set with elements from the set and all others.",
        method_union,
    ),
    MethodDef::new(
        "intersection",
        "",
        "Return a new set with elements common to the set and all others.",
        method_intersection,
    ),
    MethodDef::new(
        "difference",
        "",
        "Return a new set with elements in the set that are not in the others.",
        method_difference,
    ),
    MethodDef::new(
        "symmetric_difference",
        "($self, other, /)",
        "Return a new set with elements in either the set or other but not both.",
        |vm, args| {
            let result = vm.new_object(base_type(vm, &args[0]), Set::default());
            update(vm, this(&result), &args[1])?;
            symmetric_difference_update(vm, this(&result), &args[0])?;
            Ok(result)
        },
    ),
    MethodDef::new(
        "issubset",
        "($self, other, /)",
        "Report whether another set contains this set.",
        |vm, args| {
            let other = as_set(vm, &args[1])?;
            is_subset(vm, args.this(), this(&other)).map(Ref::bool)
        },
    ),
    MethodDef::new(
        "issuperset",
        "($self, other, /)",
        "Report whether this set contains another set.",
        |vm, args| {
            if !is_set(&args[1]) {
                let iterator = vm.iter(&args[1])?;
                while let Some(item) = vm.next(&iterator)? {
                    if !contains(vm, &args[0], &item)? {
                        return Ok(Ref::bool(false));
                    }
                }
                return Ok(Ref::bool(true));
            }
            is_subset(vm, this(&args[1]), args.this()).map(Ref::bool)
        },
    ),
    MethodDef::new(
        "isdisjoint",
        "($self, other, /)",
        "Return True if two sets have a null intersection.",
        method_isdisjoint,
    ),
    MethodDef::new(
        "copy",
        "($self, /)",
        "Return a shallow copy of a set.",
        method_copy,
    ),
    MethodDef::new(
        "__reduce__",
        "($self, /)",
        "Return state information for pickling.",
        method_reduce,
    ),
    MethodDef::new(
        "__sizeof__",
        "($self, /)",
        "S.__sizeof__() -> size of S in memory, in bytes.",
        |vm, args| {
            let len = args.this::<Set>().len(vm);
            Ok(vm.new_usize(
                200 + if len > 4 {
                    len.next_power_of_two() * 64
                } else {
                    0
                },
            ))
        },
    ),
    MethodDef::new(
        "__class_getitem__",
        "($type, object, /)",
        "See PEP 585",
        super::generic_alias::class_getitem,
    )
    .class(),
];

const CHANGING: [MethodDef; 9] = [
    MethodDef::new(
        "add",
        "($self, object, /)",
        "Add an element to a set.\n\nThis has no effect if the element is already present.",
        |vm, args| {
            add(vm, &args[0], &args[1])?;
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "remove",
        "($self, object, /)",
        "Remove an element from a set; it must be a member.\n\nIf the element is not a member, raise a KeyError.",
        method_remove,
    ),
    MethodDef::new(
        "discard",
        "($self, object, /)",
        "Remove an element from a set if it is a member.\n\nUnlike set.remove(), the discard() method does not raise\nan exception when an element is missing from the set.",
        |vm, args| {
            let (item, hash) = lookup_hash(vm, &args[1])?;
            args.this::<Set>().discard(vm, &item, hash)?;
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "pop",
        "($self, /)",
        "Remove and return an arbitrary set element.\n\nRaises KeyError if the set is empty.",
        |vm, args| match args.this::<Set>().pop(vm) {
            Some(item) => Ok(item),
            None => {
                let message = vm.new_str("pop from an empty set");
                Err(vm.key_error(&message))
            }
        },
    ),
    MethodDef::new(
        "clear",
        "($self, /)",
        "Remove all elements from this set.",
        |vm, args| {
            let old = args.this::<Set>().replace(vm, Table::default());
            drop(old);
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "update",
        "",
        "Update the set, adding elements from all others.",
        method_update,
    ),
    MethodDef::new(
        "intersection_update",
        "",
        "Update the set, keeping only elements found in it and all others.",
        method_intersection_update,
    ),
    MethodDef::new(
        "difference_update",
        "",
        "Update the set, removing elements found in others.",
        method_difference_update,
    ),
    MethodDef::new(
        "symmetric_difference_update",
        "($self, other, /)",
        "Update the set, keeping only elements found in either set, but not in both.",
        |vm, args| symmetric_difference_update(vm, args.this(), &args[1]).map(|()| Ref::none()),
    ),
];

const fn set_methods() -> [MethodDef; 20] {
    let mut methods = [SHARED[0]; 20];
    let mut at = 0;
    while at < 20 {
        methods[at] = if at < 11 {
            SHARED[at]
        } else {
            CHANGING[at - 11]
        };
        at += 1;
    }
    methods
}

const COMMON: Slots = Slots {
    repr: Some(repr),
    richcompare: Some(richcompare),
    iter: Some(iterate),
    length: Some(|vm, value| Ok(this(value).len(vm))),
    contains: Some(contains),
    subtract: Some(subtract),
    and: Some(and),
    xor: Some(xor),
    or: Some(or),
    ..Slots::EMPTY
};

/// `set`
pub(crate) const SET: TypeDef = TypeDef {
    name: "set",
    doc: "set(iterable=(), /)\n--\n\nBuild an unordered collection of unique elements.",
    slots: Slots {
        new: Some(set_new),
        init: Some(set_init),
        inplace_subtract: Some(inplace_subtract),
        inplace_and: Some(inplace_and),
        inplace_xor: Some(inplace_xor),
        inplace_or: Some(inplace_or),
        ..COMMON
    },
    methods: &set_methods(),
    ..TypeDef::EMPTY
};

/// `frozenset`
pub(crate) const FROZENSET: TypeDef = TypeDef {
    name: "frozenset",
    doc: "frozenset(iterable=(), /)\n--\n\nBuild an immutable unordered collection of unique elements.",
    slots: Slots {
        new: Some(frozenset_new),
        hash: Some(hash),
        ..COMMON
    },
    methods: &SHARED,
    ..TypeDef::EMPTY
};

/// The payload of `set_iterator`.
struct SetIter {
    set: Slot,
    position: Cell<usize>,
    used: Cell<usize>,
}

impl Payload for SetIter {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.set.visit(visitor);
    }

    fn clear(&self) {
        self.set.take();
    }
}

fn iterate(vm: &mut Vm, value: &Ref) -> PyResult {
    let used = this(value).len(vm);
    let payload = SetIter {
        set: Slot::new(value.clone()),
        position: Cell::new(0),
        used: Cell::new(used),
    };
    Ok(vm.new_object(vm.types.set_iterator, payload))
}

fn next(vm: &mut Vm, iterator: &Ref) -> PyResult<Option<Ref>> {
    let state: &SetIter = iterator.payload();
    let Some(set) = state.set.get() else {
        return Ok(None);
    };
    let table = this(&set).table.get(vm);
    if table.len() != state.used.get() {
        state.used.set(usize::MAX);
        return Err(vm.runtime_error("Set changed size during iteration"));
    }
    match table.next_item(state.position.get()) {
        Some((position, _, item)) => {
            state.position.set(position);
            Ok(Some(item.clone()))
        }
        None => {
            state.set.take();
            Ok(None)
        }
    }
}

fn left(vm: &mut Vm, state: &SetIter) -> Vec<Ref> {
    let Some(set) = state.set.get() else {
        return Vec::new();
    };
    let table = this(&set).table.get(vm);
    let mut items = Vec::new();
    let mut position = state.position.get();
    while let Some((next, _, item)) = table.next_item(position) {
        items.push(item.clone());
        position = next;
    }
    items
}

/// `set_iterator`
pub(crate) const SET_ITERATOR: TypeDef = TypeDef {
    name: "set_iterator",
    slots: Slots {
        iter: Some(super::iterators::itself),
        iternext: Some(next),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "__length_hint__",
            "($self, /)",
            "Private method returning an estimate of len(list(it)).",
            |vm, args| {
                let count = left(vm, args.this()).len();
                Ok(vm.new_usize(count))
            },
        ),
        MethodDef::new(
            "__reduce__",
            "($self, /)",
            "Return state information for pickling.",
            |vm, args| {
                let items = left(vm, args.this());
                let list = vm.new_list(items);
                super::iterators::reduce(vm, "iter", list, None)
            },
        ),
    ],
    ..TypeDef::EMPTY
};
