//! `marshal`: values as bytes (`Python/marshal.c`).
//!
//! Code objects, and the constants in them, are read and written by the compiler's
//! own `marshal`; what else a program may give is read and written here.
#![forbid(unsafe_code)]

use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive as _;

use super::{add, add_functions};
use crate::error::{Exc, PyResult};
use crate::interp::code::Code;
use crate::object::{Args, Bytes, Complex, Dict, Kind, List, MethodDef, Ref};
use crate::types::convert;
use crate::vm::Vm;

/// `MAX_MARSHAL_STACK_DEPTH`
const MAX_DEPTH: usize = 2000;
/// The bit of a type byte that says the object is referred to later.
const FLAG_REF: u8 = 0x80;

pub(super) fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    add(vm, module, "version", Ref::small_int(5));
    add_functions(vm, module, FUNCTIONS)
}

const FUNCTIONS: &[MethodDef] = &[
    MethodDef::new(
        "dumps",
        "(value, version=5, /, *, allow_code=True)",
        "Return the bytes object that would be written to a file by dump(value, file).",
        |vm, args| {
            let bytes = dumps(vm, &args[0], args.get(2))?;
            Ok(vm.new_bytes(bytes))
        },
    ),
    MethodDef::new(
        "dump",
        "(value, file, version=5, /, *, allow_code=True)",
        "Write the value on the open file.",
        |vm, args| {
            let bytes = dumps(vm, &args[0], args.get(3))?;
            let bytes = vm.new_bytes(bytes);
            vm.call_method(&args[1], "write", &[bytes])
        },
    ),
    MethodDef::new(
        "loads",
        "(bytes, /, *, allow_code=True)",
        "Convert the bytes-like object to a value.",
        |vm, args| {
            let bytes = convert::need_bytes(vm, &args[0])?;
            loads(vm, &bytes, args.get(1))
        },
    ),
    MethodDef::new(
        "load",
        "(file, /, *, allow_code=True)",
        "Read one value from the open file and return it.",
        load,
    ),
];

fn load(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let data = vm.call_method(&args[0], "read", &[])?;
    let Some(bytes) = convert::bytes_like(vm, &data) else {
        let given = vm.type_of(&data).name();
        return Err(vm.type_error(format!("file.read() returned not bytes but {given}")));
    };
    let (value, used) = read_one(vm, &bytes, args.get(1))?;
    // What comes behind the value is for the next reader.
    let back = vm.new_int(used as i64 - bytes.len() as i64);
    if used < bytes.len() {
        vm.call_method(&args[0], "seek", &[back, Ref::small_int(1)])?;
    }
    Ok(value)
}

fn allowed(vm: &mut Vm, allow_code: Option<&Ref>) -> PyResult<bool> {
    allow_code.map_or(Ok(true), |allow| vm.is_true(allow))
}

fn dumps(vm: &mut Vm, value: &Ref, allow_code: Option<&Ref>) -> PyResult<Vec<u8>> {
    let allow_code = allowed(vm, allow_code)?;
    let mut out = Vec::new();
    write(vm, &mut out, value, allow_code, 0)?;
    Ok(out)
}

fn size(vm: &mut Vm, out: &mut Vec<u8>, size: usize) -> PyResult<()> {
    match i32::try_from(size) {
        Ok(size) => {
            out.extend_from_slice(&size.to_le_bytes());
            Ok(())
        }
        Err(_) => Err(vm.value_error("unmarshallable object")),
    }
}

