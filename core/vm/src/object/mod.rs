//! The object API that built-in types and library modules are written against.
//!
//! [`Ref`] owns a value, `&Ref` borrows one, [`Ty`] is a type. Contents that
//! change sit in [`Guarded`] (needs the machine to look at, so that nothing
//! borrowed survives a call into Python) or [`Slot`] (one reference, copied out).
//! With these, built-in types are written without `unsafe`.

mod args;
mod cells;
mod core_types;
mod dict;
mod handle;
mod signature;
mod slots;
mod ty;

pub use args::Args;
pub use cells::{Guarded, Slot};
pub use core_types::*;
pub use dict::{Dict, DictTable};
pub use handle::Ref;
pub use signature::{Param, ParamKind, Signature};
pub use slots::{BinaryFn, BinaryOp, Buffer, CompareOp, Slots, TernaryFn, UnaryFn};
pub(crate) use ty::BuildPointerHasher;
pub use ty::{Flavor, GetSetDef, MethodDef, Ty, Type, TypeDef, type_flags};

pub use crate::heap::{Kind, Payload, Str, Tuple, Visitor};
