//! The operations of the language on any object, as `Vm` methods.
#![forbid(unsafe_code)]

pub(crate) mod attr;
pub(crate) use attr::generic_get_attr;
pub(crate) mod call;
mod compare;
mod item;
mod iter;
mod lookup;
mod number;
pub(crate) mod text;
