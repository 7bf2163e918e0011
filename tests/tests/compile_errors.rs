//! Errors and warnings of compilation, compared with CPython's: class, message,
//! place, and which of several comes first; and what was warned of before an error.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use vitrine_bytecode::compile::{CompileOptions, Mode, SyntaxWarning, compile_source};
use vitrine_tests::golden;
use vitrine_tests::oracle::Oracle;

const ASK: &str = r#"
import sys, warnings
path, mode = sys.argv[1:]
for source in open(path, encoding="utf-8").read().split("\n====\n"):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            compile(source, "f", mode, dont_inherit=True)
            answer = "ok"
        except SyntaxError as e:
            answer = f"{type(e).__name__}: {e.msg} {e.lineno}:{e.offset}-{e.end_lineno}:{e.end_offset}"
    print(answer, *(f"| {w.message} {w.lineno}" for w in seen))
"#;

/// CPython's answer as Vitrine gives it.
fn answer(source: &str, mode: Mode) -> String {
    let options = CompileOptions {
        filename: "f".into(),
        mode,
        ..CompileOptions::default()
    };
    match compile_source(source, &options) {
        Ok(compiled) => "ok".to_owned() + &shown(&compiled.warnings),
        Err(error) => {
            let at = error.location;
            let warnings = shown(&error.warnings);
            format!(
                "{}: {} {}:{}-{}:{}{warnings}",
                error.kind.class_name(),
                error.message,
                at.line,
                at.column + 1,
                at.end_line,
                at.end_column + 1
            )
        }
    }
}

fn shown(warnings: &[SyntaxWarning]) -> String {
    { warnings.iter() }
        .map(|warning| format!(" | {} {}", warning.message, warning.location.line))
        .collect()
}

fn check(file: &str, sources: &str, mode: Mode, word: &str) {
    let path = format!("{}/tests/{file}", env!("CARGO_MANIFEST_DIR"));
    let ask =
        |oracle: &Oracle| String::from_utf8(oracle.run(ASK, [&*path, word]).stdout).expect("UTF-8");
    let expected = golden::expected(file, ask);
    let sources: Vec<&str> = sources.split("\n====\n").collect();
    assert_eq!(sources.len(), expected.lines().count(), "one answer a text");
    let mut wrong = Vec::new();
    for (source, expected) in sources.into_iter().zip(expected.lines()) {
        let ours = answer(source, mode);
        if ours != expected {
            wrong.push(format!(
                "{source}\n   vitrine: {ours}\n   CPython: {expected}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn errors() {
    check(
        "compile_errors.txt",
        include_str!("compile_errors.txt"),
        Mode::Exec,
        "exec",
    );
}

#[test]
fn warnings() {
    check(
        "compile_warnings.txt",
        include_str!("compile_warnings.txt"),
        Mode::Exec,
        "exec",
    );
}
