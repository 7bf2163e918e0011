//! Items, lengths, membership.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::{Dict, List, Ref, Ty};
use crate::vm::Vm;

impl Vm {
    /// `len(x)`
    pub fn len(&mut self, object: &Ref) -> PyResult<usize> {
        let ty = self.type_of(object);
        match ty.slot(|s| s.length) {
            Some(length) => length(self, object),
            None => Err(self.type_error(format!("object of type '{}' has no len()", ty.name()))),
        }
    }

    /// `operator.length_hint(x, default)`
    pub fn length_hint(&mut self, object: &Ref, default: usize) -> PyResult<usize> {
        if let Some(length) = self.type_of(object).slot(|s| s.length) {
            match length(self, object) {
                Ok(n) => return Ok(n),
                Err(exc) if self.exc_is(&exc, self.exc.TypeError) => {}
                Err(exc) => return Err(exc),
            }
        }
        let name = self.names.__length_hint__.clone();
        match self.call_special(object, &name, &[]) {
            Ok(Some(hint)) if hint.is_not_implemented() => Ok(default),
            Ok(Some(hint)) => match hint.as_small_int() {
                Some(n) if n >= 0 => Ok(n as usize),
                Some(_) => Err(self.value_error("__length_hint__() should return >= 0")),
                None => {
                    let ty = self.type_of(&hint).name();
                    Err(self.type_error(format!("__length_hint__ must be an integer, not {ty}")))
                }
            },
            Ok(None) => Ok(default),
            Err(exc) if self.exc_is(&exc, self.exc.TypeError) => Ok(default),
            Err(exc) => Err(exc),
        }
    }

    /// `object[key]`
    pub fn get_item(&mut self, object: &Ref, key: &Ref) -> PyResult<Ref> {
        let ty = self.type_of(object);
        if let Some(get) = ty.slot(|s| s.subscript) {
            return get(self, object, key);
        }
        if let Some(item) = ty.slot(|s| s.item) {
            let index = self.index_isize(key, "sequence index")?;
            return item(self, object, index);
        }
        if object.as_type().is_some() {
            let name = self.names.__class_getitem__.clone();
            if let Some(get) = self.lookup_attr(object, &name)?
                && !get.is_none()
            {
                return self.call(&get, std::slice::from_ref(key));
            }
            let name = object.as_type().map(Ty::name).unwrap_or_default();
            return Err(self.type_error(format!("type '{name}' is not subscriptable")));
        }
        Err(self.type_error(format!("'{}' object is not subscriptable", ty.name())))
    }

    /// `object[key] = value`
    pub fn set_item(&mut self, object: &Ref, key: &Ref, value: &Ref) -> PyResult<()> {
        let ty = self.type_of(object);
        match ty.slot(|s| s.ass_subscript) {
            Some(set) => set(self, object, key, Some(value)),
            None => Err(self.type_error(format!(
                "'{}' object does not support item assignment",
                ty.name()
            ))),
        }
    }

    /// `del object[key]`
    pub fn del_item(&mut self, object: &Ref, key: &Ref) -> PyResult<()> {
        let ty = self.type_of(object);
        match ty.slot(|s| s.ass_subscript) {
            Some(set) => set(self, object, key, None),
            None => Err(self.type_error(format!(
                "'{}' object doesn't support item deletion",
                ty.name()
            ))),
        }
    }

    /// `value in container`
    pub fn contains(&mut self, container: &Ref, value: &Ref) -> PyResult<bool> {
        let ty = self.type_of(container);
        if let Some(contains) = ty.slot(|s| s.contains) {
            return contains(self, container, value);
        }
        if ty.slot(|s| s.iter.is_none() && s.item.is_none() && s.subscript.is_none()) {
            return Err(self.type_error(format!(
                "argument of type '{}' is not a container or iterable",
                ty.name()
            )));
        }
        let iterator = match self.iter(container) {
            Ok(iterator) => iterator,
            Err(exc) if self.exc_is(&exc, self.exc.TypeError) => {
                return Err(self.type_error(format!(
                    "argument of type '{}' is not a container or iterable",
                    ty.name()
                )));
            }
            Err(exc) => return Err(exc),
        };
        while let Some(item) = self.next(&iterator)? {
            if self.eq(&item, value)? {
                return Ok(true);
            }
            self.charge(1)?;
        }
        Ok(false)
    }

    /// Sets a key of a dict object (of exactly that payload).
    pub fn dict_set(&mut self, dict: &Ref, key: &Ref, value: Ref) -> PyResult<()> {
        dict.payload::<Dict>().insert(self, key, value).map(drop)
    }

    /// A key of a dict object, if it is there.
    pub fn dict_get(&mut self, dict: &Ref, key: &Ref) -> PyResult<Option<Ref>> {
        dict.payload::<Dict>().get(self, key)
    }

    /// Sets a name in a namespace dict.
    pub fn dict_set_str(&mut self, dict: &Ref, name: &str, value: Ref) {
        let name = self.intern(name);
        dict.payload::<Dict>().set_str(self, &name, value);
    }

    /// Appends to a list object.
    pub fn list_push(&mut self, list: &Ref, value: Ref) {
        list.payload::<List>().items_mut(self).push(value);
    }
}
