//! `_contextvars`: variables whose value belongs to a context, and each thread has its own.
//!
//! A context's values are a dict that is never changed, only replaced, so that copying a context
//! is copying a reference.
#![forbid(unsafe_code)]

use std::cell::Cell;

use super::{add, add_functions};
use crate::error::PyResult;
use crate::heap::{Payload, Visitor};
use crate::object::{
    Args, CompareOp, Dict, Flavor, GetSetDef, MethodDef, Ref, Slot, Slots, Ty, TypeDef, type_flags,
};
use crate::vm::Vm;

/// The types, made with the module.
#[derive(Default)]
struct Types {
    made: Option<Made>,
}

#[derive(Clone)]
struct Made {
    context: Ty,
    token: Ty,
    missing: Ref,
}

fn types(vm: &mut Vm) -> Made {
    vm.state::<Types>()
        .made
        .clone()
        .expect("made with the module")
}

struct Variable {
    name: Ref,
    default: Option<Ref>,
}

impl Payload for Variable {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.name);
        visitor.visit_opt(self.default.as_ref());
    }
}

struct Context {
    values: Slot,
    entered: Cell<bool>,
}

impl Payload for Context {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.values.visit(visitor);
    }

    fn clear(&self) {
        self.values.take();
    }
}

struct Token {
    context: Ref,
    variable: Ref,
    /// Absent: there was no value.
    old: Option<Ref>,
    used: Cell<bool>,
}

impl Payload for Token {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.context);
        visitor.visit(&self.variable);
        visitor.visit_opt(self.old.as_ref());
    }
}

struct Missing;

impl Payload for Missing {
    const ATOMIC: bool = true;
}

fn new_context(vm: &mut Vm, values: Ref) -> Ref {
    let ty = types(vm).context;
    let payload = Context {
        values: Slot::new(values),
        entered: Cell::new(false),
    };
    vm.new_object(ty, payload)
}

/// The values of a context, to be looked at.
fn values_of(vm: &mut Vm, context: &Ref) -> Ref {
    let values = context.payload::<Context>().values.get();
    values.unwrap_or_else(|| vm.new_dict())
}

/// The running thread's context, an empty one at first.
fn current(vm: &mut Vm) -> Ref {
    if let Some(context) = &vm.exec.context {
        return context.clone();
    }
    let values = vm.new_dict();
    let context = new_context(vm, values);
    vm.exec.context = Some(context.clone());
    context
}

/// Sets or removes a variable's value in the current context.
fn change(vm: &mut Vm, variable: &Ref, value: Option<&Ref>) -> PyResult<()> {
    let context = current(vm);
    let old = values_of(vm, &context);
    let values = vm.new_dict();
    for (key, known) in old.payload::<Dict>().items(vm) {
        vm.dict_set(&values, &key, known)?;
    }
    match value {
        Some(value) => vm.dict_set(&values, variable, value.clone())?,
        None => drop(values.payload::<Dict>().remove(vm, variable)?),
    }
    context.payload::<Context>().values.set(Some(values));
    Ok(())
}

fn class_getitem(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let alias = vm.types.generic_alias.to_ref();
    vm.call(&alias, &[args[0].clone(), args[1].clone()])
}

const CLASS_GETITEM: MethodDef = MethodDef {
    name: "__class_getitem__",
    signature: "($type, object, /)",
    doc: "See PEP 585",
    flavor: Flavor::Class,
    call: class_getitem,
};

