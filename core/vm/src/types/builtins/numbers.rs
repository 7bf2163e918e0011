//! `abs`, `bin`, `divmod`, `pow`, `round`, `sum` and their like.

use crate::error::PyResult;
use crate::number::complex::Complex;
use crate::number::float::CompensatedSum;
use crate::object::{Args, BinaryOp, MethodDef, Ref};
use crate::types::complex::complex_of;
use crate::types::convert;
use crate::types::float::float_of;
use crate::types::int::IntRef;
use crate::types::str;
use crate::vm::Vm;

fn abs(vm: &mut Vm, args: Args<'_>) -> PyResult {
    match vm.type_of(&args[0]).slot(|slots| slots.absolute) {
        Some(absolute) => absolute(vm, &args[0]),
        None => {
            let name = vm.type_of(&args[0]).name();
            Err(vm.type_error(format!("bad operand type for abs(): '{name}'")))
        }
    }
}

fn radix(vm: &mut Vm, args: Args<'_>, radix: u32, prefix: &str) -> PyResult {
    let index = vm.index(&args[0])?;
    let value = convert::int(&index);
    let digits = value.big().to_str_radix(radix);
    vm.charge(digits.len() / 64)?;
    let text = match digits.strip_prefix('-') {
        Some(digits) => format!("-{prefix}{digits}"),
        None => format!("{prefix}{digits}"),
    };
    Ok(vm.new_str(&text))
}

fn chr(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let index = vm.index(&args[0])?;
    match convert::int(&index).to_i64() {
        Some(c @ 0..0x11_0000) => Ok(str::character(vm, c as u32)),
        _ => Err(vm.value_error("chr() arg not in range(0x110000)")),
    }
}

fn ord(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (len, first) = match args[0].as_str() {
        Some(text) => (text.len(), text.text().get(0)),
        None => match convert::bytes_like(vm, &args[0]) {
            Some(bytes) => (bytes.len(), bytes.first().map(|&byte| byte.into())),
            None => {
                let name = vm.type_of(&args[0]).name();
                return Err(vm.type_error(format!(
                    "ord() expected string of length 1, but {name} found"
                )));
            }
        },
    };
    match first {
        Some(c) if len == 1 => Ok(Ref::small_int(c as i32)),
        _ => Err(vm.type_error(format!(
            "ord() expected a character, but string of length {len} found"
        ))),
    }
}

fn divmod(vm: &mut Vm, args: Args<'_>) -> PyResult {
    vm.binary(BinaryOp::Divmod, &args[0], &args[1])
}

fn pow(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let modulus = args.get(2).cloned().unwrap_or_else(Ref::none);
    vm.power(&args[0], &args[1], &modulus)
}

fn round(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(method) = convert::special(vm, &args[0], "__round__")? else {
        let name = vm.type_of(&args[0]).name();
        return Err(vm.type_error(format!("type {name} doesn't define __round__ method")));
    };
    match args.get_not_none(1) {
        None => vm.call(&method, &[]),
        Some(digits) => vm.call(&method, std::slice::from_ref(digits)),
    }
}

