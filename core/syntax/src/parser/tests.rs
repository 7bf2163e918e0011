//! The parser on text that is wrong: it always returns, its trees are sound,
//! and it loses no more than the statement that is wrong.

use crate::lexer;
use crate::line_index::LineIndex;
use crate::module::{self, Module, ParsedSegment};
use crate::parser::Mode;
use crate::position::TextRange;
use crate::tree::*;
use crate::version::Version;

/// A text with a bit of everything.
const SAMPLE: &str = r#"
@decorated(1)[0]
async def f[T: int = str, *Ts, **P](a, /, b: int = 1, *args: *Ts, c, d=2, **kw) -> "r":
    """doc"""
    async with open(a) as x, (y): pass
    async for (i, *j) in k:
        await i ** -j or not k and l is not m not in n
    else:
        return *a, b
    with (a as b, c as d,): yield from x
    try:
        raise X from None
    except* (A, B) as e:
        del a.b, (c[1:2, ...], [d])
    else: pass
    finally:
        global q, r
class C(Base, metaclass=M, **kw):
    x: int = lambda *a, b=1: (a, b)
    y = z = f"{x!r:>{w}}" r'1' if rb"2" b'3' else {**a, 1: [i for i in j if k], 'b': {c, *d}}
    match x, *y:
        case [1, -2.5, *_, {'k': v, **rest}] | C(a, b=D.e) as f if g: nonlocal h
        case (1 + 2j | None) | "s" | _: assert x, y
    type X[T] = int; import a.b as c, d
    from ...e import (f as g, h,)
    while (n := m): continue; break
