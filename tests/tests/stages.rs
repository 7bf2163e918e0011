//! The code between the passes, as `vitrine dis --stage` prints it: one small program
//! for each pass, with what every stage is expected to be.
//!
//! `VITRINE_UPDATE_GOLDEN=1` writes the expected texts anew; look at what changed.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::{env, fs};

use vitrine_bytecode::compile::{CompileOptions, Mode, StageTexts, parse, stages};
use vitrine_tests::program::root;

/// Which of the texts.
type Stage = fn(&StageTexts) -> &str;

/// The stages of all code objects, the module first.
fn text(source: &str, stage: Stage) -> String {
    let module = parse(source, Mode::Exec);
    let mut units = stages(&module, &CompileOptions::default()).expect("fixtures compile");
    units.reverse();
    let texts = units
        .iter()
        .map(|unit| format!("{}:\n{}", unit.qualname, stage(unit)));
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_stage_of_every_fixture() {
    let directory = root().join("tests/fixtures/stages");
    let mut sources: Vec<_> = fs::read_dir(&directory)
        .expect("the fixtures are there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    sources.sort();
    assert!(sources.len() > 8, "a fixture for each pass");
    let all: [(&str, Stage); 4] = [
        ("codegen", |unit| &unit.codegen),
        ("cfg", |unit| &unit.cfg),
        ("optimized", |unit| &unit.optimized),
        ("final", |unit| &unit.finished),
    ];
    for path in sources {
        let source = fs::read_to_string(&path).expect("readable");
        for (name, stage) in all {
            let printed = text(&source, stage);
            let expected_in = path.with_extension(format!("{name}.txt"));
            if env::var_os("VITRINE_UPDATE_GOLDEN").is_some() {
                fs::write(&expected_in, &printed).expect("writable");
                continue;
            }
            let expected = fs::read_to_string(&expected_in).unwrap_or_default();
            assert!(
                printed == expected,
                "{}: expected\n{expected}\nprinted\n{printed}",
                expected_in.display()
            );
        }
    }
}
