//! The values of operations on constants, within the limits that keep constants small.
//!
//! `None` means that CPython raises an error or declines, and the instructions stay.

use std::borrow::Cow;

use num_bigint::BigInt;
use num_traits::{FromPrimitive, Signed, ToPrimitive, Zero};
use vitrine_syntax::wtf8::{Wtf8Box, push};

use super::number;
use crate::code::Const;
use crate::dis::set_order::iteration_order;
use crate::opcode::{Opcode, number::*};

/// Bits of an integer.
const MAX_INT_SIZE: u64 = 128;
/// Items of a tuple.
const MAX_COLLECTION_SIZE: usize = 256;
/// Characters of a string.
const MAX_STR_SIZE: usize = 4096;
/// Items of a tuple and of all tuples in it.
const MAX_TOTAL_ITEMS: usize = 1024;

/// An integer or what Python counts among them.
fn as_int(value: &Const) -> Option<Cow<'_, BigInt>> {
    match value {
        Const::Int(value) => Some(Cow::Borrowed(value)),
        Const::Bool(value) => Some(Cow::Owned(BigInt::from(u8::from(*value)))),
        _ => None,
    }
}

/// A number, promoted as far as the other operand asks.
enum Operands {
    Ints(BigInt, BigInt),
    Floats(f64, f64),
    /// Complex numbers; `None` for the imaginary part of a real operand.
    Complexes((f64, Option<f64>), (f64, Option<f64>)),
}

fn operands(left: &Const, right: &Const) -> Option<Operands> {
    if let (Some(left), Some(right)) = (as_int(left), as_int(right)) {
        return Some(Operands::Ints(left.into_owned(), right.into_owned()));
    }
    let real = |value: &Const| match value {
        Const::Float(value) => Some(*value),
        value => number::int_to_float(&*as_int(value)?),
    };
    let complex = |value: &Const| match value {
        Const::Complex(re, im) => Some((*re, Some(*im))),
        value => real(value).map(|re| (re, None)),
    };
    if matches!(left, Const::Complex(..)) || matches!(right, Const::Complex(..)) {
        return Some(Operands::Complexes(complex(left)?, complex(right)?));
    }
    Some(Operands::Floats(real(left)?, real(right)?))
}

/// The value of `left op right`.
pub(crate) fn binary_op(left: &Const, op: u32, right: &Const) -> Option<Const> {
    match (op, left, right) {
        (NB_ADD, Const::Str(a), Const::Str(b)) => {
            Wtf8Box::from_bytes(&[a.as_bytes(), b.as_bytes()].concat()).map(Const::Str)
        }
        (NB_ADD, Const::Bytes(a), Const::Bytes(b)) => {
            Some(Const::Bytes([&**a, &**b].concat().into()))
        }
        (NB_ADD, Const::Tuple(a), Const::Tuple(b)) => {
            Some(Const::Tuple([&**a, &**b].concat().into()))
        }
        (NB_MULTIPLY, Const::Str(_) | Const::Bytes(_) | Const::Tuple(_), _) => repeat(left, right),
        (NB_MULTIPLY, _, Const::Str(_) | Const::Bytes(_) | Const::Tuple(_)) => repeat(right, left),
        (NB_SUBSCR, ..) => subscript(left, right),
        (NB_AND, Const::Bool(a), Const::Bool(b)) => Some(Const::Bool(a & b)),
        (NB_OR, Const::Bool(a), Const::Bool(b)) => Some(Const::Bool(a | b)),
        (NB_XOR, Const::Bool(a), Const::Bool(b)) => Some(Const::Bool(a ^ b)),
        _ => match operands(left, right)? {
            Operands::Ints(a, b) => int_op(a, op, b),
            Operands::Floats(a, b) => float_op(a, op, b),
            Operands::Complexes(a, b) => complex_op(a, op, b),
        },
    }
}

