//! The machine: objects, interpreter, garbage collector, imports, built-in types and functions, sandbox, observers.

pub mod error;
pub(crate) mod format;
pub(crate) mod hash;
pub(crate) mod heap;
pub mod host;
pub(crate) mod interp;
pub(crate) mod modules;
pub mod number;
pub mod object;
pub(crate) mod ops;
pub(crate) mod sort;
pub(crate) mod suggest;
pub mod text;
pub mod traceback;
pub(crate) mod types;
pub(crate) mod value;
pub mod vm;

pub use error::{Exc, PyResult, Stop};
pub use heap::Weakref;
pub use object::{Args, Payload, Ref, Ty};
pub use vm::{Config, Vm};
