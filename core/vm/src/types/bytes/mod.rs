//! `bytes`, and what it shares with `bytearray`.
#![forbid(unsafe_code)]

pub(crate) mod methods;

use std::borrow::Cow;

use crate::error::PyResult;
use crate::object::{Args, Buffer, Bytes, CompareOp, Ref, Slots, Ty, TypeDef};
use crate::text::repr::bytes_repr;
use crate::types::bytearray::ByteArray;
use crate::types::convert::{self, Subscript};
use crate::types::str;
use crate::vm::Vm;

/// The data of a `bytes`, or a copy of any other bytes-like object's.
pub(crate) fn data<'a>(vm: &Vm, value: &'a Ref) -> Cow<'a, [u8]> {
    match value.downcast::<Bytes>() {
        Some(bytes) => Cow::Borrowed(&bytes.data),
        None => Cow::Owned(convert::bytes_like(vm, value).unwrap_or_default()),
    }
}

/// The buffer of `bytes` and `bytearray`: they hold their own memory.
pub(crate) fn lend(_vm: &Vm, value: &Ref) -> Option<Buffer> {
    Some(Buffer {
        holder: value.clone(),
        format: b'B',
    })
}

/// A result of the receiver's kind: a method of `bytearray` gives a `bytearray`.
pub(crate) fn make(vm: &mut Vm, like: &Ref, bytes: Vec<u8>) -> Ref {
    if like.downcast::<ByteArray>().is_some() {
        return vm.new_object(vm.types.bytearray, ByteArray::new(bytes));
    }
    vm.new_bytes(bytes)
}

/// One byte of an iterable: an int from 0 to 255.
pub(crate) fn byte(vm: &mut Vm, value: &Ref, kind: &str) -> PyResult<u8> {
    let index = vm.index(value)?;
    match convert::int(&index).to_i64() {
        Some(byte @ 0..256) => Ok(byte as u8),
        _ => Err(vm.value_error(if kind == "byte" {
            "byte must be in range(0, 256)".to_owned()
        } else {
            format!("{kind} must be in range(0, 256)")
        })),
    }
}

/// What `bytes(x)` makes of an object that is neither int nor str.
pub(crate) fn from_object(vm: &mut Vm, value: &Ref) -> PyResult<Vec<u8>> {
    if let Some(bytes) = convert::bytes_like(vm, value) {
        return Ok(bytes);
    }
    if value.as_str().is_some()
        || vm
            .type_of(value)
            .slot(|slots| slots.iter.is_none() && slots.item.is_none() && slots.subscript.is_none())
    {
        let name = vm.type_of(value).name();
        return Err(vm.type_error(format!("cannot convert '{name}' object to bytes")));
    }
    from_iterable(vm, value, "bytes")
}

/// The bytes an iterable of ints gives.
pub(crate) fn from_iterable(vm: &mut Vm, value: &Ref, kind: &str) -> PyResult<Vec<u8>> {
    let kind = if kind == "bytearray" { "byte" } else { kind };
    let iterator = vm.iter(value)?;
    let mut bytes = Vec::new();
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        bytes.push(byte(vm, &item, kind)?);
    }
    Ok(bytes)
}

