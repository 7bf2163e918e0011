//! The place of a `SyntaxError`.

use std::fmt::Write as _;

use super::{ExceptionSummary, SyntaxSummary};

/// File, line, carets, message.
pub(super) fn render(out: &mut String, exception: &ExceptionSummary, syntax: &SyntaxSummary) {
    let mut suffix = String::new();
    match (syntax.line, &syntax.filename) {
        (Some(line), filename) => {
            let filename = filename
                .as_deref()
                .filter(|name| !name.is_empty())
                .unwrap_or("<string>");
            let _ = writeln!(out, "  File \"{filename}\", line {line}");
        }
        (None, Some(filename)) => suffix = format!(" ({filename})"),
        (None, None) => {}
    }
    if let Some(text) = &syntax.text {
        excerpt(out, syntax, text);
    }
    let message = if syntax.message.is_empty() {
        "<no detail available>"
    } else {
        &syntax.message
    };
    let _ = writeln!(out, "{}: {message}{suffix}", exception.class);
}

fn excerpt(out: &mut String, syntax: &SyntaxSummary, text: &str) {
    let whole = text.trim_end_matches('\n');
    let shown = whole.trim_start_matches([' ', '\n', '\x0c']);
    let _ = writeln!(out, "    {shown}");
    let Some(offset) = syntax.offset else { return };
    let length = |text: &str| text.chars().count() as i64;
    let behind = length(whole) + 1;
    let within = |offset: i64| {
        if !text.is_empty() && offset > length(text) {
            behind
        } else {
            offset
        }
    };
    let end = match syntax.line == syntax.end_line {
        true => syntax.end_offset.filter(|&end| end != 0).unwrap_or(offset),
        false => behind,
    };
    let (offset, mut end) = (within(offset), within(end));
    if offset >= end || end < 0 {
        end = offset + 1;
    }
    let skipped = length(whole) - length(shown);
    let column = offset - 1 - skipped;
    if column < 0 {
        return;
    }
    // Tabs are kept: they are as wide above as below.
    let lead = shown
        .chars()
        .map(|c| if c.is_whitespace() { c } else { ' ' })
        .take(column as usize);
    let lead: String = lead.collect();
    let _ = writeln!(out, "    {lead}{}", "^".repeat((end - offset) as usize));
}
