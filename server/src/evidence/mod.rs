//! Evidence: a program and its counterfactual, run in the sandbox.
//!
//! Used by `vitrine check --evidence` and by the language server after a run.
//! Each run is a kernel process of its own, with the grants it is given and
//! never more: whatever the program does, the judge goes on. What does not
//! repeat shows nothing; what differs is run once more before it confirms.

mod judge;
mod replay;

pub(crate) use judge::{Judged, Subject, Undecided, judge};
pub(crate) use replay::{Observer, Program, Stop};
