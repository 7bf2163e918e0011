//! CPython's symbol tables: who binds a name, and who sees it.
//!
//! The two passes of CPython 3.14's `Python/symtable.c`, cut at the module block.
//! [`SegmentScopes::build`] runs both over one segment and knows nothing of the
//! rest of the file: a nested block's names never depend on what the module
//! binds, only on the blocks between it and the module. What a segment adds to
//! the module block is its *share*; [`ModuleScopes::merge`] adds the shares up
//! and decides the few questions that cross segments: a `global` statement after
//! a use, `__future__` imports, conditional annotations.
//!
//! Errors carry CPython's words and ranges. CPython stops at the first; here
//! all are kept, in CPython's order.

#![forbid(unsafe_code)]

mod analyze;
mod block;
mod build;
pub mod dump;
mod facts;
mod future;
mod module;
mod names;
mod segment;
mod symbol;

pub use block::{Block, BlockId, BlockKind, Comprehension};
pub use facts::{FactsShare, ModuleFacts};
pub use future::{Future, future_error, is_future_error};
pub use module::{ModuleBlock, ModuleChild, ModuleScopes, ModuleSymbol};
pub use names::mangle;
pub use segment::SegmentScopes;
pub use symbol::{Scope, Sym, Symbol, flags};
