//! Parsing CPython's standard library, beside ruff's parser in the same run.
//!
//! The library is that of `VITRINE_PYTHON`, or of `python3.14` on the `PATH`;
//! without one a generated text is parsed.
// A benchmark is a host.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vitrine_syntax::{lexer, module};

/// The library's modules, without its tests.
fn library() -> Vec<String> {
    let python = std::env::var_os("VITRINE_PYTHON").unwrap_or_else(|| "python3.14".into());
    let asked = Command::new(python)
        .args(["-c", "import os; print(os.path.dirname(os.__file__))"])
        .output();
    let mut texts = Vec::new();
    if let Ok(output) = asked {
        let mut pending = vec![PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim(),
        )];
        while let Some(dir) = pending.pop() {
            for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
                let path = entry.path();
                let name = entry.file_name();
                if path.is_dir() {
                    if name != "test" && name != "site-packages" && name != "__pycache__" {
                        pending.push(path);
                    }
                } else if path.extension().is_some_and(|extension| extension == "py")
                    && let Ok(text) = std::fs::read_to_string(&path)
                {
                    texts.push(text);
                }
            }
        }
    }
    if texts.is_empty() {
        texts.push("def f(a, b=1):\n    return [x + a for x in b if x.y(z=1)[0]]\n".repeat(20_000));
    }
    texts
}

fn parse(criterion: &mut Criterion) {
    let texts = library();
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut group = criterion.benchmark_group("standard library");
    group
        .throughput(Throughput::Bytes(bytes as u64))
        .sample_size(10);
    group.bench_function("lex", |b| {
        b.iter(|| {
            texts
                .iter()
                .for_each(|text| drop(black_box(lexer::lex(text))));
        });
    });
    group.bench_function("parse in one piece", |b| {
        b.iter(|| {
            texts
                .iter()
                .for_each(|text| drop(black_box(module::parse_segment(text))));
        });
    });
    group.bench_function("parse by segments", |b| {
        b.iter(|| {
            texts
                .iter()
                .for_each(|text| drop(black_box(module::parse_module(text))));
        });
    });
    group.bench_function("ruff_python_parser", |b| {
        b.iter(|| {
            texts
                .iter()
                .for_each(|text| drop(black_box(ruff_python_parser::parse_module(text))));
        });
    });
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
