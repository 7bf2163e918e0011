//! `IncrementalNewlineDecoder`: line ends of text that comes in parts.

use std::cell::Cell;

use vitrine_vm::object::{
    Args, GetSetDef, MethodDef, Payload, Ref, Signature, Slot, Slots, TypeDef, Visitor,
};
use vitrine_vm::text::{Text, TextBuf};
use vitrine_vm::{PyResult, Vm};

use super::base::COMMON;
use super::newlines::{self, Newlines};
use crate::native::{Params, need_i64, params};

struct Decoder {
    inner: Slot,
    translate: Cell<bool>,
    /// A `\r` was held back.
    held: Cell<bool>,
    seen: Cell<u8>,
}

impl Payload for Decoder {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.inner.visit(visitor);
    }
}

pub(super) const INCREMENTAL_NEWLINE_DECODER: TypeDef = TypeDef {
    name: "IncrementalNewlineDecoder",
    doc: "IncrementalNewlineDecoder(decoder, translate, errors='strict')\n--\n\nCodec used when reading a file in universal newlines mode.",
    slots: Slots {
        new: Some(|vm, ty, _| {
            let decoder = Decoder {
                inner: Slot::empty(),
                translate: Cell::new(false),
                held: Cell::new(false),
                seen: Cell::new(0),
            };
            Ok(vm.new_object(ty, decoder))
        }),
        init: Some(init),
        ..Slots::EMPTY
    },
    methods: &[
        MethodDef::new("decode", "($self, /, input, final=False)", "", decode),
        MethodDef::new("reset", "($self, /)", "", reset),
        MethodDef::new("getstate", "($self, /)", "", getstate),
        MethodDef::new("setstate", "($self, state, /)", "", setstate),
    ],
    getset: &[GetSetDef::read_only("newlines", "", |vm, this| {
        Ok(Newlines::seen_value(
            this.payload::<Decoder>().seen.get(),
            vm,
        ))
    })],
    ..COMMON
};

fn init(vm: &mut Vm, this: &Ref, args: Args<'_>) -> PyResult<()> {
    static PARAMS: Params = params(|| Signature::parse("(decoder, translate, errors='strict')"));
    let given = PARAMS.bind(vm, "IncrementalNewlineDecoder", args)?;
    let decoder: &Decoder = this.payload();
    decoder
        .inner
        .set(given[0].clone().filter(|inner| !inner.is_none()));
    if let Some(translate) = &given[1] {
        decoder.translate.set(vm.is_true(translate)?);
    }
    Ok(())
}

fn decode(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let decoder = args.this::<Decoder>();
    let last = match args.get(2) {
        Some(last) => vm.is_true(last)?,
        None => false,
    };
    let text = match decoder.inner.get() {
        Some(inner) => vm.call_method(&inner, "decode", &[args[1].clone(), Ref::bool(last)])?,
        None => args[1].clone(),
    };
    let Some(text) = text.as_str() else {
        let ty = vm.type_of(&text).name();
        return Err(vm.type_error(format!("decoder should return a string result, not '{ty}'")));
    };
    let mut text: TextBuf = text.text().to_buf();
    if decoder.held.get() && (!text.is_empty() || last) {
        text = Text::Ascii("\r").concat(text.as_text());
        decoder.held.set(false);
    }
    if !last && text.as_text().get(text.len().wrapping_sub(1)) == Some(0x0D) {
        text = text.as_text().substring(0, text.len() - 1);
        decoder.held.set(true);
    }
    let mut seen = decoder.seen.get();
    let text = newlines::read(text, decoder.translate.get(), &mut seen);
    decoder.seen.set(seen);
    Ok(vm.new_text(text))
}

fn reset(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let decoder = args.this::<Decoder>();
    decoder.held.set(false);
    decoder.seen.set(0);
    match decoder.inner.get() {
        Some(inner) => vm.call_method(&inner, "reset", &[]),
        None => Ok(Ref::none()),
    }
}

fn getstate(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let decoder = args.this::<Decoder>();
    let (bytes, flag) = match decoder.inner.get() {
        Some(inner) => {
            let state = vm.call_method(&inner, "getstate", &[])?;
            let Some([bytes, flag]) = state.as_tuple().map(|state| &**state) else {
                return Err(vm.type_error("illegal decoder state"));
            };
            (bytes.clone(), need_i64(vm, flag)?)
        }
        None => (vm.new_bytes(Vec::new()), 0),
    };
    let flag = vm.new_int((flag << 1) | i64::from(decoder.held.get()));
    Ok(vm.new_pair(bytes, flag))
}

fn setstate(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let decoder = args.this::<Decoder>();
    let Some([bytes, flag]) = args[1].as_tuple().map(|state| &**state) else {
        return Err(vm.type_error("state argument must be a tuple"));
    };
    let flag = need_i64(vm, flag)?;
    decoder.held.set(flag & 1 != 0);
    match decoder.inner.get() {
        Some(inner) => {
            let flag = vm.new_int(flag >> 1);
            let state = vm.new_pair(bytes.clone(), flag);
            vm.call_method(&inner, "setstate", &[state])
        }
        None => Ok(Ref::none()),
    }
}
