//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`, `BufferedRWPair`.
//!
//! One payload serves all but the pair. At most one side holds something: what
//! was read ahead is given back, by a seek, before anything is written, and what
//! is to be written goes out before anything is read.

use std::cell::Cell;

use vitrine_vm::object::{
    Args, GetSetDef, Guarded, MethodDef, Payload, Ref, Signature, Slot, Slots, TypeDef, Visitor,
};
use vitrine_vm::{PyResult, Vm};

use super::base::{COMMON, buffer_len, check_closed, is_closed, store};
use super::file::{self, FileIo};
use super::{BUFFER_SIZE, unsupported};
use crate::native::{Params, need_i64, params, size_argument};

#[derive(Default)]
struct Ahead {
    data: Vec<u8>,
    at: usize,
    pending: Vec<u8>,
}

pub(super) struct Buffered {
    pub(super) raw: Slot,
    buffers: Guarded<Ahead>,
    size: Cell<usize>,
}

impl Payload for Buffered {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.raw.visit(visitor);
    }
}

const fn buffered(
    name: &'static str,
    init: fn(&mut Vm, &Ref, Args<'_>) -> PyResult<()>,
    methods: &'static [MethodDef],
) -> TypeDef {
    TypeDef {
        name,
        slots: Slots {
            new: Some(|vm, ty, _| {
                let file = Buffered {
                    raw: Slot::empty(),
                    buffers: Guarded::new(Ahead::default()),
                    size: Cell::new(BUFFER_SIZE as usize),
                };
                Ok(vm.new_object(ty, file))
            }),
            init: Some(init),
            repr: Some(repr),
            ..Slots::EMPTY
        },
        methods,
        getset: SHARED,
        ..COMMON
    }
}

pub(super) const READER: TypeDef = buffered(
    "BufferedReader",
    |vm, this, args| init(vm, this, args, "readable"),
    READING,
);
pub(super) const WRITER: TypeDef = buffered(
    "BufferedWriter",
    |vm, this, args| init(vm, this, args, "writable"),
    WRITING,
);
pub(super) const RANDOM: TypeDef = buffered(
    "BufferedRandom",
    |vm, this, args| init(vm, this, args, "seekable"),
    BOTH,
);

macro_rules! methods {
    ($($name:ident)*) => {
        &[$(methods!(@ $name)),*]
    };
    (@ read) => { MethodDef::new("read", "($self, size=-1, /)", "", read) };
    (@ read1) => { MethodDef::new("read1", "($self, size=-1, /)", "", read1) };
    (@ peek) => { MethodDef::new("peek", "($self, size=0, /)", "", peek) };
    (@ readline) => { MethodDef::new("readline", "($self, size=-1, /)", "", readline) };
    (@ readinto) => { MethodDef::new("readinto", "($self, buffer, /)", "", readinto) };
    (@ readinto1) => { MethodDef::new("readinto1", "($self, buffer, /)", "", readinto) };
    (@ write) => { MethodDef::new("write", "($self, buffer, /)", "", write) };
    (@ seek) => { MethodDef::new("seek", "($self, target, whence=0, /)", "", seek) };
    (@ tell) => { MethodDef::new("tell", "($self, /)", "", tell) };
    (@ truncate) => { MethodDef::new("truncate", "($self, pos=None, /)", "", truncate) };
    (@ flush) => { MethodDef::new("flush", "($self, /)", "", flush) };
    (@ close) => { MethodDef::new("close", "($self, /)", "", close) };
    (@ detach) => { MethodDef::new("detach", "($self, /)", "", detach) };
    (@ readable) => { MethodDef::new("readable", "($self, /)", "", |vm, a| ask(vm, &a[0], "readable")) };
    (@ writable) => { MethodDef::new("writable", "($self, /)", "", |vm, a| ask(vm, &a[0], "writable")) };
    (@ seekable) => { MethodDef::new("seekable", "($self, /)", "", |vm, a| ask(vm, &a[0], "seekable")) };
    (@ isatty) => { MethodDef::new("isatty", "($self, /)", "", |vm, a| ask(vm, &a[0], "isatty")) };
    (@ fileno) => { MethodDef::new("fileno", "($self, /)", "", |vm, a| ask(vm, &a[0], "fileno")) };
}

const READING: &[MethodDef] = methods!(read read1 peek readline readinto readinto1 seek tell truncate flush close detach readable seekable isatty fileno);
const WRITING: &[MethodDef] =
    methods!(write seek tell truncate flush close detach writable seekable isatty fileno);
const BOTH: &[MethodDef] = methods!(read read1 peek readline readinto readinto1 write seek tell truncate flush close detach readable writable seekable isatty fileno);

macro_rules! from_raw {
    ($name:literal) => {
        GetSetDef::read_only($name, "", |vm, this| {
            let raw = raw(vm, this)?;
            vm.get_attr_str(&raw, $name)
        })
    };
}

const SHARED: &[GetSetDef] = &[
    from_raw!("closed"),
    from_raw!("name"),
    from_raw!("mode"),
    GetSetDef::read_only("raw", "", |_, this| {
        Ok(this
            .payload::<Buffered>()
            .raw
            .get()
            .unwrap_or_else(Ref::none))
    }),
];

fn init(vm: &mut Vm, this: &Ref, args: Args<'_>, able: &str) -> PyResult<()> {
    static PARAMS: Params = params(|| Signature::parse("(raw, buffer_size=8192)"));
    let name = vm.type_of(this).name();
    let given = PARAMS.bind(vm, &name, args)?;
    let Some(raw) = &given[0] else {
        return Err(vm.type_error(format!("{name}() missing required argument 'raw' (pos 1)")));
    };
    let size = match &given[1] {
        Some(size) => need_i64(vm, size)?,
        None => i64::from(BUFFER_SIZE),
    };
    if size <= 0 {
        return Err(vm.value_error("buffer size must be strictly positive"));
    }
    let answer = vm.call_method(raw, able, &[])?;
    if !vm.is_true(&answer)? {
        return Err(unsupported(vm, &format!("File or stream is not {able}.")));
    }
    let payload: &Buffered = this.payload();
    payload.raw.set(Some(raw.clone()));
    payload.size.set(size as usize);
    Ok(())
}

/// A writer that holds nothing back, for the standard streams.
pub(super) fn direct(vm: &mut Vm, ty: vitrine_vm::Ty, raw: Ref) -> Ref {
    let payload = Buffered {
        raw: raw.into(),
        buffers: Guarded::new(Ahead::default()),
        size: Cell::new(0),
    };
    vm.new_object(ty, payload)
}

fn raw(vm: &mut Vm, this: &Ref) -> PyResult {
    match this.payload::<Buffered>().raw.get() {
        Some(raw) => Ok(raw),
        None => Err(vm.value_error("raw stream has been detached")),
    }
}

fn ask(vm: &mut Vm, this: &Ref, method: &str) -> PyResult {
    let raw = raw(vm, this)?;
    vm.call_method(&raw, method, &[])
}

fn repr(vm: &mut Vm, this: &Ref) -> PyResult {
    let ty = vm.type_of(this);
    let ty = vm.qualified_name(ty);
    let name = vm.names.name.clone();
    let text = match vm.lookup_attr(this, &name)? {
        Some(name) => format!("<{ty} name={}>", vm.repr_string(&name)?),
        None => format!("<{ty}>"),
    };
    Ok(vm.new_str(&text))
}

fn ahead<'a>(vm: &'a mut Vm, this: &'a Ref) -> &'a mut Ahead {
    this.payload::<Buffered>().buffers.get_mut(vm)
}

/// Reads from the raw file; nothing at the end, and where it would block.
fn raw_read(vm: &mut Vm, this: &Ref, size: Option<usize>) -> PyResult<Vec<u8>> {
    let raw = raw(vm, this)?;
    if raw.downcast::<FileIo>().is_some() {
        return file::read_bytes(vm, &raw, size);
    }
    let size = match size {
        Some(size) => vm.new_usize(size),
        None => Ref::small_int(-1),
    };
    let part = vm.call_method(&raw, "read", &[size])?;
    if part.is_none() {
        return Ok(Vec::new());
    }
    vm.need_bytes(&part)
}

/// Writes everything that is held back.
fn flush_pending(vm: &mut Vm, this: &Ref) -> PyResult<()> {
    let pending = std::mem::take(&mut ahead(vm, this).pending);
    if pending.is_empty() {
        return Ok(());
    }
    raw_write(vm, this, &pending)
}

fn raw_write(vm: &mut Vm, this: &Ref, bytes: &[u8]) -> PyResult<()> {
    let raw = raw(vm, this)?;
    if raw.downcast::<FileIo>().is_some() {
        return file::write_bytes(vm, &raw, bytes);
    }
    let mut rest = bytes;
    while !rest.is_empty() {
        vm.charge(1)?;
        let part = vm.new_bytes(rest);
        let count = vm.call_method(&raw, "write", &[part])?;
        if count.is_none() {
            return Err(vm.errno_error(11, "write could not complete without blocking", None));
        }
        let count = need_i64(vm, &count)?;
        match usize::try_from(count) {
            Ok(count) if (1..=rest.len()).contains(&count) => rest = &rest[count..],
            _ => {
                let text = format!(
                    "raw write() returned invalid length {count} (should have been between 0 and {})",
                    rest.len()
                );
                return Err(vm.new_exc(vm.exc.OSError, text));
            }
        }
    }
    Ok(())
}

/// Gives back what was read ahead.
fn give_back(vm: &mut Vm, this: &Ref) -> PyResult<()> {
    let buffers = ahead(vm, this);
    let left = buffers.data.len() - buffers.at;
    (buffers.data, buffers.at) = (Vec::new(), 0);
    if left > 0 {
        let raw = raw(vm, this)?;
        let back = vm.new_int(-(left as i64));
        vm.call_method(&raw, "seek", &[back, Ref::small_int(1)])?;
    }
    Ok(())
}

fn ready(vm: &mut Vm, this: &Ref, doing: &str) -> PyResult<()> {
    if is_closed(vm, this)? {
        return Err(vm.value_error(format!("{doing} of closed file")));
    }
    Ok(())
}

/// Takes what was read ahead, at most so much.
fn take(vm: &mut Vm, this: &Ref, size: usize) -> Vec<u8> {
    let buffers = ahead(vm, this);
    let end = buffers.at + size.min(buffers.data.len() - buffers.at);
    let part = buffers.data[buffers.at..end].to_vec();
    buffers.at = end;
    if end == buffers.data.len() {
        (buffers.data, buffers.at) = (Vec::new(), 0);
    }
    part
}

/// Reads a buffer more; nothing at the end.
fn fill(vm: &mut Vm, this: &Ref, at_least: usize) -> PyResult<usize> {
    let size = this.payload::<Buffered>().size.get().max(at_least);
    let part = raw_read(vm, this, Some(size))?;
    let buffers = ahead(vm, this);
    buffers.data.drain(..buffers.at);
    buffers.at = 0;
    buffers.data.extend_from_slice(&part);
    Ok(part.len())
}

fn read(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    ready(vm, this, "read")?;
    if let Some(size) = args.get_not_none(1)
        && vm.index_isize(size, "")? < -1
    {
        return Err(vm.value_error("read length must be non-negative or -1"));
    }
    flush_pending(vm, this)?;
    let Some(size) = size_argument(vm, args.get(1))? else {
        let mut all = take(vm, this, usize::MAX);
        all.extend(raw_read(vm, this, None)?);
        return Ok(vm.new_bytes(all));
    };
    let mut all = take(vm, this, size);
    while all.len() < size {
        if fill(vm, this, size - all.len())? == 0 {
            break;
        }
        all.extend(take(vm, this, size - all.len()));
    }
    Ok(vm.new_bytes(all))
}

fn read1(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    ready(vm, this, "read")?;
    flush_pending(vm, this)?;
    let size = size_argument(vm, args.get(1))?.unwrap_or(BUFFER_SIZE as usize);
    if size > 0 && ahead(vm, this).data.is_empty() {
        fill(vm, this, 0)?;
    }
    let part = take(vm, this, size);
    Ok(vm.new_bytes(part))
}

fn peek(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    ready(vm, this, "peek")?;
    flush_pending(vm, this)?;
    if ahead(vm, this).data.is_empty() {
        fill(vm, this, 0)?;
    }
    let buffers = ahead(vm, this);
    let rest = buffers.data[buffers.at..].to_vec();
    Ok(vm.new_bytes(rest))
}

fn readline(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    ready(vm, this, "readline")?;
    flush_pending(vm, this)?;
    let limit = size_argument(vm, args.get(1))?.unwrap_or(usize::MAX);
    let mut line = Vec::new();
    while line.len() < limit {
        vm.charge(1)?;
        let buffers = ahead(vm, this);
        let rest = &buffers.data[buffers.at..];
        if rest.is_empty() {
            if fill(vm, this, 0)? == 0 {
                break;
            }
            continue;
        }
        let end = rest
            .iter()
            .position(|&b| b == b'\n')
            .map_or(rest.len(), |at| at + 1);
        line.extend(take(vm, this, end.min(limit - line.len())));
        if line.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(vm.new_bytes(line))
}

fn readinto(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let size = buffer_len(vm, &args[1])?;
    let size = vm.new_usize(size);
    let part = vm.call_method(&args[0], "read", &[size])?;
    let part = vm.need_bytes(&part)?;
    store(vm, &args[1], &part)
}

fn write(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    if args[1].as_str().is_some() {
        return Err(vm.type_error("a bytes-like object is required, not 'str'"));
    }
    let bytes = vm.need_bytes(&args[1])?;
    ready(vm, this, "write")?;
    give_back(vm, this)?;
    write_bytes(vm, this, &bytes)?;
    Ok(vm.new_usize(bytes.len()))
}

fn write_bytes(vm: &mut Vm, this: &Ref, bytes: &[u8]) -> PyResult<()> {
    let size = this.payload::<Buffered>().size.get();
    if ahead(vm, this).pending.len() + bytes.len() > size {
        flush_pending(vm, this)?;
        if bytes.len() >= size {
            return raw_write(vm, this, bytes);
        }
    }
    ahead(vm, this).pending.extend_from_slice(bytes);
    Ok(())
}

fn seek(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    ready(vm, this, "seek")?;
    flush_pending(vm, this)?;
    give_back(vm, this)?;
    let raw = raw(vm, this)?;
    let whence = args.get(2).cloned().unwrap_or_else(|| Ref::small_int(0));
    vm.call_method(&raw, "seek", &[args[1].clone(), whence])
}

fn tell(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    let raw = raw(vm, this)?;
    let at = vm.call_method(&raw, "tell", &[])?;
    let at = need_i64(vm, &at)?;
    let buffers = ahead(vm, this);
    let left = (buffers.data.len() - buffers.at) as i64;
    let pending = buffers.pending.len() as i64;
    Ok(vm.new_int(at - left + pending))
}

fn truncate(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    ready(vm, this, "truncate")?;
    flush_pending(vm, this)?;
    let size = match args.get_not_none(1) {
        Some(size) => size.clone(),
        None => vm.call_method(this, "tell", &[])?,
    };
    let raw = raw(vm, this)?;
    vm.call_method(&raw, "truncate", &[size])
}

fn flush(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    check_closed(vm, this)?;
    flush_pending(vm, this)?;
    ask(vm, this, "flush")
}

fn close(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    let Some(raw) = this.payload::<Buffered>().raw.get() else {
        return Ok(Ref::none());
    };
    if is_closed(vm, &raw)? {
        return Ok(Ref::none());
    }
    let flushed = vm.call_method(this, "flush", &[]);
    let closed = vm.call_method(&raw, "close", &[]);
    flushed.and(closed)
}

fn detach(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    let raw = raw(vm, this)?;
    vm.call_method(this, "flush", &[])?;
    this.payload::<Buffered>().raw.set(None);
    Ok(raw)
}

struct Pair {
    reader: Slot,
    writer: Slot,
}

impl Payload for Pair {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.reader.visit(visitor);
        self.writer.visit(visitor);
    }
}

macro_rules! passed_on {
    ($($name:literal $side:ident),*) => {
        &[$(MethodDef::new($name, "", "", |vm, a| {
            let side = a.this::<Pair>().$side.get();
            pass_on(vm, side, $name, a)
        })),*, MethodDef::new("isatty", "($self, /)", "", |_, _| Ok(Ref::bool(false)))]
    };
}

pub(super) const PAIR: TypeDef = TypeDef {
    name: "BufferedRWPair",
    slots: Slots {
        new: Some(|vm, ty, _| {
            let pair = Pair {
                reader: Slot::empty(),
                writer: Slot::empty(),
            };
            Ok(vm.new_object(ty, pair))
        }),
        init: Some(pair_init),
        ..Slots::EMPTY
    },
    methods: passed_on!(
        "read" reader, "read1" reader, "peek" reader, "readinto" reader, "readinto1" reader,
        "readable" reader, "write" writer, "flush" writer, "writable" writer, "close" writer
    ),
    getset: &[GetSetDef::read_only("closed", "", |vm, this| {
        match this.payload::<Pair>().writer.get() {
            Some(writer) => vm.get_attr_str(&writer, "closed"),
            None => Ok(Ref::bool(false)),
        }
    })],
    ..COMMON
};

fn pass_on(vm: &mut Vm, side: Option<Ref>, name: &str, args: Args<'_>) -> PyResult {
    match side {
        Some(side) => vm.call_method(&side, name, &args.positional()[1..]),
        None => Err(vm.value_error("I/O operation on uninitialized object")),
    }
}

fn pair_init(vm: &mut Vm, this: &Ref, args: Args<'_>) -> PyResult<()> {
    static PARAMS: Params = params(|| Signature::parse("(reader, writer, buffer_size=8192, /)"));
    let given = PARAMS.bind(vm, "BufferedRWPair", args)?;
    let types = super::types(vm);
    let pair: &Pair = this.payload();
    if let Some(reader) = &given[0] {
        let reader = vm.call(&types.reader.to_ref(), std::slice::from_ref(reader))?;
        pair.reader.set(Some(reader));
    }
    if let Some(writer) = &given[1] {
        let writer = vm.call(&types.writer.to_ref(), std::slice::from_ref(writer))?;
        pair.writer.set(Some(writer));
    }
    Ok(())
}
