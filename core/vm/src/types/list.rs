//! `list`.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::{Args, CompareOp, List, ListIter, MethodDef, Ref, Slots, Ty, TypeDef};
use crate::types::convert::{self, Selection, Subscript};
use crate::types::float::float_of;
use crate::vm::Vm;

fn this(value: &Ref) -> &List {
    value.payload()
}

fn new(vm: &mut Vm, ty: Ty, _args: Args<'_>) -> PyResult {
    Ok(vm.new_object(ty, List::default()))
}

fn init(vm: &mut Vm, value: &Ref, args: Args<'_>) -> PyResult<()> {
    let bound = convert::bind(vm, "list", "(iterable=(), /)", args)?;
    let items = match &bound[0] {
        Some(iterable) => vm.collect(iterable)?,
        None => Vec::new(),
    };
    let old = std::mem::replace(this(value).items_mut(vm), items);
    drop(old);
    Ok(())
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    convert::container_repr(vm, value, ("[", "]"), |vm, index| {
        Ok(this(value).get(vm, index).map(|item| vec![item]))
    })
}

/// Compares two sequences item by item; `get` gives an item while there is one.
pub(crate) fn compare_items(
    vm: &mut Vm,
    op: CompareOp,
    lengths: impl Fn(&Vm) -> (usize, usize),
    mut get: impl FnMut(&Vm, usize) -> Option<(Ref, Ref)>,
) -> PyResult {
    let (left, right) = lengths(vm);
    if left != right && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::bool(op == CompareOp::Ne));
    }
    let mut index = 0;
    while let Some((a, b)) = get(vm, index) {
        vm.charge(1)?;
        if !a.is(&b) && !vm.eq(&a, &b)? {
            return match op {
                CompareOp::Eq => Ok(Ref::bool(false)),
                CompareOp::Ne => Ok(Ref::bool(true)),
                _ => vm.compare(&a, &b, op),
            };
        }
        index += 1;
    }
    let (left, right) = lengths(vm);
    Ok(Ref::bool(op.holds(left.cmp(&right))))
}

fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.downcast::<List>(), b.downcast::<List>()) else {
        return Ok(Ref::not_implemented());
    };
    compare_items(
        vm,
        op,
        |vm| (left.items(vm).len(), right.items(vm).len()),
        |vm, index| left.get(vm, index).zip(right.get(vm, index)),
    )
}

fn subscript(vm: &mut Vm, value: &Ref, key: &Ref) -> PyResult {
    let list = this(value);
    if let Some(index) = key.as_small_int() {
        let items = list.items(vm);
        let at = if index < 0 {
            index + items.len() as i64
        } else {
            index
        };
        if let Some(item) = usize::try_from(at).ok().and_then(|at| items.get(at)) {
            return Ok(item.clone());
        }
        return Err(vm.index_error("list index out of range"));
    }
    match convert::subscript(vm, key, "list", |vm| list.items(vm).len())? {
        Subscript::Index(index) => Ok(list.items(vm)[index].clone()),
        Subscript::Slice(selection) => {
            vm.charge(selection.count / 16)?;
            vm.check_memory(selection.count * 8)?;
            let items = list.items(vm);
            let picked = selection.positions().map(|at| items[at].clone()).collect();
            Ok(vm.new_list(picked))
        }
    }
}

/// Replaces what a slice selects, as `list` and `bytearray` do; `Err` carries
/// the sizes of an extended slice that do not agree.
pub(crate) fn assign_slice<T>(
    items: &mut Vec<T>,
    selection: Selection,
    new: Vec<T>,
) -> Result<Vec<T>, (usize, usize)> {
    if selection.step == 1 {
        let start = selection.start.max(0) as usize;
        let end = (selection.stop.max(selection.start).max(0) as usize).max(start);
        return Ok(items.splice(start..end.min(items.len()), new).collect());
    }
    if new.len() != selection.count {
        return Err((new.len(), selection.count));
    }
    let mut old = Vec::with_capacity(new.len());
    for (at, item) in selection.positions().zip(new) {
        old.push(std::mem::replace(&mut items[at], item));
    }
    Ok(old)
}

