//! A compile-time error as CPython prints it.

use vitrine_bytecode::compile::CompileError;
use vitrine_syntax::error::Raised;
use vitrine_syntax::line_index::line_of;
use vitrine_syntax::source::SourceError;
use vitrine_vm::traceback::{ExceptionSummary, SyntaxSummary};

/// Lines that CPython reads from a file to show them are cut where its buffer ends, in bytes.
const LONGEST: usize = 999;

/// The lines CPython prints: file and line, the source line, carets, message.
pub(crate) fn render(error: &CompileError, filename: &str, text: &str) -> String {
    let at = error.attributes();
    let syntax = SyntaxSummary {
        filename: Some(filename.to_owned()),
        line: Some(i64::from(at.lineno)),
        offset: Some(i64::from(at.offset)),
        text: line_at(text, at.lineno).map(|line| match error.raised {
            Raised::BehindLine => line,
            _ if filename.starts_with('<') => line,
            _ => line[..line.floor_char_boundary(LONGEST)].to_owned(),
        }),
        end_line: Some(i64::from(at.end_lineno)),
        end_offset: Some(i64::from(at.end_offset)),
        message: error.message.clone().into_owned(),
    };
    exception(error.kind.class_name(), syntax)
}

/// The same for bytes that could not be decoded; `text` is what could.
pub(crate) fn of_source(error: &SourceError, filename: &str, text: &str) -> String {
    let place = error.position();
    // CPython shows the line itself, whichever it says it is.
    let shown = if place.0 == 0 { 0 } else { error.place().0 };
    located(place, error.message(filename), filename, text, shown)
}

/// The same as `compile` says it, which was given bytes and not a file.
pub(crate) fn of_compiled_source(error: &SourceError, filename: &str, text: &str) -> String {
    let message = error.compile_message();
    match error.compile_position() {
        Some(place) => located(place, message, filename, text, place.0),
        None => format!("SyntaxError: {message}\n"),
    }
}

/// An error at a line and column, with the line of the text that is shown.
fn located(
    (line, column): (u32, u32),
    message: String,
    filename: &str,
    text: &str,
    shown: u32,
) -> String {
    // A NUL ends the line that CPython shows.
    let text = text.split('\0').next().unwrap_or_default();
    let syntax = SyntaxSummary {
        filename: Some(filename.to_owned()),
        line: Some(i64::from(line)),
        offset: Some(i64::from(column)),
        text: line_at(text, shown),
        end_line: Some(i64::from(line)),
        end_offset: Some(i64::from(column)),
        message,
    };
    exception("SyntaxError", syntax)
}

fn exception(class: &str, syntax: SyntaxSummary) -> String {
    vitrine_vm::traceback::render(&ExceptionSummary {
        class: class.to_owned(),
        syntax: Some(syntax),
        ..ExceptionSummary::default()
    })
}

/// A line of the text, counted from 1, as CPython reads it, which ends all lines in one way.
pub(super) fn line_at(text: &str, line: u32) -> Option<String> {
    let line = line_of(text, line.checked_sub(1)?)?;
    Some(match line.strip_suffix(['\n', '\r']) {
        Some(line) => format!("{}\n", line.trim_end_matches('\r')),
        None => line.to_owned(),
    })
}
