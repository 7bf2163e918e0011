//! Syntax errors, compared with CPython's: class, message, and all columns.
//!
//! The texts are the string constants and doctest examples of CPython's tests of
//! its syntax, and statements of its library with a token left out, doubled or
//! exchanged.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;

use vitrine_syntax::module::first_error;
use vitrine_syntax::parser::Mode;
use vitrine_tests::corpus;
use vitrine_tests::oracle::Oracle;
use vitrine_tests::rates::{Rate, hold};

/// Writes a line a text: the text in hexadecimal, then what `ast.parse` says.
const ASK: &str = r#"
import ast, doctest, io, os, random, sys, tokenize, warnings
warnings.simplefilter('ignore')
library = os.path.dirname(os.__file__)

def answer(text):
    try:
        ast.parse(text)
    except SyntaxError as e:
        return '%s\t%s\t%s %s %s %s' % (type(e).__name__, e.msg.encode('utf-8', 'surrogatepass').hex(),
                                        e.lineno, e.offset, e.end_lineno, e.end_offset)
    except (ValueError, MemoryError, RecursionError, OverflowError):
        return None
    return 'ok'

def write(name, texts):
    with open(os.path.join(sys.argv[1], name), 'w') as out:
        for text in dict.fromkeys(texts):
            try:
                data = text.encode('utf-8')
            except UnicodeEncodeError:
                continue
            if '\0' in text:
                continue
            said = answer(text)
            if said:
                out.write('%s\t%s\n' % (data.hex(), said))

def tests():
    parser = doctest.DocTestParser()
    for name in TESTS:
        source = open(os.path.join(library, 'test', name + '.py'), encoding='utf-8').read()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if '>>> ' in node.value:
                    try:
                        for example in parser.get_examples(node.value):
                            yield example.source
                    except ValueError:
                        pass
                elif len(node.value) < 3000:
                    yield node.value

def mutations():
    rng = random.Random(3141)
    names = sorted(os.listdir(library)) + ['test/test_patma.py', 'test/test_fstring.py', 'test/test_grammar.py']
    for name in names:
        if not name.endswith('.py'):
            continue
        try:
            source = open(os.path.join(library, name), encoding='utf-8').read()
            tree = ast.parse(source)
        except (OSError, ValueError, SyntaxError):
            continue
        nodes = [n for n in ast.walk(tree) if isinstance(n, ast.stmt)]
        for node in rng.sample(nodes, min(len(nodes), 25)):
            text = ast.get_source_segment(source, node)
            if node.col_offset or not text or len(text) > 1500:
                lines = (text or '').splitlines(True)
                if not text or len(text) > 1500:
                    continue
                text = ''.join([lines[0]] + [line[node.col_offset:] if not line[:node.col_offset].strip() else line
                                             for line in lines[1:]])
            try:
                tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline)
                          if t.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING)]
            except (tokenize.TokenError, SyntaxError):
                continue
            if not tokens:
                continue
            starts = [0]
            for line in text.splitlines(True):
                starts.append(starts[-1] + len(line))
            for _ in range(4):
                t, other = rng.choice(tokens), rng.choice(tokens)
                a = starts[t.start[0] - 1] + t.start[1]
                b = starts[t.end[0] - 1] + t.end[1]
                kind = rng.randrange(4)
                new = ['', t.string + ' ' + t.string, other.string, t.string + ' ' + other.string][kind]
                yield text[:a] + new + text[b:]

write('tests', (text for text in tests() if '__future__' not in text))
write('mutations', mutations())
"#;

/// The tests whose strings are taken.
const TESTS: &[&str] = &[
    "test_syntax",
    "test_exceptions",
    "test_fstring",
    "test_tstring",
    "test_grammar",
    "test_positional_only_arg",
    "test_keywordonlyarg",
    "test_patma",
    "test_named_expressions",
    "test_type_params",
    "test_type_aliases",
    "test_string_literals",
    "test_unpack_ex",
    "test_unparse",
    "test_eof",
    "test_except_star",
    "test_coroutines",
    "test_generators",
    "test_genexps",
    "test_listcomps",
    "test_setcomps",
    "test_dictcomps",
    "test_compile",
    "test_codeop",
    "test_with",
    "test_extcall",
    "test_global",
    "test_scope",
    "test_source_encoding",
    "test_unicode_identifiers",
    "test_flufl",
    "test_future_stmt/test_future",
    "test_ast/test_ast",
    "test_ast/snippets",
    "test_traceback",
    "test_tabnanny",
    "test_parser",
    "test_bytes",
    "test_complex",
    "test_float",
    "test_long",
];

/// What we say, in the words of the oracle's script.
fn answer(text: &str) -> String {
    match first_error(text, Mode::Exec) {
        None => "ok".to_owned(),
        Some(first) => {
            let at = first.location;
            let message: String = first
                .message
                .bytes()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!(
                "{}\t{message}\t{} {} {} {}",
                first.error.kind.class_name(),
                at.lineno,
                at.offset,
                at.end_lineno,
                at.end_offset
            )
        }
    }
}

fn from_hex(hex: &str) -> String {
    let bytes = (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hexadecimal"));
    String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
}

fn readable(answer: &str) -> String {
    match answer.split('\t').collect::<Vec<_>>()[..] {
        [class, message, at] => format!("{class}: {} [{at}]", from_hex(message)),
        _ => answer.to_owned(),
    }
}

fn compare(file: &str, rate: &str) {
    let Some(oracle) = Oracle::find() else { return };
    let existing: Vec<&&str> = TESTS
        .iter()
        .filter(|name| oracle.library().join(format!("test/{name}.py")).is_file())
        .collect();
    let script = format!("TESTS = {existing:?}\n{ASK}");
    let answers =
        fs::read_to_string(oracle.prepared("syntax_errors", &script).join(file)).expect("written");
    let cases: Vec<(String, &str)> = answers
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(text, said)| (from_hex(text), said))
        .collect();
    let differences: Vec<String> = corpus::in_parallel(&cases, |(text, theirs)| {
        let ours = answer(text);
        (ours != *theirs).then(|| {
            format!(
                "{text:?}\n   vitrine: {}\n   CPython: {}",
                readable(&ours),
                readable(theirs)
            )
        })
    })
    .into_iter()
    .flatten()
    .collect();
    if let Some(path) = std::env::var_os("VITRINE_DIFFERENCES") {
        fs::write(path, differences.join("\n")).expect("writable");
    }
    hold(
        rate,
        Rate {
            equal: cases.len() - differences.len(),
            total: cases.len(),
        },
        &differences,
    );
}

#[test]
fn texts_of_cpythons_tests() {
    compare("tests", "syntax errors: texts of CPython's tests");
}

#[test]
fn broken_statements_of_the_library() {
    compare(
        "mutations",
        "syntax errors: broken statements of the library",
    );
}
