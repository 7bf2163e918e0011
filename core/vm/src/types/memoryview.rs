//! `memoryview` of `bytes` and `bytearray`: one dimension, unsigned bytes.
#![forbid(unsafe_code)]

use std::cell::Cell;

use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{
    Args, Bytes, CompareOp, GetSetDef, MethodDef, Ref, Slot, Slots, Ty, TypeDef, Visitor,
};
use crate::types::bytearray::ByteArray;
use crate::types::bytes::{self, byte};
use crate::types::convert::{self, Selection, Subscript};
use crate::vm::Vm;

/// A window on bytes: which of them, in which order.
pub(crate) struct MemoryView {
    /// The object viewed; empty once released.
    object: Slot,
    selection: Cell<Selection>,
}

impl Payload for MemoryView {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.object.visit(visitor);
    }

    fn clear(&self) {
        self.object.take();
    }
}

impl MemoryView {
    /// A copy of the bytes seen, `None` once released.
    pub(crate) fn to_vec(&self, vm: &Vm) -> Option<Vec<u8>> {
        let object = self.object.get()?;
        let selection = self.selection.get();
        let pick = |all: &[u8]| {
            selection
                .positions()
                .filter_map(|at| all.get(at).copied())
                .collect()
        };
        Some(match object.downcast::<Bytes>() {
            Some(bytes) => pick(&bytes.data),
            None => pick(object.downcast::<ByteArray>()?.data.get(vm)),
        })
    }
}

fn this(value: &Ref) -> &MemoryView {
    value.payload()
}

fn object(vm: &mut Vm, value: &Ref) -> PyResult {
    match this(value).object.get() {
        Some(object) => Ok(object),
        None => Err(vm.value_error("operation forbidden on released memoryview object")),
    }
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let bound = convert::bind(vm, "memoryview", "(object)", args)?;
    let Some(object) = bound[0].clone() else {
        return Err(vm.type_error("memoryview() missing required argument 'object' (pos 1)"));
    };
    if let Some(view) = object.downcast::<MemoryView>() {
        let object = self::object(vm, &object)?;
        let view = MemoryView {
            object: Slot::new(object),
            selection: Cell::new(view.selection.get()),
        };
        return Ok(vm.new_object(ty, view));
    }
    let Some(data) = convert::bytes_like(vm, &object) else {
        let name = vm.type_of(&object).name();
        return Err(vm.type_error(format!(
            "memoryview: a bytes-like object is required, not '{name}'"
        )));
    };
    let selection = convert::select((0, isize::MAX, 1), data.len());
    Ok(vm.new_object(
        ty,
        MemoryView {
            object: Slot::new(object),
            selection: Cell::new(selection),
        },
    ))
}

fn place(selection: Selection, index: usize) -> usize {
    (selection.start + selection.step * index as isize) as usize
}

fn narrowed(selection: Selection, part: Selection) -> Selection {
    Selection {
        start: selection.start + selection.step * part.start,
        stop: selection.start + selection.step * part.stop,
        step: selection.step * part.step,
        count: part.count,
    }
}

fn subscript(vm: &mut Vm, value: &Ref, key: &Ref) -> PyResult {
    let object = object(vm, value)?;
    let selection = this(value).selection.get();
    match index(vm, key, selection.count)? {
        Subscript::Index(at) => {
            let data = bytes::data(vm, &object);
            match data.get(place(selection, at)) {
                Some(&byte) => Ok(Ref::small_int(byte.into())),
                None => Err(vm.index_error("index out of bounds on dimension 1")),
            }
        }
        Subscript::Slice(part) => {
            let view = MemoryView {
                object: Slot::new(object),
                selection: Cell::new(narrowed(selection, part)),
            };
            Ok(vm.new_object(vm.types.memoryview, view))
        }
    }
}

fn index(vm: &mut Vm, key: &Ref, count: usize) -> PyResult<Subscript> {
    match convert::subscript(vm, key, "memoryview", |_| count) {
        Err(error) if vm.exc_is(&error, vm.exc.IndexError) => {
            Err(vm.index_error("index out of bounds on dimension 1"))
        }
        Err(error) if vm.exc_is(&error, vm.exc.TypeError) => {
            Err(vm.type_error("memoryview: invalid slice key"))
        }
        result => result,
    }
}

