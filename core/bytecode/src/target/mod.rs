//! Other versions of CPython than 3.14: a target is data and a few switches.
//!
//! The compiler's passes are 3.14's. What another version has otherwise is of two kinds:
//! tables - numbers of instructions, sizes of caches, which take an argument, the common
//! constants - which `generate_target.py` prints; and decisions of the passes, which
//! [`Switches`] names one by one. [`retarget()`] applies both to a code object of 3.14's
//! and refuses, with the reason, one that needs a switch which is not there yet.

mod retarget;
mod v3_15;

pub use retarget::{Unsupported, retarget, retarget_all};

use crate::opcode::Opcode;

/// A version of CPython to compile for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Target {
    /// CPython 3.14.
    #[default]
    V3_14,
    /// CPython 3.15.
    V3_15,
}

/// The tables of a version.
struct Tables {
    magic: u16,
    opcodes: &'static [(Opcode, u8, u8, bool)],
    common_constants: &'static [&'static str],
}

/// The decisions in which a version differs from 3.14.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Switches {
    /// `LOAD_COMMON_CONSTANT` loads None, True, False, -1 and the empty string.
    pub(crate) common_constants_are_values: bool,
    /// `GET_ITER` leaves two values, and what it iterates over is not borrowed.
    pub(crate) iterators_take_two_places: bool,
    /// `IMPORT_NAME` says in its low bits whether the import may be put off: it may not in
    /// a function, a class or a `try`.
    pub(crate) imports_may_wait: bool,
    /// The `__annotate__` of a function `f` is `f.__annotate__`.
    pub(crate) annotations_are_named_for_functions: bool,
}

impl Target {
    /// The target with a name like `3.15`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "3.14" => Some(Self::V3_14),
            "3.15" => Some(Self::V3_15),
            _ => None,
        }
    }

    /// The magic number of its `.pyc` files.
    pub fn magic(self) -> u16 {
        self.tables()
            .map_or(crate::marshal::pyc::MAGIC, |tables| tables.magic)
    }

    fn tables(self) -> Option<&'static Tables> {
        match self {
            Self::V3_14 => None,
            Self::V3_15 => Some(&v3_15::TABLES),
        }
    }

    pub(crate) fn switches(self) -> Switches {
        match self {
            Self::V3_14 => Switches::default(),
            Self::V3_15 => Switches {
                common_constants_are_values: true,
                iterators_take_two_places: true,
                imports_may_wait: true,
                annotations_are_named_for_functions: true,
            },
        }
    }

    /// The number of an instruction; `None` if the version has not got it.
    pub fn number(self, opcode: Opcode) -> Option<u8> {
        match self.tables() {
            None => u8::try_from(opcode.number()).ok(),
            Some(tables) => tables.find(opcode).map(|&(_, number, ..)| number),
        }
    }

    /// The code units of an instruction's cache.
    pub fn caches(self, opcode: Opcode) -> usize {
        let found = self.tables().and_then(|tables| tables.find(opcode));
        found.map_or_else(|| opcode.caches(), |&(_, _, caches, _)| caches.into())
    }

    /// Whether an instruction takes an argument.
    pub fn has_arg(self, opcode: Opcode) -> bool {
        let found = self.tables().and_then(|tables| tables.find(opcode));
        found.map_or_else(|| opcode.has_arg(), |&(.., has_arg)| has_arg)
    }

    /// The instruction with a number, specialized forms aside.
    pub fn opcode(self, byte: u8) -> Option<Opcode> {
        match self.tables() {
            None => crate::opcode::deoptimize(byte),
            Some(tables) => {
                let found = tables
                    .opcodes
                    .iter()
                    .find(|&&(_, number, ..)| number == byte);
                found.map(|&(opcode, ..)| opcode)
            }
        }
    }

    /// What `LOAD_COMMON_CONSTANT` numbers.
    pub fn common_constants(self) -> &'static [&'static str] {
        self.tables()
            .map_or(crate::opcode::COMMON_CONSTANTS, |tables| {
                tables.common_constants
            })
    }
}

impl Tables {
    fn find(&self, opcode: Opcode) -> Option<&(Opcode, u8, u8, bool)> {
        self.opcodes.iter().find(|&&(known, ..)| known == opcode)
    }
}
