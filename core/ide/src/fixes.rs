//! Quick fixes for pitfalls.

use vitrine_db::{Database, File, findings, segments};
use vitrine_lint::Verdict;
use vitrine_syntax::position::TextRange;

/// A mend that can be applied to the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, for a menu.
    pub title: String,
    /// The finding that it mends: where,
    pub range: TextRange,
    /// and by which rule.
    pub code: &'static str,
    /// What to replace by what, in the order of the text.
    pub edits: Vec<(TextRange, String)>,
    /// How sure the finding is.
    pub verdict: Verdict,
}

/// The fixes for what is wrong in a range of the file; for what is merely
/// looked at, too: the caller knows what is shown.
pub fn fixes(db: &Database, file: File, range: TextRange) -> Vec<Fix> {
    let mut fixes = Vec::new();
    for placed in segments(db, file).overlapping(range) {
        for finding in findings(db, placed.segment, file) {
            let at = placed.absolute(finding.range);
            let touches = at.start <= range.end && range.start <= at.end;
            let (true, Some(fix)) = (touches, &finding.fix) else {
                continue;
            };
            let edits = fix
                .edits
                .iter()
                .map(|edit| (placed.absolute(edit.range), edit.text.clone()));
            fixes.push(Fix {
                title: fix.title.clone(),
                range: at,
                code: finding.rule.name(),
                edits: edits.collect(),
                verdict: finding.verdict,
            });
        }
    }
    fixes
}
