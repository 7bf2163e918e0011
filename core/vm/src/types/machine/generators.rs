//! `generator`, `coroutine`, `async_generator` and their awaitables.
#![forbid(unsafe_code)]

use std::cell::Cell;

use crate::error::{Exc, PyResult};
use crate::heap::{Payload, Visitor};
use crate::interp::generator::{Generator, State};
use crate::interp::run::Flow;
use crate::object::{Args, Exception, GetSetDef, MethodDef, Ref, Slot, Slots, TypeDef};
use crate::vm::Vm;

pub(super) fn define(vm: &mut Vm) {
    let t = vm.types;
    for (ty, def) in [
        (t.generator, &GENERATOR),
        (t.coroutine, &COROUTINE),
        (t.async_generator, &ASYNC_GENERATOR),
        (t.coroutine_wrapper, &COROUTINE_WRAPPER),
        (t.async_generator_asend, &ASEND),
        (t.async_generator_athrow, &ASEND),
    ] {
        vm.define(ty, def);
    }
}

fn generator(g: &Ref) -> &Generator {
    g.payload()
}

fn repr(vm: &mut Vm, g: &Ref) -> PyResult<Ref> {
    let name = generator(g)
        .qualname
        .get()
        .map(|q| vm.text_of(&q))
        .unwrap_or_default();
    let what = vm.type_of(g).name();
    Ok(vm.new_str(&format!("<{what} object {name} at {:#x}>", g.id())))
}

fn iternext(vm: &mut Vm, g: &Ref) -> PyResult<Option<Ref>> {
    match vm.generator_send(g, None)? {
        Some(Flow::Yield(value)) => Ok(Some(value)),
        Some(Flow::Return(value)) if value.is_none() => Ok(None),
        Some(Flow::Return(value)) => Err(vm.stop_iteration(Some(value))),
        None => Ok(None),
    }
}

fn send(vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
    let g = &a[0];
    if generator(g).state.get() == State::Created && !a[1].is_none() {
        let what = vm.generator_word(g);
        return Err(vm.type_error(format!(
            "can't send non-None value to a just-started {what}"
        )));
    }
    if generator(g).state.get() == State::Finished && vm.is_exact(g, vm.types.coroutine) {
        return Err(vm.runtime_error("cannot reuse already awaited coroutine"));
    }
    match vm.generator_send(g, Some(a[1].clone()))? {
        Some(Flow::Yield(value)) => Ok(value),
        Some(Flow::Return(value)) => Err(vm.stop_iteration((!value.is_none()).then_some(value))),
        None => Err(vm.stop_iteration(None)),
    }
}

/// The exception of a class and a value (`PyErr_NormalizeException`).
fn normalized(vm: &mut Vm, class: &Ref, value: Option<&Ref>) -> PyResult<Exc> {
    let value = value.filter(|value| !value.is_none());
    if let Some(value) = value.filter(|value| value.downcast::<Exception>().is_some())
        && vm.is_instance(value, class)?
    {
        return Ok(Exc::new(value.clone()));
    }
    let args = match value {
        None => Vec::new(),
        Some(value) => match value.as_tuple() {
            Some(items) => items.to_vec(),
            None => vec![value.clone()],
        },
    };
    let made = vm.call(class, &args)?;
    if made.downcast::<Exception>().is_some() {
        return Ok(Exc::new(made));
    }
    let (class, given) = (vm.repr_string(class)?, vm.type_of(&made).name());
    Err(vm.type_error(format!(
        "calling {class} should have returned an instance of BaseException, not {given}"
    )))
}

