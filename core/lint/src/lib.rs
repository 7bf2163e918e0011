//! Pitfall rules, the flow facts under them, verdicts and fixes.
//!
//! A pitfall is a difference, not a shape: what the program does, against what
//! the same program does with the semantics that its writer expects. The rules
//! here judge by flow: what a closure reads and when that changes, where a
//! default object goes and who changes it. What a run showed comes in from
//! outside, as plain data: [`confirm`] joins what the machine observed,
//! [`compare`] the outcomes of a program and its [`counterfactual`].
//!
//! Everything is per segment: ranges are relative to it, and what the rest of
//! the file has to say is in [`FileFacts`], which holds no positions.

#![forbid(unsafe_code)]

mod candidates;
mod counterfactual;
mod evidence;
mod facts;
mod file_facts;
mod finding;
mod flow;
mod hash;
mod knowledge;
mod probe;
mod rules;
mod summary;
mod suppress;

#[cfg(test)]
mod tests;

pub use candidates::has_candidates;
pub use counterfactual::{Difference, Observed, Outcome, Shown, compare, counterfactual};
pub use evidence::{DefaultChange, LateRead, RuntimeFacts, confirm};
pub use facts::SegmentSummary;
pub use file_facts::{FileFacts, Reliance};
pub use finding::{Finding, Fix, Related, Rule, TextEdit, Verdict};
pub use probe::{Probe, Seen, calls, probe, reads, refute};
pub use summary::segment_summary;

use vitrine_scope::SegmentScopes;
use vitrine_syntax::module::ParsedSegment;

/// What the rules read.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The segment's text.
    pub text: &'a str,
    /// Its tree, lines and comments.
    pub parsed: &'a ParsedSegment,
    /// Its symbol tables.
    pub scopes: &'a SegmentScopes,
    /// What the rest of the file tells.
    pub facts: &'a FileFacts,
}

/// Every place that a rule looked at, refuted ones included, in the order of
/// the text; those that a comment silences are left out.
pub fn findings(input: &Input<'_>) -> Vec<Finding> {
    judge(input).0
}

/// The findings, and what they rely on: in a file that answers the same, they
/// are the same.
pub fn judge(input: &Input<'_>) -> (Vec<Finding>, Reliance) {
    if !has_candidates(&input.parsed.tree, input.scopes) {
        return Default::default();
    }
    let facts = file_facts::Asked::new(input.facts);
    let flow = flow::Flow::new(&input.parsed.tree, input.scopes);
    let mut findings = Vec::new();
    rules::late_binding_closure::check(input, &facts, &flow, &mut findings);
    rules::mutable_default::check(input, &facts, &flow, &mut findings);
    findings.retain(|finding| !suppress::is_suppressed(input.text, input.parsed, finding));
    findings.sort_by_key(|finding| (finding.range, finding.rule));
    (findings, facts.reliance())
}
