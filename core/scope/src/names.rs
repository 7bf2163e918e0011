//! Names: mangling, and names that no source text holds.

use std::borrow::Cow;

use vitrine_syntax::hash;
use vitrine_syntax::index::Index;
use vitrine_syntax::tree::Tree;

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

/// What CPython calls the module block.
const TOP: &str = "top";

/// The names of a segment's symbol tables: first the tree's, then `top`, then more.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Names {
    /// How many the tree has.
    of_tree: u32,
    more: Vec<Box<str>>,
    index: Index,
}

impl Names {
    pub(crate) fn new(tree: &Tree) -> Self {
        Self {
            of_tree: tree.name_count() as u32,
            ..Self::default()
        }
    }

    /// The name of the module block.
    pub(crate) fn top(&self) -> Sym {
        Sym(self.of_tree)
    }

    pub(crate) fn find(&self, tree: &Tree, text: &str) -> Option<Sym> {
        tree.find_name(text)
            .map(Sym::of)
            .or_else(|| (text == TOP).then(|| self.top()))
            .or_else(|| self.find_more(text))
    }

    fn find_more(&self, text: &str) -> Option<Sym> {
        let same = |at: usize| *self.more[at] == *text;
        let at = self.index.find(hash::of_text(text) as u32, same)?;
        Some(Sym(self.of_tree + 1 + at))
    }

    pub(crate) fn intern(&mut self, tree: &Tree, text: &str) -> Sym {
        self.find(tree, text).unwrap_or_else(|| {
            self.more.push(text.into());
            Sym(self.of_tree + 1 + self.index.push(hash::of_text(text) as u32))
        })
    }

    pub(crate) fn text<'a>(&'a self, tree: &'a Tree, sym: Sym) -> &'a str {
        match sym.0.checked_sub(self.of_tree) {
            Some(0) => TOP,
            Some(more) => &self.more[more as usize - 1],
            None => tree.name_at(sym.index()),
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.of_tree as usize + 1 + self.more.len()
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
