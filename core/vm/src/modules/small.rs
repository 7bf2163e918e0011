//! Modules of a few functions each.

use super::{add, add_functions};
use crate::error::PyResult;
use crate::object::{MethodDef, Ref};
use crate::vm::Vm;

/// `_string`
pub(super) fn string(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add_functions(
        vm,
        module,
        &[
            MethodDef::new(
                "formatter_parser",
                "(string, /)",
                "parse the argument as a format string",
                crate::types::str::formatter_parser,
            ),
            MethodDef::new(
                "formatter_field_name_split",
                "(string, /)",
                "split the argument as a field name",
                crate::types::str::formatter_field_name_split,
            ),
        ],
    )
}

/// `_typing`
pub(super) fn typing(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add(vm, module, "Union", vm.types.union.to_ref());
    add_functions(
        vm,
        module,
        &[MethodDef::new("_idfunc", "(x, /)", "", |_, args| {
            Ok(args[0].clone())
        })],
    )?;
    of_source(vm, module, include_str!("typing.py"), "<frozen _typing>")
}

/// A module whose contents are Python source that travels with the machine.
fn of_source(vm: &mut Vm, module: &Ref, source: &str, filename: &str) -> PyResult<()> {
    let code = vm.compile(source, filename, "exec", 0)?;
    let code = vm.new_code(code);
    let dict = module.payload::<crate::object::Module>().dict.clone();
    vm.exec_code(&code, &dict, None).map(drop)
}

/// `_warnings`
pub(super) fn warnings(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    of_source(
        vm,
        module,
        include_str!("warnings.py"),
        "<frozen _warnings>",
    )
}

/// Functions to call at exit, as `atexit` keeps them.
#[derive(Default)]
struct AtExit {
    functions: Vec<(Ref, Vec<Ref>, Vec<Ref>)>,
}

/// `atexit`
pub(super) fn atexit(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add_functions(
        vm,
        module,
        &[
            MethodDef::new(
                "register",
                "",
                "Register a function to be executed upon normal program termination.",
                |vm, args| {
                    let Some((function, rest)) = args.positional().split_first() else {
                        return Err(vm.type_error("register() takes at least 1 argument (0 given)"));
                    };
                    if !vm.is_callable(function) {
                        return Err(vm.type_error("the first argument must be callable"));
                    }
                    let mut all = rest.to_vec();
                    all.extend(args.keywords().map(|(_, value)| value.clone()));
                    let entry = (function.clone(), all, args.kwnames().to_vec());
                    vm.state::<AtExit>().functions.push(entry);
                    Ok(function.clone())
                },
            ),
            MethodDef::new(
                "unregister",
                "(func, /)",
                "Unregister an exit function which was previously registered.",
                |vm, args| {
                    let function = args[0].clone();
                    vm.state::<AtExit>()
                        .functions
                        .retain(|(known, _, _)| !known.is(&function));
                    Ok(Ref::none())
                },
            ),
            MethodDef::new(
                "_clear",
                "()",
                "Clear the list of previously registered exit functions.",
                |vm, _| {
                    vm.state::<AtExit>().functions.clear();
                    Ok(Ref::none())
                },
            ),
            MethodDef::new(
                "_ncallbacks",
                "()",
                "Return the number of registered exit functions.",
                |vm, _| {
                    let count = vm.state::<AtExit>().functions.len();
                    Ok(vm.new_usize(count))
                },
            ),
            MethodDef::new(
                "_run_exitfuncs",
                "()",
                "Run all registered exit functions.",
                |vm, _| run_at_exit(vm).map(|()| Ref::none()),
            ),
        ],
    )
}

/// Calls what is registered, the last first; what it raises is only shown.
pub(crate) fn run_at_exit(vm: &mut Vm) -> PyResult<()> {
    while let Some((function, args, names)) = vm.state::<AtExit>().functions.pop() {
        if let Err(exc) = vm.call_kw(&function, &args, &names) {
            if exc.stop().is_some() {
                return Err(exc);
            }
            vm.unraisable("in atexit callback", &exc, Some(&function));
        }
    }
    Ok(())
}
