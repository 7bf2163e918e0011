//! `%` formatting of `str` and `bytes`.

use super::text;
use crate::error::PyResult;
use crate::format::percent::{Amount, Conversion, Piece, Pieces};
use crate::object::{Dict, Ref};
use crate::text::{StrBuilder, Text};
use crate::types::convert::{self, format_error};
use crate::types::int::IntRef;
use crate::types::{float, int};
use crate::vm::Vm;

/// What is formatted: the rules differ in a few places.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Str,
    Bytes,
}

pub(super) fn format_str(vm: &mut Vm, format: &Ref, args: &Ref) -> PyResult {
    let result = format_percent(vm, text(format), args, Format::Str)?;
    Ok(vm.new_text(result.finish()))
}

/// The arguments: a tuple's items one after the other, or one value.
struct Arguments<'a> {
    items: &'a [Ref],
    next: usize,
    /// The mapping that `%(key)s` looks into.
    mapping: Option<&'a Ref>,
    /// Set once a key was used: then nothing need be left over.
    keyed: bool,
}

impl Arguments<'_> {
    fn next(&mut self, vm: &mut Vm) -> PyResult {
        match self.items.get(self.next) {
            Some(item) => {
                self.next += 1;
                Ok(item.clone())
            }
            None => Err(vm.type_error("not enough arguments for format string")),
        }
    }
}

/// Formats; for bytes, each code point of the format and the result is a byte.
pub(crate) fn format_percent(
    vm: &mut Vm,
    format: Text<'_>,
    args: &Ref,
    kind: Format,
) -> PyResult<StrBuilder> {
    let single = std::slice::from_ref(args);
    let is_mapping = args.as_tuple().is_none()
        && args.as_str().is_none()
        && vm.type_of(args).slot(|slots| slots.subscript).is_some();
    let mut arguments = Arguments {
        items: args.as_tuple().map_or(single, |tuple| tuple),
        next: 0,
        mapping: is_mapping.then_some(args),
        keyed: false,
    };
    let mut out = StrBuilder::with_capacity(format.len() + 16);
    for piece in Pieces::new(format) {
        match piece {
            Err(error) => return Err(format_error(vm, error)),
            Ok(Piece::Literal(start, end)) => out.push_range(format, start, end),
            Ok(Piece::Conversion(conversion)) => {
                vm.charge(4)?;
                convert_one(vm, format, &conversion, &mut arguments, kind, &mut out)?;
            }
        }
    }
    if arguments.next < arguments.items.len() && !arguments.keyed && arguments.mapping.is_none() {
        let what = if kind == Format::Str {
            "string"
        } else {
            "bytes"
        };
        return Err(vm.type_error(format!(
            "not all arguments converted during {what} formatting"
        )));
    }
    Ok(out)
}

fn convert_one(
    vm: &mut Vm,
    format: Text<'_>,
    conversion: &Conversion,
    arguments: &mut Arguments<'_>,
    kind: Format,
    out: &mut StrBuilder,
) -> PyResult<()> {
    let mut keyed_value = None;
    if let Some((start, end)) = conversion.key {
        let Some(mapping) = arguments.mapping else {
            return Err(vm.type_error("format requires a mapping"));
        };
        let key = format.substring(start, end);
        let key = match kind {
            Format::Str => vm.new_text(key),
            Format::Bytes => vm.new_bytes(
                key.as_text()
                    .code_points()
                    .map(|c| c as u8)
                    .collect::<Vec<u8>>(),
            ),
        };
        arguments.keyed = true;
        keyed_value = Some(
            if let Some(dict) = mapping
                .downcast::<Dict>()
                .filter(|_| vm.type_of(mapping).is(vm.types.dict))
            {
                match dict.get(vm, &key)? {
                    Some(value) => value,
                    None => return Err(vm.key_error(&key)),
                }
            } else {
                vm.get_item(mapping, &key)?
            },
        );
        // Once a key was used, the single argument is the mapping and is used up.
        arguments.next = arguments.items.len();
    }
    let mut left = conversion.left;
    let mut amount = |vm: &mut Vm, amount: Amount| -> PyResult<Option<i64>> {
        match amount {
            Amount::None => Ok(None),
            Amount::Given(value) => Ok(Some(value as i64)),
            Amount::Argument => {
                let value = arguments.next(vm)?;
                match IntRef::of(&value) {
                    Some(int) => match int.to_i64() {
                        Some(value) => Ok(Some(value)),
                        None => {
                            Err(vm.overflow_error("Python int too large to convert to C ssize_t"))
                        }
                    },
                    None => Err(vm.type_error("* wants int")),
                }
            }
        }
    };
    let mut width = amount(vm, conversion.width)?.unwrap_or(0);
    if width < 0 {
        left = true;
        width = -width;
    }
    let width = width as usize;
    let precision = amount(vm, conversion.precision)?.map(|precision| precision.max(0) as usize);
    vm.check_memory(width.saturating_add(precision.unwrap_or(0)))?;
    let code = char::from_u32(conversion.code).unwrap_or('\0');
    if code == '%'
        && kind == Format::Str
        && conversion.at > 0
        && format.get(conversion.at - 1) == Some(0x25)
    {
        out.push(0x25);
        return Ok(());
    }
    if code == '%' && kind == Format::Bytes {
        out.push(0x25);
        return Ok(());
    }
    let value = match keyed_value {
        Some(value) => value,
        None => arguments.next(vm)?,
    };
    match (code, kind) {
        ('s' | 'r' | 'a', Format::Str) => {
            let shown = match code {
                's' => vm.str(&value)?,
                'r' => vm.repr(&value)?,
                _ => vm.ascii(&value)?,
            };
            push_padded(out, text(&shown), precision, width, left);
        }
        ('r' | 'a', Format::Bytes) => {
            let shown = vm.ascii(&value)?;
            push_padded(out, text(&shown), precision, width, left);
        }
        ('s' | 'b', Format::Bytes) => {
            let bytes = match convert::bytes_like(vm, &value) {
                Some(bytes) => bytes,
                None => match convert::special(vm, &value, "__bytes__")? {
                    Some(method) => {
                        let result = vm.call(&method, &[])?;
                        convert::need_bytes(vm, &result)?
                    }
                    None => {
                        let name = vm.type_of(&value).name();
                        return Err(vm.type_error(format!(
                            "%b requires a bytes-like object, or an object that implements __bytes__, not '{name}'"
                        )));
                    }
                },
            };
            let shown = crate::text::TextBuf::from_latin1(&bytes);
            push_padded(out, shown.as_text(), precision, width, left);
        }
        ('c', _) => {
            let c = character(vm, &value, kind)?;
            let shown = crate::text::TextBuf::from_code_point(c);
            push_padded(out, shown.as_text(), None, width, left);
        }
        ('d' | 'i' | 'u', _)
            if width == 0
                && precision.is_none()
                && !conversion.plus
                && !conversion.space
                && let Some(i) = value.as_small_int() =>
        {
            out.push_text(crate::ops::text::decimal(i, &mut [0; 20]));
        }
        ('d' | 'i' | 'u' | 'x' | 'X' | 'o', _) => {
            let value = integer(vm, &value, code)?;
            let value = convert::int(&value);
            if matches!(code, 'd' | 'i' | 'u') {
                int::to_decimal(vm, value)?;
            }
            let shown = conversion.int_text(&value.big(), precision);
            out.push_text(&conversion.pad_number(&shown, width, left));
        }
        ('e' | 'E' | 'f' | 'F' | 'g' | 'G', _) => {
            let number = match kind {
                Format::Str => float::real(vm, &value)?,
                Format::Bytes => match float::real(vm, &value) {
                    Ok(number) => number,
                    Err(error) if vm.exc_is(&error, vm.exc.TypeError) => {
                        let name = vm.type_of(&value).name();
                        return Err(vm.type_error(format!("float argument required, not {name}")));
                    }
                    Err(error) => return Err(error),
                },
            };
            let shown = conversion.float_text(number, precision);
            out.push_text(&conversion.pad_number(&shown, width, left));
        }
        _ => return Err(format_error(vm, conversion.unsupported())),
    }
    Ok(())
}

