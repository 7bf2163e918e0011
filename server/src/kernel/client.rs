//! The server's side of a kernel: starts it, watches it, replaces it.
//!
//! One value stands for a session's kernel through all its processes. It never
//! blocks: threads of its own read and write the pipes, and what they see comes
//! back as [`ProcessEvent`]s. Every run that was given out is finished exactly
//! once, by the process or, if that died, by [`Kernel`] itself.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::protocol::{Execute, Outcome, Reply, Request};

/// A kernel that was interrupted and still runs after this long is replaced.
const INTERRUPT_PATIENCE: Duration = Duration::from_secs(3);
/// So is one that overran its time budget by this much.
const TIMEOUT_GRACE: Duration = Duration::from_secs(3);
/// A busy kernel is pinged this often,
const PING_EVERY: Duration = Duration::from_secs(1);
/// and replaced if it is silent for this long.
const PING_PATIENCE: Duration = Duration::from_secs(10);
/// A line longer than this is no reply.
const MAX_LINE: u64 = 64 * 1024 * 1024;
/// How much of what a dying kernel says is shown.
const MAX_LAST_WORDS: usize = 2000;

/// How to start a kernel.
#[derive(Clone, Debug)]
pub(crate) struct KernelCommand {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
}

/// What a kernel process did.
#[derive(Debug)]
pub(crate) struct ProcessEvent {
    /// Which process of the session.
    pub(crate) generation: u64,
    pub(crate) kind: ProcessEventKind,
}

#[derive(Debug)]
pub(crate) enum ProcessEventKind {
    Reply(Reply),
    /// It ended; its last words, if any.
    Exited(String),
}

/// What the session is to be told.
#[derive(Debug, PartialEq)]
pub(crate) enum Notice {
    Reply(Reply),
    /// The process is gone, a new one starts with the next run; why.
    Replaced(String),
}

type Sink = Arc<dyn Fn(ProcessEvent) + Send + Sync>;

/// See the module.
pub(crate) struct Kernel {
    command: KernelCommand,
    sink: Sink,
    generation: u64,
    process: Option<Process>,
    /// Runs given out and not finished, the oldest first.
    runs: VecDeque<Run>,
    /// When it was interrupted, and the last run that was meant.
    interrupted: Option<(Instant, u64)>,
    last_ping: Instant,
    last_heard: Instant,
}

struct Run {
    id: u64,
    timeout: Option<Duration>,
    started: Option<Instant>,
}

struct Process {
    child: Arc<Mutex<Child>>,
    requests: mpsc::Sender<Request>,
}

impl Kernel {
    pub(crate) fn new(command: KernelCommand, sink: Sink) -> Self {
        let now = Instant::now();
        Self {
            command,
            sink,
            generation: 0,
            process: None,
            runs: VecDeque::new(),
            interrupted: None,
            last_ping: now,
            last_heard: now,
        }
    }

    /// What the next process will be.
    pub(crate) fn set_command(&mut self, command: KernelCommand) {
        self.command = command;
    }

    /// Starts the process ahead of the first run, if it is not up.
    pub(crate) fn start(&mut self) -> Result<(), String> {
        if self.process.is_none() {
            self.generation += 1;
            self.process = Some(Process::spawn(&self.command, self.generation, &self.sink)?);
            self.last_heard = Instant::now();
        }
        Ok(())
    }

    /// Gives out a run.
    pub(crate) fn execute(&mut self, code: Execute) -> Vec<Notice> {
        let id = code.id;
        if let Err(why) = self.start() {
            return vec![Notice::Replaced(why), died(id)];
        }
        if self.runs.is_empty() {
            self.last_heard = Instant::now();
        }
        self.runs.push_back(Run {
            id,
            timeout: code.limits.timeout_ms.map(Duration::from_millis),
            started: None,
        });
        self.send(Request::Execute(code));
        Vec::new()
    }

    pub(crate) fn is_busy(&self) -> bool {
        !self.runs.is_empty()
    }

    /// Asks what runs to stop; if it does not, `tick` replaces the process.
    pub(crate) fn interrupt(&mut self) {
        if let Some(last) = self.runs.back() {
            let last = last.id;
            self.send(Request::Interrupt { up_to: Some(last) });
            let since = self
                .interrupted
                .map_or_else(Instant::now, |(since, _)| since);
            self.interrupted = Some((since, last));
        }
    }

