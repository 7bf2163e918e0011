//! `type`: calling, making and asking classes.
#![forbid(unsafe_code)]

use super::annotations;
use crate::error::PyResult;
use crate::heap::{Kind, flags};
use crate::object::{
    Args, Dict, Exception, GetSetDef, Member, MethodDef, Ref, Slots, Ty, TypeDef, type_flags,
};
use crate::vm::{Vm, blank_type};

pub(super) fn define(vm: &mut Vm) {
    vm.define(vm.types.type_, &DEF);
}

const DEF: TypeDef = TypeDef {
    name: "type",
    doc: "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    slots: Slots {
        repr: Some(repr),
        call: Some(call),
        getattro: Some(getattro),
        setattro: Some(setattro),
        new: Some(new),
        init: Some(init),
        or: Some(or),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new(
            "mro",
            "($self, /)",
            "Return a type's method resolution order.",
            mro_method,
        ),
        MethodDef::new(
            "__subclasses__",
            "($self, /)",
            "Return a list of immediate subclasses.",
            subclasses,
        ),
        MethodDef::new(
            "__instancecheck__",
            "($self, instance, /)",
            "Check if an object is an instance.",
            |vm, a| {
                let class = a[0].as_type().expect("a type");
                vm.is_instance_plain(&a[1], class).map(Ref::bool)
            },
        ),
        MethodDef::new(
            "__subclasscheck__",
            "($self, subclass, /)",
            "Check if a class is a subclass.",
            |vm, a| match (a[1].as_type(), a[0].as_type()) {
                (Some(c), Some(b)) => Ok(Ref::bool(c.is_subtype(b))),
                _ => Err(vm.type_error("issubclass() arg 1 must be a class")),
            },
        ),
        MethodDef::new(
            "__prepare__",
            "",
            "Create the namespace for the class statement",
            |vm, _| Ok(vm.new_dict()),
        )
        .class(),
        MethodDef::new(
            "__dir__",
            "($self, /)",
            "Specialized __dir__ implementation for types.",
            dir,
        ),
    ],
    getset: &[
        GetSetDef::new(
            "__name__",
            "",
            |vm, t| {
                let n = ty(t).name();
                Ok(vm.intern(&n))
            },
            set_name,
        ),
        GetSetDef::new(
            "__qualname__",
            "",
            |_, t| Ok(ty(t).qualname.get().unwrap_or_else(Ref::none)),
            set_qualname,
        ),
        GetSetDef::new("__module__", "", module, |vm, t, v| {
            set_in_dict(vm, t, "__module__", v)
        }),
        GetSetDef::new(
            "__bases__",
            "",
            |_, t| Ok(ty(t).bases.get().unwrap_or_else(Ref::none)),
            set_bases,
        ),
        GetSetDef::read_only("__base__", "", |_, t| {
            Ok(ty(t).base().map_or_else(Ref::none, Ty::to_ref))
        }),
        GetSetDef::read_only("__mro__", "", |_, t| {
            Ok(ty(t).mro_tuple.get().unwrap_or_else(Ref::none))
        }),
        GetSetDef::read_only("__dict__", "", |vm, t| {
            let d = ty(t).dict.clone();
            Ok(crate::types::new_mappingproxy(vm, d))
        }),
        GetSetDef::new("__doc__", "", doc, |vm, t, v| {
            set_in_dict(vm, t, "__doc__", v)
        }),
        GetSetDef::read_only("__text_signature__", "", text_signature),
        GetSetDef::new(
            "__abstractmethods__",
            "",
            abstract_methods,
            set_abstract_methods,
        ),
        GetSetDef::new("__annotations__", "", annotations::get, annotations::set),
        GetSetDef::new(
            "__annotate__",
            "",
            annotations::get_annotate,
            annotations::set_annotate,
        ),
        GetSetDef::new(
            "__type_params__",
            "",
            |vm, t| {
                let key = vm.names.__type_params__.clone();
                Ok(ty(t)
                    .namespace()
                    .get_str(vm, &key)
                    .unwrap_or_else(|| vm.empty_tuple.clone()))
            },
            |vm, t, v| set_in_dict(vm, t, "__type_params__", v),
        ),
        GetSetDef::read_only("__basicsize__", "", |_, _| Ok(Ref::small_int(16))),
        GetSetDef::read_only("__itemsize__", "", |_, _| Ok(Ref::small_int(0))),
        GetSetDef::read_only("__flags__", "", tp_flags),
        GetSetDef::read_only("__dictoffset__", "", |_, t| {
            Ok(Ref::small_int(-i32::from(ty(t).has(type_flags::HAS_DICT))))
        }),
        GetSetDef::read_only("__weakrefoffset__", "", |_, t| {
            Ok(Ref::small_int(
                i32::from(ty(t).has(type_flags::HAS_WEAKREF)) * -8,
            ))
        }),
    ],
    ..TypeDef::EMPTY
};

