//! Iterators that belong to no one type: by index, backwards, by call.
#![forbid(unsafe_code)]

use std::cell::Cell;

use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{MethodDef, Ref, Slot, Slots, TypeDef, Visitor};
use crate::vm::Vm;

/// A sequence walked from the front: by its own `item` slot or by `x[index]`.
pub(crate) struct SequenceIter {
    sequence: Slot,
    index: Cell<usize>,
}

impl Payload for SequenceIter {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.sequence.visit(visitor);
    }

    fn clear(&self) {
        self.sequence.take();
    }
}

impl SequenceIter {
    pub(crate) fn new(sequence: Ref) -> Self {
        Self {
            sequence: Slot::new(sequence),
            index: Cell::new(0),
        }
    }
}

/// A sequence walked from the back.
pub(crate) struct ReverseIter {
    sequence: Slot,
    index: Cell<isize>,
}

impl Payload for ReverseIter {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.sequence.visit(visitor);
    }

    fn clear(&self) {
        self.sequence.take();
    }
}

impl ReverseIter {
    pub(crate) fn new(sequence: Ref, index: isize) -> Self {
        Self {
            sequence: Slot::new(sequence),
            index: Cell::new(index),
        }
    }
}

/// `iter(callable, sentinel)`
pub(crate) struct CallableIter {
    callable: Slot,
    sentinel: Slot,
}

impl Payload for CallableIter {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.callable.visit(visitor);
        self.sentinel.visit(visitor);
    }

    fn clear(&self) {
        self.callable.take();
        self.sentinel.take();
    }
}

impl CallableIter {
    pub(crate) fn new(callable: Ref, sentinel: Ref) -> Self {
        Self {
            callable: Slot::new(callable),
            sentinel: Slot::new(sentinel),
        }
    }
}

pub(crate) fn itself(_vm: &mut Vm, iterator: &Ref) -> PyResult {
    Ok(iterator.clone())
}

/// `iter(str)`
pub(crate) fn str_iter(vm: &mut Vm, value: &Ref) -> PyResult {
    let ascii = crate::types::str::text(value).is_ascii();
    let ty = if ascii {
        vm.types.str_ascii_iterator
    } else {
        vm.types.str_iterator
    };
    Ok(vm.new_object(ty, SequenceIter::new(value.clone())))
}

/// What `__reduce__` of an iterator gives: the builtin, its argument, the state.
pub(crate) fn reduce(vm: &mut Vm, builtin: &str, argument: Ref, state: Option<Ref>) -> PyResult {
    let name = vm.intern(builtin);
    let function = match vm
        .builtins
        .clone()
        .payload::<crate::object::Dict>()
        .get_str(vm, &name)
    {
        Some(function) => function,
        None => return Err(vm.runtime_error(format!("builtins.{builtin} is missing"))),
    };
    let args = vm.new_tuple(vec![argument]);
    let mut items = vec![function, args];
    items.extend(state);
    Ok(vm.new_tuple(items))
}

