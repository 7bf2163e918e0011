//! `_codecs`: the registry, and the encodings the machine knows by itself.

use super::add_functions;
use crate::error::PyResult;
use crate::object::{Args, Dict, Exception, MethodDef, Ref};
use crate::text::codec::handlers::Handler;
use crate::text::codec::{CodecError, Encoding, Order, Replacement};
use crate::text::{StrBuilder, TextBuf};
use crate::types::convert;
use crate::types::str::{decode_with, encode_with, need_str, text};
use crate::vm::Vm;

/// What programs have registered.
#[derive(Default)]
struct Registry {
    searches: Vec<Ref>,
    found: Vec<(String, Ref)>,
    handlers: Vec<(String, Ref)>,
}

pub(super) fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add_functions(vm, module, FUNCTIONS)?;
    add_functions(vm, module, CODECS)
}

fn register(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if !vm.is_callable(&args[0]) {
        return Err(vm.type_error("argument must be callable"));
    }
    let search = args[0].clone();
    vm.state::<Registry>().searches.push(search);
    Ok(Ref::none())
}

/// `codecs.lookup(encoding)`: a `CodecInfo`.
fn lookup(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let given = need_str(vm, &args[0], "lookup() argument")?.to_string();
    let name = given.to_ascii_lowercase().replace(' ', "-");
    if let Some((_, known)) = vm
        .state::<Registry>()
        .found
        .iter()
        .find(|(known, _)| *known == name)
    {
        return Ok(known.clone());
    }
    if vm.state::<Registry>().searches.is_empty() {
        vm.import("encodings")?;
    }
    let searches = vm.state::<Registry>().searches.clone();
    let key = vm.new_str(&name);
    for search in searches {
        let result = vm.call(&search, std::slice::from_ref(&key))?;
        if result.is_none() {
            continue;
        }
        if result.as_tuple().is_none_or(|tuple| tuple.len() != 4) {
            return Err(vm.type_error("codec search functions must return 4-tuples"));
        }
        vm.state::<Registry>().found.push((name, result.clone()));
        return Ok(result);
    }
    Err(vm.lookup_error(format!("unknown encoding: {given}")))
}

/// `codecs.encode(obj, encoding, errors)` and `codecs.decode`.
fn convert_by(vm: &mut Vm, args: Args<'_>, index: usize) -> PyResult {
    let encoding = args.get(1).cloned().unwrap_or_else(|| vm.new_str("utf-8"));
    let codec = lookup(vm, Args::from_refs(&[encoding], &[]))?;
    let Some(function) = codec.as_tuple().and_then(|codec| codec.get(index).cloned()) else {
        return Err(vm.type_error("codec search functions must return 4-tuples"));
    };
    let mut given = vec![args[0].clone()];
    given.extend(args.get(2).cloned());
    let result = vm.call(&function, &given)?;
    match result.as_tuple().map(|pair| &**pair) {
        Some([value, _]) => Ok(value.clone()),
        _ => Err(vm.type_error("encoder must return a tuple (object, integer)")),
    }
}

fn register_error(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let name = need_str(vm, &args[0], "register_error() argument 1")?.to_string();
    if !vm.is_callable(&args[1]) {
        return Err(vm.type_error("handler must be callable"));
    }
    let handler = args[1].clone();
    let handlers = &mut vm.state::<Registry>().handlers;
    handlers.retain(|(known, _)| *known != name);
    handlers.push((name, handler));
    Ok(Ref::none())
}

fn lookup_error(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let name = need_str(vm, &args[0], "lookup_error() argument")?.to_string();
    if let Some((_, known)) = vm
        .state::<Registry>()
        .handlers
        .iter()
        .find(|(known, _)| *known == name)
    {
        return Ok(known.clone());
    }
    match BUILT_IN
        .iter()
        .find(|def| def.name.strip_suffix("_errors") == Some(&*name))
    {
        Some(def) => {
            let handler = vm.new_function(None, *def);
            vm.state::<Registry>()
                .handlers
                .push((name, handler.clone()));
            Ok(handler)
        }
        None => Err(vm.lookup_error(format!("unknown error handler name '{name}'"))),
    }
}

