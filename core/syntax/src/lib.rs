//! Python source text: positions, segments, tokens, tree, parser, and syntax
//! errors in CPython's words.
//!
//! Everything here is a pure function of text. Positions are byte offsets
//! relative to the **segment** (one top-level logical line or compound
//! statement, see `segment`), so that moving a segment changes nothing in it.
//! Parsing never fails: it returns a tree, with `Invalid` nodes where the text
//! made no sense, and the list of what was wrong.

#![forbid(unsafe_code)]

pub mod ast_dump;
pub mod error;
pub mod feature_version;
pub mod hash;
pub mod index;
pub mod lexer;
pub mod line_index;
pub mod literal;
pub mod module;
pub mod parser;
pub mod position;
pub mod prompt;
pub mod repr;
pub mod segment;
pub mod source;
pub mod stack;
pub mod target_version;
pub mod token;
pub mod tokenize;
pub mod tree;
pub mod version;
mod word;
pub mod wtf8;
