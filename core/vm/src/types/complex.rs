//! `complex`.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::format::number::format_complex;
use crate::format::spec::Spec;
use crate::number::complex::{Complex as Number, PowError};
use crate::number::parse;
use crate::object::{Args, CompareOp, Complex, GetSetDef, MethodDef, Ref, Slots, Ty, TypeDef};
use crate::types::convert::{self, format_error};
use crate::types::float::{self, float_of};
use crate::types::int::IntRef;
use crate::vm::Vm;

/// An operand of complex arithmetic: real ones stay real.
#[derive(Clone, Copy)]
enum Operand {
    Real(f64),
    Complex(Number),
}

impl Operand {
    fn complex(self) -> Number {
        match self {
            Self::Real(real) => Number::new(real, 0.0),
            Self::Complex(number) => number,
        }
    }
}

/// The value of a complex number, subclasses included.
pub(crate) fn complex_of(value: &Ref) -> Option<Number> {
    value
        .downcast::<Complex>()
        .map(|complex| Number::new(complex.real, complex.imag))
}

fn this(value: &Ref) -> Number {
    complex_of(value).unwrap_or_default()
}

fn operand(vm: &mut Vm, value: &Ref) -> PyResult<Option<Operand>> {
    if let Some(number) = complex_of(value) {
        return Ok(Some(Operand::Complex(number)));
    }
    if let Some(float) = float_of(value) {
        return Ok(Some(Operand::Real(float)));
    }
    match IntRef::of(value).map(IntRef::to_f64) {
        None => Ok(None),
        Some(Some(float)) => Ok(Some(Operand::Real(float))),
        Some(None) => Err(vm.overflow_error("int too large to convert to float")),
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

fn make(vm: &mut Vm, number: Number) -> Ref {
    vm.new_complex(number.real, number.imag)
}

fn add(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let sum = match operands!(vm, a, b) {
        (Operand::Real(a), Operand::Complex(b)) | (Operand::Complex(b), Operand::Real(a)) => {
            Number::new(a + b.real, b.imag)
        }
        (a, b) => {
            let (a, b) = (a.complex(), b.complex());
            Number::new(a.real + b.real, a.imag + b.imag)
        }
    };
    Ok(make(vm, sum))
}

fn subtract(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let difference = match operands!(vm, a, b) {
        (Operand::Real(a), Operand::Complex(b)) => Number::new(a - b.real, -b.imag),
        (Operand::Complex(a), Operand::Real(b)) => Number::new(a.real - b, a.imag),
        (a, b) => {
            let (a, b) = (a.complex(), b.complex());
            Number::new(a.real - b.real, a.imag - b.imag)
        }
    };
    Ok(make(vm, difference))
}

fn multiply(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let product = match operands!(vm, a, b) {
        (Operand::Real(a), Operand::Complex(b)) | (Operand::Complex(b), Operand::Real(a)) => {
            Number::new(a * b.real, a * b.imag)
        }
        (a, b) => a.complex().mul(b.complex()),
    };
    Ok(make(vm, product))
}

fn true_divide(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let quotient = match operands!(vm, a, b) {
        (Operand::Real(a), Operand::Complex(b)) => b.div_from_real(a),
        (Operand::Complex(a), Operand::Real(b)) => {
            (b != 0.0).then(|| Number::new(a.real / b, a.imag / b))
        }
        (a, b) => a.complex().div(b.complex()),
    };
    match quotient {
        Some(quotient) => Ok(make(vm, quotient)),
        None => Err(vm.zero_division_error("division by zero")),
    }
}

fn power(vm: &mut Vm, a: &Ref, b: &Ref, modulus: &Ref) -> PyResult {
    let (a, b) = operands!(vm, a, b);
    if !modulus.is_none() {
        return Err(vm.value_error("complex modulo"));
    }
    let (a, b) = (a.complex(), b.complex());
    power_of(vm, (a.real, a.imag), (b.real, b.imag))
}

/// `a ** b`, also of floats whose power is complex.
pub(crate) fn power_of(vm: &mut Vm, a: (f64, f64), b: (f64, f64)) -> PyResult {
    match Number::new(a.0, a.1).pow(Number::new(b.0, b.1)) {
        Ok(result) => Ok(make(vm, result)),
        Err(PowError::ZeroDivision) => {
            Err(vm.zero_division_error("zero to a negative or complex power"))
        }
        Err(PowError::Overflow) => Err(vm.overflow_error("complex exponentiation")),
    }
}

fn richcompare(_vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    let equal_to = |number: Number, other: &Ref| {
        if let Some(other) = complex_of(other) {
            return Some(number == other);
        }
        if let Some(other) = float_of(other) {
            return Some(number.imag == 0.0 && number.real == other);
        }
        let int = IntRef::of(other)?;
        Some(
            number.imag == 0.0
                && float::compare_int(int, number.real).is_some_and(std::cmp::Ordering::is_eq),
        )
    };
    let equal = match (complex_of(a), complex_of(b)) {
        (Some(number), _) => equal_to(number, b),
        (None, Some(number)) => equal_to(number, a),
        (None, None) => None,
    };
    match (equal, op) {
        (Some(equal), CompareOp::Eq) => Ok(Ref::bool(equal)),
        (Some(equal), CompareOp::Ne) => Ok(Ref::bool(!equal)),
        _ => Ok(Ref::not_implemented()),
    }
}

fn hash(_vm: &mut Vm, a: &Ref) -> PyResult<i64> {
    let number = this(a);
    let part = |part: f64| {
        if part.is_nan() {
            crate::hash::hash_pointer(a.id())
        } else {
            crate::number::float::hash(part)
        }
    };
    Ok(Number::hash(part(number.real), part(number.imag)))
}

fn repr(vm: &mut Vm, a: &Ref) -> PyResult {
    let text = this(a).repr();
    Ok(vm.new_str(&text))
}

fn absolute(vm: &mut Vm, a: &Ref) -> PyResult {
    let number = this(a);
    let size = number.real.hypot(number.imag);
    if size.is_infinite() && number.real.is_finite() && number.imag.is_finite() {
        return Err(vm.overflow_error("absolute value too large"));
    }
    Ok(vm.new_float(size))
}

/// What `complex(x)` or an operand of `cmath` stands for: `__complex__`, then real numbers.
pub(crate) fn from_object(vm: &mut Vm, value: &Ref) -> PyResult<Option<Number>> {
    if vm.type_of(value).is(vm.types.complex) {
        return Ok(complex_of(value));
    }
    if let Some(method) = convert::special(vm, value, "__complex__")? {
        let result = vm.call(&method, &[])?;
        let ty = vm.type_of(&result);
        return match complex_of(&result) {
            Some(number) => Ok(Some(number)),
            None => {
                let (owner, name) = (vm.type_of(value).name(), ty.name());
                Err(vm.type_error(format!(
                    "{owner}.__complex__() must return a complex, not {name}"
                )))
            }
        };
    }
    if let Some(number) = complex_of(value) {
        return Ok(Some(number));
    }
    if vm
        .type_of(value)
        .slot(|slots| slots.float.is_some() || slots.index.is_some())
    {
        return float::from_object(vm, value).map(|real| Some(Number::new(real, 0.0)));
    }
    Ok(None)
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let bound = convert::bind(vm, "complex", "(real=0, imag=0)", args)?;
    let number = match (&bound[0], &bound[1]) {
        (None, None) => Number::default(),
        (Some(value), None) => {
            if ty.is(vm.types.complex) && vm.type_of(value).is(ty) {
                return Ok(value.clone());
            }
            if let Some(text) = value.as_str() {
                match parse::complex(&parse::to_ascii(text.text())) {
                    Some(number) => number,
                    None => return Err(vm.value_error("complex() arg is a malformed string")),
                }
            } else {
                match from_object(vm, value)? {
                    Some(number) => number,
                    None => {
                        let name = vm.type_of(value).name();
                        return Err(vm.type_error(format!(
                            "complex() argument must be a string or a number, not {name}"
                        )));
                    }
                }
            }
        }
        (real, Some(imag)) => {
            let mut part = |value: &Ref, name: &str| -> PyResult<Number> {
                if value.as_str().is_none()
                    && let Some(number) = from_object(vm, value)?
                {
                    return Ok(number);
                }
                let ty = vm.type_of(value).name();
                Err(vm.type_error(format!(
                    "complex() argument '{name}' must be a real number, not {ty}"
                )))
            };
            let real = match real {
                Some(real) => part(real, "real")?,
                None => Number::default(),
            };
            let imag = part(imag, "imag")?;
            Number::new(real.real - imag.imag, real.imag + imag.real)
        }
    };
    if ty.is(vm.types.complex) {
        return Ok(make(vm, number));
    }
    Ok(vm.new_object(
        ty,
        Complex {
            real: number.real,
            imag: number.imag,
        },
    ))
}

fn method_format(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(spec) = args[1].as_str() else {
        return Err(convert::format_argument(vm, &args[1]));
    };
    if spec.is_empty() {
        return vm.str(&args[0]);
    }
    let name = vm.type_of(&args[0]).name();
    let result = Spec::parse(spec.text(), &name)
        .and_then(|spec| format_complex(this(&args[0]), &spec, &name));
    match result {
        Ok(text) => Ok(vm.new_text(text)),
        Err(error) => Err(format_error(vm, error)),
    }
}

const METHODS: &[MethodDef] = &[
    MethodDef::new(
        "conjugate",
        "($self, /)",
        "Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.",
        |vm, args| {
            let number = this(&args[0]);
            Ok(vm.new_complex(number.real, -number.imag))
        },
    ),
    MethodDef::new(
        "__complex__",
        "($self, /)",
        "Convert this value to exact type complex.",
        |vm, args| {
            let number = this(&args[0]);
            Ok(make(vm, number))
        },
    ),
    MethodDef::new(
        "from_number",
        "($type, number, /)",
        "Convert number to a complex floating-point number.",
        |vm, args| match from_object(vm, &args[1])? {
            Some(number) => {
                let value = make(vm, number);
                let class = args[0].as_type().unwrap_or(vm.types.complex);
                if class.is(vm.types.complex) {
                    Ok(value)
                } else {
                    vm.call(&args[0], &[value])
                }
            }
            None => {
                let name = vm.type_of(&args[1]).name();
                Err(vm.type_error(format!("must be real number, not {name}")))
            }
        },
    )
    .class(),
    MethodDef::new("__getnewargs__", "($self, /)", "", |vm, args| {
        let number = this(&args[0]);
        let (real, imag) = (vm.new_float(number.real), vm.new_float(number.imag));
        Ok(vm.new_pair(real, imag))
    }),
    MethodDef::new(
        "__format__",
        "($self, format_spec, /)",
        "Convert to a string according to format_spec.",
        method_format,
    ),
];

const GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("real", "the real part of a complex number", |vm, a| {
        Ok(vm.new_float(this(a).real))
    }),
    GetSetDef::read_only("imag", "the imaginary part of a complex number", |vm, a| {
        Ok(vm.new_float(this(a).imag))
    }),
];

/// `complex`
pub(crate) const COMPLEX: TypeDef = TypeDef {
    name: "complex",
    doc: "complex(real=0, imag=0)\n--\n\nCreate a complex number from a string or numbers.\n\nIf a string is given, parse it as a complex number.\nIf a single number is given, convert it to a complex number.\nIf the 'real' or 'imag' arguments are given, create a complex number\nwith the specified real and imaginary components.",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        new: Some(new),
        bool: Some(|_, a| Ok(this(a) != Number::default())),
        add: Some(add),
        subtract: Some(subtract),
        multiply: Some(multiply),
        power: Some(power),
        negative: Some(|vm, a| {
            let number = this(a);
            Ok(vm.new_complex(-number.real, -number.imag))
        }),
        positive: Some(|vm, a| {
            let number = this(a);
            Ok(make(vm, number))
        }),
        absolute: Some(absolute),
        true_divide: Some(true_divide),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};
