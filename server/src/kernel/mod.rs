//! The evaluation kernel: user code runs in a process of its own.
//!
//! `vitrine kernel` keeps a session's namespace and speaks [`protocol`] on its
//! standard streams. The server starts it, watches it, and replaces it when it
//! dies or hangs (`client`); whatever user code does, the server stays up.

pub(crate) mod client;
mod evaluate;
mod machine;
pub(crate) mod names;
pub mod protocol;
mod serve;

pub use machine::run_stdio;
pub use serve::{Interrupter, Machine, Output, serve};
