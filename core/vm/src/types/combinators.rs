//! `enumerate`, `zip`, `map`, `filter`: iterators over iterators.
#![forbid(unsafe_code)]

use num_bigint::BigInt;

use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{Args, Guarded, MethodDef, Ref, Slots, Ty, TypeDef, Visitor};
use crate::types::convert;
use crate::types::iterators::itself;
use crate::vm::Vm;

struct Enumerate {
    iterator: Ref,
    next: Guarded<BigInt>,
}

impl Payload for Enumerate {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.iterator);
    }
}

fn enumerate_new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let bound = convert::bind(vm, "enumerate", "(iterable, start=0)", args)?;
    let Some(iterable) = &bound[0] else {
        return Err(vm.type_error("enumerate() missing required argument 'iterable'"));
    };
    let start = match &bound[1] {
        Some(start) => {
            let start = vm.index(start)?;
            convert::int(&start).big().into_owned()
        }
        None => BigInt::default(),
    };
    let iterator = vm.iter(iterable)?;
    Ok(vm.new_object(
        ty,
        Enumerate {
            iterator,
            next: Guarded::new(start),
        },
    ))
}

fn enumerate_next(vm: &mut Vm, value: &Ref) -> PyResult<Option<Ref>> {
    let this: &Enumerate = value.payload();
    let Some(item) = vm.next(&this.iterator)? else {
        return Ok(None);
    };
    let next = this.next.get_mut(vm);
    let index = next.clone();
    *next += 1;
    let index = vm.new_bigint(index);
    Ok(Some(vm.new_pair(index, item)))
}

/// `enumerate`
pub(crate) const ENUMERATE: TypeDef = TypeDef {
    name: "enumerate",
    doc: "enumerate(iterable, start=0)\n--\n\nReturn an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nThe enumerate object yields pairs containing a count (from start, which\ndefaults to zero) and a value yielded by the iterable argument.\n\nenumerate is useful for obtaining an indexed list:\n    (0, seq[0]), (1, seq[1]), (2, seq[2]), ...",
    slots: Slots {
        iter: Some(itself),
        iternext: Some(enumerate_next),
        new: Some(enumerate_new),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "__reduce__",
            "($self, /)",
            "Return state information for pickling.",
            |vm, args| {
                let this: &Enumerate = args.this();
                let next = this.next.get(vm).clone();
                let next = vm.new_bigint(next);
                let state = vm.new_pair(this.iterator.clone(), next);
                let ty = vm.type_of(&args[0]).to_ref();
                Ok(vm.new_pair(ty, state))
            },
        ),
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

/// The payload of `zip` and `map`.
struct Several {
    function: Option<Ref>,
    iterators: Vec<Ref>,
    strict: bool,
    name: &'static str,
}

impl Payload for Several {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit_opt(self.function.as_ref());
        for iterator in &self.iterators {
            visitor.visit(iterator);
        }
    }
}

/// The `strict` keyword, the only one there is.
fn strict(vm: &mut Vm, args: Args<'_>, name: &str) -> PyResult<bool> {
    let mut strict = false;
    for (key, value) in args.keywords() {
        if crate::types::str::text(key) != "strict" {
            let key = vm.text_of(key);
            return Err(vm.type_error(format!(
                "{name}() got an unexpected keyword argument '{key}'"
            )));
        }
        strict = vm.is_true(value)?;
    }
    Ok(strict)
}

fn zip_new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let strict = strict(vm, args, "zip")?;
    let mut iterators = Vec::new();
    for iterable in args.positional() {
        iterators.push(vm.iter(iterable)?);
    }
    Ok(vm.new_object(
        ty,
        Several {
            function: None,
            iterators,
            strict,
            name: "zip",
        },
    ))
}

fn map_new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let strict = strict(vm, args, "map")?;
    let Some((function, iterables)) = args
        .positional()
        .split_first()
        .filter(|(_, rest)| !rest.is_empty())
    else {
        return Err(vm.type_error("map() must have at least two arguments."));
    };
    let mut iterators = Vec::new();
    for iterable in iterables {
        iterators.push(vm.iter(iterable)?);
    }
    Ok(vm.new_object(
        ty,
        Several {
            function: Some(function.clone()),
            iterators,
            strict,
            name: "map",
        },
    ))
}

/// The next item of each iterator, `None` when the first of them ends.
fn next_items(vm: &mut Vm, this: &Several) -> PyResult<Option<Vec<Ref>>> {
    let mut items = Vec::with_capacity(this.iterators.len());
    for (index, iterator) in this.iterators.iter().enumerate() {
        match vm.next(iterator)? {
            Some(item) => items.push(item),
            None if this.strict => return uneven(vm, this, index).map(|()| None),
            None => return Ok(None),
        }
    }
    Ok(Some(items))
}

