//! Matching the grammar as CPython's parser does, without building anything.

use super::Source;
use super::actions::newer;
use super::grammar::{Memo, RuleId, Slot, grammar};
use super::lexical;
use super::program::{Address, FAIL, Kinds, Operation, Program, bit, program};
use super::results::{FAILED, Results};
use crate::error::{Columns, SyntaxError, SyntaxWarning};
use crate::literal;
use crate::token::{Token, TokenKind};
use crate::version::Version;

/// How many rules CPython's parser calls one in the other (`MAXSTACK`).
const MAX_LEVEL: u32 = super::super::MAX_DEPTH;

/// How many rules at most call one another to fail at one token.
const MOST_TO_FAIL: u32 = 500;

/// How many rules may be called for each token of the text, on average.
const STEPS_PER_TOKEN: u64 = 20_000;

/// Where the machine goes when the first rule has matched.
const RETURN: Address = Address::MAX;

/// Why a pass ended early.
pub(super) enum Stop {
    /// A rule raised.
    Raised(SyntaxError),
    /// The lexer did, at a token that the parser wanted.
    Lexical(SyntaxError),
    /// Rules nest too deep, or backtracking goes on for too long.
    TooDeep,
}

/// The index of the token behind the match, if there is one.
pub(super) type Match = Result<Option<usize>, Stop>;

/// What an alternative has captured: first token and the one behind the last.
pub(super) type Captures = [(usize, usize); 2];

/// Where the machine is.
struct Place {
    /// The token it looks at.
    pos: usize,
    /// The operation that comes next.
    next: Address,
}

/// What is on the machine's stack.
enum Frame {
    /// Where to go on when something fails.
    Back {
        next: Address,
        pos: u32,
    },
    Call(Call),
}

/// A rule being matched.
struct Call {
    address: Address,
    is_left: bool,
    /// Where to go on when it has matched.
    back: Address,
    start: usize,
    key: u32,
    /// Whether `invalid_` alternatives were tried outside it.
    invalid: bool,
    /// How many functions deep CPython's parser was outside it, and has been since.
    level: u32,
    deepest: u32,
    captures: Captures,
}

/// The state of a pass.
pub(super) struct Engine<'t> {
    pub(super) source: Source<'t>,
    program: &'static Program,
    start: usize,
    /// How many tokens were read, over both passes.
    read: usize,
    /// The first lexical error that the parser can meet.
    lex_error: Option<usize>,
    /// Whether `invalid_` alternatives are tried.
    pub(super) invalid: bool,
    /// The level of the innermost rule, and the deepest since it began.
    level: u32,
    deepest: u32,
    steps: u64,
    stack: Vec<Frame>,
    /// How deep in brackets the text is behind each token from `start`, as far as known.
    levels: Vec<u32>,
    memo: Results,
    /// What CPython has warned of so far, and how many of the lexer's warnings that are.
    pub(super) warnings: Vec<SyntaxWarning>,
    lex_warning: usize,
    /// Texts that were looked at in this pass and escape what cannot be.
    pub(super) looked_at: Vec<usize>,
}

impl<'t> Engine<'t> {
    pub(super) fn new(source: Source<'t>, start: usize) -> Self {
        Self {
            source,
            program: program(source.version),
            start,
            read: start,
            lex_error: source
                .lex_errors
                .iter()
                .position(|error| error.token as usize >= start),
            invalid: false,
            level: 0,
            deepest: 0,
            steps: (source.tokens.len() - start) as u64 * STEPS_PER_TOKEN,
            stack: Vec::new(),
            levels: Vec::new(),
            memo: Results::default(),
            warnings: Vec::new(),
            lex_warning: { source.lex_warnings }
                .partition_point(|warning| warning.range.start < source.tokens[start].range.start),
            looked_at: Vec::new(),
        }
    }

    /// Tries a rule; the token behind what it matched.
    pub(super) fn pass(&mut self, rule: &str, start: usize) -> Match {
        self.run(grammar(self.source.version).rule(rule), start)
    }