fn sequence_next(vm: &mut Vm, iterator: &Ref) -> PyResult<Option<Ref>> {
    let this: &SequenceIter = iterator.payload();
    let Some(sequence) = this.sequence.get() else {
        return Ok(None);
    };
    let index = this.index.get();
    if let Some(text) = sequence.as_str() {
        let Some(code_point) = text.text().get(index) else {
            this.sequence.take();
            return Ok(None);
        };
        this.index.set(index + 1);
        return Ok(Some(crate::types::str::character(vm, code_point)));
    }
    let result = match vm.type_of(&sequence).slot(|slots| slots.item) {
        Some(item) => item(vm, &sequence, index as isize),
        None => {
            let key = vm.new_usize(index);
            vm.get_item(&sequence, &key)
        }
    };
    match result {
        Ok(item) => {
            this.index.set(index + 1);
            Ok(Some(item))
        }
        Err(error)
            if vm.exc_is(&error, vm.exc.IndexError) || vm.exc_is(&error, vm.exc.StopIteration) =>
        {
            this.sequence.take();
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn reverse_next(vm: &mut Vm, iterator: &Ref) -> PyResult<Option<Ref>> {
    let this: &ReverseIter = iterator.payload();
    let Some(sequence) = this.sequence.get() else {
        return Ok(None);
    };
    let index = this.index.get();
    if index < 0 {
        this.sequence.take();
        return Ok(None);
    }
    let result = if let Some(list) = sequence.downcast::<crate::object::List>() {
        match list.get(vm, index as usize) {
            Some(item) => Ok(item),
            None => {
                this.sequence.take();
                return Ok(None);
            }
        }
    } else {
        let key = vm.new_int(index as i64);
        vm.get_item(&sequence, &key)
    };
    match result {
        Ok(item) => {
            this.index.set(index - 1);
            Ok(Some(item))
        }
        Err(error)
            if vm.exc_is(&error, vm.exc.IndexError) || vm.exc_is(&error, vm.exc.StopIteration) =>
        {
            this.sequence.take();
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn callable_next(vm: &mut Vm, iterator: &Ref) -> PyResult<Option<Ref>> {
    let this: &CallableIter = iterator.payload();
    let (Some(callable), Some(sentinel)) = (this.callable.get(), this.sentinel.get()) else {
        return Ok(None);
    };
    let item = match vm.call(&callable, &[]) {
        Ok(item) => item,
        Err(error) if vm.exc_is(&error, vm.exc.StopIteration) => {
            this.callable.take();
            this.sentinel.take();
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if vm.eq(&item, &sentinel)? {
        this.callable.take();
        this.sentinel.take();
        return Ok(None);
    }
    Ok(Some(item))
}

const SEQUENCE_METHODS: &[MethodDef] = &[
    MethodDef::new(
        "__length_hint__",
        "($self, /)",
        "Private method returning an estimate of len(list(it)).",
        |vm, args| {
            let this: &SequenceIter = args.this();
            let Some(sequence) = this.sequence.get() else {
                return Ok(Ref::small_int(0));
            };
            if vm.type_of(&sequence).slot(|slots| slots.length).is_none() {
                return Ok(Ref::not_implemented());
            }
            let left = vm.len(&sequence)?.saturating_sub(this.index.get());
            Ok(vm.new_usize(left))
        },
    ),
    MethodDef::new(
        "__reduce__",
        "($self, /)",
        "Return state information for pickling.",
        |vm, args| {
            let this: &SequenceIter = args.this();
            match this.sequence.get() {
                Some(sequence) => {
                    let index = vm.new_usize(this.index.get());
                    reduce(vm, "iter", sequence, Some(index))
                }
                None => {
                    let empty = vm.new_tuple(Vec::new());
                    reduce(vm, "iter", empty, None)
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
            args.this::<SequenceIter>().index.set(index);
            Ok(Ref::none())
        },
    ),
];

const fn sequence_iterator(name: &'static str) -> TypeDef {
    TypeDef {
        name,
        slots: Slots {
            iter: Some(itself),
            iternext: Some(sequence_next),
            ..Slots::EMPTY
        },
        methods: SEQUENCE_METHODS,
        ..TypeDef::EMPTY
    }
}

/// `iterator`: of a class with `__getitem__`.
pub(crate) const ITERATOR: TypeDef = sequence_iterator("iterator");
/// `str_iterator`
pub(crate) const STR_ITERATOR: TypeDef = sequence_iterator("str_iterator");
/// `str_ascii_iterator`
pub(crate) const STR_ASCII_ITERATOR: TypeDef = sequence_iterator("str_ascii_iterator");
/// `bytes_iterator`
pub(crate) const BYTES_ITERATOR: TypeDef = sequence_iterator("bytes_iterator");
/// `bytearray_iterator`
pub(crate) const BYTEARRAY_ITERATOR: TypeDef = sequence_iterator("bytearray_iterator");
/// `memory_iterator`
pub(crate) const MEMORY_ITERATOR: TypeDef = sequence_iterator("memory_iterator");

const REVERSE_METHODS: &[MethodDef] = &[
    MethodDef::new(
        "__length_hint__",
        "($self, /)",
        "Private method returning an estimate of len(list(it)).",
        |vm, args| {
            let this: &ReverseIter = args.this();
            let Some(sequence) = this.sequence.get() else {
                return Ok(Ref::small_int(0));
            };
            let left = (this.index.get() + 1).max(0);
            let len = vm.len(&sequence)? as isize;
            Ok(vm.new_int(if len < left { 0 } else { left } as i64))
        },
    ),
    MethodDef::new(
        "__reduce__",
        "($self, /)",
        "Return state information for pickling.",
        |vm, args| {
            let this: &ReverseIter = args.this();
            match this.sequence.get() {
                Some(sequence) => {
                    let index = vm.new_int(this.index.get() as i64);
                    reduce(vm, "reversed", sequence, Some(index))
                }
                None => {
                    let empty = vm.new_list(Vec::new());
                    reduce(vm, "iter", empty, None)
                }
            }
        },
    ),
    MethodDef::new(
        "__setstate__",
        "($self, object, /)",
        "Set state information for unpickling.",
        |vm, args| {
            let index = vm.index_isize(&args[1], "")?;
            args.this::<ReverseIter>().index.set(index.max(-1));
            Ok(Ref::none())
        },
    ),
];

/// `list_reverseiterator`
pub(crate) const LIST_REVERSEITERATOR: TypeDef = TypeDef {
    name: "list_reverseiterator",
    slots: Slots {
        iter: Some(itself),
        iternext: Some(reverse_next),
        ..Slots::EMPTY
    },
    methods: REVERSE_METHODS,
    ..TypeDef::EMPTY
};

fn reversed_new(vm: &mut Vm, ty: crate::object::Ty, args: crate::object::Args<'_>) -> PyResult {
    let bound = crate::types::convert::bind(vm, "reversed", "(sequence, /)", args)?;
    let Some(sequence) = bound[0].clone() else {
        return Err(vm.type_error("reversed expected 1 argument, got 0"));
    };
    if let Some(method) = crate::types::convert::special(vm, &sequence, "__reversed__")? {
        if method.is_none() {
            let name = vm.type_of(&sequence).name();
            return Err(vm.type_error(format!("'{name}' object is not reversible")));
        }
        return vm.call(&method, &[]);
    }
    let getitem = vm.names.__getitem__.clone();
    let sequence_ty = vm.type_of(&sequence);
    let usable = sequence_ty.slot(|slots| {
        slots.length.is_some() && (slots.item.is_some() || slots.subscript.is_some())
    }) && !sequence_ty.has(crate::object::type_flags::MAPPING)
        && vm.lookup_in_type(sequence_ty, &getitem).is_some();
    if !usable {
        let name = sequence_ty.name();
        return Err(vm.type_error(format!("'{name}' object is not reversible")));
    }
    let len = vm.len(&sequence)?;
    Ok(vm.new_object(ty, ReverseIter::new(sequence, len as isize - 1)))
}

/// `reversed`
pub(crate) const REVERSED: TypeDef = TypeDef {
    name: "reversed",
    doc: "reversed(sequence, /)\n--\n\nReturn a reverse iterator over the values of the given sequence.",
    slots: Slots {
        iter: Some(itself),
        iternext: Some(reverse_next),
        new: Some(reversed_new),
        ..Slots::EMPTY
    },
    methods: REVERSE_METHODS,
    ..TypeDef::EMPTY
};

/// `callable_iterator`
pub(crate) const CALLABLE_ITERATOR: TypeDef = TypeDef {
    name: "callable_iterator",
    slots: Slots {
        iter: Some(itself),
        iternext: Some(callable_next),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new(
        "__reduce__",
        "($self, /)",
        "Return state information for pickling.",
        |vm, args| {
            let this: &CallableIter = args.this();
            match (this.callable.get(), this.sentinel.get()) {
                (Some(callable), Some(sentinel)) => {
                    let empty = vm.new_tuple(Vec::new());
                    let reduced = reduce(vm, "iter", empty, None)?;
                    let function = reduced
                        .as_tuple()
                        .map_or_else(Ref::none, |tuple| tuple[0].clone());
                    let pair = vm.new_pair(callable, sentinel);
                    Ok(vm.new_pair(function, pair))
                }
                _ => {
                    let empty = vm.new_tuple(Vec::new());
                    reduce(vm, "iter", empty, None)
                }
            }
        },
    )],
    ..TypeDef::EMPTY
};
