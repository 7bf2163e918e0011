//! What `vitrine check --evidence` says of a file whose truth is known.

use serde_json::Value;
use vitrine_tests::program;

fn check(text: &str) -> Vec<Value> {
    let output = program::run(
        &["check", "--evidence", "--show-refuted", "--json", "-"],
        text.as_bytes(),
    );
    serde_json::from_slice::<Value>(&output.stdout)
        .ok()
        .and_then(|all| all.as_array().cloned())
        .unwrap_or_else(|| panic!("no list: {}", String::from_utf8_lossy(&output.stdout)))
}

#[test]
fn verdicts_follow_from_runs() {
    let closures = "calls = []\nfor n in range(COUNT):\n    calls.append(lambda: n)\nfound = [call() for call in calls]\n";
    for (text, verdict, part) in [
        (
            closures.replace("COUNT", "2"),
            "confirmed",
            "`found` is `[1, 1]` in the end; with each closure's own value it is `[0, 1]`",
        ),
        (
            closures.replace("COUNT", "1"),
            "refuted",
            "a run reached it once and came out as expected",
        ),
        (
            // Not reached: nobody calls them.
            closures
                .replace("found = ", "later = lambda: ")
                .replace("COUNT", "2"),
            "possible",
            "",
        ),
        (
            // One call only: there is nothing that it could have found.
            "def f(x, xs=[]):\n    xs.append(x)\n    return xs\nprint(f(1))\n".to_owned(),
            "possible",
            "",
        ),
        (
            "def f(x, xs=[]):\n    xs.append(x)\n    return len(xs)\nprint(f(1), f(2))\n"
                .to_owned(),
            "confirmed",
            "line 1 of the output is `1 2`; with a fresh default in each call it is `1 1`",
        ),
        (
            "def f(x, xs=[]):\n    xs.append(x)\n    return x\nf(1), f(2)\n".to_owned(),
            "refuted",
            "a run reached it 2 times and came out as expected",
        ),
    ] {
        let found = check(&text);
        assert_eq!(found.len(), 1, "{text}{found:#?}");
        assert_eq!(found[0]["verdict"], verdict, "{text}{found:#?}");
        assert!(found[0].to_string().contains(part), "{text}{found:#?}");
    }
}

#[test]
fn a_target_lacks_syntax_or_adds_some() {
    let text = "match a:\n    case 1: pass\ntype T = int\nlazy import e\n";
    for (version, rules) in [
        (
            "3.9",
            vec!["unsupported-syntax", "unsupported-syntax", "syntax-error"],
        ),
        ("3.11", vec!["unsupported-syntax", "syntax-error"]),
        ("3.14", vec!["syntax-error"]),
        ("3.15", vec![]),
    ] {
        let output = program::run(
            &["check", "--target-version", version, "--json", "-"],
            text.as_bytes(),
        );
        let found: Vec<Value> = serde_json::from_slice(&output.stdout).expect("a list");
        let found: Vec<_> = found.iter().map(|found| &found["rule"]).collect();
        assert_eq!(found, rules, "{version}");
    }
}
