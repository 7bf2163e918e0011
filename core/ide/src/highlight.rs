//! All places of a name, exact by scope: highlights, definitions, renames.

use std::fmt;

use vitrine_db::{Database, File, Occurrence, Use};
use vitrine_syntax::position::TextRange;

use crate::resolve::{Binding, Names, Resolved};

/// A place of the name under the cursor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Highlight {
    /// Where.
    pub range: TextRange,
    /// What is done with the name there.
    pub usage: Use,
}

/// All places in the file that mean the same variable as the name at an offset.
pub fn highlights(db: &Database, file: File, offset: u32) -> Vec<Highlight> {
    let Some(names) = Names::at(db, file, offset) else {
        return Vec::new();
    };
    match names.occurrence_at(offset) {
        Some(occurrence) => same_variable(&names, occurrence),
        None => Vec::new(),
    }
}

/// The places that bind the name at an offset.
pub fn definitions(db: &Database, file: File, offset: u32) -> Vec<TextRange> {
    let all = highlights(db, file, offset);
    all.into_iter()
        .filter(|place| place.usage.binds())
        .map(|place| place.range)
        .collect()
}

/// Why a name cannot be renamed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RenameError {
    /// There is no name at the place.
    NoName,
    /// It is a builtin or comes from elsewhere.
    NotBoundHere(String),
    /// The new name is none.
    NoIdentifier(String),
}

impl fmt::Display for RenameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoName => f.write_str("there is no name here"),
            Self::NotBoundHere(name) => write!(f, "`{name}` is not bound in this file"),
            Self::NoIdentifier(name) => write!(f, "`{name}` is no name"),
        }
    }
}

/// The places to be overwritten to rename the variable at an offset.
pub fn rename(
    db: &Database,
    file: File,
    offset: u32,
    new_name: &str,
) -> Result<Vec<TextRange>, RenameError> {
    let lexed = vitrine_syntax::lexer::lex(new_name);
    let is_name = matches!(&lexed.tokens[..], [first, ..] if first.kind == vitrine_syntax::token::TokenKind::Name
        && first.range.as_usize() == (0..new_name.len()));
    if !is_name || !lexed.errors.is_empty() {
        return Err(RenameError::NoIdentifier(new_name.into()));
    }
    let names = Names::at(db, file, offset).ok_or(RenameError::NoName)?;
    let occurrence = names.occurrence_at(offset).ok_or(RenameError::NoName)?;
    let places = same_variable(&names, occurrence);
    let imported = |place: &Highlight| place.usage == Use::Import;
    if !places.iter().any(|place| place.usage.binds()) || places.iter().any(imported) {
        return Err(RenameError::NotBoundHere(
            names.tree.name(occurrence.name).into(),
        ));
    }
    Ok(places.into_iter().map(|place| place.range).collect())
}

fn same_variable(names: &Names<'_>, occurrence: &Occurrence) -> Vec<Highlight> {
    let name = names.mangled(occurrence);
    let wanted = names.resolve(occurrence);
    if wanted.owner.is_some() {
        return places(names, &name, wanted).collect();
    }
    Names::all(names.db, names.file)
        .flat_map(|other| places(&other, &name, wanted).collect::<Vec<_>>())
        .collect()
}

fn places<'a>(
    names: &'a Names<'_>,
    name: &'a str,
    wanted: Resolved,
) -> impl Iterator<Item = Highlight> + 'a {
    // The text is looked at first: most names are others.
    let same_text = move |occurrence: &&Occurrence| names.mangled(occurrence) == name;
    let same = move |occurrence: &&Occurrence| {
        let resolved = names.resolve(occurrence);
        resolved.owner == wanted.owner
            && is_variable(resolved.binding) == is_variable(wanted.binding)
    };
    let highlight = |occurrence: &Occurrence| Highlight {
        range: names.placed.absolute(occurrence.range),
        usage: occurrence.usage,
    };
    names
        .occurrences
        .iter()
        .filter(same_text)
        .filter(same)
        .map(highlight)
}

/// Globals, builtins and unbound names are told apart by their text alone.
fn is_variable(binding: Binding) -> bool {
    !matches!(binding, Binding::Unbound)
}
