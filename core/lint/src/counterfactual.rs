//! The same program with the semantics that its writer expects, for one
//! finding: each closure with the value it was made with, each call with a
//! fresh default. Whoever can run programs runs both, and [`compare`] decides.

use vitrine_syntax::position::TextRange;

use crate::finding::{Finding, Related, Rule, TextEdit, Verdict};

/// What a run of a program showed.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Outcome {
    /// What it printed.
    pub stdout: String,
    /// The last line of the traceback, if an exception ended it.
    pub exception: Option<String>,
    /// A budget or an interrupt ended it: it shows nothing.
    pub stopped: bool,
}

/// Words of programs that look at functions themselves, and so see the edit.
const INTROSPECTION: [&str; 8] = [
    "defaults__",
    "__code__",
    "__closure__",
    "cell_contents",
    "signature(",
    "getfullargspec",
    "getsource",
    "help(",
];

/// The program as its writer expects it to behave at the finding, or `None`
/// where no edit of the text does that. `segment` is the finding's in `program`.
///
/// A program that looks at its functions' insides would differ by the edit
/// alone: it is asked only where static facts say how it goes wrong.
pub fn counterfactual(program: &str, segment: TextRange, finding: &Finding) -> Option<String> {
    if finding.verdict < Verdict::Possible
        && INTROSPECTION.iter().any(|word| program.contains(word))
    {
        return None;
    }
    let edits = match &finding.fix {
        Some(fix) => fix.edits.clone(),
        None => own_variable(program.get(segment.as_usize())?, finding)?,
    };
    let mut text = program.to_owned();
    for edit in edits.iter().rev() {
        let range = edit.range.shifted(segment.start).as_usize();
        text.get(range.clone())?;
        text.replace_range(range, &edit.text);
    }
    Some(text)
}

/// A generator expression takes no default: a lambda called around it has a
/// variable of its own.
fn own_variable(segment: &str, finding: &Finding) -> Option<Vec<TextEdit>> {
    let text = segment.get(finding.owner.as_usize())?;
    if finding.rule != Rule::LateBindingClosure
        || text.starts_with("lambda")
        || text.starts_with("def ")
    {
        return None;
    }
    let bare = !text.starts_with('(');
    let name = &finding.name;
    let (open, close) = if bare { ("(", ")") } else { ("", "") };
    Some(vec![
        TextEdit {
            range: TextRange::empty(finding.owner.start),
            text: format!("(lambda {name}: {open}"),
        },
        TextEdit {
            range: TextRange::empty(finding.owner.end),
            text: format!("{close})({name})"),
        },
    ])
}

/// Judges a finding by three runs: two of the program as it is, which must
/// agree, and one of its counterfactual.
///
/// A difference confirms, and verifies the fix. A counterfactual that fails
/// where the program does not is no counterfactual, and shows nothing. No
/// difference shows only that these runs did not.
pub fn compare(
    finding: &mut Finding,
    program: &Outcome,
    again: &Outcome,
    counterfactual: &Outcome,
) {
    let stopped = program.stopped || again.stopped || counterfactual.stopped;
    let fails = counterfactual.exception.is_some() && counterfactual.exception != program.exception;
    if stopped || program != again || fails || program == counterfactual {
        return;
    }
    if finding.verdict == Verdict::Refuted && finding.reason.contains("on purpose") {
        return;
    }
    finding.verdict = Verdict::Confirmed;
    let expected = match finding.rule {
        Rule::LateBindingClosure => "with each closure's own value",
        Rule::MutableDefault => "with a fresh default in each call",
    };
    let told = match first_difference(&program.stdout, &counterfactual.stdout) {
        Some((line, is, should)) => {
            let should = should.map_or("nothing".to_owned(), |text| format!("`{text}`"));
            let is = is.map_or("nothing".to_owned(), |text| format!("`{text}`"));
            format!("line {line} of the output is {is}; {expected} it is {should}")
        }
        None => {
            let raised = program.exception.as_deref().unwrap_or_default();
            format!("the program ends with `{raised}`; {expected} it does not")
        }
    };
    finding.related.push(Related {
        range: finding.range,
        message: told.clone(),
    });
    finding.evidence.push(told);
    if let Some(fix) = &mut finding.fix {
        fix.verified = true;
    }
}

/// The first line that differs, counted from 1, in both.
#[allow(clippy::type_complexity)]
fn first_difference<'a>(
    is: &'a str,
    should: &'a str,
) -> Option<(usize, Option<&'a str>, Option<&'a str>)> {
    let (mut is, mut should) = (is.lines(), should.lines());
    for line in 1.. {
        match (is.next(), should.next()) {
            (None, None) => return None,
            (a, b) if a != b => return Some((line, a, b)),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: Rule, verdict: Verdict) -> Finding {
        Finding {
            rule,
            verdict,
            message: String::new(),
            reason: "".into(),
            range: TextRange::default(),
            owner: TextRange::new(2, 17),
            name: "i".into(),
            related: Vec::new(),
            fix: None,
            evidence: Vec::new(),
        }
    }

    #[test]
    fn generators_get_a_variable_of_their_own() {
        let finding = finding(Rule::LateBindingClosure, Verdict::Possible);
        let other = counterfactual("f(i for _ in rows)\n", TextRange::new(0, 19), &finding);
        assert_eq!(
            other.as_deref(),
            Some("f((lambda i: (i for _ in rows))(i))\n")
        );
    }

    #[test]
    fn only_a_repeated_difference_confirms() {
        let printed = |text: &str| Outcome {
            stdout: text.into(),
            ..Outcome::default()
        };
        let failed = Outcome {
            exception: Some("NameError: x".into()),
            ..Outcome::default()
        };
        for (program, again, other, expected) in [
            ("1\n2\n", "1\n2\n", printed("1\n3\n"), Verdict::Confirmed),
            ("1\n", "1\n", printed("1\n"), Verdict::Possible),
            ("1\n", "2\n", printed("3\n"), Verdict::Possible),
            ("1\n", "1\n", failed, Verdict::Possible),
        ] {
            let mut finding = finding(Rule::MutableDefault, Verdict::Possible);
            compare(&mut finding, &printed(program), &printed(again), &other);
            assert_eq!(finding.verdict, expected, "{program:?} {again:?} {other:?}");
        }
    }
}
