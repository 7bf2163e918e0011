//! The methods of `array.array`.

use vitrine_vm::object::{Args, GetSetDef, MethodDef, Ref};
use vitrine_vm::text::StrBuilder;
use vitrine_vm::{PyResult, Vm};

use super::{Array, ArrayIterator, Code, State, code_argument, of, plain};
use crate::native::need_i64;

pub(super) fn append(vm: &mut Vm, this: &Ref, item: &Ref) -> PyResult<()> {
    let bytes = of(this).code.get().pack(vm, item)?;
    vm.check_memory(bytes.len())?;
    of(this).change(vm, true, |memory| memory.extend_from_slice(&bytes))
}

pub(super) fn extend(vm: &mut Vm, this: &Ref, more: &Ref) -> PyResult<()> {
    if let Some(other) = more.downcast::<Array>() {
        if other.code.get() != of(this).code.get() {
            return Err(vm.type_error("can only extend with array of same kind"));
        }
        let bytes = other.bytes(vm);
        vm.check_memory(bytes.len())?;
        return of(this).change(vm, true, |memory| memory.extend_from_slice(&bytes));
    }
    let iterator = vm.iter(more)?;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        append(vm, this, &item)?;
    }
    Ok(())
}

pub(super) fn list(vm: &mut Vm, this: &Ref) -> PyResult {
    let (code, bytes) = (of(this).code.get(), of(this).bytes(vm));
    vm.charge(bytes.len() / code.size())?;
    let items = bytes
        .chunks_exact(code.size())
        .map(|item| code.unpack(vm, item))
        .collect();
    Ok(vm.new_list(items))
}

fn insert(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let array = of(&args[0]);
    let index = vm.index_isize(&args[1], "")?;
    let bytes = array.code.get().pack(vm, &args[2])?;
    let len = array.len(vm) as isize;
    let at = if index < 0 {
        (index + len).max(0)
    } else {
        index.min(len)
    };
    let place = at as usize * bytes.len();
    array.change(vm, true, |memory| drop(memory.splice(place..place, bytes)))?;
    Ok(Ref::none())
}

fn pop(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let array = of(&args[0]);
    let index = args
        .get(1)
        .map_or(Ok(-1), |index| vm.index_isize(index, ""))?;
    let len = array.len(vm) as isize;
    if len == 0 {
        return Err(vm.index_error("pop from empty array"));
    }
    let at = if index < 0 { index + len } else { index };
    if at < 0 || at >= len {
        return Err(vm.index_error("pop index out of range"));
    }
    let at = at as usize;
    let item = array.get(vm, at).unwrap_or_else(Ref::none);
    let size = array.code.get().size();
    array.change(vm, true, |memory| {
        drop(memory.drain(at * size..(at + 1) * size));
    })?;
    Ok(item)
}

/// Where a value is from one index to another.
fn find(
    vm: &mut Vm,
    this: &Ref,
    value: &Ref,
    start: usize,
    stop: usize,
) -> PyResult<Option<usize>> {
    let mut at = start;
    while at < stop.min(of(this).len(vm)) {
        vm.charge(1)?;
        if let Some(item) = of(this).get(vm, at)
            && vm.eq(&item, value)?
        {
            return Ok(Some(at));
        }
        at += 1;
    }
    Ok(None)
}

fn index(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let len = of(&args[0]).len(vm) as isize;
    let mut bounds = [0, len];
    for (bound, at) in bounds.iter_mut().zip([2, 3]) {
        if let Some(value) = args.get(at) {
            let value = vm.index_clamped(value)?;
            *bound = if value < 0 {
                value.saturating_add(len).max(0)
            } else {
                value
            };
        }
    }
    let [start, stop] = bounds;
    match find(vm, &args[0], &args[1], start as usize, stop as usize)? {
        Some(at) => Ok(vm.new_usize(at)),
        None => Err(vm.value_error("array.index(x): x not in array")),
    }
}

fn count(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (mut count, mut from) = (0, 0);
    while let Some(at) = find(vm, &args[0], &args[1], from, usize::MAX)? {
        count += 1;
        from = at + 1;
    }
    Ok(vm.new_usize(count))
}

fn remove(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let array = of(&args[0]);
    let Some(at) = find(vm, &args[0], &args[1], 0, usize::MAX)? else {
        return Err(vm.value_error("array.remove(x): x not in array"));
    };
    let size = array.code.get().size();
    array.change(vm, true, |memory| {
        drop(memory.drain(at * size..(at + 1) * size));
    })?;
    Ok(Ref::none())
}

