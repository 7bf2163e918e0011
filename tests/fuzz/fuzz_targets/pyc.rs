//! Any bytes are a `.pyc` or an error; what can be read can be shown and written.
#![no_main]

use vitrine_bytecode::{dis, marshal};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::on_large_stack(|| {
        if let Ok((validation, code)) = marshal::pyc::read(data) {
            let _ = dis::disassemble(&code, dis::Options::default());
            let _ = marshal::pyc::write(validation, &code);
        }
        let _ = marshal::load_const(data);
    });
});
