//! `.pyc` files: the bytes of `py_compile` over the whole standard library, and
//! `vitrine compile` beside `python3.14 -m compileall`.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use vitrine_bytecode::compile::{CompileOptions, compile_source};
use vitrine_bytecode::marshal::pyc;
use vitrine_tests::corpus;
use vitrine_tests::oracle::Oracle;
use vitrine_tests::program;
use vitrine_tests::rates::{Rate, hold};

/// Writes, for each file that compiles, `NUMBER.pyc` and a line with its path in `paths`.
///
/// What the interpreter has interned shows in the files, and depends on whether it compiled
/// its own library or loaded that from caches: it is started again without caches.
const PY_COMPILE: &str = r#"
import os, sys
if sys.pycache_prefix is None:
    os.execv(sys.executable, [sys.executable, '-X', 'pycache_prefix=' + os.devnull, *sys.orig_argv[1:]])
import py_compile, warnings
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

/// The `.pyc` files of CPython's with the files they were made of.
fn prepared(oracle: &Oracle) -> Vec<(PathBuf, String)> {
    let dir = oracle.prepared("pyc", PY_COMPILE);
    let paths = fs::read_to_string(dir.join("paths")).expect("prepared");
    let line = |line: &str| {
        let (number, path) = line.split_once(' ').expect("number and path");
        (dir.join(format!("{number}.pyc")), path.to_owned())
    };
    paths.lines().map(line).collect()
}

/// All of CPython's files are read and found safe to run; what we write for the same
/// source is equal as code, and byte by byte but for what the state of the process
/// decides that wrote it (docs/bytecode.md).
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
        let (validation, loaded) = match pyc::read(&theirs) {
            Ok(read) => read,
            Err(error) => return (Some(format!("{path}: {error}")), None),
        };
        if let pyc::Validation::Hash { hash, .. } = validation {
            assert_eq!(hash, pyc::source_hash(&bytes), "{path}");
        }
        let compiled = match compile_source(&source.text, &options) {
            Ok(compiled) => compiled.code,
            Err(error) => return (Some(format!("{path}: {}", error.message)), None),
        };
        let code = (loaded != compiled).then(|| path.clone());
        let bytes = (pyc::write(validation, &compiled) != theirs).then(|| path.clone());
        (code, bytes)
    });
    let total = results.len();
    let (code, bytes): (Vec<_>, Vec<_>) = results.into_iter().unzip();
    for (name, differences) in [
        ("pyc: loaded code", code),
        ("pyc: bytes of py_compile", bytes),
    ] {
        let differences: Vec<String> = differences.into_iter().flatten().collect();
        let equal = total - differences.len();
        hold(name, Rate { equal, total }, &differences);
    }
}

/// A directory of its own for a test, with these files.
fn directory(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("pyc")
        .join(name);
    let _ = fs::remove_dir_all(&dir);
    for (file, text) in files {
        write(&dir.join(file), text);
    }
    dir
}

/// A file with a time of modification that never changes.
fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("below")).expect("writable");
    fs::write(path, text).expect("writable");
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    let file = fs::File::options()
        .write(true)
        .open(path)
        .expect("just written");
    file.set_modified(time).expect("its time can be set");
}

/// Every `.pyc` below a directory.
fn written(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![dir.to_path_buf()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(&dir).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "pyc") {
                let bytes = fs::read(&path).expect("readable");
                found.insert(path, bytes);
            }
        }
    }
    let relative = |(path, bytes): (PathBuf, Vec<u8>)| {
        let path = path.strip_prefix(dir).expect("below").to_path_buf();
        (path, bytes)
    };
    found.into_iter().map(relative).collect()
}

fn run(command: Command, dir: &Path) -> (String, Option<i32>) {
    let (out, _, status) = run_with_errors(command, dir);
    (out, status)
}

fn run_with_errors(mut command: Command, dir: &Path) -> (String, String, Option<i32>) {
    command.current_dir(dir).env("NO_COLOR", "1");
    command.env_remove("SOURCE_DATE_EPOCH");
    let Output {
        stdout,
        stderr,
        status,
    } = program::finish(command, b"");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&stdout), text(&stderr), status.code())
}

fn vitrine(args: &[&str]) -> Command {
    let mut command = Command::new(program::path());
    command.args(args);
    command
}

