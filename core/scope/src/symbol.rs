//! Symbols: a name in a block, what the block does with it, and what it turns
//! out to be.

use vitrine_syntax::index::Index;

/// The bits of a symbol, with CPython's names and values
/// (`Include/internal/pycore_symtable.h`).
#[allow(missing_docs)]
pub mod flags {
    pub const DEF_GLOBAL: u16 = 1;
    pub const DEF_LOCAL: u16 = 2;
    pub const DEF_PARAM: u16 = 2 << 1;
    pub const DEF_NONLOCAL: u16 = 2 << 2;
    pub const USE: u16 = 2 << 3;
    pub const DEF_FREE_CLASS: u16 = 2 << 5;
    pub const DEF_IMPORT: u16 = 2 << 6;
    pub const DEF_ANNOT: u16 = 2 << 7;
    pub const DEF_COMP_ITER: u16 = 2 << 8;
    pub const DEF_TYPE_PARAM: u16 = 2 << 9;
    pub const DEF_COMP_CELL: u16 = 2 << 10;
    pub const DEF_BOUND: u16 = DEF_LOCAL | DEF_PARAM | DEF_IMPORT | DEF_TYPE_PARAM;
}

/// Where a name's value lives, as decided by the second pass.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Scope {
    /// Bound in this block and seen by no other.
    Local = 1,
    /// Declared `global`.
    GlobalExplicit = 2,
    /// Bound in no enclosing function: a global or a builtin.
    GlobalImplicit = 3,
    /// Bound in an enclosing function.
    Free = 4,
    /// Bound in this block, and free in one below.
    Cell = 5,
}

impl Scope {
    /// As `symtable` prints it, in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::GlobalExplicit => "global_explicit",
            Self::GlobalImplicit => "global_implicit",
            Self::Free => "free",
            Self::Cell => "cell",
        }
    }
}

/// A mangled name within one segment: an interned identifier of its tree, or
/// one that the symbol table made up (`.0`, `__classdict__`, `_C__x`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Sym(pub(crate) u32);

impl Sym {
    /// Dense from 0 within a segment: the index for side tables.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a block does with a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// The name, mangled.
    pub name: Sym,
    /// `DEF_*` and `USE` bits; 0 for a name that only passes through.
    pub flags: u16,
    /// Where the value lives; absent only in a block that is not reached.
    pub scope: Option<Scope>,
}

/// The symbols of a block, in the order CPython's dict has them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct SymbolMap {
    items: Vec<Symbol>,
    /// Where each name stands; only where a scan would be slow.
    index: Option<Box<Index>>,
}

fn hash(name: Sym) -> u32 {
    let mixed = name.0.wrapping_mul(0x9E37_79B9);
    mixed ^ mixed >> 16
}

impl SymbolMap {
    const SCAN: usize = 12;

    #[inline]
    pub(crate) fn position(&self, name: Sym) -> Option<usize> {
        let Some(index) = &self.index else {
            return self.items.iter().position(|symbol| symbol.name == name);
        };
        let found = index.find(hash(name), |at| self.items[at].name == name);
        found.map(|at| at as usize)
    }

    #[inline]
    pub(crate) fn get(&self, name: Sym) -> Option<Symbol> {
        self.position(name).map(|at| self.items[at])
    }

    pub(crate) fn flags(&self, name: Sym) -> u16 {
        self.get(name).map_or(0, |symbol| symbol.flags)
    }

    /// The symbol of a name, made if there is none.
    #[inline]
    pub(crate) fn entry(&mut self, name: Sym) -> &mut Symbol {
        let at = match self.position(name) {
            Some(at) => at,
            None => self.push(name),
        };
        &mut self.items[at]
    }

    /// The same, with a guess of where it stands, which is set right.
    #[inline]
    pub(crate) fn entry_at(&mut self, name: Sym, guess: &mut u32) -> &mut Symbol {
        let guessed = self.items.get(*guess as usize);
        if guessed.is_none_or(|symbol| symbol.name != name) {
            let at = match self.position(name) {
                Some(at) => at,
                None => self.push(name),
            };
            *guess = at as u32;
        }
        &mut self.items[*guess as usize]
    }

    fn push(&mut self, name: Sym) -> usize {
        let at = self.items.len();
        if at == 0 {
            // Most functions have a handful of names.
            self.items.reserve_exact(8);
        }
        self.items.push(Symbol {
            name,
            flags: 0,
            scope: None,
        });
        match &mut self.index {
            Some(index) => {
                index.push(hash(name));
            }
            None if at >= Self::SCAN => self.make_index(),
            None => {}
        }
        at
    }

    fn make_index(&mut self) {
        let mut index = Index::default();
        for symbol in &self.items {
            index.push(hash(symbol.name));
        }
        self.index = Some(Box::new(index));
    }

    /// Takes out the symbols that are not wanted.
    pub(crate) fn retain(&mut self, wanted: impl Fn(Sym) -> bool) {
        self.items.retain(|symbol| wanted(symbol.name));
        if self.index.is_some() {
            self.make_index();
        }
    }

    pub(crate) fn items(&self) -> &[Symbol] {
        &self.items
    }

    pub(crate) fn items_mut(&mut self) -> &mut [Symbol] {
        &mut self.items
    }
}
