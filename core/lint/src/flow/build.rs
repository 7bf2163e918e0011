//! One walk over a segment: parents of expressions, graphs, variables with all
//! their occurrences, and the closures made.

use std::cell::RefCell;
use std::rc::Rc;

use vitrine_scope::{BlockId, BlockKind, Scope, SegmentScopes, Sym};
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{
    Arguments, Comprehension, Expr, ExprId, FunctionDef, Id, Keyword, NameId, StmtId, Tree,
};

use crate::facts::Function;
use crate::hash::FastMap;

use super::graph::{Branch, Frame, FrameId, Graph, LoopId, Node, NodeId};

/// What an expression is part of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Parent {
    /// An annotation, or code that is not reached.
    None,
    Expr(ExprId),
    Stmt(StmtId),
    /// The value of a keyword argument of a call.
    Keyword(ExprId, Id<Keyword>),
    /// The iterable of a comprehension.
    Iterable(ExprId, Id<Comprehension>),
    /// A target or condition of a comprehension.
    InGenerator(ExprId),
    Decorator(StmtId),
    /// The default of a parameter of a closure.
    Default(CreatedId),
    /// A class's base or keyword.
    Base(StmtId),
}

/// A variable of the segment: a name and the block that owns it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct VariableId(pub(crate) u32);

/// A closure of the segment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct CreatedId(pub(crate) u32);

/// What is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum What {
    Lambda(ExprId, Id<Arguments>),
    Generator(ExprId),
    Def(Id<FunctionDef>, StmtId),
}

/// A place where a closure is made.
#[derive(Clone, Debug)]
pub(crate) struct Created {
    pub(crate) what: What,
    pub(crate) block: BlockId,
    /// Where it is made.
    pub(crate) node: NodeId,
    /// Its own graph; a generator expression shares that of its surroundings.
    pub(crate) frame: Option<FrameId>,
    /// The name that a `def` binds.
    pub(crate) variable: Option<VariableId>,
    /// Variables of blocks around it that it reads, with one place each.
    pub(crate) captures: Vec<(VariableId, usize)>,
}

/// How a name occurs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OccurrenceKind {
    Load,
    Delete,
    Param,
    /// The target of `for`, also within a tuple.
    For,
    CompTarget,
    /// `name = value`, also by walrus and annotated assignment.
    Assign(ExprId),
    AugAssign(StmtId),
    /// Part of an unpacked target, `with ... as`, a pattern.
    Other,
    Def(CreatedId),
    Class(StmtId),
    Import,
    Except,
    /// The end of an `except ... as name` block, which unbinds the name.
    ExceptEnd,
}

impl OccurrenceKind {
    /// Whether the variable has another value, or none, after it.
    pub(crate) fn rebinds(self) -> bool {
        self != Self::Load
    }
}

/// One occurrence of a variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occurrence {
    pub(crate) variable: VariableId,
    pub(crate) expr: Option<ExprId>,
    pub(crate) block: BlockId,
    pub(crate) node: NodeId,
    pub(crate) kind: OccurrenceKind,
    pub(crate) range: TextRange,
    /// The closure through which it is reached from the owner's block, the outermost one.
    pub(crate) via: Option<CreatedId>,
}

#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) name: Sym,
    pub(crate) owner: BlockId,
    pub(crate) occurrences: Vec<usize>,
    /// The same by the node at which they count, sorted: for one in a closure,
    /// that where the closure is made.
    by_node: Vec<(NodeId, usize)>,
    /// Those that rebind it.
    bindings: Vec<usize>,
    /// Those in closures.
    within: Vec<usize>,
}

type Summaries = FastMap<(CreatedId, u32, bool), Option<Rc<Function>>>;

