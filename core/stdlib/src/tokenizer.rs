//! `_tokenize`: the iterator that `tokenize` is written around.
//!
//! All lines are read at the first `next`; an error is raised where it stands
//! among the tokens, as CPython's tokenizer does.

use vitrine_syntax::tokenize::{TokenInfo, TokenizeError, tokens_of_text};
use vitrine_vm::object::{Args, Guarded, Payload, Ref, Signature, Slots, Ty, TypeDef, Visitor};
use vitrine_vm::vm::NativeModule;
use vitrine_vm::{Exc, PyResult, Vm};

use crate::native::{Params, add, params};

pub(crate) const MODULE: NativeModule = NativeModule {
    name: "_tokenize",
    init,
};

fn init(vm: &mut Vm, module: &Ref) -> PyResult<()> {
    let ty = vm.new_type(None, &TOKENIZER_ITER);
    add(vm, module, "TokenizerIter", ty.to_ref());
    Ok(())
}

const TOKENIZER_ITER: TypeDef = TypeDef {
    name: "TokenizerIter",
    module: "_tokenize",
    slots: Slots {
        new: Some(new),
        iter: Some(|_, this| Ok(this.clone())),
        iternext: Some(next),
        ..Slots::EMPTY
    },
    ..TypeDef::EMPTY
};

/// The names of `Lib/token.py` in the order of their numbers.
const NAMES: &[&str] = &[
    "ENDMARKER",
    "NAME",
    "NUMBER",
    "STRING",
    "NEWLINE",
    "INDENT",
    "DEDENT",
    "LPAR",
    "RPAR",
    "LSQB",
    "RSQB",
    "COLON",
    "COMMA",
    "SEMI",
    "PLUS",
    "MINUS",
    "STAR",
    "SLASH",
    "VBAR",
    "AMPER",
    "LESS",
    "GREATER",
    "EQUAL",
    "DOT",
    "PERCENT",
    "LBRACE",
    "RBRACE",
    "EQEQUAL",
    "NOTEQUAL",
    "LESSEQUAL",
    "GREATEREQUAL",
    "TILDE",
    "CIRCUMFLEX",
    "LEFTSHIFT",
    "RIGHTSHIFT",
    "DOUBLESTAR",
    "PLUSEQUAL",
    "MINEQUAL",
    "STAREQUAL",
    "SLASHEQUAL",
    "PERCENTEQUAL",
    "AMPEREQUAL",
    "VBAREQUAL",
    "CIRCUMFLEXEQUAL",
    "LEFTSHIFTEQUAL",
    "RIGHTSHIFTEQUAL",
    "DOUBLESTAREQUAL",
    "DOUBLESLASH",
    "DOUBLESLASHEQUAL",
    "AT",
    "ATEQUAL",
    "RARROW",
    "ELLIPSIS",
    "COLONEQUAL",
    "EXCLAMATION",
    "OP",
    "TYPE_IGNORE",
    "TYPE_COMMENT",
    "SOFT_KEYWORD",
    "FSTRING_START",
    "FSTRING_MIDDLE",
    "FSTRING_END",
    "TSTRING_START",
    "TSTRING_MIDDLE",
    "TSTRING_END",
    "COMMENT",
    "NL",
];

struct TokenizerIter {
    readline: Ref,
    encoding: Option<String>,
    extra_tokens: bool,
    /// Filled at the first `next`.
    read: Guarded<Option<Read>>,
}

/// The whole text and what is left of its tokens.
struct Read {
    text: String,
    /// Where each line starts, and the end.
    lines: Vec<usize>,
    tokens: std::vec::IntoIter<TokenInfo>,
    error: Option<TokenizeError>,
}

impl Payload for TokenizerIter {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(&self.readline);
    }
}

fn new(vm: &mut Vm, ty: Ty, args: Args<'_>) -> PyResult {
    static PARAMS: Params =
        params(|| Signature::parse("(readline, /, *, encoding=None, extra_tokens=False)"));
    let mut given = PARAMS.bind(vm, "tokenizeriter", args)?;
    let readline = given[0].take().unwrap_or_else(Ref::none);
    let encoding = crate::native::optional_text(vm, given[1].as_ref(), "encoding")?;
    let extra_tokens = match &given[2] {
        Some(flag) => vm.is_true(flag)?,
        None => false,
    };
    let read = Guarded::new(None);
    Ok(vm.new_object(
        ty,
        TokenizerIter {
            readline,
            encoding,
            extra_tokens,
            read,
        },
    ))
}

