//! Descriptors of native types: methods, slot wrappers, computed attributes,
//! and the fixed slots of `__slots__`.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::heap::{Payload, Visitor};
use crate::object::{
    Args, Flavor, GetSet, GetSetDef, Member, MethodDescr, Ref, SlotWrapper, Slots, Ty, TypeDef,
};
use crate::ops::call::{call_method_descr, check_self};
use crate::types::slot_methods::{SLOT_DEFS, call_wrapper};
use crate::vm::Vm;

pub(super) fn define(vm: &mut Vm) {
    let t = vm.types;
    for (ty, def) in [
        (t.method_descriptor, &METHOD_DESCRIPTOR),
        (t.classmethod_descriptor, &CLASSMETHOD_DESCRIPTOR),
        (t.wrapper_descriptor, &WRAPPER),
        (t.method_wrapper, &METHOD_WRAPPER),
        (t.getset_descriptor, &GETSET),
        (t.member_descriptor, &MEMBER),
    ] {
        vm.define(ty, def);
    }
}

/// What every descriptor of a native type tells of itself.
trait Descriptor: Payload {
    /// `__objclass__`
    fn owner(&self) -> Ty;
    /// `__name__`
    fn name(&self, vm: &mut Vm) -> Ref;
    /// `__doc__`; empty: `None`
    fn doc(&self) -> &str;
}

impl Descriptor for MethodDescr {
    fn owner(&self) -> Ty {
        self.owner
    }

    fn name(&self, vm: &mut Vm) -> Ref {
        vm.intern(self.def.name)
    }

    fn doc(&self) -> &str {
        self.def.doc
    }
}

impl Descriptor for SlotWrapper {
    fn owner(&self) -> Ty {
        self.owner
    }

    fn name(&self, vm: &mut Vm) -> Ref {
        vm.intern(SLOT_DEFS[self.index].name)
    }

    fn doc(&self) -> &str {
        SLOT_DEFS[self.index].doc
    }
}

impl Descriptor for GetSet {
    fn owner(&self) -> Ty {
        self.owner
    }

    fn name(&self, vm: &mut Vm) -> Ref {
        vm.intern(self.def.name)
    }

    fn doc(&self) -> &str {
        self.def.doc
    }
}

impl Descriptor for Member {
    fn owner(&self) -> Ty {
        self.owner
    }

    fn name(&self, _: &mut Vm) -> Ref {
        self.name.clone()
    }

    fn doc(&self) -> &str {
        ""
    }
}

const fn name<D: Descriptor>() -> GetSetDef {
    GetSetDef::read_only("__name__", "", |vm, d| Ok(d.payload::<D>().name(vm)))
}

const fn qualname<D: Descriptor>() -> GetSetDef {
    GetSetDef::read_only("__qualname__", "", |vm, d| {
        let descriptor: &D = d.payload();
        let owner = vm.get_attr_str(&descriptor.owner().to_ref(), "__qualname__")?;
        let name = descriptor.name(vm);
        let text = format!("{}.{}", vm.text_of(&owner), vm.text_of(&name));
        Ok(vm.new_str(&text))
    })
}

const fn objclass<D: Descriptor>() -> GetSetDef {
    GetSetDef::read_only("__objclass__", "", |_, d| {
        Ok(d.payload::<D>().owner().to_ref())
    })
}

const fn doc<D: Descriptor>() -> GetSetDef {
    GetSetDef::read_only("__doc__", "", |vm, d| {
        Ok(super::functions::text_or_none(vm, d.payload::<D>().doc()))
    })
}

const NATIVE_METHOD: &[GetSetDef] = &[
    name::<MethodDescr>(),
    qualname::<MethodDescr>(),
    objclass::<MethodDescr>(),
    doc::<MethodDescr>(),
    GetSetDef::read_only("__text_signature__", "", |vm, d| {
        Ok(super::functions::text_or_none(
            vm,
            d.payload::<MethodDescr>().def.signature,
        ))
    }),
];

