//! What is wrong with source code, as exceptions with the attributes that CPython gives them.
#![forbid(unsafe_code)]

use vitrine_bytecode::compile::{
    CompileError, CompileErrorKind, CompileOptions, Mode, SyntaxWarning,
};
use vitrine_syntax::error::{ErrorKind, Raised};
use vitrine_syntax::line_index::line_of;
use vitrine_syntax::prompt::Refused;
use vitrine_syntax::source::{self, SourceError};

use crate::error::{Exc, PyResult};
use crate::object::{Exception, Ref, Ty};
use crate::vm::Vm;

impl Vm {
    /// The text that bytes of source are in the encoding that they declare.
    pub fn decode_source(&mut self, bytes: &[u8], filename: &str) -> PyResult<String> {
        let decoded = source::decode_for_compile(bytes);
        match &decoded.error {
            None => Ok(decoded.text),
            Some(error) => Err(self.source_error(error, &decoded.text, filename)),
        }
    }

    /// The exception for bytes that are no text.
    pub(crate) fn source_error(&mut self, error: &SourceError, text: &str, filename: &str) -> Exc {
        let class = self.exc.SyntaxError;
        let message = self.new_str(&error.compile_message());
        let filename = self.new_str(filename);
        let Some((lineno, offset)) = error.compile_position() else {
            return self.new_exception(class, &[message]);
        };
        if lineno == 0 {
            // A codec's words, of no place.
            let fields = vec![filename, self.new_int(0), self.new_int(-1), Ref::none()];
            let details = self.new_tuple(fields);
            return self.new_exception(class, &[message, details]);
        }
        let line = line_of(text, lineno - 1).unwrap_or_default();
        let line = line.trim_end_matches(['\n', '\r']);
        let end = match offset {
            0 => line.chars().count() as u32,
            offset => offset,
        };
        let fields = vec![
            // The tokenizer has not been told yet.
            Ref::none(),
            self.new_int(i64::from(lineno)),
            self.new_int(i64::from(offset)),
            self.new_str(line),
            self.new_int(i64::from(lineno)),
            self.new_int(i64::from(end)),
        ];
        let details = self.new_tuple(fields);
        let raised = self.new_exception(class, &[message, details]);
        if let Some(exception) = raised.value().downcast::<Exception>() {
            exception.set_field(self, field::FILENAME, Some(filename));
        }
        raised
    }

    /// Issues warnings of a text, one after the other.
    pub fn syntax_warnings(
        &mut self,
        warnings: &[SyntaxWarning],
        source: &str,
        options: &CompileOptions,
    ) -> PyResult<()> {
        { warnings.iter() }.try_for_each(|warning| self.syntax_warning(warning, source, options))
    }

    /// Issues a `SyntaxWarning`; turned into an error by a filter it is a `SyntaxError`.
    fn syntax_warning(
        &mut self,
        warning: &SyntaxWarning,
        source: &str,
        options: &CompileOptions,
    ) -> PyResult<()> {
        let line = warning.location.line;
        let Ok(warnings) = self.import("warnings") else {
            return Ok(());
        };
        let text = self.new_str(&warning.message);
        let category = if warning.is_deprecation {
            self.exc.DeprecationWarning
        } else {
            self.exc.SyntaxWarning
        };
        let category = category.to_ref();
        let arguments = [
            text,
            category,
            self.new_str(&options.filename),
            self.new_int(i64::from(line)),
        ];
        match self.call_method(&warnings, "warn_explicit", &arguments) {
            Ok(_) => Ok(()),
            Err(raised) if self.exc_is(&raised, self.exc.SyntaxWarning) => {
                let error = CompileError::new(
                    CompileErrorKind::Syntax(ErrorKind::Syntax),
                    warning.message.to_string(),
                    warning.location,
                );
                Err(self.compile_error(&error, source, options))
            }
            Err(raised) => Err(raised),
        }
    }