fn next(vm: &mut Vm, this: &Ref) -> PyResult<Option<Ref>> {
    let iterator: &TokenizerIter = this.payload();
    if iterator.read.get(vm).is_none() {
        let read = read(vm, iterator)?;
        iterator.read.replace(vm, Some(read));
    }
    loop {
        let Some(read) = iterator.read.get_mut(vm) else {
            return Ok(None);
        };
        let Some(token) = read.tokens.next() else {
            return match read.error.take() {
                Some(error) => {
                    let line = read.lines(error.position.map_or(0, |(line, _)| line), 0);
                    let line = line.trim_end_matches(['\n', '\r']).to_owned();
                    Err(raised(vm, &error, &line))
                }
                None => Ok(None),
            };
        };
        let skipped = matches!(token.kind, "COMMENT" | "NL") && !iterator.extra_tokens;
        if !skipped {
            // The lines behind the last are empty.
            let line = read.lines(token.start.0, token.end.0).to_owned();
            return Ok(Some(five(vm, &token, &line, iterator.extra_tokens)));
        }
    }
}

impl Read {
    /// The text of the 1-based lines from one to another.
    fn lines(&self, first: u32, last: u32) -> &str {
        let place = |line: usize| self.lines.get(line).copied().unwrap_or(self.text.len());
        let first = (first as usize).saturating_sub(1);
        &self.text[place(first)..place((last as usize).max(first + 1))]
    }
}

/// Calls `readline` to the end.
fn read(vm: &mut Vm, iterator: &TokenizerIter) -> PyResult<Read> {
    let mut text = String::new();
    loop {
        let line = match vm.call(&iterator.readline, &[]) {
            Ok(line) => line,
            Err(error)
                if error.stop().is_none()
                    && vm.is_instance_of(error.value(), vm.exc.StopIteration) =>
            {
                break;
            }
            Err(error) => return Err(error),
        };
        let line = match &iterator.encoding {
            Some(encoding) => {
                let encoding = vm.new_str(encoding);
                let mode = vm.new_str("replace");
                vm.call_method(&line, "decode", &[encoding, mode])?
            }
            None => line,
        };
        if line.as_str().is_none() {
            return Err(vm.type_error("readline() returned a non-string object"));
        }
        let line = vm.text_of(&line);
        if line.is_empty() {
            break;
        }
        text.push_str(&line);
    }
    let (tokens, error) = tokens_of_text(&text);
    let mut lines = vec![0];
    lines.extend(line_starts(&text));
    Ok(Read {
        text,
        lines,
        tokens: tokens.into_iter(),
        error,
    })
}

/// Where lines start after the first: behind `\n`, `\r\n` and a lone `\r`.
fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().filter_map(move |(at, &byte)| {
        let ends = match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        (ends && at + 1 < bytes.len()).then_some(at + 1)
    })
}

/// The tuple of a token. Without extra tokens it is as the parser sees it: exact
/// kinds, and no text or columns for what has no text.
fn five(vm: &mut Vm, token: &TokenInfo, line: &str, extra: bool) -> Ref {
    let kind = if extra { token.kind } else { token.exact_kind };
    let number = NAMES.iter().position(|&name| name == kind).unwrap_or(67);
    let mut start = (i64::from(token.start.0), i64::from(token.start.1));
    let mut end = (i64::from(token.end.0), i64::from(token.end.1));
    let mut string = token.string.as_str();
    if !extra {
        match kind {
            "NEWLINE" => (string, end) = ("", start),
            "INDENT" | "DEDENT" | "ENDMARKER" => {
                string = "";
                start.1 = -1;
                end = (start.0, -1);
            }
            _ => {}
        }
    }
    let mut pair = |(line, column): (i64, i64)| {
        let (line, column) = (vm.new_int(line), vm.new_int(column));
        vm.new_pair(line, column)
    };
    let (start, end) = (pair(start), pair(end));
    let items = vec![
        vm.new_usize(number),
        vm.new_str(string),
        start,
        end,
        vm.new_str(line),
    ];
    vm.new_tuple(items)
}

/// The exception of an error: its class is told by the message.
fn raised(vm: &mut Vm, error: &TokenizeError, line: &str) -> Exc {
    let message = error.message.as_str();
    let ty = match message {
        "inconsistent use of tabs and spaces in indentation" => vm.exc.TabError,
        "unindent does not match any outer indentation level"
        | "too many levels of indentation" => vm.exc.IndentationError,
        _ => vm.exc.SyntaxError,
    };
    let text = vm.new_str(message);
    let Some((row, column)) = error.position else {
        return vm.new_exc_args(ty, vec![text]);
    };
    let (row, column) = (vm.new_int(row), vm.new_int(column));
    let filename = vm.new_str("<string>");
    let line = vm.new_str(line);
    let ends = if ty == vm.exc.SyntaxError {
        (row.clone(), column.clone())
    } else {
        (Ref::none(), Ref::none())
    };
    let place = vm.new_tuple(vec![filename, row, column, line, ends.0, ends.1]);
    match vm.call(&ty.to_ref(), &[text, place]) {
        Ok(exception) => Exc::new(exception),
        Err(error) => error,
    }
}
