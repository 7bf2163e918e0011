//! Inline caches of globals and attributes.

use crate::error::PyResult;
use crate::heap::{Kind, extra_slots};
use crate::interp::code::{Code, Function};
use crate::interp::insn::{Insn, Op, TAKE_A, TAKE_B};
use crate::interp::words::put;
use crate::object::{Dict, Ref, Ty, type_flags};
use crate::value::Value;
use crate::vm::Vm;

type GetAttr = fn(&mut Vm, &Ref, &Ref) -> PyResult<Ref>;
type SetAttr = fn(&mut Vm, &Ref, &Ref, Option<&Ref>) -> PyResult<()>;

/// The class attribute that a cache word holds.
#[inline(always)]
pub(super) unsafe fn embedded(ext: *mut Insn) -> Value {
    // SAFETY: the caller passes a cache word written by `embed`.
    unsafe { ext.cast::<u8>().add(8).cast::<Value>().read() }
}

unsafe fn embed(ext: *mut Insn, value: Value) {
    // SAFETY: a cache word has 8 bytes there, 8-aligned as code is.
    unsafe { ext.cast::<u8>().add(8).cast::<Value>().write(value) }
}

/// Back to the general form.
pub(super) unsafe fn forget(insn: *mut Insn) {
    // SAFETY: the caller passes an instruction that is not being executed by Rust code.
    unsafe {
        (*insn).op = match (*insn).op {
            Op::LoadAttrSlot | Op::LoadAttrClass => Op::LoadAttr,
            Op::LoadMethodClass => Op::LoadMethod,
            Op::StoreAttrSlot | Op::StoreAttrAdd => Op::StoreAttr,
            same => same,
        }
    }
}

/// Whether a plain instance has the slot at byte `offset`.
#[inline(always)]
pub(super) unsafe fn has_room(object: Value, offset: u32) -> bool {
    // SAFETY: the caller checked that it is an object.
    unsafe {
        let header = object.header();
        (*header).kind == Kind::Instance && (offset as usize - 16) / 8 < usize::from((*header).aux)
    }
}

/// Stores operand `a` of a `StoreAttr` and releases its operands.
#[inline(always)]
pub(super) unsafe fn move_in(vm: &mut Vm, pc: *mut Insn, fp: *mut Value, place: *mut Value) {
    // SAFETY: the operands are the frame's, `place` is a slot of the object in `b`.
    unsafe {
        let x = *pc;
        let value = *fp.add(usize::from(x.a));
        if u32::from(x.c) & TAKE_A != 0 {
            *fp.add(usize::from(x.a)) = Value::NULL;
        } else {
            super::words::inc(value);
        }
        vm.exec.frames.last_mut().expect("a frame").pc = pc;
        put(vm, place, value);
        if u32::from(x.c) & TAKE_B != 0 {
            put(vm, fp.add(usize::from(x.b)), Value::NULL);
        }
    }
}

/// Where the extra slot `index` of an object is, in bytes from its start.
fn slot_offset(object: &Ref, index: u16) -> u32 {
    let header = object.value().header();
    // SAFETY: a live object.
    let base = unsafe { extra_slots(header) };
    (base.addr() - header.addr()) as u32 + u32::from(index) * 8
}

fn note(ty: Ty, name: &Ref) {
    ty.cached_names
        .set(ty.cached_names.get() | Ty::name_bit(name.value().bits()));
}

impl Vm {
    fn name_at(&self, index: u16) -> Ref {
        let code: *const Code = self.exec.frames.last().expect("a frame").code;
        // SAFETY: the running function keeps its code alive.
        unsafe { (&(*code).names)[usize::from(index)].clone() }
    }

