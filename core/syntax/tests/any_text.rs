//! Any text is read: lexing, splitting and dumping never panic, always advance,
//! and what they give covers the text in order.

use vitrine_syntax::token::TokenKind;
use vitrine_syntax::tree::misplaced;
use vitrine_syntax::{lexer, module, segment, tokenize};

/// A small generator of repeatable noise.
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// What Python text is made of, the parts that open and do not close above all.
const PIECES: &[&str] = &[
    "x",
    "é",
    "€",
    "\u{a0}",
    "_",
    "if",
    "def",
    "class",
    "return",
    "else",
    "lambda",
    "match",
    "async",
    " ",
    "  ",
    "    ",
    "\t",
    "\x0c",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "\\\n",
    "\\",
    "\\\r\n",
    "#",
    "# c\n",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "{{",
    "}}",
    ":",
    ":=",
    "=",
    "==",
    "!",
    "!=",
    "!r",
    ",",
    ";",
    ".",
    "...",
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "f'",
    "f\"",
    "f'''",
    "rf\"",
    "t'",
    "b'",
    "ub'",
    "rb\"\"\"",
    "\\N{",
    "\\x4",
    "0",
    "1",
    "0x",
    "0b2",
    "0o8",
    "1e",
    "1_",
    "012",
    "1.5j",
    "9999",
    "$",
    "?",
    "`",
    "\0",
    "\x7f",
    "@",
    "->",
    "<>",
    "<<=",
    "**",
    "//=",
    "\ndef f():\n",
    "\n    return x\n",
    "\nimport x\n",
    "\nelse:\n",
    "😀",
];

fn texts(count: usize) -> impl Iterator<Item = String> {
    let mut noise = Noise(0x9E37_79B9_7F4A_7C15);
    (0..count).map(move |_| {
        let len = noise.below(40);
        (0..len)
            .map(|_| PIECES[noise.below(PIECES.len())])
            .collect()
    })
}

#[track_caller]
fn check(text: &str) {
    let mut end = 0;
    for range in segment::split(text) {
        assert_eq!(range.start, end, "a gap before a segment of {text:?}");
        assert!(range.end > range.start, "an empty segment of {text:?}");
        assert!(
            text.is_char_boundary(range.end as usize),
            "a segment of {text:?} cuts a character"
        );
        end = range.end;
    }
    assert_eq!(
        end as usize,
        text.len(),
        "the segments end early in {text:?}"
    );

    let lexed = lexer::lex(text);
    let mut end = 0;
    let mut depth = 0;
    for token in &lexed.tokens {
        assert!(
            token.range.start >= end,
            "tokens overlap in {text:?}: {:?}",
            lexed.tokens
        );
        assert!(
            text.get(token.range.as_usize()).is_some(),
            "{token:?} is no text of {text:?}"
        );
        end = token.range.end;
        match token.kind {
            TokenKind::Indent => depth += 1,
            TokenKind::Dedent => depth -= 1,
            _ => {}
        }
        assert!(depth >= 0, "a dedent too many in {text:?}");
    }
    assert_eq!(depth, 0, "indents and dedents differ in {text:?}");
    assert_eq!(
        lexed.tokens.last().map(|token| token.kind),
        Some(TokenKind::EndMarker)
    );
    for error in &lexed.errors {
        assert!(
            error.error.range.end as usize <= text.len(),
            "{error:?} is outside of {text:?}"
        );
        assert!(
            (error.token as usize) < lexed.tokens.len(),
            "{error:?} has no token in {text:?}"
        );
    }
    let _ = tokenize::tokens(text.as_bytes(), "f.py");
    let _ = module::parse_module(text);
    for parse in [
        module::parse_segment,
        module::parse_expression,
        module::parse_single,
    ] {
        assert_eq!(misplaced(&parse(text).tree, text), None, "in {text:?}");
    }
}

#[test]
fn noise() {
    texts(4_000).for_each(|text| check(&text));
}

#[test]
fn bytes() {
    let mut noise = Noise(42);
    for _ in 0..1_000 {
        let len = noise.below(60);
        let bytes: Vec<u8> = (0..len).map(|_| noise.below(256) as u8).collect();
        let _ = tokenize::tokens(&bytes, "f.py");
        check(&String::from_utf8_lossy(&bytes));
    }
}

/// `eval` reads blanks alone as an indentation, below which nothing stands.
#[test]
fn blanks_at_the_end() {
    for text in [
        "def e\n ",
        "if x:\n ",
        "x\n\t",
        "class C:\n  x\n    ",
        "(\n ",
    ] {
        check(text);
    }
}

/// Every prefix of a text is what somebody is in the middle of typing.
#[test]
fn prefixes() {
    let text = "@d\nclass C[T](x, y=f'a{b!r:>{w}}{{'):\n    '''doc'''\n    def f(self, *, a: int = 0x1f) -> t'{a}':\n\
                \t\treturn [1_0.5e-3, rb\"\\x\", (lambda: 0), *é] # c\n\n  # d\nelse:\n  x = \\\n 1\n\"\"\"open";
    for (at, _) in text.char_indices() {
        check(&text[..at]);
        check(&text[at..]);
    }
}

/// Runs on a stack as large as those on which the product parses.
fn on_large_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(run);
    thread.expect("a thread starts").join().expect("no panic");
}

#[test]
fn sizes() {
    on_large_stack(all_sizes);
}

fn all_sizes() {
    check(&"(".repeat(30_000));
    check(&")".repeat(30_000));
    check(&"f'{".repeat(20_000));
    check(&"f\"{x:".repeat(20_000));
    check(&"x = (\nreturn\n".repeat(20_000));
    check(&"\"\"\"\ndef\n\\".repeat(20_000));
    check(&"'\n".repeat(30_000));
    check(&"(]".repeat(20_000));
    check(&"\\\n".repeat(30_000));
    check(&"a, ".repeat(100_000));
    check(&"not ".repeat(30_000));
    check(&"-".repeat(30_000));
    check(&"a**".repeat(30_000));
    check(&"a if b else ".repeat(30_000));
    check(&"lambda: ".repeat(30_000));
    check(&"if x: ".repeat(30_000));
    check(&".a".repeat(30_000));
    check(&"x+".repeat(30_000));
    check(&"x=".repeat(30_000));
    check(&"await ".repeat(30_000));
    check(&"f'{".repeat(149));
    check(
        &(0..2_000)
            .map(|i| " ".repeat(i % 300) + "x\n")
            .collect::<String>(),
    );
}
