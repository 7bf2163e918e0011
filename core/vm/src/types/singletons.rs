//! `None`, `...`, `NotImplemented`, and `types.SimpleNamespace`.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::{Args, CompareOp, Dict, MethodDef, Ref, Slots, Ty, TypeDef};
use crate::types::convert;
use crate::vm::Vm;

fn no_arguments(vm: &mut Vm, args: Args<'_>, name: &str, value: Ref) -> PyResult {
    if args.is_empty() {
        Ok(value)
    } else {
        Err(vm.type_error(format!("{name} takes no arguments")))
    }
}

/// `NoneType`
pub(crate) const NONE: TypeDef = TypeDef {
    name: "NoneType",
    doc: "The type of the None singleton.",
    slots: Slots {
        repr: Some(|vm, _| Ok(vm.new_str("None"))),
        hash: Some(|_, _| Ok(0xFCA_86420)),
        bool: Some(|_, _| Ok(false)),
        new: Some(|vm, _, args| no_arguments(vm, args, "NoneType", Ref::none())),
        ..Slots::EMPTY
    },
    ..TypeDef::EMPTY
};

/// `ellipsis`
pub(crate) const ELLIPSIS: TypeDef = TypeDef {
    name: "ellipsis",
    doc: "The type of the Ellipsis singleton.",
    slots: Slots {
        repr: Some(|vm, _| Ok(vm.new_str("Ellipsis"))),
        new: Some(|vm, _, args| no_arguments(vm, args, "EllipsisType", Ref::ellipsis())),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", "", |vm, _| {
        Ok(vm.new_str("Ellipsis"))
    })],
    ..TypeDef::EMPTY
};

/// `NotImplementedType`
pub(crate) const NOT_IMPLEMENTED: TypeDef = TypeDef {
    name: "NotImplementedType",
    doc: "The type of the NotImplemented singleton.",
    slots: Slots {
        repr: Some(|vm, _| Ok(vm.new_str("NotImplemented"))),
        bool: Some(|vm, _| {
            Err(vm.type_error("NotImplemented should not be used in a boolean context"))
        }),
        new: Some(|vm, _, args| {
            no_arguments(vm, args, "NotImplementedType", Ref::not_implemented())
        }),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new("__reduce__", "($self, /)", "", |vm, _| {
        Ok(vm.new_str("NotImplemented"))
    })],
    ..TypeDef::EMPTY
};

/// The attributes, a dict.
fn attributes(vm: &mut Vm, value: &Ref) -> Ref {
    vm.instance_dict(value).unwrap_or_else(|| vm.new_dict())
}

fn namespace_init(vm: &mut Vm, value: &Ref, args: Args<'_>) -> PyResult<()> {
    let positional = args.positional();
    if positional.len() > 1 {
        let message = format!(
            "SimpleNamespace expected at most 1 argument, got {}",
            positional.len()
        );
        return Err(vm.type_error(message));
    }
    if let Some(source) = positional.first() {
        let copy = vm.new_dict();
        super::dict::merge(vm, &copy, source)?;
        for (key, item) in copy.payload::<Dict>().items(vm) {
            if key.as_str().is_none() {
                return Err(vm.type_error("keywords must be strings"));
            }
            vm.set_attr(value, &key, &item)?;
        }
    }
    for (key, item) in args.keywords() {
        vm.set_attr(value, key, item)?;
    }
    Ok(())
}

fn namespace_repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let ty = vm.type_of(value);
    let name = if ty.is(vm.types.simple_namespace) {
        "namespace".to_owned()
    } else {
        ty.name()
    };
    if !vm.repr_enter(value) {
        return Ok(vm.new_str(&format!("{name}(...)")));
    }
    let dict = attributes(vm, value);
    let mut parts = Vec::new();
    let mut failed = None;
    for (key, item) in dict.payload::<Dict>().items(vm) {
        match vm.repr_string(&item) {
            Ok(shown) => parts.push(format!("{}={shown}", vm.text_of(&key))),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    vm.repr_leave();
    match failed {
        Some(error) => Err(error),
        None => Ok(vm.new_str(&format!("{name}({})", parts.join(", ")))),
    }
}

fn namespace_compare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    let ty = vm.types.simple_namespace;
    if !vm.is_instance_of(a, ty) || !vm.is_instance_of(b, ty) {
        return Ok(Ref::not_implemented());
    }
    let (left, right) = (attributes(vm, a), attributes(vm, b));
    vm.compare(&left, &right, op)
}

fn namespace_new(vm: &mut Vm, ty: Ty, _args: Args<'_>) -> PyResult {
    Ok(vm.new_instance(ty))
}

/// `types.SimpleNamespace`
pub(crate) const SIMPLE_NAMESPACE: TypeDef = TypeDef {
    name: "SimpleNamespace",
    doc: "SimpleNamespace(mapping_or_iterable=(), /, **kwargs)\n--\n\nA simple attribute-based namespace.",
    slots: Slots {
        repr: Some(namespace_repr),
        richcompare: Some(namespace_compare),
        new: Some(namespace_new),
        init: Some(namespace_init),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "__reduce__",
            "($self, /)",
            "Return state information for pickling.",
            |vm, args| {
                let dict = attributes(vm, &args[0]);
                let (ty, empty) = (vm.type_of(&args[0]).to_ref(), vm.new_tuple(Vec::new()));
                Ok(vm.new_tuple(vec![ty, empty, dict]))
            },
        ),
        MethodDef::new(
            "__replace__",
            "",
            "Return a copy of the namespace object with new values for the specified attributes.",
            |vm, args| {
                let this = convert::positional(
                    vm,
                    "__replace__",
                    Args::from_refs(args.positional(), &[]),
                    1,
                    1,
                )?[0]
                    .clone();
                let ty = vm.type_of(&this).to_ref();
                let copy = vm.call(&ty, &[])?;
                let dict = attributes(vm, &this);
                for (key, item) in dict.payload::<Dict>().items(vm) {
                    vm.set_attr(&copy, &key, &item)?;
                }
                for (key, item) in args.keywords() {
                    vm.set_attr(&copy, key, item)?;
                }
                Ok(copy)
            },
        ),
    ],
    ..TypeDef::EMPTY
};
