//! The bytecode of a piece of a segment, as people read it.

use std::fmt::Write;

use vitrine_bytecode::code::{CodeObject, Const};
use vitrine_bytecode::instruction::Location;
use vitrine_bytecode::location_table;
use vitrine_bytecode::opcode::Opcode;
use vitrine_db::{Database, File, Placed, facts, nested_code, parsed};
use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::position::TextRange;
use vitrine_syntax::repr;
use vitrine_syntax::tree::{List, Stmt, StmtId, Tree};

use crate::meanings::meaning;

/// How many instructions a hover shows.
const MAX_INSTRUCTIONS: usize = 40;
/// How long a constant gets.
const MAX_CONSTANT: usize = 40;

/// One instruction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Line {
    /// Bytes before it in the code object.
    pub(crate) offset: usize,
    pub(crate) opcode: Opcode,
    pub(crate) arg: Option<u32>,
    /// What the argument means.
    pub(crate) argument: String,
    /// Where it comes from, relative to the segment; `None` if from nowhere.
    pub(crate) range: Option<TextRange>,
}

/// The statement around an offset, and its bytecode as a Markdown block.
pub(crate) fn of_statement(
    db: &Database,
    file: File,
    placed: &Placed<'_>,
    offset: u32,
) -> Option<(TextRange, String)> {
    let parsed = parsed(db, placed.segment);
    let Some(Ok(compiled)) = nested_code(db, placed.segment, facts(db, file)) else {
        return None;
    };
    let at = placed.relative_offset(offset);
    let stmt = innermost_statement(&parsed.tree, at)?;
    let range = header(&parsed.tree, stmt);
    if !range.touches(at) {
        return None;
    }
    let is_definition = matches!(parsed.tree[stmt], Stmt::FunctionDef(_) | Stmt::ClassDef(_));
    let mut groups = Vec::new();
    let whole = parsed.tree.range(stmt);
    let wanted = |at: TextRange| range.contains(at) || at == whole;
    collect(&compiled.code, &parsed.lines, &wanted, &mut groups);
    if is_definition {
        // The body's own first instructions stand on the same line.
        groups.truncate(1);
    }
    let total: usize = groups.iter().map(|(_, lines)| lines.len()).sum();
    if total == 0 {
        return Some((range, "no instruction: nothing runs here".into()));
    }
    let mut text = String::from("```text\n");
    let mut shown = 0;
    for (at, (name, lines)) in groups.iter().enumerate() {
        if at > 0 {
            let _ = writeln!(text, "in {name}:");
        }
        for line in lines {
            if shown == MAX_INSTRUCTIONS {
                let _ = writeln!(text, "... {} more", total - shown);
                text.push_str("```");
                return Some((range, text));
            }
            shown += 1;
            text.push_str(&line.to_string());
            text.push('\n');
        }
    }
    text.push_str("```");
    Some((range, text))
}

impl std::fmt::Display for Line {
    /// "  4 LOAD_FAST   0 (n)   push a local variable"
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let argument = match self.arg {
            Some(arg) if self.argument.is_empty() => arg.to_string(),
            Some(arg) => format!("{arg} ({})", self.argument),
            None => String::new(),
        };
        let name = self.opcode.name();
        let line = format!(
            "{:>5} {name:<22} {argument:<20} {}",
            self.offset,
            meaning(self.opcode)
        );
        f.write_str(line.trim_end())
    }
}

/// The innermost statement with an offset in it.
fn innermost_statement(tree: &Tree, at: u32) -> Option<StmtId> {
    tree.ids::<Stmt>()
        .filter(|&id| tree.range(id).touches(at))
        .min_by_key(|&id| {
            (
                tree.range(id).len(),
                std::cmp::Reverse(tree.range(id).start),
            )
        })
}

/// A statement without the statements in it.
fn header(tree: &Tree, id: StmtId) -> TextRange {
    let range = tree.range(id);
    let first = |body: List<Stmt>| tree.list(body).next().map(|first| tree.range(first).start);
    let body = match tree[id] {
        Stmt::FunctionDef(function) => first(tree[function].body),
        Stmt::ClassDef(class) => first(tree[class].body),
        Stmt::For(id) => first(tree[id].body),
        Stmt::Try(id) => first(tree[id].body),
        Stmt::While { body, .. } | Stmt::If { body, .. } | Stmt::With { body, .. } => first(body),
        Stmt::Match { cases, .. } => tree.list(cases).next().map(|case| tree.range(case).start),
        _ => None,
    };
    TextRange::new(
        range.start,
        body.unwrap_or(range.end).clamp(range.start, range.end),
    )
}

/// The instructions of a range, code object by code object, the outer first.
fn collect(
    code: &CodeObject,
    lines: &LineIndex,
    wanted: &dyn Fn(TextRange) -> bool,
    groups: &mut Vec<(String, Vec<Line>)>,
) {
    let mut pending = vec![code];
    while let Some(code) = pending.pop() {
        let found: Vec<Line> = instructions(code, lines)
            .into_iter()
            .filter(|line| line.range.is_some_and(wanted) && line.opcode != Opcode::RESUME)
            .collect();
        if !found.is_empty() {
            groups.push((code.qualname.to_string(), found));
        }
        pending.extend(
            code.consts
                .iter()
                .rev()
                .filter_map(|constant| match constant {
                    Const::Code(code) => Some(&**code),
                    _ => None,
                }),
        );
    }
}

