//! Native modules (what CPython writes in C) and the packed pure-Python library.

#![forbid(unsafe_code)]

pub mod library;
mod sre;
