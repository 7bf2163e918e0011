//! `memoryview`: a window on another object's memory, of any native format and shape.
//!
//! The memory belongs to a `bytes` or `bytearray`, the holder. While a view looks
//! at a `bytearray` its size is fixed, so positions within a view stay valid; they
//! are looked up with `get` all the same.
#![forbid(unsafe_code)]

mod format;
mod methods;

use std::cell::Cell;

pub(crate) use format::Format;
pub(crate) use methods::MEMORYVIEW;

use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{
    Args, Buffer, Bytes, CompareOp, MethodDef, Ref, Slice, Slot, Ty, Visitor, type_flags,
};
use crate::types::bytearray::ByteArray;
use crate::types::convert;
use crate::vm::Vm;

/// `PyBUF_MAX_NDIM`
const MAX_NDIM: usize = 64;

/// Which bytes of the holder a view shows, and as what.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) format: Format,
    /// Where the first item starts.
    start: isize,
    pub(crate) shape: Vec<usize>,
    /// Bytes from an item to the next, per dimension.
    pub(crate) strides: Vec<isize>,
}

impl Shape {
    fn flat(format: Format, bytes: usize) -> Self {
        let size = format.size();
        Self {
            format,
            start: 0,
            shape: vec![bytes / size],
            strides: vec![size as isize],
        }
    }

    /// How many items there are.
    pub(crate) fn count(&self) -> usize {
        self.shape.iter().product()
    }

    pub(crate) fn nbytes(&self) -> usize {
        self.count() * self.format.size()
    }

    /// Strides of an array without gaps, the last index fastest.
    fn c_strides(shape: &[usize], size: usize) -> Vec<isize> {
        let mut step = size;
        let mut strides: Vec<isize> = shape
            .iter()
            .rev()
            .map(|&n| {
                let stride = step as isize;
                step *= n;
                stride
            })
            .collect();
        strides.reverse();
        strides
    }

    /// Whether the items lie side by side; `fortran` with the first index fastest.
    pub(crate) fn is_contiguous(&self, fortran: bool) -> bool {
        if self.count() == 0 {
            return true;
        }
        let mut expected = self.format.size() as isize;
        let dims: Vec<(usize, isize)> = self
            .shape
            .iter()
            .copied()
            .zip(self.strides.iter().copied())
            .collect();
        let mut check = |(n, stride): (usize, isize)| {
            let fits = n == 1 || stride == expected;
            expected *= n as isize;
            fits
        };
        if fortran {
            dims.into_iter().all(&mut check)
        } else {
            dims.into_iter().rev().all(&mut check)
        }
    }

    /// Where each item starts, the last index fastest, or the first.
    pub(crate) fn offsets(&self, fortran: bool) -> Vec<usize> {
        let mut offsets = vec![self.start];
        let dims: Vec<usize> = if fortran {
            (0..self.shape.len()).rev().collect()
        } else {
            (0..self.shape.len()).collect()
        };
        for dim in dims {
            let (n, stride) = (self.shape[dim], self.strides[dim]);
            offsets = offsets
                .into_iter()
                .flat_map(|at| (0..n).map(move |i| at + stride * i as isize))
                .collect();
        }
        offsets.into_iter().map(|at| at as usize).collect()
    }
}

/// A view; empty once released.
pub(crate) struct MemoryView {
    /// The `bytes` or `bytearray` that has the memory.
    holder: Slot,
    /// What `obj` shows.
    object: Slot,
    readonly: bool,
    shape: Shape,
    hash: Cell<Option<i64>>,
}

impl Payload for MemoryView {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.holder.visit(visitor);
        self.object.visit(visitor);
    }

    fn clear(&self) {
        self.release();
    }
}

impl Drop for MemoryView {
    fn drop(&mut self) {
        self.release();
    }
}

impl MemoryView {
    fn new(holder: Ref, object: Ref, readonly: bool, shape: Shape) -> Self {
        if let Some(array) = holder.downcast::<ByteArray>() {
            array.exports.set(array.exports.get() + 1);
        }
        Self {
            holder: Slot::new(holder),
            object: Slot::new(object),
            readonly,
            shape,
            hash: Cell::new(None),
        }
    }

    /// Lets go of the memory.
    fn release(&self) {
        let holder = self.holder.take();
        if let Some(array) = holder.as_ref().and_then(Ref::downcast::<ByteArray>) {
            array.exports.set(array.exports.get().saturating_sub(1));
        }
        self.object.take();
    }

