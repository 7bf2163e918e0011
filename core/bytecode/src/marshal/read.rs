//! Bytes to code objects (`r_object` of `Python/marshal.c`).

use std::sync::Arc;

use num_bigint::{BigInt, Sign};
use vitrine_syntax::wtf8::Wtf8Box;

use super::{MAX_DEPTH, MarshalError, MarshalErrorKind, kind};
use crate::code::{CodeObject, Const};
use crate::names::Names;

type Result<T> = std::result::Result<T, MarshalError>;

/// Reads one code object; bytes behind it are ignored, as CPython does.
pub fn load_code(bytes: &[u8]) -> Result<CodeObject> {
    match load_const(bytes)? {
        Const::Code(code) => Ok(Arc::unwrap_or_clone(code)),
        _ => Err(MarshalError {
            offset: 0,
            kind: MarshalErrorKind::BadData("not a code object"),
        }),
    }
}

/// Reads one value.
pub fn load_const(bytes: &[u8]) -> Result<Const> {
    let mut reader = Reader {
        bytes,
        at: 0,
        refs: Vec::new(),
        depth: 0,
        budget: bytes.len() * 16 + 4096,
    };
    reader.object()
}

/// What a reference number stands for: nothing yet, or a value and how many
/// values copying it makes.
type Reference = Option<(Const, usize)>;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    refs: Vec<Reference>,
    depth: usize,
    /// How many more values references may copy. Without it a few bytes of
    /// references to tuples of references would fill any memory.
    budget: usize,
}

impl<'a> Reader<'a> {
    fn error<T>(&self, kind: MarshalErrorKind) -> Result<T> {
        Err(MarshalError {
            offset: self.at,
            kind,
        })
    }

    fn bad<T>(&self, what: &'static str) -> Result<T> {
        self.error(MarshalErrorKind::BadData(what))
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        match self.bytes[self.at..].split_at_checked(len) {
            Some((head, _)) => {
                self.at += len;
                Ok(head)
            }
            None => self.error(MarshalErrorKind::TooShort),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("just taken"))
    }

    fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    fn i32(&mut self) -> Result<i32> {
        self.array().map(i32::from_le_bytes)
    }

    fn f64(&mut self) -> Result<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// A field of a code object that CPython holds in a non-negative `int`.
    fn count(&mut self) -> Result<u32> {
        match u32::try_from(self.i32()?) {
            Ok(count) => Ok(count),
            Err(_) => self.bad("negative number in a code object"),
        }
    }

    /// A length of things that take at least a byte each.
    fn len(&mut self) -> Result<usize> {
        match usize::try_from(self.i32()?) {
            Ok(len) if len <= self.bytes.len() - self.at => Ok(len),
            Ok(_) => self.error(MarshalErrorKind::TooShort),
            Err(_) => self.bad("negative length"),
        }
    }

