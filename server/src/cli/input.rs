//! Reading what a command looks at.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use vitrine_bytecode::code::CodeObject;
use vitrine_bytecode::compile::{CompileError, SyntaxWarning};
use vitrine_bytecode::marshal::pyc::{self, PycError};
use vitrine_bytecode::target::Target;
use vitrine_syntax::source::{self, Source, SourceError};

use super::args::Input;
use super::failure::Failure;
use super::{syntax_error, warning};

/// Offsets are `u32` in the tree; CPython's are no larger.
const LARGEST: u64 = u32::MAX as u64 - 1;

/// Bytes of source with the name that messages give them.
#[derive(Clone, Debug)]
pub(crate) struct SourceBytes {
    /// A path, `<stdin>` or `<string>`, as in CPython.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Decoded source with the name that messages give it.
#[derive(Debug)]
pub(crate) struct SourceText {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl SourceText {
    /// What is printed where the text does not compile. Prints what was warned of before.
    pub(crate) fn failure(&self, error: &CompileError) -> Failure {
        self.warn(&error.warnings);
        Failure::in_source(syntax_error::render(error, &self.name, &self.text))
    }

    /// Prints warnings.
    pub(crate) fn warn(&self, warnings: &[SyntaxWarning]) {
        if !warnings.is_empty() {
            anstream::eprint!("{}", warning::text(warnings, &self.name, &self.text));
        }
    }
}

impl SourceBytes {
    /// Decodes a file to be run as CPython does: byte order mark, coding cookie, UTF-8.
    pub(crate) fn decode(self) -> Result<SourceText, Failure> {
        let source = source::decode(&self.bytes);
        self.decoded(source, syntax_error::of_source)
    }

    /// The same for what CPython's commands read and give to `compile`, which words errors
    /// in its own way.
    pub(crate) fn decode_for_compile(self) -> Result<SourceText, Failure> {
        let source = source::decode_for_compile(&self.bytes);
        self.decoded(source, syntax_error::of_compiled_source)
    }

    fn decoded(
        self,
        Source { text, error, .. }: Source,
        render: impl FnOnce(&SourceError, &str, &str) -> String,
    ) -> Result<SourceText, Failure> {
        match error {
            None => Ok(SourceText {
                name: self.name,
                text,
            }),
            Some(error) => Err(Failure::in_source(render(&error, &self.name, &text))),
        }
    }
}

/// The code in a `.pyc` file; `None` for bytes that begin otherwise, and are source.
pub(crate) fn pyc_code(file: &SourceBytes) -> Result<Option<CodeObject>, Failure> {
    pyc_with(file, |bytes| pyc::read(bytes).map(|(_, code)| code))
}

/// The same to be shown only: with the version that made it, which may be another.
pub(crate) fn pyc_to_show(file: &SourceBytes) -> Result<Option<(Target, CodeObject)>, Failure> {
    pyc_with(file, pyc::read_to_show)
}

fn pyc_with<T>(
    file: &SourceBytes,
    read: impl FnOnce(&[u8]) -> Result<T, PycError>,
) -> Result<Option<T>, Failure> {
    if !pyc::looks_like_pyc(&file.bytes) && !file.name.ends_with(".pyc") {
        return Ok(None);
    }
    let unreadable = |error: PycError| {
        Failure::in_source(format!("vitrine: cannot read '{}': {error}", file.name))
    };
    read(&file.bytes).map(Some).map_err(unreadable)
}

impl Input {
    /// Reads the file, standard input, or the code given in place.
    pub(crate) fn read(&self) -> Result<SourceBytes, Failure> {
        match (&self.code, &self.file) {
            (Some(code), _) => Ok(SourceBytes {
                name: "<string>".into(),
                bytes: code.clone().into_bytes(),
            }),
            (None, Some(path)) if path.as_os_str() != "-" => read_file(path),
            (None, _) => read_stdin(),
        }
    }
}

/// Reads a file.
pub(crate) fn read_file(path: &Path) -> Result<SourceBytes, Failure> {
    let size = fs::metadata(path)
        .map_err(|error| Failure::cannot_open(path, &error))?
        .len();
    if size > LARGEST {
        return Err(Failure::of_command(format_args!(
            "'{}' is larger than 4 GiB",
            path.display()
        )));
    }
    let bytes = fs::read(path).map_err(|error| Failure::cannot_open(path, &error))?;
    Ok(SourceBytes {
        name: path.display().to_string(),
        bytes,
    })
}

/// Reads standard input to its end.
pub(crate) fn read_stdin() -> Result<SourceBytes, Failure> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes);
    let size = read.map_err(|error| {
        Failure::of_command(format_args!("cannot read standard input: {error}"))
    })?;
    if size as u64 > LARGEST {
        return Err(Failure::of_command("standard input is larger than 4 GiB"));
    }
    Ok(SourceBytes {
        name: "<stdin>".into(),
        bytes,
    })
}
