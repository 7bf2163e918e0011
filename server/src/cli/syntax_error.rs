//! A syntax error as CPython prints it (`traceback.TracebackException`).

use std::fmt::Write as _;

use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::position::TextRange;

/// What is known of an error: its class, message and place in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Located<'a> {
    pub(crate) class_name: &'a str,
    pub(crate) message: &'a str,
    /// Bytes of the decoded text.
    pub(crate) range: TextRange,
}

/// The lines CPython prints: file and line, the source line, carets, message.
pub(crate) fn render(error: Located<'_>, filename: &str, text: &str) -> String {
    let lines = LineIndex::new(text);
    let start = lines.line_column(error.range.start.min(text.len() as u32));
    let end = lines.line_column(error.range.end.min(text.len() as u32));
    let line_text = line_of(text, &lines, start.line);
    let mut out = format!("  File \"{filename}\", line {}\n", start.line + 1);

    let trimmed = line_text.trim_end_matches(['\n', '\r']);
    let shown = trimmed.trim_start_matches([' ', '\t', '\n', '\x0c']);
    let indent = trimmed.chars().count() - shown.chars().count();
    let characters = |column: u32| trimmed.get(..column as usize).unwrap_or(trimmed).chars().count();
    let from = characters(start.column);
    let to = if end.line == start.line { characters(end.column) } else { trimmed.chars().count() };
    let to = to.max(from + 1);
    if !shown.is_empty() {
        let _ = writeln!(out, "    {shown}");
        if let Some(skip) = from.checked_sub(indent) {
            // Tabs stay tabs, so that the carets stand where the text stands.
            let lead: String = shown.chars().take(skip).map(|c| if c.is_whitespace() { c } else { ' ' }).collect();
            let lead = format!("{lead:skip$}");
            let _ = writeln!(out, "    {lead}{}", "^".repeat(to - from));
        }
    }
    let _ = writeln!(out, "{}: {}", error.class_name, error.message);
    out
}

/// A line's text, its newline included.
fn line_of<'a>(text: &'a str, lines: &LineIndex, line: u32) -> &'a str {
    let start = lines.line_start(line).unwrap_or(text.len() as u32);
    let end = lines.line_start(line + 1).unwrap_or(text.len() as u32);
    &text[start as usize..end as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, range: (u32, u32), expected: &str) {
        let located = Located { class_name: "SyntaxError", message: "m", range: TextRange::new(range.0, range.1) };
        assert_eq!(render(located, "f.py", text), expected);
    }

    #[test]
    fn carets_stand_below_the_text() {
        check("def f(:\n", (6, 7), "  File \"f.py\", line 1\n    def f(:\n          ^\nSyntaxError: m\n");
        check("x\n\té = (\n", (7, 8), "  File \"f.py\", line 2\n    é = (\n        ^\nSyntaxError: m\n");
        check("if x:\n", (6, 6), "  File \"f.py\", line 2\nSyntaxError: m\n");
        check("  (a\nb)\n", (2, 6), "  File \"f.py\", line 1\n    (a\n    ^^\nSyntaxError: m\n");
    }
}
