//! `sys`.

mod info;
mod monitoring;
mod stream;
mod unraisable;

pub(crate) use unraisable::call_hook as call_unraisable_hook;

use super::{add, add_functions};
use crate::error::{Exc, PyResult};
use crate::object::{Args, Exception, MethodDef, Ref, type_flags};
use crate::types::convert;
use crate::vm::Vm;
use crate::vm::threads::ident_of;

pub(super) fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add_functions(vm, module, FUNCTIONS)?;
    info::add_all(vm, module);
    stream::add_all(vm, module);
    monitoring::add_all(vm, module)?;
    let modules = vm.modules.clone();
    add(vm, module, "modules", modules);
    for name in ["meta_path", "path_hooks", "warnoptions"] {
        let empty = vm.new_list(Vec::new());
        add(vm, module, name, empty);
    }
    for name in ["path_importer_cache", "_xoptions"] {
        let empty = vm.new_dict();
        add(vm, module, name, empty);
    }
    let argv: Vec<Ref> = vm
        .argv()
        .to_vec()
        .iter()
        .map(|arg| vm.new_str(arg))
        .collect();
    let orig = vm.new_list(argv.clone());
    add(vm, module, "orig_argv", orig);
    let argv = vm.new_list(argv);
    add(vm, module, "argv", argv);
    let path = vm.new_list(Vec::new());
    add(vm, module, "path", path);
    for (name, hook) in [
        ("__displayhook__", "displayhook"),
        ("__excepthook__", "excepthook"),
        ("__breakpointhook__", "breakpointhook"),
        ("__unraisablehook__", "unraisablehook"),
    ] {
        let hook = vm.get_attr_str(module, hook)?;
        add(vm, module, name, hook);
    }
    Ok(())
}

fn exit(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let class = vm.exc.SystemExit.to_ref();
    let given: Vec<Ref> = match args.get(0) {
        None => Vec::new(),
        Some(status) => match status.as_tuple() {
            Some(items) => items.to_vec(),
            None => vec![status.clone()],
        },
    };
    let exception = vm.call(&class, &given)?;
    Err(Exc::new(exception))
}

fn exc_info(vm: &mut Vm, _args: Args<'_>) -> PyResult {
    let items = match vm.handled_exception() {
        None => vec![Ref::none(), Ref::none(), Ref::none()],
        Some(exception) => {
            let ty = vm.type_of(&exception).to_ref();
            let traceback = exception
                .downcast::<Exception>()
                .and_then(|payload| payload.traceback.get());
            vec![ty, exception, traceback.unwrap_or_else(Ref::none)]
        }
    };
    Ok(vm.new_tuple(items))
}

fn set_recursion_limit(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let limit = vm.index_isize(&args[0], "")?;
    if limit < 1 {
        return Err(vm.value_error("recursion limit must be greater or equal than 1"));
    }
    vm.budget.recursion_limit = limit as usize;
    Ok(Ref::none())
}

fn intern(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if args[0].as_str().is_none() {
        let name = vm.type_of(&args[0]).name();
        return Err(vm.type_error(format!("intern() argument must be str, not {name}")));
    }
    if !vm.is_exact(&args[0], vm.types.str) {
        let name = vm.type_of(&args[0]).name();
        return Err(vm.type_error(format!("can't intern {name}")));
    }
    Ok(vm.intern_ref(&args[0]))
}

fn getsizeof(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if let Some(method) = convert::special(vm, &args[0], "__sizeof__")? {
        return vm.call(&method, &[]);
    }
    if let Some(default) = args.get(1) {
        return Ok(default.clone());
    }
    let name = vm.type_of(&args[0]).name();
    Err(vm.type_error(format!("Type {name} doesn't define __sizeof__")))
}

fn getframe(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let depth = match args.get(0) {
        Some(depth) => vm.index_isize(depth, "")?.max(0) as usize,
        None => 0,
    };
    let top = vm.exec.frames.len().checked_sub(1 + depth);
    match top.and_then(|index| vm.frame_object(index)) {
        Some(frame) => Ok(frame),
        None => Err(vm.value_error("call stack is not deep enough")),
    }
}

