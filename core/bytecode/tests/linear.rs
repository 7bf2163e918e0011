//! No text costs more than in proportion to its size to read and compile.
//!
//! Each shape is one that some step might handle worse than a program: very
//! long, very deep within the limits, or broken on every line. Thirty-two times the size may
//! cost 300 times the time, by turns, and a busy machine gets more turns: quadratic would be
//! 1,024, while caches and fresh pages, which the small text does without, cost a few times.
//! Four times the size would not tell the two apart on every machine.
//! `--nocapture` prints the table of `docs/performance.md`: time against size, the last rows for 2,880 kB.
// A test is a host.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use vitrine_bytecode::compile::{self, CompileOptions};
use vitrine_scope::{ModuleScopes, SegmentScopes};
use vitrine_syntax::{lexer, module};

/// As in the program: the time of the system's own allocator depends on what was
/// freed before.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// By how much more bytes the bigger text has, and how much more time it may take.
const GROWTH: usize = 32;
const MOST: f64 = 300.0;

/// About how many bytes the bigger text has.
const BIG: usize = 160_000;

/// What the time of less than this says nothing about.
const SHORT: Duration = Duration::from_micros(20);

/// Name, then what comes first, again and again, and last.
type Shape = (&'static str, &'static str, &'static str, &'static str);

const SHAPES: &[Shape] = &[
    (
        "functions of one line",
        "",
        "def f(a, b=1): return a.b(b)[0]\n",
        "",
    ),
    ("assignments on one line", "x = 1", "; x = 1", "\n"),
    ("comments only", "", "# a comment, and nothing else\n", ""),
    ("blank lines", "", "\n", ""),
    (
        "nested brackets",
        "",
        "((((((((((((((((((((x,),),),),),),),),),),),),),),),),),),),)\n",
        "",
    ),
    // Chains that both sizes leave below the height that is refused.
    ("a chain of operators", "x = a", " + operand", "\n"),
    ("a chain of powers", "x = a", " ** a", "\n"),
    ("a chain of minus signs", "x = ", "-", "1\n"),
    ("a chain of not", "x = ", "not ", "1\n"),
    ("a chain of and", "x = a", " and a", "\n"),
    ("a chain of comparisons", "x = a", " < a", "\n"),
    ("a chain of conditions", "x = a", " if a else a", "\n"),
    ("a chain of attributes", "x = a", ".attribute", "\n"),
    ("a chain of calls", "x = a", "(argument)", "\n"),
    ("a chain of targets", "", "x = ", "1\n"),
    ("a chain of lambdas", "x = ", "lambda: ", "1\n"),
    ("one dict", "x = {\n", "'key': [1, value],\n", "}\n"),
    ("one list", "x = [", "1, ", "]\n"),
    ("one call", "f(", "a, ", ")\n"),
    ("one f-string", "x = f'", "{a!r:>{b}} and ", "'\n"),
    ("one string", "x = '", "text \\n", "'\n"),
    ("one string of many", "x = (", "'a' ", ")\n"),
    ("one f-string of many", "x = (", "f'{a}' 'b' ", ")\n"),
    ("one triple-quoted string", "'''", "text\n", "'''\n"),
    ("one line of backslashes", "x = 1", " \\\n + 1", "\n"),
    ("elif", "if a: pass\n", "elif a: pass\n", ""),
    ("except", "try: pass\n", "except a: pass\n", ""),
    ("case", "match a:\n", "  case [a, {'b': c}]: pass\n", ""),
    (
        "a function of many statements",
        "def f():\n",
        "    a = b + 1\n",
        "",
    ),
    (
        "parameters that are one too many",
        "def f(",
        "a, ",
        "): pass\n",
    ),
    ("names of one import", "from a import (", "b as c, ", ")\n"),
    ("decorators", "", "@a.b(c)\n", "def f(): pass\n"),
    ("closures", "def f(a):\n", "  def g(): return a\n", ""),
    (
        "methods",
        "class C:\n",
        "  def __m(self): return self.__a, super().b\n",
        "",
    ),
    (
        "comprehensions",
        "",
        "x = [a for a in b if (lambda: a)()]\n",
        "",
    ),
    ("annotations", "", "a: b[c] = 1\n", ""),
    ("global", "", "global a, b\n", ""),
    ("nonlocal, which is wrong", "", "nonlocal a\n", ""),
    ("brackets that never close", "", "x = (1,\n", ""),
    ("a bracket that never closes", "x = (1,\n", "y = 2\n", ""),
    (
        "a bracket that never closes, and functions",
        "x = (1,\n",
        "def f(): pass\n",
        "",
    ),
    ("brackets that close nothing", "", "x = 1)\n", ""),
    ("brackets of another kind", "", "x = (1]\n", ""),
    ("open brackets only", "", "[", ""),
    ("strings that never end", "", "x = 'abc\n", ""),
    (
        "a triple-quoted string that never ends",
        "x = '''\n",
        "y = 2\n",
        "",
    ),
    ("f-strings that never end", "", "x = f'{a\n", ""),
    ("broken assignments", "", "x = = 1\n", ""),
    ("broken headers", "", "def f(:\n    x = 1\n", ""),
    ("missing colons", "", "if a\n    b\n", ""),
    ("missing commas", "x = [", "a b, ", "]\n"),
    ("missing operators", "", "a b c\n", ""),
    ("keywords only", "", "in is not or\n", ""),
    ("indented for nothing", "", "  x = 1\n", ""),
    ("else without if", "", "else: pass\n", ""),
    ("invalid characters", "", "x = \u{20ac} ? $\n", ""),
    ("invalid escapes", "", "x = '\\d'\n", ""),
    ("invalid numbers", "", "x = 1_000_ + 0777\n", ""),
];

