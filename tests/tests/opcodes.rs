//! The instruction set against the CPython it was generated from.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fs;
use std::path::Path;

use vitrine_bytecode::opcode::ALL;
use vitrine_tests::oracle::Oracle;

/// A text without what the formatter changes.
fn tokens(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !"(){},|".contains(*c))
        .collect()
}

#[test]
fn generated_tables_are_what_cpython_says() {
    let Some(oracle) = Oracle::find() else { return };
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/bytecode");
    let generator =
        fs::read_to_string(crate_dir.join("generate_opcodes.py")).expect("the generator");
    let fresh = oracle.run(&generator, [] as [&str; 0]);
    let committed =
        fs::read_to_string(crate_dir.join("src/opcode/generated.rs")).expect("the tables");
    assert!(
        tokens(&String::from_utf8_lossy(&fresh.stdout)) == tokens(&committed),
        "core/bytecode/src/opcode/generated.rs is not what generate_opcodes.py prints: run it, then cargo fmt"
    );
}

#[test]
fn stack_effects_are_cpythons() {
    let Some(oracle) = Oracle::find() else { return };
    let script = "
import _opcode, opcode
for name, number in opcode.opmap.items():
    for arg in (1, 2, 3, 5, 16, 255, 256, 0x1234):
        for jump in (False, True):
            try:
                print(number, arg, jump, _opcode.stack_effect(number, arg if number in opcode.hasarg else None, jump=jump))
            except ValueError:
                pass
";
    let output = oracle.run(script, [] as [&str; 0]);
    let text = String::from_utf8_lossy(&output.stdout);
    let mut compared = 0;
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let [number, arg, jump, effect] = fields[..] else {
            panic!("{line}")
        };
        let number: u16 = number.parse().expect("a number");
        let opcode = ALL
            .into_iter()
            .find(|opcode| opcode.number() == number)
            .expect("an opcode");
        let ours = opcode.stack_effect(arg.parse().expect("a number"), jump == "True");
        assert_eq!(ours.to_string(), effect, "{opcode} {arg} {jump}");
        compared += 1;
    }
    assert!(compared > 1000);
}
