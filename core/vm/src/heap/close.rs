//! The end of a heap: everything in it goes at once, if nobody outside can tell.

use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use super::block::{Block, FIRST_CELL, Heap, free_data};
use super::collect::traverse;
use super::object::{Header, Kind, ObjBox};
use crate::object::Type;

/// An object that never dies has this many references more than there are.
pub(crate) const IMMORTAL: u32 = 1 << 30;

/// A heap as its machine owns it.
///
/// Objects find their heap by address, so it never moves, and this is a raw pointer rather than
/// a `Box`: machines move from thread to thread, and a moved `Box` claims to be the only way to its
/// contents.
pub(crate) struct HeapBox(NonNull<Heap>);

impl HeapBox {
    pub(super) fn new(heap: Heap) -> Self {
        let heap = NonNull::from(Box::leak(Box::new(heap)));
        // SAFETY: nobody else has it yet.
        unsafe { (*heap.as_ptr()).me = heap.as_ptr() };
        Self(heap)
    }
}

impl Deref for HeapBox {
    type Target = Heap;

    #[inline(always)]
    fn deref(&self) -> &Heap {
        // SAFETY: it lives until we are dropped.
        unsafe { self.0.as_ref() }
    }
}

impl DerefMut for HeapBox {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Heap {
        // SAFETY: as above, and we are borrowed alone.
        unsafe { self.0.as_mut() }
    }
}

impl Drop for HeapBox {
    /// The machine has dropped what it held. If handles are left outside, the memory stays, so that
    /// they may be looked at and dropped; else it is given back.
    fn drop(&mut self) {
        // SAFETY: only handles outside could still reach the heap, and `free_objects` finds none.
        unsafe {
            if free_objects(self.0.as_ptr()) {
                drop(Box::from_raw(self.0.as_ptr()));
            }
        }
    }
}

impl Heap {
    /// All live objects.
    pub(super) fn objects(&self) -> Vec<*mut Header> {
        let mut found = Vec::with_capacity(self.live.max(0) as usize);
        for &block in &self.blocks {
            // SAFETY: blocks are ours; cells begin behind the head, free ones with a count of 0.
            unsafe {
                let Block { cell, count, .. } = *block;
                for i in 0..count {
                    let header = block.byte_add(FIRST_CELL + i * cell).cast::<Header>();
                    if (*header).rc > 0 {
                        found.push(header);
                    }
                }
            }
        }
        found
    }
}

/// Destroys all objects if every reference to one is in another; their cells stay.
unsafe fn free_objects(heap: *mut Heap) -> bool {
    // SAFETY: the caller owns the heap; objects are looked at through raw pointers only.
    unsafe {
        drop(std::mem::take(&mut (*heap).finalizers));
        drop(std::mem::take(&mut (*heap).callbacks));
        let objects = (*heap).objects();
        for &object in &objects {
            if (*object).kind == Kind::Type {
                let ty = object.cast::<ObjBox<Type>>();
                drop(std::mem::take(&mut *(*ty).payload.cache.get()));
            }
        }
        // Some may have died with the caches.
        let objects = (*heap).objects();
        let each_reference = |visit: &mut dyn FnMut(*mut Header)| {
            let mut visit = |value: crate::value::Value| {
                if value.is_obj() {
                    visit(value.header());
                }
            };
            for &object in &objects {
                traverse(object, &mut visit);
            }
            for layout in &(*heap).layouts {
                layout.names.iter().for_each(|name| visit(name.value()));
            }
        };
        each_reference(&mut |object| (*object).rc = (*object).rc.wrapping_sub(1));
        if objects.iter().any(|&o| !matches!((*o).rc, 0 | IMMORTAL)) {
            each_reference(&mut |object| (*object).rc = (*object).rc.wrapping_add(1));
            return false;
        }
        // High enough that no count reaches zero while payloads drop their references.
        for &object in &objects {
            (*object).rc = IMMORTAL;
        }
        for &object in &objects {
            free_data(object);
        }
        (*heap).layouts.clear();
        true
    }
}
