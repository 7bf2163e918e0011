//! Why a command ends without having done its work.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// What to print on standard error, and the status to end with.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    status: u8,
}

impl Failure {
    /// The input is wrong, and the message is CPython's own: status 1.
    pub(crate) fn in_source(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            status: 1,
        }
    }

    /// The command cannot do what was asked: status 2.
    pub(crate) fn of_command(message: impl Display) -> Self {
        Self {
            message: format!("vitrine: {message}"),
            status: 2,
        }
    }

    /// A file cannot be read, in the words of `python3.14`.
    pub(crate) fn cannot_open(path: &Path, error: &io::Error) -> Self {
        let reason = match error.raw_os_error() {
            Some(number) => format!("[Errno {number}] {}", reason(error)),
            None => error.to_string(),
        };
        Self::of_command(format_args!(
            "can't open file '{}': {reason}",
            path.display()
        ))
    }

    /// Prints the message and gives the status.
    pub(crate) fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            anstream::eprintln!("{}", self.message.trim_end_matches('\n'));
        }
        ExitCode::from(self.status)
    }
}

impl From<io::Error> for Failure {
    /// Standard output failed. A reader that went away is no error.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self {
                message: String::new(),
                status: 0,
            },
            _ => Self::of_command(format_args!("cannot write the output: {error}")),
        }
    }
}

/// The system's words without Rust's " (os error N)".
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