fn write(
    vm: &mut Vm,
    out: &mut Vec<u8>,
    value: &Ref,
    allow_code: bool,
    depth: usize,
) -> PyResult<()> {
    if depth > MAX_DEPTH {
        return Err(vm.value_error("object too deeply nested to marshal"));
    }
    vm.charge(1)?;
    vm.check_memory(out.len())?;
    let (types, ty) = (vm.types, vm.type_of(value));
    if value.is_none() {
        out.push(b'N');
    } else if value.is_ellipsis() {
        out.push(b'.');
    } else if let Some(flag) = value.as_bool() {
        out.push(if flag { b'T' } else { b'F' });
    } else if value
        .as_type()
        .is_some_and(|ty| ty.is(vm.exc.StopIteration))
    {
        out.push(b'S');
    } else if ty.is(types.int) {
        let int = vm.int_value(value).unwrap_or_default();
        write_int(vm, out, &int)?;
    } else if ty.is(types.float) {
        out.push(b'g');
        out.extend_from_slice(&vm.float_value(value).unwrap_or_default().to_le_bytes());
    } else if let Some(Complex { real, imag }) =
        value.downcast::<Complex>().filter(|_| ty.is(types.complex))
    {
        out.push(b'y');
        out.extend_from_slice(&real.to_le_bytes());
        out.extend_from_slice(&imag.to_le_bytes());
    } else if ty.is(types.str) {
        let encoded = vm.encode_text(value, "utf-8", "surrogatepass")?;
        let bytes = &encoded.payload::<Bytes>().data;
        if bytes.is_ascii() && bytes.len() < 256 {
            out.extend_from_slice(&[b'z', bytes.len() as u8]);
        } else {
            out.push(b'u');
            size(vm, out, bytes.len())?;
        }
        out.extend_from_slice(bytes);
    } else if let Some(items) = value.as_tuple().filter(|_| ty.is(types.tuple)) {
        let items = items.to_vec();
        if items.len() < 256 {
            out.extend_from_slice(&[b')', items.len() as u8]);
        } else {
            out.push(b'(');
            size(vm, out, items.len())?;
        }
        for item in &items {
            write(vm, out, item, allow_code, depth + 1)?;
        }
    } else if let Some(list) = value.downcast::<List>().filter(|_| ty.is(types.list)) {
        let items = list.items(vm).clone();
        out.push(b'[');
        size(vm, out, items.len())?;
        for item in &items {
            write(vm, out, item, allow_code, depth + 1)?;
        }
    } else if let Some(dict) = value.downcast::<Dict>().filter(|_| ty.is(types.dict)) {
        out.push(b'{');
        for (key, item) in dict.items(vm) {
            write(vm, out, &key, allow_code, depth + 1)?;
            write(vm, out, &item, allow_code, depth + 1)?;
        }
        out.push(b'0');
    } else if ty.is(types.set) || ty.is(types.frozenset) {
        out.push(if ty.is(types.set) { b'<' } else { b'>' });
        let items = vm.collect(value)?;
        size(vm, out, items.len())?;
        let mut written = Vec::with_capacity(items.len());
        for item in &items {
            let mut bytes = Vec::new();
            write(vm, &mut bytes, item, allow_code, depth + 1)?;
            written.push(bytes);
        }
        // The order does not depend on the hashes.
        written.sort_unstable();
        out.extend(written.concat());
    } else if value.kind() == Some(Kind::Code) {
        if !allow_code {
            return Err(vm.value_error("marshalling code objects is disallowed"));
        }
        if !out.is_empty() {
            return Err(vm.value_error("unmarshallable object: code in a container"));
        }
        let code = &value.payload::<Code>().data;
        out.extend(vitrine_bytecode::marshal::dump_code(code));
    } else if let Some(bytes) = convert::bytes_like(vm, value) {
        out.push(b's');
        size(vm, out, bytes.len())?;
        out.extend_from_slice(&bytes);
    } else {
        return Err(vm.value_error("unmarshallable object"));
    }
    Ok(())
}

/// An int: 32 bits, or digits of 15 bits.
fn write_int(vm: &mut Vm, out: &mut Vec<u8>, int: &BigInt) -> PyResult<()> {
    if let Some(small) = int.to_i32() {
        out.push(b'i');
        out.extend_from_slice(&small.to_le_bytes());
        return Ok(());
    }
    let (sign, bytes) = int.to_bytes_le();
    let mut digits: Vec<u16> = Vec::with_capacity(bytes.len() * 8 / 15 + 1);
    let (mut word, mut bits) = (0_u32, 0);
    for byte in bytes {
        word |= u32::from(byte) << bits;
        bits += 8;
        if bits >= 15 {
            digits.push((word & 0x7FFF) as u16);
            word >>= 15;
            bits -= 15;
        }
    }
    if word != 0 {
        digits.push(word as u16);
    }
    let Ok(count) = i32::try_from(digits.len()) else {
        return Err(vm.value_error("unmarshallable object"));
    };
    out.push(b'l');
    let count = if sign == Sign::Minus { -count } else { count };
    out.extend_from_slice(&count.to_le_bytes());
    for digit in digits {
        out.extend_from_slice(&digit.to_le_bytes());
    }
    Ok(())
}