/// The flow facts of a segment.
pub(crate) struct Flow<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) scopes: &'a SegmentScopes,
    pub(crate) graph: Graph,
    pub(crate) parents: Vec<Parent>,
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) occurrences: Vec<Occurrence>,
    /// By expression: the occurrence of a name.
    pub(crate) occurrence_of: FastMap<ExprId, usize>,
    pub(crate) created: Vec<Created>,
    created_of_block: FastMap<BlockId, CreatedId>,
    pub(crate) created_of_expr: FastMap<ExprId, CreatedId>,
    pub(crate) created_of_stmt: FastMap<StmtId, CreatedId>,
    /// The variable that a class statement binds.
    pub(crate) class_variable: FastMap<StmtId, (VariableId, NodeId)>,
    /// The class statement of a class block.
    pub(crate) class_of_block: FastMap<BlockId, StmtId>,
    ids: FastMap<(BlockId, Sym), VariableId>,
    /// Summaries of closures, by depth of the look and whether it has the file's facts.
    pub(crate) summaries: RefCell<Summaries>,
    pub(super) at: At,
}

/// Where the walk is.
pub(super) struct At {
    pub(super) frame: FrameId,
    pub(super) block: BlockId,
    pub(super) innermost: Option<LoopId>,
    /// Nodes whose control comes to what is next.
    pub(super) ends: Vec<(NodeId, Branch)>,
    /// Of the enclosing loops in this frame: header, and who leaves by `break`.
    pub(super) loops: Vec<(NodeId, Vec<NodeId>)>,
    /// Of the enclosing `try` bodies: nodes that may raise.
    pub(super) tries: Vec<Vec<NodeId>>,
}

impl<'a> Flow<'a> {
    pub(crate) fn new(tree: &'a Tree, scopes: &'a SegmentScopes) -> Self {
        let mut flow = Self {
            tree,
            scopes,
            graph: Graph::default(),
            parents: vec![Parent::None; tree.count::<Expr>()],
            nodes: vec![NodeId(0); tree.count::<Expr>()],
            variables: Vec::new(),
            occurrences: Vec::new(),
            occurrence_of: FastMap::default(),
            created: Vec::new(),
            created_of_block: FastMap::default(),
            created_of_expr: FastMap::default(),
            created_of_stmt: FastMap::default(),
            class_variable: FastMap::default(),
            class_of_block: FastMap::default(),
            ids: FastMap::default(),
            summaries: RefCell::default(),
            at: At {
                frame: FrameId(0),
                block: BlockId::ROOT,
                innermost: None,
                ends: Vec::new(),
                loops: Vec::new(),
                tries: Vec::new(),
            },
        };
        flow.begin_frame();
        flow.stmts(tree.body());
        flow.end_frame();
        flow.captures();
        flow.index_occurrences();
        flow.graph.find_runs();
        flow
    }

