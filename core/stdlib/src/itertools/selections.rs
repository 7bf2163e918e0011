//! `compress`, `dropwhile`, `takewhile`, `filterfalse`, `islice`.

use std::cell::Cell;

use vitrine_vm::object::{Args, Payload, Ref, Signature, Slot, Slots, Ty, TypeDef, Visitor};
use vitrine_vm::{Exc, PyResult, Vm};

use super::{ITERATOR, Params, advance, bound, params, required};

pub(super) const TYPES: &[TypeDef] = &[
    TypeDef {
        name: "compress",
        doc: "compress(data, selectors)\n--\n\nReturn the items of data whose selector is true.",
        slots: Slots {
            new: Some(new_compress),
            iternext: Some(next_compress),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "dropwhile",
        doc: "dropwhile(predicate, iterable, /)\n--\n\nLeave out items while the predicate is true.",
        slots: Slots {
            new: Some(new_dropwhile),
            iternext: Some(next_dropwhile),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "takewhile",
        doc: "takewhile(predicate, iterable, /)\n--\n\nReturn items while the predicate is true.",
        slots: Slots {
            new: Some(new_takewhile),
            iternext: Some(next_takewhile),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "filterfalse",
        doc: "filterfalse(function, iterable, /)\n--\n\nReturn the items for which the function is false.",
        slots: Slots {
            new: Some(new_filterfalse),
            iternext: Some(next_filterfalse),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
    TypeDef {
        name: "islice",
        doc: "islice(iterable, stop) or islice(iterable, start, stop[, step])\n\nReturn selected items.",
        slots: Slots {
            new: Some(new_islice),
            iternext: Some(next_islice),
            ..ITERATOR.slots
        },
        ..ITERATOR
    },
];

struct Compress {
    data: Slot,
    selectors: Slot,
}

impl Payload for Compress {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.data.visit(visitor);
        self.selectors.visit(visitor);
    }

    fn clear(&self) {
        self.data.take();
        self.selectors.take();
    }
}

fn new_compress(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(data, selectors)"));
    let mut given = bound(vm, &PARAMS, "compress", args)?;
    let data = vm.iter(&required(&mut given, 0))?;
    let selectors = vm.iter(&required(&mut given, 1))?;
    Ok(vm.new_object(
        ty,
        Compress {
            data: data.into(),
            selectors: selectors.into(),
        },
    ))
}

fn next_compress(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let compress: &Compress = this.payload();
    loop {
        let Some(item) = advance(vm, &compress.data)? else {
            return Ok(None);
        };
        let Some(selector) = advance(vm, &compress.selectors)? else {
            return Ok(None);
        };
        vm.charge(1)?;
        if vm.is_true(&selector)? {
            return Ok(Some(item));
        }
    }
}

/// A predicate, what it judges, and whether it has decided for good.
struct Judged {
    predicate: Ref,
    source: Slot,
    decided: Cell<bool>,
}

impl Payload for Judged {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.predicate);
        self.source.visit(visitor);
    }

    fn clear(&self) {
        self.source.take();
    }
}

impl Judged {
    /// The next item and what the predicate says of it.
    fn next(&self, vm: &mut Vm) -> PyResult<Option<(Ref, bool)>> {
        let Some(item) = advance(vm, &self.source)? else {
            return Ok(None);
        };
        vm.charge(1)?;
        let verdict = match self.predicate.is_none() {
            true => vm.is_true(&item)?,
            false => {
                let answer = vm.call(&self.predicate, std::slice::from_ref(&item))?;
                vm.is_true(&answer)?
            }
        };
        Ok(Some((item, verdict)))
    }
}

static JUDGED: Params = params(|| Signature::parse("(predicate, iterable, /)"));

fn new_judged(vm: &mut Vm, ty: Ty, name: &str, args: Args<'_>) -> PyResult {
    let mut given = bound(vm, &JUDGED, name, args)?;
    let (predicate, iterable) = (required(&mut given, 0), required(&mut given, 1));
    let source = vm.iter(&iterable)?;
    Ok(vm.new_object(
        ty,
        Judged {
            predicate,
            source: source.into(),
            decided: Cell::new(false),
        },
    ))
}

fn new_dropwhile(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    new_judged(vm, ty, "dropwhile", args)
}

fn next_dropwhile(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let judged: &Judged = this.payload();
    if judged.decided.get() {
        return advance(vm, &judged.source);
    }
    while let Some((item, verdict)) = judged.next(vm)? {
        if !verdict {
            judged.decided.set(true);
            return Ok(Some(item));
        }
    }
    Ok(None)
}

fn new_takewhile(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    new_judged(vm, ty, "takewhile", args)
}

fn next_takewhile(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let judged: &Judged = this.payload();
    if judged.decided.get() {
        return Ok(None);
    }
    match judged.next(vm)? {
        Some((item, true)) => Ok(Some(item)),
        _ => {
            judged.decided.set(true);
            Ok(None)
        }
    }
}

fn new_filterfalse(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    new_judged(vm, ty, "filterfalse", args)
}

fn next_filterfalse(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let judged: &Judged = this.payload();
    while let Some((item, verdict)) = judged.next(vm)? {
        if !verdict {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

struct Islice {
    source: Slot,
    /// Items taken from the source so far.
    taken: Cell<u64>,
    /// The next index to return.
    next: Cell<u64>,
    /// No index from here on is returned.
    stop: Option<u64>,
    step: u64,
}

impl Payload for Islice {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.source.visit(visitor);
    }

    fn clear(&self) {
        self.source.take();
    }
}

fn bad_index(vm: &mut Vm, what: &str) -> Exc {
    vm.value_error(match what {
        "step" => "Step for islice() must be a positive integer or None.",
        "stop" => "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.",
        _ => "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.",
    })
}

/// An index argument; `None` where it is missing or None.
fn index(vm: &mut Vm, value: Option<&Ref>, what: &str) -> PyResult<Option<u64>> {
    let Some(value) = value.filter(|value| !value.is_none()) else {
        return Ok(None);
    };
    if vm.type_of(value).slot(|slots| slots.index.is_none()) {
        return Err(bad_index(vm, what));
    }
    let int = vm.index(value)?;
    let least = i64::from(what == "step");
    match vm.int_i64(&int).filter(|&index| index >= least) {
        Some(index) => Ok(Some(index as u64)),
        None => Err(bad_index(vm, what)),
    }
}

fn new_islice(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    if !args.kwnames().is_empty() && ty.name() == "islice" {
        return Err(vm.type_error("islice() takes no keyword arguments"));
    }
    let given = args.positional();
    let (start, stop, step) = match given {
        [_, stop] => (None, Some(stop), None),
        [_, start, stop] => (Some(start), Some(stop), None),
        [_, start, stop, step] => (Some(start), Some(stop), Some(step)),
        _ => {
            let (bound, limit) = if given.len() < 2 {
                ("at least", 2)
            } else {
                ("at most", 4)
            };
            let count = given.len();
            return Err(vm.type_error(format!(
                "islice expected {bound} {limit} arguments, got {count}"
            )));
        }
    };
    let stop_name = if start.is_none() { "stop" } else { "index" };
    let start = index(vm, start, "index")?.unwrap_or(0);
    let stop = index(vm, stop, stop_name)?;
    let step = index(vm, step, "step")?.unwrap_or(1);
    let source = vm.iter(&given[0])?;
    let payload = Islice {
        source: source.into(),
        taken: Cell::new(0),
        next: Cell::new(start),
        stop,
        step,
    };
    Ok(vm.new_object(ty, payload))
}

fn next_islice(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let islice: &Islice = this.payload();
    let next = islice.next.get();
    if islice.stop.is_some_and(|stop| next >= stop) {
        // What lies before the stop is taken all the same.
        while islice.stop.is_some_and(|stop| islice.taken.get() < stop) {
            islice.taken.set(islice.taken.get() + 1);
            vm.charge(1)?;
            if advance(vm, &islice.source)?.is_none() {
                break;
            }
        }
        islice.source.take();
        return Ok(None);
    }
    loop {
        let Some(item) = advance(vm, &islice.source)? else {
            return Ok(None);
        };
        let at = islice.taken.get();
        islice.taken.set(at + 1);
        vm.charge(1)?;
        if at == next {
            islice.next.set(next.saturating_add(islice.step));
            return Ok(Some(item));
        }
    }
}