/// Removes what a slice selects.
pub(crate) fn delete_slice<T>(items: &mut Vec<T>, selection: Selection) -> Vec<T> {
    if selection.count == 0 {
        return Vec::new();
    }
    if selection.step == 1 {
        let start = selection.start as usize;
        return items.drain(start..start + selection.count).collect();
    }
    let mut doomed: Vec<usize> = selection.positions().collect();
    doomed.sort_unstable();
    let mut doomed = doomed.into_iter().peekable();
    let mut removed = Vec::with_capacity(selection.count);
    let mut kept = Vec::with_capacity(items.len() - selection.count);
    for (at, item) in std::mem::take(items).into_iter().enumerate() {
        if doomed.peek() == Some(&at) {
            doomed.next();
            removed.push(item);
        } else {
            kept.push(item);
        }
    }
    *items = kept;
    removed
}

fn ass_subscript(vm: &mut Vm, value: &Ref, key: &Ref, new: Option<&Ref>) -> PyResult<()> {
    let list = this(value);
    if let (Some(index), Some(new)) = (key.as_small_int(), new) {
        let items = list.items_mut(vm);
        let at = if index < 0 {
            index + items.len() as i64
        } else {
            index
        };
        let Some(place) = usize::try_from(at).ok().and_then(|at| items.get_mut(at)) else {
            return Err(vm.index_error("list assignment index out of range"));
        };
        let old = std::mem::replace(place, new.clone());
        drop(old);
        return Ok(());
    }
    let subscript = match convert::subscript(vm, key, "list", |vm| list.items(vm).len()) {
        Err(error) if vm.exc_is(&error, vm.exc.IndexError) && key.as_small_int().is_some() => {
            return Err(vm.index_error("list assignment index out of range"));
        }
        subscript => subscript?,
    };
    match (subscript, new) {
        (Subscript::Index(at), Some(new)) => {
            let old = std::mem::replace(&mut list.items_mut(vm)[at], new.clone());
            drop(old);
        }
        (Subscript::Index(at), None) => drop(list.items_mut(vm).remove(at)),
        (Subscript::Slice(selection), None) => {
            vm.charge(list.items(vm).len() / 64)?;
            let old = delete_slice(list.items_mut(vm), selection);
            drop(old);
        }
        (Subscript::Slice(selection), Some(new)) => {
            let new = match vm.collect(new) {
                Err(error)
                    if vm.exc_is(&error, vm.exc.TypeError)
                        && vm
                            .type_of(new)
                            .slot(|slots| slots.iter.is_none() && slots.item.is_none()) =>
                {
                    return Err(vm.type_error(if selection.step == 1 {
                        "can only assign an iterable"
                    } else {
                        "must assign iterable to extended slice"
                    }));
                }
                new => new?,
            };
            vm.charge(new.len() / 16)?;
            // Collecting may have changed the list.
            let selection = match key.downcast::<crate::object::Slice>() {
                Some(slice) => {
                    let parts = convert::slice_parts(vm, slice)?;
                    convert::select(parts, list.items(vm).len())
                }
                None => selection,
            };
            match assign_slice(list.items_mut(vm), selection, new) {
                Ok(old) => drop(old),
                Err((given, expected)) => {
                    return Err(vm.value_error(format!(
                        "attempt to assign sequence of size {given} to extended slice of size {expected}"
                    )));
                }
            }
        }
    }
    Ok(())
}

fn contains(vm: &mut Vm, value: &Ref, wanted: &Ref) -> PyResult<bool> {
    let mut index = 0;
    while let Some(item) = this(value).get(vm, index) {
        vm.charge(1)?;
        if item.is(wanted) || vm.eq(&item, wanted)? {
            return Ok(true);
        }
        index += 1;
    }
    Ok(false)
}

