//! `range` and its iterators, with ints of any size, and `slice`.
#![forbid(unsafe_code)]

use std::cell::Cell;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};

use crate::error::PyResult;
use crate::hash::TupleHasher;
use crate::heap::Payload;
use crate::object::{
    Args, CompareOp, GetSetDef, Guarded, MethodDef, Range, RangeIter, Ref, Slice, Slots, Ty,
    TypeDef,
};
use crate::types::convert;
use crate::types::int::IntRef;
use crate::types::iterators::itself;
use crate::vm::Vm;

fn this(value: &Ref) -> &Range {
    value.payload()
}

fn big(value: &Ref) -> BigInt {
    IntRef::of(value)
        .map(|int| int.big().into_owned())
        .unwrap_or_default()
}

/// The number of items.
fn length(start: &BigInt, stop: &BigInt, step: &BigInt) -> BigInt {
    let (low, high, size) = if step.is_negative() {
        (stop, start, -step)
    } else {
        (start, stop, step.clone())
    };
    if low >= high {
        BigInt::zero()
    } else {
        (high - low - 1) / size + 1
    }
}

/// A range of ints.
pub(crate) fn make(vm: &mut Vm, start: Ref, stop: Ref, step: Ref) -> PyResult {
    let small = |value: &Ref| value.as_small_int();
    let count = if let (Some(start), Some(stop), Some(step)) =
        (small(&start), small(&stop), small(&step))
    {
        // 49-bit values: nothing here overflows.
        let count = match step {
            0 => return Err(vm.value_error("range() arg 3 must not be zero")),
            1.. if start < stop => (stop - start - 1) / step + 1,
            ..0 if start > stop => (start - stop - 1) / -step + 1,
            _ => 0,
        };
        vm.new_int(count)
    } else {
        if big(&step).is_zero() {
            return Err(vm.value_error("range() arg 3 must not be zero"));
        }
        let count = length(&big(&start), &big(&stop), &big(&step));
        vm.new_bigint(count)
    };
    Ok(vm.new_object(
        vm.types.range,
        Range {
            start,
            stop,
            step,
            length: count,
        },
    ))
}

fn new(vm: &mut Vm, _ty: Ty, args: Args<'_>) -> PyResult {
    let given = convert::positional(vm, "range", args, 0, usize::MAX)?;
    let index = |vm: &mut Vm, at: usize| {
        vm.index(&given[at])
            .and_then(|value| super::int::plain(vm, &value))
    };
    match given.len() {
        0 => Err(vm.type_error("range expected at least 1 argument, got 0")),
        1 => {
            let stop = index(vm, 0)?;
            make(vm, Ref::small_int(0), stop, Ref::small_int(1))
        }
        2 | 3 => {
            let (start, stop) = (index(vm, 0)?, index(vm, 1)?);
            let step = if given.len() == 3 {
                index(vm, 2)?
            } else {
                Ref::small_int(1)
            };
            make(vm, start, stop, step)
        }
        count => Err(vm.type_error(format!("range expected at most 3 arguments, got {count}"))),
    }
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let range = this(value);
    let (start, stop) = (vm.repr_string(&range.start)?, vm.repr_string(&range.stop)?);
    if range.step.as_small_int() == Some(1) {
        return Ok(vm.new_str(&format!("range({start}, {stop})")));
    }
    let step = vm.repr_string(&range.step)?;
    Ok(vm.new_str(&format!("range({start}, {stop}, {step})")))
}