/// Applies a change to each item's bytes, or to their order.
fn rearrange(
    vm: &mut Vm,
    args: Args<'_>,
    items: impl Fn(Vec<Vec<u8>>) -> Vec<Vec<u8>>,
) -> PyResult {
    let array = of(&args[0]);
    let size = array.code.get().size();
    array.change(vm, false, |memory| {
        let parts = memory.chunks_exact(size).map(<[u8]>::to_vec).collect();
        *memory = items(parts).concat();
    })?;
    Ok(Ref::none())
}

fn frombytes(vm: &mut Vm, this: &Ref, data: &Ref) -> PyResult<()> {
    if data.as_str().is_some() {
        return Err(vm.type_error("a bytes-like object is required, not 'str'"));
    }
    let bytes = vm.need_bytes(data)?;
    if bytes.len() % of(this).code.get().size() != 0 {
        return Err(vm.value_error("bytes length not a multiple of item size"));
    }
    vm.check_memory(bytes.len())?;
    of(this).change(vm, true, |memory| memory.extend_from_slice(&bytes))
}

fn fromfile(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let count = need_i64(vm, &args[2])?;
    let Ok(count) = usize::try_from(count) else {
        return Err(vm.value_error("negative count"));
    };
    let wanted = count.saturating_mul(of(&args[0]).code.get().size());
    let size = vm.new_usize(wanted);
    let data = vm.call_method(&args[1], "read", &[size])?;
    let Some(bytes) = vm.bytes_like(&data) else {
        return Err(vm.type_error("read() didn't return bytes"));
    };
    frombytes(vm, &args[0], &data)?;
    if bytes.len() != wanted {
        return Err(vm.eof_error("read() didn't return enough bytes"));
    }
    Ok(Ref::none())
}

fn fromlist(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(list) = args[1].downcast::<vitrine_vm::object::List>() else {
        return Err(vm.type_error("arg must be list"));
    };
    let items = list.items(vm).clone();
    let mut bytes = Vec::new();
    for item in &items {
        bytes.extend(of(&args[0]).code.get().pack(vm, item)?);
        if list.items(vm).len() != items.len() {
            return Err(vm.runtime_error("list changed size during iteration"));
        }
    }
    of(&args[0]).change(vm, true, |memory| memory.append(&mut bytes))?;
    Ok(Ref::none())
}

fn fromunicode(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if args[1].as_str().is_none() {
        let ty = vm.type_of(&args[1]).name();
        return Err(vm.type_error(format!("fromunicode() argument must be str, not {ty}")));
    }
    if !of(&args[0]).code.get().is_text() {
        return Err(
            vm.value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')")
        );
    }
    extend(vm, &args[0], &args[1])?;
    Ok(Ref::none())
}

fn tounicode(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if !of(&args[0]).code.get().is_text() {
        return Err(
            vm.value_error("tounicode() may only be called on unicode type arrays ('u' or 'w')")
        );
    }
    let bytes = of(&args[0]).bytes(vm);
    let mut text = StrBuilder::new();
    for item in bytes.chunks_exact(4) {
        text.push(u32::from_le_bytes([item[0], item[1], item[2], item[3]]));
    }
    Ok(vm.new_text(text.finish()))
}

fn copy(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let bytes = of(&args[0]).bytes(vm);
    plain(vm, of(&args[0]).code.get(), bytes)
}

/// The number of the format in which `_array_reconstructor` gets the bytes.
fn machine_format(code: Code) -> i32 {
    match (code.0, code.size()) {
        (b'u' | b'w', _) => 20,
        (b'f', _) => 14,
        (b'd', _) => 16,
        (b'B', _) => 0,
        (b'b', _) => 1,
        (_, 2) => 2 + i32::from(code.is_signed()) * 2,
        (_, 4) => 6 + i32::from(code.is_signed()) * 2,
        _ => 10 + i32::from(code.is_signed()) * 2,
    }
}

fn reduce_ex(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let protocol = need_i64(vm, &args[1])?;
    let array = of(&args[0]);
    let ty = vm.type_of(&args[0]).to_ref();
    let code = vm.new_str(&char::from(array.code.get().0).to_string());
    let state = match vm.instance_dict(&args[0]) {
        Some(dict) => dict,
        None => Ref::none(),
    };
    if protocol < 3 {
        let items = list(vm, &args[0])?;
        let given = vm.new_pair(code, items);
        return Ok(vm.new_tuple(vec![ty, given, state]));
    }
    let module = vm.import("array")?;
    let rebuild = vm.get_attr_str(&module, "_array_reconstructor")?;
    let bytes = array.bytes(vm);
    let bytes = vm.new_bytes(bytes);
    let format = Ref::small_int(machine_format(array.code.get()));
    let given = vm.new_tuple(vec![ty, code, format, bytes]);
    Ok(vm.new_tuple(vec![rebuild, given, state]))
}

