//! `dict_keys`, `dict_values`, `dict_items`: windows on a dict, the first and the
//! last of them sets.

use super::iter::{self, Order, What};
use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{CompareOp, Dict, GetSetDef, MethodDef, Ref, Slots, TypeDef, Visitor};
use crate::types::set;
use crate::vm::Vm;

/// The payload of the three views.
pub(crate) struct View {
    pub(crate) dict: Ref,
    pub(crate) what: What,
}

impl Payload for View {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.dict);
    }
}

impl View {
    pub(crate) fn make(vm: &mut Vm, dict: &Ref, what: What) -> Ref {
        let ty = match what {
            What::Keys => vm.types.dict_keys,
            What::Values => vm.types.dict_values,
            What::Items => vm.types.dict_items,
        };
        vm.new_object(
            ty,
            Self {
                dict: dict.clone(),
                what,
            },
        )
    }
}

fn this(value: &Ref) -> &View {
    value.payload()
}

fn is_set_view(value: &Ref) -> bool {
    value
        .downcast::<View>()
        .is_some_and(|view| view.what != What::Values)
}

fn len(vm: &mut Vm, value: &Ref) -> PyResult<usize> {
    Ok(this(value).dict.payload::<Dict>().len(vm))
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    if !vm.repr_enter(value) {
        return Ok(vm.new_str("..."));
    }
    let items = vm.collect(value);
    let shown = items.and_then(|items| {
        let list = vm.new_list(items);
        vm.repr(&list)
    });
    vm.repr_leave();
    let (shown, name) = (shown?, vm.type_of(value).name());
    let shown = vm.text_of(&shown);
    Ok(vm.new_str(&format!("{name}({shown})")))
}

fn contains(vm: &mut Vm, value: &Ref, wanted: &Ref) -> PyResult<bool> {
    let view = this(value);
    let dict: &Dict = view.dict.payload();
    match view.what {
        What::Keys => Ok(super::lookup(vm, dict, wanted)?.is_some()),
        What::Items => {
            let Some([key, item]) = wanted.as_tuple().map(|tuple| &**tuple) else {
                return Ok(false);
            };
            match super::lookup(vm, dict, key)? {
                Some(found) => Ok(found.is(item) || vm.eq(&found, item)?),
                None => Ok(false),
            }
        }
        What::Values => {
            for item in vm.collect(value)? {
                if item.is(wanted) || vm.eq(&item, wanted)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

fn all_in(vm: &mut Vm, items: &Ref, container: &Ref) -> PyResult<bool> {
    for item in vm.collect(items)? {
        vm.charge(1)?;
        if !vm.contains(container, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    if !is_set_view(b) && !set::is_set(b) {
        return Ok(Ref::not_implemented());
    }
    let (left, right) = (vm.len(a)?, vm.len(b)?);
    let holds = match op {
        CompareOp::Eq => left == right && all_in(vm, a, b)?,
        CompareOp::Ne => left != right || !all_in(vm, a, b)?,
        CompareOp::Lt => left < right && all_in(vm, a, b)?,
        CompareOp::Le => left <= right && all_in(vm, a, b)?,
        CompareOp::Gt => left > right && all_in(vm, b, a)?,
        CompareOp::Ge => left >= right && all_in(vm, b, a)?,
    };
    Ok(Ref::bool(holds))
}

/// The operators make a set of the left operand and go on with a set's method.
fn set_operation(vm: &mut Vm, a: &Ref, b: &Ref, method: &str) -> PyResult {
    if !is_set_view(a) && !is_set_view(b) {
        return Ok(Ref::not_implemented());
    }
    let left = set::from_iterable(vm, a)?;
    vm.call_method(&left, method, std::slice::from_ref(b))?;
    Ok(left)
}

fn subtract(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    set_operation(vm, a, b, "difference_update")
}

fn or(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    set_operation(vm, a, b, "update")
}

fn xor(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    if !is_set_view(a) && !is_set_view(b) {
        return Ok(Ref::not_implemented());
    }
    let left = set::from_iterable(vm, a)?;
    vm.call_method(
        &left,
        "symmetric_difference_update",
        std::slice::from_ref(b),
    )?;
    Ok(left)
}

fn and(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (view, other) = match (is_set_view(a), is_set_view(b)) {
        (true, _) => (a, b),
        (false, true) => (b, a),
        (false, false) => return Ok(Ref::not_implemented()),
    };
    let result = set::empty(vm);
    // The shorter is walked where both are sets.
    let (container, walked) =
        if (is_set_view(other) || set::is_set(other)) && vm.len(other)? > vm.len(view)? {
            (other, view)
        } else {
            (view, other)
        };
    let iterator = vm.iter(walked)?;
    while let Some(item) = vm.next(&iterator)? {
        vm.charge(1)?;
        if vm.contains(container, &item)? {
            set::add(vm, &result, &item)?;
        }
    }
    Ok(result)
}

fn isdisjoint(vm: &mut Vm, args: crate::object::Args<'_>) -> PyResult {
    let iterator = vm.iter(&args[1])?;
    while let Some(item) = vm.next(&iterator)? {
        if vm.contains(&args[0], &item)? {
            return Ok(Ref::bool(false));
        }
    }
    Ok(Ref::bool(true))
}

const REVERSED: MethodDef = MethodDef::new(
    "__reversed__",
    "($self, /)",
    "Return a reverse iterator over the dict.",
    |vm, args| {
        let view = this(&args[0]);
        Ok(iter::make(vm, &view.dict, view.what, Order::Backward))
    },
);

const GETSET: &[GetSetDef] = &[GetSetDef::read_only(
    "mapping",
    "dictionary that this view refers to",
    |vm, value| {
        let dict = this(value).dict.clone();
        Ok(crate::types::new_mappingproxy(vm, dict))
    },
)];

fn walk(vm: &mut Vm, value: &Ref) -> PyResult {
    let view = this(value);
    Ok(iter::make(vm, &view.dict, view.what, Order::Forward))
}

const SET_METHODS: &[MethodDef] = &[
    REVERSED,
    MethodDef::new(
        "isdisjoint",
        "($self, other, /)",
        "Return True if the view and the given iterable have a null intersection.",
        isdisjoint,
    ),
];

const fn set_view(name: &'static str) -> TypeDef {
    TypeDef {
        name,
        slots: Slots {
            repr: Some(repr),
            richcompare: Some(richcompare),
            iter: Some(walk),
            length: Some(len),
            contains: Some(contains),
            subtract: Some(subtract),
            and: Some(and),
            xor: Some(xor),
            or: Some(or),
            ..Slots::EMPTY
        },
        methods: SET_METHODS,
        getset: GETSET,
        ..TypeDef::EMPTY
    }
}

/// `dict_keys`
pub(crate) const DICT_KEYS: TypeDef = set_view("dict_keys");
/// `dict_items`
pub(crate) const DICT_ITEMS: TypeDef = set_view("dict_items");
/// `dict_values`
pub(crate) const DICT_VALUES: TypeDef = TypeDef {
    name: "dict_values",
    slots: Slots {
        repr: Some(repr),
        iter: Some(walk),
        length: Some(len),
        ..Slots::EMPTY
    },
    methods: &[REVERSED],
    getset: GETSET,
    ..TypeDef::EMPTY
};
