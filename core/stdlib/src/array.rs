//! `array`: numbers side by side in memory (`Modules/arraymodule.c`).
//!
//! The memory is a `bytearray` of its own, which a `memoryview` can share; while
//! one does, the size is fixed.

mod methods;

use std::cell::Cell;

use num_traits::ToPrimitive as _;
use vitrine_vm::object::{
    Args, Buffer, CompareOp, Payload, Ref, Slice, Slot, Slots, Ty, TypeDef, Visitor, type_flags,
};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{add, integer, real};

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "array",
    init,
};

#[derive(Default)]
struct State {
    array: Cell<Option<Ty>>,
    iterator: Cell<Option<Ty>>,
}

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let array = vm.new_type(None, &ARRAY);
    let iterator = vm.new_type(None, &ITERATOR);
    let state = vm.state::<State>();
    state.array.set(Some(array));
    state.iterator.set(Some(iterator));
    add(vm, module, "array", array.to_ref());
    add(vm, module, "ArrayType", array.to_ref());
    let codes = vm.new_str("bBuwhHiIlLqQfd");
    add(vm, module, "typecodes", codes);
    crate::native::add_functions(vm, module, methods::FUNCTIONS)?;
    // `collections.abc` knows it as a mutable sequence.
    if let Ok(abc) = vm.import("collections.abc") {
        let sequence = vm.get_attr_str(&abc, "MutableSequence")?;
        vm.call_method(&sequence, "register", &[array.to_ref()])?;
    }
    Ok(())
}

/// The type of an array's items.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Code(u8);

impl Code {
    fn parse(code: u8) -> Option<Self> {
        b"bBuwhHiIlLqQfd".contains(&code).then_some(Self(code))
    }

    fn size(self) -> usize {
        match self.0 {
            b'b' | b'B' => 1,
            b'h' | b'H' => 2,
            b'i' | b'I' | b'f' | b'u' | b'w' => 4,
            _ => 8,
        }
    }

    fn is_signed(self) -> bool {
        matches!(self.0, b'b' | b'h' | b'i' | b'l' | b'q')
    }

    fn is_text(self) -> bool {
        matches!(self.0, b'u' | b'w')
    }

    fn unpack(self, vm: &mut Vm, bytes: &[u8]) -> Ref {
        let mut wide = [0; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        let raw = u64::from_le_bytes(wide);
        match self.0 {
            b'd' => vm.new_float(f64::from_bits(raw)),
            b'f' => vm.new_float(f64::from(f32::from_bits(raw as u32))),
            b'u' | b'w' => {
                let mut text = vitrine_vm::text::StrBuilder::new();
                text.push(raw as u32);
                vm.new_text(text.finish())
            }
            _ if self.is_signed() => {
                let shift = 64 - bytes.len() as u32 * 8;
                vm.new_int(((raw << shift) as i64) >> shift)
            }
            _ => vm.new_int(raw),
        }
    }

    fn pack(self, vm: &mut Vm, value: &Ref) -> PyResult<Vec<u8>> {
        match self.0 {
            b'd' => Ok(real(vm, value)?.to_le_bytes().to_vec()),
            b'f' => Ok((real(vm, value)? as f32).to_le_bytes().to_vec()),
            b'u' | b'w' => {
                let Some(text) = value.as_str() else {
                    let ty = vm.type_of(value).name();
                    return Err(
                        vm.type_error(format!("array item must be a unicode character, not {ty}"))
                    );
                };
                let text = text.text();
                if text.len() != 1 {
                    let count = text.len();
                    return Err(vm.type_error(format!(
                        "array item must be a string of length 1, not a string of length {count}"
                    )));
                }
                Ok(text.at(0).to_le_bytes().to_vec())
            }
            _ => {
                if vm.type_of(value).slot(|slots| slots.index.is_none()) {
                    let ty = vm.type_of(value).name();
                    return Err(
                        vm.type_error(format!("'{ty}' object cannot be interpreted as an integer"))
                    );
                }
                let int = integer(vm, value)?;
                let bits = self.size() as u32 * 8;
                let (low, high) = if self.is_signed() {
                    (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1)
                } else {
                    (0, (1_i128 << bits) - 1)
                };
                match int.to_i128() {
                    Some(int) if (low..=high).contains(&int) => {
                        Ok(int.to_le_bytes()[..self.size()].to_vec())
                    }
                    other => {
                        let below = other.map_or(int < 0.into(), |int| int < low);
                        Err(vm.overflow_error(self.out_of_range(below)))
                    }
                }
            }
        }
    }

    fn out_of_range(self, below: bool) -> &'static str {
        match (self.0, below) {
            (b'b', true) => "signed char is less than minimum",
            (b'b', false) => "signed char is greater than maximum",
            (b'B', true) => "unsigned byte integer is less than minimum",
            (b'B', false) => "unsigned byte integer is greater than maximum",
            (b'h', true) => "signed short integer is less than minimum",
            (b'h', false) => "signed short integer is greater than maximum",
            (b'H', true) => "unsigned short is less than minimum",
            (b'H', false) => "unsigned short is greater than maximum",
            (b'i', true) => "signed integer is less than minimum",
            (b'i', false) => "signed integer is greater than maximum",
            (b'I', true) => "unsigned int is less than minimum",
            (b'I', false) => "unsigned int is greater than maximum",
            (b'L' | b'Q', true) => "can't convert negative value to unsigned int",
            _ => "Python int too large to convert to C long",
        }
    }
}

