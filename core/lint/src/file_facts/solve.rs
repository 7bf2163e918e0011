//! What functions do with what they are given, over the calls between them: the
//! least solution of "whoever passes a parameter on does with it what the callee
//! does".
//!
//! After a change only functions are solved again that pass something on to one
//! that came or went, or to such a function: nothing of it reaches the others.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{FileFacts, Solved};
use crate::facts::{Argument, Callee, Effects, Function, PassOn};

/// What has changed.
#[derive(Default)]
pub(super) struct Unsolved {
    changed: Vec<Callee>,
    functions: Vec<u32>,
}

impl Unsolved {
    /// What is called by this name does something else than before.
    pub(super) fn changed(&mut self, callee: Callee) {
        self.changed.push(callee);
    }
}

/// By what names a function is called.
fn names(function: &Function) -> impl Iterator<Item = Callee> {
    let name = function.name.clone();
    let (name, class) = match &function.class {
        Some(class) => {
            let made = &*name == "__init__";
            let class = made.then(|| Callee::Function(class.clone()));
            (Callee::Method(name), class)
        }
        None => (Callee::Function(name), None),
    };
    std::iter::once(name).chain(class)
}

/// To what names a function passes its parameters on.
fn callees(function: &Function) -> HashSet<&Callee> {
    let parameters = function.parameters.iter();
    let pass_ons = parameters.flat_map(|parameter| &parameter.pass_ons);
    pass_ons.map(|pass_on| &pass_on.callee).collect()
}

/// A question of the functions that are being solved.
struct Waiting<'a> {
    callee: &'a Callee,
    argument: &'a Argument,
    answer: Option<Effects>,
    /// Who asks: which function, for which parameter.
    passers: Vec<(u32, usize, &'a PassOn)>,
}

impl FileFacts {
    pub(super) fn add_function(&mut self, function: &Arc<Function>, unsolved: &mut Unsolved) {
        let place = self.functions.insert(Solved::new(function));
        self.places_of(function, |places| places.push(place));
        unsolved.changed.extend(names(function));
        unsolved.functions.push(place);
    }

    pub(super) fn remove_function(&mut self, function: &Arc<Function>, unsolved: &mut Unsolved) {
        let places = match (self.callables.get(&function.name), &function.class) {
            (None, _) => return,
            (Some(named), None) => &named.functions,
            (Some(named), Some(_)) => &named.methods,
        };
        let is_it = |place: &&u32| {
            let solved = self.functions.get(**place);
            solved.is_some_and(|solved| {
                Arc::ptr_eq(&solved.function, function) || solved.function == *function
            })
        };
        let Some(&place) = places.iter().find(is_it) else {
            return;
        };
        self.places_of(function, |places| {
            if let Some(at) = places.iter().position(|&other| other == place) {
                places.swap_remove(at);
            }
        });
        self.functions.remove(place);
        unsolved.changed.extend(names(function));
    }

    /// Every list in which a function stands.
    fn places_of(&mut self, function: &Function, mut change: impl FnMut(&mut Vec<u32>)) {
        self.callables
            .change(&function.name, |named| match function.class {
                Some(_) => change(&mut named.methods),
                None => change(&mut named.functions),
            });
        if let Some(class) = &function.class
            && &*function.name == "__init__"
        {
            self.callables
                .change(class, |named| change(&mut named.inits));
        }
        for callee in callees(function) {
            let (Callee::Function(name) | Callee::Method(name)) = callee;
            self.callables.change(name, |named| match callee {
                Callee::Function(_) => change(&mut named.function_passers),
                Callee::Method(_) => change(&mut named.method_passers),
            });
        }
    }

    pub(super) fn solve(&mut self, unsolved: Unsolved) {
        let functions = self.begin_again(unsolved);
        // Many ask the same of the same callee: each question is answered once a
        // round, however many functions share the callee's name.
        let mut questions: Vec<Waiting<'_>> = Vec::new();
        let mut numbers: HashMap<(&Callee, &Argument), usize> = HashMap::new();
        let mut about: HashMap<&Callee, Vec<usize>> = HashMap::new();
        for (place, function) in &functions {
            for (at, parameter) in function.parameters.iter().enumerate() {
                for pass_on in &parameter.pass_ons {
                    let (callee, argument) = (&pass_on.callee, &pass_on.argument);
                    let number = *numbers.entry((callee, argument)).or_insert_with(|| {
                        about.entry(callee).or_default().push(questions.len());
                        questions.push(Waiting {
                            callee,
                            argument,
                            answer: None,
                            passers: Vec::new(),
                        });
                        questions.len() - 1
                    });
                    questions[number].passers.push((*place, at, pass_on));
                }
            }
        }
        let mut round: Vec<usize> = (0..questions.len()).collect();
        let mut is_first = true;
        // Each round but the last sets at least one bit.
        while !round.is_empty() {
            let answers: Vec<Option<Effects>> = { round.iter() }
                .map(|&number| self.effects(questions[number].callee, questions[number].argument))
                .collect();
            let mut changed: HashSet<Callee> = HashSet::new();
            for (&number, &answer) in round.iter().zip(&answers) {
                let question = &mut questions[number];
                if std::mem::replace(&mut question.answer, answer) == answer && !is_first {
                    continue;
                }
                for &(place, at, pass_on) in &question.passers {
                    if self.pass_on(place, at, pass_on, answer)
                        && let Some(solved) = self.functions.get(place)
                    {
                        changed.extend(names(&solved.function));
                    }
                }
            }
            is_first = false;
            round.clear();
            for callee in &changed {
                round.extend(about.get(callee).into_iter().flatten());
            }
        }
    }

    /// What a parameter's function does with it as it is passed on; whether that is news.
    fn pass_on(&mut self, place: u32, at: usize, to: &PassOn, answer: Option<Effects>) -> bool {
        let of = answer.unwrap_or(to.otherwise);
        let mut effects = match self.functions.get(place) {
            Some(solved) => solved.effects[at],
            None => return false,
        };
        let mut news = effects.add(of.without(Effects::RETURNS));
        if of.has(Effects::RETURNS) {
            news |= effects.add(to.if_returned);
        }
        if news && let Some(solved) = self.functions.get_mut(place) {
            solved.effects[at] = effects;
        }
        news
    }

    /// The functions to which what has changed may come through, as they are by themselves.
    fn begin_again(&mut self, unsolved: Unsolved) -> Vec<(u32, Arc<Function>)> {
        let mut all: HashSet<u32> = unsolved.functions.into_iter().collect();
        let mut followed: HashSet<Callee> = HashSet::new();
        let mut changed = unsolved.changed;
        while let Some(callee) = changed.pop() {
            if followed.contains(&callee) {
                continue;
            }
            let (Callee::Function(name) | Callee::Method(name)) = &callee;
            let passers = match (self.callables.get(name), &callee) {
                (None, _) => &[][..],
                (Some(named), Callee::Function(_)) => &named.function_passers,
                (Some(named), Callee::Method(_)) => &named.method_passers,
            };
            for &passer in passers {
                if all.insert(passer)
                    && let Some(solved) = self.functions.get_mut(passer)
                {
                    *solved = Solved::new(&solved.function);
                    changed.extend(names(&solved.function));
                }
            }
            followed.insert(callee);
        }
        let solved = all.into_iter();
        solved
            .filter_map(|place| Some((place, Arc::clone(&self.functions.get(place)?.function))))
            .collect()
    }
}
