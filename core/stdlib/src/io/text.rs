//! `TextIOWrapper`.
//!
//! Encodings the machine knows are converted here; for others, and those whose
//! first bytes say how to read the rest, the `codecs` module makes the decoder.

use std::cell::Cell;

use vitrine_vm::object::{
    Args, GetSetDef, Guarded, MethodDef, Payload, Ref, Signature, Slot, Slots, Ty, TypeDef, Visitor,
};
use vitrine_vm::text::{Text, TextBuf};
use vitrine_vm::{PyResult, Vm};

use super::base::{COMMON, is_closed};
use super::newlines::{self, Newlines};
use super::{BUFFER_SIZE, unsupported, what_is_closed};
use crate::native::{Params, need_i64, optional_text, params, size_argument};

struct Inner {
    encoding: String,
    errors: String,
    newlines: Newlines,
    /// Decoded and not yet read from `at` on.
    decoded: TextBuf,
    at: usize,
    /// The bytes `decoded` came from, and where they begin in the buffer.
    chunk: Vec<u8>,
    /// Bytes of a character, or a `\r`, whose rest is still to come.
    undecoded: Vec<u8>,
    /// Encoded, to be written.
    pending: Vec<u8>,
    end: bool,
}

pub(super) struct TextIo {
    buffer: Slot,
    decoder: Slot,
    inner: Guarded<Inner>,
    line_buffering: Cell<bool>,
    write_through: Cell<bool>,
    /// The standard stream all text goes to at once.
    direct: Cell<Option<u8>>,
}

impl Payload for TextIo {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.buffer.visit(visitor);
        self.decoder.visit(visitor);
    }
}

impl TextIo {
    fn new() -> Self {
        Self {
            buffer: Slot::empty(),
            decoder: Slot::empty(),
            inner: Guarded::new(Inner {
                encoding: "utf-8".to_owned(),
                errors: "strict".to_owned(),
                newlines: Newlines::default(),
                decoded: TextBuf::empty(),
                at: 0,
                chunk: Vec::new(),
                undecoded: Vec::new(),
                pending: Vec::new(),
                end: false,
            }),
            line_buffering: Cell::new(false),
            write_through: Cell::new(false),
            direct: Cell::new(None),
        }
    }
}

pub(super) const TEXT_IO_WRAPPER: TypeDef = TypeDef {
    name: "TextIOWrapper",
    doc: "TextIOWrapper(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)\n--\n\nCharacter and line based layer over a BufferedIOBase object, buffer.",
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_object(ty, TextIo::new()))),
        init: Some(init),
        repr: Some(repr),
        iternext: Some(next),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("read", "($self, size=-1, /)", "", read),
        MethodDef::new("readline", "($self, size=-1, /)", "", readline),
        MethodDef::new("write", "($self, text, /)", "", write),
        MethodDef::new("flush", "($self, /)", "", flush),
        MethodDef::new("close", "($self, /)", "", close),
        MethodDef::new("detach", "($self, /)", "", detach),
        MethodDef::new(
            "reconfigure",
            "($self, /, *, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)",
            "",
            reconfigure,
        ),
        MethodDef::new("seek", "($self, cookie, whence=0, /)", "", seek),
        MethodDef::new("tell", "($self, /)", "", tell),
        MethodDef::new("truncate", "($self, pos=None, /)", "", truncate),
        MethodDef::new("readable", "($self, /)", "", |vm, a| {
            ask(vm, &a[0], "readable")
        }),
        MethodDef::new("writable", "($self, /)", "", |vm, a| {
            ask(vm, &a[0], "writable")
        }),
        MethodDef::new("seekable", "($self, /)", "", |vm, a| {
            ask(vm, &a[0], "seekable")
        }),
        MethodDef::new("isatty", "($self, /)", "", |vm, a| ask(vm, &a[0], "isatty")),
        MethodDef::new("fileno", "($self, /)", "", |vm, a| ask(vm, &a[0], "fileno")),
    ],
    getset: &[
        GetSetDef::read_only("closed", "", |vm, this| {
            let buffer = buffer(vm, this)?;
            vm.get_attr_str(&buffer, "closed")
        }),
        GetSetDef::read_only("name", "", |vm, this| {
            let buffer = buffer(vm, this)?;
            vm.get_attr_str(&buffer, "name")
        }),
        GetSetDef::read_only("buffer", "", |_, this| {
            Ok(this
                .payload::<TextIo>()
                .buffer
                .get()
                .unwrap_or_else(Ref::none))
        }),
        GetSetDef::read_only("encoding", "", |vm, this| {
            let text = inner(vm, this).encoding.clone();
            Ok(vm.new_str(&text))
        }),
        GetSetDef::read_only("errors", "", |vm, this| {
            let text = inner(vm, this).errors.clone();
            Ok(vm.new_str(&text))
        }),
        GetSetDef::read_only("newlines", "", |vm, this| {
            let seen = inner(vm, this).newlines.seen;
            Ok(Newlines::seen_value(seen, vm))
        }),
        GetSetDef::read_only("line_buffering", "", |_, this| {
            Ok(Ref::bool(this.payload::<TextIo>().line_buffering.get()))
        }),
        GetSetDef::read_only("write_through", "", |_, this| {
            Ok(Ref::bool(this.payload::<TextIo>().write_through.get()))
        }),
    ],
    ..COMMON
};

