//! `.pyc` files: sixteen bytes of header, then a marshalled code object.
//!
//! Reading checks the header, the marshalled data and, with [`crate::verify`], the
//! code itself: what [`read`] gives may be shown and run, whoever wrote the file.

use std::fmt;
use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

use super::write::dump_code_behind;
use super::{MarshalError, load_code};
use crate::code::CodeObject;
use crate::target::Target;
use crate::verify::{VerifyError, verify};

/// CPython 3.14's magic number; in a file `\r\n` follows, which shows mangling by text tools.
pub const MAGIC: u16 = 3627;

/// What the names of cached files have between the module's name and `.pyc`.
pub const CACHE_TAG: &str = "cpython-314";

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

/// Why bytes are not a `.pyc` file that can be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PycError {
    /// Shorter than the header.
    TooShort,
    /// No magic number in front.
    NoPyc,
    /// Written by another Python.
    ForeignVersion(u16),
    /// A header with flags that mean nothing.
    Flags(u32),
    /// The data behind the header.
    Marshal(MarshalError),
    /// The code in it.
    Code(VerifyError),
}

impl fmt::Display for PycError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => f.write_str("reached EOF while reading the pyc header"),
            Self::NoPyc => f.write_str("not a .pyc file: no magic number in front"),
            Self::ForeignVersion(magic) => match version_of(*magic) {
                Some(version) => write!(
                    f,
                    "bad magic number {magic}: Python {version} made this file, not 3.14"
                ),
                None => write!(
                    f,
                    "bad magic number {magic}: an unknown Python made this file, not 3.14"
                ),
            },
            Self::Flags(flags) => write!(f, "invalid flags {flags:#x} in the pyc header"),
            Self::Marshal(error) => error.fmt(f),
            Self::Code(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PycError {}

/// The first and last magic number of each version, as `InternalDocs` and
/// `importlib` of CPython have listed them.
const MAGIC_NUMBERS: &[(u16, u16, &str)] = &[
    (3000, 3131, "3.0"),
    (3140, 3151, "3.1"),
    (3160, 3180, "3.2"),
    (3190, 3230, "3.3"),
    (3250, 3310, "3.4"),
    (3320, 3351, "3.5"),
    (3360, 3379, "3.6"),
    (3390, 3399, "3.7"),
    (3400, 3419, "3.8"),
    (3420, 3429, "3.9"),
    (3430, 3449, "3.10"),
    (3450, 3499, "3.11"),
    (3500, 3549, "3.12"),
    (3550, 3599, "3.13"),
    (3600, 3626, "3.14 before its release"),
    (3627, 3649, "3.14"),
    (3650, 3699, "3.15"),
    (3700, 3749, "3.16"),
    (20121, 20121, "1.5"),
    (50428, 50428, "1.6"),
    (50823, 50823, "2.0"),
    (60202, 60202, "2.1"),
    (60717, 60717, "2.2"),
    (62011, 62021, "2.3"),
    (62041, 62061, "2.4"),
    (62071, 62131, "2.5"),
    (62151, 62161, "2.6"),
    (62171, 62211, "2.7"),
];

/// The Python with a magic number.
pub fn version_of(magic: u16) -> Option<&'static str> {
    let range = MAGIC_NUMBERS
        .iter()
        .find(|&&(first, last, _)| (first..=last).contains(&magic));
    range.map(|&(.., version)| version)
}

/// Whether bytes begin as `.pyc` files of any Python do.
pub fn looks_like_pyc(bytes: &[u8]) -> bool {
    match bytes {
        [low, high, b'\r', b'\n', ..] => version_of(u16::from_le_bytes([*low, *high])).is_some(),
        _ => false,
    }
}

/// The hash of a source in a `.pyc` file (`_imp.source_hash`).
pub fn source_hash(source: &[u8]) -> [u8; 8] {
    let key = u64::from(u32::from_le_bytes(magic_bytes()));
    let mut hasher = SipHasher13::new_with_keys(key, 0);
    hasher.write(source);
    hasher.finish().to_le_bytes()
}

fn magic_bytes() -> [u8; 4] {
    let [low, high] = MAGIC.to_le_bytes();
    [low, high, b'\r', b'\n']
}

/// Reads a header.
pub fn read_header(bytes: &[u8]) -> Result<Validation, PycError> {
    let magic = match bytes {
        [low, high, b'\r', b'\n', ..] => u16::from_le_bytes([*low, *high]),
        [_, _, _, _, ..] => return Err(PycError::NoPyc),
        _ => return Err(PycError::TooShort),
    };
    if magic != MAGIC {
        return Err(PycError::ForeignVersion(magic));
    }
    let Some(header) = bytes.get(..HEADER_LEN) else {
        return Err(PycError::TooShort);
    };
    let word = |at: usize| [header[at], header[at + 1], header[at + 2], header[at + 3]];
    let (low, high) = (word(8), word(12));
    match u32::from_le_bytes(word(4)) {
        0 => Ok(Validation::Timestamp {
            mtime: u32::from_le_bytes(low),
            size: u32::from_le_bytes(high),
        }),
        flags @ (1 | 3) => {
            let mut hash = [0; 8];
            hash[..4].copy_from_slice(&low);
            hash[4..].copy_from_slice(&high);
            Ok(Validation::Hash {
                hash,
                checked: flags & 2 != 0,
            })
        }
        flags => Err(PycError::Flags(flags)),
    }
}

/// Reads a `.pyc` file, and makes sure that its code can be run.
pub fn read(bytes: &[u8]) -> Result<(Validation, CodeObject), PycError> {
    let validation = read_header(bytes)?;
    match load_code(&bytes[HEADER_LEN..]) {
        Ok(code) => {
            verify(&code).map_err(PycError::Code)?;
            Ok((validation, code))
        }
        Err(error) => Err(PycError::Marshal(MarshalError {
            offset: error.offset + HEADER_LEN,
            kind: error.kind,
        })),
    }
}

/// Reads a `.pyc` file of any version that can be compiled for, to look at its code: only
/// that of 3.14 is verified.
pub fn read_to_show(bytes: &[u8]) -> Result<(Target, CodeObject), PycError> {
    let magic = match bytes {
        [low, high, b'\r', b'\n', ..] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    };
    match Target::from_magic(magic) {
        None | Some(Target::V3_14) => read(bytes).map(|(_, code)| (Target::V3_14, code)),
        Some(target) => {
            let code = bytes.get(HEADER_LEN..).ok_or(PycError::TooShort)?;
            let code = load_code(code).map_err(|error| {
                PycError::Marshal(MarshalError {
                    offset: error.offset + HEADER_LEN,
                    kind: error.kind,
                })
            })?;
            Ok((target, code))
        }
    }
}

/// The bytes of a header.
pub fn write_header(validation: Validation) -> [u8; HEADER_LEN] {
    let mut header = [0; HEADER_LEN];
    header[..4].copy_from_slice(&magic_bytes());
    match validation {
        Validation::Timestamp { mtime, size } => {
            header[8..12].copy_from_slice(&mtime.to_le_bytes());
            header[12..].copy_from_slice(&size.to_le_bytes());
        }
        Validation::Hash { hash, checked } => {
            header[4] = 1 | u8::from(checked) << 1;
            header[8..].copy_from_slice(&hash);
        }
    }
    header
}

/// Writes a `.pyc` file.
pub fn write(validation: Validation, code: &CodeObject) -> Vec<u8> {
    dump_code_behind(&write_header(validation), code)
}
