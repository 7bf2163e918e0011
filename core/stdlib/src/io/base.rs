//! The abstract classes: what every file can do by means of what it defines.
//!
//! They keep no native state: whether such a file is closed is an attribute of
//! the instance, as in CPython.

use vitrine_vm::object::{
    Args, GetSetDef, MethodDef, Payload, Ref, Slots, Ty, TypeDef, type_flags,
};
use vitrine_vm::{PyResult, Vm};

use super::{unsupported, what_is_closed};
use crate::native::size_argument;

pub(super) struct Base;

impl Payload for Base {
    const ATOMIC: bool = true;
}

/// What the types of this module share.
pub(super) const COMMON: TypeDef = TypeDef {
    module: "_io",
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::HAS_WEAKREF,
    ..TypeDef::EMPTY
};

pub(super) const IO_BASE: TypeDef = TypeDef {
    name: "_IOBase",
    doc: "The abstract base class for all I/O classes.",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        iter: Some(iter),
        iternext: Some(next),
        finalize: Some(finalize),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("seek", "($self, offset, whence=0, /)", "", |vm, _| {
            Err(unsupported(vm, "seek"))
        }),
        MethodDef::new("truncate", "($self, size=None, /)", "", |vm, _| {
            Err(unsupported(vm, "truncate"))
        }),
        MethodDef::new("fileno", "($self, /)", "", |vm, _| {
            Err(unsupported(vm, "fileno"))
        }),
        MethodDef::new(
            "tell",
            "($self, /)",
            "Return current stream position.",
            tell,
        ),
        MethodDef::new("flush", "($self, /)", "", flush),
        MethodDef::new(
            "close",
            "($self, /)",
            "Flush and close the IO object.",
            close,
        ),
        MethodDef::new("seekable", "($self, /)", "", no),
        MethodDef::new("readable", "($self, /)", "", no),
        MethodDef::new("writable", "($self, /)", "", no),
        MethodDef::new("isatty", "($self, /)", "", isatty),
        MethodDef::new(
            "_checkClosed",
            "($self, message=None, /)",
            "",
            check_closed_method,
        ),
        MethodDef::new("_checkSeekable", "($self, message=None, /)", "", |vm, a| {
            check_can(vm, &a[0], "seekable")
        }),
        MethodDef::new("_checkReadable", "($self, message=None, /)", "", |vm, a| {
            check_can(vm, &a[0], "readable")
        }),
        MethodDef::new("_checkWritable", "($self, message=None, /)", "", |vm, a| {
            check_can(vm, &a[0], "writable")
        }),
        MethodDef::new("__enter__", "($self, /)", "", enter),
        MethodDef::new("__exit__", "($self, /, *args)", "", exit),
        MethodDef::new(
            "readline",
            "($self, size=-1, /)",
            "Read and return a line from the stream.",
            readline,
        ),
        MethodDef::new(
            "readlines",
            "($self, hint=-1, /)",
            "Return a list of lines from the stream.",
            readlines,
        ),
        MethodDef::new(
            "writelines",
            "($self, lines, /)",
            "Write a list of lines to stream.",
            writelines,
        ),
    ],
    getset: &[GetSetDef::read_only("closed", "", |vm, this| {
        Ok(Ref::bool(own_closed(vm, this)?))
    })],
    ..COMMON
};

pub(super) const RAW_IO_BASE: TypeDef = TypeDef {
    name: "_RawIOBase",
    doc: "Base class for raw binary I/O.",
    methods: &[
        MethodDef::new("read", "($self, size=-1, /)", "", raw_read),
        MethodDef::new(
            "readall",
            "($self, /)",
            "Read until EOF, using multiple read() call.",
            raw_readall,
        ),
    ],
    ..COMMON
};

pub(super) const BUFFERED_IO_BASE: TypeDef = TypeDef {
    name: "_BufferedIOBase",
    doc: "Base class for buffered IO objects.",
    methods: &[
        MethodDef::new("detach", "($self, /)", "", |vm, _| {
            Err(unsupported(vm, "detach"))
        }),
        MethodDef::new("read", "($self, size=-1, /)", "", |vm, _| {
            Err(unsupported(vm, "read"))
        }),
        MethodDef::new("read1", "($self, size=-1, /)", "", |vm, _| {
            Err(unsupported(vm, "read1"))
        }),
        MethodDef::new("write", "($self, b, /)", "", |vm, _| {
            Err(unsupported(vm, "write"))
        }),
        MethodDef::new("readinto", "($self, buffer, /)", "", |vm, a| {
            read_into(vm, &a[0], "read", &a[1])
        }),
        MethodDef::new("readinto1", "($self, buffer, /)", "", |vm, a| {
            read_into(vm, &a[0], "read1", &a[1])
        }),
    ],
    ..COMMON
};

