//! Iterating.
#![forbid(unsafe_code)]

use std::cell::Cell;

use crate::error::PyResult;
use crate::object::{List, ListIter, Ref, Slot, TupleIter};
use crate::vm::Vm;

impl Vm {
    /// `iter(x)`
    pub fn iter(&mut self, object: &Ref) -> PyResult<Ref> {
        let ty = self.type_of(object);
        if let Some(iter) = ty.slot(|s| s.iter) {
            let iterator = iter(self, object)?;
            if self.type_of(&iterator).slot(|s| s.iternext).is_none() {
                let name = self.type_of(&iterator).name();
                return Err(
                    self.type_error(format!("iter() returned non-iterator of type '{name}'"))
                );
            }
            return Ok(iterator);
        }
        if ty.slot(|s| s.item.is_some() || (s.subscript.is_some() && s.iternext.is_none()))
            && object.downcast::<crate::object::Dict>().is_none()
            && self.has_getitem(object)
        {
            return crate::types::sequence_iterator(self, object);
        }
        Err(self.type_error(format!("'{}' object is not iterable", ty.name())))
    }

    /// Only classes with `__getitem__` of their own iterate by index.
    fn has_getitem(&mut self, object: &Ref) -> bool {
        let (ty, name) = (self.type_of(object), self.names.__getitem__.clone());
        self.lookup_in_type(ty, &name).is_some()
    }

    /// The next item, `None` at the end. A `StopIteration` that Python code raised counts as the end.
    pub fn next(&mut self, iterator: &Ref) -> PyResult<Option<Ref>> {
        let ty = self.type_of(iterator);
        let Some(next) = ty.slot(|s| s.iternext) else {
            return Err(self.type_error(format!("'{}' object is not an iterator", ty.name())));
        };
        next(self, iterator)
    }

    /// Calls `body` with every item of an iterable, charging a step each.
    pub fn for_each(
        &mut self,
        iterable: &Ref,
        mut body: impl FnMut(&mut Self, Ref) -> PyResult<()>,
    ) -> PyResult<()> {
        let iterator = self.iter(iterable)?;
        while let Some(item) = self.next(&iterator)? {
            self.charge(1)?;
            body(self, item)?;
        }
        Ok(())
    }

    /// All items of an iterable.
    pub fn collect(&mut self, iterable: &Ref) -> PyResult<Vec<Ref>> {
        if self.is_exact(iterable, self.types.list) {
            return Ok(iterable.payload::<List>().items(self).clone());
        }
        if self.is_exact(iterable, self.types.tuple)
            && let Some(tuple) = iterable.as_tuple()
        {
            return Ok(tuple.to_vec());
        }
        let iterator = self.iter(iterable)?;
        let hint = self.length_hint(iterable, 8)?;
        let mut items = Vec::with_capacity(hint.min(1 << 16));
        while let Some(item) = self.next(&iterator)? {
            self.charge(1)?;
            if items.len() == items.capacity() {
                self.check_memory(items.len() * 8)?;
            }
            items.push(item);
        }
        Ok(items)
    }

    /// The iterator of a list.
    pub fn list_iter(&mut self, list: &Ref) -> Ref {
        let payload = ListIter {
            list: Slot::new(list.clone()),
            index: Cell::new(0),
        };
        self.new_object(self.types.list_iterator, payload)
    }

    /// The iterator of a tuple.
    pub fn tuple_iter(&mut self, tuple: &Ref) -> Ref {
        let payload = TupleIter {
            tuple: Slot::new(tuple.clone()),
            index: Cell::new(0),
        };
        self.new_object(self.types.tuple_iterator, payload)
    }
}