    fn object(&mut self) -> Result<Const> {
        let byte = self.u8()?;
        let flagged = byte & kind::FLAG_REF != 0;
        // The number is taken before the contents take theirs.
        let slot = flagged.then(|| {
            self.refs.push(None);
            self.refs.len() - 1
        });
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.error(MarshalErrorKind::TooComplex);
        }
        let value = self.contents(byte & !kind::FLAG_REF)?;
        self.depth -= 1;
        if let Some(slot) = slot {
            let weight = weigh(&value);
            self.spend(weight)?;
            self.refs[slot] = Some((value.clone(), weight));
        }
        Ok(value)
    }

    fn spend(&mut self, weight: usize) -> Result<()> {
        match self.budget.checked_sub(weight) {
            Some(left) => {
                self.budget = left;
                Ok(())
            }
            None => self.error(MarshalErrorKind::TooComplex),
        }
    }

    fn contents(&mut self, kind: u8) -> Result<Const> {
        Ok(match kind {
            kind::NONE => Const::None,
            kind::FALSE => Const::Bool(false),
            kind::TRUE => Const::Bool(true),
            kind::ELLIPSIS => Const::Ellipsis,
            kind::INT => Const::Int(self.i32()?.into()),
            kind::LONG => Const::Int(self.long()?),
            kind::BINARY_FLOAT => Const::Float(self.f64()?),
            kind::BINARY_COMPLEX => Const::Complex(self.f64()?, self.f64()?),
            kind::STRING => {
                let len = self.len()?;
                Const::Bytes(self.take(len)?.into())
            }
            kind::INTERNED | kind::UNICODE | kind::ASCII | kind::ASCII_INTERNED => {
                let len = self.len()?;
                self.text(len)?
            }
            kind::SHORT_ASCII | kind::SHORT_ASCII_INTERNED => {
                let len = self.u8()?;
                self.text(len.into())?
            }
            kind::SMALL_TUPLE => {
                let len = self.u8()?;
                Const::Tuple(self.objects(len.into())?)
            }
            kind::TUPLE => {
                let len = self.len()?;
                Const::Tuple(self.objects(len)?)
            }
            kind::FROZENSET => {
                let len = self.len()?;
                Const::FrozenSet(self.objects(len)?)
            }
            kind::SLICE => Const::Slice(Box::new([self.object()?, self.object()?, self.object()?])),
            kind::CODE => self.code()?,
            kind::REF => {
                let index = self.i32()?;
                let found = usize::try_from(index)
                    .ok()
                    .and_then(|index| self.refs.get(index)?.clone());
                let Some((value, weight)) = found else {
                    return self.error(MarshalErrorKind::BadReference);
                };
                self.spend(weight)?;
                value
            }
            other => return self.error(MarshalErrorKind::UnknownType(other)),
        })
    }

    fn text(&mut self, len: usize) -> Result<Const> {
        match Wtf8Box::from_bytes(self.take(len)?) {
            Some(text) => Ok(Const::Str(text)),
            None => self.bad("invalid text"),
        }
    }

    fn objects(&mut self, len: usize) -> Result<Box<[Const]>> {
        if len > self.bytes.len() - self.at {
            return self.error(MarshalErrorKind::TooShort);
        }
        // A loop and no iterator chain: its frames would count at every level of nesting.
        let mut objects = Vec::with_capacity(len);
        for _ in 0..len {
            objects.push(self.object()?);
        }
        Ok(objects.into())
    }

    #[inline(never)]
    /// Digits of 15 bits, the sign in their number's sign.
    fn long(&mut self) -> Result<BigInt> {
        let signed_len = self.i32()?;
        let len = signed_len.unsigned_abs() as usize;
        let digits = self.take(len.saturating_mul(2))?;
        let mut bits = Vec::with_capacity(digits.len() / 4 + 1);
        let (mut pending, mut pending_bits) = (0_u64, 0);
        for digit in digits.chunks_exact(2) {
            let digit = u16::from_le_bytes([digit[0], digit[1]]);
            if digit > 0x7FFF {
                return self.bad("digit out of range in long");
            }
            pending |= u64::from(digit) << pending_bits;
            pending_bits += 15;
            if pending_bits >= 32 {
                bits.push(pending as u32);
                pending >>= 32;
                pending_bits -= 32;
            }
        }
        bits.push(pending as u32);
        let sign = if signed_len < 0 {
            Sign::Minus
        } else {
            Sign::Plus
        };
        Ok(BigInt::from_slice(sign, &bits))
    }

    /// Apart from [`Self::contents`], whose stack frame every level of nesting pays for.
    #[inline(never)]
    fn code(&mut self) -> Result<Const> {
        let argcount = self.count()?;
        let posonlyargcount = self.count()?;
        let kwonlyargcount = self.count()?;
        let stacksize = self.count()?;
        let flags = self.i32()? as u32;
        let code = self.byte_string()?;
        let consts = match self.object()? {
            Const::Tuple(consts) => consts,
            _ => return self.bad("constants are not a tuple"),
        };
        let names = self.names()?;
        let localsplusnames = self.names()?;
        let localspluskinds = self.byte_string()?;
        let filename = self.name()?.into();
        let name = self.name()?;
        let qualname = self.name()?;
        let firstlineno = self.count()?;
        let linetable = self.byte_string()?;
        let exceptiontable = self.byte_string()?;
        if localspluskinds.len() != localsplusnames.len() {
            return self.bad("kinds and names of variables differ in number");
        }
        if code.len() % 2 != 0 {
            return self.bad("half an instruction");
        }
        Ok(Const::Code(Arc::new(CodeObject {
            argcount,
            posonlyargcount,
            kwonlyargcount,
            stacksize,
            flags,
            code,
            consts,
            names,
            localsplusnames,
            localspluskinds,
            filename,
            name,
            qualname,
            firstlineno,
            linetable,
            exceptiontable,
        })))
    }

    fn byte_string(&mut self) -> Result<Box<[u8]>> {
        match self.object()? {
            Const::Bytes(bytes) => Ok(bytes),
            _ => self.bad("not bytes"),
        }
    }

    fn name(&mut self) -> Result<Box<str>> {
        match self.object()? {
            Const::Str(text) if text.as_str().is_some() => {
                Ok(text.as_str().unwrap_or_default().into())
            }
            _ => self.bad("not a name"),
        }
    }

    fn names(&mut self) -> Result<Names> {
        let Const::Tuple(names) = self.object()? else {
            return self.bad("names are not a tuple");
        };
        fn text(name: &Const) -> Option<&str> {
            match name {
                Const::Str(text) => text.as_str(),
                _ => None,
            }
        }
        match names.iter().map(text).collect() {
            Some(names) => Ok(names),
            None => self.bad("not a name"),
        }
    }
}

/// How many values a copy makes. Code objects are shared, not copied.
fn weigh(value: &Const) -> usize {
    match value {
        Const::Tuple(items) | Const::FrozenSet(items) => 1 + items.iter().map(weigh).sum::<usize>(),
        Const::Slice(parts) => 1 + parts.iter().map(weigh).sum::<usize>(),
        Const::Bytes(bytes) => 1 + bytes.len() / 64,
        Const::Str(text) => 1 + text.as_bytes().len() / 64,
        _ => 1,
    }
}
