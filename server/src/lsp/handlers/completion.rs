//! `textDocument/completion`: names in scope, attributes of live objects.

use tower_lsp::ls_types::{
    CompletionItem, CompletionItemKind, CompletionItemLabelDetails, Position,
};
use vitrine_ide::{Binding, Completions};

use crate::lsp::session::Snapshot;

pub(crate) fn completions(snapshot: &Snapshot, position: &Position) -> Vec<CompletionItem> {
    if !snapshot.settings.user.completion.0 {
        return Vec::new();
    }
    let text = snapshot.text();
    let offset = text.positions(snapshot.encoding).offset(*position);
    match vitrine_ide::completions(&snapshot.db, snapshot.file, offset) {
        None => Vec::new(),
        Some(Completions::Attribute(of)) => attributes(snapshot, &of),
        Some(Completions::Names(names)) => {
            let live = snapshot.live.names();
            let unseen: Vec<CompletionItem> = live
                .filter(|live| !names.iter().any(|name| name.name == live.name))
                .map(|live| {
                    item(
                        &live.name,
                        Binding::Global,
                        false,
                        "the kernel",
                        Some(&live.class),
                    )
                })
                .collect();
            let class = |name: &vitrine_ide::Completion| {
                let global = name.binding == Binding::Global;
                let live = snapshot.live.get(&name.name).filter(|_| global)?;
                Some(live.class.as_str())
            };
            let items = names.iter().map(|name| {
                item(
                    &name.name,
                    name.binding,
                    name.parameter,
                    &name.place,
                    class(name),
                )
            });
            items.chain(unseen).collect()
        }
    }
}

fn item(
    name: &str,
    binding: Binding,
    parameter: bool,
    place: &str,
    class: Option<&str>,
) -> CompletionItem {
    let rank = match binding {
        Binding::Local | Binding::Cell | Binding::Class => 0,
        Binding::Free => 1,
        Binding::Global => 2,
        Binding::Builtin | Binding::Unbound => 3,
    };
    let what = if parameter { "parameter of" } else { "in" };
    CompletionItem {
        label: name.to_owned(),
        label_details: class.map(|class| CompletionItemLabelDetails {
            detail: None,
            description: Some(class.to_owned()),
        }),
        kind: Some(CompletionItemKind::VARIABLE),
        detail: Some(format!(
            "{what} {} ({})",
            place.replace('`', ""),
            binding.letter()
        )),
        sort_text: Some(format!("{rank}{name}")),
        ..CompletionItem::default()
    }
}

fn attributes(snapshot: &Snapshot, of: &str) -> Vec<CompletionItem> {
    let Some(object) = snapshot.live.get(of) else {
        return Vec::new();
    };
    let item = |name: &str| {
        // As everywhere: what begins with an underscore comes last.
        let underscores = name.len() - name.trim_start_matches('_').len();
        CompletionItem {
            label: name.to_owned(),
            kind: Some(CompletionItemKind::FIELD),
            detail: Some(format!("attribute of the live {}", object.class)),
            sort_text: Some(format!("{}{name}", underscores.min(2))),
            ..CompletionItem::default()
        }
    };
    snapshot
        .live
        .attributes(object)
        .into_iter()
        .map(item)
        .collect()
}
