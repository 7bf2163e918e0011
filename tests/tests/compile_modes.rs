//! What is compiled otherwise than as a file, compared with CPython: expressions
//! as `eval` does, statements as entered at the prompt, and whole files with the
//! future's annotations; code objects, errors and warnings.
//!
//! The texts are those of the standard library, its test suite included; of every
//! five files one is taken, with `VITRINE_ALL_MODES=1`
//! all.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::path::{Path, PathBuf};
use std::{env, fs};

use vitrine_bytecode::code::CodeFlags;
use vitrine_bytecode::compile::Mode;
use vitrine_syntax::module::{ModuleSegment, parse_module};
use vitrine_syntax::tree::Stmt;
use vitrine_tests::batch::{self, Case};
use vitrine_tests::corpus;
use vitrine_tests::oracle::Oracle;

/// The files that are UTF-8, every `step`th.
fn texts(oracle: &Oracle, step: usize) -> Vec<(PathBuf, String)> {
    let files = corpus::python_files(oracle.library());
    let texts = files.into_iter().step_by(step).filter_map(|path| {
        let text = fs::read_to_string(&path).ok()?;
        Some((
            path,
            text.strip_prefix('\u{feff}')
                .map_or_else(|| text.clone(), str::to_owned),
        ))
    });
    texts.collect()
}

fn step() -> usize {
    if env::var_os("VITRINE_ALL_MODES").is_some() {
        1
    } else {
        5
    }
}

/// Compiles all cases with both, a few hundred files at a time.
fn compare(
    what: &str,
    texts: &[(PathBuf, String)],
    cases: impl Fn(&Path, &str) -> Vec<Case> + Sync,
) {
    let Some(oracle) = Oracle::find() else { return };
    let chunks: Vec<_> = texts.chunks(60).collect();
    let compared = corpus::in_parallel(&chunks, |chunk| {
        let cases: Vec<Case> = chunk
            .iter()
            .flat_map(|(path, text)| cases(path, text))
            .collect();
        (cases.len(), batch::compare(oracle, &cases))
    });
    let (mut total, mut valid, mut differences) = (0, 0, Vec::new());
    for (count, one) in compared {
        total += count;
        valid += one.valid;
        differences.extend(one.differences);
    }
    println!(
        "{what}: {total} texts, {valid} of them valid, {} differ",
        differences.len()
    );
    assert!(valid > 0, "nothing was compared");
    let first: Vec<String> = differences
        .iter()
        .take(20)
        .map(|(kind, text)| format!("{kind:?}: {text}"))
        .collect();
    assert!(differences.is_empty(), "{}", first.join("\n"));
}

fn case(path: &Path, segment: &ModuleSegment, text: String, mode: Mode) -> Case {
    Case {
        name: format!("{}:{}", path.display(), segment.first_line + 1),
        text,
        mode,
        optimize: (segment.first_line % 3) as u8,
        flags: 0,
    }
}

#[test]
fn statements_as_entered_at_the_prompt() {
    let Some(oracle) = Oracle::find() else { return };
    compare("single", &texts(oracle, step()), |path, text| {
        let module = parse_module(text);
        let segments = module.segments.iter();
        let cases = segments.map(|segment| {
            let mut statement =
                text[segment.range.start as usize..segment.range.end as usize].to_owned();
            statement.push('\n');
            case(path, segment, statement, Mode::Single)
        });
        cases.collect()
    });
}

#[test]
fn expressions_as_eval_compiles_them() {
    let Some(oracle) = Oracle::find() else { return };
    compare("eval", &texts(oracle, step()), |path, text| {
        let module = parse_module(text);
        let mut cases = Vec::new();
        for segment in &module.segments {
            let tree = &segment.parsed.tree;
            for statement in tree.ids::<Stmt>() {
                let value = match tree[statement] {
                    Stmt::Expr { value } | Stmt::Assign { value, .. } => value,
                    Stmt::Return { value: Some(value) } => value,
                    Stmt::If { test, .. }
                    | Stmt::While { test, .. }
                    | Stmt::Assert { test, .. } => test,
                    _ => continue,
                };
                let start = segment.range.start;
                let range = tree.range(value);
                let expression =
                    &text[(start + range.start) as usize..(start + range.end) as usize];
                // Line ends want brackets.
                let expression = if expression.contains('\n') {
                    format!("({expression})")
                } else {
                    expression.to_owned()
                };
                cases.push(case(path, segment, expression, Mode::Eval));
            }
        }
        cases
    });
}

#[test]
fn files_with_annotations_kept_as_text() {
    let Some(oracle) = Oracle::find() else { return };
    compare(
        "from __future__ import annotations",
        &texts(oracle, 4),
        |path, text| {
            vec![Case {
                name: path.display().to_string(),
                text: text.to_owned(),
                mode: Mode::Exec,
                optimize: 0,
                flags: CodeFlags::FUTURE_ANNOTATIONS,
            }]
        },
    );
}