fn getframemodulename(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Ok(frame) = getframe(vm, args) else {
        return Ok(Ref::none());
    };
    let globals = vm.get_attr_str(&frame, "f_globals")?;
    let name = vm.names.__name__.clone();
    Ok(vm.dict_get(&globals, &name)?.unwrap_or_else(Ref::none))
}

fn displayhook(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if args[0].is_none() {
        return Ok(Ref::none());
    }
    let builtins = vm.builtins.clone();
    vm.dict_set_str(&builtins, "_", Ref::none());
    let text = vm.repr(&args[0])?;
    let print = vm.intern("print");
    if let Some(print) = vm.dict_get(&builtins, &print)? {
        vm.call(&print, &[text])?;
    }
    vm.dict_set_str(&builtins, "_", args[0].clone());
    Ok(Ref::none())
}

fn excepthook(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let text = vm.format_exception(&args[1]);
    vm.write_stderr(&text);
    Ok(Ref::none())
}

fn set_int_max_str_digits(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let limit = vm.index_isize(&args[0], "")?;
    if limit != 0 && limit < 640 {
        return Err(vm.value_error("maxdigits must be >= 640 or 0 for unlimited"));
    }
    vm.set_int_max_str_digits(limit as usize);
    Ok(Ref::none())
}

fn set_switch_interval(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let seconds = crate::types::float::real(vm, &args[0])?;
    if seconds <= 0.0 {
        return Err(vm.value_error("switch interval must be strictly positive"));
    }
    vm.threads.set_switch_interval(seconds);
    Ok(Ref::none())
}

fn current_frames(vm: &mut Vm, _args: Args<'_>) -> PyResult {
    let frames = vm.new_dict();
    for id in vm.thread_ids() {
        let top = vm.exec_of(id).map_or(0, |exec| exec.frames.len());
        let frame = top
            .checked_sub(1)
            .and_then(|top| vm.frame_object_in(id, top));
        if let Some(frame) = frame {
            let ident = vm.new_int(ident_of(id));
            vm.dict_set(&frames, &ident, frame)?;
        }
    }
    Ok(frames)
}

fn current_exceptions(vm: &mut Vm, _args: Args<'_>) -> PyResult {
    let exceptions = vm.new_dict();
    for id in vm.thread_ids() {
        let handled = vm
            .exec_of(id)
            .and_then(crate::interp::Exec::handled_exception);
        let ident = vm.new_int(ident_of(id));
        vm.dict_set(&exceptions, &ident, handled.unwrap_or_else(Ref::none))?;
    }
    Ok(exceptions)
}

