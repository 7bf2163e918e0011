//! `_io`: files (`Modules/_io`).
//!
//! Everything that leaves the machine goes through its host: [`file`] is the
//! only place here that asks it.

mod base;
mod buffered;
mod decoder;
mod file;
mod memory;
mod newlines;
mod string;
mod text;

use vitrine_vm::error::Exc;
use vitrine_vm::object::{Args, MethodDef, Ref, Ty};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{add, add_functions, fs_path, need_i64, optional_text};

pub(crate) const MODULE: NativeModule = NativeModule { name: "_io", init };

/// `DEFAULT_BUFFER_SIZE`
const BUFFER_SIZE: i32 = 128 * 1024;

/// The types of this module, made once for a machine.
#[derive(Clone, Copy)]
struct Types {
    base: Ty,
    raw: Ty,
    buffered: Ty,
    text_base: Ty,
    file: Ty,
    bytes: Ty,
    string: Ty,
    reader: Ty,
    writer: Ty,
    random: Ty,
    pair: Ty,
    text: Ty,
    decoder: Ty,
}

#[derive(Default)]
struct State {
    types: Option<Types>,
    unsupported: Option<Ref>,
    last_fd: i64,
}

fn types(vm: &mut Vm) -> Types {
    if let Some(types) = vm.state::<State>().types {
        return types;
    }
    let base = vm.new_type(None, &base::IO_BASE);
    let raw = vm.new_type(Some(base), &base::RAW_IO_BASE);
    let buffered = vm.new_type(Some(base), &base::BUFFERED_IO_BASE);
    let text_base = vm.new_type(Some(base), &base::TEXT_IO_BASE);
    let types = Types {
        base,
        raw,
        buffered,
        text_base,
        file: vm.new_type(Some(raw), &file::FILE_IO),
        bytes: vm.new_type(Some(buffered), &memory::BYTES_IO),
        string: vm.new_type(Some(text_base), &string::STRING_IO),
        reader: vm.new_type(Some(buffered), &buffered::READER),
        writer: vm.new_type(Some(buffered), &buffered::WRITER),
        random: vm.new_type(Some(buffered), &buffered::RANDOM),
        pair: vm.new_type(Some(buffered), &buffered::PAIR),
        text: vm.new_type(Some(text_base), &text::TEXT_IO_WRAPPER),
        decoder: vm.new_type(None, &decoder::INCREMENTAL_NEWLINE_DECODER),
    };
    vm.state::<State>().types = Some(types);
    types
}

fn next_fd(vm: &mut Vm) -> i64 {
    let state = vm.state::<State>();
    state.last_fd += 1;
    state.last_fd + 2
}

fn what_is_closed(vm: &mut Vm) -> Exc {
    vm.value_error("I/O operation on closed file.")
}

/// The class `UnsupportedOperation`: an `OSError` that is a `ValueError` too.
fn unsupported_class(vm: &mut Vm) -> PyResult {
    if let Some(class) = vm.state::<State>().unsupported.clone() {
        return Ok(class);
    }
    let name = vm.new_str("UnsupportedOperation");
    let bases = vec![vm.exc.OSError.to_ref(), vm.exc.ValueError.to_ref()];
    let bases = vm.new_tuple(bases);
    let namespace = vm.new_dict();
    let module = vm.new_str("io");
    vm.dict_set_str(&namespace, "__module__", module);
    let metaclass = vm.types.type_.to_ref();
    let class = vm.call(&metaclass, &[name, bases, namespace])?;
    vm.state::<State>().unsupported = Some(class.clone());
    Ok(class)
}

fn unsupported(vm: &mut Vm, message: &str) -> Exc {
    match unsupported_class(vm) {
        Ok(class) => match class.as_type() {
            Some(class) => vm.new_exc(class, message),
            None => vm.new_exc(vm.exc.OSError, message),
        },
        Err(error) => error,
    }
}

