//! CPython 3.14's code objects: code generation, control-flow passes,
//! assembler, disassembler, marshal.

#![forbid(unsafe_code)]

pub mod code;
pub mod instruction;
pub mod marshal;
pub mod opcode;
