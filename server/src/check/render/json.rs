//! A list of `{rule, verdict, message, path, range, evidence, fix}`.

use serde_json::{Value, json};
use vitrine_syntax::position::TextRange;

use crate::check::report::{FileReport, Item};

pub(super) fn render(reports: &[FileReport]) -> String {
    let items: Vec<Value> = reports
        .iter()
        .flat_map(|report| report.items.iter().map(|item| entry(report, item)))
        .collect();
    let mut text = serde_json::to_string_pretty(&items).unwrap_or_default();
    text.push('\n');
    text
}

fn entry(report: &FileReport, item: &Item) -> Value {
    json!({
        "rule": item.rule,
        "verdict": item.verdict,
        "message": item.message,
        "reason": item.reason,
        "path": report.path,
        "range": range(report, item.range),
        "related": item.related.iter().map(|(place, message)| {
            json!({ "message": message, "range": range(report, *place) })
        }).collect::<Vec<_>>(),
        "evidence": item.evidence,
        "fix": item.fix.as_ref().map(|fix| json!({
            "title": fix.title,
            "verified": fix.verified,
            "edits": fix.edits.iter().map(|(place, text)| {
                json!({ "range": range(report, *place), "text": text })
            }).collect::<Vec<_>>(),
        })),
    })
}

/// Lines and columns from 1.
fn range(report: &FileReport, range: TextRange) -> Value {
    let (start, end) = (report.place(range.start), report.place(range.end));
    json!({
        "start": { "line": start.line, "column": start.column },
        "end": { "line": end.line, "column": end.column },
    })
}
