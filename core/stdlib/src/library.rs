//! The packed pure-Python library: CPython 3.14's `Lib`, inside the program.
//!
//! Modules are found by dotted name and unpacked one at a time. Their sources
//! travel along, for tracebacks and `inspect`.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

/// Where one module lies in the blob.
struct Entry {
    name: &'static str,
    is_package: bool,
    start: usize,
    packed: usize,
    size: usize,
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

    /// The source, in UTF-8.
    pub fn source(self) -> String {
        let mut text = String::with_capacity(self.0.size);
        let packed = &BLOB[self.0.start..self.0.start + self.0.packed];
        DeflateDecoder::new(packed)
            .read_to_string(&mut text)
            .expect("the build packed valid UTF-8");
        text
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
            assert_eq!(module.source().len(), module.0.size, "{name}");
            assert_eq!(find_file(&module.filename()).map(Module::name), Some(name));
        }
        assert!(find("collections").is_some_and(Module::is_package));
        assert!(find("json.decoder").is_some_and(|module| !module.is_package()));
        assert!(find("no_such_module").is_none());
    }
}
