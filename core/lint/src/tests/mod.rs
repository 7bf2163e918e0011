//! Programs with known truth: `bad` differs from what the writer expects, `ok`
//! does not or is meant so, `unknown` depends on code that the file does not show.

mod file_facts;

use vitrine_scope::{ModuleScopes, SegmentScopes};
use vitrine_syntax::module::parse_module;

use crate::{
    DefaultChange, FileFacts, Finding, Input, LateRead, Rule, RuntimeFacts, Verdict, confirm,
    findings, segment_summary,
};

/// All findings of a file, with the text of each one's segment.
fn check_file(text: &str) -> Vec<(String, Finding)> {
    let module = parse_module(text);
    let trees = || module.segments.iter().map(|segment| &segment.parsed.tree);
    let future = ModuleScopes::future(trees());
    let scopes: Vec<SegmentScopes> = trees()
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
        all.extend(
            findings(&input)
                .into_iter()
                .map(|finding| (text.to_owned(), finding)),
        );
    }
    all
}

fn check_programs(rule: Rule, programs: &str) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for program in programs
        .split("\n### ")
        .map(|program| program.trim_start_matches("### "))
    {
        let (head, body) = program.split_once('\n').unwrap_or((program, ""));
        if head.starts_with("//") {
            continue;
        }
        let (expected, what) = head.split_once(' ').unwrap_or((head, ""));
        let expected = match expected {
            "bad" => Verdict::Possible,
            "unknown" => Verdict::Unknown,
            "ok" => Verdict::Refuted,
            other => panic!("what is `{other}` ({what})?"),
        };
        count += 1;
        let found = check_file(body);
        let verdict = found
            .iter()
            .map(|(_, f)| f)
            .filter(|f| f.rule == rule)
            .max_by_key(|f| f.verdict);
        let ours = verdict.map_or(Verdict::Refuted, |finding| finding.verdict);
        if ours != expected {
            let reason = verdict.map_or("nothing found", |finding| &*finding.reason);
            wrong.push(format!(
                "{what}: {} expected, {} found ({reason})\n{body}",
                expected.name(),
                ours.name()
            ));
        }
    }
    assert!(count >= 60, "{count} programs");
    assert!(
        wrong.is_empty(),
        "{} of {count} wrong:\n{}",
        wrong.len(),
        wrong.join("\n---\n")
    );
}

#[test]
fn late_binding_programs() {
    check_programs(
        Rule::LateBindingClosure,
        include_str!("late_binding_closure.txt"),
    );
}

#[test]
fn mutable_default_programs() {
    check_programs(Rule::MutableDefault, include_str!("mutable_default.txt"));
}

/// The text after the first finding's fix.
fn fixed(text: &str) -> Option<String> {
    let (mut text, finding) = check_file(text)
        .into_iter()
        .find(|(_, finding)| finding.verdict > Verdict::Refuted)?;
    for edit in finding.fix?.edits.iter().rev() {
        text.replace_range(edit.range.as_usize(), &edit.text);
    }
    Some(text)
}

#[test]
fn fixes() {
    for (before, after) in [
        (
            "for i in x:\n    y.append(lambda: i)\n",
            "for i in x:\n    y.append(lambda i=i: i)\n",
        ),
        (
            "for i in x:\n    y.append(lambda a, b=1: i)\n",
            "for i in x:\n    y.append(lambda a, b=1, i=i: i)\n",
        ),
        (
            "for i in x:\n    y.append(lambda *a: i)\n",
            "for i in x:\n    y.append(lambda *a, i=i: i)\n",
        ),
        (
            "for i in x:\n    y.append(lambda **k: i)\n",
            "for i in x:\n    y.append(lambda i=i, **k: i)\n",
        ),
        (
            "for i in x:\n    def f(a: int): return i\n    y.append(f)\n",
            "for i in x:\n    def f(a: int, i=i): return i\n    y.append(f)\n",
        ),
        (
            "for i in x:\n    def f ( ) : return i\n    y.append(f)\n",
            "for i in x:\n    def f (i=i ) : return i\n    y.append(f)\n",
        ),
        (
            "def f(a=[]):\n    a.append(1)\n    return a\n",
            "def f(a=None):\n    if a is None:\n        a = []\n    a.append(1)\n    return a\n",
        ),
        (
            "def f(a: list[int] = []):\n    \"\"\"Doc.\"\"\"\n    a.append(1)\n",
            "def f(a: list[int] | None = None):\n    \"\"\"Doc.\"\"\"\n    if a is None:\n        a = []\n    a.append(1)\n",
        ),
        (
            "def f(a: Optional[dict] = {}):\n\ta[1] = 2\n",
            "def f(a: Optional[dict] = None):\n\tif a is None:\n\t    a = {}\n\ta[1] = 2\n",
        ),
    ] {
        assert_eq!(fixed(before).as_deref(), Some(after), "{before}");
    }
}

/// What becomes of a value is followed from one of its variable's places to the
/// next, however much code is between them.
#[test]
fn a_change_far_behind_is_found() {
    let between: String = (0..25_000)
        .map(|at| format!("    x{at} = {at}\n"))
        .collect();
    let text = format!("def f(a=[]):\n{between}    a.append(1)\n    return a\n");
    let found = check_file(&text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1.verdict, Verdict::Possible);
}

#[test]
fn comments_silence_findings() {
    for text in [
        "for i in x:\n    y.append(lambda: i)  # noqa: B023\n",
        "for i in x:\n    y.append(lambda: i)  # vitrine: ignore[late-binding-closure]\n",
        "def f(a=[]):  # noqa\n    a.append(1)\n",
        "def f(a=[]):  # noqa: B006\n    a.append(1)\n",
    ] {
        assert!(check_file(text).is_empty(), "{text}");
    }
    assert!(!check_file("def f(a=[]):  # noqa: E501\n    a.append(1)\n").is_empty());
}

#[test]
fn runs_confirm() {
    let mut found: Vec<Finding> = check_file("for i in x:\n    y.append(lambda: i)\n")
        .into_iter()
        .map(|(_, f)| f)
        .collect();
    let closure = found[0].owner;
    let late = LateRead {
        closure,
        name: "i".into(),
        iteration: 1,
        captured: "0".into(),
        read: Some("2".into()),
    };
    confirm(
        &mut found,
        &RuntimeFacts {
            late_reads: vec![late],
            ..RuntimeFacts::default()
        },
    );
    assert_eq!(found[0].verdict, Verdict::Confirmed);
    assert_eq!(
        found[0].evidence,
        ["closure 1 was made when `i` was `0`; when it ran, `i` was `2`"]
    );

    let mut found: Vec<Finding> = check_file("def f(a=[]):\n    a.append(1)\n")
        .into_iter()
        .map(|(_, f)| f)
        .collect();
    let change = DefaultChange {
        function: found[0].owner,
        parameter: "a".into(),
        call: 2,
        made: "[]".into(),
        found: "[1]".into(),
    };
    confirm(
        &mut found,
        &RuntimeFacts {
            default_changes: vec![change],
            ..RuntimeFacts::default()
        },
    );
    assert_eq!(found[0].verdict, Verdict::Confirmed);
}
