//! The slot table of a type: what the machine calls for an operation.
//!
//! Fields are CPython's slots. Native types fill them in and get the special
//! methods (`__add__`, `__len__`, ...) made from them; classes written in Python
//! define the methods and get slots that call them ([`crate::types::slot_methods`]).
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::{Args, Ref, Ty};
use crate::vm::Vm;

/// One operand.
pub type UnaryFn = fn(&mut Vm, &Ref) -> PyResult<Ref>;
/// Two operands; answers `NotImplemented` for types it does not know.
/// Binary number slots are called with the operands in source order, whichever side the slot
/// comes from, so they must check both.
pub type BinaryFn = fn(&mut Vm, &Ref, &Ref) -> PyResult<Ref>;
/// Three operands, the last possibly `None` (`pow`).
pub type TernaryFn = fn(&mut Vm, &Ref, &Ref, &Ref) -> PyResult<Ref>;

/// Memory that an object lends to a `memoryview` and to whatever takes bytes.
pub struct Buffer {
    /// The `bytes` or `bytearray` that holds the memory.
    pub holder: Ref,
    /// The format character of an item.
    pub format: u8,
}

/// The six comparisons.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum CompareOp {
    Lt,
    Le,
    Eq,
    Ne,
    Gt,
    Ge,
}

impl CompareOp {
    /// All, by CPython's numbers.
    pub const ALL: [Self; 6] = [Self::Lt, Self::Le, Self::Eq, Self::Ne, Self::Gt, Self::Ge];

    /// The operation with the operands exchanged.
    pub fn swapped(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            same => same,
        }
    }

    /// As written in the source.
    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }

    /// The answer for operands that compare so.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Lt => ordering.is_lt(),
            Self::Le => ordering.is_le(),
            Self::Eq => ordering.is_eq(),
            Self::Ne => ordering.is_ne(),
            Self::Gt => ordering.is_gt(),
            Self::Ge => ordering.is_ge(),
        }
    }
}

/// The binary operators by CPython's `NB_*` numbers; in-place ones are 13 higher in bytecode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    And,
    FloorDivide,
    Lshift,
    MatrixMultiply,
    Multiply,
    Remainder,
    Or,
    Power,
    Rshift,
    Subtract,
    TrueDivide,
    Xor,
    Divmod,
}

impl BinaryOp {
    /// All, by number.
    pub const ALL: [Self; 14] = [
        Self::Add,
        Self::And,
        Self::FloorDivide,
        Self::Lshift,
        Self::MatrixMultiply,
        Self::Multiply,
        Self::Remainder,
        Self::Or,
        Self::Power,
        Self::Rshift,
        Self::Subtract,
        Self::TrueDivide,
        Self::Xor,
        Self::Divmod,
    ];

    /// As written in the source.
    pub fn symbol(self) -> &'static str {
        [
            "+",
            "&",
            "//",
            "<<",
            "@",
            "*",
            "%",
            "|",
            "** or pow()",
            ">>",
            "-",
            "/",
            "^",
            "divmod()",
        ][self as usize]
    }
}

