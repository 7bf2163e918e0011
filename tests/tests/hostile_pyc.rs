//! Damaged `.pyc` files: read, shown and run without harm, whatever is in them.
//!
//! `VITRINE_MUTATIONS` says how many (20,000 in the gate). The same checks are the
//! fuzzing entry points of `vitrine_bytecode::fuzz`.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::env;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use vitrine_bytecode::code::CodeObject;
use vitrine_bytecode::compile::{CompileOptions, compile_source};
use vitrine_bytecode::marshal::pyc::{self, Validation};
use vitrine_bytecode::{fuzz, marshal};
use vitrine_tests::corpus;
use vitrine_vm::host::Host;
use vitrine_vm::vm::{Budgets, Config, Vm};

/// Small programs that together use most instructions.
const PROGRAMS: &[&str] = &[
    "def f(a, *b, c=1, **d):\n    try:\n        return [x for x in b if x > a], d\n    except (ValueError, KeyError) as e:\n        raise TypeError('no') from e\n    finally:\n        del c\nprint(f(1, 2, 3, k=4))\n",
    "class C:\n    x: int = 1\n    def __init__(self, n): self.n = n\n    def __enter__(self): return self\n    def __exit__(self, *a): return True\n    def m(self):\n        def inner(): return self.n + C.x\n        return inner()\nwith C(5) as c:\n    print(c.m(), f'{c.n:>{4}}{c!r}'[:4])\n    raise KeyError(1)\n",
    "def g(n):\n    while n:\n        got = yield n\n        n -= 1\n    return 'done'\ndef h():\n    r = yield from g(3)\n    print(r)\nprint(list(h()), {i: i * 2 for i in range(3)}, {*'ab'}, (*[1], 2))\n",
    "import sys\nmatch (1, {'k': [2, 3]}):\n    case (a, {'k': [b, *c], **d}) if a < b: print(a, b, c, d)\n    case _: pass\ntry:\n    raise ExceptionGroup('g', [ValueError(1), TypeError(2)])\nexcept* ValueError as e: print(e.exceptions)\nexcept* TypeError: pass\n",
    "async def co(): return 1\nasync def main():\n    async def agen():\n        yield await co()\n    return [x async for x in agen()]\nc = main()\ntry: c.send(None)\nexcept StopIteration as e: print(e.value)\nx = lambda a, /, b=2, *, c=3: (a < b < c, a[1:2] if a is None else not b, -c, ~b, a @ b)\ntry: x(1)\nexcept TypeError as t: print(t)\n",
    "def outer():\n    total = 0\n    def add(n):\n        nonlocal total\n        total += n\n        return total\n    return add\nadd = outer(); add(2); print(add(3), add.__closure__[0].cell_contents)\nfor i, (j, *k) in enumerate([(1, 2, 3)]):\n    if i: break\n    else: continue\nelse: print(i, j, k, 1 << 70, 1.5, 2j, b'x', ..., None, True)\n",
];

/// A linear congruential generator: the same mutations every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

fn compiled(source: &str) -> CodeObject {
    compile_source(source, &CompileOptions::default())
        .expect("valid")
        .code
}

fn mutate(whole: &[u8], others: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] = random.below(256) as u8,
            1 => bytes[at] ^= 1 << random.below(8),
            // Another length, count, number.
            2 => bytes[at] = bytes[at].wrapping_add(1),
            3 => {
                let other = &others[random.below(others.len())];
                let from = random.below(other.len());
                let len = random
                    .below(12)
                    .min(other.len() - from)
                    .min(bytes.len() - at);
                bytes[at..at + len].copy_from_slice(&other[from..from + len]);
            }
            4 => {
                // An instruction exchanged with the next.
                if at + 4 <= bytes.len() {
                    bytes[at..at + 4].rotate_left(2);
                }
            }
            _ => bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)],
        }
    }
    if random.below(12) == 0 {
        bytes.truncate(random.below(bytes.len()));
    }
    bytes
}

/// A host that has nothing.
struct Nothing;

impl Host for Nothing {
    fn write(&mut self, _: u8, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
    fn monotonic_ns(&self) -> u64 {
        0
    }
}

/// Runs code within small budgets; how it ends does not matter.
fn run(code: CodeObject) {
    let config = Config {
        host: Box::new(Nothing),
        budgets: Budgets {
            fuel: Some(20_000),
            memory: Some(64 << 20),
            timeout: None,
        },
        argv: vec![String::new()],
        native_stack: 32 << 20,
        modules: &[],
        library: None,
    };
    let Ok(mut vm) = Vm::new(config) else { return };
    if let Err(exc) = vm.run_main(&Arc::new(code))
        && exc.stop().is_none()
    {
        vm.format_exception(exc.value());
    }
    vm.shutdown();
}

#[test]
fn mutations_do_no_harm() {
    let count: usize = env::var("VITRINE_MUTATIONS").map_or(20_000, |text| {
        text.parse().expect("VITRINE_MUTATIONS is a number")
    });
    let header = pyc::write_header(Validation::Timestamp { mtime: 0, size: 0 });
    let files: Vec<Vec<u8>> = PROGRAMS
        .iter()
        .map(|source| [&header[..], &marshal::dump_code(&compiled(source))].concat())
        .collect();
    for file in &files {
        assert!(fuzz::pyc_file(file), "what we write is accepted");
    }
    let seeds: Vec<usize> = (0..64).collect();
    let accepted = corpus::in_parallel(&seeds, |&seed| {
        let mut random = Random(seed as u64);
        let mut accepted = 0;
        for number in 0..count.div_ceil(seeds.len()) {
            let bytes = mutate(&files[(seed + number) % files.len()], &files, &mut random);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let accepted = fuzz::pyc_file(&bytes);
                fuzz::marshalled_code(bytes.get(16..).unwrap_or_default());
                if accepted && let Ok((_, code)) = pyc::read(&bytes) {
                    run(code);
                }
                accepted
            }));
            match outcome {
                Ok(was) => accepted += usize::from(was),
                Err(_) => {
                    let path = format!(
                        "{}/hostile-{seed}-{number}.pyc",
                        env!("CARGO_TARGET_TMPDIR")
                    );
                    std::fs::write(&path, &bytes).expect("writable");
                    panic!("mutation {number} of seed {seed} does harm: {path}");
                }
            }
        }
        accepted
    });
    let accepted: usize = accepted.iter().sum();
    println!("{accepted} of {count} mutations are valid code, and ran");
    assert!(accepted > count / 20, "too few get through: {accepted}");
}