    /// Forgets the namespace: the process is killed, the next run starts another.
    pub(crate) fn restart(&mut self) -> Vec<Notice> {
        if let Some(process) = self.process.take() {
            process.kill();
        }
        self.interrupted = None;
        self.runs.drain(..).map(|run| died(run.id)).collect()
    }

    /// Takes what a process did.
    pub(crate) fn handle(&mut self, event: ProcessEvent) -> Vec<Notice> {
        if event.generation != self.generation || self.process.is_none() {
            return Vec::new(); // A process that was replaced.
        }
        let now = Instant::now();
        self.last_heard = now;
        match event.kind {
            ProcessEventKind::Exited(last_words) => {
                let why = if last_words.is_empty() {
                    "it ended".to_owned()
                } else {
                    format!("it ended: {last_words}")
                };
                self.replace(why)
            }
            ProcessEventKind::Reply(reply) => {
                match reply {
                    Reply::Started { id } => {
                        if let Some(run) = self.runs.iter_mut().find(|run| run.id == id) {
                            run.started = Some(now);
                        }
                    }
                    Reply::Finished { id, .. } => {
                        self.runs.retain(|run| run.id != id);
                        let meant = |last| self.runs.iter().any(|run| run.id <= last);
                        if self.interrupted.is_some_and(|(_, last)| !meant(last)) {
                            self.interrupted = None;
                        }
                    }
                    Reply::Pong { .. } => return Vec::new(),
                    _ => {}
                }
                vec![Notice::Reply(reply)]
            }
        }
    }

    /// Looks after a busy kernel; to be called a few times a second while it is busy.
    pub(crate) fn tick(&mut self, now: Instant) -> Vec<Notice> {
        let Some(running) = self.runs.front() else {
            return Vec::new();
        };
        let overran = running.timeout.is_some_and(|timeout| {
            running
                .started
                .is_some_and(|started| now.duration_since(started) > timeout + TIMEOUT_GRACE)
        });
        if overran {
            return self.replace("it overran its time budget and did not stop".into());
        }
        if self
            .interrupted
            .is_some_and(|(since, _)| now.duration_since(since) > INTERRUPT_PATIENCE)
        {
            return self.replace("it did not stop when interrupted".into());
        }
        if now.duration_since(self.last_heard) > PING_PATIENCE {
            return self.replace("it no longer answered".into());
        }
        if now.duration_since(self.last_ping) > PING_EVERY {
            self.last_ping = now;
            self.send(Request::Ping { id: 0 });
        }
        Vec::new()
    }

    fn replace(&mut self, why: String) -> Vec<Notice> {
        let mut notices = vec![Notice::Replaced(why)];
        notices.extend(self.restart());
        notices
    }

    fn send(&self, request: Request) {
        if let Some(process) = &self.process {
            // The writer ends with the process, whose end is reported.
            let _ = process.requests.send(request);
        }
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        self.restart();
    }
}

fn died(id: u64) -> Notice {
    Notice::Reply(Reply::Finished {
        id,
        outcome: Outcome::Died,
        millis: 0,
    })
}

impl Process {
    fn spawn(command: &KernelCommand, generation: u64, sink: &Sink) -> Result<Self, String> {
        let mut child = Command::new(&command.program)
            .args(&command.args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} does not start: {error}", command.program.display()))?;
        let mut stdin = child.stdin.take().expect("piped");
        let stdout = child.stdout.take().expect("piped");
        let stderr = child.stderr.take().expect("piped");
        let child = Arc::new(Mutex::new(child));
        let (requests, waiting) = mpsc::channel::<Request>();
        std::thread::spawn(move || {
            for request in waiting {
                let mut line = serde_json::to_vec(&request).expect("requests have string keys");
                line.push(b'\n');
                if stdin.write_all(&line).is_err() {
                    return;
                }
            }
        });
        let last_words = std::thread::spawn(move || last_words(stderr));
        let (sink, dying) = (sink.clone(), child.clone());
        std::thread::spawn(move || {
            read_replies(stdout, |reply| {
                sink(ProcessEvent {
                    generation,
                    kind: ProcessEventKind::Reply(reply),
                });
            });
            // The pipe closed or held nonsense: either way the process is done.
            kill(&dying);
            let last_words = last_words.join().unwrap_or_default();
            sink(ProcessEvent {
                generation,
                kind: ProcessEventKind::Exited(last_words),
            });
        });
        Ok(Self { child, requests })
    }

