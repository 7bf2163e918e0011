//! `vitrine run`: a program in the sandbox, as `python3.14` would run it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use vitrine_bytecode::code::CodeObject;
use vitrine_bytecode::compile::{CompileOptions, compile_source};
use vitrine_stdlib::library::PackedLibrary;
use vitrine_vm::object::Ref;
use vitrine_vm::vm::Budgets;
use vitrine_vm::{Config, Exc, PyResult, Stop, Vm};

use super::STACK;
use super::args::{Run, Sandbox};
use super::failure::Failure;
use super::input::{SourceText, pyc_code, read_file, read_stdin};
use crate::host::{Grants, SystemHost, Terminal};

/// The status of a program that a budget ended.
const STOPPED: u8 = 124;

impl Sandbox {
    /// What the program may touch.
    pub(crate) fn grants(&self) -> Grants {
        if self.allow_all {
            return Grants::all();
        }
        Grants {
            read: self.allow_read.clone(),
            write: self.allow_write.clone(),
            env: self.allow_env,
        }
    }

    /// What it may use up.
    pub(crate) fn budgets(&self) -> Budgets {
        Budgets {
            fuel: self.fuel,
            memory: usize::try_from(self.memory.saturating_mul(1 << 20)).ok(),
            timeout: self.timeout.map(|seconds| (seconds.max(0.0) * 1e9) as u64),
        }
    }
}

/// What a program is made of.
enum Main {
    Source(SourceText),
    /// A `.pyc` file's.
    Code(Arc<CodeObject>),
}

/// What to run, and how `sys.argv` begins.
struct Program {
    main: Main,
    argv0: String,
    /// Where its own modules are looked for first.
    directory: Option<PathBuf>,
    /// The file it is in, if it is in one.
    file: Option<PathBuf>,
}

/// Runs a program and gives its exit status.
pub(super) fn run(args: &Run) -> Result<ExitCode, Failure> {
    let (program, arguments) = program(args)?;
    let code = match &program.main {
        Main::Source(source) => compile(source, args.optimize)?,
        Main::Code(code) => Arc::clone(code),
    };
    let argv = std::iter::once(program.argv0.clone())
        .chain(arguments.iter().cloned())
        .collect();
    let mut grants = args.sandbox.grants();
    if let Some(file) = program.file {
        // A program may read itself, for its tracebacks' lines; the rest must be granted.
        grants.read.push(file);
    }
    let config = Config {
        host: Box::new(SystemHost::new(grants, Terminal::default())),
        budgets: args.sandbox.budgets(),
        argv,
        native_stack: STACK - (1 << 20),
        modules: vitrine_stdlib::modules(),
        library: Some(Box::new(PackedLibrary)),
    };
    let mut vm = match Vm::new(config) {
        Ok(vm) => vm,
        Err(_) => return Err(Failure::of_command("the machine cannot start")),
    };
    if let Main::Source(source) = &program.main {
        vm.register_source(&source.name, source.text.as_str().into());
    }
    let prepared = match &program.directory {
        Some(directory) => prepend_path(&mut vm, directory),
        None => Ok(()),
    };
    let outcome = prepared.and_then(|()| vm.run_main(&code));
    let mut status = match outcome {
        Ok(()) => 0,
        Err(exc) => report(&mut vm, &exc),
    };
    if status != STOPPED
        && let Err(stop) = vm.finish()
    {
        status = report(&mut vm, &stop);
    }
    let flushed = flush(&mut vm);
    // The process ends, and its memory with it.
    std::mem::forget(vm);
    Ok(ExitCode::from(if flushed { status } else { 120 }))
}

fn program(args: &Run) -> Result<(Program, &[String]), Failure> {
    if let Some(code) = &args.code {
        let source = SourceText {
            name: "<string>".into(),
            text: code.clone(),
        };
        return Ok((
            Program {
                main: Main::Source(source),
                argv0: "-c".into(),
                directory: None,
                file: None,
            },
            &args.arguments,
        ));
    }
    if let Some(name) = &args.module {
        return Ok((module(name, &args.sandbox)?, &args.arguments));
    }
    match args.arguments.split_first() {
        Some((file, rest)) if file != "-" => {
            let path = Path::new(file);
            // CPython names the main file absolutely, wherever it was started.
            let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
            let mut bytes = read_file(path)?;
            bytes.name = absolute.display().to_string();
            let directory = absolute.parent().map(Path::to_path_buf);
            Ok((
                Program {
                    main: match pyc_code(&bytes)? {
                        Some(code) => Main::Code(Arc::new(code)),
                        None => Main::Source(bytes.decode()?),
                    },
                    argv0: file.clone(),
                    directory,
                    file: Some(absolute),
                },
                rest,
            ))
        }
        rest => {
            let source = read_stdin()?.decode()?;
            let rest = rest.map_or(&[][..], |(_, rest)| rest);
            Ok((
                Program {
                    main: Main::Source(source),
                    argv0: "-".into(),
                    directory: None,
                    file: None,
                },
                rest,
            ))
        }
    }
}