pub(super) fn ty(object: &Ref) -> Ty {
    object.as_type().expect("methods of type get types")
}

fn tp_flags(vm: &mut Vm, t: &Ref) -> PyResult<Ref> {
    let t = ty(t);
    let mut bits = 1 << 12;
    for (flag, bit) in [
        (type_flags::HEAPTYPE, 9),
        (type_flags::BASETYPE, 10),
        (type_flags::ABSTRACT, 20),
        (type_flags::SEQUENCE, 5),
        (type_flags::MAPPING, 6),
    ] {
        if t.has(flag) {
            bits |= 1 << bit;
        }
    }
    if !t.has(type_flags::HEAPTYPE) {
        bits |= 1 << 8;
    }
    Ok(vm.new_int(bits as i64))
}

fn repr(vm: &mut Vm, object: &Ref) -> PyResult<Ref> {
    let name = vm.qualified_name(ty(object));
    Ok(vm.new_str(&format!("<class '{name}'>")))
}

/// `class(...)`
fn call(vm: &mut Vm, class: &Ref, args: Args<'_>) -> PyResult<Ref> {
    let ty = ty(class);
    if ty.is(vm.types.type_) && args.len() == 1 && args.kwnames().is_empty() {
        return Ok(vm.type_of(&args[0]).to_ref());
    }
    let Some(new) = ty
        .slot(|s| s.new)
        .filter(|_| !ty.has(type_flags::DISALLOW_INSTANTIATION))
    else {
        let name = vm.qualified_name(ty);
        return Err(vm.type_error(format!("cannot create '{name}' instances")));
    };
    let object = new(vm, ty, args)?;
    let made = vm.type_of(&object);
    if !made.is_subtype(ty) {
        return Ok(object);
    }
    if let Some(init) = made.slot(|s| s.init) {
        init(vm, &object, args)?;
    }
    Ok(object)
}

/// An attribute of a class.
fn getattro(vm: &mut Vm, object: &Ref, name: &Ref) -> PyResult<Ref> {
    let (class, meta) = (ty(object), vm.type_of(object));
    let in_meta = vm.lookup_in_type(meta, name);
    let mut meta_get = None;
    if let Some(found) = &in_meta {
        let slots = vm.type_of(found).slot(|s| (s.descr_get, s.descr_set));
        meta_get = slots.0;
        if let (Some(get), true) = (slots.0, slots.1.is_some()) {
            return get(vm, found, Some(object), meta);
        }
    }
    if let Some(found) = vm.lookup_in_type(class, name) {
        return match vm.type_of(&found).slot(|s| s.descr_get) {
            Some(get) => get(vm, &found, None, class),
            None => Ok(found),
        };
    }
    match (in_meta, meta_get) {
        (Some(found), Some(get)) => get(vm, &found, Some(object), meta),
        (Some(found), None) => Ok(found),
        (None, _) => Err(vm.attribute_error(object, name)),
    }
}

fn setattro(vm: &mut Vm, object: &Ref, name: &Ref, value: Option<&Ref>) -> PyResult<()> {
    let (class, meta) = (ty(object), vm.type_of(object));
    if !class.has(type_flags::HEAPTYPE) {
        let (what, n) = (vm.text_of(name), class.name());
        return Err(vm.type_error(format!(
            "cannot set '{what}' attribute of immutable type '{n}'"
        )));
    }
    if let Some(found) = vm.lookup_in_type(meta, name)
        && let Some(set) = vm.type_of(&found).slot(|s| s.descr_set)
    {
        return set(vm, &found, object, value);
    }
    match value {
        Some(value) => class.namespace().set_str(vm, name, value.clone()),
        None => {
            if class.namespace().remove(vm, name)?.is_none() {
                return Err(vm.attribute_error(object, name));
            }
        }
    }
    changed(vm, class, name);
    Ok(())
}

