//! A long class in parts: what is wrong with it is what is wrong with the whole.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vitrine_db::{
    Database, File, facts, file_diagnostics, findings, module_scope, nested_code, parsed, segments,
    units,
};
use vitrine_lint::Verdict;

fn python_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("the library is there") {
        let path = entry.expect("the library is there").path();
        if path.is_dir() {
            python_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            found.push(path);
        }
    }
}

/// What the whole segments have to say, as (offset, words).
fn of_segments(db: &Database, file: File) -> BTreeSet<(u32, String)> {
    let mut all = BTreeSet::new();
    for placed in segments(db, file) {
        let parsed = parsed(db, placed.segment);
        let at = |range| placed.absolute(range).start;
        for error in &parsed.errors {
            all.insert((at(error.range), error.text(placed.first_line, 0).into()));
        }
        for warning in &parsed.warnings {
            all.insert((at(warning.range), warning.message.to_string()));
        }
        if let Some(Err(error)) = nested_code(db, placed.segment, facts(db, file)) {
            all.insert((placed.range.start, error.message.to_string()));
        }
        for finding in findings(db, placed.segment, file) {
            if finding.verdict >= Verdict::Possible {
                all.insert((at(finding.range), finding.message.clone()));
            }
        }
    }
    all
}

#[test]
fn parts_say_what_the_whole_says() {
    let mut files = Vec::new();
    python_files(Path::new(rustpython_pylib::LIB_PATH), &mut files);
    files.sort();
    let (mut in_parts, mut parts) = (0, 0);
    for path in files {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let db = Database::default();
        let file = File::new(&db, Arc::from(text));
        let units = units(&db, file);
        let cut = units.iter().filter(|unit| unit.repeated > 0).count();
        if cut == 0 {
            continue;
        }
        in_parts += 1;
        parts += cut;
        let name = path.display();
        assert_eq!(
            *facts(&db, file).facts(&db),
            module_scope(&db, file).facts(),
            "the facts of {name}"
        );
        let by_parts: BTreeSet<(u32, String)> = file_diagnostics(&db, file)
            .iter()
            .filter(|diagnostic| diagnostic.code != "SyntaxWarning")
            .map(|diagnostic| {
                let message = diagnostic.message.lines().next().unwrap_or_default();
                (diagnostic.range.start, message.to_owned())
            })
            .collect();
        assert_eq!(by_parts, of_segments(&db, file), "what is wrong in {name}");
    }
    println!("{in_parts} files with {parts} parts");
    assert!(in_parts > 100 && parts > 2_000);
}