/// `sys.stdin`, `sys.stdout`, `sys.stderr`.
pub fn standard_streams(vm: &mut Vm) -> PyResult<[Ref; 3]> {
    let types = types(vm);
    let mut stream = |fd: u8, name: &str, mode: &str| {
        let raw = file::standard(vm, types.file, fd);
        let (key, name) = (vm.names.name.clone(), vm.new_str(name));
        vm.set_attr(&raw, &key, &name)?;
        let ty = if fd == 0 { types.reader } else { types.writer };
        let buffer = buffered::direct(vm, ty, raw);
        let text = text::standard(vm, types.text, buffer, fd);
        let (key, mode) = (vm.intern("mode"), vm.new_str(mode));
        vm.set_attr(&text, &key, &mode)?;
        Ok(text)
    };
    Ok([
        stream(0, "<stdin>", "r")?,
        stream(1, "<stdout>", "w")?,
        stream(2, "<stderr>", "w")?,
    ])
}

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let types = types(vm);
    for (name, ty) in [
        ("_IOBase", types.base),
        ("_RawIOBase", types.raw),
        ("_BufferedIOBase", types.buffered),
        ("_TextIOBase", types.text_base),
        ("FileIO", types.file),
        ("BytesIO", types.bytes),
        ("StringIO", types.string),
        ("BufferedReader", types.reader),
        ("BufferedWriter", types.writer),
        ("BufferedRandom", types.random),
        ("BufferedRWPair", types.pair),
        ("TextIOWrapper", types.text),
        ("IncrementalNewlineDecoder", types.decoder),
        ("BlockingIOError", vm.exc.BlockingIOError),
    ] {
        add(vm, module, name, ty.to_ref());
    }
    let class = unsupported_class(vm)?;
    add(vm, module, "UnsupportedOperation", class);
    add(
        vm,
        module,
        "DEFAULT_BUFFER_SIZE",
        Ref::small_int(BUFFER_SIZE),
    );
    add_functions(vm, module, FUNCTIONS)
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "open",
        "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
        "Open file and return a stream.  Raise OSError upon failure.",
        open,
    ),
    MethodDef::new(
        "open_code",
        "($module, /, path)",
        "Opens the provided file with the intent to import the contents.",
        |vm, a| {
            let path = a[1].clone();
            let mode = vm.new_str("rb");
            open_file(vm, path, &mode, [None, None, None, None, None, None])
        },
    ),
    MethodDef::new(
        "text_encoding",
        "($module, encoding, stacklevel=2, /)",
        "A helper function to choose the text encoding.",
        |vm, a| match a.get_not_none(1) {
            Some(encoding) => Ok(encoding.clone()),
            None => Ok(vm.new_str("locale")),
        },
    ),
];

fn open(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let mode = match args.get(2) {
        Some(mode) => mode.clone(),
        None => vm.new_str("r"),
    };
    let rest = [3, 4, 5, 6, 7, 8].map(|at| args.get(at));
    open_file(vm, args[1].clone(), &mode, rest)
}

/// `open`; `rest` is buffering, encoding, errors, newline, closefd, opener.
fn open_file(vm: &mut Vm, name: Ref, mode: &Ref, rest: [Option<&Ref>; 6]) -> PyResult {
    let [buffering, encoding, errors, newline, closefd, opener] = rest;
    let name = if name.as_small_int().is_some() {
        name
    } else {
        fs_path(vm, &name)?;
        crate::native::os_fspath(vm, &name)?
    };
    if mode.as_str().is_none() {
        let ty = vm.type_of(mode).name();
        return Err(vm.type_error(format!("open() argument 'mode' must be str, not {ty}")));
    }
    let text = vm.text_of(mode);
    let has = |c: char| text.contains(c);
    let known = text.chars().all(|c| "axrwb+t".contains(c));
    let twice = text.chars().any(|c| text.matches(c).count() > 1);
    if !known || twice {
        return Err(vm.value_error(format!("invalid mode: '{text}'")));
    }
    if has('b') && has('t') {
        return Err(vm.value_error("can't have text and binary mode at once"));
    }
    let kinds = "xrwa".chars().filter(|&c| has(c)).count();
    if kinds != 1 {
        return Err(vm.value_error("must have exactly one of create/read/write/append mode"));
    }
    if has('b') {
        for (name, value) in [
            ("encoding", encoding),
            ("errors", errors),
            ("newline", newline),
        ] {
            if value.is_some_and(|value| !value.is_none()) {
                return Err(vm.value_error(format!(
                    "binary mode doesn't take {} {name} argument",
                    if name == "newline" { "a" } else { "an" }
                )));
            }
        }
    }
    optional_text(vm, encoding, "open() argument 'encoding'")?;
    optional_text(vm, errors, "open() argument 'errors'")?;
    let buffering = match buffering {
        Some(buffering) => need_i64(vm, buffering)?,
        None => -1,
    };
    let types = types(vm);
    let raw_mode: String = text.chars().filter(|c| !"bt".contains(*c)).collect();
    let raw_mode = vm.new_str(&raw_mode);
    let closefd = closefd.cloned().unwrap_or_else(|| Ref::bool(true));
    let opener = opener.cloned().unwrap_or_else(Ref::none);
    let raw = vm.call(&types.file.to_ref(), &[name, raw_mode, closefd, opener])?;
    if buffering == 0 {
        if has('b') {
            return Ok(raw);
        }
        return Err(vm.value_error("can't have unbuffered text I/O"));
    }
    if buffering < -1 {
        return Err(vm.value_error("invalid buffering size"));
    }
    let ty = if has('+') {
        types.random
    } else if has('r') {
        types.reader
    } else {
        types.writer
    };
    let size = if buffering > 1 {
        vm.new_int(buffering)
    } else {
        Ref::small_int(BUFFER_SIZE)
    };
    let buffer = vm.call(&ty.to_ref(), &[raw, size])?;
    if has('b') {
        return Ok(buffer);
    }
    let or_none = |value: Option<&Ref>| value.cloned().unwrap_or_else(Ref::none);
    let arguments = [
        buffer,
        or_none(encoding),
        or_none(errors),
        or_none(newline),
        Ref::bool(buffering == 1),
    ];
    let file = vm.call(&types.text.to_ref(), &arguments)?;
    let key = vm.intern("mode");
    vm.set_attr(&file, &key, mode)?;
    Ok(file)
}