fn changed(vm: &mut Vm, class: Ty, name: &Ref) {
    vm.type_changed(class, Some(name));
    let text = vm.text_of(name);
    if text.starts_with("__") && text.ends_with("__") {
        refresh(vm, class);
    }
}

/// `cls.__bases__ = bases`, where instances keep their layout.
fn set_bases(vm: &mut Vm, object: &Ref, value: Option<&Ref>) -> PyResult<()> {
    let class = ty(object);
    let name = class.name();
    if !class.has(type_flags::HEAPTYPE) {
        return Err(vm.type_error(format!(
            "cannot set '__bases__' attribute of immutable type '{name}'"
        )));
    }
    let Some(value) = value else {
        return Err(vm.type_error(format!(
            "cannot delete '__bases__' attribute of type '{name}'"
        )));
    };
    let Some(items) = value.as_tuple().map(|items| items.to_vec()) else {
        let given = vm.type_of(value).name();
        return Err(vm.type_error(format!(
            "can only assign tuple to {name}.__bases__, not {given}"
        )));
    };
    if items.is_empty() {
        return Err(vm.type_error(format!(
            "can only assign non-empty tuple to {name}.__bases__, not ()"
        )));
    }
    let mut bases = Vec::with_capacity(items.len());
    for item in &items {
        let Some(base) = item.as_type() else {
            let given = vm.type_of(item).name();
            return Err(vm.type_error(format!(
                "{name}.__bases__ must be tuple of classes, not '{given}'"
            )));
        };
        if base.is_subtype(class) {
            return Err(vm.type_error("a __bases__ item causes an inheritance cycle"));
        }
        bases.push(base);
    }
    let base = best_base(vm, &bases)?;
    let Some(old_base) = class.base() else {
        return Ok(());
    };
    if !same_layout(base, old_base) {
        let (new, old) = (base.name(), old_base.name());
        return Err(vm.type_error(format!(
            "__bases__ assignment: '{new}' object layout differs from '{old}'"
        )));
    }
    let old_bases = class.bases.replace(Some(value.clone()));
    if let Err(error) = set_mros(vm, class) {
        class.bases.set(old_bases);
        set_mros(vm, class)?;
        return Err(error);
    }
    class.base.set(Some(base));
    for old in old_bases
        .iter()
        .filter_map(Ref::as_tuple)
        .flat_map(|t| t.to_vec())
    {
        if let Some(old) = old.as_type() {
            old.subclasses.borrow_mut().retain(|known| !known.is(class));
        }
    }
    for base in &bases {
        base.subclasses.borrow_mut().push(class);
    }
    vm.type_changed(class, None);
    refresh(vm, class);
    Ok(())
}

/// Linearizes a class and all below it anew.
fn set_mros(vm: &mut Vm, class: Ty) -> PyResult<()> {
    vm.check_depth("")?;
    let mro = compute_mro(vm, class)?;
    let tuple = mro.iter().map(|ty| ty.to_ref()).collect();
    *class.mro.borrow_mut() = mro.into();
    let tuple = vm.new_tuple(tuple);
    class.mro_tuple.set(Some(tuple));
    let subclasses = class.subclasses.borrow().clone();
    for subclass in subclasses {
        set_mros(vm, subclass)?;
    }
    Ok(())
}

/// Recomputes the slots of a class and its subclasses.
fn refresh(vm: &mut Vm, class: Ty) {
    if class.has(type_flags::HEAPTYPE) {
        vm.fix_slots(class);
    }
    let subclasses = class.subclasses.borrow().clone();
    for subclass in subclasses {
        refresh(vm, subclass);
    }
}

