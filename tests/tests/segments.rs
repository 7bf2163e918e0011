//! Segments over the whole standard library: they cover the text, and lexing
//! them one by one gives the tokens of the whole.
#![allow(clippy::disallowed_methods)]

use std::path::{Path, PathBuf};

use vitrine_syntax::lexer::lex;
use vitrine_syntax::module::parse_module;
use vitrine_syntax::segment::split;
use vitrine_syntax::token::TokenKind;
use vitrine_tests::oracle::Oracle;

fn python_files(dir: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(dir).expect("the library is readable");
    for entry in entries.map(|entry| entry.expect("the library is readable")) {
        let path = entry.path();
        if path.is_dir() {
            python_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
}

#[test]
fn segments_are_lexed_like_the_whole() {
    let Some(oracle) = Oracle::find() else { return };
    let mut files = Vec::new();
    python_files(oracle.library(), &mut files);
    files.sort();
    let (mut compared, mut differences) = (0, Vec::new());
    for path in files {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let whole = lex(&text);
        let segments = split(&text);
        let covered: String = segments
            .iter()
            .map(|segment| &text[segment.as_usize()])
            .collect();
        assert_eq!(covered, text, "{} is not covered", path.display());
        let parsed = parse_module(&text).segments;
        let parsed: Vec<_> = parsed.into_iter().map(|segment| segment.range).collect();
        assert_eq!(parsed, segments, "{}", path.display());
        compared += 1;
        // The end of a file, and with it where its last blocks end, is elsewhere.
        let significant =
            |kind: TokenKind| !matches!(kind, TokenKind::Dedent | TokenKind::EndMarker);
        let parts: Vec<_> = segments
            .iter()
            .flat_map(|segment| {
                let lexed = lex(&text[segment.as_usize()]);
                lexed
                    .tokens
                    .into_iter()
                    .map(move |token| (token.kind, token.range.shifted(segment.start)))
            })
            .filter(|token| significant(token.0))
            .collect();
        let wholes: Vec<_> = { whole.tokens.iter() }
            .map(|token| (token.kind, token.range))
            .filter(|token| significant(token.0))
            .collect();
        if parts != wholes {
            let at = parts
                .iter()
                .zip(&wholes)
                .position(|(a, b)| a != b)
                .unwrap_or(parts.len().min(wholes.len()));
            differences.push(format!(
                "{}: {:?} for {:?}, errors {:?}",
                path.display(),
                parts.get(at),
                wholes.get(at),
                whole.errors.first()
            ));
        }
    }
    println!("{compared} files");
    assert!(
        differences.is_empty(),
        "{} files differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
}
