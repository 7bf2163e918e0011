//! `_codecs`: the registry of encodings and error handlers, and the encodings the
//! machine knows (`Modules/_codecsmodule.c`).

use vitrine_vm::object::{Args, Dict, MethodDef, Ref, Str};
use vitrine_vm::text::{StrBuilder, TextBuf};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Vm};

use crate::native::{add_functions, need_text, optional_text};

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "_codecs",
    init,
};

/// What programs have registered.
#[derive(Default)]
struct Registry {
    search: Vec<Ref>,
    found: Option<Ref>,
    handlers: Option<Ref>,
}

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let (found, handlers) = (vm.new_dict(), vm.new_dict());
    let registry = vm.state::<Registry>();
    registry.found = Some(found);
    registry.handlers = Some(handlers);
    add_functions(vm, module, FUNCTIONS)
}

macro_rules! native {
    ($encode:literal $decode:literal $encoding:literal) => {
        [
            MethodDef::new($encode, "($module, str, errors=None, /)", "", |vm, a| {
                encode_native(vm, a, $encoding)
            }),
            MethodDef::new(
                $decode,
                "($module, data, errors=None, final=False, /)",
                "",
                |vm, a| decode_native(vm, a, $encoding),
            ),
        ]
    };
}

const NATIVE: [[MethodDef; 2]; 9] = [
    native!("utf_8_encode" "utf_8_decode" "utf-8"),
    native!("ascii_encode" "ascii_decode" "ascii"),
    native!("latin_1_encode" "latin_1_decode" "latin-1"),
    native!("utf_16_encode" "utf_16_decode" "utf-16"),
    native!("utf_16_le_encode" "utf_16_le_decode" "utf-16-le"),
    native!("utf_16_be_encode" "utf_16_be_decode" "utf-16-be"),
    native!("utf_32_encode" "utf_32_decode" "utf-32"),
    native!("utf_32_le_encode" "utf_32_le_decode" "utf-32-le"),
    native!("utf_32_be_encode" "utf_32_be_decode" "utf-32-be"),
];

const FUNCTIONS: &[MethodDef] = &[
    NATIVE[0][0],
    NATIVE[0][1],
    NATIVE[1][0],
    NATIVE[1][1],
    NATIVE[2][0],
    NATIVE[2][1],
    NATIVE[3][0],
    NATIVE[3][1],
    NATIVE[4][0],
    NATIVE[4][1],
    NATIVE[5][0],
    NATIVE[5][1],
    NATIVE[6][0],
    NATIVE[6][1],
    NATIVE[7][0],
    NATIVE[7][1],
    NATIVE[8][0],
    NATIVE[8][1],
    MethodDef::new("register", "($module, search_function, /)", "", register),
    MethodDef::new(
        "unregister",
        "($module, search_function, /)",
        "",
        unregister,
    ),
    MethodDef::new("lookup", "($module, encoding, /)", "", |vm, a| {
        let name = need_text(vm, &a[1], "lookup() argument")?;
        lookup(vm, &name)
    }),
    MethodDef::new(
        "register_error",
        "($module, errors, handler, /)",
        "",
        register_error,
    ),
    MethodDef::new(
        "_unregister_error",
        "($module, errors, /)",
        "",
        unregister_error,
    ),
    MethodDef::new("lookup_error", "($module, name, /)", "", lookup_error),
    MethodDef::new(
        "encode",
        "($module, /, obj, encoding='utf-8', errors='strict')",
        "",
        |vm, a| convert(vm, a, true),
    ),
    MethodDef::new(
        "decode",
        "($module, /, obj, encoding='utf-8', errors='strict')",
        "",
        |vm, a| convert(vm, a, false),
    ),
    MethodDef::new("charmap_build", "($module, map, /)", "", charmap_build),
    MethodDef::new(
        "charmap_encode",
        "($module, str, errors=None, mapping=None, /)",
        "",
        charmap_encode,
    ),
    MethodDef::new(
        "charmap_decode",
        "($module, data, errors=None, mapping=None, /)",
        "",
        charmap_decode,
    ),
    MethodDef::new(
        "readbuffer_encode",
        "($module, data, errors=None, /)",
        "",
        |vm, a| {
            let bytes = match a[1].as_str() {
                Some(text) => text.text().to_wtf8().into_owned(),
                None => vm.need_bytes(&a[1])?,
            };
            pair(vm, bytes)
        },
    ),
    MethodDef::new(
        "unicode_escape_encode",
        "($module, str, errors=None, /)",
        "",
        |vm, a| escape_encode(vm, &a[1], false),
    ),
    MethodDef::new(
        "raw_unicode_escape_encode",
        "($module, str, errors=None, /)",
        "",
        |vm, a| escape_encode(vm, &a[1], true),
    ),
    MethodDef::new(
        "unicode_escape_decode",
        "($module, data, errors=None, final=True, /)",
        "",
        |vm, a| escape_decode(vm, a, false),
    ),
    MethodDef::new(
        "raw_unicode_escape_decode",
        "($module, data, errors=None, final=True, /)",
        "",
        |vm, a| escape_decode(vm, a, true),
    ),
];

