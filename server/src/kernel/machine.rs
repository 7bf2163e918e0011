//! The kernel's machine: a namespace that lives from run to run.

use std::collections::HashMap;
use std::io;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use vitrine_bytecode::code::CodeObject;
use vitrine_stdlib::library::PackedLibrary;
use vitrine_vm::vm::{Budgets, Config, InterruptHandle};
use vitrine_vm::{Exc, PyResult, Ref, Stop, Vm};

use super::evaluate::{Failure, Interpreter, evaluate};
use super::names;
use super::protocol::{Execute, Name, Outcome, Stream, Type};
use super::serve::{Interrupter, Machine, Output, serve};
use crate::host::{self, Grants, SystemHost};

/// The machine's thread has this much stack,
const STACK: usize = 256 << 20;
/// of which this much is the machine's to use.
const NATIVE_STACK: usize = 232 << 20;
/// What looking at the namespace after a run may take: steps, and nanoseconds.
const LOOK_FUEL: u64 = 5_000_000;
const LOOK_TIME: u64 = 200_000_000;
/// How long a program sleeps before it looks whether it was interrupted.
const NAP: Duration = Duration::from_millis(10);

/// Serves the language server on standard input and output until it goes away.
/// The budgets are those of each run, unless the run brings its own.
pub fn run_stdio(grants: Grants, budgets: Budgets) -> ExitCode {
    let serving = std::thread::Builder::new()
        .name("vitrine-kernel".into())
        .stack_size(STACK)
        .spawn(move || {
            let mut machine = match Session::new(grants, budgets) {
                Ok(machine) => machine,
                Err(why) => {
                    eprintln!("vitrine: the machine does not start: {why}");
                    return ExitCode::FAILURE;
                }
            };
            let input = io::BufReader::new(io::stdin());
            serve(input, io::stdout(), &mut machine);
            ExitCode::SUCCESS
        });
    let joined = serving.map(std::thread::JoinHandle::join);
    match joined {
        Ok(Ok(status)) => status,
        _ => ExitCode::FAILURE,
    }
}

/// What the machine's host and the thread that interrupts share with it.
#[derive(Default)]
struct Shared {
    output: Mutex<Option<Output>>,
    handle: Mutex<Option<InterruptHandle>>,
    interrupted: AtomicBool,
}

impl Interrupter for Shared {
    fn interrupt(&self) {
        self.interrupted.store(true, Ordering::SeqCst);
        if let Some(handle) = &*lock(&self.handle) {
            handle.interrupt();
        }
    }

    fn forget(&self) {
        self.interrupted.store(false, Ordering::SeqCst);
        if let Some(handle) = &*lock(&self.handle) {
            handle.forget();
        }
    }
}

struct Session {
    /// Above the machine, so that it is dropped first: objects do not outlive it.
    main: Ref,
    /// `names.py`'s function, once it was needed; above the machine, too.
    look: Option<Ref>,
    vm: Box<Vm>,
    budgets: Budgets,
    shared: Arc<Shared>,
    /// The lines of each file that ran, as far as they are known.
    sources: HashMap<String, Vec<String>>,
}

impl Session {
    fn new(grants: Grants, budgets: Budgets) -> Result<Self, String> {
        let shared = Arc::new(Shared::default());
        let config = Config {
            host: Box::new(SystemHost::new(grants, Streams(shared.clone()))),
            budgets: Budgets::default(),
            argv: vec![String::new()],
            native_stack: NATIVE_STACK,
            modules: vitrine_stdlib::modules(),
            library: Some(Box::new(PackedLibrary)),
        };
        let refused = |exc: Exc| format!("{exc:?}");
        let mut vm = Vm::new(config).map_err(refused)?;
        let main = vm.new_main().map_err(refused)?;
        *lock(&shared.handle) = Some(vm.interrupt_handle());
        Ok(Self {
            vm,
            main,
            look: None,
            budgets,
            shared,
            sources: HashMap::new(),
        })
    }

    /// Makes the text of what runs known, without forgetting the rest of its file.
    fn register_source(&mut self, code: &Execute) {
        let lines = self.sources.entry(code.filename.clone()).or_default();
        let first = code.first_line.saturating_sub(1) as usize;
        for (at, line) in code.code.split('\n').enumerate() {
            let at = first + at;
            if lines.len() <= at {
                lines.resize(at + 1, String::new());
            }
            // The piece behind the last newline belongs to what follows.
            if !line.is_empty() || at == first {
                lines[at] = line.to_owned();
            }
        }
        self.vm
            .register_source(&code.filename, lines.join("\n").into());
    }

