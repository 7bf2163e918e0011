//! What the whole file tells: the input of the rules beside the segment itself.
//!
//! The sum of what its segments tell, by name, and what follows from it: what
//! functions do with what they give on to each other ([`solve`]). A keystroke
//! seldom changes more than a name or two of it, so the facts of the next text
//! are made from those of the last ([`FileFacts::change`]) and share the rest
//! with them. Nothing here depends on the order of the segments: whichever way
//! the facts were reached, they are equal.

mod question;
mod shared;
mod solve;

use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use question::Asked;
pub use question::Reliance;
use question::{Answer, Question};
use shared::{Places, Table};

use crate::facts::{Argument, CallShape, Callee, Class, Effects, Function, SegmentSummary};

/// See the module.
#[derive(Clone, Default)]
pub struct FileFacts {
    counts: Table<Counts>,
    callables: Table<Callables>,
    functions: Places<Solved>,
}

/// What is counted of a name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Kind {
    MutatedAttribute,
    MutatedName,
    Assigned,
    Defined,
    Uses,
    Drained,
    Collected,
}

/// How many segments tell what of a name, and how many classes have it.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Counts {
    told: [u32; 7],
    classes: u32,
    frozen: u32,
}

/// What is called by a name, and what becomes of what it gives.
#[derive(Clone, Default, PartialEq, Eq)]
struct Callables {
    functions: Vec<u32>,
    methods: Vec<u32>,
    /// The `__init__` methods of classes of this name.
    inits: Vec<u32>,
    /// Which functions give parameters on to functions, and to methods, of this name.
    function_passers: Vec<u32>,
    method_passers: Vec<u32>,
    /// Calls whose result the module-level name is bound to.
    results: HashMap<CallShape, u32>,
    /// Calls of this name whose result is changed.
    mutated_results: HashMap<CallShape, u32>,
}

/// A function or method, and what it does with its parameters, all told.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Solved {
    function: Arc<Function>,
    effects: Box<[Effects]>,
}

impl Solved {
    /// As far as the function itself shows.
    fn new(function: &Arc<Function>) -> Self {
        let parameters = function.parameters.iter();
        Self {
            function: Arc::clone(function),
            effects: parameters.map(|parameter| parameter.effects).collect(),
        }
    }

    fn effect(&self, argument: &Argument, bound: bool) -> Option<Effects> {
        let at = self.function.parameter_index(argument, bound)?;
        Some(self.effects[at])
    }
}

