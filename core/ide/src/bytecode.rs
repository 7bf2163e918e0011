//! The bytecode of a piece of a segment, as people read it.

use std::fmt::Write;

use vitrine_bytecode::code::{CodeObject, Const};
use vitrine_bytecode::dis::{self, Instruction};
use vitrine_bytecode::instruction::Location;
use vitrine_bytecode::target::Target;
use vitrine_db::{Database, File, Placed, facts, nested_code_for, parsed};
use vitrine_syntax::line_index::LineIndex;
use vitrine_syntax::position::TextRange;
use vitrine_syntax::tree::{List, Stmt, StmtId, Tree};

/// How many instructions a hover shows.
const MAX_INSTRUCTIONS: usize = 40;
/// How long a constant gets.
const MAX_CONSTANT: usize = 40;

/// The statement around an offset, and its bytecode as a Markdown block.
pub(crate) fn of_statement(
    db: &Database,
    file: File,
    placed: &Placed<'_>,
    offset: u32,
    target: Target,
) -> Option<(TextRange, String)> {
    let parsed = parsed(db, placed.segment);
    let facts = facts(db, file);
    let Some(Ok(compiled)) = nested_code_for(db, placed.segment, facts, target) else {
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
    let line_of = |offset: u32| parsed.lines.line_column(offset).line + 1;
    let span = (line_of(whole.start), line_of(range.end));
    // All are looked at only where the likely ones have nothing: a default of a
    // function may begin a code object within the lines of another.
    for span in [span, (0, u32::MAX)] {
        if groups.is_empty() {
            collect(
                (&compiled.code, target),
                &parsed.lines,
                span,
                &wanted,
                &mut groups,
            );
        }
    }
    if is_definition {
        // The body's own first instructions stand on the same line.
        groups.truncate(1);
    }
    let total: usize = groups.iter().map(|(_, lines)| lines.len()).sum();
    if total == 0 {
        return Some((range, "no instruction: nothing runs here".into()));
    }
    let shown: Vec<&Instruction> = groups
        .iter()
        .flat_map(|(_, lines)| lines)
        .take(MAX_INSTRUCTIONS)
        .collect();
    let widths = Widths::of(&shown);
    let mut text = String::from("```text\n");
    let mut left = MAX_INSTRUCTIONS;
    for (at, (name, lines)) in groups.iter().enumerate() {
        if at > 0 && left > 0 {
            let _ = writeln!(text, "in {name}:");
        }
        for instruction in lines.iter().take(left) {
            text.push_str(&line(instruction, widths));
            text.push('\n');
        }
        left -= lines.len().min(left);
    }
    if total > MAX_INSTRUCTIONS {
        let _ = writeln!(text, "... {} more", total - MAX_INSTRUCTIONS);
    }
    text.push_str("```");
    // What each does stands below, once, so that no line is too long for a hover.
    let mut explained: Vec<&str> = Vec::new();
    for instruction in shown {
        if let Some(opcode) = instruction.opcode
            && !explained.contains(&&*instruction.opname)
        {
            explained.push(&instruction.opname);
            let _ = write!(
                text,
                "\n- `{}`: {}",
                instruction.opname,
                dis::describe(opcode)
            );
        }
    }
    Some((range, text))
}

/// How wide the columns are.
#[derive(Clone, Copy)]
struct Widths {
    name: usize,
    argument: usize,
}

impl Widths {
    fn of(instructions: &[&Instruction]) -> Self {
        let widest = |width: &dyn Fn(&Instruction) -> usize| {
            let widths = instructions.iter().map(|instruction| width(instruction));
            widths.max().unwrap_or(0)
        };
        Self {
            name: widest(&|instruction| instruction.opname.len()),
            argument: widest(&|instruction| argument(instruction).chars().count()),
        }
    }
}

fn argument(instruction: &Instruction) -> String {
    match instruction.arg {
        Some(arg) if instruction.argrepr.is_empty() => arg.to_string(),
        Some(arg) => format!("{arg} ({})", shortened(&instruction.argrepr)),
        None => String::new(),
    }
}

/// "  4 LOAD_FAST   0 (n)   1→2": offset, opcode, argument, the stack's depth
/// before and after.
fn line(instruction: &Instruction, widths: Widths) -> String {
    let depth = |depth: Option<u32>| depth.map_or("?".to_owned(), |depth| depth.to_string());
    let stack = format!(
        "{}\u{2192}{}",
        depth(instruction.stack_before),
        depth(instruction.stack_after)
    );
    let Instruction { offset, opname, .. } = instruction;
    format!(
        "{offset:>4} {opname:<name$} {:<width$}  {stack}",
        argument(instruction),
        name = widths.name,
        width = widths.argument,
    )
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_CONSTANT) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text.to_owned(),
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
    (code, target): (&CodeObject, Target),
    lines: &LineIndex,
    span: (u32, u32),
    wanted: &dyn Fn(TextRange) -> bool,
    groups: &mut Vec<(String, Vec<Instruction>)>,
) {
    let mut pending = vec![code];
    while let Some(code) = pending.pop() {
        let found: Vec<Instruction> = dis::instructions(code, target)
            .into_iter()
            .filter(|instruction| instruction.opname != "RESUME")
            .filter(|instruction| range_of(lines, instruction.loc).is_some_and(wanted))
            .collect();
        if !found.is_empty() {
            groups.push((code.qualname.to_string(), found));
        }
        pending.extend(nested_around(code, span));
    }
}

/// The nested code objects that can have instructions of some lines: those that
/// begin on them, and of those before, the last.
fn nested_around(
    code: &CodeObject,
    (first, last): (u32, u32),
) -> impl Iterator<Item = &CodeObject> {
    let nested = || {
        code.consts
            .iter()
            .rev()
            .filter_map(|constant| match constant {
                Const::Code(code) => Some(&**code),
                _ => None,
            })
    };
    let begins = |code: &CodeObject| code.firstlineno;
    let before = nested().map(begins).filter(|&line| line < first).max();
    nested().filter(move |code| {
        let line = begins(code);
        Some(line) == before || (first..=last).contains(&line)
    })
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