fn concat(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let Some(right) = b.downcast::<List>() else {
        let name = vm.type_of(b).name();
        return Err(vm.type_error(format!(
            "can only concatenate list (not \"{name}\") to list"
        )));
    };
    let left = this(a);
    let total = left.items(vm).len() + right.items(vm).len();
    vm.check_memory(total * 8)?;
    vm.charge(total / 16)?;
    let mut items = Vec::with_capacity(total);
    items.extend_from_slice(left.items(vm));
    items.extend_from_slice(right.items(vm));
    Ok(vm.new_list(items))
}

/// Items `count` times over.
pub(crate) fn repeat_items(vm: &mut Vm, items: &[Ref], count: isize) -> PyResult<Vec<Ref>> {
    let count = count.max(0) as usize;
    let Some(total) = items
        .len()
        .checked_mul(count)
        .filter(|&total| total <= isize::MAX as usize / 8)
    else {
        return Err(vm.memory_error(""));
    };
    vm.check_memory(total * 8)?;
    vm.charge(total / 16)?;
    let mut repeated = Vec::with_capacity(total);
    for _ in 0..count {
        if items.is_empty() {
            break;
        }
        repeated.extend_from_slice(items);
    }
    Ok(repeated)
}

fn repeat(vm: &mut Vm, a: &Ref, count: isize) -> PyResult {
    let items = this(a).items(vm).clone();
    let items = repeat_items(vm, &items, count)?;
    Ok(vm.new_list(items))
}

fn inplace_concat(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    extend_with(vm, a, b)?;
    Ok(a.clone())
}

fn inplace_repeat(vm: &mut Vm, a: &Ref, count: isize) -> PyResult {
    let items = this(a).items(vm).clone();
    let items = repeat_items(vm, &items, count)?;
    let old = std::mem::replace(this(a).items_mut(vm), items);
    drop(old);
    Ok(a.clone())
}

/// `list.extend(iterable)`: items that came before an error stay.
pub(crate) fn extend_with(vm: &mut Vm, list: &Ref, iterable: &Ref) -> PyResult<()> {
    let exact = vm.is_exact(iterable, vm.types.list) || vm.is_exact(iterable, vm.types.tuple);
    if exact {
        let mut items = vm.collect(iterable)?;
        vm.charge(items.len() / 16)?;
        vm.check_memory(items.len() * 8)?;
        this(list).items_mut(vm).append(&mut items);
        return Ok(());
    }
    let iterator = vm.iter(iterable)?;
    vm.length_hint(iterable, 8)?;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        let items = this(list).items_mut(vm);
        items.push(item);
        if items.len() == items.capacity() {
            let size = items.len() * 8;
            vm.check_memory(size)?;
        }
    }
    Ok(())
}

fn insert(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let index = vm.index_isize(&args[1], "")?;
    let items = args.this::<List>().items_mut(vm);
    let len = items.len() as isize;
    let at = if index < 0 {
        (index + len).max(0)
    } else {
        index.min(len)
    };
    items.insert(at as usize, args[2].clone());
    let moved = (len - at) as usize;
    vm.charge(moved / 64)?;
    Ok(Ref::none())
}

fn pop(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let list = args.this::<List>();
    let Some(index) = args.get(1) else {
        return match list.items_mut(vm).pop() {
            Some(item) => Ok(item),
            None => Err(vm.index_error("pop from empty list")),
        };
    };
    let index = vm.index_isize(index, "")?;
    let len = list.items(vm).len() as isize;
    if len == 0 {
        return Err(vm.index_error("pop from empty list"));
    }
    let at = if index < 0 { index + len } else { index };
    if at < 0 || at >= len {
        return Err(vm.index_error("pop index out of range"));
    }
    vm.charge((len - at) as usize / 64)?;
    Ok(list.items_mut(vm).remove(at as usize))
}

