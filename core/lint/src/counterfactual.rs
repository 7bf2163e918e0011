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
    /// The values that were shown on the way, in their order.
    pub values: Vec<Shown>,
    /// The names it left behind, with short `repr`s of their values.
    pub stored: Vec<(String, String)>,
    /// The last line of the traceback, if an exception ended it.
    pub exception: Option<String>,
    /// A budget or an interrupt ended it: it shows nothing.
    pub stopped: bool,
}

/// A value that a run showed beside a line.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Shown {
    /// Which of the pieces that ran, from 0.
    pub piece: u32,
    /// Its line in the file, from 1.
    pub line: u32,
    /// A short `repr`.
    pub text: String,
}

impl Outcome {
    /// Whether both show the same. Lines do not count: an edit moves them.
    pub fn is_same(&self, other: &Self) -> bool {
        let texts = |outcome: &'_ Self| -> Vec<(u32, String)> {
            let shown = outcome.values.iter();
            shown
                .map(|shown| (shown.piece, shown.text.clone()))
                .collect()
        };
        self.stdout == other.stdout
            && texts(self) == texts(other)
            && self.stored == other.stored
            && self.exception == other.exception
            && self.stopped == other.stopped
    }
}

/// Where two runs part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// What differs.
    pub at: Observed,
    /// What the program shows there; `None` for nothing.
    pub is: Option<String>,
    /// What its counterfactual shows there.
    pub should: Option<String>,
}

/// Something that a run shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Observed {
    /// A value beside a line of a piece.
    Value {
        /// Which piece, from 0.
        piece: u32,
        /// The line of the file, from 1.
        line: u32,
    },
    /// A line of the output, from 1.
    Printed(usize),
    /// What a name was left as.
    Stored(String),
    /// The exception that ended the run.
    Raised,
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
    edited(
        program,
        segment,
        &expected_edits(program, segment, finding)?,
    )
}

/// The edits that make a program the counterfactual's, relative to the segment.
pub(crate) fn expected_edits(
    program: &str,
    segment: TextRange,
    finding: &Finding,
) -> Option<Vec<TextEdit>> {
    match &finding.fix {
        Some(fix) => Some(fix.edits.clone()),
        None => own_variable(program.get(segment.as_usize())?, finding),
    }
}

/// A program with a segment's edits, which are in the order of the text.
pub(crate) fn edited(program: &str, segment: TextRange, edits: &[TextEdit]) -> Option<String> {
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
/// agree, and one of its counterfactual. Gives the difference that confirms.
///
/// A difference confirms, and verifies the fix. A counterfactual that fails
/// where the program does not is no counterfactual, and shows nothing. No
/// difference shows only that these runs did not.
pub fn compare(
    finding: &mut Finding,
    program: &Outcome,
    again: &Outcome,
    counterfactual: &Outcome,
) -> Option<Difference> {
    let stopped = program.stopped || again.stopped || counterfactual.stopped;
    let fails = counterfactual.exception.is_some() && counterfactual.exception != program.exception;
    if stopped || fails || !program.is_same(again) || program.is_same(counterfactual) {
        return None;
    }
    if finding.verdict == Verdict::Refuted && finding.reason.contains("on purpose") {
        return None;
    }
    let difference = first_difference(program, counterfactual)?;
    finding.verdict = Verdict::Confirmed;
    let told = difference.told(finding.rule);
    finding.related.push(Related {
        range: finding.range,
        message: told.clone(),
    });
    finding.evidence.push(told);
    if let Some(fix) = &mut finding.fix {
        fix.verified = true;
    }
    Some(difference)
}

impl Difference {
    /// Both outcomes, in a sentence.
    pub fn told(&self, rule: Rule) -> String {
        let expected = match rule {
            Rule::LateBindingClosure => "with each closure's own value",
            Rule::MutableDefault => "with a fresh default in each call",
        };
        let quoted = |text: &Option<String>| {
            let quote = |text: &String| format!("`{}`", shortened(text));
            text.as_ref().map_or("nothing".to_owned(), quote)
        };
        let (is, should) = (quoted(&self.is), quoted(&self.should));
        match &self.at {
            Observed::Value { line, .. } => {
                format!("line {line} gives {is}; {expected} it gives {should}")
            }
            Observed::Printed(line) => {
                format!("line {line} of the output is {is}; {expected} it is {should}")
            }
            Observed::Stored(name) => {
                format!("`{name}` is {is} in the end; {expected} it is {should}")
            }
            Observed::Raised => match &self.should {
                None => format!("the program ends with {is}; {expected} it does not"),
                Some(_) => format!("the program ends with {is}; {expected} with {should}"),
            },
        }
    }
}

fn shortened(text: &str) -> String {
    /// Longer values are not quoted whole.
    const LONGEST: usize = 120;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text.to_owned(),
    }
}

/// The first thing that differs: a value, else a line of the output, else a
/// name, else the exception.
fn first_difference(is: &Outcome, should: &Outcome) -> Option<Difference> {
    let difference = |at, is: Option<&str>, should: Option<&str>| Difference {
        at,
        is: is.map(str::to_owned),
        should: should.map(str::to_owned),
    };
    let mut others = should.values.iter();
    for shown in &is.values {
        let other = others.next();
        if other.is_none_or(|other| other.text != shown.text) {
            let at = Observed::Value {
                piece: shown.piece,
                line: shown.line,
            };
            return Some(difference(
                at,
                Some(&shown.text),
                other.map(|other| &*other.text),
            ));
        }
    }
    let (mut lines, mut other_lines) = (is.stdout.lines(), should.stdout.lines());
    for line in 1.. {
        match (lines.next(), other_lines.next()) {
            (None, None) => break,
            (a, b) if a != b => return Some(difference(Observed::Printed(line), a, b)),
            _ => {}
        }
    }
    let stored = |outcome: &Outcome| -> std::collections::BTreeMap<String, String> {
        outcome.stored.iter().cloned().collect()
    };
    let (mine, theirs) = (stored(is), stored(should));
    for name in mine.keys().chain(theirs.keys()) {
        let (a, b) = (mine.get(name), theirs.get(name));
        if a != b {
            let at = Observed::Stored(name.clone());
            return Some(difference(at, a.map(|text| &**text), b.map(|text| &**text)));
        }
    }
    let (a, b) = (is.exception.as_deref(), should.exception.as_deref());
    (a != b).then(|| difference(Observed::Raised, a, b))
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
            let _ = compare(&mut finding, &printed(program), &printed(again), &other);
            assert_eq!(finding.verdict, expected, "{program:?} {again:?} {other:?}");
        }
    }
}
