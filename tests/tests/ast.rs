//! Trees, compared with CPython's `ast.dump` over its whole standard library,
//! test suite included, with all positions.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use vitrine_syntax::ast_dump::{self, Options, TypeComments};
use vitrine_syntax::module::parse_module;
use vitrine_tests::corpus::{self, crc32};
use vitrine_tests::oracle::Oracle;
use vitrine_tests::packages;
use vitrine_tests::rates::{Rate, hold};

/// Writes a line a file: checksum and length of its dump, and its path.
const DUMP_ALL: &str = r#"
import ast, os, sys, zlib
out, corpus, step = sys.argv[1:]

def one(path):
    try:
        source = open(path, 'rb').read()
        source.decode('utf-8')
        dump = ast.dump(ast.parse(source), include_attributes=True).encode('utf-8', 'surrogatepass')
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return '%d %d %s\n' % (zlib.crc32(dump), len(dump), path)

import warnings
warnings.simplefilter('ignore')
def typed(path):
    try:
        source = open(path, 'rb').read()
        source.decode('utf-8')
        if b'type:' not in source:
            return None
        dump = ast.dump(ast.parse(source, type_comments=True), indent=3)
    except SyntaxError as e:
        dump = e.msg
    except (OSError, ValueError, RecursionError, MemoryError):
        return None
    dump = dump.encode('utf-8', 'surrogatepass')
    return '%d %d %s\n' % (zlib.crc32(dump), len(dump), path)

# Texts of the tests of type comments, as files and as signatures.
def texts():
    tests = ast.parse(open(os.path.join(os.path.dirname(os.__file__), 'test/test_type_comments.py'), 'rb').read())
    for node in ast.walk(tests):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for mode in 'exec', 'func_type':
                try:
                    said = ast.dump(ast.parse(node.value, mode=mode, type_comments=True), include_attributes=True)
                except SyntaxError as e:
                    said = '%s [%s %s %s %s]' % (e.msg, e.lineno, e.offset, e.end_lineno, e.end_offset)
                yield mode, node.value, said
with open(os.path.join(out, 'texts'), 'w') as file:
    for row in texts():
        file.write('\t'.join(part.encode('utf-8').hex() for part in row) + '\n')

paths = sorted(os.path.join(root, name) for root, _, names in os.walk(corpus) if 'site-packages' not in root
               for name in names if name.endswith('.py'))[::int(step)]
for name, dump in ('dumps', one), ('typed', typed):
    with open(os.path.join(out, name), 'w') as file:
        for path in paths:
            line = dump(path)
            if line:
                file.write(line)
"#;

const DUMP_ONE: &str = r#"
import ast, sys
sys.stdout.buffer.write(ast.dump(ast.parse(open(sys.argv[1], 'rb').read()), include_attributes=True)
    .encode('utf-8', 'surrogatepass'))
"#;

