//! What all native modules are written with.

use num_bigint::BigInt;
use num_traits::ToPrimitive as _;
use vitrine_vm::object::{MethodDef, Module, Ref};
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
