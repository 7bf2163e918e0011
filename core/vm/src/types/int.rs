//! `int`: immediates while they fit, `BigInt` beyond.
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::cmp::Ordering;

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::error::PyResult;
use crate::format::number::format_int;
use crate::number::int as algorithms;
use crate::number::parse::{self, IntError};
use crate::object::{Args, CompareOp, GetSetDef, Int, MethodDef, Ref, Slots, Ty, TypeDef};
use crate::types::convert::{self, format_error};
use crate::vm::Vm;

/// An int's value, wherever it is kept.
#[derive(Clone, Copy)]
pub(crate) enum IntRef<'a> {
    Small(i64),
    Big(&'a BigInt),
}

impl<'a> IntRef<'a> {
    /// The value of an int, bools and subclasses included.
    #[inline]
    pub(crate) fn of(value: &'a Ref) -> Option<Self> {
        if let Some(small) = value.as_small_int() {
            return Some(Self::Small(small));
        }
        if let Some(bool) = value.as_bool() {
            return Some(Self::Small(bool.into()));
        }
        value.downcast::<Int>().map(|int| Self::Big(&int.0))
    }

    /// The value as a `BigInt`.
    pub(crate) fn big(self) -> Cow<'a, BigInt> {
        match self {
            Self::Small(small) => Cow::Owned(BigInt::from(small)),
            Self::Big(big) => Cow::Borrowed(big),
        }
    }

    /// The value, if it fits.
    pub(crate) fn to_i64(self) -> Option<i64> {
        match self {
            Self::Small(small) => Some(small),
            Self::Big(big) => big.to_i64(),
        }
    }

    /// The nearest float, `None` if it is too large.
    pub(crate) fn to_f64(self) -> Option<f64> {
        match self {
            Self::Small(small) => Some(small as f64),
            Self::Big(big) => algorithms::to_f64(big),
        }
    }

    pub(crate) fn is_negative(self) -> bool {
        match self {
            Self::Small(small) => small < 0,
            Self::Big(big) => big.is_negative(),
        }
    }

    pub(crate) fn is_zero(self) -> bool {
        match self {
            Self::Small(small) => small == 0,
            Self::Big(big) => big.is_zero(),
        }
    }

    pub(crate) fn compare(self, other: IntRef<'_>) -> Ordering {
        match (self, other) {
            (Self::Small(a), IntRef::Small(b)) => a.cmp(&b),
            (a, b) => a.big().cmp(&b.big()),
        }
    }

    pub(crate) fn hash(self) -> i64 {
        match self {
            Self::Small(small) => algorithms::hash_i64(small),
            Self::Big(big) => algorithms::hash(big),
        }
    }

    fn bits(self) -> u64 {
        match self {
            Self::Small(small) => u64::from(64 - small.unsigned_abs().leading_zeros()),
            Self::Big(big) => big.bits(),
        }
    }
}

/// Both operands as ints, or `NotImplemented`.
macro_rules! operands {
    ($a:expr, $b:expr) => {
        match (IntRef::of($a), IntRef::of($b)) {
            (Some(a), Some(b)) => (a, b),
            _ => return Ok(Ref::not_implemented()),
        }
    };
}

fn add(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(a, b);
    if let (IntRef::Small(a), IntRef::Small(b)) = (a, b)
        && let Some(sum) = a.checked_add(b)
    {
        return Ok(vm.new_int(sum));
    }
    let sum = &*a.big() + &*b.big();
    Ok(vm.new_bigint(sum))
}

fn subtract(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(a, b);
    if let (IntRef::Small(a), IntRef::Small(b)) = (a, b)
        && let Some(difference) = a.checked_sub(b)
    {
        return Ok(vm.new_int(difference));
    }
    let difference = &*a.big() - &*b.big();
    Ok(vm.new_bigint(difference))
}

fn multiply(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(a, b);
    if let (IntRef::Small(a), IntRef::Small(b)) = (a, b)
        && let Some(product) = a.checked_mul(b)
    {
        return Ok(vm.new_int(product));
    }
    // The longer one is cut into pieces of the shorter, each multiplied as Karatsuba does.
    let (bits_a, bits_b) = (a.bits(), b.bits());
    vm.check_memory(((bits_a + bits_b) / 8) as usize)?;
    let (long, short) = (bits_a.max(bits_b) / 64, bits_a.min(bits_b) / 64 + 1);
    vm.charge_whole((long.saturating_mul(short.isqrt()) / 16) as usize)?;
    let product = &*a.big() * &*b.big();
    Ok(vm.new_bigint(product))
}

