//! Conversions that methods of many types need: arguments to numbers, indices,
//! bytes; messages to exceptions.
#![forbid(unsafe_code)]

use crate::error::{Exc, PyResult};
use crate::format::{ErrorKind, FormatError};
use crate::object::{Args, Bytes, Ref, Signature, Slice};
use crate::text::StrBuilder;
use crate::types::bytearray::ByteArray;
use crate::types::int::IntRef;
use crate::vm::Vm;

/// The value of what is known to be an int.
#[track_caller]
pub(crate) fn int(value: &Ref) -> IntRef<'_> {
    IntRef::of(value).expect("the type was checked before")
}

/// The exception for a formatting error.
pub(crate) fn format_error(vm: &mut Vm, error: FormatError) -> Exc {
    match error.kind {
        ErrorKind::Value => vm.value_error(error.message),
        ErrorKind::Overflow => vm.overflow_error(error.message),
    }
}

/// The exception for a `__format__` argument that is no str.
pub(crate) fn format_argument(vm: &mut Vm, spec: &Ref) -> Exc {
    let name = vm.type_of(spec).name();
    vm.type_error(format!("__format__() argument must be str, not {name}"))
}

/// Binds the arguments of a `__new__` or `__init__`.
pub(crate) fn bind(
    vm: &mut Vm,
    name: &str,
    signature: &'static str,
    args: Args<'_>,
) -> PyResult<Vec<Option<Ref>>> {
    Signature::parse(signature).bind(vm, name, args)
}

/// Refuses keyword arguments and checks the number of positional ones.
pub(crate) fn positional<'a>(
    vm: &mut Vm,
    name: &str,
    args: Args<'a>,
    min: usize,
    max: usize,
) -> PyResult<&'a [Ref]> {
    if !args.kwnames().is_empty() {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    let given = args.positional();
    let s = |n: usize| if n == 1 { "" } else { "s" };
    if given.len() < min || given.len() > max {
        let (how, n) = match (given.len() < min, min == max) {
            (_, true) => ("", min),
            (true, false) => ("at least ", min),
            (false, false) => ("at most ", max),
        };
        return Err(vm.type_error(format!(
            "{name} expected {how}{n} argument{}, got {}",
            s(n),
            given.len()
        )));
    }
    Ok(given)
}

/// Checks what `__int__` or `__index__` gave.
pub(crate) fn check_int_result(vm: &mut Vm, result: &Ref, method: &str) -> PyResult<()> {
    if IntRef::of(result).is_some() {
        return Ok(());
    }
    let name = vm.type_of(result).name();
    Err(vm.type_error(format!("{method} returned non-int (type {name})")))
}

/// The bytes of what lends its memory, copied; `None` for anything else.
pub(crate) fn bytes_like(vm: &Vm, value: &Ref) -> Option<Vec<u8>> {
    if let Some(bytes) = value.downcast::<Bytes>() {
        return Some(bytes.data.to_vec());
    }
    if let Some(bytes) = value.downcast::<ByteArray>() {
        return Some(bytes.data.get(vm).clone());
    }
    if let Some(view) = value.downcast::<crate::types::memoryview::MemoryView>() {
        return view.to_vec(vm);
    }
    let lend = vm.type_of(value).slot(|slots| slots.buffer)?;
    bytes_like(vm, &lend(vm, value)?.holder)
}

/// The bytes of an argument that must be bytes-like.
pub(crate) fn need_bytes(vm: &mut Vm, value: &Ref) -> PyResult<Vec<u8>> {
    match bytes_like(vm, value) {
        Some(bytes) => Ok(bytes),
        None => {
            if let Some(view) = crate::types::memoryview::by_method(vm, value)? {
                return need_bytes(vm, &view);
            }
            let name = vm.type_of(value).name();
            Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")))
        }
    }
}

