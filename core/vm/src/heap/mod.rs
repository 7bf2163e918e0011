//! Memory: 32 KB blocks of equal cells, reference counts, deallocation.
//!
//! A block is aligned to its size, so an object's heap is found from its
//! address alone and dropping a [`Ref`](crate::Ref) needs no context. Objects die at once when their
//! count reaches zero, through a work list: a chain of a million dead objects
//! takes no stack. Nothing here runs Python code: finalizers and weak-reference
//! callbacks are queued, and the machine runs them at its next safe point.

mod block;
#[cfg(feature = "checked")]
mod check;
mod close;
mod collect;
mod layout;
mod object;
mod weak;

pub(crate) use block::{Heap, dealloc, extra_slots};
pub(crate) use close::{HeapBox, IMMORTAL};
pub(crate) use layout::{Layout, LayoutId};
pub(crate) use object::{Header, ObjBox, flags};
pub use object::{Kind, Payload, Str, Tuple, Visitor};
pub use weak::Weakref;
