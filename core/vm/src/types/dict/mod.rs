//! `dict`: the methods; the table itself is `crate::object::dict`.
#![forbid(unsafe_code)]

pub(crate) mod iter;
pub(crate) mod views;

use crate::error::{Exc, PyResult};
use crate::object::{Args, CompareOp, Dict, MethodDef, Ref, Slots, Ty, TypeDef};
use crate::types::convert;
use crate::vm::Vm;
use iter::{Order, What};
use views::View;

pub(crate) fn this(value: &Ref) -> &Dict {
    value.payload()
}

/// The hash of a key; a failure says what the key was for.
pub(crate) fn key_hash(vm: &mut Vm, key: &Ref, role: &str) -> PyResult<i64> {
    match vm.hash(key) {
        Err(error) if vm.exc_is(&error, vm.exc.TypeError) => Err(unhashable(vm, key, error, role)),
        result => result,
    }
}

fn unhashable(vm: &mut Vm, key: &Ref, error: Exc, role: &str) -> Exc {
    if !vm.is_exact(error.value(), vm.exc.TypeError) {
        return error;
    }
    let Ok(reason) = vm.str(error.value()) else {
        return error;
    };
    let (name, reason) = (vm.type_of(key).name(), vm.text_of(&reason));
    let better = vm.type_error(format!("cannot use '{name}' as a {role} ({reason})"));
    let cause = error.into_value();
    if let Some(exception) = better.value().downcast::<crate::object::Exception>() {
        exception.cause.set(Some(cause.clone()));
        exception.context.set(Some(cause));
        exception.suppress_context.set(true);
    }
    better
}

/// `d[key]` without `__missing__`.
pub(crate) fn lookup(vm: &mut Vm, dict: &Dict, key: &Ref) -> PyResult<Option<Ref>> {
    let hash = key_hash(vm, key, "dict key")?;
    dict.get_hashed(vm, key, hash)
}

fn new(vm: &mut Vm, ty: Ty, _args: Args<'_>) -> PyResult {
    let dict = Dict::default();
    dict.version.set(vm.next_dict_version());
    Ok(vm.new_object(ty, dict))
}

fn init(vm: &mut Vm, value: &Ref, args: Args<'_>) -> PyResult<()> {
    update_args(vm, value, args.positional(), args, "dict")
}

fn update_args(
    vm: &mut Vm,
    value: &Ref,
    positional: &[Ref],
    args: Args<'_>,
    name: &str,
) -> PyResult<()> {
    if positional.len() > 1 {
        return Err(vm.type_error(format!(
            "{name} expected at most 1 argument, got {}",
            positional.len()
        )));
    }
    if let Some(source) = positional.first() {
        merge(vm, value, source)?;
    }
    for (key, item) in args.keywords() {
        this(value).insert(vm, key, item.clone())?;
    }
    Ok(())
}

/// `dict.update(source)`: a mapping, or pairs.
pub(crate) fn merge(vm: &mut Vm, value: &Ref, source: &Ref) -> PyResult<()> {
    // A subclass with its own `__iter__` is asked for its keys.
    let iter = |ty: Ty| ty.slot(|slots| slots.iter.map(|iter| iter as usize));
    if let Some(other) = source.downcast::<Dict>()
        && iter(vm.type_of(source)) == iter(vm.types.dict)
    {
        return merge_dict(vm, this(value), other);
    }
    let keys = vm.names.keys.clone();
    match vm.lookup_attr(source, &keys)? {
        Some(keys) => {
            let keys = vm.call(&keys, &[])?;
            let iterator = vm.iter(&keys)?;
            while let Some(key) = vm.next(&iterator)? {
                vm.charge(1)?;
                let item = vm.get_item(source, &key)?;
                let hash = key_hash(vm, &key, "dict key")?;
                this(value).insert_hashed(vm, &key, hash, item)?;
            }
            Ok(())
        }
        None => merge_pairs(vm, value, source),
    }
}

fn merge_dict(vm: &mut Vm, target: &Dict, source: &Dict) -> PyResult<()> {
    if std::ptr::eq(target, source) {
        return Ok(());
    }
    let len = source.len(vm);
    vm.charge(len / 4)?;
    vm.check_memory(len * 32)?;
    let mut position = 0;
    let version = source.version.get();
    while let Some((at, key, item)) = source.table(vm).next_entry(position) {
        let (key, item) = (key.clone(), item.clone());
        position = at + 1;
        target.insert(vm, &key, item)?;
        if source.version.get() != version {
            return Err(vm.runtime_error("dict mutated during update"));
        }
    }
    Ok(())
}