/// An array.
struct Array {
    code: Cell<Code>,
    /// Its memory, a `bytearray` of whole items.
    memory: Slot,
}

impl Payload for Array {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.memory.visit(visitor);
    }
}

fn of(value: &Ref) -> &Array {
    value.payload()
}

impl Array {
    fn memory(&self) -> Ref {
        self.memory.get().unwrap_or_else(Ref::none)
    }

    fn bytes(&self, vm: &Vm) -> Vec<u8> {
        vm.bytearray(&self.memory()).unwrap_or_default().to_vec()
    }

    fn len(&self, vm: &Vm) -> usize {
        vm.bytearray(&self.memory()).map_or(0, <[u8]>::len) / self.code.get().size()
    }

    fn get(&self, vm: &mut Vm, at: usize) -> Option<Ref> {
        let size = self.code.get().size();
        let memory = self.memory();
        let bytes = vm.bytearray(&memory)?.get(at * size..(at + 1) * size)?;
        let bytes = bytes.to_vec();
        Some(self.code.get().unpack(vm, &bytes))
    }

    /// Changes the memory; `resizing` is refused while a view shares it.
    fn change<R>(
        &self,
        vm: &mut Vm,
        resizing: bool,
        change: impl FnOnce(&mut Vec<u8>) -> R,
    ) -> PyResult<R> {
        let memory = self.memory();
        if resizing && vm.is_exported(&memory) {
            return Err(vm.buffer_error("cannot resize an array that is exporting buffers"));
        }
        match vm.bytearray_mut(&memory) {
            Some(bytes) => Ok(change(bytes)),
            None => Err(vm.system_error("an array without memory")),
        }
    }
}

fn make(vm: &mut Vm, ty: Ty, code: Code, bytes: Vec<u8>) -> Ref {
    let memory = vm.new_bytearray(bytes);
    let array = Array {
        code: Cell::new(code),
        memory: Slot::new(memory),
    };
    vm.new_object(ty, array)
}

/// A new array of the plain type.
fn plain(vm: &mut Vm, code: Code, bytes: Vec<u8>) -> PyResult {
    match vm.state::<State>().array.get() {
        Some(ty) => Ok(make(vm, ty, code, bytes)),
        None => Err(vm.system_error("array is not set up")),
    }
}

