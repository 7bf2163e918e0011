//! Interior mutability for payloads, safe without run-time checks.

use std::cell::UnsafeCell;

use crate::object::Ref;
use crate::object::Visitor;
use crate::vm::Vm;

/// Contents that can only be looked at while holding the machine.
///
/// Running Python code takes `&mut Vm`, so what [`Guarded::get`] lends cannot be
/// held across a call that might change it: the compiler refuses. Dropping a
/// `Ref` never runs Python code, so it is fine in between.
pub struct Guarded<T>(UnsafeCell<T>);

impl<T> Guarded<T> {
    /// Wraps contents.
    pub fn new(contents: T) -> Self {
        Self(UnsafeCell::new(contents))
    }

    /// The contents, while no Python code runs.
    #[inline(always)]
    pub fn get<'a>(&'a self, _vm: &'a Vm) -> &'a T {
        // SAFETY: a mutable borrow would hold `&mut Vm`, which excludes ours.
        unsafe { &*self.0.get() }
    }

    /// The contents, to be changed while no Python code runs.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub fn get_mut<'a>(&'a self, _vm: &'a mut Vm) -> &'a mut T {
        // SAFETY: every other borrow holds the machine, shared or not, and we hold it alone.
        unsafe { &mut *self.0.get() }
    }

    /// Puts other contents in and returns the old.
    #[inline(always)]
    pub fn replace(&self, _vm: &mut Vm, contents: T) -> T {
        // SAFETY: as in `get_mut`.
        unsafe { std::mem::replace(&mut *self.0.get(), contents) }
    }

    /// The contents, for the collector, which borrows the machine as a whole.
    #[inline(always)]
    pub fn visit(&self, _visitor: &Visitor<'_>) -> &T {
        // SAFETY: a visitor exists only while a collection runs, which changes no contents.
        unsafe { &*self.0.get() }
    }

    /// Takes the contents out when the collector breaks a cycle.
    pub fn take_for_clear(&self) -> T
    where
        T: Default,
    {
        // SAFETY: `Payload::clear` is called by the collector only, with nothing borrowed.
        unsafe { std::mem::take(&mut *self.0.get()) }
    }

    /// Raw access for the interpreter.
    #[inline(always)]
    pub(crate) fn as_ptr(&self) -> *mut T {
        self.0.get()
    }
}

/// One reference that changes: read by copying it out.
#[repr(transparent)]
pub struct Slot(UnsafeCell<Option<Ref>>);

impl Slot {
    /// An empty slot.
    pub const fn empty() -> Self {
        Self(UnsafeCell::new(None))
    }

    /// A slot holding `value`.
    pub fn new(value: Ref) -> Self {
        Self(UnsafeCell::new(Some(value)))
    }

    /// What is in it.
    #[inline(always)]
    pub fn get(&self) -> Option<Ref> {
        // SAFETY: cloning runs no other code, so the borrow ends before anything changes.
        unsafe { (*self.0.get()).clone() }
    }

    /// Puts a value in; the old one is dropped after.
    #[inline(always)]
    pub fn set(&self, value: Option<Ref>) {
        drop(self.replace(value));
    }

    /// Puts a value in and returns the old one.
    #[inline(always)]
    pub fn replace(&self, value: Option<Ref>) -> Option<Ref> {
        // SAFETY: no borrow of the inside outlives a method of this type.
        unsafe { std::mem::replace(&mut *self.0.get(), value) }
    }

    /// Empties it.
    #[inline(always)]
    pub fn take(&self) -> Option<Ref> {
        self.replace(None)
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        // SAFETY: as in `get`.
        unsafe { (*self.0.get()).is_none() }
    }

    /// Reports what is in it to the collector.
    pub fn visit(&self, visitor: &mut Visitor<'_>) {
        // SAFETY: the collector changes no slots while visiting.
        visitor.visit_opt(unsafe { (*self.0.get()).as_ref() });
    }
}

impl Default for Slot {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Ref> for Slot {
    fn from(value: Ref) -> Self {
        Self::new(value)
    }
}
