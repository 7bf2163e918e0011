//! The grammar as a program for a machine with its own stack, so that text may
//! nest as deep as it likes: the parsing machine of LPeg (R. Ierusalimschy,
//! "A Text Pattern-Matching Tool based on Parsing Expression Grammars", 2009).

use std::sync::LazyLock;

use super::grammar::{Alternative, Item, Memo, Raise, Rule, RuleId, Slot, grammar};
use crate::token::TokenKind;
use crate::version::Version;

/// Index of an operation.
pub(super) type Address = u32;

/// The address of the operation that fails.
pub(super) const FAIL: Address = 0;

static PROGRAM: LazyLock<Program> = LazyLock::new(|| Program::new(Version::V3_14));
static PROGRAM_3_15: LazyLock<Program> = LazyLock::new(|| Program::new(Version::V3_15));

/// The grammar of a version, translated.
pub(super) fn program(version: Version) -> &'static Program {
    match version {
        Version::V3_14 => &PROGRAM,
        Version::V3_15 => &PROGRAM_3_15,
    }
}

pub(super) struct Program {
    pub(super) operations: Vec<Operation>,
    /// By rule.
    pub(super) entries: Vec<Entry>,
    /// Sets of tokens at which something is to be tried.
    pub(super) starts: Vec<Kinds>,
    firsts: Firsts,
    /// How many groups and repetitions enclose the item being translated.
    nesting: u8,
}

#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) address: Address,
    pub(super) memo: Memo,
    /// No `invalid_` alternative is tried below it.
    pub(super) without_invalid: bool,
    /// On which tokens it may do more than look at the one it stands before and fail:
    /// as long as no `invalid_` alternative is tried, and if any may be.
    pub(super) first: [Kinds; 2],
}

/// Kinds of tokens, a bit each.
pub(super) type Kinds = u128;

const ALL: Kinds = Kinds::MAX;

pub(super) fn bit(kind: TokenKind) -> Kinds {
    1 << kind as u32
}