fn code_argument(vm: &mut Vm, value: &Ref) -> PyResult<Code> {
    let text = match value.as_str() {
        Some(_) => vm.text_of(value),
        None => {
            let ty = vm.type_of(value).name();
            return Err(vm.type_error(format!(
                "array() argument 1 must be a unicode character, not {ty}"
            )));
        }
    };
    match *text.as_bytes() {
        [code] => match Code::parse(code) {
            Some(code) => Ok(code),
            None => Err(
                vm.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)")
            ),
        },
        _ => {
            let count = text.chars().count();
            if count == 1 {
                return Err(vm.value_error(
                    "bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)",
                ));
            }
            Err(vm.type_error(format!(
                "array() argument 1 must be a unicode character, not a string of length {count}"
            )))
        }
    }
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let is_plain = vm
        .state::<State>()
        .array
        .get()
        .is_some_and(|plain| plain.is(ty));
    if !args.kwnames().is_empty() && is_plain {
        return Err(vm.type_error("array.array() takes no keyword arguments"));
    }
    let (code, initial) = match args.positional() {
        [code] => (code, None),
        [code, initial] => (code, Some(initial)),
        [] => return Err(vm.type_error("array() takes at least 1 argument (0 given)")),
        more => {
            let count = more.len();
            return Err(vm.type_error(format!("array() takes at most 2 arguments ({count} given)")));
        }
    };
    let code = code_argument(vm, code)?;
    if code.0 == b'u' {
        vm.warn_deprecated("The 'u' type code is deprecated and will be removed in Python 3.16")?;
    }
    let array = make(vm, ty, code, Vec::new());
    let Some(initial) = initial else {
        return Ok(array);
    };
    if initial.as_str().is_some() {
        if !code.is_text() {
            return Err(vm.type_error(format!(
                "cannot use a str to initialize an array with typecode '{}'",
                char::from(code.0)
            )));
        }
        methods::extend(vm, &array, initial)?;
        return Ok(array);
    }
    if let Some(other) = initial.downcast::<Array>() {
        if other.code.get().is_text() && !code.is_text() {
            return Err(vm.type_error(format!(
                "cannot use a unicode array to initialize an array with typecode '{}'",
                char::from(code.0)
            )));
        }
        if other.code.get() == code {
            let bytes = other.bytes(vm);
            of(&array).change(vm, true, |memory| *memory = bytes)?;
            return Ok(array);
        }
    } else if let Some(bytes) = vm.bytes_like(initial) {
        if bytes.len() % code.size() != 0 {
            return Err(vm.value_error("bytes length not a multiple of item size"));
        }
        of(&array).change(vm, true, |memory| *memory = bytes)?;
        return Ok(array);
    }
    let iterator = vm.iter(initial)?;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        methods::append(vm, &array, &item)?;
    }
    Ok(array)
}

/// What a subscript selects: an item, or `(start, step, count)`.
enum Selected {
    Item(usize),
    Part(isize, isize, usize),
}

fn select(vm: &mut Vm, this: &Ref, key: &Ref, what: &str) -> PyResult<Selected> {
    if key.downcast::<Slice>().is_some() {
        let len = of(this).len(vm);
        let len_ref = vm.new_usize(len);
        let parts = vm.call_method(key, "indices", &[len_ref])?;
        let parts = vm.collect(&parts)?;
        let mut numbers = [0; 3];
        for (number, part) in numbers.iter_mut().zip(&parts) {
            *number = part.as_small_int().unwrap_or(0) as isize;
        }
        let [start, stop, step] = numbers;
        let count = if step > 0 && start < stop {
            (stop - start - 1) / step + 1
        } else if step < 0 && stop < start {
            (start - stop - 1) / -step + 1
        } else {
            0
        };
        return Ok(Selected::Part(start, step, count as usize));
    }
    if vm.type_of(key).slot(|slots| slots.index.is_none()) {
        return Err(vm.type_error("array indices must be integers"));
    }
    let index = vm.index_isize(key, "")?;
    let len = of(this).len(vm) as isize;
    let at = if index < 0 { index + len } else { index };
    if at < 0 || at >= len {
        return Err(vm.index_error(what));
    }
    Ok(Selected::Item(at as usize))
}

