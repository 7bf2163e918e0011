//! Making objects.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::heap::{Payload, flags};
use crate::object::{
    BoundMethod, Builtin, Bytes, CellVar, Complex, Dict, Float, Int, List, MethodDef, Module, Ref,
    Signature, Slice, Slot, Ty,
};
use crate::text::{Text, TextBuf};
use crate::vm::Vm;

impl Vm {
    /// An object of type `ty` with this native payload.
    #[inline]
    pub fn new_object<T: Payload>(&mut self, ty: Ty, payload: T) -> Ref {
        let bits = if ty.slot(|s| s.finalize.is_some()) {
            flags::FINALIZER
        } else {
            0
        };
        self.heap
            .alloc(payload, ty.layout.get(), ty.inline_slots.get(), bits)
    }

    /// A plain instance: no native payload, only attributes.
    #[inline]
    pub fn new_instance(&mut self, ty: Ty) -> Ref {
        let bits = if ty.slot(|s| s.finalize.is_some()) {
            flags::FINALIZER
        } else {
            0
        };
        self.heap
            .alloc_instance(ty.layout.get(), ty.inline_slots.get(), bits)
    }

    /// An int.
    #[inline]
    pub fn new_int(&mut self, i: impl Into<i128>) -> Ref {
        let i = i.into();
        if let Ok(small) = i64::try_from(i)
            && let Some(value) = Ref::immediate_int(small)
        {
            return value;
        }
        self.new_object(self.types.int, Int(BigInt::from(i)))
    }

    /// An int from a size.
    pub fn new_usize(&mut self, n: usize) -> Ref {
        self.new_int(n as u64)
    }

    /// An int of any size, in its shortest form.
    pub fn new_bigint(&mut self, i: BigInt) -> Ref {
        if let Some(small) = i.to_i64()
            && let Some(value) = Ref::immediate_int(small)
        {
            return value;
        }
        self.new_object(self.types.int, Int(i))
    }

    /// A float.
    #[inline]
    pub fn new_float(&mut self, f: f64) -> Ref {
        match Ref::immediate_float(f) {
            Some(value) => value,
            None => self.new_object(self.types.float, Float(f)),
        }
    }

    /// A complex number.
    pub fn new_complex(&mut self, real: f64, imag: f64) -> Ref {
        self.new_object(self.types.complex, Complex { real, imag })
    }

    /// A `str`.
    pub fn new_str(&mut self, text: &str) -> Ref {
        if text.is_ascii() {
            return self.str_from_text(Text::Ascii(text));
        }
        self.new_text(TextBuf::from(text))
    }

    /// A `str` with these characters.
    pub fn str_from_text(&mut self, text: Text<'_>) -> Ref {
        match text.len() {
            0 => return self.empty_str.clone(),
            1 => {
                let code_point = text.at(0);
                if let Some(known) = self.latin1.get(code_point as usize) {
                    return known.clone();
                }
            }
            _ => {}
        }
        let layout = self.types.str.layout.get();
        self.heap.alloc_str(text, layout, 0)
    }

    /// A `str` from an owned string.
    pub fn new_text(&mut self, text: TextBuf) -> Ref {
        self.str_from_text(text.as_text())
    }

    /// An object of `str` or a subclass.
    pub fn new_str_of(&mut self, ty: Ty, text: Text<'_>) -> Ref {
        if ty.is(self.types.str) {
            return self.str_from_text(text);
        }
        let bits = if ty.slot(|s| s.finalize.is_some()) {
            flags::FINALIZER
        } else {
            0
        };
        let object = self
            .heap
            .alloc_str(text, ty.layout.get(), ty.inline_slots.get());
        object.set_flags(bits);
        object
    }

    /// `bytes`
    pub fn new_bytes(&mut self, data: impl Into<Box<[u8]>>) -> Ref {
        let payload = Bytes {
            data: data.into(),
            hash: Cell::new(0),
        };
        self.new_object(self.types.bytes, payload)
    }

    /// A tuple.
    pub fn new_tuple(&mut self, items: Vec<Ref>) -> Ref {
        if items.is_empty() {
            return self.empty_tuple.clone();
        }
        let layout = self.types.tuple.layout.get();
        self.heap.alloc_tuple(items.len(), items, layout, 0)
    }

