#![forbid(unsafe_code)]
//! The built-in types and functions.

pub(crate) mod define;
pub(crate) mod machine;
pub(crate) mod slot_methods;

pub(crate) use machine::{call_native_new, new_staticmethod};

use crate::error::PyResult;
use crate::object::Ref;
use crate::vm::Vm;

/// Gives every built-in type its operations and fills `builtins`.
pub(crate) fn define_all(vm: &mut Vm) -> PyResult<()> {
    machine::define(vm);
    for ty in vm.all_types() {
        if !ty.is(vm.types.object) {
            vm.inherit_slots(ty);
        }
    }
    let builtins = vm.builtins.clone();
    for ty in vm.all_types() {
        let name = ty.name();
        let public = PUBLIC.contains(&name.as_str()) || ty.has(crate::object::type_flags::EXCEPTION);
        if public && name != "_IncompleteInputError" {
            vm.dict_set_str(&builtins, &name, ty.to_ref());
        }
    }
    Ok(())
}

/// The types that `builtins` names.
const PUBLIC: [&str; 26] = [
    "bool", "bytearray", "bytes", "classmethod", "complex", "dict", "enumerate", "filter", "float",
    "frozenset", "int", "list", "map", "memoryview", "object", "property", "range", "reversed",
    "set", "slice", "staticmethod", "str", "super", "tuple", "type", "zip",
];

/// A frozenset of constants.
pub(crate) fn frozenset_from(vm: &mut Vm, items: Vec<Ref>) -> Ref {
    vm.new_tuple(items)
}

/// The iterator of an object with `__getitem__` only.
pub(crate) fn sequence_iterator(vm: &mut Vm, object: &Ref) -> PyResult<Ref> {
    let ty = vm.type_of(object).name();
    Err(vm.type_error(format!("'{ty}' object is not iterable")))
}
