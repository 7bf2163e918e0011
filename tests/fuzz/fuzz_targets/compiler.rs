//! Any text compiles for every target or has an error; what it compiles to can be shown,
//! written and read back.
#![no_main]

use vitrine_bytecode::compile::{CompileOptions, compile_source};
use vitrine_bytecode::target::Target;
use vitrine_bytecode::{dis, marshal};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::on_large_stack(|| {
        let text = vitrine_fuzz::text(data);
        for target in Target::ALL {
            let options = CompileOptions {
                target,
                ..CompileOptions::default()
            };
            let Ok(compiled) = compile_source(&text, &options) else {
                continue;
            };
            let shown = dis::Options {
                target,
                ..dis::Options::default()
            };
            let _ = dis::disassemble(&compiled.code, shown);
            let bytes = marshal::dump_code(&compiled.code);
            let read = marshal::load_code(&bytes).expect("what was written can be read");
            assert_eq!(marshal::dump_code(&read), bytes, "written again it is the same");
        }
    });
});