/// The exception that `throw(...)` names.
fn thrown(vm: &mut Vm, args: &[Ref]) -> PyResult<Exc> {
    let [first, rest @ ..] = args else {
        return Err(vm.type_error("throw expected at least 1 argument, got 0"));
    };
    if let Some(traceback) = rest.get(1).filter(|traceback| !traceback.is_none())
        && &*vm.type_of(traceback).name() != "traceback"
    {
        return Err(vm.type_error("throw() third argument must be a traceback object"));
    }
    if first.downcast::<Exception>().is_some() {
        if rest.iter().any(|r| !r.is_none()) && !rest[0].is_none() {
            return Err(vm.type_error("instance exception may not have a separate value"));
        }
        return Ok(Exc::new(first.clone()));
    }
    if first
        .as_type()
        .is_some_and(|t| t.is_subtype(vm.exc.BaseException))
    {
        // What making the exception raises is thrown in its place.
        return Ok(match normalized(vm, first, rest.first()) {
            Ok(exc) | Err(exc) => exc,
        });
    }
    let given = vm.type_of(first).name();
    Err(vm.type_error(format!(
        "exceptions must be classes or instances deriving from BaseException, not {given}"
    )))
}

fn throw(vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
    let exc = thrown(vm, &a.positional()[1..])?;
    match vm.generator_throw(&a[0], exc)? {
        Flow::Yield(value) => Ok(value),
        Flow::Return(value) => Err(vm.stop_iteration((!value.is_none()).then_some(value))),
    }
}

fn finalize(vm: &mut Vm, g: &Ref) -> PyResult<()> {
    match generator(g).state.get() {
        State::Finished | State::Running => Ok(()),
        State::Created if vm.is_exact(g, vm.types.coroutine) => {
            let name = generator(g)
                .qualname
                .get()
                .map(|q| vm.text_of(&q))
                .unwrap_or_default();
            vm.warn(
                vm.exc.RuntimeWarning,
                &format!("coroutine '{name}' was never awaited"),
            )?;
            vm.generator_close(g).map(drop)
        }
        State::Suspended if vm.is_exact(g, vm.types.async_generator) => {
            if let Some(finalizer) = generator(g).finalizer.get() {
                return vm.call(&finalizer, std::slice::from_ref(g)).map(drop);
            }
            vm.generator_close(g).map(drop)
        }
        _ => vm.generator_close(g).map(drop),
    }
}

macro_rules! attrs {
    ($frame:literal, $running:literal, $suspended:literal, $code:literal, $delegate:literal) => {
        &[
            GetSetDef::new(
                "__name__",
                "",
                |_, g| Ok(generator(g).name.get().unwrap_or_else(Ref::none)),
                |_, g, v| {
                    generator(g).name.set(v.cloned());
                    Ok(())
                },
            ),
            GetSetDef::new(
                "__qualname__",
                "",
                |_, g| Ok(generator(g).qualname.get().unwrap_or_else(Ref::none)),
                |_, g, v| {
                    generator(g).qualname.set(v.cloned());
                    Ok(())
                },
            ),
            GetSetDef::read_only($running, "", |_, g| {
                Ok(Ref::bool(generator(g).state.get() == State::Running))
            }),
            GetSetDef::read_only($suspended, "", |_, g| {
                Ok(Ref::bool(generator(g).state.get() == State::Suspended))
            }),
            GetSetDef::read_only($code, "", |_, g| Ok(generator(g).code.clone())),
            GetSetDef::read_only($delegate, "", |vm, g| {
                Ok(vm.generator_delegate(g).unwrap_or_else(Ref::none))
            }),
            GetSetDef::read_only($frame, "", |vm, g| Ok(vm.generator_frame(g))),
        ]
    };
}

const METHODS: &[MethodDef] = &[
    MethodDef::new(
        "send",
        "($self, value, /)",
        "send(value) -> send 'value' into generator,\nreturn next yielded value or raise StopIteration.",
        send,
    ),
    MethodDef::new(
        "throw",
        "",
        "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration.",
        throw,
    ),
    MethodDef::new(
        "close",
        "($self, /)",
        "close() -> raise GeneratorExit inside generator.",
        |vm, a| vm.generator_close(&a[0]),
    ),
];

