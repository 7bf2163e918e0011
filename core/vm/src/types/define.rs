//! Declaring native types and filling their namespaces.
#![forbid(unsafe_code)]

use crate::heap::Kind;
use crate::object::{
    Builtin, Flavor, GetSet, GetSetDef, MethodDef, MethodDescr, Ref, Signature, Ty, TypeDef,
    type_flags,
};
use crate::vm::Vm;

fn signature(def: &MethodDef) -> Option<Box<Signature>> {
    (!def.signature.is_empty()).then(|| Box::new(Signature::parse(def.signature)))
}

impl Vm {
    /// Gives a built-in type its operations. Its slots inherit when all are defined.
    pub fn define(&mut self, ty: Ty, def: &TypeDef) {
        let slots = def.slots;
        ty.update_slots(|s| {
            let mut slots = slots;
            slots.inherit(s);
            *s = slots;
        });
        ty.set_flag(def.flags, true);
        self.add_wrappers(ty);
        self.add_new(ty);
        for method in def.methods {
            self.add_method(ty, *method);
        }
        for getset in def.getset {
            self.add_getset(ty, *getset);
        }
        if def.slots.buffer.is_some() {
            self.add_method(ty, crate::types::memoryview::BUFFER);
        }
        let doc = match def.doc.split_once("--\n\n") {
            Some((head, rest)) if head.starts_with(&ty.name()) => rest,
            _ => def.doc,
        };
        ty.doc.set((!def.doc.is_empty()).then_some(def.doc));
        let doc = if doc.is_empty() {
            Ref::none()
        } else {
            self.new_str(doc)
        };
        let key = self.names.__doc__.clone();
        if ty.namespace().get_str(self, &key).is_none() {
            ty.namespace().set_str(self, &key, doc);
        }
        self.type_changed(ty, None);
    }

    /// `__new__` of a native type that has one of its own.
    fn add_new(&mut self, ty: Ty) {
        if ty.slot(|s| s.new.is_none()) {
            return;
        }
        let key = self.names.__new__.clone();
        if ty.namespace().get_str(self, &key).is_some() {
            return;
        }
        let def = MethodDef {
            name: "__new__",
            signature: "",
            doc: "Create and return a new object.  See help(type) for accurate signature.",
            flavor: Flavor::Static,
            call: crate::types::call_native_new,
        };
        let payload = Builtin {
            def,
            signature: None,
            this: Some(ty.to_ref()),
            pass_this: true,
            module: None,
            owner: Some(ty),
        };
        let new = self.new_object(self.types.builtin, payload);
        ty.namespace().set_str(self, &key, new);
    }

    /// Adds a method to a native type.
    pub fn add_method(&mut self, ty: Ty, def: MethodDef) {
        let name = self.intern(def.name);
        let object = match def.flavor {
            Flavor::Static => {
                let payload = Builtin {
                    def,
                    signature: signature(&def),
                    this: Some(ty.to_ref()),
                    pass_this: false,
                    module: None,
                    owner: Some(ty),
                };
                let function = self.new_object(self.types.builtin, payload);
                crate::types::new_staticmethod(self, function)
            }
            flavor => {
                let class = flavor == Flavor::Class;
                let kind = if class {
                    self.types.classmethod_descriptor
                } else {
                    self.types.method_descriptor
                };
                self.new_object(
                    kind,
                    MethodDescr {
                        def,
                        signature: signature(&def),
                        owner: ty,
                    },
                )
            }
        };
        ty.namespace().set_str(self, &name, object);
    }

    /// Adds a computed attribute to a native type.
    pub fn add_getset(&mut self, ty: Ty, def: GetSetDef) {
        let name = self.intern(def.name);
        let object = self.new_object(self.types.getset_descriptor, GetSet { def, owner: ty });
        ty.namespace().set_str(self, &name, object);
    }

    /// A native type that is not one of the machine's own: for library modules.
    pub fn new_type(&mut self, base: Option<Ty>, def: &TypeDef) -> Ty {
        let base = base.unwrap_or(self.types.object);
        let dict = self.new_dict();
        let kind = if base.is(self.types.object) {
            Kind::Native
        } else {
            base.base_kind.get()
        };
        let payload =
            crate::vm::blank_type(def.name, def.module, Some(base), kind, def.flags, dict);
        let object = self.new_object(self.types.type_, payload);
        let ty = Ty::from_ref(&object.immortal());
        let qualname = self.intern(def.name);
        ty.qualname.set(Some(qualname));
        let bases = self.new_tuple(vec![base.to_ref()]);
        ty.bases.set(Some(bases));
        let mut mro = vec![ty];
        mro.extend(base.mro().iter().copied());
        let inherited = type_flags::HAS_DICT
            | type_flags::HAS_WEAKREF
            | type_flags::EXCEPTION
            | type_flags::MATCH_SELF
            | type_flags::SEQUENCE
            | type_flags::MAPPING;
        ty.set_flag(base.flags.get() & inherited, true);
        self.finish_type(
            ty,
            mro,
            base.fixed_slots
                .get()
                .max(u16::from(ty.has(type_flags::HAS_DICT))),
            0,
        );
        base.subclasses.borrow_mut().push(ty);
        self.define(ty, def);
        self.inherit_slots(ty);
        if def.module != "builtins" {
            let (key, module) = (self.names.__module__.clone(), self.intern(def.module));
            ty.namespace().set_str(self, &key, module);
        }
        ty
    }

    /// Sets MRO and layouts of a new type.
    pub(crate) fn finish_type(&mut self, ty: Ty, mro: Vec<Ty>, fixed: u16, inline: u16) {
        let tuple = mro.iter().map(|t| t.to_ref()).collect();
        *ty.mro.borrow_mut() = mro.into();
        let tuple = self.new_tuple(tuple);
        ty.mro_tuple.set(Some(tuple));
        ty.fixed_slots.set(fixed);
        ty.inline_slots.set(fixed + inline);
        let [plain, dict] = crate::heap::Layout::for_type(ty, fixed);
        ty.layout.set(self.heap.add_layout(plain));
        ty.dict_layout.set(self.heap.add_layout(dict));
        let version = self.next_type_version();
        ty.version.set(version);
    }

    /// Fills the empty slots of a native type from its bases.
    pub(crate) fn inherit_slots(&mut self, ty: Ty) {
        for base in ty.mro().iter().skip(1) {
            let mut from = base.slot(|s| *s);
            if ty.slot(|s| s.richcompare.is_some()) {
                from.hash = None;
                from.richcompare = None;
            }
            if ty.has(type_flags::DISALLOW_INSTANTIATION) {
                from.new = None;
            }
            ty.update_slots(|s| s.inherit(&from));
        }
    }
}
