//! `_ThreadHandle`, and starting threads.

use std::cell::RefCell;
use std::rc::Rc;

use super::timeout_ns;
use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{Args, Dict, GetSetDef, MethodDef, Ref, Slots, TypeDef, type_flags};
use crate::vm::Vm;
use crate::vm::threads::{Handle, Start, ident_of};

/// A thread as `threading` keeps it: not started (no ident), running or done.
#[derive(Default)]
struct ThreadHandle(Rc<Handle>);

impl Payload for ThreadHandle {
    const ATOMIC: bool = true;
}

/// The type, once the module is there.
#[derive(Default)]
struct HandleType(RefCell<Option<Ref>>);

pub(super) const THREAD_HANDLE: TypeDef = TypeDef {
    name: "_ThreadHandle",
    module: "_thread",
    flags: type_flags::HAS_WEAKREF,
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_object(ty, ThreadHandle::default()))),
        repr: Some(|vm, value| {
            let ident = value.payload::<ThreadHandle>().0.ident.get();
            Ok(vm.new_str(&format!("<_thread._ThreadHandle object: ident={ident}>")))
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
            |_, args| Ok(Ref::bool(args.this::<ThreadHandle>().0.done.get())),
        ),
        MethodDef::new(
            "_set_done",
            "($self, /)",
            "Mark the thread as ended.",
            |vm, args| {
                let handle = Rc::clone(&args.this::<ThreadHandle>().0);
                if handle.ident.get() == 0 {
                    return Err(vm.runtime_error("thread not started"));
                }
                vm.mark_done(&handle);
                Ok(Ref::none())
            },
        ),
    ],
    getset: &[GetSetDef::read_only("ident", "", |vm, value| {
        let ident = value.payload::<ThreadHandle>().0.ident.get();
        Ok(vm.new_int(ident))
    })],
    ..TypeDef::EMPTY
};

fn join(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let timeout = match args.get_not_none(1) {
        Some(timeout) => {
            let timeout = timeout_ns(vm, timeout)?;
            u64::try_from(timeout).ok()
        }
        None => None,
    };
    let handle = Rc::clone(&args.this::<ThreadHandle>().0);
    if handle.ident.get() == 0 {
        return Err(vm.runtime_error("thread not started"));
    }
    if handle.done.get() {
        return Ok(Ref::none());
    }
    if handle.ident.get() == ident_of(vm.threads.current()) {
        return Err(vm.runtime_error("Cannot join current thread"));
    }
    if timeout != Some(0) {
        vm.wait_among(&handle.joining, timeout)?;
    }
    Ok(Ref::none())
}

/// Makes the type, and keeps it for `new_handle`.
pub(super) fn init(vm: &mut Vm) -> Ref {
    let ty = vm.new_type(None, &THREAD_HANDLE).to_ref();
    *vm.state::<HandleType>().0.borrow_mut() = Some(ty.clone());
    ty
}

fn new_handle(vm: &mut Vm) -> Ref {
    let ty = vm.state::<HandleType>().0.borrow().clone();
    let ty = ty
        .and_then(|ty| ty.as_type())
        .expect("made with the module");
    vm.new_object(ty, ThreadHandle::default())
}

/// A handle on a thread that was not started here: the main one.
pub(super) fn make_handle(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(ident) = vm.int_i64(&args[0]) else {
        return Err(vm.type_error("ident must be an integer"));
    };
    let handle = new_handle(vm);
    handle.payload::<ThreadHandle>().0.ident.set(ident);
    Ok(handle)
}

fn start(vm: &mut Vm, start: Start) -> PyResult<i64> {
    match vm.start_thread(start) {
        Some(id) => Ok(ident_of(id)),
        None => Err(vm.runtime_error("can't start new thread")),
    }
}

/// `start_new_thread(function, args[, kwargs])`
pub(super) fn start_new_thread(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let given = args.positional();
    let n = args.len();
    let (function, arguments, keywords) = match given {
        [function, arguments] => (function, arguments, None),
        [function, arguments, keywords] => (function, arguments, Some(keywords)),
        _ => {
            let (how, count) = if n < 2 { ("least", 2) } else { ("most", 3) };
            return Err(vm.type_error(format!(
                "start_new_thread expected at {how} {count} arguments, got {n}"
            )));
        }
    };
    if !vm.is_callable(function) {
        return Err(vm.type_error("first arg must be callable"));
    }
    let Some(arguments) = arguments.as_tuple() else {
        return Err(vm.type_error("2nd arg must be a tuple"));
    };
    let mut values = arguments.to_vec();
    let mut names = Vec::new();
    if let Some(keywords) = keywords {
        let Some(keywords) = keywords.downcast::<Dict>() else {
            return Err(vm.type_error("optional 3rd arg must be a dictionary"));
        };
        for (name, value) in keywords.items(vm) {
            names.push(name);
            values.push(value);
        }
    }
    let ident = start(
        vm,
        Start {
            function: function.clone(),
            args: values,
            names,
            handle: Rc::default(),
        },
    )?;
    Ok(vm.new_int(ident))
}

/// `start_joinable_thread(function, handle=None, daemon=True)`
pub(super) fn start_joinable_thread(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if !vm.is_callable(&args[0]) {
        return Err(vm.type_error("thread function must be callable"));
    }
    let handle = match args.get_not_none(1) {
        None => new_handle(vm),
        Some(handle) if handle.downcast::<ThreadHandle>().is_some() => handle.clone(),
        Some(_) => return Err(vm.type_error("'handle' must be a _ThreadHandle")),
    };
    let daemon = match args.get(2) {
        Some(daemon) => vm.is_true(daemon)?,
        None => true,
    };
    let inner = Rc::clone(&handle.payload::<ThreadHandle>().0);
    if inner.ident.get() != 0 {
        return Err(vm.runtime_error("thread already started"));
    }
    start(
        vm,
        Start {
            function: args[0].clone(),
            args: Vec::new(),
            names: Vec::new(),
            handle: Rc::clone(&inner),
        },
    )?;
    if !daemon {
        vm.threads.awaited.push(inner);
    }
    Ok(handle)
}
