//! `bytearray`.
#![forbid(unsafe_code)]

use std::cell::Cell;

use crate::error::PyResult;
use crate::heap::{Kind, Payload};
use crate::object::{Args, Guarded, MethodDef, Ref, Slots, Ty, TypeDef, Visitor};
use crate::text::repr::bytes_repr;
use crate::types::bytes::{self, byte};
use crate::types::convert::{self, Subscript};
use crate::types::list::{assign_slice, delete_slice};
use crate::vm::Vm;

/// The payload of a `bytearray`.
pub(crate) struct ByteArray {
    pub(crate) data: Guarded<Vec<u8>>,
    /// How many views look at the data: its size is fixed while there are any.
    pub(crate) exports: Cell<usize>,
}

impl Payload for ByteArray {
    const KIND: Kind = Kind::ByteArray;
    const ATOMIC: bool = true;

    fn owned_bytes(&self, visitor: &Visitor<'_>) -> usize {
        self.data.visit(visitor).capacity()
    }
}

impl ByteArray {
    pub(crate) fn new(data: Vec<u8>) -> Self {
        Self {
            data: Guarded::new(data),
            exports: Cell::new(0),
        }
    }

    /// Refuses a change of size while a view looks at the data.
    pub(crate) fn check_resize(&self, vm: &mut Vm) -> PyResult<()> {
        if self.exports.get() == 0 {
            return Ok(());
        }
        Err(vm.buffer_error("Existing exports of data: object cannot be re-sized"))
    }
}

fn this(value: &Ref) -> &ByteArray {
    value.payload()
}

fn new(vm: &mut Vm, ty: Ty, _args: Args<'_>) -> PyResult {
    Ok(vm.new_object(ty, ByteArray::new(Vec::new())))
}

fn init(vm: &mut Vm, value: &Ref, args: Args<'_>) -> PyResult<()> {
    let bound = convert::bind(
        vm,
        "bytearray",
        "(source=b'', encoding='utf-8', errors='strict')",
        args,
    )?;
    let data = bytes::from_arguments(vm, "bytearray", &bound)?;
    this(value).check_resize(vm)?;
    this(value).data.replace(vm, data);
    Ok(())
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let name = vm.type_of(value).name();
    let text = bytes_repr(this(value).data.get(vm));
    Ok(vm.new_str(&format!("{name}({text})")))
}

fn ass_subscript(vm: &mut Vm, value: &Ref, key: &Ref, new: Option<&Ref>) -> PyResult<()> {
    let array = this(value);
    match (
        convert::subscript(vm, key, "bytearray", |vm| array.data.get(vm).len())?,
        new,
    ) {
        (Subscript::Index(at), Some(new)) => {
            let byte = byte(vm, new, "byte")?;
            if let Some(place) = array.data.get_mut(vm).get_mut(at) {
                *place = byte;
            }
        }
        (Subscript::Index(at), None) => {
            array.check_resize(vm)?;
            array.data.get_mut(vm).remove(at);
        }
        (Subscript::Slice(selection), None) => {
            if selection.count > 0 {
                array.check_resize(vm)?;
            }
            delete_slice(array.data.get_mut(vm), selection);
        }
        (Subscript::Slice(selection), Some(new)) => {
            let new = match convert::bytes_like(vm, new) {
                Some(new) => new,
                None if new.as_str().is_some()
                    || vm.type_of(new).slot(|slots| slots.index).is_some() =>
                {
                    return Err(vm.type_error(
                        "can assign only bytes, buffers, or iterables of ints in range(0, 256)",
                    ));
                }
                None => bytes::from_iterable(vm, new, "bytearray")?,
            };
            vm.charge(new.len() / 256)?;
            if new.len() != selection.count {
                array.check_resize(vm)?;
            }
            if let Err((given, expected)) = assign_slice(array.data.get_mut(vm), selection, new) {
                return Err(vm.value_error(format!(
                    "attempt to assign bytes of size {given} to extended slice of size {expected}"
                )));
            }
        }
    }
    Ok(())
}

fn extend(vm: &mut Vm, value: &Ref, more: &Ref) -> PyResult<()> {
    let mut more = match convert::bytes_like(vm, more) {
        Some(more) => more,
        None if more.as_str().is_some() => {
            return Err(vm.type_error("expected iterable of integers; got: 'str'"));
        }
        None => bytes::from_iterable(vm, more, "bytearray")?,
    };
    vm.check_memory(more.len())?;
    this(value).check_resize(vm)?;
    this(value).data.get_mut(vm).append(&mut more);
    Ok(())
}

fn inplace_concat(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let Some(mut more) = convert::bytes_like(vm, b) else {
        let (left, right) = (vm.type_of(a).name(), vm.type_of(b).name());
        return Err(vm.type_error(format!("can't concat {right} to {left}")));
    };
    vm.check_memory(more.len())?;
    this(a).check_resize(vm)?;
    this(a).data.get_mut(vm).append(&mut more);
    Ok(a.clone())
}

fn inplace_repeat(vm: &mut Vm, a: &Ref, count: isize) -> PyResult {
    let repeated = bytes::repeat(vm, a, count)?;
    this(a).check_resize(vm)?;
    let data = std::mem::take(this(&repeated).data.get_mut(vm));
    this(a).data.replace(vm, data);
    Ok(a.clone())
}

