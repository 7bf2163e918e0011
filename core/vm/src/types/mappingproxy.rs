//! `types.MappingProxyType`: a mapping that cannot be changed through it.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{Args, BinaryOp, MethodDef, Ref, Slots, Ty, TypeDef, Visitor};
use crate::types::convert;
use crate::vm::Vm;

/// The payload.
pub(crate) struct MappingProxy {
    mapping: Ref,
}

impl Payload for MappingProxy {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.mapping);
    }
}

/// A proxy of a mapping.
pub(crate) fn new_mappingproxy(vm: &mut Vm, mapping: Ref) -> Ref {
    vm.new_object(vm.types.mappingproxy, MappingProxy { mapping })
}

fn mapping(value: &Ref) -> &Ref {
    &value.payload::<MappingProxy>().mapping
}

fn unwrapped(value: &Ref) -> &Ref {
    value
        .downcast::<MappingProxy>()
        .map_or(value, |proxy| &proxy.mapping)
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let bound = convert::bind(vm, "mappingproxy", "(mapping)", args)?;
    let Some(mapping) = bound[0].clone() else {
        return Err(vm.type_error("mappingproxy() missing required argument 'mapping' (pos 1)"));
    };
    let usable = vm.type_of(&mapping).slot(|slots| slots.subscript.is_some())
        && mapping.as_tuple().is_none()
        && mapping.downcast::<crate::object::List>().is_none();
    if !usable {
        let name = vm.type_of(&mapping).name();
        return Err(vm.type_error(format!(
            "mappingproxy() argument must be a mapping, not {name}"
        )));
    }
    Ok(vm.new_object(ty, MappingProxy { mapping }))
}

macro_rules! forward {
    ($($name:literal, $doc:literal;)*) => {
        &[
            $(MethodDef::new($name, "", $doc, |vm, args| {
                let given = args.positional();
                vm.call_method(mapping(&given[0]), $name, &given[1..])
            }),)*
            MethodDef::new("__class_getitem__", "($type, object, /)", "See PEP 585", super::generic_alias::class_getitem).class(),
        ]
    };
}

/// `mappingproxy`
pub(crate) const MAPPINGPROXY: TypeDef = TypeDef {
    name: "mappingproxy",
    doc: "mappingproxy(mapping)\n--\n\nRead-only proxy of a mapping.",
    slots: Slots {
        repr: Some(|vm, value| {
            let shown = vm.repr_string(mapping(value))?;
            Ok(vm.new_str(&format!("mappingproxy({shown})")))
        }),
        str: Some(|vm, value| vm.str(mapping(value))),
        hash: Some(|vm, value| vm.hash(mapping(value))),
        richcompare: Some(|vm, a, b, op| vm.compare(unwrapped(a), unwrapped(b), op)),
        iter: Some(|vm, value| vm.iter(mapping(value))),
        new: Some(new),
        length: Some(|vm, value| vm.len(mapping(value))),
        subscript: Some(|vm, value, key| vm.get_item(mapping(value), key)),
        contains: Some(|vm, value, key| vm.contains(mapping(value), key)),
        or: Some(|vm, a, b| vm.binary(BinaryOp::Or, unwrapped(a), unwrapped(b))),
        inplace_or: Some(|vm, a, _| {
            let name = vm.type_of(a).name();
            Err(vm.type_error(format!("'|=' is not supported by {name}; use '|' instead")))
        }),
        ..Slots::EMPTY
    },
    methods: forward! {
        "get", "Return the value for key if key is in the mapping, else default.";
        "keys", "D.keys() -> a set-like object providing a view on D's keys";
        "values", "D.values() -> an object providing a view on D's values";
        "items", "D.items() -> a set-like object providing a view on D's items";
        "copy", "D.copy() -> a shallow copy of D";
        "__reversed__", "D.__reversed__() -> reverse iterator";
    },
    ..TypeDef::EMPTY
};
