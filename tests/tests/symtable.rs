//! The symbol tables of CPython's whole library and test suite, compared with
//! what CPython's `symtable` says; and the errors that it raises.
#![allow(clippy::disallowed_methods)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use vitrine_scope::{
    BlockId, BlockKind, ModuleBlock, ModuleChild, ModuleScopes, Scope, SegmentScopes, dump,
};
use vitrine_syntax::module::{Module, parse_module};
use vitrine_syntax::source::decode;
use vitrine_syntax::tree::Tree;
use vitrine_tests::corpus::{in_parallel, python_files};
use vitrine_tests::golden;
use vitrine_tests::oracle::Oracle;
use vitrine_tests::packages;
use vitrine_tests::rates::{Rate, hold};

/// Writes one file of canonical text for each file of a corpus: a line for
/// each block and each symbol. Names that only pass through a block come last,
/// sorted: CPython's own order of those is that of a set.
const DUMP_CORPUS: &str = r#"
import os, sys, symtable, _symtable, tokenize, warnings
warnings.simplefilter("ignore")
out, root, step = sys.argv[1:]
SCOPES = {1: "local", 2: "global_explicit", 3: "global_implicit", 4: "free", 5: "cell"}
def dump(table, level, lines):
    lines.append("%s%s %s nested=%d line=%d varnames=%s" % (" " * level, symtable._newSymbolTable(table, "f").get_type(),
        table.name, table.nested, table.lineno, ",".join(table.varnames)))
    passing = []
    for name, bits in table.symbols.items():
        flags, scope = bits & 0xfff, SCOPES[bits >> 12]
        if flags & ~64 == 0:
            passing.append((name, flags, scope))
        else:
            lines.append("%s - %s %d %s" % (" " * level, name, flags, scope))
    for each in sorted(passing):
        lines.append("%s - %s %d %s" % (" " * level, *each))
    for child in table.children:
        dump(child, level + 1, lines)
paths = []
for folder, folders, files in os.walk(root):
    folders[:] = [f for f in folders if f not in ("site-packages", "dist-packages", "__pycache__") and not os.path.islink(os.path.join(folder, f))]
    paths += [os.path.join(folder, name) for name in files if name.endswith(".py")]
for path in sorted(paths)[::int(step)]:
    if not os.path.isfile(path):
        continue
    lines = []
    try:
        with open(path, "rb") as f:
            dump(_symtable.symtable(f.read(), path, "exec"), 0, lines)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        lines = ["error %s" % error.__class__.__name__]
    target = os.path.relpath(path, root).replace(os.sep, "__") + ".symbols"
    with open(os.path.join(out, target), "w", encoding="utf-8", errors="surrogatepass") as f:
        f.write("\n".join(lines) + "\n")
"#;

/// A file's scopes, all the way.
struct Scopes<'a> {
    module: &'a Module,
    segments: Vec<SegmentScopes>,
    merged: ModuleScopes,
}

impl<'a> Scopes<'a> {
    fn of(module: &'a Module) -> Self {
        let trees = || module.segments.iter().map(|segment| &segment.parsed.tree);
        let future = ModuleScopes::future(trees());
        let segments: Vec<SegmentScopes> = trees()
            .map(|tree| SegmentScopes::build(tree, future))
            .collect();
        let merged = ModuleScopes::merge(trees().zip(&segments));
        Self {
            module,
            segments,
            merged,
        }
    }

