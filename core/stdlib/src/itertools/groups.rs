//! `groupby` and `tee`.

use std::cell::Cell;

use vitrine_vm::object::{
    Args, MethodDef, Payload, Ref, Signature, Slot, Slots, Ty, TypeDef, Visitor,
};
use vitrine_vm::{PyResult, Vm};

use super::{ITERATOR, Params, advance, bound, params, required};
use crate::native::{add, add_functions};

pub(super) const TYPES: &[TypeDef] = &[TypeDef {
    name: "groupby",
    doc: "groupby(iterable, key=None)\n--\n\nReturn each run of items with equal keys: the key and the items.",
    slots: Slots {
        new: Some(new_groupby),
        iternext: Some(next_groupby),
        ..ITERATOR.slots
    },
    ..ITERATOR
}];

const GROUPER: TypeDef = TypeDef {
    name: "_grouper",
    flags: vitrine_vm::object::type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iternext: Some(next_grouper),
        ..ITERATOR.slots
    },
    ..ITERATOR
};

const TEE: TypeDef = TypeDef {
    name: "_tee",
    slots: Slots {
        new: Some(new_tee),
        iternext: Some(next_tee),
        ..ITERATOR.slots
    },
    methods: &[MethodDef::new(
        "__copy__",
        "($self, /)",
        "Return an independent iterator.",
        copy_tee,
    )],
    ..ITERATOR
};

/// The two types that have no name in the module.
#[derive(Default)]
struct Hidden {
    grouper: Option<Ty>,
    tee: Option<Ty>,
}

pub(super) fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let (grouper, tee) = (vm.new_type(None, &GROUPER), vm.new_type(None, &TEE));
    *vm.state::<Hidden>() = Hidden {
        grouper: Some(grouper),
        tee: Some(tee),
    };
    add(vm, module, "_grouper", grouper.to_ref());
    add(vm, module, "_tee", tee.to_ref());
    let function = MethodDef::new(
        "tee",
        "(iterable, n=2, /)",
        "Return n independent iterators.",
        tee_function,
    );
    add_functions(vm, module, &[function])
}

struct GroupBy {
    source: Slot,
    key: Option<Ref>,
    /// The key of the group at hand.
    target: Slot,
    current_key: Slot,
    current: Slot,
    /// Counts groups: an older group gives no more items.
    group: Cell<u64>,
}

impl Payload for GroupBy {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.source.visit(visitor);
        visitor.visit_opt(self.key.as_ref());
        self.target.visit(visitor);
        self.current_key.visit(visitor);
        self.current.visit(visitor);
    }

    fn clear(&self) {
        self.source.take();
        self.target.take();
        self.current_key.take();
        self.current.take();
    }
}

impl GroupBy {
    /// Reads the next item and its key; whether there was one.
    fn step(&self, vm: &mut Vm) -> PyResult<bool> {
        vm.charge(1)?;
        let Some(item) = advance(vm, &self.source)? else {
            return Ok(false);
        };
        let key = match &self.key {
            None => item.clone(),
            Some(key) => vm.call(key, std::slice::from_ref(&item))?,
        };
        self.current.set(Some(item));
        self.current_key.set(Some(key));
        Ok(true)
    }

    /// Whether the item at hand belongs to the group at hand.
    fn in_group(&self, vm: &mut Vm) -> PyResult<bool> {
        match (self.target.get(), self.current_key.get()) {
            (Some(target), Some(key)) => vm.eq(&target, &key),
            (None, Some(_)) => Ok(false),
            (_, None) => Ok(true),
        }
    }
}

fn new_groupby(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(iterable, key=None)"));
    let mut given = bound(vm, &PARAMS, "groupby", args)?;
    let source = vm.iter(&required(&mut given, 0))?;
    let key = given[1].take().filter(|key| !key.is_none());
    let payload = GroupBy {
        source: source.into(),
        key,
        target: Slot::empty(),
        current_key: Slot::empty(),
        current: Slot::empty(),
        group: Cell::new(0),
    };
    Ok(vm.new_object(ty, payload))
}

fn next_groupby(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let groups: &GroupBy = this.payload();
    groups.group.set(groups.group.get() + 1);
    while groups.in_group(vm)? {
        if !groups.step(vm)? {
            return Ok(None);
        }
    }
    let Some(key) = groups.current_key.get() else {
        return Ok(None);
    };
    groups.target.set(Some(key.clone()));
    let Some(ty) = vm.state::<Hidden>().grouper else {
        return Ok(None);
    };
    let grouper = Grouper {
        parent: Slot::new(this.clone()),
        key: key.clone(),
        group: groups.group.get(),
    };
    let grouper = vm.new_object(ty, grouper);
    Ok(Some(vm.new_pair(key, grouper)))
}

