//! `textDocument/codeLens`.

use serde_json::json;
use tower_lsp::ls_types::{CodeLens, Command, Position, Range};
use vitrine_ide::LensAction;

use crate::lsp::commands::{RUN_ABOVE, RUN_CELL, RUN_FILE};
use crate::lsp::session::Snapshot;

pub(crate) fn code_lenses(snapshot: &Snapshot, (): &()) -> Vec<CodeLens> {
    if !snapshot.settings.user.lenses.0 {
        return Vec::new();
    }
    let lens = |lens: vitrine_ide::Lens| {
        let (title, command, argument) = match lens.action {
            LensAction::RunCell => (
                "Run Cell",
                RUN_CELL,
                json!({ "uri": snapshot.uri, "line": lens.line }),
            ),
            LensAction::RunAbove => (
                "Run Above",
                RUN_ABOVE,
                json!({ "uri": snapshot.uri, "line": lens.line }),
            ),
            LensAction::RunFile => ("Run File", RUN_FILE, json!({ "uri": snapshot.uri })),
        };
        let place = Position::new(lens.line, 0);
        CodeLens {
            range: Range::new(place, place),
            command: Some(Command::new(
                title.into(),
                command.into(),
                Some(vec![argument]),
            )),
            data: None,
        }
    };
    vitrine_ide::lenses(&snapshot.db, snapshot.file)
        .into_iter()
        .map(lens)
        .collect()
}