fn pop(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let index = match args.get(1) {
        Some(index) => vm.index_isize(index, "")?,
        None => -1,
    };
    let data = this(&args[0]).data.get_mut(vm);
    let len = data.len() as isize;
    let at = if index < 0 { index + len } else { index };
    if len == 0 {
        return Err(vm.index_error("pop from empty bytearray"));
    }
    if at < 0 || at >= len {
        return Err(vm.index_error("pop index out of range"));
    }
    this(&args[0]).check_resize(vm)?;
    let data = this(&args[0]).data.get_mut(vm);
    Ok(Ref::small_int(data.remove(at as usize).into()))
}

const CHANGING: [MethodDef; 10] = [
    MethodDef::new(
        "append",
        "($self, item, /)",
        "Append a single item to the end of the bytearray.",
        |vm, args| {
            let byte = byte(vm, &args[1], "byte")?;
            this(&args[0]).check_resize(vm)?;
            this(&args[0]).data.get_mut(vm).push(byte);
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "extend",
        "($self, iterable_of_ints, /)",
        "Append all the items from the iterator or sequence to the end of the bytearray.",
        |vm, args| extend(vm, &args[0], &args[1]).map(|()| Ref::none()),
    ),
    MethodDef::new(
        "insert",
        "($self, index, item, /)",
        "Insert a single item into the bytearray before the given index.",
        |vm, args| {
            let index = vm.index_isize(&args[1], "")?;
            let byte = byte(vm, &args[2], "byte")?;
            this(&args[0]).check_resize(vm)?;
            let data = this(&args[0]).data.get_mut(vm);
            let len = data.len() as isize;
            let at = if index < 0 {
                (index + len).max(0)
            } else {
                index.min(len)
            };
            data.insert(at as usize, byte);
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "pop",
        "($self, index=-1, /)",
        "Remove and return a single item from B.",
        pop,
    ),
    MethodDef::new(
        "remove",
        "($self, value, /)",
        "Remove the first occurrence of a value in the bytearray.",
        |vm, args| {
            let byte = byte(vm, &args[1], "byte")?;
            let data = this(&args[0]).data.get_mut(vm);
            match data.iter().position(|&there| there == byte) {
                Some(at) => {
                    this(&args[0]).check_resize(vm)?;
                    this(&args[0]).data.get_mut(vm).remove(at);
                    Ok(Ref::none())
                }
                None => Err(vm.value_error("value not found in bytearray")),
            }
        },
    ),
    MethodDef::new(
        "reverse",
        "($self, /)",
        "Reverse the order of the values in B in place.",
        |vm, args| {
            this(&args[0]).data.get_mut(vm).reverse();
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "clear",
        "($self, /)",
        "Remove all items from the bytearray.",
        |vm, args| {
            this(&args[0]).check_resize(vm)?;
            this(&args[0]).data.get_mut(vm).clear();
            Ok(Ref::none())
        },
    ),
    MethodDef::new("copy", "($self, /)", "Return a copy of B.", |vm, args| {
        let data = this(&args[0]).data.get(vm).clone();
        Ok(vm.new_object(vm.types.bytearray, ByteArray::new(data)))
    }),
    MethodDef::new(
        "resize",
        "($self, size, /)",
        "Resize the internal buffer of bytearray to len.",
        |vm, args| {
            let size = vm.index_isize(&args[1], "")?;
            let Ok(size) = usize::try_from(size) else {
                return Err(
                    vm.value_error(format!("Can only resize to positive sizes, got {size}"))
                );
            };
            vm.check_memory(size)?;
            this(&args[0]).check_resize(vm)?;
            this(&args[0]).data.get_mut(vm).resize(size, 0);
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "__alloc__",
        "($self, /)",
        "B.__alloc__() -> int\n\nReturn the number of bytes actually allocated.",
        |vm, args| {
            let capacity = this(&args[0]).data.get(vm).capacity();
            Ok(vm.new_usize(capacity))
        },
    ),
];

const fn methods() -> [MethodDef; 56] {
    let mut methods = [CHANGING[0]; 56];
    let mut at = 0;
    while at < 56 {
        methods[at] = if at < 46 {
            bytes::methods::SHARED[at]
        } else {
            CHANGING[at - 46]
        };
        at += 1;
    }
    methods
}

/// `bytearray`
pub(crate) const BYTEARRAY: TypeDef = TypeDef {
    name: "bytearray",
    doc: "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\nbytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> bytes array of size given by the parameter initialized with null bytes\nbytearray() -> empty bytes array\n\nConstruct a mutable bytearray object from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - a bytes or a buffer object\n  - any object implementing the buffer API.\n  - an integer",
    slots: Slots {
        repr: Some(repr),
        richcompare: Some(bytes::richcompare),
        iter: Some(|vm, value| {
            Ok(vm.new_object(
                vm.types.bytearray_iterator,
                super::iterators::SequenceIter::new(value.clone()),
            ))
        }),
        new: Some(new),
        init: Some(init),
        length: Some(|vm, value| Ok(this(value).data.get(vm).len())),
        subscript: Some(bytes::subscript),
        ass_subscript: Some(ass_subscript),
        contains: Some(bytes::contains),
        concat: Some(bytes::concat),
        repeat: Some(bytes::repeat),
        inplace_concat: Some(inplace_concat),
        inplace_repeat: Some(inplace_repeat),
        remainder: Some(bytes::remainder),
        buffer: Some(bytes::lend),
        ..Slots::EMPTY
    },
    methods: &methods(),
    ..TypeDef::EMPTY
};
