//! The one binary: command line, language server, evaluation kernel.
#![forbid(unsafe_code)]
// The bans keep IO out of `core/` (law 5); the server is where the host is.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

mod check;
pub mod cli;
mod evidence;
pub mod host;
pub mod kernel;
pub mod lsp;
