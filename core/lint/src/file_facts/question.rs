//! What a rule asks of the rest of the file, and what it was told.
//!
//! What is found in a segment depends on the answers alone. Whoever keeps them
//! beside the findings can tell, when the file has changed elsewhere, that
//! nothing need be judged again.

use std::cell::RefCell;
use std::collections::HashMap;

use super::FileFacts;
use crate::facts::{Argument, Callee, Effects};

/// What can be asked of a file.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Question {
    /// What its functions of this name do with the argument.
    Effects(Callee, Argument),
    /// The attributes in which they store it.
    Attributes(Callee, Argument),
    /// Whether it has a class of this name, and whether objects of it are frozen.
    Class(Box<str>),
    /// Whether several segments use what the module-level name holds, or any.
    Uses { name: Box<str>, several: bool },
    /// Whether a module-level name is bound by assignments only.
    Assigned(Box<str>),
    /// Whether each call of the generator function is consumed item by item, and nothing kept.
    Drained(Box<str>),
    /// Whether objects in the attribute are changed somewhere.
    AttributeMutated(Box<str>),
    /// Whether the result is changed of some call that leaves a parameter to its default.
    ResultMutated {
        callee: Box<str>,
        position: Option<usize>,
        parameter: Box<str>,
    },
}

/// What is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    Effects(Option<Effects>),
    Names(Vec<Box<str>>),
    Class(Option<bool>),
    Yes(bool),
}

/// A file's facts, and what was asked of them.
pub(crate) struct Asked<'a> {
    facts: &'a FileFacts,
    answers: RefCell<HashMap<Question, Answer>>,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(facts: &'a FileFacts) -> Self {
        Self {
            facts,
            answers: RefCell::default(),
        }
    }

    fn ask(&self, question: Question) -> Answer {
        let mut answers = self.answers.borrow_mut();
        let answer = answers.entry(question);
        answer
            .or_insert_with_key(|question| self.facts.answer(question))
            .clone()
    }

    fn is(&self, question: Question) -> bool {
        self.ask(question) == Answer::Yes(true)
    }

    /// What a function of the file does with an argument; `None` if the file
    /// has no such function.
    pub(crate) fn effects(&self, callee: &Callee, argument: &Argument) -> Option<Effects> {
        match self.ask(Question::Effects(callee.clone(), argument.clone())) {
            Answer::Effects(effects) => effects,
            _ => None,
        }
    }

    /// The attributes in which a function of the file stores an argument.
    pub(crate) fn attributes(&self, callee: &Callee, argument: &Argument) -> Vec<Box<str>> {
        match self.ask(Question::Attributes(callee.clone(), argument.clone())) {
            Answer::Names(names) => names,
            _ => Vec::new(),
        }
    }

    /// Whether the objects of a class of the file are frozen; `None` if it has no such class.
    pub(crate) fn is_frozen(&self, class: &str) -> Option<bool> {
        match self.ask(Question::Class(class.into())) {
            Answer::Class(class) => class,
            _ => None,
        }
    }

    /// Whether a segment uses what a module-level name holds; `own` says whether
    /// the segment that asks does.
    pub(crate) fn is_used_elsewhere(&self, name: &str, own: bool) -> bool {
        let name = name.into();
        self.is(Question::Uses { name, several: own })
    }

    pub(crate) fn is_assigned(&self, name: &str) -> bool {
        self.is(Question::Assigned(name.into()))
    }

    pub(crate) fn is_drained(&self, generator: &str) -> bool {
        self.is(Question::Drained(generator.into()))
    }

    pub(crate) fn is_attribute_mutated(&self, attribute: &str) -> bool {
        self.is(Question::AttributeMutated(attribute.into()))
    }

    pub(crate) fn is_result_mutated(
        &self,
        callee: &str,
        position: Option<usize>,
        parameter: &str,
    ) -> bool {
        self.is(Question::ResultMutated {
            callee: callee.into(),
            position,
            parameter: parameter.into(),
        })
    }

    /// All that was asked.
    pub(crate) fn reliance(self) -> Reliance {
        Reliance(self.answers.into_inner().into_iter().collect())
    }
}

/// What the findings of a segment rely on: they are the same in any file that
/// answers the same.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reliance(Vec<(Question, Answer)>);

impl Reliance {
    /// Whether a file answers the same.
    pub fn holds(&self, facts: &FileFacts) -> bool {
        let mut answers = self.0.iter();
        answers.all(|(question, answer)| facts.answer(question) == *answer)
    }
}