fn div_mod(vm: &mut Vm, a: IntRef<'_>, b: IntRef<'_>, message: &str) -> PyResult<(Ref, Ref)> {
    if b.is_zero() {
        return Err(vm.zero_division_error(message));
    }
    if let (IntRef::Small(a), IntRef::Small(b)) = (a, b)
        && let Some((quotient, remainder)) = algorithms::div_mod_i64(a, b)
    {
        return Ok((vm.new_int(quotient), vm.new_int(remainder)));
    }
    vm.charge_whole(((a.bits() / 64).saturating_mul(b.bits() / 64 + 1) / 16) as usize)?;
    let (quotient, remainder) = algorithms::div_mod(&a.big(), &b.big());
    Ok((vm.new_bigint(quotient), vm.new_bigint(remainder)))
}

fn floor_divide(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(a, b);
    Ok(div_mod(vm, a, b, "division by zero")?.0)
}

fn remainder(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(a, b);
    Ok(div_mod(vm, a, b, "division by zero")?.1)
}

fn divmod(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(a, b);
    let (quotient, remainder) = div_mod(vm, a, b, "division by zero")?;
    Ok(vm.new_tuple(vec![quotient, remainder]))
}

fn true_divide(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(a, b);
    if b.is_zero() {
        return Err(vm.zero_division_error("division by zero"));
    }
    match algorithms::true_div(&a.big(), &b.big()) {
        Some(quotient) => Ok(vm.new_float(quotient)),
        None => Err(vm.overflow_error("integer division result too large for a float")),
    }
}

fn power(vm: &mut Vm, a: &Ref, b: &Ref, modulus: &Ref) -> PyResult {
    let (base, exponent) = operands!(a, b);
    if !modulus.is_none() {
        let Some(modulus) = IntRef::of(modulus) else {
            return Ok(Ref::not_implemented());
        };
        vm.charge_whole(
            (exponent
                .bits()
                .saturating_mul((modulus.bits() / 64 + 1).saturating_pow(2))
                / 16) as usize,
        )?;
        return match algorithms::pow_mod(&base.big(), &exponent.big(), &modulus.big()) {
            Ok(result) => Ok(vm.new_bigint(result)),
            Err(algorithms::PowModError::ZeroModulus) => {
                Err(vm.value_error("pow() 3rd argument cannot be 0"))
            }
            Err(algorithms::PowModError::NotInvertible) => {
                Err(vm.value_error("base is not invertible for the given modulus"))
            }
        };
    }
    if exponent.is_negative() {
        let (Some(base), Some(exponent)) = (base.to_f64(), exponent.to_f64()) else {
            return Err(vm.overflow_error("int too large to convert to float"));
        };
        return super::float::power_of(vm, base, exponent);
    }
    if let IntRef::Small(base @ -1..=1) = base {
        let odd = exponent.big().bit(0);
        return Ok(vm.new_int(if base == 0 {
            i64::from(exponent.is_zero())
        } else if odd {
            base
        } else {
            1
        }));
    }
    let Some(exponent) = exponent.to_i64().map(i64::unsigned_abs) else {
        return Err(vm.memory_error(""));
    };
    if let (IntRef::Small(base), Ok(exponent)) = (base, u32::try_from(exponent))
        && let Some(result) = base.checked_pow(exponent)
    {
        return Ok(vm.new_int(result));
    }
    let base = base.big();
    let bits = algorithms::pow_bits(&base, exponent);
    vm.check_memory((bits / 8) as usize)?;
    // Karatsuba's exponent of 1.6, roughly.
    let words = bits / 64 + 1;
    vm.charge_whole((words.saturating_mul(words.isqrt()) / 16) as usize)?;
    Ok(vm.new_bigint(algorithms::pow(&base, exponent)))
}

fn negative(vm: &mut Vm, a: &Ref) -> PyResult {
    match convert::int(a) {
        IntRef::Small(a) => Ok(vm.new_int(-a)),
        IntRef::Big(a) => Ok(vm.new_bigint(-a)),
    }
}

