//! `textDocument/hover`.

use tower_lsp::ls_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};
use vitrine_ide::HoverOptions;

use crate::lsp::session::Snapshot;

pub(crate) fn hover(snapshot: &Snapshot, position: &Position) -> Option<Hover> {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let options = HoverOptions {
        bytecode: snapshot.settings.user.hover.bytecode.0,
    };
    let hover = vitrine_ide::hover(
        &snapshot.db,
        snapshot.file,
        positions.offset(*position),
        options,
    )?;
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: hover.markdown,
        }),
        range: Some(positions.range(hover.range)),
    })
}