fn subscript(vm: &mut Vm, this: &Ref, key: &Ref) -> PyResult {
    match select(vm, this, key, "array index out of range")? {
        Selected::Item(at) => match of(this).get(vm, at) {
            Some(item) => Ok(item),
            None => Err(vm.index_error("array index out of range")),
        },
        Selected::Part(start, step, count) => {
            let (size, bytes) = (of(this).code.get().size(), of(this).bytes(vm));
            let part = picked(&bytes, size, start, step, count);
            plain(vm, of(this).code.get(), part)
        }
    }
}

fn picked(bytes: &[u8], size: usize, start: isize, step: isize, count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|at| {
            let place = (start + step * at as isize) as usize * size;
            bytes
                .get(place..place + size)
                .unwrap_or_default()
                .iter()
                .copied()
        })
        .collect()
}

fn ass_subscript(vm: &mut Vm, this: &Ref, key: &Ref, new: Option<&Ref>) -> PyResult<()> {
    let array = of(this);
    let size = array.code.get().size();
    match (
        select(vm, this, key, "array assignment index out of range")?,
        new,
    ) {
        (Selected::Item(at), Some(new)) => {
            let bytes = array.code.get().pack(vm, new)?;
            array.change(vm, false, |memory| {
                if let Some(there) = memory.get_mut(at * size..(at + 1) * size) {
                    there.copy_from_slice(&bytes);
                }
            })
        }
        (Selected::Item(at), None) => array.change(vm, true, |memory| {
            memory.drain(at * size..(at + 1) * size);
        }),
        (Selected::Part(start, step, count), new) => {
            let bytes = match new {
                None => Vec::new(),
                Some(new) => {
                    let Some(other) = new.downcast::<Array>() else {
                        let ty = vm.type_of(new).name();
                        return Err(vm.type_error(format!(
                            "can only assign array (not \"{ty}\") to array slice"
                        )));
                    };
                    if other.code.get() != array.code.get() {
                        return Err(vm.type_error("bad argument type for built-in operation"));
                    }
                    other.bytes(vm)
                }
            };
            let given = bytes.len() / size;
            if step == 1 {
                let start = start as usize;
                return array.change(vm, given != count, |memory| {
                    memory.splice(start * size..(start + count) * size, bytes);
                });
            }
            if new.is_some() && given != count {
                return Err(vm.value_error(format!(
                    "attempt to assign array of size {given} to extended slice of size {count}"
                )));
            }
            let places = (0..count).map(|at| (start + step * at as isize) as usize * size);
            if new.is_some() {
                return array.change(vm, false, |memory| {
                    for (place, item) in places.zip(bytes.chunks_exact(size)) {
                        memory[place..place + size].copy_from_slice(item);
                    }
                });
            }
            let mut places: Vec<usize> = places.collect();
            places.sort_unstable();
            array.change(vm, count > 0, |memory| {
                for place in places.into_iter().rev() {
                    memory.drain(place..place + size);
                }
            })
        }
    }
}

fn compare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    let (Some(x), Some(y)) = (a.downcast::<Array>(), b.downcast::<Array>()) else {
        return Ok(Ref::not_implemented());
    };
    let (left, right) = (x.len(vm), y.len(vm));
    if left != right && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::bool(op == CompareOp::Ne));
    }
    for at in 0..left.min(right) {
        vm.charge(1)?;
        let (Some(p), Some(q)) = (x.get(vm, at), y.get(vm, at)) else {
            break;
        };
        if !vm.compare_bool(&p, &q, CompareOp::Eq)? {
            return match op {
                CompareOp::Eq => Ok(Ref::bool(false)),
                CompareOp::Ne => Ok(Ref::bool(true)),
                _ => vm.compare(&p, &q, op),
            };
        }
    }
    Ok(Ref::bool(op.holds(x.len(vm).cmp(&y.len(vm)))))
}

