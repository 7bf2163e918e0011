//! Packs the pure-Python standard library: each module's source, compressed by
//! itself, so that an import unpacks one module.

#![allow(clippy::disallowed_methods)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// What a sandboxed machine has no use for: windows, terminals, build tools,
/// other systems.
const LEFT_OUT: &[&str] = &[
    "__phello__",
    "_aix_support",
    "_android_support",
    "_apple_support",
    "_ios_support",
    "_osx_support",
    "_pyrepl",
    "ctypes",
    "ensurepip",
    "idlelib",
    "multiprocessing",
    "sqlite3",
    "test",
    "tkinter",
    "turtle",
    "turtledemo",
    "venv",
    "_dummy_os",
    "_dummy_thread",
    "dummy_threading",
    "_pycodecs",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let library = Path::new(rustpython_pylib::LIB_PATH);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));

    let mut modules = Vec::new();
    find_modules(library, "", &mut modules);
    modules.sort();

    let mut blob = Vec::new();
    let mut index = String::from("&[\n");
    for (name, path, is_package) in modules {
        let source = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let start = blob.len();
        let packed = compress(&source);
        blob.extend_from_slice(&packed);
        let _ = writeln!(
            index,
            "    Entry {{ name: {name:?}, is_package: {is_package}, start: {start}, packed: {}, size: {} }},",
            packed.len(),
            source.len()
        );
    }
    index.push_str("]\n");
    fs::write(out.join("library.deflate"), blob).expect("OUT_DIR is writable");
    fs::write(out.join("library.rs"), index).expect("OUT_DIR is writable");
    let licence = fs::read_to_string(library.join("PSF-LICENSE"))
        .expect("the library has its licence with it");
    fs::write(out.join("PSF-LICENSE"), licence).expect("OUT_DIR is writable");
}

/// The modules below a directory: dotted name, file, whether it is a package.
fn find_modules(directory: &Path, prefix: &str, modules: &mut Vec<(String, PathBuf, bool)>) {
    for entry in
        fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
    {
        let path = entry.expect("the library can be listed").path();
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
            .to_owned();
        if prefix.is_empty() && LEFT_OUT.contains(&stem.as_str()) {
            continue;
        }
        if path.is_dir() {
            if path.join("__init__.py").is_file() {
                find_modules(&path, &format!("{prefix}{stem}."), modules);
            }
        } else if path.extension().is_some_and(|extension| extension == "py") {
            let is_package = stem == "__init__";
            let name = if is_package {
                prefix.trim_end_matches('.').to_owned()
            } else {
                format!("{prefix}{stem}")
            };
            if !name.is_empty() {
                modules.push((name, path, is_package));
            }
        }
    }
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}