const GENERATOR: TypeDef = TypeDef {
    name: "generator",
    slots: Slots {
        repr: Some(repr),
        iter: Some(|_, g| Ok(g.clone())),
        iternext: Some(iternext),
        finalize: Some(finalize),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: attrs!(
        "gi_frame",
        "gi_running",
        "gi_suspended",
        "gi_code",
        "gi_yieldfrom"
    ),
    ..TypeDef::EMPTY
};

const COROUTINE: TypeDef = TypeDef {
    name: "coroutine",
    slots: Slots {
        repr: Some(repr),
        await_: Some(|vm, g| {
            Ok(vm.new_object(vm.types.coroutine_wrapper, CoroutineWrapper(g.clone())))
        }),
        finalize: Some(finalize),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: attrs!(
        "cr_frame",
        "cr_running",
        "cr_suspended",
        "cr_code",
        "cr_await"
    ),
    ..TypeDef::EMPTY
};

/// What `coroutine.__await__()` gives.
struct CoroutineWrapper(Ref);

impl Payload for CoroutineWrapper {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.0);
    }
}

const COROUTINE_WRAPPER: TypeDef = TypeDef {
    name: "coroutine_wrapper",
    slots: Slots {
        iter: Some(|_, w| Ok(w.clone())),
        iternext: Some(|vm, w| {
            let g = w.payload::<CoroutineWrapper>().0.clone();
            iternext(vm, &g)
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("send", "($self, value, /)", "", |vm, a| {
            let g = a.this::<CoroutineWrapper>().0.clone();
            vm.call_method(&g, "send", &[a[1].clone()])
        }),
        MethodDef::new("throw", "", "", |vm, a| {
            let g = a.this::<CoroutineWrapper>().0.clone();
            vm.call_method(&g, "throw", &a.positional()[1..])
        }),
        MethodDef::new("close", "($self, /)", "", |vm, a| {
            let g = a.this::<CoroutineWrapper>().0.clone();
            vm.call_method(&g, "close", &[])
        }),
    ],
    ..TypeDef::EMPTY
};

/// A value that an asynchronous generator yields, told apart from what it awaits.
struct AsyncValue(Ref);

impl Payload for AsyncValue {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.0);
    }
}

pub(crate) fn wrap_async_value(vm: &mut Vm, value: &Ref) -> Ref {
    vm.new_object(vm.types.async_generator_asend, AsyncValue(value.clone()))
}

/// What `asend`, `athrow`, `aclose` and `__anext__` give.
struct AsyncStep {
    generator: Ref,
    /// What to do first; taken when begun.
    first: Slot,
    /// `first` is an exception to throw.
    throws: bool,
    closes: bool,
    done: Cell<bool>,
    begun: Cell<bool>,
}

impl Payload for AsyncStep {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.generator);
        self.first.visit(visitor);
    }
}

fn step(vm: &mut Vm, g: &Ref, value: Ref, throws: bool, closes: bool) -> PyResult<Ref> {
    let payload = AsyncStep {
        generator: g.clone(),
        first: Slot::new(value),
        throws,
        closes,
        done: Cell::new(false),
        begun: Cell::new(false),
    };
    if !generator(g).hooks.replace(true) {
        let hooks = vm.exec.async_hooks.clone();
        if let Some(finalizer) = hooks.1 {
            generator(g).finalizer.set(Some(finalizer));
        }
        if let Some(first) = hooks.0 {
            vm.call(&first, std::slice::from_ref(g))?;
        }
    }
    Ok(vm.new_object(vm.types.async_generator_asend, payload))
}

