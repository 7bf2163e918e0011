//! Programs: what they print, and how they end, is what CPython prints and how
//! it ends.
#![allow(clippy::disallowed_methods)]

use std::fs;

use vitrine_tests::golden::{assert_same, expected};
use vitrine_tests::program::{self, root};

/// Standard output, then the status, then the last line of standard error.
fn transcript(output: &std::process::Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let last = text(&output.stderr)
        .trim_end()
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned();
    format!(
        "{}== status {:?}\n{last}\n",
        text(&output.stdout),
        output.status.code()
    )
}

#[test]
fn fixtures() {
    let directory = root().join("tests/fixtures/run");
    let mut names: Vec<String> = fs::read_dir(directory)
        .expect("the fixtures are there")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".py"))
        .collect();
    names.sort();
    assert!(!names.is_empty(), "there are fixtures");
    let cases: Vec<(String, String)> = names
        .into_iter()
        .map(|name| {
            let file = format!("tests/fixtures/run/{name}");
            let theirs = expected(&format!("run/{name}.txt"), |oracle| {
                let mut command = oracle.command();
                command.arg(&file).current_dir(root());
                transcript(&program::finish(command, b""))
            });
            (file, theirs)
        })
        .collect();
    for (file, theirs) in cases {
        let output = program::run(&["run", &file], b"");
        assert_same(&file, &transcript(&output), &theirs);
    }
}
