//! The tree of one segment: typed arenas indexed by 4-byte ids.
//!
//! There is no `Box` per node and no pointer out of the segment. `tree[id]` is
//! the node, `tree.range(id)` its text, `tree.list(list)` the ids in a list,
//! `tree.name(id)` an identifier. Children are made before their parents, so an
//! id is greater than those of its children. Side tables are vectors over
//! `Id::index`.

mod arena;
mod constants;
mod names;
mod node;
mod ranges;

use std::ops::Index;

pub use arena::{Id, List};
pub use node::*;
pub use ranges::misplaced;

use crate::position::TextRange;
use arena::Arena;
use constants::Constants;
pub(crate) use names::Key;
use names::Names;

/// The nodes of one segment.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    exprs: Arena<Expr>,
    stmts: Arena<Stmt>,
    functions: Arena<FunctionDef>,
    arguments: Arena<Arguments>,
    args: Arena<Arg>,
    keywords: Arena<Keyword>,
    aliases: Arena<Alias>,
    /// Absent where there are none: most segments are a line or two.
    rare: Option<Box<RareNodes>>,
    constants: Constants,
    names: Names,
    /// Each list: its length, then the raw ids. Index 0 is a placeholder, so
    /// that 0 can mean the empty list.
    pool: Vec<u32>,
    /// The statements of the segment, in order.
    body: List<Stmt>,
}

/// The nodes that few segments have.
#[derive(Clone, Debug, Default)]
struct RareNodes {
    classes: Arena<ClassDef>,
    fors: Arena<For>,
    tries: Arena<Try>,
    handlers: Arena<ExceptHandler>,
    comprehensions: Arena<Comprehension>,
    with_items: Arena<WithItem>,
    patterns: Arena<Pattern>,
    match_cases: Arena<MatchCase>,
    type_params: Arena<TypeParam>,
    /// The imports that 3.15 puts off, in the order of their ids.
    lazy_imports: Vec<StmtId>,
}

/// A node type that has an arena in the tree.
pub trait Node: Copy {
    #[doc(hidden)]
    fn arena(tree: &Tree) -> &[(Self, TextRange)];
    #[doc(hidden)]
    fn add(self, tree: &mut Tree, range: TextRange) -> Id<Self>;
    #[doc(hidden)]
    fn get_mut(tree: &mut Tree, id: Id<Self>) -> &mut Self;
}

macro_rules! nodes {
    ($($node:ident in $arena:ident),*; rare: $($rare:ident in $rare_arena:ident),*) => {
        $(
            impl Node for $node {
                #[inline]
                fn arena(tree: &Tree) -> &[(Self, TextRange)] {
                    &tree.$arena.0
                }
                #[inline]
                fn add(self, tree: &mut Tree, range: TextRange) -> Id<Self> {
                    tree.$arena.push(self, range)
                }
                #[inline]
                fn get_mut(tree: &mut Tree, id: Id<Self>) -> &mut Self {
                    &mut tree.$arena.0[id.index()].0
                }
            }
        )*
        $(
            impl Node for $rare {
                #[inline]
                fn arena(tree: &Tree) -> &[(Self, TextRange)] {
                    match &tree.rare {
                        Some(rare) => &rare.$rare_arena.0,
                        None => &[],
                    }
                }
                fn add(self, tree: &mut Tree, range: TextRange) -> Id<Self> {
                    tree.rare.get_or_insert_default().$rare_arena.push(self, range)
                }
                fn get_mut(tree: &mut Tree, id: Id<Self>) -> &mut Self {
                    &mut tree.rare.get_or_insert_default().$rare_arena.0[id.index()].0
                }
            }
        )*

        impl Tree {
            /// Forgets all nodes, and keeps the memory for those to come.
            pub(crate) fn clear(&mut self) {
                $(self.$arena.0.clear();)*
                if let Some(rare) = &mut self.rare {
                    $(rare.$rare_arena.0.clear();)*
                    rare.lazy_imports.clear();
                }
                self.constants.clear();
                self.names.clear();
                self.pool.clear();
                self.body = List::default();
            }

            /// A copy that takes no more memory than it needs.
            pub(crate) fn exact(&self) -> Self {
                let rare = self.rare.as_deref();
                let has_rare = rare.is_some_and(|rare| !rare.lazy_imports.is_empty())
                    $(|| rare.is_some_and(|rare| !rare.$rare_arena.0.is_empty()))*;
                Self {
                    $($arena: self.$arena.clone(),)*
                    rare: { self.rare.as_ref() }.filter(|_| has_rare).cloned(),
                    constants: self.constants.clone(),
                    names: self.names.clone(),
                    pool: self.pool.clone(),
                    body: self.body,
                }
            }
        }
    };
}