fn len(vm: &mut Vm, value: &Ref) -> PyResult<usize> {
    match IntRef::of(&this(value).length).and_then(IntRef::to_i64) {
        Some(len) => Ok(len as usize),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// What makes two ranges equal: the length, and as much of start and step as matters.
fn identity(vm: &mut Vm, value: &Ref) -> [Ref; 3] {
    let range = this(value);
    let _ = vm;
    match range.length.as_small_int() {
        Some(0) => [range.length.clone(), Ref::none(), Ref::none()],
        Some(1) => [range.length.clone(), range.start.clone(), Ref::none()],
        _ => [
            range.length.clone(),
            range.start.clone(),
            range.step.clone(),
        ],
    }
}

fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    if a.downcast::<Range>().is_none()
        || b.downcast::<Range>().is_none()
        || !matches!(op, CompareOp::Eq | CompareOp::Ne)
    {
        return Ok(Ref::not_implemented());
    }
    let (left, right) = (identity(vm, a), identity(vm, b));
    let mut equal = true;
    for (left, right) in left.iter().zip(&right) {
        equal &= vm.eq(left, right)?;
    }
    Ok(Ref::bool(equal == (op == CompareOp::Eq)))
}

fn hash(vm: &mut Vm, value: &Ref) -> PyResult<i64> {
    let mut hasher = TupleHasher::new();
    for part in identity(vm, value) {
        hasher.push(vm.hash(&part)?);
    }
    Ok(hasher.finish())
}

fn at(vm: &mut Vm, range: &Range, index: &BigInt) -> Ref {
    let value = big(&range.start) + index * big(&range.step);
    vm.new_bigint(value)
}

fn subscript(vm: &mut Vm, value: &Ref, key: &Ref) -> PyResult {
    let range = this(value);
    if let Some(slice) = key.downcast::<Slice>() {
        let (start, stop, step) = indices(vm, slice, &big(&range.length))?;
        let (sub_start, sub_stop) = (at(vm, range, &start), at(vm, range, &stop));
        let sub_step = vm.new_bigint(big(&range.step) * step);
        return make(vm, sub_start, sub_stop, sub_step);
    }
    if vm.type_of(key).slot(|slots| slots.index).is_none() {
        let name = vm.type_of(key).name();
        return Err(vm.type_error(format!(
            "range indices must be integers or slices, not {name}"
        )));
    }
    let mut index = big(&vm.index(key)?);
    let len = big(&range.length);
    if index.is_negative() {
        index += &len;
    }
    if index.is_negative() || index >= len {
        return Err(vm.index_error("range object index out of range"));
    }
    Ok(at(vm, range, &index))
}

/// The index of an int in a range.
fn position(range: &Range, wanted: &BigInt) -> Option<BigInt> {
    let (quotient, remainder) = (wanted - big(&range.start)).div_mod_floor(&big(&range.step));
    (remainder.is_zero() && !quotient.is_negative() && quotient < big(&range.length))
        .then_some(quotient)
}

fn is_plain_int(vm: &Vm, value: &Ref) -> bool {
    value.as_small_int().is_some()
        || vm.is_exact(value, vm.types.int)
        || vm.is_exact(value, vm.types.bool)
}

fn contains(vm: &mut Vm, value: &Ref, wanted: &Ref) -> PyResult<bool> {
    if is_plain_int(vm, wanted) {
        return Ok(position(this(value), &big(wanted)).is_some());
    }
    let iterator = iterate(vm, value)?;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        if vm.eq(&item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn index(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if is_plain_int(vm, &args[1]) {
        return match position(args.this(), &big(&args[1])) {
            Some(at) => Ok(vm.new_bigint(at)),
            None => Err(vm.value_error("range.index(x): x not in range")),
        };
    }
    let iterator = iterate(vm, &args[0])?;
    let mut at = 0;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        if vm.eq(&item, &args[1])? {
            return Ok(vm.new_usize(at));
        }
        at += 1;
    }
    Err(vm.value_error("sequence.index(x): x not in sequence"))
}

fn count(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if is_plain_int(vm, &args[1]) {
        return Ok(Ref::small_int(
            position(args.this(), &big(&args[1])).is_some().into(),
        ));
    }
    let iterator = iterate(vm, &args[0])?;
    let mut found = 0;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        found += usize::from(vm.eq(&item, &args[1])?);
    }
    Ok(vm.new_usize(found))
}

fn iterate(vm: &mut Vm, value: &Ref) -> PyResult {
    let range = this(value);
    let parts = (
        range.start.as_small_int(),
        range.length.as_small_int(),
        range.step.as_small_int(),
    );
    if let (Some(start), Some(length), Some(step)) = parts
        && range.stop.as_small_int().is_some()
    {
        let payload = RangeIter {
            next: Cell::new(start),
            left: Cell::new(length as u64),
            step,
        };
        return Ok(vm.new_object(vm.types.range_iterator, payload));
    }
    let payload = LongIter::new(big(&range.start), big(&range.step), big(&range.length));
    Ok(vm.new_object(vm.types.longrange_iterator, payload))
}

fn reversed(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let range: &Range = args.this();
    let (length, step) = (big(&range.length), big(&range.step));
    let last: BigInt = big(&range.start) + (&length - 1_u32) * &step;
    let start = vm.new_bigint(last.clone());
    let step = vm.new_bigint(-step);
    if let (Some(next), Some(left), Some(step)) = (
        start.as_small_int(),
        range.length.as_small_int(),
        step.as_small_int(),
    ) {
        let payload = RangeIter {
            next: Cell::new(next),
            left: Cell::new(left as u64),
            step,
        };
        return Ok(vm.new_object(vm.types.range_iterator, payload));
    }
    let payload = LongIter::new(last, big(&step), length);
    Ok(vm.new_object(vm.types.longrange_iterator, payload))
}

/// `range`
pub(crate) const RANGE: TypeDef = TypeDef {
    name: "range",
    doc: "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a sequence of integers from start (inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the valid indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or decrement).",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        iter: Some(iterate),
        new: Some(new),
        length: Some(len),
        subscript: Some(subscript),
        contains: Some(contains),
        bool: Some(|_, value| Ok(this(value).length.as_small_int() != Some(0))),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "__reversed__",
            "($self, /)",
            "Return a reverse iterator.",
            reversed,
        ),
        MethodDef::new("__reduce__", "($self, /)", "", |vm, args| {
            let range: &Range = args.this();
            let parts = vm.new_tuple(vec![
                range.start.clone(),
                range.stop.clone(),
                range.step.clone(),
            ]);
            let ty = vm.types.range.to_ref();
            Ok(vm.new_pair(ty, parts))
        }),
        MethodDef::new(
            "count",
            "($self, object, /)",
            "rangeobject.count(value) -> integer -- return number of occurrences of value",
            count,
        ),
        MethodDef::new(
            "index",
            "($self, object, /)",
            "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present.",
            index,
        ),
    ],
    getset: &[
        GetSetDef::read_only("start", "", |_, value| Ok(this(value).start.clone())),
        GetSetDef::read_only("stop", "", |_, value| Ok(this(value).stop.clone())),
        GetSetDef::read_only("step", "", |_, value| Ok(this(value).step.clone())),
    ],
    ..TypeDef::EMPTY
};