pub(super) const TEXT_IO_BASE: TypeDef = TypeDef {
    name: "_TextIOBase",
    doc: "Base class for text I/O.",
    methods: &[
        MethodDef::new("detach", "($self, /)", "", |vm, _| {
            Err(unsupported(vm, "detach"))
        }),
        MethodDef::new("read", "($self, size=-1, /)", "", |vm, _| {
            Err(unsupported(vm, "read"))
        }),
        MethodDef::new("readline", "($self, size=-1, /)", "", |vm, _| {
            Err(unsupported(vm, "readline"))
        }),
        MethodDef::new("write", "($self, s, /)", "", |vm, _| {
            Err(unsupported(vm, "write"))
        }),
    ],
    getset: &[
        GetSetDef::read_only("encoding", "", nothing),
        GetSetDef::read_only("newlines", "", nothing),
        GetSetDef::read_only("errors", "", nothing),
    ],
    ..COMMON
};

fn nothing(_: &mut Vm, _: &Ref) -> PyResult {
    Ok(Ref::none())
}

fn new(vm: &mut Vm, ty: Ty, _: Args<'_>) -> PyResult {
    Ok(vm.new_object(ty, Base))
}

fn init(_: &mut Vm, _: &Ref, _: Args<'_>) -> PyResult<()> {
    Ok(())
}

fn no(_: &mut Vm, _: Args<'_>) -> PyResult {
    Ok(Ref::bool(false))
}

fn own_closed(vm: &mut Vm, this: &Ref) -> PyResult<bool> {
    let name = vm.intern("__IOBase_closed");
    Ok(vm.instance_attr(this, &name)?.is_some())
}

/// Whether a file says it is closed.
pub(super) fn is_closed(vm: &mut Vm, this: &Ref) -> PyResult<bool> {
    let closed = vm.get_attr_str(this, "closed")?;
    vm.is_true(&closed)
}

/// Complains about a closed file.
pub(super) fn check_closed(vm: &mut Vm, this: &Ref) -> PyResult<()> {
    if is_closed(vm, this)? {
        return Err(what_is_closed(vm));
    }
    Ok(())
}

fn check_closed_method(vm: &mut Vm, args: Args<'_>) -> PyResult {
    check_closed(vm, &args[0])?;
    Ok(Ref::none())
}

fn check_can(vm: &mut Vm, this: &Ref, what: &str) -> PyResult {
    let answer = vm.call_method(this, what, &[])?;
    if answer.as_bool() == Some(true) {
        return Ok(answer);
    }
    Err(unsupported(vm, &format!("File or stream is not {what}.")))
}

fn tell(vm: &mut Vm, args: Args<'_>) -> PyResult {
    vm.call_method(&args[0], "seek", &[Ref::small_int(0), Ref::small_int(1)])
}

fn flush(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if own_closed(vm, &args[0])? {
        return Err(what_is_closed(vm));
    }
    Ok(Ref::none())
}

fn close(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if own_closed(vm, &args[0])? {
        return Ok(Ref::none());
    }
    let flushed = vm.call_method(&args[0], "flush", &[]);
    let name = vm.intern("__IOBase_closed");
    vm.set_attr(&args[0], &name, &Ref::bool(true))?;
    flushed.map(|_| Ref::none())
}

fn finalize(vm: &mut Vm, this: &Ref) -> PyResult<()> {
    if !is_closed(vm, this).unwrap_or(true) {
        // Errors of a file that nobody holds any more go nowhere.
        let _ = vm.call_method(this, "close", &[]);
    }
    Ok(())
}

fn isatty(vm: &mut Vm, args: Args<'_>) -> PyResult {
    check_closed(vm, &args[0])?;
    Ok(Ref::bool(false))
}

fn enter(vm: &mut Vm, args: Args<'_>) -> PyResult {
    check_closed(vm, &args[0])?;
    Ok(args[0].clone())
}

fn exit(vm: &mut Vm, args: Args<'_>) -> PyResult {
    vm.call_method(&args[0], "close", &[])?;
    Ok(Ref::none())
}

fn iter(vm: &mut Vm, this: &Ref) -> PyResult {
    check_closed(vm, this)?;
    Ok(this.clone())
}

fn next(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    vm.charge(1)?;
    let line = vm.call_method(this, "readline", &[])?;
    let length = vm.len(&line)?;
    Ok((length > 0).then_some(line))
}

