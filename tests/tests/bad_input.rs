//! Hostile files through every command: CPython's error or a clear one, in
//! bounded time and memory, never a crash.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt::Write as _;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use vitrine_tests::oracle::Oracle;
use vitrine_tests::program::{self, root};

/// Longer than any of these takes on a slow machine, shorter than a hang.
const PATIENCE: Duration = Duration::from_secs(60);
/// KiB of address space: generous for the stacks, far from the machine's all.
const MEMORY_KIB: u32 = 6 << 20;

/// Every command that reads a file.
const COMMANDS: &[&[&str]] = &[
    &["tokens"],
    &["ast"],
    &["symtable"],
    &["dis"],
    &["check"],
    &["run", "--timeout=20"],
];

/// The same for a thousand threads' stacks, most of which is never touched. Where address space
/// runs out while a thread starts, Rust's library ends the program.
const MEMORY_OF_THREADS_KIB: u32 = 96 << 20;

fn vitrine(args: &[&str], input: &[u8]) -> Output {
    vitrine_within(MEMORY_KIB, args, input)
}

fn vitrine_within(memory_kib: u32, args: &[&str], input: &[u8]) -> Output {
    // Who asks first may have to wait for its build.
    let path = program::path();
    let begun = Instant::now();
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("ulimit -v {memory_kib}; exec \"$0\" \"$@\""))
        .arg(path)
        .args(args)
        .current_dir(root());
    let output = program::finish(command, input);
    let took = begun.elapsed();
    assert!(took < PATIENCE, "vitrine {} took {took:?}", args.join(" "));
    output
}

fn last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.trim_end().lines().last().unwrap_or_default();
    // How much of its stack CPython had used is a property of the machine.
    match line.split_once("(used ").zip(line.split_once(" kB)")) {
        Some(((before, _), (_, after))) => format!("{before}(used N kB){after}"),
        None => line.to_owned(),
    }
}

/// Each command ends by itself with one of our statuses, and says something
/// where it fails.
fn check_bounded(name: &str, input: &[u8]) {
    for command in COMMANDS {
        let args: Vec<&str> = command.iter().copied().chain(["-"]).collect();
        let output = vitrine(&args, input);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        assert!(
            matches!(code, Some(0 | 1)),
            "{name}: vitrine {} ended with {code:?}: {stderr}",
            args.join(" ")
        );
        assert!(
            !stderr.contains("panicked"),
            "{name}: vitrine {}: {stderr}",
            args.join(" ")
        );
        let silent = output.stderr.is_empty() && output.stdout.is_empty();
        assert!(
            code == Some(0) || !silent,
            "{name}: vitrine {} fails silently",
            args.join(" ")
        );
    }
}

/// As `check_bounded`; besides, `run` ends with CPython's last words.
fn check(name: &str, input: &[u8]) {
    check_bounded(name, input);
    if let Some(oracle) = Oracle::find() {
        // CPython cannot look for an encoding in a pipe, so both get a file.
        let file = std::env::temp_dir().join(format!(
            "vitrine-bad-input-{}-{}.py",
            std::process::id(),
            name.replace(' ', "-")
        ));
        std::fs::write(&file, input).expect("the temporary directory is writable");
        let mut command = oracle.command();
        command.arg(&file);
        let theirs = program::finish(command, b"");
        let ours = vitrine(&["run", &file.to_string_lossy()], b"");
        let _ = std::fs::remove_file(&file);
        assert_eq!(last_line(&ours.stderr), last_line(&theirs.stderr), "{name}");
        assert_eq!(ours.status.code(), theirs.status.code(), "{name}");
    }
}

#[test]
fn encodings() {
    check("not UTF-8", b"x = '\xff'\n");
    check(
        "a declared encoding",
        b"# -*- coding: latin-1 -*-\nprint('\xe9'.encode())\n",
    );
    check("an unknown encoding", b"# coding: no-such-codec\npass\n");
    check("a BOM", b"\xef\xbb\xbfprint(1)\n");
    check(
        "a BOM that contradicts",
        b"\xef\xbb\xbf# coding: latin-1\nprint(1)\n",
    );
    check("a NUL", b"x = 1\nprint('\0')\n");
    check("an overlong form", b"x = '\xc0\x80'\n");
}

#[test]
fn line_ends_and_indentation() {
    check("CRLF", b"if 1:\r\n    print('''a\r\nb''')\r\n");
    check("lone CR", b"x = 1\rprint(x)\r");
    check("form feed", b"x = 1\n\x0cprint(x)\n");
    check("tabs against spaces", b"if 1:\n\tx = 1\n        y = 2\n");
    check("no final newline", b"if 1:\n    print(1)");
    check("a dedent to nowhere", b"if 1:\n        x\n    y\n");
    check("nothing", b"");
    check("only spaces", b"   ");
    check("a backslash at the end", b"x = 1 \\");
}