fn ass_subscript(vm: &mut Vm, value: &Ref, key: &Ref, new: Option<&Ref>) -> PyResult<()> {
    let object = object(vm, value)?;
    let Some(array) = object.downcast::<ByteArray>() else {
        return Err(vm.type_error("cannot modify read-only memory"));
    };
    let Some(new) = new else {
        return Err(vm.type_error("cannot delete memory"));
    };
    let selection = this(value).selection.get();
    match index(vm, key, selection.count)? {
        Subscript::Index(at) => {
            if vm.type_of(new).slot(|slots| slots.index).is_none() {
                return Err(vm.type_error("memoryview: invalid type for format 'B'"));
            }
            let byte = match byte(vm, new, "byte") {
                Ok(byte) => byte,
                Err(_) => return Err(vm.value_error("memoryview: invalid value for format 'B'")),
            };
            if let Some(there) = array.data.get_mut(vm).get_mut(place(selection, at)) {
                *there = byte;
            }
        }
        Subscript::Slice(part) => {
            let new = convert::need_bytes(vm, new)?;
            if new.len() != part.count {
                return Err(vm.value_error(
                    "memoryview assignment: lvalue and rvalue have different structures",
                ));
            }
            let data = array.data.get_mut(vm);
            for (at, byte) in narrowed(selection, part).positions().zip(new) {
                if let Some(there) = data.get_mut(at) {
                    *there = byte;
                }
            }
        }
    }
    Ok(())
}

fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::not_implemented());
    }
    bytes::richcompare(vm, a, b, op)
}

fn hash(vm: &mut Vm, value: &Ref) -> PyResult<i64> {
    let object = object(vm, value)?;
    if object.downcast::<ByteArray>().is_some() {
        return Err(vm.value_error("cannot hash writable memoryview object"));
    }
    Ok(crate::hash::hash_bytes(
        &this(value).to_vec(vm).unwrap_or_default(),
    ))
}

fn contents(vm: &mut Vm, value: &Ref) -> PyResult<Vec<u8>> {
    object(vm, value)?;
    Ok(this(value).to_vec(vm).unwrap_or_default())
}

fn count(value: &Ref) -> usize {
    this(value).selection.get().count
}

fn cast(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let object = object(vm, &args[0])?;
    match args[1].as_str().and_then(|format| format.as_ascii()) {
        Some("B" | "@B" | "c" | "b") => {
            let view = MemoryView {
                object: Slot::new(object),
                selection: Cell::new(this(&args[0]).selection.get()),
            };
            Ok(vm.new_object(vm.types.memoryview, view))
        }
        _ => Err(vm.not_implemented_error("memoryview: only formats of one byte are supported")),
    }
}

