//! What the verifier knows at one place of the code: the kinds of the values on the
//! stack and in the fast locals.

/// What is known of a value. [`Kind::join`] is the least kind that holds for both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Any object.
    Any,
    /// No object.
    Null,
    /// An object or none.
    MaybeNull,
    /// What is left of an iterator that gave its last value; `END_FOR` takes it.
    Exhausted,
    /// A list, set or dict made by the code itself.
    List,
    Set,
    Dict,
    /// A tuple, and a constant one of so many strings.
    Tuple,
    Names(u32),
    Str,
    /// A cell of the frame's own.
    Cell,
    /// The code object or function of a constant.
    Code(u32),
    Function(u32),
    /// An exception caught here.
    Exception,
    /// An exception or None, such as the one that was handled before.
    Handled,
    /// The offset of the instruction that raised.
    LastI,
}

impl Kind {
    pub(super) fn join(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Null | Self::MaybeNull | Self::Exhausted, _)
            | (_, Self::Null | Self::MaybeNull | Self::Exhausted) => Self::MaybeNull,
            (Self::Tuple | Self::Names(_), Self::Tuple | Self::Names(_)) => Self::Tuple,
            (Self::Exception | Self::Handled, Self::Exception | Self::Handled) => Self::Handled,
            _ => Self::Any,
        }
    }

    /// Whether there is an object for certain.
    pub(super) fn is_object(self) -> bool {
        !matches!(self, Self::Null | Self::MaybeNull | Self::Exhausted)
    }
}

/// The stack and the locals before an instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct State {
    pub(super) stack: Vec<Kind>,
    pub(super) locals: Vec<Kind>,
}

/// How two states went together.
pub(super) enum Joined {
    Unchanged,
    Changed,
    /// The stacks differ in depth.
    Mismatch,
}

impl State {
    /// Weakens `self` to what holds in both; the stack of the other may be given apart.
    pub(super) fn join(&mut self, stack: &[Kind], locals: &[Kind]) -> Joined {
        if self.stack.len() != stack.len() {
            return Joined::Mismatch;
        }
        let mut changed = false;
        let mine = self.stack.iter_mut().chain(&mut self.locals);
        for (mine, &other) in mine.zip(stack.iter().chain(locals)) {
            let joined = mine.join(other);
            changed |= joined != *mine;
            *mine = joined;
        }
        if changed {
            Joined::Changed
        } else {
            Joined::Unchanged
        }
    }
}
