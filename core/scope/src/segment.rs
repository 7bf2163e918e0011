//! The scopes of one segment: all its blocks, and the way from tree to block.

use std::borrow::Cow;

use vitrine_syntax::error::SyntaxError;
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{ClassDef, ExprId, FunctionDef, Id, NameId, StmtId, Tree, TypeParam};

use crate::analyze;
use crate::block::{Block, BlockId};
use crate::build::Builder;
use crate::future::{Future, FutureShare};
use crate::names::{Names, mangle};
use crate::symbol::{Scope, Sym, Symbol, flags};

/// Which nodes have which blocks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Keys {
    pub(crate) functions: Vec<Option<BlockId>>,
    pub(crate) annotations: Vec<Option<BlockId>>,
    pub(crate) classes: Vec<Option<BlockId>>,
    /// Lambdas and comprehensions; sorted when done, like all that follow.
    pub(crate) exprs: Vec<(ExprId, BlockId)>,
    pub(crate) function_type_params: Vec<(Id<FunctionDef>, BlockId)>,
    pub(crate) class_type_params: Vec<(Id<ClassDef>, BlockId)>,
    pub(crate) alias_type_params: Vec<(StmtId, BlockId)>,
    pub(crate) aliases: Vec<(StmtId, BlockId)>,
    pub(crate) bounds: Vec<(Id<TypeParam>, BlockId)>,
    pub(crate) defaults: Vec<(Id<TypeParam>, BlockId)>,
}

impl Keys {
    pub(crate) fn new(tree: &Tree) -> Self {
        Self {
            functions: vec![None; tree.count::<FunctionDef>()],
            annotations: vec![None; tree.count::<FunctionDef>()],
            classes: vec![None; tree.count::<ClassDef>()],
            ..Self::default()
        }
    }

    fn sort(&mut self) {
        self.exprs.sort_unstable();
        self.function_type_params.sort_unstable();
        self.class_type_params.sort_unstable();
        self.alias_type_params.sort_unstable();
        self.aliases.sort_unstable();
        self.bounds.sort_unstable();
        self.defaults.sort_unstable();
    }
}

fn find<T: Ord + Copy>(sorted: &[(T, BlockId)], key: T) -> Option<BlockId> {
    sorted
        .binary_search_by_key(&key, |&(key, _)| key)
        .ok()
        .map(|at| sorted[at].1)
}

/// What only the whole module can judge; `errors_before` of the segment's own
/// errors come before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ModuleEvent {
    /// A name of a `global` or `nonlocal` statement at module level.
    Declaration {
        name: Sym,
        flag: u16,
        flags_before: u16,
        range: TextRange,
        errors_before: usize,
    },
    /// `from __future__ import ...`, wherever it stands.
    FutureImport {
        top_level: bool,
        range: TextRange,
        errors_before: usize,
    },
}

/// The symbol tables of one segment.
///
/// Every block but [`BlockId::ROOT`] and its annotation block is final. Those
/// two hold this segment's share of the module's; ask [`crate::ModuleScopes`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SegmentScopes {
    pub(crate) blocks: Vec<Block>,
    pub(crate) names: Names,
    pub(crate) keys: Keys,
    pub(crate) mangled_sets: Vec<Vec<NameId>>,
    pub(crate) events: Vec<ModuleEvent>,
    pub(crate) future: FutureShare,
    pub(crate) shares: [Option<Share>; 2],
    /// Errors of the first pass, in the order in which CPython finds them.
    pub errors: Vec<SyntaxError>,
    /// Errors of the second pass, which CPython begins when the first found none in the whole file.
    pub analysis_errors: Vec<SyntaxError>,
}

/// What a segment gives to the module block, or to that block's annotations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Share {
    pub(crate) block: BlockId,
    /// How many of the block's symbols the first pass put there.
    pub(crate) first_pass: usize,
    /// Comprehensions right below that are inlined, in order.
    pub(crate) inlined: Vec<BlockId>,
}

impl SegmentScopes {
    /// Runs both passes over a segment. `future` is of the whole file.
    pub fn build(tree: &Tree, future: Future) -> Self {
        let mut builder = Builder::new(tree, future);
        builder.module();
        let Builder {
            names,
            mut blocks,
            mut keys,
            errors,
            events,
            mangled_sets,
            ..
        } = builder;
        keys.sort();
        let share = |block: BlockId, blocks: &[Block]| Share {
            block,
            first_pass: blocks[block.index()].symbols().len(),
            inlined: blocks[block.index()]
                .children
                .iter()
                .copied()
                .filter(|&child| {
                    analyze::is_inlined(&blocks[block.index()], &blocks[child.index()])
                })
                .collect(),
        };
        let root = share(BlockId::ROOT, &blocks);
        let annotations = match blocks[0].annotation_block {
            Some(block) if !future.annotations() => Some(share(block, &blocks)),
            _ => None,
        };
        let analysis_errors = analyze::analyze(tree, &names, &mut blocks);
        Self {
            blocks,
            names,
            keys,
            mangled_sets,
            events,
            future: FutureShare::of(tree),
            shares: [Some(root), annotations],
            errors,
            analysis_errors,
        }
    }

    /// The features that this segment's leading `__future__` imports turn on;
    /// they count if nothing but such segments and a docstring comes before.
    pub fn future_of(tree: &Tree) -> Future {
        FutureShare::of(tree).leading
    }

