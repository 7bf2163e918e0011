//! `str`: the object around the algorithms of `crate::text`.
#![forbid(unsafe_code)]

mod codec;
mod fields;
mod methods;
mod percent;

pub(crate) use codec::{decode, decode_with, encode, encode_with};
pub(crate) use fields::{formatter_field_name_split, formatter_parser};
pub(crate) use percent::{Format, format_percent};

use crate::error::PyResult;
use crate::object::{Args, CompareOp, Ref, Slots, Str, Ty, TypeDef};
use crate::text::{Text, TextBuf};
use crate::types::convert::{self, Subscript};
use crate::vm::Vm;

/// The characters of what is known to be a `str`.
pub(crate) fn text(value: &Ref) -> Text<'_> {
    value.as_str().map_or(Text::Ascii(""), Str::text)
}

/// A `str` argument: "replace() argument 1 must be str, not int".
pub(crate) fn need_str<'a>(vm: &mut Vm, value: &'a Ref, what: &str) -> PyResult<Text<'a>> {
    match value.as_str() {
        Some(text) => Ok(text.text()),
        None => {
            let name = vm.type_of(value).name();
            Err(vm.type_error(format!("{what} must be str, not {name}")))
        }
    }
}

/// The same value as an exact `str`.
pub(crate) fn plain(vm: &mut Vm, value: &Ref) -> Ref {
    if vm.type_of(value).is(vm.types.str) {
        value.clone()
    } else {
        vm.str_from_text(text(value))
    }
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    let bound = convert::bind(
        vm,
        "str",
        "(object='', encoding='utf-8', errors='strict')",
        args,
    )?;
    let value = match (&bound[0], bound[1].is_some() || bound[2].is_some()) {
        (None, _) => vm.new_str(""),
        (Some(object), false) => vm.str(object)?,
        (Some(object), true) => {
            if object.as_str().is_some() {
                return Err(vm.type_error("decoding str is not supported"));
            }
            let Some(bytes) = convert::bytes_like(vm, object) else {
                let name = vm.type_of(object).name();
                return Err(vm.type_error(format!(
                    "decoding to str: need a bytes-like object, {name} found"
                )));
            };
            let encoding = codec_name(vm, bound[1].as_ref(), "str", "encoding")?;
            let errors = codec_name(vm, bound[2].as_ref(), "str", "errors")?;
            decode(vm, object, &bytes, encoding.as_deref(), errors.as_deref())?
        }
    };
    if ty.is(vm.types.str) {
        Ok(value)
    } else {
        Ok(vm.new_str_of(ty, text(&value)))
    }
}

/// An `encoding` or `errors` argument.
pub(crate) fn codec_name(
    vm: &mut Vm,
    value: Option<&Ref>,
    function: &str,
    argument: &str,
) -> PyResult<Option<String>> {
    match value {
        None => Ok(None),
        Some(value) => need_str(vm, value, &format!("{function}() argument '{argument}'"))
            .map(|name| Some(name.to_string())),
    }
}

fn repr(vm: &mut Vm, value: &Ref) -> PyResult {
    let text = text(value).repr();
    Ok(vm.new_text(text))
}

fn hash(_vm: &mut Vm, value: &Ref) -> PyResult<i64> {
    Ok(value.as_str().map_or(0, Str::hash))
}

fn richcompare(_vm: &mut Vm, a: &Ref, b: &Ref, op: CompareOp) -> PyResult {
    let (Some(a), Some(b)) = (a.as_str(), b.as_str()) else {
        return Ok(Ref::not_implemented());
    };
    Ok(Ref::bool(match op {
        CompareOp::Eq => a.same_text(b),
        CompareOp::Ne => !a.same_text(b),
        _ => op.holds(a.text().cmp(&b.text())),
    }))
}

/// `a + b`
pub(crate) fn concat(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    let (Some(left), Some(right)) = (a.as_str(), b.as_str()) else {
        let name = vm.type_of(b).name();
        return Err(vm.type_error(format!("can only concatenate str (not \"{name}\") to str")));
    };
    if left.is_empty() {
        return Ok(plain(vm, b));
    }
    if right.is_empty() {
        return Ok(plain(vm, a));
    }
    vm.check_memory((left.len() + right.len()) * left.text().kind().max(right.text().kind()))?;
    vm.charge((left.len() + right.len()) / 256)?;
    let joined = left.text().concat(right.text());
    Ok(vm.new_text(joined))
}

fn repeat(vm: &mut Vm, a: &Ref, count: isize) -> PyResult {
    let this = text(a);
    let count = count.max(0) as usize;
    if count == 1 {
        return Ok(plain(vm, a));
    }
    let Some(size) = (this.len() * this.kind()).checked_mul(count) else {
        return Err(vm.overflow_error("cannot fit 'int' into an index-sized integer"));
    };
    vm.check_memory(size)?;
    vm.charge(size / 256)?;
    Ok(vm.new_text(this.repeat(count)))
}

fn item(vm: &mut Vm, a: &Ref, index: isize) -> PyResult {
    let this = text(a);
    match usize::try_from(index)
        .ok()
        .and_then(|index| this.get(index))
    {
        Some(code_point) => Ok(character(vm, code_point)),
        None => Err(vm.index_error("string index out of range")),
    }
}

/// A string of one character.
pub(crate) fn character(vm: &mut Vm, code_point: u32) -> Ref {
    vm.new_text(TextBuf::from_code_point(code_point))
}

fn subscript(vm: &mut Vm, a: &Ref, key: &Ref) -> PyResult {
    let this = text(a);
    match convert::subscript(vm, key, "string", |_| this.len())? {
        Subscript::Index(index) => Ok(character(vm, this.at(index))),
        Subscript::Slice(selection) => {
            if selection.count == this.len() && selection.step == 1 {
                return Ok(plain(vm, a));
            }
            vm.charge(selection.count / 256)?;
            Ok(vm.new_text(this.slice(
                selection.start.max(0) as usize,
                selection.step,
                selection.count,
            )))
        }
    }
}

fn contains(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult<bool> {
    let Some(needle) = b.as_str() else {
        let name = vm.type_of(b).name();
        return Err(vm.type_error(format!(
            "'in <string>' requires string as left operand, not {name}"
        )));
    };
    vm.charge(text(a).len() / 256)?;
    Ok(text(a).contains(needle.text()))
}

fn remainder(vm: &mut Vm, a: &Ref, b: &Ref) -> PyResult {
    if a.as_str().is_none() {
        return Ok(Ref::not_implemented());
    }
    percent::format_str(vm, a, b)
}

/// `str`
pub(crate) const STR: TypeDef = TypeDef {
    name: "str",
    doc: "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).\nencoding defaults to 'utf-8'.\nerrors defaults to 'strict'.",
    slots: Slots {
        repr: Some(repr),
        str: Some(|vm, a| Ok(plain(vm, a))),
        hash: Some(hash),
        richcompare: Some(richcompare),
        iter: Some(super::iterators::str_iter),
        new: Some(new),
        length: Some(|_, a| Ok(text(a).len())),
        subscript: Some(subscript),
        contains: Some(contains),
        item: Some(item),
        concat: Some(concat),
        repeat: Some(repeat),
        remainder: Some(remainder),
        ..Slots::EMPTY
    },
    methods: methods::METHODS,
    ..TypeDef::EMPTY
};
