//! Code from `.pyc` files: beside their sources in `__pycache__`, or in place of them.
//!
//! A cached file counts if it is newer than nothing it should be: its header must
//! match the source, as `importlib` checks it. Its code is verified before it runs.
#![forbid(unsafe_code)]

use std::sync::Arc;

use vitrine_bytecode::code::CodeObject;
use vitrine_bytecode::marshal::pyc::{self, PycError, Validation};

use crate::error::PyResult;
use crate::vm::Vm;

impl Vm {
    /// A source file's code: from `__pycache__` if what is there fits, else compiled.
    pub(super) fn code_of_source(
        &mut self,
        file: &str,
        source: &[u8],
    ) -> PyResult<Arc<CodeObject>> {
        let cached = cache_of(file);
        if let Ok(bytes) = self.host.read_file(&cached)
            && let Ok(validation) = pyc::read_header(&bytes)
            && self.is_valid(validation, file, source)
        {
            let mut code = self.code_of_pyc(&cached, &bytes)?;
            if *code.filename != *file {
                Arc::make_mut(&mut code).set_filename(&file.into());
            }
            return Ok(code);
        }
        let source = self.decode_source(source, file)?;
        self.compile(&source, file, "exec", 0)
    }

    /// The code of a `.pyc` file.
    pub(super) fn code_of_pyc(&mut self, file: &str, bytes: &[u8]) -> PyResult<Arc<CodeObject>> {
        match pyc::read(bytes) {
            Ok((_, code)) => Ok(Arc::new(code)),
            Err(error) => {
                let ty = match error {
                    PycError::TooShort => self.exc.EOFError,
                    _ => self.exc.ImportError,
                };
                Err(self.new_exc(ty, format!("cannot import '{file}': {error}")))
            }
        }
    }

    /// Whether a cached file was made of this source.
    fn is_valid(&mut self, validation: Validation, file: &str, source: &[u8]) -> bool {
        match validation {
            Validation::Timestamp { mtime, size } => {
                let Ok(stat) = self.host.stat(file) else {
                    return false;
                };
                let seconds = stat.modified_ns.div_euclid(1_000_000_000);
                seconds as u32 == mtime && stat.size as u32 == size
            }
            Validation::Hash { checked: false, .. } => true,
            Validation::Hash { hash, .. } => hash == pyc::source_hash(source),
        }
    }
}

/// `dir/__pycache__/name.cpython-314.pyc` for `dir/name.py`.
fn cache_of(file: &str) -> String {
    let (directory, name) = match file.rsplit_once('/') {
        Some((directory, name)) => (format!("{directory}/"), name),
        None => (String::new(), file),
    };
    let stem = name.strip_suffix(".py").unwrap_or(name);
    format!("{directory}__pycache__/{stem}.{}.pyc", pyc::CACHE_TAG)
}
