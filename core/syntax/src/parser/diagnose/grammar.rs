//! The grammar table, read once from `grammar.peg`.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::token::TokenKind;
use crate::version::Version;

/// Index of a rule.
pub(super) type RuleId = u16;

/// The grammar of CPython 3.14.
static GRAMMAR: LazyLock<Grammar> =
    LazyLock::new(|| Reader::new(include_str!("grammar.peg"), "").grammar());

/// The grammar of CPython 3.15: the rules that are not 3.14's, and all others.
static GRAMMAR_3_15: LazyLock<Grammar> = LazyLock::new(|| {
    let changes = include_str!("grammar_3_15.peg");
    Reader::new(include_str!("grammar.peg"), changes).grammar()
});

/// The grammar of a version.
pub(super) fn grammar(version: Version) -> &'static Grammar {
    match version {
        Version::V3_14 => &GRAMMAR,
        Version::V3_15 => &GRAMMAR_3_15,
    }
}

/// All rules.
#[derive(Default, Debug)]
pub(super) struct Grammar {
    pub(super) rules: Vec<Rule>,
    ids: HashMap<&'static str, RuleId>,
    /// The rule below which no `invalid_` alternative is tried.
    pub(super) without_invalid: RuleId,
}

/// How results of a rule are kept.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Memo {
    /// As long as the pass lasts: an economy of ours.
    #[default]
    OfPass,
    /// Over both passes, as CPython does.
    Always,
    /// The rule is left-recursive: its result grows.
    Left,
}

#[derive(Default, Debug)]
pub(super) struct Rule {
    pub(super) memo: Memo,
    pub(super) alternatives: Vec<Alternative>,
}

/// Items in a row, and what is raised once all have matched.
#[derive(Debug)]
pub(super) struct Alternative {
    pub(super) items: Vec<Item>,
    /// Only tried in the second pass.
    pub(super) invalid: bool,
    pub(super) raises: Option<Raise>,
}

#[derive(Debug)]
pub(super) enum Item {
    Token(TokenKind),
    /// A soft keyword.
    Word(&'static str),
    /// Any soft keyword.
    SoftKeyword,
    Rule(RuleId),
    Choice(Vec<Alternative>),
    Optional(Box<Self>),
    /// None or more.
    Star(Box<Self>),
    /// One or more.
    Plus(Box<Self>),
    /// One or more with a token between.
    Separated(Box<Self>, TokenKind),
    And(Box<Self>),
    Not(Box<Self>),
    /// No other alternative is tried from here on.
    Cut,
    /// An error where the token is missing.
    Forced(TokenKind),
    Capture(Slot, Box<Self>),
}

/// One of the two captures an alternative can make.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slot {
    A,
    B,
}

