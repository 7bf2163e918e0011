//! Layouts: an object's type and the names of its attribute slots, as one number.
//!
//! Objects of one type that got the same attributes in the same order share a
//! layout, so one comparison of numbers guards an inline cache. A layout with
//! `dict` set means that the attributes are in the instance dict instead.

use std::collections::HashMap;

use crate::object::{Ref, Ty};
use crate::value::Value;

/// An index into the heap's table of layouts.
pub(crate) type LayoutId = u32;

/// One entry of that table.
pub(crate) struct Layout {
    /// The type; `None` only while the machine starts.
    pub(crate) ty: Option<Ty>,
    /// Interned names; name `i` is in extra slot `first + i`.
    pub(crate) names: Vec<Ref>,
    /// The slot of the first name.
    pub(crate) first: u16,
    /// Layouts reached by adding one attribute, by the interned name's word.
    pub(crate) transitions: HashMap<u64, LayoutId>,
    /// Attributes are in the instance dict.
    pub(crate) dict: bool,
}

impl Layout {
    /// The extra slot of an attribute, `name` being interned.
    pub(crate) fn slot_of(&self, name: Value) -> Option<u16> {
        let at = self.names.iter().position(|n| n.value() == name)?;
        Some(self.first + at as u16)
    }
}
