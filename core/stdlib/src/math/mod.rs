//! `math`: C's mathematical functions, and exact ones on ints
//! (`Modules/mathmodule.c`).

mod floats;
mod integers;
mod sums;

use vitrine_vm::object::Ref;
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{add, add_functions};

pub(crate) const MODULE: NativeModule = NativeModule { name: "math", init };

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add_functions(vm, module, floats::FUNCTIONS)?;
    add_functions(vm, module, integers::FUNCTIONS)?;
    add_functions(vm, module, sums::FUNCTIONS)?;
    for (name, value) in [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        let value = vm.new_float(value);
        add(vm, module, name, value);
    }
    Ok(())
}
