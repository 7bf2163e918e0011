//! `__annotations__` and `__annotate__` of classes, evaluated when first asked
//! for (PEP 649) and kept in the class's namespace as CPython keeps them:
//! `__annotate_func__`, `__annotations_cache__`.
#![forbid(unsafe_code)]

use super::type_::{set_in_dict, ty};
use crate::error::PyResult;
use crate::heap::Kind;
use crate::object::{Ref, type_flags};
use crate::vm::Vm;

/// `annotationlib.Format.VALUE`
const FORMAT_VALUE: i32 = 1;

/// `type.__annotations__`
pub(super) fn get(vm: &mut Vm, class: &Ref) -> PyResult<Ref> {
    let names = vm.names.clone();
    require_heap_type(vm, class, &names.__annotations__)?;
    let ty = ty(class);
    let namespace = ty.namespace();
    for key in [&names.__annotations__, &names.__annotations_cache__] {
        if let Some(found) = namespace.get_str(vm, key) {
            return bound(vm, class, found);
        }
    }
    let annotate = vm.get_attr(class, &names.__annotate__)?;
    let dict = if vm.is_callable(&annotate) {
        let dict = vm.call(&annotate, &[Ref::small_int(FORMAT_VALUE)])?;
        if dict.kind() != Some(Kind::Dict) {
            let given = vm.type_of(&dict).name();
            return Err(vm.type_error(format!("__annotate__ returned non-dict of type '{given}'")));
        }
        dict
    } else {
        vm.new_dict()
    };
    namespace.set_str(vm, &names.__annotations_cache__, dict.clone());
    Ok(dict)
}

/// Annotations that were set take the place of the function that would give them.
pub(super) fn set(vm: &mut Vm, class: &Ref, value: Option<&Ref>) -> PyResult<()> {
    let names = vm.names.clone();
    let ty = ty(class);
    let namespace = ty.namespace();
    let key = if namespace.get_str(vm, &names.__annotations__).is_some() {
        names.__annotations__.clone()
    } else {
        names.__annotations_cache__.clone()
    };
    if value.is_none() && namespace.get_str(vm, &key).is_none() {
        return Err(vm.attribute_error_with(class, &names.__annotations__, "__annotations__"));
    }
    set_in_dict(vm, class, vm.text_of(&key).as_ref(), value)?;
    for key in [&names.__annotate_func__, &names.__annotate__] {
        namespace.remove(vm, key)?;
    }
    Ok(())
}

/// `type.__annotate__`
pub(super) fn get_annotate(vm: &mut Vm, class: &Ref) -> PyResult<Ref> {
    let names = vm.names.clone();
    require_heap_type(vm, class, &names.__annotate__)?;
    let ty = ty(class);
    let namespace = ty.namespace();
    for key in [&names.__annotate__, &names.__annotate_func__] {
        if let Some(found) = namespace.get_str(vm, key) {
            return bound(vm, class, found);
        }
    }
    namespace.set_str(vm, &names.__annotate_func__, Ref::none());
    Ok(Ref::none())
}

/// A new function makes the annotations that the old one gave stale; `None` keeps them.
pub(super) fn set_annotate(vm: &mut Vm, class: &Ref, value: Option<&Ref>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(vm.type_error("cannot delete __annotate__ attribute"));
    };
    if !value.is_none() && !vm.is_callable(value) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    set_in_dict(vm, class, "__annotate_func__", Some(value))?;
    if !value.is_none() {
        let cache = vm.names.__annotations_cache__.clone();
        ty(class).namespace().remove(vm, &cache)?;
    }
    Ok(())
}

/// What a namespace holds may be a descriptor.
fn bound(vm: &mut Vm, class: &Ref, found: Ref) -> PyResult<Ref> {
    match vm.type_of(&found).slot(|s| s.descr_get) {
        Some(descr_get) => descr_get(vm, &found, None, ty(class)),
        None => Ok(found),
    }
}

fn require_heap_type(vm: &mut Vm, class: &Ref, name: &Ref) -> PyResult<()> {
    if ty(class).has(type_flags::HEAPTYPE) {
        Ok(())
    } else {
        Err(vm.attribute_error(class, name))
    }
}
