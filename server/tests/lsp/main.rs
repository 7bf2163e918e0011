//! The language server over its wire, in this process.

mod answers;
mod client;
mod evidence;
mod runs;
mod sync;
