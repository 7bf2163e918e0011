//! The builtin functions, but for those that need the running frame.
#![forbid(unsafe_code)]

mod anext;
mod attributes;
mod numbers;
mod output;
mod sequences;

use crate::object::{MethodDef, Ref};
use crate::vm::Vm;

/// Fills `builtins` with functions and constants.
pub(crate) fn define(vm: &mut Vm) {
    vm.define(vm.types.anext_awaitable, &anext::ANEXT_AWAITABLE);
    let name = vm.intern("builtins");
    let builtins = vm.builtins.clone();
    for def in all() {
        let function = vm.new_function(Some(&name), *def);
        vm.dict_set_str(&builtins, def.name, function);
    }
    for (name, value) in [
        ("None", Ref::none()),
        ("True", Ref::bool(true)),
        ("False", Ref::bool(false)),
        ("Ellipsis", Ref::ellipsis()),
        ("NotImplemented", Ref::not_implemented()),
        ("__debug__", Ref::bool(true)),
        ("EnvironmentError", vm.exc.OSError.to_ref()),
        ("IOError", vm.exc.OSError.to_ref()),
        ("__spec__", Ref::none()),
        ("__loader__", Ref::none()),
    ] {
        vm.dict_set_str(&builtins, name, value);
    }
}

fn all() -> impl Iterator<Item = &'static MethodDef> {
    [
        attributes::FUNCTIONS,
        numbers::FUNCTIONS,
        output::FUNCTIONS,
        sequences::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
}
