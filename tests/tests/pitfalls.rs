//! The pitfall rules over CPython's library: mature code, where nearly every
//! finding that goes by shape is harmless. Few may remain.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::Path;

use vitrine_lint::{FileFacts, Finding, Input, Rule, Verdict, findings, segment_summary};
use vitrine_scope::{ModuleScopes, SegmentScopes};
use vitrine_syntax::module::parse_module;
use vitrine_tests::corpus::{in_parallel, python_files};
use vitrine_tests::oracle::Oracle;

/// At most so many findings in the library proper, its test suite left out,
/// each read by hand; see docs/rules.
const FEW: usize = 12;

fn check(text: &str) -> Vec<(u32, Finding)> {
    let module = parse_module(text);
    let trees = || module.segments.iter().map(|segment| &segment.parsed.tree);
    let future = ModuleScopes::future(trees());
    let scopes: Vec<_> = trees()
        .map(|tree| SegmentScopes::build(tree, future))
        .collect();
    let summaries: Vec<_> = trees()
        .zip(&scopes)
        .map(|(tree, scopes)| segment_summary(tree, scopes))
        .collect();
    let facts = FileFacts::merge(&summaries);
    let mut all = Vec::new();
    for (segment, scopes) in module.segments.iter().zip(&scopes) {
        let text = &text[segment.range.as_usize()];
        let input = Input {
            text,
            parsed: &segment.parsed,
            scopes,
            facts: &facts,
        };
        for finding in findings(&input) {
            let line = segment.parsed.lines.line_column(finding.range.start).line;
            all.push((segment.first_line + line + 1, finding));
        }
    }
    all
}

#[test]
fn library() {
    let Some(oracle) = Oracle::find() else { return };
    let files = python_files(oracle.library());
    let in_tests = |path: &Path| {
        path.components().any(|part| {
            matches!(
                part.as_os_str().to_str(),
                Some("test" | "tests" | "idle_test")
            )
        })
    };
    let checked = in_parallel(&files, |path| {
        let text = fs::read_to_string(path).unwrap_or_default();
        check(&text)
    });
    let mut counts = [[0_usize; 4]; 2];
    let mut reported = 0;
    for (path, found) in files.iter().zip(&checked) {
        for (line, finding) in found {
            counts[usize::from(finding.rule == Rule::MutableDefault)][finding.verdict as usize] +=
                1;
            if finding.verdict >= Verdict::Possible {
                let place = if in_tests(path) { "tests" } else { "library" };
                println!(
                    "{place} {}:{line}: {} {}",
                    path.display(),
                    finding.rule.name(),
                    finding.message
                );
                reported += usize::from(!in_tests(path));
            } else if std::env::var_os("VITRINE_SHOW_UNKNOWN").is_some()
                && finding.verdict == Verdict::Unknown
            {
                println!(
                    "unknown {}:{line}: {} {}",
                    path.display(),
                    finding.rule.name(),
                    finding.message
                );
            }
        }
    }
    println!(
        "late-binding-closure (refuted, unknown, possible, confirmed): {:?}",
        counts[0]
    );
    println!("mutable-default: {:?}", counts[1]);
    assert!(reported <= FEW, "{reported} findings in the library");
}

/// Text that is being typed: cut off anywhere, or with a line missing.
#[test]
fn broken_texts_do_no_harm() {
    let Some(oracle) = Oracle::find() else { return };
    let files: Vec<_> = python_files(oracle.library())
        .into_iter()
        .step_by(16)
        .collect();
    in_parallel(&files, |path| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let text = &text[..text.floor_char_boundary(20_000)];
        for part in 1..8 {
            let cut = text.floor_char_boundary(text.len() * part / 8 + part);
            check(&text[..cut]);
            let rest = text[cut..].split_once('\n').map_or("", |(_, rest)| rest);
            check(&format!("{}{rest}", &text[..cut]));
        }
    });
}

/// What nests or goes on for long ends, in bounded time and stack.
#[test]
fn extremes_end() {
    let many = 20_000;
    let texts = [
        format!("x = {}1\n", "1 + ".repeat(many)),
        format!("x = a{}\n", ".b(c)[d]".repeat(many)),
        format!("x = {}1\n", "not ".repeat(many)),
        format!("x = {}{}\n", "(".repeat(many), ")".repeat(many)),
        format!("x = {}1\n", "lambda: ".repeat(many)),
        format!("if a: b\n{}", "elif a: b\n".repeat(many)),
        format!("def f(a=[]):\n{}", "    a.append(1)\n".repeat(many / 10)),
        format!(
            "for i in x:\n{}",
            "    y.append(lambda: i)\n".repeat(many / 20)
        ),
        format!(
            "def f():\n    for i in x:\n{}",
            "        y = (lambda: i)\n        y = z(y)\n".repeat(many / 40)
        ),
        format!("x = [{}]\n", "lambda: i, ".repeat(many)),
        format!("x = {}y{}\n", "[".repeat(150), " for a in b]".repeat(150)),
        (0..90)
            .map(|depth| format!("{}def f(a=[]):\n", " ".repeat(depth)))
            .collect::<String>()
            + &" ".repeat(90)
            + "a.append(1)\n",
    ];
    let started = std::time::Instant::now();
    in_parallel(&texts, |text| check(text));
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
