//! The pitfall rules over CPython's library: mature code, where nearly every
//! finding that goes by shape is harmless. Few may remain.
#![allow(clippy::disallowed_methods)]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use vitrine_lint::{
    FileFacts, Finding, Input, Outcome, Rule, Verdict, compare, counterfactual, findings,
    segment_summary,
};
use vitrine_scope::{ModuleScopes, SegmentScopes};
use vitrine_syntax::module::parse_module;
use vitrine_syntax::position::TextRange;
use vitrine_tests::corpus::{in_parallel, python_files};
use vitrine_tests::oracle::Oracle;

/// At most so many findings in the library proper, its test suite left out,
/// each read by hand; see docs/rules.
const FEW: usize = 12;

fn check(text: &str) -> Vec<(u32, Finding)> {
    placed(text)
        .into_iter()
        .map(|(line, _, finding)| (line, finding))
        .collect()
}

/// Findings with their line and the range of their segment.
fn placed(text: &str) -> Vec<(u32, TextRange, Finding)> {
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
            all.push((segment.first_line + line + 1, segment.range, finding));
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

/// Runs programs, each in a namespace of its own, and gives what they printed.
const RUN: &str = r#"
import contextlib, io, json, sys, threading
sys.setrecursionlimit(300)
outcomes = []
for text in json.load(open(sys.argv[1], encoding="utf-8")):
    out, exception = io.StringIO(), None
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(text, "program", "exec"), {"__name__": "__main__"})
    except BaseException as e:
        exception = f"{type(e).__name__}: {e}"
    outcomes.append([out.getvalue(), exception])
json.dump(outcomes, sys.stdout)
"#;

/// The programs of the rules' own tests, run by CPython as they are and as
/// their writers expect them: what is called harmless must not differ, and what
/// differs must be reported.
#[test]
fn known_truths_are_true() {
    let Some(oracle) = Oracle::find() else { return };
    let programs = concat!(
        include_str!("../../core/lint/src/tests/late_binding_closure.txt"),
        "\n",
        include_str!("../../core/lint/src/tests/mutable_default.txt")
    );
    let mut texts: Vec<String> = Vec::new();
    let mut cases: Vec<(&str, Finding)> = Vec::new();
    for program in programs.split("### ").skip(1) {
        let (_, body) = program.split_once('\n').unwrap_or((program, ""));
        // What only defines functions shows nothing.
        if !body
            .lines()
            .any(|line| line.starts_with("print(") || line.starts_with("    print("))
        {
            continue;
        }
        for (_, segment, finding) in placed(body) {
            if let Some(other) = counterfactual(body, segment, &finding) {
                texts.extend([body.to_owned(), body.to_owned(), other]);
                cases.push((program, finding));
            }
        }
    }
    let input = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pitfalls.json");
    fs::write(&input, json!(texts).to_string()).expect("the target directory is writable");
    let output = oracle.run(RUN, [&input]).stdout;
    let outcomes: Vec<Value> = serde_json::from_slice(&output).expect("the script prints JSON");
    let outcomes: Vec<Outcome> = outcomes
        .iter()
        .map(|outcome| Outcome {
            stdout: outcome[0].as_str().unwrap_or_default().to_owned(),
            exception: outcome[1].as_str().map(str::to_owned),
            ..Outcome::default()
        })
        .collect();
    let (mut wrong, mut confirmed) = (Vec::new(), 0);
    for ((program, mut finding), run) in cases.into_iter().zip(outcomes.chunks(3)) {
        let before = finding.verdict;
        let _ = compare(&mut finding, &run[0], &run[1], &run[2]);
        confirmed += usize::from(finding.verdict == Verdict::Confirmed);
        if finding.verdict == Verdict::Confirmed && before < Verdict::Possible {
            wrong.push(format!(
                "{program}\n{}: {:?}",
                finding.reason, finding.evidence
            ));
        }
    }
    println!("{confirmed} pitfalls confirmed by CPython");
    assert!(confirmed >= 20, "{confirmed}");
    assert!(
        wrong.is_empty(),
        "{} harmless programs differ:\n{}",
        wrong.len(),
        wrong.join("\n---\n")
    );
}