/// Makes an array of bytes in another machine's format.
fn reconstruct(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(ty) = args[0].as_type() else {
        return Err(vm.type_error("first argument must be a type object, not instance"));
    };
    let array = vm.state::<State>().array.get();
    if !array.is_some_and(|array| ty.is_subtype(array)) {
        let name = ty.name();
        return Err(vm.type_error(format!("{name} is not a subtype of array.array")));
    }
    let code = code_argument(vm, &args[1])?;
    let format = need_i64(vm, &args[2])?;
    if !(0..=21).contains(&format) {
        return Err(vm.value_error("third argument must be a valid machine format code."));
    }
    if args[3].downcast::<vitrine_vm::object::Bytes>().is_none() {
        let name = vm.type_of(&args[3]).name();
        return Err(vm.type_error(format!("fourth argument should be bytes, not {name}")));
    }
    let mut bytes = vm.need_bytes(&args[3])?;
    let format = format as i32;
    let size = match format {
        0 | 1 => 1,
        2..=5 | 18 | 19 => 2,
        6..=9 | 14 | 15 | 20 | 21 => 4,
        _ => 8,
    };
    if bytes.len() % size != 0 {
        return Err(vm.value_error("string length not a multiple of item size"));
    }
    if format % 2 == 1 && format > 1 {
        for item in bytes.chunks_exact_mut(size) {
            item.reverse();
        }
    }
    let code_text = vm.new_str(&char::from(code.0).to_string());
    let class = args[0].clone();
    if format == machine_format(code) || format == machine_format(code) + 1 {
        let bytes = vm.new_bytes(bytes);
        return vm.call(&class, &[code_text, bytes]);
    }
    // Another size or sign: by the values.
    let signed = [b"bhiq", b"BHIQ"][usize::from(matches!(format, 0 | 2 | 3 | 6 | 7 | 10 | 11))];
    let from = match format {
        14 | 15 => Code(b'f'),
        16 | 17 => Code(b'd'),
        18..=21 => Code(b'w'),
        _ => Code(signed[size.trailing_zeros() as usize]),
    };
    let items = bytes
        .chunks_exact(from.size())
        .map(|item| from.unpack(vm, item))
        .collect();
    let items = vm.new_list(items);
    vm.call(&class, &[code_text, items])
}

pub(super) const FUNCTIONS: &[MethodDef] = &[MethodDef::new(
    "_array_reconstructor",
    "(arraytype, typecode, mformat_code, items, /)",
    "Internal. Used for pickling support.",
    reconstruct,
)];

pub(super) const ITERATOR_METHODS: &[MethodDef] = &[
    MethodDef::new(
        "__reduce__",
        "($self, /)",
        "Return state information for pickling.",
        |vm, args| {
            let iterator: &ArrayIterator = args.this();
            let builtins = vm.import("builtins")?;
            let iter = vm.get_attr_str(&builtins, "iter")?;
            match iterator.array.get() {
                Some(array) => {
                    let at = vm.new_usize(iterator.at.get());
                    let given = vm.new_tuple(vec![array]);
                    Ok(vm.new_tuple(vec![iter, given, at]))
                }
                None => {
                    let empty = vm.new_tuple(Vec::new());
                    let given = vm.new_tuple(vec![empty]);
                    Ok(vm.new_pair(iter, given))
                }
            }
        },
    ),
    MethodDef::new(
        "__setstate__",
        "($self, state, /)",
        "Set state information for unpickling.",
        |vm, args| {
            let at = vm.index_isize(&args[1], "")?.max(0);
            args.this::<ArrayIterator>().at.set(at as usize);
            Ok(Ref::none())
        },
    ),
];

