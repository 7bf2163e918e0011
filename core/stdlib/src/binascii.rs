//! `binascii`: binary data as ASCII and back (`Modules/binascii.c`).

use std::cell::Cell;

use vitrine_vm::error::Exc;
use vitrine_vm::object::{Args, MethodDef, Ref};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{PyResult, Ty, Vm};

use crate::native::{add, add_functions, integer};

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "binascii",
    init,
};

#[derive(Default)]
struct State {
    error: Cell<Option<Ty>>,
}

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    for (name, base) in [
        ("Error", vm.exc.ValueError),
        ("Incomplete", vm.exc.Exception),
    ] {
        let class = crate::native::new_exception(vm, "binascii", name, base)?;
        if name == "Error" {
            vm.state::<State>().error.set(class.as_type());
        }
        add(vm, module, name, class);
    }
    add_functions(vm, module, FUNCTIONS)
}

fn error(vm: &mut Vm, text: impl AsRef<str>) -> Exc {
    let class = vm.state::<State>().error.get().unwrap_or(vm.exc.ValueError);
    vm.new_exc(class, text)
}

/// Bytes, or a str of ASCII characters only.
fn ascii_or_bytes(vm: &mut Vm, value: &Ref) -> PyResult<Vec<u8>> {
    if value.as_str().is_some() {
        let text = vm.text_of(value);
        if !text.is_ascii() {
            return Err(vm.value_error("string argument should contain only ASCII characters"));
        }
        return Ok(text.into_bytes());
    }
    match vm.bytes_like(value) {
        Some(bytes) => Ok(bytes),
        None => match vm.need_bytes(value) {
            Ok(bytes) => Ok(bytes),
            Err(_) => {
                let ty = vm.type_of(value).name();
                Err(vm.type_error(format!(
                    "argument should be bytes, buffer or ASCII string, not '{ty}'"
                )))
            }
        },
    }
}

fn flag(vm: &mut Vm, value: Option<&Ref>, default: bool) -> PyResult<bool> {
    value.map_or(Ok(default), |value| vm.is_true(value))
}

fn b2a_hex(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let data = vm.need_bytes(&args[0])?;
    let data = vm.new_bytes(data);
    let rest: Vec<Ref> = (1..3).map_while(|at| args.get(at).cloned()).collect();
    let text = vm.call_method(&data, "hex", &rest)?;
    let text = vm.text_of(&text);
    Ok(vm.new_bytes(text.into_bytes()))
}

