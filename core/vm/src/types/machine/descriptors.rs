//! Descriptors that programs make: `property`, `staticmethod`, `classmethod`.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::heap::{Payload, Visitor};
use crate::object::{Args, GetSetDef, MethodDef, Ref, Signature, Slot, Slots, TypeDef, Wrapped};
use crate::vm::Vm;

pub(super) fn define(vm: &mut Vm) {
    let t = vm.types;
    for (ty, def) in [
        (t.property, &PROPERTY),
        (t.staticmethod, &STATICMETHOD),
        (t.classmethod, &CLASSMETHOD),
    ] {
        vm.define(ty, def);
    }
}

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
