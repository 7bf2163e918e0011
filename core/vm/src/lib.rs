//! The machine: objects, interpreter, garbage collector, imports, built-in types and functions, sandbox, observers.

pub(crate) mod format;
pub(crate) mod hash;
pub(crate) mod number;
pub(crate) mod sort;
pub mod text;