    /// Forgets what was matched, and tries `invalid_` alternatives from now on.
    pub(super) fn second_pass(&mut self) {
        self.invalid = true;
        self.memo.clear();
        self.looked_at.clear();
    }

    /// The index of the last token read so far.
    pub(super) fn last_read(&self) -> usize {
        self.read
            .saturating_sub(1)
            .max(self.start)
            .min(self.source.tokens.len() - 1)
    }

    pub(super) fn line_of(&self, offset: u32) -> u32 {
        crate::line_index::newlines_in(&self.source.text.as_bytes()[..offset as usize])
    }

    /// The kind of a token, which is hereby read.
    fn kind(&mut self, pos: usize) -> Result<TokenKind, Stop> {
        if pos >= self.read {
            self.read = pos + 1;
            let end = { self.source.tokens.get(pos) }.map_or(u32::MAX, |token| token.range.end);
            self.warn_of_tokens(end);
            if let Some(error) = self.lex_error.map(|index| &self.source.lex_errors[index])
                && pos >= error.token as usize
            {
                return Err(Stop::Lexical(lexical(error, self.source)));
            }
        }
        Ok(self
            .source
            .tokens
            .get(pos)
            .map_or(TokenKind::EndMarker, |token| token.kind))
    }

    /// Gives the lexer's warnings of what is before `end`.
    pub(super) fn warn_of_tokens(&mut self, end: u32) {
        let rest = &self.source.lex_warnings[self.lex_warning..];
        let count = rest.partition_point(|warning| warning.range.start < end);
        self.warnings.extend_from_slice(&rest[..count]);
        self.lex_warning += count;
    }

