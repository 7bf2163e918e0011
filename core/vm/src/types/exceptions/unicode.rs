//! `UnicodeEncodeError`, `UnicodeDecodeError`, `UnicodeTranslateError`.

use super::{field, init, this};
use crate::error::PyResult;
use crate::object::{Args, Bytes, GetSetDef, Ref, Slots, TypeDef};
use crate::types::convert;
use crate::types::int::IntRef;
use crate::vm::Vm;

/// Checks the arguments and sets fields 0 to 4; `first` is 1 where there is no encoding.
fn fill(vm: &mut Vm, value: &Ref, args: Args<'_>, first: usize, decode: bool) -> PyResult<()> {
    init(vm, value, args)?;
    let given = args.positional();
    let count = 5 - first;
    if given.len() != count {
        return Err(vm.type_error(format!(
            "function takes exactly {count} arguments ({} given)",
            given.len()
        )));
    }
    for (index, item) in given.iter().enumerate() {
        let field = index + first;
        let mut item = item.clone();
        let wanted = match field {
            1 if decode => {
                if let Some(bytes) = convert::bytes_like(vm, &item) {
                    if item.downcast::<Bytes>().is_none() {
                        item = vm.new_bytes(bytes);
                    }
                    None
                } else {
                    let name = vm.type_of(&item).name();
                    return Err(
                        vm.type_error(format!("a bytes-like object is required, not '{name}'"))
                    );
                }
            }
            0 | 1 | 4 => item.as_str().is_none().then_some("str"),
            _ => {
                if IntRef::of(&item).is_none() {
                    item = vm.index(&item)?;
                }
                None
            }
        };
        if let Some(wanted) = wanted {
            let name = vm.type_of(&item).name();
            return Err(vm.type_error(format!(
                "argument {} must be {wanted}, not {name}",
                index + 1
            )));
        }
        this(value).set_field(vm, field, Some(item));
    }
    Ok(())
}

fn number(vm: &Vm, value: &Ref, index: usize) -> i64 {
    this(value)
        .field(vm, index)
        .and_then(|number| vm.int_i64(&number))
        .unwrap_or(0)
}

fn text_field(vm: &mut Vm, value: &Ref, index: usize) -> PyResult<String> {
    let field = this(value).field(vm, index).unwrap_or_else(Ref::none);
    vm.str_string(&field)
}

/// "character '\xe9' in position 3" or "characters in position 3-5".
fn place(vm: &Vm, value: &Ref) -> Option<String> {
    let object = this(value).field(vm, 1)?;
    let text = object.as_str()?;
    let (start, end) = (number(vm, value, 2).max(0), number(vm, value, 3));
    let c = text.text().get(start as usize).filter(|_| end == start + 1);
    Some(match c {
        Some(c @ 0..=0xFF) => format!("character '\\x{c:02x}' in position {start}"),
        Some(c @ 0x100..=0xFFFF) => format!("character '\\u{c:04x}' in position {start}"),
        Some(c) => format!("character '\\U{c:08x}' in position {start}"),
        None => format!("characters in position {start}-{}", end - 1),
    })
}

fn encode_str(vm: &mut Vm, value: &Ref) -> PyResult {
    let Some(place) = place(vm, value) else {
        return Ok(vm.new_str(""));
    };
    let (encoding, reason) = (text_field(vm, value, 0)?, text_field(vm, value, 4)?);
    Ok(vm.new_str(&format!(
        "'{encoding}' codec can't encode {place}: {reason}"
    )))
}

fn translate_str(vm: &mut Vm, value: &Ref) -> PyResult {
    let Some(place) = place(vm, value) else {
        return Ok(vm.new_str(""));
    };
    let reason = text_field(vm, value, 4)?;
    Ok(vm.new_str(&format!("can't translate {place}: {reason}")))
}

fn decode_str(vm: &mut Vm, value: &Ref) -> PyResult {
    let Some(object) = this(value).field(vm, 1) else {
        return Ok(vm.new_str(""));
    };
    let bytes = convert::bytes_like(vm, &object).unwrap_or_default();
    let (encoding, reason) = (text_field(vm, value, 0)?, text_field(vm, value, 4)?);
    let (start, end) = (number(vm, value, 2).max(0), number(vm, value, 3));
    let text = match bytes.get(start as usize).filter(|_| end == start + 1) {
        Some(byte) => format!(
            "'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}"
        ),
        None => format!(
            "'{encoding}' codec can't decode bytes in position {start}-{}: {reason}",
            end - 1
        ),
    };
    Ok(vm.new_str(&text))
}

const FIELDS: &[GetSetDef] = &[
    field!("encoding", 0, "exception encoding"),
    field!("object", 1, "exception object"),
    field!("start", 2, "exception start"),
    field!("end", 3, "exception end"),
    field!("reason", 4, "exception reason"),
];

pub(super) const ENCODE_ERROR: TypeDef = TypeDef {
    name: "UnicodeEncodeError",
    doc: "Unicode encoding error.",
    slots: Slots {
        init: Some(|vm, value, args| fill(vm, value, args, 0, false)),
        str: Some(encode_str),
        ..Slots::EMPTY
    },
    getset: FIELDS,
    ..TypeDef::EMPTY
};

pub(super) const DECODE_ERROR: TypeDef = TypeDef {
    name: "UnicodeDecodeError",
    doc: "Unicode decoding error.",
    slots: Slots {
        init: Some(|vm, value, args| fill(vm, value, args, 0, true)),
        str: Some(decode_str),
        ..Slots::EMPTY
    },
    getset: FIELDS,
    ..TypeDef::EMPTY
};

pub(super) const TRANSLATE_ERROR: TypeDef = TypeDef {
    name: "UnicodeTranslateError",
    doc: "Unicode translation error.",
    slots: Slots {
        init: Some(|vm, value, args| fill(vm, value, args, 1, false)),
        str: Some(translate_str),
        ..Slots::EMPTY
    },
    getset: FIELDS,
    ..TypeDef::EMPTY
};
