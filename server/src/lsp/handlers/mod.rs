//! Requests answered from a snapshot: `vitrine_ide`'s data put into the
//! protocol's types, positions into the client's encoding.

pub(crate) mod completion;
pub(crate) mod diagnostics;
pub(crate) mod hover;
pub(crate) mod layers;
pub(crate) mod lenses;
pub(crate) mod names;
pub(crate) mod structure;
pub(crate) mod tokens;
