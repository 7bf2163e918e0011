//! Payloads that the machine itself works with; other types keep theirs to themselves.
#![forbid(unsafe_code)]

use std::cell::Cell;

use num_bigint::BigInt;

use crate::heap::{Kind, Payload, Visitor};
use crate::object::{Args, Flavor, GetSetDef, Guarded, MethodDef, Ref, Signature, Slot, Ty};
use crate::vm::Vm;

/// An int too large for an immediate.
pub struct Int(pub BigInt);

impl Payload for Int {
    const KIND: Kind = Kind::Int;
    const ATOMIC: bool = true;

    fn owned_bytes(&self, _: &Visitor<'_>) -> usize {
        (self.0.bits() / 8) as usize
    }
}

/// A float that cannot be an immediate: a NaN, or of a subclass.
pub struct Float(pub f64);

impl Payload for Float {
    const KIND: Kind = Kind::Float;
    const ATOMIC: bool = true;
}

/// A complex number.
#[allow(missing_docs)]
pub struct Complex {
    pub real: f64,
    pub imag: f64,
}

impl Payload for Complex {
    const KIND: Kind = Kind::Complex;
    const ATOMIC: bool = true;
}

/// `bytes`
pub struct Bytes {
    /// The data.
    pub data: Box<[u8]>,
    /// 0 while unknown.
    pub hash: Cell<i64>,
}

impl Payload for Bytes {
    const KIND: Kind = Kind::Bytes;
    const ATOMIC: bool = true;

    fn owned_bytes(&self, _: &Visitor<'_>) -> usize {
        self.data.len()
    }
}

/// `list`
#[derive(Default)]
pub struct List {
    pub(crate) items: Guarded<Vec<Ref>>,
}

impl Default for Guarded<Vec<Ref>> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Payload for List {
    const KIND: Kind = Kind::List;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for item in self.items.visit(visitor) {
            (visitor.visit)(item.value());
        }
    }

    fn clear(&self) {
        drop(self.items.take_for_clear());
    }

    fn owned_bytes(&self, visitor: &Visitor<'_>) -> usize {
        self.items.visit(visitor).capacity() * size_of::<Ref>()
    }
}

impl List {
    /// A list of these items.
    pub fn new(items: Vec<Ref>) -> Self {
        Self {
            items: Guarded::new(items),
        }
    }

    /// The items, while no Python code runs.
    pub fn items<'a>(&'a self, vm: &'a Vm) -> &'a Vec<Ref> {
        self.items.get(vm)
    }

    /// The items, to be changed while no Python code runs.
    #[allow(clippy::mut_from_ref)]
    pub fn items_mut<'a>(&'a self, vm: &'a mut Vm) -> &'a mut Vec<Ref> {
        self.items.get_mut(vm)
    }

    /// The item at an index, if there is one; safe in loops that run Python code.
    pub fn get(&self, vm: &Vm, index: usize) -> Option<Ref> {
        self.items.get(vm).get(index).cloned()
    }
}

/// `slice`
#[allow(missing_docs)]
pub struct Slice {
    pub start: Ref,
    pub stop: Ref,
    pub step: Ref,
}

impl Payload for Slice {
    const KIND: Kind = Kind::Slice;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.start);
        visitor.visit(&self.stop);
        visitor.visit(&self.step);
    }
}

/// `range`; the fields are ints of any size.
#[allow(missing_docs)]
pub struct Range {
    pub start: Ref,
    pub stop: Ref,
    pub step: Ref,
    /// The number of items, also when it is too large for `len()`.
    pub length: Ref,
}

impl Payload for Range {
    const KIND: Kind = Kind::Range;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.start);
        visitor.visit(&self.stop);
        visitor.visit(&self.step);
        visitor.visit(&self.length);
    }
}

/// The iterator of a range whose numbers are small.
pub struct RangeIter {
    /// The next number.
    pub next: Cell<i64>,
    /// How many are left.
    pub left: Cell<u64>,
    /// The step.
    pub step: i64,
}

impl Payload for RangeIter {
    const KIND: Kind = Kind::RangeIter;
    const ATOMIC: bool = true;
}

/// The iterator of a list.
pub struct ListIter {
    /// The list; empty when exhausted.
    pub list: Slot,
    /// The next index.
    pub index: Cell<usize>,
}

impl Payload for ListIter {
    const KIND: Kind = Kind::ListIter;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.list.visit(visitor);
    }

    fn clear(&self) {
        self.list.take();
    }
}

/// The iterator of a tuple.
pub struct TupleIter {
    /// The tuple; empty when exhausted.
    pub tuple: Slot,
    /// The next index.
    pub index: Cell<usize>,
}

impl Payload for TupleIter {
    const KIND: Kind = Kind::TupleIter;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.tuple.visit(visitor);
    }

    fn clear(&self) {
        self.tuple.take();
    }
}

/// A variable shared between functions.
#[derive(Default)]
pub struct CellVar {
    /// The value, unless unbound.
    pub value: Slot,
}

impl Payload for CellVar {
    const KIND: Kind = Kind::Cell;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.value.visit(visitor);
    }

    fn clear(&self) {
        self.value.take();
    }
}

