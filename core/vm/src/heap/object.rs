//! What an object looks like in memory.
//!
//! `[Header][payload][extra slots]`. The payload is a Rust value of a type that
//! implements [`Payload`]; strings and tuples keep their elements behind it; a
//! plain instance has none. The extra slots are words: the first is the
//! instance dict (NULL until someone asks for it), then `__slots__`, then the
//! attributes the object's layout names.

use std::any::TypeId;
use std::cell::Cell;

use crate::object::Ref;
use crate::text::Text;
use crate::value::Value;

/// What a heap object is natively, as far as fast paths care.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Kind {
    Free = 0,
    Int,
    Float,
    Complex,
    Str,
    Bytes,
    ByteArray,
    Tuple,
    List,
    Dict,
    Set,
    Slice,
    Range,
    Instance,
    Type,
    Function,
    Builtin,
    MethodDescr,
    BoundMethod,
    Cell,
    Code,
    Frame,
    Generator,
    Exception,
    Module,
    Traceback,
    RangeIter,
    ListIter,
    TupleIter,
    DictIter,
    Weakref,
    /// Any other payload; told apart by its Rust type.
    Native,
}

/// Bits of [`Header::flags`].
pub(crate) mod flags {
    /// The type has a finalizer (`__del__`) that has not run.
    pub(crate) const FINALIZER: u8 = 1;
    /// The weak-reference table has an entry for this object.
    pub(crate) const WEAKREF: u8 = 2;
    /// Queued or running: the finalizer does not run again.
    pub(crate) const FINALIZED: u8 = 4;
    /// An observer wants to know about changes.
    #[allow(dead_code)]
    pub(crate) const WATCHED: u8 = 8;
    /// Already in the intern table.
    pub(crate) const INTERNED: u8 = 16;
    /// A string whose characters are all ASCII.
    pub(crate) const ASCII: u8 = 32;
    /// The elements are in a separate allocation.
    pub(crate) const OUT_OF_LINE: u8 = 64;
    /// Cannot take part in a reference cycle.
    pub(crate) const ATOMIC: u8 = 128;
}

/// The first 16 bytes of every heap object.
#[repr(C, align(16))]
pub(crate) struct Header {
    pub(crate) rc: u32,
    pub(crate) kind: Kind,
    pub(crate) flags: u8,
    /// Number of extra slots.
    pub(crate) aux: u16,
    /// Index of the object's layout: its type and the names of its slots.
    pub(crate) layout: u32,
    /// Per kind; strings: bytes per character.
    pub(crate) aux2: u32,
}

/// What the collector hands to [`Payload::traverse`].
pub struct Visitor<'a> {
    pub(crate) visit: &'a mut dyn FnMut(Value),
}

impl Visitor<'_> {
    /// Reports a reference the payload owns.
    pub fn visit(&mut self, reference: &Ref) {
        (self.visit)(reference.value());
    }

    /// Reports a reference that may be absent.
    pub fn visit_opt(&mut self, reference: Option<&Ref>) {
        if let Some(reference) = reference {
            self.visit(reference);
        }
    }
}

/// A Rust value that can be an object's native part.
pub trait Payload: 'static + Sized {
    /// Own kinds for what fast paths test; everything else is `Native`.
    const KIND: Kind = Kind::Native;
    /// Whether no reference cycle can go through it; then `traverse` is not needed.
    const ATOMIC: bool = false;

    /// Visits every [`Ref`] the payload owns, each exactly once.
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        let _ = visitor;
    }

    /// Drops the references that may close a cycle.
    fn clear(&self) {}

    /// Bytes it owns outside of its cell, if a program can make them many.
    fn owned_bytes(&self, visitor: &Visitor<'_>) -> usize {
        let _ = visitor;
        0
    }
}

