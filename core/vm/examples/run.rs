//! Runs a source file or a `.pyc` in a bare machine: `run FILE [FUEL]`.
#![allow(clippy::disallowed_methods, missing_docs)]

use std::io::Write;
use std::sync::Arc;

use vitrine_vm::host::Host;
use vitrine_vm::vm::{Budgets, Config, Vm};

struct Terminal(std::time::Instant);

impl Host for Terminal {
    fn write(&mut self, stream: u8, bytes: &[u8]) -> std::io::Result<()> {
        if stream == 2 {
            std::io::stderr().write_all(bytes)
        } else {
            std::io::stdout().write_all(bytes)
        }
    }
    fn monotonic_ns(&self) -> u64 {
        self.0.elapsed().as_nanos() as u64
    }
    fn read_file(&mut self, path: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(path)
    }
}

fn main() {
    let run = || {
        let path = std::env::args().nth(1).expect("a file");
        let fuel = std::env::args().nth(2).and_then(|f| f.parse().ok());
        let config = Config {
            host: Box::new(Terminal(std::time::Instant::now())),
            budgets: Budgets {
                fuel,
                ..Budgets::default()
            },
            argv: vec![path.clone()],
            native_stack: 200 << 20,
            modules: &[],
            library: None,
        };
        let mut vm = Vm::new(config).expect("a machine");
        let bytes = std::fs::read(&path).expect("a readable file");
        let result = if path.ends_with(".pyc") {
            let (_, code) = vitrine_bytecode::marshal::pyc::read(&bytes).expect("a pyc");
            vm.run_main(&Arc::new(code))
        } else {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            vm.compile(&text, &path, "exec", 0)
                .and_then(|code| vm.run_main(&code))
        };
        if let Err(exc) = result {
            match exc.stop() {
                Some(stop) => eprintln!("stopped: {stop:?}"),
                None => eprint!("{}", vm.format_exception(exc.value())),
            }
            std::io::stdout().flush().expect("a terminal");
            vm.shutdown();
            std::process::exit(1);
        }
        vm.shutdown();
    };
    let thread = std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(run)
        .expect("a thread");
    if thread.join().is_err() {
        std::process::exit(101);
    }
}
