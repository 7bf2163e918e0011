//! `print`, `input`, `format`, and the functions that only explain why not.

use crate::error::PyResult;
use crate::object::{Args, Dict, MethodDef, Module, Ref};
use crate::vm::Vm;

/// An attribute of `sys`, if the module is there and has it.
fn sys_attribute(vm: &mut Vm, name: &str) -> Option<Ref> {
    let (sys, name) = (vm.intern("sys"), vm.intern(name));
    let modules = vm.modules.clone();
    let module = modules.downcast::<Dict>()?.get_str(vm, &sys)?;
    let dict = module.downcast::<Module>()?.dict.clone();
    dict.downcast::<Dict>()?.get_str(vm, &name)
}

fn separator(vm: &mut Vm, value: &Ref, name: &str) -> PyResult<Option<Ref>> {
    if value.is_none() {
        return Ok(None);
    }
    if value.as_str().is_none() {
        let ty = vm.type_of(value).name();
        return Err(vm.type_error(format!("{name} must be None or a string, not {ty}")));
    }
    Ok(Some(value.clone()))
}

fn print(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (mut sep, mut end, mut file, mut flush) = (None, None, None, false);
    for (name, value) in args.keywords() {
        match &*vm.text_of(name) {
            "sep" => sep = separator(vm, value, "sep")?,
            "end" => end = separator(vm, value, "end")?,
            "file" => file = Some(value.clone()).filter(|file| !file.is_none()),
            "flush" => flush = vm.is_true(value)?,
            other => {
                return Err(vm.type_error(format!(
                    "print() got an unexpected keyword argument '{other}'"
                )));
            }
        }
    }
    let sep = sep.unwrap_or_else(|| vm.new_str(" "));
    let end = end.unwrap_or_else(|| vm.new_str("\n"));
    let file = match file {
        Some(file) => Some(file),
        None => match sys_attribute(vm, "stdout") {
            Some(stdout) if stdout.is_none() => return Ok(Ref::none()),
            stdout => stdout,
        },
    };
    match file {
        Some(file) => print_to(vm, &file, args.positional(), &sep, &end, flush)?,
        None => print_plain(vm, args.positional(), &sep, &end)?,
    }
    Ok(Ref::none())
}

fn print_to(
    vm: &mut Vm,
    file: &Ref,
    items: &[Ref],
    sep: &Ref,
    end: &Ref,
    flush: bool,
) -> PyResult<()> {
    let name = vm.names.write.clone();
    let write = vm.get_attr(file, &name)?;
    for (index, item) in items.iter().enumerate() {
        vm.charge(1)?;
        if index > 0 {
            vm.call(&write, std::slice::from_ref(sep))?;
        }
        let text = vm.str(item)?;
        vm.call(&write, &[text])?;
    }
    vm.call(&write, std::slice::from_ref(end))?;
    if flush {
        vm.call_method(file, "flush", &[])?;
    }
    Ok(())
}

/// Straight to the host's standard output, while there is no `sys.stdout`.
fn print_plain(vm: &mut Vm, items: &[Ref], sep: &Ref, end: &Ref) -> PyResult<()> {
    let mut bytes = Vec::new();
    for (index, item) in items.iter().enumerate() {
        vm.charge(1)?;
        if index > 0 {
            bytes.extend_from_slice(&crate::types::str::text(sep).to_wtf8());
        }
        let text = vm.str(item)?;
        bytes.extend_from_slice(&crate::types::str::text(&text).to_wtf8());
    }
    bytes.extend_from_slice(&crate::types::str::text(end).to_wtf8());
    match vm.host.write(1, &bytes) {
        Ok(()) => Ok(()),
        Err(error) => Err(vm.new_exc(vm.exc.OSError, error.to_string())),
    }
}