fn int_op(a: BigInt, op: u32, b: BigInt) -> Option<Const> {
    let value = match op {
        NB_ADD => a + b,
        NB_SUBTRACT => a - b,
        NB_MULTIPLY => {
            if !a.is_zero() && !b.is_zero() && a.bits() + b.bits() > MAX_INT_SIZE {
                return None;
            }
            a * b
        }
        NB_TRUE_DIVIDE => return number::divide_ints(&a, &b).map(Const::Float),
        NB_FLOOR_DIVIDE => number::floor_div_mod(&a, &b)?.0,
        NB_REMAINDER => number::floor_div_mod(&a, &b)?.1,
        NB_POWER => return int_power(&a, &b),
        NB_LSHIFT => {
            if a.is_zero() {
                return (!b.is_negative()).then_some(Const::Int(a));
            }
            let shift = b.to_u64()?;
            if shift > MAX_INT_SIZE || a.bits() > MAX_INT_SIZE - shift {
                // A shift by nothing has no limit.
                return (shift == 0).then_some(Const::Int(a));
            }
            a << shift
        }
        NB_RSHIFT => match b.to_u64() {
            Some(shift) if shift <= a.bits() => a >> shift,
            _ if b.is_negative() => return None,
            _ => BigInt::from(if a.is_negative() { -1 } else { 0 }),
        },
        NB_AND => a & b,
        NB_OR => a | b,
        NB_XOR => a ^ b,
        _ => return None,
    };
    Some(Const::Int(value))
}

fn int_power(base: &BigInt, exponent: &BigInt) -> Option<Const> {
    if exponent.is_negative() {
        return float_op(
            number::int_to_float(base)?,
            NB_POWER,
            number::int_to_float(exponent)?,
        );
    }
    if base.is_zero() || exponent.is_zero() {
        return Some(Const::Int(BigInt::from(u8::from(exponent.is_zero()))));
    }
    let exponent = exponent.to_u64()?;
    if base.bits() > MAX_INT_SIZE / exponent {
        return None;
    }
    Some(Const::Int(base.pow(exponent as u32)))
}

fn float_op(a: f64, op: u32, b: f64) -> Option<Const> {
    let value = match op {
        NB_ADD => a + b,
        NB_SUBTRACT => a - b,
        NB_MULTIPLY => a * b,
        NB_TRUE_DIVIDE if b != 0.0 => a / b,
        NB_FLOOR_DIVIDE if b != 0.0 => number::float_floor_div_mod(a, b).0,
        NB_REMAINDER if b != 0.0 => number::float_floor_div_mod(a, b).1,
        NB_POWER => {
            if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
                return complex_op((a, None), NB_POWER, (b, None));
            }
            number::float_power(a, b)?
        }
        _ => return None,
    };
    Some(Const::Float(value))
}

fn complex_op(a: (f64, Option<f64>), op: u32, b: (f64, Option<f64>)) -> Option<Const> {
    let whole = |(re, im): (f64, Option<f64>)| (re, im.unwrap_or(0.0));
    let (re, im) = match (op, a, b) {
        // A real operand takes no part in the imaginary one, signs of zero included.
        (NB_ADD, (a, Some(im)), (b, None)) | (NB_ADD, (a, None), (b, Some(im))) => (a + b, im),
        (NB_SUBTRACT, (a, Some(im)), (b, None)) => (a - b, im),
        (NB_SUBTRACT, (a, None), (b, Some(im))) => (a - b, -im),
        (NB_MULTIPLY, (re, Some(im)), (real, None))
        | (NB_MULTIPLY, (real, None), (re, Some(im))) => (re * real, im * real),
        (NB_TRUE_DIVIDE, (re, Some(im)), (real, None)) if real != 0.0 => (re / real, im / real),
        (NB_ADD, (a, Some(a_im)), (b, Some(b_im))) => (a + b, a_im + b_im),
        (NB_SUBTRACT, (a, Some(a_im)), (b, Some(b_im))) => (a - b, a_im - b_im),
        (NB_MULTIPLY, ..) => number::complex_product(whole(a), whole(b)),
        (NB_TRUE_DIVIDE, (real, None), (re, Some(im))) => number::real_by_complex(real, (re, im))?,
        (NB_TRUE_DIVIDE, ..) => number::complex_quotient(whole(a), whole(b))?,
        (NB_POWER, ..) => number::complex_power(whole(a), whole(b))?,
        _ => return None,
    };
    Some(Const::Complex(re, im))
}

