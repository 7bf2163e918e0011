//! Vitrine beside CPython 3.14, in one run: source to code objects, their size,
//! the `.pyc` files of the whole library, and the start of a program.
//!
//! `cargo bench -p vitrine-tests`; CPython as in the tests (`VITRINE_PYTHON`, or
//! `python3.14` on the `PATH`), left out where there is none. CPython measures
//! itself inside one process, so its start-up does not count.
#![allow(missing_docs, clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use rustix::time::{ClockId, clock_gettime};
use vitrine_bytecode::code::{CodeObject, Const};
use vitrine_bytecode::compile::{CompileOptions, compile_source};
use vitrine_tests::corpus::python_files;
use vitrine_tests::oracle::Oracle;
use vitrine_tests::program;

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Compiles the files given as arguments, and prints nanoseconds of processor time.
const COMPILE: &str = "\
import sys, time
texts = [open(name, encoding='utf-8').read() for name in sys.argv[1:]]
begun = time.process_time_ns()
for text in texts:
    compile(text, 'f.py', 'exec', dont_inherit=True)
print(time.process_time_ns() - begun)
";

/// How often each side takes its turn; the fastest counts.
const ROUNDS: usize = 7;

/// Processor time of this thread.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// The top-level modules of the library: everyday Python, 4 to 5 MB.
fn sources(oracle: &Oracle) -> Vec<(PathBuf, String)> {
    let library = oracle.library();
    let top = |path: &PathBuf| path.parent() == Some(library);
    let files = python_files(library).into_iter().filter(top);
    files
        .filter_map(|path| Some((path.clone(), fs::read_to_string(path).ok()?)))
        .collect()
}

/// From texts to code objects, which are freed again, on one thread, by turns.
fn compile(_: &mut Criterion) {
    let Some(oracle) = Oracle::find() else { return };
    let sources = sources(oracle);
    let bytes: usize = sources.iter().map(|(_, text)| text.len()).sum();
    let mut best = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        let begun = processor_time();
        for (_, text) in &sources {
            drop(black_box(compile_source(text, &CompileOptions::default())));
        }
        let ours = processor_time() - begun;
        let output = oracle.run(COMPILE, sources.iter().map(|(path, _)| path));
        let text = String::from_utf8_lossy(&output.stdout);
        let nanoseconds = text.trim().parse();
        let theirs = Duration::from_nanos(nanoseconds.expect("the script prints nanoseconds"));
        for (best, spent) in best.iter_mut().zip([ours, theirs]) {
            *best = spent.min(*best);
        }
    }
    let [ours, theirs] = best.map(|best| best.as_nanos() as f64 / bytes as f64);
    println!(
        "source to code objects: vitrine {ours:.1} ns a byte, CPython {theirs:.1}, {:.1} times",
        theirs / ours
    );
}

/// Prints the instructions of all code objects of the files given as arguments, and
/// the bytes of these and of what they hold, each object once.
const SIZES: &str = "\
import sys, types
instructions = size = 0
for name in sys.argv[1:]:
    try:
        code = compile(open(name, encoding='utf-8').read(), 'f.py', 'exec', dont_inherit=True)
    except (SyntaxError, ValueError):
        continue
    seen, todo = set(), [code]
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        size += sys.getsizeof(value)
        if isinstance(value, types.CodeType):
            instructions += sum(op != 0 for op in value.co_code[::2])
            variables = value.co_varnames + value.co_cellvars + value.co_freevars
            size += sys.getsizeof(variables)
            todo += [*variables, value.co_consts, value.co_names, value.co_name, value.co_qualname,
                     value.co_filename, value.co_linetable, value.co_exceptiontable]
        elif isinstance(value, (tuple, frozenset)):
            todo += value
print(instructions, size)
";

