//! `object`
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::{Args, CompareOp, Kind, Ref, Slots, Ty, TypeDef, type_flags};
use crate::vm::Vm;

pub(super) fn define(vm: &mut Vm) {
    let ty = vm.types.object;
    vm.define(ty, &DEF);
}

const DEF: TypeDef = TypeDef {
    name: "object",
    doc: "object()\n--\n\nThe base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    slots: Slots {
        repr: Some(repr),
        str: Some(str),
        hash: Some(hash),
        getattro: Some(crate::ops::generic_get_attr),
        setattro: Some(Vm::generic_set_attr),
        richcompare: Some(richcompare),
        new: Some(new),
        init: Some(init),
        ..Slots::EMPTY
    },
    methods: super::object_methods::METHODS,
    getset: super::object_methods::GETSET,
    ..TypeDef::EMPTY
};

fn repr(vm: &mut Vm, object: &Ref) -> PyResult<Ref> {
    Ok(vm.default_repr(object))
}

fn str(vm: &mut Vm, object: &Ref) -> PyResult<Ref> {
    vm.repr(object)
}

fn hash(_vm: &mut Vm, object: &Ref) -> PyResult<i64> {
    Ok(crate::hash::hash_pointer(object.id()))
}

fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult<Ref> {
    match op {
        CompareOp::Eq if a.is(b) => Ok(Ref::bool(true)),
        CompareOp::Ne => {
            // The inverse of `==`, which a subclass may define.
            let Some(f) = vm.type_of(a).slot(|s| s.richcompare) else {
                return Ok(Ref::not_implemented());
            };
            let answer = f(vm, a, b, CompareOp::Eq)?;
            if answer.is_not_implemented() {
                return Ok(answer);
            }
            Ok(Ref::bool(!vm.is_true(&answer)?))
        }
        _ => Ok(Ref::not_implemented()),
    }
}

/// Complains about arguments that neither `__new__` nor `__init__` takes.
fn excess(args: Args<'_>) -> bool {
    !args.is_empty()
}

fn own_slot(ty: Ty, object: Ty) -> (bool, bool) {
    let addr = |t: Ty| t.slot(|s| (s.new.map(|f| f as usize), s.init.map(|f| f as usize)));
    let (a, b) = (addr(ty), addr(object));
    (a.0 != b.0, a.1 != b.1)
}

/// Whether an instance is whole without a native part. One of a native type that has no
/// `__new__` is not: its methods look for what only its maker can give.
fn is_plain(ty: Ty) -> bool {
    match ty.base_kind.get() {
        Kind::Instance => true,
        // Classes of library modules that are written as a program's would be.
        Kind::Native => nearest_native(ty).base().is_none(),
        _ => false,
    }
}

/// The nearest ancestor, or the type itself, that no program has made.
pub(super) fn nearest_native(mut ty: Ty) -> Ty {
    while ty.has(type_flags::HEAPTYPE)
        && let Some(base) = ty.base()
    {
        ty = base;
    }
    ty
}

pub(crate) fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult<Ref> {
    if !is_plain(ty) {
        let name = vm.qualified_name(ty);
        return Err(vm.type_error(format!("cannot create '{name}' instances")));
    }
    if excess(args) {
        let (own_new, own_init) = own_slot(ty, vm.types.object);
        if own_new {
            return Err(vm.type_error(
                "object.__new__() takes exactly one argument (the type to instantiate)",
            ));
        }
        if !own_init {
            return Err(vm.type_error(format!("{}() takes no arguments", ty.name())));
        }
    }
    if ty.has(type_flags::ABSTRACT) {
        return Err(crate::types::machine::abstract_error(vm, ty));
    }
    Ok(vm.new_instance(ty))
}

fn init(vm: &mut Vm, object: &Ref, args: Args<'_>) -> PyResult<()> {
    if excess(args) {
        let ty = vm.type_of(object);
        let (own_new, own_init) = own_slot(ty, vm.types.object);
        if own_init {
            return Err(vm.type_error(
                "object.__init__() takes exactly one argument (the instance to initialize)",
            ));
        }
        if !own_new {
            return Err(vm.type_error(format!("{}() takes no arguments", ty.name())));
        }
    }
    Ok(())
}
