//! Diagnostics, pushed and pulled, and the quick fixes for them.

use std::collections::HashMap;

use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Diagnostic, DiagnosticRelatedInformation,
    DiagnosticSeverity, DiagnosticTag, Location, NumberOrString, Range, TextEdit, WorkspaceEdit,
};
use vitrine_ide::Severity;
use vitrine_syntax::position::TextRange;

use crate::lsp::session::Snapshot;
use crate::lsp::settings::PitfallSeverity;

pub(crate) fn all(snapshot: &Snapshot) -> Vec<Diagnostic> {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let pitfalls = snapshot.settings.user.pitfalls.severity;
    let mut diagnostics = Vec::new();
    for diagnostic in vitrine_ide::diagnostics(&snapshot.db, snapshot.file) {
        let severity = match (diagnostic.severity, pitfalls) {
            (Severity::Error, _) => DiagnosticSeverity::ERROR,
            (Severity::Warning, _) if diagnostic.code == "SyntaxWarning" => {
                DiagnosticSeverity::WARNING
            }
            (Severity::Warning, PitfallSeverity::Off) => continue,
            (Severity::Warning, PitfallSeverity::Warning) => DiagnosticSeverity::WARNING,
            (Severity::Warning, PitfallSeverity::Information) => DiagnosticSeverity::INFORMATION,
            (Severity::Warning, PitfallSeverity::Hint) => DiagnosticSeverity::HINT,
            (Severity::Information, _) => DiagnosticSeverity::INFORMATION,
            (Severity::Hint, _) => DiagnosticSeverity::HINT,
        };
        let related =
            diagnostic
                .related
                .iter()
                .map(|(range, message)| DiagnosticRelatedInformation {
                    location: Location::new(snapshot.uri.clone(), positions.range(*range)),
                    message: message.clone(),
                });
        diagnostics.push(Diagnostic {
            range: positions.range(diagnostic.range),
            severity: Some(severity),
            code: Some(NumberOrString::String(diagnostic.code.to_string())),
            source: Some("vitrine".into()),
            message: diagnostic.message.clone(),
            related_information: (!diagnostic.related.is_empty()).then(|| related.collect()),
            tags: diagnostic
                .unnecessary
                .then(|| vec![DiagnosticTag::UNNECESSARY]),
            ..Diagnostic::default()
        });
    }
    diagnostics
}

/// Quick fixes for what is wrong in a range.
// `WorkspaceEdit` has the type of the protocol's `changes`.
#[allow(clippy::mutable_key_type)]
pub(crate) fn code_actions(snapshot: &Snapshot, range: &Range) -> Vec<CodeActionOrCommand> {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let (start, end) = (positions.offset(range.start), positions.offset(range.end));
    let range = TextRange::new(start.min(end), start.max(end));
    let diagnostics = all(snapshot);
    let action = |fix: vitrine_ide::Fix| {
        let edit = |(range, text): &(TextRange, String)| {
            TextEdit::new(positions.range(*range), text.clone())
        };
        let edits = fix.edits.iter().map(edit).collect();
        let at = positions.range(fix.range);
        let mends = |diagnostic: &&Diagnostic| {
            diagnostic.range == at
                && diagnostic.code == Some(NumberOrString::String(fix.code.into()))
        };
        let verified = if fix.verified { " (verified)" } else { "" };
        CodeActionOrCommand::CodeAction(CodeAction {
            title: format!("{}{verified}", fix.title),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(diagnostics.iter().filter(mends).cloned().collect()),
            edit: Some(WorkspaceEdit::new(HashMap::from([(
                snapshot.uri.clone(),
                edits,
            )]))),
            is_preferred: Some(true),
            ..CodeAction::default()
        })
    };
    vitrine_ide::fixes(&snapshot.db, snapshot.file, range)
        .into_iter()
        .map(action)
        .collect()
}
