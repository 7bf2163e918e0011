//! The packed pure-Python library: CPython 3.14's `Lib`, inside the program.
//!
//! Modules are found by dotted name and unpacked one at a time. Their sources
//! travel along, for tracebacks and `inspect`.

use std::io::Read as _;
use std::sync::Arc;

use flate2::read::DeflateDecoder;
use vitrine_bytecode::code::CodeObject;
use vitrine_bytecode::marshal::load_code;

/// Where one module lies in the blob.
struct Entry {
    name: &'static str,
    is_package: bool,
    source: Packed,
    code: Packed,
}

/// A compressed piece of the blob.
struct Packed {
    start: usize,
    packed: usize,
    /// Unpacked.
    size: usize,
}

impl Packed {
    fn unpack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.size);
        DeflateDecoder::new(&BLOB[self.start..self.start + self.packed])
            .read_to_end(&mut bytes)
            .expect("the build packed it");
        bytes
    }
}

/// Sorted by name.
static INDEX: &[Entry] = include!(concat!(env!("OUT_DIR"), "/library.rs"));
static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.deflate"));

/// The library's licence.
pub const LICENCE: &str = include_str!(concat!(env!("OUT_DIR"), "/PSF-LICENSE"));

/// Where `__file__` says that the packed modules are: a directory that no
/// system has.
pub const ROOT: &str = "/vitrine/lib/python3.14";

/// A module of the packed library.
#[derive(Clone, Copy)]
pub struct Module(&'static Entry);

/// Finds a module by its dotted name.
pub fn find(name: &str) -> Option<Module> {
    INDEX
        .binary_search_by(|entry| entry.name.cmp(name))
        .ok()
        .map(|at| Module(&INDEX[at]))
}

/// The dotted names of all modules, sorted.
pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
    INDEX.iter().map(|entry| entry.name)
}

/// Finds a module by the file name that [`Module::filename`] gave it.
pub fn find_file(filename: &str) -> Option<Module> {
    let relative = filename
        .strip_prefix(ROOT)?
        .strip_prefix('/')?
        .strip_suffix(".py")?;
    find(
        relative
            .strip_suffix("/__init__")
            .unwrap_or(relative)
            .replace('/', ".")
            .as_str(),
    )
    .filter(|module| module.filename() == filename)
}

impl Module {
    /// The dotted name.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Whether the module is a package's `__init__`.
    pub fn is_package(self) -> bool {
        self.0.is_package
    }

    /// What `__file__` and tracebacks show.
    pub fn filename(self) -> String {
        let tail = if self.0.is_package {
            "/__init__.py"
        } else {
            ".py"
        };
        format!("{ROOT}/{}{tail}", self.0.name.replace('.', "/"))
    }

    /// The source.
    pub fn source(self) -> String {
        String::from_utf8(self.0.source.unpack()).expect("the build packed UTF-8")
    }

    /// The code, as our compiler made it while this was built.
    pub fn code(self) -> Arc<CodeObject> {
        Arc::new(load_code(&self.0.code.unpack()).expect("the build packed a code object"))
    }
}

/// The library, as a machine asks for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct PackedLibrary;

impl vitrine_vm::vm::Library for PackedLibrary {
    fn find(&self, name: &str) -> Option<(Arc<CodeObject>, bool)> {
        find(name).map(|module| (module.code(), module.is_package()))
    }

    fn source(&self, filename: &str) -> Option<String> {
        find_file(filename).map(Module::source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_whole() {
        assert!(names().len() > 300, "{} modules", names().len());
        for name in names() {
            let module = find(name).expect("it was listed");
            assert_eq!(module.source().len(), module.0.source.size, "{name}");
            assert_eq!(*module.code().filename, *module.filename(), "{name}");
            assert_eq!(find_file(&module.filename()).map(Module::name), Some(name));
        }
        assert!(find("collections").is_some_and(Module::is_package));
        assert!(find("json.decoder").is_some_and(|module| !module.is_package()));
        assert!(find("no_such_module").is_none());
    }
}