fn a2b_hex(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let text = ascii_or_bytes(vm, &args[0])?;
    if text.len() % 2 == 1 {
        return Err(error(vm, "Odd-length string"));
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let mut out = Vec::with_capacity(text.len() / 2);
    for pair in text.chunks_exact(2) {
        match (digit(pair[0]), digit(pair[1])) {
            (Some(high), Some(low)) => out.push(high << 4 | low),
            _ => return Err(error(vm, "Non-hexadecimal digit found")),
        }
    }
    Ok(vm.new_bytes(out))
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn b2a_base64(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let data = vm.need_bytes(&args[0])?;
    let newline = flag(vm, args.get(1), true)?;
    vm.charge(data.len() / 64)?;
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4 + 1);
    for part in data.chunks(3) {
        let word = part
            .iter()
            .chain([&0, &0])
            .take(3)
            .fold(0_u32, |word, &byte| word << 8 | u32::from(byte));
        for at in 0..4 {
            out.push(if at <= part.len() {
                BASE64[(word >> (18 - 6 * at) & 63) as usize]
            } else {
                b'='
            });
        }
    }
    if newline {
        out.push(b'\n');
    }
    Ok(vm.new_bytes(out))
}

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

fn a2b_base64(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let text = ascii_or_bytes(vm, &args[0])?;
    let strict = flag(vm, args.get(1), false)?;
    vm.charge(text.len() / 64)?;
    if strict && text.first() == Some(&b'=') {
        return Err(error(vm, "Leading padding not allowed"));
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    // How many characters of the group of four were read, and the bits left.
    let (mut quad, mut left, mut pads) = (0, 0_u8, 0);
    let mut padded = false;
    for (at, &byte) in text.iter().enumerate() {
        if byte == b'=' {
            padded = true;
            if quad >= 2 && {
                pads += 1;
                quad + pads >= 4
            } {
                if strict && at + 1 < text.len() {
                    return Err(error(vm, "Excess data after padding"));
                }
                return Ok(vm.new_bytes(out));
            }
            if strict && quad == 0 {
                let message = if at == 0 || out.is_empty() {
                    "Leading padding not allowed"
                } else {
                    "Excess padding not allowed"
                };
                return Err(error(vm, message));
            }
            continue;
        }
        let Some(value) = sextet(byte) else {
            if strict {
                return Err(error(vm, "Only base64 data is allowed"));
            }
            continue;
        };
        if strict && padded {
            return Err(error(vm, "Discontinuous padding not allowed"));
        }
        pads = 0;
        match quad {
            0 => left = value,
            1 => {
                out.push(left << 2 | value >> 4);
                left = value & 15;
            }
            2 => {
                out.push(left << 4 | value >> 2);
                left = value & 3;
            }
            _ => out.push(left << 6 | value),
        }
        quad = (quad + 1) % 4;
    }
    match quad {
        0 => Ok(vm.new_bytes(out)),
        1 => {
            let count = out.len() / 3 * 4 + 1;
            Err(error(
                vm,
                format!(
                    "Invalid base64-encoded string: number of data characters ({count}) cannot be 1 more than a multiple of 4"
                ),
            ))
        }
        _ => Err(error(vm, "Incorrect padding")),
    }
}

fn a2b_uu(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let text = ascii_or_bytes(vm, &args[0])?;
    let length = text
        .first()
        .map_or(0, |&byte| usize::from(byte.wrapping_sub(b' ') & 63));
    let mut rest = text.iter().skip(1);
    let mut out = Vec::with_capacity(length);
    let (mut word, mut bits) = (0_u32, 0);
    while out.len() < length {
        let value = match rest.next() {
            None | Some(b'\n' | b'\r') => 0,
            Some(&byte @ b' '..=0x60) => byte.wrapping_sub(b' ') & 63,
            Some(_) => return Err(error(vm, "Illegal char")),
        };
        word = word << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
            word &= (1 << bits) - 1;
        }
    }
    // What is left may only be padding.
    for &byte in rest {
        if !matches!(byte, b' ' | 0x60 | b'\n' | b'\r') {
            return Err(error(vm, "Trailing garbage"));
        }
    }
    Ok(vm.new_bytes(out))
}

fn b2a_uu(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let data = vm.need_bytes(&args[0])?;
    let backtick = flag(vm, args.get(1), false)?;
    if data.len() > 45 {
        return Err(error(vm, "At most 45 bytes at once"));
    }
    let code = |value: u8| match value {
        0 if backtick => b'`',
        value => value + b' ',
    };
    let mut out = vec![code(data.len() as u8)];
    for part in data.chunks(3) {
        let word = part
            .iter()
            .chain([&0, &0])
            .take(3)
            .fold(0_u32, |word, &byte| word << 8 | u32::from(byte));
        out.extend((0..4).map(|at| code((word >> (18 - 6 * at) & 63) as u8)));
    }
    out.push(b'\n');
    Ok(vm.new_bytes(out))
}

fn a2b_qp(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let text = ascii_or_bytes(vm, &args[0])?;
    let header = flag(vm, args.get(1), false)?;
    let digit = |byte: Option<&u8>| byte.and_then(|&b| char::from(b).to_digit(16));
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'=' => match text.get(at) {
                None => break,
                Some(b'\n' | b'\r') => {
                    // A soft line break: on to behind the newline.
                    while text.get(at).is_some_and(|&b| b != b'\n') {
                        at += 1;
                    }
                    at += 1;
                }
                Some(b'=') => {
                    out.push(b'=');
                    at += 1;
                }
                Some(_) => match (digit(text.get(at)), digit(text.get(at + 1))) {
                    (Some(high), Some(low)) => {
                        out.push((high << 4 | low) as u8);
                        at += 2;
                    }
                    _ => out.push(b'='),
                },
            },
            b'_' if header => out.push(b' '),
            byte => out.push(byte),
        }
    }
    Ok(vm.new_bytes(out))
}

