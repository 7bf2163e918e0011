//! Tokens to trees: recursive descent for statements, precedence climbing for
//! expressions.
//!
//! - Ranges are CPython's, to the byte.
//! - The parser always advances and always returns a tree. What it cannot read
//!   becomes `Stmt::Invalid`; where that happens is decided in `recovery` alone.
//! - A function that fails returns `Err(Failed)` without a message: finding
//!   CPython's words for what is wrong is the work of `diagnose`, which runs
//!   over broken statements only, so that correct programs pay nothing for it.
//! - Recursion is bounded by `MAX_DEPTH`, and so is the height of the tree
//!   (`height`): whoever walks a tree may recurse, by way of `stack::deeper`.

mod atom;
mod compound;
pub(crate) mod diagnose;
mod expr;
pub(crate) mod height;
mod params;
mod pattern;
mod recovery;
mod stmt;
mod strings;
mod target;
#[cfg(test)]
mod tests;

use crate::error::SyntaxWarning;
use crate::lexer;
use std::ops::Range;

use crate::position::TextRange;
use crate::stack;
use crate::token::{Token, TokenKind};
use crate::tree::{Expr, ExprContext, ExprId, Id, Key, List, NameId, Node, Stmt, Tree};
use crate::version::Version;

/// How deep expressions and statements may nest at most. CPython's parser gives
/// up after as many nested rules, and no level here is less than one of its rules.
pub(crate) const MAX_DEPTH: u32 = 6_000;

/// From here on it is asked whether CPython's parser would have given up (`diagnose`
/// counts as it does): no level here is more than 40 of its rules. Real programs
/// stay below.
const DEEP: u32 = MAX_DEPTH / 40;

/// Every how many levels the stack is looked after: a bracket takes about 10 KiB of it.
const STACK_STEP: u32 = 8;

/// The text is not what the grammar wants here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed;

pub(crate) type Parsed<T> = Result<T, Failed>;

/// The state of one parse: a cursor over tokens, and the tree so far.
pub(crate) struct Parser<'t> {
    text: &'t str,
    version: Version,
    is_ascii: bool,
    tokens: &'t [Token],
    /// Index of the current token; never past the `EndMarker` that ends `tokens`.
    pos: usize,
    /// The kind of the current token.
    kind: TokenKind,
    /// End of the last token consumed that was no newline, indent or dedent.
    prev_end: u32,
    depth: u32,
    /// Whether `depth` ever reached `DEEP`.
    deep: bool,
    /// Whether `<>` is what it was: there is such a feature in `__future__`.
    flufl: bool,
    /// How many expressions there were when the last statement began, and
    /// whether any had enough of its own to make a tree too high.
    counted: usize,
    may_be_high: bool,
    tree: Tree,
    /// Lists being built, one on top of the other.
    scratch: Vec<u32>,
    /// Lists that grow together with one in `scratch`.
    second: Vec<u32>,
    /// The tokens of each statement that could not be read.
    broken: Vec<Range<usize>>,
    /// The token behind the last of these and its block.
    behind_broken: Option<usize>,
    /// Whether statements are read of a block that belongs to nothing.
    is_in_stray_block: bool,
    /// What CPython's parser warns of: escapes that escape nothing, and where it has read to
    /// when it does.
    warnings: Vec<(u32, SyntaxWarning)>,
}

/// What the parser made of a segment's tokens.
pub(crate) struct Outcome {
    /// The tokens of each statement that could not be read, in order.
    pub(crate) broken: Vec<Range<usize>>,
    /// Whether something may be nested deeper than CPython's parser goes.
    pub(crate) deep: bool,
    /// Whether the tree was too high to be kept.
    pub(crate) too_high: bool,
    /// What CPython's parser warns of, and where it has read to when it does.
    pub(crate) warnings: Vec<(u32, SyntaxWarning)>,
}

/// What a text is to be read as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// A file: any statements.
    Exec,
    /// One expression.
    Eval,
    /// What one enters at the prompt: one compound statement or one line.
    Single,
}

/// Memory that one parse leaves to the next.
#[derive(Default)]
pub(crate) struct Workspace {
    /// What the last parse made.
    pub(crate) tree: Tree,
    scratch: Vec<u32>,
    second: Vec<u32>,
}

/// Reads tokens, the last of which is an `EndMarker`, into the workspace's tree.
pub(crate) fn parse(
    text: &str,
    tokens: &[Token],
    mode: Mode,
    version: Version,
    workspace: &mut Workspace,
) -> Outcome {
    debug_assert!(
        tokens
            .last()
            .is_some_and(|token| token.kind == TokenKind::EndMarker)
    );
    let mut parser = Parser::new(text, tokens, version, std::mem::take(workspace));
    match mode {
        Mode::Exec | Mode::Single => parser.file(),
        Mode::Eval => parser.eval(),
    }
    parser.count_expressions();
    let too_high = parser.may_be_high && height::is_too_high(&parser.tree);
    if too_high {
        parser.tree.clear();
        let whole = TextRange::new(tokens[0].range.start, tokens[tokens.len() - 1].range.end);
        let invalid = parser.tree.add(Stmt::Invalid, whole);
        let body = parser.tree.add_raw_list(&[invalid.raw()]);
        parser.tree.set_body(body);
    }
    *workspace = Workspace {
        tree: parser.tree,
        scratch: parser.scratch,
        second: parser.second,
    };
    Outcome {
        broken: parser.broken,
        deep: parser.deep,
        too_high,
        warnings: parser.warnings,
    }
}