/// Complains if the iterators do not end together; the one at `ended` did.
fn uneven(vm: &mut Vm, this: &Several, ended: usize) -> PyResult<()> {
    let others = |count: usize| {
        if count == 1 {
            "argument 1".to_owned()
        } else {
            format!("arguments 1-{count}")
        }
    };
    let name = this.name;
    if ended > 0 {
        let message = format!(
            "{name}() argument {} is shorter than {}",
            ended + 1,
            others(ended)
        );
        return Err(vm.value_error(message));
    }
    for (index, iterator) in this.iterators.iter().enumerate().skip(1) {
        if vm.next(iterator)?.is_some() {
            let message = format!(
                "{name}() argument {} is longer than {}",
                index + 1,
                others(index)
            );
            return Err(vm.value_error(message));
        }
    }
    Ok(())
}

fn several_reduce(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this: &Several = args.this();
    let items = this
        .function
        .iter()
        .chain(&this.iterators)
        .cloned()
        .collect();
    let items = vm.new_tuple(items);
    let ty = vm.type_of(&args[0]).to_ref();
    let mut parts = vec![ty, items];
    if this.strict {
        parts.push(Ref::bool(true));
    }
    Ok(vm.new_tuple(parts))
}

const SEVERAL_METHODS: &[MethodDef] = &[MethodDef::new(
    "__reduce__",
    "($self, /)",
    "Return state information for pickling.",
    several_reduce,
)];

/// `zip`
pub(crate) const ZIP: TypeDef = TypeDef {
    name: "zip",
    doc: "zip(*iterables, strict=False)\n--\n\nThe zip object yields n-length tuples, where n is the number of iterables\npassed as positional arguments to zip().  The i-th element in every tuple\ncomes from the i-th iterable argument to zip().  This continues until the\nshortest argument is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the others,\nraise a ValueError.\n\n   >>> list(zip('abcdefg', range(3), range(4)))\n   [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]",
    slots: Slots {
        iter: Some(itself),
        iternext: Some(|vm, value| {
            let this: &Several = value.payload();
            if this.iterators.is_empty() {
                return Ok(None);
            }
            Ok(next_items(vm, this)?.map(|items| vm.new_tuple(items)))
        }),
        new: Some(zip_new),
        ..Slots::EMPTY
    },
    methods: SEVERAL_METHODS,
    ..TypeDef::EMPTY
};

/// `map`
pub(crate) const MAP: TypeDef = TypeDef {
    name: "map",
    doc: "map(function, iterable, /, *iterables, strict=False)\n--\n\nMake an iterator that computes the function using arguments from\neach of the iterables.  Stops when the shortest iterable is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the others,\nraise a ValueError.",
    slots: Slots {
        iter: Some(itself),
        iternext: Some(|vm, value| {
            let this: &Several = value.payload();
            let Some(items) = next_items(vm, this)? else {
                return Ok(None);
            };
            match &this.function {
                Some(function) => vm.call(function, &items).map(Some),
                None => Ok(None),
            }
        }),
        new: Some(map_new),
        ..Slots::EMPTY
    },
    methods: SEVERAL_METHODS,
    ..TypeDef::EMPTY
};

struct Filter {
    function: Ref,
    iterator: Ref,
}

impl Payload for Filter {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.function);
        visitor.visit(&self.iterator);
    }
}

fn filter_new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let given = convert::positional(vm, "filter", args, 2, 2)?;
    let iterator = vm.iter(&given[1])?;
    Ok(vm.new_object(
        ty,
        Filter {
            function: given[0].clone(),
            iterator,
        },
    ))
}

fn filter_next(vm: &mut Vm, value: &Ref) -> PyResult<Option<Ref>> {
    let this: &Filter = value.payload();
    while let Some(item) = vm.next(&this.iterator)? {
        vm.charge(1)?;
        let keep = if this.function.is_none() || this.function.is(&vm.types.bool.to_ref()) {
            vm.is_true(&item)?
        } else {
            let answer = vm.call(&this.function, std::slice::from_ref(&item))?;
            vm.is_true(&answer)?
        };
        if keep {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

/// `filter`
pub(crate) const FILTER: TypeDef = TypeDef {
    name: "filter",
    doc: "filter(function, iterable, /)\n--\n\nReturn an iterator yielding those items of iterable for which function(item)\nis true. If function is None, return the items that are true.",
    slots: Slots {
        iter: Some(itself),
        iternext: Some(filter_next),
        new: Some(filter_new),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new(
        "__reduce__",
        "($self, /)",
        "Return state information for pickling.",
        |vm, args| {
            let this: &Filter = args.this();
            let state = vm.new_pair(this.function.clone(), this.iterator.clone());
            let ty = vm.type_of(&args[0]).to_ref();
            Ok(vm.new_pair(ty, state))
        },
    )],
    ..TypeDef::EMPTY
};