pub(super) fn set_in_dict(
    vm: &mut Vm,
    object: &Ref,
    name: &str,
    value: Option<&Ref>,
) -> PyResult<()> {
    let name = vm.intern(name);
    match value {
        Some(value) => ty(object).namespace().set_str(vm, &name, value.clone()),
        None => drop(ty(object).namespace().remove(vm, &name)?),
    }
    vm.type_changed(ty(object), Some(&name));
    Ok(())
}

fn set_name(vm: &mut Vm, object: &Ref, value: Option<&Ref>) -> PyResult<()> {
    let Some(text) = value.filter(|v| v.as_str().is_some()) else {
        return Err(vm.type_error("can only assign string to __name__"));
    };
    *ty(object).name.borrow_mut() = vm.text_of(text);
    Ok(())
}

fn set_qualname(vm: &mut Vm, object: &Ref, value: Option<&Ref>) -> PyResult<()> {
    let Some(text) = value.filter(|v| v.as_str().is_some()) else {
        return Err(vm.type_error("can only assign string to __qualname__"));
    };
    ty(object).qualname.set(Some(text.clone()));
    Ok(())
}

fn module(vm: &mut Vm, object: &Ref) -> PyResult<Ref> {
    let key = vm.names.__module__.clone();
    if let Some(module) = ty(object).namespace().get_str(vm, &key)
        && module.as_str().is_some()
    {
        return Ok(module);
    }
    Ok(vm.intern(ty(object).module))
}

fn doc(vm: &mut Vm, object: &Ref) -> PyResult<Ref> {
    let key = vm.names.__doc__.clone();
    let Some(doc) = ty(object).namespace().get_str(vm, &key) else {
        return Ok(Ref::none());
    };
    match vm.type_of(&doc).slot(|s| s.descr_get) {
        Some(get) => get(vm, &doc, None, ty(object)),
        None => Ok(doc),
    }
}

fn text_signature(vm: &mut Vm, object: &Ref) -> PyResult<Ref> {
    let class = ty(object);
    if let Some((head, _)) = class.doc.get().and_then(|d| d.split_once("\n--\n\n"))
        && let Some(signature) = head.strip_prefix(&*class.name())
    {
        return Ok(vm.new_str(signature));
    }
    Ok(Ref::none())
}

fn abstract_methods(vm: &mut Vm, object: &Ref) -> PyResult<Ref> {
    let key = vm.names.__abstractmethods__.clone();
    match ty(object).namespace().get_str(vm, &key) {
        Some(value) if !ty(object).is(vm.types.type_) => Ok(value),
        _ => Err(vm.attribute_error(object, &key)),
    }
}

fn set_abstract_methods(vm: &mut Vm, object: &Ref, value: Option<&Ref>) -> PyResult<()> {
    let on = match value {
        Some(value) => vm.is_true(value)?,
        None => false,
    };
    ty(object).set_flag(type_flags::ABSTRACT, on);
    set_in_dict(vm, object, "__abstractmethods__", value)
}

fn mro_method(vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
    let mro = compute_mro(vm, ty(&a[0]))?;
    Ok(vm.new_list(mro.iter().map(|t| t.to_ref()).collect()))
}

fn subclasses(vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
    let list = ty(&a[0])
        .subclasses
        .borrow()
        .iter()
        .map(|t| t.to_ref())
        .collect();
    Ok(vm.new_list(list))
}

fn dir(vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
    let names = vm.new_dict();
    for class in &ty(&a[0]).mro() {
        for (key, _) in class.namespace().items(vm) {
            vm.dict_set(&names, &key, Ref::none())?;
        }
    }
    let keys = names
        .payload::<Dict>()
        .items(vm)
        .into_iter()
        .map(|(k, _)| k)
        .collect();
    Ok(vm.new_list(keys))
}

