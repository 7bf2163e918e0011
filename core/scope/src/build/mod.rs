//! The first pass: collects who does what with which name, block by block, in
//! the order in which CPython visits the tree, and finds the errors that need
//! no more than that.
//!
//! Depth is bounded: `elif`s are walked in a loop, and all else counts its depth.

mod comprehension;
mod expr;
mod stmt;
mod types;

use std::borrow::Cow;

use vitrine_syntax::error::SyntaxError;
use vitrine_syntax::position::TextRange;
use vitrine_syntax::stack;
use vitrine_syntax::tree::{
    self, Arguments, ClassDef, ExprContext, ExprId, FunctionDef, NameId, Stmt, StmtId, Tree,
};

use crate::block::{Block, BlockId, BlockKind, Comprehension};
use crate::future::Future;
use crate::names::{Names, mangle};
use crate::segment::{Keys, ModuleEvent};
use crate::symbol::{Sym, Symbol, SymbolMap, flags};
pub(crate) use stmt::declaration_conflict;

/// More than the parser lets through; a tree made otherwise is cut off here.
const MAX_DEPTH: u32 = 60_000;

/// The newest block that has a symbol.
#[derive(Clone, Copy, Default)]
struct Newest {
    /// How many blocks there are up to it, itself included; 0 if none has the symbol.
    blocks: u32,
    /// Where the symbol stands there.
    at: u32,
}

