//! `_local`: an object whose attributes are another set in each thread.
//!
//! One thread runs at a time, so the object simply has the attributes of the last one that looked,
//! as any object has; when another thread looks, its own set is put in their place.

use std::cell::Cell;

use crate::error::PyResult;
use crate::heap::{Payload, Visitor, Weakref};
use crate::object::{Args, Guarded, Ref, Slots, Ty, TypeDef, type_flags};
use crate::ops::generic_get_attr;
use crate::vm::Vm;
use crate::vm::threads::ThreadId;

struct Local {
    /// Whose attributes the object has.
    owner: Cell<ThreadId>,
    /// Those of the others, dicts.
    others: Guarded<Vec<(ThreadId, Ref)>>,
    /// What `__init__` is called with in each thread.
    args: Vec<Ref>,
    names: Vec<Ref>,
}

impl Payload for Local {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for (_, dict) in self.others.visit(visitor) {
            (visitor.visit)(dict.value());
        }
        for value in &self.args {
            visitor.visit(value);
        }
    }

    fn clear(&self) {
        drop(self.others.take_for_clear());
    }
}

pub(super) const LOCAL: TypeDef = TypeDef {
    name: "_local",
    module: "_thread",
    doc: "Thread-local data",
    flags: type_flags::BASETYPE | type_flags::HAS_DICT | type_flags::HAS_WEAKREF,
    slots: Slots {
        new: Some(new),
        getattro: Some(|vm, local, name| {
            show(vm, local)?;
            if vm.text_of(name) == "__dict__"
                && let Some(dict) = vm.instance_dict(local)
            {
                return Ok(dict);
            }
            generic_get_attr(vm, local, name)
        }),
        setattro: Some(|vm, local, name, value| {
            show(vm, local)?;
            if vm.text_of(name) == "__dict__" {
                let ty = vm.type_of(local).name();
                let message = format!("'{ty}' object attribute '__dict__' is read-only");
                return Err(vm.attribute_error_with(local, name, message));
            }
            vm.generic_set_attr(local, name, value)
        }),
        ..Slots::EMPTY
    },
    ..TypeDef::EMPTY
};

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    if !args.is_empty() && !has_init(vm, ty) {
        return Err(vm.type_error("Initialization arguments are not supported"));
    }
    let mut values = args.positional().to_vec();
    values.extend(args.keywords().map(|(_, value)| value.clone()));
    let payload = Local {
        owner: Cell::new(vm.threads.current()),
        others: Guarded::new(Vec::new()),
        args: values,
        names: args.kwnames().to_vec(),
    };
    let local = vm.new_object(ty, payload);
    remember(vm, &local);
    Ok(local)
}

fn has_init(vm: &mut Vm, ty: Ty) -> bool {
    let name = vm.names.__init__.clone();
    let own = vm.lookup_in_type(ty, &name);
    let object = vm.lookup_in_type(vm.types.object, &name);
    match (own, object) {
        (Some(own), Some(object)) => !own.is(&object),
        _ => false,
    }
}

/// Notes that the running thread has attributes here.
fn remember(vm: &mut Vm, local: &Ref) {
    let known = &mut vm.exec.locals;
    if known.len().is_power_of_two() {
        known.retain(|weak| weak.payload::<Weakref>().target().is_some());
    }
    let weak = vm.new_object(vm.types.weakref, Weakref::new(None, false));
    Weakref::attach(&weak, local);
    vm.exec.locals.push(weak);
}

/// Gives the object the running thread's attributes.
fn show(vm: &mut Vm, object: &Ref) -> PyResult<()> {
    let Some(local) = object.downcast::<Local>() else {
        return Ok(());
    };
    let me = vm.threads.current();
    let owner = local.owner.replace(me);
    if owner == me {
        return Ok(());
    }
    let theirs = vm.instance_dict(object).expect("it has a dict");
    let others = local.others.get_mut(vm);
    others.push((owner, theirs));
    if let Some(at) = others.iter().position(|(id, _)| *id == me) {
        let (_, mine) = others.swap_remove(at);
        vm.set_instance_dict(object, mine);
        return Ok(());
    }
    let fresh = vm.new_dict();
    vm.set_instance_dict(object, fresh);
    remember(vm, object);
    let ty = vm.type_of(object);
    if has_init(vm, ty) {
        let init = vm.get_attr_str(object, "__init__")?;
        vm.call_kw(&init, &local.args, &local.names)?;
    }
    Ok(())
}

/// The running thread ends: what locals keep for it goes.
pub(crate) fn forget_thread_locals(vm: &mut Vm) {
    let me = vm.threads.current();
    for weak in std::mem::take(&mut vm.exec.locals) {
        let Some(object) = weak.payload::<Weakref>().target() else {
            continue;
        };
        let local: &Local = object.payload();
        if local.owner.get() == me {
            let fresh = vm.new_dict();
            vm.set_instance_dict(&object, fresh);
        }
        let others = local.others.get_mut(vm);
        if let Some(at) = others.iter().position(|(id, _)| *id == me) {
            drop(others.swap_remove(at));
        }
    }
}