/// All instructions of a code object.
pub(crate) fn instructions(code: &CodeObject, lines: &LineIndex) -> Vec<Line> {
    let mut places = location_table::decode(code.firstlineno, &code.linetable).peekable();
    let mut found = Vec::new();
    let mut extended = 0;
    let mut unit = 0;
    while let Some(&[byte, low]) = code.code.get(unit * 2..unit * 2 + 2) {
        while places
            .peek()
            .is_some_and(|place| place.end as usize <= unit)
        {
            places.next();
        }
        let start = unit;
        unit += 1;
        let Some(opcode) = Opcode::from_number(u32::from(byte)) else {
            continue;
        };
        let arg = extended << 8 | u32::from(low);
        if opcode == Opcode::EXTENDED_ARG {
            extended = arg;
            continue;
        }
        extended = 0;
        unit += opcode.caches();
        let location = places
            .peek()
            .filter(|place| place.start as usize <= start)
            .map(|place| place.loc);
        found.push(Line {
            offset: start * 2,
            opcode,
            arg: opcode.has_arg().then_some(arg),
            argument: argument(code, opcode, arg, unit),
            range: location.and_then(|location| range_of(lines, location)),
        });
    }
    found
}

fn range_of(lines: &LineIndex, location: Location) -> Option<TextRange> {
    let offset = |line: i32, column: i32| {
        let start = lines.line_start(u32::try_from(line).ok()?.checked_sub(1)?)?;
        Some(start + u32::try_from(column).ok()?)
    };
    let start = offset(location.line, location.column)?;
    let end = offset(location.end_line, location.end_column)?;
    (start <= end).then(|| TextRange::new(start, end))
}

/// What an argument means; `next` is the code unit behind the instruction.
fn argument(code: &CodeObject, opcode: Opcode, arg: u32, next: usize) -> String {
    let at = |names: &[Box<str>], index: u32| {
        names
            .get(index as usize)
            .map_or("?".to_owned(), ToString::to_string)
    };
    match opcode {
        Opcode::LOAD_SMALL_INT => String::new(),
        Opcode::LOAD_ATTR | Opcode::LOAD_GLOBAL => at(&code.names, arg >> 1),
        Opcode::LOAD_SUPER_ATTR => at(&code.names, arg >> 2),
        Opcode::LOAD_FAST_LOAD_FAST
        | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW
        | Opcode::STORE_FAST_LOAD_FAST
        | Opcode::STORE_FAST_STORE_FAST => {
            format!(
                "{}, {}",
                at(&code.localsplusnames, arg >> 4),
                at(&code.localsplusnames, arg & 15)
            )
        }
        Opcode::BINARY_OP => BINARY_OPERATORS
            .get(arg as usize)
            .copied()
            .unwrap_or("?")
            .to_owned(),
        Opcode::COMPARE_OP => ["<", "<=", "==", "!=", ">", ">="]
            .get((arg >> 5) as usize)
            .copied()
            .unwrap_or("?")
            .to_owned(),
        Opcode::IS_OP => if arg == 0 { "is" } else { "is not" }.to_owned(),
        Opcode::CONTAINS_OP => if arg == 0 { "in" } else { "not in" }.to_owned(),
        _ if opcode.has_const() => code
            .consts
            .get(arg as usize)
            .map_or("?".to_owned(), constant),
        _ if opcode.has_name() => at(&code.names, arg),
        _ if opcode.has_local() || opcode.has_free() => at(&code.localsplusnames, arg),
        _ if opcode.has_jump() => {
            let backward = opcode.name().contains("BACKWARD");
            let target = if backward {
                next.wrapping_sub(arg as usize)
            } else {
                next + arg as usize
            };
            format!("to {}", target.wrapping_mul(2))
        }
        _ => String::new(),
    }
}

/// `NB_*` of CPython, in order.
const BINARY_OPERATORS: [&str; 27] = [
    "+", "&", "//", "<<", "@", "*", "%", "|", "**", ">>", "-", "/", "^", "+=", "&=", "//=", "<<=",
    "@=", "*=", "%=", "|=", "**=", ">>=", "-=", "/=", "^=", "[]",
];

/// A constant's `repr`, shortened.
fn constant(constant: &Const) -> String {
    let mut text = String::new();
    write_constant(&mut text, constant);
    if let Some((end, _)) = text.char_indices().nth(MAX_CONSTANT) {
        text.truncate(end);
        text.push('\u{2026}');
    }
    text
}

fn write_constant(out: &mut String, constant: &Const) {
    if out.len() > MAX_CONSTANT * 4 {
        return;
    }
    let items = |out: &mut String, items: &[Const]| {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            write_constant(out, item);
        }
    };
    match constant {
        Const::None => out.push_str("None"),
        Const::Bool(value) => out.push_str(if *value { "True" } else { "False" }),
        Const::Ellipsis => out.push_str("..."),
        // The digits of a very long number take long; nobody reads them here.
        Const::Int(value) if value.bits() > 256 => out.push_str("a long integer"),
        Const::Int(value) => out.push_str(&value.to_string()),
        Const::Float(value) => repr::float(out, *value),
        Const::Complex(real, imag) => {
            let _ = write!(out, "({real}+{imag}j)");
        }
        Const::Str(text) => repr::str(out, text),
        Const::Bytes(bytes) => repr::bytes(out, bytes),
        Const::Tuple(values) => {
            out.push('(');
            items(out, values);
            out.push_str(if values.len() == 1 { ",)" } else { ")" });
        }
        Const::FrozenSet(values) => {
            out.push_str("frozenset({");
            items(out, values);
            out.push_str("})");
        }
        Const::Slice(parts) => {
            out.push_str("slice(");
            items(out, &parts[..]);
            out.push(')');
        }
        Const::Code(code) => {
            let _ = write!(out, "code of {}", code.qualname);
        }
    }
}
