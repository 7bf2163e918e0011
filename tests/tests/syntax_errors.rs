//! Errors and warnings of compilation, compared with CPython's: class, message,
//! and all columns, of the parser's, the symbol table's and the compiler's.
//!
//! The texts are the string constants and doctest examples of CPython's tests of
//! its syntax, each compiled in every mode, and statements of its library with a
//! token left out, doubled or exchanged.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt::Write as _;
use std::fs;

use vitrine_bytecode::compile::compile_source;
use vitrine_bytecode::compile::{
    CompileError, CompileErrorKind, CompileOptions, Mode, SyntaxWarning,
};
use vitrine_syntax::error::{ErrorKind, Raised};
use vitrine_tests::corpus;
use vitrine_tests::oracle::Oracle;
use vitrine_tests::rates::{Rate, hold};

/// Writes a line a text: the text in hexadecimal, then what `compile` says: an
/// error behind which the warnings stand that came before it, or the warnings with their
/// lines, and the place of the first one, which shows when warnings are errors (not of the lexer's, see `is_lexers`).
const ASK: &str = r#"
import ast, doctest, io, json, os, random, sys, tokenize, warnings
library = os.path.dirname(os.__file__)

def error(e):
    place = '[%s %s %s %s]' % (e.lineno, e.offset, e.end_lineno, e.end_offset)
    text = json.dumps(e.text, ensure_ascii=False)
    return '%s: %s %s %s of %s' % (type(e).__name__, e.msg, place, text, len(e.args))

def answer(text, mode):
    def before():
        return ''.join(' | %s: %s [%s]' % (w.category.__name__, w.message, w.lineno) for w in seen)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter('always')
        try:
            compile(text, 'f', mode, dont_inherit=True)
        except SyntaxError as e:
            return error(e) + before()
        except (MemoryError, RecursionError) as e:
            return type(e).__name__
        except (ValueError, OverflowError):
            return None
    if not seen:
        return 'ok'
    said = before()
    first = str(seen[0].message)
    if 'escape sequence' in first or first.startswith('invalid '):
        return 'ok' + said
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        try:
            compile(text, 'f', mode, dont_inherit=True)
        except SyntaxError as e:
            said += ' first at [%s %s %s %s]' % (e.lineno, e.offset, e.end_lineno, e.end_offset)
    return 'ok' + said

def write(name, texts, modes):
    outs = [open(os.path.join(sys.argv[1], name + '-' + mode), 'wb') for mode in modes]
    for text in dict.fromkeys(texts):
        try:
            data = text.encode('utf-8')
        except UnicodeEncodeError:
            continue
        if '\0' in text:
            continue
        for mode, out in zip(modes, outs):
            said = answer(text, mode)
            if said:
                said = said.encode('utf-8', 'surrogatepass').hex()
                out.write(b'%s\t%s\n' % (data.hex().encode(), said.encode()))

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

write('tests', tests(), ['exec', 'eval', 'single'])
write('mutations', mutations(), ['exec'])
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
    "test_ast/snippets",
    "test_traceback",
    "test_tabnanny",
    "test_bytes",
    "test_complex",
    "test_float",
    "test_long",
    "test_symtable",
    "test_cmd_line_script",
    "test_dis",
    "test_compileall",
    "test_type_comments",
    "test_type_annotations",
    "test_annotationlib",
    "test_funcattrs",
    "test_class",
    "test_super",
    "test_raise",
    "test_cmd_line",
    "test_repl",
    "test_peg_generator/test_c_parser",
    "test_ast/test_ast",
    "test_asyncgen",
    "test_bool",
    "test_warnings/__init__",
    "test_py_compile",
    "test_future_stmt/test_future_single_import",
    "test_import/__init__",
    "test_tokenize",
    "test_lltrace",
    "test_fractions",
    "test_int",
];

/// What we say, in the words of the oracle's script.
fn answer(text: &str, mode: Mode) -> String {
    let options = CompileOptions {
        filename: "f".into(),
        mode,
        ..CompileOptions::default()
    };
    let warnings = match compile_source(text, &options) {
        Ok(compiled) => compiled.warnings,
        Err(error) => return error_answer(&error, text, mode),
    };
    let mut said = "ok".to_owned() + &shown(&warnings);
    if let Some(first) = warnings.first().filter(|first| !is_lexers(&first.message)) {
        let kind = CompileErrorKind::Syntax(ErrorKind::Syntax);
        let error = CompileError::new(kind, first.message.clone(), first.location);
        let _ = write!(said, " first at {}", place(&error));
    }
    said
}

fn error_answer(error: &CompileError, text: &str, mode: Mode) -> String {
    let class = error.kind.class_name();
    if matches!(class, "MemoryError" | "RecursionError") {
        return class.to_owned();
    }
    let warnings = shown(&error.warnings);
    let line = serde_json::json!(error.line_text(text, mode));
    // The symbol table sets the place once there is an exception.
    let args = if error.raised == Raised::BySymbolTable {
        1
    } else {
        2
    };
    let place = place(error);
    format!(
        "{class}: {} {place} {line} of {args}{warnings}",
        error.message
    )
}

fn shown(warnings: &[SyntaxWarning]) -> String {
    let line = |warning: &SyntaxWarning| warning.location.line;
    { warnings.iter() }
        .map(|warning| format!(" | SyntaxWarning: {} [{}]", warning.message, line(warning)))
        .collect()
}

/// Whether a warning comes from the lexer. Where CPython puts it when it becomes an
/// error is not compared: it counts from the token read last, or from none.
fn is_lexers(message: &str) -> bool {
    message.contains("escape sequence") || message.starts_with("invalid ")
}

fn place(error: &CompileError) -> String {
    let at = error.attributes();
    format!(
        "[{} {} {} {}]",
        at.lineno, at.offset, at.end_lineno, at.end_offset
    )
}

fn from_hex(hex: &str) -> String {
    let bytes = (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hexadecimal"));
    String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
}

fn compare(file: &str, mode: Mode, rate: &str) {
    let Some(oracle) = Oracle::find() else { return };
    let existing: Vec<&&str> = TESTS
        .iter()
        .filter(|name| oracle.library().join(format!("test/{name}.py")).is_file())
        .collect();
    let script = format!("TESTS = {existing:?}\n{ASK}");
    let answers =
        fs::read_to_string(oracle.prepared("syntax_errors", &script).join(file)).expect("written");
    let cases: Vec<(String, String)> = answers
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(text, said)| (from_hex(text), from_hex(said)))
        .collect();
    let differences: Vec<String> = corpus::in_parallel(&cases, |(text, theirs)| {
        let ours = answer(text, mode);
        (ours != *theirs).then(|| format!("{text:?}\n   vitrine: {ours}\n   CPython: {theirs}"))
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
    for (mode, word) in [
        (Mode::Exec, "exec"),
        (Mode::Eval, "eval"),
        (Mode::Single, "single"),
    ] {
        let rate = format!("compile: texts of CPython's tests, {word}");
        compare(&format!("tests-{word}"), mode, &rate);
    }
}

#[test]
fn broken_statements_of_the_library() {
    let rate = "compile: broken statements of the library";
    compare("mutations-exec", Mode::Exec, rate);
}
