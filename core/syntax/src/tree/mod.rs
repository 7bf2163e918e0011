//! The tree of one segment: typed arenas indexed by 4-byte ids.
//!
//! There is no `Box` per node and no pointer out of the segment. `tree[id]` is
//! the node, `tree.range(id)` its text, `tree.list(list)` the ids in a list,
//! `tree.name(id)` an identifier. Children are made before their parents, so an
//! id is greater than those of its children. Side tables are vectors over
//! `Id::index`.

mod arena;
mod names;
mod node;
mod ranges;

use std::ops::Index;

pub use arena::{Id, List};
pub use node::*;
pub use ranges::misplaced;

use crate::position::TextRange;
use arena::Arena;
use names::Names;

/// The nodes of one segment.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    exprs: Arena<Expr>,
    stmts: Arena<Stmt>,
    patterns: Arena<Pattern>,
    functions: Arena<FunctionDef>,
    classes: Arena<ClassDef>,
    fors: Arena<For>,
    tries: Arena<Try>,
    handlers: Arena<ExceptHandler>,
    comprehensions: Arena<Comprehension>,
    arguments: Arena<Arguments>,
    args: Arena<Arg>,
    keywords: Arena<Keyword>,
    aliases: Arena<Alias>,
    with_items: Arena<WithItem>,
    match_cases: Arena<MatchCase>,
    type_params: Arena<TypeParam>,
    constants: Vec<Constant>,
    names: Names,
    /// Each list: its length, then the raw ids. Index 0 is a placeholder, so
    /// that 0 can mean the empty list.
    pool: Vec<u32>,
    /// The statements of the segment, in order.
    body: List<Stmt>,
}

/// A node type that has an arena in the tree.
pub trait Node: Sized {
    #[doc(hidden)]
    fn arena(tree: &Tree) -> (&[Self], &[TextRange]);
    #[doc(hidden)]
    fn add(self, tree: &mut Tree, range: TextRange) -> Id<Self>;
    #[doc(hidden)]
    fn get_mut(tree: &mut Tree, id: Id<Self>) -> (&mut Self, &mut TextRange);
}

macro_rules! nodes {
    ($($node:ident in $arena:ident),* $(,)?) => {$(
        impl Node for $node {
            fn arena(tree: &Tree) -> (&[Self], &[TextRange]) {
                (&tree.$arena.nodes, &tree.$arena.ranges)
            }
            fn add(self, tree: &mut Tree, range: TextRange) -> Id<Self> {
                tree.$arena.push(self, range)
            }
            fn get_mut(tree: &mut Tree, id: Id<Self>) -> (&mut Self, &mut TextRange) {
                (&mut tree.$arena.nodes[id.index()], &mut tree.$arena.ranges[id.index()])
            }
        }
    )*};
}

nodes! {
    Expr in exprs, Stmt in stmts, Pattern in patterns, FunctionDef in functions, ClassDef in classes,
    For in fors, Try in tries, ExceptHandler in handlers, Comprehension in comprehensions,
    Arguments in arguments, Arg in args, Keyword in keywords, Alias in aliases, WithItem in with_items,
    MatchCase in match_cases, TypeParam in type_params,
}

impl<T: Node> Index<Id<T>> for Tree {
    type Output = T;
    #[inline]
    fn index(&self, id: Id<T>) -> &T {
        &T::arena(self).0[id.index()]
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
        T::arena(self).1[id.index()]
    }

    /// How many nodes of a type there are: the length of a side table.
    pub fn count<T: Node>(&self) -> usize {
        T::arena(self).0.len()
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
    pub fn constant(&self, id: Id<Constant>) -> &Constant {
        &self.constants[id.index()]
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
    /// An empty tree with room for what so many tokens usually become.
    pub(crate) fn for_tokens(count: usize) -> Self {
        let mut tree = Self::default();
        tree.exprs.reserve(count * 2 / 5 + 2);
        tree.stmts.reserve(count / 12 + 1);
        tree.pool.reserve_exact(count / 3 + 4);
        tree.constants.reserve_exact(count / 16 + 1);
        tree.names.reserve(count / 8 + 2);
        tree
    }

    pub(crate) fn set_body(&mut self, body: List<Stmt>) {
        self.body = body;
    }

    pub(crate) fn add<T: Node>(&mut self, node: T, range: TextRange) -> Id<T> {
        node.add(self, range)
    }

    pub(crate) fn node_mut<T: Node>(&mut self, id: Id<T>) -> &mut T {
        T::get_mut(self, id).0
    }

    pub(crate) fn add_constant(&mut self, constant: Constant) -> Id<Constant> {
        let id = Id::from_index(self.constants.len());
        self.constants.push(constant);
        id
    }

    /// Interns an identifier, already NFKC-normalized.
    pub(crate) fn intern(&mut self, text: &str) -> NameId {
        self.names.intern(text)
    }

    /// A list of ids given as they are stored; 0 is an absent item.
    pub(crate) fn add_raw_list<T>(&mut self, raw: &[u32]) -> List<T> {
        self.add_raw(raw.iter().copied())
    }

    /// Operators given as their numbers.
    pub(crate) fn add_raw_cmp_ops(&mut self, raw: &[u32]) -> CmpOps {
        CmpOps(self.add_raw(raw.iter().copied()))
    }

    fn add_raw<T>(&mut self, raw: impl ExactSizeIterator<Item = u32>) -> List<T> {
        if raw.len() == 0 {
            return List::default();
        }
        if self.pool.is_empty() {
            self.pool.push(0);
        }
        let start =
            u32::try_from(self.pool.len()).expect("a segment has fewer than 2^32 list items");
        self.pool.push(raw.len() as u32);
        self.pool.extend(raw);
        List::at(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_small() {
        assert!(size_of::<Expr>() <= 20, "{}", size_of::<Expr>());
        assert!(size_of::<Stmt>() <= 20, "{}", size_of::<Stmt>());
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
