//! Special methods and slots, in both directions.
//!
//! A native type's slots appear in its namespace as `wrapper_descriptor`s; a
//! class's special methods appear in its slots as functions that call them. The
//! table [`SLOT_DEFS`] says how, one entry a method name.
#![forbid(unsafe_code)]

pub(crate) mod slots;

use crate::error::PyResult;
use crate::object::{Args, BinaryOp, CompareOp, Kind, Ref, SlotWrapper, Slots, Ty, type_flags};
use crate::vm::Vm;

/// One special method.
pub(crate) struct SlotDef {
    pub(crate) name: &'static str,
    /// How many arguments after `self`: least, most.
    pub(crate) arity: (usize, usize),
    /// Parameters, for `__text_signature__`.
    pub(crate) signature: &'static str,
    pub(crate) doc: &'static str,
    /// Whether these slots have it.
    pub(crate) has: fn(&Slots) -> bool,
    /// Takes the slots behind it from another table.
    pub(crate) copy: fn(&mut Slots, &Slots),
    /// Puts in functions that call the method.
    pub(crate) install: fn(&mut Slots),
    /// Calls the slot of `owner`.
    pub(crate) wrap: fn(&mut Vm, Ty, Args<'_>) -> PyResult<Ref>,
}

fn special(vm: &mut Vm, object: &Ref, name: &str, args: &[Ref]) -> PyResult<Option<Ref>> {
    let name = vm.intern(name);
    vm.call_special(object, &name, args)
}

/// Calls a special method that the slot's presence promises.
fn method(vm: &mut Vm, object: &Ref, name: &str, args: &[Ref]) -> PyResult<Ref> {
    match special(vm, object, name, args)? {
        Some(value) => Ok(value),
        None => {
            let name = vm.intern(name);
            Err(vm.attribute_error(object, &name))
        }
    }
}

/// The binary operators: CPython's `SLOT1BINFULL`.
fn binary_method(
    vm: &mut Vm,
    op: BinaryOp,
    this: crate::object::BinaryFn,
    names: (&str, &str),
    a: &Ref,
    b: &Ref,
) -> PyResult<Ref> {
    let is_this = |ty: Ty| {
        ty.slot(|s| s.binary(op))
            .is_some_and(|f| std::ptr::fn_addr_eq(f, this))
    };
    let (ta, tb) = (vm.type_of(a), vm.type_of(b));
    two_sided(vm, is_this(ta), !ta.is(tb) && is_this(tb), names, a, b)
}

fn two_sided(
    vm: &mut Vm,
    left: bool,
    mut right: bool,
    names: (&str, &str),
    a: &Ref,
    b: &Ref,
) -> PyResult<Ref> {
    let (ta, tb) = (vm.type_of(a), vm.type_of(b));
    if left {
        if right && tb.is_subtype(ta) {
            let name = vm.intern(names.1);
            let (of_a, of_b) = (vm.lookup_in_type(ta, &name), vm.lookup_in_type(tb, &name));
            let overloaded = match (of_a, of_b) {
                (Some(x), Some(y)) => !x.is(&y),
                (None, Some(_)) => true,
                _ => false,
            };
            if overloaded {
                let value = special(vm, b, names.1, std::slice::from_ref(a))?;
                if let Some(value) = value.filter(|v| !v.is_not_implemented()) {
                    return Ok(value);
                }
                right = false;
            }
        }
        let value = special(vm, a, names.0, std::slice::from_ref(b))?;
        if let Some(value) = value.filter(|v| !v.is_not_implemented()) {
            return Ok(value);
        }
    }
    if right && let Some(value) = special(vm, b, names.1, std::slice::from_ref(a))? {
        return Ok(value);
    }
    Ok(Ref::not_implemented())
}

macro_rules! def {
    ($name:literal, $arity:expr, $sig:literal, $doc:literal, [$($field:ident),*], $install:expr, $wrap:expr) => {
        SlotDef {
            name: $name,
            arity: $arity,
            signature: $sig,
            doc: $doc,
            has: |s| $(s.$field.is_some())||*,
            copy: |d, s| { $(d.$field = s.$field;)* },
            install: $install,
            wrap: $wrap,
        }
    };
}

/// A binary operator and its reflection.
macro_rules! binary {
    ($field:ident, $op:ident, $name:literal, $rname:literal, $doc:literal, $rdoc:literal $(, $seq:ident)?) => {
        [
            def!($name, (1, 1), "($self, value, /)", $doc, [$field $(, $seq)?], |s| { s.$field = Some(slots::$field); $(s.$seq = None;)? },
                |vm, owner, a| {
                    $(if let (None, Some(f)) = owner.slot(|s| (s.$field, s.$seq)) {
                        return wrap_sequence(vm, f, a);
                    })?
                    owner.slot(|s| s.$field).expect("it has the slot")(vm, &a[0], &a[1])
                }),
            def!($rname, (1, 1), "($self, value, /)", $rdoc, [$field], |s| s.$field = Some(slots::$field),
                |vm, owner, a| owner.slot(|s| s.$field).expect("it has the slot")(vm, &a[1], &a[0])),
        ]
    };
}

/// What a sequence's `+` and `*` are as methods.
trait SequenceSlot {
    fn run(self, vm: &mut Vm, a: Args<'_>) -> PyResult<Ref>;
}

impl SequenceSlot for crate::object::BinaryFn {
    fn run(self, vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
        self(vm, &a[0], &a[1])
    }
}

impl SequenceSlot for fn(&mut Vm, &Ref, isize) -> PyResult<Ref> {
    fn run(self, vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
        let count = vm.index_isize(&a[1], "count")?;
        self(vm, &a[0], count)
    }
}

fn wrap_sequence(vm: &mut Vm, f: impl SequenceSlot, a: Args<'_>) -> PyResult<Ref> {
    f.run(vm, a)
}

pub(crate) const COMPARE_NAMES: [&str; 6] =
    ["__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"];

macro_rules! unary {
    ($field:ident, $name:literal, $doc:literal) => {
        def!(
            $name,
            (0, 0),
            "($self, /)",
            $doc,
            [$field],
            |s| s.$field = Some(slots::$field),
            |vm, owner, a| { owner.slot(|s| s.$field).expect("it has the slot")(vm, &a[0]) }
        )
    };
}

macro_rules! inplace {
    ($field:ident, $name:literal, $doc:literal $(, $seq:ident)?) => {
        def!($name, (1, 1), "($self, value, /)", $doc, [$field $(, $seq)?], |s| { s.$field = Some(slots::$field); $(s.$seq = None;)? },
            |vm, owner, a| {
                $(if let (None, Some(f)) = owner.slot(|s| (s.$field, s.$seq)) {
                    return wrap_sequence(vm, f, a);
                })?
                owner.slot(|s| s.$field).expect("it has the slot")(vm, &a[0], &a[1])
            })
    };
}

macro_rules! compare {
    ($op:ident, $name:literal, $doc:literal) => {
        def!(
            $name,
            (1, 1),
            "($self, value, /)",
            $doc,
            [richcompare],
            |s| s.richcompare = Some(slots::richcompare),
            |vm, owner, a| owner.slot(|s| s.richcompare).expect("it has the slot")(
                vm,
                &a[0],
                &a[1],
                CompareOp::$op
            )
        )
    };
}

/// All special methods that are slots, in CPython's order where it shows.
pub(crate) static SLOT_DEFS: std::sync::LazyLock<Vec<SlotDef>> = std::sync::LazyLock::new(|| {
    let mut defs = vec![
        unary!(repr, "__repr__", "Return repr(self)."),
        def!(
            "__hash__",
            (0, 0),
            "($self, /)",
            "Return hash(self).",
            [hash],
            |s| s.hash = Some(slots::hash),
            |vm, owner, a| {
                let hash = owner.slot(|s| s.hash).expect("it has the slot")(vm, &a[0])?;
                Ok(vm.new_int(hash))
            }
        ),
        def!(
            "__call__",
            (0, usize::MAX),
            "($self, /, *args, **kwargs)",
            "Call self as a function.",
            [call],
            |s| s.call = Some(slots::call),
            |vm, owner, a| {
                let rest: Vec<Ref> = (1..a.len()).filter_map(|i| a.get(i)).cloned().collect();
                let rest = Args::from_refs(&rest, a.kwnames());
                owner.slot(|s| s.call).expect("it has the slot")(vm, &a[0], rest)
            }
        ),
        unary!(str, "__str__", "Return str(self)."),
        def!(
            "__getattribute__",
            (1, 1),
            "($self, name, /)",
            "Return getattr(self, name).",
            [getattro],
            |s| s.getattro = Some(slots::getattro),
            |vm, owner, a| {
                let name = name_arg(vm, &a[1])?;
                owner.slot(|s| s.getattro).expect("it has the slot")(vm, &a[0], &name)
            }
        ),
        def!(
            "__setattr__",
            (2, 2),
            "($self, name, value, /)",
            "Implement setattr(self, name, value).",
            [setattro],
            |s| s.setattro = Some(slots::setattro),
            |vm, owner, a| {
                let name = name_arg(vm, &a[1])?;
                owner.slot(|s| s.setattro).expect("it has the slot")(
                    vm,
                    &a[0],
                    &name,
                    Some(&a[2]),
                )?;
                Ok(Ref::none())
            }
        ),
        def!(
            "__delattr__",
            (1, 1),
            "($self, name, /)",
            "Implement delattr(self, name).",
            [setattro],
            |s| s.setattro = Some(slots::setattro),
            |vm, owner, a| {
                let name = name_arg(vm, &a[1])?;
                owner.slot(|s| s.setattro).expect("it has the slot")(vm, &a[0], &name, None)?;
                Ok(Ref::none())
            }
        ),
        compare!(Lt, "__lt__", "Return self<value."),
        compare!(Le, "__le__", "Return self<=value."),
        compare!(Eq, "__eq__", "Return self==value."),
        compare!(Ne, "__ne__", "Return self!=value."),
        compare!(Gt, "__gt__", "Return self>value."),
        compare!(Ge, "__ge__", "Return self>=value."),
        unary!(iter, "__iter__", "Implement iter(self)."),
        def!(
            "__next__",
            (0, 0),
            "($self, /)",
            "Implement next(self).",
            [iternext],
            |s| s.iternext = Some(slots::iternext),
            |vm, owner, a| match owner.slot(|s| s.iternext).expect("it has the slot")(vm, &a[0])? {
                Some(value) => Ok(value),
                None => Err(vm.stop_iteration(None)),
            }
        ),
        def!(
            "__get__",
            (1, 2),
            "($self, instance, owner=None, /)",
            "Return an attribute of instance, which is of type owner.",
            [descr_get],
            |s| s.descr_get = Some(slots::descr_get),
            |vm, owner, a| {
                let object = a.get_not_none(1);
                let ty = match (a.get_not_none(2).and_then(Ref::as_type), object) {
                    (Some(ty), _) => ty,
                    (None, Some(object)) => vm.type_of(object),
                    (None, None) => return Err(vm.type_error("__get__(None, None) is invalid")),
                };
                owner.slot(|s| s.descr_get).expect("it has the slot")(vm, &a[0], object, ty)
            }
        ),
        def!(
            "__set__",
            (2, 2),
            "($self, instance, value, /)",
            "Set an attribute of instance to value.",
            [descr_set],
            |s| s.descr_set = Some(slots::descr_set),
            |vm, owner, a| {
                owner.slot(|s| s.descr_set).expect("it has the slot")(
                    vm,
                    &a[0],
                    &a[1],
                    Some(&a[2]),
                )?;
                Ok(Ref::none())
            }
        ),
        def!(
            "__delete__",
            (1, 1),
            "($self, instance, /)",
            "Delete an attribute of instance.",
            [descr_set],
            |s| s.descr_set = Some(slots::descr_set),
            |vm, owner, a| {
                owner.slot(|s| s.descr_set).expect("it has the slot")(vm, &a[0], &a[1], None)?;
                Ok(Ref::none())
            }
        ),
        def!(
            "__init__",
            (0, usize::MAX),
            "($self, /, *args, **kwargs)",
            "Initialize self.  See help(type(self)) for accurate signature.",
            [init],
            |s| s.init = Some(slots::init),
            |vm, owner, a| {
                let rest: Vec<Ref> = (1..a.len()).filter_map(|i| a.get(i)).cloned().collect();
                let rest = Args::from_refs(&rest, a.kwnames());
                owner.slot(|s| s.init).expect("it has the slot")(vm, &a[0], rest)?;
                Ok(Ref::none())
            }
        ),
        def!(
            "__del__",
            (0, 0),
            "($self, /)",
            "Called when the instance is about to be destroyed.",
            [finalize],
            |s| s.finalize = Some(slots::finalize),
            |vm, owner, a| {
                owner.slot(|s| s.finalize).expect("it has the slot")(vm, &a[0])?;
                Ok(Ref::none())
            }
        ),
        unary!(
            await_,
            "__await__",
            "Return an iterator to be used in await expression."
        ),
        unary!(
            aiter,
            "__aiter__",
            "Return an awaitable, that resolves in asynchronous iterator."
        ),
        unary!(
            anext,
            "__anext__",
            "Return a value or raise StopAsyncIteration."
        ),
    ];
    defs.extend(binary!(
        add,
        Add,
        "__add__",
        "__radd__",
        "Return self+value.",
        "Return value+self.",
        concat
    ));
    defs.extend(binary!(
        subtract,
        Subtract,
        "__sub__",
        "__rsub__",
        "Return self-value.",
        "Return value-self."
    ));
    defs.extend(binary!(
        multiply,
        Multiply,
        "__mul__",
        "__rmul__",
        "Return self*value.",
        "Return value*self.",
        repeat
    ));
    defs.extend(binary!(
        remainder,
        Remainder,
        "__mod__",
        "__rmod__",
        "Return self%value.",
        "Return value%self."
    ));
    defs.extend(binary!(
        divmod,
        Divmod,
        "__divmod__",
        "__rdivmod__",
        "Return divmod(self, value).",
        "Return divmod(value, self)."
    ));
    defs.push(def!(
        "__pow__",
        (1, 2),
        "($self, value, mod=None, /)",
        "Return pow(self, value, mod).",
        [power],
        |s| s.power = Some(slots::power),
        |vm, owner, a| {
            let modulus = a.get(2).cloned().unwrap_or_else(Ref::none);
            owner.slot(|s| s.power).expect("it has the slot")(vm, &a[0], &a[1], &modulus)
        }
    ));
    defs.push(def!(
        "__rpow__",
        (1, 2),
        "($self, value, mod=None, /)",
        "Return pow(value, self, mod).",
        [power],
        |s| s.power = Some(slots::power),
        |vm, owner, a| {
            let modulus = a.get(2).cloned().unwrap_or_else(Ref::none);
            owner.slot(|s| s.power).expect("it has the slot")(vm, &a[1], &a[0], &modulus)
        }
    ));
    defs.extend([
        unary!(negative, "__neg__", "-self"),
        unary!(positive, "__pos__", "+self"),
        unary!(absolute, "__abs__", "abs(self)"),
        def!(
            "__bool__",
            (0, 0),
            "($self, /)",
            "True if self else False",
            [bool],
            |s| s.bool = Some(slots::bool),
            |vm, owner, a| Ok(Ref::bool(owner.slot(|s| s.bool).expect("it has the slot")(
                vm, &a[0]
            )?))
        ),
        unary!(invert, "__invert__", "~self"),
    ]);
    defs.extend(binary!(
        lshift,
        Lshift,
        "__lshift__",
        "__rlshift__",
        "Return self<<value.",
        "Return value<<self."
    ));
    defs.extend(binary!(
        rshift,
        Rshift,
        "__rshift__",
        "__rrshift__",
        "Return self>>value.",
        "Return value>>self."
    ));
    defs.extend(binary!(
        and,
        And,
        "__and__",
        "__rand__",
        "Return self&value.",
        "Return value&self."
    ));
    defs.extend(binary!(
        xor,
        Xor,
        "__xor__",
        "__rxor__",
        "Return self^value.",
        "Return value^self."
    ));
    defs.extend(binary!(
        or,
        Or,
        "__or__",
        "__ror__",
        "Return self|value.",
        "Return value|self."
    ));
    defs.extend([
        unary!(int, "__int__", "int(self)"),
        unary!(float, "__float__", "float(self)"),
        inplace!(
            inplace_add,
            "__iadd__",
            "Return self+=value.",
            inplace_concat
        ),
        inplace!(inplace_subtract, "__isub__", "Return self-=value."),
        inplace!(
            inplace_multiply,
            "__imul__",
            "Return self*=value.",
            inplace_repeat
        ),
        inplace!(inplace_remainder, "__imod__", "Return self%=value."),
        inplace!(inplace_power, "__ipow__", "Return self**=value."),
        inplace!(inplace_lshift, "__ilshift__", "Return self<<=value."),
        inplace!(inplace_rshift, "__irshift__", "Return self>>=value."),
        inplace!(inplace_and, "__iand__", "Return self&=value."),
        inplace!(inplace_xor, "__ixor__", "Return self^=value."),
        inplace!(inplace_or, "__ior__", "Return self|=value."),
    ]);
    defs.extend(binary!(
        floor_divide,
        FloorDivide,
        "__floordiv__",
        "__rfloordiv__",
        "Return self//value.",
        "Return value//self."
    ));
    defs.extend(binary!(
        true_divide,
        TrueDivide,
        "__truediv__",
        "__rtruediv__",
        "Return self/value.",
        "Return value/self."
    ));
    defs.extend([
        inplace!(inplace_floor_divide, "__ifloordiv__", "Return self//=value."),
        inplace!(inplace_true_divide, "__itruediv__", "Return self/=value."),
        unary!(index, "__index__", "Return self converted to an integer, if self is suitable for use as an index into a list."),
    ]);
    defs.extend(binary!(
        matrix_multiply,
        MatrixMultiply,
        "__matmul__",
        "__rmatmul__",
        "Return self@value.",
        "Return value@self."
    ));
    defs.extend([
        inplace!(
            inplace_matrix_multiply,
            "__imatmul__",
            "Return self@=value."
        ),
        def!(
            "__len__",
            (0, 0),
            "($self, /)",
            "Return len(self).",
            [length],
            |s| s.length = Some(slots::length),
            |vm, owner, a| {
                let n = owner.slot(|s| s.length).expect("it has the slot")(vm, &a[0])?;
                Ok(vm.new_usize(n))
            }
        ),
        def!(
            "__getitem__",
            (1, 1),
            "($self, key, /)",
            "Return self[key].",
            [subscript, item],
            |s| {
                s.subscript = Some(slots::subscript);
                s.item = None;
            },
            |vm, owner, a| match owner.slot(|s| (s.subscript, s.item)) {
                (Some(get), _) => get(vm, &a[0], &a[1]),
                (None, item) => {
                    let index = vm.index_isize(&a[1], "index")?;
                    item.expect("it has the slot")(vm, &a[0], index)
                }
            }
        ),
        def!(
            "__setitem__",
            (2, 2),
            "($self, key, value, /)",
            "Set self[key] to value.",
            [ass_subscript],
            |s| s.ass_subscript = Some(slots::ass_subscript),
            |vm, owner, a| {
                owner.slot(|s| s.ass_subscript).expect("it has the slot")(
                    vm,
                    &a[0],
                    &a[1],
                    Some(&a[2]),
                )?;
                Ok(Ref::none())
            }
        ),
        def!(
            "__delitem__",
            (1, 1),
            "($self, key, /)",
            "Delete self[key].",
            [ass_subscript],
            |s| s.ass_subscript = Some(slots::ass_subscript),
            |vm, owner, a| {
                owner.slot(|s| s.ass_subscript).expect("it has the slot")(vm, &a[0], &a[1], None)?;
                Ok(Ref::none())
            }
        ),
        def!(
            "__contains__",
            (1, 1),
            "($self, key, /)",
            "Return bool(key in self).",
            [contains],
            |s| s.contains = Some(slots::contains),
            |vm, owner, a| Ok(Ref::bool(owner
                .slot(|s| s.contains)
                .expect("it has the slot")(
                vm, &a[0], &a[1]
            )?))
        ),
    ]);
    defs
});

fn name_arg(vm: &mut Vm, name: &Ref) -> PyResult<Ref> {
    if name.kind() == Some(Kind::Str) {
        return Ok(vm.intern_ref(name));
    }
    let ty = vm.type_of(name).name();
    Err(vm.type_error(format!("attribute name must be string, not '{ty}'")))
}

/// The `call` slot of `wrapper_descriptor`.
pub(crate) fn call_wrapper(vm: &mut Vm, f: &Ref, args: Args<'_>) -> PyResult<Ref> {
    let (owner, index) = {
        let wrapper: &SlotWrapper = f.payload();
        (wrapper.owner, wrapper.index)
    };
    let def = &SLOT_DEFS[index];
    let Some(this) = args.positional().first() else {
        return Err(vm.type_error(format!(
            "descriptor '{}' of '{}' object needs an argument",
            def.name,
            owner.name()
        )));
    };
    if !vm.type_of(this).is_subtype(owner) {
        let given = vm.type_of(this).name();
        return Err(vm.type_error(format!(
            "descriptor '{}' requires a '{}' object but received a '{given}'",
            def.name,
            owner.name()
        )));
    }
    let given = args.positional().len() - 1;
    if def.arity.1 != usize::MAX {
        if !args.kwnames().is_empty() {
            return Err(vm.type_error(format!("wrapper {}() takes no keyword arguments", def.name)));
        }
        let (min, max) = def.arity;
        if given < min || given > max {
            let s = if max == 1 { "" } else { "s" };
            let message = if min == max {
                format!("expected {max} argument{s}, got {given}")
            } else {
                let (how, n) = if given < min {
                    ("least", min)
                } else {
                    ("most", max)
                };
                let s = if n == 1 { "" } else { "s" };
                format!(
                    "{} expected at {how} {n} argument{s}, got {given}",
                    def.name
                )
            };
            return Err(vm.type_error(message));
        }
    }
    (def.wrap)(vm, owner, args)
}

impl Vm {
    /// Computes all slots of a class from the special methods it and its bases define.
    pub(crate) fn fix_slots(&mut self, ty: Ty) {
        let names = self.names.clone();
        let mut table = Slots::EMPTY;
        let mut generic = Vec::new();
        for def in SLOT_DEFS.iter() {
            let name = self.intern(def.name);
            match self.lookup_in_type(ty, &name) {
                None => {}
                Some(f) => match f.downcast::<SlotWrapper>() {
                    Some(w) if SLOT_DEFS[w.index].name == def.name => {
                        w.owner.slot(|s| (def.copy)(&mut table, s));
                    }
                    _ if f.is_none() && def.name == "__hash__" => {
                        table.hash = Some(slots::unhashable);
                    }
                    _ if f.is_none() && def.name == "__iter__" => {}
                    _ => generic.push(def),
                },
            }
        }
        for def in generic {
            (def.install)(&mut table);
        }
        if self.lookup_in_type(ty, &names.__getattr__).is_some() {
            table.getattro = Some(slots::getattro);
            ty.set_flag(type_flags::DEFINES_GETATTR, true);
        }
        table.new = match self.lookup_in_type(ty, &names.__new__) {
            Some(f) => match f.downcast::<crate::object::Builtin>().and_then(|b| b.owner) {
                Some(owner) => owner.slot(|s| s.new),
                None => Some(slots::new),
            },
            None => None,
        };
        ty.update_slots(|s| *s = table);
    }

    /// Puts a native type's special methods into its namespace.
    pub(crate) fn add_wrappers(&mut self, ty: Ty) {
        for (index, def) in SLOT_DEFS.iter().enumerate() {
            if !ty.slot(|s| (def.has)(s)) {
                continue;
            }
            let name = self.intern(def.name);
            if ty.namespace().get_str(self, &name).is_none() {
                let wrapper = self.new_object(
                    self.types.wrapper_descriptor,
                    SlotWrapper { owner: ty, index },
                );
                ty.namespace().set_str(self, &name, wrapper);
            }
        }
        if ty.slot(|s| s.richcompare.is_some() && s.hash.is_none()) {
            let name = self.names.__hash__.clone();
            ty.namespace().set_str(self, &name, Ref::none());
        }
    }
}
