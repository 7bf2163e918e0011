//! Handing a machine from one OS thread to another.
//!
//! The machine itself is the token: it is *moved* to the thread that runs next, and a thread that
//! has handed it over has nothing left to touch an object with until it comes back. So what the
//! machine consists of - handles, cells, counts that are not atomic - is never shared, only passed
//! on, and the mutex below orders what one thread did before what the next one sees.

#![allow(unsafe_code)]

use std::sync::{Condvar, Mutex, PoisonError};

use crate::vm::Vm;

/// A machine on its way to another thread.
struct Parcel(Vm);

// SAFETY: `Vm`, `Ref` and payloads are `!Send` because their counts and cells are not atomic.
// Here the machine goes as a whole, and with it all its objects: the handles that a waiting
// thread keeps on its stack are not used before the machine is back there. `Host` and `Library`
// are `Send`; nothing else in a machine is bound to an OS thread (`Payload` and `Vm::state` ask for
// that).
unsafe impl Send for Parcel {}

/// Where a thread waits for the machine.
#[derive(Default)]
pub(crate) struct Baton {
    slot: Mutex<Option<Parcel>>,
    arrived: Condvar,
}

impl Baton {
    /// Gives the machine to the thread that waits here.
    pub(crate) fn put(&self, vm: Vm) {
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(Parcel(vm));
        drop(slot);
        self.arrived.notify_one();
    }

    /// Waits for the machine.
    pub(crate) fn take(&self) -> Vm {
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(parcel) = slot.take() {
                return parcel.0;
            }
            slot = self
                .arrived
                .wait(slot)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives the machine to the thread that waits at `theirs`, and waits at `own` until some
    /// thread gives it back.
    pub(crate) fn exchange(vm: &mut Vm, theirs: &Self, own: &Self) {
        /// Without a machine to return to, unwinding would find a hole: a panic that meets this
        /// one ends the process.
        struct Abort;
        impl Drop for Abort {
            fn drop(&mut self) {
                panic!("no machine to return to");
            }
        }
        let guard = Abort;
        // SAFETY: the machine is moved out, and one is moved in before anyone looks: `vm` is
        // borrowed by us alone, and unwinding in between aborts.
        unsafe {
            theirs.put(std::ptr::read(vm));
            std::ptr::write(vm, own.take());
        }
        std::mem::forget(guard);
    }
}