fn pair(vm: &mut Vm, bytes: Vec<u8>) -> PyResult {
    let len = vm.new_usize(bytes.len());
    let bytes = vm.new_bytes(bytes);
    Ok(vm.new_pair(bytes, len))
}

fn errors(vm: &mut Vm, value: Option<&Ref>) -> PyResult<String> {
    let errors = optional_text(vm, value, "errors")?;
    Ok(errors.unwrap_or_else(|| "strict".to_owned()))
}

fn encode_native(vm: &mut Vm, args: Args<'_>, encoding: &str) -> PyResult {
    need_text(vm, &args[1], "encode() argument 1")?;
    let errors = errors(vm, args.get(2))?;
    let bytes = vm.encode_text(&args[1], encoding, &errors)?;
    let len = args[1].as_str().map_or(0, Str::len);
    let len = vm.new_usize(len);
    Ok(vm.new_pair(bytes, len))
}

fn decode_native(vm: &mut Vm, args: Args<'_>, encoding: &str) -> PyResult {
    let bytes = vm.need_bytes(&args[1])?;
    let errors = errors(vm, args.get(2))?;
    let last = match args.get(3) {
        Some(last) => vm.is_true(last)?,
        // These two have no third argument.
        None => matches!(encoding, "ascii" | "latin-1"),
    };
    let (text, used) = vm.decode_partial(&bytes, encoding, &errors, last)?;
    let (text, used) = (vm.new_text(text), vm.new_usize(used));
    Ok(vm.new_pair(text, used))
}

fn register(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if !vm.is_callable(&args[1]) {
        return Err(vm.type_error("argument must be callable"));
    }
    let search = args[1].clone();
    vm.state::<Registry>().search.push(search);
    Ok(Ref::none())
}

fn unregister(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let search = args[1].clone();
    let found = vm.new_dict();
    let registry = vm.state::<Registry>();
    if let Some(at) = registry.search.iter().position(|known| known.is(&search)) {
        registry.search.remove(at);
        registry.found = Some(found);
    }
    Ok(Ref::none())
}

