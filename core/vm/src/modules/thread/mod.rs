//! `_thread`: threads, locks, and what `threading` needs besides.
#![forbid(unsafe_code)]

mod handle;
mod local;
mod lock;

pub(crate) use local::forget_thread_locals;

use super::{add, add_functions};
use crate::error::PyResult;
use crate::object::{Args, MethodDef, Ref};
use crate::vm::Vm;
use crate::vm::threads::{MAIN, ident_of};

/// `TIMEOUT_MAX`, in seconds.
const TIMEOUT_MAX: f64 = 9_223_372_036.0;
/// The least `stack_size`, as on CPython's Linux.
const LEAST_STACK: i64 = 53_248;

/// A number of seconds in nanoseconds, rounded up.
fn timeout_ns(vm: &mut Vm, seconds: &Ref) -> PyResult<i64> {
    let too_long = "timestamp out of range for C PyTime_t";
    if let Some(seconds) = crate::types::float::float_of(seconds) {
        if seconds.is_nan() {
            return Err(vm.value_error("Invalid value NaN (not a number)"));
        }
        let nanoseconds = (seconds * 1e9).ceil();
        if nanoseconds.abs() >= i64::MAX as f64 {
            return Err(vm.overflow_error(too_long));
        }
        return Ok(nanoseconds as i64);
    }
    if vm.type_of(seconds).slot(|s| s.index.is_none()) {
        let ty = vm.type_of(seconds).name();
        return Err(vm.type_error(format!(
            "'{ty}' object cannot be interpreted as an integer or float"
        )));
    }
    let seconds = vm.index(seconds)?;
    let nanoseconds = vm
        .int_i64(&seconds)
        .and_then(|s| s.checked_mul(1_000_000_000));
    nanoseconds.ok_or_else(|| vm.overflow_error(too_long))
}

/// `_thread`
pub(super) fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let lock = vm.new_type(None, &lock::LOCK).to_ref();
    add(vm, module, "LockType", lock.clone());
    add(vm, module, "lock", lock);
    let rlock = vm.new_type(None, &lock::RLOCK).to_ref();
    add(vm, module, "RLock", rlock);
    let local = vm.new_type(None, &local::LOCAL).to_ref();
    add(vm, module, "_local", local);
    let handle = handle::init(vm);
    add(vm, module, "_ThreadHandle", handle);
    let fields = &["exc_type", "exc_value", "exc_traceback", "thread"];
    let hook_args = vm.new_struct_type("_thread", "_ExceptHookArgs", fields, &[]);
    add(vm, module, "_ExceptHookArgs", hook_args.to_ref());
    let error = vm.exc.RuntimeError.to_ref();
    add(vm, module, "error", error);
    let max = vm.new_float(TIMEOUT_MAX);
    add(vm, module, "TIMEOUT_MAX", max);
    add(vm, module, "_NAME_MAXLEN", Ref::small_int(15));
    add_functions(vm, module, FUNCTIONS)
}

fn allocate(vm: &mut Vm, _: Args<'_>) -> PyResult {
    let module = vm.import("_thread")?;
    let lock = vm.get_attr_str(&module, "lock")?;
    vm.call(&lock, &[])
}

fn exit(vm: &mut Vm, _: Args<'_>) -> PyResult {
    Err(vm.new_exc_args(vm.exc.SystemExit, Vec::new()))
}

fn get_ident(vm: &mut Vm, _: Args<'_>) -> PyResult {
    let ident = ident_of(vm.threads.current());
    Ok(vm.new_int(ident))
}

/// What `signal` would call for these numbers ends or interrupts a program; no other does here.
fn interrupt_main(vm: &mut Vm, args: Args<'_>) -> PyResult {
    const SIGINT: isize = 2;
    let signal = match args.get(0) {
        Some(signal) => vm.index_isize(signal, "")?,
        None => SIGINT,
    };
    if !(1..65).contains(&signal) {
        return Err(vm.value_error("signal number out of range"));
    }
    if signal == SIGINT {
        vm.budget.raise_interrupt();
    }
    Ok(Ref::none())
}