const FILES: &[(&str, &str)] = &[
    (
        "top.py",
        "'doc'\nassert __debug__\nimport pkg.inner\nprint(pkg.inner.f(20_000))\n",
    ),
    ("pkg/__init__.py", ""),
    (
        "pkg/inner.py",
        "def f(x):\n    'doc'\n    assert x\n    return x, 'text', 'text', {1, 'b', 2.5}\n",
    ),
    ("pkg/deep/module.py", "class C:\n    class D: pass\n"),
    ("bad.py", "def f(:\n    pass\n"),
    ("indent.py", "if x:\npass\n"),
    ("latin.py", "# coding: latin-1\nx = '\u{e9}'\n"),
    ("bytes.py", "x = '\u{e9}'\n"),
    ("nul.py", "x = 1\0\n"),
    ("warns.py", "assert (1, 2)\n"),
    ("notes.txt", "no Python\n"),
];

/// A file that is not UTF-8, its second line.
const NOT_UTF8: (&str, &[u8]) = ("wrong.py", b"a\nx = '\xe9'\n");

#[test]
fn compile_is_compileall() {
    let Some(oracle) = Oracle::find() else { return };
    for (number, args) in [
        &["-q", "."][..],
        &["-q", "-l", "."],
        &["-q", "-f", "-b", "pkg", "top.py"],
        &["-q", "-o", "0", "-o", "1", "-o", "2", "."],
        &["-q", "-d", "/installed", "pkg"],
        &["-q", "-d", "/installed", "pkg/inner.py"],
        &["-q", "-s", "pkg", "pkg/inner.py", "top.py"],
        &["-q", "-p", "/root", "."],
        &["-q", "-s", ".", "-p", "/x", "."],
        &["-q", "-x", "pkg|bad", "."],
        &["-q", "--invalidation-mode", "checked-hash", "pkg"],
        &["-q", "--invalidation-mode", "unchecked-hash", "pkg"],
        &["-q", "-r", "1", "."],
        &["-q", "-r", "-1", "."],
        &["-q", "-o", "-1", "top.py"],
        &["-qq", "."],
        &["-q", "nowhere"],
        &["-q", "-i", "notes.txt", "pkg/inner.py"],
    ]
    .into_iter()
    .enumerate()
    {
        let ours = directory(&format!("ours{number}"), FILES);
        let theirs = directory(&format!("theirs{number}"), FILES);
        let mut command = oracle.command();
        command.env_remove("PYTHONDONTWRITEBYTECODE");
        command.args(["-m", "compileall"]).args(args);
        for dir in [&ours, &theirs] {
            fs::write(dir.join(NOT_UTF8.0), NOT_UTF8.1).expect("writable");
        }
        let mut expected = run_with_errors(command, &theirs);
        let mut printed = run_with_errors(vitrine(&[&["compile"], args].concat()), &ours);
        if args.iter().any(|arg| ["-d", "-p", "-s", "1"].contains(arg)) {
            // CPython looks for the warned line where the file will be, and finds none;
            // and it warns again at each level.
            expected.1.clear();
            printed.1.clear();
        }
        assert_eq!(printed, expected, "{args:?}");
        let (ours, theirs) = (written(&ours), written(&theirs));
        let names = |files: &BTreeMap<PathBuf, Vec<u8>>| -> Vec<PathBuf> {
            files.keys().cloned().collect()
        };
        assert_eq!(names(&ours), names(&theirs), "{args:?}");
        for (name, bytes) in ours {
            assert!(bytes == theirs[&name], "{args:?}: {}", name.display());
        }
    }
}

#[test]
fn what_is_up_to_date_stays() {
    let dir = directory("fresh", &[("m.py", "x = 1\n"), ("bad.py", "x =\n")]);
    let status = |args: &[&str]| {
        let (text, status) = run(vitrine(&[&["compile", "--json"], args].concat()), &dir);
        let files: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        (files, status)
    };
    let (files, code) = status(&["."]);
    assert_eq!(code, Some(1));
    assert_eq!(files[0]["status"], "failed");
    let error = files[0]["error"].as_str().expect("a message");
    assert!(error.ends_with("SyntaxError: invalid syntax"), "{error}");
    assert_eq!(files[1]["status"], "compiled");
    assert_eq!(
        files[1]["written"][0]["path"],
        "./__pycache__/m.cpython-314.pyc"
    );
    let (files, code) = status(&["m.py"]);
    assert_eq!(
        (files[0]["status"].as_str(), code),
        (Some("up-to-date"), Some(0))
    );
    assert_eq!(status(&["-f", "m.py"]).0[0]["status"], "compiled");
    let (text, code) = run(vitrine(&["compile", "m.py"]), &dir);
    assert_eq!(
        (text.as_str(), code),
        ("", Some(0)),
        "nothing is listed for a pipe"
    );
}

