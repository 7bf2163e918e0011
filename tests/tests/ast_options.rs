//! The options of `python -m ast`, compared over the whole standard library and the texts of
//! CPython's tests: `-O`, `--feature-version`, and all together; the warnings before a tree or
//! an error, too.
//!
//! Each file is preprocessed at level 1 or 2 in turn, and at both if `__debug__` is in it;
//! read once with options and mode drawn by its number; and read for every version of which
//! something in it is too new. `VITRINE_ALL_MODES=1` takes both levels and eight draws.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use vitrine_bytecode::ast::{Request, parse};
use vitrine_bytecode::compile::CompileError;
use vitrine_syntax::ast_dump::{Optimize, Options, Root};
use vitrine_tests::corpus::{self, TEXTS_OF, crc32};
use vitrine_tests::oracle::Oracle;
use vitrine_tests::rates::{Rate, hold};

/// Writes a line a comparison: options, what is read (a path or, in hexadecimal, a text), and
/// the checksum of what is said. Of versions, each that the last one's error asks for.
const ASK: &str = r#"
import ast, multiprocessing, os, re, sys, warnings, zlib
out, corpus, step = sys.argv[1:]
draws = int(step)

MODES = ['exec'] * 13 + ['single', 'eval', 'func_type']
def drawn(number):
    """Options by number: mode, attributes, indentation, comments, empty fields, level, version."""
    bits = zlib.crc32(b'%d' % number)
    return (MODES[bits % 16], bits >> 4 & 1, bits // 32 % 5, bits >> 8 & 1, bits >> 9 & 1,
            (bits >> 10) % 4 - 1, (bits >> 12) % 15 if bits >> 16 & 1 else -1)

def said(source, options):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter('always')
        text = dumped(source, options)
    if text is None:
        return None
    return text + ''.join('\n%s: %s [%s]' % (w.category.__name__, w.message, w.lineno) for w in seen)

def dumped(source, options):
    mode, attributes, indent, comments, empty, level, version = options
    try:
        tree = ast.parse(source, mode=mode, type_comments=bool(comments), optimize=level,
                         feature_version=None if version < 0 else (3, version))
        text = ast.dump(tree, include_attributes=bool(attributes), show_empty=bool(empty),
                        indent=None if indent == 0 else indent) if attributes >= 0 else ''
    except SyntaxError as e:
        at = (e.end_lineno, e.end_offset) if 'encoding' not in e.msg else (None, None)
        text = '%s [%s %s %s %s]' % (e.msg, e.lineno, e.offset, *at)
    except (ValueError, RecursionError, MemoryError):
        return None
    return text

def row(options, what, source):
    text = said(source, options)
    if text is None:
        return ''
    data = text.encode('utf-8', 'surrogatepass')
    return '%s\t%s\t%d %d\n' % (' '.join(map(str, options)), what, zlib.crc32(data), len(data))

def versions(mode, what, source):
    lines, version = '', 0
    while True:
        options = mode, -1, 0, 0, 0, -1, version
        text = said(source, options)
        lines += row(options, what, source)
        newer = re.search(r' only supported in Python 3\.(\d+) and greater', text or '')
        if newer is None or int(newer[1]) <= version:
            return lines
        version = int(newer[1])

def of_file(numbered):
    number, path = numbered
    try:
        source = open(path, 'rb').read()
        source.decode('utf-8')
    except (OSError, ValueError):
        return '', '', ''
    levels = (1, 2) if draws > 1 or b'__debug__' in source else (1 + number % 2,)
    optimized = ''.join(row(('exec', 1, 0, 0, 0, level, -1), path, source) for level in levels)
    options = ''.join(row(drawn(number * draws + draw), path, source) for draw in range(draws))
    return optimized, options, versions('exec', path, source)

names = '''syntax unpack_ex patma grammar exceptions positional_only_arg genexps listcomps setcomps dictcomps
    named_expressions fstring tstring type_params keywordonlyarg unpack string_literals lambda type_comments
    type_aliases except_star coroutines asyncgen future_stmt/test_future ast/test_ast ast/snippets'''.split()
library = os.path.dirname(os.__file__)
tests = [os.path.join(library, 'test', 'test_%s.py' % name if 'snippets' not in name else 'test_ast/snippets.py') for name in names]

def of_text(text):
    try:
        what = text.encode('utf-8').hex()
    except UnicodeError:
        return ''
    if '\0' in text:
        return ''
    return ''.join(versions(mode, what, text) for mode in ('exec', 'single', 'eval', 'func_type'))

paths = sorted(os.path.join(root, name) for root, _, names in os.walk(corpus) if 'site-packages' not in root
               for name in names if name.endswith('.py'))
