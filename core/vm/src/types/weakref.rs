//! `weakref.ref` and the weak proxies.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::heap::Weakref;
use crate::object::{
    Args, BinaryOp, CompareOp, GetSetDef, MethodDef, Ref, Slots, Ty, TypeDef, type_flags,
};
use crate::vm::Vm;

fn this(value: &Ref) -> &Weakref {
    value.payload()
}

/// Whether weak references to a value can be made.
fn check_target(vm: &mut Vm, target: &Ref) -> PyResult<()> {
    let ty = vm.type_of(target);
    if ty.has(type_flags::HAS_WEAKREF) || target.as_type().is_some() {
        return Ok(());
    }
    let name = ty.name();
    Err(vm.type_error(format!("cannot create weak reference to '{name}' object")))
}

/// A reference or proxy of the given type; one without a callback is shared.
fn make(vm: &mut Vm, ty: Ty, target: &Ref, callback: Option<Ref>, proxy: bool) -> PyResult {
    check_target(vm, target)?;
    let shareable = ty.is(vm.types.weakref) || proxy;
    if callback.is_none() && shareable {
        for known in Weakref::all_of(target) {
            if vm.is_exact(&known, ty)
                && this(&known).callback().is_none()
                && this(&known).proxy == proxy
            {
                return Ok(known);
            }
        }
    }
    let weak = vm.new_object(ty, Weakref::new(callback, proxy));
    Weakref::attach(&weak, target);
    Ok(weak)
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let given = args.positional();
    if given.is_empty() || given.len() > 2 {
        let (how, count) = if given.is_empty() {
            ("at least", "1 argument")
        } else {
            ("at most", "2 arguments")
        };
        return Err(vm.type_error(format!(
            "__new__ expected {how} {count}, got {}",
            given.len()
        )));
    }
    let callback = given.get(1).filter(|callback| !callback.is_none()).cloned();
    make(vm, ty, &given[0], callback, false)
}

/// `weakref.proxy(target, callback)`
pub(crate) fn proxy(vm: &mut Vm, target: &Ref, callback: Option<Ref>) -> PyResult {
    let ty = if vm.is_callable(target) {
        vm.types.callable_proxy
    } else {
        vm.types.weakproxy
    };
    make(vm, ty, target, callback, true)
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let name = if vm.is_exact(value, vm.types.weakref) {
        "weakref".to_owned()
    } else {
        vm.type_of(value).name()
    };
    let text = match this(value).target() {
        None => format!("<{name} at {:#x}; dead>", value.id()),
        Some(target) => {
            let ty = vm.type_of(&target);
            let ty = vm.qualified_name(ty);
            let key = vm.names.__name__.clone();
            let own = vm
                .lookup_attr(&target, &key)?
                .filter(|own| own.as_str().is_some());
            match own {
                Some(own) => format!(
                    "<{name} at {:#x}; to '{ty}' at {:#x} ({})>",
                    value.id(),
                    target.id(),
                    vm.text_of(&own)
                ),
                None => format!(
                    "<{name} at {:#x}; to '{ty}' at {:#x}>",
                    value.id(),
                    target.id()
                ),
            }
        }
    };
    Ok(vm.new_str(&text))
}

fn hash(vm: &mut Vm, value: &Ref) -> PyResult<i64> {
    if let Some(hash) = this(value).hash.get() {
        return Ok(hash);
    }
    let Some(target) = this(value).target() else {
        return Err(vm.type_error("weak object has gone away"));
    };
    let hash = vm.hash(&target)?;
    this(value).hash.set(Some(hash));
    Ok(hash)
}

fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.downcast::<Weakref>(), b.downcast::<Weakref>()) else {
        return Ok(Ref::not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::not_implemented());
    }
    match (left.target(), right.target()) {
        (Some(left), Some(right)) => vm.compare(&left, &right, op),
        _ => Ok(Ref::bool(a.is(b) == (op == CompareOp::Eq))),
    }
}

pub(crate) const WEAKREF: TypeDef = TypeDef {
    name: "ReferenceType",
    module: "weakref",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        call: Some(|_, value, _| Ok(this(value).target().unwrap_or_else(Ref::none))),
        richcompare: Some(richcompare),
        new: Some(new),
        init: Some(|_, _, _| Ok(())),
        ..Slots::EMPTY
    },
    methods: &[MethodDef::new(
        "__class_getitem__",
        "($type, object, /)",
        "See PEP 585",
        crate::types::generic_alias::class_getitem,
    )
    .class()],
    getset: &[GetSetDef::read_only("__callback__", "", |_, value| {
        Ok(this(value).callback().unwrap_or_else(Ref::none))
    })],
    ..TypeDef::EMPTY
};

