//! Other versions of CPython: code objects made for them beside their own, and their `dis`.
//!
//! `VITRINE_PYTHON313` and `VITRINE_PYTHON315` name their interpreters; without one there is
//! nothing to compare with.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use vitrine_bytecode::code::{CodeObject, Const};
use vitrine_bytecode::compile::{CompileOptions, compile_source};
use vitrine_bytecode::dis;
use vitrine_bytecode::marshal;
use vitrine_bytecode::target::Target;
use vitrine_tests::corpus;
use vitrine_tests::rates::{Rate, hold};

/// Writes, for each file of the library, the lengths of path and marshalled code, and both.
const COMPILE: &str = r#"
import marshal, os, sys, warnings
warnings.simplefilter('ignore')
oldest = tuple(map(int, sys.argv[2].split('.')))
assert sys.version_info[:2] == oldest[:2] and sys.version_info >= oldest, sys.version
library = os.path.dirname(os.__file__)
paths = sorted(os.path.join(root, name) for root, _, names in os.walk(library) if 'site-packages' not in root
               for name in names if name.endswith('.py'))
with open(sys.argv[1], 'wb') as out:
    for path in paths:
        if '/test/' in path or '/idlelib/' in path:
            continue
        try:
            source = open(path, 'rb').read()
            source.decode('utf-8')
            code = marshal.dumps(compile(source, path, 'exec', dont_inherit=True))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        name = path.encode()
        out.write(len(name).to_bytes(4, 'little') + len(code).to_bytes(4, 'little') + name + code)
"#;

/// Writes, for each sixteenth file of the library, the lengths of its path and of its `dis`
/// with and without options, and all three.
const DIS: &str = r#"
import dis, io, os, re, sys, warnings
warnings.simplefilter('ignore')
library = os.path.dirname(os.__file__)
paths = sorted(os.path.join(root, name) for root, _, names in os.walk(library) if 'site-packages' not in root
               for name in names if name.endswith('.py') and '/test' not in root and '/idlelib' not in root)
def text(code, **options):
    out = io.StringIO()
    dis.dis(code, file=out, **options)
    return re.sub(r' at 0x[0-9a-f]+, file', ' at 0x, file', out.getvalue()).encode('utf-8', 'backslashreplace')
with open(sys.argv[1], 'wb') as out:
    for path in paths[::16]:
        try:
            source = open(path, 'rb').read()
            source.decode('utf-8')
            code = compile(source, path, 'exec', dont_inherit=True)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        name = path.encode()
        everything = {'show_caches': True, 'show_offsets': True}
        if sys.version_info >= (3, 14):
            everything['show_positions'] = True
        for mark, options in ((b'-', {}), (b'+', everything)):
            shown = mark + text(code, **options)
            out.write(len(name).to_bytes(4, 'little') + len(shown).to_bytes(4, 'little') + name + shown)
"#;

/// A version to compare with.
struct Version {
    target: Target,
    /// Names the interpreter.
    variable: &'static str,
    /// Before it, the version compiled otherwise.
    oldest: &'static str,
}

const V3_13: Version = Version {
    target: Target::V3_13,
    variable: "VITRINE_PYTHON313",
    oldest: "3.13.5",
};

const V3_15: Version = Version {
    target: Target::V3_15,
    variable: "VITRINE_PYTHON315",
    oldest: "3.15",
};

impl Version {
    fn python(&self) -> Option<OsString> {
        let python = env::var_os(self.variable);
        if python.is_none() {
            let Self { variable, .. } = self;
            eprintln!("no interpreter in {variable}: nothing to compare with");
        }
        python
    }

    /// What a script writes to the file it is given, if there is an interpreter.
    fn answer(&self, what: &str, script: &str) -> Option<Vec<u8>> {
        let Self {
            variable, oldest, ..
        } = self;
        let name = format!("{what}-{}", self.target.name());
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let status = Command::new(self.python()?)
            .args(["-c", script])
            .arg(&file)
            .arg(oldest)
            // Sets are shown in an order that follows from the hashes of texts.
            .env("PYTHONHASHSEED", "0")
            .status()
            .expect("the interpreter starts");
        assert!(status.success(), "{variable} is at least CPython {oldest}");
        Some(fs::read(&file).expect("just written"))
    }

    fn options(&self, path: &str) -> CompileOptions {
        CompileOptions {
            filename: path.into(),
            target: self.target,
            ..CompileOptions::default()
        }
    }
}

fn records(mut bytes: &[u8]) -> Vec<(String, &[u8])> {
    let mut records = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(8) {
        let len = |at: usize| {
            u32::from_le_bytes(head[at..at + 4].try_into().expect("four bytes")) as usize
        };
        let (path, rest) = rest.split_at(len(0));
        let (code, rest) = rest.split_at(len(4));
        records.push((String::from_utf8_lossy(path).into_owned(), code));
        bytes = rest;
    }
    records
}

fn nested(code: &CodeObject) -> Vec<&CodeObject> {
    let nested = code.consts.iter().filter_map(|value| match value {
        Const::Code(code) => Some(&**code),
        _ => None,
    });
    nested.collect()
}

