//! What hovering shows: the scope of a name in one line, and the bytecode of
//! the statement under the cursor.

use vitrine_bytecode::target::Target;
use vitrine_db::{Database, File, Occurrence, Use, line_index};
use vitrine_scope::{BlockId, BlockKind};
use vitrine_syntax::position::TextRange;

use crate::bytecode;
use crate::highlight::highlights;
use crate::resolve::{Binding, Names, Resolved};

/// How many lines of bindings are listed.
const MAX_LINES: usize = 8;

/// What is to be shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HoverOptions {
    /// The bytecode of the statement, too.
    pub bytecode: bool,
    /// Of this version of CPython.
    pub target: Target,
}

/// What hovering shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    /// What it is about, in bytes of the file.
    pub range: TextRange,
    /// Markdown.
    pub markdown: String,
    /// The name hovered, if it is one of the module's: it may have a live value.
    pub global: Option<String>,
}

/// What hovering at an offset shows.
pub fn hover(db: &Database, file: File, offset: u32, options: HoverOptions) -> Option<Hover> {
    let names = Names::at(db, file, offset)?;
    let occurrence = names.occurrence_at(offset);
    let mut parts = Vec::new();
    let mut range = None;
    let mut global = None;
    if let Some(occurrence) = occurrence {
        let of_module = names.resolve(occurrence).owner.is_none();
        global = of_module.then(|| names.tree.name(occurrence.name).to_owned());
        parts.push(scope_line(&names, occurrence));
        range = Some(names.placed.absolute(occurrence.range));
    }
    let target = file.language(db).target(options.target);
    if options.bytecode
        && let Some((statement, code)) =
            bytecode::of_statement(db, file, &names.placed, offset, target)
    {
        parts.push(code);
        range = range.or(Some(names.placed.absolute(statement)));
    }
    Some(Hover {
        range: range?,
        markdown: parts.join("\n\n"),
        global,
    })
}

/// "`x`: cell variable of `make`, bound at 12, 15; ... (L, `LOAD_DEREF`)"
fn scope_line(names: &Names<'_>, occurrence: &Occurrence) -> String {
    let name = names.tree.name(occurrence.name);
    let resolved = names.resolve(occurrence);
    let owner = names.block_name(resolved.owner);
    let bound = bound_lines(names, occurrence);
    let (what, note) = match resolved.binding {
        Binding::Local if is_parameter(names, occurrence, resolved) => {
            (format!("parameter of {owner}"), "")
        }
        Binding::Local => (format!("local variable of {owner}"), ""),
        Binding::Cell => (
            format!("cell variable of {owner}"),
            "shared with the functions inside",
        ),
        Binding::Free => (
            format!("cell variable of {owner}"),
            "read when called, not when made",
        ),
        Binding::Class => (
            format!("name in the body of {owner}"),
            "not visible in its methods",
        ),
        Binding::Global => ("global variable".to_owned(), ""),
        Binding::Builtin => ("builtin".to_owned(), ""),
        Binding::Unbound => (
            "bound nowhere in this file".to_owned(),
            "`NameError` unless something sets it",
        ),
    };
    let mut line = format!("`{name}`: {what}{bound}");
    if !note.is_empty() {
        line.push_str("; ");
        line.push_str(note);
    }
    let opcode = opcode(names, occurrence, resolved);
    line.push_str(&format!(" ({}, `{opcode}`)", resolved.binding.letter()));
    line
}

fn is_parameter(names: &Names<'_>, occurrence: &Occurrence, resolved: Resolved) -> bool {
    let Some(owner) = resolved.owner else {
        return false;
    };
    let symbol = names.scopes.lookup(names.tree, owner, occurrence.name);
    symbol.is_some_and(|symbol| symbol.flags & vitrine_scope::flags::DEF_PARAM != 0)
}

/// ", bound at 12, 15": lines count from 1 here, as in every traceback.
fn bound_lines(names: &Names<'_>, occurrence: &Occurrence) -> String {
    let offset = names.placed.absolute_offset(occurrence.range.start);
    let lines = line_index(names.db, names.file);
    let mut bound: Vec<u32> = highlights(names.db, names.file, offset)
        .into_iter()
        .filter(|place| place.usage.binds())
        .map(|place| lines.line_column(place.range.start).line + 1)
        .collect();
    bound.dedup();
    if bound.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = bound
        .iter()
        .take(MAX_LINES)
        .map(ToString::to_string)
        .collect();
    let more = if bound.len() > MAX_LINES { ", ..." } else { "" };
    format!(", bound at {}{more}", shown.join(", "))
}

/// The instruction that does what the occurrence does, before specialization
/// and the compiler's combining of two into one.
fn opcode(names: &Names<'_>, occurrence: &Occurrence, resolved: Resolved) -> String {
    let action = match occurrence.usage {
        Use::Read | Use::Declare => "LOAD",
        Use::Delete => "DELETE",
        _ => "STORE",
    };
    let in_function =
        names.scopes[occurrence.block].kind.is_function_like() && occurrence.block != BlockId::ROOT;
    let in_class = names.scopes[occurrence.block].kind == BlockKind::Class;
    let suffix = match resolved.binding {
        Binding::Local => "FAST",
        Binding::Free if in_class && action == "LOAD" => return "LOAD_FROM_DICT_OR_DEREF".into(),
        Binding::Cell | Binding::Free => "DEREF",
        Binding::Class => "NAME",
        Binding::Global | Binding::Builtin | Binding::Unbound if in_function => "GLOBAL",
        Binding::Global | Binding::Builtin | Binding::Unbound => "NAME",
    };
    format!("{action}_{suffix}")
}