const METHOD_DESCRIPTOR: TypeDef = TypeDef {
    name: "method_descriptor",
    slots: Slots {
        repr: Some(|vm, d| {
            let m: &MethodDescr = d.payload();
            Ok(vm.new_str(&format!(
                "<method '{}' of '{}' objects>",
                m.def.name,
                m.owner.name()
            )))
        }),
        call: Some(call_method_descr),
        descr_get: Some(|vm, d, object, _| match object {
            Some(object) => {
                let m: &MethodDescr = d.payload();
                check_self(vm, m.owner, m.def.name, m.def.flavor, object)?;
                Ok(super::functions::bind_native(vm, m, object))
            }
            None => Ok(d.clone()),
        }),
        ..Slots::EMPTY
    },
    getset: NATIVE_METHOD,
    ..TypeDef::EMPTY
};

const CLASSMETHOD_DESCRIPTOR: TypeDef = TypeDef {
    name: "classmethod_descriptor",
    slots: Slots {
        repr: Some(|vm, d| {
            let m: &MethodDescr = d.payload();
            Ok(vm.new_str(&format!(
                "<method '{}' of '{}' objects>",
                m.def.name,
                m.owner.name()
            )))
        }),
        call: Some(call_method_descr),
        descr_get: Some(|vm, d, _, ty| {
            let m: &MethodDescr = d.payload();
            let class = ty.to_ref();
            check_self(vm, m.owner, m.def.name, Flavor::Class, &class)?;
            Ok(super::functions::bind_native(vm, m, &class))
        }),
        ..Slots::EMPTY
    },
    getset: NATIVE_METHOD,
    ..TypeDef::EMPTY
};

fn slot_name(d: &Ref) -> &'static str {
    SLOT_DEFS[d.payload::<SlotWrapper>().index].name
}

const WRAPPER: TypeDef = TypeDef {
    name: "wrapper_descriptor",
    slots: Slots {
        repr: Some(|vm, d| {
            let owner = d.payload::<SlotWrapper>().owner.name();
            Ok(vm.new_str(&format!(
                "<slot wrapper '{}' of '{owner}' objects>",
                slot_name(d)
            )))
        }),
        call: Some(call_wrapper),
        descr_get: Some(|vm, d, object, _| match object {
            Some(object) => {
                let payload = MethodWrapper {
                    descr: d.clone(),
                    this: object.clone(),
                };
                Ok(vm.new_object(vm.types.method_wrapper, payload))
            }
            None => Ok(d.clone()),
        }),
        ..Slots::EMPTY
    },
    getset: &[
        name::<SlotWrapper>(),
        qualname::<SlotWrapper>(),
        objclass::<SlotWrapper>(),
        doc::<SlotWrapper>(),
        GetSetDef::read_only("__text_signature__", "", |vm, d| {
            Ok(vm.new_str(SLOT_DEFS[d.payload::<SlotWrapper>().index].signature))
        }),
    ],
    ..TypeDef::EMPTY
};

/// A slot wrapper bound to an object (`method-wrapper`).
struct MethodWrapper {
    descr: Ref,
    this: Ref,
}

impl Payload for MethodWrapper {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.descr);
        visitor.visit(&self.this);
    }
}