/// The same value as a plain `int`.
pub(crate) fn plain(vm: &mut Vm, a: &Ref) -> PyResult {
    if a.as_small_int().is_some() {
        return Ok(a.clone());
    }
    match convert::int(a) {
        IntRef::Small(small) => Ok(vm.new_int(small)),
        IntRef::Big(_) if vm.type_of(a).is(vm.types.int) => Ok(a.clone()),
        IntRef::Big(big) => Ok(vm.new_bigint(big.clone())),
    }
}

fn absolute(vm: &mut Vm, a: &Ref) -> PyResult {
    if convert::int(a).is_negative() {
        negative(vm, a)
    } else {
        plain(vm, a)
    }
}

fn invert(vm: &mut Vm, a: &Ref) -> PyResult {
    match convert::int(a) {
        IntRef::Small(a) => Ok(vm.new_int(!a)),
        IntRef::Big(a) => Ok(vm.new_bigint(!a.clone())),
    }
}

fn lshift(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(a, b);
    if b.is_negative() {
        return Err(vm.value_error("negative shift count"));
    }
    if a.is_zero() {
        return Ok(Ref::small_int(0));
    }
    let Some(shift) = b.to_i64().and_then(|shift| u64::try_from(shift).ok()) else {
        return Err(vm.overflow_error("too many digits in integer"));
    };
    if let IntRef::Small(a) = a
        && shift + a_bits(a) < 63
    {
        return Ok(vm.new_int(a << shift));
    }
    vm.check_memory((shift / 8) as usize)?;
    vm.charge((shift / 4096) as usize)?;
    let result = &*a.big() << shift;
    Ok(vm.new_bigint(result))
}

fn a_bits(a: i64) -> u64 {
    u64::from(64 - a.unsigned_abs().leading_zeros())
}

fn rshift(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (a, b) = operands!(a, b);
    if b.is_negative() {
        return Err(vm.value_error("negative shift count"));
    }
    let shift = b.to_i64().and_then(|shift| u64::try_from(shift).ok());
    match (a, shift) {
        (IntRef::Small(a), shift) => Ok(vm.new_int(a >> shift.map_or(63, |shift| shift.min(63)))),
        (IntRef::Big(a), Some(shift)) => Ok(vm.new_bigint(a >> shift)),
        (a, None) => Ok(Ref::small_int(if a.is_negative() { -1 } else { 0 })),
    }
}

macro_rules! bit_operation {
    ($name:ident, $operator:tt) => {
        fn $name(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
            let (a, b) = operands!(a, b);
            if let (IntRef::Small(a), IntRef::Small(b)) = (a, b) {
                return Ok(vm.new_int(a $operator b));
            }
            let result = &*a.big() $operator &*b.big();
            Ok(vm.new_bigint(result))
        }
    };
}
bit_operation!(and, &);
bit_operation!(or, |);
bit_operation!(xor, ^);

fn richcompare(_vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    let (a, b) = operands!(a, b);
    Ok(Ref::bool(op.holds(a.compare(b))))
}

/// The digits in base 10, if there are not more than the limit.
pub(crate) fn to_decimal(vm: &mut Vm, value: IntRef<'_>) -> PyResult<String> {
    let big = match value {
        IntRef::Small(small) => return Ok(small.to_string()),
        IntRef::Big(big) => big,
    };
    let limit = vm.int_max_str_digits();
    // 3 bits make at most one digit, so most numbers need no closer look.
    let too_long = || {
        format!(
            "Exceeds the limit ({limit} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit"
        )
    };
    if limit > 0 && big.bits() / 4 > limit as u64 {
        return Err(vm.value_error(too_long()));
    }
    vm.charge((big.bits() / 64) as usize)?;
    let text = algorithms::to_decimal(big);
    if limit > 0 && text.len() - usize::from(big.is_negative()) > limit {
        return Err(vm.value_error(too_long()));
    }
    Ok(text)
}

pub(crate) fn repr(vm: &mut Vm, a: &Ref) -> PyResult {
    let text = to_decimal(vm, convert::int(a))?;
    Ok(vm.new_str(&text))
}

fn hash(_vm: &mut Vm, a: &Ref) -> PyResult<i64> {
    Ok(convert::int(a).hash())
}

fn to_float(vm: &mut Vm, a: &Ref) -> PyResult {
    match convert::int(a).to_f64() {
        Some(value) => Ok(vm.new_float(value)),
        None => Err(vm.overflow_error("int too large to convert to float")),
    }
}

