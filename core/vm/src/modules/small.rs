//! Modules of a few functions each.

use super::{add, add_functions};
use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{Args, MethodDef, Ref, Slots, TypeDef};
use crate::types::convert;
use crate::vm::Vm;

/// `_string`
pub(super) fn string(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add_functions(
        vm,
        module,
        &[
            MethodDef::new(
                "formatter_parser",
                "(string, /)",
                "parse the argument as a format string",
                crate::types::str::formatter_parser,
            ),
            MethodDef::new(
                "formatter_field_name_split",
                "(string, /)",
                "split the argument as a field name",
                crate::types::str::formatter_field_name_split,
            ),
        ],
    )
}

/// `_typing`
pub(super) fn typing(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add(vm, module, "Union", vm.types.union.to_ref());
    add_functions(
        vm,
        module,
        &[MethodDef::new("_idfunc", "(x, /)", "", |_, args| {
            Ok(args[0].clone())
        })],
    )?;
    let code = vm.compile(include_str!("typing.py"), "<frozen _typing>", "exec", 0)?;
    let code = vm.new_code(code);
    let dict = module.payload::<crate::object::Module>().dict.clone();
    vm.exec_code(&code, &dict, None).map(drop)
}

/// `_warnings`: filters and registry; `warnings` itself decides what to show.
pub(super) fn warnings(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let filters = vm.new_list(Vec::new());
    let default = vm.new_str("default");
    let once = vm.new_dict();
    add(vm, module, "filters", filters);
    add(vm, module, "_defaultaction", default);
    add(vm, module, "_onceregistry", once);
    add_functions(
        vm,
        module,
        &[
            MethodDef::new(
                "warn",
                "(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())",
                "Issue a warning, or maybe ignore it or raise an exception.",
                |_, _| Ok(Ref::none()),
            ),
            MethodDef::new(
                "warn_explicit",
                "",
                "Issue a warning, or maybe ignore it or raise an exception.",
                |_, _| Ok(Ref::none()),
            ),
            MethodDef::new("_filters_mutated_lock_held", "()", "", |_, _| {
                Ok(Ref::none())
            }),
            MethodDef::new("_acquire_lock", "()", "", |_, _| Ok(Ref::none())),
            MethodDef::new("_release_lock", "()", "", |_, _| Ok(Ref::none())),
        ],
    )
}

/// Functions to call at exit, as `atexit` keeps them.
#[derive(Default)]
struct AtExit {
    functions: Vec<(Ref, Vec<Ref>, Vec<Ref>)>,
}

/// `atexit`
pub(super) fn atexit(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add_functions(
        vm,
        module,
        &[
            MethodDef::new(
                "register",
                "",
                "Register a function to be executed upon normal program termination.",
                |vm, args| {
                    let Some((function, rest)) = args.positional().split_first() else {
                        return Err(vm.type_error("register() takes at least 1 argument (0 given)"));
                    };
                    if !vm.is_callable(function) {
                        return Err(vm.type_error("the first argument must be callable"));
                    }
                    let mut all = rest.to_vec();
                    all.extend(args.keywords().map(|(_, value)| value.clone()));
                    let entry = (function.clone(), all, args.kwnames().to_vec());
                    vm.state::<AtExit>().functions.push(entry);
                    Ok(function.clone())
                },
            ),
            MethodDef::new(
                "unregister",
                "(func, /)",
                "Unregister an exit function which was previously registered.",
                |vm, args| {
                    let function = args[0].clone();
                    vm.state::<AtExit>()
                        .functions
                        .retain(|(known, _, _)| !known.is(&function));
                    Ok(Ref::none())
                },
            ),
            MethodDef::new(
                "_clear",
                "()",
                "Clear the list of previously registered exit functions.",
                |vm, _| {
                    vm.state::<AtExit>().functions.clear();
                    Ok(Ref::none())
                },
            ),
            MethodDef::new(
                "_ncallbacks",
                "()",
                "Return the number of registered exit functions.",
                |vm, _| {
                    let count = vm.state::<AtExit>().functions.len();
                    Ok(vm.new_usize(count))
                },
            ),
            MethodDef::new(
                "_run_exitfuncs",
                "()",
                "Run all registered exit functions.",
                |vm, _| {
                    while let Some((function, args, names)) = vm.state::<AtExit>().functions.pop() {
                        vm.call_kw(&function, &args, &names)?;
                    }
                    Ok(Ref::none())
                },
            ),
        ],
    )
}

