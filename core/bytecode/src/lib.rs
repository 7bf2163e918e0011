//! CPython 3.14's code objects: code generation, control-flow passes,
//! assembler, disassembler, marshal.

#![forbid(unsafe_code)]

mod assemble;
pub mod ast;
pub mod code;
mod codegen;
pub mod compile;
pub mod dis;
pub mod exception_table;
mod flowgraph;
pub mod fuzz;
pub mod instruction;
pub mod location_table;
pub mod marshal;
pub mod names;
pub mod opcode;
mod stages;
pub mod target;
pub mod verify;

pub use flowgraph::{MalformedCode, optimize_cfg};
