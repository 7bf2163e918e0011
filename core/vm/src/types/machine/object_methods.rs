//! Methods of `object`: formatting, `dir`, changing the class, pickling.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::{Args, Dict, GetSetDef, Kind, Member, MethodDef, Ref, Ty, type_flags};
use crate::vm::Vm;

pub(super) const METHODS: &[MethodDef] = &[
    MethodDef::new(
        "__format__",
        "($self, format_spec, /)",
        "Default object formatter.\n\nReturn str(self) if format_spec is empty. Raise TypeError otherwise.",
        |vm, a| {
            if a[1].as_str().is_none_or(|s| !s.is_empty()) {
                let name = vm.type_of(&a[0]).name();
                return Err(vm.type_error(format!(
                    "unsupported format string passed to {name}.__format__"
                )));
            }
            vm.str(&a[0])
        },
    ),
    MethodDef::new(
        "__init_subclass__",
        "",
        "This method is called when a class is subclassed.",
        |vm, a| {
            if a.len() > 1 {
                let name = a[0].as_type().map(Ty::name).unwrap_or_default();
                return Err(vm.type_error(format!(
                    "{name}.__init_subclass__() takes no keyword arguments"
                )));
            }
            Ok(Ref::none())
        },
    )
    .class(),
    MethodDef::new(
        "__subclasshook__",
        "",
        "Abstract classes can override this to customize issubclass().",
        |_, _| Ok(Ref::not_implemented()),
    )
    .class(),
    MethodDef::new(
        "__dir__",
        "($self, /)",
        "Default dir() implementation.",
        dir,
    ),
    MethodDef::new(
        "__sizeof__",
        "($self, /)",
        "Size of object in memory, in bytes.",
        |_, _| Ok(Ref::small_int(16)),
    ),
    MethodDef::new(
        "__reduce_ex__",
        "($self, protocol, /)",
        "Helper for pickle.",
        reduce_ex,
    ),
    MethodDef::new("__reduce__", "($self, /)", "Helper for pickle.", |vm, a| {
        let copyreg = vm.import("copyreg")?;
        vm.call_method(&copyreg, "_reduce_ex", &[a[0].clone(), Ref::small_int(0)])
    }),
    MethodDef::new(
        "__getstate__",
        "($self, /)",
        "Helper for pickle.",
        |vm, a| vm.object_state(&a[0]),
    ),
];

pub(super) const GETSET: &[GetSetDef] = &[GetSetDef::new(
    "__class__",
    "the object's class",
    |vm, o| Ok(vm.type_of(o).to_ref()),
    set_class,
)];

fn reduce_ex(vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
    let name = vm.intern("__reduce__");
    let ty = vm.type_of(&a[0]);
    let own = vm.lookup_in_type(ty, &name);
    let base = vm.lookup_in_type(vm.types.object, &name);
    if let (Some(own), Some(base)) = (own, base)
        && !own.is(&base)
    {
        return vm.call_method(&a[0], "__reduce__", &[]);
    }
    let copyreg = vm.import("copyreg")?;
    if vm.int_i64(&a[1]).unwrap_or(0) >= 2 {
        return vm.reduce_newobj(&a[0], &copyreg);
    }
    vm.call_method(&copyreg, "_reduce_ex", &[a[0].clone(), a[1].clone()])
}