fn text_of(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("the oracle found it to be UTF-8");
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

fn dump(path: &Path) -> String {
    let module = parse_module(&text_of(path));
    ast_dump::dump(
        &module,
        Options {
            indent: None,
            include_attributes: true,
            ..Options::default()
        },
    )
    .expect("no file of the library nests that deep")
}

/// Where two dumps part, with what stands there.
fn first_difference(ours: &str, theirs: &str) -> String {
    let at = ours
        .bytes()
        .zip(theirs.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let around = |text: &str| {
        let clip = |at: usize| {
            (at.min(text.len())..=text.len())
                .find(|&i| text.is_char_boundary(i))
                .unwrap_or(0)
        };
        text[clip(at.saturating_sub(60))..clip(at + 60)].to_owned()
    };
    format!(
        "\n   vitrine: {}\n   CPython: {}",
        around(ours),
        around(theirs)
    )
}

/// What `python -m ast` prints, or the message of the error.
fn typed(path: &Path) -> String {
    let text = text_of(path);
    let module = parse_module(&text);
    if let Some(error) = module.first_error(&text) {
        return error.message;
    }
    match TypeComments::find(&module, &text) {
        Ok(comments) => ast_dump::value_with(&module, Options::default(), &comments)
            .dump(Some(3), false)
            .expect("no file of the library nests that deep"),
        Err(error) => error.message,
    }
}

/// What `ast.dump` says of a text with type comments, in one of the oracle's modes.
fn typed_text(mode: &str, text: &str) -> String {
    let options = Options {
        indent: None,
        include_attributes: true,
        ..Options::default()
    };
    let read = || {
        if mode == "func_type" {
            return ast_dump::func_type(text, options, u8::MAX);
        }
        let module = parse_module(text);
        match module.first_error(text) {
            Some(error) => Err(error),
            None => TypeComments::find(&module, text)
                .map(|comments| ast_dump::value_with(&module, options, &comments)),
        }
    };
    match read() {
        Ok(value) => value.dump(None, false).expect("it is short"),
        Err(error) => {
            let at = error.location;
            format!(
                "{} [{} {} {} {}]",
                error.message, at.lineno, at.offset, at.end_lineno, at.end_offset
            )
        }
    }
}

#[test]
fn type_comments_of_the_standard_library() {
    let Some(oracle) = Oracle::find() else { return };
    compare_typed("ast: with type comments", &oracle.prepared("ast", DUMP_ALL));
}

fn compare_typed(name: &str, prepared: &Path) {
    let answers = fs::read_to_string(prepared.join("typed")).expect("the script wrote it");
    let lines: Vec<&str> = answers.lines().collect();
    let differing: Vec<String> = corpus::in_parallel(&lines, |line| {
        let parts: Vec<&str> = line.splitn(3, ' ').collect();
        let ours = typed(Path::new(parts[2]));
        let is_equal = format!("{} {}", crc32(ours.as_bytes()), ours.len())
            == format!("{} {}", parts[0], parts[1]);
        (!is_equal).then(|| parts[2].to_owned())
    })
    .into_iter()
    .flatten()
    .collect();
    let rate = Rate {
        equal: lines.len() - differing.len(),
        total: lines.len(),
    };
    hold(name, rate, &differing);
}

#[test]
fn type_comments_of_cpythons_tests() {
    let Some(oracle) = Oracle::find() else { return };
    let answers = fs::read_to_string(oracle.prepared("ast", DUMP_ALL).join("texts"))
        .expect("the script wrote it");
    let decode = |hex: &str| {
        let bytes = (0..hex.len() / 2)
            .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hexadecimal"));
        String::from_utf8(bytes.collect()).expect("UTF-8")
    };
    for line in answers.lines() {
        let row: Vec<String> = line.split('\t').map(decode).collect();
        assert_eq!(
            typed_text(&row[0], &row[1]),
            row[2],
            "{}: {}",
            row[0],
            row[1]
        );
    }
}

#[test]
fn trees_of_the_standard_library() {
    let Some(oracle) = Oracle::find() else { return };
    let prepared = oracle.prepared("ast", DUMP_ALL);
    compare_trees("ast: files of the standard library", oracle, &prepared);
}

#[test]
fn trees_of_packages() {
    let Some(oracle) = Oracle::find() else { return };
    let Some(corpus) = packages::directory() else {
        return;
    };
    let prepared = oracle.prepared_over("ast", DUMP_ALL, corpus, packages::step());
    compare_trees("ast: packages", oracle, &prepared);
    compare_typed("ast: packages, with type comments", &prepared);
}

fn compare_trees(name: &str, oracle: &Oracle, prepared: &Path) {
    let dumps = fs::read_to_string(prepared.join("dumps")).expect("the script wrote it");
    let expected: HashMap<PathBuf, (u32, usize)> = dumps
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ' ');
            let crc = parts.next()?.parse().ok()?;
            let len = parts.next()?.parse().ok()?;
            Some((parts.next()?.into(), (crc, len)))
        })
        .collect();
    let mut files: Vec<&PathBuf> = expected.keys().collect();
    files.sort();
    let differing: Vec<&PathBuf> = corpus::in_parallel(&files, |path| {
        let ours = dump(path);
        ((crc32(ours.as_bytes()), ours.len()) != expected[*path]).then_some(*path)
    })
    .into_iter()
    .flatten()
    .collect();
    let shown: Vec<String> = differing
        .iter()
        .take(12)
        .map(|path| {
            let theirs = oracle.run(DUMP_ONE, [path]).stdout;
            format!(
                "{}{}",
                path.display(),
                first_difference(&dump(path), &String::from_utf8_lossy(&theirs))
            )
        })
        .collect();
    let rate = Rate {
        equal: files.len() - differing.len(),
        total: files.len(),
    };
    hold(name, rate, &shown);
}
