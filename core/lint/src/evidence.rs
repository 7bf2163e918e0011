//! What runs showed, and how it changes verdicts.
//!
//! The machine knows nothing of rules and the rules nothing of the machine:
//! the evaluation side fills in [`RuntimeFacts`] by text range, relative to the
//! segment, and [`confirm`] joins them with the findings.

use vitrine_syntax::position::TextRange;

use crate::finding::{Finding, Related, Rule, Verdict};

/// A read through a closure of a variable that had another value when the
/// closure was made.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LateRead {
    /// The closure: lambda, `def` statement or generator expression.
    pub closure: TextRange,
    /// The variable.
    pub name: String,
    /// Which closure made at this place it was, from 1.
    pub iteration: u64,
    /// A short `repr` of the value when the closure was made.
    pub captured: String,
    /// A short `repr` of the value read; `None` where the variable was unbound.
    pub read: Option<String>,
}

/// A call that omits an argument and finds its default changed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DefaultChange {
    /// The function: `def` statement or lambda.
    pub function: TextRange,
    /// The parameter.
    pub parameter: String,
    /// Which call it was, from 1.
    pub call: u64,
    /// A short `repr` of the default as it was made.
    pub made: String,
    /// A short `repr` of what the call found.
    pub found: String,
}

/// What runs showed of one segment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RuntimeFacts {
    /// Late reads, in the order in which they happened.
    pub late_reads: Vec<LateRead>,
    /// Changed defaults, in the order in which they were found.
    pub default_changes: Vec<DefaultChange>,
    /// Closures that were called or collected without any difference.
    pub closures_without_difference: Vec<TextRange>,
    /// Functions of which at least two calls omitted the parameter, without any difference.
    pub defaults_without_difference: Vec<(TextRange, String)>,
}

/// Joins findings with what runs showed: a difference confirms, also where
/// static facts refuted; runs without any refute what was merely unknown.
/// Deliberate sharing stays refuted.
pub fn confirm(findings: &mut [Finding], facts: &RuntimeFacts) {
    for finding in findings {
        match finding.rule {
            Rule::LateBindingClosure => confirm_late_binding(finding, facts),
            Rule::MutableDefault => confirm_default(finding, facts),
        }
    }
}

fn confirm_late_binding(finding: &mut Finding, facts: &RuntimeFacts) {
    let mine = |read: &&LateRead| read.closure == finding.owner && read.name == finding.name;
    let reads: Vec<&LateRead> = facts.late_reads.iter().filter(mine).collect();
    if let Some(first) = reads.first() {
        if finding.verdict == Verdict::Refuted && finding.reason.contains("on purpose") {
            return;
        }
        finding.verdict = Verdict::Confirmed;
        for read in &reads {
            let found = read
                .read
                .as_deref()
                .map_or("unbound".to_owned(), |value| format!("`{value}`"));
            finding.evidence.push(format!(
                "closure {} was made when `{}` was `{}`; when it ran, `{}` was {found}",
                read.iteration, read.name, read.captured, read.name
            ));
        }
        let found = first.read.as_deref().unwrap_or("unbound");
        finding.related.push(Related {
            range: finding.range,
            message: format!("expected `{}`, found `{found}`", first.captured),
        });
    } else if finding.verdict == Verdict::Unknown
        && facts.closures_without_difference.contains(&finding.owner)
    {
        finding.verdict = Verdict::Refuted;
        finding.reason = "the runs that reached it showed no difference".into();
    }
}

fn confirm_default(finding: &mut Finding, facts: &RuntimeFacts) {
    let mine = |change: &&DefaultChange| {
        change.function == finding.owner && change.parameter == finding.name
    };
    let changes: Vec<&DefaultChange> = facts.default_changes.iter().filter(mine).collect();
    if let Some(first) = changes.first() {
        if finding.verdict == Verdict::Refuted && finding.reason.contains("on purpose") {
            return;
        }
        finding.verdict = Verdict::Confirmed;
        for change in &changes {
            finding.evidence.push(format!(
                "call {} found `{}` where the default was made as `{}`",
                change.call, change.found, change.made
            ));
        }
        finding.related.push(Related {
            range: finding.range,
            message: format!(
                "call {} expected `{}`, found `{}`",
                first.call, first.made, first.found
            ),
        });
    } else if finding.verdict == Verdict::Unknown
        && facts
            .defaults_without_difference
            .iter()
            .any(|(range, name)| *range == finding.owner && *name == finding.name)
    {
        finding.verdict = Verdict::Refuted;
        finding.reason = "the runs that reached it showed no difference".into();
    }
}
