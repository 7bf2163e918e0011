//! Programs made from the grammar, and such programs with mistakes, compiled by
//! Vitrine and by CPython: the same code objects and warnings, or the same error.
//!
//! `VITRINE_FUZZ=100000` makes so many instead of a few thousand, `VITRINE_SEED=300000`
//! begins with the program of that number. A program that differs is named by its
//! number: `VITRINE_SEED=number VITRINE_FUZZ=1` makes it alone, and prints it.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::env;

use vitrine_bytecode::code::CodeFlags;
use vitrine_bytecode::compile::Mode;
use vitrine_tests::batch::{self, Case, Compared, Kind};
use vitrine_tests::oracle::Oracle;
use vitrine_tests::rates::{Rate, hold};
use vitrine_tests::{corpus, grammar};

/// How many programs one CPython compiles.
const BATCH: u64 = 1000;

fn number(variable: &str, usual: u64) -> u64 {
    match env::var(variable) {
        Ok(number) => { number.parse() }.unwrap_or_else(|_| panic!("{variable} is a number")),
        Err(_) => usual,
    }
}

fn count(usual: u64) -> u64 {
    number("VITRINE_FUZZ", usual)
}

/// The program of a number: statements mostly, each mode, level and flag by turns.
fn case(seed: u64) -> Case {
    let (mode, text) = match seed % 8 {
        0 => (Mode::Eval, grammar::expression(seed)),
        1 => (Mode::Single, grammar::interactive(seed)),
        _ => (Mode::Exec, grammar::program(seed)),
    };
    Case {
        name: format!("program {seed}"),
        text,
        mode,
        optimize: (seed / 8 % 3) as u8,
        flags: if seed.is_multiple_of(11) {
            CodeFlags::FUTURE_ANNOTATIONS
        } else {
            0
        },
    }
}

fn compare(oracle: &Oracle, count: u64, make: impl Fn(u64) -> Case + Sync) -> Compared {
    let first = number("VITRINE_SEED", 0);
    let batches: Vec<u64> = (0..count.div_ceil(BATCH)).collect();
    let compared = corpus::in_parallel(&batches, |batch| {
        let seeds = batch * BATCH..count.min((batch + 1) * BATCH);
        let cases: Vec<Case> = seeds.map(|seed| make(first + seed)).collect();
        if let ([only], 1) = (&*cases, count) {
            println!("{:?} at level {}:\n{}", only.mode, only.optimize, only.text);
        }
        batch::compare(oracle, &cases)
    });
    let mut all = Compared::default();
    for one in compared {
        all.valid += one.valid;
        all.differences.extend(one.differences);
    }
    all
}

fn describe(differences: &[(Kind, String)]) -> String {
    let lines: Vec<String> = differences
        .iter()
        .take(20)
        .map(|(kind, difference)| format!("{kind:?}: {difference}"))
        .collect();
    lines.join("\n")
}

#[test]
fn generated_programs_compile_alike() {
    let Some(oracle) = Oracle::find() else { return };
    let count = count(3000);
    let all = compare(oracle, count, case);
    println!(
        "generated programs: {count}, {} of them valid, {} differ",
        all.valid,
        all.differences.len()
    );
    assert!(all.differences.is_empty(), "{}", describe(&all.differences));
    assert!(
        all.valid as u64 * 100 >= count * 99,
        "the generator writes too much that CPython refuses"
    );
}

/// What compiles despite the mistake compiles alike; what does not is refused by
/// both. The words of the refusals are held as a rate.
#[test]
fn mutated_programs_compile_or_fail_alike() {
    let Some(oracle) = Oracle::find() else { return };
    let count = count(2000);
    let all = compare(oracle, count, |seed| {
        let valid = case(seed);
        Case {
            text: grammar::mutate(&valid.text, seed),
            name: format!("mutated {}", valid.name),
            ..valid
        }
    });
    let (errors, others): (Vec<_>, Vec<_>) = all
        .differences
        .into_iter()
        .partition(|(kind, _)| *kind == Kind::Error);
    assert!(others.is_empty(), "{}", describe(&others));
    // A few may all be wrong.
    assert!(all.valid > 0 || count < 100, "nothing compiles");
    let refused = count as usize - all.valid;
    let rate = Rate {
        equal: refused - errors.len(),
        total: refused,
    };
    let errors: Vec<String> = errors.into_iter().map(|(_, error)| error).collect();
    hold("errors of mutated programs", rate, &errors);
}
