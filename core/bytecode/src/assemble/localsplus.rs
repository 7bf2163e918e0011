//! Names and kinds of the frame's variables (`compute_localsplus_info`).

use super::UnitMetadata;
use crate::code::{CodeFlags, LocalKind};
use crate::flowgraph::Variables;
use crate::names::{NameList, Names};

pub(super) fn names_and_kinds(
    metadata: &UnitMetadata<'_>,
    flags: u32,
    names: &mut NameList,
) -> (Names, Box<[u8]>) {
    let &UnitMetadata {
        varnames,
        cellvars,
        freevars,
        fasthidden,
        ..
    } = metadata;
    let nlocals = varnames.len();
    let variables = Variables {
        varnames,
        cellvars,
        freevars,
        firstlineno: metadata.firstlineno,
    };
    let locals_of_cells = variables.locals_of_cells();
    let own_cells = locals_of_cells.iter().filter(|local| local.is_none());
    let len = nlocals + own_cells.count() + freevars.len();
    let mut kinds: Vec<u8> = Vec::with_capacity(len);

    names.clear();
    names.append(varnames);
    for (count, kind) in [
        (metadata.posonlyargcount, LocalKind::ARG_POS),
        (
            metadata.argcount.saturating_sub(metadata.posonlyargcount),
            LocalKind::ARG_POS | LocalKind::ARG_KW,
        ),
        (metadata.kwonlyargcount, LocalKind::ARG_KW),
        (
            u32::from(flags & CodeFlags::VARARGS != 0),
            LocalKind::ARG_VAR | LocalKind::ARG_POS,
        ),
        (
            u32::from(flags & CodeFlags::VARKEYWORDS != 0),
            LocalKind::ARG_VAR | LocalKind::ARG_KW,
        ),
    ] {
        kinds.resize(
            (kinds.len() + count as usize).min(nlocals),
            LocalKind::LOCAL | kind,
        );
    }
    kinds.resize(nlocals, LocalKind::LOCAL);
    if !fasthidden.is_empty() {
        for (name, kind) in names.iter().zip(&mut kinds) {
            if fasthidden.iter().any(|(hidden, _)| **hidden == *name) {
                *kind |= LocalKind::HIDDEN;
            }
        }
    }

    for (cell, local) in cellvars.iter().zip(locals_of_cells) {
        match local {
            Some(local) => kinds[local as usize] |= LocalKind::CELL,
            None => {
                names.push(cell);
                kinds.push(LocalKind::CELL);
            }
        }
    }
    names.append(freevars);
    kinds.resize(names.len(), LocalKind::FREE);
    (names.to_names(), kinds.into())
}
