//! The kernel's main loop, without the machine.
//!
//! A thread reads requests: `interrupt` and `ping` are acted on at once, code
//! waits in a queue for the main thread, which runs one piece after another.
//! Output is gathered into chunks, and cut off when there is too much of it.

use std::collections::VecDeque;
use std::io::{BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::protocol::{Execute, Name, Outcome, Reply, Request, Stream, Type};

/// Output is sent when this much has gathered, and every so often.
const CHUNK: usize = 8 * 1024;
const CHUNK_AGE: Duration = Duration::from_millis(15);
/// Unless the run says otherwise.
const DEFAULT_OUTPUT_LIMIT: u64 = 1024 * 1024;

/// What runs code.
pub trait Machine {
    /// Runs code and reports through `output`; returns how it ended.
    fn execute(&mut self, code: &Execute, output: &Output) -> Outcome;

    /// What stops `execute` from another thread.
    fn interrupter(&self) -> Arc<dyn Interrupter>;
}

/// Stops a run from another thread.
pub trait Interrupter: Send + Sync {
    /// Stops what runs, soon.
    fn interrupt(&self);
    /// Takes back what no run has noticed: it came as a run ended.
    fn forget(&self);
}

/// Serves until the input ends or asks to stop.
pub fn serve<R, W>(input: R, output: W, machine: &mut dyn Machine)
where
    R: BufRead + Send + 'static,
    W: Write + Send + 'static,
{
    let shared = Arc::new(Shared {
        queue: Mutex::default(),
        work: Condvar::new(),
        output: Mutex::new(Box::new(output)),
        interrupter: machine.interrupter(),
    });
    shared.send(&Reply::Ready {
        version: env!("CARGO_PKG_VERSION").into(),
    });
    let reading = shared.clone();
    std::thread::spawn(move || reading.read(input));
    while let Some(code) = shared.next() {
        let started = Instant::now();
        shared.send(&Reply::Started { id: code.id });
        let limit = code.limits.output.unwrap_or(DEFAULT_OUTPUT_LIMIT);
        let output = Output::new(shared.clone(), code.id, limit);
        let (running, ended) = mpsc::channel::<()>();
        let flushing = output.clone();
        let flusher = std::thread::spawn(move || {
            // What was printed is seen although the program goes on in silence.
            while ended.recv_timeout(CHUNK_AGE) == Err(mpsc::RecvTimeoutError::Timeout) {
                flushing.flush();
            }
        });
        let outcome = catch_unwind(AssertUnwindSafe(|| machine.execute(&code, &output)));
        drop(running);
        let _ = flusher.join();
        output.flush();
        let outcome = match outcome {
            Ok(_) if output.is_full() => Outcome::Output,
            Ok(outcome) => outcome,
            // The machine's state cannot be trusted any more: the server
            // sees the process end, and replaces it.
            Err(_) => return,
        };
        shared.finished(code.id, outcome, started);
    }
}

struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
    output: Mutex<Box<dyn Write + Send>>,
    interrupter: Arc<dyn Interrupter>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Execute>,
    /// From `next` to `next`: interrupts are given to the machine and taken
    /// back under this lock, so none reaches a run that it was not meant for.
    running: Option<u64>,
    closed: bool,
}

impl Shared {
    fn read(&self, input: impl BufRead) {
        for line in input.split(b'\n') {
            let Ok(line) = line else { break };
            if line.trim_ascii().is_empty() {
                continue;
            }
            match serde_json::from_slice(&line) {
                Ok(Request::Execute(code)) => {
                    self.lock().waiting.push_back(code);
                    self.work.notify_one();
                }
                Ok(Request::Interrupt { up_to }) => {
                    let meant = |id: u64| up_to.is_none_or(|last| id <= last);
                    let mut queue = self.lock();
                    let (dropped, kept): (VecDeque<_>, VecDeque<_>) =
                        queue.waiting.drain(..).partition(|code| meant(code.id));
                    queue.waiting = kept;
                    if queue.running.is_some_and(meant) {
                        self.interrupter.interrupt();
                    }
                    drop(queue);
                    for code in dropped {
                        self.finished(code.id, Outcome::Interrupted, Instant::now());
                    }
                }
                Ok(Request::Ping { id }) => self.send(&Reply::Pong { id }),
                Ok(Request::Shutdown) => break,
                Err(error) => self.send(&Reply::Malformed {
                    message: error.to_string(),
                }),
            }
        }
        // Nobody listens any more.
        let mut queue = self.lock();
        queue.closed = true;
        queue.waiting.clear();
        if queue.running.is_some() {
            self.interrupter.interrupt();
        }
        self.work.notify_one();
    }

