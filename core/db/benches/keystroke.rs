//! From a keystroke to the merged diagnostics: files of 100 to 100,000 lines,
//! and edits from a comment to a bracket opened at the top.
//!
//! Each edit gives a text that was not seen before, as a typist does. Figures
//! are processor time of the thread, in microseconds, so that a busy machine
//! does not count. Those of `bytecode` are up to the code of the one function
//! (or class) that is typed in, without diagnostics; those of `shape` are of
//! files that are the worst in some way:
//!
//!     cargo bench -p vitrine-db                      # a table
//!     cargo bench -p vitrine-db -- --csv             # the same for docs/images/plot_keystroke.py
//!     cargo bench -p vitrine-db -- --profile CASE    # one case or shape over and over, for a profiler
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use salsa::Setter;
use vitrine_db::{Database, File, facts, file_diagnostics, nested_code, units};

/// Modules of CPython's library, put one after the other as often as needed.
const MODULES: &[&str] = &[
    "_pydecimal.py",
    "typing.py",
    "argparse.py",
    "inspect.py",
    "datetime.py",
    "_pydatetime.py",
    "subprocess.py",
    "tarfile.py",
    "zipfile/__init__.py",
    "pickle.py",
    "turtle.py",
    "doctest.py",
    "pydoc.py",
    "enum.py",
    "dataclasses.py",
    "ast.py",
    "threading.py",
    "statistics.py",
];

fn library(name: &str) -> String {
    let path = Path::new(rustpython_pylib::LIB_PATH).join(name);
    let text = std::fs::read_to_string(path).unwrap_or_default();
    // In the middle of a file this would be an error.
    text.replace("from __future__", "from future")
}

/// A file of so many lines: `_pydecimal` first, with its class of 3,700 lines,
/// if there is room for it.
fn file_of(lines: usize) -> String {
    let all: String = MODULES.iter().map(|name| library(name)).collect();
    let all: Vec<&str> = all.lines().collect();
    let skip = if lines < 6_000 { 6_500 } else { 0 };
    let take = all.iter().cycle().skip(skip).take(lines);
    take.flat_map(|line| [line, "\n"]).collect()
}

