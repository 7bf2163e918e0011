//! Law 2: typing in one segment computes one segment, proved by counting the
//! queries that salsa executes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use salsa::Setter;
use vitrine_db::{Database, File, file_diagnostics, future, occurrences, units};

const BEFORE: &str = "\
import os

def first(a):
    return a + 1

def second(b):
    return first(b)

class Third:
    x = 1

if os.name:
    x = 1
else:
    x = 2
";

/// The queries of a segment. All others look at the file as a whole, by design.
const OF_SEGMENTS: &[&str] = &[
    "parsed",
    "scopes",
    "tells",
    "nested_code",
    "has_sites",
    "is_quiet",
    "findings",
    "occurrences",
];

/// Executes everything for the first text, then for each further one, and says
/// how often each query of a segment ran for the last.
fn executed(texts: &[&str]) -> BTreeMap<String, usize> {
    let (mut db, executed) = Database::counting();
    let file = File::new(&db, Arc::from(texts[0]));
    file_diagnostics(&db, file);
    for text in &texts[1..] {
        executed.take();
        file.set_text(&mut db).to(Arc::from(*text));
        file_diagnostics(&db, file);
    }
    let mut counts = executed.take();
    counts.retain(|query, _| OF_SEGMENTS.contains(&query.as_str()));
    counts
}

/// After the last of some texts, no query of a segment ran for more segments
/// than these, and parsing for no fewer.
#[track_caller]
fn check(texts: &[&str], segments: usize) {
    let last: String = texts[texts.len() - 1].chars().take(400).collect();
    let counts = executed(texts);
    for (query, count) in &counts {
        assert!(
            *count <= segments,
            "{query} ran {count} times for {segments} changed segments, after\n{last}"
        );
    }
    let parsed = counts.get("parsed").copied().unwrap_or(0);
    assert_eq!(parsed, segments, "segments parsed after\n{last}");
}

/// A query that has another name than is listed would never be seen to run.
#[test]
fn the_queries_that_are_counted_exist() {
    let (db, executed) = Database::counting();
    let file = File::new(
        &db,
        Arc::from("def f(a=[]):\n    a.append(1)\n    return a\n"),
    );
    assert_eq!(file_diagnostics(&db, file).len(), 1);
    let segment = units(&db, file)[0].segment;
    assert!(!occurrences(&db, segment, future(&db, file)).is_empty());
    let counts = executed.take();
    for query in OF_SEGMENTS {
        assert_eq!(counts.get(*query), Some(&1), "{query} among {counts:?}");
    }
}

#[test]
fn an_edit_in_a_body_computes_one_segment() {
    check(&[BEFORE, &BEFORE.replace("a + 1", "a + 2")], 1);
}

#[test]
fn a_line_inserted_above_computes_its_own_segment() {
    check(&[BEFORE, &format!("x = 1\n{BEFORE}")], 1);
    check(
        &[BEFORE, &BEFORE.replace("import os\n", "import os\nx = 1\n")],
        1,
    );
}

#[test]
fn blank_lines_and_comments_above_belong_to_one_segment() {
    check(&[BEFORE, &format!("\n\n{BEFORE}")], 1);
    check(
        &[BEFORE, &BEFORE.replace("def second", "# more\ndef second")],
        1,
    );
}

#[test]
fn a_new_function_computes_one_segment() {
    let after = BEFORE.replace("class Third", "def added():\n    pass\n\nclass Third");
    check(&[BEFORE, &after], 1);
}

#[test]
fn renaming_computes_the_segments_that_have_the_name() {
    check(&[BEFORE, &BEFORE.replace("first", "renamed")], 2);
    check(&[BEFORE, &BEFORE.replace("second", "renamed")], 1);
}

#[test]
fn moving_a_segment_computes_none() {
    // Blank lines belong to what follows them, so the texts of the segments stay.
    let before = "import os\ndef a():\n    pass\ndef b():\n    pass\n";
    let after = "import os\ndef b():\n    pass\ndef a():\n    pass\n";
    check(&[before, after], 0);
}

