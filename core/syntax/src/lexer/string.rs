//! String literals, and the text of f-strings and t-strings.
//!
//! An f-string is a `FStringStart`, then `FStringMiddle`s and the tokens of its
//! expressions between `{` and `}`, then an `FStringEnd`. The stack of open
//! f-strings says which one the lexer is in, and whether in its text.

use memchr::memchr2;

use super::name::Prefix;
use super::{Lexer, newline_len, range};
use crate::error::{SyntaxError, SyntaxWarning};
use crate::token::TokenKind;
use crate::word;

/// `MAXFSTRINGLEVEL`, the outermost level included.
const MAX_FSTRING_LEVEL: usize = 150;

/// `MAX_EXPR_NESTING`: expressions in format specifications in expressions.
const MAX_EXPRESSION_NESTING: i32 = 3;

/// An f-string or t-string being read.
#[derive(Clone, Debug)]
pub(super) struct FString {
    quote: u8,
    triple: bool,
    raw: bool,
    template: bool,
    /// The offset of the prefix.
    start: u32,
    /// How many brackets were open outside it.
    pub(super) brackets: usize,
    /// Brackets open inside it, the braces around expressions among them.
    pub(super) depth: u32,
    /// How many of these were open before the innermost expression's brace; -1 in no expression.
    pub(super) expression_depth: i32,
    pub(super) in_format_spec: bool,
    /// Whether literal text comes next, not an expression's token.
    pub(super) in_text: bool,
}

impl FString {
    /// Takes a colon in an expression: whether it ends it, and a format
    /// specification follows.
    pub(super) fn colon(&mut self) -> bool {
        let ends = self.expression_depth >= 0 && self.depth as i32 - 1 == self.expression_depth;
        if ends {
            self.in_text = true;
            self.in_format_spec = true;
        }
        ends
    }

    /// How CPython's messages begin.
    pub(super) fn letter(&self) -> char {
        if self.template { 't' } else { 'f' }
    }

    fn kinds(&self) -> (TokenKind, TokenKind) {
        if self.template {
            (TokenKind::TStringMiddle, TokenKind::TStringEnd)
        } else {
            (TokenKind::FStringMiddle, TokenKind::FStringEnd)
        }
    }
}