/// An edit: its name, and where it is made for the first, second, ... time.
type Case = (&'static str, fn(&str, usize) -> Option<usize>);

/// What is asked for after an edit at a place.
type Ask = fn(&Database, File, usize);

fn diagnostics(db: &Database, file: File, _at: usize) {
    black_box(file_diagnostics(db, file).len());
}

/// The code of the segment, or the part of a long class, that is typed in.
fn bytecode(db: &Database, file: File, at: usize) {
    let units = units(db, file);
    // The parts of a class overlap in its header, and so not at their ends.
    let unit = &units[units.partition_point(|unit| unit.range.end as usize <= at)];
    assert!(unit.range.as_usize().contains(&at), "the unit of the place");
    let code = nested_code(db, unit.segment, facts(db, file));
    assert!(matches!(code, Some(Ok(_))), "it compiles");
}

/// Behind some letter of the file, another one each time.
fn anywhere(text: &str, turn: usize) -> Option<usize> {
    let from = turn.wrapping_mul(0x9E37_79B9_7F4A_7C15) % text.len();
    let letters = text.bytes().enumerate().skip(from);
    let mut letters = letters.filter(|(_, byte)| byte.is_ascii_lowercase());
    letters.next().map(|(at, _)| at + 1)
}

/// Where the line begins after the first one that begins with `line`, behind `from`.
fn after_line(text: &str, from: usize, line: &str) -> Option<usize> {
    let at = from + text.get(from..)?.find(&format!("\n{line}"))? + 1;
    Some(at + text[at..].find('\n')? + 1)
}

const CASES: &[Case] = &[
    ("anywhere", anywhere),
    ("method of a long class", |text, _| {
        let class = after_line(text, 0, "class Decimal(object)")?;
        let method = after_line(text, class + 60_000, "    def ")?;
        Some(text[method..].find("return ")? + method + "return ".len())
    }),
    ("function", |text, _| {
        let function = after_line(text, text.len() / 2, "def ")?;
        Some(text[function..].find("return ")? + function + "return ".len())
    }),
    ("module level", |text, _| {
        after_line(text, text.len() / 2, "import ")
    }),
    ("comment", |text, _| {
        let at = text.len() / 2;
        Some(at + text[at..].find("# ")? + 2)
    }),
    ("docstring", |text, _| {
        let function = after_line(text, text.len() / 2, "def ")?;
        Some(text[function..].find("\"\"\"")? + function + 3)
    }),
    ("bracket at the top", |text, _| {
        after_line(text, 0, "import ")
    }),
    ("triple quote at the top", |text, _| {
        after_line(text, 0, "import ")
    }),
];

/// What is typed there for the `turn`th time. Brackets and quotes are opened,
/// and closed by the next turn. What is typed anywhere is two keys, of which
/// the second counts: before the first, the last one's is taken back.
fn typed(case: &str, turn: usize) -> String {
    match case {
        "anywhere" => format!("_{}{}", turn / 2, ["", "x"][turn % 2]),
        "module level" => format!("x{turn} = {turn}\n"),
        "comment" | "docstring" => format!("x{turn} "),
        "bracket at the top" if turn % 2 == 1 => format!("x{turn} = (\n"),
        "triple quote at the top" if turn % 2 == 1 => format!("x{turn} = \"\"\"\n"),
        "bracket at the top" | "triple quote at the top" => format!("x{turn} = 0\n"),
        _ => format!("{turn} or "),
    }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// The times of so many keystrokes, sorted, in microseconds.
fn measure(
    text: &str,
    (case, place): Case,
    count: usize,
    ask: Ask,
    clock: fn() -> Duration,
) -> Option<Vec<f64>> {
    let mut db = Database::default();
    let file = File::new(&db, Arc::from(text));
    diagnostics(&db, file, 0);
    let warm = 6;
    let (count, step) = match case {
        "anywhere" => (2 * count, 2),
        _ => (count, 1),
    };
    let mut times = Vec::new();
    for turn in 0..count + warm {
        let at = place(text, turn / step)?;
        let (before, after) = text.split_at(at);
        let text: Arc<str> = format!("{before}{}{after}", typed(case, turn)).into();
        let begun = clock();
        file.set_text(&mut db).to(text);
        ask(&db, file, at);
        if turn >= warm && turn % step == step - 1 {
            times.push((clock() - begun).as_secs_f64() * 1e6);
        }
    }
    times.sort_by(f64::total_cmp);
    Some(times)
}

fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// A class in a file of its own whose one method has so many lines, or with so
/// many lines in methods of ten: cost against the size of a segment.
fn class_of(lines: usize, method: usize) -> String {
    let mut text = String::from("class C:\n");
    for line in 0..lines {
        if line % method == 0 {
            text.push_str(&format!("    def m{line}(self, a, b=None):\n"));
        }
        text.push_str(&format!(
            "        self.x{line} = [a + {line} for a in b if a]\n"
        ));
    }
    text.push_str("        return 0\n");
    text
}

/// Files that are the worst in some way, each with a case of where to type.
fn shapes() -> Vec<(&'static str, String, Case)> {
    let behind_return: Case = ("", |text, _| {
        let at = text.len() / 2;
        Some(at + text[at..].find("return ")? + "return ".len())
    });
    let behind_equals: Case = ("", |text, _| {
        let at = text.len() / 2;
        Some(at + text[at..].find("= ")? + "= ".len())
    });
    let behind_colon: Case = ("", |text, _| {
        let at = text.len() / 2;
        Some(at + text[at..].find(": ")? + ": ".len())
    });
    let times = |count: usize, of: fn(usize) -> String| (0..count).map(of).collect::<String>();
    let method = |at: usize| {
        format!(
            "    def m{at}(self, a, b=None):\n        \"\"\"Gives {at}.\"\"\"\n        if a:\n            \
             self.x{at} = [a + {at} for a in b]\n        return self.m{at}(a, b)\n\n"
        )
    };
    let function = |at: usize| format!("def f{at}(a, b=None):\n    return f{}(a, b)\n", at / 2);
    let statement = |at: usize| match at % 4 {
        0 => format!("x{at} = [{at}, len('a')]\n"),
        1 => format!("if x{}:\n    print(x{}, {at})\n", at - 1, at - 1),
        2 => format!("y{at} = x{}[0] + 1\n", at - 2),
        _ => format!("print(f'{{y{}}} of {at}')\n", at - 1),
    };
    let indented = |text: String| text.replace("\n    ", "\n        ");
    vec![
        (
            "class of short methods",
            format!("class C:\n{}", times(1_000, method)),
            behind_return,
        ),
        (
            "class within an if",
            format!(
                "if 1:\n    class C:\n    {}",
                indented(times(1_000, method)).trim_end_matches(' ')
            ),
            behind_return,
        ),
        ("short functions", times(100_000, function), behind_return),
        (
            "one dict",
            format!(
                "d = {{\n{}}}\n",
                times(6_500, |at| format!("    'key{at}': [{at}, 'value'],\n"))
            ),
            behind_colon,
        ),
        ("module-level code", times(5_200, statement), behind_equals),
        (
            "one function",
            format!(
                "def f(x, y):\n{}",
                times(6_500, |at| format!(
                    "    x{at} = g(x, y.a{}, {at})\n",
                    at % 7
                ))
            ),
            behind_equals,
        ),
    ]
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    if let Some(at) = args.iter().position(|arg| arg == "--profile") {
        let wanted = args.get(at + 1).map_or("", String::as_str);
        let text = file_of(if has("--large") { 100_000 } else { 6_500 });
        for &case in CASES.iter().filter(|case| case.0.starts_with(wanted)) {
            // The clock is not one that every profiler can follow.
            measure(&text, case, 500, diagnostics, || Duration::ZERO);
        }
        for (shape, text, case) in shapes() {
            if shape.starts_with(wanted) {
                measure(&text, case, 50, diagnostics, || Duration::ZERO);
            }
        }
        return;
    }
    let csv = has("--csv");
    let row = |kind: &str, case: &str, lines: usize, times: &[f64]| {
        let (half, most) = (percentile(times, 50), percentile(times, 95));
        if csv {
            println!("{kind},{case},{lines},{half:.0},{most:.0}");
        } else {
            println!(
                "{kind:<9} {case:<26} {lines:>7} lines  p50 {half:>8.0} µs  p95 {most:>8.0} µs"
            );
        }
    };
    for lines in [100, 300, 1_000, 3_000, 6_500, 20_000, 50_000, 100_000] {
        let text = file_of(lines);
        for &case in CASES {
            let count = (2_000_000 / lines).clamp(40, 400);
            if let Some(times) = measure(&text, case, count, diagnostics, processor_time) {
                row("file", case.0, lines, &times);
            }
            let compiles = matches!(case.0, "function" | "method of a long class");
            if compiles && let Some(times) = measure(&text, case, count, bytecode, processor_time) {
                row("bytecode", case.0, lines, &times);
            }
        }
    }
    for (shape, text, case) in shapes() {
        let count = (2_000_000 / text.len()).clamp(40, 400);
        if let Some(times) = measure(&text, case, count, diagnostics, processor_time) {
            row("shape", shape, text.lines().count(), &times);
        }
    }
    let body: Case = ("", |text, _| Some(text.rfind("return ")? + "return ".len()));
    for lines in [10, 30, 100, 300, 1_000, 3_000, 10_000] {
        for (case, method) in [("class of short methods", 10), ("one function", usize::MAX)] {
            let text = class_of(lines, method);
            let times = measure(&text, body, 60, diagnostics, processor_time).unwrap_or_default();
            row("segment", case, lines, &times);
        }
    }
}