/// A code object with what is nested in it left out, which is compared by itself.
fn shallow(code: &CodeObject) -> CodeObject {
    let mut code = code.clone();
    for value in &mut code.consts {
        if let Const::Code(_) = value {
            *value = Const::Ellipsis;
        }
    }
    code
}

fn compare(ours: &CodeObject, theirs: &CodeObject, path: &str, found: &mut (usize, Vec<String>)) {
    if shallow(ours) == shallow(theirs) {
        found.0 += 1;
    } else {
        let place = format!("{path}:{} {}", theirs.firstlineno, theirs.qualname);
        found.1.push(place);
    }
    let (ours, theirs) = (nested(ours), nested(theirs));
    if ours.len() == theirs.len() {
        for (ours, theirs) in ours.into_iter().zip(theirs) {
            compare(ours, theirs, path, found);
        }
    }
}

fn code_objects(version: &Version) {
    let Some(bytes) = version.answer("library", COMPILE) else {
        return;
    };
    let results = corpus::in_parallel(&records(&bytes), |(path, theirs)| {
        let mut found = (0, Vec::new());
        let theirs = marshal::load_code(theirs).expect("CPython wrote it");
        let source = fs::read_to_string(path).expect("a source");
        match compile_source(&source, &version.options(path)) {
            Ok(compiled) => compare(&compiled.code, &theirs, path, &mut found),
            Err(error) => found.1.push(format!("{path}: {}", error.message)),
        }
        found
    });
    let equal = results.iter().map(|(equal, _)| equal).sum();
    let differences: Vec<String> = results.into_iter().flat_map(|(_, differ)| differ).collect();
    let total = equal + differences.len();
    hold(
        &format!("target {}: code objects", version.target.name()),
        Rate { equal, total },
        &differences,
    );
}

#[test]
fn code_objects_of_3_13() {
    code_objects(&V3_13);
}

#[test]
fn code_objects_of_3_15() {
    code_objects(&V3_15);
}

/// `at 0x..., file` without the address.
fn masked(text: &str) -> String {
    let mut parts = text.split(" at 0x");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += " at 0x";
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        out += if rest.starts_with(", file") {
            rest
        } else {
            part
        };
    }
    out
}

fn dis_text(version: &Version) {
    let Some(bytes) = version.answer("dis", DIS) else {
        return;
    };
    let results = corpus::in_parallel(&records(&bytes), |(path, expected)| {
        let source = fs::read_to_string(path).expect("a source");
        let compiled = match compile_source(&source, &version.options(path)) {
            Ok(compiled) => compiled,
            Err(error) => return (false, format!("{path}: {}", error.message)),
        };
        let all = expected.starts_with(b"+");
        let options = dis::Options {
            show_caches: all,
            show_offsets: all,
            // 3.13 cannot.
            show_positions: all && version.target != Target::V3_13,
            target: version.target,
            ..dis::Options::default()
        };
        let ours = masked(&dis::disassemble(&compiled.code, options));
        let expected = String::from_utf8_lossy(&expected[1..]);
        let differs = ours.lines().zip(expected.lines()).find(|(a, b)| a != b);
        let equal = ours == expected;
        (equal, format!("{path}: {:?}", differs.unwrap_or_default()))
    });
    let differences = results.iter().filter(|(equal, _)| !equal);
    let differences: Vec<String> = differences.map(|(_, place)| place.clone()).collect();
    let total = results.len();
    let equal = total - differences.len();
    let name = format!("target {}: dis", version.target.name());
    hold(&name, Rate { equal, total }, &differences);
}

#[test]
fn dis_of_3_13() {
    dis_text(&V3_13);
}

#[test]
fn dis_of_3_15() {
    dis_text(&V3_15);
}

/// What came with 3.14 is refused for 3.13, and compiled for the others.
#[test]
fn newer_syntax_is_refused() {
    for (text, what) in [
        ("t'{x}'", "t-strings are"),
        (
            "try: pass\nexcept A, B: pass",
            "except expressions without parentheses are",
        ),
    ] {
        for version in [&V3_13, &V3_15] {
            let compiled = compile_source(text, &version.options("a.py"));
            let expected = (version.target == Target::V3_13)
                .then(|| format!("{what} only supported in Python 3.14 and greater"));
            let said = compiled.err().map(|error| error.message.clone());
            assert_eq!(said.map(String::from), expected, "{text}");
        }
    }
}

/// The committed tables are what that version says of itself.
fn tables(version: &Version) {
    let Some(python) = version.python() else {
        return;
    };
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/bytecode");
    let output = Command::new(python)
        .arg(directory.join("generate_target.py"))
        .output()
        .expect("the interpreter starts");
    let fresh = String::from_utf8_lossy(&output.stdout).into_owned();
    let file = format!("src/target/v{}.rs", version.target.name().replace('.', "_"));
    let committed = fs::read_to_string(directory.join(&file)).expect("the tables");
    // The formatter breaks lines, and puts commas behind what comes last in them.
    let plain = |text: &str| {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        text.replace(",]", "]").replace(",)", ")")
    };
    assert!(
        plain(&fresh) == plain(&committed),
        "core/bytecode/{file} is not what generate_target.py prints"
    );
}

#[test]
fn tables_of_3_13() {
    tables(&V3_13);
}

#[test]
fn tables_of_3_15() {
    tables(&V3_15);
}