/// A standard stream over its binary file.
pub(super) fn standard(vm: &mut Vm, ty: Ty, buffer: Ref, fd: u8) -> Ref {
    let payload = TextIo::new();
    payload.buffer.set(Some(buffer));
    payload.line_buffering.set(fd == 2);
    payload.direct.set((fd != 0).then_some(fd));
    let inner = payload.inner.get_mut(vm);
    if fd == 2 {
        inner.errors = "backslashreplace".to_owned();
    }
    inner.newlines = Newlines {
        universal: fd == 0,
        translate: fd == 0,
        ..Newlines::default()
    };
    vm.new_object(ty, payload)
}

fn inner<'a>(vm: &'a mut Vm, this: &'a Ref) -> &'a mut Inner {
    this.payload::<TextIo>().inner.get_mut(vm)
}

fn buffer(vm: &mut Vm, this: &Ref) -> PyResult {
    match this.payload::<TextIo>().buffer.get() {
        Some(buffer) => Ok(buffer),
        None => Err(vm.value_error("underlying buffer has been detached")),
    }
}

/// The buffer of an open file.
fn open_buffer(vm: &mut Vm, this: &Ref) -> PyResult {
    let buffer = buffer(vm, this)?;
    if is_closed(vm, &buffer)? {
        return Err(what_is_closed(vm));
    }
    Ok(buffer)
}

fn ask(vm: &mut Vm, this: &Ref, method: &str) -> PyResult {
    let buffer = buffer(vm, this)?;
    vm.call_method(&buffer, method, &[])
}

fn init(vm: &mut Vm, this: &Ref, args: Args<'_>) -> PyResult<()> {
    static PARAMS: Params = params(|| {
        Signature::parse(
            "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)",
        )
    });
    let given = PARAMS.bind(vm, "TextIOWrapper", args)?;
    let Some(buffer) = &given[0] else {
        return Err(vm.type_error("TextIOWrapper() missing required argument 'buffer' (pos 1)"));
    };
    let encoding = encoding_argument(vm, given[1].as_ref())?;
    let errors = optional_text(vm, given[2].as_ref(), "TextIOWrapper() argument 'errors'")?;
    let newlines = Newlines::from_argument(vm, given[3].as_ref())?;
    let flag = |vm: &mut Vm, value: &Option<Ref>| match value {
        Some(value) => vm.is_true(value),
        None => Ok(false),
    };
    let (line_buffering, write_through) = (flag(vm, &given[4])?, flag(vm, &given[5])?);
    let file: &TextIo = this.payload();
    file.buffer.set(Some(buffer.clone()));
    file.line_buffering.set(line_buffering);
    file.write_through.set(write_through);
    let inner = inner(vm, this);
    inner.encoding = encoding;
    inner.errors = errors.unwrap_or_else(|| "strict".to_owned());
    inner.newlines = newlines;
    Ok(())
}

