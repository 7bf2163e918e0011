//! Descriptors: native methods and attributes, `property`, `staticmethod`,
//! `classmethod`, `super`.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::heap::{Payload, Visitor};
use crate::object::{
    Args, CellVar, Flavor, GetSet, GetSetDef, Member, MethodDef, MethodDescr, Ref, Signature, Slot,
    SlotWrapper, Slots, Ty, TypeDef, Wrapped,
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
        (t.property, &PROPERTY),
        (t.staticmethod, &STATICMETHOD),
        (t.classmethod, &CLASSMETHOD),
        (t.super_, &SUPER),
    ] {
        vm.define(ty, def);
    }
}

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
    getset: DESCR,
    ..TypeDef::EMPTY
};

const DESCR: &[GetSetDef] = &[
    GetSetDef::read_only("__name__", "", |vm, d| {
        Ok(vm.intern(d.payload::<MethodDescr>().def.name))
    }),
    GetSetDef::read_only("__qualname__", "", |vm, d| {
        let m: &MethodDescr = d.payload();
        let text = format!("{}.{}", m.owner.name(), m.def.name);
        Ok(vm.new_str(&text))
    }),
    GetSetDef::read_only("__objclass__", "", |_, d| {
        Ok(d.payload::<MethodDescr>().owner.to_ref())
    }),
    GetSetDef::read_only("__doc__", "", |vm, d| {
        Ok(super::functions::doc_text(
            vm,
            d.payload::<MethodDescr>().def.doc,
        ))
    }),
    GetSetDef::read_only("__text_signature__", "", |vm, d| {
        Ok(super::functions::signature_text(
            vm,
            d.payload::<MethodDescr>().def.signature,
        ))
    }),
];

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
    getset: DESCR,
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
        GetSetDef::read_only("__name__", "", |vm, d| Ok(vm.intern(slot_name(d)))),
        GetSetDef::read_only("__qualname__", "", |vm, d| {
            let text = format!(
                "{}.{}",
                d.payload::<SlotWrapper>().owner.name(),
                slot_name(d)
            );
            Ok(vm.new_str(&text))
        }),
        GetSetDef::read_only("__objclass__", "", |_, d| {
            Ok(d.payload::<SlotWrapper>().owner.to_ref())
        }),
        GetSetDef::read_only("__doc__", "", |vm, d| {
            Ok(vm.new_str(SLOT_DEFS[d.payload::<SlotWrapper>().index].doc))
        }),
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
        GetSetDef::read_only("__name__", "", |vm, w| {
            Ok(vm.intern(slot_name(&w.payload::<MethodWrapper>().descr)))
        }),
        GetSetDef::read_only("__objclass__", "", |_, w| {
            Ok(w.payload::<MethodWrapper>()
                .descr
                .payload::<SlotWrapper>()
                .owner
                .to_ref())
        }),
        GetSetDef::read_only("__doc__", "", |vm, w| {
            let d = w.payload::<MethodWrapper>().descr.clone();
            vm.get_attr_str(&d, "__doc__")
        }),
        GetSetDef::read_only("__text_signature__", "", |vm, w| {
            let d = w.payload::<MethodWrapper>().descr.clone();
            vm.get_attr_str(&d, "__text_signature__")
        }),
        GetSetDef::read_only("__qualname__", "", |vm, w| {
            let d = w.payload::<MethodWrapper>().descr.clone();
            vm.get_attr_str(&d, "__qualname__")
        }),
    ],
    ..TypeDef::EMPTY
};

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
        GetSetDef::read_only("__name__", "", |vm, d| {
            Ok(vm.intern(d.payload::<GetSet>().def.name))
        }),
        GetSetDef::read_only("__qualname__", "", |vm, d| {
            let text = format!(
                "{}.{}",
                d.payload::<GetSet>().owner.name(),
                d.payload::<GetSet>().def.name
            );
            Ok(vm.new_str(&text))
        }),
        GetSetDef::read_only("__objclass__", "", |_, d| {
            Ok(d.payload::<GetSet>().owner.to_ref())
        }),
        GetSetDef::read_only("__doc__", "", |vm, d| {
            Ok(super::functions::doc_text(
                vm,
                d.payload::<GetSet>().def.doc,
            ))
        }),
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
        GetSetDef::read_only("__name__", "", |_, d| {
            Ok(d.payload::<Member>().name.clone())
        }),
        GetSetDef::read_only("__objclass__", "", |_, d| {
            Ok(d.payload::<Member>().owner.to_ref())
        }),
    ],
    ..TypeDef::EMPTY
};

