//! String literals: adjacent ones joined, f-strings and t-strings with their
//! replacement fields, constants merged as CPython merges them.

use super::{Failed, Parsed, Parser};
use crate::error::SyntaxWarning;
use crate::line_index::newlines_in;
use crate::literal;
use crate::position::TextRange;
use crate::token::TokenKind::{self, *};
use crate::tree::{Conversion, Expr, ExprId, List};

/// A piece of a string: text, or what is formatted into it.
enum Piece {
    /// `value` is where the tree keeps it.
    Text {
        value: TextRange,
        range: TextRange,
    },
    Field(ExprId),
}

/// Stands for the end of an f-string, until that is known: there CPython looks at its text.
const AT_THE_END: u32 = u32::MAX;

/// What kind of strings a run of literals consists of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flavour {
    Text,
    Format,
    Template,
}

impl Parser<'_> {
    /// One or more string literals side by side.
    pub(super) fn strings(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let first_kind = self.kind;
        let next = self.peek(1);
        if first_kind == String && !matches!(next, String | FStringStart | TStringStart) {
            let range = self.tokens[self.pos].range;
            let (value, is_bytes, unicode) = match literal::plain_string(self.text, range) {
                Some(plain) => (self.tree.add_text(plain), false, false),
                Option::None => {
                    let (value, is_bytes) = self.string_value()?;
                    (value, is_bytes, self.has_unicode_prefix())
                }
            };
            let value = self.tree.add_string(value, is_bytes);
            self.bump();
            return Ok(self.add(Expr::Constant { value, unicode }, start));
        }
        self.deeper(Self::joined_strings)
    }

    /// The value of the `String` at the cursor, as the tree keeps it, and
    /// whether it is a `bytes`.
    fn string_value(&mut self) -> Parsed<(TextRange, bool)> {
        let literal::Decoded {
            value,
            invalid_escape,
        } = literal::string(self.current_text()).map_err(|_| Failed)?;
        if let Some(escape) = invalid_escape {
            let token = self.tokens[self.pos].range;
            self.warnings.push((token.end, escape.warning(token.start)));
        }
        Ok((self.tree.add_text(&value.text), value.is_bytes))
    }

    /// The value of the text of an f-string or t-string at the cursor. CPython looks at it,
    /// and warns, at `warned_at`.
    fn fstring_text(&mut self, raw: bool, warned_at: u32) -> Parsed<TextRange> {
        let literal::FStringText {
            value,
            invalid_escapes,
        } = literal::fstring_part(self.current_text(), raw).map_err(|_| Failed)?;
        let start = self.start();
        let warning = |(escape, lines): (literal::InvalidEscape, u32)| {
            let line = (warned_at == AT_THE_END).then_some(lines);
            let warning = escape.warning(start);
            (warned_at, SyntaxWarning { line, ..warning })
        };
        self.warnings
            .extend(invalid_escapes.into_iter().map(warning));
        Ok(self.tree.add_text(&value))
    }

    fn has_unicode_prefix(&self) -> bool {
        self.current_text().starts_with(['u', 'U'])
    }

    fn joined_strings(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        let unicode = self.has_unicode_prefix();
        let mut pieces = Vec::new();
        let mut flavour = Flavour::Text;
        let (mut any_bytes, mut any_text, mut any_template) = (false, false, false);
        loop {
            match self.kind {
                String => {
                    let range = self.tokens[self.pos].range;
                    let (value, is_bytes) = self.string_value()?;
                    any_bytes |= is_bytes;
                    any_text |= !is_bytes;
                    pieces.push(Piece::Text { value, range });
                    self.bump();
                }
                FStringStart => {
                    (any_text, flavour) = (true, Flavour::Format);
                    self.parts(FStringMiddle, FStringEnd, Flavour::Format, &mut pieces)?;
                }
                TStringStart => {
                    (any_template, flavour) = (true, Flavour::Template);
                    self.parts(TStringMiddle, TStringEnd, Flavour::Template, &mut pieces)?;
                }
                _ => break,
            }
        }
        if u8::from(any_bytes) + u8::from(any_text) + u8::from(any_template) > 1 {
            return Err(Failed);
        }
        if flavour == Flavour::Text {
            let value = self.joined(&pieces);
            let value = self.tree.add_string(value, any_bytes);
            let unicode = unicode && !any_bytes;
            return Ok(self.add(Expr::Constant { value, unicode }, start));
        }
        let values = self.merged(pieces, unicode);
        let node = if any_template {
            Expr::TemplateStr { values }
        } else {
            Expr::JoinedStr { values }
        };
        Ok(self.add(node, start))
    }

    /// The values of a `JoinedStr`: runs of text joined, empty text dropped.
    fn merged(&mut self, pieces: Vec<Piece>, unicode: bool) -> List<Expr> {
        let mark = self.mark();
        for run in
            pieces.chunk_by(|a, b| matches!((a, b), (Piece::Text { .. }, Piece::Text { .. })))
        {
            match run {
                [Piece::Field(field)] => self.push(*field),
                [Piece::Text { range: first, .. }, ..] => {
                    let value = self.joined(run);
                    if value.is_empty() {
                        continue;
                    }
                    let last = match run.last() {
                        Some(Piece::Text { range, .. }) => *range,
                        _ => *first,
                    };
                    let value = self.tree.add_string(value, false);
                    let unicode = unicode && self.mark() == mark;
                    let range = TextRange::new(first.start, last.end);
                    let constant = self.tree.add(Expr::Constant { value, unicode }, range);
                    self.push(constant);
                }
                _ => {}
            }
        }
        self.finish(mark)
    }

    /// The text of pieces in a row.
    fn joined(&mut self, pieces: &[Piece]) -> TextRange {
        let texts = pieces.iter().filter_map(|piece| match piece {
            Piece::Text { value, .. } => Some(*value),
            Piece::Field(_) => Option::None,
        });
        let joined = texts.reduce(|first, second| self.tree.join_text(first, second));
        joined.unwrap_or_default()
    }

    /// An f-string or t-string from its start token over its end token.
    fn parts(
        &mut self,
        middle: TokenKind,
        end: TokenKind,
        flavour: Flavour,
        pieces: &mut Vec<Piece>,
    ) -> Parsed<()> {
        let prefix = self.current_text();
        let raw = prefix
            .bytes()
            .take(2)
            .any(|byte| byte.eq_ignore_ascii_case(&b'r'));
        self.bump();
        let first_warning = self.warnings.len();
        loop {
            if self.at(middle) {
                pieces.push(self.middle(raw, AT_THE_END)?);
            } else if self.at(LBrace) {
                self.deeper(|p| p.replacement_field(raw, flavour, 1, pieces))?;
            } else {
                let end_start = self.start() as usize;
                self.expect(end)?;
                for (at, warning) in &mut self.warnings[first_warning..] {
                    if *at == AT_THE_END {
                        *at = self.prev_end;
                        let line = newlines_in(&self.text.as_bytes()[..end_start]);
                        warning.line = warning.line.map(|below| line + below);
                    }
                }
                return Ok(());
            }
        }
    }

    /// The text between replacement fields.
    fn middle(&mut self, raw: bool, warned_at: u32) -> Parsed<Piece> {
        let range = self.tokens[self.pos].range;
        let value = self.fstring_text(raw, warned_at)?;
        self.bump();
        Ok(Piece::Text { value, range })
    }

    /// `{value=!conversion:format_spec}`, so many of them one in the other.
    fn replacement_field(
        &mut self,
        raw: bool,
        flavour: Flavour,
        depth: u32,
        pieces: &mut Vec<Piece>,
    ) -> Parsed<()> {
        let start = self.start();
        self.expect(LBrace)?;
        let value = self.annotated_rhs()?;
        let text_end = self.start();
        let debug = self.eat(Equal);
        if debug && depth >= literal::NO_DEBUG_DEPTH {
            return Err(Failed);
        }
        let source_end = self.start();
        let mut conversion = Conversion::None;
        let has_conversion = self.at(Exclamation);
        if has_conversion {
            self.bump();
            conversion = match self.current_text() {
                "s" => Conversion::Str,
                "r" => Conversion::Repr,
                "a" => Conversion::Ascii,
                _ => return Err(Failed),
            };
            self.expect(Name)?;
        }
        let spec_start = self.start();
        let format_spec = if self.eat(Colon) {
            Some(self.format_spec(spec_start, raw, depth)?)
        } else {
            Option::None
        };
        self.expect(RBrace)?;
        if debug && !has_conversion && format_spec.is_none() {
            conversion = Conversion::Repr;
        }
        let source = TextRange::new(start + 1, source_end);
        if debug {
            let value = self.without_comments(source);
            let value = self.tree.add_text(value.as_bytes());
            let range = source;
            pieces.push(Piece::Text { value, range });
        }
        let field = if flavour == Flavour::Template {
            let text = self.without_comments(TextRange::new(start + 1, text_end));
            let text = self.tree.add_text(text.as_bytes());
            let text = self.tree.add_string(text, false);
            Expr::Interpolation {
                value,
                text,
                conversion,
                format_spec,
            }
        } else {
            Expr::FormattedValue {
                value,
                conversion,
                format_spec,
            }
        };
        let field = self.add(field, start);
        pieces.push(Piece::Field(field));
        Ok(())
    }

    /// What follows the colon that was at `start`, up to the closing brace.
    fn format_spec(&mut self, start: u32, raw: bool, depth: u32) -> Parsed<ExprId> {
        let mut pieces = Vec::new();
        loop {
            match self.kind {
                FStringMiddle | TStringMiddle => {
                    let end = self.tokens[self.pos].range.end;
                    pieces.push(self.middle(raw, end)?);
                }
                LBrace => {
                    let flavour = Flavour::Format;
                    self.deeper(|p| p.replacement_field(raw, flavour, depth + 1, &mut pieces))?;
                }
                _ => break,
            }
        }
        let values = self.merged(pieces, false);
        Ok(self.add(Expr::JoinedStr { values }, start))
    }

    /// The source of a field's expression, without comments.
    fn without_comments(&self, range: TextRange) -> std::string::String {
        let source = self.source(range);
        if !source.contains('#') {
            return source.to_owned();
        }
        // Comments lie between tokens; what lies in tokens is kept as it is.
        let mut text = std::string::String::new();
        let mut at = range.start;
        let first = self
            .tokens
            .partition_point(|token| token.range.start < range.start);
        for token in self.tokens[first..]
            .iter()
            .take_while(|token| token.range.end <= range.end)
        {
            self.push_gap(
                &mut text,
                TextRange::new(at.min(token.range.start), token.range.start),
            );
            text.push_str(self.source(token.range));
            at = token.range.end;
        }
        self.push_gap(&mut text, TextRange::new(at.min(range.end), range.end));
        text
    }

    fn push_gap(&self, text: &mut std::string::String, gap: TextRange) {
        for line in self.source(gap).split_inclusive(['\n', '\r']) {
            match line.find('#') {
                Some(comment) => {
                    text.push_str(&line[..comment]);
                    text.push_str(&line[line.trim_end_matches(['\n', '\r']).len()..]);
                }
                Option::None => text.push_str(line),
            }
        }
    }
}