/// The `CodecInfo` of an encoding.
fn lookup(vm: &mut Vm, name: &str) -> PyResult {
    if name.contains('\0') {
        return Err(vm.value_error("embedded null character"));
    }
    let normal: String = name
        .chars()
        .map(|c| {
            if c == ' ' {
                '_'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    let key = vm.new_str(&normal);
    let found = vm.state::<Registry>().found.clone();
    if let Some(found) = &found
        && let Some(info) = vm.dict_get(found, &key)?
    {
        return Ok(info);
    }
    if vm.state::<Registry>().search.is_empty() {
        // Importing the package registers its search function.
        import(vm, "encodings")?;
    }
    let mut at = 0;
    while let Some(search) = vm.state::<Registry>().search.get(at).cloned() {
        at += 1;
        let info = vm.call(&search, std::slice::from_ref(&key))?;
        if info.is_none() {
            continue;
        }
        if info.as_tuple().is_none_or(|info| info.len() != 4) {
            return Err(vm.type_error("codec search functions must return 4-tuples"));
        }
        if let Some(found) = &found {
            vm.dict_set(found, &key, info.clone())?;
        }
        return Ok(info);
    }
    Err(vm.lookup_error(format!("unknown encoding: {name}")))
}

fn import(vm: &mut Vm, name: &str) -> PyResult {
    let import = vm.intern("__import__");
    let builtins = vm.builtins.clone();
    let Some(import) = vm.dict_get(&builtins, &import)? else {
        return Err(vm.runtime_error("no __import__"));
    };
    let name = vm.new_str(name);
    vm.call(&import, &[name])
}

fn convert(vm: &mut Vm, args: Args<'_>, encode: bool) -> PyResult {
    let encoding = optional_text(vm, args.get(2), "encoding")?;
    let encoding = encoding.unwrap_or_else(|| "utf-8".to_owned());
    let errors = optional_text(vm, args.get(3), "errors")?;
    let value = &args[1];
    if vm.native_encoding(&encoding).is_some() {
        let errors = errors.as_deref().unwrap_or("strict");
        if encode && value.as_str().is_some() {
            return vm.encode_text(value, &encoding, errors);
        }
        if !encode && let Some(bytes) = vm.bytes_like(value) {
            return vm.decode_bytes(value, &bytes, &encoding, errors);
        }
    }
    let info = lookup(vm, &encoding)?;
    let function = info
        .as_tuple()
        .and_then(|info| info.get(usize::from(!encode)).cloned());
    let Some(function) = function else {
        return Err(vm.type_error("codec search functions must return 4-tuples"));
    };
    let mut given = vec![value.clone()];
    if let Some(errors) = errors {
        given.push(vm.new_str(&errors));
    }
    let result = vm.call(&function, &given)?;
    match result.as_tuple().map(|result| &**result) {
        Some([result, _]) => Ok(result.clone()),
        _ => {
            let what = if encode { "encoder" } else { "decoder" };
            Err(vm.type_error(format!("{what} must return a tuple (object, integer)")))
        }
    }
}

fn register_error(vm: &mut Vm, args: Args<'_>) -> PyResult {
    need_text(vm, &args[1], "register_error() argument 1")?;
    if !vm.is_callable(&args[2]) {
        return Err(vm.type_error("handler must be callable"));
    }
    if let Some(handlers) = vm.state::<Registry>().handlers.clone() {
        vm.dict_set(&handlers, &args[1], args[2].clone())?;
    }
    Ok(Ref::none())
}

fn unregister_error(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(handlers) = vm.state::<Registry>().handlers.clone() else {
        return Ok(Ref::bool(false));
    };
    let handlers: &Dict = handlers.payload();
    Ok(Ref::bool(handlers.remove(vm, &args[1])?.is_some()))
}

/// The handlers every machine has, as functions a program can call.
const HANDLERS: &[MethodDef] = &[
    MethodDef::new("strict_errors", "($module, exception, /)", "", |vm, a| {
        handle(vm, &a[1], "strict")
    }),
    MethodDef::new("ignore_errors", "($module, exception, /)", "", |vm, a| {
        handle(vm, &a[1], "ignore")
    }),
    MethodDef::new("replace_errors", "($module, exception, /)", "", |vm, a| {
        handle(vm, &a[1], "replace")
    }),
    MethodDef::new(
        "xmlcharrefreplace_errors",
        "($module, exception, /)",
        "",
        |vm, a| handle(vm, &a[1], "xmlcharrefreplace"),
    ),
    MethodDef::new(
        "backslashreplace_errors",
        "($module, exception, /)",
        "",
        |vm, a| handle(vm, &a[1], "backslashreplace"),
    ),
    MethodDef::new("surrogateescape", "($module, exception, /)", "", |vm, a| {
        handle(vm, &a[1], "surrogateescape")
    }),
    MethodDef::new("surrogatepass", "($module, exception, /)", "", |vm, a| {
        handle(vm, &a[1], "surrogatepass")
    }),
    MethodDef::new(
        "namereplace_errors",
        "($module, exception, /)",
        "",
        |vm, a| handle(vm, &a[1], "namereplace"),
    ),
];

fn lookup_error(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let name = need_text(vm, &args[1], "lookup_error() argument")?;
    if let Some(handlers) = vm.state::<Registry>().handlers.clone()
        && let Some(handler) = vm.dict_get(&handlers, &args[1])?
    {
        return Ok(handler);
    }
    let known = HANDLERS
        .iter()
        .find(|handler| handler.name.trim_end_matches("_errors") == name);
    match known {
        Some(&handler) => Ok(vm.new_function(None, handler)),
        None => Err(vm.lookup_error(format!("unknown error handler name '{name}'"))),
    }
}

/// A handler at work on a `UnicodeError`: converts the part that is wrong alone.
fn handle(vm: &mut Vm, exception: &Ref, errors: &str) -> PyResult {
    let ty = vm.type_of(exception);
    let encode = ty.is_subtype(vm.exc.UnicodeEncodeError);
    if !encode && !ty.is_subtype(vm.exc.UnicodeDecodeError) {
        let text = format!("don't know how to handle {} in error callback", ty.name());
        return Err(vm.type_error(text));
    }
    let (object, end) = (
        vm.get_attr_str(exception, "object")?,
        vm.get_attr_str(exception, "end")?,
    );
    let start = vm.get_attr_str(exception, "start")?;
    if errors == "strict" {
        // Raising the object itself goes through its own class.
        let traceback = vm.get_attr_str(exception, "args")?;
        let args = traceback
            .as_tuple()
            .map(|args| args.to_vec())
            .unwrap_or_default();
        return Err(vm.new_exc_args(ty, args));
    }
    let place = vm.new_slice(start, end.clone(), Ref::none());
    let part = vm.get_item(&object, &place)?;
    let text = if errors == "ignore" {
        vm.new_str("")
    } else if encode && errors == "replace" {
        let count = part.as_str().map_or(0, Str::len);
        vm.new_str(&"?".repeat(count))
    } else if encode {
        let bytes = vm.encode_text(&part, "ascii", errors)?;
        if matches!(errors, "surrogateescape" | "surrogatepass") {
            return Ok(vm.new_pair(bytes, end));
        }
        let bytes = vm.need_bytes(&bytes)?;
        vm.new_text(TextBuf::from_latin1(&bytes))
    } else if errors == "replace" {
        vm.new_str("\u{FFFD}")
    } else {
        let bytes = vm.need_bytes(&part)?;
        vm.decode_bytes(&part, &bytes, "ascii", errors)?
    };
    Ok(vm.new_pair(text, end))
}

fn charmap_build(vm: &mut Vm, args: Args<'_>) -> PyResult {
    need_text(vm, &args[1], "charmap_build() argument")?;
    let map = vm.new_dict();
    let points: Vec<u32> = match args[1].as_str() {
        Some(text) => text.text().code_points().collect(),
        None => Vec::new(),
    };
    for (byte, point) in points.into_iter().enumerate() {
        let (key, byte) = (vm.new_int(point), vm.new_usize(byte));
        vm.dict_set(&map, &key, byte)?;
    }
    Ok(map)
}

/// What a mapping has for a key; nothing for `None` and for what is missing.
fn mapped(vm: &mut Vm, mapping: &Ref, key: usize) -> PyResult<Option<Ref>> {
    if let Some(text) = mapping.as_str() {
        let point = text.text().get(key).filter(|&point| point != 0xFFFE);
        return Ok(point.map(|point| vm.new_text(TextBuf::from_code_point(point))));
    }
    let key = vm.new_usize(key);
    match vm.get_item(mapping, &key) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_none())),
        Err(error) if vm.exc_is(&error, vm.exc.LookupError) => Ok(None),
        Err(error) => Err(error),
    }
}