/// `memoryview`
pub(crate) const MEMORYVIEW: TypeDef = TypeDef {
    name: "memoryview",
    doc: "memoryview(object)\n--\n\nCreate a new memoryview object which references the given object.",
    slots: Slots {
        repr: Some(|vm, value| {
            let state = if this(value).object.is_empty() {
                "released memory"
            } else {
                "memory"
            };
            Ok(vm.new_str(&format!("<{state} at {:#x}>", value.id())))
        }),
        hash: Some(hash),
        richcompare: Some(richcompare),
        new: Some(new),
        iter: Some(|vm, value| {
            Ok(vm.new_object(
                vm.types.memory_iterator,
                super::iterators::SequenceIter::new(value.clone()),
            ))
        }),
        length: Some(|vm, value| object(vm, value).map(|_| count(value))),
        subscript: Some(subscript),
        ass_subscript: Some(ass_subscript),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "tobytes",
            "($self, /, order='C')",
            "Return the data in the buffer as a byte string.",
            |vm, args| {
                let data = contents(vm, &args[0])?;
                Ok(vm.new_bytes(data))
            },
        ),
        MethodDef::new(
            "tolist",
            "($self, /)",
            "Return the data in the buffer as a list of elements.",
            |vm, args| {
                let data = contents(vm, &args[0])?;
                Ok(vm.new_list(
                    data.into_iter()
                        .map(|byte| Ref::small_int(byte.into()))
                        .collect(),
                ))
            },
        ),
        MethodDef::new(
            "hex",
            "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
            "Return the data in the buffer as a str of hexadecimal numbers.",
            bytes::methods::hex,
        ),
        MethodDef::new(
            "cast",
            "($self, /, format, shape=<unrepresentable>)",
            "Cast a memoryview to a new format or shape.",
            cast,
        ),
        MethodDef::new(
            "toreadonly",
            "($self, /)",
            "Return a readonly version of the memoryview.",
            |vm, args| {
                let data = contents(vm, &args[0])?;
                let copy = vm.new_bytes(data);
                vm.call(&vm.types.memoryview.to_ref(), &[copy])
            },
        ),
        MethodDef::new(
            "release",
            "($self, /)",
            "Release the underlying buffer exposed by the memoryview object.",
            |_, args| {
                this(&args[0]).object.take();
                Ok(Ref::none())
            },
        ),
        MethodDef::new("__enter__", "($self, /)", "", |vm, args| {
            object(vm, &args[0]).map(|_| args[0].clone())
        }),
        MethodDef::new("__exit__", "($self, /, *exc_info)", "", |_, args| {
            this(&args[0]).object.take();
            Ok(Ref::none())
        }),
    ],
    getset: &[
        GetSetDef::read_only("obj", "The underlying object of the memoryview.", object),
        GetSetDef::read_only(
            "nbytes",
            "The amount of space in bytes that the array would use in\n a contiguous representation.",
            |vm, value| Ok(vm.new_usize(count(value))),
        ),
        GetSetDef::read_only(
            "readonly",
            "A bool indicating whether the memory is read only.",
            |vm, value| {
                Ok(Ref::bool(
                    object(vm, value)?.downcast::<ByteArray>().is_none(),
                ))
            },
        ),
        GetSetDef::read_only(
            "itemsize",
            "The size in bytes of each element of the memoryview.",
            |_, _| Ok(Ref::small_int(1)),
        ),
        GetSetDef::read_only(
            "format",
            "A string containing the format (in struct module style)\n for each element in the view.",
            |vm, _| Ok(vm.new_str("B")),
        ),
        GetSetDef::read_only(
            "ndim",
            "An integer indicating how many dimensions of a multi-dimensional\n array the memory represents.",
            |_, _| Ok(Ref::small_int(1)),
        ),
        GetSetDef::read_only(
            "shape",
            "A tuple of ndim integers giving the shape of the memory\n as an N-dimensional array.",
            |vm, value| {
                let len = vm.new_usize(count(value));
                Ok(vm.new_tuple(vec![len]))
            },
        ),
        GetSetDef::read_only(
            "strides",
            "A tuple of ndim integers giving the size in bytes to access\n each element for each dimension of the array.",
            |vm, value| {
                let step = vm.new_int(this(value).selection.get().step as i64);
                Ok(vm.new_tuple(vec![step]))
            },
        ),
        GetSetDef::read_only(
            "contiguous",
            "A bool indicating whether the memory is contiguous.",
            |_, value| Ok(Ref::bool(this(value).selection.get().step == 1)),
        ),
        GetSetDef::read_only(
            "c_contiguous",
            "A bool indicating whether the memory is C contiguous.",
            |_, value| Ok(Ref::bool(this(value).selection.get().step == 1)),
        ),
        GetSetDef::read_only(
            "f_contiguous",
            "A bool indicating whether the memory is Fortran contiguous.",
            |_, value| Ok(Ref::bool(this(value).selection.get().step == 1)),
        ),
        GetSetDef::read_only(
            "suboffsets",
            "A tuple of integers used internally for PIL-style arrays.",
            |vm, _| Ok(vm.new_tuple(Vec::new())),
        ),
    ],
    ..TypeDef::EMPTY
};
