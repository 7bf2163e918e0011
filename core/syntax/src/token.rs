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