fn position(
    vm: &mut Vm,
    list: &List,
    wanted: &Ref,
    start: usize,
    stop: usize,
) -> PyResult<Option<usize>> {
    let mut index = start;
    while index < stop {
        let Some(item) = list.get(vm, index) else {
            break;
        };
        vm.charge(1)?;
        if item.is(wanted) || vm.eq(&item, wanted)? {
            return Ok(Some(index));
        }
        index += 1;
    }
    Ok(None)
}

fn remove(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let list = args.this::<List>();
    match position(vm, list, &args[1], 0, usize::MAX)? {
        Some(at) => {
            let items = list.items_mut(vm);
            if at < items.len() {
                let old = items.remove(at);
                drop(old);
            }
            Ok(Ref::none())
        }
        None => Err(vm.value_error("list.remove(x): x not in list")),
    }
}

/// The `start` and `stop` of `index`.
pub(crate) fn index_bounds(vm: &mut Vm, args: Args<'_>, len: usize) -> PyResult<(usize, usize)> {
    let mut place = |at: usize, default: isize| match args.get(at) {
        Some(value) => {
            let index = convert::slice_index(vm, value)?;
            Ok::<_, crate::error::Exc>(if index < 0 {
                (index + len as isize).max(0)
            } else {
                index
            })
        }
        None => Ok(default),
    };
    Ok((place(2, 0)? as usize, place(3, isize::MAX)? as usize))
}

fn index(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let list = args.this::<List>();
    let len = list.items(vm).len();
    let (start, stop) = index_bounds(vm, args, len)?;
    match position(vm, list, &args[1], start, stop)? {
        Some(at) => Ok(vm.new_usize(at)),
        None => Err(vm.value_error("list.index(x): x not in list")),
    }
}

fn count(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let list = args.this::<List>();
    let (mut index, mut found) = (0, 0);
    while let Some(item) = list.get(vm, index) {
        vm.charge(1)?;
        if item.is(&args[1]) || vm.eq(&item, &args[1])? {
            found += 1;
        }
        index += 1;
    }
    Ok(vm.new_usize(found))
}

/// Sorts items by `<`, on keys if a key function is given.
pub(crate) fn sort_items(
    vm: &mut Vm,
    items: Vec<Ref>,
    key: Option<&Ref>,
    reverse: bool,
) -> (Vec<Ref>, PyResult<()>) {
    let mut keys = None;
    if let Some(key) = key {
        let mut made = Vec::with_capacity(items.len());
        for item in &items {
            match vm.call(key, std::slice::from_ref(item)) {
                Ok(value) => made.push(value),
                Err(error) => return (items, Err(error)),
            }
        }
        keys = Some(made);
    }
    match order(vm, keys.as_deref().unwrap_or(&items), reverse) {
        Ok(order) => {
            let mut slots: Vec<Option<Ref>> = items.into_iter().map(Some).collect();
            let sorted = order
                .into_iter()
                .filter_map(|at| slots[at as usize].take())
                .collect();
            (sorted, Ok(()))
        }
        Err(error) => (items, Err(error)),
    }
}