fn b2a_qp(vm: &mut Vm, args: Args<'_>) -> PyResult {
    const LINE: usize = 76;
    let data = vm.need_bytes(&args[0])?;
    let quotetabs = flag(vm, args.get(1), false)?;
    let istext = flag(vm, args.get(2), true)?;
    let header = flag(vm, args.get(3), false)?;
    let crlf = data
        .iter()
        .position(|&b| b == b'\n')
        .is_some_and(|at| at > 0 && data[at - 1] == b'\r');
    let hex = |out: &mut Vec<u8>, byte: u8| out.extend(format!("={byte:02X}").into_bytes());
    let newline = |out: &mut Vec<u8>| out.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
    let mut out: Vec<u8> = Vec::with_capacity(data.len() * 2);
    let (mut at, mut line) = (0, 0);
    while let Some(&byte) = data.get(at) {
        let next = data.get(at + 1);
        let must = byte > 126
            || byte == b'='
            || (header && byte == b'_')
            || (byte == b'.' && line == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)))
            || (!istext && matches!(byte, b'\r' | b'\n'))
            || (matches!(byte, b'\t' | b' ') && next.is_none())
            || (byte < 33 && !matches!(byte, b'\r' | b'\n' | b'\t' | b' ')
                || (byte < 33
                    && !matches!(byte, b'\r' | b'\n')
                    && (quotetabs && (!header || byte != b' '))));
        if must {
            if line + 3 >= LINE {
                out.push(b'=');
                newline(&mut out);
                line = 0;
            }
            hex(&mut out, byte);
            at += 1;
            line += 3;
            continue;
        }
        let ends = byte == b'\n' || (byte == b'\r' && next == Some(&b'\n'));
        if istext && ends {
            line = 0;
            // White space at the end of a line is quoted.
            if let Some(&last @ (b' ' | b'\t')) = out.last() {
                out.pop();
                hex(&mut out, last);
            }
            newline(&mut out);
            at += if byte == b'\r' { 2 } else { 1 };
            continue;
        }
        if next.is_some_and(|&b| b != b'\n') && line + 1 >= LINE {
            out.push(b'=');
            newline(&mut out);
            line = 0;
        }
        line += 1;
        out.push(if header && byte == b' ' { b'_' } else { byte });
        at += 1;
    }
    Ok(vm.new_bytes(out))
}

fn crc_hqx(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let data = vm.need_bytes(&args[0])?;
    let mut crc = low_bits(vm, &args[1])? as u16;
    vm.charge(data.len() / 8)?;
    for byte in data {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            crc = crc << 1 ^ if crc & 0x8000 != 0 { 0x1021 } else { 0 };
        }
    }
    Ok(Ref::small_int(crc.into()))
}

/// The low 32 bits of an int.
pub(crate) fn low_bits(vm: &mut Vm, value: &Ref) -> PyResult<u32> {
    let int = integer(vm, value)? & num_bigint::BigInt::from(u32::MAX);
    Ok(u32::try_from(int).unwrap_or(0))
}

/// `crc32(data, value)`, here and in `zlib`.
pub(crate) fn crc32(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let data = vm.need_bytes(&args[0])?;
    let start = args.get(1).map_or(Ok(0), |value| low_bits(vm, value))?;
    vm.charge(data.len() / 256)?;
    let mut hasher = crc32fast::Hasher::new_with_initial(start);
    hasher.update(&data);
    Ok(vm.new_int(hasher.finalize()))
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "a2b_uu",
        "(data, /)",
        "Decode a line of uuencoded data.",
        a2b_uu,
    ),
    MethodDef::new(
        "b2a_uu",
        "(data, /, *, backtick=False)",
        "Uuencode line of data.",
        b2a_uu,
    ),
    MethodDef::new(
        "a2b_base64",
        "(data, /, *, strict_mode=False)",
        "Decode a line of base64 data.",
        a2b_base64,
    ),
    MethodDef::new(
        "b2a_base64",
        "(data, /, *, newline=True)",
        "Base64-code line of data.",
        b2a_base64,
    ),
    MethodDef::new(
        "crc_hqx",
        "(data, crc, /)",
        "Compute CRC-CCITT incrementally.",
        crc_hqx,
    ),
    MethodDef::new(
        "crc32",
        "(data, crc=0, /)",
        "Compute CRC-32 incrementally.",
        crc32,
    ),
    MethodDef::new(
        "b2a_hex",
        "(data, sep=<unrepresentable>, bytes_per_sep=1)",
        "Hexadecimal representation of binary data.",
        b2a_hex,
    ),
    MethodDef::new(
        "hexlify",
        "(data, sep=<unrepresentable>, bytes_per_sep=1)",
        "Hexadecimal representation of binary data.",
        b2a_hex,
    ),
    MethodDef::new(
        "a2b_hex",
        "(hexstr, /)",
        "Binary data of hexadecimal representation.",
        a2b_hex,
    ),
    MethodDef::new(
        "unhexlify",
        "(hexstr, /)",
        "Binary data of hexadecimal representation.",
        a2b_hex,
    ),
    MethodDef::new(
        "a2b_qp",
        "(data, header=False)",
        "Decode a string of qp-encoded data.",
        a2b_qp,
    ),
    MethodDef::new(
        "b2a_qp",
        "(data, quotetabs=False, istext=True, header=False)",
        "Encode a string using quoted-printable encoding.",
        b2a_qp,
    ),
];
