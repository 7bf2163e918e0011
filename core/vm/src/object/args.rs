//! Arguments of a native function.

use std::ops::Index;

use crate::object::{Payload, Ref};

/// The arguments a native function gets, already bound to its signature.
///
/// Slot `i` is parameter `i` of the signature (`self` is 0), in the order:
/// positional, keyword-only, `*args` as a tuple, `**kwargs` as a dict.
/// Functions registered without a signature get what the caller wrote:
/// positional arguments first, then the keyword values, named by `kwnames`.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    slots: &'a [Option<Ref>],
    kwnames: &'a [Ref],
}

impl<'a> Args<'a> {
    pub(crate) fn new(slots: &'a [Option<Ref>], kwnames: &'a [Ref]) -> Self {
        Self { slots, kwnames }
    }

    /// Views owned references as arguments.
    pub fn from_refs(refs: &'a [Ref], kwnames: &'a [Ref]) -> Self {
        // SAFETY: `Ref` and `Option<Ref>` have the same layout, and a `Ref` is a valid `Some`.
        let slots = unsafe { std::slice::from_raw_parts(refs.as_ptr().cast(), refs.len()) };
        Self { slots, kwnames }
    }

    /// An optional argument: `None` when it was not passed.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<&'a Ref> {
        self.slots.get(index).and_then(Option::as_ref)
    }

    /// An optional argument, `None` too when Python's `None` was passed.
    pub fn get_not_none(&self, index: usize) -> Option<&'a Ref> {
        self.get(index).filter(|r| !r.is_none())
    }

    /// The payload of `self`, whose type the binding has checked.
    #[inline(always)]
    #[track_caller]
    pub fn this<T: Payload>(&self) -> &'a T {
        self.get(0).expect("methods have a self").payload()
    }

    /// Number of slots (without a signature: of all arguments).
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no argument.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The names of the keyword arguments; they are the last ones. Only without a signature.
    pub fn kwnames(&self) -> &'a [Ref] {
        self.kwnames
    }

    /// The positional arguments of a call without a signature.
    pub fn positional(&self) -> &'a [Ref] {
        let slots = &self.slots[..self.slots.len() - self.kwnames.len()];
        debug_assert!(slots.iter().all(Option::is_some));
        // SAFETY: without a signature no slot is empty, and a `Some` is laid out as its `Ref`.
        unsafe { std::slice::from_raw_parts(slots.as_ptr().cast(), slots.len()) }
    }

    /// Keyword arguments of a call without a signature.
    pub fn keywords(&self) -> impl Iterator<Item = (&'a Ref, &'a Ref)> {
        let first = self.slots.len() - self.kwnames.len();
        self.kwnames
            .iter()
            .zip(self.slots[first..].iter().flatten())
    }
}

impl Index<usize> for Args<'_> {
    type Output = Ref;

    /// A required argument.
    #[inline(always)]
    #[track_caller]
    fn index(&self, index: usize) -> &Ref {
        self.slots[index].as_ref().expect("a required argument")
    }
}
