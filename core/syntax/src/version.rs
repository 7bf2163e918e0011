//! The versions of Python whose grammar is known.
//!
//! The language is 3.14's. What 3.15 adds to the grammar is read where it is asked for:
//! `lazy import`, unpacking in comprehensions, and signs before the numbers of patterns.
//! What older versions lack is found behind the parser, by `target_version`.

/// Whose grammar a text is read by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Version {
    /// CPython 3.14.
    #[default]
    V3_14,
    /// CPython 3.15.
    V3_15,
}

impl Version {
    /// The version whose grammar a minor version of Python 3 is read by.
    pub fn of_minor(minor: u8) -> Self {
        if minor >= 15 {
            Self::V3_15
        } else {
            Self::V3_14
        }
    }
}