fn concat(vm: &mut Vm, this: &Ref, other: &Ref) -> PyResult {
    let Some(more) = other.downcast::<Array>() else {
        let ty = vm.type_of(other).name();
        return Err(vm.type_error(format!("can only append array (not \"{ty}\") to array")));
    };
    if more.code.get() != of(this).code.get() {
        return Err(vm.type_error("bad argument type for built-in operation"));
    }
    let mut bytes = of(this).bytes(vm);
    bytes.extend(more.bytes(vm));
    plain(vm, of(this).code.get(), bytes)
}

fn repeated(vm: &mut Vm, this: &Ref, times: isize) -> PyResult<Vec<u8>> {
    let bytes = of(this).bytes(vm);
    let times = times.max(0) as usize;
    let total = bytes.len().saturating_mul(times);
    vm.check_memory(total)?;
    vm.charge(total / 64)?;
    Ok(bytes.repeat(times))
}

fn repr(vm: &mut Vm, this: &Ref) -> PyResult {
    let code = of(this).code.get();
    let letter = char::from(code.0);
    let class = vm.type_of(this).name();
    if of(this).len(vm) == 0 {
        return Ok(vm.new_str(&format!("{class}('{letter}')")));
    }
    let items = methods::list(vm, this)?;
    let shown = if code.is_text() {
        let empty = vm.new_str("");
        vm.call_method(&empty, "join", &[items])?
    } else {
        items
    };
    let shown = vm.repr_string(&shown)?;
    Ok(vm.new_str(&format!("{class}('{letter}', {shown})")))
}

struct ArrayIterator {
    array: Slot,
    at: Cell<usize>,
}

impl Payload for ArrayIterator {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.array.visit(visitor);
    }

    fn clear(&self) {
        self.array.take();
    }
}

const ITERATOR: TypeDef = TypeDef {
    name: "arrayiterator",
    module: "array",
    flags: type_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(|_, this| Ok(this.clone())),
        iternext: Some(|vm, this| {
            let iterator: &ArrayIterator = this.payload();
            let Some(array) = iterator.array.get() else {
                return Ok(None);
            };
            let at = iterator.at.get();
            let item = of(&array).get(vm, at);
            if item.is_none() {
                iterator.array.take();
            }
            iterator.at.set(at + 1);
            Ok(item)
        }),
        ..Slots::EMPTY
    },
    methods: methods::ITERATOR_METHODS,
    ..TypeDef::EMPTY
};

const ARRAY: TypeDef = TypeDef {
    name: "array",
    module: "array",
    doc: "array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode, and\ninitialized from the optional initializer value.",
    flags: type_flags::BASETYPE | type_flags::SEQUENCE | type_flags::HAS_WEAKREF,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        richcompare: Some(compare),
        iter: Some(|vm, this| {
            let Some(ty) = vm.state::<State>().iterator.get() else {
                return Ok(Ref::none());
            };
            let iterator = ArrayIterator {
                array: Slot::new(this.clone()),
                at: Cell::new(0),
            };
            Ok(vm.new_object(ty, iterator))
        }),
        length: Some(|vm, this| Ok(of(this).len(vm))),
        subscript: Some(subscript),
        ass_subscript: Some(ass_subscript),
        concat: Some(concat),
        repeat: Some(|vm, this, times| {
            let bytes = repeated(vm, this, times)?;
            plain(vm, of(this).code.get(), bytes)
        }),
        inplace_concat: Some(|vm, this, other| {
            if other.downcast::<Array>().is_none() {
                let ty = vm.type_of(other).name();
                return Err(vm.type_error(format!("can only extend with array (not \"{ty}\")")));
            }
            methods::extend(vm, this, other)?;
            Ok(this.clone())
        }),
        inplace_repeat: Some(|vm, this, times| {
            let bytes = repeated(vm, this, times)?;
            of(this).change(vm, times != 1, |memory| *memory = bytes)?;
            Ok(this.clone())
        }),
        buffer: Some(|_, this| {
            let array = of(this);
            let format = match array.code.get().0 {
                b'u' | b'w' => b'I',
                code => code,
            };
            Some(Buffer {
                holder: array.memory(),
                format,
            })
        }),
        ..Slots::EMPTY
    },
    methods: methods::METHODS,
    getset: methods::GETSET,
};
