//! Any program ends within its budgets, in a bare machine with no way out.
#![no_main]

use vitrine_vm::host::Host;
use vitrine_vm::vm::{Budgets, Config, Vm};

struct Nowhere;

impl Host for Nowhere {
    fn write(&mut self, _: u8, _: &[u8]) -> std::io::Result<()> {
        Ok(())
    }
    fn monotonic_ns(&self) -> u64 {
        0
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::on_large_stack(|| {
        let text = vitrine_fuzz::text(data);
        let config = Config {
            host: Box::new(Nowhere),
            budgets: Budgets {
                fuel: Some(20_000),
                memory: Some(64 << 20),
                ..Budgets::default()
            },
            argv: Vec::new(),
            native_stack: 200 << 20,
            modules: &[],
            library: None,
        };
        let Ok(mut vm) = Vm::new(config) else { return };
        let result = vm.compile(&text, "f.py", "exec", 0);
        if let Err(exc) = result.and_then(|code| vm.run_main(&code)) {
            if exc.stop().is_none() {
                let _ = vm.format_exception(exc.value());
            }
        }
        vm.shutdown();
    });
});