pub(super) const METHODS: &[MethodDef] = &[
    MethodDef::new(
        "append",
        "($self, v, /)",
        "Append new value v to the end of the array.",
        |vm, args| append(vm, &args[0], &args[1]).map(|()| Ref::none()),
    ),
    MethodDef::new(
        "extend",
        "($self, bb, /)",
        "Append items to the end of the array.",
        |vm, args| extend(vm, &args[0], &args[1]).map(|()| Ref::none()),
    ),
    MethodDef::new(
        "insert",
        "($self, i, v, /)",
        "Insert a new item v into the array before position i.",
        insert,
    ),
    MethodDef::new(
        "pop",
        "($self, i=-1, /)",
        "Return the i-th element and delete it from the array.",
        pop,
    ),
    MethodDef::new(
        "index",
        "($self, v, start=0, stop=sys.maxsize, /)",
        "Return index of first occurrence of v in the array.",
        index,
    ),
    MethodDef::new(
        "count",
        "($self, v, /)",
        "Return number of occurrences of v in the array.",
        count,
    ),
    MethodDef::new(
        "remove",
        "($self, v, /)",
        "Remove the first occurrence of v in the array.",
        remove,
    ),
    MethodDef::new(
        "reverse",
        "($self, /)",
        "Reverse the order of the items in the array.",
        |vm, args| rearrange(vm, args, |items| items.into_iter().rev().collect()),
    ),
    MethodDef::new(
        "byteswap",
        "($self, /)",
        "Byteswap all items of the array.",
        |vm, args| {
            rearrange(vm, args, |items| {
                items
                    .into_iter()
                    .map(|item| item.into_iter().rev().collect())
                    .collect()
            })
        },
    ),
    MethodDef::new(
        "clear",
        "($self, /)",
        "Remove all items from the array.",
        |vm, args| {
            of(&args[0]).change(vm, true, Vec::clear)?;
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "tobytes",
        "($self, /)",
        "Convert the array to an array of machine values and return the bytes representation.",
        |vm, args| {
            let bytes = of(&args[0]).bytes(vm);
            Ok(vm.new_bytes(bytes))
        },
    ),
    MethodDef::new(
        "frombytes",
        "($self, buffer, /)",
        "Appends items from the string, interpreting it as an array of machine values.",
        |vm, args| frombytes(vm, &args[0], &args[1]).map(|()| Ref::none()),
    ),
    MethodDef::new(
        "tofile",
        "($self, f, /)",
        "Write all items (as machine values) to the file object f.",
        |vm, args| {
            let bytes = of(&args[0]).bytes(vm);
            let bytes = vm.new_bytes(bytes);
            vm.call_method(&args[1], "write", &[bytes])?;
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "fromfile",
        "($self, f, n, /)",
        "Read n objects from the file object f and append them to the end of the array.",
        fromfile,
    ),
    MethodDef::new(
        "tolist",
        "($self, /)",
        "Convert array to an ordinary list with the same items.",
        |vm, args| list(vm, &args[0]),
    ),
    MethodDef::new(
        "fromlist",
        "($self, list, /)",
        "Append items to array from list.",
        fromlist,
    ),
    MethodDef::new(
        "tounicode",
        "($self, /)",
        "Extends this array with data from the unicode string ustr.",
        tounicode,
    ),
    MethodDef::new(
        "fromunicode",
        "($self, ustr, /)",
        "Extends this array with data from the unicode string ustr.",
        fromunicode,
    ),
    MethodDef::new(
        "buffer_info",
        "($self, /)",
        "Return a tuple (address, length) giving the current memory address and the length in items of the buffer used to hold array's contents.",
        |vm, args| {
            let (address, len) = (args[0].id(), of(&args[0]).len(vm));
            let (address, len) = (vm.new_int(address), vm.new_usize(len));
            Ok(vm.new_pair(address, len))
        },
    ),
    MethodDef::new(
        "__copy__",
        "($self, /)",
        "Return a copy of the array.",
        copy,
    ),
    MethodDef::new(
        "__deepcopy__",
        "($self, unused, /)",
        "Return a copy of the array.",
        copy,
    ),
    MethodDef::new(
        "__reduce_ex__",
        "($self, value, /)",
        "Return state information for pickling.",
        reduce_ex,
    ),
    MethodDef::new(
        "__sizeof__",
        "($self, /)",
        "Size of the array in memory, in bytes.",
        |vm, args| {
            let len = of(&args[0]).bytes(vm).len();
            Ok(vm.new_usize(80 + len))
        },
    ),
    MethodDef::new(
        "__class_getitem__",
        "($type, item, /)",
        "See PEP 585",
        |vm, args| {
            let types = vm.import("types")?;
            let alias = vm.get_attr_str(&types, "GenericAlias")?;
            vm.call(&alias, &[args[0].clone(), args[1].clone()])
        },
    )
    .class(),
];

pub(super) const GETSET: &[GetSetDef] = &[
    GetSetDef::read_only(
        "typecode",
        "the typecode character used to create the array",
        |vm, this| {
            let code = of(this).code.get().0;
            Ok(vm.new_str(&char::from(code).to_string()))
        },
    ),
    GetSetDef::read_only(
        "itemsize",
        "the size, in bytes, of one array item",
        |vm, this| Ok(vm.new_usize(of(this).code.get().size())),
    ),
];
