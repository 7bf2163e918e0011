//! A compile-time error as CPython prints it (`traceback.TracebackException`).

use std::fmt::Write as _;

use vitrine_bytecode::compile::{CompileError, CompileErrorKind};
use vitrine_bytecode::instruction::Location;
use vitrine_syntax::error::ErrorKind;
use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::source::SourceError;

/// The lines CPython prints: file and line, the source line, carets, message.
pub(crate) fn render(error: &CompileError, filename: &str, text: &str) -> String {
    let location = error.location;
    let mut out = String::new();
    if let Ok(line) = u32::try_from(location.line) {
        let _ = writeln!(out, "  File \"{filename}\", line {line}");
        excerpt(&mut out, error, line_of(text, line));
    }
    let _ = writeln!(out, "{}: {}", error.kind.class_name(), error.message);
    out
}

/// The same for bytes that could not be decoded; `text` is what could.
pub(crate) fn of_source(error: &SourceError, filename: &str, text: &str) -> String {
    let (line, column) = error.position();
    // A NUL ends the line that CPython shows.
    let text = text.split('\0').next().unwrap_or_default();
    let before = line_of(text, line)
        .chars()
        .take(column.saturating_sub(1) as usize);
    let column = if column == 0 {
        -1
    } else {
        before.map(char::len_utf8).sum::<usize>() as i32
    };
    let line = line as i32;
    let error = CompileError {
        kind: CompileErrorKind::Syntax(ErrorKind::Syntax),
        message: error.message(filename).into(),
        location: Location::new(line, line, column, column),
    };
    render(&error, filename, text)
}

/// The source line and its carets. A column before the line means no carets.
fn excerpt(out: &mut String, error: &CompileError, line: &str) {
    let location = error.location;
    let shown = line.trim_start_matches([' ', '\n', '\x0c']);
    let indent = line.chars().count() - shown.chars().count();
    if shown.is_empty() {
        return;
    }
    let _ = writeln!(out, "    {shown}");
    let characters = |column: i32| -> Option<usize> {
        let column = usize::try_from(column).ok()?.min(line.len());
        Some(line.get(..column).unwrap_or(line).chars().count())
    };
    let Some(from) = characters(location.column) else {
        return;
    };
    let same_line = location.end_line == location.line;
    let to = if same_line {
        characters(location.end_column)
    } else {
        Some(line.chars().count())
    };
    let to = to.unwrap_or(from).max(from + 1);
    if let Some(skip) = from.checked_sub(indent) {
        // Tabs stay tabs, so that the carets stand where the text stands.
        let lead: String = shown
            .chars()
            .take(skip)
            .map(|c| if c.is_whitespace() { c } else { ' ' })
            .collect();
        let _ = writeln!(out, "    {lead:skip$}{}", "^".repeat(to - from));
    }
}

/// A line of the text, counted from 1, without its newline; CPython's line 0,
/// of errors that have none, is empty.
fn line_of(text: &str, line: u32) -> &str {
    if line == 0 {
        return "";
    }
    let lines = LineIndex::new(text);
    let offset = |line: u32| {
        lines
            .line_start(line)
            .map_or(text.len(), |start| start as usize)
    };
    text[offset(line - 1)..offset(line)].trim_end_matches(['\n', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, place: (i32, i32, i32, i32), expected: &str) {
        let (line, column, end_line, end_column) = place;
        let location = Location {
            line,
            end_line,
            column,
            end_column,
        };
        let kind = CompileErrorKind::Syntax(ErrorKind::Syntax);
        let error = CompileError {
            kind,
            message: "m".into(),
            location,
        };
        assert_eq!(render(&error, "f.py", text), expected);
    }

    #[test]
    fn carets_stand_below_the_text() {
        let head = "  File \"f.py\", line";
        check(
            "def f(:\n",
            (1, 6, 1, 7),
            &format!("{head} 1\n    def f(:\n          ^\nSyntaxError: m\n"),
        );
        check(
            "x\n\té = (\n",
            (2, 6, 2, 7),
            &format!("{head} 2\n    \té = (\n    \t    ^\nSyntaxError: m\n"),
        );
        check(
            "if x:\n",
            (1, -1, 1, -1),
            &format!("{head} 1\n    if x:\nSyntaxError: m\n"),
        );
        check(
            "  (a\nb)\n",
            (1, 2, 2, 2),
            &format!("{head} 1\n    (a\n    ^^\nSyntaxError: m\n"),
        );
        check("", (-1, -1, -1, -1), "SyntaxError: m\n");
    }
}
