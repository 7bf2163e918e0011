//! What a segment tells the rest of its file: what its functions do with what
//! they are given, and what becomes of names. Added up in [`crate::file_facts`].

use std::collections::HashSet;
use std::sync::Arc;

/// What becomes of a parameter, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Effects(u8);

impl Effects {
    /// It is called before the function returns.
    pub(crate) const CALLS: Self = Self(1);
    /// The result is it, or holds it.
    pub(crate) const RETURNS: Self = Self(1 << 1);
    /// It is stored where it outlives the call.
    pub(crate) const KEEPS: Self = Self(1 << 2);
    /// It is changed.
    pub(crate) const MUTATES: Self = Self(1 << 3);
    /// It goes to a function of which nothing is known.
    pub(crate) const UNKNOWN: Self = Self(1 << 4);

    /// Whether any bit of `other` is set.
    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn add(&mut self, other: Self) -> bool {
        let before = self.0;
        self.0 |= other.0;
        self.0 != before
    }
}

/// A function or method called by name.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Callee {
    Function(Box<str>),
    Method(Box<str>),
}

/// Which argument of a call.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Argument {
    Position(usize),
    Keyword(Box<str>),
    /// The object before the dot.
    Receiver,
    /// Behind `*` or `**`, or after one.
    Star,
}

/// A parameter given on to another function.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct PassOn {
    pub(crate) callee: Callee,
    pub(crate) argument: Argument,
    /// What follows if the callee gives it back.
    pub(crate) if_returned: Effects,
    /// What the callee does if the file does not define it.
    pub(crate) otherwise: Effects,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Parameter {
    pub(crate) name: Box<str>,
    pub(crate) effects: Effects,
    /// Attributes that it is stored in.
    pub(crate) attributes: Vec<Box<str>>,
    pub(crate) pass_ons: Vec<PassOn>,
}

/// A function as its callers see it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Function {
    pub(crate) name: Box<str>,
    /// The class it is defined in, and whether a call through an object fills the first parameter.
    pub(crate) class: Option<Box<str>>,
    pub(crate) binds_self: bool,
    /// Positional parameters, then keyword-only ones, then `*args` and `**kwargs`.
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) positional: usize,
    pub(crate) has_vararg: bool,
    /// Calling only makes a generator or coroutine, which runs later.
    pub(crate) is_lazy: bool,
}

impl Function {
    /// The parameter that takes an argument.
    pub(crate) fn parameter(&self, argument: &Argument, bound: bool) -> Option<&Parameter> {
        Some(&self.parameters[self.parameter_index(argument, bound)?])
    }

    /// Its place among the parameters.
    pub(crate) fn parameter_index(&self, argument: &Argument, bound: bool) -> Option<usize> {
        let find = |wanted: &dyn Fn(&str) -> bool| {
            let mut names = self.parameters.iter().map(|parameter| &*parameter.name);
            names.position(wanted)
        };
        match argument {
            Argument::Receiver => (!self.parameters.is_empty()).then_some(0),
            Argument::Position(at) => {
                let at = at + usize::from(bound && self.binds_self);
                if at < self.positional {
                    (at < self.parameters.len()).then_some(at)
                } else if self.has_vararg {
                    find(&|name| name.starts_with('*'))
                } else {
                    None
                }
            }
            Argument::Keyword(wanted) => {
                find(&|name| *name == **wanted).or_else(|| find(&|name| name.starts_with("**")))
            }
            Argument::Star => None,
        }
    }
}

/// A call whose result is changed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct CallShape {
    pub(crate) callee: Box<str>,
    pub(crate) positional: usize,
    pub(crate) keywords: Vec<Box<str>>,
    pub(crate) has_star: bool,
}

/// A class of the file.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Class {
    pub(crate) name: Box<str>,
    /// Frozen, a named tuple, an enumeration: its objects do not change.
    pub(crate) frozen: bool,
}

/// What one segment tells the others. Holds no positions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SegmentSummary {
    pub(crate) functions: Vec<Arc<Function>>,
    pub(crate) classes: Vec<Class>,
    /// Attributes whose objects are changed somewhere.
    pub(crate) mutated_attributes: HashSet<Box<str>>,
    /// Module-level names whose objects are changed somewhere.
    pub(crate) mutated_names: HashSet<Box<str>>,
    pub(crate) mutated_results: HashSet<CallShape>,
    /// Module-level names bound to the result of a call.
    pub(crate) results: HashSet<(Box<str>, CallShape)>,
    /// Module-level names bound by assignment, and by import, `def` or `class`.
    pub(crate) assigned: HashSet<Box<str>>,
    pub(crate) defined: HashSet<Box<str>>,
    /// Module-level names whose value, or what it holds, is called or goes on.
    pub(crate) uses: HashSet<Box<str>>,
    /// Functions whose result a loop consumes item by item, calling each.
    pub(crate) drained: HashSet<Box<str>>,
    /// Functions whose result goes elsewhere.
    pub(crate) collected: HashSet<Box<str>>,
}
