//! Whatever was typed before, what is known of a file is what is known of its
//! text: random edits over real files, each followed by the same text read from
//! scratch.
//!
//! What is compared with a database that has seen nothing else, for each step:
//! where the text is cut, the merged diagnostics, and the facts that segments
//! depend on. For each step on a text of up to 2,000 bytes, and each fifth on
//! others, all of it: what the segments tell each other, and segment by segment,
//! part by part, the tree, tokens, comments, lines, errors, symbol tables, code
//! (its warnings and size) and findings, and the module's scopes; trees and
//! tokens with those of the parser alone as well. Every sixteenth text is a
//! whole file, the others are some statements of one.
//!
//! In the gate some hundred steps. A long run, and another one by a seed:
//!
//!     VITRINE_STEPS=1000000 VITRINE_SEED=7 \
//!         cargo test --release -p vitrine-db --test equivalence -- --nocapture
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use salsa::Setter;
use vitrine_db::{
    Database, File, Placed, cut, facts, file_diagnostics, findings, module_scope, nested_code,
    parsed, scopes, segments, told, units,
};
use vitrine_scope::ModuleScopes;
use vitrine_syntax::lexer::lex;
use vitrine_syntax::module::parse_module;
use vitrine_syntax::segment::{Cut, split};

/// A small generator of repeatable noise.
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

