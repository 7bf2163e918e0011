//! Functions of floats.

use num_bigint::BigInt;
use num_traits::{Signed as _, ToPrimitive as _, Zero as _};
use vitrine_vm::object::{Args, MethodDef, Ref};
use vitrine_vm::{Exc, PyResult, Vm};

use crate::native::{integer, real};

pub(super) const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new("acos", "(x, /)", "Return the arc cosine, in radians.", acos),
    MethodDef::new(
        "acosh",
        "(x, /)",
        "Return the inverse hyperbolic cosine.",
        acosh,
    ),
    MethodDef::new("asin", "(x, /)", "Return the arc sine, in radians.", asin),
    MethodDef::new(
        "asinh",
        "(x, /)",
        "Return the inverse hyperbolic sine.",
        asinh,
    ),
    MethodDef::new(
        "atan",
        "(x, /)",
        "Return the arc tangent, in radians.",
        atan,
    ),
    MethodDef::new(
        "atanh",
        "(x, /)",
        "Return the inverse hyperbolic tangent.",
        atanh,
    ),
    MethodDef::new("cbrt", "(x, /)", "Return the cube root.", cbrt),
    MethodDef::new(
        "cos",
        "(x, /)",
        "Return the cosine of an angle in radians.",
        cos,
    ),
    MethodDef::new("cosh", "(x, /)", "Return the hyperbolic cosine.", cosh),
    MethodDef::new("erf", "(x, /)", "Return the error function.", erf),
    MethodDef::new(
        "erfc",
        "(x, /)",
        "Return the complementary error function.",
        erfc,
    ),
    MethodDef::new("exp", "(x, /)", "Return e to the power of x.", exp),
    MethodDef::new("exp2", "(x, /)", "Return 2 to the power of x.", exp2),
    MethodDef::new(
        "expm1",
        "(x, /)",
        "Return exp(x)-1, exact for small x.",
        expm1,
    ),
    MethodDef::new(
        "fabs",
        "(x, /)",
        "Return the absolute value as a float.",
        fabs,
    ),
    MethodDef::new(
        "log1p",
        "(x, /)",
        "Return log(1+x), exact for small x.",
        log1p,
    ),
    MethodDef::new(
        "sin",
        "(x, /)",
        "Return the sine of an angle in radians.",
        sin,
    ),
    MethodDef::new("sinh", "(x, /)", "Return the hyperbolic sine.", sinh),
    MethodDef::new("sqrt", "(x, /)", "Return the square root.", sqrt),
    MethodDef::new(
        "tan",
        "(x, /)",
        "Return the tangent of an angle in radians.",
        tan,
    ),
    MethodDef::new("tanh", "(x, /)", "Return the hyperbolic tangent.", tanh),
    MethodDef::new(
        "atan2",
        "(y, x, /)",
        "Return the angle of the point (x, y), in radians.",
        atan2,
    ),
    MethodDef::new(
        "ceil",
        "(x, /)",
        "Return the least int that is not less than x.",
        ceil,
    ),
    MethodDef::new(
        "copysign",
        "(x, y, /)",
        "Return x with the sign of y.",
        copysign,
    ),
    MethodDef::new(
        "degrees",
        "(x, /)",
        "Convert an angle from radians to degrees.",
        degrees,
    ),
    MethodDef::new(
        "floor",
        "(x, /)",
        "Return the greatest int that is not greater than x.",
        floor,
    ),
    MethodDef::new(
        "fma",
        "(x, y, z, /)",
        "Return (x * y) + z, rounded once.",
        fma,
    ),
    MethodDef::new(
        "fmod",
        "(x, y, /)",
        "Return the remainder with the sign of x, as C does.",
        fmod,
    ),
    MethodDef::new(
        "frexp",
        "(x, /)",
        "Return mantissa and exponent: x == m * 2**e.",
        frexp,
    ),
    MethodDef::new("gamma", "(x, /)", "Return the gamma function.", gamma),
    MethodDef::new(
        "isclose",
        "(a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        "Tell whether two numbers are close.",
        isclose,
    ),
    MethodDef::new(
        "isfinite",
        "(x, /)",
        "Tell whether x is neither infinite nor a NaN.",
        isfinite,
    ),
    MethodDef::new("isinf", "(x, /)", "Tell whether x is infinite.", isinf),
    MethodDef::new("isnan", "(x, /)", "Tell whether x is a NaN.", isnan),
    MethodDef::new("ldexp", "(x, i, /)", "Return x * 2**i.", ldexp),
    MethodDef::new(
        "lgamma",
        "(x, /)",
        "Return the logarithm of the gamma function's absolute value.",
        lgamma,
    ),
    MethodDef::new(
        "log",
        "(x, base=None, /)",
        "Return the logarithm, natural unless a base is given.",
        log,
    ),
    MethodDef::new("log10", "(x, /)", "Return the logarithm to base 10.", log10),
    MethodDef::new("log2", "(x, /)", "Return the logarithm to base 2.", log2),
    MethodDef::new(
        "modf",
        "(x, /)",
        "Return fractional and integral part.",
        modf,
    ),
    MethodDef::new(
        "nextafter",
        "(x, y, /, *, steps=None)",
        "Return the float some steps from x towards y.",
        nextafter,
    ),
    MethodDef::new(
        "pow",
        "(x, y, /)",
        "Return x to the power of y, as floats.",
        pow,
    ),
    MethodDef::new(
        "radians",
        "(x, /)",
        "Convert an angle from degrees to radians.",
        radians,
    ),
    MethodDef::new(
        "remainder",
        "(x, y, /)",
        "Return the remainder as IEEE 754 defines it.",
        remainder,
    ),
    MethodDef::new(
        "trunc",
        "(x, /)",
        "Return x without its fraction, by __trunc__.",
        trunc,
    ),
    MethodDef::new(
        "ulp",
        "(x, /)",
        "Return the distance to the next float.",
        ulp,
    ),
];

