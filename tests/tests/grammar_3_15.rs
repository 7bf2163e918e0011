//! What Python 3.15 adds to the grammar, read where that version is asked for: trees and
//! syntax errors beside those of a CPython 3.15 (`VITRINE_PYTHON315`), over its library.
//!
//! Every file of the library is parsed. Trees are compared of those with a new statement or
//! expression in them as far as a word tells, and of every eighth; with
//! `VITRINE_ALL_PACKAGES=1` of all.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use vitrine_bytecode::ast;
use vitrine_syntax::ast_dump::Options;
use vitrine_syntax::module::parse_module;
use vitrine_syntax::version::Version;
use vitrine_tests::corpus::{self, TEXTS_OF, crc32};
use vitrine_tests::packages;
use vitrine_tests::rates::{Rate, hold};

/// Writes a line a file - the error, or the checksum of the tree's dump - and the texts of
/// tests of the grammar with what is said of them.
const ASK: &str = r#"
import ast, os, sys, warnings, zlib
warnings.simplefilter('ignore')
assert sys.version_info[:2] == (3, 15), sys.version
_, out, step = sys.argv
library = os.path.dirname(os.__file__)
def said(source, dump=ast.dump):
    try:
        return 'tree', dump(ast.parse(source), include_attributes=True)
    except SyntaxError as e:
        at = (e.end_lineno, e.end_offset) if 'encoding' not in e.msg else (None, None)
        return 'error', '%s [%s %s %s %s]' % (e.msg, e.lineno, e.offset, *at)
    except (ValueError, RecursionError, MemoryError):
        return 'nothing', ''
paths = sorted(os.path.join(root, name) for root, _, names in os.walk(library) if 'site-packages' not in root
               for name in names if name.endswith('.py') and os.path.isfile(os.path.join(root, name)))
with open(os.path.join(out, 'files'), 'w') as file:
    for number, path in enumerate(paths):
        source = open(path, 'rb').read()
        try:
            source.decode('utf-8')
        except ValueError:
            continue
        wanted = number % int(step) == 0 or b'lazy ' in source or 'comps.py' in path or 'test_patma' in path
        kind, text = said(source, ast.dump if wanted else lambda *_, **__: '')
        if kind == 'tree':
            text = '%d' % zlib.crc32(text.encode('utf-8', 'surrogatepass')) if wanted else ''
        file.write('%s\t%s\t%s\n' % (kind, path, text))
names = '''syntax unpack_ex patma grammar exceptions positional_only_arg genexps listcomps setcomps dictcomps
    named_expressions fstring tstring type_params keywordonlyarg unpack string_literals lambda_expressions'''.split()
tests = [os.path.join(library, 'test', 'test_%s.py' % name) for name in names]
tests += [path for path in paths if 'test_lazy_import/test_' in path or 'test_lazy_import/__init__' in path]
with open(os.path.join(out, 'texts'), 'w') as file:
    for text in texts_of(tests):
        try:
            file.write('%s\t%s\n' % (text.encode('utf-8').hex(), ': '.join(said(text)).encode('utf-8', 'surrogatepass').hex()))
        except UnicodeError:
            pass
"#;

/// The directory that the script filled, if there is a CPython 3.15.
fn prepared() -> Option<&'static Path> {
    static DIR: OnceLock<Option<PathBuf>> = OnceLock::new();
    DIR.get_or_init(|| {
        let Some(python): Option<OsString> = env::var_os("VITRINE_PYTHON315") else {
            eprintln!("no CPython 3.15 (VITRINE_PYTHON315): nothing to compare with");
            return None;
        };
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("grammar-3.15");
        fs::create_dir_all(&dir).expect("the target directory is writable");
        let step = (2 * packages::step()).to_string();
        let mut command = Command::new(python);
        command
            .args(["-c", &format!("{TEXTS_OF}{ASK}")])
            .arg(&dir)
            .arg(step);
        let status = command.status().expect("VITRINE_PYTHON315 starts");
        assert!(status.success(), "VITRINE_PYTHON315 is a CPython 3.15");
        Some(dir)
    })
    .as_deref()
}

