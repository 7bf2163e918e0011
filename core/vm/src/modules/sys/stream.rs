//! `sys.stdin`, `sys.stdout`, `sys.stderr`: text straight to and from the host.

use super::super::add;
use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{Args, GetSetDef, MethodDef, Ref, Slots, TypeDef};
use crate::text::codec::Encoding;
use crate::vm::Vm;

/// One of the three streams, by its number.
struct Stream {
    number: u8,
}

impl Payload for Stream {
    const ATOMIC: bool = true;
}

pub(super) fn add_all(vm: &mut Vm, module: &Ref) {
    let ty = vm.new_type(None, &STREAM);
    for (number, name) in [(0, "stdin"), (1, "stdout"), (2, "stderr")] {
        let stream = vm.new_object(ty, Stream { number });
        add(vm, module, name, stream.clone());
        add(vm, module, &format!("__{name}__"), stream);
    }
}

fn number(value: &Ref) -> u8 {
    value.payload::<Stream>().number
}

fn os_error(vm: &mut Vm, error: &std::io::Error) -> crate::error::Exc {
    let ty = match error.kind() {
        std::io::ErrorKind::PermissionDenied => vm.exc.PermissionError,
        std::io::ErrorKind::BrokenPipe => vm.exc.BrokenPipeError,
        _ => vm.exc.OSError,
    };
    vm.new_exc(ty, error.to_string())
}

fn write(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if args[1].as_str().is_none() {
        let name = vm.type_of(&args[1]).name();
        return Err(vm.type_error(format!("write() argument must be str, not {name}")));
    }
    if number(&args[0]) == 0 {
        return Err(vm.new_exc(vm.exc.OSError, "not writable"));
    }
    // What cannot be encoded is escaped on standard error only.
    let errors = if number(&args[0]) == 2 {
        "backslashreplace"
    } else {
        "strict"
    };
    let bytes = crate::types::str::encode_with(vm, &args[1], Encoding::Utf8, Some(errors))?;
    vm.charge(bytes.len() / 64)?;
    match vm.host.write(number(&args[0]), &bytes) {
        Ok(()) => Ok(vm.new_usize(crate::types::str::text(&args[1]).len())),
        Err(error) => Err(os_error(vm, &error)),
    }
}

fn writelines(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let stream = args[0].clone();
    vm.for_each(&args[1], |vm, line| {
        write(vm, Args::from_refs(&[stream.clone(), line], &[])).map(drop)
    })?;
    Ok(Ref::none())
}

fn read_line(vm: &mut Vm) -> PyResult<Vec<u8>> {
    match vm.host.read_line() {
        Ok(line) => Ok(line),
        Err(error) => Err(os_error(vm, &error)),
    }
}

fn decoded(vm: &mut Vm, bytes: &[u8]) -> PyResult {
    let (text, _) =
        crate::types::str::decode_with(vm, bytes, Encoding::Utf8, Some("strict"), true)?;
    Ok(vm.new_text(text))
}

fn readline(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if number(&args[0]) != 0 {
        return Err(vm.new_exc(vm.exc.OSError, "not readable"));
    }
    let line = read_line(vm)?;
    decoded(vm, &line)
}

fn read(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if number(&args[0]) != 0 {
        return Err(vm.new_exc(vm.exc.OSError, "not readable"));
    }
    let mut all = Vec::new();
    loop {
        let line = read_line(vm)?;
        if line.is_empty() {
            return decoded(vm, &all);
        }
        vm.charge(1)?;
        all.extend(line);
        vm.check_memory(all.len())?;
    }
}

fn text_field(vm: &mut Vm, text: &str) -> PyResult {
    Ok(vm.new_str(text))
}

const STREAM: TypeDef = TypeDef {
    name: "TextIOWrapper",
    module: "_io",
    doc: "Character and line based layer over a standard stream.",
    slots: Slots {
        repr: Some(|vm, value| {
            let (name, mode) = match number(value) {
                0 => ("<stdin>", "r"),
                1 => ("<stdout>", "w"),
                _ => ("<stderr>", "w"),
            };
            Ok(vm.new_str(&format!(
                "<_io.TextIOWrapper name='{name}' mode='{mode}' encoding='utf-8'>"
            )))
        }),
        iter: Some(|_, value| Ok(value.clone())),
        iternext: Some(|vm, value| {
            let line = readline(vm, Args::from_refs(std::slice::from_ref(value), &[]))?;
            Ok(line
                .as_str()
                .is_some_and(|line| !line.is_empty())
                .then_some(line))
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "write",
            "($self, text, /)",
            "Write string s to stream.",
            write,
        ),
        MethodDef::new(
            "writelines",
            "($self, lines, /)",
            "Write a list of lines to stream.",
            writelines,
        ),
        MethodDef::new(
            "readline",
            "($self, size=-1, /)",
            "Read until newline or EOF.",
            readline,
        ),
        MethodDef::new(
            "read",
            "($self, size=-1, /)",
            "Read all of the stream.",
            read,
        ),
        MethodDef::new(
            "readlines",
            "($self, hint=-1, /)",
            "Return a list of lines from the stream.",
            |vm, args| {
                let lines = vm.collect(&args[0])?;
                Ok(vm.new_list(lines))
            },
        ),
        MethodDef::new(
            "flush",
            "($self, /)",
            "Flush write buffers.",
            |vm, args| match vm.host.flush(number(&args[0])) {
                Ok(()) => Ok(Ref::none()),
                Err(error) => Err(os_error(vm, &error)),
            },
        ),
        MethodDef::new(
            "isatty",
            "($self, /)",
            "Return whether this is an 'interactive' stream.",
            |_, _| Ok(Ref::bool(false)),
        ),
        MethodDef::new(
            "fileno",
            "($self, /)",
            "Return underlying file descriptor.",
            |_, args| Ok(Ref::small_int(number(&args[0]).into())),
        ),
        MethodDef::new("readable", "($self, /)", "", |_, args| {
            Ok(Ref::bool(number(&args[0]) == 0))
        }),
        MethodDef::new("writable", "($self, /)", "", |_, args| {
            Ok(Ref::bool(number(&args[0]) != 0))
        }),
        MethodDef::new("seekable", "($self, /)", "", |_, _| Ok(Ref::bool(false))),
        MethodDef::new(
            "reconfigure",
            "",
            "Reconfigure the text stream with new parameters.",
            |_, _| Ok(Ref::none()),
        ),
        MethodDef::new("__enter__", "($self, /)", "", |_, args| Ok(args[0].clone())),
        MethodDef::new("__exit__", "", "", |_, _| Ok(Ref::none())),
    ],
    getset: &[
        GetSetDef::read_only("encoding", "", |vm, _| text_field(vm, "utf-8")),
        GetSetDef::read_only("errors", "", |vm, value| {
            text_field(
                vm,
                if number(value) == 2 {
                    "backslashreplace"
                } else {
                    "strict"
                },
            )
        }),
        GetSetDef::read_only("name", "", |vm, value| {
            text_field(
                vm,
                ["<stdin>", "<stdout>", "<stderr>"][usize::from(number(value))],
            )
        }),
        GetSetDef::read_only("mode", "", |vm, value| {
            text_field(vm, if number(value) == 0 { "r" } else { "w" })
        }),
        GetSetDef::read_only("newlines", "", |_, _| Ok(Ref::none())),
        GetSetDef::read_only("closed", "", |_, _| Ok(Ref::bool(false))),
        GetSetDef::read_only("line_buffering", "", |_, value| {
            Ok(Ref::bool(number(value) == 2))
        }),
    ],
    ..TypeDef::EMPTY
};
