//! All places of the name under the cursor: highlight, definition, references, rename.

use std::collections::HashMap;

use tower_lsp::jsonrpc::{Error, Result};
use tower_lsp::ls_types::{
    DocumentHighlight, DocumentHighlightKind, Location, Position, PrepareRenameResponse, TextEdit,
    WorkspaceEdit,
};
use vitrine_syntax::position::TextRange;

use crate::lsp::session::Snapshot;

pub(crate) fn highlights(snapshot: &Snapshot, position: &Position) -> Vec<DocumentHighlight> {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let places = vitrine_ide::highlights(&snapshot.db, snapshot.file, positions.offset(*position));
    let highlight = |place: vitrine_ide::Highlight| DocumentHighlight {
        range: positions.range(place.range),
        kind: Some(if place.usage.binds() {
            DocumentHighlightKind::WRITE
        } else {
            DocumentHighlightKind::READ
        }),
    };
    places.into_iter().map(highlight).collect()
}

pub(crate) fn definitions(snapshot: &Snapshot, position: &Position) -> Vec<Location> {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let places = vitrine_ide::definitions(&snapshot.db, snapshot.file, positions.offset(*position));
    places
        .into_iter()
        .map(|range| Location::new(snapshot.uri.clone(), positions.range(range)))
        .collect()
}

pub(crate) fn references(
    snapshot: &Snapshot,
    (position, declarations): &(Position, bool),
) -> Vec<Location> {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let places = vitrine_ide::highlights(&snapshot.db, snapshot.file, positions.offset(*position));
    let wanted = places
        .into_iter()
        .filter(|place| *declarations || !place.usage.binds());
    wanted
        .map(|place| Location::new(snapshot.uri.clone(), positions.range(place.range)))
        .collect()
}

pub(crate) fn prepare_rename(
    snapshot: &Snapshot,
    position: &Position,
) -> Option<PrepareRenameResponse> {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let offset = positions.offset(*position);
    let places = vitrine_ide::rename(&snapshot.db, snapshot.file, offset, "name").ok()?;
    let here = places.into_iter().find(|range| range.touches(offset))?;
    let placeholder = text.text[here.as_usize()].to_owned();
    Some(PrepareRenameResponse::RangeWithPlaceholder {
        range: positions.range(here),
        placeholder,
    })
}

// `WorkspaceEdit` has the type of the protocol's `changes`.
#[allow(clippy::mutable_key_type)]
pub(crate) fn rename(
    snapshot: &Snapshot,
    (position, new_name): &(Position, String),
) -> Result<WorkspaceEdit> {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let places = vitrine_ide::rename(
        &snapshot.db,
        snapshot.file,
        positions.offset(*position),
        new_name,
    );
    let places = places.map_err(|error| Error::invalid_params(error.to_string()))?;
    let edit = |range: TextRange| TextEdit::new(positions.range(range), new_name.clone());
    let edits = places.into_iter().map(edit).collect();
    Ok(WorkspaceEdit::new(HashMap::from([(
        snapshot.uri.clone(),
        edits,
    )])))
}
