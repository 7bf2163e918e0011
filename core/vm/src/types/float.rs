//! `float`: immediates but for NaN, whose identity counts, and subclasses.
#![forbid(unsafe_code)]

use std::cmp::Ordering;

use crate::error::PyResult;
use crate::format::number::format_float;
use crate::format::spec::Spec;
use crate::number::float::{self as algorithms, Pow};
use crate::number::{digits, hex, int as int_algorithms, parse};
use crate::object::{Args, CompareOp, Float, GetSetDef, MethodDef, Ref, Slots, Ty, TypeDef};
use crate::types::convert::{self, format_error};
use crate::types::int::IntRef;
use crate::vm::Vm;

/// The value of a float, subclasses included.
#[inline]
pub(crate) fn float_of(value: &Ref) -> Option<f64> {
    value
        .as_immediate_float()
        .or_else(|| value.downcast::<Float>().map(|float| float.0))
}

/// The value of what is known to be a float.
fn this(value: &Ref) -> f64 {
    float_of(value).unwrap_or(f64::NAN)
}

/// A float or int operand as a float; `None` for other types.
fn operand(vm: &mut Vm, value: &Ref) -> PyResult<Option<f64>> {
    if let Some(float) = float_of(value) {
        return Ok(Some(float));
    }
    match IntRef::of(value) {
        None => Ok(None),
        Some(int) => match int.to_f64() {
            Some(float) => Ok(Some(float)),
            None => Err(vm.overflow_error("int too large to convert to float")),
        },
    }
}

macro_rules! operands {
    ($vm:expr, $a:expr, $b:expr) => {
        match (operand($vm, $a)?, operand($vm, $b)?) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(Ref::not_implemented()),
        }
    };
}

fn add(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(vm, a, b);
    Ok(vm.new_float(a + b))
}

fn subtract(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(vm, a, b);
    Ok(vm.new_float(a - b))
}

fn multiply(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(vm, a, b);
    Ok(vm.new_float(a * b))
}

fn true_divide(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(vm, a, b);
    if b == 0.0 {
        return Err(vm.zero_division_error("division by zero"));
    }
    Ok(vm.new_float(a / b))
}

fn floor_divide(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(vm, a, b);
    if b == 0.0 {
        return Err(vm.zero_division_error("division by zero"));
    }
    Ok(vm.new_float(algorithms::div_mod(a, b).0))
}

fn remainder(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(vm, a, b);
    if b == 0.0 {
        return Err(vm.zero_division_error("division by zero"));
    }
    Ok(vm.new_float(algorithms::modulo(a, b)))
}

fn divmod(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(vm, a, b);
    if b == 0.0 {
        return Err(vm.zero_division_error("division by zero"));
    }
    let (quotient, remainder) = algorithms::div_mod(a, b);
    let (quotient, remainder) = (vm.new_float(quotient), vm.new_float(remainder));
    Ok(vm.new_pair(quotient, remainder))
}

fn power(vm: &mut Vm, a: &Ref, b: &Ref, modulus: &Ref) -> PyResult {
    let (a, b) = operands!(vm, a, b);
    if !modulus.is_none() {
        return Err(
            vm.type_error("pow() 3rd argument not allowed unless all arguments are integers")
        );
    }
    power_of(vm, a, b)
}

/// `a ** b` of floats.
pub(crate) fn power_of(vm: &mut Vm, a: f64, b: f64) -> PyResult {
    match algorithms::pow(a, b) {
        Pow::Value(value) => Ok(vm.new_float(value)),
        Pow::ZeroDivision => Err(vm.zero_division_error("zero to a negative power")),
        Pow::Complex => super::complex::power_of(vm, (a, 0.0), (b, 0.0)),
        Pow::Overflow => {
            let args = vec![
                Ref::small_int(34),
                vm.new_str("Numerical result out of range"),
            ];
            Err(vm.new_exc_args(vm.exc.OverflowError, args))
        }
    }
}

fn richcompare(_vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    let ordering = match (float_of(a), float_of(b)) {
        (Some(a), Some(b)) => a.partial_cmp(&b),
        (Some(a), None) => match IntRef::of(b) {
            Some(b) => compare_int(b, a).map(Ordering::reverse),
            None => return Ok(Ref::not_implemented()),
        },
        (None, Some(b)) => match IntRef::of(a) {
            Some(a) => compare_int(a, b),
            None => return Ok(Ref::not_implemented()),
        },
        (None, None) => return Ok(Ref::not_implemented()),
    };
    Ok(Ref::bool(
        ordering.map_or(op == CompareOp::Ne, |ordering| op.holds(ordering)),
    ))
}

/// Compares an int with a float exactly.
pub(crate) fn compare_int(a: IntRef<'_>, b: f64) -> Option<Ordering> {
    match a {
        IntRef::Small(small) if small.unsigned_abs() < 1 << 53 => (small as f64).partial_cmp(&b),
        _ => int_algorithms::compare_f64(&a.big(), b),
    }
}

fn hash(_vm: &mut Vm, a: &Ref) -> PyResult<i64> {
    let value = this(a);
    Ok(if value.is_nan() {
        crate::hash::hash_pointer(a.id())
    } else {
        algorithms::hash(value)
    })
}