fn loads(vm: &mut Vm, bytes: &[u8], allow_code: Option<&Ref>) -> PyResult {
    read_one(vm, bytes, allow_code).map(|(value, _)| value)
}

/// The first value, and how many bytes it took.
fn read_one(vm: &mut Vm, bytes: &[u8], allow_code: Option<&Ref>) -> PyResult<(Ref, usize)> {
    let allow_code = allowed(vm, allow_code)?;
    if bytes.first().is_some_and(|kind| kind & !FLAG_REF == b'c') {
        if !allow_code {
            return Err(vm.value_error("unmarshalling code objects is disallowed"));
        }
        let Ok(constant) = vitrine_bytecode::marshal::load_const(bytes) else {
            return Err(bad(vm, ""));
        };
        // Code from anywhere must not run before every path through it was followed.
        if let Err(error) = vitrine_bytecode::verify::verify_const(&constant) {
            return Err(vm.value_error(error.to_string()));
        }
        return Ok((vm.new_const(&constant), bytes.len()));
    }
    let mut reader = Reader {
        bytes,
        at: 0,
        known: Vec::new(),
    };
    match reader.value(vm, 0)? {
        Some(value) => Ok((value, reader.at)),
        None => Err(vm.type_error("NULL object in marshal data for object")),
    }
}

fn bad(vm: &mut Vm, why: &str) -> Exc {
    vm.value_error(format!("bad marshal data{why}"))
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    /// The objects that may be referred to; an unfinished one is absent.
    known: Vec<Option<Ref>>,
}