    fn failure(&mut self, exc: &Exc, filename: &str) -> Failure {
        let outcome = match exc.stop() {
            Some(Stop::Fuel) => Outcome::Fuel,
            Some(Stop::Timeout) => Outcome::Timeout,
            Some(Stop::Memory) => Outcome::Memory,
            Some(Stop::Deadlock) => Outcome::Deadlock,
            Some(Stop::Cancelled) => Outcome::Interrupted,
            None => Outcome::Error,
        };
        let mut failure = Failure {
            outcome,
            class: String::new(),
            message: String::new(),
            line: None,
            traceback: String::new(),
        };
        if outcome != Outcome::Error {
            return failure;
        }
        let summary = self.vm.summarize(exc.value());
        let here = summary
            .frames
            .iter()
            .rev()
            .find(|frame| &*frame.filename == filename);
        failure.line = here.map(|frame| frame.line);
        failure.traceback = self.vm.format_exception(exc.value());
        failure.class = summary.class;
        failure.message = summary.message.unwrap_or_default();
        let stopped =
            failure.class == "KeyboardInterrupt" && self.shared.interrupted.load(Ordering::SeqCst);
        let exited =
            failure.class == "SystemExit" && matches!(failure.message.as_str(), "" | "0" | "None");
        if stopped {
            failure.outcome = Outcome::Interrupted;
        } else if exited {
            failure.outcome = Outcome::Ok;
        }
        failure
    }
}

impl Session {
    /// What the namespace holds; `None` where looking took too long.
    fn names(&mut self) -> Option<(Vec<Name>, Vec<Type>)> {
        self.vm.set_budgets(Budgets {
            fuel: Some(LOOK_FUEL),
            memory: self.budgets.memory,
            timeout: Some(LOOK_TIME),
        });
        let look = match &self.look {
            Some(look) => look.clone(),
            None => self.compile_look().ok()?,
        };
        self.look = Some(look.clone());
        let main = self.main.clone();
        let text = self.vm.call(&look, &[main]).ok()?;
        let text = self.vm.str_string(&text).ok()?;
        Some(names::parse(&text))
    }

    fn compile_look(&mut self) -> PyResult<Ref> {
        let code = self.vm.compile(names::SOURCE, names::FILENAME, "exec", 0)?;
        let namespace = self.vm.new_dict();
        let (name, own) = (self.vm.new_str("__name__"), self.vm.new_str("vitrine"));
        self.vm.dict_set(&namespace, &name, own)?;
        self.vm.run_code(&code, &namespace)?;
        let name = self.vm.new_str("names");
        Ok(self
            .vm
            .dict_get(&namespace, &name)?
            .unwrap_or_else(Ref::none))
    }
}

impl Machine for Session {
    fn execute(&mut self, code: &Execute, output: &Output) -> Outcome {
        let limits = code.limits;
        self.vm.set_budgets(Budgets {
            fuel: limits.fuel.or(self.budgets.fuel),
            memory: limits
                .memory
                .map(|bytes| bytes as usize)
                .or(self.budgets.memory),
            timeout: limits
                .timeout_ms
                .map(|millis| millis.saturating_mul(1_000_000))
                .or(self.budgets.timeout),
        });
        self.register_source(code);
        *lock(&self.shared.output) = Some(output.clone());
        let outcome = evaluate(self, code, output);
        *lock(&self.shared.output) = None;
        if matches!(outcome, Outcome::Ok | Outcome::Error) {
            // Seen at once, whatever looking at the namespace takes.
            output.flush();
            if let Some((names, types)) = self.names() {
                output.names(names, types);
            }
        }
        outcome
    }

    fn interrupter(&self) -> Arc<dyn Interrupter> {
        self.shared.clone()
    }
}

impl Interpreter for Session {
    fn fresh_main(&mut self, filename: &str) -> Result<(), Failure> {
        let fresh = self.vm.new_main().and_then(|main| {
            let (name, file) = (self.vm.new_str("__file__"), self.vm.new_str(filename));
            self.vm.dict_set(&main, &name, file)?;
            Ok(main)
        });
        match fresh {
            Ok(main) => {
                self.main = main;
                Ok(())
            }
            Err(exc) => Err(self.failure(&exc, filename)),
        }
    }

    fn run(&mut self, code: Arc<CodeObject>) -> Result<Option<String>, Failure> {
        let main = self.main.clone();
        let value = self.vm.run_code(&code, &main).and_then(|value| {
            if value.is_none() {
                Ok(None)
            } else {
                self.vm.repr_string(&value).map(Some)
            }
        });
        value.map_err(|exc| self.failure(&exc, &code.filename))
    }

    fn repr_of(&mut self, name: &str) -> Option<String> {
        let (main, key) = (self.main.clone(), self.vm.new_str(name));
        let value = self.vm.dict_get(&main, &key).ok()??;
        self.vm.repr_string(&value).ok()
    }
}

/// The program's streams: output goes to the run at hand, input is empty - the
/// process's own belongs to the protocol.
struct Streams(Arc<Shared>);

impl host::Output for Streams {
    fn write(&mut self, stream: u8, bytes: &[u8]) -> io::Result<()> {
        let name = if stream == 2 {
            Stream::Stderr
        } else {
            Stream::Stdout
        };
        let output = lock(&self.0.output).clone();
        if output.is_some_and(|output| !output.write(name, bytes))
            && let Some(handle) = &*lock(&self.0.handle)
        {
            handle.cancel();
        }
        Ok(())
    }

    fn flush(&mut self, _stream: u8) -> io::Result<()> {
        Ok(())
    }

