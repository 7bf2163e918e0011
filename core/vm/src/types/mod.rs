//! The built-in types and functions.
#![forbid(unsafe_code)]

pub(crate) mod builtins;
pub(crate) mod bytearray;
pub(crate) mod bytes;
pub(crate) mod combinators;
pub(crate) mod complex;
pub(crate) mod convert;
pub(crate) mod define;
pub(crate) mod dict;
pub(crate) mod exceptions;
pub(crate) mod float;
pub(crate) mod generic_alias;
pub(crate) mod host_access;
pub(crate) mod int;
pub(crate) mod iterators;
pub(crate) mod library;
pub(crate) mod list;
pub(crate) mod machine;
pub(crate) mod mappingproxy;
pub(crate) mod memoryview;
pub(crate) mod range;
pub(crate) mod services;
pub(crate) mod set;
pub(crate) mod singletons;
pub(crate) mod slot_methods;
pub(crate) mod str;
pub(crate) mod template;
pub(crate) mod tuple;
pub(crate) mod union;
pub(crate) mod weakref;

pub(crate) use machine::{call_native_new, new_staticmethod};

use crate::error::PyResult;
use crate::object::Ref;
use crate::vm::Vm;

/// Gives every built-in type its operations and fills `builtins`.
pub(crate) fn define_all(vm: &mut Vm) -> PyResult<()> {
    machine::define(vm);
    library::define(vm);
    for ty in vm.all_types() {
        if !ty.is(vm.types.object) {
            vm.inherit_slots(ty);
        }
    }
    let builtins = vm.builtins.clone();
    for ty in vm.all_types() {
        let name = ty.name();
        if PUBLIC.contains(&name.as_str()) || ty.has(crate::object::type_flags::EXCEPTION) {
            vm.dict_set_str(&builtins, &name, ty.to_ref());
        }
    }
    Ok(())
}

/// The types that `builtins` names.
const PUBLIC: [&str; 26] = [
    "bool",
    "bytearray",
    "bytes",
    "classmethod",
    "complex",
    "dict",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "int",
    "list",
    "map",
    "memoryview",
    "object",
    "property",
    "range",
    "reversed",
    "set",
    "slice",
    "staticmethod",
    "str",
    "super",
    "tuple",
    "type",
    "zip",
];

pub(crate) use mappingproxy::new_mappingproxy;
pub(crate) use set::frozenset_from;

/// The iterator of an object with `__getitem__` only.
pub(crate) fn sequence_iterator(vm: &mut Vm, object: &Ref) -> PyResult<Ref> {
    Ok(vm.new_object(
        vm.types.iterator,
        iterators::SequenceIter::new(object.clone()),
    ))
}