/// The order keys sort into. Keys of one plain type need no Python comparison.
fn order(vm: &mut Vm, keys: &[Ref], reverse: bool) -> PyResult<Vec<u32>> {
    let len = keys.len();
    vm.charge(len * (usize::BITS - len.leading_zeros()) as usize / 4)?;
    let plain = |order: Vec<u32>| Ok(order);
    // A stable sort in reverse keeps equal items in order: reverse, sort, reverse.
    let positions = || -> Vec<u32> {
        if reverse {
            (0..len as u32).rev().collect()
        } else {
            (0..len as u32).collect()
        }
    };
    let finish = |mut order: Vec<u32>| {
        if reverse {
            order.reverse();
        }
        plain(order)
    };
    if let Some(ints) = keys
        .iter()
        .map(Ref::as_small_int)
        .collect::<Option<Vec<i64>>>()
    {
        let mut order = positions();
        order.sort_by_key(|&at| ints[at as usize]);
        return finish(order);
    }
    let is_str = |key: &Ref| vm.is_exact(key, vm.types.str);
    if keys.iter().all(is_str) {
        let texts: Vec<_> = keys.iter().map(crate::types::str::text).collect();
        let mut order = positions();
        order.sort_by(|&a, &b| texts[a as usize].cmp(&texts[b as usize]));
        return finish(order);
    }
    let floats = keys.iter().map(float_of).collect::<Option<Vec<f64>>>();
    if let Some(floats) = floats.filter(|floats| !floats.iter().any(|float| float.is_nan()))
        && keys.iter().all(|key| vm.is_exact(key, vm.types.float))
    {
        let mut order = positions();
        order.sort_by(|&a, &b| {
            floats[a as usize]
                .total_cmp(&floats[b as usize])
                .then(std::cmp::Ordering::Equal)
        });
        if !floats.contains(&0.0) {
            return finish(order);
        }
    }
    let keys: Vec<&Ref> = if reverse {
        keys.iter().rev().collect()
    } else {
        keys.iter().collect()
    };
    let mut before = |a: u32, b: u32| {
        vm.charge(1)?;
        vm.lt(keys[a as usize], keys[b as usize])
    };
    let order = crate::sort::sorted_order(len, &mut before)?;
    let order = if reverse {
        order
            .into_iter()
            .rev()
            .map(|at| (len - 1) as u32 - at)
            .collect()
    } else {
        order
    };
    Ok(order)
}

fn sort(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let reverse = match args.get(2) {
        Some(reverse) => vm.is_true(reverse)?,
        None => false,
    };
    let list = args.this::<List>();
    // The list is empty while it is sorted: what a comparison does to it shows, even
    // if nothing is left of it but the memory.
    let items = std::mem::take(list.items_mut(vm));
    let (sorted, result) = sort_items(vm, items, args.get_not_none(1), reverse);
    let meanwhile = std::mem::replace(list.items_mut(vm), sorted);
    result?;
    if meanwhile.capacity() == 0 {
        Ok(Ref::none())
    } else {
        Err(vm.value_error("list modified during sort"))
    }
}

fn reversed(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let len = args.this::<List>().items(vm).len();
    let iterator = super::iterators::ReverseIter::new(args[0].clone(), len as isize - 1);
    Ok(vm.new_object(vm.types.list_reverseiterator, iterator))
}