fn push_padded(
    out: &mut StrBuilder,
    shown: Text<'_>,
    precision: Option<usize>,
    width: usize,
    left: bool,
) {
    let len = shown.len().min(precision.unwrap_or(usize::MAX));
    let padding = width.saturating_sub(len);
    if !left {
        out.push_many(0x20, padding);
    }
    out.push_range(shown, 0, len);
    if left {
        out.push_many(0x20, padding);
    }
}

/// The int of a `d`, `x` or `o` conversion.
fn integer(vm: &mut Vm, value: &Ref, code: char) -> PyResult {
    if IntRef::of(value).is_some() {
        return Ok(value.clone());
    }
    let ty = vm.type_of(value);
    let decimal = matches!(code, 'd' | 'i' | 'u');
    let usable = ty.slot(|slots| {
        slots.index.is_some() || (decimal && (slots.int.is_some() || slots.float.is_some()))
    });
    if usable {
        let result = if decimal {
            int::from_object(vm, value)
        } else {
            vm.index(value)
        };
        match result {
            Err(error) if vm.exc_is(&error, vm.exc.TypeError) => {}
            result => return result,
        }
    }
    let name = ty.name();
    Err(vm.type_error(if decimal {
        format!("%{code} format: a real number is required, not {name}")
    } else {
        format!("%{code} format: an integer is required, not {name}")
    }))
}

fn character(vm: &mut Vm, value: &Ref, kind: Format) -> PyResult<u32> {
    if kind == Format::Bytes {
        if let Some(bytes) = convert::bytes_like(vm, value) {
            return match *bytes {
                [byte] => Ok(byte.into()),
                _ => {
                    let (name, len) = (vm.type_of(value).name(), bytes.len());
                    Err(vm.type_error(format!(
                        "%c requires an integer in range(256) or a single byte, not a {name} object of length {len}"
                    )))
                }
            };
        }
        if vm.type_of(value).slot(|slots| slots.index).is_none() {
            let name = vm.type_of(value).name();
            return Err(vm.type_error(format!(
                "%c requires an integer in range(256) or a single byte, not {name}"
            )));
        }
        let index = vm.index(value)?;
        return match convert::int(&index).to_i64() {
            Some(byte @ 0..256) => Ok(byte as u32),
            _ => Err(vm.overflow_error("%c arg not in range(256)")),
        };
    }
    if let Some(text) = value.as_str() {
        if text.len() != 1 {
            let len = text.len();
            return Err(vm.type_error(format!(
                "%c requires an int or a unicode character, not a string of length {len}"
            )));
        }
        return Ok(text.text().at(0));
    }
    if vm.type_of(value).slot(|slots| slots.index).is_none() {
        let name = vm.type_of(value).name();
        return Err(vm.type_error(format!(
            "%c requires an int or a unicode character, not {name}"
        )));
    }
    let index = vm.index(value)?;
    match convert::int(&index).to_i64() {
        Some(c @ 0..0x11_0000) => Ok(c as u32),
        _ => Err(vm.overflow_error("%c arg not in range(0x110000)")),
    }
}