fn nothing(_vm: &mut Vm, _args: Args<'_>) -> PyResult {
    Ok(Ref::none())
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "exit",
        "(status=None, /)",
        "Exit the interpreter by raising SystemExit(status).",
        exit,
    ),
    MethodDef::new(
        "exc_info",
        "()",
        "Return current exception information: (type, value, traceback).",
        exc_info,
    ),
    MethodDef::new(
        "exception",
        "()",
        "Return the current exception.",
        |vm, _| Ok(vm.handled_exception().unwrap_or_else(Ref::none)),
    ),
    MethodDef::new(
        "getrecursionlimit",
        "()",
        "Return the current value of the recursion limit.",
        |vm, _| Ok(vm.new_usize(vm.budget.recursion_limit)),
    ),
    MethodDef::new(
        "setrecursionlimit",
        "(limit, /)",
        "Set the maximum depth of the Python interpreter stack to n.",
        set_recursion_limit,
    ),
    MethodDef::new(
        "intern",
        "(string, /)",
        "``Intern'' the given string.",
        intern,
    ),
    MethodDef::new(
        "_is_interned",
        "(string, /)",
        "Return True if the given string is \"interned\".",
        |_, args| Ok(Ref::bool(args[0].is_interned())),
    ),
    MethodDef::new(
        "getrefcount",
        "(object, /)",
        "Return the reference count of object.",
        |vm, args| {
            let count = args[0].refcount();
            Ok(vm.new_int(count))
        },
    ),
    MethodDef::new(
        "getsizeof",
        "(object, default=None)",
        "getsizeof(object [, default]) -> int\n\nReturn the size of object in bytes.",
        getsizeof,
    ),
    MethodDef::new(
        "getdefaultencoding",
        "()",
        "Return the current default encoding used by the Unicode implementation.",
        |vm, _| Ok(vm.new_str("utf-8")),
    ),
    MethodDef::new(
        "getfilesystemencoding",
        "()",
        "Return the encoding used to convert Unicode filenames to OS filenames.",
        |vm, _| Ok(vm.new_str("utf-8")),
    ),
    MethodDef::new(
        "getfilesystemencodeerrors",
        "()",
        "Return the error mode used for Unicode to OS filename conversion.",
        |vm, _| Ok(vm.new_str("surrogateescape")),
    ),
    MethodDef::new(
        "_getframe",
        "(depth=0, /)",
        "Return a frame object from the call stack.",
        getframe,
    ),
    MethodDef::new(
        "_getframemodulename",
        "(depth=0)",
        "Return the name of the module for a calling frame.",
        getframemodulename,
    ),
    MethodDef::new(
        "displayhook",
        "(object, /)",
        "Print an object to sys.stdout and also save it in builtins._",
        displayhook,
    ),
    MethodDef::new(
        "excepthook",
        "(exctype, value, traceback, /)",
        "Handle an exception by displaying it with a traceback on sys.stderr.",
        excepthook,
    ),
    MethodDef::new(
        "unraisablehook",
        "(unraisable, /)",
        "Handle an unraisable exception.",
        unraisable::unraisablehook,
    ),
    MethodDef::new(
        "breakpointhook",
        "",
        "This hook function is called by built-in breakpoint().",
        |vm, _| Err(vm.runtime_error("there is no debugger here")),
    ),
    MethodDef::new(
        "audit",
        "",
        "Passes the event to any hooks that are attached.",
        nothing,
    ),
    MethodDef::new(
        "addaudithook",
        "(hook)",
        "Adds a new audit hook callback.",
        nothing,
    ),
    MethodDef::new(
        "settrace",
        "(function, /)",
        "Set the global debug tracing function.",
        nothing,
    ),
    MethodDef::new(
        "gettrace",
        "()",
        "Return the global debug tracing function set with sys.settrace.",
        nothing,
    ),
    MethodDef::new(
        "setprofile",
        "(function, /)",
        "Set the profiling function.",
        nothing,
    ),
    MethodDef::new(
        "getprofile",
        "()",
        "Return the profiling function set with sys.setprofile.",
        nothing,
    ),
    MethodDef::new(
        "getswitchinterval",
        "()",
        "Return the current thread switch interval.",
        |vm, _| Ok(vm.new_float(vm.threads.switch_interval)),
    ),
    MethodDef::new(
        "setswitchinterval",
        "(interval, /)",
        "Set the ideal thread switching delay inside the Python interpreter.",
        set_switch_interval,
    ),
    MethodDef::new(
        "is_finalizing",
        "()",
        "Return True if Python is exiting.",
        |_, _| Ok(Ref::bool(false)),
    ),
    MethodDef::new(
        "is_remote_debug_enabled",
        "()",
        "Return True if remote debugging is enabled.",
        |_, _| Ok(Ref::bool(false)),
    ),
    MethodDef::new(
        "is_stack_trampoline_active",
        "()",
        "Return True if a stack profiler trampoline is active.",
        |_, _| Ok(Ref::bool(false)),
    ),
    MethodDef::new(
        "_is_gil_enabled",
        "()",
        "Return True if the GIL is currently enabled.",
        |_, _| Ok(Ref::bool(true)),
    ),
    MethodDef::new(
        "_clear_type_cache",
        "()",
        "Clear the internal type lookup cache.",
        nothing,
    ),
    MethodDef::new(
        "_clear_internal_caches",
        "()",
        "Clear all internal performance-related caches.",
        nothing,
    ),
    MethodDef::new(
        "_clear_type_descriptors",
        "(type, /)",
        "Private function for clearing certain descriptors from a type's dictionary.",
        clear_type_descriptors,
    ),
    MethodDef::new(
        "get_int_max_str_digits",
        "()",
        "Return the maximum string digits limit for non-binary int<->str conversions.",
        |vm, _| {
            let limit = vm.int_max_str_digits();
            Ok(vm.new_usize(limit))
        },
    ),
    MethodDef::new(
        "set_int_max_str_digits",
        "(maxdigits)",
        "Set the maximum string digits limit for non-binary int<->str conversions.",
        set_int_max_str_digits,
    ),
    MethodDef::new(
        "get_coroutine_origin_tracking_depth",
        "()",
        "Check status of origin tracking for coroutine objects in this thread.",
        |_, _| Ok(Ref::small_int(0)),
    ),
    MethodDef::new(
        "set_coroutine_origin_tracking_depth",
        "(depth)",
        "Enable or disable origin tracking for coroutine objects in this thread.",
        nothing,
    ),
    MethodDef::new(
        "get_asyncgen_hooks",
        "()",
        "Return the installed asynchronous generators hooks.",
        |vm, _| {
            let (first, last) = vm.exec.async_hooks.clone();
            let fields = vec![
                ("firstiter", first.unwrap_or_else(Ref::none)),
                ("finalizer", last.unwrap_or_else(Ref::none)),
            ];
            Ok(super::structseq::single(
                vm,
                "sys",
                "asyncgen_hooks",
                fields,
            ))
        },
    ),
    MethodDef::new(
        "set_asyncgen_hooks",
        "(firstiter=None, finalizer=None)",
        "Set a finalizer for async generators objects.",
        set_asyncgen_hooks,
    ),
    MethodDef::new(
        "getunicodeinternedsize",
        "(*, _only_immortal=False)",
        "Return the number of elements of the unicode interned dictionary",
        |vm, _| Ok(vm.new_usize(vm.interned.len())),
    ),
    MethodDef::new(
        "_is_immortal",
        "(op, /)",
        "Return True if the given object is \"immortal\" per PEP 683.",
        |_, args| Ok(Ref::bool(args[0].refcount() >= 3 << 30)),
    ),
    MethodDef::new(
        "call_tracing",
        "(func, funcargs, /)",
        "Call func(*args), while tracing is enabled.",
        |vm, args| {
            let arguments = vm.collect(&args[1])?;
            vm.call(&args[0], &arguments)
        },
    ),
    MethodDef::new(
        "_current_exceptions",
        "()",
        "Return a dict mapping each identifier to its current raised exception.",
        |vm, _| {
            let all = vm.new_dict();
            let current = vm.handled_exception().unwrap_or_else(Ref::none);
            vm.dict_set(&all, &Ref::small_int(1), current)?;
            Ok(all)
        },
    ),
    MethodDef::new(
        "getallocatedblocks",
        "()",
        "Return the number of memory blocks currently allocated.",
        |vm, _| Ok(vm.new_usize(vm.heap.bytes / 64)),
    ),
    MethodDef::new(
        "_current_frames",
        "()",
        "Return a dict mapping each thread's thread id to its current stack frame.",
        current_frames,
    ),
    MethodDef::new(
        "_current_exceptions",
        "()",
        "Return a dict mapping each thread's identifier to its current raised exception.",
        current_exceptions,
    ),
];

fn set_asyncgen_hooks(vm: &mut Vm, args: Args<'_>) -> PyResult {
    for (at, what) in [(0, "firstiter"), (1, "finalizer")] {
        let Some(hook) = args.get(at) else { continue };
        if !hook.is_none() && !vm.is_callable(hook) {
            let given = vm.type_of(hook).name();
            return Err(vm.type_error(format!("callable {what} expected, got {given}")));
        }
        let hook = Some(hook.clone()).filter(|hook| !hook.is_none());
        if at == 0 {
            vm.exec.async_hooks.0 = hook;
        } else {
            vm.exec.async_hooks.1 = hook;
        }
    }
    Ok(Ref::none())
}

/// Takes `__dict__` and `__weakref__` out of a class that another one replaces.
fn clear_type_descriptors(vm: &mut Vm, args: Args<'_>) -> PyResult<Ref> {
    let ty = match args[0].as_type() {
        Some(ty) if ty.has(type_flags::HEAPTYPE) => ty,
        _ => return Err(vm.type_error("argument is immutable")),
    };
    for name in ["__dict__", "__weakref__"] {
        let name = vm.intern(name);
        ty.namespace().remove(vm, &name)?;
    }
    vm.type_changed(ty, None);
    Ok(Ref::none())
}
