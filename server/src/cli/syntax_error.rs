//! A compile-time error as CPython prints it.

use vitrine_bytecode::compile::CompileError;
use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::source::SourceError;
use vitrine_vm::traceback::{ExceptionSummary, SyntaxSummary};

/// The lines CPython prints: file and line, the source line, carets, message.
pub(crate) fn render(error: &CompileError, filename: &str, text: &str) -> String {
    let at = error.attributes();
    let syntax = SyntaxSummary {
        filename: Some(filename.to_owned()),
        line: Some(i64::from(at.lineno)),
        offset: Some(i64::from(at.offset)),
        text: line_of(text, at.lineno).map(str::to_owned),
        end_line: Some(i64::from(at.end_lineno)),
        end_offset: Some(i64::from(at.end_offset)),
        message: error.message.clone().into_owned(),
    };
    exception(error.kind.class_name(), syntax)
}

/// The same for bytes that could not be decoded; `text` is what could.
pub(crate) fn of_source(error: &SourceError, filename: &str, text: &str) -> String {
    located(error.position(), error.message(filename), filename, text)
}

/// The same as `compile` says it, which was given bytes and not a file.
pub(crate) fn of_compiled_source(error: &SourceError, filename: &str, text: &str) -> String {
    let message = error.compile_message();
    match error.compile_position() {
        Some(position) => located(position, message, filename, text),
        None => format!("SyntaxError: {message}\n"),
    }
}

fn located((line, column): (u32, u32), message: String, filename: &str, text: &str) -> String {
    // A NUL ends the line that CPython shows.
    let text = text.split('\0').next().unwrap_or_default();
    let syntax = SyntaxSummary {
        filename: Some(filename.to_owned()),
        line: Some(i64::from(line)),
        offset: Some(i64::from(column)),
        text: line_of(text, line).map(str::to_owned),
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

/// A line of the text, counted from 1, its newline included.
pub(super) fn line_of(text: &str, line: u32) -> Option<&str> {
    let lines = LineIndex::new(text);
    let start = lines.line_start(line.checked_sub(1)?)? as usize;
    let end = lines
        .line_start(line)
        .map_or(text.len(), |end| end as usize);
    Some(&text[start..end])
}
