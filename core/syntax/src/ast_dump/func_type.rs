//! The mode `func_type`: a signature as type comments have it, `(int, *str) -> None`.

use super::Options;
use super::convert::Converter;
use super::type_comments::TypeComments;
use super::value::Value;
use crate::error::SyntaxError;
use crate::feature_version::first_error_in_func_type;
use crate::lexer;
use crate::line_index::LineIndex;
use crate::module::{FirstError, ModuleSegment, ParsedSegment};
use crate::parser::{Parser, Workspace};
use crate::position::TextRange;
use crate::token::{Token, TokenKind};
use crate::version::Version;

/// A signature as plain data, which a minor version of Python 3 can read.
///
/// # Errors
/// If the text is none: what CPython says.
pub fn func_type(text: &str, options: Options, feature_version: u8) -> Result<Value, FirstError> {
    if let Some(error) = first_error_in_func_type(text, feature_version) {
        return Err(error);
    }
    let lexed = lexer::lex(text);
    let reader = Reader {
        text,
        tokens: &lexed.tokens,
        options,
    };
    reader.signature().map_err(|token| {
        let range = lexed.tokens[token].range;
        FirstError::new(SyntaxError::new("invalid syntax", range), text)
    })
}

/// The token at which something else was wanted.
type Read<T> = Result<T, usize>;

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    options: Options,
}

impl Reader<'_> {
    fn signature(&self) -> Read<Value> {
        self.expect(0, TokenKind::LPar)?;
        let mut argtypes = Vec::new();
        let mut at = 1;
        let mut stars = 0;
        while self.tokens[at].kind != TokenKind::RPar {
            if stars == 2 {
                return Err(at);
            }
            if !argtypes.is_empty() {
                self.expect(at, TokenKind::Comma)?;
                at += 1;
            }
            // `*args` comes once and after all others, `**kwargs` last.
            let own = match self.tokens[at].kind {
                TokenKind::Star => 1,
                TokenKind::DoubleStar => 2,
                _ => 0,
            };
            if stars > 0 && own <= stars {
                return Err(at);
            }
            stars = own;
            at += usize::from(own > 0);
            let (value, end) = self.expression(at)?;
            argtypes.push(value);
            at = end;
        }
        self.expect(at + 1, TokenKind::RArrow)?;
        let (returns, mut end) = self.expression(at + 2)?;
        while self.tokens[end].kind == TokenKind::Newline {
            end += 1;
        }
        self.expect(end, TokenKind::EndMarker)?;
        let fields = vec![("argtypes", Value::List(argtypes)), ("returns", returns)];
        Ok(Value::node("FunctionType", fields))
    }

    fn expect(&self, at: usize, kind: TokenKind) -> Read<()> {
        match self.tokens.get(at) {
            Some(token) if token.kind == kind => Ok(()),
            _ => Err(at.min(self.tokens.len() - 1)),
        }
    }

    /// The expression that begins at a token, and the token behind it.
    fn expression(&self, at: usize) -> Read<(Value, usize)> {
        let at = at.min(self.tokens.len() - 1);
        let parser = Parser::new(
            self.text,
            &self.tokens[at..],
            Version::default(),
            Workspace::default(),
        );
        let (tree, id, length) = parser.leading_expression().ok_or(at)?;
        let parsed = ParsedSegment {
            tree,
            lines: LineIndex::new(self.text),
            ..ParsedSegment::default()
        };
        let segment = ModuleSegment {
            range: TextRange::new(0, self.text.len() as u32),
            first_line: 0,
            parsed: parsed.into(),
        };
        let comments = TypeComments::default();
        let converter: Converter<'_> = Converter::new(&segment, self.options, &comments);
        Ok((converter.expr(id), at + length))
    }
}