/// What an iterator's `__reduce__` gives: `iter(range(...))` of what is left.
fn reduce_rest(vm: &mut Vm, start: BigInt, step: BigInt, left: BigInt) -> PyResult {
    let stop = &start + &left * &step;
    let (start, stop, step) = (
        vm.new_bigint(start),
        vm.new_bigint(stop),
        vm.new_bigint(step),
    );
    let rest = make(vm, start, stop, step)?;
    super::iterators::reduce(vm, "iter", rest, Some(Ref::none()))
}

/// `range_iterator`
pub(crate) const RANGE_ITERATOR: TypeDef = TypeDef {
    name: "range_iterator",
    slots: Slots {
        iter: Some(itself),
        iternext: Some(|vm, iterator| {
            let state: &RangeIter = iterator.payload();
            let left = state.left.get();
            if left == 0 {
                return Ok(None);
            }
            let value = state.next.get();
            state.left.set(left - 1);
            state.next.set(value + state.step);
            Ok(Some(vm.new_int(value)))
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "__length_hint__",
            "($self, /)",
            "Private method returning an estimate of len(list(it)).",
            |vm, args| {
                let left = args.this::<RangeIter>().left.get();
                Ok(vm.new_int(left))
            },
        ),
        MethodDef::new(
            "__reduce__",
            "($self, /)",
            "Return state information for pickling.",
            |vm, args| {
                let state: &RangeIter = args.this();
                reduce_rest(
                    vm,
                    state.next.get().into(),
                    state.step.into(),
                    state.left.get().into(),
                )
            },
        ),
        MethodDef::new(
            "__setstate__",
            "($self, object, /)",
            "Set state information for unpickling.",
            |vm, args| {
                let by = vm.index_isize(&args[1], "")?.max(0) as u64;
                let state: &RangeIter = args.this();
                let by = by.min(state.left.get());
                state.left.set(state.left.get() - by);
                state.next.set(state.next.get() + by as i64 * state.step);
                Ok(Ref::none())
            },
        ),
    ],
    ..TypeDef::EMPTY
};

/// The iterator of a range with large numbers.
struct LongIter {
    state: Guarded<(BigInt, BigInt)>,
    step: BigInt,
}

impl Payload for LongIter {
    const ATOMIC: bool = true;
}

impl LongIter {
    fn new(next: BigInt, step: BigInt, left: BigInt) -> Self {
        Self {
            state: Guarded::new((next, left)),
            step,
        }
    }
}

/// `longrange_iterator`
pub(crate) const LONGRANGE_ITERATOR: TypeDef = TypeDef {
    name: "longrange_iterator",
    slots: Slots {
        iter: Some(itself),
        iternext: Some(|vm, iterator| {
            let iter: &LongIter = iterator.payload();
            let (next, left) = iter.state.get_mut(vm);
            if !left.is_positive() {
                return Ok(None);
            }
            *left -= 1;
            let value = next.clone();
            *next += &iter.step;
            Ok(Some(vm.new_bigint(value)))
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "__length_hint__",
            "($self, /)",
            "Private method returning an estimate of len(list(it)).",
            |vm, args| {
                let left = args.this::<LongIter>().state.get(vm).1.clone();
                Ok(vm.new_bigint(left))
            },
        ),
        MethodDef::new(
            "__reduce__",
            "($self, /)",
            "Return state information for pickling.",
            |vm, args| {
                let iter: &LongIter = args.this();
                let (next, left) = iter.state.get(vm).clone();
                reduce_rest(vm, next, iter.step.clone(), left)
            },
        ),
    ],
    ..TypeDef::EMPTY
};

/// `slice.indices(length)` for lengths of any size.
fn indices(vm: &mut Vm, slice: &Slice, len: &BigInt) -> PyResult<(BigInt, BigInt, BigInt)> {
    let mut part = |value: &Ref| -> PyResult<Option<BigInt>> {
        if value.is_none() {
            return Ok(None);
        }
        if vm.type_of(value).slot(|slots| slots.index).is_none() {
            return Err(
                vm.type_error("slice indices must be integers or None or have an __index__ method")
            );
        }
        vm.index(value).map(|index| Some(big(&index)))
    };
    let step = part(&slice.step)?.unwrap_or_else(|| BigInt::from(1));
    let (start, stop) = (part(&slice.start)?, part(&slice.stop)?);
    if step.is_zero() {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let back = step.is_negative();
    let (lower, upper) = if back {
        (BigInt::from(-1), len - 1)
    } else {
        (BigInt::zero(), len.clone())
    };
    let fit = |at: BigInt| {
        if at.is_negative() {
            (at + len).max(lower.clone())
        } else {
            at.min(upper.clone())
        }
    };
    let start = start.map_or_else(|| if back { upper.clone() } else { lower.clone() }, fit);
    let stop = stop.map_or_else(|| if back { lower.clone() } else { upper.clone() }, fit);
    Ok((start, stop, step))
}

fn slice_new(vm: &mut Vm, _ty: Ty, args: Args<'_>) -> PyResult {
    let given = convert::positional(vm, "slice", args, 1, 3)?;
    let get = |at: usize| given.get(at).cloned().unwrap_or_else(Ref::none);
    Ok(match given.len() {
        1 => vm.new_slice(Ref::none(), get(0), Ref::none()),
        _ => vm.new_slice(get(0), get(1), get(2)),
    })
}

fn slice_parts(value: &Ref) -> [&Ref; 3] {
    let slice: &Slice = value.payload();
    [&slice.start, &slice.stop, &slice.step]
}

fn slice_compare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    if a.downcast::<Slice>().is_none() || b.downcast::<Slice>().is_none() {
        return Ok(Ref::not_implemented());
    }
    if a.is(b) {
        return Ok(Ref::bool(matches!(
            op,
            CompareOp::Eq | CompareOp::Le | CompareOp::Ge
        )));
    }
    let (left, right) = (
        slice_parts(a).map(Ref::clone),
        slice_parts(b).map(Ref::clone),
    );
    let (left, right) = (vm.new_tuple(left.to_vec()), vm.new_tuple(right.to_vec()));
    vm.compare(&left, &right, op)
}

fn slice_repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let mut parts = Vec::new();
    for part in slice_parts(value) {
        parts.push(vm.repr_string(part)?);
    }
    Ok(vm.new_str(&format!("slice({})", parts.join(", "))))
}

fn slice_hash(vm: &mut Vm, value: &Ref) -> PyResult<i64> {
    let mut hasher = TupleHasher::new();
    for part in slice_parts(value) {
        hasher.push(vm.hash(part)?);
    }
    // As a tuple's, but for the length at the end.
    Ok(hasher.finish_without_length())
}

/// `slice`
pub(crate) const SLICE: TypeDef = TypeDef {
    name: "slice",
    doc: "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.\n\nThis is used for extended slicing (e.g. a[0:10:2]).",
    slots: Slots {
        repr: Some(slice_repr),
        hash: Some(slice_hash),
        richcompare: Some(slice_compare),
        new: Some(slice_new),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "indices",
            "($self, object, /)",
            "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, calculate the start and stop\nindices, and the stride length of the extended slice described by\nS. Out of bounds indices are clipped in a manner consistent with the\nhandling of normal slices.",
            |vm, args| {
                let len = big(&vm.index(&args[1])?);
                if len.is_negative() {
                    return Err(vm.value_error("length should not be negative"));
                }
                let (start, stop, step) = indices(vm, args.this(), &len)?;
                let parts = vec![
                    vm.new_bigint(start),
                    vm.new_bigint(stop),
                    vm.new_bigint(step),
                ];
                Ok(vm.new_tuple(parts))
            },
        ),
        MethodDef::new(
            "__reduce__",
            "($self, /)",
            "Return state information for pickling.",
            |vm, args| {
                let parts = slice_parts(&args[0]).map(Ref::clone).to_vec();
                let parts = vm.new_tuple(parts);
                let ty = vm.types.slice.to_ref();
                Ok(vm.new_pair(ty, parts))
            },
        ),
    ],
    getset: &[
        GetSetDef::read_only("start", "", |_, value| {
            Ok(value.payload::<Slice>().start.clone())
        }),
        GetSetDef::read_only("stop", "", |_, value| {
            Ok(value.payload::<Slice>().stop.clone())
        }),
        GetSetDef::read_only("step", "", |_, value| {
            Ok(value.payload::<Slice>().step.clone())
        }),
    ],
    ..TypeDef::EMPTY
};
