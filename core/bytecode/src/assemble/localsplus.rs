//! Names and kinds of the frame's variables (`compute_localsplus_info`).

use super::UnitMetadata;
use crate::code::{CodeFlags, LocalKind};
use crate::flowgraph::Variables;

pub(super) fn names_and_kinds(metadata: &UnitMetadata, flags: u32) -> (Box<[Box<str>]>, Box<[u8]>) {
    let UnitMetadata {
        varnames,
        cellvars,
        freevars,
        fasthidden,
        ..
    } = metadata;
    let mut names: Vec<Box<str>> =
        Vec::with_capacity(varnames.len() + cellvars.len() + freevars.len());
    let mut kinds: Vec<u8> = Vec::with_capacity(names.capacity());

    names.extend_from_slice(varnames);
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
            (kinds.len() + count as usize).min(varnames.len()),
            LocalKind::LOCAL | kind,
        );
    }
    kinds.resize(varnames.len(), LocalKind::LOCAL);
    if !fasthidden.is_empty() {
        for (name, kind) in names.iter().zip(&mut kinds) {
            if fasthidden.iter().any(|(hidden, _)| hidden == name) {
                *kind |= LocalKind::HIDDEN;
            }
        }
    }

    let variables = Variables {
        varnames,
        cellvars,
        freevars,
        firstlineno: metadata.firstlineno,
    };
    for (cell, local) in cellvars.iter().zip(variables.locals_of_cells()) {
        match local {
            Some(local) => kinds[local as usize] |= LocalKind::CELL,
            None => {
                names.push(cell.clone());
                kinds.push(LocalKind::CELL);
            }
        }
    }
    names.extend_from_slice(freevars);
    kinds.resize(names.len(), LocalKind::FREE);
    (names.into(), kinds.into())
}