fn encoding_argument(vm: &mut Vm, value: Option<&Ref>) -> PyResult<String> {
    let name = optional_text(vm, value, "TextIOWrapper() argument 'encoding'")?;
    let name = match name {
        Some(name) if name != "locale" => name,
        _ => return Ok("utf-8".to_owned()),
    };
    if name.contains('\0') {
        return Err(vm.value_error("embedded null character"));
    }
    if vm.native_encoding(&name).is_none() {
        // Complains about names that nobody knows.
        let import = vm.intern("__import__");
        let builtins = vm.builtins.clone();
        if let Some(import) = vm.dict_get(&builtins, &import)? {
            let codecs = vm.new_str("codecs");
            let codecs = vm.call(&import, &[codecs])?;
            let name = vm.new_str(&name);
            vm.call_method(&codecs, "lookup", &[name])?;
        }
    }
    Ok(name)
}

fn repr(vm: &mut Vm, this: &Ref) -> PyResult {
    let encoding = inner(vm, this).encoding.clone();
    let mut text = "<_io.TextIOWrapper".to_owned();
    for key in ["name", "mode"] {
        let name = vm.intern(key);
        if let Some(value) = vm.lookup_attr(this, &name)? {
            text += &format!(" {key}={}", vm.repr_string(&value)?);
        }
    }
    Ok(vm.new_str(&format!("{text} encoding='{encoding}'>")))
}

fn write(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (this, value) = (&args[0], &args[1]);
    let Some(text) = value.as_str() else {
        let ty = vm.type_of(value).name();
        return Err(vm.type_error(format!("write() argument must be str, not {ty}")));
    };
    let len = text.len();
    let file: &TextIo = this.payload();
    if let (Some(stream), Some(ascii)) = (file.direct.get(), text.as_ascii()) {
        return match vm.host.write(stream, ascii.as_bytes()) {
            Ok(()) => Ok(vm.new_usize(len)),
            Err(error) => Err(vm.host_error(&error, None)),
        };
    }
    let buffer = open_buffer(vm, this)?;
    let view = inner(vm, this);
    let (encoding, errors) = (view.encoding.clone(), view.errors.clone());
    let changed = view
        .newlines
        .written()
        .and_then(|newline| newlines::write(text.text(), newline));
    let value = match changed {
        Some(changed) => vm.new_text(changed),
        None => value.clone(),
    };
    let bytes = vm.encode_text(&value, &encoding, &errors)?;
    let bytes = vm.need_bytes(&bytes)?;
    if let Some(stream) = file.direct.get() {
        return match vm.host.write(stream, &bytes) {
            Ok(()) => Ok(vm.new_usize(len)),
            Err(error) => Err(vm.host_error(&error, None)),
        };
    }
    forget_read(vm, this, &buffer)?;
    let has_line = bytes.contains(&b'\n') || bytes.contains(&b'\r');
    let inner = inner(vm, this);
    inner.pending.extend_from_slice(&bytes);
    if inner.pending.len() >= BUFFER_SIZE as usize || file.write_through.get() {
        write_pending(vm, this, &buffer)?;
    }
    if file.line_buffering.get() && has_line {
        write_pending(vm, this, &buffer)?;
        vm.call_method(&buffer, "flush", &[])?;
    }
    Ok(vm.new_usize(len))
}

/// Goes back to where reading stood, before writing.
fn forget_read(vm: &mut Vm, this: &Ref, buffer: &Ref) -> PyResult<()> {
    let inner_ = inner(vm, this);
    if inner_.decoded.is_empty() && inner_.chunk.is_empty() {
        return Ok(());
    }
    if inner_.at < inner_.decoded.len() {
        let at = position(vm, this, buffer)?;
        vm.call_method(buffer, "seek", &[at])?;
    }
    reset(vm, this);
    Ok(())
}

fn reset(vm: &mut Vm, this: &Ref) {
    this.payload::<TextIo>().decoder.set(None);
    let inner = inner(vm, this);
    inner.decoded = TextBuf::empty();
    inner.at = 0;
    inner.chunk.clear();
    inner.undecoded.clear();
    inner.end = false;
}

fn write_pending(vm: &mut Vm, this: &Ref, buffer: &Ref) -> PyResult<()> {
    let pending = std::mem::take(&mut inner(vm, this).pending);
    if pending.is_empty() {
        return Ok(());
    }
    let pending = vm.new_bytes(pending);
    vm.call_method(buffer, "write", &[pending]).map(drop)
}

fn flush(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let buffer = open_buffer(vm, &args[0])?;
    write_pending(vm, &args[0], &buffer)?;
    vm.call_method(&buffer, "flush", &[])
}

