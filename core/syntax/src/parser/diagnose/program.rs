//! The grammar as a program for a machine with its own stack, so that text may
//! nest as deep as it likes: the parsing machine of LPeg (R. Ierusalimschy,
//! "A Text Pattern-Matching Tool based on Parsing Expression Grammars", 2009).

use std::sync::LazyLock;

use super::grammar::{Alternative, Item, Memo, Raise, RuleId, Slot, grammar};
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
    /// How many groups and repetitions enclose the item being translated.
    nesting: u8,
}

#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) address: Address,
    pub(super) memo: Memo,
    /// No `invalid_` alternative is tried below it.
    pub(super) without_invalid: bool,
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
    /// Remembers to go on from there with this place in the text.
    Choice(Address),
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
        let mut program = Self {
            operations: vec![Operation::Fail],
            entries: Vec::new(),
            nesting: 0,
        };
        for (id, rule) in grammar.rules.iter().enumerate() {
            let address = program.here();
            program.entries.push(Entry {
                address,
                memo: rule.memo,
                without_invalid: id == usize::from(grammar.without_invalid),
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
                self.operations[remember] = Operation::Choice(self.here());
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
                self.operations[remember] = Operation::Choice(self.here());
            }
            Item::Star(item) => self.repetition(|program| program.item(item)),
            Item::Plus(item) => {
                self.nested(|program| program.item(item));
                self.repetition(|program| program.item(item));
            }
            Item::Separated(item, separator) => {
                self.nested(|program| {
                    program.item(item);
                    program.repetition(|program| {
                        program.operations.push(Operation::Token(*separator));
                        program.item(item);
                    });
                });
            }
            Item::And(item) => {
                let remember = self.hole();
                self.item(item);
                self.operations.push(Operation::BackCommit(self.here() + 2));
                self.operations[remember] = Operation::Choice(self.here());
                self.operations.push(Operation::Fail);
            }
            Item::Not(item) => {
                let remember = self.hole();
                self.item(item);
                self.operations.push(Operation::FailTwice);
                self.operations[remember] = Operation::Choice(self.here());
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

    fn repetition(&mut self, body: impl FnOnce(&mut Self)) {
        let remember = self.hole();
        let start = self.here();
        self.nested(body);
        self.operations.push(Operation::Repeat(start));
        self.operations[remember] = Operation::Choice(self.here());
    }
}