/// The payload of `property`.
#[derive(Default)]
struct Property {
    get: Slot,
    set: Slot,
    del: Slot,
    doc: Slot,
    name: Slot,
}

impl Payload for Property {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for slot in [&self.get, &self.set, &self.del, &self.doc, &self.name] {
            slot.visit(visitor);
        }
    }

    fn clear(&self) {
        for slot in [&self.get, &self.set, &self.del, &self.doc, &self.name] {
            slot.take();
        }
    }
}

const PROPERTY: TypeDef = TypeDef {
    name: "property",
    doc: "property(fget=None, fset=None, fdel=None, doc=None)\n--\n\nProperty attribute.",
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_object(ty, Property::default()))),
        init: Some(|vm, p, args| {
            let sig = Signature::parse("(fget=None, fset=None, fdel=None, doc=None)");
            let bound = sig.bind(vm, "property", args)?;
            let a = Args::new(&bound, &[]);
            let payload: &Property = p.payload();
            payload.get.set(a.get_not_none(0).cloned());
            payload.set.set(a.get_not_none(1).cloned());
            payload.del.set(a.get_not_none(2).cloned());
            let mut doc = a.get_not_none(3).cloned();
            if doc.is_none()
                && let Some(get) = a.get_not_none(0)
            {
                let name = vm.names.__doc__.clone();
                doc = vm.lookup_attr(get, &name)?.filter(|d| !d.is_none());
            }
            payload.doc.set(doc);
            Ok(())
        }),
        descr_get: Some(|vm, p, object, _| {
            let Some(object) = object else {
                return Ok(p.clone());
            };
            match p.payload::<Property>().get.get() {
                Some(get) => vm.call(&get, std::slice::from_ref(object)),
                None => Err(no_accessor(vm, p, object, "getter")),
            }
        }),
        descr_set: Some(|vm, p, object, value| {
            let payload: &Property = p.payload();
            match value {
                Some(value) => match payload.set.get() {
                    Some(set) => vm.call(&set, &[object.clone(), value.clone()]).map(drop),
                    None => Err(no_accessor(vm, p, object, "setter")),
                },
                None => match payload.del.get() {
                    Some(del) => vm.call(&del, std::slice::from_ref(object)).map(drop),
                    None => Err(no_accessor(vm, p, object, "deleter")),
                },
            }
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "getter",
            "($self, object, /)",
            "Descriptor to obtain a copy of the property with a different getter.",
            |vm, a| copy(vm, &a[0], Some(&a[1]), None, None),
        ),
        MethodDef::new(
            "setter",
            "($self, object, /)",
            "Descriptor to obtain a copy of the property with a different setter.",
            |vm, a| copy(vm, &a[0], None, Some(&a[1]), None),
        ),
        MethodDef::new(
            "deleter",
            "($self, object, /)",
            "Descriptor to obtain a copy of the property with a different deleter.",
            |vm, a| copy(vm, &a[0], None, None, Some(&a[1])),
        ),
        MethodDef::new(
            "__set_name__",
            "($self, owner, name, /)",
            "Method to set name of a property.",
            |_, a| {
                a.this::<Property>().name.set(Some(a[2].clone()));
                Ok(Ref::none())
            },
        ),
    ],
    getset: &[
        GetSetDef::read_only("fget", "", |_, p| {
            Ok(p.payload::<Property>().get.get().unwrap_or_else(Ref::none))
        }),
        GetSetDef::read_only("fset", "", |_, p| {
            Ok(p.payload::<Property>().set.get().unwrap_or_else(Ref::none))
        }),
        GetSetDef::read_only("fdel", "", |_, p| {
            Ok(p.payload::<Property>().del.get().unwrap_or_else(Ref::none))
        }),
        GetSetDef::new(
            "__doc__",
            "",
            |_, p| Ok(p.payload::<Property>().doc.get().unwrap_or_else(Ref::none)),
            |_, p, v| {
                p.payload::<Property>().doc.set(v.cloned());
                Ok(())
            },
        ),
        GetSetDef::new("__name__", "", property_name, |_, p, v| {
            p.payload::<Property>().name.set(v.cloned());
            Ok(())
        }),
        GetSetDef::read_only("__isabstractmethod__", "", |vm, p| {
            let payload: &Property = p.payload();
            for slot in [&payload.get, &payload.set, &payload.del] {
                if let Some(f) = slot.get()
                    && is_abstract(vm, &f)?
                {
                    return Ok(Ref::bool(true));
                }
            }
            Ok(Ref::bool(false))
        }),
    ],
    ..TypeDef::EMPTY
};

