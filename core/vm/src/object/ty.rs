//! Types as objects, and how native types are declared.
//!
//! Types live as long as their machine, so [`Ty`] is a plain copyable handle.

use std::cell::{Cell, RefCell, UnsafeCell};
use std::collections::HashMap;

use crate::error::PyResult;
use crate::heap::{Header, Kind, LayoutId, ObjBox, Payload, Visitor};
use crate::object::{Args, Dict, Ref, Slot, Slots};
use crate::value::Value;
use crate::vm::Vm;

/// Bits of [`Type::flags`].
#[allow(missing_docs)]
pub mod type_flags {
    /// Python code may subclass it.
    pub const BASETYPE: u32 = 1;
    /// Made by a class statement or `type()`; its attributes can be set.
    pub const HEAPTYPE: u32 = 2;
    /// Instances have an attribute dict (or slots by layout).
    pub const HAS_DICT: u32 = 4;
    /// Instances can be weakly referenced.
    pub const HAS_WEAKREF: u32 = 8;
    /// Matches sequence patterns.
    pub const SEQUENCE: u32 = 16;
    /// Matches mapping patterns.
    pub const MAPPING: u32 = 32;
    /// An unbound function of this type can be called with `self` first, skipping a bound method.
    pub const METHOD_DESCRIPTOR: u32 = 64;
    /// `type.__new__` may not be called on it: "cannot create 'x' instances".
    pub const DISALLOW_INSTANTIATION: u32 = 128;
    /// In a class pattern, one positional sub-pattern matches the whole subject.
    pub const MATCH_SELF: u32 = 256;
    /// Abstract methods are left.
    pub const ABSTRACT: u32 = 512;
    /// A subclass of `BaseException`.
    pub const EXCEPTION: u32 = 1024;
    /// A subclass of `type`.
    pub const TYPE_SUBCLASS: u32 = 2048;
    /// A subclass of `int`, `str`, ... (native kind in `base_kind`).
    pub const IMMUTABLE: u32 = 4096;
    /// Attribute lookups in this type and its bases are plain: no metaclass tricks.
    pub const DEFINES_GETATTR: u32 = 8192;
    /// Class attributes change all the time: do not embed them in inline caches.
    pub const VOLATILE: u32 = 16384;
}

/// The payload of a type object.
pub struct Type {
    /// `__name__`
    pub(crate) name: RefCell<String>,
    /// `__qualname__`
    pub(crate) qualname: Slot,
    /// The type's namespace, a [`Dict`] with interned keys.
    pub(crate) dict: Ref,
    pub(crate) base: Cell<Option<Ty>>,
    pub(crate) bases: Slot,
    /// Linearised, the type itself first.
    pub(crate) mro: RefCell<Box<[Ty]>>,
    /// The same as a tuple object.
    pub(crate) mro_tuple: Slot,
    pub(crate) slots: UnsafeCell<Slots>,
    pub(crate) flags: Cell<u32>,
    /// What instances are natively.
    pub(crate) base_kind: Cell<Kind>,
    /// The layout of a fresh instance.
    pub(crate) layout: Cell<LayoutId>,
    /// The layout of instances whose attributes are in a dict.
    pub(crate) dict_layout: Cell<LayoutId>,
    /// Extra slots taken by the dict and by `__slots__`.
    pub(crate) fixed_slots: Cell<u16>,
    /// Extra slots fresh instances get in all; learned from past instances.
    pub(crate) inline_slots: Cell<u16>,
    /// Changes when the type's or a base's namespace does; 0 is never valid.
    pub(crate) version: Cell<u32>,
    /// Direct subclasses, in order of creation.
    pub(crate) subclasses: RefCell<Vec<Ty>>,
    /// Attribute lookups through the MRO, by the interned name's word; emptied on changes.
    pub(crate) cache: UnsafeCell<HashMap<u64, Option<Ref>, BuildPointerHasher>>,
    /// Names that inline caches rely on, as a Bloom filter.
    pub(crate) cached_names: Cell<u64>,
    /// How often a change threw inline caches away.
    pub(crate) flushes: Cell<u32>,
    pub(crate) doc: Cell<Option<&'static str>>,
    /// The module of a native type.
    pub(crate) module: &'static str,
}

