//! Values and messages, each as CPython 3.14 gives it.

use super::*;
use crate::wtf8::Wtf8Box;

#[track_caller]
fn check_str(source: &str, expected: &str) {
    let Decoded { value, .. } = string(source).expect(source);
    assert_eq!(
        (&*value.text, value.is_bytes),
        (expected.as_bytes(), false),
        "{source}"
    );
}

#[track_caller]
fn check_bytes(source: &str, expected: &[u8]) {
    let Decoded { value, .. } = string(source).expect(source);
    assert_eq!((&*value.text, value.is_bytes), (expected, true), "{source}");
}

#[track_caller]
fn check_error(source: &str, expected: &str) {
    assert_eq!(
        string(source).expect_err(source).message,
        expected,
        "{source}"
    );
}

#[track_caller]
fn check_unicode_error(source: &str, expected: &str) {
    let prefix = "(unicode error) 'unicodeescape' codec can't decode bytes in position ";
    check_error(source, &format!("{prefix}{expected}"));
}

#[test]
fn strings() {
    check_str(r"''", "");
    check_str(r#""a'b""#, "a'b");
    check_str(r"'''a'b'''", "a'b");
    check_str(
        r"'\a\b\f\n\r\t\v\\\'\x41\101\7\08'",
        "\x07\x08\x0c\n\r\t\x0b\\'AA\x07\x008",
    );
    check_str(
        r"'\u20ac\U0001F600\N{EM DASH}\N{em dash}\N{LF}\N{HANGUL SYLLABLE GA}'",
        "€😀——\n가",
    );
    check_str(r"'\d\é\400'", "\\d\\é\u{100}");
    check_str(r"r'\d\'\n'", r"\d\'\n");
    check_str("'a\\\nb\\\r\nc\\\rd'", "abcd");
    check_str("'''a\r\nb\rc\\x41'''", "a\nb\ncA");
    check_str("r'''a\r\nb'''", "a\nb");
    check_str("'broken", "broken");
    let surrogates = string(r"'\ud83d\ude00'").expect("escapes").value.text;
    let expected: Wtf8Box = [0xD83D, 0xDE00].into_iter().collect();
    assert_eq!(surrogates, expected.as_bytes());
}

#[test]
fn bytes_literals() {
    check_bytes(r"b'\x00\xff\400\7a\d'", b"\x00\xff\x00\x07a\\d");
    check_bytes("rb'\\x'", b"\\x");
    check_bytes("b'''\\\r\na\r\n'''", b"a\n");
    check_bytes(r"b'\u1234\N{LF}'", b"\\u1234\\N{LF}");
}

#[test]
fn errors() {
    check_unicode_error(r"'\x'", r"0-1: truncated \xXX escape");
    check_unicode_error(r"'ab\x1g'", r"2-4: truncated \xXX escape");
    check_unicode_error(r"'\u12'", r"0-3: truncated \uXXXX escape");
    check_unicode_error(r"'\U0011'", r"0-5: truncated \UXXXXXXXX escape");
    check_unicode_error(r"'\U00110000'", "0-9: illegal Unicode character");
    check_unicode_error(r"'é\x'", r"10-11: truncated \xXX escape");
    check_unicode_error(r"'\N'", r"0-1: malformed \N character escape");
    check_unicode_error(r"'\N{}'", r"0-2: malformed \N character escape");
    check_unicode_error(r"'\N{DASH'", r"0-6: malformed \N character escape");
    check_unicode_error(r"'\N{foo}'", "0-6: unknown Unicode character name");
    check_unicode_error(r"'\N{-DASH}'", "0-8: unknown Unicode character name");
    check_unicode_error(r"'\N{EMDASH}'", "0-9: unknown Unicode character name");
    check_error(
        r"b'a\xg1'",
        r"(value error) invalid \x escape at position 1",
    );
    check_error(r"b'é'", "bytes can only contain ASCII literal characters");
    check_error(r"rb'é'", "bytes can only contain ASCII literal characters");
}

#[test]
fn escapes_that_escape_nothing() {
    let check = |source: &str, expected: Option<(&str, u32)>| {
        let escape = string(source).expect(source).invalid_escape;
        let warning = escape.map(|escape| escape.warning(100));
        let expected = expected.map(|(text, at)| {
            (
                format!(
                    "\"{text} escape sequence. Such sequences will not work in the future. Did you mean \
                     \"\\{}\"? A raw string is also an option.",
                    text.split('"').next().unwrap_or_default()
                ),
                at,
            )
        });
        let actual = warning.map(|warning| (warning.message.into_owned(), warning.range.start));
        assert_eq!(actual, expected, "{source}");
    };
    check(r"'\n'", None);
    check(r"'a\d\e'", Some((r#"\d" is an invalid"#, 102)));
    check(r"rb'\d'", None);
    check(r"b'\d'", Some((r#"\d" is an invalid"#, 102)));
    check(r"'\777'", Some((r#"\777" is an invalid octal"#, 101)));
    check(r"'\é'", None);
}

#[test]
fn fstring_parts() {
    let check = |source: &str, raw: bool, expected: &str| {
        let decoded = fstring_part(source, raw).expect(source);
        assert_eq!(decoded.value, expected.as_bytes(), "{source}");
    };
    check("a", false, "a");
    check("{{a}}b{{", false, "{a}b{");
    check(r"\N{EM DASH}{{\x41\n", false, "—{A\n");
    check(r"\{{\d\", false, r"\{\d\");
    check(r"\N{{a}}", true, r"\N{a}");
    check("a\r\nb", false, "a\nb");
    let error = fstring_part(r"ab}}\x", false).expect_err("truncated");
    assert_eq!(error.range, TextRange::new(4, 6));
    assert!(error.message.contains("position 0-1"), "{error:?}");
}

#[test]
fn numbers() {
    let int = Number::Int;
    let float = |value: f64| Number::Float(value.to_bits());
    let imaginary = |value: f64| Number::Complex(value.to_bits());
    for (source, expected) in [
        ("0", int(0)),
        ("00_0", int(0)),
        ("1_000", int(1000)),
        (
            "18446744073709551616",
            Number::BigInt(num_bigint::BigUint::from(1_u8) << 64),
        ),
        ("0xdead_BEEF", int(0xdead_beef)),
        ("0o_17", int(15)),
        ("0B101", int(5)),
        ("1.", float(1.0)),
        (".5", float(0.5)),
        ("1_0.0_1e1_0", float(100_100_000_000.0)),
        ("1e400", float(f64::INFINITY)),
        ("2.2250738585072014e-308", float(f64::MIN_POSITIVE)),
        ("0777.", float(777.0)),
        ("3J", imaginary(3.0)),
        ("1e-400j", imaginary(0.0)),
    ] {
        assert_eq!(number(source), Ok(expected), "{source}");
    }
    assert!(number(&"1".repeat(4300)).is_ok());
    assert!(number(&format!("0x{}", "f".repeat(5000))).is_ok());
    let error = number(&"1".repeat(4301)).expect_err("too many digits");
    assert!(
        error.message.starts_with("Exceeds the limit (4300 digits)"),
        "{error:?}"
    );
    assert!(
        error.message.contains("value has 4301 digits;"),
        "{error:?}"
    );
}

#[test]
fn plain_strings_are_what_they_say() {
    let bodies = [
        "",
        "a",
        "abcdefg",
        "abcdefgh",
        "abcdefghi",
        "é",
        "tab\tin it",
        "a\\n",
        "abcdefgh\\",
        "\r",
        "abcdefghij\r",
        "{x}",
        "it's",
        "0123456789abcdef",
    ];
    let mut plain = 0;
    for body in bodies {
        for (open, close) in [
            ("'", "'"),
            ("\"", "\""),
            ("'", ""),
            ("r'", "'"),
            ("\"\"\"", "\"\"\""),
        ] {
            let token = format!("{open}{body}{close}");
            let text = format!("(x, {token}, 'y\\n')");
            let range = TextRange::new(4, 4 + token.len() as u32);
            if let Some(value) = plain_string(&text, range) {
                let decoded = string(&token).expect("a plain string has a value");
                assert_eq!(decoded.value.text, value, "{token}");
                assert_eq!(
                    (decoded.value.is_bytes, decoded.invalid_escape),
                    (false, None)
                );
                plain += 1;
            }
        }
    }
    // Nine bodies between either quote.
    assert_eq!(plain, 18);
}