const METHODS: &[MethodDef] = &[
    MethodDef::new(
        "append",
        "($self, object, /)",
        "Append object to the end of the list.",
        |vm, args| {
            let items = args.this::<List>().items_mut(vm);
            items.push(args[1].clone());
            if items.len() == items.capacity() && items.len() > 1 << 16 {
                let size = items.len() * 8;
                vm.check_memory(size)?;
            }
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "clear",
        "($self, /)",
        "Remove all items from list.",
        |vm, args| {
            let old = std::mem::take(args.this::<List>().items_mut(vm));
            drop(old);
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "copy",
        "($self, /)",
        "Return a shallow copy of the list.",
        |vm, args| {
            let items = args.this::<List>().items(vm).clone();
            vm.charge(items.len() / 16)?;
            Ok(vm.new_list(items))
        },
    ),
    MethodDef::new(
        "insert",
        "($self, index, object, /)",
        "Insert object before index.",
        insert,
    ),
    MethodDef::new(
        "extend",
        "($self, iterable, /)",
        "Extend list by appending elements from the iterable.",
        |vm, args| extend_with(vm, &args[0], &args[1]).map(|()| Ref::none()),
    ),
    MethodDef::new(
        "pop",
        "($self, index=-1, /)",
        "Remove and return item at index (default last).\n\nRaises IndexError if list is empty or index is out of range.",
        pop,
    ),
    MethodDef::new(
        "remove",
        "($self, value, /)",
        "Remove first occurrence of value.\n\nRaises ValueError if the value is not present.",
        remove,
    ),
    MethodDef::new(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        "Return first index of value.\n\nRaises ValueError if the value is not present.",
        index,
    ),
    MethodDef::new(
        "count",
        "($self, value, /)",
        "Return number of occurrences of value.",
        count,
    ),
    MethodDef::new(
        "reverse",
        "($self, /)",
        "Reverse *IN PLACE*.",
        |vm, args| {
            args.this::<List>().items_mut(vm).reverse();
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "sort",
        "($self, /, *, key=None, reverse=False)",
        "Sort the list in ascending order and return None.\n\nThe sort is in-place (i.e. the list itself is modified) and stable (i.e. the\norder of two equal elements is maintained).\n\nIf a key function is given, apply it once to each list item and sort them,\nascending or descending, according to their function values.\n\nThe reverse flag can be set to sort in descending order.",
        sort,
    ),
    MethodDef::new(
        "__reversed__",
        "($self, /)",
        "Return a reverse iterator over the list.",
        reversed,
    ),
    MethodDef::new(
        "__sizeof__",
        "($self, /)",
        "Return the size of the list in memory, in bytes.",
        |vm, args| {
            let capacity = args.this::<List>().items(vm).capacity();
            Ok(vm.new_usize(40 + 8 * capacity))
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

/// `list`
pub(crate) const LIST: TypeDef = TypeDef {
    name: "list",
    doc: "list(iterable=(), /)\n--\n\nBuilt-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\nThe argument must be an iterable if specified.",
    slots: Slots {
        repr: Some(repr),
        richcompare: Some(richcompare),
        iter: Some(|vm, value| Ok(vm.list_iter(value))),
        new: Some(new),
        init: Some(init),
        length: Some(|vm, value| Ok(this(value).items(vm).len())),
        subscript: Some(subscript),
        ass_subscript: Some(ass_subscript),
        contains: Some(contains),
        concat: Some(concat),
        repeat: Some(repeat),
        inplace_concat: Some(inplace_concat),
        inplace_repeat: Some(inplace_repeat),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeDef::EMPTY
};

/// `list_iterator`
pub(crate) const LIST_ITERATOR: TypeDef = TypeDef {
    name: "list_iterator",
    slots: Slots {
        iter: Some(|_, iterator| Ok(iterator.clone())),
        iternext: Some(|vm, iterator| {
            let this: &ListIter = iterator.payload();
            let Some(list) = this.list.get() else {
                return Ok(None);
            };
            let index = this.index.get();
            match list.payload::<List>().get(vm, index) {
                Some(item) => {
                    this.index.set(index + 1);
                    Ok(Some(item))
                }
                None => {
                    this.list.take();
                    Ok(None)
                }
            }
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "__length_hint__",
            "($self, /)",
            "Private method returning an estimate of len(list(it)).",
            |vm, args| {
                let this: &ListIter = args.this();
                let left = match this.list.get() {
                    Some(list) => list
                        .payload::<List>()
                        .items(vm)
                        .len()
                        .saturating_sub(this.index.get()),
                    None => 0,
                };
                Ok(vm.new_usize(left))
            },
        ),
        MethodDef::new(
            "__reduce__",
            "($self, /)",
            "Return state information for pickling.",
            |vm, args| {
                let this: &ListIter = args.this();
                match this.list.get() {
                    Some(list) => {
                        let index = vm.new_usize(this.index.get());
                        super::iterators::reduce(vm, "iter", list, Some(index))
                    }
                    None => {
                        let empty = vm.new_list(Vec::new());
                        super::iterators::reduce(vm, "iter", empty, None)
                    }
                }
            },
        ),
        MethodDef::new(
            "__setstate__",
            "($self, object, /)",
            "Set state information for unpickling.",
            |vm, args| {
                let index = vm.index_isize(&args[1], "")?.max(0) as usize;
                let this: &ListIter = args.this();
                this.index.set(index);
                Ok(Ref::none())
            },
        ),
    ],
    ..TypeDef::EMPTY
};