fn advance(vm: &mut Vm, s: &Ref, sent: Ref, thrown: Option<Exc>) -> PyResult<Ref> {
    let step: &AsyncStep = match s.downcast() {
        Some(step) => step,
        None => return Err(vm.type_error("not an awaitable")),
    };
    if step.done.get() {
        return Err(vm.runtime_error("cannot reuse already awaited __anext__()/asend()"));
    }
    let g = step.generator.clone();
    let payload = generator(&g);
    let flow = if !step.begun.replace(true) {
        if payload.running_async.get() {
            step.done.set(true);
            return Err(vm.runtime_error("anext(): asynchronous generator is already running"));
        }
        if payload.closed.get() || (step.closes && payload.state.get() == State::Finished) {
            step.done.set(true);
            return Err(if step.closes {
                vm.stop_iteration(None)
            } else {
                vm.new_exc_args(vm.exc.StopAsyncIteration, Vec::new())
            });
        }
        payload.running_async.set(true);
        let first = step.first.take().unwrap_or_else(Ref::none);
        match thrown {
            Some(exc) => vm.generator_throw(&g, exc).map(Some),
            None if step.throws => {
                if step.closes {
                    payload.closed.set(true);
                }
                vm.generator_throw(&g, Exc::new(first)).map(Some)
            }
            None if payload.state.get() == State::Created && !first.is_none() => {
                Err(vm.type_error("can't send non-None value to a just-started async generator"))
            }
            None => vm.generator_send(&g, Some(first)),
        }
    } else {
        match thrown {
            Some(exc) => vm.generator_throw(&g, exc).map(Some),
            None => vm.generator_send(&g, Some(sent)),
        }
    };
    let finish = |step: &AsyncStep| {
        step.done.set(true);
        generator(&g).running_async.set(false);
    };
    match flow {
        Ok(Some(Flow::Yield(value))) => match value.downcast::<AsyncValue>() {
            Some(inner) => {
                let inner = inner.0.clone();
                finish(step);
                if step.closes {
                    return Err(vm.runtime_error("async generator ignored GeneratorExit"));
                }
                Err(vm.stop_iteration(Some(inner)))
            }
            None => Ok(value),
        },
        Ok(_) => {
            finish(step);
            payload.closed.set(true);
            Err(if step.closes {
                vm.stop_iteration(None)
            } else {
                vm.new_exc_args(vm.exc.StopAsyncIteration, Vec::new())
            })
        }
        Err(exc) => {
            finish(step);
            let quiet =
                vm.exc_is(&exc, vm.exc.GeneratorExit) || vm.exc_is(&exc, vm.exc.StopAsyncIteration);
            if step.closes && quiet {
                return Err(vm.stop_iteration(None));
            }
            payload.closed.set(true);
            Err(exc)
        }
    }
}

const ASEND: TypeDef = TypeDef {
    name: "async_generator_asend",
    slots: Slots {
        iter: Some(|_, s| Ok(s.clone())),
        await_: Some(|_, s| Ok(s.clone())),
        iternext: Some(|vm, s| advance(vm, s, Ref::none(), None).map(Some)),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("send", "($self, value, /)", "", |vm, a| {
            advance(vm, &a[0], a[1].clone(), None)
        }),
        MethodDef::new("throw", "", "", |vm, a| {
            let exc = thrown(vm, &a.positional()[1..])?;
            advance(vm, &a[0], Ref::none(), Some(exc))
        }),
        MethodDef::new("close", "($self, /)", "", |_, a| {
            if let Some(step) = a[0].downcast::<AsyncStep>() {
                step.done.set(true);
            }
            Ok(Ref::none())
        }),
    ],
    ..TypeDef::EMPTY
};

const ASYNC_GENERATOR: TypeDef = TypeDef {
    name: "async_generator",
    slots: Slots {
        repr: Some(repr),
        aiter: Some(|_, g| Ok(g.clone())),
        anext: Some(|vm, g| step(vm, g, Ref::none(), false, false)),
        finalize: Some(finalize),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "asend",
            "($self, value, /)",
            "asend(v) -> send 'v' in generator.",
            |vm, a| step(vm, &a[0], a[1].clone(), false, false),
        ),
        MethodDef::new(
            "athrow",
            "",
            "athrow(value)\nathrow(type[,value[,tb]])\n\nraise exception in generator.",
            |vm, a| {
                let exc = thrown(vm, &a.positional()[1..])?;
                step(vm, &a[0], exc.into_value(), true, false)
            },
        ),
        MethodDef::new(
            "aclose",
            "($self, /)",
            "aclose() -> raise GeneratorExit inside generator.",
            |vm, a| {
                let exit = vm.new_exc_args(vm.exc.GeneratorExit, Vec::new());
                step(vm, &a[0], exit.into_value(), true, true)
            },
        ),
    ],
    getset: attrs!(
        "ag_frame",
        "ag_running",
        "ag_suspended",
        "ag_code",
        "ag_await"
    ),
    ..TypeDef::EMPTY
};