fn repr(vm: &mut Vm, a: &Ref) -> PyResult {
    let text = digits::repr(this(a));
    Ok(vm.new_str(&text))
}

fn plain(vm: &mut Vm, a: &Ref) -> PyResult {
    if vm.type_of(a).is(vm.types.float) {
        Ok(a.clone())
    } else {
        Ok(vm.new_float(this(a)))
    }
}

/// `int(value)`: truncated; `what` names the conversion in messages.
pub(crate) fn to_int(vm: &mut Vm, value: f64) -> PyResult {
    if value.is_infinite() {
        return Err(vm.overflow_error("cannot convert float infinity to integer"));
    }
    if value.is_nan() {
        return Err(vm.value_error("cannot convert float NaN to integer"));
    }
    Ok(vm.new_bigint(int_algorithms::from_f64(value)))
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let bound = convert::bind(vm, "float", "(x=0, /)", args)?;
    let value = match &bound[0] {
        None => 0.0,
        Some(value) if ty.is(vm.types.float) && vm.type_of(value).is(ty) => {
            return Ok(value.clone());
        }
        Some(value) => match value.as_str() {
            Some(text) => from_text(vm, value, &parse::to_ascii(text.text()))?,
            None => from_object(vm, value)?,
        },
    };
    if ty.is(vm.types.float) {
        Ok(vm.new_float(value))
    } else {
        Ok(vm.new_object(ty, Float(value)))
    }
}

fn from_text(vm: &mut Vm, value: &Ref, text: &str) -> PyResult<f64> {
    match parse::float(text) {
        Some(value) => Ok(value),
        None => {
            let shown = vm.repr(value)?;
            let shown = shown
                .as_str()
                .map(|shown| shown.text().substring(0, 200).to_string())
                .unwrap_or_default();
            Err(vm.value_error(format!("could not convert string to float: {shown}")))
        }
    }
}

/// A real number argument as a float: `__float__`, then `__index__`.
pub(crate) fn from_object(vm: &mut Vm, value: &Ref) -> PyResult<f64> {
    if let Some(float) = operand(vm, value)? {
        return Ok(float);
    }
    let ty = vm.type_of(value);
    if let Some(convert) = ty.slot(|slots| slots.float) {
        let result = convert(vm, value)?;
        return match float_of(&result) {
            Some(float) => Ok(float),
            None => {
                let (name, result) = (ty.name(), vm.type_of(&result).name());
                Err(vm.type_error(format!(
                    "{name}.__float__() must return a float, not {result}"
                )))
            }
        };
    }
    if ty.slot(|slots| slots.index).is_some() {
        let index = vm.index(value)?;
        return operand(vm, &index).map(|float| float.unwrap_or(0.0));
    }
    if let Some(bytes) = convert::bytes_like(vm, value) {
        let text: String = bytes
            .iter()
            .map(|&byte| if byte < 0x80 { char::from(byte) } else { '?' })
            .collect();
        return from_text(vm, value, &text);
    }
    let name = ty.name();
    Err(vm.type_error(format!(
        "float() argument must be a string or a real number, not '{name}'"
    )))
}

/// A real number argument of a function: "must be real number, not x".
pub(crate) fn real(vm: &mut Vm, value: &Ref) -> PyResult<f64> {
    if let Some(float) = float_of(value) {
        return Ok(float);
    }
    let ty = vm.type_of(value);
    if ty.slot(|slots| slots.float.is_some() || slots.index.is_some()) {
        return from_object(vm, value);
    }
    let name = ty.name();
    Err(vm.type_error(format!("must be real number, not {name}")))
}

fn method_format(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this_ref = &args[0];
    let Some(spec) = args[1].as_str() else {
        return Err(convert::format_argument(vm, &args[1]));
    };
    if spec.is_empty() {
        return vm.str(this_ref);
    }
    let name = vm.type_of(this_ref).name();
    let spec = match Spec::parse(spec.text(), &name) {
        Ok(spec) => spec,
        Err(error) => return Err(format_error(vm, error)),
    };
    vm.check_memory(spec.width.max(spec.precision.unwrap_or(0)))?;
    match format_float(this(this_ref), &spec, &name) {
        Ok(text) => Ok(vm.new_text(text)),
        Err(error) => Err(format_error(vm, error)),
    }
}

fn method_round(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let value = this(&args[0]);
    let Some(places) = args.get(1).filter(|places| !places.is_none()) else {
        return to_int(vm, algorithms::round_half_even(value));
    };
    let places = convert::clamped_index(vm, places)?;
    if !value.is_finite() || value == 0.0 {
        return Ok(vm.new_float(value));
    }
    let rounded = digits::round(value, places as i64);
    if rounded.is_infinite() {
        return Err(vm.overflow_error("rounded value too large to represent"));
    }
    Ok(vm.new_float(rounded))
}