/// A built-in handler called by a program, on an exception.
fn handle(vm: &mut Vm, args: Args<'_>, handler: Handler) -> PyResult {
    let Some(exception) = args[0].downcast::<Exception>() else {
        return Err(vm.type_error("codec must pass exception instance"));
    };
    let number = |vm: &Vm, index| {
        exception
            .field(vm, index)
            .and_then(|value| vm.int_i64(&value))
            .unwrap_or(0)
            .max(0) as usize
    };
    let error = CodecError {
        encoding: "utf-8",
        start: number(vm, 2),
        end: number(vm, 3),
        reason: "",
    };
    let object = exception.field(vm, 1).unwrap_or_else(Ref::none);
    let answer = if let Some(text) = object.as_str() {
        let error = CodecError {
            end: error.end.min(text.len()),
            start: error.start.min(text.len()),
            ..error
        };
        match handler.encode(text.text(), Encoding::Utf8, &error) {
            Some((Replacement::Text(text), resume)) => Some((vm.new_text(text), resume)),
            Some((Replacement::Bytes(bytes), resume)) if bytes.is_empty() => {
                Some((vm.new_str(""), resume))
            }
            Some((Replacement::Bytes(bytes), resume)) => Some((vm.new_bytes(bytes), resume)),
            None => None,
        }
    } else {
        let bytes = convert::bytes_like(vm, &object).unwrap_or_default();
        let error = CodecError {
            end: error.end.min(bytes.len()),
            start: error.start.min(bytes.len()),
            ..error
        };
        handler
            .decode(&bytes, Encoding::Utf8, &error)
            .map(|(text, resume)| (vm.new_text(text), resume))
    };
    match answer {
        Some((replacement, resume)) => {
            let resume = vm.new_usize(resume);
            Ok(vm.new_pair(replacement, resume))
        }
        None => Err(crate::error::Exc::new(args[0].clone())),
    }
}

const BUILT_IN: &[MethodDef] = &[
    MethodDef::new("strict_errors", "(exception, /)", "", |vm, args| {
        handle(vm, args, Handler::Strict)
    }),
    MethodDef::new("ignore_errors", "(exception, /)", "", |vm, args| {
        handle(vm, args, Handler::Ignore)
    }),
    MethodDef::new("replace_errors", "(exception, /)", "", |vm, args| {
        handle(vm, args, Handler::Replace)
    }),
    MethodDef::new(
        "backslashreplace_errors",
        "(exception, /)",
        "",
        |vm, args| handle(vm, args, Handler::BackslashReplace),
    ),
    MethodDef::new(
        "surrogateescape_errors",
        "(exception, /)",
        "",
        |vm, args| handle(vm, args, Handler::SurrogateEscape),
    ),
    MethodDef::new("surrogatepass_errors", "(exception, /)", "", |vm, args| {
        handle(vm, args, Handler::SurrogatePass)
    }),
    MethodDef::new(
        "xmlcharrefreplace_errors",
        "(exception, /)",
        "",
        |vm, args| handle(vm, args, Handler::XmlCharRefReplace),
    ),
];

fn errors_argument(vm: &mut Vm, value: Option<&Ref>) -> PyResult<Option<String>> {
    match value.filter(|value| !value.is_none()) {
        None => Ok(None),
        Some(value) => need_str(vm, value, "argument 2").map(|name| Some(name.to_string())),
    }
}

fn encode(vm: &mut Vm, args: Args<'_>, encoding: Encoding) -> PyResult {
    let len = need_str(vm, &args[0], "argument 1")?.len();
    let errors = errors_argument(vm, args.get(1))?;
    let bytes = encode_with(vm, &args[0], encoding, errors.as_deref())?;
    let (bytes, len) = (vm.new_bytes(bytes), vm.new_usize(len));
    Ok(vm.new_pair(bytes, len))
}

