//! `StringIO`.

use std::cell::Cell;

use vitrine_vm::object::{
    Args, GetSetDef, Guarded, MethodDef, Payload, Ref, Signature, Slots, Str, Ty, TypeDef,
};
use vitrine_vm::text::TextBuf;
use vitrine_vm::{PyResult, Vm};

use super::base::COMMON;
use super::newlines::{self, Newlines};
use super::what_is_closed;
use crate::native::{Params, need_i64, params, size_argument};

#[derive(Default)]
struct Contents {
    data: Vec<u32>,
    at: usize,
    newlines: Newlines,
}

pub(super) struct StringIo {
    contents: Guarded<Contents>,
    closed: Cell<bool>,
}

impl Payload for StringIo {
    const ATOMIC: bool = true;
}

pub(super) const STRING_IO: TypeDef = TypeDef {
    name: "StringIO",
    doc: "StringIO(initial_value='', newline='\\n')\n--\n\nText I/O implementation using an in-memory buffer.",
    slots: Slots {
        new: Some(new),
        init: Some(init),
        iternext: Some(next),
        finalize: Some(|_, _| Ok(())),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("read", "($self, size=-1, /)", "", read),
        MethodDef::new("readline", "($self, size=-1, /)", "", readline),
        MethodDef::new("write", "($self, s, /)", "", write),
        MethodDef::new("seek", "($self, pos, whence=0, /)", "", seek),
        MethodDef::new("tell", "($self, /)", "", |vm, a| {
            let at = open(vm, &a[0])?.at;
            Ok(vm.new_usize(at))
        }),
        MethodDef::new("truncate", "($self, pos=None, /)", "", truncate),
        MethodDef::new("getvalue", "($self, /)", "", |vm, a| {
            let text = TextBuf::from_code_points(open(vm, &a[0])?.data.iter().copied());
            Ok(vm.new_text(text))
        }),
        MethodDef::new("readable", "($self, /)", "", yes),
        MethodDef::new("writable", "($self, /)", "", yes),
        MethodDef::new("seekable", "($self, /)", "", yes),
        MethodDef::new("close", "($self, /)", "", |vm, a| {
            let this = a.this::<StringIo>();
            this.closed.set(true);
            this.contents.replace(vm, Contents::default());
            Ok(Ref::none())
        }),
    ],
    getset: &[
        GetSetDef::read_only("closed", "", |_, this| {
            Ok(Ref::bool(this.payload::<StringIo>().closed.get()))
        }),
        GetSetDef::read_only("newlines", "", |vm, this| {
            let seen = open(vm, this)?.newlines.seen;
            Ok(Newlines::seen_value(seen, vm))
        }),
        GetSetDef::read_only("line_buffering", "", |vm, this| {
            open(vm, this)?;
            Ok(Ref::bool(false))
        }),
    ],
    ..COMMON
};

fn open<'a>(vm: &'a mut Vm, this: &'a Ref) -> PyResult<&'a mut Contents> {
    let file: &StringIo = this.payload();
    if file.closed.get() {
        return Err(what_is_closed(vm));
    }
    Ok(file.contents.get_mut(vm))
}

fn new(vm: &mut Vm, ty: Ty, _: Args<'_>) -> PyResult {
    let file = StringIo {
        contents: Guarded::new(Contents::default()),
        closed: Cell::new(false),
    };
    Ok(vm.new_object(ty, file))
}

fn init(vm: &mut Vm, this: &Ref, args: Args<'_>) -> PyResult<()> {
    static PARAMS: Params = params(|| Signature::parse("(initial_value='', newline='\\n')"));
    let given = PARAMS.bind(vm, "StringIO", args)?;
    let newlines = match &given[1] {
        None => Newlines {
            given: Some("\n"),
            ..Newlines::default()
        },
        Some(newline) => Newlines::from_argument(vm, Some(newline))?,
    };
    let file: &StringIo = this.payload();
    file.closed.set(false);
    file.contents.replace(
        vm,
        Contents {
            newlines,
            ..Contents::default()
        },
    );
    if let Some(text) = given[0].as_ref().filter(|text| !text.is_none()) {
        if text.as_str().is_none() {
            let ty = vm.type_of(text).name();
            return Err(vm.type_error(format!("initial_value must be str or None, not {ty}")));
        }
        put(vm, this, text)?;
        open(vm, this)?.at = 0;
    }
    Ok(())
}

