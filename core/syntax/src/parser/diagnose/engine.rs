//! Matching the grammar as CPython's parser does, without building anything.

use super::Source;
use super::grammar::{Alternative, GRAMMAR, Item, Memo, RuleId, Slot};
use super::lexical;
use crate::error::{Columns, SyntaxError};
use crate::token::TokenKind;

/// How deep rules may nest. CPython's limit is 4,000 of its functions.
const MAX_DEPTH: u32 = 4_000;

/// How many alternatives may be tried for each token of the text, on average.
const STEPS_PER_TOKEN: u64 = 20_000;

/// What a rule that does not match is remembered as.
const FAILED: u32 = u32::MAX;

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

/// The state of a pass.
pub(super) struct Engine<'t> {
    pub(super) source: Source<'t>,
    start: usize,
    /// How many tokens were read, over both passes.
    read: usize,
    /// The first lexical error that the parser can meet.
    lex_error: Option<usize>,
    /// Whether `invalid_` alternatives are tried.
    invalid: bool,
    depth: u32,
    steps: u64,
    /// For each token from `start`: rule and what it gave.
    memo: Vec<Vec<(u32, u32)>>,
}

impl<'t> Engine<'t> {
    pub(super) fn new(source: Source<'t>, start: usize) -> Self {
        Self {
            source,
            start,
            read: start,
            lex_error: source.lex_errors.iter().position(|error| error.token as usize >= start),
            invalid: false,
            depth: 0,
            steps: (source.tokens.len() - start) as u64 * STEPS_PER_TOKEN,
            memo: Vec::new(),
        }
    }

    /// Tries a rule; whether it matched.
    pub(super) fn pass(&mut self, rule: &str, start: usize) -> Result<bool, Stop> {
        self.depth = 0;
        Ok(self.rule(GRAMMAR.rule(rule), start)?.is_some())
    }

    /// Forgets what was matched, and tries `invalid_` alternatives from now on.
    pub(super) fn second_pass(&mut self) {
        self.invalid = true;
        self.memo.iter_mut().for_each(Vec::clear);
    }

    /// The index of the last token read so far.
    pub(super) fn last_read(&self) -> usize {
        self.read.saturating_sub(1).max(self.start).min(self.source.tokens.len() - 1)
    }

    pub(super) fn line_of(&self, offset: u32) -> u32 {
        crate::line_index::newlines_in(&self.source.text.as_bytes()[..offset as usize])
    }

    /// The kind of a token, which is hereby read.
    fn kind(&mut self, pos: usize) -> Result<TokenKind, Stop> {
        if pos >= self.read {
            self.read = pos + 1;
            if let Some(error) = self.lex_error.map(|index| &self.source.lex_errors[index])
                && pos >= error.token as usize
            {
                return Err(Stop::Lexical(lexical(error, self.source.text)));
            }
        }
        Ok(self.source.tokens.get(pos).map_or(TokenKind::EndMarker, |token| token.kind))
    }