pub(super) enum Operation {
    Fail,
    Token(TokenKind),
    Word(&'static str),
    SoftKeyword,
    Forced(TokenKind),
    /// Enters a group, within so many.
    Group(u8),
    /// Enters a rule from within so many groups and repetitions, each of which is a
    /// function of CPython's parser.
    Call(RuleId, u8),
    Return,
    /// Remembers to go on from there with this place in the text; or goes there, if
    /// what comes next can but fail. What it begins with is at an index of `starts`.
    Choice(Address, u16),
    /// Forgets what was last remembered, and goes there.
    Commit(Address),
    /// The end of a repetition's round.
    Repeat(Address),
    /// Goes back in the text, forgets what was remembered, and goes there.
    BackCommit(Address),
    /// Forgets what was last remembered, and fails.
    FailTwice,
    /// No other alternative of the rule is tried.
    Cut,
    /// Goes there in the first pass.
    UnlessInvalid(Address),
    CaptureStart(Slot),
    CaptureEnd(Slot),
    Raise(&'static Raise),
}

impl Program {
    fn new(version: Version) -> Self {
        let grammar = grammar(version);
        let valid = Firsts::of(&grammar.rules, false);
        let mut program = Self {
            operations: vec![Operation::Fail],
            entries: Vec::new(),
            starts: Vec::new(),
            firsts: Firsts::of(&grammar.rules, true),
            nesting: 0,
        };
        for (id, rule) in grammar.rules.iter().enumerate() {
            let address = program.here();
            program.entries.push(Entry {
                address,
                memo: rule.memo,
                without_invalid: id == usize::from(grammar.without_invalid),
                first: [&valid, &program.firsts].map(|firsts| firsts.rules[id].needed()),
            });
            program.choice(&rule.alternatives);
            program.operations.push(Operation::Return);
        }
        program
    }

    fn here(&self) -> Address {
        self.operations.len() as Address
    }

    /// Leaves room for an operation that needs an address further on.
    fn hole(&mut self) -> usize {
        self.operations.push(Operation::Fail);
        self.operations.len() - 1
    }

    fn choice(&mut self, alternatives: &'static [Alternative]) {
        let mut commits = Vec::new();
        for (index, alternative) in alternatives.iter().enumerate() {
            let is_last = index + 1 == alternatives.len();
            let skip = alternative.invalid.then(|| self.hole());
            let remember = (!is_last).then(|| self.hole());
            for item in &alternative.items {
                match item {
                    Item::Cut if is_last => {}
                    Item::Cut => self.operations.push(Operation::Cut),
                    _ => self.item(item),
                }
            }
            if let Some(raise) = &alternative.raises {
                self.operations.push(Operation::Raise(raise));
            }
            if let Some(remember) = remember {
                commits.push(self.hole());
                let first = self.firsts.of_alternative(alternative);
                self.remember(remember, first);
            }
            if let Some(skip) = skip {
                let target = if is_last { FAIL } else { self.here() };
                self.operations[skip] = Operation::UnlessInvalid(target);
            }
        }
        let end = self.here();
        for commit in commits {
            self.operations[commit] = Operation::Commit(end);
        }
    }

    fn item(&mut self, item: &'static Item) {
        match item {
            Item::Token(kind) => self.operations.push(Operation::Token(*kind)),
            Item::Word(word) => self.operations.push(Operation::Word(word)),
            Item::SoftKeyword => self.operations.push(Operation::SoftKeyword),
            Item::Rule(id) => self.operations.push(Operation::Call(*id, self.nesting)),
            Item::Choice(alternatives) => self.nested(|program| {
                program.operations.push(Operation::Group(program.nesting));
                program.choice(alternatives);
            }),
            Item::Optional(item) => {
                let remember = self.hole();
                self.item(item);
                self.operations.push(Operation::Commit(self.here() + 1));
                self.remember(remember, self.firsts.of_item(item));
            }
            Item::Star(item) => self.repetition(item, |program| program.item(item)),
            Item::Plus(item) => {
                self.nested(|program| program.item(item));
                self.repetition(item, |program| program.item(item));
            }
            Item::Separated(item, separator) => {
                self.nested(|program| {
                    program.item(item);
                    let first = First::token(bit(*separator));
                    program.repetition_of(first, |program| {
                        program.operations.push(Operation::Token(*separator));
                        program.item(item);
                    });
                });
            }
            Item::And(item) => {
                let remember = self.hole();
                self.item(item);
                self.operations.push(Operation::BackCommit(self.here() + 2));
                self.remember(remember, self.firsts.of_item(item));
                self.operations.push(Operation::Fail);
            }
            Item::Not(item) => {
                let remember = self.hole();
                self.item(item);
                self.operations.push(Operation::FailTwice);
                self.remember(remember, self.firsts.of_item(item));
            }
            Item::Cut => self.operations.push(Operation::Cut),
            Item::Forced(kind) => self.operations.push(Operation::Forced(*kind)),
            Item::Capture(slot, item) => {
                self.operations.push(Operation::CaptureStart(*slot));
                self.item(item);
                self.operations.push(Operation::CaptureEnd(*slot));
            }
        }
    }

    /// Translates what CPython's parser has a function of its own for.
    fn nested(&mut self, body: impl FnOnce(&mut Self)) {
        self.nesting += 1;
        body(self);
        self.nesting -= 1;
    }

    fn repetition(&mut self, item: &Item, body: impl FnOnce(&mut Self)) {
        self.repetition_of(self.firsts.of_item(item), body);
    }

    fn repetition_of(&mut self, first: First, body: impl FnOnce(&mut Self)) {
        let remember = self.hole();
        let start = self.here();
        self.nested(body);
        self.operations.push(Operation::Repeat(start));
        self.remember(remember, first);
    }

    /// Fills a hole before what begins so with the choice to go on from here.
    fn remember(&mut self, hole: usize, first: First) {
        let needed = first.needed();
        let known = self.starts.iter().position(|&kinds| kinds == needed);
        let index = known.unwrap_or_else(|| {
            self.starts.push(needed);
            self.starts.len() - 1
        });
        self.operations[hole] = Operation::Choice(self.here(), index as u16);
    }
}

/// What rules begin with.
struct Firsts {
    /// Whether `invalid_` alternatives are tried.
    invalid: bool,
    rules: Vec<First>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct First {
    /// The tokens at which something is done, be it a look at the next one.
    kinds: Kinds,
    /// Whether it may match without a token.
    is_empty: bool,
}

impl First {
    fn token(kinds: Kinds) -> Self {
        Self {
            kinds,
            is_empty: false,
        }
    }

    /// The tokens at which it must be tried.
    fn needed(self) -> Kinds {
        if self.is_empty || self.kinds == 0 {
            ALL
        } else {
            self.kinds
        }
    }
}

impl Firsts {
    fn of(rules: &[Rule], invalid: bool) -> Self {
        let mut firsts = Self {
            invalid,
            rules: vec![First::default(); rules.len()],
        };
        // What a rule begins with depends on others: until nothing is new.
        loop {
            let next = { rules.iter() }.map(|rule| firsts.of_choice(&rule.alternatives));
            let next: Vec<First> = next.collect();
            if next == firsts.rules {
                return firsts;
            }
            firsts.rules = next;
        }
    }

    fn of_choice(&self, alternatives: &[Alternative]) -> First {
        let tried = { alternatives.iter() }.filter(|it| self.invalid || !it.invalid);
        tried.fold(First::default(), |sum, alternative| {
            let first = self.of_alternative(alternative);
            First {
                kinds: sum.kinds | first.kinds,
                is_empty: sum.is_empty | first.is_empty,
            }
        })
    }

    fn of_alternative(&self, alternative: &Alternative) -> First {
        let first = self.of_items(&alternative.items);
        match alternative.raises {
            Some(_) if first.is_empty => First {
                kinds: ALL,
                ..first
            },
            _ => first,
        }
    }

    fn of_items(&self, items: &[Item]) -> First {
        let mut kinds = 0;
        for item in items {
            let first = self.of_item(item);
            kinds |= first.kinds;
            if !first.is_empty {
                return First {
                    kinds,
                    is_empty: false,
                };
            }
        }
        First {
            kinds,
            is_empty: true,
        }
    }

    fn of_item(&self, item: &Item) -> First {
        let inner = match item {
            Item::Token(kind) => return First::token(bit(*kind)),
            Item::Word(_) | Item::SoftKeyword => return First::token(bit(TokenKind::Name)),
            Item::Forced(_) => return First::token(ALL),
            Item::Rule(id) => return self.rules[usize::from(*id)],
            Item::Choice(alternatives) => return self.of_choice(alternatives),
            Item::Capture(_, item) | Item::Plus(item) => return self.of_item(item),
            Item::Separated(item, separator) => {
                let mut first = self.of_item(item);
                if first.is_empty {
                    first.kinds |= bit(*separator);
                }
                return first;
            }
            Item::Cut => 0,
            Item::Optional(item) | Item::Star(item) | Item::And(item) | Item::Not(item) => {
                self.of_item(item).kinds
            }
        };
        First {
            kinds: inner,
            is_empty: true,
        }
    }
}