    /// `LoadGlobal`, leaving a cache.
    pub(super) unsafe fn load_global(&mut self, pc: *mut Insn) -> PyResult<Ref> {
        // SAFETY: `pc` is the current instruction, with a cache word behind it.
        unsafe {
            let name = self.name_at((*pc).b);
            let hash = name.as_str().expect("a name").hash();
            let func = self.exec.frames.last().expect("a frame").func.clone();
            let f: &Function = func.payload();
            // A dict's subclass answers by its own lookup, which may have `__missing__`.
            if self.type_of(&f.globals) != self.types.dict {
                match self.get_item(&f.globals, &name) {
                    Err(exc) if exc.stop().is_none() && self.exc_is(&exc, self.exc.KeyError) => {}
                    found => return found,
                }
            }
            let globals: &Dict = f.globals.payload();
            let table = globals.table(self);
            if let Some(at) = table.find_str(&name, hash) {
                let value = table.entries[at].value.clone();
                if globals.version.get() != 0 && at <= u32::MAX as usize {
                    (*pc).op = Op::LoadGlobalModule;
                    (*pc).d = globals.version.get();
                    (*pc).e = at as u32;
                }
                return Ok(value);
            }
            // `annotationlib` evaluates annotations in a dict that makes what is missing.
            if !self.is_exact(&f.globals, self.types.dict) {
                let globals = f.globals.clone();
                match self.get_item(&globals, &name) {
                    Err(error) if self.exc_is(&error, self.exc.KeyError) => {}
                    result => return result,
                }
            }
            let builtins: &Dict = f.builtins.payload();
            let table = builtins.table(self);
            if let Some(at) = table.find_str(&name, hash) {
                let value = table.entries[at].value.clone();
                if globals.version.get() != 0 && builtins.version.get() != 0 {
                    (*pc).op = Op::LoadGlobalBuiltin;
                    (*pc).d = globals.version.get();
                    (*pc.add(1)).d = builtins.version.get();
                    (*pc.add(1)).e = at as u32;
                }
                return Ok(value);
            }
            let message = format!("name '{}' is not defined", self.text_of(&name));
            Err(self.name_error(self.exc.NameError, &name, message))
        }
    }

    /// What a plain lookup on the object's type finds, if lookups on it are plain and its
    /// attributes are in slots: the class attribute, whether that is a data descriptor, and the
    /// instance's slot.
    fn plain(
        &mut self,
        object: &Ref,
        ty: Ty,
        name: &Ref,
    ) -> Option<(Option<Ref>, bool, Option<u16>)> {
        let get = ty.slot(|s| s.getattro)?;
        if !std::ptr::fn_addr_eq(get, crate::ops::generic_get_attr as GetAttr)
            || ty.has(type_flags::VOLATILE)
        {
            return None;
        }
        let layout = &self.heap.layouts[object.header()?.layout as usize];
        if layout.dict || object.downcast::<crate::object::Module>().is_some() {
            return None;
        }
        let slot = layout.slot_of(name.value());
        let found = self.lookup_in_type(ty, name);
        let data = found
            .as_ref()
            .is_some_and(|f| self.type_of(f).slot(|s| s.descr_set.is_some()));
        Some((found, data, slot))
    }

    /// `LoadAttr`, leaving a cache where it can.
    pub(super) unsafe fn load_attr(&mut self, pc: *mut Insn, fp: *mut Value) -> PyResult<()> {
        // SAFETY: `pc` is the current instruction, its operands are slots of the frame.
        unsafe {
            let x = *pc;
            forget(pc);
            let object = &*fp.add(usize::from(x.b)).cast::<Ref>();
            let name = self.name_at((*pc.add(1)).a);
            let ty = self.type_of(object);
            let value = match self.plain(object, ty, &name) {
                Some((_, false, Some(slot)))
                    if object.extra()[usize::from(slot)].get().is_some() =>
                {
                    (*pc).op = Op::LoadAttrSlot;
                    (*pc).d = object.header().expect("an object").layout;
                    (*pc).e = slot_offset(object, slot);
                    note(ty, &name);
                    object.extra()[usize::from(slot)].get().expect("checked")
                }
                Some((Some(found), false, None))
                    if self.type_of(&found).slot(|s| s.descr_get.is_none()) =>
                {
                    (*pc).op = Op::LoadAttrClass;
                    (*pc).d = object.header().expect("an object").layout;
                    embed(pc.add(1), found.value());
                    note(ty, &name);
                    found
                }
                _ => self.get_attr(object, &name)?,
            };
            if u32::from(x.c) & TAKE_B != 0 {
                put(self, fp.add(usize::from(x.b)), Value::NULL);
            }
            put(self, fp.add(usize::from(x.a)), value.into_value());
            Ok(())
        }
    }