    /// A copy of the bytes seen, `None` once released.
    pub(crate) fn to_vec(&self, vm: &Vm) -> Option<Vec<u8>> {
        self.ordered(vm, false)
    }

    /// The bytes with the last index fastest, or the first.
    fn ordered(&self, vm: &Vm, fortran: bool) -> Option<Vec<u8>> {
        let holder = self.holder.get()?;
        let all: &[u8] = match holder.downcast::<Bytes>() {
            Some(bytes) => &bytes.data,
            None => holder.downcast::<ByteArray>()?.data.get(vm),
        };
        let (size, shape) = (self.shape.format.size(), &self.shape);
        if shape.is_contiguous(fortran) {
            let start = shape.start.max(0) as usize;
            return Some(
                all.get(start..start + shape.nbytes())
                    .unwrap_or_default()
                    .to_vec(),
            );
        }
        let offsets = shape.offsets(fortran);
        let mut bytes = Vec::with_capacity(offsets.len() * size);
        for at in offsets {
            bytes.extend_from_slice(all.get(at..at + size).unwrap_or_default());
        }
        Some(bytes)
    }

    /// The bytes of one item.
    fn item(&self, vm: &Vm, at: usize) -> Option<Vec<u8>> {
        let holder = self.holder.get()?;
        let size = self.shape.format.size();
        let all: &[u8] = match holder.downcast::<Bytes>() {
            Some(bytes) => &bytes.data,
            None => holder.downcast::<ByteArray>()?.data.get(vm),
        };
        all.get(at..at + size).map(<[u8]>::to_vec)
    }
}

pub(super) fn this(value: &Ref) -> &MemoryView {
    value.payload()
}

/// The view's memory; an error once it is released.
fn holder(vm: &mut Vm, value: &Ref) -> PyResult {
    match this(value).holder.get() {
        Some(holder) => Ok(holder),
        None => Err(vm.value_error("operation forbidden on released memoryview object")),
    }
}

/// A view of the same memory with another shape.
fn reshaped(vm: &mut Vm, value: &Ref, readonly: bool, shape: Shape) -> PyResult {
    let holder = holder(vm, value)?;
    let object = this(value).object.get().unwrap_or_else(|| holder.clone());
    let view = MemoryView::new(holder, object, readonly, shape);
    Ok(vm.new_object(vm.types.memoryview, view))
}

/// What `__buffer__` of a class written in Python gives: a view.
pub(crate) fn by_method(vm: &mut Vm, object: &Ref) -> PyResult<Option<Ref>> {
    if !vm.type_of(object).has(type_flags::HEAPTYPE) {
        return Ok(None);
    }
    let Some(method) = convert::special(vm, object, "__buffer__")? else {
        return Ok(None);
    };
    let view = vm.call(&method, &[Ref::small_int(0x11C)])?;
    if view.downcast::<MemoryView>().is_none() {
        let name = vm.type_of(&view).name();
        return Err(vm.type_error(format!(
            "__buffer__ returned non-memoryview object of type '{name}'"
        )));
    }
    Ok(Some(view))
}

/// A view of an object, `None` if it lends nothing.
fn view_of(vm: &mut Vm, object: &Ref) -> PyResult<Option<Ref>> {
    if object.downcast::<MemoryView>().is_some() {
        let (readonly, shape) = (this(object).readonly, this(object).shape.clone());
        return reshaped(vm, object, readonly, shape).map(Some);
    }
    let lend = vm.type_of(object).slot(|slots| slots.buffer);
    let Some(Buffer { holder, format }) = lend.and_then(|lend| lend(vm, object)) else {
        return by_method(vm, object);
    };
    let length = convert::bytes_like(vm, &holder).map_or(0, |bytes| bytes.len());
    let format = Format {
        code: format,
        at: false,
    };
    let readonly = holder.downcast::<ByteArray>().is_none();
    let view = MemoryView::new(
        holder,
        object.clone(),
        readonly,
        Shape::flat(format, length),
    );
    Ok(Some(vm.new_object(vm.types.memoryview, view)))
}

/// `x.__buffer__(flags)` of types that lend memory.
pub(crate) const BUFFER: MethodDef = MethodDef::new(
    "__buffer__",
    "($self, flags, /)",
    "Return a buffer object that exposes the underlying memory of the object.",
    |vm, args| {
        vm.index_isize(&args[1], "")?;
        match view_of(vm, &args[0])? {
            Some(view) => Ok(view),
            None => Err(vm.buffer_error("the object lends no memory")),
        }
    },
);