fn property_name(vm: &mut Vm, p: &Ref) -> PyResult<Ref> {
    let payload: &Property = p.payload();
    if let Some(name) = payload.name.get() {
        return Ok(name);
    }
    let key = vm.names.__name__.clone();
    match payload.get.get() {
        Some(get) => vm.get_attr(&get, &key),
        None => Err(vm.attribute_error(p, &key)),
    }
}

fn is_abstract(vm: &mut Vm, f: &Ref) -> PyResult<bool> {
    let name = vm.intern("__isabstractmethod__");
    match vm.lookup_attr(f, &name)? {
        Some(value) => vm.is_true(&value),
        None => Ok(false),
    }
}

fn no_accessor(vm: &mut Vm, p: &Ref, object: &Ref, what: &str) -> crate::error::Exc {
    let owner = vm
        .type_of(object)
        .qualname
        .get()
        .map(|q| vm.text_of(&q))
        .unwrap_or_default();
    let name = property_name(vm, p).ok();
    let message = match &name {
        Some(name) => {
            let name = vm.repr_string(name).unwrap_or_default();
            format!("property {name} of '{owner}' object has no {what}")
        }
        None => format!("property of '{owner}' object has no {what}"),
    };
    vm.new_exc(vm.exc.AttributeError, message)
}

fn copy(
    vm: &mut Vm,
    p: &Ref,
    get: Option<&Ref>,
    set: Option<&Ref>,
    del: Option<&Ref>,
) -> PyResult<Ref> {
    let payload: &Property = p.payload();
    let or = |new: Option<&Ref>, old: &Slot| {
        new.cloned().or_else(|| old.get()).unwrap_or_else(Ref::none)
    };
    let class = vm.type_of(p).to_ref();
    let mut args = vec![
        or(get, &payload.get),
        or(set, &payload.set),
        or(del, &payload.del),
    ];
    if get.is_none()
        && let Some(doc) = payload.doc.get()
    {
        args.push(doc);
    }
    let made = vm.call(&class, &args)?;
    if let Some(new) = made.downcast::<Property>() {
        new.name.set(payload.name.get());
    }
    Ok(made)
}

fn wrapped(object: &Ref) -> &Wrapped {
    object.payload()
}

fn wrapped_init(vm: &mut Vm, object: &Ref, args: Args<'_>) -> PyResult<()> {
    let [f] = args.positional() else {
        let (name, n) = (vm.type_of(object).name(), args.len());
        return Err(vm.type_error(format!("{name} expected 1 argument, got {n}")));
    };
    wrapped(object).callable.set(Some(f.clone()));
    let names = vm.names.clone();
    for name in [
        &names.__module__,
        &names.__name__,
        &names.__qualname__,
        &names.__doc__,
    ] {
        if let Some(value) = vm.lookup_attr(f, name)?
            && !object.extra().is_empty()
        {
            let dict = vm.instance_dict(object).expect("it has one");
            vm.dict_set(&dict, name, value)?;
        }
    }
    let key = vm.names.__wrapped__.clone();
    if let Some(dict) = vm.instance_dict(object) {
        vm.dict_set(&dict, &key, f.clone())?;
    }
    Ok(())
}

