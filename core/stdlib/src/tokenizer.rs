//! `_tokenize`: what `tokenize` imports. The iterator itself is not there yet,
//! and says so when it is called.

use vitrine_vm::object::{Ref, Slots, TypeDef};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::add;

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "_tokenize",
    init,
};

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let ty = vm.new_type(None, &TOKENIZER_ITER);
    add(vm, module, "TokenizerIter", ty.to_ref());
    Ok(())
}

const TOKENIZER_ITER: TypeDef = TypeDef {
    name: "TokenizerIter",
    module: "_tokenize",
    slots: Slots {
        new: Some(|vm, _, _| {
            Err(vm.not_implemented_error("tokenize cannot read tokens in this machine yet"))
        }),
        ..Slots::EMPTY
    },
    ..TypeDef::EMPTY
};