    pub(crate) fn text(&self, variable: VariableId) -> &'a str {
        self.scopes
            .text(self.tree, self.variables[variable.0 as usize].name)
    }

    pub(crate) fn variable(&self, id: VariableId) -> &Variable {
        &self.variables[id.0 as usize]
    }

    pub(crate) fn created(&self, id: CreatedId) -> &Created {
        &self.created[id.0 as usize]
    }

    pub(crate) fn find(&self, block: BlockId, name: Sym) -> Option<VariableId> {
        self.ids.get(&(block, name)).copied()
    }

    /// The occurrences of a variable, in the order of the text within a frame.
    pub(crate) fn occurrences(&self, id: VariableId) -> impl Iterator<Item = &Occurrence> {
        self.variables[id.0 as usize]
            .occurrences
            .iter()
            .map(|&at| &self.occurrences[at])
    }

    /// Those that rebind it.
    pub(crate) fn bindings(&self, id: VariableId) -> impl Iterator<Item = &Occurrence> {
        let bindings = self.variables[id.0 as usize].bindings.iter();
        bindings.map(|&at| &self.occurrences[at])
    }

    /// Those that are in closures of the variable's block.
    pub(crate) fn within_closures(&self, id: VariableId) -> impl Iterator<Item = &Occurrence> {
        let within = self.variables[id.0 as usize].within.iter();
        within.map(|&at| &self.occurrences[at])
    }

    /// The block whose variables code in `block` keeps: comprehensions and
    /// class bodies run as part of what is around them.
    pub(crate) fn owner_block(&self, block: BlockId) -> BlockId {
        let mut at = block;
        while self.scopes[at].comprehension != vitrine_scope::Comprehension::None
            || self.scopes[at].kind == BlockKind::Class
        {
            at = self.scopes[at].parent;
        }
        at
    }

    /// The graph in which a block's code runs.
    pub(crate) fn frame_of(&self, block: BlockId) -> FrameId {
        let owner = self.owner_block(block);
        self.created_of_block
            .get(&owner)
            .and_then(|&id| self.created(id).frame)
            .unwrap_or(FrameId(0))
    }

    /// The parameters of a closure.
    pub(crate) fn arguments(&self, id: CreatedId) -> Option<Id<Arguments>> {
        match self.created(id).what {
            What::Lambda(_, args) => Some(args),
            What::Def(def, _) => Some(self.tree[def].args),
            What::Generator(_) => None,
        }
    }

    /// The whole text of a closure.
    pub(crate) fn created_range(&self, id: CreatedId) -> TextRange {
        match self.created(id).what {
            What::Lambda(expr, _) | What::Generator(expr) => self.tree.range(expr),
            What::Def(_, stmt) => self.tree.range(stmt),
        }
    }

    pub(super) fn begin_frame(&mut self) {
        let id = FrameId(self.graph.frames.len() as u32);
        self.at.frame = id;
        self.at.ends.clear();
        self.graph.frames.push(Frame {
            entry: NodeId(0),
            exit: NodeId(0),
        });
        let entry = self.node();
        let exit = self.bare_node();
        self.graph.frames[id.0 as usize] = Frame { entry, exit };
    }

    pub(super) fn end_frame(&mut self) {
        let exit = self.graph.frame(self.at.frame).exit;
        self.link_ends(exit);
        self.at.ends.clear();
    }

    pub(super) fn bare_node(&mut self) -> NodeId {
        let id = NodeId(self.graph.nodes.len() as u32);
        self.graph.nodes.push(Node {
            frame: self.at.frame,
            innermost: self.at.innermost,
            condition: None,
            next: Vec::new(),
        });
        id
    }

    pub(super) fn link_ends(&mut self, to: NodeId) {
        for &(from, branch) in &self.at.ends {
            self.graph.nodes[from.0 as usize].next.push((to, branch));
        }
    }

    /// A node that follows what came before.
    pub(super) fn node(&mut self) -> NodeId {
        let id = self.bare_node();
        self.link_ends(id);
        self.at.ends.clear();
        self.at.ends.push((id, Branch::Always));
        if let Some(raisers) = self.at.tries.last_mut() {
            raisers.push(id);
        }
        id
    }

    pub(super) fn create(&mut self, what: What, block: BlockId, node: NodeId) -> CreatedId {
        let id = CreatedId(self.created.len() as u32);
        self.created.push(Created {
            what,
            block,
            node,
            frame: None,
            variable: None,
            captures: Vec::new(),
        });
        self.created_of_block.insert(block, id);
        id
    }

    pub(super) fn bind(
        &mut self,
        name: NameId,
        kind: OccurrenceKind,
        range: TextRange,
        expr: Option<ExprId>,
        node: NodeId,
    ) {
        if let Some(name) = self.scopes.sym(self.tree, self.at.block, name) {
            self.bind_sym(name, kind, range, expr, node);
        }
    }

    pub(super) fn bind_sym(
        &mut self,
        name: Sym,
        kind: OccurrenceKind,
        range: TextRange,
        expr: Option<ExprId>,
        node: NodeId,
    ) {
        self.occur(name, kind, range, expr, self.at.block, node);
    }

    pub(super) fn occur(
        &mut self,
        name: Sym,
        kind: OccurrenceKind,
        range: TextRange,
        expr: Option<ExprId>,
        block: BlockId,
        node: NodeId,
    ) -> usize {
        let (variable, via) = self.variable_of(block, name);
        let at = self.occurrences.len();
        self.occurrences.push(Occurrence {
            variable,
            expr,
            block,
            node,
            kind,
            range,
            via,
        });
        self.variables[variable.0 as usize].occurrences.push(at);
        at
    }

    /// Which variable a name means in a block, and through which closure.
    pub(super) fn variable_of(
        &mut self,
        block: BlockId,
        name: Sym,
    ) -> (VariableId, Option<CreatedId>) {
        let (scopes, start) = (self.scopes, block);
        let free = match scopes[block].scope(name) {
            Some(Scope::Local | Scope::Cell) => None,
            Some(Scope::Free) => Some(true),
            _ => Some(false),
        };
        let mut at = start;
        let mut via = None;
        if let Some(free) = free {
            while at != BlockId::ROOT {
                via = self.created_of_block.get(&at).copied().or(via);
                at = scopes[at].parent;
                let owns = || matches!(scopes[at].scope(name), Some(Scope::Local | Scope::Cell));
                if free && scopes[at].kind != BlockKind::Class && owns() {
                    break;
                }
            }
        }
        let next = VariableId(self.variables.len() as u32);
        let id = *self.ids.entry((at, name)).or_insert(next);
        if id == next {
            self.variables.push(Variable {
                name,
                owner: at,
                occurrences: Vec::new(),
                by_node: Vec::new(),
                bindings: Vec::new(),
                within: Vec::new(),
            });
        }
        (id, via)
    }

    /// The occurrences of a variable that count at a node.
    pub(crate) fn occurrences_at(
        &self,
        id: VariableId,
        node: NodeId,
    ) -> impl Iterator<Item = &Occurrence> {
        let by_node = &self.variable(id).by_node;
        let start = by_node.partition_point(|&(at, _)| at < node);
        by_node[start..]
            .iter()
            .take_while(move |&&(at, _)| at == node)
            .map(|&(_, at)| &self.occurrences[at])
    }

    /// Where something may happen to a variable first, from a node on: where it
    /// occurs, or the ways part.
    pub(crate) fn next_stop(&self, id: VariableId, node: NodeId) -> NodeId {
        let end = self.graph.run_end(node);
        let by_node = &self.variable(id).by_node;
        let next = by_node.partition_point(|&(at, _)| at < node);
        let stop = by_node.get(next).map_or(end, |&(at, _)| at.min(end));
        let frame = |id| self.graph.node(id).frame;
        match frame(stop) == frame(node) {
            true => stop,
            false => node,
        }
    }

    fn index_occurrences(&mut self) {
        for variable in &mut self.variables {
            let those = |which: fn(&Occurrence) -> bool| {
                let all = variable.occurrences.iter().copied();
                all.filter(|&at| which(&self.occurrences[at])).collect()
            };
            variable.bindings = those(|occurrence| occurrence.kind.rebinds());
            variable.within = those(|occurrence| occurrence.via.is_some());
            variable.by_node = variable
                .occurrences
                .iter()
                .map(|&at| {
                    let occurrence = &self.occurrences[at];
                    let via = occurrence.via.map(|via| self.created[via.0 as usize].node);
                    (via.unwrap_or(occurrence.node), at)
                })
                .collect();
            variable.by_node.sort_unstable();
        }
    }

    /// Which closure reads which variables around it.
    pub(super) fn captures(&mut self) {
        for at in 0..self.occurrences.len() {
            let Occurrence {
                variable,
                block,
                kind,
                via,
                ..
            } = self.occurrences[at];
            if kind != OccurrenceKind::Load || via.is_none() {
                continue;
            }
            let owner = self.variables[variable.0 as usize].owner;
            let mut inner = block;
            while inner != owner && inner != BlockId::ROOT {
                if let Some(created) = self.created_of_block.get(&inner) {
                    let captures = &mut self.created[created.0 as usize].captures;
                    if !captures.iter().any(|&(known, _)| known == variable) {
                        captures.push((variable, at));
                    }
                }
                inner = self.scopes[inner].parent;
            }
        }
    }
}
