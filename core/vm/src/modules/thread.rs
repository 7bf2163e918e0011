//! What `threading` needs of `_thread` beyond locks: handles of threads, of which
//! there is one, and the hook for exceptions that end a thread.

use std::cell::Cell;

use super::{add, add_functions};
use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{Args, GetSetDef, MethodDef, Ref, Slots, TypeDef};
use crate::vm::Vm;

/// A thread as `threading` keeps it: not started (no ident), running or done.
#[derive(Default)]
struct ThreadHandle {
    ident: Cell<i64>,
    done: Cell<bool>,
}

impl Payload for ThreadHandle {
    const ATOMIC: bool = true;
}

const THREAD_HANDLE: TypeDef = TypeDef {
    name: "_ThreadHandle",
    module: "_thread",
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_object(ty, ThreadHandle::default()))),
        repr: Some(|vm, value| {
            let ident = value.payload::<ThreadHandle>().ident.get();
            Ok(vm.new_str(&format!("<_ThreadHandle object: ident={ident}>")))
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "join",
            "($self, timeout=None, /)",
            "Wait for the thread to end.",
            join,
        ),
        MethodDef::new(
            "is_done",
            "($self, /)",
            "Whether the thread has ended.",
            |_, args| Ok(Ref::bool(args.this::<ThreadHandle>().done.get())),
        ),
        MethodDef::new(
            "_set_done",
            "($self, /)",
            "Mark the thread as ended.",
            |_, args| {
                args.this::<ThreadHandle>().done.set(true);
                Ok(Ref::none())
            },
        ),
    ],
    getset: &[GetSetDef::read_only("ident", "", |vm, value| {
        match value.payload::<ThreadHandle>().ident.get() {
            0 => Ok(Ref::none()),
            ident => Ok(vm.new_int(ident)),
        }
    })],
    ..TypeDef::EMPTY
};

/// The only thread that runs is the one that would wait.
fn join(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let handle: &ThreadHandle = args.this();
    if handle.ident.get() == 0 {
        return Err(vm.runtime_error("thread not started"));
    }
    if !handle.done.get() {
        return Err(vm.runtime_error("Cannot join current thread"));
    }
    Ok(Ref::none())
}

pub(super) fn add_handles(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let handle = vm.new_type(None, &THREAD_HANDLE).to_ref();
    add(vm, module, "_ThreadHandle", handle);
    let fields = &["exc_type", "exc_value", "exc_traceback", "thread"];
    let hook_args = vm.new_struct_type("_thread", "_ExceptHookArgs", fields);
    add(vm, module, "_ExceptHookArgs", hook_args.to_ref());
    add_functions(
        vm,
        module,
        &[
            MethodDef::new(
                "_make_thread_handle",
                "(ident, /)",
                "Internal only. Make a thread handle for threads not spawned by _thread.",
                |vm, args| {
                    let module = vm.modules.clone();
                    let name = vm.new_str("_thread");
                    let Some(ident) = vm.int_i64(&args[0]) else {
                        return Err(vm.type_error("an integer is required"));
                    };
                    let Some(module) = vm.dict_get(&module, &name)? else {
                        return Err(vm.runtime_error("_thread has not been imported"));
                    };
                    let ty = vm.get_attr_str(&module, "_ThreadHandle")?;
                    let handle = vm.call(&ty, &[])?;
                    if let Some(handle) = handle.downcast::<ThreadHandle>() {
                        handle.ident.set(ident);
                    }
                    Ok(handle)
                },
            ),
            MethodDef::new(
                "_excepthook",
                "(exc_type, /)",
                "Handle uncaught Thread.run() exception.",
                excepthook,
            ),
        ],
    )
}

/// Prints an exception that ended a thread; `SystemExit` ends it silently.
fn excepthook(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some([class, value, _, thread]) = args[0].as_tuple().map(|items| &**items) else {
        return Err(vm.type_error("_thread._excepthook argument type must be ExceptHookArgs"));
    };
    if class.is(&vm.exc.SystemExit.to_ref()) {
        return Ok(Ref::none());
    }
    let name = match thread.is_none() {
        false => {
            let name = vm.get_attr_str(thread, "name")?;
            vm.str_string(&name)?
        }
        true => "1".to_owned(),
    };
    let text = format!(
        "Exception in thread {name}:\n{}",
        vm.format_exception(value)
    );
    let modules = vm.modules.clone();
    let sys = vm.new_str("sys");
    if let Some(sys) = vm.dict_get(&modules, &sys)? {
        let stderr = vm.get_attr_str(&sys, "stderr")?;
        if !stderr.is_none() {
            let text = vm.new_str(&text);
            vm.call_method(&stderr, "write", &[text])?;
            vm.call_method(&stderr, "flush", &[])?;
        }
    }
    Ok(Ref::none())
}