fn close(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(buffer) = args.this::<TextIo>().buffer.get() else {
        return Ok(Ref::none());
    };
    if is_closed(vm, &buffer)? {
        return Ok(Ref::none());
    }
    let flushed = vm.call_method(&args[0], "flush", &[]);
    let closed = vm.call_method(&buffer, "close", &[]);
    args.this::<TextIo>().direct.set(None);
    flushed.and(closed)
}

fn detach(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let buffer = buffer(vm, &args[0])?;
    vm.call_method(&args[0], "flush", &[])?;
    let file = args.this::<TextIo>();
    file.buffer.set(None);
    file.direct.set(None);
    Ok(buffer)
}

fn reconfigure(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    let changes = [1, 2, 3].iter().any(|&at| args.get(at).is_some());
    if changes && !inner(vm, this).decoded.is_empty() {
        return Err(unsupported(
            vm,
            "It is not possible to set the encoding or newline of stream after the first read",
        ));
    }
    vm.call_method(this, "flush", &[])?;
    if let Some(encoding) = args.get_not_none(1) {
        let encoding = encoding_argument(vm, Some(encoding))?;
        let inner = inner(vm, this);
        inner.encoding = encoding;
        if args.get_not_none(2).is_none() {
            inner.errors = "strict".to_owned();
        }
    }
    if let Some(errors) = optional_text(vm, args.get(2), "reconfigure() argument 'errors'")? {
        inner(vm, this).errors = errors;
    }
    if let Some(newline) = args.get(3) {
        inner(vm, this).newlines = Newlines::from_argument(vm, Some(newline))?;
    }
    let file = args.this::<TextIo>();
    for (value, cell) in [
        (args.get_not_none(4), &file.line_buffering),
        (args.get_not_none(5), &file.write_through),
    ] {
        if let Some(value) = value {
            cell.set(vm.is_true(value)?);
        }
    }
    // The quick way is for the usual settings only.
    let inner = inner(vm, this);
    if inner.encoding != "utf-8" || inner.newlines.written().is_some() {
        file.direct.set(None);
    }
    Ok(Ref::none())
}

/// Whether the bytes of a text in this encoding stand for themselves anywhere.
fn stateless(vm: &Vm, encoding: &str) -> bool {
    matches!(
        vm.native_encoding(encoding),
        Some("utf-8" | "ascii" | "latin-1")
    )
}

/// Decodes more, everything if `all`; false at the end.
fn fill(vm: &mut Vm, this: &Ref, all: bool) -> PyResult<bool> {
    let buffer = buffer(vm, this)?;
    if inner(vm, this).end && !all {
        return Ok(false);
    }
    let read1 = vm.intern("read1");
    let part = if all {
        vm.call_method(&buffer, "read", &[])?
    } else if let Some(read1) = vm.lookup_attr(&buffer, &read1)? {
        vm.call(&read1, &[Ref::small_int(BUFFER_SIZE)])?
    } else {
        vm.call_method(&buffer, "read", &[Ref::small_int(BUFFER_SIZE)])?
    };
    let Some(part) = vm.bytes_like(&part) else {
        let ty = vm.type_of(&part).name();
        return Err(vm.type_error(format!(
            "underlying read() should have returned a bytes-like object, not '{ty}'"
        )));
    };
    let last = all || part.is_empty();
    let inner_ = inner(vm, this);
    inner_.end = part.is_empty();
    let (encoding, errors, mode) = (
        inner_.encoding.clone(),
        inner_.errors.clone(),
        inner_.newlines,
    );
    let mut bytes = std::mem::take(&mut inner_.undecoded);
    bytes.extend_from_slice(&part);
    let (text, used) = if stateless(vm, &encoding) {
        vm.decode_partial(&bytes, &encoding, &errors, last)?
    } else {
        let text = decode_by_codec(vm, this, &encoding, &errors, &bytes, last)?;
        (text, bytes.len())
    };
    let (mut text, mut used) = (text, used);
    // A `\r` at the end may be half of a line end.
    if mode.universal
        && !last
        && text.as_text().get(text.len().wrapping_sub(1)) == Some(0x0D)
        && stateless(vm, &encoding)
    {
        text = text.as_text().substring(0, text.len() - 1);
        used -= 1;
    }
    if mode.universal {
        let mut seen = mode.seen;
        text = newlines::read(text, mode.translate, &mut seen);
        inner(vm, this).newlines.seen = seen;
    }
    let inner = inner(vm, this);
    let left = inner
        .decoded
        .as_text()
        .substring(inner.at, inner.decoded.len());
    inner.undecoded = bytes.split_off(used);
    if left.is_empty() {
        inner.chunk = bytes;
        inner.decoded = text;
    } else {
        // What is left stays; its bytes are found by encoding it again in `tell`.
        let consumed = byte_length(&inner.chunk, inner.at, &encoding, &mode);
        inner.chunk.drain(..consumed);
        inner.chunk.extend_from_slice(&bytes);
        inner.decoded = left.as_text().concat(text.as_text());
    }
    inner.at = 0;
    Ok(!last || !inner.decoded.is_empty())
}

