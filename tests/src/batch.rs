//! Many texts compiled by CPython in one process, and compared with what Vitrine
//! makes of them: code objects, errors, warnings.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, process};

use vitrine_bytecode::compile::{CompileOptions, Mode, SyntaxWarning, compile_source};
use vitrine_bytecode::marshal;

use crate::oracle::Oracle;

/// Reads cases, and writes for each the lengths of an answer and of its warnings, and both.
const COMPILE: &str = r#"
import marshal, sys, warnings
with open(sys.argv[1], 'rb') as f:
    data = f.read()
at = 0
with open(sys.argv[2], 'wb') as out:
    while at < len(data):
        mode, level = data[at], data[at + 1]
        flags = int.from_bytes(data[at + 2:at + 6], 'little')
        length = int.from_bytes(data[at + 6:at + 10], 'little')
        text = data[at + 10:at + 10 + length].decode()
        at += 10 + length
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter('always')
            try:
                mode = ('exec', 'eval', 'single')[mode]
                answer = b'C' + marshal.dumps(compile(text, 'f', mode, flags, dont_inherit=True, optimize=level))
            except SyntaxError as e:
                answer = f'E{type(e).__name__}: {e.msg} {e.lineno}:{e.offset}-{e.end_lineno}:{e.end_offset}'
            except (ValueError, RecursionError, MemoryError, OverflowError) as e:
                answer = f'E{type(e).__name__}: {e}'
        if isinstance(answer, str):
            answer = answer.encode('utf-8', 'surrogatepass')
        notes = '\n'.join(f'{w.category.__name__}: {w.message} {w.lineno}' for w in seen)
        notes = notes.encode('utf-8', 'surrogatepass')
        out.write(len(answer).to_bytes(4, 'little') + len(notes).to_bytes(4, 'little') + answer + notes)
"#;

/// A text, and how it is compiled.
#[derive(Clone, Debug)]
pub struct Case {
    /// Where it comes from, for messages.
    pub name: String,
    /// The text.
    pub text: String,
    /// As what it is compiled.
    pub mode: Mode,
    /// `-O`, `-OO`.
    pub optimize: u8,
    /// Flags of `compile`.
    pub flags: u32,
}

/// How an answer differs from CPython's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Both compile, to different code.
    Code,
    /// The same code with other warnings.
    Warnings,
    /// One compiles it, the other does not.
    Acceptance,
    /// Both refuse it, in other words or elsewhere.
    Error,
}

/// What CPython and Vitrine made of a batch.
#[derive(Default, Debug)]
pub struct Compared {
    /// How many texts CPython compiled.
    pub valid: usize,
    /// What differs, described.
    pub differences: Vec<(Kind, String)>,
}

/// Compiles all cases with both.
///
/// # Panics
/// If CPython does not answer.
pub fn compare(oracle: &Oracle, cases: &[Case]) -> Compared {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = |name: &str| -> PathBuf {
        env::temp_dir().join(format!("vitrine-batch-{}-{number}-{name}", process::id()))
    };
    let (input, output) = (path("in"), path("out"));
    fs::write(&input, encode(cases)).expect("the directory for temporary files is writable");
    oracle.run(COMPILE, [&input, &output]);
    let answers = fs::read(&output).expect("the script wrote it");
    for file in [input, output] {
        fs::remove_file(file).expect("it is ours");
    }
    let mut rest = &answers[..];
    let mut compared = Compared::default();
    for case in cases {
        let (answer, warnings) = next_answer(&mut rest);
        compared.valid += usize::from(answer.starts_with(b"C"));
        if let Some((kind, difference)) = difference(case, answer, &warnings) {
            compared
                .differences
                .push((kind, format!("{}: {difference}", case.name)));
        }
    }
    compared
}

fn encode(cases: &[Case]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for case in cases {
        bytes.extend([case.mode as u8, case.optimize]);
        bytes.extend(case.flags.to_le_bytes());
        bytes.extend((case.text.len() as u32).to_le_bytes());
        bytes.extend(case.text.as_bytes());
    }
    bytes
}

/// Takes an answer and its warnings off the front.
pub fn next_answer<'a>(bytes: &mut &'a [u8]) -> (&'a [u8], String) {
    let (head, rest) = bytes.split_at(8);
    let len =
        |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().expect("four bytes")) as usize;
    let (answer, rest) = rest.split_at(len(0));
    let (warnings, rest) = rest.split_at(len(4));
    *bytes = rest;
    (answer, String::from_utf8_lossy(warnings).into_owned())
}

/// Warnings as the script writes them.
fn shown(warnings: &[SyntaxWarning]) -> String {
    let line = |warning: &SyntaxWarning| {
        let line = warning.location.line;
        format!("SyntaxWarning: {} {line}", warning.message)
    };
    let lines: Vec<String> = warnings.iter().map(line).collect();
    lines.join("\n")
}

fn difference(case: &Case, answer: &[u8], warnings: &str) -> Option<(Kind, String)> {
    let options = CompileOptions {
        filename: "f".into(),
        optimize: case.optimize,
        mode: case.mode,
        flags: case.flags,
        ..CompileOptions::default()
    };
    let (&kind, answer) = answer.split_first().expect("an answer has a kind");
    let expected = || String::from_utf8_lossy(answer).into_owned();
    match (kind, compile_source(&case.text, &options)) {
        (b'C', Ok(compiled)) => {
            let theirs = marshal::load_code(answer).expect("CPython wrote it");
            let ours = shown(&compiled.warnings);
            if compiled.code != theirs {
                Some((Kind::Code, "other code".into()))
            } else if ours != warnings {
                Some((
                    Kind::Warnings,
                    format!("warns {ours:?}, CPython {warnings:?}"),
                ))
            } else {
                None
            }
        }
        (b'C', Err(error)) => Some((Kind::Acceptance, format!("refused: {}", error.message))),
        (_, Ok(_)) => Some((
            Kind::Acceptance,
            format!("compiled, CPython: {}", expected()),
        )),
        (_, Err(error)) => {
            let at = error.attributes();
            let mut ours = format!("{}: {}", error.kind.class_name(), error.message);
            // Only a SyntaxError says where.
            if at.lineno > 0 {
                ours += &format!(
                    " {}:{}-{}:{}",
                    at.lineno, at.offset, at.end_lineno, at.end_offset
                );
            }
            // What was warned of before counts, too.
            let ours = format!("{ours} {:?}", shown(&error.warnings));
            let expected = format!("{} {warnings:?}", expected());
            (ours != expected).then(|| (Kind::Error, format!("{ours}, CPython: {expected}")))
        }
    }
}
