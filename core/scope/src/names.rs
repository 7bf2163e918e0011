//! Names: mangling, and names that no source text holds.

use std::borrow::Cow;
use std::collections::HashMap;

use vitrine_syntax::tree::{NameId, Tree};

use crate::symbol::Sym;

/// Names a class-private identifier as the class does (`_Py_Mangle`):
/// `__x` in class `_C` becomes `_C__x`.
pub fn mangle<'a>(private: Option<&str>, name: &'a str) -> Cow<'a, str> {
    let Some(class) = private else {
        return Cow::Borrowed(name);
    };
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return Cow::Borrowed(name);
    }
    match class.trim_start_matches('_') {
        "" => Cow::Borrowed(name),
        class => Cow::Owned(format!("_{class}{name}")),
    }
}

/// The names of a segment's symbol tables: first the tree's, then more.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Names {
    /// How many the tree has.
    of_tree: u32,
    more: Vec<Box<str>>,
    ids: HashMap<Box<str>, Sym>,
}

impl Names {
    pub(crate) fn new(tree: &Tree) -> Self {
        Self {
            of_tree: tree.name_count() as u32,
            ..Self::default()
        }
    }

    pub(crate) fn of(name: NameId) -> Sym {
        Sym(name.index() as u32)
    }

    pub(crate) fn find(&self, tree: &Tree, text: &str) -> Option<Sym> {
        tree.find_name(text)
            .map(Self::of)
            .or_else(|| self.ids.get(text).copied())
    }

    pub(crate) fn intern(&mut self, tree: &Tree, text: &str) -> Sym {
        if let Some(found) = self.find(tree, text) {
            return found;
        }
        let sym = Sym(self.of_tree + self.more.len() as u32);
        self.more.push(text.into());
        self.ids.insert(text.into(), sym);
        sym
    }

    pub(crate) fn text<'a>(&'a self, tree: &'a Tree, sym: Sym) -> &'a str {
        match sym.0.checked_sub(self.of_tree) {
            Some(more) => &self.more[more as usize],
            None => tree.name_at(sym.index()),
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.of_tree as usize + self.more.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_names_are_mangled() {
        for (class, name, expected) in [
            (Some("C"), "__x", "_C__x"),
            (Some("__C"), "__x", "_C__x"),
            (Some("C"), "__x__", "__x__"),
            (Some("C"), "_x", "_x"),
            (Some("C"), "__a.b", "__a.b"),
            (Some("__"), "__x", "__x"),
            (Some("C"), "___", "___"),
            (None, "__x", "__x"),
        ] {
            assert_eq!(mangle(class, name), expected, "{name} in {class:?}");
        }
    }
}
