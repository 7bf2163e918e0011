//! `_operator`: the operators as functions (`Modules/_operator.c`).

mod getters;

use vitrine_vm::object::{Args, BinaryOp, CompareOp, MethodDef, Ref};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{add, add_functions};

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "_operator",
    init,
};

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    for def in getters::TYPES {
        let ty = vm.new_type(None, def);
        add(vm, module, def.name, ty.to_ref());
    }
    add_functions(vm, module, FUNCTIONS)
}

macro_rules! binary {
    ($name:literal, $doc:literal, $op:ident) => {
        MethodDef::new($name, "(a, b, /)", $doc, |vm, args| {
            vm.binary(BinaryOp::$op, &args[0], &args[1])
        })
    };
}

macro_rules! inplace {
    ($name:literal, $doc:literal, $op:ident) => {
        MethodDef::new($name, "(a, b, /)", $doc, |vm, args| {
            vm.inplace(BinaryOp::$op, &args[0], &args[1])
        })
    };
}

macro_rules! comparison {
    ($name:literal, $doc:literal, $op:ident) => {
        MethodDef::new($name, "(a, b, /)", $doc, |vm, args| {
            vm.compare(&args[0], &args[1], CompareOp::$op)
        })
    };
}

/// Both must be sequences, as `seq + seq` says.
fn need_sequence(vm: &mut Vm, value: &Ref, what: &str) -> PyResult<()> {
    let ty = vm.type_of(value);
    if ty.slot(|slots| slots.subscript.is_some() || slots.item.is_some()) {
        return Ok(());
    }
    let name = ty.name();
    Err(vm.type_error(format!("'{name}' object can't be {what}")))
}

fn concat(vm: &mut Vm, args: Args<'_>) -> PyResult {
    need_sequence(vm, &args[0], "concatenated")?;
    vm.binary(BinaryOp::Add, &args[0], &args[1])
}

fn iconcat(vm: &mut Vm, args: Args<'_>) -> PyResult {
    need_sequence(vm, &args[0], "concatenated")?;
    vm.inplace(BinaryOp::Add, &args[0], &args[1])
}

/// Where a value is among what an iterable gives, or how often.
fn search(vm: &mut Vm, args: Args<'_>, count_all: bool) -> PyResult<Option<usize>> {
    let iterator = vm.iter(&args[0])?;
    let (mut at, mut count) = (0, 0);
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        if item.is(&args[1]) || vm.eq(&item, &args[1])? {
            if !count_all {
                return Ok(Some(at));
            }
            count += 1;
        }
        at += 1;
    }
    Ok(count_all.then_some(count))
}

fn length_hint(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let default = match args.get(1) {
        Some(default) => {
            if vm.int_value(default).is_none() {
                let ty = vm.type_of(default).name();
                return Err(
                    vm.type_error(format!("'{ty}' object cannot be interpreted as an integer"))
                );
            }
            vm.index_isize(default, "")?
        }
        None => 0,
    };
    match usize::try_from(default) {
        Ok(default) => {
            let hint = vm.length_hint(&args[0], default)?;
            Ok(vm.new_usize(hint))
        }
        // A negative default can only be given back as it is.
        Err(_) => match vm.length_hint(&args[0], usize::MAX)? {
            usize::MAX => Ok(vm.new_int(default as i64)),
            hint => Ok(vm.new_usize(hint)),
        },
    }
}

/// Compares without telling by its time where the first difference is.
fn compare_digest(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let (a, b) = match (args[0].as_str(), args[1].as_str()) {
        (Some(_), Some(_)) => {
            let (a, b) = (vm.text_of(&args[0]), vm.text_of(&args[1]));
            if !a.is_ascii() || !b.is_ascii() {
                return Err(
                    vm.type_error("comparing strings with non-ASCII characters is not supported")
                );
            }
            (a.into_bytes(), b.into_bytes())
        }
        _ => match (vm.bytes_like(&args[0]), vm.bytes_like(&args[1])) {
            (Some(a), Some(b)) => (a, b),
            _ => {
                let (a, b) = (vm.type_of(&args[0]).name(), vm.type_of(&args[1]).name());
                return Err(vm.type_error(format!(
                    "unsupported operand types(s) or combination of types: '{a}' and '{b}'"
                )));
            }
        },
    };
    let same = a.len() == b.len() && a.iter().zip(&b).fold(0, |seen, (x, y)| seen | (x ^ y)) == 0;
    Ok(Ref::bool(same))
}