/// `sequence * count`.
fn repeat(sequence: &Const, count: &Const) -> Option<Const> {
    let count = as_int(count)?;
    let len = match sequence {
        Const::Str(text) => text.code_points().count(),
        Const::Bytes(bytes) => bytes.len(),
        Const::Tuple(items) => items.len(),
        _ => return None,
    };
    if len == 0 {
        // Any count that CPython can hold in a machine word will do.
        return count.to_i64().map(|_| sequence.clone());
    }
    let count = count.to_usize()?;
    let limit = if matches!(sequence, Const::Tuple(_)) {
        MAX_COLLECTION_SIZE
    } else {
        MAX_STR_SIZE
    };
    if count > limit / len {
        return None;
    }
    Some(match sequence {
        Const::Str(text) => Const::Str(Wtf8Box::from_bytes(&text.as_bytes().repeat(count))?),
        Const::Bytes(bytes) => Const::Bytes(bytes.repeat(count).into()),
        Const::Tuple(items) => {
            if let Some(limit) = MAX_TOTAL_ITEMS.checked_div(count) {
                check_complexity(items, limit)?;
            }
            let repeated = std::iter::repeat_n(&items[..], count);
            Const::Tuple(repeated.flatten().cloned().collect())
        }
        _ => return None,
    })
}

/// What is left of `limit` items when those of nested tuples are counted.
fn check_complexity(items: &[Const], limit: usize) -> Option<usize> {
    let mut left = limit.checked_sub(items.len())?;
    for item in items {
        if let Const::Tuple(items) = item {
            left = check_complexity(items, left)?;
        }
    }
    Some(left)
}

/// `sequence[key]`.
fn subscript(sequence: &Const, key: &Const) -> Option<Const> {
    let text: Vec<u32>;
    let len = match sequence {
        Const::Str(value) => {
            text = value.code_points().collect();
            text.len()
        }
        Const::Bytes(bytes) => {
            text = Vec::new();
            bytes.len()
        }
        Const::Tuple(items) => {
            text = Vec::new();
            items.len()
        }
        _ => return None,
    };
    let encode = |points: &mut dyn Iterator<Item = u32>| {
        let mut bytes = Vec::new();
        points.for_each(|point| push(&mut bytes, point));
        Wtf8Box::from_bytes(&bytes).map(Const::Str)
    };
    if let Const::Slice(parts) = key {
        let indices = slice_indices(parts, len)?;
        return match sequence {
            Const::Str(_) => encode(&mut indices.map(|index| text[index])),
            Const::Bytes(bytes) => Some(Const::Bytes(indices.map(|index| bytes[index]).collect())),
            Const::Tuple(items) => Some(Const::Tuple(
                indices.map(|index| items[index].clone()).collect(),
            )),
            _ => None,
        };
    }
    let index = as_int(key)?.to_i64()?;
    let index = if index < 0 {
        index.checked_add(i64::try_from(len).ok()?)?
    } else {
        index
    };
    let index = usize::try_from(index).ok().filter(|&index| index < len)?;
    match sequence {
        Const::Str(_) => encode(&mut [text[index]].into_iter()),
        Const::Bytes(bytes) => Some(Const::Int(bytes[index].into())),
        Const::Tuple(items) => Some(items[index].clone()),
        _ => None,
    }
}

/// The positions a slice selects (`PySlice_AdjustIndices`).
fn slice_indices(parts: &[Const; 3], len: usize) -> Option<impl Iterator<Item = usize> + use<>> {
    // An end beyond any machine word is as good as the word's.
    let part = |value: &Const| match value {
        Const::None => Some(None),
        value => {
            let value = as_int(value)?;
            let clamped = value.to_i64().unwrap_or(if value.is_negative() {
                i64::MIN
            } else {
                i64::MAX
            });
            Some(Some(clamped.max(-i64::MAX)))
        }
    };
    let [start, stop, step] = parts;
    let (start, stop, step) = (part(start)?, part(stop)?, part(step)?.unwrap_or(1));
    if step == 0 {
        return None;
    }
    let len = i64::try_from(len).ok()?;
    let (lowest, highest) = if step < 0 { (-1, len - 1) } else { (0, len) };
    let bound = |value: Option<i64>, default: i64| match value {
        None => default,
        Some(value) if value < 0 => value.saturating_add(len).max(lowest),
        Some(value) => value.min(highest),
    };
    let (first, last) = if step < 0 {
        (highest, lowest)
    } else {
        (lowest, highest)
    };
    let (start, stop) = (bound(start, first), bound(stop, last));
    let mut at = Some(start);
    Some(std::iter::from_fn(move || {
        let index = at.filter(|&index| if step < 0 { index > stop } else { index < stop })?;
        at = index.checked_add(step);
        usize::try_from(index).ok()
    }))
}

