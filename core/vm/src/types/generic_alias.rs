//! `types.GenericAlias`: `list[int]`.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::heap::Payload;
use crate::object::{
    Args, CompareOp, GetSetDef, MethodDef, Ref, Slot, Slots, Ty, TypeDef, Visitor,
};
use crate::types::convert;
use crate::vm::Vm;

/// A class with arguments in brackets.
pub(crate) struct GenericAlias {
    pub(crate) origin: Ref,
    /// A tuple.
    pub(crate) args: Ref,
    /// The type variables among the arguments, once asked for.
    parameters: Slot,
    /// `*tuple[int, ...]`
    unpacked: bool,
}

impl Payload for GenericAlias {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.origin);
        visitor.visit(&self.args);
        self.parameters.visit(visitor);
    }
}

fn this(value: &Ref) -> &GenericAlias {
    value.payload()
}

/// `origin[args]`
pub(crate) fn make(vm: &mut Vm, origin: Ref, args: Ref, unpacked: bool) -> Ref {
    let args = if args.as_tuple().is_some() {
        args
    } else {
        vm.new_tuple(vec![args])
    };
    let alias = GenericAlias {
        origin,
        args,
        parameters: Slot::empty(),
        unpacked,
    };
    vm.new_object(vm.types.generic_alias, alias)
}

/// `__class_getitem__` of the generic built-in types.
pub(crate) fn class_getitem(vm: &mut Vm, args: Args<'_>) -> PyResult {
    Ok(make(vm, args[0].clone(), args[1].clone(), false))
}

fn new(vm: &mut Vm, _ty: Ty, args: Args<'_>) -> PyResult {
    let given = convert::positional(vm, "GenericAlias", args, 2, 2)?;
    Ok(make(vm, given[0].clone(), given[1].clone(), false))
}

/// An argument as `repr` shows it: classes by their qualified names.
pub(crate) fn argument_repr(vm: &mut Vm, value: &Ref) -> PyResult<String> {
    if value.is_ellipsis() {
        return Ok("...".to_owned());
    }
    if value.is(&vm.types.none.to_ref()) {
        return Ok("None".to_owned());
    }
    if value.downcast::<GenericAlias>().is_some() {
        return vm.repr_string(value);
    }
    if let Some(ty) = value.as_type() {
        return Ok(vm.qualified_name(ty));
    }
    if let Some(list) = value.downcast::<crate::object::List>() {
        let items = list.items(vm).clone();
        let mut shown = Vec::new();
        for item in &items {
            shown.push(argument_repr(vm, item)?);
        }
        return Ok(format!("[{}]", shown.join(", ")));
    }
    vm.repr_string(value)
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    vm.check_depth(" while getting the repr of an object")?;
    let alias = this(value);
    let origin = argument_repr(vm, &alias.origin)?;
    let mut args = Vec::new();
    for arg in alias.args.as_tuple().map_or(&[][..], |args| args) {
        args.push(argument_repr(vm, arg)?);
    }
    let args = if args.is_empty() {
        "()".to_owned()
    } else {
        args.join(", ")
    };
    let star = if alias.unpacked { "*" } else { "" };
    Ok(vm.new_str(&format!("{star}{origin}[{args}]")))
}

fn hash(vm: &mut Vm, value: &Ref) -> PyResult<i64> {
    let alias = this(value);
    let (origin, args) = (vm.hash(&alias.origin)?, vm.hash(&alias.args)?);
    Ok(crate::hash::not_minus_one(origin ^ args))
}

fn richcompare(vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (a.downcast::<GenericAlias>(), b.downcast::<GenericAlias>())
    else {
        return Ok(Ref::not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Ref::not_implemented());
    }
    let equal = left.unpacked == right.unpacked
        && vm.eq(&left.origin, &right.origin)?
        && vm.eq(&left.args, &right.args)?;
    Ok(Ref::bool(equal == (op == CompareOp::Eq)))
}

fn call(vm: &mut Vm, value: &Ref, args: Args<'_>) -> PyResult {
    let object = vm.call_args(&this(value).origin.clone(), args)?;
    let name = vm.intern("__orig_class__");
    match vm.set_attr(&object, &name, value) {
        Err(error)
            if !vm.exc_is(&error, vm.exc.AttributeError)
                && !vm.exc_is(&error, vm.exc.TypeError) =>
        {
            Err(error)
        }
        _ => Ok(object),
    }
}

/// Names that belong to the alias, not to its origin.
const OWN: [&str; 12] = [
    "__class__",
    "__origin__",
    "__args__",
    "__parameters__",
    "__unpacked__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
    "__copy__",
    "__deepcopy__",
    "__class_getitem__",
];

fn getattro(vm: &mut Vm, value: &Ref, name: &Ref) -> PyResult {
    let text = vm.text_of(name);
    if !text.starts_with("__")
        || !text.ends_with("__")
        || text == "__doc__"
        || text == "__name__"
        || text == "__qualname__"
        || text == "__module__"
    {
        let origin = this(value).origin.clone();
        return vm.get_attr(&origin, name);
    }
    if !OWN.contains(&text.as_str()) {
        let ty = vm.type_of(value);
        if vm.lookup_in_type(ty, name).is_none() {
            let origin = this(value).origin.clone();
            return vm.get_attr(&origin, name);
        }
    }
    crate::ops::generic_get_attr(vm, value, name)
}

