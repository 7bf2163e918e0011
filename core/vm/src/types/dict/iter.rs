//! Iterators over keys, values and items, in both directions.

use std::cell::Cell;

use crate::error::PyResult;
use crate::heap::{Kind, Payload};
use crate::object::{Dict, MethodDef, Ref, Slot, Slots, TypeDef, Visitor};
use crate::vm::Vm;

/// What of an entry is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum What {
    Keys,
    Values,
    Items,
}

/// In which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    Forward,
    Backward,
}

/// The payload of all six iterators.
pub(crate) struct DictIter {
    /// The dict; empty when exhausted.
    pub(crate) dict: Slot,
    /// The next entry's position, or the end of what is left.
    pub(crate) position: Cell<usize>,
    /// The number of items at the start: a change ends the loop with an error.
    pub(crate) used: Cell<usize>,
    /// How many items are left.
    left: Cell<usize>,
    pub(crate) what: What,
    order: Order,
}

impl Payload for DictIter {
    const KIND: Kind = Kind::DictIter;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.dict.visit(visitor);
    }

    fn clear(&self) {
        self.dict.take();
    }
}

/// The iterator of a dict.
pub(crate) fn make(vm: &mut Vm, dict: &Ref, what: What, order: Order) -> Ref {
    let payload: &Dict = dict.payload();
    let used = payload.len(vm);
    let position = if order == Order::Forward {
        0
    } else {
        payload.table(vm).end()
    };
    let ty = match (what, order) {
        (What::Keys, Order::Forward) => vm.types.dict_keyiterator,
        (What::Values, Order::Forward) => vm.types.dict_valueiterator,
        (What::Items, Order::Forward) => vm.types.dict_itemiterator,
        (What::Keys, Order::Backward) => vm.types.dict_reversekeyiterator,
        (What::Values, Order::Backward) => vm.types.dict_reversevalueiterator,
        (What::Items, Order::Backward) => vm.types.dict_reverseitemiterator,
    };
    let iterator = DictIter {
        dict: Slot::new(dict.clone()),
        position: Cell::new(position),
        used: Cell::new(used),
        left: Cell::new(used),
        what,
        order,
    };
    vm.new_object(ty, iterator)
}

fn next(vm: &mut Vm, iterator: &Ref) -> PyResult<Option<Ref>> {
    let this: &DictIter = iterator.payload();
    let Some(dict) = this.dict.get() else {
        return Ok(None);
    };
    let table = dict.payload::<Dict>().table(vm);
    if table.len() != this.used.get() {
        // Stays an error however often it is asked.
        this.used.set(usize::MAX);
        return Err(vm.runtime_error("dictionary changed size during iteration"));
    }
    let position = this.position.get();
    let entry = match this.order {
        Order::Forward => table.next_entry(position),
        Order::Backward => table.previous_entry(position),
    };
    let Some((at, key, value)) = entry else {
        this.dict.take();
        return Ok(None);
    };
    if this.left.get() == 0 {
        this.dict.take();
        return Err(vm.runtime_error("dictionary keys changed during iteration"));
    }
    this.left.set(this.left.get() - 1);
    this.position.set(if this.order == Order::Forward {
        at + 1
    } else {
        at
    });
    match this.what {
        What::Keys => Ok(Some(key.clone())),
        What::Values => Ok(Some(value.clone())),
        What::Items => {
            let (key, value) = (key.clone(), value.clone());
            Ok(Some(vm.new_pair(key, value)))
        }
    }
}

const METHODS: &[MethodDef] = &[
    MethodDef::new(
        "__length_hint__",
        "($self, /)",
        "Private method returning an estimate of len(list(it)).",
        |vm, args| {
            let this: &DictIter = args.this();
            let left = match this.dict.get() {
                Some(dict) if dict.payload::<Dict>().len(vm) == this.used.get() => this.left.get(),
                _ => 0,
            };
            Ok(vm.new_usize(left))
        },
    ),
    MethodDef::new(
        "__reduce__",
        "($self, /)",
        "Return state information for pickling.",
        |vm, args| {
            let this: &DictIter = args.this();
            // A copy of the iterator gives what is left, and this one keeps its place.
            let mut items = Vec::new();
            if let Some(dict) = this.dict.get() {
                let copy = make(vm, &dict, this.what, this.order);
                let state: &DictIter = copy.payload();
                state.position.set(this.position.get());
                state.used.set(this.used.get());
                state.left.set(this.left.get());
                while let Some(item) = next(vm, &copy)? {
                    items.push(item);
                }
            }
            let list = vm.new_list(items);
            crate::types::iterators::reduce(vm, "iter", list, None)
        },
    ),
];

const fn iterator(name: &'static str) -> TypeDef {
    TypeDef {
        name,
        slots: Slots {
            iter: Some(crate::types::iterators::itself),
            iternext: Some(next),
            ..Slots::EMPTY
        },
        methods: METHODS,
        ..TypeDef::EMPTY
    }
}

/// `dict_keyiterator` and its five siblings.
pub(crate) const ITERATORS: [TypeDef; 6] = [
    iterator("dict_keyiterator"),
    iterator("dict_valueiterator"),
    iterator("dict_itemiterator"),
    iterator("dict_reversekeyiterator"),
    iterator("dict_reversevalueiterator"),
    iterator("dict_reverseitemiterator"),
];