/// What the first pass makes.
pub(crate) struct Builder<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) future: Future,
    pub(crate) names: Names,
    pub(crate) blocks: Vec<Block>,
    pub(crate) keys: Keys,
    pub(crate) errors: Vec<SyntaxError>,
    /// What only the whole module can judge.
    pub(crate) events: Vec<ModuleEvent>,
    pub(crate) mangled_sets: Vec<Vec<NameId>>,
    stack: Vec<BlockId>,
    cur: BlockId,
    private: Option<NameId>,
    depth: u32,
    /// Of each symbol of the tree, the newest block that has it, and where it stands there.
    newest: Vec<Newest>,
    /// `.format`, once there is an annotation.
    format: Option<Sym>,
    /// `__annotate__`, once there is a function.
    annotate: Option<Sym>,
    /// `__classdict__`, once there is an annotation in a class.
    classdict: Option<Sym>,
    /// Of each name of the tree, whether classes mangle it; only where there are classes.
    private_names: Vec<bool>,
    /// Two names that mean more than others, where mentioned.
    debug: Option<NameId>,
    super_: Option<NameId>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(tree: &'a Tree, future: Future) -> Self {
        let names = Names::new(tree);
        let top = names.top();
        // A function has two; those of lambdas have arguments too, comprehensions clauses.
        let blocks = 1
            + tree.count::<FunctionDef>()
            + tree.count::<Arguments>()
            + tree.count::<ClassDef>()
            + tree.count::<tree::Comprehension>();
        let mut builder = Self {
            tree,
            future,
            names,
            blocks: Vec::with_capacity(blocks),
            keys: Keys::new(tree),
            errors: Vec::new(),
            events: Vec::new(),
            mangled_sets: Vec::new(),
            stack: Vec::new(),
            cur: BlockId::ROOT,
            private: None,
            depth: 0,
            newest: vec![Newest::default(); tree.name_count()],
            format: None,
            annotate: None,
            classdict: None,
            private_names: Vec::new(),
            debug: tree.find_name("__debug__"),
            super_: tree.find_name("super"),
        };
        let root = builder.new_block(top, BlockKind::Module, TextRange::default());
        builder.stack.push(root);
        builder
    }

    pub(crate) fn module(&mut self) {
        self.stmts(self.tree.body());
    }

    fn cur(&self) -> &Block {
        &self.blocks[self.cur.index()]
    }

    fn cur_mut(&mut self) -> &mut Block {
        &mut self.blocks[self.cur.index()]
    }

    fn error(&mut self, message: impl Into<Cow<'static, str>>, range: TextRange) {
        self.errors.push(SyntaxError::new(message, range));
    }

    /// Visits one level deeper, unless that is too deep.
    #[inline]
    fn deeper(&mut self, range: TextRange, visit: impl FnOnce(&mut Self)) {
        if self.depth == MAX_DEPTH {
            return self.too_deep(range);
        }
        self.depth += 1;
        stack::deeper_at(self.depth, || visit(self));
        self.depth -= 1;
    }

    #[cold]
    fn too_deep(&mut self, range: TextRange) {
        self.error("maximum recursion depth exceeded during compilation", range);
    }

    /// Makes a block without entering it (`ste_new`).
    #[inline(never)]
    fn new_block(&mut self, name: Sym, kind: BlockKind, range: TextRange) -> BlockId {
        let id = BlockId(self.blocks.len() as u32);
        let outer = self.blocks.get(self.cur.index());
        let nested = outer.is_some_and(|outer| outer.nested || outer.kind.is_function_like());
        let method = kind == BlockKind::Function
            && outer.is_some_and(|outer| outer.kind == BlockKind::Class);
        self.blocks.push(Block {
            kind,
            name,
            parent: self.cur,
            children: Vec::new(),
            range,
            comprehension: Comprehension::None,
            nested,
            generator: false,
            coroutine: false,
            varargs: false,
            varkeywords: false,
            returns_value: false,
            needs_class_closure: false,
            needs_classdict: false,
            comp_inlined: false,
            can_see_class_scope: false,
            has_conditional_annotations: false,
            annotations_used: false,
            has_docstring: false,
            method,
            annotation_block: None,
            parameters: 0,
            private: self.private,
            mangled_names: None,
            directives: Vec::new(),
            symbols: SymbolMap::default(),
            in_conditional_block: false,
            in_unevaluated_annotation: false,
            comp_iter_target: false,
            comp_iter_expr: 0,
            scope_info: "",
        });
        id
    }

    /// Makes a block current and a child of the one that was
    /// (`symtable_enter_existing_block`, for a block entered the first time).
    fn enter_new(&mut self, id: BlockId) {
        let outer = self.cur();
        let (comp_iter_expr, mangled_names) = (outer.comp_iter_expr, outer.mangled_names);
        let kind = self.blocks[id.index()].kind;
        // Annotations that stay text have no effect on the tables around them.
        if !(self.future.annotations() && kind == BlockKind::Annotation) {
            self.cur_mut().children.push(id);
        }
        let block = &mut self.blocks[id.index()];
        block.comp_iter_expr = comp_iter_expr;
        if kind != BlockKind::Class {
            block.mangled_names = mangled_names;
        }
        self.stack.push(id);
        self.cur = id;
    }

    /// Makes a block current again that already is a child.
    fn enter_again(&mut self, id: BlockId) {
        self.blocks[id.index()].comp_iter_expr = self.cur().comp_iter_expr;
        self.stack.push(id);
        self.cur = id;
    }

    /// Makes and enters a block (`symtable_enter_block`).
    fn enter(&mut self, name: Sym, kind: BlockKind, range: TextRange) -> BlockId {
        let id = self.new_block(name, kind, range);
        self.enter_new(id);
        if !self.future.annotates_at_once
            && matches!(
                kind,
                BlockKind::Annotation | BlockKind::TypeVariable | BlockKind::TypeAlias
            )
        {
            let (names, tree) = (&mut self.names, self.tree);
            let format = *{ &mut self.format }.get_or_insert_with(|| names.intern(tree, ".format"));
            self.symbol(format, id).flags = flags::DEF_PARAM | flags::USE;
            self.cur_mut().parameters = 1;
        }
        id
    }

    fn exit(&mut self) {
        self.stack.pop();
        self.cur = *self.stack.last().expect("the root is never left");
    }

    /// The symbol an identifier has in the current block (`_Py_MaybeMangle`).
    #[inline(always)]
    fn sym(&mut self, name: NameId) -> Sym {
        match self.private {
            Some(private) if self.private_names[name.index()] => self.mangled(private, name),
            _ => Sym::of(name),
        }
    }

    /// Remembers which names classes mangle, before the first class.
    fn find_private_names(&mut self) {
        if self.private_names.is_empty() {
            let tree = self.tree;
            let private = |name: &str| name.starts_with("__") && !name.ends_with("__");
            let names = (0..tree.name_count()).map(|at| private(tree.name_at(at)));
            self.private_names = names.collect();
        }
    }

    #[inline(never)]
    fn mangled(&mut self, private: NameId, name: NameId) -> Sym {
        let text = self.tree.name(name);
        if let Some(set) = self.cur().mangled_names
            && !self.mangled_sets[set as usize].contains(&name)
        {
            return Sym::of(name);
        }
        let mangled = mangle(Some(self.tree.name(private)), text);
        self.names.intern(self.tree, &mangled)
    }

    /// `__annotate__`.
    fn annotate(&mut self) -> Sym {
        let (names, tree) = (&mut self.names, self.tree);
        let annotate = &mut self.annotate;
        *annotate.get_or_insert_with(|| names.intern(tree, "__annotate__"))
    }

    /// Uses `__classdict__` in the current block, which sees a class.
    fn use_classdict(&mut self) {
        let (names, tree) = (&mut self.names, self.tree);
        let classdict = &mut self.classdict;
        let name = *classdict.get_or_insert_with(|| names.intern(tree, "__classdict__"));
        self.symbol(name, self.cur).flags |= flags::USE;
    }

    /// The symbol of a name that the compiler makes up.
    fn made_up(&mut self, text: &str) -> Sym {
        self.names.intern(self.tree, text)
    }

    /// Adds bits to a made-up name in the current block.
    fn add_text(&mut self, text: &'static str, flag: u16, range: TextRange) {
        let sym = self.made_up(text);
        self.add_sym(sym, text, flag, self.cur, range);
    }

    /// Adds bits to a name in the current block (`symtable_add_def`).
    fn add(&mut self, name: NameId, flag: u16, range: TextRange) -> bool {
        let ctx = if flag == flags::USE {
            ExprContext::Load
        } else {
            ExprContext::Store
        };
        self.add_ctx(name, flag, range, ctx)
    }

    #[inline]
    fn bind(&mut self, name: NameId, range: TextRange) {
        if self.cur().comp_iter_target {
            self.add(name, flags::DEF_LOCAL, range);
        } else if self.check_name(name, range, ExprContext::Store) {
            // Neither use nor binding can be in conflict with anything.
            let sym = self.sym(name);
            self.symbol(sym, self.cur).flags |= flags::DEF_LOCAL;
        }
    }

    fn add_ctx(&mut self, name: NameId, flag: u16, range: TextRange, ctx: ExprContext) -> bool {
        const WRITE: u16 = flags::DEF_PARAM | flags::DEF_LOCAL | flags::DEF_IMPORT;
        if flag & WRITE != 0 && !self.check_name(name, range, ctx) {
            return false;
        }
        if flag & flags::DEF_TYPE_PARAM != 0
            && let Some(set) = self.cur().mangled_names
            && !self.mangled_sets[set as usize].contains(&name)
        {
            self.mangled_sets[set as usize].push(name);
        }
        self.add_to(name, flag, self.cur, range)
    }

    /// Adds bits to a name in any block, mangled as the current one mangles.
    fn add_to(&mut self, name: NameId, flag: u16, block: BlockId, range: TextRange) -> bool {
        let sym = self.sym(name);
        if flag == flags::USE && !self.blocks[block.index()].comp_iter_target {
            self.symbol(sym, block).flags |= flag;
            return true;
        }
        let tree = self.tree;
        self.add_sym(sym, tree.name(name), flag, block, range)
    }

    /// What a block does with a name, so far.
    #[inline]
    fn symbol(&mut self, sym: Sym, block: BlockId) -> &mut Symbol {
        let symbols = &mut self.blocks[block.index()].symbols;
        match self.newest.get_mut(sym.index()) {
            Some(newest) if newest.blocks == block.0 + 1 => symbols.at(newest.at),
            Some(newest) if newest.blocks <= block.0 => {
                newest.blocks = block.0 + 1;
                newest.at = symbols.items().len() as u32;
                symbols.push(sym)
            }
            _ => symbols.entry(sym),
        }
    }

    /// The work of `symtable_add_def_helper`.
    fn add_sym(
        &mut self,
        sym: Sym,
        written: &str,
        flag: u16,
        block: BlockId,
        range: TextRange,
    ) -> bool {
        let comp_iter_target = self.blocks[block.index()].comp_iter_target;
        let symbol = self.symbol(sym, block);
        if flag == flags::USE && !comp_iter_target {
            symbol.flags |= flag;
            return true;
        }
        let before = symbol.flags;
        let both = |bit| flag & before & bit != 0;
        let conflict = if both(flags::DEF_PARAM) {
            Some(format!(
                "duplicate argument '{written}' in function definition"
            ))
        } else if both(flags::DEF_TYPE_PARAM) {
            Some(format!("duplicate type parameter '{written}'"))
        } else if comp_iter_target
            && (before | flag) & (flags::DEF_GLOBAL | flags::DEF_NONLOCAL) != 0
        {
            Some(format!(
                "comprehension inner loop cannot rebind assignment expression target '{written}'"
            ))
        } else {
            None
        };
        if let Some(message) = conflict {
            self.error(message, range);
            return false;
        }
        symbol.flags |= flag;
        if comp_iter_target {
            symbol.flags |= flags::DEF_COMP_ITER;
        }
        if flag & flags::DEF_PARAM != 0 {
            self.blocks[block.index()].parameters += 1;
        } else if flag & flags::DEF_GLOBAL != 0 {
            self.blocks[BlockId::ROOT.index()].symbols.entry(sym).flags |= flag;
        }
        true
    }

    #[inline]
    fn check_name(&mut self, name: NameId, range: TextRange, ctx: ExprContext) -> bool {
        if ctx == ExprContext::Load || self.debug != Some(name) {
            return true;
        }
        self.no_debug(range, ctx)
    }

    fn no_debug(&mut self, range: TextRange, ctx: ExprContext) -> bool {
        let delete = ctx == ExprContext::Del;
        self.error(
            if delete {
                "cannot delete __debug__"
            } else {
                "cannot assign to __debug__"
            },
            range,
        );
        false
    }

    fn flags_in(&mut self, block: BlockId, name: NameId) -> u16 {
        let sym = self.sym(name);
        self.blocks[block.index()].symbols.flags(sym)
    }

    fn record_directive(&mut self, name: NameId, range: TextRange) {
        let sym = self.sym(name);
        self.cur_mut().directives.push((sym, range));
    }

    /// Whether the body's first statement is a docstring.
    fn has_docstring(&self, body: tree::List<Stmt>) -> bool {
        let first: Option<StmtId> = self.tree.list(body).next();
        let string = |value: ExprId| crate::future::is_string(self.tree, value);
        first.is_some_and(|id| matches!(self.tree[id], Stmt::Expr { value } if string(value)))
    }
}
