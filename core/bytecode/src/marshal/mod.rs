//! CPython's marshal format, version 5: code objects and constants as bytes.
//!
//! Reading trusts nothing: every length is checked against what is left, depth
//! and the work that shared references can multiply are bounded, and each error
//! says what was wrong and where. Writing gives the bytes of CPython 3.14's
//! `marshal.dumps` for a code object just compiled.

mod graph;
pub mod pyc;
mod read;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;

pub use read::{load_code, load_const};
pub use write::{dump_code, dump_const};

/// Values nested deeper than this are refused; CPython's own limit is 2,000.
const MAX_DEPTH: usize = 300;

/// The type bytes of the format (`Python/marshal.c`, `TYPE_*`).
mod kind {
    pub(super) const NONE: u8 = b'N';
    pub(super) const FALSE: u8 = b'F';
    pub(super) const TRUE: u8 = b'T';
    pub(super) const ELLIPSIS: u8 = b'.';
    pub(super) const INT: u8 = b'i';
    pub(super) const LONG: u8 = b'l';
    pub(super) const BINARY_FLOAT: u8 = b'g';
    pub(super) const BINARY_COMPLEX: u8 = b'y';
    pub(super) const STRING: u8 = b's';
    pub(super) const INTERNED: u8 = b't';
    pub(super) const UNICODE: u8 = b'u';
    pub(super) const ASCII: u8 = b'a';
    pub(super) const ASCII_INTERNED: u8 = b'A';
    pub(super) const SHORT_ASCII: u8 = b'z';
    pub(super) const SHORT_ASCII_INTERNED: u8 = b'Z';
    pub(super) const TUPLE: u8 = b'(';
    pub(super) const SMALL_TUPLE: u8 = b')';
    pub(super) const FROZENSET: u8 = b'>';
    pub(super) const CODE: u8 = b'c';
    pub(super) const SLICE: u8 = b':';
    pub(super) const REF: u8 = b'r';
    /// Set on a type byte: the value gets the next reference number.
    pub(super) const FLAG_REF: u8 = 0x80;
}

/// Why bytes are not a marshalled code object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MarshalError {
    /// Offset of the byte where reading stopped.
    pub offset: usize,
    /// What is wrong there.
    pub kind: MarshalErrorKind,
}

/// What is wrong with marshalled bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MarshalErrorKind {
    /// The data ends too early, or a length says more than there is.
    TooShort,
    /// A type byte that is unknown or cannot occur in a code object.
    UnknownType(u8),
    /// A number, string or field that does not fit where it stands.
    BadData(&'static str),
    /// A reference to a value that does not exist or is not complete yet.
    BadReference,
    /// Values nested too deeply, or shared so often that they would fill the memory.
    TooComplex,
}

impl fmt::Display for MarshalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            MarshalErrorKind::TooShort => f.write_str("marshal data too short")?,
            MarshalErrorKind::UnknownType(byte) => {
                write!(f, "bad marshal data (unknown type code {byte:#04x})")?;
            }
            MarshalErrorKind::BadData(what) => write!(f, "bad marshal data ({what})")?,
            MarshalErrorKind::BadReference => {
                f.write_str("bad marshal data (invalid reference)")?;
            }
            MarshalErrorKind::TooComplex => f.write_str("object too deeply nested to unmarshal")?,
        }
        write!(f, " at byte {}", self.offset)
    }
}

impl std::error::Error for MarshalError {}
