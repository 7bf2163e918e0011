//! What the text alone tells: syntax errors and judged places.

use std::sync::Arc;

use vitrine_db::{Database, File, Placed, Severity, file_diagnostics, findings, segments};
use vitrine_lint::{Finding, Verdict};
use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::position::TextRange;
use vitrine_syntax::source;

use super::files::Source;
use super::report::{FileReport, Fix, Item};

/// Judges a file.
pub(super) fn check(file: &Source) -> FileReport {
    let decoded = source::decode(&file.bytes);
    let text: Arc<str> = decoded.text.into();
    let mut items = Vec::new();
    if let Some(error) = &decoded.error {
        let lines = LineIndex::new(&text);
        let line = error.position().0.saturating_sub(1);
        let start = lines.line_start(line).unwrap_or_default();
        items.push(syntax_error(
            error.message(&file.name),
            TextRange::empty(start),
        ));
    } else {
        let db = Database::default();
        let file = File::new(&db, text.clone());
        for diagnostic in file_diagnostics(&db, file) {
            if diagnostic.severity == Severity::Error {
                items.push(syntax_error(diagnostic.message.clone(), diagnostic.range));
            }
        }
        for placed in segments(&db, file).iter() {
            items.extend(
                findings(&db, placed.segment, file)
                    .iter()
                    .filter_map(|finding| item(finding, placed)),
            );
        }
        items.sort_by_key(|item| item.range);
    }
    FileReport {
        path: file.name.clone(),
        lines: LineIndex::new(&text),
        text: text.to_string(),
        items,
        run: None,
    }
}

fn syntax_error(message: String, range: TextRange) -> Item {
    Item {
        rule: "syntax-error",
        verdict: "error",
        message,
        reason: String::new(),
        range,
        related: Vec::new(),
        fix: None,
        evidence: Vec::new(),
    }
}

/// A finding at its place in the file; what nothing is known of is no finding.
fn item(finding: &Finding, placed: &Placed<'_>) -> Option<Item> {
    if finding.verdict == Verdict::Unknown {
        return None;
    }
    let fix = finding.fix.as_ref().map(|fix| Fix {
        title: fix.title.clone(),
        edits: fix
            .edits
            .iter()
            .map(|edit| (placed.absolute(edit.range), edit.text.clone()))
            .collect(),
        verified: fix.verified,
    });
    Some(Item {
        rule: finding.rule.name(),
        verdict: finding.verdict.name(),
        message: finding.message.clone(),
        reason: finding.reason.clone().into_owned(),
        range: placed.absolute(finding.range),
        related: finding
            .related
            .iter()
            .map(|at| (placed.absolute(at.range), at.message.clone()))
            .collect(),
        fix,
        evidence: finding.evidence.clone(),
    })
}
