//! `BytesIO`.

use std::cell::Cell;

use vitrine_vm::object::{
    Args, GetSetDef, Guarded, MethodDef, Payload, Ref, Signature, Slots, Ty, TypeDef,
};
use vitrine_vm::{PyResult, Vm};

use super::base::{COMMON, buffer_len, store};
use super::what_is_closed;
use crate::native::{Params, need_i64, params, size_argument};

#[derive(Default)]
struct Contents {
    data: Vec<u8>,
    at: usize,
}

pub(super) struct BytesIo {
    contents: Guarded<Contents>,
    closed: Cell<bool>,
}

impl Payload for BytesIo {
    const ATOMIC: bool = true;
}

pub(super) const BYTES_IO: TypeDef = TypeDef {
    name: "BytesIO",
    doc: "BytesIO(initial_bytes=b'')\n--\n\nBuffered I/O implementation using an in-memory bytes buffer.",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        iternext: Some(next),
        finalize: Some(|_, _| Ok(())),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("read", "($self, size=-1, /)", "", read),
        MethodDef::new("read1", "($self, size=-1, /)", "", read),
        MethodDef::new("readline", "($self, size=-1, /)", "", readline),
        MethodDef::new("readinto", "($self, buffer, /)", "", readinto),
        MethodDef::new("write", "($self, b, /)", "", write),
        MethodDef::new("seek", "($self, pos, whence=0, /)", "", seek),
        MethodDef::new("tell", "($self, /)", "", |vm, a| {
            let at = open(vm, &a[0])?.at;
            Ok(vm.new_usize(at))
        }),
        MethodDef::new("truncate", "($self, size=None, /)", "", truncate),
        MethodDef::new("getvalue", "($self, /)", "", |vm, a| {
            let data = open(vm, &a[0])?.data.clone();
            Ok(vm.new_bytes(data))
        }),
        MethodDef::new("getbuffer", "($self, /)", "", |vm, a| {
            // A copy: writing through the view does not change the file.
            let data = open(vm, &a[0])?.data.clone();
            let bytes = vm.new_bytes(data);
            let view = vm.types.memoryview.to_ref();
            vm.call(&view, &[bytes])
        }),
        MethodDef::new("readable", "($self, /)", "", yes),
        MethodDef::new("writable", "($self, /)", "", yes),
        MethodDef::new("seekable", "($self, /)", "", yes),
        MethodDef::new("isatty", "($self, /)", "", |vm, a| {
            open(vm, &a[0])?;
            Ok(Ref::bool(false))
        }),
        MethodDef::new("flush", "($self, /)", "", |vm, a| {
            open(vm, &a[0])?;
            Ok(Ref::none())
        }),
        MethodDef::new("close", "($self, /)", "", |vm, a| {
            let this = a.this::<BytesIo>();
            this.closed.set(true);
            this.contents.replace(vm, Contents::default());
            Ok(Ref::none())
        }),
    ],
    getset: &[GetSetDef::read_only("closed", "", |_, this| {
        Ok(Ref::bool(this.payload::<BytesIo>().closed.get()))
    })],
    ..COMMON
};

fn open<'a>(vm: &'a mut Vm, this: &'a Ref) -> PyResult<&'a mut Contents> {
    let file: &BytesIo = this.payload();
    if file.closed.get() {
        return Err(what_is_closed(vm));
    }
    Ok(file.contents.get_mut(vm))
}

fn new(vm: &mut Vm, ty: Ty, _: Args<'_>) -> PyResult {
    let file = BytesIo {
        contents: Guarded::new(Contents::default()),
        closed: Cell::new(false),
    };
    Ok(vm.new_object(ty, file))
}

fn init(vm: &mut Vm, this: &Ref, args: Args<'_>) -> PyResult<()> {
    static PARAMS: Params = params(|| Signature::parse("(initial_bytes=b'')"));
    let given = PARAMS.bind(vm, "BytesIO", args)?;
    let data = match given[0].as_ref().filter(|data| !data.is_none()) {
        Some(data) => vm.need_bytes(data)?,
        None => Vec::new(),
    };
    let file: &BytesIo = this.payload();
    file.closed.set(false);
    file.contents.replace(vm, Contents { data, at: 0 });
    Ok(())
}

fn yes(vm: &mut Vm, args: Args<'_>) -> PyResult {
    open(vm, &args[0])?;
    Ok(Ref::bool(true))
}

impl Contents {
    fn take(&mut self, count: Option<usize>) -> Vec<u8> {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let part = rest[..count.map_or(rest.len(), |count| count.min(rest.len()))].to_vec();
        self.at += part.len();
        part
    }

    fn line(&mut self, limit: Option<usize>) -> Vec<u8> {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let end = rest
            .iter()
            .position(|&b| b == b'\n')
            .map_or(rest.len(), |at| at + 1);
        self.take(Some(limit.map_or(end, |limit| end.min(limit))))
    }
}

fn read(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let size = size_argument(vm, args.get(1))?;
    let part = open(vm, &args[0])?.take(size);
    Ok(vm.new_bytes(part))
}

fn readline(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let size = size_argument(vm, args.get(1))?;
    let line = open(vm, &args[0])?.line(size);
    Ok(vm.new_bytes(line))
}

fn next(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let line = open(vm, this)?.line(None);
    Ok((!line.is_empty()).then(|| vm.new_bytes(line)))
}

fn readinto(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let size = buffer_len(vm, &args[1])?;
    let part = open(vm, &args[0])?.take(Some(size));
    store(vm, &args[1], &part)
}

fn write(vm: &mut Vm, args: Args<'_>) -> PyResult {
    open(vm, &args[0])?;
    let bytes = vm.need_bytes(&args[1])?;
    let at = open(vm, &args[0])?.at;
    vm.check_memory(at.saturating_add(bytes.len()))?;
    if !bytes.is_empty() {
        let contents = open(vm, &args[0])?;
        let end = at + bytes.len();
        if contents.data.len() < end {
            contents.data.resize(end, 0);
        }
        contents.data[at..end].copy_from_slice(&bytes);
        contents.at = end;
    }
    Ok(vm.new_usize(bytes.len()))
}

/// The place that `seek(offset, whence)` asks for.
pub(super) fn target(
    vm: &mut Vm,
    offset: i64,
    whence: i64,
    at: usize,
    end: usize,
) -> PyResult<usize> {
    let from = match whence {
        0 if offset < 0 => return Err(vm.value_error(format!("negative seek value {offset}"))),
        0 => 0,
        1 => at as i64,
        2 => end as i64,
        _ => {
            return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)")));
        }
    };
    match from.checked_add(offset) {
        Some(place) => Ok(usize::try_from(place).unwrap_or(0)),
        None => Err(vm.overflow_error("new position too large")),
    }
}

fn seek(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let offset = need_i64(vm, &args[1])?;
    let whence = match args.get(2) {
        Some(whence) => need_i64(vm, whence)?,
        None => 0,
    };
    let contents = open(vm, &args[0])?;
    let (at, end) = (contents.at, contents.data.len());
    let place = target(vm, offset, whence, at, end)?;
    open(vm, &args[0])?.at = place;
    Ok(vm.new_usize(place))
}

fn truncate(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let at = open(vm, &args[0])?.at;
    let size = match args.get_not_none(1) {
        Some(size) => match usize::try_from(need_i64(vm, size)?) {
            Ok(size) => size,
            Err(_) => {
                let size = need_i64(vm, size)?;
                return Err(vm.value_error(format!("negative size value {size}")));
            }
        },
        None => at,
    };
    open(vm, &args[0])?.data.truncate(size);
    Ok(vm.new_usize(size))
}
