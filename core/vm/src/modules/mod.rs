//! The native modules that need the machine's insides.
#![forbid(unsafe_code)]

mod contextvars;
mod gc;
pub(crate) mod imp;
mod marshal;
mod small;
mod structseq;
mod sys;
mod thread;
mod weakref;

pub(crate) use small::run_at_exit;
pub(crate) use sys::call_unraisable_hook;
pub(crate) use thread::forget_thread_locals;

use crate::error::PyResult;
use crate::object::{MethodDef, Module, Ref};
use crate::vm::Vm;

/// Fills a fresh module.
type Init = fn(&mut Vm, &Ref) -> PyResult<()>;

/// The modules by name.
const MODULES: &[(&str, Init)] = &[
    ("_contextvars", contextvars::init),
    ("_imp", imp::init),
    ("_string", small::string),
    ("_thread", thread::init),
    ("_typing", small::typing),
    ("_warnings", small::warnings),
    ("_weakref", weakref::init),
    ("atexit", small::atexit),
    ("gc", gc::init),
    ("marshal", marshal::init),
    ("sys", sys::init),
];

/// The function that fills a module of this name.
pub(crate) fn find(name: &str) -> Option<Init> {
    MODULES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, init)| *init)
}

/// Adds one value to a module.
fn add(vm: &mut Vm, module: &Ref, name: &str, value: Ref) {
    let namespace = module.payload::<Module>().dict.clone();
    vm.dict_set_str(&namespace, name, value);
}

/// Adds functions to a module.
fn add_functions(vm: &mut Vm, module: &Ref, functions: &[MethodDef]) -> PyResult<()> {
    let name = vm.get_attr_str(module, "__name__")?;
    for &def in functions {
        let function = vm.new_function(Some(&name), def);
        add(vm, module, def.name, function);
    }
    Ok(())
}