/// Ints are added exactly, then floats with their errors carried, then complex
/// numbers; anything else by `+`.
fn sum(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let mut total = args.get(1).cloned().unwrap_or(Ref::small_int(0));
    if total.as_str().is_some() {
        return Err(vm.type_error("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    if vm.is_instance_of(&total, vm.types.bytes) {
        return Err(vm.type_error("sum() can't sum bytes [use b''.join(seq) instead]"));
    }
    if vm.is_instance_of(&total, vm.types.bytearray) {
        return Err(vm.type_error("sum() can't sum bytearray [use b''.join(seq) instead]"));
    }
    let iterator = vm.iter(&args[0])?;
    let mut item = vm.next(&iterator)?;
    if vm.is_exact(&total, vm.types.int) || vm.is_exact(&total, vm.types.bool) {
        let mut small = total.as_small_int().or(total.as_bool().map(i64::from));
        while let (Some(sum), Some(value)) = (small, &item) {
            vm.charge(1)?;
            let Some(value) = value
                .as_small_int()
                .or_else(|| value.as_bool().map(i64::from))
            else {
                break;
            };
            let Some(next) = sum.checked_add(value) else {
                break;
            };
            small = Some(next);
            item = vm.next(&iterator)?;
        }
        if let Some(sum) = small {
            total = vm.new_int(sum);
        }
    }
    loop {
        let Some(value) = &item else { return Ok(total) };
        if vm.is_exact(&total, vm.types.float)
            && (vm.is_exact(value, vm.types.float) || plain_int(vm, value))
        {
            let mut sum = CompensatedSum::new(float_of(&total).unwrap_or(0.0));
            while let Some(value) = &item {
                let Some(number) = real(vm, value) else { break };
                vm.charge(1)?;
                sum.add(number);
                item = vm.next(&iterator)?;
            }
            total = vm.new_float(sum.total());
            let Some(value) = &item else { return Ok(total) };
            total = vm.binary(BinaryOp::Add, &total, value)?;
        } else if vm.is_exact(&total, vm.types.complex) {
            let start = complex_of(&total).unwrap_or_default();
            let (mut real_sum, mut imag_sum) = (
                CompensatedSum::new(start.real),
                CompensatedSum::new(start.imag),
            );
            while let Some(value) = &item {
                vm.charge(1)?;
                if vm.is_exact(value, vm.types.complex) {
                    let Complex { real, imag } = complex_of(value).unwrap_or_default();
                    real_sum.add(real);
                    imag_sum.add(imag);
                } else if let Some(number) = real(vm, value) {
                    real_sum.add(number);
                } else {
                    break;
                }
                item = vm.next(&iterator)?;
            }
            total = vm.new_complex(real_sum.total(), imag_sum.total());
            let Some(value) = &item else { return Ok(total) };
            total = vm.binary(BinaryOp::Add, &total, value)?;
        } else {
            vm.charge(1)?;
            total = vm.binary(BinaryOp::Add, &total, value)?;
        }
        item = vm.next(&iterator)?;
    }
}

fn plain_int(vm: &Vm, value: &Ref) -> bool {
    vm.is_exact(value, vm.types.int) || vm.is_exact(value, vm.types.bool)
}

/// A float, or an int that a float holds.
fn real(vm: &Vm, value: &Ref) -> Option<f64> {
    if vm.is_exact(value, vm.types.float) {
        return float_of(value);
    }
    if plain_int(vm, value) {
        IntRef::of(value).and_then(IntRef::to_f64)
    } else {
        None
    }
}

pub(super) const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "abs",
        "(number, /)",
        "Return the absolute value of the argument.",
        abs,
    ),
    MethodDef::new(
        "bin",
        "(number, /)",
        "Return the binary representation of an integer.\n\n>>> bin(2796202)\n'0b1010101010101010101010'",
        |vm, args| radix(vm, args, 2, "0b"),
    ),
    MethodDef::new(
        "oct",
        "(number, /)",
        "Return the octal representation of an integer.\n\n>>> oct(342391)\n'0o1234567'",
        |vm, args| radix(vm, args, 8, "0o"),
    ),
    MethodDef::new(
        "hex",
        "(number, /)",
        "Return the hexadecimal representation of an integer.\n\n>>> hex(12648430)\n'0xc0ffee'",
        |vm, args| radix(vm, args, 16, "0x"),
    ),
    MethodDef::new(
        "chr",
        "(i, /)",
        "Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff.",
        chr,
    ),
    MethodDef::new(
        "ord",
        "(character, /)",
        "Return the ordinal value of a character.",
        ord,
    ),
    MethodDef::new(
        "divmod",
        "(x, y, /)",
        "Return the tuple (x//y, x%y).  Invariant: div*y + mod == x.",
        divmod,
    ),
    MethodDef::new(
        "pow",
        "(base, exp, mod=None)",
        "Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.\n\nSome types, such as ints, are able to use a more efficient algorithm when\ninvoked using the three argument form.",
        pow,
    ),
    MethodDef::new(
        "round",
        "(number, ndigits=None)",
        "Round a number to a given precision in decimal digits.\n\nThe return value is an integer if ndigits is omitted or None.  Otherwise\nthe return value has the same type as the number.  ndigits may be negative.",
        round,
    ),
    MethodDef::new(
        "sum",
        "(iterable, /, start=0)",
        "Return the sum of a 'start' value (default: 0) plus an iterable of numbers\n\nWhen the iterable is empty, return the start value.\nThis function is intended specifically for use with numeric values and may\nreject non-numeric types.",
        sum,
    ),
];