#[test]
fn an_equal_text_computes_nothing() {
    check(&[BEFORE, BEFORE], 0);
}

#[test]
fn a_broken_segment_leaves_the_others_alone() {
    check(&[BEFORE, &BEFORE.replace("return a + 1", "return a +")], 1);
}

#[test]
fn a_bracket_opened_and_closed() {
    // It takes the blank line behind it from the next segment.
    let opened = BEFORE.replace("return a + 1", "return (a + 1");
    check(&[BEFORE, &opened], 2);
    let closed = BEFORE.replace("return a + 1", "return (a + 1)");
    check(&[BEFORE, &opened, &closed], 1);
    check(&[BEFORE, &opened, BEFORE], 0);
    let opened = BEFORE.replace("import os\n", "import os\nx = [\n");
    check(&[BEFORE, &opened], 2);
    check(&[BEFORE, &opened, &opened.replace("[\n", "[]\n")], 1);
}

#[test]
fn a_triple_quote_opened_and_closed() {
    let opened = BEFORE.replace("return a + 1", "\"\"\"\n    return a + 1");
    check(&[BEFORE, &opened], 2);
    let closed = BEFORE.replace("return a + 1", "\"\"\"doc\"\"\"\n    return a + 1");
    check(&[BEFORE, &opened, &closed], 1);
    check(&[BEFORE, &opened, BEFORE], 0);
}

#[test]
fn a_decorator_added_computes_one_segment() {
    check(
        &[BEFORE, &BEFORE.replace("def second", "@first\ndef second")],
        1,
    );
    // Before it is complete, too.
    check(&[BEFORE, &BEFORE.replace("def second", "@\ndef second")], 1);
}

#[test]
fn an_else_detached_from_its_if() {
    // A statement between them ends the `if`; the `else` stands alone with its block.
    let detached = BEFORE.replace("else:", "y = 0\nelse:");
    check(&[BEFORE, &detached], 2);
    check(&[BEFORE, &detached, BEFORE], 0);
    check(&[BEFORE, &BEFORE.replace("if os.name", "iff os.name")], 1);
}

/// A class of so many methods, each with a body of its own.
fn long_class(methods: usize) -> String {
    let mut text = String::from("import os\n\nclass Long:\n    \"\"\"Doc.\"\"\"\n    limit = 1\n");
    for at in 0..methods {
        let _ = write!(
            text,
            "\n    # The method of {at}.\n    @property\n    def method{at}(self):\n        \"\"\"Gives {at}.\"\"\"\n        \
             return os.path.join(self.limit, {at})\n"
        );
    }
    text.push_str("\ndef after():\n    return Long()\n");
    text
}

#[test]
fn a_method_of_a_long_class_is_computed_alone() {
    let before = long_class(200);
    let edit = |from: &str, to: &str| before.replace(from, to);
    check(&[&before, &edit("self.limit, 77", "self.limit, -77")], 1);
    check(&[&before, &edit("Gives 77.", "Gives it.")], 1);
    check(&[&before, &edit("The method of 77.", "The method")], 1);
    check(&[&before, &edit("limit = 1", "limit = 2")], 1);
    check(&[&before, &edit("def method77", "def renamed")], 1);
    check(&[&before, &format!("\n\n{before}")], 1);
    let added = "\n    def added(self):\n        pass\n\n    # The method of 77.";
    check(&[&before, &edit("\n    # The method of 77.", added)], 1);
    // A bracket stays open up to the next line that must be a statement: the `def` of
    // the next method, which loses its comment and decorator to it. So does the class,
    // whose last method takes the blank line before `def after`.
    let opened = edit("(self.limit, 77)", "(self.limit, 77");
    check(&[&before, &opened], 4);
    check(&[&before, &opened, &before], 0);
    // The header is read with each part.
    let renamed = edit("class Long", "class Longer");
    assert!(executed(&[&before, &renamed])["parsed"] > 200);
}
