//! Making exceptions.
#![forbid(unsafe_code)]

use crate::error::{Exc, Stop};
use crate::object::{Exception, Ref, Ty};
use crate::vm::Vm;

macro_rules! raise {
    ($($(#[$doc:meta])* $fn:ident = $ty:ident;)*) => {
        impl Vm {
            $(
                $(#[$doc])*
                #[cold]
                pub fn $fn(&mut self, message: impl AsRef<str>) -> Exc {
                    let ty = self.exc.$ty;
                    self.new_exc(ty, message)
                }
            )*
        }
    };
}

raise! {
    /// `TypeError`
    type_error = TypeError;
    /// `ValueError`
    value_error = ValueError;
    /// `IndexError`
    index_error = IndexError;
    /// `LookupError`
    lookup_error = LookupError;
    /// `OverflowError`
    overflow_error = OverflowError;
    /// `ZeroDivisionError`
    zero_division_error = ZeroDivisionError;
    /// `RuntimeError`
    runtime_error = RuntimeError;
    /// `SystemError`
    system_error = SystemError;
    /// `NotImplementedError`
    not_implemented_error = NotImplementedError;
    /// `AssertionError`
    assertion_error = AssertionError;
    /// `BufferError`
    buffer_error = BufferError;
    /// `EOFError`
    eof_error = EOFError;
    /// `MemoryError`
    memory_error = MemoryError;
    /// `RecursionError`
    recursion_error = RecursionError;
    /// `ReferenceError`
    reference_error = ReferenceError;
}

impl Vm {
    /// An exception of a built-in class with one message.
    #[cold]
    pub fn new_exc(&mut self, ty: Ty, message: impl AsRef<str>) -> Exc {
        let message = self.new_str(message.as_ref());
        self.new_exc_args(ty, vec![message])
    }

    /// An exception of a built-in class with these `args`, no Python code run.
    #[cold]
    pub fn new_exc_args(&mut self, ty: Ty, args: Vec<Ref>) -> Exc {
        let args = self.new_tuple(args);
        Exc::new(self.new_object(ty, Exception::new(args)))
    }

    /// `KeyError(key)`
    #[cold]
    pub fn key_error(&mut self, key: &Ref) -> Exc {
        let ty = self.exc.KeyError;
        self.new_exc_args(ty, vec![key.clone()])
    }

    /// `StopIteration(value)`
    #[cold]
    pub fn stop_iteration(&mut self, value: Option<Ref>) -> Exc {
        let ty = self.exc.StopIteration;
        let exc = self.new_exc_args(ty, value.clone().into_iter().collect());
        exc.value().payload::<Exception>().set_field(self, 0, value);
        exc
    }

    /// `AttributeError` in CPython's usual words, with `name` and `obj`.
    #[cold]
    pub fn attribute_error(&mut self, object: &Ref, name: &Ref) -> Exc {
        let message = match object.as_type() {
            Some(ty) => {
                format!(
                    "type object '{}' has no attribute '{}'",
                    ty.name(),
                    name_text(name)
                )
            }
            None => {
                let ty = self.type_of(object).name();
                format!("'{ty}' object has no attribute '{}'", name_text(name))
            }
        };
        self.attribute_error_with(object, name, message)
    }

    /// `AttributeError` with another message.
    #[cold]
    pub fn attribute_error_with(
        &mut self,
        object: &Ref,
        name: &Ref,
        message: impl AsRef<str>,
    ) -> Exc {
        let exc = self.new_exc(self.exc.AttributeError, message);
        let payload = exc.value().payload::<Exception>();
        payload.set_field(self, 0, Some(name.clone()));
        payload.set_field(self, 1, Some(object.clone()));
        exc
    }

    /// `NameError` in CPython's words, with `name`.
    #[cold]
    pub(crate) fn name_error(&mut self, ty: Ty, name: &Ref, message: impl AsRef<str>) -> Exc {
        let exc = self.new_exc(ty, message);
        exc.value()
            .payload::<Exception>()
            .set_field(self, 0, Some(name.clone()));
        exc
    }

    /// The end of a budget.
    #[cold]
    pub(crate) fn stop(&mut self, stop: Stop) -> Exc {
        let ty = self.types.stop;
        Exc::new(self.new_object(ty, stop))
    }

    /// Whether a raised exception is of a class (a plain subclass check).
    pub fn exc_is(&self, exc: &Exc, ty: Ty) -> bool {
        self.type_of(exc.value()).is_subtype(ty)
    }
}

fn name_text(name: &Ref) -> String {
    name.as_str().map(ToString::to_string).unwrap_or_default()
}
