//! The tour, through every layer: what `vitrine` prints is what CPython prints.
#![allow(clippy::disallowed_methods)]

use std::fs;

use vitrine_tests::golden::{assert_same, expected, without_addresses};
use vitrine_tests::program::{self, root};

/// The tour's files, from the top of the repository.
fn files() -> Vec<String> {
    let directory = fs::read_dir(root().join("docs/tour")).expect("the tour is there");
    let mut files: Vec<_> = directory
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".py"))
        .map(|name| format!("docs/tour/{name}"))
        .collect();
    files.sort();
    assert!(files.len() >= 13, "the tour has thirteen stops");
    files
}

fn same_text(ours: &str, theirs: &[&str]) {
    let texts: Vec<(String, String)> = files()
        .into_iter()
        .map(|file| {
            let stem = file
                .trim_start_matches("docs/tour/")
                .trim_end_matches(".py");
            let text = expected(&format!("tour/{stem}.{ours}"), |oracle| {
                let mut command = oracle.command();
                command.args(theirs).arg(&file).current_dir(root());
                let output = program::finish(command, b"");
                assert!(
                    output.status.success(),
                    "{file}: {}",
                    String::from_utf8_lossy(&output.stderr)
                );
                without_addresses(&String::from_utf8(output.stdout).expect("CPython prints UTF-8"))
            });
            (file, text)
        })
        .collect();
    for (file, text) in texts {
        let output = program::run(&[ours, &file], b"");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{file}");
        assert!(output.status.success(), "{file}");
        let printed = String::from_utf8(output.stdout).expect("vitrine prints UTF-8");
        assert_same(
            &format!("vitrine {ours} {file}"),
            &without_addresses(&printed),
            &text,
        );
    }
}

#[test]
fn tokens() {
    same_text("tokens", &["-m", "tokenize"]);
}

#[test]
fn ast() {
    same_text("ast", &["-m", "ast"]);
}

#[test]
fn symtable() {
    same_text("symtable", &["-m", "symtable"]);
}

#[test]
fn dis() {
    same_text("dis", &["-m", "dis"]);
}

#[test]
fn run() {
    same_text("run", &[]);
}
