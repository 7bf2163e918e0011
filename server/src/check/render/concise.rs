//! A line a finding, as editors and `grep` read it.

use std::fmt::Write as _;

use crate::check::report::FileReport;

pub(super) fn render(reports: &[FileReport]) -> String {
    let mut out = String::new();
    for report in reports {
        for item in &report.items {
            let place = report.place(item.range.start);
            let _ = writeln!(
                out,
                "{}:{}:{}: {} [{}] {}",
                report.path, place.line, place.column, item.rule, item.verdict, item.message
            );
        }
    }
    out
}
