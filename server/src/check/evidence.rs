//! Evidence: the program and its counterfactual, run in the sandbox.
//!
//! Each run is a process of its own, without any grant: whatever the program
//! does, the check goes on. Clock, randomness and hash seed are what the sandbox
//! makes them, and the program is run twice: what does not repeat shows nothing.

use std::env;
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use vitrine_lint::{Finding, Outcome, Verdict, compare, counterfactual};
use vitrine_syntax::position::TextRange;

use crate::cli::args::Check;

/// More output than this is a flood, and shows nothing.
const MOST_OUTPUT: u64 = 16 << 20;
/// The status of a program that a budget ended.
const STOPPED: i32 = 124;

/// A finding and its segment's place in the file.
pub(super) type Placed = (Finding, TextRange);

/// Runs the program and, for each finding, its counterfactual. Says how the
/// program's own run ended, if that matters.
pub(super) fn judge(
    program: &str,
    findings: &mut [Placed],
    args: &Check,
) -> io::Result<Option<String>> {
    if findings
        .iter()
        .all(|(finding, _)| finding.verdict == Verdict::Refuted)
    {
        return Ok(None);
    }
    let first = run(program, args)?;
    if first.stopped {
        return Ok(Some(
            "the run was stopped by a budget, so it shows nothing".to_owned(),
        ));
    }
    let again = run(program, args)?;
    if first != again {
        return Ok(Some("two runs differ, so they show nothing".to_owned()));
    }
    for (finding, segment) in findings {
        if finding.verdict == Verdict::Refuted {
            continue;
        }
        if let Some(expected) = counterfactual(program, *segment, finding) {
            let other = run(&expected, args)?;
            compare(finding, &first, &again, &other);
        }
    }
    Ok(first
        .exception
        .map(|exception| format!("the run ended with {exception}")))
}

/// One run of a text as `__main__`.
fn run(text: &str, args: &Check) -> io::Result<Outcome> {
    let mut child = Command::new(env::current_exe()?)
        .arg("run")
        .arg(format!("--fuel={}", args.fuel))
        .arg(format!("--memory={}", args.memory))
        .arg(format!("--timeout={}", args.timeout))
        .arg("-")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (mut stdin, stdout, stderr) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let text = text.as_bytes().to_vec();
    let writer = thread::spawn(move || {
        if let Some(stdin) = &mut stdin {
            // A program that ends early reads no more.
            let _ = stdin.write_all(&text);
        }
        drop(stdin);
    });
    let errors = thread::spawn(move || limited(stderr));
    let (stdout, flood) = limited(stdout);
    if flood {
        child.kill()?;
    }
    let status = child.wait()?;
    let (stderr, _) = errors.join().unwrap_or_default();
    // The writer ends with the pipe's other side.
    let _ = writer.join();
    let stopped = flood || matches!(status.code(), None | Some(STOPPED));
    let exception = match status.success() {
        true => None,
        false => stderr.trim_end().lines().last().map(str::to_owned),
    };
    Ok(Outcome {
        stdout,
        exception,
        stopped,
    })
}

/// All of a stream, and whether it was too much.
fn limited(stream: Option<impl Read>) -> (String, bool) {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // What was read before an error counts.
        let _ = stream.take(MOST_OUTPUT + 1).read_to_end(&mut bytes);
    }
    let flood = bytes.len() as u64 > MOST_OUTPUT;
    (String::from_utf8_lossy(&bytes).into_owned(), flood)
}
