//! Syntax that an older Python lacks, in the words of CPython's `feature_version`.
//!
//! Every feature is one row of `Feature::since_and_name`; `unsupported` finds the
//! places. Versions before 3.8 are not asked for, so what they lack is not here.

use crate::error::SyntaxError;
use crate::lexer;
use crate::module::{FirstError, Module, ParsedSegment};
use crate::position::TextRange;
use crate::token::TokenKind;
use crate::tree::{Arg, Expr, ExprId, Id, Stmt, Tree, TypeParam};

/// The oldest version, as a minor one of 3, that can be asked for, and the newest.
pub const VERSIONS: std::ops::RangeInclusive<u8> = 8..=15;

/// The minor one of a version that can be asked for: `3.N`.
pub fn minor_of(name: &str) -> Option<u8> {
    let minor = name.strip_prefix("3.")?.parse().ok()?;
    VERSIONS.contains(&minor).then_some(minor)
}

/// A piece of grammar that came with a version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Feature {
    Decorator,
    ParenthesizedWith,
    StarredFor,
    Match,
    ExceptStar,
    StarredIndex,
    StarredAnnotation,
    TypeParameters,
    TypeStatement,
    NestedQuotes,
    FieldBackslash,
    FieldComment,
    TypeParameterDefault,
    TemplateString,
    BareExcept,
}

impl Feature {
    /// The minor version that has it first, and what CPython calls it, or would.
    const fn since_and_name(self) -> (u8, &'static str) {
        match self {
            Self::Decorator => (9, "Arbitrary expressions in decorators are"),
            Self::ParenthesizedWith => (9, "Parenthesized context managers are"),
            Self::StarredFor => (9, "Unparenthesized unpacking in for loops is"),
            Self::Match => (10, "Pattern matching is"),
            Self::ExceptStar => (11, "Exception groups are"),
            Self::StarredIndex => (11, "Unpacking in subscripts is"),
            Self::StarredAnnotation => (11, "Starred annotations are"),
            Self::TypeParameters => (12, "Type parameter lists are"),
            Self::TypeStatement => (12, "Type statement is"),
            Self::NestedQuotes => (12, "Reuse of an f-string's quotes inside its fields is"),
            Self::FieldBackslash => (12, "Backslashes in fields of f-strings are"),
            Self::FieldComment => (12, "Comments in fields of f-strings are"),
            Self::TypeParameterDefault => (13, "Type parameter defaults are"),
            Self::TemplateString => (14, "t-strings are"),
            Self::BareExcept => (14, "except expressions without parentheses are"),
        }
    }
}

/// What a segment, whose text this is, has that Python 3.`minor` lacks, in the
/// order of the text.
pub fn unsupported(parsed: &ParsedSegment, text: &str, minor: u8) -> Vec<SyntaxError> {
    let mut finder = Finder {
        tree: &parsed.tree,
        text,
        tokens: lexer::lex(text).tokens,
        found: Vec::new(),
    };
    finder.statements();
    finder.expressions();
    finder.strings(&parsed.comments);
    let found = finder.found.into_iter().filter_map(|(feature, range)| {
        let (since, name) = feature.since_and_name();
        (minor < since).then(|| {
            let message = format!("{name} only supported in Python 3.{since} and greater");
            SyntaxError::new(message, range)
        })
    });
    let mut errors: Vec<SyntaxError> = found.collect();
    errors.sort_by_key(|error| error.range.start);
    errors
}

/// The first of a whole file, whose text this is.
pub fn first_unsupported(module: &Module, text: &str, minor: u8) -> Option<FirstError> {
    module.segments.iter().find_map(|segment| {
        let own = &text[segment.range.as_usize()];
        let found = unsupported(&segment.parsed, own, minor);
        let mut error = found.into_iter().next()?;
        error.range = error.range.shifted(segment.range.start);
        Some(FirstError::new(error, text))
    })
}

struct Finder<'a> {
    tree: &'a Tree,
    text: &'a str,
    tokens: lexer::Tokens,
    found: Vec<(Feature, TextRange)>,
}