fn set_class(vm: &mut Vm, object: &Ref, value: Option<&Ref>) -> PyResult<()> {
    let Some(new) = value.and_then(Ref::as_type) else {
        let given = value.map_or_else(|| "NULL".to_owned(), |v| vm.type_of(v).name());
        return Err(vm.type_error(format!(
            "__class__ must be set to a class, not '{given}' object"
        )));
    };
    let old = vm.type_of(object);
    if old.is(vm.types.module) && new.is_subtype(vm.types.module) && new.inline_slots.get() == 0 {
        object.set_layout(new.layout.get());
        return Ok(());
    }
    if !old.has(type_flags::HEAPTYPE) || !new.has(type_flags::HEAPTYPE) {
        return Err(vm.type_error(
            "__class__ assignment only supported for mutable types or ModuleType subclasses",
        ));
    }
    let same = super::type_::same_layout(old, new)
        && old.fixed_slots.get() == new.fixed_slots.get()
        && old.has(type_flags::HAS_DICT) == new.has(type_flags::HAS_DICT);
    if !same {
        return Err(vm.type_error(format!(
            "__class__ assignment: '{}' object layout differs from '{}'",
            new.name(),
            old.name()
        )));
    }
    if new.has(type_flags::HAS_DICT) {
        drop(vm.instance_dict(object));
        object.set_layout(new.dict_layout.get());
    } else {
        object.set_layout(new.layout.get());
    }
    Ok(())
}

fn dir(vm: &mut Vm, a: Args<'_>) -> PyResult<Ref> {
    let names = vm.new_dict();
    let dict_name = vm.names.__dict__.clone();
    if let Some(dict) = vm.lookup_attr(&a[0], &dict_name)?
        && dict.kind() == Some(Kind::Dict)
    {
        for (key, _) in dict.payload::<Dict>().items(vm) {
            vm.dict_set(&names, &key, Ref::none())?;
        }
    }
    for class in &vm.type_of(&a[0]).mro() {
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

impl Vm {
    /// `object.__getstate__()`
    pub(crate) fn object_state(&mut self, object: &Ref) -> PyResult<Ref> {
        let ty = self.type_of(object);
        let state = match self.instance_dict(object) {
            Some(dict) if !dict.payload::<Dict>().is_empty(self) => {
                let copy = self.new_dict();
                for (key, value) in dict.payload::<Dict>().items(self) {
                    self.dict_set(&copy, &key, value)?;
                }
                copy
            }
            _ => Ref::none(),
        };
        let slots = self.new_dict();
        for class in &ty.mro() {
            for (key, value) in class.namespace().items(self) {
                if let Some(member) = value.downcast::<Member>()
                    && let Some(value) = self.extra_slot(object, member.slot)
                {
                    self.dict_set(&slots, &key, value)?;
                }
            }
        }
        if slots.payload::<Dict>().is_empty(self) {
            return Ok(state);
        }
        Ok(self.new_pair(state, slots))
    }

    /// `object.__reduce_ex__(2)`
    fn reduce_newobj(&mut self, object: &Ref, copyreg: &Ref) -> PyResult<Ref> {
        let class = self.type_of(object).to_ref();
        let special = |vm: &mut Self, name: &str| {
            let name = vm.intern(name);
            vm.call_special(object, &name, &[])
        };
        let mut args = vec![class];
        let mut kwargs = None;
        if let Some(pair) = special(self, "__getnewargs_ex__")? {
            let pair = self.collect(&pair)?;
            if let [a, k] = pair.as_slice() {
                args.extend(self.collect(a)?);
                kwargs = Some(k.clone());
            }
        } else if let Some(more) = special(self, "__getnewargs__")? {
            args.extend(self.collect(&more)?);
        }
        let state = self.call_method(object, "__getstate__", &[])?;
        let items = if object.kind() == Some(Kind::List) {
            self.iter(object)?
        } else {
            Ref::none()
        };
        let pairs = if object.kind() == Some(Kind::Dict) {
            let items = self.call_method(object, "items", &[])?;
            self.iter(&items)?
        } else {
            Ref::none()
        };
        let (func, args) = match kwargs {
            Some(kwargs) => {
                let class = args.remove(0);
                let rest = self.new_tuple(args);
                (
                    self.get_attr_str(copyreg, "__newobj_ex__")?,
                    vec![class, rest, kwargs],
                )
            }
            None => (self.get_attr_str(copyreg, "__newobj__")?, args),
        };
        let args = self.new_tuple(args);
        Ok(self.new_tuple(vec![func, args, state, items, pairs]))
    }
}
