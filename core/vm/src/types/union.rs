//! `typing.Union`: `int | None`.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{CompareOp, GetSetDef, MethodDef, Ref, Slots, TypeDef, Visitor};
use crate::types::generic_alias::{self, GenericAlias};
use crate::vm::Vm;

/// Alternatives, without repetition and not nested.
pub(crate) struct Union {
    /// A tuple.
    args: Ref,
}

impl Payload for Union {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.args);
    }
}

fn args(value: &Ref) -> &[Ref] {
    value
        .downcast::<Union>()
        .and_then(|union| union.args.as_tuple())
        .map_or(&[], |args| args)
}

/// Whether a value may be an operand of `|` between types.
fn usable(vm: &mut Vm, value: &Ref) -> bool {
    value.is_none()
        || value.as_type().is_some()
        || value.downcast::<GenericAlias>().is_some()
        || value.downcast::<Union>().is_some()
        || vm.type_of(value).name() == "TypeAliasType"
}

/// `a | b` of types; also the slot of `type`.
pub(crate) fn or(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    if !usable(vm, a) || !usable(vm, b) {
        return Ok(Ref::not_implemented());
    }
    let flatten = |value: &Ref| {
        if value.downcast::<Union>().is_some() {
            args(value).to_vec()
        } else {
            vec![value.clone()]
        }
    };
    let all = [flatten(a), flatten(b)].concat();
    make(vm, all)
}

/// The union of alternatives, or the only one left of them.
pub(crate) fn make(vm: &mut Vm, all: Vec<Ref>) -> PyResult {
    let mut kept: Vec<Ref> = Vec::new();
    for mut item in all {
        if item.is_none() {
            item = vm.types.none.to_ref();
        }
        let mut known = false;
        for there in &kept {
            // Classes are the same or not; aliases may be equal.
            known = there.is(&item)
                || (there.downcast::<GenericAlias>().is_some()
                    && item.downcast::<GenericAlias>().is_some()
                    && vm.eq(there, &item)?);
            if known {
                break;
            }
        }
        if !known {
            kept.push(item);
        }
    }
    if let [only] = &kept[..] {
        return Ok(only.clone());
    }
    let args = vm.new_tuple(kept);
    Ok(vm.new_object(vm.types.union, Union { args }))
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let mut parts = Vec::new();
    for arg in args(value) {
        parts.push(generic_alias::argument_repr(vm, arg)?);
    }
    Ok(vm.new_str(&parts.join(" | ")))
}

fn hash(vm: &mut Vm, value: &Ref) -> PyResult<i64> {
    let set = super::set::frozenset_from(vm, args(value).to_vec());
    vm.hash(&set)
}

fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    if a.downcast::<Union>().is_none()
        || b.downcast::<Union>().is_none()
        || !matches!(op, CompareOp::Eq | CompareOp::Ne)
    {
        return Ok(Ref::not_implemented());
    }
    let (left, right) = (
        super::set::frozenset_from(vm, args(a).to_vec()),
        super::set::frozenset_from(vm, args(b).to_vec()),
    );
    vm.compare(&left, &right, op)
}

fn parameters(vm: &mut Vm, value: &Ref) -> PyResult {
    let args = value.payload::<Union>().args.clone();
    generic_alias::collect_parameters(vm, &args)
}

fn subscript(vm: &mut Vm, value: &Ref, items: &Ref) -> PyResult {
    let parameters = parameters(vm, value)?;
    let args = value.payload::<Union>().args.clone();
    let args = generic_alias::substitute(vm, value, &args, &parameters, items)?;
    let mut result: Option<Ref> = None;
    for arg in args.as_tuple().map_or(&[][..], |args| args) {
        result = Some(match result {
            None => arg.clone(),
            Some(union) => vm.binary(crate::object::BinaryOp::Or, &union, arg)?,
        });
    }
    Ok(result.unwrap_or_else(Ref::none))
}

fn check(vm: &mut Vm, value: &Ref, subject: &Ref, subclass: bool) -> PyResult {
    for arg in args(value) {
        if arg.as_type().is_none() && !arg.is_none() {
            let which = if subclass { "issubclass" } else { "isinstance" };
            return Err(vm.type_error(format!(
                "{which}() argument 2 cannot be a parameterized generic"
            )));
        }
        let matches = if subclass {
            vm.is_subclass(subject, arg)?
        } else {
            vm.is_instance(subject, arg)?
        };
        if matches {
            return Ok(Ref::bool(true));
        }
    }
    Ok(Ref::bool(false))
}

/// `typing.Union`
pub(crate) const UNION: TypeDef = TypeDef {
    name: "Union",
    module: "typing",
    doc: "Represent a union type\n\nE.g. for int | str",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        subscript: Some(subscript),
        or: Some(or),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "__instancecheck__",
            "($self, instance, /)",
            "",
            |vm, args| check(vm, &args[0], &args[1], false),
        ),
        MethodDef::new("__subclasscheck__", "($self, cls, /)", "", |vm, args| {
            check(vm, &args[0], &args[1], true)
        }),
        MethodDef::new("__class_getitem__", "($type, object, /)", "", |vm, args| {
            let items = args[1]
                .as_tuple()
                .map_or_else(|| vec![args[1].clone()], |tuple| tuple.to_vec());
            let mut flat = Vec::new();
            for item in items {
                match item.downcast::<Union>() {
                    Some(_) => flat.extend_from_slice(self::args(&item)),
                    None => flat.push(item),
                }
            }
            make(vm, flat)
        })
        .class(),
        MethodDef::new("__mro_entries__", "($self, bases, /)", "", |vm, args| {
            let shown = vm.repr_string(&args[0])?;
            Err(vm.type_error(format!("Cannot subclass {shown}")))
        }),
    ],
    getset: &[
        GetSetDef::read_only("__args__", "", |_, value| {
            Ok(value.payload::<Union>().args.clone())
        }),
        GetSetDef::read_only("__parameters__", "Type variables in the union", parameters),
        GetSetDef::read_only("__origin__", "", |vm, _| Ok(vm.types.union.to_ref())),
    ],
    ..TypeDef::EMPTY
};
