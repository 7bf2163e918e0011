//! Typed ids, lists of ids, and the arenas they index.
//!
//! An id or a list is four bytes. Both belong to the tree that made them;
//! using one with another tree is a bug that shows as a wrong node or a panic.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU32;

use crate::position::TextRange;

/// The id of a `T` in its tree.
pub struct Id<T> {
    raw: NonZeroU32,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    #[inline]
    pub(crate) fn from_index(index: usize) -> Self {
        let raw = u32::try_from(index + 1).ok().and_then(NonZeroU32::new);
        Self {
            raw: raw.expect("a segment has fewer than 2^32 nodes"),
            of: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn from_raw(raw: u32) -> Option<Self> {
        NonZeroU32::new(raw).map(|raw| Self {
            raw,
            of: PhantomData,
        })
    }

    #[inline]
    pub(crate) fn raw(self) -> u32 {
        self.raw.get()
    }

    /// Position in the arena, dense from 0: the index for side tables.
    #[inline]
    pub fn index(self) -> usize {
        self.raw.get() as usize - 1
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.raw.cmp(&other.raw)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.index())
    }
}

/// A list of `Id<T>`s, kept in the tree's pool. The empty list is the default.
pub struct List<T> {
    /// Index into the pool of the length, which the items follow; 0 is empty.
    pub(super) start: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> List<T> {
    pub(super) fn at(start: u32) -> Self {
        Self {
            start,
            of: PhantomData,
        }
    }

    /// Whether the list has no item.
    pub fn is_empty(self) -> bool {
        self.start == 0
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::at(0)
    }
}
impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for List<T> {}
impl<T> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.start == other.start
    }
}
impl<T> Eq for List<T> {}
impl<T> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[@{}]", self.start)
    }
}

/// Nodes of one type, each beside its range, in the order they were made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Arena<T>(pub(super) Vec<(T, TextRange)>);

impl<T> Arena<T> {
    #[inline]
    pub(super) fn push(&mut self, node: T, range: TextRange) -> Id<T> {
        let id = Id::from_index(self.0.len());
        self.0.push((node, range));
        id
    }
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}