fn new(vm: &mut Vm, _ty: Ty, args: Args<'_>) -> PyResult {
    let bound = convert::bind(vm, "memoryview", "(object)", args)?;
    let Some(object) = bound[0].clone() else {
        return Err(vm.type_error("memoryview() missing required argument 'object' (pos 1)"));
    };
    match view_of(vm, &object)? {
        Some(view) => Ok(view),
        None => {
            let name = vm.type_of(&object).name();
            Err(vm.type_error(format!(
                "memoryview: a bytes-like object is required, not '{name}'"
            )))
        }
    }
}

/// What a key selects.
enum Selected {
    /// The item that starts here.
    Item(usize),
    /// A part, as a shape of its own.
    Part(Shape),
}

fn select(vm: &mut Vm, value: &Ref, key: &Ref) -> PyResult<Selected> {
    holder(vm, value)?;
    let shape = &this(value).shape;
    if shape.shape.is_empty() {
        return match key.as_tuple() {
            Some(items) if items.is_empty() => Ok(Selected::Item(shape.start as usize)),
            _ if key.is_ellipsis() => Ok(Selected::Part(shape.clone())),
            _ => Err(vm.type_error("invalid indexing of 0-dim memory")),
        };
    }
    if key.is_ellipsis() {
        return Err(vm.type_error("memoryview: invalid slice key"));
    }
    if let Some(slice) = key.downcast::<Slice>() {
        if shape.shape.len() > 1 {
            return Err(vm.not_implemented_error("multi-dimensional slicing is not implemented"));
        }
        let parts = convert::slice_parts(vm, slice)?;
        let part = convert::select(parts, shape.shape[0]);
        return Ok(Selected::Part(Shape {
            format: shape.format,
            start: shape.start + shape.strides[0] * part.start,
            shape: vec![part.count],
            strides: vec![shape.strides[0] * part.step],
        }));
    }
    if vm.type_of(key).slot(|slots| slots.index).is_some() {
        if shape.shape.len() > 1 {
            return Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented"));
        }
        let at = place(vm, shape, 0, key)?;
        return Ok(Selected::Item(at as usize));
    }
    let Some(items) = key.as_tuple().map(|items| items.to_vec()) else {
        return Err(vm.type_error("memoryview: invalid slice key"));
    };
    let is_index = |vm: &Vm, item: &Ref| vm.type_of(item).slot(|slots| slots.index).is_some();
    if !items.iter().all(|item| is_index(vm, item)) {
        let slices = items
            .iter()
            .all(|item| is_index(vm, item) || item.downcast::<Slice>().is_some());
        return Err(if slices && !items.is_empty() {
            vm.not_implemented_error("multi-dimensional slicing is not implemented")
        } else {
            vm.type_error("memoryview: invalid slice key")
        });
    }
    if items.len() < shape.shape.len() {
        return Err(vm.not_implemented_error("sub-views are not implemented"));
    }
    if items.len() > shape.shape.len() {
        return Err(vm.type_error(format!(
            "cannot index {}-dimension view with {}-element tuple",
            shape.shape.len(),
            items.len()
        )));
    }
    let mut at = shape.start;
    for (dim, item) in items.iter().enumerate() {
        at += place(vm, shape, dim, item)? - shape.start;
    }
    Ok(Selected::Item(at as usize))
}

/// Where the items of one index of a dimension start.
fn place(vm: &mut Vm, shape: &Shape, dim: usize, key: &Ref) -> PyResult<isize> {
    let n = shape.shape[dim] as isize;
    let index = vm.index_isize(key, "")?;
    let index = if index < 0 { index + n } else { index };
    if index < 0 || index >= n {
        return Err(vm.index_error(format!("index out of bounds on dimension {}", dim + 1)));
    }
    Ok(shape.start + shape.strides[dim] * index)
}

fn subscript(vm: &mut Vm, value: &Ref, key: &Ref) -> PyResult {
    match select(vm, value, key)? {
        Selected::Item(at) => item(vm, value, at),
        Selected::Part(shape) => reshaped(vm, value, this(value).readonly, shape),
    }
}

