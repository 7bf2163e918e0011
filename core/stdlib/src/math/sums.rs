//! Sums, products and distances, as exact as CPython's.

use vitrine_vm::object::BinaryOp;
use vitrine_vm::object::{Args, MethodDef, Ref};
use vitrine_vm::{Exc, PyResult, Vm};

use crate::native::real;

pub(super) const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "dist",
        "(p, q, /)",
        "Return the Euclidean distance between two points.",
        dist,
    ),
    MethodDef::new(
        "fsum",
        "(seq, /)",
        "Return the sum of floats, rounded once.",
        fsum,
    ),
    MethodDef::new(
        "hypot",
        "(*coordinates)",
        "Return the Euclidean distance from the origin.",
        hypot,
    ),
    MethodDef::new(
        "prod",
        "(iterable, /, *, start=1)",
        "Return the product of the items.",
        prod,
    ),
    MethodDef::new(
        "sumprod",
        "(p, q, /)",
        "Return the sum of the products of items that belong together.",
        sumprod,
    ),
];

/// Partial sums that do not overlap, by Shewchuk's algorithm: their sum is exact.
fn add_exactly(partials: &mut Vec<f64>, x: f64) {
    let mut x = x;
    let mut kept = 0;
    for at in 0..partials.len() {
        let mut y = partials[at];
        if x.abs() < y.abs() {
            std::mem::swap(&mut x, &mut y);
        }
        let high = x + y;
        let low = y - (high - x);
        if low != 0.0 {
            partials[kept] = low;
            kept += 1;
        }
        x = high;
    }
    partials.truncate(kept);
    partials.push(x);
}

/// The partial sums' sum, rounded half to even.
fn round_once(partials: &[f64]) -> f64 {
    let mut rest = partials.iter().rev().copied();
    let Some(mut high) = rest.next() else {
        return 0.0;
    };
    let mut low = 0.0;
    for y in rest.by_ref() {
        let x = high;
        high = x + y;
        low = y - (high - x);
        if low != 0.0 {
            break;
        }
    }
    if let Some(next) = rest.next()
        && (low < 0.0 && next < 0.0 || low > 0.0 && next > 0.0)
    {
        // Half way so far: what follows decides.
        let doubled = low * 2.0;
        let x = high + doubled;
        if doubled == x - high {
            high = x;
        }
    }
    high
}

fn fsum(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let mut partials = Vec::new();
    let (mut special, mut infinite) = (0.0, 0.0);
    let iterator = vm.iter(&args[0])?;
    while let Some(item) = vm.next(&iterator)? {
        let x = real(vm, &item)?;
        vm.charge(1 + partials.len() / 8)?;
        if x.is_finite() {
            add_exactly(&mut partials, x);
            if partials.last().is_some_and(|sum| !sum.is_finite()) {
                return Err(vm.overflow_error("intermediate overflow in fsum"));
            }
        } else {
            special += x;
            if x.is_infinite() {
                infinite += x;
            }
        }
    }
    if f64::is_nan(infinite) {
        return Err(vm.value_error("-inf + inf in fsum"));
    }
    let sum = if special != 0.0 {
        special
    } else {
        round_once(&partials)
    };
    Ok(vm.new_float(sum))
}

/// The root of the sum of squares, scaled against over- and underflow, the sum
/// kept in two floats.
fn norm(coordinates: &[f64]) -> f64 {
    let largest = coordinates
        .iter()
        .fold(0.0f64, |largest, x| largest.max(x.abs()));
    if coordinates.iter().any(|x| x.is_infinite()) {
        return f64::INFINITY;
    }
    if coordinates.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if largest == 0.0 || coordinates.len() <= 1 {
        return largest;
    }
    let (_, exponent) = libm::frexp(largest);
    if exponent < -1022 {
        // Subnormal: no power of two scales it up in one step.
        let scaled: Vec<f64> = coordinates.iter().map(|x| x / f64::MIN_POSITIVE).collect();
        return f64::MIN_POSITIVE * norm(&scaled);
    }
    let scale = libm::ldexp(1.0, -exponent);
    let (mut sum, mut lost) = (1.0, 0.0);
    let mut small = 0.0;
    for x in coordinates {
        let x = x * scale;
        let square = x * x;
        small += x.mul_add(x, -square);
        let total = sum + square;
        lost += (sum - total) + square;
        sum = total;
    }
    let root = (sum - 1.0 + (lost + small)).sqrt();
    // One step of Newton's method on what the rounding of the root lost.
    let square = root * root;
    let error = root.mul_add(root, -square);
    let total = sum - square;
    let remainder = (sum - total) - square;
    let rest = total - 1.0 + remainder - error + (lost + small);
    (root + rest / (2.0 * root)) / scale
}

fn numbers(vm: &mut Vm, values: &[Ref]) -> PyResult<Vec<f64>> {
    vm.charge(values.len())?;
    values.iter().map(|value| real(vm, value)).collect()
}

fn hypot(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let coordinates = args[0]
        .as_tuple()
        .map(|tuple| tuple.to_vec())
        .unwrap_or_default();
    let coordinates = numbers(vm, &coordinates)?;
    Ok(vm.new_float(norm(&coordinates)))
}

fn dist(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (p, q) = (vm.collect(&args[0])?, vm.collect(&args[1])?);
    if p.len() != q.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let (p, q) = (numbers(vm, &p)?, numbers(vm, &q)?);
    let differences: Vec<f64> = p.iter().zip(&q).map(|(a, b)| (a - b).abs()).collect();
    Ok(vm.new_float(norm(&differences)))
}

fn prod(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let mut result = args.get(1).cloned().unwrap_or_else(|| Ref::small_int(1));
    let iterator = vm.iter(&args[0])?;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        result = vm.binary(BinaryOp::Multiply, &result, &item)?;
    }
    Ok(result)
}

fn unequal(vm: &mut Vm) -> Exc {
    vm.value_error("Inputs are not the same length")
}

fn sumprod(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (p, q) = (vm.collect(&args[0])?, vm.collect(&args[1])?);
    if p.len() != q.len() {
        return Err(unequal(vm));
    }
    let is_number =
        |vm: &Vm, value: &Ref| vm.float_value(value).is_some() || value.as_small_int().is_some();
    let any_float = p
        .iter()
        .chain(&q)
        .any(|value| vm.float_value(value).is_some());
    if any_float && p.iter().chain(&q).all(|value| is_number(vm, value)) {
        let (p, q) = (numbers(vm, &p)?, numbers(vm, &q)?);
        let mut partials = Vec::new();
        for (a, b) in p.iter().zip(&q) {
            let product = a * b;
            if !product.is_finite() {
                let plain = p.iter().zip(&q).map(|(a, b)| a * b).sum();
                return Ok(vm.new_float(plain));
            }
            add_exactly(&mut partials, product);
            add_exactly(&mut partials, a.mul_add(*b, -product));
        }
        return Ok(vm.new_float(round_once(&partials)));
    }
    let mut total = Ref::small_int(0);
    for (a, b) in p.iter().zip(&q) {
        vm.charge(1)?;
        let product = vm.binary(BinaryOp::Multiply, a, b)?;
        total = vm.binary(BinaryOp::Add, &total, &product)?;
    }
    Ok(total)
}