/// What a proxy stands for.
fn target(vm: &mut Vm, value: &Ref) -> PyResult {
    match value.downcast::<Weakref>() {
        Some(weak) if weak.proxy => match weak.target() {
            Some(target) => Ok(target),
            None => Err(vm.reference_error("weakly-referenced object no longer exists")),
        },
        _ => Ok(value.clone()),
    }
}

macro_rules! forward_binary {
    ($op:ident) => {
        Some(|vm, a, b| {
            let (a, b) = (target(vm, a)?, target(vm, b)?);
            vm.binary(BinaryOp::$op, &a, &b)
        })
    };
}

const FORWARDING: Slots = Slots {
    repr: Some(repr),
    str: Some(|vm, value| {
        let target = target(vm, value)?;
        vm.str(&target)
    }),
    getattro: Some(|vm, value, name| {
        let target = target(vm, value)?;
        vm.get_attr(&target, name)
    }),
    setattro: Some(|vm, value, name, new| {
        let target = target(vm, value)?;
        match new {
            Some(new) => vm.set_attr(&target, name, new),
            None => vm.del_attr(&target, name),
        }
    }),
    richcompare: Some(|vm, a, b, op| {
        let (a, b) = (target(vm, a)?, target(vm, b)?);
        vm.compare(&a, &b, op)
    }),
    hash: Some(|vm, value| {
        let name = vm.type_of(value).name();
        Err(vm.type_error(format!("unhashable type: '{name}'")))
    }),
    iter: Some(|vm, value| {
        let target = target(vm, value)?;
        vm.iter(&target)
    }),
    iternext: Some(|vm, value| {
        let target = target(vm, value)?;
        if vm.type_of(&target).slot(|slots| slots.iternext).is_none() {
            let name = vm.type_of(&target).name();
            return Err(vm.type_error(format!(
                "Weakref proxy referenced a non-iterator '{name}' object"
            )));
        }
        vm.next(&target)
    }),
    length: Some(|vm, value| {
        let target = target(vm, value)?;
        vm.len(&target)
    }),
    subscript: Some(|vm, value, key| {
        let target = target(vm, value)?;
        vm.get_item(&target, key)
    }),
    ass_subscript: Some(|vm, value, key, new| {
        let target = target(vm, value)?;
        match new {
            Some(new) => vm.set_item(&target, key, new),
            None => vm.del_item(&target, key),
        }
    }),
    contains: Some(|vm, value, wanted| {
        let target = target(vm, value)?;
        vm.contains(&target, wanted)
    }),
    bool: Some(|vm, value| {
        let target = target(vm, value)?;
        vm.is_true(&target)
    }),
    add: forward_binary!(Add),
    subtract: forward_binary!(Subtract),
    multiply: forward_binary!(Multiply),
    remainder: forward_binary!(Remainder),
    divmod: forward_binary!(Divmod),
    floor_divide: forward_binary!(FloorDivide),
    true_divide: forward_binary!(TrueDivide),
    matrix_multiply: forward_binary!(MatrixMultiply),
    lshift: forward_binary!(Lshift),
    rshift: forward_binary!(Rshift),
    and: forward_binary!(And),
    or: forward_binary!(Or),
    xor: forward_binary!(Xor),
    power: Some(|vm, a, b, c| {
        let (a, b, c) = (target(vm, a)?, target(vm, b)?, target(vm, c)?);
        vm.power(&a, &b, &c)
    }),
    negative: Some(|vm, value| {
        let target = target(vm, value)?;
        vm.unary('-', &target)
    }),
    positive: Some(|vm, value| {
        let target = target(vm, value)?;
        vm.unary('+', &target)
    }),
    invert: Some(|vm, value| {
        let target = target(vm, value)?;
        vm.unary('~', &target)
    }),
    index: Some(|vm, value| {
        let target = target(vm, value)?;
        vm.index(&target)
    }),
    ..Slots::EMPTY
};

pub(crate) const PROXY: TypeDef = TypeDef {
    name: "ProxyType",
    module: "weakref",
    slots: FORWARDING,
    ..TypeDef::EMPTY
};

pub(crate) const CALLABLE_PROXY: TypeDef = TypeDef {
    name: "CallableProxyType",
    module: "weakref",
    slots: Slots {
        call: Some(|vm, value, args| {
            let target = target(vm, value)?;
            vm.call_args(&target, args)
        }),
        ..FORWARDING
    },
    ..TypeDef::EMPTY
};