fn decode_by_codec(
    vm: &mut Vm,
    this: &Ref,
    encoding: &str,
    errors: &str,
    bytes: &[u8],
    last: bool,
) -> PyResult<TextBuf> {
    let decoder = match this.payload::<TextIo>().decoder.get() {
        Some(decoder) => decoder,
        None => {
            let import = vm.intern("__import__");
            let builtins = vm.builtins.clone();
            let Some(import) = vm.dict_get(&builtins, &import)? else {
                return Err(vm.lookup_error(format!("unknown encoding: {encoding}")));
            };
            let codecs = vm.new_str("codecs");
            let codecs = vm.call(&import, &[codecs])?;
            let (encoding, errors) = (vm.new_str(encoding), vm.new_str(errors));
            let class = vm.call_method(&codecs, "getincrementaldecoder", &[encoding])?;
            let decoder = vm.call(&class, &[errors])?;
            this.payload::<TextIo>().decoder.set(Some(decoder.clone()));
            decoder
        }
    };
    let bytes = vm.new_bytes(bytes);
    let text = vm.call_method(&decoder, "decode", &[bytes, Ref::bool(last)])?;
    match text.as_str() {
        Some(text) => Ok(text.text().to_buf()),
        None => {
            let ty = vm.type_of(&text).name();
            Err(vm.type_error(format!("decoder should return a string result, not '{ty}'")))
        }
    }
}

/// How many bytes of a chunk the first `count` characters came from.
fn byte_length(chunk: &[u8], count: usize, encoding: &str, newlines: &Newlines) -> usize {
    let wide = !matches!(
        encoding.to_ascii_lowercase().replace('_', "-").as_str(),
        "latin-1" | "latin1" | "iso-8859-1" | "ascii"
    );
    let (mut at, mut left) = (0, count);
    while left > 0 && at < chunk.len() {
        let start = at;
        at += 1;
        if wide {
            while at < chunk.len() && chunk[at] & 0xC0 == 0x80 {
                at += 1;
            }
        }
        if newlines.translate && chunk[start] == b'\r' && chunk.get(at) == Some(&b'\n') {
            at += 1;
        }
        left -= 1;
    }
    at
}

fn readable(vm: &mut Vm, this: &Ref) -> PyResult<()> {
    let buffer = open_buffer(vm, this)?;
    if !inner(vm, this).pending.is_empty() {
        write_pending(vm, this, &buffer)?;
    }
    if inner(vm, this).decoded.is_empty() {
        let answer = vm.call_method(&buffer, "readable", &[])?;
        if !vm.is_true(&answer)? {
            return Err(unsupported(vm, "not readable"));
        }
    }
    Ok(())
}

fn read(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    readable(vm, this)?;
    let size = size_argument(vm, args.get(1))?;
    match size {
        None => {
            fill(vm, this, true)?;
        }
        Some(size) => loop {
            let inner = inner(vm, this);
            if inner.decoded.len() - inner.at >= size || !fill(vm, this, false)? {
                break;
            }
            vm.charge(1)?;
        },
    }
    let inner = inner(vm, this);
    let end = size.map_or(inner.decoded.len(), |size| {
        (inner.at + size).min(inner.decoded.len())
    });
    let text = inner.decoded.as_text().substring(inner.at, end);
    inner.at = end;
    Ok(vm.new_text(text))
}