with multiprocessing.get_context('fork').Pool(os.cpu_count()) as pool:
    files = pool.map(of_file, enumerate(paths), 16)
    for name, part in zip(('optimized', 'options', 'versions'), zip(*files)):
        with open(os.path.join(out, name), 'w') as file:
            file.writelines(part)
    with open(os.path.join(out, 'texts'), 'w') as file:
        file.writelines(pool.map(of_text, texts_of(tests), 256))
"#;

fn prepared() -> Option<&'static PathBuf> {
    static DIR: OnceLock<Option<PathBuf>> = OnceLock::new();
    DIR.get_or_init(|| {
        let oracle = Oracle::find()?;
        let draws = if env::var_os("VITRINE_ALL_MODES").is_some() {
            8
        } else {
            1
        };
        let script = format!("{TEXTS_OF}{ASK}");
        Some(oracle.prepared_over("ast-options", &script, oracle.library(), draws))
    })
    .as_ref()
}

fn shown(error: &CompileError) -> String {
    let at = error.attributes();
    format!(
        "{} [{} {} {} {}]",
        error.message, at.lineno, at.offset, at.end_lineno, at.end_offset
    )
}

/// What is said of a text with the options that the script wrote.
fn said(text: &str, options: &str) -> String {
    let (mode, numbers) = options.split_once(' ').expect("a mode comes first");
    let numbers: Vec<i32> = numbers
        .split(' ')
        .map(|number| number.parse().expect("a number"))
        .collect();
    let [attributes, indent, comments, empty, level, version] = numbers[..] else {
        panic!("six numbers behind the mode");
    };
    let options = Options {
        indent: usize::try_from(indent).ok().filter(|&indent| indent > 0),
        include_attributes: attributes > 0,
        show_empty: empty > 0,
        optimize: Optimize::of_level(level as i8),
        root: match mode {
            "eval" => Root::Expression,
            "single" => Root::Interactive,
            _ => Root::Module,
        },
        ..Options::default()
    };
    let request = Request {
        type_comments: comments > 0,
        feature_version: u8::try_from(version).ok(),
        target_version: None,
        func_type: mode == "func_type",
    };
    let (mut said, warnings) = match parse(text, request, options) {
        Ok(parsed) if attributes < 0 => (String::new(), parsed.warnings),
        Ok(parsed) => {
            let dump = parsed.tree.dump_as(options);
            let dump = dump.unwrap_or_else(|error| error.to_string());
            (dump, parsed.warnings)
        }
        Err(error) => (shown(&error), error.warnings),
    };
    for warning in warnings {
        let class = if warning.is_deprecation {
            "DeprecationWarning"
        } else {
            "SyntaxWarning"
        };
        let line = warning.location.line;
        said += &format!("\n{class}: {} [{line}]", warning.message);
    }
    said
}

/// The text of a row, or what is wrong with a file's encoding.
fn text_of(what: &str) -> Result<String, String> {
    if what.starts_with('/') {
        return corpus::text_of(&fs::read(what).expect("the oracle read it"));
    }
    let bytes = (0..what.len() / 2)
        .map(|i| u8::from_str_radix(&what[2 * i..2 * i + 2], 16).expect("hexadecimal"));
    Ok(String::from_utf8(bytes.collect()).expect("UTF-8"))
}

fn compare(name: &str, file: &str) {
    let Some(dir) = prepared() else { return };
    let rows = fs::read_to_string(dir.join(file)).expect("the script wrote it");
    let rows: Vec<&str> = rows.lines().collect();
    let differing = corpus::in_parallel(&rows, |row| {
        let [options, what, sum] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("three parts: {row}");
        };
        let text = text_of(what);
        let ours = match &text {
            Ok(text) => said(text, options),
            Err(error) => error.clone(),
        };
        if format!("{} {}", crc32(ours.as_bytes()), ours.len()) == sum {
            return None;
        }
        let text = text.unwrap_or_default();
        let what = if what.starts_with('/') { what } else { &text };
        let ours: String = ours.chars().take(200).collect();
        Some(format!("{options}: {what:?}\n    {ours}"))
    });
    let differing: Vec<String> = differing.into_iter().flatten().collect();
    let rate = Rate {
        equal: rows.len() - differing.len(),
        total: rows.len(),
    };
    hold(name, rate, &differing);
}

#[test]
fn optimized() {
    compare("ast -O", "optimized");
}

#[test]
fn options_and_modes() {
    compare("ast: options and modes", "options");
}

#[test]
fn feature_versions() {
    compare("ast --feature-version", "versions");
}

#[test]
fn feature_versions_of_texts() {
    compare("ast --feature-version: texts of CPython's tests", "texts");
}
