//! What a file's functions do with what they are given: a summary a segment,
//! merged to a fixed point over the calls between them.

use std::collections::{HashMap, HashSet};
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
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PassOn {
    pub(crate) callee: Callee,
    pub(crate) argument: Argument,
    /// What follows if the callee gives it back.
    pub(crate) if_returned: Effects,
    /// What the callee does if the file does not define it.
    pub(crate) otherwise: Effects,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Parameter {
    pub(crate) name: Box<str>,
    pub(crate) effects: Effects,
    /// Attributes that it is stored in.
    pub(crate) attributes: Vec<Box<str>>,
    pub(crate) pass_ons: Vec<PassOn>,
}

/// A function as its callers see it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
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
        match argument {
            Argument::Receiver => self.parameters.first(),
            Argument::Position(at) => {
                let at = at + usize::from(bound && self.binds_self);
                let vararg = self
                    .has_vararg
                    .then(|| self.parameters.iter().find(|p| p.name.starts_with('*')))
                    .flatten();
                if at < self.positional {
                    self.parameters.get(at)
                } else {
                    vararg
                }
            }
            Argument::Keyword(name) => self
                .parameters
                .iter()
                .find(|parameter| parameter.name == *name)
                .or_else(|| {
                    self.parameters
                        .iter()
                        .find(|parameter| parameter.name.starts_with("**"))
                }),
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
#[derive(Clone, PartialEq, Eq, Debug, Default)]
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

/// What the whole file tells: the input of the rules beside the segment itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FileFacts {
    /// All functions and methods; the tables hold positions here.
    all: Vec<Arc<Function>>,
    functions: HashMap<Box<str>, Vec<u32>>,
    methods: HashMap<Box<str>, Vec<u32>>,
    classes: HashMap<Box<str>, Class>,
    pub(crate) mutated_attributes: HashSet<Box<str>>,
    pub(crate) mutated_results: HashSet<CallShape>,
    assigned: HashSet<Box<str>>,
    defined: HashSet<Box<str>>,
    /// In how many segments a name's value is called or goes on.
    uses: HashMap<Box<str>, u32>,
    drained: HashSet<Box<str>>,
    collected: HashSet<Box<str>>,
}

impl FileFacts {
    /// Adds up the segments' summaries, and follows what is passed on until
    /// nothing changes.
    pub fn merge<'a>(segments: impl IntoIterator<Item = &'a SegmentSummary> + Clone) -> Self {
        let mut facts = Self::default();
        let mut mutated_names: HashSet<&str> = HashSet::new();
        for segment in segments.clone() {
            for function in &segment.functions {
                let table = if function.class.is_some() {
                    &mut facts.methods
                } else {
                    &mut facts.functions
                };
                let at = facts.all.len() as u32;
                facts.all.push(Arc::clone(function));
                table.entry(function.name.clone()).or_default().push(at);
            }
            for class in &segment.classes {
                facts.classes.insert(class.name.clone(), class.clone());
            }
            facts
                .mutated_attributes
                .extend(segment.mutated_attributes.iter().cloned());
            facts
                .mutated_results
                .extend(segment.mutated_results.iter().cloned());
            mutated_names.extend(segment.mutated_names.iter().map(|name| &**name));
            facts.assigned.extend(segment.assigned.iter().cloned());
            facts.defined.extend(segment.defined.iter().cloned());
            facts.drained.extend(segment.drained.iter().cloned());
            facts.collected.extend(segment.collected.iter().cloned());
            for name in &segment.uses {
                *facts.uses.entry(name.clone()).or_default() += 1;
            }
        }
        for segment in segments {
            for (name, call) in &segment.results {
                if mutated_names.contains(&**name) {
                    facts.mutated_results.insert(call.clone());
                }
            }
        }
        facts.fixed_point();
        facts
    }

    fn fixed_point(&mut self) {
        // Many ask the same of the same callee: each question is answered once a
        // round, however many functions share the callee's name.
        let summaries = self.all.clone();
        let mut questions: Vec<(&Callee, &Argument)> = Vec::new();
        let mut numbers: HashMap<(&Callee, &Argument), usize> = HashMap::new();
        let mut passing: Vec<(usize, usize, &PassOn, usize)> = Vec::new();
        for (which, function) in summaries.iter().enumerate() {
            for (at, parameter) in function.parameters.iter().enumerate() {
                for pass_on in &parameter.pass_ons {
                    let question = (&pass_on.callee, &pass_on.argument);
                    let number = *numbers.entry(question).or_insert_with(|| {
                        questions.push(question);
                        questions.len() - 1
                    });
                    passing.push((which, at, pass_on, number));
                }
            }
        }
        // Each round sets at least one bit; in practice two or three suffice.
        for _ in 0..64 {
            let answers: Vec<Option<Effects>> = { questions.iter() }
                .map(|(callee, argument)| self.effects(callee, argument))
                .collect();
            let mut changed = false;
            for &(which, at, pass_on, number) in &passing {
                let of = answers[number].unwrap_or(pass_on.otherwise);
                let mut effects = self.all[which].parameters[at].effects;
                let mut news = effects.add(Effects(of.0 & !Effects::RETURNS.0));
                if of.has(Effects::RETURNS) {
                    news |= effects.add(pass_on.if_returned);
                }
                if news {
                    changed = true;
                    Arc::make_mut(&mut self.all[which]).parameters[at].effects = effects;
                }
            }
            if !changed {
                break;
            }
        }
    }

    fn among<'a>(&'a self, places: &'a [u32]) -> impl Iterator<Item = &'a Function> {
        places.iter().map(|&at| &*self.all[at as usize])
    }

    /// What a function of the file does with an argument; `None` if the file
    /// has no such function.
    pub(crate) fn effects(&self, callee: &Callee, argument: &Argument) -> Option<Effects> {
        let (functions, bound) = match callee {
            Callee::Function(name) => match self.functions.get(name) {
                Some(functions) => (functions, false),
                None if self.classes.contains_key(name) => {
                    return Some(self.construction(name, argument));
                }
                None => return None,
            },
            Callee::Method(name) => (self.methods.get(name)?, true),
        };
        let mut effects = Effects::default();
        for function in self.among(functions) {
            match function.parameter(argument, bound) {
                Some(parameter) => {
                    effects.add(parameter.effects);
                    // What a generator or coroutine does, it does when it is run.
                    if function.is_lazy {
                        effects.add(Effects::RETURNS);
                    }
                }
                None => {
                    effects.add(Effects::UNKNOWN);
                }
            }
        }
        Some(effects)
    }

    /// What making an object of a class does with an argument: what is kept on
    /// the object is held by the result.
    fn construction(&self, class: &str, argument: &Argument) -> Effects {
        let own = |function: &&Function| function.class.as_deref() == Some(class);
        let init = self
            .methods
            .get("__init__")
            .and_then(|functions| self.among(functions).find(own));
        match init.and_then(|init| init.parameter(argument, true)) {
            Some(parameter) => {
                let mut effects = parameter.effects;
                if effects.has(Effects::KEEPS) {
                    effects.0 &= !Effects::KEEPS.0;
                    effects.add(Effects::RETURNS);
                }
                effects
            }
            // No `__init__` of its own: a dataclass, or an inherited one.
            None => Effects::RETURNS,
        }
    }

    pub(crate) fn class(&self, name: &str) -> Option<&Class> {
        self.classes.get(name)
    }

    /// Whether a segment uses what a module-level name holds; `own` says whether
    /// the segment that asks does.
    pub(crate) fn is_used_elsewhere(&self, name: &str, own: bool) -> bool {
        self.uses
            .get(name)
            .is_some_and(|&count| count > u32::from(own))
    }

    /// Whether a module-level name is bound by assignments only.
    pub(crate) fn is_assigned(&self, name: &str) -> bool {
        self.assigned.contains(name) && !self.defined.contains(name)
    }

    /// Whether every call of a generator function of the file is consumed item
    /// by item, and nothing kept.
    pub(crate) fn is_drained(&self, name: &str) -> bool {
        self.drained.contains(name) && !self.collected.contains(name)
    }

    /// The attributes in which a function of the file stores an argument.
    pub(crate) fn attributes(&self, callee: &Callee, argument: &Argument) -> Vec<&str> {
        let (functions, bound) = match callee {
            Callee::Function(name) if self.classes.contains_key(name) => {
                (self.methods.get("__init__"), true)
            }
            Callee::Function(name) => (self.functions.get(name), false),
            Callee::Method(name) => (self.methods.get(name), true),
        };
        let parameters = functions
            .into_iter()
            .flat_map(|functions| self.among(functions))
            .filter_map(|function| function.parameter(argument, bound));
        parameters
            .flat_map(|parameter| parameter.attributes.iter().map(|name| &**name))
            .collect()
    }
}