/// What the heap knows about a payload type.
pub(crate) struct VTable {
    pub(crate) size: usize,
    pub(crate) type_id: TypeId,
    pub(crate) drop: unsafe fn(*mut Header),
    pub(crate) traverse: unsafe fn(*mut Header, &mut Visitor<'_>),
    pub(crate) clear: unsafe fn(*mut Header),
    pub(crate) owned_bytes: unsafe fn(*mut Header, &Visitor<'_>) -> usize,
}

/// An object with payload `T`.
#[repr(C)]
pub(crate) struct ObjBox<T> {
    pub(crate) header: Header,
    pub(crate) vtable: &'static VTable,
    pub(crate) payload: T,
}

impl<T: Payload> ObjBox<T> {
    pub(crate) const VTABLE: VTable = VTable {
        size: (size_of::<Self>() + 7) & !7,
        type_id: TypeId::of::<T>(),
        drop: drop_payload::<T>,
        traverse: traverse_payload::<T>,
        clear: clear_payload::<T>,
        owned_bytes: owned_bytes::<T>,
    };
}

unsafe fn drop_payload<T: Payload>(header: *mut Header) {
    // SAFETY: the caller passes an object whose payload is a live `T` that is not used again.
    unsafe { std::ptr::drop_in_place(&raw mut (*header.cast::<ObjBox<T>>()).payload) }
}

unsafe fn traverse_payload<T: Payload>(header: *mut Header, visitor: &mut Visitor<'_>) {
    // SAFETY: the caller passes an object whose payload is a live `T`.
    unsafe { (*header.cast::<ObjBox<T>>()).payload.traverse(visitor) }
}

unsafe fn clear_payload<T: Payload>(header: *mut Header) {
    // SAFETY: the caller passes an object whose payload is a live `T` and keeps it alive.
    unsafe { (*header.cast::<ObjBox<T>>()).payload.clear() }
}

unsafe fn owned_bytes<T: Payload>(header: *mut Header, visitor: &Visitor<'_>) -> usize {
    // SAFETY: as in `traverse_payload`.
    unsafe { (*header.cast::<ObjBox<T>>()).payload.owned_bytes(visitor) }
}

/// A `str` object (PEP 393): Latin-1, UCS-2 or UCS-4, always the narrowest.
#[repr(C)]
pub struct Str {
    pub(crate) header: Header,
    /// 0 while unknown.
    pub(crate) hash: Cell<i64>,
    pub(crate) len: usize,
    pub(crate) data: *const u8,
}

impl Str {
    /// Number of code points.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it is `''`.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether all characters are ASCII.
    #[inline]
    pub fn is_ascii(&self) -> bool {
        self.header.flags & flags::ASCII != 0
    }

    /// The characters.
    #[inline]
    pub fn text(&self) -> Text<'_> {
        // SAFETY: `data` points to `len` characters of the width in `aux2`, written when the
        // object was made and immutable since; ASCII was checked then.
        unsafe {
            match self.header.aux2 {
                1 => {
                    let bytes = std::slice::from_raw_parts(self.data, self.len);
                    if self.is_ascii() {
                        Text::Ascii(std::str::from_utf8_unchecked(bytes))
                    } else {
                        Text::Latin1(bytes)
                    }
                }
                2 => Text::Ucs2(std::slice::from_raw_parts(self.data.cast(), self.len)),
                _ => Text::Ucs4(std::slice::from_raw_parts(self.data.cast(), self.len)),
            }
        }
    }

    /// The raw character data.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: as in `text`.
        unsafe { std::slice::from_raw_parts(self.data, self.len * self.header.aux2 as usize) }
    }

    /// The text as `&str` when it is ASCII.
    #[inline]
    pub fn as_ascii(&self) -> Option<&str> {
        match self.text() {
            Text::Ascii(s) => Some(s),
            _ => None,
        }
    }

    /// Whether the characters are those of `other`.
    #[inline]
    pub fn same_text(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
            || (self.len == other.len
                && self.header.aux2 == other.header.aux2
                && self.bytes() == other.bytes())
    }

    /// CPython's hash with a fixed seed (`PYTHONHASHSEED=0`), so that runs repeat.
    #[inline]
    pub fn hash(&self) -> i64 {
        let known = self.hash.get();
        if known != 0 {
            return known;
        }
        let hash = crate::text::hash_bytes(self.bytes());
        self.hash.set(hash);
        hash
    }
}

impl std::fmt::Display for Str {
    /// Lone surrogates come out as U+FFFD.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text().fmt(f)
    }
}

/// A `tuple` object.
#[repr(C)]
pub struct Tuple {
    pub(crate) header: Header,
    pub(crate) len: usize,
    pub(crate) items: *mut Value,
    pub(crate) hash: Cell<i64>,
}

impl std::ops::Deref for Tuple {
    type Target = [Ref];

    #[inline]
    fn deref(&self) -> &[Ref] {
        // SAFETY: `items` points to `len` owned words, none NULL, immutable once the tuple is
        // visible; `Ref` is a transparent `Value`.
        unsafe { std::slice::from_raw_parts(self.items.cast::<Ref>(), self.len) }
    }
}
