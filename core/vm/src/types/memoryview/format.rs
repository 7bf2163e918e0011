//! Items of a view: one native format character, read and written.
#![forbid(unsafe_code)]

use num_bigint::BigInt;

use crate::error::{Exc, PyResult};
use crate::object::Ref;
use crate::vm::Vm;

/// A native single-character format, as `cast` takes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Format {
    pub(crate) code: u8,
    /// Written with `@` in front.
    pub(crate) at: bool,
}

impl Format {
    /// Reads `"i"` or `"@i"`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (at, rest) = match text.strip_prefix('@') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let &[code] = rest.as_bytes() else {
            return None;
        };
        size_of_code(code).map(|_| Self { code, at })
    }

    /// How many bytes an item takes.
    pub(crate) fn size(self) -> usize {
        size_of_code(self.code).unwrap_or(1)
    }

    /// Whether an item is one byte and nothing else.
    pub(crate) fn is_byte(self) -> bool {
        matches!(self.code, b'B' | b'b' | b'c')
    }

    /// As it was written.
    pub(crate) fn text(self) -> String {
        let code = char::from(self.code);
        if self.at {
            format!("@{code}")
        } else {
            code.to_string()
        }
    }

    fn is_signed(self) -> bool {
        matches!(self.code, b'b' | b'h' | b'i' | b'l' | b'q' | b'n')
    }

    /// The value of an item; `bytes` has its size.
    pub(crate) fn unpack(self, vm: &mut Vm, bytes: &[u8]) -> Ref {
        let mut wide = [0; 8];
        let len = bytes.len().min(8);
        wide[..len].copy_from_slice(&bytes[..len]);
        let raw = u64::from_le_bytes(wide);
        match self.code {
            b'c' => vm.new_bytes(bytes),
            b'?' => Ref::bool(raw != 0),
            b'd' => vm.new_float(f64::from_bits(raw)),
            b'f' => vm.new_float(f64::from(f32::from_bits(raw as u32))),
            b'e' => vm.new_float(crate::number::half::to_float(raw as u16)),
            _ if self.is_signed() => {
                let shift = 64 - len as u32 * 8;
                vm.new_int(((raw << shift) as i64) >> shift)
            }
            _ => vm.new_bigint(BigInt::from(raw)),
        }
    }

    /// The bytes of a value.
    pub(crate) fn pack(self, vm: &mut Vm, value: &Ref) -> PyResult<Vec<u8>> {
        let size = self.size();
        match self.code {
            b'c' => match crate::types::convert::bytes_like(vm, value) {
                Some(bytes) if bytes.len() == 1 => Ok(bytes),
                Some(_) => Err(self.invalid_value(vm)),
                None => Err(self.invalid_type(vm)),
            },
            b'?' => Ok(vec![u8::from(vm.is_true(value)?)]),
            b'd' | b'f' | b'e' => {
                if vm
                    .type_of(value)
                    .slot(|slots| slots.float.is_none() && slots.index.is_none())
                {
                    return Err(self.invalid_type(vm));
                }
                let converter = vm.types.float.to_ref();
                let float = vm.call(&converter, std::slice::from_ref(value))?;
                let float = vm.float_value(&float).unwrap_or_default();
                match self.code {
                    b'd' => Ok(float.to_le_bytes().to_vec()),
                    b'f' => Ok((float as f32).to_le_bytes().to_vec()),
                    _ => match crate::number::half::from_float(float) {
                        Some(half) => Ok(half.to_le_bytes().to_vec()),
                        None => Err(self.invalid_value(vm)),
                    },
                }
            }
            _ => {
                if vm.type_of(value).slot(|slots| slots.index).is_none() {
                    return Err(self.invalid_type(vm));
                }
                let index = vm.index(value)?;
                let int = vm
                    .int_value(&index)
                    .and_then(|int| i128::try_from(int).ok());
                let bits = size as u32 * 8;
                let (low, high) = if self.is_signed() {
                    (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1)
                } else {
                    (0, (1_i128 << bits) - 1)
                };
                match int.filter(|int| (low..=high).contains(int)) {
                    Some(int) => Ok(int.to_le_bytes()[..size].to_vec()),
                    None => Err(self.invalid_value(vm)),
                }
            }
        }
    }

    fn invalid_type(self, vm: &mut Vm) -> Exc {
        let text = self.text();
        vm.type_error(format!("memoryview: invalid type for format '{text}'"))
    }

    fn invalid_value(self, vm: &mut Vm) -> Exc {
        let text = self.text();
        vm.value_error(format!("memoryview: invalid value for format '{text}'"))
    }
}

fn size_of_code(code: u8) -> Option<usize> {
    Some(match code {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
        _ => return None,
    })
}