/// A line, by reading byte after byte or as far as `peek` shows.
fn readline(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    let limit = size_argument(vm, args.get(1))?;
    let peek = vm.intern("peek");
    let peek = vm.lookup_attr(this, &peek)?;
    let mut line = Vec::new();
    while limit.is_none_or(|limit| line.len() < limit) {
        vm.charge(1)?;
        let mut count = 1;
        if let Some(peek) = &peek {
            let ahead = vm.call(peek, &[Ref::small_int(1)])?;
            if let Some(ahead) = vm.bytes_like(&ahead)
                && !ahead.is_empty()
            {
                count = ahead
                    .iter()
                    .position(|&b| b == b'\n')
                    .map_or(ahead.len(), |at| at + 1);
                if let Some(limit) = limit {
                    count = count.min(limit - line.len());
                }
            }
        }
        let count = vm.new_usize(count);
        let part = vm.call_method(this, "read", &[count])?;
        let Some(part) = vm.bytes_like(&part) else {
            let ty = vm.type_of(&part).name();
            let text = format!("read() should have returned a bytes object, not '{ty}'");
            return Err(vm.new_exc(vm.exc.OSError, text));
        };
        if part.is_empty() {
            break;
        }
        line.extend_from_slice(&part);
        if line.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(vm.new_bytes(line))
}

fn readlines(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let hint = size_argument(vm, args.get(1))?.filter(|&hint| hint > 0);
    let (mut lines, mut total) = (Vec::new(), 0);
    let iterator = vm.iter(&args[0])?;
    while let Some(line) = vm.next(&iterator)? {
        total += vm.len(&line)?;
        lines.push(line);
        if hint.is_some_and(|hint| total >= hint) {
            break;
        }
    }
    Ok(vm.new_list(lines))
}

fn writelines(vm: &mut Vm, args: Args<'_>) -> PyResult {
    check_closed(vm, &args[0])?;
    let this = args[0].clone();
    vm.for_each(&args[1], |vm, line| {
        vm.call_method(&this, "write", &[line]).map(drop)
    })?;
    Ok(Ref::none())
}

/// `read` by way of `readinto`.
fn raw_read(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(size) = size_argument(vm, args.get(1))? else {
        return vm.call_method(&args[0], "readall", &[]);
    };
    vm.check_memory(size)?;
    let size = vm.new_usize(size);
    let bytearray = vm.types.bytearray.to_ref();
    let buffer = vm.call(&bytearray, &[size])?;
    let count = vm.call_method(&args[0], "readinto", std::slice::from_ref(&buffer))?;
    if count.is_none() {
        return Ok(count);
    }
    let count = vm.index_isize(&count, "")?;
    let mut bytes = vm.need_bytes(&buffer)?;
    match usize::try_from(count) {
        Ok(count) if count <= bytes.len() => bytes.truncate(count),
        _ => {
            let text = format!(
                "readinto returned {count} outside buffer size {}",
                bytes.len()
            );
            return Err(vm.value_error(text));
        }
    }
    Ok(vm.new_bytes(bytes))
}

fn raw_readall(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let mut all = Vec::new();
    loop {
        vm.charge(1)?;
        let part = vm.call_method(&args[0], "read", &[Ref::small_int(super::BUFFER_SIZE)])?;
        if part.is_none() && all.is_empty() {
            return Ok(part);
        }
        if part.is_none() {
            break;
        }
        let part = vm.need_bytes(&part)?;
        if part.is_empty() {
            break;
        }
        all.extend_from_slice(&part);
        vm.check_memory(all.len())?;
    }
    Ok(vm.new_bytes(all))
}

/// Puts bytes at the beginning of a writable buffer; gives their number.
pub(super) fn store(vm: &mut Vm, buffer: &Ref, bytes: &[u8]) -> PyResult {
    let end = vm.new_usize(bytes.len());
    let place = vm.new_slice(Ref::small_int(0), end.clone(), Ref::none());
    let value = vm.new_bytes(bytes);
    vm.set_item(buffer, &place, &value)?;
    Ok(end)
}

/// The size of a buffer argument.
pub(super) fn buffer_len(vm: &mut Vm, buffer: &Ref) -> PyResult<usize> {
    if buffer.downcast::<vitrine_vm::object::Bytes>().is_some() || vm.bytes_like(buffer).is_none() {
        let ty = vm.type_of(buffer).name();
        return Err(vm.type_error(format!(
            "readinto() argument must be read-write bytes-like object, not {ty}"
        )));
    }
    Ok(vm.need_bytes(buffer)?.len())
}

fn read_into(vm: &mut Vm, this: &Ref, method: &str, buffer: &Ref) -> PyResult {
    let size = buffer_len(vm, buffer)?;
    let size = vm.new_usize(size);
    let bytes = vm.call_method(this, method, &[size])?;
    let bytes = vm.need_bytes(&bytes)?;
    store(vm, buffer, &bytes)
}