/// An index argument (`__index__`), clamped to what a machine word holds.
pub(crate) fn clamped_index(vm: &mut Vm, value: &Ref) -> PyResult<isize> {
    if let Some(small) = value.as_small_int() {
        return Ok(small as isize);
    }
    let index = vm.index(value)?;
    let index = int(&index);
    Ok(index.to_i64().map_or(
        if index.is_negative() {
            isize::MIN
        } else {
            isize::MAX
        },
        |index| index as isize,
    ))
}

/// The `start` and `stop` of `find`, `index`, `count` and the like, clamped to
/// `0..=len`; `None` where the start is beyond the end.
pub(crate) fn bounds(
    vm: &mut Vm,
    start: Option<&Ref>,
    stop: Option<&Ref>,
    len: usize,
) -> PyResult<Option<(usize, usize)>> {
    let place = |vm: &mut Vm, value: Option<&Ref>, default: isize| match value {
        Some(value) if !value.is_none() => slice_index(vm, value),
        _ => Ok(default),
    };
    let start = place(vm, start, 0)?;
    let stop = place(vm, stop, isize::MAX)?;
    let len = len as isize;
    let from_end = |at: isize| {
        if at < 0 {
            at.saturating_add(len).max(0)
        } else {
            at
        }
    };
    let (start, stop) = (from_end(start), from_end(stop).min(len));
    Ok((start <= stop).then_some((start as usize, stop as usize)))
}

/// An index in a slice: None, an int, or something with `__index__`.
pub(crate) fn slice_index(vm: &mut Vm, value: &Ref) -> PyResult<isize> {
    if value.as_small_int().is_some() || vm.type_of(value).slot(|slots| slots.index).is_some() {
        return clamped_index(vm, value);
    }
    Err(vm.type_error("slice indices must be integers or None or have an __index__ method"))
}

/// The items a slice selects of a sequence: the first, the step, how many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Selection {
    pub(crate) start: isize,
    pub(crate) stop: isize,
    pub(crate) step: isize,
    pub(crate) count: usize,
}

impl Selection {
    /// The positions, in order.
    pub(crate) fn positions(self) -> impl Iterator<Item = usize> {
        (0..self.count)
            .map(move |at| self.start.wrapping_add(self.step.wrapping_mul(at as isize)) as usize)
    }
}

/// `slice.start, slice.stop, slice.step` as numbers, before the length is known.
/// The `__index__` of an item may change the sequence, so lengths come after.
pub(crate) fn slice_parts(vm: &mut Vm, slice: &Slice) -> PyResult<(isize, isize, isize)> {
    let mut step = 1;
    if !slice.step.is_none() {
        step = slice_index(vm, &slice.step)?;
        if step == 0 {
            return Err(vm.value_error("slice step cannot be zero"));
        }
        step = step.max(-isize::MAX);
    }
    let start = match slice.start.is_none() {
        true => {
            if step < 0 {
                isize::MAX
            } else {
                0
            }
        }
        false => slice_index(vm, &slice.start)?,
    };
    let stop = match slice.stop.is_none() {
        true => {
            if step < 0 {
                isize::MIN
            } else {
                isize::MAX
            }
        }
        false => slice_index(vm, &slice.stop)?,
    };
    Ok((start, stop, step))
}

/// Fits a slice to a length.
pub(crate) fn select((start, stop, step): (isize, isize, isize), len: usize) -> Selection {
    let len = len as isize;
    let clamp = |at: isize| {
        if at < 0 {
            let at = at.saturating_add(len);
            if at < 0 {
                if step < 0 { -1 } else { 0 }
            } else {
                at
            }
        } else if at >= len {
            if step < 0 { len - 1 } else { len }
        } else {
            at
        }
    };
    let (start, stop) = (clamp(start), clamp(stop));
    let count = if step < 0 {
        if stop < start {
            (start - stop - 1) / -step + 1
        } else {
            0
        }
    } else if start < stop {
        (stop - start - 1) / step + 1
    } else {
        0
    };
    Selection {
        start,
        stop,
        step,
        count: count as usize,
    }
}

/// A subscript of a sequence: an index within it, or a slice.
pub(crate) enum Subscript {
    Index(usize),
    Slice(Selection),
}

