//! `BaseExceptionGroup` and `ExceptionGroup`.

use super::{field, this};
use crate::error::PyResult;
use crate::object::{Args, Exception, MethodDef, Ref, Slots, Ty, TypeDef};
use crate::vm::Vm;

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let given = args.positional();
    let [message, exceptions] = given else {
        return Err(vm.type_error(format!(
            "BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)",
            given.len()
        )));
    };
    if message.as_str().is_none() {
        let name = vm.type_of(message).name();
        return Err(vm.type_error(format!(
            "BaseExceptionGroup.__new__() argument 1 must be str, not {name}"
        )));
    }
    if vm
        .type_of(exceptions)
        .slot(|slots| slots.subscript.is_none() && slots.item.is_none())
    {
        return Err(vm.type_error("second argument (exceptions) must be a sequence"));
    }
    let items = vm.collect(exceptions)?;
    if items.is_empty() {
        return Err(vm.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut nested_base = false;
    for (index, item) in items.iter().enumerate() {
        if item.downcast::<Exception>().is_none() {
            return Err(vm.value_error(format!(
                "Item {index} of second argument (exceptions) is not an exception"
            )));
        }
        nested_base |= !vm.is_instance_of(item, vm.exc.Exception);
    }
    let mut ty = ty;
    if ty.is(vm.exc.BaseExceptionGroup) && !nested_base {
        ty = vm.exc.ExceptionGroup;
    } else if ty.is(vm.exc.ExceptionGroup) && nested_base {
        return Err(vm.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    } else if nested_base && ty.is_subtype(vm.exc.Exception) {
        let name = ty.name();
        return Err(vm.type_error(format!("Cannot nest BaseExceptions in '{name}'")));
    }
    let tuple = vm.new_tuple(given.to_vec());
    let exceptions = vm.new_tuple(items);
    let value = vm.new_object(ty, Exception::new(tuple));
    this(&value).set_field(vm, 0, Some(message.clone()));
    this(&value).set_field(vm, 1, Some(exceptions));
    Ok(value)
}

fn members(vm: &Vm, value: &Ref) -> Vec<Ref> {
    let exceptions = this(value).field(vm, 1);
    exceptions
        .and_then(|exceptions| exceptions.as_tuple().map(|tuple| tuple.to_vec()))
        .unwrap_or_default()
}

fn str(vm: &mut Vm, value: &Ref) -> PyResult {
    let count = members(vm, value).len();
    let message = this(value).field(vm, 0).unwrap_or_else(Ref::none);
    let message = vm.str_string(&message)?;
    let s = if count == 1 { "" } else { "s" };
    Ok(vm.new_str(&format!("{message} ({count} sub-exception{s})")))
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let name = vm.type_of(value).name();
    let message = this(value).field(vm, 0).unwrap_or_else(Ref::none);
    let message = vm.repr_string(&message)?;
    // The sequence is shown as it was given: a list or a tuple.
    let args = super::args_of(vm, value);
    let given = args.as_tuple().and_then(|args| args.get(1).cloned());
    let list = given.is_none_or(|given| given.as_tuple().is_none());
    let items = members(vm, value);
    let items = if list {
        vm.new_list(items)
    } else {
        vm.new_tuple(items)
    };
    let shown = vm.repr_string(&items)?;
    Ok(vm.new_str(&format!("{name}({message}, {shown})")))
}

/// How `split` and `subgroup` choose.
enum Matcher {
    /// A class or a tuple of classes.
    Classes(Ref),
    Function(Ref),
}

fn matcher(vm: &mut Vm, value: &Ref) -> PyResult<Matcher> {
    let is_class = |vm: &Vm, value: &Ref| {
        value
            .as_type()
            .is_some_and(|ty| ty.is_subtype(vm.exc.BaseException))
    };
    if is_class(vm, value) {
        return Ok(Matcher::Classes(value.clone()));
    }
    if let Some(classes) = value.as_tuple()
        && classes.iter().all(|class| is_class(vm, class))
    {
        return Ok(Matcher::Classes(value.clone()));
    }
    if value.as_type().is_none() && vm.is_callable(value) {
        return Ok(Matcher::Function(value.clone()));
    }
    Err(vm.type_error(
        "expected an exception type, a tuple of exception types, or a callable (other than a class)",
    ))
}

fn matches(vm: &mut Vm, matcher: &Matcher, value: &Ref) -> PyResult<bool> {
    match matcher {
        Matcher::Classes(classes) => vm.is_instance(value, classes),
        Matcher::Function(function) => {
            let answer = vm.call(function, std::slice::from_ref(value))?;
            vm.is_true(&answer)
        }
    }
}

/// A group like `value` with other members, `None` if there are none.
fn derived(vm: &mut Vm, value: &Ref, items: Vec<Ref>) -> PyResult<Option<Ref>> {
    if items.is_empty() {
        return Ok(None);
    }
    let list = vm.new_list(items);
    let group = vm.call_method(value, "derive", &[list])?;
    if !vm.is_instance_of(&group, vm.exc.BaseExceptionGroup) {
        return Err(vm.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    let (from, to) = (this(value), this(&group));
    to.traceback.set(from.traceback.get());
    to.context.set(from.context.get());
    to.cause.set(from.cause.get());
    to.suppress_context.set(from.suppress_context.get());
    if let Some(notes) = from.notes.get() {
        let copy = vm.collect(&notes)?;
        let copy = vm.new_list(copy);
        to.notes.set(Some(copy));
    }
    Ok(Some(group))
}

/// The part that matches and the rest.
fn split(vm: &mut Vm, value: &Ref, matcher: &Matcher) -> PyResult<(Option<Ref>, Option<Ref>)> {
    vm.check_depth(" in exceptiongroup_split_recursive")?;
    if matches(vm, matcher, value)? {
        return Ok((Some(value.clone()), None));
    }
    let (mut matching, mut rest) = (Vec::new(), Vec::new());
    for item in members(vm, value) {
        if vm.is_instance_of(&item, vm.exc.BaseExceptionGroup) {
            let (part, others) = split(vm, &item, matcher)?;
            matching.extend(part);
            rest.extend(others);
        } else if matches(vm, matcher, &item)? {
            matching.push(item);
        } else {
            rest.push(item);
        }
    }
    if matching.is_empty() {
        return Ok((None, Some(value.clone())));
    }
    let matching = derived(vm, value, matching)?;
    let rest = derived(vm, value, rest)?;
    Ok((matching, rest))
}

pub(super) const BASE_EXCEPTION_GROUP: TypeDef = TypeDef {
    name: "BaseExceptionGroup",
    doc: "A combination of multiple unrelated exceptions.",
    slots: Slots {
        new: Some(new),
        init: Some(super::no_keywords),
        str: Some(str),
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("derive", "($self, excs, /)", "", |vm, args| {
            let message = this(&args[0]).field(vm, 0).unwrap_or_else(Ref::none);
            let class = vm.exc.BaseExceptionGroup.to_ref();
            vm.call(&class, &[message, args[1].clone()])
        }),
        MethodDef::new("split", "($self, matcher_value, /)", "", |vm, args| {
            let matcher = matcher(vm, &args[1])?;
            let (matching, rest) = split(vm, &args[0], &matcher)?;
            let (matching, rest) = (
                matching.unwrap_or_else(Ref::none),
                rest.unwrap_or_else(Ref::none),
            );
            Ok(vm.new_pair(matching, rest))
        }),
        MethodDef::new("subgroup", "($self, matcher_value, /)", "", |vm, args| {
            let matcher = matcher(vm, &args[1])?;
            let (matching, _) = split(vm, &args[0], &matcher)?;
            Ok(matching.unwrap_or_else(Ref::none))
        }),
        MethodDef::new(
            "__class_getitem__",
            "($type, object, /)",
            "See PEP 585",
            crate::types::generic_alias::class_getitem,
        )
        .class(),
    ],
    getset: &[
        field!("message", 0, "exception message"),
        field!("exceptions", 1, "nested exceptions"),
    ],
    ..TypeDef::EMPTY
};
