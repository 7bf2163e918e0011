//! Reading Python beside `ruff_python_parser`: tokens, trees, symbol tables.
//!
//! Every file of the standard library, its tests and their bad files included,
//! goes through each contender in turn, file by file, so that a busy machine is
//! as busy for the one as for the other; the order changes from round to round.
//! A figure is the sum over the files of each file's fastest round. What is
//! made is kept until the clock has stopped; freeing it is a figure of its own.
//!
//! `cargo bench -p vitrine-scope -- [--rounds N] [--every N] [--only NAME] [DIR]`
//! reads the library of `VITRINE_PYTHON` (else `python3.14`), or `DIR`. With
//! `--only` one contender runs alone, as a profiler wants it.
// A benchmark is a host.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::cell::RefCell;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions};
use vitrine_scope::{ModuleScopes, SegmentScopes};
use vitrine_syntax::{lexer, module, segment, source};

/// What runs over a file: the time it takes, and that of freeing what it made.
type Contender = (&'static str, fn(&str) -> (Duration, Duration));

thread_local! {
    static LEXED: RefCell<lexer::Lexed> = RefCell::default();
}

const CONTENDERS: &[Contender] = &[
    ("lex", |text| {
        // Theirs keeps no token; ours are kept in the memory of the last text's.
        LEXED.with_borrow_mut(|lexed| timed(|| lexer::lex_into(text, lexed)))
    }),
    ("ruff lexes", |text| {
        timed(|| {
            let mut lexer = ruff_python_parser::lexer::lex(text, Mode::Module);
            while lexer.next_token() != TokenKind::EndOfFile {}
            lexer
        })
    }),
    ("split into segments", |text| timed(|| segment::split(text))),
    ("parse in one piece", |text| {
        timed(|| module::parse_segment(text))
    }),
    ("parse by segments", |text| {
        timed(|| module::parse_module(text))
    }),
    ("parse by segments, symbol tables", |text| {
        timed(|| {
            let module = module::parse_module(text);
            let future = ModuleScopes::future(trees(&module));
            let scopes: Vec<_> = trees(&module)
                .map(|tree| SegmentScopes::build(tree, future))
                .collect();
            let merged = ModuleScopes::merge(trees(&module).zip(&scopes));
            (merged, scopes, module)
        })
    }),
    ("ruff parses", |text| {
        timed(|| {
            let options = ParseOptions::from(Mode::Module);
            ruff_python_parser::parse_unchecked(text, options)
        })
    }),
];

/// Ours beside theirs, by name.
const COMPARED: &[(&str, &str)] = &[
    ("lex", "ruff lexes"),
    ("parse in one piece", "ruff parses"),
    ("parse by segments", "ruff parses"),
    ("parse by segments, symbol tables", "ruff parses"),
];

fn trees(module: &module::Module) -> impl Iterator<Item = &vitrine_syntax::tree::Tree> + Clone {
    module.segments.iter().map(|segment| &segment.parsed.tree)
}

fn timed<T>(make: impl FnOnce() -> T) -> (Duration, Duration) {
    let start = Instant::now();
    let made = black_box(make());
    let making = start.elapsed();
    drop(made);
    (making, start.elapsed() - making)
}

struct Options {
    rounds: usize,
    every: usize,
    only: Option<String>,
    dir: Option<PathBuf>,
}

fn options() -> Options {
    let mut options = Options {
        rounds: 7,
        every: 1,
        only: None,
        dir: None,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse().ok());
        match argument.as_str() {
            "--rounds" => options.rounds = number().unwrap_or(options.rounds),
            "--every" => options.every = number().unwrap_or(options.every),
            "--only" => options.only = arguments.next(),
            // What cargo adds.
            "--bench" => {}
            dir => options.dir = Some(dir.into()),
        }
    }
    options
}

/// The directory of the standard library.
fn library() -> Option<PathBuf> {
    let python = std::env::var_os("VITRINE_PYTHON").unwrap_or_else(|| "python3.14".into());
    let output = Command::new(python)
        .args(["-c", "import os; print(os.path.dirname(os.__file__))"])
        .output()
        .ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().into())
}

/// The texts of all Python files below a directory, in the order of their paths.
fn corpus(dir: &Path, every: usize) -> Vec<String> {
    let mut paths = Vec::new();
    let mut pending = vec![dir.to_owned()];
    while let Some(dir) = pending.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths
        .iter()
        .step_by(every)
        .map(|path| source::decode(&std::fs::read(path).unwrap_or_default()).text)
        .collect()
}

fn main() {
    let options = options();
    let Some(dir) = options.dir.or_else(library) else {
        eprintln!("no CPython 3.14: set VITRINE_PYTHON, or give a directory");
        std::process::exit(2);
    };
    let texts = corpus(&dir, options.every);
    let megabytes = texts.iter().map(String::len).sum::<usize>() as f64 / 1e6;
    println!("{} files, {megabytes:.1} MB", texts.len());
    let contenders: Vec<Contender> = { CONTENDERS.iter().copied() }
        .filter(|(name, _)| options.only.as_deref().is_none_or(|only| only == *name))
        .collect();
    let mut best = vec![vec![(Duration::MAX, Duration::MAX); texts.len()]; contenders.len()];
    for round in 0..options.rounds {
        for (at, text) in texts.iter().enumerate() {
            for turn in 0..contenders.len() {
                let turn = (turn + round + at) % contenders.len();
                let (making, freeing) = contenders[turn].1(text);
                let best = &mut best[turn][at];
                *best = (best.0.min(making), best.1.min(freeing));
            }
        }
    }
    let totals: Vec<(Duration, Duration)> = best
        .iter()
        .map(|files| {
            files
                .iter()
                .fold(Default::default(), |sum: (Duration, Duration), file| {
                    (sum.0 + file.0, sum.1 + file.1)
                })
        })
        .collect();
    for ((name, _), (making, freeing)) in contenders.iter().zip(&totals) {
        println!(
            "{name:34} {:7.1} ms  {:6.1} MB/s  freed in {:6.1} ms",
            making.as_secs_f64() * 1e3,
            megabytes / making.as_secs_f64(),
            freeing.as_secs_f64() * 1e3,
        );
    }
    let total = |name: &str| {
        let at = contenders
            .iter()
            .position(|contender| contender.0 == name)?;
        Some(totals[at])
    };
    for (ours, theirs) in COMPARED {
        if let (Some(a), Some(b)) = (total(ours), total(theirs)) {
            println!(
                "{ours} is {:.2} times as fast as {theirs}, {:.2} with freeing",
                b.0.as_secs_f64() / a.0.as_secs_f64(),
                (b.0 + b.1).as_secs_f64() / (a.0 + a.1).as_secs_f64(),
            );
        }
    }
}