/// Reads a subscript. `kind` is the sequence's name in messages: `list`, `string`.
pub(crate) fn subscript(
    vm: &mut Vm,
    key: &Ref,
    kind: &str,
    len: impl Fn(&Vm) -> usize,
) -> PyResult<Subscript> {
    if let Some(slice) = key.downcast::<Slice>() {
        let parts = slice_parts(vm, slice)?;
        return Ok(Subscript::Slice(select(parts, len(vm))));
    }
    let index = match key.as_small_int() {
        Some(index) => index as isize,
        None if vm.type_of(key).slot(|slots| slots.index).is_some() => {
            let index = vm.index(key)?;
            match int(&index).to_i64() {
                Some(index) => index as isize,
                None => {
                    let name = vm.type_of(key).name();
                    return Err(
                        vm.index_error(format!("cannot fit '{name}' into an index-sized integer"))
                    );
                }
            }
        }
        None => {
            let name = vm.type_of(key).name();
            return Err(vm.type_error(if kind == "string" {
                format!("string indices must be integers, not '{name}'")
            } else {
                format!("{kind} indices must be integers or slices, not {name}")
            }));
        }
    };
    let len = len(vm) as isize;
    let at = if index < 0 { index + len } else { index };
    if at < 0 || at >= len {
        return Err(vm.index_error(format!("{kind} index out of range")));
    }
    Ok(Subscript::Index(at as usize))
}

/// A special method of a value's type, bound to it.
pub(crate) fn special(vm: &mut Vm, value: &Ref, name: &str) -> PyResult<Option<Ref>> {
    let name = vm.intern(name);
    vm.lookup_special(value, &name)
}

/// The items of an argument of `join`: an exact list or tuple as it is, others collected.
pub(crate) fn join_items(vm: &mut Vm, iterable: &Ref) -> PyResult<Vec<Ref>> {
    if vm
        .type_of(iterable)
        .slot(|slots| slots.iter.is_none() && slots.item.is_none() && slots.subscript.is_none())
    {
        return Err(vm.type_error("can only join an iterable"));
    }
    vm.collect(iterable)
}

/// `repr` of a container: brackets around its items' reprs, `[...]` inside itself.
pub(crate) fn container_repr(
    vm: &mut Vm,
    value: &Ref,
    (open, close): (&str, &str),
    mut next: impl FnMut(&mut Vm, usize) -> PyResult<Option<Vec<Ref>>>,
) -> PyResult {
    if !vm.repr_enter(value) {
        return Ok(vm.new_str(&format!("{open}...{close}")));
    }
    let result = (|| {
        vm.check_depth(" while getting the repr of an object")?;
        let mut out = StrBuilder::new();
        out.push_text(open);
        let mut index = 0;
        while let Some(items) = next(vm, index)? {
            vm.charge(1)?;
            if index > 0 {
                out.push_text(", ");
            }
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push_text(": ");
                }
                let shown = vm.repr(item)?;
                out.push_str(crate::types::str::text(&shown));
            }
            vm.check_memory(out.len())?;
            index += 1;
        }
        out.push_text(close);
        Ok(vm.new_text(out.finish()))
    })();
    vm.repr_leave();
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selections() {
        let all = (0, isize::MAX, 1);
        let back = (isize::MAX, isize::MIN, -1);
        for (parts, len, expected) in [
            (all, 5, vec![0, 1, 2, 3, 4]),
            (back, 3, vec![2, 1, 0]),
            ((-2, isize::MAX, 1), 5, vec![3, 4]),
            ((1, -1, 2), 6, vec![1, 3]),
            ((10, 0, -4), 6, vec![5, 1]),
            ((3, 1, 1), 6, vec![]),
            ((-100, 100, 3), 4, vec![0, 3]),
            ((0, 3, isize::MAX), 3, vec![0]),
        ] {
            assert_eq!(
                select(parts, len).positions().collect::<Vec<_>>(),
                expected,
                "{parts:?} of {len}"
            );
        }
    }
}