/// The item that starts at a byte.
fn item(vm: &mut Vm, value: &Ref, at: usize) -> PyResult {
    holder(vm, value)?;
    match this(value).item(vm, at) {
        Some(bytes) => Ok(this(value).shape.format.unpack(vm, &bytes)),
        None => Err(vm.index_error("index out of bounds on dimension 1")),
    }
}

fn ass_subscript(vm: &mut Vm, value: &Ref, key: &Ref, new: Option<&Ref>) -> PyResult<()> {
    holder(vm, value)?;
    let view = this(value);
    if view.readonly {
        return Err(vm.type_error("cannot modify read-only memory"));
    }
    let Some(new) = new else {
        return Err(vm.type_error("cannot delete memory"));
    };
    let (offsets, bytes) = match select(vm, value, key)? {
        Selected::Item(at) => (vec![at], view.shape.format.pack(vm, new)?),
        Selected::Part(part) => {
            if part.shape.is_empty() {
                (vec![part.start as usize], part.format.pack(vm, new)?)
            } else {
                let Some(given) = view_of(vm, new)? else {
                    let name = vm.type_of(new).name();
                    return Err(
                        vm.type_error(format!("a bytes-like object is required, not '{name}'"))
                    );
                };
                let other = &this(&given).shape;
                if other.format.code != part.format.code || other.shape != part.shape {
                    return Err(vm.value_error(
                        "memoryview assignment: lvalue and rvalue have different structures",
                    ));
                }
                let bytes = this(&given).to_vec(vm).unwrap_or_default();
                (part.offsets(false), bytes)
            }
        }
    };
    // Packing may have run Python code, which may have released the view.
    let holder = holder(vm, value)?;
    let Some(array) = holder.downcast::<ByteArray>() else {
        return Err(vm.type_error("cannot modify read-only memory"));
    };
    let size = view.shape.format.size();
    let data = array.data.get_mut(vm);
    for (at, new) in offsets.into_iter().zip(bytes.chunks_exact(size)) {
        if let Some(there) = data.get_mut(at..at + size) {
            there.copy_from_slice(new);
        }
    }
    Ok(())
}

fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::not_implemented());
    }
    let equal = equal(vm, a, b)?;
    Ok(match equal {
        Some(equal) => Ref::bool(equal == (op == CompareOp::Eq)),
        None => Ref::not_implemented(),
    })
}

/// Whether two views show equal items; `None` if one is no view of anything.
fn equal(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult<Option<bool>> {
    let (Some(view), other) = (a.downcast::<MemoryView>(), b.downcast::<MemoryView>()) else {
        return Ok(None);
    };
    if view.holder.is_empty() || other.is_some_and(|other| other.holder.is_empty()) {
        return Ok(Some(a.is(b)));
    }
    let Some(other) = view_of(vm, b)? else {
        return Ok(None);
    };
    let (x, y) = (&view.shape, &this(&other).shape);
    if x.shape != y.shape {
        return Ok(Some(false));
    }
    let (Some(left), Some(right)) = (view.to_vec(vm), this(&other).to_vec(vm)) else {
        return Ok(None);
    };
    let exact = |format: Format| !matches!(format.code, b'd' | b'f' | b'e' | b'?');
    if x.format.code == y.format.code && exact(x.format) {
        return Ok(Some(left == right));
    }
    let (left, right) = (
        left.chunks_exact(x.format.size()),
        right.chunks_exact(y.format.size()),
    );
    for (left, right) in left.zip(right) {
        vm.charge(1)?;
        let (left, right) = (x.format.unpack(vm, left), y.format.unpack(vm, right));
        // NaN is no other's equal, nor its own.
        if !vm.compare_bool(&left, &right, CompareOp::Eq)? {
            return Ok(Some(false));
        }
    }
    Ok(Some(true))
}

fn hash(vm: &mut Vm, value: &Ref) -> PyResult<i64> {
    let view = this(value);
    if let Some(hash) = view.hash.get() {
        return Ok(hash);
    }
    holder(vm, value)?;
    if !view.readonly {
        return Err(vm.value_error("cannot hash writable memoryview object"));
    }
    if !view.shape.format.is_byte() {
        return Err(vm.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    if let Some(object) = view.object.get() {
        vm.hash(&object)?;
    }
    let hash = crate::hash::hash_bytes(&view.to_vec(vm).unwrap_or_default());
    view.hash.set(Some(hash));
    Ok(hash)
}