impl Lexer<'_> {
    /// A string or bytes literal from `start`, the prefix's first letter, whose
    /// quotes are at `quote_at`.
    #[inline]
    pub(super) fn string(&mut self, start: usize, quote_at: usize) {
        let quote = self.bytes[quote_at];
        let mut at = quote_at + 1;
        if self.byte(at) == quote {
            if self.byte(at + 1) == quote {
                return self.triple_string(start, at + 2, quote);
            }
            return self.push_to(TokenKind::String, start, at + 1);
        }
        let mut escaped_quote = false;
        loop {
            let plain = word::before(word::stops_string(word::load(self.bytes, at), quote));
            at += plain;
            if plain == 8 {
                continue;
            }
            match self.bytes.get(at) {
                Some(b'\\') => {
                    escaped_quote |= self.byte(at + 1) == quote;
                    at = self.after_escape(at);
                }
                None | Some(b'\n' | b'\r') => {
                    return self.unterminated(start, at, quote, escaped_quote);
                }
                Some(&byte) => {
                    at += 1;
                    if byte == quote {
                        return self.push_to(TokenKind::String, start, at);
                    }
                }
            }
        }
    }

    fn triple_string(&mut self, start: usize, mut at: usize, quote: u8) {
        while let Some(found) = memchr2(quote, b'\\', &self.bytes[at..]) {
            at += found;
            if self.bytes[at] == b'\\' {
                at = self.after_escape(at);
            } else if self.byte(at + 1) == quote && self.byte(at + 2) == quote {
                return self.push_to(TokenKind::String, start, at + 3);
            } else {
                at += 1;
            }
        }
        let end = self.bytes.len();
        if !self.closes_fstring(start, quote, true) {
            let message = "unterminated triple-quoted string literal (detected at line {line})";
            self.report_unterminated(message, start, end);
            self.push_to(TokenKind::String, start, end);
        }
    }

    /// The place after the backslash at `at` and what it escapes.
    #[inline]
    fn after_escape(&self, at: usize) -> usize {
        let newline = newline_len(self.bytes, at + 1);
        (at + 1 + newline.max(1)).min(self.bytes.len())
    }

    /// A string of one line meets the line's end.
    fn unterminated(&mut self, start: usize, end: usize, quote: u8, escaped_quote: bool) {
        if self.closes_fstring(start, quote, false) {
            return;
        }
        let message = if escaped_quote {
            "unterminated string literal (detected at line {line}); perhaps you escaped the end quote?"
        } else {
            "unterminated string literal (detected at line {line})"
        };
        self.report_unterminated(message, start, end);
        self.push_to(TokenKind::String, start, end);
    }

    fn report_unterminated(&mut self, message: &'static str, start: usize, end: usize) {
        let line = self.detected_line(end);
        self.report(SyntaxError::new(message, Self::at(start)).with_line(line));
    }

    /// An unterminated string in an expression of an f-string with the same
    /// quotes: these must have been meant to end the f-string.
    fn closes_fstring(&mut self, start: usize, quote: u8, triple: bool) -> bool {
        let Some(fstring) = self.fstrings.last() else {
            return false;
        };
        if fstring.quote != quote || fstring.triple != triple {
            return false;
        }
        let message = format!("{}-string: expecting '}}'", fstring.letter());
        self.error(message, start);
        // Letters before the quotes, as in `f"{b"`, are a name.
        let quotes = start
            + self.bytes[start..]
                .iter()
                .position(|&byte| byte == quote)
                .unwrap_or(0);
        if quotes > start {
            self.push_to(TokenKind::Name, start, quotes);
        }
        self.end_fstring(if triple { 3 } else { 1 });
        true
    }

    /// The start of an f-string or t-string.
    pub(super) fn fstring_start(&mut self, prefix: Prefix, quote_at: usize) {
        let start = self.pos;
        let quote = self.bytes[quote_at];
        let triple = self.byte(quote_at + 1) == quote && self.byte(quote_at + 2) == quote;
        if self.fstrings.len() + 1 >= MAX_FSTRING_LEVEL && !self.reported.fstrings {
            self.reported.fstrings = true;
            self.error(
                "too many nested f-strings or t-strings",
                quote_at + usize::from(triple) * 2,
            );
        }
        self.fstrings.push(FString {
            quote,
            triple,
            raw: prefix.raw,
            template: prefix.template,
            start: start as u32,
            brackets: self.brackets.len(),
            depth: 0,
            expression_depth: -1,
            in_format_spec: false,
            in_text: true,
        });
        let kind = if prefix.template {
            TokenKind::TStringStart
        } else {
            TokenKind::FStringStart
        };
        self.push_to(kind, start, quote_at + if triple { 3 } else { 1 });
    }

    /// Ends the innermost f-string with the `quotes` bytes at `pos`.
    fn end_fstring(&mut self, quotes: usize) {
        let Some(fstring) = self.fstrings.pop() else {
            return;
        };
        let open = self.brackets.get(fstring.brackets..).unwrap_or_default();
        self.left_open
            .extend(open.iter().map(|&open| (open, fstring.brackets)));
        self.brackets.truncate(fstring.brackets);
        self.push(fstring.kinds().1, quotes);
    }

    /// Reads an f-string's text up to its end, an expression, or the end of a
    /// format specification.
    pub(super) fn fstring_text(&mut self) {
        let tokenize = self.lenient();
        let Some(fstring) = self.fstrings.last_mut() else {
            return;
        };
        let (quote, triple, raw) = (fstring.quote, fstring.triple, fstring.raw);
        let in_spec = fstring.in_format_spec && fstring.expression_depth >= 0;
        let at_depth_zero = fstring.depth == 0;
        let middle = fstring.kinds().0;
        let bytes = self.bytes;
        let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
        let mut start = self.pos;
        let mut at = start;
        if byte(at) == b'{' && byte(at + 1) != b'{' {
            return self.expression_start(at);
        }
        let ends = |at: usize| {
            byte(at) == quote && (!triple || (byte(at + 1) == quote && byte(at + 2) == quote))
        };
        if ends(at) {
            return self.end_fstring(if triple { 3 } else { 1 });
        }
        let mut named_escape = false;
        loop {
            let c = bytes.get(at).copied();
            let newline = match c {
                None => !self.is_bare,
                Some(c) => matches!(c, b'\n' | b'\r'),
            };
            if newline && in_spec && !triple {
                return self.newline_in_format_spec(start, at);
            }
            let Some(c) = c.filter(|_| triple || !newline) else {
                return self.unterminated_fstring(start, at);
            };
            match c {
                _ if c == quote => {
                    if ends(at) {
                        break;
                    }
                    at += 1;
                }
                b'{' if byte(at + 1) == b'{' && !in_spec => {
                    if tokenize {
                        self.push_to(middle, start, at + 1);
                        start = at + 2;
                        self.pos = start;
                        return;
                    }
                    at += 2;
                }
                b'{' => {
                    self.push_middle(middle, start, at);
                    return self.expression_start(at);
                }
                b'}' if named_escape => {
                    named_escape = false;
                    at += 1;
                    if tokenize {
                        return self.push_to(middle, start, at);
                    }
                }
                b'}' if byte(at + 1) == b'}' && !in_spec && at_depth_zero => {
                    if tokenize {
                        self.push_to(middle, start, at + 1);
                        self.pos = at + 2;
                        return;
                    }
                    at += 2;
                }
                b'}' => {
                    self.push_middle(middle, start, at);
                    if let Some(fstring) = self.fstrings.last_mut() {
                        fstring.in_text = false;
                        fstring.in_format_spec = false;
                    }
                    return;
                }
                // It escapes the newline that a file is given.
                b'\\' if at + 1 == bytes.len() => {
                    return self.unterminated_fstring(start, at + 1);
                }
                b'\\' => match byte(at + 1) {
                    brace @ (b'{' | b'}') => {
                        if !raw {
                            self.warn_escaped_brace(brace, at);
                        }
                        at += 1;
                    }
                    b'N' if !raw => {
                        named_escape |= byte(at + 2) == b'{';
                        at += if byte(at + 2) == b'{' { 3 } else { 2 };
                    }
                    _ => at = self.after_escape(at),
                },
                _ => at += 1,
            }
            // A named escape may hold a newline or quote only by mistake, and a
            // text that goes on after it may begin with an expression, which
            // the loop finds as well.
        }
        self.push_middle(middle, start, at);
    }

    /// Adds literal text; the parser needs none that is empty.
    fn push_middle(&mut self, kind: TokenKind, start: usize, end: usize) {
        if start < end || self.lenient() {
            self.push_to(kind, start, end);
        }
        self.pos = end;
    }

    /// An expression begins with the brace at `at`.
    fn expression_start(&mut self, at: usize) {
        self.pos = at;
        let Some(fstring) = self.fstrings.last_mut() else {
            return;
        };
        fstring.expression_depth += 1;
        fstring.in_text = false;
        fstring.in_format_spec = false;
        if fstring.expression_depth == MAX_EXPRESSION_NESTING {
            let message = format!("{}-string: expressions nested too deeply", fstring.letter());
            self.error(message, at.saturating_sub(1));
        }
    }

    /// The text of an f-string meets the end of its line or of the file.
    fn unterminated_fstring(&mut self, start: usize, end: usize) {
        let Some(fstring) = self.fstrings.last() else {
            return;
        };
        let (middle, fstring_start) = (fstring.kinds().0, fstring.start as usize);
        let message = match (fstring.triple, fstring.template) {
            (false, false) => "unterminated f-string literal (detected at line {line})",
            (false, true) => "unterminated t-string literal (detected at line {line})",
            (true, false) => {
                "unterminated triple-quoted f-string literal (detected at line {line})"
            }
            (true, true) => "unterminated triple-quoted t-string literal (detected at line {line})",
        };
        self.report_unterminated(message, fstring_start, end);
        self.push_middle(middle, start, end);
        self.end_fstring(0);
    }

    fn newline_in_format_spec(&mut self, start: usize, end: usize) {
        let Some(fstring) = self.fstrings.last() else {
            return;
        };
        let middle = fstring.kinds().0;
        let message = format!(
            "{}-string: newlines are not allowed in format specifiers for single quoted {0}-strings",
            fstring.letter()
        );
        self.error(message, end);
        self.push_middle(middle, start, end);
        self.end_fstring(0);
    }

    fn warn_escaped_brace(&mut self, brace: u8, at: usize) {
        let brace = brace as char;
        let message = format!(
            "\"\\{brace}\" is an invalid escape sequence. Such sequences will not work in the future. \
             Did you mean \"\\\\{brace}\"? A raw string is also an option."
        );
        self.lexed.warnings.push(SyntaxWarning {
            message: message.into(),
            range: range(at, at + 2),
            line: None,
        });
    }
}