/// The instructions of a code object and those in it, and the bytes they take.
fn sizes(code: &CodeObject) -> (usize, usize) {
    let mut instructions = code.code.chunks(2).filter(|unit| unit[0] != 0).count();
    // What counts the references to it is in front.
    let mut bytes = size_of::<CodeObject>() + 2 * size_of::<usize>();
    bytes += code.code.len() + code.linetable.len() + code.exceptiontable.len();
    bytes += code.names.size() + code.localsplusnames.size() + code.localspluskinds.len();
    bytes += code.name.len() + code.qualname.len();
    let mut todo: Vec<&Const> = code.consts.iter().collect();
    while let Some(value) = todo.pop() {
        bytes += size_of_val(value);
        match value {
            Const::Str(text) => bytes += text.as_bytes().len(),
            Const::Bytes(text) => bytes += text.len(),
            Const::Int(value) => bytes += 8 * value.iter_u64_digits().count(),
            Const::Tuple(items) | Const::FrozenSet(items) => todo.extend(items),
            Const::Slice(parts) => todo.extend(&**parts),
            Const::Code(nested) => {
                let (more, size) = sizes(nested);
                instructions += more;
                bytes += size;
            }
            _ => {}
        }
    }
    (instructions, bytes)
}

fn size(_: &mut Criterion) {
    let Some(oracle) = Oracle::find() else { return };
    let sources = sources(oracle);
    let (mut instructions, mut bytes) = (0, 0);
    for (_, text) in &sources {
        if let Ok(compiled) = compile_source(text, &CompileOptions::default()) {
            let (more, size) = sizes(&compiled.code);
            instructions += more;
            bytes += size;
        }
    }
    let output = oracle.run(SIZES, sources.iter().map(|(path, _)| path));
    let text = String::from_utf8_lossy(&output.stdout);
    let theirs: Vec<usize> = text
        .split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect();
    let line = |who: &str, instructions: usize, bytes: usize| {
        let each = bytes as f64 / instructions as f64;
        println!("{who:8} {each:5.1} bytes an instruction ({bytes} for {instructions})");
    };
    line("vitrine", instructions, bytes);
    line("CPython", theirs[0], theirs[1]);
}

/// The library's sources in a directory of their own.
fn copy_of(library: &Path, name: &str) -> PathBuf {
    let copy = std::env::temp_dir().join(format!("vitrine-{name}-{}", std::process::id()));
    // A distribution's library may have links that lead nowhere here.
    let there = |file: &PathBuf| file.is_file();
    for file in python_files(library).into_iter().filter(there) {
        let path = copy.join(file.strip_prefix(library).expect("it is below"));
        fs::create_dir_all(path.parent().expect("it has a directory")).expect("writable");
        fs::copy(&file, path).expect("writable");
    }
    copy
}

/// Removes what a round wrote, so that the next one writes new files too.
fn remove_caches(directory: &Path) {
    for entry in fs::read_dir(directory).expect("it is ours").flatten() {
        let path = entry.path();
        if entry.file_name() == "__pycache__" {
            fs::remove_dir_all(path).expect("it is ours");
        } else if path.is_dir() {
            remove_caches(&path);
        }
    }
}

/// All of the library to `.pyc` files, by turns; the fastest round counts.
fn compileall(_: &mut Criterion) {
    let Some(oracle) = Oracle::find() else { return };
    let copies = ["ours", "theirs"].map(|name| copy_of(oracle.library(), name));
    let mut ours = Command::new(program::path());
    ours.args(["compile", "-q", "-q", "-f"]).arg(&copies[0]);
    let mut theirs = oracle.command();
    theirs.args(["-W", "ignore", "-m", "compileall", "-qq", "-f"]);
    theirs.arg(&copies[1]);
    let mut best = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        copies.iter().for_each(|copy| remove_caches(copy));
        for (best, command) in best.iter_mut().zip([&mut ours, &mut theirs]) {
            let begun = Instant::now();
            // Some files of the library are wrong on purpose, so it fails.
            command.output().expect("the program starts");
            *best = begun.elapsed().min(*best);
        }
    }
    let [ours, theirs] = best.map(|best| best.as_secs_f64());
    println!(
        "all of the library to .pyc: vitrine {ours:.2} s, compileall {theirs:.2} s, {:.1} times",
        theirs / ours
    );
    for copy in copies {
        fs::remove_dir_all(copy).expect("it is ours");
    }
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

criterion_group!(benches, compile, size, compileall, start);
criterion_main!(benches);
