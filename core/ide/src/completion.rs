//! What can be written at a place: the names in scope there, by the rules by
//! which they would be looked up. Attributes are the caller's, who knows live
//! objects; here it is only told whose attribute is asked for.

use std::collections::BTreeMap;

use vitrine_db::{Database, File, Placed, module_names, units};
use vitrine_scope::{Block, BlockId, BlockKind, Comprehension, Scope, SegmentScopes, flags};
use vitrine_syntax::token::TokenKind;

use crate::builtins;
use crate::resolve::{Binding, Names};

/// What is being written at an offset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Completions {
    /// A name: those in scope, the nearer scope of equal ones.
    Names(Vec<Completion>),
    /// An attribute of what a name of the module stands for.
    Attribute(String),
}

/// A name that could be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// The name.
    pub name: String,
    /// Where it would be found.
    pub binding: Binding,
    /// Whether it is a parameter.
    pub parameter: bool,
    /// Where it lives, in words.
    pub place: String,
}

/// What can be written at an offset; `None` in strings, comments and numbers,
/// behind a dot that follows more than a name, and where a name is made up.
pub fn completions(db: &Database, file: File, offset: u32) -> Option<Completions> {
    let text = file.text(db);
    let before = text.get(..offset as usize)?;
    let written = before.trim_end_matches(|c: char| c == '_' || c.is_alphanumeric());
    let units = units(db, file);
    let at = unit_at(units, offset)?;
    if is_opaque(&Names::of(db, file, units[at]), offset) {
        return None;
    }
    let at = unit_of(file.text(db), units, at, offset);
    let names = Names::of(db, file, units[at]);
    let in_scope = || in_scope(&names, units, at, offset);
    if let Some(object) = written.strip_suffix('.') {
        let start = object.trim_end_matches(|c: char| c == '_' || c.is_alphanumeric());
        let name = &object[start.len()..];
        let plain = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && !start.ends_with(['.', ')', ']', '"', '\'']);
        let of_module = |found: &Completion| {
            found.name != name || matches!(found.binding, Binding::Global | Binding::Builtin)
        };
        return (plain && in_scope().iter().all(of_module))
            .then(|| Completions::Attribute(name.to_owned()));
    }
    if written.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let statement = written.trim_end();
    if ["def", "class", "import", "as"].iter().any(|word| {
        statement.len() < written.len()
            && statement
                .strip_suffix(word)
                .is_some_and(|rest| !rest.ends_with(|c: char| c == '_' || c.is_alphanumeric()))
    }) {
        return None;
    }
    Some(Completions::Names(in_scope()))
}

/// Whether an offset is in a string, a comment or a number.
fn is_opaque(names: &Names<'_>, offset: u32) -> bool {
    let at = names.placed.relative_offset(offset);
    let text = names.placed.segment.text(names.db);
    let parsed = vitrine_db::parsed(names.db, names.placed.segment);
    if parsed
        .comments
        .iter()
        .any(|comment| comment.start < at && at <= comment.end)
    {
        return true;
    }
    // Only the line at hand and the strings that reach it matter.
    let lexed = vitrine_syntax::lexer::lex(text);
    let index = lexed.tokens.partition_point(|token| token.range.end < at);
    lexed.tokens[index..]
        .iter()
        .take_while(|token| token.range.start < at)
        .any(|token| match token.kind {
            TokenKind::Number => true,
            TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle => {
                at < token.range.end || !text[..at as usize].ends_with(['"', '\''])
            }
            _ => false,
        })
}

fn in_scope(names: &Names<'_>, units: &[Placed<'_>], unit: usize, offset: u32) -> Vec<Completion> {
    let mut found: BTreeMap<String, Completion> = BTreeMap::new();
    let mut add = |name: &str, binding, parameter, place: &str| {
        if !name.starts_with('.') && !found.contains_key(name) {
            let completion = Completion {
                name: name.to_owned(),
                binding,
                parameter,
                place: place.to_owned(),
            };
            found.insert(name.to_owned(), completion);
        }
    };
    let innermost = block_at(names, offset);
    let mut at = innermost;
    while at != BlockId::ROOT {
        let block = &names.scopes[at];
        // A class body's names are seen in it, not in the functions within.
        if block.kind != BlockKind::Class || at == innermost {
            let place = names.block_name(Some(at));
            for symbol in block.symbols() {
                let binding = match (block.kind, symbol.scope) {
                    (BlockKind::Class, Some(Scope::Local | Scope::Cell)) => Binding::Class,
                    (_, Some(Scope::Local | Scope::Cell)) if at == innermost => Binding::Local,
                    (_, Some(Scope::Local | Scope::Cell)) => Binding::Free,
                    _ => continue,
                };
                let parameter = symbol.flags & flags::DEF_PARAM != 0;
                add(
                    names.scopes.text(names.tree, symbol.name),
                    binding,
                    parameter,
                    &place,
                );
            }
        }
        at = block.parent;
    }
    if Some(innermost) == outer_class(names.scopes) {
        // The other parts of a long class bind names of it too.
        let place = names.block_name(Some(innermost));
        for other in parts_with(units, unit) {
            let other = Names::of(names.db, names.file, *other);
            let class = outer_class(other.scopes);
            let symbols = class.map(|class| other.scopes[class].symbols());
            for symbol in symbols.into_iter().flatten() {
                if let Some(Scope::Local | Scope::Cell) = symbol.scope {
                    let name = other.scopes.text(other.tree, symbol.name);
                    add(name, Binding::Class, false, &place);
                }
            }
        }
    }
    for name in module_names(names.db, names.file) {
        add(name, Binding::Global, false, "the module");
    }
    for name in builtins::names() {
        add(name, Binding::Builtin, false, "builtins");
    }
    found.into_values().collect()
}