impl Payload for Type {
    const KIND: Kind = Kind::Type;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.qualname.visit(visitor);
        visitor.visit(&self.dict);
        self.bases.visit(visitor);
        self.mro_tuple.visit(visitor);
    }
}

/// Hashes words that are already well spread pointers.
#[derive(Clone, Copy, Default)]
pub(crate) struct BuildPointerHasher;

/// See [`BuildPointerHasher`].
pub(crate) struct PointerHasher(u64);

impl std::hash::BuildHasher for BuildPointerHasher {
    type Hasher = PointerHasher;

    fn build_hasher(&self) -> PointerHasher {
        PointerHasher(0)
    }
}

impl std::hash::Hasher for PointerHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.write_u64(u64::from(*b));
        }
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0 ^ (word >> 4)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// A type. Copyable, as types are never freed before their machine.
#[derive(Clone, Copy)]
pub struct Ty(std::ptr::NonNull<ObjBox<Type>>);

impl Ty {
    pub(crate) fn from_ref(r: &Ref) -> Self {
        assert!(r.kind() == Some(Kind::Type));
        Self(std::ptr::NonNull::new(r.value().header().cast()).expect("a heap object"))
    }

    /// The type as a value.
    #[inline]
    pub fn to_ref(self) -> Ref {
        // SAFETY: types are alive as long as the machine.
        unsafe { Ref::from_borrowed(self.value()) }
    }

    #[inline(always)]
    pub(crate) fn value(self) -> Value {
        Value::from_header(self.0.as_ptr().cast::<Header>())
    }

    /// Whether both are the same type.
    #[inline(always)]
    pub fn is(self, other: Self) -> bool {
        self.0 == other.0
    }

    /// Whether it is `other` or has it among its bases (no `__subclasscheck__`).
    #[inline]
    pub fn is_subtype(self, other: Self) -> bool {
        self.is(other) || self.mro.borrow().iter().any(|t| t.is(other))
    }

    /// The MRO, the type itself first.
    pub fn mro(self) -> Box<[Self]> {
        self.mro.borrow().clone()
    }

    /// One slot, or any function of the slot table that gives plain data.
    #[inline(always)]
    pub fn slot<R: Copy>(self, get: impl FnOnce(&Slots) -> R) -> R {
        // SAFETY: the result is a copy; the table is not changed meanwhile.
        unsafe { get(&*self.slots.get()) }
    }

    /// Changes the slot table.
    pub(crate) fn update_slots(self, change: impl FnOnce(&mut Slots)) {
        // SAFETY: no borrow of the table outlives `slot` or this.
        unsafe { change(&mut *self.slots.get()) }
    }

    /// Whether a `type_flags` bit is set.
    #[inline(always)]
    pub fn has(self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    pub(crate) fn set_flag(self, flag: u32, on: bool) {
        self.flags.set(if on {
            self.flags.get() | flag
        } else {
            self.flags.get() & !flag
        });
    }

    /// `__name__`
    pub fn name(self) -> String {
        self.name.borrow().clone()
    }

    /// The namespace.
    pub fn namespace(&self) -> &Dict {
        self.dict.payload()
    }

    /// The direct base.
    pub fn base(self) -> Option<Self> {
        self.base.get()
    }
}

impl PartialEq for Ty {
    fn eq(&self, other: &Self) -> bool {
        self.is(*other)
    }
}

impl std::ops::Deref for Ty {
    type Target = Type;

    #[inline(always)]
    fn deref(&self) -> &Type {
        // SAFETY: types are alive as long as the machine.
        unsafe { &(*self.0.as_ptr()).payload }
    }
}

/// How a method gets its first argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Flavor {
    /// From the instance.
    #[default]
    Method,
    /// `classmethod`: the class.
    Class,
    /// `staticmethod` (and `__new__`): none.
    Static,
}