macro_rules! wrapped_getset {
    () => {
        &[
            GetSetDef::read_only("__func__", "", |_, w| {
                Ok(wrapped(w).callable.get().unwrap_or_else(Ref::none))
            }),
            GetSetDef::read_only("__isabstractmethod__", "", |vm, w| {
                match wrapped(w).callable.get() {
                    Some(f) => is_abstract(vm, &f).map(Ref::bool),
                    None => Ok(Ref::bool(false)),
                }
            }),
            super::type_::DICT,
        ]
    };
}

const STATICMETHOD: TypeDef = TypeDef {
    name: "staticmethod",
    doc: "staticmethod(function, /)\n--\n\nConvert a function to be a static method.",
    slots: Slots {
        new: Some(|vm, ty, _| {
            Ok(vm.new_object(
                ty,
                Wrapped {
                    callable: Slot::empty(),
                    class: false,
                },
            ))
        }),
        init: Some(wrapped_init),
        repr: Some(|vm, w| {
            let f = wrapped(w).callable.get().unwrap_or_else(Ref::none);
            let f = vm.repr_string(&f)?;
            Ok(vm.new_str(&format!("<staticmethod({f})>")))
        }),
        call: Some(|vm, w, args| {
            let f = wrapped(w).callable.get().unwrap_or_else(Ref::none);
            vm.call_args(&f, args)
        }),
        descr_get: Some(|vm, w, _, _| match wrapped(w).callable.get() {
            Some(f) => Ok(f),
            None => Err(vm.runtime_error("uninitialized staticmethod object")),
        }),
        ..Slots::EMPTY
    },
    getset: wrapped_getset!(),
    ..TypeDef::EMPTY
};

const CLASSMETHOD: TypeDef = TypeDef {
    name: "classmethod",
    doc: "classmethod(function, /)\n--\n\nConvert a function to be a class method.",
    slots: Slots {
        new: Some(|vm, ty, _| {
            Ok(vm.new_object(
                ty,
                Wrapped {
                    callable: Slot::empty(),
                    class: true,
                },
            ))
        }),
        init: Some(wrapped_init),
        repr: Some(|vm, w| {
            let f = wrapped(w).callable.get().unwrap_or_else(Ref::none);
            let f = vm.repr_string(&f)?;
            Ok(vm.new_str(&format!("<classmethod({f})>")))
        }),
        descr_get: Some(|vm, w, _, ty| match wrapped(w).callable.get() {
            Some(f) => Ok(vm.new_method(f, ty.to_ref())),
            None => Err(vm.runtime_error("uninitialized classmethod object")),
        }),
        ..Slots::EMPTY
    },
    getset: wrapped_getset!(),
    ..TypeDef::EMPTY
};

/// The payload of `super`.
#[derive(Default)]
struct Super {
    start: Slot,
    object: Slot,
    ty: Slot,
}

impl Payload for Super {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for slot in [&self.start, &self.object, &self.ty] {
            slot.visit(visitor);
        }
    }
}

/// An attribute in the MRO of `ty` after `start`.
pub(crate) fn super_lookup(vm: &mut Vm, ty: Ty, start: Ty, name: &Ref) -> Option<Ref> {
    let name = vm.intern_ref(name);
    let mro = ty.mro();
    let at = mro.iter().position(|t| t.is(start))?;
    mro[at + 1..]
        .iter()
        .find_map(|t| t.namespace().get_str(vm, &name))
}

