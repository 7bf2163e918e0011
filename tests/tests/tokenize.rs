//! `tokens` against `python3.14 -m tokenize`, to the byte: the whole standard
//! library, and files that are wrong; and packages.
#![allow(clippy::disallowed_methods)]

use std::path::Path;

use vitrine_syntax::tokenize::dump;
use vitrine_tests::oracle::Oracle;
use vitrine_tests::packages;
use vitrine_tests::rates::{self, Rate};

/// Writes, for each file, what `-m tokenize -e FILE` prints.
const SCRIPT: &str = r#"
import contextlib, io, os, sys, tokenize
out, corpus, step = sys.argv[1:]
paths = [os.path.join(folder, name) for folder, _, names in os.walk(corpus) for name in names]
paths = sorted(path for path in paths if path.endswith('.py') and os.path.isfile(path))
index = []
for path in paths[::int(step)]:
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            tokenize._main(['-e', path])
        except SystemExit:
            pass
    target = f'{len(index)}.txt'
    with open(os.path.join(out, target), 'w', encoding='utf-8', errors='surrogateescape', newline='') as file:
        file.write(stdout.getvalue() + stderr.getvalue())
    index.append(path)
with open(os.path.join(out, 'index'), 'w') as file:
    file.write('\n'.join(index))
"#;

#[test]
fn standard_library() {
    let Some(oracle) = Oracle::find() else { return };
    compare("tokenize", &oracle.prepared("tokenize", SCRIPT));
}

#[test]
fn packages() {
    let Some(oracle) = Oracle::find() else { return };
    let Some(corpus) = packages::directory() else {
        return;
    };
    let dir = oracle.prepared_over("tokenize", SCRIPT, corpus, packages::step());
    compare("tokenize: packages", &dir);
}

fn compare(name: &str, dir: &Path) {
    let index = std::fs::read_to_string(dir.join("index")).expect("the index was written");
    let mut rate = Rate { equal: 0, total: 0 };
    let mut differences = Vec::new();
    for (number, path) in index.lines().enumerate() {
        let expected = std::fs::read_to_string(dir.join(format!("{number}.txt")))
            .expect("the dump was written");
        let bytes = std::fs::read(path).expect("the library is readable");
        let actual = print(&bytes, Path::new(path));
        rate.total += 1;
        if actual == expected {
            rate.equal += 1;
        } else {
            let pair = actual.lines().zip(expected.lines()).find(|(a, b)| a != b);
            differences.push(format!("{path}: {pair:?}"));
        }
    }
    rates::hold(name, rate, &differences);
}

fn print(bytes: &[u8], path: &Path) -> String {
    let filename = path.display().to_string();
    dump(bytes, &filename, true).unwrap_or_else(|error| error.line(&filename) + "\n")
}
