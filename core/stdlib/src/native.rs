//! What all native modules are written with.

use std::sync::LazyLock;

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use vitrine_vm::object::{Bytes, MethodDef, Module, Ref, Signature, Ty};
use vitrine_vm::{PyResult, Vm};

/// Adds functions to a module.
pub(crate) fn add_functions(vm: &mut Vm, module: &Ref, functions: &[MethodDef]) -> PyResult<()> {
    let name = vm.get_attr_str(module, "__name__")?;
    for &def in functions {
        let function = vm.new_function(Some(&name), def);
        add(vm, module, def.name, function);
    }
    Ok(())
}

/// Adds one value to a module.
pub(crate) fn add(vm: &mut Vm, module: &Ref, name: &str, value: Ref) {
    let namespace = module.payload::<Module>().dict.clone();
    vm.dict_set_str(&namespace, name, value);
}

/// A real number as a float: floats, ints, and what has `__float__` or `__index__`.
pub(crate) fn real(vm: &mut Vm, value: &Ref) -> PyResult<f64> {
    if let Some(float) = vm.float_value(value) {
        return Ok(float);
    }
    if let Some(small) = value.as_small_int() {
        // Immediate ints have at most 49 bits.
        return Ok(small as f64);
    }
    if let Some(int) = vm.int_value(value) {
        return big_to_float(vm, &int);
    }
    let ty = vm.type_of(value);
    if let Some(convert) = ty.slot(|slots| slots.float) {
        let float = convert(vm, value)?;
        return match vm.float_value(&float) {
            Some(float) => Ok(float),
            None => {
                let returned = vm.type_of(&float).name();
                let name = ty.name();
                Err(vm.type_error(format!(
                    "{name}.__float__() must return a float, not {returned}"
                )))
            }
        };
    }
    if ty.slot(|slots| slots.index.is_some()) {
        let int = integer(vm, value)?;
        return big_to_float(vm, &int);
    }
    Err(vm.type_error(format!("must be real number, not {}", ty.name())))
}

/// A correctly rounded float.
pub(crate) fn big_to_float(vm: &mut Vm, int: &BigInt) -> PyResult<f64> {
    // Rounds half to even, and gives infinity where no float is large enough.
    match int.to_f64().filter(|float| float.is_finite()) {
        Some(float) => Ok(float),
        None => Err(vm.overflow_error("int too large to convert to float")),
    }
}

/// An int of any size, by `__index__`.
pub(crate) fn integer(vm: &mut Vm, value: &Ref) -> PyResult<BigInt> {
    let index = vm.index(value)?;
    match vm.int_value(&index) {
        Some(int) => Ok(int),
        None => Err(vm.system_error("__index__ gave no int")),
    }
}

/// A module that has been imported already.
pub(crate) fn imported(vm: &mut Vm, name: &str) -> PyResult {
    let key = vm.new_str(name);
    let modules = vm.modules.clone();
    match vm.dict_get(&modules, &key)? {
        Some(module) => Ok(module),
        None => Err(vm.runtime_error(format!("{name} has not been imported"))),
    }
}
/// A signature, read from its text at first use.
pub(crate) type Params = LazyLock<Signature>;

/// A signature that is read at first use.
pub(crate) const fn params(read: fn() -> Signature) -> Params {
    LazyLock::new(read)
}

/// The text of an argument that must be a str.
pub(crate) fn need_text(vm: &mut Vm, value: &Ref, what: &str) -> PyResult<String> {
    if value.as_str().is_some() {
        return Ok(vm.text_of(value));
    }
    let ty = vm.type_of(value).name();
    Err(vm.type_error(format!("{what} must be str, not {ty}")))
}

/// An optional argument that is a str where it is given and not `None`.
pub(crate) fn optional_text(
    vm: &mut Vm,
    value: Option<&Ref>,
    what: &str,
) -> PyResult<Option<String>> {
    match value {
        Some(value) if value.as_str().is_some() => Ok(Some(vm.text_of(value))),
        Some(value) if !value.is_none() => {
            let ty = vm.type_of(value).name();
            Err(vm.type_error(format!("{what} must be str or None, not {ty}")))
        }
        _ => Ok(None),
    }
}

/// A whole-number argument.
pub(crate) fn need_i64(vm: &mut Vm, value: &Ref) -> PyResult<i64> {
    if let Some(small) = value.as_small_int() {
        return Ok(small);
    }
    match integer(vm, value)?.to_i64() {
        Some(int) => Ok(int),
        None => Err(vm.overflow_error("Python int too large to convert to C long")),
    }
}

/// A size argument: `None` and negative numbers mean everything.
pub(crate) fn size_argument(vm: &mut Vm, value: Option<&Ref>) -> PyResult<Option<usize>> {
    match value {
        None => Ok(None),
        Some(value) if value.is_none() => Ok(None),
        Some(value) => {
            if vm.type_of(value).slot(|slots| slots.index.is_none()) {
                let ty = vm.type_of(value).name();
                return Err(
                    vm.type_error(format!("argument should be integer or None, not '{ty}'"))
                );
            }
            let size = vm.index_isize(value, "")?;
            Ok(usize::try_from(size).ok())
        }
    }
}

/// A path: a str, bytes, or what has `__fspath__`.
pub(crate) fn fs_path(vm: &mut Vm, value: &Ref) -> PyResult<String> {
    let path = os_fspath(vm, value)?;
    let text = match path.as_str() {
        Some(_) => vm.text_of(&path),
        None => String::from_utf8_lossy(&vm.need_bytes(&path)?).into_owned(),
    };
    if text.contains('\0') {
        return Err(vm.value_error("embedded null byte"));
    }
    Ok(text)
}

/// `os.fspath`
pub(crate) fn os_fspath(vm: &mut Vm, value: &Ref) -> PyResult {
    let is_path = |value: &Ref| value.as_str().is_some() || value.downcast::<Bytes>().is_some();
    if is_path(value) {
        return Ok(value.clone());
    }
    let name = vm.intern("__fspath__");
    let ty = vm.type_of(value).name();
    let Some(method) = vm.lookup_special(value, &name)? else {
        return Err(vm.type_error(format!(
            "expected str, bytes or os.PathLike object, not {ty}"
        )));
    };
    let path = vm.call(&method, &[])?;
    if is_path(&path) {
        return Ok(path);
    }
    let got = vm.type_of(&path).name();
    Err(vm.type_error(format!(
        "expected {ty}.__fspath__() to return str or bytes, not {got}"
    )))
}

/// An exception class as a module in C makes one.
pub(crate) fn new_exception(vm: &mut Vm, module: &str, name: &str, base: Ty) -> PyResult {
    let namespace = vm.new_dict();
    let text = vm.new_str(module);
    vm.dict_set_str(&namespace, "__module__", text);
    let bases = vm.new_tuple(vec![base.to_ref()]);
    let metaclass = vm.types.type_.to_ref();
    let name = vm.new_str(name);
    vm.call(&metaclass, &[name, bases, namespace])
}
