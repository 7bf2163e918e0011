//! The interpreter: translation, the loop, frames, calls, exceptions, generators.

mod attr;
mod bind;
mod call;
pub(crate) mod code;
pub(crate) mod frame;
pub(crate) mod generator;
pub(crate) mod insn;
mod matching;
pub(crate) mod positions;
pub(crate) mod run;
mod safe_point;
mod stack_ops;
mod strings;
mod translate;
mod unwind;
mod words;

pub(crate) use frame::Exec;
pub(crate) use translate::Translated;
