//! From a keystroke to the diagnostics of a 6,500-line file: one character
//! changes in the body of a function in the middle.
//!
//! `cold` is the same file seen for the first time.
#![allow(clippy::disallowed_methods)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use salsa::Setter;
use vitrine_db::{Database, File, file_diagnostics};

/// CPython's `_pydecimal` with enough of itself behind it.
fn text() -> String {
    let path = Path::new(rustpython_pylib::LIB_PATH).join("_pydecimal.py");
    let text = std::fs::read_to_string(&path).expect("the library has _pydecimal");
    let extra = text
        .lines()
        .skip(500)
        .take(6_500_usize.saturating_sub(text.lines().count()));
    let extra: String = extra.flat_map(|line| [line, "\n"]).collect();
    format!("{text}{extra}")
}

fn keystroke(criterion: &mut Criterion) {
    let text = text();
    let middle = text[text.len() / 2..]
        .find("return ")
        .expect("a function returns")
        + text.len() / 2;
    let (before, after) = text.split_at(middle);
    let first = Arc::<str>::from(text.as_str());
    let mut db = Database::default();
    let file = File::new(&db, first.clone());
    let mut turn = 0;
    criterion.bench_function("keystroke to diagnostics", |bencher| {
        bencher.iter(|| {
            turn += 1;
            // A number that was not seen before, as a typist makes it.
            let text = format!("{before}return {turn} or {}", &after["return ".len()..]);
            file.set_text(&mut db).to(Arc::from(text));
            black_box(file_diagnostics(&db, file).len())
        });
    });
    criterion.bench_function("keystroke to diagnostics, cold", |bencher| {
        bencher.iter_batched(
            || {
                let db = Database::default();
                let file = File::new(&db, first.clone());
                (db, file)
            },
            |(db, file)| black_box(file_diagnostics(&db, file).len()),
            BatchSize::PerIteration,
        );
    });
}

criterion_group!(benches, keystroke);
criterion_main!(benches);
