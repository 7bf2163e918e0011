//! Words on the value stack: counting, moving and looking at them.
//!
//! Whoever holds an owned word gives it up exactly once; a borrowed one lives no
//! longer than the slot it was read from stays unwritten.

use crate::heap::{Kind, ObjBox, dealloc};
use crate::object::Ref;
use crate::value::Value;
use crate::vm::Vm;

/// Counts a word's reference.
#[inline(always)]
pub(crate) unsafe fn inc(value: Value) {
    if value.is_obj() {
        // SAFETY: the caller has a live value.
        unsafe {
            #[cfg(feature = "checked")]
            assert!(
                (*value.header()).rc > 0,
                "{value:?} is used after its death"
            );
            (*value.header()).rc += 1;
        }
    }
}

/// Gives up a word's reference.
#[inline(always)]
pub(crate) unsafe fn release(vm: &mut Vm, value: Value) {
    if value.is_obj() {
        // SAFETY: the caller owned the reference.
        unsafe {
            let header = value.header();
            #[cfg(feature = "checked")]
            assert!((*header).rc > 0, "{header:?} is released once too often");
            let rc = (*header).rc - 1;
            (*header).rc = rc;
            if rc == 0 {
                dealloc(header);
                if vm.heap.pending {
                    vm.pending_now();
                }
            }
        }
    }
}

/// Puts an owned word into a slot and releases what was there.
#[inline(always)]
pub(crate) unsafe fn put(vm: &mut Vm, slot: *mut Value, value: Value) {
    // SAFETY: `slot` is one of the frame's.
    unsafe {
        let old = *slot;
        *slot = value;
        release(vm, old);
    }
}

/// Empties a slot.
#[inline(always)]
pub(crate) unsafe fn clear(vm: &mut Vm, slot: *mut Value) {
    // SAFETY: as in `put`.
    unsafe {
        let old = *slot;
        if old.is_obj() {
            *slot = Value::NULL;
            release(vm, old);
        }
    }
}

/// A slot that holds a value, as a borrowed handle.
#[inline(always)]
pub(crate) unsafe fn borrow<'a>(slot: *mut Value) -> &'a Ref {
    // SAFETY: the slot is live and not written while the handle is used.
    unsafe { &*slot.cast::<Ref>() }
}

#[inline(always)]
pub(crate) unsafe fn payload<'a, T>(value: Value) -> &'a T {
    // SAFETY: the caller checked the kind.
    unsafe { &(*value.header().cast::<ObjBox<T>>()).payload }
}

#[inline(always)]
pub(crate) fn kind_of(value: Value) -> Kind {
    if value.is_obj() {
        // SAFETY: a word that is an object points at a live object's header.
        unsafe { (*value.header()).kind }
    } else {
        Kind::Free
    }
}

#[inline(always)]
pub(crate) fn compare_ints(kind: u32, a: Value, b: Value) -> bool {
    let (a, b) = (a.as_int(), b.as_int());
    match kind & 7 {
        0 => a < b,
        1 => a <= b,
        2 => a == b,
        3 => a != b,
        4 => a > b,
        _ => a >= b,
    }
}

#[inline(always)]
pub(crate) fn compare_floats(kind: u32, a: f64, b: f64) -> bool {
    match kind & 7 {
        0 => a < b,
        1 => a <= b,
        2 => a == b,
        3 => a != b,
        4 => a > b,
        _ => a >= b,
    }
}

/// The truth of a value that needs no code to run.
#[inline(always)]
pub(crate) fn quick_truth(value: Value) -> Option<bool> {
    match value {
        Value::TRUE => Some(true),
        Value::FALSE | Value::NONE => Some(false),
        v if v.is_int() => Some(v.as_int() != 0),
        _ => None,
    }
}