fn method_ratio(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let value = this(&args[0]);
    if value.is_infinite() {
        return Err(vm.overflow_error("cannot convert Infinity to integer ratio"));
    }
    if value.is_nan() {
        return Err(vm.value_error("cannot convert NaN to integer ratio"));
    }
    let (numerator, denominator) = algorithms::as_integer_ratio(value);
    let (numerator, denominator) = (vm.new_bigint(numerator), vm.new_bigint(denominator));
    Ok(vm.new_pair(numerator, denominator))
}

fn method_fromhex(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(text) = args[1].as_str() else {
        return Err(vm.type_error("bad argument type for built-in operation"));
    };
    let value = match hex::from_hex(&text.text().to_string_lossy()) {
        Ok(value) => vm.new_float(value),
        Err(hex::HexError::Invalid) => {
            return Err(vm.value_error("invalid hexadecimal floating-point string"));
        }
        Err(hex::HexError::Overflow) => {
            return Err(vm.overflow_error("hexadecimal value too large to represent as a float"));
        }
    };
    let class = args[0].as_type().unwrap_or(vm.types.float);
    if class.is(vm.types.float) {
        Ok(value)
    } else {
        vm.call(&args[0], &[value])
    }
}

const METHODS: &[MethodDef] = &[
    MethodDef::new(
        "conjugate",
        "($self, /)",
        "Return self, the complex conjugate of any float.",
        |vm, args| plain(vm, &args[0]),
    ),
    MethodDef::new(
        "__trunc__",
        "($self, /)",
        "Return the Integral closest to x between 0 and x.",
        |vm, args| to_int(vm, this(&args[0])),
    ),
    MethodDef::new(
        "__floor__",
        "($self, /)",
        "Return the floor as an Integral.",
        |vm, args| to_int(vm, this(&args[0]).floor()),
    ),
    MethodDef::new(
        "__ceil__",
        "($self, /)",
        "Return the ceiling as an Integral.",
        |vm, args| to_int(vm, this(&args[0]).ceil()),
    ),
    MethodDef::new(
        "__round__",
        "($self, ndigits=None, /)",
        "Return the Integral closest to x, rounding half toward even.\n\nWhen an argument is passed, work like built-in round(x, ndigits).",
        method_round,
    ),
    MethodDef::new(
        "as_integer_ratio",
        "($self, /)",
        "Return a pair of integers, whose ratio is exactly equal to the original float.",
        method_ratio,
    ),
    MethodDef::new(
        "fromhex",
        "($type, string, /)",
        "Create a floating-point number from a hexadecimal string.",
        method_fromhex,
    )
    .class(),
    MethodDef::new(
        "from_number",
        "($type, number, /)",
        "Convert real number to a floating-point number.",
        |vm, args| {
            let value = real(vm, &args[1])?;
            let class = args[0].as_type().unwrap_or(vm.types.float);
            let value = vm.new_float(value);
            if class.is(vm.types.float) {
                Ok(value)
            } else {
                vm.call(&args[0], &[value])
            }
        },
    )
    .class(),
    MethodDef::new(
        "hex",
        "($self, /)",
        "Return a hexadecimal representation of a floating-point number.",
        |vm, args| {
            let text = hex::to_hex(this(&args[0]));
            Ok(vm.new_str(&text))
        },
    ),
    MethodDef::new(
        "is_integer",
        "($self, /)",
        "Return True if the float is an integer.",
        |_, args| {
            let value = this(&args[0]);
            Ok(Ref::bool(value.is_finite() && value.floor() == value))
        },
    ),
    MethodDef::new("__getnewargs__", "($self, /)", "", |vm, args| {
        let value = vm.new_float(this(&args[0]));
        Ok(vm.new_tuple(vec![value]))
    }),
    MethodDef::new(
        "__getformat__",
        "($type, typestr, /)",
        "You probably don't want to use this function.",
        |vm, args| match args[1].as_str().and_then(|text| text.as_ascii()) {
            Some("double" | "float") => Ok(vm.new_str("IEEE, little-endian")),
            _ => Err(vm.value_error("__getformat__() argument 1 must be 'double' or 'float'")),
        },
    )
    .class(),
    MethodDef::new(
        "__format__",
        "($self, format_spec, /)",
        "Formats the float according to format_spec.",
        method_format,
    ),
];

const GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("real", "the real part of a complex number", plain),
    GetSetDef::read_only("imag", "the imaginary part of a complex number", |vm, _| {
        Ok(vm.new_float(0.0))
    }),
];

/// `float`
pub(crate) const FLOAT: TypeDef = TypeDef {
    name: "float",
    doc: "float(x=0, /)\n--\n\nConvert a string or number to a floating-point number, if possible.",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        new: Some(new),
        bool: Some(|_, a| Ok(this(a) != 0.0)),
        add: Some(add),
        subtract: Some(subtract),
        multiply: Some(multiply),
        remainder: Some(remainder),
        divmod: Some(divmod),
        power: Some(power),
        negative: Some(|vm, a| Ok(vm.new_float(-this(a)))),
        positive: Some(plain),
        absolute: Some(|vm, a| Ok(vm.new_float(this(a).abs()))),
        int: Some(|vm, a| to_int(vm, this(a))),
        float: Some(plain),
        floor_divide: Some(floor_divide),
        true_divide: Some(true_divide),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};
