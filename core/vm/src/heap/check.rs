//! The `checked` mode: references counted anew, dead cells poisoned.
//!
//! A count may be higher than the references that can be found - native code holds some on its
//! stack - but never lower: then an object would die while something still refers to it.

use std::collections::HashMap;

use super::block::Heap;
use super::close::IMMORTAL;
use super::collect::traverse;
use super::object::Header;
use crate::value::Value;
use crate::vm::Vm;

/// What dead cells are filled with: no pointer, no number anyone would make.
pub(super) const POISON: u8 = 0xDF;

impl Vm {
    /// Counts the references to every object anew.
    ///
    /// # Panics
    /// If an object's count is lower than the references found.
    pub(crate) fn recount(&self) {
        let mut found: HashMap<*mut Header, u32> = HashMap::new();
        let mut visit = |value: Value| {
            if value.is_obj() {
                *found.entry(value.header()).or_default() += 1;
            }
        };
        let heap: &Heap = &self.heap;
        let objects = heap.objects();
        for &object in &objects {
            // SAFETY: alive, and nothing changes meanwhile.
            unsafe { traverse(object, &mut visit) };
        }
        for id in self.thread_ids() {
            if let Some(exec) = self.exec_of(id) {
                exec.visit(&mut visit);
            }
        }
        for (object, found) in found {
            // SAFETY: a reference to an object was found; if its cell is free the count is 0.
            let (rc, kind) = unsafe { ((*object).rc, (*object).kind) };
            let rc = if rc >= IMMORTAL { rc - IMMORTAL } else { rc };
            assert!(
                rc >= found,
                "{object:?} ({kind:?}) has {found} references and counts {rc}"
            );
        }
    }
}
