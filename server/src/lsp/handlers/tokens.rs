//! `textDocument/semanticTokens`.

use tower_lsp::ls_types::{
    Range, SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens,
    SemanticTokensLegend,
};
use vitrine_ide::TokenKind;
use vitrine_syntax::position::TextRange;

use crate::lsp::session::Snapshot;

/// The order of `TokenKind` and of `TokenModifiers`' bits.
pub(crate) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: vec![
            SemanticTokenType::VARIABLE,
            SemanticTokenType::PARAMETER,
            SemanticTokenType::FUNCTION,
            SemanticTokenType::CLASS,
            SemanticTokenType::NAMESPACE,
            SemanticTokenType::TYPE_PARAMETER,
        ],
        token_modifiers: [
            "declaration",
            "builtin",
            "captured",
            "global",
            "lateBound",
            "unbound",
        ]
        .map(SemanticTokenModifier::new)
        .to_vec(),
    }
}

pub(crate) fn semantic_tokens(snapshot: &Snapshot, range: &Option<Range>) -> SemanticTokens {
    let text = snapshot.text();
    let positions = text.positions(snapshot.encoding);
    let range = match range {
        Some(range) => {
            let (start, end) = (positions.offset(range.start), positions.offset(range.end));
            TextRange::new(start.min(end), start.max(end))
        }
        None => TextRange::new(0, text.text.len() as u32),
    };
    let mut data = Vec::new();
    let (mut line, mut character) = (0, 0);
    for token in vitrine_ide::semantic_tokens(&snapshot.db, snapshot.file, range) {
        let start = positions.position(token.range.start);
        let same_line = start.line == line;
        data.push(SemanticToken {
            delta_line: start.line - line,
            delta_start: if same_line {
                start.character - character
            } else {
                start.character
            },
            length: snapshot.encoding.len(&text.text[token.range.as_usize()]),
            token_type: match token.kind {
                TokenKind::Variable => 0,
                TokenKind::Parameter => 1,
                TokenKind::Function => 2,
                TokenKind::Class => 3,
                TokenKind::Namespace => 4,
                TokenKind::TypeParameter => 5,
            },
            token_modifiers_bitset: token.modifiers.0,
        });
        (line, character) = (start.line, start.character);
    }
    SemanticTokens {
        result_id: None,
        data,
    }
}
