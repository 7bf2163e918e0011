//! Diagnostics, pushed and pulled, and the quick fixes for them.

use tower_lsp::ls_types::{
    CodeActionOrCommand, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    DiagnosticTag, Location, NumberOrString, Range,
};
use vitrine_ide::Severity;

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
pub(crate) fn code_actions(snapshot: &Snapshot, range: &Range) -> Vec<CodeActionOrCommand> {
    let _ = (snapshot, range);
    Vec::new()
}
