//! `chain`, `starmap`, `accumulate`, `pairwise`, `zip_longest`, `batched`.

use std::cell::Cell;

use vitrine_vm::object::{
    Args, BinaryOp, MethodDef, Payload, Ref, Signature, Slot, Slots, Ty, TypeDef, Visitor,
};
use vitrine_vm::{PyResult, Vm};

use super::{ITERATOR, Params, advance, bound, params, required};

pub(super) const TYPES: &[TypeDef] = &[
    TypeDef {
        name: "chain",
        doc: "chain(*iterables)\n--\n\nReturn the items of the first iterable, then of the second, ...",
        slots: Slots {
            new: Some(new_chain),
            iternext: Some(next_chain),
            ..ITERATOR.slots
        },
        methods: &[MethodDef::new(
            "from_iterable",
            "($type, iterable, /)",
            "Chain the iterables that an iterable gives.",
            from_iterable,
        )
        .class()],
        ..ITERATOR
    },
    TypeDef {
        name: "starmap",
        doc: "starmap(function, iterable, /)\n--\n\nReturn function(*args) for each args of the iterable.",
        slots: Slots {
            new: Some(new_starmap),
            iternext: Some(next_starmap),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "accumulate",
        doc: "accumulate(iterable, func=None, *, initial=None)\n--\n\nReturn the running totals.",
        slots: Slots {
            new: Some(new_accumulate),
            iternext: Some(next_accumulate),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "pairwise",
        doc: "pairwise(iterable, /)\n--\n\nReturn each item with its successor.",
        slots: Slots {
            new: Some(new_pairwise),
            iternext: Some(next_pairwise),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "zip_longest",
        doc: "zip_longest(*iterables, fillvalue=None)\n--\n\nReturn tuples as long as any iterable has items.",
        slots: Slots {
            new: Some(new_zip_longest),
            iternext: Some(next_zip_longest),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "batched",
        doc: "batched(iterable, n, *, strict=False)\n--\n\nReturn tuples of n items, the last perhaps shorter.",
        slots: Slots {
            new: Some(new_batched),
            iternext: Some(next_batched),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
];

/// One or two iterators and what else an iterator keeps.
struct Chain {
    source: Slot,
    active: Slot,
}

impl Payload for Chain {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.source.visit(visitor);
        self.active.visit(visitor);
    }

    fn clear(&self) {
        self.source.take();
        self.active.take();
    }
}

fn new_chain(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(*iterables)"));
    let mut given = bound(vm, &PARAMS, "chain", args)?;
    let source = vm.iter(&required(&mut given, 0))?;
    Ok(vm.new_object(
        ty,
        Chain {
            source: source.into(),
            active: Slot::empty(),
        },
    ))
}

fn from_iterable(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let ty = args[0].as_type().expect("a class method has a class");
    let source = vm.iter(&args[1])?;
    Ok(vm.new_object(
        ty,
        Chain {
            source: source.into(),
            active: Slot::empty(),
        },
    ))
}

fn next_chain(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let chain: &Chain = this.payload();
    loop {
        if let Some(item) = advance(vm, &chain.active)? {
            return Ok(Some(item));
        }
        let Some(iterable) = advance(vm, &chain.source)? else {
            return Ok(None);
        };
        vm.charge(1)?;
        let active = vm.iter(&iterable)?;
        chain.active.set(Some(active));
    }
}

struct Starmap {
    function: Ref,
    source: Slot,
}

impl Payload for Starmap {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.function);
        self.source.visit(visitor);
    }

    fn clear(&self) {
        self.source.take();
    }
}

fn new_starmap(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(function, iterable, /)"));
    let mut given = bound(vm, &PARAMS, "starmap", args)?;
    let (function, iterable) = (required(&mut given, 0), required(&mut given, 1));
    let source = vm.iter(&iterable)?;
    Ok(vm.new_object(
        ty,
        Starmap {
            function,
            source: source.into(),
        },
    ))
}

fn next_starmap(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let starmap: &Starmap = this.payload();
    let Some(item) = advance(vm, &starmap.source)? else {
        return Ok(None);
    };
    let arguments = vm.collect(&item)?;
    vm.call(&starmap.function, &arguments).map(Some)
}

struct Accumulate {
    source: Slot,
    function: Option<Ref>,
    total: Slot,
    /// Not yet returned: the initial value.
    initial: Slot,
}

impl Payload for Accumulate {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.source.visit(visitor);
        visitor.visit_opt(self.function.as_ref());
        self.total.visit(visitor);
        self.initial.visit(visitor);
    }

    fn clear(&self) {
        self.source.take();
        self.total.take();
    }
}

fn new_accumulate(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(iterable, func=None, *, initial=None)"));
    let mut given = bound(vm, &PARAMS, "accumulate", args)?;
    let source = vm.iter(&required(&mut given, 0))?;
    let given_or_none = |value: Option<Ref>| value.filter(|value| !value.is_none());
    let function = given_or_none(given[1].take());
    let initial = Slot::empty();
    initial.set(given_or_none(given[2].take()));
    let payload = Accumulate {
        source: source.into(),
        function,
        total: Slot::empty(),
        initial,
    };
    Ok(vm.new_object(ty, payload))
}

fn next_accumulate(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let accumulate: &Accumulate = this.payload();
    if let Some(initial) = accumulate.initial.take() {
        accumulate.total.set(Some(initial.clone()));
        return Ok(Some(initial));
    }
    let Some(item) = advance(vm, &accumulate.source)? else {
        return Ok(None);
    };
    let total = match (accumulate.total.get(), &accumulate.function) {
        (None, _) => item,
        (Some(total), None) => vm.binary(BinaryOp::Add, &total, &item)?,
        (Some(total), Some(function)) => vm.call(function, &[total, item])?,
    };
    accumulate.total.set(Some(total.clone()));
    Ok(Some(total))
}

struct Pairwise {
    source: Slot,
    previous: Slot,
}

impl Payload for Pairwise {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.source.visit(visitor);
        self.previous.visit(visitor);
    }

    fn clear(&self) {
        self.source.take();
        self.previous.take();
    }
}

fn new_pairwise(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(iterable, /)"));
    let mut given = bound(vm, &PARAMS, "pairwise", args)?;
    let source = vm.iter(&required(&mut given, 0))?;
    Ok(vm.new_object(
        ty,
        Pairwise {
            source: source.into(),
            previous: Slot::empty(),
        },
    ))
}

fn next_pairwise(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let pairwise: &Pairwise = this.payload();
    if pairwise.previous.is_empty() {
        let first = advance(vm, &pairwise.source)?;
        pairwise.previous.set(first);
    }
    let Some(next) = advance(vm, &pairwise.source)? else {
        pairwise.previous.take();
        return Ok(None);
    };
    let previous = pairwise.previous.replace(Some(next.clone()));
    Ok(previous.map(|previous| vm.new_pair(previous, next)))
}

struct ZipLongest {
    sources: Vec<Slot>,
    fill: Ref,
}

impl Payload for ZipLongest {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for source in &self.sources {
            source.visit(visitor);
        }
        visitor.visit(&self.fill);
    }

    fn clear(&self) {
        for source in &self.sources {
            source.take();
        }
    }
}

