//! What a name means at a place: Local, Enclosing, Global or Built-in.

use vitrine_db::{
    Database, File, Occurrence, Placed, future, module_scope, occurrences, parsed, scopes, segments,
};
use vitrine_scope::{BlockId, BlockKind, Scope, SegmentScopes, flags};
use vitrine_syntax::tree::Tree;

use crate::builtins;

/// Where a name's value lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Binding {
    /// In the frame of the function that binds it, seen by no other.
    Local,
    /// In a cell that an inner function shares; here is the function that binds it.
    Cell,
    /// In a cell of an enclosing function.
    Free,
    /// In the namespace of the class whose body binds it.
    Class,
    /// In the module's namespace.
    Global,
    /// In `builtins`.
    Builtin,
    /// Nowhere that can be seen from the file.
    Unbound,
}

impl Binding {
    /// The letter of the LEGB rule.
    pub const fn letter(self) -> char {
        match self {
            Self::Local | Self::Cell | Self::Class => 'L',
            Self::Free => 'E',
            Self::Global => 'G',
            Self::Builtin => 'B',
            Self::Unbound => '?',
        }
    }
}

/// An occurrence with its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Resolved {
    /// Where the value lives.
    pub binding: Binding,
    /// The block that owns it; `None` for the module and builtins.
    pub owner: Option<BlockId>,
}

/// A segment with everything known of its names.
pub(crate) struct Names<'db> {
    pub(crate) db: &'db Database,
    pub(crate) file: File,
    pub(crate) placed: Placed<'db>,
    pub(crate) tree: &'db Tree,
    pub(crate) scopes: &'db SegmentScopes,
    pub(crate) occurrences: &'db [Occurrence],
}

impl<'db> Names<'db> {
    pub(crate) fn new(db: &'db Database, file: File, index: usize) -> Self {
        Self::of(db, file, segments(db, file)[index])
    }

    /// Of a segment, or a part of a long class.
    pub(crate) fn of(db: &'db Database, file: File, placed: Placed<'db>) -> Self {
        let future = future(db, file);
        Self {
            db,
            file,
            placed,
            tree: &parsed(db, placed.segment).tree,
            scopes: scopes(db, placed.segment, future),
            occurrences: occurrences(db, placed.segment, future),
        }
    }

    /// Of the segment with an offset of the file in it.
    pub(crate) fn at(db: &'db Database, file: File, offset: u32) -> Option<Self> {
        let (index, _) = segments(db, file).at(offset)?;
        Some(Self::new(db, file, index))
    }

    /// Of all segments, one after the other.
    pub(crate) fn all(db: &'db Database, file: File) -> impl Iterator<Item = Self> {
        (0..segments(db, file).len()).map(move |index| Self::new(db, file, index))
    }

    /// The name under the cursor; the end of a name counts as in it.
    pub(crate) fn occurrence_at(&self, offset: u32) -> Option<&'db Occurrence> {
        let offset = offset.checked_sub(self.placed.range.start)?;
        let before = self
            .occurrences
            .partition_point(|occurrence| occurrence.range.start <= offset);
        let candidates = self.occurrences[..before].iter().rev().take(2);
        candidates
            .into_iter()
            .find(|occurrence| occurrence.range.touches(offset))
    }

    /// The name as the symbol tables have it, mangled.
    pub(crate) fn mangled(&self, occurrence: &Occurrence) -> String {
        self.scopes
            .mangle(self.tree, occurrence.block, self.tree.name(occurrence.name))
            .into_owned()
    }

    pub(crate) fn resolve(&self, occurrence: &Occurrence) -> Resolved {
        let symbol = self
            .scopes
            .lookup(self.tree, occurrence.block, occurrence.name);
        let scope = symbol.and_then(|symbol| symbol.scope);
        let owned = |binding, owner| Resolved {
            binding,
            owner: Some(owner),
        };
        match scope {
            _ if occurrence.block == BlockId::ROOT => self.module(occurrence),
            Some(Scope::Local | Scope::Cell)
                if self.scopes[occurrence.block].kind == BlockKind::Class =>
            {
                owned(Binding::Class, occurrence.block)
            }
            Some(Scope::Local) => owned(Binding::Local, occurrence.block),
            Some(Scope::Cell) => owned(Binding::Cell, occurrence.block),
            Some(Scope::Free) => match self.owner_of_free(occurrence) {
                Some(owner) => owned(Binding::Free, owner),
                None => self.module(occurrence),
            },
            Some(Scope::GlobalExplicit | Scope::GlobalImplicit) | None => self.module(occurrence),
        }
    }

    /// The enclosing block whose cell a free variable is.
    fn owner_of_free(&self, occurrence: &Occurrence) -> Option<BlockId> {
        let mut block = occurrence.block;
        while block != BlockId::ROOT {
            block = self.scopes[block].parent;
            let symbol = self.scopes.lookup(self.tree, block, occurrence.name);
            let bound = matches!(
                symbol.and_then(|symbol| symbol.scope),
                Some(Scope::Cell | Scope::Local)
            );
            if bound && block != BlockId::ROOT && self.scopes[block].kind != BlockKind::Class {
                return Some(block);
            }
        }
        None
    }

    fn module(&self, occurrence: &Occurrence) -> Resolved {
        let name = self.mangled(occurrence);
        let bound = module_scope(self.db, self.file).module.flags(&name) & flags::DEF_BOUND != 0;
        let binding = if bound || builtins::is_module_attribute(&name) {
            Binding::Global
        } else if builtins::is_builtin(&name) {
            Binding::Builtin
        } else {
            Binding::Unbound
        };
        Resolved {
            binding,
            owner: None,
        }
    }

    /// A block in words: "`make`", "a lambda", "the module".
    pub(crate) fn block_name(&self, block: Option<BlockId>) -> String {
        let Some(id) = block.filter(|&block| block != BlockId::ROOT) else {
            return "the module".into();
        };
        let block = &self.scopes[id];
        match (self.scopes.text(self.tree, block.name), block.kind) {
            ("lambda", BlockKind::Function) => "a lambda".into(),
            ("genexpr", BlockKind::Function) => "a generator expression".into(),
            ("listcomp", BlockKind::Function) => "a list comprehension".into(),
            ("setcomp", BlockKind::Function) => "a set comprehension".into(),
            ("dictcomp", BlockKind::Function) => "a dict comprehension".into(),
            (name, BlockKind::Class) => format!("class `{name}`"),
            (name, _) => format!("`{name}`"),
        }
    }
}