/// The bytes of `bytes(source, encoding, errors)` or `bytearray(...)`.
pub(crate) fn from_arguments(vm: &mut Vm, name: &str, bound: &[Option<Ref>]) -> PyResult<Vec<u8>> {
    let encoding = str::codec_name(vm, bound[1].as_ref(), name, "encoding")?;
    let errors = str::codec_name(vm, bound[2].as_ref(), name, "errors")?;
    let Some(source) = &bound[0] else {
        if encoding.is_some() || errors.is_some() {
            return Err(vm.type_error(if encoding.is_some() {
                "encoding without a string argument"
            } else {
                "errors without a string argument"
            }));
        }
        return Ok(Vec::new());
    };
    if source.as_str().is_some() {
        if encoding.is_none() {
            return Err(vm.type_error("string argument without an encoding"));
        }
        let encoded = str::encode(vm, source, encoding.as_deref(), errors.as_deref())?;
        return Ok(data(vm, &encoded).into_owned());
    }
    if encoding.is_some() || errors.is_some() {
        return Err(vm.type_error(if encoding.is_some() {
            "encoding without a string argument"
        } else {
            "errors without a string argument"
        }));
    }
    if name == "bytes"
        && let Some(method) = convert::special(vm, source, "__bytes__")?
    {
        let result = vm.call(&method, &[])?;
        return match result.downcast::<Bytes>() {
            Some(bytes) => Ok(bytes.data.to_vec()),
            None => {
                let ty = vm.type_of(&result).name();
                Err(vm.type_error(format!("__bytes__ returned non-bytes (type {ty})")))
            }
        };
    }
    if vm.type_of(source).slot(|slots| slots.index).is_some() {
        let index = vm.index(source)?;
        let Some(count) = convert::int(&index).to_i64() else {
            return Err(vm.overflow_error("cannot fit 'int' into an index-sized integer"));
        };
        let Ok(count) = usize::try_from(count) else {
            return Err(vm.value_error("negative count"));
        };
        vm.check_memory(count)?;
        return Ok(vec![0; count]);
    }
    match convert::bytes_like(vm, source) {
        Some(bytes) => Ok(bytes),
        None if vm
            .type_of(source)
            .slot(|slots| slots.iter.is_some() || slots.subscript.is_some()) =>
        {
            from_iterable(vm, source, name)
        }
        None => {
            let ty = vm.type_of(source).name();
            Err(vm.type_error(format!("cannot convert '{ty}' object to {name}")))
        }
    }
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let bound = convert::bind(
        vm,
        "bytes",
        "(source=b'', encoding='utf-8', errors='strict')",
        args,
    )?;
    if let Some(source) = &bound[0]
        && ty.is(vm.types.bytes)
        && vm.is_exact(source, ty)
        && bound[1].is_none()
        && bound[2].is_none()
    {
        return Ok(source.clone());
    }
    let bytes = from_arguments(vm, "bytes", &bound)?;
    if ty.is(vm.types.bytes) {
        return Ok(vm.new_bytes(bytes));
    }
    Ok(vm.new_object(
        ty,
        Bytes {
            data: bytes.into(),
            hash: std::cell::Cell::new(0),
        },
    ))
}

fn hash(_vm: &mut Vm, value: &Ref) -> PyResult<i64> {
    let bytes: &Bytes = value.payload();
    let known = bytes.hash.get();
    if known != 0 {
        return Ok(known);
    }
    let hash = crate::hash::hash_bytes(&bytes.data);
    bytes.hash.set(hash);
    Ok(hash)
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let text = bytes_repr(&data(vm, value));
    Ok(vm.new_str(&text))
}

/// Comparison of any two bytes-like objects.
pub(crate) fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    if let (Some(a), Some(b)) = (a.downcast::<Bytes>(), b.downcast::<Bytes>()) {
        return Ok(Ref::bool(op.holds(a.data.cmp(&b.data))));
    }
    match (convert::bytes_like(vm, a), convert::bytes_like(vm, b)) {
        (Some(a), Some(b)) => Ok(Ref::bool(op.holds(a.cmp(&b)))),
        _ => Ok(Ref::not_implemented()),
    }
}

/// `a + b`
pub(crate) fn concat(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let Some(right) = convert::bytes_like(vm, b) else {
        let (left, right) = (vm.type_of(a).name(), vm.type_of(b).name());
        return Err(vm.type_error(format!("can't concat {right} to {left}")));
    };
    let left = data(vm, a);
    vm.check_memory(left.len() + right.len())?;
    vm.charge((left.len() + right.len()) / 256)?;
    let joined = [&*left, &right].concat();
    Ok(make(vm, a, joined))
}

/// `a * count`
pub(crate) fn repeat(vm: &mut Vm, a: &Ref, count: isize) -> PyResult {
    let bytes = data(vm, a);
    let count = count.max(0) as usize;
    let Some(size) = bytes.len().checked_mul(count) else {
        return Err(vm.memory_error(""));
    };
    vm.check_memory(size)?;
    vm.charge(size / 256)?;
    let repeated = bytes.repeat(count);
    Ok(make(vm, a, repeated))
}