impl<'b> Reader<'b> {
    fn take(&mut self, vm: &mut Vm, count: usize) -> PyResult<&'b [u8]> {
        let end = self.at.checked_add(count);
        match end.and_then(|end| self.bytes.get(self.at..end)) {
            Some(part) => {
                self.at += count;
                Ok(part)
            }
            None => Err(vm.eof_error("marshal data too short")),
        }
    }

    fn byte(&mut self, vm: &mut Vm) -> PyResult<u8> {
        self.take(vm, 1).map(|part| part[0])
    }

    fn long(&mut self, vm: &mut Vm) -> PyResult<i32> {
        let part = self.take(vm, 4)?;
        Ok(i32::from_le_bytes([part[0], part[1], part[2], part[3]]))
    }

    fn float(&mut self, vm: &mut Vm) -> PyResult<f64> {
        let part = self.take(vm, 8)?;
        let mut bytes = [0; 8];
        bytes.copy_from_slice(part);
        Ok(f64::from_le_bytes(bytes))
    }

    /// A length, which the rest of the data must be able to fill.
    fn size(&mut self, vm: &mut Vm, what: &str) -> PyResult<usize> {
        let size = self.long(vm)?;
        match usize::try_from(size) {
            Ok(size) => Ok(size),
            Err(_) => Err(bad(vm, &format!(" ({what} size out of range)"))),
        }
    }

    fn items(&mut self, vm: &mut Vm, count: usize, depth: usize) -> PyResult<Vec<Ref>> {
        let mut items = Vec::with_capacity(count.min(self.bytes.len() - self.at));
        for _ in 0..count {
            match self.value(vm, depth + 1)? {
                Some(item) => items.push(item),
                None => return Err(vm.type_error("NULL object in marshal data for container")),
            }
        }
        Ok(items)
    }

    /// A value; `None` for the end of a dict.
    fn value(&mut self, vm: &mut Vm, depth: usize) -> PyResult<Option<Ref>> {
        if depth > MAX_DEPTH {
            return Err(bad(vm, " (nesting too deep)"));
        }
        vm.charge(1)?;
        let Ok(first) = self.byte(vm) else {
            return Err(vm.eof_error("EOF read where object expected"));
        };
        let (kind, is_known) = (first & !FLAG_REF, first & FLAG_REF != 0);
        let place = is_known.then(|| {
            self.known.push(None);
            self.known.len() - 1
        });
        let value = match kind {
            b'0' => return Ok(None),
            b'N' => Ref::none(),
            b'T' => Ref::bool(true),
            b'F' => Ref::bool(false),
            b'.' => Ref::ellipsis(),
            b'S' => vm.exc.StopIteration.to_ref(),
            b'i' => {
                let int = self.long(vm)?;
                vm.new_int(int)
            }
            b'l' => self.int(vm)?,
            b'g' => {
                let float = self.float(vm)?;
                vm.new_float(float)
            }
            b'y' => {
                let (real, imag) = (self.float(vm)?, self.float(vm)?);
                vm.new_complex(real, imag)
            }
            b's' => {
                let count = self.size(vm, "bytes object")?;
                let part = self.take(vm, count)?;
                vm.new_bytes(part)
            }
            b'z' | b'Z' => {
                let count = self.byte(vm)?.into();
                self.text(vm, count)?
            }
            b'a' | b'A' | b'u' | b't' => {
                let count = self.size(vm, "string")?;
                self.text(vm, count)?
            }
            b')' | b'(' => {
                let count = match kind {
                    b')' => self.byte(vm)?.into(),
                    _ => self.size(vm, "tuple")?,
                };
                let items = self.items(vm, count, depth)?;
                vm.new_tuple(items)
            }
            b'[' => {
                let count = self.size(vm, "list")?;
                let list = vm.new_list(Vec::new());
                self.know(place, &list);
                let items = self.items(vm, count, depth)?;
                *list.payload::<List>().items_mut(vm) = items;
                list
            }
            b'{' => {
                let dict = vm.new_dict();
                self.know(place, &dict);
                while let Some(key) = self.value(vm, depth + 1)? {
                    let Some(item) = self.value(vm, depth + 1)? else {
                        break;
                    };
                    vm.dict_set(&dict, &key, item)?;
                }
                dict
            }
            b'<' | b'>' => {
                let count = self.size(vm, "set")?;
                let items = self.items(vm, count, depth)?;
                let items = vm.new_list(items);
                let ty = if kind == b'<' {
                    vm.types.set
                } else {
                    vm.types.frozenset
                };
                vm.call(&ty.to_ref(), &[items])?
            }
            b'r' => {
                let at = self.long(vm)?;
                let known = usize::try_from(at).ok().and_then(|at| self.known.get(at));
                match known.cloned().flatten() {
                    Some(value) => value,
                    None => return Err(bad(vm, " (invalid reference)")),
                }
            }
            b'c' => return Err(bad(vm, " (code in a container)")),
            _ => return Err(bad(vm, " (unknown type code)")),
        };
        self.know(place, &value);
        Ok(Some(value))
    }

    fn know(&mut self, place: Option<usize>, value: &Ref) {
        if let Some(place) = place {
            self.known[place] = Some(value.clone());
        }
    }

    fn text(&mut self, vm: &mut Vm, count: usize) -> PyResult {
        let part = self.take(vm, count)?;
        match std::str::from_utf8(part) {
            Ok(text) => Ok(vm.new_str(text)),
            Err(_) => vm.decode_bytes(&Ref::none(), part, "utf-8", "surrogatepass"),
        }
    }

    fn int(&mut self, vm: &mut Vm) -> PyResult {
        let count = self.long(vm)?;
        let part = self.take(vm, count.unsigned_abs() as usize * 2)?;
        let mut bytes = Vec::with_capacity(part.len());
        let (mut word, mut bits) = (0_u32, 0);
        for (at, digit) in part.chunks_exact(2).enumerate() {
            let digit = u16::from_le_bytes([digit[0], digit[1]]);
            if digit > 0x7FFF {
                return Err(bad(vm, " (digit out of range in long)"));
            }
            if at * 2 + 2 == part.len() && digit == 0 {
                return Err(bad(vm, " (unnormalized long data)"));
            }
            word |= u32::from(digit) << bits;
            bits += 15;
            while bits >= 8 {
                bytes.push(word as u8);
                word >>= 8;
                bits -= 8;
            }
        }
        bytes.push(word as u8);
        let sign = if count < 0 { Sign::Minus } else { Sign::Plus };
        Ok(vm.new_bigint(BigInt::from_bytes_le(sign, &bytes)))
    }
}