fn repr(vm: &mut Vm, x: f64) -> String {
    let value = vm.new_float(x);
    // A float's repr runs no Python code.
    vm.repr_string(&value).unwrap_or_default()
}

#[cold]
fn domain_error(vm: &mut Vm, expected: &str, x: f64) -> Exc {
    let got = repr(vm, x);
    vm.value_error(format!("{expected}, got {got}"))
}

#[cold]
fn range_error(vm: &mut Vm) -> Exc {
    vm.overflow_error("math range error")
}

fn acos(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.acos();
    if result.is_nan() && !x.is_nan() {
        return Err(domain_error(
            vm,
            "expected a number in range from -1 up to 1",
            x,
        ));
    }
    Ok(vm.new_float(result))
}

fn acosh(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = libm::acosh(x);
    if result.is_nan() && !x.is_nan() {
        return Err(domain_error(
            vm,
            "expected argument value not less than 1",
            x,
        ));
    }
    Ok(vm.new_float(result))
}

fn asin(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.asin();
    if result.is_nan() && !x.is_nan() {
        return Err(domain_error(
            vm,
            "expected a number in range from -1 up to 1",
            x,
        ));
    }
    Ok(vm.new_float(result))
}

fn asinh(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = libm::asinh(x);
    Ok(vm.new_float(result))
}

fn atan(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.atan();
    Ok(vm.new_float(result))
}

fn atanh(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = libm::atanh(x);
    if result.is_nan() && !x.is_nan() || result.is_infinite() && x.is_finite() {
        return Err(domain_error(vm, "expected a number between -1 and 1", x));
    }
    Ok(vm.new_float(result))
}

fn cbrt(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.cbrt();
    Ok(vm.new_float(result))
}

fn cos(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.cos();
    if result.is_nan() && !x.is_nan() {
        return Err(domain_error(vm, "expected a finite input", x));
    }
    Ok(vm.new_float(result))
}

fn cosh(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.cosh();
    if result.is_infinite() && x.is_finite() {
        return Err(range_error(vm));
    }
    Ok(vm.new_float(result))
}

