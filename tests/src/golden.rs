//! What CPython 3.14 prints, committed, for machines that have none.
//!
//! Where there is a CPython 3.14 the committed data is compared with it first,
//! so it cannot grow stale. `VITRINE_UPDATE_GOLDEN=1` writes it anew.

use std::path::PathBuf;
use std::{env, fs};

use crate::oracle::Oracle;
use crate::program::root;

/// The text that CPython prints for a case, by the case's name.
///
/// `ask` runs CPython; its answer is what is committed.
///
/// # Panics
/// If the committed text is missing, or is not what this CPython prints.
pub fn expected(name: &str, ask: impl FnOnce(&Oracle) -> String) -> String {
    let path: PathBuf = root().join("tests/golden").join(name);
    let committed = fs::read_to_string(&path).ok();
    if let Some(oracle) = Oracle::find() {
        let printed = ask(oracle);
        if env::var_os("VITRINE_UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(path.parent().expect("below tests/golden"))
                .expect("the directory is writable");
            fs::write(&path, &printed).expect("the file is writable");
            return printed;
        }
        let committed = committed
            .unwrap_or_else(|| panic!("{}: missing; set VITRINE_UPDATE_GOLDEN=1", path.display()));
        assert!(
            committed == printed,
            "{}: CPython now prints something else",
            path.display()
        );
        return printed;
    }
    committed.unwrap_or_else(|| {
        panic!(
            "{}: missing, and there is no CPython 3.14 to ask",
            path.display()
        )
    })
}

/// Replaces what differs from run to run: the addresses of objects.
pub fn without_addresses(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(" at 0x") {
        let digits = at + " at 0x".len();
        let end = rest[digits..]
            .find(|c: char| !c.is_ascii_hexdigit())
            .map_or(rest.len(), |n| digits + n);
        out.push_str(&rest[..at]);
        out.push_str(" at 0x...");
        rest = &rest[end..];
    }
    out + rest
}

/// Panics with the first line that differs, which says more than two texts.
///
/// # Panics
/// If the texts differ.
pub fn assert_same(what: &str, ours: &str, theirs: &str) {
    if ours == theirs {
        return;
    }
    for (number, (our, their)) in ours.lines().zip(theirs.lines()).enumerate() {
        assert!(
            our == their,
            "{what}, line {}:\n   vitrine: {our}\n   CPython: {their}",
            number + 1
        );
    }
    let (ours, theirs) = (ours.lines().count(), theirs.lines().count());
    panic!("{what}: vitrine prints {ours} lines, CPython {theirs}");
}