/// `int(x)` without a base.
pub(crate) fn from_object(vm: &mut Vm, value: &Ref) -> PyResult {
    let ty = vm.type_of(value);
    if ty.is(vm.types.int) {
        return Ok(value.clone());
    }
    if let Some(int) = ty.slot(|slots| slots.int) {
        let result = int(vm, value)?;
        return convert::check_int_result(vm, &result, "__int__")
            .map(|()| result)
            .and_then(|result| plain(vm, &result));
    }
    if let Some(index) = ty.slot(|slots| slots.index) {
        let result = index(vm, value)?;
        return convert::check_int_result(vm, &result, "__index__")
            .map(|()| result)
            .and_then(|result| plain(vm, &result));
    }
    if value.as_str().is_some() || convert::bytes_like(vm, value).is_some() {
        return from_text(vm, value, 10);
    }
    let name = ty.name();
    Err(vm.type_error(format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{name}'"
    )))
}

/// `int(text, base)`.
fn from_text(vm: &mut Vm, value: &Ref, base: u32) -> PyResult {
    let text = match value.as_str() {
        Some(text) => parse::to_ascii(text.text()).into_owned(),
        None => {
            let bytes = convert::bytes_like(vm, value).unwrap_or_default();
            bytes
                .iter()
                .map(|&byte| if byte < 0x80 { char::from(byte) } else { '?' })
                .collect()
        }
    };
    let limit = vm.int_max_str_digits();
    vm.charge((text.len() as u64 / 8) as usize)?;
    match parse::int(&text, base, limit) {
        Ok(int) => Ok(vm.new_bigint(int)),
        Err(IntError::TooLong(digits)) => Err(vm.value_error(format!(
            "Exceeds the limit ({limit} digits) for integer string conversion: value has {digits} digits; \
             use sys.set_int_max_str_digits() to increase the limit"
        ))),
        Err(IntError::Invalid) => {
            let shown = vm.repr(value)?;
            let shown = shown.as_str().map(|shown| shown.text().substring(0, 200).to_string()).unwrap_or_default();
            Err(vm.value_error(format!("invalid literal for int() with base {base}: {shown}")))
        }
    }
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let bound = convert::bind(vm, "int", "(x=0, /, base=10)", args)?;
    let value = match (&bound[0], &bound[1]) {
        (None, None) => Ref::small_int(0),
        (None, Some(_)) => return Err(vm.type_error("int() missing string argument")),
        (Some(value), None) => from_object(vm, value)?,
        (Some(value), Some(base)) => {
            let base = vm.index_isize(base, "").map_or(-1, |n| n as i64);
            if base != 0 && !(2..=36).contains(&base) {
                return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0"));
            }
            if value.as_str().is_none() && convert::bytes_like(vm, value).is_none() {
                return Err(vm.type_error("int() can't convert non-string with explicit base"));
            }
            from_text(vm, value, base as u32)?
        }
    };
    if ty.is(vm.types.int) {
        return Ok(value);
    }
    let big = convert::int(&value).big().into_owned();
    Ok(vm.new_object(ty, Int(big)))
}

fn method_format(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = &args[0];
    let Some(spec) = args[1].as_str() else {
        return Err(convert::format_argument(vm, &args[1]));
    };
    if spec.is_empty() {
        return vm.str(this);
    }
    if vm.type_of(this).is(vm.types.bool) && spec.is_empty() {
        return vm.str(this);
    }
    let name = vm.type_of(this).name();
    let result = crate::format::spec::Spec::parse(spec.text(), &name);
    let value = convert::int(this);
    if let Ok(spec) = &result {
        vm.check_memory((spec.width.max(spec.precision.unwrap_or(0)) as u64) as usize)?;
        if matches!(spec.code, None | Some(0x64 | 0x6E)) {
            to_decimal(vm, value)?;
        }
    }
    match result.and_then(|spec| format_int(&value.big(), &spec, &name)) {
        Ok(text) => Ok(vm.new_text(text)),
        Err(error) => Err(format_error(vm, error)),
    }
}

fn method_round(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(digits) = args.get(1).filter(|digits| !digits.is_none()) else {
        return plain(vm, &args[0]);
    };
    let digits = vm.index(digits)?;
    let digits = convert::int(&digits);
    if !digits.is_negative() {
        return plain(vm, &args[0]);
    }
    let places = digits.to_i64().map_or(u64::MAX, i64::unsigned_abs);
    let rounded = algorithms::round_to_power_of_ten(&convert::int(&args[0]).big(), places);
    Ok(vm.new_bigint(rounded))
}

