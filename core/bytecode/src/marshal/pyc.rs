//! `.pyc` files: sixteen bytes of header, then a marshalled code object.

use super::{MarshalError, MarshalErrorKind, dump_code, load_code};
use crate::code::CodeObject;

/// CPython 3.14's magic number, with the `\r\n` that shows mangling by text tools.
pub const MAGIC: [u8; 4] = [0x2B, 0x0E, b'\r', b'\n'];

const HEADER_LEN: usize = 16;

/// How a `.pyc` file is checked against its source (PEP 552).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Validation {
    /// By the source's time of modification (seconds, low 32 bits) and size.
    Timestamp {
        /// Seconds since 1970, the low 32 bits.
        mtime: u32,
        /// The size of the source in bytes, the low 32 bits.
        size: u32,
    },
    /// By the source's SipHash-1-3.
    Hash {
        /// The hash's bytes.
        hash: [u8; 8],
        /// Whether an import compares it.
        checked: bool,
    },
}

/// Reads a `.pyc` file.
pub fn read(bytes: &[u8]) -> Result<(Validation, CodeObject), MarshalError> {
    let fail = |offset, kind| Err(MarshalError { offset, kind });
    let Some((header, body)) = bytes.split_at_checked(HEADER_LEN) else {
        return fail(bytes.len(), MarshalErrorKind::TooShort);
    };
    if header[..4] != MAGIC {
        return fail(0, MarshalErrorKind::BadMagic);
    }
    let word = |at: usize| [header[at], header[at + 1], header[at + 2], header[at + 3]];
    let (low, high) = (word(8), word(12));
    let validation = match u32::from_le_bytes(word(4)) {
        0 => Validation::Timestamp {
            mtime: u32::from_le_bytes(low),
            size: u32::from_le_bytes(high),
        },
        flags @ (1 | 3) => {
            let mut hash = [0; 8];
            hash[..4].copy_from_slice(&low);
            hash[4..].copy_from_slice(&high);
            Validation::Hash {
                hash,
                checked: flags & 2 != 0,
            }
        }
        _ => return fail(4, MarshalErrorKind::BadMagic),
    };
    match load_code(body) {
        Ok(code) => Ok((validation, code)),
        Err(error) => fail(error.offset + HEADER_LEN, error.kind),
    }
}

/// Writes a `.pyc` file.
pub fn write(validation: Validation, code: &CodeObject) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    match validation {
        Validation::Timestamp { mtime, size } => {
            bytes.extend_from_slice(&[0; 4]);
            bytes.extend_from_slice(&mtime.to_le_bytes());
            bytes.extend_from_slice(&size.to_le_bytes());
        }
        Validation::Hash { hash, checked } => {
            bytes.extend_from_slice(&(1 | u32::from(checked) << 1).to_le_bytes());
            bytes.extend_from_slice(&hash);
        }
    }
    bytes.extend_from_slice(&dump_code(code));
    bytes
}