fn unicode_error(
    vm: &mut Vm,
    encode: bool,
    object: &Ref,
    start: usize,
    reason: &str,
) -> vitrine_vm::Exc {
    let ty = if encode {
        vm.exc.UnicodeEncodeError
    } else {
        vm.exc.UnicodeDecodeError
    };
    let arguments = [
        vm.new_str("charmap"),
        object.clone(),
        vm.new_usize(start),
        vm.new_usize(start + 1),
        vm.new_str(reason),
    ];
    let exception = vm.new_exc_args(ty, arguments.to_vec());
    let payload: &vitrine_vm::object::Exception = exception.value().payload();
    for (index, argument) in arguments.into_iter().enumerate() {
        payload.set_field(vm, index, Some(argument));
    }
    exception
}

fn charmap_encode(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let errors = errors(vm, args.get(2))?;
    need_text(vm, &args[1], "charmap_encode() argument 1")?;
    let Some(mapping) = args.get_not_none(3) else {
        return encode_native(vm, args, "latin-1");
    };
    let Some(text) = args[1].as_str() else {
        return Ok(Ref::none());
    };
    let points: Vec<u32> = text.text().code_points().collect();
    let mut bytes = Vec::new();
    for (at, &point) in points.iter().enumerate() {
        vm.charge(1)?;
        let value = mapped(vm, mapping, point as usize)?;
        match value {
            Some(value)
                if value
                    .as_small_int()
                    .is_some_and(|byte| (0..256).contains(&byte)) =>
            {
                bytes.push(value.as_small_int().unwrap_or(0) as u8);
            }
            Some(value) if value.as_small_int().is_none() => bytes.extend(vm.need_bytes(&value)?),
            _ => {
                let error = unicode_error(vm, true, &args[1], at, "character maps to <undefined>");
                match &*errors {
                    "strict" => return Err(error),
                    "ignore" => {}
                    "replace" => bytes.push(b'?'),
                    errors => {
                        let name = vm.new_str(errors);
                        let codecs = import(vm, "_codecs")?;
                        let handler = vm.call_method(&codecs, "lookup_error", &[name])?;
                        let answer = vm.call(&handler, &[error.into_value()])?;
                        if let Some([part, _]) = answer.as_tuple().map(|answer| &**answer) {
                            match part.as_str() {
                                Some(part) => bytes.extend_from_slice(&part.text().to_wtf8()),
                                None => bytes.extend(vm.need_bytes(part)?),
                            }
                        }
                    }
                }
            }
        }
    }
    let (len, bytes) = (vm.new_usize(points.len()), vm.new_bytes(bytes));
    Ok(vm.new_pair(bytes, len))
}

