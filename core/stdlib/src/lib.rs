//! Native modules (what CPython writes in C) and the packed pure-Python library.
//!
//! [`modules`] is what a machine is configured with; each module has a folder or
//! file of its CPython name and fills itself at its first import.

#![forbid(unsafe_code)]

mod array;
mod ast;
mod binascii;
mod codecs;
mod collections;
mod errno;
mod hashes;
mod io;
mod itertools;
pub mod library;
mod math;
mod native;
mod opcodes;
mod operators;
mod posix;
mod random;
mod sre;
mod structs;
mod time;
mod tokenizer;
mod unicodedata;
mod zlib;

pub use io::standard_streams;
use vitrine_vm::vm::NativeModule;

/// All native modules.
pub fn modules() -> &'static [NativeModule] {
    &[
        array::MODULE,
        ast::MODULE,
        binascii::MODULE,
        codecs::MODULE,
        collections::MODULE,
        errno::MODULE,
        hashes::BLAKE2,
        hashes::MD5,
        hashes::PBKDF2,
        hashes::SHA1,
        hashes::SHA2,
        hashes::SHA3,
        io::MODULE,
        itertools::MODULE,
        math::MODULE,
        opcodes::MODULE,
        operators::MODULE,
        posix::MODULE,
        random::MODULE,
        sre::MODULE,
        structs::MODULE,
        time::MODULE,
        tokenizer::MODULE,
        unicodedata::MODULE,
        zlib::MODULE,
    ]
}
