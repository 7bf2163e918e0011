//! A program - the pieces that ran, in their order - run again from the start.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vitrine_lint::{Outcome, Shown};

use crate::kernel::client::KernelCommand;
use crate::kernel::names::without_addresses;
use crate::kernel::protocol::{self, Execute, Reply, Request, Stream};

/// More output than this is a flood, and shows nothing.
const MOST_OUTPUT: usize = 16 << 20;

/// What ran: each piece in the namespace that the one before it left.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The kernel, with its grants.
    pub(crate) command: KernelCommand,
    pub(crate) pieces: Vec<Execute>,
}

/// Ends the runs from another thread.
#[derive(Clone, Default)]
pub(crate) struct Stop {
    stopped: Arc<AtomicBool>,
    child: Arc<Mutex<Option<Child>>>,
}

impl Stop {
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.end();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    fn end(&self) {
        if let Some(mut child) = self.child().take() {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Program {
    /// One run, from a fresh process on. With an edit, a piece's text is another.
    pub(crate) fn run(&self, edit: Option<(usize, &str)>, stop: &Stop) -> io::Result<Outcome> {
        let mut command = Command::new(&self.command.program);
        command.args(&self.command.args);
        if !self.command.args.iter().any(|arg| arg == "--allow-env") {
            command.env_clear();
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        *stop.child() = Some(child);
        if stop.is_stopped() {
            stop.end();
        }
        let outcome = self.talk(edit, stdin, stdout);
        stop.end();
        outcome
    }

    /// Gives out one piece after the other, and listens.
    fn talk(
        &self,
        edit: Option<(usize, &str)>,
        stdin: Option<impl Write>,
        stdout: Option<impl io::Read>,
    ) -> io::Result<Outcome> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let mut requests = stdin.ok_or_else(gone)?;
        let mut replies = BufReader::new(stdout.ok_or_else(gone)?);
        let mut observer = Observer::default();
        let mut line = Vec::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            let mut piece = piece.clone();
            if let Some((_, text)) = edit.filter(|(edited, _)| *edited == at) {
                piece.code = text.to_owned();
            }
            let id = piece.id;
            serde_json::to_writer(&mut requests, &Request::Execute(piece))?;
            requests.write_all(b"\n")?;
            requests.flush()?;
            loop {
                line.clear();
                if replies.read_until(b'\n', &mut line)? == 0 {
                    // The kernel died: of memory, say.
                    observer.outcome.stopped = true;
                    return Ok(observer.outcome);
                }
                let reply: Reply = serde_json::from_slice(&line)?;
                observer.see(at as u32, &reply);
                if matches!(reply, Reply::Finished { id: ended, .. } if ended == id) {
                    break;
                }
            }
            if observer.outcome.stopped {
                break;
            }
        }
        Ok(observer.outcome)
    }
}

/// Gathers what a run shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observer {
    pub(crate) outcome: Outcome,
    /// The namespace of the piece at hand was seen.
    named: bool,
}

impl Observer {
    /// Takes a reply to a piece.
    pub(crate) fn see(&mut self, piece: u32, reply: &Reply) {
        let outcome = &mut self.outcome;
        match reply {
            Reply::Started { .. } => self.named = false,
            Reply::Stream {
                name: Stream::Stdout,
                text,
                ..
            } => {
                outcome.stdout.push_str(text);
                outcome.stopped |= outcome.stdout.len() > MOST_OUTPUT;
            }
            Reply::Value { line, text, .. } | Reply::Result { line, text, .. } => {
                outcome.values.push(Shown {
                    piece,
                    line: *line,
                    text: without_addresses(text),
                });
            }
            Reply::Error { traceback, .. } => {
                let last = traceback.trim_end().lines().last().unwrap_or_default();
                let raised = outcome.exception.get_or_insert_default();
                if !raised.is_empty() {
                    raised.push('\n');
                }
                raised.push_str(&without_addresses(last));
            }
            Reply::Names { names, .. } => {
                self.named = true;
                let stored = names.iter();
                outcome.stored = stored
                    .map(|name| (name.name.clone(), name.text.clone()))
                    .collect();
            }
            Reply::Finished { outcome: how, .. } => {
                let ended = matches!(how, protocol::Outcome::Ok | protocol::Outcome::Error);
                // A namespace that took too long to look at might have differed.
                outcome.stopped |= !ended || !self.named;
                outcome.stdout = without_addresses(&outcome.stdout);
            }
            _ => {}
        }
    }
}
