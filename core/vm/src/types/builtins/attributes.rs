//! `getattr` and its family, `isinstance`, `dir`, `vars`, `hash`, `id`, `repr`.

use crate::error::PyResult;
use crate::object::{Args, Dict, MethodDef, Module, Ref};
use crate::types::convert;
use crate::vm::Vm;

fn name_argument(vm: &mut Vm, name: &Ref) -> PyResult {
    if name.as_str().is_none() {
        let ty = vm.type_of(name).name();
        return Err(vm.type_error(format!("attribute name must be string, not '{ty}'")));
    }
    Ok(vm.intern_ref(name))
}

fn getattr(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let name = name_argument(vm, &args[1])?;
    match args.get(2) {
        None => vm.get_attr(&args[0], &name),
        Some(default) => Ok(vm
            .lookup_attr(&args[0], &name)?
            .unwrap_or_else(|| default.clone())),
    }
}

fn hasattr(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let name = name_argument(vm, &args[1])?;
    Ok(Ref::bool(vm.lookup_attr(&args[0], &name)?.is_some()))
}

fn setattr(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let name = name_argument(vm, &args[1])?;
    vm.set_attr(&args[0], &name, &args[2])?;
    Ok(Ref::none())
}

fn delattr(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let name = name_argument(vm, &args[1])?;
    vm.del_attr(&args[0], &name)?;
    Ok(Ref::none())
}

fn isinstance(vm: &mut Vm, args: Args<'_>) -> PyResult {
    vm.is_instance(&args[0], &args[1]).map(Ref::bool)
}

fn issubclass(vm: &mut Vm, args: Args<'_>) -> PyResult {
    vm.is_subclass(&args[0], &args[1]).map(Ref::bool)
}

fn hash(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let hash = vm.hash(&args[0])?;
    Ok(vm.new_int(hash))
}

/// `vars(x)`; without an argument the frame's, which the machine defines.
pub(crate) fn vars_of(vm: &mut Vm, object: &Ref) -> PyResult {
    let name = vm.names.__dict__.clone();
    match vm.lookup_attr(object, &name)? {
        Some(dict) => Ok(dict),
        None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
    }
}

fn vars(vm: &mut Vm, args: Args<'_>) -> PyResult {
    match args.get(0) {
        Some(object) => vars_of(vm, object),
        None => frame_locals(vm),
    }
}

/// The caller's `locals()`, through the builtin that the machine defines.
fn frame_locals(vm: &mut Vm) -> PyResult {
    let name = vm.intern("locals");
    let builtins = vm.builtins.clone();
    match builtins
        .downcast::<Dict>()
        .and_then(|builtins| builtins.get_str(vm, &name))
    {
        Some(locals) => vm.call(&locals, &[]),
        None => Err(vm.system_error("frame does not exist")),
    }
}

/// `dir(x)`: what `__dir__` gives, sorted.
fn dir(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let names = match args.get(0) {
        None => {
            let locals = frame_locals(vm)?;
            vm.call_method(&locals, "keys", &[])?
        }
        Some(object) => match convert::special(vm, object, "__dir__")? {
            Some(method) => vm.call(&method, &[])?,
            None => default_dir(vm, object)?,
        },
    };
    let items = vm.collect(&names)?;
    let (sorted, result) = crate::types::list::sort_items(vm, items, None, false);
    result?;
    Ok(vm.new_list(sorted))
}

/// The names of an object without a `__dir__`: its own, its class's and their bases'.
pub(crate) fn default_dir(vm: &mut Vm, object: &Ref) -> PyResult {
    let names = vm.new_dict();
    if let Some(module) = object.downcast::<Module>() {
        let dict = module.dict.clone();
        crate::types::dict::merge(vm, &names, &dict)?;
    } else {
        if let Some(dict) = vm.instance_dict(object) {
            crate::types::dict::merge(vm, &names, &dict)?;
        }
        let classes = match object.as_type() {
            Some(ty) => ty.mro(),
            None => vm.type_of(object).mro(),
        };
        for class in &classes {
            for (key, _) in class.namespace().items(vm) {
                vm.dict_set(&names, &key, Ref::none())?;
            }
        }
    }
    let keys = names
        .payload::<Dict>()
        .items(vm)
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    Ok(vm.new_list(keys))
}