/// `marshal`, as far as constants and code go.
pub(super) fn marshal(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add(vm, module, "version", Ref::small_int(5));
    add_functions(
        vm,
        module,
        &[MethodDef::new(
            "loads",
            "(bytes, /, *, allow_code=True)",
            "Convert the bytes-like object to a value.",
            |vm, args| {
                let bytes = convert::need_bytes(vm, &args[0])?;
                match vitrine_bytecode::marshal::load_const(&bytes) {
                    Ok(constant) => Ok(vm.new_const(&constant)),
                    Err(_) => Err(vm.value_error("bad marshal data")),
                }
            },
        )],
    )
}

/// A lock: there is one thread, so that waiting for another would be for ever.
struct Lock {
    reentrant: bool,
    held: std::cell::Cell<usize>,
}

impl Payload for Lock {
    const ATOMIC: bool = true;
}

fn acquire(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let lock: &Lock = args.this();
    let blocking = match args.get(1) {
        Some(blocking) => vm.is_true(blocking)?,
        None => true,
    };
    if lock.held.get() > 0 && !lock.reentrant {
        if !blocking || args.get_not_none(2).is_some() {
            return Ok(Ref::bool(false));
        }
        return Err(vm.runtime_error("deadlock: the only thread waits for a lock that it holds"));
    }
    lock.held.set(lock.held.get() + 1);
    Ok(Ref::bool(true))
}

fn release(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let lock: &Lock = args.this();
    if lock.held.get() == 0 {
        let message = if lock.reentrant {
            "cannot release un-acquired lock"
        } else {
            "release unlocked lock"
        };
        return Err(vm.runtime_error(message));
    }
    lock.held.set(lock.held.get() - 1);
    Ok(Ref::none())
}

const LOCK_METHODS: &[MethodDef] = &[
    MethodDef::new(
        "acquire",
        "($self, blocking=True, timeout=-1)",
        "Lock the lock.",
        acquire,
    ),
    MethodDef::new("release", "($self, /)", "Release the lock.", release),
    MethodDef::new(
        "acquire_lock",
        "($self, blocking=True, timeout=-1)",
        "An obsolete synonym of acquire().",
        acquire,
    ),
    MethodDef::new(
        "release_lock",
        "($self, /)",
        "An obsolete synonym of release().",
        release,
    ),
    MethodDef::new(
        "locked",
        "($self, /)",
        "Return whether the lock is in the locked state.",
        |_, args| Ok(Ref::bool(args.this::<Lock>().held.get() > 0)),
    ),
    MethodDef::new(
        "_is_owned",
        "($self, /)",
        "For internal use by `threading.Condition`.",
        |_, args| Ok(Ref::bool(args.this::<Lock>().held.get() > 0)),
    ),
    MethodDef::new("_at_fork_reinit", "($self, /)", "", |_, args| {
        args.this::<Lock>().held.set(0);
        Ok(Ref::none())
    }),
    MethodDef::new("__enter__", "($self, /)", "Lock the lock.", acquire),
    MethodDef::new(
        "__exit__",
        "($self, /, *exc_info)",
        "Release the lock.",
        release,
    ),
];

const LOCK: TypeDef = TypeDef {
    name: "lock",
    module: "_thread",
    slots: Slots {
        new: Some(|vm, ty, _| {
            Ok(vm.new_object(
                ty,
                Lock {
                    reentrant: false,
                    held: Default::default(),
                },
            ))
        }),
        ..Slots::EMPTY
    },
    methods: LOCK_METHODS,
    ..TypeDef::EMPTY
};