fn erf(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = libm::erf(x);
    Ok(vm.new_float(result))
}

fn erfc(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = libm::erfc(x);
    Ok(vm.new_float(result))
}

fn exp(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.exp();
    if result.is_infinite() && x.is_finite() {
        return Err(range_error(vm));
    }
    Ok(vm.new_float(result))
}

fn exp2(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.exp2();
    if result.is_infinite() && x.is_finite() {
        return Err(range_error(vm));
    }
    Ok(vm.new_float(result))
}

fn expm1(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.exp_m1();
    if result.is_infinite() && x.is_finite() {
        return Err(range_error(vm));
    }
    Ok(vm.new_float(result))
}

fn fabs(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.abs();
    Ok(vm.new_float(result))
}

fn log1p(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.ln_1p();
    if result.is_nan() && !x.is_nan() || result.is_infinite() && x.is_finite() {
        return Err(domain_error(vm, "expected argument value > -1", x));
    }
    Ok(vm.new_float(result))
}

fn sin(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.sin();
    if result.is_nan() && !x.is_nan() {
        return Err(domain_error(vm, "expected a finite input", x));
    }
    Ok(vm.new_float(result))
}

fn sinh(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.sinh();
    if result.is_infinite() && x.is_finite() {
        return Err(range_error(vm));
    }
    Ok(vm.new_float(result))
}

fn sqrt(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.sqrt();
    if result.is_nan() && !x.is_nan() {
        return Err(domain_error(vm, "expected a nonnegative input", x));
    }
    Ok(vm.new_float(result))
}

fn tan(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.tan();
    if result.is_nan() && !x.is_nan() {
        return Err(domain_error(vm, "expected a finite input", x));
    }
    Ok(vm.new_float(result))
}

fn tanh(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let result = x.tanh();
    Ok(vm.new_float(result))
}

fn atan2(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (y, x) = (real(vm, &args[0])?, real(vm, &args[1])?);
    Ok(vm.new_float(y.atan2(x)))
}

fn copysign(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (x, y) = (real(vm, &args[0])?, real(vm, &args[1])?);
    Ok(vm.new_float(x.copysign(y)))
}

fn degrees(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    Ok(vm.new_float(x * (180.0 / std::f64::consts::PI)))
}

fn radians(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    Ok(vm.new_float(x * (std::f64::consts::PI / 180.0)))
}

/// A float without fraction as an int.
fn to_int(vm: &mut Vm, x: f64) -> PyResult {
    if x.is_nan() {
        return Err(vm.value_error("cannot convert float NaN to integer"));
    }
    match num_traits::FromPrimitive::from_f64(x) {
        Some(int) => Ok(vm.new_bigint(int)),
        None => Err(vm.overflow_error("cannot convert float infinity to integer")),
    }
}

/// Rounds floats and ints by `round`; what else there is by its own method.
fn rounded(vm: &mut Vm, value: &Ref, method: &str, round: fn(f64) -> f64) -> PyResult {
    if vm.float_value(value).is_none() {
        let name = vm.new_str(method);
        if let Some(result) = vm.call_special(value, &name, &[])? {
            return Ok(result);
        }
    }
    let x = real(vm, value)?;
    to_int(vm, round(x))
}

fn ceil(vm: &mut Vm, args: Args<'_>) -> PyResult {
    rounded(vm, &args[0], "__ceil__", f64::ceil)
}

fn floor(vm: &mut Vm, args: Args<'_>) -> PyResult {
    rounded(vm, &args[0], "__floor__", f64::floor)
}

fn trunc(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if let Some(x) = vm.float_value(&args[0]) {
        return to_int(vm, x.trunc());
    }
    let name = vm.new_str("__trunc__");
    match vm.call_special(&args[0], &name, &[])? {
        Some(result) => Ok(result),
        None => {
            let ty = vm.type_of(&args[0]).name();
            Err(vm.type_error(format!("type {ty} doesn't define __trunc__ method")))
        }
    }
}

