//! Stack for those who walk deep trees.
//!
//! CPython accepts operator chains of ten thousands of terms, so a tree may be as
//! high as that (`parser::height`), and code that recurses over one calls itself
//! through `deeper`: however small the thread's own stack is, it suffices. The
//! height, and so the memory, stays bounded by the parser.

/// Left of the stack when more is added; more than is used between two calls of `deeper`.
const RED_ZONE: usize = 256 << 10;

/// How much is added.
const SEGMENT: usize = 4 << 20;

/// Runs one level of a recursion.
#[inline]
pub fn deeper<T>(level: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(RED_ZONE, SEGMENT, level)
}

/// Every how many levels the stack is looked after by those who count them.
const STEP: u32 = 8;

/// The same for a level that is the `depth`th.
#[inline]
pub fn deeper_at<T>(depth: u32, level: impl FnOnce() -> T) -> T {
    match depth % STEP {
        0 => deeper(level),
        _ => level(),
    }
}