    fn kill(&self) {
        kill(&self.child);
    }
}

fn kill(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // It may be dead already.
    let _ = child.kill();
    let _ = child.wait();
}

fn read_replies(stdout: impl Read, mut reply: impl FnMut(Reply)) {
    let mut reader = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(1..) if line.ends_with(b"\n") => {}
            _ => return,
        }
        match serde_json::from_slice(&line) {
            Ok(message) => reply(message),
            Err(_) => return,
        }
    }
}

/// The end of what a process writes to standard error.
fn last_words(mut stderr: impl Read) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stderr.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..read]);
        let excess = kept.len().saturating_sub(MAX_LAST_WORDS);
        kept.drain(..excess);
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::kernel::protocol::{Limits, Mode};

    /// A kernel played by a shell script.
    fn kernel(script: &str) -> (Kernel, mpsc::Receiver<ProcessEvent>) {
        let (sender, receiver) = mpsc::channel();
        let command = KernelCommand {
            program: "sh".into(),
            args: vec!["-c".into(), script.into()],
        };
        let sender = Mutex::new(sender);
        let sink = move |event| drop(sender.lock().expect("no panic").send(event));
        (Kernel::new(command, Arc::new(sink)), receiver)
    }

    fn code(id: u64) -> Execute {
        let limits = Limits {
            timeout_ms: Some(100),
            ..Limits::default()
        };
        Execute {
            id,
            code: "1".into(),
            filename: "a.py".into(),
            first_line: 1,
            mode: Mode::Cell,
            limits,
        }
    }

    fn event(receiver: &mpsc::Receiver<ProcessEvent>) -> ProcessEvent {
        receiver
            .recv_timeout(Duration::from_secs(10))
            .expect("an event within 10 s")
    }

    #[test]
    fn a_dead_kernel_finishes_its_runs_and_is_replaced() {
        let (mut kernel, events) = kernel("read line; echo oops >&2");
        for id in 1..3 {
            assert_eq!(kernel.execute(code(id)), []);
            let notices = kernel.handle(event(&events));
            assert_eq!(
                notices,
                [Notice::Replaced("it ended: oops".into()), died(id)]
            );
            assert!(!kernel.is_busy());
        }
    }

    #[test]
    fn a_stuck_kernel_is_replaced() {
        let started = r#"read line; echo '{"type":"started","id":1}'; exec sleep 100"#;
        let (mut kernel, events) = kernel(started);
        kernel.execute(code(1));
        kernel.handle(event(&events));
        let later = |seconds| Instant::now() + Duration::from_secs(seconds);
        assert_eq!(kernel.tick(later(2)), []);
        let notices = kernel.tick(later(4));
        assert_eq!(
            notices,
            [
                Notice::Replaced("it overran its time budget and did not stop".into()),
                died(1)
            ]
        );
        kernel.execute(code(1));
        kernel.interrupt();
        let notices = kernel.tick(later(4));
        assert_eq!(
            notices[0],
            Notice::Replaced("it did not stop when interrupted".into())
        );
        kernel.execute(code(1));
        let notices = kernel.tick(later(11));
        assert_eq!(notices[0], Notice::Replaced("it no longer answered".into()));
    }

    #[test]
    fn a_kernel_that_is_not_there_or_talks_nonsense_costs_the_run() {
        let sink: Sink = Arc::new(|_| ());
        let missing = KernelCommand {
            program: "/nonexistent/kernel".into(),
            args: Vec::new(),
        };
        let notices = Kernel::new(missing, sink).execute(code(1));
        assert!(
            matches!(&notices[..], [Notice::Replaced(_), last] if *last == died(1)),
            "{notices:?}"
        );
        let (mut kernel, events) = kernel("echo nonsense; exec sleep 100");
        kernel.execute(code(1));
        assert_eq!(kernel.handle(event(&events))[1], died(1));
    }
}
