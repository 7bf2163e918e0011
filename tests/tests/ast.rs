//! Trees, compared with CPython's `ast.dump` over its whole standard library,
//! test suite included, with all positions.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use vitrine_syntax::ast_dump::{self, Options};
use vitrine_syntax::module::parse_module;
use vitrine_tests::corpus;
use vitrine_tests::oracle::Oracle;
use vitrine_tests::rates::{Rate, hold};

/// Writes a line a file: checksum and length of its dump, and its path.
const DUMP_ALL: &str = r#"
import ast, os, sys, zlib
library = os.path.dirname(os.__file__)

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
paths = [os.path.join(root, name) for root, _, names in os.walk(library) if 'site-packages' not in root
         for name in names if name.endswith('.py')]
with open(os.path.join(sys.argv[1], 'dumps'), 'w') as out:
    for path in sorted(paths):
        line = one(path)
        if line:
            out.write(line)
"#;

const DUMP_ONE: &str = r#"
import ast, sys
sys.stdout.buffer.write(ast.dump(ast.parse(open(sys.argv[1], 'rb').read()), include_attributes=True)
    .encode('utf-8', 'surrogatepass'))
"#;

fn dump(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("the oracle found it to be UTF-8");
    let module = parse_module(text.strip_prefix('\u{feff}').unwrap_or(&text));
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

/// The CRC-32 of zlib.
fn crc32(bytes: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256)
        .map(|n| {
            (0..8).fold(n, |c: u32, _| {
                if c & 1 == 1 {
                    0xEDB8_8320 ^ (c >> 1)
                } else {
                    c >> 1
                }
            })
        })
        .collect();
    !bytes.iter().fold(!0, |crc, &byte| {
        table[((crc ^ u32::from(byte)) & 0xFF) as usize] ^ (crc >> 8)
    })
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

#[test]
fn trees_of_the_standard_library() {
    let Some(oracle) = Oracle::find() else { return };
    let dumps = fs::read_to_string(oracle.prepared("ast", DUMP_ALL).join("dumps"))
        .expect("the script wrote it");
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
    hold("ast: files of the standard library", rate, &shown);
}