fn new_zip_longest(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(*iterables, fillvalue=None)"));
    let mut given = bound(vm, &PARAMS, "zip_longest", args)?;
    // Keyword-only parameters stand before `*iterables`.
    let fill = given[0].take().unwrap_or_else(Ref::none);
    let iterables = required(&mut given, 1);
    let mut sources = Vec::new();
    for iterable in iterables
        .as_tuple()
        .into_iter()
        .flat_map(|tuple| tuple.iter())
    {
        sources.push(vm.iter(iterable)?.into());
    }
    Ok(vm.new_object(ty, ZipLongest { sources, fill }))
}

fn next_zip_longest(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let zip: &ZipLongest = this.payload();
    let mut items = Vec::with_capacity(zip.sources.len());
    let mut any = false;
    for source in &zip.sources {
        let item = advance(vm, source)?;
        any |= item.is_some();
        items.push(item.unwrap_or_else(|| zip.fill.clone()));
    }
    Ok(any.then(|| vm.new_tuple(items)))
}

struct Batched {
    source: Slot,
    size: usize,
    strict: Cell<bool>,
}

impl Payload for Batched {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.source.visit(visitor);
    }

    fn clear(&self) {
        self.source.take();
    }
}

fn new_batched(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(iterable, n, *, strict=False)"));
    let mut given = bound(vm, &PARAMS, "batched", args)?;
    let size = vm.index_isize(&required(&mut given, 1), "n")?;
    let Some(size) = usize::try_from(size).ok().filter(|&size| size > 0) else {
        return Err(vm.value_error("n must be at least one"));
    };
    let strict = match &given[2] {
        Some(strict) => vm.is_true(strict)?,
        None => false,
    };
    let source = vm.iter(&required(&mut given, 0))?;
    Ok(vm.new_object(
        ty,
        Batched {
            source: source.into(),
            size,
            strict: Cell::new(strict),
        },
    ))
}

fn next_batched(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let batched: &Batched = this.payload();
    let mut items = Vec::new();
    while items.len() < batched.size {
        let Some(item) = advance(vm, &batched.source)? else {
            break;
        };
        vm.charge(1)?;
        vm.check_memory(8)?;
        items.push(item);
    }
    if items.is_empty() {
        return Ok(None);
    }
    if batched.strict.get() && items.len() < batched.size {
        return Err(vm.value_error("batched(): incomplete batch"));
    }
    Ok(Some(vm.new_tuple(items)))
}