#[test]
fn unfinished() {
    check("an open bracket", b"x = (1,\ny = 2\n");
    check("an open triple quote", b"x = '''abc\ndef\n");
    check("an open string", b"x = 'abc\n");
    check("an open f-string", b"x = f'{a\n");
    check("a mismatch", b"x = (1]\n");
    check("a wrong character", b"x = 1 \xe2\x82\xac 2\n");
    check("a wrong number", b"x = 1__0\n");
}

#[test]
fn ten_megabytes_on_one_line() {
    let mut source = b"x = [".to_vec();
    source.extend(b"1234567, ".repeat(10_000_000 / 9));
    source.extend(b"]\n");
    check("10 MB on one line", &source);
    check(
        "10 MB of comment",
        &[b"#".repeat(10_000_000), b"\n".to_vec()].concat(),
    );
    check(
        "10 MB of string",
        &[b"x = '".to_vec(), b"a".repeat(10_000_000), b"'\n".to_vec()].concat(),
    );
}

#[test]
fn deep_nesting() {
    check(
        "brackets",
        &[b"(".repeat(100_000), b")".repeat(100_000)].concat(),
    );
    check("open brackets", &b"[".repeat(100_000));
    for (name, unit) in [
        ("not", "not "),
        ("minus", "-"),
        ("lambda", "lambda: "),
        ("await", "await "),
        ("f-string", "f'{"),
        ("conditional expressions", "x if y else "),
    ] {
        check(name, (unit.repeat(100_000) + "x\n").as_bytes());
    }
    check("accepted nots", ("not ".repeat(3_900) + "1\n").as_bytes());
    let blocks: String = (0..200).fold(String::new(), |mut text, depth| {
        let _ = writeln!(text, "{}if 1:", " ".repeat(depth));
        text
    });
    check("blocks", blocks.as_bytes());
}

#[test]
fn long_chains() {
    for (name, count) in [("accepted operators", 6_000), ("operators", 50_000)] {
        let source = format!("x = 0{}\n", " + 1".repeat(count));
        check(name, source.as_bytes());
    }
    check("lines", "x = 1\n".repeat(100_000).as_bytes());
    check(
        "elifs",
        format!("if 0:\n    pass\n{}", "elif 0:\n    pass\n".repeat(3_000)).as_bytes(),
    );
}

/// Programs that would never end, or never fit: the budget stops them and says which.
#[test]
fn runaway_programs() {
    let cases: &[(&[&str], &str, &str)] = &[
        (&["--timeout=1"], "while True: pass", "--timeout"),
        (&["--fuel=100000"], "while True: pass", "--fuel"),
        (&["--timeout=20"], "[0] * 10**12", "MemoryError"),
        (&["--timeout=2"], "10 ** 10 ** 8", "--timeout"),
        (
            &["--memory=64"],
            "x = []\nwhile True: x.append('a' * 100000)",
            "MemoryError",
        ),
        (&["--timeout=20"], "def f(): f()\nf()", "RecursionError"),
        (
            &["--timeout=20"],
            "x = []\nfor _ in range(100000): x = [x]\nrepr(x)",
            "RecursionError",
        ),
        (&["--timeout=1"], "sum(range(10**12))", "--timeout"),
        (&["--timeout=1"], "while True: print('flood')", "--timeout"),
        // Threads: what ends one ends all, whatever they wait for.
        (
            &["--timeout=1"],
            "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
            "--timeout",
        ),
        (
            &["--fuel=100000"],
            "import threading\ndef f():\n    while True: pass\n\
             threading.Thread(target=f).start()\nthreading.Event().wait()",
            "--fuel",
        ),
        (
            &["--memory=64", "--timeout=20"],
            "import threading\ndef f():\n    x = []\n    while True: x.append('a' * 100000)\n\
             threading.Thread(target=f).start()",
            "MemoryError",
        ),
        (
            &["--timeout=20"],
            "import threading\ndef f(): f()\nthreading.Thread(target=f).start()",
            "RecursionError",
        ),
        (
            &["--timeout=20"],
            "import _thread\nlock = _thread.allocate_lock()\nwith lock, lock: pass",
            "every thread waits for another",
        ),
    ];
    for (options, code, said) in cases {
        let mut args = vec!["run"];
        args.extend_from_slice(options);
        args.extend_from_slice(&["-c", code]);
        check_said(&vitrine(&args, b""), code, said);
    }
}

#[test]
fn threads_without_end() {
    let code = "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,), \
                daemon=True).start()";
    let args = ["run", "--timeout=20", "-c", code];
    let output = vitrine_within(MEMORY_OF_THREADS_KIB, &args, b"");
    check_said(&output, code, "can't start new thread");
}

fn check_said(output: &Output, code: &str, said: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        matches!(output.status.code(), Some(0..=128)),
        "{code}: {:?} {stderr}",
        output.status
    );
    assert!(stderr.contains(said), "{code}: wanted {said}, got {stderr}");
}
