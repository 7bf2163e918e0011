#![forbid(unsafe_code)]
//! The native modules that need the machine's insides.

use crate::error::PyResult;
use crate::object::Ref;
use crate::vm::Vm;

/// The function that fills a module of this name.
pub(crate) fn find(_name: &str) -> Option<fn(&mut Vm, &Ref) -> PyResult<()>> {
    None
}
