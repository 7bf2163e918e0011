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
    let scopes: Vec<_> = trees().map(|tree| SegmentScopes::build(tree, future)).collect();
    let summaries: Vec<_> = trees().zip(&scopes).map(|(tree, scopes)| segment_summary(tree, scopes)).collect();
    let facts = FileFacts::merge(&summaries);
    let mut all = Vec::new();
    for (segment, scopes) in module.segments.iter().zip(&scopes) {
        let text = &text[segment.range.as_usize()];
        let input = Input { text, parsed: &segment.parsed, scopes, facts: &facts };
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
    let in_tests = |path: &Path| path.components().any(|part| matches!(part.as_os_str().to_str(), Some("test" | "tests" | "idle_test")));
    let checked = in_parallel(&files, |path| {
        let text = fs::read_to_string(path).unwrap_or_default();
        check(&text)
    });
    let mut counts = [[0_usize; 4]; 2];
    let mut reported = 0;
    for (path, found) in files.iter().zip(&checked) {
        for (line, finding) in found {
            counts[usize::from(finding.rule == Rule::MutableDefault)][finding.verdict as usize] += 1;
            if finding.verdict >= Verdict::Possible {
                let place = if in_tests(path) { "tests" } else { "library" };
                println!("{place} {}:{line}: {} {}", path.display(), finding.rule.name(), finding.message);
                reported += usize::from(!in_tests(path));
            } else if std::env::var_os("VITRINE_SHOW_UNKNOWN").is_some() && finding.verdict == Verdict::Unknown {
                println!("unknown {}:{line}: {} {}", path.display(), finding.rule.name(), finding.message);
            }
        }
    }
    println!("late-binding-closure (refuted, unknown, possible, confirmed): {:?}", counts[0]);
    println!("mutable-default: {:?}", counts[1]);
    assert!(reported <= FEW, "{reported} findings in the library");
}