    fn next(&self) -> Option<Execute> {
        let mut queue = self.lock();
        queue.running = None;
        self.interrupter.forget();
        loop {
            if queue.closed {
                return None;
            }
            if let Some(code) = queue.waiting.pop_front() {
                queue.running = Some(code.id);
                return Some(code);
            }
            queue = self
                .work
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finished(&self, id: u64, outcome: Outcome, started: Instant) {
        self.send(&Reply::Finished {
            id,
            outcome,
            millis: started.elapsed().as_millis() as u64,
        });
    }

    fn send(&self, reply: &Reply) {
        let mut line = serde_json::to_vec(reply).expect("replies have string keys");
        line.push(b'\n');
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        // A closed pipe shows as the end of the input, too.
        let _ = output.write_all(&line).and_then(|()| output.flush());
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a run's output goes; clones go to the same place.
#[derive(Clone)]
pub struct Output {
    shared: Arc<Shared>,
    id: u64,
    chunk: Arc<Mutex<Chunk>>,
}

/// What has gathered, and how much may still come.
struct Chunk {
    name: Stream,
    bytes: Vec<u8>,
    left: u64,
}

impl Output {
    fn new(shared: Arc<Shared>, id: u64, limit: u64) -> Self {
        let chunk = Chunk {
            name: Stream::Stdout,
            bytes: Vec::new(),
            left: limit,
        };
        Self {
            shared,
            id,
            chunk: Arc::new(Mutex::new(chunk)),
        }
    }

    /// Takes what the program wrote; `false` once it wrote too much and is to be stopped.
    pub fn write(&self, name: Stream, bytes: &[u8]) -> bool {
        let mut chunk = self.lock();
        if chunk.name != name {
            self.send(&mut chunk, true);
            chunk.name = name;
        }
        let taken = bytes.len().min(chunk.left as usize);
        chunk.bytes.extend_from_slice(&bytes[..taken]);
        chunk.left = if taken < bytes.len() {
            0
        } else {
            chunk.left - taken as u64
        };
        if chunk.bytes.len() >= CHUNK {
            self.send(&mut chunk, false);
        }
        chunk.left > 0
    }

    /// Whether the program wrote too much.
    pub fn is_full(&self) -> bool {
        self.lock().left == 0
    }

    /// Sends what has gathered.
    pub fn flush(&self) {
        self.send(&mut self.lock(), false);
    }

    /// A value seen on a line.
    pub fn value(&self, line: u32, text: String) {
        let id = self.id;
        self.shared.send(&Reply::Value { id, line, text });
    }

    /// The value of the last expression.
    pub fn result(&self, line: u32, text: String) {
        self.flush();
        let id = self.id;
        self.shared.send(&Reply::Result { id, line, text });
    }

    /// What the run left behind.
    pub fn names(&self, names: Vec<Name>, types: Vec<Type>) {
        self.flush();
        let id = self.id;
        self.shared.send(&Reply::Names { id, names, types });
    }

    /// An exception that nothing caught.
    pub fn error(&self, class: String, message: String, line: Option<u32>, traceback: String) {
        self.flush();
        let id = self.id;
        self.shared.send(&Reply::Error {
            id,
            class,
            message,
            line,
            traceback,
        });
    }

    /// Sends what is whole of the text; with `all` also what is not.
    fn send(&self, chunk: &mut Chunk, all: bool) {
        let whole = match std::str::from_utf8(&chunk.bytes) {
            // The beginning of a character whose rest is still to come.
            Err(error) if error.error_len().is_none() && !all && chunk.left > 0 => {
                error.valid_up_to()
            }
            _ => chunk.bytes.len(),
        };
        if whole > 0 {
            let text = String::from_utf8_lossy(&chunk.bytes[..whole]).into_owned();
            chunk.bytes.drain(..whole);
            let (id, name) = (self.id, chunk.name);
            self.shared.send(&Reply::Stream { id, name, text });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Chunk> {
        self.chunk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Prints its code; `spin` runs until interrupted, `flood` prints for ever.
    struct Fake(Arc<AtomicBool>);

    impl Machine for Fake {
        fn execute(&mut self, code: &Execute, output: &Output) -> Outcome {
            match code.code.as_str() {
                "spin" => {
                    while !self.0.swap(false, Ordering::SeqCst) {
                        std::thread::yield_now();
                    }
                    Outcome::Interrupted
                }
                "flood" => {
                    while output.write(Stream::Stdout, b"spam") {}
                    Outcome::Ok
                }
                "slow" => {
                    std::thread::sleep(Duration::from_millis(50));
                    let interrupted = self.0.load(Ordering::SeqCst);
                    let text = if interrupted {
                        "hit"
                    } else {
                        "not interrupted"
                    };
                    // The limit of these runs is shorter.
                    output.error(text.into(), String::new(), None, String::new());
                    Outcome::Ok
                }
                text => {
                    output.write(Stream::Stderr, text.as_bytes());
                    Outcome::Ok
                }
            }
        }

        fn interrupter(&self) -> Arc<dyn Interrupter> {
            Arc::new(Flag(self.0.clone()))
        }
    }

    struct Flag(Arc<AtomicBool>);

    impl Interrupter for Flag {
        fn interrupt(&self) {
            self.0.store(true, Ordering::SeqCst);
        }
        fn forget(&self) {
            self.0.store(false, Ordering::SeqCst);
        }
    }

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn execute(id: u64, code: &str) -> String {
        format!(
            r#"{{"type":"execute","id":{id},"code":"{code}","filename":"a.py","first_line":1,"mode":"cell","limits":{{"output":10}}}}"#
        )
    }

    #[test]
    fn code_runs_in_order_and_stops_when_told() {
        use Outcome::Interrupted;
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let sink = Sink::default();
        let output = sink.clone();
        let serving = std::thread::spawn(move || {
            serve(
                std::io::BufReader::new(reader),
                output,
                &mut Fake(Arc::default()),
            );
        });
        let mut writer = writer;
        let mut say = |line: &str| writeln!(writer, "{line}").expect("the pipe is open");
        let replies = || -> Vec<Reply> {
            let bytes = sink.0.lock().expect("no panic").clone();
            bytes
                .split_inclusive(|&b| b == b'\n')
                .filter(|l| l.ends_with(b"\n"))
                .map(|l| serde_json::from_slice(l).expect("JSON"))
                .collect()
        };
        let wait_for = |reply: &Reply| {
            let begun = Instant::now();
            while !replies().contains(reply) {
                assert!(
                    begun.elapsed() < Duration::from_secs(10),
                    "no {reply:?} in {:?}",
                    replies()
                );
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        say(&execute(1, "one"));
        say("nonsense");
        say(&execute(2, "flood"));
        say(&execute(3, "spin"));
        wait_for(&Reply::Started { id: 3 });
        say(&execute(4, "dropped"));
        say(r#"{"type":"ping","id":7}"#);
        wait_for(&Reply::Pong { id: 7 });
        say(r#"{"type":"interrupt"}"#);
        wait_for(&Reply::Finished {
            id: 4,
            outcome: Interrupted,
            millis: 0,
        });
        // Too late: it was meant for what has ended.
        say(&execute(5, "slow"));
        say(r#"{"type":"interrupt","up_to":4}"#);
        wait_for(&Reply::Error {
            id: 5,
            class: "not interrupted".into(),
            message: String::new(),
            line: None,
            traceback: String::new(),
        });
        drop(writer);
        serving.join().expect("no panic");
        let outcomes: Vec<_> = replies()
            .into_iter()
            .filter_map(|reply| match reply {
                Reply::Finished { id, outcome, .. } if id != 4 => Some((id, outcome)),
                _ => None,
            })
            .collect();
        assert_eq!(
            outcomes,
            [
                (1, Outcome::Ok),
                (2, Outcome::Output),
                (3, Interrupted),
                (5, Outcome::Ok)
            ]
        );
        assert!(replies().contains(&Reply::Stream {
            id: 2,
            name: Stream::Stdout,
            text: "spamspamsp".into()
        }));
    }
}
