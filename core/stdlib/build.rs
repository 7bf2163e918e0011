//! Packs the pure-Python standard library: each module's source and code,
//! compressed by themselves, so that an import unpacks one module's code.

#![allow(clippy::disallowed_methods)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, thread};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use vitrine_bytecode::compile::{CompileOptions, compile_source};
use vitrine_bytecode::marshal::dump_code;

/// What a sandboxed machine has no use for: windows, terminals, build tools,
/// other systems.
const LEFT_OUT: &[&str] = &[
    "__phello__",
    "_aix_support",
    "_android_support",
    "_apple_support",
    "_ios_support",
    "_osx_support",
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
    // What CPython writes in C and speed does not ask of us to write in Rust.
    let own = Path::new("lib");
    println!("cargo:rerun-if-changed=lib");
    let upstream = modules.len();
    find_modules(own, "", &mut modules);
    let (theirs, ours) = modules.split_at(upstream);
    for (name, _, _) in ours {
        assert!(
            theirs.iter().all(|(known, _, _)| known != name),
            "{name} is in the library already"
        );
    }
    modules.sort();

    let packed = in_parallel(&modules, |(name, path, is_package)| {
        let source =
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let code = compile(name, *is_package, &source);
        let pack = |bytes: &[u8]| (compress(bytes), bytes.len());
        (pack(source.as_bytes()), pack(&code))
    });
    let mut blob = Vec::new();
    let mut index = String::from("&[\n");
    for ((name, _, is_package), (source, code)) in modules.iter().zip(packed) {
        let mut place = |(bytes, size): (Vec<u8>, usize)| {
            let start = blob.len();
            blob.extend_from_slice(&bytes);
            format!(
                "Packed {{ start: {start}, packed: {}, size: {size} }}",
                bytes.len()
            )
        };
        let (source, code) = (place(source), place(code));
        let _ = writeln!(
            index,
            "    Entry {{ name: {name:?}, is_package: {is_package}, source: {source}, code: {code} }},"
        );
    }
    index.push_str("]\n");
    fs::write(out.join("library.deflate"), blob).expect("OUT_DIR is writable");
    fs::write(out.join("library.rs"), index).expect("OUT_DIR is writable");
    let licence = fs::read_to_string(library.join("PSF-LICENSE"))
        .expect("the library has its licence with it");
    fs::write(out.join("PSF-LICENSE"), licence).expect("OUT_DIR is writable");
}

/// Where `__file__` says that the packed modules are; `library.rs` says the same.
const ROOT: &str = "/vitrine/lib/python3.14";

/// A module's code, marshalled. A module that does not compile is no module of
/// Python 3.14's library, and stops the build.
fn compile(name: &str, is_package: bool, source: &str) -> Vec<u8> {
    let tail = if is_package { "/__init__.py" } else { ".py" };
    let filename = format!("{ROOT}/{}{tail}", name.replace('.', "/"));
    let options = CompileOptions {
        filename: filename.as_str().into(),
        ..CompileOptions::default()
    };
    match compile_source(source, &options) {
        Ok(compiled) => dump_code(&compiled.code),
        Err(error) => panic!("{filename}:{}: {}", error.location.line, error.message),
    }
}

/// Applies a function to all items on all cores, with stacks for deep trees.
fn in_parallel<T: Sync, R: Send>(items: &[T], apply: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = thread::available_parallelism().map_or(2, usize::from);
    let share = items.len().div_ceil(workers).max(1);
    thread::scope(|scope| {
        let apply = &apply;
        let threads: Vec<_> = items
            .chunks(share)
            .map(|items| {
                let work = move || items.iter().map(apply).collect::<Vec<R>>();
                let thread = thread::Builder::new()
                    .stack_size(256 << 20)
                    .spawn_scoped(scope, work);
                thread.expect("a thread starts")
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("compiling does not panic"))
            .collect()
    })
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