struct Grouper {
    parent: Slot,
    key: Ref,
    group: u64,
}

impl Payload for Grouper {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.parent.visit(visitor);
        visitor.visit(&self.key);
    }

    fn clear(&self) {
        self.parent.take();
    }
}

fn next_grouper(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let grouper: &Grouper = this.payload();
    let Some(parent) = grouper.parent.get() else {
        return Ok(None);
    };
    let groups: &GroupBy = parent.payload();
    if groups.group.get() != grouper.group || groups.current.is_empty() && !groups.step(vm)? {
        return Ok(None);
    }
    let Some(key) = groups.current_key.get() else {
        return Ok(None);
    };
    if !vm.eq(&grouper.key, &key)? {
        return Ok(None);
    }
    Ok(groups.current.take())
}

/// Items that several iterators read, in a list of links: what all have read
/// is freed with the last reference to it.
struct Link {
    source: Slot,
    value: Slot,
    next: Slot,
    /// The source is giving the item, and may ask for it itself or let another thread do.
    running: Cell<bool>,
}

impl Payload for Link {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.source.visit(visitor);
        self.value.visit(visitor);
        self.next.visit(visitor);
    }

    fn clear(&self) {
        self.source.take();
        self.value.take();
        self.next.take();
    }
}

struct Tee {
    link: Slot,
}

impl Payload for Tee {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.link.visit(visitor);
    }

    fn clear(&self) {
        self.link.take();
    }
}

fn new_link(vm: &mut Vm, source: Ref) -> Ref {
    let object = vm.types.object;
    vm.new_object(
        object,
        Link {
            source: source.into(),
            value: Slot::empty(),
            next: Slot::empty(),
            running: Cell::new(false),
        },
    )
}

fn new_tee(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params = params(|| Signature::parse("(iterable, /)"));
    let mut given = bound(vm, &PARAMS, "_tee", args)?;
    let source = vm.iter(&required(&mut given, 0))?;
    let link = match source.downcast::<Tee>() {
        Some(tee) => tee.link.get().unwrap_or_else(Ref::none),
        None => new_link(vm, source),
    };
    Ok(vm.new_object(ty, Tee { link: link.into() }))
}

fn copy_tee(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let link = args.this::<Tee>().link.get().unwrap_or_else(Ref::none);
    let ty = vm.type_of(&args[0]);
    Ok(vm.new_object(ty, Tee { link: link.into() }))
}

fn next_tee(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let tee: &Tee = this.payload();
    let Some(here) = tee.link.get() else {
        return Ok(None);
    };
    let Some(link) = here.downcast::<Link>() else {
        return Ok(None);
    };
    if link.next.is_empty() {
        let Some(source) = link.source.get() else {
            return Ok(None);
        };
        if link.running.replace(true) {
            return Err(vm.runtime_error("cannot re-enter the tee iterator"));
        }
        let value = vm.next(&source);
        link.running.set(false);
        let Some(value) = value? else {
            return Ok(None);
        };
        vm.check_memory(64)?;
        let next = new_link(vm, source);
        link.value.set(Some(value));
        link.next.set(Some(next));
    }
    tee.link.set(link.next.get());
    Ok(link.value.get())
}

fn tee_function(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let count = match args.get(1) {
        Some(count) => vm.index_isize(count, "n")?,
        None => 2,
    };
    if count < 0 {
        return Err(vm.value_error("n must be >= 0"));
    }
    let source = vm.iter(&args[0])?;
    let Some(ty) = vm.state::<Hidden>().tee else {
        return Ok(vm.new_tuple(Vec::new()));
    };
    let link = match source.downcast::<Tee>() {
        Some(tee) => tee.link.get().unwrap_or_else(Ref::none),
        None => new_link(vm, source.clone()),
    };
    vm.check_memory(count as usize * 64)?;
    let mut tees = Vec::new();
    for index in 0..count {
        // An iterator that can be copied is itself the first.
        let own = index == 0 && source.downcast::<Tee>().is_some();
        let tee = if own {
            source.clone()
        } else {
            vm.new_object(
                ty,
                Tee {
                    link: link.clone().into(),
                },
            )
        };
        tees.push(tee);
    }
    Ok(vm.new_tuple(tees))
}
