//! The laws of the house that a test can hold: the direction of dependencies,
//! the size of files, where `unsafe` lives, and that `core/` does no IO.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What each crate may use, of ours (docs/architecture.md).
const MAY_USE: &[(&str, &[&str])] = &[
    ("vitrine-syntax", &[]),
    ("vitrine-scope", &["vitrine-syntax"]),
    ("vitrine-bytecode", &["vitrine-syntax", "vitrine-scope"]),
    (
        "vitrine-vm",
        &["vitrine-syntax", "vitrine-scope", "vitrine-bytecode"],
    ),
    (
        "vitrine-stdlib",
        &[
            "vitrine-vm",
            "vitrine-syntax",
            "vitrine-scope",
            "vitrine-bytecode",
        ],
    ),
    (
        "vitrine-lint",
        &["vitrine-syntax", "vitrine-scope", "vitrine-bytecode"],
    ),
    (
        "vitrine-db",
        &[
            "vitrine-syntax",
            "vitrine-scope",
            "vitrine-bytecode",
            "vitrine-lint",
        ],
    ),
    (
        "vitrine-ide",
        &[
            "vitrine-syntax",
            "vitrine-scope",
            "vitrine-bytecode",
            "vitrine-lint",
            "vitrine-db",
        ],
    ),
];

/// External crates that a layer must not see.
const MUST_NOT_USE: &[(&str, &[&str])] = &[
    (
        "vitrine-syntax",
        &["salsa", "tokio", "tower-lsp-server", "serde_json"],
    ),
    ("vitrine-scope", &["salsa", "tokio", "tower-lsp-server"]),
    ("vitrine-bytecode", &["salsa", "tokio", "tower-lsp-server"]),
    ("vitrine-vm", &["salsa", "tokio", "tower-lsp-server"]),
    ("vitrine-lint", &["salsa", "tokio", "tower-lsp-server"]),
    ("vitrine-ide", &["tokio", "tower-lsp-server"]),
];

/// What reaches outside the process; `core/` asks its `Host` instead.
const IO: &[&str] = &[
    "std::fs",
    "std::env::",
    "std::net",
    "std::process",
    "std::time::Instant",
    "std::time::SystemTime",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ has a parent")
        .to_path_buf()
}

fn rust_files(dir: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut pending = vec![dir.to_path_buf()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(&dir)
            .expect("a source directory can be listed")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                if !path.ends_with("target") && !path.ends_with("node_modules") {
                    pending.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("sources are UTF-8");
                files.push((path, text));
            }
        }
    }
    files.sort();
    files
}

fn is_generated(text: &str) -> bool {
    text.lines().take(3).any(|line| line.contains("generated"))
}

#[test]
fn dependencies_point_down() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo starts");
    let metadata: Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let used: BTreeMap<&str, Vec<&str>> = metadata["packages"]
        .as_array()
        .expect("a list of packages")
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"]
                .as_array()
                .expect("a list of dependencies")
                .iter();
            let names = dependencies
                .filter(|d| d["kind"].is_null())
                .filter_map(|d| d["name"].as_str());
            (
                package["name"].as_str().expect("a package has a name"),
                names.collect(),
            )
        })
        .collect();
    for &(package, allowed) in MAY_USE {
        for dependency in used[package]
            .iter()
            .filter(|name| name.starts_with("vitrine"))
        {
            assert!(
                allowed.contains(dependency),
                "{package} must not depend on {dependency}"
            );
        }
    }
    for &(package, banned) in MUST_NOT_USE {
        for dependency in &used[package] {
            assert!(
                !banned.contains(dependency),
                "{package} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn rooms_are_small_and_say_what_they_are_for() {
    for top in ["core", "server", "tests"] {
        for (path, text) in rust_files(&root().join(top)) {
            if is_generated(&text) {
                continue;
            }
            assert!(
                text.lines().count() <= 1000,
                "{} has more than 1,000 lines",
                path.display()
            );
            let opening = text.lines().take(3).any(|line| line.starts_with("//!"));
            assert!(
                opening,
                "{} does not open with what it is for",
                path.display()
            );
        }
    }
}

#[test]
fn core_does_no_io() {
    for (path, text) in rust_files(&root().join("core")) {
        if !path.components().any(|part| part.as_os_str() == "src") {
            continue;
        }
        for banned in IO {
            let hit = text
                .lines()
                .find(|line| line.contains(banned) && !line.trim_start().starts_with("//"));
            assert!(
                hit.is_none(),
                "{} uses {banned}: {}",
                path.display(),
                hit.unwrap_or_default().trim()
            );
        }
    }
}

/// `unsafe` stays in the crate of the machine, in files that
/// docs/architecture.md names.
#[test]
fn unsafe_code_is_where_the_architecture_says() {
    let architecture =
        fs::read_to_string(root().join("docs/architecture.md")).expect("the page exists");
    for top in ["core", "server", "tests"] {
        for (path, text) in rust_files(&root().join(top)) {
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let marks = ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"];
            if code.into_iter().any(|line| {
                marks
                    .iter()
                    .any(|mark| line.contains(mark) && !line.contains('"'))
            }) {
                let relative = path
                    .strip_prefix(root())
                    .expect("below the root")
                    .to_string_lossy()
                    .replace('\\', "/");
                assert!(
                    architecture.contains(&*relative),
                    "{relative} has unsafe code; docs/architecture.md does not name it"
                );
            }
        }
    }
}
