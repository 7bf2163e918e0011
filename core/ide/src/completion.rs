//! What can be written at a place: the names in scope there, by the rules by
//! which they would be looked up. Attributes are the caller's, who knows live
//! objects; here it is only told whose attribute is asked for.

use std::collections::BTreeMap;

use vitrine_db::{Database, File, module_scope, segments};
use vitrine_scope::{Block, BlockId, BlockKind, Comprehension, Scope, flags};
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
    if is_opaque(&Names::at(db, file, offset)?, offset) {
        return None;
    }
    let names = names_at(db, file, offset)?;
    if let Some(object) = written.strip_suffix('.') {
        let start = object.trim_end_matches(|c: char| c == '_' || c.is_alphanumeric());
        let name = &object[start.len()..];
        let plain = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && !start.ends_with(['.', ')', ']', '"', '\'']);
        let of_module = |found: &Completion| {
            found.name != name || matches!(found.binding, Binding::Global | Binding::Builtin)
        };
        return (plain && in_scope(&names, offset).iter().all(of_module))
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
    Some(Completions::Names(in_scope(&names, offset)))
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

fn in_scope(names: &Names<'_>, offset: u32) -> Vec<Completion> {
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
    let module = &module_scope(names.db, names.file).module;
    for symbol in module.symbols() {
        if symbol.flags & flags::DEF_BOUND != 0 {
            add(&symbol.name, Binding::Global, false, "the module");
        }
    }
    for name in builtins::names() {
        add(name, Binding::Builtin, false, "builtins");
    }
    found.into_values().collect()
}

/// The segment to which what is written at an offset belongs, which may have
/// ended above: blank lines are counted to what follows them.
fn names_at<'db>(db: &'db Database, file: File, offset: u32) -> Option<Names<'db>> {
    let (index, placed) = segments(db, file).at(offset)?;
    let text = file.text(db).get(..offset as usize)?;
    let line = &text[text.rfind('\n').map_or(0, |newline| newline + 1)..];
    let above = &text[placed.range.start as usize..];
    let is_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let indented = line.starts_with([' ', '\t']);
    let above = above.len() - line.len().min(above.len());
    let blank = text[placed.range.start as usize..][..above]
        .lines()
        .all(is_blank);
    let index = if indented && blank {
        index.saturating_sub(1)
    } else {
        index
    };
    Some(Names::new(db, file, index))
}

/// The innermost block to which what is written at an offset belongs. A body
/// goes on below its last statement as far as the indentation does.
fn block_at(names: &Names<'_>, offset: u32) -> BlockId {
    let text = names.file.text(names.db);
    let holds = |block: &Block| {
        let range = names.placed.absolute(block.range);
        let named = matches!(block.kind, BlockKind::Function | BlockKind::Class)
            && block.comprehension == Comprehension::None;
        range.touches(offset)
            || named && offset > range.end && goes_on(text, range.start, range.end, offset)
    };
    names
        .scopes
        .blocks()
        .filter(|(id, block)| *id != BlockId::ROOT && holds(block))
        .min_by_key(|(_, block)| block.range.len())
        .map_or(BlockId::ROOT, |(id, _)| id)
}

/// Whether all lines from the end of a body to an offset are indented more
/// than the line on which its header begins.
fn goes_on(text: &str, start: u32, end: u32, at: u32) -> bool {
    let line_start = |offset: usize| text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    let indentation = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let (start, end, at) = (start as usize, end as usize, at as usize);
    let header = &text[line_start(start)..start];
    // A lambda's body ends where it ends.
    if !header.trim().is_empty() {
        return false;
    }
    let Some(behind) = text[end..at].find('\n') else {
        return true;
    };
    let mut lines = text[end + behind + 1..at].split('\n').peekable();
    while let Some(line) = lines.next() {
        let last = lines.peek().is_none();
        if (last || !line.trim().is_empty()) && indentation(line) <= header.len() {
            return false;
        }
    }
    true
}
