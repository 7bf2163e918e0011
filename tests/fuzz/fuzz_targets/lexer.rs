//! Tokens stand in order and cover what segments cut; `tokenize` takes any bytes.
#![no_main]

use vitrine_syntax::lexer::lex;
use vitrine_syntax::segment::{parts, split};
use vitrine_syntax::token::TokenKind;
use vitrine_syntax::{source, tokenize};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = vitrine_fuzz::text(data);
    let lexed = lex(&text);
    let mut end = 0;
    for token in &lexed.tokens {
        assert!(token.range.start >= end, "tokens overlap");
        assert!(text.get(token.range.as_usize()).is_some(), "a token cuts a character");
        end = token.range.end;
    }
    assert_eq!(lexed.tokens.last().map(|token| token.kind), Some(TokenKind::EndMarker));
    let mut end = 0;
    for segment in split(&text) {
        assert_eq!(segment.start, end, "a gap between segments");
        end = segment.end;
        if let Some(parts) = parts(&text[segment.as_usize()]) {
            let mut end = 0;
            for part in parts.parts {
                assert_eq!(part.range.start, end, "a gap between parts");
                end = part.range.end;
            }
            assert_eq!(end, segment.len(), "the parts end early");
        }
    }
    assert_eq!(end as usize, text.len(), "the segments end early");
    let _ = tokenize::tokens(data, "f.py");
    let _ = source::decode(data);
});