#[derive(Debug)]
pub(super) enum Raise {
    At(Slot, &'static str),
    Range(Slot, Slot, &'static str),
    From(Slot, &'static str),
    Last(&'static str),
    Next(&'static str),
    Indent(Option<Slot>, &'static str),
    Target(Targets, Slot),
    /// What matched came with a minor version of Python 3.
    Since(u8, &'static str),
    Call(&'static str),
}

/// What a capture was meant to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Targets {
    Star,
    Del,
    For,
}

impl Grammar {
    pub(super) fn rule(&self, name: &str) -> RuleId {
        self.ids[name]
    }
}

/// Reads the table. It is ours, so what it cannot read is a bug, found by any
/// test that reports an error.
struct Reader {
    lines: Vec<&'static str>,
    grammar: Grammar,
    /// What is left of the right-hand side being read.
    rest: &'static str,
}

impl Reader {
    /// Rules, some of which are taken from `changes` instead, as are those that only it has.
    fn new(text: &'static str, changes: &'static str) -> Self {
        let read = |text: &'static str| {
            text.lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
        };
        let name = |line: &'static str| line.split(' ').next();
        let changed: Vec<_> = read(changes)
            .filter(|line| !line.starts_with(' '))
            .map(name)
            .collect();
        let mut is_changed = false;
        let kept = read(text).filter(|&line| {
            if !line.starts_with(' ') {
                is_changed = changed.contains(&name(line));
            }
            !is_changed
        });
        let mut lines: Vec<_> = kept.collect();
        lines.extend(read(changes));
        Self {
            lines,
            grammar: Grammar::default(),
            rest: "",
        }
    }

    fn grammar(mut self) -> Grammar {
        for &line in &self.lines {
            if let Some((head, _)) = line.split_once(" = ").filter(|_| !line.starts_with(' ')) {
                let mut words = head.split(' ');
                let name = words.next().unwrap_or_default();
                let memo = match words.next() {
                    Some("memo") => Memo::Always,
                    Some("left") => Memo::Left,
                    _ => Memo::OfPass,
                };
                let id = self.grammar.rules.len() as RuleId;
                self.grammar.ids.insert(name, id);
                self.grammar.rules.push(Rule {
                    memo,
                    alternatives: Vec::new(),
                });
            }
        }
        self.grammar.without_invalid = self.grammar.rule("expression_without_invalid");
        let mut current = None;
        for line in std::mem::take(&mut self.lines) {
            self.rest = if line.starts_with(' ') {
                line.trim_start().trim_start_matches("/ ")
            } else {
                current = Some(current.map_or(0, |index: usize| index + 1));
                line.split_once(" = ")
                    .expect("a rule has a right-hand side")
                    .1
            };
            let mut alternatives = self.choice();
            assert!(self.rest.is_empty(), "left over: {}", self.rest);
            let rule = &mut self.grammar.rules[current.expect("a rule comes first")];
            rule.alternatives.append(&mut alternatives);
        }
        self.grammar
    }

    fn skip(&mut self, text: &str) -> bool {
        let found = self.rest.strip_prefix(text);
        if let Some(rest) = found {
            self.rest = rest.trim_start();
        }
        found.is_some()
    }

    /// Alternatives up to a closing parenthesis or the end.
    fn choice(&mut self) -> Vec<Alternative> {
        let mut alternatives = Vec::new();
        loop {
            let (mut items, mut raises) = (Vec::new(), None);
            // CPython's generator of parsers looks at what is all of an alternative.
            let is_invalid = self.rest.starts_with("invalid_");
            while !self.rest.is_empty() && !self.rest.starts_with(['/', ')']) {
                if self.skip("=>") {
                    raises = Some(self.raise());
                    break;
                }
                items.push(self.item());
            }
            alternatives.push(Alternative {
                invalid: is_invalid && items.len() == 1,
                items,
                raises,
            });
            if !self.skip("/") {
                return alternatives;
            }
        }
    }

    fn item(&mut self) -> Item {
        if self.skip("~") {
            return Item::Cut;
        }
        if self.skip("!!") {
            return Item::Forced(self.token());
        }
        if self.skip("&") {
            return Item::And(Box::new(self.item()));
        }
        if self.skip("!") {
            return Item::Not(Box::new(self.item()));
        }
        if self.skip("a:") {
            return Item::Capture(Slot::A, Box::new(self.item()));
        }
        if self.skip("b:") {
            return Item::Capture(Slot::B, Box::new(self.item()));
        }
        let mut item = self.primary();
        loop {
            item = if self.skip("?") {
                Item::Optional(Box::new(item))
            } else if self.skip("*") {
                Item::Star(Box::new(item))
            } else if self.skip("+") {
                Item::Plus(Box::new(item))
            } else if self.skip("% ") {
                Item::Separated(Box::new(item), self.token())
            } else {
                return item;
            };
        }
    }

    fn primary(&mut self) -> Item {
        if self.skip("(") {
            let alternatives = self.choice();
            assert!(self.skip(")"), "unclosed: {}", self.rest);
            return Item::Choice(alternatives);
        }
        if let Some(rest) = self.rest.strip_prefix('"') {
            let (word, rest) = rest.split_once('"').expect("a closing quote");
            self.rest = rest.trim_start();
            return Item::Word(word);
        }
        if self.rest.starts_with('\'') {
            return Item::Token(self.token());
        }
        let end = self
            .rest
            .find(|c: char| c != '_' && !c.is_alphanumeric())
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        // A star or plus behind a name is not what a space away begins a token.
        self.rest = rest.trim_start();
        match name {
            "SOFT_KEYWORD" => Item::SoftKeyword,
            // Comments are no tokens here, so there never is one; but it is looked for.
            "TYPE_COMMENT" => Item::And(Box::new(Item::Token(TokenKind::EndMarker))),
            _ => match named_token(name) {
                Some(kind) => Item::Token(kind),
                None => match self.grammar.ids.get(name) {
                    Some(&id) => Item::Rule(id),
                    None => panic!("no rule {name:?} before {:?}", self.rest),
                },
            },
        }
    }

    /// A token in single quotes.
    fn token(&mut self) -> TokenKind {
        let rest = self.rest.strip_prefix('\'').expect("a token in quotes");
        let (text, rest) = rest.split_once('\'').expect("a closing quote");
        self.rest = rest.trim_start();
        TokenKind::ALL
            .iter()
            .copied()
            .find(|kind| kind.text() == Some(text))
            .unwrap_or_else(|| panic!("no token {text:?}"))
    }

    fn raise(&mut self) -> Raise {
        let word = self.word();
        match word {
            "at" => Raise::At(self.slot(), self.message()),
            "range" => Raise::Range(self.slot(), self.slot(), self.message()),
            "from" => Raise::From(self.slot(), self.message()),
            "last" => Raise::Last(self.message()),
            "next" => Raise::Next(self.message()),
            "indent" => {
                let slot = (!self.rest.starts_with('"')).then(|| self.slot());
                Raise::Indent(slot, self.message())
            }
            "target" => {
                let targets = match self.word() {
                    "star" => Targets::Star,
                    "del" => Targets::Del,
                    _ => Targets::For,
                };
                Raise::Target(targets, self.slot())
            }
            "since" => {
                let minor = self.word().parse().expect("a minor version");
                Raise::Since(minor, self.message())
            }
            "call" => Raise::Call(self.word()),
            _ => panic!("no action {word:?}"),
        }
    }

    fn word(&mut self) -> &'static str {
        let end = self.rest.find(' ').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        word
    }

    fn slot(&mut self) -> Slot {
        if self.word() == "a" { Slot::A } else { Slot::B }
    }

    /// The rest of the line, a message in quotes.
    fn message(&mut self) -> &'static str {
        let text = std::mem::take(&mut self.rest);
        text.strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .expect("a message in quotes")
    }
}

fn named_token(name: &str) -> Option<TokenKind> {
    Some(match name {
        "NAME" => TokenKind::Name,
        "NUMBER" => TokenKind::Number,
        "STRING" => TokenKind::String,
        "NEWLINE" => TokenKind::Newline,
        "INDENT" => TokenKind::Indent,
        "DEDENT" => TokenKind::Dedent,
        "ENDMARKER" => TokenKind::EndMarker,
        "FSTRING_START" => TokenKind::FStringStart,
        "FSTRING_MIDDLE" => TokenKind::FStringMiddle,
        "FSTRING_END" => TokenKind::FStringEnd,
        "TSTRING_START" => TokenKind::TStringStart,
        "TSTRING_MIDDLE" => TokenKind::TStringMiddle,
        "TSTRING_END" => TokenKind::TStringEnd,
        _ => return None,
    })
}
