//! Diagnostics, pushed and pulled, and the quick fixes for them.

use std::collections::HashMap;

use tower_lsp::ls_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Diagnostic, DiagnosticRelatedInformation,
    DiagnosticSeverity, DiagnosticTag, Location, NumberOrString, Range, TextEdit, WorkspaceEdit,
};
use vitrine_ide::Severity;
use vitrine_lint::Verdict;
use vitrine_syntax::position::TextRange;

use crate::lsp::position::Positions;
use crate::lsp::session::Snapshot;
use crate::lsp::settings::PitfallSeverity;

pub(crate) fn all(snapshot: &Snapshot) -> Vec<Diagnostic> {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let pitfalls = snapshot.settings.user.pitfalls.severity;
    let mut diagnostics = Vec::new();
    let decided = |code: &str, range: TextRange| {
        let mut decided = snapshot.decided.iter();
        decided.find(|decided| decided.rule.name() == code && decided.range == range)
    };
    for diagnostic in vitrine_ide::diagnostics(&snapshot.db, snapshot.file) {
        // What a run has decided is shown below, or hidden.
        if decided(&diagnostic.code, diagnostic.range).is_some() {
            continue;
        }
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
        diagnostics.push(Diagnostic {
            range: positions.range(diagnostic.range),
            severity: Some(severity),
            code: Some(NumberOrString::String(diagnostic.code.to_string())),
            source: Some("vitrine".into()),
            message: diagnostic.message.clone(),
            related_information: related(snapshot, &positions, &diagnostic.related),
            tags: diagnostic
                .unnecessary
                .then(|| vec![DiagnosticTag::UNNECESSARY]),
            ..Diagnostic::default()
        });
    }
    let confirmed = snapshot.decided.iter();
    for confirmed in confirmed.filter(|decided| decided.verdict == Verdict::Confirmed) {
        diagnostics.push(Diagnostic {
            range: positions.range(confirmed.range),
            severity: Some(DiagnosticSeverity::WARNING),
            code: Some(NumberOrString::String(confirmed.rule.name().into())),
            source: Some("vitrine".into()),
            message: confirmed.message.clone(),
            related_information: related(snapshot, &positions, &confirmed.related),
            ..Diagnostic::default()
        });
    }
    diagnostics
}

fn related(
    snapshot: &Snapshot,
    positions: &Positions<'_>,
    places: &[(TextRange, String)],
) -> Option<Vec<DiagnosticRelatedInformation>> {
    let related = |(range, message): &(TextRange, String)| DiagnosticRelatedInformation {
        location: Location::new(snapshot.uri.clone(), positions.range(*range)),
        message: message.clone(),
    };
    (!places.is_empty()).then(|| places.iter().map(related).collect())
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
    let action = |fix: vitrine_ide::Fix, verified: bool| {
        let edit = |(range, text): &(TextRange, String)| {
            TextEdit::new(positions.range(*range), text.clone())
        };
        let edits = fix.edits.iter().map(edit).collect();
        let at = positions.range(fix.range);
        let mends = |diagnostic: &&Diagnostic| {
            diagnostic.range == at
                && diagnostic.code == Some(NumberOrString::String(fix.code.into()))
        };
        let verified = if verified { " (verified)" } else { "" };
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
        .filter_map(|fix| {
            let mut decided = snapshot.decided.iter();
            let decided = decided
                .find(|decided| decided.rule.name() == fix.code && decided.range == fix.range);
            let verdict = decided.map_or(fix.verdict, |decided| decided.verdict);
            let verified = decided.is_some_and(|decided| decided.verified);
            (verdict >= Verdict::Possible).then(|| action(fix, verified))
        })
        .collect()
}