if a: x += 1
elif b: x = yield
else: print(f'{a=}{{}}', t"{b}", x[1:2:3, *y], k(*a, b=1, **c), (i for i in j), 1_0 @ 2 // 3 << 4)
"#;

/// A small generator, so that the cases are the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// Checks that ranges lie in the text, in order, and that children lie in their
/// parents.
fn check_tree(text: &str, parsed: &ParsedSegment) {
    let tree = &parsed.tree;
    let whole = TextRange::new(0, text.len() as u32);
    for id in tree.ids::<Stmt>() {
        let range = tree.range(id);
        assert!(whole.contains(range), "{range:?} in {text:?}");
        assert!(
            text.is_char_boundary(range.start as usize)
                && text.is_char_boundary(range.end as usize)
        );
    }
    let nests = |outer: TextRange, inner: ExprId| {
        assert!(
            outer.contains(tree.range(inner)),
            "{:?} in {outer:?} of {text:?}",
            tree.range(inner)
        );
    };
    for id in tree.ids::<Expr>() {
        let range = tree.range(id);
        assert!(whole.contains(range), "{range:?} in {text:?}");
        match tree[id] {
            Expr::BinOp { left, right, .. } => {
                nests(range, left);
                nests(range, right);
                assert!(tree.range(left).end <= tree.range(right).start);
            }
            Expr::Call {
                func,
                args,
                keywords,
            } => {
                nests(range, func);
                tree.list(args).for_each(|arg| nests(range, arg));
                tree.list(keywords)
                    .for_each(|keyword| nests(range, tree[keyword].value));
            }
            Expr::Tuple { elts, .. } | Expr::List { elts, .. } | Expr::Set { elts } => {
                tree.list(elts).for_each(|elt| nests(range, elt));
            }
            Expr::Attribute { value, .. } | Expr::Await { value } | Expr::Starred { value, .. } => {
                nests(range, value);
            }
            Expr::IfExp { test, body, orelse } => [test, body, orelse]
                .into_iter()
                .for_each(|part| nests(range, part)),
            Expr::Compare {
                left,
                comparators,
                ops,
            } => {
                nests(range, left);
                assert_eq!(tree.len(comparators), tree.cmp_ops(ops).len());
            }
            Expr::Dict { keys, values } => assert_eq!(tree.opt_list(keys).len(), tree.len(values)),
            _ => {}
        }
    }
    let mut end = 0;
    for stmt in tree.list(tree.body()) {
        let range = tree.range(stmt);
        assert!(end <= range.start, "{range:?} overlaps in {text:?}");
        end = range.start;
    }
    for error in &parsed.errors {
        assert!(whole.contains(error.range), "{error:?} in {text:?}");
        error.location(text, &LineIndex::new(text), 0);
    }
}

fn check_module(text: &str) -> Module {
    let module = module::parse_module(text);
    let mut end = 0;
    for segment in &module.segments {
        assert_eq!(segment.range.start, end);
        end = segment.range.end;
        check_tree(&text[segment.range.as_usize()], &segment.parsed);
    }
    assert_eq!(end as usize, text.len());
    let wrong = module
        .segments
        .iter()
        .any(|segment| !segment.parsed.errors.is_empty());
    assert_eq!(module.first_error(text).is_some(), wrong, "{text:?}");
    module
}

#[test]
fn the_sample_is_right() {
    let module = check_module(SAMPLE);
    for segment in &module.segments {
        assert_eq!(segment.parsed.errors, []);
    }
    // Both parsers agree that it is.
    let lexed = lexer::lex(SAMPLE);
    let source = super::diagnose::Source {
        text: SAMPLE,
        tokens: &lexed.tokens,
        lex_errors: &lexed.errors,
        lex_warnings: &lexed.warnings,
        bare: false,
        version: Version::default(),
        feature_version: super::diagnose::ALL_FEATURES,
    };
    assert_eq!(super::diagnose::first_error(source, Mode::Exec), None);
}

#[test]
fn every_prefix_parses() {
    for (end, _) in SAMPLE.char_indices() {
        check_module(&SAMPLE[..end]);
    }
}

#[test]
fn mutations_parse() {
    let mut random = Random(0x5EED);
    let pieces: Vec<&str> = SAMPLE
        .split_inclusive(|c: char| !c.is_alphanumeric())
        .collect();
    for _ in 0..400 {
        let mut mutated = pieces.clone();
        for _ in 0..=random.below(4) {
            let at = random.below(mutated.len());
            let other = mutated[random.below(mutated.len())];
            match random.below(4) {
                0 => _ = mutated.remove(at),
                1 => mutated.insert(at, other),
                2 => mutated[at] = other,
                _ => mutated.truncate(at),
            }
            if mutated.is_empty() {
                break;
            }
        }
        check_module(&mutated.concat());
    }
}

#[test]
fn random_bytes_parse() {
    const ALPHABET: &[&str] = &[
        "(", ")", "[", "]", "{", "}", "\n", "  ", "f'", "'", "\"\"\"", "\\", ":", "a", "if ", "=",
        "é", "\t", "#", "1", "\r", "\u{c}", "0x",
    ];
    let mut random = Random(7);
    for _ in 0..1500 {
        let length = random.below(40);
        let text: String = (0..length)
            .map(|_| ALPHABET[random.below(ALPHABET.len())])
            .collect();
        check_module(&text);
        for mode in [Mode::Eval, Mode::Single] {
            module::first_error(&text, mode);
        }
    }
}

/// The kinds of a block's statements, one letter each.
fn outline(tree: &Tree, body: List<Stmt>) -> String {
    tree.list(body)
        .map(|stmt| match tree[stmt] {
            Stmt::Invalid => "!".to_owned(),
            Stmt::Expr { .. } => "e".to_owned(),
            Stmt::Pass => "p".to_owned(),
            Stmt::Assign { .. } => "=".to_owned(),
            Stmt::If { body, orelse, .. } => {
                format!("if({}|{})", outline(tree, body), outline(tree, orelse))
            }
            Stmt::While { body, .. } => format!("while({})", outline(tree, body)),
            Stmt::For(id) => format!("for({})", outline(tree, tree[id].body)),
            Stmt::With { body, .. } => format!("with({})", outline(tree, body)),
            Stmt::FunctionDef(id) => format!("def({})", outline(tree, tree[id].body)),
            Stmt::ClassDef(id) => format!("class({})", outline(tree, tree[id].body)),
            Stmt::Try(id) => {
                let handlers = tree
                    .list(tree[id].handlers)
                    .map(|handler| outline(tree, tree[handler].body));
                format!(
                    "try({}|{})",
                    outline(tree, tree[id].body),
                    handlers.collect::<Vec<_>>().join("|")
                )
            }
            Stmt::Match { cases, .. } => {
                let cases = tree.list(cases).map(|case| outline(tree, tree[case].body));
                format!("match({})", cases.collect::<Vec<_>>().join("|"))
            }
            _ => "s".to_owned(),
        })
        .collect()
}

#[test]
fn only_what_is_wrong_is_lost() {
    for (text, expected, errors) in [
        ("a\nb c\nd\n", "e!e", 1),
        ("a; b c; d\ne\n", "e!e", 1),
        ("def f(:\n  pass\n  x = 1\ny\n", "def(p=)e", 1),
        ("class A(:\n  pass\n  x y\n", "class(p!)", 2),
        ("if x y:\n  pass\nelse:\n  z\n", "if(p|e)", 1),
        (
            "if x:\n  a b\n  pass\nelif y z:\n  pass\n",
            "if(!p|if(p|))",
            2,
        ),
        ("while True\n  pass\n", "while(p)", 1),
        ("for x y in z:\n  pass\n", "for(p)", 1),
        ("with a b:\n  pass\n", "with(p)", 1),
        ("try:\n  a\nx\n", "try(e|)e", 1),
        ("try:\n  a\nexcept x y:\n  pass\n", "try(e|p)", 1),
        (
            "match x:\n  case 1 2:\n    pass\n  case 2: a\n",
            "match(p|e)",
            1,
        ),
        ("match x:\n  pass\n", "match(!)", 1),
        ("if x:\ny\n", "if(!|)e", 1),
        ("  a\nb\n", "!ee", 1),
        ("a\n  b\nc\n", "e!ee", 1),
        ("x = (1,\ndef f():\n  pass\n", "!def(p)", 1),
        ("else:\n  a\nb\n", "!ee", 1),
        ("f(\n", "!", 1),
    ] {
        let module = check_module(text);
        let outlines: String = module
            .segments
            .iter()
            .map(|segment| outline(&segment.parsed.tree, segment.parsed.tree.body()))
            .collect();
        let count: usize = module
            .segments
            .iter()
            .map(|segment| segment.parsed.errors.len())
            .sum();
        assert_eq!((outlines.as_str(), count), (expected, errors), "{text:?}");
    }
}

const TOO_COMPLEX: &str = "Parser stack overflowed - Python source too complex to parse";
const TOO_HIGH: &str = "Stack overflow (used 8156 kB) during compilation";

/// What is in the parentheses of a `with` are its items, unless it can be an expression only.
#[test]
fn items_in_parentheses() {
    for (text, expected) in [
        ("with (a, b): pass", 2),
        ("with (a, *b): pass", 1),
        ("with (a, lambda b, *, c: b): pass", 2),
        ("with (lambda *b, **c: b, a): pass", 2),
        ("with (lambda *b: b, *a): pass", 1),
    ] {
        let module = check_module(text);
        let tree = &module.segments[0].parsed.tree;
        let items = tree.list(tree.body()).map(|stmt| match tree[stmt] {
            Stmt::With { items, .. } => tree.len(items),
            _ => 0,
        });
        assert_eq!(items.collect::<Vec<_>>(), [expected], "{text}");
    }
}

/// On the small stack of a test's thread.
fn check_depth(name: &str, text: &str, expected: Option<&str>) {
    let module = check_module(text);
    let message = module.first_error(text).map(|first| first.message);
    assert_eq!(message.as_deref(), expected, "{name}");
}

#[test]
fn depth_is_bounded() {
    const MANY: usize = 100_000;
    for (text, expected) in [
        ("not ".repeat(MANY) + "x", Some(TOO_COMPLEX)),
        ("-".repeat(MANY) + "x", Some(TOO_COMPLEX)),
        ("lambda: ".repeat(MANY) + "x", Some(TOO_COMPLEX)),
        ("x if y else ".repeat(MANY) + "x", Some(TOO_COMPLEX)),
        ("x**".repeat(MANY) + "x", Some(TOO_COMPLEX)),
        ("x+".repeat(MANY) + "x", Some(TOO_HIGH)),
        ("x".to_owned() + &".a".repeat(MANY), Some(TOO_HIGH)),
        ("x".to_owned() + &"()".repeat(MANY), Some(TOO_HIGH)),
        (
            "if x: pass\n".to_owned() + &"elif x: pass\n".repeat(MANY),
            Some(TOO_COMPLEX),
        ),
        ("(".repeat(MANY), Some("too many nested parentheses")),
        (
            "f'{".repeat(MANY),
            Some("too many nested f-strings or t-strings"),
        ),
        ("x and ".repeat(MANY) + "x", None),
        ("x < ".repeat(MANY) + "x", None),
        ("x = ".repeat(MANY) + "x", None),
        ("x+".repeat(27_000) + "x", None),
    ] {
        check_depth(&text[..10], &text, expected);
    }
}

/// The last depth that CPython's parser accepts: it counts the functions it is in.
#[test]
fn depth_is_cpythons() {
    let cases: [(&str, &str, &str, usize); 10] = [
        ("not ", "", "x", 5_969),
        ("-", "", "x", 5_969),
        ("x if y else ", "", "x", 5_969),
        ("lambda: ", "", "x", 2_984),
        ("x**", "", "x", 2_984),
        ("(", ")", "x", 200),
        ("[", "]", "x", 200),
        ("{", "}", "x", 200),
        ("f(", ")", "x", 200),
        ("x[", "]", "x", 200),
    ];
    for (open, close, inner, last) in cases {
        let text = |depth: usize| open.repeat(depth) + inner + &close.repeat(depth);
        check_depth(open, &text(last), None);
        let too_much = if close.is_empty() {
            TOO_COMPLEX
        } else {
            "too many nested parentheses"
        };
        check_depth(open, &text(last + 1), Some(too_much));
    }
    let elifs = |count| "if x: pass\n".to_owned() + &"elif x: pass\n".repeat(count);
    check_depth("elif", &elifs(5_965), None);
    check_depth("elif", &elifs(5_966), Some(TOO_COMPLEX));
}

/// What CPython 3.15 says, where 3.14 says nothing of the kind or points elsewhere.
#[test]
fn errors_of_3_15() {
    let check = |text: &str, message: &str, place: (u32, i32, u32, i32)| {
        let module = module::parse_module_as(text, Version::V3_15);
        let error = module.first_error_as(text, Version::V3_15).expect(text);
        let at = error.location;
        assert_eq!(error.message, message, "{text}");
        let ours = (at.lineno, at.offset, at.end_lineno, at.end_offset);
        assert_eq!(ours, place, "{text}");
    };
    let comma = "invalid syntax. Perhaps you forgot a comma?";
    check("f('a' b)", comma, (1, 3, 1, 8));
    check("f('a'\n'b'\nc)", comma, (2, 3, 2, 4));
    check("f(y\n'b'\nc)", comma, (2, 1, 3, 2));
    check("f(('a'\n'b')\nx=1)", comma, (2, 4, 2, 4));
    let lazy = "use 'lazy from ... ' instead of 'from ... lazy import'";
    check("from os lazy import x", lazy, (1, 9, 1, 13));
    check("from ..lazy lazy import *", lazy, (1, 13, 1, 17));
    check(
        "lazy from os lazy import x",
        "invalid syntax",
        (1, 14, 1, 18),
    );
    let star =
        "double star pattern must be the last (right-most) subpattern in the mapping pattern";
    check(
        "match a:\n  case {**b, 'c': d}:\n    pass",
        star,
        (2, 11, 2, 12),
    );
}

/// What stood between lost brackets is not wrong once more.
#[test]
fn lines_behind_a_lost_bracket() {
    for (text, errors) in [
        ("A =\n    'a': 1,\n    'b': 2,\n}\n", 1),
        ("from a import\n    b,\n    c,\n)\n", 1),
        ("class Aa.B,\n        c.D):\n    x = 1\n", 1),
        ("A = {\n    'a': }1,\n    'b': 2,\n}\n", 1),
        // What follows a header is code, and may be wrong itself.
        ("esle:\n    a b\n", 2),
        ("if a = = b:\n    a b\n", 2),
        ("a b\nc d\n", 2),
    ] {
        let segments = module::parse_module(text).segments;
        let found = segments.iter().map(|segment| segment.parsed.errors.len());
        assert_eq!(found.sum::<usize>(), errors, "{text}");
    }
}
