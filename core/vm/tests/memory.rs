//! What a machine leaves behind: nothing, unless someone keeps a handle on one of its objects.
#![allow(clippy::disallowed_methods)]

use vitrine_vm::host::Host;
use vitrine_vm::vm::Budgets;
use vitrine_vm::{Config, Ref, Vm};

struct Silent;

impl Host for Silent {
    fn write(&mut self, _: u8, _: &[u8]) -> std::io::Result<()> {
        Ok(())
    }
    fn monotonic_ns(&self) -> u64 {
        0
    }
}

/// Runs a program; its machine, and what it called `result`.
fn run(program: &str) -> (Box<Vm>, Option<Ref>) {
    let config = Config {
        host: Box::new(Silent),
        budgets: Budgets::default(),
        argv: vec![String::new()],
        native_stack: 1 << 20,
        modules: &[],
        library: None,
    };
    let mut vm = Vm::new(config).expect("a machine");
    let main = vm.new_main().expect("a module");
    let code = vm.compile(program, "test", "exec", 0).expect("it compiles");
    if let Err(exc) = vm.run_code(&code, &main) {
        panic!("{}", vm.format_exception(exc.value()));
    }
    let name = vm.new_str("result");
    let result = vm.dict_get(&main, &name).expect("a dict of names");
    (vm, result)
}

/// Cycles of every kind, and threads in the middle of something.
const EVERYTHING: &str = "
import _thread, gc, _weakref
class Node:
    def __init__(self):
        self.me, self.items, self.table = self, [self], {'k': self}
    def method(self):
        return lambda: self
    def __del__(self):
        pass
nodes = [Node() for _ in range(3000)]
bound = [node.method for node in nodes]
text = 'x' * 1000000 + str(len(nodes))
def generate(n):
    try:
        yield n, nodes
    finally:
        del n
suspended = generate(1)
next(suspended)
try:
    1 / 0
except ZeroDivisionError as error:
    kept = error
Made = type('Made', (Node,), {'big': 10 ** 100, 'data': bytearray(100000), 's': {1, 2, (3, 4)}})
weak = _weakref.ref(nodes[0])
lock = _thread.allocate_lock()
lock.acquire()
def wait(node):
    with lock:
        pass
for node in nodes[:3]:
    _thread.start_new_thread(wait, (node,))
started = []
_thread.start_new_thread(started.append, (1,))
while not started:
    pass
";

#[test]
fn a_handle_outlives_its_machine() {
    for program in [
        "result = [1, ['a', {}]]",
        "result = int",
        "result = 'a'",
        "class result: pass",
    ] {
        let (vm, result) = run(program);
        let result = result.expect("there is one");
        drop(vm);
        assert!(result.clone().is(&result), "{program}");
        drop(result);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_machine_gives_its_memory_back() {
    /// Bytes in memory.
    fn resident() -> usize {
        let statm = std::fs::read_to_string("/proc/self/statm").expect("it is there");
        let pages = statm
            .split(' ')
            .nth(1)
            .and_then(|pages| pages.parse::<usize>().ok());
        pages.expect("a number") * 4096
    }
    for _ in 0..5 {
        drop(run(EVERYTHING));
    }
    let before = resident();
    for _ in 0..30 {
        drop(run(EVERYTHING));
    }
    // One such machine holds some 4 MB.
    let grown = resident().saturating_sub(before);
    assert!(grown < 24 << 20, "30 machines left {grown} bytes behind");
}