impl<'t> Parser<'t> {
    pub(crate) fn new(
        text: &'t str,
        tokens: &'t [Token],
        version: Version,
        workspace: Workspace,
    ) -> Self {
        let Workspace {
            mut tree,
            mut scratch,
            mut second,
        } = workspace;
        tree.clear();
        tree.reserve(tokens.len());
        scratch.clear();
        second.clear();
        Self {
            text,
            version,
            is_ascii: text.is_ascii(),
            tokens,
            pos: 0,
            kind: tokens[0].kind,
            prev_end: tokens[0].range.start,
            depth: 0,
            deep: false,
            flufl: false,
            counted: 0,
            may_be_high: false,
            tree,
            scratch,
            second,
            broken: Vec::new(),
            behind_broken: None,
            is_in_stray_block: false,
            warnings: Vec::new(),
        }
    }

    /// Between two statements: an expression that is too high has many in it.
    #[inline]
    fn count_expressions(&mut self) {
        let count = self.tree.count::<Expr>();
        self.may_be_high |= count - self.counted > height::MAX_HEIGHT as usize;
        self.counted = count;
    }

    /// Where the current token starts.
    #[inline]
    fn start(&self) -> u32 {
        self.tokens[self.pos].range.start
    }

    /// The kind of the token `ahead` of the current one.
    #[inline]
    fn peek(&self, ahead: usize) -> TokenKind {
        self.tokens
            .get(self.pos + ahead)
            .map_or(TokenKind::EndMarker, |token| token.kind)
    }

    #[inline]
    fn at(&self, kind: TokenKind) -> bool {
        self.kind == kind
    }

    /// Goes to the next token; stays on the `EndMarker`.
    #[inline]
    fn bump(&mut self) {
        if !matches!(
            self.kind,
            TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent | TokenKind::EndMarker
        ) {
            self.prev_end = self.tokens[self.pos].range.end;
        }
        if self.pos + 1 < self.tokens.len() {
            self.pos += 1;
            self.kind = self.tokens[self.pos].kind;
        }
    }

    #[inline]
    fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.kind == kind;
        if found {
            self.bump();
        }
        found
    }

    #[inline]
    fn expect(&mut self, kind: TokenKind) -> Parsed<()> {
        if self.eat(kind) { Ok(()) } else { Err(Failed) }
    }

    /// The text of the current token.
    fn current_text(&self) -> &'t str {
        &self.text[self.tokens[self.pos].range.as_usize()]
    }

    /// Whether the current token is the soft keyword `word`.
    fn at_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Name && self.current_text() == word
    }

    /// Whether the current token means `!=`.
    pub(super) fn at_not_equal(&self) -> bool {
        self.kind == TokenKind::NotEqual && (self.current_text() == "<>") == self.flufl
    }

    /// Consumes a name and interns it.
    #[inline]
    fn name(&mut self) -> Parsed<NameId> {
        if self.kind != TokenKind::Name {
            return Err(Failed);
        }
        let id = self.intern(self.tokens[self.pos].range);
        self.bump();
        Ok(id)
    }

    #[inline]
    fn intern(&mut self, range: TextRange) -> NameId {
        let text = self.text;
        let (start, len) = (range.start as usize, range.len() as usize);
        if len <= Key::LONGEST
            && let Some(key) = Key::at(text.as_bytes(), start, len)
        {
            return self.tree.intern_key(key, || &text[range.as_usize()]);
        }
        self.intern_long(range)
    }

    #[inline(never)]
    fn intern_long(&mut self, range: TextRange) -> NameId {
        let text = &self.text[range.as_usize()];
        if self.is_ascii || text.is_ascii() {
            self.tree.intern(text)
        } else {
            self.tree.intern(&lexer::normalize(text))
        }
    }

    /// Adds a node that began at `start` and ends with the last token consumed.
    #[inline]
    fn add<T: Node>(&mut self, node: T, start: u32) -> Id<T> {
        self.tree
            .add(node, TextRange::new(start, self.prev_end.max(start)))
    }

    /// Runs `parse` one level deeper.
    #[inline]
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.depth += 1;
        let result = if self.depth.is_multiple_of(STACK_STEP) || self.depth >= DEEP {
            self.much_deeper(parse)
        } else {
            parse(self)
        };
        self.depth -= 1;
        result
    }

    /// The less frequent part of `deeper`: looks after the stack and the limit.
    #[cold]
    #[inline(never)]
    fn much_deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.deep |= self.depth >= DEEP;
        if self.depth > MAX_DEPTH {
            return Err(Failed);
        }
        stack::deeper(|| parse(self))
    }

    /// Begins a list in `scratch`; `finish` ends it.
    #[inline]
    fn mark(&self) -> usize {
        self.scratch.len()
    }

    #[inline]
    fn push<T>(&mut self, id: Id<T>) {
        self.scratch.push(id.raw());
    }

    #[inline]
    fn finish<T>(&mut self, mark: usize) -> List<T> {
        let list = self.tree.add_raw_list(&self.scratch[mark..]);
        self.scratch.truncate(mark);
        list
    }

    /// The same for the list that grows beside.
    #[inline]
    fn finish_second<T>(&mut self, mark: usize) -> List<T> {
        let list = self.tree.add_raw_list(&self.second[mark..]);
        self.second.truncate(mark);
        list
    }

    /// A tuple that is read.
    fn tuple(&mut self, mark: usize, start: u32) -> ExprId {
        let elts = self.finish(mark);
        self.add(
            Expr::Tuple {
                elts,
                ctx: ExprContext::Load,
            },
            start,
        )
    }
}
