//! Code objects, compared field by field with CPython's over its whole standard
//! library, test suite included, as compiled by default, with `-O` and with `-OO`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use vitrine_bytecode::code::{CodeObject, Const};
use vitrine_bytecode::compile::{CompileOptions, compile_source};
use vitrine_bytecode::marshal;
use vitrine_bytecode::opcode::Opcode;
use vitrine_tests::corpus;
use vitrine_tests::oracle::Oracle;
use vitrine_tests::packages;
use vitrine_tests::rates::{Rate, hold};

/// Writes, for each file that compiles, the lengths of its path and of its
/// marshalled code, and both.
const COMPILE_ALL: &str = r#"
import marshal, os, sys, warnings
warnings.simplefilter('ignore')
_, out, corpus, step = sys.argv
paths = sorted(os.path.join(root, name) for root, _, names in os.walk(corpus) if 'site-packages' not in root
               for name in names if name.endswith('.py'))[::int(step)]
with open(os.path.join(out, 'code'), 'wb') as file:
    for path in paths:
        try:
            source = open(path, 'rb').read()
            source.decode('utf-8')
            code = marshal.dumps(compile(source, path, 'exec', dont_inherit=True, optimize=LEVEL))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        name = path.encode()
        file.write(len(name).to_bytes(4, 'little') + len(code).to_bytes(4, 'little') + name + code)
"#;

/// Path and code of each file.
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

/// What was found in one file, or in all.
#[derive(Default)]
struct Found {
    objects: usize,
    equal: usize,
    /// Differences by field, and by what differs first: how often, and the first place.
    fields: BTreeMap<&'static str, usize>,
    causes: BTreeMap<String, (usize, String)>,
}

impl Found {
    fn cause(&mut self, cause: String, place: &str) {
        self.causes
            .entry(cause)
            .or_insert_with(|| (0, place.to_owned()))
            .0 += 1;
    }

    fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.equal += other.equal;
        for (field, count) in other.fields {
            *self.fields.entry(field).or_default() += count;
        }
        for (cause, (count, place)) in other.causes {
            self.causes.entry(cause).or_insert((0, place)).0 += count;
        }
    }

    fn compare(&mut self, ours: &CodeObject, theirs: &CodeObject, path: &str) {
        self.objects += 1;
        let place = format!("{path}:{} {}", theirs.firstlineno, theirs.qualname);
        let counts = |code: &CodeObject| (code.argcount, code.posonlyargcount, code.kwonlyargcount);
        let nested = |code: &CodeObject| code.consts.iter().map(shallow).collect::<Vec<_>>();
        let fields = [
            ("names", ours.names == theirs.names),
            ("flags", ours.flags == theirs.flags),
            (
                "locals",
                (&ours.localsplusnames, &ours.localspluskinds)
                    == (&theirs.localsplusnames, &theirs.localspluskinds),
            ),
            ("consts", nested(ours) == nested(theirs)),
            ("code", ours.code == theirs.code),
            (
                "exceptiontable",
                ours.exceptiontable == theirs.exceptiontable,
            ),
            ("linetable", ours.linetable == theirs.linetable),
            ("stacksize", ours.stacksize == theirs.stacksize),
            ("arguments", counts(ours) == counts(theirs)),
            (
                "name",
                (&ours.name, &ours.qualname) == (&theirs.name, &theirs.qualname),
            ),
            ("firstlineno", ours.firstlineno == theirs.firstlineno),
            ("filename", ours.filename == theirs.filename),
        ];
        let mut wrong = fields
            .iter()
            .filter(|&&(_, equal)| !equal)
            .map(|&(field, _)| field)
            .peekable();
        if wrong.peek().is_none() {
            self.equal += 1;
        } else {
            self.cause(first_difference(ours, theirs), &place);
        }
        for field in wrong {
            *self.fields.entry(field).or_default() += 1;
        }
        let code = |code: &CodeObject| {
            let nested = code.consts.iter().filter_map(|value| match value {
                Const::Code(code) => Some(code.clone()),
                _ => None,
            });
            nested.collect::<Vec<_>>()
        };
        let (ours, theirs) = (code(ours), code(theirs));
        if ours.len() == theirs.len() {
            for (ours, theirs) in ours.iter().zip(&theirs) {
                self.compare(ours, theirs, path);
            }
        } else {
            self.cause("count of nested code objects".into(), &place);
        }
    }
}

/// A constant without what is in nested code, which is compared by itself.
fn shallow(value: &Const) -> Const {
    match value {
        Const::Code(code) => Const::Str((&*code.name).into()),
        value => value.clone(),
    }
}

