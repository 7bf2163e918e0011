//! `vitrine dis` as a user types it: beside `python3.14 -m dis`, and what goes beyond.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use serde_json::Value;
use vitrine_bytecode::dis::describe;
use vitrine_bytecode::opcode::ALL;
use vitrine_tests::golden::without_addresses;
use vitrine_tests::oracle::Oracle;
use vitrine_tests::program::{self, root};

const FILE: &str = "tests/fixtures/stages/cold_blocks.py";

fn dis(args: &[&str], input: &str) -> String {
    let output = program::run(&[&["dis"], args].concat(), input.as_bytes());
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn options_are_cpythons() {
    let Some(oracle) = Oracle::find() else { return };
    let source = std::fs::read_to_string(root().join(FILE)).expect("a fixture");
    for options in [
        &[][..],
        &["-C"],
        &["-O"],
        &["-P"],
        &["-S"],
        &["-C", "-O", "-P", "-S"],
    ] {
        for file in [FILE, "-"] {
            let args = [options, &[file]].concat();
            let mut command = oracle.command();
            command.args(["-m", "dis"]).args(&args).current_dir(root());
            let theirs = program::finish(command, source.as_bytes()).stdout;
            let theirs = String::from_utf8(theirs).expect("UTF-8");
            assert_eq!(
                without_addresses(&dis(&args, &source)),
                without_addresses(&theirs),
                "{args:?}"
            );
        }
    }
}

#[test]
fn source_and_stack() {
    let text = dis(&["--source", "--stack", "-"], "x = a + b * 2\n");
    let expected = "\
<module>:
               0  RESUME                       0
                    0 []
    1 | x = a + b * 2
      |     ^
               2  LOAD_NAME                    0 (a)
                    0 [] -> 1 [a]
      |         ^
               4  LOAD_NAME                    1 (b)
                    1 [a] -> 2 [a | b]
      |             ^
               6  LOAD_SMALL_INT               2
                    2 [a | b] -> 3 [a | b | 2]
      |         ^^^^^
               8  BINARY_OP                    5 (*)
                    3 [a | b | 2] -> 2 [a | b * 2]
      |     ^^^^^^^^^
              20  BINARY_OP                    0 (+)
                    2 [a | b * 2] -> 1 [a + (b * 2)]
      | ^
              32  STORE_NAME                   2 (x)
                    1 [a + (b * 2)] -> 0 []
              34  LOAD_CONST                   1 (None)
                    0 [] -> 1 [None]
              36  RETURN_VALUE
                    1 [None] -> leaves
";
    assert_eq!(text, expected);
}

#[test]
fn one_function() {
    let source = "class C:\n    def m(self):\n        return 1\n    def n(self): pass\n";
    let text = dis(&["--function", "C.m", "-"], source);
    assert!(text.contains("LOAD_SMALL_INT"), "{text}");
    assert!(!text.contains("Disassembly of"), "{text}");
    let output = program::run(&["dis", "--function", "C.q", "-"], source.as_bytes());
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        message,
        "vitrine: no code object is named 'C.q'; there are: <module>, C, C.m, C.n\n"
    );
}

#[test]
fn differences() {
    let source = "def f(a):\n    assert a\n    return a\ndef g(): pass\n";
    let text = dis(&["--diff", "1", "-"], source);
    let expected = "\
f:
  RESUME 0
  LOAD_FAST_BORROW (a)
- TO_BOOL
- POP_JUMP_IF_TRUE
- NOT_TAKEN
- LOAD_COMMON_CONSTANT (AssertionError)
- RAISE_VARARGS 1
- LOAD_FAST_BORROW (a)
  RETURN_VALUE
";
    assert_eq!(text, expected);
    assert_eq!(dis(&["--diff", "0", "-"], source), "");
    let text = dis(&["--diff", FILE, "tests/fixtures/stages/swaps.py"], "");
    assert!(text.contains("+ CHECK_EXC_MATCH"), "{text}");
}

#[test]
fn json() {
    let text = dis(&["--json", "--stack", "-"], "x = a.b\n");
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let load = &value["instructions"][2];
    assert_eq!(load["opname"], "LOAD_ATTR");
    assert_eq!(load["contents_before"], serde_json::json!(["a"]));
    assert_eq!(load["contents_after"], serde_json::json!(["a.b"]));
    assert_eq!(load["stack_after"], 1);
}

#[test]
fn stages_are_printed() {
    for stage in ["codegen", "cfg", "optimized", "final"] {
        let text = dis(&["--stage", stage, FILE], "");
        let path = root().join(FILE).with_extension(format!("{stage}.txt"));
        let expected = std::fs::read_to_string(path).expect("a fixture");
        assert_eq!(text.trim_end(), expected.trim_end(), "{stage}");
    }
}

/// Every instruction has a line of its own, in whole sentences.
#[test]
fn every_opcode_is_explained() {
    let mut lines: Vec<&str> = ALL.into_iter().map(describe).collect();
    for line in &lines {
        assert!(line.ends_with('.') && line.len() > 10, "{line}");
        assert!(!line.contains('\n'), "{line}");
    }
    let count = lines.len();
    lines.sort_unstable();
    lines.dedup();
    // The instrumented forms share theirs.
    assert!(lines.len() + 40 > count, "{} of {count}", lines.len());
    let text = dis(&["--explain", "-"], "x = 1\n");
    assert!(
        text.contains("# Stores TOS") || text.contains("# "),
        "{text}"
    );
}