fn python_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("the library is there") {
        let path = entry.expect("the library is there").path();
        if path.is_dir() {
            python_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
}

/// Some statements of a file, one after the other, or now and then all of it.
fn excerpt(text: &str, noise: &mut Noise) -> String {
    let pieces = split(text);
    let first = noise.below(pieces.len());
    if noise.below(16) == 0 && text.len() < 300_000 {
        return text.to_owned();
    }
    let len = [600, 1_500, 3_000, 9_000][noise.below(4)];
    let pieces = pieces.get(first..).unwrap_or_default().iter();
    let mut taken = 0;
    let taken = pieces.take_while(|piece| {
        let more = taken < len;
        taken += piece.len();
        more && taken < 20_000
    });
    taken.map(|piece| &text[piece.as_usize()]).collect()
}

/// What is typed: above all what opens, closes and moves statements.
const TYPED: &[&str] = &[
    "x",
    "_",
    "0",
    " ",
    "    ",
    "\t",
    "\n",
    "\n\n",
    "\r\n",
    "\n    ",
    "\n        ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "f'",
    "f\"{",
    "\\",
    "\\\n",
    "#",
    "# noqa\n",
    ":",
    ";",
    ",",
    "=",
    "@",
    ".",
    "é",
    "\ndef f(a=[]):\n    a.append(1)\n    return a\n",
    "\nclass C:\n",
    "else:\n",
    "\nelse:\n",
    "    else:\n",
    "\nif x:\n",
    "import ",
    "global x\n",
    "\nglobal os\n",
    "nonlocal y\n",
    "from __future__ import annotations\n",
    "from __future__ import barry_as_FLUFL\n",
    "super",
    "return ",
    "lambda: i",
    "\nfor i in x:\n    y.append(lambda: i)\n",
    "async ",
    "await ",
    "yield ",
    "\nx: int = 1\n",
    "del x",
    "\x0c",
    "\0",
    "match x:\n",
    "case ",
    "except* E:\n",
];

fn step(text: &str, noise: &mut Noise) -> String {
    let place = |noise: &mut Noise| {
        let mut at = noise.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let line = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let (a, b) = (place(noise), place(noise));
    let near = |from: usize, len: usize| {
        let mut to = (from + len).min(text.len());
        while !text.is_char_boundary(to) {
            to += 1;
        }
        to
    };
    match noise.below(12) {
        // A character, a bracket, a keyword typed.
        0..=4 => format!(
            "{}{}{}",
            &text[..a],
            TYPED[noise.below(TYPED.len())],
            &text[a..]
        ),
        5 => {
            let at = line(a);
            format!(
                "{}{}{}",
                &text[..at],
                TYPED[noise.below(TYPED.len())],
                &text[at..]
            )
        }
        // Some bytes deleted.
        6..=8 => {
            let len = [1, 1, 2, 5, 40][noise.below(5)];
            format!("{}{}", &text[..a], &text[near(a, len)..])
        }
        // Whole lines deleted, moved, doubled.
        9 => {
            let (from, to) = (line(a.min(b)), line(a.max(b)));
            let to = to.min(near(from, 600));
            format!("{}{}", &text[..from], &text[to..])
        }
        10 => {
            let (from, to) = (line(a), line(near(a, 200)));
            let rest = format!("{}{}", &text[..from], &text[to..]);
            let mut at = b.min(rest.len());
            while !rest.is_char_boundary(at) {
                at -= 1;
            }
            let at = rest[..at].rfind('\n').map_or(0, |newline| newline + 1);
            format!("{}{}{}", &rest[..at], &text[from..to], &rest[at..])
        }
        _ => {
            let (from, to) = (line(a), line(near(a, 300)));
            format!("{}{}{}", &text[..to], &text[from..to], &text[to..])
        }
    }
}

/// All that is known of one segment at its place, in words.
fn of_segment(db: &Database, file: File, placed: &Placed<'_>) -> String {
    let parsed = parsed(db, placed.segment);
    let facts = facts(db, file);
    let code = nested_code(db, placed.segment, facts).as_ref().map(|code| {
        let code = code.as_ref();
        code.map(|code| (&code.warnings, code.code.consts.len()))
    });
    let findings = findings(db, placed.segment, file);
    format!(
        "{:?} {} {}\n{:?} {:?}\n{:?} {:?}\n{code:?}\n{findings:?}",
        placed.range,
        placed.first_line,
        placed.repeated,
        parsed.errors,
        parsed.warnings,
        parsed.lines,
        parsed.comments,
    )
}

/// Compares a database that has seen other texts with one that has not.
/// `deep`: all of each segment, not only the diagnostics.
fn check(db: &Database, file: File, deep: bool) {
    let text = file.text(db);
    let (again, anew) = (cut(db, file), Cut::new(Arc::clone(text)));
    for (again, anew) in again.pieces().iter().zip(anew.pieces()) {
        assert_eq!(again, anew, "where it is cut");
    }
    assert!(**again == anew, "how many lines and segments there are");
    let fresh = Database::default();
    let scratch = File::new(&fresh, Arc::clone(text));
    assert_eq!(
        file_diagnostics(db, file),
        file_diagnostics(&fresh, scratch),
        "diagnostics"
    );
    let known = facts(db, file).facts(db);
    let scopes_of = |unit: &Placed<'_>| scopes(&fresh, unit.segment, known.future).clone();
    let all: Vec<_> = units(&fresh, scratch).iter().map(scopes_of).collect();
    let trees = units(&fresh, scratch).iter();
    let trees = trees.map(|unit| &parsed(&fresh, unit.segment).tree);
    assert_eq!(
        *known,
        ModuleScopes::merge(trees.zip(&all)).facts(),
        "facts"
    );
    if !deep {
        return;
    }
    assert!(
        told(db, file).file == told(&fresh, scratch).file,
        "what the segments tell each other"
    );
    let (ours, theirs) = (segments(db, file), segments(&fresh, scratch));
    assert_eq!(ours.len(), theirs.len());
    let (our_units, their_units) = (units(db, file), units(&fresh, scratch));
    assert_eq!(our_units.len(), their_units.len());
    let all = ours
        .iter()
        .chain(our_units)
        .zip(theirs.iter().chain(their_units));
    for (ours, theirs) in all {
        assert_eq!(
            of_segment(db, file, ours),
            of_segment(&fresh, scratch, theirs)
        );
        // Tables of names have no order to print them in.
        let future = |db, file| facts(db, file).facts(db).future;
        let ours = scopes(db, ours.segment, future(db, file));
        assert!(
            *ours == *scopes(&fresh, theirs.segment, future(&fresh, scratch)),
            "scopes"
        );
    }
    assert_eq!(
        module_scope(db, file),
        module_scope(&fresh, scratch),
        "the module's scopes"
    );
    // Without any database: trees and tokens, segment by segment.
    let module = parse_module(text);
    assert_eq!(module.segments.len(), ours.len());
    for (segment, ours) in module.segments.iter().zip(ours) {
        let tree = &parsed(db, ours.segment).tree;
        assert_eq!(
            format!("{tree:?}"),
            format!("{:?}", segment.parsed.tree),
            "trees"
        );
        assert_eq!(segment.range, ours.range, "where the parser cuts");
        let piece = &text[segment.range.as_usize()];
        assert_eq!(
            lex(ours.segment.text(db)).tokens,
            lex(piece).tokens,
            "tokens"
        );
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok());
    given.unwrap_or(otherwise)
}

fn run() {
    let steps = number("VITRINE_STEPS", 400) as usize;
    let mut noise = Noise(number("VITRINE_SEED", 0x9E37_79B9_7F4A_7C15).max(1));
    let mut files = Vec::new();
    python_files(Path::new(rustpython_pylib::LIB_PATH), &mut files);
    files.sort();
    let mut done = 0;
    while done < steps {
        let path = &files[noise.below(files.len())];
        let Ok(text) = fs::read_to_string(path) else {
            continue;
        };
        let original = excerpt(&text, &mut noise);
        let mut text = original.clone();
        let mut db = Database::default();
        let file = File::new(&db, Arc::from(text.as_str()));
        for turn in 0..20 {
            done += 1;
            // Now and then the edits are undone: what was computed is still there.
            text = match noise.below(15) {
                0 => original.clone(),
                _ => step(&text, &mut noise),
            };
            file.set_text(&mut db).to(Arc::from(text.as_str()));
            let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                check(&db, file, text.len() <= 2_000 || turn % 5 == 4);
            }));
            if let Err(panic) = checked {
                let place = std::env::temp_dir().join("vitrine-equivalence.py");
                let _ = fs::write(&place, &text);
                eprintln!(
                    "step {done} over {}; the text is in {}",
                    path.display(),
                    place.display()
                );
                std::panic::resume_unwind(panic);
            }
        }
        if done % 10_000 == 0 {
            println!("{done} steps");
        }
    }
}

#[test]
fn edits_leave_what_scratch_gives() {
    // On a stack as large as those on which the product parses.
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(run);
    let outcome = thread.expect("a thread starts").join();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}