const VARIABLE: TypeDef = TypeDef {
    name: "ContextVar",
    module: "_contextvars",
    slots: Slots {
        new: Some(|vm, ty, args| {
            let names: Vec<String> = args.kwnames().iter().map(|n| vm.text_of(n)).collect();
            if let Some(wrong) = names.iter().find(|name| *name != "default") {
                return Err(vm.type_error(format!(
                    "ContextVar() got an unexpected keyword argument '{wrong}'"
                )));
            }
            let [name] = args.positional() else {
                let n = args.positional().len();
                return Err(vm.type_error(format!(
                    "ContextVar() takes exactly 1 positional argument ({n} given)"
                )));
            };
            if name.as_str().is_none() {
                return Err(vm.type_error("context variable name must be a str"));
            }
            let payload = Variable {
                name: name.clone(),
                default: args.keywords().next().map(|(_, value)| value.clone()),
            };
            Ok(vm.new_object(ty, payload))
        }),
        repr: Some(|vm, variable| {
            let payload: &Variable = variable.payload();
            let mut text = format!("<ContextVar name={}", vm.repr_string(&payload.name)?);
            if let Some(default) = &payload.default {
                text += " default=";
                text += &vm.repr_string(default)?;
            }
            text += &format!(" at {:#x}>", variable.id());
            Ok(vm.new_str(&text))
        }),
        ..Slots::EMPTY
    },
    flags: type_flags::HAS_WEAKREF,
    methods: &[
        MethodDef::new(
            "get",
            "($self, default=None, /)",
            "Return a value for the context variable for the current context.",
            |vm, args| {
                let context = current(vm);
                let values = values_of(vm, &context);
                if let Some(value) = vm.dict_get(&values, &args[0])? {
                    return Ok(value);
                }
                let own = &args.this::<Variable>().default;
                match args.get(1).or(own.as_ref()) {
                    Some(default) => Ok(default.clone()),
                    None => {
                        let ty = vm.exc.LookupError;
                        Err(vm.new_exc_args(ty, vec![args[0].clone()]))
                    }
                }
            },
        ),
        MethodDef::new(
            "set",
            "($self, value, /)",
            "Call to set a new value for the context variable in the current context.",
            |vm, args| {
                let context = current(vm);
                let values = values_of(vm, &context);
                let old = vm.dict_get(&values, &args[0])?;
                change(vm, &args[0], Some(&args[1]))?;
                let ty = types(vm).token;
                let token = Token {
                    context,
                    variable: args[0].clone(),
                    old,
                    used: Cell::new(false),
                };
                Ok(vm.new_object(ty, token))
            },
        ),
        MethodDef::new(
            "reset",
            "($self, token, /)",
            "Reset the context variable.",
            |vm, args| reset(vm, &args[0], &args[1]),
        ),
        CLASS_GETITEM,
    ],
    getset: &[GetSetDef::read_only("name", "", |_, variable| {
        Ok(variable.payload::<Variable>().name.clone())
    })],
    ..TypeDef::EMPTY
};

fn reset(vm: &mut Vm, variable: &Ref, given: &Ref) -> PyResult {
    let text = vm.repr_string(given)?;
    let Some(token) = given.downcast::<Token>() else {
        return Err(vm.type_error(format!("expected an instance of Token, got {text}")));
    };
    if token.used.get() {
        return Err(vm.runtime_error(format!("{text} has already been used once")));
    }
    if !token.variable.is(variable) {
        return Err(vm.value_error(format!("{text} was created by a different ContextVar")));
    }
    if !token.context.is(&current(vm)) {
        return Err(vm.value_error(format!("{text} was created in a different Context")));
    }
    token.used.set(true);
    change(vm, variable, token.old.as_ref())?;
    Ok(Ref::none())
}

const TOKEN: TypeDef = TypeDef {
    name: "Token",
    module: "_contextvars",
    slots: Slots {
        new: Some(|vm, _, _| Err(vm.runtime_error("Tokens can only be created by ContextVars"))),
        repr: Some(|vm, token| {
            let payload: &Token = token.payload();
            let used = if payload.used.get() { " used" } else { "" };
            let variable = vm.repr_string(&payload.variable)?;
            let text = format!("<Token{used} var={variable} at {:#x}>", token.id());
            Ok(vm.new_str(&text))
        }),
        ..Slots::EMPTY
    },
    flags: type_flags::HAS_WEAKREF,
    methods: &[
        MethodDef::new(
            "__enter__",
            "($self, /)",
            "Enter into Token context manager.",
            |_, args| Ok(args[0].clone()),
        ),
        MethodDef::new(
            "__exit__",
            "($self, type, val, tb, /)",
            "Exit from Token context manager, restore the linked ContextVar.",
            |vm, args| {
                let variable = args.this::<Token>().variable.clone();
                reset(vm, &variable, &args[0])
            },
        ),
        CLASS_GETITEM,
    ],
    getset: &[
        GetSetDef::read_only("var", "", |_, token| {
            Ok(token.payload::<Token>().variable.clone())
        }),
        GetSetDef::read_only("old_value", "", |vm, token| {
            let old = token.payload::<Token>().old.clone();
            Ok(old.unwrap_or_else(|| types(vm).missing))
        }),
    ],
    ..TypeDef::EMPTY
};

const MISSING: TypeDef = TypeDef {
    name: "Token.MISSING",
    module: "_contextvars",
    flags: type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(|vm, _| Ok(vm.new_str("<Token.MISSING>"))),
        ..Slots::EMPTY
    },
    ..TypeDef::EMPTY
};

/// A key of a context: anything but a variable is an error.
fn need_variable(vm: &mut Vm, key: &Ref) -> PyResult<()> {
    if key.downcast::<Variable>().is_some() {
        return Ok(());
    }
    let text = vm.repr_string(key)?;
    Err(vm.type_error(format!("a ContextVar key was expected, got {text}")))
}

