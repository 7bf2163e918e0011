//! Exact functions of ints.

use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{One as _, Signed as _, ToPrimitive as _, Zero as _};
use vitrine_vm::object::{Args, MethodDef};
use vitrine_vm::{PyResult, Vm};

use crate::native::integer;

pub(super) const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "comb",
        "(n, k, /)",
        "Return the number of ways to choose k items from n, without order.",
        comb,
    ),
    MethodDef::new("factorial", "(n, /)", "Return n!.", factorial),
    MethodDef::new(
        "gcd",
        "(*integers)",
        "Return the greatest common divisor.",
        gcd,
    ),
    MethodDef::new(
        "isqrt",
        "(n, /)",
        "Return the integer part of the square root.",
        isqrt,
    ),
    MethodDef::new(
        "lcm",
        "(*integers)",
        "Return the least common multiple.",
        lcm,
    ),
    MethodDef::new(
        "perm",
        "(n, k=None, /)",
        "Return the number of ways to choose k items from n, in order.",
        perm,
    ),
];

/// Multiplications of big ints, charged by the words they touch.
fn product(vm: &mut Vm, from: u64, to: u64) -> PyResult<BigInt> {
    if from > to {
        return Ok(BigInt::one());
    }
    if to - from < 8 {
        vm.charge(8)?;
        return Ok((from..=to).map(BigInt::from).product());
    }
    let middle = from + (to - from) / 2;
    let (low, high) = (product(vm, from, middle)?, product(vm, middle + 1, to)?);
    let words = ((low.bits() + high.bits()) / 64) as usize;
    vm.charge(words)?;
    vm.check_memory(words * 8)?;
    Ok(low * high)
}

fn factorial(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let n = integer(vm, &args[0])?;
    if n.is_negative() {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    let Some(n) = n.to_i64() else {
        return Err(vm.overflow_error(format!(
            "factorial() argument should not exceed {}",
            i64::MAX
        )));
    };
    let result = product(vm, 2, n as u64)?;
    Ok(vm.new_bigint(result))
}

fn gcd(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let mut result = BigInt::zero();
    for value in each(args) {
        let value = integer(vm, &value)?;
        vm.charge((value.bits() / 64) as usize)?;
        result = result.gcd(&value);
    }
    Ok(vm.new_bigint(result))
}

fn lcm(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let mut result = BigInt::one();
    for value in each(args) {
        let value = integer(vm, &value)?;
        vm.charge(((value.bits() + result.bits()) / 64) as usize)?;
        result = if value.is_zero() {
            value
        } else {
            result.lcm(&value)
        };
    }
    Ok(vm.new_bigint(result))
}

/// What `*integers` holds.
fn each(args: Args<'_>) -> Vec<vitrine_vm::Ref> {
    args[0]
        .as_tuple()
        .map(|tuple| tuple.to_vec())
        .unwrap_or_default()
}

fn isqrt(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let n = integer(vm, &args[0])?;
    if n.is_negative() {
        return Err(vm.value_error("isqrt() argument must be nonnegative"));
    }
    vm.charge((n.bits() / 64) as usize)?;
    Ok(vm.new_bigint(n.sqrt()))
}

fn comb(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (n, k) = (integer(vm, &args[0])?, integer(vm, &args[1])?);
    if n.is_negative() {
        return Err(vm.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(vm.value_error("k must be a non-negative integer"));
    }
    let k = k.clone().min(&n - &k);
    if k.is_negative() {
        return Ok(vm.new_int(0));
    }
    let Some(k) = k.to_u64() else {
        return Err(vm.overflow_error(format!("min(n - k, k) must not exceed {}", i64::MAX)));
    };
    let mut result = BigInt::one();
    for i in 0..k {
        vm.charge(1 + (result.bits() / 64) as usize)?;
        result = result * (&n - i) / (i + 1);
    }
    Ok(vm.new_bigint(result))
}

fn perm(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(k) = args.get_not_none(1) else {
        return factorial(vm, args);
    };
    let (n, k) = (integer(vm, &args[0])?, integer(vm, k)?);
    if n.is_negative() {
        return Err(vm.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(vm.value_error("k must be a non-negative integer"));
    }
    if k > n {
        return Ok(vm.new_int(0));
    }
    let Some(k) = k.to_u64() else {
        return Err(vm.overflow_error(format!("k must not exceed {}", i64::MAX)));
    };
    let mut result = BigInt::one();
    for i in 0..k {
        vm.charge(1 + (result.bits() / 64) as usize)?;
        result *= &n - i;
    }
    Ok(vm.new_bigint(result))
}
