//! Weak references: a side table from targets to the references to them.
//!
//! The table's entries are uncounted; a weak reference takes itself out when it
//! dies first, and a dying target empties its references and queues their
//! callbacks. A header flag tells whether an object is in the table at all.

use std::cell::{Cell, RefCell};

use super::block::{Heap, heap_of};
use super::object::{Header, Kind, ObjBox, Payload, Visitor, flags};
use crate::object::Ref;
use crate::value::Value;

/// The payload of `weakref.ref` and of the weak proxies.
pub struct Weakref {
    target: Cell<Value>,
    callback: RefCell<Option<Ref>>,
    /// The target's hash once asked for.
    pub hash: Cell<Option<i64>>,
    /// A proxy, not a reference.
    pub proxy: bool,
}

impl Payload for Weakref {
    const KIND: Kind = Kind::Weakref;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit_opt(self.callback.borrow().as_ref());
    }

    fn clear(&self) {
        let callback = self.callback.borrow_mut().take();
        drop(callback);
    }
}

impl Weakref {
    /// A reference that [`Weakref::attach`] has yet to tie to its target.
    pub fn new(callback: Option<Ref>, proxy: bool) -> Self {
        Self {
            target: Cell::new(Value::NULL),
            callback: RefCell::new(callback),
            hash: Cell::new(None),
            proxy,
        }
    }

    /// The target, unless it is dead.
    pub fn target(&self) -> Option<Ref> {
        Ref::from_nullable_borrowed(self.target.get())
    }

    /// The callback, while the target lives.
    pub fn callback(&self) -> Option<Ref> {
        self.callback.borrow().clone()
    }

    /// Ties the weak reference object `weak` to `target`, which must be a heap object.
    pub fn attach(weak: &Ref, target: &Ref) {
        let (Some(this), true) = (weak.downcast::<Self>(), target.value().is_obj()) else {
            return;
        };
        this.target.set(target.value());
        let header = target.value().header();
        // SAFETY: `target` is alive, so its header and heap are.
        unsafe {
            (*header).flags |= flags::WEAKREF;
            let heap = heap_of(header);
            (*heap)
                .weak
                .entry(header.addr())
                .or_default()
                .push(weak.value().header());
        }
    }

    /// The weak references to `target`, oldest first.
    pub fn all_of(target: &Ref) -> Vec<Ref> {
        if !target.value().is_obj() {
            return Vec::new();
        }
        let header = target.value().header();
        // SAFETY: `target` is alive; entries of the table are live weak references.
        unsafe {
            let heap = heap_of(header);
            let Some(list) = (*heap).weak.get(&header.addr()) else {
                return Vec::new();
            };
            list.iter()
                .filter(|w| (***w).rc > 0)
                .filter_map(|w| Ref::from_nullable_borrowed(Value::from_header(*w)))
                .collect()
        }
    }
}

impl Drop for Weakref {
    fn drop(&mut self) {
        let target = self.target.get();
        if target.is_null() {
            return;
        }
        let header = target.header();
        // SAFETY: the target is alive, else `target_died` would have emptied us. Our own object
        // starts right before the payload.
        unsafe {
            let own = (&raw mut *self)
                .byte_sub(std::mem::offset_of!(ObjBox<Self>, payload))
                .cast::<Header>();
            let heap = heap_of(header);
            if let Some(list) = (*heap).weak.get_mut(&header.addr()) {
                list.retain(|w| *w != own);
                if list.is_empty() {
                    (*heap).weak.remove(&header.addr());
                    (*header).flags &= !flags::WEAKREF;
                }
            }
        }
    }
}

/// Empties all weak references to an object about to be freed and queues callbacks.
pub(super) unsafe fn target_died(heap: *mut Heap, header: *mut Header) {
    // SAFETY: the caller passes a dying object; the entries are live weak references or ones
    // whose count is zero and that wait to be freed.
    unsafe {
        (*header).flags &= !flags::WEAKREF;
        let Some(list) = (*heap).weak.remove(&header.addr()) else {
            return;
        };
        for weak in list.into_iter().rev() {
            let this = &(*weak.cast::<ObjBox<Weakref>>()).payload;
            this.target.set(Value::NULL);
            let callback = this.callback.borrow_mut().take();
            if let Some(callback) = callback
                && (*weak).rc > 0
            {
                (*weak).rc += 1;
                (*heap)
                    .callbacks
                    .push((Ref::from_owned(Value::from_header(weak)), callback));
                (*heap).pending = true;
            }
        }
    }
}
