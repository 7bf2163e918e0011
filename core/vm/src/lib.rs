//! The machine: objects, interpreter, garbage collector, imports, built-in types and functions, sandbox, observers.

pub(crate) mod hash;
pub mod text;
