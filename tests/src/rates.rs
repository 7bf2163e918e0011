//! Conformance rates: measured, printed, and held in `tests/conformance.json`.
//!
//! No change may lower a rate. A better one is written to the file by running
//! the tests with `VITRINE_UPDATE_RATES=1`, and committed.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Map, Value, json};

/// How many comparisons came out equal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// Without a difference.
    pub equal: usize,
    /// Compared.
    pub total: usize,
}

impl Rate {
    /// Percent, exact for all and for none.
    pub fn percent(self) -> f64 {
        if self.total == 0 {
            0.0
        } else {
            self.equal as f64 * 100.0 / self.total as f64
        }
    }
}

/// Prints a rate with the first of the differences, and holds it against the
/// committed one.
///
/// # Panics
/// If it fell. Another version of CPython has another corpus: then the
/// percentage may move by up to 0.2 points.
pub fn hold(name: &str, rate: Rate, differences: &[String]) {
    println!(
        "{name}: {} of {} equal ({:.2} %)",
        rate.equal,
        rate.total,
        rate.percent()
    );
    for difference in differences.iter().take(12) {
        println!("  differs: {difference}");
    }
    assert!(rate.total > 0, "{name}: nothing was compared");
    let path = file();
    let mut held = read(&path);
    let before = held.get(name).and_then(|entry| {
        let count = |key: &str| entry.get(key)?.as_u64()?.try_into().ok();
        Some(Rate {
            equal: count("equal")?,
            total: count("total")?,
        })
    });
    if env::var_os("VITRINE_UPDATE_RATES").is_some() {
        // Tests run side by side: read again just before writing.
        held = read(&path);
        held.insert(
            name.into(),
            json!({ "equal": rate.equal, "total": rate.total }),
        );
        held.sort_keys();
        let text = serde_json::to_string_pretty(&held).expect("a map of numbers is JSON");
        fs::write(&path, text + "\n").expect("the rates can be written");
        return;
    }
    let before = before.unwrap_or_else(|| {
        panic!(
            "{name} has no rate in {}: set VITRINE_UPDATE_RATES=1",
            path.display()
        )
    });
    let slack = if before.total == rate.total { 0.0 } else { 0.2 };
    assert!(
        rate.percent() + slack >= before.percent(),
        "{name} fell from {} of {} to {} of {}",
        before.equal,
        before.total,
        rate.equal,
        rate.total
    );
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance.json")
}

fn read(path: &Path) -> Map<String, Value> {
    fs::read_to_string(path)
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}