fn line(vm: &mut Vm, this: &Ref, limit: Option<usize>) -> PyResult<TextBuf> {
    // What has been looked through already.
    let mut searched = 0;
    loop {
        vm.charge(1)?;
        let inner = inner(vm, this);
        let text: Text<'_> = inner.decoded.as_text();
        let found = inner.newlines.line_end(text, inner.at + searched);
        let enough = limit.is_some_and(|limit| text.len() - inner.at >= limit);
        if found.is_some() || enough {
            let mut end = found.unwrap_or(text.len());
            if let Some(limit) = limit {
                end = end.min(inner.at + limit);
            }
            let line = text.substring(inner.at, end);
            inner.at = end;
            return Ok(line);
        }
        // A `\r\n` may have been cut in two.
        searched = (text.len() - inner.at).saturating_sub(1);
        if !fill(vm, this, false)? {
            let inner = self::inner(vm, this);
            let line = inner
                .decoded
                .as_text()
                .substring(inner.at, inner.decoded.len());
            inner.at = inner.decoded.len();
            return Ok(line);
        }
        if self::inner(vm, this).end {
            let inner = self::inner(vm, this);
            let text = inner.decoded.as_text();
            let end = inner
                .newlines
                .line_end(text, inner.at)
                .unwrap_or(text.len());
            let end = limit.map_or(end, |limit| end.min(inner.at + limit));
            let line = text.substring(inner.at, end);
            inner.at = end;
            return Ok(line);
        }
    }
}

fn readline(vm: &mut Vm, args: Args<'_>) -> PyResult {
    readable(vm, &args[0])?;
    let limit = size_argument(vm, args.get(1))?;
    let line = line(vm, &args[0], limit)?;
    Ok(vm.new_text(line))
}

fn next(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    if inner(vm, this).decoded.is_empty() {
        readable(vm, this)?;
    }
    if !vm.type_of(this).is(super::types(vm).text) {
        // A class of Python may have its own `readline`.
        let line = vm.call_method(this, "readline", &[])?;
        return Ok((vm.len(&line)? > 0).then_some(line));
    }
    let line = line(vm, this, None)?;
    Ok((!line.is_empty()).then(|| vm.new_text(line)))
}

/// Where reading stands, in bytes.
fn position(vm: &mut Vm, this: &Ref, buffer: &Ref) -> PyResult {
    let at = vm.call_method(buffer, "tell", &[])?;
    let at = need_i64(vm, &at)?;
    let inner = inner(vm, this);
    let used = byte_length(&inner.chunk, inner.at, &inner.encoding, &inner.newlines);
    let ahead = inner.chunk.len() - used + inner.undecoded.len();
    Ok(vm.new_int(at - ahead as i64))
}

fn tell(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    let buffer = open_buffer(vm, this)?;
    let answer = vm.call_method(&buffer, "seekable", &[])?;
    if !vm.is_true(&answer)? {
        return Err(unsupported(vm, "underlying stream is not seekable"));
    }
    write_pending(vm, this, &buffer)?;
    position(vm, this, &buffer)
}

fn seek(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    let buffer = open_buffer(vm, this)?;
    let answer = vm.call_method(&buffer, "seekable", &[])?;
    if !vm.is_true(&answer)? {
        return Err(unsupported(vm, "underlying stream is not seekable"));
    }
    let offset = need_i64(vm, &args[1])?;
    let whence = match args.get(2) {
        Some(whence) => need_i64(vm, whence)?,
        None => 0,
    };
    let wrong = match whence {
        0 if offset < 0 => return Err(vm.value_error(format!("negative seek position {offset}"))),
        1 if offset != 0 => Some("can't do nonzero cur-relative seeks"),
        2 if offset != 0 => Some("can't do nonzero end-relative seeks"),
        0..=2 => None,
        _ => {
            return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)")));
        }
    };
    if let Some(wrong) = wrong {
        return Err(unsupported(vm, wrong));
    }
    vm.call_method(this, "flush", &[])?;
    let place = if whence == 1 {
        position(vm, this, &buffer)?
    } else {
        args[1].clone()
    };
    let whence = Ref::small_int(if whence == 2 { 2 } else { 0 });
    let place = vm.call_method(&buffer, "seek", &[place, whence])?;
    reset(vm, this);
    Ok(place)
}

fn truncate(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    vm.call_method(this, "flush", &[])?;
    let size = match args.get_not_none(1) {
        Some(size) => size.clone(),
        None => vm.call_method(this, "tell", &[])?,
    };
    let buffer = buffer(vm, this)?;
    vm.call_method(&buffer, "truncate", &[size])
}
