//! Law 2: typing in one segment computes one segment, proved by counting the
//! queries that salsa executes.

use std::collections::BTreeMap;
use std::sync::Arc;

use salsa::Setter;
use vitrine_db::{Database, File, file_diagnostics};

const BEFORE: &str = "\
import os

def first(a):
    return a + 1

def second(b):
    return first(b)

class Third:
    x = 1
";

/// Executes everything for one text, then for another, and says how often each
/// query of a segment ran for the second.
fn executed(before: &str, after: &str) -> BTreeMap<String, usize> {
    let (mut db, executed) = Database::counting();
    let file = File::new(&db, Arc::from(before));
    file_diagnostics(&db, file);
    executed.take();
    file.set_text(&mut db).to(Arc::from(after));
    file_diagnostics(&db, file);
    let mut counts = executed.take();
    // These look at the file as a whole, by design.
    for whole in [
        "line_index",
        "segments",
        "future",
        "facts",
        "file_facts",
        "module_scope",
        "module_code",
        "file_diagnostics",
    ] {
        counts.remove(whole);
    }
    counts
}

#[track_caller]
fn check(before: &str, after: &str, segments: usize) {
    for (query, count) in executed(before, after) {
        assert_eq!(
            count, segments,
            "{query} of {segments} changed segments, after\n{after}"
        );
    }
    if segments > 0 {
        assert_eq!(executed(before, after).get("parsed"), Some(&segments));
    }
}

#[test]
fn an_edit_in_a_body_computes_one_segment() {
    check(BEFORE, &BEFORE.replace("a + 1", "a + 2"), 1);
}

#[test]
fn a_line_inserted_above_computes_its_own_segment() {
    check(BEFORE, &format!("x = 1\n{BEFORE}"), 1);
}

#[test]
fn a_new_function_computes_one_segment() {
    check(
        BEFORE,
        &BEFORE.replace("class Third", "def added():\n    pass\n\nclass Third"),
        1,
    );
}

#[test]
fn renaming_computes_the_segments_that_have_the_name() {
    check(BEFORE, &BEFORE.replace("first", "renamed"), 2);
}

#[test]
fn moving_a_segment_computes_none() {
    // Blank lines belong to what follows them, so the texts of the segments stay.
    let before = "import os\ndef a():\n    pass\ndef b():\n    pass\n";
    let after = "import os\ndef b():\n    pass\ndef a():\n    pass\n";
    check(before, after, 0);
}

#[test]
fn an_equal_text_computes_nothing() {
    assert_eq!(executed(BEFORE, BEFORE), BTreeMap::new());
}

#[test]
fn a_broken_segment_leaves_the_others_alone() {
    check(BEFORE, &BEFORE.replace("return a + 1", "return a +"), 1);
    // An open bracket takes the blank line behind it from the next segment.
    check(BEFORE, &BEFORE.replace("return a + 1", "return (a +"), 2);
}