fn input(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if let Some(prompt) = args.get(0) {
        let prompt = vm.str(prompt)?;
        let empty = vm.new_str("");
        match sys_attribute(vm, "stdout").filter(|stdout| !stdout.is_none()) {
            Some(stdout) => print_to(vm, &stdout, &[prompt], &empty, &empty, true)?,
            None => print_plain(vm, &[prompt], &empty, &empty)?,
        }
    }
    if let Some(stdin) = sys_attribute(vm, "stdin").filter(|stdin| !stdin.is_none()) {
        let line = vm.call_method(&stdin, "readline", &[])?;
        let Some(text) = line.as_str() else {
            return Err(vm.type_error("object.readline() returned non-string"));
        };
        if text.is_empty() {
            return Err(vm.eof_error("EOF when reading a line"));
        }
        let text = text.text();
        let end = if text.get(text.len() - 1) == Some(0x0A) {
            text.len() - 1
        } else {
            text.len()
        };
        return Ok(vm.new_text(text.substring(0, end)));
    }
    let line = match vm.host.read_line() {
        Ok(line) => line,
        Err(error) => return Err(vm.new_exc(vm.exc.OSError, error.to_string())),
    };
    if line.is_empty() {
        return Err(vm.eof_error("EOF when reading a line"));
    }
    let line = line.strip_suffix(b"\n").unwrap_or(&line);
    let text = crate::types::str::decode_with(
        vm,
        line,
        crate::text::codec::Encoding::Utf8,
        Some("surrogateescape"),
        true,
    )?
    .0;
    Ok(vm.new_text(text))
}

fn format(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let spec = match args.get(1) {
        None => vm.new_str(""),
        Some(spec) if spec.as_str().is_some() => spec.clone(),
        Some(spec) => {
            let name = vm.type_of(spec).name();
            return Err(vm.type_error(format!("format() argument 2 must be str, not {name}")));
        }
    };
    vm.format(&args[0], &spec)
}

/// `open`: the `io` module's, imported when first needed.
fn open(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let import = vm.intern("__import__");
    let builtins = vm.builtins.clone();
    let Some(import) = builtins
        .downcast::<Dict>()
        .and_then(|builtins| builtins.get_str(vm, &import))
    else {
        return Err(vm.runtime_error("open() needs the module io, and there is no import"));
    };
    let name = vm.new_str("io");
    let io = vm.call(&import, &[name])?;
    let open = vm.get_attr_str(&io, "open")?;
    vm.call_args(&open, args)
}

fn breakpoint(vm: &mut Vm, args: Args<'_>) -> PyResult {
    match sys_attribute(vm, "breakpointhook") {
        Some(hook) => vm.call_args(&hook, args),
        None => Err(vm.runtime_error("lost sys.breakpointhook")),
    }
}

pub(super) const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "print",
        "",
        "Prints the values to a stream, or to sys.stdout by default.\n\nsep\n  string inserted between values, default a space.\nend\n  string appended after the last value, default a newline.\nfile\n  a file-like object (stream); defaults to the current sys.stdout.\nflush\n  whether to forcibly flush the stream.",
        print,
    ),
    MethodDef::new(
        "input",
        "(prompt='', /)",
        "Read a string from standard input.  The trailing newline is stripped.\n\nThe prompt string, if given, is printed to standard output without a\ntrailing newline before reading input.\n\nIf the user hits EOF (*nix: Ctrl-D, Windows: Ctrl-Z+Return), raise EOFError.\nOn *nix systems, readline is used if available.",
        input,
    ),
    MethodDef::new(
        "format",
        "(value, format_spec='', /)",
        "Return type(value).__format__(value, format_spec).\n\nMany built-in types implement format_spec according to the\nFormat Specification Mini-language. See help('FORMATTING')\nfor details.",
        format,
    ),
    MethodDef::new(
        "open",
        "",
        "Open file and return a stream.  Raise OSError upon failure.",
        open,
    ),
    MethodDef::new(
        "breakpoint",
        "",
        "Call sys.breakpointhook(*args, **kws).",
        breakpoint,
    ),
];
