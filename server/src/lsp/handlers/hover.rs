//! `textDocument/hover`.

use tower_lsp::ls_types::{Hover, HoverContents, MarkupContent, MarkupKind, Position};
use vitrine_ide::HoverOptions;

use crate::kernel::protocol::Name;
use crate::lsp::session::Snapshot;

pub(crate) fn hover(snapshot: &Snapshot, position: &Position) -> Option<Hover> {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let options = HoverOptions {
        bytecode: snapshot.settings.user.hover.bytecode.0,
        target: snapshot.settings.user.target.0,
    };
    let hover = vitrine_ide::hover(
        &snapshot.db,
        snapshot.file,
        positions.offset(*position),
        options,
    )?;
    let live = hover
        .global
        .and_then(|name| snapshot.live.get(&name).map(live_line));
    let value = match live {
        // Behind the scope, before the bytecode.
        Some(live) => match hover.markdown.split_once("\n\n") {
            Some((scope, rest)) => format!("{scope}\n\n{live}\n\n{rest}"),
            None => format!("{}\n\n{live}", hover.markdown),
        },
        None => hover.markdown,
    };
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value,
        }),
        range: Some(positions.range(hover.range)),
    })
}

/// "now `[1, 2]` - `list`, 72 bytes, 2 references, id 0x7f..."
fn live_line(name: &Name) -> String {
    let size = name
        .size
        .map_or(String::new(), |size| format!(", {size} bytes"));
    // An immortal object's count says nothing.
    let references = match name.references {
        1 => ", 1 reference".to_owned(),
        2..1_000_000 => format!(", {} references", name.references),
        _ => String::new(),
    };
    let fence = if name.text.contains('`') { "``" } else { "`" };
    format!(
        "after the last run: {fence}{}{fence} - `{}`{size}{references}, id {:#x}",
        name.text, name.class, name.identity
    )
}
