//! `sys.monitoring`: tools may register, and no event is reported to them. `sys._jit`:
//! there is none.
//!
//! The machine has no instrumented instructions. A tool learns so when it asks for
//! events; registering alone, as `bdb` does when it is imported, is harmless.

use super::super::{add, add_functions};
use crate::error::PyResult;
use crate::object::{Args, MethodDef, Ref};
use crate::vm::Vm;

/// The names of the tools that registered.
#[derive(Default)]
struct Tools([Option<Ref>; 6]);

const EVENTS: [(&str, i32); 19] = [
    ("PY_START", 1),
    ("PY_RESUME", 1 << 1),
    ("PY_RETURN", 1 << 2),
    ("PY_YIELD", 1 << 3),
    ("CALL", 1 << 4),
    ("LINE", 1 << 5),
    ("INSTRUCTION", 1 << 6),
    ("JUMP", 1 << 7),
    ("BRANCH_LEFT", 1 << 8),
    ("BRANCH_RIGHT", 1 << 9),
    ("STOP_ITERATION", 1 << 10),
    ("RAISE", 1 << 11),
    ("EXCEPTION_HANDLED", 1 << 12),
    ("PY_UNWIND", 1 << 13),
    ("PY_THROW", 1 << 14),
    ("RERAISE", 1 << 15),
    ("C_RETURN", 1 << 16),
    ("C_RAISE", 1 << 17),
    ("BRANCH", 1 << 18),
];

pub(super) fn add_all(vm: &mut Vm, sys: &Ref) -> PyResult<()> {
    let module = vm.new_module("sys.monitoring");
    add_functions(vm, &module, FUNCTIONS)?;
    for (name, number) in [
        ("DEBUGGER_ID", 0),
        ("COVERAGE_ID", 1),
        ("PROFILER_ID", 2),
        ("OPTIMIZER_ID", 5),
    ] {
        add(vm, &module, name, Ref::small_int(number));
    }
    let events = vm.new_instance(vm.types.simple_namespace);
    for (name, bit) in EVENTS.into_iter().chain([("NO_EVENTS", 0)]) {
        let name = vm.intern(name);
        vm.set_attr(&events, &name, &Ref::small_int(bit))?;
    }
    add(vm, &module, "events", events);
    for name in ["DISABLE", "MISSING"] {
        let sentinel = vm.new_instance(vm.types.object);
        add(vm, &module, name, sentinel);
    }
    add(vm, sys, "monitoring", module);
    let jit = vm.new_module("sys._jit");
    let no = |name| MethodDef::new(name, "()", "", |_, _| Ok(Ref::bool(false)));
    add_functions(
        vm,
        &jit,
        &[no("is_available"), no("is_enabled"), no("is_active")],
    )?;
    add(vm, sys, "_jit", jit);
    Ok(())
}

/// The place of a tool.
fn tool(vm: &mut Vm, args: Args<'_>) -> PyResult<usize> {
    let id = vm.index_isize(&args[0], "")?;
    match usize::try_from(id).ok().filter(|&id| id < 6) {
        Some(id) => Ok(id),
        None => Err(vm.value_error(format!("invalid tool {id} (must be between 0 and 5)"))),
    }
}

fn used(vm: &mut Vm, args: Args<'_>) -> PyResult<usize> {
    let id = tool(vm, args)?;
    match vm.state::<Tools>().0[id] {
        Some(_) => Ok(id),
        None => Err(vm.value_error(format!("tool {id} is not in use"))),
    }
}

fn use_tool(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let id = tool(vm, args)?;
    if args[1].as_str().is_none() {
        return Err(vm.value_error("tool name must be a str"));
    }
    if vm.state::<Tools>().0[id].is_some() {
        return Err(vm.value_error(format!("tool {id} is already in use")));
    }
    vm.state::<Tools>().0[id] = Some(args[1].clone());
    Ok(Ref::none())
}

fn set_events(vm: &mut Vm, args: Args<'_>) -> PyResult {
    used(vm, args)?;
    let events = vm.index_isize(&args[args.len() - 1], "")?;
    if events == 0 {
        return Ok(Ref::none());
    }
    Err(vm.not_implemented_error("this machine reports no monitoring events"))
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new("use_tool_id", "(tool_id, name, /)", "", use_tool),
    MethodDef::new("clear_tool_id", "(tool_id, /)", "", |vm, args| {
        tool(vm, args).map(|_| Ref::none())
    }),
    MethodDef::new("free_tool_id", "(tool_id, /)", "", |vm, args| {
        let id = tool(vm, args)?;
        vm.state::<Tools>().0[id] = None;
        Ok(Ref::none())
    }),
    MethodDef::new("get_tool", "(tool_id, /)", "", |vm, args| {
        let id = tool(vm, args)?;
        Ok(vm.state::<Tools>().0[id].clone().unwrap_or_else(Ref::none))
    }),
    MethodDef::new(
        "register_callback",
        "(tool_id, event, func, /)",
        "",
        |vm, args| tool(vm, args).map(|_| Ref::none()),
    ),
    MethodDef::new("get_events", "(tool_id, /)", "", |vm, args| {
        used(vm, args).map(|_| Ref::small_int(0))
    }),
    MethodDef::new("set_events", "(tool_id, event_set, /)", "", set_events),
    MethodDef::new("get_local_events", "(tool_id, code, /)", "", |vm, args| {
        used(vm, args).map(|_| Ref::small_int(0))
    }),
    MethodDef::new(
        "set_local_events",
        "(tool_id, code, event_set, /)",
        "",
        set_events,
    ),
    MethodDef::new("restart_events", "()", "", |_, _| Ok(Ref::none())),
    MethodDef::new("_all_events", "()", "", |vm, _| Ok(vm.new_dict())),
];
