//! The matching engine of `re`: runs the codes that CPython's `re._compiler`
//! makes.
//!
//! Backtracking keeps its state on one explicit stack, so that a long subject
//! needs no Rust recursion: only lookarounds and atomic groups recurse, as deep
//! as they are nested in the pattern. Every step is charged, so a pattern that
//! explodes is stopped by the budget. Codes are not trusted: what `re._compiler`
//! would never make ends the match with [`Stop::InvalidCode`].

#[cfg(test)]
mod cases;
mod charset;
mod code;
mod engine;

#[allow(unused_imports)]
pub(crate) use engine::{Matcher, Stop};

/// Text or bytes to match in, indexed by character.
pub(crate) trait Subject: Copy {
    /// How many characters there are.
    fn len(self) -> usize;
    /// The code point (or byte) at an index below `len`.
    fn at(self, index: usize) -> u32;
}

impl Subject for &[u8] {
    fn len(self) -> usize {
        <[u8]>::len(self)
    }
    #[inline]
    fn at(self, index: usize) -> u32 {
        u32::from(self[index])
    }
}

impl Subject for &[u16] {
    fn len(self) -> usize {
        <[u16]>::len(self)
    }
    #[inline]
    fn at(self, index: usize) -> u32 {
        u32::from(self[index])
    }
}

impl Subject for &[u32] {
    fn len(self) -> usize {
        <[u32]>::len(self)
    }
    #[inline]
    fn at(self, index: usize) -> u32 {
        self[index]
    }
}
