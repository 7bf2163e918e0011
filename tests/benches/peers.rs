//! Vitrine beside CPython 3.14, in one run: source to code objects, and the
//! start of a program.
//!
//! `cargo bench -p vitrine-tests`; CPython as in the tests (`VITRINE_PYTHON`, or
//! `python3.14` on the `PATH`), left out where there is none. CPython measures
//! itself inside one process, so its start-up does not count.
#![allow(missing_docs, clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vitrine_bytecode::compile::{CompileOptions, compile_source};
use vitrine_tests::corpus::python_files;
use vitrine_tests::oracle::Oracle;
use vitrine_tests::program;

/// Compiles the files given as arguments, over and over, and prints nanoseconds.
const COMPILE: &str = "\
import sys, time
texts = [open(name, encoding='utf-8').read() for name in sys.argv[2:]]
begun = time.perf_counter_ns()
for _ in range(int(sys.argv[1])):
    for text in texts:
        compile(text, 'f.py', 'exec', dont_inherit=True)
print(time.perf_counter_ns() - begun)
";

/// The top-level modules of the library: everyday Python, 4 to 5 MB.
fn sources(oracle: &Oracle) -> Vec<(PathBuf, String)> {
    let library = oracle.library();
    let top = |path: &PathBuf| path.parent() == Some(library);
    let files = python_files(library).into_iter().filter(top);
    files
        .filter_map(|path| Some((path.clone(), fs::read_to_string(path).ok()?)))
        .collect()
}

fn compile(c: &mut Criterion) {
    let Some(oracle) = Oracle::find() else { return };
    let sources = sources(oracle);
    let mut group = c.benchmark_group("source to code objects");
    group.throughput(Throughput::Bytes(
        sources.iter().map(|(_, text)| text.len() as u64).sum(),
    ));
    group.sample_size(10);
    group.bench_function("vitrine", |b| {
        b.iter(|| {
            for (_, text) in &sources {
                let _ = std::hint::black_box(compile_source(text, &CompileOptions::default()));
            }
        });
    });
    group.bench_function("CPython", |b| {
        b.iter_custom(|times| {
            let paths = sources.iter().map(|(path, _)| path.as_os_str().to_owned());
            let args = std::iter::once(times.to_string().into()).chain(paths);
            let output = oracle.run(COMPILE, args);
            let text = String::from_utf8_lossy(&output.stdout);
            Duration::from_nanos(text.trim().parse().expect("the script prints nanoseconds"))
        });
    });
    group.finish();
}

fn start(c: &mut Criterion) {
    let mut group = c.benchmark_group("start and end: -c pass");
    group.sample_size(20);
    let run = |mut command: Command| {
        let status = command
            .stdin(Stdio::null())
            .status()
            .expect("the program starts");
        assert!(status.success());
    };
    group.bench_function("vitrine", |b| {
        b.iter(|| {
            let mut command = Command::new(program::path());
            command.args(["run", "-c", "pass"]);
            run(command);
        });
    });
    if let Some(oracle) = Oracle::find() {
        group.bench_function("CPython", |b| {
            b.iter(|| {
                let mut command = oracle.command();
                command.args(["-c", "pass"]);
                run(command);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, compile, start);
criterion_main!(benches);