nodes! {
    Expr in exprs, Stmt in stmts, FunctionDef in functions, Arguments in arguments, Arg in args,
    Keyword in keywords, Alias in aliases;
    rare:
    ClassDef in classes, For in fors, Try in tries, ExceptHandler in handlers,
    Comprehension in comprehensions, WithItem in with_items, Pattern in patterns,
    MatchCase in match_cases, TypeParam in type_params
}

impl<T: Node> Index<Id<T>> for Tree {
    type Output = T;
    #[inline]
    fn index(&self, id: Id<T>) -> &T {
        &T::arena(self)[id.index()].0
    }
}

impl Tree {
    /// The statements of the segment, in order.
    pub fn body(&self) -> List<Stmt> {
        self.body
    }

    /// Where a node's text is.
    #[inline]
    pub fn range<T: Node>(&self, id: Id<T>) -> TextRange {
        T::arena(self)[id.index()].1
    }

    /// How many nodes of a type there are: the length of a side table.
    pub fn count<T: Node>(&self) -> usize {
        T::arena(self).len()
    }

    /// The ids of all nodes of a type, children before parents.
    pub fn ids<T: Node>(&self) -> impl Iterator<Item = Id<T>> + use<T> {
        (0..self.count::<T>()).map(Id::from_index)
    }

    /// The ids in a list.
    pub fn list<T>(
        &self,
        list: List<T>,
    ) -> impl DoubleEndedIterator<Item = Id<T>> + ExactSizeIterator + Clone + '_ {
        self.raw(list)
            .iter()
            .map(|&raw| Id::from_raw(raw).expect("only an OptList has absent items"))
    }

    /// The ids in a list whose items may be absent.
    pub fn opt_list<T>(
        &self,
        list: OptList<T>,
    ) -> impl DoubleEndedIterator<Item = Option<Id<T>>> + ExactSizeIterator + Clone + '_ {
        self.raw(list.0).iter().map(|&raw| Id::from_raw(raw))
    }

    /// The operators of a comparison.
    pub fn cmp_ops(
        &self,
        ops: CmpOps,
    ) -> impl DoubleEndedIterator<Item = CmpOp> + ExactSizeIterator + Clone + '_ {
        self.raw(ops.0).iter().map(|&raw| CmpOp::ALL[raw as usize])
    }

    /// The length of a list.
    pub fn len<T>(&self, list: List<T>) -> usize {
        self.raw(list).len()
    }

    /// One item of a list.
    ///
    /// # Panics
    /// If the list has no such item.
    pub fn item<T>(&self, list: List<T>, index: usize) -> Id<T> {
        Id::from_raw(self.raw(list)[index]).expect("only an OptList has absent items")
    }

    /// An identifier's text.
    #[inline]
    pub fn name(&self, id: NameId) -> &str {
        self.names.get(id)
    }

    /// How many identifiers are interned: the length of a side table.
    pub fn name_count(&self) -> usize {
        self.names.len()
    }

    /// The text of the identifier at a position below `name_count`, for side tables.
    pub fn name_at(&self, index: usize) -> &str {
        self.names.at(index)
    }

    /// The id of an identifier that the tree has, if it has it.
    pub fn find_name(&self, text: &str) -> Option<NameId> {
        self.names.find(text)
    }

    /// A literal's value.
    pub fn constant(&self, id: ConstantId) -> Constant<'_> {
        self.constants.get(id)
    }

    /// Whether an import is a lazy one, of 3.15.
    pub fn is_lazy(&self, import: StmtId) -> bool {
        let rare = self.rare.as_deref();
        rare.is_some_and(|rare| rare.lazy_imports.binary_search(&import).is_ok())
    }

    fn raw<T>(&self, list: List<T>) -> &[u32] {
        if list.is_empty() {
            return &[];
        }
        let start = list.start as usize;
        let len = self.pool[start] as usize;
        &self.pool[start + 1..start + 1 + len]
    }
}