/// The type variables in some arguments, each once, in order.
pub(crate) fn collect_parameters(vm: &mut Vm, args: &Ref) -> PyResult {
    let mut found: Vec<Ref> = Vec::new();
    for arg in args.as_tuple().map_or(&[][..], |args| args).to_vec() {
        if arg.as_type().is_some() {
            continue;
        }
        let subst = vm.intern("__typing_subst__");
        let inner = if vm.lookup_attr(&arg, &subst)?.is_some() {
            vec![arg]
        } else {
            let name = vm.names.__parameters__.clone();
            match vm.lookup_attr(&arg, &name)? {
                Some(parameters) => parameters
                    .as_tuple()
                    .map(|tuple| tuple.to_vec())
                    .unwrap_or_default(),
                None => Vec::new(),
            }
        };
        for parameter in inner {
            if !found.iter().any(|there| there.is(&parameter)) {
                found.push(parameter);
            }
        }
    }
    Ok(vm.new_tuple(found))
}

fn parameters(vm: &mut Vm, value: &Ref) -> PyResult {
    if let Some(known) = this(value).parameters.get() {
        return Ok(known);
    }
    let found = collect_parameters(vm, &this(value).args)?;
    this(value).parameters.set(Some(found.clone()));
    Ok(found)
}

/// The arguments with type variables replaced.
pub(crate) fn substitute(
    vm: &mut Vm,
    value: &Ref,
    args: &Ref,
    parameters: &Ref,
    items: &Ref,
) -> PyResult {
    let parameters = parameters
        .as_tuple()
        .map(|tuple| tuple.to_vec())
        .unwrap_or_default();
    if parameters.is_empty() {
        let shown = vm.repr_string(value)?;
        return Err(vm.type_error(format!("{shown} is not a generic class")));
    }
    let items = items
        .as_tuple()
        .map_or_else(|| vec![items.clone()], |tuple| tuple.to_vec());
    if items.len() != parameters.len() {
        let shown = vm.repr_string(value)?;
        let many = if items.len() > parameters.len() {
            "many"
        } else {
            "few"
        };
        return Err(vm.type_error(format!(
            "Too {many} arguments for {shown}; actual {}, expected {}",
            items.len(),
            parameters.len()
        )));
    }
    let mut replaced = Vec::new();
    for arg in args.as_tuple().map_or(&[][..], |args| args).to_vec() {
        if let Some(at) = parameters.iter().position(|parameter| parameter.is(&arg)) {
            replaced.push(vm.call_method(&arg, "__typing_subst__", &[items[at].clone()])?);
            continue;
        }
        if arg.as_type().is_some() {
            replaced.push(arg);
            continue;
        }
        let name = vm.names.__parameters__.clone();
        let inner = match vm.lookup_attr(&arg, &name)? {
            Some(inner) => inner
                .as_tuple()
                .map(|tuple| tuple.to_vec())
                .unwrap_or_default(),
            None => Vec::new(),
        };
        if inner.is_empty() {
            replaced.push(arg);
            continue;
        }
        let chosen = inner
            .iter()
            .filter_map(|wanted| parameters.iter().position(|parameter| parameter.is(wanted)))
            .map(|at| items[at].clone())
            .collect();
        let chosen = vm.new_tuple(chosen);
        replaced.push(vm.get_item(&arg, &chosen)?);
    }
    Ok(vm.new_tuple(replaced))
}

fn subscript(vm: &mut Vm, value: &Ref, items: &Ref) -> PyResult {
    let parameters = parameters(vm, value)?;
    let args = this(value).args.clone();
    let args = substitute(vm, value, &args, &parameters, items)?;
    let origin = this(value).origin.clone();
    Ok(make(vm, origin, args, this(value).unpacked))
}

/// `types.GenericAlias`
pub(crate) const GENERIC_ALIAS: TypeDef = TypeDef {
    name: "GenericAlias",
    module: "types",
    doc: "GenericAlias(origin, args, /)\n--\n\nRepresent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ is (int,).",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        call: Some(call),
        getattro: Some(getattro),
        richcompare: Some(richcompare),
        new: Some(new),
        subscript: Some(subscript),
        or: Some(super::union::or),
        iter: Some(|vm, value| {
            let alias = this(value);
            let unpacked = make(vm, alias.origin.clone(), alias.args.clone(), true);
            let tuple = vm.new_tuple(vec![unpacked]);
            Ok(vm.tuple_iter(&tuple))
        }),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("__mro_entries__", "($self, bases, /)", "", |vm, args| {
            let origin = this(&args[0]).origin.clone();
            Ok(vm.new_tuple(vec![origin]))
        }),
        MethodDef::new("__instancecheck__", "($self, instance, /)", "", |vm, _| {
            Err(vm.type_error("isinstance() argument 2 cannot be a parameterized generic"))
        }),
        MethodDef::new("__subclasscheck__", "($self, cls, /)", "", |vm, _| {
            Err(vm.type_error("issubclass() argument 2 cannot be a parameterized generic"))
        }),
        MethodDef::new("__reduce__", "($self, /)", "", |vm, args| {
            let alias = this(&args[0]);
            let parts = vm.new_pair(alias.origin.clone(), alias.args.clone());
            let ty = vm.types.generic_alias.to_ref();
            Ok(vm.new_pair(ty, parts))
        }),
    ],
    getset: &[
        GetSetDef::read_only("__origin__", "", |_, value| Ok(this(value).origin.clone())),
        GetSetDef::read_only("__args__", "", |_, value| Ok(this(value).args.clone())),
        GetSetDef::read_only(
            "__parameters__",
            "Type variables in the GenericAlias.",
            parameters,
        ),
        GetSetDef::read_only("__unpacked__", "", |_, value| {
            Ok(Ref::bool(this(value).unpacked))
        }),
        GetSetDef::read_only("__typing_unpacked_tuple_args__", "", |vm, value| {
            let alias = this(value);
            Ok(
                if alias.unpacked && alias.origin.is(&vm.types.tuple.to_ref()) {
                    alias.args.clone()
                } else {
                    Ref::none()
                },
            )
        }),
    ],
    ..TypeDef::EMPTY
};