fn or(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult<Ref> {
    crate::types::union::or(vm, a, b)
}

/// C3 linearisation.
fn compute_mro(vm: &mut Vm, class: Ty) -> PyResult<Vec<Ty>> {
    let bases = class.bases.get();
    let bases: Vec<Ty> = bases
        .as_ref()
        .and_then(Ref::as_tuple)
        .map_or(&[][..], |t| t)
        .iter()
        .filter_map(Ref::as_type)
        .collect();
    // A class at the end of a long chain is not made for nothing.
    let steps: usize = bases.iter().map(|b| b.mro().len()).sum();
    if let [base] = bases[..] {
        vm.charge(steps)?;
        return Ok([class]
            .into_iter()
            .chain(base.mro().iter().copied())
            .collect());
    }
    let mut lists: Vec<Vec<Ty>> = bases.iter().map(|b| b.mro().to_vec()).collect();
    lists.push(bases.clone());
    let mut mro = vec![class];
    loop {
        vm.charge(steps)?;
        lists.retain(|l| !l.is_empty());
        if lists.is_empty() {
            return Ok(mro);
        }
        let next = lists
            .iter()
            .map(|l| l[0])
            .find(|c| !lists.iter().any(|l| l[1..].iter().any(|t| t.is(*c))));
        let Some(next) = next else {
            let mut names: Vec<String> = Vec::new();
            for l in &lists {
                let name = l[0].name();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            return Err(vm.type_error(format!(
                "Cannot create a consistent method resolution order (MRO) for bases {}",
                names.join(", ")
            )));
        };
        mro.push(next);
        for l in &mut lists {
            if l[0].is(next) {
                l.remove(0);
            }
        }
    }
}

/// The most derived metaclass of all bases.
pub(crate) fn best_metaclass(vm: &mut Vm, meta: Ty, bases: &[Ref]) -> PyResult<Ty> {
    let mut winner = meta;
    for base in bases {
        let t = vm.type_of(base);
        if winner.is_subtype(t) {
            continue;
        }
        if t.is_subtype(winner) {
            winner = t;
            continue;
        }
        return Err(vm.type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
        ));
    }
    Ok(winner)
}

/// The nearest ancestor, or the type itself, that adds to the native part.
fn solid_base(mut t: Ty) -> Ty {
    while let Some(base) = t.base() {
        let plain =
            t.has(type_flags::HEAPTYPE) && t.fixed_slots.get() == base.fixed_slots.get().max(1);
        // All exceptions are the same natively.
        let exception = t.base_kind.get() == Kind::Exception
            && base.base_kind.get() == Kind::Exception
            && t.fixed_slots.get() <= 1;
        let instance = t.base_kind.get() == Kind::Instance && t.fixed_slots.get() <= 1;
        if !plain && !exception && !instance {
            break;
        }
        t = base;
    }
    t
}

/// Whether an instance of one class has room for what methods of the other look for in it.
pub(super) fn same_layout(a: Ty, b: Ty) -> bool {
    // What a native part consists of is known from its kind, or from the type that makes it.
    let native = super::object::nearest_native;
    a.base_kind.get() == b.base_kind.get()
        && a.fixed_slots.get().max(1) == b.fixed_slots.get().max(1)
        && (a.base_kind.get() != Kind::Native || native(a).is(native(b)))
}

/// What the metaclass's own `mro` lists for a class, checked: methods take for granted
/// that an instance has the native part of each.
fn custom_mro(vm: &mut Vm, class: Ty, method: &Ref) -> PyResult<()> {
    let listed = vm.call(method, &[class.to_ref()])?;
    let listed = vm.collect(&listed)?;
    if listed.is_empty() {
        return Err(vm.type_error("type MRO must not be empty"));
    }
    let mut mro = Vec::with_capacity(listed.len());
    for item in &listed {
        let Some(base) = item.as_type() else {
            let given = vm.type_of(item).name();
            return Err(vm.type_error(format!("mro() returned a non-class ('{given}')")));
        };
        if !solid_base(class).is_subtype(solid_base(base)) {
            let name = base.name();
            return Err(vm.type_error(format!(
                "mro() returned base with unsuitable layout ('{name}')"
            )));
        }
        mro.push(base);
    }
    *class.mro.borrow_mut() = mro.into();
    let tuple = vm.new_tuple(listed);
    class.mro_tuple.set(Some(tuple));
    Ok(())
}

/// The base whose instances' native part the class's instances have.
fn best_base(vm: &mut Vm, bases: &[Ty]) -> PyResult<Ty> {
    let mut winner = bases[0];
    for base in bases {
        if !base.has(type_flags::BASETYPE) {
            let name = vm.qualified_name(*base);
            return Err(vm.type_error(format!("type '{name}' is not an acceptable base type")));
        }
        let (a, b) = (solid_base(winner), solid_base(*base));
        if a.is_subtype(b) {
            continue;
        }
        if b.is_subtype(a) {
            winner = *base;
            continue;
        }
        return Err(vm.type_error("multiple bases have instance lay-out conflict"));
    }
    Ok(winner)
}

fn new(vm: &mut Vm, meta: Ty, args: Args<'_>) -> PyResult<Ref> {
    if args.positional().len() != 3 {
        return Err(vm.type_error("type() takes 1 or 3 arguments"));
    }
    let (name, bases, namespace) = (&args[0], &args[1], &args[2]);
    for (n, value, want, ok) in [
        (1, name, "str", name.as_str().is_some()),
        (2, bases, "tuple", bases.as_tuple().is_some()),
        (3, namespace, "dict", namespace.kind() == Some(Kind::Dict)),
    ] {
        if !ok {
            let given = vm.type_of(value).name();
            return Err(vm.type_error(format!(
                "type.__new__() argument {n} must be {want}, not {given}"
            )));
        }
    }
    let mut bases = bases.as_tuple().map_or_else(Vec::new, |t| t.to_vec());
    if bases.is_empty() {
        bases.push(vm.types.object.to_ref());
    }
    for base in &bases {
        if base.as_type().is_none() {
            let key = vm.names.__mro_entries__.clone();
            if vm.lookup_attr(base, &key)?.is_some() {
                return Err(vm.type_error(
                    "type() doesn't support MRO entry resolution; use types.new_class()",
                ));
            }
            return Err(vm.type_error("bases must be types"));
        }
    }
    let winner = best_metaclass(vm, meta, &bases)?;
    if !winner.is(meta) {
        let same = |a: Ty, b: Ty| {
            a.slot(|s| s.new.map(|f| f as usize)) == b.slot(|s| s.new.map(|f| f as usize))
        };
        if !same(winner, vm.types.type_) {
            let new = winner.slot(|s| s.new).expect("metaclasses have __new__");
            return new(vm, winner, args);
        }
    }
    make(vm, winner, name, &bases, namespace, args)
}

/// Makes a class.
#[allow(clippy::too_many_lines)]
fn make(
    vm: &mut Vm,
    meta: Ty,
    name: &Ref,
    bases: &[Ref],
    namespace: &Ref,
    args: Args<'_>,
) -> PyResult<Ref> {
    let names = vm.names.clone();
    let types: Vec<Ty> = bases.iter().filter_map(Ref::as_type).collect();
    let base = best_base(vm, &types)?;
    let dict = vm.new_dict();
    for (key, value) in namespace.payload::<Dict>().items(vm) {
        let key = vm.intern_ref(&key);
        vm.dict_set(&dict, &key, value)?;
    }
    let d: &Dict = dict.payload();
    let text = vm.text_of(name);
    if d.get_str(vm, &names.__module__).is_none()
        && let Some(frame) = vm.exec.frames.last()
        && let Some(module) = frame
            .function()
            .globals
            .clone()
            .payload::<Dict>()
            .get_str(vm, &names.__name__)
    {
        d.set_str(vm, &names.__module__, module);
    }
    let mut flag = type_flags::HEAPTYPE | type_flags::BASETYPE;
    let inherited = type_flags::HAS_DICT
        | type_flags::HAS_WEAKREF
        | type_flags::EXCEPTION
        | type_flags::MATCH_SELF
        | type_flags::SEQUENCE
        | type_flags::MAPPING
        | type_flags::TYPE_SUBCLASS;
    for t in &types {
        flag |= t.flags.get() & inherited;
    }
    // `__slots__`
    let slots = match d.get_str(vm, &names.__slots__) {
        Some(slots) => {
            let list = if slots.as_str().is_some() {
                vec![slots]
            } else {
                vm.collect(&slots)?
            };
            Some(list)
        }
        None => None,
    };
    let mut members: Vec<Ref> = Vec::new();
    match &slots {
        None => flag |= type_flags::HAS_DICT | type_flags::HAS_WEAKREF,
        Some(list) => {
            for slot in list {
                let Some(s) = slot.as_str() else {
                    let given = vm.type_of(slot).name();
                    return Err(
                        vm.type_error(format!("__slots__ items must be strings, not '{given}'"))
                    );
                };
                let slot_text = s.to_string();
                match slot_text.as_str() {
                    "__dict__" => {
                        if flag & type_flags::HAS_DICT != 0 {
                            return Err(
                                vm.type_error("__dict__ slot disallowed: we already got one")
                            );
                        }
                        flag |= type_flags::HAS_DICT;
                    }
                    "__weakref__" => {
                        if flag & type_flags::HAS_WEAKREF != 0 {
                            return Err(
                                vm.type_error("__weakref__ slot disallowed: we already got one")
                            );
                        }
                        flag |= type_flags::HAS_WEAKREF;
                    }
                    _ => {
                        let mangled = mangle(&text, &slot_text);
                        let interned = vm.intern(&mangled);
                        if d.get_str(vm, &interned).is_some()
                            && slot_text != "__qualname__"
                            && slot_text != "__classcell__"
                        {
                            let shown = vm.repr_string(slot)?;
                            return Err(vm.value_error(format!(
                                "{shown} in __slots__ conflicts with class variable"
                            )));
                        }
                        members.push(interned);
                    }
                }
            }
            members.sort_by_key(|m| vm.text_of(m));
        }
    }
    let fixed = base.fixed_slots.get().max(1) + members.len() as u16;
    let payload = blank_type(
        &text,
        "builtins",
        Some(base),
        base.base_kind.get(),
        flag,
        dict.clone(),
    );
    let class = vm.new_object(meta, payload).immortal();
    let ty = Ty::from_ref(&class);
    let tuple = vm.new_tuple(bases.to_vec());
    ty.bases.set(Some(tuple));
    let qualname = match d.remove(vm, &names.__qualname__)? {
        Some((_, q)) if q.as_str().is_some() => q,
        Some((_, q)) => {
            let given = vm.type_of(&q).name();
            return Err(vm.type_error(format!("type __qualname__ must be a str, not {given}")));
        }
        None => name.clone(),
    };
    ty.qualname.set(Some(qualname));
    let linear = compute_mro(vm, ty)?;
    let inline = if flag & type_flags::HAS_DICT != 0 && base.base_kind.get() == Kind::Instance {
        4
    } else {
        0
    };
    vm.finish_type(ty, linear, fixed, inline);
    if !meta.is(vm.types.type_)
        && let Some(f) = vm.lookup_in_type(meta, &names.mro)
        && f.kind() == Some(Kind::Function)
    {
        custom_mro(vm, ty, &f)?;
    }
    for (i, member) in members.iter().enumerate() {
        let slot = base.fixed_slots.get().max(1) + i as u16;
        let member_payload = Member {
            name: member.clone(),
            owner: ty,
            slot,
        };
        let descr = vm.new_object(vm.types.member_descriptor, member_payload);
        d.set_str(vm, member, descr);
    }
    // Some functions are static or class methods without being told.
    for (key, class_method) in [
        (&names.__new__, false),
        (&names.__init_subclass__, true),
        (&names.__class_getitem__, true),
    ] {
        if let Some(f) = d.get_str(vm, key)
            && f.kind() == Some(Kind::Function)
        {
            let payload = crate::object::Wrapped {
                callable: crate::object::Slot::new(f),
                class: class_method,
            };
            let kind = if class_method {
                vm.types.classmethod
            } else {
                vm.types.staticmethod
            };
            let wrapped = vm.new_object(kind, payload);
            d.set_str(vm, key, wrapped);
        }
    }
    if d.get_str(vm, &names.__eq__).is_some() && d.get_str(vm, &names.__hash__).is_none() {
        d.set_str(vm, &names.__hash__, Ref::none());
    }
    let add_dict =
        flag & type_flags::HAS_DICT != 0 && !types.iter().any(|t| t.has(type_flags::HAS_DICT));
    if add_dict && d.get_str(vm, &names.__dict__).is_none() && !ty.is_subtype(vm.types.type_) {
        vm.add_getset(ty, DICT);
    }
    let add_weakref = flag & type_flags::HAS_WEAKREF != 0
        && !types.iter().any(|t| t.has(type_flags::HAS_WEAKREF));
    if add_weakref && d.get_str(vm, &names.__weakref__).is_none() {
        vm.add_getset(ty, WEAKREF);
    }
    if d.get_str(vm, &names.__doc__).is_none() {
        d.set_str(vm, &names.__doc__, Ref::none());
    }
    vm.fix_slots(ty);
    for t in &types {
        t.subclasses.borrow_mut().push(ty);
    }
    // `__classcell__`, `__set_name__`, `__init_subclass__`.
    if let Some((_, cell)) = d.remove(vm, &names.__classdictcell__)?
        && let Some(cell) = cell.downcast::<crate::object::CellVar>()
    {
        cell.value.set(Some(dict.clone()));
    }
    if let Some((_, cell)) = d.remove(vm, &names.__classcell__)? {
        match cell.downcast::<crate::object::CellVar>() {
            Some(cell) => cell.value.set(Some(class.clone())),
            None => {
                let given = vm.type_of(&cell).to_ref();
                let given = vm.repr_string(&given)?;
                return Err(vm.type_error(format!(
                    "type.__new__.__classcell__ must be a nonlocal cell, not {given}"
                )));
            }
        }
    }
    vm.type_changed(ty, None);
    for (key, value) in d.items(vm) {
        let kind = vm.type_of(&value);
        let Some(f) = vm.lookup_in_type(kind, &names.__set_name__) else {
            continue;
        };
        if let Err(exc) = vm.call_unbound(&f, &value, kind, &[class.clone(), key.clone()]) {
            if let Some(payload) = exc.value().downcast::<Exception>() {
                let (key, kind, class) = (vm.repr_string(&key)?, kind.name(), ty.name());
                let note = vm.new_str(&format!(
                    "Error calling __set_name__ on '{kind}' instance {key} in '{class}'"
                ));
                let list = vm.new_list(vec![note]);
                payload.notes.set(Some(list));
            }
            return Err(exc);
        }
    }
    let found = super::super_lookup(vm, ty, ty, &names.__init_subclass__);
    if let Some(found) = found {
        let bound = match vm.type_of(&found).slot(|s| s.descr_get) {
            Some(get) => get(vm, &found, None, ty)?,
            None => found,
        };
        let given = args.positional().len();
        let rest: Vec<Ref> = (given..args.len())
            .filter_map(|i| args.get(i))
            .cloned()
            .collect();
        vm.call_kw(&bound, &rest, args.kwnames())?;
    }
    Ok(class)
}

/// A private name inside a class.
fn mangle(class: &str, name: &str) -> String {
    let class = class.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') || class.is_empty() {
        return name.to_owned();
    }
    format!("_{class}{name}")
}