    /// An object of `tuple` or a subclass.
    pub fn new_tuple_of(&mut self, ty: Ty, items: Vec<Ref>) -> Ref {
        if ty.is(self.types.tuple) {
            return self.new_tuple(items);
        }
        let bits = if ty.slot(|s| s.finalize.is_some()) {
            flags::FINALIZER
        } else {
            0
        };
        let object =
            self.heap
                .alloc_tuple(items.len(), items, ty.layout.get(), ty.inline_slots.get());
        object.set_flags(bits);
        object
    }

    /// A pair.
    pub fn new_pair(&mut self, a: Ref, b: Ref) -> Ref {
        let layout = self.types.tuple.layout.get();
        self.heap.alloc_tuple(2, [a, b], layout, 0)
    }

    /// A list.
    pub fn new_list(&mut self, items: Vec<Ref>) -> Ref {
        self.new_object(self.types.list, List::new(items))
    }

    /// An empty dict.
    pub fn new_dict(&mut self) -> Ref {
        let dict = Dict::default();
        dict.version.set(self.next_dict_version());
        self.new_object(self.types.dict, dict)
    }

    /// A slice.
    pub fn new_slice(&mut self, start: Ref, stop: Ref, step: Ref) -> Ref {
        self.new_object(self.types.slice, Slice { start, stop, step })
    }

    /// A cell.
    pub fn new_cell(&mut self, value: Option<Ref>) -> Ref {
        let cell = CellVar {
            value: Slot::empty(),
        };
        cell.value.set(value);
        self.new_object(self.types.cell, cell)
    }

    /// A bound method.
    pub fn new_method(&mut self, func: Ref, this: Ref) -> Ref {
        self.new_object(self.types.method, BoundMethod { func, this })
    }

    /// A function written in Rust, as modules have them.
    pub fn new_function(&mut self, module: Option<&Ref>, def: MethodDef) -> Ref {
        let signature =
            (!def.signature.is_empty()).then(|| Box::new(Signature::parse(def.signature)));
        // A function whose signature begins with `$module` gets something in its place.
        let takes_module = def.signature.starts_with("($module");
        let payload = Builtin {
            def,
            signature,
            this: takes_module.then(|| module.cloned().unwrap_or_else(Ref::none)),
            pass_this: takes_module,
            module: module.cloned(),
            owner: None,
        };
        self.new_object(self.types.builtin, payload)
    }

    /// A module with an empty namespace but for the usual names.
    pub fn new_module(&mut self, name: &str) -> Ref {
        let dict = self.new_dict();
        let names = self.names.clone();
        let text = self.new_str(name);
        let d: &Dict = dict.payload();
        d.set_str(self, &names.__name__, text);
        for key in [
            &names.__doc__,
            &names.__package__,
            &names.__loader__,
            &names.__spec__,
        ] {
            d.set_str(self, key, Ref::none());
        }
        self.new_object(self.types.module, Module { dict })
    }

    /// A constant of a code object as a value.
    pub(crate) fn new_const(&mut self, constant: &vitrine_bytecode::code::Const) -> Ref {
        use vitrine_bytecode::code::Const;
        match constant {
            Const::None => Ref::none(),
            Const::Bool(b) => Ref::bool(*b),
            Const::Ellipsis => Ref::ellipsis(),
            Const::Int(i) => self.new_bigint(i.clone()),
            Const::Float(f) => self.new_float(*f),
            Const::Complex(re, im) => self.new_complex(*re, *im),
            Const::Str(s) => match s.as_str() {
                Some(s) if s.len() <= 64 => self.intern(s),
                Some(s) => self.new_str(s),
                None => self.new_text(TextBuf::from_wtf8(s.as_bytes())),
            },
            Const::Bytes(b) => self.new_bytes(&**b),
            Const::Tuple(items) => {
                let items = items.iter().map(|c| self.new_const(c)).collect();
                self.new_tuple(items)
            }
            Const::FrozenSet(items) => {
                let items = items.iter().map(|c| self.new_const(c)).collect();
                crate::types::frozenset_from(self, items)
            }
            Const::Slice(parts) => {
                let [a, b, c] = &**parts;
                let (a, b, c) = (self.new_const(a), self.new_const(b), self.new_const(c));
                self.new_slice(a, b, c)
            }
            Const::Code(code) => self.new_code(Arc::clone(code)),
        }
    }
}
