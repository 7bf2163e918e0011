//! Where compiling spends its time: `phases TIMES FILE...` prints nanoseconds of the
//! thread's processor time per byte of each phase, the best of so many rounds.
//!
//! For instruction counts run it under `valgrind --tool=callgrind` with 0 rounds: one,
//! without the clock, which valgrind cannot follow.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::hint::black_box;
use std::time::Duration;
use std::{env, fs};

use mimalloc::MiMalloc;
use rustix::time::{ClockId, clock_gettime};
use vitrine_bytecode::compile::{self, CompileOptions};
use vitrine_bytecode::marshal;

/// The program's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

fn main() {
    let mut args = env::args().skip(1);
    let times: u32 = args.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let texts: Vec<String> = args
        .filter_map(|path| fs::read_to_string(path).ok())
        .collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    let options = CompileOptions::default();
    let mut best = [Duration::MAX; 4];
    let (mut code, mut failed) = (0, 0);
    let clock = match times {
        0 => || Duration::ZERO,
        _ => processor_time,
    };
    for _ in 0..times.max(1) {
        let mut spent = [Duration::ZERO; 4];
        for text in &texts {
            let begun = clock();
            black_box(vitrine_syntax::module::parse_segment(text));
            let parsed = clock();
            let compiled = black_box(compile::compile_source(text, &options));
            let generated = clock();
            match &compiled {
                Ok(compiled) => code += black_box(marshal::dump_code(&compiled.code)).len(),
                Err(_) => failed += 1,
            }
            let written = clock();
            drop(compiled);
            let freed = clock() - written;
            let phases = [
                parsed - begun,
                generated - parsed,
                written - generated,
                freed,
            ];
            for (spent, phase) in spent.iter_mut().zip(phases) {
                *spent += phase;
            }
        }
        for (best, spent) in best.iter_mut().zip(spent) {
            *best = spent.min(*best);
        }
    }
    println!(
        "{} files, {bytes} bytes, {failed} failed, {code} bytes of code",
        texts.len()
    );
    for (name, best) in ["parse", "parse and compile", "marshal", "free"]
        .iter()
        .zip(best)
    {
        println!(
            "{name:18} {:8.2} ms {:6.2} ns/byte",
            best.as_secs_f64() * 1e3,
            best.as_nanos() as f64 / bytes as f64
        );
    }
}
