//! What the cross-crate tests share: the CPython to compare with, its library
//! as a corpus, and the rates that no change may lower.
//!
//! The reference is a CPython 3.14: `VITRINE_PYTHON`, else `python3.14` on the
//! `PATH`. Where there is none, tests compare with the committed data in
//! `tests/golden` and say so on standard error.

// Tests are hosts: they read files, the environment and the clock.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod batch;
pub mod corpus;
pub mod golden;
pub mod grammar;
pub mod oracle;
pub mod packages;
pub mod program;
pub mod rates;