/// A module's `.pyc` made by `maker`, its source then changed without changing its size
/// or time: whether `runner` still runs the old code shows what it checks.
fn check_import(name: &str, maker: &dyn Fn(&Path, &str), runner: &dyn Fn(&Path, &str) -> String) {
    for (mode, stays) in [
        ("timestamp", true),
        ("checked-hash", false),
        ("unchecked-hash", true),
    ] {
        let dir = directory(
            &format!("{name}-{mode}"),
            &[
                ("main.py", "import m\nprint(m.f())\n"),
                ("m.py", "def f(): return 'old'\n"),
            ],
        );
        maker(&dir, mode);
        write(&dir.join("m.py"), "def f(): return 'new'\n");
        let expected = if stays { "old\n" } else { "new\n" };
        assert_eq!(runner(&dir, "main.py"), expected, "{name}: {mode}");
        // Without the source, as `-b` leaves it.
        fs::rename(dir.join("__pycache__/m.cpython-314.pyc"), dir.join("m.pyc")).expect("made");
        fs::remove_file(dir.join("m.py")).expect("there");
        assert_eq!(
            runner(&dir, "main.py"),
            "old\n",
            "{name}: {mode}, sourceless"
        );
    }
}

fn by_vitrine(dir: &Path, mode: &str) {
    let args = ["compile", "-q", "--invalidation-mode", mode, "m.py"];
    assert_eq!(run(vitrine(&args), dir).1, Some(0));
}

fn in_vitrine(dir: &Path, file: &str) -> String {
    run(vitrine(&["run", "-A", file]), dir).0
}

#[test]
fn cpython_imports_ours() {
    let Some(oracle) = Oracle::find() else { return };
    let python = |dir: &Path, file: &str| {
        let mut command = oracle.command();
        command.arg(file);
        run(command, dir).0
    };
    check_import("ours by CPython", &by_vitrine, &python);
}

#[test]
fn the_machine_imports_ours_and_cpythons() {
    check_import("ours by us", &by_vitrine, &in_vitrine);
    let Some(oracle) = Oracle::find() else { return };
    let by_cpython = |dir: &Path, mode: &str| {
        let mut command = oracle.command();
        command.args([
            "-m",
            "compileall",
            "-q",
            "--invalidation-mode",
            mode,
            "m.py",
        ]);
        assert_eq!(run(command, dir).1, Some(0));
    };
    check_import("theirs by us", &by_cpython, &in_vitrine);
}

#[test]
fn pyc_files_run_and_are_shown() {
    let dir = directory("shown", &[("m.py", "print('hello')\n")]);
    by_vitrine(&dir, "timestamp");
    let pyc = "__pycache__/m.cpython-314.pyc";
    assert_eq!(
        run(vitrine(&["run", pyc]), &dir),
        ("hello\n".into(), Some(0))
    );
    let shown = run(vitrine(&["dis", pyc]), &dir);
    assert_eq!(shown, run(vitrine(&["dis", "m.py"]), &dir));
    let bytes = fs::read(dir.join(pyc)).expect("written");
    let changed = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        fs::write(dir.join(name), bytes).expect("writable");
    };
    changed("cut.pyc", &|bytes| bytes.truncate(40));
    changed("old.pyc", &|bytes| {
        bytes[..2].copy_from_slice(&3495_u16.to_le_bytes());
    });
    changed("jump.pyc", &|bytes| {
        // The module's first instruction becomes one that needs a stack.
        let at = bytes
            .windows(2)
            .position(|pair| pair == [128, 0])
            .expect("RESUME");
        bytes[at] = 35;
    });
    for (name, problem) in [
        ("cut.pyc", "marshal data too short at byte 38"),
        (
            "old.pyc",
            "bad magic number 3495: Python 3.11 made this file, not 3.14",
        ),
        (
            "jump.pyc",
            "invalid code object '<module>', RETURN_VALUE at offset 0: it takes more values than the stack has",
        ),
    ] {
        for command in ["dis", "run"] {
            let mut process = vitrine(&[command, name]);
            process.current_dir(&dir);
            let output = program::finish(process, b"");
            let message = String::from_utf8_lossy(&output.stderr);
            assert!(
                message.trim_end().ends_with(problem),
                "{command} {name}: {message}"
            );
            assert_eq!(output.status.code(), Some(1), "{command} {name}");
        }
        let stem = name.trim_end_matches(".pyc");
        let code = format!(
            "try:\n  import {stem}\nexcept ImportError as e: print(type(e).__name__, e)\nexcept EOFError as e: print(e)"
        );
        let (text, _) = run(
            vitrine(&[
                "run",
                "-A",
                "-c",
                &format!("import sys; sys.path.insert(0, '.')\n{code}"),
            ]),
            &dir,
        );
        assert!(text.trim_end().ends_with(problem), "{text}");
    }
}
