//! `anext(iterator, default)`: awaiting the next item, or a default at the end.
#![forbid(unsafe_code)]

use crate::error::{Exc, PyResult};
use crate::heap::Payload;
use crate::object::{Args, MethodDef, Ref, Slots, TypeDef, Visitor};
use crate::types::convert;
use crate::vm::Vm;

/// What is awaited, and what the end of the iterator is turned into.
struct AnextAwaitable {
    wrapped: Ref,
    default: Ref,
}

impl Payload for AnextAwaitable {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.wrapped);
        visitor.visit(&self.default);
    }
}

/// Defined with the builtins.
pub(super) const ANEXT_AWAITABLE: TypeDef = TypeDef {
    name: "anext_awaitable",
    slots: Slots {
        iter: Some(|_, this| Ok(this.clone())),
        await_: Some(|_, this| Ok(this.clone())),
        iternext: Some(|vm, this| {
            let iterator = iterator(vm, this)?;
            let result = vm.next(&iterator);
            match result {
                Ok(item) => Ok(item),
                Err(error) => Err(ended(vm, this, error)),
            }
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("send", "($self, value, /)", "", |vm, args| {
            forward(vm, args, "send")
        }),
        MethodDef::new("throw", "($self, /, *args)", "", |vm, args| {
            let arguments = vm.collect(&args[1])?;
            let iterator = iterator(vm, &args[0])?;
            let result = vm.call_method(&iterator, "throw", &arguments);
            result.map_err(|error| ended(vm, &args[0], error))
        }),
        MethodDef::new("close", "($self, /)", "", |vm, args| {
            forward(vm, args, "close")
        }),
    ],
    ..TypeDef::EMPTY
};

/// The iterator behind the awaitable: what `await` would drive.
fn iterator(vm: &mut Vm, this: &Ref) -> PyResult {
    let wrapped = this.payload::<AnextAwaitable>().wrapped.clone();
    let ty = vm.type_of(&wrapped);
    if ty.is(vm.types.coroutine) || ty.slot(|slots| slots.await_.is_none()) {
        return Ok(wrapped);
    }
    match convert::special(vm, &wrapped, "__await__")? {
        Some(method) => vm.call(&method, &[]),
        None => Ok(wrapped),
    }
}

fn forward(vm: &mut Vm, args: Args<'_>, method: &str) -> PyResult {
    let iterator = iterator(vm, &args[0])?;
    let rest: Vec<Ref> = args.get(1).cloned().into_iter().collect();
    let result = vm.call_method(&iterator, method, &rest);
    result.map_err(|error| ended(vm, &args[0], error))
}

/// The end of the iterator is the default.
fn ended(vm: &mut Vm, this: &Ref, error: Exc) -> Exc {
    if error.stop().is_none() && vm.exc_is(&error, vm.exc.StopAsyncIteration) {
        let default = this.payload::<AnextAwaitable>().default.clone();
        return vm.stop_iteration(Some(default));
    }
    error
}

/// `anext(async_iterator, default)`
pub(super) fn anext(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(next) = vm.type_of(&args[0]).slot(|slots| slots.anext) else {
        let name = vm.type_of(&args[0]).name();
        return Err(vm.type_error(format!("'{name}' object is not an async iterator")));
    };
    let wrapped = next(vm, &args[0])?;
    let Some(default) = args.get(1).cloned() else {
        return Ok(wrapped);
    };
    let ty = vm.types.anext_awaitable;
    Ok(vm.new_object(ty, AnextAwaitable { wrapped, default }))
}
