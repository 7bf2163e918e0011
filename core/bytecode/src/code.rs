//! Code objects, field for field as CPython 3.14 has them.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use num_bigint::{BigInt, Sign};
use vitrine_syntax::hash;
use vitrine_syntax::wtf8::Wtf8Box;

use crate::names::Names;

/// A compiled code object (`Include/cpython/code.h`).
///
/// The byte strings are CPython's own encodings: `code` with its inline caches
/// zeroed, `linetable` as in `Objects/locations.md`, `exceptiontable` as in
/// `Objects/exception_handling_notes.txt`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeObject {
    /// Positional parameters, positional-only ones included, `*args` not.
    pub argcount: u32,
    /// Positional-only parameters.
    pub posonlyargcount: u32,
    /// Keyword-only parameters, `**kwargs` not included.
    pub kwonlyargcount: u32,
    /// Stack slots needed.
    pub stacksize: u32,
    /// `CO_*` bits, see [`CodeFlags`].
    pub flags: u32,
    /// Two-byte code units: opcode, argument; caches as zero units.
    pub code: Box<[u8]>,
    /// Constants; the docstring first where there is one.
    pub consts: Box<[Const]>,
    /// Global, attribute and import names.
    pub names: Names,
    /// Names of the fast locals: arguments, other locals, cells, free variables.
    pub localsplusnames: Names,
    /// What each fast local is, one `CO_FAST_*` byte a name, see [`LocalKind`].
    pub localspluskinds: Box<[u8]>,
    /// The file's name, as given to the compiler.
    pub filename: Arc<str>,
    /// The function's, class's or module's name.
    pub name: Box<str>,
    /// The dotted name.
    pub qualname: Box<str>,
    /// First line, from 1 (decorators count); 0 for a module's code.
    pub firstlineno: u32,
    /// Positions of the instructions.
    pub linetable: Box<[u8]>,
    /// Handlers of the instructions.
    pub exceptiontable: Box<[u8]>,
}

impl CodeObject {
    /// Changes the file's name, in nested code too (`_imp._fix_co_filename`).
    pub fn set_filename(&mut self, filename: &Arc<str>) {
        self.filename = Arc::clone(filename);
        for constant in &mut self.consts {
            if let Const::Code(code) = constant {
                Arc::make_mut(code).set_filename(filename);
            }
        }
    }
}

/// A constant in a code object.
#[derive(Clone, Debug)]
pub enum Const {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// `...`
    Ellipsis,
    /// An integer of any size.
    Int(BigInt),
    /// A float; compared by bits.
    Float(f64),
    /// A complex number: real and imaginary parts; compared by bits.
    Complex(f64, f64),
    /// A string, lone surrogates possible.
    Str(Wtf8Box),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// A tuple.
    Tuple(Box<[Const]>),
    /// A frozen set, in any order, each value once.
    FrozenSet(Box<[Const]>),
    /// A slice: start, stop, step.
    Slice(Box<[Const; 3]>),
    /// A nested code object.
    Code(Arc<CodeObject>),
}