/// `b in a`: an int or bytes.
pub(crate) fn contains(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult<bool> {
    if vm.type_of(b).slot(|slots| slots.index).is_some() {
        let wanted = byte(vm, b, "byte")?;
        return Ok(data(vm, a).contains(&wanted));
    }
    let needle = convert::need_bytes(vm, b)?;
    Ok(crate::text::search::find(&data(vm, a), &needle).is_some())
}

/// `a[key]`
pub(crate) fn subscript(vm: &mut Vm, a: &Ref, key: &Ref) -> PyResult {
    let kind = if a.downcast::<ByteArray>().is_some() {
        "bytearray"
    } else {
        "byte"
    };
    let len = |vm: &Vm| match a.downcast::<Bytes>() {
        Some(bytes) => bytes.data.len(),
        None => a
            .downcast::<ByteArray>()
            .map_or(0, |array| array.data.get(vm).len()),
    };
    if vm.type_of(key).slot(|slots| slots.index).is_some() || key.as_small_int().is_some() {
        let index = vm.index_isize(key, "")?;
        let len = len(vm) as isize;
        let at = if index < 0 { index + len } else { index };
        if at < 0 || at >= len {
            let name = if kind == "byte" {
                "index out of range"
            } else {
                "bytearray index out of range"
            };
            return Err(vm.index_error(name));
        }
        let byte = match a.downcast::<Bytes>() {
            Some(bytes) => bytes.data[at as usize],
            None => a.payload::<ByteArray>().data.get(vm)[at as usize],
        };
        return Ok(Ref::small_int(byte.into()));
    }
    match convert::subscript(vm, key, kind, len)? {
        Subscript::Index(_) => Err(vm.index_error("index out of range")),
        Subscript::Slice(selection) => {
            let bytes = data(vm, a);
            if selection.count == bytes.len()
                && selection.step == 1
                && vm.is_exact(a, vm.types.bytes)
            {
                return Ok(a.clone());
            }
            vm.charge(selection.count / 256)?;
            let picked = if selection.step == 1 {
                bytes[selection.start as usize..selection.start as usize + selection.count].to_vec()
            } else {
                selection.positions().map(|at| bytes[at]).collect()
            };
            Ok(make(vm, a, picked))
        }
    }
}

/// `a % args`
pub(crate) fn remainder(vm: &mut Vm, a: &Ref, args: &Ref) -> PyResult {
    let Some(format) = convert::bytes_like(vm, a)
        .filter(|_| a.downcast::<Bytes>().is_some() || a.downcast::<ByteArray>().is_some())
    else {
        return Ok(Ref::not_implemented());
    };
    let format = crate::text::TextBuf::from_latin1(&format);
    let result = str::format_percent(vm, format.as_text(), args, str::Format::Bytes)?.finish();
    let bytes = result.as_text().code_points().map(|c| c as u8).collect();
    Ok(make(vm, a, bytes))
}

fn iterate(vm: &mut Vm, value: &Ref) -> PyResult {
    Ok(vm.new_object(
        vm.types.bytes_iterator,
        super::iterators::SequenceIter::new(value.clone()),
    ))
}

/// `bytes`
pub(crate) const BYTES: TypeDef = TypeDef {
    name: "bytes",
    doc: "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object\n\nConstruct an immutable array of bytes from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - any object implementing the buffer API.\n  - an integer",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        iter: Some(iterate),
        new: Some(new),
        length: Some(|_, value| Ok(value.payload::<Bytes>().data.len())),
        subscript: Some(subscript),
        contains: Some(contains),
        concat: Some(concat),
        repeat: Some(repeat),
        remainder: Some(remainder),
        buffer: Some(lend),
        ..Slots::EMPTY
    },
    methods: methods::BYTES_METHODS,
    ..TypeDef::EMPTY
};