const METHOD_WRAPPER: TypeDef = TypeDef {
    name: "method-wrapper",
    slots: Slots {
        repr: Some(|vm, w| {
            let wrapper: &MethodWrapper = w.payload();
            let ty = vm.type_of(&wrapper.this).name();
            let name = slot_name(&wrapper.descr);
            Ok(vm.new_str(&format!(
                "<method-wrapper '{name}' of {ty} object at {:#x}>",
                wrapper.this.id()
            )))
        }),
        call: Some(|vm, w, args| {
            let wrapper: &MethodWrapper = w.payload();
            let all = Vm::prepend(&wrapper.this, args);
            call_wrapper(vm, &wrapper.descr, Args::from_refs(&all, args.kwnames()))
        }),
        ..Slots::EMPTY
    },
    getset: &[
        GetSetDef::read_only("__self__", "", |_, w| {
            Ok(w.payload::<MethodWrapper>().this.clone())
        }),
        GetSetDef::read_only("__name__", "", |vm, w| of_descr(vm, w, "__name__")),
        GetSetDef::read_only("__objclass__", "", |vm, w| of_descr(vm, w, "__objclass__")),
        GetSetDef::read_only("__doc__", "", |vm, w| of_descr(vm, w, "__doc__")),
        GetSetDef::read_only("__text_signature__", "", |vm, w| {
            of_descr(vm, w, "__text_signature__")
        }),
        GetSetDef::read_only("__qualname__", "", |vm, w| of_descr(vm, w, "__qualname__")),
    ],
    ..TypeDef::EMPTY
};

/// A bound wrapper says of itself what its descriptor says.
fn of_descr(vm: &mut Vm, wrapper: &Ref, attribute: &str) -> PyResult<Ref> {
    let descr = wrapper.payload::<MethodWrapper>().descr.clone();
    vm.get_attr_str(&descr, attribute)
}

const GETSET: TypeDef = TypeDef {
    name: "getset_descriptor",
    slots: Slots {
        repr: Some(|vm, d| {
            let g: &GetSet = d.payload();
            Ok(vm.new_str(&format!(
                "<attribute '{}' of '{}' objects>",
                g.def.name,
                g.owner.name()
            )))
        }),
        descr_get: Some(|vm, d, object, _| match object {
            Some(object) => {
                let g: &GetSet = d.payload();
                check_self(vm, g.owner, g.def.name, Flavor::Method, object)?;
                (g.def.get)(vm, object)
            }
            None => Ok(d.clone()),
        }),
        descr_set: Some(|vm, d, object, value| {
            let g: &GetSet = d.payload();
            check_self(vm, g.owner, g.def.name, Flavor::Method, object)?;
            match g.def.set {
                Some(set) => set(vm, object, value),
                None => {
                    let name = vm.intern(g.def.name);
                    let message = format!(
                        "attribute '{}' of '{}' objects is not writable",
                        g.def.name,
                        g.owner.name()
                    );
                    Err(vm.attribute_error_with(object, &name, message))
                }
            }
        }),
        ..Slots::EMPTY
    },
    getset: &[
        name::<GetSet>(),
        qualname::<GetSet>(),
        objclass::<GetSet>(),
        doc::<GetSet>(),
    ],
    ..TypeDef::EMPTY
};

const MEMBER: TypeDef = TypeDef {
    name: "member_descriptor",
    slots: Slots {
        repr: Some(|vm, d| {
            let m: &Member = d.payload();
            let name = vm.text_of(&m.name);
            Ok(vm.new_str(&format!(
                "<member '{name}' of '{}' objects>",
                m.owner.name()
            )))
        }),
        descr_get: Some(|vm, d, object, _| {
            let Some(object) = object else {
                return Ok(d.clone());
            };
            let m: &Member = d.payload();
            let name = vm.text_of(&m.name);
            check_self(vm, m.owner, &name, Flavor::Method, object)?;
            match vm.extra_slot(object, m.slot) {
                Some(value) => Ok(value),
                None => Err(vm.attribute_error(object, &m.name)),
            }
        }),
        descr_set: Some(|vm, d, object, value| {
            let m: &Member = d.payload();
            let name = vm.text_of(&m.name);
            check_self(vm, m.owner, &name, Flavor::Method, object)?;
            let old = object.extra()[usize::from(m.slot)].replace(value.cloned());
            if value.is_none() && old.is_none() {
                return Err(vm.attribute_error(object, &m.name));
            }
            Ok(())
        }),
        ..Slots::EMPTY
    },
    getset: &[
        name::<Member>(),
        qualname::<Member>(),
        objclass::<Member>(),
        doc::<Member>(),
    ],
    ..TypeDef::EMPTY
};