/// A native method or function.
#[derive(Clone, Copy)]
pub struct MethodDef {
    /// The name.
    pub name: &'static str,
    /// Parameters as `inspect` would print them, `"($self, object, /)"`; empty: the function
    /// takes the arguments as written.
    pub signature: &'static str,
    /// The docstring.
    pub doc: &'static str,
    /// Instance, class or static method.
    pub flavor: Flavor,
    /// The code.
    pub call: fn(&mut Vm, Args<'_>) -> PyResult<Ref>,
}

impl MethodDef {
    /// An instance method, or a module's function.
    pub const fn new(
        name: &'static str,
        signature: &'static str,
        doc: &'static str,
        call: fn(&mut Vm, Args<'_>) -> PyResult<Ref>,
    ) -> Self {
        Self {
            name,
            signature,
            doc,
            flavor: Flavor::Method,
            call,
        }
    }

    /// The same as a class method; the signature begins with `$type`.
    pub const fn class(mut self) -> Self {
        self.flavor = Flavor::Class;
        self
    }

    /// The same as a static method.
    pub const fn static_(mut self) -> Self {
        self.flavor = Flavor::Static;
        self
    }
}

/// Sets a computed attribute, or deletes it without a value.
pub(crate) type SetFn = fn(&mut Vm, &Ref, Option<&Ref>) -> PyResult<()>;

/// A computed attribute.
#[derive(Clone, Copy)]
pub struct GetSetDef {
    /// The name.
    pub name: &'static str,
    /// The docstring.
    pub doc: &'static str,
    /// Reads it.
    pub get: fn(&mut Vm, &Ref) -> PyResult<Ref>,
    /// Sets it, or deletes it without a value; absent: read-only.
    pub set: Option<SetFn>,
}

impl GetSetDef {
    /// An attribute that can be set, and deleted if `set` allows it.
    pub const fn new(
        name: &'static str,
        doc: &'static str,
        get: fn(&mut Vm, &Ref) -> PyResult<Ref>,
        set: SetFn,
    ) -> Self {
        Self {
            name,
            doc,
            get,
            set: Some(set),
        }
    }

    /// An attribute that can only be read.
    pub const fn read_only(
        name: &'static str,
        doc: &'static str,
        get: fn(&mut Vm, &Ref) -> PyResult<Ref>,
    ) -> Self {
        Self {
            name,
            doc,
            get,
            set: None,
        }
    }
}

/// A native type's declaration.
pub struct TypeDef {
    /// `__name__`
    pub name: &'static str,
    /// `__module__`
    pub module: &'static str,
    /// The docstring; a first line `name(params)\n--\n\n` becomes `__text_signature__`.
    pub doc: &'static str,
    /// `type_flags` bits.
    pub flags: u32,
    /// The operations.
    pub slots: Slots,
    /// The methods.
    pub methods: &'static [MethodDef],
    /// The computed attributes.
    pub getset: &'static [GetSetDef],
}

impl TypeDef {
    /// A declaration without anything; `TypeDef { name: "x", ..TypeDef::EMPTY }`.
    pub const EMPTY: Self = Self {
        name: "",
        module: "builtins",
        doc: "",
        flags: 0,
        slots: Slots::EMPTY,
        methods: &[],
        getset: &[],
    };
}

impl Ty {
    /// What the lookup cache knows of a name's word.
    #[inline]
    pub(crate) fn cached(self, word: u64) -> Option<Option<Ref>> {
        // SAFETY: the result is a copy; no borrow of the map outlives this.
        unsafe { (*self.cache.get()).get(&word).cloned() }
    }

    /// Remembers a lookup. Names are kept alive by the intern table.
    pub(crate) fn remember(self, word: u64, found: Option<Ref>) {
        // SAFETY: as in `cached`; dropping an old value runs no Python code.
        unsafe {
            let cache = &mut *self.cache.get();
            if cache.len() > 512 {
                cache.clear();
            }
            cache.insert(word, found);
        }
    }

    /// Empties the lookup cache.
    pub(crate) fn forget_cache(self) {
        // SAFETY: as in `cached`.
        unsafe { (*self.cache.get()).clear() }
    }

    /// The bit of a name in `cached_names`.
    pub(crate) fn name_bit(word: u64) -> u64 {
        1 << ((word >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58)
    }
}
