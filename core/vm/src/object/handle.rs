//! [`Ref`]: an owned, counted handle on a value.

use std::fmt;

use crate::heap::{Header, IMMORTAL, Kind, ObjBox, Payload, Str, Tuple, flags};
use crate::object::Ty;
use crate::value::{INT_LIMIT, Value};

/// An owned value: never NULL, so `Option<Ref>` is one word too.
#[repr(transparent)]
pub struct Ref(std::ptr::NonNull<u8>);

const _: () = assert!(size_of::<Option<Ref>>() == 8 && size_of::<Ref>() == size_of::<Value>());

impl Ref {
    /// Takes over one reference.
    ///
    /// # Safety
    /// `value` is not NULL, and the caller owns the reference it passes.
    #[inline(always)]
    pub(crate) unsafe fn from_owned(value: Value) -> Self {
        // SAFETY: the word is not NULL; `Value` and `Ref` are both one transparent pointer.
        unsafe { std::mem::transmute::<Value, Self>(value) }
    }

    /// Takes over one reference unless the word is NULL.
    ///
    /// # Safety
    /// The caller owns the reference it passes.
    #[inline(always)]
    pub(crate) unsafe fn from_nullable(value: Value) -> Option<Self> {
        // SAFETY: NULL is the niche of `Option<Ref>`.
        unsafe { std::mem::transmute::<Value, Option<Self>>(value) }
    }

    /// A new reference to what a word refers to.
    ///
    /// # Safety
    /// `value` is not NULL and its object is alive.
    #[inline(always)]
    pub(crate) unsafe fn from_borrowed(value: Value) -> Self {
        // SAFETY: alive by contract, and counted here.
        unsafe {
            if value.is_obj() {
                #[cfg(feature = "checked")]
                assert!(
                    (*value.header()).rc > 0,
                    "{value:?} is used after its death"
                );
                (*value.header()).rc += 1;
            }
            Self::from_owned(value)
        }
    }

    /// A new reference unless the word is NULL; used where the object is known to be alive.
    #[inline(always)]
    pub(crate) fn from_nullable_borrowed(value: Value) -> Option<Self> {
        if value.is_null() {
            return None;
        }
        // SAFETY: words that this crate stores refer to live objects.
        Some(unsafe { Self::from_borrowed(value) })
    }

    /// Gives up ownership of the word.
    #[inline(always)]
    pub(crate) fn into_value(self) -> Value {
        let value = self.value();
        std::mem::forget(self);
        value
    }

    /// The word, uncounted.
    #[inline(always)]
    pub(crate) fn value(&self) -> Value {
        // SAFETY: both are one transparent pointer.
        unsafe { std::mem::transmute_copy::<Self, Value>(self) }
    }

    #[inline(always)]
    pub(crate) fn from_immediate(value: Value) -> Self {
        assert!(!value.is_obj() && !value.is_null());
        // SAFETY: an immediate is not counted.
        unsafe { Self::from_owned(value) }
    }

    /// `None`
    #[inline(always)]
    pub fn none() -> Self {
        Self::from_immediate(Value::NONE)
    }

    /// `NotImplemented`
    #[inline(always)]
    pub fn not_implemented() -> Self {
        Self::from_immediate(Value::NOT_IMPLEMENTED)
    }

    /// `...`
    #[inline(always)]
    pub fn ellipsis() -> Self {
        Self::from_immediate(Value::ELLIPSIS)
    }

    /// `True` or `False`
    #[inline(always)]
    pub fn bool(b: bool) -> Self {
        Self::from_immediate(Value::bool(b))
    }

    /// A small int; any that may exceed 48 bits comes from `Vm::new_int`.
    #[inline(always)]
    pub fn small_int(i: i32) -> Self {
        Self::from_immediate(Value::small_int(i64::from(i)))
    }

    /// An int of at most 48 bits and a sign, `None` if it needs the heap.
    #[inline(always)]
    pub fn immediate_int(i: i64) -> Option<Self> {
        (-INT_LIMIT..INT_LIMIT)
            .contains(&i)
            .then(|| Self::from_immediate(Value::small_int(i)))
    }

    /// A float, `None` if it is a NaN and needs the heap.
    #[inline(always)]
    pub fn immediate_float(f: f64) -> Option<Self> {
        Value::float(f).map(Self::from_immediate)
    }

    /// Whether it is `None`.
    #[inline(always)]
    pub fn is_none(&self) -> bool {
        self.value() == Value::NONE
    }

    /// Whether it is `NotImplemented`.
    #[inline(always)]
    pub fn is_not_implemented(&self) -> bool {
        self.value() == Value::NOT_IMPLEMENTED
    }

    /// Whether it is `...`.
    pub fn is_ellipsis(&self) -> bool {
        self.value() == Value::ELLIPSIS
    }

    /// `is`: the same object, or the same immediate.
    #[inline(always)]
    pub fn is(&self, other: &Self) -> bool {
        self.value() == other.value()
    }

    /// The bool, if it is one.
    #[inline(always)]
    pub fn as_bool(&self) -> Option<bool> {
        match self.value() {
            Value::TRUE => Some(true),
            Value::FALSE => Some(false),
            _ => None,
        }
    }

    /// The int, if it is an immediate one (not a bool, not a big one).
    #[inline(always)]
    pub fn as_small_int(&self) -> Option<i64> {
        self.value().is_int().then(|| self.value().as_int())
    }

    /// The float, if it is an immediate one; `Ref::as_float` knows all.
    #[inline(always)]
    pub(crate) fn as_immediate_float(&self) -> Option<f64> {
        self.value().is_float().then(|| self.value().as_float())
    }

    /// A number unique among living objects.
    pub fn id(&self) -> u64 {
        self.value().bits()
    }