fn init(vm: &mut Vm, _class: &Ref, args: Args<'_>) -> PyResult<()> {
    match args.positional().len() {
        1 | 3 => Ok(()),
        _ => Err(vm.type_error("type.__init__() takes 1 or 3 arguments")),
    }
}

/// `__dict__` of instances.
pub(crate) const DICT: GetSetDef = GetSetDef::new(
    "__dict__",
    "dictionary for instance variables",
    |vm, object| match vm.instance_dict(object) {
        Some(dict) => Ok(dict),
        None => {
            let name = vm.names.__dict__.clone();
            Err(vm.attribute_error(object, &name))
        }
    },
    |vm, object, value| {
        let Some(value) = value else {
            let dict = vm.new_dict();
            vm.set_instance_dict(object, dict);
            return Ok(());
        };
        if value.kind() != Some(Kind::Dict) {
            let given = vm.type_of(value).name();
            return Err(vm.type_error(format!(
                "__dict__ must be set to a dictionary, not a '{given}'"
            )));
        }
        vm.set_instance_dict(object, value.clone());
        Ok(())
    },
);

const WEAKREF: GetSetDef = GetSetDef::read_only(
    "__weakref__",
    "list of weak references to the object",
    |_, object| {
        Ok(crate::heap::Weakref::all_of(object)
            .into_iter()
            .next()
            .unwrap_or_else(Ref::none))
    },
);

#[allow(dead_code)]
const FINALIZER: u8 = flags::FINALIZER;
