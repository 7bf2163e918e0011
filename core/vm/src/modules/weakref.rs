//! `_weakref`.

use super::{add, add_functions};
use crate::error::PyResult;
use crate::heap::Weakref;
use crate::object::{Dict, MethodDef, Ref};
use crate::vm::Vm;

pub(super) fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add_functions(vm, module, FUNCTIONS)?;
    for (name, ty) in [
        ("ref", vm.types.weakref),
        ("ReferenceType", vm.types.weakref),
        ("ProxyType", vm.types.weakproxy),
        ("CallableProxyType", vm.types.callable_proxy),
    ] {
        add(vm, module, name, ty.to_ref());
    }
    Ok(())
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "proxy",
        "(object, callback=None, /)",
        "Create a proxy object that weakly references 'object'.",
        |vm, args| {
            let callback = args.get_not_none(1).cloned();
            crate::types::weakref::proxy(vm, &args[0], callback)
        },
    ),
    MethodDef::new(
        "getweakrefcount",
        "(object, /)",
        "Return the number of weak references to 'object'.",
        |vm, args| {
            let count = Weakref::all_of(&args[0]).len();
            Ok(vm.new_usize(count))
        },
    ),
    MethodDef::new(
        "getweakrefs",
        "(object, /)",
        "Return a list of all weak reference objects pointing to 'object'.",
        |vm, args| {
            let all = Weakref::all_of(&args[0]);
            Ok(vm.new_list(all))
        },
    ),
    MethodDef::new(
        "_remove_dead_weakref",
        "(dct, key, /)",
        "Atomically remove key from dict if it points to a dead weakref.",
        |vm, args| {
            let Some(dict) = args[0].downcast::<Dict>() else {
                return Err(vm.type_error("_remove_dead_weakref() argument 1 must be dict"));
            };
            if let Some(weak) = dict.get(vm, &args[1])?
                && weak
                    .downcast::<Weakref>()
                    .is_some_and(|weak| weak.target().is_none())
            {
                let old = dict.remove(vm, &args[1])?;
                drop(old);
            }
            Ok(Ref::none())
        },
    ),
];