    /// Whether the segment has neither errors of its own nor anything that
    /// could be one in its file.
    pub(crate) fn is_silent(&self) -> bool {
        self.errors.is_empty()
            && self.analysis_errors.is_empty()
            && self.events.is_empty()
            && self.future.errors.is_empty()
            && self[BlockId::ROOT].directives.is_empty()
    }

    /// Whether a `global` or `nonlocal` statement stands at module level.
    pub(crate) fn declares_for_module(&self) -> bool {
        let is_declaration = |event: &ModuleEvent| matches!(event, ModuleEvent::Declaration { .. });
        self.events.iter().any(is_declaration) || !self[BlockId::ROOT].directives.is_empty()
    }

    /// All blocks of the segment; a block comes after the one around it.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = (BlockId, &Block)> {
        self.blocks
            .iter()
            .enumerate()
            .map(|(at, block)| (BlockId(at as u32), block))
    }

    /// The block of a function's body.
    pub fn function(&self, id: Id<FunctionDef>) -> Option<BlockId> {
        self.keys.functions[id.index()]
    }

    /// The block of a function's annotations; there is one even without any, but for
    /// targets that evaluate them where they stand.
    pub fn function_annotations(&self, id: Id<FunctionDef>) -> Option<BlockId> {
        self.keys.annotations[id.index()]
    }

    /// The block of a class body.
    pub fn class(&self, id: Id<ClassDef>) -> Option<BlockId> {
        self.keys.classes[id.index()]
    }

    /// The block of a lambda.
    pub fn lambda(&self, id: ExprId) -> Option<BlockId> {
        find(&self.keys.exprs, id)
    }

    /// The block of a comprehension or generator expression.
    pub fn comprehension(&self, id: ExprId) -> Option<BlockId> {
        find(&self.keys.exprs, id)
    }

    /// The block of a generic function's type parameters.
    pub fn function_type_params(&self, id: Id<FunctionDef>) -> Option<BlockId> {
        find(&self.keys.function_type_params, id)
    }

    /// The block of a generic class's type parameters.
    pub fn class_type_params(&self, id: Id<ClassDef>) -> Option<BlockId> {
        find(&self.keys.class_type_params, id)
    }

    /// The block of a generic alias's type parameters.
    pub fn alias_type_params(&self, id: StmtId) -> Option<BlockId> {
        find(&self.keys.alias_type_params, id)
    }

    /// The block of a `type` statement's value.
    pub fn alias(&self, id: StmtId) -> Option<BlockId> {
        find(&self.keys.aliases, id)
    }

    /// The block of a type variable's bound or constraints.
    pub fn type_param_bound(&self, id: Id<TypeParam>) -> Option<BlockId> {
        find(&self.keys.bounds, id)
    }

    /// The block of a type parameter's default.
    pub fn type_param_default(&self, id: Id<TypeParam>) -> Option<BlockId> {
        find(&self.keys.defaults, id)
    }

    /// A symbol's text, mangled.
    pub fn text<'a>(&'a self, tree: &'a Tree, sym: Sym) -> &'a str {
        self.names.text(tree, sym)
    }

    /// The symbol with a text, if the segment has it.
    pub fn find(&self, tree: &Tree, text: &str) -> Option<Sym> {
        self.names.find(tree, text)
    }

    /// How many symbols there are: the length of a side table.
    pub fn sym_count(&self) -> usize {
        self.names.count()
    }

    /// An identifier as a block names it: class-private names are mangled.
    pub fn mangle<'a>(&self, tree: &'a Tree, block: BlockId, name: &'a str) -> Cow<'a, str> {
        let block = &self[block];
        if let Some(set) = block.mangled_names
            && !self.mangled_sets[set as usize]
                .iter()
                .any(|&id| tree.name(id) == name)
        {
            return Cow::Borrowed(name);
        }
        mangle(block.private.map(|private| tree.name(private)), name)
    }

    /// The symbol an identifier has in a block, if a symbol of that name exists.
    pub fn sym(&self, tree: &Tree, block: BlockId, name: NameId) -> Option<Sym> {
        match self.mangle(tree, block, tree.name(name)) {
            Cow::Borrowed(_) => Some(Sym::of(name)),
            Cow::Owned(mangled) => self.find(tree, &mangled),
        }
    }

    /// What a block does with an identifier.
    pub fn lookup(&self, tree: &Tree, block: BlockId, name: NameId) -> Option<Symbol> {
        self[block].get(self.sym(tree, block, name)?)
    }

    /// The names of a block's cells, in the order of the code object's.
    pub fn cellvars(&self, tree: &Tree, block: BlockId) -> Vec<Sym> {
        self.by_type(tree, block, Scope::Cell, flags::DEF_COMP_CELL)
    }

    /// The names of a block's free variables, in the order of the code object's.
    pub fn freevars(&self, tree: &Tree, block: BlockId) -> Vec<Sym> {
        self.by_type(tree, block, Scope::Free, flags::DEF_FREE_CLASS)
    }

    fn by_type(&self, tree: &Tree, block: BlockId, scope: Scope, flag: u16) -> Vec<Sym> {
        let wanted = |symbol: &&Symbol| symbol.scope == Some(scope) || symbol.flags & flag != 0;
        let mut names: Vec<Sym> = self[block]
            .symbols()
            .iter()
            .filter(wanted)
            .map(|symbol| symbol.name)
            .collect();
        names.sort_unstable_by_key(|&sym| self.text(tree, sym));
        names
    }
}

impl std::ops::Index<BlockId> for SegmentScopes {
    type Output = Block;

    fn index(&self, id: BlockId) -> &Block {
        &self.blocks[id.index()]
    }
}