    /// The exception for input at a prompt that cannot be compiled, or not yet.
    pub(crate) fn refused_input(
        &mut self,
        refused: Refused,
        source: &str,
        options: &CompileOptions,
    ) -> Exc {
        let error = CompileError::from(refused.error);
        if let Err(raised) = self.syntax_warnings(&error.warnings, source, options) {
            return raised;
        }
        match refused.is_incomplete {
            true => self.syntax_error(self.exc._IncompleteInputError, &error, source, options),
            false => self.compile_error(&error, source, options),
        }
    }

    /// The exception for what is wrong with a text.
    pub fn compile_error(
        &mut self,
        error: &CompileError,
        source: &str,
        options: &CompileOptions,
    ) -> Exc {
        let class = match error.kind {
            CompileErrorKind::Syntax(ErrorKind::Syntax) => self.exc.SyntaxError,
            CompileErrorKind::Syntax(ErrorKind::Indentation) => self.exc.IndentationError,
            CompileErrorKind::Syntax(ErrorKind::Tab) => self.exc.TabError,
            CompileErrorKind::Syntax(ErrorKind::Value | ErrorKind::UnicodeDecode)
            | CompileErrorKind::Encode => return self.value_error(&error.message),
            CompileErrorKind::Syntax(ErrorKind::Memory) => {
                return self.new_exc(self.exc.MemoryError, &error.message);
            }
            CompileErrorKind::Syntax(ErrorKind::Recursion) | CompileErrorKind::Recursion => {
                return self.new_exc(self.exc.RecursionError, &error.message);
            }
            CompileErrorKind::System => {
                return self.new_exc(self.exc.SystemError, &error.message);
            }
            CompileErrorKind::Overflow => {
                return self.new_exc(self.exc.OverflowError, &error.message);
            }
        };
        self.syntax_error(class, error, source, options)
    }

    fn syntax_error(
        &mut self,
        class: Ty,
        error: &CompileError,
        source: &str,
        options: &CompileOptions,
    ) -> Exc {
        let message = self.new_str(&error.message);
        let at = error.attributes();
        let text = self.line_of_file(error, options);
        let text = text.or_else(|| error.line_text(source, options.mode));
        let fields = [
            self.new_str(&options.filename),
            self.new_int(i64::from(at.lineno)),
            self.new_int(i64::from(at.offset)),
            text.map_or_else(Ref::none, |text| self.new_str(&text)),
            self.new_int(i64::from(at.end_lineno)),
            self.new_int(i64::from(at.end_offset)),
        ];
        if error.raised != Raised::BySymbolTable {
            let details = self.new_tuple(fields.to_vec());
            return self.new_exception(class, &[message, details]);
        }
        // It knows the place only when there is an exception.
        let raised = self.new_exception(class, &[message]);
        if let Some(exception) = raised.value().downcast::<Exception>() {
            for (index, value) in (field::FILENAME..).zip(fields) {
                exception.set_field(self, index, Some(value));
            }
        }
        raised
    }

    /// The line in the file of the code's name, if there is one: all but the tokenizer look
    /// there first, the parser only for modules.
    fn line_of_file(&mut self, error: &CompileError, options: &CompileOptions) -> Option<String> {
        match error.raised {
            Raised::BySymbolTable | Raised::ByCompiler => {}
            Raised::AtLine if options.mode == Mode::Exec => {}
            _ => return None,
        }
        let line = u32::try_from(error.location.line - 1).ok()?;
        let bytes = self.host.read_file(&options.filename).ok()?;
        let source = source::decode(&bytes);
        line_of(&source.text, line).map(|line| line.replace("\r\n", "\n").replace('\r', "\n"))
    }

    /// An exception of a class, called with these arguments.
    fn new_exception(&mut self, class: Ty, arguments: &[Ref]) -> Exc {
        match self.call(&class.to_ref(), arguments) {
            Ok(exception) => Exc::new(exception),
            Err(raised) => raised,
        }
    }
}

/// The fields of a `SyntaxError`, of which the first is `msg`.
mod field {
    pub(super) const FILENAME: usize = 1;
}