fn merge_pairs(vm: &mut Vm, value: &Ref, source: &Ref) -> PyResult<()> {
    let iterator = vm.iter(source)?;
    let mut index = 0;
    while let Some(pair) = vm.next(&iterator)? {
        vm.charge(1)?;
        if vm
            .type_of(&pair)
            .slot(|slots| slots.iter.is_none() && slots.item.is_none() && slots.subscript.is_none())
        {
            let error = vm.type_error("object is not iterable");
            let note = vm.new_str(&format!(
                "Cannot convert dictionary update sequence element #{index} to a sequence"
            ));
            let _ = vm.call_method(error.value(), "add_note", &[note])?;
            return Err(error);
        }
        let items = vm.collect(&pair)?;
        let [key, item] = &items[..] else {
            return Err(vm.value_error(format!(
                "dictionary update sequence element #{index} has length {}; 2 is required",
                items.len()
            )));
        };
        let hash = key_hash(vm, key, "dict key")?;
        this(value).insert_hashed(vm, key, hash, item.clone())?;
        index += 1;
    }
    Ok(())
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let mut position = 0;
    convert::container_repr(vm, value, ("{", "}"), |vm, _| {
        let table = this(value).table(vm);
        Ok(table.next_entry(position).map(|(at, key, item)| {
            position = at + 1;
            vec![key.clone(), item.clone()]
        }))
    })
}

fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.downcast::<Dict>(), b.downcast::<Dict>()) else {
        return Ok(Ref::not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::not_implemented());
    }
    vm.check_depth(" in comparison")?;
    let equal = equal(vm, left, right)?;
    Ok(Ref::bool(equal == (op == CompareOp::Eq)))
}