    pub(super) fn token_text(&self, pos: usize) -> &'t str {
        &self.source.text[self.source.tokens[pos].range.as_usize()]
    }

    fn rule(&mut self, id: RuleId, pos: usize) -> Match {
        let rule = &GRAMMAR.rules[id as usize];
        let with_invalid = rule.memo == Memo::OfPass && self.invalid;
        let key = u32::from(id) << 1 | u32::from(with_invalid);
        let slot = pos - self.start;
        if slot >= self.memo.len() {
            self.memo.resize_with(slot + 1, Vec::new);
        }
        if let Some(&(_, end)) = self.memo[slot].iter().find(|&&(known, _)| known == key) {
            return Ok((end != FAILED).then_some(end as usize));
        }
        if self.depth >= MAX_DEPTH {
            return Err(Stop::TooDeep);
        }
        self.depth += 1;
        let end = if rule.memo == Memo::Left {
            self.grow(&rule.alternatives, key, pos)?
        } else {
            let end = self.choice(&rule.alternatives, pos, &mut Captures::default())?;
            self.memo[slot].push((key, end.map_or(FAILED, |end| end as u32)));
            end
        };
        self.depth -= 1;
        Ok(end)
    }

    /// A left-recursive rule: its own result so far is what it begins with.
    fn grow(&mut self, alternatives: &'static [Alternative], key: u32, pos: usize) -> Match {
        let slot = pos - self.start;
        let index = self.memo[slot].len();
        self.memo[slot].push((key, FAILED));
        let mut best = None;
        loop {
            let end = self.choice(alternatives, pos, &mut Captures::default())?;
            if end.is_none() || end <= best {
                return Ok(best);
            }
            best = end;
            self.memo[slot][index].1 = end.map_or(FAILED, |end| end as u32);
        }
    }

    /// The first alternative that matches.
    fn choice(&mut self, alternatives: &'static [Alternative], pos: usize, captures: &mut Captures) -> Match {
        for alternative in alternatives {
            if alternative.invalid && !self.invalid {
                continue;
            }
            self.steps = self.steps.checked_sub(1).ok_or(Stop::TooDeep)?;
            let mut end = Some(pos);
            let mut cut = false;
            for item in &alternative.items {
                let Some(at) = end else { break };
                if matches!(item, Item::Cut) {
                    cut = true;
                    continue;
                }
                end = self.item(item, at, captures)?;
            }
            if let Some(end) = end {
                return match &alternative.raises {
                    // An alternative that wanted to raise but does not makes its rule fail.
                    Some(raise) => self.raise(raise, captures, end),
                    None => Ok(Some(end)),
                };
            }
            if cut {
                return Ok(None);
            }
        }
        Ok(None)
    }

    fn item(&mut self, item: &'static Item, pos: usize, captures: &mut Captures) -> Match {
        match item {
            Item::Token(kind) => Ok((self.kind(pos)? == *kind).then_some(pos + 1)),
            Item::Word(word) => {
                let found = self.kind(pos)? == TokenKind::Name && self.token_text(pos) == *word;
                Ok(found.then_some(pos + 1))
            }
            Item::SoftKeyword => {
                let found = self.kind(pos)? == TokenKind::Name
                    && matches!(self.token_text(pos), "_" | "case" | "match" | "type");
                Ok(found.then_some(pos + 1))
            }
            Item::Rule(id) if self.is_without_invalid(*id) => {
                let invalid = std::mem::replace(&mut self.invalid, false);
                let result = self.rule(*id, pos);
                self.invalid = invalid;
                result
            }
            Item::Rule(id) => self.rule(*id, pos),
            Item::Choice(alternatives) => self.choice(alternatives, pos, captures),
            Item::Optional(item) => Ok(self.item(item, pos, captures)?.or(Some(pos))),
            Item::Star(item) => self.repeat(item, pos, captures).map(Some),
            Item::Plus(item) => match self.item(item, pos, captures)? {
                Some(end) => self.repeat(item, end, captures).map(Some),
                None => Ok(None),
            },
            Item::Separated(item, separator) => {
                let Some(mut end) = self.item(item, pos, captures)? else { return Ok(None) };
                while self.kind(end)? == *separator {
                    match self.item(item, end + 1, captures)? {
                        Some(next) => end = next,
                        None => break,
                    }
                }
                Ok(Some(end))
            }
            Item::And(item) => Ok(self.item(item, pos, captures)?.map(|_| pos)),
            Item::Not(item) => Ok(match self.item(item, pos, captures)? {
                Some(_) => None,
                None => Some(pos),
            }),
            Item::Cut => Ok(Some(pos)),
            Item::Forced(kind) => {
                if self.kind(pos)? == *kind {
                    return Ok(Some(pos + 1));
                }
                let message = format!("expected '{}'", kind.text().unwrap_or_default());
                Err(Stop::Raised(self.at_token(pos, message)))
            }
            Item::Capture(slot, item) => {
                let end = self.item(item, pos, captures)?;
                if let Some(end) = end {
                    captures[usize::from(*slot == Slot::B)] = (pos, end);
                }
                Ok(end)
            }
        }
    }

    /// As many as there are, each of which must consume something.
    fn repeat(&mut self, item: &'static Item, mut pos: usize, captures: &mut Captures) -> Result<usize, Stop> {
        while let Some(end) = self.item(item, pos, captures)? {
            if end <= pos {
                break;
            }
            pos = end;
        }
        Ok(pos)
    }

    fn is_without_invalid(&self, id: RuleId) -> bool {
        self.invalid && id == GRAMMAR.without_invalid
    }

    /// How deep in brackets the text is behind a token.
    pub(super) fn level_behind(&self, pos: usize) -> usize {
        let mut level = 0_usize;
        for token in &self.source.tokens[self.start..=pos] {
            match token.kind {
                TokenKind::LPar | TokenKind::LSqb | TokenKind::LBrace => level += 1,
                TokenKind::RPar | TokenKind::RSqb | TokenKind::RBrace => level = level.saturating_sub(1),
                TokenKind::Newline => level = 0,
                _ => {}
            }
        }
        level
    }

    /// An error over one token.
    pub(super) fn at_token(&self, pos: usize, message: impl Into<std::borrow::Cow<'static, str>>) -> SyntaxError {
        let Some(token) = self.source.tokens.get(pos) else { return self.at_end(message, Columns::None) };
        let at_start = || crate::position::TextRange::empty(token.range.start);
        match token.kind {
            TokenKind::EndMarker => self.at_end(message, Columns::None),
            TokenKind::Newline => SyntaxError::new(message, at_start()).with_columns(Columns::Newline),
            TokenKind::Indent | TokenKind::Dedent => {
                SyntaxError::new(message, at_start()).with_columns(Columns::None)
            }
            _ => SyntaxError::new(message, token.range),
        }
    }

    /// An error at the last token read.
    pub(super) fn at_last(&self, message: impl Into<std::borrow::Cow<'static, str>>) -> SyntaxError {
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
        let is_last = self.source.tokens[pos..].iter().all(|next| {
            matches!(next.kind, TokenKind::Dedent | TokenKind::EndMarker)
        });
        match token.kind {
            TokenKind::Dedent | TokenKind::EndMarker if is_last => self.at_end(message, Columns::AtEnd),
            TokenKind::Indent | TokenKind::Dedent => {
                let range = crate::position::TextRange::empty(token.range.start);
                SyntaxError::new(message, range).with_columns(Columns::Indent)
            }
            _ => self.at_token(pos, message),
        }
    }

    /// An error where the text ends: behind its last line, newline aside.
    pub(super) fn at_end(
        &self,
        message: impl Into<std::borrow::Cow<'static, str>>,
        columns: Columns,
    ) -> SyntaxError {
        let text = self.source.text;
        let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
        let range = crate::position::TextRange::empty(text.len() as u32);
        SyntaxError::new(message, range).with_columns(columns)
    }
}