pub(super) const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "getattr",
        "(object, name, default=<unrepresentable>, /)",
        "Get a named attribute from an object.\n\ngetattr(x, 'y') is equivalent to ``x.y``.\n\nWhen a default argument is given, it is returned when the attribute doesn't\nexist; without it, an exception is raised in that case.",
        getattr,
    ),
    MethodDef::new(
        "hasattr",
        "(obj, name, /)",
        "Return whether the object has an attribute with the given name.\n\nThis is done by calling getattr(obj, name) and catching AttributeError.",
        hasattr,
    ),
    MethodDef::new(
        "setattr",
        "(obj, name, value, /)",
        "Sets the named attribute on the given object to the specified value.\n\nsetattr(x, 'y', v) is equivalent to ``x.y = v``",
        setattr,
    ),
    MethodDef::new(
        "delattr",
        "(obj, name, /)",
        "Deletes the named attribute from the given object.\n\ndelattr(x, 'y') is equivalent to ``del x.y``",
        delattr,
    ),
    MethodDef::new(
        "isinstance",
        "(obj, class_or_tuple, /)",
        "Return whether an object is an instance of a class or of a subclass thereof.\n\nA tuple, as in ``isinstance(x, (A, B, ...))``, may be given as the target to\ncheck against. This is equivalent to ``isinstance(x, A) or isinstance(x, B)\nor ...`` etc.",
        isinstance,
    ),
    MethodDef::new(
        "issubclass",
        "(cls, class_or_tuple, /)",
        "Return whether 'cls' is derived from another class or is the same class.\n\nA tuple, as in ``issubclass(x, (A, B, ...))``, may be given as the target to\ncheck against. This is equivalent to ``issubclass(x, A) or issubclass(x, B)\nor ...``.",
        issubclass,
    ),
    MethodDef::new(
        "callable",
        "(obj, /)",
        "Return whether the object is callable (i.e., some kind of function).\n\nNote that classes are callable, as are instances of classes with a\n__call__() method.",
        |vm, args| Ok(Ref::bool(vm.is_callable(&args[0]))),
    ),
    MethodDef::new(
        "hash",
        "(obj, /)",
        "Return the hash value for the given object.\n\nTwo objects that compare equal must also have the same hash value, but the\nreverse is not necessarily true.",
        hash,
    ),
    MethodDef::new(
        "id",
        "(obj, /)",
        "Return the identity of an object.\n\nThis is guaranteed to be unique among simultaneously existing objects.\n(CPython uses the object's memory address.)",
        |vm, args| {
            let id = args[0].id();
            Ok(vm.new_int(id))
        },
    ),
    MethodDef::new(
        "repr",
        "(obj, /)",
        "Return the canonical string representation of the object.\n\nFor many object types, including most builtins, eval(repr(obj)) == obj.",
        |vm, args| vm.repr(&args[0]),
    ),
    MethodDef::new(
        "ascii",
        "(obj, /)",
        "Return an ASCII-only representation of an object.\n\nAs repr(), return a string containing a printable representation of an\nobject, but escape the non-ASCII characters in the string returned by\nrepr() using \\\\x, \\\\u or \\\\U escapes. This generates a string similar\nto that returned by repr() in Python 2.",
        |vm, args| vm.ascii(&args[0]),
    ),
    MethodDef::new(
        "vars",
        "(object=<unrepresentable>, /)",
        "vars([object]) -> dictionary\n\nWithout arguments, equivalent to locals().\nWith an argument, equivalent to object.__dict__.",
        vars,
    ),
    MethodDef::new(
        "dir",
        "(object=<unrepresentable>, /)",
        "dir([object]) -> list of strings\n\nIf called without an argument, return the names in the current scope.\nElse, return an alphabetized list of names comprising (some of) the attributes\nof the given object, and of attributes reachable from it.",
        dir,
    ),
];
