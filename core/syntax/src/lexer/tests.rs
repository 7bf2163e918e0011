//! The first error of broken texts, as CPython 3.14 gives it.

use super::{Lexed, lex, lex_segment};
use crate::error::ErrorKind::{self, Indentation, Syntax, Tab};
use crate::line_index::LineIndex;
use crate::segment;

/// Text, class, message, line, offset: what `compile` raises.
const ERRORS: &[(&str, ErrorKind, &str, u32, u32)] = &[
    (
        "f'{a:\n}'",
        Syntax,
        "f-string: newlines are not allowed in format specifiers for single quoted f-strings",
        1,
        6,
    ),
    (
        "f'{a:{b}\n}'",
        Syntax,
        "unterminated f-string literal (detected at line 1)",
        1,
        1,
    ),
    ("f'{a", Syntax, "'{' was never closed", 1, 3),
    ("f'{", Syntax, "'{' was never closed", 1, 3),
    (
        "f'abc",
        Syntax,
        "unterminated f-string literal (detected at line 1)",
        1,
        1,
    ),
    ("f'abc{x", Syntax, "'{' was never closed", 1, 6),
    ("f'''abc{x", Syntax, "'{' was never closed", 1, 8),
    (
        "x\\y",
        Syntax,
        "unexpected character after line continuation character",
        1,
        3,
    ),
    (
        "x = 1\nyy\\ z",
        Syntax,
        "unexpected character after line continuation character",
        2,
        4,
    ),
    ("x\\", Syntax, "unexpected EOF while parsing", 1, 3),
    ("x\\\n", Syntax, "unexpected EOF while parsing", 1, 3),
    ("(x\\", Syntax, "'(' was never closed", 1, 1),
    ("f'}'", Syntax, "f-string: single '}' is not allowed", 1, 3),
    ("f'{)}'", Syntax, "f-string: unmatched ')'", 1, 4),
    (
        "f'{(]}'",
        Syntax,
        "closing parenthesis ']' does not match opening parenthesis '('",
        1,
        5,
    ),
    ("f'{a]}'", Syntax, "f-string: unmatched ']'", 1, 5),
    ("(", Syntax, "'(' was never closed", 1, 1),
    ("x=(1,\n", Syntax, "'(' was never closed", 1, 3),
    ("x=(1,\n)]", Syntax, "unmatched ']'", 2, 2),
    (
        "(\n]",
        Syntax,
        "closing parenthesis ']' does not match opening parenthesis '(' on line 1",
        2,
        1,
    ),
    (
        "((]",
        Syntax,
        "closing parenthesis ']' does not match opening parenthesis '('",
        1,
        3,
    ),
    (
        "(((\n\n}",
        Syntax,
        "closing parenthesis '}' does not match opening parenthesis '(' on line 1",
        3,
        1,
    ),
    (
        "f'{a:{b:{c:{d}}}}'",
        Syntax,
        "f-string: expressions nested too deeply",
        1,
        11,
    ),
    (
        "'abc",
        Syntax,
        "unterminated string literal (detected at line 1)",
        1,
        1,
    ),
    (
        "'''abc\n\n",
        Syntax,
        "unterminated triple-quoted string literal (detected at line 2)",
        1,
        1,
    ),
    (
        "'abc\\'",
        Syntax,
        "unterminated string literal (detected at line 1); perhaps you escaped the end quote?",
        1,
        1,
    ),
    (
        "x='abc",
        Syntax,
        "unterminated string literal (detected at line 1)",
        1,
        3,
    ),
    (
        "ub'a'",
        Syntax,
        "'u' and 'b' prefixes are incompatible",
        1,
        1,
    ),
    (
        "bf'a'",
        Syntax,
        "'b' and 'f' prefixes are incompatible",
        1,
        1,
    ),
    (
        "ft'a'",
        Syntax,
        "'f' and 't' prefixes are incompatible",
        1,
        1,
    ),
    (
        "ur'a'",
        Syntax,
        "'u' and 'r' prefixes are incompatible",
        1,
        1,
    ),
    (
        "uf'a'",
        Syntax,
        "'u' and 'f' prefixes are incompatible",
        1,
        1,
    ),
    (
        "ut'a'",
        Syntax,
        "'u' and 't' prefixes are incompatible",
        1,
        1,
    ),
    (
        "bt'a'",
        Syntax,
        "'b' and 't' prefixes are incompatible",
        1,
        1,
    ),
    (
        "\u{a0}x",
        Syntax,
        "invalid non-printable character U+00A0",
        1,
        1,
    ),
    ("x = €", Syntax, "invalid character '€' (U+20AC)", 1, 5),
    ("é€x", Syntax, "invalid character '€' (U+20AC)", 1, 2),
    ("1_a", Syntax, "invalid decimal literal", 1, 2),
    ("1__0", Syntax, "invalid decimal literal", 1, 2),
    ("0x", Syntax, "invalid hexadecimal literal", 1, 2),
    ("0xg", Syntax, "invalid hexadecimal literal", 1, 2),
    ("0b2", Syntax, "invalid digit '2' in binary literal", 1, 3),
    ("0b12", Syntax, "invalid digit '2' in binary literal", 1, 4),
    ("0o8", Syntax, "invalid digit '8' in octal literal", 1, 3),
    ("0o18", Syntax, "invalid digit '8' in octal literal", 1, 4),
    (
        "012",
        Syntax,
        "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
        1,
        1,
    ),
    (
        "0_1",
        Syntax,
        "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
        1,
        1,
    ),
    (
        "09_8",
        Syntax,
        "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
        1,
        1,
    ),
    ("1e", Syntax, "invalid decimal literal", 1, 1),
    ("1e+", Syntax, "invalid decimal literal", 1, 3),
    ("1a", Syntax, "invalid decimal literal", 1, 1),
    ("1_", Syntax, "invalid decimal literal", 1, 2),
    ("1._5", Syntax, "invalid decimal literal", 1, 2),
    ("1jx", Syntax, "invalid imaginary literal", 1, 2),
    (
        "0777 + 1",
        Syntax,
        "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
        1,
        1,
    ),
    ("x = 0o", Syntax, "invalid octal literal", 1, 6),
    (
        "if x:\n\u{9}y\n        z",
        Tab,
        "inconsistent use of tabs and spaces in indentation",
        3,
        1,
    ),
    (
        "if x:\n        y\n\u{9}z",
        Tab,
        "inconsistent use of tabs and spaces in indentation",
        3,
        1,
    ),
    (
        "if x:\n    y\n  z\n",
        Indentation,
        "unindent does not match any outer indentation level",
        3,
        4,
    ),
    (
        "x\u{1}",
        Syntax,
        "invalid non-printable character U+0001",
        1,
        2,
    ),
    ("\\\n", Syntax, "unexpected EOF while parsing", 1, 2),
    ("f'{'", Syntax, "f-string: expecting '}'", 1, 4),
    (
        "f'''{a:b",
        Syntax,
        "unterminated triple-quoted f-string literal (detected at line 1)",
        1,
        1,
    ),
    ("f'{a\\", Syntax, "'{' was never closed", 1, 3),
    ("t'{a", Syntax, "'{' was never closed", 1, 3),
    (
        "t'abc",
        Syntax,
        "unterminated t-string literal (detected at line 1)",
        1,
        1,
    ),
    (
        "rt'",
        Syntax,
        "unterminated t-string literal (detected at line 1)",
        1,
        1,
    ),
    (
        "'\\\n",
        Syntax,
        "unterminated string literal (detected at line 1)",
        1,
        1,
    ),
    (
        "'a\\\n",
        Syntax,
        "unterminated string literal (detected at line 1)",
        1,
        1,
    ),
    (
        "'\n'",
        Syntax,
        "unterminated string literal (detected at line 1)",
        1,
        1,
    ),
    ("t'{)}'", Syntax, "t-string: unmatched ')'", 1, 4),
    ("t'}'", Syntax, "t-string: single '}' is not allowed", 1, 3),
    ("0b_", Syntax, "invalid binary literal", 1, 3),
    ("0x_g", Syntax, "invalid hexadecimal literal", 1, 3),
    ("1.5e", Syntax, "invalid decimal literal", 1, 3),
    ("1.e+x", Syntax, "invalid decimal literal", 1, 4),
    (".5_", Syntax, "invalid decimal literal", 1, 3),
    ("1_000_", Syntax, "invalid decimal literal", 1, 6),
    ("0_", Syntax, "invalid decimal literal", 1, 2),
    ("0__1", Syntax, "invalid decimal literal", 1, 2),
    ("00_", Syntax, "invalid decimal literal", 1, 3),
    ("0e_1", Syntax, "invalid decimal literal", 1, 1),
    ("1e1_", Syntax, "invalid decimal literal", 1, 4),
    ("“x”", Syntax, "invalid character '“' (U+201C)", 1, 1),
    (
        "x\u{200b}",
        Syntax,
        "invalid non-printable character U+200B",
        1,
        2,
    ),
    (
        "a\n'b\\\nc\nd",
        Syntax,
        "unterminated string literal (detected at line 3)",
        2,
        1,
    ),
    (
        "(a\n[b\n}",
        Syntax,
        "closing parenthesis '}' does not match opening parenthesis '[' on line 2",
        3,
        1,
    ),
    (
        "if x:\n y\nelse:\n\u{9}z\n  w",
        Indentation,
        "unindent does not match any outer indentation level",
        5,
        4,
    ),
    ("f'''\n{a\n]", Syntax, "f-string: unmatched ']'", 3, 1),
    (
        "x = 0777_8",
        Syntax,
        "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
        1,
        5,
    ),
    ("0x1z", Syntax, "invalid hexadecimal literal", 1, 3),
    ("é²", Syntax, "invalid character '²' (U+00B2)", 1, 2),
    ("𝒳€", Syntax, "invalid character '€' (U+20AC)", 1, 2),
];