/// The kind of what is said of a text, and what is said.
fn said(text: &str) -> (&'static str, String) {
    let options = Options {
        indent: None,
        include_attributes: true,
        version: Version::V3_15,
        ..Options::default()
    };
    match ast::parse(text, ast::Request::default(), options) {
        Err(error) => {
            let at = error.attributes();
            let place = format!(
                "[{} {} {} {}]",
                at.lineno, at.offset, at.end_lineno, at.end_offset
            );
            ("error", format!("{} {place}", error.message))
        }
        Ok(parsed) => {
            let dump = parsed.tree.dump_as(options);
            ("tree", dump.unwrap_or_else(|error| error.to_string()))
        }
    }
}

#[test]
fn files_of_its_library() {
    let Some(dir) = prepared() else { return };
    let lines = fs::read_to_string(dir.join("files")).expect("the script wrote it");
    let lines: Vec<&str> = lines.lines().collect();
    let differences = corpus::in_parallel(&lines, |line| {
        let mut parts = line.splitn(3, '\t');
        let mut next = || parts.next().expect("three parts");
        let (kind, path, text) = (next(), next(), next());
        let source = corpus::text_of(&fs::read(path).expect("the script read it"));
        let (our_kind, ours) = match source {
            Ok(source) => said(&source),
            Err(error) => ("error", error),
        };
        let same = match kind {
            "nothing" => true,
            "tree" if text.is_empty() => our_kind == "tree",
            "tree" => our_kind == "tree" && crc32(ours.as_bytes()).to_string() == text,
            _ => (kind, text) == (our_kind, &*ours),
        };
        (!same).then(|| {
            let ours = if our_kind == "error" {
                &*ours
            } else {
                "a tree"
            };
            format!("{path}: {ours}, CPython: {kind} {text}")
        })
    });
    let differences: Vec<String> = differences.into_iter().flatten().collect();
    let rate = Rate {
        equal: lines.len() - differences.len(),
        total: lines.len(),
    };
    hold("grammar of 3.15: files of its library", rate, &differences);
}

#[test]
fn texts_of_its_tests() {
    let Some(dir) = prepared() else { return };
    let lines = fs::read_to_string(dir.join("texts")).expect("the script wrote it");
    let decode = |hex: &str| {
        let bytes: Vec<u8> = (0..hex.len() / 2)
            .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hexadecimal"))
            .collect();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let rows: Vec<(String, String)> = lines
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(text, said)| (decode(text), decode(said)))
        .filter(|(_, said)| !said.starts_with("nothing"))
        .collect();
    let differences = corpus::in_parallel(&rows, |(text, expected)| {
        let (kind, ours) = said(text);
        let ours = format!("{kind}: {ours}");
        (ours != *expected).then(|| {
            let short = |text: &str| text.chars().take(300).collect::<String>();
            format!(
                "{:?}\n    {}\n    {}",
                short(text),
                short(&ours),
                short(expected)
            )
        })
    });
    let differences: Vec<String> = differences.into_iter().flatten().collect();
    let rate = Rate {
        equal: rows.len() - differences.len(),
        total: rows.len(),
    };
    hold("grammar of 3.15: texts of its tests", rate, &differences);
}

/// The language stays 3.14's where nothing else is asked for.
#[test]
fn is_refused_otherwise() {
    for text in [
        "lazy import a",
        "lazy from a import b",
        "[*a for a in b]",
        "(*a for a in b)",
        "f(*a for a in b)",
        "{*a for a in b}",
        "{**a for a in b}",
        "match a:\n case +1: pass",
    ] {
        assert!(parse_module(text).first_error(text).is_some(), "{text}");
        assert_eq!(said(text).0, "tree", "{text}");
    }
    for text in ["lazy = 1", "lazy", "match lazy:\n case lazy: pass"] {
        assert_eq!(said(text).0, "tree", "{text}");
    }
}