fn fma(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (x, y, z) = (
        real(vm, &args[0])?,
        real(vm, &args[1])?,
        real(vm, &args[2])?,
    );
    let result = x.mul_add(y, z);
    if result.is_nan() && ![x, y, z].iter().any(|v| v.is_nan()) {
        return Err(vm.value_error("invalid operation in fma"));
    }
    if result.is_infinite() && [x, y, z].iter().all(|v| v.is_finite()) {
        return Err(vm.overflow_error("overflow in fma"));
    }
    Ok(vm.new_float(result))
}

fn fmod(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (x, y) = (real(vm, &args[0])?, real(vm, &args[1])?);
    let result = if y.is_infinite() && x.is_finite() {
        x
    } else {
        x % y
    };
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(vm.value_error("math domain error"));
    }
    Ok(vm.new_float(result))
}

fn frexp(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let (mantissa, exponent) = libm::frexp(x);
    let exponent = if x.is_finite() { exponent } else { 0 };
    let (mantissa, exponent) = (vm.new_float(mantissa), vm.new_int(exponent));
    Ok(vm.new_pair(mantissa, exponent))
}

fn gamma(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    if x == f64::NEG_INFINITY || x == 0.0 || x < 0.0 && x == x.floor() {
        return Err(domain_error(
            vm,
            "expected a noninteger or positive integer",
            x,
        ));
    }
    let result = libm::tgamma(x);
    if result.is_infinite() && x.is_finite() {
        return Err(range_error(vm));
    }
    Ok(vm.new_float(result))
}

fn lgamma(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    if x <= 0.0 && x == x.floor() && x.is_finite() {
        return Err(domain_error(
            vm,
            "expected a noninteger or positive integer",
            x,
        ));
    }
    let result = if x.is_infinite() {
        f64::INFINITY
    } else {
        libm::lgamma(x)
    };
    if result.is_infinite() && x.is_finite() {
        return Err(range_error(vm));
    }
    Ok(vm.new_float(result))
}

fn isclose(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (a, b) = (real(vm, &args[0])?, real(vm, &args[1])?);
    let tolerance = |vm: &mut Vm, index: usize, default: f64| match args.get(index) {
        Some(value) => real(vm, value),
        None => Ok(default),
    };
    let relative = tolerance(vm, 2, 1e-9)?;
    let absolute = tolerance(vm, 3, 0.0)?;
    if relative < 0.0 || absolute < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Ref::bool(true));
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Ref::bool(false));
    }
    let difference = (b - a).abs();
    let close = difference <= (relative * b).abs()
        || difference <= (relative * a).abs()
        || difference <= absolute;
    Ok(Ref::bool(close))
}

fn isfinite(vm: &mut Vm, args: Args<'_>) -> PyResult {
    Ok(Ref::bool(real(vm, &args[0])?.is_finite()))
}

fn isinf(vm: &mut Vm, args: Args<'_>) -> PyResult {
    Ok(Ref::bool(real(vm, &args[0])?.is_infinite()))
}

fn isnan(vm: &mut Vm, args: Args<'_>) -> PyResult {
    Ok(Ref::bool(real(vm, &args[0])?.is_nan()))
}

fn ldexp(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let Some(exponent) = vm.int_value(&args[1]) else {
        return Err(vm.type_error("Expected an int as second argument to ldexp."));
    };
    if x == 0.0 || !x.is_finite() {
        return Ok(vm.new_float(x));
    }
    // Beyond this every float over- or underflows.
    let limit = if exponent.is_negative() { -5000 } else { 5000 };
    let result = libm::ldexp(x, exponent.to_i32().map_or(limit, |e| e.clamp(-5000, 5000)));
    if result.is_infinite() {
        return Err(range_error(vm));
    }
    Ok(vm.new_float(result))
}

