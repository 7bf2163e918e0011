//! What is raised when an `invalid_` alternative has matched, and the checks
//! that CPython makes while it parses.

use super::super::Parser;
use super::engine::{Captures, Engine, Match, Stop};
use super::grammar::{Raise, Slot, Targets};
use crate::error::{Columns, ErrorKind, MessageLine, SyntaxError, SyntaxWarning};
use crate::literal::{self, InvalidEscape};
use crate::position::TextRange;
use crate::token::{Token, TokenKind};
use crate::tree::{CmpOp, Constant, Expr, ExprId, Tree};
use crate::version::Version;

/// The minor version that t-strings came with.
const T_STRINGS: u8 = 14;

/// Tokens from the first to, not including, the last.
type Span = (usize, usize);

fn captured(captures: &Captures, slot: Slot) -> Span {
    captures[usize::from(slot == Slot::B)]
}

impl<'t> Engine<'t> {
    /// Raises, or makes the rule fail if there is nothing to raise after all.
    pub(super) fn raise(&mut self, raise: &Raise, captures: &Captures, end: usize) -> Match {
        let span = |slot| captured(captures, slot);
        let error = match raise {
            Raise::At(slot, message) => {
                let message = self.worded(message, span(*slot));
                self.over(span(*slot), message)
            }
            Raise::Range(from, to, message) => {
                let message = self.worded(message, span(*from));
                self.between(span(*from), span(*to), message)
            }
            Raise::From(slot, message) => self.from(span(*slot), message),
            Raise::Last(message) => self.at_last(*message),
            Raise::Next(message) => self.at_unlocated(end.min(self.last_read()), *message),
            Raise::Indent(slot, message) => {
                let error = self.at_last(*message).with_kind(ErrorKind::Indentation);
                match slot {
                    Some(slot) => {
                        let line = self.line_of(self.source.tokens[span(*slot).0].range.start);
                        error.with_line(MessageLine::OfSegment(line))
                    }
                    None => error,
                }
            }
            Raise::Target(targets, slot) => match self.invalid_target(span(*slot), *targets) {
                Some(error) => error,
                None => return Ok(None),
            },
            Raise::Since(minor, _) if self.source.feature_version >= *minor => {
                return Ok(Some(end));
            }
            Raise::Since(minor, what) => self.at_last(newer(what, *minor)),
            Raise::Call(name) => return self.check(name, captures, end),
        };
        Err(Stop::Raised(error))
    }

    /// An error from the first to the last of what was captured. Parentheses
    /// around an expression are no part of it.
    fn over(
        &self,
        (first, end): Span,
        message: impl Into<std::borrow::Cow<'static, str>>,
    ) -> SyntaxError {
        if end == first + 1 {
            return self.at_token(first, message);
        }
        SyntaxError::new(message, self.range((first, end)))
    }

    /// The same from the start of one capture to the end of another.
    fn between(
        &self,
        from: Span,
        to: Span,
        message: impl Into<std::borrow::Cow<'static, str>>,
    ) -> SyntaxError {
        let (start, end) = (self.range(from).start, self.range(to).end);
        SyntaxError::new(message, TextRange::new(start, end.max(start)))
    }

    /// Where CPython 3.15 shows an expression of several lines: in the last of them, from
    /// the column in which the first begins.
    fn last_line(&self, span: Span) -> Option<TextRange> {
        let range = self.range(span);
        let start_of_line = |at: u32| {
            let newline = self.source.text[..at as usize].rfind(['\n', '\r']);
            newline.map_or(0, |newline| newline as u32 + 1)
        };
        let (first, last) = (start_of_line(range.start), start_of_line(range.end));
        let start = (last + (range.start - first)).min(range.end);
        (first != last).then(|| TextRange::new(start, range.end))
    }

    fn range(&self, (first, end): Span) -> TextRange {
        let tokens = self.source.tokens;
        let range = TextRange::new(tokens[first].range.start, tokens[end - 1].range.end);
        if end == first + 1 {
            return range;
        }
        if matches!(tokens[first].kind, TokenKind::For | TokenKind::Async) {
            return TextRange::new(
                range.start,
                self.end_of_clauses((first, end)).unwrap_or(range.end),
            );
        }
        self.expression((first, end))
            .map_or(range, |(tree, id)| tree.range(id))
    }