/// Building, for the parser.
impl Tree {
    /// Makes room for what so many tokens usually become.
    pub(crate) fn reserve(&mut self, tokens: usize) {
        self.exprs.0.reserve(tokens * 2 / 5 + 2);
        self.stmts.0.reserve(tokens / 12 + 1);
        self.pool.reserve(tokens / 3 + 4);
        self.constants.reserve(tokens / 16 + 1);
        self.names.reserve(tokens / 20 + 2);
    }

    pub(crate) fn set_body(&mut self, body: List<Stmt>) {
        self.body = body;
    }

    #[inline]
    pub(crate) fn add<T: Node>(&mut self, node: T, range: TextRange) -> Id<T> {
        node.add(self, range)
    }

    /// Makes the statement that was added last a lazy import.
    pub(crate) fn make_lazy(&mut self, import: StmtId) {
        self.rare.get_or_insert_default().lazy_imports.push(import);
    }

    pub(crate) fn node_mut<T: Node>(&mut self, id: Id<T>) -> &mut T {
        T::get_mut(self, id)
    }

    pub(crate) fn add_constant(&mut self, constant: Constant<'_>) -> ConstantId {
        self.constants.add(constant)
    }

    /// Adds text that is to be part of a string: where the tree keeps it.
    pub(crate) fn add_text(&mut self, text: &[u8]) -> TextRange {
        self.constants.add_text(text)
    }

    /// Two such texts as one.
    pub(crate) fn join_text(&mut self, first: TextRange, second: TextRange) -> TextRange {
        self.constants.join(first, second)
    }

    /// A string of such a text.
    pub(crate) fn add_string(&mut self, text: TextRange, is_bytes: bool) -> ConstantId {
        self.constants.add_string(text, is_bytes)
    }

    /// Interns an identifier that has such a key.
    #[inline]
    pub(crate) fn intern_key<'t>(&mut self, key: Key, text: impl Fn() -> &'t str) -> NameId {
        self.names.intern_key(key, text)
    }

    /// Interns an identifier, already NFKC-normalized.
    pub(crate) fn intern(&mut self, text: &str) -> NameId {
        self.names.intern(text)
    }

    /// A list of ids given as they are stored; 0 is an absent item.
    pub(crate) fn add_raw_list<T>(&mut self, raw: &[u32]) -> List<T> {
        self.add_raw(raw)
    }

    /// Operators given as their numbers.
    pub(crate) fn add_raw_cmp_ops(&mut self, raw: &[u32]) -> CmpOps {
        CmpOps(self.add_raw(raw))
    }

    fn add_raw<T>(&mut self, raw: &[u32]) -> List<T> {
        if raw.is_empty() {
            return List::default();
        }
        if self.pool.is_empty() {
            self.pool.push(0);
        }
        let start =
            u32::try_from(self.pool.len()).expect("a segment has fewer than 2^32 list items");
        match *raw {
            // Most are that short, and copying memory is for more.
            [only] => self.pool.extend([1, only]),
            [first, second] => self.pool.extend([2, first, second]),
            _ => {
                self.pool.push(raw.len() as u32);
                self.pool.extend_from_slice(raw);
            }
        }
        List::at(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_small() {
        assert_eq!(size_of::<Expr>(), 16);
        assert_eq!(size_of::<Stmt>(), 16);
        assert_eq!(size_of::<Option<ExprId>>(), 4);
    }

    #[test]
    fn lists_keep_their_items() {
        let mut tree = Tree::default();
        let pass = tree.add(Stmt::Pass, TextRange::new(0, 4));
        let list = tree.add_raw_list::<Stmt>(&[pass.raw(), pass.raw()]);
        assert_eq!(tree.list(list).collect::<Vec<_>>(), [pass, pass]);
        assert_eq!(tree.len(List::<Stmt>::default()), 0);
        let ops = tree.add_raw_cmp_ops(&[CmpOp::Is as u32, CmpOp::NotIn as u32]);
        assert_eq!(
            tree.cmp_ops(ops).collect::<Vec<_>>(),
            [CmpOp::Is, CmpOp::NotIn]
        );
        let optional: OptList<Stmt> = tree.add_raw_list(&[0, pass.raw()]).into();
        assert_eq!(
            tree.opt_list(optional).collect::<Vec<_>>(),
            [None, Some(pass)]
        );
    }
}
