//! Control-flow graphs, one node a statement or header.
//!
//! Nodes are numbered in the order of the text, so that the nodes of a loop or
//! a function are a range. `return`, `break` and `continue` go where they go
//! past any `finally`; an exception in a `try` body may come from each of its
//! statements.

use vitrine_syntax::tree::ExprId;

/// A node of a graph.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct NodeId(pub(crate) u32);

/// A loop.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct LoopId(pub(crate) u32);

/// What is executed together: a module's share, or a function's or lambda's body.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct FrameId(pub(crate) u32);

/// Under which outcome of the node's condition an edge is taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Branch {
    Always,
    IfTrue,
    IfFalse,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) frame: FrameId,
    pub(crate) innermost: Option<LoopId>,
    pub(crate) condition: Option<ExprId>,
    pub(crate) next: Vec<(NodeId, Branch)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Loop {
    pub(crate) parent: Option<LoopId>,
    /// First node: the header that binds or tests.
    pub(crate) first: NodeId,
    /// Just past the last node of the body.
    pub(crate) end: NodeId,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Where it begins; where it ends, by `return`, exception or its last statement.
    pub(crate) entry: NodeId,
    pub(crate) exit: NodeId,
}

/// All graphs of a segment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) loops: Vec<Loop>,
    pub(crate) frames: Vec<Frame>,
    /// By node: the last one of those that follow it with no other way.
    run_ends: Vec<NodeId>,
}

impl Graph {
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(crate) fn frame(&self, id: FrameId) -> Frame {
        self.frames[id.0 as usize]
    }

    /// The last of the nodes that come after this one whatever happens, one
    /// right behind the other in the text of their frame.
    pub(crate) fn run_end(&self, id: NodeId) -> NodeId {
        self.run_ends[id.0 as usize]
    }

    pub(crate) fn find_runs(&mut self) {
        self.run_ends = (0..self.nodes.len() as u32).map(NodeId).collect();
        let mut following: Vec<Option<NodeId>> = vec![None; self.frames.len()];
        for (at, node) in self.nodes.iter().enumerate().rev() {
            let following = &mut following[node.frame.0 as usize];
            if let [(next, Branch::Always)] = node.next[..]
                && node.condition.is_none()
                && *following == Some(next)
            {
                self.run_ends[at] = self.run_ends[next.0 as usize];
            }
            *following = Some(NodeId(at as u32));
        }
    }

    /// The loops around a node, innermost first.
    pub(crate) fn loops_around(&self, node: NodeId) -> impl Iterator<Item = LoopId> + '_ {
        let mut next = self.node(node).innermost;
        std::iter::from_fn(move || {
            let id = next?;
            next = self.loops[id.0 as usize].parent;
            Some(id)
        })
    }

    /// Where each turn of a loop begins.
    pub(crate) fn header(&self, id: LoopId) -> NodeId {
        self.loops[id.0 as usize].first
    }

    pub(crate) fn is_in(&self, node: NodeId, id: LoopId) -> bool {
        let around = self.loops[id.0 as usize];
        around.first <= node && node < around.end
    }
}
