//! Programs: what they print, and how they end, is what CPython prints and how
//! it ends.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::process::{Command, Output};

use vitrine_tests::golden::{assert_same, expected};
use vitrine_tests::program::{self, root};

/// Standard output, then the status, then the last line of standard error.
fn transcript(output: &Output) -> String {
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

#[test]
fn imports() {
    let file = "tests/fixtures/imports/main.py";
    let theirs = expected("run/imports.txt", |oracle| {
        let mut command = oracle.command();
        command.args(["-B", file]).current_dir(root());
        transcript(&program::finish(command, b""))
    });
    let output = program::run(&["run", "--allow-read=tests/fixtures/imports", file], b"");
    assert_same(file, &transcript(&output), &theirs);
}

/// Zones as POSIX writes them need no files of the system's.
#[test]
fn time_zones() {
    for (name, zone) in [
        ("utc", "UTC0"),
        ("new_york", "EST5EDT,M3.2.0,M11.1.0"),
        ("sydney", "AEST-10AEDT,M10.1.0,M4.1.0/3"),
        ("india", "<+0530>-5:30"),
    ] {
        let file = "tests/fixtures/time_zones.py";
        let theirs = expected(&format!("run/time_zones_{name}.txt"), |oracle| {
            let mut command = oracle.command();
            command.arg(file).current_dir(root()).env("TZ", zone);
            transcript(&program::finish(command, b""))
        });
        let mut command = Command::new(program::path());
        command.args(["run", "--allow-env", file]);
        command.current_dir(root()).env("TZ", zone);
        let output = program::finish(command, b"");
        assert_same(name, &transcript(&output), &theirs);
    }
}

/// At once, whatever main waits for. CPython may lose an interrupt that comes while a
/// finalizer runs, and would then spin for good, so it is not asked.
#[test]
fn interrupts_reach_the_main_thread() {
    let program = "\
import _thread, threading, time
def spin():
    while True: pass
for wait in lambda: time.sleep(60), lambda: threading.Event().wait(60), spin:
    try:
        threading.Timer(0.01, _thread.interrupt_main).start()
        wait()
    except KeyboardInterrupt:
        print('interrupted')
";
    let output = program::run(&["run", "--timeout=60", "-c", program], b"");
    assert_eq!(
        transcript(&output),
        "interrupted\ninterrupted\ninterrupted\n== status Some(0)\n\n"
    );
}
