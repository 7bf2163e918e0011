//! `len`, `sorted`, `min`, `max`, `iter`, `next`, `all`, `any`.

use crate::error::PyResult;
use crate::object::{Args, CompareOp, MethodDef, Ref};
use crate::types::convert;
use crate::types::iterators::CallableIter;
use crate::types::list::sort_items;
use crate::vm::Vm;

fn len(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let len = vm.len(&args[0])?;
    Ok(vm.new_usize(len))
}

fn all(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let iterator = vm.iter(&args[0])?;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        if !vm.is_true(&item)? {
            return Ok(Ref::bool(false));
        }
    }
    Ok(Ref::bool(true))
}

fn any(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let iterator = vm.iter(&args[0])?;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        if vm.is_true(&item)? {
            return Ok(Ref::bool(true));
        }
    }
    Ok(Ref::bool(false))
}

/// `sorted(iterable, key=None, reverse=False)`
fn sorted(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let given = args.positional();
    if given.len() != 1 {
        return Err(vm.type_error(format!("sorted expected 1 argument, got {}", given.len())));
    }
    let (mut key, mut reverse) = (None, false);
    for (name, value) in args.keywords() {
        match &*vm.text_of(name) {
            "key" => key = Some(value).filter(|value| !value.is_none()),
            "reverse" => reverse = vm.is_true(value)?,
            name => {
                return Err(vm.type_error(format!(
                    "sort() got an unexpected keyword argument '{name}'"
                )));
            }
        }
    }
    let items = vm.collect(&given[0])?;
    let (sorted, result) = sort_items(vm, items, key, reverse);
    result?;
    Ok(vm.new_list(sorted))
}

fn extreme(vm: &mut Vm, args: Args<'_>, name: &str, op: CompareOp) -> PyResult {
    let (mut key, mut default) = (None, None);
    for (keyword, value) in args.keywords() {
        match &*vm.text_of(keyword) {
            "key" => key = Some(value).filter(|value| !value.is_none()),
            "default" => default = Some(value),
            other => {
                return Err(vm.type_error(format!(
                    "{name}() got an unexpected keyword argument '{other}'"
                )));
            }
        }
    }
    let given = args.positional();
    let source = match given {
        [] => return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [iterable] => iterable.clone(),
        _ if default.is_some() => {
            return Err(vm.type_error(format!(
                "Cannot specify a default for {name}() with multiple positional arguments"
            )));
        }
        _ => vm.new_tuple(given.to_vec()),
    };
    let iterator = vm.iter(&source)?;
    let mut best: Option<(Ref, Ref)> = None;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        let value = match key {
            Some(key) => vm.call(key, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        let better = match &best {
            None => true,
            Some((_, there)) => vm.compare_bool(&value, there, op)?,
        };
        if better {
            best = Some((item, value));
        }
    }
    match (best, default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(vm.value_error(format!("{name}() iterable argument is empty"))),
    }
}

fn iter(vm: &mut Vm, args: Args<'_>) -> PyResult {
    match convert::positional(vm, "iter", args, 1, 2)? {
        [object] => vm.iter(object),
        [callable, sentinel] => {
            if !vm.is_callable(callable) {
                return Err(vm.type_error("iter(v, w): v must be callable"));
            }
            Ok(vm.new_object(
                vm.types.callable_iterator,
                CallableIter::new(callable.clone(), sentinel.clone()),
            ))
        }
        _ => Ok(Ref::none()),
    }
}

fn next(vm: &mut Vm, args: Args<'_>) -> PyResult {
    match vm.next(&args[0])? {
        Some(item) => Ok(item),
        None => match args.get(1) {
            Some(default) => Ok(default.clone()),
            None => Err(vm.stop_iteration(None)),
        },
    }
}

fn aiter(vm: &mut Vm, args: Args<'_>) -> PyResult {
    match vm.type_of(&args[0]).slot(|slots| slots.aiter) {
        Some(aiter) => aiter(vm, &args[0]),
        None => {
            let name = vm.type_of(&args[0]).name();
            Err(vm.type_error(format!("'{name}' object is not an async iterable")))
        }
    }
}

pub(super) const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "len",
        "(obj, /)",
        "Return the number of items in a container.",
        len,
    ),
    MethodDef::new(
        "all",
        "(iterable, /)",
        "Return True if bool(x) is True for all values x in the iterable.\n\nIf the iterable is empty, return True.",
        all,
    ),
    MethodDef::new(
        "any",
        "(iterable, /)",
        "Return True if bool(x) is True for any x in the iterable.\n\nIf the iterable is empty, return False.",
        any,
    ),
    MethodDef::new(
        "sorted",
        "",
        "Return a new list containing all items from the iterable in ascending order.\n\nA custom key function can be supplied to customize the sort order, and the\nreverse flag can be set to request the result in descending order.",
        sorted,
    ),
    MethodDef::new(
        "min",
        "",
        "With a single iterable argument, return its smallest item. The\ndefault keyword-only argument specifies an object to return if\nthe provided iterable is empty.\nWith two or more positional arguments, return the smallest argument.",
        |vm, args| extreme(vm, args, "min", CompareOp::Lt),
    ),
    MethodDef::new(
        "max",
        "",
        "With a single iterable argument, return its biggest item. The\ndefault keyword-only argument specifies an object to return if\nthe provided iterable is empty.\nWith two or more positional arguments, return the largest argument.",
        |vm, args| extreme(vm, args, "max", CompareOp::Gt),
    ),
    MethodDef::new(
        "iter",
        "",
        "Get an iterator from an object.\n\nIn the first form, the argument must supply its own iterator, or be a sequence.\nIn the second form, the callable is called until it returns the sentinel.",
        iter,
    ),
    MethodDef::new(
        "next",
        "(iterator, default=<unrepresentable>, /)",
        "Return the next item from the iterator.\n\nIf default is given and the iterator is exhausted,\nit is returned instead of raising StopIteration.",
        next,
    ),
    MethodDef::new(
        "anext",
        "(async_iterator, default=<unrepresentable>, /)",
        "Return the next item from the async iterator.\n\nIf default is given and the async iterator is exhausted,\nit is returned instead of raising StopAsyncIteration.",
        super::anext::anext,
    ),
    MethodDef::new(
        "aiter",
        "(async_iterable, /)",
        "Return an AsyncIterator for an AsyncIterable object.",
        aiter,
    ),
];
