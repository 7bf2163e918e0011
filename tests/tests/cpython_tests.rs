//! CPython's own tests on our machine: how many of each file pass, held in
//! `tests/cpython_tests.json`, where none may fall.
//!
//! The files are those that take seconds; `VITRINE_UPDATE_RATES=1` writes better
//! counts. Without a CPython 3.14 there are no test files, and nothing is run.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};
use vitrine_tests::oracle::Oracle;
use vitrine_tests::program::{self, root};

/// Seconds of the machine's own time limit for a file: a hang's end, also on a busy computer.
const LIMIT: &str = "900";

/// How often a file is run: its threads and deadlines may suffer from what else the computer does.
const ATTEMPTS: usize = 3;

fn held_file() -> PathBuf {
    root().join("tests/cpython_tests.json")
}

/// What a run of one file said.
struct Outcome {
    passed: u64,
    run: u64,
    seconds: f64,
    /// Why there is no count.
    problem: Option<String>,
}

fn run(library: &Path, name: &str) -> Outcome {
    let started = Instant::now();
    let directory = std::env::temp_dir().join(format!("vitrine-{}-{name}", std::process::id()));
    fs::create_dir_all(&directory).expect("a temporary directory can be made");
    let mut command = Command::new(program::path());
    command
        .args(["run", "-A", "--timeout", LIMIT])
        .arg(root().join("tests/fixtures/cpython_tests/runner.py"))
        .arg(library)
        .arg(name)
        .current_dir(&directory)
        .env("NO_COLOR", "1");
    let output = program::finish(command, b"");
    let _ = fs::remove_dir_all(&directory);
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    let counts: Option<Value> = serde_json::from_str(last).ok();
    let count = |key: &str| counts.as_ref().and_then(|counts| counts.get(key)?.as_u64());
    let problem = match (output.status.success(), &counts) {
        (true, Some(_)) => None,
        _ => {
            let errors = String::from_utf8_lossy(&output.stderr);
            let last = errors.trim_end().lines().last().unwrap_or_default();
            Some(format!("{}: {last}", output.status))
        }
    };
    Outcome {
        passed: count("passed").unwrap_or(0),
        run: count("run").unwrap_or(0),
        seconds: started.elapsed().as_secs_f64(),
        problem,
    }
}

fn passed_before(held: &Value) -> u64 {
    held.get("passed").and_then(Value::as_u64).unwrap_or(0)
}

#[test]
fn counts_do_not_fall() {
    let Some(oracle) = Oracle::find() else {
        eprintln!("no CPython 3.14: its test files are not run");
        return;
    };
    let text = fs::read_to_string(held_file()).expect("the counts are committed");
    let held: BTreeMap<String, Value> = serde_json::from_str(&text).expect("they are JSON");
    let library = oracle.library();
    let names: Mutex<Vec<&String>> = Mutex::new(held.keys().rev().collect());
    let outcomes: Mutex<BTreeMap<String, Outcome>> = Mutex::default();
    program::path();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = names.lock().expect("no panic holds it").pop();
                    let Some(name) = next else { break };
                    let before = passed_before(&held[name]);
                    let mut outcome = run(library, name);
                    for _ in 1..ATTEMPTS {
                        if outcome.passed >= before {
                            break;
                        }
                        outcome = run(library, name);
                    }
                    let mut outcomes = outcomes.lock().expect("no panic holds it");
                    outcomes.insert(name.clone(), outcome);
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().expect("all threads are done");
    let (mut passed, mut total, mut fallen) = (0, 0, Vec::new());
    for (name, outcome) in &outcomes {
        let before = passed_before(&held[name]);
        passed += outcome.passed;
        total += outcome.run;
        println!(
            "{name}: {} of {} pass ({:.1} s){}",
            outcome.passed,
            outcome.run,
            outcome.seconds,
            outcome
                .problem
                .as_ref()
                .map_or(String::new(), |problem| format!(" - {problem}"))
        );
        if outcome.passed < before {
            fallen.push(format!("{name}: {} passed, now {}", before, outcome.passed));
        }
    }
    println!(
        "CPython's own tests: {passed} of {total} pass ({:.2} %)",
        passed as f64 * 100.0 / total.max(1) as f64
    );
    if std::env::var_os("VITRINE_UPDATE_RATES").is_some() {
        let counts: BTreeMap<&String, Value> = outcomes
            .iter()
            .map(|(name, outcome)| {
                (
                    name,
                    json!({ "passed": outcome.passed, "run": outcome.run }),
                )
            })
            .collect();
        let text = serde_json::to_string_pretty(&counts).expect("counts are JSON");
        fs::write(held_file(), text + "\n").expect("the counts can be written");
        return;
    }
    assert!(
        fallen.is_empty(),
        "fewer tests pass:\n{}",
        fallen.join("\n")
    );
}
