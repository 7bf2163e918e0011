//! The disassembler's text against `Lib/dis.py`, and marshal against CPython's, over
//! CPython's own code objects: nothing here depends on our compiler.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use vitrine_bytecode::dis::{Options, disassemble};
use vitrine_bytecode::marshal;
use vitrine_bytecode::target::Target;
use vitrine_tests::oracle::Oracle;
use vitrine_tests::{corpus, packages, rates};

/// For every file of the library: its code object, and what `dis` prints of it without
/// options and, for most, with one or all; addresses masked.
const SCRIPT: &str = r#"
import dis, io, marshal, os, re, sys, warnings
warnings.simplefilter("ignore")
_, target, root, step = sys.argv
paths = []
for folder, folders, files in os.walk(root):
    folders[:] = [f for f in folders if f not in ("__pycache__", "site-packages", "dist-packages")]
    paths += [os.path.join(folder, file) for file in files if file.endswith(".py")]
for path in sorted(paths)[::int(step)]:
    try:
        with open(path, "rb") as f:
            code = compile(f.read(), path, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError, RecursionError):
        continue
    name = os.path.join(target, os.path.relpath(path, root).replace(os.sep, "+"))
    dumped = marshal.dumps(code)
    with open(name + ".marshal", "wb") as out:
        out.write(dumped)
    # What was loaded is compared with what is loaded.
    code = marshal.loads(dumped)
    every = dict(show_caches=True, show_offsets=True, show_positions=True, adaptive=True)
    # Each option alone, and all together, for an eighth of the files each.
    shown = [("all", every)] + [(name, {name: True}) for name in every] + [None] * 3
    for suffix, options in filter(None, [("plain", {}), shown[hash(os.path.basename(path)) % 8]]):
        text = io.StringIO()
        dis.dis(code, file=text, **options)
        text = re.sub(r"at 0x[0-9a-f]+, file", "at 0x, file", text.getvalue())
        with open(name + "." + suffix, "w", encoding="utf-8", errors="surrogatepass") as out:
            out.write(text)
"#;

/// Reads what was dumped, loads it as CPython would, and says whether it is the same code.
const COMPARE: &str = r#"
import marshal, os, sys
def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, type(same.__code__)):
        names = [n for n in dir(a) if n.startswith("co_") and n not in ("co_lines", "co_positions", "co_branches", "co_lnotab")]
        return all(same(getattr(a, n), getattr(b, n)) for n in names)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return repr(a) == repr(b) or isinstance(a, frozenset) and a == b
bad = []
folder, other = sys.argv[1:]
for name in sorted(os.listdir(folder)):
    with open(os.path.join(folder, name), "rb") as a, open(os.path.join(other, name), "rb") as b:
        if not same(marshal.load(a), marshal.load(b)):
            bad.append(name)
print("\n".join(bad))
"#;

fn prepared(oracle: &Oracle, suffix: &str) -> Vec<PathBuf> {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    listed(DIR.get_or_init(|| oracle.prepared("dis", SCRIPT)), suffix)
}

fn listed(dir: &Path, suffix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .expect("prepared")
        .map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|e| e == suffix))
        .collect();
    files.sort();
    files
}

/// `at 0x7f..., file` without the address.
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split(" at 0x");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        out.push_str(" at 0x");
        out.push_str(if rest.starts_with(", file") {
            rest
        } else {
            part
        });
    }
    out
}

/// The order of a set depends on how it came about, and loading differs in that from
/// compiling, which the tests over source text compare to the byte.
fn without_set_order(text: &str) -> String {
    let line = |line: &str| {
        let mut chars: Vec<char> = line.chars().collect();
        if line.contains("frozenset({") {
            chars.sort_unstable();
        }
        chars.into_iter().chain(['\n']).collect::<String>()
    };
    text.lines().map(line).collect()
}

fn compare(name: &str, suffix: &str, options: Options) {
    let Some(oracle) = Oracle::find() else { return };
    compare_files(name, &prepared(oracle, suffix), options);
}

fn compare_files(name: &str, files: &[PathBuf], options: Options) {
    let results = corpus::in_parallel(files, |path| {
        let code = marshal::load_code(&fs::read(path.with_extension("marshal")).expect("prepared"))
            .expect("a code object");
        let expected = fs::read(path).expect("prepared");
        let ours = masked(&disassemble(&code, options));
        if ours.as_bytes() == expected {
            return None;
        }
        let expected = String::from_utf8_lossy(&expected);
        let (ours, expected) = (without_set_order(&ours), without_set_order(&expected));
        if ours == expected {
            return None;
        }
        let (line, (a, b)) = ours
            .lines()
            .zip(expected.lines())
            .enumerate()
            .find(|(_, (a, b))| a != b)
            .unwrap_or((0, ("different lengths", "")));
        Some(format!(
            "{} line {}: {a:?}, not {b:?}",
            path.display(),
            line + 1
        ))
    });
    let total = results.len();
    let differences: Vec<String> = results.into_iter().flatten().collect();
    rates::hold(
        name,
        rates::Rate {
            equal: total - differences.len(),
            total,
        },
        &differences,
    );
}

#[test]
fn text_as_cpython_prints_it() {
    compare(
        "dis: files of the standard library",
        "plain",
        Options::default(),
    );
}

const ALL: Options = Options {
    show_caches: true,
    show_offsets: true,
    show_positions: true,
    adaptive: true,
    target: Target::V3_14,
};

#[test]
fn text_with_all_options() {
    compare("dis -C -O -P -S", "all", ALL);
}

#[test]
fn text_of_packages() {
    let Some(oracle) = Oracle::find() else { return };
    let Some(corpus) = packages::directory() else {
        return;
    };
    let dir = oracle.prepared_over("dis", SCRIPT, corpus, 2 * packages::step());
    compare_files("dis: packages", &listed(&dir, "plain"), Options::default());
    compare_files("dis: packages, -C -O -P -S", &listed(&dir, "all"), ALL);
}

#[test]
fn text_with_each_option() {
    for (suffix, option) in [
        ("show_caches", "-C"),
        ("show_offsets", "-O"),
        ("show_positions", "-P"),
        ("adaptive", "-S"),
    ] {
        let options = Options {
            show_caches: option == "-C",
            show_offsets: option == "-O",
            show_positions: option == "-P",
            adaptive: option == "-S",
            ..Options::default()
        };
        compare(&format!("dis {option}"), suffix, options);
    }
}

#[test]
fn marshal_round_trips_through_cpython() {
    let Some(oracle) = Oracle::find() else { return };
    let files = prepared(oracle, "marshal");
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("marshal");
    let (theirs, ours) = (scratch.join("theirs"), scratch.join("ours"));
    for dir in [&theirs, &ours] {
        fs::create_dir_all(dir).expect("the target directory is writable");
    }
    for path in &files {
        let bytes = fs::read(path).expect("prepared");
        let code = marshal::load_code(&bytes).expect("a code object");
        let dumped = marshal::dump_code(&code);
        assert_eq!(
            marshal::load_code(&dumped).as_ref(),
            Ok(&code),
            "{}",
            path.display()
        );
        let name = path.file_name().expect("a name");
        fs::write(theirs.join(name), bytes).expect("writable");
        fs::write(ours.join(name), dumped).expect("writable");
    }
    let output = oracle.run(COMPARE, [theirs, ours]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "",
        "CPython reads something else"
    );
}