    pub(super) fn token_text(&self, pos: usize) -> &'t str {
        &self.source.text[self.source.tokens[pos].range.as_usize()]
    }

    /// Runs a rule on the machine, whose stack is a vector.
    fn run(&mut self, id: RuleId, start: usize) -> Match {
        self.stack.clear();
        let mut at = Place {
            pos: start,
            next: FAIL,
        };
        (self.level, self.deepest) = (0, 0);
        let mut matched = self.call(id, 0, &mut at, RETURN)?;
        loop {
            if !matched && !self.unwind(&mut at) {
                return Ok(None);
            }
            if at.next == RETURN {
                return Ok(Some(at.pos));
            }
            let operation = &self.program.operations[at.next as usize];
            at.next += 1;
            matched = self.step(operation, &mut at)?;
        }
    }

    /// One operation; whether it matched.
    fn step(&mut self, operation: &'static Operation, at: &mut Place) -> Result<bool, Stop> {
        let found = match operation {
            Operation::Fail => return Ok(false),
            Operation::Token(kind) => {
                let found = self.kind(at.pos)? == *kind;
                if found && *kind == TokenKind::Number {
                    self.check_number(at.pos)?;
                }
                found
            }
            Operation::Word(word) => {
                self.kind(at.pos)? == TokenKind::Name && self.token_text(at.pos) == *word
            }
            Operation::SoftKeyword => {
                self.kind(at.pos)? == TokenKind::Name
                    && match self.token_text(at.pos) {
                        "_" | "case" | "match" | "type" => true,
                        "lazy" => self.source.version >= Version::V3_15,
                        _ => false,
                    }
            }
            Operation::Forced(kind) => {
                if self.kind(at.pos)? != *kind {
                    let message = format!("expected '{}'", kind.text().unwrap_or_default());
                    return Err(Stop::Raised(self.at_token(at.pos, message)));
                }
                true
            }
            _ => return self.control(operation, at),
        };
        at.pos += usize::from(found);
        Ok(found)
    }

    /// Numbers have not always had underscores, and have few digits.
    fn check_number(&self, number: usize) -> Result<(), Stop> {
        const SINCE: u8 = 6;
        let text = self.token_text(number);
        if self.source.feature_version < SINCE && text.contains('_') {
            let message = newer("Underscores in numeric literals are", SINCE);
            return Err(Stop::Raised(self.at_last(message)));
        }
        if text.len() > literal::MAX_DIGITS
            && let Err(error) = literal::number(text)
        {
            let error = self.at_token(number, error.message);
            return Err(Stop::Raised(error.with_columns(Columns::None)));
        }
        Ok(())
    }

    /// An operation that consumes nothing by itself.
    fn control(&mut self, operation: &'static Operation, at: &mut Place) -> Result<bool, Stop> {
        match operation {
            Operation::Call(id, nesting) => {
                self.steps = self.steps.checked_sub(1).ok_or(Stop::TooDeep)?;
                let back = at.next;
                return self.call(*id, u32::from(*nesting), at, back);
            }
            Operation::Group(nesting) => {
                self.deepest = self.deepest.max(self.level + u32::from(*nesting));
                if self.deepest > MAX_LEVEL {
                    return Err(Stop::TooDeep);
                }
            }
            Operation::Return => self.leave(at),
            Operation::Choice(address, starts) => {
                if self.fails_at_once(self.program.starts[usize::from(*starts)], at.pos)? {
                    at.next = *address;
                    return Ok(true);
                }
                self.stack.push(Frame::Back {
                    next: *address,
                    pos: at.pos as u32,
                });
            }
            Operation::Commit(address) => {
                self.stack.pop();
                at.next = *address;
            }
            Operation::Repeat(address) => match self.stack.last_mut() {
                Some(Frame::Back { pos, .. }) if (*pos as usize) < at.pos => {
                    *pos = at.pos as u32;
                    at.next = *address;
                }
                // A round that consumed nothing is the last.
                _ => _ = self.stack.pop(),
            },
            Operation::BackCommit(address) => {
                if let Some(Frame::Back { pos, .. }) = self.stack.pop() {
                    at.pos = pos as usize;
                }
                at.next = *address;
            }
            Operation::FailTwice => {
                self.stack.pop();
                return Ok(false);
            }
            Operation::Cut => {
                if let Some(Frame::Back { next, .. }) = self.stack.last_mut() {
                    *next = FAIL;
                }
            }
            Operation::UnlessInvalid(address) if !self.invalid => at.next = *address,
            Operation::CaptureStart(slot) => {
                self.captures()[usize::from(*slot == Slot::B)].0 = at.pos;
            }
            Operation::CaptureEnd(slot) => {
                self.captures()[usize::from(*slot == Slot::B)].1 = at.pos;
            }
            Operation::Raise(raise) => {
                let captures = *self.captures();
                match self.raise(raise, &captures, at.pos)? {
                    Some(end) => at.pos = end,
                    None => {
                        // What wanted to raise but does not makes its rule fail,
                        // whatever alternatives are left.
                        while matches!(self.stack.last(), Some(Frame::Back { .. })) {
                            self.stack.pop();
                        }
                        return Ok(false);
                    }
                }
            }
            _ => {}
        }
        Ok(true)
    }

    /// The captures of the innermost rule.
    fn captures(&mut self) -> &mut Captures {
        let call = self.stack.iter_mut().rev().find_map(|frame| match frame {
            Frame::Call(call) => Some(&mut call.captures),
            Frame::Back { .. } => None,
        });
        call.expect("operations belong to a rule")
    }

    /// Enters a rule, or takes its result if that is known; whether it may match.
    /// `nesting` functions of CPython's parser stand between it and the rule that calls.
    fn call(
        &mut self,
        id: RuleId,
        nesting: u32,
        at: &mut Place,
        back: Address,
    ) -> Result<bool, Stop> {
        let entry = &self.program.entries[usize::from(id)];
        // What a left-recursive rule grows in is a function of its own.
        let level = self.level + nesting + 1 + u32::from(entry.memo == Memo::Left);
        let may_be_invalid = entry.memo != Memo::OfPass || self.invalid && !entry.without_invalid;
        if self.fails_at_once(entry.first[usize::from(may_be_invalid)], at.pos)? {
            self.deepest = self.deepest.max(level);
            return Ok(false);
        }
        let invalid = self.invalid;
        if entry.without_invalid {
            self.invalid = false;
        }
        let with_invalid = entry.memo == Memo::OfPass && self.invalid;
        let key = u32::from(id) << 1 | u32::from(with_invalid);
        let slot = at.pos - self.start;
        let known_here = self.memo.get(slot, key);
        let reached = match (&known_here, entry.memo) {
            // What CPython knows as well it does not go into again.
            (Some(known), Memo::OfPass) => level + known.depth,
            (Some(_), Memo::Left) => level - 1,
            _ => level,
        };
        self.deepest = self.deepest.max(reached);
        if reached > MAX_LEVEL {
            return Err(Stop::TooDeep);
        }
        if let Some(known) = known_here {
            self.invalid = invalid;
            at.pos = known.end as usize;
            at.next = back;
            return Ok(known.end != FAILED);
        }
        let (outer, deepest) = (self.level, self.deepest);
        (self.level, self.deepest) = (level, level);
        if entry.memo == Memo::Left {
            // The seed, from which the result grows.
            self.memo.add(slot, key, FAILED, 0);
        }
        let call = Call {
            address: entry.address,
            is_left: entry.memo == Memo::Left,
            back,
            start: at.pos,
            key,
            invalid,
            level: outer,
            deepest,
            captures: Captures::default(),
        };
        self.stack.push(Frame::Call(call));
        at.next = entry.address;
        Ok(true)
    }

    /// Whether what is only to be tried at some tokens can but look at the one at `pos`
    /// and fail. Not said where that may take more functions than CPython's parser has left.
    #[inline]
    fn fails_at_once(&mut self, starts: Kinds, pos: usize) -> Result<bool, Stop> {
        let is_said = starts != Kinds::MAX && self.level + MOST_TO_FAIL < MAX_LEVEL;
        Ok(is_said && starts & bit(self.kind(pos)?) == 0)
    }

    /// The end of a rule that matched.
    fn leave(&mut self, at: &mut Place) {
        // Choices that a rule leaves behind are its own, and done with.
        let Some(Frame::Call(call)) = self.stack.pop() else {
            return;
        };
        let slot = call.start - self.start;
        if call.is_left {
            let best = { self.memo.get(slot, call.key) }.map(|known| &mut known.end);
            let best = best.expect("the seed was planted");
            if *best == FAILED || (*best as usize) < at.pos {
                *best = at.pos as u32;
                *at = Place {
                    pos: call.start,
                    next: call.address,
                };
                self.stack.push(Frame::Call(call));
                return;
            }
            at.pos = *best as usize;
        } else {
            let depth = self.deepest - self.level;
            self.memo.add(slot, call.key, at.pos as u32, depth);
        }
        at.next = call.back;
        self.invalid = call.invalid;
        self.level = call.level;
        self.deepest = self.deepest.max(call.deepest);
    }

    /// Goes back to what was last remembered; whether there is anything.
    fn unwind(&mut self, at: &mut Place) -> bool {
        while let Some(frame) = self.stack.pop() {
            match frame {
                Frame::Back { next, pos } => {
                    *at = Place {
                        pos: pos as usize,
                        next,
                    };
                    return true;
                }
                Frame::Call(call) => {
                    self.invalid = call.invalid;
                    let depth = self.deepest - self.level;
                    self.level = call.level;
                    self.deepest = self.deepest.max(call.deepest);
                    let slot = call.start - self.start;
                    if !call.is_left {
                        self.memo.add(slot, call.key, FAILED, depth);
                        continue;
                    }
                    let best = { self.memo.get(slot, call.key) }.map_or(FAILED, |known| known.end);
                    if best != FAILED {
                        *at = Place {
                            pos: best as usize,
                            next: call.back,
                        };
                        return true;
                    }
                }
            }
        }
        false
    }

    /// How deep in brackets the text is behind a token.
    pub(super) fn level_behind(&mut self, pos: usize) -> u32 {
        let first = self.start + self.levels.len();
        let mut level = self.levels.last().copied().unwrap_or(0);
        for token in &self.source.tokens[first.min(pos + 1)..=pos] {
            level = match token.kind {
                TokenKind::LPar | TokenKind::LSqb | TokenKind::LBrace => level + 1,
                TokenKind::RPar | TokenKind::RSqb | TokenKind::RBrace => level.saturating_sub(1),
                TokenKind::Newline => 0,
                _ => level,
            };
            self.levels.push(level);
        }
        self.levels[pos - self.start]
    }

    /// An error over one token.
    pub(super) fn at_token(
        &self,
        pos: usize,
        message: impl Into<std::borrow::Cow<'static, str>>,
    ) -> SyntaxError {
        let Some(token) = self.source.tokens.get(pos) else {
            return self.at_end(message, Columns::None);
        };
        let at_start = || crate::position::TextRange::empty(token.range.start);
        match token.kind {
            TokenKind::EndMarker => self.at_end(message, Columns::None),
            TokenKind::Newline if self.is_implied(*token) => self.at_end(message, Columns::None),
            TokenKind::Newline => {
                let (start, end) = (self.newline_start(pos), token.range.start);
                SyntaxError::new(message, crate::position::TextRange::new(start, end))
                    .with_columns(Columns::Newline)
            }
            TokenKind::Indent | TokenKind::Dedent => {
                SyntaxError::new(message, at_start()).with_columns(Columns::None)
            }
            _ => SyntaxError::new(message, token.range),
        }
    }

    /// Where CPython's newline begins: where the comment before it does.
    pub(super) fn newline_start(&self, pos: usize) -> u32 {
        let tokens = self.source.tokens;
        let end = tokens[pos].range.start;
        let before = pos
            .checked_sub(1)
            .map_or(0, |before| tokens[before].range.end.min(end));
        let between = &self.source.text[before as usize..end as usize];
        let comment = between.rfind('\n').map_or(0, |newline| newline + 1);
        between[comment..]
            .find('#')
            .map_or(end, |at| before + (comment + at) as u32)
    }

    /// An error at the last token read.
    pub(super) fn at_last(
        &self,
        message: impl Into<std::borrow::Cow<'static, str>>,
    ) -> SyntaxError {
        self.at_unlocated(self.last_read(), message)
    }

    /// An error at a token, where CPython takes the tokenizer's place for a
    /// token that has none.
    pub(super) fn at_unlocated(
        &self,
        pos: usize,
        message: impl Into<std::borrow::Cow<'static, str>>,
    ) -> SyntaxError {
        let token = self.source.tokens[pos];
        let is_last = self.source.tokens[pos..]
            .iter()
            .all(|next| matches!(next.kind, TokenKind::Dedent | TokenKind::EndMarker));
        match token.kind {
            TokenKind::Dedent | TokenKind::EndMarker if is_last => {
                self.at_end(message, Columns::AtEnd)
            }
            TokenKind::Newline if self.is_implied(token) => self.at_end(message, Columns::AtEnd),
            TokenKind::Indent | TokenKind::Dedent => {
                let range = crate::position::TextRange::empty(token.range.start);
                SyntaxError::new(message, range).with_columns(Columns::Indent)
            }
            _ => self.at_token(pos, message),
        }
    }

    /// Whether CPython has the end of the text where a newline is here.
    pub(super) fn is_implied(&self, token: Token) -> bool {
        self.source.bare && token.kind == TokenKind::Newline && token.range.is_empty()
    }

    /// An error where the text ends: behind its last line, newline aside.
    pub(super) fn at_end(
        &self,
        message: impl Into<std::borrow::Cow<'static, str>>,
        columns: Columns,
    ) -> SyntaxError {
        let text = self.source.text;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        let columns = match columns {
            // There is no newline to stand behind.
            Columns::AtEnd if self.source.bare => Columns::Indent,
            _ => columns,
        };
        let range = crate::position::TextRange::empty(text.len() as u32);
        SyntaxError::new(message, range).with_columns(columns)
    }
}
