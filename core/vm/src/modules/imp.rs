//! `_imp`: what `importlib` asks of an interpreter.

use vitrine_bytecode::code::CodeObject;

use super::{MODULES, add, add_functions};
use crate::error::PyResult;
use crate::object::{MethodDef, Ref, TypeDef};
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

/// The packed module of an argument's name: its code and whether it is a package.
fn packed(vm: &mut Vm, name: &Ref) -> PyResult<(std::sync::Arc<CodeObject>, bool)> {
    let name = vm.text_of(name);
    match vm.library.as_ref().and_then(|library| library.find(&name)) {
        Some(found) => Ok(found),
        None => Err(vm.new_exc(
            vm.exc.ImportError,
            format!("No such module in the library: '{name}'"),
        )),
    }
}

/// What `__loader__` of the packed library's modules is.
#[derive(Default)]
struct Loader(Option<Ref>);

pub(crate) fn library_loader(vm: &mut Vm) -> Ref {
    if let Some(loader) = vm.state::<Loader>().0.clone() {
        return loader;
    }
    let ty = vm.new_type(None, &LIBRARY_LOADER);
    let loader = vm.new_instance(ty);
    vm.state::<Loader>().0 = Some(loader.clone());
    loader
}

const LIBRARY_LOADER: TypeDef = TypeDef {
    name: "LibraryLoader",
    module: "_imp",
    doc: "Loads modules of the packed library.",
    methods: &[
        MethodDef::new("create_module", "($self, spec, /)", "", |_, _| {
            Ok(Ref::none())
        }),
        MethodDef::new("exec_module", "($self, module, /)", "", |vm, args| {
            let name = vm.get_attr_str(&args[1], "__name__")?;
            let (code, _) = packed(vm, &name)?;
            let code = vm.new_code(code);
            let dict = vm.get_attr_str(&args[1], "__dict__")?;
            vm.exec_code(&code, &dict, None).map(|_| Ref::none())
        }),
        MethodDef::new("get_code", "($self, fullname, /)", "", |vm, args| {
            let (code, _) = packed(vm, &args[1])?;
            Ok(vm.new_code(code))
        }),
        MethodDef::new("get_source", "($self, fullname, /)", "", |vm, args| {
            source(vm, &args[1])
        }),
        MethodDef::new("get_filename", "($self, fullname, /)", "", |vm, args| {
            let (code, _) = packed(vm, &args[1])?;
            Ok(vm.new_str(&code.filename))
        }),
        MethodDef::new("is_package", "($self, fullname, /)", "", |vm, args| {
            packed(vm, &args[1]).map(|(_, package)| Ref::bool(package))
        }),
    ],
    ..TypeDef::EMPTY
};

/// The source of a packed module.
fn source(vm: &mut Vm, name: &Ref) -> PyResult {
    let (code, _) = packed(vm, name)?;
    let library = vm.library.as_ref();
    let source = library.and_then(|library| library.source(&code.filename));
    Ok(source.map_or_else(Ref::none, |source| vm.new_str(&source)))
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "_library_loader",
        "()",
        "The loader of the packed library's modules.",
        |vm, _| Ok(library_loader(vm)),
    ),
    MethodDef::new(
        "_find",
        "(name, path=None, /)",
        "Where the machine would import a module from.",
        |vm, args| {
            let name = vm.text_of(&args[0]);
            let Some((kind, filename, package)) = vm.find_module(&name, args.get_not_none(1))?
            else {
                return Ok(Ref::none());
            };
            let filename = filename.map_or_else(Ref::none, |name| vm.new_str(&name));
            let items = vec![vm.new_str(kind), filename, Ref::bool(package)];
            Ok(vm.new_tuple(items))
        },
    ),
    MethodDef::new(
        "_code",
        "(name, /)",
        "The code of a module of the packed library.",
        |vm, args| {
            let (code, _) = packed(vm, &args[0])?;
            Ok(vm.new_code(code))
        },
    ),
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
        "_override_frozen_modules_for_tests",
        "(override, /)",
        "",
        |_, _| Ok(Ref::none()),
    ),
    MethodDef::new(
        "_override_multi_interp_extensions_check",
        "(override, /)",
        "",
        |_, _| Ok(Ref::small_int(0)),
    ),
];
