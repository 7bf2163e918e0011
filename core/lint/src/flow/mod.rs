//! Flow facts of one segment: where control goes, which variable each name
//! means, and what becomes of a value.

mod build;
mod call;
mod exprs;
mod graph;
mod stmts;
mod value;
mod walk;

pub(crate) use build::{CreatedId, Flow, Occurrence, OccurrenceKind, Parent, VariableId, What};
pub(crate) use graph::LoopId;
pub(crate) use value::{Gives, Kind, Look, Origin, Sink};
pub(crate) use walk::{Found, Search, rebinding_after, rebinds_at, summarize, uses_content};
