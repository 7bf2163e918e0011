//! Walks over the blocks that control reaches.

use super::{BlockId, Cfg, Result};

/// What a walk knows of the blocks.
#[derive(Default, Debug)]
pub(super) struct Reached {
    /// By number of the block, with a place for no block.
    states: Vec<State>,
    /// Blocks that were reached after the walk had come by.
    todo: Vec<BlockId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Unknown,
    /// The walk has come by, and nothing led there.
    Passed,
    Reached,
}

impl Reached {
    /// Marks a block, which has no number if there is none.
    #[inline]
    pub(super) fn reach(&mut self, number: usize) {
        let state = std::mem::replace(&mut self.states[number], State::Reached);
        if state == State::Passed {
            self.todo.push(BlockId::new(number - 1));
        }
    }
}

impl Cfg {
    /// Calls `visit` once for every block that is reached from the entry; it marks what the block
    /// leads to. Mostly paths lead forwards, so that one walk in the order of the code does it.
    #[inline]
    pub(super) fn for_each_reached(
        &mut self,
        mut visit: impl FnMut(&mut Self, BlockId, &mut Reached) -> Result<()>,
    ) -> Result<()> {
        let mut reached = std::mem::take(&mut self.reached);
        reached.todo.clear();
        reached.states.clear();
        reached.states.resize(self.blocks.len() + 1, State::Unknown);
        reached.reach(BlockId::number(Some(BlockId::ENTRY)));
        let mut at = Some(BlockId::ENTRY);
        while let Some(id) = at {
            let state = &mut reached.states[BlockId::number(at)];
            at = self[id].next;
            if *state == State::Reached {
                visit(self, id, &mut reached)?;
            } else {
                *state = State::Passed;
            }
        }
        while let Some(id) = reached.todo.pop() {
            visit(self, id, &mut reached)?;
        }
        self.reached = reached;
        Ok(())
    }
}
