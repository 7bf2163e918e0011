//! What the built-in types ask of the machine beyond its operations: settings,
//! warnings, the codec registry.
#![forbid(unsafe_code)]

use crate::error::PyResult;
use crate::object::{Dict, Ref};
use crate::vm::Vm;

/// Settings of the built-in types, as `sys` shows them.
pub(crate) struct Settings {
    /// `sys.set_int_max_str_digits`; 0 is no limit.
    pub(crate) int_max_str_digits: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            int_max_str_digits: 4300,
        }
    }
}

impl Vm {
    /// The greatest number of decimal digits an int converts to or from.
    pub(crate) fn int_max_str_digits(&mut self) -> usize {
        self.state::<Settings>().int_max_str_digits
    }

    /// `sys.set_int_max_str_digits`
    pub fn set_int_max_str_digits(&mut self, limit: usize) {
        self.state::<Settings>().int_max_str_digits = limit;
    }

    /// `ascii(x)`
    pub fn ascii(&mut self, value: &Ref) -> PyResult {
        let repr = self.repr(value)?;
        let text = super::str::text(&repr);
        if text.is_ascii() {
            return Ok(repr);
        }
        let mut out = String::with_capacity(text.len() * 2);
        for c in text.code_points() {
            match c {
                0..=0x7F => out.push(char::from(c as u8)),
                0x80..=0xFF => out.push_str(&format!("\\x{c:02x}")),
                0x100..=0xFFFF => out.push_str(&format!("\\u{c:04x}")),
                _ => out.push_str(&format!("\\U{c:08x}")),
            }
        }
        Ok(self.new_str(&out))
    }

    /// Calls a builtin function.
    pub fn call_builtin_by_name(&mut self, name: &str, args: &[Ref]) -> PyResult {
        let key = self.intern(name);
        let builtins = self.builtins.clone();
        match builtins.payload::<Dict>().get_str(self, &key) {
            Some(function) => self.call(&function, args),
            None => Err(self.runtime_error(format!("builtins.{name} is gone"))),
        }
    }

    /// `warnings.warn(message, category)`. A machine without the library warns nobody.
    pub fn warn(&mut self, category: crate::object::Ty, message: &str) -> PyResult<()> {
        let Ok(module) = self.import("warnings") else {
            return Ok(());
        };
        let message = self.new_str(message);
        self.call_method(&module, "warn", &[message, category.to_ref()])
            .map(drop)
    }

    /// A `DeprecationWarning`.
    pub fn warn_deprecated(&mut self, message: &str) -> PyResult<()> {
        self.warn(self.exc.DeprecationWarning, message)
    }

    /// Encodes or decodes by a codec of the `codecs` registry, the part that is
    /// written in Python.
    pub(crate) fn call_codec(
        &mut self,
        method: &str,
        value: &Ref,
        encoding: &str,
        errors: Option<&str>,
    ) -> PyResult {
        let codecs = self.import_or_unknown(encoding)?;
        let mut args = vec![value.clone(), self.new_str(encoding)];
        if let Some(errors) = errors {
            args.push(self.new_str(errors));
        }
        self.call_method(&codecs, method, &args)
    }

    fn import_or_unknown(&mut self, encoding: &str) -> PyResult {
        let name = self.new_str("codecs");
        let import = self.intern("__import__");
        let builtins = self.builtins.clone();
        let function = builtins
            .downcast::<Dict>()
            .and_then(|builtins| builtins.get_str(self, &import));
        if let Some(function) = function
            && let Ok(module) = self.call(&function, &[name])
        {
            return Ok(module);
        }
        Err(self.lookup_error(format!("unknown encoding: {encoding}")))
    }

    /// The error handler a program registered under a name.
    pub(crate) fn lookup_error_handler(&mut self, name: &str) -> PyResult {
        match self.import_or_unknown(name) {
            Ok(codecs) => {
                let name = self.new_str(name);
                self.call_method(&codecs, "lookup_error", &[name])
            }
            Err(_) => Err(self.lookup_error(format!("unknown error handler name '{name}'"))),
        }
    }
}