fn run(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let [context, function, rest @ ..] = args.positional() else {
        return Err(vm.type_error("run() missing 1 required positional argument"));
    };
    let Some(payload) = context.downcast::<Context>() else {
        return Err(vm.type_error("descriptor 'run' requires a '_contextvars.Context' object"));
    };
    if payload.entered.replace(true) {
        let text = vm.repr_string(context)?;
        return Err(vm.runtime_error(format!("cannot enter context: {text} is already entered")));
    }
    let before = vm.exec.context.replace(context.clone());
    let mut all = rest.to_vec();
    all.extend(args.keywords().map(|(_, value)| value.clone()));
    let result = vm.call_kw(function, &all, args.kwnames());
    vm.exec.context = before;
    payload.entered.set(false);
    result
}

/// Calls a method of the dict of values.
fn of_values(vm: &mut Vm, args: Args<'_>, method: &str) -> PyResult {
    let values = values_of(vm, &args[0]);
    vm.call_method(&values, method, &[])
}

const CONTEXT: TypeDef = TypeDef {
    name: "Context",
    module: "_contextvars",
    slots: Slots {
        new: Some(|vm, _, args| {
            if !args.is_empty() {
                return Err(vm.type_error("Context() does not accept any arguments"));
            }
            let values = vm.new_dict();
            Ok(new_context(vm, values))
        }),
        subscript: Some(|vm, context, key| {
            need_variable(vm, key)?;
            let values = values_of(vm, context);
            match vm.dict_get(&values, key)? {
                Some(value) => Ok(value),
                None => Err(vm.key_error(key)),
            }
        }),
        contains: Some(|vm, context, key| {
            need_variable(vm, key)?;
            let values = values_of(vm, context);
            Ok(vm.dict_get(&values, key)?.is_some())
        }),
        length: Some(|vm, context| {
            let values = values_of(vm, context);
            vm.len(&values)
        }),
        iter: Some(|vm, context| {
            let values = values_of(vm, context);
            vm.iter(&values)
        }),
        richcompare: Some(|vm, a, b, op| {
            let known = a.downcast::<Context>().is_some() && b.downcast::<Context>().is_some();
            if !known || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
                return Ok(Ref::not_implemented());
            }
            let (a, b) = (values_of(vm, a), values_of(vm, b));
            vm.compare(&a, &b, op)
        }),
        ..Slots::EMPTY
    },
    flags: type_flags::HAS_WEAKREF,
    methods: &[
        MethodDef::new("run", "", "Run the callable in the context.", run),
        MethodDef::new(
            "copy",
            "($self, /)",
            "Return a shallow copy of the context object.",
            |vm, args| {
                let values = values_of(vm, &args[0]);
                Ok(new_context(vm, values))
            },
        ),
        MethodDef::new(
            "get",
            "($self, key, default=None, /)",
            "Return the value for `key` if `key` has the value in the context object.",
            |vm, args| {
                need_variable(vm, &args[1])?;
                let values = values_of(vm, &args[0]);
                let found = vm.dict_get(&values, &args[1])?;
                Ok(found.unwrap_or_else(|| args.get(2).cloned().unwrap_or_else(Ref::none)))
            },
        ),
        MethodDef::new(
            "keys",
            "($self, /)",
            "Return a list of all variables in the context object.",
            |vm, args| of_values(vm, args, "keys"),
        ),
        MethodDef::new(
            "values",
            "($self, /)",
            "Return a list of all variables' values in the context object.",
            |vm, args| of_values(vm, args, "values"),
        ),
        MethodDef::new(
            "items",
            "($self, /)",
            "Return all variables and their values in the context object.",
            |vm, args| of_values(vm, args, "items"),
        ),
    ],
    ..TypeDef::EMPTY
};

/// `_contextvars`
pub(super) fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let variable = vm.new_type(None, &VARIABLE);
    let (context, token) = (vm.new_type(None, &CONTEXT), vm.new_type(None, &TOKEN));
    let missing = vm.new_type(None, &MISSING);
    let missing = vm.new_object(missing, Missing);
    let name = vm.intern("MISSING");
    token.namespace().set_str(vm, &name, missing.clone());
    vm.state::<Types>().made = Some(Made {
        context,
        token,
        missing,
    });
    for (name, ty) in [
        ("ContextVar", variable),
        ("Context", context),
        ("Token", token),
    ] {
        add(vm, module, name, ty.to_ref());
    }
    add_functions(
        vm,
        module,
        &[MethodDef::new("copy_context", "()", "", |vm, _| {
            let context = current(vm);
            let values = values_of(vm, &context);
            Ok(new_context(vm, values))
        })],
    )
}
