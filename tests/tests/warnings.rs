//! What the commands print on standard error beside `python3.14 -m ast`, `tokenize`,
//! `symtable`, `dis` and `compileall`: warnings, in CPython's order, before errors too.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;

use vitrine_tests::oracle::Oracle;
use vitrine_tests::program;

/// What is compiled; by turns valid and not.
const TEXTS: [&str; 9] = [
    "x = '\\d'; y = '\\d'\n  \ndef f():\n    try: pass\n    finally: return '\\w' is 1\nx is 1; x is 1\n",
    "f\"\\d {'\\q'} \\{1} {{ \\w \\e\" '\\m'\ny = 1if x else 2 # comment\n",
    "x = '''\n\\d\n\\w'''\n\ty\n",
    "'\\d'\nx = ('\\w' 5) 1if 2 else 3\n1or 2\n",
    "1 is 2\nassert (1, 2)\nreturn '\\d'\n3 is 4\n",
    "def f():\n  try: pass\n  finally: return\n  nonlocal x\n'\\d'\n",
    "'\\d'\nfrom __future__ import nothing\n",
    "'\\d'\n1()\nfrom __future__ import annotations\n",
    "x = '\\400'\r\n   y = 1or 2\r\n",
];

/// What both print on standard error, and how they end.
fn compare(oracle: &Oracle, theirs: &[&str], ours: &[&str], file: &str, text: &str) {
    let dir = std::env::temp_dir().join(format!("vitrine-warnings-{}", std::process::id()));
    fs::create_dir_all(&dir).expect("a directory for temporary files");
    fs::write(dir.join(file), text).expect("it is ours");
    let mut command = oracle.command();
    command.args(theirs).arg(file).current_dir(&dir);
    let theirs = program::finish(command, b"");
    let mut command = program::command(ours);
    command.arg(file).current_dir(&dir);
    let output = program::finish(command, b"");
    let said = |bytes: &[u8]| -> Vec<String> {
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        let lines = text.lines().map(str::to_owned);
        // The tracebacks of CPython's own modules.
        let mut in_traceback = false;
        let lines = lines.filter(|line| {
            in_traceback |= line.starts_with("Traceback ");
            in_traceback &= !line.contains(&format!("File \"{file}\""));
            !in_traceback
        });
        lines.collect()
    };
    assert_eq!(
        said(&output.stderr),
        said(&theirs.stderr),
        "{ours:?}: {text}"
    );
    assert_eq!(
        output.status.code(),
        theirs.status.code(),
        "{ours:?}: {text}"
    );
}

#[test]
fn standard_error_is_cpythons() {
    let Some(oracle) = Oracle::find() else { return };
    for text in TEXTS {
        for options in [
            &[][..],
            &["-O1"],
            &["--feature-version", "3.12"],
            &["--feature-version", "3.8"],
        ] {
            let theirs = [&["-m", "ast"], options].concat();
            let ours: Vec<&str> = std::iter::once("ast")
                .chain(options.iter().copied())
                .collect();
            compare(oracle, &theirs, &ours, "warned.py", text);
            if options.contains(&"3.8") {
                // What is deprecated is shown to who runs the very module.
                compare(oracle, &theirs, &ours, "__main__.py", text);
            }
        }
        compare(
            oracle,
            &["-m", "symtable"],
            &["symtable"],
            "warned.py",
            text,
        );
        compare(oracle, &["-m", "dis"], &["dis"], "warned.py", text);
    }
    // What only reads tokens warns of nothing.
    compare(
        oracle,
        &["-m", "tokenize"],
        &["tokens"],
        "warned.py",
        TEXTS[0],
    );
    let levels = ["-q", "-f", "-o", "0", "-o", "2"];
    let theirs = [&["-m", "compileall"], &levels[..]].concat();
    let ours = [&["compile"], &levels[..]].concat();
    compare(oracle, &theirs, &ours, "warned.py", TEXTS[0]);
    let theirs = ["-m", "py_compile"];
    compare(oracle, &theirs, &["check"], "warned.py", TEXTS[0]);
}