const SUPER: TypeDef = TypeDef {
    name: "super",
    doc: "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires issubclass(type2, type)",
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_object(ty, Super::default()))),
        init: Some(super_init),
        repr: Some(|vm, s| {
            let payload: &Super = s.payload();
            let start = payload
                .start
                .get()
                .and_then(|t| t.as_type())
                .map_or("NULL".to_owned(), Ty::name);
            let text = match payload.ty.get().and_then(|t| t.as_type()) {
                Some(ty) => format!("<super: <class '{start}'>, <{} object>>", ty.name()),
                None => format!("<super: <class '{start}'>, NULL>"),
            };
            Ok(vm.new_str(&text))
        }),
        getattro: Some(|vm, s, name| {
            let payload: &Super = s.payload();
            let ty = payload.ty.get().and_then(|t| t.as_type());
            let start = payload.start.get().and_then(|t| t.as_type());
            if let (Some(ty), Some(start), false) = (ty, start, name.is(&vm.names.__class__))
                && let Some(found) = super_lookup(vm, ty, start, name)
            {
                let object = payload.object.get();
                let object = object.filter(|o| !o.as_type().is_some_and(|t| t.is(ty)));
                return match vm.type_of(&found).slot(|s| s.descr_get) {
                    Some(get) => get(vm, &found, object.as_ref(), ty),
                    None => Ok(found),
                };
            }
            crate::ops::generic_get_attr(vm, s, name)
        }),
        descr_get: Some(|vm, s, object, _| {
            let payload: &Super = s.payload();
            match object {
                Some(object) if payload.object.get().is_none() => {
                    let class = vm.types.super_.to_ref();
                    let start = payload.start.get().unwrap_or_else(Ref::none);
                    vm.call(&class, &[start, object.clone()])
                }
                _ => Ok(s.clone()),
            }
        }),
        ..Slots::EMPTY
    },
    getset: &[
        GetSetDef::read_only("__thisclass__", "", |_, s| {
            Ok(s.payload::<Super>().start.get().unwrap_or_else(Ref::none))
        }),
        GetSetDef::read_only("__self__", "", |_, s| {
            Ok(s.payload::<Super>().object.get().unwrap_or_else(Ref::none))
        }),
        GetSetDef::read_only("__self_class__", "", |_, s| {
            Ok(s.payload::<Super>().ty.get().unwrap_or_else(Ref::none))
        }),
    ],
    ..TypeDef::EMPTY
};

fn super_init(vm: &mut Vm, s: &Ref, args: Args<'_>) -> PyResult<()> {
    let (start, object) = match args.positional() {
        [] => {
            let (start, object) = super_from_frame(vm)?;
            (start, Some(object))
        }
        [start] => (start.clone(), None),
        [start, object] => (start.clone(), (!object.is_none()).then(|| object.clone())),
        args => {
            let n = args.len();
            return Err(vm.type_error(format!("super() expected at most 2 arguments, got {n}")));
        }
    };
    let Some(start_ty) = start.as_type() else {
        let given = vm.type_of(&start).name();
        return Err(vm.type_error(format!("super() argument 1 must be a type, not {given}")));
    };
    let payload: &Super = s.payload();
    if let Some(object) = object {
        let ty = match object.as_type().filter(|t| t.is_subtype(start_ty)) {
            Some(ty) => ty,
            None if vm.type_of(&object).is_subtype(start_ty) => vm.type_of(&object),
            None => {
                return Err(vm.type_error(
                    "super(type, obj): obj (instance of ".to_owned()
                        + &vm.type_of(&object).name()
                        + &format!(
                            ") is not an instance or subtype of type ({}).",
                            start_ty.name()
                        ),
                ));
            }
        };
        payload.ty.set(Some(ty.to_ref()));
        payload.object.set(Some(object));
    }
    payload.start.set(Some(start));
    Ok(())
}

/// `super()` without arguments: `__class__` and the first argument of the running function.
fn super_from_frame(vm: &mut Vm) -> PyResult<(Ref, Ref)> {
    let Some(frame) = vm.exec.frames.last() else {
        return Err(vm.runtime_error("super(): no current frame"));
    };
    let code = frame.code();
    if code.data.argcount == 0 && !code.has(vitrine_bytecode::code::CodeFlags::VARARGS) {
        return Err(vm.runtime_error("super(): no arguments"));
    }
    let mut object = frame.local(0);
    if code.is_cell(0) {
        object = object
            .and_then(|c| c.downcast::<CellVar>().map(|c| c.value.get()))
            .flatten();
    }
    let class = (0..code.nlocals())
        .rev()
        .find(|i| code.is_cell(*i) && code.varnames[*i].is(&vm.names.__class__))
        .and_then(|i| frame.local(i));
    let Some(object) = object else {
        return Err(vm.runtime_error("super(): arg[0] deleted"));
    };
    let Some(class) = class else {
        return Err(vm.runtime_error("super(): __class__ cell not found"));
    };
    match class.downcast::<CellVar>().and_then(|c| c.value.get()) {
        Some(class) => Ok((class, object)),
        None => Err(vm.runtime_error("super(): empty __class__ cell")),
    }
}