/// Both sizes of these are higher than what is compiled: what it takes to say so.
const BEYOND: &[Shape] = &[
    ("calls, refused", "x = a", "(1)", "\n"),
    ("operators, refused", "x = a", "+1", "\n"),
];

/// About how many bytes the bigger text of those has.
const BIG_BEYOND: usize = 2_880_000;

/// A step of reading, over one text.
type Step = (&'static str, fn(&str));

const STEPS: &[Step] = &[
    ("tokens", |text| drop(black_box(lexer::lex(text)))),
    ("tree", |text| drop(black_box(module::parse_segment(text)))),
    ("segments", |text| {
        drop(black_box(module::parse_module(text)));
    }),
    ("scopes", |text| {
        let module = module::parse_module(text);
        let trees = || module.segments.iter().map(|segment| &segment.parsed.tree);
        let future = ModuleScopes::future(trees());
        let scopes: Vec<_> = trees()
            .map(|tree| SegmentScopes::build(tree, future))
            .collect();
        drop(black_box(ModuleScopes::merge(trees().zip(&scopes))));
    }),
    ("code", |text| {
        drop(black_box(compile::compile_source(
            text,
            &CompileOptions::default(),
        )));
    }),
];

fn text(shape: &Shape, bytes: usize) -> String {
    let (_, first, unit, last) = shape;
    [first, unit.repeat(bytes / unit.len()).as_str(), last].concat()
}

/// The time that this thread has had a processor for: what other programs do
/// meanwhile does not count.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

fn fastest(step: fn(&str), text: &str, rounds: u32) -> Duration {
    let round = || {
        let start = processor_time();
        step(text);
        processor_time().saturating_sub(start)
    };
    (0..rounds).map(|_| round()).min().unwrap_or_default()
}

/// How many times longer the bigger text takes, and how long.
///
/// Both are timed by turns, and the turn that speaks best for the step counts:
/// whoever else uses the processor and its caches is there for both.
fn growth(step: fn(&str), small: &str, big: &str) -> (f64, Duration) {
    let mut best = (f64::INFINITY, Duration::MAX);
    for turn in 0..24 {
        // As much text as the bigger one has.
        let before = fastest(step, small, GROWTH as u32);
        let after = fastest(step, big, 1);
        let ratio = after.as_secs_f64() / before.max(SHORT).as_secs_f64();
        best = (best.0.min(ratio), best.1.min(after));
        // More turns as long as the machine may be to blame.
        if best.0 <= 2.0 * GROWTH as f64 || best.0 <= MOST && turn > 1 {
            break;
        }
    }
    best
}

#[test]
fn no_shape_is_superlinear() {
    let check = || {
        let mut wrong = Vec::new();
        // The first to run would pay for the memory of all.
        let warm = text(&SHAPES[0], BIG);
        STEPS.iter().for_each(|(_, step)| step(&warm));
        println!(
            "| milliseconds for {} kB (times as long as for a {GROWTH}th) | {} |",
            BIG / 1000,
            STEPS
                .iter()
                .map(|step| step.0)
                .collect::<Vec<_>>()
                .join(" | ")
        );
        let sized = { SHAPES.iter().map(|shape| (shape, BIG)) }
            .chain(BEYOND.iter().map(|shape| (shape, BIG_BEYOND)));
        for (shape, bytes) in sized {
            let (small, big) = (text(shape, bytes / GROWTH), text(shape, bytes));
            let mut row = format!("| {} |", shape.0);
            for &(name, step) in STEPS {
                let (ratio, time) = growth(step, &small, &big);
                row += &format!(" {:.1} ({ratio:.1}) |", time.as_secs_f64() * 1e3);
                if ratio > MOST {
                    wrong.push(format!("{}, {name}: {ratio:.1} times", shape.0));
                }
            }
            println!("{row}");
        }
        assert!(wrong.is_empty(), "superlinear: {wrong:#?}");
    };
    // Trees within the limits may be high.
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(check)
        .expect("a thread")
        .join()
        .expect("nothing superlinear");
}
