//! Tokens as the parser reads them.
//!
//! CPython's grammar tokens (`Grammar/Tokens`), with each keyword a kind of its
//! own. Soft keywords (`match`, `case`, `type`, `_`) are `Name`. Comments and
//! blank lines are kept beside the tokens, not among them.

use crate::position::TextRange;

/// One token: what it is and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it is; empty for `Indent`, `Dedent` and `EndMarker`.
    pub range: TextRange,
}

macro_rules! token_kinds {
    ($($(#[$doc:meta])* $kind:ident $(= $text:literal)?,)*) => {
        /// What a token is.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum TokenKind {
            $($(#[$doc])* $(#[doc = concat!("`", $text, "`")])? $kind,)*
        }

        impl TokenKind {
            /// All kinds, in order.
            pub(crate) const ALL: &[Self] = &[$(Self::$kind),*];

            /// The text of an operator or keyword, `None` where the text varies.
            pub const fn text(self) -> Option<&'static str> {
                match self {
                    $($(Self::$kind => Some($text),)?)*
                    #[allow(unreachable_patterns)]
                    _ => None,
                }
            }
        }
    };
}

token_kinds! {
    /// The end of the segment or file.
    EndMarker,
    /// An identifier that is no hard keyword.
    Name,
    /// A numeric literal.
    Number,
    /// A string or bytes literal without replacement fields, prefix and quotes included.
    String,
    /// Prefix and opening quotes of an f-string.
    FStringStart,
    /// Literal text in an f-string, doubled braces still doubled.
    FStringMiddle,
    /// Closing quotes of an f-string.
    FStringEnd,
    /// Prefix and opening quotes of a t-string.
    TStringStart,
    /// Literal text in a t-string, doubled braces still doubled.
    TStringMiddle,
    /// Closing quotes of a t-string.
    TStringEnd,
    /// The end of a logical line.
    Newline,
    /// A deeper block begins.
    Indent,
    /// A block ends.
    Dedent,
    /// What the lexer could not read; an error says why.
    Invalid,

    LPar = "(", RPar = ")", LSqb = "[", RSqb = "]", LBrace = "{", RBrace = "}",
    Colon = ":", Comma = ",", Semi = ";", Dot = ".", Ellipsis = "...", RArrow = "->",
    At = "@", Exclamation = "!", ColonEqual = ":=",
    Plus = "+", Minus = "-", Star = "*", DoubleStar = "**", Slash = "/", DoubleSlash = "//",
    Percent = "%", VBar = "|", Amper = "&", CircumFlex = "^", Tilde = "~",
    LeftShift = "<<", RightShift = ">>",
    Less = "<", Greater = ">", LessEqual = "<=", GreaterEqual = ">=", EqEqual = "==", NotEqual = "!=",
    Equal = "=", PlusEqual = "+=", MinEqual = "-=", StarEqual = "*=", DoubleStarEqual = "**=",
    SlashEqual = "/=", DoubleSlashEqual = "//=", PercentEqual = "%=", VBarEqual = "|=",
    AmperEqual = "&=", CircumFlexEqual = "^=", LeftShiftEqual = "<<=", RightShiftEqual = ">>=",
    AtEqual = "@=",

    False = "False", None = "None", True = "True", And = "and", As = "as", Assert = "assert",
    Async = "async", Await = "await", Break = "break", Class = "class", Continue = "continue",
    Def = "def", Del = "del", Elif = "elif", Else = "else", Except = "except", Finally = "finally",
    For = "for", From = "from", Global = "global", If = "if", Import = "import", In = "in", Is = "is",
    Lambda = "lambda", Nonlocal = "nonlocal", Not = "not", Or = "or", Pass = "pass", Raise = "raise",
    Return = "return", Try = "try", While = "while", With = "with", Yield = "yield",
}

impl TokenKind {
    /// Whether this is one of the 35 hard keywords.
    pub const fn is_keyword(self) -> bool {
        self as u8 >= Self::False as u8
    }
}

/// Tokens to keep: six bytes each, where a list of [`Token`]s takes twelve.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TokenList {
    kinds: Box<[TokenKind]>,
    starts: Box<[u32]>,
    /// `LONG` for those that `long` has.
    lengths: Box<[u8]>,
    /// The ends of tokens that are longer than a byte can say, by their positions.
    long: Vec<(u32, u32)>,
}

const LONG: u8 = u8::MAX;

impl TokenList {
    /// Keeps some tokens.
    pub fn new(tokens: &[Token]) -> Self {
        let mut long = Vec::new();
        let lengths =
            tokens
                .iter()
                .zip(0..)
                .map(|(token, at)| match u8::try_from(token.range.len()) {
                    Ok(short) if short != LONG => short,
                    _ => {
                        long.push((at, token.range.end));
                        LONG
                    }
                });
        Self {
            lengths: lengths.collect(),
            kinds: tokens.iter().map(|token| token.kind).collect(),
            starts: tokens.iter().map(|token| token.range.start).collect(),
            long,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// The token at a position.
    pub fn get(&self, at: usize) -> Option<Token> {
        let (&kind, &start) = (self.kinds.get(at)?, self.starts.get(at)?);
        let end = match *self.lengths.get(at)? {
            LONG => {
                let found = { &self.long }.binary_search_by_key(&(at as u32), |&(at, _)| at);
                self.long[found.ok()?].1
            }
            short => start + u32::from(short),
        };
        let range = TextRange::new(start, end);
        Some(Token { kind, range })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_tokens_come_back() {
        let text = format!("x = '{}' # c\n'{}'\n", "s".repeat(253), "s".repeat(252));
        let tokens = crate::lexer::lex(&text).tokens;
        let kept = TokenList::new(&tokens);
        let back: Vec<Token> = (0..kept.len()).filter_map(|at| kept.get(at)).collect();
        assert_eq!(back, *tokens);
        assert_eq!(kept.get(tokens.len()), None);
    }
}