    fn read_line(&mut self) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn sleep(&mut self, duration: Duration) {
        let until = Instant::now() + duration;
        while !self.0.interrupted.load(Ordering::SeqCst) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(NAP));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::protocol::{Limits, Mode, Reply, Request};
    use std::io::Write;
    use std::sync::mpsc;

    /// A kernel in this process, and what it says.
    struct Kernel {
        input: io::PipeWriter,
        replies: mpsc::Receiver<Reply>,
    }

    struct Lines(mpsc::Sender<Reply>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // The kernel writes whole lines.
            let reply = serde_json::from_slice(bytes).expect("a reply");
            self.0.send(reply).map_err(io::Error::other)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Kernel {
        fn start() -> Self {
            let (reader, input) = io::pipe().expect("a pipe");
            let (sender, replies) = mpsc::channel();
            let run = move || {
                let mut machine =
                    Session::new(Grants::default(), Budgets::default()).expect("a machine");
                serve(io::BufReader::new(reader), Lines(sender), &mut machine);
            };
            std::thread::Builder::new()
                .stack_size(STACK)
                .spawn(run)
                .expect("a thread");
            Self { input, replies }
        }

        fn say(&mut self, request: &Request) {
            let line = serde_json::to_string(request).expect("requests have string keys");
            writeln!(self.input, "{line}").expect("the kernel listens");
        }

        fn execute(&mut self, first_line: u32, mode: Mode, code: &str, limits: Limits) {
            let (code, filename) = (code.to_owned(), "/work/a.py".to_owned());
            self.say(&Request::Execute(Execute {
                id: 1,
                code,
                filename,
                first_line,
                mode,
                limits,
            }));
        }

        /// What a run says, a line each.
        fn outcome(&self) -> Vec<String> {
            let mut seen = Vec::new();
            loop {
                let reply = self
                    .replies
                    .recv_timeout(Duration::from_secs(60))
                    .expect("the run ends");
                match reply {
                    Reply::Stream { text, .. } => seen.push(format!("prints {text:?}")),
                    Reply::Value { line, text, .. } => seen.push(format!("{line}: {text}")),
                    Reply::Result { line, text, .. } => seen.push(format!("{line}= {text}")),
                    Reply::Error {
                        class,
                        message,
                        line,
                        ..
                    } => seen.push(format!("{line:?} {class}: {message}")),
                    Reply::Finished { outcome, .. } => {
                        seen.push(format!("{outcome:?}"));
                        return seen;
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn cells_share_a_namespace_and_show_their_values() {
        let mut kernel = Kernel::start();
        let mut check = |first_line, mode, code: &str, expected: &[&str]| {
            kernel.execute(first_line, mode, code, Limits::default());
            assert_eq!(kernel.outcome(), expected, "{code}");
        };
        use Mode::{Cell, File};
        check(
            1,
            Cell,
            "x = 6\ny = x * 7\ny\n",
            &["1: 6", "2: 42", "3= 42", "Ok"],
        );
        check(10, Cell, "# %%\nx + 1\nNone", &["11: 7", "Ok"]);
        check(
            1,
            Cell,
            "print('hi')\n'a' 'b'",
            &["prints \"hi\\n\"", "2= 'ab'", "Ok"],
        );
        check(5, Cell, "def f():\n    return 1 / 0\n", &["Ok"]);
        check(
            20,
            Cell,
            "f()",
            &["Some(6) ZeroDivisionError: division by zero", "Error"],
        );
        check(
            3,
            Cell,
            "print('not run')\nx = (",
            &["Some(4) SyntaxError: '(' was never closed", "Error"],
        );
        check(
            1,
            File,
            "x",
            &["Some(1) NameError: name 'x' is not defined", "Error"],
        );
        check(1, Cell, "raise SystemExit", &["Ok"]);
    }

    #[test]
    fn budgets_and_interrupts_end_a_run() {
        let mut kernel = Kernel::start();
        let none = Limits::default();
        let mut check = |code: &str, limits: Limits, expected: &str| {
            kernel.execute(1, Mode::Cell, code, limits);
            assert_eq!(
                kernel.outcome().last().map(String::as_str),
                Some(expected),
                "{code}"
            );
        };
        let endless = "while True: pass";
        check(
            endless,
            Limits {
                timeout_ms: Some(50),
                ..none
            },
            "Timeout",
        );
        check(
            endless,
            Limits {
                fuel: Some(10_000),
                ..none
            },
            "Fuel",
        );
        check(
            "while True: print('spam')",
            Limits {
                output: Some(1000),
                ..none
            },
            "Output",
        );
        check("1 + 1", none, "Ok");
        kernel.execute(1, Mode::Cell, "print('on')\nwhile True: pass", none);
        while !matches!(kernel.replies.recv(), Ok(Reply::Stream { .. })) {}
        kernel.say(&Request::Interrupt { up_to: None });
        assert_eq!(kernel.outcome(), ["Interrupted"]);
        kernel.execute(1, Mode::Cell, "'goes on'", none);
        assert_eq!(kernel.outcome(), ["1= 'goes on'", "Ok"]);
    }
}
