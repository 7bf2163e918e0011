//! The types the machine itself consists of: `object`, `type`, functions,
//! descriptors, modules.
#![forbid(unsafe_code)]

mod annotations;
mod build;
mod descriptors;
pub(crate) mod functions;
mod generators;
mod internals;
mod native_descriptors;
pub(crate) mod object;
mod object_methods;
mod super_;
pub(crate) mod type_;

pub(crate) use generators::wrap_async_value;
pub(crate) use super_::super_lookup;

use crate::error::PyResult;
use crate::object::{Args, Ref, Slot, Wrapped, type_flags};
use crate::vm::Vm;

/// Defines them all.
pub(crate) fn define(vm: &mut Vm) {
    object::define(vm);
    type_::define(vm);
    functions::define(vm);
    native_descriptors::define(vm);
    descriptors::define(vm);
    super_::define(vm);
    internals::define(vm);
    generators::define(vm);
    build::define(vm);
}

/// `type.__new__` of a native type, called on a class: `int.__new__(cls, ...)`.
pub(crate) fn call_native_new(vm: &mut Vm, args: Args<'_>) -> PyResult<Ref> {
    let owner = args[0].as_type().expect("bound to its type");
    let name = owner.name();
    let Some(class) = args.positional().get(1) else {
        return Err(vm.type_error(format!("{name}.__new__(): not enough arguments")));
    };
    let Some(ty) = class.as_type() else {
        let given = vm.type_of(class).name();
        return Err(vm.type_error(format!(
            "{name}.__new__(X): X is not a type object ({given})"
        )));
    };
    if !ty.is_subtype(owner) {
        let given = ty.name();
        return Err(vm.type_error(format!(
            "{name}.__new__({given}): {given} is not a subtype of {name}"
        )));
    }
    let native = ty
        .mro()
        .iter()
        .find(|t| !t.has(type_flags::HEAPTYPE))
        .copied();
    let same = |t: crate::object::Ty| {
        t.slot(|s| s.new.map(|f| f as usize)) == owner.slot(|s| s.new.map(|f| f as usize))
    };
    if let Some(native) = native.filter(|t| t.has(type_flags::DISALLOW_INSTANTIATION)) {
        let name = vm.qualified_name(native);
        return Err(vm.type_error(format!("cannot create '{name}' instances")));
    }
    if let Some(native) = native.filter(|t| !same(*t)) {
        let (given, native) = (ty.name(), native.name());
        return Err(vm.type_error(format!(
            "{name}.__new__({given}) is not safe, use {native}.__new__()"
        )));
    }
    let rest: Vec<Ref> = (2..args.len())
        .filter_map(|i| args.get(i))
        .cloned()
        .collect();
    let new = owner.slot(|s| s.new).expect("it has the slot");
    new(vm, ty, Args::from_refs(&rest, args.kwnames()))
}

/// `staticmethod(f)`
pub(crate) fn new_staticmethod(vm: &mut Vm, function: Ref) -> Ref {
    let payload = Wrapped {
        callable: Slot::new(function),
        class: false,
    };
    vm.new_object(vm.types.staticmethod, payload)
}

/// Why an abstract class cannot be instantiated.
pub(crate) fn abstract_error(vm: &mut Vm, ty: crate::object::Ty) -> crate::error::Exc {
    let key = vm.names.__abstractmethods__.clone();
    let methods = ty.namespace().get_str(vm, &key).unwrap_or_else(Ref::none);
    let mut names: Vec<String> = match vm.collect(&methods) {
        Ok(names) => names.iter().map(|n| vm.text_of(n)).collect(),
        Err(exc) => return exc,
    };
    names.sort();
    let s = if names.len() > 1 { "s" } else { "" };
    let list = names
        .iter()
        .map(|n| format!("'{n}'"))
        .collect::<Vec<_>>()
        .join(", ");
    vm.type_error(format!(
        "Can't instantiate abstract class {} without an implementation for abstract method{s} {list}",
        ty.name()
    ))
}
