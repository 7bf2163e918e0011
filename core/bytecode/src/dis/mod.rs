//! The disassembler: CPython's `Lib/dis.py`, text and data.
//!
//! [`disassemble`] gives the text of `python3.14 -m dis` to the byte, but for the
//! addresses of code objects, which no two runs share: here they count up from a
//! fixed one. [`instructions`] gives the same as data, with the depth of the stack.
//! Both take any bytes for code: what makes no sense is shown without explanation.

mod annotated;
mod describe;
mod instructions;
mod repr;
pub(crate) mod set_order;
mod stack;
mod symbolic;
mod text;
mod unpack;

pub use annotated::{Annotations, annotate};
pub use describe::describe;
pub(crate) use instructions::argument_meaning;
pub use instructions::{CacheEntry, Instruction, instructions};
pub use repr::Addresses;
pub use symbolic::{StackContents, stack_contents};
pub use text::{Options, disassemble};
