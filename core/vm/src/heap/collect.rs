//! The cycle collector: trial deletion, as CPython does it.
//!
//! Every object's references from other objects are counted in side arrays; who
//! has more than those is reachable from outside (frames hold their own), and
//! with it all it reaches. What is left is garbage. Finalizers run first, and
//! what they revive stays.

use std::collections::HashMap;

use super::block::{Heap, extra_slots};
use super::object::{Header, Kind, ObjBox, Tuple, Visitor, flags};
use crate::object::Ref;
use crate::value::Value;

/// Visits everything an object refers to.
pub(super) unsafe fn traverse(header: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the caller passes a live object.
    unsafe {
        let extra = usize::from((*header).aux);
        if extra > 0 {
            let slots = extra_slots(header);
            for i in 0..extra {
                visit(*slots.add(i));
            }
        }
        match (*header).kind {
            Kind::Instance | Kind::Str | Kind::Free => {}
            Kind::Tuple => {
                let tuple = header.cast::<Tuple>();
                for i in 0..(*tuple).len {
                    visit(*(*tuple).items.add(i));
                }
            }
            _ => {
                let vtable = (*header.cast::<ObjBox<()>>()).vtable;
                (vtable.traverse)(header, &mut Visitor { visit });
            }
        }
    }
}

impl Heap {
    /// Whether enough objects were made since the last collection.
    pub(crate) fn collection_due(&self) -> bool {
        self.young > self.threshold
    }

    /// All objects that can be in cycles.
    fn containers(&self) -> Vec<*mut Header> {
        let mut found = self.objects();
        // SAFETY: alive.
        found.retain(|&header| unsafe { (*header).flags & flags::ATOMIC == 0 });
        found
    }

    /// Counts anew what objects own outside of blocks.
    pub(crate) fn count_owned(&mut self) {
        let mut owned = 0;
        let mut nothing = |_| ();
        let visitor = Visitor {
            visit: &mut nothing,
        };
        for header in self.objects() {
            // SAFETY: alive; the kind tells what it is, and nothing changes meanwhile.
            unsafe {
                if !matches!((*header).kind, Kind::Instance | Kind::Str | Kind::Tuple) {
                    let vtable = (*header.cast::<ObjBox<()>>()).vtable;
                    owned += (vtable.owned_bytes)(header, &visitor);
                }
            }
        }
        self.owned = owned;
        self.promised = 0;
    }

    /// Collects; answers how many unreachable objects were found.
    pub(crate) fn collect(&mut self) -> usize {
        let all = self.containers();
        self.young = 0;
        self.threshold = (all.len() as isize).max(10_000);
        // References from outside: all, less those from other containers.
        let mut counts: HashMap<*mut Header, u32, crate::object::BuildPointerHasher> =
            HashMap::with_capacity_and_hasher(all.len(), crate::object::BuildPointerHasher);
        // SAFETY: all are live, and nothing is freed before the end.
        unsafe {
            for &header in &all {
                counts.insert(header, (*header).rc);
            }
            for &header in &all {
                traverse(header, &mut |value| {
                    if value.is_obj()
                        && let Some(count) = counts.get_mut(&value.header())
                    {
                        *count = count.saturating_sub(1);
                    }
                });
            }
            let mut reached: Vec<*mut Header> = Vec::new();
            for &header in &all {
                if counts.get(&header).is_some_and(|c| *c > 0) {
                    reached.push(header);
                }
            }
            for header in &reached {
                counts.remove(header);
            }
            while let Some(header) = reached.pop() {
                traverse(header, &mut |value| {
                    if value.is_obj() && counts.remove(&value.header()).is_some() {
                        reached.push(value.header());
                    }
                });
            }
            let garbage: Vec<Ref> = all
                .iter()
                .filter(|h| counts.contains_key(*h))
                .map(|h| Ref::from_borrowed(Value::from_header(*h)))
                .collect();
            self.dispose(garbage)
        }
    }

    /// Finalizes, or breaks the cycles of, unreachable objects.
    fn dispose(&mut self, garbage: Vec<Ref>) -> usize {
        let found = garbage.len();
        let mut due = Vec::new();
        for object in &garbage {
            let Some(header) = object.header() else {
                continue;
            };
            if header.flags & flags::FINALIZER != 0 && header.flags & flags::FINALIZED == 0 {
                object.set_flags(flags::FINALIZED);
                due.push(object.clone());
            }
        }
        if !due.is_empty() {
            // They may revive anything: what they leave is found by the next collection.
            // The queue is worked off from its end, and the oldest comes first.
            self.finalizers.extend(due.into_iter().rev());
            self.pending = true;
            self.young = self.threshold + 1;
            return found;
        }
        for object in &garbage {
            let header = object.value().header();
            // SAFETY: we hold a reference each, so all stay alive while cycles are broken.
            unsafe {
                if (*header).flags & flags::WEAKREF != 0 {
                    super::weak::target_died(self, header);
                }
            }
        }
        for object in &garbage {
            let header = object.value().header();
            // SAFETY: as above; nothing is borrowed from unreachable objects.
            unsafe {
                if (*header).kind == Kind::Type {
                    continue;
                }
                let extra = usize::from((*header).aux);
                let slots = if extra > 0 {
                    extra_slots(header)
                } else {
                    std::ptr::null_mut()
                };
                for i in 0..extra {
                    let value = std::mem::replace(&mut *slots.add(i), Value::NULL);
                    drop(Ref::from_nullable(value));
                }
                if !matches!((*header).kind, Kind::Instance | Kind::Str | Kind::Tuple) {
                    let vtable = (*header.cast::<ObjBox<()>>()).vtable;
                    (vtable.clear)(header);
                }
            }
        }
        found
    }
}