#[test]
fn first_error() {
    for &(text, kind, message, line, offset) in ERRORS {
        let lexed = lex(text);
        let Some(error) = lexed.errors.first() else {
            panic!("no error in {text:?}")
        };
        let lines = LineIndex::new(text);
        let complete = text.ends_with(['\n', '\r']);
        let line_count = lines.line_count() - u32::from(complete);
        let at = lines.line_column(error.error.range.start);
        let start = lines.line_start(at.line).unwrap_or(0) as usize;
        let column = text[start..error.error.range.start as usize]
            .chars()
            .count() as u32;
        let actual = (
            error.error.kind,
            error.error.text(0, line_count).into_owned(),
        );
        assert_eq!(actual, (kind, message.to_owned()), "{text:?}");
        assert_eq!((at.line + 1, column + 1), (line, offset), "{text:?}");
    }
}

/// Pieces of programs, to be put together in all orders.
const PIECES: &[&str] = &[
    "x = 1\n",
    "if a:\n    b\n",
    "else:\n\tc\n",
    "@d\n",
    "def f():\n    '''t'''\n    # in\n\n",
    "# out\n\n",
    "  # indented\n",
    "y = (1,\n2)\n",
    "z = f'{a:{b}}' \\\n + 1; w\n",
    "\\\nelse_ = rb'a'\n",
    "class C: pass",
    "(\ndef g(): pass\n",
    "s = \"\"\"\n",
    "  u = 1\n",
    "\x0c\r\n",
];

#[test]
fn a_segment_read_in_place_is_read_as_by_itself() {
    let mut in_place = Lexed::default();
    let mut check = |text: &str| {
        for range in segment::split(text) {
            let rest = &text[range.start as usize..];
            if let Some(end) = lex_segment(rest, &mut in_place) {
                assert_eq!(end as u32, range.len(), "{text:?} at {range:?}");
                let alone = lex(&rest[..end]);
                assert_eq!(in_place.tokens, alone.tokens, "{text:?}");
                assert_eq!(in_place.comments, alone.comments, "{text:?}");
                assert!(alone.errors.is_empty(), "{text:?}");
            }
        }
    };
    for a in PIECES {
        for b in PIECES {
            for c in PIECES {
                check(&[*a, b, c].concat());
            }
        }
    }
}