/// `operator.call(obj, *args, **kwargs)`
fn call(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some((callable, rest)) = args.positional().split_first() else {
        return Err(vm.type_error("call expected at least 1 argument, got 0"));
    };
    let mut all = rest.to_vec();
    all.extend(args.keywords().map(|(_, value)| value.clone()));
    vm.call_kw(callable, &all, args.kwnames())
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "truth",
        "(a, /)",
        "Return True if a is true, False otherwise.",
        |vm, args| vm.is_true(&args[0]).map(Ref::bool),
    ),
    MethodDef::new(
        "contains",
        "(a, b, /)",
        "Same as b in a (note reversed operands).",
        |vm, args| vm.contains(&args[0], &args[1]).map(Ref::bool),
    ),
    MethodDef::new(
        "indexOf",
        "(a, b, /)",
        "Return the first index of b in a.",
        |vm, args| match search(vm, args, false)? {
            Some(at) => Ok(vm.new_usize(at)),
            None => Err(vm.value_error("sequence.index(x): x not in sequence")),
        },
    ),
    MethodDef::new(
        "countOf",
        "(a, b, /)",
        "Return the number of items in a which are, or which equal, b.",
        |vm, args| {
            let count = search(vm, args, true)?.unwrap_or(0);
            Ok(vm.new_usize(count))
        },
    ),
    MethodDef::new("is_", "(a, b, /)", "Same as a is b.", |_, args| {
        Ok(Ref::bool(args[0].is(&args[1])))
    }),
    MethodDef::new("is_not", "(a, b, /)", "Same as a is not b.", |_, args| {
        Ok(Ref::bool(!args[0].is(&args[1])))
    }),
    MethodDef::new("is_none", "(a, /)", "Same as a is None.", |_, args| {
        Ok(Ref::bool(args[0].is_none()))
    }),
    MethodDef::new(
        "is_not_none",
        "(a, /)",
        "Same as a is not None.",
        |_, args| Ok(Ref::bool(!args[0].is_none())),
    ),
    binary!("add", "Same as a + b.", Add),
    binary!("sub", "Same as a - b.", Subtract),
    binary!("mul", "Same as a * b.", Multiply),
    binary!("matmul", "Same as a @ b.", MatrixMultiply),
    binary!("floordiv", "Same as a // b.", FloorDivide),
    binary!("truediv", "Same as a / b.", TrueDivide),
    binary!("mod", "Same as a % b.", Remainder),
    binary!("lshift", "Same as a << b.", Lshift),
    binary!("rshift", "Same as a >> b.", Rshift),
    binary!("and_", "Same as a & b.", And),
    binary!("xor", "Same as a ^ b.", Xor),
    binary!("or_", "Same as a | b.", Or),
    inplace!("iadd", "Same as a += b.", Add),
    inplace!("isub", "Same as a -= b.", Subtract),
    inplace!("imul", "Same as a *= b.", Multiply),
    inplace!("imatmul", "Same as a @= b.", MatrixMultiply),
    inplace!("ifloordiv", "Same as a //= b.", FloorDivide),
    inplace!("itruediv", "Same as a /= b.", TrueDivide),
    inplace!("imod", "Same as a %= b.", Remainder),
    inplace!("ilshift", "Same as a <<= b.", Lshift),
    inplace!("irshift", "Same as a >>= b.", Rshift),
    inplace!("iand", "Same as a &= b.", And),
    inplace!("ixor", "Same as a ^= b.", Xor),
    inplace!("ior", "Same as a |= b.", Or),
    MethodDef::new("pow", "(a, b, /)", "Same as a ** b.", |vm, args| {
        vm.power(&args[0], &args[1], &Ref::none())
    }),
    MethodDef::new("ipow", "(a, b, /)", "Same as a **= b.", |vm, args| {
        vm.inplace(BinaryOp::Power, &args[0], &args[1])
    }),
    MethodDef::new(
        "concat",
        "(a, b, /)",
        "Same as a + b, for a and b sequences.",
        concat,
    ),
    MethodDef::new(
        "iconcat",
        "(a, b, /)",
        "Same as a += b, for a and b sequences.",
        iconcat,
    ),
    MethodDef::new("neg", "(a, /)", "Same as -a.", |vm, args| {
        vm.unary('-', &args[0])
    }),
    MethodDef::new("pos", "(a, /)", "Same as +a.", |vm, args| {
        vm.unary('+', &args[0])
    }),
    MethodDef::new("inv", "(a, /)", "Same as ~a.", |vm, args| {
        vm.unary('~', &args[0])
    }),
    MethodDef::new("invert", "(a, /)", "Same as ~a.", |vm, args| {
        vm.unary('~', &args[0])
    }),
    MethodDef::new("not_", "(a, /)", "Same as not a.", |vm, args| {
        vm.is_true(&args[0]).map(|truth| Ref::bool(!truth))
    }),
    MethodDef::new("abs", "(a, /)", "Same as abs(a).", |vm, args| {
        vm.call_builtin_by_name("abs", &[args[0].clone()])
    }),
    MethodDef::new("index", "(a, /)", "Same as a.__index__()", |vm, args| {
        vm.index(&args[0])
    }),
    MethodDef::new("getitem", "(a, b, /)", "Same as a[b].", |vm, args| {
        vm.get_item(&args[0], &args[1])
    }),
    MethodDef::new(
        "setitem",
        "(a, b, c, /)",
        "Same as a[b] = c.",
        |vm, args| {
            vm.set_item(&args[0], &args[1], &args[2])?;
            Ok(Ref::none())
        },
    ),
    MethodDef::new("delitem", "(a, b, /)", "Same as del a[b].", |vm, args| {
        vm.del_item(&args[0], &args[1])?;
        Ok(Ref::none())
    }),
    comparison!("lt", "Same as a < b.", Lt),
    comparison!("le", "Same as a <= b.", Le),
    comparison!("eq", "Same as a == b.", Eq),
    comparison!("ne", "Same as a != b.", Ne),
    comparison!("gt", "Same as a > b.", Gt),
    comparison!("ge", "Same as a >= b.", Ge),
    MethodDef::new(
        "length_hint",
        "(obj, default=0, /)",
        "Return an estimate of the number of items in obj.",
        length_hint,
    ),
    MethodDef::new(
        "_compare_digest",
        "(a, b, /)",
        "Return 'a == b'.",
        compare_digest,
    ),
    MethodDef::new("call", "", "Same as obj(*args, **kwargs).", call),
];
