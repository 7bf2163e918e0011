//! `_imp`: what `importlib` asks of an interpreter.

use super::{MODULES, add, add_functions};
use crate::error::PyResult;
use crate::object::{MethodDef, Ref};
use crate::vm::Vm;

pub(super) fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add_functions(vm, module, FUNCTIONS)?;
    let text = vm.new_str("default");
    add(vm, module, "check_hash_based_pycs", text);
    add(
        vm,
        module,
        "pyc_magic_number_token",
        Ref::small_int(0x0A0D_0E2B),
    );
    Ok(())
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "lock_held",
        "()",
        "Return True if the import lock is currently held.",
        |_, _| Ok(Ref::bool(false)),
    ),
    MethodDef::new(
        "acquire_lock",
        "()",
        "Acquires the interpreter's import lock for the current thread.",
        |_, _| Ok(Ref::none()),
    ),
    MethodDef::new(
        "release_lock",
        "()",
        "Release the interpreter's import lock.",
        |_, _| Ok(Ref::none()),
    ),
    MethodDef::new(
        "is_builtin",
        "(name, /)",
        "Returns 1 if the module is built in.",
        |vm, args| {
            let name = vm.text_of(&args[0]);
            let known = MODULES.iter().any(|(known, _)| *known == name)
                || vm.native_modules.iter().any(|known| known.name == name);
            Ok(Ref::small_int(known.into()))
        },
    ),
    MethodDef::new(
        "create_builtin",
        "(spec, /)",
        "Create an extension module.",
        |vm, args| {
            let name = vm.get_attr_str(&args[0], "name")?;
            let name = vm.text_of(&name);
            vm.import(&name)
        },
    ),
    MethodDef::new(
        "exec_builtin",
        "(mod, /)",
        "Initialize a built-in module.",
        // Native modules fill themselves when they are made.
        |_, _| Ok(Ref::small_int(0)),
    ),
    MethodDef::new(
        "is_frozen",
        "(name, /)",
        "Returns True if the module name corresponds to a frozen module.",
        |_, _| Ok(Ref::bool(false)),
    ),
    MethodDef::new(
        "is_frozen_package",
        "(name, /)",
        "Returns True if the module name is of a frozen package.",
        |_, _| Ok(Ref::bool(false)),
    ),
    MethodDef::new(
        "extension_suffixes",
        "()",
        "Returns the list of file suffixes used to identify extension modules.",
        |vm, _| Ok(vm.new_list(Vec::new())),
    ),
    MethodDef::new(
        "_fix_co_filename",
        "(code, path, /)",
        "Changes code.co_filename to specify the passed-in path.",
        |_, _| Ok(Ref::none()),
    ),
    MethodDef::new(
        "_override_multi_interp_extensions_check",
        "(override, /)",
        "",
        |_, _| Ok(Ref::small_int(0)),
    ),
];
