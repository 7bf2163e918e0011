//! `str.encode` and `bytes.decode`: built-in encodings here, others by way of
//! the `codecs` registry.

use crate::error::{Exc, PyResult};
use crate::object::{Exception, Ref};
use crate::text::TextBuf;
use crate::text::codec::handlers::Handler;
use crate::text::codec::{CodecError, Encoding, Replacement};
use crate::types::convert;
use crate::vm::Vm;

/// `text.encode(encoding, errors)`
pub(crate) fn encode(
    vm: &mut Vm,
    value: &Ref,
    encoding: Option<&str>,
    errors: Option<&str>,
) -> PyResult {
    let name = encoding.unwrap_or("utf-8");
    let Some(encoding) = Encoding::from_name(name) else {
        let result = vm.call_codec("encode", value, name, errors)?;
        if convert::bytes_like(vm, &result).is_none() {
            let ty = vm.type_of(&result).name();
            return Err(vm.type_error(format!(
                "'{name}' encoder returned '{ty}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types"
            )));
        }
        return Ok(result);
    };
    encode_with(vm, value, encoding, errors).map(|bytes| vm.new_bytes(bytes))
}

/// Encodes in a built-in encoding.
pub(crate) fn encode_with(
    vm: &mut Vm,
    value: &Ref,
    encoding: Encoding,
    errors: Option<&str>,
) -> PyResult<Vec<u8>> {
    let text = super::text(value);
    vm.charge(text.len() / 256)?;
    let errors = errors.unwrap_or("strict");
    crate::text::codec::encode::encode(text, encoding, |error| {
        if let Some(handler) = Handler::from_name(errors) {
            return match handler.encode(text, encoding, &error) {
                Some(replacement) => Ok(replacement),
                None => Err(encode_error(vm, value, &error)),
            };
        }
        let exception = encode_error(vm, value, &error).into_value();
        let (replacement, resume) = call_handler(vm, errors, &exception, text.len(), "encoding")?;
        match convert::bytes_like(vm, &replacement) {
            Some(bytes) => Ok((Replacement::Bytes(bytes), resume)),
            None => match replacement.as_str() {
                Some(text) => Ok((Replacement::Text(text.text().to_buf()), resume)),
                None => {
                    Err(vm.type_error("encoding error handler must return (str/bytes, int) tuple"))
                }
            },
        }
    })
}

/// `bytes.decode(encoding, errors)`; `object` is what an error would carry.
pub(crate) fn decode(
    vm: &mut Vm,
    object: &Ref,
    bytes: &[u8],
    encoding: Option<&str>,
    errors: Option<&str>,
) -> PyResult {
    let name = encoding.unwrap_or("utf-8");
    let Some(encoding) = Encoding::from_name(name) else {
        let result = vm.call_codec("decode", object, name, errors)?;
        if result.as_str().is_none() {
            let ty = vm.type_of(&result).name();
            return Err(vm.type_error(format!(
                "'{name}' decoder returned '{ty}' instead of 'str'; use codecs.decode() to decode to arbitrary types"
            )));
        }
        return Ok(result);
    };
    let (text, _) = decode_with(vm, bytes, encoding, errors, true)?;
    Ok(vm.new_text(text))
}

/// Decodes in a built-in encoding; gives the text and the number of bytes used.
pub(crate) fn decode_with(
    vm: &mut Vm,
    bytes: &[u8],
    encoding: Encoding,
    errors: Option<&str>,
    last: bool,
) -> PyResult<(TextBuf, usize)> {
    vm.charge(bytes.len() / 256)?;
    let errors = errors.unwrap_or("strict");
    crate::text::codec::decode::decode(bytes, encoding, last, |error| {
        if let Some(handler) = Handler::from_name(errors) {
            return match handler.decode(bytes, encoding, &error) {
                Some(replacement) => Ok(replacement),
                None => Err(decode_error(vm, bytes, &error)),
            };
        }
        let exception = decode_error(vm, bytes, &error).into_value();
        let (replacement, resume) = call_handler(vm, errors, &exception, bytes.len(), "decoding")?;
        match replacement.as_str() {
            Some(text) => Ok((text.text().to_buf(), resume)),
            None => Err(vm.type_error("decoding error handler must return (str, int) tuple")),
        }
    })
}

fn call_handler(
    vm: &mut Vm,
    errors: &str,
    exception: &Ref,
    len: usize,
    doing: &str,
) -> PyResult<(Ref, usize)> {
    let handler = vm.lookup_error_handler(errors)?;
    let result = vm.call(&handler, std::slice::from_ref(exception))?;
    let wrong = format!(
        "{doing} error handler must return ({}, int) tuple",
        if doing == "encoding" {
            "str/bytes"
        } else {
            "str"
        }
    );
    let Some([replacement, position]) = result.as_tuple().map(|tuple| &**tuple) else {
        return Err(vm.type_error(wrong));
    };
    let position = vm.index_isize(position, "")?;
    let resume = if position < 0 {
        position + len as isize
    } else {
        position
    };
    match usize::try_from(resume) {
        Ok(resume) if resume <= len => Ok((replacement.clone(), resume)),
        _ => Err(vm.index_error(format!(
            "position {position} from error handler out of bounds"
        ))),
    }
}

fn unicode_error(vm: &mut Vm, decode: bool, object: Ref, error: &CodecError) -> Exc {
    let ty = if decode {
        vm.exc.UnicodeDecodeError
    } else {
        vm.exc.UnicodeEncodeError
    };
    let fields = [
        vm.new_str(error.encoding),
        object,
        vm.new_usize(error.start),
        vm.new_usize(error.end),
        vm.new_str(error.reason),
    ];
    let exception = vm.new_exc_args(ty, fields.to_vec());
    let payload = exception.value().payload::<Exception>();
    for (index, field) in fields.into_iter().enumerate() {
        payload.set_field(vm, index, Some(field));
    }
    exception
}

/// The `UnicodeEncodeError` for a part of a text.
fn encode_error(vm: &mut Vm, value: &Ref, error: &CodecError) -> Exc {
    unicode_error(vm, false, value.clone(), error)
}

/// The `UnicodeDecodeError` for a part of some bytes.
fn decode_error(vm: &mut Vm, bytes: &[u8], error: &CodecError) -> Exc {
    let object = vm.new_bytes(bytes);
    unicode_error(vm, true, object, error)
}