macro_rules! slots {
    ($($(#[$doc:meta])* $name:ident: $ty:ty,)*) => {
        /// The slots of a type; `None` where the type does not have the operation.
        #[derive(Clone, Copy)]
        pub struct Slots {
            $($(#[$doc])* pub $name: Option<$ty>,)*
        }

        impl Slots {
            /// No operation at all; `Slots { repr: Some(..), ..Slots::EMPTY }`.
            pub const EMPTY: Self = Self { $($name: None,)* };

            /// Takes from a base what is still missing.
            pub(crate) fn inherit(&mut self, base: &Self) {
                $(if self.$name.is_none() { self.$name = base.$name; })*
            }
        }
    };
}

slots! {
    /// `repr(x)`; answers a str.
    repr: UnaryFn,
    /// `str(x)`
    str: UnaryFn,
    /// `hash(x)`
    hash: fn(&mut Vm, &Ref) -> PyResult<i64>,
    /// `x(...)`: the callee, then its arguments as written.
    call: fn(&mut Vm, &Ref, Args<'_>) -> PyResult<Ref>,
    /// `x.name`; errors with AttributeError.
    getattro: fn(&mut Vm, &Ref, &Ref) -> PyResult<Ref>,
    /// `x.name = value`, or `del x.name` without a value.
    setattro: fn(&mut Vm, &Ref, &Ref, Option<&Ref>) -> PyResult<()>,
    /// `x < y` and so on; `NotImplemented` for types it does not know.
    richcompare: fn(&mut Vm, &Ref, &Ref, CompareOp) -> PyResult<Ref>,
    /// `iter(x)`
    iter: UnaryFn,
    /// `next(x)`; `None` at the end, without an exception.
    iternext: fn(&mut Vm, &Ref) -> PyResult<Option<Ref>>,
    /// A descriptor's `__get__(self, instance or None, type)`.
    descr_get: fn(&mut Vm, &Ref, Option<&Ref>, Ty) -> PyResult<Ref>,
    /// A descriptor's `__set__`, or `__delete__` without a value.
    descr_set: fn(&mut Vm, &Ref, &Ref, Option<&Ref>) -> PyResult<()>,
    /// `__new__`: the class, then the call's arguments as written.
    new: fn(&mut Vm, Ty, Args<'_>) -> PyResult<Ref>,
    /// `__init__`: the object, then the call's arguments as written.
    init: fn(&mut Vm, &Ref, Args<'_>) -> PyResult<()>,
    /// `__del__`
    finalize: fn(&mut Vm, &Ref) -> PyResult<()>,

    /// `len(x)` of a sequence or mapping.
    length: fn(&mut Vm, &Ref) -> PyResult<usize>,
    /// `x[key]`
    subscript: BinaryFn,
    /// `x[key] = value`, or `del x[key]` without a value.
    ass_subscript: fn(&mut Vm, &Ref, &Ref, Option<&Ref>) -> PyResult<()>,
    /// `value in x`: `(x, value)`.
    contains: fn(&mut Vm, &Ref, &Ref) -> PyResult<bool>,
    /// A sequence's item by index from 0 up; makes `iter()` work without `iter`.
    item: fn(&mut Vm, &Ref, isize) -> PyResult<Ref>,
    /// `x + y` of sequences; tried after `add`.
    concat: BinaryFn,
    /// `x * n` of sequences; tried after `multiply`.
    repeat: fn(&mut Vm, &Ref, isize) -> PyResult<Ref>,
    /// `x += y` of sequences.
    inplace_concat: BinaryFn,
    /// `x *= n` of sequences.
    inplace_repeat: fn(&mut Vm, &Ref, isize) -> PyResult<Ref>,

    /// `bool(x)`
    bool: fn(&mut Vm, &Ref) -> PyResult<bool>,
    /// `x + y`
    add: BinaryFn,
    /// `x - y`
    subtract: BinaryFn,
    /// `x * y`
    multiply: BinaryFn,
    /// `x % y`
    remainder: BinaryFn,
    /// `divmod(x, y)`
    divmod: BinaryFn,
    /// `pow(x, y, z)`
    power: TernaryFn,
    /// `-x`
    negative: UnaryFn,
    /// `+x`
    positive: UnaryFn,
    /// `abs(x)`
    absolute: UnaryFn,
    /// `~x`
    invert: UnaryFn,
    /// `x << y`
    lshift: BinaryFn,
    /// `x >> y`
    rshift: BinaryFn,
    /// `x & y`
    and: BinaryFn,
    /// `x ^ y`
    xor: BinaryFn,
    /// `x | y`
    or: BinaryFn,
    /// `int(x)`
    int: UnaryFn,
    /// `float(x)`
    float: UnaryFn,
    /// `x // y`
    floor_divide: BinaryFn,
    /// `x / y`
    true_divide: BinaryFn,
    /// `operator.index(x)`
    index: UnaryFn,
    /// `x @ y`
    matrix_multiply: BinaryFn,
    /// `x += y`
    inplace_add: BinaryFn,
    /// `x -= y`
    inplace_subtract: BinaryFn,
    /// `x *= y`
    inplace_multiply: BinaryFn,
    /// `x %= y`
    inplace_remainder: BinaryFn,
    /// `x **= y`
    inplace_power: BinaryFn,
    /// `x <<= y`
    inplace_lshift: BinaryFn,
    /// `x >>= y`
    inplace_rshift: BinaryFn,
    /// `x &= y`
    inplace_and: BinaryFn,
    /// `x ^= y`
    inplace_xor: BinaryFn,
    /// `x |= y`
    inplace_or: BinaryFn,
    /// `x //= y`
    inplace_floor_divide: BinaryFn,
    /// `x /= y`
    inplace_true_divide: BinaryFn,
    /// `x @= y`
    inplace_matrix_multiply: BinaryFn,

    /// The memory it lends: the buffer protocol of types written in Rust.
    buffer: fn(&Vm, &Ref) -> Option<Buffer>,

    /// `await x`
    await_: UnaryFn,
    /// `aiter(x)`
    aiter: UnaryFn,
    /// `anext(x)`
    anext: UnaryFn,
}

impl Slots {
    /// The slot of a binary operator other than `**`.
    pub(crate) fn binary(&self, op: BinaryOp) -> Option<BinaryFn> {
        match op {
            BinaryOp::Add => self.add,
            BinaryOp::And => self.and,
            BinaryOp::FloorDivide => self.floor_divide,
            BinaryOp::Lshift => self.lshift,
            BinaryOp::MatrixMultiply => self.matrix_multiply,
            BinaryOp::Multiply => self.multiply,
            BinaryOp::Remainder => self.remainder,
            BinaryOp::Or => self.or,
            BinaryOp::Power => None,
            BinaryOp::Rshift => self.rshift,
            BinaryOp::Subtract => self.subtract,
            BinaryOp::TrueDivide => self.true_divide,
            BinaryOp::Xor => self.xor,
            BinaryOp::Divmod => self.divmod,
        }
    }

    /// The slot of an augmented assignment.
    pub(crate) fn inplace(&self, op: BinaryOp) -> Option<BinaryFn> {
        match op {
            BinaryOp::Add => self.inplace_add,
            BinaryOp::And => self.inplace_and,
            BinaryOp::FloorDivide => self.inplace_floor_divide,
            BinaryOp::Lshift => self.inplace_lshift,
            BinaryOp::MatrixMultiply => self.inplace_matrix_multiply,
            BinaryOp::Multiply => self.inplace_multiply,
            BinaryOp::Remainder => self.inplace_remainder,
            BinaryOp::Or => self.inplace_or,
            BinaryOp::Power => self.inplace_power,
            BinaryOp::Rshift => self.inplace_rshift,
            BinaryOp::Subtract => self.inplace_subtract,
            BinaryOp::TrueDivide => self.inplace_true_divide,
            BinaryOp::Xor => self.inplace_xor,
            BinaryOp::Divmod => None,
        }
    }
}