impl PartialEq for Const {
    /// Identity as CPython's constant cache sees it: types differ, signs of zero
    /// differ, the order of a set does not.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, Self::None) | (Self::Ellipsis, Self::Ellipsis) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Complex(a, b), Self::Complex(c, d)) => {
                a.to_bits() == c.to_bits() && b.to_bits() == d.to_bits()
            }
            (Self::Str(a), Self::Str(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Tuple(a), Self::Tuple(b)) => a == b,
            (Self::FrozenSet(a), Self::FrozenSet(b)) => same_set(a, b),
            (Self::Slice(a), Self::Slice(b)) => a == b,
            (Self::Code(a), Self::Code(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Const {}

/// Whether two sets hold the same, in whatever order.
fn same_set(a: &[Const], b: &[Const]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if a == b {
        return true;
    }
    let known: HashSet<&Const> = a.iter().collect();
    b.iter().all(|item| known.contains(item))
}

impl Hash for Const {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::None | Self::Ellipsis => {}
            Self::Bool(value) => value.hash(state),
            Self::Int(value) => value.hash(state),
            Self::Float(value) => value.to_bits().hash(state),
            Self::Complex(re, im) => (re.to_bits(), im.to_bits()).hash(state),
            Self::Str(text) => text.hash(state),
            Self::Bytes(bytes) => bytes.hash(state),
            Self::Tuple(items) => items.hash(state),
            // Independent of the order.
            Self::FrozenSet(items) => items.len().hash(state),
            Self::Slice(parts) => parts.hash(state),
            Self::Code(code) => (&code.name, code.firstlineno, code.code.len()).hash(state),
        }
    }
}

/// Takes one more item into a cheap hash.
fn mix(hash: u32, item: u32) -> u32 {
    (hash.rotate_left(5) ^ item).wrapping_mul(0x9E37_79B9)
}

impl Const {
    /// A hash that equal constants share, for tables within one compilation.
    pub(crate) fn cheap_hash(&self) -> u32 {
        let bits = |value: f64| hash::of_bytes(&value.to_bits().to_le_bytes()) as u32;
        let all = |items: &[Self]| {
            let hashes = items.iter().map(Self::cheap_hash);
            hashes.fold(items.len() as u32, mix)
        };
        match self {
            Self::None => 1,
            Self::Bool(value) => 2 + u32::from(*value),
            Self::Ellipsis => 4,
            Self::Int(value) => {
                let digits = value.iter_u32_digits();
                digits.fold(5 + u32::from(value.sign() == Sign::Minus), mix)
            }
            Self::Float(value) => bits(*value),
            Self::Complex(re, im) => mix(bits(*re), bits(*im)),
            Self::Str(text) => Self::hash_of_text(text.as_bytes()),
            Self::Bytes(bytes) => hash::of_bytes(bytes) as u32 ^ 7,
            Self::Tuple(items) => mix(8, all(items)),
            // Independent of the order.
            Self::FrozenSet(items) => mix(9, items.len() as u32),
            Self::Slice(parts) => mix(10, all(&parts[..])),
            Self::Code(code) => mix(hash::of_text(&code.name) as u32, code.firstlineno),
        }
    }

    /// Whether a NaN is in it, which is equal to nothing, itself included: so
    /// CPython keeps another constant for each that it computes.
    pub(crate) fn has_nan(&self) -> bool {
        match self {
            Self::Float(value) => value.is_nan(),
            Self::Complex(re, im) => re.is_nan() || im.is_nan(),
            Self::Tuple(items) | Self::FrozenSet(items) => items.iter().any(Self::has_nan),
            Self::Slice(parts) => parts.iter().any(Self::has_nan),
            Self::Code(code) => code.consts.iter().any(Self::has_nan),
            _ => false,
        }
    }

    /// The cheap hash of an integer that is not negative.
    pub(crate) fn hash_of_int(value: u64) -> u32 {
        match (value as u32, (value >> 32) as u32) {
            (0, 0) => 5,
            (low, 0) => mix(5, low),
            (low, high) => mix(mix(5, low), high),
        }
    }

    /// The cheap hash of a string.
    pub(crate) fn hash_of_text(text: &[u8]) -> u32 {
        hash::of_bytes(text) as u32
    }

    /// What `bool(value)` is.
    pub fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Int(value) => value.sign() != Sign::NoSign,
            Self::Float(value) => *value != 0.0,
            Self::Complex(re, im) => *re != 0.0 || *im != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            Self::Tuple(items) | Self::FrozenSet(items) => !items.is_empty(),
            Self::Ellipsis | Self::Slice(_) | Self::Code(_) => true,
        }
    }
}

/// The bits of `co_flags` (`Include/cpython/code.h`, `CO_*`).
#[allow(missing_docs, non_snake_case)]
pub mod CodeFlags {
    pub const OPTIMIZED: u32 = 0x1;
    pub const NEWLOCALS: u32 = 0x2;
    pub const VARARGS: u32 = 0x4;
    pub const VARKEYWORDS: u32 = 0x8;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    pub const FUTURE_DIVISION: u32 = 0x20000;
    pub const FUTURE_ABSOLUTE_IMPORT: u32 = 0x40000;
    pub const FUTURE_WITH_STATEMENT: u32 = 0x80000;
    pub const FUTURE_PRINT_FUNCTION: u32 = 0x100000;
    pub const FUTURE_UNICODE_LITERALS: u32 = 0x200000;
    pub const FUTURE_BARRY_AS_BDFL: u32 = 0x400000;
    pub const FUTURE_GENERATOR_STOP: u32 = 0x800000;
    pub const FUTURE_ANNOTATIONS: u32 = 0x1000000;
    pub const HAS_DOCSTRING: u32 = 0x4000000;
    pub const METHOD: u32 = 0x8000000;
}

/// The bits of `localspluskinds` (`Include/internal/pycore_code.h`, `CO_FAST_*`).
#[allow(missing_docs, non_snake_case)]
pub mod LocalKind {
    pub const ARG_POS: u8 = 0x02;
    pub const ARG_KW: u8 = 0x04;
    pub const ARG_VAR: u8 = 0x08;
    pub const PARAMETER: u8 = ARG_POS | ARG_KW | ARG_VAR;
    pub const HIDDEN: u8 = 0x10;
    pub const LOCAL: u8 = 0x20;
    pub const CELL: u8 = 0x40;
    pub const FREE: u8 = 0x80;
}