fn charmap_decode(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let errors = errors(vm, args.get(2))?;
    let bytes = vm.need_bytes(&args[1])?;
    let Some(mapping) = args.get_not_none(3) else {
        return decode_native(vm, args, "latin-1");
    };
    let mut out = StrBuilder::new();
    for (at, &byte) in bytes.iter().enumerate() {
        vm.charge(1)?;
        match mapped(vm, mapping, usize::from(byte))? {
            Some(value) => match (value.as_small_int(), value.as_str()) {
                (Some(point), _) if (0..0x11_0000).contains(&point) => out.push(point as u32),
                (_, Some(text)) => out.push_str(text.text()),
                _ => {
                    return Err(vm.type_error("character mapping must return integer, None or str"));
                }
            },
            None => {
                let object = vm.new_bytes(bytes.clone());
                let error = unicode_error(vm, false, &object, at, "character maps to <undefined>");
                match &*errors {
                    "ignore" => {}
                    "replace" => out.push(0xFFFD),
                    "surrogateescape" if byte >= 0x80 => out.push(0xDC00 + u32::from(byte)),
                    "backslashreplace" => out.push_text(&format!("\\x{byte:02x}")),
                    _ => return Err(error),
                }
            }
        }
    }
    let (text, len) = (vm.new_text(out.finish()), vm.new_usize(bytes.len()));
    Ok(vm.new_pair(text, len))
}