/// A function, class or static method written in Rust (`builtin_function_or_method`).
pub struct Builtin {
    pub(crate) def: MethodDef,
    pub(crate) signature: Option<Box<Signature>>,
    /// What it is bound to: an object, a class, a module or nothing.
    pub(crate) this: Option<Ref>,
    /// `this` is passed as the first argument.
    pub(crate) pass_this: bool,
    /// The module's name, for functions.
    pub(crate) module: Option<Ref>,
    /// The class that `__new__` and class methods belong to.
    pub(crate) owner: Option<Ty>,
}

impl Payload for Builtin {
    const KIND: Kind = Kind::Builtin;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit_opt(self.this.as_ref());
        visitor.visit_opt(self.module.as_ref());
    }
}

/// A method of a native type, unbound (`method_descriptor`, `classmethod_descriptor`).
pub struct MethodDescr {
    pub(crate) def: MethodDef,
    pub(crate) signature: Option<Box<Signature>>,
    pub(crate) owner: Ty,
}

impl Payload for MethodDescr {
    const KIND: Kind = Kind::MethodDescr;
    const ATOMIC: bool = true;
}

/// A computed attribute of a native type (`getset_descriptor`).
pub struct GetSet {
    pub(crate) def: GetSetDef,
    pub(crate) owner: Ty,
}

impl Payload for GetSet {
    const ATOMIC: bool = true;
}

/// An attribute in a fixed slot (`member_descriptor`), from `__slots__`.
pub struct Member {
    pub(crate) name: Ref,
    pub(crate) owner: Ty,
    /// The extra slot.
    pub(crate) slot: u16,
}

impl Payload for Member {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.name);
    }
}

/// A function together with its `self` (`method`).
pub struct BoundMethod {
    /// The callable.
    pub func: Ref,
    /// Its first argument.
    pub this: Ref,
}

impl Payload for BoundMethod {
    const KIND: Kind = Kind::BoundMethod;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.func);
        visitor.visit(&self.this);
    }
}

/// `module`
pub struct Module {
    /// The namespace, a dict.
    pub dict: Ref,
}

impl Payload for Module {
    const KIND: Kind = Kind::Module;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.dict);
    }
}

/// The state every exception has.
pub struct Exception {
    /// `args`, a tuple.
    pub args: Slot,
    /// `__traceback__`
    pub traceback: Slot,
    /// `__context__`
    pub context: Slot,
    /// `__cause__`
    pub cause: Slot,
    /// `__suppress_context__`
    pub suppress_context: Cell<bool>,
    /// `__notes__`
    pub notes: Slot,
    /// Fields of particular classes, by number; see `types::exceptions`.
    pub fields: Guarded<Vec<Option<Ref>>>,
}

impl Payload for Exception {
    const KIND: Kind = Kind::Exception;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for slot in [
            &self.args,
            &self.traceback,
            &self.context,
            &self.cause,
            &self.notes,
        ] {
            slot.visit(visitor);
        }
        for field in self.fields.visit(visitor).iter().flatten() {
            (visitor.visit)(field.value());
        }
    }

    fn clear(&self) {
        for slot in [
            &self.args,
            &self.traceback,
            &self.context,
            &self.cause,
            &self.notes,
        ] {
            slot.take();
        }
        drop(self.fields.take_for_clear());
    }
}

impl Exception {
    /// An exception with these `args`.
    pub fn new(args: Ref) -> Self {
        Self {
            args: Slot::new(args),
            traceback: Slot::empty(),
            context: Slot::empty(),
            cause: Slot::empty(),
            suppress_context: Cell::new(false),
            notes: Slot::empty(),
            fields: Guarded::new(Vec::new()),
        }
    }

    /// A field of a particular class.
    pub fn field(&self, vm: &Vm, index: usize) -> Option<Ref> {
        self.fields.get(vm).get(index).cloned().flatten()
    }

    /// Sets a field of a particular class.
    pub fn set_field(&self, vm: &mut Vm, index: usize, value: Option<Ref>) {
        let fields = self.fields.get_mut(vm);
        if fields.len() <= index {
            fields.resize_with(index + 1, || None);
        }
        fields[index] = value;
    }
}

/// `staticmethod` and `classmethod`.
pub struct Wrapped {
    /// The function inside.
    pub callable: Slot,
    /// Whether it is a `classmethod`.
    pub class: bool,
}

impl Payload for Wrapped {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.callable.visit(visitor);
    }

    fn clear(&self) {
        self.callable.take();
    }
}

/// A special method made from a slot (`wrapper_descriptor`).
pub struct SlotWrapper {
    pub(crate) owner: Ty,
    /// Index into the table of special methods.
    pub(crate) index: usize,
}

impl Payload for SlotWrapper {
    const ATOMIC: bool = true;
}

/// The signature of a call by arguments as written.
pub type RawCall = fn(&mut Vm, Args<'_>) -> crate::error::PyResult<Ref>;

impl Builtin {
    pub(crate) fn flavor(&self) -> Flavor {
        self.def.flavor
    }
}