    /// Whether the value is a heap object, not an immediate.
    #[inline(always)]
    pub fn is_heap(&self) -> bool {
        self.value().is_obj()
    }

    #[inline(always)]
    pub(crate) fn header(&self) -> Option<&Header> {
        let value = self.value();
        if !value.is_obj() {
            return None;
        }
        // SAFETY: we own a reference, so the object is alive while `self` is borrowed.
        Some(unsafe { &*value.header() })
    }

    /// The object's native kind; `None` for immediates.
    #[inline(always)]
    pub fn kind(&self) -> Option<Kind> {
        self.header().map(|h| h.kind)
    }

    /// The native payload, if it is a `T`. Subclass instances count.
    #[inline(always)]
    pub fn downcast<T: Payload>(&self) -> Option<&T> {
        let header = self.header()?;
        if header.kind != T::KIND {
            return None;
        }
        let object = self.value().header().cast::<ObjBox<T>>();
        // SAFETY: every kind but `Native` belongs to one payload type, and `Native` objects
        // name theirs; the object is alive while `self` is borrowed.
        unsafe {
            if matches!(T::KIND, Kind::Native)
                && (*object).vtable.type_id != std::any::TypeId::of::<T>()
            {
                return None;
            }
            Some(&(*object).payload)
        }
    }

    /// The native payload of an object whose type is already checked, as `self` of a method is.
    ///
    /// # Panics
    /// If the payload is not a `T`.
    #[inline(always)]
    #[track_caller]
    pub fn payload<T: Payload>(&self) -> &T {
        self.downcast().expect("the type was checked before")
    }

    /// The string, if it is one (or of a subclass).
    #[inline(always)]
    pub fn as_str(&self) -> Option<&Str> {
        if self.kind() != Some(Kind::Str) {
            return None;
        }
        // SAFETY: the kind says what it is, and it is alive while `self` is borrowed.
        Some(unsafe { &*self.value().header().cast::<Str>() })
    }

    /// The tuple, if it is one (or of a subclass).
    #[inline(always)]
    pub fn as_tuple(&self) -> Option<&Tuple> {
        if self.kind() != Some(Kind::Tuple) {
            return None;
        }
        // SAFETY: the kind says what it is, and it is alive while `self` is borrowed.
        Some(unsafe { &*self.value().header().cast::<Tuple>() })
    }

    /// The type, if it is one.
    #[inline(always)]
    pub fn as_type(&self) -> Option<Ty> {
        (self.kind() == Some(Kind::Type)).then(|| Ty::from_ref(self))
    }

    /// How many references there are, as `sys.getrefcount` counts.
    pub fn refcount(&self) -> u32 {
        self.header()
            .map_or(3 << 30, |h| if h.rc >= IMMORTAL { 3 << 30 } else { h.rc })
    }

    /// Sets header bits.
    pub(crate) fn set_flags(&self, bits: u8) {
        if self.is_heap() {
            // SAFETY: alive; no reference to the flags is held anywhere.
            unsafe { (*self.value().header()).flags |= bits };
        }
    }

    /// Clears header bits.
    pub(crate) fn clear_flags(&self, bits: u8) {
        if self.is_heap() {
            // SAFETY: as in `set_flags`.
            unsafe { (*self.value().header()).flags &= !bits };
        }
    }

    /// Makes the object live as long as the machine.
    pub(crate) fn immortal(self) -> Self {
        if self.is_heap() {
            // SAFETY: alive.
            unsafe { (*self.value().header()).rc += IMMORTAL };
        }
        self
    }

    /// Whether it is interned: a string with a unique address for its characters.
    pub(crate) fn is_interned(&self) -> bool {
        self.header()
            .is_some_and(|h| h.flags & flags::INTERNED != 0)
    }

    /// The extra slots: instance dict, `__slots__`, attributes.
    pub(crate) fn extra(&self) -> &[crate::object::Slot] {
        let Some(header) = self.header() else {
            return &[];
        };
        // SAFETY: the object has `aux` slots, each an owned word or NULL; `Slot` is a cell of one.
        unsafe {
            let slots = crate::heap::extra_slots(self.value().header());
            std::slice::from_raw_parts(slots.cast(), usize::from(header.aux))
        }
    }

    /// Changes the layout, after the slots were changed to fit.
    pub(crate) fn set_layout(&self, layout: u32) {
        if self.is_heap() {
            // SAFETY: alive; the number is plain data.
            unsafe { (*self.value().header()).layout = layout };
        }
    }
}

impl Clone for Ref {
    #[inline(always)]
    fn clone(&self) -> Self {
        // SAFETY: we own a reference, so the object is alive.
        unsafe { Self::from_borrowed(self.value()) }
    }
}

impl Drop for Ref {
    #[inline(always)]
    fn drop(&mut self) {
        let value = self.value();
        if value.is_obj() {
            // SAFETY: we own one reference and give it up; at zero nobody else has one.
            unsafe {
                let header = value.header();
                #[cfg(feature = "checked")]
                assert!((*header).rc > 0, "{header:?} is released once too often");
                let rc = (*header).rc - 1;
                (*header).rc = rc;
                if rc == 0 {
                    crate::heap::dealloc(header);
                }
            }
        }
    }
}

impl fmt::Debug for Ref {
    /// For this crate's own debugging: no Python code runs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value();
        if value.is_int() {
            write!(f, "{}", value.as_int())
        } else if value.is_float() {
            write!(f, "{:?}", value.as_float())
        } else if let Some(s) = self.as_str() {
            write!(f, "{:?}", s.to_string())
        } else if let Some(ty) = self.as_type() {
            write!(f, "<class {}>", ty.name())
        } else {
            write!(f, "<{:?} {:#x}>", self.kind(), value.bits())
        }
    }
}