/// One thing that a segment tells.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Fact<'a> {
    Name(Kind, &'a str),
    Class(&'a Class),
    Function(&'a Arc<Function>),
    MutatedResult(&'a CallShape),
    Result(&'a str, &'a CallShape),
}

fn told(segment: &SegmentSummary) -> impl Iterator<Item = Fact<'_>> {
    let names = [
        (Kind::MutatedAttribute, &segment.mutated_attributes),
        (Kind::MutatedName, &segment.mutated_names),
        (Kind::Assigned, &segment.assigned),
        (Kind::Defined, &segment.defined),
        (Kind::Uses, &segment.uses),
        (Kind::Drained, &segment.drained),
        (Kind::Collected, &segment.collected),
    ];
    let names = names.into_iter();
    names
        .flat_map(|(kind, names)| names.iter().map(move |name| Fact::Name(kind, name)))
        .chain(segment.classes.iter().map(Fact::Class))
        .chain(segment.functions.iter().map(Fact::Function))
        .chain(segment.mutated_results.iter().map(Fact::MutatedResult))
        .chain({ segment.results.iter() }.map(|(name, call)| Fact::Result(name, call)))
}

impl FileFacts {
    /// The facts of a file with these segments.
    pub fn merge<'a>(segments: impl IntoIterator<Item = &'a SegmentSummary>) -> Self {
        let mut facts = Self::default();
        facts.change([], segments);
        facts
    }

    /// Makes them the facts of the file with some segments less and some more.
    pub fn change<'a>(
        &mut self,
        less: impl IntoIterator<Item = &'a SegmentSummary>,
        more: impl IntoIterator<Item = &'a SegmentSummary>,
    ) {
        // Most of what is told is told before and after.
        let mut news: HashMap<Fact<'a>, i32> = HashMap::new();
        for fact in less.into_iter().flat_map(told) {
            *news.entry(fact).or_default() -= 1;
        }
        for fact in more.into_iter().flat_map(told) {
            *news.entry(fact).or_default() += 1;
        }
        let mut unsolved = solve::Unsolved::default();
        for (fact, by) in news {
            if by != 0 {
                self.add(&fact, by, &mut unsolved);
            }
        }
        self.solve(unsolved);
    }

    /// Adds a fact so many times, or takes it away.
    fn add(&mut self, fact: &Fact<'_>, by: i32, unsolved: &mut solve::Unsolved) {
        match *fact {
            Fact::Name(kind, name) => {
                let count = |counts: &mut Counts| {
                    let count = &mut counts.told[kind as usize];
                    let before = *count > 0;
                    *count = count.saturating_add_signed(by);
                    before != (*count > 0)
                };
                if self.counts.change(name, count) && kind == Kind::MutatedName {
                    self.count_results_of(name, by.signum());
                }
            }
            Fact::Class(class) => {
                self.counts.change(&class.name, |counts| {
                    counts.classes = counts.classes.saturating_add_signed(by);
                    if class.frozen {
                        counts.frozen = counts.frozen.saturating_add_signed(by);
                    }
                });
                unsolved.changed(Callee::Function(class.name.clone()));
            }
            Fact::Function(function) => {
                for _ in 0..by {
                    self.add_function(function, unsolved);
                }
                for _ in by..0 {
                    self.remove_function(function, unsolved);
                }
            }
            Fact::MutatedResult(call) => self.count_mutated_result(call, by),
            Fact::Result(name, call) => {
                self.callables
                    .change(name, |named| count_call(&mut named.results, call, by));
                if self.count(Kind::MutatedName, name) > 0 {
                    self.count_mutated_result(call, by);
                }
            }
        }
    }

    fn count_mutated_result(&mut self, call: &CallShape, by: i32) {
        self.callables.change(&call.callee, |named| {
            count_call(&mut named.mutated_results, call, by);
        });
    }

    /// What a module-level name is bound to is changed from now on, or no longer.
    fn count_results_of(&mut self, name: &str, sign: i32) {
        let results = self.callables.get(name).map(|named| named.results.clone());
        for (call, count) in results.into_iter().flatten() {
            self.count_mutated_result(&call, sign * count as i32);
        }
    }

    fn count(&self, kind: Kind, name: &str) -> u32 {
        let counts = self.counts.get(name);
        counts.map_or(0, |counts| counts.told[kind as usize])
    }

    /// Whether objects of the class are frozen: of all classes of this name, to be sure.
    fn is_frozen(&self, class: &str) -> Option<bool> {
        let counts = self.counts.get(class)?;
        (counts.classes > 0).then_some(counts.classes == counts.frozen)
    }

    fn solved<'a>(&'a self, places: &'a [u32]) -> impl Iterator<Item = &'a Solved> {
        places.iter().filter_map(|&at| self.functions.get(at))
    }

    fn answer(&self, question: &Question) -> Answer {
        match question {
            Question::Effects(callee, argument) => Answer::Effects(self.effects(callee, argument)),
            Question::Attributes(callee, argument) => {
                Answer::Names(self.attributes(callee, argument))
            }
            Question::Class(name) => Answer::Class(self.is_frozen(name)),
            Question::Uses { name, several } => {
                Answer::Yes(self.count(Kind::Uses, name) > u32::from(*several))
            }
            Question::Assigned(name) => Answer::Yes(
                self.count(Kind::Assigned, name) > 0 && self.count(Kind::Defined, name) == 0,
            ),
            Question::Drained(name) => Answer::Yes(
                self.count(Kind::Drained, name) > 0 && self.count(Kind::Collected, name) == 0,
            ),
            Question::AttributeMutated(name) => {
                Answer::Yes(self.count(Kind::MutatedAttribute, name) > 0)
            }
            Question::ResultMutated {
                callee,
                position,
                parameter,
            } => {
                let leaves_out = |call: &CallShape| {
                    !call.has_star
                        && position.is_none_or(|position| call.positional <= position)
                        && !call.keywords.contains(parameter)
                };
                let named = self.callables.get(callee);
                Answer::Yes(named.is_some_and(|named| named.mutated_results.keys().any(leaves_out)))
            }
        }
    }

    fn effects(&self, callee: &Callee, argument: &Argument) -> Option<Effects> {
        let (Callee::Function(name) | Callee::Method(name)) = callee;
        let named = self.callables.get(name);
        let (functions, bound) = match callee {
            Callee::Function(_) => match named {
                Some(named) if !named.functions.is_empty() => (&named.functions, false),
                _ => return self.construction(name, named, argument),
            },
            Callee::Method(_) => (&named?.methods, true),
        };
        if functions.is_empty() {
            return None;
        }
        let mut effects = Effects::default();
        for solved in self.solved(functions) {
            match solved.effect(argument, bound) {
                Some(effect) => {
                    effects.add(effect);
                    // What a generator or coroutine does, it does when it is run.
                    if solved.function.is_lazy {
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
    fn construction(
        &self,
        class: &str,
        named: Option<&Callables>,
        argument: &Argument,
    ) -> Option<Effects> {
        self.is_frozen(class)?;
        let inits = named.map_or(&[][..], |named| &named.inits);
        if inits.is_empty() {
            // No `__init__` of its own: a dataclass, or an inherited one.
            return Some(Effects::RETURNS);
        }
        let mut effects = Effects::default();
        for init in self.solved(inits) {
            let effect = init.effect(argument, true).unwrap_or(Effects::RETURNS);
            effects.add(effect.without(Effects::KEEPS));
            if effect.has(Effects::KEEPS) {
                effects.add(Effects::RETURNS);
            }
        }
        Some(effects)
    }

    fn attributes(&self, callee: &Callee, argument: &Argument) -> Vec<Box<str>> {
        let (Callee::Function(name) | Callee::Method(name)) = callee;
        let Some(named) = self.callables.get(name) else {
            return Vec::new();
        };
        let (functions, bound) = match callee {
            Callee::Function(_) if self.is_frozen(name).is_some() => (&named.inits, true),
            Callee::Function(_) => (&named.functions, false),
            Callee::Method(_) => (&named.methods, true),
        };
        let parameters = self
            .solved(functions)
            .filter_map(|solved| solved.function.parameter(argument, bound));
        let attributes = parameters.flat_map(|parameter| parameter.attributes.iter().cloned());
        let mut attributes: Vec<Box<str>> = attributes.collect();
        attributes.sort_unstable();
        attributes.dedup();
        attributes
    }
}

fn count_call(counts: &mut HashMap<CallShape, u32>, call: &CallShape, by: i32) {
    let count = counts.entry(call.clone()).or_default();
    *count = count.saturating_add_signed(by);
    if *count == 0 {
        counts.remove(call);
    }
}

/// Where the functions stand says nothing.
impl PartialEq for FileFacts {
    fn eq(&self, other: &Self) -> bool {
        fn functions<'a>(facts: &'a FileFacts, places: &'a [u32]) -> HashMap<&'a Solved, u32> {
            let mut all = HashMap::new();
            for solved in facts.solved(places) {
                *all.entry(solved).or_default() += 1;
            }
            all
        }
        type Named<'a> = (
            HashMap<&'a Solved, u32>,
            HashMap<&'a Solved, u32>,
            &'a HashMap<CallShape, u32>,
            &'a HashMap<CallShape, u32>,
        );
        fn callables(facts: &FileFacts) -> HashMap<&str, Named<'_>> {
            let all = facts.callables.iter().map(|(name, named)| {
                let functions = |places| functions(facts, places);
                let (results, mutated) = (&named.results, &named.mutated_results);
                let called = (functions(&named.functions), functions(&named.methods));
                (name, (called.0, called.1, results, mutated))
            });
            all.collect()
        }
        let counts = |facts: &Self| -> HashMap<Box<str>, Counts> {
            let all = facts.counts.iter();
            all.map(|(name, counts)| (name.into(), *counts)).collect()
        };
        counts(self) == counts(other) && callables(self) == callables(other)
    }
}

impl Eq for FileFacts {}
