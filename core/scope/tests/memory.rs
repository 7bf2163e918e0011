//! What a tree takes, beside ruff's of the same file, which keeps its tokens: the
//! bytes that are still allocated when parsing is done, counted by the
//! allocator, in one run.
// A test is a host.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::path::PathBuf;

use allocation_counter::measure;
use ruff_python_parser::{Mode, ParseOptions};
use vitrine_syntax::token::TokenList;
use vitrine_syntax::{lexer, module, source};

/// The biggest part of ruff's bytes that ours may be.
const MOST: f64 = 0.5;

/// Every file of the library's top level.
fn texts() -> Vec<String> {
    let entries = std::fs::read_dir(rustpython_pylib::LIB_PATH).expect("the library is there");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("the library can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    paths.sort();
    { paths.iter() }
        .map(|path| source::decode(&std::fs::read(path).unwrap_or_default()).text)
        .collect()
}

/// The bytes that what is made holds.
fn held<T>(make: impl Fn(&str) -> T, texts: &[String]) -> u64 {
    // What a thread keeps to work in is not of what it makes.
    texts.iter().for_each(|text| drop(make(text)));
    let mut kept = Vec::with_capacity(texts.len());
    let counted = measure(|| kept.extend(texts.iter().map(|text| make(text))));
    u64::try_from(counted.bytes_current).unwrap_or(0)
}

#[test]
fn trees_take_less_than_half_of_the_peers() {
    let texts = texts();
    let ruff = held(
        |text| ruff_python_parser::parse_unchecked(text, ParseOptions::from(Mode::Module)),
        &texts,
    );
    let tokens = held(|text| TokenList::new(&lexer::lex(text).tokens), &texts);
    let whole = held(module::parse_segment, &texts);
    let segments = held(module::parse_module, &texts);
    let text: usize = texts.iter().map(String::len).sum();
    println!(
        "{} files, {text} bytes of text; ruff's trees and tokens take {ruff}",
        texts.len()
    );
    for (name, bytes) in [
        ("trees and tokens in one piece", whole + tokens),
        // The product keeps no tokens: it reads a segment's again.
        ("trees by segments", segments),
    ] {
        let part = bytes as f64 / ruff as f64;
        println!("{name} take {bytes}, {part:.2} of that");
        assert!(part < MOST, "{name}: {part:.2} of ruff's bytes");
    }
}