fn stack_size(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let old = vm.threads.stack_size;
    if let Some(size) = args.get(0) {
        let size = vm.index_isize(size, "")? as i64;
        if size != 0 && size < LEAST_STACK {
            return Err(vm.value_error(format!("size must be at least {LEAST_STACK} bytes")));
        }
        if size > 1 << 30 {
            return Err(vm.value_error(format!("size not valid: {size} bytes")));
        }
        vm.threads.stack_size = size as usize;
    }
    Ok(vm.new_usize(old))
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "start_new_thread",
        "",
        "Start a new thread and return its identifier.",
        handle::start_new_thread,
    ),
    MethodDef::new(
        "start_new",
        "",
        "An obsolete synonym of start_new_thread().",
        handle::start_new_thread,
    ),
    MethodDef::new(
        "start_joinable_thread",
        "(function, handle=None, daemon=True)",
        "*For internal use only*: start a new thread.",
        handle::start_joinable_thread,
    ),
    MethodDef::new(
        "_make_thread_handle",
        "(ident, /)",
        "Internal only. Make a thread handle for threads not spawned\nby the _thread or \
         threading module.",
        handle::make_handle,
    ),
    MethodDef::new(
        "daemon_threads_allowed",
        "()",
        "Return True if daemon threads are allowed in the current interpreter,\nand False \
         otherwise.",
        |_, _| Ok(Ref::bool(true)),
    ),
    MethodDef::new(
        "allocate_lock",
        "()",
        "Create a new lock object. See help(type(threading.Lock())) for\ninformation about \
         locks.",
        allocate,
    ),
    MethodDef::new(
        "allocate",
        "()",
        "An obsolete synonym of allocate_lock().",
        allocate,
    ),
    MethodDef::new(
        "exit",
        "()",
        "This is synonymous to ``raise SystemExit''.  It will cause the current\nthread to exit \
         silently unless the exception is caught.",
        exit,
    ),
    MethodDef::new("exit_thread", "()", "An obsolete synonym of exit().", exit),
    MethodDef::new(
        "interrupt_main",
        "(signum=2, /)",
        "Simulate the arrival of the given signal in the main thread,\nwhere the corresponding \
         signal handler will be executed.",
        interrupt_main,
    ),
    MethodDef::new(
        "get_ident",
        "()",
        "Return a non-zero integer that uniquely identifies the current thread\namongst other \
         threads that exist simultaneously.",
        get_ident,
    ),
    MethodDef::new(
        "get_native_id",
        "()",
        "Return a non-negative integer identifying the thread as reported\nby the OS (kernel).",
        get_ident,
    ),
    MethodDef::new(
        "_get_main_thread_ident",
        "()",
        "Internal only. Return a non-zero integer that uniquely identifies the main thread\nof \
         the main interpreter.",
        |vm, _| Ok(vm.new_int(ident_of(MAIN))),
    ),
    MethodDef::new(
        "_count",
        "()",
        "Return the number of currently running Python threads, excluding\nthe main thread.",
        |vm, _| Ok(vm.new_usize(vm.threads.started())),
    ),
    MethodDef::new(
        "stack_size",
        "(size=0, /)",
        "Return the thread stack size used when creating new threads.",
        stack_size,
    ),
    MethodDef::new(
        "set_name",
        "(name)",
        "Set the name of the current thread.",
        |vm, args| {
            if args[0].as_str().is_none() {
                let ty = vm.type_of(&args[0]).name();
                return Err(
                    vm.type_error(format!("set_name() argument 'name' must be str, not {ty}"))
                );
            }
            vm.exec.name = Some(args[0].clone());
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "_get_name",
        "()",
        "Get the name of the current thread.",
        |vm, _| match &vm.exec.name {
            Some(name) => Ok(name.clone()),
            None => Ok(vm.new_str("vitrine")),
        },
    ),
    MethodDef::new(
        "_is_main_interpreter",
        "()",
        "Return True if the current interpreter is the main Python interpreter.",
        |_, _| Ok(Ref::bool(true)),
    ),
    MethodDef::new(
        "_shutdown",
        "()",
        "Wait for all non-daemon threads (other than the calling thread) to stop.",
        |vm, _| vm.join_awaited().map(|()| Ref::none()),
    ),
    MethodDef::new(
        "_excepthook",
        "(args, /)",
        "Handle uncaught Thread.run() exception.",
        excepthook,
    ),
];

/// Prints an exception that ended a thread; `SystemExit` ends it silently.
fn excepthook(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some([class, value, _, thread]) = args[0].as_tuple().map(|items| &**items) else {
        return Err(vm.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    };
    if class.is(&vm.exc.SystemExit.to_ref()) {
        return Ok(Ref::none());
    }
    let sys = vm.import("sys")?;
    let stderr_name = vm.intern("stderr");
    let mut stderr = vm.lookup_attr(&sys, &stderr_name)?;
    let mut name = None;
    if !thread.is_none() {
        if stderr.as_ref().is_none_or(Ref::is_none) {
            let own = vm.intern("_stderr");
            stderr = vm.lookup_attr(thread, &own)?;
        }
        let own = vm.intern("_name");
        if let Some(found) = vm.lookup_attr(thread, &own)? {
            name = Some(vm.str_string(&found)?);
        }
    }
    let name = name.unwrap_or_else(|| ident_of(vm.threads.current()).to_string());
    let text = format!(
        "Exception in thread {name}:\n{}",
        vm.format_exception(value)
    );
    if let Some(stderr) = stderr.filter(|stderr| !stderr.is_none()) {
        let text = vm.new_str(&text);
        vm.call_method(&stderr, "write", &[text])?;
        vm.call_method(&stderr, "flush", &[])?;
    }
    Ok(Ref::none())
}
