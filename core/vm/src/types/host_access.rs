//! What library modules need to reach the world: bytes in, text in and out of
//! encodings, and the host's errors as Python's.
#![forbid(unsafe_code)]

use std::io;

use crate::error::{Exc, PyResult};
use crate::object::{Exception, Ref};
use crate::text::TextBuf;
use crate::text::codec::Encoding;
use crate::types::bytearray::ByteArray;
use crate::types::{convert, exceptions, str};
use crate::vm::Vm;

impl Vm {
    /// The bytes of a bytes-like object, copied; `None` for anything else.
    pub fn bytes_like(&self, value: &Ref) -> Option<Vec<u8>> {
        convert::bytes_like(self, value)
    }

    /// The bytes of an argument that must be bytes-like.
    pub fn need_bytes(&mut self, value: &Ref) -> PyResult<Vec<u8>> {
        convert::need_bytes(self, value)
    }

    /// A `bytearray`, the memory of types that lend theirs.
    pub fn new_bytearray(&mut self, data: Vec<u8>) -> Ref {
        self.new_object(self.types.bytearray, ByteArray::new(data))
    }

    /// The memory of a `bytearray`.
    pub fn bytearray<'a>(&'a self, array: &'a Ref) -> Option<&'a [u8]> {
        Some(array.downcast::<ByteArray>()?.data.get(self))
    }

    /// The memory of a `bytearray`, to be changed in place.
    #[allow(clippy::mut_from_ref)]
    pub fn bytearray_mut<'a>(&'a mut self, array: &'a Ref) -> Option<&'a mut Vec<u8>> {
        Some(array.downcast::<ByteArray>()?.data.get_mut(self))
    }

    /// Whether a view looks at a `bytearray`, so that its size is fixed.
    pub fn is_exported(&self, array: &Ref) -> bool {
        array
            .downcast::<ByteArray>()
            .is_some_and(|array| array.exports.get() > 0)
    }

    /// The usual name of an encoding that needs no help from the `codecs` registry.
    pub fn native_encoding(&self, name: &str) -> Option<&'static str> {
        Encoding::from_name(name).map(Encoding::name)
    }

    /// `text.encode(encoding, errors)`
    pub fn encode_text(&mut self, text: &Ref, encoding: &str, errors: &str) -> PyResult {
        str::encode(self, text, Some(encoding), Some(errors))
    }

    /// `bytes.decode(encoding, errors)`; `object` is what an error would carry.
    pub fn decode_bytes(
        &mut self,
        object: &Ref,
        bytes: &[u8],
        encoding: &str,
        errors: &str,
    ) -> PyResult {
        str::decode(self, object, bytes, Some(encoding), Some(errors))
    }

    /// Decodes as much as is complete in a native encoding; gives the text and
    /// the number of bytes used.
    pub fn decode_partial(
        &mut self,
        bytes: &[u8],
        encoding: &str,
        errors: &str,
        last: bool,
    ) -> PyResult<(TextBuf, usize)> {
        match Encoding::from_name(encoding) {
            Some(encoding) => str::decode_with(self, bytes, encoding, Some(errors), last),
            None => Err(self.lookup_error(format!("unknown encoding: {encoding}"))),
        }
    }

    /// An `OSError` of the class its number asks for.
    #[cold]
    pub fn errno_error(&mut self, errno: i64, text: &str, path: Option<&Ref>) -> Exc {
        let ty = exceptions::os_subclass(self, errno).unwrap_or(self.exc.OSError);
        let args = vec![self.new_int(errno), self.new_str(text)];
        let exception = self.new_exc_args(ty, args.clone());
        let payload = exception.value().payload::<Exception>();
        for (index, value) in args.into_iter().chain(path.cloned()).enumerate() {
            payload.set_field(self, index, Some(value));
        }
        exception
    }

    /// What the host answered as the `OSError` it is.
    #[cold]
    pub fn host_error(&mut self, error: &io::Error, path: Option<&str>) -> Exc {
        use io::ErrorKind as Kind;
        let errno = match (error.raw_os_error(), error.kind()) {
            (Some(errno), _) => i64::from(errno),
            (None, Kind::PermissionDenied) => 13,
            (None, Kind::NotFound) => 2,
            (None, Kind::AlreadyExists) => 17,
            (None, Kind::IsADirectory) => 21,
            (None, Kind::NotADirectory) => 20,
            (None, Kind::DirectoryNotEmpty) => 39,
            (None, Kind::BrokenPipe) => 32,
            (None, Kind::Interrupted) => 4,
            (None, Kind::TimedOut) => 110,
            (None, Kind::WouldBlock) => 11,
            (None, Kind::InvalidInput) => 22,
            (None, Kind::Unsupported) => 38,
            _ => 5,
        };
        let text = error.to_string();
        // Rust adds the number, which the exception has in front.
        let text = text.split(" (os error ").next().unwrap_or_default();
        let path = path.map(|path| self.new_str(path));
        self.errno_error(errno, text, path.as_ref())
    }
}