fn decode(vm: &mut Vm, args: Args<'_>, encoding: Encoding) -> PyResult {
    let bytes = convert::need_bytes(vm, &args[0])?;
    let errors = errors_argument(vm, args.get(1))?;
    let last = match args.get(2) {
        Some(last) => vm.is_true(last)?,
        None => matches!(encoding, Encoding::Ascii | Encoding::Latin1),
    };
    let (text, used) = decode_with(vm, &bytes, encoding, errors.as_deref(), last)?;
    let (text, used) = (vm.new_text(text), vm.new_usize(used));
    Ok(vm.new_pair(text, used))
}

/// `charmap_decode(bytes, errors, mapping)`
fn charmap_decode(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let bytes = convert::need_bytes(vm, &args[0])?;
    let errors = errors_argument(vm, args.get(1))?;
    let handler =
        Handler::from_name(errors.as_deref().unwrap_or("strict")).unwrap_or(Handler::Strict);
    let mapping = args.get_not_none(2);
    let mut out = StrBuilder::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        vm.charge(1)?;
        let byte = bytes[at];
        let mapped = match mapping {
            None => Some(TextBuf::from_code_point(byte.into())),
            Some(table) => match table.as_str() {
                Some(table) => table
                    .text()
                    .get(byte.into())
                    .filter(|&c| c != 0xFFFE)
                    .map(TextBuf::from_code_point),
                None => match vm.get_item(table, &Ref::small_int(byte.into())) {
                    Ok(found) if found.is_none() => None,
                    Ok(found) => match vm.int_i64(&found) {
                        Some(0xFFFE) => None,
                        Some(c) => Some(TextBuf::from_code_point(c as u32)),
                        None => Some(text(&found).to_buf()),
                    },
                    Err(error) if vm.exc_is(&error, vm.exc.LookupError) => None,
                    Err(error) => return Err(error),
                },
            },
        };
        match mapped {
            Some(mapped) => {
                out.push_str(&mapped);
                at += 1;
            }
            None => {
                let error = CodecError {
                    encoding: "charmap",
                    start: at,
                    end: at + 1,
                    reason: "character maps to <undefined>",
                };
                match handler.decode(&bytes, Encoding::Latin1, &error) {
                    Some((replacement, resume)) => {
                        out.push_str(&replacement);
                        at = resume;
                    }
                    None => return Err(crate::types::str::decode_error(vm, &bytes, &error)),
                }
            }
        }
    }
    let (decoded, len) = (vm.new_text(out.finish()), vm.new_usize(bytes.len()));
    Ok(vm.new_pair(decoded, len))
}

/// `charmap_build(table)`: from characters to bytes, a dict here.
fn charmap_build(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let table = need_str(vm, &args[0], "charmap_build() argument")?;
    let dict = vm.new_dict();
    for (byte, c) in table
        .code_points()
        .enumerate()
        .filter(|(_, c)| *c != 0xFFFE)
    {
        dict.payload::<Dict>().insert(
            vm,
            &Ref::small_int(c as i32),
            Ref::small_int(byte as i32),
        )?;
    }
    Ok(dict)
}

