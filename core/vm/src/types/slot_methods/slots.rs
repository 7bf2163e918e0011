//! The functions that classes get in their slots: each calls a special method.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::{Args, BinaryOp, CompareOp, Ref, Ty};
use crate::vm::Vm;

macro_rules! slot_fns {
    ($($field:ident $op:ident $name:literal $rname:literal;)*) => {
        $(pub(super) fn $field(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult<Ref> {
            super::binary_method(vm, BinaryOp::$op, $field, ($name, $rname), a, b)
        })*
    };
}

macro_rules! inplace_fns {
    ($($field:ident $name:literal;)*) => {
        $(pub(super) fn $field(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult<Ref> {
            super::method(vm, a, $name, std::slice::from_ref(b))
        })*
    };
}

macro_rules! unary_fns {
    ($($field:ident $name:literal;)*) => {
        $(pub(super) fn $field(vm: &mut Vm, a: &Ref) -> PyResult<Ref> {
            super::method(vm, a, $name, &[])
        })*
    };
}

slot_fns! {
    add Add "__add__" "__radd__";
    subtract Subtract "__sub__" "__rsub__";
    multiply Multiply "__mul__" "__rmul__";
    remainder Remainder "__mod__" "__rmod__";
    divmod Divmod "__divmod__" "__rdivmod__";
    lshift Lshift "__lshift__" "__rlshift__";
    rshift Rshift "__rshift__" "__rrshift__";
    and And "__and__" "__rand__";
    xor Xor "__xor__" "__rxor__";
    or Or "__or__" "__ror__";
    floor_divide FloorDivide "__floordiv__" "__rfloordiv__";
    true_divide TrueDivide "__truediv__" "__rtruediv__";
    matrix_multiply MatrixMultiply "__matmul__" "__rmatmul__";
}
inplace_fns! {
    inplace_add "__iadd__"; inplace_subtract "__isub__"; inplace_multiply "__imul__";
    inplace_remainder "__imod__"; inplace_power "__ipow__"; inplace_lshift "__ilshift__";
    inplace_rshift "__irshift__"; inplace_and "__iand__"; inplace_xor "__ixor__";
    inplace_or "__ior__"; inplace_floor_divide "__ifloordiv__";
    inplace_true_divide "__itruediv__"; inplace_matrix_multiply "__imatmul__";
    subscript "__getitem__";
}
unary_fns! {
    repr "__repr__"; str "__str__"; iter "__iter__"; negative "__neg__"; positive "__pos__";
    absolute "__abs__"; invert "__invert__"; int "__int__"; float "__float__"; index "__index__";
    await_ "__await__"; aiter "__aiter__"; anext "__anext__";
}

pub(super) fn power(vm: &mut Vm, a: &Ref, b: &Ref, c: &Ref) -> PyResult<Ref> {
    if !c.is_none() {
        if let Some(value) = super::special(vm, a, "__pow__", &[b.clone(), c.clone()])? {
            return Ok(value);
        }
        return Ok(Ref::not_implemented());
    }
    let is_this = |ty: Ty| {
        ty.slot(|s| s.power)
            .is_some_and(|f| std::ptr::fn_addr_eq(f, power as crate::object::TernaryFn))
    };
    let (ta, tb) = (vm.type_of(a), vm.type_of(b));
    super::two_sided(
        vm,
        is_this(ta),
        !ta.is(tb) && is_this(tb),
        ("__pow__", "__rpow__"),
        a,
        b,
    )
}

pub(super) fn hash(vm: &mut Vm, a: &Ref) -> PyResult<i64> {
    let value = super::method(vm, a, "__hash__", &[])?;
    if let Some(i) = vm.int_value(&value) {
        use num_traits::ToPrimitive;
        let hash = i.to_i64().unwrap_or_else(|| crate::number::int::hash(&i));
        return Ok(if hash == -1 { -2 } else { hash });
    }
    Err(vm.type_error("__hash__ method should return an integer"))
}

pub(super) fn unhashable(vm: &mut Vm, a: &Ref) -> PyResult<i64> {
    let name = vm.type_of(a).name();
    Err(vm.type_error(format!("unhashable type: '{name}'")))
}

pub(super) fn call(vm: &mut Vm, f: &Ref, args: Args<'_>) -> PyResult<Ref> {
    let name = vm.names.__call__.clone();
    match vm.lookup_special(f, &name)? {
        Some(bound) => vm.call_args(&bound, args),
        None => {
            let name = vm.type_of(f).name();
            Err(vm.type_error(format!("'{name}' object is not callable")))
        }
    }
}

pub(crate) fn getattro(vm: &mut Vm, object: &Ref, name: &Ref) -> PyResult<Ref> {
    let names = vm.names.clone();
    let ty = vm.type_of(object);
    let own = vm.lookup_in_type(ty, &names.__getattribute__);
    let native = own
        .as_ref()
        .is_none_or(|f| f.downcast::<super::SlotWrapper>().is_some());
    let result = match &own {
        Some(f) if !native => vm.call_unbound(f, object, ty, std::slice::from_ref(name)),
        Some(f) => {
            let owner = f.payload::<super::SlotWrapper>().owner;
            owner.slot(|s| s.getattro).expect("it has the slot")(vm, object, name)
        }
        None => crate::ops::generic_get_attr(vm, object, name),
    };
    let exc = match result {
        Err(exc) if vm.exc_is(&exc, vm.exc.AttributeError) => exc,
        other => return other,
    };
    let Some(f) = vm.lookup_in_type(ty, &names.__getattr__) else {
        vm.note_attribute(&exc, object, name);
        return Err(exc);
    };
    drop(exc);
    let result = vm.call_unbound(&f, object, ty, std::slice::from_ref(name));
    if let Err(exc) = &result {
        vm.note_attribute(exc, object, name);
    }
    result
}

pub(super) fn setattro(vm: &mut Vm, object: &Ref, name: &Ref, value: Option<&Ref>) -> PyResult<()> {
    match value {
        Some(value) => super::method(vm, object, "__setattr__", &[name.clone(), value.clone()])?,
        None => super::method(vm, object, "__delattr__", std::slice::from_ref(name))?,
    };
    Ok(())
}

pub(super) fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult<Ref> {
    let name = super::COMPARE_NAMES[op as usize];
    Ok(super::special(vm, a, name, std::slice::from_ref(b))?.unwrap_or_else(Ref::not_implemented))
}

pub(super) fn iternext(vm: &mut Vm, a: &Ref) -> PyResult<Option<Ref>> {
    match super::method(vm, a, "__next__", &[]) {
        Ok(value) => Ok(Some(value)),
        Err(exc) if vm.exc_is(&exc, vm.exc.StopIteration) => Ok(None),
        Err(exc) => Err(exc),
    }
}

pub(super) fn descr_get(vm: &mut Vm, descr: &Ref, object: Option<&Ref>, ty: Ty) -> PyResult<Ref> {
    let object = object.cloned().unwrap_or_else(Ref::none);
    super::method(vm, descr, "__get__", &[object, ty.to_ref()])
}

pub(super) fn descr_set(
    vm: &mut Vm,
    descr: &Ref,
    object: &Ref,
    value: Option<&Ref>,
) -> PyResult<()> {
    match value {
        Some(value) => super::method(vm, descr, "__set__", &[object.clone(), value.clone()])?,
        None => super::method(vm, descr, "__delete__", std::slice::from_ref(object))?,
    };
    Ok(())
}

pub(super) fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult<Ref> {
    let name = vm.names.__new__.clone();
    let object = ty.to_ref();
    let f = vm.get_attr(&object, &name)?;
    let all = Vm::prepend(&object, args);
    vm.call_kw(&f, &all, args.kwnames())
}

pub(super) fn init(vm: &mut Vm, object: &Ref, args: Args<'_>) -> PyResult<()> {
    let (ty, name) = (vm.type_of(object), vm.names.__init__.clone());
    let Some(f) = vm.lookup_in_type(ty, &name) else {
        return Ok(());
    };
    let all = Vm::prepend(object, args);
    let kind = vm.type_of(&f);
    let value = if kind.has(crate::object::type_flags::METHOD_DESCRIPTOR) {
        vm.call_kw(&f, &all, args.kwnames())?
    } else {
        let bound = vm.lookup_special(object, &name)?.expect("found above");
        vm.call_kw(&bound, &all[1..], args.kwnames())?
    };
    if value.is_none() {
        return Ok(());
    }
    let name = vm.type_of(&value).name();
    Err(vm.type_error(format!("__init__() should return None, not '{name}'")))
}

pub(super) fn finalize(vm: &mut Vm, object: &Ref) -> PyResult<()> {
    super::special(vm, object, "__del__", &[]).map(drop)
}

pub(super) fn length(vm: &mut Vm, object: &Ref) -> PyResult<usize> {
    let value = super::method(vm, object, "__len__", &[])?;
    let value = vm.index(&value)?;
    match vm.int_i64(&value) {
        Some(n) if n >= 0 => Ok(n as usize),
        Some(_) => Err(vm.value_error("__len__() should return >= 0")),
        None if vm
            .int_value(&value)
            .is_some_and(|i| i.sign() == num_bigint::Sign::Minus) =>
        {
            Err(vm.value_error("__len__() should return >= 0"))
        }
        None => Err(vm.overflow_error("cannot fit 'int' into an index-sized integer")),
    }
}

pub(super) fn ass_subscript(
    vm: &mut Vm,
    object: &Ref,
    key: &Ref,
    value: Option<&Ref>,
) -> PyResult<()> {
    match value {
        Some(value) => super::method(vm, object, "__setitem__", &[key.clone(), value.clone()])?,
        None => super::method(vm, object, "__delitem__", std::slice::from_ref(key))?,
    };
    Ok(())
}

pub(super) fn contains(vm: &mut Vm, object: &Ref, value: &Ref) -> PyResult<bool> {
    let ty = vm.type_of(object);
    let name = vm.names.__contains__.clone();
    if vm.lookup_in_type(ty, &name).is_some_and(|f| f.is_none()) {
        return Err(vm.type_error(format!("'{}' object is not a container", ty.name())));
    }
    let answer = super::method(vm, object, "__contains__", std::slice::from_ref(value))?;
    vm.is_true(&answer)
}

pub(super) fn bool(vm: &mut Vm, object: &Ref) -> PyResult<bool> {
    let value = super::method(vm, object, "__bool__", &[])?;
    match value.as_bool() {
        Some(b) => Ok(b),
        None => {
            let name = vm.type_of(&value).name();
            Err(vm.type_error(format!("__bool__ should return bool, returned {name}")))
        }
    }
}
