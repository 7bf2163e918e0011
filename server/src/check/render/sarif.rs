//! SARIF 2.1.0 (OASIS), for code scanning services.

use serde_json::{Value, json};
use vitrine_lint::Rule;
use vitrine_syntax::position::TextRange;

use crate::check::report::{FileReport, Item};

pub(super) fn render(reports: &[FileReport]) -> String {
    let results: Vec<Value> = reports
        .iter()
        .flat_map(|report| report.items.iter().map(|item| result(report, item)))
        .collect();
    let rules: Vec<Value> = Rule::ALL
        .iter()
        .map(|rule| json!({ "id": rule.name(), "name": rule.name() }))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "vitrine",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn result(report: &FileReport, item: &Item) -> Value {
    let evidence: String = item
        .evidence
        .iter()
        .map(|text| format!("\n{text}"))
        .collect();
    let related: Vec<Value> = item
        .related
        .iter()
        .map(|(place, message)| {
            let mut location = location(report, *place);
            location["message"] = json!({ "text": message });
            location
        })
        .collect();
    json!({
        "ruleId": item.rule,
        "level": match item.verdict { "error" => "error", "confirmed" => "warning", _ => "note" },
        "message": { "text": format!("{}{evidence}", item.message) },
        "locations": [location(report, item.range)],
        "relatedLocations": related,
        "properties": { "verdict": item.verdict, "reason": item.reason },
    })
}

fn location(report: &FileReport, range: TextRange) -> Value {
    let (start, end) = (report.place(range.start), report.place(range.end));
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": report.path.replace('\\', "/") },
        "region": {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        },
    }})
}