/// The class that a segment is.
fn outer_class(scopes: &SegmentScopes) -> Option<BlockId> {
    let classes = scopes
        .blocks()
        .filter(|(_, block)| block.kind == BlockKind::Class);
    classes
        .max_by_key(|(_, block)| block.range.len())
        .map(|(id, _)| id)
}

/// The parts of the long class that a unit is one of; itself alone if it is none.
fn parts_with<'a, 'db>(units: &'a [Placed<'db>], unit: usize) -> &'a [Placed<'db>] {
    let is_further = |unit: &Placed<'_>| unit.repeated > 0;
    let before = units[..=unit]
        .iter()
        .rev()
        .take_while(|unit| is_further(unit));
    let first = unit - before.count().min(unit);
    let after = units[unit + 1..].iter().take_while(|unit| is_further(unit));
    &units[first..=unit + after.count()]
}

/// Which unit an offset stands in: a segment, or a part of a long class.
fn unit_at(units: &[Placed<'_>], offset: u32) -> Option<usize> {
    let starts = |unit: &Placed<'_>| unit.range.start + unit.repeated <= offset;
    units.partition_point(starts).checked_sub(1)
}

/// The unit to which what is written at an offset belongs, which may have
/// ended above: blank lines are counted to what follows them.
fn unit_of(text: &str, units: &[Placed<'_>], at: usize, offset: u32) -> usize {
    let unit = &units[at];
    let start = (unit.range.start + unit.repeated) as usize;
    let text = &text[..offset as usize];
    let line_start = text.rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[line_start..];
    let above = text.get(start..line_start).unwrap_or_default();
    let is_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let indented = line.starts_with([' ', '\t']);
    // What is written in a line of its own may yet become anything.
    if indented && above.lines().all(is_blank) && (unit.repeated == 0 || is_blank(line)) {
        at.saturating_sub(1)
    } else {
        at
    }
}

/// The innermost block to which what is written at an offset belongs. A body
/// goes on below its last statement as far as the indentation does.
fn block_at(names: &Names<'_>, offset: u32) -> BlockId {
    let text = names.file.text(names.db);
    let own = names.placed.segment.text(names.db);
    let holds = |block: &Block| {
        let range = names.placed.absolute(block.range);
        let named = matches!(block.kind, BlockKind::Function | BlockKind::Class)
            && block.comprehension == Comprehension::None;
        range.touches(offset)
            || named
                && offset > range.end
                && indentation(own, block.range.start)
                    .is_some_and(|header| goes_on(text, header, range.end, offset))
    };
    names
        .scopes
        .blocks()
        .filter(|(id, block)| *id != BlockId::ROOT && holds(block))
        .min_by_key(|(_, block)| block.range.len())
        .map_or(BlockId::ROOT, |(id, _)| id)
}

/// How far a header is indented; `None` for a lambda, whose body ends where it ends.
fn indentation(text: &str, header: u32) -> Option<usize> {
    let before = &text[..header as usize];
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    line.trim().is_empty().then_some(line.len())
}

/// Whether all lines from the end of a body to an offset are indented more
/// than its header.
fn goes_on(text: &str, header: usize, end: u32, at: u32) -> bool {
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let (end, at) = (end as usize, at as usize);
    let Some(behind) = text[end..at].find('\n') else {
        return true;
    };
    let mut lines = text[end + behind + 1..at].split('\n').peekable();
    while let Some(line) = lines.next() {
        let last = lines.peek().is_none();
        if (last || !line.trim().is_empty()) && indentation(line) <= header {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const PROGRAM: &str = "\
import os

class A(os.X):
    limit = 1

    def first(self, one):
        inner = [one]
        PAD
        return inner$0
        $0
    $0

    def second(self, two=lambda x: x$0):
        def nested(three):
            return two$0
            $0
        $0
    lim$0
$0
def after(four):
    fo$0
";

    fn names(text: &str, offset: usize) -> Vec<(String, Binding, String)> {
        let db = Database::default();
        let file = File::new(&db, Arc::from(text));
        match completions(&db, file, offset as u32) {
            Some(Completions::Names(all)) => { all.into_iter() }
                .filter(|name| name.binding != Binding::Builtin)
                .map(|name| (name.name, name.binding, name.place))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// In a class that is long because of a comment as in the same without it.
    #[test]
    fn a_long_class_completes_as_a_short_one() {
        let long = PROGRAM.replace("PAD", &"# So long\n        ".repeat(300));
        let short = PROGRAM.replace("PAD", "# Short");
        let markers = PROGRAM.matches("$0").count();
        let mut seen = Vec::new();
        for marker in 0..markers {
            let at = |text: &str| {
                let place = text.match_indices("$0").nth(marker).map_or(0, |(at, _)| at);
                let before = text[..place].replace("$0", "");
                let text = format!("{before}{}", text[place..].replace("$0", ""));
                names(&text, before.len())
            };
            let found = at(&long);
            assert_eq!(found, at(&short), "at marker {marker}");
            let locals = found.into_iter();
            let locals = locals.filter(|(_, binding, _)| *binding != Binding::Global);
            seen.push(locals.map(|(name, ..)| name).collect::<Vec<_>>().join(" "));
        }
        let class = "first limit second";
        let expected = [
            "inner one self",
            "inner one self",
            class,
            "x",
            "nested self three two",
            "nested self three two",
            "nested self two",
            class,
            "",
            "four",
        ];
        assert_eq!(seen, expected);
    }
}
