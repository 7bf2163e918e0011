//! `_collections` (`Modules/_collectionsmodule.c`): what `collections` has no
//! Python version of - `deque` and `defaultdict` - and its fast paths.

mod default_dict;
mod deque;

use vitrine_vm::object::{Args, BinaryOp, MethodDef, Ref};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{add, add_functions};

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "_collections",
    init,
};

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let deque = deque::define(vm);
    add(vm, module, "deque", deque.to_ref());
    let dict = vm.types.dict;
    let default_dict = vm.new_type(Some(dict), &default_dict::TYPE);
    add(vm, module, "defaultdict", default_dict.to_ref());
    let count = MethodDef::new(
        "_count_elements",
        "(mapping, iterable, /)",
        "Count the items.",
        count_elements,
    );
    add_functions(vm, module, &[count])
}

/// `for item in iterable: mapping[item] = mapping.get(item, 0) + 1`
fn count_elements(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (mapping, one) = (&args[0], Ref::small_int(1));
    let iterator = vm.iter(&args[1])?;
    let exact = vm.is_exact(mapping, vm.types.dict);
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        let old = match exact {
            true => vm.dict_get(mapping, &item)?,
            false => {
                let zero = Ref::small_int(0);
                Some(vm.call_method(mapping, "get", &[item.clone(), zero])?)
            }
        };
        let new = match old {
            Some(old) => vm.binary(BinaryOp::Add, &old, &one)?,
            None => one.clone(),
        };
        vm.set_item(mapping, &item, &new)?;
    }
    Ok(Ref::none())
}
