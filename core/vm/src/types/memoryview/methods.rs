//! The methods and attributes of `memoryview`.
#![forbid(unsafe_code)]

use super::{
    Format, MAX_NDIM, Shape, ass_subscript, hash, holder, item, new, reshaped, richcompare,
    subscript, this,
};
use crate::error::PyResult;
use crate::object::{Args, GetSetDef, List, MethodDef, Ref, Slots, TypeDef};
use crate::types::bytes;
use crate::vm::Vm;

fn cast(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let value = &args[0];
    holder(vm, value)?;
    let Some(text) = args[1].as_str().map(ToString::to_string) else {
        let name = vm.type_of(&args[1]).name();
        return Err(vm.type_error(format!("cast() argument 'format' must be str, not {name}")));
    };
    let shape = &this(value).shape;
    if !shape.is_contiguous(false) {
        return Err(vm.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let dims = args.get(2).map(|shape| dimensions(vm, shape)).transpose()?;
    if dims.is_some() && shape.shape.len() != 1 && dims.as_ref().is_some_and(|d| d.len() != 1) {
        return Err(vm.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
    }
    if shape.shape.contains(&0) && shape.shape.len() > 1 {
        return Err(vm.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    let Some(format) = Format::parse(&text) else {
        return Err(vm.value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    if !shape.format.is_byte() && !format.is_byte() {
        return Err(vm.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let nbytes = shape.nbytes();
    if !nbytes.is_multiple_of(format.size()) {
        return Err(vm.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let mut cast = Shape::flat(format, nbytes);
    cast.start = shape.start;
    if let Some(dims) = dims {
        let product = dims
            .iter()
            .try_fold(format.size(), |product, n| product.checked_mul(*n));
        if product != Some(nbytes) {
            return Err(vm.type_error("memoryview: product(shape) * itemsize != buffer size"));
        }
        cast.strides = Shape::c_strides(&dims, format.size());
        cast.shape = dims;
    }
    reshaped(vm, value, this(value).readonly, cast)
}

/// The numbers of a shape argument.
fn dimensions(vm: &mut Vm, shape: &Ref) -> PyResult<Vec<usize>> {
    let items = match (shape.as_tuple(), shape.downcast::<List>()) {
        (Some(items), _) => items.to_vec(),
        (None, Some(list)) => list.items(vm).clone(),
        (None, None) => return Err(vm.type_error("shape must be a list or a tuple")),
    };
    if items.len() > MAX_NDIM {
        return Err(vm.value_error("memoryview: number of dimensions must not exceed 64"));
    }
    let mut dims = Vec::with_capacity(items.len());
    for item in &items {
        if vm.int_value(item).is_none() {
            return Err(vm.type_error("memoryview.cast(): elements of shape must be integers"));
        }
        let n = vm.index_isize(item, "")?;
        if n <= 0 {
            return Err(vm.value_error("memoryview.cast(): elements of shape must be integers > 0"));
        }
        dims.push(n as usize);
    }
    Ok(dims)
}

fn tobytes(vm: &mut Vm, args: Args<'_>) -> PyResult {
    holder(vm, &args[0])?;
    let order = match args.get_not_none(1) {
        None => "C".to_owned(),
        Some(order) if order.as_str().is_some() => vm.text_of(order),
        Some(order) => {
            let name = vm.type_of(order).name();
            return Err(vm.type_error(format!(
                "tobytes() argument 'order' must be str or None, not {name}"
            )));
        }
    };
    let view = this(&args[0]);
    let fortran = match &*order {
        "C" => false,
        "F" => true,
        "A" => !view.shape.is_contiguous(false) && view.shape.is_contiguous(true),
        _ => return Err(vm.value_error("order must be 'C', 'F' or 'A'")),
    };
    let data = view.ordered(vm, fortran).unwrap_or_default();
    Ok(vm.new_bytes(data))
}

fn tolist(vm: &mut Vm, args: Args<'_>) -> PyResult {
    holder(vm, &args[0])?;
    let shape = this(&args[0]).shape.clone();
    vm.check_memory(shape.count().saturating_mul(8))?;
    vm.charge(shape.count())?;
    let mut items = Vec::with_capacity(shape.count());
    for at in shape.offsets(false) {
        items.push(item(vm, &args[0], at)?);
    }
    if shape.shape.is_empty() {
        return Ok(items.pop().unwrap_or_else(Ref::none));
    }
    // Lists of the innermost dimension, then lists of those.
    for &n in shape.shape.iter().skip(1).rev() {
        let mut rest = items.into_iter();
        let mut rows = Vec::new();
        loop {
            let row: Vec<Ref> = rest.by_ref().take(n.max(1)).collect();
            if row.is_empty() {
                break;
            }
            rows.push(vm.new_list(row));
        }
        items = rows;
    }
    Ok(vm.new_list(items))
}

fn count(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let iterator = vm.iter(&args[0])?;
    let mut count = 0;
    while let Some(there) = vm.next(&iterator)? {
        vm.charge(1)?;
        count += usize::from(there.is(&args[1]) || vm.eq(&there, &args[1])?);
    }
    Ok(vm.new_usize(count))
}

fn index(vm: &mut Vm, args: Args<'_>) -> PyResult {
    holder(vm, &args[0])?;
    match this(&args[0]).shape.shape.len() {
        0 => return Err(vm.type_error("invalid lookup on 0-dim memory")),
        1 => {}
        _ => {
            return Err(vm.not_implemented_error("multi-dimensional lookup is not implemented"));
        }
    }
    let n = this(&args[0]).shape.shape[0];
    let bounds = crate::types::convert::bounds(vm, args.get(2), args.get(3), n)?;
    if let Some((start, stop)) = bounds {
        for at in start..stop {
            vm.charge(1)?;
            let key = vm.new_usize(at);
            let there = subscript(vm, &args[0], &key)?;
            if there.is(&args[1]) || vm.eq(&there, &args[1])? {
                return Ok(key);
            }
        }
    }
    Err(vm.value_error("memoryview.index(x): x not found"))
}

fn release(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let _ = vm;
    this(&args[0]).release();
    Ok(Ref::none())
}

/// A tuple of numbers about each dimension.
fn numbers(vm: &mut Vm, value: &Ref, pick: impl Fn(&Shape) -> Vec<i64>) -> PyResult {
    holder(vm, value)?;
    let items = pick(&this(value).shape)
        .into_iter()
        .map(|n| vm.new_int(n))
        .collect();
    Ok(vm.new_tuple(items))
}

/// `memoryview`
pub(crate) const MEMORYVIEW: TypeDef = TypeDef {
    name: "memoryview",
    doc: "memoryview(object)\n--\n\nCreate a new memoryview object which references the given object.",
    slots: Slots {
        repr: Some(|vm, value| {
            let state = if this(value).holder.is_empty() {
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
            holder(vm, value)?;
            match this(value).shape.shape.len() {
                0 => return Err(vm.type_error("invalid indexing of 0-dim memory")),
                1 => {}
                _ => {
                    return Err(
                        vm.not_implemented_error("multi-dimensional sub-views are not implemented")
                    );
                }
            }
            Ok(vm.new_object(
                vm.types.memory_iterator,
                crate::types::iterators::SequenceIter::new(value.clone()),
            ))
        }),
        length: Some(|vm, value| {
            holder(vm, value)?;
            match this(value).shape.shape.first() {
                Some(&n) => Ok(n),
                None => Err(vm.type_error("0-dim memory has no length")),
            }
        }),
        subscript: Some(subscript),
        ass_subscript: Some(ass_subscript),
        buffer: Some(|_, _| None),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "tobytes",
            "($self, /, order='C')",
            "Return the data in the buffer as a byte string.",
            tobytes,
        ),
        MethodDef::new(
            "tolist",
            "($self, /)",
            "Return the data in the buffer as a list of elements.",
            tolist,
        ),
        MethodDef::new(
            "hex",
            "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",
            "Return the data in the buffer as a str of hexadecimal numbers.",
            |vm, args| {
                holder(vm, &args[0])?;
                bytes::methods::hex(vm, args)
            },
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
                let shape = this(&args[0]).shape.clone();
                reshaped(vm, &args[0], true, shape)
            },
        ),
        MethodDef::new(
            "count",
            "($self, value, /)",
            "Count the number of occurrences of a value.",
            count,
        ),
        MethodDef::new(
            "index",
            "($self, value, start=0, stop=sys.maxsize, /)",
            "Return the index of the first occurrence of a value.",
            index,
        ),
        MethodDef::new(
            "release",
            "($self, /)",
            "Release the underlying buffer exposed by the memoryview object.",
            release,
        ),
        MethodDef::new("__enter__", "($self, /)", "", |vm, args| {
            holder(vm, &args[0]).map(|_| args[0].clone())
        }),
        MethodDef::new("__exit__", "($self, /, *exc_info)", "", release),
        MethodDef::new(
            "_from_flags",
            "(object, flags)",
            "Create a new memoryview object which references the given object.",
            |vm, args| vm.call(&vm.types.memoryview.to_ref(), &[args[0].clone()]),
        )
        .static_(),
    ],
    getset: &[
        GetSetDef::read_only(
            "obj",
            "The underlying object of the memoryview.",
            |vm, value| {
                holder(vm, value)?;
                Ok(this(value).object.get().unwrap_or_else(Ref::none))
            },
        ),
        GetSetDef::read_only(
            "nbytes",
            "The amount of space in bytes that the array would use in\n a contiguous representation.",
            |vm, value| {
                holder(vm, value)?;
                Ok(vm.new_usize(this(value).shape.nbytes()))
            },
        ),
        GetSetDef::read_only(
            "readonly",
            "A bool indicating whether the memory is read only.",
            |vm, value| {
                holder(vm, value)?;
                Ok(Ref::bool(this(value).readonly))
            },
        ),
        GetSetDef::read_only(
            "itemsize",
            "The size in bytes of each element of the memoryview.",
            |vm, value| {
                holder(vm, value)?;
                Ok(vm.new_usize(this(value).shape.format.size()))
            },
        ),
        GetSetDef::read_only(
            "format",
            "A string containing the format (in struct module style)\n for each element in the view.",
            |vm, value| {
                holder(vm, value)?;
                Ok(vm.new_str(&this(value).shape.format.text()))
            },
        ),
        GetSetDef::read_only(
            "ndim",
            "An integer indicating how many dimensions of a multi-dimensional\n array the memory represents.",
            |vm, value| {
                holder(vm, value)?;
                Ok(vm.new_usize(this(value).shape.shape.len()))
            },
        ),
        GetSetDef::read_only(
            "shape",
            "A tuple of ndim integers giving the shape of the memory\n as an N-dimensional array.",
            |vm, value| {
                numbers(vm, value, |shape| {
                    shape.shape.iter().map(|&n| n as i64).collect()
                })
            },
        ),
        GetSetDef::read_only(
            "strides",
            "A tuple of ndim integers giving the size in bytes to access\n each element for each dimension of the array.",
            |vm, value| {
                numbers(vm, value, |shape| {
                    shape.strides.iter().map(|&n| n as i64).collect()
                })
            },
        ),
        GetSetDef::read_only(
            "contiguous",
            "A bool indicating whether the memory is contiguous.",
            |vm, value| {
                holder(vm, value)?;
                let shape = &this(value).shape;
                Ok(Ref::bool(
                    shape.is_contiguous(false) || shape.is_contiguous(true),
                ))
            },
        ),
        GetSetDef::read_only(
            "c_contiguous",
            "A bool indicating whether the memory is C contiguous.",
            |vm, value| {
                holder(vm, value)?;
                Ok(Ref::bool(this(value).shape.is_contiguous(false)))
            },
        ),
        GetSetDef::read_only(
            "f_contiguous",
            "A bool indicating whether the memory is Fortran contiguous.",
            |vm, value| {
                holder(vm, value)?;
                Ok(Ref::bool(this(value).shape.is_contiguous(true)))
            },
        ),
        GetSetDef::read_only(
            "suboffsets",
            "A tuple of integers used internally for PIL-style arrays.",
            |vm, value| numbers(vm, value, |_| Vec::new()),
        ),
    ],
    ..TypeDef::EMPTY
};
