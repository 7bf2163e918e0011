//! Types of values, and attributes of types.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::{Ref, Ty, type_flags};
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// The type of a value.
    #[inline]
    pub fn type_of(&self, value: &Ref) -> Ty {
        if let Some(header) = value.header() {
            return self.heap.layouts[header.layout as usize]
                .ty
                .expect("objects have typed layouts");
        }
        let word = value.value();
        if word.is_int() {
            self.types.int
        } else if word.is_float() {
            self.types.float
        } else {
            match word {
                Value::NONE => self.types.none,
                Value::TRUE | Value::FALSE => self.types.bool,
                Value::ELLIPSIS => self.types.ellipsis,
                _ => self.types.not_implemented,
            }
        }
    }

    /// Whether the value's type is exactly `ty`.
    #[inline]
    pub fn is_exact(&self, value: &Ref, ty: Ty) -> bool {
        self.type_of(value).is(ty)
    }

    /// Whether the value's type is `ty` or a subclass, without `__instancecheck__`.
    #[inline]
    pub fn is_instance_of(&self, value: &Ref, ty: Ty) -> bool {
        self.type_of(value).is_subtype(ty)
    }

    /// An attribute of a type by its MRO, not bound; `name` is interned.
    pub fn lookup_in_type(&mut self, ty: Ty, name: &Ref) -> Option<Ref> {
        let name = if name.is_interned() {
            name.clone()
        } else {
            self.intern_ref(name)
        };
        let word = name.value().bits();
        if let Some(known) = ty.cached(word) {
            return known;
        }
        let mro = ty.mro();
        let found = mro.iter().find_map(|t| t.namespace().get_str(self, &name));
        ty.remember(word, found.clone());
        found
    }

    /// A special method of a value's type, bound to it.
    pub fn lookup_special(&mut self, object: &Ref, name: &Ref) -> PyResult<Option<Ref>> {
        let ty = self.type_of(object);
        let Some(found) = self.lookup_in_type(ty, name) else {
            return Ok(None);
        };
        match self.type_of(&found).slot(|s| s.descr_get) {
            Some(get) => get(self, &found, Some(object), ty).map(Some),
            None => Ok(Some(found)),
        }
    }

    /// Calls a special method, if the type has it, without making a bound method.
    pub fn call_special(
        &mut self,
        object: &Ref,
        name: &Ref,
        args: &[Ref],
    ) -> PyResult<Option<Ref>> {
        let ty = self.type_of(object);
        let Some(found) = self.lookup_in_type(ty, name) else {
            return Ok(None);
        };
        self.call_unbound(&found, object, ty, args).map(Some)
    }

    /// Calls what was found in the type of `object` as a method on it.
    pub(crate) fn call_unbound(
        &mut self,
        found: &Ref,
        object: &Ref,
        ty: Ty,
        args: &[Ref],
    ) -> PyResult<Ref> {
        let kind = self.type_of(found);
        if kind.has(type_flags::METHOD_DESCRIPTOR) {
            let mut all = smallvec(args.len() + 1);
            all.push(object.clone());
            all.extend(args.iter().cloned());
            return self.call(found, &all);
        }
        match kind.slot(|s| s.descr_get) {
            Some(get) => {
                let bound = get(self, found, Some(object), ty)?;
                self.call(&bound, args)
            }
            None => self.call(found, args),
        }
    }

    /// To be called when a type's namespace or bases changed; `name` if only that one.
    pub(crate) fn type_changed(&mut self, ty: Ty, name: Option<&Ref>) {
        let bit = name.map_or(u64::MAX, |n| Ty::name_bit(n.value().bits()));
        let version = self.next_type_version();
        ty.version.set(version);
        ty.forget_cache();
        if ty.cached_names.get() & bit != 0 {
            let flushes = ty.flushes.get() + 1;
            ty.flushes.set(flushes);
            if flushes > 8 {
                ty.set_flag(type_flags::VOLATILE, true);
            }
            self.flush_inline_caches();
        }
        let subclasses = ty.subclasses.borrow().clone();
        for subclass in subclasses {
            self.type_changed(subclass, name);
        }
    }
}

fn smallvec(capacity: usize) -> Vec<Ref> {
    Vec::with_capacity(capacity)
}