    /// `LoadMethod`, leaving a cache where it can.
    pub(super) unsafe fn load_method(&mut self, pc: *mut Insn, fp: *mut Value) -> PyResult<()> {
        // SAFETY: as in `load_attr`.
        unsafe {
            let x = *pc;
            forget(pc);
            let object = (*fp.add(usize::from(x.b)).cast::<Ref>()).clone();
            let name = self.name_at((*pc.add(1)).a);
            let ty = self.type_of(&object);
            let (value, this) = match self.plain(&object, ty, &name) {
                Some((Some(found), false, None))
                    if self.type_of(&found).has(type_flags::METHOD_DESCRIPTOR) =>
                {
                    (*pc).op = Op::LoadMethodClass;
                    (*pc).d = object.header().expect("an object").layout;
                    embed(pc.add(1), found.value());
                    note(ty, &name);
                    (found, Some(object))
                }
                _ => self.method_of(&object, ty, &name)?,
            };
            if u32::from(x.c) & TAKE_B != 0 {
                put(self, fp.add(usize::from(x.b)), Value::NULL);
            }
            put(self, fp.add(usize::from(x.a)), value.into_value());
            let this = this.map_or(Value::NULL, Ref::into_value);
            put(self, fp.add(usize::from(x.a) + 1), this);
            Ok(())
        }
    }

    /// A method and its `self` where that avoids a bound method, else just the attribute.
    fn method_of(&mut self, object: &Ref, ty: Ty, name: &Ref) -> PyResult<(Ref, Option<Ref>)> {
        let generic = ty
            .slot(|s| s.getattro)
            .is_some_and(|f| std::ptr::fn_addr_eq(f, crate::ops::generic_get_attr as GetAttr));
        if generic
            && let Some(found) = self.lookup_in_type(ty, name)
            && self.type_of(&found).has(type_flags::METHOD_DESCRIPTOR)
        {
            return match self.instance_attr(object, name)? {
                Some(value) => Ok((value, None)),
                None => Ok((found, Some(object.clone()))),
            };
        }
        Ok((self.get_attr(object, name)?, None))
    }

    /// `StoreAttr`, leaving a cache where it can.
    pub(super) unsafe fn store_attr(&mut self, pc: *mut Insn, fp: *mut Value) -> PyResult<()> {
        // SAFETY: as in `load_attr`.
        unsafe {
            let x = *pc;
            forget(pc);
            let object = (*fp.add(usize::from(x.b)).cast::<Ref>()).clone();
            let value = (*fp.add(usize::from(x.a)).cast::<Ref>()).clone();
            let name = self.name_at((*pc.add(1)).a);
            let ty = self.type_of(&object);
            let generic = ty
                .slot(|s| s.setattro)
                .is_some_and(|f| std::ptr::fn_addr_eq(f, Self::generic_set_attr as SetAttr));
            let before = object.header().map_or(0, |h| h.layout);
            self.set_attr(&object, &name, &value)?;
            drop(value);
            if generic
                && ty.has(type_flags::HAS_DICT)
                && !ty.has(type_flags::VOLATILE)
                && let Some(header) = object.header()
                && let layout = &self.heap.layouts[header.layout as usize]
                && !layout.dict
                && let Some(slot) = layout.slot_of(name.value())
            {
                let after = header.layout;
                let data = self
                    .lookup_in_type(ty, &name)
                    .is_some_and(|f| self.type_of(&f).slot(|s| s.descr_set.is_some()));
                let offset = slot_offset(&object, slot);
                if data {
                    // The descriptor did it.
                } else if before == after {
                    (*pc).op = Op::StoreAttrSlot;
                    (*pc).d = after;
                    (*pc).e = offset;
                    note(ty, &name);
                } else if object.kind() == Some(Kind::Instance) {
                    (*pc).op = Op::StoreAttrAdd;
                    (*pc).d = before;
                    (*pc).e = offset;
                    (*pc.add(1)).d = after;
                    note(ty, &name);
                }
            }
            drop(object);
            if u32::from(x.c) & TAKE_A != 0 {
                put(self, fp.add(usize::from(x.a)), Value::NULL);
            }
            if u32::from(x.c) & TAKE_B != 0 {
                put(self, fp.add(usize::from(x.b)), Value::NULL);
            }
            Ok(())
        }
    }
}