/// The logarithm of a float, or of an int too large for one.
fn logarithm(vm: &mut Vm, value: &Ref, of_float: fn(f64) -> f64) -> PyResult<f64> {
    if let Some(int) = vm.int_value(value) {
        if int.is_negative() || int.is_zero() {
            return Err(vm.value_error("expected a positive input"));
        }
        if let Some(x) = int.to_f64().filter(|x| x.is_finite()) {
            return Ok(of_float(x));
        }
        // int == mantissa * 2**shift, with as many bits in the mantissa as a float has.
        let shift = int.bits() - 64;
        let mantissa = (int >> shift).to_f64().unwrap_or(f64::NAN);
        return Ok(of_float(mantissa) + of_float(2.0) * shift as f64);
    }
    let x = real(vm, value)?;
    if x <= 0.0 {
        return Err(domain_error(vm, "expected a positive input", x));
    }
    Ok(of_float(x))
}

fn log(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let numerator = logarithm(vm, &args[0], f64::ln)?;
    let Some(base) = args.get(1) else {
        return Ok(vm.new_float(numerator));
    };
    let denominator = logarithm(vm, base, f64::ln)?;
    if denominator == 0.0 {
        return Err(vm.zero_division_error("division by zero"));
    }
    Ok(vm.new_float(numerator / denominator))
}

fn log10(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let result = logarithm(vm, &args[0], f64::log10)?;
    Ok(vm.new_float(result))
}

fn log2(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let result = logarithm(vm, &args[0], f64::log2)?;
    Ok(vm.new_float(result))
}

fn modf(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?;
    let fraction = if x.is_infinite() {
        0.0f64.copysign(x)
    } else {
        x.fract().copysign(x)
    };
    let (fraction, whole) = (vm.new_float(fraction), vm.new_float(x.trunc()));
    Ok(vm.new_pair(fraction, whole))
}

fn nextafter(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (x, y) = (real(vm, &args[0])?, real(vm, &args[1])?);
    let steps = match args.get_not_none(2) {
        None => BigInt::from(1),
        Some(steps) => integer(vm, steps)?,
    };
    if steps.is_negative() {
        return Err(vm.value_error("steps must be a non-negative integer"));
    }
    Ok(vm.new_float(step_towards(x, y, steps.to_u64().unwrap_or(u64::MAX))))
}

/// The float `steps` steps from `x` towards `y`, on the line of all floats.
fn step_towards(x: f64, y: f64, steps: u64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return x + y;
    }
    if x == y || steps == 0 {
        return if steps == 0 { x } else { y };
    }
    // Floats in order as integers.
    let ordered = |f: f64| {
        let bits = f.to_bits() as i64;
        i128::from(if bits < 0 { i64::MIN - bits } else { bits })
    };
    let (from, to) = (ordered(x), ordered(y));
    let reached = if from < to {
        (from + i128::from(steps)).min(to)
    } else {
        (from - i128::from(steps)).max(to)
    };
    let reached = reached as i64;
    if reached == 0 {
        return 0.0f64.copysign(if from < to { -1.0 } else { 1.0 });
    }
    f64::from_bits(if reached < 0 {
        i64::MIN - reached
    } else {
        reached
    } as u64)
}

fn pow(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (x, y) = (real(vm, &args[0])?, real(vm, &args[1])?);
    let result = x.powf(y);
    if x.is_finite() && y.is_finite() {
        if result.is_nan() || result.is_infinite() && x == 0.0 {
            return Err(vm.value_error("math domain error"));
        }
        if result.is_infinite() {
            return Err(range_error(vm));
        }
    }
    Ok(vm.new_float(result))
}

fn remainder(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (x, y) = (real(vm, &args[0])?, real(vm, &args[1])?);
    let result = if y.is_infinite() && x.is_finite() {
        x
    } else {
        libm::remainder(x, y)
    };
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(vm.value_error("math domain error"));
    }
    Ok(vm.new_float(result))
}

fn ulp(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let x = real(vm, &args[0])?.abs();
    let result = if x.is_nan() || x.is_infinite() {
        x
    } else if x == f64::MAX {
        x - step_towards(x, 0.0, 1)
    } else {
        step_towards(x, f64::INFINITY, 1) - x
    };
    Ok(vm.new_float(result))
}
