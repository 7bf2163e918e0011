//! The language server over its wire, in this process.

mod answers;
mod client;
mod runs;
mod sync;
