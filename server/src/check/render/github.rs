//! Annotations of GitHub Actions (workflow commands).

use std::fmt::Write as _;

use crate::check::report::FileReport;

pub(super) fn render(reports: &[FileReport]) -> String {
    let mut out = String::new();
    for report in reports {
        for item in &report.items {
            let (start, end) = (report.place(item.range.start), report.place(item.range.end));
            let level = match item.verdict {
                "error" => "error",
                "confirmed" => "warning",
                _ => "notice",
            };
            let evidence: String = item
                .evidence
                .iter()
                .map(|text| format!("\n{text}"))
                .collect();
            let _ = writeln!(
                out,
                "::{level} title=vitrine ({}),file={},line={},col={},endLine={},endColumn={}::{}",
                item.rule,
                property(&report.path),
                start.line,
                start.column,
                end.line,
                end.column,
                message(&format!("{}{evidence}", item.message))
            );
        }
    }
    out
}

/// Escapes what ends a message.
fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes what ends a property.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
