//! What the commands print on standard error, warnings and errors, beside `python3.14 -m ast`, `tokenize`,
//! `symtable`, `dis` and `compileall`: in CPython's order, warnings before errors too.
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
fn compare(oracle: &Oracle, theirs: &[&str], ours: &[&str], file: &str, text: &[u8]) {
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
            let begins = line.starts_with("Traceback ");
            let ends = line.contains(&format!("File \"{file}\"")) || !line.starts_with(' ');
            in_traceback = begins || in_traceback && !ends;
            !in_traceback
        });
        lines.collect()
    };
    assert_eq!(
        said(&output.stderr),
        said(&theirs.stderr),
        "{ours:?}: {}",
        text.escape_ascii()
    );
    assert_eq!(
        output.status.code(),
        theirs.status.code(),
        "{ours:?}: {}",
        text.escape_ascii()
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
            compare(oracle, &theirs, &ours, "warned.py", text.as_bytes());
            if options.contains(&"3.8") {
                // What is deprecated is shown to who runs the very module.
                compare(oracle, &theirs, &ours, "__main__.py", text.as_bytes());
            }
        }
        compare(
            oracle,
            &["-m", "symtable"],
            &["symtable"],
            "warned.py",
            text.as_bytes(),
        );
        compare(
            oracle,
            &["-m", "dis"],
            &["dis"],
            "warned.py",
            text.as_bytes(),
        );
    }
    // What only reads tokens warns of nothing.
    compare(
        oracle,
        &["-m", "tokenize"],
        &["tokens"],
        "warned.py",
        TEXTS[0].as_bytes(),
    );
    let levels = ["-q", "-f", "-o", "0", "-o", "2"];
    let theirs = [&["-m", "compileall"], &levels[..]].concat();
    let ours = [&["compile"], &levels[..]].concat();
    compare(oracle, &theirs, &ours, "warned.py", TEXTS[0].as_bytes());
    let theirs = ["-m", "py_compile"];
    compare(
        oracle,
        &theirs,
        &["check"],
        "warned.py",
        TEXTS[0].as_bytes(),
    );
}

/// Bytes that are no text, or not the one they say.
const BYTES: [&[u8]; 19] = [
    b"x = '\xff'\n",
    b"x = 1\ny = '\xff'\n",
    b"# comment\ny = '\xff'\n",
    b"x = 1\r\n\r\ny = '\xff'\r\nz\r\n",
    b"x = '\xe2\x82",
    "x = 'é€😀'; \u{200b}y".as_bytes(),
    b"x = '\xc3\xa9 \xed\xa0\x80'\n",
    b"x = = 1\ny = '\xff'\n",
    b"x = 1\ny = 'a\0b'\n",
    b"\0",
    b"x = '\xff'\ny = '\0'\n",
    b"x = '\0'\ny = '\xff'\n",
    b"# coding: utf-8\nx = '\0'\n",
    b"# coding: latin-1\nx = '\xff' 1\n",
    b"# coding: ascii\nx = '\xff'\n",
    b"# coding: foo\nx\n",
    b"# coding: rot13\nx\n",
    b"# coding: shift_jis\nx = '\x81'\n",
    b"\xef\xbb\xbf# coding: latin-1\nx\n",
];

#[test]
fn undecodable_files() {
    let Some(oracle) = Oracle::find() else { return };
    let compilers = ["ast", "symtable", "dis"];
    for bytes in BYTES {
        for name in compilers {
            compare(oracle, &["-m", name], &[name], "bytes.py", bytes);
        }
        compare(oracle, &[], &["run"], "bytes.py", bytes);
    }
    // Run as files CPython does not look at these, but at strings in them.
    for bytes in [
        &b"# \xff\n"[..],
        b"\xef\xbb\xbfx = 1\ny = '\xff'\n",
        b"# coding: utf-8\nx = '\xff'\n",
    ] {
        for name in compilers {
            compare(oracle, &["-m", name], &[name], "bytes.py", bytes);
        }
    }
}

/// `sys.set_int_max_str_digits` is for source code too.
#[test]
fn long_numbers() {
    let Some(oracle) = Oracle::find() else { return };
    let digits = "1_0".repeat(2_200);
    for text in [
        format!("x = {}\ny = {digits}\n", "1".repeat(4_300)),
        format!("x = -{digits} 5\n"),
        format!("a b\nx = {digits}"),
        format!("a b, {digits}"),
        format!("if x:\n  f'{{{digits}}}' = 1\n"),
        format!("match x:\n  case {digits}: pass\n"),
        format!("x = {digits}j; {digits}.5\n"),
    ] {
        for (theirs, ours) in [("ast", "ast"), ("dis", "dis")] {
            compare(
                oracle,
                &["-m", theirs],
                &[ours],
                "digits.py",
                text.as_bytes(),
            );
        }
    }
}
