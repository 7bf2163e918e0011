//! Native modules (what CPython writes in C) and the packed pure-Python library.
//!
//! [`modules`] is what a machine is configured with; each module has a folder or
//! file of its CPython name and fills itself at its first import.

#![forbid(unsafe_code)]

mod ast;
mod codecs;
mod collections;
mod errno;
mod io;
mod itertools;
pub mod library;
mod math;
mod native;
mod opcodes;
mod posix;
mod random;
mod sre;
mod structs;
mod time;
mod tokenizer;

pub use io::standard_streams;
use vitrine_vm::vm::NativeModule;

/// All native modules.
pub fn modules() -> &'static [NativeModule] {
    &[
        ast::MODULE,
        codecs::MODULE,
        collections::MODULE,
        errno::MODULE,
        io::MODULE,
        itertools::MODULE,
        math::MODULE,
        opcodes::MODULE,
        posix::MODULE,
        random::MODULE,
        sre::MODULE,
        structs::MODULE,
        time::MODULE,
        tokenizer::MODULE,
    ]
}
