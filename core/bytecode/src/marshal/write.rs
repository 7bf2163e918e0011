//! Code objects to bytes (`w_object` of `Python/marshal.c`).
//!
//! Each text is written once and referred to afterwards; so are code objects
//! that stand in several places.

use std::collections::HashMap;
use std::sync::Arc;

use num_bigint::{BigInt, Sign};

use super::kind;
use crate::code::{CodeObject, Const};

/// A code object as `marshal.dumps` would give it.
pub fn dump_code(code: &CodeObject) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.code(code);
    writer.bytes
}

/// A constant as `marshal.dumps` would give it.
pub fn dump_const(value: &Const) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.object(value);
    writer.bytes
}

#[derive(Default)]
struct Writer<'a> {
    bytes: Vec<u8>,
    /// Reference numbers of texts, by whether they are interned too.
    texts: HashMap<(&'a [u8], bool), u32>,
    /// Reference numbers of code objects by address.
    codes: HashMap<*const CodeObject, u32>,
    next_ref: u32,
}

impl<'a> Writer<'a> {
    fn i32(&mut self, value: usize) {
        // What exceeds an int is no code object CPython could make either.
        let value = i32::try_from(value).unwrap_or(i32::MAX);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn reference(&mut self, number: u32) {
        self.bytes.push(kind::REF);
        self.i32(number as usize);
    }

    fn take_ref(&mut self) -> u32 {
        self.next_ref += 1;
        self.next_ref - 1
    }

    fn object(&mut self, value: &'a Const) {
        match value {
            Const::None => self.bytes.push(kind::NONE),
            Const::Bool(value) => self
                .bytes
                .push(if *value { kind::TRUE } else { kind::FALSE }),
            Const::Ellipsis => self.bytes.push(kind::ELLIPSIS),
            Const::Int(value) => self.int(value),
            Const::Float(value) => {
                self.bytes.push(kind::BINARY_FLOAT);
                self.bytes.extend_from_slice(&value.to_le_bytes());
            }
            Const::Complex(real, imag) => {
                self.bytes.push(kind::BINARY_COMPLEX);
                self.bytes.extend_from_slice(&real.to_le_bytes());
                self.bytes.extend_from_slice(&imag.to_le_bytes());
            }
            Const::Str(text) => self.text(text.as_bytes(), false),
            Const::Bytes(bytes) => self.byte_string(bytes),
            Const::Tuple(items) => {
                self.tuple_head(items.len());
                self.objects(items);
            }
            Const::FrozenSet(items) => {
                self.bytes.push(kind::FROZENSET);
                self.i32(items.len());
                self.objects(items);
            }
            Const::Slice(parts) => {
                self.bytes.push(kind::SLICE);
                self.objects(&parts[..]);
            }
            Const::Code(code) => {
                let address = Arc::as_ptr(code);
                match self.codes.get(&address) {
                    Some(&number) => self.reference(number),
                    None => {
                        // The number `code` is about to take.
                        self.codes.insert(address, self.next_ref);
                        self.code(code);
                    }
                }
            }
        }
    }

    fn objects(&mut self, items: &'a [Const]) {
        for item in items {
            self.object(item);
        }
    }

    fn tuple_head(&mut self, len: usize) {
        match u8::try_from(len) {
            Ok(short) => self.bytes.extend_from_slice(&[kind::SMALL_TUPLE, short]),
            Err(_) => {
                self.bytes.push(kind::TUPLE);
                self.i32(len);
            }
        }
    }

    fn int(&mut self, value: &BigInt) {
        if let Ok(small) = i32::try_from(value) {
            self.bytes.push(kind::INT);
            self.bytes.extend_from_slice(&small.to_le_bytes());
            return;
        }
        let (sign, digits) = value.to_radix_le(1 << 8);
        let mut out = Vec::with_capacity(digits.len() / 2 + 2);
        let (mut pending, mut pending_bits) = (0_u32, 0);
        for byte in digits {
            pending |= u32::from(byte) << pending_bits;
            pending_bits += 8;
            if pending_bits >= 15 {
                out.push((pending & 0x7FFF) as u16);
                pending >>= 15;
                pending_bits -= 15;
            }
        }
        if pending != 0 {
            out.push(pending as u16);
        }
        while out.last() == Some(&0) {
            out.pop();
        }
        self.bytes.push(kind::LONG);
        let len = i32::try_from(out.len()).unwrap_or(i32::MAX);
        let len = if sign == Sign::Minus { -len } else { len };
        self.bytes.extend_from_slice(&len.to_le_bytes());
        for digit in out {
            self.bytes.extend_from_slice(&digit.to_le_bytes());
        }
    }

    fn text(&mut self, text: &'a [u8], interned: bool) {
        if let Some(&number) = self.texts.get(&(text, interned)) {
            return self.reference(number);
        }
        let number = self.take_ref();
        self.texts.insert((text, interned), number);
        let kind = match (text.is_ascii(), text.len() < 256, interned) {
            (true, true, true) => kind::SHORT_ASCII_INTERNED,
            (true, true, false) => kind::SHORT_ASCII,
            (true, false, true) => kind::ASCII_INTERNED,
            (true, false, false) => kind::ASCII,
            (false, _, true) => kind::INTERNED,
            (false, _, false) => kind::UNICODE,
        };
        self.bytes.push(kind | kind::FLAG_REF);
        if matches!(kind, kind::SHORT_ASCII | kind::SHORT_ASCII_INTERNED) {
            self.bytes.push(text.len() as u8);
        } else {
            self.i32(text.len());
        }
        self.bytes.extend_from_slice(text);
    }

    fn byte_string(&mut self, bytes: &[u8]) {
        self.bytes.push(kind::STRING);
        self.i32(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    fn names(&mut self, names: &'a [Box<str>]) {
        self.tuple_head(names.len());
        for name in names {
            self.text(name.as_bytes(), true);
        }
    }

    fn code(&mut self, code: &'a CodeObject) {
        self.bytes.push(kind::CODE | kind::FLAG_REF);
        self.take_ref();
        for count in [
            code.argcount,
            code.posonlyargcount,
            code.kwonlyargcount,
            code.stacksize,
        ] {
            self.i32(count as usize);
        }
        self.bytes.extend_from_slice(&code.flags.to_le_bytes());
        self.byte_string(&code.code);
        self.tuple_head(code.consts.len());
        self.objects(&code.consts);
        self.names(&code.names);
        self.names(&code.localsplusnames);
        self.byte_string(&code.localspluskinds);
        self.text(code.filename.as_bytes(), false);
        self.text(code.name.as_bytes(), true);
        self.text(code.qualname.as_bytes(), true);
        self.i32(code.firstlineno as usize);
        self.byte_string(&code.linetable);
        self.byte_string(&code.exceptiontable);
    }
}
