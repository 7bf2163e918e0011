//! Attributes.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::heap::Layout;
use crate::object::{Dict, Exception, Ref, Slot, Ty, type_flags};
use crate::vm::Vm;

/// Instances keep at most this many attributes in slots.
const MAX_INLINE: usize = 30;

impl Vm {
    /// `object.name`
    pub fn get_attr(&mut self, object: &Ref, name: &Ref) -> PyResult<Ref> {
        match self.type_of(object).slot(|s| s.getattro) {
            Some(get) => get(self, object, name),
            None => Err(self.attribute_error(object, name)),
        }
    }

    /// `object.name` by a Rust string.
    pub fn get_attr_str(&mut self, object: &Ref, name: &str) -> PyResult<Ref> {
        let name = self.intern(name);
        self.get_attr(object, &name)
    }

    /// `getattr(object, name, <none>)`: `AttributeError` means absent.
    pub fn lookup_attr(&mut self, object: &Ref, name: &Ref) -> PyResult<Option<Ref>> {
        let ty = self.type_of(object);
        // The usual case without making an exception that nobody sees.
        if ty.slot(|s| s.getattro).is_some_and(|f| {
            std::ptr::fn_addr_eq(
                f,
                generic_get_attr as fn(&mut Self, &Ref, &Ref) -> PyResult<Ref>,
            )
        }) {
            return self.generic_lookup(object, name);
        }
        match self.get_attr(object, name) {
            Ok(value) => Ok(Some(value)),
            Err(exc) if self.exc_is(&exc, self.exc.AttributeError) => Ok(None),
            Err(exc) => Err(exc),
        }
    }

    /// `object.name = value`
    pub fn set_attr(&mut self, object: &Ref, name: &Ref, value: &Ref) -> PyResult<()> {
        self.change_attr(object, name, Some(value))
    }

    /// `del object.name`
    pub fn del_attr(&mut self, object: &Ref, name: &Ref) -> PyResult<()> {
        self.change_attr(object, name, None)
    }

    fn change_attr(&mut self, object: &Ref, name: &Ref, value: Option<&Ref>) -> PyResult<()> {
        let name = self.intern_ref(name);
        match self.type_of(object).slot(|s| s.setattro) {
            Some(set) => set(self, object, &name, value),
            None => Err(self.attribute_error(object, &name)),
        }
    }

    /// `object.__getattribute__` as `object` defines it; `None` when absent.
    pub fn generic_lookup(&mut self, object: &Ref, name: &Ref) -> PyResult<Option<Ref>> {
        let ty = self.type_of(object);
        let found = self.lookup_in_type(ty, name);
        let mut get = None;
        if let Some(found) = &found {
            let slots = self.type_of(found).slot(|s| (s.descr_get, s.descr_set));
            get = slots.0;
            if let (Some(get), true) = (get, slots.1.is_some()) {
                return absent_as_none(self, get, found, object, ty);
            }
        }
        if let Some(value) = self.instance_attr(object, name)? {
            return Ok(Some(value));
        }
        match (found, get) {
            (Some(found), Some(get)) => absent_as_none(self, get, &found, object, ty),
            (found, _) => Ok(found),
        }
    }

    /// An attribute of the instance itself.
    pub fn instance_attr(&mut self, object: &Ref, name: &Ref) -> PyResult<Option<Ref>> {
        let Some(header) = object.header() else {
            return Ok(None);
        };
        if header.aux == 0 {
            return Ok(None);
        }
        let layout = &self.heap.layouts[header.layout as usize];
        if layout.dict {
            return match object.extra()[0].get() {
                Some(dict) => dict.payload::<Dict>().get(self, name),
                None => Ok(None),
            };
        }
        if layout.names.is_empty() {
            return Ok(None);
        }
        let name = self.intern_ref(name);
        let slot = self.heap.layouts[header.layout as usize].slot_of(name.value());
        Ok(slot.and_then(|slot| object.extra()[usize::from(slot)].get()))
    }

    /// `object.__setattr__` as `object` defines it; `name` is interned.
    pub fn generic_set_attr(
        &mut self,
        object: &Ref,
        name: &Ref,
        value: Option<&Ref>,
    ) -> PyResult<()> {
        let ty = self.type_of(object);
        let found = self.lookup_in_type(ty, name);
        if let Some(found) = &found
            && let Some(set) = self.type_of(found).slot(|s| s.descr_set)
        {
            return set(self, found, object, value);
        }
        if !ty.has(type_flags::HAS_DICT) || object.extra().is_empty() {
            let (type_name, name_text) = (ty.name(), self.text_of(name));
            let message = if found.is_some() {
                format!("'{type_name}' object attribute '{name_text}' is read-only")
            } else if ty.slot(|s| s.setattro).is_some() {
                format!(
                    "'{type_name}' object has no attribute '{name_text}' and no __dict__ for \
                     setting new attributes"
                )
            } else {
                format!("'{type_name}' object has no attribute '{name_text}'")
            };
            return Err(self.attribute_error_with(object, name, message));
        }
        match value {
            Some(value) => self.set_instance_attr(object, name, value.clone()),
            None => {
                let dict = self.instance_dict(object).expect("checked above");
                if dict.payload::<Dict>().remove(self, name)?.is_none() {
                    return Err(self.attribute_error(object, name));
                }
                Ok(())
            }
        }
    }

