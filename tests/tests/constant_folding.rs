//! Constant folding to the last bit: every operator on every pair of operands.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::path::Path;

use vitrine_bytecode::compile::{CompileOptions, Mode, compile_source};
use vitrine_bytecode::dis;
use vitrine_tests::oracle::Oracle;

const OPERANDS: &[&str] = &[
    "0",
    "1",
    "2",
    "7",
    "64",
    "127",
    "128",
    "255",
    "256",
    "1000000007",
    "9007199254740993",
    "(1 << 63)",
    "170141183460469231731687303715884105727",
    "10000000000000000000000000000000000000000000000000000",
    "-1",
    "-2",
    "-7",
    "-9007199254740993",
    "True",
    "False",
    "None",
    "...",
    "0.0",
    "-0.0",
    "0.1",
    "1.5",
    "-2.5",
    "3.0",
    "1e308",
    "1e16",
    "5e-324",
    "1e999",
    "-1e999",
    "(1e999-1e999)",
    "0j",
    "-0j",
    "1j",
    "(2+3j)",
    "(-2.5-0.5j)",
    "1e308j",
    "1e999j",
    "''",
    "'a'",
    "'abc'",
    "'\\u00e9\\u20ac'",
    "'\\U0001f600x'",
    "b''",
    "b'abc'",
    "()",
    "(1,)",
    "(1, 'a')",
    "((1, 2), (3, 4))",
    "('a',) * 100",
    "'x' * 1000",
];

const BINARY: &[&str] = &[
    "+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "@",
];

const OTHERS: &[&str] = &[
    "'abc'[0:2]",
    "'abc'[::-1]",
    "'abc'[5:]",
    "'abc'[-2:]",
    "'abc'[::0]",
    "(1, 2, 3)[1:]",
    "(1, 2, 3)[::-2]",
    "b'abc'[1:]",
    "b'abc'[True]",
    "'abc'[10**30:]",
    "'abc'[-10**30:10**30:2]",
    "'abc'['a':]",
    "'abc'[None]",
    "10**400 / 10**399",
    "(10**40) / 3",
    "3 / (10**40)",
    "1 / (1 << 120) / (1 << 120)",
    "123456789012345678901234567890 / 987654321098765432109876543210",
    "not not 'a'",
    "~~5",
    "- - 5",
    "+-+5",
    "0xffffffffffffffffffffffffffffffffffffffff / 0xfffffffffffffffffffff",
    "2 ** 0.5",
    "10 ** -2",
    "10 ** -400",
    "((1,) * 20,) * 20",
    "((1,) * 20,) * 60",
    "(((1,) * 16,) * 16,) * 4",
    "(2, 3) + (4,) * 3",
    "'%s' % 1",
    "[1, 2][0]",
    "x in [1, 2]",
    "x in {1, 2, 3}",
    "x in {3, 1, 2, 100, 50}",
    "x in {1, True, 1.0, 2}",
    "x in {'a', 'b', 'c'}",
    "x in {None, (1, 2), 2.5, 1j, b'a'}",
    "x in {(1, 'a'), (0.5, None), ((1, 2), 3)}",
    "x in {1, 9, 17, 25, 33, 41, 49, 57, 65}",
    "x in {-1, -2, -3, 0.5, -0.5, 1e300}",
    "x in {'\\u20ac', '\\xe9', ''}",
];

const SCRIPT: &str = r"
import dis, sys, warnings
warnings.simplefilter('ignore')
for line in open(sys.argv[1], encoding='utf-8'):
    code = compile(line, '', 'eval')
    print(' '.join(i.opname + ('' if i.arg is None else ' %d (%s)' % (i.arg, i.argrepr)) for i in dis.get_instructions(code)))
";

fn expressions() -> Vec<String> {
    let mut all = Vec::new();
    for a in OPERANDS {
        all.extend(["-", "+", "~", "not "].map(|op| format!("{op}{a}")));
        for b in OPERANDS {
            all.extend(BINARY.iter().map(|op| format!("({a}) {op} ({b})")));
            all.push(format!("({a})[{b}]"));
        }
    }
    all.extend(OTHERS.iter().map(|&text| text.to_owned()));
    all
}

fn ours(text: &str) -> String {
    let options = CompileOptions {
        mode: Mode::Eval,
        ..CompileOptions::default()
    };
    let compiled =
        compile_source(text, &options).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    let show = |i: &dis::Instruction| match i.arg {
        Some(arg) => format!("{} {arg} ({})", i.opname, i.argrepr),
        None => i.opname.clone(),
    };
    dis::instructions(&compiled.code, options.target)
        .iter()
        .map(show)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn constants_fold_as_in_cpython() {
    let Some(oracle) = Oracle::find() else { return };
    let expressions = expressions();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("constant_folding.txt");
    fs::write(&path, expressions.join("\n")).expect("the target directory is writable");
    let output = oracle.run(SCRIPT, [&path]);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let expected: Vec<&str> = text.lines().collect();
    assert_eq!(expected.len(), expressions.len());
    let differences: Vec<String> = expressions
        .iter()
        .zip(expected)
        .filter_map(|(text, expected)| {
            let ours = ours(text);
            (ours != expected).then(|| format!("{text}\n   ours {ours}\n  not  {expected}"))
        })
        .collect();
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        expressions.len(),
        differences[..differences.len().min(20)].join("\n")
    );
}
