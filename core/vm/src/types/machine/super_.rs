//! `super`: attributes of the classes after a given one in an object's MRO.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::heap::{Payload, Visitor};
use crate::object::{Args, CellVar, GetSetDef, Ref, Slot, Slots, Ty, TypeDef};
use crate::vm::Vm;

pub(super) fn define(vm: &mut Vm) {
    vm.define(vm.types.super_, &SUPER);
}

/// The payload of `super`.
#[derive(Default)]
struct Super {
    start: Slot,
    object: Slot,
    ty: Slot,
}

impl Payload for Super {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for slot in [&self.start, &self.object, &self.ty] {
            slot.visit(visitor);
        }
    }
}

/// An attribute in the MRO of `ty` after `start`.
pub(crate) fn super_lookup(vm: &mut Vm, ty: Ty, start: Ty, name: &Ref) -> Option<Ref> {
    let name = vm.intern_ref(name);
    let mro = ty.mro();
    let at = mro.iter().position(|t| t.is(start))?;
    mro[at + 1..]
        .iter()
        .find_map(|t| t.namespace().get_str(vm, &name))
}

const SUPER: TypeDef = TypeDef {
    name: "super",
    doc: "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires issubclass(type2, type)",
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_object(ty, Super::default()))),
        init: Some(super_init),
        repr: Some(|vm, s| {
            let payload: &Super = s.payload();
            let start = payload
                .start
                .get()
                .and_then(|t| t.as_type())
                .map_or("NULL".to_owned(), Ty::name);
            let text = match payload.ty.get().and_then(|t| t.as_type()) {
                Some(ty) => format!("<super: <class '{start}'>, <{} object>>", ty.name()),
                None => format!("<super: <class '{start}'>, NULL>"),
            };
            Ok(vm.new_str(&text))
        }),
        getattro: Some(|vm, s, name| {
            let payload: &Super = s.payload();
            let ty = payload.ty.get().and_then(|t| t.as_type());
            let start = payload.start.get().and_then(|t| t.as_type());
            if let (Some(ty), Some(start), false) = (ty, start, name.is(&vm.names.__class__))
                && let Some(found) = super_lookup(vm, ty, start, name)
            {
                let object = payload.object.get();
                let object = object.filter(|o| !o.as_type().is_some_and(|t| t.is(ty)));
                return match vm.type_of(&found).slot(|s| s.descr_get) {
                    Some(get) => get(vm, &found, object.as_ref(), ty),
                    None => Ok(found),
                };
            }
            crate::ops::generic_get_attr(vm, s, name)
        }),
        descr_get: Some(|vm, s, object, _| {
            let payload: &Super = s.payload();
            match object {
                Some(object) if payload.object.get().is_none() => {
                    let class = vm.types.super_.to_ref();
                    let start = payload.start.get().unwrap_or_else(Ref::none);
                    vm.call(&class, &[start, object.clone()])
                }
                _ => Ok(s.clone()),
            }
        }),
        ..Slots::EMPTY
    },
    getset: &[
        GetSetDef::read_only("__thisclass__", "", |_, s| {
            Ok(s.payload::<Super>().start.get().unwrap_or_else(Ref::none))
        }),
        GetSetDef::read_only("__self__", "", |_, s| {
            Ok(s.payload::<Super>().object.get().unwrap_or_else(Ref::none))
        }),
        GetSetDef::read_only("__self_class__", "", |_, s| {
            Ok(s.payload::<Super>().ty.get().unwrap_or_else(Ref::none))
        }),
    ],
    ..TypeDef::EMPTY
};

fn super_init(vm: &mut Vm, s: &Ref, args: Args<'_>) -> PyResult<()> {
    let (start, object) = match args.positional() {
        [] => {
            let (start, object) = super_from_frame(vm)?;
            (start, Some(object))
        }
        [start] => (start.clone(), None),
        [start, object] => (start.clone(), (!object.is_none()).then(|| object.clone())),
        args => {
            let n = args.len();
            return Err(vm.type_error(format!("super() expected at most 2 arguments, got {n}")));
        }
    };
    let Some(start_ty) = start.as_type() else {
        let given = vm.type_of(&start).name();
        return Err(vm.type_error(format!("super() argument 1 must be a type, not {given}")));
    };
    let payload: &Super = s.payload();
    if let Some(object) = object {
        let ty = match object.as_type().filter(|t| t.is_subtype(start_ty)) {
            Some(ty) => ty,
            None if vm.type_of(&object).is_subtype(start_ty) => vm.type_of(&object),
            None => {
                return Err(vm.type_error(
                    "super(type, obj): obj (instance of ".to_owned()
                        + &vm.type_of(&object).name()
                        + &format!(
                            ") is not an instance or subtype of type ({}).",
                            start_ty.name()
                        ),
                ));
            }
        };
        payload.ty.set(Some(ty.to_ref()));
        payload.object.set(Some(object));
    }
    payload.start.set(Some(start));
    Ok(())
}

/// `super()` without arguments: `__class__` and the first argument of the running function.
fn super_from_frame(vm: &mut Vm) -> PyResult<(Ref, Ref)> {
    let Some(frame) = vm.exec.frames.last() else {
        return Err(vm.runtime_error("super(): no current frame"));
    };
    let code = frame.code();
    if code.data.argcount == 0 && !code.has(vitrine_bytecode::code::CodeFlags::VARARGS) {
        return Err(vm.runtime_error("super(): no arguments"));
    }
    let mut object = frame.local(0);
    if code.is_cell(0) {
        object = object
            .and_then(|c| c.downcast::<CellVar>().map(|c| c.value.get()))
            .flatten();
    }
    let class = (0..code.nlocals())
        .rev()
        .find(|i| code.is_cell(*i) && code.varnames[*i].is(&vm.names.__class__))
        .and_then(|i| frame.local(i));
    let Some(object) = object else {
        return Err(vm.runtime_error("super(): arg[0] deleted"));
    };
    let Some(class) = class else {
        return Err(vm.runtime_error("super(): __class__ cell not found"));
    };
    match class.downcast::<CellVar>().and_then(|c| c.value.get()) {
        Some(class) => Ok((class, object)),
        None => Err(vm.runtime_error("super(): empty __class__ cell")),
    }
}
