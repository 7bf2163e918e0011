//! Symbols: a name in a block, what the block does with it, and what it turns
//! out to be.

use std::sync::OnceLock;

use vitrine_syntax::index::Index;
use vitrine_syntax::tree::NameId;

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
    /// The symbol of an identifier that is not mangled.
    #[inline]
    pub fn of(name: NameId) -> Self {
        Self(name.index() as u32)
    }

    /// Dense from 0 within a segment: the index for side tables.
    #[inline]
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
#[derive(Clone, Debug, Default)]
pub(crate) struct SymbolMap {
    items: Vec<Symbol>,
    /// Where each name stands; only where a scan would be slow, and a name was looked for.
    index: OnceLock<Box<Index>>,
}

impl PartialEq for SymbolMap {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items
    }
}

impl Eq for SymbolMap {}

fn hash(name: Sym) -> u32 {
    let mixed = name.0.wrapping_mul(0x9E37_79B9);
    mixed ^ mixed >> 16
}

impl SymbolMap {
    const SCAN: usize = 12;

    #[inline]
    pub(crate) fn position(&self, name: Sym) -> Option<usize> {
        if self.items.len() > Self::SCAN {
            return self.find(name);
        }
        self.items.iter().position(|symbol| symbol.name == name)
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
        match self.position(name) {
            Some(at) => &mut self.items[at],
            None => self.push(name),
        }
    }

    /// The symbol that stands there.
    #[inline]
    pub(crate) fn at(&mut self, at: u32) -> &mut Symbol {
        &mut self.items[at as usize]
    }

    /// Adds a name that is not there.
    #[inline]
    pub(crate) fn push(&mut self, name: Sym) -> &mut Symbol {
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
        if let Some(index) = self.index.get_mut() {
            index.push(hash(name));
        }
        &mut self.items[at]
    }

    #[inline(never)]
    fn find(&self, name: Sym) -> Option<usize> {
        let index = self.index.get_or_init(|| {
            let mut index = Index::default();
            for symbol in &self.items {
                index.push(hash(symbol.name));
            }
            Box::new(index)
        });
        let found = index.find(hash(name), |at| self.items[at].name == name);
        found.map(|at| at as usize)
    }

    /// Takes out the symbols that are not wanted.
    pub(crate) fn retain(&mut self, wanted: impl Fn(Sym) -> bool) {
        self.items.retain(|symbol| wanted(symbol.name));
        self.index.take();
    }

    pub(crate) fn items(&self) -> &[Symbol] {
        &self.items
    }

    pub(crate) fn items_mut(&mut self) -> &mut [Symbol] {
        &mut self.items
    }
}
