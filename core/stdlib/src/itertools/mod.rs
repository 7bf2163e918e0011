//! `itertools` (`Modules/itertoolsmodule.c`): iterators as building blocks.
//!
//! Every iterator keeps its state in slots that are read by copying out, so an
//! iterable that changes the very iterator that reads it finds a whole state.

mod chains;
mod combinations;
mod groups;
mod infinite;
mod selections;

use std::sync::LazyLock;

use vitrine_vm::object::{Args, Ref, Signature, Slot, Slots, TypeDef, type_flags};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::add;

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "itertools",
    init,
};

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    for def in [
        infinite::TYPES,
        chains::TYPES,
        selections::TYPES,
        groups::TYPES,
        combinations::TYPES,
    ]
    .iter()
    .flat_map(|types| types.iter())
    {
        let ty = vm.new_type(None, def);
        add(vm, module, def.name, ty.to_ref());
    }
    groups::init(vm, module)
}

/// A signature, read from its text at first use.
type Params = LazyLock<Signature>;

const fn params(read: fn() -> Signature) -> Params {
    LazyLock::new(read)
}

/// What all of these types have in common.
const ITERATOR: TypeDef = TypeDef {
    module: "itertools",
    flags: type_flags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        ..Slots::EMPTY
    },
    ..TypeDef::EMPTY
};

fn itself(_: &mut Vm, iterator: &Ref) -> PyResult {
    Ok(iterator.clone())
}

/// The next item of an iterator in a slot; nothing, and an empty slot, at its end.
fn advance(vm: &mut Vm, slot: &Slot) -> PyResult<Option<Ref>> {
    let Some(iterator) = slot.get() else {
        return Ok(None);
    };
    let item = vm.next(&iterator)?;
    if item.is_none() {
        slot.set(None);
    }
    Ok(item)
}

/// The bound arguments of `name(...)`.
fn bound(vm: &mut Vm, params: &Params, name: &str, args: Args<'_>) -> PyResult<Vec<Option<Ref>>> {
    params.bind(vm, name, args)
}

/// Takes a required argument out of its place.
fn required(slots: &mut [Option<Ref>], index: usize) -> Ref {
    slots[index].take().expect("binding has checked it")
}
