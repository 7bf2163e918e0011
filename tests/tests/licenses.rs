//! The licences of all that is in the program travel with it.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::process::Command;

use vitrine_tests::program::{self, root};

#[test]
fn every_crate_is_named() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package=vitrine",
            "--edges=normal",
            "--prefix=none",
            "--locked",
        ])
        .args(["--target=x86_64-unknown-linux-gnu", "--format={p}"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    assert!(
        tree.status.success(),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let text = fs::read_to_string(root().join("server/licenses/third-party.txt"))
        .expect("it is committed");
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    let mut counted = 0;
    for line in tree.lines().filter(|line| !line.starts_with("vitrine")) {
        let mut words = line.split_whitespace();
        let (Some(name), Some(version)) = (words.next(), words.next()) else {
            continue;
        };
        let crate_and_version = format!("{name} {} (", version.trim_start_matches('v'));
        let named = text.contains(&crate_and_version);
        assert!(
            named,
            "{line} is not in third-party.txt: run server/licenses/collect.py"
        );
        counted += 1;
    }
    assert!(counted > 20, "cargo tree lists the crates");
}

#[test]
fn the_program_prints_them() {
    let output = program::run(&["--licenses"], b"");
    let text = String::from_utf8_lossy(&output.stdout);
    for part in [
        "MIT License",
        "PYTHON SOFTWARE FOUNDATION LICENSE",
        "tokio ",
        "salsa ",
    ] {
        assert!(text.contains(part), "{part}");
    }
}