/// `charmap_encode(str, errors, mapping)`
fn charmap_encode(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let this = need_str(vm, &args[0], "charmap_encode() argument 1")?;
    let errors = errors_argument(vm, args.get(1))?;
    let handler =
        Handler::from_name(errors.as_deref().unwrap_or("strict")).unwrap_or(Handler::Strict);
    let mapping = args.get_not_none(2);
    let lookup = |vm: &mut Vm, c: u32| -> PyResult<Option<Vec<u8>>> {
        let Some(mapping) = mapping else {
            return Ok(u8::try_from(c).ok().map(|byte| vec![byte]));
        };
        match vm.get_item(mapping, &Ref::small_int(c as i32)) {
            Ok(found) if found.is_none() => Ok(None),
            Ok(found) => match vm.int_i64(&found) {
                Some(byte) => Ok(u8::try_from(byte).ok().map(|byte| vec![byte])),
                None => Ok(convert::bytes_like(vm, &found)),
            },
            Err(error) if vm.exc_is(&error, vm.exc.LookupError) => Ok(None),
            Err(error) => Err(error),
        }
    };
    let mut out = Vec::with_capacity(this.len());
    let mut at = 0;
    while at < this.len() {
        vm.charge(1)?;
        if let Some(bytes) = lookup(vm, this.at(at))? {
            out.extend(bytes);
            at += 1;
            continue;
        }
        let error = CodecError {
            encoding: "charmap",
            start: at,
            end: at + 1,
            reason: "character maps to <undefined>",
        };
        match handler.encode(this, Encoding::Latin1, &error) {
            Some((Replacement::Bytes(bytes), resume)) => {
                out.extend(bytes);
                at = resume;
            }
            Some((Replacement::Text(replacement), resume)) => {
                for c in replacement.as_text().code_points() {
                    match lookup(vm, c)? {
                        Some(bytes) => out.extend(bytes),
                        None => return Err(crate::types::str::encode_error(vm, &args[0], &error)),
                    }
                }
                at = resume;
            }
            None => return Err(crate::types::str::encode_error(vm, &args[0], &error)),
        }
    }
    let (bytes, len) = (vm.new_bytes(out), vm.new_usize(this.len()));
    Ok(vm.new_pair(bytes, len))
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "register",
        "(search_function, /)",
        "Register a codec search function.",
        register,
    ),
    MethodDef::new(
        "unregister",
        "(search_function, /)",
        "Unregister a codec search function and clear the registry's cache.",
        |vm, args| {
            let search = args[0].clone();
            let registry = vm.state::<Registry>();
            registry.searches.retain(|known| !known.is(&search));
            registry.found.clear();
            Ok(Ref::none())
        },
    ),
    MethodDef::new(
        "lookup",
        "(encoding, /)",
        "Looks up a codec tuple in the Python codec registry and returns a CodecInfo object.",
        lookup,
    ),
    MethodDef::new(
        "encode",
        "(obj, encoding='utf-8', errors='strict')",
        "Encodes obj using the codec registered for encoding.",
        |vm, args| convert_by(vm, args, 0),
    ),
    MethodDef::new(
        "decode",
        "(obj, encoding='utf-8', errors='strict')",
        "Decodes obj using the codec registered for encoding.",
        |vm, args| convert_by(vm, args, 1),
    ),
    MethodDef::new(
        "register_error",
        "(errors, handler, /)",
        "Register the specified error handler under the name errors.",
        register_error,
    ),
    MethodDef::new(
        "lookup_error",
        "(name, /)",
        "Return the error handler for the specified error handling name.",
        lookup_error,
    ),
    MethodDef::new("charmap_build", "(map, /)", "", charmap_build),
    MethodDef::new(
        "charmap_encode",
        "(str, errors=None, mapping=None, /)",
        "",
        charmap_encode,
    ),
    MethodDef::new(
        "charmap_decode",
        "(data, errors=None, mapping=None, /)",
        "",
        charmap_decode,
    ),
];

macro_rules! codecs {
    ($($encode:literal, $decode:literal, $encoding:expr;)*) => {
        &[$(
            MethodDef::new($encode, "(str, errors=None, /)", "", |vm, args| encode(vm, args, $encoding)),
            MethodDef::new($decode, "(data, errors=None, final=False, /)", "", |vm, args| decode(vm, args, $encoding)),
        )*]
    };
}

const CODECS: &[MethodDef] = codecs! {
    "utf_8_encode", "utf_8_decode", Encoding::Utf8;
    "ascii_encode", "ascii_decode", Encoding::Ascii;
    "latin_1_encode", "latin_1_decode", Encoding::Latin1;
    "utf_16_encode", "utf_16_decode", Encoding::Utf16(Order::Mark);
    "utf_16_le_encode", "utf_16_le_decode", Encoding::Utf16(Order::Little);
    "utf_16_be_encode", "utf_16_be_decode", Encoding::Utf16(Order::Big);
    "utf_32_encode", "utf_32_decode", Encoding::Utf32(Order::Mark);
    "utf_32_le_encode", "utf_32_le_decode", Encoding::Utf32(Order::Little);
    "utf_32_be_encode", "utf_32_be_decode", Encoding::Utf32(Order::Big);
};
