//! `sys.unraisablehook`: exceptions that nobody can catch.

use crate::error::{Exc, PyResult};
use crate::modules::structseq;
use crate::object::{Args, Exception, Ref};
use crate::vm::Vm;

/// Calls the hook with an exception and what was going on.
pub(crate) fn call_hook(vm: &mut Vm, message: &str, exc: &Exc) -> PyResult<()> {
    let sys = vm.import("sys")?;
    let hook = vm.get_attr_str(&sys, "unraisablehook")?;
    let exception = exc.value();
    let traceback = exception
        .downcast::<Exception>()
        .and_then(|payload| payload.traceback.get());
    let fields = vec![
        ("exc_type", vm.type_of(exception).to_ref()),
        ("exc_value", exception.clone()),
        ("exc_traceback", traceback.unwrap_or_else(Ref::none)),
        ("err_msg", vm.new_str(message)),
        ("object", Ref::none()),
    ];
    let args = structseq::single(vm, "sys", "UnraisableHookArgs", fields);
    vm.call(&hook, &[args]).map(drop)
}

/// The hook as it is unless a program replaces it: prints to `sys.stderr`.
pub(super) fn unraisablehook(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let value = vm.get_attr_str(&args[0], "exc_value")?;
    let message = vm.get_attr_str(&args[0], "err_msg")?;
    let object = vm.get_attr_str(&args[0], "object")?;
    let mut text = String::new();
    if !message.is_none() {
        text += &vm.str_string(&message)?;
    }
    if !object.is_none() {
        text += if text.is_empty() {
            "Exception ignored in: "
        } else {
            ": "
        };
        text += &vm.repr_string(&object)?;
    }
    if !text.is_empty() {
        if object.is_none() {
            text.push(':');
        }
        text.push('\n');
    }
    if !value.is_none() {
        text += &vm.format_unraisable(&value);
    }
    let sys = vm.import("sys")?;
    let stderr = vm.get_attr_str(&sys, "stderr")?;
    if !stderr.is_none() {
        let text = vm.new_str(&text);
        vm.call_method(&stderr, "write", &[text])?;
        vm.call_method(&stderr, "flush", &[])?;
    }
    Ok(Ref::none())
}
