//! The salsa database: every query on one page, relative and absolute positions in one file.
//!
//! Below a file everything is a function of a **segment**, which is its text:
//! typing in one segment computes one anew, moving one computes none (law 2,
//! held by `tests/incremental.rs`). The one writer is the caller's business;
//! readers work on clones of the [`Database`] and are unwound with
//! `salsa::Cancelled` when it writes.
#![forbid(unsafe_code)]

mod absolute;
mod database;
mod diagnostics;
mod names;
mod queries;
mod telling;

pub use absolute::{Placed, PlacedSegments};
pub use database::{Database, Executed};
pub use diagnostics::{Diagnostic, Severity, UNSUPPORTED};
pub use names::{Occurrence, Use};
pub use queries::*;
pub use telling::{LastJudged, LastTold, Tells, Told};