    fn tree(&self, at: usize) -> &'a Tree {
        &self.module.segments[at].parsed.tree
    }

    fn canonical(&self) -> String {
        let mut out = String::new();
        self.module_block(
            &self.merged.module,
            "module top nested=0 line=0",
            0,
            &mut out,
        );
        out
    }

    fn module_block(&self, block: &ModuleBlock, head: &str, level: usize, out: &mut String) {
        let varnames = if level == 0 { "" } else { ".format" };
        let _ = writeln!(out, "{:level$}{head} varnames={varnames}", "");
        let symbols = block
            .symbols()
            .iter()
            .map(|symbol| (&*symbol.name, symbol.flags, Some(symbol.scope)));
        write_symbols(symbols.collect(), level, out);
        for &child in block.children() {
            match (child, &self.merged.annotations) {
                (ModuleChild::Segment(at, id), _) => self.block(at, id, level + 1, out),
                (ModuleChild::Annotations, Some(annotations)) => {
                    let (at, first) = self
                        .segments
                        .iter()
                        .enumerate()
                        .find_map(|(at, scopes)| {
                            scopes[BlockId::ROOT]
                                .annotation_block
                                .map(|block| (at, block))
                        })
                        .expect("some segment has the annotations");
                    let line = self.line(at, self.segments[at][first].range.start);
                    let head = format!("annotation __annotate__ nested=0 line={line}");
                    self.module_block(annotations, &head, level + 1, out);
                }
                (ModuleChild::Annotations, None) => {}
            }
        }
    }

    fn block(&self, at: usize, id: BlockId, level: usize, out: &mut String) {
        let (tree, scopes) = (self.tree(at), &self.segments[at]);
        let block = &scopes[id];
        assert!(block.kind != BlockKind::Module, "there is one module block");
        let varnames: Vec<&str> = block
            .parameters()
            .map(|parameter| scopes.text(tree, parameter.name))
            .collect();
        let _ = writeln!(
            out,
            "{:level$}{} {} nested={} line={} varnames={}",
            "",
            block.kind.name(),
            scopes.text(tree, block.name),
            u8::from(block.nested),
            self.line(at, block.range.start),
            varnames.join(",")
        );
        let symbols = block
            .symbols()
            .iter()
            .map(|symbol| (scopes.text(tree, symbol.name), symbol.flags, symbol.scope));
        write_symbols(symbols.collect(), level, out);
        for &child in &block.children {
            self.block(at, child, level + 1, out);
        }
    }

    fn line(&self, at: usize, offset: u32) -> u32 {
        let segment = &self.module.segments[at];
        segment.first_line + segment.parsed.lines.line_column(offset).line + 1
    }
}

fn write_symbols(mut symbols: Vec<(&str, u16, Option<Scope>)>, level: usize, out: &mut String) {
    let passes = |flags: u16| flags & !64 == 0;
    symbols.sort_by(|a, b| {
        passes(a.1).cmp(&passes(b.1)).then(if passes(a.1) {
            a.0.cmp(b.0)
        } else {
            a.0.cmp(a.0)
        })
    });
    for (name, flags, scope) in symbols {
        let _ = writeln!(
            out,
            "{:level$} - {name} {flags} {}",
            "",
            scope.map_or("0", Scope::name)
        );
    }
}

#[test]
fn library() {
    let Some(oracle) = Oracle::find() else { return };
    let prepared = oracle.prepared("symtable", DUMP_CORPUS);
    compare_all("symtable", oracle.library(), &prepared);
}

#[test]
fn of_packages() {
    let Some(oracle) = Oracle::find() else { return };
    let Some(corpus) = packages::directory() else {
        return;
    };
    let prepared = oracle.prepared_over("symtable", DUMP_CORPUS, corpus, packages::step());
    compare_all("symtable: packages", corpus, &prepared);
}

fn compare_all(name: &str, corpus: &Path, prepared: &Path) {
    let files = python_files(corpus);
    let compared = in_parallel(&files, |path| compare(path, corpus, prepared));
    let compared: Vec<Option<String>> = compared.into_iter().flatten().collect();
    let rate = Rate {
        equal: compared.iter().filter(|c| c.is_none()).count(),
        total: compared.len(),
    };
    let differences: Vec<String> = compared.into_iter().flatten().collect();
    hold(name, rate, &differences);
}