fn equal(vm: &mut Vm, left: &Dict, right: &Dict) -> PyResult<bool> {
    if left.len(vm) != right.len(vm) {
        return Ok(false);
    }
    let mut position = 0;
    while let Some((at, key, item)) = left.table(vm).next_entry(position) {
        let (key, item) = (key.clone(), item.clone());
        position = at + 1;
        vm.charge(1)?;
        match right.get(vm, &key)? {
            Some(other) if other.is(&item) || vm.eq(&item, &other)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn subscript(vm: &mut Vm, value: &Ref, key: &Ref) -> PyResult {
    if let Some(item) = lookup(vm, this(value), key)? {
        return Ok(item);
    }
    if !vm.is_exact(value, vm.types.dict) {
        let name = vm.names.__missing__.clone();
        if let Some(item) = vm.call_special(value, &name, std::slice::from_ref(key))? {
            return Ok(item);
        }
    }
    Err(vm.key_error(key))
}

fn ass_subscript(vm: &mut Vm, value: &Ref, key: &Ref, item: Option<&Ref>) -> PyResult<()> {
    let hash = key_hash(vm, key, "dict key")?;
    match item {
        Some(item) => this(value)
            .insert_hashed(vm, key, hash, item.clone())
            .map(drop),
        None => match this(value).remove_hashed(vm, key, hash)? {
            Some(old) => {
                drop(old);
                Ok(())
            }
            None => Err(vm.key_error(key)),
        },
    }
}

fn contains(vm: &mut Vm, value: &Ref, key: &Ref) -> PyResult<bool> {
    Ok(lookup(vm, this(value), key)?.is_some())
}

/// `a | b`
fn or(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    if a.downcast::<Dict>().is_none() || b.downcast::<Dict>().is_none() {
        return Ok(Ref::not_implemented());
    }
    let result = copy(vm, a)?;
    merge(vm, &result, b)?;
    Ok(result)
}

/// A plain dict with the same items.
pub(crate) fn copy(vm: &mut Vm, value: &Ref) -> PyResult {
    let result = vm.new_dict();
    merge_dict(vm, this(&result), this(value))?;
    Ok(result)
}

fn fromkeys(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let value = args.get(2).cloned().unwrap_or_else(Ref::none);
    let result = vm.call(&args[0], &[])?;
    let iterator = vm.iter(&args[1])?;
    let exact = vm.is_exact(&result, vm.types.dict);
    while let Some(key) = vm.next(&iterator)? {
        vm.charge(1)?;
        if exact {
            ass_subscript(vm, &result, &key, Some(&value))?;
        } else {
            vm.set_item(&result, &key, &value)?;
        }
    }
    Ok(result)
}

fn setdefault(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let dict: &Dict = args.this();
    let hash = key_hash(vm, &args[1], "dict key")?;
    if let Some(item) = dict.get_hashed(vm, &args[1], hash)? {
        return Ok(item);
    }
    let item = args.get(2).cloned().unwrap_or_else(Ref::none);
    dict.insert_hashed(vm, &args[1], hash, item.clone())?;
    Ok(item)
}

fn pop(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let dict: &Dict = args.this();
    // An empty dict does not ask for the hash.
    let removed = if dict.is_empty(vm) {
        None
    } else {
        let hash = key_hash(vm, &args[1], "dict key")?;
        dict.remove_hashed(vm, &args[1], hash)?
    };
    match (removed, args.get(2)) {
        (Some((_, item)), _) => Ok(item),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(vm.key_error(&args[1])),
    }
}

fn popitem(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let dict: &Dict = args.this();
    let table = dict.table(vm);
    let Some((at, _, _)) = table.previous_entry(table.end()) else {
        let message = vm.new_str("popitem(): dictionary is empty");
        return Err(vm.key_error(&message));
    };
    let (key, item) = dict.remove_at(vm, at);
    Ok(vm.new_pair(key, item))
}

const METHODS: &[MethodDef] = &[
    MethodDef::new(
        "get",
        "($self, key, default=None, /)",
        "Return the value for key if key is in the dictionary, else default.",
        |vm, args| {
            let item = lookup(vm, args.this(), &args[1])?;
            Ok(item
                .or_else(|| args.get(2).cloned())
                .unwrap_or_else(Ref::none))
        },
    ),
    MethodDef::new(
        "setdefault",
        "($self, key, default=None, /)",
        "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
        setdefault,
    ),
    MethodDef::new(
        "pop",
        "($self, key, default=<unrepresentable>, /)",
        "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
        pop,
    ),
    MethodDef::new(
        "popitem",
        "($self, /)",
        "Remove and return a (key, value) pair as a 2-tuple.\n\nPairs are returned in LIFO (last-in, first-out) order.\nRaises KeyError if the dict is empty.",
        popitem,
    ),
    MethodDef::new(
        "keys",
        "($self, /)",
        "Return a set-like object providing a view on the dict's keys.",
        |vm, args| Ok(View::make(vm, &args[0], What::Keys)),
    ),
    MethodDef::new(
        "items",
        "($self, /)",
        "Return a set-like object providing a view on the dict's items.",
        |vm, args| Ok(View::make(vm, &args[0], What::Items)),
    ),
    MethodDef::new(
        "values",
        "($self, /)",
        "Return an object providing a view on the dict's values.",
        |vm, args| Ok(View::make(vm, &args[0], What::Values)),
    ),
    MethodDef::new(
        "update",
        "",
        "D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.\nIf E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]\nIf E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v\nIn either case, this is followed by: for k in F:  D[k] = F[k]",
        |vm, args| {
            let (value, rest) = (&args.positional()[0], &args.positional()[1..]);
            update_args(vm, value, rest, args, "update").map(|()| Ref::none())
        },
    ),
    MethodDef::new(
        "fromkeys",
        "($type, iterable, value=None, /)",
        "Create a new dictionary with keys from iterable and values set to value.",
        fromkeys,
    )
    .class(),
    MethodDef::new(
        "clear",
        "($self, /)",
        "Remove all items from the dict.",
        |vm, args| {
            args.this::<Dict>().clear_all(vm);
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "copy",
        "($self, /)",
        "Return a shallow copy of the dict.",
        |vm, args| copy(vm, &args[0]),
    ),
    MethodDef::new(
        "__reversed__",
        "($self, /)",
        "Return a reverse iterator over the dict keys.",
        |vm, args| Ok(iter::make(vm, &args[0], What::Keys, Order::Backward)),
    ),
    MethodDef::new(
        "__sizeof__",
        "($self, /)",
        "Return the size of the dict in memory.",
        |vm, args| {
            let len = args.this::<Dict>().len(vm);
            Ok(vm.new_usize(
                48 + if len == 0 {
                    0
                } else {
                    136 + len.next_power_of_two() * 24
                },
            ))
        },
    ),
    MethodDef::new(
        "__class_getitem__",
        "($type, object, /)",
        "See PEP 585",
        super::generic_alias::class_getitem,
    )
    .class(),
];

/// `dict`
pub(crate) const DICT: TypeDef = TypeDef {
    name: "dict",
    doc: "dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\ndict(iterable) -> new dictionary initialized as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\ndict(**kwargs) -> new dictionary initialized with the name=value pairs\n    in the keyword argument list.  For example:  dict(one=1, two=2)",
    slots: Slots {
        repr: Some(repr),
        richcompare: Some(richcompare),
        iter: Some(|vm, value| Ok(iter::make(vm, value, What::Keys, Order::Forward))),
        new: Some(new),
        init: Some(init),
        length: Some(|vm, value| Ok(this(value).len(vm))),
        subscript: Some(subscript),
        ass_subscript: Some(ass_subscript),
        contains: Some(contains),
        or: Some(or),
        inplace_or: Some(|vm, a, b| {
            merge(vm, a, b)?;
            Ok(a.clone())
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeDef::EMPTY
};
