//! `tuple`.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::hash::TupleHasher;
use crate::object::{Args, CompareOp, MethodDef, Ref, Slots, TupleIter, Ty, TypeDef};
use crate::types::convert::{self, Subscript};
use crate::vm::Vm;

fn this(value: &Ref) -> &[Ref] {
    value.as_tuple().map_or(&[], |tuple| tuple)
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let bound = convert::bind(vm, "tuple", "(iterable=(), /)", args)?;
    let Some(iterable) = &bound[0] else {
        return Ok(vm.new_tuple_of(ty, Vec::new()));
    };
    if ty.is(vm.types.tuple) && vm.is_exact(iterable, ty) {
        return Ok(iterable.clone());
    }
    let items = vm.collect(iterable)?;
    Ok(vm.new_tuple_of(ty, items))
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let items = this(value);
    let close = if items.len() == 1 { ",)" } else { ")" };
    if items.len() == 1 && !vm.repr_enter(value) {
        return Ok(vm.new_str("(...)"));
    }
    if items.len() == 1 {
        vm.repr_leave();
    }
    convert::container_repr(vm, value, ("(", close), |_, index| {
        Ok(items.get(index).map(|item| vec![item.clone()]))
    })
}

fn hash(vm: &mut Vm, value: &Ref) -> PyResult<i64> {
    vm.check_depth(" while calling a Python object")?;
    let mut hasher = TupleHasher::new();
    for item in this(value) {
        hasher.push(vm.hash(item)?);
    }
    Ok(hasher.finish())
}

fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.as_tuple(), b.as_tuple()) else {
        return Ok(Ref::not_implemented());
    };
    vm.check_depth(" in comparison")?;
    super::list::compare_items(
        vm,
        op,
        |_| (left.len(), right.len()),
        |_, index| left.get(index).cloned().zip(right.get(index).cloned()),
    )
}

fn subscript(vm: &mut Vm, value: &Ref, key: &Ref) -> PyResult {
    let items = this(value);
    match convert::subscript(vm, key, "tuple", |_| items.len())? {
        Subscript::Index(index) => Ok(items[index].clone()),
        Subscript::Slice(selection) => {
            if selection.count == items.len()
                && selection.step == 1
                && vm.is_exact(value, vm.types.tuple)
            {
                return Ok(value.clone());
            }
            vm.charge(selection.count / 16)?;
            Ok(vm.new_tuple(selection.positions().map(|at| items[at].clone()).collect()))
        }
    }
}

fn contains(vm: &mut Vm, value: &Ref, wanted: &Ref) -> PyResult<bool> {
    for item in this(value) {
        vm.charge(1)?;
        if item.is(wanted) || vm.eq(item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn concat(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let Some(right) = b.as_tuple() else {
        let name = vm.type_of(b).name();
        return Err(vm.type_error(format!(
            "can only concatenate tuple (not \"{name}\") to tuple"
        )));
    };
    if right.is_empty() && vm.is_exact(a, vm.types.tuple) {
        return Ok(a.clone());
    }
    if this(a).is_empty() && vm.is_exact(b, vm.types.tuple) {
        return Ok(b.clone());
    }
    vm.check_memory((this(a).len() + right.len()) * 8)?;
    vm.charge((this(a).len() + right.len()) / 16)?;
    Ok(vm.new_tuple([this(a), right].concat()))
}

fn repeat(vm: &mut Vm, a: &Ref, count: isize) -> PyResult {
    if count == 1 && vm.is_exact(a, vm.types.tuple) {
        return Ok(a.clone());
    }
    let items = super::list::repeat_items(vm, this(a), count)?;
    Ok(vm.new_tuple(items))
}

fn index(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let items = this(&args[0]);
    let (start, stop) = super::list::index_bounds(vm, args, items.len())?;
    for (at, item) in items.iter().enumerate().take(stop).skip(start) {
        if item.is(&args[1]) || vm.eq(item, &args[1])? {
            return Ok(vm.new_usize(at));
        }
    }
    Err(vm.value_error("tuple.index(x): x not in tuple"))
}

fn count(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let mut found = 0;
    for item in this(&args[0]) {
        if item.is(&args[1]) || vm.eq(item, &args[1])? {
            found += 1;
        }
    }
    Ok(vm.new_usize(found))
}

/// `tuple`
pub(crate) const TUPLE: TypeDef = TypeDef {
    name: "tuple",
    doc: "tuple(iterable=(), /)\n--\n\nBuilt-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is initialized from iterable's items.\n\nIf the argument is a tuple, the return value is the same object.",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        iter: Some(|vm, value| Ok(vm.tuple_iter(value))),
        new: Some(new),
        length: Some(|_, value| Ok(this(value).len())),
        subscript: Some(subscript),
        contains: Some(contains),
        concat: Some(concat),
        repeat: Some(repeat),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "index",
            "($self, value, start=0, stop=sys.maxsize, /)",
            "Return first index of value.\n\nRaises ValueError if the value is not present.",
            index,
        ),
        MethodDef::new(
            "count",
            "($self, value, /)",
            "Return number of occurrences of value.",
            count,
        ),
        MethodDef::new("__getnewargs__", "($self, /)", "", |vm, args| {
            let copy = vm.new_tuple(this(&args[0]).to_vec());
            Ok(vm.new_tuple(vec![copy]))
        }),
        MethodDef::new(
            "__class_getitem__",
            "($type, object, /)",
            "See PEP 585",
            super::generic_alias::class_getitem,
        )
        .class(),
    ],
    ..TypeDef::EMPTY
};

/// `tuple_iterator`
pub(crate) const TUPLE_ITERATOR: TypeDef = TypeDef {
    name: "tuple_iterator",
    slots: Slots {
        iter: Some(|_, iterator| Ok(iterator.clone())),
        iternext: Some(|_, iterator| {
            let this: &TupleIter = iterator.payload();
            let Some(tuple) = this.tuple.get() else {
                return Ok(None);
            };
            let index = this.index.get();
            match tuple.as_tuple().and_then(|tuple| tuple.get(index)) {
                Some(item) => {
                    this.index.set(index + 1);
                    Ok(Some(item.clone()))
                }
                None => {
                    this.tuple.take();
                    Ok(None)
                }
            }
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "__length_hint__",
            "($self, /)",
            "Private method returning an estimate of len(list(it)).",
            |vm, args| {
                let this: &TupleIter = args.this();
                let left = this
                    .tuple
                    .get()
                    .and_then(|tuple| tuple.as_tuple().map(|tuple| tuple.len()))
                    .unwrap_or(0);
                Ok(vm.new_usize(left.saturating_sub(this.index.get())))
            },
        ),
        MethodDef::new(
            "__reduce__",
            "($self, /)",
            "Return state information for pickling.",
            |vm, args| {
                let this: &TupleIter = args.this();
                match this.tuple.get() {
                    Some(tuple) => {
                        let index = vm.new_usize(this.index.get());
                        super::iterators::reduce(vm, "iter", tuple, Some(index))
                    }
                    None => {
                        let empty = vm.new_tuple(Vec::new());
                        super::iterators::reduce(vm, "iter", empty, None)
                    }
                }
            },
        ),
        MethodDef::new(
            "__setstate__",
            "($self, object, /)",
            "Set state information for unpickling.",
            |vm, args| {
                let index = vm.index_isize(&args[1], "")?.max(0) as usize;
                args.this::<TupleIter>().index.set(index);
                Ok(Ref::none())
            },
        ),
    ],
    ..TypeDef::EMPTY
};