/// A module run as a script: a file below the current directory, or of the library.
fn module(name: &str, sandbox: &Sandbox) -> Result<Program, Failure> {
    let relative: PathBuf = name.split('.').collect();
    for candidate in [relative.with_extension("py"), relative.join("__main__.py")] {
        if !candidate.is_file() {
            continue;
        }
        let readable = sandbox.allow_all || !sandbox.allow_read.is_empty();
        if !readable {
            return Err(Failure::of_command(format_args!(
                "{} is not readable; grant it with --allow-read=.",
                candidate.display()
            )));
        }
        let bytes = read_file(&candidate)?;
        let argv0 = bytes.name.clone();
        return Ok(Program {
            main: Main::Source(bytes.decode_for_compile()?),
            argv0,
            directory: Some(PathBuf::from(".")),
            file: Some(candidate),
        });
    }
    let main = format!("{name}.__main__");
    let found = vitrine_stdlib::library::find(name).filter(|module| !module.is_package());
    match found.or_else(|| vitrine_stdlib::library::find(&main)) {
        Some(module) => {
            let source = SourceText {
                name: module.filename(),
                text: module.source(),
            };
            Ok(Program {
                main: Main::Source(source),
                argv0: module.filename(),
                directory: None,
                file: None,
            })
        }
        None => Err(Failure::in_source(format!(
            "vitrine: No module named {name}"
        ))),
    }
}

fn compile(source: &SourceText, optimize: u8) -> Result<Arc<CodeObject>, Failure> {
    let options = CompileOptions {
        filename: source.name.as_str().into(),
        optimize: optimize.min(2),
        ..CompileOptions::default()
    };
    let compiled =
        compile_source(&source.text, &options).map_err(|error| source.failure(&error))?;
    source.warn(&compiled.warnings);
    Ok(Arc::new(compiled.code))
}

/// Writes out what is held back; 120 is CPython's status where that fails.
fn flush(vm: &mut Vm) -> bool {
    let flushed = vm.import("sys").and_then(|sys| {
        let stdout = vm.get_attr_str(&sys, "stdout")?;
        if stdout.is_none() {
            Ok(stdout)
        } else {
            vm.call_method(&stdout, "flush", &[])
        }
    });
    flushed.is_ok() && vm.host.flush(1).is_ok()
}

/// Puts the program's directory first in `sys.path`.
fn prepend_path(vm: &mut Vm, directory: &Path) -> PyResult<()> {
    let directory = vm.new_str(&directory.display().to_string());
    let sys = vm.import("sys")?;
    let path = vm.get_attr_str(&sys, "path")?;
    vm.call_method(&path, "insert", &[Ref::small_int(0), directory])
        .map(drop)
}

/// Prints what ended the program, and gives its status.
fn report(vm: &mut Vm, exc: &Exc) -> u8 {
    if let Some(stop) = exc.stop() {
        let which = match stop {
            Stop::Fuel => "the step budget is used up (--fuel)",
            Stop::Timeout => "the time budget is used up (--timeout)",
            Stop::Memory => "the memory budget is used up (--memory)",
            Stop::Deadlock => "every thread waits for another",
            Stop::Cancelled => "it was cancelled",
        };
        print_error(vm, &format!("vitrine: stopped: {which}\n"));
        return STOPPED;
    }
    let value = exc.value();
    let system_exit = vm.exc.SystemExit;
    if vm.exc_is(exc, system_exit) {
        return exit_status(vm, value);
    }
    let interrupt = vm.exc.KeyboardInterrupt;
    let interrupted = vm.exc_is(exc, interrupt);
    let text = vm.format_exception(value);
    print_error(vm, &text);
    if interrupted { 130 } else { 1 }
}

/// What `SystemExit` asks for: a status, or a message and 1.
fn exit_status(vm: &mut Vm, exit: &Ref) -> u8 {
    let code = vm
        .get_attr_str(exit, "code")
        .unwrap_or_else(|_| Ref::none());
    if code.is_none() {
        return 0;
    }
    if let Some(status) = vm.int_i64(&code) {
        return (status & 0xFF) as u8;
    }
    let text = vm.str_string(&code).unwrap_or_default();
    print_error(vm, &format!("{text}\n"));
    1
}

/// Writes to standard error, behind what was printed before.
fn print_error(vm: &mut Vm, text: &str) {
    // If standard error is gone there is nobody to tell.
    let _ = vm.host.flush(1);
    let _ = vm.host.write(2, text.as_bytes());
}