fn yes(vm: &mut Vm, args: Args<'_>) -> PyResult {
    open(vm, &args[0])?;
    Ok(Ref::bool(true))
}

fn put(vm: &mut Vm, this: &Ref, text: &Ref) -> PyResult<()> {
    let Some(text) = text.as_str() else {
        let ty = vm.type_of(text).name();
        return Err(vm.type_error(format!("string argument expected, got '{ty}'")));
    };
    let view = text.text();
    let newlines = open(vm, this)?.newlines;
    let mut changed = None;
    if newlines.translate {
        let mut seen = newlines.seen;
        changed = Some(newlines::read(view.to_buf(), true, &mut seen));
        open(vm, this)?.newlines.seen = seen;
    } else if let Some(newline) = newlines.written() {
        changed = newlines::write(view, newline);
    }
    let view = changed.as_ref().map_or(view, TextBuf::as_text);
    let at = open(vm, this)?.at;
    let end = at.saturating_add(view.len());
    vm.check_memory(end.saturating_mul(4))?;
    if view.is_empty() {
        return Ok(());
    }
    let contents = open(vm, this)?;
    if at == contents.data.len() {
        contents.data.extend(view.code_points());
    } else {
        if contents.data.len() < end {
            contents.data.resize(end, 0);
        }
        for (place, point) in contents.data[at..end].iter_mut().zip(view.code_points()) {
            *place = point;
        }
    }
    contents.at = end;
    Ok(())
}

fn write(vm: &mut Vm, args: Args<'_>) -> PyResult {
    open(vm, &args[0])?;
    put(vm, &args[0], &args[1])?;
    Ok(vm.new_usize(args[1].as_str().map_or(0, Str::len)))
}

impl Contents {
    fn take(&mut self, count: Option<usize>) -> TextBuf {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let part = &rest[..count.map_or(rest.len(), |count| count.min(rest.len()))];
        self.at += part.len();
        TextBuf::from_code_points(part.iter().copied())
    }

    fn line(&mut self, limit: Option<usize>) -> TextBuf {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let end = match self.newlines.given {
            Some("\r\n") => rest
                .windows(2)
                .position(|pair| pair == [0x0D, 0x0A])
                .map(|at| at + 2),
            Some("\r") => rest.iter().position(|&c| c == 0x0D).map(|at| at + 1),
            Some("") => rest.iter().position(|&c| c == 0x0A || c == 0x0D).map(|at| {
                at + 1 + usize::from(rest[at] == 0x0D && rest.get(at + 1) == Some(&0x0A))
            }),
            _ => rest.iter().position(|&c| c == 0x0A).map(|at| at + 1),
        }
        .unwrap_or(rest.len());
        self.take(Some(limit.map_or(end, |limit| end.min(limit))))
    }
}

fn read(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let size = size_argument(vm, args.get(1))?;
    let text = open(vm, &args[0])?.take(size);
    Ok(vm.new_text(text))
}

fn readline(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let size = size_argument(vm, args.get(1))?;
    let line = open(vm, &args[0])?.line(size);
    Ok(vm.new_text(line))
}

fn next(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let line = open(vm, this)?.line(None);
    Ok((!line.is_empty()).then(|| vm.new_text(line)))
}

fn seek(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let offset = need_i64(vm, &args[1])?;
    let whence = match args.get(2) {
        Some(whence) => need_i64(vm, whence)?,
        None => 0,
    };
    let contents = open(vm, &args[0])?;
    let (at, end) = (contents.at, contents.data.len());
    let place = match whence {
        0 => match usize::try_from(offset) {
            Ok(place) => place,
            Err(_) => return Err(vm.value_error(format!("Negative seek position {offset}"))),
        },
        1 | 2 if offset != 0 => {
            return Err(vm.new_exc(vm.exc.OSError, "Can't do nonzero cur-relative seeks"));
        }
        1 => at,
        2 => end,
        _ => {
            return Err(vm.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)")));
        }
    };
    open(vm, &args[0])?.at = place;
    Ok(vm.new_usize(place))
}

fn truncate(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let at = open(vm, &args[0])?.at;
    let size = match args.get_not_none(1) {
        Some(size) => {
            let size = need_i64(vm, size)?;
            match usize::try_from(size) {
                Ok(size) => size,
                Err(_) => return Err(vm.value_error(format!("Negative size value {size}"))),
            }
        }
        None => at,
    };
    open(vm, &args[0])?.data.truncate(size);
    Ok(vm.new_usize(size))
}