fn method_to_bytes(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let len = match args.get(1) {
        Some(len) => vm.index_isize(len, "").map(|n| n as i64)?,
        None => 1,
    };
    let little = byte_order(vm, args.get(2))?;
    let signed = match args.get(3) {
        Some(signed) => vm.is_true(signed)?,
        None => false,
    };
    let Ok(len) = usize::try_from(len) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    let value = convert::int(&args[0]);
    if value.is_negative() && !signed {
        return Err(vm.overflow_error("can't convert negative int to unsigned"));
    }
    vm.check_memory((len as u64) as usize)?;
    match algorithms::to_bytes(&value.big(), len, little, signed) {
        Some(bytes) => Ok(vm.new_bytes(bytes)),
        None => Err(vm.overflow_error("int too big to convert")),
    }
}

fn byte_order(vm: &mut Vm, order: Option<&Ref>) -> PyResult<bool> {
    let Some(order) = order else { return Ok(false) };
    match order.as_str().and_then(|order| order.as_ascii()) {
        Some("little") => Ok(true),
        Some("big") => Ok(false),
        _ if order.as_str().is_some() => {
            Err(vm.value_error("byteorder must be either 'little' or 'big'"))
        }
        _ => {
            let name = vm.type_of(order).name();
            Err(vm.type_error(format!(
                "to_bytes() argument 'byteorder' must be str, not {name}"
            )))
        }
    }
}

fn method_from_bytes(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let little = byte_order(vm, args.get(2))?;
    let signed = match args.get(3) {
        Some(signed) => vm.is_true(signed)?,
        None => false,
    };
    let bytes = super::bytes::from_object(vm, &args[1])?;
    let value = algorithms::from_bytes(&bytes, little, signed);
    let value = vm.new_bigint(value);
    let class = args[0].as_type().unwrap_or(vm.types.int);
    if class.is(vm.types.int) {
        Ok(value)
    } else {
        vm.call(&args[0], &[value])
    }
}

const METHODS: &[MethodDef] = &[
    MethodDef::new(
        "conjugate",
        "($self, /)",
        "Returns self, the complex conjugate of any int.",
        |vm, args| plain(vm, &args[0]),
    ),
    MethodDef::new(
        "bit_length",
        "($self, /)",
        "Number of bits necessary to represent self in binary.",
        |vm, args| {
            let bits = convert::int(&args[0]).bits();
            Ok(vm.new_int(bits as i64))
        },
    ),
    MethodDef::new(
        "bit_count",
        "($self, /)",
        "Number of ones in the binary representation of the absolute value of self.",
        |vm, args| {
            let count = match convert::int(&args[0]) {
                IntRef::Small(small) => u64::from(small.unsigned_abs().count_ones()),
                IntRef::Big(big) => algorithms::bit_count(big),
            };
            Ok(vm.new_int(count as i64))
        },
    ),
    MethodDef::new(
        "to_bytes",
        "($self, /, length=1, byteorder='big', *, signed=False)",
        "Return an array of bytes representing an integer.",
        method_to_bytes,
    ),
    MethodDef::new(
        "from_bytes",
        "($type, /, bytes, byteorder='big', *, signed=False)",
        "Return the integer represented by the given array of bytes.",
        method_from_bytes,
    )
    .class(),
    MethodDef::new(
        "as_integer_ratio",
        "($self, /)",
        "Return a pair of integers, whose ratio is equal to the original int.",
        |vm, args| {
            let value = plain(vm, &args[0])?;
            Ok(vm.new_tuple(vec![value, Ref::small_int(1)]))
        },
    ),
    MethodDef::new(
        "is_integer",
        "($self, /)",
        "Returns True. Exists for duck type compatibility with float.is_integer.",
        |_, _| Ok(Ref::bool(true)),
    ),
    MethodDef::new(
        "__trunc__",
        "($self, /)",
        "Truncating an Integral returns itself.",
        |vm, args| plain(vm, &args[0]),
    ),
    MethodDef::new(
        "__floor__",
        "($self, /)",
        "Flooring an Integral returns itself.",
        |vm, args| plain(vm, &args[0]),
    ),
    MethodDef::new(
        "__ceil__",
        "($self, /)",
        "Ceiling of an Integral returns itself.",
        |vm, args| plain(vm, &args[0]),
    ),
    MethodDef::new(
        "__round__",
        "($self, ndigits=None, /)",
        "Rounding an Integral returns itself.",
        method_round,
    ),
    MethodDef::new(
        "__format__",
        "($self, format_spec, /)",
        "Convert to a string according to format_spec.",
        method_format,
    ),
    MethodDef::new("__getnewargs__", "($self, /)", "", |vm, args| {
        let value = plain(vm, &args[0])?;
        Ok(vm.new_tuple(vec![value]))
    }),
    MethodDef::new(
        "__sizeof__",
        "($self, /)",
        "Returns size in memory, in bytes.",
        |vm, args| {
            let digits = convert::int(&args[0]).bits().div_ceil(30).max(1);
            Ok(vm.new_int(24 + 4 * digits as i64))
        },
    ),
];

const GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("real", "the real part of a complex number", plain),
    GetSetDef::read_only("imag", "the imaginary part of a complex number", |_, _| {
        Ok(Ref::small_int(0))
    }),
    GetSetDef::read_only(
        "numerator",
        "the numerator of a rational number in lowest terms",
        plain,
    ),
    GetSetDef::read_only(
        "denominator",
        "the denominator of a rational number in lowest terms",
        |_, _| Ok(Ref::small_int(1)),
    ),
];

/// `int`
pub(crate) const INT: TypeDef = TypeDef {
    name: "int",
    doc: "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.  If x is a number, return x.__int__().  For floating-point\nnumbers, this truncates towards zero.\n\nIf x is not a number or if base is given, then x must be a string,\nbytes, or bytearray instance representing an integer literal in the\ngiven base.  The literal can be preceded by '+' or '-' and be surrounded\nby whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.\nBase 0 means to interpret the base from the string as an integer literal.\n>>> int('0b100', base=0)\n4",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        new: Some(new),
        bool: Some(|_, a| Ok(!convert::int(a).is_zero())),
        add: Some(add),
        subtract: Some(subtract),
        multiply: Some(multiply),
        remainder: Some(remainder),
        divmod: Some(divmod),
        power: Some(power),
        negative: Some(negative),
        positive: Some(plain),
        absolute: Some(absolute),
        invert: Some(invert),
        lshift: Some(lshift),
        rshift: Some(rshift),
        and: Some(and),
        xor: Some(xor),
        or: Some(or),
        int: Some(plain),
        float: Some(to_float),
        floor_divide: Some(floor_divide),
        true_divide: Some(true_divide),
        index: Some(plain),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::EMPTY
};

fn bool_repr(vm: &mut Vm, a: &Ref) -> PyResult {
    Ok(vm.new_str(if a.as_bool() == Some(true) {
        "True"
    } else {
        "False"
    }))
}

fn bool_new(vm: &mut Vm, _ty: Ty, args: Args<'_>) -> PyResult {
    let bound = convert::bind(vm, "bool", "(object=False, /)", args)?;
    let truth = match &bound[0] {
        Some(value) => vm.is_true(value)?,
        None => false,
    };
    Ok(Ref::bool(truth))
}

macro_rules! bool_operation {
    ($name:ident, $operator:tt, $otherwise:ident) => {
        fn $name(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
            match (a.as_bool(), b.as_bool()) {
                (Some(a), Some(b)) => Ok(Ref::bool(a $operator b)),
                _ => $otherwise(vm, a, b),
            }
        }
    };
}
bool_operation!(bool_and, &, and);
bool_operation!(bool_or, |, or);
bool_operation!(bool_xor, ^, xor);

fn bool_invert(vm: &mut Vm, a: &Ref) -> PyResult {
    vm.warn_deprecated("Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion of the underlying int object and is usually not what you expect from the negation of a bool object. Use the 'not' operator for boolean negation or ~int(x) for the bitwise inversion of the underlying int.")?;
    invert(vm, a)
}

/// `bool`
pub(crate) const BOOL: TypeDef = TypeDef {
    name: "bool",
    doc: "bool(object=False, /)\n--\n\nReturns True when the argument is true, False otherwise.\n\nThe builtins True and False are the only two instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be subclassed.",
    slots: Slots {
        repr: Some(bool_repr),
        new: Some(bool_new),
        and: Some(bool_and),
        xor: Some(bool_xor),
        or: Some(bool_or),
        invert: Some(bool_invert),
        ..Slots::EMPTY
    },
    ..TypeDef::EMPTY
};