/// `None` if CPython was not asked or has no table for the file, else what differs.
fn compare(path: &Path, corpus: &Path, prepared: &Path) -> Option<Option<String>> {
    let relative = path
        .strip_prefix(corpus)
        .expect("below the corpus")
        .to_string_lossy();
    let expected = prepared.join(format!("{}.symbols", relative.replace('/', "__")));
    let expected = fs::read_to_string(expected)
        .ok()
        .filter(|text| !text.starts_with("error"))?;
    let source = decode(&fs::read(path).expect("the file can be read"));
    let module = parse_module(&source.text);
    let scopes = Scopes::of(&module);
    if let Some((_, error)) = scopes.merged.errors.first() {
        return Some(Some(format!("{relative}: {}", error.message)));
    }
    let ours = scopes.canonical();
    if ours == expected {
        return Some(None);
    }
    let mut lines = ours.lines().zip(expected.lines());
    let first = lines.find(|(our, their)| our != their);
    let (our, their) = first.unwrap_or(("(a length)", "(another)"));
    Some(Some(format!(
        "{relative}: vitrine `{}`, CPython `{}`",
        our.trim(),
        their.trim()
    )))
}

/// Texts that CPython's parser takes and its symbol table refuses, or that come
/// near to it.
const ERRORS: &str = include_str!("symtable_errors.txt");

const ASK_ERRORS: &str = r#"
import sys, symtable
for source in open(sys.argv[1], encoding="utf-8").read().split("\n====\n"):
    try:
        symtable.symtable(source, "f", "exec")
        print("ok")
    except SyntaxError as e:
        print(f"{type(e).__name__}: {e.msg} {e.lineno}:{e.offset}-{e.end_lineno}:{e.end_offset}")
"#;

#[test]
fn errors() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/symtable_errors.txt");
    let ask =
        |oracle: &Oracle| String::from_utf8(oracle.run(ASK_ERRORS, [path]).stdout).expect("UTF-8");
    let expected = golden::expected("symtable_errors.txt", ask);
    let mut wrong = Vec::new();
    let sources: Vec<&str> = ERRORS.split("\n====\n").collect();
    assert_eq!(sources.len(), expected.lines().count(), "one answer a text");
    for (source, expected) in sources.into_iter().zip(expected.lines()) {
        let ours = first_error(source);
        if ours != expected {
            wrong.push(format!(
                "{source}\n   vitrine: {ours}\n   CPython: {expected}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn first_error(source: &str) -> String {
    let module = parse_module(source);
    let parse_error = module
        .segments
        .iter()
        .enumerate()
        .find_map(|(at, segment)| {
            segment
                .parsed
                .errors
                .first()
                .map(|error| (at, error.clone()))
        });
    let scopes = Scopes::of(&module);
    let Some((at, error)) = parse_error.or_else(|| scopes.merged.errors.first().cloned()) else {
        return "ok".into();
    };
    let place = |offset: u32| {
        // There is no file to read the line from: CPython's columns are bytes.
        let column = module.segments[at].parsed.lines.line_column(offset).column;
        format!("{}:{}", scopes.line(at, offset), column + 1)
    };
    let (start, end) = (place(error.range.start), place(error.range.end));
    format!(
        "{}: {} {start}-{end}",
        error.kind.class_name(),
        error.message
    )
}

#[test]
fn dump_is_that_of_cpython() {
    let source = "import os\nx: int = 1\nclass C[T]:\n    def __f(self, __a=os): return [super, __a, T, lambda: self]\n";
    let module = parse_module(source);
    let scopes = Scopes::of(&module);
    let parts: Vec<_> = (0..scopes.segments.len())
        .map(|at| (scopes.tree(at), &scopes.segments[at]))
        .collect();
    let ours = dump::text("'<stdin>'", &scopes.merged, &parts);
    let expected = golden::expected("symtable_dump.txt", |oracle| {
        let mut command = oracle.command();
        command.args(["-m", "symtable"]);
        String::from_utf8(vitrine_tests::program::finish(command, source.as_bytes()).stdout)
            .expect("UTF-8")
    });
    golden::assert_same("symtable", &ours, &expected);
}