    /// Where the last expression in the clauses of a comprehension ends.
    fn end_of_clauses(&self, span: Span) -> Option<u32> {
        Parser::new(
            self.source.text,
            &self.excerpt(span, &[])?,
            self.source.version,
            Default::default(),
        )
        .end_of_clauses()
    }

    /// From a place to where CPython's tokenizer stands, one column short.
    fn from(&self, (first, _): Span, message: &'static str) -> SyntaxError {
        if self.is_implied(self.source.tokens[first]) {
            let text = self.source.text;
            let line = text.rfind(['\n', '\r']).map_or(0, |at| at + 1);
            let range = TextRange::new(line as u32, text.len() as u32);
            return SyntaxError::new(message, range).with_columns(Columns::NoStart);
        }
        let start = match self.source.tokens[first].kind {
            TokenKind::Newline => self.newline_start(first),
            _ => self.source.tokens[first].range.start,
        };
        let last = self.source.tokens[self.last_read()];
        let end = match last.kind {
            TokenKind::Newline => last.range.start,
            _ => last.range.end.saturating_sub(1),
        };
        SyntaxError::new(message, TextRange::new(start, end.max(start)))
    }

    /// Fills in what CPython calls the kind of an expression.
    fn worded(&self, message: &'static str, span: Span) -> std::borrow::Cow<'static, str> {
        if !message.contains("{a}") {
            return message.into();
        }
        let name = self
            .expression(span)
            .map_or("expression", |(tree, id)| expression_name(&tree, id));
        message.replace("{a}", name).into()
    }

    /// Parses what a rule matched as an expression of any kind.
    fn expression(&self, (first, end): Span) -> Option<(Tree, ExprId)> {
        Parser::new(
            self.source.text,
            &self.excerpt((first, end), &[])?,
            self.source.version,
            Default::default(),
        )
        .any_expression()
    }

    /// Tokens with others behind them, then an `EndMarker`.
    fn excerpt(&self, (first, end): Span, behind: &[TokenKind]) -> Option<Vec<Token>> {
        let mut tokens = self.source.tokens[first..end].to_vec();
        let range = TextRange::empty(tokens.last()?.range.end);
        tokens.extend(
            behind
                .iter()
                .chain(&[TokenKind::EndMarker])
                .map(|&kind| Token { kind, range }),
        );
        Some(tokens)
    }

    fn invalid_target(&self, span: Span, targets: Targets) -> Option<SyntaxError> {
        let (tree, id) = self.expression(span)?;
        let invalid = invalid_target(&tree, id, targets)?;
        let verb = if targets == Targets::Del {
            "delete"
        } else {
            "assign to"
        };
        let message = format!("cannot {verb} {}", expression_name(&tree, invalid));
        Some(SyntaxError::new(message, tree.range(invalid)))
    }

    fn check(&mut self, name: &str, captures: &Captures, end: usize) -> Match {
        let [a, b] = *captures;
        let error = match name {
            "real_number" | "imaginary_number" => {
                let is_imaginary = self.token_text(a.0).ends_with(['j', 'J']);
                let message = match (name, is_imaginary) {
                    ("real_number", true) => "real number required in complex literal",
                    ("imaginary_number", false) => "imaginary number required in complex literal",
                    _ => return Ok(Some(end)),
                };
                self.at_token(a.0, message)
            }
            "not_equal" => match (self.token_text(a.0), self.source.is_flufl(a.0)) {
                ("!=", false) | ("<>", true) => return Ok(Some(end)),
                ("!=", true) => self.at_token(a.0, "with Barry as BDFL, use '<>' instead of '!='"),
                _ => self.at_token(
                    a.0,
                    "invalid syntax.  Maybe you meant '!=' instead of '<>'?",
                ),
            },
            "string" => match literal::string(self.token_text(a.0)) {
                Ok(decoded) => {
                    let start = self.source.tokens[a.0].range.start;
                    let warning = decoded.invalid_escape.map(|escape| escape.warning(start));
                    self.warn_of_escapes(a.0, warning);
                    return Ok(Some(end));
                }
                // Where the parser looked ahead, CPython shows what it has read last.
                Err(error) if self.last_read() > a.0 => self.at_last(error.message),
                Err(error) => self.literal_error(a.0, error),
            },
            "spec_text" => match self.decode_text(a.0, None) {
                Some(error) => {
                    let message = { error.message.strip_prefix("(unicode error) ") }
                        .unwrap_or(&error.message)
                        .to_owned();
                    let error = SyntaxError::new(message, error.range);
                    return Err(Stop::Lexical(error.with_kind(ErrorKind::UnicodeDecode)));
                }
                None => return Ok(Some(end)),
            },
            "field" => {
                let is_debug = b.0 < b.1;
                if !(is_debug && self.field_depth(a.0) >= literal::NO_DEBUG_DEPTH) {
                    return Ok(Some(end));
                }
                let error = self.over((a.0, end), "field 'value' is required for Constant");
                return Err(Stop::Lexical(error.with_kind(ErrorKind::Value)));
            }
            "fstring" | "tstring" => {
                let texts = self.texts((a.0, b.0));
                let line = Some(self.line_of(self.source.tokens[b.0].range.start));
                match { texts.into_iter() }.find_map(|text| self.decode_text(text, line)) {
                    Some(error) => error,
                    None if name == "tstring" && self.source.feature_version < T_STRINGS => {
                        self.at_last(newer("t-strings are", T_STRINGS))
                    }
                    None => return Ok(Some(end)),
                }
            }
            "strings" => {
                let literals = self.literals(a);
                let is_bytes = |&index: &usize| {
                    let prefix = self.token_text(index).split(['"', '\'']).next();
                    prefix.is_some_and(|prefix| prefix.contains(['b', 'B']))
                };
                let count = literals.iter().filter(|index| is_bytes(index)).count();
                let mixed = count != 0 && count != literals.len();
                if !mixed {
                    return Ok(Some(end));
                }
                self.at_last("cannot mix bytes and nonbytes literals")
            }
            "conversion" => match self.conversion_error(a.0, b.0) {
                Some(error) => error,
                None => return Ok(Some(end)),
            },
            "legacy" => match self.token_text(a.0) {
                name @ ("print" | "exec") => self.between(
                    a,
                    b,
                    format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?"),
                ),
                _ => return Ok(None),
            },
            "lambda_in_field" => match self.is_in_field(a.0) {
                Some(letter) => self.between(
                    a,
                    b,
                    format!(
                        "{letter}-string: lambda expressions are not allowed without parentheses"
                    ),
                ),
                None => return Ok(None),
            },
            "missing_comma" => {
                if self.is_legacy(a) || self.level_behind(end - 1) == 0 {
                    return Ok(None);
                }
                let message = "invalid syntax. Perhaps you forgot a comma?";
                match self.last_line(a) {
                    Some(line) if self.source.version >= Version::V3_15 => {
                        SyntaxError::new(message, line)
                    }
                    _ => self.between(a, b, message),
                }
            }
            "type_var_tuple_bound" => self.from(a, self.bound_message(b, "TypeVarTuple")),
            "param_spec_bound" => self.from(a, self.bound_message(b, "ParamSpec")),
            "annotated_target" => {
                let name = self
                    .expression(a)
                    .map_or("tuple", |(tree, id)| expression_name(&tree, id));
                self.over(
                    a,
                    format!("only single target (not {name}) can be annotated"),
                )
            }
            "comprehension_target" => {
                // The last item's comma is not part of it.
                let end = if self.source.tokens[b.1 - 1].kind == TokenKind::Comma {
                    b.1 - 1
                } else {
                    b.1
                };
                let last = self
                    .expression((b.0, end))
                    .and_then(|(tree, id)| match tree[id] {
                        Expr::Tuple { elts, .. } => {
                            tree.list(elts).next_back().map(|last| tree.range(last).end)
                        }
                        _ => Some(tree.range(id).end),
                    });
                let end = last.unwrap_or(self.source.tokens[end - 1].range.end);
                let range = TextRange::new(self.range(a).start, end);
                SyntaxError::new(
                    "did you forget parentheses around the comprehension target?",
                    range,
                )
            }
            "parameter_after_default" => {
                let last = if matches!(self.source.tokens[a.1 - 1].kind, TokenKind::Comma) {
                    a.1 - 1
                } else {
                    a.1
                };
                self.over(
                    (a.0, last),
                    "parameter without a default follows parameter with a default",
                )
            }
            "missing_colon" => SyntaxError::new("':' expected after dictionary key", self.range(a))
                .with_columns(Columns::LastOfRange),
            "mixed_strings" => {
                let first = self.last_string(a);
                self.over(
                    (first, b.1),
                    "cannot mix t-string literals with string or bytes literals",
                )
            }
            "nonparen_genexp" => match self.last_argument(a) {
                Some(start) => {
                    let end = self.range(b).end;
                    SyntaxError::new(
                        "Generator expression must be parenthesized",
                        TextRange::new(start, end),
                    )
                }
                None => return Ok(None),
            },
            _ => {
                let unpacks = self.arguments(a).is_some_and(|arguments| arguments.unpacks);
                let tail = if unpacks { " unpacking" } else { "" };
                self.at_last(format!(
                    "positional argument follows keyword argument{tail}"
                ))
            }
        };
        Err(Stop::Raised(error))
    }

    /// What is wrong with the text of an f-string or t-string, which ends on a line if this
    /// is not the text of a format specifier; warns of it if nothing is.
    fn decode_text(&mut self, token: usize, end_line: Option<u32>) -> Option<SyntaxError> {
        // Of a format specifier CPython asks the tokenizer, wherever that is by now.
        let inside = match end_line {
            Some(_) => token,
            None => self.last_read() + 1,
        };
        let raw = { self.opening(inside) }.is_some_and(|prefix| prefix.contains(['r', 'R']));
        match literal::fstring_part(self.token_text(token), raw) {
            Ok(text) => {
                let start = self.source.tokens[token].range.start;
                let warning = |(escape, lines): (InvalidEscape, u32)| SyntaxWarning {
                    line: end_line.map(|end| end + lines),
                    ..escape.warning(start)
                };
                self.warn_of_escapes(token, text.invalid_escapes.into_iter().map(warning));
                None
            }
            Err(error) => Some(self.literal_error(token, error)),
        }
    }

    /// CPython warns in its first pass, and where `invalid_` alternatives are not tried, of
    /// what it has not looked at in the same pass.
    fn warn_of_escapes(&mut self, token: usize, escapes: impl IntoIterator<Item = SyntaxWarning>) {
        let is_new = !self.looked_at.contains(&token);
        for escape in escapes {
            if is_new && !self.invalid {
                self.warnings.push(escape);
            }
            if is_new {
                self.looked_at.push(token);
            }
        }
    }

    /// The texts of the f-string or t-string between its first and last token that are in no
    /// replacement field.
    fn texts(&self, (first, last): Span) -> Vec<usize> {
        let mut depth = 0;
        let mut texts = Vec::new();
        for index in first + 1..last {
            match self.source.tokens[index].kind {
                TokenKind::LBrace => depth += 1,
                TokenKind::RBrace => depth -= 1,
                TokenKind::FStringMiddle | TokenKind::TStringMiddle if depth == 0 => {
                    texts.push(index);
                }
                _ => {}
            }
        }
        texts
    }

    /// How many replacement fields of one f-string or t-string are open behind a brace that
    /// opens one.
    fn field_depth(&self, brace: usize) -> u32 {
        let (mut depth, mut strings) = (0, 0);
        for index in (0..=brace).rev() {
            match self.source.tokens[index].kind {
                TokenKind::FStringEnd | TokenKind::TStringEnd => strings += 1,
                TokenKind::FStringStart | TokenKind::TStringStart if strings == 0 => break,
                TokenKind::FStringStart | TokenKind::TStringStart => strings -= 1,
                TokenKind::LBrace if strings == 0 => depth += 1,
                TokenKind::RBrace if strings == 0 => depth -= 1,
                _ => {}
            }
        }
        depth.max(0) as u32
    }

    /// Whether an expression is the name of a statement of Python 2, parentheses or not.
    fn is_legacy(&self, (mut first, mut end): Span) -> bool {
        let kind = |token: usize| self.source.tokens[token].kind;
        while end > first + 2 && (kind(first), kind(end - 1)) == (TokenKind::LPar, TokenKind::RPar)
        {
            (first, end) = (first + 1, end - 1);
        }
        end == first + 1 && matches!(self.token_text(first), "print" | "exec")
    }

    fn literal_error(&self, token: usize, error: literal::LiteralError) -> SyntaxError {
        SyntaxError::new(
            error.message,
            error.range.shifted(self.source.tokens[token].range.start),
        )
    }

    /// The prefix and quotes of the f-string or t-string that a token is in.
    fn opening(&self, token: usize) -> Option<&'t str> {
        let mut depth = 0;
        for index in (0..token).rev() {
            match self.source.tokens[index].kind {
                TokenKind::FStringEnd | TokenKind::TStringEnd => depth += 1,
                TokenKind::FStringStart | TokenKind::TStringStart if depth == 0 => {
                    return Some(self.token_text(index));
                }
                TokenKind::FStringStart | TokenKind::TStringStart => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// Whether a token stands in a replacement field and in no bracket there; of
    /// which kind the string is. CPython has an empty text behind the field's colon
    /// that tells it; the lexer here has none.
    fn is_in_field(&self, token: usize) -> Option<char> {
        let tokens = self.source.tokens;
        let mut depth = 0;
        for index in (1..token).rev() {
            match tokens[index].kind {
                TokenKind::RPar | TokenKind::RSqb | TokenKind::RBrace => depth += 1,
                TokenKind::LBrace if depth == 0 => {
                    return match tokens[index - 1].kind {
                        TokenKind::FStringStart | TokenKind::FStringMiddle => Some('f'),
                        TokenKind::TStringStart | TokenKind::TStringMiddle => Some('t'),
                        _ => None,
                    };
                }
                TokenKind::LPar | TokenKind::LSqb | TokenKind::LBrace => depth -= 1,
                _ => {}
            }
            if depth < 0 {
                return None;
            }
        }
        None
    }

    /// What is wrong with `!name` in a replacement field.
    fn conversion_error(&self, mark: usize, name: usize) -> Option<SyntaxError> {
        let is_template = self
            .opening(mark)
            .is_some_and(|prefix| prefix.contains(['t', 'T']));
        let letter = if is_template { 't' } else { 'f' };
        let [mark_end, name_start] = [
            self.source.tokens[mark].range.end,
            self.source.tokens[name].range.start,
        ];
        if mark_end != name_start {
            let message = format!(
                "{letter}-string: conversion type must come right after the exclamation mark"
            );
            return Some(self.over((mark, name + 1), message));
        }
        match self.token_text(name) {
            "s" | "r" | "a" => None,
            other => {
                let message = format!(
                    "{letter}-string: invalid conversion character '{other}': expected 's', 'r', or 'a'"
                );
                Some(self.at_token(name, message))
            }
        }
    }

    fn bound_message(&self, bound: Span, of: &'static str) -> &'static str {
        let is_tuple = self
            .expression(bound)
            .is_some_and(|(tree, id)| matches!(tree[id], Expr::Tuple { .. }));
        match (is_tuple, of) {
            (true, "TypeVarTuple") => "cannot use constraints with TypeVarTuple",
            (true, _) => "cannot use constraints with ParamSpec",
            (false, "TypeVarTuple") => "cannot use bound with TypeVarTuple",
            (false, _) => "cannot use bound with ParamSpec",
        }
    }

    /// The first token of each of several strings.
    fn literals(&self, (first, end): Span) -> Vec<usize> {
        let mut depth = 0;
        let mut literals = Vec::new();
        for index in first..end {
            let kind = self.source.tokens[index].kind;
            if depth == 0 {
                literals.push(index);
            }
            match kind {
                TokenKind::FStringStart | TokenKind::TStringStart => depth += 1,
                TokenKind::FStringEnd | TokenKind::TStringEnd => depth -= 1,
                _ => {}
            }
        }
        literals
    }

    /// The first token of the last of several strings.
    fn last_string(&self, span: Span) -> usize {
        self.literals(span).last().copied().unwrap_or(span.0)
    }

    fn arguments(&self, span: Span) -> Option<CallArguments> {
        Parser::new(
            self.source.text,
            &self.excerpt(span, &[TokenKind::RPar])?,
            self.source.version,
            Default::default(),
        )
        .bare_arguments()
    }

    /// Where the last positional argument starts, if there are two at least.
    fn last_argument(&self, span: Span) -> Option<u32> {
        let arguments = self.arguments(span)?;
        if arguments.positional < 2 {
            None
        } else {
            arguments.last_start
        }
    }
}

/// What CPython says of a feature that came with a minor version.
pub(super) fn newer(what: &str, minor: u8) -> String {
    format!("{what} only supported in Python 3.{minor} and greater")
}

/// What matters of a call's arguments.
pub(in super::super) struct CallArguments {
    pub(in super::super) positional: usize,
    pub(in super::super) last_start: Option<u32>,
    /// Whether there is a `**value`.
    pub(in super::super) unpacks: bool,
}

/// The first part of a would-be target that cannot be one.
fn invalid_target(tree: &Tree, id: ExprId, targets: Targets) -> Option<ExprId> {
    match tree[id] {
        Expr::List { elts, .. } | Expr::Tuple { elts, .. } => tree
            .list(elts)
            .find_map(|elt| invalid_target(tree, elt, targets)),
        Expr::Starred { .. } if targets == Targets::Del => Some(id),
        Expr::Starred { value, .. } => invalid_target(tree, value, targets),
        Expr::Compare { left, ops, .. } if targets == Targets::For => {
            if tree.cmp_ops(ops).next() == Some(CmpOp::In) {
                invalid_target(tree, left, targets)
            } else {
                None
            }
        }
        Expr::Name { .. } | Expr::Subscript { .. } | Expr::Attribute { .. } => None,
        _ => Some(id),
    }
}

/// What CPython calls a kind of expression.
fn expression_name(tree: &Tree, id: ExprId) -> &'static str {
    match tree[id] {
        Expr::Attribute { .. } => "attribute",
        Expr::Subscript { .. } => "subscript",
        Expr::Starred { .. } => "starred",
        Expr::Name { .. } => "name",
        Expr::List { .. } => "list",
        Expr::Tuple { .. } => "tuple",
        Expr::Lambda { .. } => "lambda",
        Expr::Call { .. } => "function call",
        Expr::GeneratorExp { .. } => "generator expression",
        Expr::Yield { .. } | Expr::YieldFrom { .. } => "yield expression",
        Expr::Await { .. } => "await expression",
        Expr::ListComp { .. } => "list comprehension",
        Expr::SetComp { .. } => "set comprehension",
        Expr::DictComp { .. } => "dict comprehension",
        Expr::Dict { .. } => "dict literal",
        Expr::Set { .. } => "set display",
        Expr::JoinedStr { .. } | Expr::FormattedValue { .. } => "f-string expression",
        Expr::TemplateStr { .. } | Expr::Interpolation { .. } => "t-string expression",
        Expr::Compare { .. } => "comparison",
        Expr::IfExp { .. } => "conditional expression",
        Expr::NamedExpr { .. } => "named expression",
        Expr::Constant { value, .. } => match tree.constant(value) {
            Constant::None => "None",
            Constant::False => "False",
            Constant::True => "True",
            Constant::Ellipsis => "ellipsis",
            _ => "literal",
        },
        _ => "expression",
    }
}
