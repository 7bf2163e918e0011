//! Text to tokens and to segments, beside ruff's lexer, over the sources of the
//! standard library (or of this repository's tour, where there is none).

#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark reads its own corpus"
)]
#![allow(missing_docs, reason = "criterion makes public functions")]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vitrine_syntax::{lexer, segment};

/// What is measured: the biggest files of everyday Python on this machine.
fn corpus() -> Vec<String> {
    let library = std::env::var_os("VITRINE_BENCH_CORPUS").map(PathBuf::from);
    let tour = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tour");
    let mut texts = Vec::new();
    for dir in [library, Some(tour)].into_iter().flatten() {
        let Ok(entries) = std::fs::read_dir(dir) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == "py")
                && let Ok(text) = std::fs::read_to_string(path)
            {
                texts.push(text);
            }
        }
        if !texts.is_empty() {
            break;
        }
    }
    texts
}

fn lexers(criterion: &mut Criterion) {
    let texts = corpus();
    let bytes = texts.iter().map(|text| text.len() as u64).sum();
    let mut group = criterion.benchmark_group("lexer");
    group.throughput(Throughput::Bytes(bytes));
    group.sample_size(20);
    group.bench_function("vitrine", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                black_box(lexer::lex(text));
            }
        });
    });
    group.bench_function("vitrine by segment", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                for range in segment::split(text) {
                    black_box(lexer::lex(&text[range.as_usize()]));
                }
            }
        });
    });
    group.bench_function("vitrine segments only", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                black_box(segment::split(text));
            }
        });
    });
    group.bench_function("ruff", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                let mut lexer =
                    ruff_python_parser::lexer::lex(text, ruff_python_parser::Mode::Module);
                while lexer.next_token() != ruff_python_ast::token::TokenKind::EndOfFile {}
                black_box(lexer);
            }
        });
    });
    group.finish();
}

criterion_group!(benches, lexers);
criterion_main!(benches);