/// The value of a unary operator.
pub(crate) fn unary_op(opcode: Opcode, operand: &Const) -> Option<Const> {
    match (opcode, operand) {
        (Opcode::UNARY_NOT, value) => Some(Const::Bool(!value.is_true())),
        // The interpreter warns of it, so it is left to the interpreter.
        (Opcode::UNARY_INVERT, Const::Int(value)) => Some(Const::Int(!value)),
        (Opcode::UNARY_NEGATIVE, Const::Float(value)) => Some(Const::Float(-value)),
        (Opcode::UNARY_NEGATIVE, Const::Complex(re, im)) => Some(Const::Complex(-re, -im)),
        (Opcode::UNARY_NEGATIVE, value) => Some(Const::Int(-as_int(value)?.into_owned())),
        (Opcode::CALL_INTRINSIC_1, Const::Float(_) | Const::Complex(..)) => Some(operand.clone()),
        (Opcode::CALL_INTRINSIC_1, value) => Some(Const::Int(as_int(value)?.into_owned())),
        _ => None,
    }
}

/// A frozen set among the constants of a code object: made once more, of its own items in
/// their order, if there are texts in it to intern.
pub(crate) fn constant_set(values: Vec<Const>) -> Option<Const> {
    match frozen_set(values)? {
        Const::FrozenSet(items) if items.iter().any(is_name_like) => {
            Some(Const::FrozenSet(iteration_order(&items).into()))
        }
        set => Some(set),
    }
}

/// A text that is interned as a constant (`should_intern_string`).
fn is_name_like(value: &Const) -> bool {
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    matches!(value, Const::Str(text) if text.as_wtf8().as_bytes().iter().all(in_name))
}

/// A frozen set of these values: of equal ones the first stays.
pub(crate) fn frozen_set(values: Vec<Const>) -> Option<Const> {
    let mut kept: Vec<Const> = Vec::with_capacity(values.len());
    for value in values {
        if matches!(value, Const::Code(_)) {
            return None;
        }
        if !kept.iter().any(|known| python_equal(known, &value)) {
            kept.push(value);
        }
    }
    Some(Const::FrozenSet(kept.into()))
}

/// Equality as `==` has it: across the types of numbers.
fn python_equal(a: &Const, b: &Const) -> bool {
    let same_items = |a: &[Const], b: &[Const]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| python_equal(a, b))
    };
    match (a, b) {
        (Const::Tuple(a), Const::Tuple(b)) => same_items(a, b),
        (Const::Slice(a), Const::Slice(b)) => same_items(&a[..], &b[..]),
        (Const::FrozenSet(a), Const::FrozenSet(b)) => {
            a.len() == b.len() && a.iter().all(|a| b.iter().any(|b| python_equal(a, b)))
        }
        _ => match (parts(a), parts(b)) {
            (Some((a_int, a_re, a_im)), Some((b_int, b_re, b_im))) => match (a_int, b_int) {
                (Some(a), Some(b)) => a == b,
                (Some(int), None) => {
                    b_im == 0.0
                        && BigInt::from_f64(b_re).is_some_and(|b| b == *int && b_re.fract() == 0.0)
                }
                (None, Some(int)) => {
                    a_im == 0.0
                        && BigInt::from_f64(a_re).is_some_and(|a| a == *int && a_re.fract() == 0.0)
                }
                (None, None) => a_re == b_re && a_im == b_im,
            },
            _ => a == b,
        },
    }
}

/// A number as an integer, or as real and imaginary parts.
fn parts(value: &Const) -> Option<(Option<Cow<'_, BigInt>>, f64, f64)> {
    match value {
        Const::Float(re) => Some((None, *re, 0.0)),
        Const::Complex(re, im) => Some((None, *re, *im)),
        value => as_int(value).map(|int| (Some(int), 0.0, 0.0)),
    }
}