fn escape_encode(vm: &mut Vm, value: &Ref, raw: bool) -> PyResult {
    need_text(vm, value, "encode() argument 1")?;
    let Some(text) = value.as_str() else {
        return Ok(Ref::none());
    };
    let text = text.text();
    vm.check_memory(text.len().saturating_mul(10))?;
    let mut out = Vec::with_capacity(text.len());
    for point in text.code_points() {
        match point {
            0x09 if !raw => out.extend_from_slice(b"\\t"),
            0x0A if !raw => out.extend_from_slice(b"\\n"),
            0x0D if !raw => out.extend_from_slice(b"\\r"),
            0x5C if !raw => out.extend_from_slice(b"\\\\"),
            0x20..=0x7E => out.push(point as u8),
            0..=0xFF if raw => out.push(point as u8),
            0..=0xFF => out.extend(format!("\\x{point:02x}").into_bytes()),
            0x100..=0xFFFF => out.extend(format!("\\u{point:04x}").into_bytes()),
            _ => out.extend(format!("\\U{point:08x}").into_bytes()),
        }
    }
    let (len, bytes) = (vm.new_usize(text.len()), vm.new_bytes(out));
    Ok(vm.new_pair(bytes, len))
}

fn escape_decode(vm: &mut Vm, args: Args<'_>, raw: bool) -> PyResult {
    let bytes = match args[1].as_str() {
        Some(text) => text.text().to_wtf8().into_owned(),
        None => vm.need_bytes(&args[1])?,
    };
    let mut out = StrBuilder::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let Some(&kind) = bytes.get(at + 1).filter(|_| byte == b'\\') else {
            out.push(u32::from(byte));
            at += 1;
            continue;
        };
        let digits = match kind {
            b'x' if !raw => 2,
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        if digits > 0 {
            let hex = bytes
                .get(at + 2..at + 2 + digits)
                .and_then(|hex| std::str::from_utf8(hex).ok())
                .filter(|hex| hex.bytes().all(|c| c.is_ascii_hexdigit()))
                .and_then(|hex| u32::from_str_radix(hex, 16).ok())
                .filter(|&point| point < 0x11_0000);
            let Some(point) = hex else {
                let shown = char::from(kind);
                let object = vm.new_bytes(bytes);
                let reason = format!("truncated \\{shown}{} escape", "X".repeat(digits));
                return Err(unicode_error(vm, false, &object, at, &reason));
            };
            out.push(point);
            at += 2 + digits;
            continue;
        }
        if raw {
            out.push(u32::from(byte));
            at += 1;
            continue;
        }
        at += 2;
        match kind {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(u32::from(kind)),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(10),
            b'r' => out.push(13),
            b't' => out.push(9),
            b'v' => out.push(11),
            b'0'..=b'7' => {
                let mut point = u32::from(kind - b'0');
                for _ in 0..2 {
                    match bytes.get(at) {
                        Some(&digit @ b'0'..=b'7') => {
                            point = point * 8 + u32::from(digit - b'0');
                            at += 1;
                        }
                        _ => break,
                    }
                }
                out.push(point);
            }
            _ => {
                out.push(u32::from(b'\\'));
                out.push(u32::from(kind));
            }
        }
    }
    let (text, len) = (vm.new_text(out.finish()), vm.new_usize(bytes.len()));
    Ok(vm.new_pair(text, len))
}