fn first_difference(ours: &CodeObject, theirs: &CodeObject) -> String {
    let instruction = |code: &CodeObject, at: usize| match code.code.get(at..at + 2) {
        Some(unit) => match Opcode::from_number(u32::from(unit[0])) {
            Some(opcode) => format!("{opcode}"),
            None => format!("{}", unit[0]),
        },
        None => "end".into(),
    };
    if ours.code != theirs.code {
        let both = ours.code.chunks(2).zip(theirs.code.chunks(2));
        let at = 2 * both.take_while(|(a, b)| a == b).count();
        let (a, b) = (instruction(ours, at), instruction(theirs, at));
        return if a == b {
            format!("argument of {a}")
        } else {
            format!("{a} for {b}")
        };
    }
    if ours.consts.len() != theirs.consts.len() {
        return "number of constants".into();
    }
    if let Some((a, b)) = ours
        .consts
        .iter()
        .zip(&theirs.consts)
        .find(|(a, b)| shallow(a) != shallow(b))
    {
        return format!("constant {:?} for {:?}", shallow(a), shallow(b))
            .chars()
            .take(160)
            .collect();
    }
    if ours.localsplusnames != theirs.localsplusnames {
        return format!(
            "locals {:?} for {:?}",
            ours.localsplusnames, theirs.localsplusnames
        );
    }
    if ours.flags != theirs.flags {
        return format!("flags {:#x} for {:#x}", ours.flags, theirs.flags);
    }
    if ours.stacksize != theirs.stacksize {
        return format!("stacksize {} for {}", ours.stacksize, theirs.stacksize);
    }
    if ours.linetable != theirs.linetable {
        "linetable".into()
    } else {
        "another field".into()
    }
}

fn compare_level(name: &str, level: u8) {
    let Some(oracle) = Oracle::find() else { return };
    compare_corpus(name, level, oracle, oracle.library(), 1);
}

fn compare_corpus(name: &str, level: u8, oracle: &Oracle, corpus: &Path, step: usize) {
    let script = COMPILE_ALL.replace("LEVEL", &level.to_string());
    let dir = oracle.prepared_over(&format!("code_objects{level}"), &script, corpus, step);
    let bytes = fs::read(dir.join("code")).expect("the script wrote it");
    let records = records(&bytes);
    let found = corpus::in_parallel(&records, |(path, expected)| {
        let mut found = Found::default();
        let theirs = marshal::load_code(expected).expect("CPython wrote it");
        let text = fs::read_to_string(path).expect("the oracle found it to be UTF-8");
        let options = CompileOptions {
            filename: path.as_str().into(),
            optimize: level,
            ..CompileOptions::default()
        };
        match compile_source(text.strip_prefix('\u{feff}').unwrap_or(&text), &options) {
            Ok(compiled) => found.compare(&compiled.code, &theirs, path),
            Err(error) => {
                found.objects += 1;
                let place = format!("{path}:{}", error.location.line);
                found.cause(
                    format!("{}: {}", error.kind.class_name(), error.message),
                    &place,
                );
            }
        }
        found
    });
    let mut all = Found::default();
    let mut files = Rate {
        equal: 0,
        total: found.len(),
    };
    for one in found {
        files.equal += usize::from(one.equal == one.objects);
        all.add(one);
    }
    for (field, count) in &all.fields {
        println!("  {field}: {count} differ");
    }
    let mut causes: Vec<_> = all.causes.into_iter().collect();
    causes.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    let causes: Vec<String> = causes
        .into_iter()
        .map(|(cause, (count, place))| format!("{count} times {cause}, first in {place}"))
        .collect();
    println!("  files: {} of {} equal", files.equal, files.total);
    hold(
        name,
        Rate {
            equal: all.equal,
            total: all.objects,
        },
        &causes,
    );
}

#[test]
fn code_objects_of_the_standard_library() {
    compare_level("code objects", 0);
}

#[test]
fn code_objects_without_asserts() {
    compare_level("code objects, -O", 1);
}

#[test]
fn code_objects_without_asserts_and_docstrings() {
    compare_level("code objects, -OO", 2);
}

/// All files as compiled by default, some with `-O` and with `-OO`.
#[test]
fn code_objects_of_packages() {
    let Some(oracle) = Oracle::find() else { return };
    let Some(corpus) = packages::directory() else {
        return;
    };
    compare_corpus("code objects: packages", 0, oracle, corpus, 1);
    for (name, level) in [
        ("code objects: packages, -O", 1),
        ("code objects: packages, -OO", 2),
    ] {
        compare_corpus(name, level, oracle, corpus, packages::step());
    }
}
