//! Any bytes are a `.pyc` or an error; what can be read can be shown and written, and that of
//! other versions shown.
#![no_main]

use vitrine_bytecode::{dis, marshal};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::on_large_stack(|| {
        if let Ok((target, code)) = marshal::pyc::read_to_show(data) {
            let shown = dis::Options {
                target,
                ..dis::Options::default()
            };
            let _ = dis::disassemble(&code, shown);
            let _ = dis::stack_contents(&code, target);
        }
        if let Ok((validation, code)) = marshal::pyc::read(data) {
            let _ = marshal::pyc::write(validation, &code);
        }
        let _ = marshal::load_const(data);
    });
});
