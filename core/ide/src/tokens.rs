//! Semantic tokens: names, told apart by what the symbol tables say of them.

use vitrine_db::{Database, File, Use, segments};
use vitrine_syntax::position::TextRange;

use crate::resolve::{Binding, Names};

/// What a name is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum TokenKind {
    Variable,
    Parameter,
    Function,
    Class,
    Namespace,
    TypeParameter,
}

/// What else is known of a name, as bits.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct TokenModifiers(pub u32);

impl TokenModifiers {
    /// The name gets a value here.
    pub const DECLARATION: Self = Self(1);
    /// A builtin.
    pub const BUILTIN: Self = Self(1 << 1);
    /// Shared between functions through a cell.
    pub const CAPTURED: Self = Self(1 << 2);
    /// In the module's namespace.
    pub const GLOBAL: Self = Self(1 << 3);
    /// Read through a cell when called, not when made.
    pub const LATE_BOUND: Self = Self(1 << 4);
    /// Bound nowhere in the file.
    pub const UNBOUND: Self = Self(1 << 5);

    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A name with what is known of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SemanticToken {
    /// Where, in bytes of the file.
    pub range: TextRange,
    /// What it is.
    pub kind: TokenKind,
    /// What else.
    pub modifiers: TokenModifiers,
}

/// The names in a range of the file, in order.
pub fn semantic_tokens(db: &Database, file: File, range: TextRange) -> Vec<SemanticToken> {
    let placed = segments(db, file);
    let mut tokens = Vec::new();
    for index in 0..placed.len() {
        if placed[index].range.end < range.start || placed[index].range.start > range.end {
            continue;
        }
        let names = Names::new(db, file, index);
        for occurrence in names.occurrences {
            let at = names.placed.absolute(occurrence.range);
            if at.end < range.start || at.start > range.end || at.is_empty() {
                continue;
            }
            let resolved = names.resolve(occurrence);
            let kind = match occurrence.usage {
                Use::Parameter => TokenKind::Parameter,
                Use::Function => TokenKind::Function,
                Use::Class => TokenKind::Class,
                Use::Import => TokenKind::Namespace,
                Use::TypeParameter => TokenKind::TypeParameter,
                _ => TokenKind::Variable,
            };
            let mut modifiers = match resolved.binding {
                Binding::Local | Binding::Class => TokenModifiers::default(),
                Binding::Cell => TokenModifiers::CAPTURED,
                Binding::Free => TokenModifiers::CAPTURED.or(TokenModifiers::LATE_BOUND),
                Binding::Global => TokenModifiers::GLOBAL,
                Binding::Builtin => TokenModifiers::BUILTIN,
                Binding::Unbound => TokenModifiers::UNBOUND,
            };
            if occurrence.usage.binds() {
                modifiers = modifiers.or(TokenModifiers::DECLARATION);
            }
            tokens.push(SemanticToken {
                range: at,
                kind,
                modifiers,
            });
        }
    }
    // Names never overlap, but a decorated or broken tree may list one twice.
    tokens.dedup_by_key(|token| token.range);
    tokens
}
