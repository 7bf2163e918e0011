//! `gc`.

use super::{add, add_functions};
use crate::error::PyResult;
use crate::object::{Args, MethodDef, Ref};
use crate::vm::Vm;

/// Settings that a program may read back.
struct State {
    enabled: bool,
    thresholds: [i64; 3],
    debug: i64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            enabled: true,
            thresholds: [2000, 10, 10],
            debug: 0,
        }
    }
}

pub(super) fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add_functions(vm, module, FUNCTIONS)?;
    for name in ["garbage", "callbacks"] {
        let empty = vm.new_list(Vec::new());
        add(vm, module, name, empty);
    }
    for (name, value) in [
        ("DEBUG_STATS", 1),
        ("DEBUG_COLLECTABLE", 2),
        ("DEBUG_UNCOLLECTABLE", 4),
        ("DEBUG_SAVEALL", 32),
        ("DEBUG_LEAK", 38),
    ] {
        add(vm, module, name, Ref::small_int(value));
    }
    Ok(())
}

fn set_enabled(vm: &mut Vm, enabled: bool) -> PyResult {
    vm.state::<State>().enabled = enabled;
    Ok(Ref::none())
}

fn set_threshold(vm: &mut Vm, args: Args<'_>) -> PyResult {
    for index in 0..3 {
        if let Some(value) = args.get(index) {
            let value = vm.index_isize(value, "")? as i64;
            vm.state::<State>().thresholds[index] = value;
        }
    }
    Ok(Ref::none())
}

fn is_tracked(_vm: &mut Vm, args: Args<'_>) -> PyResult {
    use crate::heap::Kind;
    let atomic = matches!(
        args[0].kind(),
        None | Some(
            Kind::Int | Kind::Float | Kind::Complex | Kind::Str | Kind::Bytes | Kind::ByteArray
        )
    );
    Ok(Ref::bool(!atomic))
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "collect",
        "(generation=2)",
        "Run the garbage collector.\n\nThe number of unreachable objects is returned.",
        |vm, _| {
            let count = vm.collect_garbage();
            Ok(vm.new_usize(count))
        },
    ),
    MethodDef::new(
        "enable",
        "()",
        "Enable automatic garbage collection.",
        |vm, _| set_enabled(vm, true),
    ),
    MethodDef::new(
        "disable",
        "()",
        "Disable automatic garbage collection.",
        |vm, _| set_enabled(vm, false),
    ),
    MethodDef::new(
        "isenabled",
        "()",
        "Returns true if automatic garbage collection is enabled.",
        |vm, _| {
            let enabled = vm.state::<State>().enabled;
            Ok(Ref::bool(enabled))
        },
    ),
    MethodDef::new(
        "get_threshold",
        "()",
        "Return the current collection thresholds.",
        |vm, _| {
            let thresholds = vm.state::<State>().thresholds;
            let items = thresholds.map(|threshold| vm.new_int(threshold)).to_vec();
            Ok(vm.new_tuple(items))
        },
    ),
    MethodDef::new(
        "set_threshold",
        "(threshold0, threshold1=10, threshold2=10, /)",
        "Set the collection thresholds.",
        set_threshold,
    ),
    MethodDef::new(
        "get_count",
        "()",
        "Return a three-tuple of the current collection counts.",
        |vm, _| Ok(vm.new_tuple([0, 0, 0].map(Ref::small_int).to_vec())),
    ),
    MethodDef::new(
        "get_debug",
        "()",
        "Get the garbage collection debugging flags.",
        |vm, _| {
            let debug = vm.state::<State>().debug;
            Ok(vm.new_int(debug))
        },
    ),
    MethodDef::new(
        "set_debug",
        "(flags, /)",
        "Set the garbage collection debugging flags.",
        |vm, args| {
            let flags = vm.index_isize(&args[0], "")? as i64;
            vm.state::<State>().debug = flags;
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "is_tracked",
        "(obj, /)",
        "Returns true if the object is tracked by the garbage collector.",
        is_tracked,
    ),
    MethodDef::new(
        "freeze",
        "()",
        "Freeze all current tracked objects and ignore them for future collections.",
        |_, _| Ok(Ref::none()),
    ),
    MethodDef::new(
        "unfreeze",
        "()",
        "Unfreeze all objects in the permanent generation.",
        |_, _| Ok(Ref::none()),
    ),
    MethodDef::new(
        "get_freeze_count",
        "()",
        "Return the number of objects in the permanent generation.",
        |_, _| Ok(Ref::small_int(0)),
    ),
];