const RLOCK: TypeDef = TypeDef {
    name: "RLock",
    module: "_thread",
    flags: crate::object::type_flags::BASETYPE,
    slots: Slots {
        new: Some(|vm, ty, _| {
            Ok(vm.new_object(
                ty,
                Lock {
                    reentrant: true,
                    held: Default::default(),
                },
            ))
        }),
        ..Slots::EMPTY
    },
    methods: LOCK_METHODS,
    ..TypeDef::EMPTY
};

const LOCAL: TypeDef = TypeDef {
    name: "_local",
    module: "_thread",
    doc: "Thread-local data",
    flags: crate::object::type_flags::BASETYPE
        | crate::object::type_flags::HAS_DICT
        | crate::object::type_flags::HAS_WEAKREF,
    ..TypeDef::EMPTY
};

/// `_thread`: one thread, and locks for it.
pub(super) fn thread(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let lock = vm.new_type(None, &LOCK).to_ref();
    for name in ["lock", "LockType", "allocate_lock", "allocate"] {
        add(vm, module, name, lock.clone());
    }
    let rlock = vm.new_type(None, &RLOCK).to_ref();
    add(vm, module, "RLock", rlock);
    let local = vm.new_type(None, &LOCAL).to_ref();
    add(vm, module, "_local", local);
    let error = vm.exc.RuntimeError.to_ref();
    add(vm, module, "error", error);
    let max = vm.new_float(9_223_372_036.0);
    add(vm, module, "TIMEOUT_MAX", max);
    super::thread::add_handles(vm, module)?;
    add_functions(
        vm,
        module,
        &[
            MethodDef::new(
                "get_ident",
                "()",
                "Return a non-zero integer that uniquely identifies the current thread.",
                |_, _| Ok(Ref::small_int(1)),
            ),
            MethodDef::new(
                "get_native_id",
                "()",
                "Return a non-negative integer identifying the thread as reported by the OS.",
                |_, _| Ok(Ref::small_int(1)),
            ),
            MethodDef::new("_get_main_thread_ident", "()", "", |_, _| {
                Ok(Ref::small_int(1))
            }),
            MethodDef::new(
                "_count",
                "()",
                "Return the number of currently running Python threads.",
                |_, _| Ok(Ref::small_int(0)),
            ),
            MethodDef::new(
                "stack_size",
                "(size=0, /)",
                "Return the thread stack size used when creating new threads.",
                |_, _| Ok(Ref::small_int(0)),
            ),
            MethodDef::new(
                "daemon_threads_allowed",
                "()",
                "Return True if daemon threads are allowed.",
                |_, _| Ok(Ref::bool(true)),
            ),
            MethodDef::new("start_new_thread", "", "Start a new thread.", |vm, _| {
                Err(vm.runtime_error("can't start new thread"))
            }),
            MethodDef::new(
                "start_joinable_thread",
                "",
                "Start a new thread.",
                |vm, _| Err(vm.runtime_error("can't start new thread")),
            ),
            MethodDef::new(
                "_is_main_interpreter",
                "()",
                "Return True if the current interpreter is the main Python interpreter.",
                |_, _| Ok(Ref::bool(true)),
            ),
            MethodDef::new(
                "interrupt_main",
                "(signum=2, /)",
                "Simulate the arrival of the given signal in the main thread.",
                |vm, _| Err(vm.new_exc_args(vm.exc.KeyboardInterrupt, Vec::new())),
            ),
            MethodDef::new(
                "_shutdown",
                "()",
                "Wait for all non-daemon threads (other than the calling thread) to stop.",
                |_, _| Ok(Ref::none()),
            ),
        ],
    )
}

/// `_contextvars`
pub(super) fn contextvars(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let source = include_str!("contextvars.py");
    let code = vm.compile(source, "<frozen _contextvars>", "exec", 0)?;
    let code = vm.new_code(code);
    let dict = module.payload::<crate::object::Module>().dict.clone();
    vm.exec_code(&code, &dict, None).map(drop)
}
