//! `.pyc` files: the bytes of `py_compile` over the whole standard library.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::path::{Path, PathBuf};

use vitrine_bytecode::compile::{CompileOptions, compile_source};
use vitrine_bytecode::marshal::pyc::{self, Validation};
use vitrine_tests::oracle::Oracle;
use vitrine_tests::rates::{Rate, hold};
use vitrine_tests::{corpus, rates};

/// Writes, for each file that compiles, `NUMBER.pyc` and a line with its path in `paths`.
const PY_COMPILE: &str = r#"
import os, py_compile, sys, warnings
warnings.simplefilter("ignore")
library = os.path.dirname(os.__file__)
paths = sorted(os.path.join(root, name) for root, _, names in os.walk(library) if 'site-packages' not in root
               for name in names if name.endswith('.py'))
modes = list(py_compile.PycInvalidationMode)
with open(os.path.join(sys.argv[1], "paths"), "w") as out:
    for number, path in enumerate(paths):
        try:
            py_compile.compile(path, os.path.join(sys.argv[1], f"{number}.pyc"), doraise=True,
                               invalidation_mode=modes[number % len(modes)])
        except (py_compile.PyCompileError, OSError, ValueError, RecursionError, MemoryError):
            continue
        print(number, path, file=out)
"#;

/// A `.pyc` of CPython's with the file it was made of.
fn prepared(oracle: &Oracle) -> Vec<(PathBuf, String)> {
    let dir = oracle.prepared("pyc", PY_COMPILE);
    let paths = fs::read_to_string(dir.join("paths")).expect("prepared");
    let line = |line: &str| {
        let (number, path) = line.split_once(' ').expect("number and path");
        (dir.join(format!("{number}.pyc")), path.to_owned())
    };
    paths.lines().map(line).collect()
}

#[test]
fn bytes_as_py_compile_writes_them() {
    let Some(oracle) = Oracle::find() else { return };
    let results = corpus::in_parallel(&prepared(oracle), |(theirs, path)| {
        let theirs = fs::read(theirs).expect("prepared");
        let bytes = fs::read(path).expect("a source");
        let source = vitrine_syntax::source::decode(&bytes);
        let options = CompileOptions {
            filename: path.as_str().into(),
            ..CompileOptions::default()
        };
        let (validation, loaded) = pyc::read(&theirs).expect("a pyc");
        let code = compile_source(&source.text, &options)
            .expect("it compiles")
            .code;
        let ours = pyc::write(validation, &code);
        if std::env::var_os("DUMP").is_some() {
            fs::create_dir_all("/tmp/pyc/out").unwrap();
            let name = path.replace('/', "+");
            if ours != theirs {
                fs::write(format!("/tmp/pyc/out/{name}.ours"), &ours).unwrap();
                fs::write(format!("/tmp/pyc/out/{name}.theirs"), &theirs).unwrap();
            }
        }
        (ours == theirs, loaded == code, path.clone())
    });
    let differ: Vec<String> = results
        .iter()
        .filter(|r| !r.0)
        .map(|r| format!("{} {}", r.2, r.1))
        .collect();
    println!("{} of {}", differ.len(), results.len());
    for d in differ.iter().take(40) {
        println!("{d}");
    }
    panic!();
}