impl Finder<'_> {
    fn add(&mut self, feature: Feature, range: TextRange) {
        self.found.push((feature, range));
    }

    /// The index of the first token at or behind a place.
    fn token_at(&self, offset: u32) -> usize {
        self.tokens
            .partition_point(|token| token.range.start < offset)
    }

    fn statements(&mut self) {
        let tree = self.tree;
        for id in tree.ids::<Stmt>() {
            let range = tree.range(id);
            let first = self.token_at(range.start);
            let keyword = self.tokens[first].range;
            match tree[id] {
                Stmt::FunctionDef(def) => self.decorators(tree[def].decorator_list),
                Stmt::ClassDef(def) => self.decorators(tree[def].decorator_list),
                Stmt::TypeAlias { .. } => self.add(Feature::TypeStatement, keyword),
                Stmt::Match { .. } => self.add(Feature::Match, keyword),
                Stmt::For(node) => self.starred_for(tree[node].iter),
                Stmt::With { is_async, .. } => {
                    if let Some(open) = self.parenthesized(first + 1 + usize::from(is_async)) {
                        self.add(Feature::ParenthesizedWith, open);
                    }
                }
                Stmt::Try(node) => {
                    for handler in tree.list(tree[node].handlers) {
                        let except = self.token_at(tree.range(handler).start);
                        if tree[node].is_star {
                            self.add(Feature::ExceptStar, self.tokens[except + 1].range);
                        }
                        if let Some(kind) = tree[handler].r#type
                            && self.is_bare_tuple(kind)
                        {
                            self.add(Feature::BareExcept, tree.range(kind));
                        }
                    }
                }
                _ => {}
            }
        }
        for id in tree.ids::<TypeParam>() {
            let (TypeParam::TypeVar { default_value, .. }
            | TypeParam::ParamSpec { default_value, .. }
            | TypeParam::TypeVarTuple { default_value, .. }) = tree[id];
            let range = tree.range(id);
            let before = self.token_at(range.start).saturating_sub(1);
            if self.tokens[before].kind == TokenKind::LSqb {
                self.add(Feature::TypeParameters, range);
            }
            if let Some(default) = default_value {
                self.add(Feature::TypeParameterDefault, tree.range(default));
            }
        }
    }

    fn decorators(&mut self, list: crate::tree::List<Expr>) {
        for id in self.tree.list(list) {
            let callee = match self.tree[id] {
                Expr::Call { func, .. } => func,
                _ => id,
            };
            if !self.is_dotted_name(callee) {
                self.add(Feature::Decorator, self.tree.range(id));
            }
        }
    }

    fn is_dotted_name(&self, mut id: ExprId) -> bool {
        while let Expr::Attribute { value, .. } = self.tree[id] {
            id = value;
        }
        matches!(self.tree[id], Expr::Name { .. })
    }

    /// A tuple without parentheses around it.
    fn is_bare_tuple(&self, id: ExprId) -> bool {
        let Expr::Tuple { elts, .. } = self.tree[id] else {
            return false;
        };
        let first = self.tree.list(elts).next();
        first.is_some_and(|first| self.tree.range(first).start == self.tree.range(id).start)
    }

    fn starred_for(&mut self, iter: ExprId) {
        if let Expr::Tuple { elts, .. } = self.tree[iter]
            && self.is_bare_tuple(iter)
        {
            let is_starred = |id: &ExprId| matches!(self.tree[*id], Expr::Starred { .. });
            if let Some(starred) = self.tree.list(elts).find(is_starred) {
                self.add(Feature::StarredFor, self.tree.range(starred));
            }
        }
    }

    /// The parenthesis here, if it encloses all items of a `with` and they are
    /// more than an expression.
    fn parenthesized(&self, open: usize) -> Option<TextRange> {
        if self.tokens.get(open)?.kind != TokenKind::LPar {
            return None;
        }
        let (mut depth, mut is_list) = (0, false);
        for (index, token) in self.tokens.iter().enumerate().skip(open) {
            match token.kind {
                TokenKind::LPar | TokenKind::LSqb | TokenKind::LBrace => depth += 1,
                TokenKind::RPar | TokenKind::RSqb | TokenKind::RBrace => depth -= 1,
                TokenKind::As if depth == 1 => is_list = true,
                _ => {}
            }
            if depth == 0 {
                let ends_header = self.tokens.get(index + 1)?.kind == TokenKind::Colon;
                return (ends_header && is_list).then_some(self.tokens[open].range);
            }
        }
        None
    }

    fn expressions(&mut self) {
        let tree = self.tree;
        for id in tree.ids::<Expr>() {
            let Expr::Subscript { slice, .. } = tree[id] else {
                continue;
            };
            if let Expr::Tuple { elts, .. } = tree[slice]
                && self.is_bare_tuple(slice)
            {
                let is_starred = |id: &ExprId| matches!(tree[*id], Expr::Starred { .. });
                if let Some(starred) = tree.list(elts).find(is_starred) {
                    self.add(Feature::StarredIndex, tree.range(starred));
                }
            }
        }
        let args: Vec<Id<Arg>> = tree.ids::<Arg>().collect();
        for id in args {
            if let Some(annotation) = tree[id].annotation
                && matches!(tree[annotation], Expr::Starred { .. })
            {
                self.add(Feature::StarredAnnotation, tree.range(annotation));
            }
        }
    }

    /// What stands in the fields of f-strings, and t-strings.
    fn strings(&mut self, comments: &[TextRange]) {
        let mut open: Vec<&str> = Vec::new();
        for at in 0..self.tokens.len() {
            let token = self.tokens[at];
            let source = &self.text[token.range.as_usize()];
            let begins_string = matches!(
                token.kind,
                TokenKind::String | TokenKind::FStringStart | TokenKind::TStringStart
            );
            // Literal text stands in no field, unless in that of a string further out.
            let is_text = matches!(
                token.kind,
                TokenKind::FStringMiddle
                    | TokenKind::TStringMiddle
                    | TokenKind::FStringEnd
                    | TokenKind::TStringEnd
            );
            let outer = &open[..open.len() - usize::from(is_text && !open.is_empty())];
            if begins_string && outer.iter().any(|quotes| source.contains(quotes)) {
                self.add(Feature::NestedQuotes, token.range);
            }
            if !outer.is_empty() && (begins_string || is_text) && source.contains('\\') {
                self.add(Feature::FieldBackslash, token.range);
            }
            match token.kind {
                TokenKind::FStringStart | TokenKind::TStringStart => {
                    if token.kind == TokenKind::TStringStart {
                        self.add(Feature::TemplateString, token.range);
                    }
                    let quotes = source.find(['"', '\'']).unwrap_or(source.len());
                    open.push(&source[quotes..]);
                }
                TokenKind::FStringEnd | TokenKind::TStringEnd => _ = open.pop(),
                _ => {}
            }
        }
        for &comment in comments {
            let before = self.token_at(comment.start);
            let mut depth = 0_i32;
            for token in &self.tokens[..before] {
                match token.kind {
                    TokenKind::FStringStart => depth += 1,
                    TokenKind::FStringEnd => depth -= 1,
                    _ => {}
                }
            }
            if depth > 0 {
                self.add(Feature::FieldComment, comment);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unsupported;
    use crate::module::parse_segment;

    /// The oldest version that reads the text, and what the one before says.
    #[track_caller]
    fn check(text: &str, since: u8, name: &str) {
        let parsed = parse_segment(text);
        assert_eq!(parsed.errors, [], "{text}");
        let messages = |minor| {
            let errors = unsupported(&parsed, text, minor).into_iter();
            errors.map(|error| error.message).collect::<Vec<_>>()
        };
        assert_eq!(messages(since), Vec::<String>::new(), "{text}");
        let expected = format!("{name} only supported in Python 3.{since} and greater");
        if since > 8 {
            assert_eq!(messages(since - 1), [expected], "{text}");
        }
    }

    #[test]
    fn features() {
        for (text, since, name) in [
            (
                "@a[0]\ndef f(): pass",
                9,
                "Arbitrary expressions in decorators are",
            ),
            ("@a.b(c)\ndef f(): pass", 8, ""),
            (
                "with (a as b, c): pass",
                9,
                "Parenthesized context managers are",
            ),
            ("with (a) as b, (c): pass", 8, ""),
            ("with (a, b) as c: pass", 8, ""),
            (
                "for x in *a, b: pass",
                9,
                "Unparenthesized unpacking in for loops is",
            ),
            ("for x in (*a, b): pass", 8, ""),
            ("match x:\n case 1: pass", 10, "Pattern matching is"),
            ("try: pass\nexcept* A: pass", 11, "Exception groups are"),
            ("a[*b]", 11, "Unpacking in subscripts is"),
            ("a[(*b, c)]", 8, ""),
            ("def f(*a: *b): pass", 11, "Starred annotations are"),
            ("def f[T, U](): pass", 12, "Type parameter lists are"),
            ("type X = int", 12, "Type statement is"),
            (
                "f'{a['b']}'",
                12,
                "Reuse of an f-string's quotes inside its fields is",
            ),
            ("f'{a[\"b\"]}' 'c'", 8, ""),
            (
                "f'{\"\\n\".join(a)}'",
                12,
                "Backslashes in fields of f-strings are",
            ),
            ("f'\\n{a}\\n'", 8, ""),
            (
                "f'''{a # b\n}'''",
                12,
                "Comments in fields of f-strings are",
            ),
            ("class A[T = int]: pass", 13, "Type parameter defaults are"),
            ("t'{a}'", 14, "t-strings are"),
            (
                "try: pass\nexcept A, B: pass",
                14,
                "except expressions without parentheses are",
            ),
            ("try: pass\nexcept (A, B): pass", 8, ""),
            ("def f(a, /): (b := 1)", 8, ""),
        ] {
            check(text, since, name);
        }
    }
}