    /// Sets an attribute of the instance itself; it can have some, and `name` is interned.
    pub(crate) fn set_instance_attr(
        &mut self,
        object: &Ref,
        name: &Ref,
        value: Ref,
    ) -> PyResult<()> {
        let id = object.header().expect("it has slots").layout;
        let layout = &self.heap.layouts[id as usize];
        if !layout.dict {
            if let Some(slot) = layout.slot_of(name.value()) {
                object.extra()[usize::from(slot)].set(Some(value));
                return Ok(());
            }
            let slot = usize::from(layout.first) + layout.names.len();
            if let Some(place) = object.extra().get(slot)
                && name.is_interned()
            {
                let next = self.transition(id, name);
                place.set(Some(value));
                object.set_layout(next);
                return Ok(());
            }
            let ty = layout.ty.expect("typed");
            let inline = usize::from(ty.inline_slots.get() - ty.fixed_slots.get());
            if ty.has(type_flags::HEAPTYPE) && inline < MAX_INLINE {
                let wider = (inline * 2).clamp(4, MAX_INLINE) as u16;
                ty.inline_slots.set(ty.fixed_slots.get() + wider);
            }
        }
        let dict = self.instance_dict(object).expect("it has a dict slot");
        dict.payload::<Dict>().insert(self, name, value)?;
        Ok(())
    }

    /// The layout reached from `from` by adding `name`.
    pub(crate) fn transition(&mut self, from: u32, name: &Ref) -> u32 {
        let layout = &self.heap.layouts[from as usize];
        if let Some(next) = layout.transitions.get(&name.value().bits()) {
            return *next;
        }
        let mut names: Vec<Ref> = layout.names.clone();
        names.push(name.clone());
        let next = Layout {
            ty: layout.ty,
            names,
            first: layout.first,
            transitions: Default::default(),
            dict: false,
        };
        let next = self.heap.add_layout(next);
        self.heap.layouts[from as usize]
            .transitions
            .insert(name.value().bits(), next);
        next
    }

    /// The instance's `__dict__`; from now on its attributes are there.
    pub fn instance_dict(&mut self, object: &Ref) -> Option<Ref> {
        if let Some(module) = object.downcast::<crate::object::Module>() {
            return Some(module.dict.clone());
        }
        let header = object.header()?;
        let id = header.layout as usize;
        let ty = self.heap.layouts[id].ty?;
        if !ty.has(type_flags::HAS_DICT) || header.aux == 0 {
            return None;
        }
        if let Some(dict) = object.extra()[0].get() {
            return Some(dict);
        }
        let dict = self.new_dict();
        let first = usize::from(self.heap.layouts[id].first);
        let names = self.heap.layouts[id].names.clone();
        for (i, name) in names.iter().enumerate() {
            if let Some(value) = object.extra()[first + i].take() {
                dict.payload::<Dict>().set_str(self, name, value);
            }
        }
        object.extra()[0].set(Some(dict.clone()));
        object.set_layout(ty.dict_layout.get());
        Some(dict)
    }

    /// Replaces the instance's `__dict__`.
    pub fn set_instance_dict(&mut self, object: &Ref, dict: Ref) {
        if self.instance_dict(object).is_some()
            && let Some(slot) = object.extra().first()
        {
            slot.set(Some(dict));
        }
    }

    /// The slots of an object by layout, for `object.__reduce_ex__` and the like.
    pub(crate) fn extra_slot(&self, object: &Ref, index: u16) -> Option<Ref> {
        object.extra().get(usize::from(index)).and_then(Slot::get)
    }
}

/// `object.__getattribute__`
pub(crate) fn generic_get_attr(vm: &mut Vm, object: &Ref, name: &Ref) -> PyResult<Ref> {
    let ty = vm.type_of(object);
    let found = vm.lookup_in_type(ty, name);
    let mut get = None;
    if let Some(found) = &found {
        let slots = vm.type_of(found).slot(|s| (s.descr_get, s.descr_set));
        get = slots.0;
        if let (Some(get), true) = (get, slots.1.is_some()) {
            return get(vm, found, Some(object), ty);
        }
    }
    if let Some(value) = vm.instance_attr(object, name)? {
        return Ok(value);
    }
    match (found, get) {
        (Some(found), Some(get)) => get(vm, &found, Some(object), ty),
        (Some(found), None) => Ok(found),
        (None, _) => {
            let message = format!(
                "'{}' object has no attribute '{}'",
                ty.name(),
                vm.text_of(name)
            );
            Err(vm.attribute_error_with(object, name, message))
        }
    }
}

fn absent_as_none(
    vm: &mut Vm,
    get: fn(&mut Vm, &Ref, Option<&Ref>, Ty) -> PyResult<Ref>,
    found: &Ref,
    object: &Ref,
    ty: Ty,
) -> PyResult<Option<Ref>> {
    match get(vm, found, Some(object), ty) {
        Ok(value) => Ok(Some(value)),
        Err(exc) if vm.exc_is(&exc, vm.exc.AttributeError) => Ok(None),
        Err(exc) => Err(exc),
    }
}

impl Vm {
    /// Fills `name` and `obj` of an `AttributeError` that has none, for suggestions.
    pub(crate) fn note_attribute(&mut self, exc: &crate::error::Exc, object: &Ref, name: &Ref) {
        if !self.exc_is(exc, self.exc.AttributeError) {
            return;
        }
        let Some(payload) = exc.value().downcast::<Exception>() else {
            return;
        };
        if payload.field(self, 0).is_none() && payload.field(self, 1).is_none() {
            payload.set_field(self, 0, Some(name.clone()));
            payload.set_field(self, 1, Some(object.clone()));
        }
    }
}
